//! What a poll's answer means for the note, for the command under way and for those who listen.
//!
//! The device repeats 81h and 82h until it hears our ACK, so the same event in a row is one event. Anything else that it
//! claims of a note has to fit the note in escrow and the command written for it; what does not is a contradiction.

use senim_domain::Mono;
use senim_domain::cash::Denomination;
use senim_hal::cash_acceptor::{Event, Stacker};
use senim_hal::{Error, ErrorKind};

use super::machine::{EnableStep, Job, Machine, Way, Written};
use super::meaning::{self, State, error};
use super::note::{Note, Stage};

/// Polls in a row that must show the device at rest, or unmoved by a command it did not accept, before that is believed:
/// one answer may be older than the command.
const SETTLED: u32 = 3;

impl Machine {
    pub(super) fn judge(&mut self, state: State, now: Mono) {
        let before = self.state.replace(state);
        let changed = before != Some(state);
        self.still = if changed { 1 } else { self.still.saturating_add(1) };
        match state {
            State::Escrow(kind) => self.in_escrow(Some(kind), changed, now),
            State::Holding => self.in_escrow(None, changed, now),
            State::Stacked(kind) => self.stacked(kind, changed),
            State::Returned(kind) => self.returned(kind, changed),
            State::Stacking => self.moving(changed),
            State::Returning => self.given_back(),
            State::Rejecting(code) => self.rejecting(code, changed),
            State::Accepting => self.accepting(changed),
            State::Jammed(_) | State::Failed(_) => self.jammed(state, changed),
            State::Cheated | State::Paused => self.troubled(state, changed),
            State::PowerUp(_) => self.powered_up(state, before),
            State::Idling | State::Disabled | State::Full | State::Missing | State::Initialising => {
                self.at_rest(state);
            }
            State::Busy | State::Other(_) => {}
        }
        if !matches!(state, State::PowerUp(_)) {
            self.found_told = false;
        }
        self.stacker_shown(state);
        self.proceed(state);
    }

    // The note.

    fn in_escrow(&mut self, kind: Option<u8>, changed: bool, now: Mono) {
        // A note given up for lost that is shown as before is still that note.
        let known = |note: &&mut Note| note.is_open() || !changed;
        match (self.note.as_mut().filter(known), kind) {
            (Some(note), kind) if kind.is_none_or(|kind| kind == note.kind) => {
                if !note.is_open() {
                    note.stage = Stage::Escrow;
                }
                self.unmoved();
            }
            (_, Some(kind)) => {
                self.vanish(None);
                self.arrive(kind, changed, now);
            }
            (_, None) if changed => self.contradict("a note is held that was never in escrow (1A)"),
            (_, None) => {}
        }
    }

    fn arrive(&mut self, kind: u8, changed: bool, now: Mono) {
        let offered = self.offered & meaning::bit(kind) != 0;
        let note = self.bills.as_ref().and_then(|bills| bills.note(kind)).filter(|_| offered);
        let Some(denomination) = note else {
            if changed {
                let words = format!("a note that was not asked for is in escrow (80 {kind:02X})");
                self.contradict(&words);
            }
            return;
        };
        self.note = Some(Note {
            kind,
            denomination,
            stage: Stage::Escrow,
            refused: None,
            hold_at: Some(now.plus_ms(self.config.hold_ms)),
            return_at: Some(now.plus_ms(self.config.escrow_ms_max)),
        });
        self.tell(Event::Escrowed(denomination));
    }

    /// The device shows the note in escrow although STACK or RETURN was written.
    fn unmoved(&mut self) {
        let refused = |written: &Written| matches!(written, Written::Once { accepted: false, .. });
        let ours = match &self.job {
            Job::Move { written, .. } => refused(written),
            _ => self.own_return.as_ref().is_some_and(refused),
        };
        if ours && self.still >= SETTLED {
            if let Some(note) = &mut self.note {
                note.stage = Stage::Escrow;
            }
            let words = "the command was not accepted; the note is still in escrow";
            self.end_way(Event::Unanswered(error(ErrorKind::HardwareError, words)));
        }
    }

    /// Ends the command that moves the note, or the driver's own RETURN.
    fn end_way(&mut self, event: Event) {
        self.own_return = None;
        if matches!(self.job, Job::Move { .. }) {
            self.job = Job::Idle;
        }
        self.tell(event);
    }

    const fn is_on_way(&self) -> bool {
        self.own_return.is_some() || matches!(self.job, Job::Move { .. })
    }

    fn stacked(&mut self, kind: u8, changed: bool) {
        if let Some(note) = self.note.take_if(|note| note.kind == kind && note.was_sent_to_stack()) {
            self.end_way(Event::Stacked(note.denomination));
        } else if changed {
            self.contradict(&format!("a note was stacked that no command of ours explains (81 {kind:02X})"));
            self.vanish(None);
        }
    }

    fn returned(&mut self, kind: u8, changed: bool) {
        let known = self.bills.as_ref().and_then(|bills| bills.note(kind));
        if let Some(note) = self.note.take_if(|note| note.kind == kind) {
            self.end_way(Event::Returned(note.denomination));
        } else if changed {
            match (&self.job, known) {
                // A reset brings back what lay in the validator.
                (Job::Reset(Written::Once { .. }), Some(note)) => self.tell(Event::Returned(note)),
                _ => {
                    self.contradict(&format!("a note was returned that was not in escrow (82 {kind:02X})"));
                    self.vanish(None);
                }
            }
        }
    }

    fn moving(&mut self, changed: bool) {
        let unasked = match &self.note {
            Some(note) if note.is_open() => note.stage == Stage::Escrow,
            _ => !matches!(self.job, Job::Reset(_)) && self.note.is_none(),
        };
        if unasked && changed {
            self.contradict("a note is being stacked without a command of ours (17)");
        }
    }

    fn given_back(&mut self) {
        if let Some(note) = &mut self.note
            && note.stage == Stage::Escrow
        {
            note.stage = Stage::Returning;
        }
    }

    fn rejecting(&mut self, code: u8, changed: bool) {
        match &mut self.note {
            Some(note) if note.is_open() => note.refused = Some(code),
            _ if changed => self.tell(Event::Refused { reason: meaning::refusal(code), code }),
            _ => {}
        }
    }

    fn accepting(&mut self, changed: bool) {
        // Once may be an old answer.
        if !changed {
            self.vanish(None);
        }
        if changed {
            self.tell(Event::Accepting);
        }
    }

    fn jammed(&mut self, state: State, changed: bool) {
        let Some(error) = state.error() else { return };
        let open = self.note.as_ref().filter(|note| note.is_open()).map(|note| note.denomination);
        let jam = matches!(state, State::Jammed(_));
        if open.is_some() || self.is_on_way() {
            self.lose_note();
            self.end_way(Event::Jammed { note: open, error });
        } else if changed && jam {
            self.tell(Event::Jammed { note: None, error });
        } else if changed {
            self.tell(Event::Fault(error));
        }
    }

    fn troubled(&mut self, state: State, changed: bool) {
        if let Some(error) = state.error().filter(|_| changed) {
            self.tell(Event::Fault(error));
        }
    }

    fn at_rest(&mut self, state: State) {
        let rest = matches!(state, State::Idling | State::Disabled);
        if let Some(note) = self.note.take_if(|note| rest && note.is_open() && note.refused.is_some()) {
            self.end_way(Event::Returned(note.denomination));
        }
        // Behind a missing or full cassette a note may well wait on in escrow.
        if self.still >= SETTLED && (rest || self.is_on_way() && state != State::Initialising) {
            self.vanish(state.error());
        }
        if self.enabled && matches!(state, State::Disabled | State::Initialising) {
            self.stopped_by_itself(state);
        }
    }

    /// Enabled by us, and yet at rest: the device restarted or lost its masks. Right after ENABLE it may not be there yet.
    fn stopped_by_itself(&mut self, state: State) {
        if !matches!(self.job, Job::Enable { .. } | Job::Disable { .. }) && self.still >= SETTLED {
            self.enabled = false;
            let words = "the device takes no notes any more; it has to be enabled again";
            self.tell(Event::Fault(state.error().unwrap_or_else(|| error(ErrorKind::Starting, words))));
        }
    }

    fn powered_up(&mut self, state: State, before: Option<State>) {
        let restarted = before.is_some_and(|before| !matches!(before, State::PowerUp(_)));
        let lost = error(ErrorKind::Starting, "the device lost power on the way");
        let found = match state {
            State::PowerUp(Some(position)) if !self.found_told => Some(position),
            _ => None,
        };
        (self.enabled, self.offered) = (false, 0);
        let mut told = false;
        if self.is_on_way() {
            let unwritten = matches!(self.job, Job::Move { written: Written::NotYet, .. });
            self.end_way(if unwritten { Event::Failed(lost) } else { Event::Unanswered(lost) });
            told = true;
        } else if matches!(self.job, Job::Reset(Written::Once { moved: true, .. })) {
            self.end(Event::Unanswered(lost));
            told = true;
        } else if matches!(self.job, Job::Enable { .. } | Job::Disable { .. }) && restarted {
            self.end(Event::Failed(state.error().unwrap_or(lost)));
            told = true;
        }
        self.note = None;
        if let Some(position) = found {
            self.found_told = true;
            self.tell(Event::FoundAtPowerUp(position));
            told = true;
        }
        if restarted
            && !told
            && let Some(error) = state.error()
        {
            self.tell(Event::Fault(error));
        }
    }

    /// The device is at rest, or at the next note, and has not told where this one went.
    fn vanish(&mut self, error_shown: Option<Error>) {
        let Some(note) = self.note.as_mut().filter(|note| note.is_open()) else { return };
        let note_of = note.denomination;
        note.lose();
        let words = "the device tells nothing of the note and is at rest or at another";
        let error = error_shown.unwrap_or_else(|| error(ErrorKind::HardwareError, words));
        let unwritten =
            self.own_return.is_none() && matches!(self.job, Job::Move { written: Written::NotYet, .. });
        if self.is_on_way() && !unwritten {
            return self.end_way(Event::Unanswered(error));
        }
        let Denomination(tenge) = note_of;
        self.contradict(&format!(
            "a note of {tenge} tenge left escrow and the device does not tell where to"
        ));
        if unwritten {
            // It was for that note. The next one in escrow is another decision.
            self.fail(ErrorKind::UserError, "not sent: the note left escrow before it could be moved");
        }
    }

    fn contradict(&mut self, words: &str) {
        self.tell(Event::Contradiction { detail: format!("acceptor: {words}") });
    }

    // Cassette and command.

    fn stacker_shown(&mut self, state: State) {
        let Some(stacker) = state.stacker() else { return };
        if std::mem::replace(&mut self.stacker, stacker) != stacker {
            self.tell(Event::Stacker(stacker));
        }
        if stacker != Stacker::Ok {
            self.enabled = false;
        }
    }

    /// Lets the command under way go on with what this state shows.
    fn proceed(&mut self, state: State) {
        match &mut self.job {
            Job::Enable { step: EnableStep::Confirm { .. }, .. } => match state {
                State::Disabled | State::Initialising | State::Other(_) => {}
                state => {
                    let told = state.error().map_or(Event::Enabled, Event::Failed);
                    self.end(told);
                }
            },
            Job::Disable { confirm_until: Some(_), .. } => match state {
                State::Idling
                | State::Accepting
                | State::Stacking
                | State::Returning
                | State::Rejecting(_)
                | State::Busy
                | State::Stacked(_)
                | State::Returned(_)
                | State::Other(_) => {}
                State::PowerUp(_)
                | State::Initialising
                | State::Disabled
                | State::Holding
                | State::Full
                | State::Missing
                | State::Jammed(_)
                | State::Cheated
                | State::Paused
                | State::Failed(_)
                | State::Escrow(_) => self.end(Event::Disabled),
            },
            Job::Reset(Written::Once { accepted, moved, .. }) => {
                let settled = self.still >= SETTLED;
                match state {
                    State::Initialising => *moved = true,
                    State::Disabled | State::Full | State::Missing if *moved || *accepted && settled => {
                        self.end(Event::ResetDone);
                    }
                    // It said ACK and has not begun yet.
                    State::PowerUp(_) if *accepted => {}
                    State::PowerUp(_)
                    | State::Disabled
                    | State::Idling
                    | State::Full
                    | State::Missing
                    | State::Jammed(_)
                    | State::Failed(_)
                    | State::Escrow(_)
                    | State::Holding
                        if settled =>
                    {
                        let words = "the reset shows no effect";
                        let shown = state.error().unwrap_or_else(|| error(ErrorKind::HardwareError, words));
                        self.end(Event::Unanswered(shown));
                    }
                    _ => {}
                }
            }
            // The device gave the note back, or jammed, before the command could be written.
            Job::Move { way, written: Written::NotYet } => {
                let way = *way;
                let stage = self.note.as_ref().map(|note| note.stage);
                if !matches!(stage, Some(Stage::Escrow | Stage::Returning)) {
                    let words = match way {
                        Way::Stack => "not sent: the note left escrow before it could be stacked",
                        Way::Return => "not sent: the note left escrow before it could be returned",
                    };
                    self.fail(ErrorKind::UserError, words);
                }
            }
            Job::Idle
            | Job::Status { .. }
            | Job::Enable { .. }
            | Job::Disable { confirm_until: None, .. }
            | Job::Reset(Written::NotYet)
            | Job::Move { written: Written::Once { .. }, .. } => {}
        }
    }
}
