//! A small fleet that comes back at the same moment. `senim-storm fleet` is the large one.

use senim_storm::{Base, FleetOptions, fleet};

fn a_fleet_drains(lines: usize) {
    let options = FleetOptions {
        terminals: 50,
        operations: 20,
        base: Base::Sqlite,
        outage_seconds: 0,
        lines,
        idle_seconds: 0,
        seed: 20_261_126,
    };
    let report = fleet::run(&options).unwrap().unwrap();
    assert!(report.loss.none(), "{report:#?}");
    assert_eq!((report.rows, report.terminal_ms.count), (1_000, 50), "{report:#?}");
    assert!(report.attachments > 0 && report.traffic.handshakes_full >= 50, "{report:#?}");
}

#[test]
fn a_fleet_with_three_lines_each_comes_back_and_loses_nothing() {
    a_fleet_drains(3);
}

#[test]
fn a_fleet_with_one_line_each_comes_back_and_loses_nothing() {
    a_fleet_drains(1);
}
