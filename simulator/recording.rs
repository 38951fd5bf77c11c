//! What somebody did at the simulator's window, written down so that it can be done again: by the window, or without a display
//! by `senim-simulator journey --file`.
//!
//! A recording names screens and elements as the rig's control does, never places, and never the digits of a code that came to a
//! phone: the next one has others. So it holds in another language and on another panel.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clients::{Element, Screen};
use crate::error::Trouble;

/// Version of the file.
const VERSION: u32 = 1;
/// The screen on which a code from the phone is typed.
const CODE_SCREEN: &str = "EnterCode";
/// Names of keys with a digit begin like this.
const DIGIT: &str = "digit-";

/// A recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// Version of the file.
    pub senim_recording: u32,
    /// IIN of the (synthetic) person who stood at the terminal when it began.
    pub person: String,
    /// What was done, in order.
    pub steps: Vec<Step>,
}

/// One thing that was done, and what was on the screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The screen.
    pub screen: String,
    /// What was special on it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What was done.
    #[serde(flatten)]
    pub deed: Deed,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Deed {
    /// An element is touched.
    Tap {
        /// Its id.
        id: String,
    },
    /// A finger comes down and leaves elsewhere; places as shares of the width and height of an element, or of the screen.
    Drag {
        /// The element's id; empty: the screen.
        id: String,
        /// Where it comes down.
        from: (f32, f32),
        /// Where it leaves.
        to: (f32, f32),
    },
    /// The code that came to the person's phone is typed.
    Code,
    /// Somebody else steps before the terminal.
    Person {
        /// Who.
        iin: String,
    },
    /// The drawn person behaves like this where movements are asked for.
    Behave {
        /// As scripts call it.
        like: String,
    },
    /// The person's phone reads the code on the screen and does what it asks for.
    Phone,
    /// Cash is ordered, loaded and confirmed.
    Cash,
    /// A device is changed.
    Device {
        /// Which.
        device: String,
        /// As the rig's guide tells.
        change: Value,
    },
    /// A device gets a fault.
    Fault {
        /// Which device.
        device: String,
        /// Which fault.
        fault: String,
        /// Its parameters.
        parameters: Value,
    },
    /// A device loses a fault.
    Mend {
        /// Which device.
        device: String,
        /// Which fault.
        fault: String,
    },
    /// The gateway is stopped or started.
    Gateway {
        /// Whether it runs then.
        up: bool,
    },
    /// The firmware is killed or started.
    Firmware {
        /// Whether it runs then.
        up: bool,
    },
}

impl Recording {
    /// Nothing was done yet; this person stands there.
    #[must_use]
    pub fn of(person: &str) -> Self {
        Self { senim_recording: VERSION, person: person.to_owned(), steps: Vec::new() }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Trouble::File`]; [`Trouble::Usage`] for anything but a recording of this version.
    pub fn read(path: &Path) -> Result<Self, Trouble> {
        let bytes = std::fs::read(path).map_err(Trouble::file("read", path))?;
        let wrong = |why: String| Trouble::Usage(format!("{} is no recording: {why}", path.display()));
        let recording: Self = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if recording.senim_recording != VERSION {
            return Err(wrong(format!("its version is {}, not {VERSION}", recording.senim_recording)));
        }
        Ok(recording)
    }

    /// Writes a file.
    ///
    /// # Errors
    /// [`Trouble::File`].
    pub fn write(&self, path: &Path) -> Result<(), Trouble> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| Trouble::Usage(format!("the recording cannot be written: {error}")))?;
        text.push(b'\n');
        crate::config::write(path, &text)
    }

    /// Adds what was done while this was shown.
    pub fn add(&mut self, shown: &Screen, deed: Deed) {
        self.steps.push(Step { screen: shown.screen.clone(), detail: shown.detail.clone(), deed });
    }

    /// Puts [`Deed::Code`] in place of digits that were those of a code; others stay, for who types a wrong one does it on
    /// purpose.
    pub fn forget_codes(&mut self, codes: &[String]) {
        let mut kept: Vec<Step> = Vec::new();
        for step in std::mem::take(&mut self.steps) {
            kept.push(step);
            let typed: Vec<&str> = kept.iter().rev().map_while(|step| step.digit_of_a_code()).collect();
            let text: String = typed.iter().rev().copied().collect();
            let Some(code) = codes.iter().find(|code| !code.is_empty() && text.ends_with(code.as_str()))
            else {
                continue;
            };
            kept.truncate(kept.len().saturating_sub(code.len()));
            let screen = CODE_SCREEN.to_owned();
            kept.push(Step { screen, detail: String::new(), deed: Deed::Code });
        }
        self.steps = kept;
    }
}

impl Step {
    fn digit_of_a_code(&self) -> Option<&str> {
        match &self.deed {
            Deed::Tap { id } if self.screen == CODE_SCREEN => id.strip_prefix(DIGIT),
            _ => None,
        }
    }
}

/// Where a finger came down, until it leaves.
#[derive(Clone, Debug)]
pub struct Touching {
    shown: Screen,
    /// The element under it, or the screen where nothing takes a touch.
    under: Element,
    from: (f32, f32),
}

/// The one element of which the place of a touch tells something.
const SLIDER: &str = "amount-slider";
/// Turns the page. No deed: whoever plays the recording turns as many as their own screen has before its main button.
const FURTHER: &str = "further";
/// A finger that moves less than this share of the screen does not move.
const STILL: f32 = 0.01;

impl Touching {
    /// A finger comes down at this place of a screen of this size.
    #[must_use]
    pub fn begin(shown: Screen, size: (f32, f32), x: f32, y: f32) -> Self {
        let mut touchable = shown.elements.iter().filter(|element| element.enabled && !element.covered);
        let topmost = touchable.rfind(|element| element.has(x, y));
        let under = topmost.cloned().unwrap_or_else(|| Element::screen(size));
        let from = under.share(x, y);
        Self { shown, under, from }
    }

    /// What was done once the finger has left; nothing where nothing takes a touch.
    #[must_use]
    pub fn end(self, x: f32, y: f32) -> Option<(Screen, Deed)> {
        let (id, to) = (self.under.id.clone(), self.under.share(x, y));
        let moved = (to.0 - self.from.0).abs().max((to.1 - self.from.1).abs()) > STILL;
        let deed = match id.as_str() {
            "" if !moved => return None,
            FURTHER => return None,
            "" | SLIDER => Deed::Drag { id, from: self.from, to },
            _ if self.under.has(x, y) => Deed::Tap { id },
            _ => Deed::Drag { id, from: self.from, to },
        };
        Some((self.shown, deed))
    }
}

impl Element {
    /// A screen of this size, pixels.
    pub(crate) fn screen((width, height): (f32, f32)) -> Self {
        Self { width, height, enabled: true, ..Self::default() }
    }

    fn has(&self, x: f32, y: f32) -> bool {
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }

    fn share(&self, x: f32, y: f32) -> (f32, f32) {
        ((x - self.x) / self.width.max(1.0), (y - self.y) / self.height.max(1.0))
    }

    /// The place at these shares of its width and height.
    #[must_use]
    pub fn place(&self, (across, down): (f32, f32)) -> (f32, f32) {
        (self.x + self.width * across, self.y + self.height * down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, x: f32) -> Element {
        Element {
            id: id.to_owned(),
            x,
            y: 10.0,
            width: 50.0,
            height: 40.0,
            enabled: true,
            ..Element::default()
        }
    }

    fn showing(screen: &str, elements: Vec<Element>) -> Screen {
        Screen { screen: screen.to_owned(), elements, ..Screen::default() }
    }

    fn typed(screen: &str, digits: &str) -> Recording {
        let mut recording = Recording::of("880101300017");
        for digit in digits.chars() {
            recording.add(&showing(screen, Vec::new()), Deed::Tap { id: format!("digit-{digit}") });
        }
        recording
    }

    #[test]
    fn a_touch_is_of_the_topmost_element_that_takes_one_and_a_slide_keeps_its_places() {
        let size = (200.0, 100.0);
        let mut covered = key("under", 0.0);
        covered.covered = true;
        let shown = showing("EnterIin", vec![key("digit-1", 0.0), covered, key(SLIDER, 100.0)]);
        let done = |from: (f32, f32), to: (f32, f32)| {
            let touching = Touching::begin(shown.clone(), size, from.0, from.1);
            touching.end(to.0, to.1).map(|(_, deed)| deed)
        };
        let drag = |id: &str, from, to| Some(Deed::Drag { id: id.to_owned(), from, to });
        assert_eq!(done((5.0, 15.0), (6.0, 16.0)), Some(Deed::Tap { id: "digit-1".to_owned() }));
        assert_eq!(done((100.0, 30.0), (125.0, 30.0)), drag(SLIDER, (0.0, 0.5), (0.5, 0.5)));
        assert_eq!(done((60.0, 15.0), (60.0, 15.5)), None, "between two");
        assert_eq!(done((60.0, 75.0), (60.0, 25.0)), drag("", (0.3, 0.75), (0.3, 0.25)));
        assert_eq!(done((5.0, 30.0), (55.0, 30.0)), drag("digit-1", (0.1, 0.5), (1.1, 0.5)));
    }

    #[test]
    fn a_code_that_came_is_forgotten_and_a_wrong_one_stays() {
        let codes = ["482913".to_owned()];
        let mut right = typed(CODE_SCREEN, "12482913");
        right.forget_codes(&codes);
        let deeds: Vec<&Deed> = right.steps.iter().map(|step| &step.deed).collect();
        assert!(matches!(deeds.as_slice(), [Deed::Tap { .. }, Deed::Tap { .. }, Deed::Code]), "{deeds:?}");
        for mut kept in [typed(CODE_SCREEN, "482914"), typed("EnterIin", "482913")] {
            let before = kept.clone();
            kept.forget_codes(&codes);
            assert_eq!(kept, before);
        }
    }

    #[test]
    fn a_recording_is_read_as_it_was_written_and_nothing_else_is_taken_for_one() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("visit.json");
        let mut recording = typed("EnterIin", "88");
        let fault = Deed::Fault {
            device: "dispenser".to_owned(),
            fault: "jam_after".to_owned(),
            parameters: serde_json::json!({ "times": 1 }),
        };
        recording.add(&showing("Welcome", Vec::new()), fault);
        recording.write(&path).unwrap();
        assert_eq!(Recording::read(&path).unwrap(), recording);
        for wrong in ["{}", r#"{"senim_recording":2,"person":"","steps":[]}"#, "[1"] {
            std::fs::write(&path, wrong).unwrap();
            assert!(matches!(Recording::read(&path), Err(Trouble::Usage(_))), "{wrong}");
        }
    }
}
