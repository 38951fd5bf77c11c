//! Jams, cassette, power, a silent device and a lost line; and that any wire leaves the account right.

use super::*;

/// Begins STACK or RETURN on a note in escrow with a fault set, and returns the terminal event.
fn go_wrong(fault: Fault, command: Command) -> (Bench, Event) {
    let mut bench = in_escrow();
    bench.fault(fault, FaultSpec::times(1));
    let outcome = bench.ask(command);
    (bench, outcome)
}

#[test]
fn a_jam_on_the_way_ends_the_command_and_names_the_note() {
    let (jam, motor) = (ErrorKind::MediaJam, ErrorKind::HardwareError);
    let rows = [
        (Fault::JamStacking, Command::Stack, jam, "(43)"),
        (Fault::JamCassette, Command::Stack, jam, "(44)"),
        (Fault::StackMotor, Command::Stack, motor, "stack motor failure (47 50)"),
        (Fault::JamReturning, Command::Return, jam, "(43)"),
    ];
    for (fault, command, kind, words) in rows {
        let (mut bench, outcome) = go_wrong(fault, command);
        let Event::Jammed { note: Some(Denomination(5_000)), error } = outcome else {
            panic!("{fault:?} {outcome:?}")
        };
        assert!(error.kind == kind && error.detail.contains(words), "{fault:?} {error}");
        assert!(bench.pass(10_000).is_empty(), "{fault:?} is told once");
        assert!(matches!(bench.ask(Command::Status), Event::Status { error: Some(_), .. }), "{fault:?}");
        bench.driver.begin(Command::Reset, Mono(bench.now)).unwrap();
        bench.hear(|event| *event == Event::ResetDone);
        assert!(bench.driver.machine.is_idle(), "{fault:?}");
        assert_eq!(bench.count(is_stacked), 0, "{fault:?}");
    }
}

#[test]
fn a_jam_at_the_mouth_is_told_without_a_note() {
    let mut bench = ready();
    bench.fault(Fault::JamAccepting, FaultSpec::times(1));
    bench.insert(5_000);
    assert!(matches!(bench.hear(is_terminal), Event::Jammed { note: None, .. }));
    assert!(bench.pass(5_000).is_empty());
    bench.driver.begin(Command::Reset, Mono(bench.now)).unwrap();
    assert_eq!(
        bench.hear(is_terminal),
        Event::Returned(Denomination(5_000)),
        "what lay in the validator comes back"
    );
    assert_eq!(bench.hear(is_terminal), Event::ResetDone);
}

#[test]
fn a_cheated_note_is_fraud_and_the_stack_ends_unanswered() {
    let (bench, outcome) = go_wrong(Fault::Cheated, Command::Stack);
    assert!(matches!(outcome, Event::Unanswered(_)), "{outcome:?}");
    assert_eq!(
        bench.count(|event| matches!(event, Event::Fault(error) if error.kind == ErrorKind::FraudAttempt)),
        1
    );
    assert_eq!((bench.in_cassette(), bench.times(STACK)), (0, 1));
}

#[test]
fn a_pause_is_told_and_passes() {
    let mut bench = ready();
    bench.fault(Fault::Pause, FaultSpec::times(1));
    bench.insert(5_000);
    bench.hear(is_escrowed);
    assert!(
        matches!(&bench.told[..], [Event::Fault(error), Event::Accepting, Event::Escrowed(_)] if error.kind == ErrorKind::UserError)
    );
}

#[test]
fn a_stuck_note_ends_unanswered_and_is_credited_when_it_arrives_after_all() {
    let mut bench = in_escrow();
    bench.fault(Fault::NoteStuck, FaultSpec::default());
    assert!(matches!(bench.ask(Command::Stack), Event::Unanswered(_)));
    bench.device.clear_fault(Fault::NoteStuck, bench.now);
    assert_eq!(bench.hear(is_terminal), Event::Stacked(Denomination(5_000)));
    bench.pass(5_000);
    assert_eq!((bench.count(is_stacked), bench.count(is_contradiction), bench.times(STACK)), (1, 0, 1));
}

#[test]
fn a_cassette_taken_out_and_put_back_is_told_and_has_to_be_enabled_again() {
    let mut bench = ready();
    bench.device.set_cassette(false, bench.now);
    assert_eq!(bench.pass(2_000), [Event::Stacker(Stacker::Missing)]);
    assert!(matches!(bench.ask(notes(&[200])), Event::Failed(error) if error.kind == ErrorKind::UserError));
    assert!(matches!(
        bench.ask(Command::Status),
        Event::Status { stacker: Stacker::Missing, error: Some(_), .. }
    ));
    bench.device.set_cassette(true, bench.now);
    assert_eq!(bench.pass(5_000), [Event::Stacker(Stacker::Ok)]);
    assert_eq!(bench.ask(notes(&[200])), Event::Enabled);
}

#[test]
fn a_cassette_taken_out_under_way_leaves_the_note_to_be_told_of_later() {
    let mut bench = in_escrow();
    bench.driver.begin(Command::Stack, Mono(bench.now)).unwrap();
    bench.pass(150);
    bench.device.set_cassette(false, bench.now);
    assert!(
        matches!(bench.hear(is_terminal), Event::Unanswered(error) if error.kind == ErrorKind::UserError)
    );
    bench.device.set_cassette(true, bench.now);
    assert_eq!(bench.hear(is_terminal), Event::Returned(Denomination(5_000)));
    assert_eq!((bench.count(is_contradiction), bench.in_cassette()), (0, 0));
}

#[test]
fn a_full_cassette_is_told_after_the_note_that_filled_it() {
    let options = device::Options { capacity: 1, ..device::Options::default() };
    let mut bench = bench_with(Config::default(), options, Table::default());
    bench.make_ready();
    bench.insert(1_000);
    bench.hear(is_escrowed);
    assert_eq!(bench.ask(Command::Stack), Event::Stacked(Denomination(1_000)));
    assert_eq!(bench.pass(2_000), [Event::Stacker(Stacker::Full)]);
    assert!(matches!(bench.ask(notes(&[200])), Event::Failed(error) if error.detail.contains("full")));
}

#[test]
fn a_cassette_that_says_full_or_is_out_stops_notes_until_it_is_cured() {
    for (fault, stacker, words) in
        [(Fault::StackerFull, Stacker::Full, "full (41)"), (Fault::CassetteOut, Stacker::Missing, "out (42)")]
    {
        let mut bench = ready();
        bench.fault(fault, FaultSpec::default());
        assert_eq!(bench.pass(2_000), [Event::Stacker(stacker)], "{fault:?}");
        let status = bench.ask(Command::Status);
        assert!(
            matches!(&status, Event::Status { stacker: told, error: Some(error), .. } if *told == stacker && error.detail.contains(words)),
            "{fault:?} {status:?}"
        );
        assert!(
            matches!(bench.ask(notes(&[200])), Event::Failed(error) if error.kind == ErrorKind::UserError)
        );
        bench.device.clear_fault(fault, bench.now);
        assert_eq!(bench.pass(5_000), [Event::Stacker(Stacker::Ok)], "{fault:?}");
        bench.make_ready();
    }
}

#[test]
fn power_lost_at_each_stage_ends_the_command_and_finds_the_note_once() {
    use Position::{Stacker as PastRecall, Validator};
    let rows = [
        (Fault::PowerLossAccepting, None, Some(Validator)),
        (Fault::PowerLossEscrow, None, Some(Validator)),
        (Fault::PowerLossStacking, Some(Command::Stack), Some(Validator)),
        (Fault::PowerLossPastRecall, Some(Command::Stack), Some(PastRecall)),
        (Fault::PowerLossStacked, Some(Command::Stack), Some(PastRecall)),
        (Fault::PowerLossReturning, Some(Command::Return), Some(Validator)),
    ];
    for (fault, command, found) in rows {
        let mut bench = ready();
        bench.fault(fault, FaultSpec::times(1));
        bench.insert(5_000);
        if let Some(command) = command {
            bench.hear(is_escrowed);
            assert!(matches!(bench.ask(command), Event::Unanswered(_)), "{fault:?}");
        }
        bench.pass(10_000);
        let told: Vec<_> =
            bench.told.iter().filter(|event| matches!(event, Event::FoundAtPowerUp(_))).cloned().collect();
        assert_eq!(told, found.map(Event::FoundAtPowerUp).into_iter().collect::<Vec<_>>(), "{fault:?}");
        bench.driver.begin(Command::Reset, Mono(bench.now)).unwrap();
        bench.hear(|event| *event == Event::ResetDone);
        let expected = u64::from(found == Some(PastRecall));
        assert_eq!((bench.in_cassette(), bench.count(is_stacked)), (expected, 0), "{fault:?}");
        assert!(bench.device.balanced(), "{fault:?}");
    }
}

#[test]
fn a_note_forgotten_by_the_device_leaves_the_stack_unanswered_and_nothing_found() {
    let options = device::Options { remembers_stacked: false, ..device::Options::default() };
    let mut bench = bench_with(Config::default(), options, Table::default());
    bench.make_ready();
    bench.insert(5_000);
    bench.hear(is_escrowed);
    bench.fault(Fault::PowerLossStacked, FaultSpec::times(1));
    assert!(
        matches!(bench.ask(Command::Stack), Event::Unanswered(error) if error.kind == ErrorKind::Starting)
    );
    bench.pass(5_000);
    assert_eq!(bench.count(|event| matches!(event, Event::FoundAtPowerUp(_) | Event::Stacked(_))), 0);
}

#[test]
fn a_note_past_recall_that_is_told_after_the_reset_is_a_contradiction_and_no_credit() {
    let options = device::Options { stacked_after_reset: true, ..device::Options::default() };
    let mut bench = bench_with(Config::default(), options, Table::default());
    bench.make_ready();
    bench.insert(5_000);
    bench.hear(is_escrowed);
    bench.fault(Fault::PowerLossPastRecall, FaultSpec::times(1));
    bench.ask(Command::Stack);
    bench.hear(|event| *event == Event::FoundAtPowerUp(Position::Stacker));
    assert_eq!(bench.ask(Command::Reset), Event::ResetDone);
    assert_eq!((bench.count(is_stacked), bench.count(is_contradiction), bench.in_cassette()), (0, 1, 1));
}

#[test]
fn an_idle_device_that_restarts_is_a_fault_and_is_reset_and_enabled_anew() {
    let mut bench = ready();
    bench.device.set_power(false, bench.now);
    bench.pass(1_000);
    bench.device.set_power(true, bench.now);
    assert!(matches!(&bench.pass(3_000)[..], [Event::Fault(error)] if error.kind == ErrorKind::Starting));
    bench.make_ready();
}

#[test]
fn a_silent_device_is_off_line_after_so_many_polls_and_told_once() {
    let mut bench = ready();
    bench.device.set_power(false, bench.now);
    let since = bench.now;
    assert!(matches!(bench.hear(|_| true), Event::Fault(error) if error.kind == ErrorKind::Offline));
    assert!((4_800..5_400).contains(&(bench.now - since)), "{}", bench.now - since);
    assert!(bench.pass(60_000).is_empty());
    assert!(matches!(bench.ask(Command::Status), Event::Failed(error) if error.kind == ErrorKind::Offline));
}

#[test]
fn a_device_that_falls_silent_under_way_leaves_the_stack_unanswered_until_it_speaks_again() {
    let mut bench = in_escrow();
    bench.driver.begin(Command::Stack, Mono(bench.now)).unwrap();
    bench.pass(50);
    bench.fault(Fault::NoAnswer, FaultSpec::default());
    assert!(matches!(bench.hear(is_terminal), Event::Unanswered(error) if error.kind == ErrorKind::Offline));
    bench.device.clear_fault(Fault::NoAnswer, bench.now);
    assert_eq!(
        bench.hear(is_terminal),
        Event::Stacked(Denomination(5_000)),
        "the event was kept for our ACK"
    );
    assert_eq!((bench.times(STACK), bench.count(is_stacked)), (1, 1));
}

#[test]
fn a_lost_line_fails_what_was_not_sent_and_leaves_unanswered_what_was() {
    let mut bench = in_escrow();
    // Between two frames the command waits for the free bus.
    while bench.driver.poll_timeout().is_some_and(|at| at.0 > bench.now + 25) {
        bench.pass(1);
    }
    bench.driver.begin(Command::Stack, Mono(bench.now)).unwrap();
    bench.driver.handle_line(false, Mono(bench.now));
    let told = bench.pass(1);
    assert!(matches!(&told[..], [Event::Line { open: false }, Event::Failed(_)]), "{told:?}");
    assert_eq!(bench.times(STACK), 0);
    bench.pass(5_000);
    bench.driver.handle_line(true, Mono(bench.now));
    assert_eq!(bench.pass(2_000), [Event::Line { open: true }]);
    bench.driver.begin(Command::Stack, Mono(bench.now)).unwrap();
    bench.pass(100);
    assert_eq!(bench.times(STACK), 1);
    bench.driver.handle_line(false, Mono(bench.now));
    assert!(matches!(bench.hear(is_terminal), Event::Unanswered(error) if error.kind == ErrorKind::Offline));
    bench.driver.handle_line(true, Mono(bench.now));
    bench.driver.begin(Command::Status, Mono(bench.now)).unwrap();
    assert_eq!(bench.hear(is_stacked), Event::Stacked(Denomination(5_000)));
    assert_eq!((bench.times(STACK), bench.count(is_escrowed)), (1, 1));
}

#[test]
fn a_note_that_was_not_asked_for_is_a_contradiction_and_goes_back() {
    let mut bench = ready();
    // Masks set by somebody else: 500 tenge, in escrow.
    bench
        .device
        .handle_input(&codec::command(3, codec::Code::EnableBillTypes, &[0, 0, 2, 0, 0, 2]), bench.now);
    bench.pass(1_000);
    bench.insert(500);
    let told = bench.pass(30_000);
    assert!(told.iter().any(is_contradiction) && !told.iter().any(is_escrowed), "{told:?}");
    assert_eq!((bench.times(STACK), bench.device.ledger().returned[&500]), (0, 1));
}

#[test]
fn a_line_that_takes_no_bytes_sent_nothing() {
    let mut bench = in_escrow();
    bench.driver.begin(Command::Stack, Mono(bench.now)).unwrap();
    let mut now = bench.now;
    let failed = loop {
        // The owner of the line never calls poll_transmit.
        now = bench.driver.poll_timeout().unwrap().0.max(now + 1);
        bench.driver.handle_timeout(Mono(now));
        if let Some(event) = bench.driver.poll_event() {
            break event;
        }
    };
    assert!(
        matches!(&failed, Event::Failed(error) if error.detail.contains("nothing was sent")),
        "{failed:?}"
    );
    bench.now = now;
    assert_eq!(bench.ask(Command::Return), Event::Returned(Denomination(5_000)));
    assert_eq!(bench.times(STACK), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn on_any_wire_the_credit_is_what_lies_in_the_cassette(
        cut in 0usize..5,
        noise in proptest::collection::vec(any::<u8>(), 0..12),
        damage_every in prop_oneof![Just(0usize), 5usize..60],
        lost_acks in 0u32..4,
        stack_not_return in proptest::collection::vec(any::<bool>(), 1..4),
    ) {
        let mut bench = ready();
        bench.wire = Wire { cut, noise, damage_every };
        if lost_acks > 0 {
            bench.fault(Fault::LostAck, FaultSpec::times(lost_acks));
        }
        for stack in stack_not_return {
            if bench.device.insert(5_000, None, bench.now).is_err() {
                break;
            }
            if bench.play(bench.now + 30_000, &is_escrowed).is_none() {
                break;
            }
            let command = if stack { Command::Stack } else { Command::Return };
            if bench.driver.begin(command, Mono(bench.now)).is_ok() {
                bench.play(bench.now + 60_000, &is_terminal);
            }
        }
        // The wire is mended and everything untold is told.
        bench.wire = Wire::default();
        bench.pass(120_000);
        prop_assert!(u64::try_from(bench.count(is_stacked)).unwrap() <= bench.in_cassette());
        prop_assert_eq!(bench.count(is_stacked) + bench.count(is_contradiction) >= usize::try_from(bench.in_cassette()).unwrap(), true);
        prop_assert!(bench.device.balanced());
    }

    #[test]
    fn any_bytes_at_any_time_break_nothing(pieces in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..40), 0u64..300), 0..60)) {
        let mut driver = Ccnet::new(Config::default()).unwrap();
        driver.handle_line(true, Mono(0));
        driver.begin(Command::Status, Mono(0)).unwrap();
        let mut now = 0;
        for (bytes, wait) in pieces {
            while driver.poll_transmit().is_some() {}
            driver.handle_input(&bytes, Mono(now));
            now += wait;
            if driver.poll_timeout().is_some_and(|at| at.0 <= now) {
                driver.handle_timeout(Mono(now));
            }
            while let Some(event) = driver.poll_event() {
                prop_assert!(!is_stacked(&event) && !is_escrowed(&event));
            }
        }
    }
}
