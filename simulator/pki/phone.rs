//! eGov Mobile on a person's phone: it gets a document and signs it, or does something else that phones and people do.

use crate::PkiError;
use crate::authority::{Algorithm, Holder, Pki, Profile, Usage};
use crate::cms_writer::{Content, DATA, Signature, sign};
use crate::gost;

const DAY: i64 = 86_400_000;
/// Who signs instead, where somebody else does.
const SOMEBODY_ELSE: &str = "900514300002";
/// And who signs instead of that person.
const NOBODY_ELSE: &str = "911231400005";
const BIN: &str = "061240009993";

/// How a phone behaves. Each but the first is a negative case of B12, or one that people meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// Signs as asked.
    #[default]
    Signs,
    /// Signs and puts the document inside.
    SignsAttached,
    /// The person declines on the phone.
    Refuses,
    /// Another person's key.
    OtherIin,
    /// The key for logging in.
    AuthCertificate,
    /// A certificate that ended yesterday.
    Expired,
    /// A certificate that begins tomorrow.
    NotYetValid,
    /// A certificate that was withdrawn yesterday.
    Revoked,
    /// One byte of the signature is changed.
    Tampered,
    /// A genuine signature under another document.
    OtherDocument,
    /// No time-stamp.
    NoTimestamp,
    /// An organisation's key.
    Organisation,
    /// A certificate by somebody who only bears the authority's name.
    WrongIssuer,
    /// A GOST key.
    Gost,
}

impl Manner {
    /// Every manner with its name, as it is written over HTTP.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("signs", Self::Signs),
        ("signs_attached", Self::SignsAttached),
        ("refuses", Self::Refuses),
        ("other_iin", Self::OtherIin),
        ("auth_certificate", Self::AuthCertificate),
        ("expired", Self::Expired),
        ("not_yet_valid", Self::NotYetValid),
        ("revoked", Self::Revoked),
        ("tampered", Self::Tampered),
        ("other_document", Self::OtherDocument),
        ("no_timestamp", Self::NoTimestamp),
        ("organisation", Self::Organisation),
        ("wrong_issuer", Self::WrongIssuer),
        ("gost", Self::Gost),
    ];

    /// By name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, manner)| *manner)
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, manner)| *manner == self).map_or("signs", |(name, _)| name)
    }
}

/// What the phone did.
pub enum Answer {
    /// A CMS.
    Signed(Vec<u8>),
    /// The person declined.
    Refused,
}

/// A person's phone.
pub struct Phone {
    /// Whose.
    pub holder: Holder,
    /// The kind of the key on it.
    pub algorithm: Algorithm,
    /// How it behaves.
    pub manner: Manner,
}

impl Phone {
    /// Answers a request to sign, at a moment in milliseconds.
    ///
    /// # Errors
    /// [`PkiError`] when the library fails.
    pub fn answer(&self, pki: &Pki, document: &[u8], now: i64) -> Result<Answer, PkiError> {
        let manner = self.manner;
        if manner == Manner::Refuses {
            return Ok(Answer::Refused);
        }
        let holder = self.signer();
        if manner == Manner::Gost {
            return gost::sign(pki, &holder, document, now).map(Answer::Signed);
        }
        let credential = pki.issue(&holder, &self.profile(now))?;
        if manner == Manner::Revoked {
            pki.revoke(&credential.serial, now.saturating_sub(DAY));
        }
        let mut other = document.to_vec();
        other.push(b' ');
        let content = match manner {
            Manner::OtherDocument => Content::Detached(&other),
            Manner::SignsAttached => Content::Attached(document),
            _ => Content::Detached(document),
        };
        let others = [pki.issuing().to_vec()];
        let who =
            Signature { certificate: &credential.certificate, others: &others, content_type: DATA, at: now };
        let mut signature = Vec::new();
        let mut cms = sign(content, &who, &credential.key, |made| {
            signature = made.to_vec();
            if manner == Manner::NoTimestamp { Ok(None) } else { pki.token_over(made, now).map(Some) }
        })?;
        if manner == Manner::Tampered {
            change(&mut cms, &signature);
        }
        Ok(Answer::Signed(cms))
    }

    fn signer(&self) -> Holder {
        let mut holder = self.holder.clone();
        if self.manner == Manner::OtherIin {
            let other = if holder.iin == SOMEBODY_ELSE { NOBODY_ELSE } else { SOMEBODY_ELSE };
            other.clone_into(&mut holder.iin);
        }
        holder
    }

    fn profile(&self, now: i64) -> Profile {
        // By the day, so that a phone keeps its certificate from one signature to the next.
        let today = now.div_euclid(DAY).saturating_mul(DAY);
        let mut profile = Profile::individual(self.algorithm, today);
        match self.manner {
            Manner::AuthCertificate => profile.usage = Usage::Auth,
            Manner::Expired => profile.valid.1 = now.saturating_sub(DAY),
            Manner::NotYetValid => profile.valid.0 = now.saturating_add(DAY),
            // Another certificate than the one that stays good.
            Manner::Revoked => profile.valid.0 = profile.valid.0.saturating_add(1000),
            Manner::Organisation => profile.bin = Some(BIN.to_owned()),
            Manner::WrongIssuer => profile.by_a_stranger = true,
            _ => {}
        }
        profile
    }
}

/// Changes one bit in the middle of the signature.
fn change(cms: &mut [u8], signature: &[u8]) {
    let found = cms.windows(signature.len().max(1)).position(|window| window == signature);
    let middle = found.and_then(|start| cms.get_mut(start.saturating_add(signature.len() / 2)));
    if let Some(byte) = middle {
        *byte ^= 1;
    }
}
