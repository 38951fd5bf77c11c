//! Electronic signatures of clients: a document goes to the client's phone by QR code or to the card, and what comes back
//! is judged and kept with its evidence.
//!
//! Decides what may be signed, by whom, and what the terminal is told. A signature has one identity from the row that
//! asks for it; a new code under the same document is a new signature. The QR service is asked while the terminal waits
//! ([`late`]); the verdict is the answer to the row that says that the code is on the screen. Whoever has left is not
//! answered: what the phone still brings is dropped, and the record says so.

mod card;
mod documents;
mod gost;
mod judge;
mod late;
mod record;
mod view;

pub(crate) use late::unless_somebody_else_did;
pub use record::{SignatureRecord, SignatureState};
pub use view::OpenedSignature;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{LoanId, SignatureId, UtcMillis};
use senim_eds::ToSign;
use senim_operation::attachment::CardSignature;
use senim_operation::body::{CardSignatureMade, SignatureAwaited, SignatureRequested};
use senim_operation::jws::sha256_b64;
use senim_operation::message::MessageBody;
use senim_operation::signature::{SignaturePurpose, SignatureRefusal};

use crate::acting::{Act, Acted};
use crate::connectors::{ConnectorError, Eds, SigningOrder};
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::store::{self, Collection, Expect, Versioned};
use judge::Case;
use record::{OpenSignature, Refused, open_key};

/// How old the moment may be that a card's signature claims: it is made while the person stands there.
const CARD_AGE_MS: i64 = 10 * 60 * 1000;

const fn refused(signature: SignatureId, reason: SignatureRefusal, may_retry: bool) -> MessageBody {
    MessageBody::SignatureRefused { signature, reason, may_retry }
}

impl<'a> Act<'a> {
    /// The client wants to sign on the phone: a code, or why not.
    pub(crate) fn signature_requested(
        &mut self,
        body: &SignatureRequested,
    ) -> Result<MessageBody, GatewayError> {
        let signature = body.signature;
        let (eds, case) = match self.to_sign(signature, body.purpose, body.loan, &body.document_sha256)? {
            Ok(found) => found,
            Err(answer) => return Ok(answer),
        };
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return Ok(refused(signature, SignatureRefusal::TryLater, true));
        };
        let most = pack.otp.signing_seconds;
        let (terminal, session) = (self.terminal.clone(), self.session_id);
        self.gateway.give_up(&terminal, session, "renewed", self.now, &mut self.changes)?;
        let order = SigningOrder {
            signature,
            document: case.document.bytes.clone(),
            document_sha256: body.document_sha256.clone(),
            media_type: case.document.media_type,
            titles: case.document.titles.clone(),
            life_seconds: most,
        };
        let offer = match eds.signing.start(&order) {
            Ok(offer) => offer,
            Err(error) => {
                tracing::warn!(%error, "no code for signing");
                return Ok(refused(signature, SignatureRefusal::TryLater, true));
            }
        };
        let expires = offer.expires;
        let record = case.record(
            self.envelope.op_id,
            self.now,
            SignatureState::Open { operation: offer.operation, expires },
        );
        self.enter(signature, &record)?;
        let open = OpenSignature { signature };
        let key = open_key(self.terminal, self.session_id);
        // One that is given up just now was removed under the same key.
        self.changes.push(store::put(Collection::OpenSignature, &key, Expect::Any, &open)?);
        let life = expires.0.saturating_sub(self.now.0).max(0) / 1000;
        let life_seconds = u32::try_from(life).unwrap_or(most).min(most);
        Ok(MessageBody::SignatureOffered { signature, qr: offer.qr, life_seconds })
    }

    /// The code is on the screen: the verdict, once there is one.
    pub(crate) fn signature_awaited(&mut self, body: &SignatureAwaited) -> Result<Acted, GatewayError> {
        let signature = body.signature;
        let record = self.gateway.load_signature(signature)?.map(|record| record.value);
        let own = record.filter(|record| record.is_of(self.terminal, self.session_id));
        let Some(record) = own else {
            return Ok(Acted::Done(Some(refused(signature, SignatureRefusal::NotOffered, false))));
        };
        let reply = match &record.state {
            SignatureState::Open { .. } => return Ok(Acted::Waits),
            SignatureState::Accepted(accepted) => {
                self.remember_signed(&record, signature);
                MessageBody::SignatureAccepted {
                    signature,
                    cms_sha256: accepted.cms_sha256.clone(),
                    signed_at: accepted.signed_at,
                }
            }
            SignatureState::Refused(why) => refused(signature, why.told, why.may_retry()),
            SignatureState::Cancelled { .. } | SignatureState::Dropped { .. } => {
                refused(signature, SignatureRefusal::Expired, true)
            }
        };
        Ok(Acted::Done(Some(reply)))
    }

    /// The card signed at the terminal: the CMS is put together, stamped and judged here.
    pub(crate) fn card_signature_made(
        &mut self,
        body: &CardSignatureMade,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let signature = body.signature;
        let (eds, case) = match self.to_sign(signature, body.purpose, body.loan, &body.document_sha256)? {
            Ok(found) => found,
            Err(answer) => return Ok(answer),
        };
        let age = self.now.0.saturating_sub(body.signed_at.0);
        let plain = self.open_sealed(attachment, Purpose::Signature)?;
        let made = plain.and_then(|plain| CardSignature::from_plaintext(&plain).ok());
        let cms =
            made.filter(|_| age.abs() <= CARD_AGE_MS).and_then(|made| assemble(&case, &made, body.signed_at));
        let Some(cms) = cms else {
            return Ok(refused(signature, SignatureRefusal::NotVerified, true));
        };
        let stamped = match self.gateway.stamp(eds, &cms)? {
            Ok(stamped) => stamped,
            Err(error) => {
                tracing::warn!(%error, "card signature not stamped");
                return Ok(refused(signature, SignatureRefusal::TryLater, true));
            }
        };
        self.judge_card(eds, &case, &stamped, signature)
    }

    fn judge_card(
        &mut self,
        eds: &Eds,
        case: &Case,
        cms: &[u8],
        signature: SignatureId,
    ) -> Result<MessageBody, GatewayError> {
        let mut record = case.record(self.envelope.op_id, self.now, SignatureState::unknown());
        let (document, iin) = (&case.document.bytes, &case.iin);
        let reply = match self.gateway.judge_signature(eds, cms, document, iin, self.now, self.now)? {
            Ok(found) => {
                let accepted = self.gateway.keep_signature(
                    signature,
                    &record,
                    cms,
                    &found,
                    self.now,
                    &mut self.changes,
                )?;
                let (cms_sha256, signed_at) = (accepted.cms_sha256.clone(), accepted.signed_at);
                record.state = SignatureState::Accepted(Box::new(accepted));
                self.remember_signed(&record, signature);
                MessageBody::SignatureAccepted { signature, cms_sha256, signed_at }
            }
            Err(why) => {
                let reply = refused(signature, why.told, why.may_retry());
                record.state = SignatureState::Refused(why);
                reply
            }
        };
        self.enter(signature, &record)?;
        Ok(reply)
    }

    fn enter(&mut self, signature: SignatureId, record: &SignatureRecord) -> Result<(), GatewayError> {
        let key = signature.to_string();
        self.changes.push(store::put(Collection::Signature, &key, Expect::Absent, record)?);
        self.changes.extend(record::by_loan(record.loan, signature)?);
        Ok(())
    }

    /// Who signs what and who judges it; an answer where there is nothing to be signed or it is signed already.
    fn to_sign(
        &self,
        signature: SignatureId,
        purpose: SignaturePurpose,
        loan: Option<LoanId>,
        document_sha256: &str,
    ) -> Result<Result<(&'a Eds, Case), MessageBody>, GatewayError> {
        let not_offered = refused(signature, SignatureRefusal::NotOffered, false);
        let Ok(eds) = self.gateway.connectors.eds() else { return Ok(Err(not_offered)) };
        if let Some(kept) = self.signed_already(purpose, document_sha256)? {
            return Ok(Err(kept));
        }
        Ok(match self.signature_case(signature, purpose, loan, document_sha256)? {
            Some(case) => Ok((eds, case)),
            None => Err(not_offered),
        })
    }

    /// Who signs what; `None`: this document is not to be signed in this visit, or the identity is taken.
    fn signature_case(
        &self,
        signature: SignatureId,
        purpose: SignaturePurpose,
        loan: Option<LoanId>,
        document_sha256: &str,
    ) -> Result<Option<Case>, GatewayError> {
        if self.gateway.load_signature(signature)?.is_some() {
            tracing::warn!(terminal = %self.terminal, "identity of a signature used twice");
            return Ok(None);
        }
        let Some(iin_attachment) = self.session.iin_attachment.clone() else { return Ok(None) };
        let shown = |(of, sha256): &(LoanId, String)| Some(*of) == loan && sha256 == document_sha256;
        let must_be_shown = matches!(purpose, SignaturePurpose::Contract | SignaturePurpose::Supplement);
        if must_be_shown && !self.session.shown.iter().any(shown) {
            return Ok(None);
        }
        if let Some(loan) = loan
            && self.own_loan(loan)?.is_none()
        {
            return Ok(None);
        }
        let place = (self.terminal, self.session_id);
        let document = self.gateway.signable(place, purpose, loan, document_sha256)?;
        let Some(document) = document else { return Ok(None) };
        let Some(iin) = self.sealed_iin(&iin_attachment, Purpose::Signature)? else { return Ok(None) };
        Ok(Some(Case {
            purpose,
            loan,
            document,
            document_sha256: document_sha256.to_owned(),
            terminal: self.terminal.clone(),
            session: self.session_id,
            client: self.session.client,
            iin_attachment,
            iin,
        }))
    }

    /// A signature of this visit under these bytes is not asked for twice.
    fn signed_already(
        &self,
        purpose: SignaturePurpose,
        document_sha256: &str,
    ) -> Result<Option<MessageBody>, GatewayError> {
        let Some(signature) = self.signature_of(purpose, document_sha256) else { return Ok(None) };
        let record = self.gateway.load_signature(signature)?;
        Ok(record.and_then(|record| match record.value.state {
            SignatureState::Accepted(accepted) => Some(MessageBody::SignatureAccepted {
                signature,
                cms_sha256: accepted.cms_sha256,
                signed_at: accepted.signed_at,
            }),
            _ => None,
        }))
    }

    /// The accepted signature of this visit's client under these bytes, for whoever concludes something on it.
    pub(crate) fn signature_of(
        &self,
        purpose: SignaturePurpose,
        document_sha256: &str,
    ) -> Option<SignatureId> {
        let found = |signed: &&crate::records::Signed| {
            signed.purpose == purpose && signed.document_sha256 == document_sha256
        };
        self.session.signed.iter().find(found).map(|signed| signed.signature)
    }

    fn remember_signed(&mut self, record: &SignatureRecord, signature: SignatureId) {
        let document_sha256 = record.document_sha256.clone();
        self.session.signed.push(crate::records::Signed {
            purpose: record.purpose,
            document_sha256,
            signature,
        });
    }
}

/// The CMS that the card's signature belongs in; `None`: it does not fit certificate, document and moment.
fn assemble(case: &Case, made: &CardSignature, signed_at: UtcMillis) -> Option<Vec<u8>> {
    let certificate = STANDARD.decode(made.certificate.expose()).ok()?;
    let signature = STANDARD.decode(made.signature.expose()).ok()?;
    let digest = ring::digest::digest(&ring::digest::SHA256, case.document.bytes.expose());
    let digest: [u8; 32] = digest.as_ref().try_into().ok()?;
    let to_sign = ToSign::new(&digest, &certificate, signed_at).ok()?;
    to_sign.finish(&signature).ok()
}

impl crate::Gateway {
    pub(crate) fn load_signature(
        &self,
        signature: SignatureId,
    ) -> Result<Option<Versioned<SignatureRecord>>, GatewayError> {
        Ok(store::load(self.store.as_ref(), Collection::Signature, &signature.to_string())?)
    }

    /// Adds a time-stamp to a CMS.
    fn stamp(&self, eds: &Eds, cms: &[u8]) -> Result<Result<Vec<u8>, ConnectorError>, GatewayError> {
        let useless = |cause: String| ConnectorError::Unavailable { service: "time-stamping", cause };
        let mut nonce = [1; 16];
        if let Some((_, rest)) = nonce.split_first_mut() {
            self.entropy.fill(rest).map_err(|error| GatewayError::Internal(error.to_string()))?;
        }
        let attempt = || {
            let over = senim_eds::Signed::read(cms).map_err(|refusal| useless(refusal.to_string()))?;
            let over = over.signature().to_vec();
            let request =
                senim_eds::timestamp_request(&over, &nonce).map_err(|flaw| useless(flaw.to_string()))?;
            let answer = eds.timestamping.stamp(&request)?;
            let token = senim_eds::timestamp_token(&answer, &over, &nonce)
                .map_err(|flaw| useless(flaw.to_string()))?;
            senim_eds::assemble::with_timestamp(cms, &token).map_err(|error| useless(error.to_string()))
        };
        Ok(attempt())
    }
}

/// How a CMS is named in rows and messages.
fn name_of(cms: &[u8]) -> String {
    sha256_b64(cms)
}

impl Refused {
    fn new(code: &str, told: SignatureRefusal, at: UtcMillis) -> Self {
        Self { code: code.to_owned(), told, at }
    }
}
