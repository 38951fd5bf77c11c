//! What was seen of a person is nowhere in this process's writable memory once tracker and prover have let go of it: no row of
//! pixels, no landmarks, no measures, no picture. The allocator is the firmware's: what it wipes is a part of that.
//!
//! What is looked for is kept inverted, or the search would find it here.

#[path = "../../../../tests/suite/privacy/search.rs"]
#[allow(dead_code, unreachable_pub, reason = "written for whole processes")]
mod search;

use std::sync::Arc;
use std::time::Duration;

use senim_biometrics::liveness::{Evidence, Traced};
use senim_biometrics::{Mesh, Picture, Prover};
use senim_hal::camera::{Camera as _, Frame};
use senim_person::{Likeness, Scene, SceneCamera, Shown, Species, challenge, earlier};

use crate::material::{models_folder, picture_file, tracker};

#[global_allocator]
static ALLOCATOR: senim_linux::ZeroOnFree = senim_linux::ZeroOnFree;

/// No other test of this binary shows the frames of this seed.
const SEED: u64 = 4_711;
/// Bytes of a needle at the most.
const LENGTH: usize = 96;
/// Frames from one that is searched for to the next.
const FRAMES_BETWEEN: u32 = 25;

/// What must not be found, and its bytes, each inverted.
struct Needle(String, Vec<u8>);

impl Needle {
    /// The middle of some bytes.
    fn new(what: String, bytes: &[u8]) -> Self {
        let before = bytes.len().saturating_sub(LENGTH) / 2;
        let inverted: Vec<u8> = bytes.iter().skip(before).take(LENGTH).map(|byte| !byte).collect();
        let told = inverted.iter().collect::<std::collections::BTreeSet<_>>().len();
        assert!(told > 8, "{what} might be anything");
        Self(what, inverted)
    }

    fn lies_in(&self, hay: &[u8]) -> bool {
        let (Some(first), width) = (self.1.first().map(|byte| !byte), self.1.len()) else { return false };
        let same = |here: &[u8]| here.iter().zip(&self.1).all(|(one, two)| *one == !two);
        hay.windows(width).any(|here| here[0] == first && same(here))
    }
}

/// Which of them lie in a writable page of this process; the stacks of all its threads are among these.
fn found(needles: &[Needle]) -> Vec<&str> {
    let mut found = std::collections::BTreeSet::new();
    search::memory(std::process::id(), |_, bytes| {
        found.extend(needles.iter().filter(|one| one.lies_in(bytes)).map(|one| one.0.as_str()));
    });
    found.into_iter().collect()
}

fn likeness() -> Option<Arc<Likeness>> {
    let (models, astronaut) = (models_folder()?, picture_file("astronaut.png")?);
    Some(Arc::new(Likeness::astronaut(&models, astronaut.parent()?).unwrap()))
}

fn row(number: u32, frame: &Frame) -> Needle {
    let rgb = frame.rgb.expose();
    let width = usize::try_from(frame.width).unwrap() * 3;
    Needle::new(format!("pixels of frame {number}"), &rgb[rgb.len() / 2..][..width])
}

fn landmarks(number: u32, mesh: &Mesh) -> Needle {
    let numbers = mesh.points().iter().skip(100).take(8).flat_map(|point| [point.x, point.y, point.z]);
    let bytes: Vec<u8> = numbers.flat_map(f32::to_le_bytes).collect();
    Needle::new(format!("landmarks of frame {number}"), &bytes)
}

#[test]
fn nothing_of_a_check_is_left_in_memory() {
    let (Some(mut tracker), Some(likeness)) = (tracker(), likeness()) else { return };
    let asked = challenge(SEED);
    let scene = Scene::new(&likeness, Species::Genuine, SEED, &asked, earlier(SEED, &asked));
    let (mut camera, screen) = SceneCamera::new(scene, 15, SEED);
    camera.open().unwrap();
    let mut prover = Prover::new(&asked);
    let mut needles = Vec::new();
    let mut number = 0;
    while prover.verdict().is_none() {
        let frame = camera.frame().unwrap();
        let picture = Picture::new(frame.width, frame.height, frame.rgb.expose()).unwrap();
        let guidance = prover.look(&mut tracker, &picture, Duration::from_millis(frame.at.0)).unwrap();
        screen.show(&Shown { phase: guidance.phase, flash: guidance.flash });
        if number % FRAMES_BETWEEN == 0 {
            needles.push(row(number, &frame));
            needles.extend(tracker.mesh().map(|mesh| landmarks(number, mesh)));
        }
        if number == FRAMES_BETWEEN {
            let now = [row(number, &frame), landmarks(number, tracker.mesh().unwrap())];
            assert_eq!(found(&now).len(), 2, "the search must find what is being looked at");
        }
        number += 1;
    }
    assert!(needles.len() > 8, "{number} frames");

    let written = prover.evidence().unwrap();
    let evidence = Evidence::read(written.expose()).unwrap();
    let kept = needles.len();
    let frames = evidence.frames.iter().step_by(40);
    needles.extend(frames.filter_map(|frame| match &frame.seen {
        Traced::Face(face) => {
            let bytes: Vec<u8> = face.shape.iter().flat_map(|number| number.to_le_bytes()).collect();
            Some(Needle::new(format!("measures at {} ms", frame.at_ms), &bytes))
        }
        Traced::Nobody | Traced::Several => None,
    }));
    for keyframe in &evidence.keyframes {
        let jpeg = keyframe.picture().unwrap();
        needles.push(Needle::new(format!("JPEG of {:?}", keyframe.of), jpeg.expose()));
        let text = keyframe.jpeg.as_bytes();
        needles.push(Needle::new(format!("JPEG of {:?} as text", keyframe.of), text));
    }
    let texts = found(&needles[kept..]);
    assert!(texts.iter().any(|what| what.ends_with("as text")), "what is written can be found: {texts:?}");

    drop((written, evidence, prover, camera, screen));
    tracker.forget();
    assert_eq!(found(&needles), Vec::<&str>::new());
}
