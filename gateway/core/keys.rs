//! The MFO's keys and what is signed with them: messages, time, cosignatures.

use std::sync::{Arc, Mutex, PoisonError};

use senim_operation::attachment::Opener;
use senim_operation::jws::{self, Header};
use senim_operation::message::{self, Address, MessageBody};
use senim_operation::signer::{KeyError, Signer};
use senim_operation::trust::Trust;

use crate::error::GatewayError;
use crate::vault::Vault;

/// Every key of the MFO, from wherever they are kept.
pub struct Keys {
    message: Mutex<Box<dyn Signer>>,
    message_x5c: Vec<String>,
    pub(crate) cosigner: Mutex<Box<dyn Signer>>,
    pub(crate) cosigner_x5c: Vec<String>,
    pub(crate) opener: Opener,
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
            opener,
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
