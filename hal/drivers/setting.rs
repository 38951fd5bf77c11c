//! What every driver's settings have in common: ranges, and what is said when a value does not fit.

/// A setting that the device cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{device}: {key} is {value}; {allowed}")]
pub struct ConfigError {
    /// The driver, as its section is named.
    pub device: &'static str,
    /// Key in the configuration.
    pub key: &'static str,
    /// What it says.
    pub value: String,
    /// What it may say, as an order to the reader.
    pub allowed: String,
}

/// One setting and whether it fits.
pub(crate) struct Setting {
    key: &'static str,
    value: String,
    fits: bool,
    allowed: String,
}

/// A number from `min` to `max`.
pub(crate) fn range(key: &'static str, value: u64, min: u64, max: u64) -> Setting {
    let allowed = format!("set it from {min} to {max}");
    Setting { key, value: value.to_string(), fits: (min..=max).contains(&value), allowed }
}

/// A value with a rule of its own.
pub(crate) fn rule(
    key: &'static str,
    value: impl std::fmt::Display,
    fits: bool,
    allowed: &'static str,
) -> Setting {
    Setting { key, value: value.to_string(), fits, allowed: allowed.to_owned() }
}

/// Finds the first setting that does not fit.
pub(crate) fn check(
    device: &'static str,
    settings: impl IntoIterator<Item = Setting>,
) -> Result<(), ConfigError> {
    match settings.into_iter().find(|setting| !setting.fits) {
        Some(Setting { key, value, allowed, .. }) => Err(ConfigError { device, key, value, allowed }),
        None => Ok(()),
    }
}
