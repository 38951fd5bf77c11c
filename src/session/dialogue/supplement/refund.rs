//! Money that goes back after a verdict: to the client's own account or to the cash desk, never in notes here.

use senim_domain::iban::Iban;
use senim_domain::{MessageId, OperationId, Secret};
use senim_operation::attachment::PayoutAccount;
use senim_operation::body::{RefundChosen, RefundWay};
use senim_operation::message::{MessageBody, RefundDue, RefundOutcome, RefundRefusal};

use super::super::cabinet::Slip;
use super::super::{Session, Step};
use crate::effect::{Effect, Paper};
use crate::facts::DeviceState;
use crate::state::{Client, Picture, Sitter, State};
use crate::supplement::{AmendStage, Amender, Amends, NotAmended, RefundFault, RefundWish, Refunded};

impl Session {
    pub(super) fn choose_refund_way(
        &mut self,
        step: &mut Step<'_>,
        client: Client,
        due: RefundDue,
        place: usize,
    ) {
        match due.ways.get(place) {
            Some(RefundWay::Account) => {
                let stage = AmendStage::RefundAccount { due, fault: None, face_check: None };
                self.amend(step, client, stage);
            }
            Some(RefundWay::CashDesk) => {
                self.face_for_refund(step, client, RefundWish { due, way: RefundWay::CashDesk, iban: None });
            }
            None => self.amend(step, client, AmendStage::RefundWay { due }),
        }
    }

    pub(super) fn type_refund_account(
        &mut self,
        step: &mut Step<'_>,
        client: Client,
        due: RefundDue,
        face_check: Option<MessageId>,
        typed: &Secret,
    ) {
        let Ok(iban) = Iban::parse(typed.expose()) else {
            let fault = Some(RefundFault::NotUsable);
            return self.amend(step, client, AmendStage::RefundAccount { due, fault, face_check });
        };
        let iban = Some(Secret::new(iban.expose().to_owned()));
        let wish = RefundWish { due, way: RefundWay::Account, iban };
        match face_check {
            Some(face_check) => self.send_refund(step, client, wish, face_check),
            None => self.face_for_refund(step, client, wish),
        }
    }

    fn face_for_refund(&mut self, step: &mut Step<'_>, client: Client, wish: RefundWish) {
        let sitter = Sitter::Amender(Box::new(Amender { client, amends: Amends::Refund(wish) }));
        self.before_camera(step, sitter, Picture::Opening);
    }

    /// The face is the client's: the choice goes to the MFO.
    pub(super) fn send_refund(
        &mut self,
        step: &mut Step<'_>,
        client: Client,
        wish: RefundWish,
        face_check: MessageId,
    ) {
        let body = RefundChosen { client: client.id, loan: wish.due.loan, way: wish.way, face_check };
        let asked = match &wish.iban {
            None => self.record(step, body),
            Some(iban) => match (PayoutAccount { iban: iban.clone() }).to_plaintext() {
                Ok(sealed) => self.record_sealed(step, body, sealed),
                Err(_) => return self.amend(step, client, AmendStage::NotAmended(NotAmended::TryLater)),
            },
        };
        self.amend(step, client, AmendStage::RefundSending { asked, wish, face_check });
    }

    pub(super) fn refund_answer(
        &mut self,
        step: &mut Step<'_>,
        body: &MessageBody,
        client: Client,
        (asked, wish, face_check): (OperationId, RefundWish, MessageId),
    ) {
        let no_answer = AmendStage::NotAmended(NotAmended::NoAnswer);
        let MessageBody::RefundAnswered(answer) = body else { return self.amend(step, client, no_answer) };
        if answer.loan != wish.due.loan {
            return self.amend(step, client, no_answer);
        }
        let again = |fault| {
            let due = wish.due.clone();
            AmendStage::RefundAccount { due, fault: Some(fault), face_check: Some(face_check) }
        };
        let stage = match &answer.outcome {
            RefundOutcome::Taken(taken)
                if taken.way == wish.way && taken.amount_tiyn == wish.due.amount_tiyn =>
            {
                let prints = !matches!(self.facts.printer, DeviceState::Failed(_));
                if prints {
                    step.effects.push(Effect::Print(Paper::Slip(asked)));
                }
                AmendStage::Refunded(Box::new(Refunded {
                    asked,
                    contract: wish.due.number.clone(),
                    taken: taken.clone(),
                    slip: if prints { Slip::Printing } else { Slip::Ended(false) },
                    language: self.language,
                }))
            }
            RefundOutcome::Taken(_) => no_answer,
            // Typing took longer than a face check lives.
            RefundOutcome::Refused(RefundRefusal::FaceCheck) => {
                return self.face_for_refund(step, client, wish);
            }
            RefundOutcome::Refused(RefundRefusal::NotUsable) => again(RefundFault::NotUsable),
            RefundOutcome::Refused(RefundRefusal::NotOwned) => again(RefundFault::NotOwned),
            RefundOutcome::Refused(RefundRefusal::OwnerUnknown) => again(RefundFault::OwnerUnknown),
            RefundOutcome::Refused(RefundRefusal::NotDue | RefundRefusal::AlreadyChosen) => {
                AmendStage::NotAmended(NotAmended::NoRefund)
            }
            RefundOutcome::Refused(RefundRefusal::TooMany) => AmendStage::NotAmended(NotAmended::TooMany),
            RefundOutcome::Refused(RefundRefusal::TryLater) => AmendStage::NotAmended(NotAmended::TryLater),
        };
        // The paper is drawn from the screen that is up.
        self.enter_refund(step, client, stage);
    }

    fn enter_refund(&mut self, step: &mut Step<'_>, client: Client, stage: AmendStage) {
        let printing = step.effects.pop_if(|effect| matches!(effect, Effect::Print(Paper::Slip(_))));
        self.amend(step, client, stage);
        step.effects.extend(printing);
    }

    /// The slip of a refund came out, or did not.
    pub(in crate::dialogue) fn refund_printed(&mut self, of: OperationId, printed: bool) {
        if let State::Amend(amending) = &mut self.state
            && let AmendStage::Refunded(refunded) = &mut amending.stage
            && refunded.asked == of
        {
            refunded.slip = Slip::Ended(printed);
        }
    }
}
