//! What anybody may read and take along without a login: who lends, what a first microcredit needs, how to stay safe, how
//! to refuse loans for oneself.

use senim_domain::Language;
use senim_domain::UtcMillis;

use super::cabinet::Slip;
use super::{Session, Step};
use crate::action::Decision;
use crate::effect::{Effect, Paper};
use crate::facts::DeviceState;
use crate::state::State;

/// A page for anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaflet {
    /// Who lends, and who heads it.
    Lender,
    /// What one needs before anything is asked.
    Needs,
    /// How to stay safe from fraud and prying eyes.
    Safety,
    /// How a voluntary refusal of loans is set and lifted (R-303, B7.1).
    Refusal,
}

impl Leaflet {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Needs, Self::Safety, Self::Refusal, Self::Lender];
}

/// What is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Which page is being chosen.
    List,
    /// This one is on the screen.
    Page {
        /// Which.
        leaflet: Leaflet,
        /// Whether it is wanted on paper.
        slip: Slip,
        /// Language of the visit.
        language: Language,
        /// Since when it is on the screen.
        at: UtcMillis,
    },
}

impl Session {
    pub(super) fn decide_information(&mut self, step: &mut Step<'_>, reading: Reading, decision: &Decision) {
        match (reading, decision) {
            (Reading::List, Decision::Choose(place)) => {
                if let Some(leaflet) = Leaflet::ALL.get(*place) {
                    let (slip, language, at) = (Slip::Unwanted, self.language, step.now.utc);
                    let page = Reading::Page { leaflet: *leaflet, slip, language, at };
                    self.enter(step, State::Information(page));
                }
            }
            (Reading::Page { .. }, Decision::Confirm) => self.enter(step, State::Information(Reading::List)),
            (Reading::Page { leaflet, .. }, Decision::Decline) => self.want_leaflet(step, leaflet),
            (Reading::List | Reading::Page { .. }, _) => {}
        }
    }

    /// One step back from what is being read.
    pub(super) const fn back_from(reading: Reading) -> State {
        match reading {
            Reading::List => State::Menu,
            Reading::Page { .. } => State::Information(Reading::List),
        }
    }

    fn want_leaflet(&mut self, step: &mut Step<'_>, leaflet: Leaflet) {
        if matches!(self.facts.printer, DeviceState::Failed(_)) {
            return;
        }
        if let State::Information(Reading::Page { slip, language, at, .. }) = &mut self.state
            && *slip != Slip::Printing
        {
            // It says what it said when it was wanted, in the language of that moment.
            (*slip, *language, *at) = (Slip::Printing, self.language, step.now.utc);
            step.effects.push(Effect::Print(Paper::Leaflet(leaflet)));
        }
    }

    /// A leaflet holds nothing of anybody's business, so no row tells of it.
    pub(super) fn leaflet_printed(&mut self, of: Leaflet, printed: bool) {
        if let State::Information(Reading::Page { leaflet, slip, .. }) = &mut self.state
            && *leaflet == of
        {
            *slip = Slip::Ended(printed);
        }
    }
}
