//! `cargo bench -p senim-load [-- NAME…]`: the table of the benches asked for, or of all. Exit 1 when a limit is missed.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]

use std::process::ExitCode;

use senim_load::bench::{BENCHES, Scale, Table};

fn main() -> ExitCode {
    // Cargo adds `--bench`; what begins with a dash is not a name.
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let mut table = Table::default();
    let mut broken = false;
    for (name, bench) in
        BENCHES.iter().filter(|(name, _)| asked.is_empty() || asked.iter().any(|asked| asked == name))
    {
        eprintln!("{name} …");
        match bench(Scale::Full) {
            Ok(lines) => table.0.extend(lines),
            Err(error) => {
                broken = true;
                eprintln!("{name}: {error}");
            }
        }
    }
    print!("{table}");
    ExitCode::from(u8::from(broken || table.0.iter().any(|line| !line.holds())))
}
