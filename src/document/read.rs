//! The text inside a document.

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Object, Stream};
use zeroize::Zeroizing;

use senim_domain::SecretBytes;

use crate::TEXT_FILE;
use crate::paper::Paper;

/// Longest text that is read, bytes.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// Why a file is not a document of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No PDF, or a damaged one.
    #[error("the document is not a readable PDF; ask the MFO for it again")]
    NotPdf,
    /// A PDF without its text.
    #[error("the document does not carry its text; it was not made by this MFO's system")]
    NoText,
    /// The text is not as agreed.
    #[error("the text in the document has another format; terminal and gateway differ in version")]
    Format,
}

/// The text that a document carries.
///
/// # Errors
/// [`ReadError`].
pub fn read(pdf: &SecretBytes) -> Result<Paper, ReadError> {
    let pdf = Pdf::new(pdf.expose().to_vec()).map_err(|_| ReadError::NotPdf)?;
    let root: Dict<'_> = pdf.xref().get(pdf.xref().root_id()).ok_or(ReadError::NotPdf)?;
    let associated: Array<'_> = root.get("AF").ok_or(ReadError::NoText)?;
    let spec = associated.iter::<Dict<'_>>().find(is_our_text).ok_or(ReadError::NoText)?;
    let files: Dict<'_> = spec.get("EF").ok_or(ReadError::NoText)?;
    let stream: Stream<'_> = files.get("F").or_else(|| files.get("UF")).ok_or(ReadError::NoText)?;
    let text = Zeroizing::new(stream.decoded().map_err(|_| ReadError::NoText)?.into_owned());
    if text.len() > MAX_TEXT_BYTES {
        return Err(ReadError::Format);
    }
    serde_json::from_slice(&text).map_err(|_| ReadError::Format)
}

fn is_our_text(spec: &Dict<'_>) -> bool {
    matches!(spec.get::<Object<'_>>("F"), Some(Object::String(name)) if name.as_bytes() == TEXT_FILE.as_bytes())
}
