//! GOST signatures: an outside judge states facts, the same rules as for every other signature decide.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::iin::Iin;
use senim_domain::{SecretBytes, UtcMillis};
use senim_eds::{Refusal, Signed};
use senim_operation::jws::sha256_b64;
use senim_operation::signature::SignatureRefusal;
use serde_json::json;

use super::judge::{Found, UNAVAILABLE, told};
use super::record::Refused;
use crate::connectors::{Eds, GostFinding};

pub(super) fn judge(
    eds: &Eds,
    signed: &Signed,
    cms: &[u8],
    document: &SecretBytes,
    iin: &Iin,
    asked: UtcMillis,
    now: UtcMillis,
) -> Result<Found, Refused> {
    let refused = |refusal: &Refusal| Refused::new(refusal.code(), told(refusal), now);
    let Some(judge) = &eds.gost else { return Err(refused(&Refusal::Gost)) };
    let finding = judge.judge(cms, document).map_err(|error| {
        tracing::warn!(%error, "no verdict on a GOST signature");
        Refused::new(UNAVAILABLE, SignatureRefusal::TryLater, now)
    })?;
    let skew = i64::from(eds.trust.skew_seconds).saturating_mul(1000);
    // What the certificate in the CMS says counts beside what the judge says: one is not enough.
    let own = signed.names(iin);
    let signed_at = decide(&finding, own, iin, (asked, now), skew).map_err(|refusal| refused(&refusal))?;
    let evidence = json!({
        "ver": 1,
        "judged_at": now,
        "signed_at": signed_at,
        "certificate": STANDARD.encode(signed.certificate()),
        "gost_answer": STANDARD.encode(finding.answer.expose()),
    });
    Ok(Found {
        signed_at,
        algorithm: "gost",
        certificate_sha256: sha256_b64(signed.certificate()),
        evidence: zeroize::Zeroizing::new(evidence.to_string()),
    })
}

/// What follows from the facts; the stamped moment.
fn decide(
    finding: &GostFinding,
    certificate_names: bool,
    iin: &Iin,
    (asked, now): (UtcMillis, UtcMillis),
    skew: i64,
) -> Result<UtcMillis, Refusal> {
    if finding.revoked.contains(&true) {
        return Err(Refusal::Revoked { at: now });
    }
    let stamped = finding.stamped.ok_or(Refusal::TimestampMissing)?;
    if let Some((from, until)) = finding.validity {
        if stamped < from {
            return Err(Refusal::NotYetValid);
        }
        if stamped > until {
            return Err(Refusal::Expired);
        }
    }
    if !finding.valid {
        return Err(Refusal::SignatureWrong);
    }
    if stamped.0 < asked.0.saturating_sub(skew) || stamped.0 > now.0.saturating_add(skew) {
        return Err(Refusal::OutsideWindow);
    }
    if finding.organisation {
        return Err(Refusal::Organisation);
    }
    if !finding.individual {
        return Err(Refusal::NotIndividual);
    }
    if !finding.for_signing {
        return Err(Refusal::NotForSigning);
    }
    let named = finding.iin.as_ref().is_some_and(|named| named.expose() == iin.expose());
    if !named || !certificate_names {
        return Err(Refusal::OtherPerson);
    }
    // Nobody said "good".
    if finding.revoked.is_empty() {
        return Err(Refusal::RevocationUnknown);
    }
    Ok(stamped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use senim_domain::Secret;

    const NOW: UtcMillis = UtcMillis(1_795_687_200_000);
    const IIN: &str = "911231400005";

    fn good() -> GostFinding {
        GostFinding {
            valid: true,
            for_signing: true,
            individual: true,
            organisation: false,
            iin: Some(Secret::new(IIN.into())),
            validity: Some((UtcMillis(NOW.0 - 1000), UtcMillis(NOW.0 + 1000))),
            revoked: vec![false],
            stamped: Some(NOW),
            answer: SecretBytes::new(b"{}".to_vec()),
        }
    }

    fn outcome(change: impl FnOnce(&mut GostFinding)) -> Result<UtcMillis, Refusal> {
        let mut finding = good();
        change(&mut finding);
        decide(&finding, true, &Iin::parse(IIN).unwrap(), (NOW, NOW), 300_000)
    }

    #[test]
    fn each_fact_against_a_gost_signature_refuses_by_its_own_name() {
        assert_eq!(outcome(|_| {}), Ok(NOW));
        assert_eq!(outcome(|f| f.valid = false), Err(Refusal::SignatureWrong));
        assert_eq!(outcome(|f| f.for_signing = false), Err(Refusal::NotForSigning));
        assert_eq!(outcome(|f| f.individual = false), Err(Refusal::NotIndividual));
        assert_eq!(outcome(|f| f.organisation = true), Err(Refusal::Organisation));
        assert_eq!(outcome(|f| f.iin = None), Err(Refusal::OtherPerson));
        assert_eq!(outcome(|f| f.iin = Some(Secret::new("900514300002".into()))), Err(Refusal::OtherPerson));
        assert_eq!(outcome(|f| f.revoked = vec![false, true]), Err(Refusal::Revoked { at: NOW }));
        assert_eq!(outcome(|f| f.revoked.clear()), Err(Refusal::RevocationUnknown));
        assert_eq!(outcome(|f| f.stamped = None), Err(Refusal::TimestampMissing));
        assert_eq!(outcome(|f| f.validity = Some((UtcMillis(0), UtcMillis(1)))), Err(Refusal::Expired));
        let later = UtcMillis(NOW.0 + 1);
        assert_eq!(outcome(|f| f.validity = Some((later, later))), Err(Refusal::NotYetValid));
        let long_ago = UtcMillis(NOW.0 - 3_600_000);
        let old = |f: &mut GostFinding| {
            f.stamped = Some(long_ago);
            f.validity = None;
        };
        assert_eq!(outcome(old), Err(Refusal::OutsideWindow));
        let iin = Iin::parse(IIN).unwrap();
        assert_eq!(decide(&good(), false, &iin, (NOW, NOW), 300_000), Err(Refusal::OtherPerson));
    }
}
