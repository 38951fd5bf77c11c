//! Terminal, devices, gateway and borrower in one thread. Time is a number that jumps to what is due next.

mod borrower;
mod devices;
mod eye;
mod fuse;
mod line;
mod living;
mod planted;
mod process;
mod stick;

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use senim_domain::cash::{Denomination, UnitNo, UnitStock};
use senim_domain::time::Stamp;
use senim_domain::touch::TouchCorrection;
use senim_domain::{Mono, OrderId, SecretBytes, TerminalId, UtcMillis};
use senim_emulators::cards::registry;
use senim_emulators::ccnet::{Ccnet, Table};
use senim_emulators::escpos::EscPos;
use senim_emulators::gempc::GemPc;
use senim_emulators::lcdm4000::{
    Cassette, LastStatusMode as DeviceMode, Lcdm4000, Options as DeviceOptions, Unit,
};
use senim_emulators::machine::Machine;
use senim_hal::LineDriver;
use senim_hal::cash_dispenser::Command;
use senim_hal::power::{DispenserLatch, Power};
use senim_operation::{Body, Row};
use senim_person::scripted::Behaviour;
use senim_runtime::moment::Reading;
use senim_runtime::{Input, Kernel};
use senim_session::saga::LastStatusMode;
use senim_sync::{Answer, Lease, Request};
use senim_ui_model::View;
use senim_ui_model::hand::Hand;

use crate::far::Far;
use crate::mfo::Mfo;
use crate::planted::Bug;
use devices::{acceptor_driver, card_driver, dispenser_driver, printer_driver};
pub use eye::{Eye, person};
pub use fuse::Fuse;

/// Noon in Kazakhstan, 2 March 2026.
pub const START: UtcMillis = UtcMillis(1_772_434_800_000);
/// The wait before a last status, as a release has it.
pub const IDLE_WAIT_MS: u64 = 65_000;
/// Notes brought to each cassette.
pub const BROUGHT: u32 = 100;
/// What lies in the cassettes.
pub const CASSETTES: [u32; 4] = [5_000, 1_000, 10_000, 20_000];

/// How a request to the gateway fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Travel {
    /// There and back.
    Good,
    /// There at once, back after so many ms.
    Slow(u64),
    /// It never arrives.
    Lost,
    /// It arrives and is acted on, the answer does not come back.
    AnswerLost,
}

type Line = Box<dyn FnMut(&Request) -> Travel>;
type Forge = Box<dyn FnMut(&Request, Answer) -> Answer>;

/// What a world begins with.
#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// What the terminal's configuration states of the last status.
    pub last_status: LastStatusMode,
    /// What the device really does.
    pub device: DeviceMode,
    /// Whether there is a power latch.
    pub latch: bool,
    /// Sum that the borrower wants, tenge. 100,000 is one bundle, 200,000 are two.
    pub sum: u64,
    /// Seed of identifiers.
    pub seed: u8,
    /// Size of the borrower's picture.
    pub picture_bytes: usize,
    /// Whether there is a cash acceptor, and the MFO takes repayments.
    pub acceptor: bool,
    /// Whether there is a reader for cards.
    pub card: bool,
    /// Whether that reader has keys of its own.
    pub keypad: bool,
    /// Whether receipts are drawn as a terminal draws them, or are a pattern that costs no time.
    pub receipts: bool,
    /// How wrong the real-time clock is, ms.
    pub rtc_error_ms: i64,
    /// Notes brought to each of the first two cassettes.
    pub brought: u32,
    /// Denomination (tenge) and notes of each unit instead.
    pub cassettes: Option<[(u32, u32); 4]>,
    /// When the world begins.
    pub began: UtcMillis,
    /// Whether the journal has a second copy ([`World::copy_journal`]).
    pub second_copy: bool,
    /// Rows that the journal may hold unacknowledged, and how many of them are kept for what is open; the usual ones.
    pub journal_rows: Option<(u64, u64)>,
    /// How long a certificate that a code brings is good, and the first one; a dozen years.
    pub certificate_days: Option<u16>,
    /// A mistake that somebody made.
    pub bug: Option<Bug>,
}

impl WorldOptions {
    /// Denomination (tenge) and notes of each unit from 1.
    #[must_use]
    pub fn stock(&self) -> [(u32, u32); 4] {
        let brought = |at: usize| if at < 2 { self.brought } else { 0 };
        self.cassettes.unwrap_or_else(|| std::array::from_fn(|at| (CASSETTES[at], brought(at))))
    }
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self {
            last_status: LastStatusMode::Unknown,
            device: DeviceMode::Volatile,
            latch: true,
            sum: 100_000,
            seed: 1,
            picture_bytes: 17,
            acceptor: false,
            card: false,
            keypad: false,
            receipts: false,
            rtc_error_ms: 0,
            brought: BROUGHT,
            cassettes: None,
            began: START,
            second_copy: false,
            journal_rows: None,
            certificate_days: None,
            bug: None,
        }
    }
}

#[derive(Clone, Default)]
struct Latch(Arc<Mutex<Option<DispenserLatch>>>);

impl Power for Latch {
    fn dispenser_latch(&mut self) -> Result<Option<DispenserLatch>, senim_hal::Error> {
        Ok(*self.0.lock().unwrap())
    }
}

/// The world; what is at the far end of the line is the MFO's core in this thread, unless said otherwise.
pub struct World<F = Mfo> {
    pub options: WorldOptions,
    pub mfo: F,
    pub terminal: TerminalId,
    /// Milliseconds since the world began.
    pub now: u64,
    pub dispenser: Lcdm4000,
    pub printer: EscPos,
    /// Speaks only where the options have an acceptor.
    pub acceptor: Ccnet,
    /// Speaks only where the options have a reader for cards.
    pub card_reader: GemPc,
    /// Cash commands that the kernel gave out, over all processes.
    pub cash_commands: Vec<Command>,
    /// Whether the borrower acts.
    pub borrower: bool,
    /// How long the borrower thinks before each step, ms.
    pub thinks_ms: u64,
    /// How often each wish is touched.
    pub taps: u32,
    /// Notes that faults of the dispenser may let out although nobody asked for them.
    pub stray_notes: u64,
    /// What can be cut, and where it is.
    pub fuse: Fuse,
    /// How requests travel.
    pub line: Line,
    /// What comes back instead of an answer.
    pub forge: Forge,
    /// Whether nobody answers at the far end, not even what was asked before.
    pub away: bool,
    /// What the camera sees.
    pub eye: Eye,
    /// What whoever stands there does when movements are asked for.
    pub manner: Behaviour,
    /// What is on the screen.
    pub shown: Option<Box<View>>,
    /// The hand before it.
    pub hand: Hand,
    /// How touches are corrected.
    pub touch: TouchCorrection,
    /// Error events of the last run, for a failing test.
    pub log: Vec<String>,
    kernel: Option<Kernel>,
    dispenser_driver: senim_drivers::Lcdm4000,
    printer_driver: senim_drivers::EscPos,
    acceptor_driver: senim_drivers::Ccnet,
    card_driver: senim_drivers::GemPc,
    /// Dispenser and printer are each on the other's cable.
    swapped: bool,
    to_dispenser: Vec<u8>,
    to_printer: Vec<u8>,
    to_acceptor: Vec<u8>,
    to_card_reader: Vec<u8>,
    latch: Latch,
    queue: BTreeMap<(u64, u64), Due>,
    numbered: u64,
    identity: (SecretBytes, Vec<String>),
    certificate_ends: UtcMillis,
    dir: tempfile::TempDir,
    boot: u32,
    /// World time at which the host booted.
    booted_at: u64,
    borrower_acts_at: Option<u64>,
    /// When the kernel wants to be called without news, world time.
    kernel_due: u64,
    starts: u8,
    read: RefCell<Vec<Row>>,
    said: RefCell<Vec<Body>>,
    mistake: planted::Mistake,
}

/// Something on its way to the kernel.
enum Due {
    Input(Input),
    Ask(Lease, Request),
    /// A poll of the inbox that the gateway holds back until then.
    Held(Lease, Request, u64),
}

/// A folder of the terminal's own, in memory where the system offers that: no cut of this world reaches below the files,
/// and disks would wait for each row.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// What a cash officer brings to the first two units of a world that says nothing else.
#[must_use]
pub fn notes(brought: u32) -> Vec<UnitStock> {
    stock(&WorldOptions { brought, ..WorldOptions::default() })
}

/// What a cash officer brings to this world.
fn stock(options: &WorldOptions) -> Vec<UnitStock> {
    let units = (1_u8..).zip(options.stock()).filter(|(_, (_, notes))| *notes > 0);
    let unit =
        |(unit, (tenge, notes))| UnitStock { unit: UnitNo(unit), denomination: Denomination(tenge), notes };
    units.map(unit).collect()
}

impl World {
    /// A terminal in service with cash by a signed order, nobody there.
    #[must_use]
    pub fn new(options: WorldOptions) -> Self {
        Self::with(options, Mfo::new())
    }

    /// The same, where contracts are signed on phones.
    #[must_use]
    pub fn with_phones(options: WorldOptions, phones: crate::Phones) -> Self {
        Self::with(options, Mfo::with_phones(phones))
    }

    /// The same with an MFO of one's own.
    #[must_use]
    pub fn with(options: WorldOptions, mfo: Mfo) -> Self {
        Self::halting(options, mfo, None)
    }

    /// The same, whose first process stops dead at this point.
    #[must_use]
    pub fn halting(options: WorldOptions, mfo: Mfo, halt_at: Option<&str>) -> Self {
        let terminal: TerminalId = "t-1".parse().unwrap();
        if let Some(days) = options.certificate_days {
            mfo.certify_for(days);
        }
        let identity = mfo.enrol(&terminal, options.began);
        let mut world = Self::before_its_first_start(options, mfo, terminal, identity, folder());
        world.start(halt_at);
        let order = world.mfo.order(&world.terminal, stock(&world.options), world.utc());
        world.load(order);
        world
    }

    /// The first loan: everything works.
    #[must_use]
    pub fn run_first_loan(options: WorldOptions) -> Self {
        let mut world = Self::new(options);
        world.visit();
        world
    }
}

impl<F: Far> World<F> {
    /// A cash officer carries out an order once it has arrived; then loans are offered.
    pub fn load(&mut self, order: OrderId) {
        let known =
            self.run_until(600_000, |world| world.kernel().session().facts().orders.contains_key(&order));
        assert!(known, "the order arrives: {:?}", self.log);
        self.input(Input::ExchangeDone(order));
        let ready = self.run_until(60_000, |world| world.may_begin());
        assert!(ready, "in service: {:?} {:?}", self.out_of_service(), self.no_cash_loan());
    }

    /// Everything but a running firmware. `identity`: PKCS#8 and certificate chain; `dir`: where the journal lies.
    #[must_use]
    pub fn before_its_first_start(
        options: WorldOptions,
        mfo: F,
        terminal: TerminalId,
        identity: (SecretBytes, Vec<String>),
        dir: tempfile::TempDir,
    ) -> Self {
        let device = DeviceOptions { last_status: options.device, ..DeviceOptions::default() };
        let stock = options.stock();
        let cassette = |at: usize| Cassette::new(stock[at].0, stock[at].1);
        Self {
            mfo,
            terminal,
            now: 1_000,
            dispenser: Lcdm4000::new(device, [cassette(0), cassette(1), cassette(2), cassette(3)], 0),
            printer: EscPos::new(senim_emulators::escpos::Options::default()),
            acceptor: Ccnet::new(senim_emulators::ccnet::Options::default(), Table::default()),
            card_reader: GemPc::new(
                senim_emulators::gempc::Options {
                    keypad: options.keypad,
                    ..senim_emulators::gempc::Options::default()
                },
                registry::card,
            ),
            cash_commands: Vec::new(),
            borrower: false,
            thinks_ms: 500,
            taps: 1,
            fuse: Fuse::default(),
            line: Box::new(|_| Travel::Good),
            forge: Box::new(|_, answer| answer),
            away: false,
            eye: Eye::default(),
            manner: Behaviour::default(),
            shown: None,
            hand: Hand::default(),
            touch: TouchCorrection::NONE,
            log: Vec::new(),
            kernel: None,
            dispenser_driver: dispenser_driver(),
            printer_driver: printer_driver(),
            acceptor_driver: acceptor_driver(),
            card_driver: card_driver(options.keypad),
            swapped: false,
            to_dispenser: Vec::new(),
            to_printer: Vec::new(),
            to_acceptor: Vec::new(),
            to_card_reader: Vec::new(),
            latch: Latch::default(),
            queue: BTreeMap::new(),
            numbered: 0,
            certificate_ends: line::end_of(&identity.1),
            identity,
            dir,
            boot: 1,
            booted_at: 0,
            borrower_acts_at: None,
            kernel_due: 0,
            starts: 0,
            read: RefCell::default(),
            said: RefCell::default(),
            mistake: planted::Mistake::default(),
            stray_notes: 0,
            options,
        }
    }

    // Time.

    #[must_use]
    pub fn utc(&self) -> UtcMillis {
        UtcMillis(self.options.began.0 + i64::try_from(self.now).unwrap())
    }

    #[must_use]
    pub fn mono(&self) -> Mono {
        Mono(self.now - self.booted_at)
    }

    /// What the real-time clock shows.
    #[must_use]
    pub fn rtc(&self) -> UtcMillis {
        UtcMillis(self.utc().0.saturating_add(self.options.rtc_error_ms))
    }

    fn reading(&self) -> Reading {
        Reading { mono: self.mono(), rtc: self.rtc() }
    }

    // What can be looked at.

    #[must_use]
    pub fn kernel(&self) -> &Kernel {
        self.kernel.as_ref().expect("the terminal runs")
    }

    /// The moment as the session sees it.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.kernel().stamp(self.reading())
    }

    #[must_use]
    pub fn out_of_service(&self) -> Vec<String> {
        let kernel = self.kernel();
        kernel.session().out_of_service(&kernel.stamp(self.reading()))
    }

    #[must_use]
    pub fn no_cash_loan(&self) -> Option<String> {
        let kernel = self.kernel();
        kernel.session().no_cash_loan(&kernel.stamp(self.reading()))
    }

    #[must_use]
    pub fn no_repayment(&self) -> Option<String> {
        let kernel = self.kernel();
        kernel.session().no_repayment(&kernel.stamp(self.reading()))
    }

    #[must_use]
    pub fn may_begin(&self) -> bool {
        self.kernel().session().at_rest() && self.out_of_service().is_empty() && self.no_cash_loan().is_none()
    }

    /// Every row of the journal, as it was when it became durable.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        self.read_new_rows();
        self.read.borrow().clone()
    }

    /// Rows are written once, so only new ones are read: conditions ask for them at every step.
    fn read_new_rows(&self) {
        let mut read = self.read.borrow_mut();
        let (from, to) = (read.len() as u64, self.kernel().next_seq());
        if from < to {
            let rows = self.kernel().journal().rows(from, to).unwrap();
            self.said.borrow_mut().extend(rows.iter().filter_map(|row| row.envelope.body().unwrap()));
            read.extend(rows);
        }
    }

    /// What the rows say.
    #[must_use]
    pub fn bodies(&self) -> Vec<Body> {
        self.read_new_rows();
        self.said.borrow().clone()
    }

    /// What they say, to be looked at: at every step, so nothing is copied.
    #[must_use]
    pub fn told(&self) -> Ref<'_, [Body]> {
        self.read_new_rows();
        Ref::map(self.said.borrow(), Vec::as_slice)
    }

    /// How many rows have become durable.
    #[must_use]
    pub fn rows_read(&self) -> usize {
        self.read_new_rows();
        self.read.borrow().len()
    }

    /// Rows of a kind.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        self.read_new_rows();
        self.read.borrow().iter().filter(|row| row.envelope.kind == kind).count()
    }

    /// Nobody is there, no payout is open, no row waits for the disk, and the gateway has every one.
    #[must_use]
    pub fn settled(&self) -> bool {
        let kernel = self.kernel();
        let sent = kernel.acked_seq().is_some_and(|acked| acked + 1 == kernel.next_seq());
        let writable = !kernel.session().facts().journal_full;
        kernel.session().at_rest() && sent && writable && !kernel.attachments_waiting()
    }

    #[must_use]
    pub fn halted(&self) -> bool {
        self.kernel().halted()
    }

    // One step.

    /// Gives the kernel an input and carries out what it says.
    pub fn input(&mut self, input: Input) {
        if self.fuse.blown() {
            return;
        }
        self.show_latch();
        self.mistake_of_the_disk(&input);
        let reading = self.reading();
        let kernel = self.kernel.as_mut().unwrap();
        let durable = kernel.next_seq();
        let outputs = kernel.step(input, reading);
        let rows = kernel.next_seq().saturating_sub(durable);
        self.fuse.pass(usize::try_from(rows).unwrap());
        if self.fuse.blown() {
            return;
        }
        // As the shell does: the wish of one step holds until the next.
        self.kernel_due = kernel.poll_timeout(reading).0.saturating_add(self.booted_at);
        for output in outputs {
            self.carry_out(output);
        }
    }

    fn later(&mut self, ms: u64, due: Due) {
        self.numbered += 1;
        self.queue.insert((self.now + ms, self.numbered), due);
    }

    /// Runs until the condition holds, at most so long; whether it holds.
    pub fn run_until(&mut self, limit_ms: u64, holds: impl Fn(&Self) -> bool) -> bool {
        let end = self.now + limit_ms;
        let mut steps = 0_u32;
        loop {
            self.exchange_bytes();
            if self.fuse.blown() {
                return false;
            }
            if holds(self) {
                return true;
            }
            if self.kernel().halted() {
                return false;
            }
            steps += 1;
            assert!(steps < 200_000, "time does not pass: {:?}", self.kernel().session().state());
            let Some(next) = self.next_moment().filter(|next| *next <= end) else {
                self.now = end;
                return false;
            };
            self.now = next.max(self.now);
            self.handle_what_is_due();
        }
    }

    fn next_moment(&mut self) -> Option<u64> {
        let booted_at = self.booted_at;
        let world = |mono: Mono| mono.0.saturating_add(booted_at);
        if self.borrower && self.borrower_acts_at.is_none() && self.wish().is_some() {
            self.borrower_acts_at = Some(self.now + self.thinks_ms);
        }
        [
            Machine::poll_timeout(&self.dispenser),
            Machine::poll_timeout(&self.printer),
            LineDriver::poll_timeout(&self.dispenser_driver).map(world),
            LineDriver::poll_timeout(&self.printer_driver).map(world),
            self.options.acceptor.then(|| Machine::poll_timeout(&self.acceptor)).flatten(),
            LineDriver::poll_timeout(&self.acceptor_driver).map(world),
            self.options.card.then(|| Machine::poll_timeout(&self.card_reader)).flatten(),
            LineDriver::poll_timeout(&self.card_driver).map(world),
            Some(self.kernel_due),
            self.queue.keys().next().map(|(at, _)| *at),
            self.borrower_acts_at,
        ]
        .into_iter()
        .flatten()
        .min()
        .map(|at| at.max(self.now))
    }

    /// Notes that the dispenser has put out or into its reject tray.
    fn notes_landed(&self) -> u64 {
        let units = Unit::ALL.into_iter().map(|unit| self.dispenser.cassette(unit));
        units.map(|cassette| cassette.exited + cassette.rejected).sum()
    }

    fn handle_what_is_due(&mut self) {
        let (now, mono) = (self.now, self.mono());
        let landed = self.notes_landed();
        self.dispenser.handle_timeout(now);
        self.fuse.note(self.notes_landed() - landed);
        if self.fuse.blown() {
            return;
        }
        self.printer.handle_timeout(now);
        self.dispenser_driver.handle_timeout(mono);
        self.printer_driver.handle_timeout(mono);
        self.acceptor.handle_timeout(now);
        self.acceptor_driver.handle_timeout(mono);
        self.card_reader.handle_timeout(now);
        self.card_driver.handle_timeout(mono);
        while self.queue.keys().next().is_some_and(|(at, _)| *at <= now) {
            match self.queue.pop_first().unwrap().1 {
                Due::Input(input) => self.input(input),
                Due::Ask(lease, request) => self.ask(lease, &request),
                Due::Held(lease, request, until) => self.look_again(lease, request, until),
            }
        }
        if self.borrower_acts_at.is_some_and(|at| at <= now) {
            self.borrower_acts_at = None;
            if let Some(action) = self.wish() {
                for _ in 0..self.taps {
                    self.input(Input::Action(action.clone()));
                }
            }
        }
        if self.kernel_due <= now {
            self.input(Input::Tick);
            if self.kernel_due <= self.now {
                self.now += 1;
            }
        }
    }
}
