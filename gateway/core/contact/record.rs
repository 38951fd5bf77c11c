//! What is kept of a change: while it is under way with its visit, and for good once it was made.

use senim_domain::iban::Iban;
use senim_domain::phone::Phone;
use senim_domain::{
    ChangeId, ClientId, Language, MessageId, OperationId, Secret, SessionId, SignatureId, TerminalId,
    UtcMillis,
};
use senim_operation::body::Contact;
use senim_operation::message::{ContactChange, MessageBody};
use serde::{Deserialize, Serialize};

use super::New;
use crate::access_notice::{AccessEvent, FORMER, FormerNumber};
use crate::acting::Act;
use crate::archive::Class;
use crate::content_keys::Owner;
use crate::error::GatewayError;
use crate::store::{self, Collection, Expect};

/// A change under way; lives with the visit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ContactUnderWay {
    /// Which.
    pub change: ChangeId,
    /// What is changed.
    pub contact: Contact,
    /// Language of the statement.
    pub language: Language,
    /// SHA-256 of the attachment that holds the new one.
    pub attachment: String,
    /// The report by which it is the client's own.
    pub report_id: String,
    /// When it was asked for.
    pub begun: UtcMillis,
    /// The code that was sent to the new number.
    pub code: Option<SentCode>,
    /// Whether it was typed, where there is one.
    pub confirmed: bool,
}

/// A one-time code that was sent to a new number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SentCode {
    /// The message that announced it.
    pub message: MessageId,
    /// Keyed hash of the code.
    pub mac: String,
    /// End of its life.
    pub expires: UtcMillis,
    /// Wrong entries that are left.
    pub tries_left: u8,
}

/// A change that was made, with what it rests on.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ContactChangeRecord {
    contact: Contact,
    terminal: TerminalId,
    session: SessionId,
    /// The row that core lending was told of.
    op_id: OperationId,
    at: UtcMillis,
    /// The message that said that the face is the client's.
    face_check: MessageId,
    /// The signature under the statement, kept with its evidence.
    signature: SignatureId,
    /// SHA-256 of the statement, base64url.
    statement_sha256: String,
    /// The report by which the new one is the client's own.
    report_id: String,
    /// What it was and what it is, masked, sealed under the change's key.
    masked_sealed: String,
}

/// What a change rests on.
pub(super) struct Made {
    pub under_way: ContactUnderWay,
    pub client: ClientId,
    pub face_check: MessageId,
    pub signature: SignatureId,
    pub sha256: String,
}

fn masked(contact: Contact, plain: &Secret) -> Secret {
    Secret::new(match contact {
        Contact::Phone => Phone::parse(plain.expose()).map(|phone| phone.masked()).unwrap_or_default(),
        Contact::Account => Iban::parse(plain.expose()).map(|iban| iban.masked()).unwrap_or_default(),
    })
}

impl Act<'_> {
    /// Core lending knows: the change is kept, the client told, at the former number too.
    pub(super) fn contact_changed(
        &mut self,
        made: Made,
        former: Option<&Secret>,
        new: &New,
    ) -> Result<MessageBody, GatewayError> {
        let Made { under_way, client, face_check, signature, sha256 } = made;
        let ContactUnderWay { change, contact, .. } = under_way;
        let document = format!("change//{change}");
        let (owner, now) = (Owner::client(client), self.now);
        let key = self.gateway.enter_document(&document, owner, Class::Signature, now, &mut self.changes)?;
        let old_masked = former.map(|former| masked(contact, former)).unwrap_or_default();
        let new_masked = new.masked();
        let both = format!("{}\n{}", old_masked.expose(), new_masked.expose());
        let record = ContactChangeRecord {
            contact,
            terminal: self.terminal.clone(),
            session: self.session_id,
            op_id: self.envelope.op_id,
            at: now,
            face_check,
            signature,
            statement_sha256: sha256.clone(),
            report_id: under_way.report_id,
            masked_sealed: key.seal(self.gateway, "masked", &both)?,
        };
        let kept = format!("{client}/{change}");
        self.changes.push(store::put(Collection::ContactChange, &kept, Expect::Absent, &record)?);
        match (contact, former) {
            (Contact::Phone, Some(former)) => {
                let sealed = key.seal(self.gateway, FORMER, former.expose())?;
                self.tell_former(client, AccessEvent::PhoneChanged, FormerNumber { document, sealed })?;
                self.tell_client(client, AccessEvent::PhoneChanged)?;
            }
            (Contact::Phone, None) => self.tell_client(client, AccessEvent::PhoneChanged)?,
            (Contact::Account, _) => self.tell_client(client, AccessEvent::AccountChanged)?,
        }
        self.session.contact = None;
        self.session.holder_faces.clear();
        Ok(MessageBody::ContactChanged(ContactChange {
            change,
            contact,
            old_masked,
            new_masked,
            statement_sha256: sha256,
            at: now,
        }))
    }
}
