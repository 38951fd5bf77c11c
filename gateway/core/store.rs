//! What the MFO's side keeps, as one trait: rows, attachments, inboxes and documents, changed only in transactions.
//!
//! Decides the vocabulary of storage, not the meaning of what is stored: documents are JSON that [`crate::records`]
//! understands. A [`Change`] list is committed whole or not at all; an optimistic [`Expect`] makes two nodes that decide
//! at once about the same loan see each other. No personal data reaches a store in clear: see [`crate::vault`].

use std::collections::BTreeMap;
use std::sync::Arc;

use senim_domain::TerminalId;
use serde::Serialize;
use serde::de::DeserializeOwned;

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

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Collection {
    /// Enrolled terminals; key: terminal.
    Terminal,
    /// Open sessions; key: terminal/session.
    Session,
    /// Answers to operations, sealed; key: terminal/op_id.
    Answer,
    /// Rows still to be acted on; key: terminal/seq.
    Pending,
    /// Offers and loans; key: loan.
    Loan,
    /// The one open loan of a client; key: client.
    OpenLoan,
    /// The newest note that the gateway cosigned; key: terminal.
    Note,
    /// Rows that speak of a loan or a payout request; key: that id/terminal/seq.
    Related,
    /// Published rule packs; key: version.
    RulePack,
    /// Compact ranges of the tree at multiples of 64; key: terminal/size.
    Range,
    /// Counters of a day; key: what/date.
    Daily,
    /// Calls to core lending that must still arrive; key: what/id.
    Outbox,
    /// Openings of sealed data; key: terminal/sha256/moment/id.
    Audit,
    /// Acts of staff, a chain; key: number, 16 digits.
    Act,
    /// What is kept of a person, with its retention; key: terminal/sha256, loan//loan or
    /// registration//registration.
    Archive,
    /// Archived documents by the person or visit they are of; key: owner//document.
    Owned,
    /// Archived documents by the day on which they are looked at; key: date/document.
    Due,
    /// Content keys, wrapped; key: owner.
    ContentKey,
    /// Whose an ended visit was; key: terminal/session.
    Visit,
    /// Events that have no number yet; key: moment/count/id.
    Event,
    /// Events by number; key: block/number.
    Feed,
    /// Events that the webhook has not taken; key: number.
    Delivery,
    /// Events that the webhook did not take in time; key: number.
    DeadLetter,
    /// PINs of clients, as keyed hashes; key: client.
    Pin,
    /// Failed logins of clients and locks; key: client.
    LoginGuard,
    /// Cards that open cabinets, or did; key: SHA-256 of the certificate.
    Card,
    /// The one that opens a client's cabinet; key: client.
    ClientCard,
    /// Changes of phone and account that were made; key: client/change.
    ContactChange,
    /// Registrations of new clients; key: registration.
    Registration,
    /// The newest registration in which a person was proven; key: keyed hash of the IIN.
    Proven,
    /// Repayments and what became of their money; key: repayment.
    Repayment,
    /// Where a client's business is found; key: client.
    Cabinet,
    /// Payouts in doubt; key: loan/request.
    Doubt,
    /// What was done before an operation of somebody whose data leaked; key: client/terminal/session/moment.
    Measures,
    /// Signed results of biometric checks; key: the row that was judged.
    BiometricResult,
    /// The check on a phone that a visit waits for; key: terminal/session.
    OpenPhoneCheck,
    /// What the identification centre signed about checks on phones, sealed; key: the row that was judged.
    CentreResult,
    /// Sequences of movements that were given lately; key: terminal/terminal, client/client or registration/registration.
    Sequences,
    /// What clients have to be told in writing; key: client/what/moment.
    Notice,
    /// Those that were not told yet; key: last day/key of the notice.
    OpenNotice,
    /// Settlements, proposed and confirmed; key: loan/request.
    Settlement,
    /// Loans that staff froze; key: loan.
    Flag,
    /// Staff who may sign in; key: name in lower case.
    Staff,
    /// What is known of a terminal by its rows; key: terminal.
    TerminalView,
    /// Rows that broke a chain, kept as they came; key: terminal/hash.
    Evidence,
    /// Rows that the chain has not reached; key: terminal/seq.
    Ahead,
    /// Attachments that are coming in pieces; key: terminal/hash.
    Partial,
    /// Pieces of them; key: terminal/hash/number.
    Piece,
    /// The last telemetry of a terminal; key: terminal.
    Telemetry,
    /// Certificates that terminals were given; key: terminal/serial.
    Certificate,
    /// One-time codes for enrolment, as keyed hashes; key: terminal.
    EnrolmentCode,
    /// Revoked certificates; key: terminal.
    Revocation,
    /// Electronic signatures from the moment they were asked for; key: signature.
    Signature,
    /// The one that a visit waits for; key: terminal/session.
    OpenSignature,
    /// Signatures by loan; key: loan/signature.
    LoanSignature,
    /// Supplements of contracts from their first draft on; key: loan/supplement.
    Supplement,
    /// Requests for other terms; key: loan/operation.
    Restructuring,
    /// Changes by one side that were judged; key: loan/change.
    OneSided,
    /// How clients want money back after a verdict; key: loan.
    Refund,
    /// Documents laid out for signing; key: terminal/session/sha256.
    LaidOut,
    /// Applications that have not come to a contract; key: client.
    Unfinished,
    /// Consents to state data; key: the consent's number.
    Consent,
    /// Applications for their revocation; key: open/application, or closed/application.
    ConsentRevocation,
    /// State of the gateway itself; key: name.
    Meta,
}

impl Collection {
    /// Name in a database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Session => "session",
            Self::Answer => "answer",
            Self::Pending => "pending",
            Self::Loan => "loan",
            Self::OpenLoan => "open_loan",
            Self::Note => "note",
            Self::Related => "related",
            Self::RulePack => "rule_pack",
            Self::Range => "range",
            Self::Daily => "daily",
            Self::Outbox => "outbox",
            Self::Audit => "audit",
            Self::Act => "act",
            Self::Archive => "archive",
            Self::Owned => "owned",
            Self::Due => "due",
            Self::ContentKey => "content_key",
            Self::Visit => "visit",
            Self::Event => "event",
            Self::Feed => "feed",
            Self::Delivery => "delivery",
            Self::DeadLetter => "dead_letter",
            Self::Pin => "pin",
            Self::LoginGuard => "login_guard",
            Self::Card => "card",
            Self::ClientCard => "client_card",
            Self::ContactChange => "contact_change",
            Self::Registration => "registration",
            Self::Proven => "proven",
            Self::Repayment => "repayment",
            Self::Cabinet => "cabinet",
            Self::Doubt => "doubt",
            Self::Measures => "measures",
            Self::BiometricResult => "biometric_result",
            Self::OpenPhoneCheck => "open_phone_check",
            Self::CentreResult => "centre_result",
            Self::Sequences => "sequences",
            Self::Notice => "notice",
            Self::OpenNotice => "open_notice",
            Self::Settlement => "settlement",
            Self::Flag => "flag",
            Self::Staff => "staff",
            Self::TerminalView => "terminal_view",
            Self::Evidence => "evidence",
            Self::Ahead => "ahead",
            Self::Partial => "partial",
            Self::Piece => "piece",
            Self::Telemetry => "telemetry",
            Self::Certificate => "certificate",
            Self::EnrolmentCode => "enrolment_code",
            Self::Revocation => "revocation",
            Self::Signature => "signature",
            Self::OpenSignature => "open_signature",
            Self::LoanSignature => "loan_signature",
            Self::Supplement => "supplement",
            Self::Restructuring => "restructuring",
            Self::OneSided => "one_sided",
            Self::Refund => "refund",
            Self::LaidOut => "laid_out",
            Self::Unfinished => "unfinished",
            Self::Consent => "consent",
            Self::ConsentRevocation => "consent_revocation",
            Self::Meta => "meta",
        }
    }
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
