//! What the words of the business mean: money, identifiers, secrets, time values, cash units, the rule pack
//! and loan arithmetic.
//!
//! Everything here is a value or a function of values. Nothing reads a clock, a file or a random source, and
//! nothing knows a device, a database or a screen.

pub mod acceptor_books;
pub mod accrual;
pub mod bin;
pub mod business_days;
pub mod calendar;
pub mod cash;
pub mod change;
pub mod consent_text;
pub mod contract_number;
pub mod contract_text;
pub mod count;
pub mod debt;
pub mod debt_burden;
pub mod document;
pub mod doubt;
pub mod gesv;
pub mod iban;
pub mod identity_document;
pub mod ids;
pub mod iin;
pub mod language;
pub mod liveness;
pub mod loan;
pub mod location;
pub mod mix;
pub mod money;
pub mod payment_code;
pub mod penalty;
pub mod phone;
pub mod portrait;
pub mod quote;
pub mod rate;
pub mod rule_pack;
pub mod secret;
pub mod supplement;
pub mod time;
pub mod touch;
pub mod written;

#[cfg(test)]
mod formats;

pub use ids::{
    ApplicationId, AuthorisationId, ChallengeId, ChangeId, ClientId, LoanId, MessageId, OperationId, OrderId,
    PayoutRequestId, PayoutTargetId, RegistrationId, RepaymentId, RewindId, SessionId, SettlementId,
    SignatureId, SupplementId, TerminalId,
};
pub use language::Language;
pub use money::Tiyn;
pub use secret::{Secret, SecretBytes};
pub use time::{Mono, Stamp, UtcMillis};
