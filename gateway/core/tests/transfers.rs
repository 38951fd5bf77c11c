//! Ways of payout other than notes: whose an account is, one transfer for one request, and nothing a second way while nobody
//! knows.

use senim_domain::rule_pack::PayoutMethod;
use senim_domain::{LoanId, MessageId, PayoutRequestId, PayoutTargetId, Secret, SignatureId, Tiyn};
use senim_gateway_core::connectors::CashDeskState;
use senim_operation::attachment::{MerchantInvoice, PayoutAccount};
use senim_operation::body::*;
use senim_operation::message::{
    MessageBody, PayoutTarget, PayoutWays, TransferOutcome, WayOutcome, WayRefusal,
};
use senim_operation::signature::SignaturePurpose;
use senim_pki::Algorithm;
use senim_pki::phone::Manner;
use senim_test_services::AccountOwner;
use uuid::Uuid;

use crate::support::{self, Drafted, PRINCIPAL, Rig, iin, pack, preparation, staff, started};

/// The account of the client, as the simulated world makes it up from the IIN, and somebody else's.
const OWN: &str = "KZ951250900514300002";
const OTHERS: &str = "KZ841250911231400005";

fn tiyn(sum: u64) -> Tiyn {
    Tiyn::new(sum).unwrap()
}

/// A client with an offer who may choose a way.
struct Scene {
    rig: Rig,
    loan: LoanId,
    drafts: Vec<senim_operation::message::OfferDraft>,
}

impl Scene {
    fn new() -> Self {
        Self::over(started())
    }

    fn over(mut rig: Rig) -> Self {
        assert_eq!(iin(), "900514300002", "the account belongs to this person");
        rig.open_session();
        let client = rig.log_in();
        let MessageBody::OfferMade { loan, drafts, .. } = rig.apply(client, PRINCIPAL) else {
            panic!("no offer")
        };
        rig.says(preparation::before_contract(client, loan, rig.now));
        Self { rig, loan, drafts }
    }

    /// A lender whose first product can pay merchants, and whose contracts rest above so many MRP.
    fn of_goods(above_mrp: u32) -> Self {
        let rig = started();
        let mut pack = pack();
        pack.version += 1;
        pack.cooling_off.above_mrp = above_mrp;
        pack.products[0].payout_methods.insert(PayoutMethod::Merchant);
        rig.gateway.publish_rule_pack(pack, &staff(), rig.now).unwrap();
        Self::over(rig)
    }

    fn ways(&mut self) -> PayoutWays {
        let body = PayoutWaysRequested { loan: self.loan };
        match self.rig.say(self.rig.in_session(body)).unwrap().1 {
            MessageBody::PayoutWaysFound(found) => found,
            other => panic!("{other:?}"),
        }
    }

    fn names(&mut self, iban: &str) -> Result<PayoutTarget, WayRefusal> {
        let sealed = PayoutAccount { iban: Secret::new(iban.into()) }.to_plaintext().unwrap();
        let body = PayoutAccountSubmitted { loan: self.loan };
        match self.rig.say(self.rig.in_session(body).with_attachment(sealed)).unwrap().1 {
            MessageBody::PayoutWayAnswered(answer) => match answer.outcome {
                WayOutcome::Confirmed(target) => Ok(target),
                WayOutcome::Refused(reason) => Err(reason),
                WayOutcome::Accepted => panic!("accepted before it was chosen"),
            },
            other => panic!("{other:?}"),
        }
    }

    fn chooses(&mut self, way: PayoutMethod, target: Option<PayoutTargetId>) -> MessageBody {
        let draft = self.rig.in_session(PayoutWayChosen { loan: self.loan, way, target });
        let draft = if way == PayoutMethod::Merchant {
            let invoice = MerchantInvoice { invoice: Secret::new("A1204".into()) };
            draft.with_attachment(invoice.to_plaintext().unwrap())
        } else {
            draft
        };
        self.rig.say(draft).unwrap().1
    }

    fn is_accepted(&mut self, way: PayoutMethod, target: Option<PayoutTargetId>) {
        match self.chooses(way, target) {
            MessageBody::PayoutWayAnswered(answer) => assert_eq!(answer.outcome, WayOutcome::Accepted),
            other => panic!("{other:?}"),
        }
    }

    fn read(&mut self) -> Drafted {
        let (loan, first) = (self.loan, self.drafts[0].clone());
        let draft = self.rig.choose(loan, &first);
        self.rig.show(loan, &draft);
        draft
    }

    /// The contract with this way is concluded; gives the face check.
    fn concludes(&mut self) -> MessageId {
        let draft = self.read();
        let (face, body) = self.rig.face(self.loan);
        assert!(matches!(body, MessageBody::FaceMatched { .. }), "{body:?}");
        let body = self.rig.agree(self.loan, &draft, face);
        assert!(matches!(body, MessageBody::ContractAccepted { .. }), "{body:?}");
        face
    }

    /// A contract that names the client's own account.
    fn to_own_account() -> (Self, PayoutTarget, MessageId) {
        let mut scene = Self::new();
        let target = scene.names(OWN).unwrap();
        scene.is_accepted(PayoutMethod::Account, Some(target.target));
        let face = scene.concludes();
        (scene, target, face)
    }

    fn request(&self, target: &PayoutTarget, face_check: MessageId) -> TransferRequested {
        TransferRequested {
            request: PayoutRequestId(Uuid::now_v7()),
            loan: self.loan,
            part: 1,
            amount_tiyn: tiyn(PRINCIPAL),
            way: target.way,
            target: target.target,
            face_check,
            place: None,
        }
    }

    fn asks(&mut self, body: &TransferRequested) -> TransferOutcome {
        match self.rig.say(self.rig.in_session(body.clone())).unwrap().1 {
            MessageBody::TransferAnswered(answer) => {
                assert_eq!(answer.request, body.request);
                answer.outcome
            }
            other => panic!("{other:?}"),
        }
    }

    fn refusal(&mut self, body: &TransferRequested) -> String {
        match self.asks(body) {
            TransferOutcome::Refused { reason } => reason,
            other => panic!("{other:?}"),
        }
    }

    fn bank(&self, up: bool) {
        self.rig.services.get(|s| s.behind.clone()).state(|state| {
            if up {
                state.down.remove("bank")
            } else {
                state.down.insert("bank")
            };
        });
    }

    fn loses_an_answer(&self) {
        self.rig.services.get(|s| s.behind.clone()).state(|state| state.loses_reply.insert("bank"));
    }

    /// What the bank has sent, tiyn.
    fn sent(&self) -> Vec<u64> {
        let behind = self.rig.services.get(|s| s.behind.clone());
        behind.state(|state| state.model.sent().into_iter().map(|(.., sum)| sum).collect())
    }

    fn reported(&self) -> Vec<u64> {
        self.rig.services.get(|s| s.payouts.iter().map(|payout| payout.amount_tiyn.tiyn()).collect())
    }

    fn upkeep(&mut self) {
        self.rig.later(5);
        self.rig.gateway.flush_outbox(self.rig.now).unwrap();
    }

    fn texts(&self, part: &str) -> usize {
        self.rig.services.get(|s| s.sms.iter().filter(|text| text.contains(part)).count())
    }
}

#[test]
fn the_contract_states_the_account_and_the_money_goes_once_from_the_lender() {
    let mut scene = Scene::new();
    let target = scene.names(OWN).unwrap();
    assert!(!target.name.expose().contains("514300002"), "masked for screens");
    scene.is_accepted(PayoutMethod::Account, Some(target.target));
    let draft = scene.read();
    let paper = senim_document::read(&draft.pdf).unwrap();
    for section in &paper.sections {
        assert!(section.terms.iter().any(|term| term.value.contains(OWN)), "{:?}", section.language);
    }
    let (face, _) = scene.rig.face(scene.loan);
    let loan = scene.loan;
    assert!(matches!(scene.rig.agree(loan, &draft, face), MessageBody::ContractAccepted { .. }));
    let request = scene.request(&target, face);
    assert_eq!(scene.asks(&request), TransferOutcome::Paid);
    // A touch too many, and another request: nothing more.
    assert_eq!(scene.asks(&request), TransferOutcome::Paid);
    let again = TransferRequested { request: PayoutRequestId(Uuid::now_v7()), ..request };
    assert_eq!(scene.refusal(&again), "paidOut");
    scene.upkeep();
    scene.upkeep();
    assert_eq!((scene.sent(), scene.reported()), (vec![PRINCIPAL], vec![PRINCIPAL]));
    assert_eq!(scene.texts("аударылды"), 1, "the client is told once");
    assert_eq!(scene.rig.request(loan, 2, PRINCIPAL, face).unwrap_err(), "paidOut");
}

#[test]
fn an_account_is_used_only_where_the_bank_confirms_its_owner() {
    let mut scene = Scene::new();
    assert_eq!(scene.names(OTHERS), Err(WayRefusal::NotOwned));
    // Nobody's, with right check digits.
    assert_eq!(scene.names("KZ86125KZT5004100100"), Err(WayRefusal::OwnerUnknown));
    // A terminal that does not look at check digits is not believed.
    assert_eq!(scene.names("KZ951250900514300003"), Err(WayRefusal::NotOffered));
    scene.bank(false);
    assert_eq!(scene.names(OWN), Err(WayRefusal::TryLater));
    scene.bank(true);
    let target = scene.names(OWN).unwrap();
    assert_eq!(scene.names(OTHERS), Err(WayRefusal::NotOwned));
    // Nobody tries out whose accounts there are.
    assert_eq!(scene.names(OWN), Err(WayRefusal::TooMany));
    scene.is_accepted(PayoutMethod::Account, Some(target.target));
    // The report and its moment stay with the loan, the account only sealed.
    let dump = scene.rig.store.dump();
    assert!(dump.contains("report_id") && !dump.contains(OWN) && !dump.contains(OTHERS));
}

#[test]
fn a_choice_without_its_destination_or_of_another_loan_is_not_taken() {
    let mut scene = Scene::new();
    let refused = |body| match body {
        MessageBody::PayoutWayAnswered(answer) => {
            answer.outcome == WayOutcome::Refused(WayRefusal::NotOffered)
        }
        other => panic!("{other:?}"),
    };
    let target = scene.names(OWN).unwrap();
    let unknown = PayoutTargetId(Uuid::now_v7());
    assert!(refused(scene.chooses(PayoutMethod::Account, None)));
    assert!(refused(scene.chooses(PayoutMethod::Account, Some(unknown))));
    assert!(refused(scene.chooses(PayoutMethod::Card, Some(target.target))));
    assert!(refused(scene.chooses(PayoutMethod::Cash, Some(target.target))));
    // This product pays no merchants.
    assert!(refused(scene.chooses(PayoutMethod::Merchant, Some(target.target))));
    assert!(!scene.ways().ways.contains(&PayoutMethod::Merchant));
}

#[test]
fn a_lost_answer_of_the_bank_is_asked_for_and_nothing_is_paid_a_second_way_meanwhile() {
    let (mut scene, target, face) = Scene::to_own_account();
    scene.bank(false);
    let request = scene.request(&target, face);
    assert_eq!(scene.asks(&request), TransferOutcome::UnderWay);
    let loan = scene.loan;
    assert_eq!(scene.rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "transferring");
    let other = TransferRequested { request: PayoutRequestId(Uuid::now_v7()), ..request.clone() };
    assert_eq!(scene.refusal(&other), "transferring");
    let claim =
        RemainderClaimed { request: PayoutRequestId(Uuid::now_v7()), loan, amount_tiyn: tiyn(PRINCIPAL) };
    let answer = scene.rig.say(scene.rig.in_session(claim)).unwrap().1;
    assert!(matches!(answer, MessageBody::ClaimRefused { ref reason, .. } if reason == "transferring"));
    scene.upkeep();
    assert_eq!(scene.asks(&request), TransferOutcome::UnderWay);
    assert_eq!((scene.sent().len(), scene.reported().len()), (0, 0));
    // The bank is back, takes it, and its answer is lost.
    scene.bank(true);
    scene.loses_an_answer();
    scene.upkeep();
    scene.upkeep();
    scene.upkeep();
    assert_eq!((scene.sent(), scene.reported()), (vec![PRINCIPAL], vec![PRINCIPAL]));
    assert_eq!(scene.asks(&request), TransferOutcome::Paid);
    assert_eq!(scene.rig.request(loan, 2, PRINCIPAL, face).unwrap_err(), "paidOut");
}

#[test]
fn a_transfer_that_the_bank_rejects_leaves_the_way_in_notes() {
    let (mut scene, target, face) = Scene::to_own_account();
    // The account changed hands between the question and the order: the bank compares once more.
    let behind = scene.rig.services.get(|s| s.behind.clone());
    behind.set_quirks(&iin(), |quirks| quirks.account = AccountOwner::Other);
    let request = scene.request(&target, face);
    assert_eq!(scene.refusal(&request), "not_theirs");
    // The same request stays what it was.
    assert_eq!(scene.refusal(&request), "not_theirs");
    scene.upkeep();
    assert_eq!(scene.texts("аударылмады"), 1);
    let loan = scene.loan;
    let leave = scene.rig.request(loan, 1, PRINCIPAL, face).unwrap();
    assert!(scene.rig.say(scene.rig.in_session(Rig::ended(&leave, 20, PayoutResult::Paid))).is_none());
    assert_eq!((scene.sent().len(), scene.reported()), (0, vec![PRINCIPAL]));
}

#[test]
fn a_transfer_needs_what_notes_need() {
    let (mut scene, target, face) = Scene::to_own_account();
    let right = scene.request(&target, face);
    let wrong = TransferRequested { amount_tiyn: tiyn(PRINCIPAL - 100), ..right.clone() };
    assert_eq!(scene.refusal(&wrong), "wrongAmount");
    let wrong = TransferRequested { part: 2, ..right.clone() };
    assert_eq!(scene.refusal(&wrong), "wrongPart");
    let wrong = TransferRequested { target: PayoutTargetId(Uuid::now_v7()), ..right.clone() };
    assert_eq!(scene.refusal(&wrong), "notOffered");
    let wrong = TransferRequested { way: PayoutMethod::Card, ..right.clone() };
    assert_eq!(scene.refusal(&wrong), "notOffered");
    let wrong = TransferRequested { way: PayoutMethod::Cash, ..right.clone() };
    assert_eq!(scene.refusal(&wrong), "notOffered");
    let wrong = TransferRequested { loan: LoanId(Uuid::now_v7()), ..right.clone() };
    assert_eq!(scene.refusal(&wrong), "unknownLoan");
    let wrong = TransferRequested { face_check: MessageId(Uuid::now_v7()), ..right.clone() };
    assert_eq!(scene.refusal(&wrong), "faceCheck");
    scene.rig.services.set(|s| s.refusal = true);
    assert_eq!(scene.refusal(&right), "voluntaryRefusal");
    scene.rig.services.set(|s| s.refusal = false);
    scene.rig.later(3_600);
    assert_eq!(scene.refusal(&right), "faceCheck", "the picture is too old");
    assert_eq!(scene.sent().len(), 0);
}

#[test]
fn a_request_of_a_visit_that_is_over_orders_nothing() {
    let (mut scene, target, face) = Scene::to_own_account();
    let draft = scene.rig.in_session(scene.request(&target, face));
    scene.rig.open_session();
    assert!(scene.rig.say(draft).is_none());
    scene.upkeep();
    assert_eq!((scene.sent().len(), scene.reported().len()), (0, 0));
    // Whoever comes again finds the loan that waits, with the account of its contract.
    let (login, _) = scene.rig.ask_login(&iin());
    let code = scene.rig.last_code();
    match scene.rig.type_code(login, &code) {
        MessageBody::LoggedIn { waiting: Some(waiting), .. } => {
            assert_eq!((waiting.loan, waiting.way), (scene.loan, Some(PayoutMethod::Account)));
            assert_eq!(waiting.target, Some(target));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_card_is_a_token_that_the_bank_confirms() {
    let mut scene = Scene::new();
    let ways = scene.ways();
    assert!(ways.ways.contains(&PayoutMethod::Card));
    let [card] = ways.targets.as_slice() else { panic!("{ways:?}") };
    assert!(card.way == PayoutMethod::Card && card.name.expose().ends_with("0002"));
    scene.is_accepted(PayoutMethod::Card, Some(card.target));
    let face = scene.concludes();
    let request = scene.request(card, face);
    assert_eq!(scene.asks(&request), TransferOutcome::Paid);
    // Somebody whose card the bank does not confirm is offered none.
    let mut scene = Scene::new();
    let behind = scene.rig.services.get(|s| s.behind.clone());
    behind.set_quirks(&iin(), |quirks| quirks.account = AccountOwner::Unknown);
    assert!(scene.ways().targets.is_empty());
    scene.bank(false);
    assert!(scene.ways().targets.is_empty());
}

#[test]
fn a_merchant_takes_another_picture_and_is_the_one_of_the_contract() {
    let mut scene = Scene::of_goods(75);
    let merchants: Vec<_> =
        scene.ways().targets.into_iter().filter(|one| one.way == PayoutMethod::Merchant).collect();
    assert_eq!(merchants.len(), 2);
    scene.is_accepted(PayoutMethod::Merchant, Some(merchants[0].target));
    let draft = scene.read();
    let paper = senim_document::read(&draft.pdf).unwrap();
    let stated = paper.sections.iter().flat_map(|section| &section.terms);
    assert!(
        stated.into_iter().any(|term| term.value.contains("A1204") && term.value.contains("940140000385"))
    );
    let (loan, (face, _)) = (scene.loan, scene.rig.face(scene.loan));
    assert!(matches!(scene.rig.agree(loan, &draft, face), MessageBody::ContractAccepted { .. }));
    let request = scene.request(&merchants[0], face);
    assert_eq!(scene.refusal(&request), "faceCheck", "the contract's own picture is not enough");
    let (again, _) = scene.rig.face(loan);
    let other = TransferRequested { face_check: again, ..scene.request(&merchants[1], again) };
    assert_eq!(scene.refusal(&other), "notOffered");
    let request = scene.request(&merchants[0], again);
    assert_eq!(scene.asks(&request), TransferOutcome::Paid);
    assert_eq!((scene.sent(), scene.reported()), (vec![PRINCIPAL], vec![PRINCIPAL]));
}

#[test]
fn goods_need_not_rest_but_notes_in_their_place_do() {
    // 20 MRP of 4,325 tenge: the loan rests, unless it is for goods.
    let mut scene = Scene::of_goods(20);
    let day = |scene: &Scene| scene.drafts[0].schedule.issued.to_string();
    assert_eq!(day(&scene), "2026-03-03");
    let merchant = scene.ways().targets.into_iter().find(|one| one.way == PayoutMethod::Merchant).unwrap();
    let MessageBody::OfferMade { loan, drafts, .. } =
        scene.chooses(PayoutMethod::Merchant, Some(merchant.target))
    else {
        panic!("the schedules begin today now")
    };
    assert_eq!(loan, scene.loan);
    scene.drafts = drafts;
    assert_eq!(day(&scene), "2026-03-02");
    let face = scene.concludes();
    // The merchant could be paid now; notes would have had to rest.
    assert_eq!(scene.rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "coolingOff");
    let (face, _) = scene.rig.face(loan);
    let request = scene.request(&merchant, face);
    assert_eq!(scene.asks(&request), TransferOutcome::Paid);
    // An account rests as notes do.
    let mut scene = Scene::of_goods(20);
    let target = scene.names(OWN).unwrap();
    scene.is_accepted(PayoutMethod::Account, Some(target.target));
    let face = scene.concludes();
    let request = scene.request(&target, face);
    assert_eq!(scene.refusal(&request), "coolingOff");
}

#[test]
fn the_whole_waits_at_the_desk_only_where_the_contract_says_so_and_ends_there() {
    let mut scene = Scene::new();
    scene.is_accepted(PayoutMethod::CashDesk, None);
    let face = scene.concludes();
    let loan = scene.loan;
    let claim =
        RemainderClaimed { request: PayoutRequestId(Uuid::now_v7()), loan, amount_tiyn: tiyn(PRINCIPAL) };
    let slip = scene.rig.say(scene.rig.in_session(claim.clone())).unwrap().1;
    assert!(matches!(slip, MessageBody::ClaimSlipIssued(_)), "{slip:?}");
    assert_eq!(scene.rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "claimed");
    // It waits, and core lending says so.
    scene.rig.open_session();
    scene.rig.log_in();
    let (face, _) = scene.rig.face(loan);
    assert_eq!(scene.rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "claimed");
    // The desk has paid: core lending has entered that itself.
    scene.rig.services.set(|s| s.desk_state = Some(CashDeskState::Paid));
    scene.rig.open_session();
    scene.rig.log_in();
    let (face, _) = scene.rig.face(loan);
    assert_eq!(scene.rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "paidOut");
    assert_eq!(scene.reported().len(), 0);
}

#[test]
fn a_slip_that_lapsed_gives_the_way_in_notes_back() {
    let mut scene = Scene::new();
    scene.is_accepted(PayoutMethod::CashDesk, None);
    scene.concludes();
    let loan = scene.loan;
    let claim =
        RemainderClaimed { request: PayoutRequestId(Uuid::now_v7()), loan, amount_tiyn: tiyn(PRINCIPAL) };
    scene.rig.say(scene.rig.in_session(claim)).unwrap();
    scene.rig.services.set(|s| s.desk_state = Some(CashDeskState::Lapsed));
    // Found by the upkeep, whoever comes.
    for _ in 0..61 {
        scene.upkeep();
    }
    let (face, _) = scene.rig.face(loan);
    assert!(scene.rig.request(loan, 1, PRINCIPAL, face).is_ok());
}

/// Signs whatever was laid out, on the client's phone.
fn signs(scene: &mut Scene, phones: &senim_test_services::Phones, sha256: &str, purpose: SignaturePurpose) {
    let signature = SignatureId(Uuid::now_v7());
    let document_sha256 = sha256.to_owned();
    let body = SignatureRequested { signature, purpose, loan: Some(scene.loan), document_sha256 };
    let offered = scene.rig.say(scene.rig.in_session(body)).unwrap().1;
    let MessageBody::SignatureOffered { qr, .. } = offered else { panic!("{offered:?}") };
    assert!(scene.rig.say(scene.rig.in_session(SignatureAwaited { signature })).is_none());
    support::eds::scan(phones, &qr, Algorithm::P256, Manner::Signs).unwrap();
    scene.rig.later(2);
    let now = scene.rig.now;
    phones.set(|world| world.now = now);
    let answers = scene.rig.gateway.late_answers(&scene.rig.terminal.id, None, now).unwrap();
    let row = scene.rig.terminal.rows.last().unwrap().clone();
    let (_, body) = scene.rig.read(&answers[0], &row);
    assert!(matches!(body, MessageBody::SignatureAccepted { .. }), "{body:?}");
}

#[test]
fn an_account_is_named_under_a_signature_by_the_contract_or_by_a_statement() {
    let (mut rig, phones) = Rig::with_eds();
    let row = rig.terminal.begin_epoch(rig.now);
    rig.send(&[row]);
    let mut scene = Scene::over(rig);
    let target = scene.names(OWN).unwrap();
    scene.is_accepted(PayoutMethod::Account, Some(target.target));
    let draft = scene.read();
    let (face, _) = scene.rig.face(scene.loan);
    let (loan, sha256) = (scene.loan, draft.contract_sha256.clone());
    assert!(matches!(scene.rig.agree(loan, &draft, face), MessageBody::ContractRefused { .. }));
    signs(&mut scene, &phones, &sha256, SignaturePurpose::Contract);
    assert!(matches!(scene.rig.agree(loan, &draft, face), MessageBody::ContractAccepted { .. }));
    // An account that the contract does not name takes a statement of its own.
    let other = scene.names(OWN).unwrap();
    assert_ne!(other.target, target.target);
    let request = scene.request(&other, face);
    let TransferOutcome::ToSign { statement, statement_sha256 } = scene.asks(&request) else {
        panic!("ordered without a signature")
    };
    assert!(statement.expose().contains("KZ95 1250 9005 1430 0002"), "as people read it");
    assert_eq!(scene.sent().len(), 0);
    // Asked again it is the same text.
    let TransferOutcome::ToSign { statement_sha256: again, .. } = scene.asks(&request) else { panic!() };
    assert_eq!(again, statement_sha256);
    signs(&mut scene, &phones, &statement_sha256, SignaturePurpose::AccountChange);
    assert_eq!(scene.asks(&request), TransferOutcome::Paid);
    assert_eq!(scene.sent(), [PRINCIPAL]);
}

#[test]
fn the_account_of_a_signed_contract_needs_no_second_signature() {
    let (mut rig, phones) = Rig::with_eds();
    let row = rig.terminal.begin_epoch(rig.now);
    rig.send(&[row]);
    let mut scene = Scene::over(rig);
    let target = scene.names(OWN).unwrap();
    scene.is_accepted(PayoutMethod::Account, Some(target.target));
    let draft = scene.read();
    let (face, _) = scene.rig.face(scene.loan);
    let (loan, sha256) = (scene.loan, draft.contract_sha256.clone());
    signs(&mut scene, &phones, &sha256, SignaturePurpose::Contract);
    assert!(matches!(scene.rig.agree(loan, &draft, face), MessageBody::ContractAccepted { .. }));
    let request = scene.request(&target, face);
    assert_eq!(scene.asks(&request), TransferOutcome::Paid);
}
