//! Every journey, in one process: kernel, drivers, emulated devices and the gateway's core, on virtual time.
//!
//! `SENIM_JOURNEY=first-loan` plays that one alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail a test"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use senim_domain::Language;
use senim_journeys::{JOURNEYS, Journey, people};
use senim_rig::rehearsal;
use senim_world::people::builtin;

const SPEECHES: [Language; 3] = [Language::Kk, Language::Ru, Language::En];

/// What is played: the first loan in every language, each other journey in one of them.
fn bill() -> Vec<(&'static Journey, Language)> {
    let only = std::env::var("SENIM_JOURNEY").ok();
    let wanted = JOURNEYS
        .iter()
        .enumerate()
        .filter(|(_, journey)| only.as_ref().is_none_or(|only| only == journey.name));
    let turn = |(place, journey): (usize, &'static Journey)| -> Vec<(&'static Journey, Language)> {
        if journey.name == "first-loan" {
            return SPEECHES.map(|speech| (journey, speech)).to_vec();
        }
        vec![(journey, SPEECHES[place % SPEECHES.len()])]
    };
    wanted.flat_map(turn).collect()
}

fn told(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

#[test]
fn every_journey_ends_as_its_script_says() {
    let bill = bill();
    assert!(!bill.is_empty(), "no journey has this name");
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|threads| {
        for _ in 0..std::thread::available_parallelism().map_or(2, std::num::NonZero::get) {
            threads.spawn(|| {
                while let Some((journey, speech)) = bill.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let played = catch_unwind(AssertUnwindSafe(|| rehearsal::play(journey, *speech)));
                    let failure = match played {
                        Ok(Ok(())) => continue,
                        Ok(Err(stop)) => stop.0,
                        Err(panic) => told(panic.as_ref()),
                    };
                    let failure = format!("{} ({}): {failure}", journey.name, speech.code());
                    failures.lock().unwrap().push(failure);
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), bill.len(), failures.join("\n"));
}

#[test]
fn people_of_the_scripts_live_in_the_simulated_world() {
    let world = builtin().unwrap();
    for person in people::KNOWN {
        let known = world.iter().find(|known| known.iin == person.iin);
        assert_eq!(known.map(|known| known.phone.as_str()), Some(person.phone), "{}", person.iin);
    }
    assert!(world.iter().all(|known| known.iin != people::CHILD.iin));
}
