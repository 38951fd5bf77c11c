//! What the chip of an identity document told at the beginning, against what the state knows.
//!
//! Passive authentication at the terminal shows that the data are the issuer's; that the document is the one the state has
//! on record for this person, and has not been replaced since, is compared here. Whoever is refused for it hears no more
//! than anybody whose data do not agree; staff find it in their trail.

use senim_domain::identity_document::IdentityDocumentKind;
use senim_domain::{RegistrationId, Secret};
use senim_operation::attachment::ChipDocument;
use senim_operation::message::Comparison;

use super::record::{Registration, State};
use crate::acting::Act;
use crate::actor::Actor;
use crate::connectors::IdentityDocument;
use crate::error::GatewayError;
use crate::openings::{GATEWAY, Purpose};

/// Kind, number and last day as they are sealed: the number may hold no space.
pub(super) fn chip_text(document: &ChipDocument) -> Secret {
    let mut text = String::with_capacity(128);
    text.push_str(document.number.expose());
    text.push(' ');
    text.push_str(document.expires.expose());
    Secret::new(text)
}

impl Act<'_> {
    /// Compares number and last day with the state's record and keeps the outcome; `None`: the data were typed.
    pub(super) fn compare_chip(
        &mut self,
        id: RegistrationId,
        registration: &mut Registration,
        on_record: &IdentityDocument,
    ) -> Result<Option<Comparison>, GatewayError> {
        let Some(chip) = registration.chip.clone() else { return Ok(None) };
        let told = self.open_part(id, "chip", &chip.sealed, Purpose::Registration)?;
        let outcome = match told.as_ref().and_then(|told| told.expose().split_once(' ')) {
            // A person may have both, and the state tells of one.
            _ if (chip.kind == IdentityDocumentKind::Passport) != (on_record.kind == "passport") => {
                Comparison::Unknown
            }
            Some((number, expires))
                if number.eq_ignore_ascii_case(on_record.number.expose().trim())
                    && expires == on_record.expires =>
            {
                Comparison::Match
            }
            Some(_) => Comparison::Mismatch,
            None => Comparison::Unknown,
        };
        if let Some(chip) = &mut registration.chip {
            chip.compared = outcome;
        }
        if outcome == Comparison::Mismatch {
            registration.state = State::Refused;
            self.document_refused(id, "the document of the chip is not the one on record with the state")?;
        }
        Ok(Some(outcome))
    }

    /// Staff find in their trail that somebody was turned away for a document, and why.
    pub(super) fn document_refused(&mut self, id: RegistrationId, why: &str) -> Result<(), GatewayError> {
        tracing::warn!(terminal = %self.terminal, registration = %id, why, "identity document refused");
        let actor = Actor::new(GATEWAY, why)?;
        let subject = format!("{}/{id}", self.terminal);
        self.changes.push(self.gateway.act_record(&actor, "documentRefused", &subject, self.now)?);
        Ok(())
    }
}
