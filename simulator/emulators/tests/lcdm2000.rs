//! Bytes of the LCDM-2000 against the sample frames of protocols 1.3, the framing rules, and every fault.

use senim_emulators::control::Controlled;
use senim_emulators::faults::{FaultKind, FaultSpec};
use senim_emulators::lcdm2000::{Bay, Cassette, Command, Fault, Lcdm2000, Options, ReplyOrder};
use senim_emulators::machine::Machine;
use serde_json::json;

use crate::host::sealed;

const PURGE: &[u8] = &[0x04, 0x50, 0x02, 0x44, 0x03, 0x11];
const STATUS: &[u8] = &[0x04, 0x50, 0x02, 0x46, 0x03, 0x13];
const ROM_VERSION: &[u8] = &[0x04, 0x50, 0x02, 0x47, 0x03, 0x12];
const UPPER_10: &[u8] = &[0x04, 0x50, 0x02, 0x45, 0x31, 0x30, 0x03, 0x11];
const LOWER_5: &[u8] = &[0x04, 0x50, 0x02, 0x55, 0x30, 0x35, 0x03, 0x05];
const BOTH_2_3: &[u8] = &[0x04, 0x50, 0x02, 0x56, 0x30, 0x32, 0x30, 0x33, 0x03, 0x02];

struct Host {
    device: Lcdm2000,
    now_ms: u64,
}

impl Host {
    fn new() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        let cassettes = [20_000, 5_000].map(|tenge| Cassette::new(tenge, 100));
        Self { device: Lcdm2000::new(options, cassettes), now_ms: 1_000 }
    }

    fn fault(&mut self, fault: Fault, spec: FaultSpec) {
        self.device.set_fault(fault, spec, self.now_ms);
    }

    /// Sends and returns what comes back without any time passing.
    fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.device.handle_input(bytes, self.now_ms);
        std::iter::from_fn(|| self.device.poll_transmit(self.now_ms)).flatten().collect()
    }

    /// Lets time pass and returns each piece that came.
    fn pass(&mut self, for_ms: u64) -> Vec<Vec<u8>> {
        let end_ms = self.now_ms + for_ms;
        let mut came = Vec::new();
        loop {
            came.extend(std::iter::from_fn(|| self.device.poll_transmit(self.now_ms)));
            match self.device.poll_timeout() {
                Some(at_ms) if at_ms <= end_ms => {
                    self.now_ms = at_ms.max(self.now_ms);
                    self.device.handle_timeout(self.now_ms);
                }
                _ => break,
            }
        }
        self.now_ms = end_ms;
        came
    }

    /// One command as a host does it: send, ACK, reply, ACK. Returns the reply.
    fn exchange(&mut self, frame: &[u8]) -> Vec<u8> {
        let mut came = self.send(frame);
        assert_eq!(came.first(), Some(&0x06), "the command is acknowledged");
        came.remove(0);
        while came.is_empty() {
            let at_ms = self.device.poll_timeout().expect("the device will answer");
            came.extend(self.pass(at_ms - self.now_ms).concat());
        }
        assert!(self.send(&[0x06]).is_empty(), "this model ends without EOT");
        came
    }

    /// The data of a reply as text.
    fn data(&mut self, frame: &[u8]) -> String {
        let reply = self.exchange(frame);
        String::from_utf8(reply[4..reply.len() - 2].to_vec()).unwrap()
    }

    fn exited(&self) -> [u64; 2] {
        Bay::ALL.map(|bay| self.device.cassette(bay).exited)
    }

    fn assert_no_note_lost(&self) {
        for bay in Bay::ALL {
            let cassette = self.device.cassette(bay);
            let on_path = u64::from(*self.device.on_path().at(bay));
            let everywhere = u64::from(cassette.notes) + cassette.exited + cassette.rejected + on_path;
            assert_eq!(everywhere, 100, "{bay:?}");
        }
    }
}

fn after(notes: u8) -> FaultSpec {
    FaultSpec { after_notes: Some(notes), ..FaultSpec::times(1) }
}

#[test]
fn sample_frames_are_answered_with_the_sample_bytes() {
    let mut host = Host::new();
    assert_eq!(host.exchange(UPPER_10), b"\x01\x50\x02\x45\x31\x30\x31\x30\x30\x30\x30\x30\x03\x15");
    assert_eq!(
        host.exchange(BOTH_2_3),
        [
            0x01, 0x50, 0x02, 0x56, 0x30, 0x32, 0x30, 0x32, 0x30, 0x33, 0x30, 0x33, 0x30, 0x30, 0x30, 0x30,
            0x30, 0x30, 0x30, 0x03, 0x36
        ]
    );
    assert_eq!(host.exited(), [12, 3]);
    assert_eq!(host.data(LOWER_5), "05050000");
    assert_eq!(host.exchange(PURGE), sealed(vec![0x01, 0x50, 0x02, 0x44, 0x30]));
    assert_eq!(host.exchange(STATUS), sealed(vec![0x01, 0x50, 0x02, 0x46, 0x30, 0x30, 0x80, 0x80]));
    assert_eq!(host.data(ROM_VERSION), "O23T1A2B");
    host.assert_no_note_lost();
}

#[test]
fn the_sample_jam_counts_what_was_picked_up_what_left_and_what_was_rejected() {
    let mut host = Host::new();
    host.fault(Fault::JamAfter, FaultSpec { rejects: Some(1), ..after(7) });
    assert_eq!(host.exchange(UPPER_10), b"\x01\x50\x02\x45\x31\x30\x30\x37\x33\x30\x30\x31\x03\x11");
    assert_eq!(host.device.on_path().upper, 2);
    host.assert_no_note_lost();
}

#[test]
fn the_combined_reply_has_either_order() {
    for (reply_order, expected) in
        [(ReplyOrder::PerCassette, "040203030000200"), (ReplyOrder::PerSensor, "040302030000200")]
    {
        let mut host = Host::with(Options { reply_order, ..Options::default() });
        host.fault(Fault::Reject, FaultSpec::times(2));
        assert_eq!(host.data(BOTH_2_3), expected);
    }
}

#[test]
fn frames_are_found_by_length_whatever_the_check_byte_is() {
    for wanted in [0x01, 0x02, 0x03, 0x04, 0x06] {
        let counts = (10..=19).flat_map(|upper| (10..=19).map(move |lower| format!("{upper}{lower}")));
        let frames = counts.map(|digits| sealed([b"\x04\x50\x02\x56", digits.as_bytes()].concat()));
        let frame =
            frames.into_iter().find(|frame| frame.last() == Some(&wanted)).expect("such counts exist");
        let mut host = Host::new();
        assert_eq!(host.exchange(&frame).len(), 21, "check byte {wanted:02x}");
        assert_eq!(host.exchange(STATUS).len(), 10);
    }
}

#[test]
fn a_wrong_check_byte_is_refused_and_a_slow_frame_forgotten() {
    let mut host = Host::new();
    let mut frame = UPPER_10.to_vec();
    frame[7] ^= 1;
    assert_eq!(host.send(&frame), [0x15]);
    assert!(host.send(&STATUS[..3]).is_empty());
    host.pass(201);
    assert!(host.send(&STATUS[3..]).is_empty());
    assert_eq!(host.exited(), [0, 0]);
    assert_eq!(
        host.send(&[&[0xFF, 0x06, 0x04, 0x04], &STATUS[1..]].concat())[0],
        0x06,
        "noise before a frame"
    );
}

#[test]
fn a_reply_is_sent_again_three_times_on_nak_and_into_silence() {
    let mut host = Host::new();
    let first = host.send(STATUS)[1..].to_vec();
    for _ in 0..3 {
        assert_eq!(host.send(&[0x15]), first);
    }
    assert!(host.send(&[0x15]).is_empty() && !host.device.busy());
    host.send(STATUS);
    assert_eq!(host.pass(60_000), vec![first; 3]);
}

#[test]
fn a_test_dispense_fills_the_reject_tray_and_gives_nothing() {
    let mut host = Host::new();
    assert_eq!(host.data(&sealed(vec![0x04, 0x50, 0x02, 0x76])), "01000001");
    assert_eq!(host.data(&sealed(vec![0x04, 0x50, 0x02, 0x77])), "01000001");
    assert_eq!(host.exited(), [0, 0]);
    assert_eq!((host.device.executed(Command::TestUpper), host.device.executed(Command::TestLower)), (1, 1));
    host.assert_no_note_lost();
}

#[test]
fn requests_and_commands_that_do_not_exist_are_refused() {
    let mut host = Host::new();
    assert_eq!(host.data(&sealed(b"\x04\x50\x02\x4500".to_vec())), "0000;000", "no notes");
    assert_eq!(host.data(&sealed(b"\x04\x50\x02\x4561".to_vec())), "0000;000", "too many");
    assert_eq!(host.data(&sealed(b"\x04\x50\x02\x45:0".to_vec())), "0000;000", "no digits");
    assert_eq!(host.data(&sealed(vec![0x04, 0x50, 0x02, 0x7A])), "7", "undefined");
    assert_eq!(host.exited(), [0, 0]);
}

#[test]
fn faults_of_the_line_do_what_their_names_say() {
    let mut host = Host::new();
    host.fault(Fault::NoAck, FaultSpec::times(1));
    assert_eq!(host.send(STATUS)[0], 0x01);
    host.send(&[0x06]);
    host.fault(Fault::Nak, FaultSpec::times(1));
    assert_eq!(host.send(STATUS), [0x15]);
    host.fault(Fault::BadBcc, FaultSpec::times(1));
    let bad = host.send(STATUS)[1..].to_vec();
    let good = host.send(&[0x15]);
    assert!(bad[..9] == good[..9] && bad[9] != good[9]);
    host.send(&[0x06]);
    host.fault(Fault::ShortFrame, FaultSpec::times(1));
    assert_eq!(host.send(STATUS).len(), 1 + 5);
    assert_eq!(host.pass(500), vec![good.clone()]);
    host.send(&[0x06]);
    host.fault(Fault::DoubleReply, FaultSpec::times(1));
    assert_eq!(host.send(STATUS).len(), 1 + 2 * good.len());
    host.send(&[0x06]);
    host.fault(Fault::Garbage, FaultSpec::times(1));
    assert_eq!(host.send(STATUS)[1], 0xA5);
    host.pass(500);
    host.send(&[0x06]);
    host.fault(Fault::StrayFf, FaultSpec::times(1));
    assert_eq!(host.pass(0), vec![vec![0xFF]]);
}

#[test]
fn silence_after_the_ack_may_or_may_not_have_moved_notes() {
    for (fault, exited) in [(Fault::SilenceAfterAck, [10, 0]), (Fault::SilentNoExecute, [0, 0])] {
        let mut host = Host::new();
        host.fault(fault, FaultSpec { command: Some(0x45), ..FaultSpec::times(1) });
        assert_eq!(host.send(UPPER_10), [0x06]);
        assert!(host.pass(120_000).is_empty());
        assert_eq!(host.exited(), exited, "{fault:?}");
    }
    let mut host = Host::new();
    host.fault(Fault::LateReply, FaultSpec::times(1));
    host.send(UPPER_10);
    assert!(host.pass(61_000).is_empty());
    assert_eq!(host.pass(1_000).len(), 2, "the late reply and its repetition");
}

#[test]
fn a_doubted_note_may_or_may_not_have_left_under_the_same_reply() {
    for (fault, error) in [
        (Fault::MismatchCheckDiverter, ':'),
        (Fault::MismatchDiverterEjector, '<'),
        (Fault::MismatchEjectorExit, '='),
    ] {
        for (left, exited) in [(false, 9), (true, 10)] {
            let mut host = Host::new();
            host.fault(fault, FaultSpec { left: Some(left), ..FaultSpec::times(1) });
            assert_eq!(host.data(UPPER_10), format!("1009{error}000"));
            assert_eq!(host.exited(), [exited, 0]);
            host.assert_no_note_lost();
        }
    }
}

#[test]
fn a_note_on_the_path_stops_every_dispense_until_purged() {
    let mut host = Host::new();
    host.fault(Fault::UnknownError, after(2));
    assert_eq!(host.data(UPPER_10), "0302Z000");
    assert_eq!(host.exchange(STATUS)[6], 0x90, "EJT blocked");
    assert_eq!(host.data(UPPER_10), "00003000");
    host.exchange(PURGE);
    assert_eq!(host.data(UPPER_10), "10100000");
    host.assert_no_note_lost();
}

#[test]
fn what_is_absent_or_empty_has_its_error_and_its_sensor() {
    let mut host = Host::new();
    host.fault(Fault::CassetteOut, FaultSpec { unit: Some(2), ..FaultSpec::default() });
    assert_eq!(host.exchange(STATUS)[5..8], [0x46, 0x80, 0x84]);
    assert_eq!(host.data(LOWER_5), "0000F000");
    host.device.clear_fault(Fault::CassetteOut);
    host.fault(Fault::NoRejectTray, FaultSpec::times(1));
    assert_eq!(host.exchange(STATUS)[5..8], [0x3F, 0x80, 0xC0]);
    assert_eq!(host.data(UPPER_10), "0000?000");
    host.device.set_cassette(Bay::Upper, Cassette::new(20_000, 0));
    host.device.set_cassette(Bay::Lower, Cassette::new(5_000, 4));
    assert_eq!(host.exchange(STATUS)[5..8], [0x30, 0xC0, 0xA0]);
    assert_eq!(host.data(UPPER_10), "00008100", "bill end, near end");
    assert_eq!(host.data(LOWER_5), "04042100", "pick-up error after four");
}

#[test]
fn too_many_rejects_end_the_command_and_power_leaves_notes_where_they_are() {
    let mut host = Host::new();
    host.fault(Fault::Reject, FaultSpec::default());
    assert_eq!(host.data(UPPER_10), "1100D011");
    host.device.clear_fault(Fault::Reject);
    host.send(UPPER_10);
    host.pass(100);
    host.device.set_power(false, host.now_ms);
    assert!(host.send(STATUS).is_empty());
    host.device.set_power(true, host.now_ms);
    host.pass(300);
    assert_eq!(host.device.on_path().upper, 1);
    host.fault(Fault::RebootMidDispense, after(1));
    host.exchange(PURGE);
    assert_eq!(host.send(UPPER_10), [0x06]);
    assert!(host.pass(120_000).is_empty());
    host.assert_no_note_lost();
}

#[test]
fn every_fault_is_set_and_cleared_by_name_and_settings_are_all_or_nothing() {
    let mut host = Host::new();
    for fault in Fault::ALL {
        host.device.set_fault_json(fault.name(), &json!({"times": 2}), 1_000).unwrap();
        host.device.clear_fault_json(fault.name(), 1_000).unwrap();
    }
    assert!(host.device.set_fault_json("cassette_out", &json!({"unit": 3}), 1_000).is_err());
    host.device
        .patch(&json!({"reply_order": "per_sensor", "cassettes": [{"unit": 2, "notes": 7}]}), 0)
        .unwrap();
    assert!(host.device.patch(&json!({"note_ms": 9, "cassettes": [{"unit": 3}]}), 0).is_err());
    let state = host.device.state();
    assert_eq!(state["cassettes"][1]["notes"], 7);
    assert_eq!(state["options"]["reply_order"], "per_sensor");
    assert_eq!(state["options"]["note_ms"], 40);
}
