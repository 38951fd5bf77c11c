//! What is found out about an applicant: screening, credit report with voluntary refusal, debt burden, fraud (R-050, R-057,
//! B5, B7, B19).
//!
//! Services that a deployment does without are asked of core lending, as far as it knows. Checks run in the order of paragraph 8
//! and stop at the first that speaks against the loan; the grounds of screening are never told.

use senim_domain::debt_burden::{self, Verdict};
use senim_domain::rule_pack::{Product, RulePack};
use senim_domain::{ApplicationId, ClientId, LoanId, Secret, Tiyn, UtcMillis};
use senim_operation::message::{ApplicationRefusal, FurtherQuestion, QuestionForm, QuestionOption};
use serde::{Deserialize, Serialize};

use crate::acting::Act;
use crate::connectors::{
    AmlAnswer, AmlOutcome, AmlQuestion, AmlSubject, AnswerForm, BureauConsents, Client, ConnectorError,
    CreditReport, FraudFacts, FraudVerdict, LenderKind, Occasion,
};
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::preparation::Screening;
use crate::refusal::RefusalCheck;

/// Where the findings come from, kept with the loan (A12.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Examination {
    /// Report of the screening.
    pub screening: String,
    /// Report in which no voluntary refusal stands.
    pub refusal: String,
    /// When that was looked up.
    pub refusal_checked: UtcMillis,
    /// Report that the debt burden was reckoned from.
    pub burden: String,
    /// The coefficient in hundredths, this loan included where the payments are known.
    pub burden_hundredths: u32,
    /// Report of the service against fraud, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraud: Option<String>,
    /// When it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UtcMillis>,
    /// With which the bureau is asked; none where the client was not asked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consents: Option<BureauConsents>,
}

/// Who applies for what.
pub(crate) struct Applicant<'a> {
    pub application: ApplicationId,
    pub pack: &'a RulePack,
    pub product: &'a Product,
    pub client: &'a Client,
    pub iin: &'a Secret,
    pub loan: LoanId,
    /// Sum.
    pub principal: Tiyn,
    /// The largest instalment of any draft.
    pub monthly: Tiyn,
}

/// What keeps an application from an offer.
pub(crate) enum Against {
    /// It is refused.
    Refused(ApplicationRefusal),
    /// The screening asks more first.
    Asks(Vec<FurtherQuestion>),
}

impl From<ApplicationRefusal> for Against {
    fn from(reason: ApplicationRefusal) -> Self {
        Self::Refused(reason)
    }
}

/// A check that lets go on, or says why not.
type Checked<T> = Result<Result<T, Against>, ConnectorError>;

/// Most questions of its own that a screening may ask for one application.
const MOST_QUESTIONS: usize = 20;

macro_rules! or_refuse {
    ($checked:expr) => {
        match $checked? {
            Ok(found) => found,
            Err(reason) => return Ok(Err(reason)),
        }
    };
}

impl Act<'_> {
    /// Examines an applicant.
    ///
    /// # Errors
    /// The store, or opening what was answered; a service that fails is a refusal for now.
    pub(crate) fn examine(
        &mut self,
        applicant: &Applicant<'_>,
    ) -> Result<Result<Examination, Against>, GatewayError> {
        let answers = if self.gateway.connectors.aml.is_some() { self.given_answers()? } else { Vec::new() };
        let answers =
            answers.into_iter().map(|given| AmlAnswer { code: given.question, answer: given.answer });
        let numbers =
            (uuid(self.gateway.entropy.as_ref(), self.now)?, uuid(self.gateway.entropy.as_ref(), self.now)?);
        // More answers go on with the screening that asked for them.
        let before = self.session.prepared.screening.take();
        let mut screening = before
            .filter(|before| before.application == applicant.application)
            .unwrap_or(Screening { application: applicant.application, id: numbers.0, asked: Vec::new() });
        let found = self.findings(applicant, answers.collect(), (screening.id, numbers.1));
        let found = found.unwrap_or_else(|error| Err(refusal_of(&error).into()));
        let Err(Against::Asks(questions)) = found else { return Ok(found) };
        let codes: Vec<String> = questions.iter().map(|question| question.code.clone()).collect();
        // A question that comes again was answered: asking for ever is no screening.
        let again = codes.iter().any(|code| screening.asked.contains(code));
        screening.asked.extend(codes);
        let fits = questions.iter().all(FurtherQuestion::can_be_asked);
        if again || !fits || questions.is_empty() || screening.asked.len() > MOST_QUESTIONS {
            let asked = &screening.asked;
            tracing::error!(?asked, again, fits, "what the screening asks cannot be asked at a terminal");
            return Ok(Err(ApplicationRefusal::NotApproved.into()));
        }
        self.session.prepared.screening = Some(screening);
        Ok(Err(Against::Asks(questions)))
    }

    fn findings(
        &mut self,
        applicant: &Applicant<'_>,
        answers: Vec<AmlAnswer>,
        (screening, report): (uuid::Uuid, uuid::Uuid),
    ) -> Checked<Examination> {
        let client = applicant.client.client;
        let screening = or_refuse!(self.screened(applicant, answers, screening));
        let consents = self.session.prepared.bureau_consents();
        let report = self.credit_report(applicant.iin, report, consents)?;
        let RefusalCheck { report: refusal, checked: refusal_checked, .. } =
            or_refuse!(self.not_refused(client, report.as_ref()));
        let (burden, burden_hundredths) = or_refuse!(self.burden(applicant, report.as_ref()));
        let fraud = or_refuse!(self.not_fraud(applicant));
        Ok(Ok(Examination {
            screening,
            refusal,
            refusal_checked,
            burden,
            burden_hundredths,
            fraud,
            at: Some(self.now),
            consents,
        }))
    }

    fn screened(
        &self,
        applicant: &Applicant<'_>,
        answers: Vec<AmlAnswer>,
        screening: uuid::Uuid,
    ) -> Checked<String> {
        let client = applicant.client;
        let Some(aml) = self.gateway.connectors.aml.as_deref() else {
            let found = self.gateway.connectors.core.aml(client.client)?;
            return Ok(if found.set {
                Err(ApplicationRefusal::NotApproved.into())
            } else {
                Ok(found.report_id)
            });
        };
        let subject = AmlSubject {
            screening,
            iin: applicant.iin.clone(),
            surname: client.surname.clone(),
            given_name: client.given_name.clone(),
            patronymic: client.patronymic.clone(),
            answers,
        };
        Ok(match aml.screen(&subject)? {
            AmlOutcome::Clear { report_id } => Ok(report_id),
            AmlOutcome::Hit { report_id } => {
                tracing::info!(client = %client.client, report = report_id, "screening");
                Err(ApplicationRefusal::NotApproved.into())
            }
            AmlOutcome::Questions(questions) => Err(Against::Asks(questions.iter().map(further).collect())),
        })
    }

    fn not_refused(&mut self, client: ClientId, report: Option<&CreditReport>) -> Checked<RefusalCheck> {
        let check = self.refusal_in(client, report)?;
        self.session.refusal = Some(check.clone());
        Ok(if check.set { Err(ApplicationRefusal::VoluntaryRefusal.into()) } else { Ok(check) })
    }

    /// The coefficient is reckoned here from a report, or taken from core lending (B5).
    fn burden(&self, applicant: &Applicant<'_>, report: Option<&CreditReport>) -> Checked<(String, u32)> {
        let (client, rules) = (applicant.client.client, &applicant.pack.debt_burden);
        let Some(report) = report else {
            let found = self.gateway.connectors.core.debt_burden(client)?;
            let fits = found.kdn_hundredths <= rules.limit_hundredths;
            if !fits {
                tracing::info!(%client, report = found.report_id, "debt burden");
            }
            return Ok(fits
                .then_some((found.report_id, found.kdn_hundredths))
                .ok_or(ApplicationRefusal::NotApproved.into()));
        };
        let limit = if report.gambler || report.worst_overdue_days > LONG_DELAY_DAYS {
            rules.reduced_limit_hundredths
        } else {
            rules.limit_hundredths
        };
        let income = report.monthly_income_tiyn.unwrap_or(Tiyn::ZERO);
        let within = report.monthly_payments().is_some_and(|existing| {
            debt_burden::judge(income, existing, applicant.monthly, limit) == Ok(Verdict::Within)
        });
        let late = !applicant.product.secured && is_late(report, rules.max_overdue_days, self.now);
        if !within || late {
            tracing::info!(%client, report = report.report_id, within, late, "debt burden");
            return Ok(Err(ApplicationRefusal::NotApproved.into()));
        }
        let existing = report.monthly_payments().unwrap_or(Tiyn::ZERO);
        let reckoned = debt_burden::hundredths(income, existing, applicant.monthly).ok().flatten();
        Ok(Ok((report.report_id.clone(), reckoned.unwrap_or(u32::MAX))))
    }

    fn not_fraud(&self, applicant: &Applicant<'_>) -> Checked<Option<String>> {
        let Some(service) = self.gateway.connectors.anti_fraud.as_deref() else { return Ok(Ok(None)) };
        let facts = FraudFacts {
            occasion: Occasion::Contract,
            client: applicant.client.client,
            loan: applicant.loan,
            amount_tiyn: applicant.principal,
            terminal: self.terminal.clone(),
            at: self.now,
            instructed_by_phone: false,
        };
        let found = service.judge(&facts)?;
        Ok(match found.verdict {
            FraudVerdict::Proceed => Ok(Some(found.report_id)),
            FraudVerdict::Hold | FraudVerdict::Stop => {
                tracing::info!(client = %facts.client, report = found.report_id, verdict = ?found.verdict, "fraud");
                Err(ApplicationRefusal::NotApproved.into())
            }
        })
    }
}

/// A question as the terminal is asked to put it.
fn further(question: &AmlQuestion) -> FurtherQuestion {
    let form = match &question.form {
        AnswerForm::YesNo => QuestionForm::YesNo,
        AnswerForm::Text { max } => QuestionForm::Text { max: *max },
        AnswerForm::Choice { options } => QuestionForm::Choice {
            options: options
                .iter()
                .map(|(code, text)| QuestionOption { code: code.clone(), text: text.clone() })
                .collect(),
        },
    };
    FurtherQuestion { code: question.code.clone(), text: question.text.clone(), form }
}

/// A delay of the last year longer than this lowers the limit (B5.2).
const LONG_DELAY_DAYS: u32 = 90;
/// Arrears at a bank longer than this refuse an unsecured loan (B5.3).
const BANK_OVERDUE_DAYS: u32 = 30;
/// For so many years after a debt was forgiven there is no unsecured loan (B5.3).
const FORGIVEN_YEARS: i16 = 3;

/// Debts that were forgiven before this day count for nothing (B5.3).
const FORGIVEN_SINCE: jiff::civil::Date = jiff::civil::date(2025, 7, 1);

/// Whether delays or a forgiven debt forbid an unsecured loan (B5.3, B5.4).
fn is_late(report: &CreditReport, max_overdue_days: u16, now: UtcMillis) -> bool {
    let overdue = report.loans.iter().any(|loan| {
        let most = match loan.lender {
            LenderKind::Bank => BANK_OVERDUE_DAYS,
            LenderKind::Microfinance => u32::from(max_overdue_days),
        };
        loan.overdue_days > most
    });
    let today = senim_domain::calendar::local_date(now);
    let forgiven = report.forgiven.as_ref().is_some_and(|day| {
        let day = day.parse::<jiff::civil::Date>().ok();
        // A day that cannot be read forgives nothing.
        day.zip(today).is_none_or(|(day, today)| {
            day >= FORGIVEN_SINCE
                && day.checked_add(jiff::Span::new().years(FORGIVEN_YEARS)).is_ok_and(|end| today < end)
        })
    });
    overdue || forgiven || report.overdue_after_restructuring
}

/// What a service that fails comes to: silence may pass, a refusal stays.
pub(crate) fn refusal_of(error: &ConnectorError) -> ApplicationRefusal {
    tracing::warn!(%error, "application not decided");
    match error {
        ConnectorError::Unavailable { .. } => ApplicationRefusal::TryLater,
        ConnectorError::Refused { .. } => ApplicationRefusal::NotApproved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::VoluntaryRefusal;

    #[test]
    fn a_forgiven_debt_counts_for_three_years_and_one_of_an_unreadable_day_for_ever() {
        let late = |forgiven: &str, today: &str| {
            let report = CreditReport {
                report_id: String::new(),
                refusal: VoluntaryRefusal { set: false, checked: UtcMillis(0) },
                loans: Vec::new(),
                monthly_income_tiyn: None,
                worst_overdue_days: 0,
                forgiven: Some(forgiven.to_owned()),
                overdue_after_restructuring: false,
                gambler: false,
            };
            is_late(&report, 0, format!("{today}T07:00:00.000Z").parse().unwrap())
        };
        assert!(late("2025-07-01", "2028-06-30"));
        assert!(!late("2025-07-01", "2028-07-01"));
        assert!(!late("2025-06-30", "2025-07-02"));
        assert!(late("July", "2040-01-01"));
    }
}
