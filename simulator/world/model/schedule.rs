//! Decides when what is to be paid: the lender's own arithmetic of annuity, differentiated and single payments on the
//! 30/360 base (B3 of the requirements), in integers of tiyn, rounded half-up.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::lending::{LoanTerms, Method};

/// One instalment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instalment {
    /// From 1.
    pub no: u32,
    /// Due day, `YYYY-MM-DD`.
    pub date: String,
    /// Principal, tiyn.
    pub principal_tiyn: u64,
    /// Interest, tiyn.
    pub interest_tiyn: u64,
    /// What of it was paid, tiyn.
    pub paid_tiyn: u64,
}

/// Half-up.
#[must_use]
pub fn divide(numerator: u128, denominator: u128) -> u64 {
    let quotient =
        numerator.saturating_mul(2).saturating_add(denominator) / denominator.saturating_mul(2).max(1);
    u64::try_from(quotient).unwrap_or(u64::MAX)
}

/// Interest of a month on a balance; the rate in hundredths of a percent a year.
#[must_use]
pub fn month_of_interest(balance: u64, rate: u32) -> u64 {
    divide(u128::from(balance) * u128::from(rate), 120_000)
}

/// The level payment of an annuity.
#[must_use]
pub fn level(principal: u64, rate: u32, months: u32) -> u64 {
    const ONE: u128 = 1_000_000_000_000_000_000_000;
    let (mut factor, mut sum) = (ONE, 0_u128);
    for _ in 0..months {
        let (scaled, grown) = (factor * 120_000, 120_000 + u128::from(rate));
        factor = (scaled * 2 + grown) / (grown * 2);
        sum += factor;
    }
    divide(u128::from(principal) * ONE, sum)
}

/// Days between two dates of the form `YYYY-MM-DD`; 0 where one is none or the order is the other.
#[must_use]
pub fn days(from: &str, to: &str) -> u32 {
    let parse = |text: &str| text.parse::<Date>().ok();
    let (Some(from), Some(to)) = (parse(from), parse(to)) else { return 0 };
    from.until(to).ok().and_then(|span| u32::try_from(span.get_days()).ok()).unwrap_or(0)
}

/// The day of a moment that was moved to local time.
#[must_use]
pub fn date_of(local_ms: i64) -> String {
    let days = local_ms.div_euclid(super::DAY_MS);
    let epoch = jiff::civil::date(1970, 1, 1);
    let day = i32::try_from(days).ok().and_then(|days| epoch.checked_add(days.days()).ok());
    day.unwrap_or(epoch).to_string()
}

/// The day so many days later.
#[must_use]
pub fn plus_days(date: &str, days: u32) -> String {
    let later = date.parse::<Date>().ok().and_then(|date| date.checked_add(i64::from(days).days()).ok());
    later.map_or_else(|| date.to_owned(), |later| later.to_string())
}

/// A day that exists, of the form `YYYY-MM-DD`.
#[must_use]
pub fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

fn months_later(date: &str, months: u32) -> String {
    let later = date.parse::<Date>().ok().and_then(|date| date.checked_add(i64::from(months).months()).ok());
    later.map_or_else(|| date.to_owned(), |later| later.to_string())
}

/// The schedule of a loan of which so much was paid out.
#[must_use]
pub fn of(terms: &LoanTerms, paid_out: u64) -> Vec<Instalment> {
    let rate = terms.annual_rate_hundredths;
    let months = terms.months.unwrap_or(1).clamp(1, 120);
    let single = |date: String, interest_tiyn: u64| {
        vec![Instalment { no: 1, date, principal_tiyn: paid_out, interest_tiyn, paid_tiyn: 0 }]
    };
    if let Some(days) = terms.days {
        let interest = divide(u128::from(paid_out) * u128::from(rate) * u128::from(days), 3_650_000);
        return single(plus_days(&terms.issued, days), interest);
    }
    if terms.method == Method::Single {
        let interest = divide(u128::from(paid_out) * u128::from(rate) * u128::from(months), 120_000);
        return single(months_later(&terms.issued, months), interest);
    }
    let payment = match terms.method {
        Method::Annuity => Payment::Level(level(paid_out, rate, months)),
        // The table of the lender's own method is with the lender: here its parts are equal.
        Method::Differentiated | Method::Single | Method::Own => {
            Payment::Part(divide(u128::from(paid_out), u128::from(months)))
        }
    };
    let dates: Vec<String> = (1..=months).map(|month| months_later(&terms.issued, month)).collect();
    rest(paid_out, rate, payment, &dates, 1)
}

/// How the principal shrinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payment {
    /// The sum of principal and interest is this.
    Level(u64),
    /// The principal is this.
    Part(u64),
}

/// Instalments for a balance on these days; the last takes what there is, and none follows once it is returned.
#[must_use]
pub fn rest(balance: u64, rate: u32, payment: Payment, dates: &[String], first_no: u32) -> Vec<Instalment> {
    let mut balance = balance;
    let mut instalments = Vec::with_capacity(dates.len());
    for (index, date) in dates.iter().enumerate() {
        if balance == 0 {
            break;
        }
        let interest_tiyn = month_of_interest(balance, rate);
        let regular = match payment {
            Payment::Level(level) => level.saturating_sub(interest_tiyn),
            Payment::Part(part) => part,
        };
        let is_last = index + 1 == dates.len();
        let principal_tiyn = if is_last { balance } else { regular.min(balance) };
        balance = balance.saturating_sub(principal_tiyn);
        let no = first_no.saturating_add(u32::try_from(index).unwrap_or(u32::MAX));
        instalments.push(Instalment { no, date: date.clone(), principal_tiyn, interest_tiyn, paid_tiyn: 0 });
    }
    instalments
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn terms(principal: u64, rate: u32, months: u32, method: Method, issued: &str) -> LoanTerms {
        LoanTerms {
            loan_id: Uuid::from_u128(1),
            client_id: Uuid::from_u128(2),
            contract_number: "1".into(),
            principal_tiyn: principal,
            annual_rate_hundredths: rate,
            months: Some(months),
            days: None,
            method,
            issued: issued.into(),
            contract_sha256: "A".repeat(43),
        }
    }

    fn sums(terms: &LoanTerms) -> (Vec<u64>, Vec<u64>) {
        let schedule = of(terms, terms.principal_tiyn);
        schedule.iter().map(|one| (one.principal_tiyn, one.interest_tiyn)).unzip()
    }

    #[test]
    fn the_published_vectors_come_out_to_the_tiyn() {
        let annuity = terms(10_000_000, 3800, 6, Method::Annuity, "2026-03-02");
        let (principal, interest) = sums(&annuity);
        assert_eq!(principal, [1_539_518, 1_588_270, 1_638_565, 1_690_453, 1_743_984, 1_799_210]);
        assert_eq!(interest, [316_667, 267_915, 217_620, 165_732, 112_201, 56_975]);
        let differentiated = terms(10_000_000, 3800, 6, Method::Differentiated, "2026-03-02");
        let (principal, interest) = sums(&differentiated);
        assert_eq!(principal, [1_666_667, 1_666_667, 1_666_667, 1_666_667, 1_666_667, 1_666_665]);
        assert_eq!(interest, [316_667, 263_889, 211_111, 158_333, 105_556, 52_778]);
        assert_eq!(level(30_000_000, 3600, 12), 3_013_863);
        assert_eq!(level(12_000_000, 0, 12), 1_000_000);
    }

    #[test]
    fn a_month_without_the_day_ends_on_its_last() {
        let terms = terms(5_000_000, 2400, 3, Method::Annuity, "2026-01-31");
        let dates: Vec<String> = of(&terms, 5_000_000).into_iter().map(|one| one.date).collect();
        assert_eq!(dates, ["2026-02-28", "2026-03-31", "2026-04-30"]);
    }
}
