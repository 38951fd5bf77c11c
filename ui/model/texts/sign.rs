//! Signing with the phone.

use super::Phrase;

/// Title while the code is being made.
pub const PREPARING: Phrase = Phrase::new("Код дайындалуда…", "Готовим код…", "Preparing the code…");
/// Title.
pub const SIGN_CONTRACT: Phrase = Phrase::new(
    "Шартқа телефоныңызбен қол қойыңыз",
    "Подпишите договор на своём телефоне",
    "Sign the contract on your phone",
);
/// Title.
pub const SIGN_REGISTRATION: Phrase = Phrase::new(
    "Өтінішке телефоныңызбен қол қойыңыз",
    "Подпишите заявление на телефоне",
    "Sign the statement on your phone",
);
/// Title.
pub const SIGN_ACCESS: Phrase = Phrase::new(
    "Келісімге телефоныңызбен қол қойыңыз",
    "Подпишите согласие на телефоне",
    "Sign the consent on your phone",
);
/// Title.
pub const SIGN_SUPPLEMENT: Phrase = Phrase::new(
    "Қосымша келісімге телефоныңызбен қол қойыңыз",
    "Подпишите соглашение на телефоне",
    "Sign the supplement on your phone",
);
/// Title.
pub const SIGN_PHONE: Phrase = Phrase::new(
    "Өтінішке телефоныңызбен қол қойыңыз",
    "Подпишите смену номера на телефоне",
    "Sign the change of number on your phone",
);
/// Title.
pub const SIGN_ACCOUNT: Phrase = Phrase::new(
    "Өтінішке телефоныңызбен қол қойыңыз",
    "Подпишите смену счёта на телефоне",
    "Sign the change of bank details on your phone",
);
/// First step.
pub const STEP_OPEN: Phrase = Phrase::new(
    "1. Телефонда eGov Mobile қолданбасын ашып, «QR» түймесін басыңыз.",
    "1. Откройте на телефоне eGov Mobile и нажмите «QR».",
    "1. Open eGov Mobile on your phone and tap “QR”.",
);
/// Second step.
pub const STEP_SCAN: Phrase = Phrase::new(
    "2. Камераны осы кодқа бағыттаңыз.",
    "2. Наведите камеру на этот код.",
    "2. Point the camera at this code.",
);
/// Third step.
pub const STEP_SIGN: Phrase = Phrase::new(
    "3. Құжатты телефонда оқып, ЭЦҚ-мен қол қойыңыз.",
    "3. Прочитайте документ на телефоне и подпишите его своей ЭЦП.",
    "3. Read the document on the phone and sign it with your electronic signature.",
);
/// What the terminal does not ask for.
pub const KEY_STAYS: Phrase = Phrase::new(
    "Кілтіңіз бен құпиясөзіңіз телефоныңызда қалады: терминал оларды сұрамайды.",
    "Ваш ключ и пароль остаются в телефоне: терминал их не спрашивает.",
    "Your key and password stay in your phone: the terminal never asks for them.",
);
/// Button.
pub const DO_NOT_SIGN: Phrase = Phrase::new("Қол қоймаймын", "Не подписывать", "Do not sign");
/// Button.
pub const LEAVE: Phrase = Phrase::new("Аяқтау", "Завершить", "End visit");
/// Button.
pub const NEW_CODE: Phrase = Phrase::new("Жаңа код көрсету", "Показать новый код", "Show a new code");
/// The person declined on the phone.
pub const DECLINED: Phrase = Phrase::new(
    "Телефонда қол қоюдан бас тартылды",
    "На телефоне подписание отклонено",
    "Signing was declined on the phone",
);
/// What helps.
pub const DECLINED_HELP: Phrase = Phrase::new(
    "Қателессеңіз, жаңа кодты ашыңыз. Қол қоймай-ақ кетуге болады.",
    "Если это вышло случайно, откройте новый код. Можно уйти, ничего не подписав.",
    "If that was a mistake, ask for a new code. You may also leave without signing.",
);
/// The code's time is over.
pub const EXPIRED: Phrase = Phrase::new("Кодтың уақыты бітті", "Время кода истекло", "The code has run out");
/// What helps.
pub const EXPIRED_HELP: Phrase = Phrase::new(
    "Жаңа код көрсетіңіз: құжат өзгермейді.",
    "Покажите новый код: документ останется тем же.",
    "Show a new code: the document stays the same.",
);
/// Another person's key.
pub const OTHER_PERSON: Phrase = Phrase::new(
    "Басқа адамның ЭЦҚ-сымен қол қойылды",
    "Подписано ЭЦП другого человека",
    "Signed with another person's key",
);
/// What helps.
pub const OTHER_PERSON_HELP: Phrase = Phrase::new(
    "Тек өзіңіздің телефоныңыздағы өз ЭЦҚ-ңызбен қол қойыңыз.",
    "Подпишите своей ЭЦП на своём телефоне.",
    "Sign with your own key on your own phone.",
);
/// The key for logging in.
pub const WRONG_KEY: Phrase = Phrase::new(
    "Бұл кілт кіруге арналған, қол қоюға емес",
    "Этот ключ для входа, а не для подписи",
    "This key is for logging in, not for signing",
);
/// What helps.
pub const WRONG_KEY_HELP: Phrase = Phrase::new(
    "eGov Mobile-да қол қоюға арналған кілтті таңдаңыз.",
    "Выберите в eGov Mobile ключ для подписи.",
    "Choose the key for signing in eGov Mobile.",
);
/// An organisation's key.
pub const ORGANISATION: Phrase =
    Phrase::new("Бұл – заңды тұлғаның кілті", "Это ключ организации", "This is an organisation's key");
/// What helps.
pub const ORGANISATION_HELP: Phrase = Phrase::new(
    "Жеке тұлға ретіндегі ЭЦҚ-ңызбен қол қойыңыз.",
    "Подпишите своей ЭЦП физического лица.",
    "Sign with your key as an individual.",
);
/// The certificate is over.
pub const CERTIFICATE_EXPIRED: Phrase =
    Phrase::new("ЭЦҚ мерзімі өтіп кеткен", "Срок ЭЦП истёк", "Your electronic signature has expired");
/// The certificate begins later.
pub const CERTIFICATE_NOT_YET: Phrase = Phrase::new(
    "ЭЦҚ мерзімі әлі басталмаған",
    "Срок ЭЦП ещё не начался",
    "Your electronic signature is not valid yet",
);
/// The certificate was withdrawn.
pub const CERTIFICATE_REVOKED: Phrase =
    Phrase::new("ЭЦҚ кері қайтарып алынған", "ЭЦП отозвана", "Your electronic signature was revoked");
/// An authority that is not accepted.
pub const CERTIFICATE_UNKNOWN: Phrase = Phrase::new(
    "ЭЦҚ-ны Ұлттық куәландырушы орталық бермеген",
    "ЭЦП выдана не Национальным удостоверяющим центром",
    "The signature is not from the national certification authority",
);
/// What helps.
pub const CERTIFICATE_HELP: Phrase = Phrase::new(
    "Жаңа ЭЦҚ-ны eGov Mobile-да алып, қайталап көріңіз.",
    "Получите новую ЭЦП в eGov Mobile и попробуйте снова.",
    "Get a new electronic signature in eGov Mobile and try again.",
);
/// Another document was signed.
pub const OTHER_DOCUMENT: Phrase =
    Phrase::new("Басқа құжатқа қол қойылды", "Подписан другой документ", "Another document was signed");
/// It does not fit.
pub const NOT_VERIFIED: Phrase = Phrase::new(
    "Қолтаңба тексеруден өтпеді",
    "Подпись не прошла проверку",
    "The signature could not be verified",
);
/// A kind of key that is not accepted.
pub const KEY_NOT_ACCEPTED: Phrase = Phrase::new(
    "Мұндай кілт мұнда қабылданбайды",
    "Такой ключ здесь не принимается",
    "This kind of key is not accepted here",
);
/// This document is not to be signed here.
pub const NOT_OFFERED: Phrase = Phrase::new(
    "Қазір бұл құжатқа мұнда қол қою мүмкін емес",
    "Сейчас этот документ здесь подписать нельзя",
    "This document cannot be signed here now",
);
/// What helps.
pub const NOT_OFFERED_HELP: Phrase = Phrase::new(
    "Қызметкерге қоңырау шалыңыз: нөмір «Көмек» түймесінде.",
    "Позвоните сотруднику: номер на кнопке «Помощь».",
    "Call our staff: the number is at “Help”.",
);
/// A service does not answer.
pub const TRY_LATER: Phrase = Phrase::new(
    "Қол қою қызметі жауап бермейді",
    "Сервис подписания не отвечает",
    "The signing service does not answer",
);
/// What helps.
pub const TRY_LATER_HELP: Phrase = Phrase::new(
    "Бірнеше минуттан кейін қайталап көріңіз.",
    "Попробуйте ещё раз через несколько минут.",
    "Try again in a few minutes.",
);
