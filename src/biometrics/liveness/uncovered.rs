//! Whether mouth and eyes can be seen and the light comes from before the person, frame by frame: what nobody can be shown
//! living without, and what the person can do about it.

use std::collections::VecDeque;

use senim_domain::liveness::{Hint, LivenessFailure};

use super::trace::Features;
use crate::colour::{Cover, is_back_lit};

/// Frames that are looked at together, and how many of them tell: one alone is a slip.
const FRAMES: usize = 8;
const TELLING: usize = 6;

/// What is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Mouth and nose are covered.
    Mask,
    /// The eyes are.
    DarkGlasses,
    /// The face is dark against what is behind it.
    BackLight,
}

impl Fault {
    /// What to do about it.
    pub const fn hint(self) -> Hint {
        match self {
            Self::Mask => Hint::UncoverFace,
            Self::DarkGlasses => Hint::TakeOffGlasses,
            Self::BackLight => Hint::LightFromFront,
        }
    }

    /// The verdict when it stays.
    pub const fn failure(self) -> LivenessFailure {
        match self {
            Self::Mask => LivenessFailure::FaceCovered,
            Self::DarkGlasses => LivenessFailure::EyesCovered,
            Self::BackLight => LivenessFailure::BackLight,
        }
    }

    fn of(face: &Features) -> Option<Self> {
        let luma = |[red, green, blue]: [i32; 3]| {
            (i64::from(red) * 299 + i64::from(green) * 587 + i64::from(blue) * 114) / 1_000
        };
        match face.cover() {
            Some(Cover::Mask) => Some(Self::Mask),
            Some(Cover::DarkGlasses) => Some(Self::DarkGlasses),
            None => is_back_lit(luma(face.skin), luma(face.behind)).then_some(Self::BackLight),
        }
    }
}

/// Remembers the last frames.
#[derive(Default)]
pub(super) struct Uncovered {
    last: VecDeque<Option<Fault>>,
}

impl Uncovered {
    /// Takes a face that looks into the camera; what most of the last frames have in the way.
    pub fn look(&mut self, face: &Features) -> Option<Fault> {
        let fault = Fault::of(face);
        self.last.push_back(fault);
        if self.last.len() > FRAMES {
            self.last.pop_front();
        }
        let same = self.last.iter().filter(|known| **known == fault).count();
        fault.filter(|_| same >= TELLING)
    }

    /// Forgets them: somebody else may come.
    pub fn restart(&mut self) {
        self.last.clear();
    }
}
