//! Input devices of one USB socket. A keypad may show several (keys, volume keys, jack), and not all at the same moment.

use std::collections::BTreeMap;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use evdev::{Device, EventSummary, SwitchCode};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use senim_domain::Mono;
use senim_hal::{Error, ErrorKind};

use super::{KeyMap, Keypad, Raw, Source};
use crate::clock::boottime;

const INPUT_CLASS: &str = "/sys/class/input";
const DEVICES: &str = "/dev/input";
/// How often an open keypad is looked over for devices that came later, in milliseconds.
const RESCAN_MS: u64 = 1_000;

/// Where to look.
#[derive(Clone, Debug)]
pub(super) struct Socket {
    class: PathBuf,
    devices: PathBuf,
    topology: String,
}

impl Socket {
    pub(super) fn new(topology: &str) -> Self {
        Self { class: INPUT_CLASS.into(), devices: DEVICES.into(), topology: topology.to_owned() }
    }

    fn missing(&self, words: impl std::fmt::Display) -> Error {
        let topology = &self.topology;
        Error::new(ErrorKind::NoDevice, format!("keypad in USB socket {topology}: {words}"))
    }
}

impl Source for Socket {
    fn open(&mut self, keys: &KeyMap) -> Result<Box<dyn Keypad>, Error> {
        let mut keypad = UsbKeypad {
            socket: self.clone(),
            keys: keys.clone(),
            nodes: BTreeMap::new(),
            next_scan: boottime().plus_ms(RESCAN_MS),
        };
        keypad.scan()?;
        Ok(Box::new(keypad))
    }

    fn now(&self) -> Mono {
        boottime()
    }

    fn pause(&mut self, ms: u64) {
        let ms = i32::try_from(ms).unwrap_or(i32::MAX);
        // A signal ends the pause early, which the caller bears.
        let _ended_early = poll(&mut [], PollTimeout::try_from(ms).unwrap_or(PollTimeout::MAX));
    }
}

/// Names of the event nodes of a socket, `event3`.
pub(super) fn nodes_of(class: &Path, topology: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(class) else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let number = name.strip_prefix("event")?;
            number.parse::<u32>().ok()?;
            let device = std::fs::canonicalize(entry.path()).ok()?;
            device.components().any(|part| part.as_os_str() == topology).then_some(name)
        })
        .collect()
}

struct UsbKeypad {
    socket: Socket,
    keys: KeyMap,
    /// Nodes seen; those without keys that mean anything and without a jack are not held.
    nodes: BTreeMap<String, Option<Device>>,
    next_scan: Mono,
}

impl UsbKeypad {
    /// Lets go of nodes that went, and opens those that came since the last look. One that cannot be opened yet (the system
    /// sets its permissions a moment later) is tried again; it is an error only while there is no other.
    fn scan(&mut self) -> Result<Vec<Raw>, Error> {
        let there = nodes_of(&self.socket.class, &self.socket.topology);
        self.nodes.retain(|name, _| there.contains(name));
        let (mut news, mut trouble) = (Vec::new(), None);
        for name in there {
            if self.nodes.contains_key(&name) {
                continue;
            }
            match self.open(&name) {
                Ok(node) => {
                    news.extend(node.as_ref().and_then(jack_of).map(|plugged| Raw::Jack { plugged }));
                    self.nodes.insert(name, node);
                }
                Err(error) => {
                    trouble = Some(format!("{name} cannot be used: {error}; check the group input"))
                }
            }
        }
        if self.nodes.values().all(Option::is_none) {
            let words = trouble.unwrap_or_else(|| "it is not there; plug it in there".to_owned());
            return Err(self.socket.missing(words));
        }
        Ok(news)
    }

    fn open(&self, name: &str) -> std::io::Result<Option<Device>> {
        let mut device = Device::open(self.socket.devices.join(name))?;
        let has_keys = device
            .supported_keys()
            .is_some_and(|supported| supported.iter().any(|key| self.keys.knows(key.code())));
        if !has_keys && jack_of(&device).is_none() {
            return Ok(None);
        }
        if has_keys {
            // Else the window system would take the same presses for a keyboard's.
            device.grab()?;
        }
        device.set_nonblocking(true)?;
        Ok(Some(device))
    }

    fn held(&mut self) -> impl Iterator<Item = &mut Device> {
        self.nodes.values_mut().flatten()
    }
}

/// Whether a headphone is in; `None` for a device without a jack.
fn jack_of(device: &Device) -> Option<bool> {
    let switch = SwitchCode::SW_HEADPHONE_INSERT;
    device.supported_switches().filter(|supported| supported.contains(switch))?;
    device.get_switch_state().ok().map(|state| state.contains(switch))
}

/// What of an input event is ours.
fn raw(event: EventSummary) -> Option<Raw> {
    match event {
        EventSummary::Key(_, key, value) => Some(Raw::Key { code: key.code(), value }),
        EventSummary::Switch(_, SwitchCode::SW_HEADPHONE_INSERT, value) => {
            Some(Raw::Jack { plugged: value != 0 })
        }
        _ => None,
    }
}

impl Keypad for UsbKeypad {
    fn jack(&mut self) -> Option<bool> {
        self.held().filter_map(|device| jack_of(device)).reduce(|one, other| one || other)
    }

    fn wait(&mut self, wait_ms: u64) -> Result<Vec<Raw>, Error> {
        let wait_ms = wait_ms.min(self.next_scan.since(boottime()));
        let mut descriptors: Vec<PollFd<'_>> = self
            .nodes
            .values()
            .flatten()
            .map(|device| PollFd::new(device.as_fd(), PollFlags::POLLIN))
            .collect();
        let timeout = PollTimeout::try_from(i32::try_from(wait_ms).unwrap_or(i32::MAX));
        let ready = poll(&mut descriptors, timeout.unwrap_or(PollTimeout::MAX)).is_ok_and(|ready| ready > 0);
        let mut raws = Vec::new();
        if ready {
            let socket = self.socket.clone();
            for device in self.held() {
                match device.fetch_events() {
                    Ok(events) => raws.extend(events.filter_map(|event| raw(event.destructure()))),
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(socket.missing(format!("it is gone: {error}"))),
                }
            }
        }
        if self.next_scan <= boottime() {
            raws.extend(self.scan()?);
            self.next_scan = boottime().plus_ms(RESCAN_MS);
        }
        Ok(raws)
    }
}
