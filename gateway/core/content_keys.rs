//! One random content key per person, made when first needed, wrapped at rest, deleted with the person's last document.
//!
//! Before a person is known their documents belong to the visit, and before even that is known to the terminal; the key
//! is then the visit's or the terminal's. Whoever makes something new under a key writes the key's record too: so a
//! deletion that runs beside it sees it.

use senim_domain::{ClientId, SessionId, TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::actor::Actor;
use crate::error::{GatewayError, Refusal};
use crate::store::{self, Change, Collection, Expect, StoreError};
use crate::wrap::{ContentKey, WrappedKey};

/// Whose a document is, as it is written in keys of records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Owner(String);

impl Owner {
    pub(crate) fn client(client: ClientId) -> Self {
        Self(format!("client/{client}"))
    }

    pub(crate) fn visit(terminal: &TerminalId, session: SessionId) -> Self {
        Self(format!("visit/{terminal}/{session}"))
    }

    pub(crate) fn terminal(terminal: &TerminalId) -> Self {
        Self(format!("terminal/{terminal}"))
    }

    /// Of what is kept as evidence against a terminal; never deleted with documents, since none is its.
    pub(crate) fn evidence(terminal: &TerminalId) -> Self {
        Self(format!("evidence/{terminal}"))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The client, where it is one.
    pub(crate) fn as_client(&self) -> Option<&str> {
        self.0.strip_prefix("client/")
    }

    fn place(&self) -> String {
        format!("content-key/{}", self.0)
    }

    /// Begins the keys of the index of this owner's documents; two strokes, so that no owner's name begins another's.
    pub(crate) fn index(&self) -> String {
        format!("{}//", self.0)
    }
}

/// How content keys stand after a change of the wrapping key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rewrapped {
    /// The key that wraps now.
    pub current: String,
    /// Content keys that were wrapped anew.
    pub rewrapped: u64,
    /// Content keys that still need another one.
    pub left: u64,
}

impl Gateway {
    /// The key of an owner.
    pub(crate) fn content_key(&self, owner: &Owner) -> Result<Option<ContentKey>, GatewayError> {
        self.wrapped_key(owner)?.map(|wrapped| self.unwrap_key(owner, &wrapped)).transpose()
    }

    /// The key of an owner as it lies at rest.
    pub(crate) fn wrapped_key(&self, owner: &Owner) -> Result<Option<WrappedKey>, GatewayError> {
        let found = store::load::<WrappedKey>(self.store.as_ref(), Collection::ContentKey, owner.as_str())?;
        Ok(found.map(|found| found.value))
    }

    /// The key of an owner, to make something new under it; made where there is none.
    pub(crate) fn content_key_for_new(
        &self,
        owner: &Owner,
        changes: &mut Vec<Change>,
    ) -> Result<ContentKey, GatewayError> {
        let corrupt = || StoreError::Corrupt(format!("content key {}", owner.as_str()));
        let written = changes.iter().rev().find_map(|change| match change {
            Change::Document { collection: Collection::ContentKey, key, json, .. }
                if key == owner.as_str() =>
            {
                json.as_deref()
            }
            _ => None,
        });
        if let Some(json) = written {
            let wrapped: WrappedKey = serde_json::from_str(json).map_err(|_| corrupt())?;
            return self.unwrap_key(owner, &wrapped);
        }
        let found = store::load::<WrappedKey>(self.store.as_ref(), Collection::ContentKey, owner.as_str())?;
        let (expect, wrapped, key) = match found {
            Some(found) => {
                let key = self.unwrap_key(owner, &found.value)?;
                (found.expect(), found.value, key)
            }
            None => {
                let entropy = self.entropy.as_ref();
                let bytes = ContentKey::generate(entropy)?;
                let wrapped = self.keys.vault.wrap().wrap(&owner.place(), &bytes, entropy)?;
                (Expect::Absent, wrapped, ContentKey::new(bytes.expose())?)
            }
        };
        changes.push(store::put(Collection::ContentKey, owner.as_str(), expect, &wrapped)?);
        Ok(key)
    }

    /// A key from how it lies at rest.
    pub(crate) fn unwrap_key(&self, owner: &Owner, wrapped: &WrappedKey) -> Result<ContentKey, GatewayError> {
        let bytes = self.keys.vault.wrap().unwrap(&owner.place(), wrapped)?;
        Ok(ContentKey::new(bytes.expose())?)
    }

    /// Deletes an owner's key when nothing is left under it except these documents, which go in the same transaction.
    pub(crate) fn forget_key(
        &self,
        owner: &Owner,
        going: &[&str],
        changes: &mut Vec<Change>,
    ) -> Result<bool, GatewayError> {
        let Some(key) = self.store.document(Collection::ContentKey, owner.as_str())? else {
            return Ok(false);
        };
        // Read after the key's revision: a document made meanwhile has changed that revision.
        let index = owner.index();
        let owned = self.store.documents(Collection::Owned, &index)?;
        let stays = |key: &str| key.strip_prefix(&index).is_some_and(|document| !going.contains(&document));
        if owned.iter().any(|owned| stays(&owned.key)) {
            return Ok(false);
        }
        changes.push(store::remove_at(Collection::ContentKey, &key.key, key.revision));
        Ok(true)
    }

    /// Wraps every content key under the current wrapping key. Repeat until nothing is left, then the old one may go:
    /// with it, every copy of content keys in older back-ups becomes worthless.
    ///
    /// # Errors
    /// [`GatewayError`] of store or key store.
    pub fn rewrap_keys(&self, actor: &Actor, now: UtcMillis) -> Result<Rewrapped, GatewayError> {
        let wrap = self.keys.vault.wrap();
        let current = wrap.current()?;
        let mut report = Rewrapped { current: current.clone(), rewrapped: 0, left: 0 };
        for document in self.store.documents(Collection::ContentKey, "")? {
            let found = store::parse::<WrappedKey>(Collection::ContentKey, &document)?;
            if found.value.kek == current {
                continue;
            }
            let owner = Owner(document.key);
            let bytes = wrap.unwrap(&owner.place(), &found.value)?;
            let wrapped = wrap.wrap(&owner.place(), &bytes, self.entropy.as_ref())?;
            let put = store::put(Collection::ContentKey, owner.as_str(), found.expect(), &wrapped)?;
            match self.store.commit(&[put]) {
                Ok(()) => report.rewrapped = report.rewrapped.saturating_add(1),
                Err(StoreError::Conflict(_)) => report.left = report.left.saturating_add(1),
                Err(error) => return Err(error.into()),
            }
        }
        self.deciding(|| {
            Ok(self.store.commit(&[self.act_record(actor, "rewrapKeys", &current, now)?])?)
        })?;
        Ok(report)
    }

    /// Refuses while a content key still needs this wrapping key.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`].
    pub fn may_retire_wrap_key(&self, kek: &str) -> Result<(), GatewayError> {
        if self.keys.vault.wrap().current()? == kek {
            return Err(Refusal::BadDirective("this key wraps now; make its successor first".into()).into());
        }
        let mut needed = 0_u64;
        for document in self.store.documents(Collection::ContentKey, "")? {
            if store::parse::<WrappedKey>(Collection::ContentKey, &document)?.value.kek == kek {
                needed = needed.saturating_add(1);
            }
        }
        if needed > 0 {
            let text = format!("{needed} content keys still need this key; wrap them anew first");
            return Err(Refusal::BadDirective(text).into());
        }
        Ok(())
    }
}
