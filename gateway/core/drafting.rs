//! The contract with the method that the client chose: the very file that will be read, agreed to and signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::Secret;
use senim_domain::loan::Schedule;
use senim_domain::quote::quote;
use senim_operation::body::{DocumentShown, MethodChosen};
use senim_operation::jws::sha256_b64;
use senim_operation::message::MessageBody;
use senim_operation::performed::{Measure, MeasureOutcome};

use crate::acting::Act;
use crate::archive;
use crate::contract::{self, ContractFacts};
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::performed::code;
use crate::records::{Draft, Loan, LoanState};
use crate::store::{self, Collection};

impl Act<'_> {
    pub(crate) fn method_chosen(&mut self, body: &MethodChosen) -> Result<MessageBody, GatewayError> {
        let refused =
            |reason: &str| MessageBody::ContractRefused { loan: body.loan, reason: reason.to_owned() };
        let Some(mut loan) = self.own_loan(body.loan)? else { return Ok(refused("unknownLoan")) };
        let ours = loan.value.session == self.session_id && loan.value.state == LoanState::Offered;
        if !ours {
            return Ok(refused("unknownLoan"));
        }
        if self.now >= loan.value.expires || !self.begins_in_time(body.loan, &loan.value)? {
            return Ok(refused("expired"));
        }
        let pdf = match self.contract_of(&loan.value, body)? {
            Ok(pdf) => pdf,
            Err(reason) => return Ok(refused(reason)),
        };
        let Some(key) = self.gateway.document_key(&archive::of_loan(body.loan))? else {
            return Ok(refused("erased"));
        };
        let (method, loan_id) = (body.method, body.loan);
        let sha256 = sha256_b64(pdf.expose());
        let pdf = Secret::new(STANDARD.encode(pdf.expose()));
        loan.value.drafts.retain(|draft| draft.method != method);
        loan.value.drafts.push(Draft {
            method,
            contract_sha256: sha256.clone(),
            contract_sealed: key.seal(self.gateway, &sha256, pdf.expose())?,
        });
        self.changes.push(store::put(Collection::Loan, &loan_id.to_string(), loan.expect(), &loan.value)?);
        let chosen = (code(&method), Some(body.offer_sha256.clone()));
        self.did(loan_id, Measure::Schedules, MeasureOutcome::Chosen, chosen);
        Ok(MessageBody::ContractDrafted { loan: loan_id, method, pdf, sha256 })
    }

    /// A document was shown to its end.
    pub(crate) fn document_shown(&mut self, body: DocumentShown) {
        let shown = (None, Some(body.sha256.clone()));
        self.did(body.loan, Measure::Contract, MeasureOutcome::Shown, shown);
        self.session.shown.push((body.loan, body.sha256));
    }

    /// The file; a code of why there is none.
    fn contract_of(
        &self,
        loan: &Loan,
        body: &MethodChosen,
    ) -> Result<Result<senim_domain::SecretBytes, &'static str>, GatewayError> {
        let internal = |error: &dyn std::fmt::Display| GatewayError::Internal(format!("contract: {error}"));
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(Err("tryLater")) };
        let product = pack.product(&loan.product).filter(|product| product.methods.contains(&body.method));
        // What was offered under another pack may cost something else now.
        let Some(product) = product.filter(|_| pack.version == loan.rule_pack) else {
            return Ok(Err("expired"));
        };
        let Some(attachment) = &self.session.iin_attachment else { return Ok(Err("unknownLoan")) };
        let Some(iin) = self.sealed_iin(attachment, Purpose::Contract)? else {
            return Ok(Err("unknownLoan"));
        };
        let borrower = match self.gateway.connectors.core.client(loan.client) {
            Ok(borrower) => borrower,
            Err(error) => {
                tracing::warn!(%error, "contract not drafted");
                return Ok(Err("tryLater"));
            }
        };
        let issued: jiff::civil::Date = loan.issued.parse().map_err(|error| internal(&error))?;
        let Some(today) = senim_domain::calendar::local_date(self.now) else { return Ok(Err("tryLater")) };
        let terms = product.terms(&pack.calendar, loan.principal, loan.term, body.method, issued);
        let quoted = quote(&terms, &pack.limits(product, issued)).map_err(|error| internal(&error))?;
        let schedule = Schedule {
            method: terms.method,
            issued,
            principal_tiyn: terms.principal,
            instalments: quoted.schedule,
        };
        let Some(payee) = self.gateway.payee(body.loan, loan)? else { return Ok(Err("expired")) };
        let paper = contract::paper(&ContractFacts {
            pack: &pack,
            product,
            borrower: &borrower,
            iin: &iin.into_secret(),
            contract_number: &loan.contract_number,
            term: loan.term,
            date: today,
            schedule: &schedule,
            gesv: quoted.gesv_exact,
            payout: loan.chosen(),
            payee: payee.expose(),
            language: loan.language,
        })?;
        Ok(Ok(senim_document::write(&paper).map_err(|error| internal(&error))?))
    }
}
