//! What a technician tries and takes along: devices one by one, the end of the log, the journal on a stick.

use crate::borrower::{Borrower, go_on_to, loans_are_offered};
use crate::exchanges::rows_are;
use crate::people::{BORROWER, TECHNICIAN};
use crate::repayments::put;
use crate::scene::{Act, Look, Scene, Stop};
use crate::service::{employs, finishes, opens, reads, says, turn};
use crate::{Journey, Left};

/// Sum that no day of rest is asked for, tenge.
const SUM: u64 = 20_000;

pub(crate) const TESTS: Journey = Journey::new(
    "service-device-tests",
    "a technician tries each device: a slip, the camera's picture, a card, a note through the acceptor and back, a note to the reject tray",
    tests,
)
.of_cards()
.rules(&["R-129"]);

pub(crate) const TAKEN_ALONG: Journey = Journey::new(
    "service-journal-taken",
    "without a line a technician reads the log and takes the journal along on a stick, read back and verified",
    taken_along,
)
.of_cards()
.rules(&["R-129"]);

/// Somebody tries this device, does what it waits for, and it passes.
fn tries(scene: &mut dyn Scene, device: &str, does: Option<Act<'_>>) -> Result<(), Stop> {
    scene.tap(&format!("option-{device}"))?;
    if let Some(act) = does {
        scene.wait_for("the test", &|shown| shown.is("Notice", "deviceTestRunning"))?;
        scene.picture("test")?;
        scene.act(act)?;
    }
    says(scene, "deviceTestPassed")?;
    go_on_to(scene, "Choice", "deviceTests").map(drop)
}

fn tests(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    turn(scene, true)?;
    opens(scene)?;
    scene.tap("option-tests")?;
    scene.wait_for("the list", &|shown| shown.is("Choice", "deviceTests"))?;
    scene.picture("list")?;
    tries(scene, "printer", None)?;
    tries(scene, "card", Some(Act::PutCard { person: &TECHNICIAN, kind: "own" }))?;
    scene.act(Act::TakeCard)?;
    tries(scene, "acceptor", Some(put(1_000)))?;
    let rejected = scene.count(Look::InRejectTray(10_000))?;
    tries(scene, "cassette-1", None)?;
    let now = scene.count(Look::InRejectTray(10_000))?;
    Stop::unless(now == rejected + 1, || format!("{rejected} notes in the tray before and {now} after"))?;
    scene.tap("option-camera")?;
    scene.wait_for("the camera's picture", &|shown| shown.is("Notice", "deviceTestRunning"))?;
    scene.act(Act::Pass(2))?;
    scene.picture("camera")?;
    scene.tap("primary")?;
    says(scene, "deviceTestPassed")?;
    go_on_to(scene, "Choice", "deviceTests")?;
    scene.tap("back")?;
    scene.wait_for("the home page", &|shown| shown.is("Choice", "serviceHome"))?;
    rows_are(scene, &[("DeviceTestBegun", 5), ("DeviceTestEnded", 5), ("NoteStacked", 0)])?;
    reads(scene, "devices", "serviceDevicesWell")?;
    finishes(scene)?;
    loans_are_offered(scene, true)?;
    Borrower::new(BORROWER).wants(SUM).borrows(scene)?;
    Ok(Left { receipts: 2, ..Left::loan(SUM) })
}

fn taken_along(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    Borrower::new(BORROWER).wants(SUM).borrows(scene)?;
    turn(scene, true)?;
    scene.wait_for("the service card", &|shown| shown.is("Notice", "serviceCard"))?;
    scene.act(Act::StopGateway)?;
    opens(scene)?;
    reads(scene, "log", "serviceLog")?;
    go_on_to(scene, "Choice", "serviceHome")?;
    reads(scene, "export", "exportReady")?;
    scene.tap("primary")?;
    says(scene, "exportFailed")?;
    scene.act(Act::PutStick)?;
    scene.tap("primary")?;
    says(scene, "exportVerified")?;
    scene.act(Act::StartGateway)?;
    rows_are(scene, &[("JournalExported", 2)])?;
    finishes(scene)?;
    loans_are_offered(scene, true)?;
    Ok(Left::loan(SUM))
}
