//! Clients whose personal data spread: measures before anything is done for them, and before the money.

use crate::borrower::{Borrower, expect, leaves};
use crate::people::BORROWER;
use crate::scene::{Act, Answers, Look, Scene, Stop};
use crate::{Journey, Left};

/// What is played, as the catalogue lists it.
pub(crate) const INTRUDED: Journey = Journey::new(
    "account-entered-by-somebody-else",
    "the lender found somebody else in a client's account: the client reads of it before anything, once",
    intruded,
)
.rules(&["R-081"]);

/// What is borrowed, tenge.
const LENT: u64 = 20_000;

/// Somebody whose data leaked comes for a loan and sees the notice first.
fn comes(scene: &mut dyn Scene) -> Result<Borrower, Stop> {
    scene.act(Act::Leak(&BORROWER))?;
    let borrower = Borrower::new(BORROWER).wants(LENT);
    borrower.goes_to(scene, "Notice", "leakNotice")?;
    scene.picture("notice")?;
    Ok(borrower)
}

/// The measures take their way; the visit ends with this advice and nothing is borrowed.
fn ends_with(scene: &mut dyn Scene, advice: &str) -> Result<Left, Stop> {
    let borrower = comes(scene)?;
    borrower.goes_to(scene, "Notice", advice)?;
    scene.picture("end")?;
    leaves(scene)?;
    let applied = scene.count(Look::Rows("ApplicationSubmitted"))?;
    Stop::unless(applied == 0, || "an application was made before the measures".to_owned())?;
    Ok(Left::NOTHING)
}

/// How often somebody was called.
fn calls(scene: &mut dyn Scene, wanted: u64) -> Result<(), Stop> {
    let asked = scene.count(Look::Rows("CheckCallAsked"))?;
    Stop::unless((asked > 0) == (wanted > 0), || format!("the outcome of a call was asked {asked} times"))
}

pub(crate) fn whole_way(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = comes(scene)?;
    borrower.goes_to(scene, "Notice", "leakCall")?;
    scene.picture("call")?;
    borrower.borrows(scene)?;
    calls(scene, 1)?;
    let faces = scene.count(Look::Rows("FaceCaptured"))?;
    Stop::unless(faces == 2, || format!("{faces} pictures for the measures and the contract"))?;
    Ok(Left::loan(LENT))
}

pub(crate) fn cabinet_too(scene: &mut dyn Scene) -> Result<Left, Stop> {
    scene.act(Act::Leak(&BORROWER))?;
    let visitor = Borrower { errand: "cabinet", ..Borrower::new(BORROWER) };
    visitor.goes_to(scene, "Notice", "leakNotice")?;
    visitor.goes_to(scene, "Choice", "cabinet")?;
    calls(scene, 1)?;
    scene.tap("cancel")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    Ok(Left::NOTHING)
}

pub(crate) fn number_of_somebody_else(scene: &mut dyn Scene) -> Result<Left, Stop> {
    scene.act(Act::NumberOfAnother(&BORROWER))?;
    let left = ends_with(scene, "numberNotYours")?;
    calls(scene, 0)?;
    Ok(left)
}

pub(crate) fn call_denied(scene: &mut dyn Scene) -> Result<Left, Stop> {
    scene.act(Act::Answer(&BORROWER, Answers::Denies))?;
    ends_with(scene, "callDenied")
}

pub(crate) fn call_not_reached(scene: &mut dyn Scene) -> Result<Left, Stop> {
    scene.act(Act::Answer(&BORROWER, Answers::Silent))?;
    ends_with(scene, "callNotReached")?;
    // Another visit may try again.
    scene.act(Act::Answer(&BORROWER, Answers::Confirms))?;
    Borrower::new(BORROWER).wants(LENT).borrows(scene)?;
    Ok(Left::loan(LENT))
}

pub(crate) fn between_contract_and_payout(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(LENT);
    borrower.goes_to(scene, "ReadyToPay", "")?;
    scene.act(Act::Leak(&BORROWER))?;
    scene.tap("primary")?;
    expect(scene, "Notice", "leakNotice")?;
    let given = scene.count(Look::Given)?;
    Stop::unless(given == 0, || "money was given before the measures".to_owned())?;
    borrower.goes_to(scene, "Receipt", "")?;
    leaves(scene)?;
    calls(scene, 1)?;
    Ok(Left::loan(LENT))
}

/// Somebody else entered the account: read once, before anything else, and not again.
fn intruded(scene: &mut dyn Scene) -> Result<Left, Stop> {
    scene.act(Act::EnterAccount(&BORROWER))?;
    let borrower = Borrower::new(BORROWER).wants(LENT);
    borrower.goes_to(scene, "Notice", "intrusion")?;
    scene.picture("intrusion")?;
    // Whoever leaves without having read it is told again.
    scene.tap("cancel")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    borrower.goes_to(scene, "Notice", "intrusion")?;
    borrower.borrows(scene)?;
    let read = scene.count(Look::Rows("TextAcknowledged"))?;
    let visitor = Borrower { errand: "cabinet", ..Borrower::new(BORROWER) };
    visitor.goes_to(scene, "Choice", "cabinet")?;
    let again = scene.count(Look::Rows("TextAcknowledged"))?;
    Stop::unless(read == again, || "the notice came a second time".to_owned())?;
    scene.tap("cancel")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    Ok(Left::loan(LENT))
}
