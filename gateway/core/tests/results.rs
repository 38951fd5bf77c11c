//! Results of biometric checks as signed documents: what is in them, what they rest on, and what of a centre is not believed.

use std::sync::Arc;

use senim_domain::{OperationId, Secret, SecretBytes, UtcMillis};
use senim_gateway_core::Which;
use senim_gateway_core::connectors::{
    CentreError, ConnectorError, FaceVerdict, Identification, IdentityClaim, Outcome, PhoneOffer, PhoneOrder,
    PhoneState,
};
use senim_gateway_core::store::{Collection, Store as _};
use senim_operation::biometric::{BiometricCheck, BiometricDecision, BiometricResult, BiometricService};
use senim_operation::body::*;
use senim_operation::dossier::{RESULTS_DIR, result_file};
use senim_operation::message::{Comparison, FaceRefusal, MessageBody, RegistrationRefusal};
use senim_operation::trust::Trust;

use crate::support::registering::Registering as _;
use crate::support::state::new_iin;
use crate::support::{self, NOON, Rig, pack, staff, started};

fn trust(rig: &Rig) -> Arc<Trust> {
    Arc::new(Trust::from_pem(&rig.ca.pem).unwrap())
}

/// Every result of a picture that is kept, by the row that it answers; those of movements have tests of their own.
fn results(rig: &Rig) -> Vec<BiometricResult> {
    let kept = rig.store.documents(Collection::BiometricResult, "").unwrap();
    let mut all: Vec<_> = kept
        .iter()
        .map(|kept| {
            let compact: String = serde_json::from_str(&kept.json).unwrap();
            let result = BiometricResult::read(&compact, &trust(rig)).unwrap();
            assert_eq!(kept.key, result.row.to_string());
            result
        })
        .collect();
    all.retain(|result| result.check != BiometricCheck::Sequence);
    all.sort_by_key(|result| result.at);
    all
}

#[test]
fn each_portrait_has_a_result_with_likeness_threshold_and_evidence() {
    let mut rig = started();
    let mut strict = pack();
    strict.version += 1;
    strict.portrait.min_match_permille = 800;
    rig.gateway.publish_rule_pack(strict, &staff(), NOON).unwrap();
    rig.services.set(|s| s.likeness = Some(790));
    let (loan, _) = rig.offer();
    let refused = rig.face(loan).1;
    assert!(matches!(refused, MessageBody::FaceRefused { reason: FaceRefusal::NoMatch, .. }), "{refused:?}");
    rig.services.set(|s| s.likeness = Some(800));
    assert!(matches!(rig.face(loan).1, MessageBody::FaceMatched { .. }));
    let all = results(&rig);
    assert_eq!(
        all.iter().map(|one| one.decision).collect::<Vec<_>>(),
        [BiometricDecision::Failed, BiometricDecision::Passed]
    );
    for (result, score) in all.iter().zip([790, 800]) {
        assert_eq!((result.check, result.service), (BiometricCheck::Portrait, BiometricService::FaceMatcher));
        assert_eq!(result.subject, FaceSubject::Loan(loan));
        assert_eq!((result.score_permille, result.threshold_permille), (Some(score), Some(800)));
        assert!(result.evidence_sha256.is_some() && result.client.is_some());
    }
    assert_eq!(all[0].reason.as_deref(), Some("noMatch"));
    rig.services.set(|s| s.faces_down = true);
    rig.face(loan);
    assert_eq!(results(&rig).len(), 2, "who does not answer decides nothing");
}

#[test]
fn a_dossier_has_the_results_of_its_rows_as_they_were_signed() {
    let mut rig = started();
    let (loan, _) = rig.conclude();
    let row = results(&rig).first().unwrap().row;
    let dossier = rig.gateway.dossier(&rig.terminal.id, &Which::Id(loan.0), &staff(), rig.now).unwrap();
    let kept = rig.gateway.biometric_result(row).unwrap().unwrap();
    assert_eq!(dossier.files[&result_file(row)], format!("{kept}\n").into_bytes());
    assert_eq!(dossier.files.keys().filter(|name| name.starts_with(RESULTS_DIR)).count(), 2);
}

#[test]
fn name_iin_and_portrait_leave_a_result_that_names_the_centres_own_document() {
    let mut rig = started();
    rig.services.set(|s| s.state.name = Some(Outcome::Mismatch));
    let registration = rig.to_portrait();
    let found = rig.portrait(registration);
    assert!(
        matches!(found, MessageBody::AuthenticationResult { name: Comparison::Mismatch, .. }),
        "{found:?}"
    );
    let [result] = results(&rig).try_into().unwrap();
    assert_eq!((result.check, result.reason.as_deref()), (BiometricCheck::Identity, Some("name")));
    assert_eq!(result.service, BiometricService::IdentificationCentre);
    assert_eq!((result.score_permille, result.threshold_permille), (Some(940), Some(700)));
    assert_eq!(result.report.as_deref(), Some("id-report"));
    assert!(result.statement_sha256.is_some() && result.client.is_none());
    let said = serde_json::to_string(&result).unwrap();
    assert!([new_iin().as_str(), "Жаңабаева"].iter().all(|planted| !said.contains(planted)), "{said}");
}

#[test]
fn a_centres_result_of_another_request_person_picture_or_time_counts_for_nothing_and_stands_in_the_trail() {
    let forgeries: [fn(&mut support::state::StateServices); 4] = [
        |state| state.forged_claim = Some(|claim| claim.check = uuid::Uuid::from_u128(7)),
        |state| state.forged_claim = Some(|claim| claim.iin = senim_domain::Secret::new(support::iin())),
        |state| {
            state.forged_claim =
                Some(|claim| claim.portrait = senim_domain::SecretBytes::new(b"another".to_vec()));
        },
        |state| state.centre_time = Some(UtcMillis(NOON.0 - 3_600_000)),
    ];
    for forge in forgeries {
        let mut rig = started();
        let registration = rig.to_portrait();
        rig.services.set(|s| forge(&mut s.state));
        let refused = rig.portrait(registration);
        assert!(
            matches!(
                &refused,
                MessageBody::RegistrationRefused { reason: RegistrationRefusal::TryLater, .. }
            ),
            "{refused:?}"
        );
        assert!(results(&rig).is_empty());
        let trail = rig.gateway.trail(NOON, None, 100).unwrap();
        let acts = trail.acts.iter().filter(|act| act.record.act == "centreResultRefused").count();
        assert_eq!(acts, 1);
        rig.services.set(|s| {
            (s.state.forged_claim, s.state.centre_time, s.state.photo) = (None, None, Some(FaceVerdict::Same))
        });
        let found = rig.portrait(registration);
        assert!(
            matches!(found, MessageBody::AuthenticationResult { photo: Comparison::Match, .. }),
            "{found:?}"
        );
    }
}

#[test]
fn nothing_is_kept_under_a_row_that_was_not_judged() {
    let rig = started();
    assert_eq!(rig.gateway.biometric_result(OperationId(uuid::Uuid::from_u128(1))).unwrap(), None);
}

/// A centre that notes who was sent to it, and answers nothing.
#[derive(Clone, Default)]
struct Noting(Arc<std::sync::Mutex<Vec<String>>>);

impl Noting {
    fn asked<T>(&self, iin: &Secret) -> Result<T, ConnectorError> {
        self.0.lock().unwrap().push(iin.expose().to_owned());
        Err(ConnectorError::Unavailable { service: "identification", cause: String::new() })
    }
}

impl Identification for Noting {
    fn check(&self, claim: &IdentityClaim) -> Result<Secret, ConnectorError> {
        self.asked(&claim.iin)
    }
    fn begin(&self, order: &PhoneOrder) -> Result<PhoneOffer, ConnectorError> {
        self.asked(&order.iin)
    }
    fn state(&self, _: uuid::Uuid) -> Result<PhoneState, ConnectorError> {
        unreachable!("nothing was begun")
    }
    fn cancel(&self, _: uuid::Uuid) -> Result<(), ConnectorError> {
        unreachable!("nothing was begun")
    }
}

#[test]
fn nobody_under_age_is_sent_to_the_centre_whoever_asks() {
    let noting = Noting::default();
    let centre = senim_test_services::centre(Box::new(noting.clone()));
    // The last day of seventeen years, the birthday, and a number that is none.
    let (minor, adult) = ("080303500014", "080302500019");
    for iin in [minor, "080302500010", "1"] {
        let iin = || Secret::new(iin.to_owned());
        let claim = IdentityClaim {
            check: uuid::Uuid::from_u128(1),
            iin: iin(),
            surname: Secret::new("Серікбаев".to_owned()),
            given_name: Secret::new("Әділ".to_owned()),
            patronymic: None,
            portrait: SecretBytes::new(vec![1]),
        };
        let order = PhoneOrder { check: uuid::Uuid::from_u128(2), iin: iin(), life_seconds: 60 };
        assert!(matches!(centre.check(&claim, NOON), Err(CentreError::UnderAge)), "{}", claim.iin.expose());
        assert!(matches!(centre.begin(&order, NOON), Err(CentreError::UnderAge)), "{}", claim.iin.expose());
    }
    assert!(noting.0.lock().unwrap().is_empty());
    let iin = Secret::new(adult.to_owned());
    let order = PhoneOrder { check: uuid::Uuid::from_u128(3), iin, life_seconds: 60 };
    assert!(matches!(centre.begin(&order, NOON), Err(CentreError::Service(_))));
    assert_eq!(*noting.0.lock().unwrap(), [adult]);
}
