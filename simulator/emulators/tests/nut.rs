//! The emulated service of the Network UPS Tools in virtual time.

use senim_emulators::control::Controlled;
use senim_emulators::faults::FaultSpec;
use senim_emulators::machine::Machine;
use senim_emulators::nut::{Fault, Nut, Options, Source};
use serde_json::{Value, json};

#[test]
fn requests_are_answered_as_the_service_does() {
    let mut service = service();
    for (request, answer) in [
        ("VER\n", "Network UPS Tools upsd 2.8.0 - http://www.networkupstools.org/\n"),
        ("NETVER\r\n", "1.3\n"),
        ("LIST UPS\n", "BEGIN LIST UPS\nUPS ups \"emulated\"\nEND LIST UPS\n"),
        ("get var ups ups.status\n", "VAR ups ups.status \"OL\"\n"),
        ("GET VAR \"ups\" battery.charge\n", "VAR ups battery.charge \"100\"\n"),
        ("GET VAR ups battery.colour\n", "ERR VAR-NOT-SUPPORTED\n"),
        ("GET VAR nope ups.status\n", "ERR UNKNOWN-UPS\n"),
        ("LIST VAR nope\n", "ERR UNKNOWN-UPS\n"),
        ("GET\n", "ERR INVALID-ARGUMENT\n"),
        ("\n", "ERR UNKNOWN-COMMAND\n"),
        ("DANCE\n", "ERR UNKNOWN-COMMAND\n"),
    ] {
        assert_eq!(ask(&mut service, request), answer, "{request:?}");
    }
}

#[test]
fn a_list_stands_between_its_begin_and_end_and_quotes_what_needs_it() {
    let mut service = service();
    let list = ask(&mut service, "LIST VAR ups\n");
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.first(), Some(&"BEGIN LIST VAR ups"));
    assert_eq!(lines.last(), Some(&"END LIST VAR ups"));
    assert!(lines.contains(&r#"VAR ups device.model "Emulated \"line\\interactive\" 700""#), "{list}");
}

#[test]
fn status_flags_follow_the_state() {
    let mut service = service();
    service.supply.charge_percent = Some(97);
    assert_eq!(status(&mut service), "OL CHRG");
    service.supply.source = Source::Battery;
    service.supply.low = true;
    assert_eq!(status(&mut service), "OB DISCHRG LB");
    service.supply.shutdown = true;
    service.supply.replace_battery = true;
    assert_eq!(status(&mut service), "FSD OB DISCHRG LB RB");
}

#[test]
fn a_value_that_the_supply_does_not_know_is_not_told() {
    let mut service = service();
    service.patch(&json!({"charge_percent": null, "runtime_s": null}), 0).unwrap();
    assert!(!ask(&mut service, "LIST VAR ups\n").contains("battery."));
    assert_eq!(ask(&mut service, "GET VAR ups battery.runtime\n"), "ERR VAR-NOT-SUPPORTED\n");
    service.patch(&json!({"runtime_s": 60}), 0).unwrap();
    assert_eq!(service.state()["supply"]["runtime_s"], 60);
    assert_eq!(service.state()["supply"]["charge_percent"], Value::Null);
    assert!(service.patch(&json!({"charge_percent": 101, "low": true}), 0).is_err());
    assert_eq!(service.state()["supply"]["low"], false);
}

#[test]
fn each_fault_changes_one_answer_and_no_other() {
    let good = "VAR ups ups.status \"OL\"\n";
    for (fault, answer) in [
        (Fault::Silence, ""),
        (Fault::HalfLine, "VAR ups ups."),
        (Fault::Double, "VAR ups ups.status \"OL\"\nVAR ups ups.status \"OL\"\n"),
        (Fault::Stale, "ERR DATA-STALE\n"),
        (Fault::DriverGone, "ERR DRIVER-NOT-CONNECTED\n"),
        (Fault::UnknownUps, "ERR UNKNOWN-UPS\n"),
        (Fault::Drop, ""),
    ] {
        let mut service = service();
        service.set_fault(fault, FaultSpec::times(1));
        assert_eq!(ask(&mut service, "GET VAR ups ups.status\n"), answer, "{fault:?}");
        assert_eq!(service.poll_hang_up(), fault == Fault::Drop);
        assert_eq!(ask(&mut service, "GET VAR ups ups.status\n"), good, "{fault:?} is over");
    }
    let mut service = service();
    service.set_fault(Fault::NoEnd, FaultSpec::times(1));
    assert!(!ask(&mut service, "LIST VAR ups\n").contains("END"));
    service.set_fault(Fault::Garbage, FaultSpec::times(1));
    assert!(!ask(&mut service, "GET VAR ups ups.status\n").contains("ups.status"));
    service.set_fault(Fault::Noise, FaultSpec::times(1));
    assert!(ask(&mut service, "GET VAR ups ups.status\n").ends_with(good));
}

#[test]
fn a_late_answer_holds_up_those_behind_it() {
    let mut service = service();
    service.set_fault(Fault::Late, FaultSpec { delay_ms: Some(700), ..FaultSpec::times(1) });
    assert_eq!(ask(&mut service, "VER\n"), "");
    assert_eq!(ask(&mut service, "NETVER\n"), "");
    assert_eq!(service.poll_timeout(), Some(700));
    assert!(service.poll_transmit(700).is_some_and(|bytes| bytes.starts_with(b"Network")));
    assert_eq!(service.poll_transmit(700).as_deref(), Some(b"1.3\n".as_slice()));
}

#[test]
fn a_farewell_is_sent_before_the_hang_up_and_a_new_client_finds_nothing_of_the_old() {
    let mut service = service();
    service.handle_input(b"LOGOUT\nGET VA", 0);
    assert!(!service.poll_hang_up(), "the farewell is still to be sent");
    assert_eq!(service.poll_transmit(0).as_deref(), Some(b"OK Goodbye\n".as_slice()));
    assert!(service.poll_hang_up());
    service.handle_connection(false, 0);
    service.handle_connection(true, 0);
    assert_eq!(ask(&mut service, "NETVER\n"), "1.3\n");
}

#[test]
fn an_endless_request_is_passed_over() {
    let mut service = service();
    service.handle_input(&[b'x'; 100_000], 0);
    assert_eq!(ask(&mut service, "\nNETVER\n"), "1.3\n");
}

fn service() -> Nut {
    Nut::new(Options::default())
}

/// What is answered at once.
fn ask(service: &mut Nut, request: &str) -> String {
    for byte in request.bytes() {
        service.handle_input(&[byte], 0);
    }
    let answer: Vec<u8> = std::iter::from_fn(|| service.poll_transmit(0)).flatten().collect();
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(service: &mut Nut) -> String {
    let answer = ask(service, "GET VAR ups ups.status\n");
    answer.split('"').nth(1).unwrap().to_owned()
}
