//! The clock of the dialogue: warnings, ends, and regular questions to devices.

use senim_domain::time::{Mono, Stamp};

use super::{Session, Step};
use crate::effect::Effect;
use crate::facts::DeviceState;
use crate::registration::Registering;
use crate::state::{Ending, PayPhase, SigningPhase, State};

/// How often devices are asked while one of them fails, ms: it serves again within 10 s of being cured.
const FAILED_POLL_MS: u64 = 5_000;

/// What runs on the current screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// Nothing: nobody is here, or money is moving.
    None,
    /// The person has this long until the warning, then `warning_seconds`.
    Person(u32),
    /// The MFO has this long.
    Answer(u32),
    /// A phone, and then the MFO, have until this moment; nobody touches the screen meanwhile.
    Phone(Mono),
    /// Notes lie in the open shutter this long, then they are taken back.
    Notes(u32),
    /// The screen stays this long.
    Farewell(u32),
}

impl Session {
    fn clock(&self) -> Clock {
        let Some(pack) = self.facts.rule_pack.as_deref() else { return Clock::None };
        let times = pack.session;
        match &self.state {
            State::Paying { phase: PayPhase::Taking, .. } => {
                Clock::Notes(times.input_seconds.saturating_add(times.warning_seconds))
            }
            State::Idle | State::Paying { .. } | State::Service(_) => Clock::None,
            State::Signing(signing) => match (&signing.phase, Self::signing_until(signing)) {
                (_, Some(until)) => Clock::Phone(until),
                (SigningPhase::Choosing | SigningPhase::Refused { .. }, None) => {
                    Clock::Person(times.input_seconds)
                }
                (_, None) => Clock::Answer(times.answer_seconds),
            },
            State::Repay(repay) => self.repayment_clock(repay, times),
            State::Remainder(stage) => Self::remainder_clock(stage, times),
            State::Cabinet(cabinet) => Self::cabinet_clock(&cabinet.stage, times),
            State::Waiting(stage) => Self::waiting_clock(stage, times),
            State::LoggingIn(stage) => Self::login_clock(stage, times),
            State::Access(access) => Self::access_clock(&access.stage, times),
            State::Card(used) => Self::card_clock(&used.stage, times),
            State::Amend(amending) => Self::amending_clock(&amending.stage, times),
            State::Way(way) => Self::way_clock(&way.stage, times),
            State::Transfer(stage) => Self::transfer_clock(stage, times),
            State::Leak(stage) => Self::leak_clock(stage, times),
            State::Living(living) => Self::living_clock(&living.stage, times),
            State::Menu
            | State::EnterIin { .. }
            | State::EnterCode { .. }
            | State::Unfinished { .. }
            | State::Amount { .. }
            | State::Purpose { .. }
            | State::Camera { .. }
            | State::Agree { .. }
            | State::ReadyToPay { .. } => Clock::Person(times.input_seconds),
            State::Information(_)
            | State::Prepare(_)
            | State::Acquaint(_)
            | State::Schedules { .. }
            | State::Contract { .. }
            | State::Pressure { .. }
            | State::Intrusion(_) => Clock::Person(times.reading_seconds),
            State::LookingUp { .. }
            | State::CheckingCode { .. }
            | State::Deciding { .. }
            | State::Drafting { .. }
            | State::Matching { .. }
            | State::Concluding { .. }
            | State::Authorising { .. } => Clock::Answer(times.answer_seconds),
            State::Register(stage) => match stage.as_ref() {
                Registering::Document(used) => Self::chip_clock(&used.stage, times),
                Registering::Needs
                | Registering::Referral
                | Registering::Consent { .. }
                | Registering::OwnConsent { .. }
                | Registering::Statement { .. }
                | Registering::Person { .. } => Clock::Person(times.reading_seconds),
                Registering::ClientType
                | Registering::Iin { .. }
                | Registering::Code { .. }
                | Registering::Method { .. }
                | Registering::AccessCode { .. }
                | Registering::Phone { .. }
                | Registering::BeforePicture { .. }
                | Registering::PinOffer { .. }
                | Registering::Pin { .. }
                | Registering::Done { .. } => Clock::Person(times.input_seconds),
                Registering::Waiting { .. } | Registering::SettingPin { .. } => {
                    Clock::Answer(times.answer_seconds)
                }
                // The person looks at the phone; the wait ends by itself.
                Registering::AccessReply { .. } => Clock::None,
            },
            // Time enough to read, and to take a picture of the code on it.
            State::Advice { .. } | State::TakeCard => {
                Clock::Farewell(times.input_seconds.saturating_add(times.warning_seconds))
            }
            State::Receipt(_) | State::End { .. } => Clock::Farewell(times.farewell_seconds),
        }
    }

    fn warning_ms(&self) -> u64 {
        self.facts.rule_pack.as_deref().map_or(0, |pack| ms(pack.session.warning_seconds))
    }

    fn quiet_since(&self) -> Mono {
        self.visit.map_or(self.entered_at, |visit| visit.active_at.max(self.entered_at))
    }

    /// Seconds until the visit is ended for lack of a touch, once the warning is up.
    #[must_use]
    pub fn still_there_seconds(&self, now: &Stamp) -> Option<u32> {
        let Clock::Person(seconds) = self.clock() else { return None };
        let warn_at = self.quiet_since().plus_ms(ms(seconds));
        if now.mono < warn_at {
            return None;
        }
        let left = warn_at.plus_ms(self.warning_ms()).since(now.mono);
        Some(u32::try_from(left.div_ceil(1000)).unwrap_or(u32::MAX))
    }

    /// When [`Event::Timeout`](crate::event::Event::Timeout) is wanted.
    #[must_use]
    pub fn poll_timeout(&self, now: &Stamp) -> Option<Mono> {
        let screen = match self.clock() {
            Clock::None => None,
            Clock::Phone(until) => Some(self.next_countdown(now).map_or(until, |second| second.min(until))),
            Clock::Person(seconds) => {
                let warn_at = self.quiet_since().plus_ms(ms(seconds));
                if now.mono < warn_at {
                    Some(warn_at)
                } else {
                    Some(now.mono.plus_ms(1000).min(warn_at.plus_ms(self.warning_ms())))
                }
            }
            Clock::Answer(seconds) | Clock::Notes(seconds) | Clock::Farewell(seconds) => {
                Some(self.entered_at.plus_ms(ms(seconds)))
            }
        };
        let devices = (self.started && self.asks_devices()).then_some(self.devices_due);
        let second = self.next_countdown(now);
        [
            screen,
            second,
            devices,
            self.battery_due(),
            self.camera_due(),
            self.registration_due(),
            self.call_due(),
            self.cash_in_due(),
            self.code_due(),
            self.service_due(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Screens that count down are drawn anew each second; other screens have nothing to redraw.
    fn next_countdown(&self, now: &Stamp) -> Option<Mono> {
        let until = match &self.state {
            State::EnterCode { login, .. } => Some(login.until),
            State::Register(stage) => stage.counts_to(),
            State::Access(access) => access.stage.counts_to(),
            State::Leak(stage) => stage.counts_to(),
            _ => self
                .code_due()
                .or_else(|| self.signing_code().or_else(|| self.check_code()).map(|(_, until)| until)),
        };
        until.filter(|until| *until > now.mono).map(|until| now.mono.plus_ms(1000).min(until))
    }

    /// A device that failed is asked more often: the answer to "have I cured it?" shall not take half a minute.
    fn device_pause_ms(&self) -> u64 {
        let facts = &self.facts;
        let mut states = facts.peripherals.values().chain([&facts.dispenser, &facts.printer]);
        let failed = states.any(|state| matches!(state, DeviceState::Failed(_)));
        if failed { self.setup.device_poll_ms.min(FAILED_POLL_MS) } else { self.setup.device_poll_ms }
    }

    /// Called at the end of every step: whatever the clock asks for.
    pub(super) fn on_time(&mut self, step: &mut Step<'_>) {
        let now = step.now;
        match self.clock() {
            Clock::None => {}
            Clock::Person(seconds) => {
                let end_at = self.quiet_since().plus_ms(ms(seconds)).plus_ms(self.warning_ms());
                if now.mono >= end_at {
                    self.end(step, Ending::TimedOut);
                }
            }
            Clock::Answer(seconds) => {
                if now.mono >= self.entered_at.plus_ms(ms(seconds)) {
                    if matches!(self.state, State::Authorising { .. }) {
                        self.give_up_authorisation(step);
                    } else if !self.give_up_pin(step)
                        && !self.give_up_booking(step)
                        && !self.give_up_cabinet(step)
                        && !self.give_up_access(step)
                        && !self.give_up_card(step)
                        && !self.give_up_chip(step)
                        && !self.give_up_amending(step)
                        && !self.give_up_remainder(step)
                        && !self.give_up_cancelling(step)
                        && !self.give_up_transfer(step)
                    {
                        self.end(step, Ending::Unreachable);
                    }
                }
            }
            Clock::Phone(until) => {
                if now.mono >= until {
                    if matches!(self.state, State::Living(_)) {
                        self.end(step, Ending::Unreachable);
                    } else {
                        self.signing_timed_out(step);
                    }
                }
            }
            Clock::Notes(seconds) => {
                if now.mono >= self.entered_at.plus_ms(ms(seconds)) {
                    self.notes_were_left(step);
                }
            }
            Clock::Farewell(seconds) => {
                if now.mono >= self.entered_at.plus_ms(ms(seconds)) {
                    self.done(step);
                }
            }
        }
        self.give_up_waiting_test(now.mono);
        self.look_for_camera(step);
        self.wait_for_access(step);
        self.wait_for_call(step);
        self.cash_in_time(step);
        self.code_time(step);
        self.service_time(step);
        if self.started && self.asks_devices() && now.mono >= self.devices_due {
            self.devices_due = now.mono.plus_ms(self.device_pause_ms());
            self.ask_dispenser(step);
            step.effects.push(Effect::AskPrinter);
            step.effects.push(Effect::AskPeripherals);
        }
    }
}

fn ms(seconds: u32) -> u64 {
    u64::from(seconds).saturating_mul(1000)
}
