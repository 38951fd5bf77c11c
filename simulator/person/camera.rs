//! The camera's port before a scene, in time of its own: each frame is one step of it.

use std::sync::{Arc, Mutex, PoisonError};

use senim_domain::{Mono, SecretBytes};
use senim_hal::camera::{Camera, Frame};
use senim_hal::{Error, ErrorKind};

use crate::motion::Shown;
use crate::scene::Scene;

struct Stage {
    scene: Scene,
    /// ms since the scene began.
    now: f32,
    step: f32,
    random: fastrand::Rng,
    open: bool,
}

/// A camera of 640 × 480 pixels that looks at a scene.
pub struct SceneCamera {
    stage: Arc<Mutex<Stage>>,
}

/// What the person before that camera looks at.
#[derive(Clone)]
pub struct SceneScreen {
    stage: Arc<Mutex<Stage>>,
}

impl SceneCamera {
    /// A camera that gives `frames_a_second`, a little unevenly as cameras do, and the screen beside it.
    #[must_use]
    pub fn new(scene: Scene, frames_a_second: u16, seed: u64) -> (Self, SceneScreen) {
        let step = 1_000.0 / f32::from(frames_a_second.max(1));
        let random = fastrand::Rng::with_seed(seed ^ 0x00ca_3e4a);
        let stage = Arc::new(Mutex::new(Stage { scene, now: 0.0, step, random, open: false }));
        (Self { stage: Arc::clone(&stage) }, SceneScreen { stage })
    }
}

impl SceneScreen {
    /// The screen shows this from the camera's last frame on.
    pub fn show(&self, shown: &Shown) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stage.now;
        stage.scene.sees(now, shown);
    }
}

impl Camera for SceneCamera {
    fn open(&mut self) -> Result<(), Error> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner).open = true;
        Ok(())
    }

    fn frame(&mut self) -> Result<Frame, Error> {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if !stage.open {
            return Err(Error::new(ErrorKind::Offline, "the camera is not open"));
        }
        let uneven = 1.0 + 0.06 * (stage.random.f32() - 0.5);
        stage.now += stage.step * uneven;
        let now = stage.now;
        let canvas = stage.scene.picture(now);
        Ok(Frame {
            width: u32::try_from(canvas.width).unwrap_or(u32::MAX),
            height: u32::try_from(canvas.height).unwrap_or(u32::MAX),
            rgb: SecretBytes::new(canvas.rgb),
            at: Mono(now as u64),
        })
    }

    fn close(&mut self) {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner).open = false;
    }
}
