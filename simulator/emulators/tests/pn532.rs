//! The contactless reader's machine in virtual time.

use senim_emulators::card::Card;
use senim_emulators::control::Controlled;
use senim_emulators::faults::FaultSpec;
use senim_emulators::machine::Machine;
use senim_emulators::pn532::{Fault, Options, Pn532, cards};
use serde_json::{Value, json};

const ACK: &str = "00 00 ff 00 ff 00";
const NACK: &str = "00 00 ff ff 00 00";
const SYNTAX_ERROR: &str = "00 00 ff 01 ff 7f 81 00";
const SAM: &str = "00 00 ff 03 fd d4 14 01 17 00";
const SAM_REPLY: &str = "00 00 ff 02 fe d5 15 16 00";
const FIRMWARE: &str = "00 00 ff 02 fe d4 02 2a 00";
const FIRMWARE_REPLY: &str = "00 00 ff 06 fa d5 03 32 01 06 07 e8 00";
const LIST: &str = "00 00 ff 04 fc d4 4a 01 00 e1 00";

#[test]
fn the_captured_start_of_libnfc_is_answered_byte_for_byte() {
    let mut host = Host::asleep();
    assert_eq!(host.says(&format!("{WAKE_UP} {SAM}")), [ACK, SAM_REPLY]);
    let line = "00 00 ff 09 f7 d4 00 00 6c 69 62 6e 66 63 be 00";
    assert_eq!(host.says(line), [ACK, "00 00 ff 09 f7 d5 01 00 6c 69 62 6e 66 63 bc 00"]);
    assert_eq!(host.says(FIRMWARE), [ACK, FIRMWARE_REPLY]);
    assert_eq!(host.data(&[0x12, 0x14]), [0x13]);
    assert_eq!(host.data(&hex("06 6302 6303 630d 6338 633d")), [0x07, 0, 0, 0, 0, 0]);
    assert_eq!(host.data(&hex("08 6302 80 6303 80")), [0x09]);
    assert_eq!(host.data(&hex("06 6302 6303 630d")), [0x07, 0x80, 0x80, 0]);
    assert_eq!(host.data(&hex("32 01 00")), [0x33]);
    assert_eq!(host.data(&hex("32 01 01")), [0x33]);
    assert_eq!(host.data(&hex("32 05 ff ff ff")), [0x33]);
}

#[test]
fn before_wake_up_and_sam_configuration_there_is_silence() {
    let mut host = Host::asleep();
    assert!(host.says(SAM).is_empty(), "not woken");
    assert!(host.says(&format!("{WAKE_UP} {FIRMWARE}")).is_empty(), "woken, but in low V_BAT");
    assert_eq!(host.says(SAM), [ACK, SAM_REPLY]);
    host.chip.set_power(false);
    host.chip.set_power(true);
    assert!(host.says(SAM).is_empty(), "a power cut puts it back to sleep");
}

#[test]
fn power_down_sleeps_until_the_next_wake_up_and_keeps_the_settings() {
    let mut host = Host::awake();
    host.data(&[0x12, 0x04]);
    assert_eq!(host.data(&[0x16, 0xF0]), [0x17, 0x00]);
    assert!(host.says(FIRMWARE).is_empty());
    assert_eq!(host.says(&format!("{WAKE_UP} {FIRMWARE}")), [ACK, FIRMWARE_REPLY]);
    assert_eq!(host.chip.state()["parameters"], 4);
}

#[test]
fn damaged_frames_get_no_answer_and_good_frames_that_make_no_sense_the_error_frame() {
    let mut host = Host::awake();
    assert!(host.says("00 00 ff 02 ff d4 02 2a 00").is_empty(), "length check");
    assert!(host.says("00 00 ff 02 fe d4 02 2b 00").is_empty(), "data check");
    assert_eq!(host.says("00 00 ff 02 fe d4 fe 2e 00"), [ACK, SYNTAX_ERROR]);
    assert_eq!(host.says("00 00 ff 02 fe d5 02 29 00"), [ACK, SYNTAX_ERROR], "not from a host");
    assert_eq!(host.says("00 00 ff 03 fd d4 32 07 f3 00"), [ACK, SYNTAX_ERROR], "no such item");
}

#[test]
fn a_nack_brings_the_last_reply_again_and_nothing_is_done_twice() {
    let mut host = Host::with_active_card();
    host.data(&hex("40 01 00 a4 00 00"));
    let reply = host.says(&command(&hex("40 01 00 b0 00 00")))[1].clone();
    for _ in 0..2 {
        assert_eq!(host.says(NACK), std::slice::from_ref(&reply));
    }
    assert_eq!(host.chip.apdus(), 2);
    assert_eq!(host.chip.nacks_and_aborts(), (2, 0));
}

#[test]
fn looking_for_a_card_without_end_ends_with_a_card_or_an_ack_of_the_host() {
    let mut host = Host::awake();
    assert_eq!(host.says(LIST), [ACK], "retries are infinite after power-up");
    assert!(host.says(ACK).is_empty());
    host.lay("echo");
    assert!(host.settle().is_empty(), "it was called off");
    host.chip.remove(host.now_ms);
    assert_eq!(host.says(LIST), [ACK]);
    host.lay("echo");
    let found = host.settle();
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("d5 4b 01 01 00 04 20 04 08 5e 71 3a 0a 78 80 80 02 53 45 4e 49 4d"),
        "{found:?}"
    );
}

#[test]
fn an_empty_field_is_told_after_the_configured_tries() {
    let mut host = Host::awake();
    host.data(&hex("32 05 ff 01 02"));
    let began_ms = host.now_ms;
    assert_eq!(host.data(&[0x4A, 1, 0]), [0x4B, 0]);
    assert_eq!(host.now_ms - began_ms, 15);
    assert_eq!(host.data(&[0x4A, 1, 3]), [0x4B, 0]);
    assert_eq!(host.data(&hex("40 01 00 a4 00 00")), [0x41, 0x27]);
}

#[test]
fn an_active_card_does_not_answer_again_until_the_field_was_off() {
    let mut host = Host::with_active_card();
    host.data(&hex("32 05 ff 01 00"));
    assert_eq!(host.data(&[0x4A, 1, 0]), [0x4B, 0]);
    host.data(&[0x32, 1, 0]);
    assert_eq!(host.data(&[0x4A, 1, 0])[1], 1);
    assert_eq!(host.data(&[0x44, 1]), [0x45, 0], "put to sleep");
    assert_eq!(host.data(&[0x00, 6]), [0x01, 6, 1]);
    assert_eq!(host.data(&[0x4A, 1, 0]), [0x4B, 0]);
}

#[test]
fn deselect_and_select_reset_the_card_and_release_forgets_it() {
    let mut host = Host::with_active_card();
    assert_eq!(host.data(&hex("40 01 00 a4 00 00")), hex("41 00 90 00"));
    assert_eq!(host.data(&hex("40 01 00 b0 00 00")), hex("41 00 00 b0 00 00 90 00"));
    assert_eq!((host.data(&[0x44, 1]), host.data(&[0x54, 1])), (vec![0x45, 0], vec![0x55, 0]));
    assert_eq!(host.data(&[0x00, 6]), [0x01, 6, 0]);
    assert_eq!(host.data(&hex("40 01 00 b0 00 00")), hex("41 00 69 85"), "what was selected is lost");
    assert_eq!(host.data(&[0x04]), [0x05, 0, 0, 1, 1, 0, 0, 0x10, 0]);
    assert_eq!(host.data(&[0x52, 0]), [0x53, 0]);
    assert_eq!(host.data(&[0x04]), [0x05, 0, 0, 0, 0]);
    assert_eq!(host.data(&[0x44, 1]), [0x45, 0x27]);
}

#[test]
fn long_commands_and_long_responses_go_in_pieces_and_extended_frames() {
    let mut host = Host::with_active_card();
    host.data(&hex("40 01 00 a4 00 00"));
    let mut apdu = hex("00 d6 00 00 00 01 2c");
    apdu.extend((0..300_u16).map(|n| n.to_le_bytes()[0]));
    let (first, second) = apdu.split_at(262);
    assert_eq!(host.data(&[&[0x40, 0x41], first].concat()), [0x41, 0x00]);
    let said = host.data(&[&[0x40, 0x01], second].concat());
    assert_eq!((said.len(), said[1]), (264, 0x40), "265 with TFI, more to come");
    let rest = host.data(&[0x40, 0x01]);
    assert_eq!(rest[1], 0x00);
    assert_eq!([&said[2..], &rest[2..]].concat(), [apdu.as_slice(), &[0x90, 0x00]].concat());
}

#[test]
fn raw_frames_reach_the_card() {
    let mut host = Host::awake();
    host.data(&[0x12, 0x04]);
    host.lay("echo");
    assert_eq!(host.data(&[0x4A, 1, 0]), hex("4b 01 01 00 04 20 04 08 5e 71 3a"), "no automatic RATS");
    assert_eq!(host.data(&hex("42 e0 80")), hex("43 00 0a 78 80 80 02 53 45 4e 49 4d"));
    assert_eq!(host.data(&hex("42 b2")), hex("43 00 a2"));
    assert_eq!(host.data(&hex("42 50 00")), hex("43 01"));
    assert_eq!(host.data(&hex("42 b2")), hex("43 01"));
}

#[test]
fn a_mute_card_a_card_taken_away_and_another_laid_down_time_out() {
    let mut host = Host::with(|name| (name == "mute").then(|| Box::new(Mute) as Box<dyn Card>));
    host.lay("mute");
    host.data(&[0x4A, 1, 0]);
    let select = hex("40 01 00 a4 00 00");
    assert_eq!(host.data(&select), [0x41, 0x01]);
    host.chip.remove(host.now_ms);
    assert_eq!(host.data(&select), [0x41, 0x01]);
    host.lay("mute");
    assert_eq!(host.data(&select), [0x41, 0x01]);
    assert_eq!(host.chip.apdus(), 1);
}

#[test]
fn each_fault_of_the_line_strikes_once_and_then_no_more() {
    let rows: [(Fault, &[&str]); 9] = [
        (Fault::Silence, &[]),
        (Fault::NoAck, &[FIRMWARE_REPLY]),
        (Fault::SilenceAfterAck, &[ACK]),
        (Fault::ErrorFrame, &[ACK, SYNTAX_ERROR]),
        (Fault::BadLcs, &[ACK, "00 00 ff 06 fb d5 03 32 01 06 07 e8 00"]),
        (Fault::BadDcs, &[ACK, "00 00 ff 06 fa d5 03 32 01 06 07 e9 00"]),
        (Fault::ShortFrame, &[ACK, "00 00 ff 06 fa d5"]),
        (Fault::DoubleReply, &[ACK, FIRMWARE_REPLY, FIRMWARE_REPLY]),
        (Fault::Noise, &[ACK, "a5 00 ff 31 7c 55 00 13 80", FIRMWARE_REPLY]),
    ];
    for (fault, expected) in rows {
        let mut host = Host::awake();
        host.chip.set_fault(fault, FaultSpec { command: Some(2), ..FaultSpec::times(1) });
        assert_eq!(host.data(&[0x12, 0x14]), [0x13], "{fault:?} is for another command");
        assert_eq!(host.says(FIRMWARE), expected, "{fault:?}");
        assert_eq!(host.says(FIRMWARE), [ACK, FIRMWARE_REPLY], "{fault:?} is over");
    }
}

#[test]
fn a_late_reply_comes_even_when_it_was_called_off() {
    let mut host = Host::awake();
    host.chip.set_fault(Fault::LateReply, FaultSpec { delay_ms: Some(300), ..FaultSpec::times(1) });
    host.chip.handle_input(&hex(FIRMWARE), host.now_ms);
    assert_eq!(host.until(host.now_ms + 10), [ACK]);
    host.chip.handle_input(&hex(ACK), host.now_ms);
    assert!(host.until(host.now_ms + 290).is_empty());
    assert_eq!(host.settle(), [FIRMWARE_REPLY]);
}

#[test]
fn a_card_is_torn_away_at_the_byte_asked_for_and_errors_of_the_air_are_told() {
    let mut host = Host::with_active_card();
    host.data(&hex("40 01 00 a4 00 00"));
    host.chip.set_fault(Fault::RfError, FaultSpec { code: Some(0x0B), ..FaultSpec::times(1) });
    assert_eq!(host.data(&hex("40 01 00 b0 00 00")), [0x41, 0x0B]);
    host.chip.set_fault(Fault::CardTorn, FaultSpec { after_bytes: Some(270), ..FaultSpec::times(1) });
    let long = [&hex("40 01 00 b0")[..], &[7; 200]].concat();
    assert_eq!(host.data(&long).len(), 206, "whole, being shorter");
    assert_eq!(host.data(&[&long[..], &[7; 56]].concat())[1], 0x00);
    let held = [&[0x40, 0x41], &long[2..]].concat();
    assert_eq!(host.data(&held), [0x41, 0x00]);
    assert_eq!(host.data(&long)[1], 0x40);
    assert_eq!(host.data(&[0x40, 0x01]), [0x41, 0x01]);
    assert_eq!(host.chip.card(), None);
}

#[test]
fn cards_are_laid_down_and_taken_away_by_name_over_the_control_interface() {
    let mut host = Host::awake();
    host.chip.patch(&json!({"card": "echo", "exchange_ms": 9}), 0).unwrap();
    assert_eq!((&host.chip.state()["card"], host.chip.card()), (&json!("echo"), Some("echo")));
    let error = host.chip.patch(&json!({"card": "library", "exchange_ms": 1}), 0).unwrap_err();
    assert!(error.to_string().contains("library"));
    assert_eq!(host.chip.state()["options"]["exchange_ms"], 9, "nothing of it was applied");
    host.chip.patch(&json!({"power": true}), 0).unwrap();
    assert_eq!(host.chip.card(), Some("echo"));
    host.chip.patch(&json!({"card": null}), 0).unwrap();
    assert_eq!(host.chip.state()["card"], Value::Null);
    assert!(host.chip.set_fault_json("rf_error", &json!({"code": 11, "times": 2}), 0).is_ok());
    assert!(host.chip.set_fault_json("rf_error", &json!({"after_bytes": 1}), 0).is_err());
    assert!(host.chip.set_fault_json("jam", &json!({}), 0).is_err());
}

const WAKE_UP: &str = "55 55 00 00 00 00 00 00 00 00 00 00 00 00 00 00";

/// A host in virtual time.
struct Host {
    chip: Pn532,
    now_ms: u64,
}

impl Host {
    fn asleep() -> Self {
        Self { chip: Pn532::new(Options::default(), cards), now_ms: 1_000 }
    }

    fn with(cards: fn(&str) -> Option<Box<dyn Card>>) -> Self {
        let mut host = Self { chip: Pn532::new(Options::default(), cards), now_ms: 1_000 };
        assert_eq!(host.says(&format!("{WAKE_UP} {SAM}")), [ACK, SAM_REPLY]);
        host
    }

    fn awake() -> Self {
        Self::with(cards)
    }

    fn with_active_card() -> Self {
        let mut host = Self::awake();
        host.lay("echo");
        assert_eq!(host.data(&[0x4A, 1, 0])[1], 1);
        host
    }

    fn lay(&mut self, name: &str) {
        self.chip.patch(&json!({ "card": name }), self.now_ms).unwrap();
    }

    /// Sends and lets the chip work until it has nothing to do; returns its frames.
    fn says(&mut self, bytes: &str) -> Vec<String> {
        self.chip.handle_input(&hex(bytes), self.now_ms);
        self.settle()
    }

    /// Sends a command and returns response code and data.
    fn data(&mut self, body: &[u8]) -> Vec<u8> {
        let said = self.says(&command(body));
        assert_eq!((said.len(), said[0].as_str()), (2, ACK), "{said:?}");
        let frame = hex(&said[1]);
        let head = if frame.starts_with(&hex("00 00 ff ff ff")) { 9 } else { 6 };
        frame[head..frame.len() - 2].to_vec()
    }

    fn settle(&mut self) -> Vec<String> {
        self.until(u64::MAX)
    }

    fn until(&mut self, end_ms: u64) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            said.extend(
                std::iter::from_fn(|| self.chip.poll_transmit(self.now_ms)).map(|frame| text(&frame)),
            );
            match self.chip.poll_timeout() {
                Some(at_ms) if at_ms <= end_ms => self.now_ms = at_ms.max(self.now_ms),
                _ => break,
            }
        }
        if end_ms != u64::MAX {
            self.now_ms = end_ms;
        }
        said
    }
}

fn command(body: &[u8]) -> String {
    let length = u16::try_from(body.len() + 1).unwrap();
    let [high, low] = length.to_be_bytes();
    let mut frame = hex("00 00 ff");
    if length > 255 {
        frame.extend([0xFF, 0xFF, high, low, high.wrapping_add(low).wrapping_neg()]);
    } else {
        frame.extend([low, low.wrapping_neg()]);
    }
    frame.push(0xD4);
    frame.extend(body);
    frame.push(body.iter().fold(0xD4_u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg());
    frame.push(0);
    text(&frame)
}

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
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
