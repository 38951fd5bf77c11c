//! Changes of a contract: supplements that wait, and a client who asks for other terms.

use super::Phrase;

/// A choice of the cabinet.
pub const CHANGES: Phrase =
    Phrase::new("Шарт талаптарын өзгерту", "Изменение условий договора", "Changes of a contract");
/// Its second line.
pub const CHANGES_DETAIL: Phrase = Phrase::new(
    "Қосымша келісімдер, төлеу қиын болса – өтініш",
    "Дополнительные соглашения, заявление, если платить трудно",
    "Supplements, and a request if it is hard to pay",
);
/// Title while it is asked for.
pub const ASKING: Phrase =
    Phrase::new("Шарттарыңызды қарап жатырмыз", "Смотрим ваши договоры", "We are looking at your contracts");
/// Title of the list.
pub const WHICH: Phrase = Phrase::new("Нені өзгертеміз?", "Что изменить?", "What is to be changed?");
/// Below it.
pub const WHICH_LEAD: Phrase = Phrase::new(
    "Сіздің келісіміңізсіз тек мөлшерлеме төмендетілуі мүмкін.",
    "Без вашего согласия ставку можно только снизить.",
    "Without your consent the rate can only be lowered.",
);
/// Title where there is nothing.
pub const NOTHING: Phrase =
    Phrase::new("Өзгертетін шарт жоқ", "Договоров для изменения нет", "There is no contract to change");
/// Text where there is nothing.
pub const NOTHING_TEXT: Phrase = Phrase::new(
    "Сізді күтіп тұрған қосымша келісім де, төленіп жатқан шарт та жоқ.",
    "Нет ни дополнительных соглашений, которые вас ждут, ни договоров, по которым идут платежи.",
    "No supplement is waiting for you, and you have no contract to pay.",
);
/// A choice; `{}` is a contract's number.
pub const READ_SUPPLEMENT: Phrase = Phrase::new(
    "{} шартына қосымша келісім",
    "Дополнительное соглашение к договору {}",
    "Supplement to contract {}",
);
/// A choice; `{}` is a contract's number.
pub const READ_RESTRUCTURING: Phrase = Phrase::new(
    "{} шартын жеңілдету туралы келісім",
    "Соглашение об облегчении условий договора {}",
    "Easier terms for contract {}",
);
/// Its second line; `{}` is a moment.
pub const WAITS_UNTIL: Phrase =
    Phrase::new("Жауап беру мерзімі: {}", "Ждёт вашего решения до {}", "It waits for you until {}");
/// A choice; `{}` is a contract's number.
pub const ASK: Phrase = Phrase::new(
    "{} шарты бойынша төлеу қиын",
    "Трудно платить по договору {}",
    "It is hard to pay for contract {}",
);
/// Its second line.
pub const ASK_DETAIL: Phrase = Phrase::new(
    "Мерзімін не төлемін өзгертуді сұрау",
    "Попросить изменить срок, платёж или ставку",
    "Ask for another term, payment or rate",
);
/// Why not now; `{}` is a day.
pub const ASKED_ALREADY: Phrase = Phrase::new(
    "Өтінішіңіз бар, жауап мерзімі: {}",
    "Заявление уже есть, ответ до {}",
    "Asked already: the answer comes by {}",
);
/// Title while the supplement is drafted.
pub const DRAFTING: Phrase =
    Phrase::new("Келісімді дайындап жатырмыз", "Готовим соглашение", "We are preparing the supplement");
/// Title before the decision.
pub const DECIDE: Phrase = Phrase::new(
    "Жаңа талаптарға келісесіз бе?",
    "Согласны на новые условия?",
    "Do you agree to the new terms?",
);
/// Text before the decision.
pub const DECIDE_TEXT: Phrase = Phrase::new(
    "Келіссеңіз, камераға қарайсыз, содан кейін қажет болса телефонмен қол қоясыз. Келіспесеңіз, шарт бұрынғыдай қалады.",
    "Если согласны, посмотрите в камеру, потом, если нужно, подпишете в телефоне. Если нет, договор останется прежним.",
    "If you agree you look into the camera, then sign where needed. If not, the contract stays as it is.",
);
/// Button.
pub const AGREE: Phrase = Phrase::new("Келісемін", "Принимаю", "I agree");
/// Button.
pub const DISAGREE: Phrase = Phrase::new("Келіспеймін", "Не принимаю", "I do not agree");
/// Title.
pub const SURE: Phrase =
    Phrase::new("Келісімнен бас тартасыз ба?", "Отказаться от соглашения?", "Decline the supplement?");
/// Text.
pub const SURE_TEXT: Phrase = Phrase::new(
    "Бас тартсаңыз, шарттың бұрынғы талаптары қалады, ал бұл ұсыныс жабылады.",
    "Если откажетесь, останутся прежние условия договора, а это предложение закроется.",
    "If you decline, the contract stays as it is and this offer is closed.",
);
/// Button.
pub const YES: Phrase = Phrase::new("Иә, бас тартамын", "Да, отказываюсь", "Yes, decline it");
/// Button.
pub const NO: Phrase = Phrase::new("Жоқ, ойланамын", "Нет, ещё подумаю", "No, let me think");
/// Title while it is concluded.
pub const CONCLUDING: Phrase =
    Phrase::new("Келісімді тіркеп жатырмыз", "Регистрируем соглашение", "We are registering the supplement");
/// Title while it is declined.
pub const DECLINING: Phrase =
    Phrase::new("Бас тартуды жазып жатырмыз", "Записываем отказ", "We are recording your refusal");
/// Title.
pub const CONCLUDED: Phrase = Phrase::new("Шарт өзгертілді", "Договор изменён", "The contract is changed");
/// Told.
pub const CONCLUDED_TEXT: Phrase = Phrase::new(
    "Жаңа кесте күшіне енді. Келісім мен растау жеке кабинетте.",
    "Новый график действует. Соглашение и подтверждение – в личном кабинете.",
    "The new schedule is in force. The supplement and its confirmation are in your account.",
);
/// Title.
pub const DECLINED: Phrase =
    Phrase::new("Шарт бұрынғыдай қалды", "Договор остался прежним", "The contract stays as it is");
/// Text.
pub const DECLINED_TEXT: Phrase = Phrase::new(
    "Сіз қосымша келісімнен бас тарттыңыз. Бұрынғы кесте бойынша төлейсіз.",
    "Вы отказались от дополнительного соглашения. Платите по прежнему графику.",
    "You declined the supplement. You pay by the former schedule.",
);
/// Title.
pub const NOT_CHANGED: Phrase =
    Phrase::new("Ештеңе өзгерген жоқ", "Ничего не изменилось", "Nothing was changed");
/// Title.
pub const NO_ANSWER: Phrase =
    Phrase::new("Жауап әлі келген жоқ", "Ответа пока нет", "There is no answer yet");
/// Text.
pub const NO_ANSWER_TEXT: Phrase = Phrase::new(
    "Шешіміңіз жазылды, бірақ жауап келмеді. Сәл кейін жеке кабинеттегі «Шарттар» және «Құжат растамалары» бөлімдерін қараңыз.",
    "Ваше решение записано, но ответ не пришёл. Посмотрите позже в личном кабинете, в разделах «Договоры» и «Подтверждения документов».",
    "What you said is written down, but no answer came. Look in your account later: contracts and confirmations.",
);
/// Text.
pub const TRY_LATER: Phrase = Phrase::new(
    "Қызмет қазір жауап бермейді. Кейін қайталап көріңіз.",
    "Один из сервисов не отвечает. Попробуйте позже.",
    "A service does not answer. Please try again later.",
);
/// Text.
pub const ENDED: Phrase = Phrase::new(
    "Бұл ұсыныс енді жарамсыз: мерзімі өтті немесе қалған борыш өзгерді. Біз жаңасын ұсына аламыз.",
    "Это предложение больше не действует: срок вышел или изменился остаток долга. Мы можем предложить новое.",
    "This offer is no longer valid: its time is over, or what is left to pay has changed. We may offer a new one.",
);
/// Text.
pub const DIFFERS: Phrase = Phrase::new(
    "Келісімнің сандары терминалдың есебіне сәйкес келмейді. Қол қоймаңыз, бізге хабарласыңыз.",
    "Цифры соглашения не сошлись с расчётом терминала. Не подписывайте, свяжитесь с нами.",
    "The figures of the supplement are not what this terminal reckons. Do not sign; please contact us.",
);
/// Text.
pub const NOT_SIGNED: Phrase = Phrase::new(
    "Бұл келісімге электрондық қолтаңба керек, ал ол мұнда қазір қабылданбайды. Біздің кеңсеге келіңіз.",
    "Для этого соглашения нужна электронная подпись, а здесь её сейчас не принимают. Приходите в наш офис.",
    "This supplement needs an electronic signature, and none is taken here now. Please come to our office.",
);
/// Text.
pub const NOT_OWED: Phrase = Phrase::new(
    "Бұл шарт бойынша қазір төлем талап етілмейді.",
    "По этому договору сейчас платить не нужно.",
    "Nothing has to be paid under this contract now.",
);
/// Text.
pub const ALREADY: Phrase = Phrase::new(
    "Алдыңғы өтінішіңіз қаралып жатыр. Жауап хатпен келеді.",
    "Ваше прежнее заявление рассматривается. Ответ придёт письмом.",
    "Your earlier request is being looked at. The answer comes as a letter.",
);
/// Title.
pub const WHY: Phrase =
    Phrase::new("Төлеу неге қиын болды?", "Почему стало трудно платить?", "Why has it become hard to pay?");
/// Below it.
pub const WHY_LEAD: Phrase =
    Phrase::new("Себебін тек біз көреміз.", "Причину увидим только мы.", "Only we see the reason.");
/// A choice.
pub const LOST_INCOME: Phrase =
    Phrase::new("Жұмыстан айырылдым, табыс азайды", "Потеря работы, меньше доход", "Lost work, less income");
/// A choice.
pub const ILLNESS: Phrase =
    Phrase::new("Өзімнің не жақынымның ауруы", "Болезнь, моя или близкого", "Illness, mine or in the family");
/// A choice.
pub const FAMILY: Phrase =
    Phrase::new("Отбасы жағдайы", "Семейные обстоятельства", "Something in the family");
/// A choice.
pub const EMERGENCY: Phrase =
    Phrase::new("Өрт, су тасқыны, апат", "Пожар, паводок, другая беда", "Fire, flood, an emergency");
/// A choice.
pub const OTHER: Phrase = Phrase::new("Басқа себеп", "Другая причина", "Another reason");
/// Title.
pub const WHAT: Phrase = Phrase::new("Не көмектеседі?", "Что поможет?", "What would help?");
/// A choice.
pub const LONGER_TERM: Phrase = Phrase::new(
    "Мерзімді ұзартып, төлемді азайту",
    "Дольше срок, меньше платёж",
    "A longer term, smaller payments",
);
/// A choice.
pub const DEFERRAL: Phrase =
    Phrase::new("Бірнеше ай төлемеу", "Отсрочка на несколько месяцев", "No payments for some months");
/// A choice.
pub const LOWER_RATE: Phrase = Phrase::new("Мөлшерлемені төмендету", "Снизить ставку", "A lower rate");
/// A choice.
pub const NO_PENALTY: Phrase =
    Phrase::new("Тұрақсыздық айыбын кешіру", "Простить неустойку", "Forgive the penalty");
/// Title.
pub const HOW_LONG: Phrase = Phrase::new("Неше айға?", "На сколько месяцев?", "For how many months?");
/// Title while it is sent.
pub const SENDING: Phrase =
    Phrase::new("Өтінішті жіберіп жатырмыз", "Отправляем заявление", "We are sending the request");
/// Title.
pub const SENT: Phrase = Phrase::new("Өтініш қабылданды", "Заявление принято", "Your request was taken");
/// Text; `{}` is a day.
pub const SENT_TEXT: Phrase = Phrase::new(
    "Жазбаша жауап береміз: хат немесе қосымша келісім жеке кабинетке келеді. Соңғы күні: {}. Әзірге бұрынғы кесте жарамды.",
    "Ответим письменно до {}: письмо или дополнительное соглашение придёт в личный кабинет. Пока действует прежний график.",
    "We answer in writing by {}: a letter or a supplement comes to your account. Until then the former schedule holds.",
);
/// A fact.
pub const REQUEST_NUMBER: Phrase = Phrase::new("Өтініш нөмірі", "Номер заявления", "Number of the request");
/// A fact.
pub const CONTRACT_NUMBER: Phrase = Phrase::new("Шарт нөмірі", "Номер договора", "Contract number");
/// A fact.
pub const NUMBER: Phrase = Phrase::new("Келісім нөмірі", "Номер соглашения", "Number of the supplement");
/// A fact.
pub const BEGINS: Phrase = Phrase::new("Қай күннен бастап", "С какого дня", "From which day");
/// A fact.
pub const LEFT: Phrase =
    Phrase::new("Қалған негізгі борыш", "Остаток основного долга", "Principal that is left");
/// A fact.
pub const BEFORE: Phrase = Phrase::new(
    "Бұған дейінгі сыйақы мен тұрақсыздық айыбы",
    "Вознаграждение и неустойка до этого",
    "Interest and penalty until then",
);
/// A choice; `{}` is a contract's number.
pub const REFUND: Phrase = Phrase::new(
    "{} шарты бойынша төлегенімді қайтару",
    "Вернуть уплаченное по договору {}",
    "Get back what I paid for contract {}",
);
/// Its second line; `{}` is a sum.
pub const REFUND_DETAIL: Phrase = Phrase::new(
    "Борыш есептен шығарылды, қайтарамыз: {}",
    "Долг списан по решению суда, вернём {}",
    "Written off by a court judgment; we return {}",
);
/// Title; `{}` is a sum.
pub const REFUND_WAY: Phrase =
    Phrase::new("{} сомасын қалай аласыз?", "Как вам получить {}?", "How would you like to get {}?");
/// Below it.
pub const REFUND_LEAD: Phrase = Phrase::new(
    "Терминал бұл ақшаны қолма-қол бермейді. Алдымен камераға қарайсыз.",
    "Терминал эти деньги наличными не выдаёт. Сначала посмотрите в камеру.",
    "The terminal does not pay this money in notes. You look into the camera first.",
);
/// A choice.
pub const TO_ACCOUNT: Phrase =
    Phrase::new("Өз банк шотыма", "На мой банковский счёт", "To my own bank account");
/// Its second line.
pub const TO_ACCOUNT_DETAIL: Phrase = Phrase::new(
    "Шот сіздікі екенін банк растайды",
    "Банк подтвердит, что счёт ваш",
    "The bank confirms that it is yours",
);
/// A choice.
pub const TO_DESK: Phrase = Phrase::new("Кассадан алу", "Получить в кассе", "At the cash desk");
/// Its second line.
pub const TO_DESK_DETAIL: Phrase =
    Phrase::new("Нөмірі бар анықтама беріледі", "Выдадим справку с номером", "You get a slip with a number");
/// What was wrong.
pub const REFUND_NOT_USABLE: Phrase =
    Phrase::new("Мұндай шот нөмірі жоқ", "Такого номера счёта нет", "There is no such account number");
/// What was wrong.
pub const REFUND_NOT_OWNED: Phrase = Phrase::new(
    "Банк бұл шот сіздікі екенін растамады.",
    "Банк не подтвердил, что счёт ваш.",
    "The bank did not confirm that it is yours.",
);
/// What was wrong.
pub const REFUND_OWNER_UNKNOWN: Phrase = Phrase::new(
    "Банк шоттың кімдікі екенін растамады",
    "Банк не подтвердил, чей это счёт",
    "The bank does not say whose account it is",
);
/// Title while it is sent.
pub const REFUND_SENDING: Phrase =
    Phrase::new("Таңдауыңызды жазып жатырмыз", "Записываем ваш выбор", "We are writing down your choice");
/// Title.
pub const REFUNDED: Phrase =
    Phrase::new("Қайтару тәсілі жазылды", "Способ возврата записан", "Your choice is written down");
/// Text.
pub const REFUNDED_ACCOUNT: Phrase = Phrase::new(
    "Ақша осы шотқа аударылады. Сұрағыңыз болса, осы анықтаманы көрсетіңіз.",
    "Деньги переведут на этот счёт. Если будут вопросы, покажите эту справку.",
    "The money goes to this account. If you have a question, show this slip.",
);
/// Text.
pub const REFUNDED_DESK: Phrase = Phrase::new(
    "Кассаға жеке куәлікпен келіп, нөмірді айтыңыз.",
    "Придите в кассу с удостоверением и назовите номер.",
    "Come to the cash desk with your identity card and give the number.",
);
/// A fact.
pub const REFUND_SUM: Phrase = Phrase::new("Қайтарылатын сома", "Сумма возврата", "Sum to be returned");
/// A fact.
pub const ACCOUNT: Phrase = Phrase::new("Шот", "Счёт", "Account");
/// A fact.
pub const DESK_NUMBER: Phrase = Phrase::new("Кассаға нөмір", "Номер для кассы", "Number for the cash desk");
/// A fact.
pub const DESK_UNTIL: Phrase = Phrase::new("Соңғы күні", "Последний день", "Last day");
/// A fact.
pub const DESK_ADDRESS: Phrase = Phrase::new("Касса мекенжайы", "Адрес кассы", "Address of the cash desk");
/// Text.
pub const NO_REFUND: Phrase = Phrase::new(
    "Бұл шарт бойынша қайтарылатын ақша жоқ немесе тәсілін таңдап қойғансыз.",
    "По этому договору возвращать нечего, или способ вы уже выбрали.",
    "Nothing is returned under this contract, or you have chosen already.",
);
/// Text.
pub const TOO_MANY: Phrase = Phrase::new(
    "Тым көп шот терілді. Кейін келіңіз немесе кеңсеге хабарласыңыз.",
    "Введено слишком много счетов. Придите позже или обратитесь в офис.",
    "Too many accounts were typed. Please come later, or ask the office.",
);
