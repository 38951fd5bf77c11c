//! A refund after a verdict: its client says how, by a fresh face; the bank confirms the account; core lending hears once
//!

use senim_domain::{ClientId, LoanId, MessageId, Secret, SecretBytes, Tiyn};
use senim_gateway_core::connectors::{ContractStanding, ContractSummary, RefundTo};
use senim_operation::attachment::PayoutAccount;
use senim_operation::body::*;
use senim_operation::message::{MessageBody, RefundOutcome, RefundRefusal, RefundTaken};
use uuid::Uuid;

use crate::support::{self, Rig, started};

/// An account of the client of these tests, and one of somebody else.
const OWN: &str = "KZ951250900514300002";
const OTHERS: &str = "KZ841250911231400005";

fn client() -> ClientId {
    ClientId(Uuid::from_u128(7))
}

fn loan() -> LoanId {
    LoanId(Uuid::from_u128(9))
}

fn stands(rig: &Rig, standing: ContractStanding) {
    rig.services.set(|s| {
        s.contracts = vec![ContractSummary {
            loan: loan(),
            client: client(),
            number: "MK-9".into(),
            principal_tiyn: Tiyn::new(10_000_000).unwrap(),
            issued: "2026-01-02".into(),
            contract_sha256: "A".repeat(43),
            standing,
        }];
    });
}

/// A client whose debt was written off looks at it.
fn written_off() -> Rig {
    let mut rig = started();
    rig.services.set(|s| s.refund = 1_500_000);
    stands(&rig, ContractStanding::WrittenOff { at: rig.now });
    rig.open_session();
    rig.log_in();
    rig
}

fn sits(rig: &mut Rig) -> MessageId {
    let subject = FaceSubject::Client(client());
    let captured = FaceCaptured { subject, liveness: rig.proves(subject), quality: 80 };
    let picture = SecretBytes::new(b"picture of a face".to_vec());
    rig.say(rig.in_session(captured).with_attachment(picture)).unwrap().0
}

fn chooses(
    rig: &mut Rig,
    way: RefundWay,
    iban: Option<&str>,
    face_check: MessageId,
) -> Result<RefundTaken, RefundRefusal> {
    let draft = rig.in_session(RefundChosen { client: client(), loan: loan(), way, face_check });
    let sealed = iban.map(|iban| PayoutAccount { iban: Secret::new(iban.into()) }.to_plaintext().unwrap());
    let draft = match sealed {
        Some(sealed) => draft.with_attachment(sealed),
        None => draft,
    };
    match rig.say(draft).unwrap().1 {
        MessageBody::RefundAnswered(answer) => match answer.outcome {
            RefundOutcome::Taken(taken) => Ok(taken),
            RefundOutcome::Refused(reason) => Err(reason),
        },
        other => panic!("{other:?}"),
    }
}

fn offered(rig: &mut Rig) -> Vec<(u64, Vec<RefundWay>)> {
    match rig.say(rig.in_session(ChangesRequested { client: client() })).unwrap().1 {
        MessageBody::ChangesFound(found) => {
            found.refunds.into_iter().map(|due| (due.amount_tiyn.tiyn(), due.ways)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refund_goes_to_the_own_account_that_the_bank_confirms_and_core_lending_hears_once() {
    let mut rig = written_off();
    assert_eq!(offered(&mut rig), [(1_500_000, vec![RefundWay::Account, RefundWay::CashDesk])]);
    let face = sits(&mut rig);
    let refused = [
        (Some(OTHERS), RefundRefusal::NotOwned),
        (Some("KZ00"), RefundRefusal::NotUsable),
        (None, RefundRefusal::NotUsable),
    ];
    for (iban, reason) in refused {
        assert_eq!(chooses(&mut rig, RefundWay::Account, iban, face), Err(reason));
    }
    let taken = chooses(&mut rig, RefundWay::Account, Some(OWN), face).unwrap();
    assert!(taken.account_masked.expose().ends_with("0002") && taken.number.is_empty());
    let told = rig.services.get(|s| s.refunds.clone());
    assert_eq!((told.len(), told[0].loan), (1, loan()));
    assert!(matches!(&told[0].to, RefundTo::Account { report_id, .. } if !report_id.is_empty()));
    // An impatient finger, and another way.
    assert_eq!(chooses(&mut rig, RefundWay::Account, Some(OWN), face), Err(RefundRefusal::AlreadyChosen));
    assert_eq!(chooses(&mut rig, RefundWay::CashDesk, None, face), Err(RefundRefusal::AlreadyChosen));
    assert!(offered(&mut rig).is_empty());
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert_eq!(rig.services.get(|s| s.refunds.len()), 1);
}

#[test]
fn at_the_cash_desk_a_number_a_last_day_and_a_place_are_told() {
    let mut rig = written_off();
    let face = sits(&mut rig);
    let taken = chooses(&mut rig, RefundWay::CashDesk, None, face).unwrap();
    assert_eq!((taken.number.as_str(), taken.until.as_str()), ("K-000009", "2026-03-12"));
    assert_eq!(rig.services.get(|s| s.refunds[0].to.clone()), RefundTo::CashDesk);
}

#[test]
fn a_choice_whose_answer_was_lost_is_told_the_same_again_and_reaches_core_lending_by_itself() {
    let mut rig = written_off();
    let face = sits(&mut rig);
    rig.services.set(|s| s.refund_reply_lost = true);
    assert_eq!(chooses(&mut rig, RefundWay::CashDesk, None, face), Err(RefundRefusal::TryLater));
    rig.services.set(|s| s.refund_reply_lost = false);
    // Another way cannot take its place; the same one brings the answer.
    rig.services.set(|s| s.refund = 0);
    rig.gateway.flush_outbox(rig.now).unwrap();
    assert_eq!(rig.services.get(|s| s.refunds.len()), 1);
    assert_eq!(chooses(&mut rig, RefundWay::CashDesk, None, face), Err(RefundRefusal::AlreadyChosen));
}

#[test]
fn nobody_gets_a_refund_without_a_fresh_face_for_a_contract_of_somebody_else_or_one_that_is_owed() {
    let mut rig = written_off();
    let nobody = MessageId(Uuid::from_u128(1));
    assert_eq!(chooses(&mut rig, RefundWay::CashDesk, None, nobody), Err(RefundRefusal::FaceCheck));
    let face = sits(&mut rig);
    let since = rig.now;
    for standing in [
        ContractStanding::Running,
        ContractStanding::Closed,
        ContractStanding::Suspended { since, ground: "article71".into() },
    ] {
        stands(&rig, standing);
        assert_eq!(chooses(&mut rig, RefundWay::CashDesk, None, face), Err(RefundRefusal::NotDue));
        assert!(offered(&mut rig).is_empty());
    }
    stands(&rig, ContractStanding::WrittenOff { at: since });
    rig.services.set(|s| s.contracts[0].client = ClientId(Uuid::from_u128(8)));
    assert_eq!(chooses(&mut rig, RefundWay::CashDesk, None, face), Err(RefundRefusal::NotDue));
    stands(&rig, ContractStanding::WrittenOff { at: since });
    rig.services.set(|s| s.refund = 0);
    assert_eq!(chooses(&mut rig, RefundWay::CashDesk, None, face), Err(RefundRefusal::NotDue));
    rig.services.set(|s| s.refund = 1_500_000);
    rig.later(i64::from(support::pack().portrait.life_seconds) + 1);
    assert_eq!(chooses(&mut rig, RefundWay::CashDesk, None, face), Err(RefundRefusal::FaceCheck));
    // Nobody is logged in.
    rig.open_session();
    assert_eq!(chooses(&mut rig, RefundWay::CashDesk, None, face), Err(RefundRefusal::NotDue));
    assert!(rig.services.get(|s| s.refunds.is_empty()));
}
