//! The kernel's framebuffer, `/dev/fb0`, for what is shown while no window has the display (Linux `Documentation/fb`).
//!
//! Its geometry is read from sysfs and the picture is written as to a file, so nothing here is unsafe. Display drivers with
//! KMS offer it too (`CONFIG_DRM_FBDEV_EMULATION`): what is written while a window has the display is seen when it is gone.
//! Tested with ordinary files; not exercised with hardware.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use senim_hal::{Error, ErrorKind};
use serde::Deserialize;

/// Which framebuffer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FramebufferConfig {
    /// The device.
    pub device: PathBuf,
    /// Its directory in sysfs.
    pub about: PathBuf,
}

impl Default for FramebufferConfig {
    fn default() -> Self {
        Self { device: PathBuf::from("/dev/fb0"), about: PathBuf::from("/sys/class/graphics/fb0") }
    }
}

/// Pixels of a framebuffer and how they lie in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Bytes from row to row.
    stride: usize,
    depth: Depth,
}

/// Little-endian pixels, as every board that we know of has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// 5 bits of red, 6 of green, 5 of blue.
    Rgb565,
    /// Blue, green, red, nothing.
    Xrgb8888,
}

impl Depth {
    const fn bytes(self) -> usize {
        match self {
            Self::Rgb565 => 2,
            Self::Xrgb8888 => 4,
        }
    }
}

impl Geometry {
    /// Reads it.
    ///
    /// # Errors
    /// [`ErrorKind::NoDevice`] where there is no framebuffer, [`ErrorKind::HardwareError`] for one that is not understood.
    pub fn of(config: &FramebufferConfig) -> Result<Self, Error> {
        let number = |name: &str| {
            let text = told(&config.about, name)?;
            text.parse::<u32>().map_err(|_| strange(&config.about, name, &text))
        };
        let size = told(&config.about, "virtual_size")?;
        let sides = size
            .split_once(',')
            .and_then(|(width, height)| Some((width.parse::<u32>().ok()?, height.parse::<u32>().ok()?)));
        let (width, rows) = sides.ok_or_else(|| strange(&config.about, "virtual_size", &size))?;
        // Drivers that turn between two pictures have the rows of both.
        let height = shown_rows(&config.about).map_or(rows, |shown| shown.min(rows));
        let bits = number("bits_per_pixel")?;
        let depth = match bits {
            16 => Depth::Rgb565,
            32 => Depth::Xrgb8888,
            _ => return Err(strange(&config.about, "bits_per_pixel", &bits.to_string())),
        };
        let stride = usize::try_from(number("stride")?).unwrap_or(0);
        let row = usize::try_from(width).unwrap_or(usize::MAX).saturating_mul(depth.bytes());
        if width == 0 || height == 0 || stride < row {
            return Err(strange(&config.about, "stride", &stride.to_string()));
        }
        Ok(Self { width, height, stride, depth })
    }

    /// The picture as the framebuffer has it: 3 bytes a pixel in, rows from the top. Pixels that are missing stay dark.
    fn packed(&self, rgb: &[u8]) -> Vec<u8> {
        let width = usize::try_from(self.width).unwrap_or(0);
        let mut bytes = Vec::with_capacity(rgb.len().saturating_mul(2));
        for row in rgb.chunks(width.saturating_mul(3).max(1)).take(usize::try_from(self.height).unwrap_or(0))
        {
            let end = bytes.len().saturating_add(self.stride);
            for pixel in row.chunks_exact(3) {
                if let [red, green, blue] = *pixel {
                    match self.depth {
                        Depth::Rgb565 => {
                            let packed =
                                u16::from(red >> 3) << 11 | u16::from(green >> 2) << 5 | u16::from(blue >> 3);
                            bytes.extend(packed.to_le_bytes());
                        }
                        Depth::Xrgb8888 => bytes.extend([blue, green, red, 0]),
                    }
                }
            }
            bytes.resize(end, 0);
        }
        bytes
    }
}

/// Puts a picture of [`Geometry`]'s size on the display.
///
/// # Errors
/// [`ErrorKind::NoDevice`] where it cannot be written.
pub fn show(config: &FramebufferConfig, geometry: &Geometry, rgb: &[u8]) -> Result<(), Error> {
    let failed = |error: std::io::Error| {
        let device = config.device.display();
        Error::new(ErrorKind::NoDevice, format!("framebuffer {device}: {error}; check permissions"))
    };
    let mut device = OpenOptions::new().write(true).open(&config.device).map_err(failed)?;
    device.write_all(&geometry.packed(rgb)).map_err(failed)
}

/// Rows of the mode that is set: `U:1280x800p-60`.
fn shown_rows(about: &Path) -> Option<u32> {
    let modes = std::fs::read_to_string(about.join("modes")).ok()?;
    let (_, rest) = modes.lines().next()?.split_once('x')?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|rows| *rows > 0)
}

fn told(about: &Path, name: &str) -> Result<String, Error> {
    let path = about.join(name);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Error::new(ErrorKind::NoDevice, format!("framebuffer {}: {error}", path.display()))
    })?;
    Ok(text.trim().to_owned())
}

fn strange(about: &Path, name: &str, value: &str) -> Error {
    let path = about.join(name);
    Error::new(ErrorKind::HardwareError, format!("framebuffer {}: {value} is not understood", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A framebuffer of ordinary files.
    fn bench(files: &[(&str, &str)]) -> (tempfile::TempDir, FramebufferConfig) {
        let folder = tempfile::tempdir().unwrap();
        let config = FramebufferConfig { device: folder.path().join("fb0"), about: folder.path().to_owned() };
        std::fs::write(&config.device, b"").unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), format!("{text}\n")).unwrap();
        }
        (folder, config)
    }

    const PLAIN: [(&str, &str); 3] = [("virtual_size", "2,2"), ("bits_per_pixel", "32"), ("stride", "12")];

    #[test]
    fn rows_are_as_far_apart_as_the_driver_says_and_blue_comes_first() {
        let (_folder, config) = bench(&PLAIN);
        let geometry = Geometry::of(&config).unwrap();
        assert_eq!((geometry.width, geometry.height), (2, 2));
        show(&config, &geometry, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]).unwrap();
        assert_eq!(
            std::fs::read(&config.device).unwrap(),
            [3, 2, 1, 0, 6, 5, 4, 0, 0, 0, 0, 0, 9, 8, 7, 0, 12, 11, 10, 0, 0, 0, 0, 0]
        );
    }

    #[test]
    fn sixteen_bits_hold_five_six_and_five() {
        let (_folder, config) = bench(&[("virtual_size", "3,1"), ("bits_per_pixel", "16"), ("stride", "6")]);
        let geometry = Geometry::of(&config).unwrap();
        show(&config, &geometry, &[255, 0, 0, 0, 255, 0, 0, 0, 255]).unwrap();
        assert_eq!(std::fs::read(&config.device).unwrap(), [0x00, 0xf8, 0xe0, 0x07, 0x1f, 0x00]);
    }

    #[test]
    fn of_two_pictures_in_turn_only_the_one_that_is_shown_is_drawn() {
        let (_folder, config) = bench(&[
            ("virtual_size", "2,4"),
            ("bits_per_pixel", "32"),
            ("stride", "8"),
            ("modes", "U:2x2p-60"),
        ]);
        let geometry = Geometry::of(&config).unwrap();
        assert_eq!(geometry.height, 2);
        show(&config, &geometry, &[9; 2 * 2 * 3 + 60]).unwrap();
        assert_eq!(std::fs::read(&config.device).unwrap().len(), 16);
    }

    #[test]
    fn what_is_not_there_or_not_understood_is_told_with_its_file() {
        let (_folder, config) = bench(&[]);
        assert_eq!(Geometry::of(&config).unwrap_err().kind, ErrorKind::NoDevice);
        for (name, text) in
            [("virtual_size", "wide"), ("virtual_size", "0,2"), ("bits_per_pixel", "24"), ("stride", "7")]
        {
            let (folder, config) = bench(&PLAIN);
            std::fs::write(folder.path().join(name), text).unwrap();
            let error = Geometry::of(&config).unwrap_err();
            assert_eq!(error.kind, ErrorKind::HardwareError, "{name} {text}");
            assert!(error.detail.contains("is not understood"), "{error}");
        }
        let (_folder, config) = bench(&PLAIN);
        let geometry = Geometry::of(&config).unwrap();
        std::fs::remove_file(&config.device).unwrap();
        let error = show(&config, &geometry, &[0; 12]).unwrap_err();
        assert!(error.detail.contains("fb0") && error.kind == ErrorKind::NoDevice, "{error}");
    }
}
