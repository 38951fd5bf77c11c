//! RFC 3161 time-stamps: when was this signature there already, by an authority whose only work that is.

use std::time::Duration;

use cms::content_info::ContentInfo;
use der::asn1::{Int, OctetString};
use der::{Decode as _, Encode as _};
use senim_domain::UtcMillis;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_tsp::{MessageImprint, TimeStampReq, TimeStampResp, TspVersion, TstInfo};

use crate::certificate::Hash;
use crate::chain::{ChainFlaw, Path, Trust};
use crate::envelope::Envelope;
use crate::oid;
use crate::verdict::Refusal;

/// Why a time-stamp does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimestampFlaw {
    /// Not a time-stamp that can be read.
    #[error("it cannot be read")]
    Malformed,
    /// It is over something else.
    #[error("it is over another signature")]
    OtherSignature,
    /// It answers another request.
    #[error("it answers another request")]
    OtherRequest,
    /// The authority declined.
    #[error("the time-stamping authority declined")]
    Declined,
    /// It was changed.
    #[error("it was changed")]
    SignatureWrong,
    /// An algorithm is not known here.
    #[error("its algorithm is not known here")]
    AlgorithmUnknown,
    /// Nobody who is trusted certified its signer.
    #[error("its signer is not certified by an authority that is trusted here")]
    IssuerUnknown,
    /// Its signer's certificate, or one above it, was not valid at the stamped time.
    #[error("a certificate above it was not valid at the stamped time")]
    NotValid,
    /// Its signer may sign other things too, or nothing of this kind.
    #[error("its signer is no time-stamping authority")]
    NotATimestamper,
    /// Stamped under another policy than those that are accepted.
    #[error("it was made under a policy that is not accepted here")]
    Policy,
}

/// A time-stamp that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The moment, to the second.
    pub at: UtcMillis,
    /// The authority's policy, dotted.
    pub policy: String,
    /// The signer's certificate and those above it.
    pub chain: Vec<Vec<u8>>,
}

/// A request for a time-stamp over the SHA-256 of some bytes.
///
/// # Errors
/// [`TimestampFlaw::Malformed`] for a nonce that is no positive number (empty, or more than 20 bytes).
pub fn timestamp_request(over: &[u8], nonce: &[u8]) -> Result<Vec<u8>, TimestampFlaw> {
    let request = TimeStampReq {
        version: TspVersion::V1,
        message_imprint: imprint(over)?,
        req_policy: None,
        nonce: Some(number(nonce)?),
        cert_req: true,
        extensions: None,
    };
    request.to_der().map_err(|_| TimestampFlaw::Malformed)
}

/// Takes the token out of an authority's answer to [`timestamp_request`]; whether it counts is judged with the signature.
///
/// # Errors
/// [`TimestampFlaw::Declined`], [`TimestampFlaw::OtherRequest`], [`TimestampFlaw::OtherSignature`],
/// [`TimestampFlaw::Malformed`].
pub fn timestamp_token(answer: &[u8], over: &[u8], nonce: &[u8]) -> Result<Vec<u8>, TimestampFlaw> {
    let answer = TimeStampResp::from_der(answer).map_err(|_| TimestampFlaw::Malformed)?;
    // granted (0) and grantedWithMods (1).
    if answer.status.status as u8 > 1 {
        return Err(TimestampFlaw::Declined);
    }
    let token = answer.time_stamp_token.ok_or(TimestampFlaw::Malformed)?;
    let token = token.to_der().map_err(|_| TimestampFlaw::Malformed)?;
    let envelope = Envelope::read(&token).map_err(|_| TimestampFlaw::Malformed)?;
    let info = info(&envelope)?;
    if info.nonce != Some(number(nonce)?) {
        return Err(TimestampFlaw::OtherRequest);
    }
    check_imprint(&info.message_imprint, over)?;
    Ok(token)
}

/// Judges a token over some bytes.
pub(crate) fn check(
    token: &[u8],
    over: &[u8],
    trust: &Trust,
    crls: Option<webpki::RevocationOptions<'_>>,
) -> Result<Stamp, TimestampFlaw> {
    let envelope = Envelope::read(token).map_err(|_| TimestampFlaw::Malformed)?;
    let info = info(&envelope)?;
    check_imprint(&info.message_imprint, over)?;
    let signer = envelope.certificates.iter().find(|certificate| envelope.names(certificate));
    let signer = signer.ok_or(TimestampFlaw::IssuerUnknown)?;
    let (hash, digest) = envelope.check_signature(signer).map_err(|refusal| match refusal {
        Refusal::AlgorithmUnknown => TimestampFlaw::AlgorithmUnknown,
        _ => TimestampFlaw::SignatureWrong,
    })?;
    let content = envelope.content.as_ref().ok_or(TimestampFlaw::Malformed)?;
    if hash.of(content) != digest {
        return Err(TimestampFlaw::SignatureWrong);
    }
    if !signer.names_purpose(&oid::TIME_STAMPING) {
        return Err(TimestampFlaw::NotATimestamper);
    }
    let at = moment(info.gen_time.to_unix_duration());
    let path = Path {
        roots: &trust.timestamp_roots,
        between: Path::between(&envelope.certificates, &trust.intermediates),
        purpose: oid::TIME_STAMPING_DER,
        at,
    };
    let above = path.check(signer, crls).map_err(|flaw| match flaw {
        ChainFlaw::Dates | ChainFlaw::Revoked => TimestampFlaw::NotValid,
        ChainFlaw::Unknown | ChainFlaw::NoList | ChainFlaw::Purpose => TimestampFlaw::IssuerUnknown,
    })?;
    let policy = info.policy.to_string();
    if !trust.timestamp_policies.is_empty() && !trust.timestamp_policies.contains(&policy) {
        return Err(TimestampFlaw::Policy);
    }
    let mut chain = vec![signer.der.to_vec()];
    chain.extend(above);
    Ok(Stamp { at, policy, chain })
}

fn info(envelope: &Envelope) -> Result<TstInfo, TimestampFlaw> {
    if envelope.content_type != oid::TST_INFO {
        return Err(TimestampFlaw::Malformed);
    }
    let content = envelope.content.as_ref().ok_or(TimestampFlaw::Malformed)?;
    TstInfo::from_der(content).map_err(|_| TimestampFlaw::Malformed)
}

fn check_imprint(imprint: &MessageImprint, over: &[u8]) -> Result<(), TimestampFlaw> {
    let hash = Hash::from_oid(&imprint.hash_algorithm.oid).ok_or(TimestampFlaw::AlgorithmUnknown)?;
    if hash.of(over) == imprint.hashed_message.as_bytes() {
        Ok(())
    } else {
        Err(TimestampFlaw::OtherSignature)
    }
}

fn imprint(over: &[u8]) -> Result<MessageImprint, TimestampFlaw> {
    let hashed_message = OctetString::new(Hash::Sha256.of(over)).map_err(|_| TimestampFlaw::Malformed)?;
    Ok(MessageImprint {
        hash_algorithm: AlgorithmIdentifierOwned { oid: oid::SHA256, parameters: None },
        hashed_message,
    })
}

/// A positive INTEGER of these bytes.
fn number(bytes: &[u8]) -> Result<Int, TimestampFlaw> {
    let significant: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut positive = significant;
    if positive.is_empty() || positive.len() > 20 {
        return Err(TimestampFlaw::Malformed);
    }
    if positive.first().is_some_and(|first| first & 0x80 != 0) {
        positive.insert(0, 0);
    }
    Int::new(&positive).map_err(|_| TimestampFlaw::Malformed)
}

pub(crate) fn moment(since_epoch: Duration) -> UtcMillis {
    UtcMillis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// What a token looks like inside an attribute.
pub(crate) fn token_der(any: &der::Any) -> Option<Vec<u8>> {
    any.decode_as::<ContentInfo>().ok()?;
    any.to_der().ok()
}
