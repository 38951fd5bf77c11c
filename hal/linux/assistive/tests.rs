//! The port over a scripted keypad in virtual time, over the emulated keypad, and the search for its socket.

use std::sync::{Arc, Mutex};

use super::*;

const PLUGGED: Event = Event::Headphones { plugged: true };
const UNPLUGGED: Event = Event::Headphones { plugged: false };
const THERE: Event = Event::Connected { there: true };
const GONE: Event = Event::Connected { there: false };
/// The kernel's numbers of KEY_UP, KEY_ENTER and KEY_A.
const UP: u16 = 103;
const ENTER: u16 = 28;
const LETTER: u16 = 30;

#[test]
fn presses_are_told_and_releases_repetitions_and_other_keys_are_not() {
    let bench = Bench::new();
    let mut inputs = bench.started();
    for (code, value) in [(UP, 1), (UP, 2), (UP, 2), (UP, 0), (LETTER, 1), (LETTER, 0), (ENTER, 1)] {
        bench.tell(Raw::Key { code, value });
    }
    assert_eq!(bench.all(&mut inputs), [Event::Pressed(Key::Up), Event::Pressed(Key::Enter)]);
}

#[test]
fn a_jack_is_told_at_its_changes_only() {
    let bench = Bench::new();
    let mut inputs = bench.started();
    for plugged in [true, true, false, false, true] {
        bench.tell(Raw::Jack { plugged });
    }
    assert_eq!(bench.all(&mut inputs), [PLUGGED, UNPLUGGED, PLUGGED]);
}

#[test]
fn a_keypad_pulled_with_headphones_in_silences_first_and_is_an_error_once() {
    let bench = Bench::new();
    let mut inputs = bench.started();
    bench.tell(Raw::Jack { plugged: true });
    assert_eq!(bench.all(&mut inputs), [PLUGGED]);
    bench.0.lock().unwrap().there = false;
    assert_eq!(inputs.wait_event(100), Ok(Some(UNPLUGGED)));
    assert_eq!(inputs.wait_event(100), Ok(Some(GONE)));
    assert_eq!(inputs.wait_event(100).unwrap_err().kind, ErrorKind::NoDevice);
    let before = bench.now();
    assert_eq!(inputs.wait_event(2_500), Ok(None));
    assert_eq!(bench.now() - before, 2_500);
    bench.set(true, Some(true));
    assert_eq!(bench.all(&mut inputs), [THERE, PLUGGED], "the jack is told anew");
}

#[test]
fn a_keypad_plugged_in_later_is_found_within_a_second_of_waiting() {
    let bench = Bench::new();
    bench.0.lock().unwrap().there = false;
    let mut inputs = bench.inputs();
    assert_eq!(inputs.wait_event(60_000).unwrap_err().kind, ErrorKind::NoDevice);
    bench.0.lock().unwrap().comes_at = Some(1_500);
    assert_eq!(inputs.wait_event(60_000), Ok(Some(THERE)));
    assert!(bench.now() <= 1_500 + RETRY_MS);
}

#[test]
fn a_keypad_without_a_jack_tells_nothing_of_one() {
    let bench = Bench::new();
    bench.0.lock().unwrap().jack = None;
    let mut inputs = bench.inputs();
    assert_eq!(bench.all(&mut inputs), [THERE]);
    bench.0.lock().unwrap().there = false;
    assert_eq!(inputs.wait_event(100), Ok(Some(GONE)));
}

#[test]
fn keys_can_stand_for_the_jack_and_own_keys_replace_the_defaults() {
    let text = r#"{"usb_topology": "1-1.2", "keys": {"KEY_A": "help"},
        "jack_keys": {"plugged": "KEY_F15", "unplugged": "KEY_F16"}}"#;
    let config: AssistiveConfig = serde_json::from_str(text).unwrap();
    let keys = KeyMap::read(&config).unwrap();
    let press = |code| keys.event(Raw::Key { code, value: 1 });
    assert_eq!(press(LETTER), Some(Event::Pressed(Key::Help)));
    assert_eq!((press(185), press(186), press(UP)), (Some(PLUGGED), Some(UNPLUGGED), None));
}

#[test]
fn a_configuration_has_defaults_and_names_what_does_not_fit() {
    let mut config: AssistiveConfig = serde_json::from_str(r#"{"usb_topology": "1-1.2"}"#).unwrap();
    assert_eq!(config.keys, default_keys());
    assert!(AssistiveInputs::usb(&config).is_ok());
    config.keys.insert("KEY_UPP".to_owned(), Key::Up);
    assert!(KeyMap::read(&config).unwrap_err().to_string().contains("KEY_UPP"));
    config.usb_topology = String::new();
    assert_eq!(KeyMap::read(&config).unwrap_err(), AssistiveConfigError::NoSocket);
    assert!(serde_json::from_str::<AssistiveConfig>(r#"{"usb_topology": "1", "digits": true}"#).is_err());
}

#[test]
fn nodes_are_found_by_their_socket_or_its_hub_whatever_their_number() {
    let root = tempfile::tempdir().unwrap();
    let class = root.path().join("class");
    std::fs::create_dir(&class).unwrap();
    for (name, path) in [
        ("event3", "usb1/1-1/1-1.2/1-1.2:1.0/input/input7/event3"),
        ("event11", "usb1/1-1/1-1.2/1-1.2:1.1/input/input8/event11"),
        ("event0", "usb1/1-1/1-1.20/1-1.20:1.0/input/input1/event0"),
        ("mouse0", "usb1/1-1/1-1.2/1-1.2:1.0/input/input7/mouse0"),
    ] {
        let device = root.path().join(path);
        std::fs::create_dir_all(&device).unwrap();
        std::os::unix::fs::symlink(&device, class.join(name)).unwrap();
    }
    let found = |topology| {
        let mut nodes = evdev::nodes_of(&class, topology);
        nodes.sort();
        nodes
    };
    assert_eq!(found("1-1.2"), ["event11", "event3"]);
    assert_eq!(found("1-1"), ["event0", "event11", "event3"]);
    assert_eq!(found("1-2"), Vec::<String>::new());
}

#[test]
fn an_empty_socket_is_no_device_and_is_named() {
    let config = AssistiveConfig { usb_topology: "9-9.9".to_owned(), keys: default_keys(), jack_keys: None };
    let error = AssistiveInputs::usb(&config).unwrap().wait_event(0).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoDevice);
    assert!(error.detail.contains("9-9.9"), "{error}");
}

#[cfg(feature = "rig")]
#[test]
fn the_emulated_keypad_is_heard_and_comes_back_after_unplugging() {
    let directory = tempfile::tempdir().unwrap();
    let rack = senim_emulators::rack::Rack::start(directory.path(), Default::default()).unwrap();
    let url = format!("http://{}", rack.serve("127.0.0.1:0").unwrap());
    let set = |body| ureq::request("PATCH", &format!("{url}/devices/keypad")).send_string(body).unwrap();
    set(r#"{"press": "KEY_HELP"}"#);
    let mut inputs = AssistiveInputs::http(&url).unwrap();
    let next = |inputs: &mut AssistiveInputs| inputs.wait_event(5_000).unwrap();
    assert_eq!((next(&mut inputs), next(&mut inputs)), (Some(THERE), Some(UNPLUGGED)));
    set(r#"{"press": "KEY_UP", "repeats": 3}"#);
    set(r#"{"press": "KEY_VOLUMEUP", "headphones": true}"#);
    let told: Vec<_> = (0..3).map(|_| next(&mut inputs).unwrap()).collect();
    assert_eq!(told, [Event::Pressed(Key::Up), PLUGGED, Event::Pressed(Key::VolumeUp)]);
    assert_eq!(inputs.wait_event(0), Ok(None), "what was pressed before it was opened is not replayed");
    ureq::put(&format!("{url}/devices/keypad/faults/replug")).call().unwrap();
    assert_eq!((next(&mut inputs), next(&mut inputs)), (Some(UNPLUGGED), Some(GONE)));
    assert_eq!(inputs.wait_event(5_000).unwrap_err().kind, ErrorKind::NoDevice);
    assert_eq!((next(&mut inputs), next(&mut inputs)), (Some(THERE), Some(PLUGGED)));
}

#[cfg(feature = "rig")]
#[test]
fn a_lost_press_is_not_heard_and_a_stuck_key_is_one_press() {
    let directory = tempfile::tempdir().unwrap();
    let rack = senim_emulators::rack::Rack::start(directory.path(), Default::default()).unwrap();
    let url = format!("http://{}/devices/keypad", rack.serve("127.0.0.1:0").unwrap());
    let mut inputs = AssistiveInputs::http(url.trim_end_matches("/devices/keypad")).unwrap();
    let next = |inputs: &mut AssistiveInputs| inputs.wait_event(5_000).unwrap();
    assert_eq!((next(&mut inputs), next(&mut inputs)), (Some(THERE), Some(UNPLUGGED)));
    for (fault, told) in [("lost_press", None), ("stuck", Some(Event::Pressed(Key::Down)))] {
        ureq::put(&format!("{url}/faults/{fault}")).send_string(r#"{"times": 1}"#).unwrap();
        let press = |key| {
            let body = format!(r#"{{"press": "{key}"}}"#);
            ureq::request("PATCH", &url).send_string(&body).unwrap();
        };
        press("KEY_DOWN");
        press("KEY_ENTER");
        let heard: Vec<_> = (0..=usize::from(told.is_some())).filter_map(|_| next(&mut inputs)).collect();
        let expected: Vec<_> = told.into_iter().chain([Event::Pressed(Key::Enter)]).collect();
        assert_eq!(heard, expected, "{fault}");
    }
}

/// A scripted keypad and its clock.
#[derive(Clone)]
struct Bench(Arc<Mutex<State>>);

struct State {
    now: u64,
    there: bool,
    comes_at: Option<u64>,
    jack: Option<bool>,
    raws: Vec<Raw>,
}

impl Bench {
    fn new() -> Self {
        let state = State { now: 0, there: true, comes_at: None, jack: Some(false), raws: vec![] };
        Self(Arc::new(Mutex::new(state)))
    }

    fn inputs(&self) -> AssistiveInputs {
        let config: AssistiveConfig = serde_json::from_str(r#"{"usb_topology": "1-1.2"}"#).unwrap();
        AssistiveInputs::new(Box::new(self.clone()), KeyMap::read(&config).unwrap())
    }

    fn started(&self) -> AssistiveInputs {
        let mut inputs = self.inputs();
        assert_eq!(self.all(&mut inputs), [THERE, UNPLUGGED]);
        inputs
    }

    fn now(&self) -> u64 {
        self.0.lock().unwrap().now
    }

    fn set(&self, there: bool, jack: Option<bool>) {
        let mut state = self.0.lock().unwrap();
        state.there = there;
        state.jack = jack;
    }

    fn tell(&self, raw: Raw) {
        self.0.lock().unwrap().raws.push(raw);
    }

    /// Everything that is told until nothing more comes.
    fn all(&self, inputs: &mut AssistiveInputs) -> Vec<Event> {
        std::iter::from_fn(|| inputs.wait_event(10).unwrap()).collect()
    }
}

impl Source for Bench {
    fn open(&mut self, _keys: &KeyMap) -> Result<Box<dyn Keypad>, Error> {
        let mut state = self.0.lock().unwrap();
        state.there |= state.comes_at.is_some_and(|at| at <= state.now);
        if state.there { Ok(Box::new(self.clone())) } else { Err(Error::new(ErrorKind::NoDevice, "none")) }
    }

    fn now(&self) -> Mono {
        Mono(self.0.lock().unwrap().now)
    }

    fn pause(&mut self, ms: u64) {
        self.0.lock().unwrap().now += ms;
    }
}

impl Keypad for Bench {
    fn jack(&mut self) -> Option<bool> {
        self.0.lock().unwrap().jack
    }

    fn wait(&mut self, wait_ms: u64) -> Result<Vec<Raw>, Error> {
        let mut state = self.0.lock().unwrap();
        if !state.there {
            return Err(Error::new(ErrorKind::Offline, "gone"));
        }
        if state.raws.is_empty() {
            state.now += wait_ms;
        }
        Ok(std::mem::take(&mut state.raws))
    }
}
