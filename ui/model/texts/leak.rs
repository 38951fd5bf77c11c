//! Measures before an operation of a client whose personal data spread illegally.

use super::Phrase;

/// Title of the notice.
pub const NOTICE: Phrase = Phrase::new(
    "Деректеріңіз бөтен қолға түскен болуы мүмкін",
    "Ваши данные могли попасть в чужие руки",
    "Your data may be in the wrong hands",
);
/// Button below it.
pub const UNDERSTOOD: Phrase =
    Phrase::new("Түсіндім, жалғастыру", "Понятно, продолжить", "Understood, go on");
/// Title of the notice that somebody else entered the account; `{}` is a day.
pub const INTRUSION: Phrase = Phrase::new(
    "{}: жеке кабинетіңізге бөтен адам кірген",
    "{}: в ваш кабинет вошёл посторонний",
    "{}: somebody else entered your account",
);
/// Title while the face is compared.
pub const FACE: Phrase =
    Phrase::new("Бетіңізді салыстырып жатырмыз", "Сравниваем лицо", "We are comparing your face");
/// Title while the number is checked.
pub const NUMBER: Phrase =
    Phrase::new("Нөміріңізді растап жатырмыз", "Подтверждаем ваш номер", "We are confirming your number");
/// Its text.
pub const NUMBER_TEXT: Phrase = Phrase::new(
    "Телефон нөмірі сізге тіркелгенін тексереміз. Бірнеше секунд күтіңіз.",
    "Проверяем, что номер телефона записан на вас. Это займёт несколько секунд.",
    "We check that the phone number is registered to you. This takes a few seconds.",
);
/// Title while the call is ordered.
pub const ORDERING: Phrase = Phrase::new(
    "Сізге қоңырау шалуға дайындалып жатырмыз",
    "Готовимся вам позвонить",
    "We are getting ready to call you",
);
/// Title while the call is waited for; `{}` is a masked number.
pub const CALL: Phrase =
    Phrase::new("{} нөміріне қазір қоңырау шаламыз", "Сейчас мы позвоним на {}", "We are calling {} now");
/// What to do.
pub const CALL_TEXT: Phrase = Phrase::new(
    "Қоңырауға жауап беріңіз. Деректеріңіз бөтен қолға түскен болуы мүмкін екенін айтып, бұл операцияны өзіңіз жасап тұрсыз ба деп сұраймыз. Кодтарды, құпиясөздерді сұрамаймыз және ақша аударуды өтінбейміз.",
    "Ответьте на звонок. Мы расскажем, что ваши данные могли попасть к посторонним, и спросим, вы ли проводите эту операцию. Кодов и паролей мы не спрашиваем и переводить деньги не просим.",
    "Please answer. We tell you that your data may be in the wrong hands and ask whether it is you who does this. We ask for no codes or passwords and for no transfer of money.",
);
/// Title of an end.
pub const NOT_YOURS: Phrase = Phrase::new(
    "Алдымен телефон нөмірін ауыстыру керек",
    "Сначала нужно сменить номер телефона",
    "The phone number has to be changed first",
);
/// Text of an end.
pub const NOT_YOURS_TEXT: Phrase = Phrase::new(
    "Бізде жазылған телефон нөмірі сізге тиесілі екені расталмады. Деректеріңіз тарағандықтан, нөмірді ауыстырғанша ештеңе жасамаймыз. Нөмірді бет-бейне мен ЭЦҚ арқылы ауыстыруға болады: төмендегі телефонға хабарласыңыз немесе кеңсеге келіңіз. Сізден ештеңе алынған жоқ.",
    "Мы не смогли убедиться, что записанный у нас номер телефона ваш. Ваши данные утекли, поэтому до смены номера мы ничего не проводим. Чтобы сменить номер, нужны проверка лица и ЭЦП: позвоните по телефону ниже или придите в офис. С вас ничего не взято.",
    "It was not confirmed that the phone number we have is yours. As your data leaked, we do nothing before it is changed. It is changed by face and electronic signature: call the number below or come to the office. You were charged nothing.",
);
/// Title of an end.
pub const DENIED: Phrase = Phrase::new("Операция тоқтатылды", "Операция остановлена", "This was stopped");
/// Text of an end.
pub const DENIED_TEXT: Phrase = Phrase::new(
    "Қоңырауға жауап берген адам бұл операцияны растамады. Ештеңе рәсімделген жоқ, ақша берілген жоқ. Қызметкерлеріміз оқиғаны тексеріп жатыр. Бұл сіз болсаңыз, төмендегі телефонға хабарласыңыз.",
    "Тот, кто ответил на звонок, не подтвердил эту операцию. Ничего не оформлено, деньги не выданы. Наши сотрудники разбираются. Если операцию начали вы, позвоните по телефону ниже.",
    "Whoever answered the call did not confirm this. Nothing was concluded and no money was paid out. Our staff is looking into it. If it was you, please call the number below.",
);
/// Title of an end.
pub const NOT_REACHED: Phrase =
    Phrase::new("Сізге қоңырау шала алмадық", "Не удалось до вас дозвониться", "We could not reach you");
/// Text of an end.
pub const NOT_REACHED_TEXT: Phrase = Phrase::new(
    "Деректеріңіз тарағандықтан, қоңыраусыз ештеңе жасамаймыз. Телефоныңыз қосулы екенін тексеріп, терминалға кейінірек қайта келіңіз. Сізден ештеңе алынған жоқ.",
    "Ваши данные утекли, поэтому без звонка мы ничего не проводим. Проверьте, что телефон включён, и подойдите к терминалу позже. С вас ничего не взято.",
    "As your data leaked, we do nothing without the call. Please see that your phone is on and come to a terminal later. You were charged nothing.",
);
