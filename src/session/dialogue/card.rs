//! A card in the reader: put in, read, looked at by the MFO, its PIN typed once, its signature sent, taken back.
//!
//! No PIN is asked for before the MFO has said that the card is its own and this client's. A PIN goes to the card once and is
//! kept nowhere, and where the reader has keys of its own it is typed there and never comes here; how many tries are left is on the screen before it is typed, and the last one is used only by whoever was
//! told that it is the last. A card that is taken out ends what was under way and is read anew when it is put back.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use senim_domain::rule_pack::SessionTimes;
use senim_domain::{Secret, SecretBytes, SignatureId};
use senim_hal::token::{self, Event, Fault, Key, LastTry, Pin};
use senim_operation::attachment::{CardProof, CardSignature, ShownCard};
use senim_operation::body::{
    CardBindingRequested, CardFault, CardLeftBehind, CardNotUsed, CardProofSubmitted, CardSignatureMade,
    CardSignatureRequested, LoginCardShown, PinPlace,
};
use senim_operation::message::{CardChallenge, CardSignatureToMake, Message, MessageBody};

use super::answers::login_ending;
use super::idle::Clock;
use super::{Session, Step};
use crate::access::{AccessStage, LoggingIn, NotChanged};
use crate::action::Decision;
use crate::card::{CardProblem, CardPurpose, CardStage, CardUse, Proof, Task};
use crate::effect::Effect;
use crate::event::Device;
use crate::facts::DeviceState;
use crate::state::{Ending, Signing, SigningPhase, State};

/// How long what a card is given to sign under a document may wait for its PIN, ms; the MFO takes no older moment.
const SIGNING_MS: u64 = 300_000;

/// Fewest seconds that a reader with keys waits for one.
const KEYPAD_SECONDS_LEAST: u8 = 15;

impl Session {
    /// Whether there is a reader that works.
    #[must_use]
    pub fn takes_cards(&self) -> bool {
        let reader = self.setup.card.as_ref().map(|reader| reader.device);
        reader.is_some_and(|device| {
            !matches!(self.facts.peripherals.get(&device), Some(DeviceState::Failed(_)))
        })
    }

    fn card(&mut self, step: &Step<'_>, purpose: CardPurpose, stage: CardStage) {
        self.enter(step, State::Card(Box::new(CardUse { purpose, stage })));
    }

    /// A card is to be put in.
    pub(super) fn begin_card(&mut self, step: &mut Step<'_>, purpose: CardPurpose) {
        let up_to = key_for(&purpose);
        step.effects.push(Effect::Token(token::Command::Open { up_to }));
        self.card(step, purpose, CardStage::Insert);
    }

    /// The card is let go, if there is one.
    pub(super) fn close_card(&self, step: &mut Step<'_>) {
        if self.setup.card.is_some() {
            step.effects.push(Effect::Token(token::Command::Close));
        }
    }

    fn card_problem(
        &mut self,
        step: &mut Step<'_>,
        purpose: CardPurpose,
        problem: CardProblem,
        may_retry: bool,
    ) {
        // One that was taken out is read by itself when it is put back.
        if problem != CardProblem::Withdrawn {
            self.close_card(step);
        }
        self.card(step, purpose, CardStage::Problem { problem, may_retry });
    }

    fn card_failed(
        &mut self,
        step: &mut Step<'_>,
        purpose: CardPurpose,
        fault: CardFault,
        problem: CardProblem,
    ) {
        self.record(step, CardNotUsed { act: purpose.act(), fault });
        let may_retry = !matches!(problem, CardProblem::PinBlocked | CardProblem::Reader);
        self.card_problem(step, purpose, problem, may_retry);
    }

    /// What the card or its reader tells.
    pub(super) fn on_token(&mut self, step: &mut Step<'_>, event: Event) {
        if self.is_in_service_mode() {
            return self.on_staff_token(step, event);
        }
        if !matches!(self.state, State::Card(_)) {
            return;
        }
        let State::Card(used) = self.take() else { return };
        let CardUse { purpose, stage } = *used;
        match (event, stage) {
            (
                Event::Reading,
                CardStage::Insert | CardStage::Problem { problem: CardProblem::Withdrawn, .. },
            ) => self.card(step, purpose, CardStage::Reading),
            (Event::Opened { authentication, signature, tries_left }, CardStage::Reading) => {
                self.show_card(step, purpose, &authentication, signature.as_ref(), tries_left);
            }
            (Event::PinWrong { tries_left }, CardStage::Working { task }) => {
                let fault = CardFault::PinWrong;
                self.record(step, CardNotUsed { act: purpose.act(), fault });
                self.card(step, purpose, CardStage::Pin { task, tries_left, wrong: true });
            }
            (Event::PinWrong { tries_left }, CardStage::Keypad { task, .. }) => {
                let fault = CardFault::PinWrong;
                self.record(step, CardNotUsed { act: purpose.act(), fault });
                self.ask_for_pin(step, purpose, task, tries_left, true);
            }
            (Event::PinNotTyped(why), CardStage::Keypad { .. }) => {
                self.card_problem(step, purpose, CardProblem::NotTyped(why), true);
            }
            (Event::Signed(signature), CardStage::Working { task } | CardStage::Keypad { task, .. }) => {
                self.submit_proof(step, purpose, task, &signature);
            }
            (
                Event::Removed,
                CardStage::Reading
                | CardStage::Shown { .. }
                | CardStage::Pin { .. }
                | CardStage::Keypad { .. }
                | CardStage::Working { .. },
            ) => self.card_failed(step, purpose, CardFault::Withdrawn, CardProblem::Withdrawn),
            (
                Event::Failed(fault),
                CardStage::Insert
                | CardStage::Reading
                | CardStage::Shown { .. }
                | CardStage::Pin { .. }
                | CardStage::Keypad { .. }
                | CardStage::Working { .. }
                | CardStage::Problem { problem: CardProblem::Withdrawn, .. },
            ) => {
                let (fault, problem) = failed(fault);
                self.card_failed(step, purpose, fault, problem);
            }
            // What it signed is on its way; whatever the card does now changes nothing.
            (_, stage) => self.state = State::Card(Box::new(CardUse { purpose, stage })),
        }
    }

    /// The card was read: the MFO says what it is before its PIN is asked for.
    fn show_card(
        &mut self,
        step: &mut Step<'_>,
        purpose: CardPurpose,
        authentication: &SecretBytes,
        signature: Option<&SecretBytes>,
        tries_left: u8,
    ) {
        let signer = signature.map_or_else(Secret::default, in_base64);
        let shown = ShownCard { authentication: in_base64(authentication), signature: signer.clone() };
        let Ok(sealed) = shown.to_plaintext() else {
            return self.card_problem(step, purpose, CardProblem::Unusable, true);
        };
        let asked = match &purpose {
            CardPurpose::Login { login, .. } => {
                self.record_sealed(step, LoginCardShown { login: *login }, sealed)
            }
            CardPurpose::Binding { client, face_check, .. } => {
                let body = CardBindingRequested { client: client.id, face_check: *face_check };
                self.record_sealed(step, body, sealed)
            }
            CardPurpose::Signing(signing) => {
                let body = CardSignatureRequested {
                    signature: SignatureId(step.ids.next(&step.now)),
                    purpose: signing.purpose,
                    loan: signing.loan,
                    document_sha256: signing.document_sha256.clone(),
                    pin_on: if self.has_keypad() { PinPlace::Reader } else { PinPlace::Screen },
                };
                self.record_sealed(step, body, sealed)
            }
        };
        self.card(step, purpose, CardStage::Shown { asked, signer, tries_left });
    }

    fn submit_proof(
        &mut self,
        step: &mut Step<'_>,
        purpose: CardPurpose,
        task: Task,
        signature: &SecretBytes,
    ) {
        let signature = in_base64(signature);
        let asked = match (task.proof, &purpose) {
            (Proof::Challenge(challenge), _) => (CardProof { signature })
                .to_plaintext()
                .map(|sealed| self.record_sealed(step, CardProofSubmitted { challenge }, sealed)),
            (Proof::Signature { signature: id, signed_at, certificate }, CardPurpose::Signing(signing)) => {
                let body = CardSignatureMade {
                    signature: id,
                    purpose: signing.purpose,
                    loan: signing.loan,
                    document_sha256: signing.document_sha256.clone(),
                    signed_at,
                };
                (CardSignature { certificate, signature })
                    .to_plaintext()
                    .map(|sealed| self.record_sealed(step, body, sealed))
            }
            (Proof::Signature { .. }, _) => return self.end(step, Ending::Unreachable),
        };
        match asked {
            Ok(asked) => self.card(step, purpose, CardStage::Proving { asked }),
            Err(_) => self.card_problem(step, purpose, CardProblem::Unusable, true),
        }
    }

    /// What the MFO says to a card.
    pub(super) fn card_answer(&mut self, step: &mut Step<'_>, message: &Message, used: CardUse) {
        let CardUse { purpose, stage } = used;
        match (&message.body, purpose, stage) {
            (MessageBody::CardRefused { reason, may_retry }, purpose, _) => {
                self.card_problem(step, purpose, CardProblem::Refused(*reason), *may_retry);
            }
            (MessageBody::LoginRefused { reason, .. }, CardPurpose::Login { .. }, _) => {
                self.end(step, login_ending(*reason));
            }
            (
                MessageBody::CardChallenged(challenge),
                purpose @ (CardPurpose::Login { .. } | CardPurpose::Binding { .. }),
                CardStage::Shown { tries_left, .. },
            ) => self.challenged(step, message, purpose, challenge, tries_left),
            (
                MessageBody::CardSignaturePrepared(to_make),
                CardPurpose::Signing(signing),
                CardStage::Shown { signer, tries_left, .. },
            ) => self.prepared(step, signing, to_make, signer, tries_left),
            (
                MessageBody::LoggedIn { .. },
                purpose @ CardPurpose::Login { .. },
                CardStage::Proving { .. },
            ) => {
                self.close_card(step);
                let then = Box::new(message.body.clone());
                if !self.facts.cards_in.is_empty() {
                    self.card(step, purpose, CardStage::TakeBack { then });
                } else {
                    self.card_taken_back(step, purpose, &then);
                }
            }
            (
                MessageBody::CardBound { client: whose },
                CardPurpose::Binding { client, after, .. },
                CardStage::Proving { .. },
            ) if *whose == client.id => {
                self.close_card(step);
                if let Some(visit) = &mut self.visit {
                    visit.has_card = true;
                }
                self.access(step, client, after, AccessStage::CardBound);
            }
            (MessageBody::SignatureAccepted { .. }, CardPurpose::Signing(signing), _) => {
                self.close_card(step);
                self.signed(step, signing.after);
            }
            (
                MessageBody::SignatureRefused { reason, may_retry, .. },
                CardPurpose::Signing(mut signing),
                _,
            ) => {
                self.close_card(step);
                signing.phase = SigningPhase::Refused { reason: *reason, may_retry: *may_retry };
                self.enter(step, State::Signing(signing));
            }
            _ => self.end(step, Ending::Unreachable),
        }
    }

    fn challenged(
        &mut self,
        step: &mut Step<'_>,
        message: &Message,
        purpose: CardPurpose,
        challenge: &CardChallenge,
        tries_left: u8,
    ) {
        let Some(session) = self.session_id() else { return };
        let id = message.envelope.message_id;
        let task = Task {
            message: challenge.to_sign(&message.envelope.terminal, session, id),
            until: step.now.mono.plus_ms(u64::from(challenge.life_seconds).saturating_mul(1000)),
            proof: Proof::Challenge(id),
        };
        self.ask_for_pin(step, purpose, task, tries_left, false);
    }

    /// What the card would sign has to hold the hash of what was shown here.
    fn prepared(
        &mut self,
        step: &mut Step<'_>,
        signing: Box<Signing>,
        to_make: &CardSignatureToMake,
        certificate: Secret,
        tries_left: u8,
    ) {
        let attributes = STANDARD.decode(&to_make.attributes).unwrap_or_default();
        let shown = URL_SAFE_NO_PAD.decode(&signing.document_sha256).unwrap_or_default();
        let holds = shown.len() == 32 && attributes.windows(32).any(|window| window == shown);
        if !holds {
            return self.end(step, Ending::TermsMismatch);
        }
        let task = Task {
            message: SecretBytes::new(attributes),
            until: step.now.mono.plus_ms(SIGNING_MS),
            proof: Proof::Signature {
                signature: to_make.signature,
                signed_at: to_make.signed_at,
                certificate,
            },
        };
        let purpose = CardPurpose::Signing(signing);
        self.ask_for_pin(step, purpose, task, tries_left, false);
    }

    /// Where the reader has keys of its own the card is asked at once, and whoever types there gives it the PIN; the screen has
    /// said before how many tries are left.
    fn ask_for_pin(
        &mut self,
        step: &mut Step<'_>,
        purpose: CardPurpose,
        task: Task,
        tries_left: u8,
        wrong: bool,
    ) {
        if !self.has_keypad() {
            return self.card(step, purpose, CardStage::Pin { task, tries_left, wrong });
        }
        if task.until <= step.now.mono {
            return self.card_problem(step, purpose, CardProblem::TooLate, true);
        }
        let pin = Pin::OnReader { seconds: self.keypad_seconds() };
        let last_try = if tries_left <= 1 { LastTry::Use } else { LastTry::Keep };
        let (key, message) = (key_for(&purpose), task.message.clone());
        step.effects.push(Effect::Token(token::Command::Sign { key, pin, last_try, message }));
        self.card(step, purpose, CardStage::Keypad { task, tries_left, wrong });
    }

    /// Whether PINs are typed on the reader's own keys.
    pub(super) fn has_keypad(&self) -> bool {
        self.setup.card.is_some_and(|reader| reader.capabilities.keypad)
    }

    /// As long as for anything else that is typed.
    fn keypad_seconds(&self) -> u8 {
        let seconds = self.facts.rule_pack.as_deref().map_or(0, |pack| pack.session.input_seconds);
        u8::try_from(seconds).unwrap_or(u8::MAX).max(KEYPAD_SECONDS_LEAST)
    }

    fn card_taken_back(&mut self, step: &mut Step<'_>, purpose: CardPurpose, then: &MessageBody) {
        match purpose {
            CardPurpose::Login { errand, .. } => self.greeted(step, then, errand),
            CardPurpose::Binding { .. } | CardPurpose::Signing(_) => self.end(step, Ending::Unreachable),
        }
    }

    /// What the person decides on a screen with a card.
    pub(super) fn decide_card(&mut self, step: &mut Step<'_>, decision: Decision) {
        let State::Card(used) = self.take() else { return };
        let CardUse { purpose, stage } = *used;
        match (stage, decision) {
            (CardStage::Pin { task, .. }, Decision::Enter(_)) if task.until <= step.now.mono => {
                self.card_problem(step, purpose, CardProblem::TooLate, true);
            }
            (CardStage::Pin { task, tries_left, .. }, Decision::Enter(pin)) => {
                let (key, pin) = (key_for(&purpose), Pin::Typed(pin));
                let last_try = if tries_left <= 1 { LastTry::Use } else { LastTry::Keep };
                let message = task.message.clone();
                step.effects.push(Effect::Token(token::Command::Sign { key, pin, last_try, message }));
                self.card(step, purpose, CardStage::Working { task });
            }
            (CardStage::Problem { may_retry: true, .. }, Decision::Confirm) => {
                self.begin_card(step, purpose);
            }
            (CardStage::Problem { .. }, Decision::Confirm | Decision::Decline)
            | (CardStage::Insert | CardStage::Pin { .. } | CardStage::Keypad { .. }, Decision::Decline) => {
                self.without_card(step, purpose);
            }
            (stage, _) => self.state = State::Card(Box::new(CardUse { purpose, stage })),
        }
    }

    /// Another way than by card.
    fn without_card(&mut self, step: &mut Step<'_>, purpose: CardPurpose) {
        self.close_card(step);
        match purpose {
            CardPurpose::Login { errand, login } => {
                let ways = self.login_ways.clone();
                self.log_in(step, LoggingIn::Ways { errand, login, ways });
            }
            CardPurpose::Binding { client, after, .. } => {
                self.access(step, client, after, AccessStage::Choice);
            }
            CardPurpose::Signing(mut signing) => {
                signing.phase = SigningPhase::Choosing;
                self.enter(step, State::Signing(signing));
            }
        }
    }

    pub(super) fn back_in_card(&mut self, step: &mut Step<'_>, used: CardUse) {
        let CardUse { purpose, stage } = used;
        match stage {
            CardStage::Insert
            | CardStage::Pin { .. }
            | CardStage::Keypad { .. }
            | CardStage::Problem { .. } => {
                self.without_card(step, purpose);
            }
            stage => self.state = State::Card(Box::new(CardUse { purpose, stage })),
        }
    }

    /// Card or MFO did not answer in time. `false`: nothing of this kind was awaited.
    pub(super) fn give_up_card(&mut self, step: &mut Step<'_>) -> bool {
        if !matches!(self.state, State::Card(_)) {
            return false;
        }
        let State::Card(used) = self.take() else { return false };
        let CardUse { purpose, stage } = *used;
        match (stage, purpose) {
            (CardStage::Proving { .. }, CardPurpose::Binding { client, after, .. }) => {
                self.close_card(step);
                self.access(step, client, after, AccessStage::NotChanged(NotChanged::NoAnswer));
            }
            (CardStage::Shown { .. } | CardStage::Proving { .. }, purpose) => {
                self.card_problem(step, purpose, CardProblem::NoAnswer, true);
            }
            (_, purpose) => self.card_failed(step, purpose, CardFault::Unclear, CardProblem::Unclear),
        }
        true
    }

    pub(super) const fn card_clock(stage: &CardStage, times: SessionTimes) -> Clock {
        match stage {
            CardStage::Reading
            | CardStage::Shown { .. }
            | CardStage::Working { .. }
            | CardStage::Proving { .. } => Clock::Answer(times.answer_seconds),
            // The reader gives up by itself; this is for one that says nothing any more.
            CardStage::Keypad { .. } => Clock::Answer(
                times
                    .input_seconds
                    .saturating_add(KEYPAD_SECONDS_LEAST as u32)
                    .saturating_add(times.answer_seconds),
            ),
            CardStage::Insert
            | CardStage::Pin { .. }
            | CardStage::TakeBack { .. }
            | CardStage::Problem { .. } => Clock::Person(times.input_seconds),
        }
    }

    /// Whether something lies in a reader, as the reader tells.
    pub(super) fn card_is(&mut self, step: &mut Step<'_>, reader: Device, present: bool) {
        if present {
            self.facts.cards_in.insert(reader);
            return;
        }
        self.facts.cards_in.remove(&reader);
        if !self.facts.cards_in.is_empty() {
            return;
        }
        match self.take() {
            State::TakeCard => self.free(step),
            State::Card(used) => match *used {
                CardUse { purpose, stage: CardStage::TakeBack { then } } => {
                    self.card_taken_back(step, purpose, &then);
                }
                used => self.state = State::Card(Box::new(used)),
            },
            other => self.state = other,
        }
    }

    /// Nobody took the card that was left.
    pub(super) fn card_left_behind(&mut self, step: &mut Step<'_>) {
        self.record(step, CardLeftBehind {});
        self.language = senim_domain::Language::default();
        self.enter(step, State::Idle);
    }
}

/// Which of a card's keys serves a purpose.
const fn key_for(purpose: &CardPurpose) -> Key {
    match purpose {
        CardPurpose::Login { .. } | CardPurpose::Binding { .. } => Key::Authentication,
        CardPurpose::Signing(_) => Key::Signature,
    }
}

fn in_base64(bytes: &SecretBytes) -> Secret {
    Secret::new(STANDARD.encode(bytes.expose()))
}

/// As a row and as the screen name it.
const fn failed(fault: Fault) -> (CardFault, CardProblem) {
    match fault {
        Fault::PinBlocked => (CardFault::PinBlocked, CardProblem::PinBlocked),
        Fault::PinForm => (CardFault::Unusable, CardProblem::PinForm),
        Fault::NotAToken => (CardFault::NotAToken, CardProblem::NotAToken),
        Fault::Unusable => (CardFault::Unusable, CardProblem::Unusable),
        Fault::LastTryKept | Fault::Unclear => (CardFault::Unclear, CardProblem::Unclear),
        Fault::Reader => (CardFault::Reader, CardProblem::Reader),
    }
}
