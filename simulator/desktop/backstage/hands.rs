//! What hands do at the machine: notes into cassettes, notes to the acceptor, another camera, somebody else before it.

use senim_linux::camera::sockets;
use senim_person::scripted::Behaviour;
use senim_ui_model::format::grouped;
use serde_json::Value;

use super::{Backstage, tell};
use crate::camera::CameraSource;
use crate::config::ConfigPatch;
use crate::desktop::notes;
use crate::error::Trouble;
use crate::recording::Deed;

impl Backstage {
    /// Notes of this value fall into a cassette, or one to the acceptor's mouth.
    pub(super) fn put(&self, stack: usize, place: Option<usize>) -> Result<String, Trouble> {
        let value = notes::STACKS.get(stack).copied();
        let value = value.ok_or_else(|| Trouble::Usage("there are no such notes".to_owned()))?;
        let Some(place) = place else {
            self.change("acceptor", notes::at_the_mouth(value)).map_err(|trouble| match trouble {
                Trouble::Http { status: Some(400), .. } => Trouble::Usage(
                    "the acceptor draws no note in: it does while the terminal asks for notes".to_owned(),
                ),
                other => other,
            })?;
            return Ok(format!("a note of {} ₸ was put to the acceptor", grouped(value.into())));
        };
        let filled = notes::onto(&self.stage.devices()?.state(self.dispenser())?, place, value)?;
        self.change(self.dispenser(), filled)?;
        let unit = place.saturating_add(1);
        let (count, value) = (notes::NOTES, grouped(value.into()));
        Ok(format!("{count} × {value} ₸ were put into cassette {unit}; no book has heard of them"))
    }

    /// A cassette is emptied by hand.
    pub(super) fn empty(&self, place: usize) -> Result<String, Trouble> {
        self.change(self.dispenser(), notes::emptied(place))?;
        Ok(format!("cassette {} was emptied; no book has heard of it", place.saturating_add(1)))
    }

    /// The drawn person behaves like this from now on.
    pub(super) fn behave(&self, index: usize) -> Result<String, Trouble> {
        let (name, behaviour) = *Behaviour::ALL
            .get(index)
            .ok_or_else(|| Trouble::Usage("nobody behaves like that".to_owned()))?;
        self.stage.sitter().behave(behaviour);
        self.record(Deed::Behave { like: name.to_owned() });
        Ok(format!("where movements are asked for, the person: {}", in_words(name)))
    }

    /// The terminal gets another camera; as one in service it has to be started anew for that.
    pub(super) fn look_at(&mut self, source: &str) -> Result<String, Trouble> {
        let camera = CameraSource::named(source)?;
        let told = camera.told();
        self.stage.look_at(camera);
        if self.firmware_up {
            self.eyes.on(None);
            self.stage.stop_firmware()?;
            self.stage.start_firmware(&ConfigPatch::none())?;
            self.eyes.on(Some(self.stage.firmware()?));
        }
        self.show_camera();
        Ok(format!("the terminal was started anew; its camera looks at {told}"))
    }

    pub(super) fn show_camera(&self) {
        let told = self.stage.options().camera.told();
        let webcams = match sockets() {
            sockets if sockets.is_empty() => "no webcam is plugged in".to_owned(),
            sockets => format!("webcams in USB sockets {}", sockets.join(", ")),
        };
        tell(&self.window, move |window| {
            window.set_camera_state(format!("Looks at {told}; {webcams}.").into());
        });
    }

    /// Changes a device, and writes it down.
    pub(super) fn change(&self, device: &str, change: Value) -> Result<(), Trouble> {
        self.stage.devices()?.patch(device, &change)?;
        self.record(Deed::Device { device: device.to_owned(), change });
        Ok(())
    }
}

/// What scripts call `wrongOrder`, as people read it.
pub(super) fn in_words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}
