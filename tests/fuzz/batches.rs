//! Batches of rows, as any terminal's network may send them.

use senim_operation::batch::{MAX_BATCH_BYTES, decode, encode};

/// Most rows taken here.
const MAX_ROWS: usize = 64;

/// What is taken is bounded, and what is written again comes out the same.
pub fn batch(bytes: &[u8]) {
    let Ok(rows) = decode(bytes, MAX_ROWS) else { return };
    assert!(rows.len() <= MAX_ROWS);
    assert!(rows.iter().map(String::len).sum::<usize>() <= MAX_BATCH_BYTES);
    assert!(rows.iter().all(|row| row.split('.').count() == 3));
    // Far smaller than it came it cannot be taken again within the same allowance; then it goes as lines.
    if let Ok(again) = encode(&rows) {
        assert_eq!(decode(&again, MAX_ROWS).unwrap(), rows);
    }
}
