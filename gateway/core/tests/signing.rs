//! Electronic signatures of clients through the gateway: by phone and by card, with everything that can go wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{LoanId, MessageId, Secret, SecretBytes, SignatureId, UtcMillis};
use senim_eds::ToSign;
use senim_gateway_core::{GatewayError, SignatureState};
use senim_operation::attachment::CardSignature;
use senim_operation::body::*;
use senim_operation::jws::sha256_b64;
use senim_operation::message::MessageBody;
use senim_operation::signature::{SignaturePurpose, SignatureRefusal};
use senim_pki::phone::Manner;
use senim_pki::qr::ScanFault;
use senim_pki::{Algorithm, Profile};
use senim_test_services::Phones;
use uuid::Uuid;

use crate::support::eds::{holder, scan};
use crate::support::{self, Drafted, Rig, staff};

/// A visit in which the contract was read to its end.
struct Scene {
    rig: Rig,
    phones: Phones,
    loan: LoanId,
    draft: Drafted,
    /// Contracts of the same offer with other methods.
    others: Vec<Drafted>,
}

impl Scene {
    fn new() -> Self {
        let (mut rig, phones) = Rig::with_eds();
        let row = rig.terminal.begin_epoch(rig.now);
        rig.send(&[row]);
        let (loan, mut others) = rig.offer();
        let draft = others.remove(0);
        rig.show(loan, &draft);
        Self { rig, phones, loan, draft, others }
    }

    fn later(&mut self, seconds: i64) {
        self.rig.later(seconds);
        let now = self.rig.now;
        self.phones.set(|w| w.now = now);
    }

    fn ask_for(&mut self, sha256: &str) -> (SignatureId, MessageBody) {
        let signature = SignatureId(Uuid::now_v7());
        let body = SignatureRequested {
            signature,
            purpose: SignaturePurpose::Contract,
            loan: Some(self.loan),
            document_sha256: sha256.to_owned(),
        };
        (signature, self.rig.say(self.rig.in_session(body)).unwrap().1)
    }

    /// A code on the screen.
    fn code(&mut self) -> (SignatureId, Secret) {
        let (signature, body) = self.ask_for(&self.draft.contract_sha256.clone());
        let MessageBody::SignatureOffered { qr, life_seconds, .. } = body else { panic!("{body:?}") };
        assert_eq!(life_seconds, 180);
        assert!(self.rig.say(self.rig.in_session(SignatureAwaited { signature })).is_none());
        (signature, qr)
    }

    /// What a poll of the terminal brings about the row written last.
    fn poll(&mut self) -> Option<MessageBody> {
        self.later(2);
        let row = self.rig.terminal.rows.last().unwrap().clone();
        let answers = self.rig.gateway.late_answers(&self.rig.terminal.id, None, self.rig.now).unwrap();
        assert!(answers.len() <= 1);
        answers.first().map(|compact| self.rig.read(compact, &row).1)
    }

    fn state(&self, signature: SignatureId) -> SignatureState {
        self.rig.gateway.signature(signature).unwrap().unwrap().state
    }

    /// The whole way with a phone of this manner.
    fn sign(&mut self, algorithm: Algorithm, manner: Manner) -> (SignatureId, MessageBody) {
        let (signature, qr) = self.code();
        assert!(self.poll().is_none());
        scan(&self.phones, &qr, algorithm, manner).unwrap();
        (signature, self.poll().unwrap())
    }
}

/// Why a contract is not concluded.
fn not_concluded(scene: &mut Scene, draft: &Drafted, face: MessageId) -> String {
    match scene.rig.agree(scene.loan, draft, face) {
        MessageBody::ContractRefused { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

fn refusal(body: &MessageBody) -> (SignatureRefusal, bool) {
    match body {
        MessageBody::SignatureRefused { reason, may_retry, .. } => (*reason, *may_retry),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_phone_signs_the_contract_and_it_is_concluded() {
    for (algorithm, manner, kind) in [
        (Algorithm::Rsa2048, Manner::Signs, "rsa"),
        (Algorithm::P256, Manner::SignsAttached, "ecdsa"),
        (Algorithm::P256, Manner::Gost, "gost"),
    ] {
        let mut scene = Scene::new();
        let (signature, body) = scene.sign(algorithm, manner);
        let MessageBody::SignatureAccepted { cms_sha256, .. } = body else { panic!("{body:?}") };
        let SignatureState::Accepted(kept) = scene.state(signature) else { panic!("not kept") };
        assert_eq!((kept.cms_sha256, kept.algorithm.as_str()), (cms_sha256, kind));

        let (face, _) = scene.rig.face(scene.loan);
        let agreed = scene.rig.agree(scene.loan, &scene.draft.clone(), face);
        assert!(matches!(agreed, MessageBody::ContractAccepted { .. }), "{agreed:?}");
    }
}

#[test]
fn without_a_signature_no_contract_is_concluded() {
    let mut scene = Scene::new();
    let (face, _) = scene.rig.face(scene.loan);
    let agreed = scene.rig.agree(scene.loan, &scene.draft.clone(), face);
    let MessageBody::ContractRefused { reason, .. } = agreed else { panic!("{agreed:?}") };
    assert_eq!(reason, "notSigned");
}

#[test]
fn a_document_changed_by_one_byte_is_neither_signed_nor_concluded() {
    let mut scene = Scene::new();
    let mut changed = scene.draft.pdf.expose().to_vec();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let mut other = scene.draft.clone();
    other.contract_sha256 = sha256_b64(&changed);
    other.pdf = SecretBytes::new(changed);

    // Neither a code for the phone, nor a card's signature under the changed bytes.
    scene.rig.show(scene.loan, &other);
    let (_, body) = scene.ask_for(&other.contract_sha256);
    assert_eq!(refusal(&body), (SignatureRefusal::NotOffered, false));
    let now = scene.rig.now;
    let (_, body) = by_card(&mut scene, now, other.pdf.expose(), Algorithm::P256);
    assert_eq!(refusal(&body), (SignatureRefusal::NotVerified, true));

    // Not even with the genuine bytes signed.
    scene.sign(Algorithm::P256, Manner::Signs);
    let (face, _) = scene.rig.face(scene.loan);
    assert_eq!(not_concluded(&mut scene, &other, face), "documentDiffers");
    let agreed = scene.rig.agree(scene.loan, &scene.draft.clone(), face);
    assert!(matches!(agreed, MessageBody::ContractAccepted { .. }), "{agreed:?}");
}

#[test]
fn a_contract_is_not_concluded_while_the_one_with_another_method_is_signed() {
    let mut scene = Scene::new();
    let other = scene.others[0].clone();
    scene.rig.show(scene.loan, &other);
    scene.sign(Algorithm::P256, Manner::Signs);
    let (face, _) = scene.rig.face(scene.loan);
    assert_eq!(not_concluded(&mut scene, &other, face), "notSigned");
    // Nor under the signed hash with the other method.
    let mut crossed = other;
    crossed.contract_sha256 = scene.draft.contract_sha256.clone();
    assert_eq!(not_concluded(&mut scene, &crossed, face), "documentDiffers");
}

#[test]
fn each_wrong_signature_is_refused_by_name_and_may_be_tried_again() {
    use SignatureRefusal::*;
    for (manner, told, code) in [
        (Manner::Refuses, Declined, "declined"),
        (Manner::OtherIin, OtherPerson, "otherPerson"),
        (Manner::AuthCertificate, WrongKey, "notForSigning"),
        (Manner::Expired, CertificateExpired, "expired"),
        (Manner::NotYetValid, CertificateNotYetValid, "notYetValid"),
        (Manner::Revoked, CertificateRevoked, "revoked"),
        (Manner::Tampered, NotVerified, "signatureWrong"),
        (Manner::OtherDocument, OtherDocument, "otherDocument"),
        (Manner::NoTimestamp, NotVerified, "timestampMissing"),
        (Manner::Organisation, Organisation, "organisation"),
        (Manner::WrongIssuer, CertificateUnknown, "issuerUnknown"),
    ] {
        let mut scene = Scene::new();
        let (signature, body) = scene.sign(Algorithm::P256, manner);
        assert_eq!(refusal(&body), (told, true), "{manner:?}");
        let SignatureState::Refused(why) = scene.state(signature) else { panic!("{manner:?}") };
        assert_eq!(why.code, code);
        let (_, body) = scene.sign(Algorithm::P256, Manner::Signs);
        assert!(matches!(body, MessageBody::SignatureAccepted { .. }), "after {manner:?}: {body:?}");
    }
}

#[test]
fn an_expired_code_is_followed_by_a_new_one_over_the_same_document() {
    let mut scene = Scene::new();
    let (first, qr) = scene.code();
    scene.later(180);
    assert_eq!(refusal(&scene.poll().unwrap()), (SignatureRefusal::Expired, true));
    assert_eq!(scan(&scene.phones, &qr, Algorithm::P256, Manner::Signs), Err(ScanFault::Expired));
    let (second, body) = scene.sign(Algorithm::P256, Manner::Signs);
    assert!(first != second && matches!(body, MessageBody::SignatureAccepted { .. }), "{body:?}");
}

#[test]
fn a_code_that_is_replaced_serves_no_phone_any_more() {
    let mut scene = Scene::new();
    let (first, old) = scene.code();
    let (_, new) = scene.code();
    assert_eq!(scan(&scene.phones, &old, Algorithm::P256, Manner::Signs), Err(ScanFault::Cancelled));
    assert!(matches!(scene.state(first), SignatureState::Cancelled { .. }));
    scan(&scene.phones, &new, Algorithm::P256, Manner::Signs).unwrap();
    assert!(matches!(scene.poll(), Some(MessageBody::SignatureAccepted { .. })));
}

#[test]
fn a_double_tap_asks_for_no_second_signature_once_there_is_one() {
    let mut scene = Scene::new();
    let (signature, _) = scene.sign(Algorithm::P256, Manner::Signs);
    let (_, again) = scene.ask_for(&scene.draft.contract_sha256.clone());
    assert!(
        matches!(again, MessageBody::SignatureAccepted { signature: kept, .. } if kept == signature),
        "{again:?}"
    );
    assert_eq!(scene.phones.get(|w| w.started), 1);
}

#[test]
fn a_document_that_was_not_shown_or_is_not_offered_is_not_signed() {
    let mut scene = Scene::new();
    let (_, body) = scene.ask_for(&sha256_b64(b"another contract"));
    assert_eq!(refusal(&body), (SignatureRefusal::NotOffered, false));
    let loan = std::mem::replace(&mut scene.loan, LoanId(Uuid::now_v7()));
    let (_, body) = scene.ask_for(&scene.draft.contract_sha256.clone());
    assert_eq!(refusal(&body), (SignatureRefusal::NotOffered, false));
    scene.loan = loan;
    scene.sign(Algorithm::P256, Manner::Signs);
}

#[test]
fn a_gateway_without_signatures_says_so() {
    let mut rig = support::started();
    let (loan, drafts) = rig.offer();
    rig.show(loan, &drafts[0]);
    let asked = SignatureRequested {
        signature: SignatureId(Uuid::now_v7()),
        purpose: SignaturePurpose::Contract,
        loan: Some(loan),
        document_sha256: drafts[0].contract_sha256.clone(),
    };
    let body = rig.say(rig.in_session(asked)).unwrap().1;
    assert_eq!(refusal(&body), (SignatureRefusal::NotOffered, false));
}

#[test]
fn a_service_that_is_away_gives_no_code_and_another_try() {
    let mut scene = Scene::new();
    scene.phones.set(|w| w.service_down = true);
    let (_, body) = scene.ask_for(&scene.draft.contract_sha256.clone());
    assert_eq!(refusal(&body), (SignatureRefusal::TryLater, true));
    scene.phones.set(|w| w.service_down = false);
    let (_, body) = scene.sign(Algorithm::P256, Manner::Signs);
    assert!(matches!(body, MessageBody::SignatureAccepted { .. }));
}

#[test]
fn a_signature_is_not_lost_while_services_are_away_for_a_moment() {
    let mut scene = Scene::new();
    let (_, qr) = scene.code();
    scan(&scene.phones, &qr, Algorithm::Rsa2048, Manner::Signs).unwrap();
    scene.phones.set(|w| w.service_down = true);
    assert!(scene.poll().is_none());
    scene.phones.set(|w| (w.service_down, w.ocsp_down, w.lists_down) = (false, true, true));
    assert!(scene.poll().is_none());
    scene.phones.set(|w| w.lists_down = false);
    assert!(matches!(scene.poll(), Some(MessageBody::SignatureAccepted { .. })));
}

#[test]
fn services_that_stay_away_end_the_attempt_and_not_the_visit() {
    let mut scene = Scene::new();
    let (_, qr) = scene.code();
    scan(&scene.phones, &qr, Algorithm::Rsa2048, Manner::Gost).unwrap();
    scene.phones.set(|w| w.gost_down = true);
    assert!(scene.poll().is_none());
    scene.later(240);
    assert_eq!(refusal(&scene.poll().unwrap()), (SignatureRefusal::TryLater, true));

    let (_, _) = scene.code();
    scene.phones.set(|w| w.service_down = true);
    scene.later(240);
    assert_eq!(refusal(&scene.poll().unwrap()), (SignatureRefusal::TryLater, true));
}

#[test]
fn an_answer_that_was_lost_on_the_way_is_given_again_to_whoever_names_its_row() {
    let mut scene = Scene::new();
    let (_, qr) = scene.code();
    let row = scene.rig.terminal.rows.last().unwrap().clone();
    scan(&scene.phones, &qr, Algorithm::P256, Manner::Signs).unwrap();
    assert!(scene.poll().is_some());
    assert!(scene.poll().is_none(), "nothing new");
    let (terminal, now) = (scene.rig.terminal.id.clone(), scene.rig.now);
    let again = scene.rig.gateway.late_answers(&terminal, Some(row.envelope.op_id), now).unwrap();
    let (_, body) = scene.rig.read(&again[0], &row);
    assert!(matches!(body, MessageBody::SignatureAccepted { .. }));
}

#[test]
fn the_service_is_asked_at_most_every_two_seconds() {
    let mut scene = Scene::new();
    let (_, qr) = scene.code();
    assert!(scene.poll().is_none());
    scan(&scene.phones, &qr, Algorithm::P256, Manner::Signs).unwrap();
    let (terminal, now) = (scene.rig.terminal.id.clone(), scene.rig.now);
    assert!(scene.rig.gateway.late_answers(&terminal, None, now).unwrap().is_empty());
    assert!(scene.poll().is_some());
}

#[test]
fn whoever_cancels_leaves_a_code_that_serves_nobody() {
    let mut scene = Scene::new();
    let (signature, qr) = scene.code();
    let cancelled = SignatureCancelled { signature, reason: "cancelled".into() };
    assert!(scene.rig.say(scene.rig.in_session(cancelled)).is_none());
    assert_eq!(scan(&scene.phones, &qr, Algorithm::P256, Manner::Signs), Err(ScanFault::Cancelled));
    assert!(
        matches!(scene.state(signature), SignatureState::Cancelled { reason, .. } if reason == "cancelled")
    );
}

#[test]
fn an_answer_after_the_client_has_left_is_dropped_and_recorded() {
    let mut scene = Scene::new();
    let (signature, qr) = scene.code();
    scan(&scene.phones, &qr, Algorithm::P256, Manner::Signs).unwrap();
    // The row about leaving and the one that closes the visit come together.
    let rig = &mut scene.rig;
    let left =
        rig.terminal.write(rig.in_session(SignatureCancelled { signature, reason: "left".into() }), rig.now);
    let closed = rig.terminal.write(rig.in_session(SessionClosed { end: SessionEnd::TimedOut }), rig.now);
    rig.send(&[left.0, closed.0]);
    let SignatureState::Dropped { cms_sha256, .. } = scene.state(signature) else {
        panic!("{:?}", scene.state(signature))
    };
    assert_eq!(cms_sha256.len(), 43);
    assert!(scene.rig.gateway.late_answers(&scene.rig.terminal.id, None, scene.rig.now).unwrap().is_empty());
}

#[test]
fn a_terminal_that_lost_power_leaves_no_open_code_behind() {
    let mut scene = Scene::new();
    let (signature, qr) = scene.code();
    scene.rig.open_session();
    scene.later(2);
    scene.rig.gateway.late_answers(&scene.rig.terminal.id, None, scene.rig.now).unwrap();
    assert!(matches!(scene.state(signature), SignatureState::Cancelled { reason, .. } if reason == "left"));
    assert_eq!(scan(&scene.phones, &qr, Algorithm::P256, Manner::Signs), Err(ScanFault::Cancelled));
}

#[test]
fn another_terminals_signature_cannot_be_awaited_or_cancelled() {
    let mut scene = Scene::new();
    let (signature, _) = scene.code();
    let mut other = scene.rig.second_terminal("t-2");
    let row = other.begin_epoch(scene.rig.now);
    scene.rig.send(&[row]);
    std::mem::swap(&mut scene.rig.terminal, &mut other);
    scene.rig.open_session();
    let body = scene.rig.say(scene.rig.in_session(SignatureAwaited { signature })).unwrap().1;
    assert_eq!(refusal(&body), (SignatureRefusal::NotOffered, false));
    scene.rig.say(scene.rig.in_session(SignatureCancelled { signature, reason: "left".into() }));
    assert!(matches!(scene.state(signature), SignatureState::Open { .. }));
}

#[test]
fn an_identity_that_is_taken_is_not_taken_again() {
    let mut scene = Scene::new();
    let (signature, _) = scene.code();
    let body = SignatureRequested {
        signature,
        purpose: SignaturePurpose::Contract,
        loan: Some(scene.loan),
        document_sha256: scene.draft.contract_sha256.clone(),
    };
    let body = scene.rig.say(scene.rig.in_session(body)).unwrap().1;
    assert_eq!(refusal(&body), (SignatureRefusal::NotOffered, false));
}

#[test]
fn a_document_laid_out_in_the_visit_is_signed_for_its_purpose_alone() {
    let mut scene = Scene::new();
    let session = scene.rig.terminal.session.unwrap();
    let purpose = SignaturePurpose::PhoneChange;
    let place = (&scene.rig.terminal.id.clone(), session);
    let sha256 = scene.rig.gateway.lay_out(place, purpose, "Өтініш: +77019999999", scene.rig.now).unwrap();
    for (purpose, offered) in [(SignaturePurpose::AccountChange, false), (purpose, true)] {
        let signature = SignatureId(Uuid::now_v7());
        let asked = SignatureRequested { signature, purpose, loan: None, document_sha256: sha256.clone() };
        let body = scene.rig.say(scene.rig.in_session(asked)).unwrap().1;
        assert_eq!(matches!(body, MessageBody::SignatureOffered { .. }), offered, "{body:?}");
        if let MessageBody::SignatureOffered { qr, .. } = body {
            scene.rig.say(scene.rig.in_session(SignatureAwaited { signature }));
            scan(&scene.phones, &qr, Algorithm::Rsa2048, Manner::Signs).unwrap();
            assert!(matches!(scene.poll(), Some(MessageBody::SignatureAccepted { .. })));
        }
    }
}

/// What a card reader with a keypad brings.
fn by_card(
    scene: &mut Scene,
    at: UtcMillis,
    document: &[u8],
    algorithm: Algorithm,
) -> (SignatureId, MessageBody) {
    let profile = Profile::individual(algorithm, scene.rig.now.0);
    let card = scene.phones.get(|w| w.pki.issue(&holder(), &profile).unwrap());
    let digest = ring::digest::digest(&ring::digest::SHA256, document);
    let to_sign = ToSign::new(digest.as_ref().try_into().unwrap(), &card.certificate, at).unwrap();
    let made = CardSignature {
        certificate: Secret::new(STANDARD.encode(&card.certificate)),
        signature: Secret::new(STANDARD.encode(card.key.sign(to_sign.message()).unwrap())),
    };
    let signature = SignatureId(Uuid::now_v7());
    let body = CardSignatureMade {
        signature,
        purpose: SignaturePurpose::Contract,
        loan: Some(scene.loan),
        document_sha256: scene.draft.contract_sha256.clone(),
        signed_at: at,
    };
    let draft = scene.rig.in_session(body).with_attachment(made.to_plaintext().unwrap());
    (signature, scene.rig.say(draft).unwrap().1)
}

#[test]
fn a_cards_signature_is_put_into_a_cms_stamped_and_kept() {
    for (algorithm, kind) in [(Algorithm::Rsa2048, "rsa"), (Algorithm::P256, "ecdsa")] {
        let mut scene = Scene::new();
        let (now, document) = (scene.rig.now, scene.draft.pdf.clone());
        let (signature, body) = by_card(&mut scene, now, document.expose(), algorithm);
        assert!(matches!(body, MessageBody::SignatureAccepted { .. }), "{body:?}");
        let SignatureState::Accepted(kept) = scene.state(signature) else { panic!("not kept") };
        assert_eq!(kept.algorithm, kind);
        let (face, _) = scene.rig.face(scene.loan);
        let agreed = scene.rig.agree(scene.loan, &scene.draft.clone(), face);
        assert!(matches!(agreed, MessageBody::ContractAccepted { .. }), "{agreed:?}");
    }
}

#[test]
fn a_cards_signature_of_long_ago_or_under_other_bytes_is_refused() {
    let mut scene = Scene::new();
    let (now, document) = (scene.rig.now, scene.draft.pdf.clone());
    let (_, old) = by_card(&mut scene, UtcMillis(now.0 - 3_600_000), document.expose(), Algorithm::P256);
    assert_eq!(refusal(&old), (SignatureRefusal::NotVerified, true));
    let (_, other) = by_card(&mut scene, now, b"another document", Algorithm::P256);
    assert_eq!(refusal(&other), (SignatureRefusal::NotVerified, true));
}

#[test]
fn a_cards_signature_that_cannot_be_stamped_now_may_be_made_again() {
    let mut scene = Scene::new();
    scene.phones.set(|w| w.stamps_down = true);
    let (now, document) = (scene.rig.now, scene.draft.pdf.clone());
    let (_, body) = by_card(&mut scene, now, document.expose(), Algorithm::P256);
    assert_eq!(refusal(&body), (SignatureRefusal::TryLater, true));
    scene.phones.set(|w| w.stamps_down = false);
    let (_, body) = by_card(&mut scene, now, document.expose(), Algorithm::P256);
    assert!(matches!(body, MessageBody::SignatureAccepted { .. }), "{body:?}");
}

#[test]
fn cms_and_evidence_are_kept_sealed_and_open_to_a_named_person_alone() {
    let mut scene = Scene::new();
    let (signature, _) = scene.sign(Algorithm::Rsa2048, Manner::Signs);
    let (gateway, now) = (&scene.rig.gateway, scene.rig.now);
    let opened = gateway.open_signature(&staff(), signature, now).unwrap();
    let iin = senim_domain::iin::Iin::parse(&support::iin()).unwrap();
    let asked = UtcMillis(now.0 - 600_000);
    let demand = senim_eds::Demand { document: scene.draft.pdf.expose(), iin: &iin, asked, now };
    let text: serde_json::Value = serde_json::from_slice(opened.evidence.expose()).unwrap();
    let bytes = |name: &str| text[name].as_str().map(|text| STANDARD.decode(text).unwrap());
    let evidence = senim_eds::Evidence { ocsp: bytes("ocsp"), nonce: bytes("ocsp_nonce"), crls: Vec::new() };
    // Whoever judges again, from what was kept alone, comes to the same verdict.
    let signed = senim_eds::Signed::read(opened.cms.expose()).unwrap();
    signed.verify(&demand, &scene.phones.trust(), &evidence).unwrap();

    let stored = scene.rig.store.dump();
    assert!(!stored.contains(&support::iin()) && !stored.contains("Серікбаева"));
    let nobody = gateway.open_signature(&staff(), SignatureId(Uuid::now_v7()), now);
    assert!(matches!(nobody, Err(GatewayError::Refused(_))));
}

#[test]
fn a_loans_dossier_names_its_signatures_and_says_how_they_ended() {
    let mut scene = Scene::new();
    scene.sign(Algorithm::P256, Manner::OtherIin);
    let (signature, _) = scene.sign(Algorithm::P256, Manner::Signs);
    let seq = scene.rig.terminal.rows.last().unwrap().envelope.seq;
    let which = senim_gateway_core::Which::Seq(seq);
    let dossier = scene.rig.gateway.dossier(&scene.rig.terminal.id, &which, &staff(), scene.rig.now).unwrap();
    let statement = String::from_utf8(dossier.files["dossier.jws"].clone()).unwrap();
    let payload = senim_operation::jws::split(statement.trim()).unwrap().payload;
    let statement: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    let signatures = statement["loans"][0]["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 2);
    let accepted = signatures.iter().find(|found| found["state"] == "accepted").unwrap();
    assert_eq!(accepted["signature"], signature.to_string());
    assert_eq!(accepted["document_sha256"], scene.draft.contract_sha256);
    let refused = signatures.iter().find(|found| found["state"] == "refused").unwrap();
    assert_eq!(refused["reason"], "otherPerson");
}

#[test]
fn an_erased_signature_keeps_its_record_and_loses_its_content() {
    let mut scene = Scene::new();
    let (signature, _) = scene.sign(Algorithm::P256, Manner::Signs);
    let document = format!("signature//{signature}");
    scene.rig.gateway.erase_document(&staff(), &document, true, scene.rig.now).unwrap();
    let SignatureState::Accepted(kept) = scene.state(signature) else { panic!("record lost") };
    assert!(kept.cms_sealed.is_empty() && kept.evidence_sealed.is_empty() && kept.cms_sha256.len() == 43);
    assert!(scene.rig.gateway.open_signature(&staff(), signature, scene.rig.now).is_err());
}
