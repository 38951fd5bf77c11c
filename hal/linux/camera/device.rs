//! The V4L2 device behind a node: is it the camera that was configured, in which format, and its stream.

use v4l::buffer::Flags;
use v4l::io::traits::CaptureStream;
use v4l::prelude::MmapStream;
use v4l::video::Capture as _;
use v4l::video::capture::Parameters;
use v4l::{Device, Format, FourCC};

use nix::time::{ClockId, clock_gettime};
use senim_domain::Mono;
use senim_hal::camera::Frame;
use senim_hal::{Error, ErrorKind};

use super::decoded::{PixelFormat, decoded};
use super::pace::{Pace, Stamp};
use super::v4l::{Source, Stream, V4lConfig};
use crate::clock::boottime;

/// What drives the cameras that are admitted: UVC over USB. A loopback device, a test pattern and a virtual camera have drivers
/// of other names.
const DRIVER: &str = "uvcvideo";
/// Frames a second that are asked for.
const RATE: u32 = 30;
/// Buffers of the driver.
const BUFFERS: u32 = 4;
/// A frame that waited longer than this in the driver is passed over for the next one, µs: what is shown and judged is now.
const FRESH_US: u64 = 80_000;
/// Ways of writing a frame, the better one first, and their names in V4L2.
const FORMATS: [(PixelFormat, &[u8; 4]); 2] = [(PixelFormat::Yuyv, b"YUYV"), (PixelFormat::Mjpeg, b"MJPG")];

/// The system's V4L2.
pub(super) struct V4l;

impl Source for V4l {
    fn start(&self, number: u32, config: &V4lConfig) -> Result<Box<dyn Stream>, String> {
        let index = usize::try_from(number).map_err(|error| error.to_string())?;
        let device = Device::new(index).map_err(|error| error.to_string())?;
        let known = device.query_caps().map_err(|error| error.to_string())?;
        admitted(&known.driver, &known.bus, &config.usb_topology)?;
        let (pixels, format) = agreed(|wanted| device.set_format(wanted), config)?;
        let interval_us = interval(&device);
        let stream = MmapStream::with_buffers(&device, v4l::buffer::Type::VideoCapture, BUFFERS)
            .map_err(|error| error.to_string())?;
        let size = (format.width, format.height);
        Ok(Box::new(V4lStream { stream, pixels, size, pace: Pace::new(interval_us) }))
    }
}

/// Whether a device is a USB camera in the configured socket by its driver's own words. `bus` ends with the ports of the socket:
/// `usb-0000:00:14.0-1.2` for `1-1.2`.
fn admitted(driver: &str, bus: &str, topology: &str) -> Result<(), String> {
    if driver != DRIVER {
        return Err(format!(
            "its driver is {driver} and not {DRIVER}: this is no USB camera; remove what stands in its place"
        ));
    }
    let ports = topology.split_once('-').map_or(topology, |(_, ports)| ports);
    let there = bus.strip_prefix("usb-").and_then(|bus| bus.rsplit_once('-')).map(|(_, ports)| ports);
    if there == Some(ports) {
        Ok(())
    } else {
        Err(format!("its driver says that it is at {bus} and not in this socket; inspect the wiring"))
    }
}

/// The nearest size that the camera has, in a format that can be read. `set` asks for a format and tells what the driver makes of
/// that, which may be another one.
fn agreed(
    mut set: impl FnMut(&Format) -> std::io::Result<Format>,
    config: &V4lConfig,
) -> Result<(PixelFormat, Format), String> {
    let mut nearest: Option<(PixelFormat, Format)> = None;
    for (pixels, name) in FORMATS {
        let wanted = Format::new(config.width, config.height, FourCC::new(name));
        let Ok(got) = set(&wanted) else { continue };
        if got.fourcc != wanted.fourcc {
            continue;
        }
        if (got.width, got.height) == (config.width, config.height) {
            return Ok((pixels, got));
        }
        nearest = nearest.or(Some((pixels, got)));
    }
    let (pixels, format) = nearest.ok_or("it gives neither YUYV nor MJPEG; take another camera")?;
    let format = set(&format).map_err(|error| error.to_string())?;
    Ok((pixels, format))
}

/// Time from frame to frame, µs. A camera that does not tell takes as many as were asked for.
fn interval(device: &Device) -> u64 {
    let told = device.set_params(&Parameters::with_fps(RATE)).ok().map(|params| params.interval);
    told.and_then(|fraction| {
        (u64::from(fraction.numerator).saturating_mul(1_000_000)).checked_div(fraction.denominator.into())
    })
    .filter(|interval| *interval > 0)
    .unwrap_or(1_000_000 / u64::from(RATE))
}

struct V4lStream {
    stream: MmapStream<'static>,
    pixels: PixelFormat,
    size: (u32, u32),
    pace: Pace,
}

impl Stream for V4lStream {
    /// The first frame that is fresh. Every one that the driver kept is looked at on the way to it.
    fn frame(&mut self) -> Result<Frame, Error> {
        let broken = |words: String| Error::new(ErrorKind::HardwareError, format!("camera: {words}"));
        let mut left = BUFFERS;
        loop {
            let (bytes, known) = self
                .stream
                .next()
                .map_err(|error| Error::new(ErrorKind::Offline, format!("camera: {error}")))?;
            let now_us = monotonic_us();
            let stamp = Stamp { sequence: known.sequence, taken_us: micros(known.timestamp) };
            self.pace.look(stamp, now_us).map_err(|injected| broken(injected.to_string()))?;
            let age_us = now_us.saturating_sub(stamp.taken_us);
            if age_us > FRESH_US && left > 0 {
                left = left.saturating_sub(1);
                continue;
            }
            Pace::is_stale(stamp, now_us).map_err(|injected| broken(injected.to_string()))?;
            if known.flags.contains(Flags::ERROR) {
                return Err(broken(
                    "the driver says that the frame is damaged; inspect the cable".to_owned(),
                ));
            }
            let used = usize::try_from(known.bytesused).unwrap_or(usize::MAX);
            let bytes =
                bytes.get(..used).ok_or_else(|| broken("a frame is longer than its buffer".to_owned()))?;
            let at = Mono(boottime().0.saturating_sub(age_us / 1_000));
            return decoded(bytes, self.pixels, self.size, at);
        }
    }
}

fn micros(stamp: v4l::Timestamp) -> u64 {
    let seconds = u64::try_from(stamp.sec).unwrap_or(0).saturating_mul(1_000_000);
    seconds.saturating_add(u64::try_from(stamp.usec).unwrap_or(0))
}

/// The clock that drivers stamp frames by.
fn monotonic_us() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC);
    now.map_or(0, |now| {
        let seconds = u64::try_from(now.tv_sec()).unwrap_or(0).saturating_mul(1_000_000);
        seconds.saturating_add(u64::try_from(now.tv_nsec()).unwrap_or(0) / 1_000)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A driver that has frames of this size in these formats, and gives its first one for whatever it has not.
    fn agreed_with(
        formats: &[&[u8; 4]],
        (width, height): (u32, u32),
    ) -> Result<(PixelFormat, Format), String> {
        let config =
            V4lConfig { usb_topology: "1-1.2".into(), usb_id: None, serial: None, width: 1_280, height: 720 };
        let set = |wanted: &Format| -> std::io::Result<Format> {
            let has = |name: &&&[u8; 4]| FourCC::new(name) == wanted.fourcc;
            let name =
                formats.iter().find(has).or(formats.first()).ok_or(std::io::ErrorKind::InvalidInput)?;
            Ok(Format::new(width, height, FourCC::new(name)))
        };
        agreed(set, &config)
    }

    #[test]
    fn a_camera_of_formats_that_nobody_reads_is_refused_and_the_better_one_is_taken() {
        let size = (1_280, 720);
        for formats in [&[b"H264", b"GREY"][..], &[b"NV12"][..], &[][..]] {
            let words = agreed_with(formats, size).unwrap_err();
            assert!(words.contains("neither YUYV nor MJPEG"), "{words}");
        }
        for (formats, taken) in [
            (&[b"MJPG", b"YUYV"][..], PixelFormat::Yuyv),
            (&[b"H264", b"MJPG"][..], PixelFormat::Mjpeg),
            (&[b"YUYV"][..], PixelFormat::Yuyv),
        ] {
            assert_eq!(agreed_with(formats, size).unwrap().0, taken);
        }
        let (_, nearest) = agreed_with(&[b"MJPG"], (640, 480)).unwrap();
        assert_eq!((nearest.width, nearest.height), (640, 480));
    }

    #[test]
    fn only_a_usb_camera_in_its_socket_is_admitted() {
        assert_eq!(admitted("uvcvideo", "usb-0000:00:14.0-1.2", "1-1.2"), Ok(()));
        assert_eq!(admitted("uvcvideo", "usb-xhci-hcd.1.auto-3", "2-3"), Ok(()));
        for (driver, bus) in [
            ("v4l2 loopback", "platform:v4l2loopback-000"),
            ("v4l2 loopback", "usb-0000:00:14.0-1.2"),
            ("vivid", "platform:vivid-000"),
            ("uvcvideo", "platform:v4l2loopback-000"),
            ("uvcvideo", "usb-0000:00:14.0-1.20"),
            ("uvcvideo", "usb-0000:00:14.0-11.2"),
            ("uvcvideo", ""),
            ("", ""),
        ] {
            assert!(admitted(driver, bus, "1-1.2").is_err(), "{driver} {bus}");
        }
        let words = admitted("v4l2 loopback", "platform:v4l2loopback-000", "1-1.2").unwrap_err();
        assert!(words.contains("v4l2 loopback") && words.contains("no USB camera"), "{words}");
    }
}
