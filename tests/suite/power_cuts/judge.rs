//! What must hold after a cut and a restart: verdicts, books, the notes themselves, the gateway's copy, the chain.

use std::collections::BTreeMap;

use senim_simulator::stage::EXCHANGE;
use senim_simulator::wait::{Look, until};
use serde_json::{Value, json};

use super::scene::{LOAN_TENGE, Notes, Scene, Seen};
use crate::trail;

/// What a row says of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Certainly no note left.
    NotDispensed,
    /// All notes left.
    Dispensed,
    /// Nobody can know.
    Uncertain,
}

impl Verdict {
    /// The verdict that an outcome's row tells.
    pub fn told(outcome: &Value) -> Self {
        let all = [Self::NotDispensed, Self::Dispensed, Self::Uncertain];
        let told = all.into_iter().find(|verdict| outcome["result"] == verdict.code());
        told.unwrap_or_else(|| panic!("no fault was set, so no bundle is partial: {outcome}"))
    }

    const fn code(self) -> &'static str {
        match self {
            Self::NotDispensed => "notDispensed",
            Self::Dispensed => "dispensed",
            Self::Uncertain => "uncertain",
        }
    }
}

/// Compares what the terminal has written with `expected` and with what the dispenser did.
pub fn judge(scene: &mut Scene, before: &Seen, expected: &[Verdict]) {
    let status = scene.settled();
    let after = scene.seen();
    assert_eq!(
        &after, before,
        "after a restart nothing moves and no command that could move anything is sent"
    );

    let rows = trail::at_terminal(&scene.stage.folders().work);
    let of_kind = |kind| trail::of_kind(&rows, kind);
    assert_eq!(of_kind("PayoutRequested").count(), 1);
    let armed = of_kind("PayoutArmed").count() as u64;
    assert!(before.dispenses() <= armed, "{} DISPENSE for {armed} armed bundles", before.dispenses());

    let results: Vec<&str> =
        of_kind("PayoutOutcome").map(|outcome| outcome["result"].as_str().unwrap()).collect();
    let wanted: Vec<&str> = expected.iter().map(|verdict| verdict.code()).collect();
    assert_eq!(results, wanted, "verdicts on the bundles");

    let mut counted = Notes::new();
    for outcome in of_kind("PayoutOutcome").filter(|outcome| outcome["result"] != "uncertain") {
        let intended =
            of_kind("PayoutIntended").find(|intended| intended["bundle"] == outcome["bundle"]).unwrap();
        let units = denominations(intended);
        for unit in outcome["units"].as_array().unwrap() {
            let notes = unit["distributed"].as_u64().unwrap();
            if notes > 0 {
                *counted.entry(units[&unit["unit"].as_u64().unwrap()]).or_default() += notes;
            }
        }
    }

    let ended: Vec<&Value> = of_kind("PayoutEnded").collect();
    assert_eq!(ended.len(), 1, "one end of the request: {ended:#?}");
    let uncertain = expected.last() == Some(&Verdict::Uncertain);
    let sum: u64 = worth(&counted);
    let result = match (uncertain, sum) {
        (true, _) => "uncertain",
        (false, 0) => "nothing",
        (false, LOAN_TENGE) => "paid",
        (false, _) => "short",
    };
    assert_eq!(ended[0]["result"], result);
    assert_eq!(ended[0]["distributed_tiyn"], json!(sum * 100));
    assert_eq!(listed(&ended[0]["distributed"]), counted);

    let books = books(&status.books);
    let mut missing = 0;
    for (denomination, account) in &books {
        let left = after.exited.get(denomination).copied().unwrap_or_default();
        assert_eq!(account.distributed, counted.get(denomination).copied().unwrap_or_default());
        let doubt = left.checked_sub(account.distributed).expect("no more is booked than has left");
        assert!(doubt <= account.uncertain, "{denomination} ₸: {left} left, the books say {account:?}");
        missing += account.uncertain;
    }
    assert_eq!(
        missing > 0,
        uncertain,
        "the books hold something in doubt exactly when a verdict does: {books:?}"
    );

    let stopped = of_kind("CashServiceChanged").any(|change| change["available"] == json!(false));
    assert_eq!(stopped, uncertain, "cash service stops exactly when a verdict is uncertain");
    assert_eq!(status.no_loan == json!("cashStopped"), uncertain, "no loan is offered: {}", status.no_loan);
    the_lender_has_booked(scene, sum);

    assert_eq!(
        trail::at_gateway(&scene.stage.folders().work),
        trail::places(&rows),
        "each row is at the gateway, once"
    );
    let loan = trail::loan_at_gateway(&scene.stage.folders().work);
    assert_eq!(loan["suspect"], json!(uncertain), "a loan in doubt is frozen, no other is");
    assert_eq!((&loan["paid"], &loan["live"]), (&json!(sum * 100), &Value::Null), "{loan}");

    let config = scene.stage.folders().firmware_config().display().to_string();
    let verified = scene.stage.firmware_command(&["journal", "verify", "--config", &config]).unwrap();
    assert_eq!(verified["verified"], json!(true), "{verified}");
}

/// The lender's books have one loan, and on it what was counted out, as one payout at most.
fn the_lender_has_booked(scene: &Scene, tenge: u64) {
    let world = scene.stage.world().unwrap();
    let booked = until("the lender to book what was paid", EXCHANGE, || {
        let loans = world.loans()?;
        let there = loans.iter().all(|loan| loan["paid_out_tiyn"] == json!(tenge * 100));
        Ok(if there { Look::There(loans) } else { Look::NotYet(format!("{loans:?}")) })
    });
    let booked = booked.unwrap();
    assert_eq!(booked.len(), 1, "{booked:?}");
    let payouts = booked[0]["payouts"].as_array().unwrap();
    assert_eq!(payouts.len(), usize::from(tenge > 0), "{booked:?}");
}

/// Denominations of an intent's cassettes.
fn denominations(intended: &Value) -> BTreeMap<u64, u32> {
    let units = intended["mix"].as_array().unwrap().iter();
    units.map(|unit| (unit["unit"].as_u64().unwrap(), denomination(&unit["denomination"]))).collect()
}

/// Notes as rows list them.
fn listed(counts: &Value) -> Notes {
    let counts = counts.as_array().unwrap().iter();
    counts.map(|count| (denomination(&count["denomination"]), count["notes"].as_u64().unwrap())).collect()
}

fn denomination(value: &Value) -> u32 {
    u32::try_from(value.as_u64().unwrap()).unwrap()
}

fn worth(notes: &Notes) -> u64 {
    notes.iter().map(|(denomination, count)| u64::from(*denomination) * count).sum()
}

/// What the books say of a denomination that went out.
#[derive(Debug)]
struct Account {
    distributed: u64,
    uncertain: u64,
}

fn books(books: &Value) -> BTreeMap<u32, Account> {
    let accounts = books["denominations"].as_object().unwrap().iter();
    let account = |sums: &Value| Account {
        distributed: sums["distributed"].as_u64().unwrap(),
        uncertain: sums["uncertain"].as_u64().unwrap(),
    };
    accounts.map(|(denomination, sums)| (denomination.parse().unwrap(), account(sums))).collect()
}
