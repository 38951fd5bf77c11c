//! The models that find faces: read from their folder, checked against the digests that are compiled in.

use std::path::{Path, PathBuf};

use senim_biometrics::{ModelError, Models, Rten};
use serde::Deserialize;

/// Where they are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FacesConfig {
    /// Folder with the models that set-up makes.
    pub models: PathBuf,
    /// The part of each frame that is looked at, around the person's face; absent: whole frames.
    pub view: Option<ViewConfig>,
}

/// Part of the camera's frames: one that sees from children's eyes to tall people's has much else in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewConfig {
    /// Pixels across, 320 to 4096.
    pub width: u32,
    /// Pixels down, 240 to 4096.
    pub height: u32,
}

impl ViewConfig {
    /// Whether a face can be looked at in it.
    #[must_use]
    pub fn is_of_use(self) -> bool {
        (320..=4_096).contains(&self.width) && (240..=4_096).contains(&self.height)
    }
}

/// Why no face can be found.
#[derive(Debug, thiserror::Error)]
pub enum FacesError {
    /// The configuration names no folder.
    #[error(
        "the configuration has no [faces] models; without them nobody is photographed and nothing is lent"
    )]
    NotConfigured,
    /// A model is absent, another one, or of no use.
    #[error("{folder}")]
    Model {
        /// Where it was looked for.
        folder: PathBuf,
        /// Which, and what to do.
        #[source]
        source: ModelError,
    },
}

/// Loads them; takes a tenth of a second or more.
///
/// # Errors
/// [`FacesError`].
pub fn load(config: Option<&FacesConfig>) -> Result<Models, FacesError> {
    let folder: &Path = &config.ok_or(FacesError::NotConfigured)?.models;
    Models::load(&Rten::new(), |name| std::fs::read(folder.join(name)))
        .map_err(|source| FacesError::Model { folder: folder.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(error: FacesError) -> String {
        format!("{:#}", anyhow::Error::new(error))
    }

    #[test]
    fn absent_and_altered_models_are_named_with_what_to_do() {
        assert!(words(load(None).err().unwrap()).contains("[faces] models"));
        let folder = tempfile::tempdir().unwrap();
        let config = FacesConfig { models: folder.path().to_owned(), view: None };
        let absent = words(load(Some(&config)).err().unwrap());
        assert!(absent.contains("face_detector.onnx") && absent.contains("set-up"), "{absent}");
        assert!(absent.contains(&folder.path().display().to_string()), "{absent}");
        for file in senim_biometrics::FILES {
            std::fs::write(folder.path().join(file.name), b"another model").unwrap();
        }
        let altered = words(load(Some(&config)).err().unwrap());
        assert!(altered.contains("SHA-256") && altered.contains("delete it"), "{altered}");
    }
}
