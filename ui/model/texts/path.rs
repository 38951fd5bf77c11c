//! Notes that stuck on the dispenser's way: taken out, counted, put into the reject tray.

use super::Phrase;

/// A task.
pub const TASK: Phrase = Phrase::new(
    "Кептелген банкноттарды санау",
    "Пересчитать застрявшие банкноты",
    "Count the notes that stuck",
);
/// Its second line.
pub const TASK_DETAIL: Phrase = Phrase::new(
    "Саналмайынша терминал қолма-қол ақша бермейді",
    "Пока не пересчитаны, терминал не выдаёт наличные",
    "Until they are counted the terminal pays no cash",
);
/// What cures a stuck dispenser, on the page of devices.
pub const CURE: Phrase = Phrase::new(
    "Жолды ашып, ондағы банкноттарды алыңыз, санаңыз және жарамсыз банкнот науасына салыңыз. Жолды жабыңыз. Содан кейін басты бетте «Кептелген банкноттарды санау» бетін ашыңыз. Қайта іске қоспаңыз: соңғы күйі – дәлел.",
    "Откройте путь банкнот, достаньте банкноты, пересчитайте и положите в лоток отбраковки. Закройте путь. Затем на главной откройте «Пересчитать застрявшие банкноты». Не сбрасывайте: последний статус – доказательство.",
    "Open the path, take the notes out, count them and put them into the reject tray. Close the path. Then turn to “Count the notes that stuck” on the home page. Do not reset it: its last status is evidence.",
);
/// Title.
pub const OPEN: Phrase =
    Phrase::new("Жолда банкнот кептелген", "На пути застряли банкноты", "Notes stuck on the path");
/// What to do.
pub const OPEN_TEXT: Phrase = Phrase::new(
    "Жолды ашып, ондағы барлық банкнотты алыңыз. Номиналы бойынша санап, жарамсыз банкнот науасына салыңыз да, жолды жабыңыз. Кассеталарға тимеңіз және ештеңені алып кетпеңіз.",
    "Откройте путь банкнот и достаньте все банкноты. Пересчитайте их по номиналам, положите в лоток отбраковки и закройте путь. Кассеты не трогайте и ничего не уносите.",
    "Open the path and take every note out. Count them by value, put them into the reject tray and close the path. Leave the cassettes alone and take nothing away.",
);
/// Fact; `{}` is a face value.
pub const AT_MOST: Phrase =
    Phrase::new("{}: берілмегені", "{}: запрошено и не выдано", "{}: asked for and not given");
/// Title above the number of notes.
pub const LAY: Phrase = Phrase::new(
    "Жолда неше банкнот жатты?",
    "Сколько банкнот было на пути?",
    "How many notes lay on the path?",
);
/// Lead; `{}` is the face value.
pub const LAY_LEAD: Phrase = Phrase::new(
    "Жолдан алып, науаға салған {} банкноттары. Жоқ болса 0 теріңіз.",
    "Банкноты {}, которые вы достали из пути банкнот и положили в лоток. Если не было, введите 0.",
    "Notes of {} that you took from the path and put into the tray. None: type 0.",
);
/// Title.
pub const REVIEW: Phrase = Phrase::new("Дұрыс па?", "Всё верно?", "Is this right?");
/// Text below it.
pub const REVIEW_TEXT: Phrase = Phrase::new(
    "Растасаңыз, бұл банкноттар есепте кассетадан жарамсыз банкнот науасына ауысады. Науаны инкассаторлар келесі ауыстыруда санайды.",
    "После подтверждения эти банкноты в учёте перейдут из кассеты в лоток отбраковки. Лоток инкассаторы пересчитают при следующей инкассации.",
    "Once you confirm, the books move these notes from their cassette to the reject tray. Cash officers count the tray at the next exchange.",
);
/// Title.
pub const CLEARED: Phrase = Phrase::new("Жазылды", "Записано", "It is written down");
/// Text below it.
pub const CLEARED_TEXT: Phrase = Phrase::new(
    "Есеп машинадағымен сай. Құрылғылар бетінде ақша бергіш жұмыс істейтінін көріңіз: сонда терминал қайта ақша береді.",
    "Учёт сходится с машиной. Убедитесь на странице устройств, что диспенсер работает: тогда терминал снова выдаёт деньги.",
    "The books say what lies in the machine. See on the page of devices that the dispenser works: then the terminal pays again.",
);
