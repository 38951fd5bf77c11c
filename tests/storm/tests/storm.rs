//! A short storm on each kind of store. `senim-storm --operations 1000000` is the long one.

use senim_storm::{Base, StormOptions, run};

fn short(base: Base) -> StormOptions {
    StormOptions {
        operations: 6_000,
        terminals: 4,
        threads: 4,
        seed: 20_261_126,
        base,
        gateway_kills: 3,
        database_kills: 2,
        restores: 1,
    }
}

fn nothing_is_lost_doubled_or_paid_twice(base: Base) {
    let Some(report) = run(&short(base)).unwrap() else { return };
    assert!(report.judgement.holds(), "{report:#?}");
    assert!(report.judgement.operations >= 6_000, "{report:#?}");
    assert!(report.judgement.attachments > 0, "{report:#?}");
    assert_eq!((report.faults.gateway_kills, report.faults.restores), (3, 1), "{report:#?}");
}

#[test]
fn a_storm_over_sqlite_loses_and_doubles_nothing() {
    nothing_is_lost_doubled_or_paid_twice(Base::Sqlite);
}

#[test]
fn a_storm_over_postgresql_that_is_killed_too_loses_and_doubles_nothing() {
    nothing_is_lost_doubled_or_paid_twice(Base::Postgres);
}
