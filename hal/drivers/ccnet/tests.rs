//! The driver against the emulated acceptor, in virtual time and one thread.

use proptest::prelude::*;
use senim_domain::Mono;
use senim_domain::cash::Denomination;
use senim_emulators::ccnet::{self as device, Bill, Fault, Table};
use senim_emulators::faults::FaultSpec;
use senim_emulators::machine::Machine as _;
use senim_hal::LineDriver as _;
use senim_hal::cash_acceptor::{Position, Refusal, Stacker};

use super::*;

mod bench;
mod scripted;
mod troubles;

use bench::*;

#[test]
fn a_note_goes_from_start_up_to_the_cassette_and_is_told_at_each_step() {
    let mut bench = bench();
    let Event::Status { identity, denominations, stacker, error } = bench.ask(Command::Status) else {
        panic!()
    };
    assert_eq!(identity, "SENIM-CCNET-EMU 000000000001");
    let known = [200, 500, 1_000, 2_000, 5_000, 10_000, 20_000].map(Denomination);
    assert_eq!((denominations.as_slice(), stacker), (known.as_slice(), Stacker::Ok));
    assert_eq!(error.unwrap().kind, ErrorKind::Starting, "a reset is due");
    assert_eq!(bench.ask(Command::Reset), Event::ResetDone);
    assert_eq!(bench.ask(notes(&[1_000, 5_000])), Event::Enabled);
    assert_eq!(bench.device.masks(), (0b1_0100, 0b1_0100), "these and no others, all through escrow");
    bench.insert(5_000);
    let escrowed = Event::Escrowed(Denomination(5_000));
    assert_eq!(bench.hear(is_escrowed), escrowed);
    assert_eq!(bench.ask(Command::Stack), Event::Stacked(Denomination(5_000)));
    assert_eq!(bench.ask(Command::Disable), Event::Disabled);
    assert_eq!(
        bench.told[bench.told.len() - 4..],
        [Event::Accepting, escrowed, Event::Stacked(Denomination(5_000)), Event::Disabled]
    );
    assert_eq!((bench.device.masks().0, bench.in_cassette(), bench.times(STACK)), (0, 1, 1));
}

#[test]
fn a_note_that_is_drawn_in_while_the_mouth_closes_is_told_and_goes_back() {
    let mut bench = ready();
    bench.insert(5_000);
    assert_eq!(bench.ask(Command::Disable), Event::Disabled);
    bench.pass(2_000);
    assert!(bench.told.iter().any(is_escrowed), "{:?}", bench.told);
    assert_eq!(bench.ask(Command::Return), Event::Returned(Denomination(5_000)));
    assert_eq!((bench.device.masks().0, bench.in_cassette(), bench.times(STACK)), (0, 0, 0));
}

#[test]
fn nothing_is_written_before_the_first_command_and_only_questions_for_a_status() {
    let mut bench = bench();
    bench.pass(60_000);
    assert_eq!((bench.written.len(), bench.driver.poll_timeout()), (0, None));
    bench.ask(Command::Status);
    let codes: Vec<u8> = bench.written.iter().map(|(_, frame)| frame[3]).filter(|code| *code != 0).collect();
    assert_eq!(codes, [POLL, 0x31, 0x37, 0x41]);
}

#[test]
fn frames_keep_the_bus_free_and_polls_keep_their_period() {
    let mut bench = ready();
    bench.pass(10_000);
    let polls: Vec<u64> =
        bench.written.iter().filter(|(_, frame)| frame[3] == POLL).map(|(at, _)| *at).collect();
    assert!(polls.windows(2).all(|pair| pair[1] - pair[0] == 200), "{polls:?}");
    let line = bench.device.line();
    assert_eq!((line.hasty, line.unacknowledged, line.corrupt), (0, 0, 0));
}

#[test]
fn a_note_is_returned_on_command_and_the_next_one_is_another() {
    let mut bench = in_escrow();
    assert_eq!(bench.ask(Command::Return), Event::Returned(Denomination(5_000)));
    bench.insert(5_000);
    bench.hear(is_escrowed);
    assert_eq!(bench.ask(Command::Stack), Event::Stacked(Denomination(5_000)));
    assert_eq!((bench.count(is_escrowed), bench.times(RETURN), bench.times(STACK)), (2, 1, 1));
    assert!(bench.device.balanced());
}

#[test]
fn stack_and_return_without_a_note_in_escrow_are_refused_before_a_byte() {
    let mut bench = ready();
    for command in [Command::Stack, Command::Return] {
        let refused = bench.driver.begin(command, Mono(bench.now)).unwrap_err();
        assert_eq!(refused.kind, ErrorKind::UserError);
    }
    bench.driver.begin(Command::Status, Mono(bench.now)).unwrap();
    let busy = bench.driver.begin(Command::Disable, Mono(bench.now)).unwrap_err();
    assert_eq!(busy.kind, ErrorKind::DeviceBusy);
    bench.hear(is_terminal);
    assert_eq!(bench.times(STACK) + bench.times(RETURN), 0);
}

#[test]
fn a_waiting_note_is_held_and_given_back_when_its_time_is_over() {
    let mut bench = in_escrow();
    let since = bench.now;
    assert_eq!(bench.hear(is_terminal), Event::Returned(Denomination(5_000)));
    assert!((60_000..61_500).contains(&(bench.now - since)), "{}", bench.now - since);
    assert_eq!((bench.times(RETURN), bench.count(is_escrowed)), (1, 1));
    assert!(bench.times(0x38) >= 11, "held each 5 s");
    assert!(!bench.pass(30_000).iter().any(is_contradiction));
}

#[test]
fn a_device_without_hold_gives_the_note_back_by_itself_and_that_is_told() {
    let mut bench = ready();
    bench.fault(Fault::Illegal, FaultSpec { command: Some(0x38), ..FaultSpec::default() });
    bench.insert(5_000);
    bench.hear(is_escrowed);
    assert_eq!(bench.hear(is_terminal), Event::Returned(Denomination(5_000)));
    assert_eq!((bench.times(0x38), bench.times(RETURN)), (1, 0));
}

#[test]
fn an_event_repeated_because_our_ack_was_lost_is_told_once() {
    let mut bench = in_escrow();
    bench.fault(Fault::LostAck, FaultSpec::times(5));
    assert_eq!(bench.ask(Command::Stack), Event::Stacked(Denomination(5_000)));
    bench.pass(5_000);
    assert_eq!((bench.count(is_stacked), bench.count(is_contradiction)), (1, 0));
    bench.insert(1_000);
    bench.hear(is_escrowed);
    bench.fault(Fault::LostAck, FaultSpec::times(5));
    assert_eq!(bench.ask(Command::Return), Event::Returned(Denomination(1_000)));
    bench.pass(5_000);
    assert_eq!(
        (bench.count(|event| matches!(event, Event::Returned(_))), bench.count(is_contradiction)),
        (1, 0)
    );
}

#[test]
fn a_stacked_note_without_a_command_of_ours_is_a_contradiction_and_no_credit() {
    let mut bench = in_escrow();
    // Somebody else on the bus: the device stacks though the driver never wrote it.
    bench.device.handle_input(&[0x02, 0x03, 0x06, STACK, 0xec, 0xe4], bench.now);
    let told = bench.pass(5_000);
    assert!(told.iter().any(is_contradiction) && !told.iter().any(is_stacked), "{told:?}");
    assert_eq!((bench.in_cassette(), bench.times(STACK)), (1, 0));
    assert_eq!(bench.driver.begin(Command::Stack, Mono(bench.now)).unwrap_err().kind, ErrorKind::UserError);
}

#[test]
fn after_each_line_fault_on_stack_the_outcome_is_told_once_and_stack_is_written_once() {
    let rows = [
        // Fault, times, whether the note is credited.
        (Fault::Silence, 1, false),
        (Fault::NoAnswer, 1, true),
        (Fault::Nak, 1, false),
        (Fault::Illegal, 1, false),
        (Fault::BadCrc, 1, true),
        (Fault::BadCrc, 9, true),
        (Fault::ShortFrame, 1, true),
        (Fault::ShortFrame, 9, true),
        (Fault::LateAnswer, 1, true),
        (Fault::DoubleAnswer, 1, true),
        (Fault::Noise, 1, true),
        (Fault::Garbage, 1, true),
        (Fault::Garbage, 9, true),
    ];
    for (fault, times, credited) in rows {
        let mut bench = in_escrow();
        bench.fault_on(fault, STACK, times);
        let outcome = bench.ask(Command::Stack);
        assert_eq!(is_stacked(&outcome), credited, "{fault:?} {outcome:?}");
        assert!(credited || matches!(outcome, Event::Unanswered(_)), "{fault:?} {outcome:?}");
        bench.device.clear_fault(fault, bench.now);
        if !credited {
            assert_eq!(bench.ask(Command::Return), Event::Returned(Denomination(5_000)), "{fault:?}");
        }
        assert!(
            !bench.pass(5_000).iter().any(|event| is_stacked(event) || is_contradiction(event)),
            "{fault:?}"
        );
        assert_eq!((bench.times(STACK), bench.in_cassette()), (1, u64::from(credited)), "{fault:?}");
        assert_eq!(bench.count(is_escrowed), 1, "{fault:?}");
    }
}

#[test]
fn line_faults_on_polls_change_nothing_of_what_is_told() {
    let faults = [
        Fault::Silence,
        Fault::NoAnswer,
        Fault::Nak,
        Fault::Illegal,
        Fault::BadCrc,
        Fault::ShortFrame,
        Fault::LateAnswer,
        Fault::DoubleAnswer,
        Fault::Noise,
        Fault::Garbage,
    ];
    let expected = [
        Event::Accepting,
        Event::Escrowed(Denomination(5_000)),
        Event::Stacked(Denomination(5_000)),
        Event::Disabled,
    ];
    for fault in faults {
        let mut bench = ready();
        bench.insert(5_000);
        let strike = |bench: &mut Bench| bench.fault_on(fault, POLL, 4);
        bench.pass(250);
        strike(&mut bench);
        bench.hear(is_escrowed);
        bench.device.clear_fault(fault, bench.now);
        bench.driver.begin(Command::Stack, Mono(bench.now)).unwrap();
        bench.pass(50);
        strike(&mut bench);
        bench.hear(is_terminal);
        strike(&mut bench);
        bench.ask(Command::Disable);
        bench.pass(5_000);
        assert_eq!(bench.told, expected, "{fault:?}");
        assert_eq!((bench.times(STACK), bench.in_cassette()), (1, 1), "{fault:?}");
    }
}

#[test]
fn queries_and_enable_are_repeated_and_fail_after_three_tries() {
    for fault in [Fault::Silence, Fault::NoAnswer, Fault::Nak] {
        for (command, code) in [
            (Command::Status, 0x37),
            (Command::Status, 0x41),
            (notes(&[200]), ENABLE),
            (Command::Disable, ENABLE),
        ] {
            let mut bench = ready();
            bench.ask(Command::Disable);
            bench.written.clear();
            bench.fault_on(fault, code, 2);
            assert!(!matches!(bench.ask(command.clone()), Event::Failed(_)), "{fault:?} {command:?}");
            assert_eq!(bench.times(code), 3, "{fault:?} {command:?}");
            bench.written.clear();
            bench.fault_on(fault, code, 3);
            let failed = bench.ask(command.clone());
            assert!(
                matches!(&failed, Event::Failed(error) if error.kind == ErrorKind::Offline),
                "{fault:?} {failed:?}"
            );
            assert_eq!(bench.times(code), 3, "{fault:?} {command:?}");
        }
    }
}

#[test]
fn a_damaged_answer_is_asked_for_again_by_nak() {
    let mut bench = bench();
    bench.fault_on(Fault::BadCrc, 0x41, 2);
    assert!(
        matches!(bench.ask(Command::Status), Event::Status { denominations, .. } if denominations.len() == 7)
    );
    assert_eq!((bench.device.line().naks, bench.times(0x41)), (2, 1));
}

#[test]
fn only_known_notes_of_the_configured_countries_are_enabled() {
    let mut table = Table::default();
    table.set(7, Some(Bill { value: 100, country: "USD".to_owned() }));
    table.set(8, Some(Bill { value: 5_000, country: "KZT".to_owned() }));
    let mut bench = bench_with(Config::default(), device::Options::default(), table);
    bench.make_ready();
    assert_eq!(bench.device.masks().0, 1 << 2 | 1 << 4 | 1 << 8, "both types of 5,000");
    let refused = bench.ask(notes(&[1_000, 100]));
    assert!(
        matches!(&refused, Event::Failed(error) if error.kind == ErrorKind::UserError && error.detail.contains("100 tenge"))
    );
    assert!(matches!(bench.ask(notes(&[])), Event::Failed(_)));
    assert_eq!(bench.times(ENABLE), 0);
}

#[test]
fn status_of_an_idling_device_uses_what_is_known_or_does_without() {
    let mut bench = ready();
    let known = bench.ask(Command::Status);
    assert!(
        matches!(&known, Event::Status { identity, denominations, error: None, .. } if identity.starts_with("SENIM") && denominations.len() == 7)
    );
    assert_eq!(bench.times(0x37) + bench.times(0x41), 0);
    // A driver of a new process meets a device that was left enabled.
    bench.driver = Ccnet::new(Config::default()).unwrap();
    bench.driver.handle_line(true, Mono(bench.now));
    let unknown = bench.ask(Command::Status);
    assert!(matches!(&unknown, Event::Status { denominations, error: None, .. } if denominations.is_empty()));
}

#[test]
fn refused_notes_are_told_with_reason_and_code() {
    let rows = [
        (1_000, Some(0x60), Refusal::Insertion, 0x60),
        (1_000, Some(0x66), Refusal::NotRecognised, 0x66),
        (20_000, None, Refusal::NotEnabled, 0x68),
        (777, None, Refusal::NotRecognised, 0x65),
        (1_000, Some(0x6A), Refusal::Device, 0x6A),
    ];
    let mut bench = ready();
    for (value, refuse, reason, code) in rows {
        bench.device.insert(value, refuse, bench.now).unwrap();
        assert_eq!(bench.pass(3_000), [Event::Accepting, Event::Refused { reason, code }]);
    }
    assert!(bench.device.balanced());
}

#[test]
fn a_reset_that_is_not_accepted_shows_no_effect_and_one_unheard_is_found_by_polling() {
    let rows = [
        (Fault::Silence, false),
        (Fault::Nak, false),
        (Fault::Illegal, false),
        (Fault::NoAnswer, true),
        (Fault::Garbage, true),
    ];
    for (fault, done) in rows {
        let mut bench = bench();
        bench.ask(Command::Status);
        bench.fault_on(fault, RESET, 1);
        let outcome = bench.ask(Command::Reset);
        assert_eq!(outcome == Event::ResetDone, done, "{fault:?} {outcome:?}");
        assert!(done || matches!(outcome, Event::Unanswered(_)), "{fault:?} {outcome:?}");
        assert_eq!(bench.times(RESET), 1, "{fault:?}");
    }
}

#[test]
fn enable_before_the_reset_is_refused_and_disable_is_at_once_true() {
    let mut bench = bench();
    assert!(matches!(bench.ask(notes(&[200])), Event::Failed(error) if error.kind == ErrorKind::Starting));
    assert_eq!(bench.ask(Command::Disable), Event::Disabled);
    let mut bench = in_escrow();
    assert!(matches!(bench.ask(Command::Reset), Event::Failed(error) if error.kind == ErrorKind::UserError));
    assert_eq!(bench.ask(Command::Disable), Event::Disabled);
    assert_eq!(bench.ask(Command::Stack), Event::Stacked(Denomination(5_000)));
    assert_eq!(bench.times(RESET), 0);
}

#[test]
fn settings_out_of_range_and_countries_that_are_none_are_named() {
    let mut rows = Vec::new();
    for (key, value) in
        [("poll_ms", 99), ("poll_ms", 201), ("hold_ms", 9_001), ("address", 0), ("offline_polls", 2)]
    {
        rows.push((format!("{{\"{key}\": {value}}}"), key));
    }
    rows.push(("{\"countries\": []}".to_owned(), "countries"));
    rows.push(("{\"countries\": [\"KZ\"]}".to_owned(), "\"KZ\""));
    for (text, words) in rows {
        let config: Config = serde_json::from_str(&text).unwrap();
        assert!(Ccnet::new(config).unwrap_err().to_string().contains(words), "{text}");
    }
    assert!(serde_json::from_str::<Config>("{\"colour\": 1}").is_err());
    assert_eq!(Config::default().check(), Ok(()));
}
