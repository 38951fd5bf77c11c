//! Two cables are swapped: both devices are named, and neither gets anything but questions who it is.

use std::fmt::Debug;

use senim_hal::card_reader::{ChipPower, Command as CardCommand};
use senim_hal::cash_acceptor::Command as AcceptorCommand;
use senim_hal::cash_dispenser::Command as DispenserCommand;
use senim_hal::receipt_printer::{Command as PrinterCommand, Raster};
use senim_hal::{Error, ErrorKind};
use senim_linux::clock::boottime;
use senim_linux::line::Introduces;
use serde_json::{Value, json};

use crate::line::{self, Line};
use crate::rig::{LeftOut, Outcome, Rig, both_paces};

both_paces!(
    Lcdm4000: a_swapped_dispenser_and_acceptor_are_named_and_unharmed,
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

/// Frames of these kinds alone were understood.
fn only(frames: &Value, questions: &[&str]) {
    let frames = frames.as_object().unwrap();
    assert!(!frames.is_empty(), "its own question reached it");
    assert!(frames.keys().all(|kind| questions.contains(&kind.as_str())), "{frames:?}");
}

fn a_swapped_dispenser_and_acceptor_are_named_and_unharmed(rig: &Rig) -> Outcome {
    rig.may_ask_dispenser()?;
    let mut config = rig.config.clone();
    let acceptor = config.acceptor.as_mut().ok_or_else(|| LeftOut("no acceptor".to_owned()))?;
    std::mem::swap(&mut config.dispenser.line.path, &mut acceptor.line.path);
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
    if let Some(control) = rig.control() {
        let state = control.state(rig.dispenser());
        only(&state["frames"], &["50"]);
        let executed = state["commands"].as_object().unwrap();
        assert!(executed.values().all(|count| *count == 0), "{executed:?}");
        let state = control.state("acceptor");
        only(&state["line"]["frames"], &["33", "31", "37", "41"]);
        assert_eq!(state["enabled"], json!([]));
    }
    Ok(())
}

fn a_swapped_printer_and_card_reader_are_named_and_unharmed(rig: &Rig) -> Outcome {
    let mut config = rig.config.clone();
    let card = config.card.as_mut().ok_or_else(|| LeftOut("no contact card reader".to_owned()))?;
    std::mem::swap(&mut config.printer.line.path, &mut card.line.path);
    let (printer, (card, _)) = (line::printer(&config), line::card_reader(&config, "card").unwrap());
    printer.send(PrinterCommand::Status);
    card.send(CardCommand::Status);
    named(&verdict(&printer), "card");
    named(&verdict(&card), "printer");
    refused(&printer, PrinterCommand::Print(Raster { width: 8, rows: vec![0xFF; 8] }));
    refused(&card, CardCommand::ChipPower(ChipPower::Cold));
    if let Some(control) = rig.control() {
        let state = control.state("card");
        // GetSlotStatus and the escape that asks for the firmware.
        only(&state["frames"], &["65", "6b"]);
        let state = control.state("printer");
        assert_eq!((&state["receipts"], &state["rows_printed"]), (&json!(0), &json!(0)));
    }
    Ok(())
}
