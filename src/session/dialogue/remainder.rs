//! After a short payout: the borrower has what is missing by other notes, at the cash desk with a slip, or another day
//!
//!
//! The loan stays as it was signed; interest runs on what was received. Each attempt in notes is a part of its own with
//! its own leave for exactly what is missing. A slip shuts the way in notes: what may be paid at the desk is paid by no
//! terminal. Where an answer is lost nothing is tried twice, for the MFO may have heard the question.

use senim_domain::cash::{UnitRequest, UnitStock};
use senim_domain::mix::{Mix, MixError, mix};
use senim_domain::rule_pack::{PayoutMethod, SessionTimes};
use senim_domain::time::Stamp;
use senim_domain::{OperationId, PayoutRequestId, Tiyn, UtcMillis};
use senim_operation::body::{PayoutRequested, RemainderClaimed, SessionEnd};
use senim_operation::message::{ClaimSlip, FaceRefusal, Message, MessageBody};

use super::cabinet::Slip;
use super::idle::Clock;
use super::{Session, Step};
use crate::action::Decision;
use crate::durable::{OpenPayout, Stage};
use crate::effect::{Effect, Paper};
use crate::facts::DeviceState;
use crate::registration::Advice;
use crate::remainder::{Claimed, Owed, RemainderWay, Remaining};
use crate::state::{Ending, Picture, Sitter, State};

/// Why no leave was given: the face check is too old.
const FACE_CHECK: &str = "faceCheck";
/// Why there is no slip: core lending was asked and did not answer.
const TRY_LATER: &str = "tryLater";
/// Why no leave was given: the client refuses loans since.
const VOLUNTARY_REFUSAL: &str = "voluntaryRefusal";

impl Session {
    /// Asks for leave to pay what is owed, in notes.
    pub(super) fn request_part(&mut self, step: &mut Step<'_>, owed: Owed) {
        let (Some(session), Some(face_check)) = (self.session_id(), owed.face_check) else { return };
        let request = PayoutRequestId(step.ids.next(&step.now));
        let open = OpenPayout {
            request,
            session,
            loan: owed.loan,
            part: owed.part,
            amount_tiyn: owed.missing(),
            authorisation: None,
            plan: Vec::new(),
            bundle: 0,
            stage: Stage::Requested,
            distributed: Vec::new(),
        };
        let body = PayoutRequested {
            request,
            loan: open.loan,
            part: open.part,
            amount_tiyn: open.amount_tiyn,
            face_check,
            place: Some(self.facts.place()),
        };
        self.durable.open = Some(open);
        let asked = self.record_cash(step, body, None);
        let asked_at = step.now.mono;
        self.enter(step, State::Authorising { asked, row: None, asked_at, owed: Box::new(owed) });
    }

    /// A login showed that something is missing, or a payout ended short: what now?
    pub(super) fn offer_remainder(&mut self, step: &mut Step<'_>, owed: Owed) {
        if let Some(visit) = &mut self.visit {
            // Of what nobody has any part of, an end may say so.
            visit.owes = owed.is_begun() || owed.claimed;
        }
        // What it can give shows in what it says now; it was left alone while money moved.
        self.ask_dispenser(step);
        self.enter(step, State::Remainder(Box::new(Remaining::Offered { owed })));
    }

    /// Ways to have what is missing, in order, each with a code of why not now.
    #[must_use]
    pub fn remainder_ways(&self, owed: &Owed, now: &Stamp) -> Vec<(RemainderWay, Option<&'static str>)> {
        let mut ways = vec![(RemainderWay::Notes, self.no_notes(owed, now))];
        let works_with = |way: PayoutMethod| {
            let pack = self.facts.pack(now.utc);
            pack.is_some_and(|pack| pack.payout.methods.contains(&way) && pack.allows(way.service()))
        };
        if works_with(PayoutMethod::Account) || works_with(PayoutMethod::Card) {
            let claimed = owed.claimed.then_some("claimed");
            ways.push((RemainderWay::Transfer, claimed.or_else(|| self.no_new_business(now))));
        }
        if works_with(PayoutMethod::CashDesk) {
            ways.push((RemainderWay::CashDesk, (!self.facts.online).then_some("offline")));
        }
        ways.push((RemainderWay::Later, None));
        ways
    }

    /// Code of why what is missing cannot be had in notes here now.
    fn no_notes(&self, owed: &Owed, now: &Stamp) -> Option<&'static str> {
        if owed.claimed {
            Some("claimed")
        } else if owed.refused.is_some() {
            Some("refused")
        } else if let Some(code) = self.no_new_business(now) {
            Some(code)
        } else if self.durable.stopped.is_some() {
            Some("cashStopped")
        } else if self.facts.dispenser != DeviceState::Usable {
            Some("dispenser")
        } else if without(owed.missing(), &self.payable_stock(now.utc), &owed.avoided).is_err() {
            Some("noCash")
        } else {
            None
        }
    }

    /// What the borrower decided about it.
    pub(super) fn decide_remainder(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let State::Remainder(stage) = self.take() else { return };
        match (*stage, decision) {
            (Remaining::Offered { owed }, Decision::Choose(place)) => {
                let ways = self.remainder_ways(&owed, &step.now);
                match ways.get(*place) {
                    Some((RemainderWay::Notes, None)) => self.remainder_in_notes(step, owed),
                    Some((RemainderWay::Transfer, None)) => self.ask_ways_of_rest(step, owed),
                    Some((RemainderWay::CashDesk, None)) => self.claim_remainder(step, owed),
                    Some((RemainderWay::Later, None)) if owed.is_begun() || owed.claimed => {
                        self.leave_remainder(step, SessionEnd::Completed);
                    }
                    Some((RemainderWay::Later, None)) => self.end(step, Ending::NothingPaid),
                    Some((_, Some(_))) | None => {
                        self.state = State::Remainder(Box::new(Remaining::Offered { owed }));
                    }
                }
            }
            (stage @ Remaining::AtDesk(_), Decision::Confirm) => {
                self.state = State::Remainder(Box::new(stage));
                self.done(step);
            }
            (stage, _) => self.state = State::Remainder(Box::new(stage)),
        }
    }

    /// The same person stands here, or shows it.
    fn remainder_in_notes(&mut self, step: &mut Step<'_>, owed: Owed) {
        if owed.face_check.is_some() {
            self.request_part(step, owed);
        } else {
            self.before_camera(step, Sitter::Claimant(Box::new(owed)), Picture::Opening);
        }
    }

    pub(super) fn claim_remainder(&mut self, step: &mut Step<'_>, owed: Owed) {
        let request = PayoutRequestId(step.ids.next(&step.now));
        let asked =
            self.record(step, RemainderClaimed { request, loan: owed.loan, amount_tiyn: owed.missing() });
        self.enter(step, State::Remainder(Box::new(Remaining::Claiming { asked, owed })));
    }

    /// The picture is on its way.
    pub(super) fn match_claimant(&mut self, step: &Step<'_>, asked: OperationId, owed: Owed) {
        self.enter(step, State::Remainder(Box::new(Remaining::Matching { asked, owed })));
    }

    pub(super) fn remainder_answer(&mut self, step: &mut Step<'_>, message: &Message, stage: Remaining) {
        match (stage, &message.body) {
            (Remaining::Matching { owed, .. }, body) => match body {
                MessageBody::FaceMatched { loan } if *loan == owed.loan => {
                    let face_check = Some(message.envelope.message_id);
                    self.request_part(step, Owed { face_check, ..owed });
                }
                MessageBody::FaceRefused { attempts_left: 0, .. } => self.end(step, Ending::FaceNotMatched),
                MessageBody::FaceRefused { reason: FaceRefusal::NoMatch | FaceRefusal::Unusable, .. } => {
                    self.before_camera(step, Sitter::Claimant(Box::new(owed)), Picture::NoMatch);
                }
                _ => self.end(step, Ending::Unreachable),
            },
            (Remaining::Claiming { asked, owed }, MessageBody::ClaimSlipIssued(slip))
                if slip.amount_tiyn == owed.missing() =>
            {
                self.at_desk(step, asked, message.envelope.at, slip.clone());
            }
            (Remaining::Claiming { .. }, MessageBody::ClaimRefused { reason, .. })
                if reason == VOLUNTARY_REFUSAL =>
            {
                self.end(step, Ending::VoluntaryRefusal);
            }
            (Remaining::Claiming { owed, .. }, MessageBody::ClaimRefused { reason, .. })
                if reason != TRY_LATER =>
            {
                self.offer_remainder(step, Owed { refused: Some(reason.clone()), ..owed });
            }
            // Nobody knows whether it was ordered.
            (Remaining::Claiming { owed, .. }, _) => self.remainder_unanswered(step, owed),
            (stage @ (Remaining::Offered { .. } | Remaining::AtDesk(_)), _) => {
                self.state = State::Remainder(Box::new(stage));
            }
        }
    }

    fn at_desk(&mut self, step: &mut Step<'_>, asked: OperationId, at: UtcMillis, slip: ClaimSlip) {
        let prints = !matches!(self.facts.printer, DeviceState::Failed(_));
        let claimed = Claimed {
            asked,
            at,
            slip,
            printed: if prints { Slip::Printing } else { Slip::Ended(false) },
            language: self.language,
        };
        self.enter(step, State::Remainder(Box::new(Remaining::AtDesk(Box::new(claimed)))));
        if prints {
            step.effects.push(Effect::Print(Paper::Claim(asked)));
        }
    }

    /// A slip of the cash desk came out of the printer, or did not.
    pub(super) fn claim_printed(&mut self, of: OperationId, printed: bool) {
        if let State::Remainder(stage) = &mut self.state
            && let Remaining::AtDesk(claimed) = stage.as_mut()
            && claimed.asked == of
        {
            claimed.printed = Slip::Ended(printed);
        }
    }

    /// The slip did not come, and may have been ordered: from here on there is the desk alone.
    fn remainder_unanswered(&mut self, step: &mut Step<'_>, owed: Owed) {
        self.offer_remainder(step, Owed { claimed: true, ..owed });
    }

    /// Nothing of what is missing was given: what now?
    pub(super) fn remainder_not_given(&mut self, step: &mut Step<'_>, owed: Owed, leave: bool, reason: &str) {
        match reason {
            FACE_CHECK => {
                let owed = Owed { face_check: None, ..owed };
                self.before_camera(step, Sitter::Claimant(Box::new(owed)), Picture::Opening);
            }
            VOLUNTARY_REFUSAL => self.end(step, Ending::VoluntaryRefusal),
            // The device gave nothing of a part that had leave: that part is closed.
            _ if leave => {
                let part = owed.part.saturating_add(1);
                self.offer_remainder(step, Owed { part, ..owed });
            }
            // There was no leave, or it came too late to be used and counts at the MFO all the same.
            reason => self.offer_remainder(step, Owed { refused: Some(reason.to_owned()), ..owed }),
        }
    }

    /// The MFO did not answer in time.
    pub(super) fn give_up_remainder(&mut self, step: &mut Step<'_>) -> bool {
        if !matches!(&self.state, State::Remainder(_)) {
            return false;
        }
        let State::Remainder(stage) = self.take() else { return false };
        match *stage {
            Remaining::Claiming { owed, .. } => self.remainder_unanswered(step, owed),
            Remaining::Offered { .. } | Remaining::Matching { .. } | Remaining::AtDesk(_) => {
                self.end(step, Ending::Unreachable);
            }
        }
        true
    }

    /// The visit ends, and what is missing stays the borrower's.
    pub(super) fn leave_remainder(&mut self, step: &mut Step<'_>, how: SessionEnd) {
        let Some(session) = self.session_id() else { return };
        self.close_visit(step, how);
        self.enter(step, State::Advice { advice: Advice::RemainderOwed, session });
    }

    /// Whether what is missing can be talked about once the receipt is read.
    pub(super) const fn may_offer_remainder(&self) -> bool {
        self.visit.is_some()
            && !self.stopping
            && !self.facts.journal_full
            && self.facts.on_battery_since.is_none()
    }

    pub(super) fn remainder_clock(stage: &Remaining, times: SessionTimes) -> Clock {
        match stage {
            Remaining::Offered { .. } => Clock::Person(times.reading_seconds),
            Remaining::Matching { .. } | Remaining::Claiming { .. } => Clock::Answer(times.answer_seconds),
            // Time enough to take the slip, or to copy its number.
            Remaining::AtDesk(_) => {
                Clock::Farewell(times.input_seconds.saturating_add(times.warning_seconds))
            }
        }
    }
}

/// Notes for the sum: from cassettes that gave what they were asked for, else from all.
pub(super) fn without(
    sum: Tiyn,
    stock: &[UnitStock],
    avoided: &[senim_domain::cash::UnitNo],
) -> Result<Vec<UnitRequest>, MixError> {
    let others: Vec<UnitStock> = stock.iter().filter(|unit| !avoided.contains(&unit.unit)).copied().collect();
    mix(sum, &others, Mix::MinimumBills).or_else(|_| mix(sum, stock, Mix::MinimumBills))
}
