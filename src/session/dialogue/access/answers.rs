//! What the MFO says to a client who changes something about their access. An answer that does not fit the question ends
//! the change, not the cabinet.

use senim_domain::{ChangeId, OperationId};
use senim_operation::body::{CardUnbindingRequested, Contact};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{
    CardRefusal, ContactChange, ContactRefusal, FaceRefusal, Message, MessageBody, PinRefusal,
};

use super::super::cabinet::Slip;
use super::super::{Session, Step};
use crate::access::{
    Access, AccessStage, After, Changed, ContactFault, FaceFor, Holder, NotChanged, NumberCode, ToSign,
};
use crate::card::CardPurpose;
use crate::effect::{Effect, Paper};
use crate::facts::DeviceState;
use crate::registration::PinFault;
use crate::state::{Client, CodeError, Ending, Picture, Sitter, State};

impl Session {
    pub(in crate::dialogue) fn access_answer(
        &mut self,
        step: &mut Step<'_>,
        message: &Message,
        access: Access,
    ) {
        let Access { client, after, stage } = access;
        let next = match stage {
            AccessStage::Matching { face_for, .. } => {
                return self.holder_answer(step, message, Holder { client, after, face_for });
            }
            AccessStage::SettingPin { .. } => pin_answer(&message.body, &client),
            AccessStage::Unbinding { .. } => self.unbound(&message.body, &client),
            AccessStage::Submitting { change, contact, .. } => self.submitted(step, message, change, contact),
            AccessStage::CheckingCode { code, .. } => code_answer(&message.body, code),
            AccessStage::Concluding { asked, change, contact, face_check } => {
                let to_sign = ToSign { client, after, change, contact, face_check };
                return self.contact_answer(step, message, asked, to_sign);
            }
            stage => stage,
        };
        self.access(step, client, after, next);
    }

    fn holder_answer(&mut self, step: &mut Step<'_>, message: &Message, holder: Holder) {
        match &message.body {
            MessageBody::HolderMatched { client } if *client == holder.client.id => {
                let face_check = message.envelope.message_id;
                let Holder { client, after, face_for } = holder;
                match face_for {
                    FaceFor::Pin => {
                        self.access(step, client, after, AccessStage::Pin { first: None, error: None });
                    }
                    FaceFor::Card => {
                        self.begin_card(step, CardPurpose::Binding { client, after, face_check });
                    }
                    FaceFor::CardOff => {
                        let body = CardUnbindingRequested { client: client.id, face_check };
                        let asked = self.record(step, body);
                        self.access(step, client, after, AccessStage::Unbinding { asked });
                    }
                    FaceFor::Contact { change, contact } => {
                        let to_sign = ToSign { client, after, change, contact, face_check };
                        self.conclude_contact(step, to_sign);
                    }
                }
            }
            MessageBody::HolderRefused { reason: FaceRefusal::TryLater, .. } => {
                let Holder { client, after, .. } = holder;
                self.access(step, client, after, AccessStage::NotChanged(NotChanged::TryLater));
            }
            MessageBody::HolderRefused { attempts_left: 0, .. } => self.end(step, Ending::FaceNotMatched),
            MessageBody::HolderRefused { reason: FaceRefusal::NoMatch | FaceRefusal::Unusable, .. } => {
                self.before_camera(step, Sitter::Holder(Box::new(holder)), Picture::NoMatch);
            }
            _ => self.end(step, Ending::Unreachable),
        }
    }

    fn unbound(&mut self, body: &MessageBody, client: &Client) -> AccessStage {
        match body {
            MessageBody::CardUnbound { client: whose } if *whose == client.id => {
                if let Some(visit) = &mut self.visit {
                    visit.has_card = false;
                }
                AccessStage::CardUnbound
            }
            MessageBody::CardRefused { reason: CardRefusal::NotBound, .. } => {
                AccessStage::NotChanged(NotChanged::NoCard)
            }
            MessageBody::CardRefused { reason: CardRefusal::FaceCheck, .. } => {
                AccessStage::BeforePicture(FaceFor::CardOff)
            }
            MessageBody::CardRefused { reason: CardRefusal::NotAvailable, .. } => {
                AccessStage::NotChanged(NotChanged::NotAvailable)
            }
            _ => AccessStage::NotChanged(NotChanged::TryLater),
        }
    }

    fn submitted(
        &self,
        step: &Step<'_>,
        message: &Message,
        asked_for: ChangeId,
        contact: Contact,
    ) -> AccessStage {
        match &message.body {
            MessageBody::ContactCodeSent(sent) if sent.change == asked_for && contact == Contact::Phone => {
                let until = step.now.mono.plus_ms(u64::from(sent.life_seconds).saturating_mul(1000));
                let code = NumberCode {
                    change: asked_for,
                    id: message.envelope.message_id,
                    phone_masked: sent.phone_masked.clone(),
                    digits: sent.digits,
                    tries_left: self.code_tries(&step.now),
                    until,
                };
                AccessStage::Code { code, error: None }
            }
            MessageBody::ContactChangeAdvanced { change }
                if *change == asked_for && contact == Contact::Account =>
            {
                AccessStage::BeforePicture(FaceFor::Contact { change: asked_for, contact })
            }
            MessageBody::ContactChangeRefused { change, reason, may_retry } if *change == asked_for => {
                let fault = match reason {
                    ContactRefusal::NotUsable => Some(ContactFault::NotUsable),
                    ContactRefusal::Unchanged => Some(ContactFault::Unchanged),
                    ContactRefusal::NotOwned => Some(ContactFault::NotOwned),
                    ContactRefusal::OwnerUnknown => Some(ContactFault::OwnerUnknown),
                    ContactRefusal::WrongCode
                    | ContactRefusal::CodeExpired
                    | ContactRefusal::TooMany
                    | ContactRefusal::FaceCheck
                    | ContactRefusal::NotSigned
                    | ContactRefusal::NotAvailable
                    | ContactRefusal::TryLater => None,
                };
                match fault.filter(|_| *may_retry) {
                    Some(fault) => AccessStage::Typing { contact, error: Some(fault) },
                    None => AccessStage::NotChanged(why(*reason)),
                }
            }
            _ => AccessStage::NotChanged(NotChanged::TryLater),
        }
    }

    fn contact_answer(
        &mut self,
        step: &mut Step<'_>,
        message: &Message,
        asked: OperationId,
        to_sign: ToSign,
    ) {
        let ToSign { change, contact, face_check, .. } = to_sign;
        match &message.body {
            // What is signed is what was shown: the hash is this terminal's own.
            MessageBody::ContactStatementToSign(given)
                if given.change == change
                    && sha256_b64(given.statement.expose().as_bytes()) == given.statement_sha256 =>
            {
                let (statement, sha256) = (given.statement.clone(), given.statement_sha256.clone());
                let stage = AccessStage::Statement { change, contact, face_check, statement, sha256 };
                self.access(step, to_sign.client, to_sign.after, stage);
            }
            MessageBody::ContactChanged(made) if made.change == change && made.contact == contact => {
                self.contact_changed(step, asked, to_sign.client, to_sign.after, made);
            }
            // Finding and unlocking the phone took longer than a face check lives.
            MessageBody::ContactChangeRefused { change: of, reason: ContactRefusal::FaceCheck, .. }
                if *of == change =>
            {
                let face_for = FaceFor::Contact { change, contact };
                let holder = Holder { client: to_sign.client, after: to_sign.after, face_for };
                self.before_camera(step, Sitter::Holder(Box::new(holder)), Picture::Opening);
            }
            MessageBody::ContactChangeRefused { change: of, reason, .. } if *of == change => {
                let stage = AccessStage::NotChanged(why(*reason));
                self.access(step, to_sign.client, to_sign.after, stage);
            }
            _ => {
                let stage = AccessStage::NotChanged(NotChanged::NoAnswer);
                self.access(step, to_sign.client, to_sign.after, stage);
            }
        }
    }

    fn contact_changed(
        &mut self,
        step: &mut Step<'_>,
        asked: OperationId,
        client: Client,
        after: After,
        made: &ContactChange,
    ) {
        let prints = !matches!(self.facts.printer, DeviceState::Failed(_));
        let changed = Changed {
            asked,
            change: made.change,
            contact: made.contact,
            old_masked: made.old_masked.clone(),
            new_masked: made.new_masked.clone(),
            statement_sha256: made.statement_sha256.clone(),
            at: made.at,
            slip: if prints { Slip::Printing } else { Slip::Ended(false) },
            language: self.language,
        };
        self.access(step, client, after, AccessStage::Changed(changed));
        if prints {
            step.effects.push(Effect::Print(Paper::Slip(asked)));
        }
    }

    /// The slip of a change came out, or did not.
    pub(in crate::dialogue) fn change_printed(&mut self, of: OperationId, printed: bool) {
        if let State::Access(access) = &mut self.state
            && let AccessStage::Changed(changed) = &mut access.stage
            && changed.asked == of
        {
            changed.slip = Slip::Ended(printed);
        }
    }
}

fn pin_answer(body: &MessageBody, client: &Client) -> AccessStage {
    match body {
        MessageBody::PinAccepted { client: whose } if *whose == client.id => AccessStage::PinSet,
        MessageBody::PinRefused { client: whose, reason } if *whose == client.id => match reason {
            PinRefusal::Length => AccessStage::Pin { first: None, error: Some(PinFault::Length) },
            PinRefusal::Simple => AccessStage::Pin { first: None, error: Some(PinFault::Simple) },
            // Choosing it took longer than a face check lives.
            PinRefusal::FaceCheck => AccessStage::BeforePicture(FaceFor::Pin),
            PinRefusal::TryLater => AccessStage::NotChanged(NotChanged::TryLater),
        },
        _ => AccessStage::NotChanged(NotChanged::TryLater),
    }
}

fn code_answer(body: &MessageBody, code: NumberCode) -> AccessStage {
    match body {
        MessageBody::ContactChangeAdvanced { change } if *change == code.change => {
            let contact = Contact::Phone;
            AccessStage::BeforePicture(FaceFor::Contact { change: code.change, contact })
        }
        MessageBody::ContactChangeRefused { change, reason, may_retry } if *change == code.change => {
            match (reason, may_retry) {
                (ContactRefusal::WrongCode, true) => {
                    let code = NumberCode { tries_left: code.tries_left.saturating_sub(1), ..code };
                    AccessStage::Code { code, error: Some(CodeError::Wrong) }
                }
                (ContactRefusal::CodeExpired, true) => {
                    AccessStage::Typing { contact: Contact::Phone, error: Some(ContactFault::CodeExpired) }
                }
                (reason, _) => AccessStage::NotChanged(why(*reason)),
            }
        }
        _ => AccessStage::NotChanged(NotChanged::TryLater),
    }
}

const fn why(reason: ContactRefusal) -> NotChanged {
    match reason {
        ContactRefusal::NotSigned => NotChanged::NotSigned,
        ContactRefusal::TooMany
        | ContactRefusal::WrongCode
        | ContactRefusal::CodeExpired
        | ContactRefusal::NotOwned
        | ContactRefusal::OwnerUnknown => NotChanged::TooMany,
        ContactRefusal::NotAvailable
        | ContactRefusal::NotUsable
        | ContactRefusal::Unchanged
        | ContactRefusal::FaceCheck => NotChanged::NotAvailable,
        ContactRefusal::TryLater => NotChanged::TryLater,
    }
}
