//! Throw-away tokens: SoftHSM, and a TPM by `swtpm` behind `libtpm2_pkcs11`. Used by other packages' tests too.
//!
//! Both modules take their settings from the environment and hold state for the whole process, so that a token locks out
//! every other one until it is dropped.

#![allow(dead_code, reason = "not every test uses every helper")]

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use senim_keystore::{PinSource, Pkcs11Options, Pkcs11Store, Token};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

pub const PIN: &str = "246813";
const SO_PIN: &str = "13572468";
pub const TOKEN: &str = "senim-test";
pub const KEY: &str = "senim-identity";
pub const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";
const TPM_MODULES: [&str; 2] =
    ["/usr/lib/x86_64-linux-gnu/libtpm2_pkcs11.so.1", "/usr/lib/aarch64-linux-gnu/libtpm2_pkcs11.so.1"];

/// A token in a directory of its own.
pub struct TestToken {
    pub module: PathBuf,
    pub dir: tempfile::TempDir,
    swtpm: Option<(Child, u16)>,
    _turn: MutexGuard<'static, ()>,
}

fn skipped(what: &str) {
    let notice = format!("SKIPPED PEER {what}: it is not installed (scripts/setup.sh)\n");
    // Past the test harness, which keeps the words of passing tests to itself.
    let _ = std::io::stderr().write_all(notice.as_bytes());
}

/// Sets what a module reads when it is initialised.
fn set(name: &str, value: &str) {
    // SAFETY: tokens are made one at a time, and nothing else in these tests writes the environment.
    #[allow(unsafe_code, reason = "a module knows no other way to be told")]
    unsafe {
        std::env::set_var(name, value);
    }
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

impl TestToken {
    /// SoftHSM with one token; `None`, said loudly, where it is not installed.
    pub fn soft_hsm() -> Option<Self> {
        if !Path::new(SOFTHSM).exists() {
            skipped("softhsm2");
            return None;
        }
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = tempfile::tempdir().unwrap();
        let tokens = dir.path().join("tokens");
        std::fs::create_dir(&tokens).unwrap();
        let conf = dir.path().join("softhsm2.conf");
        std::fs::write(&conf, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()))
            .unwrap();
        set("SOFTHSM2_CONF", conf.to_str().unwrap());
        run("softhsm2-util", &["--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", SO_PIN]);
        Some(Self { module: SOFTHSM.into(), dir, swtpm: None, _turn: turn }.with_pin(PIN))
    }

    /// A TPM 2.0 with one token.
    pub fn tpm() -> Option<Self> {
        let module = TPM_MODULES.into_iter().find(|path| Path::new(path).exists());
        let (Some(module), Ok(_)) = (module, Command::new("swtpm").arg("--version").output()) else {
            skipped("swtpm, libtpm2-pkcs11-1");
            return None;
        };
        if Command::new("pkcs11-tool").arg("--help").output().is_err() {
            skipped("opensc");
            return None;
        }
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = tempfile::tempdir().unwrap();
        let (child, port) = start_swtpm(dir.path(), None);
        let store = dir.path().join("store");
        std::fs::create_dir(&store).unwrap();
        set("TPM2_PKCS11_STORE", store.to_str().unwrap());
        set("TPM2_PKCS11_TCTI", &format!("swtpm:host=127.0.0.1,port={port}"));
        set("TPM2_PKCS11_LOG_LEVEL", "0");
        let tool = |arguments: &[&str]| run("pkcs11-tool", &[&["--module", module], arguments].concat());
        tool(&["--slot-index", "0", "--init-token", "--label", TOKEN, "--so-pin", SO_PIN]);
        tool(&["--token-label", TOKEN, "--init-pin", "--so-pin", SO_PIN, "--pin", PIN]);
        Some(Self { module: module.into(), dir, swtpm: Some((child, port)), _turn: turn }.with_pin(PIN))
    }

    /// Writes the PIN file.
    pub fn with_pin(self, pin: &str) -> Self {
        self.write_pin(pin);
        self
    }

    pub fn write_pin(&self, pin: &str) {
        std::fs::write(self.pin_path(), pin).unwrap();
        std::fs::set_permissions(self.pin_path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn pin_path(&self) -> PathBuf {
        self.dir.path().join("pin")
    }

    pub fn options(&self) -> Pkcs11Options {
        Pkcs11Options {
            module: self.module.clone(),
            token: Token::Label(TOKEN.into()),
            key_label: KEY.into(),
            pin: PinSource::File(self.pin_path()),
            refused_mark: self.dir.path().join("refused"),
        }
    }

    pub fn store(&self) -> Pkcs11Store {
        Pkcs11Store::new(self.options())
    }

    /// The token is pulled out.
    pub fn unplug(&mut self) {
        match &mut self.swtpm {
            Some((child, _)) => {
                child.kill().unwrap();
                child.wait().unwrap();
            }
            None => {
                std::fs::rename(self.dir.path().join("tokens"), self.dir.path().join("gone")).unwrap();
                std::fs::create_dir(self.dir.path().join("tokens")).unwrap();
            }
        }
    }

    /// The token is put back.
    pub fn plug(&mut self) {
        match &mut self.swtpm {
            Some((child, port)) => (*child, *port) = start_swtpm(self.dir.path(), Some(*port)),
            None => {
                std::fs::remove_dir(self.dir.path().join("tokens")).unwrap();
                std::fs::rename(self.dir.path().join("gone"), self.dir.path().join("tokens")).unwrap();
            }
        }
    }
}

impl Drop for TestToken {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.swtpm {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Starts a TPM on two ports that follow each other, as its clients expect.
fn start_swtpm(dir: &Path, port: Option<u16>) -> (Child, u16) {
    for _ in 0..50 {
        let port = port.unwrap_or_else(free_pair);
        let state = dir.join("tpm");
        let _ = std::fs::create_dir(&state);
        let mut child = Command::new("swtpm")
            .args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"])
            .arg("--tpmstate")
            .arg(format!("dir={}", state.display()))
            .arg("--server")
            .arg(format!("type=tcp,port={port}"))
            .arg("--ctrl")
            .arg(format!("type=tcp,port={}", port + 1))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        loop {
            if child.try_wait().unwrap().is_some() {
                break;
            }
            // The control port only: a connection to the other one ends the program.
            if TcpStream::connect(("127.0.0.1", port + 1)).is_ok() {
                return (child, port);
            }
            std::thread::yield_now();
        }
    }
    panic!("swtpm does not start");
}

fn free_pair() -> u16 {
    loop {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}
