//! What staff decide on clients who take a consent to state data back.

use senim_gateway_core::Actor;
use senim_gateway_core::connectors::RevocationGround;
use serde_json::{Value, json};

use super::{CommandError, Opened};
use crate::clock::now;

/// `admin revocations`: what waits for a decision, after asking the state service once more.
///
/// # Errors
/// [`CommandError`].
pub fn revocations(opened: &Opened) -> Result<Value, CommandError> {
    opened.gateway.look_at_revocations(now())?;
    Ok(json!({"revocations": opened.gateway.revocation_cases()?}))
}

/// `admin revocations --application`: a decision; `keep` with or without a ground, or the consent goes.
///
/// # Errors
/// [`CommandError`].
pub fn decide_revocation(
    opened: &Opened,
    application: &str,
    keep: Option<Option<RevocationGround>>,
    by: &Actor,
) -> Result<Value, CommandError> {
    let decided = opened.gateway.decide_revocation(application, keep, by, now())?;
    serde_json::to_value(decided).map_err(CommandError::environment)
}
