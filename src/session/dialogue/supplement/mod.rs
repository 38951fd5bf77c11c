//! Changes of a contract: what the client decides.
//!
//! A supplement goes the way of a contract: its very bytes are read to their end, a fresh face, and a signature where the MFO
//! wants one. Whoever does not want it says so once more, and the contract stays as it is. `answers` is the MFO.

mod answers;
mod refund;

use senim_domain::OperationId;
use senim_domain::rule_pack::SessionTimes;
use senim_domain::supplement::{HardshipReason, WishedRelief};
use senim_operation::attachment::RestructuringWish;
use senim_operation::body::{
    ChangesRequested, DocumentShown, RestructuringRequested, SupplementAgreed, SupplementDeclined,
    SupplementRequested,
};
use senim_operation::message::{ChangeableContract, ContractChanges};
use senim_operation::signature::SignaturePurpose;

use super::cabinet::Stage;
use super::idle::Clock;
use super::{Session, Step};
use crate::action::Decision;
use crate::state::{AfterSigning, Client, Ending, Picture, Sitter, State};
use crate::supplement::{AmendStage, Amender, Amending, Amends, NotAmended, ToAmend};

/// For how many months other terms can be asked for, in the order in which they are offered.
pub const WISHED_MONTHS: [u16; 4] = [3, 6, 12, 24];

impl Session {
    fn amend(&mut self, step: &Step<'_>, client: Client, stage: AmendStage) {
        self.enter(step, State::Amend(Box::new(Amending { client, stage })));
    }

    /// The same screen.
    fn put_amending_back(&mut self, client: Client, stage: AmendStage) {
        self.state = State::Amend(Box::new(Amending { client, stage }));
    }

    /// From the cabinet.
    pub(super) fn begin_changes(&mut self, step: &mut Step<'_>, client: Client) {
        let asked = self.record(step, ChangesRequested { client: client.id });
        self.amend(step, client, AmendStage::Asking { asked });
    }

    pub(super) fn decide_amending(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let State::Amend(amending) = self.take() else { return };
        let Amending { client, stage } = *amending;
        let next = match (stage, decision) {
            (AmendStage::Listed(changes), Decision::Choose(place)) => {
                self.choose_change(step, &client, changes, *place)
            }
            (AmendStage::Listed(changes), Decision::Confirm | Decision::Decline) if is_empty(&changes) => {
                return self.cabinet_at(step, client, Stage::Home);
            }
            (AmendStage::Decide(amendment), Decision::Confirm) => {
                let amends = Amends::Supplement(amendment);
                let sitter = Sitter::Amender(Box::new(Amender { client, amends }));
                return self.before_camera(step, sitter, Picture::Opening);
            }
            (AmendStage::Decide(amendment), Decision::Decline) => AmendStage::Sure(amendment),
            (AmendStage::Sure(amendment), Decision::Confirm) => {
                let (loan, supplement) = (amendment.waiting.loan, amendment.waiting.supplement);
                let asked = self.record(step, SupplementDeclined { client: client.id, loan, supplement });
                AmendStage::Declining { asked, supplement }
            }
            (AmendStage::Sure(amendment), Decision::Decline) => AmendStage::Decide(amendment),
            (AmendStage::RefundWay { due }, Decision::Choose(place)) => {
                return self.choose_refund_way(step, client, due, *place);
            }
            (AmendStage::RefundAccount { due, face_check, .. }, Decision::Enter(typed)) => {
                return self.type_refund_account(step, client, due, face_check, typed);
            }
            (AmendStage::Reason { contract }, Decision::Choose(place)) => {
                match HardshipReason::ALL.get(*place) {
                    Some(reason) => AmendStage::Relief { contract, reason: *reason },
                    None => AmendStage::Reason { contract },
                }
            }
            (AmendStage::Relief { contract, reason }, Decision::Choose(place)) => {
                match WishedRelief::ALL.get(*place) {
                    Some(relief) if relief.is_of_months() => {
                        AmendStage::Months { contract, reason, relief: *relief }
                    }
                    Some(relief) => self.send_wish(step, &client, &contract, (reason, *relief, None)),
                    None => AmendStage::Relief { contract, reason },
                }
            }
            (AmendStage::Months { contract, reason, relief }, Decision::Choose(place)) => {
                match WISHED_MONTHS.get(*place) {
                    Some(months) => self.send_wish(step, &client, &contract, (reason, relief, Some(*months))),
                    None => AmendStage::Months { contract, reason, relief },
                }
            }
            (
                AmendStage::Concluded(_)
                | AmendStage::Declined
                | AmendStage::NotAmended(_)
                | AmendStage::Refunded(_)
                | AmendStage::Sent { .. },
                Decision::Confirm | Decision::Decline,
            ) => return self.cabinet_at(step, client, Stage::Home),
            // Nothing else can be decided where it was; what is under way goes on.
            (stage, _) => return self.put_amending_back(client, stage),
        };
        self.amend(step, client, next);
    }

    /// Supplements come first, then contracts.
    fn choose_change(
        &self,
        step: &mut Step<'_>,
        client: &Client,
        changes: ContractChanges,
        place: usize,
    ) -> AmendStage {
        if let Some(waiting) = changes.supplements.get(place) {
            let (loan, supplement) = (waiting.loan, waiting.supplement);
            let asked = self.record(step, SupplementRequested { client: client.id, loan, supplement });
            return AmendStage::Drafting { asked, waiting: waiting.clone() };
        }
        let Some(place) = place.checked_sub(changes.supplements.len()) else {
            return AmendStage::Listed(changes);
        };
        if let Some(due) = place.checked_sub(changes.contracts.len()).and_then(|at| changes.refunds.get(at)) {
            return AmendStage::RefundWay { due: due.clone() };
        }
        let contract = changes.contracts.get(place);
        match contract.filter(|contract| contract.answer_by.is_none()) {
            Some(contract) => AmendStage::Reason { contract: contract.clone() },
            None => AmendStage::Listed(changes),
        }
    }

    fn send_wish(
        &self,
        step: &mut Step<'_>,
        client: &Client,
        contract: &ChangeableContract,
        (reason, relief, months): (HardshipReason, WishedRelief, Option<u16>),
    ) -> AmendStage {
        let Ok(sealed) = (RestructuringWish { reason, relief, months }).to_plaintext() else {
            return AmendStage::NotAmended(NotAmended::TryLater);
        };
        let loan = contract.loan;
        let asked = self.record_sealed(step, RestructuringRequested { client: client.id, loan }, sealed);
        AmendStage::Sending { asked, loan }
    }

    /// The supplement was read to its end.
    pub(super) fn supplement_read(&mut self, step: &mut Step<'_>) {
        let State::Amend(amending) = self.take() else { return };
        match *amending {
            Amending { client, stage: AmendStage::Reading(amendment) } => {
                let body = DocumentShown {
                    loan: amendment.waiting.loan,
                    document: "supplement".into(),
                    sha256: amendment.document.sha256.clone(),
                    language: self.language,
                };
                self.record(step, body);
                self.amend(step, client, AmendStage::Decide(amendment));
            }
            Amending { client, stage } => self.put_amending_back(client, stage),
        }
    }

    /// The picture is on its way.
    pub(super) fn match_amender(&mut self, step: &Step<'_>, asked: OperationId, amender: Amender) {
        let Amender { client, amends } = amender;
        let stage = match amends {
            Amends::Supplement(amendment) => AmendStage::Matching { asked, amendment },
            Amends::Refund(wish) => AmendStage::RefundMatching { asked, wish },
        };
        self.amend(step, client, stage);
    }

    /// Tells the MFO that the client agrees to exactly these bytes; before and after they are signed.
    pub(super) fn conclude_supplement(&mut self, step: &mut Step<'_>, to_amend: ToAmend) {
        let ToAmend { client, amendment, face_check } = to_amend;
        let body = SupplementAgreed {
            client: client.id,
            loan: amendment.waiting.loan,
            supplement: amendment.waiting.supplement,
            supplement_sha256: amendment.document.sha256.clone(),
            face_check,
        };
        let asked = self.record(step, body);
        self.amend(step, client, AmendStage::Concluding { asked, amendment, face_check });
    }

    fn sign_supplement(&mut self, step: &mut Step<'_>, to_amend: ToAmend) {
        let (loan, sha256) = (to_amend.amendment.waiting.loan, to_amend.amendment.document.sha256.clone());
        let after = AfterSigning::Supplement(Box::new(to_amend));
        self.begin_signing(step, SignaturePurpose::Supplement, Some(loan), sha256, after);
    }

    /// Back from the camera.
    pub(super) fn before_the_word(amender: Amender) -> State {
        let Amender { client, amends } = amender;
        let stage = match amends {
            Amends::Supplement(amendment) => AmendStage::Decide(amendment),
            Amends::Refund(wish) => AmendStage::RefundWay { due: wish.due },
        };
        State::Amend(Box::new(Amending { client, stage }))
    }

    pub(super) fn back_in_amending(&mut self, step: &mut Step<'_>, amending: Amending) {
        let Amending { client, stage } = amending;
        let stage = match stage {
            AmendStage::Decide(amendment) => AmendStage::Reading(amendment),
            AmendStage::Sure(amendment) => AmendStage::Decide(amendment),
            AmendStage::Relief { contract, .. } => AmendStage::Reason { contract },
            AmendStage::Months { contract, reason, .. } => AmendStage::Relief { contract, reason },
            AmendStage::RefundAccount { due, .. } => AmendStage::RefundWay { due },
            AmendStage::Reading(_) | AmendStage::Reason { .. } | AmendStage::RefundWay { .. } => {
                return self.begin_changes(step, client);
            }
            AmendStage::Asking { .. }
            | AmendStage::Listed(_)
            | AmendStage::Drafting { .. }
            | AmendStage::Concluded(_)
            | AmendStage::Declined
            | AmendStage::NotAmended(_)
            | AmendStage::Refunded(_)
            | AmendStage::Sent { .. } => return self.cabinet_at(step, client, Stage::Home),
            // What was said to the MFO stands: from here there is only forward.
            stage @ (AmendStage::Matching { .. }
            | AmendStage::RefundMatching { .. }
            | AmendStage::RefundSending { .. }
            | AmendStage::Concluding { .. }
            | AmendStage::Declining { .. }
            | AmendStage::Sending { .. }) => return self.put_amending_back(client, stage),
        };
        self.amend(step, client, stage);
    }

    /// Leaves: whoever has changed or asked for something leaves in good order, and whoever has just said so waits for the
    /// answer.
    pub(super) fn cancel_amending(&mut self, step: &mut Step<'_>) {
        let State::Amend(amending) = &self.state else { return };
        match amending.stage {
            AmendStage::Concluding { .. }
            | AmendStage::Declining { .. }
            | AmendStage::RefundSending { .. }
            | AmendStage::Sending { .. } => {}
            AmendStage::Concluded(_)
            | AmendStage::Refunded(_)
            | AmendStage::Declined
            | AmendStage::Listed(_)
            | AmendStage::Sent { .. } => self.leave_cabinet(step),
            _ => self.end(step, Ending::Cancelled),
        }
    }

    /// The MFO did not answer in time. `false`: nothing of this kind was awaited.
    pub(super) fn give_up_amending(&mut self, step: &Step<'_>) -> bool {
        if !matches!(&self.state, State::Amend(_)) {
            return false;
        }
        let State::Amend(amending) = self.take() else { return false };
        let why = match amending.stage {
            AmendStage::Concluding { .. }
            | AmendStage::Declining { .. }
            | AmendStage::RefundSending { .. }
            | AmendStage::Sending { .. } => NotAmended::NoAnswer,
            _ => NotAmended::TryLater,
        };
        self.amend(step, amending.client, AmendStage::NotAmended(why));
        true
    }

    pub(super) const fn amending_clock(stage: &AmendStage, times: SessionTimes) -> Clock {
        match stage {
            AmendStage::Asking { .. }
            | AmendStage::Drafting { .. }
            | AmendStage::Matching { .. }
            | AmendStage::Concluding { .. }
            | AmendStage::Declining { .. }
            | AmendStage::RefundMatching { .. }
            | AmendStage::RefundSending { .. }
            | AmendStage::Sending { .. } => Clock::Answer(times.answer_seconds),
            AmendStage::Listed(_)
            | AmendStage::Reading(_)
            | AmendStage::Decide(_)
            | AmendStage::Refunded(_)
            | AmendStage::Concluded(_) => Clock::Person(times.reading_seconds),
            AmendStage::Sure(_)
            | AmendStage::Declined
            | AmendStage::NotAmended(_)
            | AmendStage::Reason { .. }
            | AmendStage::Relief { .. }
            | AmendStage::Months { .. }
            | AmendStage::RefundWay { .. }
            | AmendStage::RefundAccount { .. }
            | AmendStage::Sent { .. } => Clock::Person(times.input_seconds),
        }
    }
}

fn is_empty(changes: &ContractChanges) -> bool {
    changes.supplements.is_empty() && changes.contracts.is_empty() && changes.refunds.is_empty()
}
