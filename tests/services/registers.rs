//! Number base, credit bureau, screening, anti-fraud centre and register of entrepreneurs behind their traits.

use senim_domain::rule_pack::ByLanguage;
use senim_domain::{Secret, Tiyn, UtcMillis};
use senim_gateway_core::connectors::{
    Aml, AmlOutcome, AmlQuestion, AmlSubject, AnswerForm, AntiFraud, BureauLoan, ConnectorError,
    CreditBureau, CreditReport, EntrepreneurStatus, Entrepreneurs, FraudFacts, FraudFinding, FraudVerdict,
    LenderKind, NumberFinding, NumberOwner, Outcome, ReportRequest, VoluntaryRefusal,
};
use senim_world::model::aml::Answer;
use senim_world::model::bureau::Lender;
use senim_world::model::coid;
use senim_world::people::Fraud;
use serde_json::Value;

use crate::Behind;

fn outcome(outcome: coid::Outcome) -> Outcome {
    match outcome {
        coid::Outcome::Match => Outcome::Match,
        coid::Outcome::Mismatch => Outcome::Mismatch,
        coid::Outcome::Unknown => Outcome::Unknown,
    }
}

impl NumberOwner for Behind {
    fn owns(&self, iin: &Secret, phone: &Secret) -> Result<NumberFinding, ConnectorError> {
        let found = self.ask("numbers", |state| state.model.number_owner(iin.expose(), phone.expose()))?;
        Ok(NumberFinding { outcome: outcome(found.owner), report_id: found.report_id })
    }
}

impl CreditBureau for Behind {
    fn report(&self, request: &ReportRequest) -> Result<CreditReport, ConnectorError> {
        let consents = [request.consents.give.0, request.consents.receive.0];
        let report = self.ask("bureau", |state| {
            state.model.bureau_report(request.number, request.iin.expose(), consents)
        })?;
        let sum = |tiyn| Tiyn::new(tiyn).unwrap();
        let loans = report.loans.iter().map(|loan| BureauLoan {
            lender: match loan.lender {
                Lender::Bank => LenderKind::Bank,
                Lender::Microfinance => LenderKind::Microfinance,
            },
            balance_tiyn: sum(loan.balance_tiyn),
            monthly_tiyn: sum(loan.monthly_tiyn),
            overdue_days: loan.overdue_days,
        });
        Ok(CreditReport {
            report_id: report.report_id,
            refusal: VoluntaryRefusal { set: report.refusal_set, checked: UtcMillis(report.checked_ms) },
            loans: loans.collect(),
            monthly_income_tiyn: report.monthly_income_tiyn.map(sum),
            worst_overdue_days: report.worst_overdue_days,
            forgiven: report.forgiven,
            overdue_after_restructuring: report.overdue_after_restructuring,
            gambler: report.gambler,
        })
    }
}

fn texts(value: &Value) -> ByLanguage<String> {
    let of = |language: &str| value[language].as_str().unwrap().to_owned();
    ByLanguage { kk: of("kk"), ru: of("ru"), en: of("en") }
}

fn question(value: &Value) -> AmlQuestion {
    let form = &value["form"];
    let options = |options: &Value| {
        let options = options.as_array().unwrap().iter();
        options.map(|one| (one["code"].as_str().unwrap().to_owned(), texts(&one["text"]))).collect()
    };
    AmlQuestion {
        code: value["code"].as_str().unwrap().to_owned(),
        text: texts(&value["text"]),
        form: if form["form"] == "choice" {
            AnswerForm::Choice { options: options(&form["options"]) }
        } else {
            AnswerForm::YesNo
        },
    }
}

impl Aml for Behind {
    fn screen(&self, subject: &AmlSubject) -> Result<AmlOutcome, ConnectorError> {
        let answers: Vec<Answer> = subject
            .answers
            .iter()
            .map(|one| Answer { code: one.code.clone(), answer: one.answer.expose().to_owned() })
            .collect();
        let screening =
            self.ask("aml", |state| state.model.screen(subject.screening, subject.iin.expose(), &answers))?;
        let report_id = screening.report_id.unwrap_or_default();
        Ok(match screening.outcome.as_str() {
            "clear" => AmlOutcome::Clear { report_id },
            "hit" => AmlOutcome::Hit { report_id },
            _ => AmlOutcome::Questions(screening.questions.iter().map(question).collect()),
        })
    }
}

impl AntiFraud for Behind {
    fn judge(&self, facts: &FraudFacts) -> Result<FraudFinding, ConnectorError> {
        let judged = self.ask("anti-fraud", |state| {
            state.model.judge(facts.client.0, facts.loan.0, facts.instructed_by_phone)
        })?;
        Ok(FraudFinding {
            verdict: match judged.verdict {
                Fraud::Proceed => FraudVerdict::Proceed,
                Fraud::Hold => FraudVerdict::Hold,
                Fraud::Stop => FraudVerdict::Stop,
            },
            report_id: judged.report_id,
        })
    }
}

impl Entrepreneurs for Behind {
    fn status(&self, iin: &Secret) -> Result<EntrepreneurStatus, ConnectorError> {
        let found = self.ask("entrepreneurs", |state| state.model.entrepreneur(iin.expose()))?;
        Ok(EntrepreneurStatus { since: found.since, report_id: found.report_id })
    }
}
