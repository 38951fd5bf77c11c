//! What can be set on the acceptor: times, power-up habits, faults.

use serde::Serialize;

use crate::faults::fault_kinds;

fault_kinds! {
    /// Faults of the acceptor.
    Fault {
        /// The command is neither carried out nor answered.
        Silence = "silence" ["command"],
        /// The command is carried out; its answer is lost.
        NoAnswer = "no_answer" ["command"],
        /// The command is refused with NAK and not carried out.
        Nak = "nak" ["command"],
        /// The command is refused as illegal (30h) and not carried out.
        Illegal = "illegal" ["command"],
        /// An answer goes out with a wrong CRC.
        BadCrc = "bad_crc" ["command"],
        /// Only the first half of an answer goes out.
        ShortFrame = "short_frame" ["command"],
        /// An answer waits `delay_ms` (default 300) beyond its time.
        LateAnswer = "late_answer" ["command", "delay_ms"],
        /// An answer goes out twice.
        DoubleAnswer = "double_answer" ["command"],
        /// Noise goes out before an answer.
        Noise = "noise" ["command"],
        /// Noise goes out in place of an answer.
        Garbage = "garbage" ["command"],
        /// The host's ACK to a stacked or returned event is not heard: the event is told again.
        LostAck = "lost_ack" [],
        /// 43h while a note is drawn in.
        JamAccepting = "jam_accepting" [],
        /// 43h on the way to the stacker, before the note is past recall.
        JamStacking = "jam_stacking" [],
        /// 44h on the way to the stacker, with the note past recall.
        JamCassette = "jam_cassette" [],
        /// 43h on the way back to the mouth.
        JamReturning = "jam_returning" [],
        /// The note is pulled out on its way to the stacker: 45h for a second.
        Cheated = "cheated" [],
        /// 46h for a second before a note is drawn in.
        Pause = "pause" [],
        /// 47h 50h: the stack motor fails with the note before recall.
        StackMotor = "stack_motor" [],
        /// The cassette counts as full whatever lies in it; lasts until deleted.
        StackerFull = "stacker_full" [],
        /// The cassette is out; lasts until deleted.
        CassetteOut = "cassette_out" [],
        /// A note on its way to the stacker or back moves no further; lasts until deleted.
        NoteStuck = "note_stuck" [],
        /// Supply dips for `delay_ms` (default 500) while a note is drawn in.
        PowerLossAccepting = "power_loss_accepting" ["delay_ms"],
        /// The same as a note reaches escrow.
        PowerLossEscrow = "power_loss_escrow" ["delay_ms"],
        /// The same on the way to the stacker, before the note is past recall.
        PowerLossStacking = "power_loss_stacking" ["delay_ms"],
        /// The same with the note past recall.
        PowerLossPastRecall = "power_loss_past_recall" ["delay_ms"],
        /// The same with the note in the cassette and the event not yet told.
        PowerLossStacked = "power_loss_stacked" ["delay_ms"],
        /// The same on the way back to the mouth.
        PowerLossReturning = "power_loss_returning" ["delay_ms"],
    }
}

impl Fault {
    /// Whether it is a condition that lasts until it is deleted, rather than something that strikes.
    pub(super) const fn is_condition(self) -> bool {
        matches!(self, Self::StackerFull | Self::CassetteOut | Self::NoteStuck)
    }
}

/// Settings of the acceptor. Times are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Options {
    /// From a frame to its answer.
    pub answer_ms: u64,
    /// From power to the first answer.
    pub boot_ms: u64,
    /// State 13h after RESET or a seated cassette.
    pub init_ms: u64,
    /// Drawing a note in and looking at it.
    pub accept_ms: u64,
    /// From STACK to the cassette; the note is past recall at half of it.
    pub stack_ms: u64,
    /// From RETURN, or a refusal, to the mouth.
    pub return_ms: u64,
    /// Escrow without a command; then the note goes back. HOLD begins it anew.
    pub escrow_ms: u64,
    /// Notes that the cassette holds.
    pub capacity: u32,
    /// Whether a note that reached the cassette before power went, with its event untold, is found at power-up (12h)
    /// or forgotten (10h); sources are silent.
    pub remembers_stacked: bool,
    /// Whether the RESET after 12h tells 81h for the note found; sources are silent.
    pub stacked_after_reset: bool,
    /// Part number, 15 characters.
    pub part: String,
    /// Serial number, 12 characters.
    pub serial: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            answer_ms: 2,
            boot_ms: 300,
            init_ms: 600,
            accept_ms: 400,
            stack_ms: 600,
            return_ms: 400,
            escrow_ms: 10_000,
            capacity: 1_000,
            remembers_stacked: true,
            stacked_after_reset: false,
            part: "SENIM-CCNET-EMU".to_owned(),
            serial: "000000000001".to_owned(),
        }
    }
}
