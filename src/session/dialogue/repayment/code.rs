//! The contract is named by the QR code of an earlier receipt, held before the camera.
//!
//! The camera runs only while this stage lasts: a code of ours ends it, and so do a way back, the end of the visit, a camera
//! that fails, and [`READ_MS`]. A code of somebody else ends nothing; the payer is told and may show another.

use senim_domain::Secret;
use senim_domain::payment_code::{self, PaymentCodeError};
use senim_domain::time::Mono;
use senim_hal::Error;

use super::{NumberError, Repay};
use crate::dialogue::devices::failed;
use crate::dialogue::{Session, Step};
use crate::effect::Effect;
use crate::event::CameraEvent;
use crate::facts::DeviceState;
use crate::state::State;

/// How long a code is looked for, ms: time to find the receipt in a pocket, not to leave a camera running.
pub const READ_MS: u64 = 60_000;

/// A code is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Then the number is typed.
    pub until: Mono,
    /// What was wrong with the last code.
    pub fault: Option<CodeFault>,
}

/// What is wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// It is for something else.
    Foreign,
    /// It is ours and its digits do not fit together.
    Digits,
}

impl Session {
    /// The camera opens and looks for a code.
    pub(super) fn read_code(&mut self, step: &mut Step<'_>) {
        step.effects.push(Effect::ReadCode);
        let until = step.now.mono.plus_ms(READ_MS);
        self.repay_at(step, Repay::Reading(Reading { until, fault: None }));
    }

    /// The camera closes and the number is typed.
    pub(super) fn type_instead(&mut self, step: &mut Step<'_>, error: Option<NumberError>) {
        step.effects.push(Effect::CloseCamera);
        self.repay_at(step, Repay::Number { error });
    }

    fn reading(&mut self) -> Option<&mut Reading> {
        match &mut self.state {
            State::Repay(repay) => match &mut **repay {
                Repay::Reading(reading) => Some(reading),
                _ => None,
            },
            _ => None,
        }
    }

    pub(in crate::dialogue) fn on_code_camera(&mut self, step: &mut Step<'_>, event: CameraEvent) {
        match event {
            CameraEvent::Opened => self.camera_is(step, DeviceState::Usable),
            CameraEvent::Failed(error) => self.no_camera(step, &error),
            CameraEvent::Code(text) => self.code_shown(step, &text),
            // Of a face that nobody waits for any more.
            CameraEvent::Picture { .. }
            | CameraEvent::Poor(_)
            | CameraEvent::Sequence { .. }
            | CameraEvent::Proof { .. } => {}
        }
    }

    fn no_camera(&mut self, step: &mut Step<'_>, error: &Error) {
        self.camera_is(step, failed(error));
        self.type_instead(step, Some(NumberError::NoCamera));
    }

    fn code_shown(&mut self, step: &mut Step<'_>, text: &Secret) {
        match payment_code::read(text.expose()) {
            Ok(number) => {
                step.effects.push(Effect::CloseCamera);
                self.number_known(step, Secret::new(number.as_str().to_owned()));
            }
            Err(error) => {
                if let Some(reading) = self.reading() {
                    reading.fault = Some(match error {
                        PaymentCodeError::Foreign => CodeFault::Foreign,
                        PaymentCodeError::Number(_) => CodeFault::Digits,
                    });
                }
            }
        }
    }

    /// When the search for a code ends.
    pub(in crate::dialogue) fn code_due(&self) -> Option<Mono> {
        match &self.state {
            State::Repay(repay) => match &**repay {
                Repay::Reading(reading) => Some(reading.until),
                _ => None,
            },
            _ => None,
        }
    }

    pub(in crate::dialogue) fn code_time(&mut self, step: &mut Step<'_>) {
        if self.code_due().is_some_and(|until| step.now.mono >= until) {
            self.type_instead(step, Some(NumberError::NoCode));
        }
    }
}
