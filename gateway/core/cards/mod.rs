//! Token cards as a way into the cabinet: bound under a fresh face, shown and proven at each login, unbound.
//!
//! Decides whether a card that was shown may prove itself, and whether its proof counts. A card is asked for its PIN only
//! after this gateway has found it to be the MFO's own, alive and bound to whoever is named: so no try of a PIN is lost on a
//! card that would open nothing, and the PIN of a stranger's card is never typed on a screen. A challenge is random, bound
//! to terminal and visit, lives as long as a one-time code and is used up by the first answer, right or wrong.
//!
//! What fails is counted like a wrong PIN of the cabinet and told to the client by text (`login_guard`); services that are
//! away, and challenges that have run out, are nobody's failure. `register` keeps whose card is whose.

mod register;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use senim_domain::{ClientId, MessageId, UtcMillis};
use senim_eds::{Evidence, Token, TokenRefusal, ocsp_request};
use senim_operation::attachment::{CardProof, ShownCard};
use senim_operation::body::{
    CardAct, CardBindingRequested, CardFault, CardNotUsed, CardProofSubmitted, CardUnbindingRequested,
    LoginCardShown,
};
use senim_operation::message::{CardChallenge, CardRefusal, LoginRefusal, MessageBody};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::access_notice::AccessEvent;
use crate::acting::Act;
use crate::connectors::Cards;
use crate::error::GatewayError;
use crate::later;
use crate::openings::Purpose;

pub use register::{BoundCard, CardEnd, CardEnded};

/// A card that was shown in a visit and may prove itself, once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Challenged {
    /// The message that gave the challenge.
    challenge: MessageId,
    /// The challenge, base64url.
    random: String,
    /// End of its life.
    expires: UtcMillis,
    /// Whose card it is, or is to be.
    client: ClientId,
    /// What for.
    act: CardAct,
    /// The attachment that holds its certificate.
    shown: String,
}

const fn refused(reason: CardRefusal, may_retry: bool) -> MessageBody {
    MessageBody::CardRefused { reason, may_retry }
}

const fn locked() -> MessageBody {
    MessageBody::LoginRefused { reason: LoginRefusal::TooMany, may_retry: false }
}

/// What the person is told of a certificate that does not count.
const fn told(refusal: &TokenRefusal) -> CardRefusal {
    match refusal {
        TokenRefusal::Malformed | TokenRefusal::IssuerUnknown | TokenRefusal::NotForLogin => {
            CardRefusal::NotIssued
        }
        TokenRefusal::NotYetValid | TokenRefusal::Expired => CardRefusal::Expired,
        TokenRefusal::Revoked { .. } => CardRefusal::Revoked,
        TokenRefusal::RevocationUnknown => CardRefusal::TryLater,
        TokenRefusal::SignatureWrong => CardRefusal::NotVerified,
    }
}

impl Act<'_> {
    /// A card was put in to log in with it.
    pub(crate) fn login_card_shown(
        &mut self,
        body: &LoginCardShown,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        self.session.card = None;
        let Some(client) = self.offered(body.login) else {
            return Ok(MessageBody::LoginRefused { reason: LoginRefusal::CodeExpired, may_retry: false });
        };
        if self.is_locked(client)? {
            self.session.offered = None;
            return Ok(locked());
        }
        let found = match self.shown_token(attachment)? {
            Ok(token) => {
                let standing = self.standing(&token, client)?;
                standing.map_or_else(|| self.judge(&token), |reason| Ok(Err(reason)))?
            }
            Err(reason) => Err(reason),
        };
        match found {
            Ok(()) => self.challenge(client, CardAct::Login, attachment),
            Err(reason) => self.login_card_refused(client, reason),
        }
    }

    /// Why a card does not open this cabinet by the register; `None`: it does.
    pub(crate) fn standing(
        &self,
        token: &Token,
        client: ClientId,
    ) -> Result<Option<CardRefusal>, GatewayError> {
        let register = self.gateway.card(&register::name_of(token))?;
        let bound = self.gateway.bound_card(client)?;
        Ok(match register {
            Some(card) if card.client != client => Some(CardRefusal::OtherPerson),
            Some(card) if card.is_lost() => Some(CardRefusal::Revoked),
            Some(_) if bound == Some(register::name_of(token)) => None,
            Some(_) => Some(CardRefusal::NotBound),
            None if self.is_anothers(token)? => Some(CardRefusal::OtherPerson),
            None => Some(CardRefusal::NotBound),
        })
    }

    /// Whether the certificate names somebody else than the visit's IIN.
    fn is_anothers(&self, token: &Token) -> Result<bool, GatewayError> {
        let iin = match self.session.iin_attachment.clone() {
            Some(attachment) => self.sealed_iin(&attachment, Purpose::Card)?,
            None => None,
        };
        Ok(iin.is_none_or(|iin| !token.names(&iin)))
    }

    /// A refusal at a login, counted where it is the person's failure.
    fn login_card_refused(
        &mut self,
        client: ClientId,
        reason: CardRefusal,
    ) -> Result<MessageBody, GatewayError> {
        match reason {
            CardRefusal::NotAvailable | CardRefusal::TryLater | CardRefusal::ChallengeOver => {
                Ok(refused(reason, reason != CardRefusal::NotAvailable))
            }
            _ => {
                tracing::info!(terminal = %self.terminal, %client, ?reason, "a card opens nothing");
                if self.count_failure(client)? { Ok(locked()) } else { Ok(refused(reason, true)) }
            }
        }
    }

    /// Counts a failed login; whether it leads to a lock.
    fn count_failure(&mut self, client: ClientId) -> Result<bool, GatewayError> {
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(false) };
        let locks = self.login_failed(client, pack.login)?;
        if locks {
            self.session.offered = None;
            self.session.card = None;
        }
        Ok(locks)
    }

    /// A client wants a card to open their cabinet from now on.
    pub(crate) fn card_binding_requested(
        &mut self,
        body: &CardBindingRequested,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        self.session.card = None;
        if let Some(reason) = self.not_the_holder(body.client, body.face_check)? {
            return Ok(refused(reason, false));
        }
        let token = match self.shown_token(attachment)? {
            Ok(token) => token,
            Err(reason) => return Ok(refused(reason, reason != CardRefusal::NotAvailable)),
        };
        if self.is_anothers(&token)? {
            return Ok(refused(CardRefusal::OtherPerson, true));
        }
        match self.gateway.card(&register::name_of(&token))? {
            Some(card) if card.client != body.client => return Ok(refused(CardRefusal::OtherPerson, true)),
            Some(card) if card.is_lost() => return Ok(refused(CardRefusal::Revoked, true)),
            Some(_) | None => {}
        }
        match self.judge(&token)? {
            Ok(()) => self.challenge(body.client, CardAct::Binding, attachment),
            Err(reason) => Ok(refused(reason, true)),
        }
    }

    /// Why nobody may bind or unbind a card here; `None`: the client is logged in and their face was seen just now.
    fn not_the_holder(
        &self,
        client: ClientId,
        face_check: MessageId,
    ) -> Result<Option<CardRefusal>, GatewayError> {
        if self.session.client != Some(client) {
            return Ok(Some(CardRefusal::NotAvailable));
        }
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(Some(CardRefusal::TryLater)) };
        Ok((!self.holder_was_seen(face_check, &pack)).then_some(CardRefusal::FaceCheck))
    }

    /// The card signed its challenge.
    pub(crate) fn card_proof_submitted(
        &mut self,
        body: &CardProofSubmitted,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        // Whatever comes of it, this challenge is used.
        let Some(given) = self.session.card.take().filter(|given| given.challenge == body.challenge) else {
            return Ok(refused(CardRefusal::ChallengeOver, true));
        };
        if self.now >= given.expires {
            return Ok(refused(CardRefusal::ChallengeOver, true));
        }
        let right = self.proves(&given, attachment)?;
        match (given.act, right) {
            (CardAct::Login, _) if self.is_locked(given.client)? => {
                self.session.offered = None;
                Ok(locked())
            }
            (CardAct::Login, Some(_)) => self.greet(given.client),
            (CardAct::Login, None) => self.login_card_refused(given.client, CardRefusal::NotVerified),
            (CardAct::Binding, Some(token)) => self.bind(given.client, &token),
            (CardAct::Binding, None) => Ok(refused(CardRefusal::NotVerified, true)),
            (CardAct::Signing, _) => Ok(refused(CardRefusal::NotAvailable, false)),
        }
    }

    /// The card, if what came is its signature over this challenge.
    fn proves(&self, given: &Challenged, attachment: &str) -> Result<Option<Token>, GatewayError> {
        let Ok(token) = self.shown_token(&given.shown)? else { return Ok(None) };
        let plain = self.open_sealed(attachment, Purpose::Card)?;
        let proof = plain.and_then(|plain| CardProof::from_plaintext(&plain).ok());
        let signature = proof.and_then(|proof| STANDARD.decode(proof.signature.expose()).ok());
        let challenge = CardChallenge { challenge: given.random.clone(), life_seconds: 0 };
        let message = challenge.to_sign(self.terminal, self.session_id, given.challenge);
        let right = signature.is_some_and(|bytes| token.verify(message.expose(), &bytes).is_ok());
        Ok(right.then_some(token))
    }

    fn bind(&mut self, client: ClientId, token: &Token) -> Result<MessageBody, GatewayError> {
        let place = (self.terminal.clone(), self.envelope.op_id);
        let changes = self.gateway.bind_card(client, token, place, self.now)?;
        self.changes.extend(changes);
        // One face, one card.
        self.session.holder_faces.clear();
        self.tell_client(client, AccessEvent::CardBound)?;
        Ok(MessageBody::CardBound { client })
    }

    /// A client wants their card to open nothing any more.
    pub(crate) fn card_unbinding_requested(
        &mut self,
        body: &CardUnbindingRequested,
    ) -> Result<MessageBody, GatewayError> {
        if let Some(reason) = self.not_the_holder(body.client, body.face_check)? {
            return Ok(refused(reason, false));
        }
        let Some(changes) = self.gateway.unbind_card(body.client, CardEnd::Unbound, self.now)? else {
            return Ok(refused(CardRefusal::NotBound, false));
        };
        self.changes.extend(changes);
        self.session.holder_faces.clear();
        self.tell_client(body.client, AccessEvent::CardUnbound)?;
        Ok(MessageBody::CardUnbound { client: body.client })
    }

    /// A PIN that was wrong at a login is a failed login, although the card alone knows the PIN.
    pub(crate) fn card_not_used(&mut self, body: &CardNotUsed) -> Result<(), GatewayError> {
        let counts = match body.fault {
            CardFault::PinWrong | CardFault::PinBlocked => body.act == CardAct::Login,
            CardFault::Withdrawn
            | CardFault::NotAToken
            | CardFault::Unusable
            | CardFault::Unclear
            | CardFault::Reader => false,
        };
        let challenged = self.session.card.as_ref().filter(|given| given.act == CardAct::Login);
        let Some(client) = challenged.map(|given| given.client).filter(|_| counts) else { return Ok(()) };
        self.count_failure(client).map(drop)
    }

    /// The card that was shown; why not.
    pub(crate) fn shown_token(&self, attachment: &str) -> Result<Result<Token, CardRefusal>, GatewayError> {
        if self.gateway.connectors.cards().is_err() {
            return Ok(Err(CardRefusal::NotAvailable));
        }
        let plain = self.open_sealed(attachment, Purpose::Card)?;
        let shown = plain.and_then(|plain| ShownCard::from_plaintext(&plain).ok());
        let der = shown.and_then(|shown| STANDARD.decode(shown.authentication.expose()).ok());
        Ok(der.and_then(|der| Token::read(&der).ok()).ok_or(CardRefusal::NotIssued))
    }

    /// Whether the certificate counts now: issuer, purpose, dates, revocation.
    pub(crate) fn judge(&self, token: &Token) -> Result<Result<(), CardRefusal>, GatewayError> {
        let Ok(cards) = self.gateway.connectors.cards() else { return Ok(Err(CardRefusal::NotAvailable)) };
        let Some(evidence) = self.gateway.card_evidence(cards, token)? else {
            return Ok(Err(CardRefusal::TryLater));
        };
        Ok(token.judge(&cards.trust, &evidence, self.now).map_err(|refusal| {
            tracing::info!(terminal = %self.terminal, %refusal, "a card's certificate does not count");
            told(&refusal)
        }))
    }

    fn challenge(
        &mut self,
        client: ClientId,
        act: CardAct,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return Ok(refused(CardRefusal::TryLater, true));
        };
        let mut random = [0; 32];
        self.gateway.entropy.fill(&mut random)?;
        let random = URL_SAFE_NO_PAD.encode(random);
        let life_seconds = pack.otp.life_seconds;
        self.session.card = Some(Challenged {
            challenge: self.message_id,
            random: random.clone(),
            expires: later(self.now, life_seconds),
            client,
            act,
            shown: attachment.to_owned(),
        });
        Ok(MessageBody::CardChallenged(CardChallenge { challenge: random, life_seconds }))
    }
}

impl Gateway {
    /// OCSP where it answers, else lists; `None`: neither.
    fn card_evidence(&self, cards: &Cards, token: &Token) -> Result<Option<Evidence>, GatewayError> {
        let mut nonce = vec![0; 16];
        self.entropy.fill(&mut nonce)?;
        let request =
            token.issuer(&cards.trust).and_then(|issuer| ocsp_request(token.certificate(), &issuer, &nonce));
        let Some(request) = request else {
            // Nobody here has issued it: the judge will say so without evidence.
            return Ok(Some(Evidence::default()));
        };
        match cards.revocation.ocsp(&request) {
            Ok(answer) => {
                return Ok(Some(Evidence { ocsp: Some(answer), nonce: Some(nonce), crls: Vec::new() }));
            }
            Err(error) => tracing::warn!(%error, "no OCSP answer about a card; revocation lists are asked"),
        }
        match cards.revocation.lists() {
            Ok(crls) => Ok(Some(Evidence { ocsp: None, nonce: None, crls })),
            Err(error) => {
                tracing::warn!(%error, "no revocation list for cards either");
                Ok(None)
            }
        }
    }
}
