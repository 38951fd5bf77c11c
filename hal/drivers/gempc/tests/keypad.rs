//! A PIN on the keys of the reader: asked for once, seen by the card at most once, and in no byte of the line.

use senim_emulators::cards::piv::{Options, PIN, PivCard};
use senim_emulators::gempc::Press;
use senim_hal::card_reader::{NotTyped, PinEntry};

use super::*;

/// SELECT of the card's application.
const SELECT: &[u8] = &[0, 0xA4, 4, 0, 9, 0xA0, 0, 0, 3, 8, 0, 0, 0x10, 0, 0];
/// How long the reader waits, seconds.
const SECONDS: u8 = 30;
/// More than an answer takes and less than anybody waits, ms.
const SOON_MS: u64 = 1_000;

fn entry() -> PinEntry {
    let command = [&[0, 0x20, 0, 0x80, 8][..], &[0xFF; 8]].concat();
    PinEntry { command: SecretBytes::new(command), digits: (6, 8), seconds: SECONDS }
}

/// A PinPad with a card that has power and counts PINs.
fn pad(atr: &[u8]) -> Bench {
    let config = Config { keypad: true, ..Config::default() };
    let mut bench = bench_with(config, device::Options { keypad: true, ..device::Options::default() });
    bench.insert(atr);
    bench.power_up();
    bench
}

/// The same with the emulated token in it, its application selected.
fn with_token() -> Bench {
    let config = Config { keypad: true, ..Config::default() };
    let mut bench = bench_with(config, device::Options { keypad: true, ..device::Options::default() });
    bench.device.insert(Box::new(PivCard::new(Options::default()).unwrap()), bench.now);
    bench.power_up();
    assert!(matches!(bench.ask(apdu(SELECT)), Event::ChipIo(_)));
    bench
}

impl Bench {
    /// Begins the entry and plays until the reader asks.
    fn asks(&mut self) {
        self.driver.begin(Command::EnterPin(entry()), Mono(self.now)).unwrap();
        assert_eq!(self.play(self.now + SOON_MS), None);
    }

    /// Somebody types, and what is told then.
    fn types(&mut self, digits: &str, key: Press) -> Event {
        self.device.press(digits, Some(key), self.now).unwrap();
        self.play(u64::MAX).expect("an end")
    }
}

#[test]
fn a_pin_on_the_keys_reaches_the_card_and_no_byte_of_the_line() {
    let mut bench = with_token();
    bench.asks();
    assert_eq!(bench.types(PIN, Press::Ok), response(&[0x90, 0]));
    let said = |bytes: &[u8]| bytes.windows(3).any(|three| three == &PIN.as_bytes()[..3]);
    assert!(!bench.written.iter().any(|bytes| said(bytes)), "{:02x?}", bench.written);
    assert_eq!(bench.written_of(0x69), 1);
    // The next block has the number that is due, so the card goes on as with any other reader.
    assert!(matches!(bench.ask(apdu(SELECT)), Event::ChipIo(_)));
}

#[test]
fn a_wrong_pin_is_told_by_the_cards_own_words_and_asked_again_only_when_wanted() {
    let mut bench = with_token();
    for left in [2, 1] {
        bench.asks();
        assert_eq!(bench.types("000000", Press::Ok), response(&[0x63, 0xC0 | left]));
    }
    bench.asks();
    assert_eq!(bench.types(PIN, Press::Ok), response(&[0x90, 0]));
}

#[test]
fn nobody_at_the_keys_and_the_key_that_gives_up_leave_the_card_as_it_was() {
    for atr in [T1, T0] {
        let mut bench = pad(atr);
        bench.driver.begin(Command::EnterPin(entry()), Mono(bench.now)).unwrap();
        let begun = bench.now;
        assert_eq!(bench.play(u64::MAX), Some(Event::PinNotTyped(NotTyped::TimedOut)));
        assert!((30_000..31_000).contains(&(bench.now - begun)), "{}", bench.now - begun);
        bench.asks();
        assert_eq!(bench.types("12", Press::Cancel), Event::PinNotTyped(NotTyped::Cancelled));
        assert_eq!(bench.verified(), 0);
        // It keeps its power, and the next command is the next block.
        bench.asks();
        assert_eq!(bench.types(PIN, Press::Ok), response(&[0x90, 0]));
        assert_eq!(bench.verified(), 1);
    }
}

#[test]
fn too_few_digits_are_not_taken_and_the_reader_goes_on_asking() {
    let mut bench = pad(T1);
    bench.asks();
    bench.device.press("12345", Some(Press::Ok), bench.now).unwrap();
    assert_eq!(bench.play(bench.now + SOON_MS), None);
    bench.device.press("99", Some(Press::Clear), bench.now).unwrap();
    assert_eq!(bench.types("1234567890", Press::Ok), response(&[0x90, 0]));
    assert_eq!(bench.verified(), 1);
}

#[test]
fn a_card_that_leaves_while_the_reader_asks_ends_it_as_removed() {
    for atr in [T1, T0] {
        let mut bench = pad(atr);
        bench.asks();
        bench.device.remove(bench.now);
        assert_eq!(bench.play(u64::MAX), Some(Event::MediaRemoved));
        assert_eq!(bench.verified(), 0);
    }
}

#[test]
fn a_reader_that_is_unplugged_while_it_asks_ends_it_and_is_found_again() {
    let mut bench = pad(T1);
    bench.asks();
    bench.driver.handle_line(false, Mono(bench.now));
    assert_eq!(bench.driver.poll_event(), Some(Event::Line { open: false }));
    assert!(
        matches!(bench.driver.poll_event(), Some(Event::Failed(error)) if error.kind == ErrorKind::Offline)
    );
    bench.device.set_power(false);
    bench.device.set_power(true);
    bench.driver.handle_line(true, Mono(bench.now));
    bench.power_up();
    bench.asks();
    assert_eq!(bench.types(PIN, Press::Ok), response(&[0x90, 0]));
}

#[test]
fn whatever_happens_to_a_pin_on_the_keys_the_card_sees_it_at_most_once() {
    use ErrorKind::HardwareError;
    // Fault, what is told (none: the card's response), and how often the card executed the command.
    let rows: Vec<(Fault, FaultSpec, Option<ErrorKind>, u32)> = vec![
        (Fault::NoAnswer, on(0x69, 1), Some(HardwareError), 1),
        (Fault::BadLrc, on(0x69, 1), Some(HardwareError), 1),
        (Fault::ShortFrame, on(0x69, 1), Some(HardwareError), 1),
        (Fault::Noise, on(0x69, 1), Some(HardwareError), 1),
        (Fault::LateAnswer, on(0x69, 1), None, 1),
        (Fault::DoubleAnswer, on(0x69, 1), None, 1),
        (Fault::Nak, on(0x69, 1), None, 1),
        (Fault::BadEcho, on(0x69, 1), None, 1),
        (Fault::NoEcho, on(0x69, 1), None, 1),
        (Fault::LostBlock, times(1), Some(HardwareError), 0),
        (Fault::LostReply, times(1), Some(HardwareError), 1),
        (Fault::BadBlock, times(1), None, 1),
        (Fault::CardHearsBadly, times(1), Some(HardwareError), 0),
        (Fault::Wtx, times(3), None, 1),
        (Fault::CardAborts, times(1), Some(HardwareError), 1),
    ];
    for (fault, spec, told, executed) in rows {
        let mut bench = pad(T1);
        bench.device.set_fault(fault, spec);
        bench.asks();
        let event = bench.types(PIN, Press::Ok);
        match told {
            None => assert_eq!(event, response(&[0x90, 0]), "{fault:?}"),
            Some(kind) => assert_eq!(failed(&event), kind, "{fault:?} {event:?}"),
        }
        assert_eq!(bench.verified(), executed, "{fault:?}");
        bench.device.clear_fault(fault);
        // What was lost may have been carried out: the chip is powered anew, and nobody is asked behind one's back.
        let needs_power = bench.driver.begin(apdu(RANDOM), Mono(bench.now)).is_err();
        assert_eq!(needs_power, told.is_some(), "{fault:?}");
    }
}

#[test]
fn a_reader_that_hears_nothing_of_it_ends_by_itself() {
    let mut bench = pad(T1);
    bench.device.set_fault(Fault::Silence, on(0x69, 9));
    bench.driver.begin(Command::EnterPin(entry()), Mono(bench.now)).unwrap();
    let event = bench.play(u64::MAX).unwrap();
    assert_eq!(failed(&event), ErrorKind::HardwareError);
    assert!(bench.now < 120_000, "{}", bench.now);
}

#[test]
fn what_cannot_be_asked_is_refused_and_nothing_is_written() {
    let mut without = powered(T1);
    let refused = without.driver.begin(Command::EnterPin(entry()), Mono(without.now)).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::UserError);
    assert!(!without.driver.capabilities().keypad && without.driver.poll_transmit().is_none());
    let mut bench = pad(T1);
    assert!(bench.driver.capabilities().keypad);
    for wrong in [PinEntry { digits: (6, 9), ..entry() }, PinEntry { seconds: 0, ..entry() }] {
        let refused = bench.driver.begin(Command::EnterPin(wrong), Mono(bench.now)).unwrap_err();
        assert_eq!(refused.kind, ErrorKind::UserError);
    }
    bench.ask(Command::ChipPower(ChipPower::Off));
    assert!(bench.driver.begin(Command::EnterPin(entry()), Mono(bench.now)).is_err());
}

#[test]
fn a_reader_without_keys_that_was_configured_as_one_with_keys_is_told() {
    let config = Config { keypad: true, ..Config::default() };
    let mut bench = bench_with(config, device::Options::default());
    bench.insert(T1);
    bench.power_up();
    let event = bench.ask(Command::EnterPin(entry()));
    assert_eq!(failed(&event), ErrorKind::HardwareError);
    assert_eq!(bench.verified(), 0);
}
