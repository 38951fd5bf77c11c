//! Configuration files of the stage's programs, and patches on the firmware's.

use std::path::Path;

use senim_world::model::token::organisation_key;
use toml::{Table, Value};

use crate::camera::CameraSource;
use crate::error::Trouble;

/// The folder that stands for a technician's stick, beside the firmware's configuration; it is there while the stick is in.
pub(crate) const STICK: &str = "stick";

/// What is written into the firmware's configuration over the stage's default.
#[derive(Clone, Debug, Default)]
pub struct ConfigPatch(Vec<(String, Value)>);

impl ConfigPatch {
    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Sets the value at a dotted path, such as `rig.halt_at`.
    #[must_use]
    pub fn set(mut self, path: &str, value: impl Into<Value>) -> Self {
        self.0.push((path.to_owned(), value.into()));
        self
    }

    /// Writes the values into a configuration.
    ///
    /// # Errors
    /// [`Trouble::Usage`] for a path through something that is no table.
    pub fn apply(&self, config: &mut Table) -> Result<(), Trouble> {
        for (path, value) in &self.0 {
            let wrong = || Trouble::Usage(format!("{path} is no place in the firmware's configuration"));
            let (folder, key) = path.rsplit_once('.').map_or((None, path.as_str()), |(f, k)| (Some(f), k));
            let mut table = &mut *config;
            for part in folder.into_iter().flat_map(|folder| folder.split('.')) {
                let entry = table.entry(part).or_insert_with(|| Value::Table(Table::new()));
                table = entry.as_table_mut().ok_or_else(wrong)?;
            }
            table.insert(key.to_owned(), value.clone());
        }
        Ok(())
    }
}

/// The dispensers of the rack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum DispenserKind {
    /// Four cassettes, last status.
    #[default]
    Lcdm4000,
    /// Two cassettes, no last status.
    Lcdm2000,
    /// Four cassettes, shutter, retract unit, taken sensor.
    Presenter,
}

impl DispenserKind {
    /// Its name on the rack.
    #[must_use]
    pub const fn device(self) -> &'static str {
        match self {
            Self::Lcdm4000 => "dispenser",
            Self::Lcdm2000 => "dispenser2",
            Self::Presenter => "presenter",
        }
    }

    /// Its driver in the firmware's configuration.
    #[must_use]
    pub const fn driver(self) -> &'static str {
        match self {
            Self::Lcdm4000 => "lcdm4000",
            Self::Lcdm2000 => "lcdm2000",
            Self::Presenter => "presenter",
        }
    }

    /// Cassettes, counted from 1.
    #[must_use]
    pub const fn cassettes(self) -> u8 {
        match self {
            Self::Lcdm4000 | Self::Presenter => 4,
            Self::Lcdm2000 => 2,
        }
    }
}

/// Addresses and sizes that the firmware's configuration depends on.
#[derive(Clone, Debug)]
pub struct Surroundings<'a> {
    /// Terminal id.
    pub terminal: &'a str,
    /// `127.0.0.1:port` of the gateway.
    pub gateway: &'a str,
    /// URL of the devices' control.
    pub devices: &'a str,
    /// `127.0.0.1:port` of the emulated power supply.
    pub supply: &'a str,
    /// Folder of the models of faces.
    pub models: &'a Path,
    /// What the camera looks at.
    pub camera: &'a CameraSource,
    /// Who tells what is measured of the drawn person before the camera.
    pub person: std::net::SocketAddr,
    /// Size of the screen, pixels.
    pub size: (u32, u32),
    /// The dispenser.
    pub dispenser: DispenserKind,
    /// What this stage's program for remote control is called; others on this machine are no business of its terminal.
    pub intruder: &'a str,
    /// Folder with the authorities of identity documents, where the terminal reads any.
    pub authorities: Option<&'a str>,
    /// Whether the reader for cards has keys of its own.
    pub keypad: bool,
}

/// The firmware's configuration of a rig; paths are relative to the stage's work folder.
///
/// # Errors
/// [`Trouble::Usage`] if `patch` does not fit.
pub fn firmware(around: &Surroundings<'_>, patch: &ConfigPatch) -> Result<String, Trouble> {
    let (host, port) = around
        .supply
        .rsplit_once(':')
        .and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)))
        .ok_or_else(|| Trouble::Usage(format!("{} is no address of a supply", around.supply)))?;
    let base = ConfigPatch::none()
        .set("terminal", around.terminal)
        .set("data_dir", "data")
        .set("create_journal", true)
        .set("journal.stick", STICK)
        .set("identity.key", "enrol/terminal.key.pem")
        .set("identity.chain", "enrol/terminal.pem")
        .set("identity.ca", "enrol/ca.pem")
        .set("identity.seal", "enrol/mfo-seal.jwk.json")
        .set("identity.cosigner", "enrol/mfo-cosigner.pem")
        .set("gateway.url", format!("https://{}", around.gateway))
        .set("dispenser.driver", around.dispenser.driver())
        .set("dispenser.last_status", "unknown")
        .set("dispenser.idle_wait_ms", 5_000)
        .set("dispenser.line.path", format!("devices/{}", around.dispenser.device()))
        .set("dispenser.line.baud", 9_600)
        .set("printer.driver", "escpos")
        .set("printer.line.path", "devices/printer")
        .set("camera", around.camera.section("frames", around.person))
        .set("faces.models", around.models.display().to_string())
        .set("power.source", "http")
        .set("power.url", around.devices)
        .set("power.device", around.dispenser.device())
        .set("acceptor.driver", "ccnet")
        .set("acceptor.line.path", "devices/acceptor")
        .set("card.driver", "gempc")
        .set("card.gempc.keypad", around.keypad)
        .set("card.line.path", "devices/card")
        .set("card.line.baud", 115_200)
        .set("card.line.stop_bits", 2)
        .set("nfc.driver", "pn532")
        .set("nfc.line.path", "devices/nfc")
        .set("nfc.line.baud", 115_200)
        .set("location.driver", "nmea")
        .set("location.line.path", "devices/location")
        .set("supply.driver", "nut")
        .set("supply.tcp.host", host)
        .set("supply.tcp.port", i64::from(port))
        .set("cabinet.source", "http")
        .set("cabinet.url", around.devices)
        .set("assistive.source", "http")
        .set("assistive.url", around.devices)
        .set("speech.voice", "recorded")
        .set("integrity.remote_control", vec![around.intruder])
        .set("display.kind", "headless")
        .set("display.width", i64::from(around.size.0))
        .set("display.height", i64::from(around.size.1))
        .set("display.control", "127.0.0.1:0")
        .set("log.filter", "info");
    let base = match around.authorities {
        Some(folder) => base.set("identity_document.authorities", folder),
        None => base,
    };
    let mut config = Table::new();
    base.apply(&mut config)?;
    patch.apply(&mut config)?;
    Ok(config.to_string())
}

/// Services that have nothing but an address.
const CONNECTORS: &[&str] = &[
    "core_url",
    "match_url",
    "sms_url",
    "coid_url",
    "numbers_url",
    "bureau_url",
    "aml_url",
    "anti_fraud_url",
    "entrepreneurs_url",
    "bank_url",
    "merchants_url",
    "calls_url",
];
/// Password and authentication token that the simulated КДП knows, in files beside the gateway's configuration.
const PASSWORD: (&str, &str) = ("kdp.password", "senim-password");
/// Like [`PASSWORD`].
const TOKEN: (&str, &str) = ("kdp.token", "senim-authentication-token");

/// File with the key of the organisation's EDS, beside the gateway's configuration.
const SIGNING_KEY: &str = "kdp.p8";

/// File with the root of the simulated authority for signatures, beside the gateway's configuration.
pub const ROOTS: &str = "eds-roots.pem";
/// File with the authority under it.
pub const INTERMEDIATES: &str = "eds-intermediates.pem";

/// File with the root of the simulated identification centre, beside the gateway's configuration.
pub const CENTRE_ROOTS: &str = "coid-roots.pem";
/// Whose certificate the simulated centre signs its results with.
const CENTRE: &str = "Senim Test ЦОИД";

/// What the gateway judges by the authority for signatures.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// Signatures of clients: then contracts need them.
    pub signatures: bool,
    /// Cards that the MFO gives its clients.
    pub cards: bool,
}

/// The authority of the world: its certificates, and where it tells which of others are good.
fn authority(world: &str) -> Table {
    let mut authority = Table::new();
    for (key, value) in [
        ("ocsp_url", format!("{world}/ocsp")),
        ("roots_file", ROOTS.to_owned()),
        ("intermediates_file", INTERMEDIATES.to_owned()),
    ] {
        authority.insert(key.to_owned(), Value::from(value));
    }
    let lists = ["issuing", "root"].map(|name| format!("{world}/crl/{name}.crl"));
    authority.insert("crl_urls".to_owned(), Value::from(lists.to_vec()));
    authority
}

/// Where signatures are made, stamped and judged: all of it in the world.
fn eds(world: &str) -> Table {
    let mut eds = authority(world);
    for (key, value) in [
        ("signing_url", world.to_owned()),
        ("timestamp_url", format!("{world}/tsp")),
        ("gost_url", world.to_owned()),
    ] {
        eds.insert(key.to_owned(), Value::from(value));
    }
    eds
}

/// Writes the gateway's configuration of a rig, with the files that it names.
///
/// # Errors
/// [`Trouble::File`].
pub fn write_gateway(file: &Path, listen: &str, world: &str, judged: Judged) -> Result<(), Trouble> {
    for (name, content) in [PASSWORD, TOKEN] {
        write(&file.with_file_name(name), content.as_bytes())?;
    }
    write(&file.with_file_name(SIGNING_KEY), &organisation_key())?;
    write(file, gateway(listen, world, judged).as_bytes())
}

/// Adds to the gateway's configuration that terminals enrol over the network.
///
/// # Errors
/// [`Trouble::File`], [`Trouble::Usage`].
pub fn let_enrol(file: &Path, listen: &str, days: Option<u16>) -> Result<(), Trouble> {
    let mut config = read(file)?;
    let patch = ConfigPatch::none().set("est.listen", listen);
    let patch = match days {
        Some(days) => patch.set("est.certificate_days", i64::from(days)),
        None => patch,
    };
    patch.apply(&mut config)?;
    write(file, config.to_string().as_bytes())
}

/// A configuration.
///
/// # Errors
/// [`Trouble::File`], [`Trouble::Answer`].
pub fn read(file: &Path) -> Result<Table, Trouble> {
    let text = std::fs::read_to_string(file).map_err(Trouble::file("read", file))?;
    text.parse().map_err(|error: toml::de::Error| Trouble::Answer {
        from: file.display().to_string(),
        why: error.to_string(),
    })
}

/// The gateway's configuration of a rig.
#[must_use]
fn gateway(listen: &str, world: &str, judged: Judged) -> String {
    let mut config = Table::new();
    for (key, value) in [
        ("listen", listen),
        ("store", "sqlite:gateway.db"),
        ("keys", "keys"),
        ("profile", "rig"),
        ("log", "info"),
    ] {
        config.insert(key.to_owned(), Value::from(value));
    }
    let mut connectors = Table::new();
    for key in CONNECTORS {
        connectors.insert((*key).to_owned(), Value::from(world));
    }
    for (key, value) in [("coid_roots_file", CENTRE_ROOTS), ("coid_signer", CENTRE)] {
        connectors.insert(key.to_owned(), Value::from(value));
    }
    let mut personal_data = Table::new();
    for (key, value) in [
        ("url", world),
        ("login", "senim"),
        ("password_file", PASSWORD.0),
        ("token_file", TOKEN.0),
        ("bin", "990140004654"),
        ("signing_key_file", SIGNING_KEY),
    ] {
        personal_data.insert(key.to_owned(), Value::from(value));
    }
    connectors.insert("personal_data".to_owned(), Value::Table(personal_data));
    if judged.signatures {
        connectors.insert("eds".to_owned(), Value::Table(eds(world)));
    }
    if judged.cards {
        connectors.insert("cards".to_owned(), Value::Table(authority(world)));
    }
    config.insert("connectors".to_owned(), Value::Table(connectors));
    config.to_string()
}

/// Writes a file, replacing it.
///
/// # Errors
/// [`Trouble::File`].
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    std::fs::write(path, bytes).map_err(Trouble::file("write", path))
}

/// Puts a picture before the camera of files, at once whole.
///
/// # Errors
/// [`Trouble::File`].
pub fn write_frame(frames: &Path, number: u32, png: &[u8]) -> Result<(), Trouble> {
    let path = frames.join(format!("frame-{number:03}.png"));
    let unfinished = frames.join("next.part");
    write(&unfinished, png)?;
    std::fs::rename(&unfinished, &path).map_err(Trouble::file("replace", &path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_replaces_and_adds_values_of_the_firmwares_configuration() {
        let around = Surroundings {
            terminal: "t-1",
            gateway: "127.0.0.1:2",
            devices: "http://127.0.0.1:3",
            supply: "127.0.0.1:4",
            models: Path::new("/models"),
            camera: &CameraSource::Person,
            person: ([127, 0, 0, 1], 5).into(),
            size: (1024, 600),
            dispenser: DispenserKind::Presenter,
            intruder: "rc-1",
            authorities: None,
            keypad: false,
        };
        let patch = ConfigPatch::none().set("rig.halt_at", "after:PayoutArmed:2").set("display.width", 800);
        let config: Table = firmware(&around, &patch).unwrap().parse().unwrap();
        assert_eq!(config["rig"]["halt_at"].as_str(), Some("after:PayoutArmed:2"));
        assert_eq!(config["display"]["width"].as_integer(), Some(800));
        assert_eq!(config["display"]["height"].as_integer(), Some(600));
        assert_eq!(config["gateway"]["url"].as_str(), Some("https://127.0.0.1:2"));
        assert_eq!(config["supply"]["tcp"]["port"].as_integer(), Some(4));
        assert_eq!(config["dispenser"]["line"]["path"].as_str(), Some("devices/presenter"));
        assert!(firmware(&around, &ConfigPatch::none().set("terminal.name", "x")).is_err());
    }

    #[test]
    fn the_gateways_configuration_sends_every_connector_to_the_world() {
        let judged = Judged { signatures: true, cards: false };
        let config: Table = gateway("127.0.0.1:0", "http://127.0.0.1:9", judged).parse().unwrap();
        for key in CONNECTORS {
            assert_eq!(config["connectors"][*key].as_str(), Some("http://127.0.0.1:9"));
        }
        assert_eq!(config["profile"].as_str(), Some("rig"));
        assert_eq!(config["connectors"]["eds"]["ocsp_url"].as_str(), Some("http://127.0.0.1:9/ocsp"));
        let judged = Judged { signatures: false, cards: true };
        let unsigned: Table = gateway("127.0.0.1:0", "http://127.0.0.1:9", judged).parse().unwrap();
        assert!(!unsigned["connectors"].as_table().unwrap().contains_key("eds"));
        assert_eq!(unsigned["connectors"]["cards"]["ocsp_url"].as_str(), Some("http://127.0.0.1:9/ocsp"));
    }
}
