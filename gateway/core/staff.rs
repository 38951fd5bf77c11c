//! Staff who may sign in to the desk's pages: a name and a random word that is shown once and kept as a keyed hash.
//!
//! Decides who somebody is, not what they may do: roles come later.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use senim_domain::{Secret, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::actor::Actor;
use crate::error::{GatewayError, Refusal};
use crate::later;
use crate::store::{self, Collection, Expect};
use crate::vault::MacPurpose;

/// Wrong words in a row until an account is locked.
const MOST_WRONG: u32 = 5;
/// How long it is locked, in seconds.
const LOCKED_SECONDS: u32 = 900;
/// Longest word that is looked at.
const MAX_WORD: usize = 128;

/// An account.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Account {
    name: String,
    mac: String,
    wrong: u32,
    locked_until: Option<UtcMillis>,
}

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInFault {
    /// No such name, or not its word; deliberately one answer.
    Wrong,
    /// Too many wrong words: later.
    Locked,
}

impl Gateway {
    /// Lets somebody sign in; an account that exists gets a new word, and the old one is worth nothing. The word is given
    /// out here and nowhere else.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`] for a name that cannot act.
    pub fn add_staff(&self, name: &str, by: &Actor, now: UtcMillis) -> Result<Secret, GatewayError> {
        let name = Actor::new(name, "signs in")?.person().to_owned();
        self.deciding(|| {
            let mut bytes = zeroize::Zeroizing::new([0_u8; 24]);
            self.entropy.fill(bytes.as_mut())?;
            let word = Secret::new(URL_SAFE_NO_PAD.encode(bytes.as_ref()));
            let key = key(&name);
            let mac = self.keys.vault.mac(MacPurpose::Staff, &key, &word);
            let account = Account { name: name.clone(), mac, wrong: 0, locked_until: None };
            let put = store::put(Collection::Staff, &key, Expect::Any, &account)?;
            self.store.commit(&[put, self.act_record(by, "staffAdd", &name, now)?])?;
            Ok(word)
        })
    }

    /// Takes an account away.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`]: no such account.
    pub fn remove_staff(&self, name: &str, by: &Actor, now: UtcMillis) -> Result<(), GatewayError> {
        let key = key(name);
        self.deciding(|| {
            if self.store.document(Collection::Staff, &key)?.is_none() {
                return Err(Refusal::BadDirective("there is no such account".into()).into());
            }
            let act = self.act_record(by, "staffRemove", &key, now)?;
            Ok(self.store.commit(&[store::remove(Collection::Staff, &key), act])?)
        })
    }

    /// Whether somebody may still act: accounts can be taken away while their owner is signed in.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn is_staff(&self, name: &str) -> Result<bool, GatewayError> {
        Ok(self.store.document(Collection::Staff, &key(name))?.is_some())
    }

    /// Who this is, by name and word. Wrong words are counted, and lock the account.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn sign_in(
        &self,
        name: &str,
        word: &Secret,
        now: UtcMillis,
    ) -> Result<Result<String, SignInFault>, GatewayError> {
        let key = key(name);
        if word.expose().len() > MAX_WORD || name.len() > MAX_WORD {
            return Ok(Err(SignInFault::Wrong));
        }
        self.deciding(|| {
            let Some(stored) = store::load::<Account>(self.store.as_ref(), Collection::Staff, &key)? else {
                // As much work as for a name that exists.
                let _ = self.keys.vault.mac(MacPurpose::Staff, &key, word);
                return Ok(Err(SignInFault::Wrong));
            };
            let expect = stored.expect();
            let mut account = stored.value;
            if account.locked_until.is_some_and(|until| now < until) {
                return Ok(Err(SignInFault::Locked));
            }
            let right = self.keys.vault.matches(MacPurpose::Staff, &key, word, &account.mac);
            if right && account.wrong == 0 {
                return Ok(Ok(account.name));
            }
            account.wrong = if right { 0 } else { account.wrong.saturating_add(1) };
            account.locked_until = None;
            if account.wrong >= MOST_WRONG {
                tracing::warn!(name = account.name, "account locked after wrong words");
                account.wrong = 0;
                account.locked_until = Some(later(now, LOCKED_SECONDS));
            }
            self.store.commit(&[store::put(Collection::Staff, &key, expect, &account)?])?;
            Ok(if right { Ok(account.name) } else { Err(SignInFault::Wrong) })
        })
    }
}

fn key(name: &str) -> String {
    name.trim().to_lowercase()
}
