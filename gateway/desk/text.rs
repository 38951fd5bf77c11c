//! Kazakh and Russian: the choice of language, names of what the journal tells, numbers and times for people.

use axum::http::HeaderMap;
use senim_domain::{Tiyn, UtcMillis, calendar};

use super::Fields;
use super::session::cookie;

/// Language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lang {
    /// Kazakh.
    #[default]
    Kk,
    /// Russian.
    Ru,
}

impl Lang {
    /// By the address, else by the cookie, else Kazakh.
    pub(crate) fn of(headers: &HeaderMap, query: &Fields) -> Self {
        match query.get("lang").map(String::as_str).or_else(|| cookie(headers, "lang")) {
            Some("ru") => Self::Ru,
            Some(_) | None => Self::Kk,
        }
    }

    /// The words of this language.
    pub(crate) const fn say<'a>(self, kk: &'a str, ru: &'a str) -> &'a str {
        match self {
            Self::Kk => kk,
            Self::Ru => ru,
        }
    }

    /// Its code.
    pub(crate) const fn code(self) -> &'static str {
        self.say("kk", "ru")
    }

    /// A code of the journal in words; an unknown code as it is.
    pub(crate) fn word(self, code: &str) -> &str {
        WORDS.iter().find(|(known, ..)| *known == code).map_or(code, |(_, kk, ru)| self.say(kk, ru))
    }
}

/// `1 234 567 ₸`, with tiyn only where there are any.
pub(crate) fn tenge(sum: Tiyn) -> String {
    let digits = (sum.tiyn() / 100).to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    match sum.tiyn() % 100 {
        0 => format!("{text}\u{a0}₸"),
        tiyn => format!("{text},{tiyn:02}\u{a0}₸"),
    }
}

/// Day and time in Kazakhstan.
pub(crate) fn moment(at: UtcMillis) -> String {
    match (calendar::local_date(at), calendar::local_time(at)) {
        (Some(date), Some((hour, minute))) => {
            let second = at.0.rem_euclid(60_000) / 1000;
            let (day, month, year) = (date.day(), date.month(), date.year());
            format!("{day:02}.{month:02}.{year} {hour:02}:{minute:02}:{second:02}")
        }
        (_, _) => at.to_string(),
    }
}

/// Codes of rows, reasons, results and commands.
const WORDS: &[(&str, &str, &str)] = &[
    ("KeyEpoch", "Журнал кілті ауысты", "Новый ключ журнала"),
    ("TerminalStarted", "Терминал іске қосылды", "Терминал запущен"),
    ("TerminalStopped", "Терминал тоқтады", "Терминал остановлен"),
    ("DirectiveStored", "Нұсқау қабылданды", "Указание принято"),
    ("DirectiveRefused", "Нұсқау қабылданбады", "Указание отклонено"),
    ("AnswerReceived", "Жауап келді", "Ответ получен"),
    ("ServiceChanged", "Қызмет күйі өзгерді", "Состояние обслуживания"),
    ("SessionOpened", "Келуші бастады", "Посетитель начал"),
    ("SessionClosed", "Келуші аяқтады", "Посетитель закончил"),
    ("LoginRequested", "Кіру сұралды", "Запрошен вход"),
    ("LoginCodeSubmitted", "Код енгізілді", "Введён код"),
    ("ApplicationSubmitted", "Өтінім берілді", "Подана заявка"),
    ("MethodChosen", "Өтеу тәсілі таңдалды", "Выбран способ погашения"),
    ("DocumentShown", "Құжат көрсетілді", "Показан документ"),
    ("FaceCaptured", "Бет суреті түсірілді", "Сделан снимок лица"),
    ("RegistrationRequested", "Тіркелу сұралды", "Запрошена регистрация"),
    ("ConsentDecided", "Келісім туралы шешім", "Решение о согласии"),
    ("AccessRequested", "Деректерге қолжетімділік сұралды", "Запрошен доступ к данным"),
    ("AccessCodeSubmitted", "1414 коды енгізілді", "Введён код от 1414"),
    ("AccessAnswerAsked", "1414 жауабы күтілуде", "Ожидается ответ на SMS 1414"),
    ("IdentificationSubmitted", "Деректер расталды", "Данные подтверждены клиентом"),
    ("PhoneSubmitted", "Нөмір енгізілді", "Введён номер"),
    ("RegistrationCodeSubmitted", "Тіркелу коды енгізілді", "Введён код регистрации"),
    ("RegistrationConcluded", "Тіркелу аяқталды", "Регистрация завершена"),
    ("PinSubmitted", "PIN таңдалды", "Выбран PIN"),
    ("LoginCodeWanted", "Кіру коды сұралды", "Запрошен код для входа"),
    ("LoginPinSubmitted", "Кіру үшін PIN терілді", "Введён PIN для входа"),
    ("ContactChangeRequested", "Телефон не шот өзгерту сұралды", "Запрошена смена телефона или счёта"),
    ("ContactCodeSubmitted", "Жаңа нөмірдің коды енгізілді", "Введён код с нового номера"),
    ("ChangesRequested", "Шарт өзгерістері сұралды", "Запрошены изменения договоров"),
    ("SupplementRequested", "Қосымша келісім сұралды", "Запрошено дополнительное соглашение"),
    ("SupplementAgreed", "Қосымша келісімге келісім берілді", "Согласие с дополнительным соглашением"),
    ("SupplementDeclined", "Қосымша келісімнен бас тартылды", "Отказ от дополнительного соглашения"),
    ("RefundChosen", "Қайтару тәсілі таңдалды", "Выбран способ возврата"),
    ("RestructuringRequested", "Талаптарды өзгертуге өтініш", "Заявление об изменении условий"),
    ("ContactChangeConcluded", "Телефон не шот өзгерту аяқталды", "Смена телефона или счёта завершена"),
    ("LoginCardShown", "Кіру үшін карта салынды", "Вставлена карта для входа"),
    ("CardBindingRequested", "Картаны байлау сұралды", "Запрошена привязка карты"),
    ("CardProofSubmitted", "Карта өзін растады", "Карта подтвердила себя"),
    ("CardUnbindingRequested", "Картаны ажырату сұралды", "Запрошена отвязка карты"),
    ("CardSignatureRequested", "Картамен қол қою сұралды", "Запрошена подпись картой"),
    ("CardNotUsed", "Карта пайдаланылмады", "Карта не использована"),
    ("CardLeftBehind", "Карта оқу құрылғысында қалды", "Карта забыта в считывателе"),
    ("ServiceModeOpened", "Қызмет көрсету режимі ашылды", "Открыт сервисный режим"),
    ("ServiceModeClosed", "Қызмет көрсету режимі жабылды", "Закрыт сервисный режим"),
    ("ServiceCardRefused", "Қызмет картасы қабылданбады", "Сервисная карта не принята"),
    ("EnrolmentTried", "Сертификат коды терілді", "Введён код для сертификата"),
    ("DeviceTestBegun", "Құрылғыны сынау басталды", "Начата проверка устройства"),
    ("DeviceTestEnded", "Құрылғыны сынау аяқталды", "Проверка устройства завершена"),
    ("JournalExported", "Журнал флешкаға көшірілді", "Журнал записан на флешку"),
    ("TouchCalibrated", "Сенсорлық экран калибрленді", "Калибровка сенсорного экрана"),
    ("ContractAgreed", "Шартқа келісілді", "Согласие с договором"),
    ("MeasureRequested", "Дерек тараған соң тексеру сұралды", "Запрошена проверка после утечки данных"),
    ("CheckCallAsked", "Бақылау қоңырауы күтілуде", "Ожидается контрольный звонок"),
    ("FurtherStepAcknowledged", "Қосымша қадам оқылды", "Прочитан дополнительный шаг"),
    ("LivenessRequested", "Қимылдар реті сұралды", "Запрошены движения перед камерой"),
    ("LivenessAwaited", "Телефондағы тексеру күтілуде", "Ожидается проверка на телефоне"),
    ("LivenessPerformed", "Тірі адам тексерілді", "Проверка живого человека"),
    ("ConfirmationRequested", "Микрокредитті растау сұралды", "Запрошено подтверждение микрокредита"),
    ("LoanConfirmed", "Микрокредит расталды", "Микрокредит подтверждён"),
    ("LoanCancelled", "Микрокредиттен бас тартылды", "Отказ от микрокредита до выдачи"),
    ("SignatureRequested", "ЭЦҚ сұралды", "Запрошена подпись ЭЦП"),
    ("SignatureAwaited", "ЭЦҚ күтілуде", "Ожидается подпись ЭЦП"),
    ("SignatureCancelled", "ЭЦҚ қою тоқтатылды", "Подпись ЭЦП отменена"),
    ("CardSignatureMade", "Картамен қол қойылды", "Подписано картой"),
    ("PayoutRequested", "Ақша беру сұралды", "Запрошена выдача"),
    ("PayoutIntended", "Бума дайындалды", "Пачка подготовлена"),
    ("PayoutArmed", "Беруге рұқсат жазылды", "Выдача взведена"),
    ("PayoutOutcome", "Буманың нәтижесі", "Итог пачки"),
    ("PayoutEnded", "Ақша беру аяқталды", "Выдача завершена"),
    ("PayoutPresented", "Ақша ұсынылды", "Деньги предъявлены"),
    ("PayoutTaken", "Ақша алынды", "Деньги взяты"),
    ("PayoutRetractIntended", "Қайтарып алу басталды", "Начат забор денег"),
    ("PayoutRetracted", "Ақша қайтарып алынды", "Деньги забраны обратно"),
    ("PathCleared", "Жолдағы банкноттар саналды", "Пересчёт застрявших банкнот"),
    ("PayoutCounted", "Белгісіз төлем саналды", "Пересчёт неясной выдачи"),
    ("PayoutSettled", "Шешім есепке түсті", "Решение проведено по книгам"),
    ("RewindObeyed", "Қайта жіберілді", "Повторная отправка выполнена"),
    ("CommandCarriedOut", "Бұйрық орындалды", "Команда выполнена"),
    ("ReceiptPrinted", "Түбіртек", "Чек"),
    ("CashExchange", "Қолма-қол ақша ауыстырылды", "Загрузка или инкассация"),
    ("CashCountAdjusted", "Қайта санау", "Пересчёт"),
    ("ExchangeStarted", "Ақша ауыстыру басталды", "Начата загрузка или инкассация"),
    ("ExchangeRefused", "Тапсырма қабылданбады", "Поручение не принято"),
    ("ExchangeAbandoned", "Ақша ауыстыру тоқтатылды", "Загрузка или инкассация отменена"),
    ("ExchangeCounted", "Кассир санады", "Пересчёт кассира"),
    ("CashServiceChanged", "Қолма-қол ақша қызметі", "Выдача наличных"),
    ("DeviceChanged", "Құрылғы күйі", "Состояние устройства"),
    ("BooksContradicted", "Есепке қайшы келді", "Противоречит книгам"),
    ("UplinkChanged", "Байланыс", "Связь"),
    ("PowerChanged", "Қуат көзі", "Питание"),
    ("CabinetChanged", "Корпус датчигі", "Датчик корпуса"),
    ("NoteFound", "Банкнот табылды", "Найдена банкнота"),
    ("SignatureRequested", "Қолтаңба сұралды", "Запрошена подпись"),
    ("SignatureAwaited", "Қолтаңба күтілуде", "Ожидается подпись"),
    ("SignatureCancelled", "Қол қоюдан бас тартылды", "Подписание отменено"),
    ("CardSignatureMade", "Картамен қол қойылды", "Подписано картой"),
    (
        "UnfinishedDecided",
        "Үзілген өтінім жалғасты не жаңадан басталды",
        "Прерванная заявка продолжена или начата заново",
    ),
    ("QuestionsAnswered", "Сауалнамаға жауап берілді", "Ответы на анкету"),
    ("TextAcknowledged", "Мәтінмен танысты", "Ознакомление с текстом"),
    ("PressureAnswered", "Қысым туралы сұрақ", "Вопрос о давлении"),
    ("DebtRequested", "Қарыз сұралды", "Запрошен долг"),
    ("ContractNumberSubmitted", "Шарт нөмірі терілді", "Набран номер договора"),
    ("RepaymentBegun", "Төлем басталды", "Начат платёж наличными"),
    ("NoteEscrowed", "Банкнот тексерілді", "Банкнота проверена"),
    ("NoteStacked", "Банкнот қабылданды", "Банкнота принята"),
    ("NoteReturned", "Банкнот қайтарылды", "Банкнота возвращена"),
    ("NoteInDoubt", "Банкноттың орны белгісіз", "Неизвестно, где банкнота"),
    ("NoteFoundLate", "Белгісіз банкнот табылды", "Сомнительная банкнота найдена"),
    ("RepaymentEnded", "Төлем аяқталды", "Платёж наличными завершён"),
    ("RepaymentReceiptPrinted", "Төлем түбіртегі", "Квитанция о платеже"),
    ("StackerCollected", "Қабылдағыш босатылды", "Купюроприёмник инкассирован"),
    ("CabinetRequested", "Жеке кабинет ашылды", "Открыт личный кабинет"),
    ("CabinetLetterSubmitted", "Хат жазылды", "Написано письмо"),
    ("SlipPrinted", "Анықтама басылды", "Напечатана справка"),
    ("RemainderClaimed", "Қалғаны кассадан сұралды", "Остаток запрошен в кассе"),
    ("PayoutWaysRequested", "Беру тәсілдері сұралды", "Запрошены способы выдачи"),
    ("PayoutAccountSubmitted", "Шот нөмірі енгізілді", "Введён номер счёта"),
    ("PayoutWayChosen", "Беру тәсілі таңдалды", "Выбран способ выдачи"),
    ("TransferRequested", "Аударым сұралды", "Запрошен перевод"),
    ("TestDispenseIntended", "Сынақ басталды", "Начата проба"),
    ("TestDispenseEnded", "Сынақ аяқталды", "Проба завершена"),
    ("documentRefused", "Құжат чипі бойынша бас тартылды", "Отказано по чипу документа"),
    ("iinChangeRefused", "ЖСН өзгерту әрекеті қабылданбады", "Отклонена попытка изменить ИИН"),
    ("noRulePack", "ереже жинағы жоқ", "нет пакета правил"),
    ("rulePackExpired", "ереже жинағының мерзімі өтті", "пакет правил истёк"),
    ("rulePackRefused", "ереже жинағы қабылданбады", "пакет правил отвергнут"),
    ("relocated", "басқа жерде тұр", "стоит не на своём месте"),
    ("integrity", "тақтаға бөгде біреу қол салған", "на плате кто-то посторонний"),
    ("firmwareTooOld", "бағдарлама ескірген", "прошивка устарела"),
    ("notActive", "іске қосылмаған", "не активирован"),
    ("journal", "журнал жазылмайды", "журнал не пишется"),
    ("onBattery", "аккумулятордан жұмыс істейді", "работает от батареи"),
    ("withdrawn", "МҚҰ қызметтен шығарды", "выведен из обслуживания МФО"),
    ("stopping", "тоқтап жатыр", "останавливается"),
    ("payoutBeingSettled", "ақша беру анықталып жатыр", "выясняется выдача"),
    ("uncertain", "қанша берілгені белгісіз", "неизвестно, сколько выдано"),
    ("dispensed", "берілді", "выдано"),
    ("notDispensed", "берілмеді", "не выдано"),
    ("partial", "жартылай берілді", "выдано частично"),
    ("paid", "толық берілді", "выплачено"),
    ("short", "кем берілді", "выплачено не всё"),
    ("nothing", "ештеңе берілмеді", "ничего не выдано"),
    ("its end was never reported", "аяқталғаны хабарланбады", "о завершении не сообщено"),
    ("cash left without leave", "рұқсатсыз берілді", "выдано без разрешения"),
    ("more was paid than lent", "қарыздан артық берілді", "выдано больше суммы займа"),
    ("ended twice", "екі рет аяқталды", "завершена дважды"),
    ("takeCheckpoint", "бақылау нүктесін алу", "снять контрольную точку"),
    ("restart", "қайта іске қосу", "перезапустить"),
    ("outOfService", "қызметтен шығару", "вывести из обслуживания"),
    ("backInService", "қызметке қайтару", "вернуть в обслуживание"),
    ("sendTelemetry", "телеметрия жіберу", "прислать телеметрию"),
    ("distributed", "клиентке берілді", "выдано клиенту"),
    ("rejectUnit", "қабылданбағандар жәшігі", "ящик отбраковки"),
    ("retractUnit", "қайтарып алу жәшігі", "ящик возврата"),
    ("cassette", "кассета", "кассета"),
    ("missing", "табылмады", "не найдено"),
    ("settled", "шешілді", "урегулировано"),
    ("dispenser", "ақша бергіш", "диспенсер"),
    ("printer", "принтер", "принтер"),
    ("camera", "камера", "камера"),
    ("acceptor", "ақша қабылдағыш", "купюроприёмник"),
    ("enrol", "терминал тіркелді", "терминал зарегистрирован"),
    ("rulePack", "ереже жинағы жарияланды", "опубликован пакет правил"),
    ("rulePackDraft", "ереже жинағының жобасы ұсынылды", "предложен черновик пакета правил"),
    ("rulePackDecline", "ереже жинағының жобасы қабылданбады", "черновик пакета правил отклонён"),
    ("rulePackRefused", "ереже жинағына жол берілмеді", "попытка с пакетом правил не прошла"),
    ("activate", "іске қосылды", "активирован"),
    ("activationNotice", "ҰБ-ға хабарлама жазылды", "записано уведомление НБ"),
    ("activationNoticeWithdrawn", "ҰБ-ға хабарлама кері алынды", "отозвано уведомление НБ"),
    ("activationRefused", "іске қосуға жол берілмеді", "попытка активации не прошла"),
    ("deactivate", "тоқтатылды", "деактивирован"),
    ("order", "ақша тапсырысы", "заказ наличных"),
    ("settlePropose", "шешім ұсынылды", "предложено решение"),
    ("settle", "шешім бекітілді", "решение подтверждено"),
    ("flagLoan", "қарыз тоқтатылды", "займ заморожен"),
    ("unflagLoan", "қарыз босатылды", "займ разморожен"),
    ("quarantine", "карантинге алынды", "карантин"),
    ("unquarantine", "карантиннен шығарылды", "карантин снят"),
    ("staffAdd", "қызметкер қосылды", "добавлен сотрудник"),
    ("signIn", "кірді", "вход"),
    ("signInLocked", "қате әрекеттерден кейін кіру жабылды", "вход закрыт после неверных попыток"),
    ("denied", "рөлі рұқсат бермеген әрекет", "попытка без права по роли"),
    ("leakPropose", "дерек тарауы туралы ұсыныс", "предложено по утечке"),
    ("leakFlag", "дерегі тарағандар белгіленді", "поставлены флаги утечки"),
    ("leakWithdraw", "тізім кері алынды", "список отозван"),
    ("leakLift", "бір адамның белгісі алынды", "снят флаг одного человека"),
    ("leakDecline", "ұсыныс қабылданбады", "предложение отклонено"),
    ("staffRemove", "қызметкер алынды", "удалён сотрудник"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_moments_are_written_as_people_here_write_them() {
        let sum = |tiyn| tenge(Tiyn::new(tiyn).unwrap()).replace('\u{a0}', " ");
        assert_eq!(sum(123_456_700), "1 234 567 ₸");
        assert_eq!(sum(100_050), "1 000,50 ₸");
        assert_eq!(sum(0), "0 ₸");
        assert_eq!(moment(UtcMillis(1_772_434_800_000)), "02.03.2026 12:00:00");
    }

    #[test]
    fn every_kind_of_row_has_words_in_both_languages() {
        for kind in senim_operation::Body::KINDS {
            assert_ne!(Lang::Kk.word(kind), *kind);
            assert_ne!(Lang::Ru.word(kind), *kind);
        }
        assert_eq!(Lang::Ru.word("somethingNew"), "somethingNew");
    }
}
