//! Movements before the camera: one plain instruction at a time, left and right as the person sees them.

use super::Phrase;

/// While a sequence is asked for.
pub const ASKING: Phrase =
    Phrase::new("Камераны дайындап жатырмыз", "Готовим камеру", "Preparing the camera");
/// Below it.
pub const ASKING_TEXT: Phrase = Phrase::new(
    "Камера алдында тірі адам тұрғанын растау үшін бірнеше қарапайым қимыл жасайсыз. Жарық бетіңізге түссін, жаныңызда басқа адам болмасын. Экран бірнеше рет түсін өзгертуі мүмкін.",
    "Чтобы подтвердить, что перед камерой живой человек, вы сделаете несколько простых движений. Свет должен падать на лицо, рядом не должно быть других людей. Экран может несколько раз менять цвет.",
    "To show that a living person is in front of the camera you make a few simple movements. Have light on your face and nobody beside you. The screen may change its colour a few times.",
);
/// No face.
pub const NO_FACE: Phrase =
    Phrase::new("Камераның алдына тұрыңыз", "Встаньте перед камерой", "Stand in front of the camera");
/// Several faces.
pub const ONE_PERSON: Phrase = Phrase::new(
    "Камера алдында тек сіз болуыңыз керек",
    "Перед камерой должны быть только вы",
    "Only you may be in front of the camera",
);
/// Too far.
pub const NEARER: Phrase = Phrase::new("Камераға жақындаңыз", "Подойдите ближе", "Come closer");
/// Too low.
pub const RAISE: Phrase =
    Phrase::new("Бетіңізді жоғарырақ көтеріңіз", "Поднимите лицо выше", "Raise your face");
/// Too high.
pub const LOWER: Phrase =
    Phrase::new("Бетіңізді төменірек түсіріңіз", "Опустите лицо ниже", "Lower your face");
/// Too far to the person's right.
pub const GO_LEFT: Phrase =
    Phrase::new("Сәл сол жаққа жылжыңыз", "Сдвиньтесь немного влево", "Move a little to your left");
/// Too far to the person's left.
pub const GO_RIGHT: Phrase =
    Phrase::new("Сәл оң жаққа жылжыңыз", "Сдвиньтесь немного вправо", "Move a little to your right");
/// Turned away.
pub const STRAIGHT: Phrase =
    Phrase::new("Камераға тік қараңыз", "Смотрите прямо в камеру", "Look straight ahead");
/// Moving.
pub const STILL: Phrase = Phrase::new(
    "Қозғалмай тұрыңыз, аузыңыз жабық болсын",
    "Не двигайтесь, рот закрыт",
    "Hold still, mouth closed",
);
/// Between commands.
pub const WAIT: Phrase =
    Phrase::new("Тік қарап, күте тұрыңыз", "Смотрите прямо и ждите", "Look straight and wait");
/// After the movement.
pub const BACK: Phrase =
    Phrase::new("Енді бастапқы қалыпқа оралыңыз", "Снова смотрите прямо", "Look straight again");
/// Movements, in the order of `Movement::ALL`.
pub const TURN_LEFT: Phrase =
    Phrase::new("Басыңызды солға бұрыңыз", "Поверните голову налево", "Turn your head to the left");
/// To the right.
pub const TURN_RIGHT: Phrase =
    Phrase::new("Басыңызды оңға бұрыңыз", "Поверните голову направо", "Turn your head to the right");
/// Up.
pub const LOOK_UP: Phrase = Phrase::new("Иегіңізді көтеріңіз", "Поднимите подбородок", "Raise your chin");
/// Down.
pub const LOOK_DOWN: Phrase = Phrase::new("Иегіңізді түсіріңіз", "Опустите подбородок", "Lower your chin");
/// Twice.
pub const BLINK: Phrase =
    Phrase::new("Көзіңізді екі рет жұмып ашыңыз", "Моргните два раза", "Close and open your eyes twice");
/// Mouth.
pub const OPEN_MOUTH: Phrase = Phrase::new("Аузыңызды ашыңыз", "Откройте рот", "Open your mouth");
/// Smile.
pub const SMILE: Phrase = Phrase::new("Күлімсіреңіз", "Улыбнитесь", "Smile");
/// Closer.
pub const COME_CLOSER: Phrase =
    Phrase::new("Камераға жақындаңыз", "Приблизьтесь к камере", "Come closer to the camera");
/// Away.
pub const MOVE_AWAY: Phrase =
    Phrase::new("Камерадан сәл алыстаңыз", "Отодвиньтесь от камеры", "Move away from the camera");
/// Dot.
pub const DOT_LEFT: Phrase = Phrase::new(
    "Солға жылжыған нүктені көзіңізбен бақылаңыз",
    "Следите глазами за точкой влево",
    "Follow the dot to the left with your eyes",
);
/// Dot.
pub const DOT_RIGHT: Phrase = Phrase::new(
    "Оңға жылжыған нүктені көзіңізбен бақылаңыз",
    "Следите глазами за точкой вправо",
    "Follow the dot to the right with your eyes",
);
/// Button: another movement.
pub const CANNOT: Phrase = Phrase::new("Мұны істей алмаймын", "Не могу это сделать", "I cannot do this");
/// While the MFO judges.
pub const JUDGING: Phrase = Phrase::new("Тексеріп жатырмыз", "Проверяем", "Checking");
/// After a failure.
pub const AGAIN: Phrase =
    Phrase::new("Қимылдар танылмады", "Движения не распознаны", "The movements were not recognised");
/// What to do.
pub const AGAIN_TEXT: Phrase = Phrase::new(
    "Экрандағы нұсқауды күтіп, бір-бір қимылдан жасаңыз. Тағы байқап көруге болады, қалған мүмкіндік: {}.",
    "Дождитесь указания на экране и делайте по одному движению. Можно попробовать ещё раз, осталось попыток: {}.",
    "Wait for the instruction on the screen and make one movement at a time. You can try again, attempts left: {}.",
);
/// Why, after it.
pub const STAY_IN_SIGHT: Phrase = Phrase::new(
    "Бетіңіз камерадан тыс қалды: соңына дейін орныңызда тұрыңыз",
    "Лицо пропало из кадра: оставайтесь перед камерой до конца",
    "Your face went out of sight: stay in front of the camera to the end",
);
/// Why.
pub const TOO_EARLY: Phrase = Phrase::new(
    "Қимыл нұсқаудан бұрын жасалды: алдымен нұсқауды күтіңіз",
    "Движение сделано раньше указания: сначала дождитесь его",
    "A movement came before it was asked for: wait for it first",
);
/// Why.
pub const TOO_LATE: Phrase = Phrase::new(
    "Уақыт жетпеді: көбірек уақыт алу үшін «Баяуырақ» түймесін басыңыз",
    "Времени не хватило: нажмите «Помедленнее», и его будет больше",
    "There was not enough time: press “More slowly” to have more",
);
/// Why.
pub const NOT_RETURNED: Phrase = Phrase::new(
    "Әр қимылдан кейін бастапқы қалыпқа оралыңыз",
    "После каждого движения возвращайтесь в исходное положение",
    "Come back to where you began after each movement",
);
/// Button.
pub const TRY_AGAIN: Phrase = Phrase::new("Қайталау", "Ещё раз", "Try again");
/// Button: more time.
pub const SLOWER: Phrase = Phrase::new("Баяуырақ", "Помедленнее", "More slowly");
/// Title of the end.
pub const NOT_LIVING: Phrase =
    Phrase::new("Бетіңізді тексере алмадық", "Не удалось проверить лицо", "Your face could not be checked");
/// Text of the end.
pub const NOT_LIVING_TEXT: Phrase = Phrase::new(
    "Үш рет байқап көрдік, қимылдар танылмады. Сізден ештеңе алынған жоқ. Кейінірек қайта келіңіз немесе төмендегі телефонға хабарласыңыз: кеңседе басқаша көмектеседі.",
    "Мы попробовали три раза, движения не распознаны. С вас ничего не взято. Приходите позже или позвоните по телефону ниже: в офисе помогут иначе.",
    "We tried three times and did not recognise the movements. You were charged nothing. Come again later or call the number below: the office can help in another way.",
);
/// A check on the person's own phone.
pub const ON_PHONE: Phrase =
    Phrase::new("Телефоныңызда растаңыз", "Подтвердите на своём телефоне", "Confirm on your own phone");
/// What it needs.
pub const PHONE_NEEDS: Phrase = Phrase::new(
    "Камерасы мен интернеті бар телефоныңыз керек. Код ашатын қолданбада бірнеше қарапайым қимыл жасайсыз.",
    "Нужен ваш телефон с камерой и интернетом. В приложении, которое откроет код, вы сделаете несколько простых движений.",
    "You need your phone with a camera and internet. In the app that the code opens you make a few simple movements.",
);
/// Light.
pub const PHONE_LIGHT: Phrase = Phrase::new(
    "Жарық бетіңізге бірқалыпты түссін, артыңызда жарық көзі болмасын, көзілдірік пен бас киімді шешіңіз.",
    "Свет должен ровно падать на лицо, за спиной не должно быть яркого света, снимите очки и головной убор.",
    "Have even light on your face and no bright light behind you; take off glasses and headwear.",
);
/// Alone.
pub const PHONE_ALONE: Phrase = Phrase::new(
    "Телефонды бетіңіздің деңгейінде тік ұстаңыз. Кадрда басқа адам болмасын.",
    "Держите телефон прямо на уровне лица. В кадре не должно быть других людей.",
    "Hold the phone straight at the level of your face. Nobody else may be in the picture.",
);
/// On to the code.
pub const SHOW_CODE: Phrase = Phrase::new("Кодты көрсету", "Показать код", "Show the code");
/// Not to do it.
pub const DO_NOT_CHECK: Phrase = Phrase::new("Растамау", "Не подтверждать", "Do not confirm");
/// A code again.
pub const NEW_CODE: Phrase = Phrase::new("Жаңа код алу", "Получить новый код", "Get a new code");
/// Steps beside the code.
pub const PHONE_SCAN: Phrase = Phrase::new(
    "1. Телефонның камерасын кодқа бағыттап, сілтемені ашыңыз.",
    "1. Наведите камеру телефона на код и откройте ссылку.",
    "1. Point the phone's camera at the code and open the link.",
);
/// Second.
pub const PHONE_DO: Phrase = Phrase::new(
    "2. Телефонда сұралған қимылдарды өзіңіз жасаңыз.",
    "2. Сделайте на телефоне движения, о которых он попросит, – только сами.",
    "2. Do what the phone asks for, you yourself.",
);
/// Third.
pub const PHONE_RETURN: Phrase = Phrase::new(
    "3. Терминал жанында қалыңыз: содан кейін сізді суретке түсіреді.",
    "3. Оставайтесь у терминала: после этого он сделает снимок.",
    "3. Stay at the terminal: it takes your picture afterwards.",
);
/// What to do then.
pub const PHONE_AGAIN_TEXT: Phrase = Phrase::new(
    "Жаңа код алып, қайталап көріңіз. Қалған мүмкіндік: {}.",
    "Получите новый код и попробуйте ещё раз. Осталось попыток: {}.",
    "Get a new code and try again. Attempts left: {}.",
);
/// Declined.
pub const PHONE_DECLINED: Phrase =
    Phrase::new("Телефонда бас тартылды", "На телефоне вы отказались", "It was declined on the phone");
/// Too late.
pub const PHONE_EXPIRED: Phrase =
    Phrase::new("Кодтың мерзімі бітті", "Срок действия кода истёк", "The code's time is over");
/// Somebody else.
pub const PHONE_OTHER_PERSON: Phrase = Phrase::new(
    "Телефондағы бет сіздікіне сәйкес келмеді",
    "Лицо на телефоне не совпало с вашим",
    "The face on the phone is not yours",
);
/// Not shown.
pub const PHONE_NOT_SHOWN: Phrase =
    Phrase::new("Тексеру аяқталмады", "Проверка не удалась", "The check did not succeed");
