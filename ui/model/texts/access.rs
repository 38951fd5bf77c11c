//! What is said where somebody logs in by more than one way, and where a client changes PIN, phone or account.

use super::Phrase;

/// Title.
pub const HOW_TO_LOG_IN: Phrase =
    Phrase::new("Қалай кіресіз?", "Как вы хотите войти?", "How would you like to log in?");
/// A way.
pub const BY_PIN: Phrase = Phrase::new("PIN-код арқылы", "По PIN-коду", "By PIN");
/// Its second line.
pub const BY_PIN_DETAIL: Phrase = Phrase::new(
    "Кабинетке өзіңіз қойған PIN-код",
    "PIN-код кабинета, который вы задали",
    "The PIN that you set",
);
/// A way.
pub const BY_CODE: Phrase = Phrase::new("SMS-код арқылы", "По коду из SMS", "By a code in an SMS");
/// Its second line.
pub const BY_CODE_DETAIL: Phrase = Phrase::new(
    "Код тіркелген нөміріңізге келеді",
    "Код придёт на ваш номер",
    "The code comes to your number",
);
/// Title.
pub const TYPE_PIN: Phrase = Phrase::new("PIN-кодты теріңіз", "Введите PIN-код", "Enter your PIN");
/// Lead.
pub const TYPE_PIN_LEAD: Phrase = Phrase::new(
    "Экранды алақаныңызбен жабыңыз. PIN-кодты ешкімге, бізге де айтпаңыз.",
    "Прикройте экран ладонью. Никому не сообщайте PIN-код, даже нам.",
    "Cover the screen with your hand. Tell nobody your PIN, not even us.",
);
/// Error.
pub const PIN_WRONG: Phrase = Phrase::new("PIN-код дұрыс емес.", "PIN-код неверный.", "The PIN is wrong.");
/// Button.
pub const FORGOT_PIN: Phrase = Phrase::new("PIN-код есімде жоқ", "Не помню PIN-код", "I forgot it");
/// While the PIN is checked.
pub const CHECKING_PIN: Phrase = Phrase::new("PIN-код тексерілуде", "Проверяем PIN-код", "Checking the PIN");
/// Button.
pub const BACK_TO_IIN: Phrase = Phrase::new("ЖСН теруге", "К вводу ИИН", "Enter my IIN");

/// A function of the cabinet.
pub const ACCESS: Phrase =
    Phrase::new("PIN-код, телефон, шот", "PIN-код, телефон, счёт", "PIN, phone, account");
/// Its second line.
pub const ACCESS_DETAIL: Phrase =
    Phrase::new("Кіру мен деректерді өзгерту", "Изменить вход и данные", "Change access and contacts");
/// Title.
pub const WHAT_TO_CHANGE: Phrase =
    Phrase::new("Нені өзгертесіз?", "Что изменить?", "What would you like to change?");
/// Something to change.
pub const PIN: Phrase = Phrase::new("Кабинеттің PIN-коды", "PIN-код кабинета", "PIN of my account");
/// Its second line.
pub const PIN_DETAIL: Phrase = Phrase::new("Бет суреті керек", "Нужно фото лица", "Your face is needed");
/// Something to change.
pub const PHONE: Phrase = Phrase::new("Телефон нөмірі", "Номер телефона", "Phone number");
/// Its second line.
pub const SIGNED_DETAIL: Phrase = Phrase::new(
    "Бет суреті және ЭЦҚ керек",
    "Нужны фото лица и ЭЦП",
    "Your face and electronic signature are needed",
);
/// Something to change.
pub const ACCOUNT: Phrase = Phrase::new("Банк шоты", "Банковский счёт", "Bank account");
/// What cannot be changed.
pub const IIN: Phrase = Phrase::new("ЖСН", "ИИН", "IIN");
/// Its second line.
pub const IIN_DETAIL: Phrase = Phrase::new("Өзгертілмейді", "Не меняется", "Does not change");
/// Title.
pub const IIN_STAYS: Phrase =
    Phrase::new("ЖСН өзгертілмейді", "ИИН изменить нельзя", "An IIN cannot be changed");
/// Text.
pub const IIN_STAYS_TEXT: Phrase = Phrase::new(
    "Кабинет бір адамға, оның ЖСН-іне ашылады. Ол кабинетте де, терминалда да, біздің қызметкерлер арқылы да ауыстырылмайды.",
    "Кабинет открыт на одного человека, на его ИИН. Его нельзя изменить ни в кабинете, ни в терминале, ни через наших сотрудников.",
    "Your account with us is opened for one person, under their IIN. The IIN is changed neither in the account, nor at a terminal, nor by our staff.",
);
/// Text.
pub const IIN_WRONG_TEXT: Phrase = Phrase::new(
    "Егер мемлекет сізге басқа ЖСН берсе, құжатыңызбен осында жаңадан тіркеліңіз. Ескі шарттарыңыз бойынша кеңсемізге хабарласыңыз.",
    "Если государство присвоило вам другой ИИН, зарегистрируйтесь заново с новым документом. О прежних договорах спросите в нашем офисе.",
    "If the state has given you another IIN, register anew with your new document. Ask our office about your former contracts.",
);
/// Title.
pub const YOUR_FACE: Phrase =
    Phrase::new("Алдымен бет суреті", "Сначала фото лица", "First a picture of your face");
/// Text.
pub const YOUR_FACE_TEXT: Phrase = Phrase::new(
    "Бұл сіз екеніңізге көз жеткіземіз. Көзілдірік пен бас киімді шешіп, камераға қараңыз.",
    "Мы убедимся, что это вы. Снимите очки и головной убор и смотрите в камеру.",
    "We make sure that it is you. Take off glasses and headwear and look at the camera.",
);
/// Text.
pub const THEN_PIN: Phrase = Phrase::new(
    "Содан кейін жаңа PIN-код қоясыз.",
    "Затем вы зададите новый PIN-код.",
    "Then you set a new PIN.",
);
/// Text.
pub const THEN_SIGN: Phrase = Phrase::new(
    "Содан кейін өтінішті оқып, ЭЦҚ-мен қол қоясыз.",
    "Затем вы прочитаете заявление и подпишете его ЭЦП.",
    "Then you read a statement and sign it electronically.",
);
/// While a face is compared.
pub const COMPARING: Phrase = Phrase::new("Салыстырып жатырмыз", "Сравниваем", "Comparing");
/// While something is checked.
pub const CHECKING: Phrase = Phrase::new("Тексеріп жатырмыз", "Проверяем", "Checking");
/// While something is changed.
pub const CHANGING: Phrase = Phrase::new("Өзгертіп жатырмыз", "Вносим изменение", "Making the change");
/// Title.
pub const NEW_NUMBER: Phrase =
    Phrase::new("Жаңа телефон нөмірі", "Новый номер телефона", "The new phone number");
/// Lead.
pub const NEW_NUMBER_LEAD: Phrase = Phrase::new(
    "Нөмір сіздің атыңызға тіркелген болуы керек. Оған код келеді.",
    "Номер должен быть оформлен на вас. На него придёт код.",
    "The number has to be registered in your name. A code is sent to it.",
);
/// Title.
pub const NEW_ACCOUNT: Phrase = Phrase::new("Жаңа шот (IBAN)", "Новый счёт (IBAN)", "The new account (IBAN)");
/// Lead.
pub const NEW_ACCOUNT_LEAD: Phrase = Phrase::new(
    "KZ-дан басталатын 20 таңба. Банктің қолданбасында бар. Шот өзіңіздікі болуы керек.",
    "20 знаков, первые KZ. Есть в приложении банка. Счёт должен быть вашим.",
    "20 characters, first KZ. Your bank's app shows it. The account has to be yours.",
);
/// Error.
pub const NUMBER_NOT_USABLE: Phrase = Phrase::new(
    "Бұл Қазақстанның мобильді нөмірі емес.",
    "Это не мобильный номер Казахстана.",
    "This is not a mobile number of Kazakhstan.",
);
/// Error.
pub const ACCOUNT_NOT_USABLE: Phrase = Phrase::new(
    "Шот нөмірінде қате бар. Тексеріп көріңіз.",
    "В номере счёта ошибка. Проверьте его.",
    "There is a mistake in the account number. Look again.",
);
/// Error.
pub const UNCHANGED: Phrase =
    Phrase::new("Бұл онсыз да сіздікі.", "Он у вас и сейчас.", "That is what you have now.");
/// Error.
pub const NUMBER_NOT_OWNED: Phrase = Phrase::new(
    "Бұл нөмір сізге тіркелмеген.",
    "Этот номер оформлен не на вас.",
    "This number is not registered in your name.",
);
/// Error.
pub const ACCOUNT_NOT_OWNED: Phrase = Phrase::new(
    "Банк бұл шот сіздікі деп растамады.",
    "Банк не подтвердил, что счёт ваш.",
    "The bank did not confirm that it is yours.",
);
/// Error.
pub const CODE_LATE: Phrase = Phrase::new(
    "Кодтың мерзімі өтті. Нөмірді қайта теріңіз.",
    "Срок кода истёк. Введите номер снова.",
    "The code's time is over. Type the number again.",
);
/// Title.
pub const CODE_FROM_NUMBER: Phrase =
    Phrase::new("Жаңа нөмірге келген код", "Код из SMS на новый номер", "The code sent to the new number");
/// Title.
pub const PIN_COUNTS: Phrase =
    Phrase::new("Жаңа PIN-код қойылды", "Новый PIN-код задан", "The new PIN is set");
/// Text.
pub const PIN_COUNTS_TEXT: Phrase = Phrase::new(
    "Келесіде ЖСН және осы PIN-код арқылы кіресіз. Бұл туралы SMS жібереміз.",
    "В следующий раз входите по ИИН и этому PIN-коду. Мы сообщим об этом по SMS.",
    "Next time log in by your IIN and this PIN. We send an SMS about it.",
);
/// Title.
pub const PHONE_CHANGED: Phrase =
    Phrase::new("Телефон нөмірі ауыстырылды", "Номер телефона изменён", "The phone number is changed");
/// Title.
pub const ACCOUNT_CHANGED: Phrase =
    Phrase::new("Банк шоты ауыстырылды", "Банковский счёт изменён", "The bank account is changed");
/// Text.
pub const BOTH_ARE_TOLD: Phrase = Phrase::new(
    "Бұрынғы нөмірге де, жаңасына да SMS жібереміз.",
    "Отправим SMS и на прежний, и на новый номер.",
    "We send an SMS to the former number and to the new one.",
);
/// Text.
pub const YOU_ARE_TOLD: Phrase =
    Phrase::new("Бұл туралы SMS жібереміз.", "Мы сообщим об этом по SMS.", "We send an SMS about it.");
/// Fact.
pub const FORMER: Phrase = Phrase::new("Бұрынғы", "Прежний", "Former");
/// Fact.
pub const NEW: Phrase = Phrase::new("Жаңа", "Новый", "New");
/// Fact.
pub const WHEN: Phrase = Phrase::new("Қашан", "Когда", "When");
/// Title of what is read and signed.
pub const STATEMENT: Phrase = Phrase::new("Өтінішіңіз", "Ваше заявление", "Your statement");
/// Line.
pub const SIGNED_STATEMENT: Phrase = Phrase::new(
    "Қол қойылған өтініштің SHA-256: {}",
    "SHA-256 подписанного заявления: {}",
    "SHA-256 of the signed statement: {}",
);
/// Title.
pub const NOT_CHANGED: Phrase =
    Phrase::new("Ештеңе өзгерген жоқ", "Ничего не изменено", "Nothing was changed");
/// Title.
pub const NO_ANSWER: Phrase = Phrase::new("Жауап келмеді", "Ответа нет", "There is no answer");
/// Text.
pub const NO_ANSWER_TEXT: Phrase = Phrase::new(
    "Өзгеріс енгізілген болса, SMS келеді. SMS келмесе, кейінірек қайталап көріңіз.",
    "Если изменение внесено, придёт SMS. Если SMS нет, попробуйте позже.",
    "If the change was made, an SMS comes. If none comes, try again later.",
);
/// Text.
pub const TRY_LATER: Phrase = Phrase::new(
    "Сервис қазір жауап бермейді. Кейінірек қайталап көріңіз.",
    "Сервис сейчас не отвечает. Попробуйте позже.",
    "A service does not answer now. Please try later.",
);
/// Text.
pub const NOT_SIGNED: Phrase = Phrase::new(
    "Бұл үшін ЭЦҚ керек, ал мұнда ол қазір қабылданбайды. Біздің кеңсеге келіңіз.",
    "Для этого нужна ЭЦП, а здесь её сейчас не принимают. Приходите в наш офис.",
    "This takes an electronic signature, and none is taken here now. Please come to our office.",
);
/// Text.
pub const TOO_MANY: Phrase = Phrase::new(
    "Мүмкіндік таусылды. Кейінірек қайталап көріңіз.",
    "Слишком много попыток. Попробуйте позже.",
    "There were too many attempts. Please try later.",
);
/// Text.
pub const NOT_AVAILABLE: Phrase = Phrase::new(
    "Мұны терминалда өзгерту мүмкін емес. Біздің кеңсеге келіңіз немесе қоңырау шалыңыз.",
    "Изменить это в терминале нельзя. Приходите в наш офис или позвоните нам.",
    "This cannot be changed at the terminal. Please come to our office or call us.",
);
