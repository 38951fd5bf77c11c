//! The driver against the emulated dispenser, in virtual time and one thread.

use proptest::prelude::*;
use senim_domain::cash::{Denomination, UnitNo};
use senim_emulators::faults::FaultSpec;
use senim_emulators::lcdm2000::{self as device, Bay, Cassette, Fault, ReplyOrder};
use senim_emulators::machine::Machine as _;
use senim_hal::LineDriver as _;

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
    driver: Lcdm2000,
    device: device::Lcdm2000,
    now: u64,
    wire: Wire,
    written: Vec<Vec<u8>>,
    told_on_wire: usize,
    told_accepted: usize,
    bytes_seen: usize,
}

fn bench_with(config: Config, options: device::Options) -> Bench {
    let mut driver = Lcdm2000::new(config).unwrap();
    driver.handle_line(true, Mono(1_000));
    assert_eq!(driver.poll_event(), Some(Event::Line { open: true }));
    Bench {
        driver,
        device: device::Lcdm2000::new(options, [20_000, 5_000].map(|tenge| Cassette::new(tenge, 500))),
        now: 2_000,
        wire: Wire::default(),
        written: Vec::new(),
        told_on_wire: 0,
        told_accepted: 0,
        bytes_seen: 0,
    }
}

fn bench() -> Bench {
    bench_with(Config::default(), device::Options::default())
}

fn notes(upper: u32, lower: u32) -> Command {
    let request = |unit, notes| UnitRequest { unit, denomination: Denomination(1_000), notes };
    let requests = [request(UPPER, upper), request(LOWER, lower)];
    Command::Dispense(requests.into_iter().filter(|request| request.notes > 0).collect())
}

impl Bench {
    fn fault(&mut self, fault: Fault, spec: FaultSpec) {
        self.device.set_fault(fault, spec, self.now);
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
                    Event::OnWire => self.told_on_wire += 1,
                    Event::Accepted => self.told_accepted += 1,
                    Event::Line { .. } => {}
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

    /// Command bytes of the frames written, in order.
    fn frames(&self) -> Vec<u8> {
        self.written.iter().filter(|bytes| bytes.len() > 1).map(|frame| frame[3]).collect()
    }

    fn dispenses(&self) -> usize {
        self.frames().iter().filter(|code| matches!(**code, 0x45 | 0x55 | 0x56)).count()
    }

    fn left_the_machine(&self) -> u64 {
        Bay::ALL.into_iter().map(|bay| self.device.cassette(bay).exited).sum()
    }
}

fn moved(event: &Event) -> Vec<(u32, u32)> {
    match event {
        Event::Moved(movement) => {
            movement.units.iter().map(|unit| (unit.distributed, unit.rejected)).collect()
        }
        other => panic!("not moved: {other:?}"),
    }
}

#[test]
fn status_asks_for_sensors_then_for_the_version_and_names_the_device() {
    let mut bench = bench();
    let Event::Status { identity, units, error: None } = bench.ask(Command::Status) else { panic!() };
    assert_eq!(identity, "Puloon LCDM-2000, firmware O23T1A2B");
    assert!(units.len() == 2 && units.iter().all(|unit| unit.present && !unit.low));
    assert_eq!(bench.frames(), [0x46, 0x47]);
}

#[test]
fn a_firmware_that_does_not_tell_its_version_is_in_service_all_the_same() {
    let mut bench = bench();
    let spec = FaultSpec { command: Some(0x47), ..FaultSpec::default() };
    bench.fault(Fault::SilenceAfterAck, spec);
    let event = bench.ask(Command::Status);
    assert!(matches!(event, Event::Status { identity, error: None, .. } if identity == "Puloon LCDM-2000"));
    assert_eq!(bench.frames(), [0x46, 0x47, 0x47, 0x47, 0x47]);
}

#[test]
fn status_tells_what_is_missing_or_low() {
    let mut bench = bench();
    bench.fault(Fault::CassetteOut, FaultSpec { unit: Some(2), ..FaultSpec::default() });
    bench.device.set_cassette(Bay::Upper, Cassette::new(20_000, 3));
    let Event::Status { units, error, .. } = bench.ask(Command::Status) else { panic!() };
    assert_eq!((units[0].present, units[0].low, units[1].present), (true, true, false));
    assert!(error.unwrap().detail.contains("46"));
}

#[test]
fn one_cassette_is_paid_with_its_own_command_and_both_with_the_combined_one() {
    for (upper, lower, code) in [(3, 0, 0x45), (0, 4, 0x55), (2, 3, 0x56)] {
        let mut bench = bench();
        assert_eq!(moved(&bench.ask(notes(upper, lower))), vec![(upper, 0), (lower, 0)]);
        assert_eq!((bench.frames(), bench.told_on_wire, bench.told_accepted), (vec![code], 1, 1));
        assert_eq!(bench.left_the_machine(), u64::from(upper + lower));
    }
}

#[test]
fn a_mark_writes_nothing_moves_nothing_and_needs_an_open_line() {
    let mut bench = bench();
    let Event::Marked(movement) = bench.ask(Command::Mark) else { panic!() };
    assert_eq!((movement.units.len(), movement.distributed(), movement.counts_in_doubt), (2, 0, false));
    assert!(bench.written.is_empty() && !bench.driver.capabilities().last_status);
    bench.driver.handle_line(false, Mono(bench.now));
    assert!(matches!(bench.ask(Command::Mark), Event::Failed(error) if error.kind == ErrorKind::Offline));
}

#[test]
fn rejected_notes_make_check_and_exit_differ_and_exit_is_what_counts() {
    for (layout, order) in [
        (CombinedReply::PerCassette, ReplyOrder::PerCassette),
        (CombinedReply::PerSensor, ReplyOrder::PerSensor),
    ] {
        let config = Config { combined_reply: layout, ..Config::default() };
        let options = device::Options { reply_order: order, ..device::Options::default() };
        let mut bench = bench_with(config, options);
        bench.fault(Fault::Reject, FaultSpec::times(2));
        let jam = FaultSpec { after_notes: Some(4), rejects: Some(1), ..FaultSpec::times(1) };
        bench.fault(Fault::JamAfter, jam);
        let Event::Moved(movement) = bench.ask(notes(3, 5)) else { panic!() };
        assert_eq!(moved(&Event::Moved(movement.clone())), vec![(3, 2), (1, 1)], "{layout:?}");
        assert!(movement.error.unwrap().detail.contains("33") && !movement.counts_in_doubt);
        assert_eq!(bench.left_the_machine(), 4);
    }
}

#[test]
fn the_wrong_order_of_the_combined_reply_is_put_in_doubt_and_never_paid_on() {
    let options = device::Options { reply_order: ReplyOrder::PerSensor, ..device::Options::default() };
    let mut bench = bench_with(Config::default(), options);
    assert!(matches!(bench.ask(notes(5, 2)), Event::Moved(movement) if movement.counts_in_doubt));
}

#[test]
fn errors_in_doubt_and_unknown_ones_say_so_and_others_do_not() {
    let rows = [
        (Fault::MismatchCheckDiverter, "3A", true),
        (Fault::MismatchDiverterEjector, "3C", true),
        (Fault::MismatchEjectorExit, "3D", true),
        (Fault::UnknownError, "5A", true),
        (Fault::JamAfter, "33", false),
        (Fault::CassetteOut, "45", false),
        (Fault::NoRejectTray, "3F", false),
    ];
    for (fault, code, doubt) in rows {
        let mut bench = bench();
        bench.fault(fault, FaultSpec { left: matches!(code, "3D").then_some(true), ..FaultSpec::times(1) });
        let Event::Moved(movement) = bench.ask(notes(2, 1)) else { panic!("{fault:?}") };
        let detail = movement.error.unwrap().detail;
        assert!(detail.contains(code), "{fault:?}: {detail}");
        assert_eq!(movement.counts_in_doubt, doubt, "{fault:?}");
    }
}

#[test]
fn after_a_fault_of_the_line_the_outcome_is_told_once_and_dispense_is_never_written_twice() {
    let on = |times| FaultSpec { times: Some(times), command: Some(0x56), ..FaultSpec::default() };
    // Fault, whether the dispense is answered, and the notes that really left.
    let rows = [
        (Fault::NoAck, on(1), false, 5),
        (Fault::Nak, on(1), false, 0),
        (Fault::BadBcc, on(1), true, 5),
        (Fault::BadBcc, on(3), true, 5),
        (Fault::BadBcc, on(9), false, 5),
        (Fault::ShortFrame, on(1), true, 5),
        (Fault::ShortFrame, on(9), false, 5),
        (Fault::Garbage, on(1), true, 5),
        (Fault::Garbage, on(9), false, 5),
        (Fault::SilenceAfterAck, on(1), false, 5),
        (Fault::SilentNoExecute, on(1), false, 0),
        (Fault::LateReply, on(1), false, 5),
        (Fault::StrayFf, FaultSpec::times(3), true, 5),
        (Fault::DoubleReply, on(1), true, 5),
        (Fault::Reject, FaultSpec::times(2), true, 5),
        (Fault::RebootMidDispense, FaultSpec { after_notes: Some(3), ..FaultSpec::times(1) }, false, 3),
    ];
    for (fault, spec, answered, left) in rows {
        let mut bench = bench();
        bench.fault(fault, spec);
        let began = bench.now;
        let outcome = bench.ask(notes(2, 3));
        if answered {
            assert_eq!(moved(&outcome).iter().map(|unit| unit.0).sum::<u32>(), left, "{fault:?}");
        } else {
            assert!(matches!(outcome, Event::Unanswered(_)), "{fault:?} {outcome:?}");
            assert!(bench.now - began >= 60_000, "{fault:?}: told before the mechanics must be idle");
        }
        assert_eq!(bench.play(bench.now + 200_000), None, "{fault:?}: nothing is told twice");
        assert_eq!((bench.dispenses(), bench.told_on_wire), (1, 1), "{fault:?}");
        assert_eq!(bench.left_the_machine(), u64::from(left), "{fault:?}");
    }
}

#[test]
fn queries_are_repeated_three_times_and_then_fail() {
    for (times, answered) in [(3, true), (4, false)] {
        let mut bench = bench();
        bench
            .fault(Fault::Nak, FaultSpec { times: Some(times), command: Some(0x46), ..FaultSpec::default() });
        let event = bench.ask(Command::Status);
        assert_eq!(matches!(event, Event::Status { .. }), answered, "{event:?}");
        assert!(answered || matches!(event, Event::Failed(_)));
    }
}

#[test]
fn a_late_reply_to_an_earlier_dispense_is_never_the_answer_to_a_later_one() {
    let mut bench = bench();
    let late = FaultSpec { delay_ms: Some(60_600), ..FaultSpec::times(1) };
    bench.fault(Fault::LateReply, late);
    assert!(matches!(bench.ask(notes(7, 0)), Event::Unanswered(_)));
    let event = bench.ask(notes(1, 0));
    assert!(
        matches!(&event, Event::Unanswered(_)) || moved(&event) == vec![(1, 0), (0, 0)],
        "the seven notes are not told again: {event:?}"
    );
    assert_eq!(bench.dispenses(), 2);
}

#[test]
fn a_good_frame_before_the_ack_or_of_another_command_is_acknowledged_and_dropped() {
    let mut driver = Lcdm2000::new(Config::default()).unwrap();
    driver.handle_line(true, Mono(0));
    driver.poll_event();
    driver.begin(notes(10, 0), Mono(1_000)).unwrap();
    assert_eq!(driver.poll_transmit().unwrap(), [0x04, 0x50, 0x02, 0x45, 0x31, 0x30, 0x03, 0x11]);
    assert_eq!(driver.poll_event(), Some(Event::OnWire));
    let dispensed = b"\x01\x50\x02\x4510100000\x03\x15";
    let purged = b"\x01\x50\x02\x440\x03\x24";
    for (bytes, now) in [(&dispensed[..], 1_010), (&b"\x06"[..], 1_020), (&purged[..], 1_030)] {
        driver.handle_input(bytes, Mono(now));
        let told = (bytes == [0x06]).then_some(Event::Accepted);
        assert_eq!(driver.poll_event(), told, "taken for the answer at {now}");
    }
    let acknowledged: Vec<Vec<u8>> = std::iter::from_fn(|| driver.poll_transmit()).collect();
    assert_eq!(acknowledged, vec![vec![0x06], vec![0x06]]);
    driver.handle_input(dispensed, Mono(2_000));
    assert_eq!(moved(&driver.poll_event().unwrap()), vec![(10, 0), (0, 0)]);
}

#[test]
fn a_test_dispense_moves_one_note_to_the_reject_tray_and_is_no_dispense() {
    for (unit, code, expected) in [(UPPER, 0x76, [(0, 1), (0, 0)]), (LOWER, 0x77, [(0, 0), (0, 1)])] {
        let mut bench = bench();
        let event = bench.ask(Command::TestDispense(unit));
        assert_eq!(moved(&event), expected);
        assert!(matches!(event, Event::Moved(movement) if !movement.counts_in_doubt));
        assert_eq!((bench.frames(), bench.told_on_wire), (vec![code], 0));
    }
    let mut bench = bench();
    bench.fault(Fault::SilenceAfterAck, FaultSpec::times(1));
    assert!(matches!(bench.ask(Command::TestDispense(LOWER)), Event::Unanswered(_)));
    assert_eq!(bench.frames(), [0x77]);
}

#[test]
fn a_reset_purges_once_and_claims_no_counts() {
    let mut bench = bench();
    bench.fault(Fault::JamAfter, FaultSpec::times(1));
    bench.ask(notes(2, 0));
    assert!(
        matches!(bench.ask(Command::Reset), Event::Moved(movement) if movement.counts_in_doubt && movement.error.is_none())
    );
    assert_eq!((bench.frames(), bench.device.on_path().total()), (vec![0x45, 0x44], 0));
    assert_eq!(moved(&bench.ask(notes(1, 0))), vec![(1, 0), (0, 0)]);
}

#[test]
fn a_lost_line_after_the_bytes_left_is_unanswered_and_before_that_nothing_was_sent() {
    let mut bench = bench();
    bench.driver.begin(notes(5, 0), Mono(bench.now)).unwrap();
    bench.driver.handle_line(false, Mono(bench.now));
    assert!(matches!(bench.play(bench.now + 1), Some(Event::Failed(_))));
    assert!(bench.written.is_empty());

    bench.driver.handle_line(true, Mono(bench.now));
    bench.driver.begin(notes(5, 0), Mono(bench.now)).unwrap();
    assert!(bench.play(bench.now + 100).is_none());
    bench.driver.handle_line(false, Mono(bench.now));
    let event = bench.play(bench.now + 1);
    assert!(matches!(event, Some(Event::Unanswered(error)) if error.kind == ErrorKind::Offline));
    assert_eq!(bench.dispenses(), 1);
}

#[test]
fn what_the_device_cannot_do_is_refused_before_a_byte_is_written() {
    let request = |unit, notes| UnitRequest { unit: UnitNo(unit), denomination: Denomination(1_000), notes };
    let rows = [
        Command::Dispense(vec![]),
        Command::Dispense(vec![request(1, 0)]),
        Command::Dispense(vec![request(0, 1)]),
        Command::Dispense(vec![request(3, 1)]),
        Command::Dispense(vec![request(1, 21)]),
        Command::Dispense(vec![request(2, 1), request(2, 1)]),
        Command::TestDispense(UnitNo(3)),
        Command::LastStatus { not_before: Mono(0) },
        Command::Present,
        Command::Retract,
        Command::PresentStatus { not_before: Mono(0) },
    ];
    for command in rows {
        let mut bench = bench();
        let event = bench.ask(command.clone());
        assert!(matches!(event, Event::Failed(_)), "{command:?}");
        assert!(bench.written.is_empty(), "{command:?}");
    }
}

#[test]
fn nothing_is_said_before_it_is_asked_and_a_second_command_waits() {
    let mut bench = bench();
    assert_eq!(bench.play(bench.now + 60_000), None);
    assert!(bench.written.is_empty());
    bench.driver.begin(Command::Status, Mono(bench.now)).unwrap();
    let refused = bench.driver.begin(Command::Mark, Mono(bench.now));
    assert_eq!(refused.unwrap_err().kind, ErrorKind::DeviceBusy);
    assert!(matches!(bench.play(u64::MAX), Some(Event::Status { .. })));
}

#[test]
fn settings_out_of_range_are_refused_with_their_name() {
    let error = Lcdm2000::new(Config { max_notes_per_unit: 61, ..Config::default() }).unwrap_err();
    assert_eq!(error.to_string(), "lcdm2000: max_notes_per_unit is 61; set it from 1 to 60");
}

fn any_fault() -> impl Strategy<Value = (Fault, Option<u8>, u32, u8)> {
    let faults = <Fault as senim_emulators::faults::FaultKind>::ALL;
    let command = prop::option::of(prop::sample::select(vec![0x45u8, 0x56, 0x46]));
    (prop::sample::select(faults), command, 1u32..6, 0u8..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_cuts_and_noise_a_clean_payout_is_read_right(
        cut in 0usize..5,
        noise in proptest::collection::vec(prop_oneof![Just(0xFFu8), Just(0x00), 0x20u8..=0xFF], 0..12),
        upper in 1u32..20,
        lower in 0u32..20,
    ) {
        let mut bench = bench();
        bench.wire = Wire { cut, noise, damage_every: 0 };
        let outcome = bench.ask(notes(upper, lower));
        prop_assert_eq!(moved(&outcome), vec![(upper, 0), (lower, 0)]);
        prop_assert_eq!(bench.dispenses(), 1);
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
        bench.ask(notes(2, 3));
        prop_assert!(bench.dispenses() <= 1);
        prop_assert_eq!(bench.dispenses(), bench.told_on_wire);
        prop_assert!(bench.left_the_machine() <= 5);
        let later = bench.now + 200_000;
        prop_assert_eq!(bench.play(later), None, "nothing is told twice");
        prop_assert!(bench.dispenses() <= 1);
    }

    #[test]
    fn under_faults_of_the_device_alone_what_is_told_as_counted_is_true(
        faults in proptest::collection::vec(any_fault(), 0..4),
        upper in 0u32..5,
    ) {
        let mut bench = bench();
        for (fault, command, times, after) in faults {
            bench.fault(fault, FaultSpec { times: Some(times), command, after_notes: Some(after), ..FaultSpec::default() });
        }
        if let Event::Moved(movement) = bench.ask(notes(upper, 3)) && !movement.counts_in_doubt {
            prop_assert_eq!(u64::from(movement.distributed()), bench.left_the_machine());
        }
    }
}
