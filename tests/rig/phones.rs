//! The borrower's phone, before what the shared services stand, on the world's time.

use std::sync::{Arc, Mutex};

use senim_domain::{Secret, UtcMillis};
use senim_gateway_core::connectors::Eds;
use senim_pki::phone::{Manner, Phone};
use senim_pki::qr::ScanFault;
use senim_pki::{Algorithm, Holder};

use crate::services::iin;

struct Content {
    /// What the phone does next, in order; afterwards it signs.
    manners: Vec<Manner>,
    scans: usize,
    holder: Holder,
}

/// Phones that sign, and everything behind them.
#[derive(Clone)]
pub struct Phones {
    behind: senim_test_services::Phones,
    content: Arc<Mutex<Content>>,
}

impl Phones {
    /// A phone that does this, in order, and then signs.
    #[must_use]
    pub fn new(mut manners: Vec<Manner>) -> Self {
        manners.reverse();
        let holder = Holder {
            iin: iin(),
            surname: "Серікбаева".into(),
            given_name: "Айгүл".into(),
            patronymic: Some("Болатқызы".into()),
        };
        Self {
            behind: senim_test_services::Phones::new(UtcMillis(0), iin()),
            content: Arc::new(Mutex::new(Content { manners, scans: 0, holder })),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Content) -> T) -> T {
        act(&mut self.content.lock().unwrap())
    }

    /// The world's time.
    pub fn set_now(&self, now: UtcMillis) {
        self.behind.set(|authority| authority.now = now);
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

    /// This person points a phone at the screen, once.
    ///
    /// # Errors
    /// [`ScanFault`].
    pub fn scan_by(&self, holder: Holder, manner: Manner, qr: &Secret) -> Result<(), ScanFault> {
        let phone = Phone { holder, algorithm: Algorithm::P256, manner };
        self.behind.scan(&phone, qr)?;
        self.with(|content| content.scans += 1);
        Ok(())
    }

    /// The borrower points the phone at the screen; a code that was read already is left alone.
    pub fn scan(&self, qr: &Secret) {
        self.with(|content| {
            let holder = content.holder.clone();
            let manner = content.manners.last().copied().unwrap_or_default();
            let phone = Phone { holder, algorithm: Algorithm::P256, manner };
            if self.behind.scan(&phone, qr).is_ok() {
                content.manners.pop();
                content.scans += 1;
            }
        });
    }

    /// The authority behind them.
    #[must_use]
    pub fn behind(&self) -> senim_test_services::Phones {
        self.behind.clone()
    }

    /// What the gateway speaks to.
    #[must_use]
    pub fn connectors(&self) -> Eds {
        Eds { gost: None, ..self.behind.connectors() }
    }
}
