//! After a short payout.

use super::Phrase;

/// Title; `{}` is the sum that is missing.
pub const MISSING: Phrase = Phrase::new(
    "Сізге тағы {} тиесілі. Қалай аласыз?",
    "Вам причитается ещё {}. Как вы хотите их получить?",
    "Another {} is yours. How would you like to have it?",
);
/// Above the ways; `{}` is the sum that was received.
pub const RECEIVED: Phrase = Phrase::new(
    "Сіз {} алдыңыз. Сыйақы тек алған сомаңызға есептеледі.",
    "Вы получили {}. Вознаграждение начисляется только на полученное.",
    "You have received {}. Interest runs only on what you received.",
);
/// Above the ways, where nobody knows whether a slip was ordered.
pub const NO_SLIP_CAME: Phrase = Phrase::new(
    "Талон келмеді. Оны қайта сұраңыз немесе кейінірек келіңіз: ақшаңыз жоғалмайды.",
    "Талон не пришёл. Запросите его ещё раз или вернитесь позже: деньги не пропадут.",
    "The slip did not come. Ask for it again or come back later: your money is not lost.",
);
/// A way.
pub const NOTES: Phrase =
    Phrase::new("Осында, басқа банкноттармен", "Здесь, другими банкнотами", "Here, in other notes");
/// Its second line.
pub const NOTES_DETAIL: Phrase = Phrase::new(
    "Терминал дәл жетпейтін соманы береді",
    "Терминал выдаст ровно недостающую сумму",
    "The terminal pays exactly what is missing",
);
/// Why not.
pub const NO_NOTES: Phrase = Phrase::new(
    "Терминал қазір бұл соманы бере алмайды",
    "Терминал сейчас не может выдать эту сумму",
    "The terminal cannot pay this sum now",
);
/// Why not.
pub const ALREADY_CLAIMED: Phrase = Phrase::new(
    "Бұл сома кассада күтіп тұр немесе сұралған",
    "Эта сумма ждёт в кассе или уже запрошена туда",
    "This sum waits at the cash desk, or was asked for there",
);
/// A way.
pub const DESK: Phrase =
    Phrase::new("Кассада, талонмен", "В кассе, по талону", "At the cash desk, with a slip");
/// Its second line.
pub const DESK_DETAIL: Phrase = Phrase::new(
    "Талонды осында аласыз, кассаға жеке куәлікпен келіңіз",
    "Талон напечатаем здесь, в кассу приходите с удостоверением",
    "The slip is printed here; bring your identity card to the desk",
);
/// A way.
pub const LATER: Phrase = Phrase::new("Кейінірек", "Позже", "Later");
/// Its second line.
pub const LATER_DETAIL: Phrase = Phrase::new(
    "Кез келген терминалға келіп, «Микрокредит алу» таңдаңыз",
    "Приходите к любому терминалу и выберите «Получить микрокредит»",
    "Come to any terminal and choose “Get a microcredit”",
);
/// While the slip is asked for.
pub const ASKING: Phrase =
    Phrase::new("Талон сұралуда…", "Запрашиваем талон…", "The slip is being asked for…");
/// Title of the slip.
pub const SLIP: Phrase =
    Phrase::new("Кассада ақша алу талоны", "Талон на получение денег в кассе", "Slip for the cash desk");
/// Fact on the slip.
pub const SUM: Phrase = Phrase::new("Сома", "Сумма", "Sum");
/// Fact on the slip.
pub const NUMBER: Phrase = Phrase::new("Талон №", "Талон №", "Slip №");
/// Fact on the slip.
pub const OPERATION: Phrase = Phrase::new("Операция №", "Операция №", "Operation №");
/// Fact on the slip.
pub const UNTIL: Phrase = Phrase::new("Қай күнге дейін", "Действует по", "Last day");
/// Fact on the slip.
pub const WHERE: Phrase = Phrase::new("Касса мекенжайы", "Адрес кассы", "Where the desk is");
/// What to do with it.
pub const HOW: Phrase = Phrase::new(
    "Осы мекенжайға жеке куәлігіңізбен келіп, талонды көрсетіңіз. Талонды басқа адамға бермеңіз: ақшаны тек сіз аласыз.",
    "Придите по этому адресу с удостоверением личности и покажите талон. Не отдавайте его другим: деньги получите только вы.",
    "Come to this address with your identity card and show the slip. Do not give it to anybody: only you get the money.",
);
/// What to do with it.
pub const ONLY_THERE: Phrase = Phrase::new(
    "Терминалдар бұл соманы енді бермейді. Сыйақы тек алған сомаңызға есептеледі.",
    "Терминалы эту сумму больше не выдают. Вознаграждение начисляется только на полученное.",
    "Terminals do not pay this sum any more. Interest runs only on what you received.",
);
/// While it is printed.
pub const PRINTING: Phrase =
    Phrase::new("Талон басылуда…", "Талон печатается…", "The slip is being printed…");
/// It came out.
pub const PRINTED: Phrase = Phrase::new("Талонды алыңыз.", "Возьмите талон.", "Take the slip.");
/// It did not.
pub const NOT_PRINTED: Phrase = Phrase::new(
    "Талон басылмады. Оның нөмірін суретке түсіріп немесе жазып алыңыз.",
    "Талон не напечатан. Сфотографируйте или запишите его номер.",
    "The slip was not printed. Take a picture of its number or write it down.",
);
/// While a receipt is printed.
pub const PRINTING_RECEIPT: Phrase =
    Phrase::new("Түбіртек басылуда…", "Чек печатается…", "The receipt is being printed…");
/// It came out.
pub const RECEIPT_PRINTED: Phrase = Phrase::new("Түбіртекті алыңыз.", "Возьмите чек.", "Take the receipt.");
/// It did not.
pub const RECEIPT_NOT_PRINTED: Phrase = Phrase::new(
    "Түбіртек басылмады. Операция нөмірін жазып алыңыз.",
    "Чек не напечатан. Запишите номер операции.",
    "The receipt was not printed. Write down the number of the operation.",
);
/// Title of an end.
pub const OWED: Phrase = Phrase::new(
    "Қалған ақша сіздікі",
    "Остальные деньги остаются вашими",
    "The rest of the money stays yours",
);
/// Text of an end.
pub const OWED_TEXT: Phrase = Phrase::new(
    "Сыйақы тек алған сомаңызға есептеледі. Қалғанын алу үшін кез келген терминалға келіп, «Микрокредит алу» таңдаңыз немесе бізге қоңырау шалыңыз.",
    "Вознаграждение начисляется только на полученное. За остальным приходите к любому терминалу и выберите «Получить микрокредит» или позвоните нам.",
    "Interest runs only on what you received. For the rest come to any terminal and choose “Get a microcredit”, or call us.",
);
