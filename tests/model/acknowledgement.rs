//! The acknowledgement: rows on their way to the gateway, and its word about them on the way back, over a line that loses, delays and
//! repeats, with processes that die and a gateway that is put back from a back-up.
//!
//! What is asked when, and what an answer means, is the product's own [`Sync`]. The journal's rule (the watermark moves forward
//! over rows that are here, and back on the MFO's signed word alone) and the gateway's (a prefix is durable before the answer;
//! a gap is refused; a note ahead of the store leads to a call) are modelled after `src/journal/queue.rs`,
//! `src/runtime/receive.rs` and `gateway/core/intake.rs`.
//!
//! Left out: the other lanes, and hashes: a row has one text here, so there is no fork.

use std::hash::{Hash, Hasher};

use senim_domain::time::Mono;
use senim_sync::wire::{Acknowledgement, Cosigned};
use senim_sync::{Answer, Backlog, Failure, Lease, Line, News, Sync, SyncOptions, Want};
use stateright::{Model, Property};

/// The model.
#[derive(Debug)]
pub struct Acknowledging {
    /// Rows that the terminal writes.
    pub rows: u64,
    /// Losses, repetitions, deaths and restores in one story, all kinds together.
    pub faults: u8,
    /// Times that somebody waits until something is due.
    pub waits: u8,
    /// The one mistake in it.
    pub mistake: Option<Slip>,
}

/// A mistake that the gateway or the terminal could make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// The gateway answers before rows are durable, and dies.
    AnswerBeforeCommit,
    /// The terminal's watermark is one ahead of what was said.
    WatermarkAhead,
    /// The terminal takes whatever it sent for acknowledged.
    SentTakenForStored,
    /// The gateway takes rows behind a gap.
    GapTaken,
    /// The terminal goes on where it is when the gateway has forgotten, whatever it is called for.
    CallNotObeyed,
}

impl Slip {
    pub const ALL: [Self; 5] = [
        Self::AnswerBeforeCommit,
        Self::WatermarkAhead,
        Self::SentTakenForStored,
        Self::GapTaken,
        Self::CallNotObeyed,
    ];
}

/// The world at one moment.
#[derive(Clone, Debug)]
pub struct State {
    sync: Sync,
    now: Mono,
    /// Rows in the journal.
    written: u64,
    /// Rows of which the journal knows that the gateway has them.
    acknowledged: u64,
    /// Rows up to which a note of ours was cosigned.
    cosigned: u64,
    /// The last call that was obeyed.
    obeyed: u8,
    /// On the way to the gateway.
    requests: Vec<Request>,
    /// On the way back.
    answers: Vec<Reply>,
    /// Which rows the gateway has.
    stored: Vec<bool>,
    /// As many it had when it was last backed up.
    backed_up: usize,
    /// Number of the call that is open, and the first row that it calls for.
    call: Option<(u8, u64)>,
    calls: u8,
    /// It was put back, and has not got everything again.
    forgot: bool,
    faults: u8,
    waits: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Request {
    lease: u64,
    /// Rows `from..to`, or the note of so many rows.
    what: What,
    /// Whoever asked has died, and hears no answer.
    orphan: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    Rows { from: u64, to: u64 },
    Note { size: u64 },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Reply {
    lease: u64,
    what: Said,
    /// The call that comes with every answer while it is open.
    call: Option<(u8, u64)>,
    /// Rows up to here were in the request.
    sent: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Said {
    /// All rows before this one are stored.
    Stored(u64),
    Gap {
        expected: u64,
    },
    Cosigned,
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Every field of the machine and of the world is plain and told.
        format!("{self:?}").hash(state);
    }
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A row becomes durable.
    Write,
    /// The kernel asks whether something should be sent, and sends it.
    Send,
    /// This request comes to the gateway.
    Arrive(usize),
    /// It comes, only the first row of it is taken, and the gateway answers.
    ArriveInPart(usize),
    /// It comes and is answered, and comes once more later.
    ArriveTwice(usize),
    LoseRequest(usize),
    /// This answer comes back.
    Deliver(usize),
    LoseAnswer(usize),
    /// Until something is due.
    Wait,
    /// The terminal's process dies and starts.
    Restart,
    BackUp,
    /// The gateway is put back from its back-up.
    Restore,
}

impl State {
    fn stored(&self) -> u64 {
        self.stored.iter().take_while(|here| **here).count() as u64
    }

    fn backlog(&self) -> Backlog {
        Backlog {
            first: self.acknowledged,
            next: self.written,
            checkpoint: self.acknowledged > self.cosigned,
            ..Backlog::default()
        }
    }

    fn starts(&mut self) {
        let options = SyncOptions {
            retry_ms_min: 10,
            retry_ms_max: 10,
            slow_retry_ms: 40,
            time_life_ms: u64::MAX / 4,
            lease_ms: 100,
            batch_rows: 2,
            ..SyncOptions::default()
        };
        self.sync = Sync::new(options, 1, 0);
        let _online = self.sync.time_is_trusted(self.now);
        self.answers.clear();
        self.requests.iter_mut().for_each(|request| request.orphan = true);
    }

    fn sends(&mut self) -> bool {
        let backlog = self.backlog();
        let Some(order) = self.sync.poll(Line::Bulk, &backlog, self.now) else { return false };
        let what = match order.want {
            Want::Rows { rows, .. } => {
                let to = self.written.min(self.acknowledged + rows as u64);
                self.sync.filled(order.lease, 100, to);
                What::Rows { from: self.acknowledged, to }
            }
            Want::Checkpoint => What::Note { size: self.acknowledged },
            Want::Proof => What::Note { size: self.cosigned },
            Want::Time
            | Want::Ahead { .. }
            | Want::Attachment { .. }
            | Want::Telemetry
            | Want::Inbox { .. } => {
                unreachable!("only the chain is modelled")
            }
        };
        self.requests.push(Request { lease: order.lease.0, what, orphan: false });
        true
    }

    fn arrives(&mut self, request: &Request, most: usize, slip: Option<Slip>) {
        let sent = match request.what {
            What::Rows { to, .. } => to,
            What::Note { size } => size,
        };
        let what = match request.what {
            What::Rows { from, .. } if from > self.stored() && slip != Some(Slip::GapTaken) => {
                Said::Gap { expected: self.stored() }
            }
            What::Rows { from, to } => {
                let before = self.stored.clone();
                for seq in (from..to).take(most) {
                    self.stored[seq as usize] = true;
                }
                let said = match slip {
                    Some(Slip::GapTaken) => Said::Stored(to),
                    _ => Said::Stored(self.stored()),
                };
                if slip == Some(Slip::AnswerBeforeCommit) && self.faults > 0 {
                    self.stored = before;
                }
                said
            }
            What::Note { size } => {
                if size > self.stored() && self.call.is_none() {
                    self.calls += 1;
                    self.call = Some((self.calls, self.stored()));
                }
                Said::Cosigned
            }
        };
        self.forgot &= self.stored() < self.acknowledged.max(self.cosigned);
        if !self.forgot {
            self.call = None;
        }
        if !request.orphan {
            self.answers.push(Reply { lease: request.lease, what, call: self.call, sent });
        }
    }

    fn hears(&mut self, reply: &Reply, slip: Option<Slip>) {
        let rewind = reply.call.map(|(number, from)| format!("{number}/{from}"));
        let last = |rows: u64| rows.checked_sub(1);
        let hash = |rows: u64| last(rows).map(|seq| format!("h{seq}"));
        let answer = match reply.what {
            Said::Stored(rows) => Answer::Operations(Acknowledgement {
                acked_seq: last(rows),
                acked_hash: hash(rows),
                rewind,
                ..Acknowledgement::default()
            }),
            Said::Gap { expected } => Answer::Failed(Failure::Refused {
                status: 409,
                code: "gap".to_owned(),
                expected_seq: Some(expected),
                acked_seq: last(expected),
                acked_hash: hash(expected),
                held: None,
                rewind,
            }),
            Said::Cosigned => {
                Answer::Checkpoint(Cosigned { note: reply.sent.to_string(), archived: Vec::new() })
            }
        };
        let taken = slip == Some(Slip::SentTakenForStored) && matches!(reply.what, Said::Stored(_));
        let news = self.sync.handle(Lease(reply.lease), answer, self.now);
        if taken && !news.is_empty() {
            self.acknowledged = self.acknowledged.max(reply.sent);
        }
        for news in news {
            self.learns(news, slip);
        }
    }

    fn learns(&mut self, news: News, slip: Option<Slip>) {
        match news {
            News::Acknowledged { seq, .. } => {
                let rows = seq + 1 + u64::from(slip == Some(Slip::WatermarkAhead));
                if rows > self.written {
                    self.sync.stop();
                } else {
                    self.acknowledged = self.acknowledged.max(rows);
                }
            }
            News::Expects(seq) if seq < self.acknowledged => {
                let _offline = self.sync.gateway_forgot(self.now);
            }
            News::Rewind(call) if slip != Some(Slip::CallNotObeyed) => {
                let (number, from) = call.split_once('/').expect("as it was written");
                let number: u8 = number.parse().expect("a number");
                if number > self.obeyed {
                    self.obeyed = number;
                    self.acknowledged = self.acknowledged.min(from.parse().expect("a number"));
                    let _online = self.sync.rewound();
                }
            }
            News::Cosigned(_) if self.sync.withholds() => {}
            News::Cosigned(note) => self.cosigned = self.cosigned.max(note.parse().expect("a number")),
            _ => {}
        }
    }
}

impl Model for Acknowledging {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut state = State {
            sync: Sync::new(SyncOptions::default(), 1, 0),
            now: Mono(1_000),
            written: 0,
            acknowledged: 0,
            cosigned: 0,
            obeyed: 0,
            requests: Vec::new(),
            answers: Vec::new(),
            stored: vec![false; self.rows as usize],
            backed_up: 0,
            call: None,
            calls: 0,
            forgot: false,
            faults: self.faults,
            waits: self.waits,
        };
        state.starts();
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let fault = state.faults > 0;
        if state.written < self.rows {
            actions.push(Action::Write);
        }
        if state.clone().sends() {
            actions.push(Action::Send);
        }
        for (place, request) in state.requests.iter().enumerate() {
            actions.push(Action::Arrive(place));
            if fault {
                actions.extend([Action::LoseRequest(place), Action::ArriveTwice(place)]);
                if matches!(request.what, What::Rows { from, to } if to > from + 1) {
                    actions.push(Action::ArriveInPart(place));
                }
            }
        }
        for place in 0..state.answers.len() {
            actions.push(Action::Deliver(place));
            if fault {
                actions.push(Action::LoseAnswer(place));
            }
        }
        if fault {
            actions.push(Action::Restart);
            if state.stored() > state.backed_up as u64 {
                actions.extend([Action::BackUp, Action::Restore]);
            }
        }
        if state.waits > 0 && self.unfinished(state) {
            actions.push(Action::Wait);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        let slip = self.mistake;
        match action {
            Action::Write => next.written += 1,
            Action::Send => drop(next.sends()),
            Action::Arrive(place) => {
                let request = next.requests.remove(place);
                next.arrives(&request, usize::MAX, slip);
            }
            Action::ArriveInPart(place) => {
                next.faults -= 1;
                let request = next.requests.remove(place);
                next.arrives(&request, 1, slip);
            }
            Action::ArriveTwice(place) => {
                next.faults -= 1;
                let request = next.requests[place].clone();
                next.arrives(&request, usize::MAX, slip);
            }
            Action::LoseRequest(place) => {
                next.faults -= 1;
                next.requests.remove(place);
            }
            Action::Deliver(place) => {
                let reply = next.answers.remove(place);
                next.hears(&reply, slip);
            }
            Action::LoseAnswer(place) => {
                next.faults -= 1;
                next.answers.remove(place);
            }
            Action::Wait => {
                next.waits -= 1;
                next.now = next.sync.poll_timeout().filter(|due| *due > next.now)?;
                for news in next.sync.expire(next.now) {
                    next.learns(news, slip);
                }
            }
            Action::Restart => {
                next.faults -= 1;
                next.starts();
            }
            Action::BackUp => {
                next.faults -= 1;
                next.backed_up = next.stored() as usize;
            }
            Action::Restore => {
                next.faults -= 1;
                let kept = next.backed_up;
                next.stored.iter_mut().skip(kept).for_each(|here| *here = false);
                // Requests to the one before ended with it.
                (next.requests, next.answers) = (Vec::new(), Vec::new());
                (next.call, next.forgot) = (None, true);
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("what counts as acknowledged the gateway has", |_, state: &State| {
                state.forgot || state.acknowledged <= state.stored()
            }),
            Property::always("the gateway's rows have no gap", |_, state: &State| {
                state.stored.iter().filter(|here| **here).count() as u64 == state.stored()
            }),
            Property::always("the terminal never stops by itself", |_, state: &State| !state.sync.stopped()),
            Property::always("whoever waits long enough is done", |model: &Self, state: &State| {
                let mut actions = Vec::new();
                model.actions(state, &mut actions);
                let over = actions.is_empty() && state.waits > 0;
                !over || !model.unfinished(state)
            }),
            // With nothing lost after it, a call brings back what was forgotten within the waits that are left.
            Property::always("a call is obeyed", |model: &Self, state: &State| {
                let idle = state.requests.is_empty() && state.answers.is_empty() && state.waits == 0;
                !idle || model.waits < 12 || !state.forgot || state.calls == 0 || state.obeyed == state.calls
            }),
            Property::sometimes("everything is acknowledged", |model: &Self, state: &State| {
                !model.unfinished(state)
            }),
            Property::sometimes("everything again after a restore", |model: &Self, state: &State| {
                state.obeyed > 0 && !model.unfinished(state)
            }),
        ]
    }
}

impl Acknowledging {
    fn unfinished(&self, state: &State) -> bool {
        state.acknowledged < self.rows || state.stored() < self.rows
    }
}
