//! What stands before the camera, and what comes of a burst. Whether a picture is good enough is scripted here: how the firmware
//! judges pictures is shown where it does.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use qrcode::{Color, QrCode};
use senim_domain::portrait::Instruction;
use senim_domain::rule_pack::PortraitRules;
use senim_domain::{Mono, SecretBytes};
use senim_hal::camera::Frame;
use senim_hal::{Error, ErrorKind};
use senim_runtime::code;
use senim_session::event::CameraEvent;
use senim_world::people::{self, Person};
use senim_world::picture::Picture;
use senim_world::portrait;

/// What the camera sees.
#[derive(Clone, Debug, Default)]
pub enum Eye {
    /// Something that is good enough and shows nobody: bytes that no matcher looks at.
    #[default]
    Anything,
    /// The person with this IIN looks into it.
    Person(String),
    /// Nothing: something covers the lens.
    Covered,
    /// A QR code with this text, on a piece of paper.
    Code(String),
    /// This printed receipt, held upright at arm's length.
    Receipt(Picture),
}

impl Eye {
    /// What a burst by these rules comes to; `bytes` is the size of a picture of nobody.
    #[must_use]
    pub fn take(&self, rules: &PortraitRules, bytes: usize) -> CameraEvent {
        let picture = match self {
            Self::Anything => {
                let picture = b"picture of a face".iter().copied().cycle();
                return CameraEvent::Picture {
                    png: SecretBytes::new(picture.take(bytes).collect()),
                    quality: 80,
                };
            }
            Self::Person(iin) => before_camera(iin),
            Self::Code(_) | Self::Receipt(_) => return CameraEvent::Poor(Instruction::ComeIntoView),
            Self::Covered => return CameraEvent::Poor(Instruction::UncoverLens),
        };
        if picture.width < rules.min_width_px as usize || picture.height < rules.min_height_px as usize {
            return CameraEvent::Failed(Error::new(ErrorKind::HardwareError, "frames are too small"));
        }
        CameraEvent::Picture { png: SecretBytes::new(picture.to_png().unwrap()), quality: 80 }
    }

    /// What is told of a QR code before the lens.
    #[must_use]
    pub fn read(&self) -> Option<CameraEvent> {
        let picture = self.paper();
        let frame = Frame {
            width: u32::try_from(picture.width).unwrap(),
            height: u32::try_from(picture.height).unwrap(),
            rgb: SecretBytes::new(picture.rgb),
            at: Mono(0),
        };
        code::read(&frame).map(CameraEvent::Code)
    }

    /// A grey room, with paper in it where some is held up.
    fn paper(&self) -> Picture {
        let (width, height) = (1280, 720);
        let grey = [118, 122, 120].into_iter().cycle().take(width * height * 3).collect();
        let mut picture = Picture { width, height, rgb: grey };
        let paper = match self {
            Self::Code(text) => printed(text),
            // The lower end, where the code is.
            Self::Receipt(receipt) => {
                let rows = receipt.height.min(700);
                let rgb = receipt.rgb[(receipt.height - rows) * receipt.width * 3..].to_vec();
                Picture { width: receipt.width, height: rows, rgb }
            }
            Self::Anything | Self::Person(_) | Self::Covered => return picture,
        };
        let (left, top) = ((width - paper.width) / 2, (height - paper.height) / 2);
        for (row, line) in paper.rgb.chunks(paper.width * 3).enumerate() {
            let at = ((top + row) * width + left) * 3;
            // Paper is no mirror and ink no hole.
            let seen: Vec<u8> = line.iter().map(|value| 40 + (u16::from(*value) * 185 / 255) as u8).collect();
            picture.rgb[at..at + line.len()].copy_from_slice(&seen);
        }
        picture
    }
}

/// A QR code in black on white, with its quiet zone.
fn printed(text: &str) -> Picture {
    const DOTS: usize = 6;
    const QUIET: usize = 4;
    let code = QrCode::new(text).unwrap();
    let (side, colors) = (code.width(), code.to_colors());
    let wide = (side + 2 * QUIET) * DOTS;
    let mut rgb = vec![255; wide * wide * 3];
    for (place, _) in colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
        let (x, y) = ((place % side + QUIET) * DOTS, (place / side + QUIET) * DOTS);
        for row in y..y + DOTS {
            rgb[(row * wide + x) * 3..(row * wide + x + DOTS) * 3].fill(0);
        }
    }
    Picture { width: wide, height: wide, rgb }
}

/// The person of the simulated world with this IIN.
#[must_use]
pub fn person(iin: &str) -> Option<Person> {
    people::builtin().unwrap().into_iter().find(|person| person.iin == iin)
}

/// A frame of a person; drawing takes its time, so each is drawn once.
fn before_camera(iin: &str) -> Picture {
    static DRAWN: OnceLock<Mutex<BTreeMap<String, Picture>>> = OnceLock::new();
    let drawn = DRAWN.get_or_init(Mutex::default);
    let mut drawn = drawn.lock().unwrap_or_else(PoisonError::into_inner);
    let frame = drawn.entry(iin.to_owned()).or_insert_with(|| {
        portrait::frame(&portrait::before_camera(&person(iin).expect("somebody of the world")), 1, 1)
    });
    frame.clone()
}
