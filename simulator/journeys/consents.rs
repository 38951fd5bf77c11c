//! Consents to state data that their owners take back in e-government (S004 p.16 to 21).

use crate::Left;
use crate::borrower::{Borrower, expect, go_on_to};
use crate::people::TRADER;
use crate::scene::{Act, Look, Scene, Stop};

/// A small loan, tenge.
const LENT: u64 = 20_000;
const HOUR: u64 = 3_600;

/// Rules under which one business day is time enough.
pub(crate) const SHORT: &[(&str, &str)] = &[("/deadlines/revocation", "1")];

const fn trader() -> Borrower {
    Borrower::registers(TRADER, "entrepreneur")
}

/// Whoever registered looks at their consents, and leaves.
fn looks_at_consents(scene: &mut dyn Scene, picture: &str) -> Result<(), Stop> {
    let visitor = Borrower { errand: "cabinet", ..Borrower::new(TRADER) };
    visitor.goes_to(scene, "Choice", "cabinet")?;
    scene.tap("option-consents")?;
    expect(scene, "Notice", "cabinetConsents")?;
    scene.picture(picture)?;
    scene.tap("cancel")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome").map(drop)
}

pub(crate) fn revoked(scene: &mut dyn Scene) -> Result<Left, Stop> {
    trader().goes_to(scene, "Notice", "beforePicture")?;
    scene.act(Act::TakesBack(&TRADER))?;
    scene.act(Act::DecidesOnConsent { keep: false })?;
    // The picture is taken, and with it the way ends: nothing is compared any more.
    trader().goes_to(scene, "Notice", "advice")?;
    scene.tap("primary")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    let concluded = scene.count(Look::Rows("RegistrationConcluded"))?;
    Stop::unless(concluded == 0, || "somebody was registered on a consent taken back".to_owned())?;
    Ok(Left::NOTHING)
}

pub(crate) fn refused(scene: &mut dyn Scene) -> Result<Left, Stop> {
    trader().goes_to(scene, "Notice", "registered")?;
    go_on_to(scene, "Choice", "loanPurpose")?;
    trader().goes_to(scene, "Amount", "")?;
    Borrower::new(TRADER).wants(LENT).borrows(scene)?;
    looks_at_consents(scene, "in-force")?;
    scene.act(Act::TakesBack(&TRADER))?;
    looks_at_consents(scene, "considered")?;
    // The loan is open: that is the ground, and nobody has to name it.
    scene.act(Act::DecidesOnConsent { keep: true })?;
    looks_at_consents(scene, "refused")?;
    Ok(Left::loan(LENT))
}

pub(crate) fn by_silence(scene: &mut dyn Scene) -> Result<Left, Stop> {
    trader().goes_to(scene, "Notice", "registered")?;
    scene.tap("secondary")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    scene.act(Act::TakesBack(&TRADER))?;
    scene.act(Act::Pass(37 * HOUR))?;
    looks_at_consents(scene, "revoked")?;
    Ok(Left::NOTHING)
}
