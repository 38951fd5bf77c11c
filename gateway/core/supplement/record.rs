//! What is kept of a supplement: the draft that was read, sealed, and what its client decided.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::supplement::{AmendedTerms, SupplementKind};
use senim_domain::{
    ClientId, LoanId, MessageId, OperationId, SecretBytes, SignatureId, SupplementId, UtcMillis,
};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::error::GatewayError;
use crate::store::{self, Collection, Versioned};

/// A supplement from its first draft on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SupplementRecord {
    /// Which.
    pub supplement: SupplementId,
    /// The contract.
    pub loan: LoanId,
    /// Whose.
    pub client: ClientId,
    /// Number for people.
    pub number: String,
    /// What it is.
    pub kind: SupplementKind,
    /// The terms of the draft.
    pub terms: AmendedTerms,
    /// SHA-256 of the newest draft, base64url.
    pub sha256: String,
    /// The newest draft in base64, sealed under the document's key; empty: erased.
    pub sealed: String,
    /// When it was drafted.
    pub drafted: UtcMillis,
    /// What became of it.
    pub state: SupplementState,
}

/// What became of a supplement.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SupplementState {
    /// Its client was shown it, or is to be.
    Drafted,
    /// It is in force.
    Concluded(Conclusion),
    /// Its client does not want it.
    Declined {
        /// When they said so.
        at: UtcMillis,
        /// In which row.
        op_id: OperationId,
    },
}

/// What a supplement that is in force rests on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Conclusion {
    /// When it was concluded.
    pub at: UtcMillis,
    /// The row in which the client agreed.
    pub op_id: OperationId,
    /// The message that said that the face is the client's.
    pub face_check: MessageId,
    /// The signature under it, kept with its evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<SignatureId>,
    /// The report by which it needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrepreneur: Option<String>,
}

pub(super) fn key(loan: LoanId, supplement: SupplementId) -> String {
    format!("{loan}/{supplement}")
}

/// Name of a supplement in the archive.
pub(super) fn document_of(supplement: SupplementId) -> String {
    format!("supplement//{supplement}")
}

impl SupplementRecord {
    pub(crate) const fn conclusion(&self) -> Option<&Conclusion> {
        match &self.state {
            SupplementState::Concluded(conclusion) => Some(conclusion),
            SupplementState::Drafted | SupplementState::Declined { .. } => None,
        }
    }
}

impl Gateway {
    pub(super) fn load_supplement(
        &self,
        loan: LoanId,
        supplement: SupplementId,
    ) -> Result<Option<Versioned<SupplementRecord>>, GatewayError> {
        Ok(store::load(self.store.as_ref(), Collection::Supplement, &key(loan, supplement))?)
    }

    /// The supplements of a contract, those in force in the order in which they came into force.
    pub(crate) fn supplements_of(&self, loan: LoanId) -> Result<Vec<SupplementRecord>, GatewayError> {
        let documents = self.store.documents(Collection::Supplement, &format!("{loan}/"))?;
        let mut records = Vec::with_capacity(documents.len());
        for document in &documents {
            records.push(store::parse::<SupplementRecord>(Collection::Supplement, document)?.value);
        }
        records.sort_by_key(|record| record.conclusion().map(|conclusion| conclusion.at));
        Ok(records)
    }

    /// The bytes of a draft of this contract that may be signed; `None`: there is none of this hash.
    pub(crate) fn supplement_bytes(
        &self,
        loan: LoanId,
        sha256: &str,
    ) -> Result<Option<SecretBytes>, GatewayError> {
        self.supplement_where(loan, sha256, |one| matches!(one.state, SupplementState::Drafted))
    }

    /// The bytes of a concluded supplement to this contract; `None`: there is none of this hash, or it is erased.
    pub(crate) fn concluded_supplement(
        &self,
        loan: LoanId,
        sha256: &str,
    ) -> Result<Option<SecretBytes>, GatewayError> {
        self.supplement_where(loan, sha256, |one| one.conclusion().is_some())
    }

    fn supplement_where(
        &self,
        loan: LoanId,
        sha256: &str,
        holds: impl Fn(&SupplementRecord) -> bool,
    ) -> Result<Option<SecretBytes>, GatewayError> {
        let wanted = |one: &SupplementRecord| one.sha256 == sha256 && holds(one) && !one.sealed.is_empty();
        let Some(found) = self.supplements_of(loan)?.into_iter().find(wanted) else { return Ok(None) };
        let Some(key) = self.document_key(&document_of(found.supplement))? else { return Ok(None) };
        let text = key.open(sha256, &found.sealed)?;
        let internal = |error| GatewayError::Internal(format!("a sealed supplement is no base64: {error}"));
        Ok(Some(SecretBytes::new(STANDARD.decode(text.expose()).map_err(internal)?)))
    }
}
