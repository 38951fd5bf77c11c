//! An application that was interrupted goes on after another login, here or elsewhere, with what stands of it and nothing
//! else.

use senim_domain::rule_pack::{ConsentKind, RulePack, TextId};
use senim_domain::{ClientId, Language};
use senim_operation::body::{CabinetPart, CabinetRequested, UnfinishedDecided};
use senim_operation::message::{
    ApplicationRefusal, CabinetContent, MessageBody, OfferDraft, UnfinishedApplication,
};

use crate::support::preparation::{self, TEXTS};
use crate::support::{PRINCIPAL, Rig, iin, pack, staff, started};

const DAY: i64 = 86_400;

/// Another visit: what is told of an interrupted application at its login.
fn comes_again(rig: &mut Rig) -> (ClientId, Option<UnfinishedApplication>) {
    rig.open_session();
    let (login, _) = rig.ask_login(&iin());
    match rig.type_code(login, &rig.last_code()) {
        MessageBody::LoggedIn { client, unfinished, .. } => (client, unfinished.map(|found| *found)),
        other => panic!("{other:?}"),
    }
}

fn decides(rig: &mut Rig, client: ClientId, go_on: bool) {
    assert!(rig.say(rig.in_session(UnfinishedDecided { client, go_on })).is_none());
}

/// An application up to its offer, all texts read.
fn offered(rig: &mut Rig) -> (ClientId, senim_domain::LoanId, Vec<OfferDraft>) {
    rig.open_session();
    let client = rig.log_in();
    let MessageBody::OfferMade { loan, drafts, .. } = rig.apply(client, PRINCIPAL) else { panic!() };
    let now = rig.now;
    rig.says(TEXTS.map(|text| preparation::acknowledged(client, text, now)));
    (client, loan, drafts)
}

fn refusal(body: &MessageBody) -> ApplicationRefusal {
    match body {
        MessageBody::ApplicationRefused { reason, .. } => *reason,
        other => panic!("{other:?}"),
    }
}

/// Publishes a pack that differs.
fn change_pack(rig: &Rig, change: impl FnOnce(&mut RulePack)) {
    let mut pack = pack();
    pack.version += 1;
    change(&mut pack);
    rig.gateway.publish_rule_pack(pack, &staff(), rig.now).unwrap();
}

#[test]
fn what_was_agreed_answered_read_and_chosen_is_told_at_the_next_login_and_counts_once_gone_on_with() {
    let mut rig = started();
    let (client, loan, drafts) = offered(&mut rig);
    rig.choose(loan, &drafts[0]);
    let (again, found) = comes_again(&mut rig);
    let found = found.unwrap();
    assert_eq!(again, client);
    assert_eq!(found.consents, [ConsentKind::BureauSupply, ConsentKind::BureauReport]);
    assert!(found.answered);
    assert_eq!(found.read, TEXTS);
    let wish = found.wish.unwrap();
    assert_eq!(wish.principal_tiyn.tiyn(), PRINCIPAL);
    assert_eq!(found.chosen, Some(drafts[0].schedule.method));
    assert_eq!(found.draft_sha256, drafts[0].sha256(), "the very draft that was offered");
    // Being told is not going on: nothing counts yet.
    assert_eq!(refusal(&rig.apply_at_once(client, PRINCIPAL)), ApplicationRefusal::Incomplete);
    decides(&mut rig, client, true);
    let MessageBody::OfferMade { loan: anew, drafts: recomputed, .. } = rig.apply_at_once(client, PRINCIPAL)
    else {
        panic!("what stands is not asked again")
    };
    assert_ne!(anew, loan, "an offer of another visit is none");
    assert_eq!(recomputed[0].sha256(), drafts[0].sha256(), "the same day, the same terms");
}

#[test]
fn it_goes_on_at_another_terminal_with_answers_that_the_first_one_brought() {
    let mut rig = started();
    offered(&mut rig);
    let mut second = rig.second_terminal("t-2");
    std::mem::swap(&mut rig.terminal, &mut second);
    let row = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[row]).refusal, None);
    let (client, found) = comes_again(&mut rig);
    assert!(found.unwrap().answered);
    decides(&mut rig, client, true);
    assert!(matches!(rig.apply_at_once(client, PRINCIPAL), MessageBody::OfferMade { .. }));
}

#[test]
fn begun_anew_nothing_of_it_is_left_for_this_visit_or_another() {
    let mut rig = started();
    offered(&mut rig);
    let (client, found) = comes_again(&mut rig);
    assert!(found.is_some());
    decides(&mut rig, client, false);
    assert_eq!(refusal(&rig.apply_at_once(client, PRINCIPAL)), ApplicationRefusal::Incomplete);
    assert!(comes_again(&mut rig).1.is_none());
}

#[test]
fn before_a_sum_was_named_the_consents_alone_stand() {
    let mut rig = started();
    rig.open_session();
    let client = rig.log_in();
    rig.says([preparation::consent(client, ConsentKind::BureauSupply, true)]);
    let (_, found) = comes_again(&mut rig);
    let found = found.unwrap();
    assert_eq!((found.consents, found.answered, found.wish), (vec![ConsentKind::BureauSupply], false, None));
}

#[test]
fn what_the_rules_say_otherwise_today_is_asked_again_and_the_rest_is_not() {
    let mut rig = started();
    offered(&mut rig);
    change_pack(&rig, |pack| {
        pack.texts.rights.ru[0].push_str(" Изменено.");
        let report = pack.consents.iter_mut().find(|one| one.kind == ConsentKind::BureauReport).unwrap();
        report.purpose.ru.push_str(" Изменено.");
    });
    let (_, found) = comes_again(&mut rig);
    let found = found.unwrap();
    assert_eq!(found.consents, [ConsentKind::BureauSupply]);
    assert_eq!(found.read, [TextId::Rules, TextId::Payments]);
    assert!(found.answered);

    // Another question, and a product that no longer offers the sum.
    let mut rig = started();
    offered(&mut rig);
    change_pack(&rig, |pack| {
        let mut more = pack.aml[0].clone();
        more.id = "one-more".into();
        pack.aml.push(more);
        for product in &mut pack.products {
            product.max_principal_tiyn = product.min_principal_tiyn;
        }
    });
    let (client, found) = comes_again(&mut rig);
    let found = found.unwrap();
    assert_eq!((found.answered, found.wish, found.chosen), (false, None, None));
    assert_eq!(found.consents.len(), 2);
    decides(&mut rig, client, true);
    assert_eq!(refusal(&rig.apply_at_once(client, PRINCIPAL)), ApplicationRefusal::OutsideLimits);
}

#[test]
fn another_day_reckons_anew_and_a_week_later_nothing_stands() {
    let mut rig = started();
    let (_, loan, drafts) = offered(&mut rig);
    rig.choose(loan, &drafts[0]);
    rig.later(DAY);
    let (client, found) = comes_again(&mut rig);
    assert_eq!(found.unwrap().draft_sha256, drafts[0].sha256());
    decides(&mut rig, client, true);
    let MessageBody::OfferMade { drafts: today, .. } = rig.apply_at_once(client, PRINCIPAL) else { panic!() };
    assert_ne!(today[0].sha256(), drafts[0].sha256(), "yesterday's draft is no longer chosen");
    rig.later(7 * DAY - 1);
    assert!(comes_again(&mut rig).1.is_some());
    rig.later(1);
    assert!(comes_again(&mut rig).1.is_none());
}

#[test]
fn answers_that_never_came_are_asked_again() {
    let mut rig = started();
    rig.open_session();
    let client = rig.log_in();
    let said = preparation::answers(client, &pack().aml);
    let draft = rig.in_session(said.body).with_attachment(said.sealed.unwrap());
    let (row, _) = rig.terminal.write(draft, rig.now);
    assert_eq!(rig.send(&[row]).refusal, None);
    rig.says([preparation::consent(client, ConsentKind::BureauSupply, true)]);
    let (_, found) = comes_again(&mut rig);
    assert!(!found.unwrap().answered, "the terminal lost power before it sent them");
}

#[test]
fn a_refusal_a_contract_and_a_consent_refused_leave_nothing_to_go_on_with() {
    let mut rig = started();
    rig.services.set(|s| s.aml = true);
    rig.open_session();
    let client = rig.log_in();
    assert_eq!(refusal(&rig.apply(client, PRINCIPAL)), ApplicationRefusal::NotApproved);
    assert!(comes_again(&mut rig).1.is_none());

    let mut rig = started();
    rig.conclude();
    assert!(comes_again(&mut rig).1.is_none());

    let mut rig = started();
    let (client, _, _) = offered(&mut rig);
    rig.says([preparation::consent(client, ConsentKind::BureauReport, false)]);
    assert!(comes_again(&mut rig).1.is_none());

    let mut rig = started();
    let (_, loan, _) = offered(&mut rig);
    rig.says([preparation::pressure(loan, true)]);
    assert!(comes_again(&mut rig).1.is_none());
}

#[test]
fn a_service_that_is_away_leaves_the_application_open() {
    let mut rig = started();
    rig.open_session();
    let client = rig.log_in();
    rig.says(preparation::before_application(client));
    rig.services.set(|s| s.core_down = true);
    assert_eq!(refusal(&rig.apply_at_once(client, PRINCIPAL)), ApplicationRefusal::TryLater);
    rig.services.set(|s| s.core_down = false);
    let (client, found) = comes_again(&mut rig);
    assert!(found.unwrap().wish.is_some());
    decides(&mut rig, client, true);
    assert!(matches!(rig.apply_at_once(client, PRINCIPAL), MessageBody::OfferMade { .. }));
}

#[test]
fn nobody_goes_on_with_somebody_elses_and_one_application_is_listed_once() {
    let mut rig = started();
    offered(&mut rig);
    let (client, found) = comes_again(&mut rig);
    decides(&mut rig, ClientId(uuid::Uuid::from_u128(99)), true);
    assert_eq!(refusal(&rig.apply_at_once(client, PRINCIPAL)), ApplicationRefusal::Incomplete);
    decides(&mut rig, client, true);
    let application = found.unwrap().wish.unwrap().application;
    let body = senim_operation::body::ApplicationSubmitted {
        application,
        client,
        product: "simple".into(),
        principal_tiyn: senim_domain::Tiyn::new(PRINCIPAL).unwrap(),
        term: senim_domain::loan::Term::Months(6),
        language: Language::Ru,
    };
    assert!(matches!(rig.say(rig.in_session(body)).unwrap().1, MessageBody::OfferMade { .. }));
    let ask = CabinetRequested::of(client, CabinetPart::Applications);
    let MessageBody::CabinetShown(CabinetContent::Applications(listed)) =
        rig.say(rig.in_session(ask)).unwrap().1
    else {
        panic!()
    };
    assert_eq!(listed.iter().filter(|one| one.application == application).count(), 1);
}
