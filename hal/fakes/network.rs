//! Network interfaces that are what they were set to.

use senim_hal::network::{Interface, Network};
use senim_hal::{Error, ErrorKind};

/// The double.
#[derive(Clone, Debug, Default)]
pub struct FakeNetwork {
    /// What is told, in this order.
    pub interfaces: Vec<Interface>,
    /// With this the host does not tell.
    pub silent: bool,
}

impl FakeNetwork {
    /// One cable interface `eth0`, plugged in.
    #[must_use]
    pub fn cabled() -> Self {
        let address = "02:00:00:00:00:01".to_owned();
        let eth0 = Interface { name: "eth0".to_owned(), carrier: true, address };
        Self { interfaces: vec![eth0], silent: false }
    }

    /// Pulls or plugs every cable.
    pub fn set_carrier(&mut self, carrier: bool) {
        for interface in &mut self.interfaces {
            interface.carrier = carrier;
        }
    }
}

impl Network for FakeNetwork {
    fn interfaces(&mut self) -> Result<Vec<Interface>, Error> {
        if self.silent {
            return Err(Error::new(ErrorKind::HardwareError, "the fake host does not tell"));
        }
        Ok(self.interfaces.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulled_cable_is_told_and_silence_is_an_error() {
        let mut fake = FakeNetwork::cabled();
        fake.set_carrier(false);
        assert!(matches!(fake.interfaces().unwrap().as_slice(), [eth0] if !eth0.carrier));
        fake.silent = true;
        assert_eq!(fake.interfaces().unwrap_err().kind, ErrorKind::HardwareError);
    }
}
