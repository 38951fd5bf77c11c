//! Plays a story in a world of its own and looks at it after every step.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use senim_domain::rule_pack::Service;
use senim_domain::{Language, Secret};
use senim_emulators::ccnet::Fault as Acceptor;
use senim_emulators::escpos::Fault as Printer;
use senim_emulators::lcdm4000::Fault as Dispenser;
use senim_gateway_core::Snapshot;
use senim_operation::Row;
use senim_runtime::Input;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::dialogue::repayment::{Phase, Repay};
use senim_session::state::{Errand as Offered, State};

use super::story::{Errand, Story, What};
use crate::cores::caught;
use crate::invariants;
use crate::mfo::{Mfo, pack, staff};
use crate::planted;
use crate::world::{Eye, Travel, World, WorldOptions};

/// A visit lasts no longer; whoever is still there then goes.
const VISIT_MS: u64 = 420_000;
/// Between two deeds of somebody who pays.
const DEED_MS: u64 = 700;
/// What whoever repays has in their hand.
const PURSE: [u32; 5] = [5_000, 10_000, 2_000, 1_000, 20_000];

/// How requests fare now.
#[derive(Clone, Copy, Debug, Default)]
struct Weather {
    per_mille: u64,
    down: bool,
    each_ms: Option<u64>,
}

/// What ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cure {
    Line,
    Core,
    Disk,
    Camera,
}

/// Looks at the world at every boundary.
type Watcher = Box<dyn Fn(&World)>;

/// A story that is being played.
pub(crate) struct Play {
    world: World,
    weather: Rc<Cell<Weather>>,
    cures: Vec<(u64, Cure)>,
    /// What is to come in this visit, by boundaries since the world began.
    twists: VecDeque<(u64, What)>,
    /// Set on a device, and how often it may strike.
    set: Vec<What>,
    struck: BTreeMap<String, u64>,
    backup: Option<Snapshot>,
    /// Rows, and notes that left, when everything was last looked at.
    looked: RefCell<(usize, u64)>,
    /// What a mistake of the gateway was made with.
    mistaken: RefCell<(usize, usize)>,
    watcher: Option<Watcher>,
    /// What it means when the process stops at its halting point.
    halts: What,
}

/// Plays it; how often each kind of fault struck.
///
/// # Panics
/// When something does not hold, with what it is.
#[must_use]
pub fn play(story: &Story) -> BTreeMap<String, u64> {
    let mut play = Play::begin(&story.options, story.seed, story.real_keys);
    play.through(story);
    play.struck
}

/// Plays it, and tells what became durable, a row a line, up to the end or to what did not hold.
///
/// # Errors
/// The words of the assertion that failed.
pub fn tell(story: &Story) -> (Vec<String>, Result<(), String>) {
    let mut play = Play::begin(&story.options, story.seed, story.real_keys);
    let ended = caught(|| play.through(story));
    let line = |row: &Row| {
        let said = row.envelope.body().ok().flatten().map(|body| format!("{body:?}")).unwrap_or_default();
        format!("{} {} {said}", row.envelope.seq, row.envelope.at)
    };
    let rows = play.world.rows().iter().map(line).collect();
    (rows, ended)
}

impl Play {
    /// A terminal in service; the seed says which requests are lost when the line is bad.
    pub(crate) fn begin(options: &WorldOptions, seed: u64, real_keys: bool) -> Self {
        let mut rules = pack();
        if options.acceptor {
            rules.allowed_operations.insert(Service::Repayment);
        }
        let mut world =
            World::with(options.clone(), if real_keys { Mfo::with(rules) } else { Mfo::of_doubles(rules) });
        let weather: Rc<Cell<Weather>> = Rc::default();
        let (seen, mut rng) = (Rc::clone(&weather), fastrand::Rng::with_seed(seed ^ 0x11_4E));
        world.line = Box::new(move |_| {
            let weather = seen.get();
            let lot = rng.u64(..1_000);
            if weather.down || lot < weather.per_mille {
                Travel::Lost
            } else if lot < 2 * weather.per_mille {
                Travel::AnswerLost
            } else {
                weather.each_ms.map_or(Travel::Good, Travel::Slow)
            }
        });
        Self {
            world,
            weather,
            cures: Vec::new(),
            twists: VecDeque::new(),
            set: Vec::new(),
            struck: BTreeMap::new(),
            backup: None,
            looked: RefCell::default(),
            mistaken: RefCell::default(),
            watcher: None,
            halts: What::ProcessDies,
        }
    }

    fn through(&mut self, story: &Story) {
        for visit in &story.visits {
            let from = self.world.fuse.passed();
            self.twists = visit.twists.iter().map(|twist| (from + twist.after, twist.what)).collect();
            self.backup = Some(self.world.mfo.store.snapshot());
            self.visit(visit.errand);
        }
        self.finish();
    }

    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    /// The next visit has a cut behind so many boundaries since the world began.
    pub(crate) fn cut_behind(&mut self, passed: u64, cabinet: bool) {
        let what = if cabinet { What::PowerCut } else { What::ProcessDies };
        self.twists.push_back((passed, what));
    }

    /// The next visit has a cut at this halting point of a process that begins now.
    pub(crate) fn cut_at_row(&mut self, point: &str, cabinet: bool) {
        self.world.kill();
        self.world.start(Some(point));
        self.halts = if cabinet { What::PowerCut } else { What::ProcessDies };
    }

    /// Somebody comes, does what they came for or not, and goes.
    pub(crate) fn visit(&mut self, errand: Errand) {
        match errand {
            Errand::Loan => self.borrow(),
            Errand::Repay(notes) => self.repay(notes, false),
            Errand::TakeBack(notes) => self.repay(notes, true),
        }
        self.nobody_is_there();
    }

    /// The same while somebody watches every step.
    pub(crate) fn watched_visit(&mut self, errand: Errand, watches: impl Fn(&World) + 'static) {
        self.watcher = Some(Box::new(watches));
        self.visit(errand);
        self.watcher = None;
    }

    /// Runs until it holds, at most so long, through whatever happens meanwhile.
    fn drive(&mut self, limit_ms: u64, holds: impl Fn(&World) -> bool) -> bool {
        let end = self.world.now + limit_ms;
        loop {
            self.cure_what_is_due();
            let next = self.twists.front().copied();
            if let Some((at, What::ProcessDies | What::PowerCut)) = next {
                self.world.fuse.blow_at(at.max(self.world.fuse.passed() + 1));
            }
            let until = self.cures.iter().map(|(at, _)| *at).fold(end, u64::min);
            let due = |world: &World| next.is_some_and(|(at, _)| world.fuse.passed() >= at);
            let (looked, watcher) = (&self.looked, self.watcher.as_deref());
            let mistaken = &self.mistaken;
            self.world.run_until(until.saturating_sub(self.world.now), |world| {
                look(world, looked);
                planted::in_the_outbox(world, &mut mistaken.borrow_mut());
                if let Some(watches) = watcher {
                    watches(world);
                }
                holds(world) || due(world)
            });
            if self.world.halted() {
                self.go_dark(self.halts);
            } else if self.world.fuse.blown() {
                let (_, what) = self.twists.pop_front().unwrap();
                self.go_dark(what);
            } else if due(&self.world) {
                let (_, what) = self.twists.pop_front().unwrap();
                self.happens(what);
            } else if holds(&self.world) {
                return true;
            } else if self.world.now >= end {
                return false;
            }
        }
    }

    fn go_dark(&mut self, what: What) {
        self.count(&what);
        if what == What::PowerCut {
            self.world.cut_power();
        } else {
            self.world.kill();
        }
        self.world.start(None);
        // Another process has another connection to its disk.
        if self.cures.iter().any(|(_, cure)| *cure == Cure::Disk) {
            self.world.fill_disk();
        }
    }

    fn happens(&mut self, what: What) {
        let now = self.world.now;
        match what {
            What::Dispenser(fault, spec) => {
                if fault == Dispenser::PurgeMovesExit {
                    self.world.stray_notes += u64::from(spec.times.unwrap_or(0));
                }
                self.world.dispenser.set_fault(fault, spec, now);
            }
            What::Acceptor(fault, spec) => self.world.acceptor.set_fault(fault, spec, now),
            What::Printer(fault, spec) => self.world.printer.set_fault(fault, spec, now),
            What::ProcessDies | What::PowerCut => return self.go_dark(what),
            What::LineLoses { per_mille, ms } => {
                self.weather.set(Weather { per_mille, ..Weather::default() });
                self.cures.push((now + ms, Cure::Line));
            }
            What::LineDown { ms } => {
                self.weather.set(Weather { down: true, ..Weather::default() });
                self.cures.push((now + ms, Cure::Line));
            }
            What::LineSlow { each_ms, ms } => {
                self.weather.set(Weather { each_ms: Some(each_ms), ..Weather::default() });
                self.cures.push((now + ms, Cure::Line));
            }
            What::CoreDown { ms } => {
                self.world.mfo.services(|services| services.core_down = true);
                self.cures.push((now + ms, Cure::Core));
            }
            What::GatewayPutBack => {
                let backup = self.backup.as_ref().expect("one is made when a visit begins");
                self.world.mfo.store.put_back(backup);
                self.world.mfo.gateway.restore(&staff(), &[], self.world.utc()).unwrap();
            }
            What::ClockJumps { error_ms } => self.world.options.rtc_error_ms = error_ms,
            What::DiskFull { ms } => {
                self.world.fill_disk();
                self.cures.push((now + ms, Cure::Disk));
            }
            What::WalksAway => self.world.borrower = false,
            What::Taps { times } => self.world.taps = times,
            What::Dawdles { ms } => self.world.thinks_ms = ms,
            What::CoversCamera { ms } => {
                self.world.eye = Eye::Covered;
                self.cures.push((now + ms, Cure::Camera));
            }
        }
        match what {
            What::Dispenser(..) | What::Acceptor(..) | What::Printer(..) => self.set.push(what),
            _ => self.count(&what),
        }
    }

    fn count(&mut self, what: &What) {
        *self.struck.entry(what.kind()).or_default() += 1;
    }

    fn cure_what_is_due(&mut self) {
        let now = self.world.now;
        let (due, later) = self.cures.iter().partition(|(at, _)| *at <= now);
        self.cures = later;
        let due: Vec<(u64, Cure)> = due;
        for (_, cure) in due {
            match cure {
                Cure::Line => self.weather.set(Weather::default()),
                Cure::Core => self.world.mfo.services(|services| services.core_down = false),
                Cure::Disk => self.world.make_room(),
                Cure::Camera => self.world.eye = Eye::Anything,
            }
        }
    }

    fn borrow(&mut self) {
        let ends = self.world.count("PayoutEnded");
        self.world.borrower = true;
        self.drive(VISIT_MS, |world| {
            let gone = matches!(world.kernel().session().state(), State::Idle | State::End { .. });
            gone && (world.count("PayoutEnded") > ends || !world.borrower)
        });
    }

    fn repay(&mut self, notes: u32, takes_back: bool) {
        let number =
            self.world.mfo.services(|services| services.bookings.first().map(|b| b.contract_number.clone()));
        // Whoever got no loan has nothing to repay.
        let Some(number) = number else { return };
        let ends = self.world.count("RepaymentEnded");
        let mut purse: VecDeque<u32> = PURSE.iter().copied().cycle().take(notes as usize).collect();
        let (end, mut thinks) = (self.world.now + VISIT_MS, 0);
        self.world.borrower = false;
        self.world.thinks_ms = 0;
        let mut there = true;
        while there && self.world.now < end {
            self.drive(DEED_MS + self.world.thinks_ms, |_| false);
            thinks += 1;
            let walked = self.struck.get("borrower.walks_away").copied().unwrap_or(0);
            let paid = self.world.count("RepaymentEnded") > ends;
            there = !paid && (thinks < 5 || walked == 0);
            for _ in 0..self.world.taps {
                self.deed(&number, &mut purse, takes_back);
            }
        }
        // Whatever the last deed let happen.
        self.drive(0, |_| false);
    }

    /// What somebody who pays a loan by its number does now. Who takes the last note back is done as it is drawn in.
    fn deed(&mut self, number: &str, purse: &mut VecDeque<u32>, takes_back: bool) {
        let session = self.world.kernel().session();
        let step = session.step_no();
        let decide = |decision| Some(Action::Decide { step, decision });
        let errands = session.errands(&self.world.stamp());
        let place =
            errands.iter().position(|(offered, why_not)| *offered == Offered::Repay && why_not.is_none());
        let action = match session.state() {
            State::Idle => place.map(|_| Action::ChooseLanguage(Language::Kk)),
            State::Menu => place.and_then(|place| decide(Decision::Choose(place))),
            State::Repay(repay) => match repay.as_ref() {
                Repay::Way => decide(Decision::Choose(1)),
                Repay::Number { .. } => decide(Decision::Enter(Secret::new(number.to_owned()))),
                Repay::Terms { .. } | Repay::Done(_) | Repay::Nothing(_) => decide(Decision::Confirm),
                Repay::Cash(_) if session.taking().is_some_and(|taking| taking.phase == Phase::Ready) => {
                    match purse.front().copied() {
                        Some(note) => {
                            let now = self.world.now;
                            let drawn_in = self.world.acceptor.insert(note, None, now).is_ok();
                            if drawn_in {
                                purse.pop_front();
                            }
                            if drawn_in && takes_back && purse.is_empty() {
                                decide(Decision::Confirm)
                            } else {
                                None
                            }
                        }
                        None => decide(Decision::Confirm),
                    }
                }
                // More than is due: sometimes it is meant so, and sometimes the note comes back.
                Repay::Cash(_)
                    if session
                        .taking()
                        .is_some_and(|taking| matches!(taking.phase, Phase::Asking { .. })) =>
                {
                    let meant = purse.len().is_multiple_of(2);
                    decide(if meant { Decision::Confirm } else { Decision::Decline })
                }
                Repay::Cash(_)
                | Repay::Reading(_)
                | Repay::Looking { .. }
                | Repay::Asking { .. }
                | Repay::Contracts { .. }
                | Repay::Wish { .. }
                | Repay::Booking { .. } => None,
            },
            _ => None,
        };
        if let Some(action) = action {
            self.world.input(Input::Action(action));
        }
    }

    /// The next one is somebody else, and what hinders people hinders no longer.
    fn nobody_is_there(&mut self) {
        self.world.borrower = false;
        self.world.taps = 1;
        self.world.thinks_ms = 500;
        // What did not come in its visit does not come in another.
        self.twists.clear();
        self.world.fuse.mend();
    }

    /// Everything works again; what has to hold then.
    pub(crate) fn finish(&mut self) {
        self.drive(20_000, |_| false);
        let now = self.world.now;
        for what in std::mem::take(&mut self.set) {
            let struck = match what {
                What::Dispenser(fault, spec) => {
                    let left = self.world.dispenser.fault(fault);
                    self.world.dispenser.clear_fault(fault);
                    left != Some(spec)
                }
                What::Acceptor(fault, spec) => {
                    let left = self.world.acceptor.fault(fault);
                    let stuck = fault == Acceptor::NoteStuck && self.world.acceptor.note().is_some();
                    self.world.acceptor.clear_fault(fault, now);
                    left != Some(spec) || stuck
                }
                What::Printer(fault, spec) => {
                    let left = self.world.printer.fault(fault);
                    self.world.printer.clear_fault(fault, now);
                    // Rows that were printed meanwhile count down what is left of it.
                    if fault == Printer::PaperOutMidPrint { left.is_none() } else { left != Some(spec) }
                }
                _ => false,
            };
            if struck || lasts(&what) {
                self.count(&what);
            }
        }
        for (at, _) in &mut self.cures {
            *at = 0;
        }
        self.cure_what_is_due();
        self.world.options.rtc_error_ms = 0;
        self.world.settle();
        planted::in_the_outbox(&self.world, &mut self.mistaken.borrow_mut());
        invariants::all(&self.world);
        self.serves_again();
        // What the devices did meanwhile: an acceptor drops a note past recall with its reset.
        self.world.settle();
        planted::in_the_outbox(&self.world, &mut self.mistaken.borrow_mut());
        invariants::at_rest(&self.world);
    }

    /// How often each kind of fault struck.
    pub(crate) const fn struck(&self) -> &BTreeMap<String, u64> {
        &self.struck
    }

    /// Without a person, unless one is really needed: to count what nobody knows, to bring cash, or to take out a note
    /// that is stuck on its path.
    fn serves_again(&mut self) {
        let lends = |world: &World| {
            let stuck = world.dispenser.on_path().iter().any(|(_, notes)| *notes > 0);
            match world.no_cash_loan().as_deref() {
                None | Some("cashStopped" | "noCash") => true,
                Some("dispenser") => stuck,
                Some(_) => false,
            }
        };
        let takes_notes = |world: &World| match world.no_repayment().as_deref() {
            None => true,
            Some("acceptor") => !world.options.acceptor || world.acceptor.is_held_up(),
            Some(_) => false,
        };
        let serves = |world: &World| world.out_of_service().is_empty() && lends(world) && takes_notes(world);
        let served = self.world.run_until(600_000, serves);
        assert!(
            served,
            "does not serve again: {:?} {:?} {:?}",
            self.world.out_of_service(),
            self.world.no_cash_loan(),
            self.world.no_repayment()
        );
    }
}

/// Whether a fault is a state of the device that is there while it is set.
fn lasts(what: &What) -> bool {
    match what {
        What::Dispenser(fault, _) => matches!(fault, Dispenser::CassetteOut),
        What::Acceptor(fault, _) => {
            matches!(fault, Acceptor::StackerFull | Acceptor::CassetteOut)
        }
        What::Printer(fault, _) => *fault != Printer::PaperOutMidPrint,
        _ => false,
    }
}

/// Looks at what must hold at every moment, where something has changed since the last look. What a process that stopped
/// dead in the middle of a step holds in memory is nobody's any more.
fn look(world: &World, looked: &RefCell<(usize, u64)>) {
    if world.halted() {
        return;
    }
    let now = (world.rows_read(), invariants::notes_left(world));
    if *looked.borrow() != now {
        *looked.borrow_mut() = now;
        invariants::at_every_step(world);
    }
}
