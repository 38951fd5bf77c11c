//! Exchanges at the screen: a cash officer brings and takes cash against the lender's order, and counts it.

use jiff::Span;
use jiff::civil::Date;

use crate::borrower::{Borrower, expect, go_on_to, loans_are_offered, type_text};
use crate::officers::{employs_second, shows_second};
use crate::people::{BORROWER, CASH_OFFICER, SECOND, TECHNICIAN};
use crate::scene::{Act, Look, Scene, Shown, Stop};
use crate::service::{employs, finishes, opens, opens_as, says, turn};
use crate::{Journey, Left};

/// Sum that no day of rest is asked for, tenge.
const SUM: u64 = 20_000;
/// Number of the cash officer, as rows name them.
const NUMBER: &str = "c-004";
/// Unit 1 is emptied and filled anew, and the reject unit and the stacker are emptied.
const ORDER: &str = r#"{
    "collect": [1], "rejects": true, "stacker": true,
    "add": [{ "unit": 1, "denomination": 10000, "notes": 10 }],
    "series": [{ "unit": 1, "series": "Saka", "valid_until": null }]
}"#;
/// Notes of another value into a cassette that is not empty.
const MISFIT: &str = r#"{ "add": [{ "unit": 2, "denomination": 2000, "notes": 10 }] }"#;
/// Unit 1 is emptied and filled with notes of a series without an end.
const ORDER_OF_NEW: &str = r#"{
    "collect": [1],
    "add": [{ "unit": 1, "denomination": 10000, "notes": 10 }],
    "series": [{ "unit": 1, "series": "Saka", "valid_until": null }]
}"#;
/// Notes in unit 1 by the books.
const HELD: u32 = 10;

/// What is left: both copies of the act.
const ACT: Left = Left { receipts: 2, ..Left::NOTHING };

/// What is played, as the catalogue lists it.
pub(crate) const EXCHANGE: Journey = Journey::new(
    "service-exchange",
    "a cash officer names the lender's order, empties and fills a cassette, counts, and the act comes out twice; then somebody borrows",
    exchange,
)
.of_cards()
.rules(&["R-128", "R-129"]);
pub(crate) const DIFFERENCE: Journey = Journey::new(
    "service-collection-difference",
    "a note is missing from a cassette that a cash officer empties: counted twice, it stands in the act and in the journal",
    difference,
)
.of_cards()
.rules(&["R-128", "R-129"]);
pub(crate) const WRONG_ORDER: Journey = Journey::new(
    "service-exchange-wrong-order",
    "an order of another terminal, one that does not fit and one that was carried out are refused in words; a technician is offered none",
    wrong_order,
)
.of_cards()
.rules(&["R-128", "R-129"]);

pub(crate) const TWO_OFFICERS: Journey = Journey::new(
    "service-exchange-two-officers",
    "where the lender wants two for cash, neither a technician's card nor the first officer's own is the second; two exchange and sign",
    two_officers,
)
.of_cards()
.rules(&["R-128", "R-129"]);

pub(crate) const SERIES: Journey = Journey::new(
    "service-series-ended",
    "the series of the notes in a cassette ends after they were loaded: loans are paid by others, and a cash officer takes those notes out",
    series_ended,
)
.of_cards()
.of_days()
.rules(&["R-128", "R-129"]);

pub(crate) fn employs_officer(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.act(Act::StaffCard { person: &CASH_OFFICER, staff: NUMBER, role: "cashOfficer" })
}

pub(crate) fn names(scene: &mut dyn Scene, number: &str) -> Result<(), Stop> {
    scene.wait_for("the order's number", &|shown| shown.is("Entry", "exchangeNumber"))?;
    scene.picture("number")?;
    type_text(scene, number)?;
    scene.tap("primary")
}

/// Names an order and begins its exchange.
pub(crate) fn begins(scene: &mut dyn Scene, number: &str) -> Result<(), Stop> {
    names(scene, number)?;
    says(scene, "exchangeOrder")?;
    scene.tap("primary")
}

pub(crate) fn answers(scene: &mut dyn Scene, question: &str, text: &str) -> Result<(), Stop> {
    let shown = scene.wait_for(question, &|shown| shown.is("Entry", question))?;
    scene.picture(question)?;
    type_text(scene, text)?;
    scene.tap("primary")?;
    scene.wait_for("the next question", &|next: &Shown| next.step != shown.step).map(drop)
}

/// Answers every question about the order at the head of this file.
fn counts(scene: &mut dyn Scene, taken: u32, put_in: u32) -> Result<(), Stop> {
    answers(scene, "exchangeBag", "B0012345")?;
    answers(scene, "exchangeSeal", "S778899")?;
    answers(scene, "exchangeCassette", &taken.to_string())?;
    for _ in 0..4 {
        answers(scene, "exchangeRejectUnit", "0")?;
    }
    answers(scene, "exchangeLoaded", &put_in.to_string())
}

/// Confirms what was counted; the act comes out in both copies.
fn confirms(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.tap("primary")?;
    says(scene, "exchangeDone")?;
    let copies = scene.count(Look::Rows("SlipPrinted"))?;
    Stop::unless(copies == 2, || format!("{copies} copies of the act"))
}

pub(crate) fn rows_are(scene: &mut dyn Scene, expected: &[(&str, u64)]) -> Result<(), Stop> {
    for (kind, wanted) in expected {
        let rows = scene.count(Look::Rows(kind))?;
        Stop::unless(rows == *wanted, || format!("{rows} rows {kind}, {wanted} are right"))?;
    }
    Ok(())
}

fn exchange(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs_officer(scene)?;
    let number = scene.order(ORDER)?;
    turn(scene, true)?;
    opens_as(scene, &CASH_OFFICER)?;
    scene.tap("option-exchange")?;
    begins(scene, &number)?;
    scene.act(Act::Refill { unit: 1, notes: HELD })?;
    counts(scene, HELD, HELD)?;
    says(scene, "exchangeAgrees")?;
    confirms(scene)?;
    rows_are(scene, &[("ExchangeStarted", 1), ("ExchangeCounted", 1), ("CashCountAdjusted", 0)])?;
    finishes(scene)?;
    loans_are_offered(scene, true)?;
    Borrower::new(BORROWER).wants(SUM).borrows(scene)?;
    Ok(Left { receipts: 3, ..Left::loan(SUM) })
}

fn difference(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs_officer(scene)?;
    let number = scene.order(ORDER)?;
    turn(scene, true)?;
    opens_as(scene, &CASH_OFFICER)?;
    scene.tap("option-exchange")?;
    begins(scene, &number)?;
    scene.act(Act::Refill { unit: 1, notes: HELD })?;
    counts(scene, HELD - 1, HELD)?;
    says(scene, "exchangeDiffers")?;
    scene.tap("secondary")?;
    counts(scene, HELD - 1, HELD)?;
    says(scene, "exchangeDiffers")?;
    confirms(scene)?;
    rows_are(scene, &[("ExchangeCounted", 1), ("CashCountAdjusted", 1)])?;
    finishes(scene)?;
    loans_are_offered(scene, true)?;
    Ok(ACT)
}

fn wrong_order(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    employs_officer(scene)?;
    let misfit = scene.order(MISFIT)?;
    let number = scene.order(ORDER)?;
    turn(scene, true)?;
    opens(scene)?;
    let home = expect(scene, "Choice", "serviceHome")?;
    Stop::unless(!home.can("option-exchange"), || "a technician is offered an exchange".to_owned())?;
    scene.tap("option-finish")?;
    // One card is out of the reader before another one comes.
    scene.act(Act::Pass(3))?;
    opens_as(scene, &CASH_OFFICER)?;
    scene.tap("option-exchange")?;
    for (wrong, why) in [("00000000", "exchangeNotHere"), (misfit.as_str(), "exchangeOtherUnits")] {
        names(scene, wrong)?;
        says(scene, why)?;
        scene.tap("primary")?;
    }
    begins(scene, &number)?;
    counts(scene, HELD, HELD)?;
    says(scene, "exchangeAgrees")?;
    confirms(scene)?;
    go_on_to(scene, "Choice", "serviceHome")?;
    scene.tap("option-exchange")?;
    names(scene, &number)?;
    says(scene, "exchangeCarriedOut")?;
    rows_are(scene, &[("ExchangeRefused", 3), ("ExchangeStarted", 1)])?;
    turn(scene, false)?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    loans_are_offered(scene, true)?;
    Ok(ACT)
}

fn two_officers(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    employs_officer(scene)?;
    employs_second(scene)?;
    let number = scene.order(ORDER)?;
    turn(scene, true)?;
    opens_as(scene, &CASH_OFFICER)?;
    scene.tap("option-exchange")?;
    for wrong in [&CASH_OFFICER, &TECHNICIAN] {
        scene.wait_for("the second card", &|shown| shown.is("Notice", "serviceSecondCard"))?;
        // One card is out of the reader before another one comes.
        scene.act(Act::Pass(3))?;
        scene.act(Act::PutCard { person: wrong, kind: "own" })?;
        says(scene, "serviceCardProblem")?;
        scene.act(Act::TakeCard)?;
        scene.tap("primary")?;
    }
    shows_second(scene)?;
    scene.wait_for("the order's number", &|shown| shown.is("Entry", "exchangeNumber"))?;
    scene.act(Act::TakeCard)?;
    begins(scene, &number)?;
    scene.act(Act::Refill { unit: 1, notes: HELD })?;
    counts(scene, HELD, HELD)?;
    says(scene, "exchangeAgrees")?;
    confirms(scene)?;
    rows_are(scene, &[("ServiceCardRefused", 2), ("ExchangeCounted", 1)])?;
    finishes(scene)?;
    loans_are_offered(scene, true)?;
    Ok(ACT)
}

/// Unit 1 is emptied and filled with notes of a series that ends on this day.
fn order_until(last: Date) -> String {
    format!(
        r#"{{
            "collect": [1],
            "add": [{{ "unit": 1, "denomination": 10000, "notes": 10 }}],
            "series": [{{ "unit": 1, "series": "2006", "valid_until": "{}" }}]
        }}"#,
        last
    )
}

/// Unit 1 is emptied and filled as a paper says.
fn is_exchanged(scene: &mut dyn Scene, order: &str) -> Result<(), Stop> {
    let number = scene.order(order)?;
    turn(scene, true)?;
    // The reader has been asked to look for a card before one comes.
    scene.act(Act::Pass(3))?;
    opens_as(scene, &CASH_OFFICER)?;
    scene.tap("option-exchange")?;
    begins(scene, &number)?;
    scene.act(Act::Refill { unit: 1, notes: HELD })?;
    answers(scene, "exchangeBag", "B0012345")?;
    answers(scene, "exchangeSeal", "S778899")?;
    answers(scene, "exchangeCassette", &HELD.to_string())?;
    answers(scene, "exchangeLoaded", &HELD.to_string())?;
    says(scene, "exchangeAgrees")?;
    scene.tap("primary")?;
    says(scene, "exchangeDone")?;
    go_on_to(scene, "Choice", "serviceHome")?;
    Ok(())
}

fn series_ended(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs_officer(scene)?;
    let last = scene.today()?.0.checked_add(Span::new().days(1)).map_err(|error| Stop(error.to_string()))?;
    is_exchanged(scene, &order_until(last))?;
    turn(scene, false)?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    // The day after their last one.
    scene.act(Act::Pass(2 * 86_400))?;
    loans_are_offered(scene, true)?;
    Borrower::new(BORROWER).wants(SUM).borrows(scene)?;
    let left = scene.count(Look::InCassette(1))?;
    Stop::unless(left == u64::from(HELD), || format!("{left} notes are left of a series that has ended"))?;
    turn(scene, true)?;
    scene.act(Act::Pass(3))?;
    opens_as(scene, &CASH_OFFICER)?;
    scene.tap("option-upkeep")?;
    says(scene, "serviceUpkeep")?;
    turn(scene, false)?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    is_exchanged(scene, ORDER_OF_NEW)?;
    scene.tap("option-upkeep")?;
    says(scene, "serviceUpkeepWell")?;
    turn(scene, false)?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    Borrower::new(SECOND).wants(SUM).borrows(scene)?;
    rows_are(scene, &[("ExchangeCounted", 2), ("CashCountAdjusted", 0)])?;
    let left = scene.count(Look::InCassette(1))?;
    Stop::unless(left < u64::from(HELD), || "the new notes are not paid out".to_owned())?;
    Ok(Left { given: 2 * SUM, booked: 2 * SUM, receipts: 6, ..Left::NOTHING })
}
