//! A scene before a wide camera that does not move: whoever is shorter or taller than its place sees it from below or above.

use senim_domain::SecretBytes;
use senim_hal::Error;
use senim_hal::camera::{Camera, Frame};

use crate::camera::SceneCamera;

/// Pixels of its frames.
pub const WIDE: (u32, u32) = (1_920, 1_440);
/// Focal length of camera and of the scene's picture, pixels: outer corners of the eyes that are nine centimetres apart, at
/// 60 cm, are 118 pixels apart in the scene.
const FOCAL: f32 = 787.0;
/// Distance from the camera to a person whose eyes are at its height, cm.
const AWAY: f32 = 60.0;
/// Where in the scene's picture a person's eyes are.
const EYES: (f32, f32) = (320.0, 205.0);

/// A camera of 1920 × 1440 pixels at a fixed height, upright, before a scene.
///
/// The scene's picture stands across the line from the camera to the person's eyes: the person looks at the camera. As a lens
/// without distortion has it, what is off the middle is drawn out along the way to there, and is smaller for it is farther away.
pub struct WideCamera {
    scene: SceneCamera,
    /// For each pixel that shows the scene's picture or what continues it: which of that.
    from: Vec<u32>,
}

impl WideCamera {
    /// A camera at `camera_cm` above the floor before somebody whose eyes are at `eyes_cm`.
    #[must_use]
    pub fn new(scene: SceneCamera, camera_cm: f32, eyes_cm: f32) -> Self {
        let (sin, cos) = ((eyes_cm - camera_cm) / AWAY).atan().sin_cos();
        let (width, height) = (crate::WIDTH as f32, crate::HEIGHT as f32);
        let rows = (0..WIDE.1).flat_map(|row| (0..WIDE.0).map(move |column| (column, row)));
        let from = rows.map(|(column, row)| {
            let x = column as f32 + 0.5 - WIDE.0 as f32 / 2.0;
            // Up is positive: a taller person is seen in the upper half.
            let y = WIDE.1 as f32 / 2.0 - row as f32 - 0.5;
            let (up, ahead) = (y * cos - FOCAL * sin, y * sin + FOCAL * cos);
            let scale = FOCAL / cos / ahead.max(1.0);
            let (x, y) = (EYES.0 + x * scale, EYES.1 - up * scale);
            (y.clamp(0.0, height - 1.0) as u32) * crate::WIDTH as u32 + x.clamp(0.0, width - 1.0) as u32
        });
        Self { scene, from: from.collect() }
    }
}

impl Camera for WideCamera {
    fn open(&mut self) -> Result<(), Error> {
        self.scene.open()
    }

    fn frame(&mut self) -> Result<Frame, Error> {
        let near = self.scene.frame()?;
        let (pixels, _) = near.rgb.expose().as_chunks::<3>();
        let mut rgb = Vec::with_capacity(self.from.len() * 3);
        for from in &self.from {
            rgb.extend_from_slice(pixels.get(*from as usize).unwrap_or(&[0; 3]));
        }
        Ok(Frame { width: WIDE.0, height: WIDE.1, rgb: SecretBytes::new(rgb), at: near.at })
    }

    fn close(&mut self) {
        self.scene.close();
    }
}
