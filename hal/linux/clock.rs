//! The clocks of the host. The only place of the terminal that reads them.

use senim_domain::{Mono, UtcMillis};

/// Why a clock cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The kernel does not tell its boot id.
    #[error("{path} cannot be read: {source}; mount /proc")]
    BootId {
        /// Where it should be.
        path: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The kernel's id of this boot, a UUID in lower case.
///
/// # Errors
/// [`ClockError::BootId`].
pub fn boot_id() -> Result<String, ClockError> {
    std::fs::read_to_string(BOOT_ID)
        .map(|text| text.trim().to_owned())
        .map_err(|source| ClockError::BootId { path: BOOT_ID, source })
}

/// CLOCK_BOOTTIME in milliseconds: counts through suspend, starts again with each boot.
#[must_use]
pub fn boottime() -> Mono {
    use nix::time::{ClockId, clock_gettime};
    // CLOCK_BOOTTIME exists on every kernel since 2.6.39, so the call cannot fail; 0 would only look early.
    let ms = clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(0, |time| {
        let seconds = time.tv_sec().saturating_mul(1_000);
        seconds.saturating_add(time.tv_nsec() / 1_000_000)
    });
    Mono(u64::try_from(ms.saturating_add(offset::get())).unwrap_or(0))
}

/// UTC by the host's clock (set from the RTC at boot, and by nobody we trust since).
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the edge that reads the wall clock")]
pub fn utc_rtc() -> UtcMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UtcMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX).saturating_add(offset::get()))
}

#[cfg(feature = "rig")]
mod offset {
    use std::sync::atomic::{AtomicI64, Ordering};

    static MS: AtomicI64 = AtomicI64::new(0);

    pub(super) fn get() -> i64 {
        MS.load(Ordering::Relaxed)
    }

    pub(super) fn set(ms: i64) {
        MS.store(ms, Ordering::Relaxed);
    }
}

#[cfg(not(feature = "rig"))]
mod offset {
    pub(super) const fn get() -> i64 {
        0
    }
}

/// Moves both clocks by one offset, in milliseconds (rig only; set by the rig for all its processes together).
#[cfg(feature = "rig")]
pub fn set_rig_offset_ms(ms: i64) {
    offset::set(ms);
}

/// The offset set by [`set_rig_offset_ms`].
#[cfg(feature = "rig")]
#[must_use]
pub fn rig_offset_ms() -> i64 {
    offset::get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boot_id_is_a_uuid_and_stays() {
        let id = boot_id().unwrap();
        assert_eq!((id.len(), id.matches('-').count()), (36, 4));
        assert_eq!(boot_id().unwrap(), id);
    }

    #[test]
    fn the_boot_clock_does_not_go_back_and_utc_is_plausible() {
        let first = boottime();
        assert!(first.0 > 0 && boottime() >= first);
        assert!(utc_rtc().0 > 1_700_000_000_000);
    }

    /// In a process of its own: other tests here wait by these clocks.
    #[cfg(feature = "rig")]
    #[test]
    fn the_rig_offset_moves_both_clocks() {
        const CHILD: &str = "SENIM_TEST_OFFSET";
        if std::env::var_os(CHILD).is_some() {
            let (mono, utc) = (boottime(), utc_rtc());
            set_rig_offset_ms(3_600_000);
            assert!(boottime().since(mono) >= 3_600_000 && utc_rtc().0 - utc.0 >= 3_600_000);
            assert_eq!(rig_offset_ms(), 3_600_000);
            return;
        }
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "clock::tests::the_rig_offset_moves_both_clocks"])
            .env(CHILD, "1")
            .stdout(std::process::Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
    }
}
