//! Each device is unplugged and plugged in again, and answers within ten seconds without a restart of anything.

use std::fmt::Debug;

use senim::devices;
use senim_domain::Mono;
use senim_hal::ErrorKind;
use senim_hal::assistive::Event as Assistive;
use senim_linux::clock::boottime;
use senim_linux::line::Introduces;

use crate::line::{self, Line};
use crate::rig::{LeftOut, Outcome, Rig, both_paces, no_line};

/// A device answers within this after it is plugged in.
const BACK_MS: u64 = 10_000;

both_paces!(
    Any: a_printer_comes_back,
    an_acceptor_comes_back,
    a_card_reader_comes_back,
    a_contactless_reader_comes_back,
    a_location_receiver_comes_back,
);
no_line!(a_supply_comes_back, a_camera_comes_back, cabinet_inputs_come_back, a_keypad_comes_back);

mod lcdm4000 {
    use super::a_dispenser_comes_back;
    use crate::rig::both_paces;

    both_paces!(Lcdm4000: a_dispenser_comes_back);
}

mod lcdm2000 {
    use super::a_dispenser_comes_back;
    use crate::rig::both_paces;

    both_paces!(Lcdm2000: a_dispenser_comes_back);
}

mod presenter {
    use super::a_dispenser_comes_back;
    use crate::rig::both_paces;

    both_paces!(Presenter: a_dispenser_comes_back);
}

/// What a person pulls for the emulator of this name. The device keeps its power.
fn cable(device: &str) -> String {
    match device {
        "supply" => "connection to the service of section supply".to_owned(),
        "keypad" => "plug of section assistive".to_owned(),
        "dispenser2" | "presenter" => cable("dispenser"),
        section => format!("data cable of section {section}"),
    }
}

fn unplug(rig: &Rig, device: &str) {
    rig.cause(&format!("pull the {}", cable(device)), |control| control.unplug(device));
}

fn replug(rig: &Rig, device: &str) {
    rig.cause(&format!("put the {} back", cable(device)), |control| control.replug(device));
}

/// From which moment the ten seconds count: of a person's hands only their result is seen.
fn counted(rig: &Rig, plugged: Mono, seen: Mono) -> Mono {
    if rig.control().is_some() { plugged } else { seen }
}

/// Whether the identity before and the one after are of one device.
type Same = fn(&str, &str) -> bool;

const NAMED: Same = |before, after| before == after;
/// A location receiver has no name; what it is known by are the sentences heard so far.
const HEARD: Same = |_, after| !after.is_empty();

fn comes_back<B>(rig: &Rig, device: &str, line: &Line<B>, same: Same) -> Outcome
where
    B: Introduces + 'static,
    B::Event: Debug + 'static,
{
    let identity = line.introduced(rig.answer_ms()).unwrap();
    unplug(rig, device);
    line.changes("the line to close", rig.cause_ms());
    replug(rig, device);
    let plugged = boottime();
    line.changes("the line to open", rig.cause_ms());
    let since = counted(rig, plugged, boottime());
    let until = since.plus_ms(BACK_MS);
    // A device that is still starting fails a question or two.
    let mut last = None;
    while boottime() < until {
        let answer = line.introduced(rig.answer_ms());
        let took = boottime().since(since);
        if answer.as_ref().is_ok_and(|after| same(&identity, after)) && took <= BACK_MS {
            return Ok(());
        }
        last = Some(answer);
    }
    panic!("{device} did not answer within {BACK_MS} ms; last {last:?} in place of {identity}");
}

/// A device that the configuration does not have.
fn missing(device: &str) -> LeftOut {
    LeftOut(format!("no {device} in the configuration"))
}

fn a_dispenser_comes_back(rig: &Rig) -> Outcome {
    rig.may_ask_dispenser()?;
    comes_back(rig, rig.dispenser(), &line::dispenser(&rig.config), NAMED)
}

fn a_printer_comes_back(rig: &Rig) -> Outcome {
    comes_back(rig, "printer", &line::printer(&rig.config), NAMED)
}

fn an_acceptor_comes_back(rig: &Rig) -> Outcome {
    comes_back(rig, "acceptor", &line::acceptor(&rig.config).ok_or_else(|| missing("acceptor"))?, NAMED)
}

fn a_card_reader_comes_back(rig: &Rig) -> Outcome {
    comes_back(rig, "card", &line::card_reader(&rig.config, "card").ok_or_else(|| missing("card"))?.0, NAMED)
}

fn a_contactless_reader_comes_back(rig: &Rig) -> Outcome {
    comes_back(rig, "nfc", &line::card_reader(&rig.config, "nfc").ok_or_else(|| missing("nfc"))?.0, NAMED)
}

fn a_location_receiver_comes_back(rig: &Rig) -> Outcome {
    comes_back(rig, "location", &line::location(&rig.config).ok_or_else(|| missing("location"))?, HEARD)
}

fn a_supply_comes_back(rig: &Rig) -> Outcome {
    comes_back(rig, "supply", &line::supply(&rig.config).ok_or_else(|| missing("supply"))?, NAMED)
}

/// Asks again and again until it is as expected.
fn until<T>(what: &str, wait_ms: u64, mut look: impl FnMut() -> Option<T>) -> T {
    let until = boottime().plus_ms(wait_ms);
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(boottime() < until, "waited {wait_ms} ms for {what}");
    }
}

fn a_camera_comes_back(rig: &Rig) -> Outcome {
    let frames = rig.frames();
    if frames.is_none() && rig.control().is_some() {
        return Err(LeftOut("the camera is none of these emulators".to_owned()));
    }
    let away = frames.as_ref().map(|frames| frames.with_extension("away"));
    let mut camera = devices::camera(&rig.config);
    camera.open().unwrap();
    camera.frame().unwrap();
    let moves = |from: &Option<std::path::PathBuf>, to: &Option<std::path::PathBuf>| {
        if let (Some(from), Some(to)) = (from, to) {
            std::fs::rename(from, to).unwrap();
        }
    };
    rig.cause("unplug the camera", |_| moves(&frames, &away));
    let error = until("the camera to be missed", rig.cause_ms(), || camera.frame().err());
    assert_eq!(error.kind, ErrorKind::Offline, "{error}");
    assert_eq!(camera.open().unwrap_err().kind, ErrorKind::NoDevice);
    rig.cause("plug the camera in again", |_| moves(&away, &frames));
    let plugged = boottime();
    until("the camera to be back", rig.cause_ms(), || camera.open().ok());
    let since = counted(rig, plugged, boottime());
    until("a frame", BACK_MS, || camera.frame().ok());
    assert!(boottime().since(since) <= BACK_MS);
    camera.close();
    Ok(())
}

fn cabinet_inputs_come_back(rig: &Rig) -> Outcome {
    let source = rig.config.cabinet.as_ref().ok_or_else(|| missing("cabinet"))?;
    let control = rig.only_emulated("chips of inputs that are plugged")?;
    let mut cabinet = devices::cabinet(source).unwrap();
    let mut levels = |what: &str| {
        let first = until(what, BACK_MS, || cabinet.wait_change(200).ok().flatten());
        let others = [0; 4].map(|_| cabinet.wait_change(200).unwrap().unwrap());
        [vec![first], others.to_vec()].concat()
    };
    let before = levels("the levels");
    control.unplug("cabinet");
    control.replug("cabinet");
    // Nobody reads in between: that it was away shows afterwards, and every level is told anew.
    assert_eq!(levels("the levels again"), before);
    Ok(())
}

fn a_keypad_comes_back(rig: &Rig) -> Outcome {
    let source = rig.config.assistive.as_ref().ok_or_else(|| missing("assistive"))?;
    let mut keypad = devices::assistive(source).unwrap();
    let mut connected = |there: bool, wait_ms: u64| {
        until("the keypad to come or go", wait_ms, || match keypad.wait_event(200) {
            Ok(Some(Assistive::Connected { there: now })) => (now == there).then_some(()),
            Ok(_) => None,
            Err(error) => (!there && error.kind == ErrorKind::NoDevice).then_some(()),
        });
    };
    connected(true, rig.answer_ms());
    unplug(rig, "keypad");
    connected(false, rig.cause_ms());
    replug(rig, "keypad");
    let plugged = boottime();
    connected(true, rig.cause_ms());
    assert!(rig.control().is_none() || boottime().since(plugged) <= BACK_MS);
    Ok(())
}
