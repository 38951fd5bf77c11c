//! The driver against the emulated presenter, in virtual time and one thread.

use proptest::prelude::*;
use senim_domain::cash::Denomination;
use senim_emulators::faults::FaultSpec;
use senim_emulators::machine::Machine as _;
use senim_emulators::presenter::{self as device, Cassette, Fault, People};
use senim_hal::LineDriver as _;
use senim_hal::cash_dispenser::{LastCommand, Presentation, Shutter};

use super::*;

struct Bench {
    driver: Presenter,
    device: device::Presenter,
    now: u64,
    /// Bytes per piece on the way to the host; 0 leaves them whole.
    cut: usize,
    /// Thrown in before each message of the device.
    noise: Vec<u8>,
    written: Vec<Vec<u8>>,
    told_on_wire: usize,
    taken: Vec<Presentation>,
}

fn bench_with(people: People, take_notes: u8) -> Bench {
    let options = device::Options { people, take_notes, ..device::Options::default() };
    let cassettes = [20_000, 10_000, 5_000, 2_000].map(|tenge| Cassette::new(tenge, 500));
    let mut driver = Presenter::new(Config::default()).unwrap();
    driver.handle_line(true, Mono(1_000));
    assert_eq!(driver.poll_event(), Some(Event::Line { open: true }));
    Bench {
        driver,
        device: device::Presenter::new(options, cassettes),
        now: 2_000,
        cut: 0,
        noise: Vec::new(),
        written: Vec::new(),
        told_on_wire: 0,
        taken: Vec::new(),
    }
}

fn bench() -> Bench {
    bench_with(People::Leave, 0)
}

fn notes(counts: [u32; 4]) -> Command {
    let request =
        |(unit, notes)| UnitRequest { unit: UnitNo(unit), denomination: Denomination(1_000), notes };
    Command::Dispense((1..=4).zip(counts).filter(|(_, notes)| *notes > 0).map(request).collect())
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

    /// Stacks 2 notes of cassette 1 and 1 of cassette 3.
    fn stack(&mut self) {
        assert!(
            matches!(self.ask(notes([2, 0, 1, 0])), Event::Moved(movement) if movement.distributed() == 3)
        );
    }

    fn pass(&mut self, ms: u64) {
        assert_eq!(self.play(self.now + ms), None);
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
                    Event::ItemsTaken(places) => self.taken.push(places),
                    Event::Accepted | Event::Line { .. } => {}
                    terminal => return Some(terminal),
                }
                continue;
            }
            if let Some(bytes) = self.device.poll_transmit(self.now) {
                let stream = [self.noise.clone(), bytes].concat();
                let cut = if self.cut == 0 { stream.len() } else { self.cut };
                for piece in stream.chunks(cut) {
                    self.driver.handle_input(piece, Mono(self.now));
                    self.now += u64::from(self.cut > 0);
                }
                continue;
            }
            let next = [self.driver.poll_timeout().map(|at| at.0), self.device.poll_timeout()];
            let next = next.into_iter().flatten().min().filter(|at| *at <= until);
            let Some(next) = next else {
                if until != u64::MAX {
                    self.now = self.now.max(until);
                }
                return None;
            };
            self.now = self.now.max(next);
            self.device.handle_timeout(self.now);
            if self.driver.poll_timeout().is_some_and(|at| at.0 <= self.now) {
                self.driver.handle_timeout(Mono(self.now));
            }
        }
        panic!("the exchange never ends");
    }

    /// Frames with this command that were written.
    fn frames(&self, code: u8) -> usize {
        self.written.iter().filter(|bytes| bytes.len() > 1 && bytes[2] == code).count()
    }
}

fn places(event: &Event) -> (Shutter, u32, u32, u32) {
    let (Event::Presented(places) | Event::Retracted(places) | Event::PresentStatus(places)) = event else {
        panic!("not at the exit: {event:?}")
    };
    (places.shutter, places.lying(), places.taken(), places.retracted())
}

fn present_status(bench: &mut Bench) -> (Shutter, u32, u32, u32) {
    places(&bench.ask(Command::PresentStatus { not_before: Mono(0) }))
}

/// A frame of the device.
fn device_frame(kind: u8, number: u16, data: &[u8]) -> Vec<u8> {
    let mut body = vec![u8::try_from(data.len()).unwrap() + 3, kind];
    body.extend(number.to_be_bytes());
    body.extend(data);
    let check = crc::Crc::<u16>::new(&crc::CRC_16_KERMIT).checksum(&body).to_le_bytes();
    [&[0x02], body.as_slice(), &check].concat()
}

/// What a driver tells that was begun with a command and hears these frames, each behind an ACK.
fn hears(command: Command, frames: &[Vec<u8>]) -> Vec<Event> {
    let mut driver = Presenter::new(Config::default()).unwrap();
    driver.handle_line(true, Mono(0));
    driver.begin(command, Mono(1_000)).unwrap();
    for (now, frame) in (1_000..).step_by(50).zip(frames) {
        driver.handle_timeout(Mono(now));
        while driver.poll_transmit().is_some() {}
        driver.handle_input(&[0x06], Mono(now));
        driver.handle_input(frame, Mono(now));
    }
    let told = std::iter::from_fn(|| driver.poll_event());
    told.filter(|event| !matches!(event, Event::Line { .. } | Event::OnWire | Event::Accepted)).collect()
}

/// RESULT LASTCMD LASTNUMBER LASTRESULT COUNTS of a clean record.
fn record(number: u16, of: u8, number_there: u16) -> Vec<u8> {
    let [high, low] = number_there.to_be_bytes();
    device_frame(0x82, number, &[&[0, of, high, low, 0][..], &[0; 8]].concat())
}

#[test]
fn a_reply_under_another_number_is_not_the_answer() {
    let places = |number| device_frame(0x83, number, &[0; 14]);
    let query = Command::PresentStatus { not_before: Mono(0) };
    assert_eq!(hears(query.clone(), &[places(7)]), vec![]);
    assert!(matches!(hears(query, &[places(7), places(1)])[..], [Event::PresentStatus(_)]));
}

#[test]
fn a_marker_whose_record_has_another_number_or_other_counts_is_refused() {
    let marked = |number| device_frame(0x90, number, &[0; 9]);
    let good = [record(1, 0x11, 5), marked(6), record(2, 0x10, 6)];
    assert!(matches!(hears(Command::Mark, &good)[..], [Event::Marked(_)]));
    let rows = [(record(2, 0x10, 5), false), (record(2, 0x11, 6), false), {
        let counted = [&[0, 0x10, 0, 6, 0][..], &[0, 1, 0, 0, 0, 0, 0, 0]].concat();
        (device_frame(0x82, 2, &counted), true)
    }];
    for (last, doubt) in rows {
        let told = hears(Command::Mark, &[record(1, 0x11, 5), marked(6), last]);
        assert!(
            matches!(&told[..], [Event::MarkRefused { movement: Some(movement), .. }] if movement.counts_in_doubt == doubt),
            "{told:?}"
        );
    }
}

#[test]
fn a_marker_that_the_device_does_not_confirm_because_it_refuses_the_question_is_refused() {
    let marked = device_frame(0x90, 6, &[0; 9]);
    let told = hears(Command::Mark, &[record(1, 0x11, 5), marked, device_frame(0x82, 2, &[1])]);
    assert!(matches!(&told[..], [Event::MarkRefused { movement: Some(_), .. }]), "{told:?}");
}

#[test]
fn a_good_end_with_other_notes_than_asked_for_is_put_in_doubt() {
    for (stacked, doubt) in [(2, false), (1, true)] {
        let moved = device_frame(0x91, 6, &[0, stacked, 0, 0, 0, 0, 0, 0, 0]);
        let told = hears(notes([2, 0, 0, 0]), &[record(1, 0x10, 5), moved]);
        assert!(
            matches!(&told[..], [Event::Moved(movement)] if movement.counts_in_doubt == doubt),
            "{told:?}"
        );
    }
}

#[test]
fn status_names_the_device_and_its_cassettes() {
    let mut bench = bench();
    bench.fault(Fault::NoRetractUnit, FaultSpec::default());
    let Event::Status { identity, units, error } = bench.ask(Command::Status) else { panic!() };
    assert_eq!((identity.as_str(), units.len()), ("Senim presenter 1", 4));
    assert!(error.unwrap().detail.contains("retract unit"));
    assert_eq!(bench.written, vec![vec![0x02, 0x03, 0x01, 0x00, 0x01, 0x98, 0x6e], vec![0x06]]);
}

#[test]
fn notes_are_stacked_then_presented_and_given_only_when_taken() {
    let mut bench = bench_with(People::Take, 0);
    assert!(matches!(bench.ask(Command::Mark), Event::Marked(movement) if movement.distributed() == 0));
    bench.stack();
    bench.pass(60_000);
    assert_eq!(bench.device.cassettes().map(|cassette| cassette.taken), [0; 4], "the shutter is closed");
    assert_eq!(places(&bench.ask(Command::Present)), (Shutter::Open, 3, 0, 0));
    assert!(bench.taken.is_empty());
    bench.pass(60_000);
    let [taken] = bench.taken.as_slice() else { panic!("told once: {:?}", bench.taken) };
    assert_eq!(
        (taken.shutter, taken.lying(), taken.units[0].taken, taken.units[2].taken),
        (Shutter::Closed, 0, 2, 1)
    );
    assert_eq!(bench.device.cassettes().map(|cassette| cassette.taken), [2, 0, 1, 0]);
    assert_eq!((bench.frames(0x11), bench.frames(0x12), bench.told_on_wire), (1, 1, 1));
}

#[test]
fn notes_that_nobody_takes_come_back_into_the_retract_unit() {
    let mut bench = bench();
    bench.stack();
    bench.ask(Command::Present);
    bench.pass(60_000);
    assert!(bench.taken.is_empty());
    let Event::Retracted(places) = bench.ask(Command::Retract) else { panic!() };
    let retracted: Vec<_> =
        places.units.iter().map(|unit| (unit.lying, unit.taken, unit.retracted)).collect();
    assert_eq!(retracted, vec![(0, 0, 2), (0, 0, 0), (0, 0, 1), (0, 0, 0)]);
    assert_eq!((places.error, places.shutter), (None, Shutter::Closed));
}

#[test]
fn a_part_that_was_taken_is_found_out_by_the_retract() {
    let mut bench = bench_with(People::TakeSome, 2);
    bench.stack();
    bench.ask(Command::Present);
    bench.pass(60_000);
    assert!(bench.taken.is_empty(), "the sensor still sees a note");
    assert_eq!(present_status(&mut bench), (Shutter::Open, 3, 0, 0), "nobody knows yet");
    assert_eq!(places(&bench.ask(Command::Retract)), (Shutter::Closed, 0, 2, 1));
    assert_eq!(present_status(&mut bench), (Shutter::Closed, 0, 2, 1));
}

#[test]
fn bundles_are_stacked_on_each_other_and_retracted_without_a_present() {
    let mut bench = bench();
    bench.stack();
    bench.stack();
    assert_eq!(present_status(&mut bench), (Shutter::Closed, 6, 0, 0));
    assert_eq!(places(&bench.ask(Command::Retract)), (Shutter::Closed, 0, 0, 6));
    bench.stack();
    assert_eq!(present_status(&mut bench), (Shutter::Closed, 3, 0, 0), "the record begins anew");
}

#[test]
fn nothing_is_dispensed_behind_an_open_shutter() {
    let mut bench = bench();
    bench.stack();
    bench.ask(Command::Present);
    let Event::Moved(movement) = bench.ask(notes([1, 0, 0, 0])) else { panic!() };
    assert!(movement.distributed() == 0 && !movement.counts_in_doubt);
    assert!(movement.error.unwrap().detail.contains("24"));
}

#[test]
fn faults_of_shutter_sensor_and_units_have_their_outcome() {
    let present = |fault| {
        let mut bench = bench();
        bench.stack();
        bench.fault(fault, FaultSpec::times(1));
        let event = bench.ask(Command::Present);
        (bench, event)
    };
    let (mut jammed, event) = present(Fault::ShutterJam);
    assert_eq!(places(&event), (Shutter::Closed, 3, 0, 0));
    assert!(matches!(event, Event::Presented(p) if p.error.is_some() && !p.counts_in_doubt));
    assert_eq!(places(&jammed.ask(Command::Present)), (Shutter::Open, 3, 0, 0), "again, by a new command");

    // Fault, places after the retract, whether they are in doubt, and the result.
    let rows = [
        (Fault::ShutterJam, (Shutter::Jammed, 0, 0, 3), false, "21"),
        (Fault::NoteInShutter, (Shutter::Jammed, 1, 0, 2), true, "23"),
        (Fault::NoRetractUnit, (Shutter::Open, 3, 0, 0), false, "25"),
        (Fault::SensorStuck, (Shutter::Closed, 0, 0, 3), true, "26"),
    ];
    for (fault, expected, doubt, result) in rows {
        let mut bench = bench();
        bench.stack();
        bench.ask(Command::Present);
        bench.fault(fault, FaultSpec::times(1));
        let event = bench.ask(Command::Retract);
        assert_eq!(places(&event), expected, "{fault:?}");
        let Event::Retracted(places) = event else { panic!() };
        assert_eq!(places.counts_in_doubt, doubt, "{fault:?}");
        assert!(places.error.unwrap().detail.contains(result), "{fault:?}");
    }
}

#[test]
fn faults_of_picking_and_of_the_units_have_their_outcome() {
    let after = |notes| FaultSpec { after_notes: Some(notes), ..FaultSpec::times(1) };
    let unit = |unit| FaultSpec { unit: Some(unit), ..FaultSpec::times(1) };
    // Fault, notes stacked and rejected, whether they are in doubt, and the result.
    let rows = [
        (Fault::Reject, FaultSpec::times(2), (3, 2), false, None),
        (Fault::JamAfter, after(1), (1, 0), false, Some("11")),
        (Fault::CountDoubt, after(2), (2, 0), true, Some("15")),
        (Fault::CassetteOut, unit(3), (0, 0), false, Some("13")),
        (Fault::NoRejectUnit, FaultSpec::times(1), (0, 0), false, Some("14")),
    ];
    for (fault, spec, counted, doubt, result) in rows {
        let mut bench = bench();
        bench.fault(fault, spec);
        let Event::Moved(movement) = bench.ask(notes([2, 0, 1, 0])) else { panic!("{fault:?}") };
        let rejected: u32 = movement.units.iter().map(|unit| unit.rejected).sum();
        assert_eq!((movement.distributed(), rejected), counted, "{fault:?}");
        assert_eq!(movement.counts_in_doubt, doubt, "{fault:?}");
        let detail = movement.error.map(|error| error.detail);
        assert!(
            detail.as_deref().is_some_and(|text| result.is_some_and(|code| text.contains(code)))
                || detail.is_none() && result.is_none(),
            "{fault:?} {detail:?}"
        );
    }
}

#[test]
fn a_stuck_sensor_hides_that_all_was_taken_and_a_blind_one_says_so_too_early() {
    let mut stuck = bench_with(People::Take, 0);
    stuck.fault(Fault::SensorStuck, FaultSpec::default());
    stuck.stack();
    stuck.ask(Command::Present);
    stuck.pass(60_000);
    assert!(stuck.taken.is_empty());
    let Event::Retracted(found) = stuck.ask(Command::Retract) else { panic!() };
    assert_eq!((found.taken(), found.retracted(), found.counts_in_doubt), (3, 0, true));

    let mut blind = bench();
    blind.fault(Fault::SensorBlind, FaultSpec::default());
    blind.stack();
    blind.ask(Command::Present);
    blind.pass(60_000);
    assert_eq!((blind.taken.len(), blind.taken[0].taken()), (1, 3));
    blind.device.clear_fault(Fault::SensorBlind);
    blind.stack();
    let Event::Retracted(found) = blind.ask(Command::Retract) else { panic!() };
    assert_eq!((found.retracted(), found.counts_in_doubt), (6, true), "more came back than was stacked");
}

#[test]
fn a_taking_that_is_lost_or_repeated_is_told_once_or_by_the_present_status() {
    let mut lost = bench_with(People::Take, 0);
    lost.fault(Fault::TakenLost, FaultSpec::times(1));
    lost.stack();
    lost.ask(Command::Present);
    lost.pass(60_000);
    assert!(lost.taken.is_empty());
    assert_eq!(present_status(&mut lost), (Shutter::Closed, 0, 3, 0));

    let mut damaged = bench_with(People::Take, 0);
    damaged.fault_on(Fault::BadCrc, 0xC0, 2);
    damaged.stack();
    damaged.ask(Command::Present);
    damaged.pass(60_000);
    assert_eq!(damaged.taken.len(), 1, "the third sending was good");

    let taken = [2, 0x11, 0xc0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xfc, 0x12];
    let mut driver = Presenter::new(Config::default()).unwrap();
    driver.handle_line(true, Mono(0));
    driver.poll_event();
    for repeated in [false, true] {
        driver.handle_input(&taken, Mono(1_000));
        assert_eq!(driver.poll_transmit(), Some(vec![0x06]));
        assert_eq!(driver.poll_event().is_none(), repeated);
    }
}

#[test]
fn after_a_fault_of_the_line_a_move_is_told_once_and_never_written_twice() {
    let rows = [
        (Fault::NoAck, 1, false, 3),
        (Fault::Nak, 1, false, 0),
        (Fault::BadCrc, 1, true, 3),
        (Fault::BadCrc, 9, false, 3),
        (Fault::ShortFrame, 1, true, 3),
        (Fault::ShortFrame, 9, false, 3),
        (Fault::Garbage, 1, true, 3),
        (Fault::Garbage, 9, false, 3),
        (Fault::SilenceAfterAck, 1, false, 3),
        (Fault::SilentNoExecute, 1, false, 0),
        (Fault::LateReply, 1, false, 3),
        (Fault::DoubleReply, 1, true, 3),
    ];
    for (fault, times, answered, stacked) in rows {
        let mut bench = bench();
        bench.ask(Command::Mark);
        bench.fault_on(fault, 0x11, times);
        let began = bench.now;
        let outcome = bench.ask(notes([2, 0, 1, 0]));
        assert_eq!(matches!(outcome, Event::Moved(_)), answered, "{fault:?} {outcome:?}");
        assert!(answered || matches!(outcome, Event::Unanswered(_)), "{fault:?} {outcome:?}");
        assert!(answered || bench.now - began >= 30_000, "{fault:?}: told before the mechanics must be idle");
        bench.device.clear_fault(fault);
        let not_before = Mono(bench.now + 5_000);
        let Event::LastStatus { command, movement } = bench.ask(Command::LastStatus { not_before }) else {
            panic!("{fault:?}")
        };
        let expected = if stacked > 0 { LastCommand::Dispense } else { LastCommand::Marker };
        assert_eq!((command, movement.distributed()), (expected, stacked), "{fault:?}");
        assert_eq!((bench.frames(0x11), bench.told_on_wire), (1, 1), "{fault:?}");
        bench.stack();
    }
}

#[test]
fn after_a_present_or_retract_without_an_answer_the_present_status_tells_where_the_notes_are() {
    let rows = [
        (Fault::SilenceAfterAck, 0x12, (Shutter::Open, 3, 0, 0)),
        (Fault::SilentNoExecute, 0x12, (Shutter::Closed, 3, 0, 0)),
        (Fault::SilenceAfterAck, 0x13, (Shutter::Closed, 0, 0, 3)),
        (Fault::Nak, 0x13, (Shutter::Open, 3, 0, 0)),
    ];
    for (fault, code, expected) in rows {
        let mut bench = bench();
        bench.stack();
        bench.fault_on(fault, code, 1);
        if code == 0x13 {
            bench.ask(Command::Present);
        }
        let command = if code == 0x12 { Command::Present } else { Command::Retract };
        assert!(matches!(bench.ask(command), Event::Unanswered(_)), "{fault:?} on {code:02x}");
        assert_eq!(present_status(&mut bench), expected, "{fault:?} on {code:02x}");
        assert_eq!(bench.frames(code), 1);
    }
}

#[test]
fn power_lost_in_mid_dispense_leaves_a_record_in_doubt() {
    let mut bench = bench();
    bench.ask(Command::Mark);
    bench.driver.begin(notes([5, 0, 0, 0]), Mono(bench.now)).unwrap();
    bench.pass(120);
    bench.device.set_power(false, bench.now);
    bench.device.set_power(true, bench.now);
    assert!(matches!(bench.play(u64::MAX), Some(Event::Unanswered(_))));
    let event = bench.ask(Command::LastStatus { not_before: Mono(0) });
    assert!(
        matches!(event, Event::LastStatus { command: LastCommand::Dispense, movement } if movement.counts_in_doubt)
    );
    assert_eq!(present_status(&mut bench).1, 2, "two were stacked; the third lies on the path");
}

#[test]
fn a_marker_is_confirmed_by_its_number_or_refused() {
    let rows = [
        (Fault::SilenceAfterAck, 0x10, 1, "unanswered"),
        (Fault::Nak, 0x10, 1, "unanswered"),
        (Fault::BadCrc, 0x10, 1, "marked"),
        (Fault::Nak, 0x02, 2, "marked"),
        (Fault::Nak, 0x02, 9, "failed"),
    ];
    for (fault, command, times, expected) in rows {
        let mut bench = bench();
        bench.fault_on(fault, command, times);
        let told = match bench.ask(Command::Mark) {
            Event::Marked(_) => "marked",
            Event::Unanswered(_) => "unanswered",
            Event::Failed(_) => "failed",
            other => panic!("{fault:?}: {other:?}"),
        };
        assert_eq!(told, expected, "{fault:?} on {command:02x}");
        assert!(bench.frames(0x10) <= 1);
    }
    let mut bench = bench();
    bench.ask(Command::Mark);
    bench.fault_on(Fault::SilenceAfterAck, 0x02, 9);
    assert!(matches!(bench.ask(Command::Mark), Event::MarkRefused { movement: Some(_), .. }));
}

#[test]
fn a_test_dispense_and_a_reset_fill_the_reject_unit() {
    let mut bench = bench();
    let Event::Moved(movement) = bench.ask(Command::TestDispense(UnitNo(2))) else { panic!() };
    assert_eq!((movement.distributed(), movement.units[1].rejected), (0, 1));
    bench.fault(Fault::JamAfter, FaultSpec { after_notes: Some(1), ..FaultSpec::times(1) });
    let Event::Moved(movement) = bench.ask(notes([3, 0, 0, 0])) else { panic!() };
    assert_eq!((movement.distributed(), movement.counts_in_doubt), (1, false));
    let Event::Moved(movement) = bench.ask(Command::Reset) else { panic!() };
    assert_eq!((movement.units[0].rejected, movement.error), (1, None));
    bench.stack();
}

#[test]
fn requests_that_the_device_cannot_take_are_refused_before_a_byte_is_written() {
    for command in [
        notes([0, 0, 0, 0]),
        notes([21, 0, 0, 0]),
        notes([20, 20, 1, 0]),
        Command::Dispense(vec![UnitRequest { unit: UnitNo(5), denomination: Denomination(1), notes: 1 }]),
        Command::TestDispense(UnitNo(0)),
    ] {
        let mut bench = bench();
        assert!(matches!(bench.ask(command), Event::Failed(_)));
        assert!(bench.written.is_empty());
    }
    let error = Presenter::new(Config { query_wait_ms: 1, ..Config::default() }).unwrap_err();
    assert_eq!(error.to_string(), "presenter: query_wait_ms is 1; set it from 100 to 600000");
}

#[test]
fn a_lost_line_forgets_the_number_and_the_next_move_asks_for_it() {
    let mut bench = bench();
    bench.stack();
    assert_eq!(bench.frames(0x02), 1);
    bench.stack();
    assert_eq!(bench.frames(0x02), 1);
    bench.driver.handle_line(false, Mono(bench.now));
    bench.driver.handle_line(true, Mono(bench.now));
    bench.stack();
    assert_eq!((bench.frames(0x02), bench.frames(0x11)), (2, 3));
}

fn any_fault() -> impl Strategy<Value = (Fault, Option<u8>, u32, u8)> {
    let faults = <Fault as senim_emulators::faults::FaultKind>::ALL;
    let command = prop::option::of(prop::sample::select(vec![0x02u8, 0x10, 0x11, 0x12, 0x13]));
    (prop::sample::select(faults), command, 1u32..6, 0u8..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_cuts_and_noise_a_clean_payout_is_read_right(
        cut in 0usize..5,
        noise in proptest::collection::vec(prop_oneof![Just(0xFFu8), Just(0x00), 0x20u8..=0xFF], 0..12),
    ) {
        let mut bench = bench_with(People::Take, 0);
        (bench.cut, bench.noise) = (cut, noise);
        let marked = matches!(bench.ask(Command::Mark), Event::Marked(_));
        prop_assert!(marked);
        bench.stack();
        prop_assert_eq!(places(&bench.ask(Command::Present)), (Shutter::Open, 3, 0, 0));
        bench.pass(10_000);
        prop_assert_eq!(bench.taken.len(), 1);
    }

    #[test]
    fn whatever_device_and_wire_do_each_move_is_written_at_most_once_and_ends_once(
        faults in proptest::collection::vec(any_fault(), 0..4),
        cut in 0usize..4,
        noise in proptest::collection::vec(any::<u8>(), 0..8),
        some in 0u8..4,
    ) {
        let mut bench = bench_with(People::TakeSome, some);
        (bench.cut, bench.noise) = (cut, noise);
        for (fault, command, times, after) in faults {
            bench.fault(fault, FaultSpec { times: Some(times), command, after_notes: Some(after), ..FaultSpec::default() });
        }
        bench.ask(notes([2, 0, 1, 0]));
        bench.ask(Command::Present);
        bench.play(bench.now + 5_000);
        bench.ask(Command::Retract);
        prop_assert_eq!(bench.play(bench.now + 200_000), None, "nothing is told twice");
        for code in [0x11, 0x12, 0x13] {
            prop_assert!(bench.frames(code) <= 1);
        }
        prop_assert!(bench.taken.len() <= 1);
    }

    #[test]
    fn under_faults_of_the_device_alone_every_stacked_note_is_where_it_is_told_to_be(
        faults in proptest::collection::vec(any_fault(), 0..4),
        some in 0u8..4,
    ) {
        // A blind sensor tells what is not so, and nothing else can know.
        let blind = faults.iter().any(|(fault, ..)| *fault == Fault::SensorBlind);
        let mut bench = bench_with(People::TakeSome, some);
        for (fault, command, times, after) in faults {
            bench.fault(fault, FaultSpec { times: Some(times), command, after_notes: Some(after), ..FaultSpec::default() });
        }
        let stacked = bench.ask(notes([2, 0, 1, 0]));
        bench.ask(Command::Present);
        bench.play(bench.now + 5_000);
        let retracted = bench.ask(Command::Retract);
        if let (Event::Moved(movement), Event::Retracted(places)) = (stacked, retracted)
            && !movement.counts_in_doubt && !places.counts_in_doubt && !blind
        {
            let told = (places.lying(), places.taken(), places.retracted());
            let really = bench.device.really().iter().fold((0, 0, 0), |sum, unit| {
                (sum.0 + u32::from(unit.lying), sum.1 + u32::from(unit.taken), sum.2 + u32::from(unit.retracted))
            });
            prop_assert_eq!(movement.distributed(), told.0 + told.1 + told.2);
            // What was taken from a bundle that still lies is not known before it is retracted.
            prop_assert!(told == really || told.0 > 0, "{told:?} {really:?}");
        }
    }
}
