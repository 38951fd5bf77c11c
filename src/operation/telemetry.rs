//! Telemetry: how a terminal is, for the MFO's desk. Unsigned, outside the chain, may be lost (design section 4).
//!
//! One JSON line a state; the form is closed and holds codes and counts only, so that nothing personal fits into it.

use senim_domain::UtcMillis;
use senim_domain::time::ClockQuality;
use serde::{Deserialize, Serialize};

/// Version of the form.
pub const VERSION: u32 = 1;
/// Longest line, bytes.
pub const MAX_LINE_BYTES: usize = 4 << 10;
/// Most lines at once.
pub const MAX_LINES: usize = 32;
/// Longest code or version.
const MAX_LABEL: usize = 64;
/// Most reasons, and most cash units.
const MAX_ITEMS: usize = 32;

/// How a terminal was at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// [`VERSION`].
    pub ver: u32,
    /// The terminal's time.
    pub at: UtcMillis,
    /// What `at` is worth.
    pub clock_quality: ClockQuality,
    /// Version of the program.
    pub firmware: String,
    /// The kernel's boot id.
    pub boot: String,
    /// Since the boot, ms.
    pub uptime_ms: u64,
    /// Whether borrowers are served.
    pub in_service: bool,
    /// Codes of what is in the way, the most important first; those of loans alone included.
    pub reasons: Vec<String>,
    /// Version of the rule pack in force, 0 for none.
    pub rule_pack: u64,
    /// Notes that can be paid out.
    pub cash: Vec<CashUnit>,
    /// What waits for the MFO.
    pub queue: Queue,
}

/// Notes of a cash unit, by the terminal's books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashUnit {
    /// Number of the unit.
    pub unit: u8,
    /// Worth of a note, tenge.
    pub denomination: u32,
    /// Notes.
    pub notes: u32,
}

/// What waits on the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Rows that are not acknowledged.
    pub rows: u64,
    /// How long the oldest of them has waited, seconds, as far as this process knows.
    pub oldest_seconds: u64,
    /// Whether sealed attachments wait.
    pub attachments: bool,
    /// Rows that no cosigned checkpoint covers.
    pub uncosigned: u64,
}

/// A line is no telemetry of this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {at} is not telemetry in the agreed form (docs/formats/telemetry.schema.json)")]
pub struct BadTelemetry {
    /// Its place, from 1.
    pub at: usize,
}

impl Telemetry {
    /// The line, without its end.
    ///
    /// # Errors
    /// Only if a field cannot be written as JSON, which the types here exclude.
    pub fn to_line(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    fn fits(&self) -> bool {
        let label = |text: &String| {
            text.len() <= MAX_LABEL && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"')
        };
        self.ver == VERSION
            && label(&self.firmware)
            && label(&self.boot)
            && self.reasons.len() <= MAX_ITEMS
            && self.cash.len() <= MAX_ITEMS
            && self.reasons.iter().all(label)
    }
}

/// Reads lines, oldest first.
///
/// # Errors
/// [`BadTelemetry`]; nothing of the body counts.
pub fn read_lines(text: &str) -> Result<Vec<Telemetry>, BadTelemetry> {
    let lines = text.strip_suffix('\n').unwrap_or(text).split('\n').take(MAX_LINES + 1).enumerate();
    lines
        .map(|(at, line)| {
            let bad = BadTelemetry { at: at.saturating_add(1) };
            if at >= MAX_LINES || line.len() > MAX_LINE_BYTES {
                return Err(bad);
            }
            serde_json::from_str::<Telemetry>(line).ok().filter(Telemetry::fits).ok_or(bad)
        })
        .collect()
}
