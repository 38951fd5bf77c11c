//! The token's PIN: from a file that nobody else can read, or from a credential of the service manager.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use senim_domain::Secret;

/// Longest PIN in bytes.
const MAX_PIN: usize = 64;

/// Where the PIN is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinSource {
    /// A file of mode 0600 or 0400; one line.
    File(PathBuf),
    /// A credential of the service manager (`LoadCredential=`, `LoadCredentialEncrypted=`), by its name.
    Credential(String),
}

/// Why there is no PIN.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// The file cannot be read.
    #[error("the PIN file {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others may read it.
    #[error("the PIN file {} has mode {mode:04o}; a PIN has 0600: chmod 600 {}", path.display(), path.display())]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// No line of 1 to 64 characters.
    #[error("the PIN file {} does not hold one line of 1 to {MAX_PIN} characters", .0.display())]
    Form(PathBuf),
    /// The service manager gave no credentials.
    #[error(
        "there is no credential {0:?}; start the service with LoadCredential= for it, or name a PIN file"
    )]
    NoCredential(String),
}

impl PinSource {
    /// Reads the PIN. It is read anew for every log-in, so that a new one takes effect without a restart.
    ///
    /// # Errors
    /// [`PinError`].
    pub fn read(&self) -> Result<Secret, PinError> {
        match self {
            Self::File(path) => read_pin(path, 0o077),
            Self::Credential(name) => {
                let plain = !name.is_empty() && !name.contains('/') && name != "..";
                let directory = std::env::var_os("CREDENTIALS_DIRECTORY").filter(|_| plain);
                let directory = directory.ok_or_else(|| PinError::NoCredential(name.clone()))?;
                // The manager grants its user access by an ACL, whose mask shows as the group's bits.
                read_pin(&Path::new(&directory).join(name), 0o037)
            }
        }
    }
}

fn read_pin(path: &Path, forbidden: u32) -> Result<Secret, PinError> {
    let unreadable = |source| PinError::Unreadable { path: path.to_owned(), source };
    let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o7777;
    if mode & forbidden != 0 {
        return Err(PinError::Mode { path: path.to_owned(), mode });
    }
    let text = Secret::new(std::fs::read_to_string(path).map_err(unreadable)?);
    let pin = text.expose().strip_suffix('\n').unwrap_or_else(|| text.expose());
    if pin.is_empty() || pin.len() > MAX_PIN || pin.contains(char::is_control) {
        return Err(PinError::Form(path.to_owned()));
    }
    Ok(Secret::new(pin.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, PinSource) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pin");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (dir, PinSource::File(path))
    }

    #[test]
    fn a_line_is_a_pin_with_or_without_its_end() {
        for text in ["1234", "1234\n"] {
            let (_dir, source) = file(text, 0o400);
            assert_eq!(source.read().unwrap().expose(), "1234");
        }
    }

    #[test]
    fn a_pin_that_others_may_read_is_refused_with_the_cure() {
        for mode in [0o640, 0o604, 0o620] {
            let (_dir, source) = file("1234", mode);
            assert!(source.read().unwrap_err().to_string().contains("chmod 600"));
        }
    }

    #[test]
    fn nothing_two_lines_and_a_novel_are_no_pin() {
        for text in ["", "\n", "12\n34\n", &"9".repeat(65)] {
            let (_dir, source) = file(text, 0o600);
            assert!(matches!(source.read(), Err(PinError::Form(_))), "{text:?}");
        }
    }

    #[test]
    fn a_credential_without_a_service_manager_says_how_to_get_one() {
        for name in ["../etc/passwd", "", ".."] {
            let error = PinSource::Credential(name.into()).read().unwrap_err();
            assert!(error.to_string().contains("LoadCredential"), "{error}");
        }
    }
}
