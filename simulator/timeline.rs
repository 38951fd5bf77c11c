//! The last visit as a sequence diagram: who told whom what, out of the rows of the journal.
//!
//! A row is written before the terminal acts on it, so its moment is that of the arrow's tail. Rows travel to the gateway as
//! well; only those for whose answer somebody waits are drawn as a question to it.

use std::fmt::Write as _;

use serde_json::Value;

/// Who takes part, from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Whoever is at the screen.
    Person,
    /// The firmware.
    Terminal,
    /// Dispenser, printer, camera, readers.
    Devices,
    /// The MFO.
    Gateway,
}

impl Lane {
    /// All, from the left.
    pub const ALL: [Self; 4] = [Self::Person, Self::Terminal, Self::Devices, Self::Gateway];

    /// As the diagram names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Terminal => "terminal",
            Self::Devices => "devices",
            Self::Gateway => "gateway",
        }
    }
}

/// One arrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Number of the row.
    pub seq: u64,
    /// Milliseconds since the visit began, by the terminal's steady clock.
    pub after_ms: u64,
    /// Kind of the row.
    pub kind: String,
    /// Who tells.
    pub from: Lane,
    /// Whom.
    pub to: Lane,
}

/// The first row of a visit at the terminal, by a person or by staff.
const OPENINGS: [&str; 2] = ["SessionOpened", "ServiceModeOpened"];
/// Beginnings of kinds that devices tell of.
const DEVICES_TELL: [&str; 8] = [
    "Note",
    "PayoutPresented",
    "PayoutRetracted",
    "PayoutTaken",
    "PayoutOutcome",
    "DeviceChanged",
    "PowerChanged",
    "CabinetChanged",
];
/// Kinds that the gateway tells.
const GATEWAY_TELLS: [&str; 4] =
    ["AnswerReceived", "DirectiveStored", "DirectiveRefused", "CommandCarriedOut"];
/// Beginnings or whole names of kinds with which the terminal sets a device to work.
const TO_DEVICES: [&str; 6] = [
    "PayoutIntended",
    "PayoutArmed",
    "PayoutRetractIntended",
    "TestDispenseIntended",
    "ReceiptPrinted",
    "SlipPrinted",
];
/// Ends of kinds to which the gateway answers.
const TO_GATEWAY: [&str; 7] =
    ["Requested", "Submitted", "Awaited", "Asked", "Performed", "Captured", "Wanted"];
/// Kinds that are the terminal's own.
const OWN: [&str; 7] = [
    "KeyEpoch",
    "TerminalStarted",
    "TerminalStopped",
    "UplinkChanged",
    "PayoutEnded",
    "PayoutSettled",
    "BooksContradicted",
];

/// Who tells whom in a row of this kind.
#[must_use]
pub fn lanes(kind: &str) -> (Lane, Lane) {
    if GATEWAY_TELLS.contains(&kind) {
        (Lane::Gateway, Lane::Terminal)
    } else if OWN.contains(&kind) {
        (Lane::Terminal, Lane::Terminal)
    } else if TO_DEVICES.contains(&kind) || kind.ends_with("ReceiptPrinted") {
        (Lane::Terminal, Lane::Devices)
    } else if DEVICES_TELL.iter().any(|begin| kind.starts_with(begin)) {
        (Lane::Devices, Lane::Terminal)
    } else if TO_GATEWAY.iter().any(|end| kind.ends_with(end)) {
        (Lane::Terminal, Lane::Gateway)
    } else {
        (Lane::Person, Lane::Terminal)
    }
}

/// The arrows of the last visit among these rows (`senim journal show`); none before the first.
#[must_use]
pub fn of_last_visit(rows: &[Value]) -> Vec<Arrow> {
    let kind = |row: &Value| row.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |row: &Value, field: &str| row.get(field).and_then(Value::as_u64).unwrap_or_default();
    let opened = rows.iter().rposition(|row| OPENINGS.contains(&kind(row).as_str()));
    let visit = opened.and_then(|opened| rows.get(opened..)).unwrap_or_default();
    let begun = visit.first().map_or(0, |row| number(row, "mono_ms"));
    visit
        .iter()
        .map(|row| {
            let kind = kind(row);
            let (from, to) = lanes(&kind);
            // After a start of the machine the steady clock begins anew.
            let after_ms = number(row, "mono_ms").saturating_sub(begun);
            Arrow { seq: number(row, "seq"), after_ms, kind, from, to }
        })
        .collect()
}

/// The diagram in the language of Mermaid, which browsers and code hosts draw.
#[must_use]
pub fn mermaid(arrows: &[Arrow]) -> String {
    let mut text = "sequenceDiagram\n".to_owned();
    for lane in Lane::ALL {
        let _ = writeln!(text, "    participant {}", lane.name());
    }
    for Arrow { seq, after_ms, kind, from, to } in arrows {
        let (seconds, milliseconds) = (after_ms / 1_000, after_ms % 1_000);
        let _ = writeln!(
            text,
            "    {}->>{}: {seq} {kind} ({seconds}.{milliseconds:03} s)",
            from.name(),
            to.name()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(seq: u64, mono_ms: u64, kind: &str) -> Value {
        json!({ "seq": seq, "mono_ms": mono_ms, "kind": kind })
    }

    #[test]
    fn the_last_visit_begins_with_its_opening_and_every_row_of_it_is_an_arrow() {
        let rows = [
            row(0, 10, "TerminalStarted"),
            row(1, 20, "SessionOpened"),
            row(2, 30, "SessionClosed"),
            row(3, 1_000, "SessionOpened"),
            row(4, 1_250, "LoginRequested"),
            row(5, 3_400, "AnswerReceived"),
            row(6, 3_500, "PayoutArmed"),
            row(7, 9_000, "PayoutTaken"),
            row(8, 9_100, "RepaymentReceiptPrinted"),
        ];
        let arrows = of_last_visit(&rows);
        let told: Vec<_> =
            arrows.iter().map(|arrow| (arrow.seq, arrow.after_ms, arrow.from, arrow.to)).collect();
        let (person, terminal, devices, gateway) =
            (Lane::Person, Lane::Terminal, Lane::Devices, Lane::Gateway);
        assert_eq!(
            told,
            [
                (3, 0, person, terminal),
                (4, 250, terminal, gateway),
                (5, 2_400, gateway, terminal),
                (6, 2_500, terminal, devices),
                (7, 8_000, devices, terminal),
                (8, 8_100, terminal, devices),
            ]
        );
        let text = mermaid(&arrows);
        assert!(text.starts_with("sequenceDiagram\n    participant person\n"), "{text}");
        assert!(text.contains("\n    gateway->>terminal: 5 AnswerReceived (2.400 s)\n"), "{text}");
        assert_eq!(of_last_visit(&rows[..1]), []);
    }

    #[test]
    fn every_kind_of_the_published_format_has_a_place_that_a_technician_expects() {
        let samples = include_str!("../docs/formats/operation.sample.jsonl");
        let kinds: Vec<String> = samples
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].as_str().unwrap().to_owned())
            .collect();
        assert!(kinds.len() > 100, "{}", kinds.len());
        // Each list of this file names something that there is.
        for named in OPENINGS.iter().chain(&GATEWAY_TELLS).chain(&TO_DEVICES).chain(&OWN) {
            assert!(kinds.iter().any(|kind| kind == named), "{named}");
        }
        for begin in DEVICES_TELL {
            assert!(kinds.iter().any(|kind| kind.starts_with(begin)), "{begin}");
        }
        for end in TO_GATEWAY {
            assert!(kinds.iter().any(|kind| kind.ends_with(end)), "{end}");
        }
    }
}
