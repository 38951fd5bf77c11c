//! What may be signed: documents that this gateway itself made, found again by purpose and hash.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{ClientId, LoanId, SecretBytes, SessionId, TerminalId, UtcMillis};
use senim_operation::jws::sha256_b64;
use senim_operation::signature::SignaturePurpose;
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::archive::{self, Class};
use crate::connectors::Titles;
use crate::content_keys::Owner;
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::records::{Loan, Session};
use crate::store::{self, Change, Collection, Expect};

/// A document that may be signed.
pub(crate) struct Signable {
    /// Exactly the bytes.
    pub bytes: SecretBytes,
    /// Media type.
    pub media_type: &'static str,
    /// What the phone calls it.
    pub titles: Titles,
}

/// A document that was laid out for signing in a visit.
#[derive(Debug, Serialize, Deserialize)]
struct LaidOut {
    purpose: SignaturePurpose,
    /// Its name in the archive.
    document: String,
    /// The text, sealed under the document's key.
    sealed: String,
}

fn laid_out_key(terminal: &TerminalId, session: SessionId, sha256: &str) -> String {
    format!("{terminal}/{session}/{sha256}")
}

impl Gateway {
    /// Lays out a document for signing in the open visit; gives its SHA-256, base64url. Contracts need not be laid out:
    /// they lie in the offer.
    ///
    /// # Errors
    /// What [`GatewayError`] says.
    pub fn lay_out(
        &self,
        place: (&TerminalId, SessionId),
        purpose: SignaturePurpose,
        text: &str,
        now: UtcMillis,
    ) -> Result<String, GatewayError> {
        let key = format!("{}/{}", place.0, place.1);
        let session = store::load::<Session>(self.store.as_ref(), Collection::Session, &key)?;
        let client = session.and_then(|session| session.value.client);
        let mut changes = Vec::new();
        let sha256 = self.lay_out_with(place, client, purpose, text, now, &mut changes)?;
        self.store.commit(&changes)?;
        Ok(sha256)
    }

    /// The same, together with other changes: for whoever writes the document while acting on a row.
    pub(crate) fn lay_out_with(
        &self,
        (terminal, session): (&TerminalId, SessionId),
        client: Option<ClientId>,
        purpose: SignaturePurpose,
        text: &str,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<String, GatewayError> {
        let sha256 = sha256_b64(text.as_bytes());
        let owner = match client {
            Some(client) => Owner::client(client),
            None => Owner::visit(terminal, session),
        };
        let document = format!("paper//{}", uuid(self.entropy.as_ref(), now)?);
        let key = self.enter_document(&document, owner, Class::Signature, now, changes)?;
        let sealed = key.seal(self, &sha256, text)?;
        let laid_out = LaidOut { purpose, document, sealed };
        let key = laid_out_key(terminal, session, &sha256);
        changes.push(store::put(Collection::LaidOut, &key, Expect::Any, &laid_out)?);
        Ok(sha256)
    }

    /// The document that may be signed for this purpose; `None`: there is none of this hash.
    pub(crate) fn signable(
        &self,
        (terminal, session): (&TerminalId, SessionId),
        purpose: SignaturePurpose,
        loan: Option<LoanId>,
        sha256: &str,
    ) -> Result<Option<Signable>, GatewayError> {
        let found = match (purpose, loan) {
            (SignaturePurpose::Contract, Some(loan)) => self.draft(loan, sha256)?,
            (SignaturePurpose::Supplement, Some(loan)) => self.supplement_bytes(loan, sha256)?,
            (SignaturePurpose::Contract | SignaturePurpose::Supplement, None) => None,
            _ => self.laid_out((terminal, session), purpose, sha256)?,
        };
        let Some(bytes) = found.filter(|bytes| sha256_b64(bytes.expose()) == sha256) else { return Ok(None) };
        let media_type = if bytes.expose().starts_with(b"%PDF-") { "application/pdf" } else { "text/plain" };
        Ok(Some(Signable { bytes, media_type, titles: titles(purpose) }))
    }

    /// The bytes of a draft of this contract; `None`: there is none of this hash, or it is erased.
    pub(crate) fn draft(&self, loan: LoanId, sha256: &str) -> Result<Option<SecretBytes>, GatewayError> {
        let found = store::load::<Loan>(self.store.as_ref(), Collection::Loan, &loan.to_string())?;
        let Some(found) = found else { return Ok(None) };
        let draft = found.value.drafts.iter().find(|draft| draft.contract_sha256 == sha256);
        let Some(draft) = draft.filter(|draft| !draft.contract_sealed.is_empty()) else { return Ok(None) };
        let Some(key) = self.document_key(&archive::of_loan(loan))? else { return Ok(None) };
        let text = key.open(sha256, &draft.contract_sealed)?;
        let internal = |error| GatewayError::Internal(format!("a sealed contract is no base64: {error}"));
        Ok(Some(SecretBytes::new(STANDARD.decode(text.expose()).map_err(internal)?)))
    }

    fn laid_out(
        &self,
        (terminal, session): (&TerminalId, SessionId),
        purpose: SignaturePurpose,
        sha256: &str,
    ) -> Result<Option<SecretBytes>, GatewayError> {
        let key = laid_out_key(terminal, session, sha256);
        let found = store::load::<LaidOut>(self.store.as_ref(), Collection::LaidOut, &key)?;
        let Some(found) = found.filter(|found| found.value.purpose == purpose) else { return Ok(None) };
        let Some(key) = self.document_key(&found.value.document)? else { return Ok(None) };
        Ok(Some(key.open(sha256, &found.value.sealed)?))
    }
}

fn titles(purpose: SignaturePurpose) -> Titles {
    let (kk, ru, en) = match purpose {
        SignaturePurpose::RegistrationStatement => {
            ("Тіркелу туралы өтініш", "Заявление о регистрации", "Registration statement")
        }
        SignaturePurpose::DataAccess => {
            ("Деректерге қол жеткізуге келісім", "Согласие на доступ к данным", "Consent to access to data")
        }
        SignaturePurpose::Contract => {
            ("Микрокредит беру туралы шарт", "Договор о предоставлении микрокредита", "Microcredit contract")
        }
        SignaturePurpose::Supplement => {
            ("Шартқа қосымша келісім", "Дополнительное соглашение к договору", "Supplement to the contract")
        }
        SignaturePurpose::PhoneChange => (
            "Телефон нөмірін өзгерту туралы өтініш",
            "Заявление о смене номера телефона",
            "Application to change the phone number",
        ),
        SignaturePurpose::AccountChange => (
            "Банк деректемелерін өзгерту туралы өтініш",
            "Заявление о смене банковских реквизитов",
            "Application to change bank details",
        ),
    };
    Titles { kk: kk.to_owned(), ru: ru.to_owned(), en: en.to_owned() }
}
