//! The rack: every emulated device on its own port in one directory, with one HTTP control interface.
//! Decides names, defaults and what belongs to the port (plug, pacing) rather than to the device.

mod http;
mod loose;

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cards::registry;
use crate::control::{ControlError, Controlled};
use crate::machine::Machine;
use crate::pty::{Pacing, PtyDevice, PtyError, boottime_ms};
use crate::tcp::TcpDevice;
use crate::{cabinet, card, ccnet, escpos, gempc, keypad, lcdm2000, lcdm4000, nmea, nut, pn532, presenter};
use lcdm4000::{Cassette, Lcdm4000};

/// Baud rate of byte-paced lines unless a request says another.
const DEFAULT_BAUD: u32 = 9_600;

/// The rack could not be started or served.
#[derive(Debug, thiserror::Error)]
pub enum RackError {
    /// A device's port could not be set up.
    #[error("device {name} has no port")]
    Device {
        /// The device.
        name: &'static str,
        /// Cause.
        #[source]
        source: PtyError,
    },
    /// The directory for receipts could not be made.
    #[error("cannot create {path} for printed receipts")]
    Receipts {
        /// The directory.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The control interface cannot listen.
    #[error("the control interface cannot listen: {0}; choose another address")]
    Listen(String),
}

/// What the rack starts with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Acceptor settings.
    pub acceptor: ccnet::Options,
    /// Card reader settings.
    pub card: gempc::Options,
    /// Cards that can be put in by name.
    pub cards: card::Cards,
    /// Dispenser settings.
    pub dispenser: lcdm4000::Options,
    /// What is in the dispenser's cassettes, from the top.
    pub cassettes: [Cassette; 4],
    /// Location receiver settings.
    pub location: nmea::Options,
    /// Contactless reader settings.
    pub nfc: pn532::Options,
    /// The cards that the contactless reader's control field `card` names.
    pub nfc_cards: card::Cards,
    /// Settings of the second dispenser.
    pub dispenser2: lcdm2000::Options,
    /// What is in its cassettes, from the top.
    pub cassettes2: [lcdm2000::Cassette; 2],
    /// Settings of the presenter.
    pub presenter: presenter::Options,
    /// What is in its cassettes, 1 to 4.
    pub presenter_cassettes: [presenter::Cassette; 4],
    /// Printer settings.
    pub printer: escpos::Options,
    /// Directory for receipts; absent means `receipts` in the rack's directory. Created if missing.
    pub receipts: Option<PathBuf>,
    /// Power supply settings.
    pub supply: nut::Options,
}

impl Default for Options {
    /// 200 notes each of 20,000, 10,000, 5,000 and 2,000 tenge, in the presenter too; in the second dispenser of
    /// 10,000 and 1,000.
    fn default() -> Self {
        Self {
            acceptor: ccnet::Options::default(),
            card: gempc::Options::default(),
            cards: registry::card,
            dispenser: lcdm4000::Options::default(),
            cassettes: [20_000, 10_000, 5_000, 2_000].map(|denomination| Cassette::new(denomination, 200)),
            location: nmea::Options::default(),
            nfc: pn532::Options::default(),
            nfc_cards: registry::card,
            dispenser2: lcdm2000::Options::default(),
            cassettes2: [10_000, 1_000].map(|denomination| lcdm2000::Cassette::new(denomination, 200)),
            presenter: presenter::Options::default(),
            presenter_cassettes: [20_000, 10_000, 5_000, 2_000]
                .map(|denomination| presenter::Cassette::new(denomination, 200)),
            printer: escpos::Options::default(),
            receipts: None,
            supply: nut::Options::default(),
        }
    }
}

/// A device as the control interface sees it.
trait Slot: Send + Sync {
    fn state(&self) -> Value;
    /// Waits at most so long for a state of another `version`; one that has none is not waited for.
    fn await_change(&self, _after: u64, _wait: Duration) {}
    fn patch(&self, body: &Value) -> Result<(), ControlError>;
    fn set_fault(&self, name: &str, body: &Value) -> Result<(), ControlError>;
    fn clear_fault(&self, name: &str) -> Result<(), ControlError>;
}

/// All devices, running. Dropping it ends them and the control interface.
pub struct Rack {
    devices: Arc<Devices>,
    servers: Mutex<Vec<http::Server>>,
}

/// The devices by name.
struct Devices {
    acceptor: Arc<PtyDevice<ccnet::Ccnet>>,
    card: Arc<PtyDevice<gempc::GemPc>>,
    dispenser: Arc<PtyDevice<Lcdm4000>>,
    location: Arc<PtyDevice<nmea::Nmea>>,
    nfc: Arc<PtyDevice<pn532::Pn532>>,
    printer: Arc<PtyDevice<escpos::EscPos>>,
    supply: Arc<TcpDevice<nut::Nut>>,
    slots: BTreeMap<&'static str, Arc<dyn Slot>>,
}

impl Rack {
    /// Starts every device with a symlink of its name in `dir`; those on TCP write their address into `dir/NAME.addr`, and
    /// `cabinet` and `keypad` have no line and exist on the control interface only. All can be opened on return.
    ///
    /// # Errors
    /// [`RackError`] if a port or the directory for receipts cannot be made; devices already started end.
    pub fn start(dir: &Path, options: Options) -> Result<Self, RackError> {
        let receipts = options.receipts.unwrap_or_else(|| dir.join("receipts"));
        std::fs::create_dir_all(&receipts)
            .map_err(|source| RackError::Receipts { path: receipts.clone(), source })?;
        let machine = ccnet::Ccnet::new(options.acceptor, ccnet::Table::default());
        let acceptor = start(dir, "acceptor", &receipts, machine)?;
        let card = start(dir, "card", &receipts, gempc::GemPc::new(options.card, options.cards))?;
        let machine = Lcdm4000::new(options.dispenser, options.cassettes, boottime_ms());
        let dispenser = start(dir, "dispenser", &receipts, machine)?;
        let location = start(dir, "location", &receipts, nmea::Nmea::new(options.location, boottime_ms()))?;
        let nfc = start(dir, "nfc", &receipts, pn532::Pn532::new(options.nfc, options.nfc_cards))?;
        let machine = lcdm2000::Lcdm2000::new(options.dispenser2, options.cassettes2);
        let dispenser2 = start(dir, "dispenser2", &receipts, machine)?;
        let machine = presenter::Presenter::new(options.presenter, options.presenter_cassettes);
        let presenter = start(dir, "presenter", &receipts, machine)?;
        let printer = start(dir, "printer", &receipts, escpos::EscPos::new(options.printer))?;
        let supply = TcpDevice::start(dir, "supply", nut::Nut::new(options.supply))
            .map_err(|source| RackError::Device { name: "supply", source })?;
        let supply = Arc::new(supply);
        let mut slots: BTreeMap<&'static str, Arc<dyn Slot>> = BTreeMap::new();
        slots.insert("acceptor", Arc::new(Arc::clone(&acceptor)));
        slots.insert("cabinet", Arc::new(loose::Loose::new(cabinet::Cabinet::new())));
        slots.insert("card", Arc::new(Arc::clone(&card)));
        slots.insert("dispenser", Arc::new(Arc::clone(&dispenser)));
        slots.insert("keypad", Arc::new(loose::Loose::new(keypad::Keypad::new())));
        slots.insert("location", Arc::new(Arc::clone(&location)));
        slots.insert("nfc", Arc::new(Arc::clone(&nfc)));
        slots.insert("dispenser2", Arc::new(dispenser2));
        slots.insert("presenter", Arc::new(presenter));
        slots.insert("printer", Arc::new(Arc::clone(&printer)));
        slots.insert("supply", Arc::new(Arc::clone(&supply)));
        let devices = Devices { acceptor, card, dispenser, location, nfc, printer, supply, slots };
        Ok(Self { devices: Arc::new(devices), servers: Mutex::new(Vec::new()) })
    }

    /// Serves the control interface at `address` (port 0 takes a free one) and returns the bound address.
    ///
    /// # Errors
    /// [`RackError::Listen`] if the address cannot be bound.
    pub fn serve(&self, address: impl ToSocketAddrs) -> Result<SocketAddr, RackError> {
        let server = http::Server::start(address, Arc::clone(&self.devices))?;
        let bound = server.address();
        self.servers.lock().unwrap_or_else(PoisonError::into_inner).push(server);
        Ok(bound)
    }

    /// The acceptor, for tests in the same process.
    #[must_use]
    pub fn acceptor(&self) -> &PtyDevice<ccnet::Ccnet> {
        &self.devices.acceptor
    }

    /// The card reader, for tests in the same process.
    #[must_use]
    pub fn card(&self) -> &PtyDevice<gempc::GemPc> {
        &self.devices.card
    }

    /// The dispenser, for tests in the same process.
    #[must_use]
    pub fn dispenser(&self) -> &PtyDevice<Lcdm4000> {
        &self.devices.dispenser
    }

    /// The contactless reader, for tests in the same process.
    #[must_use]
    pub fn nfc(&self) -> &PtyDevice<pn532::Pn532> {
        &self.devices.nfc
    }

    /// The printer, for tests in the same process.
    #[must_use]
    pub fn printer(&self) -> &PtyDevice<escpos::EscPos> {
        &self.devices.printer
    }

    /// The location receiver, for tests in the same process.
    #[must_use]
    pub fn location(&self) -> &PtyDevice<nmea::Nmea> {
        &self.devices.location
    }

    /// The power supply, for tests in the same process.
    #[must_use]
    pub fn supply(&self) -> &TcpDevice<nut::Nut> {
        &self.devices.supply
    }
}

fn start<M: Machine>(
    dir: &Path,
    name: &'static str,
    artifacts: &Path,
    machine: M,
) -> Result<Arc<PtyDevice<M>>, RackError> {
    PtyDevice::start(dir, name, artifacts, machine)
        .map(Arc::new)
        .map_err(|source| RackError::Device { name, source })
}

impl<M: Machine + Controlled> Slot for Arc<PtyDevice<M>> {
    fn state(&self) -> Value {
        let (model, state) = self.with(|machine, now_ms| {
            machine.handle_timeout(now_ms);
            (machine.model(), machine.state())
        });
        let mut whole = json!({ "model": model, "path": self.path(), "plugged": self.plugged() });
        let pacing = match self.pacing() {
            Pacing::Coalesced => json!("coalesced"),
            Pacing::BytePaced { .. } => json!("byte_paced"),
        };
        if let (Value::Object(whole), Value::Object(state)) = (&mut whole, state) {
            whole.insert("pacing".to_owned(), pacing);
            whole.extend(state);
            if !self.plugged()
                && let Some(Value::Object(faults)) = whole.get_mut("faults")
            {
                faults.insert("unplug".to_owned(), json!({}));
            }
        }
        whole
    }

    fn patch(&self, body: &Value) -> Result<(), ControlError> {
        let Value::Object(fields) = body else {
            return Err(ControlError::Invalid("the body is a JSON object of settings".to_owned()));
        };
        let mut fields = fields.clone();
        let pacing = fields.remove("pacing");
        let baud = fields.remove("baud");
        let pacing = read_pacing(pacing.as_ref(), baud.as_ref())?;
        self.with(|machine, now_ms| machine.patch(&Value::Object(fields), now_ms))?;
        if let Some(pacing) = pacing {
            self.set_pacing(pacing);
        }
        Ok(())
    }

    fn set_fault(&self, name: &str, body: &Value) -> Result<(), ControlError> {
        match name {
            "unplug" if is_empty(body) => self.unplug().map_err(failed),
            "replug" if is_empty(body) => self.replug().map_err(failed),
            "unplug" | "replug" => Err(ControlError::Invalid(format!("{name} takes no fields"))),
            _ => self.with(|machine, now_ms| machine.set_fault_json(name, body, now_ms)),
        }
    }

    fn clear_fault(&self, name: &str) -> Result<(), ControlError> {
        match name {
            "unplug" => self.replug().map_err(failed),
            _ => self.with(|machine, now_ms| machine.clear_fault_json(name, now_ms)),
        }
    }
}

impl<M: Machine + Controlled> Slot for Arc<TcpDevice<M>> {
    fn state(&self) -> Value {
        let (model, state) = self.with(|machine, now_ms| {
            machine.handle_timeout(now_ms);
            (machine.model(), machine.state())
        });
        let address = self.address().to_string();
        let mut whole =
            json!({ "model": model, "path": self.path(), "address": address, "plugged": self.plugged() });
        if let (Value::Object(whole), Value::Object(state)) = (&mut whole, state) {
            whole.extend(state);
            if !self.plugged()
                && let Some(Value::Object(faults)) = whole.get_mut("faults")
            {
                faults.insert("unplug".to_owned(), json!({}));
            }
        }
        whole
    }

    fn patch(&self, body: &Value) -> Result<(), ControlError> {
        self.with(|machine, now_ms| machine.patch(body, now_ms))
    }

    fn set_fault(&self, name: &str, body: &Value) -> Result<(), ControlError> {
        match name {
            "unplug" | "replug" if is_empty(body) => self.set_plugged(name == "replug"),
            "unplug" | "replug" => {
                return Err(ControlError::Invalid(format!("{name} takes no fields")));
            }
            _ => return self.with(|machine, now_ms| machine.set_fault_json(name, body, now_ms)),
        }
        Ok(())
    }

    fn clear_fault(&self, name: &str) -> Result<(), ControlError> {
        if name == "unplug" {
            self.set_plugged(true);
            return Ok(());
        }
        self.with(|machine, now_ms| machine.clear_fault_json(name, now_ms))
    }
}

fn read_pacing(pacing: Option<&Value>, baud: Option<&Value>) -> Result<Option<Pacing>, ControlError> {
    let baud = match baud {
        None => None,
        Some(given) => {
            let baud = given.as_u64().and_then(|baud| u32::try_from(baud).ok()).filter(|baud| *baud >= 300);
            Some(baud.ok_or_else(|| ControlError::Invalid("baud is an integer of at least 300".to_owned()))?)
        }
    };
    match (pacing.map(|given| given.as_str()), baud) {
        (None, None) => Ok(None),
        (Some(Some("coalesced")), None) => Ok(Some(Pacing::Coalesced)),
        (Some(Some("byte_paced")), baud) => Ok(Some(Pacing::at_baud(baud.unwrap_or(DEFAULT_BAUD)))),
        (None | Some(Some("coalesced")), Some(_)) => {
            Err(ControlError::Invalid("baud goes with pacing byte_paced".to_owned()))
        }
        (Some(_), _) => Err(ControlError::Invalid("pacing is coalesced or byte_paced".to_owned())),
    }
}

fn is_empty(body: &Value) -> bool {
    body.is_null() || body.as_object().is_some_and(serde_json::Map::is_empty)
}

fn failed(error: PtyError) -> ControlError {
    ControlError::Failed(error.to_string())
}
