//! The proof that somebody living is there, on the client's own phone in the identification centre's application (B14).

use crate::Left;
use crate::borrower::{Borrower, expect, go_on_to};
use crate::people::{BORROWER, ENTREPRENEUR, Person};
use crate::scene::{Act, Look, Scene, Stop};

/// Rules that ask for it.
pub(crate) const ON_PHONES: &[(&str, &str)] = &[("/liveness/by", "\"phone\"")];

/// Sum of the loans, tenge.
const SUM: u64 = 53_000;
/// Longer than a code lives, seconds.
const CODE_LIFE: u64 = 190;

fn checks(scene: &mut dyn Scene, asked: u64) -> Result<(), Stop> {
    let rows = scene.count(Look::Rows("LivenessAwaited"))?;
    Stop::unless(rows == asked, || format!("{rows} checks on phones were waited for, not {asked}"))
}

fn no_face_no_money(scene: &mut dyn Scene) -> Result<(), Stop> {
    for rows in ["FaceCaptured", "PayoutRequested"] {
        let found = scene.count(Look::Rows(rows))?;
        Stop::unless(found == 0, || format!("{rows} without a proof"))?;
    }
    Ok(())
}

/// What it needs was read, and the code is on the screen.
fn is_shown_the_code(scene: &mut dyn Scene) -> Result<Borrower, Stop> {
    let borrower = Borrower::new(BORROWER).wants(SUM);
    borrower.goes_to(scene, "Notice", "livingBeforePhone")?;
    scene.picture("before-phone")?;
    go_on_to(scene, "Notice", "livingPhone")?;
    checks(scene, 1)?;
    Ok(borrower)
}

fn uses_the_phone(scene: &mut dyn Scene, person: &Person, manner: &str) -> Result<(), Stop> {
    scene.act(Act::Scan { person, manner })
}

pub(crate) fn confirmed(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = is_shown_the_code(scene)?;
    no_face_no_money(scene)?;
    borrower.borrows(scene)?;
    checks(scene, 1)?;
    Ok(Left::loan(SUM))
}

pub(crate) fn refused(scene: &mut dyn Scene) -> Result<Left, Stop> {
    is_shown_the_code(scene)?;
    let tries = [(&BORROWER, "declines"), (&ENTREPRENEUR, "confirms")];
    for (person, manner) in tries {
        uses_the_phone(scene, person, manner)?;
        expect(scene, "Notice", "livingPhoneAgain")?;
        scene.picture(manner)?;
        go_on_to(scene, "Notice", "livingPhone")?;
    }
    // Three that show nothing are the end.
    uses_the_phone(scene, &BORROWER, "fails")?;
    expect(scene, "Notice", "advice")?;
    scene.picture("three-failed")?;
    checks(scene, 3)?;
    no_face_no_money(scene)?;
    scene.tap("primary")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    Ok(Left::NOTHING)
}

pub(crate) fn expired(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = is_shown_the_code(scene)?;
    scene.act(Act::Pass(CODE_LIFE))?;
    expect(scene, "Notice", "livingPhoneAgain")?;
    scene.picture("code-expired")?;
    no_face_no_money(scene)?;
    go_on_to(scene, "Notice", "livingPhone")?;
    borrower.borrows(scene)?;
    checks(scene, 2)?;
    Ok(Left::loan(SUM))
}
