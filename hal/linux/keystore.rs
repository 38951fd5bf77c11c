//! The file key store of the rig and of tests: an identity key and its certificates in PEM files.
//!
//! A release keeps its identity key in a token or TPM; this store exists only under the feature `rig`. It serves two
//! callers with one key: [`Signer`] signs messages, and [`KeyStore`] signs the digests that a token would sign.

#![cfg(feature = "rig")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::DecodePrivateKey as _;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use senim_domain::SecretBytes;
use senim_hal::key_store::{Custody, KeyStore};
use senim_hal::{Error, ErrorKind};
use senim_operation::jws::PublicJwk;
use senim_operation::signer::{KeyError, RamKey, Signer};

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
    // ring signs messages only; a digest is signed by this one.
    digest_key: SigningKey,
    pkcs8: SecretBytes,
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
        let digest_key =
            SigningKey::from_pkcs8_der(pkcs8.expose()).map_err(|error| bad(error.to_string()))?;
        let text = read(certificate_path)?;
        let bad =
            |reason: String| KeyFileError::BadCertificates { path: certificate_path.to_owned(), reason };
        let certificates = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| bad(error.to_string()))?;
        if certificates.is_empty() {
            return Err(bad("there is none".to_owned()));
        }
        Ok(Self { key, digest_key, pkcs8, certificates })
    }

    /// The chain, leaf first, as DER.
    #[must_use]
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }

    /// The key as PKCS#8 DER, for the TLS stack.
    #[must_use]
    pub const fn pkcs8(&self) -> &SecretBytes {
        &self.pkcs8
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

impl KeyStore for FileIdentity {
    fn custody(&self) -> Custody {
        Custody::File
    }

    fn certificates(&self) -> Vec<Vec<u8>> {
        self.certificates.iter().map(|der| der.to_vec()).collect()
    }

    fn sign(&mut self, digest: &[u8; 32]) -> Result<[u8; 64], Error> {
        let signature: Signature = self.digest_key.sign_prehash(digest).map_err(|_| {
            Error::new(ErrorKind::HardwareError, "the file key does not sign; enrol the terminal anew")
        })?;
        Ok(signature.to_bytes().into())
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
    use senim_operation::jws::{sha256, verify_raw};

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
    fn the_port_signs_a_digest_as_the_signer_signs_its_message() {
        let files = Files::new();
        let mut store: Box<dyn KeyStore> = Box::new(files.load("key.pem", "chain.pem").unwrap());
        assert_eq!(store.custody(), Custody::File);
        let lengths: Vec<usize> = store.certificates().iter().map(Vec::len).collect();
        assert_eq!(lengths, vec![2, 3]);
        let key = files.load("key.pem", "chain.pem").unwrap().public_jwk();
        let signature = store.sign(&sha256(b"message")).unwrap();
        assert!(verify_raw(&key, b"message", &signature).is_ok());
        assert!(verify_raw(&key, b"massage", &signature).is_err());
    }
}
