//! Repayment in banknotes: naming the contract, choosing what to pay, and what the payer sees of the money.
//!
//! `cash` opens and ends the taking of notes, `notes` follows what the acceptor says, `code` reads a receipt's QR code.
//! Whoever logs in sees the own debt; whoever types a number or shows a code sees initials and what is due, or, while the MFO does not answer, the number alone.

mod cash;
mod code;
mod notes;

use senim_domain::cash::Denomination;
use senim_domain::contract_number::ContractNumber;
use senim_domain::rule_pack::SessionTimes;
use senim_domain::time::{ClockQuality, Stamp};
use senim_domain::{Language, LoanId, OperationId, RepaymentId, Secret, Tiyn, UtcMillis, calendar};
use senim_operation::attachment::RepaymentNumber;
use senim_operation::body::{
    ContractNumberSubmitted, DebtRequested, DenominationCount, EarlyWish, RepaymentBasis,
    RepaymentReceiptPrinted, SessionEnd,
};
use senim_operation::message::{Booking, ContractDebt, DebtStanding, Message, MessageBody, RepaymentRefusal};

pub use self::cash::{Phase, Taking};
pub use self::code::{CodeFault, READ_MS, Reading};
use super::idle::Clock;
use super::{Session, Step};
use crate::action::Decision;
use crate::effect::{Effect, Paper};
use crate::event::Device;
use crate::facts::DeviceState;
use crate::state::{Client, Ending, Errand, State};

/// Where a repayment is.
#[derive(Debug)]
pub enum Repay {
    /// Own contracts after a login, or a contract's number?
    Way,
    /// The number is being typed.
    Number {
        /// What was wrong with the last one.
        error: Option<NumberError>,
    },
    /// The QR code of a receipt is looked for.
    Reading(Reading),
    /// The contract of a number is looked up.
    Looking {
        /// The request.
        asked: OperationId,
        /// The number, digits alone.
        number: Secret,
    },
    /// The client's debts are asked for.
    Asking {
        /// The request.
        asked: OperationId,
    },
    /// Which contract?
    Contracts {
        /// The client's.
        contracts: Vec<ContractDebt>,
    },
    /// How much of it?
    Wish {
        /// The client's.
        contracts: Vec<ContractDebt>,
        /// The chosen one.
        at: usize,
    },
    /// What holds before the first note.
    Terms {
        /// What is about to be paid.
        deal: Deal,
        /// To go back to.
        contracts: Vec<ContractDebt>,
    },
    /// Notes may come; [`Session::taking`] has the details.
    Cash(Deal),
    /// The money is being entered.
    Booking {
        /// The row that ended the repayment.
        asked: OperationId,
        /// What was taken.
        paid: Paid,
    },
    /// What was taken.
    Done(Paid),
    /// Nothing was taken, or nothing can be.
    Nothing(NothingTaken),
}

/// What is about to be paid.
#[derive(Clone, Debug)]
pub struct Deal {
    /// How the contract was named.
    pub basis: RepaymentBasis,
    /// The loan, where the gateway named it.
    pub loan: Option<LoanId>,
    /// The number that was typed or chosen.
    pub number: Secret,
    /// Initials of the borrower, for whoever typed a number.
    pub holder: Option<Secret>,
    /// What the payer came to pay; unknown offline and for a part.
    pub target: Option<Tiyn>,
    /// What is due today or late, as far as the gateway told; zero else.
    pub due: Tiyn,
    /// Not more than this.
    pub limit: Tiyn,
    /// What becomes of money above what is due.
    pub early: EarlyWish,
    /// Values that are taken, ascending.
    pub notes: Vec<Denomination>,
}

/// A repayment that ended in this visit.
#[derive(Clone, Debug)]
pub struct Paid {
    /// Which.
    pub repayment: RepaymentId,
    /// How the contract was named.
    pub basis: RepaymentBasis,
    /// The contract's number, for the payer's receipt.
    pub number: Secret,
    /// Notes credited, largest first.
    pub accepted: Vec<DenominationCount>,
    /// Their worth.
    pub amount: Tiyn,
    /// Notes in doubt.
    pub in_doubt: Vec<DenominationCount>,
    /// What was due today or late before it, as far as the gateway told; zero else.
    pub due: Tiyn,
    /// Whether a delay costs a penalty.
    pub delay_costs: bool,
    /// What it was used for; none: entered after verification.
    pub booking: Option<Booking>,
    /// When.
    pub at: UtcMillis,
    /// Whether the paper receipt came out; `None` while printing.
    pub printed: Option<bool>,
    /// Language of the visit.
    pub language: Language,
}

impl Paid {
    /// What is still due today after it. Where the books hold money for later or have closed the loan, nothing is.
    #[must_use]
    pub fn short(&self) -> Option<Tiyn> {
        let covered =
            self.booking.as_ref().is_some_and(|booking| booking.closed || booking.held_tiyn > Tiyn::ZERO);
        let left = self.due.minus(self.amount).unwrap_or(Tiyn::ZERO);
        (left > Tiyn::ZERO && !covered).then_some(left)
    }
}

/// What is wrong with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// Its digits do not fit together.
    Digits,
    /// No contract has it.
    Unknown,
    /// No code was seen in time.
    NoCode,
    /// The camera does not work, so no code can be read.
    NoCamera,
}

/// Why no money was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NothingTaken {
    /// The payer ended it.
    Cancelled,
    /// Nobody put a note in.
    TimedOut,
    /// The acceptor, or what it needs.
    Device,
    /// The client owes nothing.
    NoDebt,
    /// The contract takes no payment.
    NotPayable,
}

impl Repay {
    /// The operation whose answer is awaited.
    #[must_use]
    pub const fn asked(&self) -> Option<OperationId> {
        match self {
            Self::Looking { asked, .. } | Self::Asking { asked } | Self::Booking { asked, .. } => {
                Some(*asked)
            }
            Self::Way
            | Self::Number { .. }
            | Self::Reading(_)
            | Self::Contracts { .. }
            | Self::Wish { .. }
            | Self::Terms { .. }
            | Self::Cash(_)
            | Self::Done(_)
            | Self::Nothing(_) => None,
        }
    }

    /// The last screen of the visit.
    pub(super) const fn says_goodbye(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Nothing(_))
    }

    /// Money was taken, and the payer has not seen the end of it.
    pub(super) const fn is_paid(&self) -> bool {
        matches!(self, Self::Booking { .. } | Self::Done(_) | Self::Nothing(_))
    }

    pub(super) const fn session_end(&self) -> SessionEnd {
        match self {
            Self::Nothing(NothingTaken::Cancelled) => SessionEnd::Cancelled,
            Self::Nothing(NothingTaken::TimedOut) => SessionEnd::TimedOut,
            Self::Nothing(NothingTaken::Device) => SessionEnd::Failed,
            Self::Nothing(NothingTaken::NoDebt | NothingTaken::NotPayable) => SessionEnd::Refused,
            _ => SessionEnd::Completed,
        }
    }
}

/// A way to pay a chosen contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayToPay {
    /// Which.
    pub kind: WayKind,
    /// How much; unknown for a part.
    pub amount: Option<Tiyn>,
    /// What becomes of money above what is due.
    pub early: EarlyWish,
}

/// Which way to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayKind {
    /// What is due today or late.
    Due,
    /// What is due next.
    Next,
    /// All of it.
    Full,
    /// A part early, for a shorter term.
    PartShorter,
    /// A part early, for smaller instalments.
    PartSmaller,
}

impl Session {
    /// Code of what prevents a repayment although the terminal serves.
    #[must_use]
    pub fn no_repayment(&self, now: &Stamp) -> Option<String> {
        let code = if self.facts.reserve_reached {
            "journalFull"
        } else if self.facts.on_battery_since.is_some() {
            "onBattery"
        } else if self.facts.peripherals.get(&Device::Acceptor) != Some(&DeviceState::Usable) {
            "acceptor"
        } else if self.notes_taken(now).is_empty() {
            "noNotes"
        } else {
            return None;
        };
        Some(code.to_owned())
    }

    /// Values that are taken now, ascending. While the time is only estimated no value is taken of which a series has an
    /// end: the acceptor tells values, not series (design section 5).
    #[must_use]
    pub fn notes_taken(&self, now: &Stamp) -> Vec<Denomination> {
        let (Some(pack), Some(today)) = (self.facts.pack(now.utc), calendar::local_date(now.utc)) else {
            return Vec::new();
        };
        let rules = &pack.repayment;
        let ends = |value: &Denomination| {
            rules.accepted.iter().any(|note| note.denomination == *value && note.until.is_some())
        };
        let certain = now.quality == ClockQuality::Trusted;
        rules.denominations(today).into_iter().filter(|value| certain || !ends(value)).collect()
    }

    /// The taking of notes under way, with what the device does.
    #[must_use]
    pub const fn taking(&self) -> Option<&Taking> {
        self.taking.as_ref()
    }

    /// Whether a paper receipt can be expected.
    #[must_use]
    pub fn prints(&self) -> bool {
        !matches!(self.facts.printer, DeviceState::Failed(_))
    }

    pub(super) fn repay_at(&mut self, step: &Step<'_>, repay: Repay) {
        self.enter(step, State::Repay(Box::new(repay)));
    }

    pub(super) fn begin_repayment(&mut self, step: &Step<'_>) {
        let first = if self.facts.online { Repay::Way } else { Repay::Number { error: None } };
        self.repay_at(step, first);
    }

    /// The client is logged in.
    pub(super) fn ask_debts(&mut self, step: &mut Step<'_>, client: Client) {
        let asked = self.record(step, DebtRequested { client: client.id });
        self.repay_at(step, Repay::Asking { asked });
    }

    pub(super) fn decide_repayment(&mut self, step: &mut Step<'_>, decision: Decision) {
        let State::Repay(repay) = self.take() else { return };
        match (*repay, decision) {
            (Repay::Way, Decision::Choose(0)) => {
                self.enter(step, State::EnterIin { errand: Errand::Repay, invalid: false });
            }
            (Repay::Way, Decision::Choose(1)) => self.repay_at(step, Repay::Number { error: None }),
            (Repay::Way, Decision::Choose(2)) | (Repay::Number { .. }, Decision::Decline) => {
                self.read_code(step)
            }
            (Repay::Reading(_), Decision::Decline) => self.type_instead(step, None),
            (Repay::Number { .. }, Decision::Enter(typed)) => self.number_typed(step, &typed),
            (Repay::Contracts { contracts }, Decision::Choose(at)) if payable(contracts.get(at)) => {
                self.repay_at(step, Repay::Wish { contracts, at });
            }
            (Repay::Wish { contracts, at }, Decision::Choose(way)) => {
                match self.deal_of(step, &contracts, at, way) {
                    Some(deal) => self.repay_at(step, Repay::Terms { deal, contracts }),
                    None => self.put_back(Repay::Wish { contracts, at }),
                }
            }
            (Repay::Terms { deal, .. }, Decision::Confirm) => self.begin_cash_in(step, deal),
            (Repay::Terms { .. }, Decision::Decline) => {
                self.repay_at(step, Repay::Nothing(NothingTaken::Cancelled));
            }
            (Repay::Cash(deal), decision) => {
                self.put_back(Repay::Cash(deal));
                self.decide_cash(step, &decision);
            }
            (last @ (Repay::Done(_) | Repay::Nothing(_)), Decision::Confirm) => {
                self.put_back(last);
                self.done(step);
            }
            (other, _) => self.put_back(other),
        }
    }

    /// The state as it was, the same screen.
    fn put_back(&mut self, repay: Repay) {
        self.state = State::Repay(Box::new(repay));
    }

    fn number_typed(&mut self, step: &mut Step<'_>, typed: &Secret) {
        let Ok(number) = ContractNumber::parse(typed.expose()) else {
            return self.repay_at(step, Repay::Number { error: Some(NumberError::Digits) });
        };
        self.number_known(step, Secret::new(number.as_str().to_owned()));
    }

    /// A number that checks was typed or read.
    fn number_known(&mut self, step: &mut Step<'_>, number: Secret) {
        if !self.facts.online {
            let deal = self.deal_offline(step, number);
            return self.repay_at(step, Repay::Terms { deal, contracts: Vec::new() });
        }
        let sealed = RepaymentNumber { number: number.clone() }.to_plaintext();
        let Ok(sealed) = sealed else { return self.end(step, Ending::Unreachable) };
        let asked = self.record_sealed(step, ContractNumberSubmitted {}, sealed);
        self.repay_at(step, Repay::Looking { asked, number });
    }

    fn limit(&self, step: &Step<'_>, offline: bool) -> Tiyn {
        self.facts.pack(step.now.utc).map_or(Tiyn::ZERO, |pack| {
            let rules = &pack.repayment;
            if offline { rules.offline_max_amount_tiyn } else { rules.max_amount_tiyn }
        })
    }

    fn deal_offline(&self, step: &Step<'_>, number: Secret) -> Deal {
        Deal {
            basis: RepaymentBasis::OfflineNumber,
            loan: None,
            number,
            holder: None,
            target: None,
            due: Tiyn::ZERO,
            limit: self.limit(step, true),
            early: EarlyWish::Hold,
            notes: self.notes_taken(&step.now),
        }
    }

    /// Ways to pay a contract, in order. While it is suspended nothing is demanded: no sum that is due is offered,
    /// and whoever wants to pay may.
    #[must_use]
    pub fn ways_to_pay(&self, contract: &ContractDebt, now: &Stamp) -> Vec<WayToPay> {
        let way = |kind, amount, early| WayToPay { kind, amount, early };
        let mut ways = Vec::new();
        if contract.standing == DebtStanding::Suspended {
            // No instalment is named.
        } else if contract.due_tiyn > Tiyn::ZERO {
            ways.push(way(WayKind::Due, Some(contract.due_tiyn), EarlyWish::Hold));
        } else if contract.next_tiyn > Tiyn::ZERO {
            ways.push(way(WayKind::Next, Some(contract.next_tiyn), EarlyWish::Hold));
        }
        ways.push(way(WayKind::Full, Some(contract.total_tiyn), EarlyWish::ShorterTerm));
        let allowed = self.facts.pack(now.utc).map(|pack| pack.early_repayment);
        if allowed.is_some_and(|early| early.shorter_term) {
            ways.push(way(WayKind::PartShorter, None, EarlyWish::ShorterTerm));
        }
        if allowed.is_some_and(|early| early.lower_instalment) {
            ways.push(way(WayKind::PartSmaller, None, EarlyWish::SmallerPayments));
        }
        ways
    }

    fn deal_of(&self, step: &Step<'_>, contracts: &[ContractDebt], at: usize, way: usize) -> Option<Deal> {
        let contract = contracts.get(at)?;
        let way = self.ways_to_pay(contract, &step.now).get(way)?.clone();
        let notes = self.notes_taken(&step.now);
        // Not more than ends the loan: only the last note may pass it.
        let least = notes.first()?.times(1).ok()?.tiyn().max(1);
        let whole = contract.total_tiyn.tiyn().div_ceil(least).saturating_mul(least);
        let limit = self.limit(step, false).min(Tiyn::new(whole).unwrap_or(Tiyn::MAX));
        Some(Deal {
            basis: RepaymentBasis::Login,
            loan: Some(contract.loan),
            number: contract.number.clone(),
            holder: None,
            target: way.amount,
            due: match contract.standing {
                DebtStanding::Running => contract.due_tiyn,
                DebtStanding::Suspended | DebtStanding::WrittenOff => Tiyn::ZERO,
            },
            limit,
            early: way.early,
            notes,
        })
    }

    pub(super) fn repayment_answer(&mut self, step: &mut Step<'_>, message: &Message, repay: Repay) {
        match (repay, &message.body) {
            (Repay::Asking { .. }, MessageBody::Debts { contracts }) => match contracts.as_slice() {
                [] => self.repay_at(step, Repay::Nothing(NothingTaken::NoDebt)),
                [one] if payable(Some(one)) => {
                    self.repay_at(step, Repay::Wish { contracts: contracts.clone(), at: 0 });
                }
                _ => self.repay_at(step, Repay::Contracts { contracts: contracts.clone() }),
            },
            (Repay::Looking { number, .. }, MessageBody::ContractFound { loan, holder_masked, due_tiyn }) => {
                let deal = Deal {
                    basis: RepaymentBasis::Number,
                    loan: Some(*loan),
                    number,
                    holder: Some(holder_masked.clone()),
                    target: Some(*due_tiyn).filter(|due| *due > Tiyn::ZERO),
                    due: *due_tiyn,
                    limit: self.limit(step, false),
                    early: EarlyWish::Hold,
                    notes: self.notes_taken(&step.now),
                };
                self.repay_at(step, Repay::Terms { deal, contracts: Vec::new() });
            }
            (
                Repay::Looking { .. },
                MessageBody::RepaymentRefused { reason: RepaymentRefusal::UnknownNumber },
            ) => self.repay_at(step, Repay::Number { error: Some(NumberError::Unknown) }),
            (Repay::Booking { paid, .. }, MessageBody::RepaymentBooked { repayment, booking })
                if *repayment == paid.repayment =>
            {
                self.show_paid(step, Paid { booking: booking.clone(), ..paid });
            }
            (Repay::Booking { paid, .. }, _) => self.show_paid(step, paid),
            (_, MessageBody::RepaymentRefused { reason: RepaymentRefusal::TryLater }) => {
                self.end(step, Ending::Unreachable);
            }
            (_, MessageBody::RepaymentRefused { reason: RepaymentRefusal::TooMany }) => {
                self.end(step, Ending::NotAvailable);
            }
            (_, MessageBody::RepaymentRefused { reason: RepaymentRefusal::NotPayable }) => {
                self.repay_at(step, Repay::Nothing(NothingTaken::NotPayable));
            }
            _ => self.end(step, Ending::Unreachable),
        }
    }

    /// The receipt, on paper and on the screen.
    fn show_paid(&mut self, step: &mut Step<'_>, paid: Paid) {
        step.effects.push(Effect::Print(Paper::Repayment(paid.repayment)));
        self.repay_at(step, Repay::Done(paid));
    }

    /// The MFO did not say what the money was used for: the receipt says that it is entered after verification.
    pub(super) fn give_up_booking(&mut self, step: &mut Step<'_>) -> bool {
        let State::Repay(repay) = &self.state else { return false };
        let Repay::Booking { paid, .. } = &**repay else { return false };
        let paid = paid.clone();
        self.show_paid(step, paid);
        true
    }

    pub(super) fn repayment_printed(
        &mut self,
        step: &mut Step<'_>,
        repayment: RepaymentId,
        printed: bool,
        sha256: String,
    ) {
        self.record(step, RepaymentReceiptPrinted { repayment, printed, sha256 });
        if let State::Repay(repay) = &mut self.state
            && let Repay::Done(paid) = &mut **repay
            && paid.repayment == repayment
        {
            paid.printed = Some(printed);
        }
    }

    pub(super) fn repayment_back(&mut self, step: &mut Step<'_>) {
        let State::Repay(repay) = self.take() else { return };
        match *repay {
            Repay::Way => self.back_to_menu(step),
            Repay::Number { .. } if self.facts.online => self.repay_at(step, Repay::Way),
            Repay::Number { .. } => self.back_to_menu(step),
            Repay::Reading(_) => self.type_instead(step, None),
            Repay::Contracts { .. } => self.back_to_menu(step),
            Repay::Wish { contracts, .. } if contracts.len() > 1 => {
                self.repay_at(step, Repay::Contracts { contracts });
            }
            Repay::Wish { .. } => self.back_to_menu(step),
            Repay::Terms { contracts, .. } if contracts.is_empty() => {
                self.repay_at(step, Repay::Number { error: None });
            }
            Repay::Terms { deal, contracts } => {
                let at = contracts.iter().position(|one| Some(one.loan) == deal.loan).unwrap_or(0);
                self.repay_at(step, Repay::Wish { contracts, at });
            }
            other => self.put_back(other),
        }
    }

    fn back_to_menu(&mut self, step: &mut Step<'_>) {
        if self.has_menu(&step.now) {
            self.enter(step, State::Menu);
        } else {
            self.end(step, Ending::Cancelled);
        }
    }

    pub(super) fn cancel_repayment(&mut self, step: &mut Step<'_>) {
        let State::Repay(repay) = &self.state else { return };
        if repay.is_paid() {
            return;
        }
        self.end(step, Ending::Cancelled);
    }

    pub(super) fn repayment_clock(&self, repay: &Repay, times: SessionTimes) -> Clock {
        match repay {
            Repay::Way | Repay::Number { .. } | Repay::Contracts { .. } => Clock::Person(times.input_seconds),
            Repay::Wish { .. } | Repay::Terms { .. } => Clock::Person(times.reading_seconds),
            Repay::Looking { .. } | Repay::Asking { .. } | Repay::Booking { .. } => {
                Clock::Answer(times.answer_seconds)
            }
            // Whoever holds a receipt before the camera does not touch the screen; the search ends by itself.
            Repay::Reading(_) => Clock::None,
            Repay::Cash(_) => match self.taking.as_ref().map(|taking| &taking.phase) {
                Some(Phase::Ready) => Clock::Person(times.input_seconds),
                _ => Clock::None,
            },
            Repay::Done(_) | Repay::Nothing(_) => Clock::Farewell(times.farewell_seconds),
        }
    }
}

/// Whether money is taken for it.
fn payable(contract: Option<&ContractDebt>) -> bool {
    contract.is_some_and(|contract| match contract.standing {
        DebtStanding::Running | DebtStanding::Suspended => contract.total_tiyn > Tiyn::ZERO,
        DebtStanding::WrittenOff => false,
    })
}
