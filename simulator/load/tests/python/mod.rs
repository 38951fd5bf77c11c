//! The second verifier, as tests use it.
#![allow(dead_code, reason = "each test uses its part")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// `docs/formats/verify.py`, told one directory after the other.
pub struct Python {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

pub fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/verify.py")
}

/// The interpreter that has jwcrypto; a missing one is said aloud.
pub fn interpreter() -> Option<PathBuf> {
    let place = std::env::var_os("SENIM_PEERS").map(|folder| PathBuf::from(folder).join("venv/bin/python"));
    let found = place.filter(|python| python.exists());
    if found.is_none() {
        let _ = std::io::stderr().write_all(b"SKIPPED PEER jwcrypto: SENIM_PEERS holds no venv/bin/python\n");
    }
    found
}

impl Python {
    pub fn start(trust: &Path) -> Option<Self> {
        let mut process = Command::new(interpreter()?)
            .arg(script())
            .args(["--batch", "--trust"])
            .arg(trust)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (orders, answers) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Some(Self { process, orders, answers: BufReader::new(answers) })
    }

    pub fn result(&mut self, dir: &Path) -> String {
        writeln!(self.orders, "{}", dir.display()).unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        let report: serde_json::Value = serde_json::from_str(&answer).expect("verify.py answers");
        report["result"].as_str().unwrap().to_owned()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
