//! One set of features for every build: `./run` builds without test dependencies, `./test` with them.
//!
//! A feature that only a test dependency asks for makes cargo build that crate, and everything above it up to Slint, a
//! second time. The cure is to ask for it in a normal dependency of this package.

use std::collections::BTreeSet;

use super::{cargo, none};

#[test]
fn builds_with_and_without_tests_share_every_crate() {
    let without = crates("normal,build");
    let with: BTreeSet<String> = crates("normal,build,dev");
    assert!(without.len() > 100 && with.len() > without.len(), "{} {}", without.len(), with.len());
    let alone = without.difference(&with).map(|found| format!("only in a build without tests: {found}"));
    none(&alone.collect::<Vec<_>>());
}

/// Each crate with its features.
fn crates(edges: &str) -> BTreeSet<String> {
    let tree = cargo(&[
        "tree",
        "--workspace",
        "--features",
        "senim/rig",
        "--edges",
        edges,
        "--prefix",
        "none",
        "--format",
        "{p} [{f}]",
        "--offline",
    ]);
    tree.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}
