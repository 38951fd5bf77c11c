//! What a microcredit is for.

use super::Phrase;

/// Title.
pub const TITLE: Phrase =
    Phrase::new("Микрокредит не үшін керек?", "Для чего вам микрокредит?", "What is the microcredit for?");
/// Above the answers.
pub const LEAD: Phrase = Phrase::new(
    "Шарттың талаптары соған байланысты. Бизнеске алған ақшаны тек бизнеске жұмсаңыз.",
    "От этого зависят условия договора. Деньги на бизнес тратьте только на бизнес.",
    "The terms of the contract depend on it. Spend money for the business on the business alone.",
);
/// An answer.
pub const OWN: Phrase = Phrase::new("Өзіме керек", "Для себя", "For myself");
/// Its second line.
pub const OWN_DETAIL: Phrase = Phrase::new(
    "Шартқа өз ЭЦҚ-ңызбен қол қоясыз",
    "Договор подпишете своей ЭЦП",
    "You sign the contract with your electronic signature",
);
/// An answer.
pub const BUSINESS: Phrase = Phrase::new("Кәсібіме керек", "Для бизнеса", "For my business");
/// Its second line.
pub const BUSINESS_DETAIL: Phrase = Phrase::new(
    "Жеке кәсіпкер ретінде аласыз",
    "Получаете как индивидуальный предприниматель",
    "You borrow as an individual entrepreneur",
);
/// Why not.
pub const NOT_PAYABLE: Phrase = Phrase::new(
    "Терминал қазір мұндай соманы бере алмайды",
    "Терминал сейчас не может выдать такую сумму",
    "The terminal cannot pay such a sum now",
);
