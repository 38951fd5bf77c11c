//! A borrower who knows what they want, and decides without a screen.

use senim_domain::loan::{Method, Term};
use senim_domain::{Language, Secret, Tiyn};
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::leak::Leaking;
use senim_session::preparation::Preparing;
use senim_session::remainder::{RemainderWay, Remaining};
use senim_session::state::{Errand, Picture, SigningPhase, State};
use senim_session::transfer::Transferring;
use senim_session::waiting::Waiting;
use senim_session::way::WayStage;

use super::World;
use crate::far::Far;

impl<F: Far> World<F> {
    /// What the borrower would do now.
    pub(super) fn wish(&self) -> Option<Action> {
        let secret = |text: String| Secret::new(text);
        match self.kernel().session().state() {
            State::Idle => self.may_begin().then_some(Action::ChooseLanguage(Language::Ru)),
            State::Menu => self.choose(Errand::Loan),
            State::Information(_) => Some(Action::Back),
            State::EnterIin { .. } => Some(Action::SubmitIin(secret(self.mfo.iin()))),
            State::EnterCode { .. } => self.mfo.last_code().map(|code| Action::SubmitCode(secret(code))),
            State::Amount { .. } => Some(Action::Apply {
                principal: Tiyn::from_tenge(self.options.sum).unwrap(),
                term: Term::Months(6),
            }),
            State::Purpose { .. } => Some(self.decide(Decision::Choose(0))),
            State::Unfinished { .. } => Some(self.decide(Decision::Choose(1))),
            State::Prepare(stage) => Some(self.decide(match stage.as_ref() {
                Preparing::Consent { .. } => Decision::Confirm,
                // For themselves; and no public official.
                Preparing::Question { answers, .. } => Decision::Choose(usize::from(answers.len() == 1)),
                Preparing::Further { .. } => Decision::Choose(1),
            })),
            State::Acquaint(_) | State::Pressure { .. } => Some(self.decide(Decision::Confirm)),
            State::Schedules { .. } => Some(Action::ChooseMethod(Method::Annuity)),
            State::Contract { .. } => Some(Action::ContractRead),
            State::Waiting(stage) => match stage.as_ref() {
                Waiting::Shown { .. } => Some(self.decide(Decision::Choose(0))),
                Waiting::Terms(_) => Some(self.decide(Decision::Confirm)),
                Waiting::Sure { .. } => Some(self.decide(Decision::Decline)),
                Waiting::Asking { .. } | Waiting::Cancelling { .. } => None,
            },
            State::Intrusion(_) => Some(self.decide(Decision::Confirm)),
            State::Leak(stage) => {
                let reads = matches!(stage.as_ref(), Leaking::Notice { .. } | Leaking::Further { .. });
                reads.then(|| self.decide(Decision::Confirm))
            }
            State::Camera { picture: Picture::Ready | Picture::Poor(_) | Picture::NoMatch, .. } => {
                Some(Action::TakePicture)
            }
            State::Agree { .. } => Some(Action::Agree),
            State::Signing(signing) => {
                self.point_the_phone();
                matches!(signing.phase, SigningPhase::Refused { .. }).then(|| self.decide(Decision::Confirm))
            }
            State::ReadyToPay { .. } => Some(Action::PayOut),
            State::Receipt(ended) => ended.printed.map(|_| Action::Done),
            // Whoever was paid short comes another day; a journey of its own stays.
            State::Remainder(stage) => self.leaves_remainder(stage),
            // Notes, as far as they are offered.
            State::Way(way) => match &way.stage {
                WayStage::Choosing { .. } | WayStage::Listing { .. } => {
                    Some(self.decide(Decision::Choose(0)))
                }
                WayStage::Sure { .. } | WayStage::Refused { .. } => Some(self.decide(Decision::Confirm)),
                WayStage::Iban { .. }
                | WayStage::Invoice { .. }
                | WayStage::Asking { .. }
                | WayStage::Checking { .. }
                | WayStage::Telling { .. } => None,
            },
            State::Transfer(stage) => match stage.as_ref() {
                Transferring::Ready(_) | Transferring::Statement { .. } | Transferring::Ended(_) => {
                    Some(self.decide(Decision::Confirm))
                }
                Transferring::Matching { .. } | Transferring::Ordering { .. } => None,
            },
            State::LookingUp { .. }
            | State::Register(_)
            | State::Repay(_)
            | State::Cabinet(_)
            | State::LoggingIn(_)
            | State::Access(_)
            | State::Card(_)
            | State::TakeCard
            | State::Service(_)
            | State::Amend(_)
            | State::Advice { .. }
            | State::CheckingCode { .. }
            | State::Deciding { .. }
            | State::Drafting { .. }
            | State::Living(_)
            | State::Camera { .. }
            | State::Matching { .. }
            | State::Concluding { .. }
            | State::Authorising { .. }
            | State::Paying { .. }
            | State::End { .. } => None,
        }
    }

    fn leaves_remainder(&self, stage: &Remaining) -> Option<Action> {
        match stage {
            Remaining::Offered { owed } => {
                let kernel = self.kernel();
                let now = kernel.stamp(self.reading());
                let ways = kernel.session().remainder_ways(owed, &now);
                let place = ways.iter().position(|(way, _)| *way == RemainderWay::Later)?;
                Some(self.decide(Decision::Choose(place)))
            }
            Remaining::AtDesk(_) => Some(self.decide(Decision::Confirm)),
            Remaining::Matching { .. } | Remaining::Claiming { .. } => None,
        }
    }

    fn point_the_phone(&self) {
        if let Some((qr, _)) = self.kernel().session().signing_code() {
            self.mfo.point_the_phone(qr);
        }
    }

    fn choose(&self, errand: Errand) -> Option<Action> {
        let kernel = self.kernel();
        let errands = kernel.session().errands(&kernel.stamp(self.reading()));
        let place = errands.iter().position(|(offered, why_not)| *offered == errand && why_not.is_none())?;
        Some(self.decide(Decision::Choose(place)))
    }

    fn decide(&self, decision: Decision) -> Action {
        Action::Decide { step: self.kernel().session().step_no(), decision }
    }

    /// One visit of the borrower until its payout has ended or the firmware halted, and everything is settled.
    pub fn visit(&mut self) {
        let ends = self.count("PayoutEnded");
        self.borrower = true;
        self.run_until(900_000, |world| world.count_is(ends + 1) || world.kernel().halted());
        if self.kernel().halted() {
            self.borrower = false;
            return;
        }
        // The borrower reads the receipt, leaves, and does not come back.
        self.run_until(300_000, |world| {
            matches!(world.kernel().session().state(), State::Idle | State::End { .. })
        });
        if self.kernel().halted() {
            self.borrower = false;
            return;
        }
        self.borrower = false;
        self.borrower_acts_at = None;
        self.settle();
    }

    fn count_is(&self, ends: usize) -> bool {
        // Rows are read only when the payout is over: reading them all at each step would be slow.
        self.kernel().session().durable().open.is_none()
            && matches!(self.kernel().session().state(), State::Receipt(_) | State::End { .. } | State::Idle)
            && self.count("PayoutEnded") >= ends
    }

    /// Lets everything come to rest.
    pub fn settle(&mut self) {
        let settled = self.run_until(900_000, Self::settled);
        assert!(
            settled,
            "not settled: {:?}, open {:?}, acked {:?} of {}, {:?}",
            self.kernel().session().state(),
            self.kernel().session().durable().open,
            self.kernel().acked_seq(),
            self.kernel().next_seq(),
            self.log
        );
    }

    /// The borrower comes once more, whatever comes of it, for ten minutes.
    pub fn visit_again(&mut self) {
        self.borrower = true;
        self.run_until(600_000, |_| false);
        self.borrower = false;
        self.borrower_acts_at = None;
        self.settle();
    }
}
