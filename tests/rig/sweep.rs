//! The power goes at every boundary of a payout and of a repayment: after each byte on the line of dispenser or
//! acceptor, each way, behind each note that leaves or is rejected, and before and after each row that becomes durable. Then the terminal starts, comes to rest, and
//! everything that must hold is looked at.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Mutex;

use crate::cores::{caught, on_every_core};
use crate::planted::Bug;
use crate::soak::{Errand, Play};
use crate::world::{World, WorldOptions};

/// What is cut into pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journey {
    /// A loan of two bundles, from the moment on at which it is asked for.
    Payout,
    /// Three notes for a contract, from the first touch to the receipt.
    Repayment,
}

/// What goes at the boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dark {
    /// The process dies and is there again.
    Process,
    /// The cabinet loses its power.
    Cabinet,
}

/// Where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind so many boundaries, the last of which is a byte or a row.
    Behind(u64),
    /// The same, and the last of them is a note, while the next is on its way.
    Note(u64),
    /// `before:KIND:NTH` or `after:KIND:NTH` of a commit.
    Row(String),
}

/// One cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    pub journey: Journey,
    pub dark: Dark,
    pub place: Place,
}

/// What came of a sweep.
#[derive(Debug, Default)]
pub struct Swept {
    /// Cuts made, all of which were survived unless there are failures.
    pub cuts: u64,
    /// Of these, behind a byte or row counted by the world.
    pub boundaries: u64,
    /// Of these, behind a note.
    pub notes: u64,
    /// Of these, before or after a commit by name.
    pub rows: u64,
    pub failures: Vec<(Cut, String)>,
}

impl Journey {
    pub(crate) fn options(self) -> WorldOptions {
        WorldOptions { sum: 200_000, acceptor: self == Self::Repayment, ..WorldOptions::default() }
    }

    /// A world in which the journey can begin.
    fn before(self, bug: Option<Bug>) -> Play {
        let options = self.options();
        let options = bug.map_or_else(|| options.clone(), |bug| bug.planted_in(options.clone()));
        let mut play = Play::begin(&options, 0, false);
        if self == Self::Repayment {
            play.visit(Errand::Loan);
        }
        play
    }

    pub(crate) fn errand(self) -> Errand {
        match self {
            Self::Payout => Errand::Loan,
            Self::Repayment => Errand::Repay(3),
        }
    }

    /// The row with which the part that is cut begins.
    fn begins_with(self) -> &'static str {
        match self {
            Self::Payout => "PayoutRequested",
            Self::Repayment => "RepaymentBegun",
        }
    }

    /// Every cut of the journey, found by playing it undisturbed.
    #[must_use]
    pub fn cuts(self) -> Vec<Cut> {
        let mut play = self.before(None);
        let rows_before = play.world().rows().len();
        let begins_with = self.begins_with();
        let passed: Rc<Cell<Option<u64>>> = Rc::default();
        let seen = Rc::clone(&passed);
        play.watched_visit(self.errand(), move |world: &World| {
            if seen.get().is_none() && world.count(begins_with) > 0 {
                seen.set(Some(world.fuse.passed()));
            }
        });
        let (to, notes) = (play.world().fuse.passed(), play.world().fuse.notes());
        let from = passed.get().expect("the journey comes so far");
        let rows = play.world().rows();
        let mut places: Vec<Place> = (from..=to)
            .map(|passed| if notes.contains(&passed) { Place::Note(passed) } else { Place::Behind(passed) })
            .collect();
        let begun = rows.iter().position(|row| row.envelope.kind == begins_with).unwrap_or(rows_before);
        for row in &rows[begun..] {
            let kind = &row.envelope.kind;
            let nth = rows.iter().filter(|other| other.envelope.kind == *kind);
            let since =
                nth.filter(|other| (rows_before as u64..=row.envelope.seq).contains(&other.envelope.seq));
            let nth = since.count();
            places.extend(["before", "after"].map(|side| Place::Row(format!("{side}:{kind}:{nth}"))));
        }
        let darks = [Dark::Process, Dark::Cabinet];
        let cut = |(place, dark)| Cut { journey: self, dark, place };
        places.into_iter().flat_map(|place| darks.map(|dark| (place.clone(), dark))).map(cut).collect()
    }
}

/// Makes the cut and everything that follows, in a world with this mistake in it, if any.
///
/// # Panics
/// When something does not hold, with what it is.
pub fn make(cut: &Cut, bug: Option<Bug>) {
    let mut play = cut.journey.before(bug);
    match &cut.place {
        Place::Behind(passed) | Place::Note(passed) => play.cut_behind(*passed, cut.dark == Dark::Cabinet),
        Place::Row(point) => play.cut_at_row(point, cut.dark == Dark::Cabinet),
    }
    play.visit(cut.journey.errand());
    play.finish();
    let cuts: u64 = play.struck().values().sum();
    // A mistake may keep the journey from coming so far, which does not find it.
    assert!(cuts == 1 || bug.is_some(), "the cut is made");
}

/// Every `each`th cut of these journeys, beginning with the `first`, one thread for each processor.
#[must_use]
pub fn sweep(journeys: &[Journey], first: usize, each: usize) -> Swept {
    let cuts: Vec<Cut> =
        journeys.iter().flat_map(|journey| journey.cuts()).skip(first).step_by(each.max(1)).collect();
    let swept = Mutex::new(Swept::default());
    on_every_core(0, |number| {
        let cut = cuts.get(usize::try_from(number).ok()?)?;
        let made = caught(|| make(cut, None));
        let mut swept = swept.lock().unwrap();
        swept.cuts += 1;
        match cut.place {
            Place::Behind(_) => swept.boundaries += 1,
            Place::Note(_) => swept.notes += 1,
            Place::Row(_) => swept.rows += 1,
        }
        if let Err(told) = made {
            swept.failures.push((cut.clone(), told));
        }
        Some(())
    });
    swept.into_inner().unwrap()
}
