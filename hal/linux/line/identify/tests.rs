//! Drivers on the wrong ports, over real PTYs and emulated devices.

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use senim_drivers::{EscPos, Lcdm4000, escpos, lcdm4000};
use senim_emulators::faults::FaultSpec;
use senim_emulators::lcdm4000::Fault;
use senim_emulators::rack::{Options, Rack};
use senim_hal::cash_dispenser::{Command, Event};

use super::*;
use crate::line::{LineHandle, spawn_identified};

const PATIENCE: Duration = Duration::from_secs(30);

fn dispenser() -> Box<dyn cash_dispenser::CashDispenser + Send> {
    Box::new(Lcdm4000::new(lcdm4000::Config::default()).unwrap())
}

fn printer() -> Box<dyn receipt_printer::ReceiptPrinter + Send> {
    Box::new(EscPos::new(escpos::Config::default()).unwrap())
}

fn neighbours() -> Vec<Neighbour> {
    let unused = LineConfig::new("/nowhere");
    vec![
        Neighbour {
            name: "dispenser",
            line: unused.clone(),
            driver: Box::new(|| Some(Box::new(dispenser()))),
        },
        Neighbour { name: "printer", line: unused, driver: Box::new(|| Some(Box::new(printer()))) },
    ]
}

struct Bench {
    rack: Rack,
    line: LineHandle<Command>,
    told: Receiver<Event>,
    _directory: tempfile::TempDir,
}

/// The dispenser's driver on the port of the device of that name.
fn dispenser_on(port: &str, expect: Option<&str>) -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let rack = Rack::start(directory.path(), Options::default()).unwrap();
    let path: &Path = directory.path();
    let guard = Guard {
        expect: expect.map(str::to_owned),
        neighbours: neighbours().into_iter().filter(|neighbour| neighbour.name != "dispenser").collect(),
        ..Guard::default()
    };
    let (sender, told) = channel();
    let config = LineConfig::new(path.join(port));
    let line =
        spawn_identified("dispenser", config, dispenser(), guard, move |event| sender.send(event).is_ok())
            .unwrap();
    let bench = Bench { rack, line, told, _directory: directory };
    assert_eq!(bench.next(), Event::Line { open: true });
    bench
}

impl Bench {
    fn next(&self) -> Event {
        self.told.recv_timeout(PATIENCE).expect("an event")
    }

    fn ask(&self, command: Command) -> Event {
        self.line.send(command).unwrap();
        self.next()
    }
}

fn no_device(event: &Event) -> &str {
    match event {
        Event::Failed(error) if error.kind == ErrorKind::NoDevice => &error.detail,
        other => panic!("no such failure: {other:?}"),
    }
}

fn mute(bench: &Bench) {
    bench.rack.dispenser().with(|device, now_ms| {
        device.set_fault(Fault::SilentNoExecute, FaultSpec::default(), now_ms);
    });
}

fn silent(event: &Event) {
    assert!(matches!(event, Event::Failed(error) if error.kind == ErrorKind::Offline), "{event:?}");
}

#[test]
fn a_dispenser_on_the_printers_port_is_named_and_stays_named() {
    let bench = dispenser_on("printer", None);
    silent(&bench.ask(Command::Status));
    let found = bench.next();
    let words = no_device(&found);
    assert!(words.contains("printer") && words.contains("swapped"), "{words}");
    // Asked again, it says the same, without a word about the line that was closed for the look.
    assert_eq!(bench.ask(Command::Status), found);
}

#[test]
fn a_command_that_moves_cash_does_not_reach_a_device_that_nobody_knows() {
    let bench = dispenser_on("dispenser", None);
    for command in [Command::Mark, Command::Reset] {
        no_device(&bench.ask(command));
    }
    assert!(bench.rack.dispenser().with(|device, _| device.frames_seen().is_empty()));
    assert!(matches!(bench.ask(Command::Status), Event::Status { .. }));
    assert!(matches!(bench.ask(Command::Mark), Event::Marked(_)));
}

#[test]
fn a_device_with_another_number_than_expected_gets_its_question_only() {
    let bench = dispenser_on("dispenser", Some("no such number"));
    let words = bench.ask(Command::Status);
    assert!(no_device(&words).contains("expects no such number"));
    no_device(&bench.ask(Command::Mark));
    let seen: Vec<u8> =
        bench.rack.dispenser().with(|device, _| device.frames_seen().keys().copied().collect());
    assert_eq!(seen, [0x50], "STATUS alone");
}

#[test]
fn a_replugged_device_introduces_itself_again_before_cash_moves() {
    let bench = dispenser_on("dispenser", None);
    assert!(matches!(bench.ask(Command::Status), Event::Status { .. }));
    bench.rack.dispenser().unplug().unwrap();
    assert_eq!(bench.next(), Event::Line { open: false });
    bench.rack.dispenser().replug().unwrap();
    assert_eq!(bench.next(), Event::Line { open: true });
    no_device(&bench.ask(Command::Mark));
    assert!(matches!(bench.ask(Command::Status), Event::Status { .. }));
    assert!(matches!(bench.ask(Command::Mark), Event::Marked(_)));
}

#[test]
fn a_device_that_answers_no_more_introduces_itself_again_before_cash_moves() {
    let bench = dispenser_on("dispenser", None);
    assert!(matches!(bench.ask(Command::Status), Event::Status { .. }));
    mute(&bench);
    silent(&bench.ask(Command::Status));
    bench.rack.dispenser().with(|device, _| device.clear_fault(Fault::SilentNoExecute));
    no_device(&bench.ask(Command::Mark));
    assert!(matches!(bench.ask(Command::Status), Event::Status { .. }));
    assert!(matches!(bench.ask(Command::Mark), Event::Marked(_)), "one silence is no reason to look");
}

#[test]
fn a_port_that_opens_late_is_not_looked_at_before_its_own_device_was_asked() {
    let directory = tempfile::tempdir().unwrap();
    let (sender, told) = channel();
    let guard = Guard { neighbours: neighbours(), ..Guard::default() };
    let config = LineConfig::new(directory.path().join("dispenser"));
    let tell = move |event| sender.send(event).is_ok();
    let line = spawn_identified("dispenser", config, dispenser(), guard, tell).unwrap();
    line.send(Command::Status).unwrap();
    silent(&told.recv_timeout(PATIENCE).unwrap());
    let rack = Rack::start(directory.path(), Options::default()).unwrap();
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Event::Line { open: true });
    line.send(Command::Status).unwrap();
    assert!(matches!(told.recv_timeout(Duration::from_secs(2)), Ok(Event::Status { .. })));
    let seen: Vec<u8> = rack.dispenser().with(|device, _| device.frames_seen().keys().copied().collect());
    assert_eq!(seen, [0x50], "STATUS alone");
}

#[test]
fn a_thread_that_looks_ends_at_once_when_nobody_waits_for_it() {
    let bench = dispenser_on("dispenser", None);
    mute(&bench);
    silent(&bench.ask(Command::Status));
    let started = boottime();
    drop(bench.line);
    assert!(boottime().since(started) < 1_000);
}

#[test]
fn a_spare_device_does_not_settle_the_payout_of_the_expected_one() {
    let settle = || Command::LastStatus { not_before: Mono(0) };
    let bench = dispenser_on("dispenser", Some("no such number"));
    assert!(no_device(&bench.ask(settle())).contains("expects no such number"));
    let bench = dispenser_on("dispenser", None);
    let Event::Status { identity, .. } = bench.ask(Command::Status) else { panic!("no status") };
    let bench = dispenser_on("dispenser", Some(&identity));
    assert!(matches!(bench.ask(settle()), Event::LastStatus { .. }));
    assert!(matches!(bench.ask(Command::Mark), Event::Marked(_)), "it has named itself");
}
