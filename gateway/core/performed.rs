//! Which measures were performed before a contract, written down at its conclusion and signed (B4; A12.5).
//!
//! Decides nothing: every measure that is demanded was demanded before, and a contract without it is not concluded. What
//! stands here is what was found then, where it lies and when it was; nothing about the person.

use senim_domain::rule_pack::TextId;
use senim_domain::{LoanId, OperationId, UtcMillis};
use senim_operation::canonical;
use senim_operation::performed::{
    MEASURES_TYP, Measure, MeasureOutcome, MeasuresOccasion, MeasuresPerformed, PerformedMeasure,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::acting::Act;
use crate::error::GatewayError;
use crate::records::{Agreement, Loan};
use crate::signing::SignatureState;

/// Something that was done about a loan in a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    /// About which.
    pub loan: LoanId,
    /// What.
    #[serde(flatten)]
    pub measure: PerformedMeasure,
}

/// A measure of which nothing more is said.
pub(crate) const fn plain(measure: Measure, outcome: MeasureOutcome, at: UtcMillis) -> PerformedMeasure {
    PerformedMeasure { measure, outcome, at, of: None, row: None, reference: None, sha256: None }
}

/// A code as it stands in rows.
pub(crate) fn code<T: Serialize>(value: &T) -> Option<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(code)) => Some(code),
        _ => None,
    }
}

impl Act<'_> {
    /// The row that is acted on did something about a loan; the same done before counts no more.
    pub(crate) fn did(
        &mut self,
        loan: LoanId,
        measure: Measure,
        outcome: MeasureOutcome,
        (of, sha256): (Option<String>, Option<String>),
    ) {
        let (row, at) = (Some(self.envelope.op_id), self.now);
        let measure = PerformedMeasure { of, row, sha256, ..plain(measure, outcome, at) };
        let same = |done: &PerformedMeasure| {
            (done.measure, &done.of, &done.sha256) == (measure.measure, &measure.of, &measure.sha256)
        };
        self.session.done.retain(|done| done.loan != loan || !same(&done.measure));
        self.session.done.push(Done { loan, measure });
    }

    /// The last thing of a kind that was done about a loan in this visit, where it fits.
    fn done_about(
        &self,
        loan: LoanId,
        measure: Measure,
        fits: impl Fn(&PerformedMeasure) -> bool,
    ) -> Option<PerformedMeasure> {
        let done = self.session.done.iter().rev().filter(|done| done.loan == loan);
        done.map(|done| &done.measure).find(|done| done.measure == measure && fits(done)).cloned()
    }

    /// The list at the conclusion of a contract, signed.
    pub(crate) fn performed_before(
        &self,
        id: LoanId,
        loan: &Loan,
        agreement: &Agreement,
    ) -> Result<String, GatewayError> {
        let mut list = self.registered(loan)?;
        list.extend(self.session.prepared.performed());
        list.extend(self.examined(loan));
        let method = code(&agreement.method);
        list.extend(self.done_about(id, Measure::Schedules, |done| done.of == method));
        list.extend(self.session.prepared.texts_performed());
        list.extend(self.done_about(id, Measure::Pressure, |_| true));
        let contract = Some(&agreement.contract_sha256);
        list.extend(self.done_about(id, Measure::Contract, |done| done.sha256.as_ref() == contract));
        let face = agreement.face_check;
        list.extend(self.session.faces.iter().filter(|one| Some(one.check) == face).map(|one| {
            let reference = Some(one.check.to_string());
            let sha256 = one.result.clone();
            PerformedMeasure { reference, sha256, ..plain(Measure::Face, MeasureOutcome::Match, one.at) }
        }));
        list.push(self.signed(agreement)?);
        let rest = if loan.rests_until.is_some() { MeasureOutcome::Rests } else { MeasureOutcome::None };
        list.push(plain(Measure::CoolingOff, rest, agreement.at));
        self.listed(id, loan, agreement, MeasuresOccasion::Conclusion, list)
    }

    /// The list when a contract is confirmed on the day of its payout, signed.
    pub(crate) fn performed_again(
        &self,
        id: LoanId,
        loan: &Loan,
        agreement: &Agreement,
        (face, offer_sha256): (senim_domain::MessageId, &str),
    ) -> Result<String, GatewayError> {
        let mut list = Vec::new();
        if let Some(check) = &loan.refusal {
            let reference = Some(check.report.clone());
            let found = plain(Measure::VoluntaryRefusal, MeasureOutcome::NotSet, check.checked);
            list.push(PerformedMeasure { reference, ..found });
        }
        list.push(PerformedMeasure {
            of: code(&agreement.method),
            row: Some(self.envelope.op_id),
            sha256: Some(offer_sha256.to_owned()),
            ..plain(Measure::Schedules, MeasureOutcome::Accepted, self.now)
        });
        list.extend(self.session.faces.iter().filter(|one| one.check == face).map(|one| {
            let reference = Some(one.check.to_string());
            let sha256 = one.result.clone();
            PerformedMeasure { reference, sha256, ..plain(Measure::Face, MeasureOutcome::Match, one.at) }
        }));
        let rest = if loan.rests_until.is_some() { MeasureOutcome::Over } else { MeasureOutcome::None };
        list.push(plain(Measure::CoolingOff, rest, self.now));
        self.listed(id, loan, agreement, MeasuresOccasion::Confirmation, list)
    }

    fn listed(
        &self,
        id: LoanId,
        loan: &Loan,
        agreement: &Agreement,
        occasion: MeasuresOccasion,
        measures: Vec<PerformedMeasure>,
    ) -> Result<String, GatewayError> {
        let list = MeasuresPerformed {
            ver: 1,
            loan: id,
            application: loan.application,
            client: loan.client,
            contract_sha256: agreement.contract_sha256.clone(),
            terminal: self.terminal.clone(),
            session: self.session_id,
            rule_pack: loan.rule_pack,
            occasion,
            at: self.now,
            measures,
        };
        let internal = |error: &dyn std::fmt::Display| GatewayError::Internal(format!("measures: {error}"));
        let payload = canonical::to_vec(&list).map_err(|error| internal(&error))?;
        self.gateway.keys.sign(MEASURES_TYP, &payload)
    }

    fn registered(&self, loan: &Loan) -> Result<Vec<PerformedMeasure>, GatewayError> {
        let Some((id, found)) = self.gateway.registration_of(loan.client)? else {
            return Ok(vec![plain(Measure::Registration, MeasureOutcome::Elsewhere, self.now)]);
        };
        let mut list = Vec::new();
        if let Some(identified) = &found.identified {
            list.push(PerformedMeasure {
                row: Some(identified.op_id),
                reference: Some(id.to_string()),
                sha256: Some(identified.data_sha256.clone()),
                ..plain(Measure::Registration, MeasureOutcome::Confirmed, identified.at)
            });
        }
        list.extend(found.authentications.last().filter(|_| found.is_authenticated()).map(|compared| {
            let reference = Some(compared.report_id.clone());
            PerformedMeasure { reference, ..plain(Measure::Comparison, MeasureOutcome::Match, compared.at) }
        }));
        list.extend(found.consents.iter().filter(|one| one.agreed && one.known).map(|one| {
            PerformedMeasure {
                of: code(&one.consent),
                row: Some(one.op_id),
                sha256: Some(one.text_sha256.clone()),
                ..plain(Measure::Consent, MeasureOutcome::Agreed, one.at)
            }
        }));
        Ok(list)
    }

    fn examined(&self, loan: &Loan) -> Vec<PerformedMeasure> {
        let Some(found) = &loan.examination else { return Vec::new() };
        let at = found.at.unwrap_or(found.refusal_checked);
        let of = |measure, outcome, reference: Option<&String>| PerformedMeasure {
            reference: reference.cloned(),
            ..plain(measure, outcome, at)
        };
        let asked = |there: bool, outcome| if there { outcome } else { MeasureOutcome::NotAsked };
        // Without a bureau core lending speaks for both.
        let bureau = self.gateway.connectors.credit_bureau.is_some() && found.consents.is_some();
        let report = bureau.then_some(&found.burden);
        vec![
            of(Measure::Screening, MeasureOutcome::Clear, Some(&found.screening)),
            of(Measure::CreditReport, asked(bureau, MeasureOutcome::Received), report),
            PerformedMeasure {
                at: found.refusal_checked,
                ..of(Measure::VoluntaryRefusal, MeasureOutcome::NotSet, Some(&found.refusal))
            },
            of(Measure::DebtBurden, MeasureOutcome::Within, Some(&found.burden)),
            of(Measure::AntiFraud, asked(found.fraud.is_some(), MeasureOutcome::Clear), found.fraud.as_ref()),
        ]
    }

    fn signed(&self, agreement: &Agreement) -> Result<PerformedMeasure, GatewayError> {
        let (measure, at) = (Measure::Signature, agreement.at);
        let kept = match agreement.signed {
            Some(signature) => self.gateway.load_signature(signature)?.map(|kept| (signature, kept.value)),
            None => None,
        };
        Ok(match (kept, &agreement.entrepreneur) {
            (Some((signature, kept)), _) => {
                let (at, sha256) = match kept.state {
                    SignatureState::Accepted(accepted) => (accepted.signed_at, Some(accepted.cms_sha256)),
                    _ => (at, None),
                };
                let reference = Some(signature.to_string());
                PerformedMeasure { reference, sha256, ..plain(measure, MeasureOutcome::Signed, at) }
            }
            (None, Some(report)) => PerformedMeasure {
                reference: Some(report.clone()),
                ..plain(measure, MeasureOutcome::NotNeeded, at)
            },
            (None, None) => plain(measure, MeasureOutcome::NotAsked, at),
        })
    }
}

/// A text that was read.
pub(crate) fn text_read(
    text: TextId,
    sha256: &str,
    at: Option<UtcMillis>,
    row: Option<OperationId>,
) -> PerformedMeasure {
    PerformedMeasure {
        of: code(&text),
        row,
        sha256: Some(sha256.to_owned()),
        ..plain(Measure::Text, MeasureOutcome::Acknowledged, at.unwrap_or(UtcMillis(0)))
    }
}
