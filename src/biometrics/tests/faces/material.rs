//! Models, pictures, and what is done to pictures.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use senim_biometrics::{Models, Picture, Rten, Tracker};

/// A picture that may be changed.
#[derive(Clone)]
pub struct Still {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<u8>,
}

/// A folder that set-up fills, when `file` is in it. A developer's tests find it beside the other things that are built.
fn folder(variable: &str, name: &str, file: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target").join(name);
    let folder = std::env::var_os(variable).map_or_else(beside, PathBuf::from);
    if folder.join(file).is_file() {
        return Some(folder);
    }
    skipped(&format!("face {name}: {variable} names no folder with {file}; ./test makes one"));
    None
}

/// Says that a test did without something: one write past the harness, for ./test lists these notices at its end.
pub fn skipped(what: &str) {
    let _ = std::io::stderr().write_all(format!("SKIPPED PEER {what}\n").as_bytes());
}

pub fn models_folder() -> Option<PathBuf> {
    folder("SENIM_MODELS", "models", "face_mesh.onnx")
}

pub fn models() -> Option<Models> {
    let folder = models_folder()?;
    Some(Models::load(&Rten::new(), |name| std::fs::read(folder.join(name))).unwrap())
}

pub fn tracker() -> Option<Tracker> {
    models().map(Tracker::new)
}

pub fn picture_file(name: &str) -> Option<PathBuf> {
    folder("SENIM_FACES", "faces", name).map(|folder| folder.join(name))
}

/// Eileen Collins, by NASA; 512 × 512, in the public domain.
pub fn astronaut() -> Option<Still> {
    let file = std::fs::File::open(picture_file("astronaut.png")?).unwrap();
    let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgb).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    Some(Still { width: info.width as usize, height: info.height as usize, rgb })
}

impl Still {
    pub fn of(width: usize, height: usize, colour: impl Fn(usize, usize) -> [u8; 3]) -> Self {
        let rgb = (0..width * height).flat_map(|at| colour(at % width, at / width)).collect();
        Self { width, height, rgb }
    }

    pub fn picture(&self) -> Picture<'_> {
        Picture::new(self.width as u32, self.height as u32, &self.rgb).unwrap()
    }

    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 3;
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    /// Every pixel anew, from its place and colour.
    pub fn changed(&self, change: impl Fn(usize, usize, [u8; 3]) -> [u8; 3]) -> Self {
        Self::of(self.width, self.height, |x, y| change(x, y, self.at(x, y)))
    }

    /// A part of it, made larger by `zoom` (the nearest pixel); black outside.
    pub fn part(&self, left: i64, top: i64, width: usize, height: usize, zoom: f32) -> Self {
        Self::of(width, height, |x, y| {
            let (x, y) = (left + (x as f32 / zoom) as i64, top + (y as f32 / zoom) as i64);
            let inside = x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height;
            if inside { self.at(x as usize, y as usize) } else { [0; 3] }
        })
    }

    /// Turned a quarter clockwise.
    pub fn quarter_turned(&self) -> Self {
        Self::of(self.height, self.width, |x, y| self.at(y, self.height - 1 - x))
    }

    /// Another picture to the right of it; both have the same height.
    pub fn beside(&self, other: &Self) -> Self {
        assert_eq!(self.height, other.height);
        Self::of(self.width + other.width, self.height, |x, y| {
            if x < self.width { self.at(x, y) } else { other.at(x - self.width, y) }
        })
    }

    /// One colour inside a polygon.
    pub fn painted(&self, polygon: &[(f32, f32)], colour: [u8; 3]) -> Self {
        self.changed(|x, y, before| {
            let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
            let mut inside = false;
            for (at, one) in polygon.iter().enumerate() {
                let other = polygon[(at + 1) % polygon.len()];
                if (one.1 > y) != (other.1 > y)
                    && x < (other.0 - one.0) * (y - one.1) / (other.1 - one.1) + one.0
                {
                    inside = !inside;
                }
            }
            if inside { colour } else { before }
        })
    }
}
