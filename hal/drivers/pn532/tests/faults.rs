//! Each fault of the line, the chip and the air, with its outcome.

use super::*;

#[test]
fn a_fault_on_the_line_of_an_apdu_has_its_outcome_and_the_card_gets_it_once() {
    let offline = Some(ErrorKind::Offline);
    let hardware = Some(ErrorKind::HardwareError);
    // What fails, and how often the card got the APDU.
    let rows = [
        (Fault::Silence, offline, 0),
        (Fault::NoAck, offline, 1),
        (Fault::SilenceAfterAck, offline, 1),
        (Fault::ErrorFrame, hardware, 0),
        (Fault::BadLcs, None, 1),
        (Fault::BadDcs, None, 1),
        (Fault::ShortFrame, None, 1),
        (Fault::LateReply, None, 1),
        (Fault::DoubleReply, None, 1),
        (Fault::Noise, None, 1),
        (Fault::RfError, hardware, 1),
    ];
    for (fault, kind, apdus) in rows {
        let mut bench = selected();
        let command = (fault != Fault::RfError).then_some(EXCHANGE);
        bench.chip.set_fault(fault, FaultSpec { command, ..FaultSpec::times(1) });
        match kind {
            Some(kind) => assert_eq!(bench.failed(verify()), kind, "{fault:?}"),
            None => assert_eq!(bench.ask(verify()), [echoed(&[0x00, 0x20, 0x00, 0x01])], "{fault:?}"),
        }
        assert_eq!((bench.chip.apdus() - 1, bench.commands_written(EXCHANGE)), (apdus, 2), "{fault:?}");
        assert!(bench.pass(25_000).is_empty(), "{fault:?} leaves the card where it is");
        if kind.is_some() {
            assert!(bench.driver.begin(verify(), Mono(bench.now)).is_err(), "{fault:?}: no power any more");
            assert_eq!(bench.ask(Command::ChipPower(ChipPower::Cold)), [chip_powered()], "{fault:?}");
        }
        assert_eq!(bench.ask(select()), [response(&[0x90, 0x00])], "{fault:?} is over");
    }
}

#[test]
fn the_second_copy_of_a_reply_is_not_taken_for_the_next_one() {
    let mut bench = selected();
    bench.chip.set_fault(Fault::DoubleReply, FaultSpec::default());
    for n in 0..5 {
        let apdu = [0x00, 0xB0, 0x00, n];
        assert_eq!(bench.ask(io(&apdu)), [echoed(&apdu)]);
    }
}

#[test]
fn a_reply_that_stays_damaged_is_asked_for_three_times_and_then_lost() {
    let mut bench = selected();
    bench.wire.damage_replies = true;
    assert_eq!(bench.failed(verify()), ErrorKind::Offline);
    let nacks = bench.written.iter().filter(|frame| **frame == codec::NACK).count();
    assert_eq!((nacks, bench.chip.apdus()), (3, 2));
}

#[test]
fn a_query_survives_each_fault_of_the_line_and_is_written_three_times_at_most() {
    let faults = [
        Fault::Silence,
        Fault::NoAck,
        Fault::SilenceAfterAck,
        Fault::BadLcs,
        Fault::BadDcs,
        Fault::ShortFrame,
        Fault::LateReply,
        Fault::DoubleReply,
        Fault::Noise,
    ];
    for command in [FIRMWARE, LIST, 0x14, 0x12, 0x32] {
        for fault in faults {
            let mut bench = bench_with(Config::default());
            bench.lay();
            bench.chip.set_fault(fault, once_on(command));
            let told = bench.ask(Command::Status);
            assert_eq!(told, [status(Media::Present), Event::MediaInserted], "{fault:?} on {command:02x}");
            assert!(bench.commands_written(FIRMWARE) <= 2, "{fault:?}");
        }
    }
    let mut bench = bench();
    bench.chip.set_fault(Fault::Silence, for_ever());
    let written = bench.commands_written(0x14);
    assert_eq!(bench.failed(Command::Status), ErrorKind::Offline);
    // Three times as the chip was thought ready, three times to wake it.
    assert_eq!(bench.commands_written(0x14) - written, 6);
    bench.chip.clear_fault(Fault::Silence);
    assert_eq!(bench.ask(Command::Status), [status(Media::NotPresent)]);
}

#[test]
fn an_apdu_that_a_stalled_line_did_not_take_is_not_sent_after_it_has_failed() {
    let mut bench = selected();
    bench.written.clear();
    bench.driver.begin(verify(), Mono(bench.now)).unwrap();
    let failed = loop {
        bench.now = bench.driver.poll_timeout().unwrap().0;
        bench.driver.handle_timeout(Mono(bench.now));
        if let Some(event) = bench.driver.poll_event() {
            break event;
        }
        // From then on the line takes bytes again.
        bench.written.extend(std::iter::from_fn(|| bench.driver.poll_transmit()));
    };
    assert!(matches!(failed, Event::Failed(_)), "{failed:?}");
    bench.pass(2_000);
    assert!(bench.written.iter().all(|frame| !frame.windows(4).any(|four| four == [0x00, 0x20, 0x00, 0x01])));
}

#[test]
fn an_error_frame_or_another_chip_fails_the_status() {
    let mut bench = bench();
    bench.chip.set_fault(Fault::ErrorFrame, once_on(FIRMWARE));
    assert_eq!(bench.failed(Command::Status), ErrorKind::HardwareError);
    let options = device::Options { firmware: [0x33, 2, 7, 7], ..device::Options::default() };
    bench.chip = device::Pn532::new(options, device::cards);
    assert_eq!(bench.failed(Command::Status), ErrorKind::NoDevice);
}

#[test]
fn a_card_torn_away_during_an_apdu_ends_it_with_media_removed() {
    for after in [0, 1, 261, 263, 599] {
        let mut bench = selected();
        let torn = FaultSpec { after_bytes: Some(after), ..FaultSpec::times(1) };
        bench.chip.set_fault(Fault::CardTorn, torn);
        assert_eq!(bench.ask(io(&[7; 600])), [Event::MediaRemoved], "after {after} bytes");
        assert!(bench.pass(5_000).is_empty());
        bench.lay();
        assert_eq!(bench.pass(1_000), [Event::MediaInserted]);
    }
}

#[test]
fn each_error_of_the_air_fails_the_apdu_while_the_card_stays() {
    for code in [0x01, 0x02, 0x0B, 0x2B, 0x3F] {
        let mut bench = selected();
        bench.chip.set_fault(Fault::RfError, FaultSpec { code: Some(code), ..FaultSpec::times(1) });
        assert_eq!(bench.failed(verify()), ErrorKind::HardwareError);
        assert!(bench.pass(5_000).is_empty());
        assert_eq!(bench.ask(Command::ChipPower(ChipPower::Warm)), [chip_powered()]);
    }
}

#[test]
fn a_chip_that_lost_its_power_is_set_up_again_and_its_card_counts_as_new() {
    let mut bench = selected();
    bench.chip.set_power(false);
    bench.chip.set_power(true);
    assert_eq!(bench.pass(3_000), [Event::MediaRemoved, Event::MediaInserted]);
    let mut bench = selected();
    bench.chip.set_power(false);
    bench.chip.set_power(true);
    assert_eq!(bench.ask(Command::ChipPower(ChipPower::Cold)), [chip_powered()]);
    let mut bench = selected();
    bench.chip.set_power(false);
    bench.chip.set_power(true);
    let told = bench.ask(Command::Status);
    assert_eq!(told, [status(Media::Present), Event::MediaRemoved, Event::MediaInserted]);
}

#[test]
fn a_chip_without_power_takes_its_card_with_it_and_comes_back_by_itself() {
    let mut bench = selected();
    bench.chip.set_power(false);
    assert_eq!(bench.pass(5_000), [Event::MediaRemoved]);
    assert_eq!(bench.failed(Command::Status), ErrorKind::Offline);
    assert!(bench.pass(60_000).is_empty());
    bench.chip.set_power(true);
    assert_eq!(bench.pass(10_000), [Event::MediaInserted]);
    assert_eq!(bench.ask(Command::Status), [status(Media::Present)]);
}

#[test]
fn a_lost_line_fails_the_command_once_and_takes_the_card_with_it() {
    let mut bench = selected();
    bench.driver.begin(verify(), Mono(bench.now)).unwrap();
    bench.driver.handle_line(false, Mono(bench.now));
    let told: Vec<_> = std::iter::from_fn(|| bench.driver.poll_event()).collect();
    assert!(
        matches!(&told[..], [Event::Line { open: false }, Event::Failed(error), Event::MediaRemoved] if error.kind == ErrorKind::Offline)
    );
    assert_eq!((bench.driver.poll_transmit(), bench.driver.poll_timeout()), (None, None));
    assert_eq!(bench.failed(Command::Status), ErrorKind::Offline);
    bench.driver.handle_line(true, Mono(bench.now));
    assert_eq!(bench.pass(60_000), [Event::Line { open: true }]);
    assert_eq!(bench.ask(Command::Status), [status(Media::Present), Event::MediaInserted]);
}

#[test]
fn a_line_where_no_pn532_named_itself_is_left_alone_until_the_next_command() {
    let mut bench = bench_with(Config::default());
    bench.chip.set_power(false);
    assert_eq!(bench.failed(Command::Status), ErrorKind::Offline);
    let written = bench.written.len();
    assert!(bench.written.iter().all(|bytes| *bytes == codec::ACK || bytes.starts_with(&codec::WAKE_UP)));
    assert!(bench.pass(60_000).is_empty());
    assert_eq!(bench.written.len(), written);
    bench.chip.set_power(true);
    assert_eq!(bench.ask(Command::Status), [status(Media::NotPresent)]);
}
