//! Signs of broken integrity in `/proc`: who traces this process, and names of programs that run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use senim_hal::integrity::{Integrity, Sign};
use senim_hal::{Error, ErrorKind};

/// Programs that let others see or use a screen, by the names that Linux gives their processes: 15 bytes at most.
pub const REMOTE_CONTROL: [&str; 13] = [
    "anydesk",
    "gnome-remote-de",
    "krfb",
    "rustdesk",
    "teamviewerd",
    "tigervnc",
    "vino-server",
    "wayvnc",
    "weston-rdp",
    "x0vncserver",
    "x11vnc",
    "xrdp",
    "Xvnc",
];
/// Longest name of a process that Linux keeps, bytes.
pub const NAME_MAX: usize = 15;

/// Looks at a `/proc`.
#[derive(Clone, Debug)]
pub struct ProcIntegrity {
    proc: PathBuf,
    remote_control: Vec<String>,
}

impl ProcIntegrity {
    /// Looks for these programs, and for whoever traces this process.
    #[must_use]
    pub fn new(remote_control: Vec<String>) -> Self {
        Self::at(PathBuf::from("/proc"), remote_control)
    }

    fn at(proc: PathBuf, remote_control: Vec<String>) -> Self {
        Self { proc, remote_control }
    }

    fn traced(&self) -> io::Result<bool> {
        let status = fs::read_to_string(self.proc.join("self/status"))?;
        let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
        let tracer = tracer.ok_or_else(|| io::Error::other("no TracerPid in the status"))?;
        Ok(tracer.trim() != "0")
    }

    fn remote_control(&self) -> io::Result<Option<String>> {
        for entry in fs::read_dir(&self.proc)? {
            let folder = entry?.path();
            if !is_process(&folder) {
                continue;
            }
            // A process may end while one looks.
            let Ok(name) = fs::read_to_string(folder.join("comm")) else { continue };
            if let Some(known) = self.remote_control.iter().find(|known| *known == name.trim_end()) {
                return Ok(Some(known.clone()));
            }
        }
        Ok(None)
    }
}

fn is_process(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Integrity for ProcIntegrity {
    fn look(&mut self) -> Result<Option<Sign>, Error> {
        let look = || -> io::Result<Option<Sign>> {
            if self.traced()? {
                return Ok(Some(Sign::Traced));
            }
            Ok(self.remote_control()?.map(Sign::RemoteControl))
        };
        look().map_err(|error| Error::new(ErrorKind::HardwareError, format!("/proc: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `/proc` with these processes.
    fn proc(tracer: &str, processes: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("self")).unwrap();
        fs::write(dir.path().join("self/status"), format!("Name:\tsenim\nTracerPid:\t{tracer}\n")).unwrap();
        fs::write(dir.path().join("uptime"), "1 1\n").unwrap();
        for (pid, name) in processes.iter().enumerate() {
            let folder = dir.path().join((pid + 100).to_string());
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("comm"), format!("{name}\n")).unwrap();
        }
        dir
    }

    fn looked(proc: &tempfile::TempDir) -> Option<Sign> {
        let names = REMOTE_CONTROL.map(str::to_owned).to_vec();
        ProcIntegrity::at(proc.path().to_owned(), names).look().unwrap()
    }

    #[test]
    fn a_board_with_nothing_but_its_own_programs_shows_no_sign() {
        assert_eq!(looked(&proc("0", &["systemd", "senim", "x11"])), None);
    }

    #[test]
    fn a_debugger_and_a_program_for_remote_control_are_signs() {
        assert_eq!(looked(&proc("4711", &["senim"])), Some(Sign::Traced));
        let vnc = looked(&proc("0", &["senim", "x11vnc"]));
        assert_eq!(vnc, Some(Sign::RemoteControl("x11vnc".to_owned())));
    }

    #[test]
    fn a_process_that_ends_while_one_looks_is_no_failure_and_a_system_that_says_nothing_is_one() {
        let gone = proc("0", &["senim"]);
        fs::create_dir(gone.path().join("4242")).unwrap();
        assert_eq!(looked(&gone), None);
        fs::remove_file(gone.path().join("self/status")).unwrap();
        assert!(ProcIntegrity::at(gone.path().to_owned(), Vec::new()).look().is_err());
    }

    #[test]
    fn this_process_is_traced_by_nobody_and_names_are_as_long_as_linux_keeps_them() {
        assert_eq!(ProcIntegrity::new(Vec::new()).look().unwrap(), None);
        assert!(REMOTE_CONTROL.iter().all(|name| name.len() <= NAME_MAX));
    }
}
