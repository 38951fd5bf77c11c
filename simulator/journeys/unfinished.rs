//! Applications that are interrupted, and what becomes of them at the next login.

use crate::Left;
use crate::borrower::{Borrower, cancels};
use crate::people::{BORROWER, SECOND};
use crate::scene::{Act, Look, Scene, Stop};

/// A small loan, tenge.
const LENT: u64 = 20_000;
const DAY: u64 = 86_400;

/// Consents, sheets of answers and texts so far.
fn asked(scene: &mut dyn Scene) -> Result<[u64; 3], Stop> {
    let mut count = |kind| scene.count(Look::Rows(kind));
    Ok([count("ConsentDecided")?, count("QuestionsAnswered")?, count("TextAcknowledged")?])
}

fn goes_on(scene: &mut dyn Scene, borrower: &Borrower) -> Result<(), Stop> {
    borrower.goes_to(scene, "Choice", "unfinished")?;
    scene.picture("unfinished")?;
    scene.tap("option-go-on")
}

pub(crate) fn after_a_power_cut(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(LENT);
    borrower.goes_to(scene, "Notice", "payments")?;
    scene.read_to_the_end()?;
    scene.tap("primary")?;
    scene.act(Act::Restart { with_dispenser: false })?;
    goes_on(scene, &borrower)?;
    borrower.goes_to(scene, "Schedules", "")?;
    // Two consents and one sheet of answers, once over both visits; of the texts, the one whose row had not left the
    // terminal is read again.
    let said = asked(scene)?;
    Stop::unless(said == [2, 1, 4], || format!("consents, answers and texts: {said:?}"))?;
    borrower.borrows(scene)?;
    Ok(Left::loan(LENT))
}

pub(crate) fn after_the_choice(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(SECOND).wants(LENT);
    borrower.goes_to(scene, "Contract", "")?;
    cancels(scene)?;
    let said = asked(scene)?;
    goes_on(scene, &borrower)?;
    // The draft is not chosen twice; how the money is paid is asked of each visit.
    let shown = scene.wait_for("the contract", &|shown| {
        shown.is("Choice", "payoutWay") || matches!(shown.screen.as_str(), "Contract" | "Schedules" | "End")
    })?;
    Stop::unless(!matches!(shown.screen.as_str(), "Schedules" | "End"), || {
        format!("there is {}", shown.told())
    })?;
    borrower.goes_to(scene, "Contract", "")?;
    cancels(scene)?;
    scene.act(Act::Pass(DAY))?;
    goes_on(scene, &borrower)?;
    let shown = scene.wait_for("the drafts of today", &|shown| {
        matches!(shown.screen.as_str(), "Contract" | "Schedules" | "End")
    })?;
    Stop::unless(shown.screen == "Schedules", || format!("there is {}", shown.told()))?;
    let now = asked(scene)?;
    Stop::unless(now == said, || format!("asked again: {said:?}, then {now:?}"))?;
    borrower.borrows(scene)?;
    Ok(Left::loan(LENT))
}

pub(crate) fn anew(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(SECOND).wants(LENT);
    borrower.goes_to(scene, "Schedules", "")?;
    cancels(scene)?;
    let before = asked(scene)?;
    borrower.goes_to(scene, "Choice", "unfinished")?;
    scene.tap("option-anew")?;
    borrower.borrows(scene)?;
    let after = asked(scene)?;
    let twice = before.map(|count| count * 2);
    Stop::unless(after == twice, || format!("asked {before:?}, then {after:?} in all"))?;
    Ok(Left::loan(LENT))
}
