//! What is said while the chip of an identity document is read in a registration.

use super::Phrase;

/// Title.
pub const OFFER: Phrase =
    Phrase::new("Құжатыңыз қасыңызда ма?", "Документ с вами?", "Do you have your document?");
/// Text.
pub const OFFER_TEXT: Phrase = Phrase::new(
    "Жеке куәліктің немесе паспорттың чипін оқи аламыз: сонда ЖСН-ді термейсіз, ал құжат нөмірін мемлекет деректерімен салыстырамыз.",
    "Мы можем прочитать чип удостоверения или паспорта: тогда ИИН вводить не нужно, а номер документа мы сравним с данными государства.",
    "We can read the chip of your identity card or passport: then you need not type your IIN, and we compare the document's number with the state's data.",
);
/// Text.
pub const NO_PICTURE: Phrase = Phrase::new(
    "Құжаттың суреті мен көшірмесі алынбайды.",
    "Фотографию и копию документа мы не делаем.",
    "No picture and no copy of the document is made.",
);
/// Button.
pub const READ_IT: Phrase = Phrase::new("Құжатты оқу", "Прочитать чип", "Read the document");
/// Button.
pub const TYPE_INSTEAD: Phrase = Phrase::new("ЖСН теру", "Ввести ИИН", "Type the IIN");
/// Title.
pub const ACCESS_NUMBER: Phrase =
    Phrase::new("Құжаттағы алты цифр", "Шесть цифр на документе", "Six digits on the document");
/// Lead.
pub const ACCESS_NUMBER_LEAD: Phrase = Phrase::new(
    "Чипті ашатын нөмір құжаттың бет жағына басылған.",
    "Номер, который открывает чип, напечатан на лицевой стороне.",
    "The number that opens the chip is printed on its front.",
);
/// Button.
pub const NO_SUCH_NUMBER: Phrase = Phrase::new("Нөмірі жоқ", "Номера нет", "There is none");
/// Error.
pub const OPENED_NOTHING: Phrase = Phrase::new(
    "Чип бұл нөмірмен ашылмады.",
    "Чип этим номером не открылся.",
    "The chip did not open with this number.",
);
/// Title.
pub const NUMBER: Phrase = Phrase::new("Құжаттың нөмірі", "Номер документа", "Number of the document");
/// Lead.
pub const NUMBER_LEAD: Phrase = Phrase::new(
    "Нөмірі мен екі күні чипті ашады.",
    "Номер и две даты открывают чип.",
    "The number and two dates open the chip.",
);
/// Error.
pub const PRINTED_OPENED_NOTHING: Phrase = Phrase::new(
    "Чип ашылмады. Нөмірі мен күндерін қайта теріңіз.",
    "Чип не открылся. Введите номер и даты снова.",
    "The chip did not open. Type the number and dates again.",
);
/// Title.
pub const BIRTH_DATE: Phrase = Phrase::new("Туған күніңіз", "Дата рождения", "Date of birth");
/// Title.
pub const EXPIRY_DATE: Phrase = Phrase::new(
    "Құжат қай күнге дейін жарамды?",
    "До какого дня действует документ?",
    "Until when is the document valid?",
);
/// Lead.
pub const DATE_LEAD: Phrase = Phrase::new(
    "Күні, айы, жылы: КК.АА.ЖЖЖЖ",
    "День, месяц, год: ДД.ММ.ГГГГ",
    "Day, month, year: DD.MM.YYYY",
);
/// Error.
pub const NO_SUCH_DAY: Phrase = Phrase::new("Мұндай күн жоқ.", "Такого дня нет.", "There is no such day.");
/// Title.
pub const LAY: Phrase = Phrase::new(
    "Құжатты оқу құрылғысына қойыңыз",
    "Положите документ на считыватель",
    "Put your document on the reader",
);
/// Text.
pub const LAY_TEXT: Phrase = Phrase::new(
    "Айтқанша сол жерде қалдырыңыз. Бұл бірнеше секунд алады.",
    "Оставьте его там, пока мы не скажем. Это займёт несколько секунд.",
    "Leave it there until you are told. It takes a few seconds.",
);
/// While it is read.
pub const READING: Phrase = Phrase::new(
    "Құжатты оқып жатырмыз. Қозғалтпаңыз.",
    "Читаем документ. Не двигайте его.",
    "Reading the document. Do not move it.",
);
/// Button.
pub const AGAIN: Phrase = Phrase::new("Қайталау", "Повторить", "Try again");
/// Lead of the IIN where the chip holds none.
pub const NO_IIN: Phrase = Phrase::new(
    "Құжат оқылды, бірақ чипте ЖСН жоқ. Оны құжаттан теріңіз.",
    "Документ прочитан, но ИИН на чипе нет. Введите его с документа.",
    "The document was read, but its chip holds no IIN. Type it from the document.",
);

/// What happened, and what helps.
pub const WITHDRAWN: (Phrase, Phrase) = (
    Phrase::new("Құжатты ерте алып қойдыңыз", "Документ убрали", "The document was moved away"),
    Phrase::new(
        "Қайта қойсаңыз, оқимыз. Немесе ЖСН теріңіз.",
        "Положите его снова, и мы прочитаем. Или введите ИИН.",
        "Put it down again and we read it, or type your IIN.",
    ),
);
/// What happened, and what helps.
pub const TOO_MANY_TRIES: (Phrase, Phrase) = (
    Phrase::new("Чип ашылмады", "Чип не открылся", "The chip did not open"),
    Phrase::new(
        "Құжатыңызды алып, ЖСН теріңіз.",
        "Заберите документ и введите ИИН.",
        "Take your document and type your IIN.",
    ),
);
/// What happened, and what helps.
pub const NOT_A_DOCUMENT: (Phrase, Phrase) = (
    Phrase::new("Бұл жеке куәлік емес", "Это не удостоверение личности", "This is no identity document"),
    Phrase::new(
        "Чипі бар жеке куәлікті немесе паспортты қойыңыз, немесе ЖСН теріңіз.",
        "Положите удостоверение или паспорт с чипом либо введите ИИН.",
        "Put down an identity card or passport with a chip, or type your IIN.",
    ),
);
/// What happened, and what helps.
pub const UNUSABLE: (Phrase, Phrase) = (
    Phrase::new("Бұл чип мұнда оқылмайды", "Этот чип здесь не читается", "This chip cannot be read here"),
    Phrase::new(
        "Құжат жарамды болуы мүмкін. ЖСН теріп жалғастырыңыз.",
        "Сам документ может быть в порядке. Продолжите, введя ИИН.",
        "The document itself may be in order. Go on by typing your IIN.",
    ),
);
/// What happened, and what helps.
pub const UNCLEAR: (Phrase, Phrase) = (
    Phrase::new("Құжатты оқи алмадық", "Не удалось прочитать документ", "The document could not be read"),
    Phrase::new(
        "Оны оқу құрылғысына тегіс қойып, қозғалтпаңыз немесе ЖСН теріңіз.",
        "Положите его ровно и не двигайте либо введите ИИН.",
        "Lay it flat and do not move it, or type your IIN.",
    ),
);
/// What happened, and what helps.
pub const READER: (Phrase, Phrase) = (
    Phrase::new("Құжатты оқитын құрылғы істемейді", "Считыватель не работает", "The reader does not work"),
    Phrase::new(
        "Құжатыңызды алып, ЖСН теріңіз.",
        "Заберите документ и введите ИИН.",
        "Take your document and type your IIN.",
    ),
);
/// What happened, and what helps.
pub const EXPIRED: (Phrase, Phrase) = (
    Phrase::new("Құжаттың мерзімі өткен", "Срок действия документа истёк", "The document has expired"),
    Phrase::new(
        "Жарамды құжат қойыңыз. Жаңасы әзір болса, ЖСН теріп жалғастыра аласыз.",
        "Положите действующий документ. Если новый уже оформлен, можно ввести ИИН.",
        "Put down a valid document. If you have a new one already, you can type your IIN.",
    ),
);
/// What happened, and what helps.
pub const OTHER_PERSON: (Phrase, Phrase) = (
    Phrase::new(
        "Құжат пен ЖСН бір адамдікі емес",
        "Документ и ИИН – разных людей",
        "Document and IIN do not belong together",
    ),
    Phrase::new(
        "Өз құжатыңызды қойыңыз немесе өз ЖСН-іңізді теріңіз.",
        "Положите свой документ или введите свой ИИН.",
        "Put down your own document, or type your own IIN.",
    ),
);
