//! The Slint window as the kernel's thread reaches it.

use senim_domain::SecretBytes;
use senim_domain::touch::TouchCorrection;
use senim_runtime::shell::Screen;
use senim_ui::{Remote, UiError};
use senim_ui_model::View;

/// The display's thread, from elsewhere.
#[derive(Clone, Debug)]
pub struct Display(pub Remote);

impl Screen for Display {
    fn draw(&self, view: View) {
        told(self.0.show(view));
    }

    fn correct_touch(&self, correction: TouchCorrection) {
        told(self.0.correct_touch(correction));
    }

    fn preview(&self, width: u32, height: u32, rgb: SecretBytes) {
        told(self.0.set_preview(width, height, rgb));
    }

    fn clear_preview(&self) {
        told(self.0.clear_preview());
    }

    fn wipe(&self) {
        told(self.0.wipe());
    }

    fn quit(&self) {
        told(self.0.quit());
    }
}

/// A display that is gone ends the program anyway; nothing else can be done about it here.
fn told(result: Result<(), UiError>) {
    if let Err(error) = result {
        tracing::error!(%error, "the display does not take orders");
    }
}
