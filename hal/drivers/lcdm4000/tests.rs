//! The driver against the emulated dispenser, in virtual time and one thread.

use proptest::prelude::*;
use senim_domain::Mono;
use senim_domain::cash::{Denomination, UnitNo, UnitRequest};
use senim_emulators::faults::FaultSpec;
use senim_emulators::lcdm4000::{self as device, Cassette, Fault, Unit};
use senim_emulators::machine::Machine as _;
use senim_hal::LineDriver as _;
use senim_hal::cash_dispenser::LastCommand;

use super::*;

/// What the wire does to bytes on their way to the host.
#[derive(Clone, Debug, Default)]
struct Wire {
    /// Bytes per piece; 0 leaves them whole.
    cut: usize,
    /// Thrown in before each message of the device.
    noise: Vec<u8>,
    /// Every n-th byte from the device is inverted; 0 none.
    damage_every: usize,
}

struct Bench {
    driver: Lcdm4000,
    device: device::Lcdm4000,
    now: u64,
    wire: Wire,
    written: Vec<Vec<u8>>,
    on_wire_events: usize,
    bytes_seen: usize,
}

fn bench_with(config: Config, options: device::Options) -> Bench {
    let cassette = |denomination| Cassette::new(denomination, 500);
    let cassettes = [cassette(20_000), cassette(10_000), cassette(5_000), cassette(2_000)];
    let mut driver = Lcdm4000::new(config).unwrap();
    driver.handle_line(true, Mono(1_000));
    assert_eq!(driver.poll_event(), Some(Event::Line { open: true }));
    Bench {
        driver,
        device: device::Lcdm4000::new(options, cassettes, 1_000),
        now: 2_000,
        wire: Wire::default(),
        written: Vec::new(),
        on_wire_events: 0,
        bytes_seen: 0,
    }
}

fn bench() -> Bench {
    bench_with(Config::default(), device::Options::default())
}

fn notes(counts: [u32; 4]) -> Command {
    let values = [20_000, 10_000, 5_000, 2_000];
    Command::Dispense(
        (1..=4)
            .zip(counts)
            .zip(values)
            .filter(|((_, notes), _)| *notes > 0)
            .map(|((unit, notes), value)| UnitRequest {
                unit: UnitNo(unit),
                denomination: Denomination(value),
                notes,
            })
            .collect(),
    )
}

impl Bench {
    fn fault(&mut self, fault: Fault, spec: FaultSpec) {
        self.device.set_fault(fault, spec, self.now);
    }

    fn fault_on(&mut self, fault: Fault, command: u8, times: u32) {
        self.fault(fault, FaultSpec { times: Some(times), command: Some(command), ..FaultSpec::default() });
    }

    /// Begins a command and plays until its terminal event.
    fn ask(&mut self, command: Command) -> Event {
        self.driver.begin(command, Mono(self.now)).unwrap();
        self.play(u64::MAX).expect("a terminal event")
    }

    /// Plays until an event that ends a command, or until `until` when nothing ends before.
    fn play(&mut self, until: u64) -> Option<Event> {
        for _ in 0..100_000 {
            while let Some(bytes) = self.driver.poll_transmit() {
                self.written.push(bytes.clone());
                self.device.handle_input(&bytes, self.now);
            }
            if let Some(event) = self.driver.poll_event() {
                match event {
                    Event::OnWire => self.on_wire_events += 1,
                    Event::Line { .. } | Event::Accepted => {}
                    terminal => return Some(terminal),
                }
                continue;
            }
            if let Some(bytes) = self.device.poll_transmit(self.now) {
                self.deliver(bytes);
                continue;
            }
            let next = [self.driver.poll_timeout().map(|at| at.0), self.device.poll_timeout()];
            let next = next.into_iter().flatten().min()?;
            if next > until {
                self.now = until;
                return None;
            }
            self.now = self.now.max(next);
            self.device.handle_timeout(self.now);
            if self.driver.poll_timeout().is_some_and(|at| at.0 <= self.now) {
                self.driver.handle_timeout(Mono(self.now));
            }
        }
        panic!("the exchange never ends");
    }

    fn deliver(&mut self, mut bytes: Vec<u8>) {
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

    fn dispenses_written(&self) -> usize {
        self.written.iter().filter(|frame| frame.starts_with(&[0x04, 0x30, 0x02, 0x52])).count()
    }

    fn purges_written(&self) -> usize {
        self.written.iter().filter(|frame| frame.starts_with(&[0x04, 0x30, 0x02, 0x51])).count()
    }

    fn left_the_machine(&self) -> u32 {
        Unit::ALL.into_iter().map(|unit| u32::try_from(self.device.cassette(unit).exited).unwrap()).sum()
    }
}

fn dispensed(event: &Event) -> Vec<u32> {
    match event {
        Event::Moved(movement) => movement.units.iter().map(|unit| unit.distributed).collect(),
        other => panic!("not moved: {other:?}"),
    }
}

#[test]
fn status_marker_and_dispense_run_over_the_emulated_line() {
    let mut bench = bench();
    assert!(
        matches!(bench.ask(Command::Status), Event::Status { units, error: None, .. } if units.len() == 4 && units.iter().all(|u| u.present && !u.low))
    );
    assert!(
        matches!(bench.ask(Command::Mark), Event::Marked(movement) if movement.distributed() == 0 && movement.units.len() == 4)
    );
    let outcome = bench.ask(notes([2, 3, 0, 1]));
    assert_eq!(dispensed(&outcome), vec![2, 3, 0, 1]);
    assert_eq!((bench.dispenses_written(), bench.on_wire_events, bench.left_the_machine()), (1, 1, 6));
}

#[test]
fn a_whole_marker_and_the_way_to_dispense_lose_no_time_of_their_own() {
    let mut bench = bench();
    bench.ask(Command::Mark);
    let asked_at = bench.now;
    bench.driver.begin(notes([1, 0, 0, 0]), Mono(bench.now)).unwrap();
    while bench.dispenses_written() == 0 {
        assert!(bench.play(bench.now + 1).is_none());
    }
    assert!(bench.now - asked_at <= 20, "{} ms", bench.now - asked_at);
}

#[test]
fn after_a_fault_the_outcome_is_told_once_and_dispense_is_never_written_twice() {
    let partial = |after| FaultSpec { times: Some(1), after_notes: Some(after), ..FaultSpec::default() };
    let on = |times| FaultSpec { times: Some(times), command: Some(0x52), ..FaultSpec::default() };
    // Fault, what the dispense ends with, and the notes that left by the device's own last status.
    let rows: Vec<(Fault, FaultSpec, bool, LastCommand, u32)> = vec![
        (Fault::NoAck, on(1), false, LastCommand::Dispense, 6),
        (Fault::Nak, on(1), false, LastCommand::Marker, 0),
        (Fault::BadBcc, on(1), true, LastCommand::Dispense, 6),
        (Fault::BadBcc, on(3), true, LastCommand::Dispense, 6),
        (Fault::BadBcc, on(9), false, LastCommand::Dispense, 6),
        (Fault::ShortFrame, on(1), true, LastCommand::Dispense, 6),
        (Fault::ShortFrame, on(9), false, LastCommand::Dispense, 6),
        (Fault::Garbage, on(1), true, LastCommand::Dispense, 6),
        (Fault::Garbage, on(9), false, LastCommand::Dispense, 6),
        (Fault::SilenceAfterAck, on(1), false, LastCommand::Dispense, 6),
        (Fault::SilentNoExecute, on(1), false, LastCommand::Marker, 0),
        (Fault::LateReply, on(1), false, LastCommand::Dispense, 6),
        (Fault::NoEot, on(1), true, LastCommand::Dispense, 6),
        (Fault::StrayFf, FaultSpec::times(3), true, LastCommand::Dispense, 6),
        (Fault::DoubleReply, on(1), true, LastCommand::Dispense, 6),
        (Fault::Reject, FaultSpec::times(2), true, LastCommand::Dispense, 6),
        (Fault::JamAfter, partial(4), true, LastCommand::Dispense, 4),
        (Fault::CassetteOut, FaultSpec::times(1), true, LastCommand::Dispense, 0),
        (Fault::RebootMidDispense, partial(3), false, LastCommand::Other, 0),
        (Fault::WatchdogResetMidDispense, partial(3), false, LastCommand::Other, 0),
    ];
    for (fault, spec, answered, last, left) in rows {
        let mut bench = bench();
        assert!(matches!(bench.ask(Command::Mark), Event::Marked(_)), "{fault:?}");
        bench.written.clear();
        bench.fault(fault, spec);
        let outcome = bench.ask(notes([2, 3, 0, 1]));
        assert_eq!(matches!(outcome, Event::Moved(_)), answered, "{fault:?} {outcome:?}");
        assert!(answered || matches!(outcome, Event::Unanswered(_)), "{fault:?} {outcome:?}");
        bench.device.clear_fault(fault);
        let not_before = Mono(bench.now + 65_000);
        let Event::LastStatus { command, movement } = bench.ask(Command::LastStatus { not_before }) else {
            panic!("{fault:?}: no last status")
        };
        assert_eq!((command, movement.distributed()), (last, left), "{fault:?}");
        if answered {
            assert_eq!(dispensed(&outcome).iter().sum::<u32>(), left, "{fault:?}");
        }
        assert_eq!((bench.dispenses_written(), bench.on_wire_events), (1, 1), "{fault:?}");
    }
}

#[test]
fn unanswered_is_told_only_when_the_mechanics_must_be_idle() {
    for fault in [Fault::NoAck, Fault::Nak, Fault::SilenceAfterAck, Fault::SilentNoExecute] {
        let mut bench = bench();
        bench.fault_on(fault, 0x52, 1);
        let began = bench.now;
        assert!(matches!(bench.ask(notes([1, 0, 0, 0])), Event::Unanswered(_)));
        assert!(bench.now - began >= 60_000, "{fault:?} after {} ms", bench.now - began);
    }
}

#[test]
fn rejected_notes_and_errors_are_counted_per_cassette() {
    let mut bench = bench();
    bench.fault(
        Fault::JamAfter,
        FaultSpec { times: Some(1), after_notes: Some(2), rejects: Some(3), ..FaultSpec::default() },
    );
    let Event::Moved(movement) = bench.ask(notes([2, 3, 0, 0])) else { panic!() };
    let units: Vec<_> = movement.units.iter().map(|unit| (unit.distributed, unit.rejected)).collect();
    assert_eq!(units, vec![(2, 0), (0, 3), (0, 0), (0, 0)]);
    assert!(movement.error.unwrap().detail.contains("03") && !movement.counts_in_doubt);
}

#[test]
fn a_note_in_doubt_makes_the_counts_doubtful() {
    let mut bench = bench();
    bench.fault(Fault::ExitDoubt, FaultSpec { times: Some(1), left: Some(true), ..FaultSpec::default() });
    assert!(matches!(bench.ask(notes([2, 0, 0, 0])), Event::Moved(movement) if movement.counts_in_doubt));
}

#[test]
fn a_marker_goes_out_once_and_only_a_confirmed_one_is_told_as_marked() {
    let rows = [
        (Fault::NoAck, 0x51, 1, "unanswered"),
        (Fault::Nak, 0x51, 1, "unanswered"),
        (Fault::SilenceAfterAck, 0x51, 1, "unanswered"),
        (Fault::Garbage, 0x51, 9, "unanswered"),
        (Fault::BadBcc, 0x51, 1, "marked"),
        (Fault::Nak, 0x55, 2, "marked"),
        (Fault::NoAck, 0x55, 2, "marked"),
        (Fault::SilenceAfterAck, 0x55, 9, "refused"),
        (Fault::Nak, 0x55, 9, "refused"),
        (Fault::DoubleReply, 0x51, 1, "marked"),
        (Fault::NoEot, 0x51, 1, "marked"),
    ];
    for (fault, command, times, expected) in rows {
        let mut bench = bench();
        bench.fault_on(fault, command, times);
        let told = match bench.ask(Command::Mark) {
            Event::Marked(_) => "marked",
            Event::MarkRefused { movement: Some(_), .. } => "refused",
            Event::Unanswered(_) => "unanswered",
            other => panic!("{fault:?}: {other:?}"),
        };
        assert_eq!((told, bench.purges_written()), (expected, 1), "{fault:?} on {command:02x}");
    }
}

#[test]
fn a_marker_that_fails_is_refused_and_one_that_moved_notes_says_so() {
    let mut bench = bench();
    bench.fault(Fault::NoRejectTray, FaultSpec::times(1));
    assert!(
        matches!(bench.ask(Command::Mark), Event::MarkRefused { error, movement: Some(_) } if error.detail.contains("26"))
    );
    bench.fault(Fault::PurgeMovesExit, FaultSpec::times(1));
    assert!(matches!(bench.ask(Command::Mark), Event::Marked(movement) if movement.distributed() == 1));
}

#[test]
fn a_last_status_stays_silent_until_its_time_and_drains_what_comes() {
    let mut bench = bench();
    let not_before = Mono(bench.now + 65_000);
    bench.driver.begin(Command::LastStatus { not_before }, Mono(bench.now)).unwrap();
    for step in 1..=64 {
        bench.driver.handle_input(&[0xFF, 0x01, 0x30, 0x02, 0x55], Mono(bench.now));
        assert!(bench.play(2_000 + step * 1_000).is_none());
        assert!(bench.written.is_empty(), "a byte went out at {}", bench.now);
    }
    assert!(matches!(bench.play(u64::MAX), Some(Event::LastStatus { command: LastCommand::Other, .. })));
    assert!(bench.now >= not_before.0);
}

#[test]
fn a_lost_line_after_the_bytes_left_is_unanswered_and_before_that_nothing_was_sent() {
    let mut bench = bench();
    bench.driver.begin(notes([5, 0, 0, 0]), Mono(bench.now)).unwrap();
    bench.driver.handle_line(false, Mono(bench.now));
    assert!(matches!(bench.play(bench.now + 1), Some(Event::Failed(_))));
    assert_eq!(bench.written.len(), 0);

    bench.driver.handle_line(true, Mono(bench.now));
    bench.driver.begin(notes([5, 0, 0, 0]), Mono(bench.now)).unwrap();
    assert!(bench.play(bench.now + 100).is_none());
    assert_eq!(bench.dispenses_written(), 1);
    bench.driver.handle_line(false, Mono(bench.now));
    assert!(
        matches!(bench.play(bench.now + 1), Some(Event::Unanswered(error)) if error.kind == ErrorKind::Offline)
    );
}

#[test]
fn a_reply_of_an_earlier_command_is_never_the_answer_to_a_later_one() {
    let mut bench = bench();
    bench.fault(
        Fault::LateReply,
        FaultSpec { times: Some(1), command: Some(0x52), delay_ms: Some(60_500), ..FaultSpec::default() },
    );
    assert!(matches!(bench.ask(notes([1, 0, 0, 0])), Event::Unanswered(_)));
    // The late reply is on its way while the marker begins; the device has no ear for PURGE before it is done.
    let event = bench.ask(Command::Mark);
    assert!(matches!(event, Event::Marked(_) | Event::Unanswered(_)), "{event:?}");
    assert_eq!(bench.dispenses_written(), 1);
}

#[test]
fn a_good_frame_with_another_command_byte_or_before_the_ack_is_acknowledged_and_dropped() {
    let purge = [
        1, 0x30, 2, 0x51, 0x20, 0x30, 0x20, 0x20, 0x31, 0x20, 0x20, 0x32, 0x20, 0x20, 0x33, 0x20, 0x20, 0x34,
        3, 0x75,
    ];
    let mut dispense = vec![
        1, 0x30, 2, 0x52, 0x20, 0x30, 0x22, 0x20, 0x31, 0x23, 0x20, 0x32, 0x20, 0x20, 0x33, 0x21, 0x20, 0x34,
    ];
    dispense.extend([0x20; 9]);
    dispense.extend([3, 0x56]);
    let mut driver = Lcdm4000::new(Config::default()).unwrap();
    driver.handle_line(true, Mono(0));
    driver.poll_event();
    driver.begin(notes([2, 3, 0, 1]), Mono(1_000)).unwrap();
    assert_eq!(driver.poll_transmit().map(|frame| frame.len()), Some(21));
    assert_eq!(driver.poll_event(), Some(Event::OnWire));
    for (bytes, now) in [(dispense.as_slice(), 1_010), (&[0x06][..], 1_020), (&purge[..], 1_030)] {
        driver.handle_input(bytes, Mono(now));
        let told = (bytes == [0x06]).then_some(Event::Accepted);
        assert_eq!(driver.poll_event(), told, "taken for the answer at {now}");
    }
    let acknowledged: Vec<Vec<u8>> = std::iter::from_fn(|| driver.poll_transmit()).collect();
    assert_eq!(acknowledged, vec![vec![0x06], vec![0x06]]);
    driver.handle_input(&dispense, Mono(2_000));
    assert_eq!(dispensed(&driver.poll_event().unwrap()), vec![2, 3, 0, 1]);
}

#[test]
fn requests_that_the_device_cannot_take_are_refused_before_a_byte_is_written() {
    let request = |unit, notes| UnitRequest { unit: UnitNo(unit), denomination: Denomination(1_000), notes };
    let rows = [
        vec![],
        vec![request(1, 0)],
        vec![request(0, 1)],
        vec![request(5, 1)],
        vec![request(1, 21)],
        vec![request(1, 1), request(1, 1)],
        vec![request(1, 20), request(2, 20), request(3, 1)],
    ];
    for requests in rows {
        let mut bench = bench();
        assert!(matches!(bench.ask(Command::Dispense(requests)), Event::Failed(_)));
        assert!(bench.written.is_empty());
    }
}

#[test]
fn a_second_command_is_refused_while_one_is_under_way() {
    let mut bench = bench();
    bench.driver.begin(Command::Mark, Mono(bench.now)).unwrap();
    let refused = bench.driver.begin(Command::Status, Mono(bench.now));
    assert_eq!(refused.unwrap_err().kind, ErrorKind::DeviceBusy);
    assert!(matches!(bench.play(u64::MAX), Some(Event::Marked(_))));
}

#[test]
fn a_closed_line_fails_a_command_at_once() {
    let mut driver = Lcdm4000::new(Config::default()).unwrap();
    driver.begin(Command::Mark, Mono(5)).unwrap();
    assert!(matches!(driver.poll_event(), Some(Event::Failed(error)) if error.kind == ErrorKind::Offline));
    assert_eq!(driver.poll_transmit(), None);
}

#[test]
fn the_serial_number_dialect_counts_each_dispense() {
    let config = Config { dispense: DispenseDialect::SerialNumber, ..Config::default() };
    let options = device::Options { dialect: device::Dialect::SerialNumber, ..device::Options::default() };
    let mut bench = bench_with(config, options);
    assert!(bench.driver.capabilities().device_token);
    for _ in 0..3 {
        assert_eq!(dispensed(&bench.ask(notes([1, 0, 2, 0]))), vec![1, 0, 2, 0]);
    }
    assert_eq!((bench.dispenses_written(), bench.left_the_machine()), (3, 9));
}

#[test]
fn a_test_dispense_moves_one_note_to_the_reject_tray_and_is_no_dispense() {
    for (dispense, dialect) in [
        (DispenseDialect::Stock, device::Dialect::Stock),
        (DispenseDialect::SerialNumber, device::Dialect::SerialNumber),
    ] {
        let config = Config { dispense, ..Config::default() };
        let mut bench = bench_with(config, device::Options { dialect, ..device::Options::default() });
        let Event::Moved(movement) = bench.ask(Command::TestDispense(UnitNo(3))) else { panic!() };
        let units: Vec<_> = movement.units.iter().map(|unit| (unit.distributed, unit.rejected)).collect();
        assert_eq!(units, vec![(0, 0), (0, 0), (0, 1), (0, 0)]);
        assert_eq!((bench.left_the_machine(), bench.on_wire_events, movement.error), (0, 0, None));
        let last = bench.ask(Command::LastStatus { not_before: Mono(0) });
        assert!(matches!(last, Event::LastStatus { command: LastCommand::Other, .. }));
    }
}

#[test]
fn a_test_dispense_without_an_answer_is_unanswered_and_written_once() {
    let mut bench = bench();
    bench.fault_on(Fault::SilenceAfterAck, 0x53, 1);
    assert!(matches!(bench.ask(Command::TestDispense(UnitNo(1))), Event::Unanswered(_)));
    let tests = bench.written.iter().filter(|frame| frame.starts_with(&[0x04, 0x30, 0x02, 0x53])).count();
    assert_eq!(tests, 1);
}

#[test]
fn what_needs_a_shutter_or_a_cassette_that_is_not_there_is_refused_before_a_byte_is_written() {
    let status = Command::PresentStatus { not_before: Mono(0) };
    for command in [Command::Present, Command::Retract, status, Command::TestDispense(UnitNo(5))] {
        let mut bench = bench();
        assert!(matches!(bench.ask(command), Event::Failed(_)));
        assert!(bench.written.is_empty());
    }
}

#[test]
fn reset_is_told_in_both_dialects_and_claims_no_counts() {
    for (dialect, reply) in [
        (ResetDialect::Silent, device::ResetReply::Silent),
        (ResetDialect::TwoReplies, device::ResetReply::Twice),
    ] {
        let config = Config { reset: dialect, ..Config::default() };
        let mut bench =
            bench_with(config, device::Options { reset_reply: reply, ..device::Options::default() });
        assert!(
            matches!(bench.ask(Command::Reset), Event::Moved(movement) if movement.counts_in_doubt && movement.error.is_none())
        );
        bench.play(bench.now + 5_000);
        assert!(matches!(bench.ask(Command::Status), Event::Status { .. }), "{dialect:?}");
    }
}

#[test]
fn settings_out_of_range_are_refused_with_their_name() {
    let config = Config { cassettes: 5, ..Config::default() };
    assert_eq!(
        Lcdm4000::new(config).unwrap_err().to_string(),
        "lcdm4000: cassettes is 5; set it from 1 to 4"
    );
}

fn any_fault() -> impl Strategy<Value = (Fault, Option<u8>, u32, u8)> {
    let faults = prop::sample::select(vec![
        Fault::NoAck,
        Fault::Nak,
        Fault::BadBcc,
        Fault::ShortFrame,
        Fault::SilenceAfterAck,
        Fault::SilentNoExecute,
        Fault::LateReply,
        Fault::NoEot,
        Fault::StrayFf,
        Fault::Garbage,
        Fault::DoubleReply,
        Fault::JamAfter,
        Fault::ExitDoubt,
        Fault::Reject,
        Fault::CassetteOut,
        Fault::NoRejectTray,
        Fault::RebootMidDispense,
        Fault::WatchdogResetMidDispense,
        Fault::PurgeMovesExit,
    ]);
    let command = prop::option::of(prop::sample::select(vec![0x51u8, 0x52, 0x55]));
    (faults, command, 1u32..6, 0u8..6)
}

#[test]
fn a_reset_that_a_stalled_line_did_not_take_fails_and_is_never_sent() {
    let mut bench = bench();
    bench.driver.begin(Command::Reset, Mono(bench.now)).unwrap();
    while let Some(at) = bench.driver.poll_timeout() {
        bench.now = at.0;
        bench.driver.handle_timeout(at);
    }
    assert!(
        matches!(bench.driver.poll_event(), Some(Event::Failed(error)) if error.detail.contains("nothing was sent"))
    );
    assert_eq!(bench.driver.poll_transmit(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_cuts_and_noise_a_clean_payout_is_read_right(
        cut in 0usize..5,
        noise in proptest::collection::vec(prop_oneof![Just(0xFFu8), Just(0x00), 0x20u8..=0xFF], 0..12),
    ) {
        let mut bench = bench();
        bench.wire = Wire { cut, noise, damage_every: 0 };
        let marked = matches!(bench.ask(Command::Mark), Event::Marked(_));
        prop_assert!(marked);
        let outcome = bench.ask(notes([2, 3, 0, 1]));
        prop_assert_eq!(dispensed(&outcome), vec![2, 3, 0, 1]);
        prop_assert_eq!(bench.dispenses_written(), 1);
    }

    #[test]
    fn whatever_device_and_wire_do_each_dispense_is_written_at_most_once_and_ends_once(
        faults in proptest::collection::vec(any_fault(), 0..4),
        cut in 0usize..4,
        damage_every in prop_oneof![Just(0usize), 2usize..60],
        noise in proptest::collection::vec(any::<u8>(), 0..8),
    ) {
        let mut bench = bench();
        bench.wire = Wire { cut, noise, damage_every };
        for (fault, command, times, after) in faults {
            bench.fault(fault, FaultSpec { times: Some(times), command, after_notes: Some(after), ..FaultSpec::default() });
        }
        bench.ask(Command::Mark);
        bench.ask(notes([2, 3, 0, 1]));
        prop_assert!(bench.dispenses_written() <= 1);
        prop_assert_eq!(bench.dispenses_written(), bench.on_wire_events);
        prop_assert!(bench.left_the_machine() <= 7, "six asked for, one may leave with the marker's fault");
        let later = bench.now + 200_000;
        prop_assert_eq!(bench.play(later), None, "nothing is told twice");
        prop_assert!(bench.dispenses_written() <= 1);
        prop_assert!(bench.purges_written() <= 1);
    }

    #[test]
    fn under_faults_of_the_device_alone_what_is_told_as_counted_is_true(faults in proptest::collection::vec(any_fault(), 0..4)) {
        let mut bench = bench();
        let marked = matches!(bench.ask(Command::Mark), Event::Marked(_));
        prop_assert!(marked);
        for (fault, command, times, after) in faults {
            bench.fault(fault, FaultSpec { times: Some(times), command, after_notes: Some(after), ..FaultSpec::default() });
        }
        if let Event::Moved(movement) = bench.ask(notes([2, 3, 0, 1])) && !movement.counts_in_doubt {
            prop_assert_eq!(movement.distributed(), bench.left_the_machine());
        }
    }
}
