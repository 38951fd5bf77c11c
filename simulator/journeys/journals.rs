//! A journal that fills up while the lender does not hear: nothing new begins, what is open finishes, and the line makes room.

use crate::borrower::{Borrower, cancels, comes_to_be_offered, go_on_to, loans_are_offered, type_text};
use crate::people::BORROWER;
use crate::repayments::{finishes as pays, lent, opens as opens_acceptor, pays_by_number, puts};
use crate::scene::{Act, Scene, Stop};
use crate::service::{employs, the_line_comes_back, turn};
use crate::{Journey, Left};

/// More payers than that, and the journal never fills up.
const PAYERS_MAX: u32 = 12;
/// What each brings, tenge.
const PAID: u32 = 1_000;

/// What is played, as the catalogue lists it.
pub(crate) const FULL: Journey = Journey::new(
    "service-journal-full",
    "without a line the journal fills up to its reserve: a payment under way finishes, nothing new begins, a technician reads why, and the line makes room",
    full,
)
.of_cards()
.of_rows(90, 30)
.rules(&["R-045", "R-129"]);

/// Somebody comes to pay, and is at the menu if that is offered. Each visit's rows wait; whoever has begun is served to the end.
fn begins_to_pay(scene: &mut dyn Scene) -> Result<bool, Stop> {
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    scene.tap(&format!("language-{}", scene.speech().code()))?;
    let menu = scene.wait_for("the menu", &|shown| shown.is("Choice", "menu"))?;
    if menu.can("option-repay") {
        return Ok(true);
    }
    scene.picture("nothing-begins")?;
    cancels(scene)?;
    Ok(false)
}

fn full(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    let number = lent(scene, BORROWER)?;
    comes_to_be_offered(scene, "repay", true)?;
    scene.act(Act::StopGateway)?;
    loans_are_offered(scene, false)?;
    let mut paid = 0;
    while begins_to_pay(scene)? {
        Stop::unless(paid < PAYERS_MAX, || "the journal does not fill up".to_owned())?;
        Borrower::pays(BORROWER, "number").goes_to(scene, "Entry", "contractNumber")?;
        type_text(scene, &number)?;
        go_on_to(scene, "Notice", "repaymentTerms")?;
        opens_acceptor(scene)?;
        puts(scene, PAID)?;
        pays(scene)?;
        paid += 1;
    }
    Stop::unless(paid > 0, || "nobody could pay without a line".to_owned())?;
    turn(scene, true)?;
    // The reader has been asked to look for a card before one comes.
    scene.act(Act::Pass(3))?;
    the_line_comes_back(scene)?;
    // What was brought is entered, and more may be brought.
    pays_by_number(scene, &number, PAID)?;
    let brought = u64::from(PAID) * u64::from(paid + 1);
    Ok(Left { taken: brought, repaid: brought, receipts: u64::from(paid) + 2, ..Left::loan(20_000) })
}
