//! What the person decides.

use senim_domain::iin::Iin;
use senim_domain::loan::{Method, Term};
use senim_domain::{ChallengeId, Language, MessageId, Secret, Tiyn};
use senim_operation::attachment::{LoginCode, LoginRequest};
use senim_operation::body::{ContractAgreed, DocumentShown, LoginCodeSubmitted, LoginRequested, SessionEnd};

use super::{Session, Step};
use crate::access::{Access, AccessStage, Holder, LoggingIn};
use crate::action::{Action, Decision};
use crate::effect::Effect;
use crate::registration::Registering;
use crate::remainder::Remaining;
use crate::state::{ChosenTerms, Client, CodeError, Ending, Errand, Offer, Picture, Sitter, State, Wish};
use crate::transfer::Transferring;
use crate::waiting::Waiting;

impl Session {
    pub(super) fn on_action(&mut self, step: &mut Step<'_>, action: Action) {
        if let Some(visit) = &mut self.visit {
            visit.active_at = step.now.mono;
        }
        self.service_touched(step.now.mono);
        match action {
            Action::Touched | Action::Stay => {}
            Action::ChooseLanguage(language) => {
                self.language = language;
                // On the welcome screen the three languages are the three ways to begin.
                self.begin(step);
            }
            Action::SubmitIin(iin) => self.submit_iin(step, &iin),
            Action::SubmitCode(code) => self.submit_code(step, &code),
            Action::ResendCode => self.resend(step),
            Action::Apply { principal, term } => self.apply(step, principal, term),
            Action::ChooseMethod(method) => self.choose(step, method),
            Action::ContractRead => self.contract_read(step),
            Action::TakePicture => self.take_picture(step),
            Action::Agree => self.agree(step),
            Action::PayOut => self.request_payout(step),
            Action::Back => self.back(step),
            Action::Cancel => self.cancel(step),
            Action::Done => self.done(step),
            Action::Decide { step: on, decision } if on == self.step_no => self.decide(step, decision),
            Action::Decide { .. } => {}
        }
    }

    fn decide(&mut self, step: &mut Step<'_>, decision: Decision) {
        match &self.state {
            State::Menu => self.choose_errand(step, &decision),
            State::EnterIin { errand, .. } if decision == Decision::Decline => {
                let errand = *errand;
                self.log_in(step, LoggingIn::Safety { errand });
            }
            State::LoggingIn(_) => self.decide_login(step, &decision),
            State::Access(_) => self.decide_access(step, decision),
            State::Card(_) => self.decide_card(step, decision),
            State::Amend(_) => self.decide_amending(step, &decision),
            State::Information(reading) => self.decide_information(step, *reading, &decision),
            State::Register(_) => self.decide_registration(step, decision),
            State::Advice { .. } if decision == Decision::Confirm => self.done(step),
            State::Signing(_) => self.decide_signing(step, &decision),
            State::Repay(_) => self.decide_repayment(step, decision),
            State::Cabinet(_) => self.decide_cabinet(step, decision),
            State::Purpose { .. } => self.choose_purpose(step, &decision),
            State::Unfinished { .. } => self.decide_unfinished(step, &decision),
            State::Prepare(_) => self.decide_preparation(step, &decision),
            State::Acquaint(_) => self.acknowledge(step, &decision),
            State::Pressure { .. } => self.decide_pressure(step, &decision),
            State::Remainder(_) => self.decide_remainder(step, &decision),
            State::Waiting(_) => self.decide_waiting(step, &decision),
            State::Way(_) => self.decide_way(step, decision),
            State::Transfer(_) => self.decide_transfer(step, &decision),
            State::Leak(_) => self.decide_leak(step, &decision),
            State::Intrusion(_) => self.decide_intrusion(step, &decision),
            State::Living(_) => self.decide_living(step, &decision),
            State::Service(_) => self.decide_service(step, decision),
            _ => {}
        }
    }

    fn submit_iin(&mut self, step: &mut Step<'_>, typed: &Secret) {
        let State::EnterIin { errand, .. } = self.state else { return };
        let Some(min_age) = self.facts.pack(step.now.utc).map(|pack| pack.min_age) else { return };
        let Ok(iin) = Iin::parse(typed.expose()) else {
            self.enter(step, State::EnterIin { errand, invalid: true });
            return;
        };
        let today = senim_domain::calendar::local_date(step.now.utc);
        let age = today.and_then(|today| iin.age_on(today));
        if age.is_none_or(|age| age < min_age) {
            self.end(step, Ending::UnderAge);
            return;
        }
        self.look_up(step, errand, iin.into_secret());
    }

    fn look_up(&mut self, step: &mut Step<'_>, errand: Errand, iin: Secret) {
        let Ok(attachment) = (LoginRequest { iin }).to_plaintext() else { return };
        let asked = self.record_sealed(step, LoginRequested {}, attachment);
        self.enter(step, State::LookingUp { errand, asked });
    }

    fn submit_code(&mut self, step: &mut Step<'_>, code: &Secret) {
        match self.take() {
            State::EnterCode { login, .. } if login.until <= step.now.mono => {
                self.enter(step, State::EnterCode { login, error: Some(CodeError::Expired) });
            }
            State::EnterCode { login, .. } => {
                let Ok(attachment) = (LoginCode { code: code.clone() }).to_plaintext() else { return };
                let asked = self.record_sealed(step, LoginCodeSubmitted { login: login.id }, attachment);
                self.enter(step, State::CheckingCode { asked, login });
            }
            other => self.state = other,
        }
    }

    /// The IIN is not kept, so another code begins with typing it again.
    fn resend(&mut self, step: &mut Step<'_>) {
        if let State::EnterCode { login, .. } = &self.state {
            let errand = login.errand;
            self.enter(step, State::EnterIin { errand, invalid: false });
        }
    }

    fn apply(&mut self, step: &mut Step<'_>, principal: Tiyn, term: Term) {
        let State::Amount { client } = &self.state else { return };
        let Some(product) = self.product_for(client, step) else { return };
        if !product.offers_term(term) || !self.sums(&product, &step.now).contains(&principal) {
            return;
        }
        let State::Amount { client } = self.take() else { return };
        self.prepare(step, client, Wish { principal, term });
    }

    pub(super) fn choose(&mut self, step: &mut Step<'_>, method: Method) {
        let offered = match &self.state {
            State::Schedules { offer } => offer.drafts.iter().any(|draft| draft.schedule.method == method),
            _ => false,
        };
        if !offered {
            return;
        }
        let State::Schedules { offer } = self.take() else { return };
        self.ask_way(step, offer, method);
    }

    fn contract_read(&mut self, step: &mut Step<'_>) {
        if matches!(self.state, State::Amend(_)) {
            return self.supplement_read(step);
        }
        if matches!(self.state, State::Cabinet(_)) {
            return self.document_read(step);
        }
        match self.take() {
            State::Contract { terms } => {
                let Some(contract) = terms.contract() else { return self.end(step, Ending::Unreachable) };
                let body = DocumentShown {
                    loan: terms.offer.loan,
                    document: "contract".into(),
                    sha256: contract.sha256.clone(),
                    language: self.language,
                };
                self.record(step, body);
                self.ask_of_pressure(step, terms);
            }
            other => self.state = other,
        }
    }

    pub(super) fn before_camera(&mut self, step: &mut Step<'_>, sitter: Sitter, picture: Picture) {
        let tries = self.facts.pack(step.now.utc).map_or(1, |pack| u32::from(pack.portrait.tries));
        let attempts_left = tries.saturating_sub(self.visit.map_or(0, |visit| visit.pictures));
        if attempts_left == 0 {
            self.end(step, Ending::FaceNotMatched);
            return;
        }
        self.ask_for_sequence(step, sitter, picture, (false, None));
    }

    /// The portrait itself.
    pub(super) fn open_camera(
        &mut self,
        step: &mut Step<'_>,
        sitter: Sitter,
        picture: Picture,
        proof: ChallengeId,
    ) {
        let tries = self.facts.pack(step.now.utc).map_or(1, |pack| u32::from(pack.portrait.tries));
        let attempts_left = tries.saturating_sub(self.visit.map_or(0, |visit| visit.pictures));
        step.effects.push(Effect::OpenCamera);
        self.enter(step, State::Camera { sitter, picture, attempts_left, proof });
    }

    fn take_picture(&mut self, step: &mut Step<'_>) {
        if let State::Camera { picture, .. } = &mut self.state
            && matches!(picture, Picture::Ready | Picture::Poor(_) | Picture::NoMatch)
        {
            *picture = Picture::Taking;
            step.effects.push(Effect::TakePicture);
        }
    }

    fn agree(&mut self, step: &mut Step<'_>) {
        match self.take() {
            State::Agree { terms, face_check } => self.conclude(step, terms, face_check),
            other => self.state = other,
        }
    }

    /// Tells the MFO that the client agrees to exactly these bytes.
    pub(super) fn conclude(&mut self, step: &mut Step<'_>, terms: Box<ChosenTerms>, face_check: MessageId) {
        let Some(contract) = terms.contract() else { return self.end(step, Ending::Unreachable) };
        let body = ContractAgreed {
            loan: terms.offer.loan,
            method: terms.method,
            contract_sha256: contract.sha256.clone(),
            face_check,
        };
        let asked = self.record(step, body);
        self.enter(step, State::Concluding { asked, terms, face_check });
    }

    fn back(&mut self, step: &mut Step<'_>) {
        if matches!(self.state, State::Register(_)) {
            return self.back_in_registration(step);
        }
        let next = match self.take() {
            State::Information(reading) => Self::back_from(reading),
            State::Repay(repay) => {
                self.state = State::Repay(repay);
                return self.repayment_back(step);
            }
            State::Cabinet(cabinet) => {
                self.state = State::Cabinet(cabinet);
                return self.cabinet_back(step);
            }
            State::LoggingIn(stage) => return self.back_in_login(step, *stage),
            State::Access(access) => return self.back_in_access(step, *access),
            State::Card(used) => return self.back_in_card(step, *used),
            State::Amend(amending) => return self.back_in_amending(step, *amending),
            State::Service(service) => return self.back_in_service(step, *service),
            State::EnterIin { .. } if self.has_menu(&step.now) => State::Menu,
            State::EnterCode { login, .. } => State::EnterIin { errand: login.errand, invalid: false },
            State::Prepare(stage) => return self.back_in_preparation(step, *stage),
            State::Waiting(stage) => return self.back_in_waiting(step, *stage),
            // Logged in, but nothing was said yet: whoever came for something else chooses it.
            State::Purpose { .. } if self.has_menu(&step.now) => State::Menu,
            State::Purpose { .. } => State::EnterIin { errand: Errand::Loan, invalid: false },
            State::Signing(signing) => return self.back_in_signing(step, *signing),
            State::Transfer(stage) => return self.back_in_transfer(step, *stage),
            State::Schedules { offer } => State::Amount { client: offer.client },
            State::Way(way) => return self.back_in_way(step, *way),
            State::Pressure { terms } => State::Contract { terms },
            // The way of payout may be chosen anew, too.
            State::Contract { terms } => {
                State::Schedules { offer: Box::new(Offer { way: None, ..terms.offer }) }
            }
            State::Camera { sitter, .. } => {
                step.effects.push(Effect::CloseCamera);
                match sitter {
                    Sitter::Borrower(terms) if terms.contract().is_none() => {
                        State::Waiting(Box::new(Waiting::Terms(terms)))
                    }
                    Sitter::Borrower(terms) => State::Contract { terms },
                    // Nothing was received yet: there is no rest to choose a way for.
                    Sitter::Claimant(owed) if !owed.is_begun() => return self.end(step, Ending::Cancelled),
                    Sitter::Leaked(leaked) => return self.leak_notice(step, *leaked),
                    Sitter::Claimant(owed) => State::Remainder(Box::new(Remaining::Offered { owed: *owed })),
                    Sitter::Payer(payment) => State::Transfer(Box::new(Transferring::Ready(*payment))),
                    Sitter::Applicant(applicant) => {
                        State::Register(Box::new(Registering::BeforePicture { applicant }))
                    }
                    Sitter::Amender(amender) => Self::before_the_word(*amender),
                    Sitter::Holder(holder) => {
                        let Holder { client, after, face_for } = *holder;
                        let stage = AccessStage::BeforePicture(face_for);
                        State::Access(Box::new(Access { client, after, stage }))
                    }
                }
            }
            State::Agree { terms, .. } => State::Contract { terms },
            other => {
                self.state = other;
                return;
            }
        };
        self.enter(step, next);
    }

    fn cancel(&mut self, step: &mut Step<'_>) {
        match &self.state {
            State::Register(_) => self.cancel_registration(step),
            State::Idle
            | State::TakeCard
            | State::Service(_)
            | State::End { .. }
            | State::Advice { .. }
            | State::Receipt(_)
            | State::Authorising { .. }
            | State::Paying { .. } => {}
            State::Repay(_) => self.cancel_repayment(step),
            State::Cabinet(_) => self.leave_cabinet(step),
            State::Access(_) => self.cancel_access(step),
            State::Amend(_) => self.cancel_amending(step),
            State::Remainder(stage) if matches!(**stage, Remaining::AtDesk(_)) => self.done(step),
            State::Waiting(_) => self.cancel_in_waiting(step),
            State::Transfer(stage) => match stage.as_ref() {
                Transferring::Ended(_) => self.done(step),
                // It may have been ordered already.
                Transferring::Ordering { .. } => {}
                Transferring::Ready(_) | Transferring::Matching { .. } | Transferring::Statement { .. } => {
                    self.end(step, Ending::Cancelled);
                }
            },
            State::Way(_)
            | State::Card(_)
            | State::Leak(_)
            | State::Intrusion(_)
            | State::Living(_)
            | State::Remainder(_)
            | State::Menu
            | State::Information(_)
            | State::EnterIin { .. }
            | State::LookingUp { .. }
            | State::LoggingIn(_)
            | State::EnterCode { .. }
            | State::CheckingCode { .. }
            | State::Unfinished { .. }
            | State::Amount { .. }
            | State::Purpose { .. }
            | State::Prepare(_)
            | State::Deciding { .. }
            | State::Acquaint(_)
            | State::Pressure { .. }
            | State::Schedules { .. }
            | State::Drafting { .. }
            | State::Contract { .. }
            | State::Camera { .. }
            | State::Matching { .. }
            | State::Agree { .. }
            | State::Concluding { .. }
            | State::Signing(_)
            | State::ReadyToPay { .. } => self.end(step, Ending::Cancelled),
        }
    }

    pub(super) fn done(&mut self, step: &mut Step<'_>) {
        match &self.state {
            State::Receipt(ended) if ended.remainder.is_some() && self.may_offer_remainder() => {
                let State::Receipt(ended) = self.take() else { return };
                let Some(owed) = ended.remainder else { return };
                return self.offer_remainder(step, owed);
            }
            State::Receipt(_) => self.close_visit(step, SessionEnd::Completed),
            State::Remainder(stage) if matches!(**stage, Remaining::AtDesk(_)) => {
                self.close_visit(step, SessionEnd::Completed);
            }
            State::Transfer(stage) if matches!(**stage, Transferring::Ended(_)) => {
                self.close_visit(step, SessionEnd::Completed);
            }
            State::Repay(repay) if repay.says_goodbye() => {
                let how = repay.session_end();
                self.close_visit(step, how);
            }
            State::TakeCard => return self.card_left_behind(step),
            State::End { .. } | State::Advice { .. } => {}
            _ => return,
        }
        self.free(step);
    }

    /// The terminal is free: the next person finds the state language. A card that was left is told of first.
    pub(super) fn free(&mut self, step: &Step<'_>) {
        if !self.facts.cards_in.is_empty() {
            return self.enter(step, State::TakeCard);
        }
        self.language = Language::default();
        self.enter(step, State::Idle);
    }

    /// The first product that is both in the pack and open to the client.
    #[must_use]
    pub(super) fn product_for(
        &self,
        client: &Client,
        step: &Step<'_>,
    ) -> Option<senim_domain::rule_pack::Product> {
        let pack = self.facts.pack(step.now.utc)?;
        pack.products.iter().find(|product| client.products.contains(&product.id)).cloned()
    }

    /// Whether this terminal's own arithmetic gives the same drafts.
    pub(super) fn recomputes(&self, step: &Step<'_>, offer: &Offer, wish: Wish) -> bool {
        let Some(product) = self.product_for(&offer.client, step) else { return false };
        let Some(pack) = self.facts.pack(step.now.utc) else { return false };
        super::answers::drafts_agree(pack, &product, offer, wish)
    }
}
