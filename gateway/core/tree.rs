//! Where a row stands in a terminal's tree: audit paths of RFC 6962, out of compact ranges and a few rows.
//!
//! A range is kept at every multiple of [`RANGE_EVERY`]. Its last hash is the root of a perfect subtree that ends there,
//! so a path through a million rows takes some dozens of ranges and at most a few thousand rows.

use std::collections::BTreeMap;

use senim_domain::TerminalId;
use senim_operation::checkpoint::{CompactRange, hash_leaf, hash_node};

use crate::error::GatewayError;
use crate::intake::RANGE_EVERY;
use crate::store::{self, Collection, StoreError};
use crate::{Gateway, numbered};

/// Subtrees of one terminal that have been calculated.
pub(crate) struct Tree<'a> {
    gateway: &'a Gateway,
    terminal: &'a TerminalId,
    known: BTreeMap<(u64, u64), [u8; 32]>,
}

impl<'a> Tree<'a> {
    pub(crate) const fn new(gateway: &'a Gateway, terminal: &'a TerminalId) -> Self {
        Self { gateway, terminal, known: BTreeMap::new() }
    }

    /// The audit path of a row in the tree of the first `size` rows, the row's sibling first.
    pub(crate) fn path(&mut self, seq: u64, size: u64) -> Result<Vec<[u8; 32]>, GatewayError> {
        let (mut from, mut to, mut path) = (0, size, Vec::new());
        while to - from > 1 {
            let middle = from + largest_power_below(to - from);
            if seq < middle {
                path.push(self.subtree(middle, to)?);
                to = middle;
            } else {
                path.push(self.subtree(from, middle)?);
                from = middle;
            }
        }
        path.reverse();
        Ok(path)
    }

    /// The root over the rows `from..to`.
    pub(crate) fn subtree(&mut self, from: u64, to: u64) -> Result<[u8; 32], GatewayError> {
        if let Some(known) = self.known.get(&(from, to)) {
            return Ok(*known);
        }
        let hash = match self.kept(from, to)? {
            Some(kept) => kept,
            None if to - from <= 1 => self.leaf(from)?,
            None => {
                let middle = from + largest_power_below(to - from);
                hash_node(&self.subtree(from, middle)?, &self.subtree(middle, to)?)
            }
        };
        self.known.insert((from, to), hash);
        Ok(hash)
    }

    /// The subtree as a kept range has it: perfect, and not the right half of a larger one.
    fn kept(&self, from: u64, to: u64) -> Result<Option<[u8; 32]>, StoreError> {
        let length = to - from;
        if length < RANGE_EVERY || !length.is_power_of_two() || to.trailing_zeros() != length.trailing_zeros()
        {
            return Ok(None);
        }
        let key = numbered(self.terminal, to);
        let kept = store::load::<CompactRange>(self.gateway.store.as_ref(), Collection::Range, &key)?;
        Ok(kept.filter(|kept| kept.value.size() == to).and_then(|kept| kept.value.last_subtree()))
    }

    fn leaf(&self, seq: u64) -> Result<[u8; 32], GatewayError> {
        let row = self.gateway.store.row(self.terminal, seq)?;
        let row = row.ok_or_else(|| StoreError::Corrupt(format!("row {seq} of {}", self.terminal)))?;
        Ok(hash_leaf(row.compact.as_bytes()))
    }
}

/// The largest power of two below a number of at least 2.
const fn largest_power_below(number: u64) -> u64 {
    1 << (u64::BITS - 1 - (number - 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::largest_power_below;

    #[test]
    fn trees_are_split_as_in_rfc_6962() {
        let split: Vec<u64> = [2, 3, 4, 5, 8, 9, 64, 65].into_iter().map(largest_power_below).collect();
        assert_eq!(split, [1, 2, 2, 4, 4, 8, 32, 64]);
    }
}
