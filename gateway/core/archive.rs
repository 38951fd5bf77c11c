//! The archive: what is kept of a person, byte for byte as received, under a layer whose key can be deleted.
//!
//! Every document has a data key of its own. The data key lies in the document's record, sealed under the content key of
//! its owner ([`crate::content_keys`]); the document lies in the store and in the second copy, sealed under the data key.
//! So a document is erased everywhere by deleting its data key, a person by deleting their content key, and a document
//! found to be somebody's is rebound without being touched. Places are bound in: what is moved or swapped does not open.

use senim_domain::{LoanId, SecretBytes, TerminalId, UtcMillis};
use senim_operation::attachment::sha256_of;
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::actor::Actor;
use crate::content_keys::Owner;
use crate::custody::Retention;
use crate::error::GatewayError;
use crate::store::{self, Change, Collection, Expect, StoreError, Versioned};
use crate::vault::VaultError;
use crate::wrap::{ContentKey, WrappedKey};

/// How long a code of the state service lies that was never used, days.
const STATE_CODE_DAYS: u32 = 1;

/// What a document is, for its retention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Class {
    /// Its row is not here yet.
    Loose,
    /// IIN or code of a login.
    Login,
    /// A PIN as it was typed: it proves nothing afterwards, so it is kept no longer than its row may be acted on again.
    Pin,
    /// A code that the state service sent; nobody keeps it once it was used (B21).
    StateCode,
    /// A face, or what describes one.
    Face,
    /// A contract.
    Contract,
    /// Drafts to which nobody agreed.
    Offer,
    /// An electronic signature with its evidence, or a document that was laid out for one.
    Signature,
    /// Anything else.
    Other,
}

impl Class {
    /// Of an attachment, by the kind of its row.
    pub(crate) fn of_kind(kind: &str) -> Self {
        match kind {
            "LoginRequested"
            | "ContractNumberSubmitted"
            | "LoginCodeSubmitted"
            | "RegistrationRequested"
            | "RegistrationCodeSubmitted"
            | "PhoneSubmitted"
            | "ContactChangeRequested"
            | "ContactCodeSubmitted"
            | "LoginCardShown"
            | "CardBindingRequested"
            | "CardProofSubmitted" => Self::Login,
            "PinSubmitted" | "LoginPinSubmitted" => Self::Pin,
            "AccessCodeSubmitted" => Self::StateCode,
            "FaceCaptured" | "LivenessPerformed" => Self::Face,
            "CardSignatureMade" | "CardSignatureRequested" => Self::Signature,
            _ => Self::Other,
        }
    }

    /// Days of keeping.
    pub(crate) const fn days(self, retention: &Retention, of_client: bool) -> u32 {
        match (self, of_client) {
            (Self::Loose, _) => retention.loose_days,
            (Self::Pin, _) => 1,
            (Self::StateCode, _) => STATE_CODE_DAYS,
            (Self::Login | Self::Face | Self::Signature | Self::Other, false) => retention.stranger_days,
            (Self::Login, true) => retention.login_days,
            (Self::Face, true) => retention.face_days,
            (Self::Other, true) => retention.other_days,
            // As long as the contract under which it stands.
            (Self::Contract, _) | (Self::Signature, true) => retention.contract_days,
            (Self::Offer, _) => retention.offer_days,
        }
    }
}

/// A mark of a person or of the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// When.
    pub at: UtcMillis,
    /// Who and why.
    #[serde(flatten)]
    pub actor: Actor,
}

/// What is known of an archived document; outlives the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveRecord {
    /// What it is.
    pub class: Class,
    /// Whose it is.
    pub owner: Owner,
    /// When it came.
    pub at: UtcMillis,
    /// Data key, sealed under the owner's content key; `None`: erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// First moment at which it is erased.
    pub retain_until: UtcMillis,
    /// Day under which it stands in the index of what is to be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due: Option<String>,
    /// Why it must not be erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Mark>,
    /// That it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<Mark>,
}

/// Name of an attachment in the archive.
pub(crate) fn of_attachment(terminal: &TerminalId, sha256: &str) -> String {
    format!("{terminal}/{sha256}")
}

/// Name of a loan's drafts in the archive; no terminal's name contains a second stroke before it.
pub(crate) fn of_loan(loan: LoanId) -> String {
    format!("loan//{loan}")
}

/// A moment so many days later.
pub(crate) const fn days_later(moment: UtcMillis, days: u32) -> UtcMillis {
    UtcMillis(moment.0.saturating_add(days as i64 * 86_400_000))
}

/// The day of a moment, UTC, as the index writes it.
pub(crate) fn day_of(moment: UtcMillis) -> String {
    moment.to_string().chars().take(10).collect()
}

fn content_place(document: &str) -> String {
    format!("document/{document}")
}

fn key_place(document: &str, owner: &Owner) -> String {
    format!("document-key/{document}/{}", owner.as_str())
}

/// What stands before a document in the second copy, as one line: enough to take it back without this store.
#[derive(Serialize, Deserialize)]
struct CopyHeader {
    record: ArchiveRecord,
    content_key: WrappedKey,
}

impl Gateway {
    /// A document as it goes into the second copy; the store is read as it will be once these changes are committed.
    pub(crate) fn copy_text(
        &self,
        document: &str,
        sealed: &str,
        changes: &[Change],
    ) -> Result<String, GatewayError> {
        let missing = || StoreError::Corrupt(format!("archive {document}"));
        let store = self.store.as_ref();
        let record = store::load_after::<ArchiveRecord>(store, changes, Collection::Archive, document)?
            .ok_or_else(missing)?;
        let owner = record.owner.as_str();
        let content_key = store::load_after::<WrappedKey>(store, changes, Collection::ContentKey, owner)?
            .ok_or_else(missing)?;
        let header = serde_json::to_string(&CopyHeader { record, content_key })
            .map_err(|error| GatewayError::Internal(error.to_string()))?;
        Ok(format!("{header}\n{sealed}"))
    }

    /// Enters a document that this store has lost, from its second copy; gives what is to be kept of it.
    pub(crate) fn take_back(
        &self,
        document: &str,
        text: &str,
        fits: impl Fn(&str) -> bool,
        changes: &mut Vec<Change>,
    ) -> Result<String, GatewayError> {
        let broken = || GatewayError::Vault(VaultError::NotAuthentic);
        let (header, sealed) = text.split_once('\n').ok_or_else(broken)?;
        let CopyHeader { record, content_key } = serde_json::from_str(header).map_err(|_| broken())?;
        let old = self.unwrap_key(&record.owner, &content_key)?;
        let bytes =
            old.open(&key_place(document, &record.owner), record.key.as_deref().ok_or_else(broken)?)?;
        let key = DocumentKey { place: content_place(document), key: ContentKey::new(bytes.expose())? };
        let received = key.open("", sealed)?;
        if !std::str::from_utf8(received.expose()).is_ok_and(fits) {
            return Err(broken());
        }
        if self.load_archive(document)?.is_none() {
            // The owner may have got another key since: the store that gave the first one is lost.
            let content_key = self.content_key_for_new(&record.owner, changes)?;
            let place = key_place(document, &record.owner);
            let sealed = content_key.seal(&place, bytes.expose(), self.entropy.as_ref())?;
            let due = Some(day_of(record.retain_until));
            let record = ArchiveRecord { key: Some(sealed), due, ..record };
            self.index(document, &record, changes)?;
            changes.push(store::put(Collection::Archive, document, Expect::Absent, &record)?);
        }
        Ok(sealed.to_owned())
    }

    /// What is known of an archived document.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn archive_record(&self, document: &str) -> Result<Option<ArchiveRecord>, GatewayError> {
        Ok(self.load_archive(document)?.map(|record| record.value))
    }

    pub(crate) fn load_archive(
        &self,
        document: &str,
    ) -> Result<Option<Versioned<ArchiveRecord>>, GatewayError> {
        Ok(store::load(self.store.as_ref(), Collection::Archive, document)?)
    }

    /// Enters a new document; the key to seal its parts under.
    pub(crate) fn enter_document(
        &self,
        document: &str,
        owner: Owner,
        class: Class,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<DocumentKey, GatewayError> {
        let content_key = self.content_key_for_new(&owner, changes)?;
        let entropy = self.entropy.as_ref();
        let bytes = ContentKey::generate(entropy)?;
        let sealed = content_key.seal(&key_place(document, &owner), bytes.expose(), entropy)?;
        let at = self.archive_now(now)?;
        let days = class.days(&self.custody.retention, owner.as_client().is_some());
        let retain_until = days_later(at, days);
        let due = Some(day_of(retain_until));
        let record = ArchiveRecord {
            class,
            owner,
            at,
            key: Some(sealed),
            retain_until,
            due,
            hold: None,
            erased: None,
        };
        self.index(document, &record, changes)?;
        changes.push(store::put(Collection::Archive, document, Expect::Absent, &record)?);
        Ok(DocumentKey { place: content_place(document), key: ContentKey::new(bytes.expose())? })
    }

    /// The key under which a document's parts are sealed; `None`: erased, or never here.
    pub(crate) fn document_key(&self, document: &str) -> Result<Option<DocumentKey>, GatewayError> {
        let Some(record) = self.archive_record(document)? else { return Ok(None) };
        let Some(bytes) = self.data_key(document, &record)? else { return Ok(None) };
        Ok(Some(DocumentKey { place: content_place(document), key: ContentKey::new(bytes.expose())? }))
    }

    fn data_key(&self, document: &str, record: &ArchiveRecord) -> Result<Option<SecretBytes>, GatewayError> {
        let Some(sealed) = &record.key else { return Ok(None) };
        let Some(content_key) = self.content_key(&record.owner)? else { return Ok(None) };
        Ok(Some(content_key.open(&key_place(document, &record.owner), sealed)?))
    }

    /// An attachment exactly as the terminal sent it, still sealed to the MFO; `None`: erased, or not here.
    ///
    /// # Errors
    /// [`GatewayError`]; [`VaultError::NotAuthentic`] for what was changed, moved or swapped at rest.
    pub fn as_received(&self, terminal: &TerminalId, sha256: &str) -> Result<Option<String>, GatewayError> {
        let Some(kept) = self.store.attachment(terminal, sha256)? else { return Ok(None) };
        let Some(key) = self.document_key(&of_attachment(terminal, sha256))? else { return Ok(None) };
        let received = key.open("", &kept.jwe)?;
        let jwe = String::from_utf8(received.expose().to_vec()).map_err(|_| VaultError::NotAuthentic)?;
        if sha256_of(&jwe) != sha256 {
            return Err(VaultError::NotAuthentic.into());
        }
        Ok(Some(jwe))
    }

    /// Writes a document's record with its new class, owner or dates, and the indexes with it.
    pub(crate) fn rewrite_record(
        &self,
        document: &str,
        old: &Versioned<ArchiveRecord>,
        new: &ArchiveRecord,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        if old.value.owner != new.owner || new.erased.is_some() {
            let key = format!("{}{document}", old.value.owner.index());
            changes.push(store::remove(Collection::Owned, &key));
        }
        if old.value.due != new.due
            && let Some(day) = &old.value.due
        {
            changes.push(store::remove(Collection::Due, &format!("{day}/{document}")));
        }
        self.index(document, new, changes)?;
        changes.push(store::put(Collection::Archive, document, old.expect(), new)?);
        Ok(())
    }

    fn index(
        &self,
        document: &str,
        record: &ArchiveRecord,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        if record.erased.is_none() {
            let key = format!("{}{document}", record.owner.index());
            changes.push(store::put(Collection::Owned, &key, Expect::Any, &())?);
        }
        if let Some(day) = &record.due {
            let key = format!("{day}/{document}");
            changes.push(store::put(Collection::Due, &key, Expect::Any, &())?);
        }
        Ok(())
    }

    /// What a document is found to be, once its row is here or its owner is known; keeps what it can know already.
    pub(crate) fn settle_document(
        &self,
        document: &str,
        class: Class,
        owner: &Owner,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let Some(old) = self.load_archive(document)? else { return Ok(()) };
        if old.value.erased.is_some() || (old.value.class == class && old.value.owner == *owner) {
            return Ok(());
        }
        let mut new = old.value.clone();
        if new.owner != *owner {
            let Some(bytes) = self.data_key(document, &new)? else { return Ok(()) };
            let content_key = self.content_key_for_new(owner, changes)?;
            new.key =
                Some(content_key.seal(&key_place(document, owner), bytes.expose(), self.entropy.as_ref())?);
            new.owner = owner.clone();
        }
        new.class = class;
        let days = class.days(&self.custody.retention, owner.as_client().is_some());
        new.retain_until = days_later(self.archive_now(now)?, days);
        new.due = Some(day_of(new.retain_until));
        self.rewrite_record(document, &old, &new, changes)
    }

    /// Names of an owner's documents.
    pub(crate) fn documents_of(&self, owner: &Owner) -> Result<Vec<String>, GatewayError> {
        let index = owner.index();
        let owned = self.store.documents(Collection::Owned, &index)?;
        Ok(owned.into_iter().filter_map(|owned| owned.key.strip_prefix(&index).map(str::to_owned)).collect())
    }
}

/// The key of one document, for the parts of it.
pub(crate) struct DocumentKey {
    place: String,
    key: ContentKey,
}

impl DocumentKey {
    /// Seals one part; an attachment is one part without a name.
    pub(crate) fn seal(&self, gateway: &Gateway, part: &str, plain: &str) -> Result<String, GatewayError> {
        Ok(self.key.seal(&format!("{}/{part}", self.place), plain.as_bytes(), gateway.entropy.as_ref())?)
    }

    /// Opens one part.
    pub(crate) fn open(&self, part: &str, sealed: &str) -> Result<SecretBytes, GatewayError> {
        Ok(self.key.open(&format!("{}/{part}", self.place), sealed)?)
    }
}
