//! The open cabinet, and the service manager that watches the program.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use senim_simulator::stage::StageOptions;
use senim_simulator::wait::{Look, until};
use serde_json::json;

use crate::stand::{SOON, Stand, quick};

/// The manager's ear: what it was told so far.
struct Manager {
    socket: UnixDatagram,
    told: Vec<String>,
}

impl Manager {
    fn hears(&mut self) -> &[String] {
        let mut buffer = [0; 1_024];
        while let Ok(count) = self.socket.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
            self.told.extend(text.lines().map(str::to_owned));
        }
        &self.told
    }

    fn count(&mut self, word: &str) -> usize {
        self.hears().iter().filter(|line| *line == word).count()
    }

    fn waits_for(&mut self, word: &str, times: usize) {
        until(&format!("{times} × {word}"), SOON, || {
            let count = self.count(word);
            Ok(if count >= times { Look::There(()) } else { Look::NotYet(format!("{:?}", self.told)) })
        })
        .unwrap();
    }
}

#[test]
fn an_open_door_is_a_row_under_a_checkpoint_and_the_service_manager_hears_that_the_terminal_lives() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    let mut manager = Manager { socket, told: Vec::new() };
    let environment = vec![
        ("NOTIFY_SOCKET".to_owned(), path.display().to_string()),
        ("WATCHDOG_USEC".to_owned(), "3000000".to_owned()),
    ];
    let options = StageOptions { firmware_environment: environment, ..StageOptions::default() };
    let mut stand = Stand::with(options);
    stand.stage.start_firmware(&quick()).unwrap();
    manager.waits_for("READY=1", 1);
    let fed = manager.count("WATCHDOG=1");
    stand.load();

    let cabinet = |input: &str, active: bool| {
        stand.stage.devices().unwrap().patch("cabinet", &json!({ input: active })).unwrap();
    };
    cabinet("safe_door", true);
    cabinet("operator_switch", true);
    for input in ["safeDoor", "operatorSwitch"] {
        stand.written("CabinetChanged", |row| row["input"] == input && row["active"] == true);
    }
    let rows = stand.rows();
    let opened = rows.iter().find(|row| row["kind"] == "CabinetChanged").unwrap()["seq"].as_u64().unwrap();
    stand.status("a checkpoint over the row", |status| status.checkpoint_size > opened);
    stand.status("the gateway's word for it", |status| status.cosigned_size > opened);
    let devices = stand.stage.devices().unwrap();
    devices.patch("cabinet", &json!({ "safe_door": false, "operator_switch": false })).unwrap();
    stand.written("CabinetChanged", |row| row["input"] == "safeDoor" && row["active"] == false);

    // Fed more often than it bites, and by an idle terminal too.
    senim_simulator::wait::rest(Duration::from_secs(3));
    manager.waits_for("WATCHDOG=1", fed + 3);
    assert_eq!(manager.count("STOPPING=1"), 0);
    stand.closes();
    manager.waits_for("STOPPING=1", 1);
    assert_eq!(manager.count("READY=1"), 1);
    assert_eq!(manager.count("WATCHDOG_USEC=0"), 1, "an orderly stop is not bitten");
}
