//! The firmware's rig control: what it shows, its inner state, a finger on its screen.

use std::collections::BTreeMap;

use senim_journeys::scene;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{PATIENCE, Service};
use crate::error::Trouble;
use crate::wait::{Look, until};

/// An element of the screen.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Element {
    /// Stable id.
    pub id: String,
    /// What is spoken.
    #[serde(default)]
    pub label: String,
    /// Left edge, pixels.
    #[serde(default)]
    pub x: f32,
    /// Upper edge.
    #[serde(default)]
    pub y: f32,
    /// Width.
    #[serde(default)]
    pub width: f32,
    /// Height.
    #[serde(default)]
    pub height: f32,
    /// Whether it takes a touch.
    #[serde(default)]
    pub enabled: bool,
    /// Whether something lies over it.
    #[serde(default)]
    pub covered: bool,
}

/// What the firmware shows.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Screen {
    /// Name, such as `EnterIin`.
    pub screen: String,
    /// What is special on it.
    #[serde(default)]
    pub detail: String,
    /// Number of the screen.
    #[serde(default)]
    pub step: u64,
    /// `kk`, `ru`, `en`.
    #[serde(default)]
    pub language: String,
    /// What the keypad's user stands on.
    #[serde(default)]
    pub stands_on: Option<String>,
    /// Whether the question lies over it.
    #[serde(default)]
    pub still_there: bool,
    /// Everything with an id.
    #[serde(default)]
    pub elements: Vec<Element>,
    /// Whether nothing moves and nothing is awaited.
    #[serde(default)]
    pub settled: bool,
    /// Pictures drawn so far.
    #[serde(default)]
    pub frame: u64,
}

/// How long a touch was not answered.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Echo {
    /// From the finger to the picture, microseconds.
    pub pressed_us: u64,
    /// From its leaving to the picture, microseconds.
    pub released_us: u64,
}

impl Screen {
    /// The element with this id.
    #[must_use]
    pub fn element(&self, id: &str) -> Option<&Element> {
        self.elements.iter().find(|element| element.id == id)
    }

    /// Name and detail, for messages.
    #[must_use]
    pub fn told(&self) -> String {
        scene::told(&self.screen, &self.detail)
    }
}

/// Something that was said in the headphones.
#[derive(Clone, Debug, Deserialize)]
pub struct Spoken {
    /// `kk`, `ru`, `en`.
    pub language: String,
    /// In words.
    pub text: String,
    /// Hundredths of the loudest.
    pub volume: u8,
}

/// The firmware's rig status.
#[derive(Clone, Debug, Deserialize)]
pub struct Status {
    /// Number of the next row.
    pub next_seq: u64,
    /// Last acknowledged row.
    pub acked_seq: Option<u64>,
    /// Rows not acknowledged.
    pub unacked: u64,
    /// Whether attachments wait to be sent or archived.
    #[serde(default)]
    pub attachments: bool,
    /// Rows under the last checkpoint.
    #[serde(default)]
    pub checkpoint_size: u64,
    /// Rows under the last cosigned checkpoint.
    #[serde(default)]
    pub cosigned_size: u64,
    /// Whether the gateway answers.
    #[serde(default)]
    pub online: bool,
    /// Why the terminal is out of service.
    #[serde(default)]
    pub out_of_service: Vec<Value>,
    /// Why no loan can begin.
    #[serde(default)]
    pub no_loan: Value,
    /// Whether nobody is at the screen and nothing is under way.
    #[serde(default)]
    pub at_rest: bool,
    /// The cash books.
    #[serde(default)]
    pub books: Value,
    /// Whether a payout has no outcome yet.
    #[serde(default)]
    pub open_payout: bool,
    /// Cash orders that were not carried out yet, by their ids.
    #[serde(default)]
    pub orders: Vec<String>,
    /// How the dispenser is: `Usable`, `Failed("…")`, `Unknown`.
    #[serde(default)]
    pub dispenser: String,
    /// How the printer is.
    #[serde(default)]
    pub printer: String,
    /// How every other device is that has told, by its section of the configuration.
    #[serde(default)]
    pub peripherals: BTreeMap<String, String>,
    /// Whether the terminal lives on its battery.
    #[serde(default)]
    pub on_battery: bool,
}

/// The firmware's rig control.
#[derive(Clone, Debug)]
pub struct FirmwareClient(Service);

impl FirmwareClient {
    /// The control that listens at `address`.
    #[must_use]
    pub fn at(address: &str) -> Self {
        Self(Service::at(address))
    }

    /// What is shown.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::Answer`].
    pub fn screen(&self) -> Result<Screen, Trouble> {
        self.0.json("GET", "/screen", None)
    }

    /// The picture, as PNG.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn frame_png(&self) -> Result<Vec<u8>, Trouble> {
        self.0.call("GET", "/frame.png", None)
    }

    /// A finger on the middle of the element.
    ///
    /// # Errors
    /// [`Trouble::Http`] with status 409 where a person could not tap.
    pub fn tap(&self, id: &str) -> Result<(), Trouble> {
        self.0.tell("POST", "/tap", Some(&json!({ "id": id })))
    }

    /// A finger on the middle of the element, timed.
    ///
    /// # Errors
    /// [`Trouble::Http`] with status 409 where a person could not tap or saw no answer.
    pub fn echo(&self, id: &str) -> Result<Echo, Trouble> {
        self.0.json("POST", "/echo", Some(&json!({ "id": id })))
    }

    /// What was said since the last question.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::Answer`].
    pub fn spoken(&self) -> Result<Vec<Spoken>, Trouble> {
        self.0.json("GET", "/rig/spoken", None)
    }

    /// A finger at a place: `kind` is `press`, `move` or `release`.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn pointer(&self, x: f32, y: f32, kind: &str) -> Result<(), Trouble> {
        self.0.tell("POST", "/pointer", Some(&json!({ "x": x, "y": y, "kind": kind })))
    }

    /// Shifts the terminal's clocks.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn clock(&self, offset_ms: i64) -> Result<(), Trouble> {
        self.0.tell("POST", "/clock", Some(&json!({ "offset_ms": offset_ms })))
    }

    /// The cash officer says that a signed order was carried out. False while the terminal does not know the order.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn exchange(&self, order: &str) -> Result<bool, Trouble> {
        match self.0.tell("POST", "/rig/exchange", Some(&json!({ "order": order }))) {
            Ok(()) => Ok(true),
            Err(Trouble::Http { status: Some(409), .. }) => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }

    /// The terminal's inner state; a terminal that has just begun to listen has none before its first step.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::Answer`], [`Trouble::Deadline`].
    pub fn status(&self) -> Result<Status, Trouble> {
        until("the terminal's first step", PATIENCE, || {
            let status = self.0.json::<Option<Status>>("GET", "/rig/status", None)?;
            Ok(status.map_or_else(|| Look::NotYet("nothing yet".to_owned()), Look::There))
        })
    }

    /// A checkpoint is taken and sent.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn checkpoint(&self) -> Result<(), Trouble> {
        self.0.tell("POST", "/rig/checkpoint", Some(&json!({})))
    }
}
