//! A payout by transfer from the MFO's account: asked for once, and never a second way while nobody knows what became of it
//!
//!
//! The face of this visit serves for the client's own account or card; a merchant takes another picture. Where the MFO wants
//! the statement signed that names the account, it is read and signed before. No answer is no refusal: the transfer
//! may have been ordered.

use senim_domain::rule_pack::{PayoutMethod, SessionTimes};
use senim_domain::{MessageId, OperationId, PayoutRequestId, Tiyn};
use senim_operation::body::{SlipPrinted, TransferRequested};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{FaceRefusal, Message, MessageBody, TransferOutcome};
use senim_operation::signature::SignaturePurpose;

use super::cabinet::Slip;
use super::idle::Clock;
use super::{Session, Step};
use crate::action::Decision;
use crate::effect::{Effect, Paper};
use crate::facts::DeviceState;
use crate::remainder::Owed;
use crate::state::{AfterSigning, ChosenTerms, Ending, Picture, Sitter, State};
use crate::transfer::{Payment, Transferred, Transferring};
use crate::way::PaidBy;

/// Why a transfer is refused: the face check is too old, or the contract's own where another is needed.
const FACE_CHECK: &str = "faceCheck";
/// The client refuses loans since.
const VOLUNTARY_REFUSAL: &str = "voluntaryRefusal";

impl Session {
    /// The contract may be paid out: in the way that it states.
    pub(super) fn pay_as_agreed(
        &mut self,
        step: &mut Step<'_>,
        terms: Box<ChosenTerms>,
        face_check: MessageId,
    ) {
        match terms.offer.way.clone() {
            None | Some(PaidBy::Cash) => self.enter(step, State::ReadyToPay { terms, face_check }),
            Some(PaidBy::CashDesk) => match owed_of(&terms, face_check) {
                Some(owed) => self.claim_remainder(step, owed),
                None => self.end(step, Ending::Unreachable),
            },
            Some(PaidBy::Transfer(target)) => match owed_of(&terms, face_check) {
                Some(owed) => self.transfer(step, Transferring::Ready(Payment { owed, target })),
                None => self.end(step, Ending::Unreachable),
            },
        }
    }

    pub(super) fn transfer(&mut self, step: &Step<'_>, stage: Transferring) {
        self.enter(step, State::Transfer(Box::new(stage)));
    }

    /// The client has confirmed where the money goes.
    pub(super) fn begin_transfer(&mut self, step: &mut Step<'_>, payment: Payment) {
        match payment.owed.face_check {
            Some(face_check) if payment.target.way != PayoutMethod::Merchant => {
                let request = PayoutRequestId(step.ids.next(&step.now));
                self.order_transfer(step, request, payment, face_check);
            }
            _ => self.before_camera(step, Sitter::Payer(Box::new(payment)), Picture::Opening),
        }
    }

    fn order_transfer(
        &mut self,
        step: &mut Step<'_>,
        request: PayoutRequestId,
        payment: Payment,
        face_check: MessageId,
    ) {
        let owed = &payment.owed;
        let body = TransferRequested {
            request,
            loan: owed.loan,
            part: owed.part,
            amount_tiyn: owed.missing(),
            way: payment.target.way,
            target: payment.target.target,
            face_check,
            place: Some(self.facts.place()),
        };
        let asked = self.record(step, body);
        self.transfer(step, Transferring::Ordering { asked, request, payment });
    }

    /// The picture is on its way.
    pub(super) fn match_payer(&mut self, step: &Step<'_>, asked: OperationId, payment: Payment) {
        self.transfer(step, Transferring::Matching { asked, payment });
    }

    pub(super) fn decide_transfer(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let State::Transfer(stage) = self.take() else { return };
        match (*stage, decision) {
            (Transferring::Ready(payment), Decision::Confirm) => self.begin_transfer(step, payment),
            (Transferring::Ready(payment), Decision::Decline) => {
                self.offer_remainder(step, payment.owed);
            }
            (Transferring::Statement { request, payment, sha256, .. }, Decision::Confirm) => {
                let loan = Some(payment.owed.loan);
                let after = AfterSigning::Transfer { request, payment };
                self.begin_signing(step, SignaturePurpose::AccountChange, loan, sha256, after);
            }
            (stage @ Transferring::Ended(_), Decision::Confirm) => {
                self.state = State::Transfer(Box::new(stage));
                self.done(step);
            }
            (stage, _) => self.state = State::Transfer(Box::new(stage)),
        }
    }

    /// The statement is signed: the same request again.
    pub(super) fn transfer_signed(
        &mut self,
        step: &mut Step<'_>,
        request: PayoutRequestId,
        payment: Payment,
    ) {
        match payment.owed.face_check {
            Some(face_check) => self.order_transfer(step, request, payment, face_check),
            None => self.before_camera(step, Sitter::Payer(Box::new(payment)), Picture::Opening),
        }
    }

    /// The MFO orders nothing before its statement is signed: back to where the money is to go.
    pub(super) fn back_in_transfer(&mut self, step: &Step<'_>, stage: Transferring) {
        match stage {
            Transferring::Statement { payment, .. } => self.transfer(step, Transferring::Ready(payment)),
            stage => self.state = State::Transfer(Box::new(stage)),
        }
    }

    pub(super) fn transfer_answer(&mut self, step: &mut Step<'_>, message: &Message, stage: Transferring) {
        match (stage, &message.body) {
            (Transferring::Matching { payment, .. }, body) => match body {
                MessageBody::FaceMatched { loan } if *loan == payment.owed.loan => {
                    let face_check = message.envelope.message_id;
                    let owed = Owed { face_check: Some(face_check), ..payment.owed };
                    let request = PayoutRequestId(step.ids.next(&step.now));
                    self.order_transfer(step, request, Payment { owed, ..payment }, face_check);
                }
                MessageBody::FaceRefused { attempts_left: 0, .. } => self.end(step, Ending::FaceNotMatched),
                MessageBody::FaceRefused { reason: FaceRefusal::NoMatch | FaceRefusal::Unusable, .. } => {
                    self.before_camera(step, Sitter::Payer(Box::new(payment)), Picture::NoMatch);
                }
                _ => self.end(step, Ending::Unreachable),
            },
            (Transferring::Ordering { asked, request, payment }, MessageBody::TransferAnswered(answer))
                if answer.request == request =>
            {
                match &answer.outcome {
                    TransferOutcome::Paid => self.transferred(step, (asked, request), payment, true),
                    TransferOutcome::UnderWay => self.transferred(step, (asked, request), payment, false),
                    TransferOutcome::ToSign { statement, statement_sha256 } => {
                        let sha256 = sha256_b64(statement.expose().as_bytes());
                        if sha256 != *statement_sha256 {
                            return self.end(step, Ending::TermsMismatch);
                        }
                        let statement = statement.clone();
                        self.transfer(step, Transferring::Statement { request, payment, statement, sha256 });
                    }
                    TransferOutcome::Refused { reason } => {
                        let reason = reason.clone();
                        self.transfer_refused(step, payment, &reason);
                    }
                }
            }
            // Nobody knows whether it was ordered.
            (Transferring::Ordering { asked, request, payment }, _) => {
                self.transferred(step, (asked, request), payment, false);
            }
            (
                stage @ (Transferring::Ready(_) | Transferring::Statement { .. } | Transferring::Ended(_)),
                _,
            ) => {
                self.state = State::Transfer(Box::new(stage));
            }
        }
    }

    fn transfer_refused(&mut self, step: &mut Step<'_>, payment: Payment, reason: &str) {
        match reason {
            FACE_CHECK => {
                let owed = Owed { face_check: None, ..payment.owed };
                let payment = Payment { owed, ..payment };
                self.before_camera(step, Sitter::Payer(Box::new(payment)), Picture::Opening);
            }
            VOLUNTARY_REFUSAL => self.end(step, Ending::VoluntaryRefusal),
            _ => self.offer_remainder(step, Owed { untransferred: true, ..payment.owed }),
        }
    }

    fn transferred(
        &mut self,
        step: &mut Step<'_>,
        (asked, request): (OperationId, PayoutRequestId),
        payment: Payment,
        paid: bool,
    ) {
        let prints = !matches!(self.facts.printer, DeviceState::Failed(_));
        let ended = Transferred {
            asked,
            request,
            at: step.now.utc,
            amount: payment.owed.missing(),
            target: payment.target,
            paid,
            first_payment: payment.owed.first_payment,
            printed: if prints { Slip::Printing } else { Slip::Ended(false) },
            language: self.language,
        };
        // Nothing is missing any more, or it is on its way: no end of this visit speaks of it.
        if let Some(visit) = &mut self.visit {
            visit.owes = false;
        }
        self.transfer(step, Transferring::Ended(Box::new(ended)));
        if prints {
            step.effects.push(Effect::Print(Paper::Transfer(asked)));
        }
    }

    /// The receipt of a transfer came out of the printer, or did not.
    pub(super) fn transfer_printed(
        &mut self,
        step: &mut Step<'_>,
        of: OperationId,
        printed: bool,
        sha256: String,
    ) {
        self.record(step, SlipPrinted { of, printed, sha256 });
        if let State::Transfer(stage) = &mut self.state
            && let Transferring::Ended(ended) = stage.as_mut()
            && ended.asked == of
        {
            ended.printed = Slip::Ended(printed);
        }
    }

    /// The MFO did not answer in time.
    pub(super) fn give_up_transfer(&mut self, step: &mut Step<'_>) -> bool {
        if !matches!(&self.state, State::Transfer(_)) {
            return false;
        }
        let State::Transfer(stage) = self.take() else { return false };
        match *stage {
            Transferring::Ordering { asked, request, payment } => {
                self.transferred(step, (asked, request), payment, false);
            }
            stage => {
                self.state = State::Transfer(Box::new(stage));
                self.end(step, Ending::Unreachable);
            }
        }
        true
    }

    pub(super) fn transfer_clock(stage: &Transferring, times: SessionTimes) -> Clock {
        match stage {
            Transferring::Ready(_) => Clock::Person(times.input_seconds),
            Transferring::Statement { .. } => Clock::Person(times.reading_seconds),
            Transferring::Matching { .. } | Transferring::Ordering { .. } => {
                Clock::Answer(times.answer_seconds)
            }
            Transferring::Ended(_) => {
                Clock::Farewell(times.input_seconds.saturating_add(times.warning_seconds))
            }
        }
    }
}

/// The whole of a loan whose contract was concluded or confirmed in this visit.
pub(super) fn owed_of(terms: &ChosenTerms, face_check: MessageId) -> Option<Owed> {
    let draft = terms.draft()?;
    Some(Owed {
        loan: terms.offer.loan,
        principal: draft.schedule.principal_tiyn,
        received: Tiyn::ZERO,
        part: terms.part(),
        face_check: Some(face_check),
        first_payment: draft.schedule.instalments.first().copied(),
        avoided: Vec::new(),
        claimed: false,
        refused: None,
        untransferred: false,
    })
}
