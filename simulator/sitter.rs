//! Somebody before a terminal whose camera shows pictures of files: does what a challenge asks, or something else, and tells what
//! would be measured of it. The firmware of a rig judges it, and the gateway judges it again.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use senim_domain::liveness::Challenge;
use senim_person::scripted::{Behaviour, behaves};

use crate::error::Trouble;

/// How long a question may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// The person; leaves with the last that holds it.
#[derive(Debug)]
pub struct Sitter {
    address: SocketAddr,
    /// What they do; nothing once the stage is gone.
    manner: Arc<Mutex<Option<Behaviour>>>,
}

impl Sitter {
    /// Somebody who does what is asked.
    ///
    /// # Errors
    /// [`Trouble::Process`] when no port is free.
    pub fn come() -> Result<Self, Trouble> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(unheard)?;
        let address = listener.local_addr().map_err(unheard)?;
        let manner = Arc::new(Mutex::new(Some(Behaviour::default())));
        let theirs = Arc::clone(&manner);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Some(behaviour) = *theirs.lock().unwrap_or_else(PoisonError::into_inner) else { return };
                // Whoever asked and went away, or asked nonsense, hears nothing.
                let _unheard = stream.and_then(|stream| answer(stream, behaviour));
            }
        });
        Ok(Self { address, manner })
    }

    /// Where they can be asked.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Behaves like this from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner) = Some(behaviour);
    }
}

impl Drop for Sitter {
    fn drop(&mut self) {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner) = None;
        // The thread waits for somebody to ask.
        let _woken = TcpStream::connect_timeout(&self.address, PATIENCE);
    }
}

fn unheard(source: std::io::Error) -> Trouble {
    Trouble::Process { name: "whoever stands before the camera".to_owned(), what: "listen", source }
}

fn answer(mut stream: TcpStream, behaviour: Behaviour) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut question = String::new();
    BufReader::new(stream.try_clone()?).read_line(&mut question)?;
    let challenge: Challenge = serde_json::from_str(&question)?;
    let mut frames = serde_json::to_vec(&behaves(&challenge, behaviour).evidence.frames)?;
    frames.push(b'\n');
    stream.write_all(&frames)
}
