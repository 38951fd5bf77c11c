//! The scripted journeys, played by the program as a person would call it; what it leaves behind is looked at here again,
//! without its help.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use senim_journeys::JOURNEYS;
use senim_simulator::process::Programs;
use serde_json::{Value, json};

use crate::trail;

/// Plays a journey and gives its summary; it must end well.
fn play(name: &str, language: &str, out: &Path) -> Value {
    play_with(name, language, out, &[])
}

fn play_with(name: &str, language: &str, out: &Path, more: &[&str]) -> Value {
    let program = Programs::found().path("senim-simulator").unwrap();
    let mut command = Command::new(program);
    let played =
        command.args(["journey", name, "--lang", language, "--out"]).arg(out).args(more).output().unwrap();
    assert!(played.status.success(), "{}: {}", played.status, String::from_utf8_lossy(&played.stderr));
    let summary: Value = serde_json::from_slice(&std::fs::read(out.join("summary.json")).unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&played.stdout).unwrap(), summary, "stdout says the same");
    assert_eq!(summary["result"], "ok");
    assert_eq!(summary["journal"]["verified"], json!(true));
    summary
}

/// Width and height of a picture, which must be whole and show more than one colour.
fn looked_at(picture: &Path) -> (u32, u32) {
    let file = std::io::BufReader::new(std::fs::File::open(picture).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert!(pixels.iter().any(|byte| *byte != pixels[0]), "{} is empty", picture.display());
    (info.width, info.height)
}

/// Names of the screens in order, each with a picture of the screen's size.
fn pictured_screens(summary: &Value, out: &Path) -> Vec<String> {
    let steps = summary["steps"].as_array().unwrap().iter();
    let screen = |step: &Value| {
        let picture = out.join(step["png"].as_str().unwrap());
        assert_eq!(looked_at(&picture), (1280, 800), "{}", picture.display());
        step["screen"].as_str().unwrap().to_owned()
    };
    steps.map(screen).collect()
}

/// Worth of the notes that were in the cassettes and are not, tenge.
fn gone(summary: &Value) -> u64 {
    let worth = |when: &str| -> u64 {
        let notes = summary["cash"][when].as_object().unwrap().iter();
        notes
            .map(|(denomination, count)| denomination.parse::<u64>().unwrap() * count.as_u64().unwrap())
            .sum()
    };
    worth("before").checked_sub(worth("after")).expect("no note comes from nowhere")
}

/// What the rows say was paid, tenge.
fn paid(rows: &[Value]) -> u64 {
    trail::of_kind(rows, "PayoutEnded").map(|ended| ended["distributed_tiyn"].as_u64().unwrap() / 100).sum()
}

/// Every row is at the gateway once and in order, up to at least the last one under a cosigned checkpoint. Rows of the
/// orderly stop may stay behind.
fn every_row_arrived_once(work: &Path, summary: &Value) -> Vec<Value> {
    let rows = trail::at_terminal(work);
    let (here, there) = (trail::places(&rows), trail::at_gateway(work));
    assert_eq!(there, here[..there.len()], "the gateway's rows are the terminal's");
    let cosigned = summary["journal"]["rows"].as_u64().unwrap();
    assert!(there.len() as u64 >= cosigned, "{} rows at the gateway, {cosigned} cosigned", there.len());
    rows
}

#[test]
fn a_first_loan_leaves_pictures_a_receipt_a_verified_journal_and_cassettes_short_by_the_loan() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let summary = play("first-loan", "kk", &out);
    let screens = pictured_screens(&summary, &out);
    for screen in [
        "Welcome",
        "EnterIin",
        "EnterCode",
        "Amount",
        "Schedules",
        "Contract",
        "Camera",
        "Agree",
        "ReadyToPay",
        "Receipt",
    ] {
        assert!(
            screens.iter().any(|shown| shown == screen || shown.starts_with(&format!("{screen}-"))),
            "there is no picture of {screen}: {screens:?}"
        );
    }
    let (width, height) = looked_at(&out.join(summary["receipt"].as_str().unwrap()));
    assert!(width > 300 && height > width, "a receipt of {width} × {height} pixels");
    let rows = every_row_arrived_once(&out.join("work"), &summary);
    assert_eq!(gone(&summary), paid(&rows));
    assert_eq!(gone(&summary), 253_000);
}

#[test]
fn a_gateway_that_stops_in_mid_journey_and_comes_back_gets_every_row_once() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let summary = play("gateway-restart", "ru", &out);
    let rows = every_row_arrived_once(&out.join("work"), &summary);
    let found =
        trail::of_kind(&rows, "UplinkChanged").filter(|change| change["usable"] == json!(true)).count();
    assert!(found >= 2, "the terminal must have lost the gateway and found it again");
    assert_eq!(gone(&summary), paid(&rows));
}

#[test]
fn people_who_are_refused_get_a_polite_end_and_no_note() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let summary = play("refusals", "en", &out);
    let screens = pictured_screens(&summary, &out);
    let mut ends: Vec<&str> = screens.iter().filter_map(|screen| screen.strip_prefix("End-")).collect();
    ends.dedup();
    assert_eq!(ends, ["NotAvailable", "VoluntaryRefusal", "NotApproved", "TooManyCodes"]);
    let rows = every_row_arrived_once(&out.join("work"), &summary);
    assert_eq!((gone(&summary), trail::of_kind(&rows, "PayoutRequested").count()), (0, 0));
}

/// Journeys that `./test` plays as real processes, those that show most and those that one process cannot play; the three above
/// are among them.
const PLAYED: [&str; 10] = [
    "first-loan",
    "gateway-restart",
    "refusals",
    "register-entrepreneur",
    "repay-own-loan",
    "repay-power-cut",
    "jam",
    "restart-while-counting",
    "service-jam-shutter",
    "service-device-tests",
];

/// Plays a journey in one of the languages and looks at what it left.
fn holds(place: usize, name: &str) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let summary = play(name, ["kk", "ru", "en"][place % 3], &out);
    assert!(!pictured_screens(&summary, &out).is_empty());
    every_row_arrived_once(&out.join("work"), &summary);
}

/// What a technician took along on a stick is evidence to somebody who has nothing but the MFO's CA.
#[test]
fn a_journal_taken_along_on_a_stick_verifies_at_the_gateway() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let summary = play("service-journal-taken", "ru", &out);
    let rows = every_row_arrived_once(&out.join("work"), &summary);
    assert_eq!(trail::of_kind(&rows, "JournalExported").count(), 2);
    let taken: Vec<_> = std::fs::read_dir(out.join("work/stick")).unwrap().collect();
    let [Ok(taken)] = taken.as_slice() else { panic!("one export: {taken:?}") };
    let mut verify = Command::new(Programs::found().path("senim-gateway").unwrap());
    let verify = verify.arg("verify").arg(taken.path()).arg("--trust").arg(out.join("work/keys/ca.pem"));
    let told = verify.output().unwrap();
    // Without a line the newest rows are not cosigned: incomplete, and nothing wrong.
    assert_eq!(told.status.code(), Some(3), "{}", String::from_utf8_lossy(&told.stdout));
}

/// Two at a time: each waits more than it works.
fn all_hold(names: &[&str]) {
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(name) = names.get(place) else { return };
                    if std::panic::catch_unwind(|| holds(place, name)).is_err() {
                        failures.lock().unwrap().push(*name);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{failures:?}");
}

/// Consents, questionnaire, sum, contract, movements before the camera and the payout: with headphones and ten keys, by what is
/// said alone. The player fails where a number is not in words or anything but a tick is said of a secret.
#[test]
fn somebody_who_does_not_see_borrows_by_ear_and_keypad_alone() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let summary = play_with("first-loan", "kk", &out, &["--by-ear"]);
    every_row_arrived_once(&out.join("work"), &summary);
}

#[test]
fn registration_repayment_a_jam_and_power_cuts_hold_in_real_processes() {
    all_hold(&PLAYED[3..]);
}

#[test]
#[ignore = "a quarter of an hour and more: `./test long` plays them"]
fn every_other_journey_holds_in_real_processes() {
    let all = JOURNEYS.iter().map(|journey| journey.name);
    let others: Vec<&str> = all.filter(|name| !PLAYED.contains(name)).collect();
    all_hold(&others);
}

#[test]
fn the_list_names_every_journey_with_what_it_shows() {
    let program = Programs::found().path("senim-simulator").unwrap();
    let listed = Command::new(program).args(["journey", "--list", "--json"]).output().unwrap();
    assert!(listed.status.success());
    let text = String::from_utf8(listed.stdout).unwrap();
    let listed: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = listed.iter().map(|line| line["journey"].as_str().unwrap()).collect();
    assert_eq!(names, JOURNEYS.iter().map(|journey| journey.name).collect::<Vec<_>>());
    assert_eq!(listed[0]["acts"], json!(["Login", "CashAtTerminal"]));
}
