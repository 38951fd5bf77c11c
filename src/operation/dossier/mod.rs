//! A dossier: everything about one operation, taken out of the MFO's store so that a stranger can judge it offline.
//!
//! `{dossier.jws, operations.jsonl, proofs.jsonl, jwks.json, notes/<terminal>.note, measures/<loan>-<n>.jws,
//! attachments/<sha256>.jwe}`. Rows are
//! proved by their signatures and by an audit path into a tree that the gateway cosigned; what the gateway itself
//! decided stands in a statement signed with the MFO's message key, which also binds every other file by its hash.

mod report;
mod statement;
mod verify;

pub use report::DossierReport;
pub use statement::{
    AttachmentState, DOSSIER_TYP, DossierAttachment, DossierStatement, DossierSubject, JWKS_FILE,
    MEASURES_DIR, NOTES_DIR, OPERATIONS_FILE, PROOFS_FILE, Proof, RESULTS_DIR, STATEMENT_FILE,
    attachment_file, measures_file, note_file, result_file,
};
pub use verify::verify_dossier;
