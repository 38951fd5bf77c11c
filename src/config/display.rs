//! Where the screens are, and what stands on the display while there are none.

use std::path::PathBuf;

use senim_linux::framebuffer::FramebufferConfig;
use serde::Deserialize;

/// Display.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisplayConfig {
    /// A window of the system's display server, or frames in memory.
    #[serde(default)]
    pub kind: DisplayKind,
    /// Pixels across.
    #[serde(default = "width")]
    pub width: u32,
    /// Pixels down.
    #[serde(default = "height")]
    pub height: u32,
    /// Where it is drawn while there is no window; a rig has none unless it says so.
    #[serde(default = "framebuffer")]
    pub framebuffer: Option<FramebufferConfig>,
    /// Telephone of support that stands there: the rule pack, which has it for the screens, lies in a journal that may not open.
    #[serde(default)]
    pub phone: String,
    /// Where the loopback control listens.
    #[cfg(feature = "rig")]
    #[serde(default = "control")]
    pub control: std::net::SocketAddr,
}

/// Where the screen is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DisplayKind {
    /// A window, or the whole display with KMS.
    #[default]
    Window,
    /// Frames in memory.
    #[cfg(feature = "rig")]
    Headless,
}

impl Default for DisplayConfig {
    fn default() -> Self {
        Self {
            kind: DisplayKind::default(),
            width: width(),
            height: height(),
            framebuffer: framebuffer(),
            phone: String::new(),
            #[cfg(feature = "rig")]
            control: control(),
        }
    }
}

impl DisplayConfig {
    /// Whether touches can be corrected before the screen hears of them: on a bare panel and in memory; a desktop has its own
    /// calibration.
    pub(crate) const fn corrects_touches(&self) -> bool {
        match self.kind {
            DisplayKind::Window => cfg!(feature = "kms"),
            #[cfg(feature = "rig")]
            DisplayKind::Headless => true,
        }
    }

    pub(super) fn resolve(&mut self, at: impl Fn(&mut PathBuf)) {
        if let Some(framebuffer) = &mut self.framebuffer {
            at(&mut framebuffer.device);
            at(&mut framebuffer.about);
        }
    }
}

const fn width() -> u32 {
    1280
}
const fn height() -> u32 {
    800
}
fn framebuffer() -> Option<FramebufferConfig> {
    (!cfg!(feature = "rig")).then(FramebufferConfig::default)
}
#[cfg(feature = "rig")]
const fn control() -> std::net::SocketAddr {
    std::net::SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0)
}
