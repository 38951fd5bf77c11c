//! Wires and days made up at random: what must hold whatever happens.

use proptest::prelude::*;

use super::*;

/// What happens to a reader in service.
#[derive(Clone, Debug)]
enum Happening {
    Asked(u8),
    Laid,
    Taken,
    Dipped,
    Passed(u64),
    Struck(Fault, Option<u8>),
}

fn happening() -> impl Strategy<Value = Happening> {
    let faults = <Fault as senim_emulators::faults::FaultKind>::ALL;
    let commands = [None, Some(EXCHANGE), Some(LIST), Some(0x32), Some(0x00), Some(FIRMWARE), Some(0x14)];
    prop_oneof![
        6 => (0u8..6).prop_map(Happening::Asked),
        2 => Just(Happening::Laid),
        1 => Just(Happening::Taken),
        1 => Just(Happening::Dipped),
        3 => (0u64..2_000).prop_map(Happening::Passed),
        2 => (prop::sample::select(faults), prop::sample::select(commands.to_vec()))
            .prop_map(|(fault, command)| Happening::Struck(fault, command)),
    ]
}

/// Checks what a stretch of time brought: changes of the surface in turn, and one end for each command.
fn well_told(told: &[Event], present: &mut bool, asked: bool) -> Result<(), TestCaseError> {
    let mut ends = 0;
    let mut removed = false;
    let mut seen = None;
    for event in told {
        match event {
            Event::MediaInserted | Event::MediaRemoved => {
                prop_assert_ne!(*present, *event == Event::MediaInserted, "in turn: {:?}", told);
                *present = !*present;
                removed |= *event == Event::MediaRemoved;
            }
            Event::Status { media, .. } => {
                prop_assert!(!removed, "the status comes first: {:?}", told);
                seen = Some(*media == Media::Present);
                ends += 1;
            }
            _ => ends += 1,
        }
    }
    prop_assert!(seen.is_none_or(|seen| seen == *present), "{:?}", told);
    prop_assert!(ends == usize::from(asked) || (asked && ends == 0 && removed), "{:?}", told);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_wire_does_each_command_ends_once_and_no_apdu_reaches_the_card_twice(
        cut in 0usize..4,
        noise in proptest::collection::vec(prop_oneof![Just(0x00u8), Just(0xFF), any::<u8>()], 0..8),
        damage_every in prop_oneof![Just(0usize), 5usize..200],
        lengths in proptest::collection::vec(4usize..700, 1..5),
    ) {
        let mut bench = selected();
        bench.wire = Wire { cut, noise, damage_every, damage_replies: false };
        let mut present = true;
        for length in lengths {
            let apdu = vec![0x5A; length];
            let before = bench.chip.apdus();
            if bench.driver.begin(io(&apdu), Mono(bench.now)).is_err() {
                bench.driver.begin(Command::ChipPower(ChipPower::Cold), Mono(bench.now)).unwrap();
            }
            let mut told = bench.play(u64::MAX, true);
            prop_assert!(bench.chip.apdus() <= before + 1);
            told.extend(bench.pass(3_000));
            well_told(&told, &mut present, true)?;
            let whole = [apdu.as_slice(), &[0x90, 0x00]].concat();
            for event in told {
                if let Event::ChipIo(said) = event {
                    prop_assert!(said.expose() == whole || said.expose() == [0x69, 0x85]);
                }
            }
        }
    }

    #[test]
    fn whatever_happens_to_a_reader_it_tells_well_and_serves_again(
        happenings in proptest::collection::vec(happening(), 1..25),
    ) {
        let mut bench = bench();
        let mut present = false;
        for happening in happenings {
            let before = bench.chip.apdus();
            let (told, asked) = match happening {
                Happening::Asked(what) => {
                    let command = match what {
                        0 => Command::Status,
                        1 => Command::ChipPower(ChipPower::Cold),
                        2 => Command::ChipPower(ChipPower::Warm),
                        3 => Command::ChipPower(ChipPower::Off),
                        4 => select(),
                        _ => io(&[1; 600]),
                    };
                    match bench.driver.begin(command, Mono(bench.now)) {
                        Ok(()) => (bench.play(u64::MAX, true), true),
                        Err(_) => (Vec::new(), false),
                    }
                }
                Happening::Laid => { bench.lay(); (Vec::new(), false) }
                Happening::Taken => { bench.chip.remove(bench.now); (Vec::new(), false) }
                Happening::Dipped => {
                    bench.chip.set_power(false);
                    bench.chip.set_power(true);
                    (Vec::new(), false)
                }
                Happening::Passed(ms) => (bench.pass(ms), false),
                Happening::Struck(fault, command) => {
                    let command = command.filter(|_| !matches!(fault, Fault::RfError | Fault::CardTorn | Fault::NoRats));
                    bench.chip.set_fault(fault, FaultSpec { command, ..FaultSpec::times(1) });
                    (Vec::new(), false)
                }
            };
            well_told(&told, &mut present, asked)?;
            prop_assert!(bench.chip.apdus() <= before + 1);
        }
        for fault in <Fault as senim_emulators::faults::FaultKind>::ALL {
            bench.chip.clear_fault(*fault);
        }
        bench.lay();
        well_told(&bench.pass(30_000), &mut present, false)?;
        prop_assert!(present);
        prop_assert_eq!(bench.ask(Command::ChipPower(ChipPower::Cold)), [chip_powered()]);
        prop_assert_eq!(bench.ask(select()), [response(&[0x90, 0x00])]);
    }
}
