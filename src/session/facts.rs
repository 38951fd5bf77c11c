//! What the session knows of the world around the dialogue, and what follows for service.

use std::collections::{BTreeMap, BTreeSet};

use senim_domain::OrderId;
use senim_domain::cash::{UnitNo, UnitStock};
use senim_domain::count::NoteSeries;
use senim_domain::location::{Place, Point, RegisteredLocation};
use senim_domain::rule_pack::RulePack;
use senim_domain::time::Mono;
use senim_domain::time::UtcMillis;
use senim_hal::ErrorKind;
use senim_hal::cabinet;
use senim_hal::card_reader;
use senim_hal::cash_acceptor;
use senim_hal::cash_dispenser::Capabilities;
use senim_hal::location::Fix;
use senim_hal::power::DispenserLatch;
use senim_hal::supply::Supply;
use senim_operation::seal_keys::{self, SealKey};

use crate::event::Device;
use crate::saga::LastStatusMode;
use crate::service::Upkeep;

/// Constant for the life of the process.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Kernel boot id of the host.
    pub boot: String,
    /// Version of this firmware, `major.minor.patch`.
    pub firmware: String,
    /// What the dispenser can do.
    pub dispenser: Capabilities,
    /// What the acceptor can do; `None`: there is none.
    pub acceptor: Option<cash_acceptor::Capabilities>,
    /// The reader for clients' cards; `None`: there is none.
    pub card: Option<CardReader>,
    /// The reader for chips of identity documents; `None`: data are typed.
    pub identity_document: Option<CardReader>,
    /// What is known of its last status across power cuts.
    pub last_status: LastStatusMode,
    /// How long a dispenser may be busy after a command was written, in ms (design section 3, `idle_wait`).
    pub idle_wait_ms: u64,
    /// How often an idle terminal asks its devices how they are, in ms.
    pub device_poll_ms: u64,
    /// What happens on battery.
    pub battery: BatteryRules,
    /// Whether its key can be certified anew by a code of the MFO.
    pub enrols: bool,
    /// Whether the journal can be written onto a technician's stick.
    pub exports: bool,
    /// Whether touches of the display can be corrected.
    pub calibrates: bool,
}

/// The reader that clients put their cards into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardReader {
    /// [`Device::Card`] or [`Device::Nfc`].
    pub device: Device,
    /// What it can do.
    pub capabilities: card_reader::Capabilities,
}

/// What happens on battery. A flicker of the mains must hurt nobody, a real cut must end in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatteryRules {
    /// A visit without money in motion is ended after this long on battery, ms; at once when the battery is low.
    pub visit_ms: u64,
    /// The terminal stops in order after this long on battery, ms; at once when the battery is low. Money in motion is
    /// waited for in both cases.
    pub stop_ms: u64,
}

impl Default for BatteryRules {
    fn default() -> Self {
        Self { visit_ms: 10_000, stop_ms: 60_000 }
    }
}

/// How a device is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceState {
    /// Not asked yet.
    #[default]
    Unknown,
    /// Works.
    Usable,
    /// Does not.
    Failed(Cause),
}

/// Why a device does not work, for the technician.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What kind of fault it is, where whoever found it says so; the service mode has words for it in each language.
    pub kind: Option<ErrorKind>,
    /// The finding in English, and what to do, as the row tells it.
    pub text: String,
}

impl Cause {
    /// A fault of a kind, in these words.
    #[must_use]
    pub fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self { kind: Some(kind), text: text.into() }
    }
}

/// A signed order to load or collect cash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Cassettes to empty.
    pub collect: Vec<UnitNo>,
    /// Stock to load.
    pub add: Vec<UnitStock>,
    /// The acceptor's stacker is emptied too.
    pub stacker: bool,
    /// Reject unit and retract unit are emptied too.
    pub rejects: bool,
    /// Of which series the notes to load are, where that is known.
    pub series: Vec<NoteSeries>,
    /// Not after.
    pub expires: UtcMillis,
    /// SHA-256 of the order message, base64url.
    pub sha256: String,
}

/// Facts that change.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The rule pack stored last.
    pub rule_pack: Option<Box<RulePack>>,
    /// The keys to seal to and when the MFO said so; `None`: only the one of the enrolment.
    pub seal_keys: Option<(UtcMillis, Vec<SealKey>)>,
    /// Why the last rule pack that came was refused, a code; `None` once a good one came.
    pub pack_refused: Option<String>,
    /// Whether the MFO activated the terminal.
    pub active: bool,
    /// The place on record.
    pub registered: Option<RegisteredLocation>,
    /// Whether the gateway answers and time is trusted.
    pub online: bool,
    /// Code of why the gateway does not answer, where waiting does not cure it.
    pub uplink_cause: String,
    /// Whether the journal takes rows.
    pub journal_full: bool,
    /// Whether only the journal's reserve is left: what is open goes on, nothing begins.
    pub reserve_reached: bool,
    /// Dispenser.
    pub dispenser: DeviceState,
    /// Printer.
    pub printer: DeviceState,
    /// Camera, as its last opening showed it.
    pub camera: DeviceState,
    /// Every other device that has told how it is.
    pub peripherals: BTreeMap<Device, DeviceState>,
    /// Mains and battery; `None` until the supply has told.
    pub supply: Option<Supply>,
    /// Since when the terminal lives on its battery.
    pub on_battery_since: Option<Mono>,
    /// Readers for cards and documents in which something lies.
    pub cards_in: BTreeSet<Device>,
    /// Cabinet inputs as last seen.
    pub cabinet: BTreeMap<cabinet::Input, bool>,
    /// Where the terminal is, as far as its receiver knows.
    pub location: Option<Fix>,
    /// Whether a headphone is in.
    pub headphones: bool,
    /// Power latch.
    pub latch: Option<DispenserLatch>,
    /// Upkeep, as it stood when the service mode was last up.
    pub upkeep: Upkeep,
    /// Orders not carried out yet.
    pub orders: BTreeMap<OrderId, Order>,
}

impl Facts {
    /// The pack in force now.
    #[must_use]
    pub fn pack(&self, now: UtcMillis) -> Option<&RulePack> {
        self.rule_pack.as_deref().filter(|pack| pack.in_force(now))
    }

    /// What the receiver says, where it knows.
    fn measured(&self) -> Option<Point> {
        self.location
            .map(|fix| Point { latitude_udeg: fix.latitude_udeg, longitude_udeg: fix.longitude_udeg })
    }

    /// Where the terminal is, for rows of money (R-127b).
    #[must_use]
    pub fn place(&self) -> Place {
        let registered = self.registered.as_ref().and_then(|place| place.point);
        match self.measured() {
            Some(measured) => Place::Measured { registered, measured },
            None if self.peripherals.contains_key(&Device::Location) => Place::NotMeasured { registered },
            None => Place::Registered { registered },
        }
    }

    /// Whether the terminal measures that it stands somewhere else than at the place on record.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        match (&self.registered, self.measured()) {
            (Some(registered), Some(here)) => registered.holds(here) == Some(false),
            (None, _) | (_, None) => false,
        }
    }

    /// Codes of what keeps the whole terminal out of service.
    #[must_use]
    pub fn out_of_service(&self, now: UtcMillis) -> Vec<String> {
        let mut reasons = Vec::new();
        match &self.rule_pack {
            None => reasons.push("noRulePack"),
            Some(pack) if !pack.in_force(now) => reasons.push("rulePackExpired"),
            Some(_) => {}
        }
        if self.pack(now).is_none() && self.pack_refused.is_some() {
            reasons.push("rulePackRefused");
        }
        if !self.active {
            reasons.push("notActive");
        }
        if self.is_elsewhere() {
            reasons.push("relocated");
        }
        if self.seal_keys.as_ref().is_some_and(|(_, keys)| seal_keys::newest(keys, now).is_none()) {
            reasons.push("noSealKey");
        }
        if self.journal_full {
            reasons.push("journal");
        }
        // What was found wrong in the evidence stays wrong until a person has looked.
        if matches!(self.peripherals.get(&Device::Journal), Some(DeviceState::Failed(_))) {
            reasons.push("journalDamaged");
        }
        if self.on_battery_since.is_some() {
            reasons.push("onBattery");
        }
        reasons.into_iter().map(str::to_owned).collect()
    }
}
