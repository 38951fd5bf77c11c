//! A microcredit that waits for its payout: confirmed, or taken back.

use super::Phrase;

/// Title of the end of a visit.
pub const RESTS: Phrase = Phrase::new(
    "Шарт жасалды. Ақша кейін беріледі",
    "Договор заключён. Деньги позже",
    "The contract is concluded. The money comes later",
);
/// Its text; `{}` is a moment.
pub const RESTS_TEXT: Phrase = Phrase::new(
    "Заң бойынша бұл сомаға ойлануға уақыт беріледі. Ақша берілетін уақыт: {}. Сол кезде терминалға қайта келіп, растаңыз. Ақшаны алғанға дейін микрокредиттен тегін бас тарта аласыз, ештеңе төлемейсіз.",
    "По закону на такую сумму даётся время подумать: деньги не раньше {}. Тогда придите к терминалу снова и подтвердите. До получения денег от микрокредита можно отказаться бесплатно, ничего платить не придётся.",
    "The law gives you time to think about such a sum: no money before {}. Come to a terminal again then and confirm. Until you have the money you may cancel free of charge; you will owe nothing.",
);
/// Title; `{}` is a sum.
pub const WAITS: Phrase = Phrase::new(
    "Микрокредитіңіз күтіп тұр: {}",
    "Ваш микрокредит {} ждёт выдачи",
    "Your loan of {} is waiting",
);
/// Below it; `{}` is the moment of the contract.
pub const WAITS_LEAD: Phrase = Phrase::new(
    "Шарт жасалған уақыт: {}. Ақша әлі берілген жоқ.",
    "Договор заключён {}. Деньги ещё не выданы.",
    "The contract was concluded on {}. No money was paid out yet.",
);
/// A choice.
pub const CONFIRM: Phrase =
    Phrase::new("Растап, ақшаны алу", "Подтвердить и получить деньги", "Confirm and take the money");
/// Its second line.
pub const CONFIRM_DETAIL: Phrase = Phrase::new(
    "Бүгінгі кестені оқып, камераға қарайсыз",
    "Прочитаете график с сегодняшнего дня и посмотрите в камеру",
    "You read the schedule from today and look into the camera",
);
/// Why not now; `{}` is a moment.
pub const NOT_BEFORE: Phrase = Phrase::new("Ақша берілетін уақыт: {}", "Не раньше {}", "Not before {}");
/// Why not now.
pub const NO_CASH: Phrase = Phrase::new(
    "Бұл терминал қазір бұл соманы бере алмайды. Басқа терминалға барыңыз",
    "Этот терминал сейчас не может выдать такую сумму. Подойдите к другому",
    "This terminal cannot pay this sum now. Please go to another one",
);
/// A choice.
pub const CANCEL: Phrase =
    Phrase::new("Микрокредиттен тегін бас тарту", "Отказаться бесплатно", "Cancel free of charge");
/// Its second line.
pub const CANCEL_DETAIL: Phrase = Phrase::new(
    "Шарт аяқталады, ештеңе төлемейсіз",
    "Договор закончится, платить ничего не нужно",
    "The contract ends, nothing is owed",
);
/// Title while the schedule is asked for.
pub const ASKING: Phrase =
    Phrase::new("Бүгінгі кестені алып жатырмыз", "Запрашиваем график", "We are asking for the schedule");
/// Title of the schedule.
pub const TERMS: Phrase = Phrase::new(
    "Ақшаны бүгін алсаңыз, төлем кестесі",
    "График платежей, если деньги получить сегодня",
    "Your payments if you take the money today",
);
/// Button below it.
pub const ACCEPT: Phrase = Phrase::new("Растаймын", "Подтверждаю", "I confirm");
/// Title.
pub const SURE: Phrase =
    Phrase::new("Микрокредиттен бас тартасыз ба?", "Отказаться от микрокредита?", "Cancel the loan?");
/// Text.
pub const SURE_TEXT: Phrase = Phrase::new(
    "Шарт қазір аяқталады. Комиссия да, айыппұл да жоқ, ештеңе төлемейсіз. Керек болса, жаңа өтінім бере аласыз.",
    "Договор закончится сейчас. Ни комиссии, ни штрафа нет, платить ничего не нужно. Если понадобится, можно подать новую заявку.",
    "The contract ends now. There is no fee and no penalty, and nothing is owed. If you need to, you can apply again.",
);
/// Button.
pub const YES: Phrase = Phrase::new("Иә, бас тартамын", "Да, отказываюсь", "Yes, cancel it");
/// Button.
pub const NO: Phrase = Phrase::new("Жоқ, қалдырамын", "Нет, оставить", "No, keep it");
/// Title while it is taken back.
pub const CANCELLING: Phrase =
    Phrase::new("Бас тартуды жазып жатырмыз", "Записываем отказ", "We are recording your cancellation");
/// Title of an end.
pub const CANCELLED: Phrase =
    Phrase::new("Микрокредит тоқтатылды", "Микрокредит отменён", "The loan is cancelled");
/// Text of an end.
pub const CANCELLED_TEXT: Phrase = Phrase::new(
    "Шарт аяқталды. Сіз ештеңе қарыз емессіз және ештеңе төлемейсіз.",
    "Договор прекращён. Вы ничего не должны и ничего не платите.",
    "The contract has ended. You owe nothing and pay nothing.",
);
/// Title of an end.
pub const SENT: Phrase =
    Phrase::new("Бас тарту жазылды", "Отказ записан", "Your cancellation is written down");
/// Text of an end.
pub const SENT_TEXT: Phrase = Phrase::new(
    "Жауап әлі келген жоқ. Бас тартуыңыз қазірден бастап есепке алынады, байланыс орнағанда жетеді. Ақша берілген жоқ, сіз ештеңе қарыз емессіз. Күйін жеке кабинеттен көресіз.",
    "Ответа пока нет. Ваш отказ действует с этой минуты и дойдёт, когда появится связь. Деньги не выданы, вы ничего не должны. Состояние видно в личном кабинете.",
    "There is no answer yet. Your cancellation counts from now and arrives when the line is back. No money was paid out and you owe nothing. You can see it in your account.",
);
/// Title of an end.
pub const ASK: Phrase = Phrase::new(
    "Алдымен біз тексеруіміз керек",
    "Сначала мы должны проверить",
    "We have to look at it first",
);
/// Text of an end.
pub const ASK_TEXT: Phrase = Phrase::new(
    "Бұл микрокредитті қазір терминалда растау немесе тоқтату мүмкін емес. Төмендегі телефонға қоңырау шалып, өтініш нөмірін айтыңыз.",
    "Этот микрокредит сейчас нельзя подтвердить или отменить в терминале. Позвоните по телефону ниже и назовите номер обращения.",
    "This loan cannot be confirmed or cancelled at the terminal now. Please call the number below and give the reference.",
);
/// Head of the days of a schedule.
pub const DUE_DAY: Phrase = Phrase::new("Төлем күні", "День платежа", "Due day");
/// Head of its sums.
pub const PAYMENT: Phrase = Phrase::new("Төлем сомасы", "Сумма платежа", "Payment");
