//! What stands before the camera, and what comes of a burst: drawn people, judged as the firmware judges them.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use senim_biometrics::{Fault, Picture as Measured, Thresholds, best_of, judge, measure};
use senim_domain::SecretBytes;
use senim_domain::rule_pack::PortraitRules;
use senim_hal::{Error, ErrorKind};
use senim_session::event::{CameraEvent, PictureFault};
use senim_world::people::{self, Person};
use senim_world::picture::Picture;
use senim_world::portrait;

/// Frames of a burst.
const BURST: u64 = 3;

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
}

impl Eye {
    /// A burst by these rules; `bytes` is the size of a picture of nobody.
    #[must_use]
    pub fn take(&self, rules: &PortraitRules, bytes: usize) -> CameraEvent {
        let frames = match self {
            Self::Anything => {
                let picture = b"picture of a face".iter().copied().cycle();
                return CameraEvent::Picture {
                    png: SecretBytes::new(picture.take(bytes).collect()),
                    quality: 80,
                };
            }
            Self::Person(iin) => burst(iin),
            Self::Covered => {
                vec![Picture { width: 640, height: 480, rgb: vec![4; 640 * 480 * 3] }]
            }
        };
        let thresholds = Thresholds::from(rules);
        let verdicts = frames.iter().map(|frame| {
            let size = (u32::try_from(frame.width).unwrap(), u32::try_from(frame.height).unwrap());
            judge(&measure(&Measured::new(size.0, size.1, &frame.rgb).unwrap()), size, &thresholds)
        });
        match best_of(verdicts) {
            Some(Ok(best)) => CameraEvent::Picture {
                png: SecretBytes::new(frames[best.index].to_png().unwrap()),
                quality: best.quality,
            },
            Some(Err(Fault::TooBright)) => CameraEvent::Poor(PictureFault::TooBright),
            Some(Err(Fault::Blurred)) => CameraEvent::Poor(PictureFault::Blurred),
            Some(Err(Fault::TooDark)) => CameraEvent::Poor(PictureFault::TooDark),
            Some(Err(Fault::TooSmall)) | None => {
                CameraEvent::Failed(Error::new(ErrorKind::HardwareError, "frames are too small"))
            }
        }
    }
}

/// The person of the simulated world with this IIN.
#[must_use]
pub fn person(iin: &str) -> Option<Person> {
    people::builtin().unwrap().into_iter().find(|person| person.iin == iin)
}

/// Frames of a person; drawing takes its time, so each is drawn once.
fn burst(iin: &str) -> Vec<Picture> {
    static DRAWN: OnceLock<Mutex<BTreeMap<String, Vec<Picture>>>> = OnceLock::new();
    let drawn = DRAWN.get_or_init(Mutex::default);
    let mut drawn = drawn.lock().unwrap_or_else(PoisonError::into_inner);
    let frames = drawn.entry(iin.to_owned()).or_insert_with(|| {
        let still = portrait::before_camera(&person(iin).expect("somebody of the world"));
        (0..BURST).map(|number| portrait::frame(&still, number, 1)).collect()
    });
    frames.clone()
}
