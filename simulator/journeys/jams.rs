//! Jams: a visit meets one, staff read it at the open cabinet, take the notes out, and the terminal serves again.

use crate::borrower::{Borrower, comes_to_be_offered, expect, go_on_to, leaves, loans_are_offered};
use crate::cash::leaves_for_another_visit;
use crate::exchanges::{answers, rows_are};
use crate::people::{BORROWER, SECOND};
use crate::repayments::{lent, names, opens, pays_by_number, put};
use crate::scene::{Act, Look, Scene, Shown, Stop};
use crate::service::{self, employs, finishes, reads, says, turn};
use crate::{Journey, Left};

/// Face value of the notes that stick, tenge, and the cassette that they come from.
const NOTE: u32 = 10_000;
const UNIT: u8 = 1;
/// Two of them.
const SUM: u64 = 20_000;

/// What is played, as the catalogue lists it.
pub(crate) const TRANSPORT: Journey = Journey::new(
    "service-jam-transport",
    "a note sticks on the way to the exit: a technician reads it, takes it out and counts it, and the borrower comes back for the rest",
    transport,
)
.of_cards()
.rules(&["R-055", "R-066", "R-129"]);

pub(crate) const SHUTTER: Journey = Journey::new(
    "service-jam-shutter",
    "the shutter neither opens nor closes behind the notes that are drawn back: a technician reads it and frees it, and the next borrower is paid",
    shutter,
)
.of_cards()
.of_a_shutter()
.rules(&["R-066", "R-129"]);

pub(crate) const MOUTH: Journey = Journey::new(
    "service-jam-acceptor-mouth",
    "a note jams at the acceptor's mouth: nobody is credited, a technician takes it out, and it is paid in again",
    mouth,
)
.of_cards()
.rules(&["R-045", "R-129"]);
pub(crate) const ESCROW: Journey = Journey::new(
    "service-jam-acceptor-escrow",
    "a note jams between escrow and stacker: it is in doubt, comes back when a technician starts the device again, and nobody is credited",
    escrow,
)
.of_cards()
.rules(&["R-045", "R-129"]);
pub(crate) const STACKING: Journey = Journey::new(
    "service-jam-acceptor-stacker",
    "a note jams at the stacker: it is in doubt, lies in the stacker when a technician starts the device again, and is credited once",
    stacking,
)
.of_cards()
.rules(&["R-045", "R-129"]);

/// The health page says what is stuck, what lay there is put into the tray and counted, and the page says that all is well.
fn clears(scene: &mut dyn Scene) -> Result<(), Stop> {
    turn(scene, true)?;
    // The reader has been asked to look for a card before one comes.
    scene.act(Act::Pass(3))?;
    service::opens(scene)?;
    reads(scene, "devices", "serviceDevices")?;
    go_on_to(scene, "Choice", "serviceHome")?;
    scene.tap("option-path")?;
    says(scene, "pathStuck")?;
    let stuck = scene.count(Look::OnPath(NOTE))?;
    Stop::unless(stuck > 0, || "nothing lies on the path".to_owned())?;
    scene.act(Act::ClearPath)?;
    scene.tap("primary")?;
    answers(scene, "pathNotes", &stuck.to_string())
}

fn transport(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    let parameters = r#"{"times": 1, "after_notes": 1}"#;
    scene.act(Act::Fault { device: "dispenser", fault: "jam_after", parameters })?;
    let borrower = Borrower::new(BORROWER).wants(SUM);
    borrower.goes_to(scene, "ReadyToPay", "")?;
    scene.tap("primary")?;
    expect(scene, "Receipt", "Short")?;
    leaves_for_another_visit(scene)?;
    loans_are_offered(scene, false)?;
    clears(scene)?;
    go_on_to(scene, "Notice", "pathCleared")?;
    scene.picture("cleared")?;
    go_on_to(scene, "Choice", "serviceHome")?;
    reads(scene, "devices", "serviceDevicesWell")?;
    finishes(scene)?;
    rows_are(scene, &[("PathCleared", 1), ("PayoutOutcome", 1)])?;
    let rejected = scene.count(Look::InRejectTray(NOTE))?;
    let left = scene.count(Look::InCassette(UNIT))?;
    Stop::unless((rejected, left) == (1, 8), || {
        format!("{rejected} notes in the tray, {left} in the cassette")
    })?;
    loans_are_offered(scene, true)?;
    // Exactly what is missing, after a face of its own.
    borrower.goes_to(scene, "Choice", "remainder")?;
    scene.tap("option-notes")?;
    borrower.goes_to(scene, "Receipt", "")?;
    leaves(scene)?;
    Ok(Left { receipts: 2, ..Left::loan(SUM) })
}

/// What somebody pays in, tenge.
const PAID: u32 = 5_000;

/// A note jams in the acceptor, the payer leaves, and a technician starts the device again; gives the contract's number.
fn jams_and_is_cured(scene: &mut dyn Scene, fault: &str, takes_out: bool) -> Result<String, Stop> {
    employs(scene)?;
    let number = lent(scene, BORROWER)?;
    names(scene, &number)?;
    go_on_to(scene, "Notice", "repaymentTerms")?;
    opens(scene)?;
    scene.act(Act::Fault { device: "acceptor", fault, parameters: r#"{"times": 1}"# })?;
    scene.act(put(PAID))?;
    let over = |shown: &Shown| shown.is("Notice", "repaymentDone") || shown.is("Notice", "repaymentNothing");
    scene.wait_for("the end of the repayment", &over)?;
    // The paper comes while one looks at it.
    scene.act(Act::Pass(3))?;
    scene.picture("jammed")?;
    leaves(scene)?;
    comes_to_be_offered(scene, "repay", false)?;
    turn(scene, true)?;
    // The reader has been asked to look for a card before one comes.
    scene.act(Act::Pass(3))?;
    service::opens(scene)?;
    reads(scene, "devices", "serviceDevices")?;
    if takes_out {
        scene.act(Act::TakeNote)?;
    }
    scene.act(Act::Cycle { device: "acceptor" })?;
    says(scene, "serviceDevicesWell")?;
    finishes(scene)?;
    comes_to_be_offered(scene, "repay", true)?;
    Ok(number)
}

/// What is left of the loan and of the money for it.
fn repaid(tenge: u64, receipts: u64) -> Left {
    Left { taken: tenge, repaid: tenge, receipts, ..Left::loan(SUM) }
}

fn mouth(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let number = jams_and_is_cured(scene, "jam_accepting", true)?;
    rows_are(scene, &[("NoteInDoubt", 0), ("NoteStacked", 0)])?;
    pays_by_number(scene, &number, PAID)?;
    Ok(repaid(5_000, 2))
}

fn escrow(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let number = jams_and_is_cured(scene, "jam_stacking", false)?;
    rows_are(scene, &[("NoteInDoubt", 1), ("NoteFoundLate", 1), ("NoteStacked", 0)])?;
    pays_by_number(scene, &number, PAID)?;
    Ok(repaid(5_000, 3))
}

fn stacking(scene: &mut dyn Scene) -> Result<Left, Stop> {
    jams_and_is_cured(scene, "jam_cassette", false)?;
    rows_are(scene, &[("NoteInDoubt", 1), ("NoteFoundLate", 1), ("NoteStacked", 0)])?;
    Ok(repaid(5_000, 2))
}

/// It does not move at the presenting, nor at the drawing back behind it.
fn shutter(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let parameters = r#"{"times": 2}"#;
    employs(scene)?;
    scene.act(Act::Fault { device: "dispenser", fault: "shutter_jam", parameters })?;
    Borrower::new(BORROWER).wants(SUM).goes_to(scene, "ReadyToPay", "")?;
    scene.tap("primary")?;
    expect(scene, "End", "NothingPaid")?;
    leaves(scene)?;
    rows_are(scene, &[("PayoutRetracted", 1), ("PayoutEnded", 1)])?;
    loans_are_offered(scene, false)?;
    turn(scene, true)?;
    // The reader has been asked to look for a card before one comes.
    scene.act(Act::Pass(3))?;
    service::opens(scene)?;
    reads(scene, "devices", "serviceDevices")?;
    scene.act(Act::FreeShutter)?;
    says(scene, "serviceDevicesWell")?;
    finishes(scene)?;
    loans_are_offered(scene, true)?;
    Borrower::new(SECOND).wants(SUM).borrows(scene)?;
    Ok(Left::loan(SUM))
}
