//! The voluntary refusal of loans, asked before an offer and again before money is given or promised (R-057, R-071, B7).
//!
//! A fresh report of the bureau says it where there is one and the client agreed; core lending speaks for it elsewhere.

use senim_domain::{ClientId, LoanId, Secret, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::acting::Act;
use crate::connectors::{BureauConsents, ConnectorError, CreditReport, ReportRequest};
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::records::Loan;
use crate::store::{self, Collection, Versioned};

/// What was found, where and when: kept with the loan, or with the application that ended by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RefusalCheck {
    /// Whether the client has refused loans.
    pub set: bool,
    /// Report that says so.
    pub report: String,
    /// When it was looked up.
    pub checked: UtcMillis,
}

impl Act<'_> {
    /// A fresh report, where there is a bureau and the client agreed.
    pub(crate) fn credit_report(
        &self,
        iin: &Secret,
        number: uuid::Uuid,
        consents: Option<BureauConsents>,
    ) -> Result<Option<CreditReport>, ConnectorError> {
        let bureau = self.gateway.connectors.credit_bureau.as_deref();
        let Some((bureau, consents)) = bureau.zip(consents) else { return Ok(None) };
        bureau.report(&ReportRequest { number, iin: iin.clone(), consents }).map(Some)
    }

    /// What a report says, or core lending where there is none.
    pub(crate) fn refusal_in(
        &self,
        client: ClientId,
        report: Option<&CreditReport>,
    ) -> Result<RefusalCheck, ConnectorError> {
        let check = match report {
            Some(report) => RefusalCheck {
                set: report.refusal.set,
                report: report.report_id.clone(),
                checked: report.refusal.checked,
            },
            None => {
                let found = self.gateway.connectors.core.voluntary_refusal(client)?;
                RefusalCheck { set: found.set, report: found.report_id, checked: self.now }
            }
        };
        if check.set {
            tracing::info!(%client, report = check.report, "voluntary refusal");
        }
        Ok(check)
    }

    /// Asks again for the client of a concluded contract, who is logged in. The bureau is asked with the consents of the
    /// application and the IIN of this visit's login.
    ///
    /// # Errors
    /// The store, or opening the IIN; the inner error when a service does not answer.
    pub(crate) fn refusal_again(
        &self,
        loan: &Loan,
    ) -> Result<Result<RefusalCheck, ConnectorError>, GatewayError> {
        let consents = loan.examination.as_ref().and_then(|examination| examination.consents);
        let consents = consents.filter(|_| self.gateway.connectors.credit_bureau.is_some());
        let (Some(consents), Some(attachment)) = (consents, &self.session.iin_attachment) else {
            return Ok(self.refusal_in(loan.client, None));
        };
        let Some(iin) = self.sealed_iin(attachment, Purpose::Contract)? else {
            return Ok(self.refusal_in(loan.client, None));
        };
        let number = uuid(self.gateway.entropy.as_ref(), self.now)?;
        let report = self.credit_report(&iin.into_secret(), number, Some(consents));
        Ok(report.and_then(|report| self.refusal_in(loan.client, report.as_ref())))
    }

    /// Keeps what ended a request: where it stands, and when it was found.
    pub(crate) fn keep_refusal(
        &mut self,
        id: LoanId,
        mut loan: Versioned<Loan>,
        check: RefusalCheck,
    ) -> Result<(), GatewayError> {
        let expect = loan.expect();
        loan.value.refusal = Some(check);
        self.changes.push(store::put(Collection::Loan, &id.to_string(), expect, &loan.value)?);
        Ok(())
    }
}
