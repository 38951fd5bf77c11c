//! One exploration and what it came to.

use std::fmt::Debug;
use std::hash::Hash;
use std::num::NonZeroUsize;

use stateright::{Checker, HasDiscoveries, Model};

/// What an exploration came to.
#[derive(Debug)]
pub struct Explored {
    /// States that differ.
    pub states: usize,
    /// Steps of the longest way.
    pub depth: usize,
    /// Properties that do not hold, each with the way to where it does not.
    pub failures: Vec<(&'static str, String)>,
}

/// Goes through all states, or only so many; the nearest first, which makes a counter-example short and takes memory, or the
/// farthest first.
pub fn explore<M>(model: M, at_most: Option<NonZeroUsize>, nearest_first: bool) -> Explored
where
    M: Model + Send + Sync + 'static,
    M::State: Hash + Debug + Clone + PartialEq + Send + Sync + 'static,
    M::Action: Debug + Clone + PartialEq + Send + Sync + 'static,
{
    let mut checker = model.checker().threads(threads()).finish_when(HasDiscoveries::AnyFailures);
    if let Some(at_most) = at_most {
        checker = checker.target_state_count(at_most.get());
    }
    if nearest_first {
        told(&checker.spawn_bfs().join(), at_most)
    } else {
        told(&checker.spawn_dfs().join(), at_most)
    }
}

fn told<M>(checker: &impl Checker<M>, at_most: Option<NonZeroUsize>) -> Explored
where
    M: Model,
    M::State: Hash + Debug + Clone + PartialEq,
    M::Action: Debug + Clone + PartialEq,
{
    let discoveries = checker.discoveries();
    let mut failures = Vec::new();
    for property in checker.model().properties() {
        match (discoveries.get(property.name), &property.expectation) {
            (Some(path), stateright::Expectation::Always | stateright::Expectation::Eventually) => {
                let steps: Vec<String> =
                    path.clone().into_actions().iter().map(|action| format!("{action:?}")).collect();
                failures.push((property.name, steps.join("\n")));
            }
            // A model in which nothing of the kind ever happens proves nothing about it.
            (None, stateright::Expectation::Sometimes) if at_most.is_none() && failures.is_empty() => {
                failures.push((property.name, "it never happens".to_owned()));
            }
            _ => {}
        }
    }
    Explored { states: checker.unique_state_count(), depth: checker.max_depth(), failures }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
