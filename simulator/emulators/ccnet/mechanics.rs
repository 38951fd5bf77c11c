//! The note's way: mouth, validator, escrow, point of no recall, cassette, and back. Decides where the note is and what
//! state that is on the wire; what the host asked is decided elsewhere.

use std::collections::BTreeMap;

use super::settings::Options;
use super::{Ccnet, Fault};

/// How long 45h and 46h last.
const PASSING_STATE_MS: u64 = 1_000;
/// Supply dips for this long unless the fault says otherwise.
const DIP_MS: u64 = 500;
/// 47h 50h.
const STACK_MOTOR: u8 = 0x50;
/// Refusals: not enabled, not recognised.
const INHIBIT: u8 = 0x68;
const IDENTIFICATION: u8 = 0x65;

/// Where the note in the device lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Can be given back.
    Validator,
    /// Past recall, on its way into the cassette.
    PastRecall,
}

/// The note in the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Note {
    /// Its face value.
    pub value: u32,
    /// Its type in the bill table, if it is known.
    #[serde(rename = "type")]
    pub kind: Option<u8>,
    /// Where it lies.
    pub place: Place,
}

/// Notes by face value.
pub type Notes = BTreeMap<u32, u64>;

/// The cassette that notes are stacked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cassette {
    /// In its place.
    pub seated: bool,
    /// What lies in it.
    pub notes: Notes,
}

/// Where all notes are that ever went in, so that none is lost unseen.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Ledger {
    /// Put in at the mouth.
    pub inserted: Notes,
    /// Given back at the mouth: returned, refused.
    pub returned: Notes,
    /// Pulled out by the fault `cheated`.
    pub pulled_out: Notes,
    /// Taken out of the path by a person.
    pub removed: Notes,
    /// Taken away with the cassette.
    pub collected: Notes,
}

/// What the firmware is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// 10h, 11h or 12h until RESET.
    PowerUp,
    Initialising {
        until_ms: u64,
    },
    /// 14h, 19h, 41h.
    Resting,
    /// 42h until the cassette is back.
    CassetteOut,
    Accepting {
        until_ms: u64,
        refuse: Option<u8>,
    },
    Paused {
        until_ms: u64,
        refuse: Option<u8>,
    },
    Escrow {
        until_ms: u64,
        held: bool,
    },
    /// To the cassette: until the point of no recall, then until the stack.
    Stacking {
        until_ms: u64,
    },
    Returning {
        until_ms: u64,
    },
    Rejecting {
        until_ms: u64,
        code: u8,
    },
    /// 43h or 44h until RESET.
    Jammed(u8),
    Cheated {
        until_ms: u64,
    },
    /// 47h until RESET.
    Failed(u8),
}

impl Stage {
    fn due_ms(self) -> Option<u64> {
        match self {
            Self::Initialising { until_ms }
            | Self::Accepting { until_ms, .. }
            | Self::Paused { until_ms, .. }
            | Self::Escrow { until_ms, .. }
            | Self::Stacking { until_ms }
            | Self::Returning { until_ms }
            | Self::Rejecting { until_ms, .. }
            | Self::Cheated { until_ms } => Some(until_ms),
            Self::PowerUp | Self::Resting | Self::CassetteOut | Self::Jammed(_) | Self::Failed(_) => None,
        }
    }
}

impl Ccnet {
    /// Puts a note to the mouth; `refuse` makes the validator dislike it with that 1Ch code.
    ///
    /// # Errors
    /// Why the mouth takes no note now; nothing has changed then.
    pub fn insert(&mut self, value: u32, refuse: Option<u8>, now_ms: u64) -> Result<(), String> {
        self.advance(now_ms);
        if !self.powered || self.stage != Stage::Resting || self.state_bytes() != [0x14] {
            let state = self.state_bytes();
            return Err(format!(
                "the acceptor draws no note in now (power {}, state {state:02x?})",
                self.powered
            ));
        }
        let kind = self.table.kind_of(value);
        let enabled = kind.is_some_and(|kind| self.enabled >> kind & 1 == 1);
        let refuse = match (refuse, kind) {
            (Some(code), _) => Some(code),
            (None, None) => Some(IDENTIFICATION),
            (None, Some(_)) => (!enabled).then_some(INHIBIT),
        };
        count(&mut self.ledger.inserted, value);
        self.note = Some(Note { value, kind, place: Place::Validator });
        self.stage = if self.faults.take(Fault::Pause).is_some() {
            Stage::Paused { until_ms: now_ms.saturating_add(PASSING_STATE_MS), refuse }
        } else {
            Stage::Accepting { until_ms: now_ms.saturating_add(self.options.accept_ms), refuse }
        };
        Ok(())
    }

    /// Seats the cassette or takes it out; what is past recall goes with it.
    pub fn set_cassette(&mut self, seated: bool, now_ms: u64) {
        self.advance(now_ms);
        if seated == self.cassette.seated {
            return;
        }
        self.cassette.seated = seated;
        // The protocol asks for a new ENABLE after the cassette was out (protocols 3, "reinsertion").
        self.enabled = 0;
        self.escrowed = 0;
        if !seated && self.note.is_some_and(|note| note.place == Place::PastRecall) {
            self.drop_into_cassette();
        }
        let starting = matches!(self.stage, Stage::PowerUp);
        if self.powered && !starting {
            self.stage = if seated {
                Stage::Initialising { until_ms: now_ms.saturating_add(self.options.init_ms) }
            } else {
                Stage::CassetteOut
            };
        }
    }

    /// A person empties the cassette, which has to be out.
    pub(super) fn collect(&mut self) {
        for (value, notes) in std::mem::take(&mut self.cassette.notes) {
            let sum = self.ledger.collected.entry(value).or_default();
            *sum = sum.saturating_add(notes);
        }
    }

    /// A person opens the device and takes the note out of its path.
    pub fn remove_note(&mut self) {
        if let Some(note) = self.note.take() {
            count(&mut self.ledger.removed, note.value);
            if !matches!(self.stage, Stage::PowerUp | Stage::CassetteOut) {
                self.stage = Stage::Jammed(0x43);
            }
        }
    }

    pub(super) fn is_full(&self) -> bool {
        let stacked: u64 = self.cassette.notes.values().sum();
        self.faults.peek(Fault::StackerFull).is_some() || stacked >= u64::from(self.options.capacity)
    }

    /// What POLL answers while no event waits.
    pub(super) fn state_bytes(&self) -> Vec<u8> {
        match self.stage {
            Stage::PowerUp => vec![match self.note.map(|note| note.place) {
                None if self.untold.is_some() && self.options.remembers_stacked => 0x12,
                None => 0x10,
                Some(Place::Validator) => 0x11,
                Some(Place::PastRecall) => 0x12,
            }],
            Stage::Initialising { .. } => vec![0x13],
            Stage::Resting if self.is_full() => vec![0x41],
            Stage::Resting if self.enabled == 0 => vec![0x19],
            Stage::Resting => vec![0x14],
            Stage::CassetteOut => vec![0x42],
            Stage::Accepting { .. } => vec![0x15],
            Stage::Paused { .. } => vec![0x46],
            Stage::Escrow { held: true, .. } => vec![0x1A],
            Stage::Escrow { held: false, .. } => vec![0x80, self.kind()],
            Stage::Stacking { .. } => vec![0x17],
            Stage::Returning { .. } => vec![0x18],
            Stage::Rejecting { code, .. } => vec![0x1C, code],
            Stage::Jammed(code) => vec![code],
            Stage::Cheated { .. } => vec![0x45],
            Stage::Failed(code) => vec![0x47, code],
        }
    }

    fn kind(&self) -> u8 {
        self.note.and_then(|note| note.kind).unwrap_or(0)
    }

    pub(super) fn mechanics_due_ms(&self) -> Option<u64> {
        let stuck = self.faults.peek(Fault::NoteStuck).is_some()
            && matches!(self.stage, Stage::Stacking { .. } | Stage::Returning { .. });
        let stage = self.stage.due_ms().filter(|_| self.powered && !stuck);
        stage.into_iter().chain(self.power_on_at_ms).min()
    }

    /// Lets everything happen that is due.
    pub(super) fn advance(&mut self, now_ms: u64) {
        while let Some(due_ms) = self.mechanics_due_ms().filter(|due_ms| *due_ms <= now_ms) {
            if self.power_on_at_ms == Some(due_ms) {
                self.set_power(true, due_ms);
            } else {
                self.step(due_ms);
            }
        }
    }

    fn step(&mut self, now_ms: u64) {
        let after = |ms: u64| now_ms.saturating_add(ms);
        match self.stage {
            Stage::Initialising { .. } => self.initialised(now_ms),
            Stage::Paused { refuse, .. } => {
                self.stage = Stage::Accepting { until_ms: after(self.options.accept_ms), refuse };
            }
            Stage::Accepting { refuse, .. } => self.accepted(refuse, now_ms),
            Stage::Escrow { .. } => self.give_back(now_ms),
            Stage::Stacking { .. } => self.stacking(now_ms),
            Stage::Returning { .. } => {
                if self.dip(Fault::PowerLossReturning, now_ms) {
                    return;
                }
                if self.faults.take(Fault::JamReturning).is_some() {
                    self.stage = Stage::Jammed(0x43);
                } else {
                    self.event = Some([0x82, self.kind()]);
                    self.out_of_the_mouth();
                }
            }
            Stage::Rejecting { .. } => self.out_of_the_mouth(),
            Stage::Cheated { .. } => self.stage = Stage::Resting,
            Stage::PowerUp | Stage::Resting | Stage::CassetteOut | Stage::Jammed(_) | Stage::Failed(_) => {}
        }
    }

    fn initialised(&mut self, now_ms: u64) {
        self.stage = Stage::Resting;
        let mut found = self.untold.take();
        match self.note.map(|note| note.place) {
            None => {}
            Some(Place::Validator) => self.give_back(now_ms),
            Some(Place::PastRecall) => {
                found = Some(self.kind());
                self.drop_into_cassette();
            }
        }
        if self.options.stacked_after_reset {
            self.event = found.map(|kind| [0x81, kind]).or(self.event);
        }
    }

    fn accepted(&mut self, refuse: Option<u8>, now_ms: u64) {
        if self.dip(Fault::PowerLossAccepting, now_ms) {
            return;
        }
        if self.faults.take(Fault::JamAccepting).is_some() {
            self.stage = Stage::Jammed(0x43);
        } else if let Some(code) = refuse {
            let until_ms = now_ms.saturating_add(self.options.return_ms);
            self.stage = Stage::Rejecting { until_ms, code };
        } else if self.escrowed >> self.kind() & 1 == 0 {
            self.stack(now_ms);
        } else if !self.dip(Fault::PowerLossEscrow, now_ms) {
            let until_ms = now_ms.saturating_add(self.options.escrow_ms);
            self.stage = Stage::Escrow { until_ms, held: false };
        }
    }

    pub(super) fn hold(&mut self, now_ms: u64) {
        let until_ms = now_ms.saturating_add(self.options.escrow_ms);
        self.stage = Stage::Escrow { until_ms, held: true };
    }

    pub(super) fn give_back(&mut self, now_ms: u64) {
        self.stage = Stage::Returning { until_ms: now_ms.saturating_add(self.options.return_ms) };
    }

    pub(super) fn stack(&mut self, now_ms: u64) {
        self.stage = Stage::Stacking { until_ms: now_ms.saturating_add(self.options.stack_ms / 2) };
    }

    /// At the point of no recall, or in the cassette.
    fn stacking(&mut self, now_ms: u64) {
        let Some(note) = &mut self.note else { return self.stage = Stage::Resting };
        match note.place {
            Place::Validator => {
                if self.faults.take(Fault::JamStacking).is_some() {
                    self.stage = Stage::Jammed(0x43);
                } else if self.faults.take(Fault::StackMotor).is_some() {
                    self.stage = Stage::Failed(STACK_MOTOR);
                } else if self.faults.take(Fault::Cheated).is_some() {
                    count(&mut self.ledger.pulled_out, note.value);
                    self.note = None;
                    self.stage = Stage::Cheated { until_ms: now_ms.saturating_add(PASSING_STATE_MS) };
                } else if !self.dip(Fault::PowerLossStacking, now_ms)
                    && let Some(note) = &mut self.note
                {
                    note.place = Place::PastRecall;
                    if !self.dip(Fault::PowerLossPastRecall, now_ms) {
                        self.stack(now_ms);
                    }
                }
            }
            Place::PastRecall => {
                if self.faults.take(Fault::JamCassette).is_some() {
                    self.stage = Stage::Jammed(0x44);
                } else {
                    self.event = Some([0x81, self.kind()]);
                    self.drop_into_cassette();
                    self.stage = Stage::Resting;
                    self.dip(Fault::PowerLossStacked, now_ms);
                }
            }
        }
    }

    /// Lets a power loss strike, if it is set.
    fn dip(&mut self, fault: Fault, now_ms: u64) -> bool {
        let Some(spec) = self.faults.take(fault) else { return false };
        self.set_power(false, now_ms);
        self.power_on_at_ms = Some(now_ms.saturating_add(spec.delay_ms.unwrap_or(DIP_MS)));
        true
    }

    pub(super) fn drop_into_cassette(&mut self) {
        if let Some(note) = self.note.take() {
            count(&mut self.cassette.notes, note.value);
        }
    }

    fn out_of_the_mouth(&mut self) {
        if let Some(note) = self.note.take() {
            count(&mut self.ledger.returned, note.value);
        }
        self.stage = Stage::Resting;
    }

    /// A jam or a part that failed holds it up until RESET.
    #[must_use]
    pub const fn is_held_up(&self) -> bool {
        matches!(self.stage, Stage::Jammed(_) | Stage::Failed(_))
    }

    /// All notes inserted are somewhere.
    #[must_use]
    pub fn balanced(&self) -> bool {
        let mut places = Notes::new();
        let ledger = &self.ledger;
        for notes in
            [&ledger.returned, &ledger.pulled_out, &ledger.removed, &ledger.collected, &self.cassette.notes]
        {
            for (value, count) in notes {
                let sum = places.entry(*value).or_default();
                *sum = sum.saturating_add(*count);
            }
        }
        if let Some(note) = self.note {
            count(&mut places, note.value);
        }
        places == ledger.inserted
    }
}

fn count(notes: &mut Notes, value: u32) {
    let sum = notes.entry(value).or_default();
    *sum = sum.saturating_add(1);
}

impl Default for Cassette {
    fn default() -> Self {
        Self { seated: true, notes: Notes::new() }
    }
}

/// Settings that have to fit the device.
pub(super) fn check(options: &Options) -> Result<(), String> {
    if options.part.len() > 15
        || options.serial.len() > 12
        || !options.part.is_ascii()
        || !options.serial.is_ascii()
    {
        return Err("part has up to 15 and serial up to 12 ASCII characters".to_owned());
    }
    Ok(())
}
