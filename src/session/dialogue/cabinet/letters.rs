//! What a client writes to the MFO.

use senim_domain::Secret;
use senim_operation::attachment::CabinetLetter;
use senim_operation::body::{CabinetLetterSubmitted, LetterSubject};

use super::{NotShown, Session, Stage, Step};
use crate::state::Client;

/// Most characters of a letter.
pub const LONGEST_LETTER: usize = 500;

impl Session {
    pub(super) fn choose_subject(&mut self, step: &Step<'_>, client: Client, place: usize) {
        let stage = match LetterSubject::ALL.get(place) {
            Some(subject) => Stage::Writing { subject: *subject },
            None => Stage::Subject,
        };
        self.cabinet_at(step, client, stage);
    }

    pub(super) fn send_letter(
        &mut self,
        step: &mut Step<'_>,
        client: Client,
        subject: LetterSubject,
        text: &Secret,
    ) {
        let typed = text.expose().trim();
        if typed.is_empty() || typed.chars().count() > LONGEST_LETTER {
            return self.cabinet_at(step, client, Stage::Writing { subject });
        }
        let Ok(sealed) = (CabinetLetter { text: text.clone() }).to_plaintext() else {
            return self.cabinet_at(step, client, Stage::NotShown(NotShown::LetterNotTaken));
        };
        let asked = self.record_sealed(step, CabinetLetterSubmitted { client: client.id, subject }, sealed);
        self.cabinet_at(step, client, Stage::Sending { asked });
    }
}
