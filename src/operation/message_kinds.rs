//! Kinds of messages: their names, which of them are stored, and how they are written and read.

use serde_json::Value;

use crate::message::{MessageBody, MessageError};

impl MessageBody {
    /// Every kind, as it is written.
    pub const KINDS: &'static [&'static str] = &[
        "RulePack",
        "Activation",
        "CashOrder",
        "Settlement",
        "Command",
        "Rewind",
        "Succession",
        "SealKeys",
        "LoginCodeSent",
        "LoginRefused",
        "LoggedIn",
        "MeasuresNeeded",
        "MeasureTaken",
        "CallAnnounced",
        "MeasureRefused",
        "OfferMade",
        "QuestionsAsked",
        "ContractDrafted",
        "ApplicationRefused",
        "ChallengeGiven",
        "PhoneCheckOffered",
        "LivenessConfirmed",
        "LivenessRefused",
        "FaceMatched",
        "FaceRefused",
        "ContractAccepted",
        "ContractRefused",
        "ConfirmationOffered",
        "ConfirmationAccepted",
        "ConfirmationRefused",
        "CancellationAccepted",
        "CancellationRefused",
        "SignatureOffered",
        "SignatureAccepted",
        "SignatureRefused",
        "PayoutAuthorised",
        "PayoutRefused",
        "Debts",
        "ContractFound",
        "RepaymentRefused",
        "RepaymentBooked",
        "CabinetShown",
        "CabinetRefused",
        "LetterTaken",
        "ClaimSlipIssued",
        "ClaimRefused",
        "PayoutWaysFound",
        "PayoutWayAnswered",
        "TransferAnswered",
        "ChangesFound",
        "SupplementDrafted",
        "SupplementAnswered",
        "RestructuringAnswered",
        "RefundAnswered",
        "RegistrationAdvanced",
        "RegistrationCodeSent",
        "RegistrationRefused",
        "AccessAsked",
        "PersonFound",
        "AuthenticationResult",
        "StatementToSign",
        "Registered",
        "PinAccepted",
        "PinRefused",
        "LoginWaysOffered",
        "HolderMatched",
        "HolderRefused",
        "ContactCodeSent",
        "ContactChangeAdvanced",
        "ContactStatementToSign",
        "ContactChanged",
        "ContactChangeRefused",
        "CardChallenged",
        "CardBound",
        "CardUnbound",
        "CardSignaturePrepared",
        "CardRefused",
    ];

    /// The kind as it is written.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::RulePack(_) => "RulePack",
            Self::Activation { .. } => "Activation",
            Self::CashOrder { .. } => "CashOrder",
            Self::Settlement { .. } => "Settlement",
            Self::Command { .. } => "Command",
            Self::Rewind { .. } => "Rewind",
            Self::Succession { .. } => "Succession",
            Self::SealKeys { .. } => "SealKeys",
            Self::LoginCodeSent { .. } => "LoginCodeSent",
            Self::LoginRefused { .. } => "LoginRefused",
            Self::LoggedIn { .. } => "LoggedIn",
            Self::MeasuresNeeded { .. } => "MeasuresNeeded",
            Self::MeasureTaken { .. } => "MeasureTaken",
            Self::CallAnnounced(_) => "CallAnnounced",
            Self::MeasureRefused(_) => "MeasureRefused",
            Self::OfferMade { .. } => "OfferMade",
            Self::QuestionsAsked { .. } => "QuestionsAsked",
            Self::ContractDrafted { .. } => "ContractDrafted",
            Self::ApplicationRefused { .. } => "ApplicationRefused",
            Self::ChallengeGiven(_) => "ChallengeGiven",
            Self::PhoneCheckOffered(_) => "PhoneCheckOffered",
            Self::LivenessConfirmed { .. } => "LivenessConfirmed",
            Self::LivenessRefused(_) => "LivenessRefused",
            Self::FaceMatched { .. } => "FaceMatched",
            Self::FaceRefused { .. } => "FaceRefused",
            Self::ContractAccepted { .. } => "ContractAccepted",
            Self::ContractRefused { .. } => "ContractRefused",
            Self::ConfirmationOffered(_) => "ConfirmationOffered",
            Self::ConfirmationAccepted { .. } => "ConfirmationAccepted",
            Self::ConfirmationRefused { .. } => "ConfirmationRefused",
            Self::CancellationAccepted { .. } => "CancellationAccepted",
            Self::CancellationRefused { .. } => "CancellationRefused",
            Self::SignatureOffered { .. } => "SignatureOffered",
            Self::SignatureAccepted { .. } => "SignatureAccepted",
            Self::SignatureRefused { .. } => "SignatureRefused",
            Self::PayoutAuthorised(_) => "PayoutAuthorised",
            Self::PayoutRefused { .. } => "PayoutRefused",
            Self::RegistrationAdvanced { .. } => "RegistrationAdvanced",
            Self::RegistrationCodeSent { .. } => "RegistrationCodeSent",
            Self::RegistrationRefused { .. } => "RegistrationRefused",
            Self::AccessAsked { .. } => "AccessAsked",
            Self::PersonFound { .. } => "PersonFound",
            Self::AuthenticationResult { .. } => "AuthenticationResult",
            Self::StatementToSign { .. } => "StatementToSign",
            Self::Registered { .. } => "Registered",
            Self::PinAccepted { .. } => "PinAccepted",
            Self::PinRefused { .. } => "PinRefused",
            Self::LoginWaysOffered { .. } => "LoginWaysOffered",
            Self::HolderMatched { .. } => "HolderMatched",
            Self::HolderRefused { .. } => "HolderRefused",
            Self::ContactCodeSent(_) => "ContactCodeSent",
            Self::ContactChangeAdvanced { .. } => "ContactChangeAdvanced",
            Self::ContactStatementToSign(_) => "ContactStatementToSign",
            Self::ContactChanged(_) => "ContactChanged",
            Self::ContactChangeRefused { .. } => "ContactChangeRefused",
            Self::CardChallenged(_) => "CardChallenged",
            Self::CardBound { .. } => "CardBound",
            Self::CardUnbound { .. } => "CardUnbound",
            Self::CardSignaturePrepared(_) => "CardSignaturePrepared",
            Self::CardRefused { .. } => "CardRefused",
            Self::Debts { .. } => "Debts",
            Self::ContractFound { .. } => "ContractFound",
            Self::RepaymentRefused { .. } => "RepaymentRefused",
            Self::RepaymentBooked { .. } => "RepaymentBooked",
            Self::CabinetShown(_) => "CabinetShown",
            Self::CabinetRefused { .. } => "CabinetRefused",
            Self::LetterTaken { .. } => "LetterTaken",
            Self::ClaimSlipIssued(_) => "ClaimSlipIssued",
            Self::ClaimRefused { .. } => "ClaimRefused",
            Self::PayoutWaysFound(_) => "PayoutWaysFound",
            Self::PayoutWayAnswered(_) => "PayoutWayAnswered",
            Self::TransferAnswered(_) => "TransferAnswered",
            Self::ChangesFound(_) => "ChangesFound",
            Self::SupplementDrafted(_) => "SupplementDrafted",
            Self::SupplementAnswered(_) => "SupplementAnswered",
            Self::RestructuringAnswered(_) => "RestructuringAnswered",
            Self::RefundAnswered(_) => "RefundAnswered",
        }
    }

    /// Whether the terminal stores it; every other kind is bound to a session and lives in RAM.
    #[must_use]
    pub const fn is_durable(&self) -> bool {
        matches!(
            self,
            Self::RulePack(_)
                | Self::Activation { .. }
                | Self::CashOrder { .. }
                | Self::Settlement { .. }
                | Self::Command { .. }
                | Self::Rewind { .. }
                | Self::Succession { .. }
                | Self::SealKeys { .. }
        )
    }

    pub(crate) fn write(&self) -> Result<Value, MessageError> {
        match serde_json::to_value(self).map_err(|_| MessageError::Body)? {
            Value::Object(mut fields) => fields.remove(self.kind()).ok_or(MessageError::Body),
            _ => Err(MessageError::Body),
        }
    }

    pub(crate) fn read(kind: &str, body: Value) -> Result<Self, MessageError> {
        if !Self::KINDS.contains(&kind) {
            return Err(MessageError::UnknownKind(kind.to_owned()));
        }
        let tagged = Value::Object([(kind.to_owned(), body)].into_iter().collect());
        // The parser's own words could quote the content.
        serde_json::from_value(tagged).map_err(|_| MessageError::Body)
    }
}
