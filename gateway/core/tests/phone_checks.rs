//! The proof on the client's own phone: a code for one phone, the centre's signed verdict, and nothing else that counts (B14).

use senim_domain::rule_pack::ProvenBy;
use senim_domain::{ChallengeId, ClientId, LoanId, SecretBytes};
use senim_operation::Profile;
use senim_operation::biometric::{BiometricCheck, BiometricDecision, BiometricResult, BiometricService};
use senim_operation::body::*;
use senim_operation::message::{LivenessRefusal, MessageBody, PhoneCheckOffered};
use senim_operation::trust::Trust;
use senim_test_services::Behind;
use senim_world::model::coid::Forgery;
use senim_world::model::coid::phones::State;

use crate::support::{NOON, Rig, Services, iin, pack, staff};

/// Somebody else whom the world knows.
const OTHER: &str = "911231400005";

struct Scene {
    rig: Rig,
    loan: LoanId,
    behind: Behind,
}

impl Scene {
    fn new() -> Self {
        // The world's centre knows the client, too.
        let behind = Behind::with_client(&iin(), ClientId(uuid::Uuid::from_u128(7)));
        let services = Services { behind: behind.clone(), ..Services::default() };
        let mut rig = Rig::with_services(Profile::Rig, services);
        let row = rig.terminal.begin_epoch(rig.now);
        assert_eq!(rig.send(&[row]).refusal, None);
        let mut asking = pack();
        asking.version += 1;
        asking.liveness.by = ProvenBy::Phone;
        rig.gateway.publish_rule_pack(asking, &staff(), NOON).unwrap();
        let (loan, _) = rig.offer();
        Self { rig, loan, behind }
    }

    fn subject(&self) -> FaceSubject {
        FaceSubject::Loan(self.loan)
    }

    fn ask(&mut self) -> MessageBody {
        let row = LivenessRequested { subject: self.subject(), slow: false, cannot: None };
        self.rig.say(self.rig.in_session(row)).unwrap().1
    }

    /// A code on the screen.
    fn code(&mut self) -> PhoneCheckOffered {
        let MessageBody::PhoneCheckOffered(offer) = self.ask() else { panic!("no code") };
        assert_eq!(offer.life_seconds, 180);
        assert!(self.wait(offer.challenge).is_none());
        *offer
    }

    fn wait(&mut self, challenge: ChallengeId) -> Option<MessageBody> {
        let row = LivenessAwaited { subject: self.subject(), challenge };
        self.rig.say(self.rig.in_session(row)).map(|(_, body)| body)
    }

    fn scan(&self, who: &str, offer: &PhoneCheckOffered, manner: &str) -> Result<(), &'static str> {
        let done = self.behind.state(|state| state.model.confirm_on_phone(who, offer.qr.expose(), manner));
        done.map_err(|denial| denial.code)
    }

    fn later(&mut self, seconds: i64) {
        self.rig.later(seconds);
        self.behind.set_now(self.rig.now);
    }

    /// What a poll of the terminal brings about the row written last.
    fn poll(&mut self) -> Option<MessageBody> {
        self.later(2);
        let row = self.rig.terminal.rows.last().unwrap().clone();
        let answers = self.rig.gateway.late_answers(&self.rig.terminal.id, None, self.rig.now).unwrap();
        answers.first().map(|compact| self.rig.read(compact, &row).1)
    }

    fn refused(&mut self) -> (LivenessRefusal, u32) {
        match self.poll() {
            Some(MessageBody::LivenessRefused(refused)) => (refused.reason, refused.tries_left),
            other => panic!("{other:?}"),
        }
    }

    fn portrait(&mut self, challenge: ChallengeId) -> MessageBody {
        let liveness = Liveness::Passed(challenge);
        let body = FaceCaptured { subject: self.subject(), liveness, quality: 80 };
        let picture = SecretBytes::new(b"picture of a face".to_vec());
        self.rig.say(self.rig.in_session(body).with_attachment(picture)).unwrap().1
    }

    /// The result that was signed for the row that was written last.
    fn result(&self) -> Option<BiometricResult> {
        let row = self.rig.terminal.rows.last().unwrap().envelope.op_id;
        let compact = self.rig.gateway.biometric_result(row).unwrap()?;
        Some(BiometricResult::read(&compact, &Trust::from_pem(&self.rig.ca.pem).unwrap()).unwrap())
    }
}

#[test]
fn a_check_on_the_phone_counts_for_one_portrait_and_leaves_its_result_and_the_centres_sealed() {
    let mut scene = Scene::new();
    let offer = scene.code();
    assert!(scene.poll().is_none());
    scene.scan(&iin(), &offer, "confirms").unwrap();
    assert_eq!(scene.poll(), Some(MessageBody::LivenessConfirmed { challenge: offer.challenge }));
    let result = scene.result().unwrap();
    assert_eq!((result.check, result.decision), (BiometricCheck::Phone, BiometricDecision::Passed));
    assert_eq!(result.service, BiometricService::IdentificationCentre);
    assert_eq!((result.challenge, result.subject), (Some(offer.challenge), scene.subject()));
    let document = scene.rig.gateway.open_centre_result(&staff(), result.row, scene.rig.now).unwrap();
    let sha256 = senim_operation::jws::sha256_b64(document.expose().as_bytes());
    assert_eq!(result.statement_sha256, Some(sha256));
    assert!(matches!(scene.portrait(offer.challenge), MessageBody::FaceMatched { .. }));
    assert!(matches!(scene.portrait(offer.challenge), MessageBody::FaceRefused { .. }));
}

#[test]
fn another_person_nobody_living_and_who_declines_are_told_apart_and_three_are_the_end() {
    let mut scene = Scene::new();
    let client = iin();
    for (who, manner, reason, left) in [
        (OTHER, "confirms", LivenessRefusal::OtherPerson, 2),
        (&client, "fails", LivenessRefusal::NotShown, 1),
        (&client, "declines", LivenessRefusal::Declined, 0),
    ] {
        let offer = scene.code();
        scene.scan(who, &offer, manner).unwrap();
        assert_eq!(scene.refused(), (reason, left), "{manner}");
        let decided = scene.result().map(|result| result.decision);
        let expected = (manner != "declines").then_some(BiometricDecision::Failed);
        assert_eq!(decided, expected, "who declines was not judged");
    }
    let MessageBody::LivenessRefused(refused) = scene.ask() else { panic!("a fourth code") };
    assert_eq!(refused.reason, LivenessRefusal::NoTriesLeft);
}

#[test]
fn a_code_ends_after_its_time_and_the_next_one_replaces_it() {
    let mut scene = Scene::new();
    let late = scene.code();
    scene.later(180);
    assert_eq!(scene.refused(), (LivenessRefusal::Expired, 2));
    assert_eq!(scene.scan(&iin(), &late, "confirms"), Err("qr_expired"));
    let first = scene.code();
    let MessageBody::PhoneCheckOffered(second) = scene.ask() else { panic!("no code") };
    assert_eq!(scene.scan(&iin(), &first, "confirms"), Err("qr_cancelled"));
    // The row of a code that was replaced waits for nothing.
    let MessageBody::LivenessRefused(refused) = scene.wait(first.challenge).unwrap() else { panic!() };
    assert_eq!(refused.reason, LivenessRefusal::OtherChallenge);
    assert!(scene.wait(second.challenge).is_none());
}

#[test]
fn a_verdict_that_is_forged_of_another_check_or_too_old_is_not_believed() {
    for forgery in [
        Forgery::Unsigned,
        Forgery::WrongKey,
        Forgery::OldAnswer,
        Forgery::AnotherRequest,
        Forgery::OtherPerson,
    ] {
        let mut scene = Scene::new();
        let offer = scene.code();
        scene.behind.state(|state| state.model.coid.forgery = Some(forgery));
        scene.scan(&iin(), &offer, "confirms").unwrap();
        assert_eq!(scene.refused().0, LivenessRefusal::NotConfirmed, "{forgery:?}");
        assert!(scene.result().is_none());
        assert!(matches!(scene.portrait(offer.challenge), MessageBody::FaceRefused { .. }));
        let trail = scene.rig.gateway.trail(NOON, None, 100).unwrap();
        assert!(trail.acts.iter().any(|act| act.record.act == "centreResultRefused"), "{forgery:?}");
    }
}

#[test]
fn a_centre_that_is_away_is_waited_for_and_costs_no_try() {
    let mut scene = Scene::new();
    scene.behind.state(|state| state.down.insert("coid"));
    let MessageBody::LivenessRefused(refused) = scene.ask() else { panic!("a code of nobody") };
    assert_eq!((refused.reason, refused.tries_left), (LivenessRefusal::TryLater, 3));
    scene.behind.state(|state| state.down.clear());
    let offer = scene.code();
    scene.scan(&iin(), &offer, "confirms").unwrap();
    scene.behind.state(|state| state.down.insert("coid"));
    assert!(scene.poll().is_none());
    scene.behind.state(|state| state.down.clear());
    assert!(matches!(scene.poll(), Some(MessageBody::LivenessConfirmed { .. })));
    let mut scene = Scene::new();
    scene.code();
    scene.behind.state(|state| state.down.insert("coid"));
    scene.later(240);
    assert_eq!(scene.refused(), (LivenessRefusal::TryLater, 3));
}

#[test]
fn who_leaves_is_not_waited_for_and_the_code_opens_nothing_any_more() {
    let mut scene = Scene::new();
    let offer = scene.code();
    scene.rig.open_session();
    assert!(scene.poll().is_none());
    let stands = scene.behind.state(|state| state.model.phone_check(offer.challenge.0).unwrap().state);
    assert_eq!(stands, State::Canceled);
    assert_eq!(scene.scan(&iin(), &offer, "confirms"), Err("qr_cancelled"));
}
