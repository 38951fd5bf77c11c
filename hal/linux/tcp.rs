//! A byte stream over TCP in place of a serial port: connecting within a time, and bytes without blocking.
//!
//! A name is resolved anew at each connection. A peer that vanished without a word is noticed by the kernel's own probes
//! and time-outs, so that the line is lost and connected again like an unplugged port.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{setsockopt, sockopt};
use serde::{Deserialize, Serialize};

/// Bytes not acknowledged by the peer's host for this long end the connection.
const UNACKNOWLEDGED_MS: u32 = 20_000;
/// An idle connection is probed after this time and then as often.
const PROBE_S: u32 = 10;

/// Settings of a line over TCP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TcpConfig {
    /// Address or name. A name costs the resolver's time at each connection.
    pub host: String,
    /// Port, 1 to 65535.
    pub port: u16,
    /// Longest wait for the connection, per address of the name, ms; 50 to 60,000.
    #[serde(default = "connect_wait_ms")]
    pub connect_wait_ms: u64,
}

const fn connect_wait_ms() -> u64 {
    2_000
}

impl TcpConfig {
    /// A line with the usual wait of 2 s.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port, connect_wait_ms: connect_wait_ms() }
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// [`TcpError::Setting`] names the first setting out of range.
    pub fn check(&self) -> Result<(), TcpError> {
        if self.host.is_empty() {
            return Err(TcpError::Setting("host is empty; set an address or a name"));
        }
        if self.port == 0 {
            return Err(TcpError::Setting("port is 0; set it from 1 to 65535"));
        }
        if !(50..=60_000).contains(&self.connect_wait_ms) {
            return Err(TcpError::Setting("connect_wait_ms is out of range; set it from 50 to 60000"));
        }
        Ok(())
    }
}

/// Why a line over TCP cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TcpError {
    /// A setting that no line has.
    #[error("tcp: {0}")]
    Setting(&'static str),
    /// The name leads nowhere.
    #[error("{host} has no address: {source}; correct the name or the resolver")]
    Unresolved {
        /// As configured.
        host: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nobody took the connection in time.
    #[error("{host}:{port} does not connect: {source}; is the service running and listening there?")]
    Refused {
        /// As configured.
        host: String,
        /// As configured.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// An open connection ended.
    #[error("the connection was lost: {0}")]
    Lost(Errno),
}

/// An open connection that never blocks.
#[derive(Debug)]
pub struct TcpLine {
    stream: TcpStream,
}

impl TcpLine {
    /// Connects. Blocks for `connect_wait_ms` at most for each address of the host.
    ///
    /// # Errors
    /// [`TcpError`].
    pub fn open(config: &TcpConfig) -> Result<Self, TcpError> {
        config.check()?;
        let TcpConfig { host, port, .. } = config.clone();
        let unresolved = |source| TcpError::Unresolved { host: host.clone(), source };
        let addresses = (host.as_str(), port).to_socket_addrs().map_err(unresolved)?;
        let wait = Duration::from_millis(config.connect_wait_ms);
        let stream = connect(addresses, wait).map_err(|source| TcpError::Refused { host, port, source })?;
        let lost = |error: std::io::Error| TcpError::Lost(errno(&error));
        stream.set_nodelay(true).map_err(lost)?;
        stream.set_nonblocking(true).map_err(lost)?;
        watch(&stream).map_err(TcpError::Lost)?;
        Ok(Self { stream })
    }

    /// For waiting; lives as long as the line is borrowed.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Reads what is there; 0 when nothing is.
    ///
    /// # Errors
    /// [`TcpError::Lost`], also when the peer hung up.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize, TcpError> {
        match nix::unistd::read(self.fd(), buffer) {
            Ok(0) => Err(TcpError::Lost(Errno::ECONNRESET)),
            Ok(count) => Ok(count),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(0),
            Err(error) => Err(TcpError::Lost(error)),
        }
    }

    /// Writes as much as the connection takes now; 0 when its buffer is full.
    ///
    /// # Errors
    /// [`TcpError::Lost`].
    pub fn write(&self, bytes: &[u8]) -> Result<usize, TcpError> {
        // Rust programs ignore SIGPIPE, so a peer that left is an error here and no signal.
        match nix::unistd::write(self.fd(), bytes) {
            Ok(count) => Ok(count),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(0),
            Err(error) => Err(TcpError::Lost(error)),
        }
    }
}

/// The first address that takes the connection, or what the last one said.
fn connect(addresses: impl Iterator<Item = SocketAddr>, wait: Duration) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect_timeout(&address, wait) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Lets the kernel notice a peer that is gone.
fn watch(stream: &TcpStream) -> nix::Result<()> {
    setsockopt(stream, sockopt::KeepAlive, &true)?;
    setsockopt(stream, sockopt::TcpKeepIdle, &PROBE_S)?;
    setsockopt(stream, sockopt::TcpKeepInterval, &PROBE_S)?;
    setsockopt(stream, sockopt::TcpUserTimeout, &UNACKNOWLEDGED_MS)
}

fn errno(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use nix::poll::{PollFd, PollFlags, poll};

    use super::*;

    fn pair() -> (TcpLine, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let line = TcpLine::open(&TcpConfig::new("127.0.0.1", listener.local_addr().unwrap().port()));
        (line.unwrap(), listener.accept().unwrap().0)
    }

    fn readable(line: &TcpLine) {
        let mut waits = [PollFd::new(line.fd(), PollFlags::POLLIN)];
        assert_eq!(poll(&mut waits, 10_000u16).unwrap(), 1);
    }

    #[test]
    fn bytes_go_both_ways_without_blocking() {
        let (line, mut peer) = pair();
        let mut buffer = [0; 16];
        assert_eq!(line.read(&mut buffer).unwrap(), 0, "nothing is there");
        assert_eq!(line.write(b"VER\n").unwrap(), 4);
        let mut heard = [0; 4];
        peer.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"VER\n");
        peer.write_all(&[0x00, 0xFF]).unwrap();
        readable(&line);
        assert_eq!(line.read(&mut buffer).unwrap(), 2);
    }

    #[test]
    fn a_peer_that_takes_nothing_fills_the_line_and_one_that_hangs_up_loses_it() {
        let (line, peer) = pair();
        let much = vec![0; 1 << 20];
        let mut writes = 0;
        while line.write(&much).unwrap() > 0 {
            writes += 1;
            assert!(writes < 1_000, "a line without an end");
        }
        drop(peer);
        readable(&line);
        assert!(matches!(line.read(&mut [0; 16]), Err(TcpError::Lost(_))));
    }

    #[test]
    fn a_port_without_a_listener_and_a_name_without_an_address_are_named() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let refused = TcpLine::open(&TcpConfig::new("127.0.0.1", free)).unwrap_err();
        assert!(matches!(&refused, TcpError::Refused { .. }), "{refused}");
        assert!(refused.to_string().contains(&free.to_string()));
        let nowhere = TcpLine::open(&TcpConfig::new("no host has blanks", 1)).unwrap_err();
        assert!(matches!(&nowhere, TcpError::Unresolved { .. }), "{nowhere}");
    }

    #[test]
    fn a_configuration_has_a_default_refuses_unknown_keys_and_is_checked() {
        let read = serde_json::from_str::<TcpConfig>;
        let config = read(r#"{"host":"127.0.0.1","port":3493}"#).unwrap();
        assert_eq!(config, TcpConfig::new("127.0.0.1", 3_493));
        assert!(read(r#"{"host":"127.0.0.1","port":3493,"ports":1}"#).is_err());
        for wrong in [
            TcpConfig::new("", 3_493),
            TcpConfig::new("127.0.0.1", 0),
            TcpConfig { connect_wait_ms: 1, ..TcpConfig::new("127.0.0.1", 3_493) },
        ] {
            assert!(matches!(TcpLine::open(&wrong), Err(TcpError::Setting(_))), "{wrong:?}");
        }
    }
}
