//! Puts a machine behind a TCP port on the loopback: a listener whose address stands in a file, one client at a time, and
//! a thread that waits for bytes or for the machine's next deadline. As thin as [`crate::pty`], which it takes after.
//!
//! A second client waits in the listener's queue until the first has left.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::machine::Machine;
use crate::pty::{PtyError, boottime_ms};

/// Bytes read at once.
const CHUNK: usize = 4_096;

/// A running device on a TCP port of 127.0.0.1. Dropping it ends the thread and removes the file with the address.
#[derive(Debug)]
pub struct TcpDevice<M> {
    machine: Arc<Mutex<M>>,
    file: PathBuf,
    address: SocketAddr,
    plugged: Arc<AtomicBool>,
    /// Dropping it ends the thread; a byte wakes it.
    wake: Option<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl<M: Machine> TcpDevice<M> {
    /// Listens, writes `127.0.0.1:PORT` into `dir/name.addr` and starts the machine behind it. The port is the one that
    /// stands in the file already, as a run before may have left it, or else a free one.
    ///
    /// # Errors
    /// [`PtyError`] if the port cannot be had or the file not written; nothing is left behind then.
    pub fn start(dir: &Path, name: &str, machine: M) -> Result<Self, PtyError> {
        let file = dir.join(format!("{name}.addr"));
        let listener = match left_in(&file).map(TcpListener::bind) {
            Some(Ok(listener)) => listener,
            Some(Err(_)) | None => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(PtyError::Listen)?,
        };
        listener.set_nonblocking(true).map_err(PtyError::Listen)?;
        let address = listener.local_addr().map_err(PtyError::Listen)?;
        let (woken, wake) = nix::unistd::pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK)
            .map_err(|e| PtyError::Listen(e.into()))?;
        let machine = Arc::new(Mutex::new(machine));
        let plugged = Arc::new(AtomicBool::new(true));
        let runner = Runner {
            machine: Arc::clone(&machine),
            address,
            listener: Some(listener),
            client: None,
            plugged: Arc::clone(&plugged),
            woken,
        };
        publish(&file, address).map_err(|source| PtyError::Publish { path: file.clone(), source })?;
        let thread = std::thread::Builder::new()
            .name(format!("emulator {name}"))
            .spawn(move || runner.run())
            .map_err(PtyError::Listen);
        // Made before the thread is known to run, so that the file goes if it does not.
        let mut device = Self { machine, file, address, plugged, wake: Some(wake), thread: None };
        device.thread = Some(thread?);
        Ok(device)
    }

    /// The file in which the address stands.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// Where it listens; the same for the device's whole life.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Looks at or changes the machine; `f` gets the time now. Deadlines it changes are heeded at once.
    pub fn with<R>(&self, f: impl FnOnce(&mut M, u64) -> R) -> R {
        let result = f(&mut lock(&self.machine), boottime_ms());
        self.wake();
        result
    }

    /// Whether the port takes connections.
    #[must_use]
    pub fn plugged(&self) -> bool {
        self.plugged.load(Ordering::Relaxed)
    }

    /// Stops listening and hangs up (`false`), or listens again on the same port (`true`). Takes effect soon, not at once.
    pub fn set_plugged(&self, plugged: bool) {
        self.plugged.store(plugged, Ordering::Relaxed);
        self.wake();
    }
}

impl<M> TcpDevice<M> {
    fn wake(&self) {
        // A full pipe wakes the thread just as well.
        let _ = self.wake.as_ref().map(|wake| nix::unistd::write(wake, &[1]));
    }
}

impl<M> Drop for TcpDevice<M> {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.file);
    }
}

/// The address on this host that a run before left behind: who is configured to it finds the device again.
fn left_in(file: &Path) -> Option<SocketAddr> {
    let text = std::fs::read_to_string(file).ok()?;
    text.trim().parse::<SocketAddr>().ok().filter(|address| address.ip().is_loopback())
}

/// Writes the address in one step, so that a reader finds it whole or not at all.
fn publish(file: &Path, address: SocketAddr) -> std::io::Result<()> {
    let fresh = file.with_extension(format!("{}.fresh", std::process::id()));
    std::fs::write(&fresh, format!("{address}\n"))?;
    std::fs::rename(&fresh, file)
}

/// The thread's side.
struct Runner<M> {
    machine: Arc<Mutex<M>>,
    address: SocketAddr,
    listener: Option<TcpListener>,
    client: Option<TcpStream>,
    plugged: Arc<AtomicBool>,
    woken: OwnedFd,
}

impl<M: Machine> Runner<M> {
    fn run(mut self) {
        while self.is_wanted() {
            self.plug();
            self.accept();
            lock(&self.machine).handle_timeout(boottime_ms());
            self.transmit();
            if lock(&self.machine).poll_hang_up() {
                self.hang_up();
            }
            self.wait();
            self.receive();
        }
    }

    /// False when the device was dropped.
    fn is_wanted(&self) -> bool {
        let mut drained = [0_u8; 64];
        loop {
            match nix::unistd::read(&self.woken, &mut drained) {
                Ok(0) => return false,
                Ok(_) | Err(Errno::EINTR) => {}
                Err(_) => return true,
            }
        }
    }

    fn plug(&mut self) {
        if !self.plugged.load(Ordering::Relaxed) {
            self.listener = None;
            self.hang_up();
        } else if self.listener.is_none() {
            let listener = TcpListener::bind(self.address)
                .and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
            match listener {
                Ok(listener) => self.listener = Some(listener),
                Err(error) => {
                    tracing::warn!(%error, "the emulated service cannot listen again");
                    self.plugged.store(false, Ordering::Relaxed);
                }
            }
        }
    }

    fn accept(&mut self) {
        let Some(listener) = self.listener.as_ref().filter(|_| self.client.is_none()) else { return };
        if let Ok((client, _)) = listener.accept()
            && client.set_nonblocking(true).is_ok()
        {
            let _ = client.set_nodelay(true);
            self.client = Some(client);
            lock(&self.machine).handle_connection(true, boottime_ms());
        }
    }

    fn hang_up(&mut self) {
        if self.client.take().is_some() {
            lock(&self.machine).handle_connection(false, boottime_ms());
        }
    }

    fn transmit(&mut self) {
        loop {
            let Some(bytes) = lock(&self.machine).poll_transmit(boottime_ms()) else { return };
            // Answers are small: a client whose buffer is full of them has stopped reading.
            if let Some(client) = &mut self.client
                && client.write_all(&bytes).is_err()
            {
                self.hang_up();
            }
        }
    }

    fn wait(&self) {
        let timeout = match lock(&self.machine).poll_timeout() {
            Some(at_ms) => {
                PollTimeout::try_from(at_ms.saturating_sub(boottime_ms())).unwrap_or(PollTimeout::MAX)
            }
            None => PollTimeout::NONE,
        };
        let port = match (&self.client, &self.listener) {
            (Some(client), _) => Some(client.as_fd()),
            (None, listener) => listener.as_ref().map(AsFd::as_fd),
        };
        let waits = [Some(self.woken.as_fd()), port];
        let mut waits: Vec<PollFd<'_>> =
            waits.into_iter().flatten().map(|end| PollFd::new(end, PollFlags::POLLIN)).collect();
        match poll(&mut waits, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => tracing::warn!(%error, "cannot wait for the emulated service"),
        }
    }

    fn receive(&mut self) {
        let Some(client) = &mut self.client else { return };
        let mut buffer = [0_u8; CHUNK];
        match client.read(&mut buffer) {
            Ok(0) => self.hang_up(),
            Ok(count) => {
                let bytes = buffer.get(..count).unwrap_or_default();
                lock(&self.machine).handle_input(bytes, boottime_ms());
            }
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::Interrupted
                ) => {}
            Err(_) => self.hang_up(),
        }
    }
}

fn lock<M>(machine: &Mutex<M>) -> MutexGuard<'_, M> {
    // A panic in a closure of a test leaves the machine as it was: usable.
    machine.lock().unwrap_or_else(PoisonError::into_inner)
}
