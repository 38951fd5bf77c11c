//! What a kernel is made of.

use std::sync::Arc;

use senim_cards::icao::TrustList;
use senim_domain::rule_pack::{Mfo, RulePack};
use senim_domain::time::UtcMillis;
use senim_domain::{Language, TerminalId};
use senim_hal::power::Power;
use senim_hal::receipt_printer::Raster;
use senim_journal::Journal;
use senim_operation::message::CabinetContent;
use senim_operation::signer::KeyMaker;
use senim_operation::trust::Trust;
use senim_session::access::Changed;
use senim_session::dialogue::cabinet::{Shown, SlipOf};
use senim_session::dialogue::information::Leaflet;
use senim_session::dialogue::repayment::Paid;
use senim_session::exchange::Exchanged;
use senim_session::facts::Setup;
use senim_session::remainder::Claimed;
use senim_session::state::Ended;
use senim_session::supplement::{Amended, Refunded};
use senim_session::transfer::Transferred;
use senim_sync::SyncOptions;
use senim_ui_model::view::Place;
use senim_uplink::CertificateClock;

/// What a receipt tells of.
#[derive(Clone, Copy, Debug)]
pub enum Printable<'a> {
    /// A payout.
    Payout(&'a Ended),
    /// A repayment.
    Repayment(&'a Paid),
    /// What the MFO answered in the cabinet.
    Slip(SlipOf<'a>, &'a Shown<CabinetContent>),
    /// What waits at the cash desk.
    Claim(&'a Claimed),
    /// A supplement that is in force.
    Supplement(&'a Amended),
    /// How money goes back after a verdict.
    Refund(&'a Refunded),
    /// Another phone or account.
    Change(&'a Changed),
    /// What anybody may take along: of this pack, in this language of the visit, now.
    Leaflet(Leaflet, &'a RulePack, Language, UtcMillis),
    /// A transfer that was made, or is under way.
    Transfer(&'a Transferred),
    /// An exchange that cash officers carried out.
    Act(&'a Exchanged),
    /// A technician tries the printer, in this language of the screen, now.
    Test(Language, UtcMillis),
}

/// Draws a receipt; `ui/receipt` in the product.
pub type DrawReceipt = Box<dyn Fn(&Mfo, Printable<'_>) -> Option<Raster> + Send>;

/// Values.
#[derive(Clone, Debug)]
pub struct KernelOptions {
    /// The terminal's name.
    pub terminal: TerminalId,
    /// Constant facts of the session.
    pub setup: Setup,
    /// What the screen shows of the place.
    pub place: Place,
    /// Pauses and sizes of the exchange with the MFO.
    pub sync: SyncOptions,
    /// SHA-256 of the configuration file, base64url.
    pub config_sha256: String,
    /// The later of build time and last cosigned checkpoint: it is not earlier than that.
    pub time_floor: UtcMillis,
    /// First moment when the terminal's certificate is no longer valid, for the service mode; `None`: nobody can say.
    pub certificate_ends: Option<UtcMillis>,
    /// Seed of identifiers, nonces and pauses: 32 bytes from the system's random source, fixed in the simulation.
    pub seed: [u8; 32],
    /// Age of the journal key at which a new one is made, ms (design section 4: at least every 24 h).
    pub epoch_life_ms: u64,
    /// Rig: stop dead at a durable point.
    #[cfg(feature = "rig")]
    pub halt_at: Option<HaltAt>,
}

/// Things.
pub struct KernelParts {
    /// The open journal.
    pub journal: Journal,
    /// Whom to believe.
    pub trust: Arc<Trust>,
    /// Authorities that are believed to have signed identity documents; empty: no document is found genuine.
    pub authorities: TrustList,
    /// Power latch.
    pub power: Box<dyn Power>,
    /// Makes journal keys.
    pub keys: Box<dyn KeyMaker>,
    /// Time by which the uplink judges certificates; none where there is no TLS (simulation).
    pub certificate_clock: Option<CertificateClock>,
    /// Draws receipts.
    pub draw_receipt: DrawReceipt,
}

/// Where a rig build stops dead, as a power cut would stop it: `after:PayoutArmed:2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HaltAt {
    /// Before the commit instead of after it.
    pub before: bool,
    /// Kind of the row.
    pub kind: String,
    /// How many of the kind must come, from 1.
    pub nth: u32,
}

/// The text is no halting point.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a halting point is written like after:PayoutArmed:1 or before:PayoutOutcome:2")]
pub struct BadHaltAt;

impl std::str::FromStr for HaltAt {
    type Err = BadHaltAt;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(':');
        let (Some(side), Some(kind), Some(nth), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(BadHaltAt);
        };
        let before = match side {
            "before" => true,
            "after" => false,
            _ => return Err(BadHaltAt),
        };
        let known = senim_operation::Body::KINDS.contains(&kind);
        let nth = nth.parse().ok().filter(|nth| *nth > 0).ok_or(BadHaltAt)?;
        if known { Ok(Self { before, kind: kind.to_owned(), nth }) } else { Err(BadHaltAt) }
    }
}
