//! Whatever people, device, line, journal and power do before a shutter: who has a note is charged for it and nobody
//! else, each movement is asked for once, and the books say where the notes are.

use std::collections::BTreeMap;

use proptest::prelude::*;
use senim_domain::cash::{Denomination, UnitNo};
use senim_domain::{PayoutRequestId, UtcMillis};
use senim_hal::supply::{self, Source, Supply};
use senim_operation::body::{Body, PayoutEnded, PayoutResult};
use senim_operation::message::{Authorisation, MessageBody};
use senim_session::Action;
use senim_session::durable::Stage;
use senim_session::effect::{CashCommand, Effect};
use senim_session::event::{Event, Peripheral};
use senim_session::facts::Setup;
use senim_session::state::{PayPhase, State};

use crate::desk::*;
use crate::presenter::{Presenter, Way};

#[derive(Clone, Debug)]
enum Happening {
    NextPerson,
    Allow,
    /// The device ends what it is at.
    Device(Way),
    /// The session hears the oldest news.
    Hear,
    /// The device does as it should, and all news is heard.
    Smooth,
    Take(u32),
    Wait(u32),
    Line,
    PowerCut,
    DiskFull,
    /// The process dies: in the middle of a step, of which some rows are durable, or between steps, with the device
    /// carrying out what it was told or not.
    Kill {
        rows: usize,
        boot: bool,
        carried_out: bool,
    },
    Test,
    Battery(bool),
    Touch,
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        12 => Just(Way::Good),
        2 => Just(Way::Short),
        1 => Just(Way::Doubt),
        2 => Just(Way::Lost),
        1 => Just(Way::Deaf),
        1 => Just(Way::Refused),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => Just(Happening::NextPerson),
        10 => Just(Happening::Allow),
        6 => way().prop_map(Happening::Device),
        6 => Just(Happening::Hear),
        24 => Just(Happening::Smooth),
        3 => (1..50_u32).prop_map(Happening::Take),
        4 => Just(Happening::Take(100)),
        2 => (0..200_000_u32).prop_map(Happening::Wait),
        1 => Just(Happening::Line),
        1 => Just(Happening::PowerCut),
        1 => Just(Happening::DiskFull),
        1 => (0..5_usize, prop::bool::weighted(0.2), any::<bool>())
            .prop_map(|(rows, boot, carried_out)| Happening::Kill { rows, boot, carried_out }),
        1 => Just(Happening::Test),
        1 => any::<bool>().prop_map(Happening::Battery),
        1 => Just(Happening::Touch),
    ]
}

/// Terminal and device over several processes.
struct World {
    desk: Desk,
    device: Presenter,
    heard: usize,
    disk_full: bool,
    /// What people had when each request was made, tenge.
    before: BTreeMap<PayoutRequestId, u32>,
    ends: BTreeMap<PayoutRequestId, u32>,
    commands: BTreeMap<(PayoutRequestId, u32, &'static str), u32>,
    uncertain: bool,
}

impl World {
    fn new() -> Self {
        let desk = Desk::open_with(presenter(), stock());
        let heard = desk.effects.len();
        let (before, ends, commands) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self {
            desk,
            device: Presenter::new(100),
            heard,
            disk_full: false,
            before,
            ends,
            commands,
            uncertain: false,
        }
    }

    fn send(&mut self, event: Event) {
        if !std::mem::take(&mut self.disk_full) {
            self.desk.send(event);
            return self.follow();
        }
        let mut effects = self.desk.send_raw(event);
        let mut refused = Vec::new();
        for effect in &mut effects {
            if let Effect::Record(row) = effect
                && row.then.take().is_some()
            {
                refused.push(row.op_id);
            }
        }
        self.desk.make_durable(effects);
        for op_id in refused {
            self.desk.send(Event::RecordRefused { op_id });
        }
        self.follow();
    }

    /// The kernel asks for the latch before it hands a dispenser's news over.
    fn hear(&mut self) {
        let Some(news) = self.device.events.pop_front() else { return };
        self.desk.send(Event::Latch(latch(self.device.losses)));
        self.send(Event::Dispenser(news));
    }

    /// What was given out since the last look: to the device, and into the accounts of this test.
    fn follow(&mut self) {
        let first = std::mem::replace(&mut self.heard, self.desk.effects.len());
        self.account(first);
        self.device.hear(&self.desk.effects[first..]);
    }

    fn account(&mut self, first: usize) {
        for effect in &self.desk.effects[first..] {
            let Effect::Record(record) = effect else { continue };
            let (request, bundle) = match &record.draft.body {
                Body::PayoutRequested(row) => {
                    self.before.insert(row.request, self.device.given_tenge());
                    continue;
                }
                Body::PayoutEnded(row) => {
                    *self.ends.entry(row.request).or_default() += 1;
                    self.uncertain |= row.result == PayoutResult::Uncertain;
                    who_has_a_note_is_charged_for_it(row, &self.device, self.before[&row.request]);
                    continue;
                }
                Body::TestDispenseEnded(row) => {
                    self.uncertain |= row.result == senim_domain::cash::BundleResult::Uncertain;
                    continue;
                }
                Body::PayoutIntended(row) => (row.request, row.bundle),
                Body::PayoutArmed(row) => (row.request, row.bundle),
                Body::PayoutPresented(row) => (row.request, row.bundle),
                Body::PayoutRetractIntended(row) => (row.request, row.bundle),
                _ => continue,
            };
            let Some(command) = &record.then else { continue };
            let name = match command {
                CashCommand::Mark => "mark",
                CashCommand::Dispense(_) => "dispense",
                CashCommand::Present => "present",
                CashCommand::Retract => "retract",
                CashCommand::TestDispense(_) => panic!("a test in a payout"),
                CashCommand::AcceptNotes(_)
                | CashCommand::StackNote
                | CashCommand::ReturnNote
                | CashCommand::ResetAcceptor => panic!("{command:?} in a payout"),
            };
            let times = self.commands.entry((request, bundle, name)).or_default();
            *times += 1;
            assert_eq!(*times, 1, "{name} of bundle {bundle}");
        }
    }

    fn kill(&mut self, rows: usize, boot: bool, carried_out: bool) {
        let mut carried_out = carried_out;
        if let Some(news) = self.device.events.pop_front() {
            let kept: Vec<Effect> = self
                .desk
                .send_raw(Event::Dispenser(news))
                .into_iter()
                .filter(|effect| matches!(effect, Effect::Record(_)))
                .take(rows)
                .map(without_command)
                .collect();
            self.desk.make_durable_only(kept);
            let first = std::mem::replace(&mut self.heard, self.desk.effects.len());
            self.account(first);
            carried_out = false;
        }
        if carried_out {
            self.device.go_on(Way::Good);
        }
        self.device.forget();
        let boot = if boot { "boot-2" } else { BOOT };
        let desk = std::mem::replace(&mut self.desk, Desk::open());
        self.desk = desk.restart(Setup { boot: boot.into(), ..presenter() }, latch(self.device.losses));
        self.heard = 0;
        self.follow();
    }

    fn next_person(&mut self) {
        if !self.desk.session.at_rest() || self.device.work.is_some() || !self.device.events.is_empty() {
            return;
        }
        self.desk.dispenser(healthy());
        self.desk.act(Action::Done);
        self.desk.now.utc = UtcMillis(NOON.0 + 1);
        self.desk.send(Event::Uplink { online: true, cause: String::new() });
        self.desk.act(begin());
        let rich = self.desk.session.durable().books.stock()[0].notes > 50;
        if matches!(self.desk.session.state(), State::EnterIin { .. }) && rich {
            self.desk.act(Action::Cancel);
            self.desk.act(Action::Done);
            self.desk.to_authorising_of(200_000);
        }
        self.follow();
    }

    fn play(&mut self, happening: &Happening) {
        match *happening {
            Happening::NextPerson => self.next_person(),
            Happening::Allow => {
                if matches!(self.desk.session.state(), State::Authorising { .. }) {
                    let leave = self.desk.leave();
                    let boot = self.desk.boot.clone();
                    self.desk.answer(MessageBody::PayoutAuthorised(Authorisation { boot, ..leave }));
                    self.follow();
                }
            }
            Happening::Device(way) => self.device.go_on(way),
            Happening::Hear => self.hear(),
            Happening::Smooth => {
                self.device.go_on(Way::Good);
                while !self.device.events.is_empty() {
                    self.hear();
                }
            }
            Happening::Take(most) => self.device.take(most),
            Happening::Wait(ms) => {
                self.desk.pass_ms(u64::from(ms));
                self.send(Event::Timeout);
            }
            Happening::Line => self.device.line(),
            Happening::PowerCut => self.device.power_cut(),
            Happening::DiskFull => self.disk_full = true,
            Happening::Kill { rows, boot, carried_out } => self.kill(rows, boot, carried_out),
            Happening::Test => self.send(Event::TestDispense(UnitNo(1))),
            Happening::Battery(on) => {
                let source = if on { Source::Battery } else { Source::Mains };
                let supply =
                    Supply { source, low: on, charge_percent: None, runtime_s: None, replace_battery: false };
                self.send(Event::Peripheral(Peripheral::Supply(supply::Event::Changed(supply))));
            }
            Happening::Touch => self.send(Event::Action(Action::Cancel)),
        }
    }

    fn invariant_somebody_will_go_on(&self) {
        let session = self.desk.session.durable();
        let Some(open) = &session.open else {
            let waits = session.testing.is_none() || self.device.work.is_some();
            return assert!(waits || !self.device.events.is_empty(), "a test that nobody ends");
        };
        let asked = self.device.work.is_some() || !self.device.events.is_empty();
        let clock = matches!(
            self.desk.session.state(),
            State::Authorising { .. } | State::Paying { phase: PayPhase::Taking, .. }
        );
        let timed = clock && self.desk.session.poll_timeout(&self.desk.now).is_some();
        assert!(asked || timed, "nothing will ever end {open:?}");
    }

    fn invariant_one_end_per_request(&self) {
        let open = self.desk.session.durable().open.as_ref().map(|open| open.request);
        for request in self.before.keys() {
            let ends = self.ends.get(request).copied().unwrap_or_default();
            assert_eq!(ends, u32::from(open != Some(*request)), "ends of {request}");
        }
    }

    fn invariant_the_books_say_where_the_notes_are(&self) {
        let durable = self.desk.session.durable();
        assert!(durable.books.balance());
        assert_eq!(self.desk.disk, *durable, "what is believed is what is durable");
        let moving = matches!(&durable.open, Some(open) if !matches!(open.stage, Stage::Requested));
        if moving || durable.testing.is_some() || self.uncertain {
            assert!(!self.uncertain || durable.stopped.is_some());
            return;
        }
        for (at, face) in [5_000, 1_000].into_iter().enumerate() {
            let sums = durable.books.denominations[&Denomination(face)];
            let books = [
                durable.books.in_cassettes(Denomination(face)),
                sums.in_reject,
                sums.in_retract,
                sums.distributed,
            ];
            let device = &self.device;
            let real = [device.cassettes[at], device.reject[at], device.retract[at], device.given[at]];
            assert_eq!(books, real, "of {face}");
            assert_eq!(device.lying[at], 0, "a note behind the shutter that nobody waits for");
        }
    }
}

fn without_command(effect: Effect) -> Effect {
    match effect {
        Effect::Record(mut record) => {
            record.then = None;
            Effect::Record(record)
        }
        other => other,
    }
}

fn who_has_a_note_is_charged_for_it(ended: &PayoutEnded, device: &Presenter, before: u32) {
    let charged: u32 = ended.distributed.iter().map(|count| count.denomination.0 * count.notes).sum();
    let got = device.given_tenge() - before;
    assert!(charged <= 200_000 && got <= 200_000, "more than asked for");
    if ended.result == PayoutResult::Uncertain {
        assert!(charged <= got, "charged {charged} of {got}");
    } else {
        assert_eq!(charged, got, "{ended:?}");
    }
}

fn plays(happenings: &[Happening]) {
    let mut world = World::new();
    for happening in happenings {
        world.play(happening);
        world.invariant_somebody_will_go_on();
        world.invariant_one_end_per_request();
        world.invariant_the_books_say_where_the_notes_are();
    }
}

#[test]
fn a_process_that_dies_between_the_row_of_a_retract_and_its_outcome_counts_the_notes_once() {
    use Happening::{Allow, Device, Kill, NextPerson, Smooth, Wait};
    let killed = Kill { rows: 1, boot: false, carried_out: false };
    plays(&[NextPerson, Allow, Smooth, Smooth, Smooth, Wait(90_000), Device(Way::Good), killed, Smooth]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn before_a_shutter_who_has_a_note_is_charged_for_it_and_nobody_else(
        happenings in prop::collection::vec(happening(), 1..120)
    ) {
        plays(&happenings);
    }
}
