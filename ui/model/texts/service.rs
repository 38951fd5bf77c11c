//! The service mode: the card that opens it, its home page, devices with what cures them, upkeep.

use super::Phrase;

/// Title while the card is waited for.
pub const INSERT: Phrase =
    Phrase::new("Қызмет картасын салыңыз", "Вставьте сервисную карту", "Put in your service card");
/// Its text.
pub const INSERT_TEXT: Phrase = Phrase::new(
    "Қызмет көрсету кілті бұралған. Терминал келушілерге қызмет көрсетпейді. Болдырмау үшін кілтті кері бұраңыз.",
    "Сервисный ключ повёрнут. Посетители не обслуживаются. Чтобы отменить, верните ключ.",
    "The operator switch is turned. Visitors are not served. To cancel, turn the switch back.",
);
/// Lead above a PIN: who, and tries.
pub const PIN_LEAD: Phrase = Phrase::new(
    "Экранды алақаныңызбен жабыңыз. Қалған мүмкіндік: {}. Картаны шығармаңыз.",
    "Прикройте экран ладонью. Осталось попыток: {}. Карту не вынимайте.",
    "Cover the screen with your hand. Attempts left: {}. Leave the card in.",
);
/// Lead above the last try.
pub const LAST_TRY: Phrase = Phrase::new(
    "Бұл – соңғы мүмкіндік. PIN-код қате болса, карта бұғатталады. Сенімді болмасаңыз, картаны шығарып алыңыз.",
    "Это последняя попытка: если PIN-код неверный, карта заблокируется. Если не уверены, выньте карту.",
    "This is the last attempt: a wrong PIN blocks the card. If you are not sure, take the card out.",
);
/// A card that the rule pack does not name.
pub const NOT_OF_STAFF: (Phrase, Phrase) = (
    Phrase::new(
        "Бұл карта қызмет көрсету режимін ашпайды",
        "Эта карта не открывает сервисный режим",
        "This card does not open the service mode",
    ),
    Phrase::new(
        "МҚҰ-ның ереже жинағында бұл карта жоқ. Өз қызмет картаңызды салыңыз немесе МҚҰ-ға хабарласыңыз.",
        "Этой карты нет в пакете правил МФО. Вставьте свою сервисную карту или свяжитесь с МФО.",
        "The lender's rule pack does not name this card. Put in your service card, or call the lender.",
    ),
);
/// What to do about a card or a reader that does not do it.
pub const CARD_HELP: Phrase = Phrase::new(
    "Картаны шығарып, оқу құрылғысының кабелін тексеріп, қайталаңыз. Өзгермесе, басқа қызмет картасын алыңыз немесе МҚҰ-ға хабарласыңыз.",
    "Выньте карту, проверьте кабель считывателя и повторите. Если не помогает, возьмите другую сервисную карту или свяжитесь с МФО.",
    "Take the card out, look at the reader's cable and try again. If it stays so, use another service card or call the lender.",
);
/// What to do about a card whose PIN takes no try any more.
pub const CARD_BLOCKED_HELP: Phrase = Phrase::new(
    "Бұл картамен қайталау көмектеспейді. Басқа қызмет картасын салыңыз немесе МҚҰ-ға хабарласыңыз.",
    "С этой картой повторять бесполезно. Вставьте другую сервисную карту или свяжитесь с МФО.",
    "Trying this card again does not help. Put in another service card, or call the lender.",
);
/// Button.
pub const AGAIN: Phrase = Phrase::new("Қайталау", "Повторить", "Try again");
/// Title of the home page; `{}` is the number of the member of staff.
pub const HOME: Phrase = Phrase::new("Қызмет көрсету: {}", "Сервисный режим: {}", "Service mode: {}");
/// A role.
pub const TECHNICIAN: Phrase = Phrase::new("Техник", "Техник", "Technician");
/// A role.
pub const CASH_OFFICER: Phrase = Phrase::new("Инкассатор", "Инкассатор", "Cash officer");
/// A task.
pub const DEVICES: Phrase = Phrase::new("Құрылғылар", "Устройства", "Devices");
/// Its second line when nothing is wrong.
pub const ALL_WELL: Phrase = Phrase::new("Бәрі жұмыс істейді", "Всё работает", "Everything works");
/// Its second line; `{}` is a number.
pub const ATTENTION: Phrase =
    Phrase::new("Назар аудару керек: {}", "Требуют внимания: {}", "Need attention: {}");
/// Its second line when nothing is known to be wrong; `{}` is how many were not looked at yet.
pub const NONE_FAILED: Phrase = Phrase::new(
    "Ақау байқалмады, әлі тексерілмегені: {}",
    "Неисправностей не видно, ещё не проверено: {}",
    "No fault seen, not looked at yet: {}",
);
/// What the device or its driver says, in English; `{}` is that.
pub const IN_ITS_WORDS: Phrase =
    Phrase::new("Құрылғы хабары: {}", "Сообщение устройства: {}", "In the device's words: {}");
/// A kind of fault.
pub const OFFLINE_FAULT: Phrase =
    Phrase::new("байланыс жоқ немесе бұзылған", "нет связи или она нарушена", "no line, or a bad one");
/// A kind of fault.
pub const POWER_OFF: Phrase = Phrase::new("қуат жоқ", "нет питания", "no power");
/// A kind of fault.
pub const NO_DEVICE: Phrase = Phrase::new(
    "қосылмаған немесе орнында басқа құрылғы тұр",
    "не подключено, либо на его месте другое устройство",
    "not connected, or another device is in its place",
);
/// A kind of fault.
pub const HARDWARE_ERROR: Phrase =
    Phrase::new("құрылғының өзінде ақау", "неисправность самого устройства", "a fault of the device itself");
/// A kind of fault.
pub const MEDIA_JAM: Phrase =
    Phrase::new("жолында бірдеңе кептелген", "что-то застряло на пути", "something is stuck on its way");
/// A kind of fault.
pub const USER_ERROR: Phrase =
    Phrase::new("қолмен түзетуге болады", "можно устранить на месте", "can be put right on the spot");
/// A kind of fault.
pub const DEVICE_BUSY: Phrase = Phrase::new("бос емес", "занято", "busy");
/// A kind of fault.
pub const FRAUD_ATTEMPT: Phrase =
    Phrase::new("араласу байқалды", "обнаружено вмешательство", "tampering was seen");
/// A kind of fault.
pub const POTENTIAL_FRAUD: Phrase =
    Phrase::new("араласу болуы мүмкін", "возможно вмешательство", "tampering is possible");
/// A kind of fault.
pub const STARTING: Phrase = Phrase::new("іске қосылуда", "запускается", "starting");

/// A task.
pub const UPKEEP: Phrase =
    Phrase::new("Кезек, байланыс, сертификат", "Очередь, связь, сертификат", "Queue, line, certificate");
/// Its second line; `{}` is a number.
pub const WAITING: Phrase = Phrase::new(
    "МҚҰ-ға жіберілмеген жазба: {}",
    "Ждут отправки в МФО: {}",
    "Rows waiting for the lender: {}",
);
/// A task.
pub const FINISH: Phrase = Phrase::new("Аяқтау", "Завершить", "Finish");
/// Its second line.
pub const FINISH_DETAIL: Phrase = Phrase::new(
    "Содан кейін қызмет көрсету кілтін кері бұраңыз",
    "Затем верните сервисный ключ",
    "Then turn the operator switch back",
);
/// Button.
pub const TO_HOME: Phrase = Phrase::new("Басты бетке", "На главную", "To the home page");
/// State of a device.
pub const WORKS: Phrase = Phrase::new("жұмыс істейді", "работает", "works");
/// State of a device.
pub const FAILED: Phrase = Phrase::new("ақау бар", "неисправность", "fault");
/// State of a device.
pub const NOT_ASKED: Phrase = Phrase::new("әлі тексерілмеді", "ещё не проверено", "not looked at yet");

/// Fact.
pub const ROWS: Phrase = Phrase::new("Журналдағы жазба", "Записей в журнале", "Rows in the journal");
/// Fact.
pub const ROWS_WAITING: Phrase =
    Phrase::new("МҚҰ растамаған жазба", "Не подтверждено МФО", "Not acknowledged by the lender");
/// Fact.
pub const LINE: Phrase = Phrase::new("МҚҰ-мен байланыс", "Связь с МФО", "Line to the lender");
/// Value.
pub const ONLINE: Phrase = Phrase::new("бар", "есть", "works");
/// Value.
pub const OFFLINE: Phrase = Phrase::new("жоқ", "нет", "does not work");
/// Fact.
pub const CERTIFICATE: Phrase = Phrase::new("Сертификат мерзімі", "Сертификат до", "Certificate ends");
/// Value.
pub const UNKNOWN: Phrase = Phrase::new("белгісіз", "неизвестно", "not known");
/// Fact.
pub const TIME: Phrase = Phrase::new("Терминал уақыты", "Время терминала", "Time of the terminal");
/// After a time that nobody vouches for; `{}` is the time.
pub const ESTIMATED: Phrase = Phrase::new("{} (расталмаған)", "{} (не подтверждено)", "{} (not confirmed)");
/// Fact.
pub const RULES: Phrase = Phrase::new("Ереже жинағы", "Пакет правил", "Rule pack");
/// Fact.
pub const OUT_OF_SERVICE: Phrase =
    Phrase::new("Қызмет көрсетпеу себебі", "Почему не обслуживает", "Why it does not serve");
/// Reasons by their codes; the code of another one stands for itself.
pub const REASONS: [(&str, Phrase); 13] = [
    ("noRulePack", Phrase::new("ережелер келмеді", "правила не получены", "no rules have come")),
    (
        "rulePackExpired",
        Phrase::new("ережелер мерзімі өтті", "срок правил истёк", "the rules are out of date"),
    ),
    ("rulePackRefused", Phrase::new("ережелер қабылданбады", "правила отклонены", "the rules were refused")),
    (
        "notActive",
        Phrase::new(
            "МҚҰ терминалды қоспаған",
            "МФО не включила терминал",
            "the lender has not switched it on",
        ),
    ),
    ("relocated", Phrase::new("орны ауысқан", "терминал перемещён", "it was moved")),
    ("noSealKey", Phrase::new("МҚҰ кілті келмеді", "нет ключа МФО", "no key of the lender")),
    ("journal", Phrase::new("журнал толы", "журнал заполнен", "the journal is full")),
    ("journalDamaged", Phrase::new("журнал зақымданған", "журнал повреждён", "the journal is damaged")),
    ("onBattery", Phrase::new("батареядан жұмыс істеп тұр", "работа от батареи", "on battery")),
    ("payoutBeingSettled", Phrase::new("төлем анықталуда", "выясняется выдача", "a payout is being settled")),
    (
        "repaymentBeingSettled",
        Phrase::new("өтеу анықталуда", "выясняется погашение", "a repayment is being settled"),
    ),
    ("withdrawn", Phrase::new("терминал есептен шығарылған", "терминал снят с учёта", "it was withdrawn")),
    ("exchangeOpen", Phrase::new("тиеу аяқталмаған", "загрузка не завершена", "an exchange is open")),
];
/// What to do when rows wait and there is no line.
pub const LINE_CURE: Phrase = Phrase::new(
    "Желі кабелін, модемді және мекенжайды тексеріңіз. Жазбалар сақталған және байланыс қалпына келгенде өздігінен кетеді.",
    "Проверьте сетевой кабель, модем и адрес. Записи сохранены и уйдут сами, когда связь вернётся.",
    "Check the network cable, the modem and the address. The rows are kept and leave by themselves once the line is back.",
);
/// What to do about an ended certificate.
pub const CERTIFICATE_CURE: Phrase = Phrase::new(
    "Сертификат мерзімі бітті. МҚҰ-дан тіркеу кодын алып, техник бетіндегі «Сертификатты кодпен алу» бетінде теріңіз.",
    "Сертификат истёк. Получите в МФО код и введите его у техника на странице «Сертификат по коду».",
    "The certificate has ended. Get an enrolment code from the lender; a technician types it at “Certificate by a code”.",
);
/// What to do about a full journal.
pub const JOURNAL_CURE: Phrase = Phrase::new(
    "Журнал толы. Байланысты қалпына келтіріңіз: расталған жазбалар өздігінен босайды.",
    "Журнал полон. Восстановите связь: подтверждённые записи освободят место сами.",
    "The journal is full. Restore the line: acknowledged rows make room by themselves.",
);
/// What to do when notes in a cassette are no money any more; `{}` is its number.
pub const SERIES_CURE: Phrase = Phrase::new(
    "{}-кассетадағы банкноттар енді төлем құралы емес: одан ақша берілмейді. Кассетаны МҚҰ тапсырмасы бойынша босатыңыз.",
    "Банкноты в кассете {} больше не платёжное средство: из неё не выдаётся. Освободите кассету по поручению МФО.",
    "The notes in cassette {} are no money any more: nothing is paid from it. Empty it against an order of the lender.",
);
/// What to do when the terminal stands elsewhere.
pub const RELOCATED_CURE: Phrase = Phrase::new(
    "Терминал тіркелген жерінде тұрған жоқ. Орнына қайтарыңыз немесе МҚҰ жаңа орынды хабарласын.",
    "Терминал стоит не там, где зарегистрирован. Верните его на место, или пусть МФО уведомит о новом месте.",
    "The terminal does not stand where it is registered. Take it back, or have the lender notify the new place.",
);

/// Names of devices, and what cures most faults of each.
pub const DISPENSER: (Phrase, Phrase) = (
    Phrase::new("Ақша бергіш", "Диспенсер", "Dispenser"),
    Phrase::new(
        "Кассеталарды орнына басып салыңыз, жолдағы банкноттарды алып, санаңыз, қуат пен кабельді тексеріңіз. Қайта іске қоспаңыз: соңғы күйі – дәлел.",
        "Вставьте кассеты до щелчка, уберите и пересчитайте банкноты на пути, проверьте питание и кабель. Не сбрасывайте: последний статус – доказательство.",
        "Seat the cassettes, take out and count every note on the path, check power and cable. Do not reset it: its last status is evidence.",
    ),
);
/// See [`DISPENSER`].
pub const PRINTER: (Phrase, Phrase) = (
    Phrase::new("Принтер", "Принтер", "Printer"),
    Phrase::new(
        "Қағаз орамын салыңыз, қақпағын жабыңыз, кептелген қағазды алыңыз, кабельді тексеріңіз.",
        "Вставьте рулон бумаги, закройте крышку, уберите замятую бумагу, проверьте кабель.",
        "Put in a roll of paper, close the cover, take out jammed paper, check the cable.",
    ),
);
/// See [`DISPENSER`].
pub const CAMERA: (Phrase, Phrase) = (
    Phrase::new("Камера", "Камера", "Camera"),
    Phrase::new(
        "Камераны өз USB ұясына салыңыз, линзаны ашып, сүртіңіз.",
        "Подключите камеру в её разъём USB, откройте и протрите объектив.",
        "Plug the camera into its own USB socket, uncover and wipe the lens.",
    ),
);
/// See [`DISPENSER`].
pub const ACCEPTOR: (Phrase, Phrase) = (
    Phrase::new("Ақша қабылдағыш", "Купюроприёмник", "Cash acceptor"),
    Phrase::new(
        "Стекерді босатыңыз немесе орнына салыңыз, кептелген банкнотты алыңыз, қуат пен кабельді тексеріңіз.",
        "Освободите или вставьте стекер, уберите замятую банкноту, проверьте питание и кабель.",
        "Empty or seat the stacker, take out a jammed note, check power and cable.",
    ),
);
/// See [`DISPENSER`].
pub const CARD: (Phrase, Phrase) =
    (Phrase::new("Карта оқу құрылғысы", "Считыватель карт", "Card reader"), CABLE_CURE);
/// See [`DISPENSER`].
pub const NFC: (Phrase, Phrase) =
    (Phrase::new("Контактісіз оқу құрылғысы", "Бесконтактный считыватель", "Contactless reader"), CABLE_CURE);
/// See [`DISPENSER`].
pub const SUPPLY: (Phrase, Phrase) = (
    Phrase::new("Қуат көзі", "Источник питания", "Power supply"),
    Phrase::new(
        "Желі қуатын және қуат көзінің кабелін тексеріңіз; ескірген батареяны ауыстырыңыз.",
        "Проверьте сеть и кабель источника питания; замените изношенную батарею.",
        "Check the mains and the cable of the supply; replace a worn-out battery.",
    ),
);
/// See [`DISPENSER`].
pub const LOCATION: (Phrase, Phrase) =
    (Phrase::new("Орын анықтағыш", "Приёмник местоположения", "Location receiver"), CABLE_CURE);
/// See [`DISPENSER`].
pub const CABINET: (Phrase, Phrase) =
    (Phrase::new("Корпус датчиктері", "Датчики корпуса", "Cabinet sensors"), CABLE_CURE);
/// See [`DISPENSER`].
pub const ASSISTIVE: (Phrase, Phrase) =
    (Phrase::new("Көмекші пернетақта", "Вспомогательная клавиатура", "Assistive keypad"), CABLE_CURE);
/// See [`DISPENSER`].
pub const PANEL: (Phrase, Phrase) =
    (Phrase::new("Күй панелі", "Панель состояния", "Status panel"), CABLE_CURE);
/// See [`DISPENSER`].
pub const WATCHDOG: (Phrase, Phrase) = (
    Phrase::new("Күзет таймері", "Сторожевой таймер", "Watchdog"),
    Phrase::new(
        "Оны басқа бағдарлама пайдаланып тұр: МҚҰ-ға хабарлаңыз.",
        "Им пользуется другая программа: сообщите в МФО.",
        "Another program uses it: tell the lender.",
    ),
);
/// See [`DISPENSER`].
pub const JOURNAL: (Phrase, Phrase) = (
    Phrase::new("Журнал", "Журнал", "Journal"),
    Phrase::new(
        "Дискіні сақтаңыз, ештеңе өшірмеңіз, МҚҰ-ға хабарлаңыз: ол – дәлел.",
        "Сохраните диск, ничего не стирайте, сообщите в МФО: это доказательство.",
        "Keep the disk, delete nothing and tell the lender: it is evidence.",
    ),
);
/// See [`DISPENSER`].
pub const JOURNAL_COPY: (Phrase, Phrase) = (
    Phrase::new("Журналдың екінші көшірмесі", "Вторая копия журнала", "Second copy of the journal"),
    Phrase::new(
        "Екінші тасымалдағышты қайта салыңыз немесе ауыстырыңыз: өзі толығады.",
        "Верните или замените второй носитель: он догонит сам.",
        "Put the second device back or replace it: it catches up by itself.",
    ),
);
/// See [`DISPENSER`].
pub const BOARD: (Phrase, Phrase) = (
    Phrase::new("Тақта", "Плата", "Board"),
    Phrase::new(
        "Терминалға бөтен бағдарлама кірген: МҚҰ қауіпсіздік қызметіне хабарлаңыз.",
        "В терминале работает посторонняя программа: сообщите в службу безопасности МФО.",
        "Somebody else's program runs in the terminal: tell the lender's security.",
    ),
);
/// What cures a device that is not in its place.
pub const CABLE_CURE: Phrase = Phrase::new(
    "Қуатты, кабельді және ұяны тексеріңіз; кабельдері ауысып кетсе, орнына қойыңыз.",
    "Проверьте питание, кабель и разъём; если кабели перепутаны, верните их на место.",
    "Check power, cable and socket; where two cables are swapped, put them back.",
);
