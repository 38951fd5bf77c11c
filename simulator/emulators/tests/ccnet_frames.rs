//! Bytes of the CCNET acceptor against the frames of protocols 3, and the framing rules.

use senim_emulators::ccnet::Fault;
use senim_emulators::faults::FaultSpec;
use senim_emulators::machine::Machine as _;

use crate::ccnet_host::*;

#[test]
fn power_up_reset_and_disabled_are_answered_with_the_sample_bytes() {
    let mut host = Host::new();
    assert_eq!(host.send(POLL), [0x02, 0x03, 0x06, 0x10, 0x43, 0x92]);
    host.send(ACK);
    assert_eq!(host.send(RESET), ACK);
    assert_eq!(host.poll(), [0x13]);
    host.pass(600);
    assert_eq!(host.send(POLL), [0x02, 0x03, 0x06, 0x19, 0x82, 0x0f]);
}

#[test]
fn a_note_to_the_cassette_is_told_with_the_sample_bytes() {
    let mut host = Host::ready();
    assert_eq!(host.send(POLL), [0x02, 0x03, 0x06, 0x14, 0x67, 0xd4]);
    host.send(ACK);
    host.insert(5_000);
    assert_eq!(host.send(POLL), [0x02, 0x03, 0x06, 0x15, 0xee, 0xc5]);
    host.send(ACK);
    host.pass(400);
    assert_eq!(host.send(POLL), [0x02, 0x03, 0x07, 0x80, 0x04, 0xa8, 0x75]);
    host.send(ACK);
    assert_eq!(host.send(STACK), ACK);
    assert_eq!(host.send(POLL), [0x02, 0x03, 0x06, 0x17, 0xfc, 0xe6]);
    host.send(ACK);
    host.pass(600);
    assert_eq!(host.send(POLL), [0x02, 0x03, 0x07, 0x81, 0x04, 0x70, 0x6c]);
    host.send(ACK);
    assert_eq!(host.poll(), [0x14]);
    assert_eq!(host.device.cassette().notes[&5_000], 1);
}

#[test]
fn refusal_and_failure_are_told_with_the_sample_bytes() {
    let mut host = Host::ready();
    host.device.insert(200, Some(0x68), host.now_ms).unwrap();
    host.pass(400);
    assert_eq!(host.send(POLL), [0x02, 0x03, 0x07, 0x1c, 0x68, 0x3f, 0x6c]);
    host.send(ACK);
    host.until(&[0x14]);
    host.fault(Fault::StackMotor, FaultSpec::times(1)).insert(200).until(&[0x80, 0]);
    host.send(STACK);
    host.pass(600);
    assert_eq!(host.send(POLL), [0x02, 0x03, 0x07, 0x47, 0x50, 0xab, 0xe6]);
}

#[test]
fn identity_and_table_are_told_where_the_state_allows_and_refused_elsewhere() {
    let mut host = Host::new();
    let identity = data(&host.send(IDENT));
    assert_eq!((identity.len(), &identity[..15]), (34, b"SENIM-CCNET-EMU".as_slice()));
    host.send(ACK);
    let table = data(&host.send(TABLE));
    assert_eq!((table.len(), &table[20..25]), (120, [5, b'K', b'A', b'Z', 3].as_slice()));
    assert_eq!(table[35..], [0; 85]);
    host.send(ACK);
    host.make_ready();
    assert_eq!(host.send(IDENT), ILLEGAL);
    assert_eq!(host.send(TABLE), ILLEGAL);
    assert_eq!(host.send(DISABLE), ACK);
    assert_eq!(data(&host.send(IDENT)).len(), 34);
}

#[test]
fn the_enable_mask_counts_types_from_its_last_bit() {
    let mut host = Host::ready();
    // Types 23 and 4 enabled, type 4 alone in escrow.
    let frame = sealed(&[0x34, 0x80, 0x00, 0x10, 0x00, 0x00, 0x10]);
    assert_eq!(host.send(&frame), ACK);
    assert_eq!(host.device.masks(), (1 << 23 | 1 << 4, 1 << 4));
    assert_eq!(data(&host.send(STATUS)), [0x80, 0x00, 0x10, 0, 0, 0]);
    host.send(ACK);
    assert_eq!(host.send(DISABLE), ACK);
    assert_eq!(host.poll(), [0x19]);
    assert_eq!(host.send(ENABLE_ALL_NO_ESCROW), ACK);
    assert_eq!(host.device.masks(), (0xFF_FFFF, 0));
}

#[test]
fn what_does_not_fit_the_state_is_illegal() {
    let mut host = Host::new();
    assert_eq!(host.send(ENABLE_ALL), ILLEGAL, "in power-up");
    host.make_ready();
    for frame in [STACK, RETURN, HOLD] {
        assert_eq!(host.send(frame), ILLEGAL, "no note in escrow");
    }
    assert_eq!(host.send(&sealed(&[0x7A])), ILLEGAL);
    assert_eq!(host.send(&sealed(&[0x34, 0xFF])), ILLEGAL, "half a mask");
}

#[test]
fn a_wrong_crc_is_answered_with_nak_and_nothing_is_carried_out() {
    let mut host = Host::new();
    let mut frame = RESET.to_vec();
    frame[5] ^= 1;
    assert_eq!(host.send(&frame), NAK);
    assert_eq!(host.poll(), [0x10]);
    assert_eq!((host.device.line().corrupt, host.device.frames(0x30)), (1, 0));
}

#[test]
fn the_answer_is_sent_again_on_nak() {
    let mut host = Host::new();
    let first = host.send(POLL);
    for _ in 0..3 {
        assert_eq!(host.send(NAK), first);
    }
    assert!(host.send(NAK).is_empty(), "given up");
    assert!(host.pass(60_000).is_empty(), "the peripheral never speaks unasked");
}

#[test]
fn frames_come_in_any_cut_and_behind_noise() {
    let mut host = Host::new();
    for byte in POLL {
        host.device.handle_input(&[*byte], host.now_ms);
        host.now_ms += 1;
    }
    assert_eq!(data(&host.pass(20)), [0x10]);
    host.send(ACK);
    let mut stream = vec![0xFF, 0x00, 0x03];
    stream.extend(POLL);
    assert_eq!(data(&host.send(&stream)), [0x10]);
    host.send(&POLL[..4]);
    host.pass(400);
    assert_eq!(host.poll(), [0x10], "half a frame was forgotten");
}

#[test]
fn frames_for_another_address_are_not_answered() {
    let mut host = Host::new();
    assert!(host.send(&[0x02, 0x01, 0x06, 0x33, 0x36, 0x7b]).is_empty());
    assert_eq!(host.poll(), [0x10]);
}

#[test]
fn acknowledgement_right_before_the_next_command_is_heard_and_counted_as_haste() {
    let mut host = Host::ready();
    host.insert(200).until(&[0x80, 0]);
    host.send(STACK);
    host.pass(700);
    host.send(POLL);
    assert_eq!(data(&host.send(&[ACK, POLL].concat())), [0x14], "the event was acknowledged");
    assert_eq!((host.device.line().hasty, host.device.line().unacknowledged), (1, 0));
    host.pass(50);
    host.send(POLL);
    assert_eq!(host.device.line().unacknowledged, 1);
}

/// A frame whose CRC the device accepts, found without knowing how it is reckoned.
fn sealed(data: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x02, 0x03, u8::try_from(data.len() + 5).unwrap()];
    frame.extend(data);
    frame.extend(crc(&frame).to_le_bytes());
    frame
}

fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte), |sum, _| sum >> 1 ^ if sum & 1 == 1 { 0x8408 } else { 0 })
    })
}
