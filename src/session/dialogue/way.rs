//! The way of payout is chosen: before the contract that states it, or for what is missing of a concluded loan (R-055,
//!
//!
//! Only ways that product, rule pack, MFO and terminal allow now are offered; a single one is not asked about. The terminal
//! never sees a card's number; an account is typed here, sealed, and never comes back but masked.

use senim_domain::iban::Iban;
use senim_domain::loan::Method;
use senim_domain::mix::{Mix, mix};
use senim_domain::rule_pack::{PayoutMethod, Product, RulePack, SessionTimes};
use senim_domain::time::Stamp;
use senim_domain::{Secret, SecretBytes};
use senim_operation::attachment::{MerchantInvoice, PayoutAccount};
use senim_operation::body::{MethodChosen, PayoutAccountSubmitted, PayoutWayChosen, PayoutWaysRequested};
use senim_operation::message::{Message, MessageBody, PayoutTarget, WayAnswer, WayOutcome, WayRefusal};

use super::idle::Clock;
use super::{Session, Step};
use crate::action::Decision;
use crate::remainder::Owed;
use crate::state::{Ending, Offer, State};
use crate::transfer::Payment;
use crate::way::{PaidBy, WayFor, WayStage, Wayfinding, Ways, is_invoice};

impl Session {
    /// On from a method of repayment: to the way of payout, or at once to the contract.
    pub(super) fn ask_way(&mut self, step: &mut Step<'_>, mut offer: Box<Offer>, method: Method) {
        if offer.way.is_some() {
            return self.draft_contract(step, offer, method);
        }
        let product = self.product_for(&offer.client, step);
        let pack = self.facts.pack(step.now.utc);
        let Some((pack, product)) = pack.zip(product) else { return self.end(step, Ending::Unreachable) };
        let ways = pack.payout_methods(&product);
        if ways.iter().all(|way| *way == PayoutMethod::Cash) {
            offer.way = Some(PaidBy::Cash);
            return self.draft_contract(step, offer, method);
        }
        let bound = WayFor::Contract { offer, method };
        if ways.iter().all(|way| matches!(way, PayoutMethod::Cash | PayoutMethod::CashDesk)) {
            let known = Ways { ways: ways.into_iter().collect(), targets: Vec::new() };
            return self.choose_way(step, bound, known);
        }
        self.ask_ways(step, bound);
    }

    /// What is missing is to be transferred: where to?
    pub(super) fn ask_ways_of_rest(&mut self, step: &mut Step<'_>, owed: Owed) {
        self.ask_ways(step, WayFor::Rest(Box::new(owed)));
    }

    fn ask_ways(&mut self, step: &mut Step<'_>, bound: WayFor) {
        let asked = self.record(step, PayoutWaysRequested { loan: bound.loan() });
        self.find_way(step, bound, WayStage::Asking { asked });
    }

    pub(super) fn draft_contract(&mut self, step: &mut Step<'_>, offer: Box<Offer>, method: Method) {
        let body = MethodChosen { loan: offer.loan, method, offer_sha256: offer.sha256.clone() };
        let asked = self.record(step, body);
        self.enter(step, State::Drafting { asked, offer, method });
    }

    fn find_way(&mut self, step: &Step<'_>, bound: WayFor, stage: WayStage) {
        self.enter(step, State::Way(Box::new(Wayfinding { bound, stage })));
    }

    /// Ways that are possible now, in order.
    #[must_use]
    pub fn possible_ways(&self, bound: &WayFor, known: &Ways, now: &Stamp) -> Vec<PayoutMethod> {
        let has = |way| known.targets.iter().any(|target| target.way == way);
        let possible = |way: &PayoutMethod| match (way, bound) {
            (PayoutMethod::Cash, WayFor::Contract { offer, .. }) => {
                let notes = mix(offer.wish.principal, &self.payable_stock(now.utc), Mix::MinimumBills);
                notes.is_ok() && self.no_cash_loan(now).is_none()
            }
            (PayoutMethod::CashDesk, WayFor::Contract { .. }) | (PayoutMethod::Account, _) => true,
            (PayoutMethod::Card, _) => has(PayoutMethod::Card),
            (PayoutMethod::Merchant, WayFor::Contract { .. }) => has(PayoutMethod::Merchant),
            (PayoutMethod::Cash | PayoutMethod::CashDesk | PayoutMethod::Merchant, WayFor::Rest(_)) => false,
        };
        PayoutMethod::ALL.into_iter().filter(|way| known.ways.contains(way) && possible(way)).collect()
    }

    fn choose_way(&mut self, step: &mut Step<'_>, bound: WayFor, known: Ways) {
        match self.possible_ways(&bound, &known, &step.now).as_slice() {
            [] => match bound {
                WayFor::Contract { .. } => self.end(step, Ending::NothingPaid),
                WayFor::Rest(owed) => self.offer_remainder(step, Owed { untransferred: true, ..*owed }),
            },
            [only] => self.take_way(step, bound, known, *only),
            _ => self.find_way(step, bound, WayStage::Choosing { known }),
        }
    }

    fn take_way(&mut self, step: &mut Step<'_>, bound: WayFor, known: Ways, way: PayoutMethod) {
        match way {
            PayoutMethod::Cash => self.tell_way(step, bound, known, PaidBy::Cash, None),
            PayoutMethod::CashDesk => self.tell_way(step, bound, known, PaidBy::CashDesk, None),
            PayoutMethod::Account => self.find_way(step, bound, WayStage::Iban { known, fault: None }),
            PayoutMethod::Card | PayoutMethod::Merchant => {
                self.find_way(step, bound, WayStage::Listing { known, way });
            }
        }
    }

    /// The destination is clear: the MFO is told for a contract, or the money goes.
    fn settle_target(
        &mut self,
        step: &mut Step<'_>,
        bound: WayFor,
        known: Ways,
        target: PayoutTarget,
        invoice: Option<SecretBytes>,
    ) {
        match bound {
            WayFor::Contract { .. } => {
                self.tell_way(step, bound, known, PaidBy::Transfer(target), invoice);
            }
            WayFor::Rest(owed) => self.begin_transfer(step, Payment { owed: *owed, target }),
        }
    }

    fn tell_way(
        &mut self,
        step: &mut Step<'_>,
        bound: WayFor,
        known: Ways,
        by: PaidBy,
        invoice: Option<SecretBytes>,
    ) {
        let (way, target) = match &by {
            PaidBy::Cash => (PayoutMethod::Cash, None),
            PaidBy::CashDesk => (PayoutMethod::CashDesk, None),
            PaidBy::Transfer(target) => (target.way, Some(target.target)),
        };
        let body = PayoutWayChosen { loan: bound.loan(), way, target };
        let asked = match invoice {
            Some(invoice) => self.record_sealed(step, body, invoice),
            None => self.record(step, body),
        };
        self.find_way(step, bound, WayStage::Telling { asked, known, by });
    }

    /// What the person decided.
    pub(super) fn decide_way(&mut self, step: &mut Step<'_>, decision: Decision) {
        let State::Way(way) = self.take() else { return };
        let Wayfinding { bound, stage } = *way;
        let stage = match (stage, decision) {
            (WayStage::Choosing { known }, Decision::Choose(place)) => {
                match self.possible_ways(&bound, &known, &step.now).get(place) {
                    Some(way) => return self.take_way(step, bound, known, *way),
                    None => WayStage::Choosing { known },
                }
            }
            (WayStage::Listing { known, way }, Decision::Choose(place)) => {
                match known.targets.iter().filter(|target| target.way == way).nth(place).cloned() {
                    Some(target) if way == PayoutMethod::Merchant => {
                        let stage = WayStage::Invoice { known, target, invalid: false };
                        return self.find_way(step, bound, stage);
                    }
                    Some(target) => return self.settle_target(step, bound, known, target, None),
                    None => WayStage::Listing { known, way },
                }
            }
            (WayStage::Iban { known, .. }, Decision::Enter(typed)) => {
                return self.account_typed(step, bound, known, &typed);
            }
            (WayStage::Sure { known, target }, Decision::Confirm) => {
                return self.settle_target(step, bound, known, target, None);
            }
            (WayStage::Sure { known, .. }, Decision::Decline) => {
                return self.find_way(step, bound, WayStage::Iban { known, fault: None });
            }
            (WayStage::Invoice { known, target, .. }, Decision::Enter(typed)) => {
                let sealed = (MerchantInvoice { invoice: typed.clone() }).to_plaintext();
                match sealed.ok().filter(|_| is_invoice(&typed)) {
                    Some(sealed) => return self.settle_target(step, bound, known, target, Some(sealed)),
                    None => {
                        let stage = WayStage::Invoice { known, target, invalid: true };
                        return self.find_way(step, bound, stage);
                    }
                }
            }
            (WayStage::Refused { known, reason }, Decision::Confirm) => {
                return self.choose_way(step, bound, without(known, reason));
            }
            (stage, _) => stage,
        };
        self.state = State::Way(Box::new(Wayfinding { bound, stage }));
    }

    fn account_typed(&mut self, step: &mut Step<'_>, bound: WayFor, known: Ways, typed: &Secret) {
        let iban = match Iban::parse(typed.expose()) {
            Ok(iban) => Secret::new(iban.expose().to_owned()),
            Err(fault) => {
                return self.find_way(step, bound, WayStage::Iban { known, fault: Some(fault) });
            }
        };
        let Ok(sealed) = (PayoutAccount { iban }).to_plaintext() else {
            return self.end(step, Ending::Unreachable);
        };
        let asked = self.record_sealed(step, PayoutAccountSubmitted { loan: bound.loan() }, sealed);
        self.find_way(step, bound, WayStage::Checking { asked, known });
    }

    pub(super) fn way_answer(&mut self, step: &mut Step<'_>, message: &Message, way: Wayfinding) {
        let Wayfinding { bound, stage } = way;
        let loan = bound.loan();
        match (stage, &message.body) {
            (WayStage::Asking { .. }, MessageBody::PayoutWaysFound(found)) if found.loan == loan => {
                let known = Ways { ways: found.ways.clone(), targets: found.targets.clone() };
                self.choose_way(step, bound, known);
            }
            (
                WayStage::Checking { known, .. },
                MessageBody::PayoutWayAnswered(WayAnswer {
                    loan: of,
                    outcome: WayOutcome::Confirmed(target),
                }),
            ) if *of == loan && target.way == PayoutMethod::Account => {
                self.find_way(step, bound, WayStage::Sure { known, target: target.clone() });
            }
            (
                WayStage::Checking { known, .. } | WayStage::Telling { known, .. },
                MessageBody::PayoutWayAnswered(WayAnswer { loan: of, outcome: WayOutcome::Refused(reason) }),
            ) if *of == loan => {
                self.find_way(step, bound, WayStage::Refused { known, reason: *reason });
            }
            (
                WayStage::Telling { by, .. },
                MessageBody::PayoutWayAnswered(WayAnswer { loan: of, outcome: WayOutcome::Accepted }),
            ) if *of == loan => match bound {
                WayFor::Contract { mut offer, method } => {
                    offer.way = Some(by);
                    self.draft_contract(step, offer, method);
                }
                WayFor::Rest(_) => self.end(step, Ending::Unreachable),
            },
            // Money that goes another way may go on another day: the schedules are read and chosen anew.
            (WayStage::Telling { by, .. }, MessageBody::OfferMade { loan: of, drafts, expires, .. })
                if *of == loan =>
            {
                let WayFor::Contract { offer, .. } = bound else {
                    return self.end(step, Ending::Unreachable);
                };
                let offer = Offer {
                    drafts: drafts.clone(),
                    expires: *expires,
                    sha256: message.sha256.clone(),
                    way: Some(by),
                    ..*offer
                };
                if self.recomputes(step, &offer, offer.wish) {
                    self.enter(step, State::Schedules { offer: Box::new(offer) });
                } else {
                    self.end(step, Ending::TermsMismatch);
                }
            }
            (_, _) => self.end(step, Ending::Unreachable),
        }
    }

    pub(super) fn back_in_way(&mut self, step: &mut Step<'_>, way: Wayfinding) {
        let Wayfinding { bound, stage } = way;
        let known = match stage {
            WayStage::Invoice { known, target, .. } => {
                return self.find_way(step, bound, WayStage::Listing { known, way: target.way });
            }
            WayStage::Sure { known, .. } => {
                return self.find_way(step, bound, WayStage::Iban { known, fault: None });
            }
            WayStage::Listing { known, .. } | WayStage::Iban { known, .. } => known,
            WayStage::Refused { known, reason } => without(known, reason),
            WayStage::Choosing { .. } => Ways::default(),
            stage @ (WayStage::Asking { .. } | WayStage::Checking { .. } | WayStage::Telling { .. }) => {
                self.state = State::Way(Box::new(Wayfinding { bound, stage }));
                return;
            }
        };
        if self.possible_ways(&bound, &known, &step.now).len() > 1 {
            return self.find_way(step, bound, WayStage::Choosing { known });
        }
        match bound {
            WayFor::Contract { offer, .. } => self.enter(step, State::Schedules { offer }),
            WayFor::Rest(owed) => self.offer_remainder(step, *owed),
        }
    }

    pub(super) const fn way_clock(stage: &WayStage, times: SessionTimes) -> Clock {
        match stage {
            WayStage::Asking { .. } | WayStage::Checking { .. } | WayStage::Telling { .. } => {
                Clock::Answer(times.answer_seconds)
            }
            WayStage::Choosing { .. }
            | WayStage::Listing { .. }
            | WayStage::Iban { .. }
            | WayStage::Sure { .. }
            | WayStage::Invoice { .. }
            | WayStage::Refused { .. } => Clock::Person(times.reading_seconds),
        }
    }
}

/// What is left after a refusal: no more accounts once too many were typed.
fn without(mut known: Ways, reason: WayRefusal) -> Ways {
    if reason == WayRefusal::TooMany {
        known.ways.retain(|way| *way != PayoutMethod::Account);
    }
    known
}

/// Whether the pack lets a product reach its borrower in another way than in notes.
pub(super) fn paid_without_notes(pack: &RulePack, product: &Product) -> bool {
    pack.payout_methods(product).iter().any(|way| *way != PayoutMethod::Cash)
}
