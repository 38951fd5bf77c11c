//! Rows of the service mode: who of the MFO's staff opened it with their card and PIN, how it ended, codes for
//! another certificate, tests of devices, exports of the journal and calibrations of the touch panel.

use senim_domain::UtcMillis;
use senim_domain::cash::{BundleResult, UnitMoved, UnitNo};
use senim_domain::rule_pack::StaffRole;
use senim_domain::touch::TouchCorrection;
use serde::{Deserialize, Serialize};

/// A member of staff opened the service mode: operator switch, service card and its PIN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceModeOpened {
    /// Number of the member of staff in the rule pack.
    pub staff: String,
    /// What they may do.
    pub role: StaffRole,
}

/// The service mode ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceModeClosed {
    /// Who had it open.
    pub staff: String,
    /// How it ended.
    pub end: ServiceEnd,
}

/// How a service mode ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ServiceEnd {
    /// By the button on the screen.
    Finished,
    /// The operator switch was turned back.
    SwitchedBack,
    /// Nobody touched the screen.
    TimedOut,
    /// The firmware stops.
    Stopping,
}

/// A card did not open the service mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceCardRefused {
    /// Whose card it is by the rule pack; `null`: nobody's.
    pub staff: Option<String>,
    /// Why.
    pub fault: ServiceCardFault,
}

/// Why a card does not open the service mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ServiceCardFault {
    /// The rule pack does not name it.
    NotOfStaff,
    /// A second cash officer is waited for, and it is none's, or the first one's again.
    NotASecondOfficer,
    /// The PIN was wrong; a try is lost.
    PinWrong,
    /// No try of the PIN is left.
    PinBlocked,
    /// It was taken out in the middle.
    Withdrawn,
    /// It is no token, or its certificate or key cannot be used.
    Unusable,
    /// Its answers make no sense, or none came.
    Unclear,
    /// The reader does not work.
    Reader,
}

/// Somebody typed a code that the MFO gave out for this terminal, to have its key certified anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentTried {
    /// Number of the member of staff.
    pub staff: String,
    /// What came of it.
    pub outcome: EnrolmentOutcome,
}

/// What came of an enrolment code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "snake_case", deny_unknown_fields)]
pub enum EnrolmentOutcome {
    /// There is a certificate.
    Certified {
        /// Its last moment.
        ends: UtcMillis,
    },
    /// There is none; the one before stays.
    Failed(EnrolmentFault),
}

/// Why an enrolment code brought no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EnrolmentFault {
    /// The code is another terminal's, was used by another key, or is over.
    WrongCode,
    /// Too many wrong codes; none is looked at for now.
    Locked,
    /// The MFO certifies this terminal no more.
    Refused,
    /// The enrolment server does not answer as it should.
    Server,
    /// What came is not the MFO's, or not for this terminal and key.
    Untrusted,
    /// The key store gives no key, or does not sign.
    KeyStore,
    /// The certificate could not be kept.
    Disk,
}

/// A technician lets one note go to the reject unit; nothing leaves the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestDispenseIntended {
    /// The cassette.
    pub unit: UnitNo,
}

/// How a test dispense ended. Uncertain stops cash service until a count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestDispenseEnded {
    /// The cassette.
    pub unit: UnitNo,
    /// `dispensed` stands for: the note is in the reject unit.
    pub result: BundleResult,
    /// Per cassette by the device; empty where nobody counted.
    pub units: Vec<UnitMoved>,
    /// The device's error, a technician's text.
    pub device_error: Option<String>,
}

/// A technician tries a device in the service mode. What moves a note has a row of its own behind this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceTestBegun {
    /// Number of the member of staff.
    pub staff: String,
    /// What is tried.
    pub device: TestedDevice,
}

/// How the test of a device ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceTestEnded {
    /// Number of the member of staff.
    pub staff: String,
    /// What was tried.
    pub device: TestedDevice,
    /// How it ended.
    pub result: TestResult,
}

/// What can be tried in the service mode, by its section in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TestedDevice {
    /// One note of a cassette goes to the reject unit.
    Dispenser(UnitNo),
    /// A slip is printed.
    Printer,
    /// A note is put in, recognised and given back.
    Acceptor,
    /// A card is put in and its chip answers.
    Card,
    /// A card or document is laid on and found.
    Nfc,
    /// A person sees the camera's picture.
    Camera,
    /// A person sees the whole test picture.
    Display,
}

/// How the test of a device ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TestResult {
    /// It did what it is there for.
    Passed,
    /// It did not.
    Failed,
    /// Nobody did what it waited for, or it was given up.
    NotDone,
}

/// A technician had the journal written onto a stick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalExported {
    /// Number of the member of staff.
    pub staff: String,
    /// What came of it.
    pub outcome: ExportOutcome,
}

/// What came of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "snake_case", deny_unknown_fields)]
pub enum ExportOutcome {
    /// It was read back from the stick, and every signature and link of it verified.
    Verified {
        /// Rows on the stick.
        rows: u64,
        /// Of these, rows that the MFO's cosignature covers.
        cosigned: u64,
        /// Sealed attachments on the stick that the MFO does not have.
        attachments: u64,
    },
    /// There is none, or none that can be believed.
    Failed(ExportFault),
}

/// Why an export failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExportFault {
    /// No stick is in the port, or it is none that this terminal takes.
    NoStick,
    /// It has no room.
    Full,
    /// It cannot be written or read.
    Stick,
    /// The journal cannot be read.
    Journal,
    /// What was read back is not what the journal holds.
    NotVerified,
}

/// A technician calibrated the touch panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TouchCalibrated {
    /// Number of the member of staff.
    pub staff: String,
    /// What came of it.
    pub outcome: TouchOutcome,
}

/// What came of a calibration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TouchOutcome {
    /// Touches are corrected by this from now on, in place of any correction before.
    Corrected(TouchCorrection),
    /// Each mark was hit: nothing needed to change.
    Exact,
    /// No correction brings the touches to the marks; the one before stays.
    Missed,
    /// Nobody could press the button that keeps the new correction; the one before stays.
    TakenBack,
    /// Not every mark was touched; the one before stays.
    NotDone,
}
