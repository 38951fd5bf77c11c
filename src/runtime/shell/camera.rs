//! The camera's thread: preview while open, a burst on request, the best picture as PNG, QR codes while they are looked for, and
//! a challenge that a person is put to. Frames stay in RAM and are wiped when dropped.
//!
//! The models of faces are loaded here, once, before the first command is taken: neither the screen nor the kernel waits for them.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use senim_biometrics::{Aim, Models, Tracker};
use senim_domain::liveness::Challenge;
use senim_domain::rule_pack::PortraitRules;
use senim_domain::{Mono, Secret};
use senim_hal::camera::{Camera, Frame};
use senim_hal::{Error, ErrorKind};
use senim_linux::clock;
use senim_session::event::CameraEvent;

use super::Screen;
use crate::code;
use crate::kernel::{CameraCommand, Input};
use burst::Burst;
use proof::Proof;
use view::part_of;

mod burst;
mod proof;
mod view;

/// Frames of a burst: about half a second of a person holding still.
const BURST: usize = 8;
/// Frames in which the person is searched for before a burst, where only a part of them is looked at: everywhere once.
const FIND_FRAMES: usize = 12;
/// Between the begins of two frames of the preview, ms: 20 a second, on a board that needs 30 ms for one too.
const PREVIEW_FRAME_MS: u64 = 50;
/// Between two frames of a challenge, for a camera that does not wait for its next one, ms.
const PROOF_FRAME_MS: u64 = 33;

/// Loads the models; says in words for a technician why there are none.
pub type LoadModels = Box<dyn FnOnce() -> Result<Models, String> + Send>;

/// Tells, for a challenge, what is measured of somebody who stands before no camera; or why there is nobody.
#[cfg(feature = "rig")]
pub type Measures =
    Box<dyn FnMut(&Challenge) -> Result<Vec<senim_biometrics::liveness::Trace>, Error> + Send>;

/// The camera and what looks at its frames.
pub struct CameraEdge {
    /// The camera.
    pub camera: Box<dyn Camera>,
    /// Loads what finds faces in its frames; called once, on the camera's thread.
    pub faces: LoadModels,
    /// Pixels across and down of the part of a frame that is looked at, around the person's face; absent: whole frames.
    pub view: Option<(u32, u32)>,
    /// In place of its frames, where movements are asked for.
    #[cfg(feature = "rig")]
    pub measures: Option<Measures>,
}

pub(super) fn spawn<S: Screen>(
    edge: CameraEdge,
    inputs: SyncSender<Input>,
    screen: S,
) -> std::io::Result<SyncSender<CameraCommand>> {
    let (commands, inbox) = sync_channel(8);
    let body = move || {
        let tracker = (edge.faces)().map(Tracker::new);
        if let Err(words) = &tracker {
            tracing::error!(cause = %words, "no models of faces: nobody can be shown to be living");
        }
        let mut thread = CameraThread {
            camera: edge.camera,
            #[cfg(feature = "rig")]
            measures: edge.measures,
            tracker,
            view: edge.view.map(Aim::new),
            inputs,
            screen,
            open: false,
            looking: false,
            told: None,
            proof: None,
            shown: Mono(0),
        };
        thread.run(&inbox);
    };
    std::thread::Builder::new().name("camera".into()).spawn(body)?;
    Ok(commands)
}

struct CameraThread<S> {
    camera: Box<dyn Camera>,
    #[cfg(feature = "rig")]
    measures: Option<Measures>,
    /// What finds faces, or why there is none.
    tracker: Result<Tracker, String>,
    /// What part of the camera's frames is looked at, if not all.
    view: Option<Aim>,
    inputs: SyncSender<Input>,
    screen: S,
    open: bool,
    /// QR codes are looked for.
    looking: bool,
    /// The text that was told last: a receipt held still is told once.
    told: Option<Secret>,
    /// The challenge that a person is put to, and when its last frame was taken.
    proof: Option<(Proof, Mono)>,
    /// When the last frame of the preview was begun.
    shown: Mono,
}

impl<S: Screen> CameraThread<S> {
    fn run(&mut self, inbox: &Receiver<CameraCommand>) {
        loop {
            let command = if self.open {
                match inbox.recv_timeout(self.until_next()) {
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
                Some(CameraCommand::Open) => {
                    self.proof = None;
                    self.release();
                    self.start()
                }
                Some(CameraCommand::Read) => {
                    self.proof = None;
                    self.look(true);
                    self.start()
                }
                Some(CameraCommand::Take(rules)) => Some(self.take(&rules)),
                Some(CameraCommand::Prove(challenge)) => self.prove(&challenge),
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
        self.proof = None;
        if let Ok(tracker) = &mut self.tracker {
            tracker.forget();
        }
        self.release();
        if std::mem::take(&mut self.open) {
            self.camera.close();
            self.screen.clear_preview();
        }
    }

    /// The next frame, or the part of it that is looked at. Codes are looked for everywhere.
    fn frame(&mut self) -> Result<Frame, Error> {
        let frame = self.camera.frame()?;
        match (&mut self.view, &mut self.tracker) {
            (Some(aim), Ok(tracker)) if !self.looking => part_of(frame, aim, tracker),
            _ => Ok(frame),
        }
    }

    fn release(&mut self) {
        if let Some(view) = &mut self.view {
            view.release();
        }
    }

    /// Looks for the person anew, and at the place where he or she is found from then on.
    fn hold(&mut self) {
        if let Some(view) = &mut self.view {
            view.release();
            view.hold();
        }
    }

    /// Waits until it is known where the person is, or everywhere was searched.
    fn find(&mut self) -> Result<(), Error> {
        seeing(&mut self.tracker)?;
        self.hold();
        for _ in 0..FIND_FRAMES {
            if self.view.as_ref().is_none_or(Aim::has_found) {
                return Ok(());
            }
            let frame = self.frame()?;
            self.screen.preview(frame.width, frame.height, frame.rgb);
        }
        Ok(())
    }

    fn show(&mut self) -> Option<CameraEvent> {
        self.shown = clock::boottime();
        match self.frame() {
            Ok(frame) => {
                let news = self.prove_by(&frame).or_else(|| self.new_code(&frame));
                self.screen.preview(frame.width, frame.height, frame.rgb);
                match news {
                    Some(CameraEvent::Failed(error)) => Some(self.failed(error)),
                    news => news,
                }
            }
            Err(error) => Some(self.failed(error)),
        }
    }

    /// How long commands are waited for before the next frame.
    fn until_next(&self) -> Duration {
        let (between, last) = match &self.proof {
            Some((_, last)) => (PROOF_FRAME_MS, *last),
            None => (PREVIEW_FRAME_MS, self.shown),
        };
        Duration::from_millis(between.saturating_sub(clock::boottime().since(last)))
    }

    fn prove(&mut self, challenge: &Challenge) -> Option<CameraEvent> {
        self.look(false);
        let tracker = match seeing(&mut self.tracker) {
            Ok(tracker) => tracker,
            Err(error) => return Some(self.failed(error)),
        };
        #[cfg(feature = "rig")]
        if let Some(measures) = &mut self.measures {
            let proof = measures(challenge).map(|traces| Proof::measured(challenge, tracker, traces));
            return match proof {
                Ok(proof) => {
                    self.proof = Some((proof, Mono(0)));
                    self.start()
                }
                Err(error) => Some(self.failed(error)),
            };
        }
        self.proof = Some((Proof::new(challenge, tracker), Mono(0)));
        self.hold();
        self.start()
    }

    fn prove_by(&mut self, frame: &Frame) -> Option<CameraEvent> {
        let ((proof, last), Ok(tracker)) = (self.proof.as_mut()?, &mut self.tracker) else { return None };
        *last = frame.at;
        let news = proof.look(tracker, frame);
        if matches!(news, Some(CameraEvent::Proof { .. } | CameraEvent::Failed(_))) {
            self.proof = None;
        }
        news
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

    fn fill(&mut self, burst: &mut Burst) -> Result<(), Error> {
        for _ in 0..BURST {
            let frame = self.frame()?;
            self.screen.preview(frame.width, frame.height, frame.rgb.clone());
            burst.look(seeing(&mut self.tracker)?, frame)?;
        }
        Ok(())
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
        self.proof = None;
        let mut burst = Burst::new(*rules);
        if let Err(error) = self.find().and_then(|()| self.fill(&mut burst)) {
            return self.failed(error);
        }
        match burst.best() {
            Ok(event) => event,
            Err(error) => self.failed(error),
        }
    }
}

/// What finds faces; without it nobody is looked at.
fn seeing(tracker: &mut Result<Tracker, String>) -> Result<&mut Tracker, Error> {
    tracker.as_mut().map_err(|words| Error::new(ErrorKind::NoDevice, words.clone()))
}

#[cfg(test)]
mod tests;
