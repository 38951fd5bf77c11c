//! Names and values of a rule pack's fields, grounds and refusals, in Kazakh and Russian.

use senim_domain::rule_pack::RulePackError;
use senim_domain::{Tiyn, UtcMillis};
use senim_gateway_core::{Ground, PackRefusal};
use serde_json::Value;

use super::text::{Lang, moment, tenge};

/// Longest value that is shown whole.
const MAX_VALUE: usize = 400;

const NAMES: &[(&str, &str, &str)] = &[
    ("version", "нөмірі", "номер"),
    ("effective_from", "күшіне енуі", "вступает в силу"),
    ("expires", "аяқталуы", "истекает"),
    ("minimum_firmware", "ең ескі бағдарлама", "самая старая прошивка"),
    ("allowed_operations", "рұқсат етілген қызметтер", "разрешённые услуги"),
    ("notified", "хабарлама күні", "день уведомления"),
    ("calendar", "күнтізбе", "календарь"),
    ("holidays", "демалыс күндері", "выходные дни"),
    ("working_weekends", "жұмыс істейтін демалыстар", "рабочие выходные"),
    ("mrp", "АЕК", "МРП"),
    ("mrp_tiyn", "мөлшері", "размер"),
    ("caps", "заңдық шектер", "законные пределы"),
    ("max_principal_mrp", "ең көп сома, АЕК", "наибольшая сумма, МРП"),
    ("ordinary_gesv_percent", "шекті ЖТСМ, %", "предельная ГЭСВ, %"),
    ("cooling_off", "тыныштық мерзімі", "период охлаждения"),
    ("above_mrp", "АЕК-тен жоғары", "свыше МРП"),
    ("hours", "сағат", "часов"),
    ("debt_burden", "борыш жүктемесі", "долговая нагрузка"),
    ("limit_hundredths", "шегі, жүзден бір", "предел, сотых"),
    ("reduced_limit_hundredths", "төмендетілген шегі, жүзден бір", "сниженный предел, сотых"),
    ("penalty", "тұрақсыздық айыбы", "неустойка"),
    ("daily_percent", "күніне, %", "в день, %"),
    ("annual_percent", "жылына, %", "в год, %"),
    ("early_repayment", "мерзімінен бұрын өтеу", "досрочное погашение"),
    ("deadlines", "мерзімдер, жұмыс күні", "сроки, рабочих дней"),
    ("products", "өнімдер", "продукты"),
    ("names", "атауы", "название"),
    ("rate", "мөлшерлеме", "ставка"),
    ("min_principal_tiyn", "ең аз сома", "наименьшая сумма"),
    ("max_principal_tiyn", "ең көп сома", "наибольшая сумма"),
    ("step_tiyn", "сома қадамы", "шаг суммы"),
    ("terms", "мерзімдері", "сроки"),
    ("months", "ай", "месяцев"),
    ("days", "күн", "дней"),
    ("methods", "тәсілдері", "способы"),
    ("payout_methods", "беру тәсілдері", "способы выдачи"),
    ("min_age", "ең кіші жас", "наименьший возраст"),
    ("session", "терминалдағы уақыт", "время у терминала"),
    ("otp", "бір реттік код", "одноразовый код"),
    ("login", "кіру", "вход"),
    ("portrait", "бет суреті", "снимок лица"),
    ("liveness", "тірі адамды тексеру", "проверка живого человека"),
    ("payout", "беру", "выдача"),
    ("max_amount_tiyn", "ең көп сома", "наибольшая сумма"),
    ("repayment", "өтеу", "погашение"),
    ("access", "дерекке қолжетімділік", "доступ к данным"),
    ("leak", "дерек тарауы", "утечка данных"),
    ("consents", "келісімдер", "согласия"),
    ("aml", "сауалнама", "анкета"),
    ("mfo", "МҚҰ", "МФО"),
    ("texts", "мәтіндер", "тексты"),
    ("contract", "шарт", "договор"),
    ("changes", "шартты өзгерту", "изменение договора"),
    ("staff", "қызметкерлер", "сотрудники"),
    ("kk", "қазақша", "по-казахски"),
    ("ru", "орысша", "по-русски"),
    ("en", "ағылшынша", "по-английски"),
];

/// A field in words; names without words stay as they stand in the pack.
pub(crate) fn field(lang: Lang, path: &[String]) -> String {
    let word = |name: &String| {
        let known = NAMES.iter().find(|(known, ..)| known == name);
        known.map_or_else(|| name.clone(), |(_, kk, ru)| lang.say(kk, ru).to_owned())
    };
    path.iter().map(word).collect::<Vec<_>>().join(" → ")
}

/// A value for people: money as money, moments as moments.
pub(crate) fn value(lang: Lang, path: &[String], value: Option<&Value>) -> String {
    let name = path.last().map(String::as_str).unwrap_or_default();
    let text = match value {
        None => "—".to_owned(),
        Some(Value::Bool(is)) => (if *is { lang.say("иә", "да") } else { lang.say("жоқ", "нет") }).to_owned(),
        Some(Value::Number(number)) if name.ends_with("_tiyn") => {
            let sum = number.as_u64().and_then(|tiyn| Tiyn::new(tiyn).ok());
            sum.map_or_else(|| number.to_string(), tenge)
        }
        Some(Value::String(at)) if matches!(name, "effective_from" | "expires") => {
            at.parse::<UtcMillis>().map_or_else(|_| at.clone(), moment)
        }
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if !items.iter().any(|item| item.is_object() || item.is_array()) => {
            let text = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            items.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    };
    if text.chars().count() <= MAX_VALUE {
        return text;
    }
    text.chars().take(MAX_VALUE).chain(['…']).collect()
}

/// Why a pack offers nothing.
pub(crate) const fn ground(lang: Lang, ground: Ground) -> &'static str {
    match ground {
        Ground::NoPack => lang.say("жинақ жоқ", "нет пакета"),
        Ground::Product => lang.say("мұндай өнім жоқ", "нет такого продукта"),
        Ground::PayoutWay => lang.say("беру тәсілі жоқ", "нет способа выдачи"),
        Ground::Amount => lang.say("мұндай сома жоқ", "нет такой суммы"),
        Ground::Term => lang.say("мұндай мерзім жоқ", "нет такого срока"),
        Ground::PayoutLimit => lang.say("беру шегінен артық", "больше предела выдачи"),
        Ground::Caps => lang.say("заңдық шектен артық", "сверх законных пределов"),
    }
}

/// Why a pack is not drafted, approved or published.
pub(crate) fn refusal(lang: Lang, why: &PackRefusal) -> String {
    let say = |kk: &str, ru: &str| lang.say(kk, ru).to_owned();
    match why {
        PackRefusal::TooLong => say("Жинақ 1 МиБ-тен аспауы керек.", "Пакет не длиннее 1 МиБ."),
        PackRefusal::Form { place, why } => {
            let words = lang.say("Пішіні дұрыс емес, орны", "Неверная форма, место");
            format!("{words}: {place}. {why}")
        }
        PackRefusal::Value(RulePackError::Bad { field, why }) => {
            format!("{}: {field}. {why}", lang.say("Мәні жарамсыз", "Значение не подходит"))
        }
        PackRefusal::Value(other) => other.to_string(),
        PackRefusal::NotNewer { version, last } => match lang {
            Lang::Kk => format!("№ {version} жаңа емес: соңғысы № {last}. Нөмірін арттырыңыз."),
            Lang::Ru => format!("№ {version} не новее последнего, № {last}. Увеличьте номер."),
        },
        PackRefusal::Over => say("Жинақтың мерзімі өткен.", "Срок пакета уже истёк."),
        PackRefusal::Begun => say(
            "effective_from өтіп кеткен. Алдағы сәтті қойыңыз.",
            "effective_from уже в прошлом. Укажите момент в будущем.",
        ),
        PackRefusal::NotNotified { services, notified } => {
            let words = lang.say(
                "Жаңа қызмет хабарламада аталмаған. Ол аталған хабарламаның күнін қойыңыз",
                "Новая услуга не названа в уведомлении. Укажите день уведомления, где она названа",
            );
            format!("{words}: {services:?} ({notified})")
        }
        PackRefusal::Gone => say(
            "Мұндай жоба жоқ немесе ол шешілген. Қайта қараңыз.",
            "Такого черновика нет, или по нему уже решили. Посмотрите снова.",
        ),
        PackRefusal::OwnDraft => say(
            "Жобаны жазған адам оны өзі бекітпейді. Екінші қызметкерге айтыңыз.",
            "Автор черновика не подтверждает его сам. Попросите второго сотрудника.",
        ),
        PackRefusal::Forged => say(
            "Жоба беттен тыс өзгертілген. Қабылдамаңыз және кім өзгерткенін анықтаңыз.",
            "Черновик изменён не через эту страницу. Отклоните его и выясните, кто изменил.",
        ),
        PackRefusal::NotShown => say(
            "Сізге көрсетілген жинақ бұл емес. Қайта қараңыз.",
            "Вам показали другой пакет. Посмотрите снова.",
        ),
    }
}
