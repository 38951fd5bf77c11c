//! Money that reaches its borrower other than in notes: an account, a card, a merchant, the cash desk.

use crate::borrower::{Borrower, expect, go_on_to, leaves, type_text};
use crate::cash::is_paid_short;
use crate::people::{BORROWER, BORROWER_ACCOUNT, SECOND_ACCOUNT};
use crate::scene::{Act, Look, Scene, Stop};
use crate::{LOAN_TENGE, Left};

/// Terms under which the first product is sold for goods as well.
pub(crate) const GOODS: &[(&str, &str)] = &[("/products/0/payout_methods", r#"["cash", "merchant"]"#)];

/// Sum of these loans, tenge.
const LENT: u64 = 20_000;

fn to_own_account() -> Borrower {
    Borrower::new(BORROWER).wants(LENT).paid_by("account", BORROWER_ACCOUNT)
}

/// Money that went another way than out of the dispenser.
const SENT: Left = Left { booked: LENT, receipts: 1, ..Left::NOTHING };

fn asked_once(scene: &mut dyn Scene) -> Result<(), Stop> {
    let asked = scene.count(Look::Rows("TransferRequested"))?;
    Stop::unless(asked == 1, || format!("{asked} transfers were asked for"))?;
    let dispenses = scene.count(Look::Dispenses)?;
    Stop::unless(dispenses == 0, || format!("{dispenses} DISPENSE beside a transfer"))
}

pub(crate) fn own_account(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = to_own_account();
    borrower.goes_to(scene, "Notice", "payoutSure")?;
    scene.picture("own-account")?;
    borrower.goes_to(scene, "Notice", "transferReady")?;
    scene.picture("ready")?;
    scene.tap_twice("primary")?;
    expect(scene, "Notice", "transferred")?;
    scene.act(Act::Pass(10))?;
    scene.picture("transferred")?;
    leaves(scene)?;
    asked_once(scene)?;
    Ok(SENT)
}

pub(crate) fn not_the_owner(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower { account: SECOND_ACCOUNT, ..to_own_account() };
    borrower.goes_to(scene, "Entry", "payoutAccount")?;
    // One digit of their own account is wrong.
    type_text(scene, &BORROWER_ACCOUNT.replace("900514", "900515"))?;
    go_on_to(scene, "Entry", "payoutAccountWrong")?;
    type_text(scene, SECOND_ACCOUNT)?;
    go_on_to(scene, "Notice", "payoutRefused")?;
    scene.picture("not-the-owner")?;
    go_on_to(scene, "Choice", "payoutWay")?;
    Borrower::new(BORROWER).wants(LENT).borrows(scene)?;
    let asked = scene.count(Look::Rows("TransferRequested"))?;
    Stop::unless(asked == 0, || "money for somebody else's account was asked for".to_owned())?;
    Ok(Left::loan(LENT))
}

pub(crate) fn bank_down(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = to_own_account();
    borrower.goes_to(scene, "Entry", "payoutAccount")?;
    scene.act(Act::Service { name: "bank", up: false })?;
    type_text(scene, BORROWER_ACCOUNT)?;
    // Nobody says whose it is.
    go_on_to(scene, "Notice", "payoutRefused")?;
    scene.act(Act::Service { name: "bank", up: true })?;
    go_on_to(scene, "Choice", "payoutWay")?;
    borrower.goes_to(scene, "Notice", "transferReady")?;
    scene.act(Act::Service { name: "bank", up: false })?;
    go_on_to(scene, "Notice", "transferUnderWay")?;
    scene.act(Act::Pass(10))?;
    scene.picture("under-way")?;
    leaves(scene)?;
    // While nobody knows, the same loan is paid no second way, and there is no other one.
    Borrower::new(BORROWER).wants(LENT).ends_with(scene, "LoanOpen")?;
    let booked = scene.count(Look::Rows("PayoutRequested"))?;
    Stop::unless(booked == 0, || "notes were asked for beside a transfer under way".to_owned())?;
    scene.act(Act::Service { name: "bank", up: true })?;
    scene.act(Act::Pass(30))?;
    asked_once(scene)?;
    Ok(SENT)
}

pub(crate) fn card(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(LENT).paid_by("card", "");
    borrower.goes_to(scene, "Choice", "payoutCard")?;
    scene.picture("cards")?;
    borrower.goes_to(scene, "Notice", "transferred")?;
    scene.act(Act::Pass(10))?;
    leaves(scene)?;
    asked_once(scene)?;
    Ok(SENT)
}

pub(crate) fn merchant(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(LENT).paid_by("merchant", "");
    borrower.goes_to(scene, "Choice", "payoutMerchant")?;
    scene.picture("merchants")?;
    borrower.goes_to(scene, "Notice", "transferReady")?;
    let faces = scene.count(Look::Rows("FaceCaptured"))?;
    borrower.goes_to(scene, "Notice", "transferred")?;
    scene.act(Act::Pass(10))?;
    leaves(scene)?;
    let more = scene.count(Look::Rows("FaceCaptured"))? - faces;
    Stop::unless(more == 1, || format!("{more} pictures for the merchant's money alone"))?;
    asked_once(scene)?;
    Ok(SENT)
}

pub(crate) fn cash_desk(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(LENT).paid_by("cashDesk", "");
    borrower.goes_to(scene, "Notice", "claimSlip")?;
    scene.act(Act::Pass(10))?;
    scene.picture("slip")?;
    leaves(scene)?;
    // Who lost the slip gets the same one again, and no notes.
    borrower.goes_to(scene, "Choice", "remainder")?;
    let shown = scene.see()?;
    Stop::unless(!shown.can("option-notes") && !shown.can("option-transfer"), || {
        "what waits at the desk is offered another way".to_owned()
    })?;
    scene.tap("option-cashDesk")?;
    expect(scene, "Notice", "claimSlip")?;
    scene.act(Act::Pass(10))?;
    leaves(scene)?;
    Ok(Left { receipts: 2, ..Left::NOTHING })
}

pub(crate) fn short_then_transfer(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let given = is_paid_short(scene)?;
    scene.tap("option-transfer")?;
    let borrower = Borrower::new(BORROWER).paid_by("account", BORROWER_ACCOUNT);
    borrower.goes_to(scene, "Notice", "transferred")?;
    scene.act(Act::Pass(10))?;
    leaves(scene)?;
    Ok(Left { given, booked: LOAN_TENGE, receipts: 2, ..Left::NOTHING })
}
