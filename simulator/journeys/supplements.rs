//! Changes of a contract: read, signed and concluded like a contract, declined, or asked for by who cannot pay as agreed.

use crate::borrower::{Borrower, comes_to_be_offered, expect, go_on_to, type_text};
use crate::people::BORROWER;
use crate::repayments;
use crate::scene::{Act, Look, Scene, Shown, Stands, Stop};
use crate::shows::Special;
use crate::{Journey, Left};

/// A journey of the catalogue.
pub(crate) const SIGNED: Journey = Journey::new(
    "supplement-signed",
    "a lower rate for a longer term is read, agreed to before the camera, signed and in force once",
    signed,
)
.signed()
.rules(&["R-042", "R-060", "R-075"]);

/// A journey of the catalogue.
pub(crate) const DECLINED: Journey = Journey::new(
    "supplement-declined",
    "a supplement is read and declined: the contract stays as it is",
    declined,
)
.signed()
.rules(&["R-060"]);

/// A journey of the catalogue.
pub(crate) const ASKED: Journey = Journey::new(
    "restructuring-asked",
    "a client who cannot pay as agreed asks for a longer term and gets it by a supplement",
    asked,
)
.rules(&["R-047", "R-060", "R-078"]);

/// A journey of the catalogue.
pub(crate) const REFUNDED: Journey = Journey::new(
    "write-off-refund",
    "after a verdict its client has what was paid back to their own account, and not in notes",
    refunded,
)
.special(&[Special::WriteOff])
.rules(&["R-084"]);

/// The loan whose contract is changed, tenge.
const LENT: u64 = 20_000;
/// A lower rate, whole percent a year, for a longer term.
const EASIER: Act<'static> = Act::OffersTerms { restructuring: false, percent: 24, months: 12 };

fn rows(scene: &mut dyn Scene, wanted: &[(&str, u64)]) -> Result<(), Stop> {
    for (kind, count) in wanted {
        let found = scene.count(Look::Rows(kind))?;
        Stop::unless(found == *count, || format!("{found} rows {kind}, not {count}"))?;
    }
    Ok(())
}

/// A loan is paid out, and its client comes to look at their own business.
fn visitor() -> Borrower {
    Borrower { errand: "cabinet", ..Borrower::new(BORROWER) }
}

fn to_changes(scene: &mut dyn Scene) -> Result<Shown, Stop> {
    visitor().goes_to(scene, "Choice", "cabinet")?;
    scene.tap("option-changes")?;
    expect(scene, "Choice", "changes")
}

/// The supplement that waits is read to its end.
fn reads(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.tap("option-supplement-0")?;
    expect(scene, "Contract", "")?;
    scene.picture("supplement")?;
    scene.read_to_the_end()?;
    go_on_to(scene, "Notice", "supplementTerms")?;
    scene.picture("terms").map(drop)
}

/// From the terms over face and signature to the slip, and away.
fn agrees(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.tap("primary")?;
    visitor().goes_to(scene, "Notice", "supplementConcluded")?;
    scene.act(Act::Pass(3))?;
    scene.picture("concluded")?;
    go_on_to(scene, "Choice", "cabinet")?;
    leaves(scene)
}

fn leaves(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.tap("cancel")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome").map(drop)
}

pub(crate) fn signed(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(BORROWER).wants(LENT).borrows(scene)?;
    scene.act(EASIER)?;
    let shown = to_changes(scene)?;
    scene.picture("changes")?;
    Stop::unless(shown.can("option-contract-0"), || "nobody can ask for other terms".to_owned())?;
    reads(scene)?;
    rows(scene, &[("SupplementAgreed", 0), ("SignatureRequested", 1)])?;
    agrees(scene)?;
    // Asked for once without and once with the signature; the face is one.
    rows(
        scene,
        &[("SupplementAgreed", 2), ("SignatureRequested", 2), ("DocumentShown", 2), ("SlipPrinted", 1)],
    )?;
    let told = scene.count(Look::Supplements)?;
    Stop::unless(told == 1, || format!("core lending heard of {told} supplements"))?;
    // It waits no more, and the cabinet confirms it.
    let shown = to_changes(scene)?;
    Stop::unless(!shown.can("option-supplement-0"), || "a supplement waits after its conclusion".to_owned())?;
    leaves(scene)?;
    Ok(Left { receipts: 2, ..Left::loan(LENT) })
}

pub(crate) fn declined(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(BORROWER).wants(LENT).borrows(scene)?;
    scene.act(EASIER)?;
    to_changes(scene)?;
    reads(scene)?;
    scene.tap("secondary")?;
    expect(scene, "Notice", "supplementDecline")?;
    scene.picture("sure")?;
    // Whoever wants to think about it is back at the terms.
    scene.tap("secondary")?;
    expect(scene, "Notice", "supplementTerms")?;
    scene.tap("secondary")?;
    expect(scene, "Notice", "supplementDecline")?;
    go_on_to(scene, "Notice", "supplementDeclined")?;
    go_on_to(scene, "Choice", "cabinet")?;
    leaves(scene)?;
    rows(scene, &[("SupplementDeclined", 1), ("SupplementAgreed", 0), ("SignatureRequested", 1)])?;
    let told = scene.count(Look::Supplements)?;
    Stop::unless(told == 0, || "a declined supplement is in force".to_owned())?;
    let shown = to_changes(scene)?;
    Stop::unless(!shown.can("option-supplement-0"), || "a declined supplement waits".to_owned())?;
    leaves(scene)?;
    Ok(Left::loan(LENT))
}

pub(crate) fn asked(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(BORROWER).wants(LENT).borrows(scene)?;
    to_changes(scene)?;
    for (option, next) in [
        ("option-contract-0", "hardshipReason"),
        ("option-illness", "wishedRelief"),
        ("option-longerTerm", "wishedMonths"),
    ] {
        scene.tap(option)?;
        expect(scene, "Choice", next)?;
        scene.picture(next)?;
    }
    scene.tap("option-months-6")?;
    expect(scene, "Notice", "restructuringSent")?;
    scene.picture("sent")?;
    go_on_to(scene, "Choice", "cabinet")?;
    leaves(scene)?;
    rows(scene, &[("RestructuringRequested", 1)])?;
    let shown = to_changes(scene)?;
    Stop::unless(!shown.can("option-contract-0"), || "the same is asked for twice".to_owned())?;
    leaves(scene)?;
    // The answer is a supplement, which changes nothing before its client has agreed.
    scene.act(Act::OffersTerms { restructuring: true, percent: 30, months: 12 })?;
    to_changes(scene)?;
    reads(scene)?;
    agrees(scene)?;
    let told = scene.count(Look::Supplements)?;
    Stop::unless(told == 1, || format!("core lending heard of {told} supplements"))?;
    Ok(Left { receipts: 2, ..Left::loan(LENT) })
}

/// An account of the client, and one of somebody else.
const OWN_ACCOUNT: &str = "KZ951250900514300002";
const OTHERS_ACCOUNT: &str = "KZ841250911231400005";

pub(crate) fn refunded(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(BORROWER).wants(LENT).borrows(scene)?;
    let number = scene.contract_number()?;
    comes_to_be_offered(scene, "repay", true)?;
    repayments::pays_by_number(scene, &number, 5_000)?;
    scene.act(Act::Stands(Stands::WrittenOff))?;
    let given = scene.count(Look::Given)?;
    let shown = to_changes(scene)?;
    let other = shown.can("option-contract-0") || shown.can("option-supplement-0");
    Stop::unless(!other, || "a contract that was written off can be changed".to_owned())?;
    scene.tap("option-refund-0")?;
    expect(scene, "Choice", "refundWay")?;
    scene.picture("refund-way")?;
    scene.tap("option-account")?;
    expect(scene, "Entry", "refundAccount")?;
    // Somebody else's account is not taken; the face that was shown counts for the next one.
    type_text(scene, OTHERS_ACCOUNT)?;
    scene.tap("primary")?;
    visitor().goes_to(scene, "Entry", "refundAccountWrong")?;
    type_text(scene, OWN_ACCOUNT)?;
    go_on_to(scene, "Notice", "refundTaken")?;
    scene.act(Act::Pass(3))?;
    scene.picture("refund-taken")?;
    go_on_to(scene, "Choice", "cabinet")?;
    leaves(scene)?;
    rows(scene, &[("RefundChosen", 2), ("FaceCaptured", 2), ("SlipPrinted", 1)])?;
    // No note leaves the terminal for it, and it is chosen once.
    let more = scene.count(Look::Given)? - given;
    Stop::unless(more == 0, || format!("{more} tenge of a refund left the terminal"))?;
    visitor().goes_to(scene, "Choice", "cabinet")?;
    scene.tap("option-changes")?;
    expect(scene, "Notice", "changesNone")?;
    go_on_to(scene, "Choice", "cabinet")?;
    leaves(scene)?;
    Ok(Left { taken: 5_000, repaid: 5_000, receipts: 3, ..Left::loan(LENT) })
}
