//! Our driver, over our TCP line, against a real service of the Network UPS Tools: Debian's `nut-server` with its
//! `dummy-ups`.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Program, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use senim_drivers::nut::{Config, Nut};
use senim_emulators::peers;
use senim_hal::ErrorKind;
use senim_hal::supply::{Command, Event, PowerSupply, Source, Supply};

use crate::line::{LineHandle, spawn_tcp};
use crate::tcp::TcpConfig;

const PATIENCE: Duration = Duration::from_secs(30);

const SUPPLY: &str =
    "ups.status: OL CHRG\nbattery.charge: 97\nbattery.runtime: 1320\ndevice.serial: S\"7\\7\n";
const USERS: &str = "[admin]\npassword = x\nactions = SET\n";

#[test]
fn the_driver_follows_a_real_service_to_battery_stale_data_back_and_its_end() {
    let Some(mut service) = Service::start() else { return };
    let (line, told) = service.connect();
    assert_eq!(next(&told), Event::Line { open: true });
    line.send(Command::Status).unwrap();
    let mains = state(&told);
    assert_eq!((mains.source, mains.charge_percent, mains.runtime_s), (Source::Mains, Some(97), Some(1_320)));

    // The service stands by now; ask again for the identity.
    line.send(Command::Status).unwrap();
    let identity = until(&told, |event| match event {
        Event::Status { identity, .. } => Some(identity),
        _ => None,
    });
    assert!(identity.starts_with("Dummy Manufacturer Dummy UPS "), "{identity}");

    service.set("ups.status", "OB DISCHRG LB");
    let battery = state(&told);
    assert_eq!((battery.source, battery.low), (Source::Battery, true));

    service.signal_driver(Signal::SIGSTOP);
    failure(&told, "stale");
    service.signal_driver(Signal::SIGCONT);
    assert_eq!(state(&told).source, Source::Battery);

    service.end_driver();
    failure(&told, "not running");
    drop(service);
    until(&told, |event| (event == Event::Line { open: false }).then_some(()));
}

#[test]
fn a_name_that_a_real_service_does_not_know_is_no_device() {
    let Some(service) = Service::start() else { return };
    let (line, told) = service.connect_to("another");
    assert_eq!(next(&told), Event::Line { open: true });
    line.send(Command::Status).unwrap();
    assert!(matches!(next(&told), Event::Failed(error) if error.kind == ErrorKind::NoDevice));
}

/// `upsd` and `dummy-ups` in a directory of their own.
struct Service {
    driver: Child,
    server: Child,
    port: u16,
    upsrw: PathBuf,
    directory: tempfile::TempDir,
}

impl Service {
    /// Nothing where the programs are not installed.
    fn start() -> Option<Self> {
        let [upsd, dummy, upsrw] =
            ["upsd", "dummy-ups", "upsrw"].map(|name| peers::program("nut-server", name));
        let (upsd, dummy, upsrw) = (upsd?, dummy?, upsrw?);
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let write = |file: &str, text: &str| std::fs::write(directory.path().join(file), text).unwrap();
        write("ups.conf", "[ups]\ndriver = dummy-ups\nport = sim.dev\nmode = dummy-once\npollinterval = 1\n");
        write("upsd.conf", &format!("LISTEN 127.0.0.1 {port}\nMAXAGE 3\n"));
        write("upsd.users", USERS);
        write("sim.dev", SUPPLY);
        let driver = run(directory.path(), &dummy, &["-F", "-u", "root", "-a", "ups"]);
        let server = run(directory.path(), &upsd, &["-F", "-u", "root"]);
        Some(Self { driver, server, port, upsrw, directory })
    }

    fn connect(&self) -> (LineHandle<Command>, Receiver<Event>) {
        self.connect_to("ups")
    }

    fn connect_to(&self, ups: &str) -> (LineHandle<Command>, Receiver<Event>) {
        let config = Config { ups: ups.to_owned(), poll_interval_ms: 500, ..Config::default() };
        let driver: Box<dyn PowerSupply + Send> = Box::new(Nut::new(config).unwrap());
        let (sender, told) = channel();
        let place = TcpConfig::new("127.0.0.1", self.port);
        let line = spawn_tcp("supply", place, driver, move |event| sender.send(event).is_ok()).unwrap();
        (line, told)
    }

    /// Sets a variable of the dummy as an administrator does.
    fn set(&self, name: &str, value: &str) {
        let ups = format!("ups@127.0.0.1:{}", self.port);
        let set = format!("{name}={value}");
        let ended = Program::new(&self.upsrw).args(["-s", &set, "-u", "admin", "-p", "x", &ups]).output();
        let ended = ended.unwrap();
        assert!(ended.status.success(), "upsrw {set}: {ended:?}");
    }

    fn signal_driver(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.driver.id()).unwrap()), signal).unwrap();
    }

    fn end_driver(&mut self) {
        self.driver.kill().unwrap();
        self.driver.wait().unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        for program in [&mut self.driver, &mut self.server] {
            let _ended = program.kill();
            let _reaped = program.wait();
        }
        if std::thread::panicking() {
            let log = |name: &str| std::fs::read_to_string(log_of(self.directory.path(), Path::new(name)));
            eprintln!("upsd: {:?}\ndummy-ups: {:?}", log("upsd"), log("dummy-ups"));
        }
    }
}

fn run(directory: &Path, program: &Path, arguments: &[&str]) -> Child {
    let log = std::fs::File::create(log_of(directory, program)).unwrap();
    let places = ["NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"];
    Program::new(program)
        .args(arguments)
        .envs(places.map(|place| (place, directory)))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn log_of(directory: &Path, program: &Path) -> PathBuf {
    directory.join(Path::new(program).file_name().unwrap()).with_extension("log")
}

fn next(told: &Receiver<Event>) -> Event {
    told.recv_timeout(PATIENCE).expect("an event")
}

/// What is found in an event to come. Others are passed over: a real service may be starting, or stale for a moment.
fn until<T>(told: &Receiver<Event>, find: impl Fn(Event) -> Option<T>) -> T {
    (0..100).find_map(|_| find(next(told))).expect("what was waited for")
}

/// The next state, told by itself or as an answer.
fn state(told: &Receiver<Event>) -> Supply {
    until(told, |event| match event {
        Event::Status { supply, .. } | Event::Changed(supply) => Some(supply),
        Event::Failed(_) | Event::Line { .. } => None,
    })
}

fn failure(told: &Receiver<Event>, words: &str) {
    until(told, |event| match event {
        Event::Failed(error) => error.detail.contains(words).then_some(()),
        Event::Status { .. } | Event::Changed(_) | Event::Line { .. } => None,
    });
}
