//! Ways of repayment, consents and confirmations of a client.

use senim_domain::ClientId;
use senim_operation::message::{
    ConsentStanding, ConsentStatus, DocumentConfirmation, DocumentKind, PaymentDetails,
};

use super::{Fault, SHOWN, offered};
use crate::acting::Act;
use crate::consents::Standing;
use crate::error::GatewayError;
use crate::records::LoanState;
use crate::registration::Registration;
use crate::store::{self, Collection};

impl Act<'_> {
    pub(super) fn payment_details(&self) -> Result<PaymentDetails, Fault> {
        let found = self.gateway.connectors.core.requisites()?;
        Ok(PaymentDetails {
            name: found.name,
            bin: found.bin,
            iban: found.iban,
            bank: found.bank,
            bic: found.bic,
            purpose_code: found.purpose_code,
        })
    }

    /// Consents that were given here, each as the state service says that it stands now.
    pub(super) fn consents(&self, client: ClientId) -> Result<Vec<ConsentStanding>, Fault> {
        let mut standings = Vec::new();
        for id in self.gateway.cabinet_index(client)?.value.registrations.iter().rev() {
            let store = self.gateway.store.as_ref();
            let found = store::load::<Registration>(store, Collection::Registration, &id.to_string())?;
            let Some(registration) = found.map(|found| found.value).filter(|one| one.client == client) else {
                continue;
            };
            let Some(token) = registration.token else { continue };
            let given =
                registration.consents.iter().filter(|consent| consent.agreed).map(|consent| consent.at);
            let Standing { status, decided_until, outcome } =
                self.gateway.consent_standing(&token.jti, self.now)?;
            let status = if status == ConsentStatus::Active && token.expires <= self.now {
                ConsentStatus::Expired
            } else {
                status
            };
            standings.push(ConsentStanding {
                number: token.jti,
                given: given.max().unwrap_or(registration.begun),
                expires: token.expires,
                status,
                decided_until,
                outcome,
            });
        }
        Ok(standings)
    }

    /// What the client sent and the MFO received, and the other way.
    pub(super) fn confirmations(&self, client: ClientId) -> Result<Vec<DocumentConfirmation>, Fault> {
        let mut documents = Vec::new();
        for entry in &self.gateway.cabinet_index(client)?.value.applications {
            let Some(loan) = entry.loan else { continue };
            let Some(kept) = self.gateway.kept_loan(loan)? else { continue };
            let agreement = match &kept.state {
                LoanState::Concluded(agreement) | LoanState::Agreed(agreement) => agreement,
                LoanState::Cancelled(cancelled) => &cancelled.agreement,
                LoanState::Offered => continue,
            };
            documents.push(DocumentConfirmation {
                document: DocumentKind::Contract,
                id: agreement.op_id,
                from_client: true,
                at: agreement.at,
                sha256: Some(agreement.contract_sha256.clone()),
            });
        }
        self.confirm_changes(client, &mut documents)?;
        for letter in offered(self.gateway.connectors.core.messages(client))? {
            documents.push(DocumentConfirmation {
                document: DocumentKind::Letter,
                id: letter.message,
                from_client: letter.from_client,
                at: letter.at,
                sha256: None,
            });
        }
        documents.sort_by_key(|document| std::cmp::Reverse(document.at));
        documents.truncate(SHOWN);
        Ok(documents)
    }

    /// Supplements that are in force, and requests for other terms.
    fn confirm_changes(
        &self,
        client: ClientId,
        documents: &mut Vec<DocumentConfirmation>,
    ) -> Result<(), GatewayError> {
        for entry in &self.gateway.cabinet_index(client)?.value.applications {
            let Some(loan) = entry.loan else { continue };
            let supplements = self.gateway.supplements_of(loan)?;
            documents.extend(supplements.into_iter().filter_map(|record| {
                let conclusion = record.conclusion()?;
                Some(DocumentConfirmation {
                    document: DocumentKind::Supplement,
                    id: conclusion.op_id,
                    from_client: true,
                    at: conclusion.at,
                    sha256: Some(record.sha256.clone()),
                })
            }));
            let requests = self.gateway.restructurings_of(loan)?;
            documents.extend(requests.into_iter().map(|record| DocumentConfirmation {
                document: DocumentKind::RestructuringRequest,
                id: record.op_id,
                from_client: true,
                at: record.at,
                sha256: None,
            }));
        }
        Ok(())
    }
}
