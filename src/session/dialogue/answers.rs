//! What the MFO says: answers to this visit, and durable directives.

use senim_domain::loan::Method;
use senim_domain::quote::quote;
use senim_domain::rule_pack::{Product, RulePack};
use senim_domain::{MessageId, OperationId, UtcMillis};
use senim_operation::Draft;
use senim_operation::body::{DirectiveRefused, DirectiveStored, RewindObeyed, UplinkChanged};
use senim_operation::message::{ApplicationRefusal, FaceRefusal, LoginRefusal, Message, MessageBody};
use senim_operation::seal_keys;
use senim_operation::signature::SignaturePurpose;

use super::remote::Settlement;
use super::{Session, Step};
use crate::effect::{Effect, Record};
use crate::facts::Order;
use crate::registration::Advice;
use crate::state::{
    AfterSigning, Basis, ChosenTerms, Client, CodeError, Ending, Errand, Login, Offer, Picture, SigningPhase,
    Sitter, State, Wish,
};

/// Kind of the message that carries a rule pack.
const RULE_PACK: &str = "RulePack";

impl Session {
    /// The operation whose answer the dialogue waits for.
    #[must_use]
    pub fn awaited(&self) -> Option<OperationId> {
        match &self.state {
            State::LookingUp { asked, .. }
            | State::CheckingCode { asked, .. }
            | State::Deciding { asked, .. }
            | State::Drafting { asked, .. }
            | State::Matching { asked, .. }
            | State::Concluding { asked, .. }
            | State::Authorising { asked, .. } => Some(*asked),
            State::Remainder(stage) => stage.asked(),
            State::Register(stage) => stage.asked(),
            State::Signing(signing) => match &signing.phase {
                SigningPhase::Asking { asked, .. } | SigningPhase::Shown { asked, .. } => Some(*asked),
                SigningPhase::Choosing | SigningPhase::Refused { .. } => None,
            },
            State::Card(used) => used.stage.asked(),
            State::Repay(repay) => repay.asked(),
            State::Cabinet(cabinet) => cabinet.stage.asked(),
            State::LoggingIn(stage) => stage.asked(),
            State::Access(access) => access.stage.asked(),
            State::Amend(amending) => amending.stage.asked(),
            State::Waiting(stage) => stage.asked(),
            State::Way(way) => way.stage.asked(),
            State::Transfer(stage) => stage.asked(),
            State::Leak(stage) => stage.asked(),
            State::Living(living) => living.stage.asked(),
            _ => None,
        }
    }

    /// An answer counts only in the visit and for the request that it names.
    pub(super) fn on_answer(&mut self, step: &mut Step<'_>, message: &Message) {
        let awaited = self.awaited();
        let ours = message.envelope.session.is_some() && message.envelope.session == self.session_id();
        if !ours || awaited.is_none() || message.envelope.in_reply_to != awaited {
            return;
        }
        self.received(step, message);
        if let MessageBody::MeasuresNeeded { client, notice, .. } = &message.body {
            return self.measures_needed(step, *client, notice);
        }
        match self.take() {
            State::LookingUp { errand, .. } => self.login_answer(step, message, errand),
            State::CheckingCode { login, .. } => self.code_answer(step, message, login),
            State::Deciding { application, client, wish, .. } => {
                self.decision(step, message, application, client, wish);
            }
            State::Drafting { offer, method, .. } => self.contract_answer(step, message, *offer, method),
            State::Matching { terms, .. } => match &message.body {
                MessageBody::FaceMatched { loan } if *loan == terms.offer.loan => {
                    let face_check = message.envelope.message_id;
                    match &terms.basis {
                        Basis::Contract(_) => self.enter(step, State::Agree { terms, face_check }),
                        Basis::Confirmation(confirmation) => {
                            let offer = confirmation.offer;
                            self.confirm_waiting(step, terms, offer, face_check);
                        }
                    }
                }
                MessageBody::FaceRefused { reason: FaceRefusal::TryLater, .. } => {
                    self.end(step, Ending::Unreachable)
                }
                MessageBody::FaceRefused { attempts_left: 0, .. } => self.end(step, Ending::FaceNotMatched),
                MessageBody::FaceRefused { reason: FaceRefusal::NoMatch | FaceRefusal::Unusable, .. } => {
                    self.before_camera(step, Sitter::Borrower(terms), Picture::NoMatch);
                }
                _ => self.end(step, Ending::Unreachable),
            },
            State::Concluding { terms, face_check, .. } if terms.contract().is_none() => {
                self.confirmation_answer(step, message, terms, face_check);
            }
            State::Concluding { terms, face_check, .. } => match &message.body {
                MessageBody::ContractAccepted { loan, rests_until } if *loan == terms.offer.loan => {
                    match *rests_until {
                        Some(until) => self.advise(step, Advice::Rests { until }),
                        None => self.pay_as_agreed(step, terms, face_check),
                    }
                }
                // The MFO wants the client's own signature under it first.
                MessageBody::ContractRefused { loan, reason }
                    if *loan == terms.offer.loan && reason == "notSigned" =>
                {
                    self.sign_contract(step, terms, face_check);
                }
                // Finding and unlocking the phone took longer than a face check lives.
                MessageBody::ContractRefused { loan, reason }
                    if *loan == terms.offer.loan && reason == "faceCheck" =>
                {
                    self.before_camera(step, Sitter::Borrower(terms), Picture::Opening);
                }
                // Nothing speaks against the person: the MFO cannot conclude contracts yet.
                MessageBody::ContractRefused { loan, reason }
                    if *loan == terms.offer.loan && reason == "signingNotOffered" =>
                {
                    self.end(step, Ending::Unreachable);
                }
                MessageBody::ContractRefused { .. } => self.end(step, Ending::NotApproved),
                _ => self.end(step, Ending::Unreachable),
            },
            State::Register(stage) => self.register_answer(step, message, *stage),
            State::Signing(signing) => self.signing_answer(step, message, signing),
            state @ State::Authorising { .. } => {
                self.state = state;
                self.authorisation_answer(step, message);
            }
            State::Repay(repay) => self.repayment_answer(step, message, *repay),
            State::Cabinet(cabinet) => self.cabinet_answer(step, message, *cabinet),
            State::LoggingIn(stage) => self.pin_login_answer(step, message, *stage),
            State::Access(access) => self.access_answer(step, message, *access),
            State::Card(used) => self.card_answer(step, message, *used),
            State::Amend(amending) => self.amending_answer(step, message, *amending),
            State::Remainder(stage) => self.remainder_answer(step, message, *stage),
            State::Waiting(stage) => self.waiting_answer(step, message, *stage),
            State::Way(way) => self.way_answer(step, message, *way),
            State::Transfer(stage) => self.transfer_answer(step, message, *stage),
            State::Leak(stage) => self.leak_answer(step, message, *stage),
            State::Living(living) => self.living_answer(step, message, *living),
            other => self.state = other,
        }
    }

    fn sign_contract(&mut self, step: &mut Step<'_>, terms: Box<ChosenTerms>, face_check: MessageId) {
        let Some(sha256) = terms.contract().map(|contract| contract.sha256.clone()) else {
            return self.end(step, Ending::Unreachable);
        };
        let loan = Some(terms.offer.loan);
        let after = AfterSigning::Contract { terms, face_check };
        self.begin_signing(step, SignaturePurpose::Contract, loan, sha256, after);
    }

    fn login_answer(&mut self, step: &mut Step<'_>, message: &Message, errand: Errand) {
        match &message.body {
            MessageBody::LoginCodeSent { phone_masked, life_seconds, digits } => {
                let login = Login {
                    errand,
                    id: message.envelope.message_id,
                    phone_masked: phone_masked.clone(),
                    digits: *digits,
                    tries_left: self.code_tries(&step.now),
                    until: step.now.mono.plus_ms(u64::from(*life_seconds).saturating_mul(1000)),
                };
                self.enter(step, State::EnterCode { login, error: None });
            }
            MessageBody::LoginWaysOffered { ways } if !ways.is_empty() => {
                self.ways_offered(step, message.envelope.message_id, ways, errand);
            }
            MessageBody::LoginRefused { reason, .. } => self.end(step, login_ending(*reason)),
            _ => self.end(step, Ending::Unreachable),
        }
    }

    /// How often a one-time code that has just been sent may be typed.
    pub(super) fn code_tries(&self, now: &senim_domain::time::Stamp) -> u32 {
        self.facts.pack(now.utc).map_or(0, |pack| pack.otp.tries.into())
    }

    fn code_answer(&mut self, step: &mut Step<'_>, message: &Message, login: Login) {
        match &message.body {
            MessageBody::LoggedIn { .. } => self.greeted(step, &message.body, login.errand),
            MessageBody::LoginRefused { reason: LoginRefusal::WrongCode, may_retry: true } => {
                let login = Login { tries_left: login.tries_left.saturating_sub(1), ..login };
                self.enter(step, State::EnterCode { login, error: Some(CodeError::Wrong) });
            }
            MessageBody::LoginRefused { reason: LoginRefusal::CodeExpired, .. } => {
                self.enter(step, State::EnterCode { login, error: Some(CodeError::Expired) });
            }
            MessageBody::LoginRefused { reason, .. } => self.end(step, login_ending(*reason)),
            _ => self.end(step, Ending::Unreachable),
        }
    }

    fn decision(
        &mut self,
        step: &mut Step<'_>,
        message: &Message,
        application: senim_domain::ApplicationId,
        client: Client,
        wish: Wish,
    ) {
        match &message.body {
            MessageBody::OfferMade { application: named, loan, drafts, expires } if *named == application => {
                let (drafts, sha256) = (drafts.clone(), message.sha256.clone());
                let offer = Offer { client, wish, loan: *loan, drafts, expires: *expires, sha256, way: None };
                if self.recomputes(step, &offer, wish) {
                    self.acquaint(step, offer);
                } else {
                    self.end(step, Ending::TermsMismatch);
                }
            }
            MessageBody::QuestionsAsked { application: named, questions } if *named == application => {
                self.ask_further(step, (client, wish, application), questions.clone());
            }
            MessageBody::ApplicationRefused { reason, .. } => {
                let ending = match reason {
                    ApplicationRefusal::NotApproved | ApplicationRefusal::OutsideLimits => {
                        Ending::NotApproved
                    }
                    ApplicationRefusal::VoluntaryRefusal => Ending::VoluntaryRefusal,
                    ApplicationRefusal::LoanOpen => Ending::LoanOpen,
                    ApplicationRefusal::TryLater | ApplicationRefusal::Incomplete => Ending::Unreachable,
                };
                self.end(step, ending);
            }
            _ => self.end(step, Ending::Unreachable),
        }
    }

    pub(super) fn on_directive(&mut self, step: &mut Step<'_>, message: &Message) {
        let kind = message.envelope.kind.clone();
        if let Some(reason) = self.refusal_of(message, step.now.utc) {
            let sha256 = message.sha256.clone();
            self.refused(step, kind, sha256, reason.into());
            return;
        }
        match &message.body {
            MessageBody::Settlement { settlement, request, loan, notes } => {
                let (settlement, request, loan) = (*settlement, *request, *loan);
                return self.settle_doubt(step, message, Settlement { settlement, request, loan, notes });
            }
            MessageBody::Command { command, expires } => {
                return self.keep_command(step, message, command.clone(), *expires);
            }
            MessageBody::CashOrder { .. } => {
                self.store_order(step, message);
                self.learn(message);
                return;
            }
            _ => {}
        }
        Self::store_directive(step, message);
        self.learn(message);
    }

    /// What the kernel did to the journal becomes two rows: the call itself, and how it was obeyed.
    pub(super) fn on_rewound(&mut self, step: &mut Step<'_>, message: &Message, head_seq: u64, pruned: u64) {
        if let MessageBody::Rewind { rewind, from_seq } = message.body {
            Self::store_directive(step, message);
            self.record(step, RewindObeyed { rewind, from_seq, head_seq, pruned });
        }
    }

    /// A message stays outside: the row tells the MFO, and a pack's fate is remembered for whoever stands at the terminal.
    pub(super) fn refused(&mut self, step: &mut Step<'_>, kind: String, sha256: String, reason: String) {
        if kind == RULE_PACK {
            self.facts.pack_refused = Some(reason.clone());
        }
        self.record(step, DirectiveRefused { kind, sha256, reason });
    }

    fn store_directive(step: &mut Step<'_>, message: &Message) {
        let kind = message.envelope.kind.clone();
        let body = DirectiveStored {
            message_id: message.envelope.message_id,
            kind: kind.clone(),
            sha256: message.sha256.clone(),
        };
        let op_id = senim_domain::OperationId(step.ids.next(&step.now));
        step.effects.push(Effect::Record(Record {
            op_id,
            draft: Draft { body: body.into(), session: None, attachment: None },
            durable: None,
            directive: Some((kind, message.compact.expose().to_owned())),
            then: None,
        }));
    }

    /// Why a durable message stays outside; the one in force stays.
    fn refusal_of(&self, message: &Message, now: UtcMillis) -> Option<&'static str> {
        match &message.body {
            MessageBody::RulePack(pack) => {
                let older = self.facts.rule_pack.as_ref().is_some_and(|held| pack.version <= held.version);
                if older {
                    Some("olderThanHeld")
                } else if pack.validate().is_err() {
                    Some("invalid")
                } else if pack.expires <= now {
                    Some("expired")
                } else {
                    None
                }
            }
            MessageBody::CashOrder { order, .. } => {
                self.durable.executed_orders.contains(order).then_some("carriedOutAlready")
            }
            MessageBody::Activation { location, .. } => location.validate().is_err().then_some("invalid"),
            MessageBody::Succession { .. } => None,
            MessageBody::SealKeys { keys } => {
                let held = self.facts.seal_keys.as_ref();
                if held.is_some_and(|(at, _)| message.envelope.at <= *at) {
                    Some("olderThanHeld")
                } else if !seal_keys::are_valid(keys) {
                    Some("invalid")
                } else {
                    None
                }
            }
            MessageBody::Settlement { settlement, request, loan, notes } => {
                let (settlement, request, loan) = (*settlement, *request, *loan);
                self.settlement_fault(Settlement { settlement, request, loan, notes })
            }
            MessageBody::Command { command, expires } => {
                self.command_fault(message.envelope.message_id, command, *expires, now)
            }
            _ => Some("notDurable"),
        }
    }

    /// Takes a durable message into the facts.
    pub(super) fn learn(&mut self, message: &Message) {
        match &message.body {
            MessageBody::RulePack(pack) => {
                self.facts.rule_pack = Some(pack.clone());
                self.facts.pack_refused = None;
            }
            MessageBody::Activation { active, location, .. } => {
                self.facts.active = *active;
                self.facts.registered = Some(location.clone());
            }
            MessageBody::SealKeys { keys } => {
                self.facts.seal_keys = Some((message.envelope.at, keys.clone()));
            }
            MessageBody::CashOrder { order, collect, add, expires, stacker, rejects, series }
                if !self.durable.executed_orders.contains(order) =>
            {
                let order_data = Order {
                    collect: collect.clone(),
                    add: add.clone(),
                    stacker: *stacker,
                    rejects: *rejects,
                    series: series.clone(),
                    expires: *expires,
                    sha256: message.sha256.clone(),
                };
                self.facts.orders.insert(*order, order_data);
            }
            _ => {}
        }
    }

    pub(super) fn on_uplink(&mut self, step: &mut Step<'_>, online: bool, cause: &str) {
        let changed = self.facts.online != online || self.facts.uplink_cause != cause;
        self.facts.online = online;
        cause.clone_into(&mut self.facts.uplink_cause);
        if changed && (online || !cause.is_empty()) {
            self.record(step, UplinkChanged { usable: online, cause: cause.to_owned() });
        }
    }
}

pub(super) fn login_ending(reason: LoginRefusal) -> Ending {
    match reason {
        LoginRefusal::NotAvailable => Ending::NotAvailable,
        LoginRefusal::TooMany
        | LoginRefusal::WrongCode
        | LoginRefusal::WrongPin
        | LoginRefusal::CodeExpired => Ending::TooManyCodes,
        LoginRefusal::TryLater => Ending::Unreachable,
    }
}

/// Whether every draft is what this product gives for the wish by our own arithmetic and keeps the limits of the pack
///
pub(super) fn drafts_agree(pack: &RulePack, product: &Product, offer: &Offer, wish: Wish) -> bool {
    let offered =
        |method: &Method| offer.drafts.iter().filter(|draft| draft.schedule.method == *method).count() == 1;
    product.methods.iter().all(offered)
        && offer.drafts.len() == product.methods.len()
        && offer.drafts.iter().all(|draft| {
            let (method, issued) = (draft.schedule.method, draft.schedule.issued);
            let terms = product.terms(&pack.calendar, wish.principal, wish.term, method, issued);
            let same = quote(&terms, &pack.limits(product, issued)).is_ok_and(|own| {
                own.caps.within
                    && own.schedule == draft.schedule.instalments
                    && own.gesv_exact.units() == draft.gesv_e8
            });
            same && draft.schedule.principal_tiyn == wish.principal
        })
}
