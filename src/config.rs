//! The configuration file: TOML, every section typed, unknown keys refused, relative paths taken from the file's place.
//!
//! What only a rig may use (file keys, file cameras, a headless window, an HTTP latch, halting points) exists here only
//! in builds with that feature; a release reads such a file with the error that names the key.

use std::path::{Path, PathBuf};

use senim_domain::TerminalId;
use senim_linux::panel::PanelConfig;
use senim_linux::tty::LineConfig;
use serde::Deserialize;

use crate::faces::FacesConfig;

mod devices;
mod display;
mod identity;

pub use devices::{
    AcceptorConfig, AcceptorDriver, AssistiveSource, CabinetSource, CameraConfig, CardReaderConfig,
    CardReaderDriver, DispenserConfig, DispenserDriver, DogConfig, IDLE_WAIT_MS_MIN, IntegrityConfig,
    LocationConfig, LocationDriver, PowerConfig, PrinterConfig, PrinterDriver, SupplyConfig, SupplyDriver,
    VoiceConfig,
};

pub use display::{DisplayConfig, DisplayKind};

pub use identity::{EstConfig, IdentityConfig, IdentitySource, Pkcs11Config};

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The terminal's name, as in its certificate.
    pub terminal: TerminalId,
    /// Where the journal lies.
    pub data_dir: PathBuf,
    /// Commissioning: a journal may be created where there is no trace of one.
    #[serde(default)]
    pub create_journal: bool,
    /// What the journal keeps, and where else.
    #[serde(default)]
    pub journal: JournalConfig,
    /// Keys and certificates.
    pub identity: IdentityConfig,
    /// The MFO.
    pub gateway: GatewayConfig,
    /// Dispenser.
    pub dispenser: DispenserConfig,
    /// Printer.
    pub printer: PrinterConfig,
    /// Camera.
    pub camera: CameraConfig,
    /// What finds faces in its frames; without it nothing is lent.
    pub faces: Option<FacesConfig>,
    /// Power latch.
    #[serde(default)]
    pub power: PowerConfig,
    /// Cash acceptor.
    pub acceptor: Option<AcceptorConfig>,
    /// Contact card reader.
    pub card: Option<CardReaderConfig>,
    /// Contactless card reader.
    pub nfc: Option<CardReaderConfig>,
    /// Reading chips of identity documents.
    pub identity_document: Option<IdentityDocumentConfig>,
    /// Mains and battery.
    pub supply: Option<SupplyConfig>,
    /// Location receiver.
    pub location: Option<LocationConfig>,
    /// Cabinet inputs.
    pub cabinet: Option<CabinetSource>,
    /// Assistive keypad and jack.
    pub assistive: Option<AssistiveSource>,
    /// The voice in the headphones.
    pub speech: Option<VoiceConfig>,
    /// Status panel.
    pub panel: Option<PanelConfig>,
    /// The board's watchdog. A service manager's is used whenever it says so in the environment.
    pub watchdog: Option<DogConfig>,
    /// Signs of broken integrity.
    #[serde(default)]
    pub integrity: IntegrityConfig,
    /// Display.
    #[serde(default)]
    pub display: DisplayConfig,
    /// Log.
    #[serde(default)]
    pub log: LogConfig,
    /// Rig.
    #[cfg(feature = "rig")]
    #[serde(default)]
    pub rig: RigConfig,
}

/// What the journal keeps, and where else.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JournalConfig {
    /// Days that rows stay here after the gateway cosigned them; longer than the gateway's back-up interval. At least 1.
    pub retain_days: u32,
    /// Directory on a second device for what the gateway does not have yet.
    pub second_copy: Option<PathBuf>,
    /// Where a technician's stick is mounted while it is in its port; absent: the journal leaves by the line only.
    pub stick: Option<PathBuf>,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self { retain_days: 30, second_copy: None, stick: None }
    }
}

/// The MFO.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// `https://host:port`.
    pub url: String,
    /// Longest wait for a connection, ms.
    #[serde(default = "connect_ms")]
    pub connect_ms: u64,
    /// Longest wait for an answer, ms; the gateway may take 20 s.
    #[serde(default = "read_ms")]
    pub read_ms: u64,
    /// Least time between two looks into the inbox, ms; the gateway holds each back until there is something.
    #[serde(default = "inbox_ms")]
    pub inbox_ms: u64,
    /// Age at which the MFO's signed time is asked for again, ms.
    #[serde(default = "time_life_ms")]
    pub time_life_ms: u64,
}

/// Reading chips of identity documents: on the contactless reader, or in the contact one where there is no other.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityDocumentConfig {
    /// Directory with the certificates of the authorities that issuing states sign with (CSCA), PEM or DER, each named by
    /// the state's code in the machine-readable zone: `KAZ.cer`, `KAZ-2.cer`. Without one no document is found genuine.
    pub authorities: Option<PathBuf>,
}

/// Log.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// `tracing` filter, for instance `info,senim_drivers=debug`.
    pub filter: String,
}

/// Rig.
#[cfg(feature = "rig")]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RigConfig {
    /// Stop dead there, as if the power had been cut: `after:PayoutArmed:1`.
    pub halt_at: Option<String>,
    /// Rows that the journal may hold unacknowledged, and how many of them are kept for business already open, in place of what a
    /// terminal holds.
    pub journal_rows: Option<(u64, u64)>,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { filter: "info".into() }
    }
}

const fn connect_ms() -> u64 {
    5_000
}
const fn read_ms() -> u64 {
    30_000
}
const fn inbox_ms() -> u64 {
    2_000
}
const fn time_life_ms() -> u64 {
    3_600_000
}
/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or not readable.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value that does not fit.
    #[error("{path}: {source}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line and cause.
        source: Box<toml::de::Error>,
    },
    /// A value that this build refuses.
    #[error("{key}: {why}")]
    Refused {
        /// The key.
        key: &'static str,
        /// What is allowed.
        why: String,
    },
}

/// A configuration and what it was read from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// SHA-256 of the file, base64url.
    pub sha256: String,
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError`] names file or key.
    pub fn load(path: &Path) -> Result<Loaded, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::of_text(&text, path)
    }

    /// Checks what stands, or is to stand, in the file `path`.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn of_text(text: &str, path: &Path) -> Result<Loaded, ConfigError> {
        let mut config: Self = toml::from_str(text)
            .map_err(|source| ConfigError::Malformed { path: path.to_owned(), source: Box::new(source) })?;
        config.resolve(path.parent().unwrap_or_else(|| Path::new(".")));
        config.check()?;
        Ok(Loaded { config, sha256: senim_operation::jws::sha256_b64(text.as_bytes()) })
    }

    fn resolve(&mut self, base: &Path) {
        let at = |path: &mut PathBuf| *path = base.join(&*path);
        at(&mut self.data_dir);
        self.display.resolve(at);
        self.journal.second_copy.iter_mut().chain(&mut self.journal.stick).for_each(at);
        self.identity.resolve(at);
        if let Some(faces) = &mut self.faces {
            at(&mut faces.models);
        }
        if let Some(authorities) =
            self.identity_document.as_mut().and_then(|document| document.authorities.as_mut())
        {
            at(authorities);
        }
        for (_, line) in self.lines_mut() {
            at(&mut line.path);
        }
        #[cfg(feature = "rig")]
        if let CameraConfig::Files(files) = &mut self.camera {
            at(&mut files.directory);
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        if !cfg!(feature = "rig") && self.dispenser.idle_wait_ms < IDLE_WAIT_MS_MIN {
            return Err(ConfigError::Refused {
                key: "dispenser.idle_wait_ms",
                why: format!(
                    "at least {IDLE_WAIT_MS_MIN}: the device may work for a minute before it answers"
                ),
            });
        }
        self.identity.check()?;
        let refused = |why| ConfigError::Refused { key: "integrity", why };
        self.integrity.check().map_err(refused)?;
        if !self.gateway.url.starts_with("https://") {
            return Err(ConfigError::Refused { key: "gateway.url", why: "begins with https://".into() });
        }
        if self.gateway.connect_ms == 0 {
            return Err(ConfigError::Refused { key: "gateway.connect_ms", why: "at least 1".into() });
        }
        if self.gateway.read_ms < senim_uplink::READ_TIMEOUT_MS_MIN {
            let least = senim_uplink::READ_TIMEOUT_MS_MIN;
            let why = format!("at least {least}: the gateway may take 20 seconds for an answer");
            return Err(ConfigError::Refused { key: "gateway.read_ms", why });
        }
        if senim_receipt::Paper::of_mm(self.printer.paper_mm).is_none() {
            return Err(ConfigError::Refused { key: "printer.paper_mm", why: "80 or 58".into() });
        }
        if self.journal.retain_days == 0 {
            let why = "at least 1: a gateway started from a back-up asks for rows again".into();
            return Err(ConfigError::Refused { key: "journal.retain_days", why });
        }
        if self.faces.as_ref().and_then(|faces| faces.view).is_some_and(|view| !view.is_of_use()) {
            let why = "width 320 to 4096 and height 240 to 4096 pixels, no more than the camera's".into();
            return Err(ConfigError::Refused { key: "faces.view", why });
        }
        for (key, line) in self.lines() {
            devices::follows_the_plug(key, &line.path)?;
        }
        self.check_devices()?;
        if self.identity_document.is_some() && self.card.is_none() && self.nfc.is_none() {
            let why = "there is no reader to lay a document on; configure `nfc` or `card`".to_owned();
            return Err(ConfigError::Refused { key: "identity_document", why });
        }
        #[cfg(feature = "rig")]
        if let Some(text) = &self.rig.halt_at {
            text.parse::<senim_runtime::options::HaltAt>()
                .map_err(|error| ConfigError::Refused { key: "rig.halt_at", why: error.to_string() })?;
        }
        Ok(())
    }

    /// Ranges of every driver's settings.
    fn check_devices(&self) -> Result<(), ConfigError> {
        let refused =
            |key| move |error: &dyn std::fmt::Display| ConfigError::Refused { key, why: error.to_string() };
        macro_rules! check {
            ($($key:literal: $settings:expr),+ $(,)?) => {$(
                if let Some(settings) = $settings {
                    settings.check().map_err(|error| refused($key)(&error))?;
                }
            )+};
        }
        let dispenser = &self.dispenser;
        check!(
            "dispenser.lcdm4000": Some(&dispenser.lcdm4000),
            "dispenser.lcdm2000": Some(&dispenser.lcdm2000),
            "printer.escpos": Some(&self.printer.escpos),
            "acceptor.ccnet": self.acceptor.as_ref().map(|acceptor| &acceptor.ccnet),
            "card.gempc": self.card.as_ref().map(|reader| &reader.gempc),
            "card.pn532": self.card.as_ref().map(|reader| &reader.pn532),
            "nfc.gempc": self.nfc.as_ref().map(|reader| &reader.gempc),
            "nfc.pn532": self.nfc.as_ref().map(|reader| &reader.pn532),
            "supply.nut": self.supply.as_ref().map(|supply| &supply.nut),
            "supply.tcp": self.supply.as_ref().map(|supply| &supply.tcp),
            "location.nmea": self.location.as_ref().map(|location| &location.nmea),
            "panel.ssd1306": self.panel.as_ref().map(|panel| &panel.ssd1306),
        );
        #[cfg(feature = "rig")]
        check!("dispenser.presenter": Some(&dispenser.presenter));
        if let Some(CabinetSource::Gpio(cabinet)) = &self.cabinet {
            cabinet.check().map_err(|error| refused("cabinet")(&error))?;
        }
        Ok(())
    }

    /// Serial lines with the keys of their paths.
    #[must_use]
    pub fn lines(&self) -> Vec<(&'static str, &LineConfig)> {
        let mut lines =
            vec![("dispenser.line.path", &self.dispenser.line), ("printer.line.path", &self.printer.line)];
        lines.extend(self.acceptor.as_ref().map(|acceptor| ("acceptor.line.path", &acceptor.line)));
        lines.extend(self.card.as_ref().map(|reader| ("card.line.path", &reader.line)));
        lines.extend(self.nfc.as_ref().map(|reader| ("nfc.line.path", &reader.line)));
        lines.extend(self.location.as_ref().map(|location| ("location.line.path", &location.line)));
        lines
    }

    fn lines_mut(&mut self) -> Vec<(&'static str, &mut LineConfig)> {
        let mut lines = vec![
            ("dispenser.line.path", &mut self.dispenser.line),
            ("printer.line.path", &mut self.printer.line),
        ];
        lines.extend(self.acceptor.as_mut().map(|acceptor| ("acceptor.line.path", &mut acceptor.line)));
        lines.extend(self.card.as_mut().map(|reader| ("card.line.path", &mut reader.line)));
        lines.extend(self.nfc.as_mut().map(|reader| ("nfc.line.path", &mut reader.line)));
        lines.extend(self.location.as_mut().map(|location| ("location.line.path", &mut location.line)));
        lines
    }

    /// What enrolment stored.
    #[must_use]
    pub fn enrolment_path(&self) -> PathBuf {
        self.identity.record.clone().unwrap_or_else(|| self.data_dir.join("identity.json"))
    }

    /// The journal's file.
    #[must_use]
    pub fn journal_path(&self) -> PathBuf {
        self.data_dir.join("journal.db")
    }
}

#[cfg(test)]
mod tests {
    use senim_session::saga::LastStatusMode;

    use super::*;

    const GOOD: &str = r#"
        terminal = "t-1"
        data_dir = "data"
        [identity.pkcs11]
        module = "/usr/lib/softhsm/libsofthsm2.so"
        token.label = "senim"
        pin_file = "pin"
        [gateway]
        url = "https://localhost:1"
        [dispenser]
        driver = "lcdm4000"
        [dispenser.line]
        path = "/dev/ttyS1"
        [printer]
        driver = "escpos"
        [printer.line]
        path = "/dev/ttyS2"
        [camera]
        source = "v4l"
        usb_topology = "1-1"
    "#;

    fn parse(text: &str) -> Result<Config, String> {
        toml::from_str::<Config>(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_minimal_file_is_enough_and_has_safe_defaults() {
        let config = parse(GOOD).unwrap();
        assert_eq!(config.dispenser.idle_wait_ms, 65_000);
        assert_eq!(config.dispenser.last_status, LastStatusMode::Unknown);
        assert_eq!((config.journal.retain_days, config.journal.second_copy.is_none()), (30, true));
        config.check().unwrap();
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        let error = parse(&GOOD.replace("driver = \"escpos\"", "driver = \"escpos\"\nbuad = 1")).unwrap_err();
        assert!(error.contains("buad"), "{error}");
        assert!(parse(&format!("colour = 1\n{GOOD}")).unwrap_err().contains("colour"));
    }

    #[test]
    fn rows_are_kept_for_a_day_at_least() {
        let config = parse(&format!("{GOOD}\n[journal]\nretain_days = 0")).unwrap();
        assert!(matches!(config.check(), Err(ConfigError::Refused { key: "journal.retain_days", .. })));
    }

    #[test]
    fn paper_is_of_one_of_two_widths() {
        for (given, taken) in [(80, true), (58, true), (76, false)] {
            let config =
                parse(&GOOD.replace("[printer]", &format!("[printer]\npaper_mm = {given}"))).unwrap();
            let refused = matches!(config.check(), Err(ConfigError::Refused { key: "printer.paper_mm", .. }));
            assert_eq!(refused, !taken, "{given}");
        }
    }

    #[test]
    fn a_gateway_without_tls_is_refused() {
        let config = parse(&GOOD.replace("https://", "http://")).unwrap();
        assert!(matches!(config.check(), Err(ConfigError::Refused { key: "gateway.url", .. })));
    }

    #[test]
    fn a_port_named_by_the_order_of_plugging_is_refused_with_the_cure() {
        for (given, refused) in [("/dev/ttyUSB0", true), ("/dev/ttyACM1", true), ("/dev/ttyS1", false)] {
            let config = parse(&GOOD.replace("/dev/ttyS2", given)).unwrap();
            match config.check() {
                Err(ConfigError::Refused { key: "printer.line.path", why }) if refused => {
                    assert!(why.contains("/dev/serial/by-path"), "{why}");
                }
                Ok(()) if !refused => {}
                other => panic!("{given}: {other:?}"),
            }
        }
    }

    #[test]
    fn every_kind_of_device_has_a_section_with_defaults() {
        let all = r#"
            [acceptor]
            driver = "ccnet"
            expect = "SN 12"
            line.path = "/dev/serial/by-path/a"
            [card]
            driver = "gempc"
            line = { path = "/dev/serial/by-path/b", baud = 115200, stop_bits = 2 }
            [nfc]
            driver = "pn532"
            line = { path = "/dev/serial/by-path/c", baud = 115200 }
            [supply]
            driver = "nut"
            tcp = { host = "127.0.0.1", port = 3493 }
            [location]
            driver = "nmea"
            line.path = "/dev/serial/by-path/d"
            [cabinet]
            source = "gpio"
            inputs.safeDoor = { chip = "/dev/gpiochip0", line = 4 }
            [assistive]
            source = "usb"
            usb_topology = "1-1.3"
            [speech]
            voice = "espeak"
            words_a_minute = 120
            [panel]
            bus = "/dev/i2c-1"
            [watchdog]
            timeout_ms = 30000
            [integrity]
            remote_control = ["x11vnc"]
            [faces]
            models = "models"
            view = { width = 640, height = 480 }
        "#;
        let config = parse(&format!("{GOOD}{all}")).unwrap();
        config.check().unwrap();
        assert_eq!(config.lines().len(), 6);
        assert_eq!(config.supply.unwrap().stop_ms, 60_000);
        assert_eq!(config.integrity.remote_control, ["x11vnc"]);
        let small = parse(&format!("{GOOD}{}", all.replace("width = 640", "width = 32"))).unwrap();
        assert!(matches!(small.check(), Err(ConfigError::Refused { key: "faces.view", .. })));
        let long = parse(&format!("{GOOD}{}", all.replace("x11vnc", "longer-than-linux-keeps"))).unwrap();
        assert!(long.check().unwrap_err().to_string().contains("integrity"));
        let error = parse(&format!("{GOOD}{}", all.replace("timeout_ms", "timeout"))).unwrap_err();
        assert!(error.contains("timeout"), "{error}");
    }

    #[test]
    fn the_configuration_in_the_technicians_guide_is_a_whole_terminal() {
        let guide = include_str!("../docs/guides/technician.md");
        let text = guide.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let config = parse(text).unwrap();
        config.check().unwrap();
        assert_eq!(config.lines().len(), 6);
        assert!(config.supply.is_some() && config.cabinet.is_some() && config.assistive.is_some());
        assert!(config.speech.is_some());
        assert!(config.panel.is_some() && config.watchdog.is_some());
    }

    #[test]
    fn a_setting_of_a_driver_out_of_its_range_is_refused_by_its_section() {
        let nfc = "[nfc]\ndriver = \"pn532\"\nline.path = \"/dev/ttyS3\"\npn532.ack_wait_ms = 0\n";
        let config = parse(&format!("{GOOD}{nfc}")).unwrap();
        assert!(matches!(config.check(), Err(ConfigError::Refused { key: "nfc.pn532", .. })));
    }

    #[cfg(not(feature = "rig"))]
    #[test]
    fn a_release_refuses_what_only_a_rig_may_use() {
        assert!(
            parse(&GOOD.replace(
                "source = \"v4l\"\n        usb_topology = \"1-1\"",
                "source = \"files\"\ndirectory = \"x\""
            ))
            .is_err()
        );
        let config =
            parse(&GOOD.replace("driver = \"lcdm4000\"", "driver = \"lcdm4000\"\nidle_wait_ms = 2000"))
                .unwrap();
        assert!(matches!(config.check(), Err(ConfigError::Refused { key: "dispenser.idle_wait_ms", .. })));
    }
}
