//! What a script can see and do. A scene is whoever carries it out.

use senim_domain::Language;
use senim_domain::business_days::Day;
use senim_domain::touch::TouchCorrection;

use crate::people::Person;

/// Why a journey went wrong, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop(pub String);

impl Stop {
    /// An error, if it does not hold.
    ///
    /// # Errors
    /// [`Stop`] with the finding.
    pub fn unless(holds: bool, finding: impl FnOnce() -> String) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self(finding())) }
    }
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Stop {}

/// What is on the screen, by names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The screen: `EnterIin`, `Notice`.
    pub screen: String,
    /// What is special on it: the name of a form, an error, a phase; may be empty.
    pub detail: String,
    /// Its number: another one is another question, even where it is called the same.
    pub step: u64,
    /// Names of what can be touched now.
    pub touchable: Vec<String>,
    /// Whether the question "are you still here?" lies over it.
    pub still_there: bool,
}

/// A screen with what is special on it, for messages.
#[must_use]
pub fn told(screen: &str, detail: &str) -> String {
    if detail.is_empty() { screen.to_owned() } else { format!("{screen} ({detail})") }
}

impl Shown {
    /// Screen and detail, for messages.
    #[must_use]
    pub fn told(&self) -> String {
        told(&self.screen, &self.detail)
    }

    /// Whether it is this screen with this on it; an empty detail asks for none in particular.
    #[must_use]
    pub fn is(&self, screen: &str, detail: &str) -> bool {
        self.screen == screen && (detail.is_empty() || self.detail == detail)
    }

    /// Whether something of this name takes a touch now.
    #[must_use]
    pub fn can(&self, id: &str) -> bool {
        self.touchable.iter().any(|touchable| touchable == id)
    }

    /// Whether nothing follows it without a touch: a visit that has ended, or no service.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.screen.as_str(), "End" | "OutOfService")
    }
}

/// Something that is done beside the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act<'a> {
    /// This person steps before the camera.
    Stand(&'a Person),
    /// Whoever is there behaves like this from now on where movements are asked for: `obeys`, `ignores`, `mirrored`, `late`,
    /// `wrongOrder`.
    Behave(&'a str),
    /// Something covers the lens: all is dark.
    CoverLens,
    /// The gateway goes away.
    StopGateway,
    /// The gateway is back.
    StartGateway,
    /// A service behind the gateway fails (`core`, `match`, `sms`), or works again.
    Service {
        /// Which.
        name: &'a str,
        /// Whether it answers.
        up: bool,
    },
    /// A device gets a fault, with parameters as JSON.
    Fault {
        /// `dispenser`, `printer` or `acceptor`.
        device: &'a str,
        /// As the rig's guide names it.
        fault: &'a str,
        /// Parameters; empty for none.
        parameters: &'a str,
    },
    /// A device loses its fault.
    Mend {
        /// Which device.
        device: &'a str,
        /// Which fault.
        fault: &'a str,
    },
    /// So many seconds pass in which nobody does anything.
    Pass(u64),
    /// The firmware has stopped dead where the setting says; now the host loses power, the cash devices too if they are
    /// to, and the firmware starts again.
    Restart {
        /// Whether dispenser and acceptor lose power as well.
        with_dispenser: bool,
    },
    /// The MFO's staff takes the terminal out of service, or puts it back.
    Activate(bool),
    /// A note is put to the acceptor's mouth as soon as it draws one in.
    Insert {
        /// Its face value.
        tenge: u32,
        /// The validator does not like it, for this reason of CCNET (1Ch).
        refused: Option<u8>,
    },
    /// An investigator or a court decides how the newest contract stands; core lending knows.
    Stands(Stands),
    /// The lender offers other terms for the newest contract, from today on; they wait for a week.
    OffersTerms {
        /// As an answer to who cannot pay as agreed.
        restructuring: bool,
        /// Nominal rate a year, whole percent.
        percent: u32,
        /// Term.
        months: u16,
    },
    /// This person's data spread; core lending knows.
    Leak(&'a Person),
    /// Somebody else entered this person's account; core lending knows of no data that spread.
    EnterAccount(&'a Person),
    /// This person's number turns out to be somebody else's.
    NumberOfAnother(&'a Person),
    /// What this person says when the lender calls.
    Answer(&'a Person, Answers),
    /// Somebody carries the terminal away, or back to where it is registered.
    Carry {
        /// Whether it stands where it is registered.
        home: bool,
    },
    /// Somebody starts a program for remote control on the board.
    Intrude,
    /// This person applies in e-government to take the consent back that they gave here, and the MFO learns of it.
    TakesBack(&'a Person),
    /// The MFO decides on whoever applied: the consent stays because of an obligation, or it goes.
    DecidesOnConsent {
        /// Whether it stays.
        keep: bool,
    },
    /// The MFO publishes rules that want at least this firmware.
    WantFirmware(&'a str),
    /// A card is put into the reader.
    PutCard {
        /// Whose it is.
        person: &'a Person,
        /// `own`: as the MFO issued it; `second`: another one of theirs; `blocked`: `own` without a try of its PIN left;
        /// `foreign`: of an authority that nobody knows; `passport`: another kind of card. `document`: their identity card,
        /// `document-otherNumber` one that is not on record with the state, `document-noIin` one whose chip holds no IIN,
        /// `document-expired` and `document-forged` as they are called.
        kind: &'a str,
    },
    /// The lender gives this person's own card to a member of staff: its rules name it. A lender with two cash officers wants
    /// both for cash.
    StaffCard {
        /// Who.
        person: &'a Person,
        /// Their number.
        staff: &'a str,
        /// `technician` or `cashOfficer`.
        role: &'a str,
    },
    /// A cash officer leaves so many notes in a cassette of the dispenser.
    Refill {
        /// Which, from 1.
        unit: u8,
        /// Notes that lie there then.
        notes: u32,
    },
    /// Somebody opens the dispenser's transport path and puts the notes lying there into its reject tray.
    ClearPath,
    /// Somebody frees the dispenser's shutter, which is stuck.
    FreeShutter,
    /// A finger on this element, at a touch panel that tells touches like this.
    PressThrough {
        /// The element.
        id: &'a str,
        /// Where the panel tells touches, of where they are.
        panel: TouchCorrection,
    },
    /// Somebody puts a stick into the terminal's port for sticks.
    PutStick,
    /// Somebody opens the acceptor and takes the note out of its path.
    TakeNote,
    /// Somebody turns a device off and on again.
    Cycle {
        /// Which, as the rig's guide names it.
        device: &'a str,
    },
    /// The cables of dispenser and printer change places while the terminal is off, or are put back.
    SwapCables {
        /// Whether each is in the other's socket.
        swapped: bool,
    },
    /// The operator's key switch in the cabinet is turned on supervisor, or back.
    OperatorSwitch(bool),
    /// The card is taken out of the reader.
    TakeCard,
    /// The MFO withdraws this person's own card: the authority says so.
    RevokeCard(&'a Person),
    /// Staff hear that this person's card is lost.
    LoseCard(&'a Person),
    /// The cable of the card reader is pulled, or put back.
    CardReader {
        /// Whether it is in.
        plugged: bool,
    },
    /// Somebody types on the reader's own keys, as soon as it asks for a PIN.
    Keys {
        /// Digits.
        digits: &'a str,
        /// The key after them.
        press: Key,
    },
    /// This person points their phone at the code on the screen, and does with it as named (`signs`, `refuses`,
    /// `other_iin`: with somebody else's key).
    Scan {
        /// Who.
        person: &'a Person,
        /// As the simulated phones name it.
        manner: &'a str,
    },
}

/// A key of a card reader that is no digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Confirms.
    Ok,
    /// Gives up.
    Cancel,
}

/// What somebody says to a check call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// It is they who do this.
    Confirms,
    /// It is not.
    Denies,
    /// Nobody answers.
    Silent,
}

/// How a contract stands by a decision from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Interest and collection rest.
    Suspended,
    /// They go on.
    Resumed,
    /// Written off by a verdict.
    WrittenOff,
}

/// What can be asked beside the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look<'a> {
    /// Rows of this kind in the terminal's journal.
    Rows(&'a str),
    /// Worth of the notes that left the dispenser, tenge.
    Given,
    /// Notes that lie in this cassette of the dispenser, from 1.
    InCassette(u8),
    /// Notes of this value (tenge) that lie in the dispenser's reject tray.
    InRejectTray(u32),
    /// Notes of this value (tenge) that lie in the dispenser's transport path or exit.
    OnPath(u32),
    /// SMS that were sent, to anybody; not the lender's notices, which come when the gateway looks whom they concern.
    Messages,
    /// DISPENSE commands that the dispenser has carried out.
    Dispenses,
    /// Worth of the notes in the acceptor's stacker, tenge.
    Taken,
    /// Supplements of which the lender has heard that they are in force.
    Supplements,
}

/// Whoever plays scripts.
pub trait Scene {
    /// Language in which the person begins.
    fn speech(&self) -> Language;

    /// What is on the screen now.
    ///
    /// # Errors
    /// [`Stop`] when the terminal cannot be looked at.
    fn see(&mut self) -> Result<Shown, Stop>;

    /// Lets time pass until the screen is as wanted.
    ///
    /// # Errors
    /// [`Stop`] with what is there instead, when it does not come.
    fn wait_for(&mut self, what: &str, wanted: &dyn Fn(&Shown) -> bool) -> Result<Shown, Stop>;

    /// Touches the element of this name as soon as it takes a touch.
    ///
    /// # Errors
    /// [`Stop`] when it does not.
    fn tap(&mut self, id: &str) -> Result<(), Stop>;

    /// Touches it twice without looking in between, as an impatient finger does.
    ///
    /// # Errors
    /// [`Stop`] when the first touch is not taken.
    fn tap_twice(&mut self, id: &str) -> Result<(), Stop>;

    /// Slides to a sum, tenge.
    ///
    /// # Errors
    /// [`Stop`] when it cannot be reached.
    fn choose_amount(&mut self, tenge: u64) -> Result<(), Stop>;

    /// Turns pages until the text ends.
    ///
    /// # Errors
    /// [`Stop`] when it has no end.
    fn read_to_the_end(&mut self) -> Result<(), Stop>;

    /// Waits for an SMS to this phone that was not read yet, and reads it.
    ///
    /// # Errors
    /// [`Stop`] when none comes.
    fn read_sms(&mut self, phone: &str, purpose: &str) -> Result<String, Stop>;

    /// The number of the contract that was paid out last, as it stands on its receipt.
    ///
    /// # Errors
    /// [`Stop`] when none was paid out.
    fn contract_number(&mut self) -> Result<String, Stop>;

    /// The day in Kazakhstan.
    ///
    /// # Errors
    /// [`Stop`] when it cannot be known.
    fn today(&mut self) -> Result<Day, Stop>;

    /// Has the lender order cash to be brought or taken, by `docs/formats/cash-order.schema.json`, and waits until the order has
    /// come to the terminal: its number, without the hyphen.
    ///
    /// # Errors
    /// [`Stop`] when the lender does not order it, or it does not come.
    fn order(&mut self, order: &str) -> Result<String, Stop>;

    /// Has the lender's staff give out a code that enrols the terminal.
    ///
    /// # Errors
    /// [`Stop`] when they do not.
    fn enrolment_code(&mut self) -> Result<String, Stop>;

    /// Does something beside the screen.
    ///
    /// # Errors
    /// [`Stop`] when it cannot be done.
    fn act(&mut self, act: Act<'_>) -> Result<(), Stop>;

    /// Asks for a number beside the screen.
    ///
    /// # Errors
    /// [`Stop`] when it cannot be known.
    fn count(&mut self, what: Look<'_>) -> Result<u64, Stop>;

    /// Keeps a picture of the screen, where pictures are kept.
    ///
    /// # Errors
    /// [`Stop`] when it cannot be kept.
    fn picture(&mut self, detail: &str) -> Result<(), Stop> {
        let _ = detail;
        Ok(())
    }
}

/// Digits of a one-time code.
const CODE_DIGITS: usize = 6;

/// The one-time code in a text: the digits of the right number.
#[must_use]
pub fn code_in(text: &str) -> Option<String> {
    let runs = text.split(|sign: char| !sign.is_ascii_digit());
    runs.filter(|run| run.len() == CODE_DIGITS).map(str::to_owned).next()
}
