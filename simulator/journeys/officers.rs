//! Two cash officers at the service screen.

use crate::borrower::{CARD_PIN, type_text};
use crate::people::SECOND_OFFICER;
use crate::scene::{Act, Scene, Stop};

/// Number of the second cash officer, as rows name them.
const OTHER_NUMBER: &str = "c-011";

/// A second cash officer: from now on the lender wants two for cash.
pub(crate) fn employs_second(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.act(Act::StaffCard { person: &SECOND_OFFICER, staff: OTHER_NUMBER, role: "cashOfficer" })
}

/// The second card is asked for and shown; it stays in until the page after its PIN.
pub(crate) fn shows_second(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.wait_for("the second card", &|shown| shown.is("Notice", "serviceSecondCard"))?;
    scene.picture("second")?;
    // One card is out of the reader before another one comes.
    scene.act(Act::Pass(3))?;
    scene.act(Act::PutCard { person: &SECOND_OFFICER, kind: "own" })?;
    scene.wait_for("its PIN", &|shown| shown.is("Entry", "servicePin"))?;
    type_text(scene, CARD_PIN)?;
    scene.tap("primary")
}
