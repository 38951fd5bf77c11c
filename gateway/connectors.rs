//! HTTP to the services behind the MFO, one file a service.
//!
//! [`http`] decides how a request travels, is repeated and bounded; the files beside it only what is said. Causes are
//! told without addresses and without what was asked: an address can hold an IIN. An answer about somebody else than
//! was asked for is none. Forms are published in `gateway/api`, what an integrator has to know in
//! `docs/guides/connectors.md`.

mod aml;
mod banking;
pub mod check;
mod check_call;
mod core_lending;
mod eds;
mod faces;
mod http;
mod identification;
mod personal_data;
mod registers;
mod servicing;
mod settings;
mod sms;
mod soap;
mod supplements;
mod trust;

pub use aml::HttpAml;
pub use banking::{HttpBank, HttpMerchants};
pub use check_call::HttpCheckCall;
pub use core_lending::HttpCore;
pub use eds::{HttpGost, HttpRevocation, HttpSigning, HttpTimestamping};
pub use faces::HttpFaces;
pub use http::HttpService;
pub use identification::HttpIdentification;
pub use personal_data::{HttpPersonalData, Organisation};
pub use registers::{HttpAntiFraud, HttpCreditBureau, HttpEntrepreneurs, HttpNumberOwner};
pub use settings::{ConnectorConfig, PersonalDataConfig, connect};
pub use sms::HttpSms;
pub use trust::EdsConfig;
