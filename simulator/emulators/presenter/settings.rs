//! What can be set on the presenter: times, limits, what people do, faults.

use serde::{Deserialize, Serialize};

use crate::faults::fault_kinds;

fault_kinds! {
    /// Faults of the presenter.
    Fault {
        /// The ACK is lost; the command is executed and answered.
        NoAck = "no_ack" ["command"],
        /// The frame is refused with NAK and not executed.
        Nak = "nak" ["command"],
        /// A frame of the device goes out with a wrong check.
        BadCrc = "bad_crc" ["command"],
        /// Only the first half of a reply goes out.
        ShortFrame = "short_frame" ["command"],
        /// The command is acknowledged and executed, the reply never sent.
        SilenceAfterAck = "silence_after_ack" ["command"],
        /// The command is acknowledged, then neither executed nor answered.
        SilentNoExecute = "silent_no_execute" ["command"],
        /// The reply waits `delay_ms` (default 31 s) beyond its time.
        LateReply = "late_reply" ["command", "delay_ms"],
        /// Noise goes out in place of a reply.
        Garbage = "garbage" ["command"],
        /// A reply goes out twice.
        DoubleReply = "double_reply" ["command"],
        /// TAKEN is not sent; PRESENT STATUS knows.
        TakenLost = "taken_lost" [],
        /// Result 11 once `after_notes` (default 0) are stacked; the next note stays on the path.
        JamAfter = "jam_after" ["after_notes"],
        /// Result 15 with the note after `after_notes` (default: the last) in doubt; `left`: it was stacked, though the
        /// reply does not count it.
        CountDoubt = "count_doubt" ["after_notes", "left"],
        /// A picked note goes to the reject unit and is replaced from its cassette.
        Reject = "reject" [],
        /// The cassette `unit` (default 1) is absent.
        CassetteOut = "cassette_out" ["unit"],
        /// The reject unit is absent.
        NoRejectUnit = "no_reject_unit" [],
        /// The retract unit is absent.
        NoRetractUnit = "no_retract_unit" [],
        /// PRESENT: the shutter stays closed, result 20. RETRACT: notes are drawn back and it stays open, result 21.
        /// `command` (18 = PRESENT, 19 = RETRACT) limits it to one of them.
        ShutterJam = "shutter_jam" ["command"],
        /// RETRACT leaves one note hanging in the shutter, result 23.
        NoteInShutter = "note_in_shutter" [],
        /// The exit sensor sees notes that are not there: nothing is ever taken, and RETRACT ends in result 26.
        SensorStuck = "sensor_stuck" [],
        /// The exit sensor sees no notes: what is presented counts as taken at once, whoever has it.
        SensorBlind = "sensor_blind" [],
    }
}

/// What people do at the open shutter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum People {
    /// Take everything.
    #[default]
    Take,
    /// Leave everything.
    Leave,
    /// Take `take_notes` notes from the top and leave the rest.
    TakeSome,
}

/// Settings. Times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Options {
    /// From the ACK of a dispense to the first note being picked.
    pub start_ms: u64,
    /// One note from pick-up to the exit or the reject unit.
    pub note_ms: u64,
    /// MARK.
    pub mark_ms: u64,
    /// RESET.
    pub reset_ms: u64,
    /// PRESENT, until the shutter is open.
    pub present_ms: u64,
    /// RETRACT.
    pub retract_ms: u64,
    /// From power on until the device listens.
    pub boot_ms: u64,
    /// From the ACK of a query to its reply.
    pub query_ms: u64,
    /// From a reply to its repetition when the host stays silent.
    pub resend_ms: u64,
    /// Notes that the stacker holds.
    pub stack_notes: u32,
    /// Rejected notes tolerated per dispense.
    pub max_rejects: u32,
    /// Notes in a cassette below which it is nearly empty.
    pub near_end_notes: u32,
    /// What people do.
    pub people: People,
    /// How many they take with `take_some`.
    pub take_notes: u8,
    /// From the open shutter until they do it.
    pub take_after_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            start_ms: 20,
            note_ms: 40,
            mark_ms: 0,
            reset_ms: 500,
            present_ms: 200,
            retract_ms: 600,
            boot_ms: 300,
            query_ms: 0,
            resend_ms: 500,
            stack_notes: 200,
            max_rejects: 10,
            near_end_notes: 10,
            people: People::default(),
            take_notes: 1,
            take_after_ms: 1_500,
        }
    }
}
