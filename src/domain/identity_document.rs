//! An identity document as its chip shows it: which kind, and how its signature was judged (ICAO Doc 9303 part 11, 5.1).

use serde::{Deserialize, Serialize};

/// Kind of document by the code in its machine-readable zone (Doc 9303 part 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IdentityDocumentKind {
    /// `P…`: a passport.
    Passport,
    /// Every other code: an identity card, a residence permit.
    Card,
}

/// How passive authentication judged what a chip holds. It says nothing of whether this chip is the one that the issuer
/// wrote to: chips are not asked to prove themselves here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChipVerdict {
    /// Signed by the issuing state and unchanged since.
    Genuine,
    /// No authority of the issuing state that is believed here vouches for the signer.
    IssuerUnknown,
    /// The certificate of the signer, or of its authority, was not valid on the day.
    CertificateExpired,
    /// The signature cannot be judged: its algorithm is unknown here, or the signer's certificate is missing.
    NotJudged,
    /// Changed after it was signed, or signed by somebody who only claims the issuer's name.
    Forged,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_written_by_the_word_that_the_formats_have() {
        let written = |verdict: ChipVerdict| serde_json::to_string(&verdict).unwrap();
        assert_eq!(written(ChipVerdict::IssuerUnknown), "\"issuerUnknown\"");
        assert_eq!(written(ChipVerdict::Forged), "\"forged\"");
        assert!(serde_json::from_str::<ChipVerdict>("\"trusted\"").is_err());
    }
}
