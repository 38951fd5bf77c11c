//! Staff who may sign in to the desk's pages: a name, a random word that is shown once and kept as a keyed hash, and the
//! code of a device that the person carries (RFC 6238).
//!
//! Decides who somebody is. What they may do is decided by [`crate::roles`].

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use senim_domain::{Secret, SecretBytes, UtcMillis};
use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::Gateway;
use crate::actor::Actor;
use crate::error::{GatewayError, Refusal};
use crate::later;
use crate::roles::{Right, Roles};
use crate::store::{self, Collection, Expect};
use crate::vault::MacPurpose;

/// Wrong words or codes in a row until an account is locked.
const MOST_WRONG: u32 = 5;
/// How long it is locked, in seconds.
const LOCKED_SECONDS: u32 = 900;
/// Longest name, word or code that is looked at.
const MAX_TYPED: usize = 128;
/// Who the code is for, as the person's device shows it.
const ISSUER: &str = "Senim";

/// An account.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Account {
    name: String,
    /// Accounts of before there were roles have none, and may nothing.
    #[serde(default)]
    roles: Roles,
    mac: String,
    /// The secret of the device's code comes from this and the vault's key: what lies in the store makes no code.
    #[serde(default)]
    code_salt: Option<String>,
    /// Step of the last code that signed in; it and those before it are worth nothing (RFC 6238, section 5.2).
    #[serde(default)]
    code_step: u64,
    wrong: u32,
    locked_until: Option<UtcMillis>,
}

/// What a new account's owner is given, once.
pub struct Credentials {
    /// The word to type.
    pub word: Secret,
    /// `otpauth://` address of the codes, for an authenticator.
    pub codes: Secret,
}

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInFault {
    /// No such name, or not its word, or not its code now; deliberately one answer.
    Wrong,
    /// Too many wrong tries: later.
    Locked,
}

impl Gateway {
    /// Lets somebody sign in; an account that exists gets these roles, a new word and new codes, and the old ones are
    /// worth nothing. They are given out here and nowhere else.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`] for a name that cannot act or stand in an authenticator, and for nobody's job.
    pub fn add_staff(
        &self,
        name: &str,
        roles: &Roles,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Credentials, GatewayError> {
        let name = Actor::new(name, "signs in")?.person().to_owned();
        if roles.is_empty() {
            return Err(
                Refusal::BadDirective("say what the person's job is: at least one role".into()).into()
            );
        }
        self.deciding(|| {
            let random = || {
                let mut bytes = Zeroizing::new([0_u8; 24]);
                self.entropy.fill(bytes.as_mut()).map(|()| URL_SAFE_NO_PAD.encode(bytes.as_ref()))
            };
            let (word, salt) = (Secret::new(random()?), random()?);
            let key = key(&name);
            let codes = self.codes(&name, &salt)?;
            let address = codes.to_url().map_err(|_| unfit())?;
            let account = Account {
                name: name.clone(),
                roles: roles.clone(),
                mac: self.keys.vault.mac(MacPurpose::Staff, &key, &word),
                code_salt: Some(salt),
                code_step: 0,
                wrong: 0,
                locked_until: None,
            };
            let put = store::put(Collection::Staff, &key, Expect::Any, &account)?;
            let subject = format!("{name}: {roles}");
            self.store.commit(&[put, self.act_record(by, "staffAdd", &subject, now)?])?;
            Ok(Credentials { word, codes: Secret::new(address) })
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

    /// The jobs of somebody now: accounts and roles can be taken away while their owner is signed in. `None`: no account.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn staff_roles(&self, name: &str) -> Result<Option<Roles>, GatewayError> {
        let account = store::load::<Account>(self.store.as_ref(), Collection::Staff, &key(name))?;
        Ok(account.map(|stored| stored.value.roles))
    }

    /// Keeps in the trail that somebody wanted what their job does not allow.
    ///
    /// # Errors
    /// [`GatewayError`] of the store; [`Refusal::BadDirective`] for a name that cannot act.
    pub fn staff_denied(&self, name: &str, right: Right, now: UtcMillis) -> Result<(), GatewayError> {
        let by = Actor::new(name, "asked for a page")?;
        self.deciding(|| Ok(self.store.commit(&[self.act_record(&by, "denied", right.code(), now)?])?))
    }

    /// Who this is, by name, word and code. Wrong tries are counted, and lock the account; each code signs in once.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn sign_in(
        &self,
        name: &str,
        word: &Secret,
        code: &Secret,
        now: UtcMillis,
    ) -> Result<Result<String, SignInFault>, GatewayError> {
        let key = key(name);
        if [name, word.expose(), code.expose()].iter().any(|typed| typed.len() > MAX_TYPED) {
            return Ok(Err(SignInFault::Wrong));
        }
        self.deciding(|| {
            let Some(stored) = store::load::<Account>(self.store.as_ref(), Collection::Staff, &key)? else {
                // As much work as for a name that exists.
                let _ = self.keys.vault.mac(MacPurpose::Staff, &key, word);
                let _ = self.codes("nobody", &key)?.check(code.expose(), seconds(now));
                return Ok(Err(SignInFault::Wrong));
            };
            let expect = stored.expect();
            let mut account = stored.value;
            if account.locked_until.is_some_and(|until| now < until) {
                return Ok(Err(SignInFault::Locked));
            }
            let word_is_right = self.keys.vault.matches(MacPurpose::Staff, &key, word, &account.mac);
            let step = match &account.code_salt {
                Some(salt) => self.codes(&account.name, salt)?.check(code.expose(), seconds(now)),
                None => None,
            };
            account.locked_until = None;
            let by = Actor::new(&account.name, "signs in")?;
            let step = step.filter(|step| word_is_right && *step > account.code_step);
            let act = if let Some(step) = step {
                account.code_step = step;
                account.wrong = 0;
                Some("signIn")
            } else if account.wrong.saturating_add(1) >= MOST_WRONG {
                tracing::warn!(name = account.name, "account locked after wrong words or codes");
                account.wrong = 0;
                account.locked_until = Some(later(now, LOCKED_SECONDS));
                Some("signInLocked")
            } else {
                account.wrong = account.wrong.saturating_add(1);
                None
            };
            let mut changes = vec![store::put(Collection::Staff, &key, expect, &account)?];
            if let Some(act) = act {
                changes.push(self.act_record(&by, act, &key, now)?);
            }
            self.store.commit(&changes)?;
            Ok(step.map(|_| account.name).ok_or(SignInFault::Wrong))
        })
    }

    /// The codes of one account: six digits, a new one every 30 seconds, one before and after the present one allowed
    /// for clocks that differ.
    fn codes(&self, name: &str, salt: &str) -> Result<Totp, Refusal> {
        let bytes: SecretBytes = self.keys.vault.derive(MacPurpose::StaffCodes, salt);
        // 160 bits, as RFC 4226 (section 4, R6) advises and every authenticator takes.
        let secret = bytes.expose().iter().copied().take(20).collect::<Box<[u8]>>();
        Builder::new()
            .with_secret(totp_rs::Secret::new(secret))
            .with_account_name(name)
            .with_issuer(Some(ISSUER))
            .build()
            .map_err(|_| unfit())
    }
}

fn unfit() -> Refusal {
    Refusal::BadDirective("a name without a colon is needed: authenticators show it".into())
}

fn seconds(now: UtcMillis) -> u64 {
    u64::try_from(now.0 / 1000).unwrap_or(0)
}

fn key(name: &str) -> String {
    name.trim().to_lowercase()
}
