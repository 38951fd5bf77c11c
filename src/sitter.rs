//! A rig's person, who stands before no camera: what is measured of the movements is asked for over the loopback, and judged as
//! if the camera's frames had shown it. One line of JSON there, the challenge; one back, the frames of an evidence.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use senim_biometrics::liveness::Trace;
use senim_domain::liveness::Challenge;
use senim_hal::{Error, ErrorKind};
use senim_runtime::shell::Measures;

/// How long the answer may take: a person is computed in some milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks whoever is behind this address.
#[must_use]
pub fn measures(address: SocketAddr) -> Measures {
    Box::new(move |challenge| {
        ask(address, challenge)
            .map_err(|error| Error::new(ErrorKind::NoDevice, format!("nobody stands at {address}: {error}")))
    })
}

fn ask(address: SocketAddr, challenge: &Challenge) -> std::io::Result<Vec<Trace>> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut question = serde_json::to_vec(challenge)?;
    question.push(b'\n');
    stream.write_all(&question)?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    Ok(serde_json::from_str(&answer)?)
}
