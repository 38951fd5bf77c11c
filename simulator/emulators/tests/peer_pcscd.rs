//! Programs of others against the card reader: pcscd with its GemPC Twin driver and opensc-tool on one side, the card
//! programs of the vsmartcard project on the other.
//!
//! pcscd has one fixed socket, so it runs with a /run of its own (mount namespace) and meets no other pcscd. A container
//! may refuse that to its root: there it takes the socket while nobody else has it, one test at a time.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use senim_emulators::cards::piv::{self, PivCard};
use senim_emulators::control::Controlled as _;
use senim_emulators::faults::FaultSpec;
use senim_emulators::gempc::{Fault, Options, Press};
use senim_emulators::peers::{self, skipped};
use senim_emulators::rack::{self, Rack};

use serde_json::{Value, json};

use crate::gempc_card::{BOTH, T0, T1, Tally, TestCard, hex};
use crate::pty::awaited;

const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libccidtwin.so";
const SOCKET: &str = "/run/pcscd/pcscd.comm";
/// Debian puts the Python package one directory too deep.
const VICC_PATH: &str = "/usr/lib/python3/site-packages/virtualsmartcard";

/// `own|shared` DAEMON CONFIGURATION PROGRAM…: runs the program with pcscd around it. Exit 97: no /run of its own.
const SCRIPT: &str = r#"
[ "$1" = shared ] || mount -t tmpfs tmpfs /run || exit 97
mkdir -p /run/pcscd
"$2" -f -d -a -c "$3" >"$3.log" 2>&1 &
daemon=$!
for _ in $(seq 100); do [ -S /run/pcscd/pcscd.comm ] && break; sleep 0.1; done
shift 3
"$@"
code=$?
kill "$daemon"
wait "$daemon"
exit "$code"
"#;

struct Bench {
    rack: Rack,
    dir: tempfile::TempDir,
}

impl Bench {
    fn start() -> Self {
        Self::of("GemPCTwin", false)
    }

    /// By the name that the stock driver knows the reader by.
    fn of(name: &str, keypad: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let card = Options { vpcd: "127.0.0.1:0".parse().unwrap(), keypad, ..Options::default() };
        let rack = Rack::start(dir.path(), rack::Options { card, ..rack::Options::default() }).unwrap();
        // pcscd takes the port for a driver's name as far as the colon, and wants the port itself.
        let port = std::fs::read_link(rack.card().path()).unwrap();
        std::fs::create_dir(dir.path().join("pcscd")).unwrap();
        let reader = format!(
            "FRIENDLYNAME \"GemPC Twin\"\nDEVICENAME {}:{name}\nLIBPATH {DRIVER}\nCHANNELID 1\n",
            port.display()
        );
        std::fs::write(dir.path().join("pcscd/reader"), reader).unwrap();
        Self { rack, dir }
    }

    fn insert(&self, atr: &[u8]) -> Tally {
        let (card, tally) = TestCard::new(atr);
        self.rack.card().with(|reader, now_ms| reader.insert(Box::new(card), now_ms));
        tally
    }

    /// What opensc-tool prints, with pcscd around it; `None`: not possible here, and said so.
    fn opensc(&self, arguments: &[&str]) -> Option<String> {
        let output = with_pcscd(&self.dir.path().join("pcscd"), "opensc-tool", arguments)?;
        let log = std::fs::read_to_string(self.dir.path().join("pcscd.log")).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(40).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        assert!(output.status.success(), "{output:?}\n{}", tail.join("\n"));
        Some(String::from_utf8(output.stdout).unwrap())
    }
}

fn with_pcscd(configuration: &Path, tool: &str, arguments: &[&str]) -> Option<Output> {
    static SHARED: Mutex<()> = Mutex::new(());
    let (daemon, tool) = (peers::program("pcscd", "pcscd")?, peers::program("pcscd", tool)?);
    if !Path::new(DRIVER).exists() {
        skipped("pcscd", "libccidtwin is not installed");
        return None;
    }
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let run = |around: &[&str], run: &str| {
        let mut command = Command::new("timeout");
        command.arg("30").args(around).args(["sh", "-c", SCRIPT, "sh", run]).arg(&daemon);
        command.arg(configuration).arg(&tool).args(arguments).stdin(Stdio::null()).output().unwrap()
    };
    let output = run(&["unshare", if root { "--mount" } else { "-rm" }], "own");
    if !is_refused(&output) {
        return Some(output);
    }
    let _one_at_a_time = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if root && !Path::new(SOCKET).exists() {
        return Some(run(&[], "shared"));
    }
    skipped("pcscd", "neither a mount namespace nor the one socket is to be had");
    None
}

fn is_refused(output: &Output) -> bool {
    output.status.code() == Some(97) || String::from_utf8_lossy(&output.stderr).starts_with("unshare: ")
}

/// Hexadecimal digits of the last line.
fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase()
}

#[test]
fn pcscd_reads_the_atr_of_a_card_of_each_kind() {
    for atr in [T1, T0, BOTH] {
        let bench = Bench::start();
        bench.insert(atr);
        let Some(told) = bench.opensc(&["--atr"]) else { return };
        assert_eq!(digits(&told), hex(atr), "{told}");
    }
}

#[test]
fn pcscd_exchanges_apdus_of_all_lengths_with_a_card_of_each_kind() {
    for atr in [T1, T0] {
        let bench = Bench::start();
        let tally = bench.insert(atr);
        let data: String = (0..200u8).map(|byte| format!("{byte:02x}")).collect();
        let echo = format!("00ee0000c8{data}00");
        let Some(told) = bench.opensc(&["-s", "0084000008", "-s", "00840000f0", "-s", "00200001023132"])
        else {
            return;
        };
        assert_eq!(told.matches("SW1=0x90, SW2=0x00").count(), 3, "{told}");
        assert_eq!(tally.verified(), 1);
        let Some(told) = bench.opensc(&["-s", &echo]) else { return };
        assert!(told.contains("SW1=0x90, SW2=0x00") || told.contains("SW1=0x61"), "{told}");
    }
}

#[test]
fn pcscd_gets_over_damaged_blocks_and_the_card_executes_once() {
    for fault in [Fault::BadBlock, Fault::Wtx, Fault::CardHearsBadly] {
        let bench = Bench::start();
        let tally = bench.insert(T1);
        // The first block is S(IFS); the stock driver repeats neither that nor after a mute card.
        let spec = FaultSpec { after_blocks: Some(1), ..FaultSpec::times(1) };
        bench.rack.card().with(|reader, _| reader.set_fault(fault, spec));
        let Some(told) = bench.opensc(&["-s", "00200001023132"]) else { return };
        assert!(told.contains("SW1=0x90, SW2=0x00"), "{fault:?} {told}");
        assert_eq!(tally.verified(), 1, "{fault:?}");
    }
}

/// Somebody at the keys of the reader while pkcs15-tool verifies a PIN through pcscd and the stock driver's PinPad.
fn verified_on_keys(act: impl Fn(&Bench) + Sync) -> Option<(Output, Value)> {
    let bench = Bench::of("GemPCPinPad", true);
    let card = PivCard::new(piv::Options::default()).unwrap();
    bench.rack.card().with(|reader, now_ms| {
        // The stock driver (1.5.2) loads words for the display by a long escape, and takes its echo for an answer that is too
        // long. Escapes are answered twice instead, and the first answer passes for the echo.
        for fault in [Fault::NoEcho, Fault::DoubleAnswer] {
            reader.set_fault(fault, FaultSpec { command: Some(0x6B), ..FaultSpec::default() });
        }
        reader.insert(Box::new(card), now_ms);
    });
    let (running, ended) = channel::<()>();
    let output = std::thread::scope(|threads| {
        let (bench, act) = (&bench, &act);
        threads.spawn(move || {
            while ended.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout) {
                if bench.rack.card().with(|reader, _| !reader.state()["asks_for_pin"].is_null()) {
                    return act(bench);
                }
            }
        });
        let output =
            with_pcscd(&bench.dir.path().join("pcscd"), "pkcs15-tool", &["--verify-pin", "--auth-id", "01"]);
        drop(running);
        output
    })?;
    let state = bench.rack.card().with(|reader, _| reader.state()["card_state"].clone());
    Some((output, state))
}

fn presses(bench: &Bench, digits: &str, key: Press) {
    bench.rack.card().with(|reader, now_ms| reader.press(digits, Some(key), now_ms)).unwrap();
}

#[test]
fn pcscd_has_a_pin_typed_on_the_keys_of_the_reader() {
    let Some((output, card)) = verified_on_keys(|bench| presses(bench, piv::PIN, Press::Ok)) else { return };
    assert!(output.status.success(), "{output:?}");
    assert_eq!((&card["pins_judged"], &card["tries"]), (&json!(1), &json!(piv::TRIES)));
}

#[test]
fn pcscd_is_told_of_a_wrong_pin_and_of_the_key_that_gives_up() {
    let Some((output, card)) = verified_on_keys(|bench| presses(bench, "000000", Press::Ok)) else { return };
    assert!(!output.status.success(), "{output:?}");
    assert_eq!((&card["pins_judged"], &card["tries"]), (&json!(1), &json!(piv::TRIES - 1)));
    let Some((output, card)) = verified_on_keys(|bench| presses(bench, "12", Press::Cancel)) else { return };
    assert!(!output.status.success(), "{output:?}");
    assert_eq!((&card["pins_judged"], &card["tries"]), (&json!(0), &json!(piv::TRIES)));
}

#[test]
fn a_card_program_on_the_vpcd_port_is_read_through_pcscd() {
    let bench = Bench::start();
    bench.rack.card().with(|reader, now_ms| reader.await_program(now_ms)).unwrap();
    let address = bench.rack.card().with(|reader, _| reader.vpcd().unwrap().address());
    let Some(_program) = CardProgram::start(&address.port().to_string()) else { return };
    awaited(|| bench.rack.card().with(|reader, _| reader.state()["card"] == "vpcd").then_some(()));
    // GET CHALLENGE, and SELECT of the master file without its description, in which this card program ends itself.
    let Some(told) = bench.opensc(&["-s", "0084000008", "-s", "00a4000c023f00"]) else { return };
    assert_eq!(told.matches("SW1=0x90, SW2=0x00").count(), 2, "{told}");
}

/// `vicc`, the card of the vsmartcard project; ends with the test.
struct CardProgram(Child);

impl CardProgram {
    fn start(port: &str) -> Option<Self> {
        let vicc = peers::program("vicc", "vicc")?;
        let program = Command::new(peers::python("vicc")?)
            .env("PYTHONPATH", VICC_PATH)
            .arg(vicc)
            .args(["--type", "iso7816", "--hostname", "127.0.0.1", "--port", port])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self(program))
    }
}

impl Drop for CardProgram {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
