//! The port against emulated documents, with a reader that carries whole APDUs.

use senim_emulators::card::Card;
use senim_emulators::cards::icao::{
    Fault as ChipFault, Form, Holder, Options, TravelDocument, Variant, Ways,
};
use senim_emulators::cards::piv::{self, PivCard};
use senim_emulators::faults::FaultSpec;
use senim_hal::card_reader::ChipPower;
use senim_hal::card_reader::Interface;
use zeroize::Zeroizing;

use super::*;

/// 26.11.2026.
const NOW: UtcMillis = UtcMillis(1_795_651_200_000);
const READER: Capabilities =
    Capabilities { interface: Interface::Contactless, max_command: 261, max_response: 258, keypad: false };

struct Desk {
    document: IdentityDocument,
    card: Option<Box<dyn Card>>,
    asked: Vec<Ask>,
    /// APDUs after which the document is taken away.
    torn_after: Option<usize>,
}

fn secret(text: &str) -> Secret {
    Secret::new(text.into())
}

fn entropy() -> Entropy {
    Entropy::new(Zeroizing::new([0x5C; Entropy::LEN]))
}

fn number(digits: &str) -> Access {
    Access::AccessNumber(secret(digits))
}

fn printed(number: &str) -> Access {
    Access::Printed { number: secret(number), birth_date: secret("900514"), expiry_date: secret("350513") }
}

fn believed() -> TrustList {
    let mut trust = TrustList::default();
    trust.add("KAZ", TravelDocument::new(Options::default()).unwrap().authority()).unwrap();
    trust
}

impl Desk {
    fn new(trust: TrustList) -> Self {
        Self { document: IdentityDocument::new(trust, READER), card: None, asked: vec![], torn_after: None }
    }

    fn with(options: Options) -> Self {
        let mut desk = Self::new(believed());
        desk.lay(Box::new(TravelDocument::new(options).unwrap()));
        desk
    }

    fn lay(&mut self, card: Box<dyn Card>) {
        self.card = Some(card);
        self.document.handle_event(&Heard::MediaInserted, Mono(1));
    }

    fn open(&mut self, access: Access) -> Vec<Event> {
        self.document.handle_command(Command::Open { access }, entropy(), NOW);
        self.run()
    }

    fn run(&mut self) -> Vec<Event> {
        while let Some(command) = self.document.poll_command() {
            self.asked.push(command.clone());
            let heard = self.answer(command);
            self.document.handle_event(&heard, Mono(1));
        }
        std::iter::from_fn(|| self.document.poll_event()).collect()
    }

    fn answer(&mut self, command: Ask) -> Heard {
        if self.torn_after == Some(self.apdus()) {
            self.card = None;
        }
        let Some(card) = &mut self.card else { return Heard::MediaRemoved };
        match command {
            Ask::Status | Ask::EnterPin(_) => panic!("the port asks for no status and no PIN"),
            Ask::ChipPower(ChipPower::Off) => {
                card.power(false);
                Heard::ChipReleased
            }
            Ask::ChipPower(ChipPower::Cold | ChipPower::Warm) => {
                card.power(false);
                card.power(true);
                Heard::ChipPowered { answer_to_reset: card.answer_to_reset() }
            }
            Ask::ChipIo(apdu) => match card.transmit(apdu.expose()) {
                Some(answer) => Heard::ChipIo(senim_domain::SecretBytes::new(answer)),
                None => Heard::Failed(Error::new(ErrorKind::HardwareError, "mute")),
            },
        }
    }

    fn apdus(&self) -> usize {
        self.asked.iter().filter(|asked| matches!(asked, Ask::ChipIo(_))).count()
    }

    fn was_let_go(&self) -> bool {
        self.asked.last() == Some(&Ask::ChipPower(ChipPower::Off)) && !self.document.is_engaged()
    }
}

fn the_read(told: Vec<Event>) -> Read {
    match <[Event; 2]>::try_from(told).unwrap() {
        [Event::Reading, Event::Read(read)] => *read,
        other => panic!("not read: {other:?}"),
    }
}

#[test]
fn a_card_is_read_by_the_number_on_its_front_and_let_go() {
    let mut desk = Desk::with(Options::default());
    let read = the_read(desk.open(number("123456")));
    assert_eq!((read.kind, read.verdict), (IdentityDocumentKind::Card, ChipVerdict::Genuine));
    assert_eq!((read.number.expose(), read.expires.expose()), ("012345678", "2035-05-13"));
    assert_eq!(read.iin.unwrap().expose(), "900514300002");
    assert!(desk.was_let_go());
}

#[test]
fn a_document_that_comes_later_is_waited_for() {
    let mut desk = Desk::new(believed());
    assert_eq!(desk.open(number("123456")), []);
    assert!(!desk.document.is_engaged(), "others may ask the reader meanwhile");
    desk.lay(Box::new(TravelDocument::new(Options::default()).unwrap()));
    assert_eq!(the_read(desk.run()).verdict, ChipVerdict::Genuine);
}

#[test]
fn an_older_passport_wants_what_is_printed_and_opens_by_it() {
    let mut desk = Desk::with(Options { ways: Ways::BacOnly, ..Options::passport() });
    assert_eq!(desk.open(number("123456")), [Event::Reading, Event::Failed(Fault::PrintedNeeded)]);
    assert!(desk.was_let_go());
    let read = the_read(desk.open(printed("N12345678")));
    assert_eq!((read.kind, read.verdict), (IdentityDocumentKind::Passport, ChipVerdict::Genuine));
}

#[test]
fn a_wrong_access_goes_to_the_chip_once_and_can_be_typed_again() {
    for wrong in [number("123457"), printed("N12345679")] {
        let mut desk = Desk::with(Options::passport());
        assert_eq!(desk.open(wrong), [Event::Reading, Event::WrongAccess]);
        assert!(desk.was_let_go());
        assert_eq!(the_read(desk.open(number("123456"))).verdict, ChipVerdict::Genuine);
    }
}

#[test]
fn what_can_be_printed_on_no_document_is_not_sent() {
    for access in [number("12345"), number("1234567"), number("12345a"), printed("")] {
        let mut desk = Desk::with(Options::default());
        assert_eq!(desk.open(access), [Event::Failed(Fault::AccessForm)]);
        assert_eq!(desk.asked, []);
    }
}

#[test]
fn each_forgery_and_doubt_has_its_verdict() {
    for (variant, verdict) in [
        (Variant::TamperedName, ChipVerdict::Forged),
        (Variant::ForgedSigner, ChipVerdict::Forged),
        (Variant::ForeignAuthority, ChipVerdict::IssuerUnknown),
        (Variant::ExpiredSigner, ChipVerdict::CertificateExpired),
    ] {
        let mut desk = Desk::with(Options { variant, ..Options::default() });
        assert_eq!(the_read(desk.open(number("123456"))).verdict, verdict, "{variant:?}");
    }
}

#[test]
fn where_nobody_is_believed_nothing_is_genuine() {
    let mut desk = Desk::new(TrustList::default());
    desk.lay(Box::new(TravelDocument::new(Options::default()).unwrap()));
    assert_eq!(the_read(desk.open(number("123456"))).verdict, ChipVerdict::IssuerUnknown);
}

#[test]
fn an_iin_that_is_no_number_or_of_another_birth_or_sex_is_none() {
    let of = |holder| the_read(Desk::with(Options { holder, ..Options::default() }).open(number("123456")));
    for iin in ["", "900514300003", "911231400005"] {
        assert_eq!(of(Holder { iin: iin.into(), ..Holder::default() }).iin, None, "{iin}");
    }
    assert_eq!(of(Holder { sex: 'F', ..Holder::default() }).iin, None);
    assert_eq!(of(Holder { state: "UTO".into(), ..Holder::default() }).iin, None);
}

#[test]
fn a_typed_iin_is_held_against_the_birth_and_sex_where_the_chip_holds_none() {
    let holder = Holder { iin: String::new(), ..Holder::default() };
    let read = the_read(Desk::with(Options { holder, ..Options::default() }).open(number("123456")));
    assert!(read.can_be_of(&Iin::parse("900514300002").unwrap()));
    for other in ["911231400005", "960412400411"] {
        assert!(!read.can_be_of(&Iin::parse(other).unwrap()), "{other}");
    }
}

#[test]
fn a_document_taken_away_at_any_moment_is_told_once_and_read_anew_when_it_is_back() {
    let whole = {
        let mut desk = Desk::with(Options::default());
        the_read(desk.open(number("123456")));
        desk.apdus()
    };
    for apdus in 0..whole {
        let mut desk = Desk { torn_after: Some(apdus), ..Desk::with(Options::default()) };
        assert_eq!(desk.open(number("123456")), [Event::Reading, Event::Removed], "{apdus}");
        assert!(!desk.document.is_engaged());
        desk.torn_after = None;
        assert_eq!(desk.open(number("123456")), []);
        desk.lay(Box::new(TravelDocument::new(Options::default()).unwrap()));
        assert_eq!(the_read(desk.run()).verdict, ChipVerdict::Genuine);
    }
}

#[test]
fn a_card_of_another_kind_and_one_that_answers_badly_are_told() {
    let mut desk = Desk::new(believed());
    desk.lay(Box::new(PivCard::new(piv::Options::default()).unwrap()));
    assert_eq!(desk.open(number("123456")), [Event::Reading, Event::Failed(Fault::NotADocument)]);
    for (fault, wanted) in [
        (ChipFault::WrongChecksum, Fault::Unclear),
        (ChipFault::Mute, Fault::Unclear),
        (ChipFault::ShortAnswer, Fault::Unusable),
    ] {
        let mut card = TravelDocument::new(Options::default()).unwrap();
        card.set_fault(fault, FaultSpec::default());
        let mut desk = Desk::new(believed());
        desk.lay(Box::new(card));
        assert_eq!(desk.open(number("123456")).last(), Some(&Event::Failed(wanted)), "{fault:?}");
        assert!(desk.was_let_go(), "{fault:?}");
    }
}

#[test]
fn closing_lets_go_in_the_middle_and_nothing_is_told_of_what_comes_later() {
    let mut desk = Desk::with(Options { form: Form::Card, ..Options::default() });
    desk.document.handle_command(Command::Open { access: number("123456") }, entropy(), NOW);
    let first = desk.document.poll_command();
    assert_eq!(first, Some(Ask::ChipPower(ChipPower::Cold)));
    desk.document.handle_command(Command::Close, entropy(), NOW);
    assert_eq!(desk.document.poll_command(), None, "the reader is asked one thing at a time");
    desk.document.handle_event(&Heard::ChipPowered { answer_to_reset: vec![0x3B, 0] }, Mono(2));
    assert_eq!(desk.document.poll_command(), Some(Ask::ChipPower(ChipPower::Off)));
    desk.document.handle_event(&Heard::ChipReleased, Mono(3));
    assert!(!desk.document.is_engaged());
    assert_eq!(desk.document.poll_event(), None);
}

#[test]
fn a_busy_reader_is_asked_again_and_a_line_that_closes_ends_the_reading() {
    let mut desk = Desk::with(Options::default());
    desk.document.handle_command(Command::Open { access: number("123456") }, entropy(), NOW);
    assert!(desk.document.poll_command().is_some());
    desk.document.handle_event(&Heard::Failed(Error::new(ErrorKind::DeviceBusy, "status")), Mono(5));
    let again = desk.document.poll_timeout().unwrap();
    assert_eq!(desk.document.poll_command(), None);
    desk.document.handle_timeout(again);
    assert_eq!(desk.document.poll_command(), Some(Ask::ChipPower(ChipPower::Cold)));
    desk.document.handle_event(&Heard::Line { open: false }, Mono(9));
    let told: Vec<_> = std::iter::from_fn(|| desk.document.poll_event()).collect();
    assert_eq!(told, [Event::Reading, Event::Failed(Fault::Reader)]);
    assert!(!desk.document.is_engaged());
}
