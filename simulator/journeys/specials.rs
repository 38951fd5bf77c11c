//! Contracts and terminals in a special state: what rests, what is written off, and terminals that may not lend.

use crate::borrower::{
    Borrower, cancels, comes_to_be_offered, expect, is_offered, leaves, loans_are_offered,
};
use crate::people::{BORROWER, SECOND};
use crate::scene::{Act, Look, Scene, Shown, Stands, Stop};
use crate::shows::Special;
use crate::{Journey, Left, repayments};

/// A journey of the catalogue.
pub(crate) const LIFTED: Journey = Journey::new(
    "suspension-lifted",
    "a debt rests on an investigator's act and goes on after it; each is told by letter and text",
    lifted,
)
.special(&[Special::Suspension, Special::Resumption])
.rules(&["R-082", "R-083"]);

/// The loan that comes into a special state, tenge.
const LENT: u64 = 20_000;

/// A borrower with an open loan looks at what they owe.
fn looks_at_the_debt(scene: &mut dyn Scene) -> Result<Shown, Stop> {
    comes_to_be_offered(scene, "repay", true)?;
    Borrower::pays(BORROWER, "full").goes_to(scene, "Choice", "repaymentSum")
}

fn demands(shown: &Shown) -> bool {
    shown.can("option-due") || shown.can("option-next")
}

pub(crate) fn suspended(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(BORROWER).wants(LENT).borrows(scene)?;
    scene.act(Act::Stands(Stands::Suspended))?;
    let shown = looks_at_the_debt(scene)?;
    Stop::unless(!demands(&shown), || "money is demanded while the debt rests".to_owned())?;
    // Whoever wants to pay may.
    scene.tap("option-full")?;
    Borrower::pays(BORROWER, "full").goes_to(scene, "Notice", "repaymentInsert")?;
    repayments::puts(scene, 5_000)?;
    repayments::finishes(scene)?;
    Ok(Left { taken: 5_000, repaid: 5_000, receipts: 2, ..Left::loan(LENT) })
}

pub(crate) fn resumed(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(BORROWER).wants(LENT).borrows(scene)?;
    scene.act(Act::Stands(Stands::Suspended))?;
    let shown = looks_at_the_debt(scene)?;
    Stop::unless(!demands(&shown), || "money is demanded while the debt rests".to_owned())?;
    cancels(scene)?;
    scene.act(Act::Stands(Stands::Resumed))?;
    let shown = looks_at_the_debt(scene)?;
    Stop::unless(demands(&shown), || "nothing is demanded after the suspension".to_owned())?;
    cancels(scene)?;
    Ok(Left::loan(LENT))
}

/// The newest letter of the cabinet is read.
fn reads_a_letter(scene: &mut dyn Scene, picture: &str) -> Result<(), Stop> {
    let visitor = Borrower { errand: "cabinet", ..Borrower::new(BORROWER) };
    visitor.goes_to(scene, "Choice", "cabinet")?;
    scene.tap("option-letters")?;
    expect(scene, "Choice", "cabinetLetters")?;
    scene.tap("option-letter-0")?;
    expect(scene, "Notice", "cabinetLetter")?;
    scene.picture(picture)?;
    scene.tap("cancel")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome").map(drop)
}

pub(crate) fn lifted(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(BORROWER).wants(LENT).borrows(scene)?;
    scene.act(Act::Stands(Stands::Suspended))?;
    scene.read_sms(BORROWER.phone, "notice")?;
    reads_a_letter(scene, "suspension-letter")?;
    let shown = looks_at_the_debt(scene)?;
    Stop::unless(!demands(&shown), || "money is demanded while the debt rests".to_owned())?;
    scene.picture("suspended")?;
    cancels(scene)?;
    scene.act(Act::Stands(Stands::Resumed))?;
    scene.read_sms(BORROWER.phone, "notice")?;
    reads_a_letter(scene, "resumption-letter")?;
    let shown = looks_at_the_debt(scene)?;
    Stop::unless(demands(&shown), || "nothing is demanded after the suspension".to_owned())?;
    scene.picture("resumed")?;
    cancels(scene)?;
    Ok(Left::loan(LENT))
}

pub(crate) fn written_off(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(BORROWER).wants(LENT).borrows(scene)?;
    let number = scene.contract_number()?;
    scene.act(Act::Stands(Stands::WrittenOff))?;
    comes_to_be_offered(scene, "repay", true)?;
    // The contract is there and says so; nothing can be paid for it.
    let shown = Borrower::pays(BORROWER, "full").goes_to(scene, "Choice", "repaymentContract")?;
    Stop::unless(!shown.can("option-contract-0"), || "a written-off contract can be paid".to_owned())?;
    cancels(scene)?;
    repayments::names(scene, &number)?;
    scene.tap("primary")?;
    scene.wait_for("the answer", &|shown| shown.is("Notice", "repaymentNothing"))?;
    leaves(scene)?;
    let begun = scene.count(Look::Rows("RepaymentBegun"))?;
    Stop::unless(begun == 0, || "money was taken for a written-off contract".to_owned())?;
    Ok(Left::loan(LENT))
}

pub(crate) fn forced_update(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(BORROWER).wants(LENT).borrows(scene)?;
    let number = scene.contract_number()?;
    scene.act(Act::WantFirmware("99.0.0"))?;
    loans_are_offered(scene, false)?;
    let registers = is_offered(scene, "registration")?;
    Stop::unless(!registers, || "firmware that is too old registers people".to_owned())?;
    // Money that is owed is still taken, and anybody may read who lends.
    let informs = is_offered(scene, "information")?;
    Stop::unless(informs, || "there is no information".to_owned())?;
    repayments::pays_by_number(scene, &number, 5_000)?;
    Ok(Left { taken: 5_000, repaid: 5_000, receipts: 2, ..Left::loan(LENT) })
}

pub(crate) fn relocated(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let announced = scene.count(Look::Rows("ServiceChanged"))?;
    scene.act(Act::Carry { home: false })?;
    scene.wait_for("the end of service", &|shown| {
        shown.screen == "OutOfService" && shown.detail.split(' ').any(|reason| reason == "relocated")
    })?;
    let now = scene.count(Look::Rows("ServiceChanged"))?;
    Stop::unless(now > announced, || "no row tells the lender".to_owned())?;
    scene.act(Act::Carry { home: true })?;
    loans_are_offered(scene, true)?;
    Borrower::new(SECOND).wants(LENT).borrows(scene)?;
    Ok(Left::loan(LENT))
}

pub(crate) fn intruded(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(BORROWER).wants(LENT).borrows(scene)?;
    let number = scene.contract_number()?;
    Borrower::new(SECOND).goes_to(scene, "Amount", "")?;
    scene.act(Act::Intrude)?;
    // Whoever is about to borrow goes no further, and nobody after them.
    scene.wait_for("the end of the visit", &|shown| shown.is("End", "NotAvailable"))?;
    leaves(scene)?;
    for errand in ["loan", "registration"] {
        let offered = is_offered(scene, errand)?;
        Stop::unless(!offered, || format!("{errand} on a board that somebody has a hand in"))?;
    }
    let informs = is_offered(scene, "information")?;
    Stop::unless(informs, || "there is no information".to_owned())?;
    repayments::pays_by_number(scene, &number, 5_000)?;
    Ok(Left { taken: 5_000, repaid: 5_000, receipts: 2, ..Left::loan(LENT) })
}
