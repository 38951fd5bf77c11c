//! People who get no loan, each politely and without a note.

use crate::borrower::{Borrower, ends, expect, go_on_to, type_text, wrong_code};
use crate::people::{ASKED, BORROWER, CHILD, INDEBTED, LISTED, Person, REFUSED, STRANGER, UNREGISTERED};
use crate::scene::{Act, Scene, Shown, Stop};
use crate::{Left, Look};

fn refused(scene: &mut dyn Scene, person: Person, end: &str) -> Result<Left, Stop> {
    let borrower = Borrower::new(person);
    borrower.goes_to(scene, "Amount", "")?;
    scene.choose_amount(crate::LOAN_TENGE)?;
    borrower.applies(scene)?;
    borrower.ends_with(scene, end)?;
    Ok(Left::NOTHING)
}

pub(crate) fn voluntary_refusal(scene: &mut dyn Scene) -> Result<Left, Stop> {
    refused(scene, REFUSED, "VoluntaryRefusal")
}

pub(crate) fn sanctions_list(scene: &mut dyn Scene) -> Result<Left, Stop> {
    refused(scene, LISTED, "NotApproved")
}

pub(crate) fn too_much_debt(scene: &mut dyn Scene) -> Result<Left, Stop> {
    refused(scene, INDEBTED, "NotApproved")
}

pub(crate) fn unregistered(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let sent = scene.count(Look::Messages)?;
    Borrower::new(UNREGISTERED).goes_to(scene, "EnterIin", "")?;
    type_text(scene, UNREGISTERED.iin)?;
    scene.tap("primary")?;
    ends(scene, "NotAvailable")?;
    let more = scene.count(Look::Messages)? - sent;
    Stop::unless(more == 0, || format!("{more} SMS were sent to somebody who is no client"))?;
    Ok(Left::NOTHING)
}

pub(crate) fn under_age(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(CHILD).goes_to(scene, "EnterIin", "")?;
    type_text(scene, CHILD.iin)?;
    scene.tap("primary")?;
    ends(scene, "UnderAge")?;
    let asked = scene.count(Look::Rows("LoginRequested"))?;
    Stop::unless(asked == 0, || "the IIN of a child left the terminal".to_owned())?;
    Ok(Left::NOTHING)
}

pub(crate) fn wrong_iin(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER);
    borrower.goes_to(scene, "EnterIin", "")?;
    // The last digit does not check.
    let (head, last) = BORROWER.iin.split_at(11);
    type_text(scene, head)?;
    scene.tap(&format!("digit-{}", if last == "0" { "1" } else { "0" }))?;
    go_on_to(scene, "EnterIin", "IinInvalid")?;
    scene.tap("erase")?;
    scene.tap(&format!("digit-{last}"))?;
    go_on_to(scene, "EnterCode", "")?;
    crate::borrower::cancels(scene)?;
    Ok(Left::NOTHING)
}

pub(crate) fn wrong_codes(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER);
    borrower.goes_to(scene, "EnterCode", "")?;
    let right = borrower.code(scene)?;
    for attempt in 1..=3 {
        type_text(scene, &wrong_code(&right))?;
        scene.tap("primary")?;
        if attempt < 3 {
            expect(scene, "EnterCode", "CodeWrong")?;
        }
    }
    ends(scene, "TooManyCodes")?;
    Ok(Left::NOTHING)
}

pub(crate) fn refusals(scene: &mut dyn Scene) -> Result<Left, Stop> {
    unregistered(scene)?;
    voluntary_refusal(scene)?;
    sanctions_list(scene)?;
    too_much_debt(scene)?;
    wrong_codes(scene)
}

pub(crate) fn face_mismatch(scene: &mut dyn Scene) -> Result<Left, Stop> {
    Borrower::new(STRANGER).goes_to(scene, "Camera", "StandStill")?;
    scene.act(Act::Stand(&STRANGER))?;
    for _ in 1..3 {
        go_on_to(scene, "Camera", "NoMatch")?;
    }
    scene.tap("primary")?;
    ends(scene, "FaceNotMatched")?;
    Ok(Left::NOTHING)
}

pub(crate) fn covered_lens(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER);
    borrower.goes_to(scene, "Camera", "StandStill")?;
    scene.act(Act::CoverLens)?;
    go_on_to(scene, "Camera", "UncoverLens")?;
    // A picture that shows nothing is no attempt, and is sent to nobody.
    let sent = scene.count(Look::Rows("FaceCaptured"))?;
    Stop::unless(sent == 0, || "a dark picture was sent".to_owned())?;
    borrower.borrows(scene)?;
    Ok(Left::loan(borrower.tenge))
}

pub(crate) fn open_loan(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(BORROWER).wants(20_000);
    borrower.borrows(scene)?;
    borrower.goes_to(scene, "Amount", "")?;
    borrower.applies(scene)?;
    borrower.ends_with(scene, "LoanOpen")?;
    Ok(Left::loan(20_000))
}

pub(crate) fn asked_more(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower::new(ASKED).wants(20_000);
    let asked = |shown: &Shown| shown.screen == "Choice" && shown.detail.starts_with("screening");
    borrower.goes_to(scene, "Choice", "screening-odd")?;
    scene.picture("asked")?;
    // Back to the sum and on again: what was agreed to and answered is not asked again.
    scene.tap("back")?;
    expect(scene, "Amount", "")?;
    let consents = scene.count(Look::Rows("ConsentDecided"))?;
    borrower.applies(scene)?;
    scene.wait_for("the screening's question", &asked)?;
    borrower.borrows(scene)?;
    let again = scene.count(Look::Rows("ConsentDecided"))?;
    Stop::unless(again == consents, || "a consent was asked for twice".to_owned())?;
    Ok(Left::loan(20_000))
}
