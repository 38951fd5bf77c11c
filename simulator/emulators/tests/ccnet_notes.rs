//! The acceptor's notes: escrow, cassette, power cuts at each stage, and that none is lost from the account.

use senim_emulators::ccnet::{Fault, Options, Place};
use senim_emulators::faults::FaultSpec;

use crate::ccnet_host::*;

#[test]
fn a_note_is_given_back_on_return_and_by_itself_after_ten_seconds() {
    let mut host = Host::ready();
    host.insert(1_000).until(&[0x80, 2]);
    host.send(RETURN);
    assert_eq!(host.until(&[0x14]), [vec![0x18], vec![0x82, 2], vec![0x14]]);
    host.insert(1_000).until(&[0x80, 2]);
    host.pass(9_000);
    assert_eq!(host.poll(), [0x80, 2]);
    host.pass(1_500);
    assert_eq!(host.until(&[0x14]), [vec![0x82, 2], vec![0x14]]);
    assert_eq!(host.device.ledger().returned[&1_000], 2);
    assert!(host.device.balanced());
}

#[test]
fn hold_keeps_the_note_for_another_ten_seconds() {
    let mut host = Host::ready();
    host.insert(1_000).until(&[0x80, 2]);
    for _ in 0..5 {
        assert_eq!(host.send(HOLD), ACK);
        assert_eq!(host.poll(), [0x1a]);
        host.pass(9_000);
    }
    assert_eq!(host.send(STACK), ACK);
    host.until(&[0x81, 2]);
    assert_eq!(host.stacked(), 1);
}

#[test]
fn a_type_without_escrow_goes_straight_to_the_cassette() {
    let mut host = Host::ready();
    host.send(ENABLE_ALL_NO_ESCROW);
    let seen = host.insert(200).until(&[0x81, 0]);
    assert_eq!(seen, [vec![0x15], vec![0x17], vec![0x81, 0]]);
}

#[test]
fn notes_not_known_or_not_enabled_are_refused_and_a_disabled_mouth_takes_none() {
    let mut host = Host::ready();
    assert_eq!(host.insert(12_345).until(&[0x1c, 0x65]).last().unwrap(), &[0x1c, 0x65]);
    host.until(&[0x14]);
    host.send(DISABLE);
    assert!(host.device.insert(200, None, host.now_ms).unwrap_err().contains("19"));
    assert_eq!(host.device.ledger().returned[&12_345], 1);
    assert!(host.device.balanced());
}

#[test]
fn the_stacked_event_is_told_until_its_ack_is_heard() {
    let mut host = Host::ready();
    host.fault(Fault::LostAck, FaultSpec::times(2)).insert(5_000).until(&[0x80, 4]);
    host.send(STACK);
    host.pass(700);
    for _ in 0..3 {
        assert_eq!(host.poll(), [0x81, 4]);
    }
    assert_eq!(host.poll(), [0x14]);
    assert_eq!(host.stacked(), 1);
}

#[test]
fn a_cassette_out_and_in_again_has_to_be_enabled_anew() {
    let mut host = Host::ready();
    host.device.set_cassette(false, host.now_ms);
    assert_eq!(host.poll(), [0x42]);
    host.device.set_cassette(true, host.now_ms);
    assert_eq!(host.until(&[0x19]), [vec![0x13], vec![0x19]]);
}

#[test]
fn a_full_cassette_is_told_and_takes_no_more() {
    let mut host = Host::with(Options { capacity: 1, ..Options::default() });
    host.make_ready();
    host.insert(500).until(&[0x80, 1]);
    host.send(STACK);
    assert_eq!(host.until(&[0x41]), [vec![0x17], vec![0x81, 1], vec![0x41]]);
    assert!(host.device.insert(500, None, host.now_ms).is_err());
}

#[test]
fn a_power_loss_finds_the_note_where_it_lay() {
    let rows = [
        (Fault::PowerLossAccepting, None, 0x11, Some(Place::Validator)),
        (Fault::PowerLossEscrow, None, 0x11, Some(Place::Validator)),
        (Fault::PowerLossReturning, Some(RETURN), 0x11, Some(Place::Validator)),
        (Fault::PowerLossStacking, Some(STACK), 0x11, Some(Place::Validator)),
        (Fault::PowerLossPastRecall, Some(STACK), 0x12, Some(Place::PastRecall)),
        (Fault::PowerLossStacked, Some(STACK), 0x12, None),
    ];
    for (fault, command, state, place) in rows {
        let mut host = Host::ready();
        host.fault(fault, FaultSpec::times(1)).insert(5_000).pass(450);
        if let Some(command) = command {
            assert_eq!(host.send(command), ACK, "{fault:?}");
        }
        host.pass(1_600);
        assert_eq!(host.poll(), [state], "{fault:?}");
        assert_eq!(host.device.note().map(|note| note.place), place, "{fault:?}");
        host.send(RESET);
        host.until(&[0x19]);
        let stacked = u64::from(state == 0x12);
        assert_eq!((host.stacked(), host.device.balanced()), (stacked, true), "{fault:?}");
    }
}

#[test]
fn a_note_found_past_recall_may_be_forgotten_or_told_after_reset() {
    let lose = |options| {
        let mut host = Host::with(options);
        host.make_ready();
        host.fault(Fault::PowerLossStacked, FaultSpec::times(1)).insert(5_000).until(&[0x80, 4]);
        host.send(STACK);
        host.pass(2_000);
        host
    };
    let mut host = lose(Options { remembers_stacked: false, ..Options::default() });
    assert_eq!(host.poll(), [0x10]);
    let mut host = lose(Options { stacked_after_reset: true, ..Options::default() });
    assert_eq!(host.poll(), [0x12]);
    host.send(RESET);
    assert!(host.until(&[0x19]).contains(&vec![0x81, 4]));
    assert_eq!(host.stacked(), 1);
}
