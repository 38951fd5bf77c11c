//! Which sequences were given lately: none comes again to the same client or at the same terminal within the days of the
//! rule pack.

use std::collections::BTreeMap;

use senim_domain::liveness::{Challenge, Movement};
use senim_domain::rule_pack::LivenessRules;
use senim_domain::{ChallengeId, UtcMillis};
use senim_operation::body::FaceSubject;
use serde::{Deserialize, Serialize};

use super::draw;
use crate::acting::Act;
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::store::{self, Collection, Versioned};

const DAY_MS: i64 = 86_400_000;
/// Draws before longer sequences are drawn, and before none is found.
const DRAWS: u32 = 64;
const LONG_DRAWS: u32 = 64;

/// Sequences by the day on which they were given, days since 1970; a sequence is a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct GivenLately {
    days: BTreeMap<i64, Vec<u32>>,
}

/// A sequence as a number: places in [`Movement::ALL`], from 1, in base 12.
fn number(movements: &[Movement]) -> u32 {
    movements.iter().fold(0, |number, movement| {
        let place = Movement::ALL.iter().position(|of| of == movement).unwrap_or(0);
        number * 12 + u32::try_from(place).unwrap_or(0) + 1
    })
}

impl GivenLately {
    fn has(&self, sequence: u32) -> bool {
        self.days.values().any(|given| given.contains(&sequence))
    }

    fn add(&mut self, sequence: u32, now: UtcMillis, days: u16) {
        let today = now.0.div_euclid(DAY_MS);
        self.days.retain(|day, _| *day > today - i64::from(days));
        self.days.entry(today).or_default().push(sequence);
    }

    /// Those that still count.
    fn lately(mut self, now: UtcMillis, days: u16) -> Self {
        let today = now.0.div_euclid(DAY_MS);
        self.days.retain(|day, _| *day >= today - i64::from(days));
        self
    }
}

impl Act<'_> {
    /// A challenge that neither this client nor this terminal was given lately; `None`: there is none.
    pub(super) fn new_challenge(
        &mut self,
        rules: &LivenessRules,
        subject: FaceSubject,
        slow: bool,
    ) -> Result<Option<Challenge>, GatewayError> {
        let keys = [format!("terminal/{}", self.terminal), self.whose(subject)];
        let mut known = Vec::with_capacity(keys.len());
        for key in keys {
            let found = store::load::<GivenLately>(self.gateway.store.as_ref(), Collection::Sequences, &key)?;
            let found = found.unwrap_or(Versioned { revision: 0, value: GivenLately::default() });
            known.push((key, found.expect(), found.value.lately(self.now, rules.unrepeated_days)));
        }
        let entropy = self.gateway.entropy.as_ref();
        for draw in 0..DRAWS + LONG_DRAWS {
            let movements = draw::movements(rules, &self.session.liveness.cannot, draw >= DRAWS, entropy)?;
            let sequence = number(&movements);
            if known.iter().any(|(_, _, given)| given.has(sequence)) {
                continue;
            }
            let id = ChallengeId(uuid(entropy, self.now)?);
            let challenge = draw::challenge(id, &movements, rules, slow, entropy)?;
            if let Err(error) = challenge.validate() {
                tracing::error!(%error, "the rule pack gives challenges that nobody may be put to");
                return Ok(None);
            }
            for (key, expect, mut given) in known {
                given.add(sequence, self.now, rules.unrepeated_days);
                self.changes.push(store::put(Collection::Sequences, &key, expect, &given)?);
            }
            return Ok(Some(challenge));
        }
        Ok(None)
    }

    /// Whose sequences are looked at beside the terminal's.
    fn whose(&self, subject: FaceSubject) -> String {
        match (self.session.client, subject) {
            (Some(client), _) => format!("client/{client}"),
            (None, FaceSubject::Registration(registration)) => format!("registration/{registration}"),
            (None, FaceSubject::Loan(loan)) => format!("loan/{loan}"),
            (None, FaceSubject::Client(client) | FaceSubject::DataLeak(client)) => format!("client/{client}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_counts_for_its_days_and_not_longer() {
        let day = |n: i64| UtcMillis(n * DAY_MS + 5);
        let one = number(&[Movement::TurnLeft, Movement::Smile, Movement::Blink]);
        let other = number(&[Movement::Smile, Movement::TurnLeft, Movement::Blink]);
        assert_ne!(one, other);
        let mut given = GivenLately::default();
        given.add(one, day(100), 30);
        assert!(given.clone().lately(day(130), 30).has(one) && !given.has(other));
        assert!(!given.clone().lately(day(131), 30).has(one));
        given.add(other, day(131), 30);
        assert_eq!(given.days.len(), 1, "what is too old is not kept");
    }
}
