//! Wrong certificates: the terminal's from another CA, the terminal's with another name, and a gateway of somebody else.

use senim_simulator::config;
use senim_simulator::process::Running;

use crate::stand::{Said, Stand, quick, said};

#[test]
fn a_terminal_with_a_foreign_certificate_does_not_start_and_a_foreign_gateway_gets_nothing() {
    let mut stand = Stand::open();
    let address = stand.stage.folders().clone();
    stand.stage.stop_firmware().unwrap();
    let rows = stand.rows().len();
    let good = std::fs::read_to_string(stand.config()).unwrap();

    // Another MFO, with its own keys and its own certificate for a terminal of the same name.
    let listen = good.split("https://").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let other = address.work.join("other");
    std::fs::create_dir_all(&other).unwrap();
    let other_config = other.join("gateway.toml");
    let judged = config::Judged { signatures: false, cards: false };
    config::write_gateway(&other_config, &listen, stand.stage.world().unwrap().url(), judged).unwrap();
    let centre = address.gateway_config().with_file_name(config::CENTRE_ROOTS);
    std::fs::copy(centre, other.join(config::CENTRE_ROOTS)).unwrap();
    let other_config = other_config.display().to_string();
    let enrol = |config: &str, terminal: &str, out: &str| {
        let out = address.work.join(out).display().to_string();
        stand
            .stage
            .gateway_command(
                &[
                    &["enrol", "--config", config, "--terminal", terminal, "--out", &out][..],
                    &senim_simulator::stage::STAFF,
                ]
                .concat(),
            )
            .unwrap();
    };
    enrol(&other_config, "t-1", "foreign");
    enrol(&address.gateway_config().display().to_string(), "t-2", "neighbour");

    for (folder, words) in [
        ("foreign", ["foreign/terminal.pem", "not issued by the MFO's CA"]),
        ("neighbour", ["neighbour/terminal.pem", "belongs to terminal t-2, not to t-1"]),
    ] {
        let text = good
            .replace("enrol/terminal.key.pem", &format!("{folder}/terminal.key.pem"))
            .replace("enrol/terminal.pem", &format!("{folder}/terminal.pem"));
        let path = address.work.join("wrong.toml");
        std::fs::write(&path, text).unwrap();
        let path = path.display().to_string();
        let run =
            |command: &str| -> Said { said(&stand.stage.options().programs, &[command, "--config", &path]) };
        let refused = run("run");
        assert_eq!(refused.code, Some(4), "{refused:?}");
        assert!(words.iter().all(|word| refused.stderr.contains(word)), "{refused:?}");
        run("check").finds("identity", &words);
    }
    assert_eq!(stand.rows().len(), rows, "no row is signed by a foreign key");

    // Somebody else answers where the gateway should be.
    stand.stage.stop_gateway().unwrap();
    let programs = stand.stage.options().programs.clone();
    let (tie, program) = (programs.path("senim-simulator").unwrap(), programs.path("senim-gateway").unwrap());
    let arguments = ["serve", "--config", &other_config];
    let mut impostor = Running::start(&tie, "impostor", &program, &arguments, &[], &address.logs).unwrap();
    impostor.ready(crate::stand::SOON).unwrap();
    stand.stage.start_firmware(&quick()).unwrap();
    stand.sees("Welcome", "offline");
    let status =
        stand.status("the line to be refused", |status| !status.online && status.no_loan == "offline");
    assert!(status.unacked > 0, "nothing was handed to a stranger");
    stand.senim(&["check"]).finds("gateway", &["the secure connection was refused", "certificate"]);
    stand.written("UplinkChanged", |row| row["usable"] == false && row["cause"] == "certificateRefused");
    impostor.stop(crate::stand::SOON).unwrap();

    stand.stage.start_gateway().unwrap();
    stand.stage.kill_firmware().unwrap();
    stand.stage.start_firmware(&quick()).unwrap();
    stand.sees("Welcome", "");
    stand.closes();
}
