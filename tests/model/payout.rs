//! The payout: a terminal that may die anywhere, a disk, a wire that loses frames both ways, a dispenser that jams, loses power
//! and forgets, and a gateway that gives leave for what is missing.
//!
//! Every decision about a bundle is the product's: [`bundle::next`], [`bundle::found_at_start`], [`bundle::after`],
//! [`bundle::book`], [`saga::payout_result`], the books and the mix. The order "row, then command" is the kernel's and is
//! modelled, as are the driver's contract (`hal/cash_dispenser.rs`: a command is written once, `Unanswered` comes when the
//! mechanics rest) and the gateway's (leave for what is missing, only after `PayoutEnded`, and none after `uncertain`).
//!
//! Left out: shutters, the driver's own bytes (`hal/drivers`, `tests/rig`), and how long anything takes. Time is only this:
//! a question that waits out `idle_wait` is answered by a device at rest; one that does not is answered by whatever it is.

mod device;
mod state;
mod terminal;

use senim_domain::Tiyn;
use senim_domain::cash::worth;
use senim_operation::body::PayoutResult;
use senim_session::durable::Stage;
use stateright::{Model, Property};

pub use self::device::Memory;
use self::device::{CASSETTES, End};
use self::state::{Answer, Waiting};
pub use self::state::{Odd, Site, State};

/// What the borrower is to get: two notes of 2,000 ₸ and one of 1,000 ₸, in two bundles.
pub const LOAN_TENGE: u64 = 5_000;
/// Requests that a story may hold.
const REQUESTS: usize = 3;

/// The model.
#[derive(Debug)]
pub struct Payout {
    /// Terminals that it begins with.
    pub sites: Vec<Site>,
    /// Losses, faults and cuts that a story may hold, all kinds together.
    pub faults: u8,
    /// The one mistake in it.
    pub mistake: Option<Mistake>,
}

/// A mistake that the terminal, the driver or the gateway could make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mistake {
    /// DISPENSE goes out while its row is on the way to the disk.
    DispenseBeforeItsRow,
    /// After silence DISPENSE is sent again.
    DispenseAgainAfterSilence,
    /// A start sends the DISPENSE that it finds armed.
    DispenseAtStart,
    /// Power is always taken for unbroken.
    PowerTakenForUnbroken,
    /// The marker is left out.
    NoMarker,
    /// The last status is asked for while notes may move.
    AskedTooEarly,
    /// That cash service stops becomes durable with a later row than the verdict.
    StoppedTooLate,
    /// The next bundle follows a partial one.
    NextAfterPartial,
    /// A start leaves a request open that had not come to a bundle.
    RequestLeftOpen,
    /// Counts in doubt are believed.
    DoubtBelieved,
    /// The gateway gives leave for the whole loan again.
    WholeLoanAgain,
}

impl Mistake {
    pub const ALL: [Self; 11] = [
        Self::DispenseBeforeItsRow,
        Self::DispenseAgainAfterSilence,
        Self::DispenseAtStart,
        Self::PowerTakenForUnbroken,
        Self::NoMarker,
        Self::AskedTooEarly,
        Self::StoppedTooLate,
        Self::NextAfterPartial,
        Self::RequestLeftOpen,
        Self::DoubtBelieved,
        Self::WholeLoanAgain,
    ];
}

/// One step of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Somebody asks for the money, or for the rest of it.
    Request,
    /// The gateway gives leave.
    Authorise,
    /// It gives none, or nobody hears it.
    NoLeave,
    /// The next row becomes durable, and its command is written.
    Commit,
    /// The row that would move cash cannot be written.
    RefuseRow,
    /// The frame comes to the device.
    Arrive,
    /// The frame is lost.
    LoseFrame,
    /// The answer comes to the driver.
    Deliver,
    /// The answer is lost.
    LoseAnswer,
    /// The driver has waited long enough for an answer.
    TimeOut,
    /// The last status is asked for and answered.
    Ask,
    /// It is asked for and not answered, however often.
    AskInVain,
    /// A note of this cassette leaves.
    Note(usize),
    /// A note of this cassette goes to the reject unit.
    Reject(usize),
    /// The work ends well, or where the cassette is empty.
    End,
    /// It ends with an error and good counts.
    Jam,
    /// It ends with an error that puts the counts in doubt, and perhaps with a note more.
    Doubt {
        /// Whether one more note left.
        left: bool,
    },
    /// The marker lets a note out.
    Leak,
    /// The device's firmware starts by itself; its supply stays.
    DeviceStarts,
    /// The dispenser's supply is away for a moment.
    Blink,
    /// The cabinet's power is away: host, dispenser.
    Cut,
    /// The process dies.
    Kill,
    /// It starts.
    Start,
}

impl Model for Payout {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        self.sites.iter().map(|site| State::new(*site, self.faults)).collect()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let odd = state.site.odd;
        let mut may = |action, if_so: bool| {
            if if_so {
                actions.push(action);
            }
        };
        let fault = state.faults > 0;
        let (frame, work) = (!state.frames.is_empty(), state.device.work.is_some());
        let answer = !state.answers.is_empty();
        let rests = !frame && !work;
        may(Action::Start, state.process.is_none());
        if let Some(process) = &state.process {
            let settled = process.queue.is_empty();
            let stage = process.durable.open.as_ref().map(|open| &open.stage);
            may(Action::Request, settled && rests && process.may_request(REQUESTS));
            may(Action::Authorise, settled && stage == Some(&Stage::Requested));
            may(Action::NoLeave, settled && stage == Some(&Stage::Requested) && fault);
            may(Action::Commit, !settled);
            let moves = process.queue.first().is_some_and(|row| row.then.is_some());
            may(Action::RefuseRow, fault && moves);
            may(Action::Deliver, settled && answer);
            may(Action::TimeOut, settled && rests && !answer && process.waits == Waiting::Command);
            let asks = match process.waits {
                Waiting::LastStatus { rests: waits } => settled && (rests || !waits),
                Waiting::Nothing | Waiting::Command => false,
            };
            may(Action::Ask, asks);
            may(Action::AskInVain, asks && fault);
            may(Action::Kill, fault && odd.dies());
        }
        may(Action::Arrive, frame);
        may(Action::LoseFrame, frame && fault);
        let known = odd == Odd::StartsByItself && state.answers.first() == Some(&Answer::Accepted);
        may(Action::LoseAnswer, answer && fault && !known);
        if work {
            match state.device.next_note() {
                Some(place) if state.device.notes[place] > 0 => {
                    may(Action::Note(place), true);
                    may(Action::Reject(place), fault);
                    may(Action::Jam, fault);
                    may(Action::Doubt { left: true }, fault);
                    may(Action::Doubt { left: false }, fault);
                }
                Some(_) => may(Action::End, true),
                None => {
                    may(Action::End, true);
                    may(Action::Jam, fault);
                    may(Action::Leak, fault && odd.leaks() && state.marks());
                }
            }
            may(Action::DeviceStarts, fault && odd.starts_by_itself());
        }
        // Elsewhere it changes nothing but the latch.
        let matters = work || frame || state.disk.armed();
        may(Action::Blink, fault && odd != Odd::MarkerLeaks && matters);
        may(Action::Cut, fault && odd.dies());
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        if action.is_fault() {
            next.faults -= 1;
        }
        match action {
            Action::Request => next.requests(self.mistake),
            Action::Authorise => next.authorised(self.mistake),
            Action::NoLeave => next.ends_request("noAnswer"),
            Action::Commit => next.commits(),
            Action::RefuseRow => next.row_is_refused(self.mistake),
            Action::Arrive => next.frame_arrives(),
            Action::LoseFrame => drop(next.frames.remove(0)),
            Action::Deliver => next.answer_arrives(self.mistake),
            Action::LoseAnswer => drop(next.answers.remove(0)),
            Action::TimeOut => next.times_out(self.mistake),
            Action::Ask => next.last_status(true, self.mistake),
            Action::AskInVain => next.last_status(false, self.mistake),
            Action::Note(place) => next.device.moves_note(place, true),
            Action::Reject(place) => next.device.moves_note(place, false),
            Action::End => {
                let short = next.device.next_note().is_some();
                next.work_ends(if short { End::Error } else { End::Good });
            }
            Action::Jam => next.work_ends(End::Error),
            Action::Doubt { left } => {
                let place = next.device.next_note()?;
                if left {
                    next.device.loses_note(place);
                }
                next.work_ends(End::Doubt);
            }
            Action::Leak => {
                let place = (0..2).find(|place| next.device.notes[*place] > 0)?;
                next.device.leaks(place);
                next.work_ends(End::Good);
            }
            Action::DeviceStarts => next.device.loses_power(),
            Action::Blink => next.dispenser_blinks(),
            Action::Cut => {
                next.dispenser_blinks();
                next.boot += 1;
                next.process_dies();
                next.frames.clear();
            }
            Action::Kill => next.process_dies(),
            Action::Start => next.starts(self.mistake),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("DISPENSE goes out once for each armed bundle", |_, state: &State| {
                state.dispensed <= 1
            }),
            Property::always("DISPENSE goes out behind its durable row", |_, state: &State| !state.unarmed),
            Property::always("nothing moves once cash service has stopped", |_, state: &State| {
                !state.after_stop
            }),
            // What a marker lets out nobody can keep from leaving; it is in doubt, and nothing follows.
            Property::always("no more leaves than the loan", |_, state: &State| {
                tenge(state.device.exited) <= LOAN_TENGE + tenge(state.device.leaked)
            }),
            Property::always("books and notes agree", |_, state: &State| state.books_agree()),
            Property::always("a bundle follows only one that was given whole", |_, state: &State| {
                !state.out_of_turn
            }),
            Property::always("each request ends once", |_, state: &State| {
                let ends = &state.disk.ends;
                let in_turn = ends.iter().enumerate().all(|(place, end)| usize::from(end.part) == place + 1);
                in_turn && (state.disk.open.is_some() || ends.len() == state.requested)
            }),
            Property::always("ends say what left", |_, state: &State| {
                let told: u64 = state.disk.ends.iter().map(|end| end.tenge).sum();
                state.disk.open.is_some() || told == state.disk.distributed_tenge()
            }),
            Property::always("nobody is paid after an uncertain end", |_, state: &State| {
                let ends = &state.disk.ends;
                let uncertain = ends.iter().position(|end| end.result == PayoutResult::Uncertain);
                uncertain.is_none_or(|place| place + 1 == ends.len() && state.disk.stopped)
            }),
            Property::always("nothing stays open", |model: &Self, state: &State| {
                state.disk.open.is_none() || {
                    let mut actions = Vec::new();
                    model.actions(state, &mut actions);
                    !actions.is_empty()
                }
            }),
            Property::sometimes("paid at once", |_, state: &State| ended(state, &[PayoutResult::Paid])),
            Property::sometimes("paid in parts", |_, state: &State| {
                ended(state, &[PayoutResult::Short, PayoutResult::Paid])
            }),
            Property::sometimes("nothing, then all", |_, state: &State| {
                ended(state, &[PayoutResult::Nothing, PayoutResult::Paid])
            }),
            Property::sometimes("in doubt", |_, state: &State| ended(state, &[PayoutResult::Uncertain])),
            Property::sometimes("the last status told what had left", |_, state: &State| state.recovered),
        ]
    }
}

impl Action {
    const fn is_fault(self) -> bool {
        match self {
            Self::NoLeave
            | Self::RefuseRow
            | Self::LoseFrame
            | Self::LoseAnswer
            | Self::AskInVain
            | Self::Reject(_)
            | Self::Jam
            | Self::Doubt { .. }
            | Self::Leak
            | Self::DeviceStarts
            | Self::Blink
            | Self::Cut
            | Self::Kill => true,
            Self::Request
            | Self::Authorise
            | Self::Commit
            | Self::Arrive
            | Self::Deliver
            | Self::TimeOut
            | Self::Ask
            | Self::Note(_)
            | Self::End
            | Self::Start => false,
        }
    }
}

fn ended(state: &State, results: &[PayoutResult]) -> bool {
    state.disk.ends.iter().map(|end| end.result).eq(results.iter().copied())
}

/// Worth of notes by cassette, tenge.
fn tenge(notes: [u8; 2]) -> u64 {
    let notes = CASSETTES.iter().zip(notes);
    worth(notes.map(|((denomination, _), notes)| (*denomination, notes.into()))).map_or(0, Tiyn::tenge)
}

impl State {
    fn marks(&self) -> bool {
        self.device.work.as_ref().is_some_and(|work| work.command == device::Last::Marker)
    }

    fn work_ends(&mut self, end: End) {
        if let Some(record) = self.device.ends(end) {
            self.answers.push(Answer::Ended(record));
        }
    }

    fn frame_arrives(&mut self) {
        let command = self.frames.remove(0);
        // A device that works hears nothing.
        if self.device.work.is_none() {
            if matches!(command, device::Command::Dispense(_)) {
                self.answers.push(Answer::Accepted);
            }
            self.device.begins(&command);
        }
    }

    fn dispenser_blinks(&mut self) {
        self.losses += 1;
        self.device.loses_power();
    }
}
