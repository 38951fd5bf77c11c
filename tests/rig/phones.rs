//! The borrower's phone, the QR service and the authority's services in memory, on the world's time.

use std::sync::{Arc, Mutex};

use senim_domain::{Secret, SecretBytes, SignatureId, UtcMillis};
use senim_eds::Trust;
use senim_gateway_core::connectors::{
    ConnectorError, Eds, RevocationSource, Signing, SigningOffer, SigningOrder, SigningState, Timestamping,
};
use senim_pki::phone::{Manner, Phone};
use senim_pki::qr::{QrService, State};
use senim_pki::{Algorithm, Holder, Pki};

use crate::services::iin;

struct Content {
    pki: Pki,
    service: QrService,
    now: UtcMillis,
    /// What the phone does next, in order; afterwards it signs.
    manners: Vec<Manner>,
    scans: usize,
    holder: Holder,
}

/// Phones that sign, and everything behind them.
#[derive(Clone)]
pub struct Phones(Arc<Mutex<Content>>);

impl Phones {
    /// A phone that does this, in order, and then signs.
    #[must_use]
    pub fn new(mut manners: Vec<Manner>) -> Self {
        manners.reverse();
        let (pki, service) = (Pki::new().unwrap(), QrService::default());
        let holder = Holder {
            iin: iin(),
            surname: "Серікбаева".into(),
            given_name: "Айгүл".into(),
            patronymic: Some("Болатқызы".into()),
        };
        Self(Arc::new(Mutex::new(Content { pki, service, now: UtcMillis(0), manners, scans: 0, holder })))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Content) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    /// The world's time.
    pub fn set_now(&self, now: UtcMillis) {
        self.with(|content| content.now = now);
    }

    /// Whose phone it is from now on.
    pub fn give_to(&self, iin: &str, surname: &str, given_name: &str) {
        self.with(|content| {
            content.holder = Holder {
                iin: iin.to_owned(),
                surname: surname.to_owned(),
                given_name: given_name.to_owned(),
                patronymic: None,
            };
        });
    }

    /// Codes that a phone has read.
    #[must_use]
    pub fn scans(&self) -> usize {
        self.with(|content| content.scans)
    }

    /// The borrower points the phone at the screen; a code that was read already is left alone.
    pub fn scan(&self, qr: &Secret) {
        self.with(|content| {
            let holder = content.holder.clone();
            let manner = content.manners.last().copied().unwrap_or_default();
            let phone = Phone { holder, algorithm: Algorithm::P256, manner };
            let read = content.service.play(&content.pki, &phone, qr.expose(), content.now.0).unwrap();
            if read.is_ok() {
                content.manners.pop();
                content.scans += 1;
            }
        });
    }

    /// What the gateway speaks to.
    #[must_use]
    pub fn connectors(&self) -> Eds {
        let trust = self.with(|content| {
            let root = content.pki.root().to_vec();
            Trust::new(vec![root.clone()], vec![root], vec![content.pki.issuing().to_vec()]).unwrap()
        });
        Eds {
            trust,
            signing: Box::new(self.clone()),
            timestamping: Box::new(self.clone()),
            revocation: Box::new(self.clone()),
            gost: None,
        }
    }
}

impl Signing for Phones {
    fn start(&self, order: &SigningOrder) -> Result<SigningOffer, ConnectorError> {
        let (owner, life) = (order.signature.to_string(), i64::from(order.life_seconds) * 1000);
        let begun = self.with(|content| {
            content.service.begin(&owner, order.document.expose(), life, "http://service", content.now.0)
        });
        Ok(SigningOffer {
            operation: begun.operation,
            qr: Secret::new(begun.qr),
            expires: UtcMillis(begun.expires),
        })
    }

    fn state(&self, signature: SignatureId, operation: &str) -> Result<SigningState, ConnectorError> {
        let state =
            self.with(|content| content.service.state(&signature.to_string(), operation, content.now.0));
        Ok(match state {
            Some(State::Waiting) => SigningState::Waiting,
            Some(State::Done(cms)) => SigningState::Signed(SecretBytes::new(cms)),
            Some(State::Declined) => SigningState::Declined,
            Some(State::Expired) | None => SigningState::Expired,
            Some(State::Cancelled) => SigningState::Cancelled,
        })
    }

    fn cancel(&self, signature: SignatureId, operation: &str) -> Result<(), ConnectorError> {
        self.with(|content| content.service.cancel(&signature.to_string(), operation));
        Ok(())
    }
}

impl Timestamping for Phones {
    fn stamp(&self, request: &[u8]) -> Result<Vec<u8>, ConnectorError> {
        Ok(self.with(|content| content.pki.timestamp(request, content.now.0).unwrap()))
    }
}

impl RevocationSource for Phones {
    fn ocsp(&self, request: &[u8]) -> Result<Vec<u8>, ConnectorError> {
        Ok(self.with(|content| content.pki.ocsp(request, content.now.0).unwrap()))
    }

    fn lists(&self) -> Result<Vec<Vec<u8>>, ConnectorError> {
        Ok(self.with(|content| vec![content.pki.crl(content.now.0).unwrap()]))
    }
}
