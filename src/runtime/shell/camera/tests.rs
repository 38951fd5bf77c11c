//! The thread with a camera in memory: what it tells of codes, pictures and challenges, and that it stops.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};

use qrcode::{Color, QrCode};
use senim_biometrics::Rten;
use senim_domain::liveness::{Command, LivenessFailure, Movement, Phase};
use senim_domain::portrait::{Instruction, PortraitScores};
use senim_domain::rule_pack::LivenessRules;
use senim_domain::touch::TouchCorrection;
use senim_domain::{ChallengeId, Mono, SecretBytes};
use senim_fakes::FakeCamera;
use senim_person::{Likeness, Scene, SceneCamera, SceneScreen, Shown, Species, WideCamera};
use senim_ui_model::View;

use super::*;

/// Counts what it is shown.
#[derive(Clone, Default)]
struct Counting(Arc<Mutex<(usize, usize)>>);

impl Screen for Counting {
    fn draw(&self, _: View) {}
    fn correct_touch(&self, _: TouchCorrection) {}
    fn preview(&self, _: u32, _: u32, _: SecretBytes) {
        self.0.lock().unwrap().0 += 1;
    }
    fn clear_preview(&self) {
        self.0.lock().unwrap().1 += 1;
    }
    fn wipe(&self) {}
    fn quit(&self) {}
}

const PATIENCE: Duration = Duration::from_secs(20);
const QUIET: Duration = Duration::from_millis(700);

fn showing(text: &[u8]) -> Frame {
    let code = QrCode::new(text).unwrap();
    let (side, colors) = (code.width(), code.to_colors());
    let dark = |at: usize, from: usize| (at / 4).checked_sub(from).filter(|at| *at < side);
    let mut rgb = Vec::new();
    for y in 0..240 {
        for x in 0..320 {
            let module = dark(x, 10).zip(dark(y, 8)).map(|(x, y)| colors[y * side + x]);
            rgb.extend_from_slice(&[if module == Some(Color::Dark) { 30 } else { 220 }; 3]);
        }
    }
    Frame { width: 320, height: 240, rgb: SecretBytes::new(rgb), at: Mono(0) }
}

fn started(camera: impl Camera + 'static) -> (SyncSender<CameraCommand>, Receiver<Input>, Counting) {
    started_with(camera, Box::new(|| Err("no models here".to_owned())))
}

/// A folder that set-up fills, when `file` is in it; `None` says that it is not there.
fn folder(variable: &str, name: &str, file: &str) -> Option<std::path::PathBuf> {
    let beside = || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target").join(name);
    let folder = std::env::var_os(variable).map_or_else(beside, std::path::PathBuf::from);
    if folder.join(file).is_file() {
        return Some(folder);
    }
    let notice =
        format!("SKIPPED PEER face {name}: the camera's thread was tried without them; ./test makes them\n");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), notice.as_bytes());
    None
}

/// With the models that set-up makes.
fn seeing(camera: impl Camera + 'static) -> Option<(SyncSender<CameraCommand>, Receiver<Input>, Counting)> {
    seeing_part(camera, None)
}

/// With them, looking at a part of the frames of this size.
fn seeing_part(
    camera: impl Camera + 'static,
    view: Option<(u32, u32)>,
) -> Option<(SyncSender<CameraCommand>, Receiver<Input>, Counting)> {
    let folder = folder("SENIM_MODELS", "models", "face_mesh.onnx")?;
    let load = move || {
        Models::load(&Rten::new(), |name| std::fs::read(folder.join(name))).map_err(|error| error.to_string())
    };
    Some(started_viewing(camera, Box::new(load), view))
}

fn started_with(
    camera: impl Camera + 'static,
    load: LoadModels,
) -> (SyncSender<CameraCommand>, Receiver<Input>, Counting) {
    started_viewing(camera, load, None)
}

fn started_viewing(
    camera: impl Camera + 'static,
    load: LoadModels,
    view: Option<(u32, u32)>,
) -> (SyncSender<CameraCommand>, Receiver<Input>, Counting) {
    let (inputs, inbox) = sync_channel(16);
    let screen = Counting::default();
    let edge = CameraEdge {
        camera: Box::new(camera),
        faces: load,
        view,
        #[cfg(feature = "rig")]
        measures: None,
    };
    let commands = spawn(edge, inputs, screen.clone()).unwrap();
    (commands, inbox, screen)
}

fn told(inbox: &Receiver<Input>) -> CameraEvent {
    match inbox.recv_timeout(PATIENCE).unwrap() {
        Input::Camera(event) => event,
        _ => panic!("not from the camera"),
    }
}

fn code(inbox: &Receiver<Input>) -> String {
    match told(inbox) {
        CameraEvent::Code(text) => text.expose().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_code_held_still_is_told_once_and_another_one_at_once() {
    let ours = showing(b"senim-pay:123456789012343");
    let frames = [vec![ours; 6], vec![showing(b"https://egov.kz"); 2]].concat();
    let (commands, inbox, screen) = started(FakeCamera::new(frames));
    commands.send(CameraCommand::Read).unwrap();
    assert!(matches!(told(&inbox), CameraEvent::Opened));
    assert_eq!(code(&inbox), "senim-pay:123456789012343");
    assert_eq!(code(&inbox), "https://egov.kz");
    assert!(screen.0.lock().unwrap().0 >= 6, "and the preview went on");
}

#[test]
fn a_closed_camera_sees_no_code_and_a_preview_for_a_face_looks_for_none() {
    let (commands, inbox, screen) = started(FakeCamera::new(vec![showing(b"senim-pay:123456789012343")]));
    commands.send(CameraCommand::Open).unwrap();
    assert!(matches!(told(&inbox), CameraEvent::Opened));
    assert_eq!(inbox.recv_timeout(QUIET).err(), Some(RecvTimeoutError::Timeout));
    commands.send(CameraCommand::Read).unwrap();
    assert!(matches!(told(&inbox), CameraEvent::Opened));
    code(&inbox);
    commands.send(CameraCommand::Close).unwrap();
    assert_eq!(inbox.recv_timeout(QUIET).err(), Some(RecvTimeoutError::Timeout));
    assert_eq!(screen.0.lock().unwrap().1, 1, "the picture is off the screen");
    // The same receipt counts again in another visit.
    commands.send(CameraCommand::Read).unwrap();
    assert!(matches!(told(&inbox), CameraEvent::Opened));
    code(&inbox);
}

#[test]
fn a_camera_that_is_missing_or_unplugged_is_told_while_codes_are_looked_for() {
    let mut missing = FakeCamera::new(Vec::new());
    missing.missing = true;
    let (commands, inbox, _) = started(missing);
    commands.send(CameraCommand::Read).unwrap();
    assert!(matches!(told(&inbox), CameraEvent::Failed(error) if error.kind == ErrorKind::NoDevice));
    let blank = Frame { rgb: SecretBytes::new(vec![200; 320 * 240 * 3]), ..showing(b"x") };
    let mut pulled = FakeCamera::new(vec![blank]);
    pulled.unplug_after = Some(2);
    let (commands, inbox, screen) = started(pulled);
    commands.send(CameraCommand::Read).unwrap();
    assert!(matches!(told(&inbox), CameraEvent::Opened));
    assert!(matches!(told(&inbox), CameraEvent::Failed(error) if error.kind == ErrorKind::Offline));
    assert_eq!(screen.0.lock().unwrap().1, 1);
}

/// A frame of one grey with noise in it, taken at the moment of its number.
fn noisy(number: u64, grey: u8, (width, height): (u32, u32)) -> Frame {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 60) as u8
    };
    // A slope, so that it is no covered lens, but for black.
    let slope = |at: u32| if grey == 0 { 0 } else { (at % width * 90 / width) as u8 };
    let rgb = (0..width * height).flat_map(|at| [grey + slope(at) + noise() / 2; 3]).collect();
    Frame { width, height, rgb: SecretBytes::new(rgb), at: Mono(40 * number) }
}

fn noisy_frames(grey: u8, size: (u32, u32)) -> Vec<Frame> {
    (1..=40).map(|number| noisy(number, grey, size)).collect()
}

const SIZE: (u32, u32) = (320, 240);

fn rules() -> PortraitRules {
    PortraitRules {
        min_width_px: 320,
        min_height_px: 240,
        least: PortraitScores::OF_USE,
        tries: 3,
        life_seconds: 300,
        min_match_permille: 0,
    }
}

fn challenge() -> Box<Challenge> {
    let rules = LivenessRules::default();
    let command = |movement| Command { movement, pause_ms: 500, window_ms: 2_000 };
    Box::new(Challenge {
        challenge: ChallengeId(uuid::Uuid::from_u128(9)),
        nonce: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        calm_ms: 300,
        calm_within_ms: 600,
        deadline_ms: 30_000,
        min_inter_ocular_px: 80,
        commands: [Movement::TurnLeft, Movement::OpenMouth, Movement::LookUp].map(command).to_vec(),
        flashes: Vec::new(),
        flash_permille: rules.flash_permille,
        amplitudes: rules.amplitudes,
    })
}

#[test]
fn without_models_neither_portrait_nor_proof_is_possible_and_the_technician_reads_why() {
    let (commands, inbox, screen) = started(FakeCamera::new(noisy_frames(80, SIZE)));
    for command in [CameraCommand::Take(rules()), CameraCommand::Prove(challenge())] {
        commands.send(command).unwrap();
        let CameraEvent::Failed(error) = told(&inbox) else { panic!("a failure was expected") };
        assert_eq!((error.kind, error.detail.as_str()), (ErrorKind::NoDevice, "no models here"));
    }
    assert!(screen.0.lock().unwrap().1 >= 1, "the picture is off the screen");
}

/// What a burst of these frames comes to.
fn taken(frames: Vec<Frame>) -> Option<CameraEvent> {
    let (commands, inbox, _) = seeing(FakeCamera::new(frames))?;
    commands.send(CameraCommand::Take(rules())).unwrap();
    Some(told(&inbox))
}

#[test]
fn a_covered_lens_nobody_a_still_picture_and_small_frames_are_told_apart() {
    let Some(covered) = taken(noisy_frames(0, SIZE)) else { return };
    assert!(matches!(covered, CameraEvent::Poor(Instruction::UncoverLens)), "{covered:?}");
    let black = taken(vec![noisy(1, 0, SIZE)]).unwrap();
    assert!(matches!(black, CameraEvent::Poor(Instruction::UncoverLens)), "the same black: {black:?}");
    let nobody = taken(noisy_frames(80, SIZE)).unwrap();
    assert!(matches!(nobody, CameraEvent::Poor(Instruction::ComeIntoView)), "{nobody:?}");
    let failed = |frames| match taken(frames).unwrap() {
        CameraEvent::Failed(error) => (error.kind, error.detail),
        other => panic!("{other:?}"),
    };
    let (kind, words) = failed(vec![noisy(1, 80, SIZE)]);
    assert!(kind == ErrorKind::HardwareError && words.contains("stands still"), "{words}");
    let (kind, words) = failed(noisy_frames(80, (160, 120)));
    assert!(kind == ErrorKind::HardwareError && words.contains("160 × 120"), "{words}");
    let (kind, words) = failed(vec![noisy(1, 80, SIZE), noisy(2, 80, (640, 480))]);
    assert!(kind == ErrorKind::HardwareError && words.contains("changed their size"), "{words}");
}

/// What is told of a challenge before these frames: phases, and how it ended.
fn proved(camera: FakeCamera) -> Option<(Vec<Phase>, CameraEvent)> {
    let (commands, inbox, _) = seeing(camera)?;
    commands.send(CameraCommand::Prove(challenge())).unwrap();
    assert!(matches!(told(&inbox), CameraEvent::Opened));
    let mut phases = Vec::new();
    loop {
        match told(&inbox) {
            CameraEvent::Sequence { phase, .. } => phases.push(phase),
            end => return Some((phases, end)),
        }
    }
}

#[test]
fn nobody_before_a_challenge_and_a_picture_that_stands_still_end_with_their_evidence() {
    let Some((phases, end)) = proved(FakeCamera::new(noisy_frames(80, SIZE))) else { return };
    assert!(matches!(phases.first(), Some(Phase::Calm { .. })));
    let CameraEvent::Proof { challenge: of, outcome, models, evidence } = end else { panic!("{end:?}") };
    assert_eq!((of, outcome), (challenge().challenge, Err(LivenessFailure::NotCalm)));
    assert_eq!(models.len(), 4);
    let evidence = senim_biometrics::liveness::Evidence::read(evidence.expose()).unwrap();
    assert_eq!(evidence.judge(&challenge()).unwrap().verdict, outcome);

    let still = (0..9).map(|at| Frame { at: Mono(40 * at), ..noisy(1, 80, SIZE) });
    let (_, end) = proved(FakeCamera::new(still.collect())).unwrap();
    assert!(matches!(end, CameraEvent::Proof { outcome: Err(LivenessFailure::Frozen), .. }), "{end:?}");
}

#[test]
fn a_camera_unplugged_in_the_middle_of_a_challenge_is_told_as_gone() {
    let mut pulled = FakeCamera::new(noisy_frames(80, SIZE));
    pulled.unplug_after = Some(4);
    let Some((_, end)) = proved(pulled) else { return };
    assert!(matches!(end, CameraEvent::Failed(error) if error.kind == ErrorKind::Offline));
}

/// Wide frames with the public-domain portrait in their upper corner, each with noise of its own.
fn wide_frames() -> Option<Vec<Frame>> {
    let file = folder("SENIM_FACES", "faces", "astronaut.png")?.join("astronaut.png");
    let file = std::io::BufReader::new(std::fs::File::open(file).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut somebody = vec![0; reader.output_buffer_size().unwrap()];
    let side = reader.next_frame(&mut somebody).unwrap().width as usize;
    let frame = |number| {
        let mut frame = noisy(number, 120, (1_600, 1_200));
        let mut rgb = frame.rgb.expose().to_vec();
        for (row, from) in somebody.chunks_exact(side * 3).enumerate() {
            let at = (row * 1_600 + 60) * 3;
            for (to, from) in rgb[at..at + side * 3].iter_mut().zip(from) {
                *to = from.saturating_add(*to % 4);
            }
        }
        frame.rgb = SecretBytes::new(rgb);
        frame
    };
    Some((1..=3).map(frame).collect())
}

#[test]
fn who_stands_in_the_corner_of_a_wide_frame_is_found_for_portrait_and_challenge_and_not_without_a_view() {
    let Some(frames) = wide_frames() else { return };
    let poor = |view| {
        let (commands, inbox, _) = seeing_part(FakeCamera::new(frames.clone()), view)?;
        commands.send(CameraCommand::Take(rules())).unwrap();
        match told(&inbox) {
            CameraEvent::Poor(instruction) => Some(instruction),
            other => panic!("she smiles: {other:?}"),
        }
    };
    let Some(seen) = poor(Some((640, 480))) else { return };
    assert_ne!(seen, Instruction::ComeIntoView);
    assert_eq!(poor(None), Some(Instruction::ComeIntoView), "the control");

    let (commands, inbox, _) = seeing_part(FakeCamera::new(frames), Some((640, 480))).unwrap();
    commands.send(CameraCommand::Prove(challenge())).unwrap();
    assert!(matches!(told(&inbox), CameraEvent::Opened));
    let calm = std::iter::from_fn(|| match told(&inbox) {
        CameraEvent::Sequence { phase: Phase::Calm { hint, .. }, .. } => Some(hint),
        _ => None,
    });
    let hints: Vec<_> = calm.collect();
    let no_face = senim_domain::liveness::Hint::NoFace;
    assert!(hints.iter().any(|hint| *hint != Some(no_face)), "{hints:?}");
}

/// How somebody fares in the thread, who looks at the screen and does what is asked, or something else.
fn drawn(species: Species, wide: bool) -> Option<Result<(), LivenessFailure>> {
    const SEED: u64 = 31;
    let models = folder("SENIM_MODELS", "models", "face_mesh.onnx")?;
    let faces = folder("SENIM_FACES", "faces", "astronaut.png")?;
    let likeness = Arc::new(Likeness::astronaut(&models, &faces).unwrap());
    let asked = senim_person::challenge(SEED);
    let scene = Scene::new(&likeness, species, SEED, &asked, senim_person::earlier(SEED, &asked));
    let (camera, screen): (SceneCamera, SceneScreen) = SceneCamera::new(scene, 15, SEED);
    let started = if wide {
        seeing_part(WideCamera::new(camera, 150.0, 185.0), Some((640, 480)))
    } else {
        seeing(camera)
    };
    let (commands, inbox, _) = started?;
    commands.send(CameraCommand::Prove(Box::new(asked))).unwrap();
    loop {
        match told(&inbox) {
            CameraEvent::Sequence { phase, flash, .. } => screen.show(&Shown { phase, flash }),
            CameraEvent::Proof { outcome, .. } => return Some(outcome),
            CameraEvent::Opened => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn who_does_what_the_screen_asks_passes_through_the_thread_and_who_does_another_order_does_not() {
    let Some(outcome) = drawn(Species::Genuine, false) else { return };
    assert_eq!(outcome, Ok(()));
    assert_eq!(drawn(Species::Genuine, true), Some(Ok(())), "a tall person before a wide camera");
    assert!(matches!(drawn(Species::WrongOrder, false), Some(Err(_))));
}
