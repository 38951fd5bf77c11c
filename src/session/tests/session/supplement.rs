//! Changes of a contract: the very bytes are read, checked by this terminal's own arithmetic, agreed to once, or declined.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_document::{Figures, Kind, Paper, Section};
use senim_domain::loan::{Method, Term};
use senim_domain::supplement::{AmendedTerms, SupplementKind};
use senim_domain::{ClientId, Language, LoanId, Secret, SupplementId, Tiyn, UtcMillis};
use senim_operation::Body;
use senim_operation::body::{RefundWay, SessionEnd};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{
    ChangeableContract, ContractChanges, FaceRefusal, MessageBody, RefundAnswer, RefundDue, RefundOutcome,
    RefundRefusal, RefundTaken, RestructuringAnswer, RestructuringOutcome, RestructuringRefusal,
    SupplementAnswer, SupplementDraft, SupplementOutcome, SupplementRefusal, WaitingSupplement,
};
use senim_operation::signature::SignaturePurpose;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::dialogue::cabinet::Function;
use senim_session::effect::{Effect, Paper as Printed};
use senim_session::event::{CameraEvent, Event};
use senim_session::state::{Ending, State};
use senim_session::supplement::{AmendStage, NotAmended, RefundFault};
use uuid::Uuid;

use crate::desk::{Desk, NOON, pack};

fn client() -> ClientId {
    ClientId(Uuid::from_u128(5))
}

fn loan() -> LoanId {
    LoanId(Uuid::from_u128(6))
}

fn supplement() -> SupplementId {
    SupplementId(Uuid::from_u128(7))
}

fn in_cabinet() -> Desk {
    let mut desk = Desk::with_cabinet();
    desk.to_cabinet();
    desk
}

fn changes() -> ContractChanges {
    ContractChanges {
        supplements: vec![WaitingSupplement {
            supplement: supplement(),
            loan: loan(),
            contract: Secret::new("MK-1".into()),
            number: Secret::new("1".into()),
            kind: SupplementKind::Supplement,
            expires: UtcMillis(NOON.0 + 3_600_000),
        }],
        contracts: vec![ChangeableContract {
            loan: loan(),
            number: Secret::new("MK-1".into()),
            answer_by: None,
        }],
        refunds: Vec::new(),
    }
}

fn listed(changes: ContractChanges) -> Desk {
    let mut desk = in_cabinet();
    desk.open_function(Function::Changes);
    assert_eq!(desk.count("ChangesRequested"), 1);
    desk.answer(MessageBody::ChangesFound(changes));
    assert!(matches!(stage(&desk), AmendStage::Listed(_)));
    desk
}

fn stage(desk: &Desk) -> &AmendStage {
    match desk.session.state() {
        State::Amend(amending) => &amending.stage,
        other => panic!("{other:?}"),
    }
}

fn terms() -> AmendedTerms {
    AmendedTerms {
        principal_tiyn: Tiyn::from_tenge(80_000).unwrap(),
        annual_percent: "24.000".parse().unwrap(),
        term: Term::Months(9),
        method: Method::Annuity,
        begins: jiff::civil::date(2026, 3, 2),
        interest_tiyn: Tiyn::ZERO,
        penalty_tiyn: Tiyn::ZERO,
    }
}

/// A supplement as a good gateway drafts it, but for what a test makes wrong of its text.
fn draft(wrong: impl FnOnce(&mut Paper)) -> SupplementDraft {
    let pack = pack();
    let own = terms().quote(&pack, pack.product("simple").unwrap()).unwrap();
    let section = |language| Section {
        language,
        title: "Қосымша келісім".into(),
        terms: Vec::new(),
        paragraphs: vec!["Мәтін".into()],
        table: None,
    };
    let mut paper = Paper {
        kind: Kind::Supplement,
        number: "MK-1 / 1".into(),
        date: "2026-03-02".into(),
        sections: vec![section(Language::Kk), section(Language::Ru)],
        figures: Some(Figures { schedule: terms().schedule(&own), gesv_e8: own.gesv_exact.units() }),
    };
    wrong(&mut paper);
    let pdf = senim_document::write(&paper).unwrap();
    SupplementDraft {
        supplement: supplement(),
        loan: loan(),
        product: "simple".into(),
        terms: terms(),
        sha256: sha256_b64(pdf.expose()),
        pdf: Secret::new(STANDARD.encode(pdf.expose())),
    }
}

fn drafted(draft: SupplementDraft) -> Desk {
    let mut desk = listed(changes());
    desk.decide(Decision::Choose(0));
    assert_eq!(desk.count("SupplementRequested"), 1);
    desk.answer(MessageBody::SupplementDrafted(Box::new(draft)));
    desk
}

fn read() -> Desk {
    let mut desk = drafted(draft(|_| {}));
    assert!(matches!(stage(&desk), AmendStage::Reading(_)));
    desk.act(Action::ContractRead);
    assert!(matches!(stage(&desk), AmendStage::Decide(_)));
    desk
}

fn sits(desk: &mut Desk) {
    desk.send(Event::Camera(CameraEvent::Opened));
    desk.picture();
    desk.answer(MessageBody::HolderMatched { client: client() });
    assert!(matches!(stage(desk), AmendStage::Concluding { .. }), "{:?}", desk.session.state());
}

fn concluding() -> Desk {
    let mut desk = read();
    assert_eq!(desk.count("SupplementAgreed"), 0);
    desk.decide(Decision::Confirm);
    sits(&mut desk);
    desk
}

fn answered(outcome: SupplementOutcome) -> MessageBody {
    MessageBody::SupplementAnswered(SupplementAnswer { supplement: supplement(), outcome })
}

fn sha256(desk: &Desk) -> String {
    let row = desk.rows().into_iter().rev().find_map(|body| match body {
        Body::SupplementAgreed(row) => Some(row.supplement_sha256.clone()),
        _ => None,
    });
    row.unwrap()
}

#[test]
fn a_supplement_is_read_agreed_to_before_the_camera_and_its_slip_is_printed() {
    let mut desk = concluding();
    let shown = desk.rows().into_iter().find_map(|body| match body {
        Body::DocumentShown(row) => Some((row.document.clone(), row.sha256.clone(), row.loan)),
        _ => None,
    });
    let sha256 = sha256(&desk);
    assert_eq!(shown, Some(("supplement".to_owned(), sha256.clone(), loan())));
    desk.answer(answered(SupplementOutcome::Concluded { at: NOON, sha256: sha256.clone() }));
    let AmendStage::Concluded(amended) = stage(&desk) else { panic!("{:?}", desk.session.state()) };
    assert_eq!((amended.sha256.as_str(), amended.schedule.instalments.len()), (sha256.as_str(), 9));
    let of = amended.asked;
    let paper = Printed::Slip(of);
    desk.send(Event::ReceiptDone { paper, printed: true, sha256: "A".repeat(43) });
    assert_eq!(desk.count("SlipPrinted"), 1);
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.session.state(), State::Cabinet(_)));
}

#[test]
fn a_supplement_whose_bytes_or_figures_are_not_this_terminals_own_is_not_shown() {
    let wrong: [fn(&mut Paper); 6] = [
        |paper| paper.kind = Kind::Contract,
        |paper| paper.figures = None,
        |paper| paper.figures.as_mut().unwrap().gesv_e8 += 1,
        |paper| paper.figures.as_mut().unwrap().schedule.instalments[0].interest_tiyn = Tiyn::ZERO,
        |paper| drop(paper.sections.remove(0)),
        |paper| drop(paper.sections.remove(1)),
    ];
    for make_wrong in wrong {
        drafted(draft(make_wrong)).assert_ended(Ending::TermsMismatch);
    }
    let wrong: [fn(&mut SupplementDraft); 7] = [
        |draft| draft.sha256 = sha256_b64(b"another byte"),
        |draft| draft.pdf = Secret::new(STANDARD.encode(b"no PDF")),
        |draft| draft.supplement = SupplementId(Uuid::from_u128(99)),
        |draft| draft.loan = LoanId(Uuid::from_u128(99)),
        |draft| draft.product = "nothing".into(),
        |draft| draft.terms.annual_percent = "25.000".parse().unwrap(),
        |draft| draft.terms.annual_percent = "60.000".parse().unwrap(),
    ];
    for make_wrong in wrong {
        let mut draft = draft(|_| {});
        make_wrong(&mut draft);
        drafted(draft).assert_ended(Ending::TermsMismatch);
    }
}

#[test]
fn a_signature_over_the_shown_bytes_comes_first_where_the_mfo_wants_one() {
    let mut desk = concluding();
    desk.answer(answered(SupplementOutcome::Refused(SupplementRefusal::NotSigned)));
    let State::Signing(signing) = desk.session.state() else { panic!("{:?}", desk.session.state()) };
    assert_eq!((signing.purpose, signing.loan), (SignaturePurpose::Supplement, Some(loan())));
    let (signature, document) = desk
        .rows()
        .into_iter()
        .find_map(|body| match body {
            Body::SignatureRequested(row) => Some((row.signature, row.document_sha256.clone())),
            _ => None,
        })
        .unwrap();
    assert_eq!(document, sha256(&desk));
    desk.answer(MessageBody::SignatureAccepted { signature, cms_sha256: "B".repeat(43), signed_at: NOON });
    assert!(matches!(stage(&desk), AmendStage::Concluding { .. }));
    assert_eq!(desk.count("SupplementAgreed"), 2);
}

#[test]
fn an_old_face_is_taken_anew_and_somebody_elses_concludes_nothing() {
    let mut desk = concluding();
    desk.answer(answered(SupplementOutcome::Refused(SupplementRefusal::FaceCheck)));
    sits(&mut desk);
    assert_eq!(desk.count("SupplementAgreed"), 2);
    let mut desk = read();
    desk.decide(Decision::Confirm);
    desk.send(Event::Camera(CameraEvent::Opened));
    desk.picture();
    let reason = FaceRefusal::NoMatch;
    desk.answer(MessageBody::HolderRefused { client: client(), reason, attempts_left: 0 });
    desk.assert_ended(Ending::FaceNotMatched);
    assert_eq!(desk.count("SupplementAgreed"), 0);
}

#[test]
fn a_supplement_is_declined_after_one_question_and_nothing_else_is_said() {
    let mut desk = read();
    desk.decide(Decision::Decline);
    assert!(matches!(stage(&desk), AmendStage::Sure(_)));
    desk.decide(Decision::Decline);
    assert!(matches!(stage(&desk), AmendStage::Decide(_)));
    desk.decide(Decision::Decline);
    desk.decide(Decision::Confirm);
    // A second touch, and the way out: the word is on its way.
    desk.decide(Decision::Confirm);
    desk.act(Action::Cancel);
    assert_eq!(desk.count("SupplementDeclined"), 1);
    desk.answer(answered(SupplementOutcome::Declined));
    assert!(matches!(stage(&desk), AmendStage::Declined));
    assert_eq!((desk.count("SupplementAgreed"), desk.count("FaceCaptured")), (0, 0));
}

#[test]
fn every_refusal_is_told_and_leads_back_to_the_cabinet() {
    let refusals = [
        (SupplementRefusal::NotWaiting, NotAmended::Ended),
        (SupplementRefusal::Expired, NotAmended::Ended),
        (SupplementRefusal::TermsChanged, NotAmended::Ended),
        (SupplementRefusal::OutsideLimits, NotAmended::Differs),
        (SupplementRefusal::DocumentDiffers, NotAmended::Differs),
        (SupplementRefusal::SigningNotOffered, NotAmended::NotSigned),
        (SupplementRefusal::TryLater, NotAmended::TryLater),
    ];
    for (reason, told) in refusals {
        let mut drafting = listed(changes());
        drafting.decide(Decision::Choose(0));
        for mut desk in [concluding(), drafting] {
            desk.answer(answered(SupplementOutcome::Refused(reason)));
            assert!(matches!(stage(&desk), AmendStage::NotAmended(why) if *why == told), "{reason:?}");
            desk.decide(Decision::Confirm);
            assert!(matches!(desk.session.state(), State::Cabinet(_)));
        }
    }
}

#[test]
fn an_answer_that_does_not_come_or_is_another_ones_claims_nothing() {
    let mut desk = concluding();
    let (session, asked, sha256) = (desk.session.session_id(), desk.asked(), sha256(&desk));
    desk.wait_ms(u64::from(pack().session.answer_seconds) * 1000);
    assert!(matches!(stage(&desk), AmendStage::NotAmended(NotAmended::NoAnswer)));
    let late =
        desk.message(answered(SupplementOutcome::Concluded { at: NOON, sha256 }), session, Some(asked));
    desk.send(Event::Answer(Box::new(late)));
    assert!(matches!(stage(&desk), AmendStage::NotAmended(NotAmended::NoAnswer)));
    let mut desk = concluding();
    let foreign = SupplementAnswer {
        supplement: SupplementId(Uuid::from_u128(99)),
        outcome: SupplementOutcome::Concluded { at: NOON, sha256: "A".repeat(43) },
    };
    desk.answer(MessageBody::SupplementAnswered(foreign));
    assert!(matches!(stage(&desk), AmendStage::NotAmended(NotAmended::NoAnswer)));
    let mut desk = concluding();
    desk.answer(answered(SupplementOutcome::Concluded { at: NOON, sha256: "A".repeat(43) }));
    assert!(matches!(stage(&desk), AmendStage::NotAmended(NotAmended::NoAnswer)), "other bytes");
}

fn wishing() -> Desk {
    let mut desk = listed(changes());
    desk.decide(Decision::Choose(1));
    assert!(matches!(stage(&desk), AmendStage::Reason { .. }));
    desk.decide(Decision::Choose(1));
    desk.decide(Decision::Choose(0));
    assert!(matches!(stage(&desk), AmendStage::Months { .. }));
    desk.act(Action::Back);
    assert!(matches!(stage(&desk), AmendStage::Relief { .. }));
    desk.decide(Decision::Choose(0));
    desk.decide(Decision::Choose(1));
    assert_eq!(desk.count("RestructuringRequested"), 1);
    desk
}

#[test]
fn other_terms_are_asked_for_with_a_sealed_reason_and_the_day_of_the_answer_is_shown() {
    let mut desk = wishing();
    desk.act(Action::Cancel);
    let asked = desk.asked();
    desk.answer(MessageBody::RestructuringAnswered(RestructuringAnswer {
        loan: loan(),
        outcome: RestructuringOutcome::Taken { request: asked, answer_by: "2026-03-17".into() },
    }));
    assert!(matches!(stage(&desk), AmendStage::Sent { answer_by, .. } if answer_by == "2026-03-17"));
    desk.act(Action::Cancel);
    let closed = desk.rows().into_iter().rev().find_map(|body| match body {
        Body::SessionClosed(row) => Some(row.end),
        _ => None,
    });
    assert_eq!(closed, Some(SessionEnd::Completed));
    // What needs no months is asked for without them.
    let mut desk = listed(changes());
    for place in [1, 0, 2] {
        desk.decide(Decision::Choose(place));
    }
    assert_eq!(desk.count("RestructuringRequested"), 1);
}

#[test]
fn what_was_asked_for_already_is_not_asked_for_again() {
    let mut changes = changes();
    changes.contracts[0].answer_by = Some("2026-03-17".into());
    let mut desk = listed(changes);
    desk.decide(Decision::Choose(1));
    assert!(matches!(stage(&desk), AmendStage::Listed(_)));
    let mut desk = wishing();
    desk.answer(MessageBody::RestructuringAnswered(RestructuringAnswer {
        loan: loan(),
        outcome: RestructuringOutcome::Refused(RestructuringRefusal::AlreadyAsked),
    }));
    assert!(matches!(stage(&desk), AmendStage::NotAmended(NotAmended::AlreadyAsked)));
}

#[test]
fn a_slip_is_asked_for_once() {
    let mut desk = concluding();
    let sha256 = sha256(&desk);
    let asked = desk.asked();
    let body = answered(SupplementOutcome::Concluded { at: NOON, sha256 });
    let message = desk.message(body, desk.session.session_id(), Some(asked));
    let effects = desk.send_raw(Event::Answer(Box::new(message)));
    let prints = effects.iter().filter(|effect| matches!(effect, Effect::Print(Printed::Slip(_)))).count();
    assert_eq!(prints, 1);
}

fn due() -> RefundDue {
    RefundDue {
        loan: loan(),
        number: Secret::new("MK-1".into()),
        amount_tiyn: Tiyn::from_tenge(5_000).unwrap(),
        ways: vec![RefundWay::Account, RefundWay::CashDesk],
    }
}

fn taken(way: RefundWay) -> MessageBody {
    let taken = RefundTaken {
        way,
        amount_tiyn: due().amount_tiyn,
        account_masked: Secret::default(),
        number: "K-1".into(),
        until: "2026-03-12".into(),
        address: "Алматы".into(),
        at: NOON,
    };
    MessageBody::RefundAnswered(RefundAnswer { loan: loan(), outcome: RefundOutcome::Taken(taken) })
}

fn not_refunded(reason: RefundRefusal) -> MessageBody {
    MessageBody::RefundAnswered(RefundAnswer { loan: loan(), outcome: RefundOutcome::Refused(reason) })
}

/// The way of a refund is being chosen.
fn refunding() -> Desk {
    let nothing = ContractChanges { supplements: Vec::new(), contracts: Vec::new(), refunds: vec![due()] };
    let mut desk = listed(nothing);
    desk.decide(Decision::Choose(0));
    assert!(matches!(stage(&desk), AmendStage::RefundWay { .. }));
    desk
}

fn shows_the_face(desk: &mut Desk) {
    desk.send(Event::Camera(CameraEvent::Opened));
    desk.picture();
    desk.answer(MessageBody::HolderMatched { client: client() });
    assert!(matches!(stage(desk), AmendStage::RefundSending { .. }), "{:?}", desk.session.state());
}

#[test]
fn a_refund_at_the_cash_desk_takes_a_face_and_no_note_leaves_for_it() {
    let mut desk = refunding();
    desk.decide(Decision::Choose(1));
    assert_eq!(desk.count("RefundChosen"), 0);
    shows_the_face(&mut desk);
    // The word is on its way.
    desk.act(Action::Cancel);
    desk.answer(taken(RefundWay::CashDesk));
    let AmendStage::Refunded(refunded) = stage(&desk) else { panic!("{:?}", desk.session.state()) };
    let paper = Printed::Slip(refunded.asked);
    desk.send(Event::ReceiptDone { paper, printed: true, sha256: "A".repeat(43) });
    assert_eq!((desk.count("RefundChosen"), desk.count("SlipPrinted"), desk.dispenses()), (1, 1, 0));
}

#[test]
fn an_account_that_is_not_theirs_is_typed_again_without_another_face() {
    let mut desk = refunding();
    desk.decide(Decision::Choose(0));
    desk.enter("KZ00");
    assert!(matches!(
        stage(&desk),
        AmendStage::RefundAccount { fault: Some(RefundFault::NotUsable), face_check: None, .. }
    ));
    desk.enter("KZ86125KZT5004100100");
    shows_the_face(&mut desk);
    for (reason, fault) in [
        (RefundRefusal::NotOwned, RefundFault::NotOwned),
        (RefundRefusal::OwnerUnknown, RefundFault::OwnerUnknown),
        (RefundRefusal::NotUsable, RefundFault::NotUsable),
    ] {
        desk.answer(not_refunded(reason));
        assert!(matches!(stage(&desk), AmendStage::RefundAccount { fault: Some(of), .. } if *of == fault));
        desk.enter("KZ86125KZT5004100100");
    }
    assert_eq!((desk.count("FaceCaptured"), desk.count("RefundChosen")), (1, 4));
    desk.answer(not_refunded(RefundRefusal::FaceCheck));
    shows_the_face(&mut desk);
    desk.answer(taken(RefundWay::CashDesk));
    assert!(matches!(stage(&desk), AmendStage::NotAmended(NotAmended::NoAnswer)), "another way is none");
}

#[test]
fn a_refund_that_is_refused_or_not_answered_claims_nothing() {
    let refusals = [
        (RefundRefusal::NotDue, NotAmended::NoRefund),
        (RefundRefusal::AlreadyChosen, NotAmended::NoRefund),
        (RefundRefusal::TooMany, NotAmended::TooMany),
        (RefundRefusal::TryLater, NotAmended::TryLater),
    ];
    for (reason, told) in refusals {
        let mut desk = refunding();
        desk.decide(Decision::Choose(1));
        shows_the_face(&mut desk);
        desk.answer(not_refunded(reason));
        assert!(matches!(stage(&desk), AmendStage::NotAmended(why) if *why == told), "{reason:?}");
    }
    let mut desk = refunding();
    desk.decide(Decision::Choose(1));
    shows_the_face(&mut desk);
    desk.wait_ms(u64::from(pack().session.answer_seconds) * 1000);
    assert!(matches!(stage(&desk), AmendStage::NotAmended(NotAmended::NoAnswer)));
}
