//! libFuzzer's program for the target named in `SENIM_FUZZ_TARGET`. Started by `scripts/fuzz.sh`.

#![no_main]
#![allow(unsafe_code, reason = "the symbols that libFuzzer looks for")]
#![allow(clippy::print_stderr, reason = "a program for a terminal")]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use senim_fuzz::{TARGETS, Target, target};

static CHOSEN: OnceLock<Target> = OnceLock::new();

fn choose() -> Target {
    let name = std::env::var("SENIM_FUZZ_TARGET").unwrap_or_default();
    match target(&name) {
        Some(target) => target,
        None => {
            let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            eprintln!("SENIM_FUZZ_TARGET is {name:?}; set it to one of: {}", known.join(" "));
            std::process::exit(2);
        }
    }
}

fuzz_target!(|bytes: &[u8]| CHOSEN.get_or_init(choose)(bytes));
