//! Cameras: V4L2 by USB topology, and for the rig a directory of pictures.

#[cfg(feature = "rig")]
mod files;
mod v4l;

#[cfg(feature = "rig")]
pub use files::{FileCamera, FileConfig};
pub use v4l::{V4lCamera, V4lConfig};
