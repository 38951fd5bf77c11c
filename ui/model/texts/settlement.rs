//! A payout in doubt settled by a count at the screen: which payout, what is counted, what follows.

use super::Phrase;

/// A task.
pub const TASK: Phrase =
    Phrase::new("Белгісіз төлемді анықтау", "Разобрать неясную выдачу", "Settle a payout in doubt");
/// Its second line; `{}` is the operation's number.
pub const TASK_DETAIL: Phrase = Phrase::new(
    "Операция {}: банкноттар саналады",
    "Операция {}: пересчёт банкнот",
    "Operation {}: notes are counted",
);
/// Title; `{}` is the operation's number.
pub const PAYOUT: Phrase = Phrase::new(
    "Операция {}: ақша берілді ме?",
    "Операция {}: выданы ли деньги?",
    "Operation {}: was it paid?",
);
/// What to do.
pub const PAYOUT_TEXT: Phrase = Phrase::new(
    "Қарыз алушының банкноттарды алған-алмағаны белгісіз. Банкнот жолы мен беру саңылауын ашыңыз. Ондағы банкноттарды санап, бөлек қойыңыз: санақ расталғанша науаға салмаңыз. Содан кейін терминал сұраған әр кассета мен науаны қолмен санаңыз. Ештеңе алып кетпеңіз.",
    "Неизвестно, получил ли заёмщик банкноты. Откройте путь банкнот и щель выдачи. Пересчитайте банкноты оттуда и отложите их: в лоток не кладите, пока не подтвердите пересчёт. Затем пересчитайте вручную каждую кассету и каждый лоток, о которых спросит терминал. Ничего не уносите.",
    "It is not known whether the borrower got the notes. Open the path of the notes and the exit. Count the notes lying there and lay them aside: put none into a tray before the count is confirmed. Then count by hand each cassette and tray that the terminal asks about. Take nothing away.",
);
/// Fact.
pub const AMOUNT: Phrase = Phrase::new("Берілуге тиіс болған", "Должно было быть выдано", "Was to be paid");
/// Fact; `{}` is a face value.
pub const SURE: Phrase = Phrase::new("{}: анық берілді", "{}: выдано точно", "{}: given for certain");
/// Fact; `{}` is a face value.
pub const DOUBT: Phrase = Phrase::new("{}: белгісіз", "{}: под вопросом", "{}: in doubt");
/// Button.
pub const BEGIN: Phrase = Phrase::new("Санауды бастау", "Начать пересчёт", "Begin to count");

/// A place.
pub const EXIT: Phrase =
    Phrase::new("Жол мен беру саңылауы", "Путь банкнот и щель выдачи", "Path of the notes and exit");
/// Title above notes that lie in a unit; `{}` is the unit.
pub const LYING: Phrase = Phrase::new("{}: неше банкнот бар", "{}: сколько банкнот", "{}: how many notes");
/// Lead above notes on their way; `{}` is the face value.
pub const EXIT_LEAD: Phrase = Phrase::new(
    "Жол мен саңылаудағы {} банкноттары: санап, бөлек қойыңыз. Жоқ болса 0 теріңіз.",
    "Банкноты {} в пути и в щели: пересчитайте и отложите. Если их нет, введите\u{a0}0.",
    "The notes of {} on the path and in the exit: count them and lay them aside. None: type 0.",
);
/// Lead above the reject tray; `{}` is the face value.
pub const REJECT_LEAD: Phrase = Phrase::new(
    "Науадағы {} банкноттары, жолдан алып бөлек қойғандарыңыз кірмейді. Жоқ болса 0 теріңіз.",
    "Банкноты {} в лотке, без тех, что вы достали из пути и отложили. Если их нет, введите\u{a0}0.",
    "The notes of {} in the tray, without those that you took from the path and laid aside. None: type 0.",
);

/// Title: all was paid.
pub const PAID: Phrase = Phrase::new("Бәрі берілген", "Выдано всё", "All of it was paid");
/// Title: part was paid.
pub const PART: Phrase = Phrase::new("Бір бөлігі берілген", "Выдана часть", "Part of it was paid");
/// Title: nothing was paid.
pub const NOTHING: Phrase = Phrase::new("Ештеңе берілмеген", "Ничего не выдано", "Nothing was paid");
/// Text below these.
pub const VERDICT_TEXT: Phrase = Phrase::new(
    "Санау осыны көрсетеді. Растасаңыз, МҚҰ қарыз сомасын осымен жабады: бұл төлем екінші рет берілмейді. Күмәніңіз болса, қайта санаңыз. Растаған соң жолдан алынған банкноттарды жарамсыз банкнот науасына салыңыз.",
    "Так показывает пересчёт. После подтверждения МФО закрывает выдачу этой суммой, второй раз она не выплачивается. Если сомневаетесь, пересчитайте. После подтверждения положите банкноты из пути в лоток отбраковки.",
    "This is what the count says. Once you confirm, the lender closes the payout with this sum, and it is never paid a second time. Count again if in doubt. Once you have confirmed, put the notes from the path into the reject tray.",
);
/// Fact.
pub const GIVEN: Phrase = Phrase::new("Қарыз алушыда", "У заёмщика", "The borrower has");
/// Fact.
pub const FOUND: Phrase = Phrase::new("Машинада табылды", "Найдено в машине", "Found in the machine");
/// Button.
pub const CONFIRM: Phrase = Phrase::new("Растау", "Подтвердить", "Confirm");

/// Title of a count that settles nothing.
pub const DOES_NOT_FIT: Phrase =
    Phrase::new("Санақ есепке сай емес", "Пересчёт не сходится с учётом", "The count does not fit the books");
/// Its text; `{}` is how many of what.
pub const MISSING: Phrase = Phrase::new(
    "Белгісіз банкноттардан бөлек тағы {} жетпейді. Бәрін қайта санаңыз. Сан өзгермесе, МҚҰ-ға хабарлаңыз: төлемді екі қызметкер тексереді.",
    "Кроме банкнот под вопросом не хватает ещё {}. Пересчитайте всё ещё раз. Если число не изменится, сообщите в МФО: выдачу проверят два сотрудника.",
    "Beside the notes in doubt {} more are missing. Count everything again. If the number stays, tell the lender: two people check the payout there.",
);
/// Its text; `{}` is how many of what.
pub const SURPLUS: Phrase = Phrase::new(
    "Есептегіден {} артық. Бәрін қайта санаңыз. Сан өзгермесе, МҚҰ-ға хабарлаңыз: төлемді екі қызметкер тексереді.",
    "Больше, чем по учёту, на {}. Пересчитайте всё ещё раз. Если число не изменится, сообщите в МФО: выдачу проверят два сотрудника.",
    "There are {} more than by the books. Count everything again. If the number stays, tell the lender: two people check the payout there.",
);

/// Title while the lender's answer is on its way.
pub const SENT: Phrase =
    Phrase::new("Санақ МҚҰ-ға жіберілді", "Пересчёт отправлен в МФО", "The count is sent to the lender");
/// Its text.
pub const SENT_TEXT: Phrase = Phrase::new(
    "Жолдан алынған банкноттарды жарамсыз банкнот науасына салыңыз. Санақ журналда: МҚҰ жауабы келгенде төлем жабылып, терминал қайта ақша береді. Байланыс жоқ болса, күтудің қажеті жоқ.",
    "Положите банкноты из пути в лоток отбраковки. Пересчёт в журнале: когда придёт ответ МФО, выдача закроется и терминал снова будет выдавать деньги. Если связи нет, ждать не нужно.",
    "Put the notes from the path into the reject tray. The count is in the journal: once the lender's answer comes, the payout is closed and the terminal pays again. Without a line there is no need to wait.",
);
/// Title when it is settled.
pub const SETTLED: Phrase = Phrase::new("Төлем жабылды", "Выдача закрыта", "The payout is settled");
/// Its text.
pub const SETTLED_TEXT: Phrase = Phrase::new(
    "МҚҰ санақты қабылдап, есепті түзетті. Енді науа мен кассеталарды тапсырма бойынша ауыстырыңыз.",
    "МФО приняла пересчёт и исправила учёт. Теперь меняйте лоток и кассеты по поручению.",
    "The lender took the count and set its books right. Now exchange tray and cassettes against an order.",
);
