//! The words of the contract's key terms, one place for screen and receipt (B4: the same order on every first page).

use senim_domain::Language;

/// A key term of a microcredit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyTerm {
    /// Sum lent.
    Amount,
    /// Cost in tenge.
    Overpayment,
    /// Everything to be paid back.
    Total,
    /// Nominal rate.
    AnnualRate,
    /// Annual effective rate.
    Gesv,
    /// Term.
    Term,
    /// Way of repayment.
    Method,
    /// First payment.
    FirstPayment,
    /// Last payment.
    LastPayment,
}

/// Its label.
#[must_use]
pub const fn label(term: KeyTerm, language: Language) -> &'static str {
    match (term, language) {
        (KeyTerm::Amount, Language::Kk) => "Микрокредит сомасы",
        (KeyTerm::Amount, Language::Ru) => "Сумма микрокредита",
        (KeyTerm::Amount, Language::En) => "Amount of the microcredit",
        (KeyTerm::Overpayment, Language::Kk) => "Артық төлем",
        (KeyTerm::Overpayment, Language::Ru) => "Переплата",
        (KeyTerm::Overpayment, Language::En) => "Overpayment",
        (KeyTerm::Total, Language::Kk) => "Барлығы қайтарылады",
        (KeyTerm::Total, Language::Ru) => "Всего к возврату",
        (KeyTerm::Total, Language::En) => "To be paid back in all",
        (KeyTerm::AnnualRate, Language::Kk) => "Жылдық номиналды мөлшерлеме",
        (KeyTerm::AnnualRate, Language::Ru) => "Номинальная ставка, годовых",
        (KeyTerm::AnnualRate, Language::En) => "Nominal rate a year",
        (KeyTerm::Gesv, Language::Kk) => "Жылдық тиімді мөлшерлеме (ЖТСМ)",
        (KeyTerm::Gesv, Language::Ru) => "Годовая эффективная ставка (ГЭСВ)",
        (KeyTerm::Gesv, Language::En) => "Annual effective rate (GESV)",
        (KeyTerm::Term, Language::Kk) => "Мерзімі",
        (KeyTerm::Term, Language::Ru) => "Срок",
        (KeyTerm::Term, Language::En) => "Term",
        (KeyTerm::Method, Language::Kk) => "Өтеу әдісі",
        (KeyTerm::Method, Language::Ru) => "Метод погашения",
        (KeyTerm::Method, Language::En) => "Method of repayment",
        (KeyTerm::FirstPayment, Language::Kk) => "Бірінші төлем",
        (KeyTerm::FirstPayment, Language::Ru) => "Первый платёж",
        (KeyTerm::FirstPayment, Language::En) => "First payment",
        (KeyTerm::LastPayment, Language::Kk) => "Соңғы төлем",
        (KeyTerm::LastPayment, Language::Ru) => "Последний платёж",
        (KeyTerm::LastPayment, Language::En) => "Last payment",
    }
}
