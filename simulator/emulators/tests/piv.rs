//! The emulated PIV card at its APDUs.

use senim_emulators::card::{Card, Slot as Reader};
use senim_emulators::cards::piv::{Algorithm, Fault, Options, PIN, PivCard, Slot, TRIES, authority_pem};
use senim_emulators::cards::registry::{NAMES, card as by_name};
use senim_emulators::control::ControlError;
use senim_emulators::faults::FaultSpec;
use serde_json::json;

const SELECT: &[u8] = &[0, 0xA4, 4, 0, 9, 0xA0, 0, 0, 3, 8, 0, 0, 0x10, 0, 0];
const TRIES_LEFT: &[u8] = &[0, 0x20, 0, 0x80];
const GET_9A: &[u8] = &[0, 0xCB, 0x3F, 0xFF, 5, 0x5C, 3, 0x5F, 0xC1, 0x05, 0];
const DISCOVERY: &[u8] = &[0, 0xCB, 0x3F, 0xFF, 3, 0x5C, 1, 0x7E, 0];

#[test]
fn the_application_is_selected_by_its_name_and_by_no_other() {
    let mut card = unselected();
    assert_eq!(status(&mut card, &[0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8]), 0x6A82);
    assert_eq!(status(&mut card, &[0, 0xA4, 4, 0, 7, 0xA0, 0, 0, 2, 0x47, 0x10, 1]), 0x6A82);
    assert_eq!(status(&mut card, TRIES_LEFT), 0x6985);
    let answer = card.transmit(SELECT).unwrap();
    assert_eq!(answer[..9], [0x61, 0x22, 0x4F, 6, 0, 0, 0x10, 0, 1], "{answer:02X?}");
    assert!(answer.ends_with(&[0x90, 0]));
}

#[test]
fn asking_for_tries_costs_none_and_a_wrong_pin_costs_one() {
    let mut card = selected();
    assert_eq!(status(&mut card, TRIES_LEFT), 0x63C3);
    assert_eq!(status(&mut card, TRIES_LEFT), 0x63C3);
    assert_eq!(status(&mut card, &verify("000000")), 0x63C2);
    assert_eq!(status(&mut card, TRIES_LEFT), 0x63C2);
    assert_eq!(status(&mut card, &verify(PIN)), 0x9000);
    assert_eq!(status(&mut card, TRIES_LEFT), 0x9000, "verified: nothing to ask");
    assert_eq!(card.tries(), TRIES);
}

#[test]
fn three_wrong_pins_block_for_good() {
    let mut card = selected();
    let answers: Vec<_> = (0..4).map(|_| status(&mut card, &verify("000000"))).collect();
    assert_eq!(answers, [0x63C2, 0x63C1, 0x63C0, 0x6983]);
    card.power(false);
    card.power(true);
    assert_eq!(status(&mut card, SELECT), 0x9000);
    assert_eq!(status(&mut card, TRIES_LEFT), 0x6983);
    assert_eq!(status(&mut card, &verify(PIN)), 0x6983);
}

#[test]
fn a_pin_of_another_form_costs_no_try() {
    let mut card = selected();
    assert_eq!(status(&mut card, &[0, 0x20, 0, 0x80, 4, 0x31, 0x32, 0x33, 0x34]), 0x6A80);
    assert_eq!(status(&mut card, &[0, 0x20, 0, 0x00]), 0x6A88, "there is no global PIN");
    assert_eq!(card.tries(), TRIES);
}

#[test]
fn what_was_verified_is_gone_with_reset_and_power() {
    let power_cycle = |card: &mut PivCard| {
        card.power(false);
        card.power(true);
    };
    for interrupt in [&power_cycle as &dyn Fn(&mut PivCard), &|card| card.reset()] {
        let mut card = selected();
        assert_eq!(status(&mut card, &verify(PIN)), 0x9000);
        interrupt(&mut card);
        assert_eq!(status(&mut card, SELECT), 0x9000);
        assert_eq!(status(&mut card, TRIES_LEFT), 0x63C3);
    }
}

#[test]
fn a_certificate_comes_in_rounds_and_whole_by_extended_length() {
    let mut card = selected();
    let mut whole = Vec::new();
    let mut command = GET_9A.to_vec();
    loop {
        let answer = card.transmit(&command).unwrap();
        let (data, sw) = answer.split_at(answer.len() - 2);
        whole.extend_from_slice(data);
        if sw[0] != 0x61 {
            assert_eq!(sw, [0x90, 0]);
            break;
        }
        command = vec![0, 0xC0, 0, 0, sw[1]];
    }
    let extended = [0, 0xCB, 0x3F, 0xFF, 0, 0, 5, 0x5C, 3, 0x5F, 0xC1, 0x05, 0, 0];
    let mut at_once = card.transmit(&extended).unwrap();
    at_once.truncate(at_once.len() - 2);
    assert_eq!(whole, at_once);
    let certificate = card.certificate(Slot::Authentication);
    assert!(whole.windows(certificate.len()).any(|part| part == certificate));
}

#[test]
fn nine_c_wants_its_pin_directly_before_and_nine_a_once() {
    let mut card = selected();
    assert_eq!(status(&mut card, &sign(0x9A)), 0x6982);
    assert_eq!(status(&mut card, &verify(PIN)), 0x9000);
    assert_eq!(status(&mut card, &sign(0x9C)), 0x9000);
    assert_eq!(status(&mut card, &sign(0x9C)), 0x6982);
    assert_eq!(status(&mut card, &sign(0x9A)), 0x9000);
    assert_eq!(status(&mut card, &verify(PIN)), 0x9000);
    assert_eq!(status(&mut card, DISCOVERY), 0x9000);
    assert_eq!(status(&mut card, &sign(0x9C)), 0x6982, "a command came between");
}

#[test]
fn links_of_a_chain_are_one_command_and_a_stranger_between_breaks_it() {
    let mut card = selected();
    assert_eq!(status(&mut card, &verify(PIN)), 0x9000);
    let whole = sign(0x9C);
    let data = &whole[5..whole.len() - 1];
    let link =
        |cla: u8, part: &[u8]| [&[cla, 0x87, 0x11, 0x9C, u8::try_from(part.len()).unwrap()], part].concat();
    assert_eq!(status(&mut card, &link(0x10, &data[..20])), 0x9000);
    let last = [link(0x00, &data[20..]), vec![0]].concat();
    assert_eq!(status(&mut card, &last), 0x9000);
    assert_eq!(status(&mut card, &link(0x10, &data[..20])), 0x9000);
    assert_eq!(status(&mut card, TRIES_LEFT), 0x6883);
    assert_eq!(status(&mut card, &[0x10, 0x20, 0, 0x80, 1, 0x31]), 0x6884, "VERIFY is not chained");
}

#[test]
fn a_torn_verify_has_cost_its_try() {
    let mut card = selected();
    card.set_fault(Fault::Torn, FaultSpec { command: Some(0x20), ..FaultSpec::times(1) });
    assert_eq!(card.transmit(&verify("000000")), None);
    assert_eq!(card.transmit(SELECT), None, "gone until the next power-on");
    card.power(false);
    card.power(true);
    assert_eq!(status(&mut card, SELECT), 0x9000);
    assert_eq!(status(&mut card, TRIES_LEFT), 0x63C2);
}

#[test]
fn each_fault_answers_as_its_name_says() {
    let with = |fault, command: &[u8]| {
        let mut card = selected();
        card.set_fault(fault, FaultSpec::times(1));
        card.transmit(command)
    };
    assert_eq!(with(Fault::WrongStatus, SELECT), Some(vec![0x6F, 0x00]));
    assert_eq!(with(Fault::WrongLength, DISCOVERY), Some(vec![0x6C, 0x14]));
    assert_eq!(with(Fault::ShortAnswer, TRIES_LEFT), Some(vec![0x63]));
    assert_eq!(with(Fault::Endless, GET_9A), Some(vec![0x61, 0x10]));
    assert_eq!(with(Fault::Mute, GET_9A), None);
    assert_eq!(with(Fault::CertificateMissing, GET_9A), Some(vec![0x6A, 0x82]));
    assert_eq!(with(Fault::KeyMissing, &sign(0x9A)), Some(vec![0x6A, 0x88]));
    assert_eq!(with(Fault::PinBlocked, TRIES_LEFT), Some(vec![0x69, 0x83]));
}

#[test]
fn damaged_commands_are_refused() {
    let mut card = selected();
    for command in [&[][..], &[0, 0xA4], &[0, 0xA4, 4, 0, 9, 1], &[0, 0xCB, 0x3F, 0xFF, 0, 0, 9, 1]] {
        assert_eq!(status(&mut card, command), 0x6700, "{command:02X?}");
    }
    assert_eq!(status(&mut card, &[0x80, 0xA4, 4, 0]), 0x6E00);
    assert_eq!(status(&mut card, &[0, 0x70, 0, 0]), 0x6D00);
    assert_eq!(status(&mut card, &[0, 0xC0, 0, 0, 0]), 0x6985);
}

#[test]
fn the_control_interface_sets_tries_and_faults_or_nothing() {
    let mut card = selected();
    card.patch(&json!({"tries": 2, "faults": {"torn": {"command": 32, "times": 1}}})).unwrap();
    assert_eq!(card.state()["tries"], 2);
    assert_eq!(card.state()["faults"]["torn"]["command"], 32);
    let refused = card.patch(&json!({"tries": 1, "faults": {"melted": {}}}));
    assert!(matches!(refused, Err(ControlError::Unknown(_))), "{refused:?}");
    assert!(card.patch(&json!({"tries": 9})).is_err());
    assert_eq!(card.state()["tries"], 2);
    card.patch(&json!({"faults": {"torn": null}})).unwrap();
    assert_eq!(card.state()["faults"], json!({}));
}

#[test]
fn every_name_gives_a_card_with_a_whole_atr_that_knows_t_1_alone() {
    for name in NAMES.iter().filter(|name| name.starts_with("piv")) {
        let mut reader = Reader::default();
        reader.insert(by_name(name).unwrap());
        let card = reader.card().unwrap();
        card.power(true);
        assert_eq!((card.name(), status(card, SELECT)), (*name, 0x9000));
        let atr = card.answer_to_reset();
        assert_eq!(atr.iter().skip(1).fold(0, |sum, byte| sum ^ byte), 0, "TCK");
        assert_eq!((atr.len(), usize::from(atr[1] & 0x0F), atr[2] & 0x0F), (19, 12, 1));
    }
    assert!(by_name("library card").is_none());
}

#[test]
fn certificates_come_out_equal_each_time_and_differ_by_key() {
    let certificate = |algorithm, slot| {
        PivCard::new(Options { algorithm, ..Options::default() }).unwrap().certificate(slot)
    };
    let first = certificate(Algorithm::P256, Slot::Authentication);
    assert_eq!(first, certificate(Algorithm::P256, Slot::Authentication));
    assert_ne!(first, certificate(Algorithm::P256, Slot::Signature));
    assert_ne!(first, certificate(Algorithm::Rsa2048, Slot::Authentication));
    assert_eq!(authority_pem(), authority_pem());
}

fn unselected() -> PivCard {
    let mut card = PivCard::new(Options::default()).unwrap();
    card.power(true);
    card
}

fn selected() -> PivCard {
    let mut card = unselected();
    assert_eq!(status(&mut card, SELECT), 0x9000);
    card
}

fn status(card: &mut dyn Card, command: &[u8]) -> u16 {
    let answer = card.transmit(command).unwrap();
    u16::from_be_bytes(*answer.last_chunk().unwrap())
}

fn verify(pin: &str) -> Vec<u8> {
    let mut command = vec![0, 0x20, 0, 0x80, 8];
    command.extend(pin.bytes());
    command.resize(13, 0xFF);
    command
}

/// GENERAL AUTHENTICATE by P-256 over some digest.
fn sign(reference: u8) -> Vec<u8> {
    let mut command = vec![0, 0x87, 0x11, reference, 38, 0x7C, 36, 0x82, 0, 0x81, 32];
    command.extend([7; 32]);
    command.push(0);
    command
}

#[test]
fn certificates_of_another_issuer_are_put_in_through_the_control_and_nonsense_is_not() {
    let mut card = PivCard::new(Options::default()).unwrap();
    let own = card.certificate(Slot::Authentication);
    let body = json!({ "certificates": { "authentication": "AQI=", "signature": "AwQ=" } });
    card.patch(&body).unwrap();
    assert_eq!(card.certificate(Slot::Authentication), [1, 2]);
    assert_eq!(card.certificate(Slot::Signature), [3, 4]);
    let mut card = PivCard::new(Options::default()).unwrap();
    let body = json!({ "tries": 1, "certificates": { "authentication": "AQI=", "signature": "?" } });
    assert!(matches!(card.patch(&body), Err(ControlError::Invalid(_))));
    assert_eq!((card.certificate(Slot::Authentication), card.tries()), (own, TRIES), "all of it or nothing");
}
