//! Mistakes on purpose, to see that the proof would find them: one function too many or too few in a driver, in a service,
//! or in what the terminal stands on. They are planted where the world joins the product's parts, so that no product code
//! knows of them. [`seek`] plays undisturbed visits, visits with one fault, cuts at rows and behind notes, and stories of seeds until
//! something does not hold.

use senim_emulators::ccnet::Fault as Acceptor;
use senim_emulators::faults::{FaultKind as _, FaultSpec};
use senim_emulators::lcdm4000::{Fault as Dispenser, LastStatusMode as DeviceMode};
use senim_operation::jws::PublicJwk;
use senim_operation::signer::{KeyError, Sealer, Signer};
use senim_session::saga::LastStatusMode;

use crate::cores::caught;
use crate::soak::{Errand, Story, Twist, Visit, What, survives};
use crate::sweep::{Cut, Journey, Place, make};
use crate::world::{World, WorldOptions};

/// Of so many cuts behind notes one is made.
const NOTES_BETWEEN: usize = 9;
/// Command byte of DISPENSE.
const DISPENSE: u8 = 0x52;

macro_rules! bugs {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bug { $($(#[$doc])* $name,)* }

        impl Bug {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

bugs! {
    /// Every DISPENSE goes out again when it has ended.
    DispenseTwice = "dispense_twice",
    /// A DISPENSE that was not answered goes out again.
    DispenseAfterSilence = "dispense_after_silence",
    /// A DISPENSE that ended with an error goes out again.
    DispenseAfterError = "dispense_after_error",
    /// After a start the open bundle is dispensed instead of asked for.
    DispenseAfterStart = "dispense_after_start",
    /// DISPENSE is on the wire before its arming is durable.
    DispenseBeforeArming = "dispense_before_arming",
    /// DISPENSE is said to have ended well and never goes out.
    DispenseNotSent = "dispense_not_sent",
    /// A DISPENSE that was not answered counts as one that moved nothing.
    SilenceIsNothing = "silence_is_nothing",
    /// The marker is said to have run and never goes out.
    MarkerNotSent = "marker_not_sent",
    /// The marker goes out again when it has ended.
    MarkerTwice = "marker_twice",
    /// The last status is not asked for; nothing is supposed to have moved.
    LastStatusNothing = "last_status_nothing",
    /// The last status is not asked for; everything is supposed to have moved.
    LastStatusAll = "last_status_all",
    /// A last status that still tells of the marker, because power went before the next one was written, is taken for the
    /// news of a DISPENSE that failed before any note left.
    StaleLastStatus = "stale_last_status",
    /// One note less is told than left.
    OneNoteLess = "one_note_less",
    /// Notes in the reject tray are not told.
    RejectsNotTold = "rejects_not_told",
    /// The first two cassettes are taken for each other.
    CassettesSwapped = "cassettes_swapped",
    /// The dispenser is reset when its line opens.
    ResetAtStart = "reset_at_start",
    /// A note in the stacker is credited again when the device repeats itself.
    CreditedTwice = "credited_twice",
    /// A note is stacked before its escrow is durable.
    StackedBeforeRow = "stacked_before_row",
    /// The gateway acknowledges rows before it has committed them, and loses them.
    AckedBeforeCommit = "acked_before_commit",
    /// The gateway's watermark is one row ahead.
    WatermarkAhead = "watermark_ahead",
    /// The gateway drains its outbox twice: core lending enters each payout twice.
    PayoutReportedTwice = "payout_reported_twice",
    /// The gateway takes a payout for reported that core lending never heard of.
    PayoutNotReported = "payout_not_reported",
    /// The gateway drains its outbox twice: core lending enters each repayment twice.
    RepaymentEnteredTwice = "repayment_entered_twice",
    /// The gateway takes a repayment for entered that core lending never heard of.
    RepaymentNotEntered = "repayment_not_entered",
    /// The journal's last transaction was not synced and is gone when the process dies or the power goes.
    NoSync = "no_sync",
    /// A start finds the disk as the start before found it: whatever leave to pay was used since is fresh again.
    DiskPutBack = "disk_put_back",
    /// Attachments are not sealed.
    NotSealed = "not_sealed",
    /// The identity key signs other bytes than it was given.
    SignsOtherBytes = "signs_other_bytes",
    /// What was typed is left in a file.
    TypedIsKept = "typed_is_kept",
}

/// Where a mistake was found.
#[derive(Debug)]
pub struct Found {
    /// Plays until then, this one too.
    pub plays: u64,
    /// The play.
    pub by: By,
    /// What did not hold.
    pub told: String,
}

/// A play.
#[derive(Debug)]
pub enum By {
    /// A loan, and where there is an acceptor a repayment, of which nothing goes wrong.
    Undisturbed(Journey),
    /// A cut at a row or behind a note.
    Cut(Cut),
    /// A visit with one fault of the device.
    Fault(What),
    /// The story of a seed.
    Seed(u64),
}

impl Bug {
    /// The journey that passes by it.
    const fn journey(self) -> Journey {
        match self {
            Self::CreditedTwice
            | Self::StackedBeforeRow
            | Self::RepaymentEnteredTwice
            | Self::RepaymentNotEntered => Journey::Repayment,
            _ => Journey::Payout,
        }
    }

    /// A world with the mistake in it.
    #[must_use]
    pub fn planted_in(self, options: WorldOptions) -> WorldOptions {
        let planted = WorldOptions { bug: Some(self), ..options };
        match self {
            // Where nobody vouches for the device, its word is not taken at all.
            Self::StaleLastStatus => {
                WorldOptions { last_status: LastStatusMode::AtEnd, device: DeviceMode::AtEnd, ..planted }
            }
            _ => planted,
        }
    }
}

/// Each fault of the device that the journey uses, once: of a dispenser's command DISPENSE, where the fault may have one.
fn faults(journey: Journey) -> Vec<What> {
    match journey {
        Journey::Payout => {
            let spec = |fault: &Dispenser| {
                let command = fault.fields().contains(&"command").then_some(DISPENSE);
                FaultSpec { command, ..FaultSpec::times(1) }
            };
            Dispenser::ALL.iter().map(|fault| What::Dispenser(*fault, spec(fault))).collect()
        }
        Journey::Repayment => {
            Acceptor::ALL.iter().map(|fault| What::Acceptor(*fault, FaultSpec::times(1))).collect()
        }
    }
}

/// The journey's visits, with something that goes wrong in the last from its beginning on.
fn visits(bug: Bug, journey: Journey, wrong: Option<What>) -> Story {
    let twists: Vec<Twist> = wrong.into_iter().map(|what| Twist { after: 0, what }).collect();
    let last = Visit { errand: journey.errand(), twists };
    let first = (journey == Journey::Repayment).then(|| Visit { errand: Errand::Loan, twists: Vec::new() });
    let options = bug.planted_in(journey.options());
    Story { seed: 0, options, real_keys: false, visits: first.into_iter().chain([last]).collect() }
}

/// Looks for the mistake: undisturbed, with each fault and at each row and some notes in turn, then by seeds, until it is found or nobody
/// looks any more; `gives_up` is asked with the number of plays.
#[must_use]
pub fn seek(bug: Bug, gives_up: impl Fn(u64) -> bool) -> Option<Found> {
    let journey = bug.journey();
    if let Err(told) = survives(&visits(bug, journey, None)) {
        return Some(Found { plays: 1, by: By::Undisturbed(journey), told });
    }
    let all = journey.cuts();
    let rows = all.iter().filter(|cut| matches!(cut.place, Place::Row(_)));
    let notes = all.iter().filter(|cut| matches!(cut.place, Place::Note(_))).step_by(NOTES_BETWEEN);
    let mut cuts: Vec<Cut> = rows.chain(notes).cloned().collect();
    cuts.sort_by_key(|cut| !where_cash_moves(cut));
    let (mut cuts, mut faults) = (cuts.into_iter(), faults(journey).into_iter());
    let (mut plays, mut seed) = (1, 0);
    while !gives_up(plays) {
        let (fault, cut) = (faults.next(), cuts.next());
        if let Some(fault) = fault {
            plays += 1;
            if let Err(told) = survives(&visits(bug, journey, Some(fault))) {
                return Some(Found { plays, by: By::Fault(fault), told });
            }
        }
        if let Some(cut) = &cut {
            plays += 1;
            if let Err(told) = caught(|| make(cut, Some(bug))) {
                return Some(Found { plays, by: By::Cut(cut.clone()), told });
            }
        }
        if fault.is_none() && cut.is_none() {
            seed += 1;
            plays += 1;
            let mut story = Story::of(seed);
            story.options = bug.planted_in(story.options);
            if let Err(told) = survives(&story) {
                return Some(Found { plays, by: By::Seed(seed), told });
            }
        }
    }
    None
}

/// Whether it is made beside a row behind which cash moves, or that says what moved.
fn where_cash_moves(cut: &Cut) -> bool {
    let rows = ["PayoutArmed", "PayoutOutcome", "NoteEscrowed"];
    match &cut.place {
        Place::Row(point) => rows.iter().any(|row| point.contains(row)),
        Place::Note(_) => true,
        Place::Behind(_) => false,
    }
}

/// What the gateway makes of its outbox by mistake; `known`: payouts and repayments that it did so with.
pub(crate) fn in_the_outbox(world: &World, known: &mut (usize, usize)) {
    let Some(bug) = world.options.bug else { return };
    world.mfo.services(|services| {
        if services.payouts.len() > known.0 {
            match bug {
                Bug::PayoutReportedTwice => services.payouts.extend(services.payouts.last().cloned()),
                Bug::PayoutNotReported => drop(services.payouts.pop()),
                _ => {}
            }
            known.0 = services.payouts.len();
        }
        if services.repaid.len() > known.1 {
            match bug {
                Bug::RepaymentEnteredTwice => services.repaid.extend(services.repaid.last().cloned()),
                Bug::RepaymentNotEntered => drop(services.repaid.pop()),
                _ => {}
            }
            known.1 = services.repaid.len();
        }
    });
}

/// Leaves everything as it is and calls it sealed.
pub(crate) struct Unsealed(pub(crate) Box<dyn Sealer>);

impl Sealer for Unsealed {
    fn seal(&self, plaintext: &[u8]) -> Result<String, KeyError> {
        Ok(String::from_utf8_lossy(plaintext).into_owned())
    }
    fn kid(&self) -> String {
        self.0.kid()
    }
}

/// Signs other bytes than it was given.
pub(crate) struct Forgetful(pub(crate) Box<dyn Signer>);

impl Signer for Forgetful {
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        self.0.sign(&message[..message.len().saturating_sub(1)])
    }
    fn public_jwk(&self) -> PublicJwk {
        self.0.public_jwk()
    }
}
