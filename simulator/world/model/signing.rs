//! The authority for electronic signatures with its services, the service that brings documents to phones, and the
//! phones: decides how an operation of signing goes. Certificates, stamps and answers are made by the test authority.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use senim_pki::cards::Cards;
use senim_pki::phone::{Manner, Phone};
use senim_pki::qr::{Begun, QrService, State};
use senim_pki::{Algorithm, Holder, Pki, PkiError, gost};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Denial, Model};

/// Longest document that a phone is asked to show.
const DOCUMENT_BYTES_MAX: usize = 4 << 20;

/// What a phone calls a document.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Titles {
    /// Kazakh.
    pub kk: String,
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

/// A document to be signed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its bytes.
    pub document_base64: String,
    /// Their SHA-256, base64url.
    pub document_sha256: String,
    /// Media type.
    pub media_type: String,
    /// What the phone calls it.
    pub titles: Titles,
    /// How long the code should live.
    pub life_seconds: u32,
}

/// A code for the screen.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// The signature to be.
    pub signature_id: Uuid,
    /// The operation.
    pub operation: String,
    /// What the code holds.
    pub qr: String,
    /// When it ends, milliseconds.
    pub expires_ms: i64,
}

/// How an operation stands.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Stands {
    /// The signature to be.
    pub signature_id: Uuid,
    /// The operation.
    pub operation: String,
    /// `waiting`, `done`, `declined`, `expired` or `canceled`.
    pub state: &'static str,
    /// The CMS of a signature that is done.
    pub cms_base64: Option<String>,
}

/// What the judge of GOST signatures finds, as NCANode says it.
#[derive(Clone, Serialize)]
pub struct Verification {
    /// HTTP status.
    pub status: u16,
    /// `OK`.
    pub message: &'static str,
    /// Signature, document and chain are in order.
    pub valid: bool,
    /// Signers.
    pub signers: Vec<serde_json::Value>,
}

/// Authority, signing service and what was begun.
#[derive(Default)]
pub struct Office {
    pub(super) authority: Option<Box<Pki>>,
    pub(super) cards: Cards,
    service: QrService,
    begun: BTreeMap<Uuid, (Order, Offer)>,
}

/// Its keys lie beside the code, so that this fails for nobody who builds it whole.
fn broken(_: PkiError) -> Denial {
    Denial::conflict("authority_broken")
}

impl Model {
    /// The authority; made when it is first needed.
    ///
    /// # Errors
    /// `authority_broken`.
    pub fn authority(&mut self) -> Result<&Pki, Denial> {
        if self.office.authority.is_none() {
            self.office.authority = Some(Box::new(Pki::new().map_err(broken)?));
        }
        self.office.authority.as_deref().ok_or(Denial::conflict("authority_broken"))
    }

    /// Begins an operation; the same again is the same code.
    ///
    /// # Errors
    /// `invalid_document`, `signature_conflict`.
    pub fn begin_signing(&mut self, signature: Uuid, order: &Order) -> Result<Offer, Denial> {
        if let Some((before, offer)) = self.office.begun.get(&signature) {
            return if before == order {
                Ok(offer.clone())
            } else {
                Err(Denial::conflict("signature_conflict"))
            };
        }
        let invalid = Denial::invalid("invalid_document");
        let document = STANDARD.decode(&order.document_base64).map_err(|_| invalid)?;
        let sha256 = ring::digest::digest(&ring::digest::SHA256, &document);
        let fits = URL_SAFE_NO_PAD.encode(sha256) == order.document_sha256
            && (1..=DOCUMENT_BYTES_MAX).contains(&document.len())
            && ["application/pdf", "text/plain"].contains(&order.media_type.as_str())
            && [&order.titles.kk, &order.titles.ru, &order.titles.en]
                .iter()
                .all(|title| (1..=200).contains(&title.chars().count()))
            && (30..=600).contains(&order.life_seconds);
        if !fits {
            return Err(invalid);
        }
        let (life, now) = (i64::from(order.life_seconds).saturating_mul(1000), self.now());
        let Begun { operation, qr, expires } =
            self.office.service.begin(&signature.to_string(), &document, life, "https://signing.test", now);
        let offer = Offer { signature_id: signature, operation, qr, expires_ms: expires };
        self.office.begun.insert(signature, (order.clone(), offer.clone()));
        Ok(offer)
    }

    /// How an operation stands.
    ///
    /// # Errors
    /// `signature_unknown`.
    pub fn signing(&mut self, signature: Uuid, operation: &str) -> Result<Stands, Denial> {
        let now = self.now();
        let state = self.office.service.state(&signature.to_string(), operation, now);
        let state = state.ok_or(Denial::not_found("signature_unknown"))?;
        let cms_base64 = match &state {
            State::Done(cms) => Some(STANDARD.encode(cms)),
            State::Waiting | State::Declined | State::Expired | State::Cancelled => None,
        };
        Ok(Stands {
            signature_id: signature,
            operation: operation.to_owned(),
            state: state.name(),
            cms_base64,
        })
    }

    /// Gives an operation up.
    ///
    /// # Errors
    /// `signature_unknown`.
    pub fn cancel_signing(&mut self, signature: Uuid, operation: &str) -> Result<Stands, Denial> {
        self.office.service.cancel(&signature.to_string(), operation);
        self.signing(signature, operation)
    }

    /// Somebody points their phone at a code.
    ///
    /// # Errors
    /// `person_unknown`, `manner_unknown`, and why the code gives nothing: `qr_unknown`, `qr_used`, `qr_expired`,
    /// `qr_cancelled`.
    pub fn scan(&mut self, iin: &str, qr: &str, manner: &str) -> Result<(), Denial> {
        let manner = Manner::named(manner).ok_or(Denial::invalid("manner_unknown"))?;
        let person = self.by_iin(iin)?;
        let holder = Holder {
            iin: person.iin.clone(),
            surname: person.surname.clone(),
            given_name: person.given_name.clone(),
            patronymic: person.patronymic.clone(),
        };
        let (phone, now) = (Phone { holder, algorithm: Algorithm::P256, manner }, self.now());
        self.authority()?;
        let Office { authority: Some(authority), service, .. } = &mut self.office else {
            return Err(Denial::conflict("authority_broken"));
        };
        service
            .play(authority, &phone, qr, now)
            .map_err(broken)?
            .map_err(|fault| Denial::conflict(fault.code()))
    }

    /// The answer to a request for a time-stamp.
    ///
    /// # Errors
    /// `authority_broken`.
    pub fn timestamp(&mut self, request: &[u8]) -> Result<Vec<u8>, Denial> {
        let now = self.now();
        self.authority()?.timestamp(request, now).map_err(broken)
    }

    /// The responder's answer.
    ///
    /// # Errors
    /// `authority_broken`.
    pub fn ocsp(&mut self, request: &[u8]) -> Result<Vec<u8>, Denial> {
        let now = self.now();
        self.authority()?.ocsp(request, now).map_err(broken)
    }

    /// A revocation list by its name.
    ///
    /// # Errors
    /// `list_unknown`.
    pub fn revocation_list(&mut self, name: &str) -> Result<Vec<u8>, Denial> {
        let now = self.now();
        let authority = self.authority()?;
        match name {
            "issuing.crl" => authority.crl(now).map_err(broken),
            "root.crl" => authority.root_crl(now).map_err(broken),
            _ => Err(Denial::not_found("list_unknown")),
        }
    }

    /// A certificate of the authority by its name, DER.
    ///
    /// # Errors
    /// `certificate_unknown`.
    pub fn authority_certificate(&mut self, name: &str) -> Result<Vec<u8>, Denial> {
        let authority = self.authority()?;
        match name {
            "root" => Ok(authority.root().to_vec()),
            "issuing" => Ok(authority.issuing().to_vec()),
            _ => Err(Denial::not_found("certificate_unknown")),
        }
    }

    /// Judges a GOST signature.
    ///
    /// # Errors
    /// `cms_unreadable`.
    pub fn verify_gost(&mut self, cms: &[u8], document: Option<&[u8]>) -> Result<Verification, Denial> {
        let finding = gost::judge(cms, document).ok_or(Denial::invalid("cms_unreadable"))?;
        let named = gost::named(&finding.certificate).ok_or(Denial::invalid("cms_unreadable"))?;
        let now = self.now();
        let revoked = self.authority()?.revoked(&named.serial).is_some();
        let dates = (named.valid.0..=named.valid.1).contains(&now);
        let users = match (&named.bin, named.individual) {
            (Some(_), _) => vec!["ORGANIZATION"],
            (None, true) => vec!["INDIVIDUAL"],
            (None, false) => Vec::new(),
        };
        let moment =
            |ms: i64| jiff::Timestamp::from_millisecond(ms).map(|at| at.to_string()).unwrap_or_default();
        let signer = serde_json::json!({
            "certificates": [{
                "valid": dates && !revoked,
                "revocations": [{ "revoked": revoked, "by": "OCSP" }, { "revoked": revoked, "by": "CRL" }],
                "notBefore": moment(named.valid.0),
                "notAfter": moment(named.valid.1),
                "keyUsage": if named.for_signing { "SIGN" } else { "AUTH" },
                "keyUser": users,
                "subject": { "iin": named.iin, "bin": named.bin, "country": "KZ" },
            }],
            "tsp": finding.stamped.map(|at| serde_json::json!({ "genTime": moment(at) })),
        });
        let valid = finding.valid && dates && !revoked;
        Ok(Verification { status: 200, message: "OK", valid, signers: vec![signer] })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MAN, NOON, model};
    use super::*;

    const SIGNATURE: Uuid = Uuid::from_u128(0x51);

    fn order(document: &[u8]) -> Order {
        let sha256 = ring::digest::digest(&ring::digest::SHA256, document);
        Order {
            document_base64: STANDARD.encode(document),
            document_sha256: URL_SAFE_NO_PAD.encode(sha256),
            media_type: "application/pdf".into(),
            titles: Titles { kk: "Шарт".into(), ru: "Договор".into(), en: "Contract".into() },
            life_seconds: 180,
        }
    }

    #[test]
    fn a_code_begins_once_and_a_phone_answers_it_once() {
        let mut model = model();
        let offer = model.begin_signing(SIGNATURE, &order(b"text")).unwrap();
        assert!(model.begin_signing(SIGNATURE, &order(b"text")).unwrap() == offer);
        let other = model.begin_signing(SIGNATURE, &order(b"other")).err().unwrap();
        assert_eq!(other.code, "signature_conflict");
        assert_eq!(model.signing(SIGNATURE, &offer.operation).unwrap().state, "waiting");
        model.scan(MAN, &offer.qr, "signs").unwrap();
        let done = model.signing(SIGNATURE, &offer.operation).unwrap();
        assert!(done.state == "done" && done.cms_base64.is_some());
        assert_eq!(model.scan(MAN, &offer.qr, "signs").unwrap_err().code, "qr_used");
        assert_eq!(
            model.signing(Uuid::from_u128(1), &offer.operation).err().unwrap().code,
            "signature_unknown"
        );
    }

    #[test]
    fn a_code_that_is_given_up_or_too_old_gives_no_phone_anything() {
        let mut model = model();
        let given_up = model.begin_signing(SIGNATURE, &order(b"text")).unwrap();
        assert_eq!(model.cancel_signing(SIGNATURE, &given_up.operation).unwrap().state, "canceled");
        assert_eq!(model.scan(MAN, &given_up.qr, "signs").unwrap_err().code, "qr_cancelled");
        let late = model.begin_signing(Uuid::from_u128(2), &order(b"text")).unwrap();
        model.set_now(NOON + 180_000);
        assert_eq!(model.scan(MAN, &late.qr, "signs").unwrap_err().code, "qr_expired");
        assert_eq!(model.signing(Uuid::from_u128(2), &late.operation).unwrap().state, "expired");
    }

    #[test]
    fn a_document_that_is_not_that_of_its_hash_is_not_brought_to_a_phone() {
        let mut wrong = order(b"text");
        wrong.document_base64 = STANDARD.encode(b"other");
        assert_eq!(model().begin_signing(SIGNATURE, &wrong).err().unwrap().code, "invalid_document");
    }

    #[test]
    fn a_gost_signature_is_told_with_its_signer() {
        let mut model = model();
        let offer = model.begin_signing(SIGNATURE, &order(b"text")).unwrap();
        model.scan(MAN, &offer.qr, "gost").unwrap();
        let cms = model.signing(SIGNATURE, &offer.operation).unwrap().cms_base64.unwrap();
        let cms = STANDARD.decode(cms).unwrap();
        let right = model.verify_gost(&cms, Some(b"text")).unwrap();
        assert!(right.valid);
        assert_eq!(right.signers[0]["certificates"][0]["subject"]["iin"], MAN);
        assert_eq!(right.signers[0]["certificates"][0]["keyUser"][0], "INDIVIDUAL");
        assert!(!model.verify_gost(&cms, Some(b"other")).unwrap().valid);
        assert_eq!(model.verify_gost(b"nothing", None).err().unwrap().code, "cms_unreadable");
    }
}
