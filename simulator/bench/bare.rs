//! The reference of what a person at the screen notices: one key in one window, drawn by the same renderer, with nothing of the
//! product around it.

use std::time::Duration;

use senim_ui::headless::Headless;
use serde::{Deserialize, Serialize};
use slint::platform::{PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition};

use crate::error::Trouble;
use crate::services;
use crate::wait::{Moment, rest};

/// Between two touches: nobody types faster.
pub(super) const PAUSE: Duration = Duration::from_millis(30);
/// The middle of the key.
const MIDDLE: LogicalPosition = LogicalPosition { x: 640.0, y: 400.0 };

/// What Slint's compiler made of the window below. Not our text, so our restriction lints do not apply.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "generated code"
)]
mod generated {
    slint::slint! {
        export component Bare inherits Window {
            background: #ffffff;
            key := Rectangle {
                x: 560px;
                y: 360px;
                width: 160px;
                height: 80px;
                border-radius: 8px;
                background: touch.pressed ? #003a70 : #e4eaf0;
                Text { text: "7"; font-size: 32px; color: touch.pressed ? #ffffff : #101820; }
                touch := TouchArea {}
            }
        }
    }
}

/// What the window tells.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BareWindow {
    /// From a finger on the key, or its leaving, to the picture that shows it; microseconds.
    pub echoes_us: Vec<u64>,
}

/// Opens the window, says that its first picture is drawn, and is touched so often.
///
/// # Errors
/// [`Trouble::Usage`] where there is no window, or a touch is not answered by a picture.
pub fn show(touches: u32) -> anyhow::Result<()> {
    let none = |error: &dyn std::fmt::Display| Trouble::Usage(format!("there is no window: {error}"));
    let headless = Headless::install(super::screen::PANEL).map_err(|error| none(&error))?;
    let bare = generated::Bare::new().map_err(|error| none(&error))?;
    bare.show().map_err(|error| none(&error))?;
    headless.step();
    services::say(&serde_json::json!({ "drawn": headless.frame_number() }))?;
    let mut told = BareWindow::default();
    for _ in 0..touches {
        rest(PAUSE);
        for pressed in [true, false] {
            let drawn = headless.frame_number();
            let begun = Moment::now();
            let (position, button) = (MIDDLE, PointerEventButton::Left);
            bare.window().dispatch_event(match pressed {
                true => WindowEvent::PointerPressed { position, button },
                false => WindowEvent::PointerReleased { position, button },
            });
            headless.step();
            let took = begun.elapsed();
            anyhow::ensure!(headless.frame_number() > drawn, "a touch was not answered by a picture");
            told.echoes_us.push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
    }
    services::say(&serde_json::to_value(&told)?)
}
