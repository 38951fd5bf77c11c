//! Somebody else entered the account of whoever logs in: told, acknowledged and recorded before anything else.

use senim_domain::rule_pack::TextId;
use senim_domain::{ClientId, UtcMillis};
use senim_operation::body::TextAcknowledged;
use senim_operation::jws::sha256_b64;
use senim_operation::message::MessageBody;

use super::{Session, Step};
use crate::action::Decision;
use crate::intrusion::Intrusion;
use crate::state::{Ending, Errand, State};

impl Session {
    pub(super) fn tell_intrusion(
        &mut self,
        step: &Step<'_>,
        client: ClientId,
        since: UtcMillis,
        (welcome, errand): (MessageBody, Errand),
    ) {
        let told = Intrusion { client, since, shown_at: step.now.utc, welcome, errand };
        self.enter(step, State::Intrusion(Box::new(told)));
    }

    pub(super) fn decide_intrusion(&mut self, step: &mut Step<'_>, decision: &Decision) {
        if *decision != Decision::Confirm {
            return;
        }
        let State::Intrusion(told) = self.take() else { return };
        let (text, language) = (TextId::UnauthorisedAccess, self.language);
        let shown = self.facts.pack(step.now.utc).map(|pack| pack.texts.document(text, language));
        let Some(shown) = shown else { return self.end(step, Ending::Unreachable) };
        let Intrusion { client, shown_at, welcome, errand, .. } = *told;
        let text_sha256 = sha256_b64(shown.as_bytes());
        self.record(step, TextAcknowledged { client, text, text_sha256, language, shown_at });
        self.admitted(step, &welcome, errand);
    }
}
