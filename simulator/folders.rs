//! Folders of one stage under one output folder, and what may be deleted from an earlier one.

use std::path::{Path, PathBuf};

use crate::error::Trouble;

/// Says that the folder was made by a stage.
const MARK: &str = ".senim-stage";

/// The folders.
#[derive(Clone, Debug)]
pub struct Folders {
    /// Results: pictures, receipt, export, summary.
    pub out: PathBuf,
    /// What the programs work on: configurations, stores, device ports, camera frames.
    pub work: PathBuf,
    /// What the programs say.
    pub logs: PathBuf,
}

impl Folders {
    /// Makes them. What an earlier stage left in `out` is removed; anything else stays.
    ///
    /// # Errors
    /// [`Trouble::NotOurs`] if `out` holds things and no stage made it, [`Trouble::File`].
    pub fn make(out: &Path) -> Result<Self, Trouble> {
        std::fs::create_dir_all(out).map_err(Trouble::file("create", out))?;
        let out = out.canonicalize().map_err(Trouble::file("find", out))?;
        let ours = out.join(MARK).exists();
        for entry in std::fs::read_dir(&out).map_err(Trouble::file("read", &out))? {
            let entry = entry.map_err(Trouble::file("read", &out))?;
            if !ours {
                return Err(Trouble::NotOurs(out));
            }
            remove_if_left_over(&entry)?;
        }
        std::fs::write(out.join(MARK), b"").map_err(Trouble::file("write", out.join(MARK)))?;
        let folders = Self { work: out.join("work"), logs: out.join("logs"), out };
        for folder in [&folders.work, &folders.logs, &folders.frames(), &folders.devices()] {
            std::fs::create_dir_all(folder).map_err(Trouble::file("create", folder))?;
        }
        Ok(folders)
    }

    /// Where the camera's pictures lie.
    #[must_use]
    pub fn frames(&self) -> PathBuf {
        self.work.join("frames")
    }

    /// Where the device ports lie.
    #[must_use]
    pub fn devices(&self) -> PathBuf {
        self.work.join("devices")
    }

    /// The MFO's CA, as the gateway made it.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.work.join("keys").join("ca.pem")
    }

    /// The rule pack that the gateway published last.
    #[must_use]
    pub fn rules(&self) -> PathBuf {
        self.work.join("rule-pack.json")
    }

    /// The configuration as the terminal's own program wrote it, where that commissioned the terminal.
    #[must_use]
    pub fn commissioned(&self) -> PathBuf {
        self.work.join("commissioned.toml")
    }

    /// What enrolment wrote.
    #[must_use]
    pub fn enrol(&self) -> PathBuf {
        self.work.join("enrol")
    }

    /// What the firmware writes when it has halted where its configuration told it to.
    #[must_use]
    pub fn halted(&self) -> PathBuf {
        self.work.join("data").join("halted")
    }

    /// The firmware's configuration.
    #[must_use]
    pub fn firmware_config(&self) -> PathBuf {
        self.work.join("senim.toml")
    }

    /// The gateway's configuration.
    #[must_use]
    pub fn gateway_config(&self) -> PathBuf {
        self.work.join("gateway.toml")
    }
}

fn remove_if_left_over(entry: &std::fs::DirEntry) -> Result<(), Trouble> {
    let (path, name) = (entry.path(), entry.file_name());
    let name = name.to_string_lossy();
    let removed = match name.as_ref() {
        "work" | "logs" | "export" => std::fs::remove_dir_all(&path),
        "summary.json" => std::fs::remove_file(&path),
        picture if picture.ends_with(".png") => std::fs::remove_file(&path),
        _ => Ok(()),
    };
    removed.map_err(Trouble::file("remove", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_stage_replaces_the_first_one_and_touches_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let first = Folders::make(&out).unwrap();
        std::fs::write(first.work.join("gateway.db"), b"old").unwrap();
        std::fs::write(out.join("01-Welcome.png"), b"old").unwrap();
        std::fs::write(out.join("notes.txt"), b"mine").unwrap();
        let second = Folders::make(&out).unwrap();
        assert!(!second.work.join("gateway.db").exists());
        assert!(!out.join("01-Welcome.png").exists());
        assert!(out.join("notes.txt").exists());
        assert!(second.frames().is_dir() && second.devices().is_dir() && second.logs.is_dir());
    }

    #[test]
    fn a_folder_with_other_things_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("thesis.png"), b"mine").unwrap();
        assert!(matches!(Folders::make(dir.path()), Err(Trouble::NotOurs(_))));
        assert!(dir.path().join("thesis.png").exists());
    }
}
