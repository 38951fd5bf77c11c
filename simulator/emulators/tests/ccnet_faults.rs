//! The acceptor's faults: each does what its name says and strikes as often as it is told to.

use senim_emulators::ccnet::{Ccnet, Fault, Options, Table};
use senim_emulators::control::{ControlError, Controlled as _};
use senim_emulators::faults::FaultSpec;
use serde_json::json;

use crate::ccnet_host::*;

fn on_poll(times: u32) -> FaultSpec {
    FaultSpec { times: Some(times), command: Some(0x33), ..FaultSpec::default() }
}

#[test]
fn line_faults_spoil_answers_and_strike_as_often_as_told() {
    let good = Host::new().send(POLL);
    let mut bad_crc = good.clone();
    bad_crc[5] ^= 0xFF;
    let rows: [(Fault, Vec<u8>); 6] = [
        (Fault::Silence, Vec::new()),
        (Fault::NoAnswer, Vec::new()),
        (Fault::Nak, NAK.to_vec()),
        (Fault::BadCrc, bad_crc),
        (Fault::ShortFrame, good[..3].to_vec()),
        (Fault::DoubleAnswer, [good.clone(), good.clone()].concat()),
    ];
    for (fault, expected) in rows {
        let mut host = Host::new();
        host.fault(fault, on_poll(2));
        assert_eq!(data(&host.send(IDENT)).len(), 34, "{fault:?}: another command");
        assert_eq!((host.send(POLL), host.send(POLL)), (expected.clone(), expected), "{fault:?}");
        assert_eq!(host.send(POLL), good, "{fault:?}");
    }
}

#[test]
fn noise_comes_before_the_answer_and_garbage_in_place_of_it() {
    let good = Host::new().send(POLL);
    let mut host = Host::new();
    host.fault(Fault::Noise, on_poll(1));
    let noisy = host.send(POLL);
    assert!(noisy.len() > good.len() && noisy.ends_with(&good), "{noisy:02x?}");
    host.fault(Fault::Garbage, on_poll(1));
    assert_eq!(host.send(POLL), noisy[..noisy.len() - good.len()]);
    assert_eq!(host.send(POLL), good);
}

#[test]
fn a_late_answer_comes_when_it_was_told_to() {
    let mut host = Host::new();
    host.fault(Fault::LateAnswer, FaultSpec { delay_ms: Some(500), ..on_poll(1) });
    assert!(host.send(POLL).is_empty());
    assert!(host.pass(480).is_empty());
    assert_eq!(data(&host.pass(20)), [0x10]);
}

#[test]
fn silence_leaves_a_command_undone_and_a_lost_answer_does_not() {
    for (fault, done) in
        [(Fault::Silence, false), (Fault::Nak, false), (Fault::Illegal, false), (Fault::NoAnswer, true)]
    {
        let mut host = Host::ready();
        host.insert(5_000).until(&[0x80, 4]);
        host.fault(fault, FaultSpec { times: Some(1), command: Some(0x35), ..FaultSpec::default() });
        assert_ne!(host.send(STACK), ACK, "{fault:?}");
        assert_eq!(host.poll() == [0x17], done, "{fault:?}");
    }
}

#[test]
fn jams_strike_at_their_stage_and_reset_brings_the_note_to_rest() {
    let rows = [
        (Fault::JamAccepting, None, vec![0x43], 0),
        (Fault::JamReturning, Some(RETURN), vec![0x43], 0),
        (Fault::JamStacking, Some(STACK), vec![0x43], 0),
        (Fault::JamCassette, Some(STACK), vec![0x44], 1),
        (Fault::StackMotor, Some(STACK), vec![0x47, 0x50], 0),
    ];
    for (fault, command, state, stacked) in rows {
        let mut host = Host::ready();
        host.fault(fault, FaultSpec::times(1)).insert(5_000).pass(450);
        if let Some(command) = command {
            assert_eq!(host.send(command), ACK, "{fault:?}");
        }
        host.pass(800);
        assert_eq!(host.poll(), state, "{fault:?}");
        host.pass(60_000);
        assert_eq!(host.poll(), state, "{fault:?} lasts");
        host.send(RESET);
        host.until(&[0x19]);
        assert_eq!((host.stacked(), host.device.balanced()), (stacked, true), "{fault:?}");
    }
}

#[test]
fn a_cheated_note_is_gone_and_a_pause_passes() {
    let mut host = Host::ready();
    host.fault(Fault::Cheated, FaultSpec::times(1)).fault(Fault::Pause, FaultSpec::times(1));
    assert_eq!(host.insert(5_000).until(&[0x80, 4])[..2], [vec![0x46], vec![0x15]]);
    host.send(STACK);
    assert_eq!(host.until(&[0x14]), [vec![0x17], vec![0x45], vec![0x14]]);
    assert_eq!(host.device.ledger().pulled_out[&5_000], 1);
    assert!(host.device.balanced());
}

#[test]
fn conditions_last_until_they_are_deleted() {
    let mut host = Host::ready();
    host.fault(Fault::StackerFull, FaultSpec::default());
    assert_eq!(host.poll(), [0x41]);
    host.device.clear_fault(Fault::StackerFull, host.now_ms);
    host.fault(Fault::NoteStuck, FaultSpec::default()).insert(5_000).until(&[0x80, 4]);
    host.send(STACK);
    host.pass(60_000);
    assert_eq!(host.poll(), [0x17]);
    host.device.clear_fault(Fault::NoteStuck, host.now_ms);
    host.until(&[0x81, 4]);
    host.fault(Fault::CassetteOut, FaultSpec::default());
    assert_eq!(host.poll(), [0x42]);
    host.device.clear_fault(Fault::CassetteOut, host.now_ms);
    assert_eq!(host.poll(), [0x13]);
}

#[test]
fn a_person_acts_through_the_control_interface() {
    let mut host = Host::ready();
    let now_ms = host.now_ms;
    host.device.patch(&json!({"insert": 5000}), now_ms).unwrap();
    host.until(&[0x80, 4]);
    assert_eq!(host.device.state()["note"], json!({"value": 5000, "type": 4, "place": "validator"}));
    host.send(STACK);
    host.until(&[0x14]);
    host.device.patch(&json!({"cassette": false, "collect": true}), host.now_ms).unwrap();
    let state = host.device.state();
    assert_eq!((&state["state"], &state["cassette"]["seated"]), (&json!("42"), &json!(false)));
    assert_eq!(state["notes"]["collected"], json!({"5000": 1}));
    host.device.patch(&json!({"power": false}), host.now_ms).unwrap();
    assert!(host.send(POLL).is_empty());
    assert_eq!(host.device.state()["losses"], 1);
    assert!(host.device.balanced());
}

#[test]
fn settings_are_taken_whole_or_not_at_all() {
    let mut device = Ccnet::new(Options::default(), Table::default());
    let rows = [
        (json!({"init_ms": 1, "colour": 1}), "colour"),
        (json!({"init_ms": 1, "bills": [{"type": 24}]}), "0 to 23"),
        (json!({"init_ms": 1, "bills": [{"type": 1, "value": 2561}]}), "255"),
        (json!({"init_ms": 1, "bills": [{"type": 1, "country": "KZ"}]}), "three"),
        (json!({"init_ms": 1, "part": "much too long for a part"}), "15"),
        (json!({"init_ms": 1, "refuse": 96}), "insert"),
        (json!({"init_ms": 1, "collect": true}), "out"),
        (json!({"init_ms": 1, "insert": 200}), "no note in now"),
    ];
    for (body, words) in rows {
        assert!(
            matches!(device.patch(&body, 0), Err(ControlError::Invalid(said)) if said.contains(words)),
            "{body}"
        );
    }
    assert_eq!(device.options(), &Options::default());
    assert!(device.set_fault_json("note_stuck", &json!({"times": 1}), 0).is_err());
    device.patch(&json!({"bills": [{"type": 9, "value": 100, "country": "USD"}]}), 0).unwrap();
    assert_eq!(device.state()["bills"][7], json!({"type": 9, "value": 100, "country": "USD"}));
}
