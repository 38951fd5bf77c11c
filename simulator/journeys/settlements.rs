//! Payouts in doubt settled at the screen: cash officers count what lies in the machine, and the lender closes the loan by it.

use crate::borrower::{Borrower, expect, leaves, loans_are_offered};
use crate::cash::leaves_anyhow;
use crate::exchanges::{answers, employs_officer, rows_are};
use crate::officers::{employs_second, shows_second};
use crate::people::{BORROWER, CASH_OFFICER};
use crate::scene::{Act, Look, Scene, Stop};
use crate::service::{finishes, opens_as, says, turn};
use crate::{Journey, Left};

/// Two notes of [`NOTE`].
const SUM: u64 = 20_000;
/// Face value of the notes in [`UNIT`], tenge.
const NOTE: u32 = 10_000;
/// Cassette that pays.
const UNIT: u8 = 1;

/// What is played, as the catalogue lists it.
pub(crate) const PAID: Journey = Journey::new(
    "service-uncertain-settled",
    "nobody knows whether notes left: two cash officers count, all were paid, the lender closes the loan and loans are offered again",
    paid,
)
.of_cards()
.rules(&["R-066", "R-128", "R-129"]);
pub(crate) const SHORT: Journey = Journey::new(
    "service-short-settled",
    "of a payout in doubt a part was paid, says the count: the borrower comes back for exactly the rest",
    short,
)
.of_cards()
.rules(&["R-055", "R-066", "R-128", "R-129"]);

pub(crate) const NOT_PAID: Journey = Journey::new(
    "service-uncertain-not-paid",
    "of a payout in doubt nothing was paid, says the count: the note on the way is put into the tray, and the borrower comes back for all of it",
    not_paid,
)
.of_cards()
.rules(&["R-055", "R-066", "R-128", "R-129"]);

/// A payout whose last counts are in doubt; its receipt says so, and nobody is paid any more.
fn is_in_doubt(scene: &mut dyn Scene, parameters: &'static str) -> Result<(), Stop> {
    scene.act(Act::Fault { device: "dispenser", fault: "exit_doubt", parameters })?;
    Borrower::new(BORROWER).wants(SUM).goes_to(scene, "ReadyToPay", "")?;
    scene.tap("primary")?;
    expect(scene, "Receipt", "Uncertain")?;
    leaves_anyhow(scene)?;
    loans_are_offered(scene, false)
}

/// Two officers before the payout.
fn open_it(scene: &mut dyn Scene) -> Result<(), Stop> {
    turn(scene, true)?;
    // The reader has been asked to look for a card before one comes.
    scene.act(Act::Pass(3))?;
    opens_as(scene, &CASH_OFFICER)?;
    scene.tap("option-settlement")?;
    shows_second(scene)?;
    says(scene, "settlementPayout")?;
    scene.act(Act::TakeCard)?;
    scene.tap("primary")
}

/// Counts what really lies there; what lay on the way is put into the tray.
fn counts(scene: &mut dyn Scene) -> Result<(), Stop> {
    let on_the_way = scene.count(Look::OnPath(NOTE))?;
    let rejected = scene.count(Look::InRejectTray(NOTE))?;
    let cassette = scene.count(Look::InCassette(UNIT))?;
    answers(scene, "settlementExit", &on_the_way.to_string())?;
    scene.act(Act::ClearPath)?;
    answers(scene, "settlementRejectUnit", &rejected.to_string())?;
    answers(scene, "settlementCassette", &cassette.to_string())
}

/// The count is confirmed, the lender settles, and the terminal lends again.
fn is_settled(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.tap("primary")?;
    says(scene, "settlementDone")?;
    rows_are(scene, &[("PayoutCounted", 1), ("PayoutSettled", 1), ("PayoutRequested", 1)])?;
    finishes(scene)?;
    loans_are_offered(scene, true)
}

/// Two officers count after a fault of the dispenser's exit, and what their count says is settled.
fn settles(scene: &mut dyn Scene, parameters: &'static str, verdict: &str) -> Result<(), Stop> {
    employs_officer(scene)?;
    employs_second(scene)?;
    is_in_doubt(scene, parameters)?;
    open_it(scene)?;
    counts(scene)?;
    says(scene, verdict)?;
    is_settled(scene)
}

fn not_paid(scene: &mut dyn Scene) -> Result<Left, Stop> {
    settles(scene, r#"{"times": 1, "after_notes": 0, "left": false}"#, "settlementNothing")?;
    let given = scene.count(Look::Given)?;
    Stop::unless(given == 0, || format!("{given} ₸ left the dispenser"))?;
    // The contract waits for its payout as one of which nothing was asked yet.
    let borrower = Borrower::new(BORROWER);
    borrower.goes_to(scene, "Choice", "waitingLoan")?;
    borrower.borrows(scene)?;
    rows_are(scene, &[("PayoutRequested", 2), ("PayoutEnded", 2), ("ContractAgreed", 1)])?;
    Ok(Left { receipts: 2, ..Left::loan(SUM) })
}

fn paid(scene: &mut dyn Scene) -> Result<Left, Stop> {
    settles(scene, r#"{"times": 1, "after_notes": 1, "left": true}"#, "settlementPaid")?;
    Ok(Left { given: SUM, booked: SUM, receipts: 1, ..Left::NOTHING })
}

fn short(scene: &mut dyn Scene) -> Result<Left, Stop> {
    settles(scene, r#"{"times": 1, "after_notes": 0, "left": true}"#, "settlementPart")?;
    // Exactly what is missing, after a face of its own.
    let borrower = Borrower::new(BORROWER);
    borrower.goes_to(scene, "Choice", "remainder")?;
    scene.tap("option-notes")?;
    borrower.goes_to(scene, "Receipt", "")?;
    leaves(scene)?;
    rows_are(scene, &[("PayoutRequested", 2), ("PayoutEnded", 2), ("ContractAgreed", 1)])?;
    Ok(Left { receipts: 2, ..Left::loan(SUM) })
}
