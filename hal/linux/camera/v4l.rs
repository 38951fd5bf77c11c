//! V4L2 cameras by USB topology.
//!
//! `/dev/videoN` is given out in the order of plugging; a camera is therefore configured by the socket it sits in
//! (`usb_topology = "1-1.2"`: bus 1, port 1, port 2), so that a foreign camera elsewhere is never taken for it, and the
//! node is looked for anew at each opening, so that a camera re-plugged comes back whatever its number. Which of them is
//! admitted and how its frames have to come is in `device` and `pace`. The capture itself was compiled against V4L2 but not
//! exercised with a camera; everything around it is tested with a stand-in.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use senim_hal::camera::{Camera, Frame};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use super::device::V4l;

const VIDEO_CLASS: &str = "/sys/class/video4linux";

/// Which camera, and what of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct V4lConfig {
    /// Socket that the camera sits in, as in the sysfs path, for instance `1-1.2`.
    pub usb_topology: String,
    /// Which camera it has to be, `vendor:product` in hexadecimal as `lsusb` tells it, for instance `046d:0825`. Any without it.
    #[serde(default)]
    pub usb_id: Option<String>,
    /// Its serial number, for cameras that have one of their own. Any without it.
    #[serde(default)]
    pub serial: Option<String>,
    /// Wanted width in pixels; the nearest that the camera has is taken.
    #[serde(default = "width_default")]
    pub width: u32,
    /// Wanted height in pixels.
    #[serde(default = "height_default")]
    pub height: u32,
}

const fn width_default() -> u32 {
    640
}

const fn height_default() -> u32 {
    480
}

/// Longest wait for one frame, and for the stream to start.
#[derive(Clone, Copy, Debug)]
struct Waits {
    frame: Duration,
    open: Duration,
}

const WAITS: Waits = Waits { frame: Duration::from_millis(1_500), open: Duration::from_secs(10) };

/// What starts streams: V4L2, or a stand-in of the tests.
pub(super) trait Source: Send + Sync {
    /// Opens `/dev/video{number}`; the words say why it cannot.
    fn start(&self, number: u32, config: &V4lConfig) -> Result<Box<dyn Stream>, String>;
}

/// A running stream, used on the capturing thread only. May block for ever.
pub(super) trait Stream {
    fn frame(&mut self) -> Result<Frame, Error>;
}

/// A USB camera. The capture device lives on a thread of its own while it is open, since a stream whose camera hangs
/// would block for ever; such a thread is left behind and ends with the device.
pub struct V4lCamera {
    config: V4lConfig,
    class: PathBuf,
    source: Arc<dyn Source>,
    waits: Waits,
    open: Option<Capture>,
}

impl std::fmt::Debug for V4lCamera {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let open = self.open.is_some();
        f.debug_struct("V4lCamera").field("config", &self.config).field("open", &open).finish_non_exhaustive()
    }
}

/// The way to the capturing thread; dropping it ends the stream.
struct Capture {
    wanted: SyncSender<()>,
    frames: Receiver<Result<Frame, Error>>,
}

impl V4lCamera {
    /// A camera that is not open.
    #[must_use]
    pub fn new(config: V4lConfig) -> Self {
        Self { config, class: PathBuf::from(VIDEO_CLASS), source: Arc::new(V4l), waits: WAITS, open: None }
    }
}

impl Camera for V4lCamera {
    fn open(&mut self) -> Result<(), Error> {
        self.close();
        let topology = &self.config.usb_topology;
        let number = find(&self.class, topology).ok_or_else(|| {
            Error::new(ErrorKind::NoDevice, format!("no camera in USB socket {topology}; plug it in there"))
        })?;
        let failed = |words: &str| {
            Error::new(ErrorKind::HardwareError, format!("camera in USB socket {topology}: {words}"))
        };
        is_the_one(&self.class, number, &self.config).map_err(|words| failed(&words))?;
        let (opened_tx, opened) = sync_channel(1);
        let (wanted, wishes) = sync_channel(1);
        let (frames_tx, frames) = sync_channel(1);
        let (source, config) = (Arc::clone(&self.source), self.config.clone());
        std::thread::Builder::new()
            .name("camera".to_owned())
            .spawn(move || serve(&*source, number, &config, &opened_tx, &wishes, &frames_tx))
            .map_err(|error| failed(&error.to_string()))?;
        let started =
            opened.recv_timeout(self.waits.open).map_err(|_| failed("it does not start its stream"))?;
        started.map_err(|words| failed(&words))?;
        self.open = Some(Capture { wanted, frames });
        Ok(())
    }

    fn frame(&mut self) -> Result<Frame, Error> {
        let offline = |words: &str| Error::new(ErrorKind::Offline, words);
        let capture = self.open.as_ref().ok_or_else(|| offline("the camera is not open"))?;
        let taken = match capture.wanted.try_send(()) {
            Ok(()) => capture.frames.recv_timeout(self.waits.frame).ok(),
            Err(_) => None,
        };
        let taken = taken.unwrap_or_else(|| Err(offline("the camera gives no frame; check its plug")));
        if taken.as_ref().is_err_and(|error| error.kind == ErrorKind::Offline) {
            // An open node would keep its number, and a stream that stopped once is not trusted again.
            self.close();
        }
        taken
    }

    fn close(&mut self) {
        self.open = None;
    }
}

/// The capturing thread: opens, says so, then one frame per wish.
fn serve(
    source: &dyn Source,
    number: u32,
    config: &V4lConfig,
    opened: &SyncSender<Result<(), String>>,
    wishes: &Receiver<()>,
    frames: &SyncSender<Result<Frame, Error>>,
) {
    let mut stream = match source.start(number, config) {
        Ok(stream) => stream,
        Err(words) => {
            let _gone = opened.send(Err(words));
            return;
        }
    };
    let mut listening = opened.send(Ok(())).is_ok();
    while listening && wishes.recv().is_ok() {
        listening = frames.send(stream.frame()).is_ok();
    }
}

/// Whether the camera in the socket is the one that was configured.
fn is_the_one(class: &Path, number: u32, config: &V4lConfig) -> Result<(), String> {
    let device = std::fs::canonicalize(class.join(format!("video{number}/device")))
        .map_err(|error| format!("it is gone: {error}"))?;
    let socket = device
        .ancestors()
        .find(|folder| folder.file_name().is_some_and(|name| name == config.usb_topology.as_str()))
        .ok_or("it is in no USB socket")?;
    let told = |name: &str| {
        std::fs::read_to_string(socket.join(name))
            .map_or_else(|_| String::new(), |text| text.trim().to_owned())
    };
    let id = format!("{}:{}", told("idVendor"), told("idProduct"));
    if config.usb_id.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&id)) {
        return Err(format!("it is {id}, another one than configured; put the terminal's own camera back"));
    }
    if config.serial.as_ref().is_some_and(|wanted| *wanted != told("serial")) {
        return Err(
            "its serial number is another one than configured; put the terminal's own camera back".to_owned()
        );
    }
    Ok(())
}

/// The number N of `/dev/videoN` of the camera in that socket: the first node that delivers pictures.
fn find(class: &Path, topology: &str) -> Option<u32> {
    let here = |device: &Path| device.components().any(|part| part.as_os_str() == topology);
    let numbers = nodes(class).into_iter().filter(|(_, device)| here(device)).map(|(number, _)| number);
    numbers.min()
}

/// Nodes that deliver pictures: N of `/dev/videoN`, and where its device is in sysfs.
fn nodes(class: &Path) -> Vec<(u32, PathBuf)> {
    let node = |entry: std::fs::DirEntry| {
        let device = std::fs::canonicalize(entry.path().join("device")).ok()?;
        // Node 0 of an interface delivers pictures, others metadata.
        let index = std::fs::read_to_string(entry.path().join("index")).ok()?;
        let number = entry.file_name().to_str()?.strip_prefix("video")?.parse().ok()?;
        (index.trim() == "0").then_some((number, device))
    };
    std::fs::read_dir(class).into_iter().flatten().filter_map(Result::ok).filter_map(node).collect()
}

/// USB sockets that cameras sit in, as `usb_topology` names them.
#[must_use]
pub fn sockets() -> Vec<String> {
    sockets_of(Path::new(VIDEO_CLASS))
}

fn sockets_of(class: &Path) -> Vec<String> {
    let socket = |device: &Path| {
        let names = device.ancestors().filter_map(|folder| folder.file_name()?.to_str());
        names.into_iter().find(|name| is_topology(name)).map(str::to_owned)
    };
    let mut sockets: Vec<String> = nodes(class).iter().filter_map(|(_, device)| socket(device)).collect();
    sockets.sort();
    sockets.dedup();
    sockets
}

/// Whether this is how sysfs calls a USB socket: a bus, and ports down from it, such as `1-1.2`.
#[must_use]
pub fn is_topology(name: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.split_once('-').is_some_and(|(bus, ports)| number(bus) && ports.split('.').all(number))
}

#[cfg(test)]
mod tests;
