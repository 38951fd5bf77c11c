//! Many rows in few bytes: `application/vnd.senim.batch+zstd` (design section 5; layout in `docs/formats/batch.md`).
//!
//! Base64url of JSON does not compress; the JSON does. So the parts of each compact JWS travel decoded, and the receiver
//! writes the identical JWS again. Whether a row is written again identically is tried before it is sent this way: what
//! would not be goes as plain lines. Nothing is verified here.
//!
//! Rows hold no personal data and no secret. They may therefore pass through the C library's own heap, which the
//! terminal's zeroing allocator does not own; nothing else may.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::jws::MAX_COMPACT_BYTES;

/// Media type of the format.
pub const CONTENT_TYPE: &str = "application/vnd.senim.batch+zstd";
/// Most bytes of compact JWS in one batch, and most bytes of a batch on the wire.
pub const MAX_BATCH_BYTES: usize = 16 << 20;
/// Most decoded bytes for each byte on the wire. A row has at least 96 bytes that no compressor shortens (signature and
/// link), so genuine batches stay below a tenth of it.
pub const MAX_RATIO: usize = 100;
/// Decoded bytes that any batch may have, however few its bytes on the wire.
const MIN_ALLOWANCE: usize = 64 << 10;
/// Longest header: certificates of an identity key fit many times.
const MAX_HEADER_BYTES: usize = 64 << 10;
/// Largest window of the decompressor: 8 MiB.
const WINDOW_LOG_MAX: u32 = 23;
/// Fast, and close to what the slow levels reach on rows.
const LEVEL: i32 = 3;
const SIGNATURE_BYTES: usize = 64;

/// The header is that of the row before.
const SAME_HEADER: u8 = 0;
/// A header follows.
const OWN_HEADER: u8 = 1;

/// Why bytes are no batch, or rows cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Not zstd, or with a window that nobody needs.
    #[error("the batch is not compressed in the agreed form")]
    NotZstd,
    /// It ends in the middle of a row.
    #[error("the batch breaks off in the middle of a row")]
    BrokenOff,
    /// A byte stands where none of its value may.
    #[error("the batch is not laid out as agreed: {0}")]
    Layout(&'static str),
    /// More than a batch may be, or far more than its bytes on the wire can hold.
    #[error("the batch is larger than is taken; send fewer rows at once, or send them as lines")]
    TooLarge,
    /// More rows than are taken at once.
    #[error("the batch has more than {max} rows; send fewer at once")]
    TooManyRows {
        /// Most rows.
        max: usize,
    },
    /// A row that the receiver would write otherwise.
    #[error("row {at} of the batch would not be written again identically; send it as a line")]
    NotRebuilt {
        /// Its place in the batch, from 0.
        at: usize,
    },
}

/// Encodes rows and reads them back: what comes out gives exactly these rows to whoever decodes it.
///
/// # Errors
/// [`BatchError::NotRebuilt`], [`BatchError::TooLarge`]: send these rows as lines instead.
pub fn encode<R: AsRef<str>>(rows: &[R]) -> Result<Vec<u8>, BatchError> {
    let mut plain = Vec::with_capacity(rows.iter().map(|row| row.as_ref().len()).sum());
    let mut header: Vec<u8> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        write_row(&mut plain, &mut header, row.as_ref()).ok_or(BatchError::NotRebuilt { at })?;
    }
    let bytes = zstd::stream::encode_all(plain.as_slice(), LEVEL).map_err(|_| BatchError::NotZstd)?;
    let again = decode(&bytes, rows.len())?;
    match rows.iter().zip(&again).position(|(row, again)| row.as_ref() != again) {
        Some(at) => Err(BatchError::NotRebuilt { at }),
        None if again.len() == rows.len() => Ok(bytes),
        None => Err(BatchError::NotRebuilt { at: again.len() }),
    }
}

fn write_row(plain: &mut Vec<u8>, header: &mut Vec<u8>, row: &str) -> Option<()> {
    let mut parts = row.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let (own, payload, signature) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || signature.len() != SIGNATURE_BYTES || own.is_empty() {
        return None;
    }
    if own == *header {
        plain.push(SAME_HEADER);
    } else {
        plain.push(OWN_HEADER);
        plain.extend_from_slice(&length(own.len())?);
        plain.extend_from_slice(&own);
        *header = own;
    }
    plain.extend_from_slice(&length(payload.len())?);
    plain.extend_from_slice(&payload);
    plain.extend_from_slice(&signature);
    Some(())
}

fn length(bytes: usize) -> Option<[u8; 4]> {
    u32::try_from(bytes).ok().map(u32::to_be_bytes)
}

/// Rows of a batch, each the compact JWS that its sender had. Memory is bounded by [`MAX_RATIO`] times the bytes given
/// and by [`MAX_BATCH_BYTES`], whatever they claim.
///
/// # Errors
/// [`BatchError`]; nothing of the batch is to be used.
pub fn decode(bytes: &[u8], max_rows: usize) -> Result<Vec<String>, BatchError> {
    if bytes.len() > MAX_BATCH_BYTES {
        return Err(BatchError::TooLarge);
    }
    let mut stream =
        zstd::stream::read::Decoder::with_buffer(bytes).map_err(|_| BatchError::NotZstd)?.single_frame();
    stream.window_log_max(WINDOW_LOG_MAX).map_err(|_| BatchError::NotZstd)?;
    let allowance = bytes.len().saturating_mul(MAX_RATIO).clamp(MIN_ALLOWANCE, MAX_BATCH_BYTES);
    let mut reader = Reader { stream, left: allowance };
    let mut rows = Vec::new();
    let mut written = 0_usize;
    let mut header = String::new();
    while let Some(tag) = reader.tag()? {
        if rows.len() >= max_rows {
            return Err(BatchError::TooManyRows { max: max_rows });
        }
        match tag {
            OWN_HEADER => {
                let own = reader.block(MAX_HEADER_BYTES)?;
                if own.is_empty() {
                    return Err(BatchError::Layout("an empty header"));
                }
                header = URL_SAFE_NO_PAD.encode(own);
            }
            SAME_HEADER if header.is_empty() => {
                return Err(BatchError::Layout("the first row has no header"));
            }
            SAME_HEADER => {}
            _ => return Err(BatchError::Layout("an unknown kind of row")),
        }
        let payload = reader.block(MAX_COMPACT_BYTES)?;
        let signature = reader.bytes(SIGNATURE_BYTES)?;
        let mut row =
            String::with_capacity(header.len().saturating_add(payload.len() / 3 * 4).saturating_add(96));
        row.push_str(&header);
        row.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut row);
        row.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut row);
        // A header said once may be written many times: what is written counts too.
        written = written.saturating_add(row.len());
        if written > MAX_BATCH_BYTES || row.len() > MAX_COMPACT_BYTES {
            return Err(BatchError::TooLarge);
        }
        rows.push(row);
    }
    if reader.stream.finish().is_empty() { Ok(rows) } else { Err(BatchError::Layout("bytes behind its end")) }
}

/// Reads what is announced and never more than the allowance.
struct Reader<'a> {
    stream: zstd::stream::read::Decoder<'static, &'a [u8]>,
    left: usize,
}

impl Reader<'_> {
    /// The kind of the next row; `None` at the end.
    fn tag(&mut self) -> Result<Option<u8>, BatchError> {
        let mut byte = [0];
        match self.stream.read(&mut byte) {
            Ok(0) => Ok(None),
            Ok(_) => {
                self.left = self.left.checked_sub(1).ok_or(BatchError::TooLarge)?;
                let [tag] = byte;
                Ok(Some(tag))
            }
            Err(error) => Err(fault(&error)),
        }
    }

    fn block(&mut self, longest: usize) -> Result<Vec<u8>, BatchError> {
        let mut length = [0; 4];
        self.left = self.left.checked_sub(length.len()).ok_or(BatchError::TooLarge)?;
        self.stream.read_exact(&mut length).map_err(|error| fault(&error))?;
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| BatchError::TooLarge)?;
        if length > longest {
            return Err(BatchError::TooLarge);
        }
        self.bytes(length)
    }

    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, BatchError> {
        self.left = self.left.checked_sub(length).ok_or(BatchError::TooLarge)?;
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).map_err(|error| fault(&error))?;
        Ok(bytes)
    }
}

fn fault(error: &std::io::Error) -> BatchError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => BatchError::BrokenOff,
        _ => BatchError::NotZstd,
    }
}
