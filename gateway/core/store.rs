//! What the MFO's side keeps, as one trait: rows, attachments, inboxes and documents, changed only in transactions.
//!
//! Decides the vocabulary of storage, not the meaning of what is stored: documents are JSON that [`crate::records`]
//! understands. A [`Change`] list is committed whole or not at all; an optimistic [`Expect`] makes two nodes that decide
//! at once about the same loan see each other. No personal data reaches a store in clear: see [`crate::vault`].

mod collection;

use std::collections::BTreeMap;
use std::sync::Arc;

use senim_domain::TerminalId;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::collection::Collection;

/// A row of a terminal's journal as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRow {
    /// Position in the chain, from 0.
    pub seq: u64,
    /// SHA-256 of the compact JWS, base64url.
    pub hash: String,
    /// Operation id, unique within the terminal.
    pub op_id: String,
    /// Kind as written; may be unknown to this version.
    pub kind: String,
    /// Whether the kind is unknown here: kept, not acted on.
    pub quarantined: bool,
    /// SHA-256 of the sealed attachment, where there is one.
    pub attachment: Option<String>,
    /// The compact JWS itself.
    pub compact: String,
}

/// A sealed attachment as it lies at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAttachment {
    /// The compact JWE as it came, under a layer with a key of its own (see `crate::archive`).
    pub jwe: String,
    /// Whether it lies in the second copy too.
    pub archived: bool,
}

/// Attachments that no stored row names and that have no second copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loose {
    /// How many.
    pub count: u64,
    /// Their bytes together.
    pub bytes: u64,
}

/// A durable message in a terminal's inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxItem {
    /// Number, rising per terminal, never used again, not even after a restore from a back-up.
    pub n: u64,
    /// The compact JWS.
    pub jws: String,
}

/// A document and how often it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Key within its collection.
    pub key: String,
    /// 1 for the first writing, then rising.
    pub revision: u64,
    /// JSON.
    pub json: String,
}

/// What the writer believes about the document so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Any,
    /// It does not exist.
    Absent,
    /// It has this revision.
    Revision(u64),
}

/// One change of a transaction.
#[derive(Clone, Debug)]
pub enum Change {
    /// Appends a row; its seq must be the next of that terminal.
    Row {
        /// Whose.
        terminal: TerminalId,
        /// What.
        row: StoredRow,
    },
    /// Keeps an attachment; the same bytes again only raise `archived`.
    Attachment {
        /// Whose.
        terminal: TerminalId,
        /// SHA-256 of the JWE, base64url.
        sha256: String,
        /// What.
        attachment: StoredAttachment,
    },
    /// Removes an attachment's bytes; nothing happens where there are none.
    EraseAttachment {
        /// Whose.
        terminal: TerminalId,
        /// SHA-256 of the JWE, base64url.
        sha256: String,
    },
    /// Puts a durable message into an inbox under the next number that is at least `least`.
    Inbox {
        /// Whose.
        terminal: TerminalId,
        /// The compact JWS.
        jws: String,
        /// Lowest number: the millisecond of writing, so that a store put back to an older state uses none twice.
        least: u64,
    },
    /// Writes (`Some`) or removes (`None`) a document.
    Document {
        /// About what.
        collection: Collection,
        /// Key.
        key: String,
        /// Belief.
        expect: Expect,
        /// JSON.
        json: Option<String>,
    },
}

/// Why the store did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else was faster: read again and decide again.
    #[error("the record was changed by somebody else meanwhile: {0}")]
    Conflict(String),
    /// Busy or away: later.
    #[error(
        "the store cannot be used just now: {0}; check that it is there, that its disk has room and that nobody holds it locked"
    )]
    Unavailable(String),
    /// What is stored makes no sense to this version.
    #[error("the store holds a record that this version cannot read ({0}); restore it from a back-up")]
    Corrupt(String),
}

/// Where everything is kept. Every function is synchronous and may block on a disk.
pub trait Store: Send + Sync {
    /// Applies all changes in one durable transaction.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was changed.
    fn commit(&self, changes: &[Change]) -> Result<(), StoreError>;

    /// One row.
    ///
    /// # Errors
    /// [`StoreError`].
    fn row(&self, terminal: &TerminalId, seq: u64) -> Result<Option<StoredRow>, StoreError>;

    /// Rows from a number on, rising, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn rows(&self, terminal: &TerminalId, from: u64, limit: usize) -> Result<Vec<StoredRow>, StoreError>;

    /// The row of an operation.
    ///
    /// # Errors
    /// [`StoreError`].
    fn row_of_operation(&self, terminal: &TerminalId, op_id: &str) -> Result<Option<StoredRow>, StoreError>;

    /// The first row that names an attachment.
    ///
    /// # Errors
    /// [`StoreError`].
    fn row_of_attachment(&self, terminal: &TerminalId, sha256: &str)
    -> Result<Option<StoredRow>, StoreError>;

    /// An attachment.
    ///
    /// # Errors
    /// [`StoreError`].
    fn attachment(&self, terminal: &TerminalId, sha256: &str)
    -> Result<Option<StoredAttachment>, StoreError>;

    /// Which of these attachments are here, and whether each has its second copy.
    ///
    /// # Errors
    /// [`StoreError`].
    fn archived(
        &self,
        terminal: &TerminalId,
        hashes: &[String],
    ) -> Result<BTreeMap<String, bool>, StoreError>;

    /// Attachments of a terminal that no row names and that have no second copy.
    ///
    /// # Errors
    /// [`StoreError`].
    fn loose(&self, terminal: &TerminalId) -> Result<Loose, StoreError>;

    /// Inbox messages with a number above `after`, rising, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn inbox(&self, terminal: &TerminalId, after: u64, limit: usize) -> Result<Vec<InboxItem>, StoreError>;

    /// The highest number of an inbox, 0 for an empty one.
    ///
    /// # Errors
    /// [`StoreError`].
    fn inbox_head(&self, terminal: &TerminalId) -> Result<u64, StoreError>;

    /// One document.
    ///
    /// # Errors
    /// [`StoreError`].
    fn document(&self, collection: Collection, key: &str) -> Result<Option<Document>, StoreError>;

    /// Documents whose key begins with `prefix`, in order of key.
    ///
    /// # Errors
    /// [`StoreError`].
    fn documents(&self, collection: Collection, prefix: &str) -> Result<Vec<Document>, StoreError>;

    /// Those of these documents that exist, in order of key.
    ///
    /// # Errors
    /// [`StoreError`].
    fn documents_named(&self, collection: Collection, keys: &[String]) -> Result<Vec<Document>, StoreError>;

    /// Documents whose key comes after `after`, in order of key, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn documents_after(
        &self,
        collection: Collection,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError>;
}

impl<S: Store + ?Sized> Store for Arc<S> {
    fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        (**self).commit(changes)
    }
    fn row(&self, terminal: &TerminalId, seq: u64) -> Result<Option<StoredRow>, StoreError> {
        (**self).row(terminal, seq)
    }
    fn rows(&self, terminal: &TerminalId, from: u64, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        (**self).rows(terminal, from, limit)
    }
    fn row_of_operation(&self, terminal: &TerminalId, op_id: &str) -> Result<Option<StoredRow>, StoreError> {
        (**self).row_of_operation(terminal, op_id)
    }
    fn row_of_attachment(
        &self,
        terminal: &TerminalId,
        sha256: &str,
    ) -> Result<Option<StoredRow>, StoreError> {
        (**self).row_of_attachment(terminal, sha256)
    }
    fn attachment(
        &self,
        terminal: &TerminalId,
        sha256: &str,
    ) -> Result<Option<StoredAttachment>, StoreError> {
        (**self).attachment(terminal, sha256)
    }
    fn archived(
        &self,
        terminal: &TerminalId,
        hashes: &[String],
    ) -> Result<BTreeMap<String, bool>, StoreError> {
        (**self).archived(terminal, hashes)
    }
    fn loose(&self, terminal: &TerminalId) -> Result<Loose, StoreError> {
        (**self).loose(terminal)
    }
    fn inbox(&self, terminal: &TerminalId, after: u64, limit: usize) -> Result<Vec<InboxItem>, StoreError> {
        (**self).inbox(terminal, after, limit)
    }
    fn inbox_head(&self, terminal: &TerminalId) -> Result<u64, StoreError> {
        (**self).inbox_head(terminal)
    }
    fn document(&self, collection: Collection, key: &str) -> Result<Option<Document>, StoreError> {
        (**self).document(collection, key)
    }
    fn documents(&self, collection: Collection, prefix: &str) -> Result<Vec<Document>, StoreError> {
        (**self).documents(collection, prefix)
    }
    fn documents_named(&self, collection: Collection, keys: &[String]) -> Result<Vec<Document>, StoreError> {
        (**self).documents_named(collection, keys)
    }
    fn documents_after(
        &self,
        collection: Collection,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        (**self).documents_after(collection, after, limit)
    }
}

/// A document read as what it is, with its revision; the default under revision 0 where there is none.
#[derive(Clone, Debug)]
pub(crate) struct Versioned<T> {
    /// 0: not stored yet.
    pub revision: u64,
    /// Content.
    pub value: T,
}

impl<T> Versioned<T> {
    /// The belief that goes with a change of it.
    pub(crate) const fn expect(&self) -> Expect {
        match self.revision {
            0 => Expect::Absent,
            revision => Expect::Revision(revision),
        }
    }
}

/// Reads a document.
pub(crate) fn load<T: DeserializeOwned>(
    store: &dyn Store,
    collection: Collection,
    key: &str,
) -> Result<Option<Versioned<T>>, StoreError> {
    store.document(collection, key)?.map(|document| parse(collection, &document)).transpose()
}

/// Reads a document as it will be once these changes are committed.
pub(crate) fn load_after<T: DeserializeOwned>(
    store: &dyn Store,
    changes: &[Change],
    collection: Collection,
    key: &str,
) -> Result<Option<T>, StoreError> {
    let written = changes.iter().rev().find_map(|change| match change {
        Change::Document { collection: of, key: name, json, .. } if *of == collection && name == key => {
            Some(json)
        }
        _ => None,
    });
    match written {
        Some(Some(json)) => serde_json::from_str(json)
            .map(Some)
            .map_err(|_| StoreError::Corrupt(format!("{} {key}", collection.name()))),
        Some(None) => Ok(None),
        None => Ok(load(store, collection, key)?.map(|found| found.value)),
    }
}

/// Reads what a document says.
pub(crate) fn parse<T: DeserializeOwned>(
    collection: Collection,
    document: &Document,
) -> Result<Versioned<T>, StoreError> {
    let corrupt = |_| StoreError::Corrupt(format!("{} {}", collection.name(), document.key));
    let value = serde_json::from_str(&document.json).map_err(corrupt)?;
    Ok(Versioned { revision: document.revision, value })
}

/// A change that writes a document.
pub(crate) fn put<T: Serialize>(
    collection: Collection,
    key: &str,
    expect: Expect,
    value: &T,
) -> Result<Change, StoreError> {
    let json = serde_json::to_string(value)
        .map_err(|_| StoreError::Corrupt(format!("{} {key}", collection.name())))?;
    Ok(Change::Document { collection, key: key.to_owned(), expect, json: Some(json) })
}

/// A change that removes a document that nobody has changed meanwhile.
pub(crate) fn remove_at(collection: Collection, key: &str, revision: u64) -> Change {
    Change::Document { collection, key: key.to_owned(), expect: Expect::Revision(revision), json: None }
}

/// A change that removes a document.
pub(crate) fn remove(collection: Collection, key: &str) -> Change {
    Change::Document { collection, key: key.to_owned(), expect: Expect::Any, json: None }
}
