//! People who are no clients yet: they become clients, or are told where else to go.

use crate::Left;
use crate::borrower::{Borrower, cancels, ends, expect, go_on_to, type_text};
use crate::people::{CHILD, NEWCOMER, NUMBERLESS, TRADER};
use crate::scene::{Act, Look, Scene, Stop};

/// The visit ends with advice.
fn is_advised(scene: &mut dyn Scene) -> Result<(), Stop> {
    expect(scene, "Notice", "advice")?;
    scene.tap("primary")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome").map(drop)
}

fn nothing_of(scene: &mut dyn Scene, kinds: &[&str]) -> Result<(), Stop> {
    for kind in kinds {
        let rows = scene.count(Look::Rows(kind))?;
        Stop::unless(rows == 0, || format!("{rows} rows {kind}"))?;
    }
    Ok(())
}

pub(crate) fn entrepreneur(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let trader = Borrower { pin: "740295", ..Borrower::registers(TRADER, "entrepreneur") };
    trader.goes_to(scene, "Notice", "registered")?;
    // Face, and no signature (p.6 ¶19); from here straight on to a loan.
    go_on_to(scene, "Choice", "loanPurpose")?;
    trader.goes_to(scene, "Amount", "")?;
    cancels(scene)?;
    scene.act(Act::Pass(10))?;
    // Once a client, they are told to log in.
    trader.goes_to(scene, "Notice", "advice")?;
    is_advised(scene)?;
    Ok(Left::NOTHING)
}

pub(crate) fn legal_entity(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::registers(NEWCOMER, "legalEntity").goes_to(scene, "Notice", "referral")?;
    nothing_of(scene, &["RegistrationRequested", "ConsentDecided", "FaceCaptured"])?;
    cancels(scene)?;
    Ok(Left::NOTHING)
}

pub(crate) fn child(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::registers(CHILD, "individual").goes_to(scene, "Entry", "registerIin")?;
    type_text(scene, CHILD.iin)?;
    scene.tap("primary")?;
    ends(scene, "UnderAge")?;
    nothing_of(scene, &["RegistrationRequested", "ConsentDecided", "FaceCaptured"])?;
    Ok(Left::NOTHING)
}

pub(crate) fn without_number(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let sent = scene.count(Look::Messages)?;
    Borrower::registers(NUMBERLESS, "individual").goes_to(scene, "Notice", "advice")?;
    is_advised(scene)?;
    let more = scene.count(Look::Messages)? - sent;
    Stop::unless(more == 0, || format!("{more} SMS were sent to somebody without a number"))?;
    Ok(Left::NOTHING)
}

pub(crate) fn consent_refused(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::registers(NEWCOMER, "individual").goes_to(scene, "Notice", "consent")?;
    let shown = scene.see()?;
    Stop::unless(shown.can("secondary") && shown.can("primary"), || "no choice is left".to_owned())?;
    scene.tap("secondary")?;
    is_advised(scene)?;
    nothing_of(scene, &["FaceCaptured"])?;
    Ok(Left::NOTHING)
}

pub(crate) fn wrong_state_code(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let newcomer = Borrower::registers(NEWCOMER, "individual");
    newcomer.goes_to(scene, "Entry", "accessCode")?;
    let right = newcomer.state_code(scene)?;
    type_text(scene, "000000")?;
    go_on_to(scene, "Entry", "accessCodeWrong")?;
    type_text(scene, &right)?;
    go_on_to(scene, "Notice", "isThisYou")?;
    // The data are somebody else's: nothing is told about why.
    scene.tap("secondary")?;
    is_advised(scene)?;
    nothing_of(scene, &["FaceCaptured"])?;
    Ok(Left::NOTHING)
}

pub(crate) fn left_in_the_middle(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let trader = Borrower::registers(TRADER, "entrepreneur");
    trader.goes_to(scene, "Notice", "beforePicture")?;
    scene.act(Act::Pass(5))?;
    cancels(scene)?;
    let consents = scene.count(Look::Rows("ConsentDecided"))?;
    // Another visit goes on where the first one stopped, after a code to the number that was confirmed.
    trader.goes_to(scene, "Entry", "registerCode")?;
    trader.continues(scene)?;
    trader.goes_to(scene, "Notice", "registered")?;
    scene.tap("secondary")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    let again = scene.count(Look::Rows("ConsentDecided"))?;
    Stop::unless(again == consents, || "a consent was asked for twice".to_owned())?;
    Ok(Left::NOTHING)
}

/// A consent signed on the phone opens the data: no SMS of the state service, and on as with a code.
pub(crate) fn by_own_means(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let sent = scene.count(Look::Messages)?;
    let newcomer = Borrower { access: "signature", ..Borrower::registers(NEWCOMER, "individual") };
    let shown = newcomer.goes_to(scene, "Notice", "ownConsent")?;
    Stop::unless(shown.can("secondary"), || "no choice is left".to_owned())?;
    newcomer.goes_to(scene, "Notice", "isThisYou")?;
    let more = scene.count(Look::Messages)? - sent;
    Stop::unless(more == 0, || format!("{more} SMS were sent for a consent that was given here"))?;
    newcomer.goes_to(scene, "Notice", "registered")?;
    scene.tap("secondary")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    Ok(Left::NOTHING)
}

pub(crate) fn own_means_refused(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let newcomer = Borrower { access: "signature", ..Borrower::registers(NEWCOMER, "individual") };
    newcomer.goes_to(scene, "Notice", "ownConsent")?;
    scene.tap("secondary")?;
    is_advised(scene)?;
    nothing_of(scene, &["SignatureRequested", "FaceCaptured"])?;
    Ok(Left::NOTHING)
}

pub(crate) fn without_agreement(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let shown = Borrower::registers(NEWCOMER, "individual").goes_to(scene, "Choice", "accessMethod")?;
    Stop::unless(!shown.can("option-signature"), || "method 2 without an agreement".to_owned())?;
    cancels(scene)?;
    Ok(Left::NOTHING)
}
