//! A card that is a program elsewhere, by the vpcd protocol (protocols 5.1): the program connects, and each message is a
//! length of two bytes (high first) and that many bytes. One byte from here is a control (00 power off, 01 power on,
//! 02 reset, 04 asks for the ATR); anything else is a command APDU and is answered by a response APDU.
//!
//! An edge: it blocks on TCP, with time-outs. A program that answers late is dropped, or its answer would be taken for
//! that to the next question. Only the loopback interface is served.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::Card;

const POWER_OFF: u8 = 0;
const POWER_ON: u8 = 1;
const RESET: u8 = 2;
const ASK_ATR: u8 = 4;
/// Wait for a card program's answer.
const ANSWER_WAIT: Duration = Duration::from_secs(5);

/// The port could not be had.
#[derive(Debug, thiserror::Error)]
pub enum VpcdError {
    /// Anybody in the network could play a card.
    #[error("card programs are awaited on the loopback interface only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The port is taken, or cannot be had.
    #[error("card programs cannot be awaited on {address}; is another program there?")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
}

/// The program that is connected now; a new one takes the place of the old one.
type Connection = Arc<Mutex<Option<TcpStream>>>;

/// A port where card programs are awaited. Dropping it ends the connection.
#[derive(Debug)]
pub struct Vpcd {
    address: SocketAddr,
    connection: Connection,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Vpcd {
    /// Listens at `address` (port 0 takes a free one).
    ///
    /// # Errors
    /// [`VpcdError`] for an address that is not loopback or cannot be bound.
    pub fn listen(address: SocketAddr) -> Result<Self, VpcdError> {
        if !address.ip().is_loopback() {
            return Err(VpcdError::NotLoopback(address));
        }
        let fault = |source| VpcdError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(fault)?;
        let address = listener.local_addr().map_err(fault)?;
        let connection = Connection::default();
        let ended = Arc::new(AtomicBool::new(false));
        let (shared, end) = (Arc::clone(&connection), Arc::clone(&ended));
        let thread = std::thread::Builder::new()
            .name("card programs".to_owned())
            .spawn(move || accept(&listener, &shared, &end))
            .map_err(fault)?;
        Ok(Self { address, connection, ended, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether a card program is connected now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        let mut connection = lock(&self.connection);
        let alive = connection.as_ref().is_some_and(is_alive);
        if !alive {
            *connection = None;
        }
        alive
    }

    /// The connected program as a card. It is mute while none is connected.
    #[must_use]
    pub fn card(&self) -> Box<dyn Card> {
        Box::new(Program { connection: Arc::clone(&self.connection) })
    }
}

impl Drop for Vpcd {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // The thread waits for a connection: this is one.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        *lock(&self.connection) = None;
    }
}

fn accept(listener: &TcpListener, connection: &Connection, ended: &AtomicBool) {
    for stream in listener.incoming() {
        if ended.load(Ordering::Relaxed) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let set = stream
            .set_read_timeout(Some(ANSWER_WAIT))
            .and_then(|()| stream.set_write_timeout(Some(ANSWER_WAIT)))
            .and_then(|()| stream.set_nodelay(true));
        match set {
            Ok(()) => *lock(connection) = Some(stream),
            Err(error) => tracing::warn!(%error, "a card program cannot be served"),
        }
    }
}

/// A program never speaks unasked, so something to read outside an exchange is its end.
fn is_alive(stream: &TcpStream) -> bool {
    let mut waited = [PollFd::new(stream.as_fd(), PollFlags::POLLIN)];
    matches!(poll(&mut waited, PollTimeout::ZERO), Ok(0))
}

fn lock(connection: &Connection) -> MutexGuard<'_, Option<TcpStream>> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A card program as a card.
#[derive(Debug)]
struct Program {
    connection: Connection,
}

impl Program {
    /// Sends a message and, where one is due, takes the answer; `None` when the program is gone or too slow.
    fn exchange(&mut self, message: &[u8], answered: bool) -> Option<Vec<u8>> {
        let mut connection = lock(&self.connection);
        let stream = connection.as_mut()?;
        let done =
            send(stream, message).and_then(|()| if answered { receive(stream) } else { Ok(Vec::new()) });
        match done {
            Ok(answer) => Some(answer),
            Err(error) => {
                tracing::debug!(%error, "the card program is gone");
                *connection = None;
                None
            }
        }
    }
}

fn send(stream: &mut TcpStream, message: &[u8]) -> std::io::Result<()> {
    let length = u16::try_from(message.len()).map_err(std::io::Error::other)?;
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend_from_slice(message);
    stream.write_all(&framed)
}

fn receive(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

impl Card for Program {
    fn name(&self) -> &'static str {
        "vpcd"
    }

    fn answer_to_reset(&mut self) -> Vec<u8> {
        self.exchange(&[ASK_ATR], true).unwrap_or_default()
    }

    fn power(&mut self, on: bool) {
        self.exchange(&[if on { POWER_ON } else { POWER_OFF }], false);
    }

    fn reset(&mut self) {
        self.exchange(&[RESET], false);
    }

    fn transmit(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        // A single byte would be a control.
        if command.len() < 2 {
            return None;
        }
        self.exchange(command, true)
    }
}
