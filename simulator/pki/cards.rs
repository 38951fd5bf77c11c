//! Cards that the MFO gives its clients: the same card bears the same certificates, however often it is asked for.

use std::collections::BTreeMap;

use crate::{Algorithm, Holder, Pki, PkiError, Profile, Usage};

/// From 2025 to 2035, ms.
const LIFE: (i64, i64) = (1_735_689_600_000, 2_051_222_400_000);
const DAY_MS: i64 = 86_400_000;

/// Which of somebody's cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Issue {
    /// The one that they were given first.
    Own,
    /// Another one of theirs, a day younger.
    Second,
    /// One of an authority that nobody knows.
    Foreign,
}

impl Issue {
    /// The card of this name: `own`, `second`, `foreign`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "own" => Some(Self::Own),
            "second" => Some(Self::Second),
            "foreign" => Some(Self::Foreign),
            _ => None,
        }
    }
}

/// What the authority wrote for one card, DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// The certificate for logging in.
    pub authentication: Vec<u8>,
    /// The certificate for signing.
    pub signature: Vec<u8>,
}

/// Whose cards were issued.
#[derive(Debug, Default)]
pub struct Cards {
    /// With the serial number of the certificate for logging in.
    issued: BTreeMap<(String, Issue), (Certified, Vec<u8>)>,
}

impl Cards {
    /// Certificates for somebody's card with P-256 keys, given as SubjectPublicKeyInfo (DER).
    ///
    /// # Errors
    /// [`PkiError`] for names that cannot be written, and for what is no key.
    pub fn issue(
        &mut self,
        authority: &Pki,
        holder: &Holder,
        issue: Issue,
        (authentication, signature): (&[u8], &[u8]),
    ) -> Result<Certified, PkiError> {
        let key = (holder.iin.clone(), issue);
        if let Some((certified, _)) = self.issued.get(&key) {
            return Ok(certified.clone());
        }
        let begins = LIFE.0.saturating_add(if issue == Issue::Second { DAY_MS } else { 0 });
        let certify = |usage, public_key: &[u8]| {
            let profile = Profile {
                algorithm: Algorithm::P256,
                usage,
                bin: None,
                valid: (begins, LIFE.1),
                by_a_stranger: issue == Issue::Foreign,
            };
            authority.certify_card(holder, &profile, public_key)
        };
        let (authentication, serial) = certify(Usage::Auth, authentication)?;
        let (signature, _) = certify(Usage::Sign, signature)?;
        let certified = Certified { authentication, signature };
        self.issued.insert(key, (certified.clone(), serial));
        Ok(certified)
    }

    /// Withdraws somebody's card from a moment on (ms since 1970); false: they were never given it.
    #[must_use]
    pub fn revoke(&self, authority: &Pki, iin: &str, issue: Issue, at: i64) -> bool {
        let Some((_, serial)) = self.issued.get(&(iin.to_owned(), issue)) else { return false };
        authority.revoke(serial, at);
        true
    }
}
