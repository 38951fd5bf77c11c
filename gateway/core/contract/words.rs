//! Words of the first page and of the schedule.

use senim_domain::Language;
use senim_domain::debt::DebtPart;
use senim_domain::loan::{Method, Term};
use senim_domain::penalty::PenaltyRules;
use senim_domain::rule_pack::{PayoutMethod, Product, Purpose};

use super::figures::decimal;

pub(super) const fn title(language: Language) -> &'static str {
    match language {
        Language::Kk => "Микрокредит беру туралы шарт",
        Language::Ru => "Договор о предоставлении микрокредита",
        Language::En => "Contract of a microcredit (translation)",
    }
}

pub(super) const fn supplement(language: Language) -> &'static str {
    match language {
        Language::Kk => "Шартқа қосымша келісім",
        Language::Ru => "Дополнительное соглашение к договору",
        Language::En => "Supplement to the contract (translation)",
    }
}

pub(super) const fn schedule(language: Language) -> &'static str {
    match language {
        Language::Kk => "Төлем кестесі",
        Language::Ru => "График платежей",
        Language::En => "Payment schedule",
    }
}

pub(super) const fn columns(language: Language) -> [&'static str; 6] {
    match language {
        Language::Kk => ["№", "Күні", "Төлем", "Негізгі борыш", "Сыйақы", "Қалдық"],
        Language::Ru => ["№", "Дата", "Платёж", "Основной долг", "Вознаграждение", "Остаток"],
        Language::En => ["No.", "Date", "Payment", "Principal", "Interest", "Balance"],
    }
}

/// The label of a key term, by the name of its placeholder.
pub(super) fn label(name: &str, language: Language) -> &'static str {
    let [kk, ru, en] = match name {
        "amount" => ["Микрокредит сомасы", "Сумма микрокредита", "Amount of the microcredit"],
        "overpayment" => ["Артық төлем сомасы", "Сумма переплаты", "Overpayment"],
        "total" => ["Барлығы қайтарылады", "Всего к возврату", "To be paid back in all"],
        "annual_rate" => [
            "Сыйақының жылдық номиналды мөлшерлемесі, %",
            "Годовая номинальная ставка вознаграждения, %",
            "Nominal annual rate, %",
        ],
        "gesv" => [
            "Сыйақының жылдық тиімді мөлшерлемесі, %",
            "Годовая эффективная ставка вознаграждения, %",
            "Annual effective rate, %",
        ],
        "term" => ["Мерзімі және төлем күндері", "Срок и дни платежей", "Term and days of payment"],
        "method" => ["Өтеу әдісі", "Метод погашения", "Method of repayment"],
        "penalty" => ["Тұрақсыздық айыбы", "Неустойка за просрочку", "Penalty for delay"],
        "allocation" => ["Төлем есептелетін кезек", "Очерёдность погашения", "Payments go to, in this order"],
        "payout" => ["Беру тәсілі", "Способ выдачи", "Way of payout"],
        "purpose" => ["Мақсаты", "Цель", "Purpose"],
        "contract" => ["Шарт және келісім", "Договор и соглашение", "Contract and supplement"],
        "begins" => ["Қай күннен бастап", "С какого дня", "From which day"],
        "rest" => ["Қалған негізгі борыш", "Остаток основного долга", "Principal that is left"],
        "interest_due" => {
            ["Бұған дейін есептелген сыйақы", "Начисленное ранее вознаграждение", "Interest accrued before"]
        }
        "penalty_due" => {
            ["Бұған дейінгі тұрақсыздық айыбы", "Начисленная ранее неустойка", "Penalty accrued before"]
        }
        _ => ["Микроқаржы ұйымы", "Микрофинансовая организация", "Lender"],
    };
    match language {
        Language::Kk => kk,
        Language::Ru => ru,
        Language::En => en,
    }
}

pub(super) const fn payout(way: PayoutMethod, language: Language) -> &'static str {
    match (way, language) {
        (PayoutMethod::Cash, Language::Kk) => "терминалда қолма-қол теңгемен",
        (PayoutMethod::Cash, Language::Ru) => "наличными тенге в терминале",
        (PayoutMethod::Cash, Language::En) => "in cash, in tenge, at the terminal",
        (PayoutMethod::CashDesk, Language::Kk) => "кассада қолма-қол теңгемен",
        (PayoutMethod::CashDesk, Language::Ru) => "наличными тенге в кассе",
        (PayoutMethod::CashDesk, Language::En) => "in cash, in tenge, at the cash desk",
        (PayoutMethod::Account, Language::Kk) => "Қарыз алушының банк шотына аударыммен",
        (PayoutMethod::Account, Language::Ru) => "переводом на банковский счёт Заёмщика",
        (PayoutMethod::Account, Language::En) => "by transfer to the Borrower's bank account",
        (PayoutMethod::Card, Language::Kk) => "Қарыз алушының картасына аударыммен",
        (PayoutMethod::Card, Language::Ru) => "переводом на карту Заёмщика",
        (PayoutMethod::Card, Language::En) => "by transfer to the Borrower's card",
        (PayoutMethod::Merchant, Language::Kk) => {
            "Қарыз алушының өтініші бойынша сатушының шотына аударыммен"
        }
        (PayoutMethod::Merchant, Language::Ru) => "переводом на счёт продавца по заявлению Заёмщика",
        (PayoutMethod::Merchant, Language::En) => {
            "by transfer to the merchant's account, as the Borrower asks"
        }
    }
}

pub(super) const fn purpose(purpose: Purpose, language: Language) -> &'static str {
    match (purpose, language) {
        (Purpose::Consumer, Language::Kk) => "тұтыну мақсаты",
        (Purpose::Consumer, Language::Ru) => "потребительские нужды",
        (Purpose::Consumer, Language::En) => "own needs",
        (Purpose::Business, Language::Kk) => "кәсіпкерлік қызмет",
        (Purpose::Business, Language::Ru) => "предпринимательская деятельность",
        (Purpose::Business, Language::En) => "business activity",
    }
}

/// What delay costs, as the rule pack reckons it for this purpose (B0).
pub(super) fn penalty(rules: &PenaltyRules, purpose: Purpose, language: Language) -> String {
    let percent = |text: &str| decimal(text.trim_end_matches('0').trim_end_matches('.'), language);
    let (daily, days) = (percent(&rules.daily_percent.to_string()), rules.first_days);
    let cap = percent(&rules.yearly_cap_percent.to_string());
    let ends = purpose == Purpose::Consumer && rules.no_consumer_penalty_later;
    let later = (!ends).then(|| percent(&rules.later_daily_percent.to_string()));
    match language {
        Language::Kk => {
            let later = later.map_or_else(
                || "одан кейін есептелмейді".to_owned(),
                |later| format!("одан кейін күніне {later}\u{a0}%"),
            );
            format!(
                "кешіктірілген төлемнен алғашқы {days} күннің әрқайсысы үшін {daily}\u{a0}%, {later}; шарттың әр жылында \
                 микрокредит сомасының {cap}\u{a0}%-ынан аспайды"
            )
        }
        Language::Ru => {
            let later = later.map_or_else(
                || "дальше не начисляется".to_owned(),
                |later| format!("дальше {later}\u{a0}% за день"),
            );
            format!(
                "{daily}\u{a0}% от просроченного платежа за каждый из первых {days} дней, {later}; не более {cap}\u{a0}% \
                 от суммы микрокредита за каждый год договора"
            )
        }
        Language::En => {
            let later = later
                .map_or_else(|| "none after that".to_owned(), |later| format!("then {later}\u{a0}% a day"));
            format!(
                "{daily}\u{a0}% of the overdue payment for each of the first {days} days, {later}; at most {cap}\u{a0}% of \
                 the microcredit for each year of the contract"
            )
        }
    }
}

/// The order in which a payment is allocated (B3.5).
pub(super) fn allocation(order: &[DebtPart], language: Language) -> String {
    let parts = order.iter().map(|part| debt_part(*part, language)).enumerate();
    parts.map(|(at, name)| format!("{})\u{a0}{name}", at.saturating_add(1))).collect::<Vec<_>>().join("; ")
}

const fn debt_part(part: DebtPart, language: Language) -> &'static str {
    match (part, language) {
        (DebtPart::OverduePrincipal, Language::Kk) => "мерзімі өткен негізгі борыш",
        (DebtPart::OverdueInterest, Language::Kk) => "мерзімі өткен сыйақы",
        (DebtPart::Penalty, Language::Kk) => "тұрақсыздық айыбы",
        (DebtPart::Principal, Language::Kk) => "негізгі борыш",
        (DebtPart::Interest, Language::Kk) => "сыйақы",
        (DebtPart::OverduePrincipal, Language::Ru) => "просроченный основной долг",
        (DebtPart::OverdueInterest, Language::Ru) => "просроченное вознаграждение",
        (DebtPart::Penalty, Language::Ru) => "неустойка",
        (DebtPart::Principal, Language::Ru) => "основной долг",
        (DebtPart::Interest, Language::Ru) => "вознаграждение",
        (DebtPart::OverduePrincipal, Language::En) => "overdue principal",
        (DebtPart::OverdueInterest, Language::En) => "overdue interest",
        (DebtPart::Penalty, Language::En) => "penalty",
        (DebtPart::Principal, Language::En) => "principal",
        (DebtPart::Interest, Language::En) => "interest",
    }
}

pub(super) fn method(method: Method, product: &Product, language: Language) -> &str {
    match (method, language) {
        (Method::Own, _) => product.own_method.as_ref().map_or("", |own| own.name(language)),
        (Method::Annuity, Language::Kk) => "аннуитеттік (тең төлемдермен)",
        (Method::Annuity, Language::Ru) => "аннуитетный (равными платежами)",
        (Method::Annuity, Language::En) => "annuity (equal payments)",
        (Method::Differentiated, Language::Kk) => "сараланған (негізгі борыш тең бөліктермен)",
        (Method::Differentiated, Language::Ru) => "дифференцированный (основной долг равными частями)",
        (Method::Differentiated, Language::En) => "differentiated (equal parts of the principal)",
        (Method::Single, Language::Kk) => "мерзім соңында бір төлеммен",
        (Method::Single, Language::Ru) => "единовременно в конце срока",
        (Method::Single, Language::En) => "one payment at the end",
    }
}

/// The number with the short word for its unit, as contracts write it.
pub(super) fn term(term: Term, language: Language) -> String {
    let (count, unit) = match (term, language) {
        (Term::Months(count), Language::Kk) => (count, "ай"),
        (Term::Months(count), Language::Ru) => (count, "мес."),
        (Term::Months(1), Language::En) => (1, "month"),
        (Term::Months(count), Language::En) => (count, "months"),
        (Term::Days(count), Language::Kk) => (count, "күн"),
        (Term::Days(count), Language::Ru) => (count, "дн."),
        (Term::Days(1), Language::En) => (1, "day"),
        (Term::Days(count), Language::En) => (count, "days"),
    };
    format!("{count}\u{a0}{unit}")
}
