//! What is around a visit: camera, place, mains, doors, keypad and headphone.

use senim::devices;
use senim_hal::assistive::{self, Key};
use senim_hal::cabinet::{Change, Input};
use senim_hal::supply::{self, Source};
use senim_hal::{Error, location};
use senim_linux::clock::boottime;
use serde_json::json;

use crate::line;
use crate::rig::{LeftOut, Outcome, Rig, both_paces, no_line};

both_paces!(Any: a_place_is_told_lost_and_found);
no_line!(
    a_camera_shows_frames,
    the_mains_fail_and_come_back,
    a_cabinet_door_opens_and_closes,
    a_key_and_a_headphone_are_told,
);

fn a_camera_shows_frames(rig: &Rig) -> Outcome {
    let mut camera = devices::camera(&rig.config);
    camera.open().unwrap();
    let frames = [0; 5].map(|_| camera.frame().unwrap());
    camera.close();
    for pair in frames.windows(2) {
        let bytes = usize::try_from(pair[0].width * pair[0].height * 3).unwrap();
        assert!(bytes > 0 && pair[0].rgb.expose().len() == bytes);
        assert!(pair[0].at <= pair[1].at);
        assert!(pair[0].rgb.expose() != pair[1].rgb.expose(), "the same picture twice");
    }
    Ok(())
}

fn a_place_is_told_lost_and_found(rig: &Rig) -> Outcome {
    let line = line::location(&rig.config).ok_or_else(|| LeftOut("no location receiver".to_owned()))?;
    line.send(location::Command::Status);
    let fix = |event: &location::Event| match event {
        location::Event::Status { fix, .. } => *fix,
        location::Event::Fix(fix) => Some(*fix),
        _ => None,
    };
    let place = line.until("a position", rig.cause_ms(), fix);
    rig.cause("cover the antenna of the location receiver", |control| {
        control.set("location", &json!({ "fix": false }));
    });
    line.until("the position to be lost", rig.cause_ms(), |event| {
        (*event == location::Event::Lost).then_some(())
    });
    rig.cause("uncover the antenna", |control| control.set("location", &json!({ "fix": true })));
    let again = line.until("the position to be found", rig.cause_ms(), fix);
    let far = (place.latitude_udeg - again.latitude_udeg)
        .abs()
        .max((place.longitude_udeg - again.longitude_udeg).abs());
    assert!(far < 5_000, "moved by {far} millionths of a degree");
    Ok(())
}

fn the_mains_fail_and_come_back(rig: &Rig) -> Outcome {
    let line = line::supply(&rig.config).ok_or_else(|| LeftOut("no supply".to_owned()))?;
    line.introduced(rig.answer_ms()).unwrap();
    for (ask, name, source) in [
        ("pull the mains plug of the supply", "battery", Source::Battery),
        ("put the mains plug of the supply back", "mains", Source::Mains),
    ] {
        rig.cause(ask, |control| control.set("supply", &json!({ "source": name })));
        line.until(name, rig.cause_ms(), |event| match event {
            supply::Event::Changed(told) if told.source == source => Some(()),
            _ => None,
        });
    }
    Ok(())
}

/// Waits on a port that is read by blocking calls.
fn until<T, E: std::fmt::Debug>(
    what: &str,
    wait_ms: u64,
    mut next: impl FnMut() -> Result<Option<E>, Error>,
    take: impl Fn(&E) -> Option<T>,
) -> T {
    let until = boottime().plus_ms(wait_ms);
    let mut heard = Vec::new();
    while boottime() < until {
        if let Some(event) = next().unwrap() {
            if let Some(taken) = take(&event) {
                return taken;
            }
            heard.push(event);
        }
    }
    panic!("waited {wait_ms} ms for {what}; heard {heard:?}");
}

fn a_cabinet_door_opens_and_closes(rig: &Rig) -> Outcome {
    let source = rig.config.cabinet.as_ref().ok_or_else(|| LeftOut("no cabinet inputs".to_owned()))?;
    let mut cabinet = devices::cabinet(source).unwrap();
    let mut door = |what: &str, active| {
        let told = Change { input: Input::CabinetDoor, active };
        until(what, rig.cause_ms(), || cabinet.wait_change(500), |change| (*change == told).then_some(()));
    };
    door("the closed door at the start", false);
    for (ask, open) in [("open the cabinet's door", true), ("close the cabinet's door", false)] {
        rig.cause(ask, |control| control.set("cabinet", &json!({ "cabinet_door": open })));
        door(ask, open);
    }
    Ok(())
}

fn a_key_and_a_headphone_are_told(rig: &Rig) -> Outcome {
    let source = rig.config.assistive.as_ref().ok_or_else(|| LeftOut("no assistive keypad".to_owned()))?;
    let mut keypad = devices::assistive(source).unwrap();
    let mut hears = |what: &str, told: assistive::Event| {
        until(what, rig.cause_ms(), || keypad.wait_event(500), |event| (*event == told).then_some(()));
    };
    hears("the keypad", assistive::Event::Connected { there: true });
    rig.cause("press the keypad's key for choosing", |control| {
        control.set("keypad", &json!({ "press": "KEY_ENTER", "repeats": 3 }));
    });
    hears("the key", assistive::Event::Pressed(Key::Enter));
    for (ask, plugged) in [("put a headphone in", true), ("take the headphone out", false)] {
        rig.cause(ask, |control| control.set("keypad", &json!({ "headphones": plugged })));
        hears(ask, assistive::Event::Headphones { plugged });
    }
    Ok(())
}
