//! Whole stories by the thousand: one number says who comes, what fails and where the power goes, and what must hold is
//! looked at after every step of it.
//!
//! [`Story::of`] makes the story of a seed, [`play`] plays it in a world of its own, [`soak`] plays many and shortens
//! the first that fails. The same seed is the same story, whichever machine plays it and however fast.

mod play;
mod story;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cores::{caught, on_every_core};

pub(crate) use play::Play;
pub use play::{play, tell};
pub use story::{Errand, Story, Twist, Visit, What};

/// What came of many stories.
#[derive(Debug, Default)]
pub struct Soaked {
    /// Stories played.
    pub stories: u64,
    /// Visits in them.
    pub visits: u64,
    /// How often each kind of fault struck, and not only was set.
    pub struck: BTreeMap<String, u64>,
    /// The lowest seed that failed.
    pub failure: Option<Failure>,
}

/// A story that ended badly.
#[derive(Debug)]
pub struct Failure {
    pub seed: u64,
    /// What did not hold.
    pub told: String,
    /// As little of the story as still fails.
    pub story: Story,
}

/// Plays a story; what did not hold, if something did not.
///
/// # Errors
/// The words of the assertion that failed.
pub fn survives(story: &Story) -> Result<BTreeMap<String, u64>, String> {
    caught(|| play(story))
}

/// Plays the stories of so many seeds, one thread for each processor, and stops at the first failure.
#[must_use]
pub fn soak(from: u64, seeds: u64) -> Soaked {
    let failed = AtomicBool::new(false);
    let (soaked, failures) = (Mutex::new(Soaked::default()), Mutex::new(BTreeMap::new()));
    on_every_core(from, |seed| {
        if seed >= from.saturating_add(seeds) || failed.load(Ordering::Relaxed) {
            return None;
        }
        let story = Story::of(seed);
        match survives(&story) {
            Ok(struck) => {
                let mut soaked = soaked.lock().unwrap();
                soaked.stories += 1;
                soaked.visits += story.visits.len() as u64;
                for (kind, times) in struck {
                    *soaked.struck.entry(kind).or_default() += times;
                }
            }
            Err(told) => {
                failed.store(true, Ordering::Relaxed);
                failures.lock().unwrap().insert(seed, told);
            }
        }
        Some(())
    });
    let mut soaked = soaked.into_inner().unwrap();
    if let Some((seed, told)) = failures.into_inner().unwrap().pop_first() {
        let (story, told) = shorten(Story::of(seed), told);
        soaked.failure = Some(Failure { seed, told, story });
    }
    soaked
}

/// Leaves out whatever the failure does not need: visits from the end, then one twist after the other.
#[must_use]
pub fn shorten(mut story: Story, mut told: String) -> (Story, String) {
    loop {
        let shorter = story.without_one().find_map(|shorter| {
            let told = survives(&shorter).err()?;
            Some((shorter, told))
        });
        let Some(found) = shorter else { return (story, told) };
        (story, told) = found;
    }
}
