//! An exchange at the screen: the order, what is typed, what differs, its act.

use super::Phrase;

/// A task.
pub const TASK: Phrase =
    Phrase::new("Тиеу және инкассация", "Загрузка и инкассация", "Load and collect cash");
/// Its second line.
pub const TASK_DETAIL: Phrase =
    Phrase::new("МҚҰ тапсырмасы бойынша", "По поручению МФО", "Against an order of the lender");
/// Its second line while an exchange is open; `{}` is the order's number.
pub const TASK_OPEN: Phrase =
    Phrase::new("Аяқталмаған тапсырма: {}", "Не завершено поручение {}", "Order {} has not been ended");
/// Title while the second card is waited for.
pub const SECOND: Phrase = Phrase::new(
    "Екінші инкассатордың картасын салыңыз",
    "Вставьте карту второго инкассатора",
    "Put in the second cash officer's card",
);
/// Its text; `{}` is the number of the first.
pub const SECOND_TEXT: Phrase = Phrase::new(
    "Қолма-қол ақшаға екі адам ғана тиеді. Бірінші инкассатор: {}.",
    "К наличным прикасаются только вдвоём. Первый инкассатор: {}.",
    "Cash is touched by two people only. First cash officer: {}.",
);
/// A card that is no second officer's.
pub const NOT_A_SECOND: (Phrase, Phrase) = (
    Phrase::new(
        "Бұл екінші инкассатордың картасы емес",
        "Это не карта второго инкассатора",
        "This is not a second cash officer's card",
    ),
    Phrase::new(
        "Басқа инкассатордың картасы керек: техниктің де, бірінші инкассатордың да картасы жарамайды.",
        "Нужна карта другого инкассатора: карта техника и карта первого инкассатора не подходят.",
        "Another cash officer's card is needed: a technician's will not do, nor the first officer's own.",
    ),
);
/// Title above the number of an order.
pub const NUMBER: Phrase = Phrase::new("Тапсырма нөмірі", "Номер поручения", "Number of the order");
/// Its lead; `{}` says how many orders are here.
pub const NUMBER_LEAD: Phrase = Phrase::new(
    "МҚҰ берген қағаздағы 8 таңба, сызықшасыз. Осы терминалға келген тапсырма: {}.",
    "8 знаков с листа МФО, без дефиса. Поручений в этом терминале: {}.",
    "The 8 characters on the lender's paper, without the hyphen. Orders at this terminal: {}.",
);
/// Title of a refusal.
pub const REFUSED: Phrase =
    Phrase::new("Тапсырма орындалмайды", "Поручение не исполняется", "The order is not carried out");
/// Why.
pub const NOT_HERE: Phrase = Phrase::new(
    "Бұл терминалда мұндай тапсырма жоқ. Нөмірі мен терминал атауын салыстырыңыз: тапсырма басқа терминалға берілген немесе әлі келмеген болуы мүмкін. Ештеңе ашпаңыз.",
    "Такого поручения в этом терминале нет. Сверьте номер и название терминала: оно выдано другому терминалу или ещё не пришло. Ничего не открывайте.",
    "There is no such order at this terminal. Compare number and name of the terminal: it is another terminal's, or has not come yet. Open nothing.",
);
/// Why.
pub const CARRIED_OUT: Phrase = Phrase::new(
    "Бұл тапсырма орындалып қойған. Екінші рет орындалмайды: МҚҰ-дан жаңасын сұраңыз.",
    "Это поручение уже исполнено. Второй раз оно не исполняется: запросите в МФО новое.",
    "This order has been carried out. It is not carried out twice: ask the lender for a new one.",
);
/// Why.
pub const EXPIRED: Phrase = Phrase::new(
    "Тапсырманың мерзімі бітті. МҚҰ-дан жаңасын сұраңыз.",
    "Срок поручения истёк. Запросите в МФО новое.",
    "The order's time is over. Ask the lender for a new one.",
);
/// Why.
pub const OTHER_UNITS: Phrase = Phrase::new(
    "Тапсырма бұл терминалдың кассеталарына сай емес: кассетада басқа номинал бар, кассета не стекер жоқ. МҚҰ-ға хабарлаңыз.",
    "Поручение не подходит к кассетам этого терминала: в кассете другой номинал, либо такой кассеты или стекера нет. Сообщите в МФО.",
    "The order does not fit this terminal's cassettes: one holds another denomination, or there is no such cassette or stacker. Tell the lender.",
);
/// Why.
pub const SERIES_ENDED: Phrase = Phrase::new(
    "Тапсырмадағы банкнот сериясы бүгін төлем құралы емес. Тиемеңіз, МҚҰ-ға хабарлаңыз.",
    "Серия банкнот из поручения сегодня уже не платёжное средство. Не загружайте, сообщите в МФО.",
    "The notes' series in the order is no longer legal tender. Do not load them; tell the lender.",
);
/// Why.
pub const NOTES_IN_DOUBT: Phrase = Phrase::new(
    "Бір төлемнің банкноттары қайда екені белгісіз. Алдымен басты беттен «Белгісіз төлемді анықтау» бөліміне өтіңіз, ол жоқ болса, МҚҰ шешеді: ештеңе шығармаңыз, кассеталар – дәлел.",
    "Неизвестно, где банкноты одной из выдач. Сначала «Разобрать неясную выдачу» на главной странице, а если её там нет, решает МФО: ничего не вынимайте, кассеты – доказательство.",
    "Nobody knows where the notes of a payout are. First “Settle a payout in doubt” on the home page; where it is not there, the lender settles it: take nothing out, the units are evidence.",
);
/// Why.
pub const ANOTHER_OPEN: Phrase = Phrase::new(
    "Басқа тапсырма аяқталмаған. Алдымен соны аяқтаңыз.",
    "Не завершено другое поручение. Сначала завершите его.",
    "Another order has not been ended. End that one first.",
);
/// Why.
pub const NO_JOURNAL: Phrase = Phrase::new(
    "Журналға жазылмайды, сондықтан ақша ауыстырылмайды. Алдымен журналды қалпына келтіріңіз.",
    "Журнал не принимает записей, поэтому наличные не трогают. Сначала восстановите журнал.",
    "The journal takes no rows, so no cash is touched. Have the journal repaired first.",
);
/// Button.
pub const OTHER_NUMBER: Phrase =
    Phrase::new("Басқа нөмір теру", "Ввести другой номер", "Type another number");

/// Title of an order; `{}` is its number.
pub const ORDER: Phrase = Phrase::new("Тапсырма {}", "Поручение {}", "Order {}");
/// What to do.
pub const ORDER_TEXT: Phrase = Phrase::new(
    "Ауыстыру аяқталғанша терминал ешкімге қызмет көрсетпейді. Әр кассета мен науаны бөлек санаңыз. Ақшаны араластырмаңыз.",
    "Пока идёт обмен, терминал никого не обслуживает. Пересчитайте каждую кассету и каждый лоток отдельно. Не смешивайте деньги.",
    "During the exchange the terminal serves nobody. Count each cassette and each tray by itself. Do not mix the money.",
);
/// What to do once it began.
pub const ORDER_OPEN: Phrase = Phrase::new(
    "Санауды жалғастырыңыз. Ештеңе шығармаған және салмаған болсаңыз ғана «Ештеңе ауыспады» түймесін басыңыз.",
    "Продолжайте пересчёт. Нажмите «Ничего не менялось», только если вы ничего не вынули и не вложили.",
    "Go on counting. Press “Nothing was moved” only if you took nothing out and put nothing in.",
);
/// Fact.
pub const OFFICERS: Phrase = Phrase::new("Инкассаторлар", "Инкассаторы", "Cash officers");
/// Fact.
pub const UNTIL: Phrase = Phrase::new("Мерзімі", "Действует до", "Valid until");
/// Fact; `{}` is a number.
pub const CASSETTE: Phrase = Phrase::new("{}-кассета", "Кассета {}", "Cassette {}");
/// What to do with a unit.
pub const EMPTY_IT: Phrase = Phrase::new("бәрін алу", "вынуть всё", "take everything out");
/// What to do with a cassette; `{}` is `100 × 5 000 ₸`.
pub const LOAD_IT: Phrase = Phrase::new("салу: {}", "загрузить {}", "load {}");
/// After that; `{}` is a series.
pub const SERIES: Phrase = Phrase::new("сериясы: {}", "серия {}", "series {}");
/// After that; `{}` is a day.
pub const SERIES_UNTIL: Phrase = Phrase::new("соңғы күні: {}", "действительна до {}", "money until {}");
/// A unit.
pub const REJECT_UNIT: Phrase = Phrase::new("Жарамсыз банкнот науасы", "Лоток отбраковки", "Reject tray");
/// A unit.
pub const RETRACT_UNIT: Phrase = Phrase::new("Кері алынған банкнот науасы", "Лоток забытых", "Retract tray");
/// A unit.
pub const STACKER: Phrase = Phrase::new("Қабылдағыш стекері", "Стекер приёмника", "Acceptor's stacker");
/// Button.
pub const BEGIN: Phrase = Phrase::new("Ауыстыруды бастау", "Начать обмен", "Begin the exchange");
/// Button.
pub const GO_ON: Phrase = Phrase::new("Санауды жалғастыру", "Продолжить пересчёт", "Go on counting");
/// Button.
pub const GIVE_UP: Phrase = Phrase::new("Ештеңе ауыспады", "Ничего не менялось", "Nothing was moved");

/// Title above an entry.
pub const BAG: Phrase = Phrase::new("Сөмке нөмірі", "Номер сумки", "Number of the bag");
/// Its lead.
pub const BAG_LEAD: Phrase = Phrase::new(
    "Алынған ақша салынатын сөмкенің нөмірі.",
    "Номер сумки, в которую кладут изъятые деньги.",
    "The number of the bag that takes what is taken out.",
);
/// Title above an entry.
pub const SEAL: Phrase = Phrase::new("Пломба нөмірі", "Номер пломбы", "Number of the seal");
/// Its lead.
pub const SEAL_LEAD: Phrase = Phrase::new(
    "Сөмкені жапқан пломбаның нөмірі.",
    "Номер пломбы, которой закрыта сумка.",
    "The number of the seal that closes the bag.",
);
/// Lead above notes that were taken out; `{}` is the face value.
pub const TAKEN_LEAD: Phrase = Phrase::new(
    "{} банкноттарын қолмен санап, санын теріңіз. Жоқ болса 0 теріңіз.",
    "Пересчитайте вручную банкноты {} и введите их число. Если их нет, введите\u{a0}0.",
    "Count the notes of {} by hand and type how many. None: type 0.",
);
/// Lead above notes that were put in; `{}` is what the order says.
pub const LOADED_LEAD: Phrase = Phrase::new(
    "Тапсырмада: {}. Шын салынған санын теріңіз.",
    "По поручению: {}. Введите, сколько вложено на самом деле.",
    "By the order: {}. Type how many were really put in.",
);
/// Title above them; `{}` is the unit.
pub const TAKEN: Phrase = Phrase::new("{}: алынды", "{}: изъято", "{}: taken out");
/// Title above them; `{}` is the unit.
pub const LOADED: Phrase = Phrase::new("{}: салынды", "{}: вложено", "{}: put in");

/// Title of what was counted, without a difference.
pub const AGREES: Phrase = Phrase::new("Бәрі сәйкес келеді", "Всё сходится", "Everything agrees");
/// Title of what was counted, with one.
pub const DIFFERS: Phrase = Phrase::new("Айырма бар", "Есть расхождение", "There is a difference");
/// Text below it.
pub const DIFFERS_TEXT: Phrase = Phrase::new(
    "Қайта санаңыз. Айырма сақталса, растаңыз: ол екі данада акт пен журналға жазылады.",
    "Пересчитайте ещё раз. Если расхождение осталось, подтвердите: оно попадёт в акт в двух экземплярах и в журнал.",
    "Count again. If it stays, confirm: it goes into the act in two copies, and into the journal.",
);
/// Text where nothing differs.
pub const AGREES_TEXT: Phrase = Phrase::new(
    "Растаған соң акт екі данада басылады, терминал қайта қызмет көрсетеді.",
    "После подтверждения печатается акт в двух экземплярах, и терминал снова обслуживает.",
    "Once confirmed, the act is printed in two copies and the terminal serves again.",
);
/// Value.
pub const BY_BOOKS: Phrase = Phrase::new("есепте {}", "по учёту {}", "by the books {}");
/// Value.
pub const BY_HAND: Phrase = Phrase::new("саналды {}", "пересчитано {}", "counted {}");
/// Value.
pub const BY_ORDER: Phrase = Phrase::new("тапсырмада {}", "по поручению {}", "ordered {}");
/// Notes fewer than expected; `{}` is how many.
pub const MISSING: Phrase = Phrase::new("жетпейді:\u{a0}{}", "не\u{a0}хватает:\u{a0}{}", "missing:\u{a0}{}");
/// Notes more than expected; `{}` is how many.
pub const TOO_MANY: Phrase = Phrase::new("артық:\u{a0}{}", "лишних:\u{a0}{}", "too many:\u{a0}{}");
/// Button.
pub const CONFIRM: Phrase = Phrase::new("Растау және басу", "Подтвердить и печатать", "Confirm and print");
/// Button.
pub const COUNT_AGAIN: Phrase = Phrase::new("Қайта санау", "Пересчитать", "Count again");

/// Title of an act; `{}` is the number of the order.
pub const ACT: Phrase =
    Phrase::new("Ауыстыру актісі: {}", "Акт обмена по поручению {}", "Act of exchange, order {}");
/// Fact.
pub const BAG_FACT: Phrase = Phrase::new("Сөмке", "Сумка", "Bag");
/// Fact.
pub const SEAL_FACT: Phrase = Phrase::new("Пломба", "Пломба", "Seal");
/// Line of an act that nothing differs in.
pub const NO_DIFFERENCE: Phrase = Phrase::new("Айырма жоқ.", "Расхождений нет.", "No difference.");
/// Line for a signature; `{}` is an officer.
pub const SIGNATURE: Phrase =
    Phrase::new("Қолы, {}: ______________", "Подпись, {}: ______________", "Signature, {}: ______________");
/// Title when all is done.
pub const DONE: Phrase = Phrase::new("Ауыстыру аяқталды", "Обмен завершён", "The exchange is done");
/// Title when all is done and something differs.
pub const DONE_DIFFERS: Phrase = Phrase::new(
    "Ауыстыру аяқталды, айырма бар",
    "Обмен завершён, есть расхождение",
    "The exchange is done, with a difference",
);
/// While the copies come out.
pub const PRINTING: Phrase = Phrase::new(
    "Актінің екі данасы басылуда.",
    "Печатаются два экземпляра акта.",
    "Two copies of the act are being printed.",
);
/// Both came out.
pub const PRINTED: Phrase = Phrase::new(
    "Екі дана да басылды: біреуі сөмкеге, біреуі сізге. Екеуіне де қол қойыңыз.",
    "Оба экземпляра напечатаны: один в сумку, один вам. Подпишите оба.",
    "Both copies are printed: one goes into the bag, one is yours. Sign both.",
);
/// One did not.
pub const NOT_PRINTED: Phrase = Phrase::new(
    "Акт толық басылмады. Қағазды тексеріп, қайта басыңыз; журналда бәрі жазылған.",
    "Акт напечатан не полностью. Проверьте бумагу и напечатайте снова; в журнале всё записано.",
    "The act was not printed in full. Look at the paper and print again; everything is in the journal.",
);
/// Button.
pub const PRINT_AGAIN: Phrase = Phrase::new("Қайта басу", "Напечатать снова", "Print again");
