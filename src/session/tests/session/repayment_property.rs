//! Whatever acceptor, payer, journal and power do: each note is with its owner, credited once, or in doubt and told so.
//!
//! The model knows where each note really is. The device below does not always say so.

use std::collections::BTreeMap;

use proptest::prelude::*;
use senim_domain::RepaymentId;
use senim_domain::cash::Denomination;
use senim_hal::cash_acceptor::{Event as Acceptor, Position, Stacker};
use senim_hal::{Error, ErrorKind};
use senim_operation::body::{Body, RepaymentResult};
use senim_operation::message::MessageBody;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::dialogue::repayment::{Phase, Repay};
use senim_session::effect::{CashCommand, Effect};
use senim_session::event::{Event, Peripheral};
use senim_session::facts::Setup;
use senim_session::state::State;

use crate::desk::*;
use crate::repayment::*;

const VALUES: [u32; 4] = [1_000, 2_000, 5_000, 20_000];

/// One thing that happens.
#[derive(Clone, Debug)]
enum Happening {
    /// A person puts a note to the mouth.
    Note(usize),
    /// The note's command ends: well, or in one of the bad ways.
    End(Ending),
    /// The device repeats its last word about a note.
    Repeat,
    /// The device loses power and gets it back.
    PowerLoss,
    /// What was jammed or unheard is told after all.
    Late,
    Finish,
    Answer(bool),
    Cancel,
    Wait(u32),
    Stacker(bool),
    Line,
    /// The next row with a command cannot be written.
    DiskFull,
    /// The process dies after so many rows of the last step.
    Kill(usize),
    Booked,
    NextPerson,
}

#[derive(Clone, Copy, Debug)]
enum Ending {
    Good,
    Jam { kept: bool },
    Silent { kept: bool },
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        8 => (0..VALUES.len()).prop_map(Happening::Note),
        8 => Just(Happening::End(Ending::Good)),
        1 => any::<bool>().prop_map(|kept| Happening::End(Ending::Jam { kept })),
        1 => any::<bool>().prop_map(|kept| Happening::End(Ending::Silent { kept })),
        1 => Just(Happening::Repeat),
        1 => Just(Happening::PowerLoss),
        2 => Just(Happening::Late),
        1 => Just(Happening::Finish),
        2 => any::<bool>().prop_map(Happening::Answer),
        1 => Just(Happening::Cancel),
        1 => (0..40_000_u32).prop_map(Happening::Wait),
        1 => any::<bool>().prop_map(Happening::Stacker),
        1 => Just(Happening::Line),
        1 => Just(Happening::DiskFull),
        1 => (0..4_usize).prop_map(Happening::Kill),
        2 => Just(Happening::Booked),
        6 => Just(Happening::NextPerson),
    ]
}

/// Where the device really has the note that is in it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Inside {
    Escrow,
    /// STACK or RETURN was carried out, and nobody was told yet.
    Moving {
        stack: bool,
    },
    /// Stuck or unheard; where it went in truth.
    Dark {
        kept: bool,
    },
}

/// The device as it really is.
#[derive(Default)]
struct Device {
    enabled: Vec<Denomination>,
    note: Option<(Denomination, Inside)>,
    stacked: BTreeMap<Denomination, u32>,
    returned: u32,
    put_in: u32,
    last_told: Option<Acceptor>,
    /// Dark notes that were left for a person to free.
    stuck: Vec<(Denomination, bool)>,
}

struct World {
    desk: Desk,
    device: Device,
    rows: Vec<Body>,
    seen: usize,
    disk_full: bool,
    /// Commands per escrow row.
    moves: BTreeMap<(Option<RepaymentId>, u32, bool), u32>,
}

fn dark() -> Error {
    Error::new(ErrorKind::HardwareError, "the model stays silent")
}

impl World {
    fn new() -> Self {
        let desk = Desk::with_acceptor();
        let seen = desk.effects.len();
        Self {
            desk,
            device: Device::default(),
            rows: Vec::new(),
            seen,
            disk_full: false,
            moves: BTreeMap::new(),
        }
    }

    /// Takes over what became durable, and carries out what it let move.
    fn follow(&mut self) {
        while self.seen < self.desk.effects.len() {
            let effect = &self.desk.effects[self.seen];
            self.seen += 1;
            match effect {
                Effect::Record(record) => {
                    let body = record.draft.body.clone();
                    let then = record.then.clone();
                    self.rows.push(body.clone());
                    if let Some(command) = then {
                        self.obey(&body, &command);
                    }
                }
                Effect::CloseAcceptor => {
                    self.device.enabled.clear();
                    self.tell(Acceptor::Disabled);
                }
                Effect::ResetAcceptor => self.reset(),
                _ => {}
            }
        }
    }

    fn obey(&mut self, body: &Body, command: &CashCommand) {
        match (body, command) {
            (_, CashCommand::AcceptNotes(notes)) => {
                self.device.enabled.clone_from(notes);
                self.tell(Acceptor::Enabled);
            }
            (Body::NoteEscrowed(row), CashCommand::StackNote | CashCommand::ReturnNote) => {
                let stack = *command == CashCommand::StackNote;
                let count = self.moves.entry((row.repayment, row.note, stack)).or_default();
                *count += 1;
                assert!(row.repayment.is_none() || *count == 1, "{row:?} moved twice");
                match &mut self.device.note {
                    Some((_, inside @ Inside::Escrow)) => *inside = Inside::Moving { stack },
                    _ => self.tell(Acceptor::Failed(Error::new(ErrorKind::UserError, "no note in escrow"))),
                }
            }
            (Body::NoteFound(_), CashCommand::ResetAcceptor) => self.reset(),
            (other, command) => panic!("{command:?} behind {}", other.kind()),
        }
    }

    /// What lies in the validator comes back.
    fn reset(&mut self) {
        if let Some((_, inside)) = self.device.note
            && matches!(
                inside,
                Inside::Escrow | Inside::Dark { kept: false } | Inside::Moving { stack: false }
            )
        {
            self.device.note = None;
            self.device.returned += 1;
        }
        self.tell(Acceptor::ResetDone);
    }

    fn tell(&mut self, event: Acceptor) {
        self.send(Event::Peripheral(Peripheral::Acceptor(event)));
    }

    /// Feeds an event; with a full disk the kernel drops commands, tells so, and writes the rows later.
    fn send(&mut self, event: Event) {
        let mut effects = self.desk.send_raw(event);
        if self.disk_full {
            let mut refused = Vec::new();
            for effect in &mut effects {
                if let Effect::Record(record) = effect
                    && record.then.take().is_some()
                {
                    refused.push(record.op_id);
                }
            }
            if !refused.is_empty() {
                self.disk_full = false;
                let mut more = Vec::new();
                for op_id in refused {
                    more.extend(self.desk.send_raw(Event::RecordRefused { op_id }));
                }
                effects.extend(more.into_iter().map(|mut effect| {
                    if let Effect::Record(record) = &mut effect {
                        record.then = None;
                    }
                    effect
                }));
            }
        }
        self.desk.make_durable(effects);
        self.follow();
    }

    fn act(&mut self, action: Action) {
        self.send(Event::Action(action));
    }

    fn decide(&mut self, decision: Decision) {
        let step = self.desk.session.step_no();
        self.act(Action::Decide { step, decision });
    }

    fn word(&mut self, event: Acceptor) {
        self.device.last_told = Some(event.clone());
        self.tell(event);
    }

    fn happen(&mut self, happening: &Happening) {
        match happening {
            Happening::Note(at) => {
                let note = Denomination(VALUES[*at]);
                if self.device.note.is_none() && self.device.enabled.contains(&note) {
                    // What was stuck has left the way, and nobody hears of it.
                    for (note, kept) in std::mem::take(&mut self.device.stuck) {
                        self.settle(note, kept, false);
                    }
                    self.device.put_in += 1;
                    self.device.note = Some((note, Inside::Escrow));
                    self.tell(Acceptor::Accepting);
                    self.word(Acceptor::Escrowed(note));
                }
            }
            Happening::End(ending) => self.end(*ending),
            Happening::Repeat => {
                if let Some(event @ (Acceptor::Stacked(_) | Acceptor::Returned(_))) =
                    self.device.last_told.clone()
                    && self.device.note.is_none()
                    && self.device.stuck.is_empty()
                {
                    self.tell(event);
                }
            }
            Happening::PowerLoss => self.power_loss(),
            Happening::Late => {
                if let Some((note, Inside::Dark { kept })) = self.device.note {
                    self.device.note = None;
                    self.settle(note, kept, true);
                } else if self.device.note.is_none()
                    && let Some((note, kept)) = self.device.stuck.pop()
                {
                    self.settle(note, kept, true);
                }
            }
            Happening::Finish | Happening::Answer(true) => self.decide(Decision::Confirm),
            Happening::Answer(false) => {
                if matches!(self.desk.phase(), Some(Phase::Asking { .. })) {
                    self.decide(Decision::Decline);
                }
            }
            Happening::Cancel => self.act(Action::Cancel),
            Happening::Wait(ms) => {
                self.desk.pass_ms(u64::from(*ms));
                self.send(Event::Timeout);
                self.hold_ends();
            }
            Happening::Stacker(full) => {
                if self.device.note.is_none() {
                    self.device.enabled.clear();
                    self.tell(Acceptor::Stacker(if *full { Stacker::Full } else { Stacker::Missing }));
                }
            }
            Happening::Line => {
                self.tell(Acceptor::Line { open: false });
                if let Some((note, inside)) = self.device.note {
                    let kept = matches!(inside, Inside::Moving { stack: true } | Inside::Dark { kept: true });
                    if matches!(inside, Inside::Moving { .. }) {
                        self.tell(Acceptor::Unanswered(dark()));
                    }
                    self.device.note = Some((note, Inside::Dark { kept }));
                }
                self.device.enabled.clear();
                self.tell(Acceptor::Line { open: true });
            }
            Happening::DiskFull => self.disk_full = true,
            Happening::Kill(rows) => self.kill(*rows),
            Happening::Booked => self.booked(),
            Happening::NextPerson => self.next_person(),
        }
    }

    /// The note's command ends.
    fn end(&mut self, ending: Ending) {
        let Some((note, Inside::Moving { stack })) = self.device.note else { return };
        match ending {
            Ending::Good => {
                self.device.note = None;
                self.settle(note, stack, true);
            }
            Ending::Jam { kept } => {
                self.device.note = Some((note, Inside::Dark { kept }));
                self.device.enabled.clear();
                self.tell(Acceptor::Jammed { note: Some(note), error: dark() });
            }
            Ending::Silent { kept } => {
                self.device.note = Some((note, Inside::Dark { kept }));
                self.tell(Acceptor::Unanswered(dark()));
            }
        }
    }

    /// The note is where it is for good; told or not.
    fn settle(&mut self, note: Denomination, kept: bool, told: bool) {
        if kept {
            *self.device.stacked.entry(note).or_default() += 1;
        } else {
            self.device.returned += 1;
        }
        if told {
            self.word(if kept { Acceptor::Stacked(note) } else { Acceptor::Returned(note) });
        }
    }

    /// A note whose command was not sent is given back after it was held long enough.
    fn hold_ends(&mut self) {
        if let Some((note, Inside::Escrow)) = self.device.note {
            self.device.note = None;
            self.settle(note, false, true);
        }
    }

    fn power_loss(&mut self) {
        self.device.enabled.clear();
        self.device.last_told = None;
        let Some((note, inside)) = self.device.note else { return };
        if matches!(inside, Inside::Moving { .. }) {
            self.tell(Acceptor::Unanswered(dark()));
        }
        match inside {
            Inside::Moving { stack: true } | Inside::Dark { kept: true } => {
                self.device.note = None;
                self.settle(note, true, false);
                self.tell(Acceptor::FoundAtPowerUp(Position::Stacker));
            }
            Inside::Escrow | Inside::Moving { stack: false } | Inside::Dark { kept: false } => {
                self.device.note = Some((note, Inside::Dark { kept: false }));
                self.tell(Acceptor::FoundAtPowerUp(Position::Validator));
                // A start resets it later, when nobody is there.
                if self.device.note.is_some() {
                    self.reset();
                }
            }
        }
    }

    fn kill(&mut self, rows: usize) {
        // A step under way: the payer finishes, and only so many of its rows are durable.
        let step = self.desk.session.step_no();
        let action = Action::Decide { step, decision: Decision::Confirm };
        let effects = self.desk.send_raw(Event::Action(action));
        let mut left = rows;
        let durable: Vec<Effect> = effects
            .into_iter()
            .take_while(|effect| match effect {
                Effect::Record(_) => {
                    left = left.saturating_sub(1);
                    left > 0
                }
                _ => true,
            })
            .map(|mut effect| {
                if let Effect::Record(record) = &mut effect {
                    record.then = None;
                }
                effect
            })
            .collect();
        self.desk.make_durable_only(durable);
        self.follow_rows_only();
        let desk = std::mem::replace(&mut self.desk, Desk::with_acceptor());
        // The device goes on by itself: what was moving has moved, and nobody hears of it.
        self.device.enabled.clear();
        let mut found = None;
        if let Some((note, inside)) = self.device.note.take() {
            let kept = matches!(inside, Inside::Moving { stack: true } | Inside::Dark { kept: true });
            self.settle(note, kept, false);
            found = Some(kept);
        }
        let mut desk = desk.restart(Setup { boot: "boot-2".into(), ..with_acceptor() }, latch(0));
        desk.send(Event::Uplink { online: true, cause: String::new() });
        self.desk = desk;
        self.seen = 0;
        self.follow();
        match found {
            // Power was lost with the process: the device tells where it found the note.
            Some(true) if rows.is_multiple_of(2) => self.tell(Acceptor::FoundAtPowerUp(Position::Stacker)),
            Some(false) if rows.is_multiple_of(2) => self.tell(Acceptor::FoundAtPowerUp(Position::Validator)),
            _ => {}
        }
        self.well();
    }

    fn follow_rows_only(&mut self) {
        while self.seen < self.desk.effects.len() {
            if let Effect::Record(record) = &self.desk.effects[self.seen] {
                self.rows.push(record.draft.body.clone());
            }
            self.seen += 1;
        }
    }

    fn well(&mut self) {
        self.tell(Acceptor::Status {
            identity: "CCNET".into(),
            denominations: Vec::new(),
            stacker: Stacker::Ok,
            error: None,
        });
    }

    fn booked(&mut self) {
        let State::Repay(repay) = self.desk.session.state() else { return };
        let Repay::Booking { asked, paid } = &**repay else { return };
        let (asked, repayment) = (*asked, paid.repayment);
        let session = self.desk.session.session_id();
        let body = MessageBody::RepaymentBooked { repayment, booking: Some(booked()) };
        let message = self.desk.message(body, session, Some(asked));
        self.send(Event::Answer(Box::new(message)));
        self.decide(Decision::Confirm);
    }

    /// Whoever was there leaves, and the next one comes as far as the first note.
    fn next_person(&mut self) {
        if self.desk.session.taking().is_some() {
            return;
        }
        // What is stuck is freed by a person between visits, or stays.
        if let Some((note, Inside::Dark { kept })) = self.device.note {
            self.device.note = None;
            self.device.stuck.push((note, kept));
        }
        self.act(Action::Done);
        self.decide(Decision::Confirm);
        self.act(Action::Cancel);
        self.act(Action::Done);
        if !matches!(self.desk.session.state(), State::Idle) || !self.desk.session.at_rest() {
            return;
        }
        self.well();
        if self.desk.session.no_repayment(&self.desk.now).is_some() || self.device.note.is_some() {
            return;
        }
        let mut desk = std::mem::replace(&mut self.desk, Desk::with_acceptor());
        let before = desk.effects.len();
        assert_eq!(before, self.seen);
        desk.to_terms_of(20_000);
        self.desk = desk;
        self.decide(Decision::Confirm);
    }

    /// The world comes to rest: the payer leaves, the last word of the device is heard.
    fn settle_all(&mut self) {
        self.disk_full = false;
        for _ in 0..6 {
            self.end(Ending::Good);
            self.act(Action::Cancel);
            self.desk.pass_ms(120_000);
            self.send(Event::Timeout);
            self.hold_ends();
        }
        assert!(self.desk.session.taking().is_none(), "{:?}", self.desk.phase());
        assert_eq!(self.desk.session.durable().cash_in, None);
        if let Some((note, inside)) = self.device.note.take() {
            let kept = matches!(inside, Inside::Moving { stack: true } | Inside::Dark { kept: true });
            self.device.stuck.push((note, kept));
        }
    }

    fn check(&self) {
        let count = |wanted: fn(&Body) -> bool| self.rows.iter().filter(|row| wanted(row)).count();
        // One beginning, one end.
        let mut ends: BTreeMap<RepaymentId, u32> = BTreeMap::new();
        for row in &self.rows {
            if let Body::RepaymentEnded(row) = row {
                *ends.entry(row.repayment).or_default() += 1;
            }
        }
        for row in &self.rows {
            if let Body::RepaymentBegun(row) = row {
                assert_eq!(ends.get(&row.repayment), Some(&1), "{}", row.repayment);
            }
        }
        assert!(ends.values().all(|ends| *ends == 1));
        // Each credit uses up one escrow of its own, once.
        let mut escrows: BTreeMap<(RepaymentId, u32), Denomination> = BTreeMap::new();
        let mut credits = 0_u32;
        for row in &self.rows {
            match row {
                Body::NoteEscrowed(row) => {
                    if let Some(repayment) = row.repayment {
                        escrows.insert((repayment, row.note), row.denomination);
                    }
                }
                Body::NoteStacked(row) => {
                    let escrow = escrows.remove(&(row.repayment, row.note));
                    assert_eq!(escrow, Some(row.denomination), "a credit without an unused escrow");
                    credits += 1;
                }
                Body::NoteFoundLate(row) => {
                    let escrow = escrows.remove(&(row.repayment, row.note));
                    if row.in_stacker {
                        assert_eq!(escrow, Some(row.denomination), "a late credit without an unused escrow");
                        credits += 1;
                    }
                }
                _ => {}
            }
        }
        // The sum of each repayment is the sum of its credits.
        for row in &self.rows {
            let Body::RepaymentEnded(end) = row else { continue };
            let stacked = self.rows.iter().filter(
                |row| matches!(row, Body::NoteStacked(stacked) if stacked.repayment == end.repayment),
            );
            let counted: u32 = end.accepted.iter().map(|count| count.notes).sum();
            assert_eq!(stacked.count(), usize::try_from(counted).unwrap());
            assert_eq!(end.result == RepaymentResult::Uncertain, !end.in_doubt.is_empty());
        }
        // No note is credited that is not in the stacker, and none is lost without a word.
        let truly: u32 = self.device.stacked.values().sum();
        let books = &self.desk.session.durable().acceptor;
        assert!(credits <= truly, "{credits} credits, {truly} notes in the stacker");
        assert_eq!(books.in_stacker(), credits);
        let told =
            u32::try_from(count(|row| matches!(row, Body::NoteInDoubt(_) | Body::NoteFound(_)))).unwrap();
        assert!(
            truly - credits <= told,
            "{truly} notes in the stacker, {credits} credited, {told} doubts told"
        );
        let inside = u32::try_from(self.device.stuck.len()).unwrap();
        assert_eq!(self.device.put_in, truly + self.device.returned + inside, "the model loses no note");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn no_note_is_credited_twice_and_none_is_lost(
        happenings in prop::collection::vec(happening(), 1..60),
    ) {
        let mut world = World::new();
        world.next_person();
        for happening in &happenings {
            world.happen(happening);
        }
        world.settle_all();
        world.check();
    }
}
