//! The emulated location receiver in virtual time.

use senim_emulators::control::Controlled;
use senim_emulators::faults::FaultSpec;
use senim_emulators::machine::Machine;
use senim_emulators::nmea::{Fault, Nmea, Options};
use serde_json::json;

#[test]
fn it_speaks_once_a_second_by_the_clock_it_is_given() {
    let mut receiver = Nmea::new(Options::default(), 3_600_000);
    assert_eq!(receiver.poll_transmit(3_600_999), None);
    assert_eq!(receiver.poll_timeout(), Some(3_601_000));
    assert_eq!(
        lines(receiver.poll_transmit(3_601_000)),
        [
            "$GNGGA,010001.00,4314.33694,N,07653.38254,E,1,09,0.90,830.4,M,-40.1,M,,*63",
            "$GPGSV,1,1,09*70",
            "$GNRMC,010001.00,A,4314.33694,N,07653.38254,E,0.000,,010126,,,A,V*16",
        ]
    );
    assert_eq!(receiver.poll_transmit(3_601_999), None);
    assert_eq!(lines(receiver.poll_transmit(3_610_500)).len(), 3, "seconds gone by are not made up for");
    assert_eq!(receiver.poll_timeout(), Some(3_611_000));
}

#[test]
fn south_west_and_a_lost_fix_are_written_as_receivers_do() {
    let mut receiver = receiver();
    receiver.patch(&json!({"latitude_udeg": -33_000_001, "longitude_udeg": -500_000}), 0).unwrap();
    assert!(burst(&mut receiver)[0].contains(",3300.00006,S,00030.00000,W,1,"));
    receiver.patch(&json!({"fix": false, "talker": "GL"}), 0).unwrap();
    let said = burst(&mut receiver);
    assert!(said[0].starts_with("$GLGGA,000002.00,,,,,0,00,99.99,,,,,,*"), "{said:?}");
    assert!(said[2].starts_with("$GLRMC,000002.00,V,,,,,,,010126,,,N,V*"), "{said:?}");
}

#[test]
fn jitter_leaves_the_place_to_either_side_in_turn() {
    let mut receiver = receiver();
    receiver.patch(&json!({"latitude_udeg": 1_000_000, "jitter_udeg": 500}), 0).unwrap();
    let north: Vec<bool> = (0..4).map(|_| burst(&mut receiver)[0].contains(",0100.03000,N")).collect();
    assert_eq!(north, [false, true, false, true]);
}

#[test]
fn faults_spoil_one_burst_and_no_other() {
    for fault in [Fault::BadChecksum, Fault::NoChecksum, Fault::Garbage, Fault::Silence] {
        let mut receiver = receiver();
        receiver.set_fault(fault, FaultSpec::times(1));
        assert!(burst(&mut receiver).iter().all(|line| !is_good(line)), "{fault:?}");
        assert!(burst(&mut receiver).iter().all(|line| is_good(line)), "{fault:?} is over");
    }
    let mut receiver = receiver();
    receiver.set_fault(Fault::HalfSentence, FaultSpec::times(1));
    let said = burst(&mut receiver);
    assert_eq!(said.len(), 2, "the half sentence has no end of its own: {said:?}");
    receiver.set_fault(Fault::Double, FaultSpec::times(1));
    let said = burst(&mut receiver);
    assert!(said.len() == 6 && said[0] == said[1], "{said:?}");
    receiver.set_fault(Fault::Overlong, FaultSpec::times(1));
    assert!(burst(&mut receiver)[0].len() > 600);
}

#[test]
fn a_late_burst_comes_with_those_behind_it() {
    let mut receiver = receiver();
    receiver.set_fault(Fault::Late, FaultSpec { delay_ms: Some(1_500), ..FaultSpec::times(1) });
    assert_eq!(receiver.poll_transmit(1_000), None);
    assert_eq!(receiver.poll_transmit(2_000), None);
    assert_eq!(receiver.poll_timeout(), Some(2_500));
    assert!(lines(receiver.poll_transmit(2_500))[0].starts_with("$GNGGA,000001"));
    assert!(lines(receiver.poll_transmit(2_500))[0].starts_with("$GNGGA,000002"));
}

#[test]
fn settings_out_of_range_change_nothing() {
    let mut receiver = receiver();
    let before = receiver.state();
    for wrong in [
        json!({"fix": false, "latitude_udeg": 90_000_001}),
        json!({"fix": false, "quality": 9}),
        json!({"fix": false, "interval_ms": 1}),
        json!({"fix": false, "colour": 1}),
    ] {
        assert!(receiver.patch(&wrong, 0).is_err(), "{wrong}");
        assert_eq!(receiver.state(), before);
    }
}

fn receiver() -> Nmea {
    Nmea::new(Options::default(), 0)
}

/// The next burst, line by line.
fn burst(receiver: &mut Nmea) -> Vec<String> {
    let at_ms = receiver.poll_timeout().unwrap();
    lines(receiver.poll_transmit(at_ms))
}

fn lines(bytes: Option<Vec<u8>>) -> Vec<String> {
    String::from_utf8_lossy(&bytes.unwrap_or_default()).split_terminator("\r\n").map(str::to_owned).collect()
}

fn is_good(line: &str) -> bool {
    let Some((body, check)) = line.strip_prefix('$').and_then(|line| line.split_once('*')) else {
        return false;
    };
    u8::from_str_radix(check, 16) == Ok(body.bytes().fold(0, |sum, byte| sum ^ byte))
}
