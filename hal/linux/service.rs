//! The service manager: readiness, stopping, status, and its watchdog (`sd_notify(3)`).
//!
//! Without a manager (a developer's shell, the rig) everything here does nothing and succeeds. The manager's watchdog restarts
//! the process, the kernel's ([`crate::watchdog`]) the board: both are fed by the same completed step.

use sd_notify::NotifyState;
use senim_hal::watchdog::Watchdog;
use senim_hal::{Error, ErrorKind};

/// The manager's socket, or a stand-in of the tests.
trait Notify: Send {
    fn send(&self, state: &NotifyState<'_>) -> std::io::Result<()>;
}

/// The socket named in `NOTIFY_SOCKET`.
struct Socket;

impl Notify for Socket {
    fn send(&self, state: &NotifyState<'_>) -> std::io::Result<()> {
        sd_notify::notify(std::slice::from_ref(state))
    }
}

fn told(sent: std::io::Result<()>) -> Result<(), Error> {
    sent.map_err(|error| {
        let words =
            format!("the service manager cannot be told: {error}; check NOTIFY_SOCKET and NotifyAccess");
        Error::new(ErrorKind::Offline, words)
    })
}

/// What the manager is told about this process.
pub struct Service {
    manager: Box<dyn Notify>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl Service {
    /// The manager that started this process, if one did.
    #[must_use]
    pub fn from_environment() -> Self {
        Self { manager: Box::new(Socket) }
    }

    /// The firmware serves: what waits for it may start.
    ///
    /// # Errors
    /// [`ErrorKind::Offline`] when there is a manager and it cannot be told.
    pub fn ready(&self) -> Result<(), Error> {
        told(self.manager.send(&NotifyState::Ready))
    }

    /// The firmware stops in order.
    ///
    /// # Errors
    /// As [`Service::ready`].
    pub fn stopping(&self) -> Result<(), Error> {
        told(self.manager.send(&NotifyState::Stopping))
    }

    /// One line for `systemctl status`; never about a person.
    ///
    /// # Errors
    /// As [`Service::ready`].
    pub fn status(&self, words: &str) -> Result<(), Error> {
        // A line break would begin another assignment.
        told(self.manager.send(&NotifyState::Status(&words.replace(['\n', '\r'], " "))))
    }
}

/// The manager's watchdog on this process, as the unit's `WatchdogSec` says.
pub struct ServiceWatchdog {
    manager: Box<dyn Notify>,
    timeout_ms: Option<u64>,
    armed: bool,
}

impl std::fmt::Debug for ServiceWatchdog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (timeout_ms, armed) = (self.timeout_ms, self.armed);
        f.debug_struct("ServiceWatchdog")
            .field("timeout_ms", &timeout_ms)
            .field("armed", &armed)
            .finish_non_exhaustive()
    }
}

impl ServiceWatchdog {
    /// The watchdog named in `WATCHDOG_USEC`, if it is meant for this process.
    #[must_use]
    pub fn from_environment() -> Self {
        let timeout_ms = sd_notify::watchdog_enabled()
            .and_then(|timeout| u64::try_from(timeout.as_millis()).ok())
            .filter(|ms| *ms > 0);
        Self { manager: Box::new(Socket), timeout_ms, armed: false }
    }
}

impl Watchdog for ServiceWatchdog {
    /// The manager runs it already; the unit's own time is returned whatever is asked for.
    fn arm(&mut self, _timeout_ms: u64) -> Result<u64, Error> {
        let Some(timeout_ms) = self.timeout_ms else {
            let words = "the service manager watches nothing; set WatchdogSec in the unit";
            return Err(Error::new(ErrorKind::NoDevice, words));
        };
        self.armed = true;
        self.feed()?;
        Ok(timeout_ms)
    }

    fn feed(&mut self) -> Result<(), Error> {
        if !self.armed {
            return Err(Error::new(ErrorKind::Offline, "the service manager's watchdog is not armed"));
        }
        told(self.manager.send(&NotifyState::Watchdog))
    }

    fn disarm(&mut self) -> Result<(), Error> {
        if std::mem::take(&mut self.armed) {
            // A time of zero ends the watching until the next start.
            told(self.manager.send(&NotifyState::WatchdogUsec(0)))
                .map_err(|error| Error::new(ErrorKind::HardwareError, error.detail))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::process::{Command, Stdio};
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A manager that keeps what it is told, or is deaf.
    #[derive(Clone, Default)]
    struct Manager(Arc<Mutex<(Vec<String>, bool)>>);

    impl Notify for Manager {
        fn send(&self, state: &NotifyState<'_>) -> std::io::Result<()> {
            let mut inside = self.0.lock().unwrap();
            if inside.1 {
                return Err(std::io::ErrorKind::ConnectionRefused.into());
            }
            inside.0.push(state.to_string());
            Ok(())
        }
    }

    fn watchdog(manager: &Manager, timeout_ms: Option<u64>) -> ServiceWatchdog {
        ServiceWatchdog { manager: Box::new(manager.clone()), timeout_ms, armed: false }
    }

    #[test]
    fn the_managers_watchdog_has_the_units_time_and_is_fed_only_while_armed() {
        let manager = Manager::default();
        let mut watchdog = watchdog(&manager, Some(30_000));
        assert_eq!(watchdog.feed().unwrap_err().kind, ErrorKind::Offline);
        assert_eq!(watchdog.arm(5_000), Ok(30_000));
        watchdog.feed().unwrap();
        watchdog.disarm().unwrap();
        watchdog.disarm().unwrap();
        assert_eq!(watchdog.feed().unwrap_err().kind, ErrorKind::Offline);
        assert_eq!(manager.0.lock().unwrap().0, ["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG_USEC=0"]);
    }

    #[test]
    fn a_unit_without_a_watchdog_is_no_device_and_a_deaf_manager_is_offline() {
        let manager = Manager::default();
        assert_eq!(watchdog(&manager, None).arm(5_000).unwrap_err().kind, ErrorKind::NoDevice);
        let service = Service { manager: Box::new(manager.clone()) };
        manager.0.lock().unwrap().1 = true;
        assert_eq!(service.ready().unwrap_err().kind, ErrorKind::Offline);
        assert_eq!(watchdog(&manager, Some(1)).arm(1).unwrap_err().kind, ErrorKind::Offline);
    }

    #[test]
    fn a_status_stays_one_line() {
        let manager = Manager::default();
        let service = Service { manager: Box::new(manager.clone()) };
        service.status("out of service\nREADY=1").unwrap();
        assert_eq!(manager.0.lock().unwrap().0, ["STATUS=out of service READY=1"]);
    }

    /// In a process of its own, since what the manager says is in the environment.
    #[test]
    fn what_is_told_arrives_at_the_managers_socket() {
        const CHILD: &str = "SENIM_TEST_SERVICE";
        if std::env::var_os(CHILD).is_some() {
            let service = Service::from_environment();
            let mut watchdog = ServiceWatchdog::from_environment();
            service.ready().unwrap();
            assert_eq!(watchdog.arm(1), Ok(2_500));
            watchdog.disarm().unwrap();
            service.stopping().unwrap();
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "service::tests::what_is_told_arrives_at_the_managers_socket"])
            .env(CHILD, "1")
            .env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", "2500000")
            .env_remove("WATCHDOG_PID")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        socket.set_nonblocking(true).unwrap();
        let mut told = Vec::new();
        let mut buffer = [0; 256];
        while let Ok(length) = socket.recv(&mut buffer) {
            told.push(String::from_utf8_lossy(&buffer[..length]).trim().to_owned());
        }
        assert_eq!(told, ["READY=1", "WATCHDOG=1", "WATCHDOG_USEC=0", "STOPPING=1"]);
    }

    /// In a process of its own, as above.
    #[test]
    fn without_a_manager_nothing_is_told_and_nothing_fails() {
        const CHILD: &str = "SENIM_TEST_NO_SERVICE";
        if std::env::var_os(CHILD).is_some() {
            Service::from_environment().ready().unwrap();
            let error = ServiceWatchdog::from_environment().arm(1).unwrap_err();
            assert_eq!(error.kind, ErrorKind::NoDevice, "the watchdog of another process is not ours");
            return;
        }
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "service::tests::without_a_manager_nothing_is_told_and_nothing_fails"])
            .env(CHILD, "1")
            .env_remove("NOTIFY_SOCKET")
            .env("WATCHDOG_USEC", "2500000")
            .env("WATCHDOG_PID", "1")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
    }
}
