//! Cards behind [`crate::card::Card`]: what a chip answers, whatever reader holds it.

mod apdu;
pub mod icao;
pub mod piv;
pub mod registry;
