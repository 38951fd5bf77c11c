//! A disk that lies as disks do: what was not synced is kept, dropped, torn or written in another order when the power goes,
//! and calls fail.
//!
//! [`watch`] notes what SQLite writes below a folder and lets its calls fail; [`survivors`] makes the files that a power cut
//! behind so many of these calls may leave.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "for tests: what fails in it fails the test"
)]

mod vfs;

use std::collections::{BTreeMap, BTreeSet};

pub use vfs::{Call, Disk, Fault, Op, Watched, watch};

/// Smallest piece of a write that a disk keeps whole.
const SECTORS: [usize; 2] = [512, 4096];

/// What happens to what was not synced. The first two are certain, the others as a seed has it.
pub struct Chance {
    luck: u64,
    state: u64,
}

impl Chance {
    /// The luck of this number at this place.
    #[must_use]
    pub const fn new(luck: u64, place: usize) -> Self {
        Self { luck, state: (luck << 32 | place as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    /// A number below this one.
    pub const fn of(&mut self, sides: u64) -> u64 {
        // xorshift64.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) % sides
    }

    fn fate(&mut self) -> Fate {
        match (self.luck, self.of(4)) {
            (0, _) => Fate::Dropped,
            (1, _) | (_, 0) => Fate::Kept,
            (_, 1) => Fate::Dropped,
            (_, 2) => Fate::Torn(SECTORS[0]),
            (_, _) => Fate::Torn(SECTORS[1]),
        }
    }
}

enum Fate {
    Kept,
    Dropped,
    /// Some pieces of this many bytes are kept.
    Torn(usize),
}

/// The files as a power cut behind these calls leaves them.
#[must_use]
pub fn survivors(done: &[Op], chance: &mut Chance) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let names: BTreeSet<&String> = done.iter().filter_map(file_of).collect();
    for name in names {
        let ops: Vec<&Op> = done.iter().filter(|op| file_of(op) == Some(name)).collect();
        let synced = ops.iter().rposition(|op| matches!(op, Op::Sync { .. } | Op::Delete { .. }));
        let (durable, open) = ops.split_at(synced.map_or(0, |place| place + 1));
        let mut bytes: Option<Vec<u8>> = None;
        for op in durable {
            apply(op, &mut bytes, &Fate::Kept, chance);
        }
        // The cache writes back in an order of its own.
        let mut open = open.to_vec();
        if chance.luck > 1 {
            for place in (1..open.len()).rev() {
                open.swap(place, chance.of(place as u64 + 1) as usize);
            }
        }
        for op in open {
            let fate = chance.fate();
            apply(op, &mut bytes, &fate, chance);
        }
        if let Some(bytes) = bytes {
            files.insert(name.clone(), bytes);
        }
    }
    files
}

fn file_of(op: &Op) -> Option<&String> {
    match op {
        Op::Write { file, .. } | Op::Truncate { file, .. } | Op::Sync { file } | Op::Delete { file } => {
            Some(file)
        }
        Op::Promise(_) => None,
    }
}

fn apply(op: &Op, bytes: &mut Option<Vec<u8>>, fate: &Fate, chance: &mut Chance) {
    match (op, fate) {
        (Op::Delete { .. }, _) => *bytes = None,
        (Op::Sync { .. } | Op::Promise(_), _) | (_, Fate::Dropped) => {}
        (Op::Truncate { length, .. }, Fate::Kept | Fate::Torn(_)) => {
            bytes.get_or_insert_default().resize(*length as usize, 0);
        }
        (Op::Write { offset, bytes: written, .. }, Fate::Kept) => put(bytes, *offset as usize, written),
        (Op::Write { offset, bytes: written, .. }, Fate::Torn(sector)) => {
            // Pieces as the disk has them, not as the write has.
            let mut from = 0;
            while from < written.len() {
                let start = *offset as usize + from;
                let to = (from + sector - start % sector).min(written.len());
                if chance.of(2) == 0 {
                    put(bytes, start, &written[from..to]);
                }
                from = to;
            }
        }
    }
}

fn put(bytes: &mut Option<Vec<u8>>, start: usize, written: &[u8]) {
    let bytes = bytes.get_or_insert_default();
    let end = start + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[start..end].copy_from_slice(written);
}
