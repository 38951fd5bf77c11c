//! The chip of an identity document in a registration: every fault of it, and typing always one touch away.

use senim_domain::Secret;
use senim_domain::identity_document::{ChipVerdict, IdentityDocumentKind};
use senim_domain::iin::{Iin, Sex};
use senim_hal::card_reader::{Capabilities, Event as Reader, Interface};
use senim_hal::identity_document::{Access, Command, Event as Chip, Fault, Read};
use senim_operation::attachment::RegistrationEntry;
use senim_operation::body::Body;
use senim_session::action::Decision;
use senim_session::effect::Effect;
use senim_session::event::{Device, Event, Peripheral};
use senim_session::facts::{CardReader, Setup};
use senim_session::registration::{ChipProblem, ChipStage, Registering};
use senim_session::state::{Ending, Errand, State};

use crate::desk::*;

const CAN: &str = "123456";

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn with_reader() -> Setup {
    let capabilities = Capabilities {
        interface: Interface::Contactless,
        max_command: 261,
        max_response: 258,
        keypad: false,
    };
    Setup { identity_document: Some(CardReader { device: Device::Nfc, capabilities }), ..setup() }
}

/// What the chip of an adult's card tells.
fn told() -> Read {
    let iin = Iin::parse(adult().expose()).unwrap();
    Read {
        kind: IdentityDocumentKind::Card,
        number: secret("012345678"),
        expires: secret("2035-05-13"),
        birth_date: secret(&adult().expose()[..6]),
        sex: Some(iin.sex()),
        iin: Some(iin),
        verdict: ChipVerdict::Genuine,
    }
}

impl Desk {
    /// Somebody is offered to lay down their document.
    fn at_offer() -> Self {
        let mut desk = Self::open_with(with_reader(), stock());
        desk.only(|_| {});
        desk.act(begin());
        desk.choose(Errand::Registration);
        desk.decide(Decision::Confirm);
        desk.decide(Decision::Choose(0));
        assert!(matches!(desk.chip(), ChipStage::Offer));
        desk
    }

    fn at_lay() -> Self {
        let mut desk = Self::at_offer();
        desk.decide(Decision::Confirm);
        desk.enter(CAN);
        assert!(matches!(desk.chip(), ChipStage::Lay { .. }));
        desk
    }

    fn at_reading() -> Self {
        let mut desk = Self::at_lay();
        desk.of_chip(Chip::Reading);
        assert!(matches!(desk.chip(), ChipStage::Reading { .. }));
        desk
    }

    fn of_chip(&mut self, event: Chip) -> usize {
        self.send(Event::IdentityDocument(event))
    }

    fn chip_tells(&mut self, read: Read) -> usize {
        self.of_chip(Chip::Read(Box::new(read)))
    }

    fn entry(&self) -> &Registering {
        match self.session.state() {
            State::Register(stage) => stage,
            other => panic!("no registration: {other:?}"),
        }
    }

    fn chip(&self) -> &ChipStage {
        match self.entry() {
            Registering::Document(used) => &used.stage,
            other => panic!("no chip: {other:?}"),
        }
    }

    fn chip_trouble(&self) -> ChipProblem {
        match self.chip() {
            ChipStage::Problem { problem, .. } => *problem,
            other => panic!("no problem: {other:?}"),
        }
    }

    fn asked_of_chip(&self, from: usize) -> Vec<&Command> {
        let asked = self.effects[from..].iter();
        asked
            .filter_map(|effect| match effect {
                Effect::IdentityDocument(command) => Some(command),
                _ => None,
            })
            .collect()
    }

    /// How the chip was judged by the row, and what lies sealed beside it.
    fn requested(&self) -> (Option<ChipVerdict>, RegistrationEntry) {
        let rows = self.effects.iter().rev();
        let mut found = rows.filter_map(|effect| match effect {
            Effect::Record(record) => match &record.draft.body {
                Body::RegistrationRequested(row) => {
                    let sealed = record.draft.attachment.as_ref().unwrap();
                    Some((row.chip, RegistrationEntry::from_plaintext(sealed).unwrap()))
                }
                _ => None,
            },
            _ => None,
        });
        found.next().unwrap()
    }
}

#[test]
fn without_a_reader_or_with_one_that_failed_the_iin_is_typed() {
    let mut desk = Desk::open();
    desk.only(|_| {});
    desk.act(begin());
    desk.choose(Errand::Registration);
    desk.decide(Decision::Confirm);
    desk.decide(Decision::Choose(0));
    assert!(matches!(desk.entry(), Registering::Iin { chip: None, .. }));

    let mut desk = Desk::open_with(with_reader(), stock());
    desk.only(|_| {});
    let failed = senim_hal::Error::new(senim_hal::ErrorKind::HardwareError, "no answer");
    desk.send(Event::Peripheral(Peripheral::CardReader(Device::Nfc, Reader::Failed(failed))));
    desk.act(begin());
    desk.choose(Errand::Registration);
    desk.decide(Decision::Confirm);
    desk.decide(Decision::Choose(0));
    assert!(matches!(desk.entry(), Registering::Iin { chip: None, .. }));
}

#[test]
fn what_the_chip_tells_goes_sealed_to_the_mfo_and_nothing_of_it_stands_in_a_row() {
    let mut desk = Desk::at_reading();
    desk.chip_tells(told());
    assert!(matches!(desk.entry(), Registering::Waiting { .. }));
    let (verdict, sealed) = desk.requested();
    assert_eq!(verdict, Some(ChipVerdict::Genuine));
    assert_eq!(sealed.iin.expose(), adult().expose());
    let document = sealed.document.unwrap();
    assert_eq!((document.number.expose(), document.expires.expose()), ("012345678", "2035-05-13"));
    let written: String = desk.rows().into_iter().map(|body| body.write().unwrap().to_string()).collect();
    for planted in [adult().expose(), "012345678", "2035-05-13", CAN] {
        assert!(!written.contains(planted), "{planted}");
    }
    let shown = format!("{:?}", desk.session.state());
    assert!(!shown.contains("012345678") && !shown.contains(CAN), "{shown}");
}

#[test]
fn whoever_types_is_asked_for_no_document() {
    let mut desk = Desk::at_offer();
    let first = desk.decide(Decision::Decline);
    assert_eq!(desk.asked_of_chip(first), [&Command::Close]);
    desk.enter(adult().expose());
    let (verdict, sealed) = desk.requested();
    assert!(verdict.is_none() && sealed.document.is_none());
}

#[test]
fn typing_is_one_touch_away_from_each_screen_where_the_chip_is_waited_for() {
    for mut desk in [Desk::at_offer(), Desk::at_lay()] {
        desk.decide(Decision::Decline);
        assert!(matches!(desk.entry(), Registering::Iin { .. }));
    }
    let mut desk = Desk::at_offer();
    desk.decide(Decision::Confirm);
    desk.decide(Decision::Decline);
    assert!(matches!(desk.chip(), ChipStage::Printed { .. }), "first what is printed");
    desk.decide(Decision::Decline);
    assert!(matches!(desk.entry(), Registering::Iin { .. }));
}

#[test]
fn a_wrong_access_number_is_typed_again_three_times_at_most() {
    let mut desk = Desk::at_reading();
    for _ in 0..2 {
        let first = desk.of_chip(Chip::WrongAccess);
        assert_eq!(desk.asked_of_chip(first), [&Command::Close]);
        assert!(matches!(desk.chip(), ChipStage::AccessNumber { wrong: true }));
        desk.enter("654321");
        desk.of_chip(Chip::Reading);
    }
    desk.of_chip(Chip::WrongAccess);
    assert_eq!(desk.chip_trouble(), ChipProblem::TooManyTries);
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.entry(), Registering::Iin { .. }), "only typing is left");
}

#[test]
fn what_is_printed_is_typed_part_by_part_and_opens_an_older_chip() {
    let mut desk = Desk::at_reading();
    desk.of_chip(Chip::Failed(Fault::PrintedNeeded));
    assert!(matches!(desk.chip(), ChipStage::Printed { wrong: false, .. }));
    desk.enter("N12345678");
    for no_day in ["31021990", "14051", "0"] {
        desk.enter(no_day);
        assert!(matches!(desk.chip(), ChipStage::Printed { wrong: true, .. }), "{no_day}");
    }
    desk.enter("14051990");
    desk.enter("31022035");
    assert!(matches!(desk.chip(), ChipStage::Printed { wrong: true, .. }));
    let first = desk.enter("13052035");
    let access = Access::Printed {
        number: secret("N12345678"),
        birth_date: secret("900514"),
        expiry_date: secret("350513"),
    };
    assert_eq!(desk.asked_of_chip(first), [&Command::Open { access }]);
}

#[test]
fn what_is_printed_on_no_document_is_asked_for_again() {
    let mut desk = Desk::at_reading();
    desk.of_chip(Chip::Failed(Fault::AccessForm));
    assert!(matches!(desk.chip(), ChipStage::AccessNumber { wrong: true }));
}

#[test]
fn a_document_that_is_moved_away_is_read_anew_when_it_is_back() {
    let mut desk = Desk::at_reading();
    let first = desk.of_chip(Chip::Removed);
    assert_eq!(desk.chip_trouble(), ChipProblem::Withdrawn);
    let access = Access::AccessNumber(secret(CAN));
    assert_eq!(desk.asked_of_chip(first), [&Command::Open { access }]);
    desk.of_chip(Chip::Reading);
    desk.chip_tells(told());
    assert!(matches!(desk.entry(), Registering::Waiting { .. }));
}

#[test]
fn each_fault_has_its_words_and_another_document_may_be_laid_down() {
    for (fault, problem) in [
        (Fault::NotADocument, ChipProblem::NotADocument),
        (Fault::Unusable, ChipProblem::Unusable),
        (Fault::Unclear, ChipProblem::Unclear),
    ] {
        let mut desk = Desk::at_reading();
        desk.of_chip(Chip::Failed(fault));
        assert_eq!(desk.chip_trouble(), problem);
        desk.decide(Decision::Confirm);
        assert!(matches!(desk.chip(), ChipStage::AccessNumber { wrong: false }));
    }
    let mut desk = Desk::at_lay();
    desk.of_chip(Chip::Failed(Fault::Reader));
    assert_eq!(desk.chip_trouble(), ChipProblem::Reader);
    desk.decide(Decision::Confirm);
    assert!(matches!(desk.entry(), Registering::Iin { .. }));
}

#[test]
fn a_chip_that_falls_silent_is_given_up_and_typing_goes_on() {
    let mut desk = Desk::at_reading();
    desk.wait_ms(600_000);
    assert_eq!(desk.chip_trouble(), ChipProblem::Unclear);
    desk.decide(Decision::Decline);
    assert!(matches!(desk.entry(), Registering::Iin { .. }));
}

#[test]
fn a_document_that_is_over_is_sent_back_before_the_mfo_is_asked() {
    let mut desk = Desk::at_reading();
    let first = desk.chip_tells(Read { expires: secret("2020-01-01"), ..told() });
    assert_eq!(desk.chip_trouble(), ChipProblem::Expired);
    assert!(desk.kinds_from(first).is_empty());
}

#[test]
fn somebody_under_age_by_the_chip_is_turned_away_before_data_consent_and_camera() {
    let child = iin("080303", '5');
    let by_iin = Read { iin: Iin::parse(child.expose()).ok(), birth_date: secret("080303"), ..told() };
    let by_birth = Read { iin: None, birth_date: secret("150601"), ..told() };
    for read in [by_iin, by_birth] {
        let mut desk = Desk::at_reading();
        let first = desk.chip_tells(read);
        desk.assert_ended(Ending::UnderAge);
        assert_eq!(desk.kinds_from(first), ["SessionClosed"], "not even the IIN was written");
        assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::OpenCamera)));
    }
}

#[test]
fn an_iin_typed_to_a_chip_without_one_has_to_be_its_holders() {
    let mut desk = Desk::at_reading();
    desk.chip_tells(Read { iin: None, ..told() });
    assert!(matches!(desk.entry(), Registering::Iin { chip: Some(_), .. }));
    desk.enter(iin("911231", '4').expose());
    assert_eq!(desk.chip_trouble(), ChipProblem::OtherPerson);
    assert!(!desk.rows().iter().any(|body| body.kind() == "RegistrationRequested"));

    let mut desk = Desk::at_reading();
    let sex = told().sex.map(|sex| if sex == Sex::Male { Sex::Female } else { Sex::Male });
    desk.chip_tells(Read { iin: None, sex, ..told() });
    desk.enter(adult().expose());
    assert_eq!(desk.chip_trouble(), ChipProblem::OtherPerson);

    let mut desk = Desk::at_reading();
    desk.chip_tells(Read { iin: None, ..told() });
    desk.enter(adult().expose());
    assert!(desk.requested().1.document.is_some());
}

#[test]
fn a_forged_chip_is_told_to_the_mfo_and_judged_there() {
    let mut desk = Desk::at_reading();
    desk.chip_tells(Read { verdict: ChipVerdict::Forged, ..told() });
    assert_eq!(desk.requested().0, Some(ChipVerdict::Forged));
}

#[test]
fn back_and_the_end_of_the_visit_let_go_of_the_document() {
    let mut desk = Desk::at_lay();
    let first = desk.act(senim_session::Action::Back);
    assert_eq!(desk.asked_of_chip(first), [&Command::Close]);
    assert!(matches!(desk.chip(), ChipStage::AccessNumber { wrong: false }));
    desk.act(senim_session::Action::Back);
    assert!(matches!(desk.chip(), ChipStage::Offer));
    desk.act(senim_session::Action::Back);
    assert!(matches!(desk.entry(), Registering::ClientType));

    let mut desk = Desk::at_lay();
    let first = desk.act(senim_session::Action::Cancel);
    desk.assert_ended(Ending::Cancelled);
    assert!(desk.asked_of_chip(first).contains(&&Command::Close));
    assert!(desk.wiped_from(first));
}

#[test]
fn a_document_left_on_its_reader_is_told_of() {
    let mut desk = Desk::at_lay();
    desk.send(Event::Peripheral(Peripheral::CardReader(Device::Nfc, Reader::MediaInserted)));
    desk.act(senim_session::Action::Cancel);
    desk.wait_ms(600_000);
    assert!(matches!(desk.session.state(), State::TakeCard));
    desk.send(Event::Peripheral(Peripheral::CardReader(Device::Nfc, Reader::MediaRemoved)));
    assert!(matches!(desk.session.state(), State::Idle));
}

#[test]
fn what_a_chip_tells_after_the_person_went_on_changes_nothing() {
    let mut desk = Desk::at_lay();
    desk.decide(Decision::Decline);
    desk.of_chip(Chip::Reading);
    desk.chip_tells(told());
    assert!(matches!(desk.entry(), Registering::Iin { chip: None, .. }));
}
