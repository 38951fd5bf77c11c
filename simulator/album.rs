//! The pictures of a journey in the order in which the screens came, and when. Names files; looks at nothing.

use std::path::PathBuf;

use serde::Serialize;

use crate::config;
use crate::error::Trouble;
use crate::wait::Moment;

/// One screen of a journey.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Name of the screen, with what was special on it.
    pub screen: String,
    /// Seconds from the begin of the journey until it was shown.
    pub seconds: f64,
    /// File in the output folder.
    pub png: String,
}

/// The album.
#[derive(Debug)]
pub struct Album {
    folder: PathBuf,
    start: Moment,
    steps: Vec<Shown>,
}

impl Album {
    /// An empty album whose pictures go to `folder`; its time runs from now.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, start: Moment::now(), steps: Vec::new() }
    }

    /// Adds a picture.
    ///
    /// # Errors
    /// [`Trouble::File`].
    pub fn add(&mut self, screen: &str, detail: &str, png: &[u8]) -> Result<(), Trouble> {
        let number = self.steps.len() + 1;
        let name = if detail.is_empty() { screen.to_owned() } else { format!("{screen}-{}", plain(detail)) };
        let file = format!("{number:02}-{name}.png");
        config::write(&self.folder.join(&file), png)?;
        let milliseconds = u32::try_from(self.start.elapsed().as_millis()).unwrap_or(u32::MAX);
        self.steps.push(Shown { screen: name, seconds: f64::from(milliseconds) / 1000.0, png: file });
        Ok(())
    }

    /// What was shown so far.
    #[must_use]
    pub fn steps(&self) -> &[Shown] {
        &self.steps
    }
}

/// Only what is fit for a file name.
fn plain(detail: &str) -> String {
    detail.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_numbered_in_the_order_of_the_screens_and_named_after_them() {
        let dir = tempfile::tempdir().unwrap();
        let mut album = Album::new(dir.path().to_path_buf());
        album.add("Welcome", "", b"a").unwrap();
        album.add("End", "../x y", b"b").unwrap();
        let files: Vec<_> = album.steps().iter().map(|step| step.png.as_str()).collect();
        assert_eq!(files, ["01-Welcome.png", "02-End----x-y.png"]);
        assert_eq!(std::fs::read(dir.path().join("02-End----x-y.png")).unwrap(), b"b");
    }
}
