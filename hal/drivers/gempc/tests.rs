//! The driver against the emulated reader, in virtual time and one thread.

use super::*;

#[test]
fn settings_out_of_range_are_named() {
    let rows = [
        (Config { poll_ms: 0, ..Config::default() }, "poll_ms"),
        (Config { answer_wait_ms: 99, ..Config::default() }, "answer_wait_ms"),
        (Config { apdu_wait_ms: 999, ..Config::default() }, "apdu_wait_ms"),
        (Config { voltages: vec![], ..Config::default() }, "voltages"),
        (Config { voltages: vec![Voltage::V3, Voltage::V3], ..Config::default() }, "voltages"),
        (Config { ifsd: 255, ..Config::default() }, "ifsd"),
    ];
    for (config, key) in rows {
        assert_eq!(GemPc::new(config).unwrap_err().key, key);
    }
    let unasked = Config { poll_ms: 0, notification: Notification::Asynchronous, ..Config::default() };
    assert!(unasked.check().is_ok());
}
