//! The real-time clock is wrong: what counts is the MFO's time, and before it what is known to have passed.

use senim_domain::UtcMillis;
use senim_domain::cash::{Denomination, UnitNo, UnitStock};
use senim_domain::time::ClockQuality;
use senim_rig::world::START;
use senim_rig::{Travel, World, WorldOptions, invariants};
use senim_runtime::Input;

const TEN_YEARS_MS: i64 = 10 * 365 * 86_400_000;
/// A dead battery: the clock begins in 1970.
const DEAD_MS: i64 = -START.0;

fn with_clock(rtc_error_ms: i64) -> WorldOptions {
    WorldOptions { rtc_error_ms, ..WorldOptions::default() }
}

/// Rows of trusted time were written in the world's time.
fn assert_true_times(world: &World) {
    let (from, to) = (START, UtcMillis(world.utc().0));
    let rows = world.rows();
    let trusted = rows.iter().filter(|row| row.envelope.clock_quality == ClockQuality::Trusted);
    let times: Vec<UtcMillis> = trusted.map(|row| row.envelope.at).collect();
    assert!(times.len() > 10 && times.iter().all(|at| (from..=to).contains(at)), "{times:?}");
}

#[test]
fn a_clock_ten_years_wrong_or_dead_changes_nothing_once_the_mfo_has_said_the_time() {
    for error in [TEN_YEARS_MS, -TEN_YEARS_MS, DEAD_MS] {
        let mut world = World::new(with_clock(error));
        world.visit();
        invariants::all(&world);
        assert_eq!(invariants::left_tenge(&world), 100_000, "{error}");
        assert_true_times(&world);
    }
}

#[test]
fn a_clock_that_jumps_in_the_middle_of_a_visit_moves_nothing() {
    for error in [TEN_YEARS_MS, -TEN_YEARS_MS] {
        let mut world = World::new(WorldOptions::default());
        world.borrower = true;
        assert!(world.run_until(600_000, |world| world.count("ContractAgreed") == 1));
        world.options.rtc_error_ms = error;
        assert!(world.run_until(600_000, |world| world.count("PayoutEnded") == 1));
        world.options.rtc_error_ms = 0;
        world.borrower = false;
        world.settle();
        invariants::all(&world);
        assert_eq!(invariants::left_tenge(&world), 100_000);
        assert_true_times(&world);
    }
}

#[test]
fn before_the_mfo_has_said_the_time_rows_say_estimated_and_never_lie_before_what_has_passed() {
    for error in [0, TEN_YEARS_MS, -TEN_YEARS_MS, DEAD_MS] {
        let mut world = World::new(with_clock(error));
        let known = world.rows().len();
        world.kill();
        world.line = Box::new(|_| Travel::Lost);
        world.start(None);
        world.run_until(60_000, |_| false);
        let rows = world.rows();
        assert!(rows.len() > known + 1);
        for row in &rows[known..] {
            assert_eq!(row.envelope.clock_quality, ClockQuality::Estimated);
            assert!(row.envelope.at >= START, "{error}: {}", row.envelope.at);
        }
        world.line = Box::new(|_| Travel::Good);
        world.settle();
        invariants::all(&world);
    }
}

#[test]
fn offline_after_a_restart_no_loan_begins_and_an_order_that_is_stored_can_be_carried_out() {
    let mut world = World::new(WorldOptions::default());
    let add = vec![UnitStock { unit: UnitNo(1), denomination: Denomination(5_000), notes: 3 }];
    let order = world.mfo.order(&world.terminal, add, world.utc());
    let stored = |world: &World| world.kernel().session().facts().orders.contains_key(&order);
    assert!(world.run_until(60_000, stored));
    let done = world.count("CashExchange");
    world.kill();
    world.line = Box::new(|_| Travel::Lost);
    world.start(None);
    world.run_until(30_000, |_| false);
    assert_eq!(world.no_cash_loan().as_deref(), Some("offline"));
    world.input(Input::ExchangeDone(order));
    assert_eq!(world.count("CashExchange"), done + 1);
    world.line = Box::new(|_| Travel::Good);
    world.settle();
}

#[test]
fn by_an_estimated_time_behind_its_end_an_order_is_not_carried_out_and_the_terminal_says_why_it_does_not_serve()
 {
    let mut world = World::new(WorldOptions::default());
    let add = vec![UnitStock { unit: UnitNo(1), denomination: Denomination(5_000), notes: 3 }];
    let order = world.mfo.order(&world.terminal, add, world.utc());
    let stored = |world: &World| world.kernel().session().facts().orders.contains_key(&order);
    assert!(world.run_until(60_000, stored));
    let done = world.count("CashExchange");
    world.kill();
    world.line = Box::new(|_| Travel::Lost);
    world.options.rtc_error_ms = TEN_YEARS_MS;
    world.start(None);
    world.input(Input::ExchangeDone(order));
    world.run_until(30_000, |_| false);
    assert_eq!(world.count("CashExchange"), done);
    assert!(world.out_of_service().contains(&"rulePackExpired".to_owned()), "{:?}", world.out_of_service());
    world.line = Box::new(|_| Travel::Good);
    assert!(world.run_until(120_000, |world| world.out_of_service().is_empty()), "the MFO's time cures it");
    world.settle();
}
