//! Scripted doubles of every port: they behave at trait level, write no bytes, can be told to fail, and count what
//! costs. Devices that speak bytes are emulated elsewhere.

mod acceptor;
mod assistive;
mod cabinet;
mod camera;
mod card_reader;
mod dispenser;
mod location;
mod network;
mod power;
mod printer;
mod supply;

pub use acceptor::{FakeAcceptor, Outcome};
pub use camera::FakeCamera;
pub use card_reader::{CardReaction, FakeCardReader};
pub use dispenser::{FakeDispenser, Reaction, ShutterReaction};
pub use location::FakeLocation;
pub use network::FakeNetwork;
pub use power::FakePower;
pub use printer::FakePrinter;
pub use supply::FakeSupply;
mod panel;
mod watchdog;

pub use assistive::FakeAssistive;
pub use cabinet::FakeCabinet;
pub use panel::FakePanel;
pub use watchdog::FakeWatchdog;
