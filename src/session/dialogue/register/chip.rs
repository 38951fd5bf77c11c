//! The chip of an identity document in place of typing: what opens it is typed, the document is laid down, read and let go.
//!
//! Typing the IIN is one touch away on each of these screens. What the chip told goes sealed to the MFO, which compares it
//! with the state's data; here only a document that is over, or is not the person's who typed, is sent back. A forged one is
//! not turned away here: the MFO hears of it and refuses.

use jiff::civil::Date;
use senim_domain::rule_pack::{ClientType, SessionTimes};
use senim_domain::{Secret, calendar};
use senim_hal::identity_document::{Access, Command, Event, Fault, Read};

use super::super::idle::Clock;
use super::super::{Session, Step};
use crate::action::Decision;
use crate::effect::Effect;
use crate::facts::DeviceState;
use crate::registration::{ChipProblem, ChipStage, ChipUse, Printed, Registering};
use crate::state::{Ending, State};

/// How often what opens a chip may be typed for one document.
const TRIES: u8 = 3;

impl Session {
    /// Whether there is a reader for documents that works.
    #[must_use]
    pub fn reads_documents(&self) -> bool {
        let reader = self.setup.identity_document.map(|reader| reader.device);
        reader.is_some_and(|device| {
            !matches!(self.facts.peripherals.get(&device), Some(DeviceState::Failed(_)))
        })
    }

    pub(super) const fn chip_offer(client_type: ClientType) -> Registering {
        Registering::Document(ChipUse { client_type, tries_left: TRIES, stage: ChipStage::Offer })
    }

    fn chip(&mut self, step: &Step<'_>, used: ChipUse) {
        self.register(step, Registering::Document(used));
    }

    /// The document is let go, if there is a reader for one.
    pub(in crate::dialogue) fn close_chip(&self, step: &mut Step<'_>) {
        if self.setup.identity_document.is_some() {
            step.effects.push(Effect::IdentityDocument(Command::Close));
        }
    }

    pub(super) fn chip_problem(
        &mut self,
        step: &mut Step<'_>,
        client_type: ClientType,
        problem: ChipProblem,
    ) {
        self.close_chip(step);
        let stage = ChipStage::Problem { problem, access: None };
        self.chip(step, ChipUse { client_type, tries_left: TRIES, stage });
    }

    /// The IIN is typed, and nothing of a document is kept.
    fn without_chip(&mut self, step: &mut Step<'_>, client_type: ClientType) {
        self.close_chip(step);
        self.register(step, Self::iin_typed(client_type));
    }

    fn lay(&mut self, step: &mut Step<'_>, used: ChipUse, access: Access) {
        step.effects.push(Effect::IdentityDocument(Command::Open { access: access.clone() }));
        self.chip(step, ChipUse { stage: ChipStage::Lay { access }, ..used });
    }

    /// What the person decides on a screen with a document.
    pub(super) fn decide_chip(&mut self, step: &mut Step<'_>, mut used: ChipUse, decision: Decision) {
        let stage = std::mem::replace(&mut used.stage, ChipStage::Offer);
        match (stage, decision) {
            (ChipStage::Offer, Decision::Confirm) => {
                self.chip(step, ChipUse { stage: ChipStage::AccessNumber { wrong: false }, ..used });
            }
            (ChipStage::AccessNumber { .. }, Decision::Enter(digits)) => {
                self.lay(step, used, Access::AccessNumber(digits));
            }
            // There is no such number on it.
            (ChipStage::AccessNumber { .. }, Decision::Decline) => self.chip(step, printed_of(used, false)),
            (ChipStage::Printed { typed, .. }, Decision::Enter(text)) => {
                self.type_printed(step, used, typed, text);
            }
            (
                ChipStage::Offer
                | ChipStage::Printed { .. }
                | ChipStage::Lay { .. }
                | ChipStage::Problem { .. },
                Decision::Decline,
            ) => self.without_chip(step, used.client_type),
            (ChipStage::Problem { problem, .. }, Decision::Confirm) if problem.may_retry() => {
                self.close_chip(step);
                self.chip(step, ChipUse { stage: ChipStage::AccessNumber { wrong: false }, ..used });
            }
            (ChipStage::Problem { .. }, Decision::Confirm) => self.without_chip(step, used.client_type),
            (stage, _) => {
                self.state = State::Register(Box::new(Registering::Document(ChipUse { stage, ..used })))
            }
        }
    }

    fn type_printed(&mut self, step: &mut Step<'_>, used: ChipUse, typed: Printed, text: Secret) {
        match typed {
            Printed { number: None, .. } => {
                let typed = Printed { number: Some(text), birth_date: None };
                self.chip(step, ChipUse { stage: ChipStage::Printed { typed, wrong: false }, ..used });
            }
            Printed { number, birth_date: None } => {
                let birth_date = short_date(&text);
                let wrong = birth_date.is_none();
                let typed = Printed { number, birth_date };
                self.chip(step, ChipUse { stage: ChipStage::Printed { typed, wrong }, ..used });
            }
            Printed { number: Some(number), birth_date: Some(birth_date) } => match short_date(&text) {
                Some(expiry_date) => {
                    self.lay(step, used, Access::Printed { number, birth_date, expiry_date });
                }
                None => {
                    let typed = Printed { number: Some(number), birth_date: Some(birth_date) };
                    self.chip(step, ChipUse { stage: ChipStage::Printed { typed, wrong: true }, ..used });
                }
            },
        }
    }

    /// What the document or its reader tells.
    pub(in crate::dialogue) fn on_chip(&mut self, step: &mut Step<'_>, event: Event) {
        let used = match self.take() {
            State::Register(stage) => match *stage {
                Registering::Document(used) => used,
                stage => return self.state = State::Register(Box::new(stage)),
            },
            other => return self.state = other,
        };
        let ChipUse { client_type, tries_left, stage } = used;
        let used = |stage| ChipUse { client_type, tries_left, stage };
        match (event, stage) {
            (
                Event::Reading,
                ChipStage::Lay { access }
                | ChipStage::Problem { problem: ChipProblem::Withdrawn, access: Some(access) },
            ) => self.chip(step, used(ChipStage::Reading { access })),
            (Event::Read(read), ChipStage::Reading { .. }) => self.chip_read(step, client_type, read),
            (Event::WrongAccess, ChipStage::Reading { access }) => {
                self.wrong_access(step, client_type, tries_left, &access);
            }
            (Event::Removed, ChipStage::Reading { access }) => {
                let again = Command::Open { access: access.clone() };
                step.effects.push(Effect::IdentityDocument(again));
                let problem = ChipProblem::Withdrawn;
                self.chip(step, used(ChipStage::Problem { problem, access: Some(access) }));
            }
            (
                Event::Failed(fault),
                ChipStage::Lay { access }
                | ChipStage::Reading { access }
                | ChipStage::Problem { problem: ChipProblem::Withdrawn, access: Some(access) },
            ) => self.chip_failed(step, used(ChipStage::Offer), fault, &access),
            (_, stage) => self.state = State::Register(Box::new(Registering::Document(used(stage)))),
        }
    }

    fn wrong_access(&mut self, step: &mut Step<'_>, client_type: ClientType, tries: u8, access: &Access) {
        self.close_chip(step);
        let tries_left = tries.saturating_sub(1);
        if tries_left == 0 {
            return self.chip_problem(step, client_type, ChipProblem::TooManyTries);
        }
        self.chip(step, again(ChipUse { client_type, tries_left, stage: ChipStage::Offer }, access));
    }

    fn chip_failed(&mut self, step: &mut Step<'_>, used: ChipUse, fault: Fault, access: &Access) {
        let problem = match fault {
            Fault::PrintedNeeded => {
                self.close_chip(step);
                return self.chip(step, printed_of(used, false));
            }
            Fault::AccessForm => return self.chip(step, again(used, access)),
            Fault::NotADocument => ChipProblem::NotADocument,
            Fault::Unusable => ChipProblem::Unusable,
            Fault::Unclear => ChipProblem::Unclear,
            Fault::Reader => ChipProblem::Reader,
        };
        self.chip_problem(step, used.client_type, problem);
    }

    fn chip_read(&mut self, step: &mut Step<'_>, client_type: ClientType, read: Box<Read>) {
        let (Some(min_age), Some(today)) =
            (self.facts.pack(step.now.utc).map(|pack| pack.min_age), calendar::local_date(step.now.utc))
        else {
            return self.end(step, Ending::Unreachable);
        };
        // Whoever is too young is told so before a document that is over is spoken of.
        let age = born(&read.birth_date, today).and_then(|born| calendar::full_years(born, today));
        if age.is_some_and(|age| age < min_age) {
            return self.end(step, Ending::UnderAge);
        }
        if read.expires.expose().parse::<Date>().is_ok_and(|last| last < today) {
            return self.chip_problem(step, client_type, ChipProblem::Expired);
        }
        match read.iin.clone() {
            Some(iin) => self.request_registration(step, client_type, iin, Some(read)),
            None => {
                self.register(step, Registering::Iin { client_type, invalid: false, chip: Some(read) });
            }
        }
    }

    pub(super) fn back_in_chip(&mut self, step: &mut Step<'_>) {
        let State::Register(stage) = &self.state else { return };
        let Registering::Document(used) = stage.as_ref() else { return };
        let (client_type, tries_left) = (used.client_type, used.tries_left);
        let earlier = match &used.stage {
            ChipStage::Offer => return self.register(step, Registering::ClientType),
            ChipStage::Printed { .. } | ChipStage::Lay { .. } => ChipStage::AccessNumber { wrong: false },
            ChipStage::AccessNumber { .. } | ChipStage::Problem { .. } => ChipStage::Offer,
            ChipStage::Reading { .. } => return,
        };
        self.close_chip(step);
        self.chip(step, ChipUse { client_type, tries_left, stage: earlier });
    }

    /// The chip did not answer in time. `false`: nothing of this kind was awaited.
    pub(in crate::dialogue) fn give_up_chip(&mut self, step: &mut Step<'_>) -> bool {
        let State::Register(stage) = &self.state else { return false };
        let Registering::Document(used) = stage.as_ref() else { return false };
        self.chip_problem(step, used.client_type, ChipProblem::Unclear);
        true
    }

    pub(in crate::dialogue) const fn chip_clock(stage: &ChipStage, times: SessionTimes) -> Clock {
        match stage {
            ChipStage::Reading { .. } => Clock::Answer(times.answer_seconds),
            ChipStage::Offer
            | ChipStage::AccessNumber { .. }
            | ChipStage::Printed { .. }
            | ChipStage::Lay { .. }
            | ChipStage::Problem { .. } => Clock::Person(times.input_seconds),
        }
    }
}

fn printed_of(used: ChipUse, wrong: bool) -> ChipUse {
    ChipUse { stage: ChipStage::Printed { typed: Printed::default(), wrong }, ..used }
}

/// The same thing is typed again.
fn again(used: ChipUse, access: &Access) -> ChipUse {
    match access {
        Access::AccessNumber(_) => ChipUse { stage: ChipStage::AccessNumber { wrong: true }, ..used },
        Access::Printed { .. } => printed_of(used, true),
    }
}

/// A date typed as it is printed, DDMMYYYY, as the machine-readable zone has it, YYMMDD; `None`: no day.
fn short_date(typed: &Secret) -> Option<Secret> {
    let text = typed.expose();
    let (day, month, year) = (text.get(..2)?, text.get(2..4)?, text.get(6..8)?);
    let whole: i16 = text.get(4..)?.parse().ok()?;
    Date::new(whole, month.parse().ok()?, day.parse().ok()?).ok()?;
    let mut short = String::with_capacity(16);
    for part in [year, month, day] {
        short.push_str(part);
    }
    Some(Secret::new(short))
}

/// The last day that YYMMDD can have been; `None`: it is no day.
fn born(birth_date: &Secret, today: Date) -> Option<Date> {
    let text = birth_date.expose();
    let part = |from: usize| text.get(from..from.saturating_add(2))?.parse::<i8>().ok();
    let (year, month, day) = (part(0)?, part(2)?, part(4)?);
    let of = |century: i16| Date::new(century.saturating_add(i16::from(year)), month, day).ok();
    of(2000).filter(|date| *date <= today).or_else(|| of(1900))
}
