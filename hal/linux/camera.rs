//! Cameras: V4L2 by USB topology, and for the rig a directory of pictures.
//!
//! `/dev/videoN` is given out in the order of plugging; a camera is therefore configured by the socket it sits in
//! (`usb_topology = "1-1.2"`: bus 1, port 1, port 2), so that a foreign camera elsewhere is never taken for it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use nokhwa::pixel_format::RgbFormat;
use nokhwa::utils::{
    CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType, Resolution,
};
use senim_domain::SecretBytes;
use senim_hal::camera::{Camera, Frame};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use crate::clock::boottime;

const VIDEO_CLASS: &str = "/sys/class/video4linux";

/// Which camera, and what of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct V4lConfig {
    /// Socket that the camera sits in, as in the sysfs path, for instance `1-1.2`.
    pub usb_topology: String,
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
const FRAME_WAIT: Duration = Duration::from_millis(1_500);
const OPEN_WAIT: Duration = Duration::from_secs(10);

/// A USB camera. The capture device lives on a thread of its own while it is open, since a stream whose camera hangs
/// would block for ever; such a thread is left behind and ends with the device.
#[derive(Debug)]
pub struct V4lCamera {
    config: V4lConfig,
    class: PathBuf,
    open: Option<Capture>,
}

/// The way to the capturing thread; dropping it ends the stream.
#[derive(Debug)]
struct Capture {
    wanted: SyncSender<()>,
    frames: Receiver<Result<Frame, Error>>,
}

impl V4lCamera {
    /// A camera that is not open.
    #[must_use]
    pub fn new(config: V4lConfig) -> Self {
        Self { config, class: PathBuf::from(VIDEO_CLASS), open: None }
    }
}

fn start(number: u32, config: &V4lConfig) -> Result<nokhwa::Camera, nokhwa::NokhwaError> {
    let resolution = Resolution::new(config.width, config.height);
    let wanted = CameraFormat::new(resolution, FrameFormat::YUYV, 30);
    let format = RequestedFormat::new::<RgbFormat>(RequestedFormatType::Closest(wanted));
    let mut camera = nokhwa::Camera::new(CameraIndex::Index(number), format)?;
    camera.open_stream()?;
    Ok(camera)
}

fn capture(camera: &mut nokhwa::Camera) -> Result<Frame, Error> {
    let raw = camera.frame().map_err(|error| Error::new(ErrorKind::Offline, format!("camera: {error}")))?;
    let image = raw
        .decode_image::<RgbFormat>()
        .map_err(|error| Error::new(ErrorKind::HardwareError, format!("camera frame: {error}")))?;
    let (width, height) = image.dimensions();
    Ok(Frame { width, height, rgb: SecretBytes::new(image.into_raw()), at: boottime() })
}

/// The capturing thread: opens, says so, then one frame per wish.
fn serve(
    number: u32,
    config: &V4lConfig,
    opened: &SyncSender<Result<(), Error>>,
    wishes: &Receiver<()>,
    frames: &SyncSender<Result<Frame, Error>>,
) {
    let mut camera = match start(number, config) {
        Ok(camera) => camera,
        Err(error) => {
            let words = format!("camera in USB socket {}: {error}", config.usb_topology);
            let _gone = opened.send(Err(Error::new(ErrorKind::HardwareError, words)));
            return;
        }
    };
    let mut listening = opened.send(Ok(())).is_ok();
    while listening && wishes.recv().is_ok() {
        listening = frames.send(capture(&mut camera)).is_ok();
    }
    if let Err(error) = camera.stop_stream() {
        tracing::warn!(%error, "the camera's stream did not stop cleanly");
    }
}

/// The number N of `/dev/videoN` of the camera in that socket: the first node that delivers pictures.
fn find(class: &Path, topology: &str) -> Option<u32> {
    let mut numbers: Vec<u32> = std::fs::read_dir(class)
        .ok()?
        .filter_map(Result::ok)
        .filter(|entry| {
            let Ok(device) = std::fs::canonicalize(entry.path().join("device")) else { return false };
            // Node 0 of an interface delivers pictures, others metadata.
            let first =
                std::fs::read_to_string(entry.path().join("index")).is_ok_and(|text| text.trim() == "0");
            first && device.components().any(|part| part.as_os_str() == topology)
        })
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix("video")?.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers.first().copied()
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
        let (opened_tx, opened) = sync_channel(1);
        let (wanted, wishes) = sync_channel(1);
        let (frames_tx, frames) = sync_channel(1);
        let config = self.config.clone();
        std::thread::Builder::new()
            .name("camera".to_owned())
            .spawn(move || serve(number, &config, &opened_tx, &wishes, &frames_tx))
            .map_err(|error| failed(&error.to_string()))?;
        opened.recv_timeout(OPEN_WAIT).map_err(|_| failed("it does not start its stream"))??;
        self.open = Some(Capture { wanted, frames });
        Ok(())
    }

    fn frame(&mut self) -> Result<Frame, Error> {
        let offline = |words: &str| Error::new(ErrorKind::Offline, words);
        let capture = self.open.as_ref().ok_or_else(|| offline("the camera is not open"))?;
        let taken = match capture.wanted.try_send(()) {
            Ok(()) => capture.frames.recv_timeout(FRAME_WAIT).ok(),
            Err(_) => None,
        };
        taken.unwrap_or_else(|| {
            self.open = None;
            Err(offline("the camera gives no frame; check its plug"))
        })
    }

    fn close(&mut self) {
        self.open = None;
    }
}

#[cfg(feature = "rig")]
pub use files::{FileCamera, FileConfig};

#[cfg(feature = "rig")]
mod files {
    use super::{
        Camera, Deserialize, Error, ErrorKind, Frame, Path, PathBuf, SecretBytes, Serialize, boottime,
    };

    /// Where the pictures are.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct FileConfig {
        /// Directory of PNG files, shown in the order of their names, over and over.
        pub directory: PathBuf,
    }

    /// A camera that shows PNG files.
    #[derive(Debug)]
    pub struct FileCamera {
        config: FileConfig,
        open: Option<Vec<PathBuf>>,
        shown: usize,
    }

    impl FileCamera {
        /// A camera that is not open; files are looked for at each opening.
        #[must_use]
        pub const fn new(config: FileConfig) -> Self {
            Self { config, open: None, shown: 0 }
        }
    }

    impl Camera for FileCamera {
        fn open(&mut self) -> Result<(), Error> {
            let directory = &self.config.directory;
            let none = |words: String| {
                Error::new(ErrorKind::NoDevice, format!("camera directory {}: {words}", directory.display()))
            };
            let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
                .map_err(|error| none(error.to_string()))?
                .filter_map(Result::ok)
                .map(|entry| entry.path())
                .filter(|path| {
                    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"))
                })
                .collect();
            if files.is_empty() {
                return Err(none("it has no .png file".to_owned()));
            }
            files.sort();
            self.open = Some(files);
            self.shown = 0;
            Ok(())
        }

        fn frame(&mut self) -> Result<Frame, Error> {
            let files =
                self.open.as_ref().ok_or_else(|| Error::new(ErrorKind::Offline, "the camera is not open"))?;
            let path = self
                .shown
                .checked_rem(files.len())
                .and_then(|at| files.get(at))
                .ok_or_else(|| Error::new(ErrorKind::Offline, "the camera has no frames"))?;
            self.shown = self.shown.wrapping_add(1);
            let file = std::fs::File::open(path)
                .map_err(|error| Error::new(ErrorKind::Offline, format!("{}: {error}", path.display())))?;
            decode(file).map_err(|words| Error::new(ErrorKind::HardwareError, describe(path, &words)))
        }

        fn close(&mut self) {
            self.open = None;
        }
    }

    fn describe(path: &Path, words: &str) -> String {
        format!("{} is no usable PNG: {words}", path.display())
    }

    fn decode(file: std::fs::File) -> Result<Frame, String> {
        let mut decoder = png::Decoder::new(std::io::BufReader::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
        let size = reader.output_buffer_size().ok_or("it is too large")?;
        let mut pixels = vec![0; size];
        let info = reader.next_frame(&mut pixels).map_err(|error| error.to_string())?;
        pixels.truncate(info.buffer_size());
        let rgb = to_rgb(SecretBytes::new(pixels), info.color_type)?;
        Ok(Frame { width: info.width, height: info.height, rgb, at: boottime() })
    }

    fn to_rgb(pixels: SecretBytes, color: png::ColorType) -> Result<SecretBytes, String> {
        let bytes = pixels.expose();
        let grey = |step: usize| bytes.iter().step_by(step).flat_map(|grey| [*grey; 3]).collect();
        match color {
            png::ColorType::Rgb => Ok(pixels),
            png::ColorType::Rgba => Ok(SecretBytes::new(
                bytes.chunks_exact(4).flat_map(|pixel| pixel.iter().copied().take(3)).collect(),
            )),
            png::ColorType::Grayscale => Ok(SecretBytes::new(grey(1))),
            png::ColorType::GrayscaleAlpha => Ok(SecretBytes::new(grey(2))),
            png::ColorType::Indexed => Err("its palette was not resolved".to_owned()),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn write_png(path: &Path, color: png::ColorType, pixels: &[u8]) {
            let mut encoder = png::Encoder::new(std::fs::File::create(path).unwrap(), 2, 1);
            encoder.set_color(color);
            encoder.set_depth(png::BitDepth::Eight);
            encoder.write_header().unwrap().write_image_data(pixels).unwrap();
        }

        fn camera(directory: &Path) -> FileCamera {
            FileCamera::new(FileConfig { directory: directory.to_owned() })
        }

        #[test]
        fn pictures_are_shown_by_name_over_and_over_as_rgb() {
            let directory = tempfile::tempdir().unwrap();
            write_png(&directory.path().join("b.PNG"), png::ColorType::Rgba, &[1, 2, 3, 255, 4, 5, 6, 255]);
            write_png(&directory.path().join("a.png"), png::ColorType::Grayscale, &[7, 8]);
            std::fs::write(directory.path().join("notes.txt"), "no picture").unwrap();
            let mut camera = camera(directory.path());
            camera.open().unwrap();
            let seen: Vec<Vec<u8>> = (0..3).map(|_| camera.frame().unwrap().rgb.expose().to_vec()).collect();
            assert_eq!(seen, vec![vec![7, 7, 7, 8, 8, 8], vec![1, 2, 3, 4, 5, 6], vec![7, 7, 7, 8, 8, 8]]);
            camera.close();
            assert_eq!(camera.frame().unwrap_err().kind, ErrorKind::Offline);
        }

        #[test]
        fn a_missing_or_empty_directory_is_no_device_and_names_itself() {
            let directory = tempfile::tempdir().unwrap();
            for path in [directory.path().to_owned(), directory.path().join("none")] {
                let error = camera(&path).open().unwrap_err();
                assert_eq!(error.kind, ErrorKind::NoDevice);
                assert!(error.detail.contains(&path.display().to_string()));
            }
        }

        #[test]
        fn a_damaged_picture_is_a_fault_and_a_vanished_one_is_offline() {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("a.png");
            std::fs::write(&path, b"\x89PNG\r\n\x1a\nnot really").unwrap();
            let mut camera = camera(directory.path());
            camera.open().unwrap();
            let error = camera.frame().unwrap_err();
            assert_eq!(error.kind, ErrorKind::HardwareError);
            assert!(error.detail.contains("a.png"));
            std::fs::remove_file(&path).unwrap();
            assert_eq!(camera.frame().unwrap_err().kind, ErrorKind::Offline);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sysfs with nodes `(number, socket, index)`.
    fn sysfs(nodes: &[(u32, &str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (number, socket, index) in nodes {
            let device = root.path().join(format!("devices/usb1/{socket}/{socket}:1.0"));
            std::fs::create_dir_all(&device).unwrap();
            let node = root.path().join(format!("class/video{number}"));
            std::fs::create_dir_all(&node).unwrap();
            std::fs::write(node.join("index"), format!("{index}\n")).unwrap();
            std::os::unix::fs::symlink(&device, node.join("device")).unwrap();
        }
        root
    }

    #[test]
    fn a_camera_is_found_by_its_socket_whatever_its_number() {
        let root = sysfs(&[(0, "1-1.20", "0"), (2, "1-1.2", "1"), (3, "1-1.2", "0"), (10, "1-4", "0")]);
        let class = root.path().join("class");
        assert_eq!(find(&class, "1-1.2"), Some(3));
        assert_eq!(find(&class, "1-1.20"), Some(0));
        assert_eq!(find(&class, "1-1"), None);
        assert_eq!(find(&root.path().join("none"), "1-1.2"), None);
    }

    #[test]
    fn an_empty_socket_is_no_device_and_a_closed_camera_gives_no_frame() {
        let config = V4lConfig { usb_topology: "9-9.9".into(), width: 640, height: 480 };
        let mut camera = V4lCamera::new(config);
        let error = camera.open().unwrap_err();
        assert_eq!(error.kind, ErrorKind::NoDevice);
        assert!(error.detail.contains("9-9.9"));
        assert_eq!(camera.frame().unwrap_err().kind, ErrorKind::Offline);
        camera.close();
    }
}
