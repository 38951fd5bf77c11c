//! Changes of a contract: read and signed like a contract, concluded once; declined; asked for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::loan::{Method, Term};
use senim_domain::rule_pack::{ChangeRules, ClientType, Purpose};
use senim_domain::supplement::{AmendedTerms, HardshipReason, SupplementKind, WishedRelief};
use senim_domain::{
    ClientId, Language, LoanId, MessageId, SecretBytes, SignatureId, SupplementId, Tiyn, UtcMillis,
};
use senim_gateway_core::connectors::{ContractStanding, ContractSummary, Debt, SupplementOffer};
use senim_operation::attachment::RestructuringWish;
use senim_operation::body::*;
use senim_operation::jws::sha256_b64;
use senim_operation::message::{
    CabinetContent, CabinetRefusal, ContractChanges, DocumentKind, MessageBody, RestructuringOutcome,
    RestructuringRefusal, SupplementDraft, SupplementOutcome, SupplementRefusal,
};
use senim_operation::signature::SignaturePurpose;
use senim_pki::Algorithm;
use senim_pki::phone::Manner;
use uuid::Uuid;

use crate::support::eds::scan;
use crate::support::{self, NOON, PRINCIPAL, Rig, pack, started};

const DAY: i64 = 86_400;

fn client() -> ClientId {
    ClientId(Uuid::from_u128(7))
}

fn supplement() -> SupplementId {
    SupplementId(Uuid::from_u128(77))
}

fn terms(rate: &str, months: u16) -> AmendedTerms {
    AmendedTerms {
        principal_tiyn: Tiyn::new(8_000_000).unwrap(),
        annual_percent: rate.parse().unwrap(),
        term: Term::Months(months),
        method: Method::Annuity,
        begins: jiff::civil::date(2026, 3, 2),
        interest_tiyn: Tiyn::new(120_000).unwrap(),
        penalty_tiyn: Tiyn::ZERO,
    }
}

fn offer(loan: LoanId, terms: AmendedTerms) -> SupplementOffer {
    SupplementOffer {
        supplement: supplement(),
        number: "1".into(),
        loan,
        kind: SupplementKind::Restructuring,
        terms,
        expires: UtcMillis(NOON.0 + 3_600_000),
    }
}

/// A contract is being paid, and core lending offers these terms from today on.
fn offered(rig: &mut Rig, terms: AmendedTerms) -> LoanId {
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&leave, 20, PayoutResult::Paid)));
    runs(rig, loan, ContractStanding::Running);
    rig.services.set(|s| {
        s.owed = Some(Debt {
            loan,
            on: String::new(),
            principal_tiyn: Tiyn::new(8_000_000).unwrap(),
            interest_tiyn: Tiyn::new(120_000).unwrap(),
            penalty_tiyn: Tiyn::ZERO,
            due_tiyn: Tiyn::ZERO,
            next_date: None,
            next_tiyn: Tiyn::ZERO,
            overdue_days: 0,
            suspension_interest_tiyn: Tiyn::ZERO,
        });
        s.supplements = vec![offer(loan, terms)];
    });
    rig.open_session();
    rig.log_in();
    loan
}

fn runs(rig: &Rig, loan: LoanId, standing: ContractStanding) {
    rig.services.set(|s| {
        s.contracts = vec![ContractSummary {
            loan,
            client: client(),
            number: "MK-1".into(),
            principal_tiyn: Tiyn::new(PRINCIPAL).unwrap(),
            issued: "2026-03-02".into(),
            contract_sha256: "A".repeat(43),
            standing,
        }];
    });
}

fn outcome(body: MessageBody) -> SupplementOutcome {
    match body {
        MessageBody::SupplementAnswered(answer) => {
            assert_eq!(answer.supplement, supplement());
            answer.outcome
        }
        other => panic!("{other:?}"),
    }
}

fn asks(rig: &mut Rig, loan: LoanId) -> Result<SupplementDraft, SupplementRefusal> {
    let body = SupplementRequested { client: client(), loan, supplement: supplement() };
    match rig.say(rig.in_session(body)).unwrap().1 {
        MessageBody::SupplementDrafted(draft) => Ok(*draft),
        other => match outcome(other) {
            SupplementOutcome::Refused(reason) => Err(reason),
            other => panic!("{other:?}"),
        },
    }
}

fn reads(rig: &mut Rig, loan: LoanId, sha256: &str) {
    let body = DocumentShown {
        loan,
        document: "supplement".into(),
        sha256: sha256.to_owned(),
        language: Language::Kk,
    };
    assert!(rig.say(rig.in_session(body)).is_none());
}

fn sits(rig: &mut Rig) -> MessageId {
    let subject = FaceSubject::Client(client());
    let captured = FaceCaptured { subject, liveness: rig.proves(subject), quality: 80 };
    let picture = SecretBytes::new(b"picture of a face".to_vec());
    let (id, body) = rig.say(rig.in_session(captured).with_attachment(picture)).unwrap();
    assert!(matches!(body, MessageBody::HolderMatched { .. }), "{body:?}");
    id
}

fn agreed(loan: LoanId, sha256: &str, face_check: MessageId) -> SupplementAgreed {
    SupplementAgreed {
        client: client(),
        loan,
        supplement: supplement(),
        supplement_sha256: sha256.to_owned(),
        face_check,
    }
}

fn agrees(rig: &mut Rig, loan: LoanId, sha256: &str, face: MessageId) -> Result<(), SupplementRefusal> {
    match outcome(rig.say(rig.in_session(agreed(loan, sha256, face))).unwrap().1) {
        SupplementOutcome::Concluded { sha256: of, .. } => {
            assert_eq!(of, sha256);
            Ok(())
        }
        SupplementOutcome::Refused(reason) => Err(reason),
        SupplementOutcome::Declined => panic!("declined"),
    }
}

fn declines(rig: &mut Rig, loan: LoanId) -> SupplementOutcome {
    let body = SupplementDeclined { client: client(), loan, supplement: supplement() };
    outcome(rig.say(rig.in_session(body)).unwrap().1)
}

fn changes(rig: &mut Rig) -> Result<ContractChanges, CabinetRefusal> {
    match rig.say(rig.in_session(ChangesRequested { client: client() })).unwrap().1 {
        MessageBody::ChangesFound(found) => Ok(found),
        MessageBody::CabinetRefused { reason } => Err(reason),
        other => panic!("{other:?}"),
    }
}

fn shown(rig: &mut Rig, part: CabinetPart) -> CabinetContent {
    match rig.say(rig.in_session(CabinetRequested::of(client(), part))).unwrap().1 {
        MessageBody::CabinetShown(content) => content,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_supplement_is_drafted_in_both_languages_with_the_schedule_and_rate_of_what_is_left() {
    let mut rig = started();
    let loan = offered(&mut rig, terms("24.000", 9));
    let found = changes(&mut rig).unwrap();
    assert_eq!(found.supplements[0].supplement, supplement());
    let draft = asks(&mut rig, loan).unwrap();
    let pdf = SecretBytes::new(STANDARD.decode(draft.pdf.expose()).unwrap());
    assert_eq!((sha256_b64(pdf.expose()), draft.terms), (draft.sha256.clone(), terms("24.000", 9)));
    let paper = senim_document::read(&pdf).unwrap();
    assert_eq!((paper.kind, paper.date.as_str()), (senim_document::Kind::Supplement, "2026-03-02"));
    let languages: Vec<_> = paper.sections.iter().map(|section| section.language).collect();
    assert_eq!(languages[..2], [Language::Kk, Language::Ru]);
    let own = draft.terms.quote(&pack(), pack().product(&draft.product).unwrap()).unwrap();
    let figures = paper.figures.clone().unwrap();
    assert_eq!((figures.gesv_e8, figures.schedule.instalments.len()), (own.gesv_exact.units(), 9));
    // What accrued before stands in words, in no instalment.
    let text: String = paper.sections[1].paragraphs.join(" ");
    assert!(text.contains("1\u{a0}200\u{a0}₸"), "{text}");
    assert_eq!(figures.schedule.principal_tiyn, Tiyn::new(8_000_000).unwrap());
}

#[test]
fn a_supplement_is_concluded_once_over_the_bytes_that_were_read_and_core_lending_hears_once() {
    let mut rig = started();
    let loan = offered(&mut rig, terms("24.000", 9));
    let draft = asks(&mut rig, loan).unwrap();
    let face = sits(&mut rig);
    // Neither unread, nor with another byte, nor without a face.
    assert_eq!(agrees(&mut rig, loan, &draft.sha256, face), Err(SupplementRefusal::DocumentDiffers));
    reads(&mut rig, loan, &draft.sha256);
    let another = sha256_b64(b"another byte");
    assert_eq!(agrees(&mut rig, loan, &another, face), Err(SupplementRefusal::DocumentDiffers));
    let nobody = MessageId(Uuid::from_u128(1));
    assert_eq!(agrees(&mut rig, loan, &draft.sha256, nobody), Err(SupplementRefusal::FaceCheck));
    rig.services.set(|s| s.core_down = true);
    assert_eq!(agrees(&mut rig, loan, &draft.sha256, face), Err(SupplementRefusal::TryLater));
    rig.services.set(|s| s.core_down = false);
    agrees(&mut rig, loan, &draft.sha256, face).unwrap();
    // An impatient finger.
    agrees(&mut rig, loan, &draft.sha256, face).unwrap();
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    let told = rig.services.get(|s| s.concluded.clone());
    assert_eq!((told.len(), told[0].loan, told[0].schedule.len()), (1, loan, 9));
    assert_eq!(told[0].sha256, draft.sha256);
    assert!(changes(&mut rig).unwrap().supplements.is_empty());
    assert_eq!(asks(&mut rig, loan).unwrap_err(), SupplementRefusal::NotWaiting);
    assert_eq!(declines(&mut rig, loan), SupplementOutcome::Refused(SupplementRefusal::NotWaiting));
}

#[test]
fn core_lending_that_is_away_after_the_conclusion_hears_of_it_once_when_it_is_back() {
    let mut rig = started();
    let loan = offered(&mut rig, terms("24.000", 9));
    let draft = asks(&mut rig, loan).unwrap();
    reads(&mut rig, loan, &draft.sha256);
    let face = sits(&mut rig);
    let row = rig.terminal.write(rig.in_session(agreed(loan, &draft.sha256, face)), rig.now).0;
    rig.services.set(|s| s.letter_reply_lost = true);
    assert!(matches!(rig.deliver(row.clone(), None), Some((_, MessageBody::SupplementAnswered(_)))));
    // The same row once more gets the same answer, and tells nobody anything.
    assert_eq!(rig.send(&[row]).refusal, None);
    rig.later(60);
    rig.gateway.flush_outbox(rig.now).unwrap();
    assert_eq!(rig.services.get(|s| s.concluded.len()), 1);
}

#[test]
fn the_cabinet_shows_the_terms_in_force_and_every_document_with_its_confirmation() {
    let mut rig = started();
    let loan = offered(&mut rig, terms("24.000", 9));
    let draft = asks(&mut rig, loan).unwrap();
    reads(&mut rig, loan, &draft.sha256);
    let face = sits(&mut rig);
    let asked = DocumentAsked { loan, sha256: draft.sha256.clone() };
    let early = rig.say(rig.in_session(CabinetRequested::file(client(), asked))).unwrap().1;
    assert!(matches!(early, MessageBody::CabinetRefused { .. }), "nobody agreed to it yet: {early:?}");
    let CabinetContent::Contracts(before) = shown(&mut rig, CabinetPart::Contracts) else { panic!() };
    agrees(&mut rig, loan, &draft.sha256, face).unwrap();
    let CabinetContent::Contracts(after) = shown(&mut rig, CabinetPart::Contracts) else { panic!() };
    assert_eq!((before[0].documents.len(), after[0].documents.last()), (1, Some(&draft.sha256)));
    let asked = DocumentAsked { loan, sha256: draft.sha256.clone() };
    let file = rig.say(rig.in_session(CabinetRequested::file(client(), asked))).unwrap().1;
    let MessageBody::CabinetShown(CabinetContent::Document(file)) = file else { panic!("{file:?}") };
    assert_eq!(file.pdf.expose(), draft.pdf.expose(), "the bytes that were read");
    assert_eq!((after[0].annual_rate_hundredths, after[0].term), (Some(2_400), Some(Term::Months(9))));
    let CabinetContent::Confirmations(papers) = shown(&mut rig, CabinetPart::Confirmations) else { panic!() };
    let ours = papers.iter().find(|paper| paper.document == DocumentKind::Supplement).unwrap();
    assert_eq!((ours.from_client, ours.sha256.as_ref()), (true, Some(&draft.sha256)));
}

#[test]
fn a_declined_supplement_changes_nothing_and_core_lending_hears_once_though_it_was_away() {
    let mut rig = started();
    let loan = offered(&mut rig, terms("24.000", 9));
    let draft = asks(&mut rig, loan).unwrap();
    rig.services.set(|s| s.core_down = true);
    // Nobody can tell whether the client's data leaked: nothing is done for them.
    assert_eq!(declines(&mut rig, loan), SupplementOutcome::Refused(SupplementRefusal::TryLater));
    rig.services.set(|s| s.core_down = false);
    assert_eq!(declines(&mut rig, loan), SupplementOutcome::Declined);
    assert_eq!(declines(&mut rig, loan), SupplementOutcome::Declined);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert_eq!(rig.services.get(|s| (s.declined.len(), s.concluded.len())), (1, 0));
    let face = sits(&mut rig);
    reads(&mut rig, loan, &draft.sha256);
    assert_eq!(agrees(&mut rig, loan, &draft.sha256, face), Err(SupplementRefusal::NotWaiting));
    let CabinetContent::Contracts(all) = shown(&mut rig, CabinetPart::Contracts) else { panic!() };
    assert_eq!(all[0].documents.len(), 1);
}

#[test]
fn an_offer_that_ended_a_payment_between_and_a_contract_at_rest_change_nothing() {
    let mut rig = started();
    let loan = offered(&mut rig, terms("24.000", 9));
    let draft = asks(&mut rig, loan).unwrap();
    reads(&mut rig, loan, &draft.sha256);
    let face = sits(&mut rig);
    let principal = |rig: &Rig, tiyn| {
        rig.services.set(|s| s.owed.as_mut().unwrap().principal_tiyn = Tiyn::new(tiyn).unwrap());
    };
    principal(&rig, 7_000_000);
    assert_eq!(agrees(&mut rig, loan, &draft.sha256, face), Err(SupplementRefusal::TermsChanged));
    assert_eq!(asks(&mut rig, loan).unwrap_err(), SupplementRefusal::TermsChanged);
    principal(&rig, 8_000_000);
    // Core lending offers something else under the same identity.
    rig.services.set(|s| s.supplements[0].terms = terms("30.000", 9));
    assert_eq!(agrees(&mut rig, loan, &draft.sha256, face), Err(SupplementRefusal::TermsChanged));
    rig.services.set(|s| s.supplements[0].terms = terms("24.000", 9));
    let ground = "article71".to_owned();
    runs(&rig, loan, ContractStanding::Suspended { since: rig.now, ground });
    assert_eq!(agrees(&mut rig, loan, &draft.sha256, face), Err(SupplementRefusal::NotWaiting));
    runs(&rig, loan, ContractStanding::Running);
    rig.services.set(|s| s.supplements[0].expires = rig.now);
    assert_eq!(agrees(&mut rig, loan, &draft.sha256, face), Err(SupplementRefusal::Expired));
    assert_eq!(asks(&mut rig, loan).unwrap_err(), SupplementRefusal::Expired);
    assert!(changes(&mut rig).unwrap().supplements.is_empty());
    rig.services.set(|s| s.supplements[0].expires = UtcMillis(rig.now.0 + 9 * DAY * 1000));
    rig.services.set(|s| s.supplements[0].terms.begins = jiff::civil::date(2026, 3, 1));
    assert_eq!(asks(&mut rig, loan).unwrap_err(), SupplementRefusal::Expired, "a schedule of the past");
    assert_eq!(rig.services.get(|s| s.concluded.len()), 0);
}

#[test]
fn a_supplement_beyond_the_limits_of_the_law_is_not_drafted() {
    let mut rig = started();
    let loan = offered(&mut rig, terms("60.000", 9));
    assert_eq!(asks(&mut rig, loan).unwrap_err(), SupplementRefusal::OutsideLimits);
    rig.services.set(|s| s.supplements[0].terms = terms("24.000", 0));
    assert_eq!(asks(&mut rig, loan).unwrap_err(), SupplementRefusal::OutsideLimits);
}

#[test]
fn nobody_reads_signs_or_declines_the_supplement_of_somebody_else() {
    let mut rig = started();
    let loan = offered(&mut rig, terms("24.000", 9));
    let draft = asks(&mut rig, loan).unwrap();
    // Nobody is logged in.
    rig.open_session();
    assert_eq!(asks(&mut rig, loan).unwrap_err(), SupplementRefusal::NotWaiting);
    reads(&mut rig, loan, &draft.sha256);
    let nobody = MessageId(Uuid::from_u128(1));
    assert_eq!(agrees(&mut rig, loan, &draft.sha256, nobody), Err(SupplementRefusal::NotWaiting));
    assert_eq!(declines(&mut rig, loan), SupplementOutcome::Refused(SupplementRefusal::NotWaiting));
    assert_eq!(changes(&mut rig).unwrap_err(), CabinetRefusal::NotAvailable);
    // Somebody else is: the rows name the client of the contract, or their own.
    rig.services.set(|s| s.client = Uuid::from_u128(8));
    rig.log_in();
    assert_eq!(asks(&mut rig, loan).unwrap_err(), SupplementRefusal::NotWaiting);
    assert_eq!(agrees(&mut rig, loan, &draft.sha256, nobody), Err(SupplementRefusal::NotWaiting));
    let own = SupplementDeclined { client: ClientId(Uuid::from_u128(8)), loan, supplement: supplement() };
    let refused = SupplementOutcome::Refused(SupplementRefusal::NotWaiting);
    assert_eq!(outcome(rig.say(rig.in_session(own)).unwrap().1), refused);
}

#[test]
fn two_visits_with_the_same_supplement_conclude_the_draft_of_the_later_one_alone() {
    let mut rig = started();
    let loan = offered(&mut rig, terms("24.000", 9));
    let first = asks(&mut rig, loan).unwrap();
    reads(&mut rig, loan, &first.sha256);
    let face = sits(&mut rig);
    let earlier = rig.terminal.session;
    rig.services.set(|s| {
        s.supplements[0].expires = UtcMillis(NOON.0 + 2 * DAY * 1000);
        s.supplements[0].terms.begins = jiff::civil::date(2026, 3, 3);
    });
    rig.later(60);
    rig.open_session();
    rig.log_in();
    let second = asks(&mut rig, loan).unwrap();
    assert_ne!(first.sha256, second.sha256);
    rig.terminal.session = earlier;
    assert!(rig.say(rig.in_session(agreed(loan, &first.sha256, face))).is_none(), "its visit is over");
    assert_eq!(rig.services.get(|s| s.concluded.len()), 0);
}

#[test]
fn with_signatures_a_supplement_needs_one_over_its_very_bytes() {
    let (mut rig, phones) = Rig::with_eds();
    let row = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[row]).refusal, None);
    let (loan, drafts) = rig.offer();
    rig.show(loan, &drafts[0]);
    let signs = |rig: &mut Rig, purpose, sha256: &str| {
        let signature = SignatureId(Uuid::now_v7());
        let document_sha256 = sha256.to_owned();
        let asked = SignatureRequested { signature, purpose, loan: Some(loan), document_sha256 };
        match rig.say(rig.in_session(asked)).unwrap().1 {
            MessageBody::SignatureOffered { qr, .. } => {
                assert!(rig.say(rig.in_session(SignatureAwaited { signature })).is_none());
                scan(&phones, &qr, Algorithm::P256, Manner::Signs).unwrap();
                let row = rig.terminal.rows.last().unwrap().clone();
                let (terminal, op_id) = (&row.envelope.terminal, row.envelope.op_id);
                let late = rig.gateway.late_answers(terminal, Some(op_id), rig.now).unwrap();
                Ok(rig.read(&late[0], &row).1)
            }
            other => Err(format!("{other:?}")),
        }
    };
    let contract = drafts[0].contract_sha256.clone();
    assert!(signs(&mut rig, SignaturePurpose::Contract, &contract).is_ok());
    let (face, _) = rig.face(loan);
    assert!(matches!(rig.agree(loan, &drafts[0], face), MessageBody::ContractAccepted { .. }));
    runs(&rig, loan, ContractStanding::Running);
    rig.services.set(|s| {
        s.supplements = vec![offer(loan, terms("24.000", 9))];
        s.owed = Some(Debt {
            loan,
            on: String::new(),
            principal_tiyn: Tiyn::new(8_000_000).unwrap(),
            interest_tiyn: Tiyn::ZERO,
            penalty_tiyn: Tiyn::ZERO,
            due_tiyn: Tiyn::ZERO,
            next_date: None,
            next_tiyn: Tiyn::ZERO,
            overdue_days: 0,
            suspension_interest_tiyn: Tiyn::ZERO,
        });
    });
    let draft = asks(&mut rig, loan).unwrap();
    // What was not read to its end is not signed.
    assert!(signs(&mut rig, SignaturePurpose::Supplement, &draft.sha256).is_err());
    reads(&mut rig, loan, &draft.sha256);
    let face = sits(&mut rig);
    assert_eq!(agrees(&mut rig, loan, &draft.sha256, face), Err(SupplementRefusal::NotSigned));
    // Neither another document nor the contract once more.
    assert!(signs(&mut rig, SignaturePurpose::Supplement, &contract).is_err());
    let verdict = signs(&mut rig, SignaturePurpose::Supplement, &draft.sha256).unwrap();
    assert!(matches!(verdict, MessageBody::SignatureAccepted { .. }), "{verdict:?}");
    agrees(&mut rig, loan, &draft.sha256, face).unwrap();
    assert_eq!(rig.services.get(|s| s.concluded.len()), 1);
}

#[test]
fn a_confirmed_entrepreneur_changes_a_business_contract_by_face_and_nobody_else_does() {
    let (mut rig, _) = Rig::with_eds();
    let mut rules = pack();
    rules.version += 1;
    rules.products[0].purpose = Purpose::Business;
    rules.products[0].client_types = [ClientType::IndividualEntrepreneur].into();
    rig.gateway.publish_rule_pack(rules, &support::staff(), rig.now).unwrap();
    rig.services.set(|s| (s.entrepreneur, s.state.entrepreneur) = (true, true));
    let row = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[row]).refusal, None);
    let loan = offered(&mut rig, terms("24.000", 9));
    let draft = asks(&mut rig, loan).unwrap();
    reads(&mut rig, loan, &draft.sha256);
    let face = sits(&mut rig);
    // Who is none any more by the register signs.
    rig.services.set(|s| s.state.entrepreneur = false);
    assert_eq!(agrees(&mut rig, loan, &draft.sha256, face), Err(SupplementRefusal::NotSigned));
    rig.services.set(|s| s.state.entrepreneur = true);
    agrees(&mut rig, loan, &draft.sha256, face).unwrap();
    assert!(rig.store.dump().contains("\"entrepreneur\":\"entrepreneur-report\""));
}

#[test]
fn a_pack_without_rules_for_changes_offers_none() {
    let mut rig = started();
    let loan = offered(&mut rig, terms("24.000", 9));
    let mut pack = pack();
    pack.version += 1;
    pack.changes = None;
    rig.gateway.publish_rule_pack(pack, &support::staff(), rig.now).unwrap();
    let found = changes(&mut rig).unwrap();
    assert!(found.supplements.is_empty() && found.contracts.is_empty());
    assert_eq!(asks(&mut rig, loan).unwrap_err(), SupplementRefusal::NotWaiting);
    assert_eq!(wishes(&mut rig, loan, Some(6)), Err(RestructuringRefusal::NotOffered));
}

fn wishes(rig: &mut Rig, loan: LoanId, months: Option<u16>) -> Result<String, RestructuringRefusal> {
    let wish =
        RestructuringWish { reason: HardshipReason::Illness, relief: WishedRelief::LongerTerm, months };
    let draft = rig.in_session(RestructuringRequested { client: client(), loan });
    match rig.say(draft.with_attachment(wish.to_plaintext().unwrap())).unwrap().1 {
        MessageBody::RestructuringAnswered(answer) => match answer.outcome {
            RestructuringOutcome::Taken { answer_by, .. } => Ok(answer_by),
            RestructuringOutcome::Refused(reason) => Err(reason),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_for_other_terms_is_taken_once_with_the_last_day_of_its_answer_and_carried_once() {
    let mut rig = started();
    let loan = offered(&mut rig, terms("24.000", 9));
    assert_eq!(wishes(&mut rig, loan, None), Err(RestructuringRefusal::TryLater), "a term without months");
    let days = pack().changes.map(|ChangeRules { answer_days, .. }| answer_days);
    assert_eq!((wishes(&mut rig, loan, Some(6)), days), (Ok("2026-03-17".to_owned()), Some(15)));
    assert_eq!(wishes(&mut rig, loan, Some(6)), Err(RestructuringRefusal::AlreadyAsked));
    let told = rig.services.get(|s| s.restructurings.clone());
    assert_eq!((told.len(), told[0].reason, told[0].months), (1, HardshipReason::Illness, Some(6)));
    assert_eq!((told[0].loan, told[0].answer_by.as_str()), (loan, "2026-03-17"));
    assert_eq!(changes(&mut rig).unwrap().contracts[0].answer_by.as_deref(), Some("2026-03-17"));
    let CabinetContent::Confirmations(papers) = shown(&mut rig, CabinetPart::Confirmations) else { panic!() };
    assert!(papers.iter().any(|paper| paper.document == DocumentKind::RestructuringRequest));
    // When the answer is overdue, they may ask again.
    rig.later(16 * DAY);
    rig.open_session();
    rig.log_in();
    assert_eq!(wishes(&mut rig, loan, Some(3)), Ok("2026-04-02".to_owned()));
    let kinds: Vec<String> =
        rig.terminal.rows.iter().map(|row| serde_json::to_string(&row.envelope.public).unwrap()).collect();
    assert!(kinds.iter().all(|row| !row.contains("illness")), "a reason is in no row");
}

#[test]
fn who_owes_nothing_asks_for_no_other_terms() {
    let mut rig = started();
    let loan = offered(&mut rig, terms("24.000", 9));
    for standing in [ContractStanding::Closed, ContractStanding::WrittenOff { at: rig.now }] {
        runs(&rig, loan, standing);
        assert_eq!(wishes(&mut rig, loan, Some(6)), Err(RestructuringRefusal::NotOwed));
    }
    runs(&rig, loan, ContractStanding::Running);
    let other = LoanId(Uuid::from_u128(404));
    assert_eq!(wishes(&mut rig, other, Some(6)), Err(RestructuringRefusal::NotOwed));
}
