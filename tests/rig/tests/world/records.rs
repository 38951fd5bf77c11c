//! The records that must exist after one loan, at the gateway alone: the table of `docs/verify.md`, line by line.

// `memory` is for whole processes; here is no other.
#[allow(dead_code, reason = "shared with the acceptance of whole processes")]
#[path = "../../../suite/privacy/search.rs"]
mod search;

use std::collections::{BTreeMap, BTreeSet};

use senim_domain::cash::BundleResult;
use senim_domain::rule_pack::{ConsentKind, PayoutMethod, TextId};
use senim_domain::{Language, LoanId, OperationId, RegistrationId, UtcMillis, calendar, gesv};
use senim_gateway_core::store::{Collection, Store as _};
use senim_gateway_core::{Actor, SignatureState, Which};
use senim_journeys::Setting;
use senim_journeys::borrower::{Borrower, leaves};
use senim_journeys::people::NEWCOMER;
use senim_journeys::scene::{Act, Scene as _};
use senim_operation::attachment::Questionnaire;
use senim_operation::biometric::{BiometricDecision, BiometricResult};
use senim_operation::body::{ConsentSubject, FaceSubject, Liveness, LivenessOutcome, PayoutResult};
use senim_operation::chain::ChainVerifier;
use senim_operation::dossier::{DossierReport, verify_dossier};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{MessageBody, MessageTrust, OfferDraft, open_message};
use senim_operation::performed::{Measure, MeasureOutcome, MeasuresOccasion, MeasuresPerformed};
use senim_operation::signature::SignaturePurpose;
use senim_operation::{Body, Profile, Row};
use senim_rig::newcomers::Newcomer;
use senim_rig::{Phones, Rehearsal, World, WorldOptions, invariants, mfo};
use senim_runtime::Input;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::registration::Registering;
use senim_session::state::State;
use senim_world::model::Model;
use senim_world::people;
use serde_json::Value;

use super::registration::Applicant as _;

/// The section of the guide for auditors, with its table.
const GUIDE: &str = include_str!("../../../../docs/verify.md");

/// Somebody registers, signs on the phone, and borrows in the same visit.
fn borrowed(who: &Newcomer) -> World {
    let phones = Phones::new(Vec::new());
    phones.give_to(&who.iin, who.surname, who.given_name);
    let options = WorldOptions { second_copy: true, picture_bytes: 4_000, ..WorldOptions::default() };
    let mut world = World::with_phones(options, phones.clone());
    world.mfo.services(|services| services.state.people = vec![who.clone()]);
    world.to_number(who, 0);
    world.confirm_number(who.phone.unwrap());
    world.portrait();
    world.stage("the statement", |stage| matches!(stage, Registering::Statement { .. }));
    world.decide(Decision::Confirm);
    assert!(world.run_until(50_000, |world| world.kernel().session().signing_code().is_some()));
    world.copy_journal();
    let code = world.kernel().session().signing_code().map(|(qr, _)| qr.clone()).unwrap();
    phones.scan(&code);
    world.stage("the PIN", |stage| matches!(stage, Registering::PinOffer { .. }));
    // Registers outside know them from now on.
    let client = world.mfo.services(|services| services.state.clients[0].client);
    world.mfo.outside.state(|state| {
        let mut everybody = people::builtin().unwrap();
        let known = everybody.iter_mut().find(|person| person.registered).unwrap();
        (known.iin, known.client_id) = (who.iin.clone(), client.0);
        state.model = Model::new(everybody);
    });
    world.decide(Decision::Decline);
    world.stage("the end", |stage| matches!(stage, Registering::Done { .. }));
    world.decide(Decision::Confirm);
    world.until("the sum", |state| matches!(state, State::Amount { .. }));
    world.visit();
    world.input(Input::Action(Action::Done));
    world.settle();
    world.copy_journal();
    invariants::all(&world);
    world
}

/// What lies at the gateway.
struct Kept<'a> {
    world: &'a World,
    rows: Vec<Row>,
    /// Openings so far: each by somebody else, since each person may open only so much in an hour.
    openings: std::cell::Cell<u32>,
    loan: LoanId,
    registration: RegistrationId,
    /// IIN, surname, given name and number of whoever borrowed.
    who: [&'static str; 4],
}

impl<'a> Kept<'a> {
    /// Verifies the rows of the gateway's store and reads whose loan they tell of.
    fn of(world: &'a World, who: [&'static str; 4]) -> Self {
        let stored = world.mfo.store.rows(&world.terminal, 0, 10_000).unwrap();
        let mut verifier = ChainVerifier::new(world.terminal.clone(), world.mfo.trust.clone())
            .demanding(Profile::Rig)
            .judged_at(Some(world.utc()));
        let rows: Vec<Row> = stored.iter().map(|row| verifier.accept(&row.compact).unwrap()).collect();
        assert_eq!(u64::try_from(rows.len()).unwrap(), world.kernel().next_seq(), "every row is there");
        assert!(stored.iter().all(|row| !row.quarantined));
        let bodies = || rows.iter().filter_map(|row| row.envelope.body().unwrap());
        let loan = bodies().find_map(|body| match body {
            Body::PayoutEnded(row) => Some(row.loan),
            _ => None,
        });
        let registration = bodies().find_map(|body| match body {
            Body::RegistrationConcluded(row) => Some(row.registration),
            _ => None,
        });
        let (loan, registration) = (loan.unwrap(), registration.unwrap());
        Self { world, rows, openings: std::cell::Cell::new(0), loan, registration, who }
    }

    /// Whether the contract rested before its payout.
    fn rested(&self) -> bool {
        self.document(Collection::Loan, &self.loan.to_string())["rests_until"].is_string()
    }

    /// Lists of measures performed, believed by the MFO's certificate alone.
    fn measures(&self) -> Vec<MeasuresPerformed> {
        let loan = self.document(Collection::Loan, &self.loan.to_string());
        let lists = loan["measures"].as_array().unwrap().iter().map(|list| list.as_str().unwrap());
        lists.map(|list| MeasuresPerformed::read(list, &self.world.mfo.trust).unwrap()).collect()
    }

    /// The dossier of the loan, judged as a stranger would.
    fn dossier(&self) -> DossierReport {
        let (actor, now) = self.auditor();
        let which = Which::Id(self.loan.0);
        let dossier = self.world.mfo.gateway.dossier(&self.world.terminal, &which, &actor, now).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in &dossier.files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        verify_dossier(folder.path(), self.world.mfo.trust.clone()).unwrap()
    }

    fn bodies(&self) -> impl Iterator<Item = Body> {
        self.rows.iter().filter_map(|row| row.envelope.body().unwrap())
    }

    fn of_kind(&self, kind: &str) -> Vec<&Row> {
        self.rows.iter().filter(|row| row.envelope.kind == kind).collect()
    }

    /// A person who opens, at a moment of their own.
    fn auditor(&self) -> (Actor, UtcMillis) {
        let number = self.openings.get() + 1;
        self.openings.set(number);
        let actor = Actor::new(&format!("auditor {number}"), "the records of a loan").unwrap();
        (actor, UtcMillis(self.world.utc().0 + i64::from(number) * 3_600_000))
    }

    fn document(&self, collection: Collection, key: &str) -> Value {
        let document = self.world.mfo.store.document(collection, key).unwrap().unwrap();
        serde_json::from_str(&document.json).unwrap()
    }

    fn registration(&self) -> Value {
        self.document(Collection::Registration, &self.registration.to_string())
    }

    fn examination(&self) -> Value {
        self.document(Collection::Loan, &self.loan.to_string())["examination"].clone()
    }

    /// The sealed part of a row, opened.
    fn attachment(&self, row: &Row) -> Vec<u8> {
        let (actor, now) = self.auditor();
        let sha256 = &row.envelope.sealed.as_ref().unwrap().sha256;
        let opened = self.world.mfo.gateway.open_document(&actor, &self.world.terminal, sha256, now).unwrap();
        opened.expose().to_vec()
    }

    fn attachments(&self) -> Vec<Vec<u8>> {
        let sealed = self.rows.iter().filter(|row| row.envelope.sealed.is_some() && !gone(row));
        sealed.map(|row| self.attachment(row)).collect()
    }

    /// The message in answer to a row, verified; its hash and its text.
    fn message(&self, operation: OperationId) -> Option<(String, String, MessageBody)> {
        let (actor, now) = self.auditor();
        let place = (&self.world.terminal, operation);
        let compact = self.world.mfo.gateway.open_message(&actor, place, now).ok()?;
        let compact = String::from_utf8(compact.expose().to_vec()).unwrap();
        let trust = MessageTrust::new(self.world.mfo.trust.clone());
        let message = open_message(&compact, &trust, &self.world.terminal).unwrap();
        assert_eq!(message.envelope.in_reply_to, Some(operation));
        Some((message.sha256, compact, message.body))
    }

    fn messages(&self) -> Vec<(String, String, MessageBody)> {
        self.rows.iter().filter_map(|row| self.message(row.envelope.op_id)).collect()
    }

    fn contract(&self) -> (String, Vec<u8>) {
        let agreed = self.bodies().find_map(|body| match body {
            Body::ContractAgreed(row) => Some(row.contract_sha256),
            _ => None,
        });
        let (sha256, (actor, now)) = (agreed.unwrap(), self.auditor());
        let bytes = self.world.mfo.gateway.open_contract(&actor, self.loan, &sha256, now).unwrap();
        (sha256, bytes.expose().to_vec())
    }

    fn signatures(&self) -> Vec<(SignaturePurpose, String, Vec<u8>)> {
        let asked = self.bodies().filter_map(|body| match body {
            Body::SignatureRequested(row) => Some(row),
            _ => None,
        });
        let opened = asked.map(|row| {
            let gateway = &self.world.mfo.gateway;
            let record = gateway.signature(row.signature).unwrap().unwrap();
            let SignatureState::Accepted(accepted) = record.state else { panic!("does not count") };
            let (actor, now) = self.auditor();
            let opened = gateway.open_signature(&actor, row.signature, now).unwrap();
            let cms = opened.cms.expose().to_vec();
            assert_eq!(sha256_b64(&cms), accepted.cms_sha256);
            let evidence: Value = serde_json::from_slice(opened.evidence.expose()).unwrap();
            assert!(
                evidence["ocsp"].is_string() || !evidence["revocation_lists"].as_array().unwrap().is_empty()
            );
            assert!(!evidence["timestamp_chain"].as_array().unwrap().is_empty());
            assert_eq!(record.document_sha256, row.document_sha256);
            (row.purpose, row.document_sha256, cms)
        });
        opened.collect()
    }

    fn offer(&self) -> (String, Vec<OfferDraft>) {
        let row = self.of_kind("ApplicationSubmitted")[0];
        match self.message(row.envelope.op_id).unwrap() {
            (sha256, _, MessageBody::OfferMade { loan, drafts, .. }) if loan == self.loan => (sha256, drafts),
            other => panic!("{other:?}"),
        }
    }
}

type Check = fn(&Kept<'_>);

/// Each record and how it is looked at, beyond its rows being there.
const RECORDS: [(&str, Check); 19] = [
    ("consents, with the hashes of their texts", |kept| {
        let pack = mfo::pack();
        let mut agreed = BTreeSet::new();
        for body in kept.bodies() {
            let Body::ConsentDecided(row) = body else { continue };
            let text = pack.consent(row.consent).unwrap().document(row.language);
            assert_eq!(row.text_sha256, sha256_b64(text.as_bytes()));
            let of_registration = row.subject == ConsentSubject::Registration(kept.registration);
            assert!(row.agreed && (of_registration || matches!(row.subject, ConsentSubject::Client(_))));
            agreed.insert(row.consent);
        }
        let all = [
            ConsentKind::Processing,
            ConsentKind::StateData,
            ConsentKind::BureauSupply,
            ConsentKind::BureauReport,
        ];
        assert!(all.iter().all(|kind| agreed.contains(kind)), "{agreed:?}");
        assert!(kept.registration()["consents"].as_array().unwrap().iter().all(|one| one["known"] == true));
    }),
    ("token of the access to state data", |kept| {
        let number = kept.registration()["token"]["jti"].as_str().unwrap().to_owned();
        let (actor, now) = kept.auditor();
        let opened = kept.world.mfo.gateway.open_registration(&actor, kept.registration, now).unwrap();
        let token = senim_gateway_core::connectors::SecurityToken::read(senim_domain::Secret::new(
            String::from_utf8(opened.token.expose().to_vec()).unwrap(),
        ));
        assert_eq!(token.unwrap().jti, number);
    }),
    ("identification data set", |kept| {
        let (actor, now) = kept.auditor();
        let opened = kept.world.mfo.gateway.open_registration(&actor, kept.registration, now).unwrap();
        let person: Value = serde_json::from_slice(opened.person.expose()).unwrap();
        let [iin, surname, ..] = kept.who;
        assert_eq!((person["iin"].as_str().unwrap(), person["surname"].as_str().unwrap()), (iin, surname));
        let shown = kept.registration()["identified"]["data_sha256"].as_str().unwrap().to_owned();
        assert!(
            kept.messages().iter().any(|(sha256, ..)| *sha256 == shown),
            "the very message that was shown"
        );
    }),
    ("one-time codes, without the codes", |kept| {
        for row in kept.of_kind("RegistrationCodeSubmitted") {
            assert!(row.envelope.public.get("code").is_some_and(|code| code.as_str().unwrap().len() == 36));
            assert!(!kept.attachment(row).is_empty());
        }
        assert!(kept.registration()["phone"]["confirmed"].is_string());
    }),
    ("portraits and what their comparison said", |kept| {
        let mut subjects = Vec::new();
        for row in kept.of_kind("FaceCaptured") {
            let Some(Body::FaceCaptured(body)) = row.envelope.body().unwrap() else { panic!() };
            subjects.push(body.subject);
            assert!(!kept.attachment(row).is_empty());
        }
        assert!(subjects.contains(&FaceSubject::Registration(kept.registration)));
        // One for the contract and, where it rested, a second one for its confirmation, as for the payout of another day.
        let of_loan = subjects.iter().filter(|subject| **subject == FaceSubject::Loan(kept.loan)).count();
        assert!(if kept.rested() { of_loan >= 2 } else { of_loan >= 1 }, "{of_loan}");
        let found = &kept.registration()["authentications"][0];
        assert_eq!(
            (&found["photo"], &found["name"], &found["iin"]),
            (&"match".into(), &"match".into(), &"match".into())
        );
        let (actor, now) = kept.auditor();
        let opened = kept.world.mfo.gateway.open_registration(&actor, kept.registration, now).unwrap();
        // The centre's own document is the one that the signed result names.
        let of_registration = |row: &&&Row| {
            let body = row.envelope.body().unwrap();
            matches!(body, Some(Body::FaceCaptured(body)) if body.subject == FaceSubject::Registration(kept.registration))
        };
        let faces = kept.of_kind("FaceCaptured");
        let row = faces.iter().find(of_registration).unwrap().envelope.op_id;
        let compact = kept.world.mfo.gateway.biometric_result(row).unwrap().unwrap();
        let result = BiometricResult::read(&compact, &kept.world.mfo.trust).unwrap();
        assert_eq!(result.statement_sha256, Some(sha256_b64(opened.evidence[0].expose())));
        assert!(kept.messages().iter().any(|(_, _, body)| body.kind() == "FaceMatched"));
    }),
    ("movements of somebody living and what their judgement said", |kept| {
        let asked = kept.of_kind("LivenessRequested").into_iter().map(|row| kept.message(row.envelope.op_id));
        let mut given: BTreeMap<_, _> = asked
            .filter_map(|answer| match answer.unwrap().2 {
                MessageBody::ChallengeGiven(given) => Some((given.challenge.challenge, *given)),
                _ => None,
            })
            .collect();
        let mut done = BTreeMap::new();
        for row in kept.of_kind("LivenessPerformed") {
            let Some(Body::LivenessPerformed(body)) = row.envelope.body().unwrap() else { panic!() };
            assert_eq!(body.outcome, LivenessOutcome::Passed);
            let given = given.remove(&body.challenge).unwrap();
            let commands = given.challenge.commands.len();
            assert!(commands >= 3 && given.subject == body.subject);
            let evidence: Value = serde_json::from_slice(&kept.attachment(row)).unwrap();
            assert_eq!(evidence["challenge"], body.challenge.to_string());
            assert!(evidence["frames"].as_array().unwrap().len() > 60, "seconds of frames");
            assert_eq!(evidence["keyframes"].as_array().unwrap().len(), commands + 1, "and of the neutral");
            let compact = kept.world.mfo.gateway.biometric_result(row.envelope.op_id).unwrap().unwrap();
            let result = BiometricResult::read(&compact, &kept.world.mfo.trust).unwrap();
            assert_eq!(result.decision, BiometricDecision::Passed);
            assert_eq!(
                result.evidence_sha256,
                row.envelope.sealed.as_ref().map(|sealed| sealed.sha256.clone())
            );
            done.insert(body.challenge, body.subject);
        }
        assert!(given.is_empty(), "nothing was asked for in vain");
        // Every portrait names the sequence that was done for it.
        for row in kept.of_kind("FaceCaptured") {
            let Some(Body::FaceCaptured(body)) = row.envelope.body().unwrap() else { panic!() };
            let Liveness::Passed(challenge) = body.liveness;
            assert_eq!(done.remove(&challenge), Some(body.subject));
        }
        assert!(done.is_empty(), "{done:?}");
    }),
    ("electronic signatures, certificate status and time-stamp", |kept| {
        let purposes: Vec<_> = kept.signatures().into_iter().map(|(purpose, ..)| purpose).collect();
        assert_eq!(purposes, [SignaturePurpose::RegistrationStatement, SignaturePurpose::Contract]);
    }),
    ("screening", |kept| {
        assert!(!kept.examination()["screening"].as_str().unwrap().is_empty());
        let answers = kept.attachment(kept.of_kind("QuestionsAnswered")[0]);
        let answers = Questionnaire::from_plaintext(&senim_domain::SecretBytes::new(answers)).unwrap();
        assert_eq!(answers.answers.len(), mfo::pack().aml.len());
    }),
    ("credit report and voluntary refusal", |kept| {
        let found = kept.examination();
        assert!(
            !found["refusal"].as_str().unwrap().is_empty() && !found["burden"].as_str().unwrap().is_empty()
        );
        assert!(found["refusal_checked"].is_string());
    }),
    ("draft schedules and the chosen one", |kept| {
        let (sha256, drafts) = kept.offer();
        let chosen = kept.bodies().find_map(|body| match body {
            Body::MethodChosen(row) => Some(row),
            _ => None,
        });
        let chosen = chosen.unwrap();
        assert_eq!(chosen.offer_sha256, sha256);
        assert!(drafts.len() > 1 && drafts.iter().any(|draft| draft.schedule.method == chosen.method));
    }),
    ("inputs of the effective rate", |kept| {
        for draft in kept.offer().1 {
            assert_eq!(gesv::of_schedule(&draft.schedule).unwrap().units(), draft.gesv_e8);
        }
    }),
    ("texts that were acknowledged", |kept| {
        let texts = mfo::pack().texts;
        let mut read = BTreeSet::new();
        for body in kept.bodies() {
            let (text, language, sha256) = match body {
                Body::TextAcknowledged(row) => (row.text, row.language, row.text_sha256),
                Body::PressureAnswered(row) => (TextId::ScamQuestion, row.language, row.text_sha256),
                _ => continue,
            };
            assert_eq!(sha256, sha256_b64(texts.document(text, language).as_bytes()));
            read.insert(text);
        }
        let all = [TextId::Rules, TextId::Payments, TextId::Rights, TextId::ScamQuestion];
        assert!(all.iter().all(|text| read.contains(text)), "{read:?}");
    }),
    ("contract", |kept| {
        let (sha256, bytes) = kept.contract();
        assert!(bytes.starts_with(b"%PDF-") && sha256_b64(&bytes) == sha256);
        let shown =
            kept.bodies().any(|body| matches!(body, Body::DocumentShown(row) if row.sha256 == sha256));
        let signed = kept.signatures().into_iter().any(|(_, document, _)| document == sha256);
        assert!(shown && signed);
    }),
    ("way of payout", |kept| {
        let asked = kept.bodies().find_map(|body| match body {
            Body::PayoutRequested(row) => Some((row.loan, row.amount_tiyn.tenge())),
            _ => None,
        });
        let sum = kept.document(Collection::Loan, &kept.loan.to_string())["principal"].as_u64().unwrap();
        assert_eq!(asked, Some((kept.loan, sum / 100)));
    }),
    ("measures performed", |kept| {
        let lists = kept.measures();
        let first = &lists[0];
        let (sha256, _) = kept.contract();
        assert_eq!((first.loan, &first.contract_sha256), (kept.loan, &sha256));
        assert_eq!(first.occasion, MeasuresOccasion::Conclusion);
        let all = [
            (Measure::Registration, MeasureOutcome::Confirmed),
            (Measure::Comparison, MeasureOutcome::Match),
            (Measure::Consent, MeasureOutcome::Agreed),
            (Measure::Questions, MeasureOutcome::Answered),
            (Measure::Screening, MeasureOutcome::Clear),
            (Measure::CreditReport, MeasureOutcome::Received),
            (Measure::VoluntaryRefusal, MeasureOutcome::NotSet),
            (Measure::DebtBurden, MeasureOutcome::Within),
            (Measure::AntiFraud, MeasureOutcome::Clear),
            (Measure::Schedules, MeasureOutcome::Chosen),
            (Measure::Text, MeasureOutcome::Acknowledged),
            (Measure::Pressure, MeasureOutcome::NotPressed),
            (Measure::Contract, MeasureOutcome::Shown),
            (Measure::Face, MeasureOutcome::Match),
            (Measure::Signature, MeasureOutcome::Signed),
        ];
        for (measure, outcome) in all {
            let one = first.of(measure).last().unwrap_or_else(|| panic!("{measure:?} is missing"));
            assert_eq!(one.outcome, outcome, "{measure:?}");
        }
        assert_eq!(first.of(Measure::Consent).count(), 4);
        // What the list names is there: rows of the chain, and the signature.
        for row in lists.iter().flat_map(|list| &list.measures).filter_map(|one| one.row) {
            assert!(kept.rows.iter().any(|kept| kept.envelope.op_id == row), "{row}");
        }
        let signed = first.of(Measure::Signature).next().unwrap().sha256.clone().unwrap();
        assert!(kept.signatures().iter().any(|(_, _, cms)| sha256_b64(cms) == signed));
        let report = kept.dossier();
        assert_eq!(
            (report.measures, report.findings.as_slice()),
            (lists.len() as u64, &[][..]),
            "{report:?}"
        );
        // Each face and each sequence was judged, and each judgement is a signed document of its own.
        let judged = ["FaceCaptured", "LivenessPerformed"].into_iter().flat_map(|kind| kept.of_kind(kind));
        let mut in_dossier = 0;
        for row in judged {
            let op_id = row.envelope.op_id;
            let compact = kept.world.mfo.gateway.biometric_result(op_id).unwrap().unwrap();
            let result = BiometricResult::read(&compact, &kept.world.mfo.trust).unwrap();
            assert_eq!((result.row, result.decision), (op_id, BiometricDecision::Passed));
            assert!(kept.who.iter().all(|planted| !result_text(&result).contains(planted)));
            in_dossier += 1;
        }
        assert!((1..=in_dossier).contains(&report.results), "{report:?}");
        let text = serde_json::to_string(&lists).unwrap();
        assert!(kept.who.iter().all(|planted| !text.contains(planted)), "nothing about the person");
    }),
    ("cooling-off", |kept| {
        let loan = kept.document(Collection::Loan, &kept.loan.to_string());
        let agreed: UtcMillis = serde_json::from_value(loan["state"]["concluded"]["at"].clone()).unwrap();
        let day = calendar::local_date(agreed).unwrap();
        let product = loan["product"].as_str().unwrap();
        let sum = senim_domain::Tiyn::new(loan["principal"].as_u64().unwrap()).unwrap();
        let hours = mfo::pack().cooling_off_hours(sum, day, product, PayoutMethod::Cash);
        assert_eq!(hours.is_some(), kept.rested());
        let rest = kept.measures()[0].of(Measure::CoolingOff).next().unwrap().outcome;
        let Some(hours) = hours else { return assert_eq!(rest, MeasureOutcome::None) };
        assert_eq!(rest, MeasureOutcome::Rests);
        let until: UtcMillis = serde_json::from_value(loan["rests_until"].clone()).unwrap();
        assert!(until.0 - agreed.0 >= i64::from(hours) * 3_600_000);
        // Its end: the client came again, was seen, accepted the schedule of that day, and said so.
        let confirmed = kept.bodies().find_map(|body| match body {
            Body::LoanConfirmed(row) if row.loan == kept.loan => Some(row),
            _ => None,
        });
        let confirmed = confirmed.expect("confirmed after the rest");
        let shown = kept.messages().into_iter().find(|(sha256, ..)| *sha256 == confirmed.offer_sha256);
        assert!(
            matches!(shown, Some((_, _, MessageBody::ConfirmationOffered(_)))),
            "the schedule as it was shown"
        );
        let lists = kept.measures();
        let [first, second] = lists.as_slice() else { panic!("{} lists", lists.len()) };
        assert_eq!(second.occasion, MeasuresOccasion::Confirmation);
        assert!(second.at >= until && first.at < until);
        let face = second.of(Measure::Face).next().unwrap();
        assert_eq!(face.reference, Some(confirmed.face_check.to_string()));
        assert!(face.at > first.of(Measure::Face).next().unwrap().at, "a second face");
        let accepted = second.of(Measure::Schedules).next().unwrap();
        assert_eq!(accepted.outcome, MeasureOutcome::Accepted);
        assert_eq!(accepted.sha256.as_ref(), Some(&confirmed.offer_sha256));
        assert!(second.of(Measure::VoluntaryRefusal).next().unwrap().at > first.at, "asked again");
        let paid = kept.of_kind("PayoutRequested")[0].envelope.at;
        assert!(paid >= until, "no money before");
    }),
    ("notes given", |kept| {
        let mut given = kept.bodies().filter_map(|body| match body {
            Body::PayoutOutcome(row) => Some(row.result == BundleResult::Dispensed),
            Body::PayoutEnded(row) => Some(row.result == PayoutResult::Paid),
            _ => None,
        });
        assert!(given.all(|good| good));
        kept.world.mfo.services(|services| assert_eq!(services.payouts.len(), 1));
    }),
    ("confirmations", |kept| {
        assert!(kept.bodies().any(|body| matches!(body, Body::ReceiptPrinted(row) if row.printed)));
    }),
    ("messages", |kept| {
        let told: BTreeMap<String, String> =
            kept.messages().into_iter().map(|(sha256, _, body)| (sha256, body.kind().to_owned())).collect();
        for body in kept.bodies() {
            let Body::AnswerReceived(row) = body else { continue };
            match row.kind.as_str() {
                "ContractDrafted" => assert!(!told.contains_key(&row.sha256), "its contract is kept instead"),
                kind => assert_eq!(told.get(&row.sha256).map(String::as_str), Some(kind)),
            }
        }
    }),
];

/// Lines of the guide's table: the record and the kinds of its rows.
fn table() -> Vec<(&'static str, Vec<&'static str>)> {
    let (_, section) = GUIDE.split_once("## What is left of one loan").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| ")).skip(2);
    let cells = lines.map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    cells
        .map(|cells| (cells[1], cells[2].split(',').map(|kind| kind.trim().trim_matches('`')).collect()))
        .collect()
}

fn result_text(result: &BiometricResult) -> String {
    serde_json::to_string(result).unwrap()
}

#[test]
fn each_record_of_a_loan_is_found_at_the_gateway_and_nothing_of_it_at_the_terminal() {
    let who = Newcomer::new();
    let world = borrowed(&who);
    let iin: &'static str = Box::leak(who.iin.clone().into_boxed_str());
    let kept = Kept::of(&world, [iin, who.surname, who.given_name, who.phone.unwrap()]);
    assert!(!kept.rested(), "a sum up to 75 MRP");
    every_record(&kept);
    nothing_at_the_terminal(&kept);
    no_picture_but_of_the_face(&kept);
}

/// The same for a sum above 75 MRP: two visits, a day of rest, a second face, the schedule of that day.
#[test]
fn each_record_of_a_loan_above_75_mrp_is_found_with_its_rest_and_its_confirmation() {
    let setting = Setting {
        cassettes: [(10_000, 40), (5_000, 20), (2_000, 60), (1_000, 40)],
        rule_pack: &[("/payout/max_amount_tiyn", "40000000"), ("/products/0/max_principal_tiyn", "40000000")],
        signed: true,
        ..Setting::usual()
    };
    let mut visit = Rehearsal::new(&setting, Language::Ru);
    // 75 MRP of 4,325 tenge are 324,375.
    let newcomer = Borrower { tenge: 330_000, ..Borrower::registers(NEWCOMER, "individual") };
    newcomer.goes_to(&mut visit, "Notice", "registered").unwrap();
    visit.tap("primary").unwrap();
    newcomer.goes_to(&mut visit, "Notice", "loanRests").unwrap();
    leaves(&mut visit).unwrap();
    visit.act(Act::Pass(24 * 3_600)).unwrap();
    Borrower { errand: "loan", ..newcomer }.borrows(&mut visit).unwrap();
    visit.act(Act::Pass(60)).unwrap();
    let kept = Kept::of(visit.world(), [NEWCOMER.iin, "Досжанова", "Мерей", "7010000009"]);
    assert!(kept.rested(), "a sum above 75 MRP");
    every_record(&kept);
    nothing_at_the_terminal(&kept);
}

fn every_record(kept: &Kept<'_>) {
    let table = table();
    let named: Vec<&str> = table.iter().map(|(record, _)| *record).collect();
    let looked_at: Vec<&str> = RECORDS.iter().map(|(record, _)| *record).collect();
    assert_eq!(named, looked_at, "the guide and this test name the same records");
    for ((record, kinds), (_, check)) in table.iter().zip(RECORDS) {
        for kind in kinds {
            assert!(!kept.of_kind(kind).is_empty(), "{record}: no {kind}");
        }
        check(kept);
    }
}

/// what a terminal seals beside its rows is what somebody typed or chose, in short values, and the face that its camera
/// saw. No picture of an identity document has a place.
fn no_picture_but_of_the_face(kept: &Kept<'_>) {
    fn longest(value: &Value) -> usize {
        match value {
            Value::String(text) => text.len(),
            Value::Array(values) => values.iter().map(longest).max().unwrap_or_default(),
            Value::Object(values) => values.values().map(longest).max().unwrap_or_default(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
    }
    let sealed = kept.rows.iter().filter(|row| row.envelope.sealed.is_some() && !gone(row));
    let (faces, typed): (Vec<_>, Vec<_>) = sealed.partition(|row| row.envelope.kind == "FaceCaptured");
    assert!(
        faces.iter().all(|row| kept.attachment(row).starts_with(b"picture of a face")) && !faces.is_empty()
    );
    for row in typed {
        let value: Value = serde_json::from_slice(&kept.attachment(row)).unwrap();
        assert!(longest(&value) < 200, "{} seals more than somebody types", row.envelope.kind);
    }
}

/// A foreign code is gone once it was handed on, and a PIN as it was typed the next day (B21.7, R-130).
fn gone(row: &Row) -> bool {
    ["AccessCodeSubmitted", "PinSubmitted"].contains(&row.envelope.kind.as_str())
}

/// Searches every file of the terminal: journal, WAL, attachments, telemetry, second copy.
fn nothing_at_the_terminal(kept: &Kept<'_>) {
    let world = kept.world;
    let [iin, surname, given_name, phone] = kept.who;
    let mut needles = search::forms("IIN", iin);
    needles.extend(search::forms("surname", surname));
    needles.extend(search::forms("given name", given_name));
    needles.extend(search::forms("phone", phone));
    needles.extend(search::forms("face", "picture of a face"));
    let number = world.mfo.services(|services| services.bookings[0].contract_number.clone());
    needles.extend(search::forms("contract number", &number));
    let (_, contract) = kept.contract();
    needles.extend(contract.chunks(4_096).map(|part| search::raw("contract", &part[..part.len().min(64)])));
    let (mut opened, mut drawn) = (Vec::new(), false);
    for plain in kept.attachments() {
        match String::from_utf8(plain.clone()) {
            Ok(text) if plain.len() < 1_000 => needles.extend(search::forms("an answer or entry", &text)),
            Ok(_) => {}
            Err(_) => {
                drawn = true;
                needles.push(search::raw("a face", &plain[256..320]));
            }
        }
        opened.extend(plain);
    }
    for (_, compact, _) in kept.messages() {
        // Its beginning and its end are like those of rows; the whole of it, and its signature, are nowhere else.
        needles.extend(compact.split('.').skip(1).map(|part| search::raw("a message", part.as_bytes())));
        opened.extend(compact.into_bytes());
    }
    let face = if drawn { "a face, raw" } else { "face in UTF-8" };
    for what in ["IIN in UTF-8", "phone in UTF-8", face, "surname in base64url", "a message, raw"] {
        let there = search::found(&opened, &needles).into_iter().any(|needle| needle.what.starts_with(what));
        assert!(there, "{what}: the search finds it in what the gateway opened");
    }
    let files = search::files(world.folder());
    let names: Vec<String> =
        files.iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect();
    let copied = world.options.second_copy.then_some("operations.jsonl");
    for wanted in ["journal.db", "journal.db-wal"].into_iter().chain(copied) {
        assert!(names.iter().any(|name| name == wanted), "{wanted} among {names:?}");
    }
    assert!(names.iter().any(|name| name.contains("telemetry")), "{names:?}");
    let mut left = Vec::new();
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let found = search::found(&bytes, &needles).into_iter();
        left.extend(found.map(|needle| format!("{} in {}", needle.what, file.display())));
    }
    assert!(left.is_empty(), "{left:#?}");
}

/// A stranger's answers go with their visit, a client's are read by a person who is counted, and not by the terminal.
#[test]
fn what_a_stranger_was_told_is_gone_with_the_visit() {
    let who = Newcomer::new();
    let phones = Phones::new(Vec::new());
    let mut world = World::with_phones(WorldOptions::default(), phones);
    world.mfo.services(|services| services.state.people = vec![who.clone()]);
    world.to_number(&who, 0);
    let rows = world.rows();
    world.input(Input::Action(Action::Cancel));
    world.settle();
    let by = Actor::new("Дана", "somebody asks").unwrap();
    for row in rows {
        let place = (&world.terminal, row.envelope.op_id);
        assert!(world.mfo.gateway.open_message(&by, place, world.utc()).is_err(), "{}", row.envelope.kind);
    }
}
