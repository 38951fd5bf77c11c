//! The kernel's watchdog, `/dev/watchdog` (Linux `Documentation/watchdog/watchdog-api.rst`).
//!
//! Opening the device starts it, and closing it without the magic letter leaves it running, which is what a process that died
//! must do. Opening, closing and the magic letter are tested with an ordinary file, the control calls with a stand-in. Tried by
//! hand against Linux 6.1 with the i6300esb watchdog of QEMU; not exercised with hardware.

use std::ffi::c_int;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use nix::errno::Errno;
use senim_hal::watchdog::Watchdog;
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// What the kernel wants to read before the device is closed, if closing shall stop the watchdog.
const MAGIC_CLOSE: &[u8] = b"V";
/// Takes back a magic letter that an earlier holder left behind: the kernel forgets it at the next write only, and would
/// otherwise stop the watchdog when we die.
const NO_LETTER: &[u8] = b"\0";
/// WDIOS_DISABLECARD.
const DISABLE: c_int = 0x0001;
/// WDIOF_MAGICCLOSE: the driver keeps running when the device is closed without the letter.
const OPTION_MAGIC_CLOSE: u32 = 0x0100;

/// Which watchdog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WatchdogConfig {
    /// The device.
    pub path: PathBuf,
}

impl Default for WatchdogConfig {
    fn default() -> Self {
        Self { path: PathBuf::from("/dev/watchdog") }
    }
}

/// Control calls on an open watchdog, or a stand-in of the tests.
trait Control: Send {
    /// Sets the time-out in seconds and returns what the device took.
    fn set_timeout(&mut self, device: BorrowedFd<'_>, seconds: i32) -> Result<i32, Errno>;
    /// The time-out in seconds.
    fn timeout(&mut self, device: BorrowedFd<'_>) -> Result<i32, Errno>;
    /// Puts the reboot off.
    fn keep_alive(&mut self, device: BorrowedFd<'_>) -> Result<(), Errno>;
    /// Stops the watchdog.
    fn disable(&mut self, device: BorrowedFd<'_>) -> Result<(), Errno>;
    /// Options of the driver.
    fn options(&mut self, device: BorrowedFd<'_>) -> Result<u32, Errno>;
}

/// The kernel's watchdog.
pub struct LinuxWatchdog {
    path: PathBuf,
    control: Box<dyn Control>,
    device: Option<File>,
}

impl std::fmt::Debug for LinuxWatchdog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let armed = self.device.is_some();
        f.debug_struct("LinuxWatchdog")
            .field("path", &self.path)
            .field("armed", &armed)
            .finish_non_exhaustive()
    }
}

impl LinuxWatchdog {
    /// A watchdog that is not armed; the device is opened by arming only.
    #[must_use]
    pub fn new(config: WatchdogConfig) -> Self {
        Self { path: config.path, control: Box::new(Ioctl), device: None }
    }

    fn error(&self, kind: ErrorKind, words: impl std::fmt::Display) -> Error {
        Error::new(kind, format!("watchdog {}: {words}", self.path.display()))
    }

    fn open(&self) -> Result<File, Error> {
        let opened =
            OpenOptions::new().write(true).custom_flags(nix::fcntl::OFlag::O_CLOEXEC.bits()).open(&self.path);
        opened.map_err(|error| match error.raw_os_error().map(Errno::from_raw) {
            Some(Errno::EBUSY) => {
                self.error(ErrorKind::DeviceBusy, "another program has it; stop that program")
            }
            _ => self.error(ErrorKind::NoDevice, format!("{error}; load its driver, check permissions")),
        })
    }

    /// Sets the time-out of an open device and reads back what it took, in seconds.
    fn set_timeout(&mut self, device: &File, seconds: i32) -> Result<i32, Errno> {
        match self.control.set_timeout(device.as_fd(), seconds) {
            // Out of its range, or fixed: it keeps its own.
            Err(Errno::EINVAL | Errno::EOPNOTSUPP) => self.control.timeout(device.as_fd()),
            other => other,
        }
    }
}

impl Watchdog for LinuxWatchdog {
    fn arm(&mut self, timeout_ms: u64) -> Result<u64, Error> {
        let (mut device, armed) = match self.device.take() {
            Some(device) => (device, true),
            None => (self.open()?, false),
        };
        let seconds = i32::try_from(timeout_ms.div_ceil(1_000).max(1)).unwrap_or(i32::MAX);
        let taken = self.set_timeout(&device, seconds);
        match taken.and_then(|taken| nix::unistd::write(&device, NO_LETTER).map(|_| taken)) {
            Ok(taken) => {
                let lasting = self
                    .control
                    .options(device.as_fd())
                    .is_ok_and(|options| options & OPTION_MAGIC_CLOSE != 0);
                if !lasting {
                    tracing::warn!(path = %self.path.display(), "this watchdog stops when the firmware dies");
                }
                self.device = Some(device);
                Ok(u64::try_from(taken).unwrap_or(0).saturating_mul(1_000))
            }
            Err(errno) if armed => {
                self.device = Some(device);
                Err(self.error(ErrorKind::Offline, format!("it takes no other time: {errno}")))
            }
            Err(errno) => {
                // Opening has started it; whatever it is, nobody is going to feed it.
                let _as_far_as_it_goes = device.write_all(MAGIC_CLOSE);
                Err(self.error(ErrorKind::NoDevice, format!("it is no watchdog: {errno}; correct the path")))
            }
        }
    }

    fn feed(&mut self) -> Result<(), Error> {
        let Some(device) = &self.device else {
            return Err(self.error(ErrorKind::Offline, "it is not armed"));
        };
        let fed = self.control.keep_alive(device.as_fd());
        fed.map_err(|errno| self.error(ErrorKind::Offline, format!("it cannot be fed: {errno}")))
    }

    fn disarm(&mut self) -> Result<(), Error> {
        let Some(mut device) = self.device.take() else { return Ok(()) };
        let stopped = match self.control.disable(device.as_fd()) {
            // Old drivers know only the letter.
            Ok(()) | Err(Errno::ENOTTY | Errno::EOPNOTSUPP | Errno::EINVAL) => {
                device.write_all(MAGIC_CLOSE).map_err(|error| error.to_string())
            }
            Err(errno) => Err(errno.to_string()),
        };
        stopped.map_err(|words| {
            self.device = Some(device);
            self.error(
                ErrorKind::HardwareError,
                format!("it cannot be stopped: {words}; the board reboots (module option nowayout)"),
            )
        })
    }
}

/// The kernel's control calls.
struct Ioctl;

mod calls {
    use std::ffi::c_int;

    /// `struct watchdog_info`.
    #[repr(C)]
    #[derive(Default)]
    pub(super) struct Info {
        pub(super) options: u32,
        firmware_version: u32,
        identity: [u8; 32],
    }

    nix::ioctl_read!(get_support, b'W', 0, Info);
    nix::ioctl_read!(set_options, b'W', 4, c_int);
    nix::ioctl_read!(keep_alive, b'W', 5, c_int);
    nix::ioctl_readwrite!(set_timeout, b'W', 6, c_int);
    nix::ioctl_read!(get_timeout, b'W', 7, c_int);
}

#[expect(unsafe_code, reason = "ioctl is an unsafe interface")]
impl Control for Ioctl {
    fn set_timeout(&mut self, device: BorrowedFd<'_>, seconds: i32) -> Result<i32, Errno> {
        let mut taken = seconds;
        // SAFETY: the descriptor is open, and the kernel reads and writes one int, which `taken` is.
        unsafe { calls::set_timeout(device.as_raw_fd(), &raw mut taken) }.map(|_| taken)
    }

    fn timeout(&mut self, device: BorrowedFd<'_>) -> Result<i32, Errno> {
        let mut taken = 0;
        // SAFETY: the descriptor is open, and the kernel writes one int, which `taken` is.
        unsafe { calls::get_timeout(device.as_raw_fd(), &raw mut taken) }.map(|_| taken)
    }

    fn keep_alive(&mut self, device: BorrowedFd<'_>) -> Result<(), Errno> {
        let mut unused = 0;
        // SAFETY: the descriptor is open, and the kernel uses at most one int, which `unused` is.
        unsafe { calls::keep_alive(device.as_raw_fd(), &raw mut unused) }.map(|_| ())
    }

    fn disable(&mut self, device: BorrowedFd<'_>) -> Result<(), Errno> {
        let mut options = DISABLE;
        // SAFETY: the descriptor is open, and the kernel reads one int, which `options` is.
        unsafe { calls::set_options(device.as_raw_fd(), &raw mut options) }.map(|_| ())
    }

    fn options(&mut self, device: BorrowedFd<'_>) -> Result<u32, Errno> {
        let mut info = calls::Info::default();
        // SAFETY: the descriptor is open, and the kernel writes a `struct watchdog_info`, which `info` is laid out as.
        unsafe { calls::get_support(device.as_raw_fd(), &raw mut info) }.map(|_| info.options)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn arming_returns_what_the_device_took_and_feeding_keeps_it_alive() {
        let bench = Bench::new();
        let mut watchdog = bench.watchdog();
        assert_eq!(watchdog.feed().unwrap_err().kind, ErrorKind::Offline, "not armed");
        assert_eq!(watchdog.arm(14_001), Ok(15_000));
        watchdog.feed().unwrap();
        watchdog.feed().unwrap();
        assert_eq!(bench.calls(), ["timeout 15", "feed", "feed"]);
        assert_eq!(watchdog.arm(1), Ok(1_000), "armed again with another time");
    }

    #[test]
    fn a_time_that_the_device_does_not_have_leaves_its_own() {
        let bench = Bench::new();
        bench.0.lock().unwrap().fixed = Some(60);
        assert_eq!(bench.watchdog().arm(5_000), Ok(60_000));
    }

    #[test]
    fn only_an_orderly_stop_writes_the_letter_and_a_dropped_watchdog_stays_armed() {
        let bench = Bench::new();
        let mut watchdog = bench.watchdog();
        watchdog.arm(20_000).unwrap();
        drop(watchdog);
        assert_eq!((bench.written(), bench.calls()), (b"\0".to_vec(), vec!["timeout 20".to_owned()]));
        let mut watchdog = bench.watchdog();
        watchdog.arm(20_000).unwrap();
        watchdog.disarm().unwrap();
        assert_eq!(bench.written(), b"\0V");
        assert_eq!(watchdog.feed().unwrap_err().kind, ErrorKind::Offline);
        assert_eq!(watchdog.disarm(), Ok(()), "stopped already");
    }

    #[test]
    fn a_letter_left_by_an_earlier_holder_is_taken_back() {
        let bench = Bench::new();
        std::fs::write(bench.path(), b"V").unwrap();
        bench.watchdog().arm(20_000).unwrap();
        assert_ne!(bench.written().last(), Some(&b'V'));
    }

    #[test]
    fn a_watchdog_that_cannot_be_stopped_says_so_and_can_still_be_fed() {
        let bench = Bench::new();
        bench.0.lock().unwrap().refuses_stop = Some(Errno::EBUSY);
        let mut watchdog = bench.watchdog();
        watchdog.arm(20_000).unwrap();
        let error = watchdog.disarm().unwrap_err();
        assert_eq!(error.kind, ErrorKind::HardwareError);
        assert!(error.detail.contains("nowayout"), "{error}");
        assert_eq!((bench.written(), watchdog.feed()), (b"\0".to_vec(), Ok(())));
    }

    #[test]
    fn an_old_driver_is_stopped_by_the_letter_alone() {
        let bench = Bench::new();
        bench.0.lock().unwrap().refuses_stop = Some(Errno::ENOTTY);
        let mut watchdog = bench.watchdog();
        watchdog.arm(20_000).unwrap();
        watchdog.disarm().unwrap();
        assert_eq!(bench.written(), b"\0V");
    }

    #[test]
    fn a_device_that_is_gone_cannot_be_fed() {
        let bench = Bench::new();
        let mut watchdog = bench.watchdog();
        watchdog.arm(20_000).unwrap();
        bench.0.lock().unwrap().gone = true;
        assert_eq!(watchdog.feed().unwrap_err().kind, ErrorKind::Offline);
        assert_eq!(watchdog.arm(5_000).unwrap_err().kind, ErrorKind::Offline);
        assert_eq!(bench.written(), b"\0", "a failure does not disarm");
    }

    #[test]
    fn no_device_and_an_ordinary_file_are_no_watchdog_for_the_real_calls() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("watchdog");
        let mut watchdog = LinuxWatchdog::new(WatchdogConfig { path: path.clone() });
        assert_eq!(watchdog.arm(20_000).unwrap_err().kind, ErrorKind::NoDevice);
        std::fs::write(&path, b"").unwrap();
        assert_eq!(watchdog.arm(20_000).unwrap_err().kind, ErrorKind::NoDevice);
        assert_eq!(std::fs::read(&path).unwrap(), b"V", "nothing is left armed by mistake");
    }

    /// A stand-in for the control calls, on an ordinary file.
    #[derive(Clone)]
    struct Bench(Arc<Mutex<State>>);

    struct State {
        directory: tempfile::TempDir,
        calls: Vec<String>,
        fixed: Option<i32>,
        refuses_stop: Option<Errno>,
        gone: bool,
    }

    impl Bench {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            std::fs::write(directory.path().join("watchdog"), b"").unwrap();
            let state = State { directory, calls: vec![], fixed: None, refuses_stop: None, gone: false };
            Self(Arc::new(Mutex::new(state)))
        }

        fn path(&self) -> PathBuf {
            self.0.lock().unwrap().directory.path().join("watchdog")
        }

        fn watchdog(&self) -> LinuxWatchdog {
            LinuxWatchdog { path: self.path(), control: Box::new(self.clone()), device: None }
        }

        fn calls(&self) -> Vec<String> {
            self.0.lock().unwrap().calls.clone()
        }

        fn written(&self) -> Vec<u8> {
            std::fs::read(self.path()).unwrap()
        }

        fn note(&self, call: impl Into<String>) -> std::sync::MutexGuard<'_, State> {
            let mut state = self.0.lock().unwrap();
            state.calls.push(call.into());
            state
        }
    }

    impl Control for Bench {
        fn set_timeout(&mut self, _device: BorrowedFd<'_>, seconds: i32) -> Result<i32, Errno> {
            let state = self.note(format!("timeout {seconds}"));
            if state.gone {
                return Err(Errno::ENODEV);
            }
            if state.fixed.is_some() { Err(Errno::EINVAL) } else { Ok(seconds) }
        }

        fn timeout(&mut self, _device: BorrowedFd<'_>) -> Result<i32, Errno> {
            self.0.lock().unwrap().fixed.ok_or(Errno::ENOTTY)
        }

        fn keep_alive(&mut self, _device: BorrowedFd<'_>) -> Result<(), Errno> {
            if self.note("feed").gone { Err(Errno::ENODEV) } else { Ok(()) }
        }

        fn disable(&mut self, _device: BorrowedFd<'_>) -> Result<(), Errno> {
            self.note("disable").refuses_stop.map_or(Ok(()), Err)
        }

        fn options(&mut self, _device: BorrowedFd<'_>) -> Result<u32, Errno> {
            Ok(OPTION_MAGIC_CLOSE)
        }
    }
}
