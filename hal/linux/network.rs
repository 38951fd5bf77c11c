//! Network interfaces as the kernel lists them in sysfs.
//!
//! Only what a technician asks about is read: name, carrier, hardware address. An interface that goes away between two
//! reads is left out, since it is gone.

use std::path::{Path, PathBuf};

use senim_hal::network::{Interface, Network};
use senim_hal::{Error, ErrorKind};

/// Where the kernel lists them.
const DIRECTORY: &str = "/sys/class/net";
/// ARPHRD_LOOPBACK of the kernel's `if_arp.h`, as the file `type` tells it.
const LOOPBACK: &str = "772";

/// The host's interfaces.
#[derive(Clone, Debug)]
pub struct HostNetwork {
    directory: PathBuf,
}

impl HostNetwork {
    /// Reads `/sys/class/net`.
    #[must_use]
    pub fn new() -> Self {
        Self::at(DIRECTORY)
    }

    /// Reads another directory of the same shape.
    #[must_use]
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        let words = format!("{} cannot be read: {error}", self.directory.display());
        Error::new(ErrorKind::HardwareError, words)
    }
}

impl Default for HostNetwork {
    fn default() -> Self {
        Self::new()
    }
}

impl Network for HostNetwork {
    fn interfaces(&mut self) -> Result<Vec<Interface>, Error> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.directory).map_err(|error| self.failed(&error))? {
            let entry = entry.map_err(|error| self.failed(&error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            found.extend(interface(name, &entry.path()));
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }
}

/// The interface of this folder; nothing for loopback and for files that are no interface (`bonding_masters`).
fn interface(name: String, folder: &Path) -> Option<Interface> {
    let read = |file: &str| {
        std::fs::read_to_string(folder.join(file)).ok().map(|text| text.trim_end_matches('\n').to_owned())
    };
    if read("type")? == LOOPBACK {
        return None;
    }
    // An interface that is down does not tell its carrier: the kernel answers EINVAL.
    let carrier = read("carrier").as_deref() == Some("1");
    Some(Interface { name, carrier, address: read("address").unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files, written as the kernel does.
    fn add(directory: &Path, name: &str, files: &[(&str, &str)]) {
        let folder = directory.join(name);
        std::fs::create_dir(&folder).unwrap();
        for (file, text) in files {
            std::fs::write(folder.join(file), format!("{text}\n")).unwrap();
        }
    }

    #[test]
    fn interfaces_are_told_by_name_without_loopback() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        add(at, "wwan0", &[("type", "1"), ("carrier", "0"), ("address", "02:00:00:00:00:07")]);
        add(at, "eth0", &[("type", "1"), ("carrier", "1"), ("address", "52:54:00:12:34:56")]);
        add(at, "lo", &[("type", "772"), ("carrier", "1"), ("address", "00:00:00:00:00:00")]);
        let told = HostNetwork::at(at).interfaces().unwrap();
        let eth0 = Interface { name: "eth0".into(), carrier: true, address: "52:54:00:12:34:56".into() };
        let wwan0 = Interface { name: "wwan0".into(), carrier: false, address: "02:00:00:00:00:07".into() };
        assert_eq!(told, [eth0, wwan0]);
    }

    #[test]
    fn an_interface_that_is_down_has_no_carrier_and_a_stray_file_is_no_interface() {
        let directory = tempfile::tempdir().unwrap();
        // The carrier of an interface that is down cannot be read; here it is a folder.
        add(directory.path(), "ppp0", &[("type", "512"), ("address", "")]);
        std::fs::create_dir(directory.path().join("ppp0/carrier")).unwrap();
        std::fs::write(directory.path().join("bonding_masters"), "").unwrap();
        let told = HostNetwork::at(directory.path()).interfaces().unwrap();
        assert_eq!(told, [Interface { name: "ppp0".into(), carrier: false, address: String::new() }]);
    }

    #[test]
    fn a_host_that_does_not_tell_is_an_error_that_names_the_place() {
        let error = HostNetwork::at("/nowhere/net").interfaces().unwrap_err();
        assert_eq!(error.kind, ErrorKind::HardwareError);
        assert!(error.detail.contains("/nowhere/net"), "{error}");
    }

    #[test]
    fn the_hosts_own_loopback_is_left_out() {
        let told = HostNetwork::new().interfaces().unwrap();
        assert!(told.iter().all(|interface| interface.name != "lo"), "{told:?}");
    }
}
