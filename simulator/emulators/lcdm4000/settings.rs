//! What can be set on the dispenser: times, limits, dialects, faults; and the power latch as observers see it.

use super::{Dialect, LastStatusMode};
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
        /// The EOT that ends an exchange is missing.
        NoEot = "no_eot" ["command"],
        /// FFh is sent when idle: now, or after the next exchange.
        StrayFf = "stray_ff" [],
        /// Noise goes out in place of a reply.
        Garbage = "garbage" ["command"],
        /// A reply goes out twice.
        DoubleReply = "double_reply" ["command"],
        /// Error 03 once `after_notes` (default 0) have passed EXIT; the next note stays on the path and
        /// `rejects` more go to the reject tray.
        JamAfter = "jam_after" ["after_notes", "rejects"],
        /// Error 05 with the note after `after_notes` (default: the last) in doubt; `left`: it did leave,
        /// though the reply does not count it.
        ExitDoubt = "exit_doubt" ["after_notes", "left"],
        /// A picked note goes to the reject tray and is replaced from its cassette.
        Reject = "reject" [],
        /// The cassette `unit` (default 1) is absent.
        CassetteOut = "cassette_out" ["unit"],
        /// The reject tray is absent.
        NoRejectTray = "no_reject_tray" [],
        /// Supply dips once `after_notes` (default half) have passed EXIT; the latch counts it.
        RebootMidDispense = "reboot_mid_dispense" ["after_notes"],
        /// The firmware restarts once `after_notes` (default half) have passed EXIT; the latch sees nothing.
        WatchdogResetMidDispense = "watchdog_reset_mid_dispense" ["after_notes"],
        /// PURGE moves a note out through EXIT and reports it.
        PurgeMovesExit = "purge_moves_exit" [],
    }
}

/// What RESET answers; implementations disagree (protocols 1.4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetReply {
    /// Nothing at all, not even ACK.
    #[default]
    Silent,
    /// ACK, a reply before and a reply after the motor reset.
    Twice,
}

/// Settings. Times in milliseconds of mechanical work or waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Options {
    /// From the ACK of a dispense to the first note being picked.
    pub start_ms: u64,
    /// One note from pick-up to EXIT or reject tray.
    pub note_ms: u64,
    /// PURGE.
    pub purge_ms: u64,
    /// RESET.
    pub reset_ms: u64,
    /// From power on, or a restart of the firmware, until the device listens.
    pub boot_ms: u64,
    /// From the ACK of a query to its reply.
    pub query_ms: u64,
    /// From a reply to its repetition when the host stays silent.
    pub resend_ms: u64,
    /// Notes per transaction, rejected ones included.
    pub max_notes: u32,
    /// Rejected notes tolerated per transaction.
    pub max_rejects: u32,
    /// Notes in a cassette below which STATUS reports near end.
    pub near_end_notes: u32,
    /// DISPENSE layout.
    pub dialect: Dialect,
    /// What RESET answers.
    pub reset_reply: ResetReply,
    /// Where the last-status record lives.
    pub last_status: LastStatusMode,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            start_ms: 20,
            note_ms: 40,
            purge_ms: 150,
            reset_ms: 2_000,
            boot_ms: 300,
            query_ms: 0,
            resend_ms: 500,
            max_notes: 100,
            max_rejects: 10,
            near_end_notes: 10,
            dialect: Dialect::default(),
            reset_reply: ResetReply::default(),
            last_status: LastStatusMode::default(),
        }
    }
}

/// The supply as an observer outside the dispenser's firmware sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct PowerLatch {
    /// Losses of power since the emulator started; never reset.
    pub losses: u64,
    /// Whether the dispenser has power now.
    pub powered: bool,
    /// Since when, in the clock handed to the machine (CLOCK_BOOTTIME on a PTY).
    pub powered_since_ms: Option<u64>,
}
