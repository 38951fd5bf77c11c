//! The driver against the emulated service, in virtual time and one thread.

use proptest::prelude::*;
use senim_emulators::faults::FaultSpec;
use senim_emulators::machine::Machine as _;
use senim_emulators::nut::{self as service, Fault};
use senim_hal::LineDriver as _;
use senim_hal::supply::Source;

use super::*;

struct Bench {
    driver: Nut,
    service: service::Nut,
    now: u64,
    written: Vec<Vec<u8>>,
    cut: usize,
    /// When the connection, once lost, is made again.
    reopen_at: Option<u64>,
}

fn bench() -> Bench {
    let mut driver = Nut::new(Config::default()).unwrap();
    driver.handle_line(true, Mono(0));
    assert_eq!(driver.poll_event(), Some(Event::Line { open: true }));
    let mut service = service::Nut::new(service::Options::default());
    service.handle_connection(true, 0);
    Bench { driver, service, now: 1_000, written: Vec::new(), cut: 0, reopen_at: None }
}

/// A bench whose driver has told its first status.
fn watching() -> Bench {
    let mut bench = bench();
    assert!(matches!(bench.status(), Event::Status { .. }));
    bench
}

impl Bench {
    fn status(&mut self) -> Event {
        self.driver.begin(Command::Status, Mono(self.now)).unwrap();
        self.play(60_000).expect("a terminal event")
    }

    /// The next event within this time.
    fn play(&mut self, for_ms: u64) -> Option<Event> {
        let end = self.now + for_ms;
        loop {
            if let Some(event) = self.driver.poll_event() {
                return Some(event);
            }
            if let Some(bytes) = self.driver.poll_transmit() {
                self.service.handle_input(&bytes, self.now);
                self.written.push(bytes);
            } else if let Some(bytes) = self.service.poll_transmit(self.now) {
                let piece = if self.cut == 0 { bytes.len().max(1) } else { self.cut };
                for piece in bytes.chunks(piece) {
                    self.driver.handle_input(piece, Mono(self.now));
                }
            } else if self.service.poll_hang_up() {
                self.connect(false);
                self.reopen_at = Some(self.now + 100);
            } else {
                let times =
                    [self.driver.poll_timeout().map(|at| at.0), self.service.poll_timeout(), self.reopen_at];
                match times.into_iter().flatten().min().filter(|at| *at <= end) {
                    None => {
                        self.now = end;
                        return None;
                    }
                    Some(at) => self.arrive(at),
                }
            }
        }
    }

    fn arrive(&mut self, at: u64) {
        self.now = self.now.max(at);
        self.service.handle_timeout(self.now);
        if self.reopen_at.is_some_and(|at| at <= self.now) {
            self.reopen_at = None;
            self.connect(true);
        }
        if self.driver.poll_timeout().is_some_and(|at| at.0 <= self.now) {
            self.driver.handle_timeout(Mono(self.now));
        }
    }

    fn connect(&mut self, open: bool) {
        self.driver.handle_line(open, Mono(self.now));
        self.service.handle_connection(open, self.now);
    }

    fn failed(&mut self, for_ms: u64) -> Error {
        match self.play(for_ms) {
            Some(Event::Failed(error)) => error,
            other => panic!("not failed: {other:?}"),
        }
    }

    fn changed(&mut self) -> Supply {
        match self.play(60_000) {
            Some(Event::Changed(supply)) => supply,
            other => panic!("not changed: {other:?}"),
        }
    }
}

#[test]
fn nothing_is_sent_before_status_is_asked() {
    let mut bench = bench();
    assert_eq!(bench.play(600_000), None);
    assert!(bench.written.is_empty());
}

#[test]
fn status_tells_identity_and_state() {
    for cut in 0..3 {
        let mut bench = bench();
        bench.cut = cut;
        let Event::Status { identity, supply } = bench.status() else { panic!("no status") };
        assert_eq!(identity, "SENIM Emulated \"line\\interactive\" 700 E0000001");
        assert_eq!((supply.source, supply.low, supply.replace_battery), (Source::Mains, false, false));
        assert_eq!((supply.charge_percent, supply.runtime_s), (Some(100), Some(1_800)));
        assert_eq!(bench.written, [b"VER\n".to_vec(), b"LIST VAR ups\n".to_vec()]);
    }
}

#[test]
fn a_change_is_told_within_one_interval_and_once() {
    let mut bench = watching();
    assert_eq!(bench.play(60_000), None, "no news is not told");
    bench.service.supply.source = service::Source::Battery;
    let began = bench.now;
    assert_eq!(bench.changed().source, Source::Battery);
    assert!(bench.now - began <= 5_000);
    assert_eq!(bench.play(60_000), None);
    bench.service.supply.low = true;
    assert!(bench.changed().low);
    bench.service.supply.replace_battery = true;
    assert!(bench.changed().replace_battery);
}

#[test]
fn runtime_is_told_by_steps_and_by_coming_and_going() {
    let mut bench = watching();
    bench.service.supply.runtime_s = Some(1_741);
    assert_eq!(bench.play(60_000), None);
    bench.service.supply.runtime_s = Some(1_740);
    assert_eq!(bench.changed().runtime_s, Some(1_740));
    bench.service.supply.runtime_s = None;
    assert_eq!(bench.changed().runtime_s, None);
    bench.service.supply.charge_percent = Some(99);
    assert_eq!(bench.changed().charge_percent, Some(99));
}

#[test]
fn refusals_fail_once_with_their_kind_and_recovery_is_told() {
    for (fault, kind) in [
        (Fault::Stale, ErrorKind::Offline),
        (Fault::DriverGone, ErrorKind::Offline),
        (Fault::UnknownUps, ErrorKind::NoDevice),
    ] {
        let mut bench = watching();
        bench.service.set_fault(fault, FaultSpec::default());
        assert_eq!(bench.failed(10_000).kind, kind, "{fault:?}");
        assert_eq!(bench.play(60_000), None, "{fault:?} is told once");
        assert!(matches!(bench.status(), Event::Failed(_)), "{fault:?} is told when asked");
        bench.service.clear_fault(fault);
        assert_eq!(bench.changed().source, Source::Mains, "{fault:?} is over");
    }
}

#[test]
fn silence_garbage_and_torn_answers_are_offline_after_three_misses_and_no_earlier() {
    for fault in [Fault::Silence, Fault::Garbage, Fault::HalfLine, Fault::NoEnd] {
        let mut bench = watching();
        bench.service.set_fault(fault, FaultSpec::times(2));
        assert_eq!(bench.play(60_000), None, "{fault:?} twice is no news");
        bench.service.set_fault(fault, FaultSpec::default());
        let began = bench.now;
        assert_eq!(bench.failed(60_000).kind, ErrorKind::Offline, "{fault:?}");
        assert!((12_000..=17_000).contains(&(bench.now - began)), "{fault:?}: {} ms", bench.now - began);
        assert_eq!(bench.play(60_000), None, "{fault:?} is told once");
        bench.service.clear_fault(fault);
        assert_eq!(bench.changed().source, Source::Mains, "{fault:?} is over");
    }
}

#[test]
fn a_status_is_tried_three_times() {
    let mut bench = bench();
    bench.service.set_fault(Fault::Silence, FaultSpec::times(2));
    let began = bench.now;
    assert!(matches!(bench.status(), Event::Status { .. }));
    assert_eq!(bench.now - began, 4_000);
    bench.service.set_fault(Fault::Silence, FaultSpec::default());
    assert!(matches!(bench.status(), Event::Failed(error) if error.kind == ErrorKind::Offline));
    assert_eq!(bench.now - began, 10_000);
}

#[test]
fn noise_and_second_answers_change_nothing() {
    for fault in [Fault::Noise, Fault::Double] {
        let mut bench = bench();
        bench.service.set_fault(fault, FaultSpec::default());
        assert!(matches!(bench.status(), Event::Status { .. }), "{fault:?}");
        assert_eq!(bench.play(60_000), None, "{fault:?}");
    }
}

#[test]
fn a_late_answer_is_never_taken_for_a_new_one() {
    let mut bench = watching();
    bench.service.set_fault(Fault::Late, FaultSpec { delay_ms: Some(6_000), ..FaultSpec::times(1) });
    let asked = bench.service.requests();
    while bench.service.requests() == asked {
        assert_eq!(bench.play(100), None);
    }
    // The old list says mains and comes while the next look, one second old, waits for an answer.
    let began = bench.now;
    bench.service.supply.source = service::Source::Battery;
    assert_eq!(bench.changed().source, Source::Battery);
    assert!(bench.now - began < 7_000, "the old list was taken for the new one");
    assert_eq!(bench.play(60_000), None);
}

#[test]
fn a_dropped_connection_fails_the_status_and_silences_the_driver_until_it_is_asked_again() {
    let mut bench = bench();
    bench.service.set_fault(Fault::Drop, FaultSpec::times(1));
    assert_eq!(bench.status(), Event::Line { open: false });
    assert_eq!(bench.failed(0).kind, ErrorKind::Offline);
    assert_eq!(bench.play(1_000), Some(Event::Line { open: true }));
    let written = bench.written.len();
    assert_eq!(bench.play(60_000), None);
    assert_eq!(bench.written.len(), written);
    assert!(matches!(bench.status(), Event::Status { .. }));
}

#[test]
fn a_second_command_is_refused_and_a_closed_line_fails() {
    let mut bench = bench();
    bench.driver.begin(Command::Status, Mono(bench.now)).unwrap();
    let busy = bench.driver.begin(Command::Status, Mono(bench.now)).unwrap_err();
    assert_eq!(busy.kind, ErrorKind::DeviceBusy);
    assert!(matches!(bench.play(60_000), Some(Event::Status { .. })));
    bench.connect(false);
    assert_eq!(bench.play(0), Some(Event::Line { open: false }));
    assert!(matches!(bench.status(), Event::Failed(error) if error.kind == ErrorKind::Offline));
}

#[test]
fn settings_are_checked_and_a_name_cannot_carry_a_request() {
    Config::default().check().unwrap();
    let with = |change: fn(&mut Config)| {
        let mut config = Config::default();
        change(&mut config);
        Nut::new(config).unwrap_err()
    };
    assert_eq!(with(|config| config.ups = "ups\nSET VAR".to_owned()).key, "ups");
    assert_eq!(with(|config| config.ups = String::new()).key, "ups");
    assert_eq!(with(|config| config.poll_interval_ms = 10).key, "poll_interval_ms");
    let error = with(|config| config.misses_max = 0);
    assert_eq!(error.to_string(), "nut: misses_max is 0; set it from 1 to 20");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn whatever_bytes_come_a_status_ends_once_and_the_next_good_one_is_told(
        noise in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'"'), any::<u8>()], 0..200),
        cut in 0usize..4,
    ) {
        let mut bench = bench();
        bench.cut = cut;
        bench.service.set_fault(Fault::Silence, FaultSpec::default());
        bench.driver.begin(Command::Status, Mono(bench.now)).unwrap();
        bench.driver.handle_input(&noise, Mono(bench.now));
        let failed = matches!(bench.play(60_000), Some(Event::Failed(_)));
        prop_assert!(failed);
        prop_assert_eq!(bench.play(1_000), None);
        bench.service.clear_fault(Fault::Silence);
        let told = matches!(bench.status(), Event::Status { .. });
        prop_assert!(told);
    }
}
