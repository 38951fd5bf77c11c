//! A gateway for load tests: keys of a [`Mfo`], any store, and services behind it that are all away.
//!
//! What a row calls for is therefore left pending; rows themselves are taken and acknowledged as in service.

use senim_domain::{ClientId, Secret, SecretBytes};
use senim_gateway_core::connectors::{
    Client, ConnectorError, Connectors, ContractChanges, CoreLending, DebtBurden, FaceMatch, FaceMatcher,
    Finding, LoanBooking, PayoutReport, Refunds, Sms,
};
use senim_gateway_core::entropy::SystemEntropy;
use senim_gateway_core::store::Store;
use senim_gateway_core::{Gateway, Settings};
use senim_operation::Profile;

use crate::error::LoadError;
use crate::pki::Mfo;

/// A gateway over a store.
///
/// # Errors
/// [`LoadError::Key`].
pub fn gateway(mfo: &Mfo, store: Box<dyn Store>) -> Result<Gateway, LoadError> {
    let connectors = Connectors::new(Box::new(Away), Box::new(Away), Box::new(Away));
    let settings = Settings { profile: Profile::Rig, offer_life_seconds: 1800 };
    Ok(Gateway::new(store, mfo.gateway_keys()?, connectors, Box::new(SystemEntropy::default()), settings))
}

/// Every service, out of reach.
struct Away;

fn away<T>() -> Result<T, ConnectorError> {
    Err(ConnectorError::Unavailable { service: "load", cause: "nothing is behind this gateway".into() })
}

impl ContractChanges for Away {}

impl Refunds for Away {}

impl CoreLending for Away {
    fn client_by_iin(&self, _: &Secret) -> Result<Option<Client>, ConnectorError> {
        away()
    }
    fn client(&self, _: ClientId) -> Result<Client, ConnectorError> {
        away()
    }
    fn voluntary_refusal(&self, _: ClientId) -> Result<Finding, ConnectorError> {
        away()
    }
    fn aml(&self, _: ClientId) -> Result<Finding, ConnectorError> {
        away()
    }
    fn debt_burden(&self, _: ClientId) -> Result<DebtBurden, ConnectorError> {
        away()
    }
    fn book_loan(&self, _: &LoanBooking) -> Result<(), ConnectorError> {
        away()
    }
    fn report_payout(&self, _: &PayoutReport) -> Result<(), ConnectorError> {
        away()
    }
}

impl FaceMatcher for Away {
    fn compare(&self, _: ClientId, _: &SecretBytes) -> Result<FaceMatch, ConnectorError> {
        away()
    }
}

impl Sms for Away {
    fn send(&self, _: &Secret, _: &Secret, _: &'static str) -> Result<(), ConnectorError> {
        away()
    }
}
