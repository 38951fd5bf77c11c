//! What is said around a card: put it in, its PIN, take it back; and why it does not work.

use super::Phrase;

/// A way to log in.
pub const BY_CARD: Phrase = Phrase::new("Карта арқылы", "По карте", "By card");
/// Its second line.
pub const BY_CARD_DETAIL: Phrase = Phrase::new(
    "Кабинетке байланған карта және оның PIN-коды",
    "Карта, привязанная к кабинету, и её PIN-код",
    "The card linked to your account, and its PIN",
);
/// Title.
pub const INSERT: Phrase = Phrase::new("Картаны салыңыз", "Вставьте карту", "Put in your card");
/// Text.
pub const INSERT_TEXT: Phrase = Phrase::new(
    "Картаны чипімен алға қаратып, оқу құрылғысына тірелгенше салыңыз. Айтқанша шығармаңыз.",
    "Вставьте карту чипом вперёд до упора. Не вынимайте, пока мы не скажем.",
    "Put the card into the reader, chip first, as far as it goes. Leave it there until you are told.",
);
/// Text at the end of each screen where a card is in the reader.
pub const DO_NOT_LEAVE: Phrase = Phrase::new(
    "Кетерде картаңызды ұмытпаңыз.",
    "Уходя, не забудьте карту.",
    "Do not forget your card when you leave.",
);
/// Button.
pub const ANOTHER_WAY: Phrase = Phrase::new("Басқа жолмен", "Другой способ", "Another way");
/// While the card is read.
pub const READING: Phrase = Phrase::new(
    "Картаны оқып жатырмыз. Шығармаңыз.",
    "Читаем карту. Не вынимайте её.",
    "Reading the card. Leave it in.",
);
/// While the MFO looks at the card.
pub const CHECKING: Phrase = Phrase::new(
    "Картаны тексеріп жатырмыз. Шығармаңыз.",
    "Проверяем карту. Не вынимайте её.",
    "Checking the card. Leave it in.",
);
/// While the card signs.
pub const WORKING: Phrase = Phrase::new(
    "Карта жұмыс істеп жатыр. Шығармаңыз.",
    "Ждём ответа карты. Не вынимайте её.",
    "The card is working. Leave it in.",
);
/// Title.
pub const PIN: Phrase = Phrase::new("Картаның PIN-коды", "PIN-код карты", "PIN of the card");
/// Lead.
pub const PIN_LEAD: Phrase = Phrase::new(
    "Экранды алақаныңызбен жабыңыз. Қалған мүмкіндік: {}. Картаны шығармаңыз.",
    "Прикройте экран ладонью. Осталось попыток: {}. Карту не вынимайте.",
    "Cover the screen with your hand. Attempts left: {}. Leave the card in.",
);
/// Lead before the last try.
pub const LAST_TRY: Phrase = Phrase::new(
    "Бұл – соңғы мүмкіндік. PIN-код қате болса, карта бұғатталады. Сенімді болмасаңыз, басқа жолды таңдаңыз.",
    "Это последняя попытка: если PIN-код неверный, карта заблокируется. Если не уверены, выберите другой способ.",
    "This is the last attempt: a wrong PIN blocks the card. If you are not sure, choose another way.",
);
/// Error.
pub const PIN_WRONG: Phrase = Phrase::new("PIN-код дұрыс емес.", "PIN-код неверный.", "The PIN is wrong.");
/// Title.
pub const TAKE_BACK: Phrase = Phrase::new("Картаңызды алыңыз", "Заберите карту", "Take your card back");
/// Text.
pub const TAKE_BACK_TEXT: Phrase = Phrase::new(
    "Карта енді керек емес. Оны алсаңыз, жалғастырамыз.",
    "Карта больше не нужна. Заберите её, и мы продолжим.",
    "The card is not needed any more. Take it, and we go on.",
);
/// Text at the end of a visit.
pub const FORGOTTEN_TEXT: Phrase = Phrase::new(
    "Картаңыз оқу құрылғысында қалды. Оны алыңыз.",
    "Ваша карта осталась в считывателе. Заберите её.",
    "Your card is still in the reader. Please take it.",
);
/// Button.
pub const AGAIN: Phrase = Phrase::new("Қайталау", "Повторить", "Try again");

/// Button.
pub const ANOTHER_CARD: Phrase =
    Phrase::new("Басқа картаны салу", "Вставить другую карту", "Put in another card");

/// A thing to change.
pub const CARD: Phrase = Phrase::new("Кабинетке кіретін карта", "Карта для входа", "Card to log in with");
/// Its second line.
pub const CARD_DETAIL: Phrase =
    Phrase::new("Байлау: бет суреті керек", "Привязать: нужно фото лица", "Link it: your face is needed");
/// A thing to change.
pub const CARD_OFF: Phrase = Phrase::new("Картаны ажырату", "Отвязать карту", "Unlink the card");
/// Its second line.
pub const CARD_OFF_DETAIL: Phrase = Phrase::new("Бет суреті керек", "Нужно фото лица", "Your face is needed");
/// What comes after the face.
pub const THEN_CARD: Phrase = Phrase::new(
    "Содан кейін картаны салып, оның PIN-кодын теріңіз.",
    "Затем вы вставите карту и введёте её PIN-код.",
    "Then you put in the card and enter its PIN.",
);
/// What comes after the face.
pub const THEN_CARD_OFF: Phrase = Phrase::new(
    "Содан кейін карта кабинетті ашпайтын болады.",
    "После этого карта перестанет открывать кабинет.",
    "After that the card opens your account no more.",
);
/// Title.
pub const BOUND: Phrase = Phrase::new("Карта байланды", "Карта привязана", "The card is linked");
/// Text.
pub const BOUND_TEXT: Phrase = Phrase::new(
    "Келесіде ЖСН, осы карта және оның PIN-коды арқылы кіре аласыз. Бұл туралы SMS жібереміз. Картаңызды алыңыз.",
    "В следующий раз можно войти по ИИН, этой карте и её PIN-коду. Мы сообщим об этом по SMS. Заберите карту.",
    "Next time you can log in by your IIN, this card and its PIN. We send an SMS about it. Take your card back.",
);
/// Title.
pub const UNBOUND: Phrase = Phrase::new("Карта ажыратылды", "Карта отвязана", "The card is unlinked");
/// Text.
pub const UNBOUND_TEXT: Phrase = Phrase::new(
    "Ол енді кабинетті ашпайды. Бұл туралы SMS жібереміз.",
    "Она больше не открывает кабинет. Мы сообщим об этом по SMS.",
    "It opens your account no more. We send an SMS about it.",
);
/// Text.
pub const NO_CARD: Phrase = Phrase::new(
    "Кабинетіңізге ешбір карта байланбаған.",
    "К вашему кабинету карта не привязана.",
    "No card is linked to your account.",
);

/// Title.
pub const HOW_TO_SIGN: Phrase =
    Phrase::new("Қалай қол қоясыз?", "Чем вы хотите подписать?", "How would you like to sign?");
/// A way.
pub const BY_PHONE: Phrase = Phrase::new("Телефонмен", "Телефоном", "With the phone");
/// Its second line.
pub const BY_PHONE_DETAIL: Phrase =
    Phrase::new("eGov Mobile қолданбасында", "В приложении eGov Mobile", "In eGov Mobile");
/// A way.
pub const SIGN_BY_CARD: Phrase = Phrase::new("Картамен", "Картой", "With the card");
/// Its second line.
pub const SIGN_BY_CARD_DETAIL: Phrase = Phrase::new(
    "Біз берген карта және оның PIN-коды",
    "Карта, которую мы вам выдали, и её PIN-код",
    "The card that we gave you, and its PIN",
);

/// Its second line, where the reader has keys of its own.
pub const SIGN_BY_ANY_CARD_DETAIL: Phrase = Phrase::new(
    "ЭЦҚ кілті бар карта; PIN-код карта құрылғысының пернелерінде теріледі",
    "Карта с ключом ЭЦП; PIN-код вводится на клавишах считывателя",
    "A card with an electronic signature key; its PIN goes in on the reader's keypad",
);
/// Title.
pub const KEYPAD: Phrase = Phrase::new(
    "PIN-кодты карта құрылғысының пернелерінде теріңіз",
    "Введите PIN-код на клавишах считывателя",
    "Type the PIN on the reader's keypad",
);
/// What to do there.
pub const KEYPAD_TEXT: Phrase = Phrase::new(
    "Пернетақтаны алақаныңызбен жабыңыз, PIN-кодты теріп, жасыл пернені басыңыз. PIN-код терминалға жіберілмейді.",
    "Прикройте клавиатуру ладонью, введите PIN-код и нажмите зелёную клавишу. PIN-код не передаётся в терминал.",
    "Cover the keypad with your hand, type the PIN and press the green key. The terminal does not see the PIN.",
);
/// How many tries there are.
pub const KEYPAD_TRIES: Phrase = Phrase::new(
    "Қалған мүмкіндік: {}. Картаны шығармаңыз.",
    "Осталось попыток: {}. Карту не вынимайте.",
    "Attempts left: {}. Leave the card in.",
);
/// Before the last try.
pub const KEYPAD_LAST: Phrase = Phrase::new(
    "Бұл – соңғы мүмкіндік. PIN-код қате болса, карта бұғатталады. Сенімді болмасаңыз, қызыл пернені басыңыз.",
    "Это последняя попытка: если PIN-код неверный, карта заблокируется. Если не уверены, нажмите красную клавишу.",
    "This is the last attempt: a wrong PIN blocks the card. If you are not sure, press the red key.",
);
/// What happened, and what helps.
pub const KEYPAD_TIMED_OUT: (Phrase, Phrase) = (
    Phrase::new("PIN-код терілмеді", "PIN-код не введён", "No PIN was typed"),
    Phrase::new(
        "PIN-код уақытында терілмеді. Мүмкіндік азайған жоқ. Қайталап көріңіз.",
        "Считыватель не дождался PIN-кода. Попытка не потеряна. Попробуйте снова.",
        "No PIN was typed in time. No attempt is lost. Please try again.",
    ),
);
/// What happened, and what helps.
pub const KEYPAD_CANCELLED: (Phrase, Phrase) = (
    Phrase::new("PIN-код теруден бас тарттыңыз", "Вы отменили ввод PIN-кода", "You cancelled the PIN"),
    Phrase::new(
        "Мүмкіндік азайған жоқ. Қайталаңыз немесе басқа жолды таңдаңыз.",
        "Попытка не потеряна. Повторите или выберите другой способ.",
        "No attempt is lost. Try again, or choose another way.",
    ),
);

/// What happened, and what helps.
pub const WITHDRAWN: (Phrase, Phrase) = (
    Phrase::new("Карта ерте алынды", "Карту вынули", "The card was taken out"),
    Phrase::new(
        "Картаны қайта салыңыз немесе басқа жолды таңдаңыз.",
        "Вставьте карту снова или выберите другой способ.",
        "Put it in again, or choose another way.",
    ),
);
/// What happened, and what helps.
pub const BLOCKED: (Phrase, Phrase) = (
    Phrase::new("Картаның PIN-коды бұғатталған", "PIN-код карты заблокирован", "The card's PIN is blocked"),
    Phrase::new(
        "Картаны алып, бұғатты ашу үшін біздің кеңсеге келіңіз. Қазір басқа жолмен жалғастыра аласыз.",
        "Заберите карту и обратитесь в наш офис, чтобы разблокировать её. Сейчас можно продолжить другим способом.",
        "Take the card and ask our office to unblock it. You can go on another way now.",
    ),
);
/// What happened, and what helps.
pub const PIN_FORM: (Phrase, Phrase) = (
    Phrase::new(
        "Карта бұл PIN-кодты қабылдамайды",
        "Карта не принимает такой PIN-код",
        "The card does not take such a PIN",
    ),
    Phrase::new(
        "Картамен бірге берілген PIN-кодты теріңіз. Мүмкіндік азайған жоқ.",
        "Введите PIN-код, который выдан с картой. Попытка не потеряна.",
        "Enter the PIN that came with the card. No attempt is lost.",
    ),
);
/// What happened, and what helps.
pub const NOT_A_TOKEN: (Phrase, Phrase) = (
    Phrase::new("Бұл карта жарамайды", "Эта карта не подходит", "This card cannot be used"),
    Phrase::new(
        "Кабинетке кіру үшін біз берген картаны салыңыз.",
        "Вставьте карту для входа, которую мы вам выдали.",
        "Put in the card for logging in that we gave you.",
    ),
);
/// What happened, and what helps.
pub const UNUSABLE: (Phrase, Phrase) = (
    Phrase::new("Карта бұзылған", "Карта неисправна", "The card is damaged"),
    Phrase::new(
        "Картаны алып, жаңасын біздің кеңседен сұраңыз.",
        "Заберите карту и попросите новую в нашем офисе.",
        "Take the card and ask our office for a new one.",
    ),
);
/// What happened, and what helps.
pub const UNCLEAR: (Phrase, Phrase) = (
    Phrase::new("Картаны оқи алмадық", "Не удалось прочитать карту", "The card could not be read"),
    Phrase::new(
        "Картаны шығарып, чипін сүртіңіз де, қайта салыңыз.",
        "Выньте карту, протрите чип и вставьте снова.",
        "Take the card out, wipe its chip and put it in again.",
    ),
);
/// What happened, and what helps.
pub const READER: (Phrase, Phrase) = (
    Phrase::new(
        "Картаны оқитын құрылғы істемейді",
        "Считыватель карт не работает",
        "The card reader does not work",
    ),
    Phrase::new(
        "Картаңызды алып, басқа жолмен жалғастырыңыз.",
        "Заберите карту и продолжите другим способом.",
        "Take your card and go on another way.",
    ),
);
/// What happened, and what helps.
pub const TOO_LATE: (Phrase, Phrase) = (
    Phrase::new("Уақыт өтіп кетті", "Время вышло", "The time is over"),
    Phrase::new(
        "PIN-код картаға жіберілген жоқ. Қайталап көріңіз.",
        "PIN-код на карту не отправлен. Попробуйте снова.",
        "The PIN was not sent to the card. Please try again.",
    ),
);
/// What happened, and what helps.
pub const NO_ANSWER: (Phrase, Phrase) = (
    Phrase::new("Жауап келмеді", "Ответа нет", "There is no answer"),
    Phrase::new("Қайталап көріңіз.", "Попробуйте снова.", "Please try again."),
);
/// What happened, and what helps.
pub const NOT_BOUND: (Phrase, Phrase) = (
    Phrase::new("Карта байланбаған", "Карта не привязана", "The card is not linked"),
    Phrase::new(
        "Бұл карта ешбір кабинетті ашпайды. Басқа жолмен кіріп, оны кабинетке байлаңыз.",
        "Эта карта не открывает никакой кабинет. Войдите другим способом и привяжите её.",
        "This card opens no account. Log in another way and link it.",
    ),
);
/// What happened, and what helps.
pub const OTHER_PERSON: (Phrase, Phrase) = (
    Phrase::new("Бұл басқа адамның картасы", "Это карта другого человека", "This is somebody else's card"),
    Phrase::new(
        "Өз картаңызды салыңыз. Бөтен карта тапсаңыз, оны бізге беріңіз.",
        "Вставьте свою карту. Чужую, если вы её нашли, передайте нам.",
        "Put in your own card. If you have found one, please give it to us.",
    ),
);
/// What happened, and what helps.
pub const EXPIRED: (Phrase, Phrase) = (
    Phrase::new("Картаның мерзімі өткен", "Срок действия карты истёк", "The card has expired"),
    Phrase::new(
        "Жаңа картаны біздің кеңседен аласыз. Қазір басқа жолмен жалғастырыңыз.",
        "Новую карту выдаст наш офис. Сейчас продолжите другим способом.",
        "Our office gives you a new one. Go on another way now.",
    ),
);
/// What happened, and what helps.
pub const REVOKED: (Phrase, Phrase) = (
    Phrase::new("Карта жабылған", "Карта закрыта", "The card is closed"),
    Phrase::new(
        "Ол кері қайтарылған немесе жоғалған деп белгіленген. Жаңасын біздің кеңседен сұраңыз.",
        "Она отозвана или объявлена потерянной. Новую попросите в нашем офисе.",
        "It was withdrawn or reported lost. Ask our office for a new one.",
    ),
);
/// What happened, and what helps.
pub const NOT_VERIFIED: (Phrase, Phrase) = (
    Phrase::new("Карта өзін растамады", "Карта не подтвердила себя", "The card did not prove itself"),
    Phrase::new(
        "Қайталап көріңіз. Қайталанса, біздің кеңсеге хабарласыңыз.",
        "Попробуйте снова. Если повторится, обратитесь в наш офис.",
        "Please try again. If it happens again, ask our office.",
    ),
);
/// What happened, and what helps.
pub const FACE: (Phrase, Phrase) = (
    Phrase::new("Бет суреті ескірді", "Фото лица устарело", "The picture is too old"),
    Phrase::new(
        "Қайта бастап, алдымен бет суретін түсіріңіз.",
        "Начните снова с фото лица.",
        "Begin again with a picture of your face.",
    ),
);
/// What happened, and what helps.
pub const NEEDS_PIN_PAD: (Phrase, Phrase) = (
    Phrase::new(
        "Бұл картаның PIN-коды экранда терілмейді",
        "PIN-код этой карты не вводят на экране",
        "This card's PIN is not typed on a screen",
    ),
    Phrase::new(
        "Мұндай картаға пернелері бар оқу құрылғысы керек, мұнда ол жоқ. Телефонмен қол қойыңыз.",
        "Для такой карты нужен считыватель с клавишами, здесь его нет. Подпишите телефоном.",
        "Such a card needs a reader with keys of its own, and there is none here. Sign with your phone.",
    ),
);
/// What happened, and what helps.
pub const NOT_AVAILABLE: (Phrase, Phrase) = (
    Phrase::new("Мұнда карталар қабылданбайды", "Карты здесь не принимают", "No cards are taken here"),
    Phrase::new("Басқа жолды таңдаңыз.", "Выберите другой способ.", "Choose another way."),
);
/// What happened, and what helps.
pub const TRY_LATER: (Phrase, Phrase) = (
    Phrase::new(
        "Картаны қазір тексере алмаймыз",
        "Сейчас карту не проверить",
        "The card cannot be checked now",
    ),
    Phrase::new(
        "Басқа жолды таңдаңыз немесе кейінірек келіңіз.",
        "Выберите другой способ или приходите позже.",
        "Choose another way, or come later.",
    ),
);
