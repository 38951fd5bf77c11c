//! An exchange at the screen (XFS4IoT StartExchange … EndExchange): cash officers carry out an order of the MFO, count what they
//! take out and put in, and the books follow their count.
//!
//! It begins with a row and ends with one. In between no payout begins, whatever becomes of the process: units may be out of
//! the machine. The same order is then named again, or the officers say that nothing was brought or taken.

use senim_domain::business_days::Day;
use senim_domain::calendar::local_date;
use senim_domain::cash::{CashBooks, Denomination, UnitNo, UnitStock};
use senim_domain::count::{CountedNotes, CountedPlace, NoteSeries};
use senim_domain::ids::reference;
use senim_domain::{OperationId, OrderId, UtcMillis};
use senim_operation::body::{
    CashCountAdjusted, CashExchange, DenominationCount, ExchangeAbandoned, ExchangeCounted, ExchangeRefused,
    ExchangeStarted, OrderFault, SlipPrinted, StackerCollected,
};

use super::{Session, Step};
use crate::action::Decision;
use crate::durable::EXECUTED_ORDERS_KEPT;
use crate::effect::{Effect, Paper};
use crate::exchange::{COPIES, Exchange, ExchangePage, Exchanged, Officers, OpenExchange, Question};
use crate::facts::Order;
use crate::service::{ServicePage, ServiceStage, Staff};
use crate::state::State;

impl Session {
    fn exchange_page(&mut self, step: &Step<'_>, staff: Staff, page: ExchangePage) {
        self.page(step, staff, ServicePage::Exchange(page));
    }

    /// Everybody whose card is needed has shown it.
    pub(super) fn name_order(&mut self, step: &Step<'_>, staff: Staff, officers: Officers) {
        self.exchange_page(step, staff, ExchangePage::Number { officers });
    }

    /// What is decided on a page of an exchange.
    pub(super) fn decide_exchange(
        &mut self,
        step: &mut Step<'_>,
        staff: Staff,
        page: ExchangePage,
        decision: Decision,
    ) {
        let next = match (page, decision) {
            (ExchangePage::Number { officers }, Decision::Enter(typed)) => {
                self.look_up_order(step, officers, typed.expose())
            }
            (ExchangePage::Refused { officers, fault }, Decision::Confirm) => {
                if !fault.another_number_helps() {
                    return self.page(step, staff, ServicePage::Home);
                }
                ExchangePage::Number { officers }
            }
            (ExchangePage::Order(exchange), Decision::Confirm) => self.begin_exchange(step, exchange),
            (ExchangePage::Order(exchange), Decision::Decline) if exchange.begun => {
                self.abandon_exchange(step, &exchange);
                return self.page(step, staff, ServicePage::Home);
            }
            (ExchangePage::Counting(mut exchange), Decision::Enter(typed)) => {
                let answer = exchange.question().and_then(|question| question.answer(typed.expose()));
                exchange.answers.extend(answer);
                if exchange.question().is_some() {
                    ExchangePage::Counting(exchange)
                } else {
                    ExchangePage::Review(exchange)
                }
            }
            (ExchangePage::Review(mut exchange), Decision::Decline) => {
                exchange.answers.clear();
                ExchangePage::Counting(exchange)
            }
            (ExchangePage::Review(exchange), Decision::Confirm) => {
                return self.end_exchange(step, staff, exchange);
            }
            (ExchangePage::Done(_), Decision::Confirm) => return self.page(step, staff, ServicePage::Home),
            (ExchangePage::Done(mut exchanged), Decision::Decline) => {
                if exchanged.copies.len() < usize::from(COPIES) {
                    ExchangePage::Done(exchanged)
                } else {
                    exchanged.copies.clear();
                    let asked = exchanged.asked;
                    self.exchange_page(step, staff, ExchangePage::Done(exchanged));
                    return print_copies(step, asked);
                }
            }
            (page, _) => page,
        };
        self.exchange_page(step, staff, next);
    }

    /// One step back; `None`: to the home page.
    pub(super) fn back_in_exchange(page: ExchangePage) -> Option<ExchangePage> {
        match page {
            ExchangePage::Number { .. } => None,
            ExchangePage::Refused { officers, .. } => Some(ExchangePage::Number { officers }),
            ExchangePage::Order(exchange) => Some(ExchangePage::Number { officers: exchange.officers }),
            ExchangePage::Counting(mut exchange) | ExchangePage::Review(mut exchange) => {
                Some(if exchange.answers.pop().is_some() {
                    ExchangePage::Counting(exchange)
                } else {
                    ExchangePage::Order(exchange)
                })
            }
            page @ ExchangePage::Done(_) => Some(page),
        }
    }

    fn look_up_order(&self, step: &mut Step<'_>, officers: Officers, typed: &str) -> ExchangePage {
        let number = typed.to_ascii_uppercase();
        let is_it = |id: &OrderId| reference(id).replace('-', "") == number;
        let found = self.facts.orders.iter().find(|(id, _)| is_it(id));
        let fault = match found {
            Some((id, order)) => match self.order_fault(step, *id, order) {
                None => {
                    let questions = self.questions(order);
                    let begun = self.durable.exchange.is_some();
                    return ExchangePage::Order(Box::new(Exchange {
                        officers,
                        id: *id,
                        order: order.clone(),
                        begun,
                        questions,
                        answers: Vec::new(),
                    }));
                }
                Some(fault) => fault,
            },
            None if self.durable.executed_orders.iter().any(is_it) => OrderFault::CarriedOut,
            None => OrderFault::NotHere,
        };
        self.record(step, ExchangeRefused { number, officers: officers.clone(), fault });
        ExchangePage::Refused { officers, fault }
    }

    /// Why an order that is here cannot be carried out now. One that has begun may be ended after its time.
    fn order_fault(&self, step: &Step<'_>, id: OrderId, order: &Order) -> Option<OrderFault> {
        let begun = self.durable.exchange.as_ref().map(|open| open.order);
        let today = local_date(step.now.utc).map(Day);
        let money = |last: &NoteSeries| today.is_some_and(|day| last.holds_on(day));
        let stacker = !order.stacker || self.setup.acceptor.is_some();
        if self.facts.journal_full {
            Some(OrderFault::Journal)
        } else if begun.is_some_and(|open| open != id) {
            Some(OrderFault::AnotherOpen)
        } else if begun.is_none() && step.now.utc > order.expires {
            Some(OrderFault::Expired)
        } else if self.durable.books.in_doubt() > 0 || !self.durable.stuck.is_empty() {
            Some(OrderFault::NotesInDoubt)
        } else if !order.series.iter().all(money) {
            Some(OrderFault::SeriesEnded)
        } else if !stacker || exchanged(&self.durable.books, order, &order.add).is_none() {
            Some(OrderFault::OtherUnits)
        } else {
            None
        }
    }

    /// What is asked, in order: the bag, each unit that is emptied, each cassette that is filled.
    fn questions(&self, order: &Order) -> Vec<Question> {
        let books = &self.durable.books;
        let mut questions = Vec::new();
        if order.stacker || order.rejects || !order.collect.is_empty() {
            questions.extend([Question::Bag, Question::Seal]);
        }
        let taken = |place, unit: Option<UnitNo>, denomination| Question::Taken { place, unit, denomination };
        let cassettes = order.collect.iter().filter_map(|unit| books.units.get(unit));
        questions.extend(
            cassettes.map(|stock| taken(CountedPlace::Cassette, Some(stock.unit), stock.denomination)),
        );
        if order.rejects {
            let places: &[CountedPlace] = if self.setup.dispenser.retract {
                &[CountedPlace::RejectUnit, CountedPlace::RetractUnit]
            } else {
                &[CountedPlace::RejectUnit]
            };
            for place in places {
                questions.extend(books.denominations.keys().map(|note| taken(*place, None, *note)));
            }
        }
        if order.stacker {
            let notes = self.durable.acceptor.0.keys();
            questions.extend(notes.map(|note| taken(CountedPlace::Stacker, None, *note)));
        }
        questions.extend(order.add.iter().map(|stock| Question::Loaded {
            stock: *stock,
            series: order.series.iter().find(|series| series.unit == stock.unit).cloned(),
        }));
        questions
    }

    fn begin_exchange(&mut self, step: &mut Step<'_>, mut exchange: Box<Exchange>) -> ExchangePage {
        if let Some(fault) = self.order_fault(step, exchange.id, &exchange.order) {
            let Exchange { id, officers, .. } = *exchange;
            let number = reference(&id).replace('-', "");
            self.record(step, ExchangeRefused { number, officers: officers.clone(), fault });
            return ExchangePage::Refused { officers, fault };
        }
        self.durable.exchange = Some(OpenExchange { order: exchange.id });
        let (order, order_sha256) = (exchange.id, exchange.order.sha256.clone());
        let officers = exchange.officers.clone();
        self.record_durable(step, ExchangeStarted { order, order_sha256, officers });
        exchange.begun = true;
        if exchange.question().is_some() {
            ExchangePage::Counting(exchange)
        } else {
            ExchangePage::Review(exchange)
        }
    }

    fn abandon_exchange(&mut self, step: &mut Step<'_>, exchange: &Exchange) {
        self.durable.exchange = None;
        let (order, officers) = (exchange.id, exchange.officers.clone());
        self.record_durable(step, ExchangeAbandoned { order, officers });
        self.devices_due = step.now.mono;
    }

    /// What was counted, beside what the books say now.
    #[must_use]
    pub fn counted(&self, exchange: &Exchange) -> ExchangeCounted {
        exchange.counted(|place, unit, denomination| match place {
            CountedPlace::Stacker => {
                self.durable.acceptor.0.get(&denomination).map_or(0, |sums| sums.in_stacker())
            }
            CountedPlace::Cassette
            | CountedPlace::RejectUnit
            | CountedPlace::RetractUnit
            | CountedPlace::Exit => self.durable.books.expected(place, unit, denomination),
        })
    }

    fn end_exchange(&mut self, step: &mut Step<'_>, staff: Staff, exchange: Box<Exchange>) {
        let counted = self.counted(&exchange);
        // Nothing is lost meanwhile: the officers try again once the journal takes rows.
        let order = if self.facts.journal_full { None } else { self.facts.orders.remove(&exchange.id) };
        let Some(order) = order else {
            return self.exchange_page(step, staff, ExchangePage::Review(exchange));
        };
        let asked = match self.carry_out(step, exchange.id, order, Some(&counted)) {
            Ok(asked) => asked,
            Err(order) => {
                self.facts.orders.insert(exchange.id, order);
                return self.exchange_page(step, staff, ExchangePage::Review(exchange));
            }
        };
        let (at, language) = (step.now.utc, self.language);
        let done = Exchanged { asked, at, counted, language, copies: Vec::new() };
        self.exchange_page(step, staff, ExchangePage::Done(Box::new(done)));
        print_copies(step, asked);
    }

    /// The officer carried out a signed order, everything being as the books and the order say: a rig's.
    pub(super) fn on_exchange(&mut self, step: &mut Step<'_>, id: OrderId) {
        if !self.at_rest() {
            return;
        }
        let Some(order) = self.facts.orders.remove(&id) else { return };
        if step.now.utc > order.expires {
            return;
        }
        if let Err(order) = self.carry_out(step, id, order, None) {
            self.facts.orders.insert(id, order);
        }
    }

    /// The one way for stock to enter the books. `counted`: what the officers found, where they counted.
    fn carry_out(
        &mut self,
        step: &mut Step<'_>,
        id: OrderId,
        order: Order,
        counted: Option<&ExchangeCounted>,
    ) -> Result<OperationId, Order> {
        let (mut books, mut acceptor) = (self.durable.books.clone(), self.durable.acceptor.clone());
        let taken = counted.map_or(&[][..], |counted| &counted.taken);
        let corrected = taken.iter().try_for_each(|found| {
            acceptor.correct(found)?;
            books.correct(found)
        });
        let added = match counted {
            Some(counted) => counted.loaded.iter().map(|notes| notes.stock).collect(),
            None => order.add.clone(),
        };
        let collected: Vec<UnitStock> =
            order.collect.iter().filter_map(|unit| books.units.get(unit).copied()).collect();
        let after = corrected.ok().and_then(|()| exchanged(&books, &order, &added));
        let from_stacker = if order.stacker { acceptor.collect().ok() } else { Some(Vec::new()) };
        let (Some(after), Some(from_stacker)) = (after, from_stacker) else {
            self.contradicted(step, "the order does not fit the books".to_owned());
            return Err(order);
        };
        if let Some(counted) = counted {
            self.record(step, counted.clone());
            if let Some(adjusted) = adjusted(&counted.taken) {
                self.record(step, adjusted);
            }
        }
        self.durable.acceptor = acceptor;
        if order.stacker {
            let noted = |(denomination, notes)| DenominationCount { denomination, notes };
            let body = StackerCollected {
                order: id,
                order_sha256: order.sha256.clone(),
                collected: from_stacker.into_iter().map(noted).collect(),
                books_after: self.durable.acceptor.clone(),
            };
            // Before the order counts as carried out: a crash between the two rows finds an empty stacker and the order.
            self.record_cash(step, body, None);
        }
        self.follow_series(&order);
        self.durable.books = after;
        self.durable.exchange = None;
        self.durable.executed_orders.push(id);
        let surplus = self.durable.executed_orders.len().saturating_sub(EXECUTED_ORDERS_KEPT);
        self.durable.executed_orders.drain(..surplus);
        let body = CashExchange {
            order: id,
            order_sha256: order.sha256,
            collected,
            added,
            books_after: self.durable.books.clone(),
        };
        let row = self.record_cash(step, body, None);
        self.devices_due = step.now.mono;
        Ok(row)
    }

    /// Which series lie in the cassettes from now on. Called before the books are those after the order.
    fn follow_series(&mut self, order: &Order) {
        let books = &self.durable.books;
        let stays = |unit: &UnitNo| {
            !order.collect.contains(unit) && books.units.get(unit).is_some_and(|stock| stock.notes > 0)
        };
        self.durable.series.retain(|series| stays(&series.unit));
        self.durable.series.extend(order.series.iter().cloned());
    }

    /// Whether the notes of a cassette are money now, as far as the orders stated that brought them (B11).
    fn is_money(&self, unit: UnitNo, now: UtcMillis) -> bool {
        let today = local_date(now).map(Day);
        let mut here = self.durable.series.iter().filter(|series| series.unit == unit);
        here.all(|series| series.valid_until.is_none() || today.is_some_and(|today| series.holds_on(today)))
    }

    /// Cassettes with notes that can be paid from now.
    pub(super) fn payable_stock(&self, now: UtcMillis) -> Vec<UnitStock> {
        let mut stock = self.durable.books.stock();
        stock.retain(|unit| self.is_money(unit.unit, now));
        stock
    }

    /// Cassettes whose notes are no money any more: nothing is paid from them, and an order has to empty them.
    #[must_use]
    pub fn ended_series(&self, now: UtcMillis) -> Vec<UnitNo> {
        let stock = self.durable.books.stock().into_iter();
        stock.filter(|unit| unit.notes > 0 && !self.is_money(unit.unit, now)).map(|unit| unit.unit).collect()
    }

    /// A copy of an act came out, or did not.
    pub(super) fn act_printed(
        &mut self,
        step: &mut Step<'_>,
        of: OperationId,
        printed: bool,
        sha256: String,
    ) {
        self.record(step, SlipPrinted { of, printed, sha256 });
        if let State::Service(service) = &mut self.state
            && let ServiceStage::Open { page: ServicePage::Exchange(ExchangePage::Done(done)), .. } =
                &mut service.stage
            && done.asked == of
        {
            done.copies.push(printed);
        }
    }
}

/// The books once this order is carried out with these notes; `None` where it does not fit them.
fn exchanged(books: &CashBooks, order: &Order, add: &[UnitStock]) -> Option<CashBooks> {
    let mut after = books.clone();
    order.collect.iter().try_for_each(|unit| after.collect(*unit).map(drop)).ok()?;
    if order.rejects {
        after.collect_rejects().ok()?;
    }
    add.iter().try_for_each(|stock| after.add(*stock)).ok()?;
    Some(after)
}

/// What differs of the dispenser and the stacker, by denomination; `None` where nothing does.
fn adjusted(taken: &[CountedNotes]) -> Option<CashCountAdjusted> {
    if taken.iter().all(|notes| notes.difference() == 0) {
        return None;
    }
    let mut values: Vec<Denomination> = taken.iter().map(|notes| notes.denomination).collect();
    values.sort_unstable();
    values.dedup();
    let sum = |notes_of: fn(&CountedNotes) -> u32| {
        let of = |denomination: &Denomination| DenominationCount {
            denomination: *denomination,
            notes: taken
                .iter()
                .filter(|notes| notes.denomination == *denomination)
                .fold(0, |sum, notes| sum.saturating_add(notes_of(notes))),
        };
        values.iter().map(of).collect()
    };
    Some(CashCountAdjusted { expected: sum(|notes| notes.expected), counted: sum(|notes| notes.counted) })
}

fn print_copies(step: &mut Step<'_>, asked: OperationId) {
    step.effects.extend((0..COPIES).map(|_| Effect::Print(Paper::Act(asked))));
}
