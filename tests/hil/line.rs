//! A device on its line, as the firmware has it: the line's own thread, the gate in front of the driver, commands in and
//! events out. What a scenario waits for has a deadline; what came instead is told when it passes.

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use senim::config::Config;
use senim::devices;
use senim_hal::Error;
use senim_hal::card_reader::{self, CardReader};
use senim_hal::cash_acceptor::CashAcceptor;
use senim_hal::cash_dispenser::CashDispenser;
use senim_hal::location::Location;
use senim_hal::receipt_printer::ReceiptPrinter;
use senim_hal::supply::PowerSupply;
use senim_linux::clock::boottime;
use senim_linux::line::{Guard, Introduces, LineHandle, spawn_identified, spawn_tcp};
use senim_linux::tcp::TcpConfig;
use senim_linux::tty::LineConfig;

/// A port opens at once, or it is held, missing or no port.
const OPEN_MS: u64 = 10_000;

/// An open line with a driver on it.
pub struct Line<B: Introduces> {
    name: &'static str,
    handle: LineHandle<B::Command>,
    told: Receiver<B::Event>,
    /// Everything heard, for the words of a failure.
    heard: RefCell<Vec<String>>,
}

impl<B> Line<B>
where
    B: Introduces + 'static,
    B::Event: Debug + 'static,
{
    /// On a serial line, behind the gate.
    pub fn serial(name: &'static str, config: &LineConfig, guard: Guard, bus: B) -> Self {
        Self::opened(name, |sink| spawn_identified(name, config.clone(), bus, guard, sink))
    }

    /// Over TCP.
    pub fn tcp(name: &'static str, config: &TcpConfig, bus: B) -> Self {
        Self::opened(name, |sink| spawn_tcp(name, config.clone(), bus, sink))
    }

    fn opened(
        name: &'static str,
        spawn: impl FnOnce(Box<dyn FnMut(B::Event) -> bool + Send>) -> std::io::Result<LineHandle<B::Command>>,
    ) -> Self {
        let (sender, told) = channel();
        let handle = spawn(Box::new(move |event| sender.send(event).is_ok())).unwrap();
        let line = Self { name, handle, told, heard: RefCell::default() };
        line.until("the line to open", OPEN_MS, |event| B::is_line(event).then_some(()));
        line
    }

    /// The next thing told within a time.
    pub fn next(&self, wait_ms: u64) -> Option<B::Event> {
        let event = self.told.recv_timeout(Duration::from_millis(wait_ms)).ok()?;
        self.heard.borrow_mut().push(format!("{event:?}"));
        Some(event)
    }

    /// Waits for what `take` takes and passes over the rest, but for a failed command.
    pub fn until<T>(&self, what: &str, wait_ms: u64, take: impl FnMut(&B::Event) -> Option<T>) -> T {
        self.wait(what, wait_ms, take).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// As [`Line::until`], with the failed command as a value.
    pub fn wait<T>(
        &self,
        what: &str,
        wait_ms: u64,
        mut take: impl FnMut(&B::Event) -> Option<T>,
    ) -> Result<T, Error> {
        let until = boottime().plus_ms(wait_ms);
        while let Some(event) = self.next(until.since(boottime())) {
            if let Some(taken) = take(&event) {
                return Ok(taken);
            }
            if let Some(Err(error)) = B::introduction(&event) {
                return Err(error);
            }
        }
        panic!("{}: waited {wait_ms} ms for {what}; heard {:#?}", self.name, self.heard.borrow());
    }

    /// Hands a command over.
    pub fn send(&self, command: B::Command) {
        self.handle.send(command).unwrap();
    }

    /// A command and its answer.
    pub fn ask<T>(
        &self,
        command: B::Command,
        what: &str,
        wait_ms: u64,
        take: impl FnMut(&B::Event) -> Option<T>,
    ) -> T {
        self.send(command);
        self.until(what, wait_ms, take)
    }

    /// The question who is there, and the identity told.
    pub fn introduced(&self, wait_ms: u64) -> Result<String, Error> {
        self.send(B::status());
        self.wait("the device to introduce itself", wait_ms, |event| B::introduction(event)?.ok())
    }

    /// The line opens or closes.
    pub fn changes(&self, what: &str, wait_ms: u64) {
        self.until(what, wait_ms, |event| B::is_line(event).then_some(()));
    }
}

// The configured devices, assembled as the firmware assembles them.

/// The dispenser.
pub fn dispenser(config: &Config) -> Line<Box<dyn CashDispenser + Send>> {
    let settings = &config.dispenser;
    let guard = devices::guard(config, "dispenser", settings.expect.as_ref());
    Line::serial("dispenser", &settings.line, guard, devices::dispenser(settings).unwrap())
}

/// The printer.
pub fn printer(config: &Config) -> Line<Box<dyn ReceiptPrinter + Send>> {
    let settings = &config.printer;
    let guard = devices::guard(config, "printer", settings.expect.as_ref());
    Line::serial("printer", &settings.line, guard, devices::printer(settings).unwrap())
}

/// The acceptor, if there is one.
pub fn acceptor(config: &Config) -> Option<Line<Box<dyn CashAcceptor + Send>>> {
    let settings = config.acceptor.as_ref()?;
    let guard = devices::guard(config, "acceptor", settings.expect.as_ref());
    Some(Line::serial("acceptor", &settings.line, guard, devices::acceptor(settings).unwrap()))
}

/// The reader of this section, if there is one, and what it lets through.
pub fn card_reader(
    config: &Config,
    section: &'static str,
) -> Option<(Line<Box<dyn CardReader + Send>>, card_reader::Capabilities)> {
    let settings = match section {
        "card" => config.card.as_ref()?,
        _ => config.nfc.as_ref()?,
    };
    let guard = devices::guard(config, section, settings.expect.as_ref());
    let driver = devices::card_reader(settings).unwrap();
    let capabilities = driver.capabilities();
    Some((Line::serial(section, &settings.line, guard, driver), capabilities))
}

/// The location receiver, if there is one.
pub fn location(config: &Config) -> Option<Line<Box<dyn Location + Send>>> {
    let settings = config.location.as_ref()?;
    let guard = devices::guard(config, "location", None);
    Some(Line::serial("location", &settings.line, guard, devices::location(settings).unwrap()))
}

/// The supply, if there is one.
pub fn supply(config: &Config) -> Option<Line<Box<dyn PowerSupply + Send>>> {
    let settings = config.supply.as_ref()?;
    Some(Line::tcp("supply", &settings.tcp, devices::supply(settings).unwrap()))
}
