//! PyPI's `puloon` 0.1.10, somebody else's LCDM-4000 host, against the emulated dispenser on a PTY: what the host counts
//! is what the emulator knows to have moved.

use senim_emulators::faults::FaultSpec;
use senim_emulators::lcdm4000::{Cassette, Command, Fault, Lcdm4000, Options, Unit};
use senim_emulators::peers::Host;
use senim_emulators::pty::{Pacing, PtyDevice, boottime_ms};
use serde_json::{Value, json};

const NOTES: u32 = 100;

struct Bench {
    host: Host,
    device: PtyDevice<Lcdm4000>,
    _dir: tempfile::TempDir,
}

impl Bench {
    /// `None` where the peer is missing.
    fn start() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { note_ms: 5, purge_ms: 20, ..Options::default() };
        let cassettes = [20_000, 10_000, 5_000, 2_000].map(|tenge| Cassette::new(tenge, NOTES));
        let machine = Lcdm4000::new(options, cassettes, boottime_ms());
        let device = PtyDevice::start(dir.path(), "dispenser", dir.path(), machine).unwrap();
        let host = Host::start("puloon", "puloon_lcdm4000.py", device.path()).unwrap()?;
        Some(Self { host, device, _dir: dir })
    }

    /// What the host read; it must have found no error.
    fn done(&mut self, order: Value) -> Value {
        let answer = self.host.tell(&order).unwrap();
        assert_eq!(answer["error"], Value::Null, "{order}: {answer}");
        answer["reply"].clone()
    }

    /// What the host read beside the error that it must have found.
    fn failed(&mut self, order: Value, error: u8) -> Value {
        let answer = self.host.tell(&order).unwrap();
        assert_eq!(answer["error"], error, "{order}: {answer}");
        answer["reply"].clone()
    }

    fn fault(&self, fault: Fault, spec: FaultSpec) {
        self.device.with(|machine, now_ms| machine.set_fault(fault, spec, now_ms));
    }

    fn executed(&self, command: Command) -> u64 {
        self.device.with(|machine, _| machine.executed(command))
    }

    /// (Left, rejected) by unit, as the emulator counts since it started; no note may be lost.
    fn moved(&self) -> ([u64; 4], [u64; 4]) {
        self.device.with(|machine, _| {
            for unit in Unit::ALL {
                let cassette = machine.cassette(unit);
                let on_path = u64::from(*machine.on_path().at(unit));
                let elsewhere = cassette.exited + cassette.rejected + on_path;
                assert_eq!(u64::from(cassette.notes) + elsewhere, u64::from(NOTES), "{unit:?}");
            }
            let cassettes = Unit::ALL.map(|unit| machine.cassette(unit));
            (cassettes.map(|cassette| cassette.exited), cassettes.map(|cassette| cassette.rejected))
        })
    }
}

/// The same as a host tells it.
fn counted(reply: &Value) -> ([u64; 4], [u64; 4]) {
    let of = |what: &str| [1, 2, 3, 4].map(|unit| reply[format!("{what}{unit}")].as_u64().unwrap());
    (of("exit"), of("reject"))
}

#[test]
fn a_stock_host_reads_the_state_of_the_cassettes() {
    let Some(mut bench) = Bench::start() else { return };
    bench.device.with(|machine, _| machine.set_cassette(Unit::Two, Cassette::new(10_000, 5)));
    bench.fault(Fault::CassetteOut, FaultSpec { unit: Some(3), ..FaultSpec::default() });
    let read = bench.done(json!(["status"]));
    let of = |what: &str| [1, 2, 3, 4].map(|unit| read[format!("{what}{unit}")].as_u64().unwrap());
    assert_eq!(read["disp"], 0x20);
    assert_eq!(of("stat"), [0x20, 0x28, 0x20, 0x20], "the second is near its end");
    assert_eq!(of("type"), [1, 2, 0, 4], "the third is absent");
    let cassettes = bench.device.with(|machine, _| Unit::ALL.map(|unit| machine.cassette(unit)));
    assert_eq!(of("opac"), cassettes.map(|cassette| u64::from(cassette.opacity)));
    assert_eq!(of("leng"), cassettes.map(|cassette| u64::from(cassette.length)));
}

#[test]
fn the_notes_that_a_stock_host_counts_are_those_that_left() {
    let Some(mut bench) = Bench::start() else { return };
    for pacing in [Pacing::Coalesced, Pacing::at_baud(9_600)] {
        bench.device.set_pacing(pacing);
        let before = bench.moved();
        assert_eq!(counted(&bench.done(json!(["purge"]))), ([0; 4], [0; 4]));
        bench.fault(Fault::Reject, FaultSpec::times(1));
        let reply = bench.done(json!(["dispense", 2, 3, 0, 1]));
        let after = bench.moved();
        assert_eq!(counted(&reply), ([2, 3, 0, 1], [1, 0, 0, 0]));
        assert_eq!(
            after.0,
            [2, 3, 0, 1].map({
                let mut units = before.0.into_iter();
                move |count| units.next().unwrap() + count
            })
        );
        assert_eq!(after.1[0], before.1[0] + 1);

        let last = bench.done(json!(["last_status"]));
        assert_eq!((counted(&last), &last["last_command"]), (counted(&reply), &json!(0x52)));
    }
    assert_eq!((bench.executed(Command::Purge), bench.executed(Command::Dispense)), (2, 2));
}

#[test]
fn test_notes_of_a_stock_host_go_to_the_reject_tray() {
    let Some(mut bench) = Bench::start() else { return };
    let reply = bench.done(json!(["test_dispense", 1, 1, 1, 1]));
    assert_eq!(counted(&reply), ([0; 4], [1; 4]));
    assert_eq!(bench.moved(), ([0; 4], [1; 4]));
    assert_eq!(bench.done(json!(["last_status"]))["last_command"], 0x53);
}

#[test]
fn a_stock_host_is_told_of_a_jam_and_of_what_had_left_and_clears_it() {
    let Some(mut bench) = Bench::start() else { return };
    bench.fault(Fault::JamAfter, FaultSpec { after_notes: Some(3), ..FaultSpec::times(1) });
    let reply = bench.failed(json!(["dispense", 2, 3, 0, 1]), 3);
    assert_eq!(counted(&reply), ([2, 1, 0, 0], [0; 4]));
    assert_eq!(bench.moved().0, [2, 1, 0, 0]);
    assert_eq!(counted(&bench.failed(json!(["last_status"]), 3)), counted(&reply));
    // The note that was stuck.
    assert_eq!(counted(&bench.done(json!(["purge"]))), ([0; 4], [0, 1, 0, 0]));
    assert_eq!(bench.moved(), ([2, 1, 0, 0], [0, 1, 0, 0]));
}

#[test]
fn a_refused_frame_and_a_damaged_reply_give_a_stock_host_no_note_twice() {
    let Some(mut bench) = Bench::start() else { return };
    for fault in [Fault::Nak, Fault::BadBcc] {
        let before = bench.executed(Command::Dispense);
        bench.fault(fault, FaultSpec::times(1));
        let reply = bench.done(json!(["dispense", 1, 0, 0, 0]));
        assert_eq!(counted(&reply).0, [1, 0, 0, 0], "{fault:?}");
        assert_eq!(bench.executed(Command::Dispense), before + 1, "{fault:?}");
    }
    assert_eq!(bench.moved().0, [2, 0, 0, 0]);
}

#[test]
fn what_a_stock_host_sets_is_kept_and_a_reset_forgets_none_of_it() {
    let Some(mut bench) = Bench::start() else { return };
    bench.done(json!(["set_bill_opacities", 17, 34, 51, 68]));
    bench.done(json!(["set_bill_lengths", 126, 130, 134, 139]));
    bench.done(json!(["set_bill_dispense_order", 4, 3, 2, 1]));
    bench.host.tell(&json!(["reset"])).unwrap();
    assert_eq!(bench.executed(Command::Reset), 1);
    let opacities = bench.done(json!(["get_bill_opacities"]));
    assert_eq!((&opacities["opac1"], &opacities["opac4"]), (&json!(17), &json!(68)));
    let lengths = bench.done(json!(["get_bill_lengths"]));
    assert_eq!((&lengths["leng1"], &lengths["leng4"]), (&json!(126), &json!(139)));
    let order = bench.done(json!(["get_bill_dispense_order"]));
    assert_eq!((&order["order1"], &order["order4"]), (&json!(4), &json!(1)));
}
