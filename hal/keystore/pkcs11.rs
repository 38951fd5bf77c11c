//! Keys in a PKCS#11 token: a smart card, an HSM, SoftHSM, or the board's TPM through `libtpm2_pkcs11`.
//!
//! Keys are made on the token, sensitive and not extractable; one that is not so is refused. `CKM_ECDSA` signs the
//! SHA-256 that is made here and answers r‖s, just as JWS wants it.
//!
//! A token may be pulled out and come back: whatever a call fails with, the module is set up anew and the call made once
//! more, and every later call tries again. A wrong PIN is the exception, because tokens lock themselves: it is tried
//! once, which a mark on disk remembers beyond a restart until the PIN is another one.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use der::Decode as _;
use der::asn1::OctetString;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use senim_domain::Secret;
use senim_operation::jws::PublicJwk;
use senim_operation::signer::{KeyError, Signer};

use crate::{Custody, KeyStore, PinSource, SharedKey};

/// prime256v1, 1.2.840.10045.3.1.7, in DER.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// Which token of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// By its label.
    Label(String),
    /// By its serial number.
    Serial(String),
}

/// Where the keys are.
#[derive(Clone, Debug)]
pub struct Pkcs11Options {
    /// The module, an absolute path.
    pub module: PathBuf,
    /// The token.
    pub token: Token,
    /// Label of this terminal's keys.
    pub key_label: String,
    /// The user's PIN.
    pub pin: PinSource,
    /// A file that remembers which PIN the token has refused.
    pub refused_mark: PathBuf,
}

/// A token, opened when it is first needed.
pub struct Pkcs11Store {
    line: Arc<Line>,
}

impl Pkcs11Store {
    /// A token; nothing is loaded yet.
    #[must_use]
    pub fn new(options: Pkcs11Options) -> Self {
        Self { line: Arc::new(Line { options, open: Mutex::new(None) }) }
    }
}

impl KeyStore for Pkcs11Store {
    fn custody(&self) -> Custody {
        Custody::Pkcs11
    }

    fn keys(&self) -> Result<Vec<PublicJwk>, KeyError> {
        Ok(self.line.publics()?.into_iter().map(|(public, _)| public).collect())
    }

    fn key(&self, public: &PublicJwk) -> Result<Option<SharedKey>, KeyError> {
        let found = self.line.publics()?.into_iter().find(|(known, _)| known == public);
        let Some((public, id)) = found else { return Ok(None) };
        let key = TokenKey { line: Arc::clone(&self.line), id, public };
        self.line.with(|open| open.private(&key.id).map(|_| ()))?;
        Ok(Some(Arc::new(key)))
    }

    fn generate(&self) -> Result<PublicJwk, KeyError> {
        let mut id = vec![0; 16];
        SystemRandom::new().fill(&mut id).map_err(|_| KeyError::NoRandomness)?;
        let label = self.line.options.key_label.clone().into_bytes();
        self.line.with(|open| {
            let common = [Attribute::Token(true), Attribute::Label(label.clone()), Attribute::Id(id.clone())];
            let mut public = common.to_vec();
            public.extend([
                Attribute::Private(false),
                Attribute::Verify(true),
                Attribute::EcParams(P256.to_vec()),
            ]);
            let mut private = common.to_vec();
            private.extend([
                Attribute::Private(true),
                Attribute::Sensitive(true),
                Attribute::Extractable(false),
                Attribute::Sign(true),
            ]);
            let (public, _) = open.session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)?;
            open.public(public)
        })
    }

    fn destroy(&self, public: &PublicJwk) -> Result<(), KeyError> {
        let found = self.line.publics()?.into_iter().filter(|(known, _)| known == public);
        for (_, id) in found {
            self.line.with(|open| {
                open.handles.remove(&id);
                for handle in open.session.find_objects(&[Attribute::Id(id.clone())])? {
                    open.session.destroy_object(handle)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// A key that signs on the token.
struct TokenKey {
    line: Arc<Line>,
    id: Vec<u8>,
    public: PublicJwk,
}

impl Signer for TokenKey {
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        let hash = digest(&SHA256, message);
        let signature = self.line.with(|open| {
            let key = open.private(&self.id)?;
            Ok(open.session.sign(&Mechanism::Ecdsa, key, hash.as_ref())?)
        })?;
        signature.try_into().map_err(|_| {
            KeyError::Store("the token's signature does not have 64 bytes; use another token".into())
        })
    }

    fn public_jwk(&self) -> PublicJwk {
        self.public
    }
}

/// The way to the token.
struct Line {
    options: Pkcs11Options,
    open: Mutex<Option<Open>>,
}

/// A session with the user logged in.
struct Open {
    // Before the module: the session ends first.
    session: Session,
    module: Pkcs11,
    handles: BTreeMap<Vec<u8>, ObjectHandle>,
}

/// What ended a call.
enum Broken {
    /// Another attempt with a new session may do.
    Line(Error),
    /// It will not.
    Final(KeyError),
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Line(error)
    }
}

fn refused(text: impl Into<String>) -> Broken {
    Broken::Final(KeyError::Store(text.into()))
}

impl Drop for Open {
    fn drop(&mut self) {
        // Also ends the session. A module that is gone cannot be told.
        let _gone = self.module.clone().finalize();
    }
}

impl Line {
    /// Makes a call; sets the module up anew and makes it once more when it fails.
    fn with<T>(&self, call: impl Fn(&mut Open) -> Result<T, Broken>) -> Result<T, KeyError> {
        let mut slot = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = None;
        for _ in 0..2 {
            let open = match slot.take() {
                Some(open) => Ok(open),
                None => self.open(),
            };
            let done = open.and_then(|mut open| {
                let done = call(&mut open)?;
                *slot = Some(open);
                Ok(done)
            });
            match done {
                Ok(done) => return Ok(done),
                Err(Broken::Final(error)) => return Err(error),
                Err(Broken::Line(error)) => {
                    tracing::warn!(%error, "the key store's token failed");
                    last = Some(error);
                }
            }
        }
        let cause = last.map_or_else(String::new, |error| brief(&error));
        Err(KeyError::Store(format!(
            "{}: the token {} does not answer ({cause}); plug it in again, then try again",
            self.options.module.display(),
            self.name()
        )))
    }

    fn name(&self) -> &str {
        match &self.options.token {
            Token::Label(name) | Token::Serial(name) => name,
        }
    }

    fn open(&self) -> Result<Open, Broken> {
        let path = &self.options.module;
        let module = Pkcs11::new(path).map_err(|error| {
            refused(format!(
                "the PKCS#11 module {} cannot be loaded ({}); install it or correct identity.pkcs11.module",
                path.display(),
                brief(&error)
            ))
        })?;
        match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(error.into()),
        }
        let session = self.log_in(&module).inspect_err(|_| {
            let _gone = module.clone().finalize();
        })?;
        Ok(Open { session, module, handles: BTreeMap::new() })
    }

    fn log_in(&self, module: &Pkcs11) -> Result<Session, Broken> {
        let (slot, info) = self.slot(module)?;
        let name = self.name();
        if !info.user_pin_initialized() {
            return Err(refused(format!(
                "the token {name} has no user PIN yet; set one (pkcs11-tool --init-pin)"
            )));
        }
        if info.user_pin_locked() {
            return Err(refused(format!(
                "the token {name} has locked its PIN; unlock it with the security officer's"
            )));
        }
        if info.user_pin_final_try() {
            let text = "one wrong PIN away from locking itself, so its PIN is not tried";
            return Err(refused(format!(
                "the token {name} is {text}; log in by hand once, then start again"
            )));
        }
        let pin = self.options.pin.read().map_err(|error| refused(error.to_string()))?;
        let mark = self.mark(&pin);
        if std::fs::read_to_string(&self.options.refused_mark).is_ok_and(|refused| refused == mark) {
            return Err(self.wrong_pin());
        }
        let session = module.open_rw_session(slot)?;
        match session.login(UserType::User, Some(&AuthPin::from(pin.expose().to_owned()))) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _)) => {
                if let Err(error) = write_mark(&self.options.refused_mark, &mark) {
                    tracing::error!(%error, "that the PIN is wrong cannot be remembered");
                }
                Err(self.wrong_pin())
            }
            Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(refused(format!(
                "the token {name} has locked its PIN; unlock it with the security officer's"
            ))),
            Err(error) => Err(error.into()),
        }
    }

    fn wrong_pin(&self) -> Broken {
        refused(format!(
            "the token {} refused its PIN; it is not tried again until another one is written where the PIN is kept",
            self.name()
        ))
    }

    /// Names a PIN for one token without saying it.
    fn mark(&self, pin: &Secret) -> String {
        let text = Secret::new(format!(
            "{}\0{:?}\0{}",
            self.options.module.display(),
            self.options.token,
            pin.expose()
        ));
        senim_operation::jws::sha256_b64(text.expose().as_bytes())
    }

    fn slot(&self, module: &Pkcs11) -> Result<(Slot, TokenInfo), Broken> {
        for slot in module.get_slots_with_token()? {
            let Ok(info) = module.get_token_info(slot) else { continue };
            let fits = match &self.options.token {
                Token::Label(label) => info.label().trim_end() == label,
                Token::Serial(serial) => info.serial_number().trim_end() == serial,
            };
            if fits {
                return Ok((slot, info));
            }
        }
        Err(refused(format!(
            "{} sees no token {}; plug it in, or correct identity.pkcs11.token",
            self.options.module.display(),
            self.name()
        )))
    }

    fn publics(&self) -> Result<Vec<(PublicJwk, Vec<u8>)>, KeyError> {
        let template = [
            Attribute::Class(ObjectClass::PUBLIC_KEY),
            Attribute::KeyType(KeyType::EC),
            Attribute::Label(self.options.key_label.clone().into_bytes()),
        ];
        self.with(|open| {
            let mut found = Vec::new();
            for handle in open.session.find_objects(&template)? {
                let mut id = None;
                for attribute in open.session.get_attributes(handle, &[AttributeType::Id])? {
                    if let Attribute::Id(bytes) = attribute {
                        id = Some(bytes);
                    }
                }
                // A key of another curve under our label is somebody else's business.
                if let (Some(id), Ok(public)) = (id, open.public(handle)) {
                    found.push((public, id));
                }
            }
            Ok(found)
        })
    }
}

impl Open {
    /// Reads a public key.
    fn public(&self, handle: ObjectHandle) -> Result<PublicJwk, Broken> {
        for attribute in self.session.get_attributes(handle, &[AttributeType::EcPoint])? {
            if let Attribute::EcPoint(point) = attribute {
                return read_point(&point).map_err(Broken::Final);
            }
        }
        Err(refused("the token does not show the public half of its key; use another token"))
    }

    /// The private key with that id; one that could leave the token is refused.
    fn private(&mut self, id: &[u8]) -> Result<ObjectHandle, Broken> {
        if let Some(handle) = self.handles.get(id) {
            return Ok(*handle);
        }
        let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(id.to_vec())];
        let found = self.session.find_objects(&template)?;
        let handle = found.first().ok_or_else(|| {
            refused("the private key is not on the token any more; enrol the terminal again")
        })?;
        let kept = [
            AttributeType::Sensitive,
            AttributeType::Extractable,
            AttributeType::AlwaysSensitive,
            AttributeType::NeverExtractable,
        ];
        for attribute in self.session.get_attributes(*handle, &kept)? {
            let could_leave = matches!(
                attribute,
                Attribute::Sensitive(false)
                    | Attribute::Extractable(true)
                    | Attribute::AlwaysSensitive(false)
                    | Attribute::NeverExtractable(false)
            );
            if could_leave {
                return Err(refused(
                    "the key could leave its token; enrol the terminal again, with a key that is made on the token",
                ));
            }
        }
        self.handles.insert(id.to_vec(), *handle);
        Ok(*handle)
    }
}

fn write_mark(path: &Path, mark: &str) -> std::io::Result<()> {
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(mark.as_bytes())
}

/// An uncompressed point, in the OCTET STRING that PKCS#11 demands or, from older modules, without it.
fn read_point(bytes: &[u8]) -> Result<PublicJwk, KeyError> {
    match OctetString::from_der(bytes) {
        Ok(inner) => PublicJwk::from_sec1(inner.as_bytes()),
        Err(_) => PublicJwk::from_sec1(bytes),
    }
}

/// The return code without the standard's prose about it.
fn brief(error: &Error) -> String {
    match error {
        Error::Pkcs11(code, function) => format!("{function}: {code:?}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_read_with_and_without_its_octet_string() {
        let mut point = vec![4];
        point.extend([7; 64]);
        let wrapped = [&[0x04, 65], point.as_slice()].concat();
        let expected = PublicJwk::from_sec1(&point).unwrap();
        assert_eq!(read_point(&wrapped).unwrap(), expected);
        assert_eq!(read_point(&point).unwrap(), expected);
        assert!(read_point(&point[..64]).is_err());
        assert!(read_point(&[]).is_err());
    }
}
