//! How money reaches the borrower other than in notes.

use super::Phrase;

/// Question.
pub const HOW: Phrase =
    Phrase::new("{} сомасын қалай аласыз?", "Как получить {}?", "How would you like to get {}?");
/// What to know before.
pub const HOW_LEAD: Phrase = Phrase::new(
    "Таңдауыңыз шартта жазылады. Ақшаны өз шотымыздан аударамыз, комиссия алмаймыз.",
    "Ваш выбор будет записан в договоре. Перевод делаем мы со своего счёта, без комиссии.",
    "Your choice will stand in the contract. We transfer from our own account, free of charge.",
);
/// Notes here.
pub const CASH: Phrase = Phrase::new("Қолма-қол, осы жерде", "Наличными здесь", "In cash, here");
/// What it means.
pub const CASH_DETAIL: Phrase = Phrase::new(
    "Банкноттарды терминал қазір береді",
    "Терминал выдаст банкноты сейчас",
    "The terminal gives notes now",
);
/// Notes at the desk.
pub const DESK: Phrase = Phrase::new("Біздің кассада", "В нашей кассе", "At our cash desk");
/// What it means.
pub const DESK_DETAIL: Phrase = Phrase::new(
    "Терминал талон береді; кассаға жеке куәлікпен бүгін келіңіз",
    "Терминал даст талон; придите в кассу сегодня с удостоверением",
    "The terminal gives a slip; come to the desk today with your identity card",
);
/// To an account.
pub const ACCOUNT: Phrase = Phrase::new("Менің банктегі шотыма", "На мой счёт в банке", "To my bank account");
/// What it means.
pub const ACCOUNT_DETAIL: Phrase = Phrase::new(
    "KZ-дан басталатын шот нөмірі (IBAN) керек",
    "Понадобится номер счёта (IBAN), который начинается с KZ",
    "You need the account number (IBAN) that begins with KZ",
);
/// To a card.
pub const CARD: Phrase = Phrase::new("Менің картама", "На мою карту", "To my card");
/// What it means.
pub const CARD_DETAIL: Phrase = Phrase::new(
    "Банк таныған карталардың бірі; нөмірін терудің қажеті жоқ",
    "Одна из карт, которые знает банк; номер вводить не нужно",
    "One of the cards that the bank knows; you do not type its number",
);
/// To a merchant.
pub const MERCHANT: Phrase = Phrase::new("Сатушыға", "Продавцу", "To a merchant");
/// What it means.
pub const MERCHANT_DETAIL: Phrase = Phrase::new(
    "Тауар не қызмет үшін бізбен шарт жасаған сатушының шотына",
    "На счёт продавца, у которого есть договор с нами, за товар или услугу",
    "To the account of a merchant under contract with us, for goods or services",
);
/// Which card.
pub const WHICH_CARD: Phrase = Phrase::new("Қай картаға?", "На какую карту?", "To which card?");
/// Which merchant.
pub const WHICH_MERCHANT: Phrase = Phrase::new("Қай сатушыға?", "Какому продавцу?", "To which merchant?");
/// Account entry.
pub const YOUR_ACCOUNT: Phrase =
    Phrase::new("Шотыңыздың нөмірі (IBAN)", "Номер вашего счёта (IBAN)", "Your account number (IBAN)");
/// What helps.
pub const YOUR_ACCOUNT_LEAD: Phrase = Phrase::new(
    "KZ-дан басталатын 20 таңба. Банктің қолданбасында бар. Шот өзіңіздікі болуы керек.",
    "20 знаков, первые KZ. Есть в приложении банка. Счёт должен быть вашим.",
    "20 characters, first KZ. Your bank's app shows it. The account has to be yours.",
);
/// Form.
pub const FORM: Phrase = Phrase::new(
    "Шот нөмірі KZ-дан басталып, 20 таңбадан тұрады. Тексеріңіз.",
    "Номер счёта начинается с KZ и состоит из 20 знаков. Проверьте.",
    "An account number begins with KZ and has 20 characters. Look again.",
);
/// Another country.
pub const FOREIGN: Phrase = Phrase::new(
    "Тек Қазақстандағы шотқа, KZ…, аударуға болады.",
    "Перевести можно только на счёт в Казахстане, KZ…",
    "Only accounts in Kazakhstan, KZ…, can be used.",
);
/// Check digits.
pub const CHECKSUM: Phrase = Phrase::new(
    "Шот нөмірінде қате бар. Тексеріңіз.",
    "В номере счёта ошибка. Проверьте его.",
    "There is a mistake in the number. Look again.",
);
/// While the bank is asked.
pub const CHECKING: Phrase = Phrase::new(
    "Шот кімдікі екенін банктен сұрап жатырмыз…",
    "Спрашиваем банк, чей это счёт…",
    "Asking the bank whose account it is…",
);
/// The account is the client's.
pub const SURE: Phrase = Phrase::new("Бұл сіздің шотыңыз", "Это ваш счёт", "This account is yours");
/// The bank says so.
pub const SURE_TEXT: Phrase = Phrase::new(
    "Банк растады. Ақша осы шотқа түседі.",
    "Банк подтвердил. Деньги придут на этот счёт.",
    "The bank confirms it. The money will go to this account.",
);
/// Confirm.
pub const TO_THIS: Phrase = Phrase::new("Осы шотқа", "На этот счёт", "To this account");
/// Another.
pub const ANOTHER_ACCOUNT: Phrase = Phrase::new("Басқа шот", "Другой счёт", "Another account");
/// No.
pub const NOT_USED: Phrase = Phrase::new(
    "Бұл шотқа аудара алмаймыз",
    "На этот счёт перевести нельзя",
    "We cannot transfer to this account",
);
/// Not this way.
pub const NOT_POSSIBLE: Phrase = Phrase::new(
    "Бұл тәсіл қазір мүмкін емес",
    "Этот способ сейчас невозможен",
    "This way is not possible now",
);
/// Nobody could be asked.
pub const BANK_SILENT: Phrase =
    Phrase::new("Банк жауап бермеді", "Банк не отвечает", "The bank does not answer");
/// Somebody else's.
pub const NOT_OWNED: Phrase = Phrase::new(
    "Банктің айтуынша, шот сіздің атыңызға ашылмаған. Ақша тек өз шотыңызға аударылады. «Басқа тәсіл» түймесін басыңыз: сонда басқа шотты да тере аласыз.",
    "Банк сообщает, что счёт открыт не на вас. Деньги переводятся только на ваш собственный счёт. Нажмите «Другой способ»: там можно ввести и другой счёт.",
    "The bank says that the account is not in your name. Money goes to your own account only. Press “Another way”: there you can also type another account.",
);
/// Nobody knows.
pub const OWNER_UNKNOWN: Phrase = Phrase::new(
    "Банк бұл шоттың сіздікі екенін растай алмады. «Басқа тәсіл» түймесін басыңыз: сонда басқа шотты да тере аласыз.",
    "Банк не смог подтвердить, что счёт ваш. Нажмите «Другой способ»: там можно ввести и другой счёт.",
    "The bank could not confirm that the account is yours. Press “Another way”: there you can also type another account.",
);
/// Too many.
pub const TOO_MANY: Phrase = Phrase::new(
    "Тым көп шот енгізілді. Басқа тәсілді таңдаңыз.",
    "Введено слишком много счетов. Выберите другой способ.",
    "Too many accounts were typed. Choose another way.",
);
/// Not offered.
pub const NOT_OFFERED: Phrase =
    Phrase::new("Басқа тәсілді таңдаңыз.", "Выберите другой способ.", "Choose another way.");
/// The bank is away.
pub const BANK_AWAY: Phrase = Phrase::new(
    "Шот тексерілмеді. «Басқа тәсіл» түймесін басып, осы шотты қайта теріңіз немесе ақшаны басқаша алыңыз.",
    "Счёт не проверен. Нажмите «Другой способ»: там можно ввести этот счёт ещё раз или получить деньги иначе.",
    "The account was not checked. Press “Another way”: there you can type it again or get the money differently.",
);
/// On.
pub const OTHER_WAY: Phrase = Phrase::new("Басқа тәсіл", "Другой способ", "Another way");
/// Invoice.
pub const INVOICE: Phrase =
    Phrase::new("Тапсырыс не шот нөмірі", "Номер заказа или счёта", "Number of the order or invoice");
/// What helps.
pub const INVOICE_LEAD: Phrase = Phrase::new(
    "Сатушы берген құжаттан: сандар мен латын әріптері.",
    "Из документа продавца: цифры и латинские буквы.",
    "From the merchant's paper: digits and Latin letters.",
);
/// None.
pub const INVOICE_WRONG: Phrase =
    Phrase::new("1-ден 20 таңбаға дейін.", "От 1 до 20 знаков.", "1 to 20 characters.");
/// Before the money.
pub const READY: Phrase = Phrase::new("{} сомасын аударайық па?", "Перевести {}?", "Transfer {}?");
/// To whom.
pub const TO: Phrase = Phrase::new("Қайда", "Куда", "To");
/// Sum.
pub const SUM: Phrase = Phrase::new("Сома", "Сумма", "Sum");
/// From whom.
pub const PAYER: Phrase = Phrase::new("Төлеуші", "Плательщик", "Payer");
/// Operation.
pub const OPERATION: Phrase = Phrase::new("Операция", "Операция", "Operation");
/// State.
pub const STATE: Phrase = Phrase::new("Күйі", "Состояние", "State");
/// What happens then.
pub const READY_TEXT: Phrase = Phrase::new(
    "Ақшаны өз шотымыздан аударамыз. Банк растағанда SMS келеді.",
    "Переведём деньги с нашего счёта. Когда банк подтвердит, придёт SMS.",
    "We send the money from our account. An SMS comes when the bank confirms.",
);
/// A merchant takes a face.
pub const READY_MERCHANT: Phrase = Phrase::new(
    "Ақша сатушының шотына түседі. Растау үшін камераға тағы бір рет қарайсыз.",
    "Деньги придут на счёт продавца. Для подтверждения нужно ещё раз посмотреть в камеру.",
    "The money goes to the merchant's account. To confirm, you look into the camera once more.",
);
/// Do.
pub const DO: Phrase = Phrase::new("Аудару", "Перевести", "Transfer");
/// Under way.
pub const ORDERING: Phrase = Phrase::new("Банк аударуда…", "Банк переводит…", "The bank is transferring…");
/// Title of the statement.
pub const STATEMENT: Phrase = Phrase::new(
    "Шотты көрсететін өтініш",
    "Заявление с указанием счёта",
    "Application that names the account",
);
/// Settled.
pub const DONE: Phrase = Phrase::new("{} аударылды", "{} переведено", "{} was transferred");
/// Settled, for paper.
pub const DONE_STATE: Phrase = Phrase::new("орындалды", "исполнен", "done");
/// Not known yet.
pub const UNDER_WAY: Phrase = Phrase::new("Аударым жолда", "Перевод в пути", "The transfer is under way");
/// Not known yet, for paper.
pub const UNDER_WAY_STATE: Phrase = Phrase::new("орындалуда", "исполняется", "under way");
/// What it means.
pub const DONE_TEXT: Phrase = Phrase::new(
    "Ақша қашан түсетіні алушының банкіне байланысты, әдетте бірнеше минут.",
    "Когда деньги поступят, зависит от банка получателя, обычно несколько минут.",
    "When the money arrives depends on the receiving bank, usually within minutes.",
);
/// What it means.
pub const UNDER_WAY_TEXT: Phrase = Phrase::new(
    "Банк әлі растаған жоқ. Ақша екінші рет жіберілмейді. Нәтижесі SMS-пен келеді; аударылмаса, ақшаны терминалда басқа тәсілмен аласыз.",
    "Банк ещё не подтвердил. Второй раз деньги не отправят. Результат придёт по SMS; если перевода не будет, получите деньги другим способом в терминале.",
    "The bank has not confirmed yet. The money is not sent a second time. An SMS will tell you; if it was not made, get the money another way at a terminal.",
);
/// In a list of what is missing.
pub const TRANSFER: Phrase =
    Phrase::new("Өз шотыма не картама", "На мой счёт или карту", "To my account or card");
/// What it means.
pub const TRANSFER_DETAIL: Phrase =
    Phrase::new("Біздің шотымыздан аударамыз", "Переведём с нашего счёта", "We transfer it from our account");
/// A transfer was not made.
pub const NOT_MADE: Phrase = Phrase::new(
    "Аударым жасалмады, ақша бізде. Басқа тәсілді таңдаңыз.",
    "Перевод не сделан, деньги у нас. Выберите другой способ.",
    "The transfer was not made; we have the money. Choose another way.",
);
/// Nothing yet.
pub const NOTHING_YET: Phrase = Phrase::new(
    "Әлі ештеңе берілмеді, сыйақы есептелмейді.",
    "Пока ничего не выдано, вознаграждение не начисляется.",
    "Nothing was paid yet, and no interest runs.",
);
/// Claimed elsewhere.
pub const CLAIMED: Phrase =
    Phrase::new("Бұл сома кассада күтуде", "Эта сумма ждёт в кассе", "This sum waits at the cash desk");
