//! Every configured device says who it is and how it is.

use senim_hal::card_reader::Media;
use senim_hal::cash_acceptor::Stacker;
use senim_hal::receipt_printer::Paper;
use senim_hal::status_panel::{Picture, StatusPanel as _};
use senim_hal::{ErrorKind, card_reader, cash_acceptor, cash_dispenser, location, receipt_printer, supply};
use senim_linux::panel::I2cPanel;

use crate::hands::say;
use crate::line;
use crate::rig::{Outcome, Rig, both_paces};

both_paces!(Any: every_other_device_tells_who_it_is_and_that_it_is_well);

mod lcdm4000 {
    use super::a_dispenser_tells_its_cassettes;
    use crate::rig::both_paces;

    both_paces!(Lcdm4000: a_dispenser_tells_its_cassettes);
}

mod lcdm2000 {
    use super::a_dispenser_tells_its_cassettes;
    use crate::rig::both_paces;

    both_paces!(Lcdm2000: a_dispenser_tells_its_cassettes);
}

mod presenter {
    use super::a_dispenser_tells_its_cassettes;
    use crate::rig::both_paces;

    both_paces!(Presenter: a_dispenser_tells_its_cassettes);
}

/// On real devices this is the record of what the run was on.
fn note(rig: &Rig, device: &str, identity: &str) {
    assert!(!identity.is_empty(), "{device} tells no identity");
    if rig.control().is_none() {
        say(&format!("{device} is {identity}"));
    }
}

fn a_dispenser_tells_its_cassettes(rig: &Rig) -> Outcome {
    rig.may_ask_dispenser()?;
    let line = line::dispenser(&rig.config);
    let (identity, units, error) =
        line.ask(cash_dispenser::Command::Status, "the status", rig.answer_ms(), |event| match event {
            cash_dispenser::Event::Status { identity, units, error } => {
                Some((identity.clone(), units.clone(), error.clone()))
            }
            _ => None,
        });
    note(rig, "dispenser", &identity);
    assert_eq!(error, None);
    assert!(!units.is_empty() && units.iter().all(|unit| unit.present), "{units:?}");
    let Some(control) = rig.control() else { return Ok(()) };
    let cassettes = control.state(rig.dispenser())["cassettes"].as_array().unwrap().len();
    assert_eq!(units.len(), cassettes);
    assert!(units.iter().all(|unit| !unit.low), "{units:?}");
    Ok(())
}

fn every_other_device_tells_who_it_is_and_that_it_is_well(rig: &Rig) -> Outcome {
    printer(rig);
    acceptor(rig);
    for section in ["card", "nfc"] {
        card_reader(rig, section);
    }
    location(rig);
    supply(rig);
    panel(rig);
    Ok(())
}

fn printer(rig: &Rig) {
    let line = line::printer(&rig.config);
    let (identity, paper, error) =
        line.ask(receipt_printer::Command::Status, "the status", rig.answer_ms(), |event| match event {
            receipt_printer::Event::Status { identity, paper, error } => {
                Some((identity.clone(), *paper, error.clone()))
            }
            _ => None,
        });
    note(rig, "printer", &identity);
    assert_eq!(error, None);
    assert_ne!(paper, Paper::Out);
    if let Some(control) = rig.control() {
        let model = control.state("printer")["options"]["model"].as_str().unwrap().to_owned();
        assert!(identity.contains(&model), "{identity}");
    }
}

fn acceptor(rig: &Rig) {
    let Some(line) = line::acceptor(&rig.config) else { return };
    let (identity, denominations, stacker, error) =
        line.ask(cash_acceptor::Command::Status, "the status", rig.answer_ms(), |event| match event {
            cash_acceptor::Event::Status { identity, denominations, stacker, error } => {
                Some((identity.clone(), denominations.clone(), *stacker, error.clone()))
            }
            _ => None,
        });
    note(rig, "acceptor", &identity);
    assert!(!denominations.is_empty(), "no tenge note in its table");
    assert_eq!(stacker, Stacker::Ok);
    // Behind its power-up a device waits for a reset, which is nobody's business here.
    assert!(error.as_ref().is_none_or(|error| error.kind == ErrorKind::Starting), "{error:?}");
    if let Some(control) = rig.control() {
        let serial = control.state("acceptor")["options"]["serial"].as_str().unwrap().to_owned();
        assert!(identity.contains(&serial), "{identity}");
    }
}

fn card_reader(rig: &Rig, section: &'static str) {
    let Some((line, _)) = line::card_reader(&rig.config, section) else { return };
    let (identity, media, error) =
        line.ask(card_reader::Command::Status, "the status", rig.answer_ms(), |event| match event {
            card_reader::Event::Status { identity, media, error } => {
                Some((identity.clone(), *media, error.clone()))
            }
            _ => None,
        });
    note(rig, section, &identity);
    assert_eq!(error, None);
    assert_eq!(media, Media::NotPresent, "a card lies on it");
}

fn location(rig: &Rig) {
    let Some(line) = line::location(&rig.config) else { return };
    let identity = line.ask(location::Command::Status, "the status", rig.answer_ms(), |event| match event {
        location::Event::Status { identity, .. } => Some(identity.clone()),
        _ => None,
    });
    note(rig, "location", &identity);
}

fn supply(rig: &Rig) {
    let Some(line) = line::supply(&rig.config) else { return };
    let (identity, supply) =
        line.ask(supply::Command::Status, "the status", rig.answer_ms(), |event| match event {
            supply::Event::Status { identity, supply } => Some((identity.clone(), *supply)),
            _ => None,
        });
    note(rig, "supply", &identity);
    assert_eq!((supply.source, supply.low), (supply::Source::Mains, false));
}

/// A chequerboard. Only the bus answers; whether it is seen, a person says. No emulator of it is in the rack.
fn panel(rig: &Rig) {
    let Some(settings) = &rig.config.panel else { return };
    let mut panel = I2cPanel::new(settings.clone()).unwrap();
    let (width, height) = panel.size();
    let stride = usize::try_from(width / 8).unwrap();
    let rows = (0..height).flat_map(|y| vec![if y % 2 == 0 { 0xAA } else { 0x55 }; stride]).collect();
    panel.show(&Picture { width, height, rows }).unwrap();
    say("the panel took a grey picture of single dots; look whether it is there");
}
