//! What the keypad's user hears beside the screens' own words.

use super::Phrase;

/// Headphones are in.
pub const HELLO: Phrase = Phrase::new(
    "Терминал экранды оқып береді. Төмен және жоғары пернелерімен жылжыңыз, ортаңғысымен таңдаңыз.",
    "Терминал читает экран вслух. Двигайтесь клавишами вниз и вверх, выбирайте средней.",
    "The terminal reads the screen to you. Move with the keys down and up, choose with the middle one.",
);
/// An element that does something.
pub const BUTTON: Phrase = Phrase::new("түйме", "кнопка", "button");
/// It does nothing now.
pub const NOT_NOW: Phrase = Phrase::new("әзірге қолжетімсіз", "пока недоступно", "not available yet");
/// Something with less and more.
pub const SLIDER: Phrase = Phrase::new(
    "солға – азырақ, оңға – көбірек",
    "влево – меньше, вправо – больше",
    "left is less, right is more",
);
/// All keys of a board in one element.
pub const DIAL: Phrase = Phrase::new(
    "Теру. Оңға және солға пернелерімен таңбаны табыңыз, ортаңғысымен енгізіңіз.",
    "Набор. Найдите знак клавишами вправо и влево, введите средней.",
    "Typing. Find the sign with the keys right and left, enter it with the middle one.",
);
/// The same for what nobody may hear.
pub const SECRET_DIAL: Phrase = Phrase::new(
    "Құпия теру: цифрлар айтылмайды. Оңға пернесін цифр қанша болса, сонша рет басыңыз, нөл үшін – он рет, сосын ортаңғысын басыңыз.",
    "Тайный набор: цифры не произносятся. Нажмите вправо столько раз, какова цифра, для нуля – десять раз, затем среднюю клавишу.",
    "Secret typing: digits are not said. Press right as many times as the digit says, ten times for zero, then the middle key.",
);
/// One press of it.
pub const TICK: Phrase = Phrase::new("тық", "щёлк", "tick");
/// Enter without a press before.
pub const NOTHING_DIALLED: Phrase =
    Phrase::new("Цифр таңдалған жоқ", "Цифра не выбрана", "No digit was chosen");
/// No way back from here.
pub const NO_WAY_BACK: Phrase =
    Phrase::new("Мұнда артқа қайту жоқ", "Назад отсюда нельзя", "There is no way back here");
