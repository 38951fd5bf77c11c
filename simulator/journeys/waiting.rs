//! A loan above the limit rests between its contract and its payout: confirmed after a day, or taken back (B6).

use crate::borrower::{Borrower, cancels, expect, leaves};
use crate::people::BORROWER;
use crate::scene::{Act, Look, Scene, Stop};
use crate::{Journey, Left};

/// A journey of the catalogue.
pub(crate) const PAID: Journey = Journey::new(
    "waiting-paid",
    "a loan above the limit rests for a day, is confirmed in another visit and paid out",
    paid,
)
.by_rules(RULES)
.of_days();

/// A journey of the catalogue.
pub(crate) const CANCELLED: Journey = Journey::new(
    "waiting-cancelled",
    "a loan that rests is taken back free of charge, and its client borrows another one",
    cancelled,
)
.by_rules(RULES);

/// Loans above 40 MRP of 4,325 tenge rest.
const RULES: &[(&str, &str)] = &[("/cooling_off/above_mrp", "40")];

/// A sum that rests, tenge, and one that does not.
const RESTS: u64 = 200_000;
const SMALL: u64 = 20_000;

const HOUR: u64 = 3_600;

/// Concludes a contract; the visit ends without money.
fn concludes(scene: &mut dyn Scene) -> Result<Borrower, Stop> {
    let borrower = Borrower::new(BORROWER).wants(RESTS);
    borrower.goes_to(scene, "Notice", "loanRests")?;
    scene.picture("loan-rests")?;
    leaves(scene)?;
    let asked = scene.count(Look::Rows("PayoutRequested"))?;
    Stop::unless(asked == 0, || "cash was asked for before the rest was over".to_owned())?;
    Ok(borrower)
}

pub(crate) fn paid(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = concludes(scene)?;
    scene.act(Act::Pass(22 * HOUR))?;
    let shown = borrower.goes_to(scene, "Choice", "waitingLoan")?;
    Stop::unless(!shown.can("option-confirm"), || "a loan is confirmed before its day is over".to_owned())?;
    cancels(scene)?;
    scene.act(Act::Pass(2 * HOUR))?;
    borrower.goes_to(scene, "Notice", "confirmTerms")?;
    scene.picture("terms")?;
    borrower.borrows(scene)?;
    let once = scene.count(Look::Rows("LoanConfirmed"))?;
    Stop::unless(once == 1, || format!("the loan was confirmed {once} times"))?;
    Ok(Left::loan(RESTS))
}

pub(crate) fn cancelled(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = concludes(scene)?;
    borrower.goes_to(scene, "Choice", "waitingLoan")?;
    scene.picture("waiting")?;
    scene.tap("option-cancel")?;
    expect(scene, "Notice", "cancelLoan")?;
    scene.tap("primary")?;
    expect(scene, "Notice", "loanCancelled")?;
    leaves(scene)?;
    // Nothing is owed, so the next loan is the only one, and below the limit it does not rest.
    borrower.wants(SMALL).borrows(scene)?;
    Ok(Left::loan(SMALL))
}
