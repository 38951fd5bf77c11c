//! A technician tries devices one by one.

use super::Phrase;

/// A task.
pub const TASK: Phrase = Phrase::new("Құрылғыларды сынау", "Проверка устройств", "Try the devices");
/// Its second line.
pub const TASK_DETAIL: Phrase = Phrase::new(
    "Чек, камера, карта, банкнот",
    "Чек, камера, карта, банкнота",
    "Slip, camera, card, banknote",
);
/// Title of the list.
pub const LIST: Phrase =
    Phrase::new("Қай құрылғыны сынаймыз?", "Какое устройство проверить?", "Which device to try?");
/// Above the list.
pub const LIST_LEAD: Phrase = Phrase::new(
    "Әр сынақ журналға жазылады.",
    "Каждая проверка записывается в журнал.",
    "Each test is written into the journal.",
);
/// A cassette; `{}` is its number.
pub const CASSETTE: Phrase =
    Phrase::new("Ақша бергіш, {}-кассета", "Диспенсер, кассета {}", "Dispenser, cassette {}");
/// What happens when it is tried.
pub const DISPENSER_DOES: Phrase = Phrase::new(
    "Бір банкнот жарамсыз банкнот науасына түседі",
    "Одна банкнота уйдёт в лоток отбраковки",
    "One note goes to the reject tray",
);
/// What happens when it is tried.
pub const PRINTER_DOES: Phrase =
    Phrase::new("Сынақ чегі басылады", "Напечатает пробный чек", "Prints a test slip");
/// What happens when it is tried.
pub const CAMERA_DOES: Phrase =
    Phrase::new("Суретін экранда көрсетеді", "Покажет картинку на экране", "Shows its picture on the screen");
/// What happens when it is tried.
pub const ACCEPTOR_DOES: Phrase = Phrase::new(
    "Банкнотты танып, қайтарып береді",
    "Узнает банкноту и вернёт её",
    "Recognises a note and gives it back",
);
/// What happens when it is tried.
pub const CARD_DOES: Phrase =
    Phrase::new("Кез келген картаның чипін оқиды", "Прочитает чип любой карты", "Reads the chip of any card");
/// What happens when it is tried.
pub const NFC_DOES: Phrase = Phrase::new(
    "Қойылған картаны не құжатты табады",
    "Найдёт приложенную карту или документ",
    "Finds a card or document laid on it",
);

/// While a note goes to the reject tray.
pub const DISPENSER_RUNS: Phrase = Phrase::new(
    "Күтіңіз: бір банкнот жарамсыз банкнот науасына жіберілуде. Құрылғыны ашпаңыз.",
    "Подождите: одна банкнота идёт в лоток отбраковки. Не открывайте устройство.",
    "Wait: one note is on its way to the reject tray. Do not open the device.",
);
/// While a slip is printed.
pub const PRINTER_RUNS: Phrase = Phrase::new(
    "Сынақ чегі басылуда. Әріптер мен код анық көрінуі керек.",
    "Печатается пробный чек. Буквы должны быть чёткими.",
    "A test slip is being printed. Its letters should be clear.",
);
/// While the camera's picture is shown.
pub const CAMERA_RUNS: Phrase = Phrase::new(
    "Камераның алдына тұрыңыз. Бет толық, анық және жарық көріне ме? Көрінбесе, камераны бұрап, линзасын сүртіңіз.",
    "Встаньте перед камерой. Лицо видно целиком, чётко и светло? Если нет, поверните камеру и протрите объектив.",
    "Stand before the camera. Is your whole face clear and bright? If not, turn the camera and wipe its lens.",
);
/// While a note is waited for.
pub const ACCEPTOR_RUNS: Phrase = Phrase::new(
    "Ақша қабылдағышқа бір банкнот салыңыз: ол танып, қайтарып береді. Бірден қайтса, басқасын салып көріңіз.",
    "Вставьте в купюроприёмник одну банкноту: он узнает её и вернёт. Если вернул сразу, попробуйте другую.",
    "Put one banknote into the acceptor: it recognises the note and gives it back. If it comes back at once, try another.",
);
/// While a card is waited for.
pub const CARD_RUNS: Phrase = Phrase::new(
    "Чипі бар кез келген картаны салыңыз. PIN сұралмайды.",
    "Вставьте любую карту с чипом. PIN не понадобится.",
    "Put in any card with a chip. No PIN is asked for.",
);
/// While a card or document is waited for.
pub const NFC_RUNS: Phrase = Phrase::new(
    "Контактісіз картаны немесе құжатты оқу құрылғысына қойыңыз.",
    "Приложите бесконтактную карту или документ к считывателю.",
    "Lay a contactless card or a document on the reader.",
);
/// Button: the picture is as it should be.
pub const SEEN: Phrase = Phrase::new("Анық көрінеді", "Видно хорошо", "It is clear");
/// Button: it is not.
pub const NOT_SEEN: Phrase = Phrase::new("Көрінбейді", "Не видно", "It is not");

/// Title; `{}` is the device.
pub const PASSED: Phrase = Phrase::new("{}: жұмыс істейді", "{}: работает", "{}: works");
/// Title; `{}` is the device.
pub const FAILED: Phrase = Phrase::new("{}: сынақтан өтпеді", "{}: проверка не пройдена", "{}: did not pass");
/// Title; `{}` is the device.
pub const NOT_DONE: Phrase = Phrase::new("{}: сынақ жасалмады", "{}: проверка не проведена", "{}: not tried");
/// What to do then.
pub const NOT_DONE_TEXT: Phrase = Phrase::new(
    "Уақыт бітті немесе сынақ тоқтатылды. Қайта бастауға болады.",
    "Время вышло, или проверку остановили. Можно начать снова.",
    "The time was over, or it was stopped. It can begin again.",
);
/// Of the note that went to the reject tray.
pub const DISPENSER_PASSED: Phrase = Phrase::new(
    "Банкнот жарамсыз банкнот науасында және есепке алынды.",
    "Банкнота лежит в лотке отбраковки и учтена.",
    "The note lies in the reject tray and is in the books.",
);
/// Button.
pub const TO_LIST: Phrase = Phrase::new("Тізімге", "К списку", "To the list");

/// Heading of the printed slip.
pub const SLIP: Phrase = Phrase::new("Принтер сынағы", "Проверка принтера", "Printer test");
/// Every letter that the printer may meet, in words short enough for the size of a receipt.
pub const SLIP_LETTERS: [&str; 4] = [
    "АӘБВГҒДЕЁЖЗИЙКҚЛМНҢ ОӨПРСТУҰҮФХҺЦЧШЩЪЫІЬЭЮЯ",
    "аәбвгғдеёжзийкқлмнң оөпрстуұүфхһцчшщъыіьэюя",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "0123456789 ₸ № % « » — ( ) . ,",
];
