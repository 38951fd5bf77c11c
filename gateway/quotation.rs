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
    #[arg(long, required_unless_present_any = ["daily_rate", "product"], conflicts_with = "daily_rate")]
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
    /// Way of repayment: annuity, differentiated, single or own.
    #[arg(long)]
    pub method: String,
    /// Product of the rule pack: its rate, counting of days and own method; its purpose decides on the limits.
    #[arg(long, conflicts_with_all = ["annual_rate", "daily_rate", "time_base"])]
    pub product: Option<String>,
    /// How days become parts of a year: 30/360, actual/365, actual/360 or actual/actual.
    #[arg(long)]
    pub time_base: Option<String>,
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
    let term = match (arguments.months, arguments.days) {
        (Some(months), None) => Term::Months(months),
        (None, Some(days)) => Term::Days(days),
        (Some(_), Some(_)) | (None, None) => return Err("give one of --months and --days".into()),
    };
    let method: Method = arguments.method.parse().map_err(|error| text(&error))?;
    let issued: Date =
        arguments.issued.parse().map_err(|_| "a date is written like 2026-01-15".to_owned())?;
    let principal = Tiyn::from_tenge(arguments.principal).map_err(|error| text(&error))?;
    if let Some(name) = &arguments.product {
        let product = pack.product(name).ok_or_else(|| format!("the rule pack has no product {name}"))?;
        let terms = product.terms(&pack.calendar, principal, term, method, issued);
        return quote(&terms, &pack.limits(product, issued)).map_err(|error| text(&error));
    }
    let mut terms = Terms::new(principal, rate(arguments)?, term, method, issued);
    if let Some(base) = &arguments.time_base {
        // The name is the one of the rule pack.
        terms.rules.time_base = serde_json::from_value(serde_json::Value::String(base.clone()))
            .map_err(|_| "the time base is 30/360, actual/365, actual/360 or actual/actual".to_owned())?;
    }
    quote(&terms, &Limits::consumer(&pack.caps, pack.mrp_on(issued))).map_err(|error| text(&error))
}

fn rate(arguments: &QuoteArguments) -> Result<Rate, String> {
    match (&arguments.annual_rate, &arguments.daily_rate) {
        (Some(rate), None) => rate.parse::<AnnualRate>().map(Rate::Annual).map_err(|error| error.to_string()),
        (None, Some(rate)) => rate.parse::<DailyRate>().map(Rate::Daily).map_err(|error| error.to_string()),
        (Some(_), Some(_)) | (None, None) => Err("give one of --annual-rate and --daily-rate".into()),
    }
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
            product: None,
            time_base: None,
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
    fn products_days_and_bases_are_quoted_too() {
        let short = QuoteArguments {
            principal: 100_000,
            annual_rate: None,
            months: None,
            days: Some(30),
            method: "single".into(),
            ..arguments()
        };
        let by_product = QuoteArguments { product: Some("short".into()), ..short.clone() };
        let by_rate = QuoteArguments { daily_rate: Some("0.28".into()), ..short };
        assert_eq!(make(&by_product), make(&by_rate));
        assert_eq!(make(&by_product).unwrap().schedule[0].total_tiyn.tiyn(), 10_840_000);
        let own = QuoteArguments {
            annual_rate: None,
            product: Some("large".into()),
            method: "own".into(),
            ..arguments()
        };
        let quoted = make(&own).unwrap();
        assert_eq!(quoted.schedule[2].principal_tiyn.tiyn(), 0);
        assert_eq!(quoted.schedule[3].principal_tiyn.tiyn(), 3_333_333);
        let based = |base: &str| {
            make(&QuoteArguments { time_base: Some(base.into()), ..arguments() })
                .map(|q| q.schedule[0].interest_tiyn.tiyn())
        };
        assert_eq!(based("30/360"), Ok(900_000));
        assert_eq!(based("actual/365"), Ok(917_260));
        assert_eq!(based("actual/360"), Ok(930_000));
        assert_eq!(based("actual/actual"), Ok(917_260));
        assert!(based("30/365").unwrap_err().contains("actual/360"));
        let none = QuoteArguments { product: Some("none".into()), ..own };
        assert!(make(&none).unwrap_err().contains("none"));
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
