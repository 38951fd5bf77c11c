//! Scripted doubles of every port: they behave at trait level, write no bytes, can be told to fail, and count what
//! costs. Devices that speak bytes are emulated elsewhere.

mod assistive;
mod cabinet;
mod camera;
mod dispenser;
mod key_store;
mod panel;
mod power;
mod printer;
mod watchdog;

pub use assistive::FakeAssistive;
pub use cabinet::FakeCabinet;
pub use camera::FakeCamera;
pub use dispenser::{FakeDispenser, Reaction};
pub use key_store::FakeKeyStore;
pub use panel::FakePanel;
pub use power::FakePower;
pub use printer::FakePrinter;
pub use watchdog::FakeWatchdog;
