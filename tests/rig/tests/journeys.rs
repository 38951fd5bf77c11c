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

use std::sync::Mutex;

use senim_domain::Language;
use senim_journeys::{JOURNEYS, Journey, people};
use senim_rig::cores::{caught, on_every_core};
use senim_rig::rehearsal;
use senim_world::people::builtin;

const SPEECHES: [Language; 3] = [Language::Kk, Language::Ru, Language::En];

/// What is played: the first loan in every language, each other journey in one of them; but for those of a dispenser with a
/// shutter, which this world does not have.
fn bill() -> Vec<(&'static Journey, Language)> {
    let only = std::env::var("SENIM_JOURNEY").ok();
    let wanted = JOURNEYS
        .iter()
        .enumerate()
        .filter(|(_, journey)| !journey.setting.shutter)
        .filter(|(_, journey)| only.as_ref().is_none_or(|only| only == journey.name));
    let turn = |(place, journey): (usize, &'static Journey)| -> Vec<(&'static Journey, Language)> {
        if journey.name == "first-loan" {
            return SPEECHES.map(|speech| (journey, speech)).to_vec();
        }
        vec![(journey, SPEECHES[place % SPEECHES.len()])]
    };
    wanted.flat_map(turn).collect()
}

#[test]
fn every_journey_ends_as_its_script_says() {
    let bill = bill();
    assert!(!bill.is_empty(), "no journey has this name");
    let failures = Mutex::new(Vec::new());
    on_every_core(0, |number| {
        let (journey, speech) = bill.get(usize::try_from(number).ok()?)?;
        let played =
            caught(|| rehearsal::play(journey, *speech)).and_then(|ended| ended.map_err(|stop| stop.0));
        if let Err(why) = played {
            let failure = format!("{} ({}): {why}", journey.name, speech.code());
            failures.lock().unwrap().push(failure);
        }
        Some(())
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
