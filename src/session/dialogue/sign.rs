//! Signing a document with the client's own phone: a code on the screen, a countdown, the verdict.
//!
//! A step between others: whoever needs a signature calls [`Session::begin_signing`] and says by [`AfterSigning`] where it
//! goes on. The terminal never sees a key or its password; what it shows is a code that lives a few minutes. Whether a
//! signature is needed at all is the MFO's to say.

use senim_domain::time::Mono;
use senim_domain::{LoanId, Secret, SignatureId};
use senim_operation::body::{SignatureAwaited, SignatureCancelled, SignatureRequested};
use senim_operation::message::{Message, MessageBody};
use senim_operation::signature::{SignaturePurpose, SignatureRefusal};

use super::{Session, Step};
use crate::access::AccessStage;
use crate::action::Decision;
use crate::card::CardPurpose;
use crate::state::{AfterSigning, Ending, Signing, SigningPhase, SigningWay, State};
use crate::transfer::Transferring;

/// How long after the code's end the MFO's verdict is waited for: the phone may have answered in the last moment.
const VERDICT_MS: u64 = 90_000;

impl Session {
    /// Asks for a signature under a document that was shown; `after` says where the dialogue goes on.
    pub(super) fn begin_signing(
        &mut self,
        step: &mut Step<'_>,
        purpose: SignaturePurpose,
        loan: Option<LoanId>,
        document_sha256: String,
        after: AfterSigning,
    ) {
        if self.signs_by_card() {
            let phase = SigningPhase::Choosing;
            let signing = Signing { purpose, loan, document_sha256, phase, after };
            return self.enter(step, State::Signing(Box::new(signing)));
        }
        self.ask_for_code(step, purpose, loan, document_sha256, after);
    }

    /// Whoever has a card that opens their cabinet may sign with it, where there is a reader; by a card of the national authority
    /// anybody, where the reader has keys of its own.
    fn signs_by_card(&self) -> bool {
        self.takes_cards() && (self.has_keypad() || self.visit.is_some_and(|visit| visit.has_card))
    }

    /// Whether a card of another issuer may sign here.
    #[must_use]
    pub fn takes_any_card(&self) -> bool {
        self.takes_cards() && self.has_keypad()
    }

    /// Asks for a code that the client's phone reads.
    fn ask_for_code(
        &mut self,
        step: &mut Step<'_>,
        purpose: SignaturePurpose,
        loan: Option<LoanId>,
        document_sha256: String,
        after: AfterSigning,
    ) {
        let signature = SignatureId(step.ids.next(&step.now));
        let body = SignatureRequested { signature, purpose, loan, document_sha256: document_sha256.clone() };
        let asked = self.record(step, body);
        let phase = SigningPhase::Asking { signature, asked };
        let signing = Signing { purpose, loan, document_sha256, phase, after };
        self.enter(step, State::Signing(Box::new(signing)));
    }

    pub(super) fn signing_answer(
        &mut self,
        step: &mut Step<'_>,
        message: &Message,
        mut signing: Box<Signing>,
    ) {
        let signature = signing.phase.signature();
        match (&message.body, &signing.phase) {
            (
                MessageBody::SignatureOffered { signature: of, qr, life_seconds },
                SigningPhase::Asking { .. },
            ) if Some(*of) == signature => {
                let asked = self.record(step, SignatureAwaited { signature: *of });
                let until = step.now.mono.plus_ms(u64::from(*life_seconds).saturating_mul(1000));
                signing.phase = SigningPhase::Shown { signature: *of, qr: qr.clone(), until, asked };
                self.enter(step, State::Signing(signing));
            }
            // A signature under these very bytes may be there already, under the name of an earlier attempt.
            (MessageBody::SignatureAccepted { .. }, _) => self.signed(step, signing.after),
            (MessageBody::SignatureRefused { signature: of, reason, may_retry }, _)
                if Some(*of) == signature =>
            {
                signing.phase = SigningPhase::Refused { reason: *reason, may_retry: *may_retry };
                self.enter(step, State::Signing(signing));
            }
            _ => self.end(step, Ending::Unreachable),
        }
    }

    /// The document is signed: on to what it was signed for.
    pub(super) fn signed(&mut self, step: &mut Step<'_>, after: AfterSigning) {
        match after {
            AfterSigning::Registration(applicant) => self.conclude_registration(step, applicant),
            AfterSigning::DataAccess(applicant) => self.own_consent_signed(step, applicant),
            AfterSigning::Contact(to_sign) => self.conclude_contact(step, *to_sign),
            AfterSigning::Supplement(to_amend) => self.conclude_supplement(step, *to_amend),
            AfterSigning::Contract { terms, face_check } => self.conclude(step, terms, face_check),
            AfterSigning::Transfer { request, payment } => self.transfer_signed(step, request, payment),
        }
    }

    /// What the person decides on a screen of signing.
    pub(super) fn decide_signing(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let State::Signing(signing) = &self.state else { return };
        match (&signing.phase, decision) {
            (SigningPhase::Choosing, Decision::Choose(place)) => {
                let by_card = SigningWay::ALL.get(*place) == Some(&SigningWay::Card);
                let State::Signing(signing) = self.take() else { return };
                if by_card {
                    return self.begin_card(step, CardPurpose::Signing(signing));
                }
                let Signing { purpose, loan, document_sha256, after, .. } = *signing;
                self.ask_for_code(step, purpose, loan, document_sha256, after);
            }
            (SigningPhase::Refused { may_retry: true, .. }, Decision::Confirm) => {
                let State::Signing(signing) = self.take() else { return };
                let Signing { purpose, loan, document_sha256, after, .. } = *signing;
                self.begin_signing(step, purpose, loan, document_sha256, after);
            }
            (SigningPhase::Refused { .. }, _) | (SigningPhase::Shown { .. }, Decision::Decline) => {
                self.give_up_signing(step, "cancelled");
                self.state = State::Idle;
                self.end(step, Ending::Cancelled);
            }
            (SigningPhase::Shown { .. } | SigningPhase::Asking { .. } | SigningPhase::Choosing, _) => {}
        }
    }

    /// Whether one can go back from where phone or card is chosen: nothing was asked of the MFO that this signature belongs to.
    #[must_use]
    pub const fn leaves_signing(signing: &Signing) -> bool {
        matches!(signing.phase, SigningPhase::Choosing)
            && matches!(signing.after, AfterSigning::Contact(_) | AfterSigning::Transfer { .. })
    }

    /// Back to what the statement is about; whoever has agreed to a contract or registers goes on or leaves.
    pub(super) fn back_in_signing(&mut self, step: &mut Step<'_>, signing: Signing) {
        match (signing.phase, signing.after) {
            (SigningPhase::Choosing, AfterSigning::Contact(to_sign)) => {
                self.access(step, to_sign.client, to_sign.after, AccessStage::Choice);
            }
            (SigningPhase::Choosing, AfterSigning::Transfer { payment, .. }) => {
                self.transfer(step, Transferring::Ready(payment));
            }
            (phase, after) => {
                self.state = State::Signing(Box::new(Signing { phase, after, ..signing }));
            }
        }
    }

    /// The clock of a code: its end, and the time for a verdict after it.
    pub(super) fn signing_until(signing: &Signing) -> Option<Mono> {
        match &signing.phase {
            SigningPhase::Shown { until, .. } => Some(until.plus_ms(VERDICT_MS)),
            SigningPhase::Choosing | SigningPhase::Asking { .. } | SigningPhase::Refused { .. } => None,
        }
    }

    /// No verdict came: the line is away. The person may try again.
    pub(super) fn signing_timed_out(&mut self, step: &mut Step<'_>) {
        self.give_up_signing(step, "renewed");
        if let State::Signing(mut signing) = self.take() {
            signing.phase = SigningPhase::Refused { reason: SignatureRefusal::TryLater, may_retry: true };
            self.enter(step, State::Signing(signing));
        }
    }

    /// Tells the MFO that nobody waits for the phone any more, where somebody did.
    pub(super) fn give_up_signing(&self, step: &mut Step<'_>, reason: &str) {
        let State::Signing(signing) = &self.state else { return };
        match &signing.phase {
            SigningPhase::Shown { signature, .. } | SigningPhase::Asking { signature, .. } => {
                self.record(step, SignatureCancelled { signature: *signature, reason: reason.to_owned() });
            }
            SigningPhase::Choosing | SigningPhase::Refused { .. } => {}
        }
    }

    /// What the code on the screen holds, with the moment at which it ends.
    #[must_use]
    pub fn signing_code(&self) -> Option<(&Secret, Mono)> {
        let State::Signing(signing) = &self.state else { return None };
        match &signing.phase {
            SigningPhase::Shown { qr, until, .. } => Some((qr, *until)),
            SigningPhase::Choosing | SigningPhase::Asking { .. } | SigningPhase::Refused { .. } => None,
        }
    }
}

impl SigningPhase {
    const fn signature(&self) -> Option<SignatureId> {
        match self {
            Self::Asking { signature, .. } | Self::Shown { signature, .. } => Some(*signature),
            Self::Choosing | Self::Refused { .. } => None,
        }
    }
}
