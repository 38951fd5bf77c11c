//! From configuration to devices: drivers, lines, and who might be found on a wrong port.

use anyhow::{Context, Result};
use senim_domain::Language;
use senim_hal::assistive::Assistive;
use senim_hal::cabinet::Cabinet;
use senim_hal::camera::Camera;
use senim_hal::card_reader::CardReader;
use senim_hal::cash_acceptor::CashAcceptor;
use senim_hal::cash_dispenser::CashDispenser;
use senim_hal::location::Location;
use senim_hal::power::Power;
use senim_hal::receipt_printer::ReceiptPrinter;
use senim_hal::supply::PowerSupply;
use senim_hal::watchdog::Watchdog;
use senim_linux::assistive::AssistiveInputs;
use senim_linux::cabinet::CabinetInputs;
use senim_linux::camera::V4lCamera;
use senim_linux::integrity::ProcIntegrity;
use senim_linux::line::{Asks, Guard, Neighbour};
use senim_linux::panel::I2cPanel;
use senim_linux::power::NoLatch;
use senim_linux::service::ServiceWatchdog;
use senim_linux::tty::LineConfig;
use senim_linux::watchdog::{LinuxWatchdog, WatchdogConfig};
use senim_receipt::{PanelContent, PanelState, status_panel};
use senim_runtime::shell::{CameraEdge, Edges, LoadModels, Panel, PanelNews, PeripheralEdge, UpkeepEdge};
use senim_session::event::Device;
use senim_uplink::Uplink;

use crate::config::{
    AcceptorConfig, AcceptorDriver, AssistiveSource, CabinetSource, CameraConfig, CardReaderConfig,
    CardReaderDriver, Config, DispenserConfig, DispenserDriver, LocationConfig, LocationDriver, PowerConfig,
    PrinterConfig, PrinterDriver, SupplyConfig, SupplyDriver,
};
use crate::faces;

/// The dispenser's driver, not started.
///
/// # Errors
/// Its settings do not fit.
pub fn dispenser(config: &DispenserConfig) -> Result<Box<dyn CashDispenser + Send>> {
    Ok(match config.driver {
        DispenserDriver::Lcdm4000 => Box::new(senim_drivers::Lcdm4000::new(config.lcdm4000.clone())?),
        DispenserDriver::Lcdm2000 => Box::new(senim_drivers::Lcdm2000::new(config.lcdm2000.clone())?),
        #[cfg(feature = "rig")]
        DispenserDriver::Presenter => Box::new(senim_drivers::Presenter::new(config.presenter.clone())?),
    })
}

/// The printer's driver, not started.
///
/// # Errors
/// Its settings do not fit.
pub fn printer(config: &PrinterConfig) -> Result<Box<dyn ReceiptPrinter + Send>> {
    match config.driver {
        PrinterDriver::Escpos => Ok(Box::new(senim_drivers::EscPos::new(config.escpos.clone())?)),
    }
}

/// The acceptor's driver, not started.
///
/// # Errors
/// Its settings do not fit.
pub fn acceptor(config: &AcceptorConfig) -> Result<Box<dyn CashAcceptor + Send>> {
    match config.driver {
        AcceptorDriver::Ccnet => Ok(Box::new(senim_drivers::Ccnet::new(config.ccnet.clone())?)),
    }
}

/// A card reader's driver, not started.
///
/// # Errors
/// Its settings do not fit.
pub fn card_reader(config: &CardReaderConfig) -> Result<Box<dyn CardReader + Send>> {
    Ok(match config.driver {
        CardReaderDriver::Gempc => Box::new(senim_drivers::GemPc::new(config.gempc.clone())?),
        CardReaderDriver::Pn532 => Box::new(senim_drivers::Pn532::new(config.pn532.clone())?),
    })
}

/// The supply's driver, not started.
///
/// # Errors
/// Its settings do not fit.
pub fn supply(config: &SupplyConfig) -> Result<Box<dyn PowerSupply + Send>> {
    match config.driver {
        SupplyDriver::Nut => Ok(Box::new(senim_drivers::Nut::new(config.nut.clone())?)),
    }
}

/// The location receiver's driver, not started.
///
/// # Errors
/// Its settings do not fit.
pub fn location(config: &LocationConfig) -> Result<Box<dyn Location + Send>> {
    match config.driver {
        LocationDriver::Nmea => Ok(Box::new(senim_drivers::Nmea::new(config.nmea.clone())?)),
    }
}

/// The cabinet's inputs, not opened.
///
/// # Errors
/// Its settings do not fit.
pub fn cabinet(source: &CabinetSource) -> Result<Box<dyn Cabinet>> {
    Ok(match source {
        CabinetSource::Gpio(lines) => Box::new(CabinetInputs::gpio(lines.clone())?),
        #[cfg(feature = "rig")]
        CabinetSource::Http { url } => Box::new(CabinetInputs::http(url)),
    })
}

/// The assistive keypad and jack, not opened.
///
/// # Errors
/// Its settings do not fit.
pub fn assistive(source: &AssistiveSource) -> Result<Box<dyn Assistive>> {
    Ok(match source {
        AssistiveSource::Usb(keypad) => Box::new(AssistiveInputs::usb(keypad)?),
        #[cfg(feature = "rig")]
        AssistiveSource::Http { url } => Box::new(AssistiveInputs::http(url)?),
    })
}

/// The camera, not opened.
#[must_use]
pub fn camera(config: &Config) -> Box<dyn Camera> {
    match &config.camera {
        CameraConfig::V4l(v4l) => Box::new(V4lCamera::new(v4l.clone())),
        #[cfg(feature = "rig")]
        CameraConfig::Files(files) => Box::new(senim_linux::camera::FileCamera::new(files.clone())),
    }
}

/// Loads what finds faces in the camera's frames, when it is called.
fn faces(config: &Config) -> LoadModels {
    let faces = config.faces.clone();
    Box::new(move || faces::load(faces.as_ref()).map_err(|error| format!("{:#}", anyhow::Error::new(error))))
}

/// Where a rig has its person's measures from, if it has such a person.
#[cfg(feature = "rig")]
fn measures(config: &Config) -> Option<senim_runtime::shell::Measures> {
    match &config.camera {
        CameraConfig::Files(files) => files.person.map(crate::sitter::measures),
        CameraConfig::V4l(_) => None,
    }
}

/// The dispenser's power latch.
#[must_use]
pub fn power(config: &Config) -> Box<dyn Power> {
    match &config.power {
        PowerConfig::None => Box::new(NoLatch),
        #[cfg(feature = "rig")]
        PowerConfig::Http { url, device } => {
            Box::new(senim_linux::power::HttpPower::new(url, device.as_deref()))
        }
    }
}

/// Who should be on the port of the device of this section, and who else of this terminal might be.
#[must_use]
pub fn guard(config: &Config, section: &'static str, expect: Option<&String>) -> Guard {
    let mut neighbours = Vec::new();
    let mut add =
        |name: &'static str, line: &LineConfig, driver: Box<dyn Fn() -> Option<Box<dyn Asks>> + Send>| {
            if name != section {
                neighbours.push(Neighbour { name, line: line.clone(), driver });
            }
        };
    macro_rules! neighbour {
        ($name:literal, $settings:expr, $make:path) => {
            let settings = $settings.clone();
            let make = move || $make(&settings).ok().map(|driver| Box::new(driver) as Box<dyn Asks>);
            add($name, &$settings.line, Box::new(make));
        };
    }
    neighbour!("dispenser", config.dispenser, dispenser);
    neighbour!("printer", config.printer, printer);
    if let Some(settings) = &config.acceptor {
        neighbour!("acceptor", settings, acceptor);
    }
    if let Some(settings) = &config.card {
        neighbour!("card", settings, card_reader);
    }
    if let Some(settings) = &config.nfc {
        neighbour!("nfc", settings, card_reader);
    }
    if let Some(settings) = &config.location {
        neighbour!("location", settings, location);
    }
    Guard { port: None, expect: expect.cloned(), neighbours }
}

/// Everything with a thread of its own.
///
/// # Errors
/// A driver's settings cannot be used.
pub fn edges(config: &Config, uplink: Uplink, upkeep: UpkeepEdge) -> Result<Edges> {
    let printer_guard = guard(config, "printer", config.printer.expect.as_ref());
    let dispenser_guard = guard(config, "dispenser", config.dispenser.expect.as_ref());
    Ok(Edges {
        dispenser: (config.dispenser.line.clone(), dispenser_guard, dispenser(&config.dispenser)?),
        printer: (config.printer.line.clone(), printer_guard, printer(&config.printer)?),
        camera: CameraEdge {
            camera: camera(config),
            faces: faces(config),
            view: config.faces.as_ref().and_then(|faces| faces.view).map(|view| (view.width, view.height)),
            #[cfg(feature = "rig")]
            measures: measures(config),
        },
        uplink,
        upkeep,
        peripherals: peripherals(config)?,
        panel: panel(config)?,
        watchdogs: watchdogs(config),
        integrity: Some(Box::new(ProcIntegrity::new(config.integrity.remote_control.clone()))),
    })
}

fn peripherals(config: &Config) -> Result<Vec<PeripheralEdge>> {
    let mut edges = Vec::new();
    if let Some(settings) = &config.acceptor {
        let guard = guard(config, "acceptor", settings.expect.as_ref());
        edges.push(PeripheralEdge::Acceptor(settings.line.clone(), guard, acceptor(settings)?));
    }
    for (device, settings) in [(Device::Card, &config.card), (Device::Nfc, &config.nfc)] {
        if let Some(settings) = settings {
            let guard = guard(config, device.name(), settings.expect.as_ref());
            let driver = card_reader(settings)?;
            edges.push(PeripheralEdge::CardReader(device, settings.line.clone(), guard, driver));
        }
    }
    if let Some(settings) = &config.supply {
        edges.push(PeripheralEdge::Supply(settings.tcp.clone(), supply(settings)?));
    }
    if let Some(settings) = &config.location {
        let guard = guard(config, "location", None);
        edges.push(PeripheralEdge::Location(settings.line.clone(), guard, location(settings)?));
    }
    if let Some(source) = &config.cabinet {
        edges.push(PeripheralEdge::Cabinet(cabinet(source)?));
    }
    if let Some(source) = &config.assistive {
        edges.push(PeripheralEdge::Assistive(assistive(source)?));
    }
    Ok(edges)
}

fn panel(config: &Config) -> Result<Option<Panel>> {
    let Some(settings) = &config.panel else { return Ok(None) };
    let display = Box::new(I2cPanel::new(settings.clone()).context("panel")?);
    let terminal = config.terminal.to_string();
    let draw = move |news: &PanelNews| {
        let content = PanelContent {
            terminal: terminal.clone(),
            state: match (news.on_battery, news.in_service) {
                (true, _) => PanelState::OnBattery,
                (false, true) => PanelState::InService,
                (false, false) => PanelState::OutOfService,
            },
            cause: news.causes.first().cloned(),
            // Read by whoever passes by: the state language, until the MFO's configuration says another.
            language: Language::Kk,
        };
        status_panel(&content).inspect_err(|error| tracing::error!(%error, "panel")).ok()
    };
    Ok(Some(Panel { display, draw: Box::new(draw) }))
}

/// The board's watchdog, and the service manager's where it watches this process.
fn watchdogs(config: &Config) -> Vec<(Box<dyn Watchdog>, u64)> {
    let mut dogs: Vec<(Box<dyn Watchdog>, u64)> = Vec::new();
    if let Some(settings) = &config.watchdog {
        dogs.push((
            Box::new(LinuxWatchdog::new(WatchdogConfig { path: settings.path.clone() })),
            settings.timeout_ms,
        ));
    }
    if std::env::var_os("WATCHDOG_USEC").is_some() {
        // The time is the manager's; ours is not asked.
        dogs.push((Box::new(ServiceWatchdog::from_environment()), 0));
    }
    dogs
}
