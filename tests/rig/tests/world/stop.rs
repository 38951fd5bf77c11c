//! An orderly stop waits for whatever moves.

use senim_domain::cash::{BundleResult, UnitNo};
use senim_operation::Body;
use senim_rig::{World, WorldOptions};
use senim_runtime::Input;

#[test]
fn a_stop_waits_for_a_note_on_its_way_to_the_reject_unit() {
    let mut world = World::new(WorldOptions::default());
    world.settle();
    world.input(Input::TestDispense(UnitNo(1)));
    assert!(world.run_until(60_000, |world| world.count("TestDispenseIntended") == 1));
    world.input(Input::Stop { reason: "test".into() });
    assert_eq!(world.count("TerminalStopped"), 0, "the note first");
    assert!(world.run_until(120_000, |world| world.count("TerminalStopped") == 1));
    let results: Vec<BundleResult> = world
        .bodies()
        .into_iter()
        .filter_map(|body| match body {
            Body::TestDispenseEnded(ended) => Some(ended.result),
            _ => None,
        })
        .collect();
    assert_eq!(results, [BundleResult::Dispensed]);
}
