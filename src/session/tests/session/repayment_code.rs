//! Naming the contract by the QR code of an earlier receipt: the camera runs only while a code is looked for, and whatever
//! it sees leads on or back, never astray.

use senim_domain::{Language, Secret, SecretBytes};
use senim_hal::supply::{self, Source, Supply};
use senim_hal::{Error, ErrorKind};
use senim_operation::attachment::RepaymentNumber;
use senim_operation::body::{Body, RepaymentBasis};
use senim_operation::message::MessageBody;
use senim_session::action::Decision;
use senim_session::dialogue::repayment::{CodeFault, NumberError, READ_MS, Repay};
use senim_session::event::{CameraEvent, Event, Peripheral};
use senim_session::state::{Ending, State};
use senim_session::{Action, Effect};

use crate::desk::*;
use crate::repayment::*;

fn to_code() -> Desk {
    let mut desk = Desk::with_acceptor();
    desk.to_repayment();
    let first = desk.decide(Decision::Choose(2));
    assert!(matches!(&desk.effects[first..], [Effect::ReadCode]), "{:?}", &desk.effects[first..]);
    desk.camera(CameraEvent::Opened);
    assert!(desk.fault().is_none());
    desk
}

impl Desk {
    fn camera(&mut self, event: CameraEvent) -> usize {
        self.send(Event::Camera(event))
    }

    fn shows(&mut self, text: &str) -> usize {
        self.camera(CameraEvent::Code(Secret::new(text.to_owned())))
    }

    fn fault(&self) -> Option<CodeFault> {
        match self.repay() {
            Repay::Reading(reading) => reading.fault,
            other => panic!("no code is looked for: {other:?}"),
        }
    }

    fn closes_camera(&self, first: usize) -> bool {
        self.effects[first..].iter().any(|effect| matches!(effect, Effect::CloseCamera))
    }
}

fn ours() -> String {
    format!("senim-pay:{}", number())
}

#[test]
fn the_code_of_a_receipt_goes_the_way_of_a_typed_number() {
    let mut desk = to_code();
    let first = desk.shows(&ours());
    assert!(desk.closes_camera(first));
    assert_eq!(desk.kinds_from(first), ["ContractNumberSubmitted"]);
    let sealed = desk.records_from(first)[0].draft.attachment.as_ref().unwrap();
    assert_eq!(RepaymentNumber::from_plaintext(sealed).unwrap().number.expose(), number());
    desk.answer(MessageBody::ContractFound {
        loan: the_loan(),
        holder_masked: Secret::new("А. С.".into()),
        due_tiyn: tenge(18_561),
    });
    let Repay::Terms { deal, .. } = desk.repay() else { panic!("{:?}", desk.repay()) };
    assert_eq!((deal.basis, deal.number.expose()), (RepaymentBasis::Number, number().as_str()));
    let public: Vec<String> = desk.rows().into_iter().map(|body| body.write().unwrap().to_string()).collect();
    assert!(public.iter().all(|row| !row.contains(&number())));
    assert!(!desk.disk.to_json().contains(&number()));
}

#[test]
fn a_code_names_the_contract_offline_too() {
    let mut desk = Desk::with_acceptor();
    desk.send(Event::Uplink { online: false, cause: String::new() });
    desk.to_repayment();
    assert!(matches!(desk.repay(), Repay::Number { error: None }));
    desk.decide(Decision::Decline);
    let first = desk.shows(&ours());
    assert!(desk.closes_camera(first));
    let Repay::Terms { deal, .. } = desk.repay() else { panic!("{:?}", desk.repay()) };
    assert_eq!((deal.basis, deal.number.expose()), (RepaymentBasis::OfflineNumber, number().as_str()));
}

#[test]
fn a_foreign_code_and_one_that_is_too_long_are_told_and_the_next_one_counts() {
    let mut desk = to_code();
    let long = format!("senim-pay:{}{}", number(), " ".repeat(4_000)) + "1";
    for foreign in ["https://egov.kz", "", long.as_str()] {
        let first = desk.shows(foreign);
        assert_eq!(desk.fault(), Some(CodeFault::Foreign));
        assert!(desk.effects[first..].is_empty(), "no row, and the camera goes on");
    }
    desk.shows(&ours());
    assert!(matches!(desk.repay(), Repay::Looking { .. }));
}

#[test]
fn a_code_with_a_damaged_check_digit_asks_nobody() {
    let mut desk = to_code();
    let mut damaged = ours().into_bytes();
    let last = damaged.last_mut().unwrap();
    *last = if *last == b'9' { b'0' } else { *last + 1 };
    let first = desk.shows(&String::from_utf8(damaged).unwrap());
    assert_eq!(desk.fault(), Some(CodeFault::Digits));
    assert!(desk.kinds_from(first).is_empty());
}

#[test]
fn no_code_within_the_limit_closes_the_camera_and_the_number_is_typed() {
    let mut desk = to_code();
    desk.shows("https://egov.kz");
    desk.wait_ms(READ_MS - 1);
    assert_eq!(desk.fault(), Some(CodeFault::Foreign), "a foreign code gives no more time");
    let due = desk.session.poll_timeout(&desk.now).unwrap();
    assert!(due <= desk.now.mono.plus_ms(1), "the kernel is called for it");
    let first = desk.wait_ms(1);
    assert!(desk.closes_camera(first));
    assert!(matches!(desk.repay(), Repay::Number { error: Some(NumberError::NoCode) }));
    desk.decide(Decision::Enter(Secret::new(number())));
    assert!(matches!(desk.repay(), Repay::Looking { .. }));
}

#[test]
fn a_camera_that_is_away_is_said_and_the_number_is_typed() {
    let mut desk = Desk::with_acceptor();
    desk.to_repayment();
    desk.decide(Decision::Choose(2));
    let first = desk.camera(CameraEvent::Failed(Error::new(ErrorKind::NoDevice, "no camera")));
    assert_eq!(desk.kinds_from(first), ["DeviceChanged"]);
    assert!(matches!(desk.repay(), Repay::Number { error: Some(NumberError::NoCamera) }));
    // It may be back: the way stays open, and its return is a row.
    desk.decide(Decision::Decline);
    let first = desk.camera(CameraEvent::Opened);
    assert_eq!(desk.kinds_from(first), ["DeviceChanged"]);
    desk.shows(&ours());
    assert!(matches!(desk.repay(), Repay::Looking { .. }));
}

#[test]
fn a_camera_unplugged_while_a_code_is_looked_for_ends_the_search() {
    let mut desk = to_code();
    let first = desk.camera(CameraEvent::Failed(Error::new(ErrorKind::Offline, "unplugged")));
    assert!(desk.closes_camera(first));
    assert!(matches!(desk.repay(), Repay::Number { error: Some(NumberError::NoCamera) }));
}

#[test]
fn every_way_out_closes_the_camera() {
    let ways: [(&str, fn(&mut Desk) -> usize); 6] = [
        ("back", |desk| desk.act(Action::Back)),
        ("type instead", |desk| desk.decide(Decision::Decline)),
        ("end", |desk| desk.act(Action::Cancel)),
        ("stop", |desk| desk.send(Event::Stop { reason: "test".into() })),
        ("disk full", |desk| desk.send(Event::Journal { writable: false })),
        ("battery", |desk| {
            let low = Supply {
                source: Source::Battery,
                low: true,
                charge_percent: None,
                runtime_s: None,
                replace_battery: false,
            };
            desk.send(Event::Peripheral(Peripheral::Supply(supply::Event::Changed(low))))
        }),
    ];
    for (name, way) in ways {
        let mut desk = to_code();
        let first = way(&mut desk);
        assert!(desk.closes_camera(first), "{name}");
        // What the camera saw before it heard of that goes nowhere.
        let first = desk.shows(&ours());
        assert!(!desk.kinds_from(first).contains(&"ContractNumberSubmitted"), "{name}");
    }
    let mut desk = to_code();
    desk.act(Action::Back);
    assert!(matches!(desk.repay(), Repay::Number { error: None }));
    let mut desk = to_code();
    desk.act(Action::Cancel);
    assert!(matches!(desk.session.state(), State::End { kind: Ending::Cancelled, .. }));
}

#[test]
fn a_picture_of_a_face_and_a_code_outside_its_stage_change_nothing() {
    let mut desk = to_code();
    let picture = CameraEvent::Picture { png: SecretBytes::new(vec![1, 2, 3]), quality: 90 };
    let first = desk.camera(picture);
    assert!(desk.effects[first..].is_empty());
    assert!(desk.fault().is_none());
    let mut desk = Desk::with_acceptor();
    desk.to_menu();
    let first = desk.shows(&ours());
    assert!(desk.effects[first..].is_empty());
    assert!(matches!(desk.session.state(), State::Menu));
}

#[test]
fn the_language_may_change_while_a_code_is_looked_for() {
    let mut desk = to_code();
    let first = desk.act(Action::ChooseLanguage(Language::Ru));
    assert!(!desk.closes_camera(first));
    desk.shows(&ours());
    assert!(matches!(desk.repay(), Repay::Looking { .. }));
    assert!(!desk.rows().iter().any(|body| matches!(body, Body::SessionClosed(_))));
}

#[test]
fn what_a_code_says_is_in_no_debug_text() {
    let event = Event::Camera(CameraEvent::Code(Secret::new(ours())));
    assert!(!format!("{event:?}").contains(&number()));
}
