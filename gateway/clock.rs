//! The one place of this program that reads the clock.

use senim_domain::UtcMillis;

/// Now.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the gateway's edge: everything below takes `now` as a value")]
pub fn now() -> UtcMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UtcMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
