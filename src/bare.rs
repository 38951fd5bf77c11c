//! What the display shows while there is no window on it: that the terminal starts, or that it is not in service, whom to call
//! and a code that says where the start ended (docs/guides/technician.md).
//!
//! Drawn straight into the kernel's framebuffer, so that it needs neither Slint nor the journal. A terminal without one goes on
//! without this: it is told in the log.

use senim_hal::{Error, ErrorKind};
use senim_linux::framebuffer::{self, FramebufferConfig, Geometry};
use senim_receipt::{BareContent, BareState, bare_screen};

use crate::config::{Config, DisplayConfig};

/// How far the start has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The configuration is read.
    Configuration,
    /// The terminal's key and certificate, and the MFO's.
    Identity,
    /// The line to the gateway is prepared.
    Uplink,
    /// The journal is opened.
    Journal,
    /// Devices are opened.
    Devices,
    /// The window is opened.
    Window,
    /// It has run and was told to stop.
    Stopped,
}

impl Step {
    /// What the technician reads.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Configuration => "N1",
            Self::Identity => "N2",
            Self::Uplink => "N3",
            Self::Journal => "N4",
            Self::Devices => "N5",
            Self::Window => "N6",
            Self::Stopped => "N0",
        }
    }
}

/// The display without a window.
#[derive(Debug)]
pub struct Bare {
    framebuffer: Option<FramebufferConfig>,
    terminal: String,
    phone: String,
    step: Step,
}

impl Default for Bare {
    /// Before the configuration is known.
    fn default() -> Self {
        Self {
            framebuffer: DisplayConfig::default().framebuffer,
            terminal: String::new(),
            phone: String::new(),
            step: Step::Configuration,
        }
    }
}

impl Bare {
    /// Takes from the configuration what is to be shown and where, and shows that the terminal starts.
    pub fn starts(&mut self, config: &Config) {
        self.framebuffer.clone_from(&config.display.framebuffer);
        self.terminal = config.terminal.to_string();
        self.phone.clone_from(&config.display.phone);
        self.show(BareState::Starting);
    }

    /// The next step begins.
    pub const fn at(&mut self, step: Step) {
        self.step = step;
    }

    /// Shows that the terminal is not in service, and the code of the step at which it stands.
    pub fn not_in_service(&self) {
        self.show(BareState::NotInService { code: self.step.code() });
    }

    fn show(&self, state: BareState) {
        let Some(framebuffer) = &self.framebuffer else { return };
        match self.drawn(framebuffer, state) {
            Ok(()) => {}
            // Under a display server there is none, which is no fault.
            Err(error) if error.kind == ErrorKind::NoDevice => tracing::info!(%error, "no bare screen"),
            Err(error) => tracing::warn!(%error, "no bare screen"),
        }
    }

    fn drawn(&self, framebuffer: &FramebufferConfig, state: BareState) -> Result<(), Error> {
        let geometry = Geometry::of(framebuffer)?;
        let content = BareContent { terminal: self.terminal.clone(), phone: self.phone.clone(), state };
        let picture = bare_screen(&content, (geometry.width, geometry.height))
            .map_err(|error| Error::new(ErrorKind::HardwareError, error.to_string()))?;
        framebuffer::show(framebuffer, &geometry, &picture.rgb)
    }
}
