//! The screens in Slint and their binding to the model.
//!
//! [`App`] shows a [`senim_ui_model::View`] and gives back [`senim_ui_model::Action`]s. Echo (typing, sliding,
//! scrolling, choosing) is drawn here without asking anybody; decisions are not made here. Which window there is
//! decides the Slint platform that was set before: winit or KMS by cargo feature, or [`headless`] in rig builds.

mod bind;
mod contract;
mod error;
mod forms;
mod listen;
mod panel;
mod show;

#[cfg(feature = "rig")]
pub mod control;
#[cfg(feature = "rig")]
pub mod elements;
#[cfg(feature = "rig")]
pub mod gallery;
#[cfg(feature = "rig")]
pub mod headless;
#[cfg(feature = "rig")]
pub mod inspect;
#[cfg(feature = "rig")]
pub mod samples;
#[cfg(feature = "rig")]
mod samples_cabinet;

pub use bind::{App, Remote};
pub use error::UiError;

/// What Slint's compiler made of `screens/`. Not our text, so our restriction lints do not apply.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::todo,
    clippy::unimplemented,
    clippy::disallowed_methods,
    reason = "generated code"
)]
pub(crate) mod generated {
    slint::include_modules!();
}
