//! The screens, each with exactly what it shows.

use senim_domain::business_days::BusinessCalendar;
use senim_domain::loan::Method;
use senim_domain::portrait;
use senim_domain::rule_pack::Product;
use senim_domain::touch::DisplayPoint;
use senim_domain::{Language, Secret, SecretBytes, Tiyn};

use crate::pages::{Choice, Entry, Notice};

/// Everything on the display at one moment.
#[derive(Clone, Debug)]
pub struct View {
    /// Language of all texts.
    pub language: Language,
    /// Who the MFO is; on every screen.
    pub header: Header,
    /// Who lends and how help is got, for whoever presses its button.
    pub help: Help,
    /// The screen.
    pub screen: Screen,
    /// Seconds until the visit is ended for lack of a touch; shown as a question over the screen.
    pub still_there_seconds: Option<u32>,
    /// Rig builds say so.
    pub rig: bool,
    /// Number of the screen, handed back with a decision on a form.
    pub step: u64,
}

/// Owner and terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// MFO's name.
    pub mfo: String,
    /// Licence number.
    pub licence: String,
    /// Terminal's name.
    pub terminal: String,
    /// Support phone.
    pub phone: String,
}

/// What lies a press away on every screen, without a login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// What to do.
    pub lines: Vec<String>,
    /// Who lends.
    pub facts: Vec<Row>,
}

/// What is asked or told.
#[derive(Clone, Debug)]
pub enum Screen {
    /// Not in service; codes are for the technician, small.
    OutOfService {
        /// Codes such as `noRulePack`, `notActive`, `dispenser`.
        reasons: Vec<String>,
    },
    /// Language choice and greeting.
    Welcome(Welcome),
    /// Who are you: the IIN.
    EnterIin(EnterIin),
    /// The one-time code.
    EnterCode(EnterCode),
    /// Something is under way elsewhere.
    Waiting(Wait),
    /// Sum and term, with live totals computed by [`crate::live`].
    Amount(Offer),
    /// Drafts of every method side by side, nothing preselected.
    Schedules {
        /// One per method.
        drafts: Vec<DraftView>,
    },
    /// The contract, key terms first.
    Contract(Contract),
    /// Face capture.
    Camera(Camera),
    /// The last question before money: agree to the contract.
    Agree {
        /// Key terms again.
        key_terms: Vec<Row>,
    },
    /// Ready to pay: stand at the dispenser.
    ReadyToPay {
        /// Sum.
        amount: Money,
    },
    /// Notes are moving.
    Payout(Payout),
    /// Paid: what was given, the receipt.
    Receipt(Receipt),
    /// Something to read and decide.
    Notice(Notice),
    /// One of several.
    Choice(Choice),
    /// Something to type.
    Entry(Entry),
    /// A mark to touch.
    Target(Target),
    /// A polite end; the one action is [`crate::Action::Done`].
    End {
        /// Which text.
        kind: EndKind,
        /// Short reference for the support, never personal.
        reference: String,
        /// Years from which one may borrow.
        least_age: u8,
    },
}

impl Screen {
    /// Its name, for tests and the rig.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OutOfService { .. } => "OutOfService",
            Self::Welcome(_) => "Welcome",
            Self::EnterIin(_) => "EnterIin",
            Self::EnterCode(_) => "EnterCode",
            Self::Waiting(_) => "Waiting",
            Self::Amount(_) => "Amount",
            Self::Schedules { .. } => "Schedules",
            Self::Contract(_) => "Contract",
            Self::Camera(_) => "Camera",
            Self::Agree { .. } => "Agree",
            Self::ReadyToPay { .. } => "ReadyToPay",
            Self::Payout(_) => "Payout",
            Self::Receipt(_) => "Receipt",
            Self::Notice(_) => "Notice",
            Self::Choice(_) => "Choice",
            Self::Entry(_) => "Entry",
            Self::Target(_) => "Target",
            Self::End { .. } => "End",
        }
    }

    /// What is special on it, for tests and the rig: the wait, the end, the phase, the input error, the name of a form;
    /// may be empty.
    #[must_use]
    pub fn detail(&self) -> String {
        let named = |detail: &dyn std::fmt::Debug| format!("{detail:?}");
        match self {
            Self::OutOfService { reasons } => reasons.join(" "),
            Self::Welcome(Welcome { unavailable, without_notes, .. }) => {
                unavailable.as_ref().or(without_notes.as_ref()).cloned().unwrap_or_default()
            }
            Self::EnterIin(EnterIin { error }) | Self::EnterCode(EnterCode { error, .. }) => {
                error.as_ref().map_or_else(String::new, |error| named(error))
            }
            Self::Waiting(wait) => named(wait),
            Self::Camera(Camera { instruction: Instruction::Poor(instruction), .. }) => named(instruction),
            Self::Camera(camera) => named(&camera.instruction),
            Self::Payout(payout) => named(&payout.phase),
            Self::Receipt(receipt) if receipt.uncertain => "Uncertain".to_owned(),
            Self::Receipt(receipt) if !receipt.complete => "Short".to_owned(),
            Self::Notice(notice) => notice.name.to_owned(),
            Self::Choice(choice) => choice.name.to_owned(),
            Self::Entry(entry) => {
                format!("{}{}", entry.name, if entry.error.is_some() { "Wrong" } else { "" })
            }
            Self::Target(target) => target.no.to_string(),
            Self::End { kind, .. } => named(kind),
            Self::Amount(_)
            | Self::Schedules { .. }
            | Self::Contract(_)
            | Self::Agree { .. }
            | Self::ReadyToPay { .. }
            | Self::Receipt(_) => String::new(),
        }
    }
}

/// What can be begun here now. Codes are such as `offline`, `noCash`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Welcome {
    /// Code of why nothing at all can begin.
    pub unavailable: Option<String>,
    /// Code of why no new loan can begin, although something else may.
    pub no_loan: Option<String>,
    /// Code of why the money of a loan cannot come out of this terminal, although a loan can begin.
    pub without_notes: Option<String>,
    /// Whether microcredits are repaid.
    pub repayment: bool,
    /// Whether people who are here for the first time become clients.
    pub registration: bool,
}

/// IIN entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnterIin {
    /// Why the last one was not taken.
    pub error: Option<InputError>,
}

/// One-time code entry.
#[derive(Clone, Debug)]
pub struct EnterCode {
    /// Where the SMS went, masked.
    pub phone_masked: Secret,
    /// Length.
    pub digits: u32,
    /// Seconds of life left.
    pub seconds_left: u32,
    /// How often one may still be typed.
    pub tries_left: u32,
    /// Why the last one was not taken.
    pub error: Option<InputError>,
}

/// What is wrong with what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputError {
    /// The IIN's digits do not fit together.
    IinInvalid,
    /// The code is wrong; try again.
    CodeWrong,
    /// The code's time is over; ask for another.
    CodeExpired,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Client is looked up, code is sent.
    Login,
    /// Code is checked.
    Code,
    /// Application is decided.
    Decision,
    /// Face is compared.
    Face,
    /// Contract is registered.
    Contract,
    /// Payout is authorised.
    Authorisation,
}

/// Sum and term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Whom we greet.
    pub greeting: Secret,
    /// When the login before was (R-127a).
    pub about_login: String,
    /// The product's limits and rate.
    pub product: Product,
    /// Sums that the terminal can pay exactly now, ascending, within the product.
    pub payable: Vec<Tiyn>,
    /// Days off, for due dates.
    pub calendar: BusinessCalendar,
    /// Day of payout that live totals assume: today in Kazakhstan.
    pub issued: jiff::civil::Date,
}

/// A sum, formatted: `150 000 ₸` with thin spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Money(pub String);

/// A label and its value, both ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Left.
    pub label: String,
    /// Right.
    pub value: String,
}

/// One method's draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftView {
    /// Which.
    pub method: Method,
    /// First payment.
    pub first: Money,
    /// Last payment.
    pub last: Money,
    /// All payments together.
    pub total: Money,
    /// Cost of the loan.
    pub overpayment: Money,
    /// Nominal annual rate, `36 %`.
    pub rate: String,
    /// Annual effective rate, `42,8 %` (same size as `rate`, B1 rule 7).
    pub gesv: String,
    /// Instalments: number, date, payment, principal, interest, balance.
    pub rows: Vec<[String; 6]>,
}

/// The file of a contract or a supplement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// What it is, where it is only looked at again; none: it is to be signed, and read to its end before.
    pub kept: Option<Secret>,
    /// The file whose bytes are signed: its pages are shown.
    pub pdf: SecretBytes,
    /// Key terms, first page (B4).
    pub key_terms: Vec<Row>,
    /// The text that the file carries, in the language of the visit, for large print.
    pub paragraphs: Vec<Secret>,
}

/// Camera.
#[derive(Clone, Debug)]
pub struct Camera {
    /// Plain instruction.
    pub instruction: Instruction,
    /// What the person does for a better picture, in words; empty while nothing was wrong.
    pub advice: String,
    /// Attempts left.
    pub attempts_left: u32,
}

/// One thing to do before the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Stand so that the face is in the oval, then press.
    StandStill,
    /// Taking it now.
    Hold,
    /// No picture was good enough.
    Poor(portrait::Instruction),
    /// The last picture did not match; try again.
    NoMatch,
}

/// Payout under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    /// Whole sum.
    pub amount: Money,
    /// What the bundle now is worth.
    pub portion: Money,
    /// Bundle now, from 1.
    pub bundle: u32,
    /// Bundles in all.
    pub of: u32,
    /// What happens.
    pub phase: PayoutPhase,
}

/// A mark of the touch panel's calibration, alone on the display: a panel that is off reaches nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What to do.
    pub title: String,
    /// How to leave.
    pub text: String,
    /// Where the mark stands.
    pub mark: DisplayPoint,
    /// Which mark it is, from 1.
    pub no: usize,
}

/// Phase of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayoutPhase {
    /// The machine makes itself ready.
    Preparing,
    /// Notes are being counted out: take them as they come.
    Dispensing,
    /// The shutter is open: take the notes.
    Taking,
    /// Notes that were left are being taken back.
    Retracting,
    /// The device does not answer; it is being asked what it did.
    Checking,
}

/// End of a payout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What was asked for.
    pub requested: Money,
    /// What was given.
    pub paid: Money,
    /// Whether all of it is certain and complete.
    pub complete: bool,
    /// Whether it is unknown how much was given.
    pub uncertain: bool,
    /// Notes, `10 × 5 000 ₸`.
    pub notes: Vec<Row>,
    /// First payment: date and sum.
    pub first_payment: Option<Row>,
    /// Number of the operation for questions.
    pub reference: String,
    /// Whether a paper receipt was printed; `None` while it is being printed.
    pub printed: Option<bool>,
}

/// Polite ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// The person ended the visit.
    Cancelled,
    /// Nobody touched the screen.
    TimedOut,
    /// This service is for registered clients; go to the office or the web cabinet.
    NotAvailable,
    /// Too many wrong codes.
    TooManyCodes,
    /// The application cannot be approved.
    NotApproved,
    /// Voluntary refusal is set: how to lift it.
    VoluntaryRefusal,
    /// Another loan is open.
    LoanOpen,
    /// The face does not match after all attempts.
    FaceNotMatched,
    /// Camera out of order; nothing was charged.
    CameraFailed,
    /// The MFO does not answer; nothing was charged.
    Unreachable,
    /// Calculations differ: the terminal stopped for the borrower's safety.
    TermsMismatch,
    /// No payout now: nothing was given, the loan is not charged.
    NothingPaid,
    /// The mains failed; nothing was charged.
    OnBattery,
    /// Under age; no picture was taken.
    UnderAge,
}
