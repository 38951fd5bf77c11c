//! Serial ports: settings, opening, and bytes without blocking.
//!
//! The path is resolved anew at each opening, so that a symlink may point elsewhere after a re-plug. Modem lines are
//! not touched. PTYs are for the rig: a release refuses them.

use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FlockArg, OFlag, fcntl};
use serde::{Deserialize, Serialize};
use serialport::{ClearBuffer, SerialPort as _, TTYPort};

/// Where Linux keeps PTYs.
const PTY_DIRECTORY: &str = "/dev/pts";

/// Parity of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    /// No parity bit.
    #[default]
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

/// Flow control of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// None.
    #[default]
    None,
    /// XON/XOFF.
    Software,
    /// RTS/CTS.
    Hardware,
}

/// Settings of a line; eight data bits always.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineConfig {
    /// The port, best a link that follows the plug: `/dev/serial/by-path/…`.
    pub path: PathBuf,
    /// Bits per second.
    #[serde(default = "baud_default")]
    pub baud: u32,
    /// Parity.
    #[serde(default)]
    pub parity: Parity,
    /// Stop bits, 1 or 2.
    #[serde(default = "stop_bits_default")]
    pub stop_bits: u8,
    /// Flow control.
    #[serde(default)]
    pub flow: Flow,
}

const fn baud_default() -> u32 {
    9_600
}

const fn stop_bits_default() -> u8 {
    1
}

impl LineConfig {
    /// A line with the usual settings: 9,600 baud, no parity, one stop bit, no flow control.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            baud: baud_default(),
            parity: Parity::None,
            stop_bits: stop_bits_default(),
            flow: Flow::None,
        }
    }
}

/// Why a port cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TtyError {
    /// There is no such port.
    #[error("{} is not there: {source}; connect the device or correct the path", path.display())]
    Missing {
        /// As configured.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A PTY in a release.
    #[error("{} is a pseudo-terminal ({}); only a rig build opens those: configure a real port", path.display(), target.display())]
    PtyRefused {
        /// As configured.
        path: PathBuf,
        /// What it leads to.
        target: PathBuf,
    },
    /// Another program has it.
    #[error("{} is held by another program; stop that program (the firmware holds its ports)", path.display())]
    Held {
        /// As configured.
        path: PathBuf,
    },
    /// A setting that no port has.
    #[error("{}: stop_bits is {stop_bits}; set 1 or 2", path.display())]
    StopBits {
        /// As configured.
        path: PathBuf,
        /// What it says.
        stop_bits: u8,
    },
    /// It cannot be opened or set up.
    #[error("{} cannot be opened: {source}; check permissions (group dialout) and that it is a serial port", path.display())]
    Open {
        /// As configured.
        path: PathBuf,
        /// What the port said.
        source: serialport::Error,
    },
    /// An open port failed: unplugged.
    #[error("the port was lost: {0}; check the plug")]
    Lost(Errno),
}

/// An open port, held exclusively, that never blocks.
#[derive(Debug)]
pub struct SerialLine {
    port: TTYPort,
}

impl SerialLine {
    /// Opens and sets up the port; what arrived before is thrown away.
    ///
    /// # Errors
    /// [`TtyError`]; a release refuses PTYs.
    pub fn open(config: &LineConfig) -> Result<Self, TtyError> {
        Self::open_checked(config, cfg!(feature = "rig"))
    }

    pub(crate) fn open_checked(config: &LineConfig, allow_pty: bool) -> Result<Self, TtyError> {
        let path = config.path.clone();
        let target = std::fs::canonicalize(&path)
            .map_err(|source| TtyError::Missing { path: path.clone(), source })?;
        let is_pty = target.starts_with(PTY_DIRECTORY);
        if is_pty && !allow_pty {
            return Err(TtyError::PtyRefused { path, target });
        }
        if !matches!(config.stop_bits, 1 | 2) {
            return Err(TtyError::StopBits { path, stop_bits: config.stop_bits });
        }
        let port = match open_port(&target, config, is_pty, config.parity) {
            // The PTY driver has no parity, and some C libraries call that an error (protocols section 0).
            Err(_) if is_pty && config.parity != Parity::None => {
                open_port(&target, config, is_pty, Parity::None)
            }
            opened => opened,
        };
        let port = port.map_err(|source| match source.kind() {
            // The path was resolved a moment ago, so this is what a lock held by another says.
            serialport::ErrorKind::NoDevice => TtyError::Held { path: path.clone() },
            serialport::ErrorKind::InvalidInput
            | serialport::ErrorKind::Unknown
            | serialport::ErrorKind::Io(_) => TtyError::Open { path: path.clone(), source },
        })?;
        hold(&port).map_err(|_| TtyError::Held { path })?;
        let line = Self { port };
        fcntl(line.fd(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map_err(TtyError::Lost)?;
        line.port.clear(ClearBuffer::All).map_err(|_| TtyError::Lost(Errno::EIO))?;
        Ok(line)
    }

    /// For waiting; lives as long as the line is borrowed.
    #[expect(unsafe_code, reason = "the serial port type lends its descriptor only as a number")]
    #[must_use]
    pub fn fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the port owns the descriptor and lives at least as long as the borrow of `self`.
        unsafe { BorrowedFd::borrow_raw(self.port.as_raw_fd()) }
    }

    /// Reads what is there; 0 when nothing is.
    ///
    /// # Errors
    /// [`TtyError::Lost`].
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize, TtyError> {
        match nix::unistd::read(self.fd(), buffer) {
            // An open tty that is always readable with nothing to read has been hung up.
            Ok(0) => Err(TtyError::Lost(Errno::EIO)),
            Ok(count) => Ok(count),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(0),
            Err(error) => Err(TtyError::Lost(error)),
        }
    }

    /// Writes as much as the port takes now; 0 when its buffer is full.
    ///
    /// # Errors
    /// [`TtyError::Lost`].
    pub fn write(&self, bytes: &[u8]) -> Result<usize, TtyError> {
        match nix::unistd::write(self.fd(), bytes) {
            Ok(count) => Ok(count),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(0),
            Err(error) => Err(TtyError::Lost(error)),
        }
    }
}

fn open_port(
    target: &Path,
    config: &LineConfig,
    is_pty: bool,
    parity: Parity,
) -> serialport::Result<TTYPort> {
    serialport::new(target.to_string_lossy(), config.baud)
        .parity(match parity {
            Parity::None => serialport::Parity::None,
            Parity::Even => serialport::Parity::Even,
            Parity::Odd => serialport::Parity::Odd,
        })
        .stop_bits(if config.stop_bits == 2 { serialport::StopBits::Two } else { serialport::StopBits::One })
        .flow_control(match config.flow {
            Flow::None => serialport::FlowControl::None,
            Flow::Software => serialport::FlowControl::Software,
            Flow::Hardware => serialport::FlowControl::Hardware,
        })
        // TIOCEXCL outlives a killed process while the emulator keeps its end open; PTYs are held by the lock alone.
        .exclusive(!is_pty)
        .open_native()
}

/// Takes the exclusive lock; it goes with the process, however that ends.
#[expect(deprecated, reason = "its successor wants to own the descriptor, which the serial port type keeps")]
fn hold(port: &TTYPort) -> nix::Result<()> {
    nix::fcntl::flock(port.as_raw_fd(), FlockArg::LockExclusiveNonblock)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::os::fd::OwnedFd;

    use super::*;

    /// A PTY with both ends raw: the device's end, and the path for the host.
    pub(crate) struct Pty {
        pub(crate) device: OwnedFd,
        pub(crate) path: PathBuf,
    }

    impl Pty {
        pub(crate) fn open() -> Self {
            let pair = nix::pty::openpty(None, None).unwrap();
            for end in [&pair.master, &pair.slave] {
                let mut settings = nix::sys::termios::tcgetattr(end).unwrap();
                nix::sys::termios::cfmakeraw(&mut settings);
                nix::sys::termios::tcsetattr(end, nix::sys::termios::SetArg::TCSANOW, &settings).unwrap();
            }
            let path = nix::unistd::ttyname(&pair.slave).unwrap();
            Self { device: pair.master, path }
        }
    }

    #[test]
    fn a_release_refuses_a_pseudo_terminal_even_behind_a_link() {
        let pty = Pty::open();
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("dispenser");
        std::os::unix::fs::symlink(&pty.path, &link).unwrap();
        let error = SerialLine::open_checked(&LineConfig::new(&link), false).unwrap_err();
        assert!(matches!(&error, TtyError::PtyRefused { .. }), "{error}");
        assert!(error.to_string().contains("real port"));
        SerialLine::open_checked(&LineConfig::new(&link), true).unwrap();
    }

    #[test]
    fn parity_on_a_pseudo_terminal_is_not_fatal() {
        let pty = Pty::open();
        for parity in [Parity::Even, Parity::Odd] {
            let config = LineConfig { parity, ..LineConfig::new(&pty.path) };
            SerialLine::open_checked(&config, true).unwrap();
        }
    }

    #[test]
    fn a_port_is_held_by_one_and_free_again_when_that_one_lets_go() {
        let pty = Pty::open();
        let config = LineConfig::new(&pty.path);
        let held = SerialLine::open_checked(&config, true).unwrap();
        let error = SerialLine::open_checked(&config, true).unwrap_err();
        assert!(matches!(&error, TtyError::Held { .. }), "{error}");
        drop(held);
        SerialLine::open_checked(&config, true).unwrap();
    }

    #[test]
    fn missing_ports_files_and_odd_settings_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let missing = LineConfig::new(directory.path().join("none"));
        assert!(matches!(SerialLine::open_checked(&missing, true), Err(TtyError::Missing { .. })));
        let file = directory.path().join("file");
        std::fs::write(&file, b"").unwrap();
        assert!(matches!(
            SerialLine::open_checked(&LineConfig::new(&file), true),
            Err(TtyError::Open { .. })
        ));
        let odd = LineConfig { stop_bits: 3, ..LineConfig::new(&file) };
        assert!(matches!(SerialLine::open_checked(&odd, true), Err(TtyError::StopBits { .. })));
    }

    #[test]
    fn a_configuration_has_defaults_and_refuses_unknown_keys() {
        let config: LineConfig = serde_json::from_str(r#"{"path":"/dev/ttyS0","parity":"even"}"#).unwrap();
        assert_eq!(config, LineConfig { parity: Parity::Even, ..LineConfig::new("/dev/ttyS0") });
        assert!(serde_json::from_str::<LineConfig>(r#"{"path":"/dev/ttyS0","bauds":1}"#).is_err());
    }
}
