//! What the variables of a supply mean in the port's words. Names as in the Network UPS Tools' list of variables.

use senim_hal::supply::{Source, Supply};
use senim_hal::{Error, ErrorKind};

use super::codec::Refusal;

/// Identity of a supply that tells none.
const UNNAMED: &str = "unnamed supply";

/// What is kept of a list; a name that did not come is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    status: Option<String>,
    charge: Option<String>,
    runtime: Option<String>,
    /// Maker, model, serial number: of the device, or by the older names.
    identity: [Option<String>; 3],
    identity_by_old_names: [Option<String>; 3],
}

impl Report {
    /// Takes a variable; those that mean nothing here are passed over.
    pub(super) fn note(&mut self, name: &str, value: String) {
        let [mfr, model, serial] = &mut self.identity;
        let [old_mfr, old_model, old_serial] = &mut self.identity_by_old_names;
        let place = match name {
            "ups.status" => &mut self.status,
            "battery.charge" => &mut self.charge,
            "battery.runtime" => &mut self.runtime,
            "device.mfr" => mfr,
            "device.model" => model,
            "device.serial" => serial,
            "ups.mfr" => old_mfr,
            "ups.model" => old_model,
            "ups.serial" => old_serial,
            _ => return,
        };
        *place = Some(value);
    }

    /// Maker, model and serial number as far as they were told.
    pub(super) fn identity(&self) -> String {
        let told = self.identity.iter().zip(&self.identity_by_old_names);
        let told: Vec<&str> = told
            .filter_map(|(new, old)| new.as_deref().or(old.as_deref()))
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .collect();
        if told.is_empty() { UNNAMED.to_owned() } else { told.join(" ") }
    }

    /// The state, or why there is none in it.
    pub(super) fn supply(&self) -> Result<Supply, Error> {
        let Some(status) = &self.status else {
            return Err(Error::new(ErrorKind::HardwareError, "supply: it tells no status"));
        };
        let has = |flag: &str| status.split_whitespace().any(|word| word == flag);
        // Of two sources the worse one: some devices leave OL standing for a moment.
        let source = if has("OB") {
            Source::Battery
        } else if has("OL") {
            Source::Mains
        } else if has("WAIT") {
            return Err(Error::new(ErrorKind::Starting, "supply: its driver waits for the first answer"));
        } else {
            let words = format!("supply: its status \"{status}\" names no source");
            return Err(Error::new(ErrorKind::HardwareError, words));
        };
        Ok(Supply {
            source,
            low: has("LB") || has("FSD"),
            charge_percent: self.charge.as_deref().and_then(whole::<u8>).filter(|charge| *charge <= 100),
            runtime_s: self.runtime.as_deref().and_then(whole::<u32>),
            replace_battery: has("RB"),
        })
    }
}

/// The whole part of a decimal number that is not negative.
fn whole<N: std::str::FromStr>(text: &str) -> Option<N> {
    let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // `parse` alone would take a sign.
    if digits(whole) && digits(rest) { whole.parse().ok() } else { None }
}

/// A refusal in the port's words.
pub(super) fn refused(refusal: &Refusal, ups: &str) -> Error {
    let (kind, words) = match refusal {
        Refusal::UnknownUps => {
            (ErrorKind::NoDevice, format!("the service knows no supply \"{ups}\"; correct `ups`"))
        }
        Refusal::DataStale => (ErrorKind::Offline, "data stale: the service does not hear it".to_owned()),
        Refusal::DriverNotConnected => {
            (ErrorKind::Offline, "the service's driver for it is not running".to_owned())
        }
        Refusal::AccessDenied => (ErrorKind::Offline, "the service denies this host access".to_owned()),
        Refusal::Other(word) => (ErrorKind::Offline, format!("the service answers {word}")),
    };
    Error::new(kind, format!("supply: {words}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(variables: &[(&str, &str)]) -> Report {
        let mut report = Report::default();
        for (name, value) in variables {
            report.note(name, (*value).to_owned());
        }
        report
    }

    fn supply(status: &str) -> Supply {
        report(&[("ups.status", status)]).supply().unwrap()
    }

    #[test]
    fn flags_tell_source_low_and_replacement() {
        let mains = supply("OL CHRG");
        assert_eq!((mains.source, mains.low, mains.replace_battery), (Source::Mains, false, false));
        let battery = supply("OB DISCHRG LB");
        assert_eq!((battery.source, battery.low), (Source::Battery, true));
        assert!(supply("FSD OB").low, "an ordered shut-down counts as low");
        assert!(supply("OL RB BOOST").replace_battery);
        assert_eq!(supply("OL OB").source, Source::Battery, "of two sources the worse");
        assert!(!supply("OL OBX LBY").low, "flags are whole words");
    }

    #[test]
    fn a_status_without_a_source_is_an_error_of_its_kind() {
        let kind = |variables: &[(&str, &str)]| report(variables).supply().unwrap_err().kind;
        assert_eq!(kind(&[("ups.status", "WAIT")]), ErrorKind::Starting);
        assert_eq!(kind(&[("ups.status", "OFF")]), ErrorKind::HardwareError);
        assert_eq!(kind(&[("battery.charge", "100")]), ErrorKind::HardwareError);
    }

    #[test]
    fn numbers_are_cut_to_whole_ones_and_what_is_none_is_absent() {
        for (told, charge) in [
            ("100", Some(100)),
            ("99.9", Some(99)),
            (" 7 ", Some(7)),
            ("0", Some(0)),
            ("101", None),
            ("-1", None),
            ("+5", None),
            ("", None),
            ("n/a", None),
            ("1.x", None),
        ] {
            let report = report(&[("ups.status", "OL"), ("battery.charge", told)]);
            assert_eq!(report.supply().unwrap().charge_percent, charge, "{told:?}");
        }
        let report = report(&[("ups.status", "OB"), ("battery.runtime", "1320.00")]);
        assert_eq!(report.supply().unwrap().runtime_s, Some(1_320));
    }

    #[test]
    fn identity_prefers_the_devices_names_and_takes_the_old_ones() {
        let told = report(&[
            ("device.mfr", "Acme"),
            ("ups.mfr", "Old"),
            ("ups.model", "U 700"),
            ("device.serial", " "),
        ]);
        assert_eq!(told.identity(), "Acme U 700");
        assert_eq!(Report::default().identity(), UNNAMED);
    }
}
