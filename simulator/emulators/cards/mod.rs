//! Cards behind [`crate::card::Card`]: what a chip answers, whatever reader holds it.

pub mod piv;
pub mod registry;
