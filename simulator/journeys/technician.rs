//! What a technician tries and takes along: devices one by one, the end of the log, the journal on a stick.

use senim_domain::touch::{MARKS, TouchCorrection};

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

pub(crate) const TOUCH: Journey = Journey::new(
    "service-touch",
    "a touch panel was put in upside down: a technician calibrates it, lets the first try lapse and keeps the second",
    touch,
)
.of_cards()
.rules(&["R-129"]);

/// A panel that was put in upside down.
const UPSIDE_DOWN: TouchCorrection =
    TouchCorrection { x: [-1_000_000, 0, 1_000_000], y: [0, -1_000_000, 1_000_000] };

/// A finger on this, at that panel.
const fn on_panel(id: &str) -> Act<'_> {
    Act::PressThrough { id, panel: UPSIDE_DOWN }
}

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
    scene.tap("option-display")?;
    scene.wait_for("the test picture", &|shown| shown.is("Notice", "deviceTestRunning"))?;
    scene.picture("display")?;
    scene.tap("primary")?;
    says(scene, "deviceTestPassed")?;
    go_on_to(scene, "Choice", "deviceTests")?;
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
    rows_are(scene, &[("DeviceTestBegun", 6), ("DeviceTestEnded", 6), ("NoteStacked", 0)])?;
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

/// A finger on every mark.
fn marks(scene: &mut dyn Scene) -> Result<(), Stop> {
    for no in 1..=MARKS.len() {
        scene.wait_for("the next mark", &|shown| shown.is("Target", &no.to_string()))?;
        if no == 1 {
            scene.picture("mark")?;
        }
        scene.act(Act::Pass(1))?;
        scene.act(on_panel("mark"))?;
    }
    scene.wait_for("the trial", &|shown| shown.is("Notice", "touchTrial")).map(drop)
}

fn touch(scene: &mut dyn Scene) -> Result<Left, Stop> {
    employs(scene)?;
    turn(scene, true)?;
    opens(scene)?;
    scene.tap("option-touch")?;
    marks(scene)?;
    scene.picture("trial")?;
    scene.act(Act::Pass(30))?;
    says(scene, "touchTakenBack")?;
    scene.tap("secondary")?;
    marks(scene)?;
    scene.act(on_panel("primary"))?;
    says(scene, "touchCorrected")?;
    scene.act(on_panel("primary"))?;
    scene.wait_for("the home page", &|shown| shown.is("Choice", "serviceHome"))?;
    scene.act(on_panel("option-tests"))?;
    scene.wait_for("what was pressed", &|shown| shown.is("Choice", "deviceTests"))?;
    scene.act(on_panel("back"))?;
    scene.wait_for("the home page", &|shown| shown.is("Choice", "serviceHome"))?;
    rows_are(scene, &[("TouchCalibrated", 2)])?;
    reads(scene, "devices", "serviceDevicesWell")?;
    finishes(scene)?;
    loans_are_offered(scene, true)?;
    Borrower::new(BORROWER).wants(SUM).borrows(scene)?;
    Ok(Left::loan(SUM))
}
