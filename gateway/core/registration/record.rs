//! What is kept of a registration: opaque identities, outcomes and hashes in clear, everything else sealed.

use senim_domain::identity_document::{ChipVerdict, IdentityDocumentKind};
use senim_domain::rule_pack::{AccessMethod, ClientType, ConsentKind};
use senim_domain::{
    ClientId, Language, MessageId, OperationId, RegistrationId, Secret, SessionId, SignatureId, TerminalId,
    UtcMillis,
};
use senim_operation::message::{Comparison, expose_on_the_wire};
use serde::{Deserialize, Serialize};

use crate::connectors::{AccessRequestId, IdentityDocument, PersonRecord};
use crate::store::Expect;

/// Name of a registration's document in the archive; no terminal's name contains a second stroke before it.
pub(crate) fn document_of(registration: RegistrationId) -> String {
    format!("registration//{registration}")
}

/// A registration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Registration {
    /// As whom the person asked to be registered.
    pub client_type: ClientType,
    /// Language of everything.
    pub language: Language,
    /// When it began.
    pub begun: UtcMillis,
    /// The client to be.
    pub client: ClientId,
    /// Keyed hash of the IIN: two registrations of one person find each other.
    pub iin_mac: String,
    /// The IIN, sealed as part `iin`; empty: erased.
    pub iin_sealed: String,
    /// Visits in which it was worked on, the current one last.
    pub visits: Vec<VisitOf>,
    /// Consents, as they were answered (A12.5).
    pub consents: Vec<ConsentGiven>,
    /// The request to the state service.
    pub access: Option<Access>,
    /// The signature by which the person agreed here, with method 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_consent: Option<OwnConsent>,
    /// The consent's token.
    pub token: Option<Token>,
    /// The identification data set, sealed as part `person`.
    pub person_sealed: Option<String>,
    /// The row whose answer showed the data.
    pub person_shown: Option<OperationId>,
    /// That the person found the data theirs (`IdentificationSubmitted`).
    pub identified: Option<Identified>,
    /// What the register of entrepreneurs said; `None`: not asked, or it did not answer.
    pub entrepreneur: Option<Entrepreneur>,
    /// The mobile number.
    pub phone: Option<Number>,
    /// Comparisons of name, IIN and portrait (`AuthenticationResult`), in order.
    pub authentications: Vec<Authentication>,
    /// The identity document's chip, where the data came from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chip: Option<Chip>,
    /// The electronic signature over the statement that counts.
    pub signature: Option<Signed>,
    /// Where it stands.
    pub state: State,
}

/// Where a registration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum State {
    /// Under way.
    Open,
    /// The same person began and proved another one.
    Superseded,
    /// Refused, by either side.
    Refused,
    /// A client.
    Registered,
}

/// A visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VisitOf {
    pub terminal: TerminalId,
    pub session: SessionId,
}

/// A consent, as it was answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ConsentGiven {
    /// What it is for.
    pub consent: ConsentKind,
    /// SHA-256 of the text shown, base64url.
    pub text_sha256: String,
    /// Language of the text.
    pub language: Language,
    /// Rule pack that the terminal worked with.
    pub rule_pack: u64,
    /// The answer.
    pub agreed: bool,
    /// Whether the text is the one of the rule pack in force.
    pub known: bool,
    /// When.
    pub at: UtcMillis,
    /// The row.
    pub op_id: OperationId,
}

/// A request to the state service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Access {
    /// How the person answers.
    pub method: AccessMethod,
    /// The state service's number.
    pub request: AccessRequestId,
    /// First moment at which nobody waits any more.
    pub expires: UtcMillis,
    /// Codes that may still be typed.
    pub tries_left: u8,
    /// The row whose code was handed over: a code goes out once, whatever breaks then.
    pub handed_over: Option<OperationId>,
}

/// A consent obtained by the MFO's own means: its text, who signed it, and what was told the state service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OwnConsent {
    /// SHA-256 of the text that was signed, base64url.
    pub statement_sha256: String,
    /// The signature, kept with its evidence.
    pub signature: SignatureId,
    /// SHA-256 of the verification token, base64url.
    pub verification_sha256: String,
    /// When the state service was asked.
    pub at: UtcMillis,
    /// The row that asked, which is the request's number, too.
    pub op_id: OperationId,
}

/// A security token; the token itself lies sealed as part `token`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    /// Its identity, the consent's number.
    pub jti: String,
    /// End of its life.
    pub expires: UtcMillis,
    /// The JWT.
    pub jwt_sealed: String,
}

/// The record `IdentificationSubmitted`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Identified {
    /// SHA-256 of the message that showed the data, base64url.
    pub data_sha256: String,
    /// When.
    pub at: UtcMillis,
    /// The row.
    pub op_id: OperationId,
}

/// What the register of entrepreneurs said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entrepreneur {
    /// Whether the person is one.
    pub confirmed: bool,
    /// The report's number.
    pub report_id: String,
}

/// A mobile number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Number {
    /// The number, sealed as part `phone`.
    pub sealed: String,
    /// Whose it is by the base.
    pub owner: Comparison,
    /// The report's number.
    pub report_id: String,
    /// When the code was typed.
    pub confirmed: Option<UtcMillis>,
}

/// The record `AuthenticationResult`: decided here, never by a terminal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Authentication {
    /// The message that said so.
    pub check: MessageId,
    /// The full name.
    pub name: Comparison,
    /// The IIN.
    pub iin: Comparison,
    /// The portrait.
    pub photo: Comparison,
    /// The report's number.
    pub report_id: String,
    /// The result as a signed document (B14), sealed as part `evidence-<check>`.
    pub evidence_sealed: String,
    /// SHA-256 of the portrait's attachment, base64url.
    pub portrait_sha256: String,
    /// Where that lies.
    pub terminal: TerminalId,
    /// When.
    pub at: UtcMillis,
}

/// What the chip of an identity document told, and what came of comparing it with the state's data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Chip {
    /// How the terminal judged it.
    pub verdict: ChipVerdict,
    /// Passport or card.
    pub kind: IdentityDocumentKind,
    /// Number and last day, sealed as part `chip`; empty: erased.
    pub sealed: String,
    /// Number and last day against the state's record; `Unknown`: not compared, or the state has another kind of
    /// document on record.
    pub compared: Comparison,
}

/// An electronic signature over the statement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Signed {
    /// SHA-256 of the statement, base64url.
    pub statement_sha256: String,
    /// The signature, kept with its evidence.
    pub signature: SignatureId,
    /// When it counted.
    pub at: UtcMillis,
}

/// A one-time code that was sent for a registration; lives with the visit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SentCode {
    /// What it is for: a code for something else does not fit.
    pub purpose: CodePurpose,
    /// Of which registration.
    pub registration: RegistrationId,
    /// The message that announced it.
    pub message: MessageId,
    /// Keyed hash of the code.
    pub mac: String,
    /// End of its life.
    pub expires: UtcMillis,
    /// Wrong entries that are left.
    pub tries_left: u8,
}

/// What a one-time code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum CodePurpose {
    /// To go on with an earlier registration.
    Continue,
    /// To confirm a number.
    Number,
}

impl CodePurpose {
    /// As it stands in the keyed hash and in the connector's call.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Continue => "registration_code",
            Self::Number => "number_code",
        }
    }
}

impl Registration {
    /// Whether the electronic signature may be left out: an entrepreneur whom the register confirmed.
    pub(crate) fn needs_signature(&self) -> bool {
        !self.is_entrepreneur()
    }

    pub(crate) fn is_entrepreneur(&self) -> bool {
        self.client_type == ClientType::IndividualEntrepreneur
            && self.entrepreneur.as_ref().is_some_and(|found| found.confirmed)
    }

    /// As whom the person is registered.
    pub(crate) fn registered_as(&self) -> ClientType {
        if self.is_entrepreneur() { ClientType::IndividualEntrepreneur } else { ClientType::Individual }
    }

    /// Whether both consents were given, to the right texts, and neither was refused afterwards.
    pub(crate) fn has_consents(&self) -> bool {
        [ConsentKind::Processing, ConsentKind::StateData].iter().all(|kind| {
            let last = self.consents.iter().rev().find(|given| given.consent == *kind);
            last.is_some_and(|given| given.agreed && given.known)
        })
    }

    /// Whether name, IIN and portrait agreed.
    pub(crate) fn is_authenticated(&self) -> bool {
        self.authentications.iter().any(|found| {
            [found.name, found.iin, found.photo].iter().all(|outcome| *outcome == Comparison::Match)
        })
    }

    /// Whether the number was confirmed: from then on the person can prove themselves by it.
    pub(crate) fn has_number(&self) -> bool {
        self.phone.as_ref().is_some_and(|phone| phone.confirmed.is_some())
    }

    /// Its document is erased: what was sealed goes too, the outcomes stay.
    pub(crate) fn erase(&mut self) {
        self.forget_person();
        self.iin_sealed.clear();
        self.chip.iter_mut().for_each(|chip| chip.sealed.clear());
        self.authentications.iter_mut().for_each(|found| found.evidence_sealed.clear());
    }

    /// Nothing of the person is kept: the data are not theirs, or they do not want it.
    pub(crate) fn forget_person(&mut self) {
        self.person_sealed = None;
        self.phone = None;
        self.token = None;
    }
}

/// The identification data set as it is sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct PersonSet {
    #[serde(serialize_with = "expose_on_the_wire")]
    pub iin: Secret,
    #[serde(serialize_with = "expose_on_the_wire")]
    pub surname: Secret,
    #[serde(serialize_with = "expose_on_the_wire")]
    pub given_name: Secret,
    /// Empty: none.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub patronymic: Secret,
    pub document: String,
    #[serde(serialize_with = "expose_on_the_wire")]
    pub document_number: Secret,
    pub document_expires: String,
}

impl PersonSet {
    pub(crate) fn of(person: &PersonRecord) -> Self {
        Self {
            iin: person.iin.clone(),
            surname: person.surname.clone(),
            given_name: person.given_name.clone(),
            patronymic: person.patronymic.clone().unwrap_or_default(),
            document: person.document.kind.clone(),
            document_number: person.document.number.clone(),
            document_expires: person.document.expires.clone(),
        }
    }

    pub(crate) fn patronymic(&self) -> Option<Secret> {
        (!self.patronymic.is_empty()).then(|| self.patronymic.clone())
    }

    pub(crate) fn document(&self) -> IdentityDocument {
        IdentityDocument {
            kind: self.document.clone(),
            number: self.document_number.clone(),
            expires: self.document_expires.clone(),
        }
    }

    /// As it is sealed.
    pub(crate) fn to_text(&self) -> Option<Secret> {
        // Room for any such text, so that growing leaves no copy behind.
        let mut bytes = Vec::with_capacity(2048);
        serde_json::to_writer(&mut bytes, self).ok()?;
        String::from_utf8(bytes).ok().map(Secret::new)
    }

    pub(crate) fn read(text: &Secret) -> Option<Self> {
        serde_json::from_str(text.expose()).ok()
    }
}

/// What a writer of a new one believes.
pub(crate) const ABSENT: Expect = Expect::Absent;
