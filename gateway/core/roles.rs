//! What members of staff may see and do at the desk.
//!
//! Decides by role alone. Who somebody is, is decided in [`crate::staff`]; that a second person is needed, where the act
//! itself is decided.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Refusal;

/// A job at the MFO. Somebody may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Answers clients.
    Support,
    /// Judges loans and payouts in doubt.
    Risk,
    /// Counts and carries notes.
    Cash,
    /// Keeps terminals running.
    Technician,
    /// Judges what looks like an attack.
    Security,
    /// Reads everything and changes nothing.
    Auditor,
}

/// Something that a page shows or does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// The fleet, a terminal and the public part of its journal.
    SeeFleet,
    /// Payouts in doubt and loans that are frozen.
    SeePayouts,
    /// Proposing and confirming what became of a payout.
    SettlePayouts,
    /// Having a terminal restart, stop or report.
    CommandTerminals,
    /// Recording notices to the regulator, and activating a terminal by one that somebody else recorded.
    ActivateTerminals,
    /// Taking a terminal into quarantine and out of it.
    QuarantineTerminals,
    /// Lists of people whose data leaked: how many, by whom and why.
    SeeLeaks,
    /// Flagging such people, and lifting flags.
    FlagLeaks,
    /// Rule packs: published ones, drafts, what a draft changes.
    SeeRulePacks,
    /// Drafting rule packs, approving and declining what others drafted.
    ChangeRulePacks,
    /// The trail of acts.
    SeeTrail,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Support, Self::Risk, Self::Cash, Self::Technician, Self::Security, Self::Auditor];

    /// The code that configuration, database and command line use.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Risk => "risk",
            Self::Cash => "cash",
            Self::Technician => "technician",
            Self::Security => "security",
            Self::Auditor => "auditor",
        }
    }

    /// Whether this job has the right.
    #[must_use]
    pub const fn may(self, right: Right) -> bool {
        match right {
            Right::SeeFleet => true,
            Right::SeePayouts => !matches!(self, Self::Technician),
            Right::SettlePayouts => matches!(self, Self::Risk | Self::Cash),
            Right::CommandTerminals => matches!(self, Self::Technician | Self::Security),
            Right::ActivateTerminals => matches!(self, Self::Risk | Self::Security),
            Right::QuarantineTerminals => matches!(self, Self::Security),
            Right::SeeLeaks => matches!(self, Self::Risk | Self::Security | Self::Auditor),
            Right::FlagLeaks => matches!(self, Self::Risk | Self::Security),
            Right::SeeRulePacks => matches!(self, Self::Risk | Self::Security | Self::Auditor),
            Right::ChangeRulePacks => matches!(self, Self::Risk | Self::Security),
            Right::SeeTrail => matches!(self, Self::Security | Self::Auditor),
        }
    }
}

impl FromStr for Role {
    type Err = Refusal;

    fn from_str(code: &str) -> Result<Self, Refusal> {
        Self::ALL.into_iter().find(|role| role.code() == code).ok_or_else(|| {
            let codes = Self::ALL.map(Self::code).join(", ");
            Refusal::BadDirective(format!("{code}: no such role; there are {codes}"))
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Right {
    /// The code that the trail uses.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SeeFleet => "seeFleet",
            Self::SeePayouts => "seePayouts",
            Self::SettlePayouts => "settlePayouts",
            Self::CommandTerminals => "commandTerminals",
            Self::ActivateTerminals => "activateTerminals",
            Self::QuarantineTerminals => "quarantineTerminals",
            Self::SeeLeaks => "seeLeaks",
            Self::FlagLeaks => "flagLeaks",
            Self::SeeRulePacks => "seeRulePacks",
            Self::ChangeRulePacks => "changeRulePacks",
            Self::SeeTrail => "seeTrail",
        }
    }
}

/// The jobs of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    /// Whether one of the jobs has the right.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        self.0.iter().any(|role| role.may(right))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each job.
    pub fn iter(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<T: IntoIterator<Item = Role>>(roles: T) -> Self {
        Self(roles.into_iter().collect())
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes: Vec<_> = self.iter().map(Role::code).collect();
        f.write_str(&codes.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_is_read_by_the_code_that_is_stored_and_no_other_word_is_a_role() {
        for role in Role::ALL {
            assert_eq!(role.code().parse::<Role>().unwrap(), role);
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
        }
        for word in ["", "Auditor", "admin", "support "] {
            assert!(word.parse::<Role>().is_err(), "{word}");
        }
    }

    #[test]
    fn nobody_who_reads_the_trail_moves_money_and_somebody_without_a_role_may_nothing() {
        for role in Role::ALL {
            assert!(!(role.may(Right::SeeTrail) && role.may(Right::SettlePayouts)), "{role}");
        }
        assert!(!Roles::default().may(Right::SeeFleet));
        let both: Roles = [Role::Support, Role::Technician].into_iter().collect();
        assert!(both.may(Right::SeePayouts) && both.may(Right::CommandTerminals));
        assert!(!both.may(Right::SettlePayouts));
    }
}
