//! A new client registers.

use super::Phrase;

/// Title.
pub const NEEDED: Phrase =
    Phrase::new("Тіркелу үшін не керек", "Что нужно для регистрации", "What you need to register");
/// Button.
pub const CONTINUE: Phrase = Phrase::new("Жалғастыру", "Продолжить", "Continue");
/// Button.
pub const FINISH: Phrase = Phrase::new("Дайын", "Готово", "Finish");
/// Title.
pub const AS_WHOM: Phrase =
    Phrase::new("Кім ретінде тіркелесіз?", "Как вы хотите зарегистрироваться?", "As whom do you register?");
/// Option.
pub const INDIVIDUAL: Phrase = Phrase::new("Жеке тұлға", "Физическое лицо", "Individual");
/// Its second line.
pub const INDIVIDUAL_DETAIL: Phrase = Phrase::new("Өз атыңыздан", "От своего имени", "In your own name");
/// Option.
pub const ENTREPRENEUR: Phrase =
    Phrase::new("Жеке кәсіпкер", "Индивидуальный предприниматель", "Individual entrepreneur");
/// Its second line.
pub const ENTREPRENEUR_DETAIL: Phrase = Phrase::new(
    "Тіркеуіңізді мемлекеттік тізілімнен тексереміз",
    "Мы проверим регистрацию по государственному реестру",
    "We check your registration in the state register",
);
/// Option.
pub const LEGAL_ENTITY: Phrase =
    Phrase::new("Заңды тұлғаның өкілі", "Представитель юридического лица", "On behalf of a company");
/// Its second line.
pub const LEGAL_ENTITY_DETAIL: Phrase =
    Phrase::new("Ұйым атынан", "От имени организации", "In the name of an organisation");
/// Title.
pub const REFERRAL: Phrase = Phrase::new(
    "Ұйымдарды кеңседе тіркейміз",
    "Организации регистрируем в офисе",
    "Companies register at our office",
);
/// Text.
pub const REFERRAL_TEXT: Phrase = Phrase::new(
    "Ұйымның атынан тіркелу үшін басшыны тағайындау туралы бұйрық немесе сенімхат керек, оларды бұл терминал қабылдай алмайды. Біздің кеңсеге келіңіз немесе сайттағы жеке кабинетте тіркеліңіз.",
    "Для регистрации от имени организации нужен приказ о назначении руководителя или доверенность, этот терминал их не принимает. Приходите в наш офис или зарегистрируйтесь в личном кабинете на сайте.",
    "To register a company we need the order appointing its head or a power of attorney, which this terminal cannot take. Please come to our office or register in your account on our site.",
);
/// Text.
pub const NOTHING_ASKED: Phrase = Phrase::new(
    "Сізден ешқандай дерек сұралған жоқ.",
    "Никакие данные у вас не запрашивались.",
    "No data was asked of you.",
);
/// Title.
pub const YOUR_IIN: Phrase = Phrase::new("ЖСН енгізіңіз", "Введите ИИН", "Type your IIN");
/// Lead.
pub const YOUR_IIN_LEAD: Phrase = Phrase::new(
    "Жеке куәліктегі 12 цифр",
    "12 цифр с удостоверения личности",
    "The 12 digits on your identity card",
);
/// Error.
pub const IIN_WRONG: Phrase = Phrase::new(
    "Мұндай ЖСН жоқ. Қайта тексеріңіз.",
    "Такого ИИН нет. Проверьте цифры.",
    "There is no such IIN. Check the digits.",
);
/// Title while waiting.
pub const ONE_MOMENT: Phrase = Phrase::new("Бір сәт…", "Одну минуту…", "One moment…");
/// Text while waiting.
pub const ASKING_STATE: Phrase = Phrase::new(
    "Мемлекеттік сервисте нөміріңізді іздеп жатырмыз.",
    "Ищем ваш номер в государственном сервисе.",
    "We look up your number with the state service.",
);
/// Text while waiting.
pub const CHECKING_CODE: Phrase =
    Phrase::new("Кодты тексеріп жатырмыз.", "Проверяем код.", "We check the code.");
/// Text while waiting.
pub const CHECKING_NUMBER: Phrase =
    Phrase::new("Нөмірді растап жатырмыз.", "Подтверждаем номер.", "We confirm the number.");
/// Text while waiting.
pub const COMPARING: Phrase =
    Phrase::new("Деректеріңізді салыстырып жатырмыз.", "Сверяем ваши данные.", "We compare your data.");
/// Text while waiting.
pub const REGISTERING: Phrase = Phrase::new("Тіркеп жатырмыз.", "Регистрируем вас.", "We register you.");
/// Title.
pub const CONTINUE_CODE: Phrase = Phrase::new(
    "Тіркелуді жалғастыру коды",
    "Код для продолжения регистрации",
    "Code to continue your registration",
);
/// Title.
pub const NUMBER_CODE: Phrase =
    Phrase::new("Нөмірді растау коды", "Код подтверждения номера", "Code to confirm your number");
/// Lead.
pub const CODE_SENT_TO: Phrase =
    Phrase::new("SMS жіберілді: {}", "SMS отправлено: {}", "An SMS was sent to {}");
/// Button.
pub const ANOTHER_CODE: Phrase = Phrase::new("Жаңа код жіберу", "Отправить новый код", "Send a new code");
/// Error.
pub const CODE_EXPIRED: Phrase = Phrase::new(
    "Кодтың мерзімі өтті. Жаңасын сұраңыз.",
    "Срок кода истёк. Запросите новый.",
    "The code is too old. Ask for a new one.",
);
/// Button.
pub const AGREE: Phrase = Phrase::new("Келісемін", "Даю согласие", "I agree");
/// Button.
pub const REFUSE: Phrase = Phrase::new("Бас тартамын", "Отказываюсь", "I refuse");
/// Title.
pub const HOW_TO_ANSWER: Phrase = Phrase::new(
    "Мемлекеттік сервиске қалай жауап бересіз?",
    "Как вы ответите государственному сервису?",
    "How will you answer the state service?",
);
/// Option.
pub const BY_CODE: Phrase =
    Phrase::new("SMS-тегі кодты осында теру", "Ввести здесь код из SMS", "Type the code of an SMS here");
/// Its second line.
pub const BY_CODE_DETAIL: Phrase =
    Phrase::new("Код 1414 нөмірінен келеді", "Код придёт от 1414", "The code comes from 1414");
/// Option.
pub const BY_SIGNATURE: Phrase = Phrase::new(
    "Осында ЭЦҚ-мен келісу",
    "Согласиться здесь с помощью ЭЦП",
    "Agree here by electronic signature",
);
/// Its second line.
pub const BY_SIGNATURE_DETAIL: Phrase = Phrase::new(
    "Келісімге телефонда eGov Mobile арқылы қол қоясыз",
    "Подпишете согласие на телефоне в eGov Mobile",
    "You sign the consent on your phone in eGov Mobile",
);
/// Title.
pub const OWN_CONSENT: Phrase =
    Phrase::new("Қол қойылатын келісім", "Согласие, которое вы подпишете", "The consent that you sign");
/// Button.
pub const SIGN_CONSENT: Phrase =
    Phrase::new("Келісемін, қол қоямын", "Даю согласие, подпишу", "I agree, sign it");
/// Option.
pub const BY_REPLY: Phrase =
    Phrase::new("1414 SMS-іне жауап беру", "Ответить на SMS от 1414", "Answer an SMS from 1414");
/// Its second line.
pub const BY_REPLY_DETAIL: Phrase = Phrase::new(
    "SMS-те жазылғандай жауап бересіз",
    "Ответите так, как написано в SMS",
    "You answer as the SMS says",
);
/// Title.
pub const STATE_CODE: Phrase =
    Phrase::new("1414 SMS-індегі код", "Код из SMS от 1414", "The code in the SMS from 1414");
/// Lead.
pub const STATE_CODE_LEAD: Phrase = Phrase::new(
    "SMS Мобильді азаматтар базасындағы нөміріңізге жіберілді. Ол бірден келмеуі мүмкін.",
    "SMS отправлено на номер из Базы мобильных граждан. Оно приходит не всегда сразу.",
    "The SMS went to your number in the database of mobile citizens. It may take a while.",
);
/// Lead.
pub const STATE_CODE_ALREADY: Phrase = Phrase::new(
    "Код сізге бұрын жіберілген, соны теріңіз. Жаңа SMS келмейді.",
    "Код уже был отправлен вам ранее, введите его. Новое SMS не придёт.",
    "A code was sent to you before, use it. No new SMS will come.",
);
/// Error.
pub const TRIES_LEFT: Phrase = Phrase::new(
    "Код дұрыс емес. Қалған мүмкіндік: {}",
    "Неверный код. Осталось попыток: {}",
    "The code is wrong. Attempts left: {}",
);
/// Title.
pub const REPLY: Phrase =
    Phrase::new("1414 SMS-іне жауап беріңіз", "Ответьте на SMS от 1414", "Answer the SMS from 1414");
/// Text.
pub const REPLY_TEXT: Phrase = Phrase::new(
    "Мобильді азаматтар базасындағы нөміріңізге 1414 нөмірінен SMS жіберілді. Ол бірден келмеуі мүмкін. Онда жазылғандай жауап беріңіз, экран өзі ауысады.",
    "На номер из Базы мобильных граждан отправлено SMS от 1414, оно приходит не всегда сразу. Ответьте так, как в нём написано, экран сменится сам.",
    "An SMS from 1414 was sent to your number in the database of mobile citizens; it may take a while. Answer as it says; the screen changes by itself.",
);
/// Title.
pub const IS_THIS_YOU: Phrase = Phrase::new("Бұл сіз бе?", "Это вы?", "Is this you?");
/// Button.
pub const YES_ME: Phrase = Phrase::new("Иә, бұл менмін", "Да, это я", "Yes, this is me");
/// Button.
pub const NOT_ME: Phrase = Phrase::new("Жоқ", "Нет", "No");
/// Fact.
pub const SURNAME: Phrase = Phrase::new("Тегі", "Фамилия", "Surname");
/// Fact.
pub const GIVEN_NAME: Phrase = Phrase::new("Аты", "Имя", "Given name");
/// Fact.
pub const PATRONYMIC: Phrase = Phrase::new("Әкесінің аты", "Отчество", "Patronymic");
/// Fact.
pub const DOCUMENT: Phrase = Phrase::new("Құжат", "Документ", "Document");
/// Fact.
pub const VALID_UNTIL: Phrase = Phrase::new("Жарамдылық мерзімі", "Действителен до", "Valid until");
/// Fact.
pub const REGISTERED_AS: Phrase = Phrase::new("Мәртебеңіз", "Статус", "Your status");
/// Fact.
pub const CONSENT_NUMBER: Phrase = Phrase::new("Келісім нөмірі", "Номер согласия", "Number of your consent");
/// Kind of document.
pub const IDENTITY_CARD: Phrase = Phrase::new("жеке куәлік", "удостоверение личности", "identity card");
/// Kind of document.
pub const PASSPORT: Phrase = Phrase::new("паспорт", "паспорт", "passport");
/// Kind of document.
pub const RESIDENCE_PERMIT: Phrase = Phrase::new("тұруға ықтиярхат", "вид на жительство", "residence permit");
/// Kind of document.
pub const STATELESS: Phrase = Phrase::new(
    "азаматтығы жоқ тұлғаның куәлігі",
    "удостоверение лица без гражданства",
    "certificate of a stateless person",
);
/// Title.
pub const YOUR_NUMBER: Phrase =
    Phrase::new("Ұялы телефон нөміріңіз", "Номер вашего мобильного телефона", "Your mobile number");
/// Lead.
pub const YOUR_NUMBER_LEAD: Phrase = Phrase::new(
    "Сіздің атыңызға тіркелген нөмір. Осы нөмірге код жібереміз.",
    "Номер, оформленный на вас. На него придёт код.",
    "A number that is yours. We send a code to it.",
);
/// Error.
pub const NUMBER_NOT_USABLE: Phrase = Phrase::new(
    "Бұл Қазақстанның ұялы нөмірі емес.",
    "Это не мобильный номер Казахстана.",
    "This is not a mobile number of Kazakhstan.",
);
/// Error.
pub const NUMBER_NOT_OWNED: Phrase = Phrase::new(
    "Бұл нөмір сізге тіркелмеген. Өз нөміріңізді теріңіз.",
    "Этот номер оформлен не на вас. Введите свой номер.",
    "This number is not registered to you. Type your own.",
);
/// Title.
pub const PICTURE: Phrase =
    Phrase::new("Енді сурет түсіреміз", "Теперь сделаем снимок", "Now we take your picture");
/// Text.
pub const PICTURE_TEXT: Phrase = Phrase::new(
    "Камераға тура қараңыз, бетіңіз толық көрінсін, аузыңызды жабыңыз, күлмеңіз. Көзілдірік пен бас киімді шешіңіз. Кадрда басқа адам болмасын.",
    "Смотрите прямо в камеру, лицо видно полностью, рот закрыт, без улыбки. Снимите очки и головной убор. В кадре не должно быть других людей.",
    "Look straight into the camera, your whole face visible, mouth closed, no smile. Take off glasses and hat. Nobody else may be in the picture.",
);
/// Text.
pub const PICTURE_WHY: Phrase = Phrase::new(
    "Сурет деректеріңізді салыстыру үшін ғана керек. Құжаттың суреті түсірілмейді.",
    "Снимок нужен только для сверки ваших данных. Документ не фотографируется.",
    "The picture serves to compare your data. Your document is not photographed.",
);
/// Title.
pub const STATEMENT: Phrase =
    Phrase::new("Тіркелу туралы өтініш", "Заявление о регистрации", "Your registration statement");
/// Button.
pub const SIGN: Phrase = Phrase::new("ЭЦҚ-мен қол қою", "Подписать ЭЦП", "Sign electronically");
/// Title.
pub const PIN_OFFER: Phrase = Phrase::new("Сіз тіркелдіңіз", "Вы зарегистрированы", "You are registered");
/// Text.
pub const PIN_OFFER_TEXT: Phrase = Phrase::new(
    "Кабинетке SMS-код арқылы кіресіз. Қаласаңыз, оған қоса PIN-код қойыңыз.",
    "Вход в кабинет – по коду из SMS. Если хотите, задайте ещё и PIN-код.",
    "You log in by a code in an SMS. If you like, set a PIN as well.",
);
/// Button.
pub const SET_PIN: Phrase = Phrase::new("PIN-код қою", "Задать PIN-код", "Set a PIN");
/// Button.
pub const NO_PIN: Phrase = Phrase::new("PIN-код керек емес", "Без PIN-кода", "No PIN");
/// Title.
pub const NEW_PIN: Phrase = Phrase::new("PIN-код ойлап табыңыз", "Придумайте PIN-код", "Choose a PIN");
/// Title.
pub const PIN_AGAIN: Phrase =
    Phrase::new("PIN-кодты тағы бір рет теріңіз", "Введите PIN-код ещё раз", "Type the PIN once more");
/// Lead.
pub const PIN_LEAD: Phrase = Phrase::new(
    "{} цифр. Туған күніңіз, 123456 не 111111 болмасын. Ешкімге айтпаңыз.",
    "{} цифр. Не дата рождения, не 123456 и не 111111. Никому не сообщайте.",
    "{} digits. Not your birth date, not 123456, not 111111. Tell nobody.",
);
/// Error.
pub const PIN_DIFFERS: Phrase = Phrase::new(
    "Екеуі бірдей емес. Қайтадан бастаңыз.",
    "PIN-коды не совпали. Начните снова.",
    "The two differ. Begin again.",
);
/// Error.
pub const PIN_LENGTH: Phrase =
    Phrase::new("Цифр саны сәйкес емес.", "Не то количество цифр.", "The number of digits is wrong.");
/// Error.
pub const PIN_SIMPLE: Phrase = Phrase::new(
    "Мұны болжау оңай. Басқасын таңдаңыз.",
    "Его легко угадать. Выберите другой.",
    "It is easily guessed. Choose another.",
);
/// Title.
pub const DONE: Phrase = Phrase::new("Дайын", "Готово", "Done");
/// Text.
pub const DONE_TEXT: Phrase = Phrase::new(
    "Енді ЖСН мен SMS-код арқылы кіре аласыз.",
    "Теперь вы можете входить по ИИН и коду из SMS.",
    "From now on you log in by IIN and a code in an SMS.",
);
/// Text.
pub const PIN_SET: Phrase = Phrase::new(
    "PIN-код қойылды: онымен де кіре аласыз.",
    "PIN-код задан: по нему тоже можно войти.",
    "The PIN is set: you can log in by it too.",
);
/// Button.
pub const APPLY: Phrase = Phrase::new("Микрокредит алу", "Получить микрокредит", "Get a microcredit");
/// Fact.
pub const REFERENCE: Phrase = Phrase::new("Өтініш нөмірі", "Номер обращения", "Reference");

/// Title.
pub const ALREADY: Phrase =
    Phrase::new("Сіз тіркелгенсіз", "Вы уже зарегистрированы", "You are registered already");
/// Text.
pub const ALREADY_TEXT: Phrase = Phrase::new(
    "Мәзірден «Микрокредит алу» таңдап, ЖСН мен SMS-код арқылы кіріңіз.",
    "Выберите в меню «Получить микрокредит» и войдите по ИИН и коду из SMS.",
    "Choose “Get a microcredit” in the menu and log in by IIN and a code in an SMS.",
);
/// Title.
pub const REFUSED_CONSENT: Phrase =
    Phrase::new("Жарайды, тіркемейміз", "Хорошо, без регистрации", "All right, no registration");
/// Text.
pub const REFUSED_CONSENT_TEXT: Phrase = Phrase::new(
    "Келісімсіз деректеріңізді сұрай алмаймыз, ешнәрсе сұралған жоқ. Кейін қайта келе аласыз немесе біздің кеңседе тіркеле аласыз.",
    "Без согласия мы не можем запросить ваши данные, и ничего не запрошено. Вы можете вернуться позже или зарегистрироваться в нашем офисе.",
    "Without your consent we cannot ask for your data, and nothing was asked. You may come back later or register at our office.",
);
/// Title.
pub const NO_NUMBER: Phrase =
    Phrase::new("Базада нөміріңіз жоқ", "Вашего номера нет в базе", "Your number is not in the database");
/// Text.
pub const NO_NUMBER_TEXT: Phrase = Phrase::new(
    "Мобильді азаматтар базасына egov.kz порталында тіркеліңіз: QR-кодты телефонмен оқыңыз. Содан кейін осында қайта келіңіз.",
    "Зарегистрируйтесь в Базе мобильных граждан на портале egov.kz: считайте QR-код телефоном. После этого приходите снова.",
    "Register in the database of mobile citizens at egov.kz: read the QR code with your phone. Then come back.",
);
/// Title.
pub const DOCUMENT_OVER: Phrase =
    Phrase::new("Құжаттың мерзімі өткен", "Срок документа истёк", "Your document is not valid any more");
/// Text.
pub const DOCUMENT_OVER_TEXT: Phrase = Phrase::new(
    "Мемлекеттік деректер бойынша құжатыңыздың мерзімі өткен. Құжатты жаңартқаннан кейін келіңіз.",
    "По государственным данным срок вашего документа истёк. Приходите, когда обновите документ.",
    "By the state's data your document is not valid any more. Come back when you have renewed it.",
);
/// Title.
pub const ACCESS_REFUSED: Phrase =
    Phrase::new("Қолжетімділікке келісім жоқ", "Нет согласия на доступ", "No consent to access");
/// Text.
pub const ACCESS_REFUSED_TEXT: Phrase = Phrase::new(
    "Мемлекеттік сервис келісім алмады немесе ол қайтарып алынды. Деректеріңіз енді сұралмайды. Басқа тәсілмен немесе біздің кеңседе қайталай аласыз.",
    "Государственный сервис не получил согласия, или оно отозвано. Ваши данные больше не запрашиваются. Можно попробовать другим способом или в нашем офисе.",
    "The state service has no consent of yours, or it was taken back. Your data are not asked for any more. You may try another way, or our office.",
);
/// Title.
pub const NO_ANSWER: Phrase =
    Phrase::new("Жауап уақыты бітті", "Время ответа истекло", "The time to answer is over");
/// Text.
pub const NO_ANSWER_TEXT: Phrase = Phrase::new(
    "Жауап немесе код уақытында келмеді. Қайтадан бастай аласыз.",
    "Ответ или код не получен вовремя. Вы можете начать снова.",
    "The answer or the code did not come in time. You may begin again.",
);
/// Title.
pub const NOT_IDENTIFIED: Phrase =
    Phrase::new("Тіркеу мүмкін болмады", "Зарегистрировать не удалось", "We could not register you");
/// Text.
pub const NOT_IDENTIFIED_TEXT: Phrase = Phrase::new(
    "Деректерді растай алмадық. Құжатыңызбен біздің кеңсеге келіңіз немесе қоңырау шалыңыз.",
    "Подтвердить данные не удалось. Приходите в наш офис с документом или позвоните нам.",
    "The data could not be confirmed. Please come to our office with your document, or call us.",
);
/// Title.
pub const ELSEWHERE: Phrase = Phrase::new(
    "Тіркелу басқа жерде жалғасуда",
    "Регистрация продолжается в другом месте",
    "Your registration goes on elsewhere",
);
/// Text.
pub const ELSEWHERE_TEXT: Phrase = Phrase::new(
    "Бұл тіркелу басқа терминалда жалғасты. Егер бұл сіз болмасаңыз, бізге қоңырау шалыңыз.",
    "Эта регистрация продолжена на другом терминале. Если это были не вы, позвоните нам.",
    "This registration was continued at another terminal. If that was not you, call us.",
);
/// Title.
pub const NOT_SIGNED: Phrase =
    Phrase::new("Қол қою қалды", "Осталось подписать", "Only the signature is missing");
/// Text.
pub const NOT_SIGNED_TEXT: Phrase = Phrase::new(
    "Өтінішке ЭЦҚ қойылмады. Бәрі сақталды: қайта келгенде осы жерден жалғастырасыз.",
    "Заявление не подписано ЭЦП. Всё сохранено: в следующий раз вы продолжите с этого места.",
    "The statement was not signed electronically. Everything is kept: next time you go on from here.",
);
