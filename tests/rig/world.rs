//! Terminal, devices, gateway and borrower in one thread. Time is a number that jumps to what is due next.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use senim_domain::cash::{Denomination, UnitNo, UnitStock};
use senim_domain::loan::Method;
use senim_domain::time::{ClockQuality, Stamp};
use senim_domain::{Language, Mono, OperationId, OrderId, Secret, SecretBytes, TerminalId, Tiyn, UtcMillis};
use senim_emulators::escpos::EscPos;
use senim_emulators::lcdm4000::{Cassette, LastStatusMode as DeviceMode, Lcdm4000, Options as DeviceOptions};
use senim_emulators::machine::Machine;
use senim_hal::cash_dispenser::{CashDispenser as _, Command};
use senim_hal::power::{DispenserLatch, Power};
use senim_hal::receipt_printer::{Raster, ReceiptPrinter as _};
use senim_hal::{LineDriver, cash_dispenser, receipt_printer};
use senim_journal::{Identity, Journal, JournalOptions};
use senim_operation::attachment::MfoSealer;
use senim_operation::signer::{RamKey, RamKeyMaker};
use senim_operation::{Body, Profile, Row};
use senim_runtime::kernel::CameraCommand;
use senim_runtime::moment::Reading;
use senim_runtime::{HaltAt, Input, Kernel, KernelOptions, KernelParts, Output};
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::event::CameraEvent;
use senim_session::facts::{BatteryRules, Setup};
use senim_session::saga::LastStatusMode;
use senim_session::state::{Errand, Picture, State};
use senim_sync::wire::Failure;
use senim_sync::{Answer, Lease, Request, SyncOptions};
use senim_ui_model::view::Place;
use uuid::Uuid;

use crate::far::Far;
use crate::mfo::Mfo;

/// Noon in Kazakhstan, 2 March 2026.
pub const START: UtcMillis = UtcMillis(1_772_434_800_000);
/// The wait before a last status, as a release has it.
pub const IDLE_WAIT_MS: u64 = 65_000;
/// How often the gateway looks into an inbox whose poll it holds back, ms.
const HELD_MS: u64 = 500;
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
    /// How wrong the real-time clock is, ms.
    pub rtc_error_ms: i64,
    /// Notes brought to each cassette.
    pub brought: u32,
    /// When the world begins.
    pub began: UtcMillis,
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
            rtc_error_ms: 0,
            brought: BROUGHT,
            began: START,
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
    /// Cash commands that the kernel gave out, over all processes.
    pub cash_commands: Vec<Command>,
    /// Whether the borrower acts.
    pub borrower: bool,
    /// How requests travel.
    pub line: Line,
    /// What comes back instead of an answer.
    pub forge: Forge,
    /// Error events of the last run, for a failing test.
    pub log: Vec<String>,
    kernel: Option<Kernel>,
    dispenser_driver: senim_drivers::Lcdm4000,
    printer_driver: senim_drivers::EscPos,
    to_dispenser: Vec<u8>,
    to_printer: Vec<u8>,
    latch: Latch,
    queue: BTreeMap<(u64, u64), Due>,
    numbered: u64,
    identity: (SecretBytes, Vec<String>),
    dir: tempfile::TempDir,
    boot: u32,
    /// World time at which the host booted.
    booted_at: u64,
    borrower_acts_at: Option<u64>,
    starts: u8,
    read: RefCell<Vec<Row>>,
}

/// Something on its way to the kernel.
enum Due {
    Input(Input),
    Ask(Lease, Request),
    /// A poll of the inbox that the gateway holds back until then.
    Held(Lease, Request, u64),
}

/// What a cash officer brings.
#[must_use]
pub fn notes(brought: u32) -> Vec<UnitStock> {
    [1_u8, 2]
        .into_iter()
        .map(|unit| UnitStock {
            unit: UnitNo(unit),
            denomination: Denomination(CASSETTES[usize::from(unit) - 1]),
            notes: brought,
        })
        .collect()
}

fn dispenser_driver() -> senim_drivers::Lcdm4000 {
    senim_drivers::Lcdm4000::new(senim_drivers::lcdm4000::Config::default()).unwrap()
}

fn printer_driver() -> senim_drivers::EscPos {
    senim_drivers::EscPos::new(senim_drivers::escpos::Config::default()).unwrap()
}

impl World {
    /// A terminal in service with cash by a signed order, nobody there.
    #[must_use]
    pub fn new(options: WorldOptions) -> Self {
        let mfo = Mfo::new();
        let terminal: TerminalId = "t-1".parse().unwrap();
        let identity = mfo.enrol(&terminal, options.began);
        let dir = tempfile::tempdir().unwrap();
        let mut world = Self::before_its_first_start(options, mfo, terminal, identity, dir);
        world.start(None);
        let order = world.mfo.order(&world.terminal, notes(world.options.brought), world.utc());
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
        assert!(ready, "in service: {:?} {:?}", self.out_of_service(), self.no_loan());
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
        let cassette = |at: usize| Cassette::new(CASSETTES[at], if at < 2 { options.brought } else { 0 });
        Self {
            mfo,
            terminal,
            now: 1_000,
            dispenser: Lcdm4000::new(device, [cassette(0), cassette(1), cassette(2), cassette(3)], 0),
            printer: EscPos::new(senim_emulators::escpos::Options::default()),
            cash_commands: Vec::new(),
            borrower: false,
            line: Box::new(|_| Travel::Good),
            forge: Box::new(|_, answer| answer),
            log: Vec::new(),
            kernel: None,
            dispenser_driver: dispenser_driver(),
            printer_driver: printer_driver(),
            to_dispenser: Vec::new(),
            to_printer: Vec::new(),
            latch: Latch::default(),
            queue: BTreeMap::new(),
            numbered: 0,
            identity,
            dir,
            boot: 1,
            booted_at: 0,
            borrower_acts_at: None,
            starts: 0,
            read: RefCell::default(),
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
    pub fn no_loan(&self) -> Option<String> {
        let kernel = self.kernel();
        kernel.session().no_loan(&kernel.stamp(self.reading()))
    }

    #[must_use]
    pub fn may_begin(&self) -> bool {
        self.kernel().session().at_rest() && self.out_of_service().is_empty() && self.no_loan().is_none()
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
            read.extend(self.kernel().journal().rows(from, to).unwrap());
        }
    }

    /// What the rows say.
    #[must_use]
    pub fn bodies(&self) -> Vec<Body> {
        self.rows().iter().filter_map(|row| row.envelope.body().unwrap()).collect()
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

    // Processes.

    /// Starts the firmware; `halt_at` stops it dead there.
    pub fn start(&mut self, halt_at: Option<&str>) {
        self.starts += 1;
        let path = self.journal_path();
        let boot = format!("boot-{}", self.boot);
        let stamp = Stamp {
            mono: self.mono(),
            utc: self.rtc().max(self.options.began),
            quality: ClockQuality::Estimated,
        };
        let epoch =
            OperationId(Uuid::from_u128(0x019a_0000_0000_7000_8000_ee00_0000_0000 | u128::from(self.starts)));
        let mut options = JournalOptions::new(
            path,
            self.terminal.clone(),
            self.mfo.trust(),
            Profile::Rig,
            "0.1.0",
            &boot,
            epoch,
        );
        options.create = self.starts == 1;
        options.gateway_keys = vec![self.mfo.cosigner_x5c()];
        let signer = Box::new(RamKey::from_pkcs8(self.identity.0.expose()).unwrap());
        let identity = Identity { signer, x5c: self.identity.1.clone() };
        let sealer = Box::new(MfoSealer::new(self.mfo.seal()));
        let journal = Journal::open(options, identity, &RamKeyMaker, sealer, &stamp).unwrap();
        self.dispenser_driver = dispenser_driver();
        self.printer_driver = printer_driver();
        let mut seed = [self.options.seed; 32];
        seed[0] = self.starts;
        let options = KernelOptions {
            terminal: self.terminal.clone(),
            setup: Setup {
                boot,
                firmware: env!("CARGO_PKG_VERSION").to_owned(),
                dispenser: self.dispenser_driver.capabilities(),
                last_status: self.options.last_status,
                idle_wait_ms: IDLE_WAIT_MS,
                battery: BatteryRules::default(),
                device_poll_ms: 30_000,
            },
            place: Place { terminal: self.terminal.to_string(), rig: true },
            sync: SyncOptions::default(),
            config_sha256: senim_operation::jws::sha256_b64(b"config"),
            time_floor: self.options.began,
            seed,
            epoch_life_ms: 24 * 3_600_000,
            halt_at: halt_at.map(|text| text.parse::<HaltAt>().unwrap()),
        };
        let parts = KernelParts {
            journal,
            trust: self.mfo.trust(),
            power: Box::new(self.latch.clone()),
            keys: Box::new(RamKeyMaker),
            certificate_clock: None,
            draw_receipt: Box::new(|_, _| Some(Raster { width: 576, rows: vec![0x55; 72 * 40] })),
        };
        self.kernel = Some(Kernel::new(options, parts).unwrap());
        self.show_latch();
        self.input(Input::Start { clean_stop: false });
        let mono = self.mono();
        self.dispenser_driver.handle_line(true, mono);
        self.printer_driver.handle_line(true, mono);
    }

    /// Where the journal lies.
    #[must_use]
    pub fn journal_path(&self) -> std::path::PathBuf {
        self.dir.path().join("journal.db")
    }

    /// The process dies where it stands; files, devices and gateway stay.
    pub fn kill(&mut self) {
        self.kernel = None;
        self.queue.clear();
        self.to_dispenser.clear();
        self.to_printer.clear();
        self.borrower_acts_at = None;
    }

    /// The whole cabinet loses power, host and dispenser alike.
    pub fn cut_power(&mut self) {
        self.kill();
        self.dispenser.set_power(false, self.now);
        self.pass(3_000);
        self.dispenser.set_power(true, self.now);
        self.pass(20_000);
        self.boot += 1;
        self.booted_at = self.now - 500;
    }

    /// Time passes for the devices while nobody speaks to them.
    pub fn pass(&mut self, ms: u64) {
        let end = self.now + ms;
        while let Some(at) = Machine::poll_timeout(&self.dispenser).filter(|at| *at <= end) {
            self.now = at.max(self.now);
            self.dispenser.handle_timeout(self.now);
            while self.dispenser.poll_transmit(self.now).is_some() {}
        }
        self.now = end;
    }

    /// Fills the journal's disk to the last page.
    pub fn fill_disk(&mut self) {
        self.kernel.as_mut().unwrap().journal_mut().set_max_pages(Some(1)).unwrap();
    }

    /// Gives the journal's disk room again.
    pub fn make_room(&mut self) {
        self.kernel.as_mut().unwrap().journal_mut().set_max_pages(None).unwrap();
    }

    fn show_latch(&mut self) {
        let seen = self.dispenser.latch();
        let shown = DispenserLatch { losses: seen.losses, powered: seen.powered };
        *self.latch.0.lock().unwrap() = self.options.latch.then_some(shown);
    }

    // One step.

    /// Gives the kernel an input and carries out what it says.
    pub fn input(&mut self, input: Input) {
        self.show_latch();
        let reading = self.reading();
        let outputs = self.kernel.as_mut().unwrap().step(input, reading);
        for output in outputs {
            self.carry_out(output);
        }
    }

    fn carry_out(&mut self, output: Output) {
        let mono = self.mono();
        match output {
            Output::Dispenser(command) => {
                if matches!(
                    command,
                    Command::Mark
                        | Command::Dispense(_)
                        | Command::TestDispense(_)
                        | Command::Present
                        | Command::Retract
                        | Command::Reset
                ) {
                    self.cash_commands.push(command.clone());
                }
                if let Err(error) = self.dispenser_driver.begin(command, mono) {
                    self.later(0, Due::Input(Input::Dispenser(cash_dispenser::Event::Failed(error))));
                }
            }
            Output::Printer(command) => {
                if let Err(error) = self.printer_driver.begin(command, mono) {
                    self.later(0, Due::Input(Input::Printer(receipt_printer::Event::Failed(error))));
                }
            }
            Output::Camera(CameraCommand::Open) => {
                self.later(200, Due::Input(Input::Camera(CameraEvent::Opened)));
            }
            Output::Camera(CameraCommand::Take(_)) => {
                let picture = b"picture of a face".iter().copied().cycle();
                let png = SecretBytes::new(picture.take(self.options.picture_bytes).collect());
                self.later(400, Due::Input(Input::Camera(CameraEvent::Picture { png, quality: 80 })));
            }
            Output::Uplink { lease, request, .. } => self.later(20, Due::Ask(lease, request)),
            Output::AskPeripherals
            | Output::ResetAcceptor
            | Output::Camera(CameraCommand::Close)
            | Output::Draw(_)
            | Output::Wipe
            | Output::Stopped
            | Output::Halt => {}
        }
    }

    fn later(&mut self, ms: u64, due: Due) {
        self.numbered += 1;
        self.queue.insert((self.now + ms, self.numbered), due);
    }

    /// Looks again whether there is something for a poll that was held back.
    fn look_again(&mut self, lease: Lease, request: Request, until: u64) {
        let answer = self.mfo.answer(&self.terminal, &request, self.utc());
        let empty = matches!(&answer, Answer::Inbox(page) if page.messages.is_empty());
        if empty && self.now < until {
            self.later(HELD_MS, Due::Held(lease, request, until));
        } else {
            let answer = (self.forge)(&request, answer);
            self.later(20, Due::Input(Input::Uplink(lease, answer)));
        }
    }

    fn ask(&mut self, lease: Lease, request: &Request) {
        let travel = (self.line)(request);
        if let (Travel::Good, Request::Inbox { wait_seconds, .. }) = (travel, request) {
            let until = self.now + u64::from(*wait_seconds) * 1000;
            // Time is held back here; at the far end it would be real.
            let request = match request {
                Request::Inbox { after, .. } => Request::Inbox { after: *after, wait_seconds: 0 },
                other => other.clone(),
            };
            return self.look_again(lease, request, until);
        }
        let answer = match travel {
            Travel::Lost => None,
            Travel::Good | Travel::Slow(_) | Travel::AnswerLost => {
                Some(self.mfo.answer(&self.terminal, request, self.utc()))
            }
        };
        if let Some(Answer::Failed(failure)) = &answer {
            self.log.push(format!("{} gateway: {failure}", self.now));
        }
        let back_ms = match travel {
            Travel::Slow(ms) => ms,
            Travel::Good | Travel::Lost | Travel::AnswerLost => 20,
        };
        match answer.filter(|_| matches!(travel, Travel::Good | Travel::Slow(_))) {
            Some(answer) => {
                let answer = (self.forge)(request, answer);
                self.later(back_ms, Due::Input(Input::Uplink(lease, answer)));
            }
            None => {
                let failed = Answer::Failed(Failure::Unreachable("the world lost it".into()));
                self.later(2_000, Due::Input(Input::Uplink(lease, failed)));
            }
        }
    }

    /// Moves bytes until both lines are quiet now, and gives the kernel what the drivers tell.
    fn exchange_bytes(&mut self) {
        loop {
            let mono = self.mono();
            let mut moved = false;
            while let Some(bytes) = self.dispenser_driver.poll_transmit() {
                self.to_dispenser.extend(bytes);
            }
            if !self.to_dispenser.is_empty() && self.dispenser.wants_input() {
                let bytes = std::mem::take(&mut self.to_dispenser);
                self.dispenser.handle_input(&bytes, self.now);
                moved = true;
            }
            while let Some(bytes) = self.dispenser.poll_transmit(self.now) {
                self.dispenser_driver.handle_input(&bytes, mono);
                moved = true;
            }
            while let Some(bytes) = self.printer_driver.poll_transmit() {
                self.to_printer.extend(bytes);
            }
            if !self.to_printer.is_empty() && self.printer.wants_input() {
                let bytes = std::mem::take(&mut self.to_printer);
                self.printer.handle_input(&bytes, self.now);
                moved = true;
            }
            while let Some(bytes) = self.printer.poll_transmit(self.now) {
                self.printer_driver.handle_input(&bytes, mono);
                moved = true;
            }
            while let Some(event) = self.dispenser_driver.poll_event() {
                self.input(Input::Dispenser(event));
                moved = true;
            }
            while let Some(event) = self.printer_driver.poll_event() {
                self.input(Input::Printer(event));
                moved = true;
            }
            if !moved {
                return;
            }
        }
    }

    /// Runs until the condition holds, at most so long; whether it holds.
    pub fn run_until(&mut self, limit_ms: u64, holds: impl Fn(&Self) -> bool) -> bool {
        let end = self.now + limit_ms;
        let mut steps = 0_u32;
        loop {
            self.exchange_bytes();
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
        let reading = self.reading();
        let booted_at = self.booted_at;
        let world = |mono: Mono| mono.0.saturating_add(booted_at);
        if self.borrower && self.borrower_acts_at.is_none() && self.wish().is_some() {
            self.borrower_acts_at = Some(self.now + 500);
        }
        [
            Machine::poll_timeout(&self.dispenser),
            Machine::poll_timeout(&self.printer),
            LineDriver::poll_timeout(&self.dispenser_driver).map(world),
            LineDriver::poll_timeout(&self.printer_driver).map(world),
            Some(world(self.kernel().poll_timeout(reading))),
            self.queue.keys().next().map(|(at, _)| *at),
            self.borrower_acts_at,
        ]
        .into_iter()
        .flatten()
        .min()
        .map(|at| at.max(self.now))
    }

    fn handle_what_is_due(&mut self) {
        let (now, mono) = (self.now, self.mono());
        self.dispenser.handle_timeout(now);
        self.printer.handle_timeout(now);
        self.dispenser_driver.handle_timeout(mono);
        self.printer_driver.handle_timeout(mono);
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
                self.input(Input::Action(action));
            }
        }
        if self.kernel().poll_timeout(self.reading()) <= mono {
            self.input(Input::Tick);
            if self.kernel().poll_timeout(self.reading()) <= self.mono() {
                self.now += 1;
            }
        }
    }

    // The borrower.

    /// What the borrower would do now.
    fn wish(&self) -> Option<Action> {
        let secret = |text: String| Secret::new(text);
        match self.kernel().session().state() {
            State::Idle => self.may_begin().then_some(Action::ChooseLanguage(Language::Ru)),
            State::Menu => self.choose(Errand::Loan),
            State::Information => Some(self.decide(Decision::Confirm)),
            State::EnterIin { .. } => Some(Action::SubmitIin(secret(self.mfo.iin()))),
            State::EnterCode { .. } => self.mfo.last_code().map(|code| Action::SubmitCode(secret(code))),
            State::Amount { .. } => Some(Action::Apply {
                principal: Tiyn::from_tenge(self.options.sum).unwrap(),
                term: senim_domain::loan::Term::Months(6),
            }),
            State::Schedules { .. } => Some(Action::ChooseMethod(Method::Annuity)),
            State::Contract { .. } => Some(Action::ContractRead),
            State::Camera { picture: Picture::Ready | Picture::Poor(_) | Picture::NoMatch, .. } => {
                Some(Action::TakePicture)
            }
            State::Agree { .. } => Some(Action::Agree),
            State::ReadyToPay { .. } => Some(Action::PayOut),
            State::Receipt(ended) => ended.printed.map(|_| Action::Done),
            State::LookingUp { .. }
            | State::CheckingCode { .. }
            | State::Deciding { .. }
            | State::Camera { .. }
            | State::Matching { .. }
            | State::Concluding { .. }
            | State::Authorising { .. }
            | State::Paying { .. }
            | State::Register(_)
            | State::Advice { .. }
            | State::End { .. } => None,
        }
    }

    fn choose(&self, errand: Errand) -> Option<Action> {
        let kernel = self.kernel();
        let errands = kernel.session().errands(&kernel.stamp(self.reading()));
        let place = errands.iter().position(|(offered, why_not)| *offered == errand && why_not.is_none())?;
        Some(self.decide(Decision::Choose(place)))
    }

    fn decide(&self, decision: Decision) -> Action {
        Action::Decide { step: self.kernel().session().step_no(), decision }
    }

    /// One visit of the borrower until its payout has ended or the firmware halted, and everything is settled.
    pub fn visit(&mut self) {
        let ends = self.count("PayoutEnded");
        self.borrower = true;
        self.run_until(900_000, |world| world.count_is(ends + 1) || world.kernel().halted());
        if self.kernel().halted() {
            self.borrower = false;
            return;
        }
        // The borrower reads the receipt, leaves, and does not come back.
        self.run_until(300_000, |world| {
            matches!(world.kernel().session().state(), State::Idle | State::End { .. })
        });
        if self.kernel().halted() {
            self.borrower = false;
            return;
        }
        self.borrower = false;
        self.borrower_acts_at = None;
        self.settle();
    }

    fn count_is(&self, ends: usize) -> bool {
        // Rows are read only when the payout is over: reading them all at each step would be slow.
        self.kernel().session().durable().open.is_none()
            && matches!(self.kernel().session().state(), State::Receipt(_) | State::End { .. } | State::Idle)
            && self.count("PayoutEnded") >= ends
    }

    /// Lets everything come to rest.
    pub fn settle(&mut self) {
        let settled = self.run_until(900_000, Self::settled);
        assert!(
            settled,
            "not settled: {:?}, open {:?}, acked {:?} of {}, {:?}",
            self.kernel().session().state(),
            self.kernel().session().durable().open,
            self.kernel().acked_seq(),
            self.kernel().next_seq(),
            self.log
        );
    }

    /// The borrower comes once more, whatever comes of it, for ten minutes.
    pub fn visit_again(&mut self) {
        self.borrower = true;
        self.run_until(600_000, |_| false);
        self.borrower = false;
        self.borrower_acts_at = None;
        self.settle();
    }
}
