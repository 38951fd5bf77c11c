//! The menu, and what anybody may read.

use super::Phrase;

/// Title of the menu.
pub const WHAT_FOR: Phrase =
    Phrase::new("Не қалайсыз?", "Что вы хотите сделать?", "What would you like to do?");
/// An errand.
pub const LOAN: Phrase = Phrase::new("Микрокредит алу", "Получить микрокредит", "Get a microcredit");
/// Its second line.
pub const LOAN_DETAIL: Phrase = Phrase::new(
    "Ақшаны осы терминалдан аласыз",
    "Деньги выдаёт этот терминал",
    "The money comes from this terminal",
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
pub const INFORMATION: Phrase = Phrase::new("Біз туралы ақпарат", "Информация о нас", "Information about us");
/// Its second line.
pub const INFORMATION_DETAIL: Phrase = Phrase::new(
    "Лицензия, мекенжай, телефондар, қауіпсіздік кеңестері",
    "Лицензия, адрес, телефоны, советы по безопасности",
    "Licence, address, telephones, advice on safety",
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
