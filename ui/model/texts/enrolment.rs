//! Another certificate by a code of the MFO.

use super::Phrase;

/// A task.
pub const TASK: Phrase =
    Phrase::new("Сертификатты кодпен алу", "Сертификат по коду", "Certificate by a code");
/// Its second line.
pub const TASK_DETAIL: Phrase = Phrase::new(
    "Сертификат бітсе немесе қайтарып алынса",
    "Если он истёк или отозван",
    "When it has ended or was revoked",
);
/// Title above the code.
pub const CODE: Phrase =
    Phrase::new("Тіркеу кодын теріңіз", "Введите код регистрации терминала", "Type the enrolment code");
/// Lead.
pub const CODE_LEAD: Phrase = Phrase::new(
    "МҚҰ осы терминалға берген 16 цифр. Код бір рет жарайды.",
    "16 цифр, которые МФО дала для этого терминала. Код одноразовый.",
    "The 16 digits that the lender gave out for this terminal. They work once.",
);
/// Title while the MFO is asked.
pub const WORKING: Phrase =
    Phrase::new("Сертификат сұралуда", "Запрашивается сертификат", "Asking for a certificate");
/// Title.
pub const CERTIFIED: Phrase =
    Phrase::new("Сертификат алынды", "Сертификат получен", "There is a new certificate");
/// Text below it; `{}` is its last moment.
pub const CERTIFIED_TEXT: Phrase = Phrase::new(
    "Мерзімі: {}. Байланыс бірнеше секундта өздігінен қалпына келеді: «Кезек, байланыс, сертификат» бетінен көріңіз.",
    "Действует до {}. Связь вернётся сама за несколько секунд: посмотрите на странице «Очередь, связь, сертификат».",
    "It is good until {}. The line comes back by itself within seconds: see “Queue, line, certificate”.",
);
/// Button.
pub const TYPE_CODE: Phrase = Phrase::new("Код теру", "Ввести код", "Type a code");
/// Title.
pub const FAILED: Phrase =
    Phrase::new("Сертификат алынбады", "Сертификат не получен", "There is no new certificate");
/// What to do.
pub const WRONG_CODE: Phrase = Phrase::new(
    "Код қате, пайдаланылған немесе мерзімі өткен. Цифрларды тексеріп, қайта теріңіз немесе МҚҰ-дан жаңа код алыңыз.",
    "Код неверный, уже использован или истёк. Проверьте цифры и введите снова или получите в МФО новый.",
    "The code is wrong, used or over. Check the digits and type them again, or get a new one from the lender.",
);
/// What to do.
pub const LOCKED: Phrase = Phrase::new(
    "Қате код тым көп терілді. Бір сағат күтіңіз немесе МҚҰ-дан жаңа код алыңыз: ол бірден жарайды.",
    "Слишком много неверных кодов. Подождите один час или получите в МФО новый код: он действует сразу.",
    "Too many wrong codes. Wait for an hour, or get a new code from the lender: it works at once.",
);
/// What to do.
pub const REFUSED: Phrase = Phrase::new(
    "МҚҰ бұл терминалға сертификат бермейді. МҚҰ-ға хабарласыңыз.",
    "МФО не выдаёт этому терминалу сертификат. Свяжитесь с МФО.",
    "The lender gives this terminal no certificate. Call the lender.",
);
/// What to do.
pub const SERVER: Phrase = Phrase::new(
    "Тіркеу сервері жауап бермейді. Желі кабелін, модемді тексеріп, осы кодты қайта теріңіз.",
    "Сервер регистрации не отвечает. Проверьте сетевой кабель и модем и введите тот же код ещё раз.",
    "The enrolment server does not answer. Check the network cable and the modem, and type the same code again.",
);
/// What to do.
pub const UNTRUSTED: Phrase = Phrase::new(
    "Жауап МҚҰ-дікі емес. Ешнәрсе өзгертпеңіз, МҚҰ-ға хабарласыңыз: желіде бөтен біреу болуы мүмкін.",
    "Ответ пришёл не от МФО. Ничего не меняйте и свяжитесь с МФО: в сети может быть посторонний.",
    "The answer is not the lender's. Change nothing and call the lender: a stranger may be on the network.",
);
/// What to do.
pub const KEY_STORE: Phrase = Phrase::new(
    "Кілт сақтағыш жауап бермейді. Токенді орнына салып, осы кодты қайта теріңіз.",
    "Хранилище ключей не отвечает. Вставьте токен и введите тот же код ещё раз.",
    "The key store does not answer. Plug the token in and type the same code again.",
);
/// What to do.
pub const DISK: Phrase = Phrase::new(
    "Сертификат сақталмады: дискіні тексеріп, осы кодты қайта теріңіз.",
    "Сертификат не удалось сохранить: проверьте диск и введите тот же код ещё раз.",
    "The certificate could not be kept: check the disk, then type the same code again.",
);
