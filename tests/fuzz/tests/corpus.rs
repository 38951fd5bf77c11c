//! The corpus and plain mutations of it through every target: what fuzzing has found or reached stays reached, without
//! libFuzzer and in seconds. A target panics by itself; the input that made it is named here.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use senim_fuzz::{TARGETS, Target};

/// Mutations of each target.
const MUTATIONS: usize = 3_000;
/// And of those that verify signatures and multiply points, which takes milliseconds in a build for tests.
const COSTLY: [&str; 2] = ["document_reading", "passive"];
const COSTLY_MUTATIONS: usize = 100;
/// Longest mutated input.
const LENGTH_MAX: usize = 1_024;

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let directories: Vec<String> = std::fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for (name, _) in TARGETS {
        assert!(directories.iter().any(|directory| directory == name), "{name} has no corpus");
        assert!(!inputs(name).is_empty(), "the corpus of {name} is empty");
    }
    assert_eq!(directories.len(), TARGETS.len(), "a corpus belongs to no target: {directories:?}");
}

#[test]
fn every_input_of_the_corpus_is_survived() {
    for (name, target) in TARGETS {
        for (path, bytes) in inputs(name) {
            survive(name, *target, &bytes, &path.display().to_string());
        }
    }
}

#[test]
fn thousands_of_mutations_of_the_corpus_are_survived() {
    assert!(COSTLY.iter().all(|costly| senim_fuzz::target(costly).is_some()));
    for (name, target) in TARGETS {
        let inputs: Vec<Vec<u8>> = inputs(name).into_iter().map(|(_, bytes)| bytes).collect();
        let mut chance = Chance(0x5EED);
        let turns = if COSTLY.contains(name) { COSTLY_MUTATIONS } else { MUTATIONS };
        for turn in 0..turns {
            let bytes = mutated(&inputs, &mut chance);
            survive(name, *target, &bytes, &format!("mutation {turn}: {bytes:02x?}"));
        }
    }
}

fn survive(name: &str, target: Target, bytes: &[u8], input: &str) {
    if catch_unwind(AssertUnwindSafe(|| target(bytes))).is_err() {
        panic!("{name} did not survive {input}");
    }
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// In the order of their names, so that mutations are the same on every machine.
fn inputs(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(corpus().join(name)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect()
}

/// One input, its head joined to another's tail at times, and a few bytes changed, put in, taken out or doubled.
fn mutated(inputs: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = inputs[chance.below(inputs.len())].clone();
    if chance.below(4) == 0 {
        let other = &inputs[chance.below(inputs.len())];
        bytes.truncate(chance.below(bytes.len() + 1));
        bytes.extend(&other[chance.below(other.len() + 1)..]);
    }
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() + 1);
        let any = u8::try_from(chance.below(256)).unwrap();
        match chance.below(5) {
            0 => bytes.insert(at, any),
            1 if at < bytes.len() => bytes[at] = any,
            2 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            3 if at < bytes.len() => drop(bytes.remove(at)),
            _ => {
                let again = bytes[at..bytes.len().min(at + 1 + chance.below(16))].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes.truncate(LENGTH_MAX);
    bytes
}

/// xorshift: the same numbers on every machine and with every version of every crate.
struct Chance(u64);

impl Chance {
    /// A number from 0 to `count` − 1; 0 when `count` is 0.
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(count.max(1)).unwrap()).unwrap()
    }
}
