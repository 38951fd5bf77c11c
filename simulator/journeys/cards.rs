//! Cards: bound, a way in, a way to sign; of somebody else, blocked, withdrawn, lost, forgotten.

use crate::borrower::{Borrower, CARD_PIN, cancels, ends, expect, go_on_to, type_text};
use crate::people::{BORROWER, SECOND};
use crate::scene::{Act, Key, Look, Scene, Stop};
use crate::shows::Clause;
use crate::{Journey, Left};

/// A sum that no day of rest is asked for, tenge.
const SMALL: u64 = 20_000;
/// Sum of a loan that is signed for, tenge.
const SUM: u64 = 53_000;
/// No PIN of any card.
const WRONG_PIN: &str = "000000";
/// Long enough for anybody to take their card, seconds: the sample's time to type, and that of its warning.
const LONG: u64 = 100;

/// What is played, as the catalogue lists it.
pub(crate) const LOGIN: Journey = Journey::new(
    "login-by-card",
    "a client binds a card by their face, logs in by it and its PIN and borrows",
    login,
)
.of_cards()
.of_days()
.shows(&[Clause::Login])
.rules(&["R-010", "R-036"]);
pub(crate) const SIGNED: Journey = Journey::new(
    "contract-signed-by-card",
    "a contract is signed by the client's card, which is told of when it is left in the reader",
    signed,
)
.of_cards()
.signed()
.rules(&["R-010", "R-060"]);
pub(crate) const SOMEBODY_ELSES: Journey = Journey::new(
    "card-of-somebody-else",
    "cards of somebody else, of nobody and of another kind open nothing, and no PIN is asked for",
    somebody_elses,
)
.of_cards()
.rules(&["R-010", "R-130"]);
pub(crate) const BLOCKED: Journey = Journey::new(
    "card-pin-blocked",
    "a card's PIN is wrong until it is blocked, each try told before; a code still opens the cabinet",
    blocked,
)
.of_cards()
.rules(&["R-036"]);
pub(crate) const WITHDRAWN: Journey = Journey::new(
    "card-withdrawn",
    "a card is taken out in the middle, its reader unplugged, and at last it is left behind",
    withdrawn,
)
.of_cards()
.rules(&["R-010"]);
pub(crate) const CLOSED: Journey = Journey::new(
    "card-closed",
    "a card is withdrawn by its issuer, another one bound, and that one reported lost",
    closed,
)
.of_cards()
.rules(&["R-010"]);
pub(crate) const UNBOUND: Journey =
    Journey::new("card-unbound", "a client's card opens nothing any more by their own will", unbound)
        .of_cards()
        .rules(&["R-010"]);

pub(crate) const ON_KEYPAD: Journey = Journey::new(
    "contract-signed-on-keypad",
    "a contract is signed by a client's card that the MFO does not know, its PIN typed on the reader's own keys",
    on_keypad,
)
.of_keypad()
.signed()
.rules(&["R-010", "R-060", "R-305"]);

/// Somebody who looks at their own business and has their card with them.
fn visitor(card: &'static str) -> Borrower {
    Borrower { errand: "cabinet", card, ..Borrower::new(BORROWER) }
}

fn rows(scene: &mut dyn Scene, kind: &str, wanted: u64) -> Result<(), Stop> {
    let rows = scene.count(Look::Rows(kind))?;
    Stop::unless(rows == wanted, || format!("{rows} rows {kind}, not {wanted}"))
}

fn put(scene: &mut dyn Scene, kind: &str) -> Result<(), Stop> {
    scene.act(Act::PutCard { person: &BORROWER, kind })
}

fn leaves_the_cabinet(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.tap("cancel")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome").map(drop)
}

/// Logs in by a code, shows the face and binds the card.
fn binds(scene: &mut dyn Scene) -> Result<Borrower, Stop> {
    let visitor = visitor("own");
    visitor.goes_to(scene, "Choice", "cabinet")?;
    scene.tap("option-access")?;
    expect(scene, "Choice", "access")?;
    scene.picture("access")?;
    scene.tap("option-card")?;
    visitor.goes_to(scene, "Notice", "cardInsert")?;
    scene.picture("insert")?;
    visitor.goes_to(scene, "Entry", "cardPin")?;
    scene.picture("pin")?;
    visitor.goes_to(scene, "Notice", "cardBound")?;
    scene.picture("bound")?;
    scene.act(Act::TakeCard)?;
    go_on_to(scene, "Choice", "cabinet")?;
    leaves_the_cabinet(scene)?;
    rows(scene, "CardBindingRequested", 1)?;
    scene.read_sms(BORROWER.phone, "access")?;
    Ok(visitor)
}

/// From the welcome screen to the screen that asks for the card.
fn to_insert(scene: &mut dyn Scene, visitor: &Borrower) -> Result<(), Stop> {
    visitor.goes_to(scene, "Notice", "cardInsert").map(drop)
}

/// The card does not work: what the screen is called, and away.
fn problem(scene: &mut dyn Scene, picture: &str) -> Result<(), Stop> {
    expect(scene, "Notice", "cardProblem")?;
    scene.picture(picture)
}

fn login(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let visitor = binds(scene)?;
    let codes = scene.count(Look::Rows("LoginCodeSubmitted"))?;
    scene.act(Act::Pass(3_600))?;
    visitor.goes_to(scene, "Choice", "loginWay")?;
    scene.picture("ways")?;
    visitor.goes_to(scene, "Notice", "cardTakeBack")?;
    visitor.goes_to(scene, "Choice", "cabinet")?;
    leaves_the_cabinet(scene)?;
    Borrower { errand: "loan", ..visitor.wants(SMALL) }.borrows(scene)?;
    rows(scene, "CardProofSubmitted", 3)?;
    rows(scene, "LoginCodeSubmitted", codes)?;
    Ok(Left::loan(SMALL))
}

fn signed(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let visitor = binds(scene)?;
    let borrower = Borrower { errand: "loan", ..visitor.wants(SUM) };
    borrower.goes_to(scene, "Choice", "signWay")?;
    scene.picture("sign-way")?;
    let asked = scene.count(Look::Rows("PayoutRequested"))?;
    Stop::unless(asked == 0, || "money was asked for without a signature".to_owned())?;
    borrower.goes_to(scene, "ReadyToPay", "")?;
    rows(scene, "CardSignatureMade", 1)?;
    rows(scene, "SignatureRequested", 0)?;
    borrower.takes_the_money(scene)?;
    scene.tap("primary")?;
    // The card that signed is still in the reader.
    expect_forgotten(scene)?;
    scene.act(Act::TakeCard)?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    Ok(Left::loan(SUM))
}

fn expect_forgotten(scene: &mut dyn Scene) -> Result<(), Stop> {
    expect(scene, "Notice", "cardForgotten")?;
    scene.picture("forgotten")
}

fn somebody_elses(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let visitor = binds(scene)?;
    // Somebody else's, one that is bound to nobody, one that nobody issued, and no such card at all.
    to_insert(scene, &visitor)?;
    scene.act(Act::PutCard { person: &SECOND, kind: "own" })?;
    problem(scene, "other-person")?;
    for kind in ["second", "foreign"] {
        scene.act(Act::TakeCard)?;
        go_on_to(scene, "Notice", "cardInsert")?;
        put(scene, kind)?;
        problem(scene, kind)?;
    }
    scene.act(Act::TakeCard)?;
    go_on_to(scene, "Notice", "cardInsert")?;
    put(scene, "passport")?;
    problem(scene, "passport")?;
    rows(scene, "LoginCardShown", 3)?;
    // No PIN was asked for, and the client hears of it.
    rows(scene, "CardProofSubmitted", 1)?;
    scene.read_sms(BORROWER.phone, "access")?;
    scene.act(Act::TakeCard)?;
    go_on_to(scene, "Notice", "cardInsert")?;
    visitor.goes_to(scene, "Choice", "cabinet")?;
    leaves_the_cabinet(scene)?;
    // At the cabinet of somebody else the card opens nothing either, and cannot be bound.
    let other = Borrower { person: SECOND, ..visitor };
    other.goes_to(scene, "Choice", "cabinet")?;
    scene.tap("option-access")?;
    expect(scene, "Choice", "access")?;
    scene.tap("option-card")?;
    other.goes_to(scene, "Notice", "cardInsert")?;
    put(scene, "own")?;
    problem(scene, "not-theirs")?;
    rows(scene, "CardBindingRequested", 2)?;
    scene.act(Act::TakeCard)?;
    cancels(scene)?;
    Ok(Left::NOTHING)
}

/// Types a PIN that is not the card's.
fn types_wrong(scene: &mut dyn Scene) -> Result<(), Stop> {
    type_text(scene, WRONG_PIN)?;
    scene.tap("primary")
}

fn blocked(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let visitor = binds(scene)?;
    to_insert(scene, &visitor)?;
    put(scene, "own")?;
    expect(scene, "Entry", "cardPin")?;
    types_wrong(scene)?;
    expect(scene, "Entry", "cardPinWrong")?;
    scene.picture("pin-wrong")?;
    types_wrong(scene)?;
    // The last try is said to be the last.
    expect(scene, "Entry", "cardPinLastWrong")?;
    scene.picture("last-try")?;
    types_wrong(scene)?;
    problem(scene, "blocked")?;
    rows(scene, "CardNotUsed", 3)?;
    rows(scene, "CardProofSubmitted", 1)?;
    // A code still opens the cabinet, and a blocked card is known before any PIN.
    scene.act(Act::TakeCard)?;
    scene.tap("secondary")?;
    expect(scene, "Choice", "loginWay")?;
    scene.tap("option-card")?;
    expect(scene, "Notice", "cardInsert")?;
    put(scene, "blocked")?;
    problem(scene, "blocked-before")?;
    scene.act(Act::TakeCard)?;
    scene.tap("secondary")?;
    expect(scene, "Choice", "loginWay")?;
    scene.tap("option-code")?;
    let by_code = Borrower { card: "", ..visitor };
    by_code.goes_to(scene, "Choice", "cabinet")?;
    leaves_the_cabinet(scene)?;
    // The client heard of the first failure; so many more would have locked the cabinet.
    scene.read_sms(BORROWER.phone, "access")?;
    Ok(Left::NOTHING)
}

fn withdrawn(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let visitor = binds(scene)?;
    to_insert(scene, &visitor)?;
    put(scene, "own")?;
    expect(scene, "Entry", "cardPin")?;
    type_text(scene, CARD_PIN)?;
    scene.act(Act::TakeCard)?;
    problem(scene, "withdrawn")?;
    rows(scene, "CardNotUsed", 1)?;
    // Put back, it is read by itself, and its PIN is asked for anew.
    put(scene, "own")?;
    expect(scene, "Entry", "cardPin")?;
    // The cable of the reader is pulled and put back.
    scene.act(Act::CardReader { plugged: false })?;
    problem(scene, "unplugged")?;
    scene.act(Act::CardReader { plugged: true })?;
    scene.tap("secondary")?;
    expect(scene, "Choice", "loginWay")?;
    scene.tap("option-code")?;
    let by_code = Borrower { card: "", ..visitor };
    by_code.goes_to(scene, "Choice", "cabinet")?;
    scene.tap("cancel")?;
    // Nobody goes home without their card: it is told of, and if nobody takes it, the lender hears of it.
    expect_forgotten(scene)?;
    scene.act(Act::Pass(LONG))?;
    rows(scene, "CardLeftBehind", 1)?;
    scene.act(Act::TakeCard)?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    Ok(Left::NOTHING)
}

fn closed(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let visitor = binds(scene)?;
    scene.act(Act::RevokeCard(&BORROWER))?;
    to_insert(scene, &visitor)?;
    put(scene, "own")?;
    problem(scene, "revoked")?;
    scene.act(Act::TakeCard)?;
    // Another card of theirs is bound in its place.
    scene.tap("secondary")?;
    expect(scene, "Choice", "loginWay")?;
    scene.tap("option-code")?;
    let second = Borrower { card: "", ..visitor };
    second.goes_to(scene, "Choice", "cabinet")?;
    scene.tap("option-access")?;
    expect(scene, "Choice", "access")?;
    scene.tap("option-card")?;
    let second = Borrower { card: "second", ..second };
    second.goes_to(scene, "Notice", "cardBound")?;
    scene.act(Act::TakeCard)?;
    go_on_to(scene, "Choice", "cabinet")?;
    leaves_the_cabinet(scene)?;
    // It is reported lost: no card is offered any more, and this one is never bound again.
    scene.act(Act::LoseCard(&BORROWER))?;
    let by_code = Borrower { card: "", ..second };
    by_code.goes_to(scene, "Choice", "cabinet")?;
    scene.tap("option-access")?;
    expect(scene, "Choice", "access")?;
    scene.tap("option-card")?;
    by_code.goes_to(scene, "Notice", "cardInsert")?;
    put(scene, "second")?;
    problem(scene, "lost")?;
    scene.act(Act::TakeCard)?;
    cancels(scene).map(|()| Left::NOTHING)
}

fn unbound(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let visitor = binds(scene)?;
    visitor.goes_to(scene, "Choice", "cabinet")?;
    scene.tap("option-access")?;
    expect(scene, "Choice", "access")?;
    scene.tap("option-card-off")?;
    visitor.goes_to(scene, "Notice", "beforeFace")?;
    scene.picture("before-unbinding")?;
    visitor.goes_to(scene, "Notice", "cardUnbound")?;
    scene.picture("unbound")?;
    go_on_to(scene, "Choice", "cabinet")?;
    leaves_the_cabinet(scene)?;
    // No card is offered any more: the code comes at once.
    visitor.goes_to(scene, "EnterCode", "")?;
    scene.tap("cancel")?;
    ends(scene, "Cancelled")?;
    Ok(Left::NOTHING)
}

fn on_keypad(scene: &mut dyn Scene) -> Result<Left, Stop> {
    let borrower = Borrower { card: "own", ..Borrower::new(BORROWER).wants(SUM) };
    borrower.goes_to(scene, "Choice", "signWay")?;
    scene.picture("sign-way")?;
    borrower.goes_to(scene, "Notice", "cardKeypad")?;
    scene.picture("keypad")?;
    // Given up on the keys: no try is lost, and it is asked again.
    scene.act(Act::Keys { digits: "12", press: Key::Cancel })?;
    problem(scene, "cancelled")?;
    scene.tap("primary")?;
    expect(scene, "Notice", "cardKeypad")?;
    scene.act(Act::Keys { digits: WRONG_PIN, press: Key::Ok })?;
    expect(scene, "Notice", "cardKeypadWrong")?;
    scene.picture("keypad-wrong")?;
    rows(scene, "CardNotUsed", 1)?;
    // Taken out while the reader asks, and put back.
    scene.act(Act::TakeCard)?;
    problem(scene, "withdrawn")?;
    put(scene, "own")?;
    expect(scene, "Notice", "cardKeypad")?;
    borrower.goes_to(scene, "ReadyToPay", "")?;
    rows(scene, "CardSignatureMade", 1)?;
    rows(scene, "SignatureRequested", 0)?;
    // Nobody logged in by it, and no PIN was typed on the screen.
    rows(scene, "LoginCardShown", 0)?;
    scene.act(Act::TakeCard)?;
    borrower.takes_the_money(scene)?;
    scene.tap("primary")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    Ok(Left::loan(SUM))
}
