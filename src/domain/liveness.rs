//! What a person is asked to do to show that somebody living is before the camera, and why that can fail (R-135, B14).
//!
//! Only words and numbers: who chooses the movements and who judges them is elsewhere. *Left* and *right* are the
//! person's own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::ChallengeId;

/// A movement that a person is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Movement {
    /// Turn the head to the left.
    TurnLeft,
    /// Turn the head to the right.
    TurnRight,
    /// Raise the chin.
    LookUp,
    /// Lower the chin.
    LookDown,
    /// Close both eyes and open them, twice.
    Blink,
    /// Open the mouth.
    OpenMouth,
    /// Smile.
    Smile,
    /// Come closer to the camera.
    ComeCloser,
    /// Move away from the camera.
    MoveAway,
    /// Follow with the eyes a dot that goes to the left.
    FollowDotLeft,
    /// Follow with the eyes a dot that goes to the right.
    FollowDotRight,
}

impl Movement {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::TurnLeft,
        Self::TurnRight,
        Self::LookUp,
        Self::LookDown,
        Self::Blink,
        Self::OpenMouth,
        Self::Smile,
        Self::ComeCloser,
        Self::MoveAway,
        Self::FollowDotLeft,
        Self::FollowDotRight,
    ];

    /// Whether a picture held before a mirror shows another movement: without one, a mirrored stream could obey.
    #[must_use]
    pub const fn has_a_side(self) -> bool {
        matches!(self, Self::TurnLeft | Self::TurnRight | Self::FollowDotLeft | Self::FollowDotRight)
    }
}

/// Colour of the whole screen for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Colour {
    /// Red.
    Red,
    /// Green.
    Green,
    /// Blue.
    Blue,
}

impl Colour {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Red, Self::Green, Self::Blue];
}

/// How far a movement has to go from the person's own neutral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amplitudes {
    /// Turn to a side, degrees, 5 to 45.
    pub turn_degrees: u8,
    /// Chin up or down, degrees, 5 to 30.
    pub nod_degrees: u8,
    /// How much lower the lids' opening is in a blink than open, percent, 10 to 90.
    pub blink_percent: u8,
    /// How much wider the lips part, percent of the distance between the eyes, 5 to 80.
    pub mouth_percent: u8,
    /// How much broader the mouth is in a smile, percent, 3 to 50.
    pub smile_percent: u8,
    /// How much larger the face is when closer, percent, 5 to 100.
    pub closer_percent: u8,
    /// How much smaller the face is when farther, percent, 5 to 60.
    pub away_percent: u8,
    /// How far the look goes within the lids, percent of its full way to a side, 10 to 100.
    pub gaze_percent: u8,
}

/// One movement of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// What is asked.
    pub movement: Movement,
    /// Stillness before it is shown, ms: chance, so that nobody knows when it comes.
    pub pause_ms: u32,
    /// From its showing to the return to neutral, ms.
    pub window_ms: u32,
}

/// The screen changes its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flash {
    /// When, ms after the calibration.
    pub at_ms: u32,
    /// How long, ms.
    pub lasts_ms: u32,
    /// Colour.
    pub colour: Colour,
}

/// A sequence that nobody could know before, with all that its judgement depends on: whoever has the challenge and the
/// signals comes to the same verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// Its identity.
    pub challenge: ChallengeId,
    /// 128 random bits, base64url: what was recorded for another challenge does not carry it.
    pub nonce: String,
    /// Stillness that gives the neutral, ms.
    pub calm_ms: u32,
    /// How long the neutral is waited for, ms.
    pub calm_within_ms: u32,
    /// From the first frame to the end of all, ms.
    pub deadline_ms: u32,
    /// Smallest distance between the eyes, pixels: below it lids and lips are not measured well enough.
    pub min_inter_ocular_px: u16,
    /// Movements, in order.
    pub commands: Vec<Command>,
    /// Flashes, in order.
    pub flashes: Vec<Flash>,
    /// How much of a flash the skin has to show more than the background, thousandths of its brightness.
    pub flash_permille: u16,
    /// How far each movement has to go.
    pub amplitudes: Amplitudes,
}

/// A challenge that nobody may be put to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadChallenge {
    /// Not three to five, or one of them twice, or times that no person can keep.
    #[error(
        "a challenge has three to five different movements, each with one to thirty seconds; ask for another"
    )]
    Commands,
    /// Flashes out of order, too dense for people with photosensitive epilepsy, or too many.
    #[error(
        "flashes come one after another, at least one and a half seconds apart (WCAG 2.3.1), four at most; ask for another"
    )]
    Flashes,
    /// Times or amplitudes out of range.
    #[error("times or amplitudes of the challenge are out of range; ask for another")]
    Demands,
}

/// Fewest and most movements of a challenge (B14).
pub const COMMANDS: std::ops::RangeInclusive<usize> = 3..=5;
/// Shortest time from the beginning of one flash to the next, ms: three a second are the limit of WCAG 2.3.1, and what one
/// flash leaves on the skin must be over before the next.
pub const FLASH_APART_MS: u32 = 1_500;
/// Most flashes of a challenge.
pub const MOST_FLASHES: usize = 4;
const WINDOW_MS: std::ops::RangeInclusive<u32> = 1_000..=30_000;
const LONGEST_PAUSE_MS: u32 = 5_000;
const LONGEST_MS: u32 = 180_000;

impl Amplitudes {
    /// Whether people can do it and cameras can see it.
    #[must_use]
    pub fn are_in_range(&self) -> bool {
        (5..=45).contains(&self.turn_degrees)
            && (5..=30).contains(&self.nod_degrees)
            && (10..=90).contains(&self.blink_percent)
            && (5..=80).contains(&self.mouth_percent)
            && (3..=50).contains(&self.smile_percent)
            && (5..=100).contains(&self.closer_percent)
            && (5..=60).contains(&self.away_percent)
            && (10..=100).contains(&self.gaze_percent)
    }
}

impl Challenge {
    /// Checks it: one that fails is neither given nor taken.
    ///
    /// # Errors
    /// [`BadChallenge`].
    pub fn validate(&self) -> Result<(), BadChallenge> {
        let different: BTreeSet<Movement> = self.movements().collect();
        let times = |command: &Command| {
            WINDOW_MS.contains(&command.window_ms) && command.pause_ms <= LONGEST_PAUSE_MS
        };
        let commands = COMMANDS.contains(&self.commands.len())
            && different.len() == self.commands.len()
            && self.commands.iter().all(times);
        if !commands {
            return Err(BadChallenge::Commands);
        }
        let apart = self.flashes.iter().zip(self.flashes.iter().skip(1)).all(|(one, next)| {
            next.at_ms >= one.at_ms.saturating_add(FLASH_APART_MS) && next.colour != one.colour
        });
        let lasting =
            self.flashes.iter().all(|flash| (300..=900).contains(&flash.lasts_ms) && flash.at_ms >= 500);
        if !apart || !lasting || self.flashes.len() > MOST_FLASHES {
            return Err(BadChallenge::Flashes);
        }
        let last_flash = self.flashes.last().map_or(0, |flash| flash.at_ms.saturating_add(flash.lasts_ms));
        let demands = self.amplitudes.are_in_range()
            && (300..=5_000).contains(&self.calm_ms)
            && (self.calm_ms..=60_000).contains(&self.calm_within_ms)
            && (self.calm_within_ms..=LONGEST_MS).contains(&self.deadline_ms)
            && last_flash < self.deadline_ms
            && (1..=500).contains(&self.flash_permille);
        if demands { Ok(()) } else { Err(BadChallenge::Demands) }
    }

    /// The movements, in order.
    pub fn movements(&self) -> impl Iterator<Item = Movement> {
        self.commands.iter().map(|command| command.movement)
    }
}

/// What a person can do about a face that cannot be followed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Stand before the camera.
    NoFace,
    /// One person only.
    OnePerson,
    /// Nearer.
    ComeCloser,
    /// The face is too low in the picture.
    RaiseFace,
    /// The face is too high in the picture.
    LowerFace,
    /// The person stands too far to their own right.
    GoLeft,
    /// The person stands too far to their own left.
    GoRight,
    /// Face the camera.
    LookStraight,
    /// Still, mouth closed.
    HoldStill,
    /// Take off what covers mouth and nose.
    UncoverFace,
    /// Take off dark glasses.
    TakeOffGlasses,
    /// The light is behind: face it.
    LightFromFront,
}

/// Where a sequence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The neutral is looked for.
    Calm {
        /// What is in its way.
        hint: Option<Hint>,
        /// How much of it is there, 0 to 100.
        percent: u8,
    },
    /// Still, until the next command comes.
    Pause,
    /// A command is shown.
    Command {
        /// Its place, from 0.
        index: usize,
        /// What is asked.
        movement: Movement,
        /// How far the movement is, 0 to 100.
        percent: u8,
        /// It is there: back to the neutral.
        back: bool,
        /// Since it came on the screen, ms.
        since_ms: u32,
        /// What is left of its window, ms.
        left_ms: u32,
    },
    /// All commands are done; the last flash is waited for.
    Waiting,
    /// Somebody living is before the camera.
    Passed,
    /// Not shown.
    Failed(LivenessFailure),
}

/// What looked at frames, by its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelHash {
    /// Its role.
    pub name: String,
    /// SHA-256 of its bytes, base64url.
    pub sha256: String,
}

/// Why nobody was shown to be living.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LivenessFailure {
    /// No still, frontal face in time.
    NotCalm,
    /// Mouth and nose were covered and stayed so.
    FaceCovered,
    /// Dark glasses were not taken off.
    EyesCovered,
    /// The light stayed behind the person, the face dark.
    BackLight,
    /// The face went away.
    FaceLost,
    /// More than one face.
    SeveralFaces,
    /// Another movement than the one asked for.
    Mismatch,
    /// A movement before it was asked for, or sooner after than anybody can react.
    TooEarly,
    /// The movement did not come in time.
    TooLate,
    /// It came, and the head did not come back in time.
    NotReturned,
    /// The movement cannot be seen by this camera.
    NotMeasured,
    /// Another face than at the beginning.
    FaceSwapped,
    /// The picture jumps: pieces were put together.
    Cut,
    /// The picture stands still.
    Frozen,
    /// Frames or movements come again exactly.
    Repeated,
    /// A head does not move like that.
    Implausible,
    /// Too few frames in a second, or a gap.
    TooFewFrames,
    /// Moments of frames do not rise.
    ClockWrong,
    /// A flash of the screen is not seen on the skin.
    FlashMissing,
    /// A flash is seen at another moment than it was.
    FlashDelayed,
    /// The background shows the flash as much as the skin.
    FlashEverywhere,
    /// All took too long.
    TimeUp,
    /// The stream ended before the challenge.
    Unfinished,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge() -> Challenge {
        let command = |movement| Command { movement, pause_ms: 500, window_ms: 5_000 };
        Challenge {
            challenge: ChallengeId(uuid::Uuid::nil()),
            nonce: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            calm_ms: 800,
            calm_within_ms: 10_000,
            deadline_ms: 60_000,
            min_inter_ocular_px: 80,
            commands: [Movement::TurnLeft, Movement::Smile, Movement::LookUp].map(command).to_vec(),
            flashes: vec![
                Flash { at_ms: 600, lasts_ms: 500, colour: Colour::Red },
                Flash { at_ms: 2_100, lasts_ms: 500, colour: Colour::Blue },
            ],
            flash_permille: 10,
            amplitudes: crate::rule_pack::LivenessRules::default().amplitudes,
        }
    }

    #[test]
    fn a_challenge_has_three_to_five_different_movements() {
        assert_eq!(challenge().validate(), Ok(()));
        let spoilt: [fn(&mut Challenge); 5] = [
            |c| c.commands.truncate(2),
            |c| c.commands.extend(c.commands.clone()),
            |c| c.commands[1].movement = Movement::TurnLeft,
            |c| c.commands[0].window_ms = 999,
            |c| c.commands[0].pause_ms = 5_001,
        ];
        for spoil in spoilt {
            let mut bad = challenge();
            spoil(&mut bad);
            assert_eq!(bad.validate(), Err(BadChallenge::Commands));
        }
    }

    #[test]
    fn flashes_are_slow_enough_for_everybody_and_demands_within_range() {
        type Spoilt = (fn(&mut Challenge), BadChallenge);
        let spoilt: [Spoilt; 6] = [
            (|c| c.flashes[1].at_ms = 2_099, BadChallenge::Flashes),
            (|c| c.flashes[1].colour = Colour::Red, BadChallenge::Flashes),
            (|c| c.flashes[0].lasts_ms = 901, BadChallenge::Flashes),
            (|c| c.flash_permille = 0, BadChallenge::Demands),
            (|c| c.deadline_ms = 9_999, BadChallenge::Demands),
            (|c| c.amplitudes.turn_degrees = 4, BadChallenge::Demands),
        ];
        for (spoil, error) in spoilt {
            let mut bad = challenge();
            spoil(&mut bad);
            assert_eq!(bad.validate(), Err(error));
        }
    }
}
