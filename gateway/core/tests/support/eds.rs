//! Phones, the QR service and the authority's services in memory, on the time of the test, with faults to switch.

use std::sync::{Arc, Mutex};

use senim_domain::{Secret, SecretBytes, SignatureId, UtcMillis};
use senim_eds::Trust;
use senim_gateway_core::connectors::*;
use senim_pki::phone::{Manner, Phone};
use senim_pki::qr::{QrService, ScanFault, State};
use senim_pki::{Algorithm, Holder, Pki};

use super::{DOWN, NOON, iin};

pub struct World {
    pub pki: Pki,
    pub service: QrService,
    pub now: UtcMillis,
    pub service_down: bool,
    pub ocsp_down: bool,
    pub lists_down: bool,
    pub stamps_down: bool,
    pub gost_down: bool,
    /// The last code that was made.
    pub started: u32,
}

#[derive(Clone)]
pub struct Phones(pub Arc<Mutex<World>>);

impl Phones {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(World {
            pki: Pki::new().unwrap(),
            service: QrService::default(),
            now: NOON,
            service_down: false,
            ocsp_down: false,
            lists_down: false,
            stamps_down: false,
            gost_down: false,
            started: 0,
        })))
    }

    pub fn set(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.0.lock().unwrap());
    }

    pub fn get<T>(&self, read: impl FnOnce(&mut World) -> T) -> T {
        read(&mut self.0.lock().unwrap())
    }

    pub fn holder() -> Holder {
        Holder {
            iin: iin(),
            surname: "Серікбаева".into(),
            given_name: "Айгүл".into(),
            patronymic: Some("Болатқызы".into()),
        }
    }

    /// The client's phone reads a code.
    pub fn scan(&self, qr: &Secret, algorithm: Algorithm, manner: Manner) -> Result<(), ScanFault> {
        self.scan_as(Self::holder(), qr, algorithm, manner)
    }

    /// Somebody's phone does.
    pub fn scan_as(
        &self,
        holder: Holder,
        qr: &Secret,
        algorithm: Algorithm,
        manner: Manner,
    ) -> Result<(), ScanFault> {
        let phone = Phone { holder, algorithm, manner };
        self.get(|w| w.service.play(&w.pki, &phone, qr.expose(), w.now.0).unwrap())
    }

    pub fn trust(&self) -> Trust {
        self.get(|w| {
            let root = w.pki.root().to_vec();
            Trust::new(vec![root.clone()], vec![root], vec![w.pki.issuing().to_vec()]).unwrap()
        })
    }

    pub fn connectors(&self) -> Eds {
        Eds {
            trust: self.trust(),
            signing: Box::new(self.clone()),
            timestamping: Box::new(self.clone()),
            revocation: Box::new(self.clone()),
            gost: Some(Box::new(self.clone())),
        }
    }

    fn up(&self, down: fn(&World) -> bool) -> Result<(), ConnectorError> {
        if self.get(|w| down(w)) { Err(DOWN) } else { Ok(()) }
    }
}

impl Signing for Phones {
    fn start(&self, order: &SigningOrder) -> Result<SigningOffer, ConnectorError> {
        self.up(|w| w.service_down)?;
        let (owner, life) = (order.signature.to_string(), i64::from(order.life_seconds) * 1000);
        let begun = self.get(|w| {
            w.started += 1;
            w.service.begin(&owner, order.document.expose(), life, "http://service", w.now.0)
        });
        Ok(SigningOffer {
            operation: begun.operation,
            qr: Secret::new(begun.qr),
            expires: UtcMillis(begun.expires),
        })
    }

    fn state(&self, signature: SignatureId, operation: &str) -> Result<SigningState, ConnectorError> {
        self.up(|w| w.service_down)?;
        let state = self.get(|w| w.service.state(&signature.to_string(), operation, w.now.0));
        Ok(match state {
            Some(State::Waiting) => SigningState::Waiting,
            Some(State::Done(cms)) => SigningState::Signed(SecretBytes::new(cms)),
            Some(State::Declined) => SigningState::Declined,
            Some(State::Expired) | None => SigningState::Expired,
            Some(State::Cancelled) => SigningState::Cancelled,
        })
    }

    fn cancel(&self, signature: SignatureId, operation: &str) -> Result<(), ConnectorError> {
        self.up(|w| w.service_down)?;
        self.get(|w| w.service.cancel(&signature.to_string(), operation));
        Ok(())
    }
}

impl Timestamping for Phones {
    fn stamp(&self, request: &[u8]) -> Result<Vec<u8>, ConnectorError> {
        self.up(|w| w.stamps_down)?;
        Ok(self.get(|w| w.pki.timestamp(request, w.now.0).unwrap()))
    }
}

impl RevocationSource for Phones {
    fn ocsp(&self, request: &[u8]) -> Result<Vec<u8>, ConnectorError> {
        self.up(|w| w.ocsp_down)?;
        Ok(self.get(|w| w.pki.ocsp(request, w.now.0).unwrap()))
    }

    fn lists(&self) -> Result<Vec<Vec<u8>>, ConnectorError> {
        self.up(|w| w.lists_down)?;
        Ok(self.get(|w| vec![w.pki.crl(w.now.0).unwrap(), w.pki.root_crl(w.now.0).unwrap()]))
    }
}

impl GostJudge for Phones {
    fn judge(&self, cms: &[u8], document: &SecretBytes) -> Result<GostFinding, ConnectorError> {
        self.up(|w| w.gost_down)?;
        let found = senim_pki::gost::judge(cms, Some(document.expose()));
        Ok(GostFinding {
            valid: found.as_ref().is_some_and(|found| found.valid),
            for_signing: true,
            individual: true,
            organisation: false,
            iin: Some(Secret::new(iin())),
            validity: None,
            revoked: vec![false],
            stamped: found.and_then(|found| found.stamped).map(UtcMillis),
            answer: SecretBytes::new(b"{\"valid\":true}".to_vec()),
        })
    }
}
