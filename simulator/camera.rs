//! What the terminal's camera looks at: a drawn person of the world, pictures of files, or a webcam. For pictures and webcams the
//! terminal measures movements in the frames, as one in service does; of the drawn person it is told them.

use std::path::{Path, PathBuf};

use senim_linux::camera::is_topology;
use toml::{Table, Value};

use crate::error::Trouble;

/// How the drawn person is called where a source is named.
const PERSON: &str = "person";

/// What it looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CameraSource {
    /// A drawn person of the world, who does what is asked or something else.
    #[default]
    Person,
    /// One picture (PNG, JPEG), or those of a folder in the order of their names, over and over: frames of a film.
    Pictures(PathBuf),
    /// A webcam in this USB socket.
    Webcam(String),
}

impl CameraSource {
    /// What somebody named: nothing or `person`; a socket such as `1-1.2`; or a file or folder.
    ///
    /// # Errors
    /// [`Trouble::Usage`] for a path at which nothing is.
    pub fn named(name: &str) -> Result<Self, Trouble> {
        let name = name.trim();
        if name.is_empty() || name == PERSON {
            return Ok(Self::Person);
        }
        if is_topology(name) {
            return Ok(Self::Webcam(name.to_owned()));
        }
        let path = Path::new(name).canonicalize().map_err(|error| {
            Trouble::Usage(format!(
                "{name} is neither a picture nor a folder of pictures ({error}), nor a USB socket such as 1-1.2"
            ))
        })?;
        Ok(Self::Pictures(path))
    }

    /// The firmware's section `camera`; `directory` and `person` are those of the drawn person.
    #[must_use]
    pub fn section(&self, directory: &str, person: std::net::SocketAddr) -> Value {
        let entries = match self {
            Self::Person => {
                vec![
                    ("source", "files".to_owned()),
                    ("directory", directory.to_owned()),
                    ("person", person.to_string()),
                ]
            }
            Self::Pictures(path) => {
                vec![("source", "files".to_owned()), ("directory", path.display().to_string())]
            }
            Self::Webcam(socket) => {
                vec![("source", "v4l".to_owned()), ("usb_topology", socket.clone())]
            }
        };
        let section: Table =
            entries.into_iter().map(|(key, value)| (key.to_owned(), Value::String(value))).collect();
        Value::Table(section)
    }

    /// In words.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Person => "the drawn person".to_owned(),
            Self::Pictures(path) => path.display().to_string(),
            Self::Webcam(socket) => format!("the webcam in USB socket {socket}"),
        }
    }
}

impl std::str::FromStr for CameraSource {
    type Err = Trouble;

    fn from_str(name: &str) -> Result<Self, Trouble> {
        Self::named(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_by_a_word_a_socket_or_a_path_and_becomes_the_firmwares_section() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().canonicalize().unwrap();
        let person = ([127, 0, 0, 1], 5).into();
        for (name, source, section) in [
            ("", CameraSource::Person, vec![("directory", "frames"), ("person", "127.0.0.1:5")]),
            (" person ", CameraSource::Person, vec![("source", "files")]),
            (
                "1-1.2",
                CameraSource::Webcam("1-1.2".to_owned()),
                vec![("source", "v4l"), ("usb_topology", "1-1.2")],
            ),
            (
                folder.to_str().unwrap(),
                CameraSource::Pictures(folder.clone()),
                vec![("source", "files"), ("directory", folder.to_str().unwrap())],
            ),
        ] {
            let named = CameraSource::named(name).unwrap();
            assert_eq!(named, source, "{name}");
            let written = named.section("frames", person);
            for (key, value) in section {
                assert_eq!(written[key].as_str(), Some(value), "{name}");
            }
            // Whoever is before a real camera is measured, and nobody tells.
            assert_eq!(written.get("person").is_some(), source == CameraSource::Person);
        }
        for nothing in ["no/such/folder", "1-", "1-1."] {
            assert!(matches!(CameraSource::named(nothing), Err(Trouble::Usage(_))), "{nothing}");
        }
    }
}
