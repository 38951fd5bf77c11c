//! After a short payout: other notes, a slip of the cash desk, or another day.

use senim_domain::cash::UnitNo;
use senim_domain::rule_pack::Service;
use senim_domain::{AuthorisationId, ClientId, Secret, Tiyn};
use senim_hal::cash_dispenser::{Event as Dispenser, Movement, UnitReport};
use senim_hal::{Error, ErrorKind};
use senim_operation::body::{Body, PayoutEnded, PayoutRequested, PayoutResult, RemainderClaimed, SessionEnd};
use senim_operation::message::{Authorisation, ClaimSlip, FaceRefusal, MessageBody, Remainder};
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::dialogue::cabinet::Slip;
use senim_session::effect::{CashCommand, Effect, Paper};
use senim_session::event::{CameraEvent, Event};
use senim_session::registration::Advice;
use senim_session::remainder::{Owed, RemainderWay, Remaining};
use senim_session::state::{Ending, State};
use uuid::Uuid;

use crate::desk::*;

/// Of 20 notes of 5,000 the device gives seven and then complains.
const GIVEN: u64 = 35_000;
/// What is missing then.
const MISSING: u64 = SUM - GIVEN;

fn tenge(sum: u64) -> Tiyn {
    Tiyn::from_tenge(sum).unwrap()
}

fn jammed(units: &[(u8, u32, u32)]) -> Movement {
    Movement { error: Some(Error::new(ErrorKind::HardwareError, "03")), ..moved(units) }
}

impl Desk {
    /// A payout that ended short, its receipt read.
    fn short() -> Self {
        let mut desk = Self::armed();
        desk.dispenser(Dispenser::Moved(jammed(&[(1, 7, 2)])));
        desk.dispenser(healthy());
        desk.act(Action::Done);
        desk.dispenser(healthy());
        desk
    }

    fn owed(&self) -> &Owed {
        match self.session.state() {
            State::Remainder(stage) => match stage.as_ref() {
                Remaining::Offered { owed } => owed,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    fn why_not(&self, wanted: RemainderWay) -> Option<&'static str> {
        let ways = self.session.remainder_ways(self.owed(), &self.now);
        ways.into_iter().find(|(way, _)| *way == wanted).unwrap().1
    }

    fn takes(&mut self, wanted: RemainderWay) -> usize {
        let ways = self.session.remainder_ways(self.owed(), &self.now);
        let place = ways.iter().position(|(way, _)| *way == wanted).unwrap();
        self.decide(Decision::Choose(place))
    }

    /// Leave for what was asked last, as a good gateway gives it.
    fn second_leave(&self) -> Authorisation {
        Authorisation { authorisation: AuthorisationId(Uuid::from_u128(10)), ..self.leave() }
    }

    fn ends(&self) -> Vec<&PayoutEnded> {
        let end = |body: &'_ Body| matches!(body, Body::PayoutEnded(_));
        self.rows()
            .into_iter()
            .filter(|body| end(body))
            .map(|body| match body {
                Body::PayoutEnded(ended) => ended,
                _ => unreachable!(),
            })
            .collect()
    }

    fn requests(&self) -> Vec<&PayoutRequested> {
        self.rows()
            .into_iter()
            .filter_map(|body| match body {
                Body::PayoutRequested(request) => Some(request),
                _ => None,
            })
            .collect()
    }

    fn claim(&self) -> &RemainderClaimed {
        let mut rows = self.rows().into_iter().rev();
        rows.find_map(|body| match body {
            Body::RemainderClaimed(claim) => Some(claim),
            _ => None,
        })
        .unwrap()
    }

    fn slip(&self) -> MessageBody {
        let claim = self.claim();
        MessageBody::ClaimSlipIssued(ClaimSlip {
            request: claim.request,
            amount_tiyn: claim.amount_tiyn,
            number: "K-000001".into(),
            until: "2026-03-12".into(),
            address: "Алматы".into(),
        })
    }

    fn end(&self) -> SessionEnd {
        let mut rows = self.rows().into_iter().rev();
        rows.find_map(|body| match body {
            Body::SessionClosed(closed) => Some(closed.end),
            _ => None,
        })
        .unwrap()
    }

    /// The visit is over, and no word of it says that nothing was given.
    fn assert_stays_owed(&self) {
        match self.session.state() {
            State::Advice { advice: Advice::RemainderOwed, .. } => {}
            other => panic!("{other:?}"),
        }
        assert!(self.session.at_rest() && self.wiped_from(0));
    }

    /// Somebody logs in who was paid short in another visit.
    fn comes_back(remainder: Remainder) -> Self {
        let mut desk = Self::open();
        desk.to_checking_code();
        desk.answer(MessageBody::LoggedIn {
            client: ClientId(Uuid::from_u128(5)),
            greeting: Secret::new("Айгүл Болатқызы".into()),
            products: vec!["simple".into()],
            last_login: None,
            remainder: Some(remainder),
            waiting: None,
            unfinished: None,
            unauthorised_access: None,
        });
        desk.dispenser(healthy());
        desk
    }

    fn shows_the_face(&mut self) {
        self.send(Event::Camera(CameraEvent::Opened));
        self.picture();
    }
}

fn known() -> Remainder {
    Remainder {
        loan: senim_domain::LoanId(Uuid::from_u128(6)),
        principal_tiyn: tenge(SUM),
        received_tiyn: tenge(GIVEN),
        part: 2,
        claimed: false,
    }
}

#[test]
fn after_a_short_payout_the_client_hears_what_they_have_and_what_is_missing() {
    let desk = Desk::short();
    let owed = desk.owed();
    assert_eq!((owed.received, owed.missing(), owed.part), (tenge(GIVEN), tenge(MISSING), 2));
    assert_eq!(desk.ended().result, PayoutResult::Short);
    assert_eq!(desk.count("SessionClosed"), 0, "the same visit goes on");
    assert_eq!(desk.why_not(RemainderWay::Notes), None);
}

#[test]
fn exactly_what_is_missing_is_paid_by_other_notes_as_a_part_of_its_own() {
    let mut desk = Desk::short();
    desk.takes(RemainderWay::Notes);
    let (first, second) = (desk.requests()[0].clone(), desk.requests()[1].clone());
    assert_eq!((second.part, second.amount_tiyn), (2, tenge(MISSING)));
    assert_eq!((second.loan, second.face_check), (first.loan, first.face_check));
    assert_ne!(second.request, first.request);
    let leave = desk.second_leave();
    desk.answer(MessageBody::PayoutAuthorised(leave));
    // The cassette that jammed is left alone: the sum is made of the other one.
    assert!(desk.bundle().iter().all(|notes| notes.unit == UnitNo(2)), "{:?}", desk.bundle());
    let mut paid = 0;
    while desk.session.durable().open.is_some() {
        desk.dispenser(Dispenser::Marked(nothing_moved()));
        let bundle = desk.bundle();
        paid += bundle.iter().map(|notes| u64::from(notes.notes) * 1_000).sum::<u64>();
        desk.dispenser(Dispenser::Moved(all_of(&bundle)));
    }
    assert_eq!(paid, MISSING);
    assert_eq!(
        desk.ends().iter().map(|end| end.result).collect::<Vec<_>>(),
        [PayoutResult::Short, PayoutResult::Paid]
    );
    assert!(desk.session.durable().books.balance());
    let papers = desk.effects.iter().filter(|effect| matches!(effect, Effect::Print(Paper::Payout(_))));
    assert_eq!(papers.count(), 2, "a receipt for each part");
    desk.act(Action::Done);
    assert_eq!(desk.end(), SessionEnd::Completed);
    assert!(matches!(desk.session.state(), State::Idle));
}

#[test]
fn short_twice_leaves_a_third_part_for_what_is_missing_then() {
    let mut desk = Desk::short();
    desk.takes(RemainderWay::Notes);
    let leave = desk.second_leave();
    desk.answer(MessageBody::PayoutAuthorised(leave));
    desk.dispenser(Dispenser::Marked(nothing_moved()));
    desk.dispenser(Dispenser::Moved(jammed(&[(2, 3, 0)])));
    assert!(matches!(desk.session.state(), State::Receipt(_)));
    desk.act(Action::Done);
    desk.dispenser(healthy());
    let owed = desk.owed();
    assert_eq!((owed.part, owed.missing()), (3, tenge(MISSING - 3_000)));
    desk.takes(RemainderWay::Notes);
    assert_eq!(desk.requests()[2].amount_tiyn, tenge(MISSING - 3_000));
}

#[test]
fn a_cassette_that_jammed_is_used_again_where_the_sum_needs_it() {
    let stock = vec![stock()[0]];
    let mut desk = Desk::open_with(setup(), stock);
    desk.to_armed_of(SUM);
    desk.dispenser(Dispenser::Moved(jammed(&[(1, 7, 2)])));
    desk.act(Action::Done);
    desk.dispenser(healthy());
    desk.takes(RemainderWay::Notes);
    let leave = desk.second_leave();
    desk.answer(MessageBody::PayoutAuthorised(leave));
    assert_eq!(desk.bundle()[0].notes, 13);
}

#[test]
fn notes_are_not_offered_when_those_left_cannot_make_the_sum() {
    let stock = vec![senim_domain::cash::UnitStock { notes: 25, ..stock()[0] }];
    let mut desk = Desk::open_with(setup(), stock);
    desk.to_armed_of(SUM);
    // Of 25 notes seven are given and eight rejected: ten are left, thirteen are missing.
    desk.dispenser(Dispenser::Moved(jammed(&[(1, 7, 8)])));
    desk.act(Action::Done);
    desk.dispenser(healthy());
    assert_eq!(desk.why_not(RemainderWay::Notes), Some("noCash"));
    let before = desk.effects.len();
    desk.takes(RemainderWay::Notes);
    assert_eq!(desk.kinds_from(before), Vec::<&str>::new(), "a touch on what is not offered does nothing");
}

#[test]
fn a_dispenser_that_still_complains_is_not_offered() {
    let mut desk = Desk::short();
    let units = (1..=4).map(|no| UnitReport { unit: UnitNo(no), present: true, low: false }).collect();
    let error = Some(Error::new(ErrorKind::HardwareError, "0C"));
    desk.dispenser(Dispenser::Status { identity: "test".into(), units, error });
    assert_eq!(desk.why_not(RemainderWay::Notes), Some("dispenser"));
}

#[test]
fn later_ends_the_visit_and_says_that_the_money_stays_the_clients() {
    let mut desk = Desk::short();
    desk.takes(RemainderWay::Later);
    desk.assert_stays_owed();
    assert_eq!(desk.end(), SessionEnd::Completed);
}

#[test]
fn whoever_walks_away_or_cancels_keeps_what_is_missing() {
    for how in [SessionEnd::Cancelled, SessionEnd::TimedOut] {
        let mut desk = Desk::short();
        match how {
            SessionEnd::Cancelled => drop(desk.act(Action::Cancel)),
            _ => drop(desk.wait_ms(600_000)),
        }
        desk.assert_stays_owed();
        assert_eq!(desk.end(), how);
    }
}

#[test]
fn a_journal_that_fills_up_at_the_question_does_not_say_that_nothing_was_given() {
    let mut desk = Desk::short();
    desk.send(Event::Journal { writable: false });
    desk.assert_stays_owed();
}

#[test]
fn an_uncertain_payout_offers_no_remainder_before_people_have_counted() {
    let mut desk = Desk::armed();
    let doubt = Movement { counts_in_doubt: true, ..jammed(&[(1, 7, 0)]) };
    desk.dispenser(Dispenser::Moved(doubt));
    desk.act(Action::Done);
    assert!(matches!(desk.session.state(), State::Idle), "{:?}", desk.session.state());
}

#[test]
fn leave_that_comes_too_late_pays_nothing_and_is_not_asked_for_again_in_this_visit() {
    let mut desk = Desk::short();
    desk.takes(RemainderWay::Notes);
    let leave = Authorisation { life_seconds: 5, ..desk.second_leave() };
    desk.pass_ms(6_000);
    desk.answer(MessageBody::PayoutAuthorised(leave));
    assert_eq!(desk.ends()[1].result, PayoutResult::Nothing);
    assert_eq!(desk.why_not(RemainderWay::Notes), Some("refused"), "the MFO counts that leave all the same");
    assert_eq!(desk.dispenses(), 1);
}

#[test]
fn no_answer_to_the_second_request_keeps_the_visit_and_shuts_the_notes() {
    let mut desk = Desk::short();
    desk.takes(RemainderWay::Notes);
    desk.wait_ms(120_000);
    assert_eq!(desk.ends()[1].reason.as_deref(), Some("noAnswer"));
    assert_eq!(desk.why_not(RemainderWay::Notes), Some("refused"));
    assert_eq!(desk.count("SessionClosed"), 0);
}

#[test]
fn a_refusal_for_an_old_face_leads_before_the_camera_and_on() {
    let mut desk = Desk::short();
    desk.takes(RemainderWay::Notes);
    let request = desk.requests()[1].request;
    desk.answer(MessageBody::PayoutRefused { request, reason: "faceCheck".into() });
    assert!(matches!(desk.session.state(), State::Camera { .. }), "{:?}", desk.session.state());
    desk.shows_the_face();
    let loan = desk.loan();
    desk.answer(MessageBody::FaceMatched { loan });
    let requests = desk.requests();
    assert_eq!((requests.len(), requests[2].part), (3, 2), "what had no leave was no part");
    assert_ne!(requests[2].face_check, requests[1].face_check);
}

#[test]
fn a_voluntary_refusal_set_meanwhile_ends_the_visit_with_its_ground() {
    let mut desk = Desk::short();
    desk.takes(RemainderWay::Notes);
    let request = desk.requests()[1].request;
    desk.answer(MessageBody::PayoutRefused { request, reason: "voluntaryRefusal".into() });
    desk.assert_ended(Ending::VoluntaryRefusal);
}

#[test]
fn a_marker_refused_in_the_second_part_closes_that_part_and_asks_again() {
    let mut desk = Desk::short();
    desk.takes(RemainderWay::Notes);
    let leave = desk.second_leave();
    desk.answer(MessageBody::PayoutAuthorised(leave));
    let error = Error::new(ErrorKind::HardwareError, "0B");
    desk.dispenser(Dispenser::MarkRefused { error, movement: None });
    desk.dispenser(healthy());
    assert_eq!(desk.ends()[1].result, PayoutResult::Nothing);
    assert_eq!((desk.owed().part, desk.owed().missing()), (3, tenge(MISSING)));
    assert_eq!(desk.dispenses(), 1, "one DISPENSE in all");
}

#[test]
fn a_restart_during_the_second_part_settles_it_like_any_other() {
    let mut desk = Desk::short();
    desk.takes(RemainderWay::Notes);
    let leave = desk.second_leave();
    desk.answer(MessageBody::PayoutAuthorised(leave));
    let desk = desk.restart(setup(), latch(0));
    assert_eq!(desk.ended().part, 2);
    assert_eq!(desk.ended().result, PayoutResult::Nothing);
    assert_eq!(desk.dispenses(), 0);
}

#[test]
fn another_day_the_same_person_shows_their_face_and_has_the_missing_notes() {
    let mut desk = Desk::comes_back(known());
    assert_eq!(desk.why_not(RemainderWay::Notes), None);
    desk.takes(RemainderWay::Notes);
    assert!(matches!(desk.session.state(), State::Camera { .. }));
    desk.shows_the_face();
    let loan = desk.loan();
    desk.answer(MessageBody::FaceMatched { loan });
    let request = desk.requests()[0];
    assert_eq!((request.part, request.amount_tiyn, request.loan), (2, tenge(MISSING), loan));
    let leave = desk.leave();
    desk.answer(MessageBody::PayoutAuthorised(leave));
    assert_eq!(desk.commands(), [&CashCommand::Mark]);
}

#[test]
fn another_face_does_not_get_the_missing_notes() {
    let mut desk = Desk::comes_back(known());
    desk.takes(RemainderWay::Notes);
    desk.shows_the_face();
    let loan = desk.loan();
    desk.answer(MessageBody::FaceRefused { loan, reason: FaceRefusal::NoMatch, attempts_left: 1 });
    assert!(matches!(desk.session.state(), State::Camera { .. }));
    desk.picture();
    desk.answer(MessageBody::FaceRefused { loan, reason: FaceRefusal::NoMatch, attempts_left: 0 });
    desk.assert_stays_owed();
    assert_eq!(desk.end(), SessionEnd::Refused);
    assert_eq!(desk.requests().len(), 0);
}

#[test]
fn back_from_the_camera_leads_to_the_ways_again() {
    let mut desk = Desk::comes_back(known());
    desk.takes(RemainderWay::Notes);
    desk.act(Action::Back);
    assert_eq!(desk.owed().missing(), tenge(MISSING));
}

// The cash desk.

fn with_desk() -> Desk {
    let mut desk = Desk::short();
    let mut pack = pack();
    pack.version += 1;
    pack.allowed_operations.insert(Service::CashDeskLoan);
    let message = durable_message(MessageBody::RulePack(Box::new(pack)));
    desk.send(Event::Directive(Box::new(message)));
    desk
}

fn at_desk(desk: &Desk) -> (Slip, String) {
    match desk.session.state() {
        State::Remainder(stage) => match stage.as_ref() {
            Remaining::AtDesk(claimed) => (claimed.printed, claimed.slip.number.clone()),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_desk_that_the_mfo_has_not_notified_is_no_way() {
    let desk = Desk::short();
    let ways = desk.session.remainder_ways(desk.owed(), &desk.now);
    assert_eq!(
        ways.iter().map(|(way, _)| *way).collect::<Vec<_>>(),
        [RemainderWay::Notes, RemainderWay::Later]
    );
}

#[test]
fn a_slip_is_asked_for_exactly_what_is_missing_printed_once_and_recorded() {
    let mut desk = with_desk();
    desk.takes(RemainderWay::CashDesk);
    assert_eq!(desk.claim().amount_tiyn, tenge(MISSING));
    let (asked, slip) = (desk.asked(), desk.slip());
    desk.answer(slip);
    let papers: Vec<Paper> = desk
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Print(paper @ Paper::Claim(_)) => Some(*paper),
            _ => None,
        })
        .collect();
    assert_eq!(papers, [Paper::Claim(asked)]);
    assert_eq!(at_desk(&desk), (Slip::Printing, "K-000001".to_owned()));
    desk.send(Event::ReceiptDone { paper: papers[0], printed: true, sha256: "s".into() });
    assert_eq!(at_desk(&desk).0, Slip::Ended(true));
    let printed = desk.rows().into_iter().rev().find_map(|body| match body {
        Body::SlipPrinted(row) => Some((row.of, row.printed)),
        _ => None,
    });
    assert_eq!(printed, Some((asked, true)));
    desk.decide(Decision::Confirm);
    assert_eq!(desk.end(), SessionEnd::Completed);
    assert!(matches!(desk.session.state(), State::Idle));
}

#[test]
fn without_paper_the_slip_stays_on_the_screen_and_says_so() {
    let mut desk = with_desk();
    desk.send(Event::Printer(senim_hal::receipt_printer::Event::Failed(offline())));
    desk.takes(RemainderWay::CashDesk);
    let slip = desk.slip();
    desk.answer(slip);
    assert_eq!(at_desk(&desk).0, Slip::Ended(false));
    desk.wait_ms(600_000);
    assert!(matches!(desk.session.state(), State::Idle), "it goes by itself");
}

#[test]
fn no_answer_to_the_claim_shuts_the_notes_for_the_order_may_stand() {
    for answer in [None, Some("tryLater")] {
        let mut desk = with_desk();
        desk.takes(RemainderWay::CashDesk);
        let request = desk.claim().request;
        match answer {
            None => drop(desk.wait_ms(120_000)),
            Some(reason) => drop(desk.answer(MessageBody::ClaimRefused { request, reason: reason.into() })),
        }
        assert_eq!(desk.why_not(RemainderWay::Notes), Some("claimed"));
        assert_eq!(desk.why_not(RemainderWay::CashDesk), None, "the slip can be asked for again");
    }
}

#[test]
fn a_slip_for_another_sum_is_none() {
    let mut desk = with_desk();
    desk.takes(RemainderWay::CashDesk);
    let MessageBody::ClaimSlipIssued(slip) = desk.slip() else { unreachable!() };
    desk.answer(MessageBody::ClaimSlipIssued(ClaimSlip { amount_tiyn: tenge(MISSING + 1_000), ..slip }));
    assert_eq!(desk.why_not(RemainderWay::Notes), Some("claimed"));
}

#[test]
fn an_answer_to_a_claim_that_comes_when_the_client_has_left_changes_nothing() {
    let mut desk = with_desk();
    desk.takes(RemainderWay::CashDesk);
    let (session, asked, slip) = (desk.session.session_id(), desk.asked(), desk.slip());
    desk.act(Action::Cancel);
    desk.assert_stays_owed();
    let message = desk.message(slip, session, Some(asked));
    let first = desk.send(Event::Answer(Box::new(message)));
    assert_eq!(desk.kinds_from(first), Vec::<&str>::new());
}

#[test]
fn what_was_claimed_in_another_visit_is_not_paid_in_notes_but_its_slip_comes_again() {
    let desk = Desk::comes_back(Remainder { claimed: true, ..known() });
    assert_eq!(desk.why_not(RemainderWay::Notes), Some("claimed"));
    let mut desk = desk;
    let at = desk.session.remainder_ways(desk.owed(), &desk.now).len();
    desk.decide(Decision::Choose(at + 3));
    assert_eq!(desk.requests().len(), 0);
}

#[test]
fn battery_power_at_the_question_ends_the_visit_without_saying_that_nothing_was_given() {
    use senim_hal::supply::{Event as Power, Source, Supply};
    let mut desk = Desk::short();
    let supply = Supply {
        source: Source::Battery,
        low: true,
        charge_percent: Some(5),
        replace_battery: false,
        runtime_s: None,
    };
    desk.send(Event::Peripheral(senim_session::event::Peripheral::Supply(Power::Changed(supply))));
    desk.assert_stays_owed();
}

#[test]
fn a_receipt_that_is_left_alone_leads_to_the_question_and_that_to_the_end() {
    let mut desk = Desk::armed();
    desk.dispenser(Dispenser::Moved(jammed(&[(1, 7, 2)])));
    desk.wait_ms(60_000);
    desk.owed();
    desk.wait_ms(600_000);
    desk.assert_stays_owed();
}
