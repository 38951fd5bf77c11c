//! An exchange at the screen: whose cards open it, which orders are refused, what the books make of a count, and its act.

use senim_domain::business_days::Day;
use senim_domain::calendar::local_midnight;
use senim_domain::cash::{Denomination, UnitNo, UnitStock};
use senim_domain::count::NoteSeries;
use senim_domain::ids::reference;
use senim_domain::rule_pack::{StaffCard, StaffRole, StaffRules};
use senim_domain::time::Stamp;
use senim_domain::{OrderId, UtcMillis};
use senim_operation::body::{Body, OrderFault, ServiceCardFault};
use senim_operation::jws::sha256_b64;
use senim_operation::message::MessageBody;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::durable::DurableState;
use senim_session::effect::{Effect, Paper};
use senim_session::event::Event;
use senim_session::exchange::{ExchangePage, Question};
use senim_session::service::{ServicePage, ServiceTask, StaffCardProblem, StaffCardStage};
use senim_session::state::State;
use uuid::Uuid;

use crate::desk::*;
use crate::service::with_reader;

pub const TECHNICIAN: &[u8] = b"a technician's certificate";
pub const OFFICER: &[u8] = b"a cash officer's certificate";
pub const SECOND: &[u8] = b"another cash officer's certificate";
/// A second card of the first officer.
const SPARE: &[u8] = b"the first cash officer's other certificate";

fn staff(two_persons_for_cash: bool) -> MessageBody {
    let mut pack = pack();
    pack.version += 1;
    let card = |staff: &str, role, certificate| StaffCard {
        staff: staff.into(),
        role,
        certificate_sha256: sha256_b64(certificate),
    };
    let cards = vec![
        card("t-017", StaffRole::Technician, TECHNICIAN),
        card("c-004", StaffRole::CashOfficer, OFFICER),
        card("c-004", StaffRole::CashOfficer, SPARE),
        card("c-011", StaffRole::CashOfficer, SECOND),
    ];
    pack.staff = Some(StaffRules { cards, two_persons_for_cash });
    pack.validate().unwrap();
    MessageBody::RulePack(Box::new(pack))
}

fn id() -> OrderId {
    OrderId(Uuid::from_u128(0x09C2_7F3A))
}

fn number(id: OrderId) -> String {
    reference(&id).replace('-', "")
}

/// Empties cassette 1 and the reject unit, and fills cassette 1 with as many notes of the same value.
fn order(desk: &Desk) -> MessageBody {
    let stock = desk.session.durable().books.units[&UnitNo(1)];
    MessageBody::CashOrder {
        order: id(),
        collect: vec![UnitNo(1)],
        add: vec![UnitStock { notes: 80, ..stock }],
        expires: UtcMillis(NOON.0 + 7_200_000),
        stacker: false,
        rejects: true,
        series: Vec::new(),
    }
}

impl Desk {
    pub fn with_officers(two: bool) -> Self {
        let mut desk = Self::open_with(with_reader(false), stock());
        desk.send(Event::Stored(Box::new(durable_message(staff(two)))));
        desk
    }

    fn ordered(mut self, body: MessageBody) -> Self {
        let message = self.message(body, None, None);
        self.send(Event::Directive(Box::new(message)));
        self
    }

    pub fn opened_by(mut self, certificate: &[u8]) -> Self {
        self.turn(true);
        self.shows_as_staff(certificate);
        self
    }

    pub fn shows_as_staff(&mut self, certificate: &[u8]) {
        self.shows_card(certificate, 3);
        self.types_pin();
        self.signs();
    }

    /// A cash officer before the question for the number.
    fn at_number(body: impl FnOnce(&Self) -> MessageBody) -> Self {
        let desk = Self::with_officers(false);
        let body = body(&desk);
        let mut desk = desk.ordered(body).opened_by(OFFICER);
        desk.turns_to(ServiceTask::Exchange);
        desk
    }

    fn at_order() -> Self {
        let mut desk = Self::at_number(order);
        desk.enter(&number(id()));
        assert!(matches!(desk.exchange_page(), ExchangePage::Order(_)), "{:?}", desk.exchange_page());
        desk
    }

    fn exchange_page(&self) -> &ExchangePage {
        match self.service_page() {
            ServicePage::Exchange(page) => page,
            other => panic!("no exchange: {other:?}"),
        }
    }

    /// Answers every question: codes with `B001`, units by `taken`, what is loaded by `loaded`.
    fn counts(&mut self, taken: impl Fn(&Question) -> u32, loaded: u32) {
        while let ExchangePage::Counting(exchange) = self.exchange_page() {
            let typed = match exchange.question().unwrap() {
                Question::Bag => "B001".to_owned(),
                Question::Seal => "S778".to_owned(),
                question @ Question::Taken { .. } => taken(question).to_string(),
                Question::Loaded { .. } => loaded.to_string(),
            };
            self.enter(&typed);
        }
    }

    /// What a count finds where nothing is wrong.
    fn by_books(&self) -> impl Fn(&Question) -> u32 + use<> {
        let books = self.session.durable().books.clone();
        move |question| match question {
            Question::Taken { place, unit, denomination } => books.expected(*place, *unit, *denomination),
            other => panic!("not counted: {other:?}"),
        }
    }

    fn refusals(&self) -> Vec<OrderFault> {
        let rows = self.rows().into_iter().filter_map(|body| match body {
            Body::ExchangeRefused(row) => Some(row.fault),
            _ => None,
        });
        rows.collect()
    }

    fn acts(&self) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::Print(Paper::Act(_)))).count()
    }
}

#[test]
fn an_order_is_carried_out_count_by_count_and_its_act_is_printed_twice() {
    let mut desk = Desk::at_order();
    let first = desk.send(Event::Timeout);
    desk.decide(Decision::Confirm);
    assert_eq!(desk.kinds_from(first), ["ExchangeStarted"]);
    assert!(desk.session.out_of_service(&desk.now).contains(&"exchangeOpen".to_owned()));
    let counted = desk.by_books();
    desk.counts(counted, 80);
    assert!(matches!(desk.exchange_page(), ExchangePage::Review(_)));
    let first = desk.send(Event::Timeout);
    desk.decide(Decision::Confirm);
    assert_eq!(desk.kinds_from(first), ["ExchangeCounted", "CashExchange"]);
    let Body::ExchangeCounted(row) = desk.rows_from(first)[0] else { panic!() };
    assert_eq!((row.bag.as_deref(), row.seal.as_deref()), (Some("B001"), Some("S778")));
    assert_eq!(row.officers, ["c-004"]);
    assert!(row.taken.iter().all(|notes| notes.difference() == 0));
    assert_eq!((row.loaded[0].ordered, row.loaded[0].stock.notes), (80, 80));
    let durable = desk.session.durable();
    assert_eq!(durable.books.units[&UnitNo(1)].notes, 80);
    assert!(durable.books.balance());
    assert_eq!(durable.exchange, None);
    assert_eq!(desk.acts(), 2);
    let ExchangePage::Done(done) = desk.exchange_page() else { panic!() };
    let paper = Paper::Act(done.asked);
    for printed in [true, false] {
        desk.send(Event::ReceiptDone { paper, printed, sha256: sha256_b64(b"act") });
    }
    let ExchangePage::Done(done) = desk.exchange_page() else { panic!() };
    assert_eq!(done.copies, [true, false]);
    desk.decide(Decision::Decline);
    assert_eq!(desk.acts(), 4, "printed again");
    assert_eq!(desk.count("SlipPrinted"), 2);
}

#[test]
fn a_difference_is_a_row_and_the_books_hold_what_was_counted() {
    let mut desk = Desk::at_order();
    desk.decide(Decision::Confirm);
    let held = desk.session.durable().books.units[&UnitNo(1)];
    let expected = desk.by_books();
    let one_missing = move |question: &Question| match question {
        Question::Taken { unit: Some(_), .. } => expected(question) - 1,
        _ => expected(question),
    };
    desk.counts(one_missing, 79);
    let first = desk.send(Event::Timeout);
    desk.decide(Decision::Confirm);
    assert_eq!(desk.kinds_from(first), ["ExchangeCounted", "CashCountAdjusted", "CashExchange"]);
    let Body::CashCountAdjusted(row) = desk.rows_from(first)[1] else { panic!() };
    let of = |counts: &[senim_operation::body::DenominationCount]| {
        counts.iter().find(|count| count.denomination == held.denomination).unwrap().notes
    };
    assert_eq!(of(&row.expected), of(&row.counted) + 1);
    let Body::CashExchange(row) = desk.rows_from(first)[2] else { panic!() };
    assert_eq!(row.collected[0].notes, held.notes - 1);
    let books = &desk.session.durable().books;
    assert_eq!(books.units[&UnitNo(1)].notes, 79, "what was put in, not what was ordered");
    assert_eq!(books.denominations[&held.denomination].adjusted_minus, 1);
    assert!(books.balance());
}

#[test]
fn a_technician_finds_no_cash_work_and_a_card_alone_touches_none() {
    let desk = Desk::with_officers(false);
    let body = order(&desk);
    let mut desk = desk.ordered(body).opened_by(TECHNICIAN);
    let tasks = desk.session.service_tasks(StaffRole::Technician);
    assert!(!tasks.contains(&ServiceTask::Exchange));
    desk.decide(Decision::Choose(tasks.len()));
    assert_eq!(*desk.service_page(), ServicePage::Home);
    assert_eq!(desk.count("ExchangeStarted"), 0);
}

#[test]
fn where_two_touch_cash_neither_a_technician_nor_the_first_officer_is_the_second() {
    let desk = Desk::with_officers(true);
    let body = order(&desk);
    let mut desk = desk.ordered(body).opened_by(OFFICER);
    desk.turns_to(ServiceTask::Exchange);
    for stranger in [TECHNICIAN, OFFICER, SPARE] {
        assert!(matches!(desk.staff_card(), StaffCardStage::Insert));
        desk.shows_card(stranger, 3);
        let problem = StaffCardProblem::NotASecondOfficer;
        assert!(matches!(desk.staff_card(), StaffCardStage::Problem { problem: told } if *told == problem));
        desk.decide(Decision::Confirm);
    }
    let refused = |staff| (Some(staff), ServiceCardFault::NotASecondOfficer);
    assert_eq!(desk.cards_refused(), [refused("t-017"), refused("c-004"), refused("c-004")]);
    desk.shows_as_staff(SECOND);
    assert_eq!(desk.count("ServiceModeOpened"), 1);
    desk.enter(&number(id()));
    desk.decide(Decision::Confirm);
    let rows = desk.rows();
    let Some(Body::ExchangeStarted(row)) = rows.last().copied() else { panic!("{rows:?}") };
    assert_eq!(row.officers, ["c-004", "c-011"]);
}

#[test]
fn a_second_officer_who_does_not_come_leaves_the_first_where_they_were() {
    let mut desk = Desk::with_officers(true).opened_by(OFFICER);
    desk.turns_to(ServiceTask::Exchange);
    desk.act(Action::Back);
    assert_eq!(*desk.service_page(), ServicePage::Home);
    desk.turns_to(ServiceTask::Exchange);
    desk.wait_ms(600_000);
    assert_eq!(desk.count("ServiceModeClosed"), 1, "it does not stay open for ever");
    desk.shows_as_staff(SECOND);
    assert_eq!(*desk.service_page(), ServicePage::Home, "as whose own it opens, not as a second");
    assert_eq!(desk.count("ServiceModeOpened"), 2);
}

#[test]
fn an_order_that_is_not_here_is_over_or_does_not_fit_is_refused_with_its_reason() {
    let with = |change: fn(&mut MessageBody)| {
        Desk::at_number(|desk| {
            let mut body = order(desk);
            change(&mut body);
            body
        })
    };
    let refused = |mut desk: Desk, typed: &str, fault: OrderFault| {
        desk.enter(typed);
        assert!(
            matches!(desk.exchange_page(), ExchangePage::Refused { fault: told, .. } if *told == fault),
            "{fault:?}: {:?}",
            desk.exchange_page()
        );
        assert_eq!(desk.refusals(), [fault]);
        assert_eq!(desk.count("ExchangeStarted"), 0);
        desk.decide(Decision::Confirm);
        if fault.another_number_helps() {
            assert!(matches!(desk.exchange_page(), ExchangePage::Number { .. }), "{fault:?}");
        } else {
            assert_eq!(*desk.service_page(), ServicePage::Home, "{fault:?}: something is to be done first");
        }
    };
    let number = number(id());
    refused(with(|_| {}), "00000000", OrderFault::NotHere);
    let mut late = with(|_| {});
    late.now.utc = UtcMillis(NOON.0 + 7_200_001);
    refused(late, &number, OrderFault::Expired);
    let other_value = |body: &mut MessageBody| {
        let MessageBody::CashOrder { collect, add, .. } = body else { panic!() };
        collect.clear();
        add[0].denomination = Denomination(200);
    };
    refused(with(other_value), &number, OrderFault::OtherUnits);
    let no_cassette = |body: &mut MessageBody| {
        let MessageBody::CashOrder { collect, .. } = body else { panic!() };
        collect.push(UnitNo(9));
    };
    refused(with(no_cassette), &number, OrderFault::OtherUnits);
    let no_acceptor = |body: &mut MessageBody| {
        let MessageBody::CashOrder { stacker, .. } = body else { panic!() };
        *stacker = true;
    };
    refused(with(no_acceptor), &number, OrderFault::OtherUnits);
    let ended = |body: &mut MessageBody| {
        let MessageBody::CashOrder { series, .. } = body else { panic!() };
        let valid_until = Some(Day(jiff::civil::date(2020, 1, 1)));
        series.push(NoteSeries { unit: UnitNo(1), series: "2011".into(), valid_until });
    };
    refused(with(ended), &number, OrderFault::SeriesEnded);
    let mut full = with(|_| {});
    full.send(Event::Journal { writable: false });
    refused(full, &number, OrderFault::Journal);
}

#[test]
fn an_order_is_not_carried_out_twice() {
    let mut desk = Desk::at_order();
    desk.decide(Decision::Confirm);
    let counted = desk.by_books();
    desk.counts(counted, 80);
    desk.decide(Decision::Confirm);
    desk.decide(Decision::Confirm);
    assert_eq!(*desk.service_page(), ServicePage::Home);
    desk.turns_to(ServiceTask::Exchange);
    desk.enter(&number(id()));
    assert_eq!(desk.refusals(), [OrderFault::CarriedOut]);
    assert_eq!(desk.count("CashExchange"), 2, "one is the desk's own stock");
}

#[test]
fn an_exchange_outlives_the_process_and_nobody_is_served_until_it_ends() {
    let mut desk = Desk::at_order();
    desk.decide(Decision::Confirm);
    desk.enter("B001");
    desk.turn(false);
    assert!(matches!(desk.session.state(), State::Idle));
    assert_eq!(desk.session.out_of_service(&desk.now), ["exchangeOpen"]);
    let setup = with_reader(false);
    let mut desk = desk.restart(setup, latch(0));
    desk.send(Event::Stored(Box::new(durable_message(staff(false)))));
    assert!(desk.session.out_of_service(&desk.now).contains(&"exchangeOpen".to_owned()));
    let body = order(&desk);
    desk.send(Event::Stored(Box::new(durable_message(body))));
    let mut desk = desk.opened_by(OFFICER);
    desk.turns_to(ServiceTask::Exchange);
    // It began in time, and ends whenever the officers come back.
    desk.now.utc = UtcMillis(NOON.0 + 7_200_001);
    desk.enter(&number(id()));
    assert!(matches!(desk.exchange_page(), ExchangePage::Order(exchange) if exchange.begun));
    desk.decide(Decision::Decline);
    assert_eq!(desk.count("ExchangeAbandoned"), 1);
    assert_eq!(desk.session.durable().exchange, None);
    assert_eq!(desk.session.durable().books.units[&UnitNo(1)], stock()[0]);
}

#[test]
fn what_is_mistyped_is_asked_again_and_one_step_back_asks_the_last_question_again() {
    let mut desk = Desk::at_order();
    desk.decide(Decision::Confirm);
    for wrong in ["", "B1", "b001", "B-001", "B00100100100100100100"] {
        desk.enter(wrong);
        let ExchangePage::Counting(exchange) = desk.exchange_page() else { panic!("{wrong}") };
        assert_eq!(exchange.question(), Some(&Question::Bag), "{wrong}");
    }
    desk.enter("B001");
    desk.enter("S778");
    for wrong in ["", "x", "-1", "100000"] {
        desk.enter(wrong);
        let ExchangePage::Counting(exchange) = desk.exchange_page() else { panic!("{wrong}") };
        assert!(matches!(exchange.question(), Some(Question::Taken { .. })), "{wrong}");
    }
    desk.act(Action::Back);
    let ExchangePage::Counting(exchange) = desk.exchange_page() else { panic!() };
    assert_eq!(exchange.question(), Some(&Question::Seal));
    assert_eq!(desk.count("CashExchange"), 1, "nothing is booked before it is confirmed");
}

#[test]
fn while_notes_are_in_doubt_or_stuck_no_unit_is_emptied() {
    let two = |durable: &DurableState| {
        let denomination = durable.books.units[&UnitNo(1)].denomination;
        [senim_domain::cash::UnitRequest { unit: UnitNo(1), denomination, notes: 2 }]
    };
    no_unit_is_emptied(|durable| durable.books.book_uncertain(&two(durable)).unwrap());
    no_unit_is_emptied(|durable| durable.stuck = two(durable).to_vec());
}

fn no_unit_is_emptied(after: impl Fn(&mut DurableState)) {
    let mut desk = Desk::at_number(order);
    let (setup, latch) = (with_reader(false), latch(0));
    let mut disk = desk.session.durable().clone();
    after(&mut disk);
    desk.disk = disk;
    let mut desk = desk.restart(setup, latch);
    desk.send(Event::Stored(Box::new(durable_message(staff(false)))));
    let body = order(&desk);
    desk.send(Event::Stored(Box::new(durable_message(body))));
    let mut desk = desk.opened_by(OFFICER);
    desk.turns_to(ServiceTask::Exchange);
    desk.enter(&number(id()));
    assert_eq!(desk.refusals(), [OrderFault::NotesInDoubt]);
}

#[test]
fn notes_whose_series_ended_after_they_were_loaded_are_paid_out_no_more() {
    let last = Day(jiff::civil::date(2026, 12, 24));
    let mut desk = Desk::with_officers(false);
    let series = NoteSeries { unit: UnitNo(1), series: "2006".into(), valid_until: Some(last) };
    let MessageBody::CashOrder { order, collect, add, expires, stacker, rejects, .. } = order(&desk) else {
        panic!()
    };
    let body =
        MessageBody::CashOrder { order, collect, add, expires, stacker, rejects, series: vec![series] };
    let mut desk = {
        let message = desk.message(body, None, None);
        desk.send(Event::Directive(Box::new(message)));
        desk.opened_by(OFFICER)
    };
    desk.turns_to(ServiceTask::Exchange);
    desk.enter(&number(id()));
    desk.decide(Decision::Confirm);
    let counted = desk.by_books();
    desk.counts(counted, 80);
    desk.decide(Decision::Confirm);
    let product = pack().products[0].clone();
    let most = |desk: &Desk, utc| {
        let now = Stamp { utc, ..desk.now };
        desk.session.sums(&product, &now).last().copied()
    };
    let midnight = local_midnight(jiff::civil::date(2026, 12, 25)).unwrap();
    let (before, after) = (UtcMillis(midnight.0 - 1), midnight);
    assert!(most(&desk, before).unwrap() > most(&desk, after).unwrap());
    assert_eq!(most(&desk, after).unwrap().tenge(), 100_000, "a hundred notes of 1,000 are left");
    assert_eq!(desk.session.ended_series(before), []);
    assert_eq!(desk.session.ended_series(after), [UnitNo(1)]);
    let durable = desk.session.durable().clone();
    let desk = Desk::over(setup(), durable);
    assert_eq!(desk.session.ended_series(after), [UnitNo(1)], "a restart remembers");
}

#[test]
fn orders_that_wait_are_stored_beside_each_other() {
    let mut desk = Desk::with_officers(false);
    let MessageBody::CashOrder { collect, add, expires, stacker, rejects, series, .. } = order(&desk) else {
        panic!()
    };
    let mut places = Vec::new();
    for number in 1..=9 {
        let body = MessageBody::CashOrder {
            order: OrderId(Uuid::from_u128(number)),
            collect: collect.clone(),
            add: add.clone(),
            expires,
            stacker,
            rejects,
            series: series.clone(),
        };
        let message = desk.message(body, None, None);
        let first = desk.send(Event::Directive(Box::new(message)));
        places.extend(desk.records_from(first).iter().filter_map(|record| record.directive.clone()));
    }
    let names: Vec<&str> = places.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(names[..3], ["CashOrder", "CashOrder/1", "CashOrder/2"]);
    assert_eq!(names[7..], ["CashOrder/7", "CashOrder"], "the ninth takes the place of the first");
}
