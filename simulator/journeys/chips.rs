//! The chip of an identity document in a registration: read, of somebody else, forged.

use crate::borrower::{Borrower, cancels, expect, go_on_to, type_text};
use crate::people::{NEWCOMER, TRADER};
use crate::scene::{Act, Look, Scene, Stop};
use crate::{Journey, Left};

/// What is played, as the catalogue lists it.
pub(crate) const REGISTERED: Journey = Journey::new(
    "registration-by-chip",
    "a new client lays down an identity card, types no IIN and is registered",
    registered,
)
.of_cards()
.rules(&["R-020", "R-302"]);
pub(crate) const SOMEBODY_ELSES: Journey = Journey::new(
    "registration-chip-of-somebody-else",
    "documents of somebody else, over, or not on record with the state register nobody; typing is open all the time",
    somebody_elses,
)
.of_cards()
.rules(&["R-022", "R-127"]);
pub(crate) const FORGED: Journey = Journey::new(
    "registration-chip-forged",
    "a forged identity card is refused in words that tell nothing, before any consent and any camera",
    forged,
)
.of_cards()
.rules(&["R-127"]);

fn is_advised(scene: &mut dyn Scene) -> Result<(), Stop> {
    expect(scene, "Notice", "advice")?;
    scene.tap("primary")?;
    scene.act(Act::TakeCard)?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome").map(drop)
}

fn rows(scene: &mut dyn Scene, kind: &str, wanted: u64) -> Result<(), Stop> {
    let rows = scene.count(Look::Rows(kind))?;
    Stop::unless(rows == wanted, || format!("{rows} rows {kind}, not {wanted}"))
}

fn registered(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let trader = Borrower { document: "document", ..Borrower::registers(TRADER, "entrepreneur") };
    let shown = trader.goes_to(scene, "Notice", "chipOffer")?;
    Stop::unless(shown.can("primary") && shown.can("secondary"), || "no choice is left".to_owned())?;
    scene.picture("offer")?;
    // A chip that is not opened by what was typed asks for it again.
    scene.tap("primary")?;
    expect(scene, "Entry", "chipAccessNumber")?;
    type_text(scene, "654321")?;
    scene.tap("primary")?;
    expect(scene, "Notice", "chipLay")?;
    scene.act(Act::PutCard { person: &TRADER, kind: "document" })?;
    expect(scene, "Entry", "chipAccessNumberWrong")?;
    scene.picture("again")?;
    // From here without the IIN ever being typed.
    trader.goes_to(scene, "Notice", "isThisYou")?;
    scene.act(Act::TakeCard)?;
    trader.goes_to(scene, "Notice", "registered")?;
    scene.tap("secondary")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    rows(scene, "RegistrationRequested", 1)?;
    Ok(Left::NOTHING)
}

fn somebody_elses(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let newcomer = Borrower::registers(NEWCOMER, "individual");
    let reader = Borrower { document: "document", ..newcomer };
    // One that is over is sent back.
    reader.goes_to(scene, "Notice", "chipLay")?;
    scene.act(Act::PutCard { person: &NEWCOMER, kind: "document-expired" })?;
    expect(scene, "Notice", "chipProblem")?;
    scene.picture("expired")?;
    scene.act(Act::TakeCard)?;
    // Somebody else's, whose chip holds no IIN, does not go with this one's.
    scene.tap("primary")?;
    reader.goes_to(scene, "Notice", "chipLay")?;
    scene.act(Act::PutCard { person: &TRADER, kind: "document-noIin" })?;
    expect(scene, "Entry", "registerIin")?;
    type_text(scene, NEWCOMER.iin)?;
    scene.tap("primary")?;
    expect(scene, "Notice", "chipProblem")?;
    scene.picture("other-person")?;
    rows(scene, "RegistrationRequested", 0)?;
    scene.act(Act::TakeCard)?;
    // Typing is open, and asks for no document.
    scene.tap("secondary")?;
    expect(scene, "Entry", "registerIin")?;
    type_text(scene, NEWCOMER.iin)?;
    go_on_to(scene, "Notice", "consent")?;
    cancels(scene)?;
    scene.act(Act::Pass(10))?;
    // One that the state does not have on record registers nobody.
    Borrower { document: "document-otherNumber", ..newcomer }.goes_to(scene, "Notice", "advice")?;
    is_advised(scene)?;
    rows(scene, "FaceCaptured", 0)?;
    Ok(Left::NOTHING)
}

fn forged(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower { document: "document-forged", ..Borrower::registers(NEWCOMER, "individual") }
        .goes_to(scene, "Notice", "advice")?;
    scene.picture("refused")?;
    is_advised(scene)?;
    rows(scene, "RegistrationRequested", 1)?;
    for kind in ["ConsentDecided", "AccessRequested", "FaceCaptured"] {
        rows(scene, kind, 0)?;
    }
    Ok(Left::NOTHING)
}
