//! Cards that are damaged, torn or of another kind.

use proptest::prelude::*;
use senim_emulators::faults::FaultKind;

use super::*;

#[test]
fn a_card_without_the_application_is_told_apart_from_a_broken_one() {
    for (status, error) in [
        ([0x6A, 0x82], Error::NotThisKind),
        ([0x6D, 0x00], Error::NotThisKind),
        ([0x6F, 0x00], Error::Card(Status(0x6F00))),
    ] {
        let mut piv = Piv::new(Config::default(), Limits::SHORT);
        piv.begin(Operation::Select).unwrap();
        piv.poll_command().unwrap();
        piv.handle_response(&status);
        assert_eq!(piv.poll_event(), Some(Event::Failed(error)));
        assert_eq!(piv.begin(Operation::AskTries), Err(Refusal::NotSelected));
    }
}

#[test]
fn a_card_that_wants_a_pin_of_several_cards_is_not_taken() {
    let mut piv = Piv::new(Config::default(), Limits::SHORT);
    piv.begin(Operation::Select).unwrap();
    piv.poll_command().unwrap();
    piv.handle_response(&[0x90, 0x00]);
    piv.poll_command().unwrap();
    piv.handle_response(&[0x7E, 5, 0x5F, 0x2F, 2, 0x20, 0x20, 0x90, 0x00]);
    assert_eq!(piv.poll_event(), Some(Event::Failed(Error::NotThisKind)));
}

#[test]
fn certificates_and_keys_that_are_not_right_are_named() {
    let key = Key::Authentication;
    let read = Operation::ReadCertificate(key);
    assert_eq!(
        faulty(Fault::CertificateMissing, None).run(read.clone()),
        failed(Error::CertificateMissing(key))
    );
    assert_eq!(faulty(Fault::CertificateMalformed, None).run(read), failed(Error::CertificateMalformed(key)));
    for (fault, error) in
        [(Fault::KeyMissing, Error::KeyMissing(key)), (Fault::WrongSignature, Error::SignatureWrong(key))]
    {
        for algorithm in ALGORITHMS {
            let mut desk = desk(Options { algorithm, ..Options::default() });
            desk.log_in(key);
            desk.card.set_fault(fault, FaultSpec::default());
            assert_eq!(desk.run(sign(key)), failed(error));
        }
    }
}

#[test]
fn a_blocked_card_is_told_before_a_pin_is_typed() {
    let mut desk = faulty(Fault::PinBlocked, None);
    assert_eq!(desk.run(Operation::AskTries), Event::Tries(Tries::Blocked));
    assert_eq!(desk.piv.begin(verify(PIN, Reserve::Use)), Err(Refusal::PinBlocked));
}

#[test]
fn a_card_torn_out_under_its_pin_is_asked_again_when_it_comes_back() {
    let mut desk = faulty(Fault::Torn, Some(0x20));
    desk.card.clear_fault(Fault::Torn);
    desk.run(Operation::AskTries);
    desk.card.set_fault(Fault::Torn, FaultSpec::times(1));
    assert_eq!(desk.run(verify(WRONG, Reserve::Keep)), failed(Error::Removed));
    desk.card.power(false);
    desk.card.power(true);
    desk.select();
    assert_eq!(desk.piv.begin(verify(PIN, Reserve::Keep)), Err(Refusal::TriesFirst));
    assert_eq!(desk.run(Operation::AskTries), Event::Tries(Tries::Left(2)), "the try was lost all the same");
}

#[test]
fn an_unclear_answer_to_a_pin_is_not_followed_by_another() {
    let mut desk = desk(Options::default());
    for answer in [&[0x6F, 0x00][..], &[0x6C, 0x08], &[0x63, 0x00], &[0x90], &[], &[0x61, 0x05]] {
        desk.run(Operation::AskTries);
        desk.piv.begin(verify(WRONG, Reserve::Use)).unwrap();
        desk.piv.poll_command().unwrap();
        desk.piv.handle_response(answer);
        let again = desk.piv.poll_command();
        assert!(again.is_none_or(|command| command.expose()[1] != 0x20), "{answer:02X?}");
        desk.piv.handle_removed();
        while let Some(event) = desk.piv.poll_event() {
            assert!(matches!(event, Event::Failed(_)), "{event:?}");
        }
        desk.select();
        assert_eq!(desk.piv.begin(verify(PIN, Reserve::Use)), Err(Refusal::TriesFirst));
    }
    assert_eq!(desk.card.pins_judged(), 0);
}

#[test]
fn an_answer_that_nobody_waits_for_is_dropped() {
    let mut desk = desk(Options::default());
    desk.piv.handle_response(&[0x90, 0x00]);
    assert_eq!(desk.piv.poll_event(), None);
    assert_eq!(desk.run(Operation::AskTries), Event::Tries(Tries::Left(3)));
}

#[test]
fn a_length_that_the_card_corrects_is_taken() {
    let mut desk = desk(Options::default());
    desk.log_in(Key::Authentication);
    desk.card.set_fault(Fault::WrongLength, FaultSpec::times(1));
    desk.sign(Key::Authentication);
    assert!(desk.card.state()["faults"].as_object().unwrap().is_empty(), "the fault never struck");
}

#[test]
fn nonsense_and_silence_in_place_of_a_certificate_are_told_apart() {
    let rows = [
        (Fault::WrongStatus, Some(0xCB), Error::Card(Status(0x6F00))),
        (Fault::ShortAnswer, Some(0xCB), Error::Unintelligible),
        // More is announced and not there, or announced without end.
        (Fault::Endless, Some(0xCB), Error::Card(Status(0x6985))),
        (Fault::Endless, None, Error::Unintelligible),
        (Fault::Mute, Some(0xCB), Error::Removed),
    ];
    for (fault, command, error) in rows {
        let mut desk = faulty(fault, command);
        assert_eq!(desk.run(Operation::ReadCertificate(Key::Signature)), failed(error), "{fault:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Each operation ends with one event (asserted in `try_run`) whatever the card does, the PIN goes once a visit, and
    /// when the fault is gone the next visit signs.
    #[test]
    fn any_fault_anywhere_ends_in_one_event_and_one_pin_at_most(
        fault in prop::sample::select(Fault::ALL),
        command in prop::option::of(prop::sample::select(vec![0xA4_u8, 0x20, 0xCB, 0x87, 0xC0])),
        times in 1_u32..4,
    ) {
        let mut desk = desk(Options::default());
        let command = command.filter(|_| fault.fields().contains(&"command"));
        desk.card.set_fault(fault, FaultSpec { command, ..FaultSpec::times(times) });
        let mut visits = Vec::new();
        for _ in 0..6 {
            let judged = desk.card.pins_judged();
            visits.push(visit(&mut desk));
            prop_assert!(desk.card.pins_judged() <= judged + 1);
            prop_assert!(desk.card.tries() >= 1 || fault == Fault::PinBlocked);
            desk.piv.handle_removed();
            desk.card.power(false);
            desk.card.power(true);
        }
        desk.card.clear_fault(fault);
        visits.push(visit(&mut desk));
        prop_assert!(matches!(visits.last(), Some(Ok(Event::Signed(..)))), "{:?}", visits);
    }

    #[test]
    fn any_answers_end_every_operation(
        answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 60),
        key in prop::sample::select(KEYS.to_vec()),
    ) {
        let mut desk = desk(Options::default());
        let mut answers = answers.iter();
        desk.piv.begin(Operation::ReadCertificate(key)).unwrap();
        while desk.piv.poll_command().is_some() {
            match answers.next() {
                Some(answer) => desk.piv.handle_response(answer),
                None => desk.piv.handle_removed(),
            }
        }
        prop_assert!(matches!(desk.piv.poll_event(), Some(Event::Failed(_))));
        prop_assert_eq!(desk.piv.poll_event(), None);
    }
}

/// A person signs; ends with the last event or the first refusal.
fn visit(desk: &mut Desk) -> Result<Event, Refusal> {
    let key = Key::Signature;
    desk.try_run(Operation::Select)?;
    desk.try_run(Operation::ReadCertificate(key))?;
    desk.try_run(Operation::AskTries)?;
    desk.try_run(verify(PIN, Reserve::Keep))?;
    desk.try_run(sign(key))
}

fn faulty(fault: Fault, command: Option<u8>) -> Desk {
    let mut desk = desk(Options::default());
    desk.card.set_fault(fault, FaultSpec { command, ..FaultSpec::default() });
    desk
}

const fn failed(error: Error) -> Event {
    Event::Failed(error)
}
