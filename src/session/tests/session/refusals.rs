//! Every polite no: of the terminal itself, of the MFO, and what does not count as an answer at all.

use senim_document::{Kind, Paper};
use senim_domain::loan::{Method, Rate, Term, TimeBase};
use senim_domain::rule_pack::{Product, RulePack, Service};
use senim_domain::{ApplicationId, ClientId, LoanId, OperationId, Secret, SessionId, Tiyn, UtcMillis};
use senim_hal::location::Fix;
use senim_hal::{cash_dispenser, location};
use senim_operation::jws;
use senim_operation::message::{ApplicationRefusal, FaceRefusal, LoginRefusal, MessageBody, OfferDraft};
use senim_session::Action;
use senim_session::event::{Device, Event, Peripheral};
use senim_session::state::{CodeError, Ending, Errand, State};
use uuid::Uuid;

use crate::desk::*;

#[test]
fn somebody_under_age_is_turned_away_before_data_and_camera() {
    // Eighteen on 3 March 2026, tomorrow.
    let mut desk = Desk::open();
    desk.to_iin();
    let first = desk.act(Action::SubmitIin(iin("080303", '5')));
    desk.assert_ended(Ending::UnderAge);
    assert_eq!(desk.kinds_from(first), ["SessionClosed"], "not even the IIN was written");
}

#[test]
fn somebody_who_comes_of_age_today_is_looked_up() {
    let mut desk = Desk::open();
    desk.to_iin();
    desk.act(Action::SubmitIin(iin("080302", '5')));
    assert!(matches!(desk.session.state(), State::LookingUp { .. }));
}

#[test]
fn an_iin_that_does_not_check_may_be_typed_again() {
    let mut desk = Desk::open();
    desk.to_iin();
    for wrong in ["", "123", "900514300000x", "000000000000"] {
        let first = desk.act(Action::SubmitIin(Secret::new(wrong.into())));
        assert!(matches!(desk.session.state(), State::EnterIin { invalid: true, .. }));
        assert!(desk.effects[first..].is_empty());
    }
    desk.act(Action::SubmitIin(adult()));
    assert!(matches!(desk.session.state(), State::LookingUp { .. }));
}

#[test]
fn every_refusal_of_a_login_ends_politely() {
    let rows = [
        (LoginRefusal::NotAvailable, Ending::NotAvailable),
        (LoginRefusal::TooMany, Ending::TooManyCodes),
        (LoginRefusal::TryLater, Ending::Unreachable),
    ];
    for (reason, ending) in rows {
        let mut desk = Desk::open();
        desk.to_looking_up();
        desk.answer(MessageBody::LoginRefused { reason, may_retry: false });
        desk.assert_ended(ending);
        let mut desk = Desk::open();
        desk.to_checking_code();
        desk.answer(MessageBody::LoginRefused { reason, may_retry: false });
        desk.assert_ended(ending);
    }
}

#[test]
fn a_wrong_code_may_be_typed_again_as_long_as_the_mfo_says_so() {
    let mut desk = Desk::open();
    desk.to_checking_code();
    desk.answer(MessageBody::LoginRefused { reason: LoginRefusal::WrongCode, may_retry: true });
    let State::EnterCode { login, error: Some(CodeError::Wrong) } = desk.session.state() else { panic!() };
    let tries = u32::from(pack().otp.tries);
    assert_eq!(login.tries_left, tries - 1, "as the gateway counts");
    desk.act(Action::SubmitCode(Secret::new("654321".into())));
    desk.answer(MessageBody::LoginRefused { reason: LoginRefusal::WrongCode, may_retry: false });
    desk.assert_ended(Ending::TooManyCodes);
}

#[test]
fn a_code_that_is_too_old_is_not_sent() {
    let mut desk = Desk::open();
    desk.to_code();
    for _ in 0..4 {
        desk.pass_ms(30_000);
        desk.act(Action::Touched);
    }
    let first = desk.act(Action::SubmitCode(Secret::new("123456".into())));
    assert!(matches!(desk.session.state(), State::EnterCode { error: Some(CodeError::Expired), .. }));
    assert!(desk.effects[first..].is_empty());
}

#[test]
fn another_code_begins_with_the_iin() {
    let mut desk = Desk::open();
    desk.to_code();
    desk.act(Action::ResendCode);
    assert!(matches!(desk.session.state(), State::EnterIin { .. }));
}

#[test]
fn every_refusal_of_an_application_ends_politely() {
    let rows = [
        (ApplicationRefusal::NotApproved, Ending::NotApproved),
        (ApplicationRefusal::OutsideLimits, Ending::NotApproved),
        (ApplicationRefusal::VoluntaryRefusal, Ending::VoluntaryRefusal),
        (ApplicationRefusal::LoanOpen, Ending::LoanOpen),
        (ApplicationRefusal::TryLater, Ending::Unreachable),
    ];
    for (reason, ending) in rows {
        let mut desk = Desk::open();
        desk.to_deciding(SUM);
        let State::Deciding { application, .. } = desk.session.state() else { unreachable!() };
        let application = *application;
        desk.answer(MessageBody::ApplicationRefused { application, reason });
        desk.assert_ended(ending);
    }
}

#[test]
fn every_refusal_of_a_face_ends_politely_or_lets_try_again() {
    let refuse = |reason, attempts_left| {
        let mut desk = Desk::open();
        desk.to_matching_of(SUM);
        desk.answer(MessageBody::FaceRefused { loan: desk.loan(), reason, attempts_left });
        desk
    };
    refuse(FaceRefusal::TryLater, 2).assert_ended(Ending::Unreachable);
    refuse(FaceRefusal::NoMatch, 0).assert_ended(Ending::FaceNotMatched);
    refuse(FaceRefusal::Unusable, 0).assert_ended(Ending::FaceNotMatched);
    for reason in [FaceRefusal::NoMatch, FaceRefusal::Unusable] {
        assert!(matches!(refuse(reason, 1).session.state(), State::Camera { .. }));
    }
}

#[test]
fn a_contract_that_the_mfo_refuses_is_not_paid() {
    let mut desk = Desk::open();
    desk.to_concluding_of(SUM);
    desk.answer(MessageBody::ContractRefused { loan: desk.loan(), reason: "expired".into() });
    desk.assert_ended(Ending::NotApproved);
}

#[test]
fn a_lender_who_cannot_have_contracts_signed_is_not_ready_and_says_nothing_against_the_person() {
    let mut desk = Desk::open();
    desk.to_concluding_of(SUM);
    desk.answer(MessageBody::ContractRefused { loan: desk.loan(), reason: "signingNotOffered".into() });
    desk.assert_ended(Ending::Unreachable);
}

#[test]
fn answers_about_another_loan_or_application_end_the_visit() {
    let other = LoanId(Uuid::from_u128(0xbad));
    let mut desk = Desk::open();
    desk.to_matching_of(SUM);
    desk.answer(MessageBody::FaceMatched { loan: other });
    desk.assert_ended(Ending::Unreachable);
    let mut desk = Desk::open();
    desk.to_concluding_of(SUM);
    desk.answer(MessageBody::ContractAccepted { loan: other, rests_until: None });
    desk.assert_ended(Ending::Unreachable);
    let mut desk = Desk::open();
    desk.to_deciding(SUM);
    let MessageBody::OfferMade { loan, drafts, expires, .. } = desk.offer(SUM, 6) else { unreachable!() };
    let application = ApplicationId(Uuid::from_u128(0xbad));
    desk.offered(MessageBody::OfferMade { application, loan, drafts, expires });
    desk.assert_ended(Ending::Unreachable);
}

#[test]
fn an_answer_of_the_wrong_kind_ends_each_wait() {
    let ways: [fn(&mut Desk); 6] = [
        |desk| desk.to_looking_up(),
        |desk| desk.to_checking_code(),
        |desk| desk.to_deciding(SUM),
        |desk| desk.to_drafting_of(SUM),
        |desk| desk.to_matching_of(SUM),
        |desk| desk.to_concluding_of(SUM),
    ];
    for way in ways {
        let mut desk = Desk::open();
        way(&mut desk);
        let request = senim_domain::PayoutRequestId(Uuid::from_u128(1));
        desk.answer(MessageBody::PayoutRefused { request, reason: "x".into() });
        desk.assert_ended(Ending::Unreachable);
    }
}

fn offer_changed(change: impl FnOnce(&mut Vec<OfferDraft>)) -> Desk {
    let mut desk = Desk::open();
    desk.to_deciding(SUM);
    let MessageBody::OfferMade { application, loan, mut drafts, expires } = desk.offer(SUM, 6) else {
        unreachable!()
    };
    change(&mut drafts);
    desk.offered(MessageBody::OfferMade { application, loan, drafts, expires });
    desk
}

#[test]
fn terms_that_differ_from_our_own_arithmetic_stop_the_visit() {
    let one_tiyn_more = |drafts: &mut Vec<OfferDraft>| {
        let last = drafts[0].schedule.instalments.last_mut().unwrap();
        last.total_tiyn = Tiyn::new(last.total_tiyn.tiyn() + 1).unwrap();
    };
    offer_changed(one_tiyn_more).assert_ended(Ending::TermsMismatch);
    offer_changed(|drafts| drafts[0].gesv_e8 += 1).assert_ended(Ending::TermsMismatch);
    offer_changed(|drafts| drafts.truncate(1)).assert_ended(Ending::TermsMismatch);
    offer_changed(Vec::clear).assert_ended(Ending::TermsMismatch);
    let twice = |drafts: &mut Vec<OfferDraft>| drafts[1] = drafts[0].clone();
    offer_changed(twice).assert_ended(Ending::TermsMismatch);
}

/// The visit after an offer of this product as the MFO's own copy of it gives it.
fn offered(product: &str, term: Term, change: fn(&mut Product)) -> Desk {
    let mut desk = Desk::open();
    desk.to_checking_code();
    desk.answer(MessageBody::LoggedIn {
        client: ClientId(Uuid::from_u128(5)),
        greeting: Secret::new("x".into()),
        products: vec![product.into()],
        last_login: None,
        remainder: None,
        waiting: None,
        unfinished: None,
        unauthorised_access: None,
    });
    let principal = Tiyn::from_tenge(SUM).unwrap();
    desk.apply_for(principal, term);
    let State::Deciding { application, .. } = desk.session.state() else { panic!("{product} {term:?}") };
    let (application, pack) = (*application, pack());
    let mut product = pack.product(product).unwrap().clone();
    change(&mut product);
    let issued = senim_domain::calendar::local_date(NOON).unwrap();
    let draft = |method: &Method| {
        let terms = product.terms(&pack.calendar, principal, term, *method, issued);
        let schedule = senim_domain::loan::schedule(&terms).unwrap();
        let gesv_e8 = senim_domain::gesv::of_schedule(&schedule).unwrap().units();
        OfferDraft { schedule, gesv_e8 }
    };
    let drafts = product.methods.iter().map(draft).collect();
    let (loan, expires) = (LoanId(Uuid::from_u128(6)), UtcMillis(NOON.0 + 1_800_000));
    desk.offered(MessageBody::OfferMade { application, loan, drafts, expires });
    desk
}

#[test]
fn offers_in_days_and_by_the_mfo_s_own_method_are_calculated_anew_and_stop_on_a_difference() {
    let differences: [(&str, fn(&mut Product)); 4] = [
        ("rate", |product| {
            product.rate = match product.rate {
                Rate::Daily(_) => Rate::Daily("0.27999".parse().unwrap()),
                Rate::Annual(_) => Rate::Annual("32.001".parse().unwrap()),
            };
        }),
        ("end", |product| product.inclusive_end = true),
        ("base", |product| product.time_base = TimeBase::Actual360),
        ("table", |product| {
            if let Some(own) = &mut product.own_method {
                own.tables.iter_mut().for_each(|table| table.weights[0] = 1);
            }
        }),
    ];
    for (product, term, tells) in [
        ("short", Term::Days(30), ["rate", "end"].as_slice()),
        ("large", Term::Months(12), ["rate", "base", "table"].as_slice()),
    ] {
        let desk = offered(product, term, |_| {});
        assert!(
            matches!(desk.session.state(), State::Schedules { .. }),
            "{product}: {:?}",
            desk.session.state()
        );
        for (name, change) in differences {
            let desk = offered(product, term, change);
            if tells.contains(&name) {
                desk.assert_ended(Ending::TermsMismatch);
            }
        }
    }
}

/// The contract comes changed.
fn contract_changed(change: impl FnOnce(&mut Paper)) -> Desk {
    let mut desk = Desk::open();
    desk.to_drafting_of(SUM);
    let State::Drafting { offer, method, .. } = desk.session.state() else { unreachable!() };
    let mut paper = paper(&offer.drafts[0]);
    change(&mut paper);
    let message = drafted(offer.loan, *method, &paper);
    desk.answer(message);
    desk
}

#[test]
fn a_contract_that_states_other_figures_or_lacks_a_language_stops_the_visit() {
    contract_changed(|_| {}).assert_contract();
    contract_changed(|paper| paper.figures = None).assert_ended(Ending::TermsMismatch);
    let more = |paper: &mut Paper| paper.figures.as_mut().unwrap().gesv_e8 += 1;
    contract_changed(more).assert_ended(Ending::TermsMismatch);
    let later = |paper: &mut Paper| {
        let instalment = &mut paper.figures.as_mut().unwrap().schedule.instalments[0];
        instalment.date = instalment.date.tomorrow().unwrap();
    };
    contract_changed(later).assert_ended(Ending::TermsMismatch);
    contract_changed(|paper| drop(paper.sections.remove(0))).assert_ended(Ending::TermsMismatch);
    contract_changed(|paper| drop(paper.sections.remove(1))).assert_ended(Ending::TermsMismatch);
    contract_changed(|paper| paper.kind = Kind::Supplement).assert_ended(Ending::TermsMismatch);
}

#[test]
fn a_contract_whose_bytes_are_not_those_of_its_hash_or_no_document_stops_the_visit() {
    for spoil in [0, 1, 2] {
        let mut desk = Desk::open();
        desk.to_drafting_of(SUM);
        let MessageBody::ContractDrafted { loan, method, pdf, sha256 } = desk.contract() else {
            unreachable!()
        };
        let (pdf, sha256) = match spoil {
            0 => (pdf, jws::sha256_b64(b"another file")),
            1 => (Secret::new("not base64".into()), sha256),
            _ => (Secret::new("JVBERi0xLjcK".into()), jws::sha256_b64(b"%PDF-1.7\n")),
        };
        desk.answer(MessageBody::ContractDrafted { loan, method, pdf, sha256 });
        desk.assert_ended(Ending::TermsMismatch);
    }
}

#[test]
fn a_contract_that_the_mfo_does_not_draft_ends_the_visit_politely() {
    let mut desk = Desk::open();
    desk.to_drafting_of(SUM);
    let State::Drafting { offer, .. } = desk.session.state() else { unreachable!() };
    let loan = offer.loan;
    desk.answer(MessageBody::ContractRefused { loan, reason: "expired".into() });
    desk.assert_ended(Ending::NotApproved);
}

#[test]
fn an_offer_of_another_sum_or_term_than_was_applied_for_stops_the_visit() {
    offer_changed(|offered| *offered = drafts(200_000, 6)).assert_ended(Ending::TermsMismatch);
    offer_changed(|offered| *offered = drafts(SUM, 12)).assert_ended(Ending::TermsMismatch);
}

#[test]
fn a_sum_that_the_notes_cannot_make_or_a_term_that_is_not_offered_is_not_applied_for() {
    let mut desk = Desk::open();
    desk.to_amount();
    for (tenge, months) in [(100_500, 6), (1_000, 6), (999_000, 6), (SUM, 7), (SUM, 65_535)] {
        let first = desk
            .act(Action::Apply { principal: Tiyn::from_tenge(tenge).unwrap(), term: Term::Months(months) });
        assert!(desk.effects[first..].is_empty(), "{tenge} for {months}");
        assert!(matches!(desk.session.state(), State::Amount { .. }));
    }
}

#[test]
fn a_client_without_a_product_of_this_terminal_can_only_leave() {
    let mut desk = Desk::open();
    desk.to_checking_code();
    desk.answer(MessageBody::LoggedIn {
        client: ClientId(Uuid::from_u128(5)),
        greeting: Secret::new("x".into()),
        products: vec!["other".into()],
        last_login: None,
        remainder: None,
        waiting: None,
        unfinished: None,
        unauthorised_access: None,
    });
    let first = desk.act(Action::Apply { principal: Tiyn::from_tenge(SUM).unwrap(), term: Term::Months(6) });
    assert!(desk.effects[first..].is_empty());
    desk.act(Action::Cancel);
    desk.assert_ended(Ending::Cancelled);
}

#[test]
fn an_answer_for_another_session_or_operation_is_ignored() {
    let mut desk = Desk::open();
    desk.to_looking_up();
    let (session, asked) = (desk.session.session_id(), desk.asked());
    let refusal = || MessageBody::LoginRefused { reason: LoginRefusal::NotAvailable, may_retry: false };
    let strange = [
        (Some(SessionId(Uuid::from_u128(0xbad))), Some(asked)),
        (None, Some(asked)),
        (session, Some(OperationId(Uuid::from_u128(0xbad)))),
        (session, None),
    ];
    for (session, to) in strange {
        let message = desk.message(refusal(), session, to);
        let first = desk.send(Event::Answer(Box::new(message)));
        assert!(desk.effects[first..].is_empty());
        assert!(matches!(desk.session.state(), State::LookingUp { .. }));
    }
}

#[test]
fn an_answer_that_comes_after_the_visit_is_ignored() {
    let mut desk = Desk::open();
    desk.to_looking_up();
    let (session, asked) = (desk.session.session_id(), desk.asked());
    desk.act(Action::Cancel);
    desk.act(Action::Done);
    desk.act(begin());
    let body = MessageBody::LoginRefused { reason: LoginRefusal::NotAvailable, may_retry: false };
    let message = desk.message(body, session, Some(asked));
    let first = desk.send(Event::Answer(Box::new(message)));
    assert!(desk.effects[first..].is_empty());
    assert!(matches!(desk.session.state(), State::EnterIin { .. }));
}

#[test]
fn an_answer_heard_twice_counts_once() {
    let mut desk = Desk::open();
    desk.to_deciding(SUM);
    let (session, asked, offer) = (desk.session.session_id(), desk.asked(), desk.offer(SUM, 6));
    desk.offered(offer.clone());
    desk.act(Action::ChooseMethod(Method::Annuity));
    let message = desk.message(offer, session, Some(asked));
    let first = desk.send(Event::Answer(Box::new(message)));
    assert!(desk.effects[first..].is_empty());
    assert!(matches!(desk.session.state(), State::Drafting { .. }));
}

/// What keeps a person from beginning.
fn cannot_begin(desk: &mut Desk) {
    let first = desk.act(begin());
    assert_eq!(desk.session.session_id(), None);
    assert!(!desk.kinds_from(first).contains(&"SessionOpened"));
}

#[test]
fn nobody_begins_without_rule_pack_activation_line_dispenser_or_cash() {
    let mut blank = Desk::over(setup(), senim_session::durable::DurableState::default());
    blank.start();
    cannot_begin(&mut blank);

    let mut desk = Desk::open();
    desk.send(Event::Uplink { online: false, cause: String::new() });
    assert_eq!(desk.session.no_cash_loan(&desk.now).as_deref(), Some("offline"));
    cannot_begin(&mut desk);

    let mut desk = Desk::open();
    desk.dispenser(cash_dispenser::Event::Failed(offline()));
    assert_eq!(desk.session.no_cash_loan(&desk.now).as_deref(), Some("dispenser"));
    cannot_begin(&mut desk);

    let mut desk = Desk::open();
    desk.send(Event::Journal { writable: false });
    cannot_begin(&mut desk);

    let mut desk = Desk::open();
    let off = activation(false);
    desk.send(Event::Directive(Box::new(durable_message(off))));
    cannot_begin(&mut desk);

    let mut desk = Desk::open();
    desk.now.utc = UtcMillis(pack().expires.0);
    cannot_begin(&mut desk);

    let mut desk = Desk::open_with(setup(), vec![stock()[1]]);
    desk.act(begin());
    assert!(desk.session.session_id().is_some(), "a hundred notes of 1,000 still make a loan");
}

#[test]
fn an_older_or_invalid_rule_pack_and_an_executed_order_are_refused_and_said_so() {
    let mut desk = Desk::open();
    let first =
        desk.send(Event::Directive(Box::new(durable_message(MessageBody::RulePack(Box::new(pack()))))));
    assert_eq!(desk.kinds_from(first), ["DirectiveRefused"]);
    let mut bad = pack();
    bad.version += 1;
    bad.products.clear();
    let first = desk.send(Event::Directive(Box::new(durable_message(MessageBody::RulePack(Box::new(bad))))));
    assert_eq!(desk.kinds_from(first), ["DirectiveRefused"]);
    let order = desk.session.durable().executed_orders[0];
    let again = MessageBody::CashOrder {
        order,
        collect: vec![],
        add: stock(),
        expires: UtcMillis(i64::MAX),
        stacker: false,
        rejects: false,
        series: Vec::new(),
    };
    let first = desk.send(Event::Directive(Box::new(durable_message(again))));
    assert_eq!(desk.kinds_from(first), ["DirectiveRefused"]);
}

#[test]
fn a_refused_rule_pack_leaves_the_old_one_in_force_and_is_named_once_that_is_over() {
    let changed = |change: fn(&mut RulePack)| {
        let mut pack = pack();
        pack.version += 1;
        change(&mut pack);
        Event::Directive(Box::new(durable_message(MessageBody::RulePack(Box::new(pack)))))
    };
    let unreadable = |reason: &str| Event::MessageRefused {
        kind: "RulePack".into(),
        sha256: jws::sha256_b64(b"x"),
        reason: reason.into(),
    };
    let cases = [
        (changed(|pack| pack.version -= 1), "olderThanHeld"),
        (changed(|pack| pack.min_age = 17), "invalid"),
        (changed(|pack| pack.notified.0 = jiff::civil::date(2025, 12, 30)), "invalid"),
        (changed(|pack| pack.expires = NOON), "expired"),
        (unreadable("signature"), "signature"),
        (unreadable("body"), "body"),
    ];
    for (event, reason) in cases {
        let mut desk = Desk::open();
        let first = desk.send(event);
        assert_eq!(desk.kinds_from(first), ["DirectiveRefused"], "{reason}");
        assert_eq!(desk.session.facts().pack_refused.as_deref(), Some(reason));
        assert_eq!(desk.session.out_of_service(&desk.now), [""; 0], "{reason}: the old one stays");
        desk.now.utc = pack().expires;
        assert_eq!(desk.session.out_of_service(&desk.now), ["rulePackExpired", "rulePackRefused"]);
        let mut next = pack();
        (next.version, next.expires) = (9, UtcMillis(pack().expires.0 * 2));
        desk.send(Event::Directive(Box::new(durable_message(MessageBody::RulePack(Box::new(next))))));
        assert_eq!(desk.session.out_of_service(&desk.now), [""; 0], "{reason}: a good one cures it");
        assert_eq!(desk.session.facts().pack_refused, None);
    }
}

#[test]
fn firmware_below_the_pack_s_minimum_lends_nothing_but_stays_in_service() {
    let mut desk = Desk::open();
    let mut next = pack();
    (next.version, next.minimum_firmware) = (2, "0.1.1".into());
    desk.send(Event::Directive(Box::new(durable_message(MessageBody::RulePack(Box::new(next))))));
    assert_eq!(desk.session.out_of_service(&desk.now), [""; 0]);
    assert_eq!(desk.session.no_cash_loan(&desk.now).as_deref(), Some("firmwareTooOld"));
    cannot_begin(&mut desk);
}

#[test]
fn firmware_below_the_pack_s_minimum_registers_nobody_and_still_takes_repayments() {
    let mut desk = Desk::with_acceptor();
    let mut next = pack();
    (next.version, next.minimum_firmware) = (2, "0.1.1".into());
    next.allowed_operations.extend([Service::Registration, Service::Repayment]);
    let supported = RulePack { version: 3, minimum_firmware: "0.1.0".into(), ..next.clone() };
    desk.send(Event::Directive(Box::new(durable_message(MessageBody::RulePack(Box::new(next))))));
    let why_not = |desk: &Desk, wanted| {
        let errands = desk.session.errands(&desk.now);
        errands.into_iter().find(|(errand, _)| *errand == wanted).unwrap().1
    };
    for errand in [Errand::Loan, Errand::Registration] {
        assert_eq!(why_not(&desk, errand).as_deref(), Some("firmwareTooOld"), "{errand:?}");
    }
    for errand in [Errand::Repay, Errand::Information] {
        assert_eq!(why_not(&desk, errand), None, "{errand:?}");
    }
    desk.send(Event::Directive(Box::new(durable_message(MessageBody::RulePack(Box::new(supported))))));
    assert_eq!(why_not(&desk, Errand::Registration), None);
}

#[test]
fn a_sign_of_broken_integrity_ends_lending_and_registration_and_leaves_repayment_and_information() {
    let mut desk = Desk::with_acceptor();
    let mut next = pack();
    next.version = 2;
    next.allowed_operations.extend([Service::Registration, Service::Repayment]);
    desk.send(Event::Directive(Box::new(durable_message(MessageBody::RulePack(Box::new(next))))));
    desk.act(begin());
    desk.choose(Errand::Loan);
    assert!(matches!(desk.session.state(), State::EnterIin { .. }));
    let sign = || Event::Peripheral(Peripheral::Storage(Device::Board, Err("x11vnc runs".into())));
    let first = desk.send(sign());
    assert!(matches!(desk.session.state(), State::End { kind: Ending::NotAvailable, .. }));
    assert!(desk.kinds_from(first).contains(&"DeviceChanged"), "the MFO is told");
    desk.act(Action::Done);
    let errands = desk.session.errands(&desk.now);
    for (errand, why_not) in errands {
        let lends = matches!(errand, Errand::Loan | Errand::Registration);
        assert_eq!(why_not.as_deref(), lends.then_some("integrity"), "{errand:?}");
    }
    // Whoever pays is not disturbed.
    desk.act(begin());
    desk.choose(Errand::Repay);
    let first = desk.send(sign());
    assert!(matches!(desk.session.state(), State::Repay(_)));
    assert!(desk.kinds_from(first).is_empty(), "the same sign is no news");
}

#[test]
fn a_terminal_that_finds_itself_elsewhere_does_not_serve() {
    let mut desk = Desk::open();
    let fix =
        |latitude_udeg| Fix { latitude_udeg, longitude_udeg: 76_889_709, satellites: 8, hdop_centi: None };
    desk.send(Event::Peripheral(Peripheral::Location(location::Event::Fix(fix(43_239_000)))));
    assert_eq!(desk.session.out_of_service(&desk.now), [""; 0]);
    let first = desk.send(Event::Peripheral(Peripheral::Location(location::Event::Fix(fix(43_299_000)))));
    assert_eq!(desk.session.out_of_service(&desk.now), ["relocated"]);
    assert!(desk.kinds_from(first).contains(&"ServiceChanged"), "the MFO is told");
    cannot_begin(&mut desk);
    desk.send(Event::Peripheral(Peripheral::Location(location::Event::Lost)));
    assert_eq!(desk.session.out_of_service(&desk.now), [""; 0], "without a receiver nothing is known");
}

#[test]
fn an_order_is_carried_out_once_and_not_after_its_time() {
    let mut desk = Desk::open();
    let before = desk.session.durable().books.clone();
    let order = desk.session.durable().executed_orders[0];
    let first = desk.send(Event::ExchangeDone(order));
    assert!(desk.effects[first..].is_empty());
    let late = senim_domain::OrderId(Uuid::from_u128(78));
    let body = MessageBody::CashOrder {
        order: late,
        collect: vec![],
        add: stock(),
        expires: UtcMillis(NOON.0 + 1),
        stacker: false,
        rejects: false,
        series: Vec::new(),
    };
    desk.send(Event::Directive(Box::new(durable_message(body))));
    desk.pass_ms(2);
    let first = desk.send(Event::ExchangeDone(late));
    assert!(!desk.kinds_from(first).contains(&"CashExchange"));
    assert_eq!(desk.session.durable().books, before);
}

#[test]
fn an_order_with_a_line_that_the_books_cannot_hold_changes_nothing_and_is_reported() {
    let mut desk = Desk::open();
    let before = desk.session.durable().books.clone();
    let order = senim_domain::OrderId(Uuid::from_u128(79));
    let mut add = stock();
    add[0].denomination = senim_domain::cash::Denomination(2_000);
    let body = MessageBody::CashOrder {
        order,
        collect: vec![],
        add,
        expires: UtcMillis(NOON.0 + 60_000),
        stacker: false,
        rejects: false,
        series: Vec::new(),
    };
    desk.send(Event::Directive(Box::new(durable_message(body))));
    let first = desk.send(Event::ExchangeDone(order));
    assert_eq!(desk.kinds_from(first), ["BooksContradicted"]);
    assert_eq!(desk.session.durable().books, before);
}

#[test]
fn the_offer_that_was_chosen_is_named_by_the_hash_of_its_message() {
    let mut desk = Desk::open();
    desk.to_schedules_of(SUM);
    let State::Schedules { offer } = desk.session.state() else { unreachable!() };
    assert!(jws::is_hash(&offer.sha256));
}
