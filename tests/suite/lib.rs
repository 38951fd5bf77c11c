//! Acceptance: what the whole product shows.
