//! The keys that terminals seal to: taken into use, replaced with overlap, revoked; each change goes to every terminal.
//!
//! Private halves are not here: [`crate::keys::Openers`] finds them. The list is a document, so that a terminal that is
//! enrolled later gets it too.

use senim_domain::{TerminalId, UtcMillis};
use senim_operation::jws::PublicJwk;
use senim_operation::message::MessageBody;
use senim_operation::seal_keys::{MAX_SEAL_KEYS, SealKey, newest};

use crate::Gateway;
use crate::actor::Actor;
use crate::error::{GatewayError, Refusal};
use crate::store::{self, Change, Collection, Versioned};

/// Name of the document.
const SEAL_KEYS: &str = "seal_keys";
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

impl Gateway {
    /// The keys, the oldest first; empty before the first rotation, when terminals seal to the key of their enrolment.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn seal_keys(&self) -> Result<Vec<SealKey>, GatewayError> {
        Ok(self.load_seal_keys()?.value)
    }

    /// Takes a new key into use at once; the former ones end after `overlap_days`. `in_use`: the key that terminals seal
    /// to since their enrolment.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`], or what [`GatewayError`] says.
    pub fn rotate_seal_key(
        &self,
        in_use: PublicJwk,
        new: PublicJwk,
        (life_days, overlap_days): (u16, u16),
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Vec<SealKey>, GatewayError> {
        if life_days == 0 || overlap_days >= life_days {
            return Err(
                Refusal::BadDirective("a key lives longer than the overlap with the next".into()).into()
            );
        }
        let days = |count: u16| UtcMillis(now.0.saturating_add(i64::from(count) * DAY_MS));
        self.change_seal_keys(by, "sealKeyRotate", &new.thumbprint(), now, |keys| {
            if keys.is_empty() {
                keys.push(seal_key(in_use, UtcMillis(0), days(overlap_days)));
            }
            for key in keys.iter_mut() {
                key.not_after = key.not_after.min(days(overlap_days));
            }
            // Ended keys leave the list; their private halves stay, for old attachments.
            keys.retain(|key| key.not_after > now);
            keys.push(seal_key(new, now, days(life_days)));
            if keys.len() > MAX_SEAL_KEYS {
                return Err(Refusal::BadDirective("too many keys overlap; wait until one has ended".into()));
            }
            Ok(())
        })
    }

    /// Nothing more is sealed to this key. Refused for the last usable one: terminals would stop; rotate first.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`], or what [`GatewayError`] says.
    pub fn revoke_seal_key(
        &self,
        kid: &str,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Vec<SealKey>, GatewayError> {
        self.change_seal_keys(by, "sealKeyRevoke", kid, now, |keys| {
            let key = keys.iter_mut().find(|key| key.kid == kid);
            let key = key.ok_or_else(|| Refusal::BadDirective(format!("no key {kid} is in the list")))?;
            key.revoked = true;
            match newest(keys, now) {
                Some(_) => Ok(()),
                None => Err(Refusal::BadDirective("it is the last usable key; rotate first".into())),
            }
        })
    }

    fn change_seal_keys(
        &self,
        by: &Actor,
        act: &str,
        kid: &str,
        now: UtcMillis,
        change: impl Fn(&mut Vec<SealKey>) -> Result<(), Refusal>,
    ) -> Result<Vec<SealKey>, GatewayError> {
        self.deciding(|| {
            let mut kept = self.load_seal_keys()?;
            let expect = kept.expect();
            change(&mut kept.value)?;
            let mut changes = vec![
                store::put(Collection::Meta, SEAL_KEYS, expect, &kept.value)?,
                self.act_record(by, act, kid, now)?,
            ];
            let body = MessageBody::SealKeys { keys: kept.value.clone() };
            for document in self.store.documents(Collection::Terminal, "")? {
                let Ok(terminal) = document.key.parse::<TerminalId>() else { continue };
                changes.push(self.durable(&terminal, &body, now)?.1);
            }
            self.store.commit(&changes)?;
            Ok(kept.value)
        })
    }

    /// The list for a terminal that is being enrolled.
    pub(crate) fn seal_keys_for(
        &self,
        terminal: &TerminalId,
        now: UtcMillis,
    ) -> Result<Option<Change>, GatewayError> {
        let keys = self.load_seal_keys()?.value;
        if keys.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.durable(terminal, &MessageBody::SealKeys { keys }, now)?.1))
    }

    fn load_seal_keys(&self) -> Result<Versioned<Vec<SealKey>>, GatewayError> {
        let kept = store::load(self.store.as_ref(), Collection::Meta, SEAL_KEYS)?;
        Ok(kept.unwrap_or(Versioned { revision: 0, value: Vec::new() }))
    }
}

fn seal_key(jwk: PublicJwk, not_before: UtcMillis, not_after: UtcMillis) -> SealKey {
    SealKey { jwk, kid: jwk.thumbprint(), not_before, not_after, revoked: false }
}
