//! The receiver on the control interface: its state as JSON and the settings that may be changed.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Fault, Nmea, Talker};
use crate::control::{ControlError, Controlled, parse};
use crate::faults::FaultSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    latitude_udeg: Option<i32>,
    longitude_udeg: Option<i32>,
    jitter_udeg: Option<i32>,
    fix: Option<bool>,
    quality: Option<u8>,
    satellites: Option<u8>,
    hdop_centi: Option<u16>,
    talker: Option<Talker>,
    gga: Option<bool>,
    rmc: Option<bool>,
    interval_ms: Option<u64>,
}

impl Patch {
    fn check(&self) -> Result<(), ControlError> {
        let beyond = |angle: Option<i32>, max: u32| angle.is_some_and(|angle| angle.unsigned_abs() > max);
        let wrong = [
            (beyond(self.latitude_udeg, 90_000_000), "latitude_udeg is at most 90000000 either way"),
            (beyond(self.longitude_udeg, 180_000_000), "longitude_udeg is at most 180000000 either way"),
            (beyond(self.jitter_udeg, 1_000_000), "jitter_udeg is at most 1000000 either way"),
            (self.quality.is_some_and(|quality| !(1..=8).contains(&quality)), "quality is 1 to 8"),
            (self.satellites.is_some_and(|satellites| satellites > 99), "satellites is 0 to 99"),
            (self.hdop_centi.is_some_and(|hdop| hdop > 9_999), "hdop_centi is 0 to 9999"),
            (self.interval_ms.is_some_and(|interval| interval < 50), "interval_ms is at least 50"),
        ];
        match wrong.into_iter().find(|(wrong, _)| *wrong) {
            Some((_, words)) => Err(ControlError::Invalid(words.to_owned())),
            None => Ok(()),
        }
    }
}

impl Controlled for Nmea {
    fn model(&self) -> &'static str {
        "location nmea"
    }

    fn state(&self) -> Value {
        json!({
            "sky": self.sky,
            "options": self.options,
            "bursts": self.bursts,
            "faults": self.faults.to_json(),
        })
    }

    fn patch(&mut self, body: &Value, _now_ms: u64) -> Result<(), ControlError> {
        let patch: Patch = parse(body)?;
        patch.check()?;
        let sky = &mut self.sky;
        sky.latitude_udeg = patch.latitude_udeg.unwrap_or(sky.latitude_udeg);
        sky.longitude_udeg = patch.longitude_udeg.unwrap_or(sky.longitude_udeg);
        sky.jitter_udeg = patch.jitter_udeg.unwrap_or(sky.jitter_udeg);
        sky.fix = patch.fix.unwrap_or(sky.fix);
        sky.quality = patch.quality.unwrap_or(sky.quality);
        sky.satellites = patch.satellites.unwrap_or(sky.satellites);
        sky.hdop_centi = patch.hdop_centi.unwrap_or(sky.hdop_centi);
        let options = &mut self.options;
        options.talker = patch.talker.unwrap_or(options.talker);
        options.gga = patch.gga.unwrap_or(options.gga);
        options.rmc = patch.rmc.unwrap_or(options.rmc);
        options.interval_ms = patch.interval_ms.unwrap_or(options.interval_ms);
        Ok(())
    }

    fn set_fault_json(&mut self, name: &str, body: &Value, _now_ms: u64) -> Result<(), ControlError> {
        let (fault, spec) = FaultSet::<Fault>::parse(name, body)?;
        self.faults.set(fault, spec);
        Ok(())
    }

    fn clear_fault_json(&mut self, name: &str, _now_ms: u64) -> Result<(), ControlError> {
        self.faults.clear(FaultSet::<Fault>::kind(name)?);
        Ok(())
    }
}
