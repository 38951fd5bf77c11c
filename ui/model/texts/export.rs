//! What a technician takes along or reads: the journal on a stick, the end of the log.

use super::Phrase;

/// A task.
pub const TASK: Phrase = Phrase::new("Журналды флешкаға көшіру", "Журнал на флешку", "Journal onto a stick");
/// Its second line.
pub const TASK_DETAIL: Phrase = Phrase::new(
    "Байланыс жоқ болса, МҚҰ-ға апару үшін",
    "Чтобы отвезти в МФО, когда нет связи",
    "To take to the lender when there is no line",
);
/// Title.
pub const READY: Phrase = Phrase::new("Флешканы салыңыз", "Вставьте флешку", "Put in the stick");
/// What to know before.
pub const READY_TEXT: [Phrase; 2] = [
    Phrase::new(
        "Флешканың аты SENIM, файл жүйесі FAT немесе exFAT болсын. Ондағы файлдар өзгермейді.",
        "Имя флешки – SENIM, файловая система FAT или exFAT. Файлы на ней не изменятся.",
        "The stick is named SENIM and formatted as FAT or exFAT. What is on it stays.",
    ),
    Phrase::new(
        "Жеке деректер МҚҰ кілтімен жабылған: флешка жоғалса да, оларды ешкім оқи алмайды.",
        "Личные данные закрыты ключом МФО: если флешка потеряется, их никто не прочтёт.",
        "Personal data are sealed with the lender's key: nobody can read them from a lost stick.",
    ),
];
/// Button.
pub const BEGIN: Phrase = Phrase::new("Көшіру", "Записать", "Write");
/// Title while it is written.
pub const WORKING: Phrase = Phrase::new(
    "Журнал жазылып, тексерілуде",
    "Журнал записывается и проверяется",
    "Writing and checking the journal",
);
/// Text below it.
pub const WORKING_TEXT: Phrase = Phrase::new(
    "Флешканы шығармаңыз. Үлкен журнал бірнеше минут алады.",
    "Не вынимайте флешку. Большой журнал займёт несколько минут.",
    "Leave the stick in. A long journal takes some minutes.",
);
/// Title.
pub const DONE: Phrase = Phrase::new("Журнал флешкада", "Журнал на флешке", "The journal is on the stick");
/// Text below it.
pub const DONE_TEXT: Phrase = Phrase::new(
    "Бәрі флешкадан қайта оқылып, қолтаңбалары тексерілді. Флешканы шығарып, МҚҰ-ға беріңіз.",
    "Всё прочитано с флешки заново, подписи проверены. Выньте флешку и передайте в МФО.",
    "All of it was read back from the stick and every signature verified. Take the stick out and give it to the lender.",
);
/// Fact.
pub const ROWS: Phrase = Phrase::new("Жазба", "Записей", "Rows");
/// Fact.
pub const COSIGNED: Phrase =
    Phrase::new("Оның ішінде МҚҰ куәландырғаны", "Из них заверено МФО", "Of these cosigned by the lender");
/// Fact.
pub const ATTACHMENTS: Phrase = Phrase::new("Жабық қосымша файл", "Закрытых вложений", "Sealed attachments");
/// Title.
pub const FAILED: Phrase =
    Phrase::new("Журнал көшірілмеді", "Журнал не записан", "The journal was not written");
/// What to do.
pub const NO_STICK: Phrase = Phrase::new(
    "Флешка көрінбейді. Аты SENIM екенін тексеріп, ұяға қайта салыңыз да, он секунд күтіңіз.",
    "Флешки не видно. Проверьте, что её имя SENIM, вставьте ещё раз и подождите десять секунд.",
    "There is no stick to be seen. Check that its name is SENIM, put it in again and wait ten seconds.",
);
/// What to do.
pub const FULL: Phrase = Phrase::new(
    "Флешкада орын жетпейді. Босатыңыз немесе үлкенін салыңыз.",
    "На флешке не хватает места. Освободите его или вставьте флешку больше.",
    "There is not enough room on the stick. Make room, or put in a larger one.",
);
/// What to do.
pub const STICK: Phrase = Phrase::new(
    "Флешкаға жазу немесе одан оқу мүмкін болмады. Басқа флешка салыңыз.",
    "На флешку не удалось записать или прочитать с неё. Возьмите другую.",
    "The stick could not be written or read. Take another one.",
);
/// What to do.
pub const JOURNAL: Phrase = Phrase::new(
    "Журналдың өзі оқылмады. Дискіні сақтап, МҚҰ-ға хабарлаңыз.",
    "Не удалось прочитать сам журнал. Сохраните диск и сообщите в МФО.",
    "The journal itself could not be read. Keep the disk and tell the lender.",
);
/// What to do.
pub const NOT_VERIFIED: Phrase = Phrase::new(
    "Флешкадан оқылған дерек тексеруден өтпеді. Басқа флешкамен қайталаңыз; қайталанса, МҚҰ-ға хабарлаңыз.",
    "Прочитанное с флешки не прошло проверку. Повторите с другой флешкой; если снова так, сообщите в МФО.",
    "What was read back did not verify. Try another stick; if it happens again, tell the lender.",
);

/// A task.
pub const LOG: Phrase =
    Phrase::new("Бағдарламаның соңғы хабарлары", "Последние строки лога", "End of the log");
/// Its second line.
pub const LOG_DETAIL: Phrase = Phrase::new(
    "Ағылшынша, жеке деректерсіз",
    "На английском, без личных данных",
    "In English, nothing personal",
);
/// Where there are no lines.
pub const LOG_EMPTY: Phrase = Phrase::new("Жол жоқ.", "Строк нет.", "No lines.");
/// Button.
pub const LOG_AGAIN: Phrase = Phrase::new("Жаңарту", "Обновить", "Refresh");
