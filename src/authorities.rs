//! The authorities of issuing states (CSCA) in a directory: one certificate a file, named by the state.
//!
//! A file that is no authority's certificate stops the start: a list that is shorter than its directory would call genuine
//! documents unknown, and nobody would know why.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use senim_cards::icao::TrustList;

/// Reads all files of a directory, `KAZ.cer` or `KAZ-2.pem`.
///
/// # Errors
/// The directory or a file cannot be read, is named otherwise, or holds no certificate of an authority.
pub fn read(directory: &Path) -> Result<TrustList> {
    let mut files = std::fs::read_dir(directory)
        .and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<PathBuf>>>()
        })
        .with_context(|| format!("identity_document.authorities: {}", directory.display()))?;
    files.sort();
    let mut list = TrustList::default();
    for file in &files {
        add(&mut list, file).with_context(|| {
            format!("{}: take it away, or put an authority's certificate there", file.display())
        })?;
    }
    tracing::info!(authorities = list.len(), "authorities of identity documents");
    Ok(list)
}

fn add(list: &mut TrustList, file: &Path) -> Result<()> {
    let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let state = name.split('-').next().unwrap_or_default();
    ensure!(!state.is_empty(), "the name does not begin with a state's code");
    let bytes = std::fs::read(file)?;
    let der = match CertificateDer::from_pem_slice(&bytes) {
        Ok(certificate) => certificate.as_ref().to_vec(),
        Err(_) => bytes,
    };
    list.add(state, &der)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_in_either_form_are_believed_for_the_state_in_their_name() {
        let dir = tempfile::tempdir().unwrap();
        let (der, pem) = authority(true);
        std::fs::write(dir.path().join("KAZ.cer"), der).unwrap();
        std::fs::write(dir.path().join("KAZ-2.pem"), pem).unwrap();
        assert_eq!(read(dir.path()).unwrap().len(), 2);
    }

    #[test]
    fn an_empty_directory_is_believed_for_nobody() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read(dir.path()).unwrap().is_empty());
    }

    #[test]
    fn a_file_that_is_no_authority_stops_the_start_and_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let (leaf, _) = authority(false);
        for (name, bytes) in
            [("KAZ.cer", leaf), ("KAZ.txt", b"notes".to_vec()), ("kazakhstan.cer", authority(true).0)]
        {
            let file = dir.path().join(name);
            std::fs::write(&file, bytes).unwrap();
            let error = format!("{:#}", read(dir.path()).unwrap_err());
            assert!(error.contains(name), "{error}");
            std::fs::remove_file(&file).unwrap();
        }
        assert!(read(&dir.path().join("nowhere")).is_err());
    }

    /// DER and PEM of a fresh certificate.
    fn authority(is_ca: bool) -> (Vec<u8>, String) {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::default();
        if is_ca {
            parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        }
        let certificate = parameters.self_signed(&key).unwrap();
        (certificate.der().to_vec(), certificate.pem())
    }
}
