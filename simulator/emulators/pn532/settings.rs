//! What can be set on the PN532: times, identity, what the card shows on the air, and faults.

use crate::card::Card;
use crate::faults::fault_kinds;

/// Makes a card of a name for the control field `card`; `None`: there is no such card.
pub type Cards = fn(&str) -> Option<Box<dyn Card>>;

fault_kinds! {
    /// Faults of the chip, its line and the air.
    Fault {
        /// The command is neither acknowledged nor executed.
        Silence = "silence" ["command"],
        /// The ACK is lost; the command is executed and answered.
        NoAck = "no_ack" ["command"],
        /// The command is acknowledged and executed, the reply never sent.
        SilenceAfterAck = "silence_after_ack" ["command"],
        /// The error frame 7F comes in place of the reply; nothing is executed.
        ErrorFrame = "error_frame" ["command"],
        /// A reply goes out with a wrong length check.
        BadLcs = "bad_lcs" ["command"],
        /// A reply goes out with a wrong data check.
        BadDcs = "bad_dcs" ["command"],
        /// Only the first half of a reply goes out.
        ShortFrame = "short_frame" ["command"],
        /// The reply is stuck `delay_ms` (default 2 s) on its way; an abort does not stop it.
        LateReply = "late_reply" ["command", "delay_ms"],
        /// A reply goes out twice.
        DoubleReply = "double_reply" ["command"],
        /// Noise, with a start code in it, goes out before a reply.
        Noise = "noise" ["command"],
        /// The card's answer is lost on the air: InDataExchange ends with the status `code` (default 02, CRC).
        RfError = "rf_error" ["code"],
        /// The card is torn from the field once `after_bytes` (default 0) of its response have come.
        CardTorn = "card_torn" ["after_bytes"],
        /// The card knows nothing above ISO/IEC 14443-3: no RATS, no ATS.
        NoRats = "no_rats" [],
    }
}

/// Settings. Times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Options {
    /// From the ACK of a command that touches no card to its reply.
    pub command_ms: u64,
    /// One try to find a card.
    pub try_ms: u64,
    /// Selecting a card that was found, RATS included.
    pub activate_ms: u64,
    /// One exchange with the card.
    pub exchange_ms: u64,
    /// Answer of GetFirmwareVersion: IC, version, revision, support.
    pub firmware: [u8; 4],
    /// The card's identifier on the air; 08 first says that it was drawn at random.
    pub uid: [u8; 4],
    /// Whether the chip starts in low-V_BAT mode, as the C106 does: it then listens to SAMConfiguration only, and only
    /// after a wake-up.
    pub low_vbat: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            command_ms: 1,
            try_ms: 5,
            activate_ms: 15,
            exchange_ms: 5,
            firmware: [0x32, 0x01, 0x06, 0x07],
            uid: [0x08, 0x5E, 0x71, 0x3A],
            low_vbat: true,
        }
    }
}
