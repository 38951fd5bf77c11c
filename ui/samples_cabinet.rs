//! Screens of the personal cabinet with made-up sums, each as full as it gets (rig).

use senim_domain::{Language, Secret, Tiyn};
use senim_ui_model::format;
use senim_ui_model::terms::{KeyTerm, label};
use senim_ui_model::texts::{Phrase, access, cabinet as texts, repayment};
use senim_ui_model::{Choice, Choosable, Entry, Fact, Keyboard, Notice, Screen, Tone};

fn secret(text: impl Into<String>) -> Secret {
    Secret::new(text.into())
}

fn options(all: &[(&str, Phrase, Phrase)], language: Language) -> Vec<Choosable> {
    let option = |(id, label, detail): &(&str, Phrase, Phrase)| {
        Choosable::new(*id, label.get(language)).with(detail.get(language))
    };
    all.iter().map(option).collect()
}

fn choice(
    name: &'static str,
    title: Phrase,
    lead: &str,
    options: Vec<Choosable>,
    language: Language,
) -> Screen {
    Screen::Choice(Choice {
        name,
        title: title.get(language).to_owned(),
        lead: secret(lead),
        options,
        back: true,
        cancel: true,
    })
}

/// Each with a name.
pub(crate) fn all(language: Language) -> Vec<(&'static str, Screen, &'static [&'static str])> {
    let home = options(
        &[
            ("debt", texts::DEBT, texts::DEBT_DETAIL),
            ("contracts", texts::CONTRACTS, texts::CONTRACTS_DETAIL),
            ("applications", texts::APPLICATIONS, texts::APPLICATIONS_DETAIL),
            ("apply", texts::APPLY, texts::APPLY_DETAIL),
            ("access", access::ACCESS, access::ACCESS_DETAIL),
            ("letters", texts::LETTERS, texts::LETTERS_DETAIL),
            ("ways", texts::WAYS, texts::WAYS_DETAIL),
            ("consents", texts::CONSENTS, texts::CONSENTS_DETAIL),
            ("confirmations", texts::CONFIRMATIONS, texts::CONFIRMATIONS_DETAIL),
            ("lender", texts::LENDER, texts::LENDER_DETAIL),
        ],
        language,
    );
    let subjects = [
        ("contract", texts::ABOUT_CONTRACT),
        ("payment", texts::ABOUT_PAYMENT),
        ("personalData", texts::ABOUT_DATA),
        ("terminal", texts::ABOUT_TERMINAL),
        ("complaint", texts::ABOUT_COMPLAINT),
        ("other", texts::ABOUT_OTHER),
    ];
    let subjects = subjects.map(|(id, label)| Choosable::new(id, label.get(language))).into();
    let writing = Screen::Entry(Entry {
        name: "cabinetWriting",
        title: texts::WRITE_HERE.get(language).to_owned(),
        lead: secret(texts::WRITE_LEAD.get(language)),
        keyboard: Keyboard::Text,
        least: 2,
        most: 200,
        back: true,
        cancel: true,
        ..Entry::default()
    });
    vec![
        ("cabinet-home", choice("cabinet", texts::WHAT_TO_SEE, "Айгүл Серікқызы", home, language), &[]),
        ("cabinet-debt", Screen::Notice(debt(language)), &[]),
        ("cabinet-contract", Screen::Notice(contract(language)), &[]),
        ("cabinet-documents", documents(language), &[]),
        ("cabinet-consents", Screen::Notice(consents(language)), &[]),
        ("cabinet-subject", choice("cabinetSubject", texts::ABOUT_WHAT, "", subjects, language), &[]),
        (
            "cabinet-writing",
            writing.clone(),
            &["letter-Т", "letter-Ө", "letter-Л", "letter-Е", "letter-М", "letter-?"],
        ),
        ("cabinet-writing-digits", writing, &["letter-Ә", "board", "letter-7"]),
        ("cabinet-sent", Screen::Notice(sent(language)), &[]),
        ("cabinet-not-shown", Screen::Notice(not_shown(language)), &[]),
    ]
}

fn printable(name: &'static str, title: String, language: Language) -> Notice {
    Notice {
        name,
        title,
        primary: Some(texts::PRINT.get(language).to_owned()),
        secondary: Some(texts::TO_CABINET.get(language).to_owned()),
        back: true,
        cancel: true,
        ..Notice::default()
    }
}

fn money(tenge: u64, tiyn: u64) -> String {
    let sum = Tiyn::new(tenge.saturating_mul(100).saturating_add(tiyn)).unwrap_or_default();
    format::money_in_full(sum).0
}

fn debt(language: Language) -> Notice {
    let fact = |label: Phrase, value: String| Fact::new(label.get(language), value);
    let whole = |tenge| format::money(Tiyn::from_tenge(tenge).unwrap_or_default()).0;
    let payment = |date: &str, principal: u64, interest: u64| {
        let parts = format!(
            "{date} ({} {}, {} {})",
            texts::OF_PRINCIPAL.get(language),
            whole(principal),
            texts::OF_INTEREST.get(language),
            whole(interest)
        );
        Fact::new(&parts, money(principal.saturating_add(interest), 0))
    };
    Notice {
        facts: vec![
            fact(repayment::FACT_NUMBER, "20260 30200 01235".to_owned()),
            fact(texts::PRINCIPAL, money(1_190_000, 0)),
            fact(texts::INTEREST, money(13_000, 55)),
            fact(texts::PENALTY, money(1_500, 0)),
            fact(texts::TOTAL, money(1_204_500, 55)),
            fact(texts::DUE, money(118_000, 0)),
            fact(repayment::FACT_NEXT, format!("02.04.2026 · {}", money(118_000, 0))),
            fact(texts::UPCOMING, String::new()),
            payment("02.04.2026", 107_000, 11_000),
            payment("02.05.2026", 108_500, 9_500),
            payment("02.06.2026", 110_000, 8_000),
            fact(texts::MADE, String::new()),
            payment("02.03.2026", 105_000, 13_000),
        ],
        ..printable("cabinetDebt", texts::DEBT_ON.with(language, "02.03.2026 12:00"), language)
    }
}

fn contract(language: Language) -> Notice {
    let fact = |label: Phrase, value: &str| Fact::new(label.get(language), value);
    Notice {
        facts: vec![
            fact(texts::STATE, texts::S_AGREED.get(language)),
            fact(texts::SUM, &money(1_200_000, 0)),
            fact(texts::TERM, &format::months(12, language)),
            Fact::new(label(KeyTerm::AnnualRate, language), format::annual_rate_hundredths(3_600)),
            fact(texts::METHOD, format::method(senim_domain::loan::Method::Differentiated, language)),
            fact(texts::BEGINS, "02.03.2026"),
            fact(texts::CONCLUDED, "02.03.2026 12:00"),
        ],
        primary: Some(texts::READ_DOCUMENT.get(language).to_owned()),
        secondary: Some(texts::PRINT.get(language).to_owned()),
        ..printable("cabinetContract", texts::CONTRACT.with(language, "20260 30200 01235"), language)
    }
}

fn documents(language: Language) -> Screen {
    let name = |at: usize| match at {
        0 => texts::CONTRACT.with(language, "20260 30200 01235"),
        at => texts::SUPPLEMENT.with(language, &at.to_string()),
    };
    let options = (0..3).map(|at| Choosable::new(format!("document-{at}"), name(at))).collect();
    choice("cabinetDocuments", texts::WHICH_DOCUMENT, "", options, language)
}

fn consents(language: Language) -> Notice {
    let status = texts::C_REVIEW.with(language, "23.03.2026");
    let line = ["02.02.2026", "02.02.2027", &status, "7c0b1f2e-55aa-4c1e-9a30-2f3b8f0c1d11"]
        .iter()
        .fold(texts::CONSENT_LINE.get(language).to_owned(), |line, value| line.replacen("{}", value, 1));
    Notice {
        paragraphs: vec![secret(texts::CONSENT_PURPOSE.get(language)), secret(line)],
        ..printable("cabinetConsents", texts::CONSENTS_TITLE.get(language).to_owned(), language)
    }
}

fn sent(language: Language) -> Notice {
    Notice {
        name: "cabinetSent",
        tone: Tone::Good,
        title: texts::SENT.get(language).to_owned(),
        facts: vec![Fact::new(texts::LETTER_NUMBER.get(language), "1F2E-9A30")],
        paragraphs: vec![secret(texts::SENT_DETAIL.get(language))],
        primary: Some(texts::TO_CABINET.get(language).to_owned()),
        back: true,
        cancel: true,
        ..Notice::default()
    }
}

fn not_shown(language: Language) -> Notice {
    Notice {
        name: "cabinetNotShown",
        tone: Tone::Warn,
        title: texts::NOT_SHOWN.get(language).to_owned(),
        paragraphs: vec![secret(texts::SUMS_DIFFER.get(language))],
        primary: Some(texts::TO_CABINET.get(language).to_owned()),
        back: true,
        cancel: true,
        ..Notice::default()
    }
}
