//! What a scenario runs on: a configuration, whoever can cause things, and leave to move cash or none.
//!
//! `SENIM_HIL_CONFIG`   a configuration of the firmware: its ports; without it, emulators of each scenario's own
//! `SENIM_HIL_CONTROL`  `http://host:port` of running emulators behind that configuration; without it, a person is asked
//! `SENIM_HIL_MOVE_CASH` `1`: into the reject unit; `exit`: out to whoever stands there, and notes into the stacker
//! `SENIM_HIL_CARDS`    what is needed to use the person's own cards (`owner.rs`)

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use senim::config::{Config, DispenserDriver};

use crate::emulated::Emulated;
use crate::hands::{Control, Hands, say};

/// Real ports and the person are there once.
static TURN: Mutex<()> = Mutex::new(());

/// A device answers within this, its mechanics apart.
const ANSWER_MS: u64 = 20_000;
/// A person reads, walks to the device and does it.
const PERSON_MS: u64 = 180_000;
/// What the firmware grants beyond a dispenser's own longest wait.
const REST_MS: u64 = 15_000;

/// How bytes travel on an emulated line. A real one has its own pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As fast as they come, several in one read.
    Coalesced,
    /// One by one at the line's speed.
    BytePaced,
}

/// The dispenser that a scenario is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispenser {
    /// It is about other devices, or about any.
    Any,
    /// Puloon LCDM-4000.
    Lcdm4000,
    /// Puloon LCDM-2000.
    Lcdm2000,
    /// The one with a shutter.
    Presenter,
}

impl Dispenser {
    /// The driver, if it has to be this one.
    const fn driver(self) -> Option<DispenserDriver> {
        match self {
            Self::Any => None,
            Self::Lcdm4000 => Some(DispenserDriver::Lcdm4000),
            Self::Lcdm2000 => Some(DispenserDriver::Lcdm2000),
            Self::Presenter => Some(DispenserDriver::Presenter),
        }
    }
}

/// What a scenario came to: done, or left out from some point on.
pub type Outcome = Result<(), LeftOut>;

/// Why.
#[derive(Debug)]
pub struct LeftOut(pub String);

/// Which moves of cash were allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cash {
    Rests,
    ToReject,
    ToExit,
}

/// Anything else than the two words is no leave.
fn leave(given: Option<&str>) -> Cash {
    match given {
        Some("1") => Cash::ToReject,
        Some("exit") => Cash::ToExit,
        Some(_) | None => Cash::Rests,
    }
}

/// What a scenario runs on.
pub struct Rig {
    /// As the firmware reads it.
    pub config: Config,
    /// Whoever causes things.
    pub hands: Hands,
    cash: Cash,
    emulated: Option<Emulated>,
    _turn: Option<MutexGuard<'static, ()>>,
}

/// Plays a scenario with a dispenser of this kind. What is left out on emulators is a failure: nothing is missing there.
pub fn play(name: &str, dispenser: Dispenser, pace: Pace, scenario: fn(&Rig) -> Outcome) {
    let outcome = Rig::new(dispenser, pace).and_then(|rig| {
        let emulated = rig.emulated.is_some();
        scenario(&rig).map_err(|LeftOut(why)| {
            assert!(!emulated, "left out on emulators: {why}");
            LeftOut(why)
        })
    });
    match outcome {
        Ok(()) => {}
        Err(LeftOut(why)) => say(&format!("{name}: left out: {why}")),
    }
}

impl Rig {
    fn new(dispenser: Dispenser, pace: Pace) -> Result<Self, LeftOut> {
        match std::env::var_os("SENIM_HIL_CONFIG") {
            Some(path) => Self::real(PathBuf::from(path), dispenser, pace),
            None => Ok(Self::emulated(dispenser, pace)),
        }
    }

    fn emulated(dispenser: Dispenser, pace: Pace) -> Self {
        let driver = dispenser.driver().unwrap_or(DispenserDriver::Lcdm4000);
        let emulated = Emulated::start(driver, pace);
        let config = Config::load(&emulated.config()).unwrap().config;
        let hands = Hands::Control(Control::at(emulated.control()));
        Self { config, hands, cash: Cash::ToExit, emulated: Some(emulated), _turn: None }
    }

    fn real(path: PathBuf, dispenser: Dispenser, pace: Pace) -> Result<Self, LeftOut> {
        if pace == Pace::BytePaced {
            return Err(LeftOut("a real line has its own pace; played once".to_owned()));
        }
        let config = Config::load(&path).unwrap().config;
        let configured = config.dispenser.driver;
        if dispenser.driver().is_some_and(|driver| driver != configured) {
            return Err(LeftOut(format!("the dispenser is {configured:?}, not {dispenser:?}")));
        }
        let hands = match std::env::var("SENIM_HIL_CONTROL") {
            Ok(url) => Hands::Control(Control::at(&url)),
            Err(_) => Hands::Person,
        };
        let cash = leave(std::env::var("SENIM_HIL_MOVE_CASH").ok().as_deref());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Self { config, hands, cash, emulated: None, _turn: Some(turn) })
    }

    /// Longest wait for a device's answer.
    pub const fn answer_ms(&self) -> u64 {
        ANSWER_MS
    }

    /// Longest wait for mechanics of the dispenser.
    pub const fn mechanics_ms(&self) -> u64 {
        self.config.dispenser.idle_wait_ms.saturating_add(REST_MS)
    }

    /// Longest wait for what [`Rig::cause`] causes to show.
    pub const fn cause_ms(&self) -> u64 {
        match self.hands {
            Hands::Control(_) => ANSWER_MS,
            Hands::Person => PERSON_MS,
        }
    }

    /// The emulators' control, where there is one, for what only an emulator tells.
    pub const fn control(&self) -> Option<&Control> {
        match &self.hands {
            Hands::Control(control) => Some(control),
            Hands::Person => None,
        }
    }

    /// Has something done: by the control, or by the person who reads `ask`.
    pub fn cause(&self, ask: &str, by: impl FnOnce(&Control)) {
        match &self.hands {
            Hands::Control(control) => by(control),
            Hands::Person => say(&format!("please {ask}")),
        }
    }

    /// What a person cannot do.
    pub fn only_emulated(&self, what: &str) -> Result<&Control, LeftOut> {
        self.control().ok_or_else(|| LeftOut(format!("{what}: only an emulator can be made to")))
    }

    /// The emulator of the configured dispenser.
    pub const fn dispenser(&self) -> &'static str {
        match self.config.dispenser.driver {
            DispenserDriver::Lcdm4000 => "dispenser",
            DispenserDriver::Lcdm2000 => "dispenser2",
            DispenserDriver::Presenter => "presenter",
        }
    }

    /// The folder that the emulated camera shows, if the camera is one.
    pub fn frames(&self) -> Option<PathBuf> {
        self.emulated.as_ref().map(Emulated::frames)
    }

    /// Questions to the dispenser disturb no open payout.
    pub fn may_ask_dispenser(&self) -> Outcome {
        senim::probe::dispenser_is_taboo(&self.config).map_err(LeftOut)
    }

    /// A note may go to the reject unit.
    pub fn may_reject(&self) -> Outcome {
        self.may_move(Cash::ToReject, "1 (notes go to the reject unit)")
    }

    /// Notes may leave the terminal, or a person's note stay in it.
    pub fn may_pay(&self) -> Outcome {
        self.may_move(Cash::ToExit, "exit (notes leave through the exit and stay in the stacker)")
    }

    fn may_move(&self, least: Cash, value: &str) -> Outcome {
        if self.cash < least {
            return Err(LeftOut(format!("cash would move; allow it with SENIM_HIL_MOVE_CASH={value}")));
        }
        let journal = self.config.journal_path();
        if journal.exists() {
            let words = "its books would not know of moved notes; name another data_dir";
            return Err(LeftOut(format!("{} is a terminal's journal: {words}", journal.display())));
        }
        Ok(())
    }
}

/// Tests of scenarios in one pace.
macro_rules! in_pace {
    ($pace:ident, $dispenser:ident: $($scenario:ident),+) => {$(
        #[test]
        fn $scenario() {
            $crate::rig::play(
                concat!(module_path!(), "::", stringify!($scenario)),
                $crate::rig::Dispenser::$dispenser,
                $crate::rig::Pace::$pace,
                super::$scenario,
            );
        }
    )+};
}
pub(crate) use in_pace;

/// Tests of scenarios over lines, each in both paces.
macro_rules! both_paces {
    ($dispenser:ident: $($scenario:ident),+ $(,)?) => {
        mod coalesced {
            $crate::rig::in_pace!(Coalesced, $dispenser: $($scenario),+);
        }
        mod byte_paced {
            $crate::rig::in_pace!(BytePaced, $dispenser: $($scenario),+);
        }
    };
}
pub(crate) use both_paces;

/// Tests of scenarios without a serial line.
macro_rules! no_line {
    ($($scenario:ident),+ $(,)?) => {
        mod plain {
            $crate::rig::in_pace!(Coalesced, Any: $($scenario),+);
        }
    };
}
pub(crate) use no_line;

#[test]
fn cash_rests_without_leave_and_leave_to_reject_is_no_leave_to_pay() {
    let mut rig = Rig::emulated(Dispenser::Any, Pace::Coalesced);
    for (cash, reject, pay) in
        [(Cash::Rests, false, false), (Cash::ToReject, true, false), (Cash::ToExit, true, true)]
    {
        rig.cash = cash;
        assert_eq!((rig.may_reject().is_ok(), rig.may_pay().is_ok()), (reject, pay), "{cash:?}");
    }
    assert_eq!(leave(None), Cash::Rests);
    assert_eq!(leave(Some("yes")), Cash::Rests);
    assert_eq!((leave(Some("1")), leave(Some("exit"))), (Cash::ToReject, Cash::ToExit));
}

#[test]
fn cash_rests_beside_a_terminals_journal_whatever_the_leave() {
    let rig = Rig::emulated(Dispenser::Any, Pace::Coalesced);
    std::fs::create_dir(&rig.config.data_dir).unwrap();
    std::fs::write(rig.config.journal_path(), b"").unwrap();
    for refused in [rig.may_reject(), rig.may_pay()] {
        assert!(refused.unwrap_err().0.contains("journal"));
    }
}

#[test]
fn the_example_of_the_readme_is_a_configuration() {
    let readme = include_str!("README.md");
    let example = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("terminal.toml");
    std::fs::write(&path, example).unwrap();
    let config = Config::load(&path).unwrap().config;
    assert_eq!(config.lines().len(), 6, "a real terminal has them all");
}
