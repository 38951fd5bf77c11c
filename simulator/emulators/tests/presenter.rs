//! The presenter against its protocol: every sample frame, the framing rules, the two tables of the exit, every fault.

use senim_emulators::control::Controlled;
use senim_emulators::faults::{FaultKind, FaultSpec};
use senim_emulators::machine::Machine;
use senim_emulators::presenter::{Cassette, Command, Fault, Options, People, Presenter, Shutter};
use serde_json::json;

const STATUS: &str = "02 03 01 00 01 98 6e";
const LAST_STATUS: &str = "02 03 02 00 02 67 b3";
const MARK: &str = "02 03 10 00 01 d1 b1";
const DISPENSE: &str = "02 07 11 00 02 02 00 01 00 34 80";
const PRESENT: &str = "02 03 12 00 03 7b 27";
const RETRACT: &str = "02 03 13 00 04 18 09";
const PRESENT_STATUS: &str = "02 03 03 00 04 8d 8c";
const TEST_DISPENSE: &str = "02 04 14 00 05 02 f7 c1";
const RESET: &str = "02 03 15 00 06 d3 fc";
const STACKED: &str = "02 0c 91 00 02 00 02 00 00 00 01 00 00 00";
const OPENED: &str = "02 11 92 00 03 00 01 02 00 00 00 00 00 01 00 00 00 00 00 dc ba";
const TAKEN: &str = "02 11 c0 00 03 00 00 00 02 00 00 00 00 00 01 00 00 00 00 fc 12";

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

/// A host frame, its check computed bit by bit: another way than the device's.
fn frame(command: u8, number: u16, data: &[u8]) -> Vec<u8> {
    let mut body = vec![u8::try_from(data.len()).unwrap() + 3, command];
    body.extend(number.to_be_bytes());
    body.extend(data);
    let check = body.iter().fold(0u16, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte), |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0x8408 } else { 0 })
    });
    body.insert(0, 0x02);
    body.extend(check.to_le_bytes());
    body
}

struct Host {
    device: Presenter,
    now_ms: u64,
}

impl Host {
    fn new(people: People) -> Self {
        Self::with(Options { people, ..Options::default() })
    }

    fn with(options: Options) -> Self {
        let cassettes = [20_000, 10_000, 5_000, 2_000].map(|tenge| Cassette::new(tenge, 100));
        Self { device: Presenter::new(options, cassettes), now_ms: 1_000 }
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
        assert!(self.send(&[0x06]).is_empty(), "the exchange ends with the host's ACK");
        came
    }

    /// RESULT, and the bytes behind it, of a reply to a command with this number.
    fn ask(&mut self, command: u8, number: u16, data: &[u8]) -> (u8, Vec<u8>) {
        let reply = self.exchange(&frame(command, number, data));
        assert_eq!((reply[2], &reply[3..5]), (command | 0x80, &number.to_be_bytes()[..]));
        (reply[5], reply[6..reply.len() - 2].to_vec())
    }

    /// SHUTTER and the sums of the three columns.
    fn places(&mut self) -> (u8, [u8; 3]) {
        let (_, data) = self.ask(0x03, 900, &[]);
        (data[0], [1, 2, 3].map(|column| data[column..].iter().step_by(3).sum()))
    }

    fn assert_no_note_lost(&self) {
        for (unit, cassette) in self.device.cassettes().iter().enumerate() {
            let at_exit =
                u64::from(self.device.really()[unit].lying) + u64::from(self.device.on_path()[unit]);
            let elsewhere = cassette.rejected + cassette.taken + cassette.retracted + at_exit;
            assert_eq!(u64::from(cassette.notes) + elsewhere, 100, "cassette {}", unit + 1);
        }
    }
}

#[test]
fn sample_frames_are_answered_with_the_sample_bytes() {
    let mut host = Host::new(People::Leave);
    let name =
        "02 1c 81 00 01 00 00 00 03 01 01 01 01 53 65 6e 69 6d 20 70 72 65 73 65 6e 74 65 72 20 31 b8 0c";
    assert_eq!(host.exchange(&hex(STATUS)), hex(name));
    let none = "02 10 82 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 11 c5";
    assert_eq!(host.exchange(&hex(LAST_STATUS)), hex(none));
    assert_eq!(host.exchange(&hex(MARK)), hex("02 0c 90 00 01 00 00 00 00 00 00 00 00 00 e3 ac"));
    let marked = "02 10 82 00 03 00 10 00 01 00 00 00 00 00 00 00 00 00 04 82";
    assert_eq!(host.exchange(&hex("02 03 02 00 03 ee a2")), hex(marked));
    // The third note is picked 100 ms after the ACK, and is the one to be rejected.
    host.send(&hex(DISPENSE));
    host.pass(90);
    host.fault(Fault::Reject, FaultSpec::times(1));
    assert_eq!(host.pass(200), vec![hex("02 0c 91 00 02 00 02 00 00 00 01 01 00 00 d7 10")]);
}

#[test]
fn the_sample_present_is_taken_or_retracted() {
    let mut host = Host::new(People::Take);
    assert!(host.exchange(&hex(DISPENSE)).starts_with(&hex(STACKED)));
    assert_eq!(host.exchange(&hex(PRESENT)), hex(OPENED));
    assert_eq!(host.pass(1_500), vec![hex(TAKEN)]);
    host.send(&[0x06]);
    assert!(host.pass(60_000).is_empty(), "acknowledged once");
    host.assert_no_note_lost();

    let mut host = Host::with(Options { people: People::TakeSome, take_notes: 2, ..Options::default() });
    host.exchange(&hex(DISPENSE));
    host.exchange(&hex(PRESENT));
    assert!(host.pass(60_000).is_empty());
    let retracted = "02 11 93 00 04 00 00 00 02 00 00 00 00 00 00 01 00 00 00 b0 ee";
    assert_eq!(host.exchange(&hex(RETRACT)), hex(retracted));
    let places = "02 11 83 00 04 00 00 00 02 00 00 00 00 00 00 01 00 00 00 51 e6";
    assert_eq!(host.exchange(&hex(PRESENT_STATUS)), hex(places));
    assert_eq!(host.exchange(&hex(TEST_DISPENSE)), hex("02 0c 94 00 05 00 00 00 00 01 00 00 00 00 4d 12"));
    assert_eq!(host.exchange(&hex(RESET)), hex("02 0c 95 00 06 00 00 00 00 00 00 00 00 00 35 e8"));
    host.assert_no_note_lost();
}

#[test]
fn the_sample_jam_leaves_the_notes_behind_the_shutter() {
    let mut host = Host::new(People::Take);
    host.exchange(&hex(DISPENSE));
    host.fault(Fault::ShutterJam, FaultSpec::times(1));
    let jammed = "02 11 92 00 07 20 00 02 00 00 00 00 00 01 00 00 00 00 00 77 32";
    assert_eq!(host.exchange(&frame(0x12, 7, &[])), hex(jammed));
    assert!(host.pass(60_000).is_empty());
    assert_eq!(host.device.cassettes()[0].taken, 0);
}

#[test]
fn a_wrong_check_is_refused_noise_passed_over_and_a_slow_frame_forgotten() {
    let mut host = Host::new(People::Leave);
    let mut bad = hex(DISPENSE);
    bad[5] ^= 1;
    assert_eq!(host.send(&bad), [0x15]);
    assert!(host.send(&hex(STATUS)[..3]).is_empty());
    host.pass(201);
    assert!(host.send(&hex(STATUS)[3..]).is_empty());
    assert_eq!(host.send(&[&[0x00, 0x02, 0x01, 0xFF], hex(STATUS).as_slice()].concat())[0], 0x06);
    assert_eq!(host.device.executed(Command::Dispense), 0);
}

#[test]
fn a_number_is_taken_once_and_what_is_refused_leaves_no_record() {
    let mut host = Host::new(People::Leave);
    assert_eq!(host.ask(0x11, 7, &[1, 0, 0, 0]).0, 0x00);
    assert_eq!(host.ask(0x11, 7, &[1, 0, 0, 0]), (0x03, vec![]));
    assert_eq!(host.ask(0x11, 0, &[1, 0, 0, 0]).0, 0x02);
    assert_eq!(host.ask(0x11, 8, &[1, 0, 0]).0, 0x02);
    assert_eq!(host.ask(0x14, 8, &[5]).0, 0x02);
    assert_eq!(host.ask(0x7A, 8, &[]).0, 0x01);
    let (_, record) = host.ask(0x02, 1, &[]);
    assert_eq!(record, [0x11, 0, 7, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(host.device.executed(Command::Dispense), 1);
    assert_eq!(host.ask(0x11, 8, &[0; 4]).0, 0x02, "no notes asked for: tried, and recorded as such");
}

#[test]
fn a_reply_is_sent_again_three_times_on_nak_and_into_silence() {
    let mut host = Host::new(People::Leave);
    let first = host.send(&hex(STATUS))[1..].to_vec();
    for _ in 0..3 {
        assert_eq!(host.send(&[0x15]), first);
    }
    assert!(host.send(&[0x15]).is_empty() && !host.device.busy());
    host.send(&hex(STATUS));
    assert_eq!(host.pass(60_000), vec![first; 3]);
}

#[test]
fn taken_is_repeated_every_second_five_times_and_says_what_present_status_says() {
    let mut host = Host::new(People::Take);
    host.exchange(&hex(DISPENSE));
    host.exchange(&hex(PRESENT));
    assert_eq!(host.pass(1_500), vec![hex(TAKEN)]);
    assert_eq!(host.pass(1_000), vec![hex(TAKEN)]);
    assert_eq!(host.pass(60_000), vec![hex(TAKEN); 3]);
    assert_eq!(host.places(), (0, [0, 3, 0]));
}

#[test]
fn people_who_leave_notes_can_be_told_to_take_them() {
    let mut host = Host::new(People::Leave);
    host.exchange(&hex(DISPENSE));
    host.exchange(&hex(PRESENT));
    assert!(host.pass(60_000).is_empty());
    host.device
        .patch(&json!({"people": "take_some", "take_notes": 1, "take_after_ms": 10}), host.now_ms)
        .unwrap();
    assert!(host.pass(60_000).is_empty(), "the sensor still sees two");
    assert_eq!(host.device.state()["exit"]["really"][0], json!({"lying": 1, "taken": 1, "retracted": 0}));
    assert_eq!(host.device.state()["exit"]["believed"][0], json!({"lying": 2, "taken": 0, "retracted": 0}));
    host.device.patch(&json!({"people": "take"}), host.now_ms).unwrap();
    assert_eq!(host.pass(10), vec![hex(TAKEN)]);
    assert_eq!(host.device.shutter(), Shutter::Closed);
    host.assert_no_note_lost();
}

#[test]
fn a_note_that_hangs_jams_the_shutter_until_a_second_retract() {
    let mut host = Host::new(People::Leave);
    host.exchange(&hex(DISPENSE));
    host.exchange(&hex(PRESENT));
    host.fault(Fault::NoteInShutter, FaultSpec::times(1));
    assert_eq!(host.ask(0x13, 4, &[]).0, 0x23);
    assert_eq!(host.places(), (2, [1, 0, 2]));
    assert_eq!(host.ask(0x11, 5, &[1, 0, 0, 0]).0, 0x21);
    assert_eq!(host.ask(0x13, 6, &[]).0, 0x00);
    assert_eq!(host.places(), (0, [0, 0, 3]));
    host.assert_no_note_lost();
}

#[test]
fn a_shutter_that_does_not_close_is_closed_by_a_reset() {
    let mut host = Host::new(People::Leave);
    host.exchange(&hex(DISPENSE));
    host.exchange(&hex(PRESENT));
    host.fault(Fault::ShutterJam, FaultSpec { command: Some(0x13), ..FaultSpec::times(1) });
    assert_eq!(host.ask(0x13, 4, &[]).0, 0x21);
    assert_eq!((host.places(), host.ask(0x13, 5, &[]).0), ((2, [0, 0, 3]), 0x22));
    assert_eq!(host.ask(0x15, 6, &[]).0, 0x00);
    assert_eq!(host.places().0, 0);
    host.assert_no_note_lost();
}

#[test]
fn faults_of_the_path_have_their_results() {
    let rows = [
        (Fault::JamAfter, 0x11, Some(1)),
        (Fault::CountDoubt, 0x15, None),
        (Fault::CassetteOut, 0x13, None),
        (Fault::NoRejectUnit, 0x14, None),
    ];
    for (fault, result, after_notes) in rows {
        let mut host = Host::new(People::Leave);
        host.fault(fault, FaultSpec { after_notes, ..FaultSpec::times(1) });
        assert_eq!(host.ask(0x11, 1, &[2, 0, 0, 0]).0, result, "{fault:?}");
        host.assert_no_note_lost();
    }
    let mut host = Host::with(Options { stack_notes: 5, people: People::Leave, ..Options::default() });
    assert_eq!(host.ask(0x11, 1, &[4, 0, 0, 0]).0, 0x00);
    assert_eq!(host.ask(0x11, 2, &[2, 0, 0, 0]).0, 0x17);
    host.fault(Fault::Reject, FaultSpec::default());
    assert_eq!(host.ask(0x11, 3, &[1, 0, 0, 0]), (0x12, vec![0, 11, 0, 0, 0, 0, 0, 0]));
    host.assert_no_note_lost();
}

#[test]
fn without_power_notes_record_and_shutter_stay_as_they_are() {
    let mut host = Host::new(People::Leave);
    host.send(&frame(0x11, 1, &[3, 0, 0, 0]));
    host.pass(70);
    host.device.set_power(false, host.now_ms);
    assert!(host.send(&hex(STATUS)).is_empty());
    host.device.set_power(true, host.now_ms);
    host.pass(300);
    assert_eq!(host.ask(0x02, 9, &[]).1[..4], [0x11, 0, 1, 0xFF]);
    assert_eq!(host.places(), (0, [1, 0, 0]));
    assert_eq!(host.ask(0x11, 2, &[1, 0, 0, 0]).0, 0x16, "a note lies on the path");
    assert_eq!(host.ask(0x15, 3, &[]), (0, vec![0, 1, 0, 0, 0, 0, 0, 0]));
    host.assert_no_note_lost();
}

#[test]
fn faults_of_the_line_do_what_their_names_say() {
    let mut host = Host::new(People::Leave);
    let good = host.exchange(&hex(STATUS));
    host.fault(Fault::NoAck, FaultSpec::times(1));
    assert_eq!(host.send(&hex(STATUS)), good);
    host.send(&[0x06]);
    host.fault(Fault::Nak, FaultSpec::times(1));
    assert_eq!(host.send(&hex(STATUS)), [0x15]);
    host.fault(Fault::BadCrc, FaultSpec::times(1));
    assert_ne!(host.send(&hex(STATUS))[1..], good);
    assert_eq!(host.send(&[0x15]), good);
    host.send(&[0x06]);
    host.fault(Fault::ShortFrame, FaultSpec::times(1));
    assert_eq!(host.send(&hex(STATUS)).len(), 1 + good.len() / 2);
    host.pass(500);
    host.send(&[0x06]);
    host.fault(Fault::DoubleReply, FaultSpec::times(1));
    assert_eq!(host.send(&hex(STATUS)).len(), 1 + 2 * good.len());
    host.send(&[0x06]);
    host.fault(Fault::Garbage, FaultSpec::times(1));
    assert_eq!(host.send(&hex(STATUS))[1], 0xA5);
    host.pass(500);
    host.send(&[0x06]);
    for (fault, stacked) in [(Fault::SilenceAfterAck, 1), (Fault::SilentNoExecute, 0)] {
        let mut host = Host::new(People::Leave);
        host.fault(fault, FaultSpec::times(1));
        assert_eq!(host.send(&frame(0x11, 1, &[1, 0, 0, 0])), [0x06]);
        assert!(host.pass(60_000).is_empty());
        assert_eq!(host.places().1[0], stacked, "{fault:?}");
    }
    host.fault(Fault::LateReply, FaultSpec { delay_ms: Some(40_000), ..FaultSpec::times(1) });
    host.send(&hex(STATUS));
    assert!(host.pass(39_000).is_empty() && !host.pass(2_000).is_empty());
}

#[test]
fn every_fault_is_set_and_cleared_by_name_and_settings_are_all_or_nothing() {
    let mut host = Host::new(People::Leave);
    for fault in Fault::ALL {
        host.device.set_fault_json(fault.name(), &json!({"times": 2}), 1_000).unwrap();
        host.device.clear_fault_json(fault.name(), 1_000).unwrap();
    }
    assert!(host.device.set_fault_json("shutter_jam", &json!({"unit": 1}), 1_000).is_err());
    assert!(host.device.patch(&json!({"note_ms": 9, "cassettes": [{"unit": 5}]}), 0).is_err());
    assert!(host.device.patch(&json!({"note_ms": 9, "people": "dance"}), 0).is_err());
    assert!(host.device.patch(&json!({"note_ms": 9, "stack_notes": 201}), 0).is_err());
    assert_eq!(host.device.state()["options"]["note_ms"], 40);
    host.device.patch(&json!({"cassettes": [{"unit": 4, "notes": 3}]}), 0).unwrap();
    assert_eq!(host.exchange(&hex(STATUS))[12], 0x03, "there and nearly empty");
}
