//! Whether a picture is the photograph that the Rules ask for (p.6: full face, light ground, neutral expression, mouth
//! closed), and what the person can do when it is not.
//!
//! Each demand has a score of 0 to 100 after the measures of ISO/IEC 29794-5; what is permitted is given as one more such
//! set. The scales are ours: 50 lies where a picture begins to be of use, so that one number means the same everywhere. One instruction
//! is given at a time, for the demand that is missed by most; demands that hide others come first.

use std::time::Duration;

use crate::picture::Picture;
use crate::runtime::RuntimeError;
use crate::signals::Seen;
use crate::tracker::{Gaze, Tracker};

mod scores;

pub use senim_domain::portrait::{Instruction, PortraitScores};

/// A picture that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// Its scores. Without a face, or with several, only `alone` is more than nothing.
    pub scores: PortraitScores,
    /// What each demand asks for when it is missed, in the order of the fields of [`PortraitScores`].
    advice: [Instruction; 16],
}

/// Looks at a picture on its own, whatever the tracker followed before.
///
/// # Errors
/// The runtime's.
pub fn assess(tracker: &mut Tracker, picture: &Picture<'_>) -> Result<Assessment, RuntimeError> {
    tracker.forget();
    let sight = tracker.look(picture, Duration::ZERO, Gaze::Measured)?;
    let assessment = match &sight.seen {
        Seen::Nobody if picture.light().is_covered() => Assessment::without_face(Instruction::UncoverLens),
        Seen::Nobody => Assessment::without_face(Instruction::ComeIntoView),
        Seen::Several => Assessment::without_face(Instruction::BeAlone),
        Seen::Face(face) => {
            let upright = scores::upright(tracker, picture, face.roll)?;
            match tracker.mesh() {
                Some(mesh) => scores::all(picture, mesh, face, upright),
                None => Assessment::without_face(Instruction::ComeIntoView),
            }
        }
    };
    tracker.forget();
    Ok(assessment)
}

impl Assessment {
    fn without_face(instruction: Instruction) -> Self {
        Self { scores: PortraitScores::default(), advice: [instruction; 16] }
    }

    /// Every demand that is missed, by most first: its field and what can be done.
    #[must_use]
    pub fn missed(&self, least: &PortraitScores) -> Vec<(&'static str, Instruction)> {
        let demands = self.scores.each().into_iter().zip(least.each()).zip(self.advice);
        let mut missed: Vec<_> = demands
            .filter(|(((_, score), (_, least)), _)| score < least)
            .map(|(((field, score), (_, least)), instruction)| {
                (u16::from(score) * 100 / u16::from(least.max(1)), field, instruction)
            })
            .collect();
        // Stable: of demands that are missed alike the first, which hides the later ones.
        missed.sort_by_key(|(share, _, _)| *share);
        missed.into_iter().map(|(_, field, instruction)| (field, instruction)).collect()
    }

    /// What to tell the person; `None` when the picture can be used.
    #[must_use]
    pub fn instruction(&self, least: &PortraitScores) -> Option<Instruction> {
        self.missed(least).first().map(|(_, instruction)| *instruction)
    }

    /// 0 to 100: the score of the demand that is met worst.
    #[must_use]
    pub fn quality(&self) -> u8 {
        self.scores.each().into_iter().map(|(_, score)| score).min().unwrap_or_default()
    }
}

/// The picture of a burst to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BestPortrait {
    /// Its place in the burst, from 0.
    pub index: usize,
    /// Its quality, 0 to 100.
    pub quality: u8,
}

/// Chooses from a burst, in the order in which it was taken: of the pictures that can be used the best, the earliest of
/// equals. Without one, the most frequent instruction, of equally frequent ones the first in the order of [`Instruction`].
///
/// `None` when the burst is empty.
pub fn best_portrait(
    burst: impl IntoIterator<Item = Assessment>,
    least: &PortraitScores,
) -> Option<Result<BestPortrait, Instruction>> {
    let mut best: Option<BestPortrait> = None;
    let mut told = std::collections::BTreeMap::<Instruction, usize>::new();
    for (index, assessment) in burst.into_iter().enumerate() {
        let quality = assessment.quality();
        match assessment.instruction(least) {
            Some(instruction) => *told.entry(instruction).or_default() += 1,
            None if best.is_none_or(|best| quality > best.quality) => {
                best = Some(BestPortrait { index, quality });
            }
            None => {}
        }
    }
    // `max_by_key` keeps the last of equals; turned round, that is the first instruction.
    let most_frequent = || told.iter().rev().max_by_key(|(_, count)| **count).map(|(told, _)| Err(*told));
    best.map(Ok).or_else(most_frequent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assessment(change: impl FnOnce(&mut PortraitScores)) -> Assessment {
        let mut scores = all(100);
        change(&mut scores);
        Assessment { scores, advice: scores::PLAIN_ADVICE }
    }

    fn all(score: u8) -> PortraitScores {
        let named: serde_json::Map<_, _> = PortraitScores::default()
            .each()
            .into_iter()
            .map(|(field, _)| (field.to_owned(), score.into()))
            .collect();
        serde_json::from_value(named.into()).unwrap()
    }

    #[test]
    fn the_demand_that_is_missed_by_most_is_told_and_the_earlier_of_equals() {
        let least = all(50);
        assert_eq!(assessment(|_| {}).instruction(&least), None);
        let smiling = assessment(|scores| (scores.neutral, scores.mouth_closed) = (10, 30));
        assert_eq!(smiling.instruction(&least), Some(Instruction::BeSerious));
        let fields: Vec<_> = smiling.missed(&least).into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["neutral", "mouth_closed"]);
        let dark = assessment(|scores| (scores.exposure, scores.neutral) = (0, 0));
        assert_eq!(dark.instruction(&least), Some(Instruction::MoreLight));
    }

    #[test]
    fn a_threshold_is_permitted_and_the_next_value_is_not() {
        let least = PortraitScores { sharpness: 50, ..PortraitScores::default() };
        assert_eq!(assessment(|scores| scores.sharpness = 50).instruction(&least), None);
        let below = assessment(|scores| scores.sharpness = 49);
        assert_eq!(below.instruction(&least), Some(Instruction::HoldStill));
        assert_eq!(assessment(|scores| scores.frontal = 0).instruction(&least), None, "nothing is asked");
    }

    #[test]
    fn a_burst_gives_its_best_picture_or_its_most_frequent_instruction() {
        let least = all(50);
        let good = |quality| assessment(|scores| scores.neutral = quality);
        let blind = assessment(|scores| scores.eyes_open = 0);
        let moved = assessment(|scores| scores.sharpness = 0);
        let best = best_portrait([blind, good(60), good(80), good(80)], &least);
        assert_eq!(best, Some(Ok(BestPortrait { index: 2, quality: 80 })));
        let told = |burst: &[Assessment]| best_portrait(burst.iter().copied(), &least);
        assert_eq!(told(&[blind, moved, moved]), Some(Err(Instruction::HoldStill)));
        assert_eq!(told(&[blind, moved]), Some(Err(Instruction::HoldStill)));
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn nobody_and_several_faces_have_one_instruction_each() {
        for instruction in [Instruction::UncoverLens, Instruction::ComeIntoView, Instruction::BeAlone] {
            let assessment = Assessment::without_face(instruction);
            assert_eq!(assessment.instruction(&all(1)), Some(instruction));
            assert_eq!(assessment.quality(), 0);
        }
    }
}
