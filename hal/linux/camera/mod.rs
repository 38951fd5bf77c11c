//! Cameras: V4L2 by USB topology, and for the rig pictures of files.

mod decoded;
mod device;
#[cfg(feature = "rig")]
mod files;
mod pace;
mod v4l;

pub use decoded::{PixelFormat, decoded};
#[cfg(feature = "rig")]
pub use files::{FileCamera, FileConfig};
pub use v4l::{V4lCamera, V4lConfig, is_topology, sockets};
