//! The driver against the emulated reader, in virtual time and one thread.

use senim_hal::LineDriver as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use senim_domain::SecretBytes;
use senim_emulators::card::Card;
use senim_emulators::faults::FaultSpec;
use senim_emulators::gempc::{self as device, Fault};
use senim_emulators::machine::Machine as _;
use senim_hal::card_reader::{ChipPower, Media};

use super::*;

mod keypad;

/// T=1 only, TA1 = 13, IFSC 32.
const T1: &[u8] = &[0x3B, 0x90, 0x13, 0x81, 0x31, 0x20, 0x4D, 0x5E];
/// T=0 only.
const T0: &[u8] = &[0x3B, 0x02, 0x14, 0x50];
/// T=0 first, then T=1.
const BOTH: &[u8] = &[0x3B, 0x80, 0x80, 0x01, 0x01];

const VERIFY: &[u8] = &[0x00, 0x20, 0x00, 0x01, 0x04, 0x31, 0x32, 0x33, 0x34];
const RANDOM: &[u8] = &[0x00, 0x84, 0x00, 0x00, 0x08];

/// Gives back what it is sent (INS EE), so many bytes (INS 84), more than a short response has (INS EF), and counts the tries of a PIN (INS 20).
#[derive(Debug)]
struct Echo {
    atr: Vec<u8>,
    verified: Arc<AtomicU32>,
}

impl Card for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn answer_to_reset(&mut self) -> Vec<u8> {
        self.atr.clone()
    }

    fn power(&mut self, _on: bool) {}

    fn reset(&mut self) {}

    fn transmit(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        let mut response = match command {
            [_, 0x20, ..] => {
                self.verified.fetch_add(1, Ordering::Relaxed);
                vec![]
            }
            [_, 0x84, _, _, le] => vec![0xAB; if *le == 0 { 256 } else { usize::from(*le) }],
            [_, 0xB0, ..] => vec![0xB0; 10],
            [_, 0xEF, ..] => vec![0xEF; 300],
            [_, 0xEE, _, _, lc, rest @ ..] => rest[..usize::from(*lc)].to_vec(),
            _ => return Some(vec![0x6D, 0x00]),
        };
        response.extend([0x90, 0x00]);
        Some(response)
    }
}

/// What the wire does to bytes on their way to the host.
#[derive(Clone, Copy, Debug, Default)]
struct Wire {
    /// Bytes per piece, a millisecond each; 0 leaves them whole.
    cut: usize,
    /// Every n-th byte from the device is inverted; 0 none.
    damage_every: usize,
}

struct Bench {
    driver: GemPc,
    device: device::GemPc,
    now: u64,
    wire: Wire,
    bytes_seen: usize,
    verified: Arc<AtomicU32>,
    /// What was told beside the terminal events.
    told: Vec<Event>,
    written: Vec<Vec<u8>>,
}

fn bench_with(config: Config, options: device::Options) -> Bench {
    let mut driver = GemPc::new(config).unwrap();
    driver.handle_line(true, Mono(1_000));
    assert_eq!(driver.poll_event(), Some(Event::Line { open: true }));
    Bench {
        driver,
        device: device::GemPc::new(options, |_| None),
        now: 2_000,
        wire: Wire::default(),
        bytes_seen: 0,
        verified: Arc::default(),
        told: Vec::new(),
        written: Vec::new(),
    }
}

/// A bench with a card in the slot.
fn bench(atr: &[u8]) -> Bench {
    let mut bench = bench_with(Config::default(), device::Options::default());
    bench.insert(atr);
    bench
}

/// A bench with a card that has power.
fn powered(atr: &[u8]) -> Bench {
    let mut bench = bench(atr);
    bench.power_up();
    bench
}

fn apdu(bytes: &[u8]) -> Command {
    Command::ChipIo(SecretBytes::new(bytes.to_vec()))
}

fn response(bytes: &[u8]) -> Event {
    Event::ChipIo(SecretBytes::new(bytes.to_vec()))
}

fn on(command: u8, times: u32) -> FaultSpec {
    FaultSpec { times: Some(times), command: Some(command), ..FaultSpec::default() }
}

fn times(times: u32) -> FaultSpec {
    FaultSpec::times(times)
}

impl Bench {
    fn insert(&mut self, atr: &[u8]) {
        let card = Echo { atr: atr.to_vec(), verified: Arc::clone(&self.verified) };
        self.device.insert(Box::new(card), self.now);
    }

    fn power_up(&mut self) {
        let event = self.ask(Command::ChipPower(ChipPower::Cold));
        assert!(matches!(event, Event::ChipPowered { .. }), "{event:?}");
    }

    /// Begins a command and plays until its terminal event.
    fn ask(&mut self, command: Command) -> Event {
        self.driver.begin(command, Mono(self.now)).unwrap();
        self.play(u64::MAX).expect("a terminal event")
    }

    /// Plays until an event that ends a command, or until `until` when nothing ends before.
    fn play(&mut self, until: u64) -> Option<Event> {
        for _ in 0..200_000 {
            while let Some(bytes) = self.driver.poll_transmit() {
                self.written.push(bytes.clone());
                self.device.handle_input(&bytes, self.now);
            }
            match self.driver.poll_event() {
                Some(event @ (Event::Line { .. } | Event::MediaInserted)) => {
                    self.told.push(event);
                    continue;
                }
                Some(event) => return Some(event),
                None => {}
            }
            if let Some(bytes) = self.device.poll_transmit(self.now) {
                self.deliver(bytes);
                continue;
            }
            let next = [self.driver.poll_timeout().map(|at| at.0), self.device.poll_timeout()];
            let next = next.into_iter().flatten().min().unwrap_or(u64::MAX);
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
        let cut = if self.wire.cut == 0 { bytes.len().max(1) } else { self.wire.cut };
        for piece in bytes.chunks(cut) {
            self.driver.handle_input(piece, Mono(self.now));
            if self.wire.cut > 0 {
                self.now += 1;
            }
        }
    }

    /// Lets time pass in which nothing is asked, and gives what was told.
    fn pass(&mut self, for_ms: u64) -> Vec<Event> {
        let until = self.now + for_ms;
        self.told.clear();
        while let Some(event) = self.play(until) {
            self.told.push(event);
        }
        std::mem::take(&mut self.told)
    }

    fn written_of(&self, kind: u8) -> usize {
        self.written.iter().filter(|frame| frame.get(2) == Some(&kind)).count()
    }

    fn verified(&self) -> u32 {
        self.verified.load(Ordering::Relaxed)
    }
}

fn failed(event: &Event) -> ErrorKind {
    match event {
        Event::Failed(error) => error.kind,
        other => panic!("not failed: {other:?}"),
    }
}

#[test]
fn settings_out_of_range_are_named() {
    let rows = [
        (Config { poll_ms: 0, ..Config::default() }, "poll_ms"),
        (Config { answer_wait_ms: 99, ..Config::default() }, "answer_wait_ms"),
        (Config { apdu_wait_ms: 999, ..Config::default() }, "apdu_wait_ms"),
        (Config { voltages: vec![], ..Config::default() }, "voltages"),
        (Config { voltages: vec![Voltage::V3, Voltage::V3], ..Config::default() }, "voltages"),
        (Config { ifsd: 255, ..Config::default() }, "ifsd"),
    ];
    for (config, key) in rows {
        assert_eq!(GemPc::new(config).unwrap_err().key, key);
    }
    let unasked = Config { poll_ms: 0, notification: Notification::Asynchronous, ..Config::default() };
    assert!(unasked.check().is_ok());
}

#[test]
fn nothing_goes_out_before_the_first_command_and_then_only_the_question_who_is_there() {
    let mut bench = bench(T1);
    assert!(bench.pass(10_000).is_empty());
    assert!(bench.written.is_empty());
    let event = bench.ask(Command::Status);
    let expected =
        Event::Status { identity: "GemTwin-V2.00-GB02".into(), media: Media::Present, error: None };
    assert_eq!(event, expected);
    assert_eq!(bench.written[0], [3, 6, 0x6B, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x6D]);
    assert_eq!(bench.written.len(), 3);
}

#[test]
fn a_card_of_each_kind_gets_power_and_answers() {
    for atr in [T1, T0, BOTH] {
        for cut in [0, 1, 7] {
            let mut bench = bench(atr);
            bench.wire.cut = cut;
            let event = bench.ask(Command::ChipPower(ChipPower::Cold));
            assert_eq!(event, Event::ChipPowered { answer_to_reset: atr.to_vec() });
            let mut random = vec![0xAB; 8];
            random.extend([0x90, 0]);
            assert_eq!(bench.ask(apdu(RANDOM)), response(&random));
            assert_eq!(bench.ask(apdu(&[0, 0xFF, 0, 0])), response(&[0x6D, 0]));
            assert_eq!(bench.ask(Command::ChipPower(ChipPower::Off)), Event::ChipReleased);
        }
    }
}

#[test]
fn the_captured_start_of_a_t1_card_is_written_byte_for_byte() {
    let bench = powered(T1);
    let data: Vec<&[u8]> = bench.written.iter().map(|frame| &frame[12..frame.len() - 1]).collect();
    assert_eq!(data[2], [0xFF, 0x11, 0x13, 0xFD]);
    assert_eq!(data[3], [0x13, 0x10, 0x00, 0x4D, 0x00, 0x20, 0x00]);
    assert_eq!(data[4], [0x00, 0xC1, 0x01, 0xFE, 0x3E]);
}

#[test]
fn long_commands_and_responses_go_through_whole() {
    for atr in [T1, T0] {
        let mut bench = powered(atr);
        let data: Vec<u8> = (0..=254).collect();
        let mut command = vec![0, 0xEE, 0, 0, 255];
        command.extend(&data);
        command.push(0);
        let mut expected = data;
        expected.extend([0x90, 0]);
        assert_eq!(bench.ask(apdu(&command)), response(&expected));
        assert!(
            matches!(bench.ask(apdu(&[0, 0x84, 0, 0, 0])), Event::ChipIo(all) if all.expose().len() == 258)
        );
        assert_eq!(bench.device.counts().apdus, 2);
    }
}

#[test]
fn a_wrong_length_is_corrected_in_t0_without_a_second_execution() {
    let mut bench = powered(T0);
    let mut expected = vec![0xB0; 10];
    expected.extend([0x90, 0]);
    assert_eq!(bench.ask(apdu(&[0, 0xB0, 0, 0, 0])), response(&expected));
    assert_eq!(bench.device.counts().apdus, 1);
}

#[test]
fn whatever_happens_to_a_pin_command_the_card_sees_it_at_most_once() {
    use ErrorKind::{HardwareError, Offline};
    // Fault on the block with the PIN, what the session is told by a T=1 and by a T=0 card (none: the response),
    // and how often the cards executed the command.
    type Told = Option<ErrorKind>;
    let rows: Vec<(Fault, FaultSpec, Told, Told, [u32; 2])> = vec![
        (Fault::Silence, on(0x6F, 1), None, Some(HardwareError), [1, 0]),
        (Fault::Silence, on(0x6F, 9), Some(HardwareError), Some(HardwareError), [0, 0]),
        (Fault::NoAnswer, on(0x6F, 1), None, Some(HardwareError), [1, 1]),
        (Fault::Nak, on(0x6F, 1), None, Some(Offline), [1, 0]),
        (Fault::Nak, on(0x6F, 9), Some(Offline), Some(Offline), [0, 0]),
        (Fault::BadLrc, on(0x6F, 2), None, Some(HardwareError), [1, 1]),
        (Fault::BadLrc, on(0x6F, 9), Some(HardwareError), Some(HardwareError), [1, 1]),
        (Fault::ShortFrame, on(0x6F, 1), None, Some(HardwareError), [1, 1]),
        (Fault::Noise, on(0x6F, 1), None, Some(HardwareError), [1, 1]),
        (Fault::NoiseBefore, on(0x6F, 1), None, None, [1, 1]),
        (Fault::BadEcho, on(0x6F, 1), None, None, [1, 1]),
        (Fault::NoEcho, on(0x6F, 1), None, None, [1, 1]),
        (Fault::LateAnswer, on(0x6F, 1), None, Some(HardwareError), [1, 1]),
        (Fault::DoubleAnswer, on(0x6F, 1), None, None, [1, 1]),
        (Fault::TimeRequest, times(1), None, None, [1, 1]),
        (Fault::Mute, on(0x6F, 1), None, Some(HardwareError), [1, 0]),
        (Fault::Mute, on(0x6F, 99), Some(HardwareError), Some(HardwareError), [0, 0]),
        (Fault::LostBlock, times(2), None, Some(HardwareError), [1, 0]),
        (Fault::LostReply, times(2), None, Some(HardwareError), [1, 1]),
        (Fault::BadBlock, times(2), None, None, [1, 1]),
        (Fault::BadBlock, times(3), Some(HardwareError), None, [1, 1]),
        (Fault::BadBlock, times(99), Some(HardwareError), None, [1, 1]),
        (Fault::CardHearsBadly, times(1), None, None, [1, 1]),
        (Fault::CardHearsBadly, times(99), Some(HardwareError), None, [0, 1]),
        (Fault::Wtx, times(3), None, None, [1, 1]),
        (Fault::Wtx, FaultSpec::default(), Some(HardwareError), None, [1, 1]),
        (Fault::IfsRequest, times(1), None, None, [1, 1]),
        (Fault::CardAborts, times(1), Some(HardwareError), None, [1, 1]),
    ];
    for (fault, spec, t1, t0, executed) in rows {
        for ((atr, told), executed) in [(T1, t1), (T0, t0)].into_iter().zip(executed) {
            let mut bench = powered(atr);
            bench.device.set_fault(fault, spec);
            let event = bench.ask(apdu(VERIFY));
            match told {
                None => assert_eq!(event, response(&[0x90, 0]), "{fault:?} {spec:?} {atr:02x?}"),
                Some(kind) => assert_eq!(failed(&event), kind, "{fault:?} {spec:?} {atr:02x?} {event:?}"),
            }
            assert_eq!(bench.verified(), executed, "{fault:?} {spec:?} {atr:02x?}");
            bench.device.clear_fault(fault);
            let needs_power = bench.driver.begin(apdu(RANDOM), Mono(bench.now)).is_err();
            assert_eq!(needs_power, told.is_some(), "{fault:?}");
            if needs_power {
                bench.power_up();
                bench.driver.begin(apdu(RANDOM), Mono(bench.now)).unwrap();
            }
            let after = bench.play(u64::MAX).unwrap();
            assert!(
                matches!(&after, Event::ChipIo(told) if told.expose().len() == 10),
                "{fault:?} {after:?}"
            );
        }
    }
}

#[test]
fn a_card_that_is_pulled_out_in_an_exchange_ends_it_as_removed() {
    for atr in [T1, T0] {
        for notification in [Notification::Synchronous, Notification::Asynchronous] {
            for fault in [Fault::Torn, Fault::TornAnswered] {
                let config = Config { notification, ..Config::default() };
                let mut bench = bench_with(config, device::Options::default());
                bench.insert(atr);
                assert!(matches!(bench.ask(Command::Status), Event::Status { media: Media::Present, .. }));
                bench.power_up();
                bench.device.set_fault(fault, times(1));
                assert_eq!(bench.ask(apdu(VERIFY)), Event::MediaRemoved, "{fault:?} {notification:?}");
                assert!(bench.driver.begin(apdu(RANDOM), Mono(bench.now)).is_err());
                assert!(bench.pass(5_000).is_empty(), "told once");
            }
        }
    }
}

#[test]
fn a_card_that_is_pulled_out_in_the_middle_of_a_chain_ends_it_as_removed() {
    let mut bench = powered(T1);
    bench.device.set_fault(Fault::Torn, FaultSpec { after_blocks: Some(3), ..times(1) });
    let mut command = vec![0, 0xEE, 0, 0, 250];
    command.extend([7; 250]);
    assert_eq!(bench.ask(apdu(&command)), Event::MediaRemoved);
    assert_eq!(bench.device.counts().apdus, 0);
}

#[test]
fn cards_that_come_and_go_are_told_in_turn_and_each_once() {
    for notification in [Notification::Synchronous, Notification::Asynchronous] {
        let config = Config { notification, ..Config::default() };
        let mut bench = bench_with(config, device::Options::default());
        assert!(matches!(bench.ask(Command::Status), Event::Status { media: Media::NotPresent, .. }));
        for _ in 0..3 {
            bench.insert(T1);
            assert_eq!(bench.pass(1_000), [Event::MediaInserted]);
            bench.device.remove(bench.now);
            assert_eq!(bench.pass(1_000), [Event::MediaRemoved]);
        }
        assert!(bench.pass(3_000).is_empty());
    }
}

#[test]
fn a_notification_is_looked_into_at_once() {
    let config = Config { notification: Notification::Asynchronous, poll_ms: 0, ..Config::default() };
    let mut bench = bench_with(config, device::Options::default());
    bench.ask(Command::Status);
    bench.insert(T1);
    let began = bench.now;
    assert!(bench.play(began + 1_000).is_none());
    assert_eq!(bench.told.last(), Some(&Event::MediaInserted));
    bench.driver.handle_input(&[0x50, 0x02], Mono(bench.now));
    assert!(bench.pass(1_000).is_empty(), "a hint without a removal is not believed");
}

#[test]
fn a_card_that_was_swapped_under_power_is_another_card() {
    let mut bench = powered(T1);
    bench.insert(T1);
    assert_eq!(bench.pass(1_000), [Event::MediaRemoved, Event::MediaInserted]);
    assert!(bench.driver.begin(apdu(RANDOM), Mono(bench.now)).is_err());
    bench.power_up();
}

#[test]
fn a_command_during_the_drivers_own_look_waits_and_ends_once() {
    let mut bench = powered(T1);
    let polls = bench.written_of(0x65);
    while bench.written_of(0x65) == polls {
        assert!(bench.play(bench.now + 1).is_none());
    }
    assert!(bench.play(bench.now + 1).is_none());
    bench.driver.begin(apdu(RANDOM), Mono(bench.now)).unwrap();
    let busy = bench.driver.begin(Command::Status, Mono(bench.now)).unwrap_err();
    assert_eq!(busy.kind, ErrorKind::DeviceBusy);
    assert!(matches!(bench.play(u64::MAX), Some(Event::ChipIo(_))));
}

#[test]
fn a_card_that_left_while_a_command_waited_ends_it_once() {
    let mut bench = powered(T1);
    bench.device.remove(bench.now);
    let at = bench.driver.poll_timeout().unwrap();
    bench.now = at.0;
    bench.driver.handle_timeout(at);
    bench.driver.begin(apdu(RANDOM), at).unwrap();
    assert_eq!(bench.play(u64::MAX), Some(Event::MediaRemoved));
    assert!(bench.pass(5_000).is_empty());
}

#[test]
fn a_query_is_repeated_and_an_answer_is_never_taken_for_another() {
    let rows = [
        (Fault::Silence, 2, true),
        (Fault::Silence, 3, false),
        (Fault::Nak, 2, true),
        (Fault::Nak, 3, false),
        (Fault::BadLrc, 2, true),
        (Fault::BadLrc, 3, false),
        (Fault::ShortFrame, 2, true),
        (Fault::Noise, 2, true),
        (Fault::LateAnswer, 1, true),
        (Fault::DoubleAnswer, 9, true),
        (Fault::NoiseBefore, 9, true),
    ];
    for (fault, count, answered) in rows {
        for command in [0x6B, 0x65] {
            let mut bench = bench(T1);
            bench.device.set_fault(fault, on(command, count));
            let event = bench.ask(Command::Status);
            assert_eq!(matches!(event, Event::Status { .. }), answered, "{fault:?} {count} {event:?}");
            if !answered {
                assert_eq!(failed(&event), ErrorKind::Offline);
            }
        }
    }
}

#[test]
fn a_reader_without_echo_is_told_as_a_wrong_setting() {
    let quiet = device::Options { echo: false, ..device::Options::default() };
    let mut bench = bench_with(Config::default(), quiet.clone());
    assert!(
        matches!(bench.ask(Command::Status), Event::Status { error: Some(error), .. } if error.detail.contains("echo = false"))
    );
    for options in [quiet, device::Options::default()] {
        let mut bench = bench_with(Config { echo: false, ..Config::default() }, options);
        assert!(matches!(bench.ask(Command::Status), Event::Status { error: None, .. }));
    }
}

#[test]
fn voltages_are_tried_in_turn_until_the_card_starts() {
    let options = device::Options { volts: Some(3), ..device::Options::default() };
    let mut bench = bench_with(Config::default(), options.clone());
    bench.insert(T1);
    bench.power_up();
    let tried: Vec<u8> =
        bench.written.iter().filter(|frame| frame[2] == 0x62).map(|frame| frame[9]).collect();
    assert_eq!(tried, [1, 2, 3]);
    let mut bench = bench_with(Config { voltages: vec![Voltage::V5], ..Config::default() }, options);
    bench.insert(T1);
    assert_eq!(failed(&bench.ask(Command::ChipPower(ChipPower::Cold))), ErrorKind::UserError);
}

#[test]
fn what_goes_wrong_at_the_start_of_a_card_ends_as_said() {
    use ErrorKind::{HardwareError, Offline, UserError};
    let rows = [
        (Fault::Mute, on(0x62, 2), None),
        (Fault::Mute, on(0x62, 3), Some(UserError)),
        (Fault::BadAtr, times(1), Some(UserError)),
        (Fault::NoPps, times(1), None),
        (Fault::NoParameters, times(1), Some(HardwareError)),
        (Fault::Silence, on(0x62, 1), None),
        (Fault::Silence, on(0x62, 9), Some(Offline)),
        (Fault::BadLrc, on(0x62, 2), None),
        (Fault::NoAnswer, on(0x62, 1), None),
        (Fault::Nak, on(0x61, 2), None),
        (Fault::BadLrc, on(0x6F, 1), None),
        (Fault::BadBlock, times(1), None),
    ];
    for (fault, spec, told) in rows {
        let mut bench = bench(T1);
        bench.device.set_fault(fault, spec);
        let event = bench.ask(Command::ChipPower(ChipPower::Cold));
        match told {
            None => assert!(matches!(event, Event::ChipPowered { .. }), "{fault:?} {event:?}"),
            Some(kind) => assert_eq!(failed(&event), kind, "{fault:?} {event:?}"),
        }
        bench.device.clear_fault(fault);
        bench.power_up();
        assert!(matches!(bench.ask(apdu(RANDOM)), Event::ChipIo(_)), "{fault:?}");
    }
}

#[test]
fn the_configured_protocol_is_agreed_on_and_the_speed_only_if_wanted() {
    for (protocol, speed, atr, expected) in [
        (Preference::T1, true, BOTH, Some(vec![0xFF, 0x01, 0xFE])),
        (Preference::T0, true, BOTH, None),
        (Preference::First, true, BOTH, None),
        (Preference::T1, false, T1, None),
    ] {
        let config = Config { protocol, speed, ..Config::default() };
        let mut bench = bench_with(config, device::Options::default());
        bench.insert(atr);
        bench.power_up();
        let pps = bench.written.iter().find(|frame| frame[2] == 0x6F && frame[12] == 0xFF);
        assert_eq!(pps.map(|frame| frame[12..frame.len() - 1].to_vec()), expected);
        assert!(matches!(bench.ask(apdu(RANDOM)), Event::ChipIo(_)));
    }
}

#[test]
fn a_warm_reset_keeps_power_and_a_cold_one_takes_it() {
    let mut bench = powered(T1);
    let offs = bench.written_of(0x63);
    assert!(matches!(bench.ask(Command::ChipPower(ChipPower::Warm)), Event::ChipPowered { .. }));
    assert_eq!(bench.written_of(0x63), offs);
    bench.power_up();
    assert_eq!(bench.written_of(0x63), offs + 1);
    assert!(matches!(bench.ask(apdu(RANDOM)), Event::ChipIo(_)));
}

#[test]
fn without_a_card_power_fails_and_is_not_a_removal() {
    let mut bench = bench_with(Config::default(), device::Options::default());
    assert_eq!(failed(&bench.ask(Command::ChipPower(ChipPower::Cold))), ErrorKind::UserError);
    assert_eq!(bench.ask(Command::ChipPower(ChipPower::Off)), Event::ChipReleased);
}

#[test]
fn a_command_that_does_not_fit_is_refused_and_nothing_is_written() {
    let mut bench = powered(T0);
    let before = bench.written.len();
    for bytes in [vec![0; 3], vec![0; 262], vec![0, 0xB0, 0, 0, 0, 1, 0]] {
        let error = bench.driver.begin(apdu(&bytes), Mono(bench.now)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::UserError);
    }
    assert_eq!((bench.written.len(), bench.driver.poll_transmit()), (before, None));
    assert_eq!(bench.driver.capabilities().max_command, 261);
}

#[test]
fn extended_commands_go_through_where_they_are_allowed() {
    let config = Config { extended: true, ..Config::default() };
    let mut bench = bench_with(config, device::Options::default());
    bench.insert(T1);
    bench.power_up();
    let mut command = vec![0, 0x20, 0, 1, 0, 0x07, 0xD0];
    command.extend([5; 2_000]);
    assert_eq!(bench.ask(apdu(&command)), response(&[0x90, 0]));
    assert_eq!((bench.verified(), bench.driver.capabilities().max_command), (1, 65_544));
}

#[test]
fn a_response_longer_than_allowed_fails_the_command() {
    let long = apdu(&[0, 0xEF, 0, 0, 0]);
    assert_eq!(failed(&powered(T1).ask(long.clone())), ErrorKind::HardwareError);
    let mut bench = bench_with(Config { extended: true, ..Config::default() }, device::Options::default());
    bench.insert(T1);
    bench.power_up();
    assert!(matches!(bench.ask(long), Event::ChipIo(all) if all.expose().len() == 302));
}

#[test]
fn a_lost_line_ends_the_command_and_forgets_the_card() {
    let mut bench = powered(T1);
    bench.driver.begin(apdu(VERIFY), Mono(bench.now)).unwrap();
    assert!(bench.driver.poll_transmit().is_some());
    bench.driver.handle_line(false, Mono(bench.now));
    assert_eq!(bench.driver.poll_event(), Some(Event::Line { open: false }));
    assert!(
        matches!(bench.driver.poll_event(), Some(Event::Failed(error)) if error.kind == ErrorKind::Offline)
    );
    assert_eq!(bench.driver.poll_timeout(), None);
    bench.driver.handle_line(true, Mono(bench.now));
    assert!(bench.driver.begin(apdu(VERIFY), Mono(bench.now)).is_err());
    assert!(bench.driver.poll_transmit().is_none());
}

#[test]
fn a_pin_on_its_way_shows_nowhere() {
    for atr in [T1, T0] {
        let mut bench = powered(atr);
        bench.driver.begin(apdu(VERIFY), Mono(bench.now)).unwrap();
        let written = bench.driver.poll_transmit().unwrap();
        // Half of the echo is back.
        bench.driver.handle_input(&written[..written.len() - 4], Mono(bench.now));
        let shown = format!("{:?}", bench.driver);
        assert!(!shown.contains("49, 50") && !shown.contains("31, 32"), "{shown}");
    }
}

#[test]
fn a_line_that_takes_no_bytes_ends_a_command_and_not_the_drivers_own_look() {
    let mut bench = powered(T1);
    let poll = bench.driver.poll_timeout().unwrap();
    bench.driver.handle_timeout(poll);
    let given_up = bench.driver.poll_timeout().unwrap();
    bench.driver.handle_timeout(given_up);
    assert_eq!(bench.driver.poll_event(), None);
    bench.driver.begin(apdu(VERIFY), given_up).unwrap();
    let given_up = bench.driver.poll_timeout().unwrap();
    bench.driver.handle_timeout(given_up);
    assert!(
        matches!(bench.driver.poll_event(), Some(Event::Failed(error)) if error.detail.contains("nothing was sent"))
    );
    assert_eq!(bench.driver.poll_transmit(), None);
}

#[test]
fn a_damaged_wire_never_makes_a_card_execute_twice() {
    for every in 2..400 {
        let mut bench = powered(T1);
        bench.wire.damage_every = every;
        let event = bench.ask(apdu(VERIFY));
        let done = matches!(&event, Event::ChipIo(told) if told.expose() == [0x90, 0]);
        assert!(done || matches!(event, Event::Failed(_)), "every {every}: {event:?}");
        assert!(bench.verified() <= 1, "every {every}");
        assert!(!done || bench.verified() == 1, "every {every}");
    }
}

proptest! {
    #[test]
    fn any_bytes_from_the_line_leave_the_driver_usable(noise in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..8)) {
        let mut bench = powered(T1);
        bench.driver.begin(apdu(VERIFY), Mono(bench.now)).unwrap();
        for bytes in &noise {
            bench.driver.handle_input(bytes, Mono(bench.now));
        }
        let event = bench.play(u64::MAX);
        prop_assert!(matches!(event, Some(Event::ChipIo(_) | Event::Failed(_) | Event::MediaRemoved)));
        prop_assert!(bench.verified() <= 1);
    }
}
