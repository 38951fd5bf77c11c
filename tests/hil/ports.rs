//! Two cables are swapped: both devices are named, and neither gets anything but questions who it is.

use std::collections::BTreeMap;
use std::fmt::Debug;

use senim::config::DispenserDriver;
use senim_hal::card_reader::{ChipPower, Command as CardCommand};
use senim_hal::cash_acceptor::Command as AcceptorCommand;
use senim_hal::cash_dispenser::Command as DispenserCommand;
use senim_hal::receipt_printer::{Command as PrinterCommand, Raster};
use senim_hal::{Error, ErrorKind};
use senim_linux::clock::boottime;
use senim_linux::line::Introduces;
use serde_json::Value;

use crate::hands::Control;
use crate::line::{self, Line};
use crate::rig::{LeftOut, Outcome, Rig, both_paces};

both_paces!(
    Any: a_swapped_dispenser_and_acceptor_are_named_and_unharmed,
    a_swapped_printer_and_card_reader_are_named_and_unharmed,
);

/// Every neighbour is asked in turn.
const NAMED_MS: u64 = 60_000;

/// What is wrong with the port of a line that was asked, once somebody knows it.
fn verdict<B>(line: &Line<B>) -> Error
where
    B: Introduces + 'static,
    B::Event: Debug + 'static,
{
    let until = boottime().plus_ms(NAMED_MS);
    loop {
        let told =
            line.wait("a device to be named", until.since(boottime()), |event| {
                match B::introduction(event) {
                    Some(Err(error)) if error.detail.contains("swapped") => Some(error),
                    Some(Ok(identity)) => panic!("{identity} answered on a foreign port"),
                    _ => None,
                }
            });
        match told {
            Ok(error) => return error,
            // The own question fails first.
            Err(error) => assert_eq!(error.kind, ErrorKind::Offline, "{error}"),
        }
    }
}

/// A command that is no question ends here.
fn refused<B>(line: &Line<B>, command: B::Command)
where
    B: Introduces + 'static,
    B::Event: Debug + 'static,
{
    line.send(command);
    let refused = line.wait("a refusal", 5_000, |_| None::<()>).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::NoDevice, "{refused}");
}

fn named(error: &Error, device: &str) {
    assert_eq!(error.kind, ErrorKind::NoDevice);
    assert!(error.detail.contains(&format!("answers as {device} (")), "{error}");
}

/// What an emulator counted at this place, by kind. Somebody may have spoken with it before.
fn counts(rig: &Rig, device: &str, pointer: &str) -> BTreeMap<String, u64> {
    let Some(control) = rig.control() else { return BTreeMap::new() };
    let state = control.state(device);
    let counts = state.pointer(pointer).and_then(Value::as_object).unwrap();
    counts.iter().map(|(kind, count)| (kind.clone(), count.as_u64().unwrap())).collect()
}

/// Since then frames of these kinds alone were understood.
fn only(rig: &Rig, device: &str, pointer: &str, before: &BTreeMap<String, u64>, questions: &[&str]) {
    let after = counts(rig, device, pointer);
    let news: Vec<_> =
        after.iter().filter(|(kind, count)| before.get(*kind) != Some(count)).map(|(kind, _)| kind).collect();
    assert!(!news.is_empty(), "its own question reached it");
    assert!(news.iter().all(|kind| questions.contains(&kind.as_str())), "{device}: {news:?}");
}

fn a_swapped_dispenser_and_acceptor_are_named_and_unharmed(rig: &Rig) -> Outcome {
    rig.may_ask_dispenser()?;
    let mut config = rig.config.clone();
    let acceptor = config.acceptor.as_mut().ok_or_else(|| LeftOut("no acceptor".to_owned()))?;
    std::mem::swap(&mut config.dispenser.line.path, &mut acceptor.line.path);
    let device = rig.dispenser();
    let before = ["/frames", "/commands"].map(|pointer| counts(rig, device, pointer));
    let of_acceptor = counts(rig, "acceptor", "/line/frames");
    let (dispenser, acceptor) = (line::dispenser(&config), line::acceptor(&config).unwrap());
    dispenser.send(DispenserCommand::Status);
    acceptor.send(AcceptorCommand::Status);
    named(&verdict(&dispenser), "acceptor");
    named(&verdict(&acceptor), "dispenser");
    for command in [DispenserCommand::Mark, DispenserCommand::Reset] {
        refused(&dispenser, command);
    }
    for command in [AcceptorCommand::Reset, AcceptorCommand::Stack] {
        refused(&acceptor, command);
    }
    if rig.control().is_some() {
        // STATUS of each kind, and of the second the version of its program.
        let questions: &[&str] = match rig.config.dispenser.driver {
            DispenserDriver::Lcdm4000 => &["50"],
            DispenserDriver::Lcdm2000 => &["46", "47"],
            DispenserDriver::Presenter => &["01"],
        };
        only(rig, device, "/frames", &before[0], questions);
        assert_eq!(counts(rig, device, "/commands"), before[1], "nothing was carried out");
        only(rig, "acceptor", "/line/frames", &of_acceptor, &["33", "31", "37", "41"]);
    }
    Ok(())
}

fn a_swapped_printer_and_card_reader_are_named_and_unharmed(rig: &Rig) -> Outcome {
    let mut config = rig.config.clone();
    let card = config.card.as_mut().ok_or_else(|| LeftOut("no contact card reader".to_owned()))?;
    std::mem::swap(&mut config.printer.line.path, &mut card.line.path);
    let of_card = counts(rig, "card", "/frames");
    let printed = |control: &Control| ["/receipts", "/rows_printed"].map(|at| control.number("printer", at));
    let before = rig.control().map(printed);
    let (printer, (card, _)) = (line::printer(&config), line::card_reader(&config, "card").unwrap());
    printer.send(PrinterCommand::Status);
    card.send(CardCommand::Status);
    named(&verdict(&printer), "card");
    named(&verdict(&card), "printer");
    let width = config.printer.escpos.width;
    let rows = vec![0xFF; usize::try_from(width / 8).unwrap()];
    refused(&printer, PrinterCommand::Print(Raster { width, rows }));
    refused(&card, CardCommand::ChipPower(ChipPower::Cold));
    if rig.control().is_some() {
        // GetSlotStatus and the escape that asks for the firmware.
        only(rig, "card", "/frames", &of_card, &["65", "6b"]);
        assert_eq!(rig.control().map(printed), before);
    }
    Ok(())
}
