//! What is kept of a client's business beside the rows and their attachments, and opening it for a person.
//!
//! While a visit is open its answers lie under the visit's key, so that they can be sent again. When it ends that key goes:
//! what a known client was told is sealed anew, as a document of that client in the archive; what a stranger was told goes
//! with the key. A drafted contract is left out: its bytes lie with the loan, under the hash that is signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{
    ClientId, LoanId, OperationId, RegistrationId, SecretBytes, SessionId, TerminalId, UtcMillis,
};
use senim_operation::message::readable_kind;

use crate::Gateway;
use crate::actor::Actor;
use crate::archive::{self, Class};
use crate::content_keys::Owner;
use crate::error::{GatewayError, bad_directive};
use crate::records::{Answer, Loan};
use crate::registration::{Registration, document_of};
use crate::store::{self, Change, Collection, Expect};
use crate::vault::VaultError;

/// Begins the names of what clients were told, in the archive.
pub(crate) const TOLD: &str = "told//";
/// The message whose content is kept as a document of its own.
const CONTRACT: &str = "ContractDrafted";

/// What clients were told in a visit, in the archive; no terminal's name contains a second stroke before it.
fn told_in(terminal: &TerminalId, session: SessionId) -> String {
    format!("{TOLD}{terminal}/{session}")
}

/// A registration with what it rests on.
#[derive(Clone, Debug)]
pub struct OpenedRegistration {
    /// The identification data set, JSON.
    pub person: SecretBytes,
    /// The security token, a JWT.
    pub token: SecretBytes,
    /// The results of comparisons as signed documents, in order (B14).
    pub evidence: Vec<SecretBytes>,
}

impl Gateway {
    /// Ends the life of a visit's answers: a known client's are kept, everybody's are out of reach of the terminal.
    pub(crate) fn end_answers(
        &self,
        (terminal, session): (&TerminalId, SessionId),
        answers: &[OperationId],
        client: Option<ClientId>,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let wiped = |op_id: &OperationId| {
            store::put(Collection::Answer, &format!("{terminal}/{op_id}"), Expect::Any, &Answer::default())
        };
        let Some(client) = client.filter(|_| !answers.is_empty()) else {
            for op_id in answers {
                changes.push(wiped(op_id)?);
            }
            return Ok(());
        };
        let document = told_in(terminal, session);
        let names: Vec<String> = answers.iter().map(ToString::to_string).collect();
        let mut said = self.stored_answers(terminal, names.iter().map(String::as_str))?;
        let key = self.enter_document(&document, Owner::client(client), Class::Other, now, changes)?;
        for (op_id, name) in answers.iter().zip(&names) {
            let message = said.remove(name).map(senim_domain::Secret::new);
            let Some(message) =
                message.filter(|message| readable_kind(message.expose()).as_deref() != Some(CONTRACT))
            else {
                changes.push(wiped(op_id)?);
                continue;
            };
            let sealed = Some(key.seal(self, name, message.expose())?);
            let kept = Answer { sealed, session: None, told: Some(session) };
            changes.push(store::put(Collection::Answer, &format!("{terminal}/{name}"), Expect::Any, &kept)?);
        }
        Ok(())
    }

    /// Opens what a client was told in answer to an operation, for a person, who is counted: the compact JWS as it was sent.
    ///
    /// # Errors
    /// [`Refusal`](crate::Refusal) for what is not kept or is erased, and when too much was opened within the hour; or what
    /// [`GatewayError`] says.
    pub fn open_message(
        &self,
        actor: &Actor,
        (terminal, operation): (&TerminalId, OperationId),
        now: UtcMillis,
    ) -> Result<SecretBytes, GatewayError> {
        let not_here = || bad_directive("no message in answer to this operation is kept");
        let found = store::load::<Answer>(
            self.store.as_ref(),
            Collection::Answer,
            &format!("{terminal}/{operation}"),
        )?;
        let Some(Answer { sealed: Some(sealed), told: Some(session), .. }) = found.map(|found| found.value)
        else {
            return Err(not_here());
        };
        let document = told_in(terminal, session);
        let key = self.document_key(&document)?.ok_or_else(|| bad_directive("the message is erased"))?;
        self.count_opening(actor, &document, now)?;
        key.open(&operation.to_string(), &sealed)
    }

    /// Opens a loan's contract of this hash for a person, who is counted: the very bytes that were shown and signed.
    ///
    /// # Errors
    /// As [`Self::open_message`].
    pub fn open_contract(
        &self,
        actor: &Actor,
        loan: LoanId,
        sha256: &str,
        now: UtcMillis,
    ) -> Result<SecretBytes, GatewayError> {
        let not_here = || bad_directive("no contract of this loan and hash is here");
        let found = store::load::<Loan>(self.store.as_ref(), Collection::Loan, &loan.to_string())?;
        let found = found.ok_or_else(not_here)?.value;
        let draft = found.drafts.iter().find(|draft| draft.contract_sha256 == sha256).ok_or_else(not_here)?;
        let document = archive::of_loan(loan);
        let key = self.document_key(&document)?.ok_or_else(|| bad_directive("the contract is erased"))?;
        self.count_opening(actor, &document, now)?;
        let text = key.open(sha256, &draft.contract_sealed)?;
        Ok(SecretBytes::new(STANDARD.decode(text.expose()).map_err(|_| VaultError::NotAuthentic)?))
    }

    /// Opens what a registration rests on for a person, who is counted.
    ///
    /// # Errors
    /// As [`Self::open_message`].
    pub fn open_registration(
        &self,
        actor: &Actor,
        registration: RegistrationId,
        now: UtcMillis,
    ) -> Result<OpenedRegistration, GatewayError> {
        let not_here = || bad_directive("no registration of this name is here that was gone through with");
        let name = registration.to_string();
        let found = store::load::<Registration>(self.store.as_ref(), Collection::Registration, &name)?;
        let found = found.ok_or_else(not_here)?.value;
        let (Some(person), Some(token)) = (found.person_sealed, found.token) else { return Err(not_here()) };
        let document = document_of(registration);
        let key = self.document_key(&document)?.ok_or_else(|| bad_directive("the registration is erased"))?;
        self.count_opening(actor, &document, now)?;
        let evidence = found.authentications.iter();
        let evidence = evidence
            .map(|found| key.open(&format!("evidence-{}", found.check), &found.evidence_sealed))
            .collect::<Result<_, _>>()?;
        Ok(OpenedRegistration {
            person: key.open("person", &person)?,
            token: key.open("token", &token.jwt_sealed)?,
            evidence,
        })
    }
}
