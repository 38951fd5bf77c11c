//! What is said in the personal cabinet.

use super::Phrase;

/// An errand.
pub const CABINET: Phrase = Phrase::new("Жеке кабинет", "Личный кабинет", "My account");
/// Its second line.
pub const CABINET_DETAIL: Phrase = Phrase::new(
    "Қарыз, шарттар, өтінімдер, хаттар, келісімдер",
    "Долг, договоры, заявки, письма, согласия",
    "Debt, contracts, applications, letters, consents",
);
/// Title of the first page.
pub const WHAT_TO_SEE: Phrase = Phrase::new(
    "Жеке кабинет: не көрсетейік?",
    "Личный кабинет: что показать?",
    "My account: what shall we show?",
);
/// A function.
pub const DEBT: Phrase = Phrase::new("Қарыз және төлемдер", "Долг и платежи", "Debt and payments");
/// Its second line.
pub const DEBT_DETAIL: Phrase = Phrase::new(
    "Бүгінгі қарыз, алдағы және жасалған төлемдер",
    "Долг на сегодня, будущие и внесённые платежи",
    "Debt today, payments to come and made",
);
/// A function.
pub const CONTRACTS: Phrase = Phrase::new("Шарттар", "Договоры", "Contracts");
/// Its second line.
pub const CONTRACTS_DETAIL: Phrase =
    Phrase::new("Ұсынылған және жасалған", "Предложенные и заключённые", "Offered and concluded");
/// A function.
pub const APPLICATIONS: Phrase = Phrase::new("Өтінімдер", "Заявки", "Applications");
/// Its second line.
pub const APPLICATIONS_DETAIL: Phrase = Phrase::new(
    "Қаралу барысы мен нәтижесі",
    "Ход и результат рассмотрения",
    "How they are going and what was decided",
);
/// A function.
pub const APPLY: Phrase = Phrase::new("Жаңа микрокредит", "Новый микрокредит", "A new microcredit");
/// Its second line.
pub const APPLY_DETAIL: Phrase = Phrase::new("Өтінім беру", "Подать заявку", "Apply for it");
/// A function.
pub const LETTERS: Phrase = Phrase::new("Хаттар", "Письма", "Letters");
/// Its second line.
pub const LETTERS_DETAIL: Phrase = Phrase::new("Оқу және жазу", "Прочитать и написать", "Read and write");
/// A function.
pub const WAYS: Phrase = Phrase::new("Қалай төлеуге болады", "Как погасить", "How to repay");
/// Its second line.
pub const WAYS_DETAIL: Phrase =
    Phrase::new("Барлық тәсіл және деректемелер", "Все способы и реквизиты", "Every way, and bank details");
/// A function.
pub const CONSENTS: Phrase = Phrase::new("Келісімдерім", "Мои согласия", "My consents");
/// Its second line.
pub const CONSENTS_DETAIL: Phrase = Phrase::new(
    "Нөмірі, күйі және қалай кері қайтарылады",
    "Номер, статус и как отозвать",
    "Number, status and how to revoke",
);
/// A function.
pub const CONFIRMATIONS: Phrase =
    Phrase::new("Құжат растамалары", "Подтверждения документов", "Confirmations of documents");
/// Its second line.
pub const CONFIRMATIONS_DETAIL: Phrase = Phrase::new(
    "Не және қашан жіберілді, қабылданды",
    "Что и когда отправлено и получено",
    "What was sent and received, and when",
);
/// A function.
pub const LENDER: Phrase = Phrase::new("Қарыз беруші", "Кто выдаёт микрокредит", "Who lends");
/// Its second line.
pub const LENDER_DETAIL: Phrase =
    Phrase::new("Мекенжай, телефон, басшы", "Адрес, телефон, руководитель", "Address, telephone, head");
/// Title while a part is asked for.
pub const ASKING: Phrase =
    Phrase::new("Деректерді алып жатырмыз", "Запрашиваем данные", "We are asking for the data");
/// Button.
pub const TO_CABINET: Phrase = Phrase::new("Кабинетке", "В кабинет", "To my account");
/// Button.
pub const PRINT: Phrase = Phrase::new("Басып шығару", "Напечатать", "Print it");
/// Told.
pub const PRINTING: Phrase =
    Phrase::new("Анықтама басылып жатыр.", "Справка печатается.", "The slip is being printed.");
/// Told.
pub const PRINTED: Phrase = Phrase::new(
    "Анықтама басылды, алыңыз.",
    "Справка напечатана, возьмите её.",
    "The slip is printed, please take it.",
);
/// Told.
pub const NOT_PRINTED: Phrase = Phrase::new(
    "Анықтама басылмады: экраннан суретке түсіріп алуға болады.",
    "Справка не напечаталась: её можно сфотографировать с экрана.",
    "The slip was not printed: you can take a picture of the screen.",
);
/// Title.
pub const NO_DEBT: Phrase = Phrase::new("Қарызыңыз жоқ", "У вас нет долга", "You owe nothing");
/// Title.
pub const NO_CONTRACTS: Phrase =
    Phrase::new("Шарттарыңыз жоқ", "У вас нет договоров", "You have no contracts");
/// Title.
pub const NO_APPLICATIONS: Phrase =
    Phrase::new("Өтінімдеріңіз жоқ", "У вас нет заявок", "You have no applications");
/// Title.
pub const NO_CONSENTS: Phrase = Phrase::new(
    "Осы терминалдар арқылы берілген келісім жоқ",
    "Согласий, данных через терминалы, нет",
    "There are no consents given at terminals",
);
/// Title.
pub const NO_CONFIRMATIONS: Phrase =
    Phrase::new("Құжаттар әлі жоқ", "Документов пока нет", "There are no documents yet");
/// Title.
pub const WHICH_DEBT: Phrase =
    Phrase::new("Қай шарт бойынша қарыз?", "Долг по какому договору?", "The debt of which contract?");
/// Title.
pub const WHICH_CONTRACT: Phrase = Phrase::new("Қай шарт?", "Какой договор?", "Which contract?");
/// Title of a debt, with the moment.
pub const DEBT_ON: Phrase = Phrase::new("{} жағдайы бойынша қарыз", "Долг на {}", "Debt as of {}");
/// Fact.
pub const PRINCIPAL: Phrase = Phrase::new("Негізгі борыш", "Основной долг", "Principal");
/// Fact.
pub const INTEREST: Phrase =
    Phrase::new("Төленбеген сыйақы", "Неуплаченное вознаграждение", "Unpaid interest");
/// Fact.
pub const PENALTY: Phrase = Phrase::new("Тұрақсыздық айыбы", "Неустойка", "Penalty");
/// Fact.
pub const TOTAL: Phrase = Phrase::new("Барлық қарыз", "Весь долг", "The whole debt");
/// Fact.
pub const DUE: Phrase = Phrase::new("Бүгін төленуі керек", "К оплате сегодня", "Due today");
/// Heading.
pub const UPCOMING: Phrase = Phrase::new("Алдағы төлемдер:", "Будущие платежи:", "Payments to come:");
/// Heading.
pub const MADE: Phrase = Phrase::new("Жасалған төлемдер:", "Внесённые платежи:", "Payments made:");
/// Told.
pub const NONE_MADE: Phrase =
    Phrase::new("Төлем әлі жасалған жоқ.", "Платежей пока не было.", "No payment was made yet.");
/// Part of a payment.
pub const OF_PRINCIPAL: Phrase = Phrase::new("негізгі борыш", "основной долг", "principal");
/// Part of a payment.
pub const OF_INTEREST: Phrase = Phrase::new("сыйақы", "вознаграждение", "interest");
/// Part of a payment.
pub const OF_PENALTY: Phrase = Phrase::new("тұрақсыздық айыбы", "неустойка", "penalty");
/// Part of a payment.
pub const OF_HELD: Phrase = Phrase::new("келесі мерзімге", "до следующего срока", "for the next due day");
/// Part of a payment.
pub const OF_OVERPAID: Phrase = Phrase::new("артық төлем", "переплата", "overpaid");
/// Part of an instalment.
pub const PAID_OF_IT: Phrase = Phrase::new("төленді {}", "внесено {}", "paid {}");
/// Title of a contract.
pub const CONTRACT: Phrase = Phrase::new("Шарт {}", "Договор {}", "Contract {}");
/// A supplement, by its number.
pub const SUPPLEMENT: Phrase =
    Phrase::new("{}-қосымша келісім", "Дополнительное соглашение {}", "Supplement {}");
/// A draft of a contract that is offered, by its number.
pub const DRAFT: Phrase = Phrase::new("Шарттың {}-жобасы", "Проект договора {}", "Draft {} of the contract");
/// Reads a document.
pub const READ_DOCUMENT: Phrase = Phrase::new("Құжатты оқу", "Читать документ", "Read the document");
/// Above the documents of a contract.
pub const WHICH_DOCUMENT: Phrase =
    Phrase::new("Қай құжатты оқисыз?", "Какой документ прочитать?", "Which document do you want to read?");
/// While a document is on its way.
pub const OPENING_DOCUMENT: Phrase =
    Phrase::new("Құжат ашылып жатыр", "Документ открывается", "The document is being opened");
/// A document that the lender keeps elsewhere.
pub const DOCUMENT_NOT_KEPT: Phrase = Phrase::new(
    "Бұл құжаттың файлы терминал арқылы берілмейді. Көшірмесін бізден кеңседе немесе телефон арқылы сұраңыз.",
    "Файл этого документа через терминал не выдаётся. Попросите копию у нас в офисе или по телефону.",
    "The file of this document is not given out by terminals. Ask us for a copy, in the office or by telephone.",
);
/// A file that is not the one that was signed.
pub const NOT_THE_DOCUMENT: Phrase = Phrase::new(
    "Келген файл сіз қол қойған құжатқа сәйкес келмейді, сондықтан көрсетілмейді. Бізге хабарласыңыз.",
    "Полученный файл не совпадает с документом, который вы подписали, поэтому он не показан. Свяжитесь с нами.",
    "The file that came is not the document that you signed, so it is not shown. Please contact us.",
);
/// Fact.
pub const STATE: Phrase = Phrase::new("Күйі", "Состояние", "State");
/// Fact.
pub const SUM: Phrase = Phrase::new("Сома", "Сумма", "Sum");
/// Fact.
pub const TERM: Phrase = Phrase::new("Мерзім", "Срок", "Term");
/// Fact.
pub const METHOD: Phrase = Phrase::new("Өтеу әдісі", "Метод погашения", "Method of repayment");
/// Fact.
pub const BEGINS: Phrase = Phrase::new("Кестенің басы", "Начало графика", "Schedule begins");
/// Fact.
pub const CONCLUDED: Phrase = Phrase::new("Жасалды", "Заключён", "Concluded");
/// Told with a document's hash.
pub const DOCUMENT_SHA: Phrase = Phrase::new(
    "Құжаттың бақылау сомасы (SHA-256): {}",
    "Контрольная сумма документа (SHA-256): {}",
    "Checksum of the document (SHA-256): {}",
);
/// State of a contract.
pub const S_OFFERED: Phrase = Phrase::new("Ұсынылды", "Предложен", "Offered");
/// State of a contract.
pub const S_AGREED: Phrase =
    Phrase::new("Жасалды, ақша берілмеді", "Заключён, деньги не выданы", "Concluded, no money yet");
/// State of a contract.
pub const S_WAITING: Phrase = Phrase::new("Ойлану мерзімі", "Срок на обдумывание", "Cooling-off period");
/// State of a contract.
pub const S_RUNNING: Phrase = Phrase::new("Қолданыста", "Действует", "Running");
/// State of a contract.
pub const S_CLOSED: Phrase = Phrase::new("Жабылды", "Закрыт", "Closed");
/// State of a contract or an application.
pub const S_CANCELLED: Phrase = Phrase::new("Бас тартылды", "Отменён", "Cancelled");
/// State of a contract.
pub const S_SUSPENDED: Phrase = Phrase::new("Тоқтатылды", "Приостановлен", "Suspended");
/// State of a contract.
pub const S_WRITTEN_OFF: Phrase = Phrase::new("Есептен шығарылды", "Списан", "Written off");
/// State of an application.
pub const A_RECEIVED: Phrase =
    Phrase::new("Қабылданды, шешім жоқ", "Принята, решения нет", "Received, not decided");
/// State of an application.
pub const A_CHECKING: Phrase = Phrase::new("Қаралуда", "Рассматривается", "Being checked");
/// State of an application.
pub const A_APPROVED: Phrase = Phrase::new("Мақұлданды", "Одобрена", "Approved");
/// State of an application.
pub const A_REFUSED: Phrase = Phrase::new("Мақұлданбады", "Не одобрена", "Not approved");
/// State of an application.
pub const A_VOLUNTARY: Phrase = Phrase::new(
    "Бас тартылды: микрокредиттен ерікті бас тарту орнатылған",
    "Отказано: установлен добровольный отказ от микрокредитов",
    "Refused: a voluntary refusal of microcredits is set",
);
/// State of an application.
pub const A_LOAN_OPEN: Phrase = Phrase::new(
    "Бас тартылды: басқа микрокредит жабылмаған",
    "Отказано: другой микрокредит не закрыт",
    "Refused: another microcredit is open",
);
/// State of an application.
pub const A_OFFERED: Phrase = Phrase::new("Шарт ұсынылды", "Предложен договор", "A contract is offered");
/// State of an application.
pub const A_OFFER_ENDED: Phrase =
    Phrase::new("Ұсыныс мерзімі өтті", "Срок предложения истёк", "The offer has ended");
/// State of an application.
pub const A_SIGNED: Phrase = Phrase::new("Шарт жасалды", "Договор заключён", "The contract is concluded");
/// State of an application.
pub const A_PAID_OUT: Phrase = Phrase::new("Ақша берілді", "Деньги выданы", "The money was given");
/// Told.
pub const WAYS_WITHOUT_DETAILS: Phrase = Phrase::new(
    "Банк деректемелері қазір қолжетімсіз: оларды телефон арқылы сұраңыз.",
    "Банковские реквизиты сейчас недоступны: спросите их по телефону.",
    "Bank details are not available now: ask for them by telephone.",
);
/// Fact.
pub const RECIPIENT: Phrase = Phrase::new("Алушы", "Получатель", "Recipient");
/// Fact.
pub const BIN: Phrase = Phrase::new("БСН", "БИН", "BIN");
/// Fact.
pub const ACCOUNT: Phrase = Phrase::new("Шот (IBAN)", "Счёт (IBAN)", "Account (IBAN)");
/// Fact.
pub const BANK: Phrase = Phrase::new("Банк", "Банк", "Bank");
/// Fact.
pub const BIC: Phrase = Phrase::new("БСК", "БИК", "BIC");
/// Fact.
pub const PURPOSE: Phrase = Phrase::new("ТМК", "КНП", "Purpose code");
/// Title.
pub const LETTERS_TITLE: Phrase = Phrase::new("Хаттарыңыз", "Ваши письма", "Your letters");
/// Option.
pub const WRITE: Phrase = Phrase::new("Хат жазу", "Написать письмо", "Write a letter");
/// Its second line.
pub const WRITE_DETAIL: Phrase =
    Phrase::new("Жауап осы жерге келеді", "Ответ придёт сюда", "The answer comes here");
/// Who wrote.
pub const FROM_YOU: Phrase = Phrase::new("Сізден", "От вас", "From you");
/// Who wrote.
pub const TO_YOU: Phrase = Phrase::new("Сізге", "Вам", "To you");
/// Title.
pub const ABOUT_WHAT: Phrase = Phrase::new("Хат не туралы?", "О чём письмо?", "What is the letter about?");
/// Subject.
pub const ABOUT_CONTRACT: Phrase =
    Phrase::new("Шарт немесе өтінім", "Договор или заявка", "Contract or application");
/// Subject.
pub const ABOUT_PAYMENT: Phrase = Phrase::new("Төлем", "Платёж", "Payment");
/// Subject.
pub const ABOUT_DATA: Phrase = Phrase::new("Дербес деректер", "Персональные данные", "Personal data");
/// Subject.
pub const ABOUT_TERMINAL: Phrase = Phrase::new("Терминалдың жұмысы", "Работа терминала", "This terminal");
/// Subject.
pub const ABOUT_COMPLAINT: Phrase = Phrase::new("Шағым", "Жалоба", "Complaint");
/// Subject.
pub const ABOUT_OTHER: Phrase = Phrase::new("Басқа", "Другое", "Something else");
/// Title.
pub const WRITE_HERE: Phrase = Phrase::new("Хатыңызды жазыңыз", "Напишите письмо", "Write your letter");
/// What helps.
pub const WRITE_LEAD: Phrase = Phrase::new(
    "ЖСН-ді, кодтарды және PIN-кодты жазбаңыз: кім екеніңізді білеміз.",
    "Не пишите ИИН, коды и PIN-код: мы знаем, кто вы.",
    "Do not write your IIN, codes or PIN: we know who you are.",
);
/// Title.
pub const SENDING: Phrase =
    Phrase::new("Хатты жіберіп жатырмыз", "Отправляем письмо", "We are sending the letter");
/// Title.
pub const SENT: Phrase = Phrase::new("Хат қабылданды", "Письмо принято", "The letter is received");
/// Told.
pub const SENT_DETAIL: Phrase = Phrase::new(
    "Жауап осы кабинеттің «Хаттар» бөліміне келеді.",
    "Ответ придёт в этот кабинет, в раздел «Письма».",
    "The answer comes to this account, under \u{201c}Letters\u{201d}.",
);
/// Fact.
pub const LETTER_NUMBER: Phrase = Phrase::new("Хаттың нөмірі", "Номер письма", "Number of the letter");
/// Title.
pub const CONSENTS_TITLE: Phrase = Phrase::new("Келісімдеріңіз", "Ваши согласия", "Your consents");
/// What a consent is for.
pub const CONSENT_PURPOSE: Phrase = Phrase::new(
    "Мемлекеттік базалардағы дербес деректеріңізді көру: тіркеу және микрокредит туралы шешім үшін",
    "Доступ к вашим персональным данным в государственных базах: для регистрации и решения о микрокредите",
    "Access to your personal data in state databases: to register you and to decide on a microcredit",
);
/// A consent with number, days and status.
pub const CONSENT_LINE: Phrase = Phrase::new(
    "Берілген күні: {}. Соңғы күні: {}. Күйі: {}. Келісім нөмірі: {}",
    "Дано {}, срок до {}: {}. Номер согласия: {}",
    "Given {}, until {}: {}. Number of the consent: {}",
);
/// Status.
pub const C_ACTIVE: Phrase = Phrase::new("қолданыста", "действует", "in force");
/// Status.
pub const C_REVIEW: Phrase = Phrase::new(
    "кері қайтару өтініші қаралуда, жауап беретін соңғы күн – {}",
    "отзыв рассматривается до {}",
    "revocation is considered until {}",
);
/// Status.
pub const C_NOT_ACTIVE: Phrase = Phrase::new("кері қайтарылған", "отозвано", "revoked");
/// Status.
pub const C_EXPIRED: Phrase = Phrase::new("мерзімі өткен", "срок истёк", "expired");
/// Status.
pub const C_UNKNOWN: Phrase = Phrase::new(
    "күйін мемлекеттік сервис қазір айтпайды",
    "статус сейчас не сообщает государственный сервис",
    "the state service does not tell its status now",
);
/// What became of an application to take a consent back.
pub const C_LET_GO: Phrase = Phrase::new(
    "Өтінішіңіз қанағаттандырылған күн: {}.",
    "Ваше заявление удовлетворено {}.",
    "Your application was granted on {}.",
);
/// What became of one on which nobody decided.
pub const C_SILENCE: Phrase = Phrase::new(
    "Біз мерзімінде шешім қабылдамадық ({}), сондықтан келісім кері қайтарылды.",
    "Мы не приняли решения до {}, поэтому согласие отозвано.",
    "We did not decide by {}, so the consent is revoked.",
);
/// What became of one that was refused; the ground follows.
pub const C_KEPT: Phrase = Phrase::new(
    "Кері қайтарудан бас тартылған күн: {}. Негізі –",
    "{} в отзыве отказано. Основание –",
    "Revocation was refused on {}. The ground is",
);
/// Ground.
pub const G_CONTRACT: Phrase =
    Phrase::new("орындалмаған шарт", "неисполненный договор", "a contract that is not yet performed");
/// Ground.
pub const G_ACT: Phrase = Phrase::new("нормативтік құқықтық акт", "нормативный правовой акт", "a legal act");
/// Ground.
pub const G_OBLIGATION: Phrase = Phrase::new(
    "орындалмаған міндеттеме",
    "неисполненное обязательство",
    "an obligation that is not yet performed",
);
/// Title.
pub const CONFIRMATIONS_TITLE: Phrase = Phrase::new(
    "Жіберілген және қабылданған құжаттар",
    "Отправленные и полученные документы",
    "Documents sent and received",
);
/// A document of the client.
pub const RECEIVED_FROM_YOU: Phrase = Phrase::new("сізден алынды", "получено от вас", "received from you");
/// A document of the MFO.
pub const SENT_TO_YOU: Phrase = Phrase::new("сізге жіберілді", "отправлено вам", "sent to you");
/// A kind of document.
pub const D_CONTRACT: Phrase =
    Phrase::new("Микрокредит шарты", "Договор о микрокредите", "Microcredit contract");
/// A kind of document.
pub const D_SUPPLEMENT: Phrase = Phrase::new("Қосымша келісім", "Дополнительное соглашение", "Supplement");
/// A kind of document.
pub const D_RESTRUCTURING: Phrase = Phrase::new(
    "Талаптарды өзгерту туралы өтініш",
    "Заявление об изменении условий",
    "Request for other terms",
);
/// A kind of document.
pub const D_LETTER: Phrase = Phrase::new("Хат", "Письмо", "Letter");
/// Title.
pub const NOT_SHOWN: Phrase =
    Phrase::new("Қазір көрсете алмаймыз", "Сейчас не можем показать", "We cannot show this now");
/// Told.
pub const TRY_LATER: Phrase = Phrase::new(
    "Сервис жауап бермейді. Кейінірек қайталаңыз немесе бізге қоңырау шалыңыз.",
    "Сервис не отвечает. Попробуйте позже или позвоните нам.",
    "The service does not answer. Try again later, or call us.",
);
/// Told.
pub const SUMS_DIFFER: Phrase = Phrase::new(
    "Қарыздың бөліктері жалпы сомаға тең емес, сондықтан оны көрсетпейміз. Бізге қоңырау шалыңыз.",
    "Части долга не сходятся с итогом, поэтому мы его не показываем. Позвоните нам.",
    "The parts of the debt do not add up to its total, so we do not show it. Please call us.",
);
/// Told.
pub const LETTER_NOT_TAKEN: Phrase = Phrase::new(
    "Хаттың қабылданғаны расталмады. «Хаттар» бөлімін қараңыз: ол жоқ болса, қайта жазыңыз.",
    "Нет подтверждения, что письмо принято. Посмотрите в разделе «Письма»: если его там нет, напишите ещё раз.",
    "It is not confirmed that the letter was received. Look under \u{201c}Letters\u{201d}: if it is not there, write again.",
);
