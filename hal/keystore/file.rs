//! The rig's key store: keys and certificates in PEM files. Absent from the release.

use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use senim_domain::SecretBytes;
use senim_operation::jws::PublicJwk;
use senim_operation::signer::{KeyError, RamKey, Signer};

use crate::{Custody, KeyStore, SharedKey};

/// Why the files are no identity.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// A file is missing or unreadable.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others may read the key.
    #[error("{} has mode {mode:04o}; a private key has 0600: chmod 600 {}", path.display(), path.display())]
    Mode {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a P-256 key in PKCS#8.
    #[error("{} holds no P-256 key in PKCS#8 (PEM or DER): {reason}", path.display())]
    BadKey {
        /// The key file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Not a certificate chain.
    #[error("{} holds no PEM certificates: {reason}", path.display())]
    BadCertificates {
        /// The certificate file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// An identity key in RAM, read from files, and its certificates, leaf first.
#[derive(Debug)]
pub struct FileIdentity {
    key: RamKey,
    certificates: Vec<CertificateDer<'static>>,
}

impl FileIdentity {
    /// Reads key (PKCS#8, PEM or DER, mode 0600) and certificate chain (PEM, leaf first).
    ///
    /// # Errors
    /// [`KeyFileError`] names the file and what to do.
    pub fn load(key_path: &Path, certificate_path: &Path) -> Result<Self, KeyFileError> {
        let pkcs8 = read_key(key_path)?;
        let bad = |reason: String| KeyFileError::BadKey { path: key_path.to_owned(), reason };
        let key = RamKey::from_pkcs8(pkcs8.expose()).map_err(|error| bad(error.to_string()))?;
        let text = read(certificate_path)?;
        let bad =
            |reason: String| KeyFileError::BadCertificates { path: certificate_path.to_owned(), reason };
        let certificates = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| bad(error.to_string()))?;
        if certificates.is_empty() {
            return Err(bad("there is none".to_owned()));
        }
        Ok(Self { key, certificates })
    }

    /// The chain, leaf first, as DER.
    #[must_use]
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }
}

impl Signer for FileIdentity {
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        self.key.sign(message)
    }

    fn public_jwk(&self) -> PublicJwk {
        self.key.public_jwk()
    }
}

/// A directory of keys, one file each (PKCS#8, DER, mode 0600), named by the public half.
#[derive(Debug)]
pub struct FileStore {
    directory: PathBuf,
}

impl FileStore {
    /// A directory; made with the first key.
    #[must_use]
    pub const fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    fn path(&self, public: &PublicJwk) -> PathBuf {
        self.directory.join(format!("{}.key", public.thumbprint()))
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> KeyError {
        KeyError::Store(format!(
            "{}: {error}; check the directory and its permissions",
            self.directory.display()
        ))
    }
}

impl KeyStore for FileStore {
    fn custody(&self) -> Custody {
        Custody::File
    }

    fn keys(&self) -> Result<Vec<PublicJwk>, KeyError> {
        let entries = match std::fs::read_dir(&self.directory) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| self.failed(&error))?,
        };
        let mut keys = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| self.failed(&error))?.path();
            if path.extension().is_some_and(|extension| extension == "key") {
                let pkcs8 = read_key(&path).map_err(|error| KeyError::Store(error.to_string()))?;
                keys.push(RamKey::from_pkcs8(pkcs8.expose())?.public_jwk());
            }
        }
        Ok(keys)
    }

    fn key(&self, public: &PublicJwk) -> Result<Option<SharedKey>, KeyError> {
        let path = self.path(public);
        if !path.exists() {
            return Ok(None);
        }
        let pkcs8 = read_key(&path).map_err(|error| KeyError::Store(error.to_string()))?;
        Ok(Some(Arc::new(RamKey::from_pkcs8(pkcs8.expose())?)))
    }

    fn generate(&self) -> Result<PublicJwk, KeyError> {
        let (key, pkcs8) = RamKey::generate()?;
        let path = self.path(&key.public_jwk());
        let aside = path.with_extension("part");
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(&self.directory)?;
            let mut file =
                std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
            file.write_all(pkcs8.expose())?;
            file.sync_all()?;
            std::fs::rename(&aside, &path)
        };
        write().map_err(|error| self.failed(&error))?;
        Ok(key.public_jwk())
    }

    fn destroy(&self, public: &PublicJwk) -> Result<(), KeyError> {
        match std::fs::remove_file(self.path(public)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(self.failed(&error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, KeyFileError> {
    std::fs::read(path).map_err(|source| KeyFileError::Unreadable { path: path.to_owned(), source })
}

fn read_key(path: &Path) -> Result<SecretBytes, KeyFileError> {
    let unreadable = |source| KeyFileError::Unreadable { path: path.to_owned(), source };
    let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o7777;
    if mode & 0o177 != 0 {
        return Err(KeyFileError::Mode { path: path.to_owned(), mode });
    }
    let bytes = SecretBytes::new(read(path)?);
    if !bytes.expose().starts_with(b"-----") {
        return Ok(bytes);
    }
    let key = PrivatePkcs8KeyDer::from_pem_slice(bytes.expose())
        .map_err(|error| KeyFileError::BadKey { path: path.to_owned(), reason: error.to_string() })?;
    Ok(SecretBytes::new(key.secret_pkcs8_der().to_vec()))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use senim_operation::jws::verify_raw;

    use super::*;

    struct Files {
        directory: tempfile::TempDir,
    }

    impl Files {
        fn new() -> Self {
            let files = Self { directory: tempfile::tempdir().unwrap() };
            let (_, pkcs8) = RamKey::generate().unwrap();
            files.write("key.pem", &pem("PRIVATE KEY", pkcs8.expose()), 0o600);
            files.write("key.der", pkcs8.expose(), 0o600);
            // The store does not judge certificates; any DER will do.
            let chain = [pem("CERTIFICATE", &[0x30, 0]), pem("CERTIFICATE", &[0x30, 1, 0])].concat();
            files.write("chain.pem", &chain, 0o644);
            files
        }

        fn path(&self, name: &str) -> PathBuf {
            self.directory.path().join(name)
        }

        fn write(&self, name: &str, bytes: &[u8], mode: u32) {
            std::fs::write(self.path(name), bytes).unwrap();
            std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }

        fn load(&self, key: &str, chain: &str) -> Result<FileIdentity, KeyFileError> {
            FileIdentity::load(&self.path(key), &self.path(chain))
        }
    }

    fn pem(label: &str, der: &[u8]) -> Vec<u8> {
        let body = base64::engine::general_purpose::STANDARD.encode(der);
        let lines: Vec<&str> = body.as_bytes().chunks(64).map(|c| std::str::from_utf8(c).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n")).into_bytes()
    }

    #[test]
    fn pem_and_der_give_the_same_key_and_the_chain_stays_in_order() {
        let files = Files::new();
        let from_pem = files.load("key.pem", "chain.pem").unwrap();
        let from_der = files.load("key.der", "chain.pem").unwrap();
        assert_eq!(from_pem.public_jwk(), from_der.public_jwk());
        let lengths: Vec<usize> = from_pem.certificates().iter().map(|der| der.len()).collect();
        assert_eq!(lengths, vec![2, 3]);
        assert_eq!(from_pem.sign(b"message").unwrap().len(), 64);
    }

    #[test]
    fn a_key_that_others_may_read_is_refused_with_the_cure() {
        let files = Files::new();
        for mode in [0o640, 0o604, 0o620, 0o700] {
            files.write("key.der", &std::fs::read(files.path("key.pem")).unwrap(), mode);
            let error = files.load("key.der", "chain.pem").unwrap_err();
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn missing_files_other_keys_and_empty_chains_are_named() {
        let files = Files::new();
        assert!(matches!(files.load("none.pem", "chain.pem"), Err(KeyFileError::Unreadable { .. })));
        assert!(matches!(files.load("key.pem", "none.pem"), Err(KeyFileError::Unreadable { .. })));
        files.write("other.pem", &pem("PRIVATE KEY", b"not a key"), 0o600);
        assert!(matches!(files.load("other.pem", "chain.pem"), Err(KeyFileError::BadKey { .. })));
        files.write("wrong.pem", &pem("EC PRIVATE KEY", b"x"), 0o600);
        assert!(matches!(files.load("wrong.pem", "chain.pem"), Err(KeyFileError::BadKey { .. })));
        files.write("empty.pem", b"", 0o644);
        assert!(matches!(files.load("key.pem", "empty.pem"), Err(KeyFileError::BadCertificates { .. })));
    }

    #[test]
    fn a_directory_makes_finds_and_destroys_keys() {
        let directory = tempfile::tempdir().unwrap();
        let store = FileStore::new(directory.path().join("keys"));
        assert_eq!(store.keys().unwrap(), Vec::new());
        let public = store.generate().unwrap();
        let key = store.key(&public).unwrap().unwrap();
        let signature = key.sign(b"message").unwrap();
        assert!(verify_raw(&public, b"message", &signature).is_ok());
        assert!(verify_raw(&public, b"massage", &signature).is_err());
        let again = FileStore::new(directory.path().join("keys"));
        assert_eq!(again.keys().unwrap(), vec![public]);
        again.destroy(&public).unwrap();
        again.destroy(&public).unwrap();
        assert!(again.key(&public).unwrap().is_none() && again.keys().unwrap().is_empty());
    }

    #[test]
    fn a_key_in_the_directory_that_others_may_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let store = FileStore::new(directory.path().to_owned());
        let public = store.generate().unwrap();
        std::fs::set_permissions(store.path(&public), std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = store.key(&public).err().unwrap();
        assert!(error.to_string().contains("chmod 600"), "{error}");
        assert!(store.keys().is_err());
    }
}
