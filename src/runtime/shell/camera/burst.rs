//! A burst of frames of a person who holds still: the best one as a portrait, or the one thing to do for a better one.

use senim_biometrics::{Assessment, Picture, Tracker, assess, best_portrait};
use senim_domain::SecretBytes;
use senim_domain::portrait::Instruction;
use senim_domain::rule_pack::PortraitRules;
use senim_hal::camera::Frame;
use senim_hal::{Error, ErrorKind};
use senim_session::event::CameraEvent;

/// A burst under way. Frames are wiped when it is dropped.
pub(super) struct Burst {
    rules: PortraitRules,
    frames: Vec<(Frame, Assessment)>,
}

impl Burst {
    pub const fn new(rules: PortraitRules) -> Self {
        Self { rules, frames: Vec::new() }
    }

    /// Looks at the next frame.
    ///
    /// # Errors
    /// The person can do nothing about it: the camera gives frames that are too small or of another size, or the networks fail.
    pub fn look(&mut self, tracker: &mut Tracker, frame: Frame) -> Result<(), Error> {
        let size = (frame.width, frame.height);
        if frame.width < self.rules.min_width_px || frame.height < self.rules.min_height_px {
            let words = format!(
                "the camera's frames have {} × {} pixels, the rules demand {} × {}; choose another size",
                size.0, size.1, self.rules.min_width_px, self.rules.min_height_px
            );
            return Err(Error::new(ErrorKind::HardwareError, words));
        }
        if self.frames.first().is_some_and(|(first, _)| (first.width, first.height) != size) {
            let words = "the camera's frames changed their size in the middle of a stream";
            return Err(Error::new(ErrorKind::HardwareError, words));
        }
        let picture = Picture::new(frame.width, frame.height, frame.rgb.expose())
            .map_err(|error| Error::new(ErrorKind::HardwareError, error.to_string()))?;
        let assessment = assess(tracker, &picture)
            .map_err(|error| Error::new(ErrorKind::HardwareError, error.to_string()))?;
        self.frames.push((frame, assessment));
        Ok(())
    }

    /// What comes of it.
    ///
    /// # Errors
    /// The camera's picture stands still, or the frame cannot be encoded.
    pub fn best(self) -> Result<CameraEvent, Error> {
        let broken = |words| Error::new(ErrorKind::HardwareError, words);
        let assessments = self.frames.iter().map(|(_, assessment)| *assessment);
        let best = match best_portrait(assessments, &self.rules.least) {
            // Of a lens that is covered in earnest every frame may be the same black.
            Some(Err(told @ Instruction::UncoverLens)) => return Ok(CameraEvent::Poor(told)),
            Some(best) => best,
            None => return Err(broken("the camera gives no frames")),
        };
        if stands_still(&self.frames) {
            return Err(broken("the camera's picture stands still; unplug it and plug it in again"));
        }
        match best {
            Ok(best) => {
                let png = self.frames.get(best.index).and_then(|(frame, _)| encode(frame));
                let png = png.ok_or_else(|| broken("the frame cannot be encoded"))?;
                Ok(CameraEvent::Picture { png, quality: best.quality })
            }
            Err(told) => Ok(CameraEvent::Poor(told)),
        }
    }
}

/// A sensor has noise: two frames that are alike in every bit come from no living stream.
fn stands_still(frames: &[(Frame, Assessment)]) -> bool {
    let same = |pair: &[(Frame, Assessment)]| matches!(pair, [(one, _), (two, _)] if one.rgb == two.rgb);
    frames.len() > 1 && frames.windows(2).all(same)
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
