//! The card reader's machine in virtual time: messages, blocks, TPDUs, control.

use senim_emulators::card::Card;
use senim_emulators::control::Controlled as _;
use senim_emulators::faults::{FaultKind as _, FaultSpec};
use senim_emulators::gempc::{Fault, GemPc, Options};
use senim_emulators::machine::Machine as _;
use serde_json::{Value, json};

use crate::gempc_card::{BOTH, T0, T1, Tally, TestCard};

const FIRMWARE: &[u8] = &[0x03, 0x06, 0x6B, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x6D];
const REFUSED: &[u8] = &[0x03, 0x15, 0x16];

struct Host {
    reader: GemPc,
    now_ms: u64,
    seq: u8,
    tally: Tally,
}

impl Host {
    fn empty() -> Self {
        Self { reader: GemPc::new(Options::default(), named), now_ms: 1_000, seq: 0, tally: Tally::default() }
    }

    fn with(atr: &[u8]) -> Self {
        let mut host = Self::empty();
        let (card, tally) = TestCard::new(atr);
        host.tally = tally;
        host.reader.insert(Box::new(card), host.now_ms);
        host.drain();
        host
    }

    /// A card with power that speaks the protocol of `parameters`.
    fn speaking(atr: &[u8], protocol: u8, parameters: &[u8]) -> Self {
        let mut host = Self::with(atr);
        assert_eq!(host.ask(0x62, [1, 0, 0], &[]).3, atr);
        assert_eq!(host.ask(0x61, [protocol, 0, 0], parameters).1, 0);
        host
    }

    fn t1() -> Self {
        Self::speaking(&[0x3B, 0x80, 0x81, 0x01, 0x00], 1, &[0x11, 0x10, 0, 0x4D, 0, 0x20, 0])
    }

    fn t0() -> Self {
        Self::speaking(T0, 0, &[0x11, 0, 0, 10, 0])
    }

    /// Everything that the reader says from now on until it has no more to say.
    fn drain(&mut self) -> Vec<u8> {
        let mut said = Vec::new();
        loop {
            while let Some(bytes) = self.reader.poll_transmit(self.now_ms) {
                said.extend(bytes);
            }
            match self.reader.poll_timeout() {
                Some(at_ms) => self.now_ms = self.now_ms.max(at_ms),
                None => return said,
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.reader.handle_input(bytes, self.now_ms);
        self.drain()
    }

    /// A message and its answer behind the echo: type, status, error, data.
    fn ask(&mut self, kind: u8, parameters: [u8; 3], data: &[u8]) -> (u8, u8, u8, Vec<u8>) {
        let frame = framed(kind, self.seq, parameters, data);
        self.seq = self.seq.wrapping_add(1);
        let said = self.send(&frame);
        let answer = said.strip_prefix(frame.as_slice()).expect("an echo");
        assert_eq!((answer[0], answer[1], answer[8]), (3, 6, frame[8]));
        assert_eq!(answer.iter().fold(0, |sum, byte| sum ^ byte), 0);
        (answer[2], answer[9], answer[10], answer[12..answer.len() - 1].to_vec())
    }

    /// What a card answers to a block; none when it is mute.
    fn block(&mut self, block: &[u8]) -> Vec<u8> {
        let (kind, _, error, data) = self.ask(0x6F, [0; 3], block);
        assert_eq!(kind, 0x80);
        assert!(error == 0 || data.is_empty());
        data
    }
}

fn framed(kind: u8, seq: u8, parameters: [u8; 3], data: &[u8]) -> Vec<u8> {
    let mut frame = vec![3, 6, kind, u8::try_from(data.len()).unwrap(), 0, 0, 0, 0, seq];
    frame.extend(parameters);
    frame.extend(data);
    sealed(frame)
}

fn t1(pcb: u8, inf: &[u8]) -> Vec<u8> {
    let mut block = vec![0, pcb, u8::try_from(inf.len()).unwrap()];
    block.extend(inf);
    sealed(block)
}

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let check = bytes.iter().fold(0, |sum, byte| sum ^ byte);
    bytes.push(check);
    bytes
}

fn named(name: &str) -> Option<Box<dyn Card>> {
    (name == "test").then(|| Box::new(TestCard::new(T1).0) as Box<dyn Card>)
}

#[test]
fn the_captured_start_up_is_answered_as_the_stock_driver_expects() {
    let mut host = Host::with(T1);
    let said = host.send(FIRMWARE);
    let answer = said.strip_prefix(FIRMWARE).unwrap();
    assert_eq!(answer[..12], [3, 6, 0x83, 0x12, 0, 0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(&answer[12..30], b"GemTwin-V2.00-GB02");
    assert_eq!(host.ask(0x6B, [0; 3], &[1, 1, 1]), (0x83, 1, 0, vec![0]));
    assert_eq!(host.ask(0x65, [0; 3], &[]), (0x81, 1, 0, vec![]));
    assert_eq!(host.ask(0x6B, [0; 3], &[0x6A]), (0x83, 0x41, 0, vec![]));
    assert_eq!(host.ask(0x62, [1, 0, 0], &[]), (0x80, 0, 0, T1.to_vec()));
    assert_eq!(host.block(&[0xFF, 0x11, 0x13, 0xFD]), [0xFF, 0x11, 0x13, 0xFD]);
    let parameters = [0x13, 0x10, 0x00, 0x4D, 0x00, 0x20, 0x00];
    assert_eq!(host.ask(0x61, [1, 0, 0], &parameters), (0x82, 0, 0, parameters.to_vec()));
    assert_eq!(host.block(&[0x00, 0xC1, 0x01, 0xFE, 0x3E]), [0x00, 0xE1, 0x01, 0xFE, 0x1E]);
    let select = [0x00, 0x00, 0x07, 0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0x9E];
    assert_eq!(host.block(&select), t1(0x00, &[0x6D, 0x00]));
    assert_eq!(host.ask(0x63, [0; 3], &[]), (0x81, 1, 0, vec![]));
}

#[test]
fn a_damaged_frame_is_refused_and_the_next_one_is_heard() {
    let mut host = Host::with(T1);
    let mut frame = FIRMWARE.to_vec();
    frame[13] ^= 1;
    assert_eq!(host.send(&frame), REFUSED);
    assert_eq!(host.send(&[0x03, 0x06, 0x6F, 0xFF, 0xFF, 0x00, 0x00]), REFUSED, "no such length");
    for byte in [0x00, 0x50, 0x03, 0x55] {
        assert!(host.send(&[byte]).is_empty());
    }
    assert!(host.send(FIRMWARE).starts_with(FIRMWARE));
    assert_eq!((host.reader.frames(0x6B), host.reader.state()["damaged_frames"].as_u64()), (1, Some(2)));
}

#[test]
fn a_frame_that_stops_is_forgotten_after_a_pause() {
    let mut host = Host::with(T1);
    assert!(host.send(&FIRMWARE[..9]).is_empty());
    host.now_ms += 1_000;
    assert!(host.send(FIRMWARE).starts_with(FIRMWARE));
}

#[test]
fn a_card_that_comes_or_goes_is_told_at_once_or_between_command_and_answer() {
    let mut host = Host::empty();
    let insert = |host: &mut Host| host.reader.insert(Box::new(TestCard::new(T1).0), host.now_ms);
    insert(&mut host);
    assert_eq!(host.drain(), [0x50, 0x03]);
    host.reader.remove(host.now_ms);
    assert_eq!(host.drain(), [0x50, 0x02]);
    host.ask(0x6B, [0; 3], &[1, 1, 1]);
    insert(&mut host);
    assert!(host.drain().is_empty());
    let frame = framed(0x65, 9, [0; 3], &[]);
    let said = host.send(&frame);
    assert!(said.strip_prefix(frame.as_slice()).unwrap().starts_with(&[0x50, 0x03, 0x03, 0x06, 0x81]));
}

#[test]
fn a_block_that_got_lost_is_given_again_and_the_card_executes_once() {
    let mut host = Host::t1();
    let verify = t1(0x00, &[0, 0x20, 0, 1, 2, 0x31, 0x32]);
    let answer = host.block(&verify);
    assert_eq!(answer, t1(0x00, &[0x90, 0]));
    for _ in 0..3 {
        assert_eq!(host.block(&t1(0x81, &[])), answer);
    }
    assert_eq!(host.block(&verify), t1(0x90, &[]), "the same number is the same block");
    assert_eq!((host.tally.verified(), host.reader.counts().duplicates), (1, 1));
}

#[test]
fn a_block_that_never_came_is_asked_for_by_its_number() {
    let mut host = Host::t1();
    assert_eq!(host.block(&t1(0x81, &[])), t1(0x80, &[]));
    let mut damaged = t1(0x00, &[0, 0x20, 0, 1, 2, 0x31, 0x32]);
    damaged[6] ^= 1;
    assert_eq!(host.block(&damaged), t1(0x81, &[]));
    assert_eq!(host.tally.verified(), 0);
}

#[test]
fn chains_go_both_ways() {
    let mut host = Host::t1();
    assert_eq!(host.block(&t1(0x20, &[0, 0xEE, 0])), t1(0x90, &[]));
    assert_eq!(host.block(&t1(0x60, &[0, 40])), t1(0x80, &[]));
    let first = host.block(&t1(0x00, &[7; 40]));
    assert_eq!((first[1], first[2]), (0x20, 32));
    let last = host.block(&t1(0x90, &[]));
    assert_eq!((last[1], last[2], &last[3..13]), (0x40, 10, &[7, 7, 7, 7, 7, 7, 7, 7, 0x90, 0][..]));
}

#[test]
fn resynchronisation_begins_the_numbers_anew() {
    let mut host = Host::t1();
    host.block(&t1(0x00, &[0, 0x84, 0, 0, 1]));
    assert_eq!(host.block(&t1(0xC0, &[])), t1(0xE0, &[]));
    assert_eq!(host.block(&t1(0x00, &[0, 0x84, 0, 0, 1])), t1(0x00, &[0xAB, 0x90, 0]));
    assert_eq!(host.reader.counts().resynchronisations, 1);
}

#[test]
fn time_is_asked_for_before_the_answer() {
    let mut host = Host::t1();
    host.reader.set_fault(Fault::Wtx, FaultSpec::times(2));
    assert_eq!(host.block(&t1(0x00, &[0, 0x20, 0, 1])), t1(0xC3, &[1]));
    assert_eq!(host.block(&t1(0x80, &[])), t1(0xC3, &[1]));
    assert_eq!(host.block(&t1(0xE3, &[1])), t1(0xC3, &[1]));
    assert_eq!(host.block(&t1(0xE3, &[1])), t1(0x00, &[0x90, 0]));
    assert_eq!((host.tally.verified(), host.reader.counts().extensions), (1, 2));
}

#[test]
fn in_t0_data_is_fetched_by_get_response_and_lengths_are_corrected() {
    let mut host = Host::t0();
    assert_eq!(host.block(&[0, 0xEE, 0, 0, 3, 7, 8, 9]), [0x61, 3]);
    assert_eq!(host.block(&[0, 0xC0, 0, 0, 9]), [0x6C, 3]);
    assert_eq!(host.block(&[0, 0xC0, 0, 0, 2]), [7, 8, 0x61, 1]);
    assert_eq!(host.block(&[0, 0xC0, 0, 0, 1]), [9, 0x90, 0]);
    assert_eq!(host.block(&[0, 0x84, 0, 0, 2]), [0xAB, 0xAB, 0x90, 0]);
    assert_eq!(host.block(&[0, 0x20, 0, 1, 2, 0x31, 0x32]), [0x90, 0]);
    assert_eq!((host.tally.verified(), host.reader.counts().apdus), (1, 3));
}

#[test]
fn a_reader_that_speaks_otherwise_than_the_card_hears_nothing() {
    let mut host = Host::speaking(T0, 1, &[0x11, 0x10, 0, 0x4D, 0, 0x20, 0]);
    assert!(host.block(&t1(0xC1, &[254])).is_empty());
    let mut host = Host::with(BOTH);
    host.ask(0x62, [1, 0, 0], &[]);
    assert_eq!(host.block(&[0xFF, 0x01, 0xFE]), [0xFF, 0x01, 0xFE]);
    assert!(host.block(&t1(0xC1, &[254])).is_empty(), "the reader was not told");
    host.ask(0x61, [1, 0, 0], &[0x11, 0x10, 0, 0x4D, 0, 0x20, 0]);
    assert_eq!(host.block(&t1(0xC1, &[254])), t1(0xE1, &[254]));
    assert_eq!(host.ask(0x6C, [0; 3], &[]).3, [0x11, 0x10, 0, 0x4D, 0, 0x20, 0]);
}

#[test]
fn without_a_card_or_a_known_command_the_reader_says_so() {
    let mut host = Host::empty();
    assert_eq!(host.ask(0x62, [1, 0, 0], &[]), (0x80, 0x42, 0xFE, vec![]));
    assert_eq!(host.ask(0x6F, [0; 3], &[0, 0, 0]), (0x80, 0x42, 0xFE, vec![]));
    assert_eq!(host.ask(0x61, [1, 0, 0], &[0; 7]), (0x82, 0x42, 0xFE, vec![]));
    assert_eq!(host.ask(0x72, [0; 3], &[]), (0x81, 2, 0, vec![]));
    assert_eq!(host.ask(0x69, [0; 3], &[]), (0x81, 0x42, 0, vec![]));
}

#[test]
fn without_power_the_reader_is_silent_and_the_card_forgets() {
    let mut host = Host::t1();
    host.reader.patch(&json!({"power": false}), host.now_ms).unwrap();
    assert!(host.send(FIRMWARE).is_empty());
    host.reader.patch(&json!({"power": true}), host.now_ms).unwrap();
    assert_eq!(host.ask(0x65, [0; 3], &[]).1, 1);
}

#[test]
fn cards_are_put_in_by_name_and_taken_out_by_null() {
    let mut host = Host::empty();
    host.reader.patch(&json!({"card": "test"}), 0).unwrap();
    assert_eq!(host.reader.state()["card"], "test");
    host.reader.patch(&json!({"echo": false}), 0).unwrap();
    assert_eq!(host.reader.state()["card"], "test", "an absent field changes nothing");
    host.reader.patch(&json!({"card": null}), 0).unwrap();
    assert_eq!(host.reader.state()["card"], Value::Null);
    for (body, part) in [
        (json!({"card": "passport"}), "passport"),
        (json!({"volts": 4}), "volts"),
        (json!({"colour": 1}), "colour"),
        (json!({"card_settings": {}}), "no card"),
    ] {
        assert!(host.reader.patch(&body, 0).unwrap_err().to_string().contains(part));
    }
}

#[test]
fn every_fault_is_set_and_cleared_by_name() {
    let mut host = Host::t1();
    for fault in Fault::ALL {
        host.reader.set_fault_json(fault.name(), &json!({"times": 2}), 0).unwrap();
        assert_eq!(host.reader.state()["faults"][fault.name()], json!({"times": 2}));
        host.reader.clear_fault_json(fault.name(), 0).unwrap();
        assert_eq!(host.reader.state()["faults"], json!({}));
    }
    let wrong = host.reader.set_fault_json("torn", &json!({"command": 1}), 0).unwrap_err();
    assert!(wrong.to_string().contains("after_blocks"));
}
