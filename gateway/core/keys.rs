//! The MFO's keys and what is signed with them: messages, time, cosignatures.

use std::sync::{Arc, Mutex, PoisonError};

use senim_domain::SecretBytes;
use senim_operation::attachment::{AttachmentError, Opener};
use senim_operation::jws::{self, Header};
use senim_operation::message::{self, Address, MessageBody};
use senim_operation::signer::{KeyError, Signer};
use senim_operation::trust::Trust;

use crate::error::GatewayError;
use crate::vault::Vault;

/// Where the private halves of keys for sealing are kept: those of today and those of years ago.
pub trait Openers: Send + Sync {
    /// All of them.
    ///
    /// # Errors
    /// [`KeyError`] when they cannot be read.
    fn load(&self) -> Result<Vec<Opener>, KeyError>;
}

/// Every key of the MFO, from wherever they are kept.
pub struct Keys {
    message: Mutex<Box<dyn Signer>>,
    message_x5c: Vec<String>,
    pub(crate) cosigner: Mutex<Box<dyn Signer>>,
    pub(crate) cosigner_x5c: Vec<String>,
    openers: Mutex<Vec<Opener>>,
    more_openers: Option<Box<dyn Openers>>,
    pub(crate) vault: Vault,
    pub(crate) trust: Arc<Trust>,
}

impl Keys {
    /// Puts the keys together. `message_x5c`: certificates of the message key, standard base64 of DER, leaf first,
    /// without the CA; `trust`: whose terminals are believed.
    #[must_use]
    pub fn new(
        message: Box<dyn Signer>,
        message_x5c: Vec<String>,
        cosigner: Box<dyn Signer>,
        opener: Opener,
        vault: Vault,
        trust: Arc<Trust>,
    ) -> Self {
        Self {
            message: Mutex::new(message),
            message_x5c,
            cosigner: Mutex::new(cosigner),
            cosigner_x5c: Vec::new(),
            openers: Mutex::new(vec![opener]),
            more_openers: None,
            vault,
            trust,
        }
    }

    /// With the certificates of the cosigner, in the same form: dossiers carry them.
    #[must_use]
    pub fn with_cosigner_x5c(mut self, x5c: Vec<String>) -> Self {
        self.cosigner_x5c = x5c;
        self
    }

    /// With more keys for opening; they are looked up when an attachment names one that is not known yet, so that a key
    /// made by another process opens without a restart.
    #[must_use]
    pub fn with_openers(mut self, openers: Box<dyn Openers>) -> Self {
        self.more_openers = Some(openers);
        self
    }

    /// Opens an attachment with whichever key it is sealed to.
    pub(crate) fn open(&self, jwe: &str) -> Result<SecretBytes, AttachmentError> {
        let mut openers = self.openers.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = open_with(&openers, jwe);
        let (Err(AttachmentError::OtherKey(kid)), Some(more)) = (&opened, &self.more_openers) else {
            return opened;
        };
        match more.load() {
            Ok(all) => match all.into_iter().find(|opener| opener.public_jwk().thumbprint() == *kid) {
                Some(found) => {
                    openers.push(found);
                    open_with(&openers, jwe)
                }
                None => opened,
            },
            Err(error) => {
                tracing::error!(%error, "keys for opening cannot be read");
                opened
            }
        }
    }

    /// Signs a message to a terminal.
    pub(crate) fn message(&self, address: &Address, body: &MessageBody) -> Result<String, GatewayError> {
        let signer = self.message.lock().unwrap_or_else(PoisonError::into_inner);
        message::seal_message(address, body, signer.as_ref(), Some(self.message_x5c.clone()))
            .map_err(|error| GatewayError::Internal(error.to_string()))
    }

    /// Signs something else of the MFO as a compact JWS of its own type.
    pub(crate) fn sign(&self, typ: &str, payload: &[u8]) -> Result<String, GatewayError> {
        let signer = self.message.lock().unwrap_or_else(PoisonError::into_inner);
        let mut header = Header::message(signer.public_jwk().thumbprint(), Some(self.message_x5c.clone()));
        typ.clone_into(&mut header.typ);
        jws::sign_compact(&header, payload, signer.as_ref())
            .map_err(|error| GatewayError::Key(KeyError::Store(error.to_string())))
    }
}

/// The verdict of the key that the attachment names; [`AttachmentError::OtherKey`] where it is not among these.
fn open_with(openers: &[Opener], jwe: &str) -> Result<SecretBytes, AttachmentError> {
    let mut unknown = AttachmentError::OtherKey(String::new());
    for opener in openers {
        match opener.open(jwe) {
            Err(other @ AttachmentError::OtherKey(_)) => unknown = other,
            opened => return opened,
        }
    }
    Err(unknown)
}

#[cfg(test)]
mod tests {
    use senim_operation::attachment::MfoSealer;
    use senim_operation::signer::{RamKey, Sealer as _};

    use super::*;

    struct Two(SecretBytes, SecretBytes);

    impl Openers for Two {
        fn load(&self) -> Result<Vec<Opener>, KeyError> {
            Ok(vec![Opener::from_pkcs8(self.0.expose())?, Opener::from_pkcs8(self.1.expose())?])
        }
    }

    #[test]
    fn what_is_sealed_to_the_former_and_to_a_new_key_opens_and_a_strangers_does_not() {
        let (former, former_pkcs8) = Opener::generate().unwrap();
        let (new, new_pkcs8) = Opener::generate().unwrap();
        let stranger = Opener::generate().unwrap().0;
        let jwks = [&former, &new, &stranger].map(Opener::public_jwk);
        let signer = || Box::new(RamKey::generate().unwrap().0);
        let ca = rcgen::KeyPair::generate().unwrap();
        let ca = rcgen::CertificateParams::default().self_signed(&ca).unwrap().pem();
        let keys = Keys::new(
            signer(),
            Vec::new(),
            signer(),
            former,
            Vault::new(&SecretBytes::new(vec![9; 32])).unwrap(),
            Arc::new(Trust::from_pem(&ca).unwrap()),
        )
        .with_openers(Box::new(Two(former_pkcs8, new_pkcs8)));
        let open = |jwk| keys.open(&MfoSealer::new(jwk).seal(b"900514300002").unwrap());
        assert_eq!(jwks.map(|jwk| open(jwk).is_ok()), [true, true, false]);
        assert_eq!(open(jwks[1]).unwrap().expose(), b"900514300002");
    }
}
