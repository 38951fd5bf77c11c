//! Linux edges: tty, TCP, V4L2, I²C, GPIO, input events, framebuffer, watchdog, service manager, clocks, process hardening, zeroing
//! allocator.
//!
//! The only crate of the terminal in which `unsafe` and ioctl may appear, each place with its reason. It moves bytes
//! and reads clocks; it decides nothing about a session, cash or a device's protocol.

pub mod alloc;
pub mod assistive;
pub mod cabinet;
pub mod camera;
pub mod clock;
pub mod framebuffer;
pub mod integrity;
pub mod line;
pub mod network;
pub mod panel;
#[cfg(test)]
mod peer_nut;
pub mod power;
pub mod process;
#[cfg(feature = "rig")]
mod rig_poll;
pub mod service;
pub mod speech;
pub mod tcp;
pub mod tty;
pub mod watchdog;

pub use alloc::ZeroOnFree;
