//! Visits in which the dispenser, the printer or the power fails.

use crate::borrower::{Borrower, expect, go_on_to, leaves, loans_are_offered};
use crate::people::{BORROWER, SECOND};
use crate::scene::{Act, Look, Scene, Stop};
use crate::{LOAN_TENGE, Left};

/// Looks, two seconds apart, within which a payout is settled after a start.
const SETTLED_WITHIN: u32 = 60;

fn fault(fault: &'static str, parameters: &'static str) -> Act<'static> {
    Act::Fault { device: "dispenser", fault, parameters }
}

fn asks_for_the_money(scene: &mut dyn Scene, borrower: &Borrower) -> Result<(), Stop> {
    borrower.goes_to(scene, "ReadyToPay", "")?;
    scene.tap("primary")
}

pub(crate) fn jam(scene: &mut dyn Scene) -> Result<Left, Stop> {
    scene.act(fault("jam_after", r#"{"times": 1, "after_notes": 7}"#))?;
    asks_for_the_money(scene, &Borrower::new(BORROWER))?;
    expect(scene, "Receipt", "Short")?;
    leaves_for_another_visit(scene)?;
    // Books follow what left, and no more.
    let given = scene.count(Look::Given)?;
    Stop::unless(given > 0 && given < LOAN_TENGE, || format!("{given} ₸ left a jammed dispenser"))?;
    Ok(Left { given, booked: given, receipts: 1, ..Left::NOTHING })
}

/// The receipt of a short payout is read, and what is missing left for later.
pub(crate) fn leaves_for_another_visit(scene: &mut dyn Scene) -> Result<(), Stop> {
    go_on_to(scene, "Choice", "remainder")?;
    scene.picture("ways")?;
    scene.tap("option-later")?;
    expect(scene, "Notice", "advice")?;
    leaves_anyhow(scene)
}

/// A payout in which a cassette runs empty because notes of it were rejected, with its receipt read; what was given.
pub(crate) fn is_paid_short(scene: &mut dyn Scene) -> Result<u64, Stop> {
    scene.act(fault("reject", r#"{"times": 3}"#))?;
    asks_for_the_money(scene, &Borrower::new(BORROWER))?;
    expect(scene, "Receipt", "Short")?;
    let given = scene.count(Look::Given)?;
    Stop::unless(given > 0 && given < LOAN_TENGE, || format!("{given} ₸ came out of an empty cassette"))?;
    go_on_to(scene, "Choice", "remainder")?;
    Ok(given)
}

pub(crate) fn short_then_rest(scene: &mut dyn Scene) -> Result<Left, Stop> {
    is_paid_short(scene)?;
    // In the same visit, by other notes and with no second face: exactly what is missing.
    scene.tap("option-notes")?;
    let shown = expect(scene, "Receipt", "")?;
    Stop::unless(shown.detail.is_empty(), || format!("there is {}", shown.told()))?;
    scene.picture("rest")?;
    leaves(scene)?;
    for (kind, rows) in [("PayoutRequested", 2), ("PayoutEnded", 2), ("ContractAgreed", 1)] {
        let found = scene.count(Look::Rows(kind))?;
        Stop::unless(found == rows, || format!("{found} rows {kind}"))?;
    }
    Ok(Left { receipts: 2, ..Left::loan(LOAN_TENGE) })
}

pub(crate) fn short_then_another_visit(scene: &mut dyn Scene) -> Result<Left, Stop> {
    is_paid_short(scene)?;
    scene.tap("option-later")?;
    expect(scene, "Notice", "advice")?;
    leaves_anyhow(scene)?;
    scene.act(Act::Pass(3_600))?;
    let borrower = Borrower::new(BORROWER);
    borrower.goes_to(scene, "Choice", "remainder")?;
    scene.tap("option-notes")?;
    // The person is not known by a login alone.
    borrower.goes_to(scene, "Receipt", "")?;
    leaves(scene)?;
    let faces = scene.count(Look::Rows("FaceCaptured"))?;
    Stop::unless(faces == 2, || format!("{faces} pictures for two visits"))?;
    Ok(Left { receipts: 2, ..Left::loan(LOAN_TENGE) })
}

pub(crate) fn short_then_slip(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let given = is_paid_short(scene)?;
    scene.tap("option-cashDesk")?;
    expect(scene, "Notice", "claimSlip")?;
    scene.act(Act::Pass(10))?;
    scene.picture("slip")?;
    leaves(scene)?;
    let claims = scene.count(Look::Rows("RemainderClaimed"))?;
    Stop::unless(claims == 1, || format!("{claims} claims"))?;
    // What waits at the desk comes out of no terminal.
    Borrower::new(BORROWER).goes_to(scene, "Choice", "remainder")?;
    let shown = scene.see()?;
    Stop::unless(!shown.can("option-notes"), || "notes are offered beside a slip".to_owned())?;
    scene.tap("option-cashDesk")?;
    expect(scene, "Notice", "claimSlip")?;
    scene.act(Act::Pass(10))?;
    leaves(scene)?;
    Ok(Left { given, booked: given, receipts: 3, ..Left::NOTHING })
}

pub(crate) fn doubtful_note(scene: &mut dyn Scene) -> Result<Left, Stop> {
    scene.act(fault("exit_doubt", r#"{"times": 1, "after_notes": 5, "left": true}"#))?;
    asks_for_the_money(scene, &Borrower::new(BORROWER))?;
    expect(scene, "Receipt", "Uncertain")?;
    leaves_anyhow(scene)?;
    // Nobody is paid until somebody has counted.
    loans_are_offered(scene, false)?;
    let given = scene.count(Look::Given)?;
    Ok(Left { given, booked: 0, receipts: 1, ..Left::NOTHING })
}

/// After a payout that went wrong there may be no service.
pub(crate) fn leaves_anyhow(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.tap("primary")?;
    scene
        .wait_for("the end of the visit", &|shown| {
            matches!(shown.screen.as_str(), "Welcome" | "OutOfService")
        })
        .map(drop)
}

pub(crate) fn refused_marker(scene: &mut dyn Scene) -> Result<Left, Stop> {
    // PURGE is answered by NAK: that bundle is not begun.
    scene.act(fault("nak", r#"{"times": 1, "command": 81}"#))?;
    asks_for_the_money(scene, &Borrower::new(BORROWER))?;
    expect(scene, "End", "NothingPaid")?;
    leaves_anyhow(scene)?;
    let dispenses = scene.count(Look::Dispenses)?;
    Stop::unless(dispenses == 0, || format!("{dispenses} DISPENSE without a marker"))?;
    Ok(Left::NOTHING)
}

pub(crate) fn no_paper(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(20_000);
    borrower.goes_to(scene, "ReadyToPay", "")?;
    scene.act(Act::Fault { device: "printer", fault: "paper_out", parameters: "" })?;
    borrower.takes_the_money(scene)?;
    leaves_anyhow(scene)?;
    Ok(Left { receipts: 0, ..Left::loan(20_000) })
}

fn power_cut(scene: &mut dyn Scene, with_dispenser: bool) -> Result<(), Stop> {
    asks_for_the_money(scene, &Borrower::new(BORROWER))?;
    scene.act(Act::Restart { with_dispenser })
}

/// The firmware comes back, and what was open is settled without asking the dispenser to do anything.
fn settled(scene: &mut dyn Scene) -> Result<u64, Stop> {
    let over = |shown: &crate::Shown| matches!(shown.screen.as_str(), "Welcome" | "OutOfService");
    scene.wait_for("the first screen", &over)?;
    for _ in 0..SETTLED_WITHIN {
        if scene.count(Look::Rows("PayoutEnded"))? > 0 {
            break;
        }
        scene.act(Act::Pass(2))?;
    }
    let ends = scene.count(Look::Rows("PayoutEnded"))?;
    Stop::unless(ends == 1, || format!("{ends} rows PayoutEnded for one request"))?;
    scene.count(Look::Given)
}

pub(crate) fn power_cut_before_the_marker(scene: &mut dyn Scene) -> Result<Left, Stop> {
    power_cut(scene, true)?;
    let given = settled(scene)?;
    Stop::unless(given == 0, || format!("{given} ₸ left before anything was armed"))?;
    // The person comes again, and nothing stands in the way of another one.
    Borrower::new(SECOND).wants(20_000).borrows(scene)?;
    Ok(Left::loan(20_000))
}

pub(crate) fn power_cut_at_the_dispenser(scene: &mut dyn Scene) -> Result<Left, Stop> {
    power_cut(scene, true)?;
    let given = settled(scene)?;
    // The dispenser remembers nothing, so a count has to say what left; until then nobody is paid.
    loans_are_offered(scene, false)?;
    Ok(Left { given, booked: 0, receipts: 0, ..Left::NOTHING })
}

pub(crate) fn restart_while_notes_were_counted(scene: &mut dyn Scene) -> Result<Left, Stop> {
    power_cut(scene, false)?;
    let given = settled(scene)?;
    // The dispenser kept its power and says what it did: the first bundle, and no second one was begun.
    Stop::unless(given > 0 && given < LOAN_TENGE, || {
        format!("{given} ₸ after a restart in the first bundle")
    })?;
    leaves_nothing_open(scene)?;
    Ok(Left { given, booked: given, receipts: 0, ..Left::NOTHING })
}

fn leaves_nothing_open(scene: &mut dyn Scene) -> Result<(), Stop> {
    let dispenses = scene.count(Look::Dispenses)?;
    Stop::unless(dispenses == 1, || format!("{dispenses} DISPENSE for one bundle"))
}

pub(crate) fn slow_dispenser(scene: &mut dyn Scene) -> Result<Left, Stop> {
    // It acknowledges, works and stays silent; its last status tells.
    scene.act(fault("silence_after_ack", r#"{"times": 1, "command": 82}"#))?;
    let borrower = Borrower::new(BORROWER).wants(20_000);
    asks_for_the_money(scene, &borrower)?;
    expect(scene, "Receipt", "")?;
    leaves(scene)?;
    Ok(Left::loan(20_000))
}
