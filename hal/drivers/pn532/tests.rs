//! The driver against the emulated chip, in virtual time and one thread.

use senim_domain::SecretBytes;
use senim_emulators::card::Card;
use senim_emulators::control::Controlled as _;
use senim_emulators::faults::FaultSpec;
use senim_emulators::machine::Machine as _;
use senim_emulators::pn532::{self as device, Fault};
use senim_hal::LineDriver as _;
use senim_hal::card_reader::{ChipPower, Media};

use super::*;

mod chance;
mod faults;

const EXCHANGE: u8 = 0x40;
const LIST: u8 = 0x4A;
const FIRMWARE: u8 = 0x02;

/// What the wire does to bytes on their way to the host.
#[derive(Clone, Debug, Default)]
struct Wire {
    /// Bytes per piece; 0 leaves them whole.
    cut: usize,
    /// Thrown in before each message of the chip.
    noise: Vec<u8>,
    /// Every n-th byte from the chip is inverted, one in a message at most: more may leave the sum right. 0 none.
    damage_every: usize,
    /// Each reply is damaged, ACKs are not.
    damage_replies: bool,
}

struct Bench {
    driver: Pn532,
    chip: device::Pn532,
    now: u64,
    wire: Wire,
    written: Vec<Vec<u8>>,
    bytes_seen: usize,
}

fn bench_with(config: Config) -> Bench {
    let mut driver = Pn532::new(config).unwrap();
    driver.handle_line(true, Mono(1_000));
    assert_eq!(driver.poll_event(), Some(Event::Line { open: true }));
    let chip = device::Pn532::new(device::Options::default(), device::cards);
    Bench { driver, chip, now: 1_000, wire: Wire::default(), written: Vec::new(), bytes_seen: 0 }
}

/// A reader that was asked for its status, over an empty surface.
fn bench() -> Bench {
    let mut bench = bench_with(Config::default());
    assert_eq!(bench.ask(Command::Status), [status(Media::NotPresent)]);
    bench
}

/// A reader with a powered card on it.
fn powered() -> Bench {
    let mut bench = bench();
    bench.lay();
    assert_eq!(bench.pass(1_000), [Event::MediaInserted]);
    assert_eq!(bench.ask(Command::ChipPower(ChipPower::Cold)), [chip_powered()]);
    bench
}

/// As [`powered`], and the card takes commands.
fn selected() -> Bench {
    let mut bench = powered();
    assert_eq!(bench.ask(select()), [response(&[0x90, 0x00])]);
    bench
}

fn status(media: Media) -> Event {
    Event::Status { identity: "NXP PN532 firmware 1.6".to_owned(), media, error: None }
}

fn chip_powered() -> Event {
    Event::ChipPowered { answer_to_reset: b"SENIM".to_vec() }
}

fn io(apdu: &[u8]) -> Command {
    Command::ChipIo(SecretBytes::new(apdu.to_vec()))
}

fn select() -> Command {
    io(&[0x00, 0xA4, 0x04, 0x00])
}

fn verify() -> Command {
    io(&[0x00, 0x20, 0x00, 0x01])
}

fn response(bytes: &[u8]) -> Event {
    Event::ChipIo(SecretBytes::new(bytes.to_vec()))
}

fn echoed(apdu: &[u8]) -> Event {
    response(&[apdu, &[0x90, 0x00]].concat())
}

fn once_on(command: u8) -> FaultSpec {
    FaultSpec { command: Some(command), ..FaultSpec::times(1) }
}

fn for_ever() -> FaultSpec {
    FaultSpec::default()
}

impl Bench {
    fn lay(&mut self) {
        self.chip.insert(device::cards("echo").unwrap(), self.now);
    }

    /// Begins a command and plays until it has ended; everything told meanwhile.
    fn ask(&mut self, command: Command) -> Vec<Event> {
        self.driver.begin(command, Mono(self.now)).unwrap();
        self.play(u64::MAX, true)
    }

    fn failed(&mut self, command: Command) -> ErrorKind {
        match &self.ask(command)[..] {
            [Event::Failed(error)] => error.kind,
            other => panic!("not failed: {other:?}"),
        }
    }

    /// Lets time pass; everything told meanwhile.
    fn pass(&mut self, ms: u64) -> Vec<Event> {
        self.play(self.now + ms, false)
    }

    fn play(&mut self, until: u64, to_end: bool) -> Vec<Event> {
        let mut told = Vec::new();
        for _ in 0..300_000 {
            while let Some(bytes) = self.driver.poll_transmit() {
                self.written.push(bytes.clone());
                self.chip.handle_input(&bytes, self.now);
            }
            if let Some(event) = self.driver.poll_event() {
                told.push(event);
                continue;
            }
            if to_end && !self.driver.machine.is_busy() {
                return told;
            }
            if let Some(bytes) = self.chip.poll_transmit(self.now) {
                self.deliver(bytes);
                continue;
            }
            let next = [self.driver.poll_timeout().map(|at| at.0), self.chip.poll_timeout()];
            match next.into_iter().flatten().min() {
                Some(at) if at <= until => self.now = self.now.max(at),
                _ => {
                    self.now = until;
                    return told;
                }
            }
            self.chip.handle_timeout(self.now);
            if self.driver.poll_timeout().is_some_and(|at| at.0 <= self.now) {
                self.driver.handle_timeout(Mono(self.now));
            }
        }
        panic!("the exchange never ends: {told:?}");
    }

    fn deliver(&mut self, mut bytes: Vec<u8>) {
        let seen = self.bytes_seen;
        self.bytes_seen += bytes.len();
        let every = self.wire.damage_every;
        if let Some(byte) = (every > 0).then(|| bytes.get_mut(every - seen % every - 1)).flatten() {
            *byte ^= 0xFF;
        }
        if self.wire.damage_replies && bytes.len() > codec::ACK.len() {
            bytes[6] ^= 0xFF;
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

    fn commands_written(&self, code: u8) -> usize {
        self.written.iter().filter(|frame| frame.windows(2).any(|two| two == [0xD4, code])).count()
    }
}

#[test]
fn nothing_goes_out_before_the_first_command_and_then_the_wake_up_with_sam_configuration() {
    let mut bench = bench_with(Config::default());
    assert!(bench.pass(60_000).is_empty() && bench.written.is_empty());
    assert_eq!(bench.ask(Command::Status), [status(Media::NotPresent)]);
    let mut first = codec::WAKE_UP.to_vec();
    first.extend([0x00, 0x00, 0xFF, 0x03, 0xFD, 0xD4, 0x14, 0x01, 0x17, 0x00]);
    assert_eq!(bench.written[0], first);
    assert_eq!(bench.written[1], [0x00, 0x00, 0xFF, 0x02, 0xFE, 0xD4, 0x02, 0x2A, 0x00]);
    let state = bench.chip.state();
    assert_eq!((&state["parameters"], &state["activation_retries"]), (&0x14.into(), &1.into()));
}

#[test]
fn the_status_comes_before_the_change_that_it_found() {
    let mut bench = bench_with(Config::default());
    bench.lay();
    assert_eq!(bench.ask(Command::Status), [status(Media::Present), Event::MediaInserted]);
    bench.chip.remove(bench.now);
    assert_eq!(bench.ask(Command::Status), [status(Media::NotPresent), Event::MediaRemoved]);
}

#[test]
fn cards_come_and_go_by_themselves_and_are_told_in_turn() {
    let mut bench = bench();
    for _ in 0..3 {
        bench.lay();
        assert_eq!(bench.pass(1_000), [Event::MediaInserted]);
        assert!(bench.pass(5_000).is_empty());
        bench.chip.remove(bench.now);
        assert_eq!(bench.pass(1_000), [Event::MediaRemoved]);
        assert!(bench.pass(5_000).is_empty());
    }
}

#[test]
fn apdus_run_and_a_card_keeps_its_state_between_them() {
    let mut bench = selected();
    let apdu = [0x00, 0xB0, 0x00, 0x00, 0x10];
    assert_eq!(bench.ask(io(&apdu)), [echoed(&apdu)]);
    assert!(bench.pass(30_000).is_empty(), "watched all the time");
    assert_eq!(bench.ask(io(&apdu)), [echoed(&apdu)], "still selected");
    assert_eq!(bench.ask(Command::Status), [status(Media::Present)]);
    assert_eq!(bench.ask(io(&apdu)), [echoed(&apdu)], "a status costs nothing");
    assert_eq!(bench.chip.apdus(), 4);
}

#[test]
fn each_length_of_command_and_response_goes_through_whole() {
    let mut bench = selected();
    for length in [4, 252, 253, 259, 260, 261, 262, 263, 522, 524, 525, 60_000] {
        let apdu: Vec<u8> = (0..length).map(|n: usize| n.to_le_bytes()[0]).collect();
        assert_eq!(bench.ask(io(&apdu)), [echoed(&apdu)], "{length} bytes");
    }
}

#[test]
fn cold_warm_and_off_reset_the_card_each_in_its_way() {
    for power in [ChipPower::Cold, ChipPower::Warm] {
        let mut bench = selected();
        let listed = bench.commands_written(LIST);
        assert_eq!(bench.ask(Command::ChipPower(power)), [chip_powered()], "{power:?}");
        let lists = bench.commands_written(LIST) - listed;
        assert_eq!(lists, usize::from(power == ChipPower::Cold), "{power:?}");
        assert_eq!(bench.ask(verify()), [response(&[0x69, 0x85])], "what was selected is forgotten");
    }
    let mut bench = selected();
    assert_eq!(bench.ask(Command::ChipPower(ChipPower::Off)), [Event::ChipReleased]);
    assert_eq!(bench.driver.begin(verify(), Mono(bench.now)).unwrap_err().kind, ErrorKind::UserError);
    assert!(bench.pass(5_000).is_empty(), "the card still lies there");
    assert_eq!(bench.ask(Command::ChipPower(ChipPower::Warm)), [chip_powered()]);
}

#[test]
fn power_without_a_card_or_for_one_that_is_no_chip_card_is_a_user_error() {
    let mut bench = bench();
    assert_eq!(bench.failed(Command::ChipPower(ChipPower::Cold)), ErrorKind::UserError);
    bench.chip.set_fault(Fault::NoRats, for_ever());
    bench.lay();
    assert_eq!(bench.pass(1_000), [Event::MediaInserted]);
    assert_eq!(bench.failed(Command::ChipPower(ChipPower::Cold)), ErrorKind::UserError);
    bench.chip.remove(bench.now);
    assert_eq!(bench.ask(Command::ChipPower(ChipPower::Cold)), [Event::MediaRemoved]);
}

#[test]
fn a_powered_card_that_leaves_is_missed_between_apdus_even_when_it_comes_back_at_once() {
    let mut bench = selected();
    bench.chip.remove(bench.now);
    assert_eq!(bench.pass(1_000), [Event::MediaRemoved]);
    let mut bench = selected();
    bench.chip.remove(bench.now);
    bench.lay();
    assert_eq!(bench.pass(1_000), [Event::MediaRemoved, Event::MediaInserted]);
    assert!(bench.driver.begin(verify(), Mono(bench.now)).is_err());
}

#[test]
fn on_exchange_leaves_a_powered_card_alone_and_finds_out_with_the_next_apdu() {
    let mut bench = bench_with(Config { idle_check: IdleCheck::OnExchange, ..Config::default() });
    bench.lay();
    bench.ask(Command::Status);
    bench.ask(Command::ChipPower(ChipPower::Cold));
    let written = bench.written.len();
    bench.chip.remove(bench.now);
    assert!(bench.pass(60_000).is_empty());
    assert_eq!(bench.written.len(), written);
    assert_eq!(bench.ask(verify()), [Event::MediaRemoved]);
    bench.lay();
    assert_eq!(bench.pass(1_000), [Event::MediaInserted], "the watch is back");
}

#[test]
fn a_command_given_during_the_watch_waits_for_it_and_ends_once() {
    for leaves in [false, true] {
        let mut bench = powered();
        while !bench.written.last().unwrap().windows(3).any(|three| three == [0xD4, 0x00, 0x06]) {
            assert!(bench.pass(1).is_empty());
        }
        if leaves {
            bench.chip.remove(bench.now);
        }
        let expected = if leaves { Event::MediaRemoved } else { response(&[0x90, 0x00]) };
        assert_eq!(bench.ask(select()), [expected]);
        assert!(bench.pass(5_000).is_empty());
    }
}

#[test]
fn a_card_laid_down_while_the_watch_looks_or_an_apdu_that_gets_no_answer_are_no_trouble() {
    let mut bench = bench();
    while bench.commands_written(LIST) < 2 {
        assert!(bench.pass(1).is_empty());
    }
    bench.lay();
    assert_eq!(bench.pass(1_000), [Event::MediaInserted]);
    bench.chip = device::Pn532::new(device::Options::default(), |_| None);
    bench.chip.insert(Box::new(Mute), bench.now);
    assert_eq!(
        bench.ask(Command::ChipPower(ChipPower::Cold)),
        [Event::ChipPowered { answer_to_reset: vec![] }]
    );
    assert_eq!(bench.failed(verify()), ErrorKind::HardwareError);
}

#[test]
fn a_second_command_too_long_a_one_and_one_without_power_are_refused_unwritten() {
    let mut bench = bench();
    let kind = |refused: Result<(), Error>| refused.unwrap_err().kind;
    assert_eq!(kind(bench.driver.begin(select(), Mono(bench.now))), ErrorKind::UserError);
    bench.driver.begin(Command::Status, Mono(bench.now)).unwrap();
    assert_eq!(kind(bench.driver.begin(Command::Status, Mono(bench.now))), ErrorKind::DeviceBusy);
    let mut bench = powered();
    let written = bench.written.len();
    assert_eq!(kind(bench.driver.begin(io(&[0; 65_545]), Mono(bench.now))), ErrorKind::UserError);
    assert_eq!(kind(bench.driver.begin(io(&[]), Mono(bench.now))), ErrorKind::UserError);
    assert_eq!((bench.written.len(), bench.driver.poll_event()), (written, None));
}

#[test]
fn a_response_longer_than_allowed_fails_the_command() {
    let mut bench = bench_with(Config { max_response: 256, ..Config::default() });
    bench.lay();
    bench.ask(Command::Status);
    bench.ask(Command::ChipPower(ChipPower::Cold));
    bench.ask(select());
    assert_eq!(bench.ask(io(&[1; 254])), [echoed(&[1; 254])]);
    assert_eq!(bench.failed(io(&[1; 255])), ErrorKind::HardwareError);
}

#[test]
fn neither_identifier_nor_apdu_shows_in_what_is_told_or_printed() {
    let mut bench = selected();
    bench.driver.begin(io(b"\x00\x20secret pin"), Mono(bench.now)).unwrap();
    let mut shown = format!("{:?}", bench.driver);
    shown.push_str(&format!("{:?}", bench.play(u64::MAX, true)));
    shown.push_str(&format!("{:?}", bench.driver));
    for planted in ["115, 101, 99, 114", "secret", "8, 94, 113, 58", "94, 113, 58"] {
        assert!(!shown.contains(planted), "{planted} in {shown}");
    }
}

#[test]
fn settings_out_of_range_are_named() {
    type Change = fn(&mut Config);
    let rows: [(&str, Change); 9] = [
        ("poll_interval_ms", |c| c.poll_interval_ms = 49),
        ("ack_wait_ms", |c| c.ack_wait_ms = 14),
        ("reply_wait_ms", |c| c.reply_wait_ms = 99),
        ("exchange_wait_ms", |c| c.exchange_wait_ms = 120_001),
        ("field_off_ms", |c| c.field_off_ms = 5),
        ("activation_retries", |c| c.activation_retries = 21),
        ("max_command", |c| c.max_command = 4),
        ("max_command", |c| c.max_command = 65_545),
        ("max_response", |c| c.max_response = 1),
    ];
    for (key, change) in rows {
        let mut config = Config::default();
        change(&mut config);
        let error = Pn532::new(config).unwrap_err();
        assert_eq!(error.key, key);
        assert!(error.to_string().contains("set it from"));
    }
}

#[derive(Debug)]
struct Mute;

impl Card for Mute {
    fn name(&self) -> &'static str {
        "mute"
    }

    fn answer_to_reset(&mut self) -> Vec<u8> {
        vec![0x3B, 0x00]
    }

    fn power(&mut self, _on: bool) {}

    fn reset(&mut self) {}

    fn transmit(&mut self, _command: &[u8]) -> Option<Vec<u8>> {
        None
    }
}
