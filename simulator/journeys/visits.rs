//! Visits that go well, and those that go another way than straight on.

use crate::borrower::{Borrower, cancels, ends, expect, go_on_to, leaves, loans_are_offered, type_text};
use crate::people::{BORROWER, ELDER, SECOND};
use crate::scene::{Act, Look, Scene, Stop};
use crate::shows::Special;
use crate::{Journey, LOAN_TENGE, Left};

/// What is played, as the catalogue lists it.
pub(crate) const NOBODY_THERE: Journey =
    Journey::new("nobody-there", "nobody answers the question whether somebody is there", nobody_there)
        .rules(&["R-076"]);
pub(crate) const QUARANTINE: Journey = Journey::new(
    "quarantine",
    "the MFO stops the terminal during a visit and lets it work again",
    out_of_service,
)
.special(&[Special::Quarantine])
.rules(&["R-080"]);

pub(crate) fn first_loan(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER);
    borrower.goes_to(scene, "Schedules", "")?;
    for table in ["table-0", "table-1"] {
        scene.tap(table)?;
        scene.picture(table)?;
        scene.tap("close-table")?;
    }
    borrower.goes_to(scene, "ReadyToPay", "")?;
    borrower.takes_the_money(scene)?;
    scene.picture("printed")?;
    leaves(scene)?;
    Ok(Left::loan(LOAN_TENGE))
}

pub(crate) fn two_loans(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(ELDER).wants(20_000).borrows(scene)?;
    // The next person finds nothing of the one before: no language, no name, no half-typed number.
    Borrower::new(SECOND).wants(53_000).borrows(scene)?;
    Ok(Left { given: 73_000, booked: 73_000, receipts: 2, ..Left::NOTHING })
}

pub(crate) fn cancel(scene: &mut dyn Scene) -> Result<Left, Stop> {
    // Every visit goes one screen further than the one before.
    let last_screens =
        ["EnterIin", "EnterCode", "Amount", "Schedules", "Contract", "Camera", "Agree", "ReadyToPay"];
    for (visit, last) in last_screens.into_iter().enumerate() {
        // A code is sent five times a day.
        let person = if visit < 5 { BORROWER } else { SECOND };
        Borrower::new(person).goes_to(scene, last, "")?;
        cancels(scene)?;
    }
    Ok(Left::NOTHING)
}

pub(crate) fn language_change(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(20_000);
    borrower.goes_to(scene, "EnterIin", "")?;
    type_text(scene, "900514")?;
    for language in ["language-en", "language-ru", "language-kk"] {
        scene.tap(language)?;
    }
    // What was typed stays.
    type_text(scene, "300002")?;
    go_on_to(scene, "EnterCode", "")?;
    borrower.goes_to(scene, "Contract", "")?;
    scene.tap("language-ru")?;
    borrower.borrows(scene)?;
    Ok(Left::loan(20_000))
}

pub(crate) fn back_and_forth(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(20_000);
    borrower.goes_to(scene, "EnterCode", "")?;
    scene.tap("back")?;
    expect(scene, "EnterIin", "")?;
    // The first code was for the first time the IIN was typed.
    borrower.code(scene)?;
    borrower.goes_to(scene, "Schedules", "")?;
    scene.tap("back")?;
    expect(scene, "Amount", "")?;
    borrower.goes_to(scene, "Contract", "")?;
    scene.tap("back")?;
    expect(scene, "Schedules", "")?;
    borrower.goes_to(scene, "Camera", "StandStill")?;
    scene.tap("back")?;
    expect(scene, "Contract", "")?;
    borrower.goes_to(scene, "Agree", "")?;
    scene.tap("back")?;
    expect(scene, "Contract", "")?;
    borrower.borrows(scene)?;
    Ok(Left::loan(20_000))
}

pub(crate) fn double_taps(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(20_000);
    borrower.goes_to(scene, "Agree", "")?;
    scene.tap_twice("primary")?;
    expect(scene, "ReadyToPay", "")?;
    scene.tap_twice("primary")?;
    expect(scene, "Receipt", "")?;
    leaves(scene)?;
    for (kind, times) in [("ContractAgreed", 1), ("PayoutRequested", 1), ("PayoutEnded", 1)] {
        let rows = scene.count(Look::Rows(kind))?;
        Stop::unless(rows == times, || format!("{rows} rows {kind} after double taps"))?;
    }
    Ok(Left::loan(20_000))
}

pub(crate) fn another_code(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER);
    borrower.goes_to(scene, "EnterCode", "")?;
    let first = borrower.code(scene)?;
    scene.tap("resend")?;
    scene.wait_for("the number once more", &|shown| shown.screen == "EnterIin")?;
    borrower.goes_to(scene, "EnterCode", "")?;
    let second = borrower.code(scene)?;
    if first != second {
        type_text(scene, &first)?;
        go_on_to(scene, "EnterCode", "CodeWrong")?;
    }
    type_text(scene, &second)?;
    go_on_to(scene, "Amount", "")?;
    cancels(scene)?;
    Ok(Left::NOTHING)
}

pub(crate) fn late_code(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER);
    borrower.goes_to(scene, "EnterCode", "")?;
    let late = borrower.code(scene)?;
    // Somebody is there all the time, but the code's life of 120 s goes by.
    for digit in late.chars() {
        scene.act(Act::Pass(21))?;
        scene.tap(&format!("digit-{digit}"))?;
    }
    let shown = scene.see()?;
    Stop::unless(!shown.can("primary"), || "a code past its life can be sent".to_owned())?;
    scene.tap("resend")?;
    borrower.goes_to(scene, "Amount", "")?;
    cancels(scene)?;
    Ok(Left::NOTHING)
}

fn nobody_there(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER);
    borrower.goes_to(scene, "Amount", "")?;
    scene.act(Act::Pass(65))?;
    let shown = scene.see()?;
    Stop::unless(shown.still_there, || {
        format!("nobody is asked whether they are there on {}", shown.told())
    })?;
    scene.tap("stay")?;
    scene.wait_for("the question to go", &|shown| shown.screen == "Amount" && !shown.still_there)?;
    scene.act(Act::Pass(65))?;
    scene.wait_for("the end of the visit", &|shown| shown.is("End", "TimedOut"))?;
    leaves(scene)?;
    // The next person begins at the beginning.
    Borrower::new(SECOND).goes_to(scene, "EnterIin", "")?;
    cancels(scene)?;
    Ok(Left::NOTHING)
}

pub(crate) fn walked_away_after_the_money(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(20_000);
    borrower.goes_to(scene, "ReadyToPay", "")?;
    borrower.takes_the_money(scene)?;
    // Nobody touches "Done": the screen forgets by itself.
    scene.act(Act::Pass(30))?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    Ok(Left::loan(20_000))
}

fn out_of_service(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(BORROWER).goes_to(scene, "EnterIin", "")?;
    scene.act(Act::Activate(false))?;
    cancels_into(scene, "OutOfService")?;
    scene.act(Act::Activate(true))?;
    loans_are_offered(scene, true)?;
    let borrower = Borrower::new(SECOND).wants(20_000);
    borrower.borrows(scene)?;
    Ok(Left::loan(20_000))
}

/// Ends the visit; what comes after is no welcome.
fn cancels_into(scene: &mut dyn Scene, screen: &str) -> Result<(), Stop> {
    scene.tap("cancel")?;
    scene.wait_for("the end", &|shown| shown.is("End", "Cancelled"))?;
    scene.tap("primary")?;
    scene.wait_for(screen, &|shown| shown.screen == screen).map(drop)
}

pub(crate) fn cancelled_and_back(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(20_000);
    borrower.goes_to(scene, "Notice", "bureauSupply")?;
    // No decision can come before its person has left.
    scene.act(Act::StopGateway)?;
    borrower.goes_to(scene, "Waiting", "Decision")?;
    scene.tap("cancel")?;
    ends(scene, "Cancelled")?;
    scene.act(Act::StartGateway)?;
    scene.act(Act::Pass(5))?;
    let shown = scene.see()?;
    Stop::unless(shown.screen == "Welcome", || format!("{} after everybody has left", shown.told()))?;
    loans_are_offered(scene, true)?;
    borrower.borrows(scene)?;
    Ok(Left::loan(20_000))
}
