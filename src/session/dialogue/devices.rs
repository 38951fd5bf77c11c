//! The hardware as the dialogue sees it: usable or not, and why.

use senim_domain::time::Mono;
use senim_hal::cash_dispenser::Event as Dispenser;
use senim_hal::receipt_printer::{Event as Printer, Paper};
use senim_hal::{Error, ErrorKind};
use senim_operation::body::{DeviceChanged, FaceCaptured, Liveness, TestedDevice};

use super::{Session, Step};
use crate::effect::Effect;
use crate::event::CameraEvent;
use crate::facts::{Cause, DeviceState};
use crate::registration::{Awaited, Registering};
use crate::state::{Ending, Picture, Sitter, State};

/// How long a visit waits for a camera that was unplugged, and between two attempts to open it, ms.
const CAMERA_BACK_MS: u64 = 10_000;
const CAMERA_AGAIN_MS: u64 = 500;
/// What a technician reads when the way is free and its notes are in no count.
const NOT_COUNTED: &str = "the path is free, and the notes that stuck on it are not counted";

impl Session {
    pub(super) fn on_dispenser(&mut self, step: &mut Step<'_>, event: Dispenser) {
        if matches!(event, Dispenser::Status { .. } | Dispenser::Failed(_)) {
            self.dispenser_asks = self.dispenser_asks.saturating_sub(1);
        }
        match &event {
            Dispenser::Status { error: None, units, .. } => {
                let missing = self
                    .durable
                    .books
                    .units
                    .keys()
                    .find(|unit| units.iter().any(|report| report.unit == **unit && !report.present));
                let state = match missing {
                    Some(unit) => user_error(format!("cassette {} is missing: seat it", unit.0)),
                    // Nobody is paid by books that a note has left and nobody has counted.
                    None if !self.durable.stuck.is_empty() => {
                        DeviceState::Failed(Cause::new(ErrorKind::MediaJam, NOT_COUNTED))
                    }
                    None => DeviceState::Usable,
                };
                self.dispenser_is(step, state);
            }
            // Asked while it still answers: that says nothing about how it is.
            Dispenser::Failed(error) if error.kind == ErrorKind::DeviceBusy => {}
            Dispenser::Status { error: Some(error), .. } | Dispenser::Failed(error) => {
                self.dispenser_is(step, failed(error));
            }
            Dispenser::Line { open: false } => self.dispenser_is(step, closed("dispenser")),
            Dispenser::Line { open: true } => self.dispenser_is_back(step),
            Dispenser::Marked(_)
            | Dispenser::MarkRefused { .. }
            | Dispenser::Moved(_)
            | Dispenser::Presented(_)
            | Dispenser::ItemsTaken(_)
            | Dispenser::Retracted(_)
            | Dispenser::PresentStatus(_)
            | Dispenser::Unanswered(_)
            | Dispenser::LastStatus { .. }
            | Dispenser::OnWire
            | Dispenser::Accepted => {}
        }
        if self.durable.testing.is_some() {
            self.on_test_device(step, event);
        } else {
            self.on_payout_device(step, event);
        }
        if self.dispenser_asks == 0
            && let Some((unit, _)) = self.test_wanted.take()
        {
            self.test_dispense(step, unit);
        }
    }

    /// Whoever is on a line that opened must say so before anything else is asked of it. While a payout is open, only its
    /// own questions do that.
    fn dispenser_is_back(&mut self, step: &mut Step<'_>) {
        self.devices_due = step.now.mono;
        if self.visit.is_some() && self.durable.open.is_none() {
            self.ask_dispenser(step);
        }
    }

    pub(super) fn ask_dispenser(&mut self, step: &mut Step<'_>) {
        self.dispenser_asks = self.dispenser_asks.saturating_add(1);
        step.effects.push(Effect::AskDispenser);
    }

    fn dispenser_is(&mut self, step: &mut Step<'_>, state: DeviceState) {
        if self.facts.dispenser != state {
            self.facts.dispenser = state.clone();
            self.device_changed(step, "dispenser", state);
        }
    }

    pub(super) fn on_printer(&mut self, step: &mut Step<'_>, event: &Printer) {
        let state = match event {
            Printer::Failed(error) if error.kind == ErrorKind::DeviceBusy => return,
            Printer::Status { error: None, paper: Paper::Full | Paper::Low, .. } => DeviceState::Usable,
            Printer::Status { error: None, paper: Paper::Out, .. } => {
                user_error("no paper: put in a new roll")
            }
            Printer::Status { error: Some(error), .. } | Printer::Failed(error) => failed(error),
            Printer::Line { open: false } => closed("printer"),
            Printer::Line { open: true } => {
                step.effects.push(Effect::AskPrinter);
                return;
            }
            Printer::Printed => return,
        };
        if self.facts.printer != state {
            self.facts.printer = state.clone();
            self.device_changed(step, "printer", state);
        }
    }

    pub(super) fn device_changed(&self, step: &mut Step<'_>, device: &str, state: DeviceState) {
        let (usable, cause) = match state {
            DeviceState::Usable => (true, String::new()),
            DeviceState::Failed(cause) => (false, cause.text),
            DeviceState::Unknown => return,
        };
        self.record(step, DeviceChanged { device: device.to_owned(), usable, cause });
    }

    pub(super) fn on_camera(&mut self, step: &mut Step<'_>, event: CameraEvent) {
        if self.tries(TestedDevice::Camera) {
            return self.on_tried_camera(step, &event);
        }
        if self.code_due().is_some() {
            return self.on_code_camera(step, event);
        }
        if matches!(self.state, State::Living(_)) {
            return self.on_living_camera(step, event);
        }
        let State::Camera { picture, .. } = &mut self.state else { return };
        match event {
            CameraEvent::Opened => {
                if matches!(picture, Picture::Opening | Picture::Lost { .. }) {
                    *picture = Picture::Ready;
                }
                self.camera_is(step, DeviceState::Usable);
            }
            CameraEvent::Poor(fault) => *picture = Picture::Poor(fault),
            CameraEvent::Failed(error) => self.camera_failed(step, &error),
            // Of a search for a code that has ended.
            CameraEvent::Code(_) => {}
            // Of a sequence that was given up.
            CameraEvent::Sequence { .. } | CameraEvent::Proof { .. } => {}
            CameraEvent::Picture { png, quality } => {
                let State::Camera { sitter, proof, .. } = self.take() else { return };
                step.effects.push(Effect::CloseCamera);
                if let Some(visit) = &mut self.visit {
                    visit.pictures = visit.pictures.saturating_add(1);
                }
                let liveness = Liveness::Passed(proof);
                let body = FaceCaptured { subject: sitter.subject(), liveness, quality };
                let asked = self.record_sealed(step, body, png);
                match sitter {
                    Sitter::Borrower(terms) => self.enter(step, State::Matching { asked, terms }),
                    Sitter::Claimant(owed) => self.match_claimant(step, asked, *owed),
                    Sitter::Holder(holder) => self.match_holder(step, asked, *holder),
                    Sitter::Amender(amender) => self.match_amender(step, asked, *amender),
                    Sitter::Payer(payment) => self.match_payer(step, asked, *payment),
                    Sitter::Leaked(leaked) => self.match_leaked(step, asked, *leaked),
                    Sitter::Applicant(applicant) => {
                        let awaited = Awaited::Portrait;
                        self.register(step, Registering::Waiting { asked, applicant, awaited });
                    }
                }
            }
        }
    }

    /// A camera that works from the start is no news.
    pub(super) fn camera_is(&mut self, step: &mut Step<'_>, state: DeviceState) {
        let before = std::mem::replace(&mut self.facts.camera, state.clone());
        let no_news = before == DeviceState::Unknown && state == DeviceState::Usable;
        if before != state && !no_news {
            self.device_changed(step, "camera", state);
        }
    }

    /// A plug that slipped out is given time to be put back: the person has come too far to begin again.
    fn camera_failed(&mut self, step: &mut Step<'_>, error: &Error) {
        self.camera_is(step, failed(error));
        let State::Camera { picture, .. } = &mut self.state else { return };
        let now = step.now.mono;
        let since = match picture {
            Picture::Lost { since, .. } => *since,
            Picture::Opening | Picture::Ready | Picture::Poor(_) | Picture::NoMatch | Picture::Taking => now,
        };
        if !may_come_back(error.kind) || now >= since.plus_ms(CAMERA_BACK_MS) {
            self.end(step, Ending::CameraFailed);
            return;
        }
        *picture = Picture::Lost { since, again: now.plus_ms(CAMERA_AGAIN_MS) };
    }

    /// When a lost camera is to be opened again.
    pub(super) const fn camera_due(&self) -> Option<Mono> {
        match &self.state {
            State::Camera { picture: Picture::Lost { again, .. }, .. } => Some(*again),
            _ => None,
        }
    }

    pub(super) fn look_for_camera(&mut self, step: &mut Step<'_>) {
        let now = step.now.mono;
        let State::Camera { picture: Picture::Lost { since, again }, .. } = &mut self.state else { return };
        if now >= since.plus_ms(CAMERA_BACK_MS) {
            self.end(step, Ending::CameraFailed);
        } else if now >= *again {
            *again = now.plus_ms(CAMERA_AGAIN_MS);
            step.effects.push(Effect::OpenCamera);
        }
    }
}

/// Whether a plug put back cures it.
const fn may_come_back(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Offline | ErrorKind::NoDevice | ErrorKind::PowerOff | ErrorKind::Starting)
}

/// Cause and action.
pub(super) fn failed(error: &Error) -> DeviceState {
    DeviceState::Failed(Cause::new(error.kind, format!("{error}: {}", error.kind.action())))
}

/// What whoever stands there cures with their hands.
pub(super) fn user_error(text: impl Into<String>) -> DeviceState {
    DeviceState::Failed(Cause::new(ErrorKind::UserError, text))
}

pub(super) fn closed(device: &str) -> DeviceState {
    failed(&Error::new(ErrorKind::Offline, format!("the line to the {device} is closed")))
}
