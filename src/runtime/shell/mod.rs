//! Threads, clocks and channels around the kernel. Decides nothing.
//!
//! One thread runs the kernel: wait for one input or for the kernel's time → [`Kernel::step`] → carry out the outputs
//! in order → again. Each device has a thread of its own, and so has each line to the MFO. The screen belongs to the
//! program's main thread and is reached through [`Screen`].

mod camera;
mod evidence;
mod peripherals;
mod watch;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use senim_domain::touch::TouchCorrection;
use senim_domain::{Secret, SecretBytes, UtcMillis};
use senim_hal::cash_dispenser::{self, CashDispenser};
use senim_hal::integrity::Integrity;
use senim_hal::receipt_printer::{self, ReceiptPrinter};
use senim_hal::watchdog::Watchdog;
use senim_linux::clock;
use senim_linux::line::{Guard, LineHandle, spawn_identified};
use senim_linux::tty::LineConfig;
use senim_operation::body::{EnrolmentFault, EnrolmentOutcome, ExportFault, ExportOutcome};
use senim_sync::Line;
use senim_ui_model::screen::View;
use senim_uplink::{Uplink, driver};

use crate::kernel::{CameraCommand, Input, Kernel, Output};
use crate::moment::Reading;
#[cfg(feature = "rig")]
pub use camera::Measures;
pub use camera::{CameraEdge, LoadModels};
use evidence::Evidence;
pub use peripherals::PeripheralEdge;
use peripherals::Peripherals;
use watch::Dogs;
pub use watch::{DrawPanel, Panel, PanelNews};

/// Inputs waiting for the kernel: a person's touches and a handful of device events; when it is full, senders wait.
const INPUTS_MAX: usize = 256;

/// The display, as the kernel's thread reaches it. Calls return at once and are done in order on the display's thread.
pub trait Screen: Send + 'static {
    /// Shows a view.
    fn draw(&self, view: View);
    /// Corrects touches by this from now on.
    fn correct_touch(&self, correction: TouchCorrection);
    /// Shows a camera frame.
    fn preview(&self, width: u32, height: u32, rgb: SecretBytes);
    /// Takes the camera's picture away.
    fn clear_preview(&self);
    /// Forgets everything about the person.
    fn wipe(&self);
    /// Ends the display's loop.
    fn quit(&self);
}

/// The devices and lines of a terminal, not started yet.
pub struct Edges {
    /// Dispenser and its line.
    pub dispenser: (LineConfig, Guard, Box<dyn CashDispenser + Send>),
    /// Printer and its line.
    pub printer: (LineConfig, Guard, Box<dyn ReceiptPrinter + Send>),
    /// Camera.
    pub camera: CameraEdge,
    /// Line to the MFO.
    pub uplink: Uplink,
    /// What the program does for its service mode.
    pub upkeep: UpkeepEdge,
    /// Every other device.
    pub peripherals: Vec<PeripheralEdge>,
    /// Status panel and how it is drawn.
    pub panel: Option<Panel>,
    /// Watchdogs with their time-outs in ms; fed behind each completed step, disarmed by an orderly stop only.
    pub watchdogs: Vec<(Box<dyn Watchdog>, u64)>,
    /// Looks for signs that somebody else has a hand in the board.
    pub integrity: Option<Box<dyn Integrity>>,
}

/// What the program does for its service mode, beside the devices.
pub struct UpkeepEdge {
    /// Whoever has the key certified by a code of the MFO, and answers each by [`Input::Enrolled`].
    pub enrolment: SyncSender<Secret>,
    /// Whoever writes the journal onto a technician's stick, and answers each by [`Input::Exported`].
    pub export: SyncSender<()>,
    /// The end of the program's log, newest line first.
    pub log: Box<dyn Fn() -> Vec<String> + Send>,
}

/// What the kernel's thread tells after each step; rig builds show it to tests.
pub type Observer = Box<dyn Fn(&Kernel, Reading) + Send>;

/// A running terminal.
pub struct Shell {
    inputs: SyncSender<Input>,
    thread: Option<JoinHandle<()>>,
}

/// A thread could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no thread for {name}: {source}")]
pub struct NoThread {
    name: &'static str,
    source: std::io::Error,
}

/// The clocks as they stand.
#[must_use]
pub fn reading() -> Reading {
    Reading { mono: clock::boottime(), rtc: clock::utc_rtc() }
}

/// UTC by the real-time clock, for what happens before there is a kernel.
#[must_use]
pub fn rtc() -> UtcMillis {
    clock::utc_rtc()
}

impl Shell {
    /// Starts all threads; the first input is [`Input::Start`].
    ///
    /// # Errors
    /// [`NoThread`].
    pub fn start(
        kernel: Kernel,
        edges: Edges,
        screen: impl Screen + Clone,
        clean_stop: bool,
        observe: Observer,
    ) -> Result<Self, NoThread> {
        let (inputs, inbox) = sync_channel(INPUTS_MAX);
        let mut edges = edges;
        let dogs = Dogs::new(std::mem::take(&mut edges.watchdogs), inputs.clone());
        let evidence = Evidence::start(&kernel, edges.integrity.take(), &inputs)?;
        let hands = Hands::start(edges, &inputs, screen)?;
        let thread = std::thread::Builder::new()
            .name("kernel".into())
            .spawn(move || run(kernel, inbox, hands, (dogs, evidence), clean_stop, &observe))
            .map_err(|source| NoThread { name: "kernel", source })?;
        Ok(Self { inputs, thread: Some(thread) })
    }

    /// Where touches and orders go in.
    #[must_use]
    pub fn inputs(&self) -> SyncSender<Input> {
        self.inputs.clone()
    }

    /// Waits until the kernel has stopped in order.
    pub fn join(mut self) {
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the kernel's thread ended badly");
        }
    }
}

fn run<S: Screen>(
    mut kernel: Kernel,
    inbox: Receiver<Input>,
    mut hands: Hands<S>,
    (mut dogs, mut evidence): (Dogs, Evidence),
    clean_stop: bool,
    observe: &Observer,
) {
    let mut input = Input::Start { clean_stop };
    dogs.arm();
    loop {
        let now = reading();
        let outputs = kernel.step(input, now);
        observe(&kernel, now);
        for output in outputs {
            if !hands.carry_out(output) {
                dogs.disarm();
                // A device's thread that waits to tell something must not be waited for.
                drop(inbox);
                return;
            }
        }
        evidence.stepped(&kernel);
        hands.show_on_panel(&kernel, now);
        if let Some(own) = hands.untold() {
            dogs.feed(reading().mono);
            input = own;
            continue;
        }
        let now = reading();
        dogs.feed(now.mono);
        let wait = kernel.poll_timeout(now).since(now.mono).min(dogs.patience_ms());
        input = match inbox.recv_timeout(Duration::from_millis(wait)) {
            Ok(input) => input,
            Err(RecvTimeoutError::Timeout) => Input::Tick,
            Err(RecvTimeoutError::Disconnected) => return,
        };
    }
}

/// What the kernel's thread moves.
struct Hands<S> {
    dispenser: LineHandle<cash_dispenser::Command>,
    printer: LineHandle<receipt_printer::Command>,
    camera: SyncSender<CameraCommand>,
    prompt: SyncSender<driver::Command>,
    bulk: SyncSender<driver::Command>,
    inbox: SyncSender<driver::Command>,
    upkeep: UpkeepEdge,
    peripherals: Peripherals,
    panel: Option<watch::RunningPanel>,
    inputs: SyncSender<Input>,
    /// Told by the kernel's own thread while its inputs were full.
    untold: RefCell<VecDeque<Input>>,
    screen: S,
}

impl<S: Screen + Clone> Hands<S> {
    fn start(edges: Edges, inputs: &SyncSender<Input>, screen: S) -> Result<Self, NoThread> {
        let Edges {
            dispenser,
            printer,
            camera,
            uplink,
            upkeep,
            peripherals,
            panel,
            watchdogs: _,
            integrity: _,
        } = edges;
        let to_kernel = inputs.clone();
        let (line, guard, driver) = dispenser;
        let dispenser = spawn_identified("dispenser", line, driver, guard, move |event| {
            to_kernel.send(Input::Dispenser(event)).is_ok()
        })
        .map_err(|source| NoThread { name: "dispenser", source })?;
        let to_kernel = inputs.clone();
        let (line, guard, driver) = printer;
        let printer = spawn_identified("printer", line, driver, guard, move |event| {
            to_kernel.send(Input::Printer(event)).is_ok()
        })
        .map_err(|source| NoThread { name: "printer", source })?;
        let camera = camera::spawn(camera, inputs.clone(), screen.clone())
            .map_err(|source| NoThread { name: "camera", source })?;
        let peripherals = Peripherals::start(peripherals, inputs)?;
        let panel = panel.map(|panel| watch::RunningPanel::start(panel, inputs.clone())).transpose()?;
        let prompt = spawn_line("uplink", uplink.another(), inputs)?;
        let bulk = spawn_line("uplink-bulk", uplink.another(), inputs)?;
        let inbox = spawn_line("uplink-inbox", uplink, inputs)?;
        let inputs = inputs.clone();
        Ok(Self {
            dispenser,
            printer,
            camera,
            prompt,
            bulk,
            inbox,
            upkeep,
            peripherals,
            panel,
            inputs,
            untold: RefCell::default(),
            screen,
        })
    }
}

/// Starts the thread of a line to the MFO.
fn spawn_line(
    name: &'static str,
    uplink: Uplink,
    inputs: &SyncSender<Input>,
) -> Result<SyncSender<driver::Command>, NoThread> {
    let (orders, inbox) = driver::channel();
    let to_kernel = inputs.clone();
    driver::spawn(name, uplink, inbox, move |lease, answer| {
        // A kernel that is gone needs no answer.
        let _gone = to_kernel.send(Input::Uplink(lease, answer));
    })
    .map_err(|source| NoThread { name, source })?;
    Ok(orders)
}

impl<S: Screen> Hands<S> {
    /// Carries out one output; `false` when the terminal is at its end.
    fn carry_out(&self, output: Output) -> bool {
        match output {
            Output::Dispenser(command) => {
                if let Err(error) = self.dispenser.send(command) {
                    self.tell(Input::Dispenser(cash_dispenser::Event::Failed(error)));
                }
            }
            Output::Printer(command) => {
                if let Err(error) = self.printer.send(command) {
                    self.tell(Input::Printer(receipt_printer::Event::Failed(error)));
                }
            }
            Output::Camera(command) => {
                if self.camera.try_send(command).is_err() {
                    tracing::error!("the camera's thread takes no command");
                }
            }
            Output::AskPeripherals { but } => {
                self.peripherals.ask(but, |event| self.tell(Input::Peripheral(event)));
            }
            Output::CardReader(device, command) => {
                self.peripherals.use_card(device, command, |event| self.tell(Input::Peripheral(event)));
            }
            Output::Acceptor(command) => {
                self.peripherals.accept(command, |event| self.tell(Input::Peripheral(event)));
            }
            Output::Uplink { line, lease, request } => {
                let sent = self.line(line).try_send(driver::Command::Perform(lease, request));
                if sent.is_err() {
                    // The lease runs out, and the request is made anew.
                    tracing::error!(?line, "the line's thread takes no request");
                }
            }
            Output::Enrol(code) => {
                if self.upkeep.enrolment.try_send(code).is_err() {
                    self.tell(Input::Enrolled(EnrolmentOutcome::Failed(EnrolmentFault::Server)));
                }
            }
            Output::ReadLog => self.tell(Input::Log((self.upkeep.log)())),
            Output::ExportJournal => {
                if self.upkeep.export.try_send(()).is_err() {
                    self.tell(Input::Exported(ExportOutcome::Failed(ExportFault::Journal)));
                }
            }
            Output::CorrectTouch(correction) => self.screen.correct_touch(correction),
            Output::Draw(view) => self.screen.draw(*view),
            Output::Wipe => {
                self.screen.wipe();
                // Best effort: the thread that is gone has nothing left to forget.
                let _ = self.camera.try_send(CameraCommand::Close);
                // Nothing about a person comes by the inbox, and its poll may be held back for long.
                for line in [Line::Prompt, Line::Bulk] {
                    let _ = self.line(line).try_send(driver::Command::Wipe);
                }
            }
            Output::Stopped => {
                self.screen.quit();
                return false;
            }
            #[cfg(feature = "rig")]
            Output::Halt => {
                tracing::warn!("halted by the rig, as if the power had been cut");
                loop {
                    std::thread::park();
                }
            }
        }
        true
    }

    fn line(&self, line: Line) -> &SyncSender<driver::Command> {
        match line {
            Line::Prompt => &self.prompt,
            Line::Bulk => &self.bulk,
            Line::Inbox => &self.inbox,
        }
    }

    fn show_on_panel(&mut self, kernel: &Kernel, now: Reading) {
        if let Some(panel) = &mut self.panel {
            panel.show(kernel, now);
        }
    }

    /// From the kernel's own thread: never waits for the kernel, and loses nothing, because an open payout waits for the
    /// end of its command.
    fn tell(&self, input: Input) {
        match self.inputs.try_send(input) {
            Ok(()) => {}
            Err(TrySendError::Full(input) | TrySendError::Disconnected(input)) => {
                self.untold.borrow_mut().push_back(input);
            }
        }
    }

    fn untold(&self) -> Option<Input> {
        self.untold.borrow_mut().pop_front()
    }
}
