//! The services behind the MFO, as traits, one file a service.
//!
//! Decides what is asked and how an answer can fail, not how it travels. Calls block; implementations have time-outs
//! short enough that a person at the terminal still gets an answer. Whatever changes something at the other side
//! carries an identity of ours: the same again changes nothing more, other content under it is refused.

mod aml;
mod anti_fraud;
mod bank;
mod cards;
mod check_call;
mod core_lending;
mod credit_bureau;
mod eds;
mod entrepreneurs;
mod faces;
mod identification;
mod merchant;
mod number_owner;
mod personal_data;
mod refunds;
mod result;
mod second_copy;
mod servicing;
mod sms;
mod supplements;

pub use aml::{Aml, AmlAnswer, AmlOutcome, AmlQuestion, AmlSubject, AnswerForm};
pub use anti_fraud::{AntiFraud, FraudFacts, FraudFinding, FraudVerdict, Occasion};
pub use bank::{Account, Bank, BankCard, Ownership, OwnershipFinding, Transfer, TransferId, TransferState};
pub use cards::Cards;
pub use check_call::{CallId, CheckCall, CheckCallOrder, CheckCallState};
pub use core_lending::{
    ApplicationRecord, Client, ClientFlags, ClientIdentity, ClientKind, CoreLending, DebtBurden, Finding,
    IdentityDocument, LoanBooking, LoanCancellation, NewClient, NoticeAbout, NoticeDue, PayoutDayMoved,
    PayoutReport,
};
pub use credit_bureau::{
    BureauConsents, BureauLoan, CreditBureau, CreditReport, LenderKind, ReportRequest, VoluntaryRefusal,
};
pub use eds::{
    Eds, GostFinding, GostJudge, RevocationSource, Signing, SigningOffer, SigningOrder, SigningState,
    Timestamping, Titles,
};
pub use entrepreneurs::{EntrepreneurStatus, Entrepreneurs};
pub use faces::{FaceMatch, FaceMatcher, FaceVerdict};
pub use identification::{
    Centre, CentreError, Identification, IdentityClaim, IdentityFindings, Outcome, PhoneOffer, PhoneOrder,
    PhoneState,
};
pub use merchant::{Merchant, MerchantPayment, Merchants};
pub use number_owner::{NumberFinding, NumberOwner};
pub use personal_data::{
    AccessAnswer, AccessMethod, AccessRequest, AccessRequestId, AccessStart, CodeOutcome, PersonAnswer,
    PersonRecord, PersonalData, RevocationApplication, RevocationDecision, RevocationGround, SecurityToken,
    SigningOrganisation, TokenRejection, TokenStatus, VerificationClaims, VerificationToken,
};
pub use refunds::{RefundChoice, RefundTo, Refunds};
pub use result::{CENTRE_RESULT_TYP, CentreResult, ResultFlaw};
pub use second_copy::SecondCopy;
pub use servicing::{
    Allocation, CabinetMessage, CashDeskOrder, CashDeskState, ContractStanding, ContractSummary, Debt,
    EarlyChoice, Instalment, PaymentMade, Repayment, RepaymentOutcome, Requisites, Unallocated,
};
pub use sms::Sms;
pub use supplements::{
    ContractChanges, OneSidedChange, OneSidedVerdict, RestructuringAsked, SupplementConcluded,
    SupplementDeclined, SupplementOffer,
};

/// Why a service gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectorError {
    /// Silence, a broken line, an error of its own, or an answer that is none: may work later.
    #[error("the service {service} does not answer usefully ({cause}); check its address and health")]
    Unavailable {
        /// Which.
        service: &'static str,
        /// What was seen, without personal data.
        cause: String,
    },
    /// It understood and said no: asking again does not help.
    #[error("the service {service} refused: {code}")]
    Refused {
        /// Which.
        service: &'static str,
        /// Its code.
        code: String,
    },
}

impl ConnectorError {
    /// A service that this deployment does without.
    #[must_use]
    pub fn left_out(service: &'static str) -> Self {
        Self::Refused { service, code: NOT_CONFIGURED.to_owned() }
    }

    /// Whether the service is one that this deployment does without.
    #[must_use]
    pub fn is_left_out(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == NOT_CONFIGURED)
    }

    /// Whether core lending has no such thing.
    #[must_use]
    pub(crate) fn is_not_offered(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == NOT_OFFERED)
    }
}

/// The code of a refusal by nobody: this core lending has no such thing.
pub(crate) const NOT_OFFERED: &str = "not_offered";

/// The code of a refusal by nobody: the service is not configured.
pub const NOT_CONFIGURED: &str = "not_configured";

/// Every service the gateway speaks to. Core lending, face matcher and SMS are always there; what else is left out is
/// not offered to anybody.
pub struct Connectors {
    /// Core lending.
    pub core: Box<dyn CoreLending>,
    /// Face matcher.
    pub faces: Box<dyn FaceMatcher>,
    /// SMS.
    pub sms: Box<dyn Sms>,
    /// Second copy; `None`: the store alone counts as archive in the rig, never in production.
    pub second_copy: Option<Box<dyn SecondCopy>>,
    /// КДП.
    pub personal_data: Option<Box<dyn PersonalData>>,
    /// ЦОИД.
    pub identification: Option<Centre>,
    /// BMG.
    pub number_owner: Option<Box<dyn NumberOwner>>,
    /// The operators' own base of numbers; where there is none, BMG is asked.
    pub operators: Option<Box<dyn NumberOwner>>,
    /// Credit bureau.
    pub credit_bureau: Option<Box<dyn CreditBureau>>,
    /// AML screening.
    pub aml: Option<Box<dyn Aml>>,
    /// Anti-fraud.
    pub anti_fraud: Option<Box<dyn AntiFraud>>,
    /// Register of individual entrepreneurs.
    pub entrepreneurs: Option<Box<dyn Entrepreneurs>>,
    /// The MFO's bank.
    pub bank: Option<Box<dyn Bank>>,
    /// Merchants under contract.
    pub merchants: Option<Box<dyn Merchants>>,
    /// Check calls.
    pub check_call: Option<Box<dyn CheckCall>>,
    /// The MFO's own signature under verification tokens; `None`: method 2 is not offered.
    pub organisation: Option<SigningOrganisation>,
    /// Electronic signatures of clients.
    pub eds: Option<Eds>,
    /// Cards that the MFO gives its clients.
    pub cards: Option<Cards>,
}

macro_rules! configured {
    ($($(#[$doc:meta])* $name:ident, $asked:ident: $service:ident, $text:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// [`ConnectorError::left_out`] where there is none.
        pub fn $asked(&self) -> Result<&dyn $service, ConnectorError> {
            self.$name.as_deref().ok_or_else(|| ConnectorError::left_out($text))
        }
    )*};
}

impl Connectors {
    /// The services without which there is no gateway; every other one is left out.
    #[must_use]
    pub fn new(core: Box<dyn CoreLending>, faces: Box<dyn FaceMatcher>, sms: Box<dyn Sms>) -> Self {
        Self {
            core,
            faces,
            sms,
            second_copy: None,
            personal_data: None,
            identification: None,
            number_owner: None,
            operators: None,
            credit_bureau: None,
            aml: None,
            anti_fraud: None,
            entrepreneurs: None,
            bank: None,
            merchants: None,
            check_call: None,
            organisation: None,
            eds: None,
            cards: None,
        }
    }

    /// Electronic signatures of clients.
    ///
    /// # Errors
    /// [`ConnectorError::left_out`] where there are none.
    pub fn eds(&self) -> Result<&Eds, ConnectorError> {
        self.eds.as_ref().ok_or_else(|| ConnectorError::left_out("electronic signatures"))
    }

    /// Cards that the MFO gives its clients.
    ///
    /// # Errors
    /// [`ConnectorError::left_out`] where there are none.
    pub fn cards(&self) -> Result<&Cards, ConnectorError> {
        self.cards.as_ref().ok_or_else(|| ConnectorError::left_out("cards"))
    }

    /// ЦОИД.
    ///
    /// # Errors
    /// [`ConnectorError::left_out`] where there is none.
    pub fn identification(&self) -> Result<&Centre, ConnectorError> {
        self.identification.as_ref().ok_or_else(|| ConnectorError::left_out("identification"))
    }

    configured! {
        /// КДП.
        personal_data, personal_data: PersonalData, "personal data";
        /// BMG.
        number_owner, number_owner: NumberOwner, "number owner";
        /// The operators' own base of numbers.
        operators, operators: NumberOwner, "operators";
        /// Credit bureau.
        credit_bureau, credit_bureau: CreditBureau, "credit bureau";
        /// AML screening.
        aml, aml: Aml, "AML";
        /// Anti-fraud.
        anti_fraud, anti_fraud: AntiFraud, "anti-fraud";
        /// Register of individual entrepreneurs.
        entrepreneurs, entrepreneurs: Entrepreneurs, "entrepreneurs";
        /// The MFO's bank.
        bank, bank: Bank, "bank";
        /// Merchants under contract.
        merchants, merchants: Merchants, "merchants";
        /// Check calls.
        check_call, check_call: CheckCall, "check call";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;
    impl ContractChanges for Nothing {}
    impl Refunds for Nothing {}
    impl CoreLending for Nothing {
        fn client_by_iin(&self, _: &senim_domain::Secret) -> Result<Option<Client>, ConnectorError> {
            Ok(None)
        }
        fn client(&self, _: senim_domain::ClientId) -> Result<Client, ConnectorError> {
            Err(ConnectorError::left_out("test"))
        }
        fn voluntary_refusal(&self, _: senim_domain::ClientId) -> Result<Finding, ConnectorError> {
            Err(ConnectorError::left_out("test"))
        }
        fn aml(&self, _: senim_domain::ClientId) -> Result<Finding, ConnectorError> {
            Err(ConnectorError::left_out("test"))
        }
        fn debt_burden(&self, _: senim_domain::ClientId) -> Result<DebtBurden, ConnectorError> {
            Err(ConnectorError::left_out("test"))
        }
        fn book_loan(&self, _: &LoanBooking) -> Result<(), ConnectorError> {
            Ok(())
        }
        fn report_payout(&self, _: &PayoutReport) -> Result<(), ConnectorError> {
            Ok(())
        }
    }
    impl FaceMatcher for Nothing {
        fn compare(
            &self,
            _: senim_domain::ClientId,
            _: &senim_domain::SecretBytes,
        ) -> Result<FaceMatch, ConnectorError> {
            Ok(FaceVerdict::Unusable.into())
        }
    }
    impl Sms for Nothing {
        fn send(
            &self,
            _: &senim_domain::Secret,
            _: &senim_domain::Secret,
            _: &'static str,
        ) -> Result<(), ConnectorError> {
            Ok(())
        }
    }

    #[test]
    fn a_service_that_is_left_out_refuses_by_a_code_of_its_own() {
        let connectors = Connectors::new(Box::new(Nothing), Box::new(Nothing), Box::new(Nothing));
        let error = connectors.personal_data().err();
        assert!(error.is_some_and(|error| error.is_left_out()));
        let offered = connectors.core.contracts(senim_domain::ClientId(uuid::Uuid::from_u128(1)));
        assert!(matches!(offered, Err(ConnectorError::Refused { code, .. }) if code == "not_offered"));
    }
}
