//! Ways of payout: chosen before the contract, an account that is the client's, and a transfer that is asked for once (R-055,
//!

use senim_domain::rule_pack::{PayoutMethod, Service};
use senim_domain::{MessageId, PayoutTargetId, Secret, Tiyn};
use senim_operation::body::{Body, TransferRequested};
use senim_operation::jws;
use senim_operation::message::{
    MessageBody, PayoutTarget, PayoutWays, TransferAnswer, TransferOutcome, WayAnswer, WayOutcome, WayRefusal,
};
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::effect::{Effect, Paper};
use senim_session::event::{CameraEvent, Event};
use senim_session::remainder::{Owed, RemainderWay, Remaining};
use senim_session::state::{Ending, State};
use senim_session::transfer::Transferring;
use senim_session::way::{WayFor, WayStage};
use uuid::Uuid;

use crate::desk::*;

const OWN: &str = "KZ86125KZT5004100100";

fn target(way: PayoutMethod, number: u128) -> PayoutTarget {
    PayoutTarget {
        target: PayoutTargetId(Uuid::from_u128(number)), way, name: Secret::new("••••".into())
    }
}

impl Desk {
    /// Drafts are shown at a terminal whose MFO works with every way.
    fn at_schedules() -> Self {
        Self::of_every_way().applied()
    }

    fn of_every_way() -> Self {
        let mut pack = pack();
        pack.version += 1;
        pack.allowed_operations.extend([Service::TransferLoan, Service::MerchantLoan, Service::CashDeskLoan]);
        pack.products[0].payout_methods.insert(PayoutMethod::Merchant);
        let mut desk = Self::open();
        desk.send(Event::Stored(Box::new(durable_message(MessageBody::RulePack(Box::new(pack))))));
        desk
    }

    fn applied(mut self) -> Self {
        let desk = &mut self;
        desk.to_deciding(SUM);
        let offer = desk.offer(SUM, 6);
        desk.offered(offer);
        assert!(matches!(desk.session.state(), State::Schedules { .. }), "{:?}", desk.session.state());
        self
    }

    /// The MFO has said what is possible: everything.
    fn choosing() -> Self {
        Self::at_schedules().at_the_ways()
    }

    fn at_the_ways(mut self) -> Self {
        let desk = &mut self;
        desk.act(Action::ChooseMethod(senim_domain::loan::Method::Annuity));
        let targets = vec![target(PayoutMethod::Card, 1), target(PayoutMethod::Merchant, 2)];
        let found = PayoutWays { loan: desk.loan(), ways: PayoutMethod::ALL.to_vec(), targets };
        desk.answer(MessageBody::PayoutWaysFound(found));
        self
    }

    fn way_stage(&self) -> &WayStage {
        match self.session.state() {
            State::Way(way) => &way.stage,
            other => panic!("{other:?}"),
        }
    }

    fn offered_ways(&self) -> Vec<PayoutMethod> {
        let State::Way(way) = self.session.state() else { panic!("no choice") };
        let WayStage::Choosing { known } = &way.stage else { panic!("{:?}", way.stage) };
        self.session.possible_ways(&way.bound, known, &self.now)
    }

    fn takes_way(&mut self, way: PayoutMethod) {
        let place = self.offered_ways().iter().position(|offered| *offered == way).unwrap();
        self.decide(Decision::Choose(place));
    }

    fn is_told(&mut self, outcome: WayOutcome) {
        let loan = self.loan();
        self.answer(MessageBody::PayoutWayAnswered(WayAnswer { loan, outcome }));
    }

    fn transfers(&self) -> Vec<&TransferRequested> {
        let asked = self.rows().into_iter().filter_map(|body| match body {
            Body::TransferRequested(asked) => Some(asked),
            _ => None,
        });
        asked.collect()
    }

    /// A concluded contract that pays to the client's account.
    fn ready_to_transfer() -> Self {
        let mut desk = Self::choosing();
        desk.takes_way(PayoutMethod::Account);
        desk.enter(OWN);
        desk.is_told(WayOutcome::Confirmed(target(PayoutMethod::Account, 3)));
        desk.decide(Decision::Confirm);
        desk.is_told(WayOutcome::Accepted);
        desk.concludes_it();
        assert!(matches!(desk.transfer(), Transferring::Ready(_)));
        desk
    }

    /// From the drafting of the contract to its conclusion.
    fn concludes_it(&mut self) {
        let drafted = self.contract();
        self.answer(drafted);
        self.contract_read();
        self.send(Event::Camera(CameraEvent::Opened));
        self.takes_picture();
        self.act(Action::Agree);
        let loan = self.concluding();
        self.answer(MessageBody::ContractAccepted { loan, rests_until: None });
    }

    fn takes_picture(&mut self) {
        self.act(Action::TakePicture);
        let png = senim_domain::SecretBytes::new(b"png".to_vec());
        self.send(Event::Camera(CameraEvent::Picture { png, quality: 80 }));
        let loan = match self.session.state() {
            State::Matching { terms, .. } => terms.offer.loan,
            State::Transfer(stage) => match stage.as_ref() {
                Transferring::Matching { payment, .. } => payment.owed.loan,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        };
        self.answer(MessageBody::FaceMatched { loan });
    }

    fn concluding(&self) -> senim_domain::LoanId {
        match self.session.state() {
            State::Concluding { terms, .. } => terms.offer.loan,
            other => panic!("{other:?}"),
        }
    }

    fn transfer(&self) -> &Transferring {
        match self.session.state() {
            State::Transfer(stage) => stage,
            other => panic!("{other:?}"),
        }
    }

    fn bank_says(&mut self, outcome: TransferOutcome) {
        let request = self.transfers().last().unwrap().request;
        self.answer(MessageBody::TransferAnswered(TransferAnswer { request, outcome }));
    }

    fn made(&self) -> bool {
        match self.transfer() {
            Transferring::Ended(ended) => ended.paid,
            other => panic!("{other:?}"),
        }
    }

    fn still_owed(&self) -> &Owed {
        match self.session.state() {
            State::Remainder(stage) => match stage.as_ref() {
                Remaining::Offered { owed } => owed,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn ways_that_are_possible_now_are_offered_and_nothing_else() {
    let desk = Desk::choosing();
    assert_eq!(desk.offered_ways(), PayoutMethod::ALL);
    // No card is known, and no merchant.
    let mut desk = Desk::at_schedules();
    desk.act(Action::ChooseMethod(senim_domain::loan::Method::Annuity));
    let (loan, ways) = (desk.loan(), PayoutMethod::ALL.to_vec());
    desk.answer(MessageBody::PayoutWaysFound(PayoutWays { loan, ways, targets: Vec::new() }));
    assert_eq!(desk.offered_ways(), [PayoutMethod::Cash, PayoutMethod::CashDesk, PayoutMethod::Account]);
    // The dispenser fails while the choice is on the screen.
    desk.dispenser(senim_hal::cash_dispenser::Event::Failed(offline()));
    assert_eq!(desk.offered_ways(), [PayoutMethod::CashDesk, PayoutMethod::Account]);
}

#[test]
fn a_terminal_that_cannot_pay_out_notes_lends_by_the_other_ways() {
    let mut desk = Desk::of_every_way();
    desk.dispenser(senim_hal::cash_dispenser::Event::Failed(offline()));
    assert_eq!(desk.session.no_cash_loan(&desk.now).as_deref(), Some("dispenser"));
    assert_eq!(desk.session.no_application(&desk.now), None);
    let desk = desk.applied().at_the_ways();
    use PayoutMethod::{Account, Card, CashDesk, Merchant};
    let offered: std::collections::BTreeSet<_> = desk.offered_ways().into_iter().collect();
    assert_eq!(offered, [Account, Card, CashDesk, Merchant].into());
}

#[test]
fn a_single_way_is_not_asked_about() {
    let mut desk = Desk::at_schedules();
    desk.act(Action::ChooseMethod(senim_domain::loan::Method::Annuity));
    let loan = desk.loan();
    let ways = vec![PayoutMethod::Cash];
    desk.answer(MessageBody::PayoutWaysFound(PayoutWays { loan, ways, targets: Vec::new() }));
    assert!(matches!(desk.way_stage(), WayStage::Telling { .. }));
    // Where notes are all there is, nobody is asked anything.
    let mut desk = Desk::open();
    desk.to_deciding(SUM);
    let offer = desk.offer(SUM, 6);
    desk.offered(offer);
    desk.act(Action::ChooseMethod(senim_domain::loan::Method::Annuity));
    assert!(matches!(desk.session.state(), State::Drafting { .. }));
    assert_eq!(desk.count("PayoutWaysRequested") + desk.count("PayoutWayChosen"), 0);
}

#[test]
fn an_account_goes_sealed_after_its_check_digits_fit_and_only_the_clients_can_be_confirmed() {
    let mut desk = Desk::choosing();
    desk.takes_way(PayoutMethod::Account);
    for wrong in ["KZ86125KZT5004100101", "DE89370400440532013000", "KZ86"] {
        desk.enter(wrong);
        assert!(matches!(desk.way_stage(), WayStage::Iban { fault: Some(_), .. }), "{wrong}");
    }
    assert_eq!(desk.count("PayoutAccountSubmitted"), 0);
    let first = desk.enter(OWN);
    let records = desk.records_from(first);
    assert!(records[0].draft.attachment.is_some());
    assert!(!format!("{:?}", records[0].draft.body).contains("5004100100"));
    desk.is_told(WayOutcome::Refused(WayRefusal::NotOwned));
    // There is no way to confirm it.
    assert!(matches!(desk.way_stage(), WayStage::Refused { .. }));
    desk.decide(Decision::Confirm);
    assert!(desk.offered_ways().contains(&PayoutMethod::Account));
    assert_eq!(desk.count("PayoutWayChosen"), 0);
    // After too many of them, accounts are over.
    desk.takes_way(PayoutMethod::Account);
    desk.enter(OWN);
    desk.is_told(WayOutcome::Refused(WayRefusal::TooMany));
    desk.act(Action::Back);
    assert!(!desk.offered_ways().contains(&PayoutMethod::Account));
}

#[test]
fn an_answer_about_another_loan_or_another_way_confirms_nothing() {
    let mut desk = Desk::choosing();
    desk.takes_way(PayoutMethod::Account);
    desk.enter(OWN);
    desk.is_told(WayOutcome::Confirmed(target(PayoutMethod::Card, 3)));
    desk.assert_ended(Ending::Unreachable);
}

#[test]
fn the_face_of_the_contract_serves_for_an_own_account_and_a_double_tap_asks_once() {
    let mut desk = Desk::ready_to_transfer();
    let step = desk.session.step_no();
    for _ in 0..2 {
        desk.act(Action::Decide { step, decision: Decision::Confirm });
    }
    assert_eq!(desk.transfers().len(), 1);
    let asked = desk.transfers()[0];
    assert_eq!((asked.part, asked.amount_tiyn), (1, Tiyn::from_tenge(SUM).unwrap()));
    assert_eq!(desk.count("FaceCaptured"), 1);
    assert!(asked.place.is_some());
    desk.bank_says(TransferOutcome::Paid);
    assert!(desk.made());
    let papers: Vec<_> =
        desk.effects.iter().filter(|effect| matches!(effect, Effect::Print(Paper::Transfer(_)))).collect();
    assert_eq!(papers.len(), 1);
    desk.decide(Decision::Confirm);
    assert!(desk.session.at_rest() && desk.wiped_from(0));
    assert_eq!(desk.dispenses(), 0);
}

#[test]
fn no_answer_to_a_transfer_is_no_refusal_and_opens_no_other_way() {
    let mut desk = Desk::ready_to_transfer();
    desk.decide(Decision::Confirm);
    // Nobody leaves while it is asked for, neither by a touch nor for a flat battery.
    desk.act(Action::Cancel);
    assert!(matches!(desk.transfer(), Transferring::Ordering { .. }));
    let seconds = u64::from(pack().session.answer_seconds);
    desk.wait_ms(seconds * 1000 + 1);
    assert!(!desk.made());
    desk.decide(Decision::Confirm);
    assert!(desk.session.at_rest());
    assert_eq!((desk.transfers().len(), desk.count("PayoutRequested")), (1, 0));
}

#[test]
fn a_refused_transfer_offers_the_other_ways_and_notes_are_paid_as_the_first_part() {
    let mut desk = Desk::ready_to_transfer();
    desk.decide(Decision::Confirm);
    desk.bank_says(TransferOutcome::Refused { reason: "not_theirs".into() });
    let owed = desk.still_owed().clone();
    assert!(owed.untransferred && !owed.is_begun());
    let ways = desk.session.remainder_ways(&owed, &desk.now);
    let place = ways.iter().position(|way| *way == (RemainderWay::Notes, None)).unwrap();
    desk.decide(Decision::Choose(place));
    assert_eq!(desk.count("PayoutRequested"), 1);
    assert!(matches!(desk.session.state(), State::Authorising { .. }));
}

#[test]
fn a_statement_is_read_and_signed_before_the_same_request_is_asked_again() {
    let mut desk = Desk::ready_to_transfer();
    desk.decide(Decision::Confirm);
    let text = "Өтініш";
    desk.bank_says(TransferOutcome::ToSign {
        statement: Secret::new(text.into()),
        statement_sha256: jws::sha256_b64(text.as_bytes()),
    });
    assert!(matches!(desk.transfer(), Transferring::Statement { .. }));
    desk.decide(Decision::Confirm);
    assert_eq!(desk.count("SignatureRequested"), 1);
    let signature = desk.rows().into_iter().find_map(|body| match body {
        Body::SignatureRequested(asked) => Some(asked.signature),
        _ => None,
    });
    desk.answer(MessageBody::SignatureAccepted {
        signature: signature.unwrap(),
        cms_sha256: jws::sha256_b64(b"cms"),
        signed_at: NOON,
    });
    assert_eq!(desk.transfers().len(), 2);
    assert_eq!(desk.transfers()[0].request, desk.transfers()[1].request);
    // A text of another hash is signed by nobody.
    desk.bank_says(TransferOutcome::ToSign {
        statement: Secret::new("?".into()),
        statement_sha256: jws::sha256_b64(text.as_bytes()),
    });
    desk.assert_ended(Ending::TermsMismatch);
}

#[test]
fn from_a_statement_that_is_not_signed_one_goes_back_to_where_the_money_is_to_go() {
    let mut desk = Desk::ready_to_transfer();
    desk.decide(Decision::Confirm);
    let text = "Өтініш";
    desk.bank_says(TransferOutcome::ToSign {
        statement: Secret::new(text.into()),
        statement_sha256: jws::sha256_b64(text.as_bytes()),
    });
    desk.act(Action::Back);
    assert!(matches!(desk.transfer(), Transferring::Ready(_)));
    assert_eq!(desk.count("SignatureRequested"), 0);
    // From there another way can be chosen still, and a transfer that was ordered is not left.
    desk.act(Action::Back);
    assert!(matches!(desk.transfer(), Transferring::Ready(_)));
    desk.decide(Decision::Confirm);
    desk.act(Action::Back);
    assert!(matches!(desk.transfer(), Transferring::Ordering { .. }));
    assert_eq!(desk.transfers().len(), 2);
}

#[test]
fn a_merchant_takes_an_invoice_and_another_picture() {
    let mut desk = Desk::choosing();
    desk.takes_way(PayoutMethod::Merchant);
    desk.decide(Decision::Choose(0));
    for wrong in ["", "a1", "123456789012345678901"] {
        desk.enter(wrong);
        assert!(matches!(desk.way_stage(), WayStage::Invoice { invalid: true, .. }), "{wrong}");
    }
    let first = desk.enter("A1204");
    assert!(desk.records_from(first)[0].draft.attachment.is_some());
    desk.is_told(WayOutcome::Accepted);
    desk.concludes_it();
    desk.decide(Decision::Confirm);
    assert!(desk.transfers().is_empty(), "the application for it takes a face of its own");
    desk.send(Event::Camera(CameraEvent::Opened));
    desk.takes_picture();
    assert_eq!((desk.transfers().len(), desk.count("FaceCaptured")), (1, 2));
    let agreed: Vec<MessageId> = desk
        .rows()
        .into_iter()
        .filter_map(|body| match body {
            Body::ContractAgreed(agreed) => Some(agreed.face_check),
            _ => None,
        })
        .collect();
    assert_ne!(agreed, [desk.transfers()[0].face_check]);
}

#[test]
fn going_back_from_the_contract_lets_the_way_be_chosen_anew() {
    let mut desk = Desk::choosing();
    desk.takes_way(PayoutMethod::CashDesk);
    desk.is_told(WayOutcome::Accepted);
    let drafted = desk.contract();
    desk.answer(drafted);
    desk.act(Action::Back);
    let State::Schedules { offer } = desk.session.state() else { panic!("no drafts") };
    assert_eq!(offer.way, None);
    desk.act(Action::ChooseMethod(senim_domain::loan::Method::Annuity));
    assert!(matches!(desk.way_stage(), WayStage::Asking { .. }));
    assert!(matches!(desk.session.state(), State::Way(way) if matches!(way.bound, WayFor::Contract { .. })));
}
