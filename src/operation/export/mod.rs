//! An export directory `{operations.jsonl, checkpoint.note, jwks.json, range.json}`: its files and their verification.

mod format;
mod keys;
mod report;
mod verify;

pub(crate) use format::read_file;
pub use format::{
    ATTACHMENT_EXTENSION, ATTACHMENTS_DIR, CHECKPOINT_FILE, Expect, ExportRange, JWKS_FILE, JwkEntry, JwkSet,
    OPERATIONS_FILE, RANGE_FILE, write_file,
};
pub(crate) use keys::cosigned_at;
pub use report::{ExportError, ExportResult, Finding, Report};
pub use verify::{encode_root, verify_export, verify_parts};
