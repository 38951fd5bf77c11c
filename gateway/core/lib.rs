//! The MFO's side: intake, decisions, authorisations, inbox; synchronous over a store trait.
//!
//! [`Gateway`] is everything that a terminal or a member of staff can ask of the MFO, without HTTP, threads, clocks or a
//! database of its own: `now` is an argument, randomness and outside services are traits. Order that holds everywhere:
//! a row is committed, then it is acted on, then the answer is committed, then it is sent; so whatever breaks in
//! between, the same rows sent again get the same answers, and nothing is done twice.

mod access_notice;
mod acting;
mod activation;
mod actor;
mod agreement;
mod ahead;
mod application;
mod archive;
mod attachments;
mod cabinet;
mod calls;
mod cards;
mod checkpoints;
pub mod connectors;
mod consents;
mod contact;
mod content_keys;
mod contract;
mod copies;
mod counted;
mod custody;
pub mod directives;
mod dossier;
mod doubts;
mod drafting;
pub mod enrolment;
pub mod entropy;
mod error;
mod events;
mod examination;
mod feed;
mod flags;
mod holder;
pub mod import;
mod intake;
mod kept;
mod keys;
mod leaks;
mod liveness;
mod login;
mod login_guard;
mod measures;
mod memory;
pub mod meter;
mod notices;
mod one_sided;
mod openings;
mod outbox;
mod partial;
mod payout;
mod payout_way;
mod performed;
mod pin;
mod preparation;
mod records;
mod refund;
mod refusal;
mod registration;
mod remainder;
mod repayment;
pub mod restore;
mod restructuring;
mod results;
mod retention;
mod roles;
mod rule_packs;
mod seal_keys;
mod session_step;
mod settlement;
mod signing;
mod staff;
pub mod store;
mod supplement;
mod telemetry;
pub mod time_statement;
mod trail;
mod transfer;
mod tree;
mod unfinished;
mod vault;
mod view;
mod waiting;
mod webhook;
pub mod wrap;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};

use senim_domain::rule_pack::RulePack;
use senim_domain::{TerminalId, UtcMillis};
use senim_operation::Profile;

pub use activation::{ActivationNotice, ActivationRefusal, NoticeOutcome, NoticedPlace};
pub use actor::{ActRecord, Actor};
pub use ahead::{AheadReply, MAX_AHEAD};
pub use archive::{ArchiveRecord, Class, Mark};
pub use attachments::AttachmentReply;
pub use cards::{BoundCard, CardEnd, CardEnded};
pub use checkpoints::CheckpointReply;
pub use consents::{Outcome as RevocationOutcome, Revocation, RevocationCase, RevocationRound};
pub use content_keys::{Owner, Rewrapped};
pub use custody::{Custody, OpeningLimits, Retention};
pub use dossier::{Dossier, Which};
pub use doubts::{CaseNotes, CaseRow, Doubt, PayoutCase};
pub use error::{GatewayError, Refusal};
pub use events::{Event, EventBody};
pub use feed::{FeedPage, MAX_FEED, Numbered};
pub use flags::{GoesOn, Kept, LoanFlag};
pub use intake::{IntakeReply, MAX_ROWS};
pub use kept::OpenedRegistration;
pub use keys::{Keys, Openers};
pub use leaks::{LeakAct, LeakCase, LeakList};
pub use measures::{CallRecord, MeasuresRecord};
pub use memory::{MemoryStore, Snapshot};
pub use notices::{NoticeRecord, OpenNotices};
pub use openings::Opening;
pub use partial::{Held, MAX_ATTACHMENT_BYTES, MIN_PIECE_BYTES, Piece, PieceReply};
pub use records::{AheadVisit, Head, Obeyed, Retired, RewindCall, TerminalRecord, WriteOff};
pub use repayment::{Entry, EntryState, HeldMoney, NotesInDoubt, RepaymentRecord};
pub use retention::{DueDocument, ErasureReport};
pub use roles::{Right, Role, Roles};
pub use rule_packs::{
    Decision, Difference, DryRun, Ground, MAX_RULE_PACK_BYTES, PackDraft, PackRefusal, PackState,
    PublishedPack, Tally, differences,
};
pub use settlement::{Count, Plan, Settlement, Signed};
pub use signing::{OpenedSignature, SignatureRecord, SignatureState};
pub use staff::{Credentials, SignInFault};
pub use telemetry::LastTelemetry;
pub use trail::{Act, Trail, TrailHead};
pub use vault::{Vault, VaultError};
pub use view::{DeviceView, FleetEntry, TerminalView};
pub use webhook::{DeadLetter, Delivered, HookFault, Webhook};

use connectors::Connectors;
use enrolment::CertificateAuthority;
use entropy::Entropy;
use meter::Meter;
use store::{Collection, Store, StoreError, Versioned};

/// What the MFO sets for this gateway.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The only profile of terminals that is accepted.
    pub profile: Profile,
    /// Life of an offer; it ends with the day in any case, since its schedules begin on that day.
    pub offer_life_seconds: u32,
}

/// The MFO's side of every dialogue.
pub struct Gateway {
    store: Box<dyn Store>,
    keys: Keys,
    connectors: Connectors,
    entropy: Box<dyn Entropy>,
    settings: Settings,
    custody: Custody,
    /// Openings in bulk that were refused.
    alarms: AtomicU64,
    /// The last event of this process, so that its events keep their order.
    last_event: Mutex<(UtcMillis, u64)>,
    authority: Option<Box<dyn CertificateAuthority>>,
    locks: Mutex<BTreeMap<TerminalId, Arc<Mutex<()>>>>,
    /// The number of the trail that was last seen as its end.
    acts_seen: AtomicU64,
    /// When this process last asked about each signature.
    asked_about: Mutex<BTreeMap<uuid::Uuid, UtcMillis>>,
    /// When each terminal was last heard of by this process.
    heard: Mutex<BTreeMap<TerminalId, UtcMillis>>,
    meter: Meter,
    /// When core lending was last found away, ms; `outbox::THERE` once it was found there.
    core_away: AtomicI64,
}

impl Gateway {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        store: Box<dyn Store>,
        keys: Keys,
        connectors: Connectors,
        entropy: Box<dyn Entropy>,
        settings: Settings,
    ) -> Self {
        Self {
            store,
            keys,
            connectors,
            entropy,
            settings,
            custody: Custody::default(),
            alarms: AtomicU64::new(0),
            last_event: Mutex::new((UtcMillis(0), 0)),
            authority: None,
            locks: Mutex::default(),
            acts_seen: AtomicU64::new(0),
            asked_about: Mutex::default(),
            heard: Mutex::default(),
            meter: Meter::default(),
            core_away: AtomicI64::new(outbox::THERE),
        }
    }

    /// With these settings for the keeping of personal data.
    #[must_use]
    pub fn with_custody(mut self, custody: Custody) -> Self {
        self.custody = custody;
        self
    }

    /// Lets this gateway certify terminals.
    #[must_use]
    pub fn with_authority(mut self, authority: Box<dyn CertificateAuthority>) -> Self {
        self.authority = Some(authority);
        self
    }

    /// The keys of the MFO.
    #[must_use]
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// What is kept of a terminal; `None`: not enrolled.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn terminal(&self, terminal: &TerminalId) -> Result<Option<TerminalRecord>, StoreError> {
        Ok(self.load_terminal(terminal)?.map(|record| record.value))
    }

    /// What this process has counted since its start.
    #[must_use]
    pub const fn meter(&self) -> &Meter {
        &self.meter
    }

    /// A terminal was heard of.
    pub fn hear(&self, terminal: &TerminalId, now: UtcMillis) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).insert(terminal.clone(), now);
    }

    /// When a terminal was last heard of by this process.
    #[must_use]
    pub fn last_heard(&self, terminal: &TerminalId) -> Option<UtcMillis> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).get(terminal).copied()
    }

    /// How many terminals were heard of by this process since a moment.
    #[must_use]
    pub fn heard_since(&self, since: UtcMillis) -> usize {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.values().filter(|at| **at >= since).count()
    }

    /// Requests of one terminal are handled one after the other; those of different terminals side by side.
    fn lane(&self, terminal: &TerminalId) -> Arc<Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(terminal.clone()).or_default())
    }

    fn load_terminal(&self, terminal: &TerminalId) -> Result<Option<Versioned<TerminalRecord>>, StoreError> {
        store::load(self.store.as_ref(), Collection::Terminal, terminal.as_str())
    }

    /// The terminal's record, or a refusal where it may not speak.
    fn admitted(&self, terminal: &TerminalId, door: Door) -> Result<Versioned<TerminalRecord>, GatewayError> {
        let record = self.load_terminal(terminal)?.ok_or(Refusal::NotEnrolled)?;
        let closed = match door {
            Door::Line => record.value.retired.is_some(),
            Door::Import => record.value.retired.is_none(),
        };
        if record.value.quarantined.is_some() || closed {
            return Err(Refusal::Quarantined.into());
        }
        Ok(record)
    }

    /// The newest rule pack that is in force.
    fn rule_pack(&self, now: UtcMillis) -> Result<Option<RulePack>, StoreError> {
        let packs = self.store.documents(Collection::RulePack, "")?;
        for document in packs.iter().rev() {
            let pack: RulePack = store::parse(Collection::RulePack, document)?.value;
            if pack.in_force(now) {
                return Ok(Some(pack));
            }
        }
        Ok(None)
    }
}

/// How rows and attachments come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// From the terminal itself.
    Line,
    /// From the disk of a dead board, by staff.
    Import,
}

/// Key of something of a terminal, ordered by number.
fn numbered(terminal: &TerminalId, number: u64) -> String {
    format!("{terminal}/{number:016}")
}

/// A moment so many seconds later.
const fn later(moment: UtcMillis, seconds: u32) -> UtcMillis {
    UtcMillis(moment.0.saturating_add(seconds as i64 * 1000))
}
