//! How a secret is written where it has to be.

use senim_domain::Secret;
use serde::Serializer;

/// Writes a secret into a message or an attachment: the one place where it leaves its type on purpose.
///
/// # Errors
/// Those of the serialiser.
pub fn expose_on_the_wire<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}
