//! What can be set on the card reader: timing, dialect, faults.

use std::net::{Ipv4Addr, SocketAddr};

use crate::faults::fault_kinds;

/// Port of the vpcd protocol.
const VPCD_PORT: u16 = 35_963;

fault_kinds! {
    /// Faults of the reader, its line and the card in it. `command` is a message type (111 = 6Fh, a block).
    Fault {
        /// Takes a message and does nothing: no echo, no answer.
        Silence = "silence" ["command"],
        /// Echoes and does what it is told, and does not answer.
        NoAnswer = "no_answer" ["command"],
        /// Refuses a good frame with NAK and does nothing.
        Nak = "nak" ["command"],
        /// An answer goes out with a wrong check byte.
        BadLrc = "bad_lrc" ["command"],
        /// Only the first half of an answer goes out.
        ShortFrame = "short_frame" ["command"],
        /// An answer waits `delay_ms` (default 4 s) beyond its time.
        LateAnswer = "late_answer" ["command", "delay_ms"],
        /// An answer goes out twice.
        DoubleAnswer = "double_answer" ["command"],
        /// Noise goes out in place of an answer.
        Noise = "noise" ["command"],
        /// Noise goes out before the echo.
        NoiseBefore = "noise_before" ["command"],
        /// Does not echo.
        NoEcho = "no_echo" ["command"],
        /// The echo goes out damaged.
        BadEcho = "bad_echo" ["command"],
        /// The reader asks for more time four times, `delay_ms` (default 2 s) apart, before it answers a block.
        TimeRequest = "time_request" ["delay_ms"],
        /// The card does not answer a power-on (98 = 62h) or a block (111 = 6Fh).
        Mute = "mute" ["command"],
        /// The ATR has a wrong check byte.
        BadAtr = "bad_atr" [],
        /// The card does not answer PPS.
        NoPps = "no_pps" [],
        /// The reader refuses SetParameters.
        NoParameters = "no_parameters" [],
        /// A block or TPDU is lost on its way to the card, `after_blocks` (default 0) later.
        LostBlock = "lost_block" ["after_blocks"],
        /// The card's answer is lost on its way to the reader, `after_blocks` (default 0) later.
        LostReply = "lost_reply" ["after_blocks"],
        /// The card's T=1 block has a wrong LRC, `after_blocks` (default 0) later.
        BadBlock = "bad_block" ["after_blocks"],
        /// The card gets a T=1 block damaged, `after_blocks` (default 0) later, and asks for it again.
        CardHearsBadly = "card_hears_badly" ["after_blocks"],
        /// The card asks for more time (S(WTX)) before it answers an APDU; for ever without `times`.
        Wtx = "wtx" [],
        /// The card asks for blocks of 16 bytes before it answers an APDU.
        IfsRequest = "ifs_request" [],
        /// The card breaks the exchange off (S(ABORT)).
        CardAborts = "card_aborts" [],
        /// The card is pulled out as a block arrives, `after_blocks` (default 0) later; the block is not answered.
        Torn = "torn" ["after_blocks"],
        /// As `torn`, but the answer says that there is no card.
        TornAnswered = "torn_answered" ["after_blocks"],
    }
}

/// Settings.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Options {
    /// Whether each command is repeated before it is answered: GemPC Twin does, GemCore boards do not.
    pub echo: bool,
    /// Whether it is a PinPad, with keys of its own.
    pub keypad: bool,
    /// From the end of a command to its answer, in milliseconds.
    pub answer_ms: u64,
    /// Answer to the firmware escape.
    pub firmware: String,
    /// The only voltage that a card starts with: 1 = 5 V, 2 = 3 V, 3 = 1.8 V; absent: any.
    pub volts: Option<u8>,
    /// Where card programs of the vpcd protocol are awaited once the card is `vpcd`; port 0 takes a free one.
    pub vpcd: SocketAddr,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            echo: true,
            keypad: false,
            answer_ms: 5,
            firmware: "GemTwin-V2.00-GB02".to_owned(),
            volts: None,
            vpcd: SocketAddr::from((Ipv4Addr::LOCALHOST, VPCD_PORT)),
        }
    }
}
