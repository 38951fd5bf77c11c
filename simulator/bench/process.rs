//! What Linux tells of a process: its time on the processor and its memory.

use std::path::Path;
use std::time::Duration;

use crate::error::Trouble;

fn proc(pid: u32, file: &str) -> Result<String, Trouble> {
    let path = format!("/proc/{pid}/{file}");
    std::fs::read_to_string(&path).map_err(Trouble::file("read", Path::new(&path)))
}

fn not_told(what: &str) -> Trouble {
    Trouble::Usage(format!("Linux tells no {what} of the terminal"))
}

/// Time on the processor so far of the threads that live, seconds (`/proc/PID/task/*/schedstat`, the first number: nanoseconds).
pub(super) fn cpu_seconds(pid: u32) -> Result<f64, Trouble> {
    let folder = format!("/proc/{pid}/task");
    let threads = std::fs::read_dir(&folder).map_err(Trouble::file("read", Path::new(&folder)))?;
    let mut nanoseconds = 0;
    for thread in threads.filter_map(Result::ok) {
        let told = proc(pid, &format!("task/{}/schedstat", thread.file_name().to_string_lossy()))?;
        let first = told.split_whitespace().next().and_then(|number| number.parse::<u64>().ok());
        nanoseconds += first.ok_or_else(|| not_told("time on the processor"))?;
    }
    Ok(Duration::from_nanos(nanoseconds).as_secs_f64())
}

/// Memory that is its own or in use, MB (proc(5), `status`: `VmRSS`).
pub(super) fn rss_mb(pid: u32) -> Result<f64, Trouble> {
    let status = proc(pid, "status")?;
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.map(|kilobytes| kilobytes / 1_024.0).ok_or_else(|| not_told("VmRSS"))
}
