//! The technicians' simulator: devices, world, headless journeys, desktop.
//!
//! [`stage::Stage`] starts the product's programs as processes of their own, each of which can be stopped, killed and
//! started again; [`player::Player`] is somebody at the screen; [`journeys`] are scripts for both, [`recording`]s what somebody did. Nothing here decides for
//! the product or shares its code: the simulator sees what a person and a laboratory see. [`bench`] alone links parts of the
//! product, to time them.

pub mod album;
pub mod bench;
pub mod camera;
pub mod cash;
pub mod clients;
pub mod config;
#[cfg(feature = "x11")]
pub mod desktop;
pub mod ear;
pub mod error;
pub mod evidence;
pub mod folders;
pub mod journeys;
pub mod live;
pub mod moving_clock;
pub mod player;
#[cfg(test)]
mod player_tests;
pub mod pocket;
pub mod process;
pub mod recording;
pub mod replay;
pub mod services;
pub mod sitter;
pub mod stage;
pub mod timeline;
pub mod wait;
