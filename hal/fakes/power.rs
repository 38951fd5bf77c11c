//! A power latch that shows what it was told.

use senim_hal::power::{DispenserLatch, Power};
use senim_hal::{Error, ErrorKind};

/// The double.
#[derive(Clone, Debug)]
pub struct FakePower {
    /// What the latch shows; `None`: there is no latch.
    pub latch: Option<DispenserLatch>,
    /// With this the latch does not answer.
    pub silent: bool,
}

impl FakePower {
    /// A latch that has seen no loss, with power.
    #[must_use]
    pub const fn powered() -> Self {
        Self { latch: Some(DispenserLatch { losses: 0, powered: true }), silent: false }
    }

    /// Cuts the power once and gives it back.
    pub fn dip(&mut self) {
        if let Some(latch) = &mut self.latch {
            latch.losses = latch.losses.saturating_add(1);
        }
    }
}

impl Power for FakePower {
    fn dispenser_latch(&mut self) -> Result<Option<DispenserLatch>, Error> {
        if self.silent {
            return Err(Error::new(ErrorKind::Offline, "the fake latch is silent"));
        }
        Ok(self.latch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dip_is_counted_and_silence_is_an_error() {
        let mut fake = FakePower::powered();
        fake.dip();
        assert_eq!(fake.dispenser_latch().unwrap(), Some(DispenserLatch { losses: 1, powered: true }));
        fake.silent = true;
        assert_eq!(fake.dispenser_latch().unwrap_err().kind, ErrorKind::Offline);
    }
}
