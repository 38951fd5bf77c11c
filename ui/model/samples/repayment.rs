//! A repayment, from naming the contract to the receipt.

use senim_domain::cash::Denomination;
use senim_domain::{Language, LoanId, Mono, RepaymentId, Tiyn};
use senim_hal::cash_acceptor::Refusal;
use senim_operation::body::{DenominationCount, EarlyWish, RepaymentBasis};
use senim_operation::message::{Booking, ContractDebt, DebtStanding, Rest};
use senim_session::Session;
use senim_session::dialogue::repayment::{
    CodeFault, Deal, NothingTaken, NumberError, Paid, Phase, Reading, Repay,
};

use super::{NOON, operation, secret, stamp, visit};
use crate::screen::Screen;
use crate::view::repayment::{Mouth, cash, screen};

const NUMBER: &str = "202603020001235";

const NOTHING: [(NothingTaken, &str); 5] = [
    (NothingTaken::Cancelled, "cancelled"),
    (NothingTaken::TimedOut, "timed-out"),
    (NothingTaken::Device, "device"),
    (NothingTaken::NoDebt, "no-debt"),
    (NothingTaken::NotPayable, "not-payable"),
];

pub(super) fn all(session: &Session, offline: &Session, language: Language) -> Vec<(String, Screen)> {
    let mut samples: Vec<(String, Screen)> = stages(language)
        .into_iter()
        .map(|(name, repay)| (format!("repay-{name}"), screen(session, &repay, &stamp(), language)))
        .collect();
    for (name, repay) in [
        ("repay-number-offline", Repay::Number { error: None }),
        (
            "repay-terms-offline",
            terms(Deal {
                basis: RepaymentBasis::OfflineNumber,
                holder: None,
                target: None,
                due: Tiyn::ZERO,
                ..deal()
            }),
        ),
    ] {
        samples.push((name.to_owned(), screen(offline, &repay, &stamp(), language)));
    }
    samples.extend(mouths().into_iter().map(|(name, mouth)| {
        (format!("repay-{name}"), Screen::Notice(cash(&deal(), &mouth, &stamp(), language)))
    }));
    samples
}

fn tenge(tenge: u64) -> Tiyn {
    Tiyn::from_tenge(tenge).unwrap_or_default()
}

const NOTES: [Denomination; 6] = [
    Denomination(500),
    Denomination(1_000),
    Denomination(2_000),
    Denomination(5_000),
    Denomination(10_000),
    Denomination(20_000),
];

fn deal() -> Deal {
    Deal {
        basis: RepaymentBasis::Number,
        loan: Some(LoanId(visit().0)),
        number: secret(NUMBER),
        holder: Some(secret("А. Н.")),
        target: Some(tenge(17_250)),
        due: tenge(17_250),
        limit: tenge(1_000_000),
        early: EarlyWish::Hold,
        notes: NOTES.to_vec(),
    }
}

fn terms(deal: Deal) -> Repay {
    Repay::Terms { deal, contracts: Vec::new() }
}

fn contract(standing: DebtStanding) -> ContractDebt {
    ContractDebt {
        loan: LoanId(visit().0),
        number: secret(NUMBER),
        standing,
        since: (standing != DebtStanding::Running).then(|| "2026-02-10".to_owned()),
        on: "2026-03-02".to_owned(),
        principal_tiyn: tenge(131_400),
        interest_tiyn: tenge(3_285),
        penalty_tiyn: tenge(480),
        total_tiyn: tenge(135_165),
        due_tiyn: if standing == DebtStanding::Running { tenge(17_250) } else { Tiyn::ZERO },
        next_date: Some("2026-03-16".to_owned()),
        next_tiyn: tenge(17_250),
        suspension_interest_tiyn: if standing == DebtStanding::Suspended { tenge(1_100) } else { Tiyn::ZERO },
    }
}

fn count(denomination: u32, notes: u32) -> DenominationCount {
    DenominationCount { denomination: Denomination(denomination), notes }
}

fn paid(language: Language) -> Paid {
    Paid {
        repayment: RepaymentId(visit().0),
        basis: RepaymentBasis::Login,
        number: secret(NUMBER),
        accepted: vec![count(10_000, 1), count(5_000, 1), count(2_000, 1), count(500, 1)],
        amount: tenge(17_500),
        in_doubt: Vec::new(),
        due: tenge(17_250),
        delay_costs: true,
        booking: Some(Booking {
            principal_tiyn: tenge(13_485),
            interest_tiyn: tenge(3_285),
            penalty_tiyn: tenge(480),
            held_tiyn: tenge(250),
            overpaid_tiyn: Tiyn::ZERO,
            closed: false,
            rest: Some(Rest {
                total_tiyn: tenge(117_915),
                next_date: Some("2026-03-16".to_owned()),
                next_tiyn: tenge(17_000),
            }),
        }),
        at: NOON,
        printed: Some(true),
        language,
    }
}

/// A note less than notes need to pay what is due.
fn paid_short(language: Language) -> Paid {
    let mut paid = paid(language);
    paid.accepted.pop();
    paid.amount = tenge(17_000);
    if let Some(booking) = &mut paid.booking {
        (booking.penalty_tiyn, booking.held_tiyn) = (tenge(230), Tiyn::ZERO);
        if let Some(rest) = &mut booking.rest {
            (rest.total_tiyn, rest.next_tiyn) = (tenge(118_165), tenge(17_250));
        }
    }
    paid
}

/// All of the debt, in notes.
fn all_paid(language: Language) -> Paid {
    let booking = Booking {
        principal_tiyn: tenge(131_400),
        interest_tiyn: tenge(3_285),
        penalty_tiyn: tenge(480),
        held_tiyn: Tiyn::ZERO,
        overpaid_tiyn: tenge(335),
        closed: true,
        rest: None,
    };
    let accepted = vec![count(20_000, 6), count(10_000, 1), count(5_000, 1), count(500, 1)];
    Paid { accepted, amount: tenge(135_500), booking: Some(booking), ..paid(language) }
}

/// A note of 5 000 is neither in the stacker nor back, as far as anybody knows.
fn in_doubt(language: Language) -> Paid {
    let mut paid = paid_short(language);
    (paid.accepted, paid.amount) = (vec![count(10_000, 1), count(2_000, 1)], tenge(12_000));
    (paid.in_doubt, paid.printed) = (vec![count(5_000, 1)], None);
    if let Some(booking) = &mut paid.booking {
        (booking.principal_tiyn, booking.penalty_tiyn) = (tenge(8_715), Tiyn::ZERO);
        if let Some(rest) = &mut booking.rest {
            rest.total_tiyn = tenge(123_165);
        }
    }
    paid
}

fn stages(language: Language) -> Vec<(&'static str, Repay)> {
    let number = |error| Repay::Number { error };
    let reading = |fault| Repay::Reading(Reading { until: Mono(42_000), fault });
    let all = [DebtStanding::Running, DebtStanding::Suspended, DebtStanding::WrittenOff].map(contract);
    let mut stages = vec![
        ("way", Repay::Way),
        ("number", number(None)),
        ("number-wrong", number(Some(NumberError::Digits))),
        ("number-unknown", number(Some(NumberError::Unknown))),
        ("number-no-code", number(Some(NumberError::NoCode))),
        ("number-no-camera", number(Some(NumberError::NoCamera))),
        ("code", reading(None)),
        ("code-foreign", reading(Some(CodeFault::Foreign))),
        ("code-damaged", reading(Some(CodeFault::Digits))),
        ("looking", Repay::Looking { asked: operation(), number: secret(NUMBER) }),
        ("asking", Repay::Asking { asked: operation() }),
        ("contracts", Repay::Contracts { contracts: all.to_vec() }),
        ("wish", Repay::Wish { contracts: all.to_vec(), at: 0 }),
        ("wish-suspended", Repay::Wish { contracts: all.to_vec(), at: 1 }),
        ("terms", terms(deal())),
        ("terms-own", terms(Deal { basis: RepaymentBasis::Login, holder: None, ..deal() })),
        ("booking", Repay::Booking { asked: operation(), paid: paid(language) }),
        ("done", Repay::Done(paid(language))),
        ("done-short", Repay::Done(paid_short(language))),
        ("done-closed", Repay::Done(all_paid(language))),
        ("done-unverified", Repay::Done(Paid { booking: None, printed: Some(false), ..paid(language) })),
        ("done-in-doubt", Repay::Done(in_doubt(language))),
    ];
    stages.extend(NOTHING.map(|(why, name)| (name, Repay::Nothing(why))));
    stages
}

fn mouths() -> Vec<(&'static str, Mouth<'static>)> {
    let until = Mono(25_000);
    let mouth = |phase, credited| Mouth {
        phase,
        notes: &NOTES,
        credited: tenge(credited),
        refused: None,
        over_limit: false,
    };
    let ready = || mouth(Phase::Ready, 15_000);
    vec![
        ("opening", mouth(Phase::Opening { until }, 0)),
        ("insert", mouth(Phase::Ready, 0)),
        ("insert-more", ready()),
        ("insert-not-recognised", Mouth { refused: Some(Refusal::NotRecognised), ..ready() }),
        ("insert-over-limit", Mouth { over_limit: true, ..ready() }),
        ("take-note", mouth(Phase::Asking { note: 3, denomination: Denomination(20_000), until }, 15_000)),
        ("moving", mouth(Phase::Moving { until }, 15_000)),
        ("closing", mouth(Phase::Closing { until }, 17_000)),
        ("checking", mouth(Phase::Checking { until }, 15_000)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::Tone;
    use crate::texts::repayment as texts;

    const RU: Language = Language::Ru;

    fn facts(screen: Screen) -> Vec<(String, String)> {
        let Screen::Notice(notice) = screen else { panic!("no notice: {screen:?}") };
        notice
            .facts
            .into_iter()
            .map(|fact| (fact.label, fact.value.expose().replace('\u{202f}', " ")))
            .collect()
    }

    fn value(facts: &[(String, String)], label: crate::texts::Phrase) -> Option<&str> {
        facts.iter().find(|(told, _)| told == label.get(RU)).map(|(_, value)| value.as_str())
    }

    #[test]
    fn who_puts_notes_in_sees_what_is_still_to_pay_today_and_what_notes_can_make_of_it() {
        let seen = |deal: &Deal, credited| {
            let mouth = Mouth { credited: tenge(credited), ..mouths().swap_remove(1).1 };
            facts(Screen::Notice(cash(deal, &mouth, &stamp(), RU)))
        };
        for (credited, left, covering) in [
            (0, "17 250 ₸", Some("17 500 ₸")),
            (15_000, "2 250 ₸", Some("2 500 ₸")),
            (17_000, "250 ₸", Some("500 ₸")),
            (17_500, "0 ₸", None),
        ] {
            let facts = seen(&deal(), credited);
            assert_eq!(value(&facts, texts::FACT_LEFT_TODAY), Some(left));
            assert_eq!(value(&facts, texts::FACT_COVERING), covering);
            assert_eq!(value(&facts, texts::FACT_LEFT), None, "the same sum is told once");
        }
        let whole = Deal { target: Some(tenge(135_165)), ..deal() };
        let facts = seen(&whole, 15_000);
        assert_eq!(value(&facts, texts::FACT_LEFT_TODAY), Some("2 250 ₸"));
        assert_eq!(value(&facts, texts::FACT_LEFT), Some("120 165 ₸"));
    }

    #[test]
    fn who_paid_less_than_is_due_is_warned_of_the_rest_its_day_and_the_penalty() {
        let done = |paid| {
            let Screen::Notice(notice) = view(Repay::Done(paid)) else { panic!("no notice") };
            let text: Vec<_> =
                notice.paragraphs.iter().map(|text| text.expose().replace('\u{202f}', " ")).collect();
            (notice.tone, text.join(" "))
        };
        let (tone, text) = done(paid_short(RU));
        assert_eq!(tone, Tone::Warn);
        assert!(text.contains("02.03.2026") && text.contains(" 250 ₸"), "{text}");
        assert!(text.contains(texts::DELAY_COSTS.get(RU)), "{text}");
        let (_, text) = done(Paid { delay_costs: false, ..paid_short(RU) });
        assert!(text.contains(" 250 ₸") && !text.contains(texts::DELAY_COSTS.get(RU)), "{text}");
        let doubtful = |worth| Paid {
            in_doubt: vec![DenominationCount { denomination: Denomination(worth), notes: 1 }],
            ..paid_short(RU)
        };
        let (_, text) = done(doubtful(200));
        assert!(text.contains(" 250 ₸, вместе с ней 50 ₸"), "{text}");
        let (_, text) = done(doubtful(5_000));
        assert!(text.contains("оплачено всё") && text.contains(" 250 ₸"), "{text}");
        let (tone, text) = done(paid(RU));
        assert_eq!(tone, Tone::Good);
        assert!(!text.contains("02.03.2026"), "{text}");
    }

    fn view(repay: Repay) -> Screen {
        screen(&super::super::session(true).unwrap(), &repay, &stamp(), RU)
    }
}
