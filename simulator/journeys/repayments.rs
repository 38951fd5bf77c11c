//! People who bring money: logged in, by a contract's number, for somebody else, too much of it, and when something fails.

use crate::borrower::{
    Borrower, cancels, comes_to_be_offered, expect, go_on_to, leaves, loans_are_offered, type_text,
};
use crate::people::{BORROWER, Person, SECOND};
use crate::scene::{Act, Look, Scene, Shown, Stop};
use crate::{Journey, Left};

/// The loan that is repaid, tenge.
const LENT: u64 = 20_000;
/// Looks, a second apart, within which a note is somewhere.
const NOTE_WITHIN: u32 = 30;
/// A contract's number that nobody has, with a check digit that fits.
const NOBODYS: &str = "123456789012345";
/// What the validator says when it does not recognise a note (CCNET, 1Ch).
const NOT_RECOGNISED: u8 = 0x66;

/// What is played, as the catalogue lists it.
pub(crate) const REJECTED: Journey = Journey::new(
    "repay-rejected-note",
    "a note that is not recognised comes back, the next one is taken",
    rejected_note,
);
pub(crate) const CHANGED_MIND: Journey =
    Journey::new("repay-changed-mind", "a payer leaves before the first note, twice", changed_mind);
pub(crate) const POWER_CUT: Journey = Journey::new(
    "repay-power-cut",
    "terminal and acceptor lose power with a note in escrow",
    power_cut_in_escrow,
)
.halting("after:NoteEscrowed:1");
pub(crate) const RESTART: Journey = Journey::new(
    "repay-restart",
    "the firmware dies before it wrote down that a note was kept: it is in doubt until somebody counts",
    restart_past_recall,
)
.halting("before:NoteStacked:1");

/// What is left of a loan and of money for it.
const fn repaid(taken: u64, entered: u64) -> Left {
    Left { taken, repaid: entered, receipts: 2, ..Left::loan(LENT) }
}

/// A loan is paid out, and nobody is there any more; gives the number of its contract.
pub(crate) fn lent(scene: &mut dyn Scene, person: Person) -> Result<String, Stop> {
    Borrower::new(person).wants(LENT).borrows(scene)?;
    scene.contract_number()
}

/// A payer who names the contract by its number, up to the screen before the first note.
pub(crate) fn names(scene: &mut dyn Scene, number: &str) -> Result<(), Stop> {
    comes_to_be_offered(scene, "repay", true)?;
    Borrower::pays(BORROWER, "number").goes_to(scene, "Entry", "contractNumber")?;
    type_text(scene, number)
}

/// On to the open mouth of the acceptor.
pub(crate) fn opens(scene: &mut dyn Scene) -> Result<(), Stop> {
    go_on_to(scene, "Notice", "repaymentInsert").map(drop)
}

pub(crate) fn put(tenge: u32) -> Act<'static> {
    Act::Insert { tenge, refused: None }
}

/// Puts a note in and waits until it is in the stacker; a question whether it is to be taken is answered.
pub(crate) fn puts(scene: &mut dyn Scene, tenge: u32) -> Result<(), Stop> {
    let before = scene.count(Look::Taken)?;
    scene.act(put(tenge))?;
    for _ in 0..NOTE_WITHIN {
        scene.act(Act::Pass(1))?;
        if scene.see()?.is("Notice", "repaymentTakeNote") {
            scene.tap("primary")?;
        } else if scene.count(Look::Taken)? > before {
            // Where nothing more may come, the end comes by itself.
            let next = |shown: &Shown| shown.is("Notice", "repaymentInsert") || has_paid(shown);
            return scene.wait_for("what follows a note", &next).map(drop);
        }
    }
    Err(Stop(format!("{tenge} ₸ are not in the stacker; there is {}", scene.see()?.told())))
}

/// Nothing more is taken.
fn has_paid(shown: &Shown) -> bool {
    ["repaymentClosing", "repaymentBooking", "repaymentDone"].iter().any(|name| shown.is("Notice", name))
}

/// No more notes: what was taken is on the screen and on paper.
pub(crate) fn finishes(scene: &mut dyn Scene) -> Result<(), Stop> {
    if !has_paid(&scene.see()?) {
        scene.tap("primary")?;
    }
    expect(scene, "Notice", "repaymentDone")?;
    // The paper comes while one looks at it.
    scene.act(Act::Pass(3))?;
    leaves(scene)
}

/// Somebody pays by a contract's number.
pub(crate) fn pays_by_number(scene: &mut dyn Scene, number: &str, tenge: u32) -> Result<(), Stop> {
    names(scene, number)?;
    go_on_to(scene, "Notice", "repaymentTerms")?;
    opens(scene)?;
    puts(scene, tenge)?;
    finishes(scene)
}

pub(crate) fn own_loan(scene: &mut dyn Scene) -> Result<Left, Stop> {
    lent(scene, BORROWER)?;
    comes_to_be_offered(scene, "repay", true)?;
    Borrower::pays(BORROWER, "full").goes_to(scene, "Notice", "repaymentInsert")?;
    for tenge in [10_000, 5_000, 5_000] {
        puts(scene, tenge)?;
    }
    finishes(scene)?;
    // Nothing is owed, so there is nothing to pay.
    Borrower::pays(BORROWER, "full").goes_to(scene, "Notice", "repaymentNothing")?;
    leaves(scene)?;
    Ok(repaid(LENT, LENT))
}

pub(crate) fn by_number(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let number = lent(scene, BORROWER)?;
    pays_by_number(scene, &number, 5_000)?;
    Ok(repaid(5_000, 5_000))
}

pub(crate) fn for_a_relative(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let number = lent(scene, SECOND)?;
    let logins = scene.count(Look::Rows("LoginRequested"))?;
    pays_by_number(scene, &number, 2_000)?;
    // Whoever pays for somebody else is asked for no name; the borrower is told.
    let again = scene.count(Look::Rows("LoginRequested"))?;
    Stop::unless(again == logins, || "a payer had to log in".to_owned())?;
    scene.read_sms(SECOND.phone, "payment")?;
    Ok(repaid(2_000, 2_000))
}

pub(crate) fn wrong_number(scene: &mut dyn Scene) -> Result<Left, Stop> {
    // A digit is wrong, then the number is nobody's: no money is taken for either.
    let (head, _) = NOBODYS.split_at(14);
    names(scene, &format!("{head}9"))?;
    go_on_to(scene, "Entry", "contractNumberWrong")?;
    let typed = scene.see()?;
    scene.tap("clear")?;
    type_text(scene, NOBODYS)?;
    scene.tap("primary")?;
    let asked = |shown: &Shown| shown.is("Entry", "contractNumberWrong") && shown.step != typed.step;
    scene.wait_for("the number to be asked for again", &asked)?;
    let begun = scene.count(Look::Rows("RepaymentBegun"))?;
    Stop::unless(begun == 0, || "money was taken for a contract of nobody".to_owned())?;
    cancels(scene)?;
    Ok(Left::NOTHING)
}

/// The gateway is away, and somebody pays by a number that the terminal cannot look up.
fn pays_offline(scene: &mut dyn Scene, number: &str, tenge: u32) -> Result<(), Stop> {
    scene.act(Act::StopGateway)?;
    loans_are_offered(scene, false)?;
    pays_by_number(scene, number, tenge)?;
    scene.act(Act::StartGateway)?;
    loans_are_offered(scene, true)
}

pub(crate) fn offline(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let number = lent(scene, BORROWER)?;
    pays_offline(scene, &number, 10_000)?;
    Ok(repaid(10_000, 10_000))
}

pub(crate) fn unallocated(scene: &mut dyn Scene) -> Result<Left, Stop> {
    pays_offline(scene, NOBODYS, 5_000)?;
    // Nobody knows whose it is: it is kept to be traced.
    Ok(Left { taken: 5_000, held: 5_000, receipts: 1, ..Left::NOTHING })
}

pub(crate) fn too_much(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let number = lent(scene, BORROWER)?;
    names(scene, &number)?;
    go_on_to(scene, "Notice", "repaymentTerms")?;
    opens(scene)?;
    for tenge in [20_000, 5_000] {
        puts(scene, tenge)?;
    }
    finishes(scene)?;
    // All of it is with the lender: what is above the debt is the payer's.
    Ok(repaid(25_000, 25_000))
}

pub(crate) fn rejected_note(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let number = lent(scene, BORROWER)?;
    names(scene, &number)?;
    go_on_to(scene, "Notice", "repaymentTerms")?;
    opens(scene)?;
    scene.act(Act::Insert { tenge: 5_000, refused: Some(NOT_RECOGNISED) })?;
    scene.act(Act::Pass(5))?;
    let shown = expect(scene, "Notice", "repaymentInsert")?;
    Stop::unless(shown.can("cancel"), || "a refused note was credited".to_owned())?;
    puts(scene, 5_000)?;
    finishes(scene)?;
    Ok(repaid(5_000, 5_000))
}

pub(crate) fn changed_mind(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let number = lent(scene, BORROWER)?;
    names(scene, &number)?;
    go_on_to(scene, "Notice", "repaymentTerms")?;
    scene.tap("secondary")?;
    expect(scene, "Notice", "repaymentNothing")?;
    leaves(scene)?;
    // Once more, and away before the first note.
    names(scene, &number)?;
    go_on_to(scene, "Notice", "repaymentTerms")?;
    opens(scene)?;
    scene.tap("cancel")?;
    expect(scene, "Notice", "repaymentNothing")?;
    leaves(scene)?;
    Ok(Left::loan(LENT))
}

/// The firmware dies at the note; terminal and acceptor come back.
fn cut_at_the_note(scene: &mut dyn Scene, with_devices: bool) -> Result<(), Stop> {
    let number = lent(scene, BORROWER)?;
    names(scene, &number)?;
    go_on_to(scene, "Notice", "repaymentTerms")?;
    opens(scene)?;
    scene.act(put(5_000))?;
    scene.act(Act::Restart { with_dispenser: with_devices })?;
    let first = |shown: &Shown| matches!(shown.screen.as_str(), "Welcome" | "OutOfService");
    scene.wait_for("the first screen", &first)?;
    for _ in 0..NOTE_WITHIN {
        if scene.count(Look::Rows("RepaymentEnded"))? > 0 {
            break;
        }
        scene.act(Act::Pass(2))?;
    }
    let ends = scene.count(Look::Rows("RepaymentEnded"))?;
    Stop::unless(ends == 1, || format!("{ends} rows RepaymentEnded for one repayment"))
}

pub(crate) fn power_cut_in_escrow(scene: &mut dyn Scene) -> Result<Left, Stop> {
    cut_at_the_note(scene, true)?;
    // A note that was not yet kept is given back, or found in the stacker and credited: never both, never neither.
    let taken = scene.count(Look::Taken)?;
    Ok(Left { taken, repaid: taken, ..Left::loan(LENT) })
}

pub(crate) fn restart_past_recall(scene: &mut dyn Scene) -> Result<Left, Stop> {
    cut_at_the_note(scene, false)?;
    // The acceptor told once that it kept the note, to nobody: it is in doubt until somebody counts, and credited by no
    // guess.
    Ok(Left { taken: 5_000, ..Left::loan(LENT) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_that_nobody_has_is_one_that_somebody_could_have() {
        assert!(senim_domain::contract_number::ContractNumber::parse(NOBODYS).is_ok());
    }
}
