//! The service mode: whose card opened it, and the page that is up.

use senim_domain::rule_pack::{StaffCard, StaffRole};
use senim_domain::time::Mono;
use senim_domain::touch::{DisplayPoint, TouchCorrection};
use senim_domain::{SecretBytes, UtcMillis};
use senim_operation::body::{EnrolmentOutcome, ExportOutcome, TestResult, TestedDevice, TouchOutcome};

use crate::card::CardProblem;
use crate::exchange::{ExchangePage, Exchanged};
use crate::path::PathPage;
use crate::settlement::SettlingPage;

/// The service mode, from the turned switch to its end.
#[derive(Debug)]
pub struct Service {
    /// Where it is.
    pub stage: ServiceStage,
    /// Last touch or change of screen.
    pub active_at: Mono,
}

impl Service {
    /// The exchange whose act is on the screen.
    #[must_use]
    pub fn exchanged(&self) -> Option<&Exchanged> {
        match &self.stage {
            ServiceStage::Open { page: ServicePage::Exchange(ExchangePage::Done(done)), .. } => Some(done),
            ServiceStage::Open { .. } | ServiceStage::Card(_) => None,
        }
    }
}

/// Where a service mode is.
#[derive(Debug)]
pub enum ServiceStage {
    /// The switch is turned; a card has to say who it is.
    Card(StaffCardStage),
    /// Somebody has opened it.
    Open {
        /// Who.
        staff: Staff,
        /// What is up.
        page: ServicePage,
    },
}

/// A member of staff, as the rule pack names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// Their number.
    pub number: String,
    /// What they may do.
    pub role: StaffRole,
}

impl From<&StaffCard> for Staff {
    fn from(card: &StaffCard) -> Self {
        Self { number: card.staff.clone(), role: card.role }
    }
}

/// How far a service card is.
#[derive(Debug)]
pub enum StaffCardStage {
    /// It is waited for.
    Insert,
    /// It is being read.
    Reading,
    /// Its PIN is being typed.
    Pin {
        /// Whose it is.
        staff: Staff,
        /// Tries that are left; at one the screen says that it is the last.
        tries_left: u8,
        /// The last one was wrong.
        wrong: bool,
        /// What it signs, never seen before.
        challenge: SecretBytes,
    },
    /// Its PIN is being typed on the reader's own keys, and the card then signs.
    Keypad {
        /// Whose it is.
        staff: Staff,
        /// Tries that are left.
        tries_left: u8,
        /// The last one was wrong.
        wrong: bool,
        /// What it signs.
        challenge: SecretBytes,
    },
    /// The PIN is with the card, which signs.
    Working {
        /// Whose it is.
        staff: Staff,
        /// What it signs.
        challenge: SecretBytes,
    },
    /// It opens nothing.
    Problem {
        /// Why.
        problem: StaffCardProblem,
    },
}

/// Why a service card opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffCardProblem {
    /// The rule pack does not name it.
    NotOfStaff,
    /// A second cash officer is waited for, and this is none, or the first one again.
    NotASecondOfficer,
    /// The card or its reader.
    Card(CardProblem),
}

/// A page of the service mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServicePage {
    /// What can be looked at and done.
    Home,
    /// Each device that the terminal has heard of, with cause and action.
    Devices,
    /// What waits for the MFO, certificate, clock.
    Upkeep,
    /// Cash against an order.
    Exchange(ExchangePage),
    /// A payout in doubt, settled by a count.
    Settlement(SettlingPage),
    /// Notes that stuck on the dispenser's way, counted.
    Path(PathPage),
    /// Another certificate by a code of the MFO.
    Enrolment(EnrolmentPage),
    /// Devices tried one by one.
    Tests(TestPage),
    /// The end of the program's log, newest line first.
    Log(Vec<String>),
    /// The journal onto a stick.
    Export(ExportPage),
    /// Where the panel is touched.
    Touch(TouchPage),
}

/// A page of the tests of devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestPage {
    /// What can be tried.
    List(Vec<TestedDevice>),
    /// One is tried.
    Running {
        /// Which.
        device: TestedDevice,
        /// Then it is given up.
        until: Mono,
    },
    /// How that ended.
    Ended {
        /// Which.
        device: TestedDevice,
        /// How.
        result: TestResult,
    },
}

/// A page of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportPage {
    /// The stick is to be put in.
    Ready,
    /// It is written and read back.
    Working,
    /// What came of it.
    Ended(ExportOutcome),
}

/// A page of a calibration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TouchPage {
    /// A mark is to be touched.
    Marks {
        /// Where those before it were, in the order of [`MARKS`](senim_domain::touch::MARKS).
        touched: Vec<DisplayPoint>,
        /// Since when this one is waited for.
        since: Mono,
        /// Then it is given up.
        until: Mono,
    },
    /// The new correction is in force, and kept by a button that only a right one lets press.
    Trial {
        /// The correction.
        fitted: TouchCorrection,
        /// Then it is taken back.
        until: Mono,
    },
    /// What came of it.
    Ended(TouchOutcome),
}

/// A page of enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolmentPage {
    /// The code is being typed.
    Code,
    /// It is with the MFO.
    Working,
    /// What came of it.
    Ended(EnrolmentOutcome),
}

/// The cash officer whose second is waited for, and what they want to do together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstOfficer {
    /// Who.
    pub staff: Staff,
    /// What.
    pub work: CashWork,
}

/// What is done with cash at the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CashWork {
    /// Cash against an order.
    Exchange,
    /// A payout in doubt is counted.
    Settlement,
}

/// What somebody can turn to on the home page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceTask {
    /// Look at the devices.
    Devices,
    /// Look at what waits for the MFO.
    Upkeep,
    /// Bring and take cash against an order; cash officers alone.
    Exchange,
    /// Count what lies in the machine after a payout in doubt; cash officers alone, and only where a count can settle it.
    Settlement,
    /// Count the notes that stuck on the dispenser's way; only where some may have.
    Path,
    /// Try devices one by one; technicians alone.
    Tests,
    /// Have the key certified anew by a code; technicians alone.
    Enrolment,
    /// Read the end of the program's log; technicians alone.
    Log,
    /// Have the journal written onto a stick; technicians alone.
    Export,
    /// Calibrate the touch panel; technicians alone.
    Touch,
    /// End the service mode.
    Finish,
}

/// What the shell knows of the terminal's upkeep, for the service mode alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// Rows in the journal.
    pub rows: u64,
    /// Rows that the MFO has not acknowledged.
    pub waiting: u64,
    /// First moment when the terminal's certificate is no longer valid, where that is known.
    pub certificate_ends: Option<UtcMillis>,
}
