//! A rack of emulators in place of a terminal's devices, and the configuration that a technician would write for it.

use std::path::{Path, PathBuf};

use senim::config::DispenserDriver;
use senim_emulators::cards::icao::TravelDocument;
use senim_emulators::rack::{Options, Rack};
use serde_json::json;

use crate::hands::Control;
use crate::rig::Pace;

/// Serial lines of the rack and their speed.
const LINES: [(&str, u32); 8] = [
    ("acceptor", 9_600),
    ("card", 115_200),
    ("dispenser", 9_600),
    ("dispenser2", 9_600),
    ("location", 9_600),
    ("nfc", 115_200),
    ("presenter", 9_600),
    ("printer", 38_400),
];

/// The rack and its folder.
pub struct Emulated {
    control: String,
    _rack: Rack,
    directory: tempfile::TempDir,
}

impl Emulated {
    /// Starts it; the configuration names the dispenser of this kind.
    pub fn start(dispenser: DispenserDriver, pace: Pace) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let rack = Rack::start(root, Options::default()).unwrap();
        let control = format!("http://{}", rack.serve("127.0.0.1:0").unwrap());
        let hands = Control::at(&control);
        // A receiver speaks each second; scenarios wait for several of its sentences.
        hands.set("location", &json!({ "interval_ms": 500 }));
        if pace == Pace::BytePaced {
            for (device, baud) in LINES {
                hands.set(device, &json!({ "pacing": "byte_paced", "baud": baud }));
            }
        }
        let supply = std::fs::read_to_string(root.join("supply.addr")).unwrap();
        std::fs::write(root.join("senim.toml"), configuration(dispenser, &control, supply.trim())).unwrap();
        frames(&root.join("frames"));
        Self { control, _rack: rack, directory }
    }

    /// Where the rack's control listens.
    pub fn control(&self) -> &str {
        &self.control
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.directory.path().join("senim.toml")
    }

    /// What the camera shows.
    pub fn frames(&self) -> PathBuf {
        self.directory.path().join("frames")
    }
}

/// The authority of the emulated documents.
pub fn authority() -> Vec<u8> {
    TravelDocument::new(senim_emulators::cards::icao::Options::default()).unwrap().authority().to_vec()
}

fn configuration(dispenser: DispenserDriver, control: &str, supply: &str) -> String {
    let (driver, port) = match dispenser {
        DispenserDriver::Lcdm4000 => ("lcdm4000", "dispenser"),
        DispenserDriver::Lcdm2000 => ("lcdm2000", "dispenser2"),
        DispenserDriver::Presenter => ("presenter", "presenter"),
    };
    let (host, supply) = supply.rsplit_once(':').unwrap();
    format!(
        r#"
        terminal = "t-1"
        data_dir = "data"
        [identity]
        key = "terminal.key.pem"
        chain = "terminal.pem"
        ca = "ca.pem"
        seal = "mfo-seal.jwk.json"
        cosigner = "mfo-cosigner.pem"
        [gateway]
        url = "https://localhost:1"
        [dispenser]
        driver = "{driver}"
        line.path = "{port}"
        [printer]
        driver = "escpos"
        line = {{ path = "printer", baud = 38400 }}
        [camera]
        source = "files"
        directory = "frames"
        [acceptor]
        driver = "ccnet"
        expect = "000000000001"
        line.path = "acceptor"
        [card]
        driver = "gempc"
        line = {{ path = "card", baud = 115200, stop_bits = 2 }}
        [nfc]
        driver = "pn532"
        line = {{ path = "nfc", baud = 115200 }}
        [location]
        driver = "nmea"
        line.path = "location"
        nmea = {{ listen_ms = 1000, silence_ms = 1500, lost_after_ms = 2000 }}
        [supply]
        driver = "nut"
        tcp = {{ host = "{host}", port = {supply} }}
        nut.poll_interval_ms = 500
        [cabinet]
        source = "http"
        url = "{control}"
        [assistive]
        source = "http"
        url = "{control}"
        "#
    )
}

/// Two pictures of different brightness.
fn frames(directory: &Path) {
    std::fs::create_dir(directory).unwrap();
    for (name, grey) in [("a.png", 90), ("b.png", 160)] {
        let file = std::fs::File::create(directory.join(name)).unwrap();
        let mut encoder = png::Encoder::new(file, 64, 48);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().unwrap().write_image_data(&[grey; 64 * 48]).unwrap();
    }
}
