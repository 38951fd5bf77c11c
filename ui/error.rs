//! What can go wrong around a window.

/// Why the screen cannot be shown or controlled.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    /// No window.
    #[error("no window could be made ({0}); check the display or build with feature x11, kms or rig")]
    Window(#[from] slint::PlatformError),
    /// A platform is set already.
    #[error("another window system was set up before; install the headless window first and once")]
    PlatformTaken,
    /// A language without a catalogue.
    #[error("the translation {0} is not built in; rebuild with ui/lang complete")]
    NoTranslation(&'static str),
    /// The event loop has ended or was never begun.
    #[error("the screen's event loop is not running; restart the terminal program")]
    NoEventLoop,
    /// A camera frame whose size and bytes disagree.
    #[error("a preview of {width}×{height} has not three bytes a pixel but {got} bytes")]
    BadFrame {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes that came.
        got: usize,
    },
    /// A picture could not be written.
    #[error("the picture could not be written: {0}")]
    Picture(String),
    /// The control port could not be opened.
    #[error("the control port cannot be opened at {address}: {why}")]
    Control {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        why: String,
    },
    /// A tap that a person could not make.
    #[error(transparent)]
    #[cfg(feature = "rig")]
    Tap(#[from] crate::elements::TapError),
}
