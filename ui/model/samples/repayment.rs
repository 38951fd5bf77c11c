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

const NUMBER: &str = "123456789012340";

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
            terms(Deal { basis: RepaymentBasis::OfflineNumber, holder: None, target: None, ..deal() }),
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
        holder: Some(secret("А. С. Н.")),
        target: Some(tenge(17_250)),
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
        accepted: vec![count(10_000, 1), count(5_000, 1), count(2_000, 1)],
        amount: tenge(17_000),
        in_doubt: Vec::new(),
        booking: Some(Booking {
            principal_tiyn: tenge(13_235),
            interest_tiyn: tenge(3_285),
            penalty_tiyn: tenge(480),
            held_tiyn: Tiyn::ZERO,
            overpaid_tiyn: Tiyn::ZERO,
            closed: false,
            rest: Some(Rest {
                total_tiyn: tenge(118_165),
                next_date: Some("2026-03-16".to_owned()),
                next_tiyn: tenge(17_250),
            }),
        }),
        at: NOON,
        printed: Some(true),
        language,
    }
}

fn stages(language: Language) -> Vec<(&'static str, Repay)> {
    let number = |error| Repay::Number { error };
    let reading = |fault| Repay::Reading(Reading { until: Mono(42_000), fault });
    let all = [DebtStanding::Running, DebtStanding::Suspended, DebtStanding::WrittenOff].map(contract);
    let closed = Booking {
        principal_tiyn: tenge(131_400),
        interest_tiyn: tenge(3_285),
        penalty_tiyn: Tiyn::ZERO,
        held_tiyn: Tiyn::ZERO,
        overpaid_tiyn: tenge(315),
        closed: true,
        rest: None,
    };
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
        ("done-closed", Repay::Done(Paid { booking: Some(closed), ..paid(language) })),
        ("done-unverified", Repay::Done(Paid { booking: None, printed: Some(false), ..paid(language) })),
        (
            "done-in-doubt",
            Repay::Done(Paid { in_doubt: vec![count(5_000, 1)], printed: None, ..paid(language) }),
        ),
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
