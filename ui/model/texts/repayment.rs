//! What is said while somebody repays.

use super::Phrase;

/// An errand.
pub const REPAY: Phrase = Phrase::new("Микрокредитті өтеу", "Погасить микрокредит", "Repay a microcredit");
/// Its second line.
pub const REPAY_DETAIL: Phrase = Phrase::new(
    "Қолма-қол, өзіңіз немесе басқа адам үшін: шарт нөмірі немесе QR-код жеткілікті",
    "Наличными, за себя или другого: достаточно номера договора или QR-кода",
    "In banknotes, for yourself or another: a contract number or QR code is enough",
);
/// Title.
pub const WHICH_WAY: Phrase =
    Phrase::new("Шартты қалай табамыз?", "Как найти договор?", "How do we find the contract?");
/// Option.
pub const BY_LOGIN: Phrase = Phrase::new("ЖСН бойынша кіру", "Войти по ИИН", "Log in with your IIN");
/// Its second line.
pub const BY_LOGIN_DETAIL: Phrase = Phrase::new(
    "Қарызды, мерзімдерді көресіз және мерзімінен бұрын төлей аласыз",
    "Вы увидите долг и сроки и сможете погасить досрочно",
    "You see the debt and the dates, and can repay early",
);
/// Option.
pub const BY_NUMBER: Phrase =
    Phrase::new("Шарт нөмірі бойынша", "По номеру договора", "By the number of the contract");
/// Its second line.
pub const BY_NUMBER_DETAIL: Phrase = Phrase::new(
    "Басқа адам үшін де төлеуге болады",
    "Можно заплатить и за другого человека",
    "You can pay for somebody else too",
);
/// Option.
pub const BY_CODE: Phrase =
    Phrase::new("Түбіртектегі QR-код бойынша", "По QR-коду с квитанции", "By the QR code on a receipt");
/// Its second line.
pub const BY_CODE_DETAIL: Phrase = Phrase::new(
    "Кодты камераға көрсетсеңіз болғаны, нөмір терудің қажеті жоқ",
    "Покажите код камере, набирать номер не нужно",
    "Show the code to the camera, there is nothing to type",
);
/// Button.
pub const SHOW_CODE: Phrase = Phrase::new("QR-код бойынша", "По QR-коду", "By a QR code");
/// Title.
pub const CODE: Phrase = Phrase::new(
    "Түбіртектегі QR-кодты камераға көрсетіңіз",
    "Покажите камере QR-код с квитанции",
    "Show the camera the QR code on the receipt",
);
/// What to do.
pub const HOLD_CODE: Phrase = Phrase::new(
    "Түбіртекті камераға шамамен 20 сантиметр жақындатып, қозғамай ұстаңыз. Код терезеге толық сыйсын.",
    "Держите квитанцию неподвижно примерно в 20 сантиметрах от камеры. Код должен быть виден в окне целиком.",
    "Hold the receipt still, about 20 centimetres from the camera, so that the whole code is in the window.",
);
/// Which code.
pub const WHERE_CODE: Phrase = Phrase::new(
    "Код алдыңғы төлем түбіртегінің төменгі жағында.",
    "Код напечатан внизу квитанции о прошлом платеже.",
    "The code is at the bottom of the receipt of an earlier payment.",
);
/// A code for something else.
pub const OTHER_CODE: Phrase = Phrase::new(
    "Бұл басқа код. Біздің төлем түбіртегіндегі кодты көрсетіңіз.",
    "Это другой код. Покажите код с нашей квитанции об оплате.",
    "This is another code. Show the one on our payment receipt.",
);
/// A code that does not check.
pub const DAMAGED_CODE: Phrase = Phrase::new(
    "Бұл кодтағы нөмір дұрыс емес. Шарт нөмірін қолмен теріңіз.",
    "Номер в этом коде неверен. Наберите номер договора вручную.",
    "The number in this code is not right. Type the number of the contract.",
);
/// Button.
pub const TYPE_INSTEAD: Phrase = Phrase::new("Нөмірді теру", "Набрать номер", "Type the number");
/// Error.
pub const NO_CODE: Phrase = Phrase::new(
    "QR-код көрінбеді. Шарт нөмірін теріңіз немесе кодты тағы көрсетіп көріңіз.",
    "QR-код не удалось увидеть. Наберите номер договора или покажите код ещё раз.",
    "No QR code was seen. Type the number of the contract, or show the code once more.",
);
/// Error.
pub const NO_CAMERA: Phrase = Phrase::new(
    "Камера қазір жұмыс істемейді. Шарт нөмірін теріңіз.",
    "Камера сейчас не работает. Наберите номер договора.",
    "The camera does not work now. Type the number of the contract.",
);
/// Title.
pub const NUMBER: Phrase =
    Phrase::new("Шарт нөмірін теріңіз", "Наберите номер договора", "Type the number of the contract");
/// What helps.
pub const NUMBER_LEAD: Phrase = Phrase::new(
    "Нөмір шартта және төлем түбіртегінде жазылған. Тек цифрлар.",
    "Номер написан в договоре и на квитанции об оплате. Только цифры.",
    "The number is on the contract and on payment receipts. Digits only.",
);
/// What helps while there is no connection.
pub const NUMBER_OFFLINE: Phrase = Phrase::new(
    "Қазір байланыс жоқ: нөмірді өзіңіз мұқият тексеріңіз. Ақша тексеруден кейін есептеледі.",
    "Сейчас нет связи: проверьте номер внимательно сами. Деньги будут зачислены после проверки.",
    "There is no connection now: check the number carefully yourself. The money is credited after verification.",
);
/// Error.
pub const NUMBER_WRONG: Phrase = Phrase::new(
    "Мұндай нөмір болуы мүмкін емес. Цифрларды салыстырыңыз.",
    "Такого номера быть не может. Сравните цифры.",
    "There can be no such number. Compare the digits.",
);
/// Error.
pub const NUMBER_UNKNOWN: Phrase = Phrase::new(
    "Мұндай нөмірлі шартты таппадық. Цифрларды салыстырыңыз.",
    "Мы не нашли договор с таким номером. Сравните цифры.",
    "We found no contract with this number. Compare the digits.",
);
/// Title while something is looked up.
pub const LOOKING: Phrase =
    Phrase::new("Шартты іздеп жатырмыз", "Ищем договор", "We are looking for the contract");
/// Title while debts are asked for.
pub const ASKING: Phrase =
    Phrase::new("Қарызды есептеп жатырмыз", "Считаем долг", "We are working out the debt");
/// Title.
pub const WHICH_CONTRACT: Phrase = Phrase::new(
    "Қай шарт бойынша төлейсіз?",
    "По какому договору платите?",
    "Which contract do you pay for?",
);
/// Contract with its number.
pub const CONTRACT: Phrase = Phrase::new("Шарт {}", "Договор {}", "Contract {}");
/// Sum of a debt.
pub const DEBT: Phrase = Phrase::new("Барлық қарыз {}", "Весь долг {}", "The whole debt {}");
/// Standing.
pub const SUSPENDED: Phrase = Phrase::new(
    "Төлемдер {} күнінен тоқтатылған, қазір төлеу міндетті емес",
    "Платежи приостановлены с {}, сейчас платить не обязательно",
    "Payments are suspended since {}, none is required now",
);
/// Standing.
pub const WRITTEN_OFF: Phrase = Phrase::new(
    "Сот шешімімен есептен шығарылған, төлеудің қажеті жоқ",
    "Списан по решению суда, платить не нужно",
    "Written off by a court judgment, there is nothing to pay",
);
/// Title.
pub const HOW_MUCH: Phrase = Phrase::new("Қанша төлейсіз?", "Сколько вы платите?", "How much do you pay?");
/// Parts of a debt as of a day.
pub const PARTS: Phrase = Phrase::new(
    "Барлық қарыз ({}): {}\nНегізгі борыш {} · сыйақы {} · тұрақсыздық айыбы (өсімпұл) {}.",
    "Весь долг на {}: {}\nОсновной долг {} · вознаграждение {} · неустойка {}.",
    "The whole debt on {}: {}\nPrincipal {} · interest {} · penalty {}.",
);
/// Interest of a suspension.
pub const SUSPENSION_INTEREST: Phrase = Phrase::new(
    "Оның ішінде тоқтатылған уақыт үшін сыйақы {}.",
    "В том числе вознаграждение за время приостановки {}.",
    "Of this, interest while payments were paused: {}.",
);
/// Way to pay.
pub const DUE: Phrase = Phrase::new("Бүгін төленетіні: {}", "К оплате сегодня: {}", "Due today: {}");
/// Way to pay.
pub const NEXT: Phrase = Phrase::new("Келесі төлем: {}", "Следующий платёж: {}", "The next payment: {}");
/// Its second line.
pub const NEXT_DETAIL: Phrase = Phrase::new(
    "Мерзімі {}, ақша сол күнді күтеді",
    "Срок {}, деньги дождутся его",
    "Due on {}, the money waits for that day",
);
/// Way to pay.
pub const FULL: Phrase =
    Phrase::new("Толығымен, мерзімінен бұрын: {}", "Полностью, досрочно: {}", "All of it, early: {}");
/// Second line of an early repayment.
pub const FREE: Phrase = Phrase::new(
    "Мерзімінен бұрын өтегені үшін ақы алынбайды",
    "За досрочность ничего не берём",
    "Paying early costs nothing",
);
/// Way to pay.
pub const SHORTER: Phrase = Phrase::new(
    "Бір бөлігін мерзімінен бұрын: мерзім қысқарады",
    "Часть досрочно: срок станет короче",
    "A part early: the term gets shorter",
);
/// Way to pay.
pub const SMALLER: Phrase = Phrase::new(
    "Бір бөлігін мерзімінен бұрын: төлемдер азаяды",
    "Часть досрочно: платежи станут меньше",
    "A part early: the payments get smaller",
);
/// Title.
pub const BEFORE: Phrase =
    Phrase::new("Ақша салмас бұрын", "Прежде чем вносить деньги", "Before you put money in");
/// Rule.
pub const ONE_BY_ONE: Phrase = Phrase::new(
    "Банкноттарды бір-бірден салыңыз. Қабылданған банкнот қайтарылмайды, терминал қайтарым бермейді.",
    "Вносите банкноты по одной. Принятая банкнота не возвращается, сдачи терминал не даёт.",
    "Put the notes in one by one. A note that was taken does not come back, and there is no change.",
);
/// Rule.
pub const MORE_THAN_DUE: Phrase = Phrase::new(
    "Артық ақша жоғалмайды: ол келесі төлем күнін күтеді, ал барлық қарыздан артығын аударыммен немесе кассада қайтарамыз.",
    "Лишнее не пропадёт: оно дождётся следующего срока, а сверх всего долга вернём переводом или в кассе.",
    "Money above it is not lost: it waits for the next due day, and what exceeds the whole debt we return by transfer or \
     at the cash desk.",
);
/// Rule, for a part paid early.
pub const MORE_IS_EARLY: Phrase = Phrase::new(
    "Бүгін төленетін сомадан артығы мерзімінен бұрын өтеуге жұмсалады, ал барлық қарыздан артығын аударыммен немесе кассада \
     қайтарамыз.",
    "Что сверх суммы на сегодня, пойдёт в досрочное погашение, а сверх всего долга вернём переводом или в кассе.",
    "Money above what is due today repays early, and what exceeds the whole debt we return by transfer or at the cash desk.",
);
/// Rule, for all of it paid early.
pub const MORE_THAN_DEBT: Phrase = Phrase::new(
    "Барлық қарыздан артық ақшаны аударыммен немесе кассада қайтарамыз.",
    "Деньги сверх всего долга вернём переводом или в кассе.",
    "Money above the whole debt we return by transfer or at the cash desk.",
);
/// Rule.
pub const OFFLINE: Phrase = Phrase::new(
    "Қазір байланыс жоқ. Ақша тексеруден кейін есептеледі; нөмірді тағы бір рет тексеріңіз.",
    "Сейчас нет связи. Деньги будут зачислены после проверки; сверьте номер ещё раз.",
    "There is no connection now. The money is credited after verification; check the number once more.",
);
/// Rule.
pub const NO_PAPER: Phrase = Phrase::new(
    "Түбіртек басып шығарылмайды: операция нөмірі тек экранда болады, оны жазып алыңыз немесе суретке түсіріңіз.",
    "Квитанция не напечатается: номер операции будет только на экране, запишите или сфотографируйте его.",
    "No receipt can be printed: the operation number will be on the screen only. Write it down or take a picture.",
);
/// Fact.
pub const FACT_NUMBER: Phrase = Phrase::new("Шарт нөмірі", "Номер договора", "Number of the contract");
/// Fact.
pub const FACT_HOLDER: Phrase = Phrase::new("Қарыз алушы", "Заёмщик", "Borrower");
/// Fact.
pub const FACT_TARGET: Phrase = Phrase::new("Төленетін сома", "Сумма к оплате", "To pay");
/// Fact.
pub const FACT_LIMIT: Phrase =
    Phrase::new("Бір төлемде ең көбі", "Можно внести не больше", "You can put in at most");
/// Fact.
pub const FACT_NOTES: Phrase =
    Phrase::new("Қабылданатын банкноттар", "Принимаются банкноты", "Notes accepted");
/// Fact.
pub const FACT_INSERTED: Phrase = Phrase::new("Қабылданды", "Принято", "Put in so far");
/// Fact.
pub const FACT_LEFT: Phrase = Phrase::new("Тағы төлеу керек", "Осталось внести", "Still to pay");
/// Fact, while something is due today.
pub const FACT_LEFT_TODAY: Phrase =
    Phrase::new("Бүгін тағы төлеу керек", "Осталось оплатить сегодня", "Still to pay today");
/// Fact, where notes cannot make the sum: the least sum of notes that pays all of it.
pub const FACT_COVERING: Phrase =
    Phrase::new("Толық төлеу үшін банкнотпен", "Банкнотами для полной оплаты", "In notes, to pay it in full");
/// Button.
pub const START: Phrase = Phrase::new("Ақша салу", "Внести деньги", "Put money in");
/// Button.
pub const NOT_NOW: Phrase = Phrase::new("Төлемеймін", "Не буду платить", "I do not pay");
/// Title.
pub const OPENING: Phrase = Phrase::new(
    "Қабылдағышты дайындап жатырмыз",
    "Готовим купюроприёмник",
    "The acceptor is being made ready",
);
/// Title.
pub const INSERT: Phrase = Phrase::new("Банкнот салыңыз", "Вставьте банкноту", "Put a note in");
/// Button.
pub const FINISH: Phrase = Phrase::new("Дайын, төлеу", "Готово, оплатить", "Done, pay");
/// Why a note came back.
pub const REFUSED_HELD: Phrase = Phrase::new(
    "Банкнот қайтарылды: оны түзу, бүктемей, бір-бірден салыңыз.",
    "Банкнота возвращена: вставляйте ровно, без складок, по одной.",
    "The note came back: put it in straight, unfolded, one at a time.",
);
/// Why a note came back.
pub const REFUSED_UNKNOWN: Phrase = Phrase::new(
    "Банкнот танылмады. Басқасын салып көріңіз.",
    "Банкнота не распознана. Попробуйте другую.",
    "The note was not recognised. Try another one.",
);
/// Why a note came back.
pub const REFUSED_VALUE: Phrase = Phrase::new(
    "Мұндай банкнот қазір қабылданбайды. Басқасын салыңыз.",
    "Такая банкнота сейчас не принимается. Вставьте другую.",
    "This note is not taken now. Put in another one.",
);
/// Why a note came back.
pub const OVER_LIMIT: Phrase = Phrase::new(
    "Банкнот қайтарылды: онымен сома {} шегінен асар еді.",
    "Банкнота возвращена: с ней сумма превысила бы предел {}.",
    "The note came back: with it the sum would pass the limit of {}.",
);
/// Title.
pub const TAKE_IT: Phrase =
    Phrase::new("{} банкнотын қабылдаймыз ба?", "Принять банкноту {}?", "Shall we take the note of {}?");
/// Why it is asked.
pub const TAKE_IT_WHY: Phrase = Phrase::new(
    "Онымен төленетін сомадан {} артық болады. Қайтарым берілмейді. Жауап бермесеңіз, банкнотты қайтарамыз.",
    "С ней будет на {} больше, чем к оплате, сдачи нет. Не ответите – банкноту вернём.",
    "With it there is {} more than is to be paid. There is no change. If you do not answer, the note comes back.",
);
/// Button.
pub const TAKE: Phrase = Phrase::new("Қабылдау", "Принять", "Take it");
/// Button.
pub const GIVE_BACK: Phrase = Phrase::new("Қайтару", "Вернуть", "Give it back");
/// Title.
pub const MOVING: Phrase =
    Phrase::new("Банкнот тексерілуде", "Банкнота обрабатывается", "The note is on its way");
/// Title.
pub const CLOSING: Phrase =
    Phrase::new("Қабылдауды аяқтап жатырмыз", "Завершаем приём", "We are closing the acceptor");
/// Title.
pub const CHECKING: Phrase = Phrase::new(
    "Соңғы банкнот қайда екенін тексеріп жатырмыз",
    "Проверяем, где последняя банкнота",
    "We are checking where the last note is",
);
/// What helps.
pub const CHECKING_LEAD: Phrase = Phrase::new(
    "Бір минутқа дейін созылуы мүмкін. Банкнот қайтса, оны алыңыз.",
    "Это может занять до минуты. Если банкнота вернётся, возьмите её.",
    "This can take up to a minute. If the note comes back, take it.",
);
/// Title.
pub const BOOKING: Phrase =
    Phrase::new("Төлемді есепке алып жатырмыз", "Зачисляем платёж", "The payment is being entered");
/// Title.
pub const RECEIVED: Phrase = Phrase::new("{} қабылданды", "Принято {}", "{} was taken");
/// Title when nothing certain was taken and a note is in doubt.
pub const IN_DOUBT_TITLE: Phrase =
    Phrase::new("Банкнотты тексереміз", "Проверим банкноту", "We will look for the note");
/// Fact.
pub const FACT_OPERATION: Phrase = Phrase::new("Операция №", "Операция №", "Operation №");
/// Fact.
pub const FACT_PRINCIPAL: Phrase = Phrase::new("Негізгі борышқа", "В основной долг", "To principal");
/// Fact.
pub const FACT_INTEREST: Phrase = Phrase::new("Сыйақыға", "В вознаграждение", "To interest");
/// Fact.
pub const FACT_PENALTY: Phrase = Phrase::new("Тұрақсыздық айыбына", "В неустойку", "To penalty");
/// Fact.
pub const FACT_HELD: Phrase =
    Phrase::new("Келесі төлем күнін күтеді", "Ждёт следующего срока", "Waits for the next due day");
/// Fact.
pub const FACT_OVERPAID: Phrase = Phrase::new(
    "Барлық қарыздан артық, сіздікі",
    "Сверх всего долга, ваши деньги",
    "Above the whole debt, yours",
);
/// Fact.
pub const FACT_REST: Phrase = Phrase::new("Қалған қарыз", "Остаток долга", "Debt that is left");
/// Fact.
pub const FACT_NEXT: Phrase = Phrase::new("Келесі төлем", "Следующий платёж", "Next payment");
/// Told.
pub const CLOSED: Phrase = Phrase::new(
    "Микрокредит толық өтелді. Рақмет!",
    "Микрокредит погашен полностью. Спасибо!",
    "The microcredit is repaid in full. Thank you!",
);
/// Told, with a day and a sum.
pub const SHORT: Phrase = Phrase::new(
    "Бәрі төленген жоқ: {on} күнінің соңына дейін тағы {sum} төлеу керек.",
    "Оплачено не всё: до конца дня {on} нужно доплатить {sum}.",
    "Not all is paid: {sum} more is due by the end of {on}.",
);
/// Told in place of [`SHORT`] while a note is in doubt, with a day and what is due without it and with it.
pub const SHORT_IN_DOUBT: Phrase = Phrase::new(
    "{on} күнінің соңына дейін төленетіні: бұл банкнотсыз {sum}, онымен бірге {rest}. Табылған банкнотты осы күнмен есептейміз.",
    "До конца дня {on} осталось оплатить: без этой банкноты {sum}, вместе с ней {rest}. Найденную банкноту зачтём этим \
     днём.",
    "Left to pay by the end of {on}: {sum} without this note, {rest} with it. A note that is found is credited as of that day.",
);
/// Told in place of [`SHORT`] while a note is in doubt that covers the rest.
pub const COVERED_IN_DOUBT: Phrase = Phrase::new(
    "Бұл банкнотпен бүгінгі төлем толық төленген, онсыз {on} күнінің соңына дейін тағы {sum} қалады. Табылған банкнотты осы \
     күнмен есептейміз.",
    "С этой банкнотой на сегодня оплачено всё, без неё до конца дня {on} осталось бы {sum}. Найденную банкноту зачтём этим \
     днём.",
    "With this note all of today's is paid, without it {sum} would be left by the end of {on}. A note that is found is \
     credited as of that day.",
);
/// Told after [`SHORT`] and what stands in its place, where a delay costs something.
pub const DELAY_COSTS: Phrase = Phrase::new(
    "Кешіктірілген әр күн үшін тұрақсыздық айыбы есептеледі.",
    "За каждый день просрочки начисляется неустойка.",
    "A penalty is charged for each day of delay.",
);
/// Told.
pub const AFTER_VERIFICATION: Phrase = Phrase::new(
    "Ақша тексеруден кейін есептеледі. Операция нөмірін сақтап қойыңыз.",
    "Деньги будут зачислены после проверки. Сохраните номер операции.",
    "The money is credited after verification. Keep the number of the operation.",
);
/// Told.
pub const OVERPAID: Phrase = Phrase::new(
    "Қарыздан артық ақша сізге тиесілі: оны аударыммен немесе кассамыздан ала аласыз.",
    "Деньги сверх долга ваши: их можно получить переводом или в нашей кассе.",
    "Money above the debt is yours: you can have it by transfer or at our cash desk.",
);
/// Told.
pub const IN_DOUBT: Phrase = Phrase::new(
    "{} банкноттың қайда екені нақты белгісіз. Ол әлі есептелген жоқ. Қызметкерлеріміз қабылдағышты ашып, оны табады және \
     есептейді немесе қайтарады. Операция нөмірін сақтаңыз.",
    "Неизвестно, где банкнота {}. Она ещё не зачислена. Сотрудники откроют купюроприёмник, найдут её и зачтут или вернут. \
     Сохраните номер операции.",
    "It is not known where the note of {} is. It is not credited yet. Our staff will open the acceptor, find it and \
     credit it or give it back. Keep the operation number.",
);
/// Told.
pub const NOT_PRINTED: Phrase = Phrase::new(
    "Түбіртек басылмады. Операция нөмірін жазып алыңыз.",
    "Квитанция не напечатана. Запишите номер операции.",
    "The receipt could not be printed. Please write down the operation number.",
);
/// Told.
pub const PRINTED: Phrase =
    Phrase::new("Түбіртекті алыңыз.", "Возьмите квитанцию.", "Please take the receipt.");
/// Button.
pub const DONE: Phrase = Phrase::new("Дайын", "Готово", "Done");
/// Title.
pub const NOTHING_TAKEN: Phrase = Phrase::new("Ақша алынған жоқ", "Деньги не приняты", "No money was taken");
/// Why.
pub const NOTHING_DEVICE: Phrase = Phrase::new(
    "Қабылдағыш қазір жұмыс істемейді. Кейінірек келіңіз немесе бізге қоңырау шалыңыз.",
    "Купюроприёмник сейчас не работает. Попробуйте позже или позвоните нам.",
    "The acceptor does not work now. Please try later, or call us.",
);
/// Why.
pub const NOTHING_CANCELLED: Phrase =
    Phrase::new("Сіз төлемді тоқтаттыңыз.", "Вы остановили платёж.", "You stopped the payment.");
/// Why.
pub const NOTHING_TIMED_OUT: Phrase = Phrase::new(
    "Банкнот салынбады, сондықтан аяқтадық.",
    "Банкноты не вносились, поэтому мы завершили.",
    "No note was put in, so we ended here.",
);
/// Title.
pub const NO_DEBT: Phrase =
    Phrase::new("Бүгін төлейтін ештеңе жоқ", "Сегодня платить нечего", "Nothing to pay today");
/// Below it.
pub const NO_DEBT_TEXT: Phrase = Phrase::new(
    "Қазір төлейтін ештеңе жоқ. Ақша алынған жоқ.",
    "Платить сейчас нечего. Деньги не внесены.",
    "There is nothing to pay now. No money was taken.",
);
/// Below [`NOT_PAYABLE`].
pub const NOT_PAYABLE_TEXT: Phrase = Phrase::new(
    "Ақша алынған жоқ. Себебін білу үшін қоңырау шалыңыз: нөмір «Көмек» түймесінде.",
    "Деньги не внесены. Причину подскажут по телефону, он на кнопке «Помощь».",
    "No money was taken. To learn why, please call us: the number is at “Help”.",
);
/// Title.
pub const NOT_PAYABLE: Phrase = Phrase::new(
    "Бұл шарт бойынша төлем қабылданбайды",
    "По этому договору платежи не принимаются",
    "No payment is taken for this contract",
);
/// Why an errand is not possible now.
pub const ACCEPTOR: Phrase =
    Phrase::new("Қабылдағыш жұмыс істемейді", "Купюроприёмник не работает", "The acceptor does not work");
