//! Puts a machine behind a serial port: a PTY with both ends raw, a symlink with the device's name, and a thread
//! that waits for bytes or for the machine's next deadline. This is one of the crate's two edges (the other is the
//! HTTP control); what the device says is the machine's business.
//!
//! The slave end stays open here, so that a client may close and reopen the port without the master failing.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::time::{ClockId, clock_gettime};

use crate::machine::Machine;

/// Bytes read at once; as much as the kernel keeps for a PTY.
const CHUNK: usize = 4_096;
/// A receiver that has not taken bytes for this long gets no more of the chunk (the line has no memory).
const FULL_LINE_WAIT_MS: u64 = 200;

/// A port could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum PtyError {
    /// The kernel refused a PTY.
    #[error("cannot open a pseudo terminal; is /dev/pts mounted and not exhausted?")]
    Open(#[source] std::io::Error),
    /// No TCP port on the loopback.
    #[error("cannot listen on the loopback for an emulated service")]
    Listen(#[source] std::io::Error),
    /// The symlink, or the file with the address, could not be placed.
    #[error("cannot publish the port as {path}; is the directory there and writable?")]
    Publish {
        /// Where the symlink was to be.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The device's thread has ended.
    #[error("the device's thread has ended; start the device again")]
    Gone,
}

/// How bytes travel on the emulated line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pacing {
    /// As fast as the PTY goes; an answer's parts arrive in one read.
    #[default]
    Coalesced,
    /// One byte at a time in both directions, each taking this long (9600 8N1: 1042 µs).
    BytePaced {
        /// Microseconds per byte.
        byte_us: u64,
    },
}

impl Pacing {
    /// 8N1 at `baud` bits per second.
    #[must_use]
    pub fn at_baud(baud: u32) -> Self {
        Self::BytePaced { byte_us: 10_000_000_u64.div_ceil(u64::from(baud.max(1))) }
    }

    fn to_us(self) -> u64 {
        match self {
            Self::Coalesced => 0,
            Self::BytePaced { byte_us } => byte_us.max(1),
        }
    }
}

/// CLOCK_BOOTTIME in milliseconds: the time that machines on PTYs live in.
#[must_use]
pub fn boottime_ms() -> u64 {
    boottime_us() / 1_000
}

fn boottime_us() -> u64 {
    clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(0, |time| {
        let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
        let micros = u64::try_from(time.tv_nsec() / 1_000).unwrap_or(0);
        seconds.saturating_mul(1_000_000).saturating_add(micros)
    })
}

/// A running device on a PTY. Dropping it ends the thread and removes the symlink.
#[derive(Debug)]
pub struct PtyDevice<M> {
    machine: Arc<Mutex<M>>,
    link: PathBuf,
    byte_us: Arc<AtomicU64>,
    requests: Sender<Request>,
    wake: OwnedFd,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Request {
    Unplug(SyncSender<()>),
    Replug(SyncSender<Result<(), PtyError>>),
    Stop,
}

impl<M: Machine> PtyDevice<M> {
    /// Opens a PTY, publishes it as `dir/name` and starts the machine on it. Files the machine produces are
    /// written to `artifacts`, which must exist.
    ///
    /// # Errors
    /// [`PtyError`] if the port cannot be opened or published; nothing is left behind then.
    pub fn start(dir: &Path, name: &str, artifacts: &Path, machine: M) -> Result<Self, PtyError> {
        let link = dir.join(name);
        let port = Port::open(&link)?;
        let (wake_reader, wake) =
            nix::unistd::pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).map_err(open_error)?;
        let (requests, inbox) = channel();
        let machine = Arc::new(Mutex::new(machine));
        let byte_us = Arc::new(AtomicU64::new(Pacing::Coalesced.to_us()));
        let runner = Runner {
            machine: Arc::clone(&machine),
            link: link.clone(),
            artifacts: artifacts.to_path_buf(),
            port: Some(port),
            requests: inbox,
            wake: wake_reader,
            byte_us: Arc::clone(&byte_us),
            next_read_us: 0,
        };
        let thread = std::thread::Builder::new()
            .name(format!("emulator {name}"))
            .spawn(move || runner.run())
            .map_err(PtyError::Open)?;
        Ok(Self { machine, link, byte_us, requests, wake, thread: Some(thread) })
    }

    /// The symlink to the port; it dangles nowhere: while unplugged it does not exist.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.link
    }

    /// Looks at or changes the machine; `f` gets the time now. Deadlines it changes are heeded at once.
    pub fn with<R>(&self, f: impl FnOnce(&mut M, u64) -> R) -> R {
        let result = f(&mut lock(&self.machine), boottime_ms());
        self.wake();
        result
    }

    /// Sets how bytes travel from now on.
    pub fn set_pacing(&self, pacing: Pacing) {
        self.byte_us.store(pacing.to_us(), Ordering::Relaxed);
        self.wake();
    }

    /// How bytes travel now.
    #[must_use]
    pub fn pacing(&self) -> Pacing {
        match self.byte_us.load(Ordering::Relaxed) {
            0 => Pacing::Coalesced,
            byte_us => Pacing::BytePaced { byte_us },
        }
    }

    /// Whether the port exists now.
    #[must_use]
    pub fn plugged(&self) -> bool {
        self.link.is_symlink()
    }

    /// Pulls the plug: the port vanishes, a client that has it open sees a hang-up. The device keeps its power.
    ///
    /// # Errors
    /// [`PtyError::Gone`] if the device has ended.
    pub fn unplug(&self) -> Result<(), PtyError> {
        let (done, wait) = sync_channel(1);
        self.requests.send(Request::Unplug(done)).map_err(|_| PtyError::Gone)?;
        self.wake();
        wait.recv().map_err(|_| PtyError::Gone)
    }

    /// Puts the plug back: a new PTY under the same name. Does nothing while plugged.
    ///
    /// # Errors
    /// As [`PtyDevice::start`].
    pub fn replug(&self) -> Result<(), PtyError> {
        let (done, wait) = sync_channel(1);
        self.requests.send(Request::Replug(done)).map_err(|_| PtyError::Gone)?;
        self.wake();
        wait.recv().map_err(|_| PtyError::Gone)?
    }
}

impl<M> PtyDevice<M> {
    fn wake(&self) {
        // A full pipe wakes the thread just as well.
        let _ = nix::unistd::write(&self.wake, &[1]);
    }
}

impl<M> Drop for PtyDevice<M> {
    fn drop(&mut self) {
        let _ = self.requests.send(Request::Stop);
        self.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A PTY with its symlink. Dropping it removes the symlink, unless somebody else has replaced it.
#[derive(Debug)]
struct Port {
    master: PtyMaster,
    _slave: File,
    target: PathBuf,
    link: PathBuf,
}

impl Port {
    fn open(link: &Path) -> Result<Self, PtyError> {
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let master = posix_openpt(flags).map_err(open_error)?;
        grantpt(&master).map_err(open_error)?;
        unlockpt(&master).map_err(open_error)?;
        let target = PathBuf::from(ptsname_r(&master).map_err(open_error)?);
        let slave = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlag::O_NOCTTY.bits())
            .open(&target)
            .map_err(PtyError::Open)?;
        // Raw before anybody learns the path: a peer's first bytes must neither be echoed nor edited.
        make_raw(&slave)?;
        make_raw(&master)?;
        publish(&target, link).map_err(|source| PtyError::Publish { path: link.to_path_buf(), source })?;
        Ok(Self { master, _slave: slave, target, link: link.to_path_buf() })
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        if std::fs::read_link(&self.link).is_ok_and(|target| target == self.target) {
            let _ = std::fs::remove_file(&self.link);
        }
    }
}

fn make_raw(terminal: impl AsFd) -> Result<(), PtyError> {
    let mut settings = tcgetattr(&terminal).map_err(open_error)?;
    cfmakeraw(&mut settings);
    tcsetattr(&terminal, SetArg::TCSANOW, &settings).map_err(open_error)
}

/// Puts the symlink in place in one step, so that a reader finds the old port or the new one, never none.
fn publish(target: &Path, link: &Path) -> std::io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(link.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    let fresh = link.with_file_name(name);
    let _ = std::fs::remove_file(&fresh);
    std::os::unix::fs::symlink(target, &fresh)?;
    std::fs::rename(&fresh, link)
}

/// The thread's side.
struct Runner<M> {
    machine: Arc<Mutex<M>>,
    link: PathBuf,
    artifacts: PathBuf,
    port: Option<Port>,
    requests: Receiver<Request>,
    wake: OwnedFd,
    byte_us: Arc<AtomicU64>,
    next_read_us: u64,
}

impl<M: Machine> Runner<M> {
    fn run(mut self) {
        self.next_read_us = boottime_us();
        loop {
            if !self.serve_requests() {
                return;
            }
            lock(&self.machine).handle_timeout(boottime_ms());
            self.transmit();
            self.write_artifacts();
            self.wait();
            self.receive();
        }
    }

    /// False when the device is to end.
    fn serve_requests(&mut self) -> bool {
        let mut drained = [0_u8; 64];
        while nix::unistd::read(&self.wake, &mut drained).is_ok_and(|count| count == drained.len()) {}
        while let Ok(request) = self.requests.try_recv() {
            match request {
                Request::Stop => return false,
                Request::Unplug(done) => {
                    self.port = None;
                    let _ = done.send(());
                }
                Request::Replug(done) => {
                    let opened = match self.port {
                        Some(_) => Ok(()),
                        None => Port::open(&self.link).map(|port| self.port = Some(port)),
                    };
                    let _ = done.send(opened);
                }
            }
        }
        true
    }

    fn transmit(&mut self) {
        loop {
            // The lock is not held while the line is written: a paced answer takes its time.
            let Some(bytes) = lock(&self.machine).poll_transmit(boottime_ms()) else { return };
            match self.byte_us.load(Ordering::Relaxed) {
                0 => self.write(&bytes),
                byte_us => {
                    // By the time since the first byte, so that a late wake-up is not added for each of them.
                    let mut free_us = boottime_us();
                    for byte in &bytes {
                        self.write(std::slice::from_ref(byte));
                        free_us = free_us.saturating_add(byte_us);
                        pause_until_us(free_us);
                    }
                }
            }
        }
    }

    fn write(&mut self, mut bytes: &[u8]) {
        let Some(port) = &mut self.port else { return };
        let give_up_ms = boottime_ms().saturating_add(FULL_LINE_WAIT_MS);
        while !bytes.is_empty() {
            match port.master.write(bytes) {
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error)
                    if error.kind() == std::io::ErrorKind::WouldBlock && boottime_ms() < give_up_ms =>
                {
                    let mut writable = [PollFd::new(port.master.as_fd(), PollFlags::POLLOUT)];
                    let _ = poll(&mut writable, PollTimeout::from(10_u8));
                }
                Err(error) => {
                    tracing::debug!(%error, lost = bytes.len(), "nobody takes the device's bytes");
                    return;
                }
            }
        }
    }

    fn wait(&mut self) {
        let now_us = boottime_us();
        let (deadline_ms, wants_input) = {
            let machine = lock(&self.machine);
            (machine.poll_timeout(), machine.wants_input())
        };
        let listening = wants_input && now_us >= self.next_read_us;
        let line_free_ms = (wants_input && !listening).then(|| self.next_read_us.div_ceil(1_000));
        let timeout = match deadline_ms.into_iter().chain(line_free_ms).min() {
            Some(at_ms) => {
                let wait_ms = at_ms.saturating_sub(now_us / 1_000);
                PollTimeout::try_from(wait_ms).unwrap_or(PollTimeout::MAX)
            }
            None => PollTimeout::NONE,
        };
        let mut waited = vec![PollFd::new(self.wake.as_fd(), PollFlags::POLLIN)];
        if let Some(port) = self.port.as_ref().filter(|_| listening) {
            waited.push(PollFd::new(port.master.as_fd(), PollFlags::POLLIN));
        }
        match poll(&mut waited, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => tracing::warn!(%error, "cannot wait for the emulated port"),
        }
        // Bytes that had to be waited for begin to arrive now; time before that is not theirs.
        let woken_us = boottime_us();
        if listening && woken_us.saturating_sub(now_us) > self.byte_us.load(Ordering::Relaxed) {
            self.next_read_us = woken_us;
        }
    }

    fn receive(&mut self) {
        if !lock(&self.machine).wants_input() {
            return;
        }
        let byte_us = self.byte_us.load(Ordering::Relaxed);
        let now_us = boottime_us();
        // Paced, as many bytes have arrived as had time to since the last look, and at least one.
        let arrived = match byte_us {
            0 => CHUNK,
            _ if now_us < self.next_read_us => return,
            _ => {
                let late_us = now_us.saturating_sub(self.next_read_us).min(20_000);
                usize::try_from(late_us.checked_div(byte_us).unwrap_or(0)).unwrap_or(0).saturating_add(1)
            }
        };
        let Some(port) = &mut self.port else { return };
        let mut buffer = vec![0_u8; arrived.min(CHUNK)];
        match port.master.read(&mut buffer) {
            Ok(count) => {
                let bytes = buffer.get(..count).unwrap_or_default();
                lock(&self.machine).handle_input(bytes, now_us / 1_000);
                self.next_read_us = now_us.saturating_add(byte_us);
            }
            // An idle line saves up nothing: the next byte begins when it comes.
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => self.next_read_us = now_us,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => tracing::debug!(%error, "emulated port cannot be read"),
        }
    }

    fn write_artifacts(&self) {
        loop {
            let Some(artifact) = lock(&self.machine).poll_artifact() else { return };
            let path = self.artifacts.join(&artifact.name);
            let fresh = self.artifacts.join(format!(".{}", artifact.name));
            let written =
                std::fs::write(&fresh, &artifact.bytes).and_then(|()| std::fs::rename(&fresh, &path));
            match written {
                Ok(()) => lock(&self.machine).artifact_written(&path),
                Err(error) => {
                    tracing::warn!(%error, path = %path.display(), "cannot write what the device produced");
                }
            }
        }
    }
}

/// The time of a byte on the wire.
#[expect(clippy::disallowed_methods, reason = "the line itself takes this time; there is nothing to await")]
fn pause_until_us(at_us: u64) {
    std::thread::sleep(std::time::Duration::from_micros(at_us.saturating_sub(boottime_us())));
}

fn open_error(error: Errno) -> PtyError {
    PtyError::Open(error.into())
}

fn lock<M>(machine: &Mutex<M>) -> MutexGuard<'_, M> {
    // A panic in a closure of a test leaves the machine as it was: usable.
    machine.lock().unwrap_or_else(PoisonError::into_inner)
}
