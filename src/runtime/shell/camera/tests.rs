//! The thread with a camera in memory: what it tells of codes, and that it stops.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};

use qrcode::{Color, QrCode};
use senim_domain::Mono;
use senim_fakes::FakeCamera;
use senim_ui_model::View;

use super::*;

/// Counts what it is shown.
#[derive(Clone, Default)]
struct Counting(Arc<Mutex<(usize, usize)>>);

impl Screen for Counting {
    fn draw(&self, _: View) {}
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

fn started(camera: FakeCamera) -> (SyncSender<CameraCommand>, Receiver<Input>, Counting) {
    let (inputs, inbox) = sync_channel(16);
    let screen = Counting::default();
    let commands = spawn(Box::new(camera), inputs, screen.clone()).unwrap();
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
