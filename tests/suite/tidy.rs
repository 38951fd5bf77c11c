//! House rules that a reader would otherwise have to remember: where arrows point, and what no file may hold.
//!
//! The rules are functions from text to findings, so they are tested here on made-up trees too.

mod arrows;
mod features;
mod packages;
mod requirements;
mod texts;

use std::process::Command;

use crate::root;

/// Fails with one finding a line.
fn none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

/// What cargo prints, run at the root of the tree.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
