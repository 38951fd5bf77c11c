//! Files of a client's contracts: the bytes that were shown and signed, for their client alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{ClientId, Secret};
use senim_operation::body::DocumentAsked;
use senim_operation::jws::sha256_b64;
use senim_operation::message::ContractFile;

use super::Fault;
use crate::acting::Act;
use crate::records::{Loan, LoanState};

impl Act<'_> {
    /// The file of this hash, where the client is a party to it.
    pub(super) fn document(
        &self,
        client: ClientId,
        asked: Option<&DocumentAsked>,
    ) -> Result<ContractFile, Fault> {
        let asked = asked.ok_or(Fault::NotHere)?;
        let loan = self.gateway.kept_loan(asked.loan)?.filter(|loan| loan.client == client);
        let loan = loan.ok_or(Fault::NotHere)?;
        let found = if is_of(&loan, &asked.sha256) {
            self.gateway.draft(asked.loan, &asked.sha256)?
        } else {
            self.gateway.concluded_supplement(asked.loan, &asked.sha256)?
        };
        let pdf = found.filter(|pdf| sha256_b64(pdf.expose()) == asked.sha256).ok_or(Fault::NotHere)?;
        let pdf = Secret::new(STANDARD.encode(pdf.expose()));
        Ok(ContractFile { loan: asked.loan, pdf, sha256: asked.sha256.clone() })
    }
}

/// Whether this is the contract's own file: the one that was agreed to, or before that a draft.
fn is_of(loan: &Loan, sha256: &str) -> bool {
    match &loan.state {
        LoanState::Concluded(agreement) => agreement.contract_sha256 == sha256,
        LoanState::Cancelled(cancelled) => cancelled.agreement.contract_sha256 == sha256,
        LoanState::Offered | LoanState::Agreed(_) => {
            loan.drafts.iter().any(|draft| draft.contract_sha256 == sha256)
        }
    }
}
