//! The disk takes nothing any more. A limit on the size of files stands for it: it works for every user, on every file
//! system, and can be lifted while the firmware runs. The log is hit by it just as the journal is.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use senim_simulator::process::Programs;
use senim_simulator::stage::StageOptions;
use serde_json::json;

use crate::stand::{DISPENSE, LOAN_TIYN, Stand, quick};

#[test]
fn a_full_disk_stops_business_before_any_note_moves_and_everything_goes_on_when_there_is_room_again() {
    let bin = tempfile::tempdir().unwrap();
    let options = StageOptions { programs: patient_programs(bin.path()), ..StageOptions::default() };
    let mut stand = Stand::with(options);
    stand.stage.start_firmware(&quick()).unwrap();
    stand.load();

    // Full while nobody is there.
    limit(&mut stand, Some(0));
    stand.tap("language-en");
    stand.sees("OutOfService", "journal");
    let status = stand.status("out of service", |status| !status.out_of_service.is_empty());
    assert_eq!(status.out_of_service, [json!("journal")]);
    limit(&mut stand, None);
    stand.written("ServiceChanged", |row| row["reasons"] == json!(["journal"]));
    stand.sees("Welcome", "");

    // Full while the marker runs: the row before the notes cannot be written, so nothing moves, not later either.
    let devices = stand.stage.devices().unwrap();
    devices.patch("dispenser", &json!({ "purge_ms": 1_500 })).unwrap();
    stand.visit(0, "ReadyToPay");
    stand.go_on();
    stand.sees("Payout", "Preparing");
    limit(&mut stand, Some(0));
    stand.status("the journal to be missed", |status| status.out_of_service.contains(&json!("journal")));
    limit(&mut stand, None);
    stand.status("the journal to write again", |status| {
        status.out_of_service.is_empty() && !status.open_payout
    });
    assert_eq!((stand.frames("51"), stand.frames(DISPENSE)), (1, 0));
    let (outcome, ended) = stand.last_payout();
    assert_eq!((&outcome["result"], &outcome["source"]), (&json!("notDispensed"), &json!("journal")));
    assert!(outcome["device_error"].as_str().unwrap().contains("journal could not be written"), "{outcome}");
    assert_eq!(ended["result"], "nothing");
    stand.sees("End", "NothingPaid");
    stand.go_on();

    // Full while the notes move: what they did is written as soon as there is room.
    stand.sees("Welcome", "");
    devices.patch("dispenser", &json!({ "purge_ms": 150, "note_ms": 150 })).unwrap();
    stand.visit(1, "ReadyToPay");
    stand.go_on();
    stand.sees("Payout", "Dispensing");
    limit(&mut stand, Some(0));
    stand.status("the journal to be missed", |status| status.out_of_service.contains(&json!("journal")));
    stand.sees("Receipt", "");
    limit(&mut stand, None);
    stand.status("the payout to be written down", |status| {
        !status.open_payout && status.out_of_service.is_empty()
    });
    let (outcome, ended) = stand.last_payout();
    assert_eq!((&outcome["result"], &outcome["source"]), (&json!("dispensed"), &json!("answer")));
    assert_eq!((&ended["result"], &ended["distributed_tiyn"]), (&json!("paid"), &json!(LOAN_TIYN)));
    assert_eq!(stand.frames(DISPENSE), 1);
    let check = stand.senim(&["check"]);
    assert_eq!(check.about("journal")["ok"], true, "{check:?}");
    stand.written("ReceiptPrinted", |row| row["printed"] == true);
    stand.go_on();
    stand.sees("Welcome", "");
    stand.closes();
}

/// The programs, with a firmware that is told of a file that may not grow by an error, not by a deadly signal: as a full
/// disk tells it.
fn patient_programs(folder: &Path) -> Programs {
    let programs = Programs::found();
    for name in ["senim-gateway", "senim-simulator"] {
        std::os::unix::fs::symlink(programs.path(name).unwrap(), folder.join(name)).unwrap();
    }
    let senim = folder.join("senim");
    let real = programs.path("senim").unwrap();
    std::fs::write(&senim, format!("#!/bin/sh\ntrap '' XFSZ\nexec '{}' \"$@\"\n", real.display())).unwrap();
    std::fs::set_permissions(&senim, std::fs::Permissions::from_mode(0o755)).unwrap();
    Programs::in_folder(folder.to_owned())
}

/// Sets how long a file of the firmware may get; the hard limit stays, so that it can be lifted.
fn limit(stand: &mut Stand, bytes: Option<u64>) {
    let pid = stand.stage.firmware_process().unwrap().pid().to_string();
    let soft = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
    let done = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={soft}:unlimited")]).output();
    let done = done.expect("prlimit (util-linux) sets the limit");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
