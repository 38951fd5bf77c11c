//! The story of a seed: a terminal, who comes to it, and what goes wrong meanwhile.

use fastrand::Rng;
use senim_emulators::ccnet::Fault as AcceptorFault;
use senim_emulators::escpos::Fault as PrinterFault;
use senim_emulators::faults::{FaultKind, FaultSpec};
use senim_emulators::lcdm4000::{Fault as DispenserFault, LastStatusMode as DeviceMode};
use senim_session::saga::LastStatusMode;

use crate::world::WorldOptions;

/// Boundaries within which something happens in a visit: a loan of two bundles passes about half as many.
const SPAN: u64 = 1_600;

/// What somebody comes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    Loan,
    /// By the number of a contract, with so many notes.
    Repay(u32),
    /// The same by somebody who touches "done" while the last note is drawn in, so that it comes back.
    TakeBack(u32),
}

impl Errand {
    const fn puts_notes_in(self) -> bool {
        matches!(self, Self::Repay(_) | Self::TakeBack(_))
    }
}

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Dispenser(DispenserFault, FaultSpec),
    Acceptor(AcceptorFault, FaultSpec),
    Printer(PrinterFault, FaultSpec),
    /// The process dies; everything else goes on.
    ProcessDies,
    /// The cabinet loses its power.
    PowerCut,
    /// Of a thousand requests so many are lost, and of as many the answers, for a time.
    LineLoses {
        per_mille: u64,
        ms: u64,
    },
    /// Nothing comes through, for a time.
    LineDown {
        ms: u64,
    },
    /// Each request takes so long there and back, for a time.
    LineSlow {
        each_ms: u64,
        ms: u64,
    },
    /// Core lending does not answer, for a time.
    CoreDown {
        ms: u64,
    },
    /// The gateway starts from the back-up made when the visit began.
    GatewayPutBack,
    /// The real-time clock is so wrong from now on.
    ClockJumps {
        error_ms: i64,
    },
    /// The journal's disk takes nothing more, for a time.
    DiskFull {
        ms: u64,
    },
    /// Whoever is there goes away without a word.
    WalksAway,
    /// Whoever is there touches everything so often.
    Taps {
        times: u32,
    },
    /// Whoever is there thinks so long before each step.
    Dawdles {
        ms: u64,
    },
    /// Something is before the lens, for a time.
    CoversCamera {
        ms: u64,
    },
}

impl What {
    /// The name under which it is counted.
    #[must_use]
    pub fn kind(&self) -> String {
        let other = match self {
            Self::Dispenser(fault, _) => return format!("dispenser.{}", fault.name()),
            Self::Acceptor(fault, _) => return format!("acceptor.{}", fault.name()),
            Self::Printer(fault, _) => return format!("printer.{}", fault.name()),
            Self::ProcessDies => "process_dies",
            Self::PowerCut => "power_cut",
            Self::LineLoses { .. } => "line.loses",
            Self::LineDown { .. } => "line.down",
            Self::LineSlow { .. } => "line.slow",
            Self::CoreDown { .. } => "core_lending.down",
            Self::GatewayPutBack => "gateway.put_back",
            Self::ClockJumps { .. } => "clock.jumps",
            Self::DiskFull { .. } => "disk.full",
            Self::WalksAway => "borrower.walks_away",
            Self::Taps { .. } => "borrower.taps_again",
            Self::Dawdles { .. } => "borrower.dawdles",
            Self::CoversCamera { .. } => "borrower.covers_camera",
        };
        other.to_owned()
    }

    /// The kind of this number, below [`KINDS`], whatever command it meets.
    fn nth(number: usize, rng: &mut Rng) -> Self {
        let mut at = number;
        if let Some(fault) = DispenserFault::ALL.get(at) {
            return Self::Dispenser(*fault, spec(*fault, rng, &[]));
        }
        at -= DispenserFault::ALL.len();
        if let Some(fault) = AcceptorFault::ALL.get(at) {
            return Self::Acceptor(*fault, spec(*fault, rng, &[]));
        }
        at -= AcceptorFault::ALL.len();
        match PrinterFault::ALL.get(at) {
            Some(fault) => Self::Printer(*fault, spec(*fault, rng, &[])),
            None => other(at - PrinterFault::ALL.len(), rng),
        }
    }

    /// Each kind that a story may hold.
    #[must_use]
    pub fn kinds() -> Vec<String> {
        (0..KINDS).map(|number| Self::nth(number, &mut Rng::with_seed(0)).kind()).collect()
    }

    const fn is_of_a_device(&self) -> bool {
        matches!(self, Self::Dispenser(..) | Self::Acceptor(..) | Self::Printer(..))
    }
}

/// Something that goes wrong once so many boundaries of the visit have passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twist {
    pub after: u64,
    pub what: What,
}

/// Somebody at the terminal.
#[derive(Clone, Debug)]
pub struct Visit {
    pub errand: Errand,
    /// In the order in which they come.
    pub twists: Vec<Twist>,
}

/// A terminal and what happens to it.
#[derive(Clone, Debug)]
pub struct Story {
    pub seed: u64,
    pub options: WorldOptions,
    /// Whether keys are real ones, and not doubles: two runs of one seed then differ in what is signed and sealed.
    pub real_keys: bool,
    pub visits: Vec<Visit>,
}

/// How many kinds there are.
const KINDS: usize = DispenserFault::ALL.len() + AcceptorFault::ALL.len() + PrinterFault::ALL.len() + OTHERS;

/// A visit has passed so many boundaries before most of what it does.
const EARLY: u64 = 240;

/// And so many before the last of it.
const LATE: u64 = 800;

/// Of so many seeds one has real keys.
const REAL_KEYS: u64 = 200;

impl Story {
    /// The story of this seed. Chance alone meets some kinds of faults once in thousands of stories, so each story seeks
    /// one, and seeds in a row seek each in turn.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let number = seed % KINDS as u64;
        let sought = What::nth(usize::try_from(number).unwrap(), &mut rng);
        let takes_notes = matches!(sought, What::Acceptor(..));
        let gives_back = matches!(
            sought,
            What::Acceptor(AcceptorFault::JamReturning | AcceptorFault::PowerLossReturning, _)
        );
        let repays = takes_notes || rng.u8(..3) == 0;
        let device = *pick(&mut rng, &[DeviceMode::Volatile, DeviceMode::AtStart, DeviceMode::AtEnd]);
        // Whoever configures a terminal says no more of a device than its maker vouches for.
        let vouched = device == DeviceMode::AtEnd && rng.bool();
        let options = WorldOptions {
            last_status: if vouched { LastStatusMode::AtEnd } else { LastStatusMode::Unknown },
            device,
            latch: rng.u8(..4) > 0,
            sum: *pick(&mut rng, &[60_000, 100_000, 150_000, 200_000]),
            seed: rng.u8(..),
            acceptor: repays,
            // Sometimes too few for the loan; not where a device is to be met by it.
            brought: if sought.is_of_a_device() { 100 } else { *pick(&mut rng, &[100, 100, 30, 14]) },
            ..WorldOptions::default()
        };
        let mut errands = vec![Errand::Loan];
        if repays {
            let notes = rng.u32(1..7);
            let takes_back = gives_back || rng.u8(..6) == 0;
            errands.push(if takes_back { Errand::TakeBack(notes) } else { Errand::Repay(notes) });
        }
        if rng.u8(..4) == 0 {
            errands.push(Errand::Loan);
        }
        let meets = errands.iter().position(|errand| errand.puts_notes_in() == takes_notes);
        let visits = errands.into_iter().enumerate().map(|(at, errand)| match meets {
            // Whoever gets no loan has nothing to repay.
            Some(meets) if takes_notes && at < meets => Visit { errand, twists: Vec::new() },
            _ => visit(errand, (meets == Some(at)).then_some(sought), &mut rng),
        });
        let visits = visits.collect();
        Self { seed, options, real_keys: seed.is_multiple_of(REAL_KEYS), visits }
    }

    /// Every story that has one visit or one twist less.
    pub(super) fn without_one(&self) -> impl Iterator<Item = Self> + '_ {
        let visits = (0..self.visits.len()).rev().map(|at| {
            let mut shorter = self.clone();
            shorter.visits.remove(at);
            shorter
        });
        let twists = (0..self.visits.len()).flat_map(move |at| {
            (0..self.visits[at].twists.len()).map(move |which| {
                let mut shorter = self.clone();
                shorter.visits[at].twists.remove(which);
                shorter
            })
        });
        visits.filter(|story| !story.visits.is_empty()).chain(twists)
    }
}

fn visit(errand: Errand, sought: Option<What>, rng: &mut Rng) -> Visit {
    let mut twists: Vec<Twist> =
        (0..rng.u8(..5)).map(|_| Twist { after: rng.u64(..SPAN), what: something(errand, rng) }).collect();
    // A device that is wrong from the beginning is one that people meet most.
    for twist in &mut twists {
        if twist.what.is_of_a_device() && rng.bool() {
            twist.after = 0;
        }
    }
    if let Some(what) = sought {
        // Another of a device would be in its way, and so would the end of the visit before the device is needed.
        if what.is_of_a_device() {
            twists.retain(|twist| !twist.what.is_of_a_device());
            twists.iter_mut().for_each(|twist| twist.after = twist.after.max(LATE));
        }
        let after = if what.is_of_a_device() { 0 } else { rng.u64(..EARLY) };
        twists.push(Twist { after, what });
    }
    // A marker that lets a note out and is cut off by a cut cannot be known for one: docs/proof.md says so.
    if twists.iter().any(lets_notes_out) {
        twists.retain(|twist| !matches!(twist.what, What::ProcessDies | What::PowerCut));
    }
    twists.sort_by_key(|twist| twist.after);
    Visit { errand, twists }
}

fn lets_notes_out(twist: &Twist) -> bool {
    matches!(twist.what, What::Dispenser(DispenserFault::PurgeMovesExit, _))
}

fn something(errand: Errand, rng: &mut Rng) -> What {
    match (rng.u8(..10), errand) {
        (0..4, Errand::Loan) => {
            let fault = *pick(rng, DispenserFault::ALL);
            let spec = spec(fault, rng, &[0x50, 0x51, 0x52, 0x55]);
            What::Dispenser(fault, spec)
        }
        (0..4, Errand::Repay(_) | Errand::TakeBack(_)) => {
            let fault = *pick(rng, AcceptorFault::ALL);
            let spec = spec(fault, rng, &[0x33, 0x34, 0x35, 0x36, 0x30]);
            What::Acceptor(fault, spec)
        }
        (4, _) => {
            let fault = *pick(rng, PrinterFault::ALL);
            let spec = spec(fault, rng, &[]);
            What::Printer(fault, spec)
        }
        (5 | 6, _) => *pick(rng, &[What::ProcessDies, What::PowerCut]),
        _ => {
            let which = rng.usize(..OTHERS);
            other(which, rng)
        }
    }
}

/// Only what the fault knows of; how often is a few times, so that the story goes on.
fn spec<F: FaultKind>(fault: F, rng: &mut Rng, commands: &[u8]) -> FaultSpec {
    let mut spec = FaultSpec::times(rng.u32(1..4));
    for field in fault.fields() {
        match *field {
            "command" if !commands.is_empty() && rng.bool() => spec.command = Some(*pick(rng, commands)),
            "after_notes" if rng.bool() => spec.after_notes = Some(rng.u8(..20)),
            "rejects" => spec.rejects = Some(rng.u8(..4)),
            "left" => spec.left = Some(rng.bool()),
            "unit" => spec.unit = Some(rng.u8(1..3)),
            "after_rows" => spec.after_rows = Some(rng.u32(..40)),
            _ => {}
        }
    }
    spec
}

const OTHERS: usize = 13;

fn other(which: usize, rng: &mut Rng) -> What {
    let ms = rng.u64(1_000..240_000);
    match which {
        0 => What::ProcessDies,
        1 => What::PowerCut,
        2 => What::LineLoses { per_mille: rng.u64(50..500), ms },
        3 => What::LineDown { ms },
        4 => What::LineSlow { each_ms: rng.u64(1_000..29_000), ms },
        5 => What::CoreDown { ms },
        6 => What::GatewayPutBack,
        7 => {
            let years = rng.i64(-12..=12);
            What::ClockJumps { error_ms: years * 365 * 86_400_000 + rng.i64(-86_400_000..86_400_000) }
        }
        8 => What::DiskFull { ms },
        9 => What::WalksAway,
        10 => What::Taps { times: rng.u32(2..4) },
        11 => What::Dawdles { ms: rng.u64(5_000..200_000) },
        _ => What::CoversCamera { ms },
    }
}

fn pick<'a, T>(rng: &mut Rng, among: &'a [T]) -> &'a T {
    &among[rng.usize(..among.len())]
}
