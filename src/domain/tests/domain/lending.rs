//! B0 to B6, B11, B21: arithmetic and limits.

use std::collections::BTreeSet;

use senim_domain::Tiyn;
use senim_domain::calendar::days_between;
use senim_domain::cash::{Denomination, UnitNo, UnitStock};
use senim_domain::debt::{Debt, DebtPart};
use senim_domain::debt_burden::{self, Verdict};
use senim_domain::gesv::{self, Gesv};
use senim_domain::loan::{Method, Rate, Term, Terms, schedule};
use senim_domain::mix::{Mix, MixError, mix};
use senim_domain::quote::{CreditKind, Limits, quote};
use senim_domain::rate::DailyRate;
use senim_domain::rule_pack::{CapRule, PayoutMethod, Purpose, RulePack};
use senim_domain::time::UtcMillis;
use serde_json::Value;

use crate::vectors::{date, file, list, money, number, text};

fn pack() -> RulePack {
    serde_json::from_value(file("../../docs/formats/rule-pack.sample")).unwrap()
}

/// Four decimals of the value, half-up, as Part B prints it.
fn four(gesv: Gesv) -> String {
    let units = (gesv.units() + 5_000) / 10_000;
    format!("{}.{:04}", units / 10_000, units % 10_000)
}

fn by_days(vector: &Value, percent: &str, issued: jiff::civil::Date) -> Terms<'static> {
    let rate = Rate::Daily(percent.parse().unwrap());
    let principal = money(&vector["principal"]);
    Terms::new(principal, rate, Term::Days(number(vector, "days")), Method::Single, issued)
}

#[test]
fn parameters_of_b0_b5_b6_b21_and_the_timers_stand_in_the_sample_pack() {
    let sample = file("../../docs/formats/rule-pack.sample");
    let vectors = file("parameters");
    let pointers = vectors["pointers"].as_object().unwrap();
    assert!(pointers.len() > 30);
    for (pointer, value) in pointers {
        assert_eq!(sample.pointer(pointer), Some(value), "{pointer}");
    }
}

#[test]
fn single_payments_of_b1_1_hold_with_their_limits() {
    let (vectors, pack) = (file("single_payment"), pack());
    let issued = date(&vectors, "issued");
    let limits = Limits::consumer(&pack.caps, money(&vectors["mrp"]));
    for vector in list(&vectors, "vectors") {
        let quoted = quote(&by_days(vector, text(vector, "daily_percent"), issued), &limits).unwrap();
        assert_eq!(quoted.schedule[0].total_tiyn, money(&vector["repayment"]), "{vector}");
        assert_eq!(four(quoted.gesv_exact), text(vector, "gesv_exact"), "{vector}");
        assert_eq!(quoted.gesv_shown, text(vector, "gesv_shown"), "{vector}");
        assert_eq!(quoted.caps.kind, CreditKind::Short);
        let (daily, gesv) = (vector["daily_within"].as_bool(), vector["gesv_within"].as_bool().unwrap());
        assert_eq!((quoted.caps.daily_rate_within, quoted.caps.gesv_within), (daily, gesv), "{vector}");
        assert_eq!(quoted.caps.within, daily == Some(true) && gesv, "{vector}");
    }
    // The table is rounded to five places, so the true limit lies within one unit of it, on either side.
    for vector in list(&vectors, "largest_daily_rate_within_179") {
        let limit: DailyRate = text(vector, "percent").parse().unwrap();
        let within = |units| {
            let rate = Rate::Daily(DailyRate::from_units(units).unwrap());
            let principal = Tiyn::from_tenge(194_000).unwrap();
            let terms =
                Terms::new(principal, rate, Term::Days(number(vector, "days")), Method::Single, issued);
            quote(&terms, &limits).unwrap().caps.gesv_within
        };
        assert!(within(limit.units() - 1), "{vector}: just below");
        assert!(!within(limit.units() + 1), "{vector}: just above");
    }
}

#[test]
fn effective_rates_of_b1_2_hold() {
    for vector in list(&file("gesv"), "vectors") {
        let payments: Vec<gesv::Flow> = list(vector, "payments")
            .iter()
            .map(|pair| (u32::try_from(pair[0].as_u64().unwrap()).unwrap(), money(&pair[1])))
            .collect();
        let gesv = gesv::gesv(&[(0, money(&vector["lent"]))], &payments).unwrap();
        assert_eq!(
            (four(gesv).as_str(), gesv.shown().as_str()),
            (text(vector, "exact"), text(vector, "shown"))
        );
    }
}

#[test]
fn limits_of_b2_hold_in_each_year_and_by_each_rule() {
    let (vectors, mut pack) = (file("caps"), pack());
    for vector in list(&vectors, "mrp_limits") {
        for year in [2024_i16, 2025, 2026] {
            let limit = pack.mrp_times(number(vector, "count"), jiff::civil::date(year, 6, 1));
            assert_eq!(limit, money(&vector[year.to_string()]), "{vector} {year}");
        }
    }
    let issued = jiff::civil::date(2026, 1, 15);
    for vector in list(&vectors, "ordinary") {
        let rate = Rate::Annual(text(vector, "annual_percent").parse().unwrap());
        let principal = Tiyn::from_tenge(300_000).unwrap();
        let terms = Terms::new(principal, rate, Term::Months(12), Method::Annuity, issued);
        for (rule, name) in [(CapRule::Strict, "strict"), (CapRule::Rounded, "rounded")] {
            pack.caps.rule = rule;
            let quoted = quote(&terms, &Limits::consumer(&pack.caps, pack.mrp_on(issued))).unwrap();
            assert_eq!(four(quoted.gesv_exact), text(vector, "exact"));
            assert_eq!(quoted.caps.kind, CreditKind::Ordinary);
            assert_eq!(Some(quoted.caps.within), vector[name].as_bool(), "{vector} {name}");
        }
    }
    for vector in list(&vectors, "kind") {
        let limits = Limits::consumer(&pack.caps, pack.mrp_on(issued));
        let quoted = quote(&by_days(vector, "0.01", issued), &limits).unwrap();
        let kind = if text(vector, "kind") == "short" { CreditKind::Short } else { CreditKind::Ordinary };
        assert_eq!(quoted.caps.kind, kind, "{vector}");
        let business = Limits { purpose: Purpose::Business, ..limits };
        let quoted = quote(&by_days(vector, "0.01", issued), &business).unwrap();
        assert_eq!(quoted.caps.kind, CreditKind::Ordinary, "the short limits are those of individuals");
    }
}

#[test]
fn schedules_of_b3_4_match_to_the_tiyn() {
    for vector in list(&file("schedules"), "vectors") {
        let name = text(vector, "name");
        let rate = Rate::Annual(text(vector, "annual_percent").parse().unwrap());
        let method: Method = text(vector, "method").parse().unwrap();
        let (principal, issued) = (money(&vector["principal"]), date(vector, "issued"));
        let terms = Terms::new(principal, rate, Term::Months(number(vector, "months")), method, issued);
        let schedule = schedule(&terms).unwrap();
        let rows = list(vector, "rows");
        assert_eq!(schedule.instalments.len(), rows.len(), "{name}");
        for (instalment, row) in schedule.instalments.iter().zip(rows) {
            assert_eq!(instalment.date.to_string(), row[0].as_str().unwrap(), "{name}");
            if let Some(days) = row[1].as_u64() {
                assert_eq!(u64::from(days_between(issued, instalment.date)), days, "{name}");
            }
            let got = [
                instalment.total_tiyn,
                instalment.principal_tiyn,
                instalment.interest_tiyn,
                instalment.balance_tiyn,
            ];
            assert_eq!(got, [2, 3, 4, 5].map(|column| money(&row[column])), "{name} {row}");
        }
        assert_eq!(schedule.total().unwrap(), money(&vector["total"]), "{name}");
        assert_eq!(schedule.overpayment().unwrap(), money(&vector["overpayment"]), "{name}");
        let gesv = gesv::of_schedule(&schedule).unwrap();
        let units = (gesv.units() + 50) / 100;
        let six = format!("{}.{:06}", units / 1_000_000, units % 1_000_000);
        assert_eq!(
            (six.as_str(), gesv.shown().as_str()),
            (text(vector, "gesv_exact"), text(vector, "gesv_shown"))
        );
    }
}

#[test]
fn penalties_and_allocation_of_b3_5_match_to_the_tiyn() {
    let (vectors, pack) = (file("penalty"), pack());
    let (principal, overdue) = (money(&vectors["principal"]), money(&vectors["overdue"]));
    for vector in list(&vectors, "vectors") {
        let mut rules = pack.penalty;
        rules.no_consumer_penalty_later = vector["no_penalty_after_90"].as_bool().unwrap();
        let penalty =
            rules.penalty(overdue, number(vector, "days"), principal, 1, Purpose::Consumer).unwrap();
        assert_eq!(penalty, money(&vector["penalty"]), "{vector}");
    }
    let vectors = &vectors["allocation"];
    let order: Vec<DebtPart> = serde_json::from_value(vectors["order"].clone()).unwrap();
    let owed = |name: &str| money(&vectors["debt"][name]);
    let debt = Debt {
        overdue_principal_tiyn: owed("overdue_principal"),
        overdue_interest_tiyn: owed("overdue_interest"),
        penalty_tiyn: owed("penalty"),
        principal_tiyn: owed("principal"),
        interest_tiyn: owed("interest"),
        ..Debt::default()
    };
    for vector in list(vectors, "payments") {
        let (mut left, amount) = (debt, money(&vector["amount"]));
        let went = left.pay(amount, &order).unwrap();
        let got = [went.interest_tiyn, went.principal_tiyn, went.penalty_tiyn, went.rest_tiyn];
        let expected = ["interest", "principal", "penalty", "rest"].map(|name| money(&vector[name]));
        assert_eq!(got, expected, "{vector}");
        let settled = debt.due().unwrap().minus(left.due().unwrap()).unwrap();
        assert_eq!(settled.plus(went.rest_tiyn).unwrap(), amount, "{vector}");
    }
}

#[test]
fn debt_burdens_of_b5_are_judged_exactly_and_never_divided_by_nothing() {
    let vectors = file("debt_burden");
    let limit = number(&vectors, "limit_hundredths");
    assert_eq!(pack().debt_burden.limit_hundredths, limit);
    for vector in list(&vectors, "vectors") {
        let [income, existing, new] = ["income", "existing", "new"].map(|name| money(&vector[name]));
        let verdict = match text(vector, "verdict") {
            "within" => Verdict::Within,
            "above" => Verdict::Above,
            "undefined" => Verdict::Undefined,
            other => panic!("{other}"),
        };
        assert_eq!(debt_burden::judge(income, existing, new, limit), Ok(verdict), "{vector}");
        let shown = debt_burden::hundredths(income, existing, new).unwrap();
        assert_eq!(shown.map(u64::from), vector["hundredths"].as_u64(), "{vector}");
    }
}

#[test]
fn the_delay_of_b6_begins_above_75_mrp_of_one_day_and_ends_to_the_second() {
    let (vectors, pack) = (file("cooling_off"), pack());
    let june = jiff::civil::date(2026, 6, 1);
    assert_eq!(pack.mrp_on(june), money(&vectors["mrp"]));
    for vector in list(&vectors, "sums") {
        let of_the_day = Tiyn::sum(list(vector, "loans_of_the_day").iter().map(money)).unwrap();
        let hours = pack.cooling_off_hours(of_the_day, june, "large", PayoutMethod::Cash);
        assert_eq!(Some(hours.is_some()), vector["rests"].as_bool(), "{vector}");
        assert!(hours.is_none_or(|hours| u64::from(hours) == vectors["hours"].as_u64().unwrap()));
    }
    let at = |value: &Value| -> UtcMillis {
        let moment: jiff::Timestamp = value.as_str().unwrap().parse().unwrap();
        UtcMillis(moment.as_millisecond())
    };
    let times = &vectors["times"];
    let ends = pack.cooling_off.ends(at(&times["signed"]));
    assert_eq!(ends, at(&times["first_confirmation"]));
    for asked in list(times, "asked") {
        assert_eq!(Some(at(&asked["at"]) >= ends), asked["allowed"].as_bool(), "{asked}");
    }
}

#[test]
fn note_mixes_of_b11_are_found_where_a_greedy_choice_fails() {
    let pairs = |value: &Value| -> Vec<(u32, u32)> { serde_json::from_value(value.clone()).unwrap() };
    for vector in list(&file("note_mixes"), "vectors") {
        let unit = |(no, (face, notes)): (u8, (u32, u32))| UnitStock {
            unit: UnitNo(no),
            denomination: Denomination(face),
            notes,
        };
        let stock: Vec<UnitStock> = (1..).zip(pairs(&vector["units"])).map(unit).collect();
        let found = mix(money(&vector["amount"]), &stock, Mix::MinimumBills)
            .map(|requests| requests.iter().map(|r| (r.denomination.0, r.notes)).collect::<Vec<_>>());
        let expected =
            if vector["mix"].is_null() { Err(MixError::Impossible) } else { Ok(pairs(&vector["mix"])) };
        assert_eq!(found, expected, "{vector}");
    }
}

#[test]
fn notes_of_b11_are_taken_up_to_the_last_day_of_their_series() {
    let rules = pack().repayment;
    for vector in list(&file("note_mixes"), "series") {
        let note = Denomination(number(vector, "denomination"));
        let taken = rules.takes(note, text(vector, "series"), date(vector, "on"));
        assert_eq!(Some(taken), vector["taken"].as_bool(), "{vector}");
    }
    let values: BTreeSet<u32> =
        rules.denominations(jiff::civil::date(2026, 1, 1)).iter().map(|d| d.0).collect();
    assert_eq!(values, [500, 1_000, 2_000, 5_000, 10_000, 20_000].into());
}
