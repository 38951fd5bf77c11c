//! What `/proc` says about processes, and signals to them.

use std::process::{Command, Stdio};

/// Ticks of the times in `/proc/PID/stat`: USER_HZ, which is 100 on every Linux that we run on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Fields of `/proc/PID/stat` after the name, which may hold anything; the first is the state.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

fn number(fields: &[String], at: usize) -> Option<u32> {
    fields.get(at)?.parse().ok()
}

/// User and system time of a process and of the children that it has waited for, in seconds; 0 for none.
#[must_use]
pub fn cpu_seconds(pid: u32) -> f64 {
    // utime, stime, cutime, cstime are fields 14 to 17 of proc(5); state is field 3.
    let Some(fields) = stat(pid) else { return 0.0 };
    (11..15).filter_map(|at| number(&fields, at)).map(f64::from).sum::<f64>() / TICKS_PER_SECOND
}

/// Processes whose parent this one is.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| stat(*pid).and_then(|fields| number(&fields, 1)) == Some(parent)).collect()
}

/// Whether a process has ended; one that nobody has waited for yet holds nothing any more.
pub(crate) fn gone(pid: u32) -> bool {
    stat(pid).is_none_or(|fields| fields.first().is_some_and(|state| state == "Z" || state == "X"))
}

/// SIGKILL.
pub(crate) fn kill(pid: u32) {
    signal("-KILL", pid);
}

/// SIGINT: what PostgreSQL calls a fast shutdown.
pub(crate) fn interrupt(pid: u32) {
    signal("-INT", pid);
}

/// SIGQUIT: what PostgreSQL calls an immediate shutdown, which leaves recovery to the next start.
pub(crate) fn quit(pid: u32) {
    signal("-QUIT", pid);
}

fn signal(signal: &str, pid: u32) {
    // One that is gone already needs no signal.
    let _ = Command::new("kill")
        .args([signal, &pid.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}
