//! The proof that somebody living is there, by movements before the terminal's camera (R-135, B14).

use crate::Left;
use crate::borrower::{Borrower, expect, go_on_to};
use crate::people::BORROWER;
use crate::scene::{Act, Look, Scene, Stop};

/// Sum of the loan, tenge.
const SUM: u64 = 53_000;

/// So many sequences were tried.
fn tried(scene: &mut dyn Scene, times: u64) -> Result<(), Stop> {
    for rows in ["LivenessRequested", "LivenessPerformed"] {
        let found = scene.count(Look::Rows(rows))?;
        Stop::unless(found == times, || format!("{found} rows {rows}, not {times}"))?;
    }
    Ok(())
}

/// A first sequence that fails, and is done well after all.
pub(crate) fn second_try(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(SUM);
    scene.act(Act::Behave("late"))?;
    borrower.goes_to(scene, "Notice", "livingAgain")?;
    scene.picture("again")?;
    tried(scene, 1)?;
    scene.act(Act::Behave("obeys"))?;
    go_on_to(scene, "Camera", "")?;
    tried(scene, 2)?;
    borrower.borrows(scene)?;
    tried(scene, 2)?;
    Ok(Left::loan(SUM))
}

/// Three sequences that fail are the end: no portrait, no money.
pub(crate) fn never(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(SUM);
    scene.act(Act::Behave("ignores"))?;
    borrower.goes_to(scene, "Notice", "livingAgain")?;
    for (manner, then) in [("mirrored", "livingAgain"), ("wrongOrder", "advice")] {
        scene.act(Act::Behave(manner))?;
        scene.tap("primary")?;
        scene.wait_for("another sequence", &|shown| shown.detail != "livingAgain")?;
        expect(scene, "Notice", then)?;
        scene.picture(manner)?;
    }
    tried(scene, 3)?;
    for rows in ["FaceCaptured", "PayoutRequested"] {
        let found = scene.count(Look::Rows(rows))?;
        Stop::unless(found == 0, || format!("{rows} without a proof"))?;
    }
    scene.tap("primary")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    Ok(Left::NOTHING)
}
