//! Consents that their owners take back: deadlines to the moment, decisions with their ground, silence, and what stops.

use senim_domain::UtcMillis;
use senim_domain::business_days::Day;
use senim_domain::rule_pack::RulePack;
use senim_gateway_core::connectors::{
    ContractStanding, ContractSummary, RevocationApplication, RevocationDecision, RevocationGround,
    TokenStatus,
};
use senim_gateway_core::{GatewayError, Refusal, RevocationOutcome, RevocationRound};
use senim_operation::body::CabinetPart;
use senim_operation::message::{
    CabinetContent, ConsentOutcome, ConsentStanding, ConsentStatus, MessageBody, RegistrationRefusal,
};

use crate::support::registering::{Registering as _, refusal};
use crate::support::{NOON, Rig, pack, staff, started};

const DAY_MS: i64 = 86_400_000;
/// The consent that the state service of these tests gives.
const CONSENT: &str = "consent-1";

/// A client takes the consent back; the state service names a deadline far away.
fn applies(rig: &Rig) -> UtcMillis {
    let received = rig.now;
    rig.services.set(|s| {
        s.state.applications.push(RevocationApplication {
            application: "A-1".into(),
            jti: CONSENT.into(),
            received,
            until: UtcMillis(received.0 + 90 * DAY_MS),
        });
    });
    received
}

fn look(rig: &Rig) -> RevocationRound {
    rig.gateway.look_at_revocations(rig.now).unwrap()
}

fn until(rig: &Rig) -> UtcMillis {
    rig.gateway.revocation_cases().unwrap()[0].revocation.until
}

fn at(text: &str) -> UtcMillis {
    text.parse().unwrap()
}

fn ground() -> RevocationGround {
    RevocationGround {
        ground_type: "normativeAct".into(),
        doc_number: "94-V".into(),
        doc_date: "2013-05-21".into(),
        doc_name: "Закон о персональных данных и их защите".into(),
    }
}

/// A client who registered here, logged in; the consent stands as it is told.
fn client_with_consent(rig: &mut Rig) -> ConsentStanding {
    let (_, body) = rig.register_entrepreneur();
    let MessageBody::Registered { client, .. } = body else { panic!("{body:?}") };
    let ask = senim_operation::body::CabinetRequested::of(client, CabinetPart::Consents);
    let MessageBody::CabinetShown(CabinetContent::Consents(shown)) = rig.say(rig.in_session(ask)).unwrap().1
    else {
        panic!("no consents")
    };
    shown[0].clone()
}

fn standing(rig: &mut Rig) -> ConsentStanding {
    let client = rig.services.get(|s| s.state.created[0].0);
    let ask = senim_operation::body::CabinetRequested::of(client, CabinetPart::Consents);
    let MessageBody::CabinetShown(CabinetContent::Consents(shown)) = rig.say(rig.in_session(ask)).unwrap().1
    else {
        panic!("no consents")
    };
    shown[0].clone()
}

/// Publishes a pack with these days off.
fn days_off(rig: &Rig, days: &[jiff::civil::Date]) {
    let mut pack: RulePack = pack();
    pack.version += 1;
    pack.calendar.holidays.extend(days.iter().copied().map(Day));
    rig.gateway.publish_rule_pack(pack, &staff(), rig.now).unwrap();
}

fn why(result: Result<impl std::fmt::Debug, GatewayError>) -> String {
    match result {
        Err(GatewayError::Refused(Refusal::BadDirective(why))) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_application_waits_until_the_end_of_the_fifteenth_business_day_of_the_packs_calendar() {
    let rig = started();
    let received = applies(&rig);
    assert_eq!(look(&rig), RevocationRound { received: 1, ..RevocationRound::default() });
    let plain = until(&rig);
    let days = pack().calendar;
    let first = senim_domain::calendar::local_date(received).unwrap();
    let last = days.after_business_days(first, 15).unwrap();
    assert_eq!(plain, at(&format!("{last}T19:00:00.000Z")), "the day ends at midnight in Kazakhstan");
    assert_eq!(look(&rig).received, 0, "the same application is no second one");

    // A holiday among them moves the end by a business day.
    let rig = started();
    let mut off = first;
    while !days.is_business_day(off) || off == first {
        off = off.tomorrow().unwrap();
    }
    days_off(&rig, &[off]);
    applies(&rig);
    look(&rig);
    let later = days.after_business_days(first, 16).unwrap();
    assert_eq!(until(&rig), at(&format!("{later}T19:00:00.000Z")));
}

#[test]
fn the_state_services_deadline_counts_where_it_is_earlier() {
    let rig = started();
    applies(&rig);
    let soon = UtcMillis(rig.now.0 + 3 * DAY_MS);
    rig.services.set(|s| s.state.applications[0].until = soon);
    look(&rig);
    assert_eq!(until(&rig), soon);
}

#[test]
fn at_the_last_moment_a_decision_counts_and_a_moment_later_silence_has_decided() {
    for late in [false, true] {
        let mut rig = started();
        rig.services.set(|s| s.state.entrepreneur = true);
        client_with_consent(&mut rig);
        applies(&rig);
        look(&rig);
        let end = until(&rig);
        rig.now = UtcMillis(end.0 - i64::from(!late));
        let decided = rig.gateway.decide_revocation("A-1", Some(Some(ground())), &staff(), rig.now);
        if late {
            assert!(why(decided).contains("deadline"));
            assert_eq!(look(&rig).lapsed, 1);
            assert_eq!(look(&rig).lapsed, 0, "once");
            assert!(rig.gateway.revocation_cases().unwrap().is_empty());
            assert!(rig.services.get(|s| s.state.decided.is_empty()), "silence is not told");
        } else {
            assert!(matches!(decided.unwrap().outcome, Some(RevocationOutcome::Kept { .. })));
        }
    }
}

#[test]
fn silence_ends_a_consent_even_where_nobody_came_to_look() {
    let mut rig = started();
    let id = rig.to_portrait();
    // The token of these tests lives for a day, so the state's deadline is short.
    applies(&rig);
    let end = UtcMillis(rig.now.0 + 3_600_000);
    rig.services.set(|s| s.state.applications[0].until = end);
    look(&rig);
    rig.now = UtcMillis(end.0 - 1);
    let now = rig.now;
    rig.services.set(|s| s.state.centre_time = Some(now));
    let compared = rig.portrait(id);
    assert!(matches!(compared, MessageBody::AuthenticationResult { .. }), "{compared:?}");
    rig.now = end;
    assert_eq!(refusal(&rig.portrait(id)).0, RegistrationRefusal::AccessRefused);
}

#[test]
fn a_decision_to_let_it_go_stops_the_session_that_uses_it_at_every_step() {
    let mut rig = started();
    let id = rig.to_phone();
    applies(&rig);
    look(&rig);
    // Considered only, it still counts.
    let (message, body) = rig.phone(id, "+77017654321");
    assert!(matches!(body, MessageBody::RegistrationCodeSent { .. }), "{body:?}");
    let decided = rig.gateway.decide_revocation("A-1", None, &staff(), rig.now).unwrap();
    assert!(matches!(decided.outcome, Some(RevocationOutcome::Revoked { .. })));
    // The state service of these tests still says "active": what was decided here is enough.
    let code = rig.last_code();
    assert_eq!(refusal(&rig.number_code(id, message, &code)).0, RegistrationRefusal::AccessRefused);
    assert_eq!(refusal(&rig.portrait(id)).0, RegistrationRefusal::AccessRefused);
    assert_eq!(refusal(&rig.finish(id)).0, RegistrationRefusal::AccessRefused);
    assert_eq!(
        rig.services.get(|s| s.state.decided.clone()),
        [("A-1".to_owned(), RevocationDecision::Revoke)]
    );
    let acts = rig.gateway.trail(NOON, None, 50).unwrap();
    assert!(acts.acts.iter().any(|act| act.record.act == "revokeConsent" && act.record.subject == "A-1"));
}

#[test]
fn an_open_contract_suggests_refusal_and_is_the_ground_where_none_is_named() {
    let mut rig = started();
    rig.services.set(|s| s.state.entrepreneur = true);
    client_with_consent(&mut rig);
    let client = rig.services.get(|s| s.state.created[0].0);
    applies(&rig);
    look(&rig);
    assert_eq!(rig.gateway.revocation_cases().unwrap()[0].keep, None, "nothing is owed");
    let none = rig.gateway.decide_revocation("A-1", Some(None), &staff(), rig.now);
    assert!(why(none).contains("no obligation"));
    // A contract that was concluded elsewhere.
    rig.services.set(|s| {
        s.contracts.push(ContractSummary {
            loan: senim_domain::LoanId(uuid::Uuid::from_u128(5)),
            client,
            number: "MK-77".into(),
            principal_tiyn: senim_domain::Tiyn::from_tenge(50_000).unwrap(),
            issued: "2026-02-02".into(),
            contract_sha256: "x".into(),
            standing: ContractStanding::Running,
        });
    });
    let suggested = rig.gateway.revocation_cases().unwrap()[0].keep.clone().unwrap();
    assert_eq!((suggested.ground_type.as_str(), suggested.doc_number.as_str()), ("contract", "MK-77"));
    assert_eq!(suggested.doc_date, "2026-02-02");
    rig.gateway.decide_revocation("A-1", Some(None), &staff(), rig.now).unwrap();
    let told = rig.services.get(|s| s.state.decided.clone());
    assert_eq!(told, [("A-1".to_owned(), RevocationDecision::Keep(suggested))]);
    let again = rig.gateway.decide_revocation("A-1", None, &staff(), rig.now);
    assert!(why(again).contains("was decided"));
    let shown = standing(&mut rig);
    assert_eq!(shown.status, ConsentStatus::Active);
    let Some(ConsentOutcome::Kept { doc_number, doc_date, .. }) = shown.outcome else {
        panic!("the ground is not told")
    };
    assert_eq!((doc_number.expose(), doc_date.as_str()), ("MK-77", "2026-02-02"));
}

#[test]
fn the_contract_that_was_concluded_here_is_the_ground_with_its_number_and_its_day() {
    let mut rig = started();
    rig.conclude();
    rig.services.set(|s| s.state.applications.clear());
    let client = rig.services.get(|s| senim_domain::ClientId(s.client));
    rig.consent_of(CONSENT, client);
    applies(&rig);
    look(&rig);
    let suggested = rig.gateway.revocation_cases().unwrap()[0].keep.clone().unwrap();
    assert_eq!(suggested.ground_type, "contract");
    assert_eq!(suggested.doc_date, senim_domain::calendar::local_date(rig.now).unwrap().to_string());
    assert!(suggested.doc_number.len() > 5 && suggested.doc_name.contains("микрокредит"), "{suggested:?}");
}

#[test]
fn a_refusal_without_a_whole_ground_is_none() {
    let rig = started();
    applies(&rig);
    look(&rig);
    let spoil: [fn(&mut RevocationGround); 5] = [
        |ground| ground.ground_type = "wish".into(),
        |ground| ground.doc_number.clear(),
        |ground| ground.doc_date = "2013-5-21".into(),
        |ground| ground.doc_date = "2013-02-30".into(),
        |ground| ground.doc_name = " ".into(),
    ];
    for spoil in spoil {
        let mut bad = ground();
        spoil(&mut bad);
        why(rig.gateway.decide_revocation("A-1", Some(Some(bad)), &staff(), rig.now));
    }
    why(rig.gateway.decide_revocation("A-2", None, &staff(), rig.now));
    assert!(rig.services.get(|s| s.state.decided.is_empty()));
}

#[test]
fn the_cabinet_tells_that_it_is_considered_until_when_and_what_became_of_it() {
    let mut rig = started();
    rig.services.set(|s| s.state.entrepreneur = true);
    let shown = client_with_consent(&mut rig);
    assert_eq!((shown.status, shown.decided_until, shown.outcome), (ConsentStatus::Active, None, None));
    applies(&rig);
    look(&rig);
    let end = until(&rig);
    let shown = standing(&mut rig);
    assert_eq!((shown.status, shown.decided_until), (ConsentStatus::UnderReview, Some(end)));
    // The state's own date is no later promise than ours.
    let far = UtcMillis(end.0 + 1);
    rig.services.set(|s| s.state.status = Some(TokenStatus::UnderReview { until: far }));
    assert_eq!(standing(&mut rig).decided_until, Some(end));
    rig.services.set(|s| s.state.down = true);
    assert_eq!(standing(&mut rig).status, ConsentStatus::Unknown);
    rig.now = end;
    let shown = standing(&mut rig);
    assert_eq!(shown.status, ConsentStatus::NotActive, "it needs nobody's word any more");
    assert_eq!(shown.outcome, Some(ConsentOutcome::Silence { at: end }));
}

#[test]
fn a_decision_reaches_the_state_service_when_it_is_back_and_only_once() {
    let rig = started();
    applies(&rig);
    look(&rig);
    rig.services.set(|s| s.state.down = true);
    rig.gateway.decide_revocation("A-1", None, &staff(), rig.now).unwrap();
    assert_eq!(look(&rig).untold, 1);
    rig.services.set(|s| s.state.down = false);
    assert_eq!(look(&rig).untold, 0);
    assert_eq!(look(&rig).untold, 0);
    assert_eq!(rig.services.get(|s| s.state.decided.len()), 1);
    assert!(rig.gateway.revocation_cases().unwrap().is_empty());
}

#[test]
fn an_application_that_nobody_waits_for_any_more_is_closed_as_the_state_says() {
    for revoked in [false, true] {
        let mut rig = started();
        let id = rig.to_portrait();
        applies(&rig);
        look(&rig);
        rig.services.set(|s| {
            s.state.applications.clear();
            s.state.revoked = revoked;
        });
        look(&rig);
        assert!(rig.gateway.revocation_cases().unwrap().is_empty());
        rig.services.set(|s| s.state.revoked = false);
        let goes_on = matches!(rig.portrait(id), MessageBody::AuthenticationResult { .. });
        assert_eq!(goes_on, !revoked, "what ended has ended");
    }
}
