//! The driver against the emulated printer, in virtual time and one thread.

use proptest::prelude::*;
use senim_emulators::escpos::{self as device, Fault};
use senim_emulators::faults::FaultSpec;
use senim_emulators::machine::Machine as _;
use senim_hal::LineDriver as _;
use senim_hal::receipt_printer::{Paper, Raster};

use super::*;

struct Bench {
    driver: EscPos,
    device: device::EscPos,
    now: u64,
    written: Vec<Vec<u8>>,
    cut: usize,
    noise: Vec<u8>,
}

fn bench_with(config: Config) -> Bench {
    let mut driver = EscPos::new(config).unwrap();
    driver.handle_line(true, Mono(0));
    assert_eq!(driver.poll_event(), Some(Event::Line { open: true }));
    let device = device::EscPos::new(device::Options::default());
    Bench { driver, device, now: 1_000, written: Vec::new(), cut: 0, noise: Vec::new() }
}

fn bench() -> Bench {
    bench_with(Config::default())
}

/// A picture whose row bytes are DLE EOT n over and over: the worst that a printer can find in an image.
fn picture(rows: usize) -> Command {
    Command::Print(Raster { width: 576, rows: [0x10, 0x04, 0x01].repeat(24 * rows) })
}

impl Bench {
    fn ask(&mut self, command: Command) -> Event {
        self.driver.begin(command, Mono(self.now)).unwrap();
        self.play().expect("a terminal event")
    }

    fn play(&mut self) -> Option<Event> {
        for _ in 0..200_000 {
            if let Some(bytes) = self.driver.poll_transmit() {
                self.device.handle_input(&bytes, self.now);
                self.written.push(bytes);
                continue;
            }
            match self.driver.poll_event() {
                Some(Event::Line { .. }) => continue,
                Some(event) => return Some(event),
                None => {}
            }
            if let Some(bytes) = self.device.poll_transmit(self.now) {
                let mut stream = self.noise.clone();
                stream.extend(bytes);
                for piece in stream.chunks(if self.cut == 0 { stream.len() } else { self.cut }) {
                    self.driver.handle_input(piece, Mono(self.now));
                }
                continue;
            }
            let next = [self.driver.poll_timeout().map(|at| at.0), self.device.poll_timeout()];
            self.now = self.now.max(next.into_iter().flatten().min()?);
            self.device.handle_timeout(self.now);
            if self.driver.poll_timeout().is_some_and(|at| at.0 <= self.now) {
                self.driver.handle_timeout(Mono(self.now));
            }
        }
        panic!("the print never ends");
    }

    fn failed(&mut self, command: Command) -> Error {
        match self.ask(command) {
            Event::Failed(error) => error,
            other => panic!("not failed: {other:?}"),
        }
    }
}

#[test]
fn status_tells_model_and_paper() {
    let mut bench = bench();
    assert!(
        matches!(bench.ask(Command::Status), Event::Status { identity, paper: Paper::Full, error: None } if identity == "EMULATED RECEIPT PRINTER")
    );
    bench.device.set_fault(Fault::NearEnd, FaultSpec::default(), bench.now);
    assert!(matches!(bench.ask(Command::Status), Event::Status { paper: Paper::Low, error: None, .. }));
    bench.device.set_fault(Fault::PaperOut, FaultSpec::default(), bench.now);
    assert!(
        matches!(bench.ask(Command::Status), Event::Status { paper: Paper::Out, error: Some(e), .. } if e.kind == ErrorKind::UserError)
    );
}

#[test]
fn a_picture_is_printed_whole_and_told_after_the_paper_stopped() {
    for fence in [Fence::ProcessId, Fence::PaperStatus] {
        let mut bench = bench_with(Config { fence, ..Config::default() });
        let began = bench.now;
        assert_eq!(bench.ask(picture(500)), Event::Printed);
        assert_eq!(bench.device.receipts(), 1);
        assert!(bench.now - began >= 500 / 4, "told before 500 rows could have left at 0.25 ms each");
    }
}

#[test]
fn nothing_is_asked_between_the_bands_of_a_picture() {
    let mut bench = bench();
    assert_eq!(bench.ask(picture(100)), Event::Printed);
    let is_band = |bytes: &Vec<u8>| bytes.starts_with(&[0x1D, 0x76]);
    let first = bench.written.iter().position(is_band).unwrap();
    let last = bench.written.iter().rposition(is_band).unwrap();
    assert_eq!(last - first + 1, 5, "100 rows are five bands");
    assert!(bench.written[first..=last].iter().all(is_band));
}

#[test]
fn paced_bands_keep_their_distance() {
    let mut bench = bench_with(Config { band_interval_ms: 100, ..Config::default() });
    let began = bench.now;
    assert_eq!(bench.ask(picture(240)), Event::Printed);
    assert!(bench.now - began >= 900);
}

#[test]
fn paper_out_cover_open_and_silence_fail_with_their_reason() {
    let rows = [
        (Fault::PaperOut, ErrorKind::UserError, "paper out"),
        (Fault::CoverOpen, ErrorKind::UserError, "cover open"),
        (Fault::Offline, ErrorKind::HardwareError, "error"),
        (Fault::Silent, ErrorKind::Offline, "no answer"),
    ];
    for (fault, kind, words) in rows {
        let mut bench = bench();
        bench.device.set_fault(fault, FaultSpec::default(), bench.now);
        let error = bench.failed(picture(10));
        assert_eq!(error.kind, kind, "{fault:?}");
        assert!(error.detail.contains(words), "{error}");
        bench.device.clear_fault(fault, bench.now);
        assert_eq!(bench.ask(picture(10)), Event::Printed, "{fault:?} cured");
    }
}

#[test]
fn paper_that_ends_in_the_middle_fails_soon_and_the_next_print_is_whole() {
    for fence in [Fence::ProcessId, Fence::PaperStatus] {
        let mut bench = bench_with(Config { fence, ..Config::default() });
        let spec = FaultSpec { after_rows: Some(50), ..FaultSpec::default() };
        bench.device.set_fault(Fault::PaperOutMidPrint, spec, bench.now);
        let began = bench.now;
        assert!(bench.failed(picture(200)).detail.contains("paper out"));
        assert!(bench.now - began < 5_000);
        bench.device.clear_fault(Fault::PaperOut, bench.now);
        assert_eq!(bench.ask(picture(30)), Event::Printed);
    }
}

#[test]
fn a_printer_that_falls_silent_in_the_middle_is_offline() {
    let mut bench = bench();
    bench.driver.begin(picture(100), Mono(bench.now)).unwrap();
    while !bench.written.iter().any(|bytes| bytes.starts_with(&[0x1D, 0x76])) {
        match bench.driver.poll_transmit() {
            Some(bytes) => {
                bench.device.handle_input(&bytes, bench.now);
                bench.written.push(bytes);
            }
            None => {
                let bytes = bench.device.poll_transmit(bench.now).unwrap();
                bench.driver.handle_input(&bytes, Mono(bench.now));
            }
        }
    }
    bench.device.set_fault(Fault::Silent, FaultSpec::default(), bench.now);
    assert!(matches!(bench.play(), Some(Event::Failed(error)) if error.kind == ErrorKind::Offline));
}

#[test]
fn a_printer_left_inside_half_a_band_by_an_earlier_process_is_brought_out() {
    let mut bench = bench();
    bench.device.handle_input(&[0x1D, 0x76, 0x30, 0, 72, 0, 24, 0, 0xAA, 0xAA], bench.now);
    assert_eq!(bench.ask(picture(10)), Event::Printed);
}

#[test]
fn a_lost_line_fails_the_print() {
    let mut bench = bench();
    bench.driver.begin(picture(10), Mono(bench.now)).unwrap();
    bench.driver.handle_line(false, Mono(bench.now));
    assert!(matches!(bench.play(), Some(Event::Failed(error)) if error.kind == ErrorKind::Offline));
    assert!(matches!(bench.failed(picture(10)).kind, ErrorKind::Offline));
}

#[test]
fn what_a_stalled_line_did_not_take_is_not_sent_after_the_job_has_ended() {
    let mut bench = bench();
    bench.driver.begin(Command::Status, Mono(bench.now)).unwrap();
    while let Some(at) = bench.driver.poll_timeout() {
        bench.now = at.0;
        bench.driver.handle_timeout(at);
    }
    assert!(
        matches!(bench.driver.poll_event(), Some(Event::Failed(error)) if error.kind == ErrorKind::Offline)
    );
    assert_eq!(bench.driver.poll_transmit(), None);
    assert!(matches!(bench.ask(Command::Status), Event::Status { error: None, .. }));
}

#[test]
fn what_comes_before_the_fence_has_left_confirms_no_print() {
    let mut driver = EscPos::new(Config { fence: Fence::PaperStatus, ..Config::default() }).unwrap();
    driver.handle_line(true, Mono(0));
    driver.begin(picture(1), Mono(1_000)).unwrap();
    for _ in 1..=4 {
        while driver.poll_transmit().is_some() {}
        driver.handle_input(&[0x12], Mono(1_000));
    }
    while driver.poll_transmit().is_some_and(|bytes| !bytes.starts_with(&[0x1D, 0x76])) {}
    driver.handle_input(&[0x00], Mono(1_000));
    assert_eq!(driver.poll_event(), Some(Event::Line { open: true }));
    assert_eq!(driver.poll_event(), None);
    while driver.poll_transmit().is_some() {}
    driver.handle_input(&[0x00], Mono(1_000));
    assert_eq!(driver.poll_event(), Some(Event::Printed));
}

#[test]
fn a_picture_of_another_width_is_refused_before_a_byte_is_written() {
    let mut bench = bench();
    bench.failed(Command::Print(Raster { width: 384, rows: vec![0; 48] }));
    bench.failed(Command::Print(Raster { width: 576, rows: vec![0; 71] }));
    bench.failed(Command::Print(Raster { width: 576, rows: vec![] }));
    assert!(bench.written.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, ..ProptestConfig::default() })]

    #[test]
    fn whatever_cuts_and_noise_a_print_ends_once(
        cut in 0usize..4,
        noise in proptest::collection::vec(any::<u8>().prop_filter("no status byte", |b| b & 0x93 != 0x12 && *b != 0x37), 0..6),
        rows in 1usize..80,
    ) {
        let mut bench = bench();
        bench.cut = cut;
        bench.noise = noise;
        prop_assert_eq!(bench.ask(picture(rows)), Event::Printed);
        prop_assert_eq!(bench.device.receipts(), 1);
        prop_assert_eq!(bench.play(), None);
    }
}
