//! A technician tries a device: a slip is printed, a note goes to the reject unit or through the acceptor's escrow and back, a
//! card answers, camera and display show a picture.
//!
//! Each has a row when it begins and one when it ends. A note moves behind the rows that any note moves behind: the acceptor's
//! comes back because no repayment is open that could want it.

use senim_domain::time::Stamp;
use senim_hal::card_reader::{Event as Reader, Media};
use senim_hal::cash_acceptor::Event as Acceptor;
use senim_hal::token::{self, Fault, Key};
use senim_hal::{Error, ErrorKind};
use senim_operation::body::{DeviceTestBegun, DeviceTestEnded, TestResult, TestedDevice};

use super::devices::failed;
use super::{Session, Step};
use crate::action::Decision;
use crate::effect::{CashCommand, Effect, Paper};
use crate::event::{CameraEvent, Device};
use crate::facts::DeviceState;
use crate::service::{ServicePage, ServiceStage, Staff, TestPage};
use crate::state::State;

/// How long somebody has to do what a test waits for, ms.
const HANDS_MS: u64 = 60_000;
/// How long the dispenser may take, the answers to questions asked before included, ms.
const DISPENSER_MS: u64 = 180_000;

impl Session {
    /// What can be tried now, in order. A cassette without notes cannot, nor any while no note may leave it.
    #[must_use]
    pub fn testable(&self, now: &Stamp) -> Vec<TestedDevice> {
        let units = self.durable.books.units.keys().filter(|unit| self.may_test_dispense(**unit));
        let acceptor = self.setup.acceptor.filter(|_| !self.notes_taken(now).is_empty());
        let readers = [self.setup.card, self.setup.identity_document].into_iter().flatten();
        let has = |device| readers.clone().any(|reader| reader.device == device);
        [
            Some(TestedDevice::Printer),
            Some(TestedDevice::Camera),
            Some(TestedDevice::Display),
            acceptor.map(|_| TestedDevice::Acceptor),
            has(Device::Card).then_some(TestedDevice::Card),
            has(Device::Nfc).then_some(TestedDevice::Nfc),
        ]
        .into_iter()
        .flatten()
        .chain(units.map(|unit| TestedDevice::Dispenser(*unit)))
        .collect()
    }

    /// What is being tried, and by whom.
    pub(super) fn tried(&self) -> Option<(&Staff, TestedDevice)> {
        let State::Service(service) = &self.state else { return None };
        match &service.stage {
            ServiceStage::Open { staff, page: ServicePage::Tests(TestPage::Running { device, .. }) } => {
                Some((staff, *device))
            }
            ServiceStage::Open { .. } | ServiceStage::Card(_) => None,
        }
    }

    /// Whether this one is being tried.
    pub(super) fn tries(&self, device: TestedDevice) -> bool {
        self.tried().is_some_and(|(_, tried)| tried == device)
    }

    /// Whether a card is waited for in the reader of clients' cards.
    pub(super) fn is_trying_card(&self) -> bool {
        let reader = self.setup.card.and_then(|reader| tested(reader.device));
        reader.is_some_and(|device| self.tries(device))
    }

    /// What there is to try.
    pub(super) fn list_device_tests(&mut self, step: &Step<'_>, staff: Staff) {
        let list = self.testable(&step.now);
        self.page(step, staff, ServicePage::Tests(TestPage::List(list)));
    }

    /// What is decided on a page of the tests.
    pub(super) fn decide_device_test(
        &mut self,
        step: &mut Step<'_>,
        staff: Staff,
        page: TestPage,
        decision: Decision,
    ) {
        match (page, decision) {
            (TestPage::List(list), Decision::Choose(place)) => match list.get(place) {
                Some(device) => self.begin_device_test(step, staff, *device),
                None => self.list_device_tests(step, staff),
            },
            (TestPage::Ended { device, .. }, Decision::Decline) => {
                self.begin_device_test(step, staff, device)
            }
            (TestPage::Ended { .. }, Decision::Confirm) => self.list_device_tests(step, staff),
            (page @ TestPage::Running { device, .. }, decision) => {
                self.page_still(step, staff, page);
                match (device, decision) {
                    (TestedDevice::Camera | TestedDevice::Display, Decision::Confirm) => {
                        self.device_tested(step, TestResult::Passed);
                    }
                    (TestedDevice::Camera | TestedDevice::Display, Decision::Decline) => {
                        self.device_tested(step, TestResult::Failed);
                    }
                    _ => {}
                }
            }
            (page, _) => self.page_still(step, staff, page),
        }
    }

    fn page_still(&mut self, step: &Step<'_>, staff: Staff, page: TestPage) {
        self.page(step, staff, ServicePage::Tests(page));
    }

    /// One step back: what runs is given up, but for a note that is on its way.
    pub(super) fn back_in_device_test(&mut self, step: &mut Step<'_>, staff: Staff, page: TestPage) {
        match page {
            TestPage::List(_) => self.page(step, staff, ServicePage::Home),
            TestPage::Ended { .. } => self.list_device_tests(step, staff),
            TestPage::Running { .. } => {
                self.page_still(step, staff, page);
                if self.durable.testing.is_none() {
                    self.device_tested(step, TestResult::NotDone);
                }
            }
        }
    }

    fn begin_device_test(&mut self, step: &mut Step<'_>, staff: Staff, device: TestedDevice) {
        if !self.testable(&step.now).contains(&device) {
            return self.list_device_tests(step, staff);
        }
        let begun = DeviceTestBegun { staff: staff.number.clone(), device };
        let patience = if matches!(device, TestedDevice::Dispenser(_)) { DISPENSER_MS } else { HANDS_MS };
        let until = step.now.mono.plus_ms(patience);
        self.page_still(step, staff, TestPage::Running { device, until });
        if device == TestedDevice::Acceptor {
            let notes = self.notes_taken(&step.now);
            self.record_cash(step, begun, Some(CashCommand::AcceptNotes(notes)));
            return;
        }
        self.record(step, begun);
        match device {
            TestedDevice::Dispenser(unit) => {
                self.test_dispense(step, unit);
                if self.durable.testing.is_none() && self.test_wanted.is_none() {
                    self.device_tested(step, TestResult::NotDone);
                }
            }
            TestedDevice::Printer => step.effects.push(Effect::Print(Paper::Test)),
            TestedDevice::Camera => step.effects.push(Effect::OpenCamera),
            TestedDevice::Card | TestedDevice::Nfc => {
                if self.is_trying_card() {
                    step.effects.push(Effect::Token(token::Command::Open { up_to: Key::Authentication }));
                }
            }
            TestedDevice::Acceptor | TestedDevice::Display => {}
        }
    }

    /// What runs has come to its end.
    pub(super) fn device_tested(&mut self, step: &mut Step<'_>, result: TestResult) {
        let Some((staff, device)) = self.tried() else { return };
        let staff = staff.clone();
        self.leave_device_test(step, result);
        self.page_still(step, staff, TestPage::Ended { device, result });
        self.look_at_devices(step);
    }

    /// The same, where it is this one that runs.
    pub(super) fn device_tested_as(&mut self, step: &mut Step<'_>, device: TestedDevice, passed: bool) {
        if self.tries(device) {
            self.device_tested(step, if passed { TestResult::Passed } else { TestResult::Failed });
        }
    }

    /// The row of what runs, and whatever was opened for it is closed.
    pub(super) fn leave_device_test(&mut self, step: &mut Step<'_>, result: TestResult) {
        let Some((staff, device)) = self.tried() else { return };
        let ended = DeviceTestEnded { staff: staff.number.clone(), device, result };
        match device {
            TestedDevice::Camera => step.effects.push(Effect::CloseCamera),
            TestedDevice::Acceptor => step.effects.push(Effect::CloseAcceptor),
            TestedDevice::Card | TestedDevice::Nfc => self.close_card(step),
            TestedDevice::Dispenser(_) => self.test_wanted = None,
            TestedDevice::Printer | TestedDevice::Display => {}
        }
        self.record(step, ended);
    }

    /// What a card or its reader tells: whatever a chip answers, it answered.
    pub(super) fn on_tried_card(&mut self, step: &mut Step<'_>, event: &token::Event) {
        use token::Event;
        match event {
            Event::Opened { .. }
            | Event::Failed(
                Fault::NotAToken | Fault::Unusable | Fault::PinBlocked | Fault::PinForm | Fault::LastTryKept,
            ) => self.device_tested(step, TestResult::Passed),
            Event::Failed(Fault::Unclear | Fault::Reader) => self.device_tested(step, TestResult::Failed),
            Event::Reading
            | Event::Removed
            | Event::PinWrong { .. }
            | Event::PinNotTyped(_)
            | Event::Signed(_) => {}
        }
    }

    /// What a reader tells on which something is to be laid.
    pub(super) fn on_tried_reader(&mut self, step: &mut Step<'_>, device: Device, event: &Reader) {
        let Some(tried) = tested(device).filter(|tried| self.tries(*tried)) else { return };
        match event {
            Reader::MediaInserted | Reader::Status { media: Media::Present, .. }
                if !self.is_trying_card() =>
            {
                self.device_tested_as(step, tried, true);
            }
            Reader::Failed(error) | Reader::Status { error: Some(error), .. } if !is_busy(error) => {
                self.device_tested_as(step, tried, false);
            }
            Reader::Line { open: false } => self.device_tested_as(step, tried, false),
            _ => {}
        }
    }

    /// What the acceptor tells: a note that it knows has come back.
    pub(super) fn on_tried_acceptor(&mut self, step: &mut Step<'_>, event: &Acceptor) {
        let passed = match event {
            Acceptor::Returned(_) => true,
            Acceptor::Failed(error) | Acceptor::Status { error: Some(error), .. } if is_busy(error) => return,
            // A note that is put in askew, or two at once: that passes.
            Acceptor::Fault(error) if error.kind == ErrorKind::UserError => return,
            Acceptor::Status { error: Some(_), .. }
            | Acceptor::Failed(_)
            | Acceptor::Fault(_)
            | Acceptor::Unanswered(_)
            | Acceptor::Jammed { .. }
            | Acceptor::Stacked(_)
            | Acceptor::Line { open: false } => false,
            _ => return,
        };
        self.device_tested_as(step, TestedDevice::Acceptor, passed);
    }

    /// What the camera tells while somebody looks at its picture.
    pub(super) fn on_tried_camera(&mut self, step: &mut Step<'_>, event: &CameraEvent) {
        match event {
            CameraEvent::Opened => self.camera_is(step, DeviceState::Usable),
            CameraEvent::Failed(error) => {
                self.camera_is(step, failed(error));
                self.device_tested(step, TestResult::Failed);
            }
            CameraEvent::Picture { .. }
            | CameraEvent::Poor(_)
            | CameraEvent::Code(_)
            | CameraEvent::Sequence { .. }
            | CameraEvent::Proof { .. } => {}
        }
    }
}

fn is_busy(error: &Error) -> bool {
    error.kind == ErrorKind::DeviceBusy
}

/// As its tests name a card reader.
const fn tested(reader: Device) -> Option<TestedDevice> {
    match reader {
        Device::Card => Some(TestedDevice::Card),
        Device::Nfc => Some(TestedDevice::Nfc),
        _ => None,
    }
}
