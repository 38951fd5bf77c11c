//! The drivers of text lines: power supply and location receiver. Their `Failed` may come by itself too.

use senim_domain::Mono;
use senim_drivers::{Nmea, Nut, nmea as location, nut as supply};
use senim_hal::location::{self as location_port, Location as _};
use senim_hal::supply::{self as supply_port, PowerSupply as _};
use senim_hal::{Error, LineDriver};

use super::frames;
use super::{Heard, Subject, play};

const fn end(pending: bool) -> Heard {
    if pending { Heard::End } else { Heard::Other }
}

struct Supply(Nut);

/// Power supply behind upsd.
pub fn nut(bytes: &[u8]) {
    play(Supply(Nut::new(supply::Config::default()).unwrap()), bytes);
}

impl Subject for Supply {
    fn line(&mut self) -> &mut dyn LineDriver {
        &mut self.0
    }

    fn begin(&mut self, _which: u8, now: Mono) -> Result<(), Error> {
        self.0.begin(supply_port::Command::Status, now)
    }

    fn hear(&mut self, pending: bool) -> Option<Heard> {
        use supply_port::Event;
        Some(match self.0.poll_event()? {
            Event::Line { open } => Heard::Line(open),
            Event::Status { supply, .. } => {
                assert!(supply.charge_percent.is_none_or(|percent| percent <= 100), "{supply:?}");
                Heard::End
            }
            Event::Changed(_) => Heard::Other,
            Event::Failed(_) => end(pending),
        })
    }

    fn sent(&mut self, bytes: &[u8], _pending: bool) {
        assert!(bytes == b"VER\n" || bytes == b"LIST VAR ups\n", "{bytes:02x?} is no question");
    }

    fn framed(&self, _last: &[u8], payload: &[u8]) -> Vec<u8> {
        [b"VAR ups ups.status \"", payload, b"\"\n"].concat()
    }

    fn sensible(&self, _last: &[u8], which: u8) -> Vec<u8> {
        const LINES: [&str; 16] = [
            "Network UPS Tools upsd 2.8.0\n",
            "BEGIN LIST VAR ups\n",
            "END LIST VAR ups\n",
            "VAR ups ups.status \"OL\"\n",
            "VAR ups ups.status \"OB LB\"\n",
            "VAR ups ups.status \"OL RB\"\n",
            "VAR ups battery.charge \"57\"\n",
            "VAR ups battery.charge \"100.4\"\n",
            "VAR ups battery.runtime \"1200\"\n",
            "VAR ups device.mfr \"Maker\"\n",
            "ERR DATA-STALE\n",
            "ERR UNKNOWN-UPS\n",
            "ERR DRIVER-NOT-CONNECTED\n",
            "BEGIN LIST VAR ups\nVAR ups ups.status \"OL\"\nVAR ups battery.charge \"99\"\nEND LIST VAR ups\n",
            "BEGIN LIST VAR ups\nVAR ups ups.status \"OB\"\nVAR ups battery.charge \"40\"\nEND LIST VAR ups\n",
            "ERR ACCESS-DENIED\n",
        ];
        LINES[usize::from(which) % LINES.len()].into()
    }

    fn shown(&self) -> usize {
        format!("{:?}", self.0).len()
    }
}

struct Receiver(Nmea);

/// Location receiver.
pub fn nmea(bytes: &[u8]) {
    play(Receiver(Nmea::new(location::Config::default()).unwrap()), bytes);
}

impl Subject for Receiver {
    fn line(&mut self) -> &mut dyn LineDriver {
        &mut self.0
    }

    fn begin(&mut self, _which: u8, now: Mono) -> Result<(), Error> {
        self.0.begin(location_port::Command::Status, now)
    }

    fn hear(&mut self, pending: bool) -> Option<Heard> {
        use location_port::Event;
        Some(match self.0.poll_event()? {
            Event::Line { open } => Heard::Line(open),
            Event::Status { .. } => Heard::End,
            Event::Fix(_) | Event::Lost => Heard::Other,
            Event::Failed(_) => end(pending),
        })
    }

    fn sent(&mut self, bytes: &[u8], _pending: bool) {
        panic!("{bytes:02x?} is written to a receiver that only talks");
    }

    fn framed(&self, _last: &[u8], payload: &[u8]) -> Vec<u8> {
        frames::nmea(payload)
    }

    fn sensible(&self, _last: &[u8], which: u8) -> Vec<u8> {
        const BODIES: [&str; 8] = [
            "GNGGA,120000.00,5107.4560,N,07128.1230,E,1,08,0.9,350.0,M,-30.0,M,,",
            "GNGGA,120001.00,5107.9560,N,07128.1230,E,1,08,0.9,350.0,M,-30.0,M,,",
            "GNGGA,120001.00,5107.4560,N,07128.1230,E,1,03,9.9,350.0,M,-30.0,M,,",
            "GPGGA,120002.00,,,,,0,00,99.9,,M,,M,,",
            "GPRMC,120000.00,A,5107.4560,N,07128.1230,E,0.0,0.0,261126,,,A",
            "GNRMC,120000.00,V,,,,,,,261126,,,N",
            "GPGSV,1,1,09",
            "GPTXT,01,01,02,hello",
        ];
        frames::nmea(BODIES[usize::from(which) % BODIES.len()].as_bytes())
    }

    fn shown(&self) -> usize {
        format!("{:?}", self.0).len()
    }
}
