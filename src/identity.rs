//! The terminal's identity: its key, wherever that is, and the certificates that were issued for it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use senim_domain::UtcMillis;
use senim_journal::Identity;
use senim_keystore::{Custody, KeyStore, Pkcs11Options, Pkcs11Store, SharedKey};
use senim_operation::trust::{identity_of, serial_of, validity_of};
use senim_uplink::enrolment::Enrolment;

use crate::assemble::{Keys, built_at, first_stamp};
use crate::config::{Config, IdentitySource};

/// An identity that was opened and judged.
pub struct Held {
    /// Signs for TLS and for key epochs.
    pub key: SharedKey,
    /// Its certificates, DER, leaf first.
    pub chain: Vec<Vec<u8>>,
    /// Where the key lives.
    pub custody: Custody,
    /// What renews it; not the folder of a rig.
    pub renewable: Option<Renewable>,
}

/// What a renewal works with.
pub struct Renewable {
    /// The key store.
    pub store: Arc<dyn KeyStore>,
    /// What enrolment stored.
    pub enrolment: Enrolment,
}

impl Held {
    /// For the journal.
    #[must_use]
    pub fn for_journal(&self) -> Identity {
        Identity { signer: Box::new(Arc::clone(&self.key)), x5c: x5c(&self.chain) }
    }

    /// First and last moment of the certificate, and its serial number.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn life(&self) -> Result<(UtcMillis, UtcMillis, String)> {
        let leaf = self.chain.first().context("there is no certificate")?;
        let (not_before, not_after) = validity_of(leaf)?;
        Ok((not_before, not_after, serial_of(leaf)?))
    }
}

/// The key store that is configured; `None`: the key lies in a file beside its certificates.
///
/// # Errors
/// The configuration does not say.
pub fn store(config: &Config) -> Result<Option<Arc<dyn KeyStore>>> {
    Ok(match config.identity.source()? {
        IdentitySource::Pkcs11(pkcs11) => Some(Arc::new(Pkcs11Store::new(Pkcs11Options {
            module: pkcs11.module.clone(),
            token: pkcs11.token(),
            key_label: pkcs11.key.clone(),
            pin: pkcs11.pin()?,
            refused_mark: config.data_dir.join("pin.refused"),
        }))),
        #[cfg(feature = "rig")]
        IdentitySource::KeyDir(directory) => {
            Some(Arc::new(senim_keystore::FileStore::new(directory.clone())))
        }
        #[cfg(feature = "rig")]
        IdentitySource::File(_) => None,
    })
}

/// What enrolment stored.
///
/// # Errors
/// The terminal is not enrolled, or the file is broken; what to do.
pub fn enrolment(config: &Config) -> Result<Enrolment> {
    Enrolment::load(&config.enrolment_path())?.context(
        "this terminal is not enrolled: get a code from the MFO, then `senim enrol --config F --code CODE`",
    )
}

/// Opens the identity. A row signed by another one would spoil the chain for ever, so it is judged first: it must be this
/// terminal's, issued by this MFO, for this key.
///
/// # Errors
/// Names what is wrong and what to do.
pub fn open(config: &Config, keys: &Keys) -> Result<Held> {
    let held = match store(config)? {
        Some(store) => {
            let enrolment = enrolment(config)?;
            let chain = vec![enrolment.leaf()?];
            let key = enrolment.key(store.as_ref())?;
            let custody = store.custody();
            Held { key, chain, custody, renewable: Some(Renewable { store, enrolment }) }
        }
        None => from_files(config)?,
    };
    judge(config, keys, &held).with_context(|| place(config, &held).display().to_string())?;
    Ok(held)
}

/// Where the certificate lies.
#[cfg(feature = "rig")]
fn place(config: &Config, held: &Held) -> PathBuf {
    if held.renewable.is_some() { config.enrolment_path() } else { config.identity.chain.clone() }
}

/// Where the certificate lies.
#[cfg(not(feature = "rig"))]
fn place(config: &Config, _held: &Held) -> PathBuf {
    config.enrolment_path()
}

#[cfg(feature = "rig")]
fn from_files(config: &Config) -> Result<Held> {
    let key = config.identity.key.as_deref().context("identity.key")?;
    let file = senim_keystore::FileIdentity::load(key, &config.identity.chain)?;
    let chain = file.certificates().iter().map(|der| der.to_vec()).collect();
    Ok(Held { key: Arc::new(file), chain, custody: Custody::File, renewable: None })
}

#[cfg(not(feature = "rig"))]
fn from_files(_config: &Config) -> Result<Held> {
    anyhow::bail!("keys in files are for rig builds only")
}

fn judge(config: &Config, keys: &Keys, held: &Held) -> Result<()> {
    let leaf = identity_of(held.chain.first().context("there is no certificate")?)?;
    // Dates are the gateway's to judge, by a clock that is right: the last moment of the certificate's life will do.
    let now = first_stamp(built_at()).utc;
    let last = UtcMillis(leaf.not_after.0.saturating_sub(1000));
    let x5c = x5c(&held.chain);
    keys.trust
        .verify_chain(&x5c, now)
        .or_else(|_| keys.trust.verify_chain(&x5c, last))
        .context("the terminal's certificate is not issued by the MFO's CA; enrol the terminal again")?;
    if leaf.common_name != config.terminal.to_string() {
        anyhow::bail!(
            "the certificate belongs to terminal {}, not to {}; enrol this terminal, or correct its name",
            leaf.common_name,
            config.terminal,
        );
    }
    if leaf.jwk != held.key.public_jwk() {
        anyhow::bail!("the key is not the one of the certificate; enrol the terminal again");
    }
    Ok(())
}

fn x5c(chain: &[Vec<u8>]) -> Vec<String> {
    use base64::Engine as _;
    chain.iter().map(|der| base64::engine::general_purpose::STANDARD.encode(der)).collect()
}
