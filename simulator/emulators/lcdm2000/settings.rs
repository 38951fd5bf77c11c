//! What can be set on the dispenser: times, limits, the order of counters, faults.

use serde::{Deserialize, Serialize};

use crate::faults::fault_kinds;

fault_kinds! {
    /// Faults of the dispenser.
    Fault {
        /// The ACK is lost; the command is executed and answered.
        NoAck = "no_ack" ["command"],
        /// The frame is refused with NAK and not executed.
        Nak = "nak" ["command"],
        /// A reply goes out with a wrong check byte.
        BadBcc = "bad_bcc" ["command"],
        /// Only the first half of a reply goes out.
        ShortFrame = "short_frame" ["command"],
        /// The command is acknowledged and executed, the reply never sent.
        SilenceAfterAck = "silence_after_ack" ["command"],
        /// The command is acknowledged, then neither executed nor answered.
        SilentNoExecute = "silent_no_execute" ["command"],
        /// The reply waits `delay_ms` (default 61 s) beyond its time.
        LateReply = "late_reply" ["command", "delay_ms"],
        /// FFh is sent when idle: now, or after the next exchange.
        StrayFf = "stray_ff" [],
        /// Noise goes out in place of a reply.
        Garbage = "garbage" ["command"],
        /// A reply goes out twice.
        DoubleReply = "double_reply" ["command"],
        /// Error 33 once `after_notes` (default 0) have passed EXIT; the next note and the one behind it stay on the
        /// path and `rejects` more go to the reject tray.
        JamAfter = "jam_after" ["after_notes", "rejects"],
        /// Error 3A with the note after `after_notes` (default: the last) in doubt; `left`: it did leave, though the
        /// reply does not count it.
        MismatchCheckDiverter = "mismatch_check_diverter" ["after_notes", "left"],
        /// The same with error 3C.
        MismatchDiverterEjector = "mismatch_diverter_ejector" ["after_notes", "left"],
        /// The same with error 3D.
        MismatchEjectorExit = "mismatch_ejector_exit" ["after_notes", "left"],
        /// Error 5A, which no manual has, once `after_notes` (default 0) have passed EXIT; the next note stays on the
        /// path.
        UnknownError = "unknown_error" ["after_notes"],
        /// A picked note goes to the reject tray and is replaced from its cassette.
        Reject = "reject" [],
        /// The cassette `unit` (1 or 2, default 1) is absent.
        CassetteOut = "cassette_out" ["unit"],
        /// The reject tray is absent.
        NoRejectTray = "no_reject_tray" [],
        /// The firmware restarts once `after_notes` (default half) have passed EXIT and remembers nothing.
        RebootMidDispense = "reboot_mid_dispense" ["after_notes"],
    }
}

/// Order of CHK and EXIT in the reply to 56h; implementations disagree (protocols 1.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyOrder {
    /// CHKu EXITu CHKl EXITl
    #[default]
    PerCassette,
    /// CHKu CHKl EXITu EXITl
    PerSensor,
}

/// Settings. Times in milliseconds of mechanical work or waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Options {
    /// From the ACK of a dispense to the first note being picked.
    pub start_ms: u64,
    /// One note from pick-up to EXIT or reject tray.
    pub note_ms: u64,
    /// PURGE.
    pub purge_ms: u64,
    /// From power on, or a restart of the firmware, until the device listens.
    pub boot_ms: u64,
    /// From the ACK of a query to its reply.
    pub query_ms: u64,
    /// From a reply to its repetition when the host stays silent.
    pub resend_ms: u64,
    /// Notes that one command may ask for.
    pub max_notes: u32,
    /// Rejected notes tolerated per command.
    pub max_rejects: u32,
    /// Notes in a cassette below which near end is reported.
    pub near_end_notes: u32,
    /// Order of the counters in the reply to 56h.
    pub reply_order: ReplyOrder,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            start_ms: 20,
            note_ms: 40,
            purge_ms: 150,
            boot_ms: 300,
            query_ms: 0,
            resend_ms: 500,
            max_notes: 60,
            max_rejects: 10,
            near_end_notes: 10,
            reply_order: ReplyOrder::default(),
        }
    }
}
