//! The driver against the emulated receiver, in virtual time and one thread.

use proptest::prelude::*;
use senim_emulators::faults::FaultSpec;
use senim_emulators::machine::Machine as _;
use senim_emulators::nmea::{self as receiver, Fault};
use senim_hal::LineDriver as _;

use super::*;

const ALMATY: Fix =
    Fix { latitude_udeg: 43_238_949, longitude_udeg: 76_889_709, satellites: 9, hdop_centi: Some(90) };

struct Bench {
    driver: Nmea,
    receiver: receiver::Nmea,
    now: u64,
    cut: usize,
}

fn bench_with(config: Config) -> Bench {
    let mut driver = Nmea::new(config).unwrap();
    driver.handle_line(true, Mono(0));
    assert_eq!(driver.poll_event(), Some(Event::Line { open: true }));
    Bench { driver, receiver: receiver::Nmea::new(receiver::Options::default(), 0), now: 0, cut: 0 }
}

fn bench() -> Bench {
    bench_with(Config::default())
}

/// A bench whose driver has told its first position.
fn located() -> Bench {
    let mut bench = bench();
    assert_eq!(bench.play(1_500), Some(Event::Fix(ALMATY)));
    bench
}

impl Bench {
    /// The next event within this time.
    fn play(&mut self, for_ms: u64) -> Option<Event> {
        let end = self.now + for_ms;
        loop {
            assert_eq!(self.driver.poll_transmit(), None, "a receiver is never spoken to");
            if let Some(event) = self.driver.poll_event() {
                return Some(event);
            }
            if let Some(bytes) = self.receiver.poll_transmit(self.now) {
                for piece in bytes.chunks(if self.cut == 0 { bytes.len() } else { self.cut }) {
                    self.driver.handle_input(piece, Mono(self.now));
                }
                continue;
            }
            let times = [self.driver.poll_timeout().map(|at| at.0), self.receiver.poll_timeout()];
            let Some(at) = times.into_iter().flatten().min().filter(|at| *at <= end) else {
                self.now = end;
                return None;
            };
            self.now = self.now.max(at);
            self.receiver.handle_timeout(self.now);
            if self.driver.poll_timeout().is_some_and(|at| at.0 <= self.now) {
                self.driver.handle_timeout(Mono(self.now));
            }
        }
    }

    fn status(&mut self) -> Event {
        self.driver.begin(Command::Status, Mono(self.now)).unwrap();
        self.play(60_000).expect("a terminal event")
    }

    fn assert_silent(&mut self) -> Error {
        match self.play(60_000) {
            Some(Event::Failed(error)) => {
                assert_eq!(error.kind, ErrorKind::Offline);
                error
            }
            other => panic!("not failed: {other:?}"),
        }
    }
}

#[test]
fn the_first_position_is_told_and_a_standing_receiver_then_keeps_quiet() {
    for cut in 0..3 {
        let mut bench = bench();
        bench.cut = cut;
        assert_eq!(bench.play(1_500), Some(Event::Fix(ALMATY)));
        assert_eq!(bench.play(600_000), None);
    }
}

#[test]
fn status_tells_the_sentences_and_the_position() {
    let mut bench = located();
    let identity = "GNGGA GNRMC GPGSV".to_owned();
    assert_eq!(bench.status(), Event::Status { identity: identity.clone(), fix: Some(ALMATY) });
    bench.receiver.sky.fix = false;
    assert_eq!(bench.play(60_000), Some(Event::Lost));
    assert_eq!(bench.status(), Event::Status { identity, fix: None });
}

#[test]
fn noise_of_the_place_is_not_told_and_a_move_is() {
    let mut bench = located();
    bench.receiver.sky.jitter_udeg = 300;
    assert_eq!(bench.play(60_000), None);
    bench.receiver.sky.jitter_udeg = 0;
    bench.receiver.sky.longitude_udeg += 301;
    let moved = Fix { longitude_udeg: ALMATY.longitude_udeg + 301, ..ALMATY };
    assert_eq!(bench.play(2_000), Some(Event::Fix(moved)));
    bench.receiver.sky.latitude_udeg = -bench.receiver.sky.latitude_udeg;
    assert!(matches!(bench.play(2_000), Some(Event::Fix(fix)) if fix.latitude_udeg == -43_238_949));
    assert_eq!(bench.play(60_000), None);
}

#[test]
fn a_fix_that_becomes_poor_or_good_is_told() {
    let mut bench = located();
    bench.receiver.sky.satellites = 4;
    bench.receiver.sky.hdop_centi = 500;
    assert_eq!(bench.play(10_000), None);
    bench.receiver.sky.satellites = 3;
    assert!(matches!(bench.play(2_000), Some(Event::Fix(fix)) if fix.satellites == 3));
    bench.receiver.sky.satellites = 4;
    assert!(matches!(bench.play(2_000), Some(Event::Fix(fix)) if fix.satellites == 4));
    bench.receiver.sky.hdop_centi = 501;
    assert!(matches!(bench.play(2_000), Some(Event::Fix(fix)) if fix.hdop_centi == Some(501)));
}

#[test]
fn a_loss_is_told_once_it_has_lasted_and_the_return_at_once() {
    let mut bench = located();
    bench.receiver.sky.fix = false;
    assert_eq!(bench.play(13_500), None);
    bench.receiver.sky.fix = true;
    assert_eq!(bench.play(20_000), None, "a gap shorter than a loss");
    bench.receiver.sky.fix = false;
    assert_eq!(bench.play(16_000), Some(Event::Lost));
    assert_eq!(bench.play(60_000), None, "told once");
    bench.receiver.sky.fix = true;
    assert_eq!(bench.play(1_000), Some(Event::Fix(ALMATY)));
}

#[test]
fn a_position_that_is_estimated_entered_or_simulated_is_a_loss() {
    for quality in [6, 7, 8] {
        let mut bench = located();
        bench.receiver.sky.quality = quality;
        assert_eq!(bench.play(16_000), Some(Event::Lost), "{quality}");
    }
}

#[test]
fn a_receiver_without_gga_is_located_by_rmc_alone_and_one_without_rmc_by_gga() {
    let mut bench = bench();
    bench.receiver.say(false, true);
    let there = Fix { satellites: 0, hdop_centi: None, ..ALMATY };
    assert_eq!(bench.play(5_000), Some(Event::Fix(there)));
    bench.receiver.sky.fix = false;
    assert_eq!(bench.play(16_000), Some(Event::Lost));
    bench.receiver.sky.fix = true;
    bench.receiver.say(true, false);
    assert_eq!(bench.play(60_000), None, "the last RMC said that nothing is valid");
    let mut bench = bench_with(Config::default());
    bench.receiver.say(true, false);
    assert_eq!(bench.play(1_500), Some(Event::Fix(ALMATY)));
}

#[test]
fn silence_bad_sentences_and_babble_are_offline_once_and_recovery_is_told() {
    for (fault, words) in [
        (Fault::Silence, "nothing comes"),
        (Fault::BadChecksum, "speed"),
        (Fault::NoChecksum, "speed"),
        (Fault::Garbage, "speed"),
    ] {
        let mut bench = located();
        bench.receiver.set_fault(fault, FaultSpec::times(8));
        assert_eq!(bench.play(30_000), None, "{fault:?} for less than the limit");
        bench.receiver.set_fault(fault, FaultSpec::default());
        assert!(bench.assert_silent().detail.contains(words), "{fault:?}");
        assert_eq!(bench.play(60_000), None, "{fault:?} is told once");
        assert!(matches!(bench.status(), Event::Failed(_)), "{fault:?} is told when asked");
        bench.receiver.clear_fault(fault);
        assert_eq!(bench.play(1_500), Some(Event::Fix(ALMATY)), "{fault:?} is over");
    }
}

#[test]
fn a_receiver_that_comes_back_without_a_sky_is_lost_after_a_while() {
    let mut bench = located();
    bench.receiver.set_fault(Fault::Silence, FaultSpec::default());
    bench.assert_silent();
    bench.receiver.sky.fix = false;
    bench.receiver.clear_fault(Fault::Silence);
    let began = bench.now;
    assert_eq!(bench.play(60_000), Some(Event::Lost));
    assert!(bench.now - began >= 15_000);
}

#[test]
fn noise_half_sentences_long_ones_and_doubles_do_not_hide_the_good_ones() {
    for fault in [Fault::Noise, Fault::HalfSentence, Fault::Overlong, Fault::Double] {
        let mut bench = bench();
        bench.receiver.set_fault(fault, FaultSpec::default());
        if fault == Fault::HalfSentence {
            // The half one is GGA, so RMC is what is left.
            assert!(matches!(bench.play(5_000), Some(Event::Fix(fix)) if fix.satellites == 0));
        } else {
            assert_eq!(bench.play(1_500), Some(Event::Fix(ALMATY)), "{fault:?}");
        }
        assert_eq!(bench.play(60_000), None, "{fault:?}");
    }
}

#[test]
fn a_late_burst_is_a_pause_and_no_loss() {
    let mut bench = located();
    bench.receiver.set_fault(Fault::Late, FaultSpec { delay_ms: Some(8_000), ..FaultSpec::times(1) });
    assert_eq!(bench.play(60_000), None);
}

#[test]
fn a_silent_line_is_told_without_being_asked() {
    let mut bench = bench();
    bench.receiver.set_fault(Fault::Silence, FaultSpec::default());
    bench.assert_silent();
    assert_eq!(bench.now, 10_000);
}

#[test]
fn a_lost_line_fails_the_status_and_forgets_the_position() {
    let mut bench = located();
    bench.driver.begin(Command::Status, Mono(bench.now)).unwrap();
    let busy = bench.driver.begin(Command::Status, Mono(bench.now)).unwrap_err();
    assert_eq!(busy.kind, ErrorKind::DeviceBusy);
    bench.driver.handle_line(false, Mono(bench.now));
    assert_eq!(bench.play(0), Some(Event::Line { open: false }));
    bench.assert_silent();
    assert!(matches!(bench.status(), Event::Failed(error) if error.detail.contains("closed")));
    bench.driver.handle_line(true, Mono(bench.now));
    assert_eq!(bench.play(0), Some(Event::Line { open: true }));
    assert_eq!(bench.play(1_500), Some(Event::Fix(ALMATY)), "told anew");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |config| Nmea::new(config).unwrap_err();
    let error = refused(Config { silence_ms: 1, ..Config::default() });
    assert_eq!(error.to_string(), "nmea: silence_ms is 1; set it from 1000 to 600000");
    assert_eq!(refused(Config { listen_ms: 20_000, ..Config::default() }).key, "listen_ms");
    assert_eq!(refused(Config { hdop_max_centi: 0, ..Config::default() }).key, "hdop_max_centi");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn every_place_on_earth_arrives_exactly(
        latitude_udeg in -90_000_000i32..=90_000_000,
        longitude_udeg in -180_000_000i32..=180_000_000,
        hdop in 0u16..=9_999,
    ) {
        let mut bench = bench();
        bench.receiver.sky.latitude_udeg = latitude_udeg;
        bench.receiver.sky.longitude_udeg = longitude_udeg;
        bench.receiver.sky.hdop_centi = hdop;
        let fix = Fix { latitude_udeg, longitude_udeg, satellites: 9, hdop_centi: Some(hdop) };
        prop_assert_eq!(bench.play(1_500), Some(Event::Fix(fix)));
    }

    #[test]
    fn whatever_bytes_come_a_status_ends_once(
        noise in proptest::collection::vec(prop_oneof![Just(b'$'), Just(b'\n'), any::<u8>()], 0..400),
    ) {
        let mut bench = bench();
        bench.receiver.set_fault(Fault::Silence, FaultSpec::default());
        bench.driver.begin(Command::Status, Mono(0)).unwrap();
        bench.driver.handle_input(&noise, Mono(0));
        let failed = matches!(bench.play(60_000), Some(Event::Failed(_)));
        prop_assert!(failed);
        prop_assert_eq!(bench.play(60_000), None);
    }
}
