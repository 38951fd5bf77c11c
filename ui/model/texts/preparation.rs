//! Before a contract: consents for credit bureaux, questions, texts to be read, and the question against fraud.

use super::Phrase;

/// Title of a text.
pub const RULES: Phrase = Phrase::new(
    "Микрокредит беру қағидалары",
    "Правила предоставления микрокредитов",
    "Rules for providing microcredits",
);
/// Title of a text.
pub const PAYMENTS: Phrase =
    Phrase::new("Төлемдер мен аударымдар", "Платежи и переводы", "Payments and transfers");
/// Title of a text.
pub const RIGHTS: Phrase =
    Phrase::new("Құқықтарыңыз бен міндеттеріңіз", "Ваши права и обязанности", "Your rights and duties");
/// Button below a text.
pub const READ: Phrase = Phrase::new("Оқыдым", "Ознакомлен", "I have read this");
/// Above the answers of a question; `{}` is "1 of 2".
pub const QUESTION_OF: Phrase = Phrase::new(
    "{}-сұрақ. Заң бойынша сұрауға міндеттіміз, жауабыңызды МҚҰ ғана көреді.",
    "Вопрос {}. Мы обязаны спросить по закону, ответ видит только МФО.",
    "Question {}. The law makes us ask; only the MFO sees your answer.",
);
/// Title of the question against fraud.
pub const PRESSURE: Phrase = Phrase::new(
    "Біреу сізге несие алуды айтып тұр ма?",
    "Вам кто-то говорит взять этот кредит?",
    "Is somebody telling you to take this loan?",
);
/// Answer.
pub const NOBODY: Phrase = Phrase::new("Жоқ, өзім шештім", "Нет, решаю я сам(а)", "No, I decide for myself");
/// Answer.
pub const SOMEBODY: Phrase = Phrase::new("Иә, айтып тұр", "Да, мне говорят", "Yes, somebody is");
/// Title of an end.
pub const NO_REPORT: Phrase =
    Phrase::new("Жарайды, өтінім бермейміз", "Хорошо, заявки не будет", "All right, no application");
/// Text of an end.
pub const NO_REPORT_TEXT: Phrase = Phrase::new(
    "Заң бойынша МҚҰ несие берер алдында кредиттік есепті қарауға міндетті. Келісімсіз оны сұрай алмаймыз, ешнәрсе сұралған жоқ.",
    "По закону МФО обязана посмотреть кредитный отчёт перед выдачей. Без согласия мы не можем его запросить, и ничего не запрошено.",
    "By law the MFO has to look at the credit report before it lends. Without your consent we cannot ask for it, and nothing was asked.",
);
/// Title of an end.
pub const PRESSED: Phrase = Phrase::new(
    "Тоқтаңыз: бұл алаяқтық болуы мүмкін",
    "Остановитесь: это похоже на мошенничество",
    "Stop: this looks like fraud",
);
/// Text of an end.
pub const PRESSED_TEXT: Phrase = Phrase::new(
    "Қоңырауды үзіңіз. Банк, полиция немесе мемлекеттік орган ешқашан несие алуды сұрамайды. Несие рәсімделген жоқ. Алаяқтық болса, 102 нөміріне хабарлаңыз.",
    "Положите трубку. Ни банк, ни полиция, ни государство никогда не просят взять кредит. Кредит не оформлен. Если вас обманывают, звоните 102.",
    "Hang up. No bank, police or state body ever asks you to take a loan. No loan was made. If somebody is deceiving you, call 102.",
);
