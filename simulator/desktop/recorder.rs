//! Writes down what is done at the window while it is asked to.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clients::{FirmwareClient, Screen};
use crate::error::Trouble;
use crate::recording::{Deed, Recording};

/// Most recordings in one folder.
const FILES_MAX: u32 = 999;

/// What is being written down; shared by the thread of the fingers and backstage.
#[derive(Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<Option<Running>>>);

struct Running {
    recording: Recording,
    /// Codes that came to phones since it began.
    codes: Vec<String>,
}

impl Recorder {
    fn with<T>(&self, act: impl FnOnce(&mut Option<Running>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether something is being written down.
    pub(super) fn runs(&self) -> bool {
        self.with(|running| running.is_some())
    }

    /// Begins, with this person at the terminal.
    pub(super) fn begin(&self, person: &str) {
        self.with(|running| *running = Some(Running { recording: Recording::of(person), codes: Vec::new() }));
    }

    /// Something was done while this was shown.
    pub(super) fn add(&self, shown: &Screen, deed: Deed) {
        self.with(|running| {
            if let Some(running) = running {
                running.recording.add(shown, deed);
            }
        });
    }

    /// As [`Recorder::add`], for what is done beside the screen; a terminal that is off shows nothing.
    pub(super) fn add_beside(&self, terminal: Option<&FirmwareClient>, deed: Deed) {
        if self.runs() {
            let shown = terminal.and_then(|terminal| terminal.screen().ok()).unwrap_or_default();
            self.add(&shown, deed);
        }
    }

    /// A code came to a phone.
    pub(super) fn code_came(&self, code: &str) {
        self.with(|running| {
            if let Some(running) = running
                && !running.codes.iter().any(|known| known == code)
            {
                running.codes.push(code.to_owned());
            }
        });
    }

    /// Ends, and writes a new file in this folder.
    ///
    /// # Errors
    /// [`Trouble::Usage`] where nothing is being written down or the folder is full, [`Trouble::File`].
    pub(super) fn end(&self, folder: &Path) -> Result<PathBuf, Trouble> {
        let running = self.with(Option::take);
        let mut running = running.ok_or_else(|| Trouble::Usage("nothing is being recorded".to_owned()))?;
        running.recording.forget_codes(&running.codes);
        let mut free = (1..=FILES_MAX).map(|number| folder.join(format!("recording-{number:03}.json")));
        let path = free.find(|path| !path.exists()).ok_or_else(|| {
            Trouble::Usage(format!("{} holds {FILES_MAX} recordings; remove some", folder.display()))
        })?;
        running.recording.write(&path)?;
        Ok(path)
    }
}

/// The recordings in this folder, by name.
pub(super) fn recordings(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("recording-") && name.ends_with(".json")
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_recording_is_a_new_file_and_nothing_is_written_down_unasked() {
        let place = tempfile::tempdir().unwrap();
        let recorder = Recorder::default();
        let shown = Screen { screen: "EnterCode".to_owned(), ..Screen::default() };
        let tap = |digit: char| Deed::Tap { id: format!("digit-{digit}") };
        recorder.add(&shown, tap('1'));
        assert!(matches!(recorder.end(place.path()), Err(Trouble::Usage(_))));
        for _ in 0..2 {
            recorder.begin("880101300017");
            recorder.code_came("482913");
            "482913".chars().for_each(|digit| recorder.add(&shown, tap(digit)));
            recorder.add_beside(None, Deed::Cash);
            recorder.end(place.path()).unwrap();
            assert!(!recorder.runs());
        }
        let files = recordings(place.path());
        assert_eq!(files.len(), 2);
        let [code, cash] = <[_; 2]>::try_from(Recording::read(&files[1]).unwrap().steps).unwrap();
        assert_eq!((code.deed, cash.deed, cash.screen), (Deed::Code, Deed::Cash, String::new()));
    }
}
