//! What is asked of a portrait (p.6 of the Rules: full face, light ground, neutral expression, mouth closed; and what makes such a
//! picture of use, after the measures of ISO/IEC 29794-5), and what a person can do when a picture is not like that.
//!
//! Only words and numbers: who looks at pictures is elsewhere.

use serde::{Deserialize, Serialize};

/// What a person, or who looks after the terminal, can do for a better picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instruction {
    /// The picture is black or of one colour: something covers the lens.
    UncoverLens,
    /// Nobody is seen: stand before the camera.
    ComeIntoView,
    /// More than one face: be alone.
    BeAlone,
    /// The head lies in the picture: hold it upright; when everybody's does, the camera is mounted on its side.
    HoldUpright,
    /// Too small: come closer.
    ComeCloser,
    /// Larger than the picture: step back.
    StepBack,
    /// Too far to a side: move to the middle.
    MoveToMiddle,
    /// Too low in the picture: raise the face.
    RaiseFace,
    /// Too high in the picture: lower the face.
    LowerFace,
    /// More light on the face.
    MoreLight,
    /// Less light on the face.
    LessLight,
    /// The light comes from behind: turn so that it comes from the front.
    LightFromFront,
    /// One half of the face is in shadow.
    EvenLight,
    /// Something reflects: glasses, skin, a lamp.
    AvoidGlare,
    /// Not in focus, or moved: hold still.
    HoldStill,
    /// Something covers mouth or nose.
    UncoverFace,
    /// Dark glasses.
    TakeOffGlasses,
    /// Look straight into the camera.
    LookStraight,
    /// Open the eyes.
    OpenEyes,
    /// Close the mouth.
    CloseMouth,
    /// No smile.
    BeSerious,
    /// The ground is dark: stand before the light panel.
    LightBackground,
    /// The ground is not plain: nothing behind the head.
    PlainBackground,
}

impl Instruction {
    /// All of them, those first that hide others.
    pub const ALL: [Self; 23] = [
        Self::UncoverLens,
        Self::ComeIntoView,
        Self::BeAlone,
        Self::HoldUpright,
        Self::ComeCloser,
        Self::StepBack,
        Self::MoveToMiddle,
        Self::RaiseFace,
        Self::LowerFace,
        Self::MoreLight,
        Self::LessLight,
        Self::LightFromFront,
        Self::EvenLight,
        Self::AvoidGlare,
        Self::HoldStill,
        Self::UncoverFace,
        Self::TakeOffGlasses,
        Self::LookStraight,
        Self::OpenEyes,
        Self::CloseMouth,
        Self::BeSerious,
        Self::LightBackground,
        Self::PlainBackground,
    ];
}

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
    /// Where a picture begins to be of use, by the scales of the looking.
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

    /// Whether none is above 100.
    #[must_use]
    pub fn are_scores(&self) -> bool {
        self.each().iter().all(|(_, score)| *score <= 100)
    }

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
