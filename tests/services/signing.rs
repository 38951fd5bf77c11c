//! Phones that sign, the QR service and the authority's services in memory, on the time of the test, with faults to switch.

use std::sync::{Arc, Mutex};

use senim_domain::{Secret, SecretBytes, SignatureId, UtcMillis};
use senim_eds::Trust;
use senim_gateway_core::connectors::{
    Cards, ConnectorError, Eds, GostFinding, GostJudge, RevocationSource, Signing, SigningOffer,
    SigningOrder, SigningState, Timestamping,
};
use senim_pki::Pki;
use senim_pki::phone::Phone;
use senim_pki::qr::{QrService, ScanFault, State};

/// What stands behind the phones and how it is.
pub struct Authority {
    /// The authority.
    pub pki: Pki,
    /// Where codes are made and read.
    pub service: QrService,
    /// The time there.
    pub now: UtcMillis,
    /// The QR service is away.
    pub service_down: bool,
    /// The revocation responder is away.
    pub ocsp_down: bool,
    /// The revocation lists are away.
    pub lists_down: bool,
    /// Time-stamps are away.
    pub stamps_down: bool,
    /// The judge of GOST signatures is away.
    pub gost_down: bool,
    /// Codes that were made.
    pub started: u32,
    /// Whom the judge of GOST signatures finds in any of them.
    gost_iin: String,
}

/// Everything that a signature on a phone needs; clones are the same.
#[derive(Clone)]
pub struct Phones(Arc<Mutex<Authority>>);

impl Phones {
    /// A new authority. GOST signatures are opaque here, so that their signer's IIN is told.
    #[must_use]
    pub fn new(now: UtcMillis, gost_iin: String) -> Self {
        Self(Arc::new(Mutex::new(Authority {
            pki: Pki::new().unwrap(),
            service: QrService::default(),
            now,
            service_down: false,
            ocsp_down: false,
            lists_down: false,
            stamps_down: false,
            gost_down: false,
            started: 0,
            gost_iin,
        })))
    }

    /// Changes something.
    pub fn set(&self, change: impl FnOnce(&mut Authority)) {
        change(&mut self.0.lock().unwrap());
    }

    /// Looks at something.
    pub fn get<T>(&self, read: impl FnOnce(&mut Authority) -> T) -> T {
        read(&mut self.0.lock().unwrap())
    }

    /// A phone reads a code.
    ///
    /// # Errors
    /// [`ScanFault`].
    pub fn scan(&self, phone: &Phone, qr: &Secret) -> Result<(), ScanFault> {
        self.get(|w| w.service.play(&w.pki, phone, qr.expose(), w.now.0).unwrap())
    }

    /// What its signatures are judged by.
    #[must_use]
    pub fn trust(&self) -> Trust {
        self.get(|w| {
            let root = w.pki.root().to_vec();
            Trust::new(vec![root.clone()], vec![root], vec![w.pki.issuing().to_vec()]).unwrap()
        })
    }

    /// What the gateway speaks to.
    #[must_use]
    pub fn connectors(&self) -> Eds {
        Eds {
            trust: self.trust(),
            signing: Box::new(self.clone()),
            timestamping: Box::new(self.clone()),
            revocation: Box::new(self.clone()),
            gost: Some(Box::new(self.clone())),
        }
    }

    /// What the gateway knows the MFO's cards by: the same authority issues them.
    #[must_use]
    pub fn cards(&self) -> Cards {
        Cards { trust: self.trust(), revocation: Box::new(self.clone()) }
    }

    fn up(&self, down: fn(&Authority) -> bool) -> Result<(), ConnectorError> {
        if self.get(|w| down(w)) {
            return Err(ConnectorError::Unavailable { service: "eds", cause: "down".to_owned() });
        }
        Ok(())
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
            iin: Some(Secret::new(self.get(|w| w.gost_iin.clone()))),
            validity: None,
            revoked: vec![false],
            stamped: found.and_then(|found| found.stamped).map(UtcMillis),
            answer: SecretBytes::new(b"{\"valid\":true}".to_vec()),
        })
    }
}
