//! The status panel's bus: `/dev/i2c-N`, opened for each picture, so that an adapter that was re-plugged is found again.
//!
//! The bytes are tested against an emulated panel behind a stand-in for the bus; the bus itself was not exercised with
//! hardware.

use std::path::PathBuf;

use i2cdev::core::I2CDevice as _;
use i2cdev::linux::LinuxI2CDevice;
use senim_drivers::ssd1306::{Config, ConfigError, Ssd1306};
use senim_hal::status_panel::{Picture, StatusPanel};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// Which panel on which bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PanelConfig {
    /// The bus, for instance `/dev/i2c-1`; a udev link that follows the adapter is better. The adapter must do plain I²C:
    /// one that does SMBus only, as on PC boards, cannot write pictures.
    pub bus: PathBuf,
    /// Settings of the panel.
    #[serde(default)]
    pub ssd1306: Config,
}

/// A bus, or a stand-in of the tests.
trait Bus: Send {
    /// Writes these transactions in order; the words say which was the first that failed.
    fn write(&mut self, address: u8, transactions: &[Vec<u8>]) -> Result<(), String>;
}

/// A status panel on an I²C bus.
pub struct I2cPanel {
    driver: Ssd1306,
    bus: Box<dyn Bus>,
}

impl std::fmt::Debug for I2cPanel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("I2cPanel").field("driver", &self.driver).finish_non_exhaustive()
    }
}

impl I2cPanel {
    /// A panel that is not looked for before the first picture.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting is out of range.
    pub fn new(config: PanelConfig) -> Result<Self, ConfigError> {
        Ok(Self { driver: Ssd1306::new(config.ssd1306)?, bus: Box::new(LinuxBus(config.bus)) })
    }
}

impl StatusPanel for I2cPanel {
    fn size(&self) -> (u32, u32) {
        self.driver.size()
    }

    fn show(&mut self, picture: &Picture) -> Result<(), Error> {
        let transactions = self.driver.show(picture)?;
        let address = self.driver.address();
        self.bus.write(address, &transactions).map_err(|words| {
            Error::new(ErrorKind::Offline, format!("status panel at address {address:02X}h: {words}"))
        })
    }
}

/// The system's bus.
struct LinuxBus(PathBuf);

impl Bus for LinuxBus {
    fn write(&mut self, address: u8, transactions: &[Vec<u8>]) -> Result<(), String> {
        let bus = self.0.display();
        let mut device = LinuxI2CDevice::new(&self.0, u16::from(address))
            .map_err(|error| format!("{bus} cannot be used: {error}; load i2c-dev, check the group i2c"))?;
        transactions.iter().try_for_each(|bytes| {
            device.write(bytes).map_err(|error| format!("{bus}: {error}; check cable and address"))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use senim_emulators::ssd1306::{Fault, Glass, Ssd1306 as Emulated};

    use super::*;

    /// The emulated panel in place of the bus.
    struct Bench(Arc<Mutex<Emulated>>);

    impl Bus for Bench {
        fn write(&mut self, address: u8, transactions: &[Vec<u8>]) -> Result<(), String> {
            let mut panel = self.0.lock().unwrap();
            transactions
                .iter()
                .try_for_each(|bytes| panel.write(address, bytes))
                .map_err(|error| error.to_string())
        }
    }

    fn bench() -> (I2cPanel, Arc<Mutex<Emulated>>) {
        let emulated = Arc::new(Mutex::new(Emulated::new(0x3C, Glass::Rows64)));
        let driver = Ssd1306::new(Config::default()).unwrap();
        (I2cPanel { driver, bus: Box::new(Bench(Arc::clone(&emulated))) }, emulated)
    }

    fn striped(byte: u8) -> Picture {
        Picture { width: 128, height: 64, rows: vec![byte; 1_024] }
    }

    #[test]
    fn a_picture_of_the_panels_size_stands_on_the_glass() {
        let (mut panel, emulated) = bench();
        assert_eq!(panel.size(), (128, 64));
        panel.show(&striped(0x5A)).unwrap();
        assert_eq!(emulated.lock().unwrap().shown(), Some(vec![0x5A; 1_024]));
        let wrong = Picture { width: 64, ..striped(0) };
        assert_eq!(panel.show(&wrong).unwrap_err().kind, ErrorKind::UserError);
        assert_eq!(emulated.lock().unwrap().shown(), Some(vec![0x5A; 1_024]), "the old picture stays");
    }

    #[test]
    fn a_panel_that_does_not_acknowledge_or_is_lost_half_way_is_offline_until_it_is_back() {
        let (mut panel, emulated) = bench();
        for fault in [Fault::NoAcknowledge, Fault::LostAfter(700)] {
            emulated.lock().unwrap().set_fault(Some(fault));
            let error = panel.show(&striped(1)).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Offline);
            assert!(error.detail.contains("3Ch"), "{error}");
            emulated.lock().unwrap().set_fault(None);
            emulated.lock().unwrap().set_power(false);
            emulated.lock().unwrap().set_power(true);
            panel.show(&striped(2)).unwrap();
            assert_eq!(emulated.lock().unwrap().shown(), Some(vec![2; 1_024]));
        }
    }

    #[test]
    fn a_bus_that_is_not_there_is_offline_and_names_itself() {
        let config = PanelConfig { bus: "/dev/none/i2c-9".into(), ssd1306: Config::default() };
        let error = I2cPanel::new(config).unwrap().show(&striped(0)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Offline);
        assert!(error.detail.contains("/dev/none/i2c-9"), "{error}");
    }
}
