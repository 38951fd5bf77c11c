//! Signing by the client's card at the terminal: what the card has to sign.
//!
//! The PIN of a card is typed on the terminal's screen only where the card is the MFO's own, which its certificate for
//! logging in shows: issued by the MFO, alive, bound to this client. Any other card needs a reader with keys of its own, and
//! where the terminal has one, nothing is asked of it before its PIN but that the MFO does not know it as lost or another's.
//! Whether its certificate for signing is one that counts is judged with the finished CMS, as for a phone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_eds::ToSign;
use senim_operation::attachment::ShownCard;
use senim_operation::body::{CardSignatureRequested, PinPlace};
use senim_operation::message::{CardRefusal, CardSignatureToMake, MessageBody};

use crate::acting::Act;
use crate::error::GatewayError;
use crate::openings::Purpose;

const fn no(reason: CardRefusal, may_retry: bool) -> MessageBody {
    MessageBody::CardRefused { reason, may_retry }
}

impl Act<'_> {
    /// The client wants to sign with a card: the signed attributes, or why not.
    pub(crate) fn card_signature_requested(
        &mut self,
        body: &CardSignatureRequested,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let (_, case) = match self.to_sign(body.signature, body.purpose, body.loan, &body.document_sha256)? {
            Ok(found) => found,
            Err(answer) => return Ok(answer),
        };
        // A card of another issuer is none of the MFO's business until it has signed.
        let anothers = |reason: &CardRefusal| match body.pin_on {
            PinPlace::Screen => false,
            PinPlace::Reader => matches!(reason, CardRefusal::NeedsPinPad | CardRefusal::NotAvailable),
        };
        if let Some(reason) = self.not_an_own_card(attachment)?.filter(|reason| !anothers(reason)) {
            return Ok(no(reason, reason != CardRefusal::NotAvailable));
        }
        let plain = self.open_sealed(attachment, Purpose::Card)?;
        let shown = plain.and_then(|plain| ShownCard::from_plaintext(&plain).ok());
        let certificate = shown.and_then(|shown| STANDARD.decode(shown.signature.expose()).ok());
        let digest = ring::digest::digest(&ring::digest::SHA256, case.document.bytes.expose());
        let to_sign = certificate
            .zip(<[u8; 32]>::try_from(digest.as_ref()).ok())
            .and_then(|(certificate, digest)| ToSign::new(&digest, &certificate, self.now).ok());
        Ok(match to_sign {
            Some(to_sign) => MessageBody::CardSignaturePrepared(CardSignatureToMake {
                signature: body.signature,
                attributes: STANDARD.encode(to_sign.message()),
                signed_at: self.now,
            }),
            None => no(CardRefusal::NotIssued, true),
        })
    }

    /// Why a card's PIN must not be typed on the screen; `None`: it is the MFO's own and this client's.
    fn not_an_own_card(&self, attachment: &str) -> Result<Option<CardRefusal>, GatewayError> {
        let Some(client) = self.session.client else { return Ok(Some(CardRefusal::NeedsPinPad)) };
        let token = match self.shown_token(attachment)? {
            Ok(token) => token,
            Err(CardRefusal::NotIssued) => return Ok(Some(CardRefusal::NeedsPinPad)),
            Err(reason) => return Ok(Some(reason)),
        };
        Ok(match self.standing(&token, client)? {
            Some(CardRefusal::NotBound) => Some(CardRefusal::NeedsPinPad),
            Some(reason) => Some(reason),
            None => self.judge(&token)?.err(),
        })
    }
}
