//! The port over scripted lines in virtual time, and over the emulated cabinet.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::*;

const DOOR: Input = Input::CabinetDoor;
const SAFE: Input = Input::SafeDoor;

#[test]
fn every_level_is_told_once_at_start_then_changes_in_their_order() {
    let bench = Bench::new();
    let mut inputs = bench.inputs();
    assert_eq!(bench.next(&mut inputs, 100), Some((DOOR, false)));
    assert_eq!(bench.next(&mut inputs, 100), Some((SAFE, false)));
    assert_eq!(bench.next(&mut inputs, 100), None);
    bench.edge(10, SAFE, true);
    bench.edge(12, DOOR, true);
    assert_eq!(bench.next(&mut inputs, 200), Some((SAFE, true)));
    assert_eq!(bench.next(&mut inputs, 200), Some((DOOR, true)));
    assert_eq!(bench.next(&mut inputs, 200), None);
}

#[test]
fn a_wait_lasts_as_long_as_was_asked_for_and_a_bounce_is_no_change() {
    let bench = Bench::new();
    let mut inputs = bench.started();
    let before = bench.now();
    bench.edge(5, DOOR, true);
    bench.edge(6, DOOR, false);
    assert_eq!(bench.next(&mut inputs, 70), None);
    assert_eq!(bench.now() - before, 70);
    bench.edge(5, DOOR, true);
    let before = bench.now();
    assert_eq!(bench.next(&mut inputs, 1_000), Some((DOOR, true)));
    assert_eq!(bench.now() - before, 5 + 50);
}

#[test]
fn an_edge_that_the_kernel_dropped_is_found_by_looking_at_the_level() {
    let bench = Bench::new();
    let mut inputs = bench.started();
    bench.0.lock().unwrap().levels.insert(SAFE, true);
    assert_eq!(bench.next(&mut inputs, 60), None, "seen at the end of this wait");
    assert_eq!(bench.next(&mut inputs, 60), Some((SAFE, true)));
}

#[test]
fn lines_that_are_not_there_are_no_device_and_are_asked_for_slowly() {
    let bench = Bench::new();
    bench.0.lock().unwrap().missing = true;
    let mut inputs = bench.inputs();
    assert_eq!(inputs.wait_change(500).unwrap_err().kind, ErrorKind::NoDevice);
    assert_eq!(bench.now(), 0, "the first time it is said at once");
    assert_eq!(inputs.wait_change(500).unwrap_err().kind, ErrorKind::NoDevice);
    assert_eq!(bench.now(), 500);
    bench.0.lock().unwrap().missing = false;
    assert_eq!(bench.next(&mut inputs, 60_000), Some((DOOR, false)));
    assert_eq!(bench.now(), 500 + RETRY_MS + 50);
}

#[test]
fn lines_that_were_lost_are_offline_once_and_then_told_anew() {
    let bench = Bench::new();
    let mut inputs = bench.started();
    bench.0.lock().unwrap().broken = true;
    assert_eq!(inputs.wait_change(100).unwrap_err().kind, ErrorKind::Offline);
    bench.0.lock().unwrap().broken = false;
    bench.0.lock().unwrap().levels.insert(DOOR, true);
    assert_eq!(bench.next(&mut inputs, 60_000), Some((DOOR, true)));
    assert_eq!(bench.next(&mut inputs, 100), Some((SAFE, false)));
    assert_eq!(bench.0.lock().unwrap().opened, 2);
}

#[test]
fn a_configuration_has_defaults_and_is_checked() {
    let text = r#"{"inputs": {"cabinetDoor": {"chip": "/dev/gpiochip0", "line": 4},
        "tilt": {"chip": "/dev/gpiochip0", "line": 5, "active_low": true, "debounce_ms": 0, "bias": "pull_up"}}}"#;
    let mut config: CabinetConfig = serde_json::from_str(text).unwrap();
    let door = &config.inputs[&DOOR];
    assert_eq!((door.active_low, door.debounce_ms, door.bias), (false, 50, Bias::AsIs));
    assert_eq!(config.check(), Ok(()));
    config.inputs.get_mut(&Input::Tilt).unwrap().line = 4;
    assert!(config.check().unwrap_err().to_string().contains("/dev/gpiochip0"));
    config.inputs.get_mut(&DOOR).unwrap().debounce_ms = 5_001;
    assert!(matches!(config.check(), Err(CabinetConfigError::Debounce { input: DOOR, value: 5_001 })));
    assert!(serde_json::from_str::<CabinetConfig>(r#"{"inputs": {}, "more": 1}"#).is_err());
}

#[test]
fn a_chip_that_is_not_there_is_no_device_and_is_named() {
    let line = GpioLine {
        chip: "/dev/none/gpiochip9".into(),
        line: 1,
        active_low: false,
        debounce_ms: 0,
        bias: Bias::PullUp,
    };
    let config = CabinetConfig { inputs: [(DOOR, line)].into() };
    let error = CabinetInputs::gpio(config).unwrap().wait_change(0).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoDevice);
    assert!(error.detail.contains("/dev/none/gpiochip9"), "{error}");
}

#[cfg(feature = "rig")]
#[test]
fn the_emulated_cabinet_is_told_edge_by_edge_and_its_loss_is_offline() {
    let directory = tempfile::tempdir().unwrap();
    let rack = senim_emulators::rack::Rack::start(directory.path(), Default::default()).unwrap();
    let url = format!("http://{}", rack.serve("127.0.0.1:0").unwrap());
    let set = |body| ureq::request("PATCH", &format!("{url}/devices/cabinet")).send_string(body).unwrap();
    let mut inputs = CabinetInputs::http(&url);
    let at_start: Vec<_> = (0..5).map(|_| inputs.wait_change(5_000).unwrap().unwrap()).collect();
    assert!(at_start.iter().all(|change| !change.active));
    assert_eq!(inputs.wait_change(0), Ok(None));
    // Open and closed again between two polls: both are told.
    set(r#"{"safe_door": true}"#);
    set(r#"{"safe_door": false, "tamper": true}"#);
    let told: Vec<_> = (0..3).map(|_| inputs.wait_change(5_000).unwrap().unwrap()).collect();
    let change = |input, active| Change { input, active };
    assert_eq!(told, [change(SAFE, true), change(SAFE, false), change(Input::Tamper, true)]);
    let fault = |method: &str, name| {
        ureq::request(method, &format!("{url}/devices/cabinet/faults/{name}")).call().unwrap();
    };
    for name in ["silent", "unplug"] {
        fault("PUT", name);
        assert_eq!(inputs.wait_change(100).unwrap_err().kind, ErrorKind::Offline);
        fault("DELETE", name);
        let anew: Vec<_> = (0..5).map(|_| inputs.wait_change(100).unwrap().unwrap()).collect();
        assert_eq!((anew[0], anew[2]), (change(DOOR, false), change(Input::Tamper, true)));
    }
}

#[cfg(feature = "rig")]
#[test]
fn no_emulator_is_no_device() {
    let error = CabinetInputs::http("http://127.0.0.1:1").wait_change(0).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoDevice);
}

/// Scripted lines and their clock.
#[derive(Clone)]
struct Bench(Arc<Mutex<State>>);

struct State {
    now: u64,
    levels: BTreeMap<Input, bool>,
    /// Edges to come: when, which, level.
    script: VecDeque<(u64, Change)>,
    missing: bool,
    broken: bool,
    opened: u32,
}

impl Bench {
    fn new() -> Self {
        let levels = [(DOOR, false), (SAFE, false)].into();
        let script = VecDeque::new();
        Self(Arc::new(Mutex::new(State { now: 0, levels, script, missing: false, broken: false, opened: 0 })))
    }

    /// Both inputs take 50 ms to settle.
    fn inputs(&self) -> CabinetInputs {
        CabinetInputs::new(Box::new(self.clone()), Debouncer::new([(DOOR, 50), (SAFE, 50)]))
    }

    fn started(&self) -> CabinetInputs {
        let mut inputs = self.inputs();
        assert!(self.next(&mut inputs, 100).is_some() && self.next(&mut inputs, 100).is_some());
        inputs
    }

    fn now(&self) -> u64 {
        self.0.lock().unwrap().now
    }

    /// An edge in so many milliseconds from now.
    fn edge(&self, in_ms: u64, input: Input, active: bool) {
        let mut state = self.0.lock().unwrap();
        let at = state.now + in_ms;
        state.script.push_back((at, Change { input, active }));
    }

    fn next(&self, inputs: &mut CabinetInputs, wait_ms: u64) -> Option<(Input, bool)> {
        inputs.wait_change(wait_ms).unwrap().map(|change| (change.input, change.active))
    }
}

impl Source for Bench {
    fn open(&mut self) -> Result<Box<dyn Lines>, Error> {
        let mut state = self.0.lock().unwrap();
        if state.missing {
            return Err(Error::new(ErrorKind::NoDevice, "no chip"));
        }
        state.opened += 1;
        Ok(Box::new(self.clone()))
    }

    fn now(&self) -> Mono {
        Mono(self.0.lock().unwrap().now)
    }

    fn pause(&mut self, ms: u64) {
        self.0.lock().unwrap().now += ms;
    }
}

impl Lines for Bench {
    fn levels(&mut self) -> Result<Vec<Change>, Error> {
        let state = self.0.lock().unwrap();
        Ok(state.levels.iter().map(|(input, active)| Change { input: *input, active: *active }).collect())
    }

    fn edges(&mut self, wait_ms: u64) -> Result<Vec<Change>, Error> {
        let mut state = self.0.lock().unwrap();
        if state.broken {
            return Err(Error::new(ErrorKind::Offline, "chip gone"));
        }
        let until = state.now + wait_ms;
        state.now = state.script.front().map_or(until, |(at, _)| (*at).clamp(state.now, until));
        let mut edges = Vec::new();
        let now = state.now;
        while let Some((_, edge)) = state.script.pop_front_if(|(at, _)| *at <= now) {
            state.levels.insert(edge.input, edge.active);
            edges.push(edge);
        }
        Ok(edges)
    }
}
