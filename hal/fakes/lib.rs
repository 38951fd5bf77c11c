//! Scripted doubles of every port: they behave at trait level, write no bytes, can be told to fail, and count what
//! costs. Devices that speak bytes are emulated elsewhere.

mod acceptor;
mod camera;
mod dispenser;
mod power;
mod printer;

pub use acceptor::{FakeAcceptor, Outcome};
pub use camera::FakeCamera;
pub use dispenser::{FakeDispenser, Reaction};
pub use power::FakePower;
pub use printer::FakePrinter;
