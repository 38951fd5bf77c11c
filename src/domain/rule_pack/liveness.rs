//! What a person is asked for before every portrait: movements, their times and amplitudes. Design values, not law, within
//! what the law asks: three commands or more, three tries (B14, R-135).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{RulePackError, need};
use crate::liveness::{Amplitudes, COMMANDS, FLASH_APART_MS, MOST_FLASHES, Movement};

/// Rules of the proof that somebody living is before the camera.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LivenessRules {
    /// Where it is shown.
    #[serde(default)]
    pub by: ProvenBy,
    /// How long the code for a phone lives, 60 to 600 seconds.
    #[serde(default = "three_minutes")]
    pub phone_seconds: u32,
    /// Movements to choose from.
    pub movements: BTreeSet<Movement>,
    /// Fewest movements of a challenge, 3 to 5.
    pub min_commands: u8,
    /// Most movements of a challenge, `min_commands` to 5.
    pub max_commands: u8,
    /// From the showing of a command to the return to neutral.
    pub window_ms: u32,
    /// Shortest stillness before a command.
    pub min_pause_ms: u32,
    /// Longest stillness before a command.
    pub max_pause_ms: u32,
    /// Stillness that gives the neutral.
    pub calm_ms: u32,
    /// How long the neutral is waited for.
    pub calm_within_ms: u32,
    /// From the first frame to the end of all.
    pub deadline_ms: u32,
    /// Smallest distance between the eyes, pixels.
    pub min_inter_ocular_px: u16,
    /// Changes of the screen's colour in a challenge, 0 to 4.
    pub flashes: u8,
    /// How long each lasts.
    pub flash_ms: u32,
    /// How much of a flash the skin has to show more than the background, thousandths of its brightness.
    pub flash_permille: u16,
    /// Sequences that may fail before the visit ends, 1 to 3.
    pub tries: u8,
    /// How long a challenge may be answered.
    pub life_seconds: u32,
    /// Days in which a sequence is not given again to the same client or terminal.
    pub unrepeated_days: u16,
    /// Times of somebody who asks for a slower pace, percent of the others', 100 to 300.
    pub slow_percent: u16,
    /// Movements that may be exchanged for another in one visit, as not everybody can do each.
    pub replacements: u8,
    /// How far each movement has to go.
    pub amplitudes: Amplitudes,
}

/// Where somebody living is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ProvenBy {
    /// By a sequence of movements before the terminal's camera.
    #[default]
    Camera,
    /// By the identification centre's application on the client's own phone, which a code on the screen opens (B14).
    Phone,
}

const fn three_minutes() -> u32 {
    180
}

/// Of a pack from before there was such a section.
impl Default for LivenessRules {
    fn default() -> Self {
        let with_gaze = [Movement::FollowDotLeft, Movement::FollowDotRight];
        Self {
            by: ProvenBy::Camera,
            phone_seconds: three_minutes(),
            movements: Movement::ALL.into_iter().filter(|movement| !with_gaze.contains(movement)).collect(),
            min_commands: 3,
            max_commands: 4,
            window_ms: 6_000,
            min_pause_ms: 300,
            max_pause_ms: 1_200,
            calm_ms: 1_000,
            calm_within_ms: 15_000,
            deadline_ms: 60_000,
            min_inter_ocular_px: 80,
            flashes: 2,
            flash_ms: 600,
            flash_permille: 8,
            tries: 3,
            life_seconds: 180,
            unrepeated_days: 30,
            slow_percent: 200,
            replacements: 2,
            amplitudes: Amplitudes {
                turn_degrees: 13,
                nod_degrees: 9,
                blink_percent: 30,
                mouth_percent: 12,
                smile_percent: 10,
                closer_percent: 18,
                away_percent: 13,
                gaze_percent: 35,
            },
        }
    }
}

impl LivenessRules {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        let commands = (usize::from(self.min_commands), usize::from(self.max_commands));
        let enough =
            COMMANDS.contains(&commands.0) && COMMANDS.contains(&commands.1) && commands.0 <= commands.1;
        need(enough, "liveness.min_commands", "is 3 to 5 and at most max_commands")?;
        // Of both dots at most one is in a sequence; a choice of just enough movements would not be one.
        need(self.movements.len() > commands.1 + 1, "liveness.movements", "has two more than max_commands")?;
        let sided = self.movements.iter().any(|movement| movement.has_a_side());
        need(sided, "liveness.movements", "has a movement to a side")?;
        need((2_000..=10_000).contains(&self.window_ms), "liveness.window_ms", "is 2000 to 10000")?;
        let pauses = self.min_pause_ms < self.max_pause_ms && self.max_pause_ms <= 1_600;
        need(pauses, "liveness.max_pause_ms", "is above min_pause_ms, 1600 at most")?;
        need((500..=3_000).contains(&self.calm_ms), "liveness.calm_ms", "is 500 to 3000")?;
        let within = (5_000..=20_000).contains(&self.calm_within_ms);
        need(within, "liveness.calm_within_ms", "is 5000 to 20000")?;
        need((20_000..=60_000).contains(&self.deadline_ms), "liveness.deadline_ms", "is 20000 to 60000")?;
        let between_eyes = (40..=400).contains(&self.min_inter_ocular_px);
        need(between_eyes, "liveness.min_inter_ocular_px", "is 40 to 400")?;
        need(usize::from(self.flashes) <= MOST_FLASHES, "liveness.flashes", "is 4 at most")?;
        let lasting = (300..=900).contains(&self.flash_ms) && self.flash_ms < FLASH_APART_MS;
        need(lasting, "liveness.flash_ms", "is 300 to 900")?;
        need((1..=500).contains(&self.flash_permille), "liveness.flash_permille", "is 1 to 500")?;
        need((60..=600).contains(&self.phone_seconds), "liveness.phone_seconds", "is 60 to 600")?;
        need((1..=3).contains(&self.tries), "liveness.tries", "is 1 to 3 (B14)")?;
        need((60..=600).contains(&self.life_seconds), "liveness.life_seconds", "is 60 to 600")?;
        need((1..=365).contains(&self.unrepeated_days), "liveness.unrepeated_days", "is 1 to 365")?;
        need((100..=300).contains(&self.slow_percent), "liveness.slow_percent", "is 100 to 300")?;
        need(self.replacements <= 5, "liveness.replacements", "is 5 at most")?;
        need(self.amplitudes.are_in_range(), "liveness.amplitudes", "can be done and seen")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_prove_nothing_or_ask_the_impossible_are_refused() {
        assert_eq!(LivenessRules::default().validate(), Ok(()));
        let spoilt: [fn(&mut LivenessRules); 9] = [
            |rules| rules.phone_seconds = 59,
            |rules| rules.min_commands = 2,
            |rules| rules.max_commands = 6,
            |rules| rules.min_commands = 5,
            |rules| rules.movements.retain(|movement| !movement.has_a_side()),
            |rules| rules.movements.retain(|movement| *movement <= Movement::Blink),
            |rules| rules.tries = 4,
            |rules| rules.flashes = 5,
            |rules| rules.amplitudes.turn_degrees = 90,
        ];
        for spoil in spoilt {
            let mut rules = LivenessRules::default();
            spoil(&mut rules);
            assert!(rules.validate().is_err(), "{rules:?}");
        }
    }
}
