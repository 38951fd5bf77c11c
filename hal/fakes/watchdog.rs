//! A watchdog that counts how often it was fed and reboots nothing.

use senim_hal::watchdog::Watchdog;
use senim_hal::{Error, ErrorKind};

/// The double.
#[derive(Clone, Debug, Default)]
pub struct FakeWatchdog {
    /// Time-out while armed, in milliseconds.
    pub armed_ms: Option<u64>,
    /// Times that it was fed while armed.
    pub feeds: u64,
    /// Times that it was stopped in order.
    pub disarms: u64,
    /// With this there is none.
    pub missing: bool,
    /// With this it cannot be stopped.
    pub no_way_out: bool,
}

impl Watchdog for FakeWatchdog {
    fn arm(&mut self, timeout_ms: u64) -> Result<u64, Error> {
        if self.missing {
            return Err(Error::new(ErrorKind::NoDevice, "the fake watchdog is missing"));
        }
        self.armed_ms = Some(timeout_ms);
        Ok(timeout_ms)
    }

    fn feed(&mut self) -> Result<(), Error> {
        if self.missing || self.armed_ms.is_none() {
            return Err(Error::new(ErrorKind::Offline, "the fake watchdog is not armed"));
        }
        self.feeds = self.feeds.saturating_add(1);
        Ok(())
    }

    fn disarm(&mut self) -> Result<(), Error> {
        if self.no_way_out {
            return Err(Error::new(ErrorKind::HardwareError, "the fake watchdog cannot be stopped"));
        }
        self.armed_ms = None;
        self.disarms = self.disarms.saturating_add(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_feeds_only_while_armed_and_can_refuse_to_stop() {
        let mut fake = FakeWatchdog::default();
        assert_eq!(fake.feed().unwrap_err().kind, ErrorKind::Offline);
        assert_eq!(fake.arm(20_000), Ok(20_000));
        fake.feed().unwrap();
        fake.no_way_out = true;
        assert_eq!(fake.disarm().unwrap_err().kind, ErrorKind::HardwareError);
        fake.feed().unwrap();
        fake.no_way_out = false;
        fake.disarm().unwrap();
        assert_eq!((fake.feeds, fake.disarms, fake.armed_ms), (2, 1, None));
        fake.missing = true;
        assert_eq!(fake.arm(1).unwrap_err().kind, ErrorKind::NoDevice);
    }
}
