//! Devices beside dispenser, printer and camera: how they are, and what their news mean for service.
//!
//! A device that the current journeys do not need never takes the terminal out of service; its state is a row for the
//! MFO and a line for the technician. Mains and battery do: nothing begins on battery, money in motion finishes, and the
//! terminal stops in order.

use senim_domain::time::Mono;
use senim_hal::supply::{self, Source, Supply};
use senim_hal::{ErrorKind, assistive, cabinet, card_reader, cash_acceptor, location};
use senim_operation::body::{
    CabinetChanged, CabinetInput, NoteFound, NotePosition, PowerChanged, PowerSource,
};

use super::devices::{closed, failed, user_error};
use super::repayment::Taking;
use super::{Session, Step};
use crate::effect::Effect;
use crate::event::{Device, Peripheral};
use crate::facts::{Cause, DeviceState};
use crate::remainder::Remaining;
use crate::state::{Ending, Errand, State};
use crate::transfer::Transferring;

/// Why a terminal on battery stops.
const BATTERY: &str = "battery";

impl Session {
    pub(super) fn on_peripheral(&mut self, step: &mut Step<'_>, event: Peripheral) {
        match event {
            Peripheral::Acceptor(event) => self.on_acceptor(step, event),
            Peripheral::CardReader(device, event) => self.on_card_reader(step, device, event),
            Peripheral::Supply(event) => self.on_supply(step, event),
            Peripheral::Location(event) => self.on_location(step, event),
            Peripheral::Cabinet(change) => self.on_cabinet(step, change),
            Peripheral::Assistive(event) => self.on_assistive(step, &event),
            Peripheral::Health(device, Ok(())) => self.device_is(step, device, DeviceState::Usable),
            Peripheral::Health(device, Err(error)) => self.device_is(step, device, failed(&error)),
            Peripheral::Storage(device, Ok(())) => self.device_is(step, device, DeviceState::Usable),
            Peripheral::Storage(device, Err(cause)) => {
                self.device_is(step, device, DeviceState::Failed(Cause { kind: None, text: cause }));
                if device == Device::Board {
                    self.stop_lending(step);
                }
            }
        }
    }

    /// Remembers how a device is; a change is a row. A device that works from the start is no news.
    fn device_is(&mut self, step: &mut Step<'_>, device: Device, state: DeviceState) {
        let before = self.facts.peripherals.insert(device, state.clone()).unwrap_or_default();
        let no_news = before == DeviceState::Unknown && state == DeviceState::Usable;
        if before != state && !no_news {
            self.device_changed(step, device.name(), state);
        }
    }

    /// Whoever borrows or registers goes no further; money in motion finishes, and money that is owed can be brought.
    fn stop_lending(&mut self, step: &mut Step<'_>) {
        let lends = !matches!(
            self.state,
            State::Menu
                | State::Information(_)
                | State::Repay(_)
                | State::Cabinet(_)
                | State::Waiting(_)
                | State::EnterIin { errand: Errand::Repay, .. }
        );
        if lends && self.may_end_at_once() {
            self.end(step, Ending::NotAvailable);
        }
    }

    fn on_acceptor(&mut self, step: &mut Step<'_>, event: cash_acceptor::Event) {
        use cash_acceptor::{Event, Position, Stacker};
        let acceptor = Device::Acceptor;
        // However a reset ended: a device that still waits for one gets another at the next look.
        if matches!(event, Event::ResetDone | Event::Unanswered(_) | Event::Failed(_)) {
            self.acceptor_reset = false;
        }
        let told = self.on_cash_in(step, &event);
        self.on_tried_acceptor(step, &event);
        if told {
            return;
        }
        match event {
            Event::Failed(error) if error.kind == ErrorKind::DeviceBusy => {}
            // It got power and waits for its reset: that is how every day begins, and no failure.
            Event::Status { error: Some(error), .. }
                if error.kind == ErrorKind::Starting && self.asks_devices() && !self.acceptor_reset =>
            {
                self.acceptor_reset = true;
                step.effects.push(Effect::ResetAcceptor);
            }
            Event::Status { error: Some(error), .. }
            | Event::Failed(error)
            | Event::Fault(error)
            | Event::Unanswered(error)
            | Event::Jammed { error, .. } => self.device_is(step, acceptor, failed(&error)),
            Event::Status { error: None, stacker, .. } | Event::Stacker(stacker) => {
                self.acceptor_reset = false;
                let state = match stacker {
                    Stacker::Ok => DeviceState::Usable,
                    Stacker::Full => user_error("the stacker is full: collect it"),
                    Stacker::Missing => user_error("the stacker is out: seat it"),
                };
                self.device_is(step, acceptor, state);
            }
            Event::FoundAtPowerUp(position) => {
                let position = match position {
                    Position::Validator => NotePosition::Validator,
                    Position::Stacker => NotePosition::Stacker,
                };
                self.record(step, NoteFound { position });
            }
            Event::Contradiction { detail } => self.contradicted(step, format!("acceptor: {detail}")),
            Event::Line { open: false } => {
                self.acceptor_reset = false;
                self.device_is(step, acceptor, closed(acceptor.name()));
            }
            Event::Line { open: true } | Event::ResetDone => step.effects.push(Effect::AskPeripherals),
            // A note that no open escrow explains was put in by nobody whom the journal knows.
            Event::Stacked(note) => {
                self.contradicted(step, format!("acceptor: a note of {} was stacked unasked", note.0));
            }
            Event::Enabled
            | Event::Disabled
            | Event::Accepting
            | Event::Refused { .. }
            | Event::Escrowed(_)
            | Event::Returned(_) => {}
        }
    }

    fn on_card_reader(&mut self, step: &mut Step<'_>, device: Device, event: card_reader::Event) {
        use card_reader::{Event, Media};
        self.on_tried_reader(step, device, &event);
        let readers = [self.setup.card, self.setup.identity_document];
        if readers.into_iter().flatten().any(|reader| reader.device == device) {
            match &event {
                Event::MediaInserted | Event::Status { media: Media::Present, .. } => {
                    self.card_is(step, device, true)
                }
                Event::MediaRemoved
                | Event::Status { media: Media::NotPresent, .. }
                | Event::Line { open: false } => self.card_is(step, device, false),
                Event::ChipPowered { .. }
                | Event::ChipReleased
                | Event::ChipIo(_)
                | Event::PinNotTyped(_)
                | Event::Failed(_)
                | Event::Line { open: true } => {}
            }
        }
        match event {
            Event::Failed(error) if error.kind == ErrorKind::DeviceBusy => {}
            Event::Status { error: Some(error), .. } | Event::Failed(error) => {
                self.device_is(step, device, failed(&error));
            }
            Event::Status { error: None, .. } => self.device_is(step, device, DeviceState::Usable),
            Event::Line { open: false } => self.device_is(step, device, closed(device.name())),
            Event::Line { open: true } => step.effects.push(Effect::AskPeripherals),
            Event::MediaInserted
            | Event::MediaRemoved
            | Event::ChipPowered { .. }
            | Event::ChipReleased
            | Event::ChipIo(_)
            | Event::PinNotTyped(_) => {}
        }
    }

    fn on_location(&mut self, step: &mut Step<'_>, event: location::Event) {
        use location::Event;
        match event {
            Event::Failed(error) if error.kind == ErrorKind::DeviceBusy => {}
            Event::Failed(error) => self.device_is(step, Device::Location, failed(&error)),
            Event::Status { fix, .. } => {
                self.facts.location = fix;
                self.device_is(step, Device::Location, DeviceState::Usable);
            }
            Event::Fix(fix) => self.facts.location = Some(fix),
            Event::Lost => self.facts.location = None,
            Event::Line { open: false } => {
                self.facts.location = None;
                self.device_is(step, Device::Location, closed(Device::Location.name()));
            }
            Event::Line { open: true } => step.effects.push(Effect::AskPeripherals),
        }
    }

    fn on_cabinet(&mut self, step: &mut Step<'_>, change: cabinet::Change) {
        let cabinet::Change { input, active } = change;
        let before = self.facts.cabinet.insert(input, active);
        let no_news = before == Some(active) || (before.is_none() && !active);
        self.device_is(step, Device::Cabinet, DeviceState::Usable);
        if no_news {
            return;
        }
        let (input, opening) = match input {
            cabinet::Input::CabinetDoor => (CabinetInput::CabinetDoor, true),
            cabinet::Input::SafeDoor => (CabinetInput::SafeDoor, true),
            cabinet::Input::Tamper => (CabinetInput::Tamper, true),
            cabinet::Input::Tilt => (CabinetInput::Tilt, true),
            cabinet::Input::OperatorSwitch => (CabinetInput::OperatorSwitch, false),
        };
        self.record(step, CabinetChanged { input, active });
        if opening && active {
            // What happened before somebody had the inside in their hands shall be proved by then (design section 4).
            step.effects.push(Effect::Checkpoint);
        }
    }

    fn on_assistive(&mut self, step: &mut Step<'_>, event: &assistive::Event) {
        match event {
            assistive::Event::Pressed(_) => {
                if let Some(visit) = &mut self.visit {
                    visit.active_at = step.now.mono;
                }
            }
            assistive::Event::Headphones { plugged } => self.facts.headphones = *plugged,
            assistive::Event::Connected { there: true } => {
                self.device_is(step, Device::Assistive, DeviceState::Usable);
            }
            assistive::Event::Connected { there: false } => {
                self.facts.headphones = false;
                let state = DeviceState::Failed(Cause::new(
                    ErrorKind::NoDevice,
                    "the keypad is unplugged: plug it in",
                ));
                self.device_is(step, Device::Assistive, state);
            }
        }
    }

    fn on_supply(&mut self, step: &mut Step<'_>, event: supply::Event) {
        match event {
            supply::Event::Failed(error) if error.kind == ErrorKind::DeviceBusy => {}
            supply::Event::Status { supply, .. } | supply::Event::Changed(supply) => {
                let state = if supply.replace_battery {
                    DeviceState::Failed(Cause::new(
                        ErrorKind::HardwareError,
                        "the battery is worn out: replace it",
                    ))
                } else {
                    DeviceState::Usable
                };
                self.device_is(step, Device::Supply, state);
                self.power_is(step, supply);
            }
            // A supply that has fallen silent on battery is still on battery as far as anybody knows.
            supply::Event::Failed(error) => self.device_is(step, Device::Supply, failed(&error)),
            supply::Event::Line { open: false } => {
                self.device_is(step, Device::Supply, closed(Device::Supply.name()));
            }
            supply::Event::Line { open: true } => step.effects.push(Effect::AskPeripherals),
        }
    }

    fn power_is(&mut self, step: &mut Step<'_>, supply: Supply) {
        let before = self.facts.supply.replace(supply);
        let was = before.map_or((Source::Mains, false), |before| (before.source, before.low));
        match supply.source {
            Source::Mains => self.facts.on_battery_since = None,
            Source::Battery => {
                self.facts.on_battery_since.get_or_insert(step.now.mono);
            }
        }
        if was == (supply.source, supply.low) {
            return;
        }
        let source = match supply.source {
            Source::Mains => PowerSource::Mains,
            Source::Battery => PowerSource::Battery,
        };
        self.record(step, PowerChanged { source, low: supply.low, charge_percent: supply.charge_percent });
    }

    /// What the battery's time asks for, at the end of every step.
    pub(super) fn on_battery(&mut self, step: &mut Step<'_>) {
        let Some((visit_due, stop_due)) = self.battery_moments() else { return };
        let now = step.now.mono;
        if now >= visit_due && self.may_end_at_once() {
            self.end(step, Ending::OnBattery);
        }
        if now >= stop_due && self.may_stop() {
            self.stop_asked = true;
            step.effects.push(Effect::Stop { reason: BATTERY });
        }
    }

    /// Money in motion finishes, and who was paid sees what was given.
    fn may_end_at_once(&self) -> bool {
        let closing = self.taking.as_ref().is_some_and(Taking::closes);
        self.visit.is_some() && self.durable.open.is_none() && !closing && !self.says_goodbye()
    }

    /// When [`Self::on_battery`] has something to do. Money in motion and the screens behind it end by themselves, and
    /// their end is an event: a moment in which nothing could be done would only be asked for again and again.
    pub(super) fn battery_due(&self) -> Option<Mono> {
        let (visit_due, stop_due) = self.battery_moments()?;
        if self.may_end_at_once() {
            return Some(visit_due);
        }
        self.may_stop().then_some(stop_due)
    }

    /// A farewell is read to its end: it says what became of the visit.
    fn may_stop(&self) -> bool {
        self.at_rest() && !self.says_goodbye() && !self.stopping && !self.stop_asked
    }

    pub(super) const fn says_goodbye(&self) -> bool {
        match &self.state {
            State::Receipt(_) | State::End { .. } | State::Advice { .. } => true,
            State::Repay(repay) => repay.is_paid(),
            State::Remainder(stage) => matches!(**stage, Remaining::AtDesk(_)),
            // A transfer that was asked for is money in motion: its end says what became of it.
            State::Transfer(stage) => {
                matches!(**stage, Transferring::Ordering { .. } | Transferring::Ended(_))
            }
            _ => false,
        }
    }

    fn battery_moments(&self) -> Option<(Mono, Mono)> {
        let since = self.facts.on_battery_since?;
        let low = self.facts.supply.is_some_and(|supply| supply.low);
        let rules = self.setup.battery;
        let due = |ms: u64| if low { since } else { since.plus_ms(ms) };
        Some((due(rules.visit_ms), due(rules.stop_ms)))
    }
}
