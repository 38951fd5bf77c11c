//! The rig's client with a phone, and what stands behind it.

use senim_domain::Secret;
use senim_pki::phone::{Manner, Phone};
use senim_pki::qr::ScanFault;
use senim_pki::{Algorithm, Holder};
use senim_test_services::Phones;

use super::iin;

/// The client, as the authority knows them.
pub fn holder() -> Holder {
    Holder {
        iin: iin(),
        surname: "Серікбаева".into(),
        given_name: "Айгүл".into(),
        patronymic: Some("Болатқызы".into()),
    }
}

/// The client's phone reads a code.
pub fn scan(phones: &Phones, qr: &Secret, algorithm: Algorithm, manner: Manner) -> Result<(), ScanFault> {
    phones.scan(&Phone { holder: holder(), algorithm, manner }, qr)
}
