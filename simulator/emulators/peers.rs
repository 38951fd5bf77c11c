//! Programs of others that speak to the emulated devices: where tests find them, and how a test says that one is missing.
//!
//! They run as processes of their own. Those of Debian are on the PATH or where daemons are; those of PyPI and npm are in the
//! folder that `SENIM_PEERS` names, which `./test` fills: `venv` with Python, its packages and Node.js, `node` with
//! `node_modules`. Whether a missing peer is a failure is not decided here: `./test` lists the notices at its end.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// Programs of the Network UPS Tools: what has their names on the PATH refuses to run until the system is configured.
const NUT: &str = "/lib/nut";
/// Where daemons are, which a user's PATH may lack.
const DAEMONS: &str = "/usr/sbin";
/// How a notice begins; `./test` looks for it.
const NOTICE: &str = "SKIPPED PEER";

/// Says past the test harness, which keeps the words of passing tests to itself, that a test did without its peer.
pub fn skipped(peer: &str, why: &str) {
    // One write: tests run side by side. Nobody can be told when standard error is closed.
    let _ = std::io::stderr().write_all(format!("{NOTICE} {peer}: {why}\n").as_bytes());
}

/// An installed program; without one, `peer` is said to be skipped.
#[must_use]
pub fn program(peer: &str, name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        [PathBuf::from(NUT)].into_iter().chain(std::env::split_paths(&path)).chain([DAEMONS.into()]);
    let found = folders.map(|folder| folder.join(name)).find(|program| program.is_file());
    if found.is_none() {
        skipped(peer, &format!("{name} is not installed"));
    }
    found
}

/// The Python that has PyPI's peers.
#[must_use]
pub fn python(peer: &str) -> Option<PathBuf> {
    in_folder(peer, "venv/bin/python")
}

/// Node.js and the folder of its packages.
#[must_use]
pub fn node(peer: &str) -> Option<(PathBuf, PathBuf)> {
    in_folder(peer, "venv/bin/node").zip(in_folder(peer, "node/node_modules"))
}

/// A script that makes a peer do something; they lie beside the tests of this crate.
#[must_use]
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(name)
}

fn in_folder(peer: &str, what: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("SENIM_PEERS") else {
        skipped(peer, "SENIM_PEERS names no folder; ./test makes one");
        return None;
    };
    let place = Path::new(&folder).join(what);
    if !place.exists() {
        skipped(peer, &format!("{} does not exist", place.display()));
        return None;
    }
    Some(place)
}

/// A host of PyPI on a port, told line by line what to do; ends with this.
#[derive(Debug)]
pub struct Host {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Host {
    /// Starts the [`script`] on `port`; `None` where the peer is missing, and said so.
    ///
    /// # Errors
    /// Python does not start.
    pub fn start(peer: &str, name: &str, port: &Path) -> std::io::Result<Option<Self>> {
        let Some(python) = python(peer) else { return Ok(None) };
        let mut process = Command::new(python)
            .arg(script(name))
            .arg(port)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(orders), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        };
        Ok(Some(Self { process, orders, answers: BufReader::new(answers) }))
    }

    /// Has it call a method of the peer's; returns its answer. `order` is the method's name and its arguments.
    ///
    /// # Errors
    /// The script has ended, its reason being on standard error, or answered with something else than JSON.
    pub fn tell(&mut self, order: &Value) -> std::io::Result<Value> {
        self.orders.write_all(format!("{order}\n").as_bytes())?;
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_str(&answer)?)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
