//! Bytes of the LCDM-4000 against frames captured from an independent host (protocols 1.4), and the framing rules.

use senim_emulators::lcdm4000::{Command, Dialect, Options, ResetReply, Unit};

use crate::host::*;

#[test]
fn status_is_answered_with_the_captured_bytes() {
    let mut host = Host::new();
    assert_eq!(
        host.exchange(STATUS),
        [
            0x01, 0x30, 0x02, 0x50, 0x20, 0x20, 0x20, 0x31, 0x2a, 0x60, 0x20, 0x32, 0x2a, 0x60, 0x20, 0x33,
            0x2a, 0x60, 0x20, 0x34, 0x2a, 0x60, 0x03, 0x64
        ]
    );
}

#[test]
fn dispense_and_last_status_are_answered_with_the_captured_bytes() {
    let mut host = Host::new();
    let frame = dispense([2, 3, 0, 1]);
    assert_eq!(frame.last(), Some(&0x47));
    let mut expected = vec![
        0x01, 0x30, 0x02, 0x52, 0x20, 0x30, 0x22, 0x20, 0x31, 0x23, 0x20, 0x32, 0x20, 0x20, 0x33, 0x21, 0x20,
        0x34,
    ];
    expected.extend([0x20; 9]);
    expected.extend([0x03, 0x56]);
    assert_eq!(host.exchange(&frame), expected);
    assert_eq!(
        host.exchange(LAST_STATUS),
        [
            0x01, 0x30, 0x02, 0x55, 0x52, 0x20, 0x30, 0x22, 0x20, 0x31, 0x23, 0x20, 0x32, 0x20, 0x20, 0x33,
            0x21, 0x20, 0x34, 0x03, 0x23
        ]
    );
    assert_eq!(
        host.device.dispensed_total().into_iter().collect::<Vec<_>>(),
        [(2_000, 1), (10_000, 3), (20_000, 2)]
    );
    host.assert_no_note_lost();
}

#[test]
fn dispense_order_is_answered_with_the_captured_bytes_and_can_be_changed() {
    let mut host = Host::new();
    let get = [0x04, 0x30, 0x02, 0x5d, 0x03, 0x68];
    assert_eq!(host.exchange(&get), [0x01, 0x30, 0x02, 0x5d, 0x20, 0x31, 0x32, 0x33, 0x34, 0x03, 0x49]);
    let set = sealed(vec![0x04, 0x30, 0x02, 0x5c, 0x34, 0x33, 0x32, 0x31]);
    assert_eq!(host.exchange(&set)[4], 0x20);
    assert_eq!(host.exchange(&get)[5..9], [0x34, 0x33, 0x32, 0x31]);
    let twice_the_same = sealed(vec![0x04, 0x30, 0x02, 0x5c, 0x31, 0x31, 0x33, 0x34]);
    assert_eq!(host.exchange(&twice_the_same)[4], 0x51, "abnormal parameter");
}

#[test]
fn frames_are_found_by_length_whatever_the_check_byte_is() {
    for wanted_check in [0x03, 0x04, 0x06, 0x15] {
        let frame = (1..=100)
            .map(|one| [one, 0, 0, 0])
            .map(dispense)
            .find(|frame| frame.last() == Some(&wanted_check))
            .expect("such counts exist");
        let mut host = Host::new();
        let reply = host.exchange(&frame);
        assert_eq!(reply.len(), 29, "check byte {wanted_check:02x}");
        assert_eq!(counts(&reply).0, 0);
    }
}

#[test]
fn a_frame_may_come_byte_by_byte_but_within_200_ms() {
    let mut host = Host::new();
    for (at, byte) in STATUS.iter().enumerate() {
        let came = host.send(&[*byte]);
        assert_eq!(came.is_empty(), at + 1 < STATUS.len());
        host.pass(20);
    }
    let mut host = Host::new();
    assert!(host.send(&STATUS[..3]).is_empty());
    host.pass(201);
    assert!(host.send(&STATUS[3..]).is_empty(), "the first half was forgotten");
    host.pass(201);
    assert_eq!(host.exchange(STATUS).len(), 24);
}

#[test]
fn a_wrong_check_byte_is_answered_with_nak_and_nothing_moves() {
    let mut host = Host::new();
    let mut frame = dispense([1, 0, 0, 0]);
    *frame.last_mut().unwrap() ^= 0x01;
    assert_eq!(host.send(&frame), [0x15]);
    assert!(host.pass(120_000).is_empty());
    assert_eq!(host.notes(Unit::One), 100);
    assert!(host.device.frames_seen().is_empty());
}

#[test]
fn noise_before_a_frame_is_passed_over() {
    let mut host = Host::new();
    let mut bytes = vec![0xFF, 0x06, 0x15, 0x04, 0x04];
    bytes.extend_from_slice(&STATUS[1..]);
    assert_eq!(host.send(&bytes)[0], 0x06);
}

#[test]
fn a_reply_is_sent_again_three_times_on_nak_and_then_given_up() {
    let mut host = Host::new();
    let first = host.send(STATUS)[1..].to_vec();
    for _ in 0..3 {
        assert_eq!(host.send(&[0x15]), first);
    }
    assert!(host.send(&[0x15]).is_empty());
    assert!(!host.device.busy());
    assert!(host.pass(10_000).is_empty());
}

#[test]
fn a_reply_is_sent_again_three_times_into_silence() {
    let mut host = Host::new();
    let first = host.send(STATUS)[1..].to_vec();
    let came = host.pass(60_000);
    assert_eq!(came.len(), 3);
    assert!(came.iter().all(|(_, bytes)| *bytes == first));
    assert!(!host.device.busy());
}

#[test]
fn a_new_command_ends_the_waiting_for_an_ack() {
    let mut host = Host::new();
    host.exchange(&dispense([1, 0, 0, 0]));
    host.send(STATUS);
    assert_eq!(last(&host.exchange(LAST_STATUS)), (0x52, 0, [1, 0, 0, 0], [0; 4]));
}

#[test]
fn the_device_is_deaf_while_it_moves_notes() {
    let mut host = Host::new();
    assert_eq!(host.send(&dispense([5, 0, 0, 0])), [0x06]);
    host.pass(50);
    assert!(host.send(LAST_STATUS).is_empty());
    let came = host.pass(300);
    assert_eq!(came[0].0, 1_000 + 20 + 5 * 40);
    assert_eq!(host.device.executed(Command::LastStatus), 0);
}

#[test]
fn reset_is_silent_or_answers_twice() {
    let mut host = Host::new();
    assert!(host.send(RESET).is_empty());
    assert!(host.send(STATUS).is_empty(), "busy for two seconds");
    assert!(host.pass(2_000).is_empty());
    host.exchange(STATUS);

    let mut host = Host::with(Options { reset_reply: ResetReply::Twice, ..Options::default() });
    let reply = sealed(vec![0x01, 0x30, 0x02, 0x44, 0x20]);
    let mut first = vec![0x06];
    first.extend(&reply);
    assert_eq!(host.send(RESET), first);
    assert_eq!(host.pass(2_000), [(3_000, reply)]);
    assert_eq!(host.send(&[0x06]), [0x04]);
}

#[test]
fn test_dispense_fills_the_reject_tray_and_gives_nothing() {
    let mut host = Host::new();
    let mut frame = dispense([2, 0, 0, 1]);
    frame.truncate(19);
    frame[3] = 0x53;
    assert_eq!(counts(&host.exchange(&sealed(frame))), (0, [0; 4], [2, 0, 0, 1]));
    assert!(host.device.dispensed_total().is_empty());
    assert_eq!(host.device.rejected_total().into_iter().collect::<Vec<_>>(), [(2_000, 1), (20_000, 2)]);
    assert_eq!(last(&host.exchange(LAST_STATUS)).0, 0x53);
}

#[test]
fn the_serial_number_dialect_refuses_the_same_number_twice() {
    let mut host = Host::with(Options { dialect: Dialect::SerialNumber, ..Options::default() });
    let number = [0x04, 0x30, 0x02, 0x67, 0x03, 0x52];
    assert_eq!(host.exchange(&number), sealed(vec![0x01, 0x30, 0x02, 0x67, 0x20, 0x20]));
    let frame = sealed(vec![0x04, 0x30, 0x02, 0x52, 0x21, 0x20, 0x20, 0x20, 0x20, 0x20, 0x21]);
    assert_eq!(counts(&host.exchange(&frame)), (0, [1, 0, 0, 0], [0; 4]));
    assert_eq!(counts(&host.exchange(&frame)), (0x31, [0; 4], [0; 4]));
    assert_eq!(host.exchange(&number)[5], 0x21);
    assert_eq!(host.notes(Unit::One), 99);
}

#[test]
fn unknown_commands_and_parameters_are_abnormal() {
    let mut host = Host::new();
    assert_eq!(host.exchange(&sealed(vec![0x04, 0x30, 0x02, 0x7a]))[4], 0x50);
    assert_eq!(host.exchange(&sealed(vec![0x04, 0x30, 0x02, 0x67]))[4], 0x50, "not in the stock dialect");
    let mut frame = dispense([1, 0, 0, 0]);
    frame.truncate(19);
    frame[12] = 0x21;
    assert_eq!(counts(&host.exchange(&sealed(frame))).0, 0x31);
    assert_eq!(counts(&host.exchange(&dispense([0; 4]))).0, 0x31);
    assert_eq!(host.exchange(&sealed(vec![0x04, 0x30, 0x02, 0x58, 0x35])).len(), 11);
    host.assert_no_note_lost();
}

#[test]
fn settings_of_opacity_and_length_are_read_back_and_shown_by_status_and_sensors() {
    let mut host = Host::new();
    let opacity = [0x30, 0x3b, 0x30, 0x3c, 0x30, 0x3d, 0x30, 0x3e];
    let mut set = vec![0x04, 0x30, 0x02, 0x5a];
    set.extend(opacity);
    assert_eq!(host.exchange(&sealed(set)).len(), 7);
    assert_eq!(host.exchange(&sealed(vec![0x04, 0x30, 0x02, 0x5b]))[5..13], opacity);
    let length = [0x3b, 0x37, 0x34, 0x30, 0x34, 0x30, 0x34, 0x30];
    let mut set = vec![0x04, 0x30, 0x02, 0x5e];
    set.extend(length);
    host.exchange(&sealed(set));
    assert_eq!(host.exchange(&sealed(vec![0x04, 0x30, 0x02, 0x5f]))[5..13], length);
    assert_eq!(host.exchange(STATUS)[8..10], [0x2b, 0xd7]);
    assert_eq!(
        host.exchange(&sealed(vec![0x04, 0x30, 0x02, 0x58, 0x31]))[4..9],
        [0x20, 0x2b, 0xd7, 0x20, 0x20]
    );
}

#[test]
fn more_notes_than_a_transaction_allows_are_refused_before_any_moves() {
    let mut host = Host::new();
    assert_eq!(counts(&host.exchange(&dispense([50, 51, 0, 0]))), (0x0C, [0; 4], [0; 4]));
    assert_eq!(counts(&host.exchange(&dispense([50, 50, 0, 0]))), (0, [50, 50, 0, 0], [0; 4]));
}

#[test]
fn a_cassette_that_runs_empty_ends_in_a_pick_up_error_with_what_left() {
    let mut host = Host::new();
    host.exchange(&dispense([95, 0, 0, 0]));
    assert_eq!(host.exchange(STATUS)[6], 0x28, "near end");
    assert_eq!(counts(&host.exchange(&dispense([7, 2, 0, 0]))), (0x01, [5, 0, 0, 0], [0; 4]));
    assert_eq!(last(&host.exchange(LAST_STATUS)), (0x52, 0x01, [5, 0, 0, 0], [0; 4]));
    host.assert_no_note_lost();
}
