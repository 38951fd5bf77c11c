//! The journal and the last visit, as the window lists them.

use serde_json::Value;

use super::generated::{ArrowRow, JournalRow};
use crate::timeline::{Arrow, Lane, of_last_visit};

/// Rows that the list keeps; the journal has all.
const ROWS_MAX: usize = 300;
/// Letters of a hash that are shown.
const HASH: usize = 10;

/// What was read of the journal.
#[derive(Default)]
pub(super) struct Story {
    rows: Vec<Value>,
}

impl Story {
    /// Number of the next row.
    pub(super) fn next(&self) -> u64 {
        let last = self.rows.last().and_then(|row| row.get("seq")).and_then(Value::as_u64);
        last.map_or(0, |last| last.saturating_add(1))
    }

    /// Further rows, in order.
    pub(super) fn add(&mut self, rows: Vec<Value>) {
        self.rows.extend(rows);
    }

    /// The newest rows, newest first.
    pub(super) fn journal(&self) -> Vec<JournalRow> {
        self.rows.iter().rev().take(ROWS_MAX).map(row).collect()
    }

    /// The last visit.
    pub(super) fn arrows(&self) -> Vec<Arrow> {
        of_last_visit(&self.rows)
    }
}

fn row(row: &Value) -> JournalRow {
    let text = |field: &str| row.get(field).and_then(Value::as_str).unwrap_or_default();
    let seq = row.get("seq").and_then(Value::as_u64).unwrap_or_default();
    // 2026-11-22T21:23:58.250Z: the time of day is what a technician compares.
    let time: String = text("at").chars().skip_while(|letter| *letter != 'T').skip(1).take(8).collect();
    JournalRow {
        seq: seq.to_string().into(),
        time: time.into(),
        kind: text("kind").into(),
        sealed: row.get("sealed").is_some_and(|sealed| !sealed.is_null()),
        hash: text("sha256").chars().take(HASH).collect::<String>().into(),
    }
}

/// An arrow as the window draws it, from one of four lanes to another.
pub(super) fn drawn(arrow: &Arrow) -> ArrowRow {
    let place = |lane: Lane| Lane::ALL.iter().position(|one| *one == lane).unwrap_or_default();
    let place = |lane: Lane| i32::try_from(place(lane)).unwrap_or_default();
    ArrowRow {
        from: place(arrow.from),
        to: place(arrow.to),
        kind: arrow.kind.clone().into(),
        time: format!("{}.{} s", arrow.after_ms / 1_000, arrow.after_ms % 1_000 / 100).into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_list_tells_number_time_seal_and_hash_and_goes_on_where_it_was() {
        let mut story = Story::default();
        assert_eq!(story.next(), 0);
        story.add(vec![
            json!({ "seq": 0, "at": "2026-11-22T21:23:58.250Z", "kind": "SessionOpened", "sha256": "abcdefghijklmnop" }),
            json!({ "seq": 1, "at": "2026-11-22T21:24:01Z", "kind": "LoginRequested", "sealed": { "bytes": 3 }, "mono_ms": 2_345 }),
        ]);
        assert_eq!(story.next(), 2);
        let rows = story.journal();
        let told: Vec<_> = rows.iter().map(|row| (row.seq.as_str(), row.time.as_str(), row.sealed)).collect();
        assert_eq!(told, [("1", "21:24:01", true), ("0", "21:23:58", false)]);
        assert_eq!(rows[1].hash.as_str(), "abcdefghij");
        let arrows: Vec<ArrowRow> = story.arrows().iter().map(drawn).collect();
        assert_eq!((arrows[1].from, arrows[1].to, arrows[1].time.as_str()), (1, 3, "2.3 s"));
    }
}
