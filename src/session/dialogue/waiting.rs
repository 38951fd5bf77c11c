//! A microcredit that waits (B6): the end of the visit in which it was concluded, and the visit in which its client confirms
//! it with the schedule of that day, or takes it back free of charge.

use senim_domain::calendar::local_date;
use senim_domain::mix::{Mix, mix};
use senim_domain::quote::quote;
use senim_domain::rule_pack::{PayoutMethod, Service};
use senim_domain::time::Stamp;
use senim_domain::{LoanId, MessageId};
use senim_operation::body::{ConfirmationRequested, LoanCancelled, LoanConfirmed};
use senim_operation::message::{ConfirmationOffer, ConfirmationRefusal, Message, MessageBody, WaitingLoan};

use super::cabinet::Stage;
use super::idle::Clock;
use super::{Session, Step};
use crate::action::Decision;
use crate::registration::Advice;
use crate::state::{Basis, ChosenTerms, Client, Ending, Offer, Picture, Sitter, State, Wish};
use crate::waiting::{Confirmation, NotYet, Waiting};
use crate::way::PaidBy;

impl Session {
    /// Why a waiting microcredit cannot be confirmed at this terminal now; `None`: it can.
    #[must_use]
    pub fn not_yet(&self, loan: &WaitingLoan, now: &Stamp) -> Option<NotYet> {
        if let Some(until) = loan.rests_until.filter(|until| now.utc < *until) {
            return Some(NotYet::Rests(until));
        }
        if paid_by(loan) != PaidBy::Cash {
            return self.no_new_business(now).map(|_| NotYet::NoCash);
        }
        let composable = mix(loan.principal_tiyn, &self.payable_stock(now.utc), Mix::MinimumBills).is_ok();
        (!composable || self.no_cash_loan(now).is_some()).then_some(NotYet::NoCash)
    }

    /// Whether the way on to the cabinet is offered beside a waiting microcredit.
    #[must_use]
    pub fn cabinet_beside(&self, now: &Stamp) -> bool {
        self.facts.pack(now.utc).is_some_and(|pack| pack.allowed_operations.contains(&Service::Cabinet))
    }

    pub(super) fn show_waiting(&mut self, step: &Step<'_>, client: Client, loan: WaitingLoan) {
        self.wait(step, Waiting::Shown { client, loan });
    }

    fn wait(&mut self, step: &Step<'_>, stage: Waiting) {
        self.enter(step, State::Waiting(Box::new(stage)));
    }

    pub(super) const fn waiting_clock(
        stage: &Waiting,
        times: senim_domain::rule_pack::SessionTimes,
    ) -> Clock {
        match stage {
            Waiting::Shown { .. } | Waiting::Sure { .. } => Clock::Person(times.input_seconds),
            Waiting::Terms(_) => Clock::Person(times.reading_seconds),
            Waiting::Asking { .. } | Waiting::Cancelling { .. } => Clock::Answer(times.answer_seconds),
        }
    }

    /// What the client decided about it.
    pub(super) fn decide_waiting(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let State::Waiting(stage) = self.take() else { return };
        let stage = match (*stage, decision) {
            (Waiting::Shown { client, loan }, Decision::Choose(0))
                if self.not_yet(&loan, &step.now).is_none() =>
            {
                let asked = self.record(step, ConfirmationRequested { loan: loan.loan });
                Waiting::Asking { asked, client, loan }
            }
            (Waiting::Shown { client, loan }, Decision::Choose(1)) => Waiting::Sure { client, loan },
            (Waiting::Shown { client, .. }, Decision::Choose(2)) if self.cabinet_beside(&step.now) => {
                return self.cabinet_at(step, client, Stage::Home);
            }
            (Waiting::Terms(terms), Decision::Confirm) => {
                return self.before_camera(step, Sitter::Borrower(terms), Picture::Opening);
            }
            (Waiting::Sure { client, loan }, Decision::Confirm) => {
                let asked = self.record(step, LoanCancelled { loan: loan.loan, client: client.id });
                Waiting::Cancelling { asked, loan }
            }
            (Waiting::Sure { client, loan }, Decision::Decline) => Waiting::Shown { client, loan },
            (stage, _) => {
                self.state = State::Waiting(Box::new(stage));
                return;
            }
        };
        self.wait(step, stage);
    }

    pub(super) fn back_in_waiting(&mut self, step: &Step<'_>, stage: Waiting) {
        let stage = match stage {
            Waiting::Terms(terms) => match terms.basis {
                Basis::Confirmation(Confirmation { loan, .. }) => {
                    Waiting::Shown { client: terms.offer.client, loan }
                }
                Basis::Contract(_) => Waiting::Terms(terms),
            },
            Waiting::Sure { client, loan } => Waiting::Shown { client, loan },
            stage @ (Waiting::Shown { .. } | Waiting::Asking { .. } | Waiting::Cancelling { .. }) => {
                self.state = State::Waiting(Box::new(stage));
                return;
            }
        };
        self.wait(step, stage);
    }

    /// Who has said that the contract is taken back waits for the answer.
    pub(super) fn cancel_in_waiting(&mut self, step: &mut Step<'_>) {
        match &self.state {
            State::Waiting(stage) if matches!(**stage, Waiting::Cancelling { .. }) => {}
            _ => self.end(step, Ending::Cancelled),
        }
    }

    /// The MFO does not say in time that the contract has ended. The row is written, and counts.
    pub(super) fn give_up_cancelling(&mut self, step: &mut Step<'_>) -> bool {
        match &self.state {
            State::Waiting(stage) if matches!(**stage, Waiting::Cancelling { .. }) => {
                self.advise(step, Advice::CancellationSent);
                true
            }
            _ => false,
        }
    }

    pub(super) fn waiting_answer(&mut self, step: &mut Step<'_>, message: &Message, stage: Waiting) {
        match (stage, &message.body) {
            (Waiting::Asking { client, loan, .. }, MessageBody::ConfirmationOffered(offered)) => {
                if self.agrees(&step.now, &loan, offered) {
                    let terms = terms(client, loan, offered, message);
                    self.wait(step, Waiting::Terms(Box::new(terms)));
                } else {
                    self.end(step, Ending::TermsMismatch);
                }
            }
            (Waiting::Asking { loan, .. }, MessageBody::ConfirmationRefused { loan: of, reason })
                if *of == loan.loan =>
            {
                self.not_confirmed(step, &loan, *reason);
            }
            (Waiting::Cancelling { loan, .. }, MessageBody::CancellationAccepted { loan: of })
                if *of == loan.loan =>
            {
                self.advise(step, Advice::LoanCancelled);
            }
            (Waiting::Cancelling { loan, .. }, MessageBody::CancellationRefused { loan: of, .. })
                if *of == loan.loan =>
            {
                self.advise(step, Advice::AskLender);
            }
            (_, _) => self.end(step, Ending::Unreachable),
        }
    }

    pub(super) fn not_confirmed(
        &mut self,
        step: &mut Step<'_>,
        loan: &WaitingLoan,
        reason: ConfirmationRefusal,
    ) {
        match (reason, loan.rests_until) {
            (ConfirmationRefusal::TooEarly, Some(until)) => self.advise(step, Advice::Rests { until }),
            (ConfirmationRefusal::VoluntaryRefusal, _) => self.end(step, Ending::VoluntaryRefusal),
            (ConfirmationRefusal::TryLater, _) => self.end(step, Ending::Unreachable),
            (
                ConfirmationRefusal::TooEarly
                | ConfirmationRefusal::NotWaiting
                | ConfirmationRefusal::PayoutOpen
                | ConfirmationRefusal::TermsChanged
                | ConfirmationRefusal::OfferEnded
                | ConfirmationRefusal::FaceCheck,
                _,
            ) => self.advise(step, Advice::AskLender),
        }
    }

    /// The face is the client's: the microcredit is confirmed with the schedule that was read.
    pub(super) fn confirm_waiting(
        &mut self,
        step: &mut Step<'_>,
        terms: Box<ChosenTerms>,
        offer: MessageId,
        face_check: MessageId,
    ) {
        let (loan, offer_sha256) = (terms.offer.loan, terms.offer.sha256.clone());
        let asked = self.record(step, LoanConfirmed { loan, offer, offer_sha256, face_check });
        self.enter(step, State::Concluding { asked, terms, face_check });
    }

    /// What the MFO says to the confirmation.
    pub(super) fn confirmation_answer(
        &mut self,
        step: &mut Step<'_>,
        message: &Message,
        terms: Box<ChosenTerms>,
        face_check: MessageId,
    ) {
        let ours = |loan: &LoanId| *loan == terms.offer.loan;
        match &message.body {
            MessageBody::ConfirmationAccepted { loan } if ours(loan) => {
                self.pay_as_agreed(step, terms, face_check);
            }
            MessageBody::ConfirmationRefused { loan, reason: ConfirmationRefusal::FaceCheck }
                if ours(loan) =>
            {
                self.before_camera(step, Sitter::Borrower(terms), Picture::Opening);
            }
            MessageBody::ConfirmationRefused { loan, reason } if ours(loan) => match &terms.basis {
                Basis::Confirmation(confirmation) => {
                    let waiting = confirmation.loan.clone();
                    self.not_confirmed(step, &waiting, *reason);
                }
                Basis::Contract(_) => self.end(step, Ending::Unreachable),
            },
            _ => self.end(step, Ending::Unreachable),
        }
    }

    /// Whether the schedule begins today and is what this terminal reckons itself for the loan that waits.
    fn agrees(&self, now: &Stamp, waiting: &WaitingLoan, offered: &ConfirmationOffer) -> bool {
        let (Some(pack), Some(today)) = (self.facts.pack(now.utc), local_date(now.utc)) else { return false };
        let Some(product) = pack.product(&offered.product) else { return false };
        let (principal, schedule) = (waiting.principal_tiyn, &offered.draft.schedule);
        let terms = product.terms(&pack.calendar, principal, offered.term, schedule.method, today);
        let same = quote(&terms, &pack.limits(product, today)).is_ok_and(|own| {
            own.caps.within
                && own.schedule == schedule.instalments
                && own.gesv_exact.units() == offered.draft.gesv_e8
        });
        same && offered.loan == waiting.loan
            && schedule.issued == today
            && schedule.principal_tiyn == principal
            && offered.part > 0
    }
}

/// How its contract says that it is paid out.
fn paid_by(loan: &WaitingLoan) -> PaidBy {
    match (loan.way, &loan.target) {
        (Some(PayoutMethod::CashDesk), _) => PaidBy::CashDesk,
        (Some(PayoutMethod::Account | PayoutMethod::Card | PayoutMethod::Merchant), Some(target)) => {
            PaidBy::Transfer(target.clone())
        }
        (_, _) => PaidBy::Cash,
    }
}

fn terms(client: Client, loan: WaitingLoan, offered: &ConfirmationOffer, message: &Message) -> ChosenTerms {
    let (offer, part) = (message.envelope.message_id, offered.part);
    ChosenTerms {
        offer: Offer {
            // The product of the contract, whatever else the client might ask for.
            client: Client { products: vec![offered.product.clone()], ..client },
            wish: Wish { principal: loan.principal_tiyn, term: offered.term },
            loan: loan.loan,
            drafts: vec![offered.draft.clone()],
            expires: message.envelope.at,
            sha256: message.sha256.clone(),
            way: Some(paid_by(&loan)),
        },
        method: offered.draft.schedule.method,
        basis: Basis::Confirmation(Confirmation { loan, offer, part }),
    }
}
