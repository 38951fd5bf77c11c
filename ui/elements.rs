//! What is on the screen and where (rig), and taps that go the way of a finger.
//!
//! Elements are found in the live component by their `accessible-id`. A tap is pointer events at the centre of the real
//! element; nothing calls a callback.

use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementRoot};
use senim_domain::touch::DisplayPoint;
use serde::Serialize;
use slint::platform::{PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition};

use crate::bind::App;
use crate::panel;

/// Something with an id.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Element {
    /// Stable id, such as `primary` or `digit-7`.
    pub id: String,
    /// What is spoken, in the language of the screen.
    pub label: String,
    /// Current value, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// `button`, `slider`, `text`, `groupbox`.
    pub role: String,
    /// Left edge in pixels of the window.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
    /// Whether it takes a touch.
    pub enabled: bool,
    /// Whether something lies over its centre.
    pub covered: bool,
}

/// Kinds of pointer events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pointer {
    /// The finger touches.
    Press,
    /// The finger leaves.
    Release,
    /// The finger moves.
    Move,
}

/// Why a person could not tap there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TapError {
    /// No such element, or several.
    #[error("{count} elements have the id {id}; look at GET /screen")]
    NotOne {
        /// Asked for.
        id: String,
        /// Found.
        count: usize,
    },
    /// It takes no touch now.
    #[error("{0} is disabled now; wait until it is enabled")]
    Disabled(String),
    /// Something is over it.
    #[error("{0} is covered or outside the window")]
    Covered(String),
}

/// Everything with an id, in drawing order.
#[must_use]
pub fn all(app: &App) -> Vec<Element> {
    let named: Vec<ElementHandle> = app
        .inner
        .window
        .root_element()
        .query_descendants()
        .match_predicate(|element| element.accessible_id().is_some_and(|id| !id.is_empty()))
        .find_all();
    let mut elements: Vec<Element> = named.iter().map(element).collect();
    let size = app.inner.window.window().size();
    let covered: Vec<bool> = (0..elements.len()).map(|at| is_covered(&elements, at, size)).collect();
    for (element, covered) in elements.iter_mut().zip(covered) {
        element.covered = covered;
    }
    elements
}

fn element(handle: &ElementHandle) -> Element {
    let (position, size) = (handle.absolute_position(), handle.size());
    let text = |text: Option<slint::SharedString>| text.map(String::from);
    Element {
        id: text(handle.accessible_id()).unwrap_or_default(),
        label: text(handle.accessible_label()).unwrap_or_default(),
        value: text(handle.accessible_value()).filter(|value| !value.is_empty()),
        role: handle.accessible_role().map(role).unwrap_or_default(),
        x: position.x,
        y: position.y,
        width: size.width,
        height: size.height,
        enabled: handle.accessible_enabled().unwrap_or(true),
        covered: false,
    }
}

fn role(role: AccessibleRole) -> String {
    format!("{role:?}").to_lowercase()
}

impl Element {
    /// Its middle.
    #[must_use]
    pub fn centre(&self) -> (f32, f32) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    fn contains(&self, (x, y): (f32, f32)) -> bool {
        x >= self.x && x < self.x + self.width && y >= self.y && y < self.y + self.height
    }

    fn inside(&self, other: &Self) -> bool {
        self.x >= other.x
            && self.y >= other.y
            && self.x + self.width <= other.x + other.width
            && self.y + self.height <= other.y + other.height
    }
}

/// What is drawn later over the centre covers, unless it is a part of the element itself.
fn is_covered(elements: &[Element], at: usize, size: slint::PhysicalSize) -> bool {
    let Some(element) = elements.get(at) else { return true };
    let centre = element.centre();
    let over = elements.iter().skip(at + 1).any(|later| later.contains(centre) && !later.inside(element));
    let window =
        Element { x: 0.0, y: 0.0, width: pixels(size.width), height: pixels(size.height), ..element.clone() };
    over || !window.contains(centre)
}

#[expect(clippy::cast_precision_loss, reason = "windows are smaller than 2^24 pixels")]
fn pixels(count: u32) -> f32 {
    count as f32
}

/// The panel says that it was touched here, in pixels: a touch of whatever lies where that is corrected to.
pub fn touch_panel(app: &App, kind: Pointer, x: f32, y: f32) {
    let size = app.inner.window.window().size();
    let (width, height) = (pixels(size.width), pixels(size.height));
    let at = panel::corrected(DisplayPoint::of_fractions(x / width, y / height));
    let (x, y) = at.fractions();
    pointer(app, kind, x * width, y * height);
}

/// A pointer event at a place, as the window system would send it.
pub fn pointer(app: &App, kind: Pointer, x: f32, y: f32) {
    let position = LogicalPosition::new(x, y);
    let button = PointerEventButton::Left;
    let window = app.inner.window.window();
    match kind {
        Pointer::Press => window.dispatch_event(WindowEvent::PointerPressed { position, button }),
        Pointer::Move => window.dispatch_event(WindowEvent::PointerMoved { position }),
        Pointer::Release => {
            window.dispatch_event(WindowEvent::PointerReleased { position, button });
            window.dispatch_event(WindowEvent::PointerExited);
        }
    }
}

/// The one element with this id.
///
/// # Errors
/// [`TapError`] when a person could not touch it.
pub fn touchable(app: &App, id: &str) -> Result<Element, TapError> {
    let mut found: Vec<Element> = all(app).into_iter().filter(|element| element.id == id).collect();
    let count = found.len();
    let (Some(element), 1) = (found.pop(), count) else {
        return Err(TapError::NotOne { id: id.to_owned(), count });
    };
    if element.covered {
        return Err(TapError::Covered(id.to_owned()));
    }
    if !element.enabled {
        return Err(TapError::Disabled(id.to_owned()));
    }
    Ok(element)
}

/// Press and release at the centre of the one element with this id.
///
/// # Errors
/// [`TapError`] when a person could not do it.
pub fn tap(app: &App, id: &str) -> Result<Element, TapError> {
    let element = touchable(app, id)?;
    let (x, y) = element.centre();
    pointer(app, Pointer::Press, x, y);
    pointer(app, Pointer::Release, x, y);
    Ok(element)
}

/// What the screen shows, by name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScreenState {
    /// Variant of `senim_ui_model::Screen`, or `Blank`.
    pub screen: String,
    /// What is special on it: the wait, the end, the phase, the instruction, the input error, the reason; may be empty.
    pub detail: String,
    /// Number of the screen: another one is another question, even where it is called the same.
    pub step: u64,
    /// `kk`, `ru`, `en`.
    pub language: String,
    /// What the keypad's user stands on: the id of an element, `dial` for the keys of a board; none while nobody listens.
    pub stands_on: Option<String>,
    /// Whether "are you still here?" lies over it.
    pub still_there: bool,
    /// Everything with an id.
    pub elements: Vec<Element>,
    /// Whether nothing moves and no decision of the person is waiting for its answer.
    pub settled: bool,
    /// Pictures drawn so far.
    pub frame: u64,
}

/// What is shown now.
#[must_use]
pub fn screen(app: &App, headless: &crate::headless::Headless) -> ScreenState {
    headless.refresh();
    let ui = app.ui();
    let local = app.inner.local.borrow();
    ScreenState {
        screen: format!("{:?}", local.page),
        detail: local.detail.clone(),
        step: local.hand.step(),
        language: ui.get_language().into(),
        stands_on: app.stands_on(),
        still_there: ui.get_still_there(),
        elements: all(app),
        settled: !headless.animating() && !ui.get_busy(),
        frame: headless.frame_number(),
    }
}
