//! One thread per device: it owns port and driver, moves bytes between them, and opens the port again after a loss. The
//! port is a serial line or a TCP connection; the thread does not know which.
//!
//! Order of a turn: commands in → bytes out → events up → wait for bytes, a command or the driver's time → bytes in or
//! time. Bytes that the port would not take stay here; the driver is not asked for more until they left. It decides
//! nothing: not what is sent, not what is repeated.

mod identify;

use std::fmt::Display;
use std::io::Write as _;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use senim_domain::Mono;
use senim_hal::{
    Error, ErrorKind, LineDriver, card_reader, cash_acceptor, cash_dispenser, location, receipt_printer,
    supply,
};

pub use identify::{Asks, Guard, Identified, Introduces, Neighbour};

use crate::clock::boottime;
use crate::tcp::{TcpConfig, TcpError, TcpLine};
use crate::tty::{LineConfig, SerialLine, TtyError};

/// Commands waiting for the thread. A device has one at a time; the rest is room for a mistake to be answered.
const COMMANDS_MAX: usize = 4;
/// First and longest pause between attempts to open a port. Bytes from the device begin it anew, an opened port does not:
/// a service may take a connection only to close it.
const REOPEN_MS: (u64, u64) = (100, 2_000);
/// A port that takes no byte for this long is treated as lost.
const STALLED_MS: u64 = 60_000;
/// Longest wait in one go, should a wake-up be missed.
const WAIT_MS_MAX: u64 = 60_000;

/// A driver as the thread sees it: whatever the port is called, commands go in and events come out.
pub trait Bus: Send {
    /// What may be asked.
    type Command: Send + 'static;
    /// What may be told.
    type Event: Send;

    /// The driver's side towards the line.
    fn line(&mut self) -> &mut dyn LineDriver;

    /// Begins a command.
    ///
    /// # Errors
    /// As the port says; the thread turns it into [`Bus::refused`].
    fn begin(&mut self, command: Self::Command, now: Mono) -> Result<(), Error>;

    /// The next thing to tell.
    fn poll_event(&mut self) -> Option<Self::Event>;

    /// The event that says that a command was not begun.
    fn refused(error: Error) -> Self::Event;

    /// The port was opened, and the driver has been told.
    fn opened(&mut self) {}

    /// Whether the port shall be closed for [`Bus::look`] and then opened again.
    fn wants_look(&mut self) -> bool {
        false
    }

    /// Looks who is on the port, which is closed meanwhile. May take seconds, but none once nobody is there to be told.
    fn look(&mut self, _ended: &AtomicBool) {}
}

/// Drivers of each port, whatever their device.
macro_rules! buses {
    ($($port:ident::$driver:ident),+ $(,)?) => {$(
        impl Bus for Box<dyn $port::$driver + Send> {
            type Command = $port::Command;
            type Event = $port::Event;

            fn line(&mut self) -> &mut dyn LineDriver {
                self.as_mut()
            }

            fn begin(&mut self, command: Self::Command, now: Mono) -> Result<(), Error> {
                self.as_mut().begin(command, now)
            }

            fn poll_event(&mut self) -> Option<Self::Event> {
                self.as_mut().poll_event()
            }

            fn refused(error: Error) -> Self::Event {
                $port::Event::Failed(error)
            }
        }
    )+};
}

buses!(
    card_reader::CardReader,
    cash_acceptor::CashAcceptor,
    cash_dispenser::CashDispenser,
    location::Location,
    receipt_printer::ReceiptPrinter,
    supply::PowerSupply,
);

/// What the thread needs of an open line, whatever carries its bytes.
trait Port: Send {
    /// Why it was lost.
    type Error: Display;

    /// For waiting; lives as long as the line is borrowed.
    fn fd(&self) -> BorrowedFd<'_>;

    /// Reads what is there; 0 when nothing is.
    fn read(&self, buffer: &mut [u8]) -> Result<usize, Self::Error>;

    /// Writes as much as is taken now; 0 when the line is full.
    fn write(&self, bytes: &[u8]) -> Result<usize, Self::Error>;
}

macro_rules! ports {
    ($($line:ty: $error:ty),+ $(,)?) => {$(
        impl Port for $line {
            type Error = $error;

            fn fd(&self) -> BorrowedFd<'_> {
                self.fd()
            }

            fn read(&self, buffer: &mut [u8]) -> Result<usize, $error> {
                self.read(buffer)
            }

            fn write(&self, bytes: &[u8]) -> Result<usize, $error> {
                self.write(bytes)
            }
        }
    )+};
}

ports!(SerialLine: TtyError, TcpLine: TcpError);

/// The way to a line's thread. Dropping it ends the thread and closes the port.
#[derive(Debug)]
pub struct LineHandle<C> {
    commands: Option<SyncSender<C>>,
    wake: Arc<UnixStream>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl<C> LineHandle<C> {
    /// Hands a command over without waiting.
    ///
    /// # Errors
    /// [`ErrorKind::DeviceBusy`] when too many wait already, [`ErrorKind::Offline`] when the thread has ended.
    pub fn send(&self, command: C) -> Result<(), Error> {
        let ended = || Error::new(ErrorKind::Offline, "the line's thread has ended");
        match self.commands.as_ref().ok_or_else(ended)?.try_send(command) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                return Err(Error::new(ErrorKind::DeviceBusy, "too many commands wait for the line"));
            }
            Err(TrySendError::Disconnected(_)) => return Err(ended()),
        }
        self.wake();
        Ok(())
    }

    fn wake(&self) {
        // A full pipe wakes as well as a byte more.
        let _full = (&*self.wake).write(&[1]);
    }
}

impl<C> Drop for LineHandle<C> {
    fn drop(&mut self) {
        self.commands = None;
        self.ended.store(true, Ordering::Relaxed);
        self.wake();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a line's thread panicked");
        }
    }
}

/// Starts the thread of a serial line. `sink` takes each event, in order, on that thread; it may block (a bounded channel)
/// and returns `false` when nobody listens any more, which ends the thread.
///
/// # Errors
/// The system gives no thread or no socket pair.
pub fn spawn_line<B, S>(
    name: &str,
    config: LineConfig,
    bus: B,
    sink: S,
) -> std::io::Result<LineHandle<B::Command>>
where
    B: Bus + 'static,
    S: FnMut(B::Event) -> bool + Send + 'static,
{
    spawn_with(name, move || SerialLine::open(&config), bus, sink)
}

/// As [`spawn_line`], for a driver that speaks only to the device it is meant for.
///
/// # Errors
/// The system gives no thread or no socket pair.
pub fn spawn_identified<B, S>(
    name: &str,
    config: LineConfig,
    bus: B,
    mut guard: Guard,
    sink: S,
) -> std::io::Result<LineHandle<B::Command>>
where
    B: Introduces + 'static,
    S: FnMut(B::Event) -> bool + Send + 'static,
{
    guard.port = Some(config.clone());
    spawn_line(name, config, Identified::new(bus, guard), sink)
}

/// As [`spawn_line`], over TCP. Dropping the handle may wait for a connection attempt under way.
///
/// # Errors
/// The system gives no thread or no socket pair.
pub fn spawn_tcp<B, S>(
    name: &str,
    config: TcpConfig,
    bus: B,
    sink: S,
) -> std::io::Result<LineHandle<B::Command>>
where
    B: Bus + 'static,
    S: FnMut(B::Event) -> bool + Send + 'static,
{
    spawn_with(name, move || TcpLine::open(&config), bus, sink)
}

fn spawn_with<B, S, O, P>(name: &str, open: O, bus: B, sink: S) -> std::io::Result<LineHandle<B::Command>>
where
    B: Bus + 'static,
    S: FnMut(B::Event) -> bool + Send + 'static,
    O: FnMut() -> Result<P, P::Error> + Send + 'static,
    P: Port + 'static,
{
    let (commands, inbox) = sync_channel(COMMANDS_MAX);
    let (near, far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    far.set_nonblocking(true)?;
    let ended = Arc::new(AtomicBool::new(false));
    let mut runner = Runner {
        name: name.to_owned(),
        open,
        bus,
        sink,
        inbox,
        woken: far,
        ended: Arc::clone(&ended),
        port: None,
        unsent: Vec::new(),
        unsent_since: Mono(0),
        try_at: Mono(0),
        pause_ms: REOPEN_MS.0,
    };
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || runner.run())?;
    Ok(LineHandle { commands: Some(commands), wake: Arc::new(near), ended, thread: Some(thread) })
}

struct Runner<B: Bus, S, O, P> {
    name: String,
    open: O,
    bus: B,
    sink: S,
    inbox: Receiver<B::Command>,
    woken: UnixStream,
    /// The handle was dropped.
    ended: Arc<AtomicBool>,
    port: Option<P>,
    /// Handed out by the driver and not yet taken by the port.
    unsent: Vec<u8>,
    unsent_since: Mono,
    /// When to try to open the port again.
    try_at: Mono,
    pause_ms: u64,
}

impl<B, S, O, P> Runner<B, S, O, P>
where
    B: Bus,
    S: FnMut(B::Event) -> bool,
    O: FnMut() -> Result<P, P::Error>,
    P: Port,
{
    fn run(&mut self) {
        loop {
            let now = boottime();
            if self.port.is_none() && now >= self.try_at {
                self.try_open(now);
            }
            if !self.take_commands() || !self.tell() {
                return;
            }
            self.write_out();
            if !self.tell() {
                return;
            }
            if self.port.is_some() && self.bus.wants_look() {
                self.look();
                continue;
            }
            self.wait();
            let now = boottime();
            self.read_in();
            if self.bus.line().poll_timeout().is_some_and(|at| at <= now) {
                self.bus.line().handle_timeout(boottime());
            }
        }
    }

    /// Whether there is somebody to go on for.
    fn take_commands(&mut self) -> bool {
        loop {
            match self.inbox.try_recv() {
                Ok(command) => {
                    // What lies in the port already is older than the command and must be seen first.
                    self.read_in();
                    if let Err(error) = self.bus.begin(command, boottime())
                        && !(self.sink)(B::refused(error))
                    {
                        return false;
                    }
                }
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn tell(&mut self) -> bool {
        while let Some(event) = self.bus.poll_event() {
            if !(self.sink)(event) {
                return false;
            }
        }
        true
    }

    fn write_out(&mut self) {
        while let Some(port) = &self.port {
            if self.unsent.is_empty() {
                let Some(bytes) = self.bus.line().poll_transmit() else { return };
                self.unsent = bytes;
                self.unsent_since = boottime();
            }
            match port.write(&self.unsent) {
                Ok(0) if boottime().since(self.unsent_since) >= STALLED_MS => {
                    return self.lose(&"it takes no bytes");
                }
                Ok(0) => return,
                Ok(count) => {
                    self.unsent.drain(..count.min(self.unsent.len()));
                    self.unsent_since = boottime();
                }
                Err(error) => return self.lose(&error),
            }
        }
        // Without a port nothing is taken from the driver; it was told that the line is closed.
    }

    fn read_in(&mut self) {
        let mut buffer = [0u8; 512];
        while let Some(port) = &self.port {
            match port.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => {
                    self.pause_ms = REOPEN_MS.0;
                    let bytes = buffer.get(..count).unwrap_or_default();
                    self.bus.line().handle_input(bytes, boottime());
                }
                Err(error) => return self.lose(&error),
            }
        }
    }

    fn wait(&mut self) {
        let now = boottime();
        let mut until = self.bus.line().poll_timeout().unwrap_or(now.plus_ms(WAIT_MS_MAX));
        if self.port.is_none() {
            until = until.min(self.try_at);
        }
        if !self.unsent.is_empty() {
            until = until.min(self.unsent_since.plus_ms(STALLED_MS));
        }
        let wait_ms = until.since(now).min(WAIT_MS_MAX);
        let timeout = PollTimeout::try_from(wait_ms).unwrap_or(PollTimeout::MAX);
        let mut waits = vec![PollFd::new(self.woken.as_fd(), PollFlags::POLLIN)];
        if let Some(port) = &self.port {
            let full = if self.unsent.is_empty() { PollFlags::empty() } else { PollFlags::POLLOUT };
            waits.push(PollFd::new(port.fd(), PollFlags::POLLIN | full));
        }
        // An interrupted wait is a short one.
        let _ready = poll(&mut waits, timeout);
        let mut byte = [0u8; 64];
        while std::io::Read::read(&mut &self.woken, &mut byte).is_ok_and(|count| count > 0) {}
    }

    fn try_open(&mut self, now: Mono) {
        match (self.open)() {
            Ok(port) => {
                tracing::info!(device = self.name, "line open");
                self.port = Some(port);
                self.bus.line().handle_line(true, boottime());
                self.bus.opened();
            }
            Err(error) => {
                if self.pause_ms == REOPEN_MS.0 {
                    tracing::warn!(device = self.name, %error, "line does not open; trying on");
                }
                self.put_off(now);
            }
        }
    }

    /// Lets go of the port for a look and takes it again.
    fn look(&mut self) {
        self.port = None;
        self.unsent.clear();
        let now = boottime();
        self.bus.line().handle_line(false, now);
        self.bus.look(&self.ended);
        self.try_at = boottime();
    }

    fn put_off(&mut self, now: Mono) {
        self.try_at = now.plus_ms(self.pause_ms);
        self.pause_ms = self.pause_ms.saturating_mul(2).min(REOPEN_MS.1);
    }

    fn lose(&mut self, error: &dyn Display) {
        tracing::warn!(device = self.name, %error, "line lost");
        self.port = None;
        self.unsent.clear();
        let now = boottime();
        self.bus.line().handle_line(false, now);
        self.put_off(now);
    }
}

#[cfg(test)]
mod tests;
