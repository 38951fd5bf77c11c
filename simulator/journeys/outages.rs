//! Visits while the gateway or a service behind it is away.

use crate::borrower::{Borrower, cancels, ends, expect, leaves, loans_are_offered, type_text};
use crate::people::{BORROWER, SECOND};
use crate::scene::{Act, Look, Scene, Stop};
use crate::{LOAN_TENGE, Left};

pub(crate) fn gateway_restart(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER);
    borrower.goes_to(scene, "Amount", "")?;
    scene.choose_amount(LOAN_TENGE)?;
    scene.tap("term-6")?;
    borrower.applies(scene)?;
    scene.act(Act::StopGateway)?;
    borrower.goes_to(scene, "Waiting", "Decision")?;
    scene.act(Act::StartGateway)?;
    borrower.goes_to(scene, "ReadyToPay", "")?;
    borrower.takes_the_money(scene)?;
    // What the receipt says must hold without the gateway; its rows follow when it is back.
    scene.act(Act::StopGateway)?;
    leaves(scene)?;
    loans_are_offered(scene, false)?;
    scene.act(Act::StartGateway)?;
    loans_are_offered(scene, true)?;
    Ok(Left::loan(LOAN_TENGE))
}

/// The gateway goes before the answer that is waited for here comes, and does not come back in time.
fn away_at(scene: &mut dyn Scene, borrower: Borrower, screen: &str, wait: &str) -> Result<(), Stop> {
    borrower.goes_to(scene, screen, "")?;
    match screen {
        "EnterIin" => type_text(scene, borrower.person.iin)?,
        "EnterCode" => {
            let code = borrower.code(scene)?;
            type_text(scene, &code)?;
        }
        "Camera" => scene.act(Act::Stand(&borrower.person))?,
        _ => {}
    }
    scene.act(Act::StopGateway)?;
    if screen == "Amount" {
        borrower.applies(scene)?;
        borrower.goes_to(scene, "Waiting", wait)?;
    } else {
        scene.tap("primary")?;
        expect(scene, "Waiting", wait)?;
    }
    Ok(())
}

fn is_back(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.act(Act::StartGateway)?;
    loans_are_offered(scene, true)
}

fn unreachable(scene: &mut dyn Scene, screen: &str, wait: &str) -> Result<Left, Stop> {
    away_at(scene, Borrower::new(BORROWER).wants(20_000), screen, wait)?;
    ends(scene, "Unreachable")?;
    is_back(scene)?;
    Ok(Left::NOTHING)
}

pub(crate) fn no_answer_to_the_iin(scene: &mut dyn Scene) -> Result<Left, Stop> {
    unreachable(scene, "EnterIin", "Login")
}

pub(crate) fn no_answer_to_the_code(scene: &mut dyn Scene) -> Result<Left, Stop> {
    unreachable(scene, "EnterCode", "Code")
}

pub(crate) fn no_decision(scene: &mut dyn Scene) -> Result<Left, Stop> {
    unreachable(scene, "Amount", "Decision")
}

pub(crate) fn no_answer_to_the_picture(scene: &mut dyn Scene) -> Result<Left, Stop> {
    unreachable(scene, "Camera", "Face")
}

pub(crate) fn no_contract(scene: &mut dyn Scene) -> Result<Left, Stop> {
    unreachable(scene, "Agree", "Contract")
}

pub(crate) fn no_leave_to_pay(scene: &mut dyn Scene) -> Result<Left, Stop> {
    away_at(scene, Borrower::new(BORROWER).wants(20_000), "ReadyToPay", "Authorisation")?;
    // There is no way out of this wait, and none is needed: it ends without a note.
    ends(scene, "NothingPaid")?;
    is_back(scene)?;
    let dispenses = scene.count(Look::Dispenses)?;
    Stop::unless(dispenses == 0, || format!("{dispenses} DISPENSE without leave"))?;
    Ok(Left::NOTHING)
}

pub(crate) fn core_lending_down(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(20_000);
    borrower.goes_to(scene, "Amount", "")?;
    scene.choose_amount(20_000)?;
    scene.act(Act::Service { name: "core", up: false })?;
    borrower.applies(scene)?;
    borrower.ends_with(scene, "Unreachable")?;
    scene.act(Act::Service { name: "core", up: true })?;
    borrower.borrows(scene)?;
    Ok(Left::loan(20_000))
}

pub(crate) fn sms_down(scene: &mut dyn Scene) -> Result<Left, Stop> {
    scene.act(Act::Service { name: "sms", up: false })?;
    let borrower = Borrower::new(BORROWER);
    borrower.goes_to(scene, "EnterIin", "")?;
    type_text(scene, BORROWER.iin)?;
    scene.tap("primary")?;
    ends(scene, "Unreachable")?;
    scene.act(Act::Service { name: "sms", up: true })?;
    // A service that was away cost the person no attempt.
    for person in [BORROWER, SECOND] {
        Borrower::new(person).goes_to(scene, "Amount", "")?;
        cancels(scene)?;
    }
    Ok(Left::NOTHING)
}

pub(crate) fn matcher_down(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(20_000);
    borrower.goes_to(scene, "Camera", "StandStill")?;
    scene.act(Act::Stand(&BORROWER))?;
    scene.act(Act::Service { name: "match", up: false })?;
    scene.tap("primary")?;
    ends(scene, "Unreachable")?;
    scene.act(Act::Service { name: "match", up: true })?;
    borrower.borrows(scene)?;
    Ok(Left::loan(20_000))
}
