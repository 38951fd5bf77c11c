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
pub const READ: Phrase = Phrase::new("Оқыдым", "Прочитано", "I have read this");
/// Answer.
pub const YES: Phrase = Phrase::new("Иә", "Да", "Yes");
/// Answer.
pub const NO: Phrase = Phrase::new("Жоқ", "Нет", "No");
/// Above a question of the screening; `{}` is "1 of 2".
pub const FURTHER_OF: Phrase = Phrase::new(
    "Қосымша {}-сұрақ. Шешім қабылдау үшін керек, жауабыңызды тек біз көреміз.",
    "Дополнительный вопрос {}. Он нужен для решения, ваш ответ увидим только мы.",
    "Further question {}. It is needed for the decision; only we see your answer.",
);
/// Title.
pub const UNFINISHED: Phrase =
    Phrase::new("Өтініміңіз аяқталмаған", "Ваша заявка не закончена", "Your application is not finished");
/// Which: `{}` is a day; sum and term follow.
pub const UNFINISHED_FOR: Phrase =
    Phrase::new("Өтінім басталған күн – {}:", "Заявка от {}:", "Application of {}:");
/// Which, before a sum was named: `{}` is a day.
pub const UNFINISHED_SINCE: Phrase =
    Phrase::new("Өтінім басталған күн: {}.", "Заявка начата {}.", "The application was begun on {}.");
/// Option.
pub const GO_ON: Phrase = Phrase::new("Жалғастыру", "Продолжить", "Go on");
/// What it means.
pub const GO_ON_DETAIL: Phrase = Phrase::new(
    "Келісімдер мен жауаптар қайта сұралмайды, шарттар бүгінгі күнге қайта есептеледі",
    "Согласия и ответы заново не нужны, условия пересчитаем на сегодня",
    "Consents and answers are not asked again; the terms are reckoned for today",
);
/// Option.
pub const ANEW: Phrase = Phrase::new("Жаңадан бастау", "Начать заново", "Begin anew");
/// What it means.
pub const ANEW_DETAIL: Phrase = Phrase::new(
    "Бұрынғы өтінім жабылады",
    "Прежняя заявка будет закрыта",
    "The earlier application is closed",
);
/// Above the answers of a question; `{}` is "1 of 2".
pub const QUESTION_OF: Phrase = Phrase::new(
    "{}-сұрақ. Заң бойынша сұрауға міндеттіміз, жауабыңызды тек біз көреміз.",
    "Вопрос {}. Мы обязаны спросить по закону, ответ видим только мы.",
    "Question {}. The law makes us ask; only we see your answer.",
);
/// Title of the question against fraud.
pub const PRESSURE: Phrase = Phrase::new(
    "Біреу сізге микрокредит алуды айтып тұр ма?",
    "Вам кто-то говорит взять этот микрокредит?",
    "Is somebody telling you to take this loan?",
);
/// Answer.
pub const NOBODY: Phrase = Phrase::new("Жоқ, өзім шештім", "Нет, это моё решение", "No, I decide for myself");
/// Answer.
pub const SOMEBODY: Phrase = Phrase::new("Иә, айтып тұр", "Да, мне говорят", "Yes, somebody is");
/// Title of an end.
pub const NO_REPORT: Phrase =
    Phrase::new("Жарайды, өтінім бермейміз", "Хорошо, заявки не будет", "All right, no application");
/// Text of an end.
pub const NO_REPORT_TEXT: Phrase = Phrase::new(
    "Заң бойынша микрокредит берер алдында кредиттік есепті қарауға міндеттіміз. Келісімсіз оны сұрай алмаймыз, ешнәрсе сұралған жоқ.",
    "По закону мы обязаны посмотреть кредитный отчёт перед выдачей. Без согласия мы не можем его запросить, и ничего не запрошено.",
    "By law we have to look at the credit report before we lend. Without your consent we cannot ask for it, and nothing was asked.",
);
/// Title of an end.
pub const PRESSED: Phrase = Phrase::new(
    "Тоқтаңыз: бұл алаяқтық болуы мүмкін",
    "Остановитесь: это похоже на мошенничество",
    "Stop: this looks like fraud",
);
/// Text of an end.
pub const PRESSED_TEXT: Phrase = Phrase::new(
    "Қоңырауды үзіңіз. Банк, полиция немесе мемлекеттік орган ешқашан несие алуды сұрамайды. Микрокредит рәсімделген жоқ. Алаяқтық болса, 102 нөміріне хабарлаңыз.",
    "Положите трубку. Ни банк, ни полиция, ни государство никогда не просят взять кредит. Микрокредит не оформлен. Если вас обманывают, звоните 102.",
    "Hang up. No bank, police or state body ever asks you to take a loan. No loan was made. If somebody is deceiving you, call 102.",
);
