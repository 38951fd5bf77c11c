//! Looking at signatures: records for anybody at the MFO, content for a person who is named, counted and written down.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{LoanId, SecretBytes, SignatureId, UtcMillis};
use serde_json::{Value, json};

use super::record::{SignatureRecord, SignatureState, document_of};
use crate::Gateway;
use crate::actor::Actor;
use crate::error::{GatewayError, bad_directive};
use crate::store::{Collection, StoreError};
use crate::vault::VaultError;

/// A signature with what it rests on.
#[derive(Clone, Debug)]
pub struct OpenedSignature {
    /// CMS, DER.
    pub cms: SecretBytes,
    /// One JSON document: certificates, time-stamp's chain, OCSP answer or lists.
    pub evidence: SecretBytes,
}

impl Gateway {
    /// What is kept of a signature; `None`: there is none.
    ///
    /// # Errors
    /// What [`GatewayError`] says.
    pub fn signature(&self, signature: SignatureId) -> Result<Option<SignatureRecord>, GatewayError> {
        Ok(self.load_signature(signature)?.map(|record| record.value))
    }

    /// Opens CMS and evidence for a person, who is counted.
    ///
    /// # Errors
    /// [`Refusal`](crate::Refusal) for a signature that is not here, does not count or is erased, and when too much was
    /// opened within the hour; or what [`GatewayError`] says.
    pub fn open_signature(
        &self,
        actor: &Actor,
        signature: SignatureId,
        now: UtcMillis,
    ) -> Result<OpenedSignature, GatewayError> {
        let not_here = || bad_directive("no signature of this name is here that counts");
        let record = self.signature(signature)?.ok_or_else(not_here)?;
        let SignatureState::Accepted(accepted) = record.state else { return Err(not_here()) };
        let document = document_of(signature);
        let key = self.document_key(&document)?.ok_or_else(|| bad_directive("the signature is erased"))?;
        self.count_opening(actor, &document, now)?;
        let cms = key.open("cms", &accepted.cms_sealed)?;
        let cms = STANDARD.decode(cms.expose()).map_err(|_| VaultError::NotAuthentic)?;
        let evidence = key.open("evidence", &accepted.evidence_sealed)?;
        Ok(OpenedSignature { cms: SecretBytes::new(cms), evidence })
    }

    /// A loan's signatures as a dossier tells of them: hashes, moments and how they ended.
    pub(crate) fn signature_facts(&self, loan: LoanId) -> Result<Vec<Value>, GatewayError> {
        let prefix = format!("{loan}/");
        let mut facts = Vec::new();
        for document in self.store.documents(Collection::LoanSignature, &prefix)? {
            let named = document.key.strip_prefix(&prefix).and_then(|name| name.parse::<SignatureId>().ok());
            let signature =
                named.ok_or_else(|| StoreError::Corrupt(format!("signature {}", document.key)))?;
            if let Some(record) = self.signature(signature)? {
                facts.push(fact(signature, &record));
            }
        }
        Ok(facts)
    }
}

fn fact(signature: SignatureId, record: &SignatureRecord) -> Value {
    let mut fact = json!({
        "signature": signature,
        "purpose": record.purpose,
        "document_sha256": record.document_sha256,
        "terminal": record.terminal,
        "session": record.session,
        "op_id": record.op_id,
        "asked_at": record.asked,
    });
    let state = match &record.state {
        SignatureState::Open { .. } => json!({"state": "open"}),
        SignatureState::Accepted(accepted) => json!({
            "state": "accepted",
            "cms_sha256": accepted.cms_sha256,
            "signed_at": accepted.signed_at,
            "judged_at": accepted.at,
            "algorithm": accepted.algorithm,
            "certificate_sha256": accepted.certificate_sha256,
        }),
        SignatureState::Refused(why) => json!({"state": "refused", "reason": why.code, "at": why.at}),
        SignatureState::Cancelled { reason, at } => json!({"state": "cancelled", "reason": reason, "at": at}),
        SignatureState::Dropped { cms_sha256, at } => {
            json!({"state": "dropped", "cms_sha256": cms_sha256, "at": at})
        }
    };
    if let (Value::Object(fact), Value::Object(state)) = (&mut fact, state) {
        fact.extend(state);
    }
    fact
}
