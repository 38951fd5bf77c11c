//! The TLS stream under HTTP. Two things that the stock one lacks are decided here:
//!
//! - every read and write has a time limit, also on a connection that is used again (the pool takes limits away);
//! - when the gateway refuses our certificate, the reason arrives as an alert behind our request, and writing that request
//!   may already have failed. The alert is then read before the failure is told.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};
use rustls_pki_types::ServerName;
use ureq::{ReadWrite, TlsConnector};

use crate::tls::Credentials;

/// Reads at most so many pieces behind a broken connection; an alert is in the first ones.
const MAX_LAST_READS: usize = 64;

pub(crate) struct Connector {
    pub config: Credentials,
    pub limit: Duration,
}

impl TlsConnector for Connector {
    fn connect(&self, host: &str, io: Box<dyn ReadWrite>) -> Result<Box<dyn ReadWrite>, ureq::Error> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let mut tls = ClientConnection::new(self.config.current(), name).map_err(io::Error::other)?;
        let mut line = Limited { io, limit: self.limit };
        tls.complete_io(&mut line)?;
        Ok(Box::new(Line(StreamOwned::new(tls, line))))
    }
}

/// A socket whose every call ends.
#[derive(Debug)]
struct Limited {
    io: Box<dyn ReadWrite>,
    limit: Duration,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(socket) = self.io.socket() {
            socket.set_read_timeout(Some(self.limit))?;
        }
        self.io.read(buffer)
    }
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(socket) = self.io.socket() {
            socket.set_write_timeout(Some(self.limit))?;
        }
        self.io.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.io.flush()
    }
}

struct Line(StreamOwned<ClientConnection, Limited>);

impl Line {
    /// The alert behind a broken connection, else the error itself.
    fn cause(&mut self, error: io::Error) -> io::Error {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        if !matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset) {
            return error;
        }
        for _ in 0..MAX_LAST_READS {
            match self.0.conn.read_tls(&mut self.0.sock) {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
            if let Err(alert) = self.0.conn.process_new_packets() {
                return io::Error::new(io::ErrorKind::InvalidData, alert);
            }
        }
        error
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| self.cause(error))
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(|error| self.cause(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(|error| self.cause(error))
    }
}

impl ReadWrite for Line {
    fn socket(&self) -> Option<&TcpStream> {
        self.0.sock.io.socket()
    }
}

/// Says nothing of what the buffers hold.
impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Line")
    }
}
