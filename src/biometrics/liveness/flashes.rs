//! Whether the colours of the screen come back from the face: more from the skin than from behind, and when they should.
//!
//! A colour's share of the brightness is compared, not its amount: a camera that adapts changes all colours together.

use senim_domain::liveness::{Colour, Flash, LivenessFailure};
use serde::{Deserialize, Serialize};

use super::trace::Features;

/// What came back of a flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlashScore {
    /// How much the skin showed, ten-thousandths of its brightness.
    pub skin: i32,
    /// How much the background showed.
    pub behind: i32,
}

/// From the command to the screen until a camera sees the whole of the change, ms.
const SEEN_AFTER_MS: u32 = 200;
/// Before it, no camera can have seen anything.
const NOT_SEEN_BEFORE_MS: u32 = 20;
/// How long before a flash its ground is measured.
const GROUND_MS: u32 = 450;
/// When a flash is gone, and how long that is measured.
const GONE_AFTER_MS: u32 = 250;
const GONE_UNTIL_MS: u32 = 450;
/// Fewest frames that a mean is taken of.
const MIN_FRAMES: i64 = 2;

/// One frame: moment, shares of skin and background per colour, ten-thousandths.
struct Lit {
    at: u32,
    skin: [i64; 3],
    behind: [i64; 3],
}

/// What a part of the picture is taken from.
type Part = fn(&Lit) -> &[i64; 3];

pub(super) struct FlashWatch {
    flashes: Vec<Flash>,
    permille: i64,
    /// Moments when flashes really began: on the first frame at or after their time.
    begun: Vec<u32>,
    lit: Vec<Lit>,
    scores: Vec<FlashScore>,
}

fn shares(colour: [i32; 3]) -> [i64; 3] {
    let sum: i64 = colour.iter().map(|part| i64::from(*part)).sum();
    colour.map(|part| (i64::from(part) * 10_000).checked_div(sum).unwrap_or(0))
}

const fn of_colour(colour: Colour, [red, green, blue]: [i64; 3]) -> i64 {
    match colour {
        Colour::Red => red,
        Colour::Green => green,
        Colour::Blue => blue,
    }
}

impl FlashWatch {
    pub fn new(flashes: &[Flash], permille: u16) -> Self {
        Self {
            flashes: flashes.to_vec(),
            permille: i64::from(permille) * 10,
            begun: Vec::new(),
            lit: Vec::new(),
            scores: Vec::new(),
        }
    }

    pub fn scores(&self) -> &[FlashScore] {
        &self.scores
    }

    pub fn is_over(&self) -> bool {
        self.scores.len() == self.flashes.len()
    }

    pub fn face(&mut self, at: u32, face: &Features) {
        if !self.flashes.is_empty() {
            self.lit.push(Lit { at, skin: shares(face.skin), behind: shares(face.behind) });
        }
    }

    /// Goes on to a moment, `since` ms after the calibration: the colour that the screen has then.
    pub fn colour(&mut self, at: u32, since: u32) -> Option<Colour> {
        if let Some(flash) = self.flashes.get(self.begun.len())
            && since >= flash.at_ms
        {
            self.begun.push(at);
        }
        let flash = self.flashes.get(self.begun.len().checked_sub(1)?)?;
        let begun = self.begun.last()?;
        (at.saturating_sub(*begun) < flash.lasts_ms).then_some(flash.colour)
    }

    /// Whether the screen's colour changes or has just changed: colours of the picture may jump.
    pub fn is_unsteady(&self, at: u32) -> bool {
        self.begun.iter().zip(&self.flashes).any(|(begun, flash)| {
            let since = at.saturating_sub(*begun);
            since <= flash.lasts_ms.saturating_add(GONE_UNTIL_MS)
        })
    }

    /// Judges a flash whose traces are over.
    pub fn judge(&mut self, at: u32) -> Result<(), LivenessFailure> {
        let next = self.scores.len();
        let (Some(flash), Some(begun)) = (self.flashes.get(next).copied(), self.begun.get(next).copied())
        else {
            return Ok(());
        };
        if at < begun.saturating_add(flash.lasts_ms).saturating_add(GONE_UNTIL_MS) {
            return Ok(());
        }
        let mean = |of: Part, from: u32, until: u32| {
            let within = self.lit.iter().filter(|lit| (from..until).contains(&lit.at));
            let (sum, count) =
                within.fold((0, 0), |(sum, count), lit| (sum + of_colour(flash.colour, *of(lit)), count + 1));
            (count >= MIN_FRAMES).then_some(()).and_then(|()| i64::checked_div(sum, count))
        };
        let end = begun.saturating_add(flash.lasts_ms);
        let response = |of: Part| {
            let ground = mean(of, begun.saturating_sub(GROUND_MS), begun.saturating_add(NOT_SEEN_BEFORE_MS))?;
            let shown = mean(of, begun.saturating_add(SEEN_AFTER_MS), end)?;
            let gone = mean(of, end.saturating_add(GONE_AFTER_MS), end.saturating_add(GONE_UNTIL_MS))?;
            Some((ground, shown, gone))
        };
        let skin_of: Part = |lit| &lit.skin;
        let behind_of: Part = |lit| &lit.behind;
        let (Some(skin), Some(behind)) = (response(skin_of), response(behind_of)) else {
            return Err(LivenessFailure::TooFewFrames);
        };
        let rise = |(ground, shown, gone): (i64, i64, i64)| shown - (ground + gone) / 2;
        let (on_skin, on_behind) = (rise(skin), rise(behind));
        // Seen before anybody could, or still there long after.
        let half = self.permille / 2;
        let early = mean(skin_of, begun.saturating_sub(GROUND_MS), begun.saturating_sub(GROUND_MS / 2))
            .zip(mean(skin_of, begun.saturating_sub(GROUND_MS / 2), begun.saturating_add(NOT_SEEN_BEFORE_MS)))
            .is_some_and(|(before, just)| just - before > half.max(on_skin / 2));
        let (ground, shown, gone) = skin;
        let late = shown - ground < gone - ground && gone - ground >= self.permille;
        self.scores.push(FlashScore { skin: narrow(on_skin), behind: narrow(on_behind) });
        self.lit.retain(|lit| lit.at >= end);
        if early || late {
            Err(LivenessFailure::FlashDelayed)
        } else if on_skin < self.permille {
            Err(LivenessFailure::FlashMissing)
        } else if on_skin - on_behind < self.permille || on_behind * 3 > on_skin * 2 {
            Err(LivenessFailure::FlashEverywhere)
        } else {
            Ok(())
        }
    }
}

/// Shares are below 10,001.
fn narrow(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
