//! `senim-gateway quote`: schedule, effective rate and limits for terms typed on the command line.

use jiff::civil::Date;
use senim_domain::Tiyn;
use senim_domain::loan::{Method, Rate, Term, Terms};
use senim_domain::quote::{Limits, Quote, quote};
use senim_domain::rate::{AnnualRate, DailyRate};
use senim_domain::rule_pack::RulePack;

/// Limits of the year in which this program was made; `--rule-pack` gives others.
const BUILT_IN: &str = include_str!("../docs/formats/rule-pack.sample.json");

/// What to quote.
#[derive(Clone, Debug, clap::Args)]
pub struct QuoteArguments {
    /// Amount in whole tenge.
    #[arg(long)]
    pub principal: u64,
    /// Percent a year.
    #[arg(long, required_unless_present = "daily_rate", conflicts_with = "daily_rate")]
    pub annual_rate: Option<String>,
    /// Percent a day.
    #[arg(long)]
    pub daily_rate: Option<String>,
    /// Instalments.
    #[arg(long, required_unless_present = "days", conflicts_with = "days")]
    pub months: Option<u16>,
    /// Term in days, for the single payment.
    #[arg(long)]
    pub days: Option<u16>,
    /// Way of repayment: annuity, differentiated or single.
    #[arg(long)]
    pub method: String,
    /// Day of payout, YYYY-MM-DD.
    #[arg(long)]
    pub issued: String,
    /// Rule pack with the limits to judge by.
    #[arg(long)]
    pub rule_pack: Option<std::path::PathBuf>,
}

/// Quotes.
///
/// # Errors
/// A text that says what is wrong with the terms.
pub fn make(arguments: &QuoteArguments) -> Result<Quote, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let pack = match &arguments.rule_pack {
        Some(path) => {
            std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?
        }
        None => BUILT_IN.to_owned(),
    };
    let pack: RulePack = serde_json::from_str(&pack).map_err(|error| text(&error))?;
    pack.validate().map_err(|error| text(&error))?;
    let rate = match (&arguments.annual_rate, &arguments.daily_rate) {
        (Some(rate), None) => Rate::Annual(rate.parse::<AnnualRate>().map_err(|error| text(&error))?),
        (None, Some(rate)) => Rate::Daily(rate.parse::<DailyRate>().map_err(|error| text(&error))?),
        (Some(_), Some(_)) | (None, None) => return Err("give one of --annual-rate and --daily-rate".into()),
    };
    let term = match (arguments.months, arguments.days) {
        (Some(months), None) => Term::Months(months),
        (None, Some(days)) => Term::Days(days),
        (Some(_), Some(_)) | (None, None) => return Err("give one of --months and --days".into()),
    };
    let method: Method = arguments.method.parse().map_err(|error| text(&error))?;
    let issued: Date =
        arguments.issued.parse().map_err(|_| "a date is written like 2026-01-15".to_owned())?;
    let principal = Tiyn::from_tenge(arguments.principal).map_err(|error| text(&error))?;
    let terms = Terms::new(principal, rate, term, method, issued);
    quote(&terms, &Limits::consumer(&pack.caps, pack.mrp_on(issued))).map_err(|error| text(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments() -> QuoteArguments {
        QuoteArguments {
            principal: 300_000,
            annual_rate: Some("36".into()),
            daily_rate: None,
            months: Some(12),
            days: None,
            method: "annuity".into(),
            issued: "2026-01-15".into(),
            rule_pack: None,
        }
    }

    #[test]
    fn a_quotation_is_the_published_sample() {
        let sample = include_str!("../docs/formats/quote.sample.json");
        let sample: serde_json::Value = serde_json::from_str(sample).unwrap();
        assert_eq!(serde_json::to_value(make(&arguments()).unwrap()).unwrap(), sample);
    }

    #[test]
    fn senseless_terms_are_told_apart() {
        let wrong = |change: fn(&mut QuoteArguments)| {
            let mut arguments = arguments();
            change(&mut arguments);
            make(&arguments).unwrap_err()
        };
        assert!(wrong(|a| a.method = "bullet".into()).contains("annuity, differentiated"));
        assert!(wrong(|a| a.issued = "15.01.2026".into()).contains("2026-01-15"));
        assert!(wrong(|a| a.annual_rate = Some("36,5".into())).contains("percent"));
        assert!(wrong(|a| a.principal = 0).contains("principal"));
        assert!(wrong(|a| a.months = Some(0)).contains("months"));
    }
}
