//! The wrapping key in files: for the rig, development, and wherever the key directory is protected well enough.
//!
//! `wrap/NNNNNN.key` in the directory of keys, 32 bytes each, 0600. The highest number wraps; lower ones are read while
//! content keys still need them. The directory is looked at whenever a key is wrapped, so that a running server follows a
//! change made by the command line.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use senim_domain::SecretBytes;
use senim_gateway_core::VaultError;
use senim_gateway_core::entropy::Entropy;
use senim_gateway_core::wrap::{KeyWrap, RamWrap, WrappedKey};

/// Wrapping keys in a directory.
pub struct FileWrap {
    dir: PathBuf,
    read: Mutex<BTreeMap<String, Arc<RamWrap>>>,
}

fn failed(path: &Path, error: &std::io::Error) -> VaultError {
    VaultError::KeyStore(format!("{}: {error}", path.display()))
}

impl FileWrap {
    /// Opens the directory; makes it and its first key where there is none.
    ///
    /// # Errors
    /// [`VaultError::KeyStore`].
    pub fn open(dir: &Path) -> Result<Self, VaultError> {
        std::fs::create_dir_all(dir).map_err(|error| failed(dir, &error))?;
        let wrap = Self { dir: dir.to_owned(), read: Mutex::default() };
        if wrap.newest()?.is_none() {
            wrap.make(1)?;
        }
        Ok(wrap)
    }

    /// Numbers of the keys that are there, rising.
    ///
    /// # Errors
    /// [`VaultError::KeyStore`].
    pub fn numbers(&self) -> Result<Vec<u32>, VaultError> {
        let entries = std::fs::read_dir(&self.dir).map_err(|error| failed(&self.dir, &error))?;
        let name = |entry: std::fs::DirEntry| entry.file_name().into_string().ok();
        let number = |name: String| name.strip_suffix(".key").and_then(|digits| digits.parse().ok());
        let mut numbers: Vec<u32> = entries.flatten().filter_map(name).filter_map(number).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn newest(&self) -> Result<Option<u32>, VaultError> {
        Ok(self.numbers()?.last().copied())
    }

    /// Makes the next key, which wraps from now on; gives its id.
    ///
    /// # Errors
    /// [`VaultError::KeyStore`].
    pub fn make_next(&self) -> Result<String, VaultError> {
        let next = self.newest()?.unwrap_or(0).saturating_add(1);
        self.make(next)?;
        Ok(id(next))
    }

    /// Destroys a key: overwritten, then removed. Whatever it wrapped is lost, in every back-up too.
    ///
    /// # Errors
    /// [`VaultError::WrapKey`] for one that is not there, [`VaultError::KeyStore`].
    pub fn destroy(&self, kek: &str) -> Result<(), VaultError> {
        let path = self.path(kek)?;
        let erase = || -> std::io::Result<()> {
            let mut file = std::fs::OpenOptions::new().write(true).open(&path)?;
            file.write_all(&[0; 32])?;
            file.sync_all()?;
            std::fs::remove_file(&path)?;
            std::fs::File::open(&self.dir)?.sync_all()
        };
        erase().map_err(|error| failed(&path, &error))?;
        self.read.lock().unwrap_or_else(PoisonError::into_inner).remove(kek);
        Ok(())
    }

    fn make(&self, number: u32) -> Result<(), VaultError> {
        let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
        ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), bytes.as_mut_slice())
            .map_err(|_| VaultError::KeyStore("no randomness".to_owned()))?;
        let path = self.dir.join(format!("{}.key", id(number)));
        let aside = self.dir.join(format!("{}.part", aside_name(&bytes)));
        let write = || -> std::io::Result<()> {
            let mut file =
                std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
            file.write_all(bytes.as_slice())?;
            file.sync_all()?;
            // A link, not a rename: of two processes that make the first key at once, one wins and both use it.
            match std::fs::hard_link(&aside, &path) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
                Ok(()) | Err(_) => {}
            }
            std::fs::remove_file(&aside)?;
            std::fs::File::open(&self.dir)?.sync_all()
        };
        write().map_err(|error| failed(&path, &error))
    }

    fn path(&self, kek: &str) -> Result<PathBuf, VaultError> {
        // The id comes out of the database: only a number may become a path.
        let is_number = kek.len() == 6 && kek.bytes().all(|byte| byte.is_ascii_digit());
        let path = self.dir.join(format!("{kek}.key"));
        if is_number && path.exists() { Ok(path) } else { Err(VaultError::WrapKey(kek.to_owned())) }
    }

    fn key(&self, kek: &str) -> Result<Arc<RamWrap>, VaultError> {
        let path = self.path(kek)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = read.get(kek) {
            return Ok(Arc::clone(key));
        }
        let bytes = SecretBytes::new(std::fs::read(&path).map_err(|error| failed(&path, &error))?);
        let mut key = RamWrap::default();
        key.add(kek, &bytes)?;
        let key = Arc::new(key);
        read.insert(kek.to_owned(), Arc::clone(&key));
        Ok(key)
    }
}

fn id(number: u32) -> String {
    format!("{number:06}")
}

/// A name for the file on the side; it must differ from process to process and tell nothing of the key.
fn aside_name(bytes: &[u8; 32]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl KeyWrap for FileWrap {
    fn current(&self) -> Result<String, VaultError> {
        self.newest()?.map(id).ok_or_else(|| VaultError::WrapKey("newest".to_owned()))
    }

    fn wrap(&self, place: &str, key: &SecretBytes, entropy: &dyn Entropy) -> Result<WrappedKey, VaultError> {
        self.key(&self.current()?)?.wrap(place, key, entropy)
    }

    fn unwrap(&self, place: &str, wrapped: &WrappedKey) -> Result<SecretBytes, VaultError> {
        self.key(&wrapped.kek)?.unwrap(place, wrapped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use senim_gateway_core::entropy::SystemEntropy;
    use senim_gateway_core::wrap::ContentKey;

    #[test]
    fn a_running_process_follows_a_new_key_and_an_old_one_is_gone_for_good() {
        let dir = tempfile::tempdir().unwrap();
        let (serving, other) = (FileWrap::open(dir.path()).unwrap(), FileWrap::open(dir.path()).unwrap());
        let entropy = SystemEntropy::default();
        let key = ContentKey::generate(&entropy).unwrap();
        let old = serving.wrap("client/a", &key, &entropy).unwrap();
        assert_eq!(other.make_next().unwrap(), "000002");
        let new = serving.wrap("client/a", &key, &entropy).unwrap();
        assert_eq!((old.kek.as_str(), new.kek.as_str()), ("000001", "000002"));
        assert_eq!(other.unwrap("client/a", &old).unwrap().expose(), key.expose());
        other.destroy("000001").unwrap();
        // Also for who has read it before.
        assert_eq!(serving.unwrap("client/a", &old).unwrap_err(), VaultError::WrapKey("000001".into()));
        assert_eq!(serving.unwrap("client/a", &new).unwrap().expose(), key.expose());
    }

    #[test]
    fn an_id_from_the_database_is_no_path() {
        let dir = tempfile::tempdir().unwrap();
        let wrap = FileWrap::open(&dir.path().join("wrap")).unwrap();
        std::fs::write(dir.path().join("000009.key"), [1; 32]).unwrap();
        for kek in ["../000009", "", "1", "000009", "/etc/x"] {
            let wrapped = WrappedKey { kek: kek.into(), wrapped: "AAAA".into() };
            assert_eq!(wrap.unwrap("a", &wrapped).unwrap_err(), VaultError::WrapKey(kek.into()));
        }
    }
}
