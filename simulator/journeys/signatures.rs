//! Electronic signatures on people's own phones: who needs one for what, and what goes wrong on the way (A12.2, B12).

use crate::Left;
use crate::borrower::{Borrower, cancels, ends, expect, go_on_to};
use crate::people::{BORROWER, ENTREPRENEUR, NEWCOMER, Person};
use crate::scene::{Act, Look, Scene, Stop};

/// Sum of the loans, tenge.
const SUM: u64 = 53_000;
/// A sum that the product for a business is made for, tenge.
const FOR_BUSINESS: u64 = 120_000;
/// Longer than a code lives, seconds.
const CODE_LIFE: u64 = 190;

fn signatures(scene: &mut dyn Scene, asked: u64) -> Result<(), Stop> {
    let rows = scene.count(Look::Rows("SignatureRequested"))?;
    Stop::unless(rows == asked, || format!("{rows} signatures were asked for, not {asked}"))
}

fn scans(scene: &mut dyn Scene, person: &Person, manner: &str) -> Result<(), Stop> {
    scene.act(Act::Scan { person, manner })
}

/// The contract is agreed to, and the code for its signature is on the screen.
fn is_asked_to_sign(scene: &mut dyn Scene) -> Result<Borrower, Stop> {
    let borrower = Borrower::new(BORROWER).wants(SUM);
    borrower.goes_to(scene, "Notice", "signByQr")?;
    signatures(scene, 1)?;
    Ok(borrower)
}

pub(crate) fn registered(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let newcomer = Borrower::registers(NEWCOMER, "individual");
    // Neither before the portrait nor without the signature is anybody a client.
    newcomer.goes_to(scene, "Notice", "signByQr")?;
    newcomer.goes_to(scene, "Notice", "registered")?;
    signatures(scene, 1)?;
    go_on_to(scene, "Amount", "")?;
    cancels(scene)?;
    scene.act(Act::Pass(10))?;
    newcomer.goes_to(scene, "Notice", "advice")?;
    scene.tap("primary")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    Ok(Left::NOTHING)
}

pub(crate) fn contract(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = is_asked_to_sign(scene)?;
    let concluded = scene.count(Look::Rows("PayoutRequested"))?;
    Stop::unless(concluded == 0, || "money was asked for without a signature".to_owned())?;
    borrower.borrows(scene)?;
    signatures(scene, 1)?;
    Ok(Left::loan(SUM))
}

pub(crate) fn business(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let entrepreneur = Borrower::new(ENTREPRENEUR).wants(FOR_BUSINESS).for_business();
    entrepreneur.goes_to(scene, "Choice", "loanPurpose")?;
    scene.picture("purpose")?;
    entrepreneur.borrows(scene)?;
    // The register confirms the entrepreneur, and the loan is for the business: a face is enough.
    signatures(scene, 0)?;
    Ok(Left::loan(FOR_BUSINESS))
}

pub(crate) fn entrepreneur_as_consumer(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(ENTREPRENEUR).wants(SUM).borrows(scene)?;
    signatures(scene, 1)?;
    Ok(Left::loan(SUM))
}

pub(crate) fn late(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = is_asked_to_sign(scene)?;
    scene.act(Act::Pass(CODE_LIFE))?;
    expect(scene, "Notice", "signRefused")?;
    scene.picture("code-expired")?;
    go_on_to(scene, "Notice", "signByQr")?;
    borrower.borrows(scene)?;
    signatures(scene, 2)?;
    Ok(Left::loan(SUM))
}

pub(crate) fn by_somebody_else(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = is_asked_to_sign(scene)?;
    for manner in ["other_iin", "auth_certificate", "revoked"] {
        scans(scene, &BORROWER, manner)?;
        expect(scene, "Notice", "signRefused")?;
        scene.picture(manner)?;
        go_on_to(scene, "Notice", "signByQr")?;
    }
    let asked = scene.count(Look::Rows("PayoutRequested"))?;
    Stop::unless(asked == 0, || "a wrong key opened the way to the money".to_owned())?;
    borrower.borrows(scene)?;
    signatures(scene, 4)?;
    Ok(Left::loan(SUM))
}

pub(crate) fn declined(scene: &mut dyn Scene) -> Result<Left, Stop> {
    is_asked_to_sign(scene)?;
    scans(scene, &BORROWER, "refuses")?;
    expect(scene, "Notice", "signRefused")?;
    scene.picture("declined")?;
    scene.tap("secondary")?;
    ends(scene, "Cancelled")?;
    let asked = scene.count(Look::Rows("PayoutRequested"))?;
    Stop::unless(asked == 0, || "money was asked for without a signature".to_owned())?;
    // Nothing binds whoever did not sign: the next visit begins anew.
    Borrower::new(BORROWER).wants(SUM).goes_to(scene, "Notice", "signByQr")?;
    signatures(scene, 2)?;
    scene.tap("secondary")?;
    ends(scene, "Cancelled")?;
    Ok(Left::NOTHING)
}
