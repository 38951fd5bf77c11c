//! The camera's thread: preview while open, a burst on request, the best picture as PNG, and QR codes while they are looked
//! for. Frames stay in RAM and are wiped when dropped.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use senim_biometrics::{Fault, Picture, Thresholds, Verdict, best_of, judge, measure};
use senim_domain::rule_pack::PortraitRules;
use senim_domain::{Secret, SecretBytes};
use senim_hal::camera::{Camera, Frame};
use senim_hal::{Error, ErrorKind};
use senim_session::event::{CameraEvent, PictureFault};

use super::Screen;
use crate::code;
use crate::kernel::{CameraCommand, Input};

/// Frames of a burst: about a second of a person holding still.
const BURST: usize = 8;
/// Between two frames of the preview.
const FRAME: Duration = Duration::from_millis(66);

pub(super) fn spawn<S: Screen>(
    camera: Box<dyn Camera>,
    inputs: SyncSender<Input>,
    screen: S,
) -> std::io::Result<SyncSender<CameraCommand>> {
    let (commands, inbox) = sync_channel(8);
    let mut thread = CameraThread { camera, inputs, screen, open: false, looking: false, told: None };
    std::thread::Builder::new().name("camera".into()).spawn(move || thread.run(&inbox))?;
    Ok(commands)
}

struct CameraThread<S> {
    camera: Box<dyn Camera>,
    inputs: SyncSender<Input>,
    screen: S,
    open: bool,
    /// QR codes are looked for.
    looking: bool,
    /// The text that was told last: a receipt held still is told once.
    told: Option<Secret>,
}

impl<S: Screen> CameraThread<S> {
    fn run(&mut self, inbox: &Receiver<CameraCommand>) {
        loop {
            let command = if self.open {
                match inbox.recv_timeout(FRAME) {
                    Ok(command) => Some(command),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            } else {
                match inbox.recv() {
                    Ok(command) => Some(command),
                    Err(_) => return,
                }
            };
            let event = match command {
                Some(CameraCommand::Open) => self.start(),
                Some(CameraCommand::Read) => {
                    self.look(true);
                    self.start()
                }
                Some(CameraCommand::Take(rules)) => Some(self.take(&rules)),
                // Without what finds a face in a frame nobody can be shown to be living.
                Some(CameraCommand::Prove(_)) => Some(CameraEvent::Failed(Error::new(
                    ErrorKind::NoDevice,
                    "this firmware has no models of faces, and the rule pack asks for a living person",
                ))),
                Some(CameraCommand::Close) => {
                    self.stop();
                    None
                }
                None => self.show(),
            };
            if let Some(event) = event
                && self.inputs.send(Input::Camera(event)).is_err()
            {
                return;
            }
        }
    }

    fn start(&mut self) -> Option<CameraEvent> {
        if self.open {
            return Some(CameraEvent::Opened);
        }
        Some(match self.camera.open() {
            Ok(()) => {
                self.open = true;
                CameraEvent::Opened
            }
            Err(error) => CameraEvent::Failed(error),
        })
    }

    fn stop(&mut self) {
        self.look(false);
        if std::mem::take(&mut self.open) {
            self.camera.close();
            self.screen.clear_preview();
        }
    }

    fn show(&mut self) -> Option<CameraEvent> {
        match self.camera.frame() {
            Ok(frame) => {
                let read = self.new_code(&frame);
                self.screen.preview(frame.width, frame.height, frame.rgb);
                read
            }
            Err(error) => Some(self.failed(error)),
        }
    }

    /// A code that was not told already.
    fn new_code(&mut self, frame: &Frame) -> Option<CameraEvent> {
        if !self.looking {
            return None;
        }
        let text = code::read(frame)?;
        if self.told.as_ref() == Some(&text) {
            return None;
        }
        self.told = Some(text.clone());
        Some(CameraEvent::Code(text))
    }

    fn look(&mut self, looking: bool) {
        self.looking = looking;
        self.told = None;
    }

    fn failed(&mut self, error: Error) -> CameraEvent {
        self.stop();
        CameraEvent::Failed(error)
    }

    fn take(&mut self, rules: &PortraitRules) -> CameraEvent {
        if !self.open
            && let Err(error) = self.camera.open()
        {
            return self.failed(error);
        }
        self.open = true;
        self.look(false);
        let thresholds = Thresholds::from(rules);
        let mut burst: Vec<(Frame, Verdict)> = Vec::with_capacity(BURST);
        for _ in 0..BURST {
            let frame = match self.camera.frame() {
                Ok(frame) => frame,
                Err(error) => return self.failed(error),
            };
            let verdict = match Picture::new(frame.width, frame.height, frame.rgb.expose()) {
                Ok(picture) => judge(&measure(&picture), (frame.width, frame.height), &thresholds),
                Err(error) => {
                    return self.failed(Error::new(ErrorKind::HardwareError, error.to_string()));
                }
            };
            self.screen.preview(frame.width, frame.height, frame.rgb.clone());
            burst.push((frame, verdict));
        }
        match best_of(burst.iter().map(|(_, verdict)| *verdict)) {
            Some(Ok(best)) => {
                let png = burst.get(best.index).and_then(|(frame, _)| encode(frame));
                match png {
                    Some(png) => CameraEvent::Picture { png, quality: best.quality },
                    None => self.failed(Error::new(ErrorKind::HardwareError, "the frame cannot be encoded")),
                }
            }
            Some(Err(Fault::TooBright)) => CameraEvent::Poor(PictureFault::TooBright),
            Some(Err(Fault::Blurred)) => CameraEvent::Poor(PictureFault::Blurred),
            Some(Err(Fault::TooDark)) => CameraEvent::Poor(PictureFault::TooDark),
            Some(Err(Fault::TooSmall)) | None => self.failed(Error::new(
                ErrorKind::HardwareError,
                "the camera's frames are smaller than the rules demand",
            )),
        }
    }
}

fn encode(frame: &Frame) -> Option<SecretBytes> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, frame.width, frame.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(frame.rgb.expose())?;
        writer.finish()
    });
    written.ok().map(|()| SecretBytes::new(bytes))
}

#[cfg(test)]
mod tests;
