//! What keeps this process's memory out of files and out of other processes.

use nix::sys::mman::{MlockAllFlags, mlockall};
use nix::sys::resource::{Resource, setrlimit};

/// What could be done; each `false` is a line for the technician, none stops the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hardening {
    /// A crash writes no core file.
    pub no_core_files: bool,
    /// No other process of this user can attach or read the memory. Left open in rig builds, where tests search it.
    pub not_dumpable: bool,
    /// Memory is never written to swap.
    pub memory_locked: bool,
}

/// Call once, first thing in `main`.
#[must_use]
pub fn harden() -> Hardening {
    Hardening {
        no_core_files: setrlimit(Resource::RLIMIT_CORE, 0, 0).is_ok(),
        not_dumpable: !cfg!(feature = "rig") && nix::sys::prctl::set_dumpable(false).is_ok(),
        memory_locked: mlockall(MlockAllFlags::MCL_CURRENT | MlockAllFlags::MCL_FUTURE | on_fault()).is_ok(),
    }
}

/// Pages are locked when they are first touched, not all that are mapped: stacks and code that nobody uses stay out of memory
/// (mlockall(2), since Linux 4.4).
fn on_fault() -> MlockAllFlags {
    MlockAllFlags::from_bits_retain(nix::libc::MCL_ONFAULT)
}

/// Bytes that this user may still write on the disk that `path` lies on; `None` when the system does not say.
#[must_use]
pub fn free_bytes(path: &std::path::Path) -> Option<u64> {
    let disk = nix::sys::statvfs::statvfs(path.parent().unwrap_or(path)).ok()?;
    Some(disk.blocks_available().saturating_mul(disk.fragment_size()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resident_kib() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// In a process of its own, since the search in `alloc` reads its own memory.
    #[test]
    fn hardening_takes_effect_in_the_process_that_asks_for_it() {
        const CHILD: &str = "SENIM_TEST_HARDEN";
        if std::env::var_os(CHILD).is_some() {
            let done = harden();
            assert!(done.no_core_files);
            let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
            let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
            assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2);
            assert_eq!(done.not_dumpable, !cfg!(feature = "rig"));
            let before = resident_kib();
            let thread = std::thread::Builder::new().stack_size(64 << 20);
            let held = thread.spawn(resident_kib).unwrap().join().unwrap();
            assert!(held < before + (8 << 10), "a stack that nobody uses is in memory: {before} {held} KiB");
            assert_eq!(nix::sys::prctl::get_dumpable().unwrap(), cfg!(feature = "rig"));
            return;
        }
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "process::tests::hardening_takes_effect_in_the_process_that_asks_for_it"])
            .env(CHILD, "1")
            .stdout(std::process::Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
    }
}
