//! Driver and device on one wire, in virtual time.

use senim_domain::Mono;
use senim_domain::cash::Denomination;
use senim_emulators::ccnet::{self as device, Fault, Table};
use senim_emulators::faults::FaultSpec;
use senim_emulators::machine::Machine as _;
use senim_hal::LineDriver as _;

use super::super::*;

pub(super) const STACK: u8 = 0x35;
pub(super) const RETURN: u8 = 0x36;
pub(super) const RESET: u8 = 0x30;
pub(super) const ENABLE: u8 = 0x34;
pub(super) const POLL: u8 = 0x33;

/// What the wire does to bytes on their way to the host.
#[derive(Clone, Debug, Default)]
pub(super) struct Wire {
    /// Bytes per piece; 0 leaves them whole.
    pub(super) cut: usize,
    /// Thrown in before each message of the device.
    pub(super) noise: Vec<u8>,
    /// Every n-th byte from the device is inverted; 0 none.
    pub(super) damage_every: usize,
}

pub(super) struct Bench {
    pub(super) driver: Ccnet,
    pub(super) device: device::Ccnet,
    pub(super) now: u64,
    pub(super) wire: Wire,
    pub(super) written: Vec<(u64, Vec<u8>)>,
    /// Everything told, in order.
    pub(super) told: Vec<Event>,
    pub(super) bytes_seen: usize,
}

pub(super) fn bench_with(config: Config, options: device::Options, table: Table) -> Bench {
    let mut driver = Ccnet::new(config).unwrap();
    driver.handle_line(true, Mono(1_000));
    assert_eq!(driver.poll_event(), Some(Event::Line { open: true }));
    Bench {
        driver,
        device: device::Ccnet::new(options, table),
        now: 2_000,
        wire: Wire::default(),
        written: Vec::new(),
        told: Vec::new(),
        bytes_seen: 0,
    }
}

pub(super) fn bench() -> Bench {
    bench_with(Config::default(), device::Options::default(), Table::default())
}

/// A bench whose device idles, 1,000 and 5,000 tenge enabled.
pub(super) fn ready() -> Bench {
    let mut bench = bench();
    bench.make_ready();
    bench
}

/// A bench with 5,000 tenge in escrow.
pub(super) fn in_escrow() -> Bench {
    let mut bench = ready();
    bench.insert(5_000);
    assert_eq!(bench.hear(is_escrowed), Event::Escrowed(Denomination(5_000)));
    bench
}

pub(super) fn is_escrowed(event: &Event) -> bool {
    matches!(event, Event::Escrowed(_))
}

pub(super) fn notes(values: &[u32]) -> Command {
    Command::Enable(values.iter().copied().map(Denomination).collect())
}

pub(super) fn is_terminal(event: &Event) -> bool {
    match event {
        Event::Status { .. }
        | Event::Enabled
        | Event::Disabled
        | Event::ResetDone
        | Event::Stacked(_)
        | Event::Returned(_)
        | Event::Jammed { .. }
        | Event::Unanswered(_)
        | Event::Failed(_) => true,
        Event::Accepting
        | Event::Refused { .. }
        | Event::Escrowed(_)
        | Event::FoundAtPowerUp(_)
        | Event::Stacker(_)
        | Event::Contradiction { .. }
        | Event::Fault(_)
        | Event::Line { .. } => false,
    }
}

impl Bench {
    pub(super) fn make_ready(&mut self) {
        assert!(matches!(self.ask(Command::Status), Event::Status { .. }));
        assert_eq!(self.ask(Command::Reset), Event::ResetDone);
        assert_eq!(self.ask(notes(&[1_000, 5_000])), Event::Enabled);
        self.told.clear();
        self.written.clear();
    }

    pub(super) fn fault(&mut self, fault: Fault, spec: FaultSpec) {
        self.device.set_fault(fault, spec, self.now);
    }

    pub(super) fn fault_on(&mut self, fault: Fault, command: u8, times: u32) {
        self.fault(fault, FaultSpec { times: Some(times), command: Some(command), ..FaultSpec::default() });
    }

    pub(super) fn insert(&mut self, value: u32) {
        self.device.insert(value, None, self.now).unwrap();
    }

    /// Begins a command and plays until its terminal event.
    pub(super) fn ask(&mut self, command: Command) -> Event {
        self.driver.begin(command, Mono(self.now)).unwrap();
        self.hear(is_terminal)
    }

    /// Plays until an event like this is told.
    pub(super) fn hear(&mut self, like: impl Fn(&Event) -> bool) -> Event {
        let heard = self.play(self.now + 200_000, &like);
        heard.unwrap_or_else(|| panic!("never told; told: {:?}", self.told))
    }

    /// Plays for so long and returns what was told.
    pub(super) fn pass(&mut self, for_ms: u64) -> Vec<Event> {
        let before = self.told.len();
        self.play(self.now + for_ms, &|_| false);
        self.told[before..].to_vec()
    }

    pub(super) fn play(&mut self, until: u64, like: &dyn Fn(&Event) -> bool) -> Option<Event> {
        for _ in 0..100_000 {
            while let Some(bytes) = self.driver.poll_transmit() {
                self.written.push((self.now, bytes.clone()));
                self.device.handle_input(&bytes, self.now);
            }
            if let Some(event) = self.driver.poll_event() {
                self.told.push(event.clone());
                if like(&event) {
                    return Some(event);
                }
                continue;
            }
            if let Some(bytes) = self.device.poll_transmit(self.now) {
                self.deliver(bytes);
                continue;
            }
            let next = [self.driver.poll_timeout().map(|at| at.0), self.device.poll_timeout()];
            let next = next.into_iter().flatten().min().unwrap_or(u64::MAX);
            if next > until {
                self.now = self.now.max(until);
                return None;
            }
            self.now = self.now.max(next);
            self.device.handle_timeout(self.now);
            if self.driver.poll_timeout().is_some_and(|at| at.0 <= self.now) {
                self.driver.handle_timeout(Mono(self.now));
            }
        }
        panic!("the exchange never ends; told: {:?}", self.told);
    }

    pub(super) fn deliver(&mut self, mut bytes: Vec<u8>) {
        for byte in &mut bytes {
            self.bytes_seen += 1;
            if self.wire.damage_every > 0 && self.bytes_seen.is_multiple_of(self.wire.damage_every) {
                *byte ^= 0xFF;
            }
        }
        let mut stream = self.wire.noise.clone();
        stream.extend(bytes);
        let cut = if self.wire.cut == 0 { stream.len().max(1) } else { self.wire.cut };
        for piece in stream.chunks(cut) {
            self.driver.handle_input(piece, Mono(self.now));
            if self.wire.cut > 0 {
                self.now += 1;
            }
        }
    }

    /// Times that a command was written.
    pub(super) fn times(&self, command: u8) -> usize {
        self.written.iter().filter(|(_, frame)| frame.get(3) == Some(&command) && frame[3] != 0).count()
    }

    pub(super) fn count(&self, like: impl Fn(&Event) -> bool) -> usize {
        self.told.iter().filter(|event| like(event)).count()
    }

    pub(super) fn in_cassette(&self) -> u64 {
        self.device.cassette().notes.values().sum()
    }
}

pub(super) fn is_stacked(event: &Event) -> bool {
    matches!(event, Event::Stacked(_))
}

pub(super) fn is_contradiction(event: &Event) -> bool {
    matches!(event, Event::Contradiction { .. })
}
