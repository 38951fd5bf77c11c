//! The machine against the emulated card, in memory.

mod faults;
mod stock_tools;

use senim_emulators::card::Card;
use senim_emulators::cards::piv::{self as emulated, Fault, Options, PIN, PivCard, Slot};
use senim_emulators::faults::FaultSpec;

use super::*;
use crate::exchange::Limits;

const WRONG: &str = "000000";
const KEYS: [Key; 2] = [Key::Authentication, Key::Signature];
const ALGORITHMS: [emulated::Algorithm; 2] = [emulated::Algorithm::P256, emulated::Algorithm::Rsa2048];

#[test]
fn each_key_of_each_kind_signs_after_its_pin() {
    for algorithm in ALGORITHMS {
        for key in KEYS {
            let mut desk = desk(Options { algorithm, ..Options::default() });
            let certificate = desk.log_in(key);
            let signature = desk.sign(key);
            match (algorithm, &signature, certificate.algorithm()) {
                (emulated::Algorithm::P256, Signature::EcdsaP256 { der, raw }, Algorithm::EcdsaP256) => {
                    assert_eq!((raw.len(), der[0]), (64, 0x30));
                }
                (emulated::Algorithm::Rsa2048, Signature::Rsa2048(bytes), Algorithm::Rsa2048) => {
                    assert_eq!(bytes.len(), 256);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_certificate_says_whose_it_is_and_until_when() {
    for compressed in [false, true] {
        let mut desk = desk(Options { compressed, ..Options::default() });
        let certificate = desk.certificate(Key::Signature);
        assert_eq!(certificate.der().expose(), desk.card.certificate(Slot::Signature));
        assert_eq!(certificate.iin().unwrap().expose(), "900514300002");
        let (from, until) = certificate.validity();
        assert_eq!(from.to_string(), "2025-01-01T00:00:00.000Z");
        assert_eq!(until.to_string(), "2049-01-01T00:00:00.000Z");
    }
}

#[test]
fn small_and_large_readers_carry_the_same_login() {
    for (max_command, max_response, extended) in [(60, 20, false), (261, 258, true), (2_000, 2_000, true)] {
        for algorithm in ALGORITHMS {
            let mut desk = desk(Options { algorithm, ..Options::default() });
            desk.piv = Piv::new(Config::default(), Limits { max_command, max_response, extended });
            desk.longest = (0, 0);
            desk.select();
            desk.log_in(Key::Signature);
            desk.sign(Key::Signature);
            let (longest, answer) = desk.longest;
            assert!(longest <= max_command && answer <= max_response, "{longest} {answer}");
        }
    }
}

#[test]
fn a_pin_goes_nowhere_before_the_tries_were_told() {
    let mut desk = desk(Options::default());
    assert_eq!(desk.piv.begin(verify(PIN, Reserve::Use)), Err(Refusal::TriesFirst));
    assert_eq!(desk.piv.poll_command(), None);
    assert_eq!(desk.run(Operation::AskTries), Event::Tries(Tries::Left(3)));
    assert_eq!(desk.card.pins_judged(), 0);
    assert_eq!(desk.run(verify(PIN, Reserve::Keep)), Event::PinVerified);
    assert_eq!(desk.run(Operation::AskTries), Event::Tries(Tries::Verified));
}

#[test]
fn wrong_pins_stop_before_the_last_try_unless_it_is_asked_for() {
    let mut desk = desk(Options::default());
    desk.run(Operation::AskTries);
    assert_eq!(desk.run(verify(WRONG, Reserve::Keep)), Event::PinWrong { left: 2 });
    assert_eq!(desk.run(verify(WRONG, Reserve::Keep)), Event::PinWrong { left: 1 });
    assert_eq!(desk.piv.begin(verify(PIN, Reserve::Keep)), Err(Refusal::TriesKept { left: 1 }));
    assert_eq!(desk.card.tries(), 1);
    assert_eq!(desk.run(verify(PIN, Reserve::Use)), Event::PinVerified);
    assert_eq!(desk.card.tries(), 3);
}

#[test]
fn a_last_try_that_is_wrong_blocks_and_the_machine_knows() {
    let mut desk = desk(Options { tries_max: 1, ..Options::default() });
    assert_eq!(desk.run(Operation::AskTries), Event::Tries(Tries::Left(1)));
    assert_eq!(desk.run(verify(WRONG, Reserve::Use)), Event::Failed(Error::PinBlocked));
    assert_eq!(desk.piv.begin(verify(PIN, Reserve::Use)), Err(Refusal::PinBlocked));
    assert_eq!(desk.run(Operation::AskTries), Event::Tries(Tries::Blocked));
    assert!(Error::PinBlocked.action().contains("unblock"));
}

#[test]
fn tries_kept_is_the_lenders_choice() {
    for (tries_kept, goes) in [(0, true), (1, true), (3, false)] {
        let mut desk = desk(Options::default());
        desk.piv = Piv::new(Config { tries_kept, ..Config::default() }, Limits::SHORT);
        desk.select();
        desk.run(Operation::AskTries);
        assert_eq!(desk.piv.begin(verify(PIN, Reserve::Keep)).is_ok(), goes, "{tries_kept}");
    }
}

#[test]
fn what_is_no_pin_is_refused_before_any_byte() {
    let mut desk = desk(Options::default());
    desk.run(Operation::AskTries);
    for text in ["", "12345", "123456789", "12345a", "١٢٣٤٥٦"] {
        let refused = desk.piv.begin(verify(text, Reserve::Use));
        assert_eq!(refused, Err(Refusal::PinForm { min: 6 }), "{text}");
    }
    assert_eq!(desk.piv.poll_command(), None);
}

#[test]
fn the_signature_key_wants_its_pin_directly_before_and_the_other_once() {
    let mut desk = desk(Options::default());
    desk.log_in(Key::Authentication);
    desk.certificate(Key::Signature);
    assert_eq!(desk.piv.begin(sign(Key::Signature)), Err(Refusal::PinFirst(Key::Signature)));
    desk.sign(Key::Authentication);
    desk.sign(Key::Authentication);
    assert_eq!(desk.run(Operation::AskTries), Event::Tries(Tries::Verified));
    assert_eq!(desk.run(verify(PIN, Reserve::Keep)), Event::PinVerified);
    desk.sign(Key::Signature);
    assert_eq!(desk.piv.begin(sign(Key::Signature)), Err(Refusal::PinFirst(Key::Signature)));
}

#[test]
fn what_is_out_of_order_is_refused() {
    let mut desk = desk(Options::default());
    let key = Key::Authentication;
    assert_eq!(desk.piv.begin(sign(key)), Err(Refusal::CertificateFirst(key)));
    desk.certificate(key);
    assert_eq!(desk.piv.begin(sign(key)), Err(Refusal::PinFirst(key)));
    assert_eq!(desk.piv.begin(Operation::AskTries), Ok(()));
    assert_eq!(desk.piv.begin(Operation::AskTries), Err(Refusal::Busy));
    desk.piv.handle_removed();
    assert_eq!(desk.piv.begin(Operation::AskTries), Err(Refusal::NotSelected));
}

#[test]
fn a_card_that_comes_back_starts_from_nothing() {
    let mut desk = desk(Options::default());
    desk.log_in(Key::Authentication);
    desk.piv.handle_removed();
    assert_eq!(desk.piv.poll_event(), None, "nothing was under way");
    desk.card.power(false);
    desk.card.power(true);
    desk.select();
    let key = Key::Authentication;
    assert_eq!(desk.piv.begin(sign(key)), Err(Refusal::CertificateFirst(key)));
    assert_eq!(desk.piv.begin(verify(PIN, Reserve::Use)), Err(Refusal::TriesFirst));
}

#[test]
fn neither_pin_nor_number_nor_message_is_in_any_debug_output() {
    let mut desk = desk(Options::default());
    let certificate = desk.certificate(Key::Signature);
    desk.run(Operation::AskTries);
    let operation = verify(PIN, Reserve::Keep);
    let told = format!("{operation:?} {certificate:?}");
    desk.piv.begin(operation).unwrap();
    let told = format!("{told} {:?}", desk.piv);
    desk.piv.handle_removed();
    for secret in [PIN, "900514300002", "49, 50, 51", "31, 32, 33"] {
        assert!(!told.contains(secret), "{told}");
    }
}

#[test]
fn a_setting_out_of_range_is_named() {
    assert_eq!(Config::default().check(), Ok(()));
    let error = Config { tries_kept: 15, ..Config::default() }.check().unwrap_err();
    assert_eq!(error.to_string(), "piv: tries_kept is 15; set it from 0 to 14");
    assert!(Config { pin_digits_min: 3, ..Config::default() }.check().is_err());
}

/// A machine, a card and the reader between them.
struct Desk {
    piv: Piv,
    card: PivCard,
    /// Longest command and response APDU so far.
    longest: (usize, usize),
}

/// With the application selected.
fn desk(options: Options) -> Desk {
    let mut card = PivCard::new(options).unwrap();
    card.power(true);
    let mut desk = Desk { piv: Piv::new(Config::default(), Limits::SHORT), card, longest: (0, 0) };
    desk.select();
    desk
}

impl Desk {
    fn run(&mut self, operation: Operation) -> Event {
        self.try_run(operation).unwrap()
    }

    /// Brings an operation to its one event.
    fn try_run(&mut self, operation: Operation) -> Result<Event, Refusal> {
        self.piv.begin(operation)?;
        while let Some(command) = self.piv.poll_command() {
            let command = command.expose();
            match self.card.transmit(command) {
                Some(answer) => {
                    self.longest = (self.longest.0.max(command.len()), self.longest.1.max(answer.len()));
                    self.piv.handle_response(&answer);
                }
                None => self.piv.handle_removed(),
            }
        }
        let event = self.piv.poll_event().unwrap();
        assert_eq!(self.piv.poll_event(), None, "an operation ends once");
        assert!(!self.piv.is_busy());
        Ok(event)
    }

    fn select(&mut self) {
        assert_eq!(self.run(Operation::Select), Event::Selected);
    }

    fn certificate(&mut self, key: Key) -> Certificate {
        match self.run(Operation::ReadCertificate(key)) {
            Event::Certificate(of, certificate) if of == key => *certificate,
            other => panic!("{other:?}"),
        }
    }

    fn log_in(&mut self, key: Key) -> Certificate {
        let certificate = self.certificate(key);
        self.run(Operation::AskTries);
        assert_eq!(self.run(verify(PIN, Reserve::Keep)), Event::PinVerified);
        certificate
    }

    fn sign(&mut self, key: Key) -> Signature {
        match self.run(sign(key)) {
            Event::Signed(by, signature) if by == key => signature,
            other => panic!("{other:?}"),
        }
    }
}

const MESSAGE: &[u8] = "Келісемін".as_bytes();

fn sign(key: Key) -> Operation {
    Operation::Sign { key, message: SecretBytes::new(MESSAGE.to_vec()) }
}

fn verify(pin: &str, reserve: Reserve) -> Operation {
    Operation::VerifyPin { pin: Secret::new(pin.into()), reserve }
}
