//! The good way, back and cancel on every screen, the camera.

use senim_domain::Language;
use senim_domain::loan::Method;
use senim_domain::portrait::Instruction;
use senim_hal::{Error, ErrorKind, cash_dispenser};
use senim_operation::body::{Body, PayoutResult, SessionEnd};
use senim_operation::message::{FaceRefusal, MessageBody};
use senim_session::Action;
use senim_session::effect::{Effect, Paper};
use senim_session::event::{CameraEvent, Event};
use senim_session::state::{Ending, Picture, State};

use crate::desk::*;

#[test]
fn a_loan_leaves_the_rows_of_the_first_loan_in_their_order() {
    let mut desk = Desk::open();
    desk.language = Language::Ru;
    let first = desk.effects.len();
    desk.to_armed_of(SUM);
    let notes = desk.bundle();
    desk.dispenser(cash_dispenser::Event::Moved(all_of(&notes)));
    let State::Receipt(ended) = desk.session.state() else { panic!("{:?}", desk.session.state()) };
    assert_eq!(
        (ended.result, ended.distributed_tiyn, ended.language),
        (PayoutResult::Paid, ended.amount, Language::Ru)
    );
    let request = ended.request;
    desk.send(Event::ReceiptDone { paper: Paper::Payout(request), printed: true, sha256: "x".into() });
    desk.act(Action::Done);
    let kinds: Vec<_> = desk.kinds_from(first).into_iter().filter(|kind| *kind != "AnswerReceived").collect();
    assert_eq!(
        kinds,
        [
            "SessionOpened",
            "LoginRequested",
            "LoginCodeSubmitted",
            "ConsentDecided",
            "ConsentDecided",
            "QuestionsAnswered",
            "ApplicationSubmitted",
            "TextAcknowledged",
            "TextAcknowledged",
            "TextAcknowledged",
            "MethodChosen",
            "DocumentShown",
            "PressureAnswered",
            "LivenessRequested",
            "LivenessPerformed",
            "FaceCaptured",
            "ContractAgreed",
            "PayoutRequested",
            "PayoutIntended",
            "PayoutArmed",
            "PayoutOutcome",
            "PayoutEnded",
            "ReceiptPrinted",
            "SessionClosed",
        ]
    );
    assert!(
        matches!(desk.rows().last(), Some(Body::SessionClosed(closed)) if closed.end == SessionEnd::Completed)
    );
    assert!(desk.session.at_rest());
    assert!(desk.session.durable().books.balance());
}

#[test]
fn nothing_personal_is_in_a_public_row() {
    let mut desk = Desk::open();
    desk.to_armed_of(SUM);
    for body in desk.rows() {
        let text = body.write().unwrap().to_string();
        for planted in [adult().expose(), "123456", "Айгүл", "+7 701"] {
            assert!(!text.contains(planted), "{}: {planted}", body.kind());
        }
    }
}

/// Each screen on which a person decides, and the way there.
const SCREENS: [(&str, fn(&mut Desk)); 7] = [
    ("EnterIin", |desk| desk.to_iin()),
    ("EnterCode", |desk| desk.to_code()),
    ("Amount", |desk| desk.to_amount()),
    ("Schedules", |desk| desk.to_schedules_of(SUM)),
    ("Contract", |desk| desk.to_contract_of(SUM)),
    ("Camera", |desk| desk.to_camera_of(SUM)),
    ("Agree", |desk| desk.to_agree_of(SUM)),
];

fn name(state: &State) -> String {
    let text = format!("{state:?}");
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}

#[test]
fn back_goes_one_screen_back_and_no_further() {
    let before = ["EnterIin", "EnterIin", "Amount", "Amount", "Schedules", "Contract", "Contract"];
    for ((screen, way), before) in SCREENS.into_iter().zip(before) {
        let mut desk = Desk::open();
        way(&mut desk);
        assert_eq!(name(desk.session.state()), screen);
        desk.act(Action::Back);
        assert_eq!(name(desk.session.state()), before, "back from {screen}");
        assert!(desk.session.session_id().is_some());
    }
}

#[test]
fn back_closes_the_camera() {
    let mut desk = Desk::open();
    desk.to_camera_of(SUM);
    let first = desk.act(Action::Back);
    assert!(matches!(desk.effects[first..], [Effect::CloseCamera]));
}

#[test]
fn cancel_ends_the_visit_politely_on_every_screen_before_cash_is_asked_for() {
    let waiting: [(&str, fn(&mut Desk)); 6] = [
        ("LookingUp", |desk| desk.to_looking_up()),
        ("CheckingCode", |desk| desk.to_checking_code()),
        ("Deciding", |desk| desk.to_deciding(SUM)),
        ("Matching", |desk| desk.to_matching_of(SUM)),
        ("Concluding", |desk| desk.to_concluding_of(SUM)),
        ("ReadyToPay", |desk| desk.to_ready_of(SUM)),
    ];
    for (screen, way) in SCREENS.into_iter().chain(waiting) {
        let mut desk = Desk::open();
        way(&mut desk);
        assert_eq!(name(desk.session.state()), screen);
        desk.act(Action::Cancel);
        desk.assert_ended(Ending::Cancelled);
        desk.act(Action::Done);
        assert!(matches!(desk.session.state(), State::Idle));
    }
}

#[test]
fn cancel_leaves_the_camera_closed() {
    let mut desk = Desk::open();
    desk.to_camera_of(SUM);
    let first = desk.act(Action::Cancel);
    assert!(desk.effects[first..].iter().any(|effect| matches!(effect, Effect::CloseCamera)));
}

#[test]
fn neither_cancel_nor_back_stops_a_payout_that_was_asked_for() {
    let ways: [fn(&mut Desk); 3] =
        [|desk| desk.to_authorising_of(SUM), |desk| desk.to_intended_of(SUM), |desk| desk.to_armed_of(SUM)];
    for way in ways {
        let mut desk = Desk::open();
        way(&mut desk);
        let before = name(desk.session.state());
        for action in [Action::Cancel, Action::Back, Action::Done, Action::PayOut, begin(), Action::Agree] {
            let first = desk.act(action);
            assert!(desk.records_from(first).is_empty());
        }
        assert_eq!(name(desk.session.state()), before);
        assert!(desk.session.durable().open.is_some());
    }
}

#[test]
fn actions_of_other_screens_do_nothing() {
    for (screen, way) in SCREENS {
        let mut desk = Desk::open();
        way(&mut desk);
        if screen == "Agree" {
            continue;
        }
        for action in [Action::PayOut, Action::Agree, Action::Done, begin()] {
            let first = desk.act(action);
            assert!(desk.records_from(first).is_empty(), "{screen}");
        }
        assert_eq!(name(desk.session.state()), screen);
    }
}

#[test]
fn a_second_person_cannot_begin_while_one_is_there_and_can_after_the_end() {
    let mut desk = Desk::open();
    desk.to_iin();
    let visit = desk.session.session_id();
    desk.act(begin());
    assert_eq!(desk.session.session_id(), visit);
    desk.act(Action::Cancel);
    desk.act(Action::Done);
    desk.act(begin());
    assert!(desk.session.session_id().is_some_and(|new| Some(new) != visit));
}

#[test]
fn a_poor_picture_is_taken_again_and_is_not_sent() {
    let mut desk = Desk::open();
    desk.to_camera_of(SUM);
    desk.act(Action::TakePicture);
    let first = desk.send(Event::Camera(CameraEvent::Poor(Instruction::UncoverLens)));
    assert!(desk.records_from(first).is_empty());
    assert!(matches!(desk.session.state(), State::Camera { picture: Picture::Poor(_), .. }));
    desk.picture();
    assert!(matches!(desk.session.state(), State::Matching { .. }));
}

#[test]
fn a_picture_cannot_be_taken_twice_at_once() {
    let mut desk = Desk::open();
    desk.to_camera_of(SUM);
    desk.act(Action::TakePicture);
    let first = desk.act(Action::TakePicture);
    assert!(desk.effects[first..].is_empty());
}

#[test]
fn a_face_that_does_not_match_may_try_as_often_as_the_rule_pack_says() {
    let mut desk = Desk::open();
    desk.to_matching_of(SUM);
    for _ in 1..pack().portrait.tries {
        desk.answer(MessageBody::FaceRefused {
            loan: desk.loan(),
            reason: FaceRefusal::NoMatch,
            attempts_left: 9,
        });
        desk.send(Event::Camera(CameraEvent::Opened));
        desk.picture();
    }
    desk.answer(MessageBody::FaceRefused {
        loan: desk.loan(),
        reason: FaceRefusal::NoMatch,
        attempts_left: 9,
    });
    desk.assert_ended(Ending::FaceNotMatched);
    assert_eq!(desk.count("FaceCaptured"), usize::from(pack().portrait.tries));
}

#[test]
fn going_back_and_forth_gives_no_further_pictures() {
    let mut desk = Desk::open();
    desk.to_agree_of(SUM);
    for _ in 1..pack().portrait.tries {
        desk.act(Action::Back);
        desk.act(Action::ContractRead);
        desk.send(Event::Camera(CameraEvent::Opened));
        desk.picture();
        desk.answer(MessageBody::FaceMatched { loan: desk.loan() });
    }
    desk.act(Action::Back);
    desk.act(Action::ContractRead);
    desk.assert_ended(Ending::FaceNotMatched);
}

#[test]
fn a_broken_camera_ends_the_visit_and_is_told_to_the_technician() {
    let mut desk = Desk::open();
    desk.to_camera_of(SUM);
    let first = desk.send(Event::Camera(CameraEvent::Failed(Error::new(ErrorKind::HardwareError, "broken"))));
    desk.assert_ended(Ending::CameraFailed);
    assert_eq!(desk.kinds_from(first), ["DeviceChanged", "SessionClosed"]);
    assert!(desk.effects[first..].iter().any(|effect| matches!(effect, Effect::CloseCamera)));
}

#[test]
fn pictures_that_nobody_asked_for_are_dropped() {
    let mut desk = Desk::open();
    desk.to_contract_of(SUM);
    let first = desk.send(Event::Camera(CameraEvent::Picture {
        png: senim_domain::SecretBytes::new(vec![1]),
        quality: 90,
    }));
    assert!(desk.effects[first..].is_empty());
}

#[test]
fn a_method_that_was_not_offered_cannot_be_chosen() {
    let mut desk = Desk::open();
    desk.to_schedules_of(SUM);
    let first = desk.act(Action::ChooseMethod(Method::Single));
    assert!(desk.effects[first..].is_empty());
    assert!(matches!(desk.session.state(), State::Schedules { .. }));
}

#[test]
fn a_stop_in_a_visit_closes_it_and_wipes_but_waits_for_a_payout() {
    let mut desk = Desk::open();
    desk.to_amount();
    let first = desk.send(Event::Stop { reason: "asked".into() });
    assert_eq!(desk.kinds_from(first), ["SessionClosed", "TerminalStopped"]);
    assert!(desk.wiped_from(first));
    assert!(desk.session.at_rest());
}
