//! The service mode: opened by switch, card and PIN; what is wrong is read there, cured, and seen to be cured.

use senim_domain::Language;

use crate::borrower::{Borrower, CARD_PIN, cancels, expect, go_on_to, loans_are_offered, type_text};
use crate::people::{BORROWER, Person, SECOND, TECHNICIAN};
use crate::scene::{Act, Look, Scene, Stop};
use crate::{Journey, Left};

/// Sum that no day of rest is asked for, tenge.
const SUM: u64 = 20_000;
/// How long a certificate lasts where one ends.
const CERTIFICATE_DAYS: u16 = 2;
/// So long the lender is away that it cannot be renewed, s.
const AWAY_SECONDS: u64 = 3 * 86_400;
/// A code that was never given out.
const NO_CODE: &str = "1234567890123456";
/// Number of the technician, as rows name them.
const NUMBER: &str = "t-017";

/// What is played, as the catalogue lists it.
pub(crate) const PAPER: Journey = Journey::new(
    "service-paper",
    "a technician opens the service mode, reads that the paper is out, puts in a roll and leaves a terminal that prints",
    paper,
)
.of_cards()
.rules(&["R-128", "R-129"]);
pub(crate) const CASSETTE: Journey = Journey::new(
    "service-cassette",
    "a cassette is not seated: no loans; a technician reads it, seats the cassette, and loans are offered again",
    cassette,
)
.of_cards()
.rules(&["R-128", "R-129"]);
pub(crate) const RELOCATION: Journey = Journey::new(
    "service-relocation",
    "a terminal that was carried away tells a technician so; back in its place it serves",
    relocation,
)
.of_cards()
.rules(&["R-015", "R-129"]);
pub(crate) const LINE: Journey = Journey::new(
    "service-line",
    "without a line to the lender a technician still opens the service mode and sees what waits",
    line,
)
.of_cards()
.rules(&["R-129"]);
pub(crate) const CERTIFICATE: Journey = Journey::new(
    "service-certificate-expired",
    "while the lender was away the terminal's certificate ended: a technician types a wrong code, then the lender's, and loans are offered again",
    certificate,
)
.of_cards()
.of_days()
.certified_for(CERTIFICATE_DAYS)
.rules(&["R-129"]);
pub(crate) const STRANGERS: Journey = Journey::new(
    "service-strangers",
    "the switch interrupts no visit, and neither a client's card nor a wrong PIN opens the service mode",
    strangers,
)
.of_cards()
.rules(&["R-128", "R-129"]);

pub(crate) const PRINTER_BLOCKED: Journey = Journey::new(
    "service-printer-blocked",
    "the printer's cover is open, then its paper is stuck: a technician reads each and cures it",
    printer_blocked,
)
.of_cards()
.rules(&["R-129"]);
pub(crate) const STACKER: Journey = Journey::new(
    "service-stacker",
    "the acceptor's stacker is full, then out: a technician reads each and cures it",
    stacker,
)
.of_cards()
.rules(&["R-129"]);
pub(crate) const CABLE: Journey = Journey::new(
    "service-cable",
    "the cable of the card reader is pulled and put back while a technician looks: the page says both",
    cable,
)
.of_cards()
.rules(&["R-129"]);

pub(crate) const SWAPPED: Journey = Journey::new(
    "service-swapped-ports",
    "the cables of dispenser and printer were changed round: no loans; a technician reads which device is on whose port, and puts them back",
    swapped_ports,
)
.of_cards()
.rules(&["R-129"]);

pub(crate) fn turn(scene: &mut dyn Scene, on: bool) -> Result<(), Stop> {
    scene.act(Act::OperatorSwitch(on))
}

pub(crate) fn employs(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.act(Act::StaffCard { person: &TECHNICIAN, staff: NUMBER, role: "technician" })
}

/// Card and PIN, before the screen that asks for the card; the card is taken back.
pub(crate) fn opens(scene: &mut dyn Scene) -> Result<(), Stop> {
    opens_as(scene, &TECHNICIAN)
}

/// The same with somebody else's card.
pub(crate) fn opens_as(scene: &mut dyn Scene, person: &Person) -> Result<(), Stop> {
    scene.wait_for("the service card", &|shown| shown.is("Notice", "serviceCard"))?;
    // A terminal at which nobody chose speaks Kazakh.
    if scene.speech() != Language::Kk {
        scene.tap(&format!("language-{}", scene.speech().code()))?;
    }
    scene.picture("card")?;
    scene.act(Act::PutCard { person, kind: "own" })?;
    scene.wait_for("its PIN", &|shown| shown.is("Entry", "servicePin"))?;
    scene.picture("pin")?;
    type_text(scene, CARD_PIN)?;
    scene.tap("primary")?;
    scene.wait_for("the home page", &|shown| shown.is("Choice", "serviceHome"))?;
    scene.act(Act::TakeCard)?;
    scene.picture("home")
}

/// Turns to a page, which says this in the end.
pub(crate) fn reads(scene: &mut dyn Scene, page: &str, told: &str) -> Result<(), Stop> {
    scene.tap(&format!("option-{page}"))?;
    says(scene, told)
}

pub(crate) fn says(scene: &mut dyn Scene, told: &str) -> Result<(), Stop> {
    scene.wait_for(told, &|shown| shown.is("Notice", told))?;
    scene.picture(told)
}

/// Back to the home page, the end of the service mode, and the switch.
pub(crate) fn finishes(scene: &mut dyn Scene) -> Result<(), Stop> {
    go_on_to(scene, "Choice", "serviceHome")?;
    scene.tap("option-finish")?;
    scene.wait_for("the service card", &|shown| shown.is("Notice", "serviceCard"))?;
    turn(scene, false)?;
    let over = |shown: &crate::Shown| matches!(shown.screen.as_str(), "Welcome" | "OutOfService");
    scene.wait_for("the first screen", &over)?;
    for kind in ["ServiceModeOpened", "ServiceModeClosed"] {
        let rows = scene.count(Look::Rows(kind))?;
        Stop::unless(rows == 1, || format!("{rows} rows {kind}"))?;
    }
    Ok(())
}

fn paper(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    scene.act(Act::Fault { device: "printer", fault: "paper_out", parameters: "" })?;
    turn(scene, true)?;
    opens(scene)?;
    reads(scene, "devices", "serviceDevices")?;
    scene.act(Act::Mend { device: "printer", fault: "paper_out" })?;
    says(scene, "serviceDevicesWell")?;
    finishes(scene)?;
    Borrower::new(BORROWER).wants(SUM).borrows(scene)?;
    Ok(Left::loan(SUM))
}

fn cassette(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    scene.act(Act::Fault { device: "dispenser", fault: "cassette_out", parameters: r#"{"unit": 1}"# })?;
    loans_are_offered(scene, false)?;
    turn(scene, true)?;
    opens(scene)?;
    reads(scene, "devices", "serviceDevices")?;
    scene.act(Act::Mend { device: "dispenser", fault: "cassette_out" })?;
    says(scene, "serviceDevicesWell")?;
    finishes(scene)?;
    loans_are_offered(scene, true)?;
    Borrower::new(SECOND).wants(SUM).borrows(scene)?;
    Ok(Left::loan(SUM))
}

/// Each of these faults of a device is on the page of devices until it is cured.
fn is_read_and_cured(scene: &mut dyn Scene, device: &str, faults: &[&str]) -> Result<(), Stop> {
    employs(scene)?;
    turn(scene, true)?;
    opens(scene)?;
    scene.tap("option-devices")?;
    for fault in faults {
        says(scene, "serviceDevicesWell")?;
        scene.act(Act::Fault { device, fault, parameters: "" })?;
        says(scene, "serviceDevices")?;
        scene.act(Act::Mend { device, fault })?;
    }
    says(scene, "serviceDevicesWell")?;
    finishes(scene)?;
    loans_are_offered(scene, true)
}

fn printer_blocked(scene: &mut dyn Scene) -> Result<Left, Stop> {
    is_read_and_cured(scene, "printer", &["cover_open", "offline"])?;
    Ok(Left::NOTHING)
}

fn stacker(scene: &mut dyn Scene) -> Result<Left, Stop> {
    is_read_and_cured(scene, "acceptor", &["stacker_full", "cassette_out"])?;
    Ok(Left::NOTHING)
}

fn cable(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    turn(scene, true)?;
    opens(scene)?;
    reads(scene, "devices", "serviceDevicesWell")?;
    scene.act(Act::CardReader { plugged: false })?;
    says(scene, "serviceDevices")?;
    scene.act(Act::CardReader { plugged: true })?;
    says(scene, "serviceDevicesWell")?;
    finishes(scene)?;
    loans_are_offered(scene, true)?;
    Ok(Left::NOTHING)
}

fn swapped_ports(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    scene.act(Act::SwapCables { swapped: true })?;
    loans_are_offered(scene, false)?;
    turn(scene, true)?;
    // The reader has been asked to look for a card before one comes.
    scene.act(Act::Pass(3))?;
    opens(scene)?;
    reads(scene, "devices", "serviceDevices")?;
    // Each port has been asked by its own driver, and then by the others.
    scene.act(Act::Pass(20))?;
    scene.picture("named")?;
    scene.act(Act::SwapCables { swapped: false })?;
    says(scene, "serviceDevicesWell")?;
    finishes(scene)?;
    loans_are_offered(scene, true)?;
    Borrower::new(BORROWER).wants(SUM).borrows(scene)?;
    Ok(Left::loan(SUM))
}

fn relocation(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    scene.act(Act::Carry { home: false })?;
    scene.wait_for("the end of service", &|shown| shown.screen == "OutOfService")?;
    turn(scene, true)?;
    opens(scene)?;
    reads(scene, "upkeep", "serviceUpkeep")?;
    scene.act(Act::Carry { home: true })?;
    says(scene, "serviceUpkeepWell")?;
    finishes(scene)?;
    loans_are_offered(scene, true)?;
    Ok(Left::NOTHING)
}

fn line(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    // The lender's list of cards has come.
    turn(scene, true)?;
    scene.wait_for("the service card", &|shown| shown.is("Notice", "serviceCard"))?;
    scene.act(Act::StopGateway)?;
    the_line_comes_back(scene)?;
    Ok(Left::NOTHING)
}

/// A card opens the service mode without a line; its page tells what is wrong until the line is there, and loans are offered again.
pub(crate) fn the_line_comes_back(scene: &mut dyn Scene) -> Result<(), Stop> {
    opens(scene)?;
    reads(scene, "upkeep", "serviceUpkeep")?;
    scene.act(Act::StartGateway)?;
    says(scene, "serviceUpkeepWell")?;
    finishes(scene)?;
    loans_are_offered(scene, true)
}

fn strangers(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    Borrower::new(BORROWER).goes_to(scene, "EnterIin", "")?;
    turn(scene, true)?;
    scene.act(Act::Pass(5))?;
    expect(scene, "EnterIin", "")?;
    scene.tap("cancel")?;
    scene.wait_for("the end of the visit", &|shown| shown.is("End", "Cancelled"))?;
    scene.tap("primary")?;
    scene.wait_for("the service card", &|shown| shown.is("Notice", "serviceCard"))?;
    scene.act(Act::PutCard { person: &BORROWER, kind: "own" })?;
    says(scene, "serviceCardProblem")?;
    scene.act(Act::TakeCard)?;
    scene.tap("primary")?;
    scene.wait_for("the service card", &|shown| shown.is("Notice", "serviceCard"))?;
    scene.act(Act::PutCard { person: &TECHNICIAN, kind: "own" })?;
    scene.wait_for("its PIN", &|shown| shown.is("Entry", "servicePin"))?;
    type_text(scene, "000000")?;
    scene.tap("primary")?;
    scene.wait_for("the PIN again", &|shown| shown.is("Entry", "servicePinWrong"))?;
    scene.act(Act::TakeCard)?;
    says(scene, "serviceCardProblem")?;
    turn(scene, false)?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome")?;
    let (refused, opened) =
        (scene.count(Look::Rows("ServiceCardRefused"))?, scene.count(Look::Rows("ServiceModeOpened"))?);
    Stop::unless((refused, opened) == (3, 0), || format!("{refused} refusals, {opened} openings"))?;
    Borrower::new(SECOND).goes_to(scene, "EnterIin", "")?;
    cancels(scene)?;
    Ok(Left::NOTHING)
}

fn certificate(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    scene.act(Act::StopGateway)?;
    scene.act(Act::Pass(AWAY_SECONDS))?;
    scene.act(Act::StartGateway)?;
    turn(scene, true)?;
    opens(scene)?;
    reads(scene, "upkeep", "serviceUpkeep")?;
    go_on_to(scene, "Choice", "serviceHome")?;
    scene.tap("option-enrolment")?;
    enrols_by(scene, NO_CODE, "enrolmentFailed")?;
    scene.tap("primary")?;
    let code = scene.enrolment_code()?;
    enrols_by(scene, &code, "enrolmentCertified")?;
    go_on_to(scene, "Choice", "serviceHome")?;
    reads(scene, "upkeep", "serviceUpkeepWell")?;
    let rows = scene.count(Look::Rows("EnrolmentTried"))?;
    Stop::unless(rows == 2, || format!("{rows} rows EnrolmentTried"))?;
    finishes(scene)?;
    loans_are_offered(scene, true)?;
    Borrower::new(SECOND).wants(SUM).borrows(scene)?;
    Ok(Left::loan(SUM))
}

fn enrols_by(scene: &mut dyn Scene, code: &str, told: &str) -> Result<(), Stop> {
    scene.wait_for("the code", &|shown| shown.is("Entry", "enrolmentCode"))?;
    type_text(scene, code)?;
    scene.picture("code")?;
    scene.tap("primary")?;
    says(scene, told)
}
