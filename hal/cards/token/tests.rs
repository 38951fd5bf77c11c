//! The port against the emulated card, with a reader that carries whole APDUs.

use senim_domain::Secret;
use senim_emulators::card::Card as _;
use senim_emulators::cards::piv::{Fault as CardFault, Options, PIN, PivCard, Slot};
use senim_emulators::faults::FaultSpec;
use senim_hal::card_reader::ChipPower;
use senim_hal::card_reader::Interface;
use senim_hal::token::NotTyped;

use super::*;

const WRONG: &str = "000000";
const READER: Capabilities =
    Capabilities { interface: Interface::Contact, max_command: 261, max_response: 258, keypad: true };

struct Desk {
    token: Token,
    card: Option<PivCard>,
    /// Commands that reached the reader.
    asked: Vec<Ask>,
    /// What somebody does at the reader's keys.
    keys: std::collections::VecDeque<Keys>,
}

enum Keys {
    Types(&'static str),
    Gives(NotTyped),
}

impl Desk {
    fn new() -> Self {
        Self {
            token: Token::new(piv::Config::default(), &READER),
            card: None,
            asked: Vec::new(),
            keys: Default::default(),
        }
    }

    /// With a card that was opened.
    fn open(options: Options, up_to: Key) -> Self {
        let mut desk = Self::new();
        desk.token.handle_command(Command::Open { up_to });
        assert_eq!(desk.run(), []);
        desk.insert(PivCard::new(options).unwrap());
        let told = desk.run();
        assert!(matches!(told[..], [Event::Reading, Event::Opened { tries_left: 3, .. }]), "{told:?}");
        desk
    }

    fn insert(&mut self, card: PivCard) {
        self.card = Some(card);
        self.token.handle_event(&Heard::MediaInserted, Mono(1));
    }

    fn take_out(&mut self) -> PivCard {
        self.token.handle_event(&Heard::MediaRemoved, Mono(1));
        self.card.take().unwrap()
    }

    fn run(&mut self) -> Vec<Event> {
        while let Some(command) = self.token.poll_command() {
            self.asked.push(command.clone());
            let heard = self.answer(command);
            self.token.handle_event(&heard, Mono(1));
        }
        std::iter::from_fn(|| self.token.poll_event()).collect()
    }

    fn answer(&mut self, command: Ask) -> Heard {
        let Some(card) = &mut self.card else { return Heard::MediaRemoved };
        match command {
            Ask::Status => panic!("the port asks for no status"),
            Ask::ChipPower(ChipPower::Off) => {
                card.power(false);
                Heard::ChipReleased
            }
            Ask::ChipPower(ChipPower::Cold | ChipPower::Warm) => {
                card.power(false);
                card.power(true);
                Heard::ChipPowered { answer_to_reset: card.answer_to_reset() }
            }
            Ask::EnterPin(entry) => match self.keys.pop_front() {
                Some(Keys::Types(pin)) => {
                    let mut apdu = entry.command.expose().to_vec();
                    apdu[5..5 + pin.len()].copy_from_slice(pin.as_bytes());
                    Heard::ChipIo(SecretBytes::new(card.transmit(&apdu).unwrap()))
                }
                Some(Keys::Gives(why)) => Heard::PinNotTyped(why),
                None => panic!("nobody is at the keys"),
            },
            Ask::ChipIo(apdu) => match card.transmit(apdu.expose()) {
                Some(answer) => Heard::ChipIo(SecretBytes::new(answer)),
                None => Heard::Failed(Error::new(ErrorKind::HardwareError, "mute")),
            },
        }
    }

    fn sign(&mut self, key: Key, pin: &str, last_try: LastTry) -> Vec<Event> {
        let message = SecretBytes::new(b"challenge".to_vec());
        self.token.handle_command(Command::Sign {
            key,
            pin: Pin::Typed(Secret::new(pin.into())),
            last_try,
            message,
        });
        self.run()
    }

    fn pins(&self) -> u32 {
        self.card.as_ref().unwrap().pins_judged()
    }
}

fn blocked() -> PivCard {
    let mut card = PivCard::new(Options::default()).unwrap();
    card.set_fault(CardFault::PinBlocked, FaultSpec::default());
    card
}

#[test]
fn a_card_that_comes_is_read_and_signs_after_its_pin() {
    for key in [Key::Authentication, Key::Signature] {
        let mut desk = Desk::open(Options::default(), key);
        let told = desk.sign(key, PIN, LastTry::Keep);
        assert!(matches!(&told[..], [Event::Signed(bytes)] if bytes.expose()[0] == 0x30), "{told:?}");
        // Each signature takes a PIN of its own.
        assert!(matches!(desk.sign(key, PIN, LastTry::Keep)[..], [Event::Signed(_)]));
        assert_eq!(desk.pins(), 2);
    }
}

#[test]
fn the_certificates_that_are_told_are_the_cards() {
    let mut desk = Desk::new();
    desk.token.handle_command(Command::Open { up_to: Key::Signature });
    desk.insert(PivCard::new(Options::default()).unwrap());
    let told = desk.run();
    let [Event::Reading, Event::Opened { authentication, signature: Some(signature), .. }] = &told[..] else {
        panic!("{told:?}")
    };
    let card = desk.card.unwrap();
    assert_eq!(authentication.expose(), card.certificate(Slot::Authentication));
    assert_eq!(signature.expose(), card.certificate(Slot::Signature));
}

#[test]
fn a_wrong_pin_costs_one_try_and_the_last_one_only_where_the_person_was_told() {
    let mut desk = Desk::open(Options::default(), Key::Authentication);
    for tries_left in [2, 1] {
        let told = desk.sign(Key::Authentication, WRONG, LastTry::Keep);
        assert_eq!(told, [Event::PinWrong { tries_left }]);
    }
    assert_eq!(desk.sign(Key::Authentication, PIN, LastTry::Keep), [Event::Failed(Fault::LastTryKept)]);
    assert_eq!(desk.pins(), 2, "nothing was sent");
    let mut desk = Desk::open(Options { tries_max: 3, ..Options::default() }, Key::Authentication);
    desk.sign(Key::Authentication, WRONG, LastTry::Keep);
    desk.sign(Key::Authentication, WRONG, LastTry::Keep);
    let told = desk.sign(Key::Authentication, WRONG, LastTry::Use);
    assert_eq!(told, [Event::Failed(Fault::PinBlocked)]);
    assert_eq!(desk.pins(), 3);
}

#[test]
fn a_card_without_tries_left_is_told_as_blocked_before_any_pin() {
    let mut desk = Desk::new();
    desk.token.handle_command(Command::Open { up_to: Key::Authentication });
    desk.insert(blocked());
    assert_eq!(desk.run(), [Event::Failed(Fault::PinBlocked)]);
    assert_eq!(desk.pins(), 0);
    assert_eq!(desk.asked.last(), Some(&Ask::ChipPower(ChipPower::Off)), "it is let go");
}

#[test]
fn a_card_that_leaves_is_told_at_every_stage_and_its_successor_is_read_anew() {
    let mut desk = Desk::open(Options::default(), Key::Authentication);
    let card = desk.take_out();
    assert_eq!(desk.run(), [Event::Removed]);
    // A PIN that comes too late goes nowhere.
    let message = SecretBytes::new(vec![1]);
    let pin = Pin::Typed(Secret::new(PIN.into()));
    let key = Key::Authentication;
    desk.token.handle_command(Command::Sign { key, pin, last_try: LastTry::Keep, message });
    assert_eq!(desk.run(), [Event::Failed(Fault::Unclear)]);
    desk.token.handle_command(Command::Open { up_to: key });
    desk.insert(card);
    assert!(matches!(desk.run()[..], [Event::Reading, Event::Opened { .. }]));
    // In the middle of a command.
    let pin = Pin::Typed(Secret::new(PIN.into()));
    let message = SecretBytes::new(vec![1]);
    desk.token.handle_command(Command::Sign { key, pin, last_try: LastTry::Keep, message });
    assert!(desk.token.poll_command().is_some());
    desk.take_out();
    assert_eq!(desk.run(), [Event::Removed]);
    assert!(!desk.token.is_engaged());
}

#[test]
fn a_card_that_is_swapped_unseen_is_another_card() {
    let mut desk = Desk::open(Options::default(), Key::Authentication);
    desk.insert(PivCard::new(Options::default()).unwrap());
    let told = desk.run();
    assert!(matches!(told[..], [Event::Removed, Event::Reading, Event::Opened { .. }]), "{told:?}");
}

#[test]
fn a_card_of_another_kind_and_one_that_answers_nonsense_are_told_apart() {
    for (fault, wanted) in [
        (CardFault::CertificateMissing, Fault::NotAToken),
        (CardFault::CertificateMalformed, Fault::Unusable),
        (CardFault::WrongStatus, Fault::Unclear),
        (CardFault::ShortAnswer, Fault::Unclear),
        (CardFault::Mute, Fault::Unclear),
    ] {
        let mut card = PivCard::new(Options::default()).unwrap();
        card.set_fault(fault, FaultSpec::default());
        let mut desk = Desk::new();
        desk.token.handle_command(Command::Open { up_to: Key::Authentication });
        desk.insert(card);
        assert_eq!(desk.run(), [Event::Reading, Event::Failed(wanted)][1..], "{fault:?}");
    }
    let mut desk = Desk::open(Options::default(), Key::Authentication);
    desk.card.as_mut().unwrap().set_fault(CardFault::WrongSignature, FaultSpec::default());
    let told = desk.sign(Key::Authentication, PIN, LastTry::Keep);
    assert_eq!(told, [Event::Failed(Fault::Unusable)]);
}

#[test]
fn a_reader_that_is_unplugged_ends_everything_and_one_that_is_busy_is_asked_again() {
    let mut desk = Desk::open(Options::default(), Key::Authentication);
    desk.token.handle_event(&Heard::Line { open: false }, Mono(1));
    assert_eq!(desk.run(), [Event::Failed(Fault::Reader)]);
    let mut desk = Desk::new();
    desk.token.handle_command(Command::Open { up_to: Key::Authentication });
    desk.card = Some(PivCard::new(Options::default()).unwrap());
    desk.token.handle_event(&Heard::MediaInserted, Mono(1));
    assert_eq!(desk.token.poll_command(), Some(Ask::ChipPower(ChipPower::Cold)));
    let busy = Heard::Failed(Error::new(ErrorKind::DeviceBusy, "a status is under way"));
    desk.token.handle_event(&busy, Mono(1_000));
    assert_eq!((desk.token.poll_command(), desk.token.poll_timeout()), (None, Some(Mono(1_200))));
    desk.token.handle_timeout(Mono(1_200));
    assert!(matches!(desk.run()[..], [Event::Reading, Event::Opened { .. }]));
}

#[test]
fn a_busy_reader_never_makes_a_pin_go_twice() {
    let mut desk = Desk::open(Options::default(), Key::Authentication);
    let message = SecretBytes::new(vec![1]);
    let pin = Pin::Typed(Secret::new(PIN.into()));
    let key = Key::Authentication;
    desk.token.handle_command(Command::Sign { key, pin, last_try: LastTry::Keep, message });
    let Some(Ask::ChipIo(apdu)) = desk.token.poll_command() else { panic!("no PIN") };
    let busy = Heard::Failed(Error::new(ErrorKind::DeviceBusy, "somebody else's question"));
    desk.token.handle_event(&busy, Mono(5));
    desk.token.handle_timeout(Mono(10_000));
    assert_eq!(desk.token.poll_command(), None);
    let answer = desk.card.as_mut().unwrap().transmit(apdu.expose()).unwrap();
    desk.token.handle_event(&Heard::ChipIo(SecretBytes::new(answer)), Mono(10_001));
    assert!(matches!(desk.run()[..], [Event::Signed(_)]));
    assert_eq!(desk.pins(), 1);
}

#[test]
fn a_closed_card_is_let_go_and_one_that_lies_there_is_read_at_the_next_opening() {
    let mut desk = Desk::open(Options::default(), Key::Authentication);
    desk.token.handle_command(Command::Close);
    assert_eq!(desk.run(), []);
    assert_eq!(desk.asked.last(), Some(&Ask::ChipPower(ChipPower::Off)));
    assert!(!desk.token.is_engaged());
    desk.token.handle_command(Command::Open { up_to: Key::Authentication });
    assert!(matches!(desk.run()[..], [Event::Reading, Event::Opened { .. }]));
    // A reader tells of a card that lay there before it was asked by its status alone.
    let mut desk = Desk::new();
    desk.card = Some(PivCard::new(Options::default()).unwrap());
    desk.token.handle_command(Command::Open { up_to: Key::Authentication });
    let status = Heard::Status { identity: "reader".into(), media: Media::Present, error: None };
    desk.token.handle_event(&status, Mono(1));
    assert!(matches!(desk.run()[..], [Event::Reading, Event::Opened { .. }]));
}

impl Desk {
    fn sign_on_reader(&mut self, last_try: LastTry, keys: Keys) -> Vec<Event> {
        self.keys.push_back(keys);
        let (key, pin) = (Key::Signature, Pin::OnReader { seconds: 30 });
        let message = SecretBytes::new(b"attributes".to_vec());
        self.token.handle_command(Command::Sign { key, pin, last_try, message });
        self.run()
    }
}

#[test]
fn a_pin_on_the_readers_keys_signs_and_is_in_no_command_from_here() {
    let mut desk = Desk::open(Options::default(), Key::Signature);
    let told = desk.sign_on_reader(LastTry::Keep, Keys::Types(PIN));
    assert!(matches!(told[..], [Event::Signed(_)]), "{told:?}");
    assert_eq!(desk.pins(), 1);
    let entry = desk.asked.iter().find_map(|asked| match asked {
        Ask::EnterPin(entry) => Some(entry.clone()),
        _ => None,
    });
    let entry = entry.unwrap();
    assert_eq!((entry.digits, entry.seconds), ((6, 8), 30));
    assert_eq!(entry.command.expose()[5..], [0xFF; 8]);
}

#[test]
fn nobody_at_the_keys_costs_no_try_and_the_card_is_asked_again_without_being_read_anew() {
    let mut desk = Desk::open(Options::default(), Key::Signature);
    for why in [NotTyped::TimedOut, NotTyped::Cancelled] {
        assert_eq!(desk.sign_on_reader(LastTry::Keep, Keys::Gives(why)), [Event::PinNotTyped(why)]);
    }
    assert_eq!(desk.pins(), 0);
    let told = desk.sign_on_reader(LastTry::Keep, Keys::Types(PIN));
    assert!(matches!(told[..], [Event::Signed(_)]), "{told:?}");
}

#[test]
fn wrong_pins_on_the_keys_are_counted_and_the_last_try_is_kept_unless_said_otherwise() {
    let mut desk = Desk::open(Options::default(), Key::Signature);
    for tries_left in [2, 1] {
        let told = desk.sign_on_reader(LastTry::Keep, Keys::Types(WRONG));
        assert_eq!(told, [Event::PinWrong { tries_left }]);
    }
    let told = desk.sign_on_reader(LastTry::Keep, Keys::Types(PIN));
    assert_eq!(told, [Event::Failed(Fault::LastTryKept)]);
    assert_eq!(desk.pins(), 2, "nobody was asked");
}
