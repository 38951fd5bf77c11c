//! Scores of a portrait: what the Rules ask of a photograph (p.6: full face, light ground, neutral expression, mouth closed),
//! and what makes such a picture of use (after the measures of ISO/IEC 29794-5).

use serde::{Deserialize, Serialize};

/// One score for each demand, 0 (not at all) to 100 (fully). As thresholds: the least that is permitted; 0 asks
/// for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortraitScores {
    /// Exactly one face.
    pub alone: u8,
    /// The head stands upright in the picture.
    pub upright: u8,
    /// Large enough: pixels between the eyes.
    pub size: u8,
    /// The whole head is in the picture.
    pub position: u8,
    /// Neither too dark nor too bright.
    pub exposure: u8,
    /// Both halves of the face are lit alike.
    pub even_light: u8,
    /// No reflections.
    pub glare: u8,
    /// In focus and held still.
    pub sharpness: u8,
    /// Nothing covers mouth and nose.
    pub uncovered: u8,
    /// Nothing dark covers the eyes.
    pub eyes_visible: u8,
    /// Full face: turned neither to a side nor up or down.
    pub frontal: u8,
    /// Both eyes are open.
    pub eyes_open: u8,
    /// The mouth is closed.
    pub mouth_closed: u8,
    /// Neutral expression: no smile.
    pub neutral: u8,
    /// Light ground.
    pub background_light: u8,
    /// Ground of one colour.
    pub background_plain: u8,
}

impl PortraitScores {
    /// Where a picture begins to be of use, by the scales of [`crate::assess`].
    pub const OF_USE: Self = Self {
        alone: 100,
        upright: 50,
        size: 50,
        position: 50,
        exposure: 50,
        even_light: 50,
        glare: 50,
        sharpness: 50,
        uncovered: 50,
        eyes_visible: 50,
        frontal: 50,
        eyes_open: 50,
        mouth_closed: 50,
        neutral: 50,
        background_light: 50,
        background_plain: 50,
    };

    /// Each score with the name of its field, in the order of the fields.
    #[must_use]
    pub const fn each(&self) -> [(&'static str, u8); 16] {
        [
            ("alone", self.alone),
            ("upright", self.upright),
            ("size", self.size),
            ("position", self.position),
            ("exposure", self.exposure),
            ("even_light", self.even_light),
            ("glare", self.glare),
            ("sharpness", self.sharpness),
            ("uncovered", self.uncovered),
            ("eyes_visible", self.eyes_visible),
            ("frontal", self.frontal),
            ("eyes_open", self.eyes_open),
            ("mouth_closed", self.mouth_closed),
            ("neutral", self.neutral),
            ("background_light", self.background_light),
            ("background_plain", self.background_plain),
        ]
    }
}
