//! What a terminal keeps of its enrolment, in one file that is replaced whole: its certificate chain and what it has to
//! know of its MFO. Also commissioning, which makes the file for the first time.
//!
//! The private key is in the key store; which of its keys is the identity says the leaf certificate here. A key that was
//! replaced stays listed until it is destroyed; a key of the store that is neither was made for an enrolment that did not
//! come to its end, and is used by the next one.

use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{Secret, TerminalId, UtcMillis};
use senim_keystore::{KeyStore, SharedKey};
use senim_operation::bundle::{Bundle, open_bundle};
use senim_operation::jws::PublicJwk;
use senim_operation::signer::KeyError;
use senim_operation::trust::{Identity, Trust, identity_of};
use serde::{Deserialize, Serialize};

use crate::est::{EstClient, EstError, Reply};
use crate::signing::certificate_request;
use crate::time::verify_time;

/// Version of the file.
const VERSION: u32 = 1;

/// The file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    ver: u32,
    /// Whose.
    pub terminal: TerminalId,
    /// The MFO's time when the certificate came.
    pub at: UtcMillis,
    /// Certificate chain, standard base64 of DER, leaf first, without the CA.
    pub chain: Vec<String>,
    /// What the MFO says of itself.
    pub mfo: Bundle,
    /// Keys that were replaced and are still to be destroyed.
    pub retired: Vec<PublicJwk>,
}

impl Enrolment {
    /// Reads the file; `None`: the terminal is not enrolled.
    ///
    /// # Errors
    /// [`EstError::Record`].
    pub fn load(path: &Path) -> Result<Option<Self>, EstError> {
        let bad = |error: &dyn std::fmt::Display| {
            EstError::Record(format!("{}: {error}; enrol the terminal again", path.display()))
        };
        let bytes = match std::fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| bad(&error))?,
        };
        let enrolment: Self = serde_json::from_slice(&bytes).map_err(|error| bad(&error))?;
        if enrolment.ver != VERSION {
            return Err(bad(&format!("version {} is not known", enrolment.ver)));
        }
        Ok(Some(enrolment))
    }

    /// Replaces the file: the old one or the new one is there whole, whenever the power goes.
    ///
    /// # Errors
    /// [`EstError::Record`].
    pub fn store(&self, path: &Path) -> Result<(), EstError> {
        let aside = path.with_extension("part");
        let write = || -> std::io::Result<()> {
            let mut file = std::fs::File::create(&aside)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.sync_all()?;
            std::fs::rename(&aside, path)?;
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            std::fs::File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
        };
        write().map_err(|error| {
            EstError::Record(format!("{}: {error}; check the disk, then enrol again", path.display()))
        })
    }

    /// Name, key and end of the leaf certificate.
    ///
    /// # Errors
    /// [`EstError::Record`].
    pub fn identity(&self) -> Result<Identity, EstError> {
        let bad =
            |error: &dyn std::fmt::Display| EstError::Record(format!("the stored certificate: {error}"));
        identity_of(&self.leaf()?).map_err(|error| bad(&error))
    }

    /// The leaf certificate, DER.
    ///
    /// # Errors
    /// [`EstError::Record`].
    pub fn leaf(&self) -> Result<Vec<u8>, EstError> {
        let leaf = self.chain.first().and_then(|leaf| STANDARD.decode(leaf).ok());
        leaf.ok_or_else(|| EstError::Record("the stored certificate chain is empty or broken".into()))
    }

    /// The MFO's CA.
    ///
    /// # Errors
    /// [`EstError::Record`].
    pub fn trust(&self) -> Result<Trust, EstError> {
        trust_of(&self.ca_pem())
    }

    /// The MFO's CA, PEM.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        pem(&self.mfo.ca)
    }

    /// The identity key.
    ///
    /// # Errors
    /// [`KeyError::Store`]: it is not in the store, or the store does not answer.
    pub fn key(&self, store: &dyn KeyStore) -> Result<SharedKey, EstError> {
        let public = self.identity()?.jwk;
        store.key(&public)?.ok_or_else(|| {
            KeyError::Store(
                "the key of the certificate is not in the key store; enrol the terminal again".into(),
            )
            .into()
        })
    }

    /// Takes a new certificate in; the key before is listed for its destruction.
    pub(crate) fn replace(&mut self, accepted: Accepted) -> Result<(), EstError> {
        let former = self.identity()?.jwk;
        if former != accepted.key {
            self.retired.push(former);
        }
        self.retired.retain(|retired| *retired != accepted.key);
        self.chain = accepted.chain;
        self.at = accepted.at;
        Ok(())
    }
}

/// A certificate that was verified.
pub(crate) struct Accepted {
    pub chain: Vec<String>,
    pub key: PublicJwk,
    pub at: UtcMillis,
}

/// Verifies an answer: the time is the MFO's and new, the certificate is this terminal's, for this key, of this CA.
pub(crate) fn accept(
    reply: &Reply,
    terminal: &TerminalId,
    key: &PublicJwk,
    trust: &Trust,
    at_least: UtcMillis,
) -> Result<Accepted, EstError> {
    let bad = |error: &dyn std::fmt::Display| EstError::Untrusted(error.to_string());
    let at = verify_time(&reply.time, &reply.nonce, trust, at_least).map_err(|error| bad(&error))?;
    let chain = vec![STANDARD.encode(&reply.certificate)];
    let identity = trust.verify_chain(&chain, at).map_err(|error| bad(&error))?;
    if identity.common_name != terminal.as_str() || identity.jwk != *key || !identity.client_auth {
        return Err(bad(&"the certificate is for another name, key or use"));
    }
    Ok(Accepted { chain, key: *key, at })
}

/// Enrols a terminal by a one-time code: makes a key where none is waiting, gets it certified, and stores all that came.
/// May be repeated with the same code until it succeeds.
///
/// # Errors
/// [`EstError`]; the file is as it was.
pub fn commission(
    server: &EstClient,
    store: &dyn KeyStore,
    terminal: &TerminalId,
    code: &Secret,
    at_least: UtcMillis,
    path: &Path,
) -> Result<Enrolment, EstError> {
    // One that is broken is no reason not to make a new one.
    let former = Enrolment::load(path).ok().flatten();
    let compact = server.bundle()?;
    let ca = server.ca_der().ok_or_else(|| EstError::Untrusted("the server showed no CA".into()))?;
    let trust = trust_of(&pem(&STANDARD.encode(&ca)))?;
    let mfo = open_bundle(&compact, &ca, &trust).map_err(|error| EstError::Untrusted(error.to_string()))?;
    let key = next_key(store, former.as_ref())?;
    let reply = server.enrol(terminal, code, &certificate_request(terminal, &key)?)?;
    let accepted = accept(&reply, terminal, &key.public_jwk(), &trust, at_least)?;
    let enrolment = match former {
        Some(mut former) => {
            former.terminal = terminal.clone();
            former.mfo = mfo;
            former.replace(accepted)?;
            former
        }
        None => Enrolment {
            ver: VERSION,
            terminal: terminal.clone(),
            at: accepted.at,
            chain: accepted.chain,
            mfo,
            retired: Vec::new(),
        },
    };
    enrolment.store(path)?;
    Ok(enrolment)
}

/// The key to be certified next: one that waits from an attempt that was cut short, or a new one.
pub(crate) fn next_key(store: &dyn KeyStore, known: Option<&Enrolment>) -> Result<SharedKey, EstError> {
    let current = known.and_then(|known| known.identity().ok()).map(|identity| identity.jwk);
    let retired = known.map_or(&[][..], |known| known.retired.as_slice());
    let waiting = store.keys()?.into_iter().find(|key| Some(*key) != current && !retired.contains(key));
    let public = match waiting {
        Some(public) => public,
        None => store.generate()?,
    };
    let key = store.key(&public)?;
    key.ok_or_else(|| KeyError::Store("a key vanished right after it was made; try again".into()).into())
}

fn trust_of(pem: &str) -> Result<Trust, EstError> {
    Trust::from_pem(pem).map_err(|error| EstError::Record(format!("the MFO's CA: {error}")))
}

/// Base64 of DER as a PEM certificate.
fn pem(base64: &str) -> String {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in base64.as_bytes().chunks(64) {
        text.push_str(std::str::from_utf8(line).unwrap_or_default());
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}
