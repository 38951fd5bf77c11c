//! The rig's camera: pictures of a directory, or one picture. A directory that is gone is a camera unplugged.

use std::path::{Path, PathBuf};

use senim_domain::SecretBytes;
use senim_hal::camera::{Camera, Frame};
use senim_hal::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use crate::clock::boottime;

/// Where the pictures are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileConfig {
    /// Directory of PNG and JPEG files, shown in the order of their names, over and over; or one such file.
    pub directory: PathBuf,
    /// Who tells, for a challenge, what is measured of the person, in place of what the pictures show; absent: the pictures do.
    #[serde(default)]
    pub person: Option<std::net::SocketAddr>,
}

/// A camera that shows files.
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

    fn next(&mut self) -> Result<Frame, Error> {
        let offline = |words: String| Error::new(ErrorKind::Offline, words);
        let files = self.open.as_ref().ok_or_else(|| offline("the camera is not open".to_owned()))?;
        let path = self
            .shown
            .checked_rem(files.len())
            .and_then(|at| files.get(at))
            .ok_or_else(|| offline("the camera has no frames".to_owned()))?;
        self.shown = self.shown.wrapping_add(1);
        let file =
            std::fs::File::open(path).map_err(|error| offline(format!("{}: {error}", path.display())))?;
        let decoded = if is_jpeg(path) { jpeg(file) } else { decode(file) };
        decoded.map_err(|words| Error::new(ErrorKind::HardwareError, describe(path, &words)))
    }
}

impl Camera for FileCamera {
    fn open(&mut self) -> Result<(), Error> {
        let directory = &self.config.directory;
        let none = |words: String| {
            Error::new(ErrorKind::NoDevice, format!("camera directory {}: {words}", directory.display()))
        };
        let mut files: Vec<PathBuf> = if directory.is_file() {
            vec![directory.clone()]
        } else {
            let entries = std::fs::read_dir(directory).map_err(|error| none(error.to_string()))?;
            entries.filter_map(Result::ok).map(|entry| entry.path()).collect()
        };
        files.retain(|path| is_jpeg(path) || has_extension(path, &["png"]));
        if files.is_empty() {
            return Err(none("it has no .png, .jpg or .jpeg file".to_owned()));
        }
        files.sort();
        self.open = Some(files);
        self.shown = 0;
        Ok(())
    }

    fn frame(&mut self) -> Result<Frame, Error> {
        let taken = self.next();
        if taken.as_ref().is_err_and(|error| error.kind == ErrorKind::Offline) {
            self.close();
        }
        taken
    }

    fn close(&mut self) {
        self.open = None;
    }
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension()
        .is_some_and(|extension| extensions.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

fn is_jpeg(path: &Path) -> bool {
    has_extension(path, &["jpg", "jpeg"])
}

fn describe(path: &Path, words: &str) -> String {
    format!("{} is no usable picture: {words}", path.display())
}

fn jpeg(file: std::fs::File) -> Result<Frame, String> {
    let picture = image::load(std::io::BufReader::new(file), image::ImageFormat::Jpeg)
        .map_err(|error| error.to_string())?
        .into_rgb8();
    let (width, height) = picture.dimensions();
    Ok(Frame { width, height, rgb: SecretBytes::new(picture.into_raw()), at: boottime() })
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
        FileCamera::new(FileConfig { directory: directory.to_owned(), person: None })
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
    fn jpegs_are_shown_too_and_one_file_is_a_camera_that_looks_at_one_thing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("b.JPEG");
        image::RgbImage::from_pixel(16, 8, image::Rgb([200, 100, 50]))
            .save_with_format(&path, image::ImageFormat::Jpeg)
            .unwrap();
        write_png(&directory.path().join("a.png"), png::ColorType::Grayscale, &[7, 8]);
        let sizes = |camera: &mut FileCamera| {
            camera.open().unwrap();
            [(); 2].map(|()| camera.frame().map(|frame| (frame.width, frame.height)).unwrap())
        };
        assert_eq!(sizes(&mut camera(directory.path())), [(2, 1), (16, 8)]);
        let mut alone = camera(&path);
        assert_eq!(sizes(&mut alone), [(16, 8); 2]);
        let shown = alone.frame().unwrap();
        assert!(
            shown.rgb.expose()[..3].iter().zip([200_u8, 100, 50]).all(|(one, two)| one.abs_diff(two) < 8)
        );
        std::fs::write(&path, b"no picture").unwrap();
        assert_eq!(alone.frame().unwrap_err().kind, ErrorKind::HardwareError);
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

    #[test]
    fn a_directory_moved_away_is_unplugged_until_it_is_back_and_opened_again() {
        let root = tempfile::tempdir().unwrap();
        let (here, away) = (root.path().join("here"), root.path().join("away"));
        std::fs::create_dir(&here).unwrap();
        write_png(&here.join("a.png"), png::ColorType::Grayscale, &[7, 8]);
        let mut camera = camera(&here);
        camera.open().unwrap();
        assert!(camera.frame().is_ok());
        std::fs::rename(&here, &away).unwrap();
        assert_eq!(camera.frame().unwrap_err().kind, ErrorKind::Offline);
        assert_eq!(camera.open().unwrap_err().kind, ErrorKind::NoDevice);
        std::fs::rename(&away, &here).unwrap();
        assert_eq!(camera.frame().unwrap_err().kind, ErrorKind::Offline, "a stream once lost stays lost");
        camera.open().unwrap();
        assert!(camera.frame().is_ok());
    }
}
