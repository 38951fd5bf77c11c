//! The menu, and what anybody may read.

use super::Phrase;

/// Title of the menu.
pub const WHAT_FOR: Phrase =
    Phrase::new("Не істегіңіз келеді?", "Что вы хотите сделать?", "What would you like to do?");
/// An errand.
pub const LOAN: Phrase = Phrase::new("Микрокредит алу", "Получить микрокредит", "Get a microcredit");
/// Its second line.
pub const LOAN_DETAIL: Phrase = Phrase::new(
    "Ақшаны осы терминалдан аласыз",
    "Деньги выдаёт этот терминал",
    "The money comes from this terminal",
);
/// What [`LOAN`] is while there are no notes to give.
pub const LOAN_WITHOUT_NOTES: Phrase = Phrase::new(
    "Қазір қолма-қол ақша жоқ: шотыңызға, картаңызға немесе біздің кассадан",
    "Наличных сейчас нет: на счёт, на карту или в нашей кассе",
    "No cash now: to your account or card, or at our cash desk",
);
/// An errand.
pub const REGISTRATION: Phrase = Phrase::new("Тіркелу", "Зарегистрироваться", "Register");
/// Its second line.
pub const REGISTRATION_DETAIL: Phrase = Phrase::new(
    "Бізде алғаш рет болсаңыз, шамамен 15 минут",
    "Если вы у нас впервые, около 15 минут",
    "If you are new here, about 15 minutes",
);
/// An errand.
pub const INFORMATION: Phrase = Phrase::new("Ақпарат", "Информация", "Information");
/// Its second line.
pub const INFORMATION_DETAIL: Phrase = Phrase::new(
    "Не керек, қауіпсіздік кеңестері, ерікті бас тарту, біз туралы",
    "Что понадобится, советы по безопасности, добровольный отказ, о нас",
    "What you need, advice on safety, voluntary refusal, about us",
);
/// Why an errand is not possible now.
pub const NOT_NOW: Phrase = Phrase::new("Қазір мүмкін емес", "Сейчас недоступно", "Not possible now");
/// Why.
pub const OFFLINE: Phrase =
    Phrase::new("Қазір байланыс жоқ", "Сейчас нет связи", "There is no connection now");
/// Why.
pub const NO_CASH: Phrase =
    Phrase::new("Терминалда ақша жоқ", "В терминале нет денег", "There is no money in the terminal");
/// Title.
pub const WHO_WE_ARE: Phrase = Phrase::new("Біз кімбіз", "Кто мы", "Who we are");
/// Fact.
pub const LENDER: Phrase = Phrase::new("Микроқаржы ұйымы", "Микрофинансовая организация", "Lender");
/// Fact.
pub const LICENCE: Phrase = Phrase::new("Лицензия", "Лицензия", "Licence");
/// Fact.
pub const ADDRESS: Phrase = Phrase::new("Мекенжай", "Адрес", "Address");
/// Fact.
pub const HEAD: Phrase = Phrase::new("Басшы", "Руководитель", "Head");
/// Fact.
pub const PHONES: Phrase = Phrase::new("Телефондар", "Телефоны", "Telephones");
/// Fact.
pub const EMAIL: Phrase = Phrase::new("Электрондық пошта", "Электронная почта", "E-mail");
/// Title of the list.
pub const READ_WHAT: Phrase =
    Phrase::new("Не туралы оқисыз?", "О чём прочитать?", "What would you like to read?");
/// A page.
pub const NEEDS: Phrase =
    Phrase::new("Микрокредит үшін не керек", "Что нужно для микрокредита", "What a microcredit needs");
/// A page.
pub const SAFETY: Phrase = Phrase::new(
    "Алаяқтардан қалай сақтану керек",
    "Как уберечься от мошенников",
    "How to stay safe from fraud",
);
/// A page.
pub const REFUSAL: Phrase = Phrase::new(
    "Микрокредиттен ерікті бас тарту",
    "Добровольный отказ от микрокредитов",
    "Voluntary refusal of microcredits",
);
/// Beside the code for the phone.
pub const ON_EGOV: Phrase =
    Phrase::new("Телефоныңызбен ашыңыз", "Откройте на телефоне", "Open it on your phone");
/// Button.
pub const TAKE_ALONG: Phrase = Phrase::new("Басып шығару", "Напечатать", "Print it");
/// Button.
pub const TO_LIST: Phrase = Phrase::new("Тізімге", "К списку", "To the list");
/// Button.
pub const BACK_TO_MENU: Phrase = Phrase::new("Мәзірге", "В меню", "To the menu");
/// After a login: when the one before was, and that a text about this one goes out (R-127a).
pub const LAST_LOGIN: Phrase = Phrase::new(
    "Алдыңғы кіру: {}. Осы кіру туралы SMS жібереміз.",
    "Прошлый вход: {}. Об этом входе отправим SMS.",
    "Last login: {}. We send an SMS about this one.",
);
/// After the first login.
pub const FIRST_LOGIN: Phrase = Phrase::new(
    "Осы кіру туралы SMS жібереміз.",
    "Об этом входе отправим SMS.",
    "We send an SMS about this login.",
);

/// The first thing under help.
pub const HELP_CALL: Phrase = Phrase::new(
    "Түсініксіз бе, шықпай жатыр ма? Қоңырау шалыңыз: {}",
    "Непонятно или не получается? Позвоните: {}",
    "Unclear, or it does not work? Call {}",
);
/// What to tell whoever answers.
pub const HELP_TERMINAL: Phrase = Phrase::new(
    "Осы терминалдың нөмірін айтыңыз: {}.",
    "Назовите номер этого терминала: {}.",
    "Tell them the number of this terminal: {}.",
);
/// For people whose money does not come.
pub const HELP_MONEY: Phrase = Phrase::new(
    "Ақша шықпаса, түгел шықпаса немесе ішке кетіп қалса, операция жазылған және жоғалмайды: түбіртекті алыңыз немесе экрандағы нөмірді жазып алыңыз.",
    "Если деньги не вышли, вышли не все или застряли, операция записана и не пропадёт: возьмите чек или запишите номер с экрана.",
    "If money did not come, not all of it, or got stuck, the operation is recorded and is not lost: take the receipt or write down the number on the screen.",
);
