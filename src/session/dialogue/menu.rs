//! What a person can come for, and where each errand begins.

use senim_domain::rule_pack::Service;
use senim_domain::time::Stamp;
use senim_operation::message::{UnfinishedApplication, WaitingLoan};

use super::cabinet::Stage;
use super::information::Reading;
use super::{Session, Step};
use crate::action::Decision;
use crate::state::{Client, Errand, State};

impl Session {
    /// What is on the menu, in order, each with a code of why not now. What the MFO has not notified is absent.
    #[must_use]
    pub fn errands(&self, now: &Stamp) -> Vec<(Errand, Option<String>)> {
        let Some(pack) = self.facts.pack(now.utc) else { return Vec::new() };
        let mut errands = Vec::new();
        if pack.allowed_operations.contains(&Service::CashLoan) {
            errands.push((Errand::Loan, self.no_application(now)));
        }
        if pack.allowed_operations.contains(&Service::Registration) {
            errands.push((Errand::Registration, self.no_new_business(now).map(str::to_owned)));
        }
        if pack.allowed_operations.contains(&Service::Repayment) && self.setup.acceptor.is_some() {
            errands.push((Errand::Repay, self.no_repayment(now)));
        }
        if pack.allowed_operations.contains(&Service::Cabinet) {
            errands.push((Errand::Cabinet, self.no_cabinet()));
        }
        if errands.len() > 1 {
            errands.push((Errand::Information, None));
        }
        errands
    }

    /// A terminal with a single errand asks nobody what they came for.
    #[must_use]
    pub fn has_menu(&self, now: &Stamp) -> bool {
        self.errands(now).len() > 1
    }

    /// Code of why nobody can begin anything now; `None`: somebody can.
    #[must_use]
    pub fn nothing_to_do(&self, now: &Stamp) -> Option<String> {
        let errands = self.errands(now);
        if errands.iter().any(|(_, why_not)| why_not.is_none()) {
            return None;
        }
        errands.into_iter().find_map(|(_, why_not)| why_not).or_else(|| Some("noErrand".to_owned()))
    }

    /// The language is chosen: a visit begins.
    pub(super) fn begin(&mut self, step: &mut Step<'_>) {
        let free = matches!(self.state, State::Idle) && self.at_rest() && !self.stopping;
        let serves = self.out_of_service(&step.now).is_empty() && self.nothing_to_do(&step.now).is_none();
        if !free || !serves {
            return;
        }
        self.open_visit(step);
        match self.errands(&step.now).as_slice() {
            [(errand, _)] => self.begin_errand(step, *errand),
            _ => self.enter(step, State::Menu),
        }
    }

    pub(super) fn choose_errand(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let Decision::Choose(place) = decision else { return };
        if let Some((errand, None)) = self.errands(&step.now).get(*place) {
            self.begin_errand(step, *errand);
        }
    }

    fn begin_errand(&mut self, step: &mut Step<'_>, errand: Errand) {
        match errand {
            Errand::Loan | Errand::Cabinet => {
                self.enter(step, State::EnterIin { errand, invalid: false });
            }
            Errand::Registration => self.begin_registration(step),
            Errand::Repay => self.begin_repayment(step),
            Errand::Information => self.enter(step, State::Information(Reading::List)),
        }
    }

    /// The person is who they say: the errand goes on.
    pub(super) fn logged_in(
        &mut self,
        step: &mut Step<'_>,
        errand: Errand,
        client: Client,
        waiting: Option<WaitingLoan>,
        unfinished: Option<Box<UnfinishedApplication>>,
    ) {
        // A loan that waits comes before another, and can be taken back where there is no cash.
        if let (Errand::Loan | Errand::Cabinet, Some(loan)) = (errand, waiting) {
            return self.show_waiting(step, client, loan);
        }
        if let (Errand::Loan, Some(found)) = (errand, unfinished) {
            return self.offer_to_go_on(step, client, found);
        }
        match errand {
            Errand::Loan => self.begin_application(step, client),
            Errand::Repay => self.ask_debts(step, client),
            Errand::Cabinet => self.cabinet_at(step, client, Stage::Home),
            Errand::Registration | Errand::Information => self.enter(step, State::Menu),
        }
    }
}
