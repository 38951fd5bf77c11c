//! Programs of others against the card reader: pcscd with its GemPC Twin driver and opensc-tool on one side, the card
//! programs of the vsmartcard project on the other. Where one is not installed its test says so and passes.
//!
//! pcscd has one fixed socket, so it runs with a /run of its own (mount namespace) and meets no other pcscd.

use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use senim_emulators::control::Controlled as _;
use senim_emulators::faults::FaultSpec;
use senim_emulators::gempc::{Fault, Options};
use senim_emulators::rack::{self, Rack};

use crate::gempc_card::{BOTH, T0, T1, Tally, TestCard, hex};
use crate::pty::awaited;

const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libccidtwin.so";
const DAEMON: &str = "/usr/sbin/pcscd";
/// Debian puts the Python package one directory too deep.
const VICC_PATH: &str = "/usr/lib/python3/site-packages/virtualsmartcard";

/// Starts pcscd on the reader at `$2`, runs what follows, ends pcscd. Exit 97: no /run of its own.
const SCRIPT: &str = r#"
mount -t tmpfs tmpfs /run || exit 97
mkdir /run/pcscd
/usr/sbin/pcscd -f -d -a -c "$1" >"$1.log" 2>&1 &
daemon=$!
for _ in $(seq 100); do [ -S /run/pcscd/pcscd.comm ] && break; sleep 0.1; done
shift
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
        let dir = tempfile::tempdir().unwrap();
        let card = Options { vpcd: "127.0.0.1:0".parse().unwrap(), ..Options::default() };
        let rack = Rack::start(dir.path(), rack::Options { card, ..rack::Options::default() }).unwrap();
        // pcscd takes the port for a driver's name as far as the colon, and wants the port itself.
        let port = std::fs::read_link(rack.card().path()).unwrap();
        std::fs::create_dir(dir.path().join("pcscd")).unwrap();
        let reader = format!(
            "FRIENDLYNAME \"GemPC Twin\"\nDEVICENAME {}:GemPCTwin\nLIBPATH {DRIVER}\nCHANNELID 1\n",
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
        let output = in_own_run(&self.dir.path().join("pcscd"), arguments)?;
        let log = std::fs::read_to_string(self.dir.path().join("pcscd.log")).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(40).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        assert!(output.status.success(), "{output:?}\n{}", tail.join("\n"));
        Some(String::from_utf8(output.stdout).unwrap())
    }
}

fn in_own_run(configuration: &Path, arguments: &[&str]) -> Option<Output> {
    for program in [DAEMON, DRIVER, "/usr/bin/opensc-tool"] {
        if !Path::new(program).exists() {
            skipped("pcscd", "not installed");
            return None;
        }
    }
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let output = Command::new("timeout")
        .args(["60", "unshare", if root { "--mount" } else { "-rm" }, "sh", "-c", SCRIPT, "sh"])
        .arg(configuration)
        .arg("opensc-tool")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    if output.status.code() == Some(97)
        || !output.status.success() && output.stdout.is_empty() && is_refused(&output)
    {
        skipped("pcscd", "no mount namespace");
        return None;
    }
    Some(output)
}

fn is_refused(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stderr).contains("unshare failed")
}

/// Written past the test runner, which keeps what passing tests print.
fn skipped(peer: &str, why: &str) {
    std::io::stderr().write_all(format!("SKIPPED PEER {peer}: {why}\n").as_bytes()).unwrap();
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
        let python = ["python3", "/usr/bin/python3"].into_iter().find(|python| {
            Command::new(python)
                .env("PYTHONPATH", VICC_PATH)
                .args(["-c", "import virtualsmartcard.VirtualSmartcard"])
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        });
        let Some(python) = python.filter(|_| Path::new("/usr/bin/vicc").exists()) else {
            skipped("vicc", "not installed, or without the Python package pycryptodome");
            return None;
        };
        let program = Command::new(python)
            .env("PYTHONPATH", VICC_PATH)
            .args(["/usr/bin/vicc", "--type", "iso7816", "--hostname", "127.0.0.1", "--port", port])
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
