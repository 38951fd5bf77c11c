//! Sections of the configuration that name devices. A section that is absent is a device that the terminal has not.
//!
//! A device on a serial line has `driver`, `line`, `expect` and a table named after the driver with its own settings.
//! `expect` is text that the device's identity must contain, best its serial number: another device on that port gets
//! nothing but the question who it is.

use std::path::{Path, PathBuf};

#[cfg(feature = "rig")]
use senim_drivers::presenter;
use senim_drivers::{ccnet, escpos, gempc, lcdm2000, lcdm4000, nmea, nut, pn532};
use senim_linux::assistive::AssistiveConfig;
use senim_linux::cabinet::CabinetConfig;
use senim_linux::camera::V4lConfig;
use senim_linux::integrity::{NAME_MAX, REMOTE_CONTROL};
use senim_linux::speech::EspeakConfig;
use senim_linux::tcp::TcpConfig;
use senim_linux::tty::LineConfig;
use senim_linux::watchdog::WatchdogConfig;
use senim_receipt::Paper;
use senim_session::facts::BatteryRules;
use senim_session::saga::LastStatusMode;
use serde::Deserialize;

use super::ConfigError;

/// Least `idle_wait_ms` of a release: the LCDM's response time is 60,000 ms (protocols section 1.2), and one second.
pub const IDLE_WAIT_MS_MIN: u64 = 61_000;

/// Dispenser.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispenserConfig {
    /// Kind of device.
    pub driver: DispenserDriver,
    /// Its line.
    pub line: LineConfig,
    /// What its identity must contain.
    #[serde(default)]
    pub expect: Option<String>,
    /// What is known of its last status across a power cut.
    #[serde(default)]
    pub last_status: LastStatusMode,
    /// How long the device may be busy after a command was written, ms.
    #[serde(default = "idle_wait_ms")]
    pub idle_wait_ms: u64,
    /// Settings of a driver.
    #[serde(default)]
    pub lcdm4000: lcdm4000::Config,
    /// Settings of a driver.
    #[serde(default)]
    pub lcdm2000: lcdm2000::Config,
    /// Settings of a driver.
    #[cfg(feature = "rig")]
    #[serde(default)]
    pub presenter: presenter::Config,
}

/// Dispensers that there are drivers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DispenserDriver {
    /// Puloon LCDM-4000.
    Lcdm4000,
    /// Puloon LCDM-2000.
    Lcdm2000,
    /// A device with a shutter that exists only as an emulator.
    #[cfg(feature = "rig")]
    Presenter,
}

/// Printer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrinterConfig {
    /// Kind of device.
    pub driver: PrinterDriver,
    /// Its line.
    pub line: LineConfig,
    /// What its identity must contain.
    #[serde(default)]
    pub expect: Option<String>,
    /// Width of its roll, mm: 80 or 58.
    #[serde(default = "paper_mm")]
    pub paper_mm: u32,
    /// Settings of the driver.
    #[serde(default)]
    pub escpos: escpos::Config,
}

impl PrinterConfig {
    /// What it prints on.
    #[must_use]
    pub fn paper(&self) -> Paper {
        Paper::of_mm(self.paper_mm).unwrap_or_default()
    }
}

const fn paper_mm() -> u32 {
    80
}

/// Printers that there are drivers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrinterDriver {
    /// ESC/POS.
    Escpos,
}

/// Camera.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "source", rename_all = "lowercase", deny_unknown_fields)]
pub enum CameraConfig {
    /// A V4L2 camera at a USB socket.
    V4l(V4lConfig),
    /// Pictures of files, over and over.
    #[cfg(feature = "rig")]
    Files(senim_linux::camera::FileConfig),
}

/// Power latch.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(tag = "source", rename_all = "lowercase", deny_unknown_fields)]
pub enum PowerConfig {
    /// None: every restart in the middle of a bundle is a break of power.
    #[default]
    None,
    /// The emulator's.
    #[cfg(feature = "rig")]
    Http {
        /// `http://host:port` of the emulators' control.
        url: String,
        /// Which of the rack's dispensers; absent: the first.
        #[serde(default)]
        device: Option<String>,
    },
}

/// Cash acceptor.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptorConfig {
    /// Kind of device.
    pub driver: AcceptorDriver,
    /// Its line.
    pub line: LineConfig,
    /// What its identity must contain.
    #[serde(default)]
    pub expect: Option<String>,
    /// Settings of the driver.
    #[serde(default)]
    pub ccnet: ccnet::Config,
}

/// Acceptors that there are drivers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AcceptorDriver {
    /// CashCode CCNET.
    Ccnet,
}

/// Card reader, contact (`card`) or contactless (`nfc`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardReaderConfig {
    /// Kind of device.
    pub driver: CardReaderDriver,
    /// Its line; these readers speak at 115,200 baud, the contact one with two stop bits.
    pub line: LineConfig,
    /// What its identity must contain.
    #[serde(default)]
    pub expect: Option<String>,
    /// Settings of a driver.
    #[serde(default)]
    pub gempc: gempc::Config,
    /// Settings of a driver.
    #[serde(default)]
    pub pn532: pn532::Config,
}

/// Card readers that there are drivers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CardReaderDriver {
    /// GemPC Twin, contact.
    Gempc,
    /// NXP PN532, contactless.
    Pn532,
}

/// Mains and battery.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupplyConfig {
    /// Kind of service.
    pub driver: SupplyDriver,
    /// Where it listens.
    pub tcp: TcpConfig,
    /// A visit without money in motion is ended after this long on battery, ms.
    #[serde(default = "visit_ms")]
    pub visit_ms: u64,
    /// The terminal stops in order after this long on battery, ms.
    #[serde(default = "stop_ms")]
    pub stop_ms: u64,
    /// Settings of the driver.
    #[serde(default)]
    pub nut: nut::Config,
}

impl SupplyConfig {
    /// What the session has to know.
    #[must_use]
    pub const fn battery(&self) -> BatteryRules {
        BatteryRules { visit_ms: self.visit_ms, stop_ms: self.stop_ms }
    }
}

/// Supplies that there are drivers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SupplyDriver {
    /// Network UPS Tools.
    Nut,
}

/// Location receiver.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocationConfig {
    /// Kind of device.
    pub driver: LocationDriver,
    /// Its line.
    pub line: LineConfig,
    /// Settings of the driver.
    #[serde(default)]
    pub nmea: nmea::Config,
}

/// Receivers that there are drivers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LocationDriver {
    /// NMEA 0183.
    Nmea,
}

/// Cabinet inputs.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "source", rename_all = "lowercase", deny_unknown_fields)]
pub enum CabinetSource {
    /// GPIO lines.
    Gpio(CabinetConfig),
    /// The emulator's.
    #[cfg(feature = "rig")]
    Http {
        /// `http://host:port` of the emulators' control.
        url: String,
    },
}

/// Assistive keypad and jack.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "source", rename_all = "lowercase", deny_unknown_fields)]
pub enum AssistiveSource {
    /// Input devices in a USB socket.
    Usb(AssistiveConfig),
    /// The emulator's.
    #[cfg(feature = "rig")]
    Http {
        /// `http://host:port` of the emulators' control.
        url: String,
    },
}

/// The voice in the headphones.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "voice", rename_all = "lowercase", deny_unknown_fields)]
pub enum VoiceConfig {
    /// `espeak-ng`.
    Espeak(EspeakConfig),
    /// Written down for tests.
    #[cfg(feature = "rig")]
    Recorded,
}

/// The board's watchdog.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DogConfig {
    /// The device.
    #[serde(default = "watchdog_path")]
    pub path: PathBuf,
    /// Time without a completed step after which the board starts anew, ms.
    #[serde(default = "watchdog_ms")]
    pub timeout_ms: u64,
}

/// Signs of broken integrity.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IntegrityConfig {
    /// Programs for remote control, by the names of their processes; beside them nobody borrows here.
    pub remote_control: Vec<String>,
}

impl Default for IntegrityConfig {
    fn default() -> Self {
        Self { remote_control: REMOTE_CONTROL.map(str::to_owned).to_vec() }
    }
}

impl IntegrityConfig {
    /// Whether each name is one that Linux keeps whole.
    ///
    /// # Errors
    /// What to write instead.
    pub fn check(&self) -> Result<(), String> {
        let bad = self.remote_control.iter().find(|name| !(1..=NAME_MAX).contains(&name.len()));
        bad.map_or(Ok(()), |name| {
            Err(format!("remote_control: “{name}” is no name of 1 to {NAME_MAX} bytes"))
        })
    }
}

const fn idle_wait_ms() -> u64 {
    65_000
}
const fn visit_ms() -> u64 {
    10_000
}
const fn stop_ms() -> u64 {
    60_000
}
fn watchdog_path() -> PathBuf {
    WatchdogConfig::default().path
}
const fn watchdog_ms() -> u64 {
    60_000
}

/// Refuses names that follow the order of plugging: after the next start they may lead to another device.
pub(super) fn follows_the_plug(key: &'static str, path: &Path) -> Result<(), ConfigError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let by_order = path.parent() == Some(Path::new("/dev"))
        && ["ttyUSB", "ttyACM"].iter().any(|stem| name.starts_with(stem));
    if by_order {
        let why = format!(
            "{} is given out in the order of plugging; name the socket: /dev/serial/by-path/…, or the device: \
             /dev/serial/by-id/…",
            path.display()
        );
        return Err(ConfigError::Refused { key, why });
    }
    Ok(())
}
