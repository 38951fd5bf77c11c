//! Each device of the configuration, asked who it is and how it is. Nothing but questions goes out.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::Result;
use senim_biometrics::Picture;
use senim_hal::cash_acceptor::Stacker;
use senim_hal::network::Network as _;

use senim_hal::{Error, ErrorKind};
use senim_hal::{card_reader, cash_acceptor, cash_dispenser, location, receipt_printer, supply};
use senim_linux::clock::boottime;
use senim_linux::line::{Guard, Introduces, spawn_identified, spawn_tcp};
use senim_linux::network::HostNetwork;
use senim_linux::tty::{LineConfig, SerialLine};
use serde_json::{Value, json};

use super::{Tally, dispenser_is_taboo};
use crate::config::{CardReaderConfig, Config};
use crate::devices;

/// Longest wait for a device's answer, opening of the port included.
const DEVICE_WAIT_MS: u64 = 8_000;
/// Longest wait for each neighbour's question on a port that does not answer.
const NEIGHBOUR_WAIT_MS: u64 = 3_500;

/// What becomes of a port on which the device of its section does not answer.
#[derive(Clone, Copy)]
enum Foreign {
    /// The terminal's other drivers ask there, so that swapped cables are named.
    Named,
    /// Nobody else asks.
    LeftAlone,
}

impl Foreign {
    fn guard(self, config: &Config, section: &'static str, expect: Option<&String>) -> Guard {
        let mut guard = devices::guard(config, section, expect);
        match self {
            Self::Named => {}
            Self::LeftAlone => guard.neighbours.clear(),
        }
        guard
    }
}

/// Whether the device of a section with a line answers on it; no other driver asks. `None`: there is no such section.
pub(crate) fn on_its_line(config: &Config, section: &str) -> Option<Result<Value, String>> {
    let alone = Foreign::LeftAlone;
    match section {
        "dispenser" => Some(dispenser_is_taboo(config).and_then(|()| dispenser(config, alone))),
        "printer" => Some(printer(config, alone)),
        "acceptor" => acceptor(config, alone),
        "location" => location(config, alone),
        "card" => config.card.as_ref().map(|reader| card_reader(config, "card", reader, alone)),
        "nfc" => config.nfc.as_ref().map(|reader| card_reader(config, "nfc", reader, alone)),
        _ => None,
    }
}

/// One line for each device.
pub(super) fn ask_all(config: &Config, tally: &mut Tally) -> Result<()> {
    let named = Foreign::Named;
    tally.tell("dispenser", dispenser_is_taboo(config).and_then(|()| dispenser(config, named)))?;
    tally.tell("printer", printer(config, named))?;
    tally.tell("camera", camera(config))?;
    if let Some(found) = acceptor(config, named) {
        tally.tell("acceptor", found)?;
    }
    for (name, found) in card_readers(config, named) {
        tally.tell(name, found)?;
    }
    if let Some(found) = supply(config) {
        tally.tell("supply", found)?;
    }
    if let Some(found) = location(config, named) {
        tally.tell("location", found)?;
    }
    if let Some(found) = cabinet(config) {
        tally.tell("cabinet", found)?;
    }
    if let Some(found) = assistive(config) {
        tally.tell("assistive", found)?;
    }
    tally.tell("network", network())
}

/// Asks the one question and reads the answer; `read` gives nothing for events that are no answer.
fn ask<B, R>(line: &LineConfig, guard: Guard, bus: Result<B>, read: R) -> Result<Value, String>
where
    B: Introduces + 'static,
    B::Event: 'static,
    R: Fn(B::Event) -> Option<Result<Value, Error>>,
{
    // The line's own thread would only try on: the system's words say more.
    SerialLine::open(line).map(drop).map_err(|error| error.to_string())?;
    let bus = bus.map_err(|error| error.to_string())?;
    let looks = u64::try_from(guard.neighbours.len()).unwrap_or(u64::MAX);
    let (sender, events) = sync_channel(8);
    let handle = spawn_identified("probe", line.clone(), bus, guard, move |event| sender.send(event).is_ok())
        .map_err(|error| error.to_string())?;
    let mut until = boottime().plus_ms(DEVICE_WAIT_MS);
    let mut failed: Option<Error> = None;
    loop {
        let event = match events.recv_timeout(Duration::from_millis(until.since(boottime()))) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(failed.map_or_else(|| no_answer(line), told));
            }
        };
        if B::is_line(&event) {
            // Nobody else sends commands; the thread takes four at once.
            handle.send(B::status()).map_err(|error| error.to_string())?;
            continue;
        }
        match read(event) {
            None => {}
            Some(Ok(found)) => return Ok(found),
            Some(Err(error)) if error.kind == ErrorKind::Offline && failed.is_none() && looks > 0 => {
                // Somebody else may be there: the line's thread is looking.
                until = boottime().plus_ms(NEIGHBOUR_WAIT_MS.saturating_mul(looks));
                failed = Some(error);
            }
            Some(Err(error)) => return Err(told(error)),
        }
    }
}

fn told(error: Error) -> String {
    format!("{error}: {}", error.kind.action())
}

fn no_answer(line: &LineConfig) -> String {
    format!(
        "{} opens but nothing answers: is the port right, is the device switched on, is the cable in?",
        line.path.display()
    )
}

/// A standing error is a finding; otherwise the details are.
fn unless(error: Option<Error>, found: Value) -> Option<Result<Value, Error>> {
    Some(error.map_or(Ok(found), Err))
}

fn dispenser(config: &Config, foreign: Foreign) -> Result<Value, String> {
    use cash_dispenser::Event;
    let settings = &config.dispenser;
    let guard = foreign.guard(config, "dispenser", settings.expect.as_ref());
    ask(&settings.line, guard, devices::dispenser(settings), |event| match event {
        Event::Status { identity, units, error } => {
            unless(error, json!({ "identity": identity, "cassettes": units }))
        }
        Event::Failed(error) => Some(Err(error)),
        _ => None,
    })
}

fn printer(config: &Config, foreign: Foreign) -> Result<Value, String> {
    use receipt_printer::Event;
    let settings = &config.printer;
    let guard = foreign.guard(config, "printer", settings.expect.as_ref());
    ask(&settings.line, guard, devices::printer(settings), |event| match event {
        Event::Status { identity, paper, error } => {
            unless(error, json!({ "identity": identity, "paper": paper }))
        }
        Event::Failed(error) => Some(Err(error)),
        _ => None,
    })
}

fn acceptor(config: &Config, foreign: Foreign) -> Option<Result<Value, String>> {
    use cash_acceptor::Event;
    let settings = config.acceptor.as_ref()?;
    let guard = foreign.guard(config, "acceptor", settings.expect.as_ref());
    let found = ask(&settings.line, guard, devices::acceptor(settings), |event| match event {
        Event::Status { identity, denominations, stacker, error } => {
            let out = match stacker {
                Stacker::Ok => None,
                Stacker::Full => Some(Error::new(ErrorKind::UserError, "the stacker is full")),
                Stacker::Missing => Some(Error::new(ErrorKind::UserError, "the stacker is out")),
            };
            // Since it got power nobody has reset it: the firmware does, at its start.
            let (waits, error) = match error {
                Some(error) if error.kind == ErrorKind::Starting => (Some(error.detail), None),
                error => (None, error),
            };
            let found = json!({
                "identity": identity, "denominations": denominations, "stacker": stacker, "waits": waits,
            });
            unless(error.or(out), found)
        }
        Event::Failed(error) => Some(Err(error)),
        _ => None,
    });
    Some(found)
}

fn card_readers(config: &Config, foreign: Foreign) -> Vec<(&'static str, Result<Value, String>)> {
    let readers = [("card", &config.card), ("nfc", &config.nfc)];
    readers
        .into_iter()
        .filter_map(|(name, settings)| Some((name, settings.as_ref()?)))
        .map(|(name, settings)| (name, card_reader(config, name, settings, foreign)))
        .collect()
}

fn card_reader(
    config: &Config,
    name: &'static str,
    settings: &CardReaderConfig,
    foreign: Foreign,
) -> Result<Value, String> {
    use card_reader::Event;
    let guard = foreign.guard(config, name, settings.expect.as_ref());
    ask(&settings.line, guard, devices::card_reader(settings), |event| match event {
        Event::Status { identity, media, error } => {
            unless(error, json!({ "identity": identity, "media": media }))
        }
        Event::Failed(error) => Some(Err(error)),
        _ => None,
    })
}

fn location(config: &Config, foreign: Foreign) -> Option<Result<Value, String>> {
    use location::Event;
    let settings = config.location.as_ref()?;
    let guard = foreign.guard(config, "location", None);
    Some(ask(&settings.line, guard, devices::location(settings), |event| match event {
        Event::Status { identity, fix } => Some(Ok(json!({ "identity": identity, "fix": fix }))),
        Event::Failed(error) => Some(Err(error)),
        _ => None,
    }))
}

fn supply(config: &Config) -> Option<Result<Value, String>> {
    use supply::{Command, Event};
    let settings = config.supply.as_ref()?;
    let ask = || {
        let bus = devices::supply(settings).map_err(|error| error.to_string())?;
        let (sender, events) = sync_channel(8);
        let handle = spawn_tcp("probe", settings.tcp.clone(), bus, move |event| sender.send(event).is_ok())
            .map_err(|error| error.to_string())?;
        let until = boottime().plus_ms(DEVICE_WAIT_MS);
        loop {
            match events.recv_timeout(Duration::from_millis(until.since(boottime()))) {
                Ok(Event::Line { open: true }) => {
                    handle.send(Command::Status).map_err(|error| error.to_string())?;
                }
                Ok(Event::Status { identity, supply }) => {
                    return Ok(json!({ "identity": identity, "supply": supply }));
                }
                Ok(Event::Failed(error)) => return Err(told(error)),
                Ok(Event::Line { open: false } | Event::Changed(_)) => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    let tcp = &settings.tcp;
                    return Err(format!(
                        "{}:{} does not answer: is the service running and listening there?",
                        tcp.host, tcp.port
                    ));
                }
            }
        }
    };
    Some(ask())
}

/// Levels of the inputs, as far as they are told within a moment.
fn cabinet(config: &Config) -> Option<Result<Value, String>> {
    let ask = |mut cabinet: Box<dyn senim_hal::cabinet::Cabinet>| {
        let mut levels = serde_json::Map::new();
        while let Some(change) = cabinet.wait_change(1_000).map_err(told)? {
            let name = serde_json::to_value(change.input).map_err(|error| error.to_string())?;
            levels.insert(name.as_str().unwrap_or_default().to_owned(), json!(change.active));
        }
        Ok(Value::Object(levels))
    };
    let source = config.cabinet.as_ref()?;
    Some(devices::cabinet(source).map_err(|error| format!("{error:#}")).and_then(ask))
}

/// Whether the keypad is there, and a headphone in it.
fn assistive(config: &Config) -> Option<Result<Value, String>> {
    use senim_hal::assistive::{Assistive, Event};
    let ask = |mut keypad: Box<dyn Assistive>| {
        let mut found = serde_json::Map::new();
        while let Some(event) = keypad.wait_event(500).map_err(told)? {
            match event {
                Event::Connected { there } => found.insert("connected".to_owned(), json!(there)),
                Event::Headphones { plugged } => found.insert("headphones".to_owned(), json!(plugged)),
                Event::Pressed(_) => None,
            };
        }
        Ok(Value::Object(found))
    };
    let source = config.assistive.as_ref()?;
    Some(devices::assistive(source).map_err(|error| format!("{error:#}")).and_then(ask))
}

fn network() -> Result<Value, String> {
    let interfaces = HostNetwork::new().interfaces().map_err(told)?;
    Ok(json!({ "interfaces": interfaces }))
}

/// Takes one frame and looks whether there is light in it. The frame goes nowhere.
fn camera(config: &Config) -> Result<Value, String> {
    let mut camera = devices::camera(config);
    camera.open().map_err(told)?;
    let frame = camera.frame();
    camera.close();
    let frame = frame.map_err(told)?;
    let picture =
        Picture::new(frame.width, frame.height, frame.rgb.expose()).map_err(|error| error.to_string())?;
    let light = picture.light();
    let brightness = light.mean;
    if light.is_covered() {
        return Err(format!(
            "the picture is black or of one colour (brightness {brightness} of 255): uncover the lens, switch on the light"
        ));
    }
    Ok(json!({ "width": frame.width, "height": frame.height, "brightness": brightness }))
}
