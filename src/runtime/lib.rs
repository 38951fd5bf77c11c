//! Commit, act, draw: the kernel without threads and the shell around it.
//!
//! [`kernel::Kernel::step`] takes one input and the time, makes durable what the session asks for, and only then gives
//! out what devices, the network and the screen have to do. [`shell`] owns threads and clocks and decides nothing.

mod card;
pub mod code;
mod exchange;
mod ids;
pub mod kernel;
pub mod moment;
pub mod options;
mod papers;
pub mod receipt;
mod receive;
mod rewind;
mod send;
pub mod shell;
mod write;

pub use kernel::{Input, Kernel, Output};
pub use moment::Reading;
pub use options::{HaltAt, KernelOptions, KernelParts, Printable};
