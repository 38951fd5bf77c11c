//! Access to the personal cabinet: login by PIN, a PIN that is locked or recovered, another phone or account, and the IIN that
//! never changes.

use crate::borrower::{Borrower, cancels, ends, expect, go_on_to, type_text};
use crate::people::{BORROWER, Person, SECOND};
use crate::scene::{Act, Look, Scene, Stop, code_in};
use crate::shows::Clause;
use crate::{Journey, Left};

const PIN: &str = "740295";
const ANOTHER: &str = "851306";
/// A sum that no day of rest is asked for, tenge.
const SMALL: u64 = 20_000;

/// What is played, as the catalogue lists it.
pub(crate) const BY_PIN: Journey =
    Journey::new("login-by-pin", "a client sets a PIN by their face, logs in by it and borrows", by_pin)
        .shows(&[Clause::Login])
        .rules(&["R-036"]);

pub(crate) const LOCKED: Journey = Journey::new(
    "pin-wrong-locked",
    "a wrong PIN as often as the rules allow: nobody gets in until the lock is over",
    locked,
)
.of_days()
.rules(&["R-130"]);
pub(crate) const RECOVERED: Journey =
    Journey::new("pin-recovered", "a PIN that was forgotten is set anew after a code and a face", recovered)
        .rules(&["R-036"]);
pub(crate) const PHONE: Journey = Journey::new(
    "change-phone",
    "another phone by its code, a face and a signature; both numbers are told",
    phone,
)
.shows(&[Clause::ChangePhone])
.signed()
.rules(&["R-037"]);
pub(crate) const ACCOUNT: Journey = Journey::new(
    "change-account",
    "another account by a face and a signature, if the bank says that it is the client's",
    account,
)
.shows(&[Clause::ChangeAccount])
.signed()
.rules(&["R-037"]);
pub(crate) const IIN: Journey = Journey::new(
    "change-iin",
    "the cabinet says that an IIN never changes, and another one in the visit opens nothing",
    iin,
)
.shows(&[Clause::ChangeIin])
.rules(&["R-038"]);

/// Somebody who looks at their own business and logs in by this PIN where they have one.
fn visitor(pin: &'static str) -> Borrower {
    Borrower { errand: "cabinet", pin, ..Borrower::new(BORROWER) }
}

/// The first page of what can be changed.
fn to_access(scene: &mut dyn Scene, visitor: &Borrower) -> Result<(), Stop> {
    visitor.goes_to(scene, "Choice", "cabinet")?;
    scene.tap("option-access")?;
    expect(scene, "Choice", "access").map(drop)
}

fn leaves_the_cabinet(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.tap("cancel")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome").map(drop)
}

/// Logs in by code, shows the face and sets the PIN.
fn sets_pin(scene: &mut dyn Scene) -> Result<Borrower, Stop> {
    let visitor = visitor(PIN);
    to_access(scene, &visitor)?;
    scene.picture("access")?;
    scene.tap("option-pin")?;
    visitor.goes_to(scene, "Notice", "pinSet")?;
    go_on_to(scene, "Choice", "cabinet")?;
    leaves_the_cabinet(scene)?;
    Ok(visitor)
}

/// Types a PIN that is not the client's; what the screen says to it.
fn types_wrong(scene: &mut dyn Scene) -> Result<(), Stop> {
    let before = scene.see()?.step;
    type_text(scene, ANOTHER)?;
    scene.tap("primary")?;
    let answered = |screen: &str| matches!(screen, "Entry" | "End");
    scene.wait_for("the answer", &|now| now.step != before && answered(&now.screen)).map(drop)
}

fn by_pin(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let visitor = sets_pin(scene)?;
    let codes = scene.count(Look::Rows("LoginCodeSubmitted"))?;
    visitor.goes_to(scene, "Choice", "loginWay")?;
    scene.picture("ways")?;
    visitor.goes_to(scene, "Choice", "cabinet")?;
    leaves_the_cabinet(scene)?;
    Borrower { errand: "loan", ..visitor.wants(SMALL) }.borrows(scene)?;
    let (by_pin, by_code) =
        (scene.count(Look::Rows("LoginPinSubmitted"))?, scene.count(Look::Rows("LoginCodeSubmitted"))?);
    Stop::unless((by_pin, by_code) == (2, codes), || format!("{by_pin} logins by PIN, {by_code} by code"))?;
    // Whoever has a PIN may still take a code.
    visitor.goes_to(scene, "Choice", "loginWay")?;
    scene.tap("option-code")?;
    expect(scene, "EnterCode", "")?;
    cancels(scene)?;
    Ok(Left::loan(SMALL))
}

fn locked(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let visitor = sets_pin(scene)?;
    visitor.goes_to(scene, "Entry", "loginPin")?;
    for _ in 0..4 {
        types_wrong(scene)?;
        expect(scene, "Entry", "loginPinWrong")?;
    }
    types_wrong(scene)?;
    ends(scene, "TooManyCodes")?;
    // Nobody gets in for a while, and nobody gets a code.
    let sent = scene.count(Look::Rows("AnswerReceived"))?;
    visitor.ends_with(scene, "TooManyCodes")?;
    let answers = scene.count(Look::Rows("AnswerReceived"))? - sent;
    Stop::unless(answers == 1, || format!("{answers} answers to a login that is locked"))?;
    scene.act(Act::Pass(31 * 60))?;
    visitor.goes_to(scene, "Choice", "cabinet")?;
    leaves_the_cabinet(scene)?;
    Ok(Left::NOTHING)
}

fn recovered(scene: &mut dyn Scene) -> Result<Left, Stop> {
    sets_pin(scene)?;
    let forgetful = visitor(ANOTHER);
    forgetful.goes_to(scene, "Entry", "loginPin")?;
    scene.picture("pin")?;
    scene.tap("secondary")?;
    forgetful.goes_to(scene, "Notice", "beforeFace")?;
    forgetful.goes_to(scene, "Notice", "pinSet")?;
    scene.picture("recovered")?;
    scene.tap("primary")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    forgetful.goes_to(scene, "Choice", "cabinet")?;
    leaves_the_cabinet(scene)?;
    // The former one opens nothing any more.
    let visitor = visitor(PIN);
    visitor.goes_to(scene, "Entry", "loginPin")?;
    type_text(scene, PIN)?;
    go_on_to(scene, "Entry", "loginPinWrong")?;
    cancels(scene)?;
    Ok(Left::NOTHING)
}

/// A number that the client bought today, and an account of theirs.
const NEW_PHONE: &str = "+77029990001";
const OWN_ACCOUNT: &str = "KZ951250900514300002";
const OTHERS_ACCOUNT: &str = "KZ841250911231400005";

/// From what was typed over face and signature to the change.
fn is_changed(scene: &mut dyn Scene, visitor: &Borrower) -> Result<(), Stop> {
    visitor.goes_to(scene, "Notice", "contactStatement")?;
    scene.picture("statement")?;
    let made = scene.count(Look::Rows("SignatureAwaited"))?;
    Stop::unless(made == 0, || "a signature before the statement was read".to_owned())?;
    visitor.goes_to(scene, "Notice", "contactChanged")?;
    scene.picture("changed")?;
    go_on_to(scene, "Choice", "cabinet")?;
    leaves_the_cabinet(scene)?;
    for (kind, wanted) in [("SignatureRequested", 1), ("SlipPrinted", 1), ("ContactChangeConcluded", 2)] {
        let rows = scene.count(Look::Rows(kind))?;
        Stop::unless(rows == wanted, || format!("{rows} rows {kind}"))?;
    }
    Ok(())
}

fn phone(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let visitor = visitor("");
    to_access(scene, &visitor)?;
    scene.tap("option-phone")?;
    expect(scene, "Entry", "newPhone")?;
    // Somebody else's number is not taken, and nobody gets a code.
    type_text(scene, SECOND.phone.trim_start_matches("+7"))?;
    go_on_to(scene, "Entry", "newPhoneWrong")?;
    type_text(scene, NEW_PHONE.trim_start_matches("+7"))?;
    go_on_to(scene, "Entry", "contactCode")?;
    let text = scene.read_sms(NEW_PHONE, "contact_code")?;
    let code = code_in(&text).ok_or_else(|| Stop("the SMS has no code".to_owned()))?;
    type_text(scene, &code)?;
    go_on_to(scene, "Notice", "beforeFace")?;
    is_changed(scene, &visitor)?;
    // Both numbers are told, and the next code comes to the new one.
    for number in [NEW_PHONE, BORROWER.phone] {
        scene.read_sms(number, "access")?;
    }
    let moved = Borrower { person: Person { phone: NEW_PHONE, ..BORROWER }, ..visitor };
    moved.goes_to(scene, "Choice", "cabinet")?;
    leaves_the_cabinet(scene)?;
    Ok(Left { receipts: 1, ..Left::NOTHING })
}

fn account(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let visitor = visitor("");
    to_access(scene, &visitor)?;
    scene.tap("option-account")?;
    expect(scene, "Entry", "newAccount")?;
    type_text(scene, OTHERS_ACCOUNT)?;
    go_on_to(scene, "Entry", "newAccountWrong")?;
    type_text(scene, OWN_ACCOUNT)?;
    go_on_to(scene, "Notice", "beforeFace")?;
    is_changed(scene, &visitor)?;
    Ok(Left { receipts: 1, ..Left::NOTHING })
}

fn iin(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let visitor = visitor("");
    to_access(scene, &visitor)?;
    scene.tap("option-iin")?;
    let shown = expect(scene, "Notice", "iinStays")?;
    let fields = shown.touchable.iter().any(|id| id.starts_with("digit-") || id.starts_with("letter-"));
    Stop::unless(!fields, || "there is something to type an IIN into".to_owned())?;
    scene.picture("iin-stays")?;
    go_on_to(scene, "Choice", "access")?;
    // Another IIN in the same visit opens nothing, and nobody gets a code for it.
    for screen in ["cabinet", "menu"] {
        scene.tap("back")?;
        expect(scene, "Choice", screen)?;
    }
    let codes = scene.count(Look::Messages)?;
    scene.tap("option-cabinet")?;
    expect(scene, "EnterIin", "")?;
    type_text(scene, SECOND.iin)?;
    scene.tap("primary")?;
    ends(scene, "NotAvailable")?;
    let more = scene.count(Look::Messages)? - codes;
    Stop::unless(more <= 1, || format!("{more} messages after another IIN"))?;
    Ok(Left::NOTHING)
}
