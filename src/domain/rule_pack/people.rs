//! What people at the terminal are given and asked: time, codes, PINs, pictures.

use serde::{Deserialize, Serialize};

use super::{RulePackError, need};
use crate::portrait::PortraitScores;

/// Time given to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionTimes {
    /// On a screen that asks for something, until the warning.
    pub input_seconds: u32,
    /// On a screen with text to read, until the warning.
    pub reading_seconds: u32,
    /// From the warning to the end of the session.
    pub warning_seconds: u32,
    /// Waiting for an answer of the MFO before the session ends politely.
    pub answer_seconds: u32,
    /// The last screen stays this long.
    pub farewell_seconds: u32,
    /// Days in which an application that was left in the middle can be gone on with, from what was said last, at most 30;
    /// 0, as in a pack of before: it is begun anew.
    #[serde(default)]
    pub unfinished_days: u32,
}

/// One-time codes (B21).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtpRules {
    /// Length, 4 to 10.
    pub digits: u8,
    /// Life of a code.
    pub life_seconds: u32,
    /// Life of the code on the screen by which a phone gets a document to sign: the phone has to be found, unlocked and
    /// the document read on it.
    pub signing_seconds: u32,
    /// Wrong entries before the code is dead.
    pub tries: u8,
    /// Codes sent in one session.
    pub sends_per_session: u8,
    /// Codes sent to one number in a day.
    pub sends_per_day: u8,
}

/// Locks of a cabinet's login and what a PIN must be like. The gateway counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRules {
    /// Failed logins of one client in a row before a lock.
    pub failures_before_lock: u8,
    /// How long a lock lasts.
    pub lock_minutes: u32,
    /// Locks in a row before the PIN is void and has to be recovered.
    pub locks_before_recovery: u8,
    /// The PIN of the cabinet.
    pub pin: PinRules,
}

/// What a PIN of the cabinet must be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinRules {
    /// Fewest digits, 4 to 12.
    pub min_digits: u8,
    /// Most digits.
    pub max_digits: u8,
    /// So many former PINs may not be taken again.
    pub history: u8,
    /// Whether repetitions, runs and the birth date in the IIN are refused.
    pub refuse_simple: bool,
}

/// What a portrait must be like; design values, not law (B14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortraitRules {
    /// Smallest width of the frame in pixels.
    pub min_width_px: u32,
    /// Smallest height of the frame in pixels.
    pub min_height_px: u32,
    /// Least score of each demand; 0 asks for nothing.
    pub least: PortraitScores,
    /// Attempts before the session ends politely.
    pub tries: u8,
    /// How long a comparison counts as fresh.
    pub life_seconds: u32,
    /// From which likeness the MFO takes a face for the client's, thousandths, whatever the matcher's own threshold is (B14);
    /// 0, as in a pack of before: the matcher's verdict counts alone.
    #[serde(default)]
    pub min_match_permille: u16,
}

impl SessionTimes {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        let all = [
            ("session.input_seconds", self.input_seconds),
            ("session.reading_seconds", self.reading_seconds),
            ("session.warning_seconds", self.warning_seconds),
            ("session.answer_seconds", self.answer_seconds),
            ("session.farewell_seconds", self.farewell_seconds),
        ];
        need(self.unfinished_days <= 30, "session.unfinished_days", "is at most 30")?;
        all.iter().try_for_each(|(field, seconds)| need((5..=3600).contains(seconds), field, "is 5 to 3600"))
    }
}

impl OtpRules {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        need((4..=10).contains(&self.digits), "otp.digits", "is 4 to 10")?;
        need((30..=900).contains(&self.life_seconds), "otp.life_seconds", "is 30 to 900")?;
        need((60..=900).contains(&self.signing_seconds), "otp.signing_seconds", "is 60 to 900")?;
        need((1..=10).contains(&self.tries), "otp.tries", "is 1 to 10")?;
        need(self.sends_per_session > 0, "otp.sends_per_session", "is more than zero")?;
        let daily = self.sends_per_day >= self.sends_per_session;
        need(daily, "otp.sends_per_day", "is at least sends_per_session")
    }
}

impl LoginRules {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        let failures = (1..=20).contains(&self.failures_before_lock);
        need(failures, "login.failures_before_lock", "is 1 to 20")?;
        need((1..=10_080).contains(&self.lock_minutes), "login.lock_minutes", "is 1 to 10080")?;
        let locks = (1..=20).contains(&self.locks_before_recovery);
        need(locks, "login.locks_before_recovery", "is 1 to 20")?;
        let pin = &self.pin;
        need((4..=12).contains(&pin.min_digits), "login.pin.min_digits", "is 4 to 12")?;
        let most = (pin.min_digits..=12).contains(&pin.max_digits);
        need(most, "login.pin.max_digits", "is min_digits to 12")?;
        need(pin.history <= 24, "login.pin.history", "is at most 24")
    }
}

impl PortraitRules {
    pub(super) fn validate(&self) -> Result<(), RulePackError> {
        need(self.min_width_px >= 160, "portrait.min_width_px", "is at least 160")?;
        need(self.min_height_px >= 120, "portrait.min_height_px", "is at least 120")?;
        need(self.least.are_scores(), "portrait.least", "has scores of 0 to 100")?;
        // Nothing of a frame with several faces is kept, whatever a pack says.
        need(self.least.alone == 100, "portrait.least.alone", "is 100")?;
        need((1..=10).contains(&self.tries), "portrait.tries", "is 1 to 10")?;
        need((30..=3600).contains(&self.life_seconds), "portrait.life_seconds", "is 30 to 3600")?;
        need(self.min_match_permille <= 1000, "portrait.min_match_permille", "is at most 1000")
    }
}
