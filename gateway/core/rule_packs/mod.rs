//! Rule packs on their way: one person drafts, another approves, and each pack reaches the terminals at its time.
//!
//! A draft never changes: whoever wants another writes another. It carries a keyed hash, so that what was written into the
//! database by hand is not approved. A pack that is published ahead waits here, since a terminal keeps one pack and would
//! be out of service until the new one begins; [`Gateway::send_due_rule_packs`] sends it on.

mod difference;
mod dry_run;
mod refusal;

use std::collections::BTreeSet;

use senim_domain::rule_pack::RulePack;
use senim_domain::{MessageId, Secret, TerminalId, UtcMillis};
use senim_operation::jws::sha256_b64;
use senim_operation::message::MessageBody;
use serde::{Deserialize, Serialize};

pub use difference::{Difference, differences};
pub use dry_run::{DryRun, Ground, Tally};
pub use refusal::PackRefusal;

use crate::Gateway;
use crate::actor::Actor;
use crate::directives::Sent;
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::settlement::{Signed, same_person};
use crate::store::{self, Change, Collection, Expect, Versioned};
use crate::vault::MacPurpose;

/// Longest text of a pack, in bytes.
pub const MAX_RULE_PACK_BYTES: usize = 1 << 20;

/// What publishing writes, and the messages among it.
type Publishing = (Vec<Change>, Vec<(TerminalId, MessageId)>);

/// What became of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Decision {
    /// It was signed and published.
    Published,
    /// It was put aside.
    Declined,
}

/// A pack that somebody wrote and another person decides about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackDraft {
    /// Its identity; later ones are greater.
    pub draft: String,
    /// What is to be published.
    pub pack: RulePack,
    /// Who wrote it and why.
    pub proposed: Signed,
    /// What was decided, and by whom; `None`: nothing yet.
    pub decided: Option<(Decision, Signed)>,
    /// Keyed hash over identity, author and pack, base64url.
    mac: String,
}

/// Where a published pack stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackState {
    /// It begins later.
    Waiting,
    /// Applications are decided by it.
    InForce,
    /// A newer one took its place, or it is over.
    Past,
}

/// A published pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedPack {
    /// What it says.
    pub pack: RulePack,
    /// SHA-256 of its JSON, base64url.
    pub sha256: String,
    /// Where it stands.
    pub state: PackState,
    /// Whether its time has come and terminals were sent it.
    pub sent: bool,
}

impl PackDraft {
    /// SHA-256 of the pack's JSON, base64url: what people compare.
    ///
    /// # Errors
    /// [`GatewayError::Internal`]: the pack cannot be written.
    pub fn sha256(&self) -> Result<String, GatewayError> {
        pack_sha256(&self.pack)
    }

    /// What the keyed hash speaks of.
    fn sealed(&self) -> Result<Secret, GatewayError> {
        Ok(Secret::new(format!("{}\n{}", self.proposed.by.person(), self.sha256()?)))
    }
}

fn pack_sha256(pack: &RulePack) -> Result<String, GatewayError> {
    let json = serde_json::to_string(pack).map_err(|error| GatewayError::Internal(error.to_string()))?;
    Ok(sha256_b64(json.as_bytes()))
}

/// Reads a pack from text; what does not fit is named with its place.
fn read(text: &str) -> Result<RulePack, GatewayError> {
    if text.len() > MAX_RULE_PACK_BYTES {
        return Err(PackRefusal::TooLong.into());
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let form = |place: String, why: String| PackRefusal::Form { place, why };
    let pack: RulePack = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| form(error.path().to_string(), error.inner().to_string()))?;
    json.end().map_err(|error| form(".".into(), error.to_string()))?;
    Ok(pack)
}

impl Gateway {
    /// Drafts a pack that another person may publish.
    ///
    /// # Errors
    /// [`PackRefusal`] with the place of what is wrong; for a pack that is not newer than the last one, and one that begins
    /// in the past. The trail keeps that somebody tried.
    pub fn propose_rule_pack(
        &self,
        text: &str,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<PackDraft, GatewayError> {
        self.or_told("rulePackRefused", "draft", by, now, || {
            let pack = read(text)?;
            self.check_ahead(&pack, now)?;
            let draft = uuid(self.entropy.as_ref(), now)?.to_string();
            let proposed = Signed { at: now, by: by.clone() };
            let mut draft = PackDraft { draft, pack, proposed, decided: None, mac: String::new() };
            draft.mac = self.keys.vault.mac(MacPurpose::RulePack, &draft.draft, &draft.sealed()?);
            let put = store::put(Collection::PackDraft, &draft.draft, Expect::Absent, &draft)?;
            let act = self.act_record(by, "rulePackDraft", &subject(&draft), now)?;
            self.store.commit(&[put, act])?;
            Ok(draft)
        })
    }

    /// Publishes what another person drafted: it is signed with the MFO's message key and reaches every terminal at its
    /// time. `seen` is the hash of the pack that this person was shown.
    ///
    /// # Errors
    /// [`PackRefusal`]: no such draft, decided already, its own author, not what was shown or drafted, or by now
    /// not publishable. The trail keeps that somebody tried.
    pub fn approve_rule_pack(
        &self,
        draft: &str,
        seen: &str,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Vec<Sent>, GatewayError> {
        self.or_told("rulePackRefused", draft, by, now, || {
            let mut found = self.open_draft(draft)?;
            if same_person(found.value.proposed.by.person(), by.person()) {
                return Err(PackRefusal::OwnDraft.into());
            }
            let sealed = found.value.sealed()?;
            if !self.keys.vault.matches(MacPurpose::RulePack, draft, &sealed, &found.value.mac) {
                return Err(PackRefusal::Forged.into());
            }
            if found.value.sha256()? != seen {
                return Err(PackRefusal::NotShown.into());
            }
            self.check_ahead(&found.value.pack, now)?;
            let (mut changes, messages) = self.publishing(&found.value.pack, now)?;
            found.value.decided = Some((Decision::Published, Signed { at: now, by: by.clone() }));
            changes.push(store::put(Collection::PackDraft, draft, found.expect(), &found.value)?);
            changes.push(self.act_record(by, "rulePack", &subject(&found.value), now)?);
            self.store.commit(&changes)?;
            messages.into_iter().map(|(terminal, message_id)| self.sent(terminal, message_id)).collect()
        })
    }

    /// Puts a draft aside; its author may too.
    ///
    /// # Errors
    /// [`PackRefusal`]: no such draft, or decided already.
    pub fn decline_rule_pack(&self, draft: &str, by: &Actor, now: UtcMillis) -> Result<(), GatewayError> {
        self.or_told("rulePackRefused", draft, by, now, || {
            let mut found = self.open_draft(draft)?;
            found.value.decided = Some((Decision::Declined, Signed { at: now, by: by.clone() }));
            let put = store::put(Collection::PackDraft, draft, found.expect(), &found.value)?;
            let act = self.act_record(by, "rulePackDecline", &subject(&found.value), now)?;
            Ok(self.store.commit(&[put, act])?)
        })
    }

    /// Drafts, newest first.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn rule_pack_drafts(&self) -> Result<Vec<PackDraft>, GatewayError> {
        let documents = self.store.documents(Collection::PackDraft, "")?;
        let read = |document| Ok(store::parse(Collection::PackDraft, document)?.value);
        documents.iter().rev().map(read).collect()
    }

    /// One draft.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn rule_pack_draft(&self, draft: &str) -> Result<Option<PackDraft>, GatewayError> {
        Ok(self.load_draft(draft)?.map(|found| found.value))
    }

    /// Published packs, newest first.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn published_rule_packs(&self, now: UtcMillis) -> Result<Vec<PublishedPack>, GatewayError> {
        let mut taken = false;
        let mut packs = Vec::new();
        for document in self.store.documents(Collection::RulePack, "")?.iter().rev() {
            let pack: RulePack = store::parse(Collection::RulePack, document)?.value;
            let state = match (pack.in_force(now), pack.effective_from > now) {
                (true, _) if !taken => PackState::InForce,
                (_, true) => PackState::Waiting,
                (_, false) => PackState::Past,
            };
            taken |= state == PackState::InForce;
            let sent = self.store.document(Collection::DueRulePack, &document.key)?.is_none();
            packs.push(PublishedPack { sha256: pack_sha256(&pack)?, pack, state, sent });
        }
        Ok(packs)
    }

    /// Publishes a rule pack to every terminal, at once or when its time comes.
    ///
    /// # Errors
    /// [`PackRefusal`] for a pack that makes no sense, is over, or is not newer than the last one.
    pub fn publish_rule_pack(
        &self,
        pack: RulePack,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Vec<Sent>, GatewayError> {
        self.deciding(|| {
            let (mut changes, messages) = self.publishing(&pack, now)?;
            changes.push(self.act_record(by, "rulePack", &pack.version.to_string(), now)?);
            self.store.commit(&changes)?;
            messages.into_iter().map(|(terminal, message_id)| self.sent(terminal, message_id)).collect()
        })
    }

    /// Sends terminals the packs whose time has come; says how many messages that were.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn send_due_rule_packs(&self, now: UtcMillis) -> Result<usize, GatewayError> {
        let mut sent = 0;
        for due in self.store.documents(Collection::DueRulePack, "")? {
            let Some(pack) = self.store.document(Collection::RulePack, &due.key)? else { continue };
            let pack: RulePack = store::parse(Collection::RulePack, &pack)?.value;
            if pack.effective_from > now {
                continue;
            }
            let mut changes = vec![store::remove_at(Collection::DueRulePack, &due.key, due.revision)];
            // One that a newer pack has overtaken meanwhile is nobody's any more.
            if self.rule_pack(now)?.is_some_and(|newest| newest.version == pack.version) {
                let (messages, _) = self.to_every_terminal(&pack, now)?;
                sent += messages.len();
                changes.extend(messages);
            }
            match self.store.commit(&changes) {
                // Another process was faster.
                Ok(()) | Err(store::StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(sent)
    }

    fn publishing(&self, pack: &RulePack, now: UtcMillis) -> Result<Publishing, GatewayError> {
        let key = self.check_publishable(pack, now)?;
        let mut changes = vec![store::put(Collection::RulePack, &key, Expect::Absent, pack)?];
        if pack.effective_from > now {
            changes.push(store::put(Collection::DueRulePack, &key, Expect::Absent, &pack.effective_from)?);
            return Ok((changes, Vec::new()));
        }
        let (messages, sent) = self.to_every_terminal(pack, now)?;
        changes.extend(messages);
        Ok((changes, sent))
    }

    fn to_every_terminal(&self, pack: &RulePack, now: UtcMillis) -> Result<Publishing, GatewayError> {
        let body = MessageBody::RulePack(Box::new(pack.clone()));
        let (mut changes, mut messages) = (Vec::new(), Vec::new());
        for document in self.store.documents(Collection::Terminal, "")? {
            let Ok(terminal) = document.key.parse::<TerminalId>() else { continue };
            let (message_id, change) = self.durable(&terminal, &body, now)?;
            changes.push(change);
            messages.push((terminal, message_id));
        }
        Ok((changes, messages))
    }

    /// The key under which a pack that may be published is kept.
    fn check_publishable(&self, pack: &RulePack, now: UtcMillis) -> Result<String, GatewayError> {
        pack.validate().map_err(PackRefusal::Value)?;
        if pack.expires <= now {
            return Err(PackRefusal::Over.into());
        }
        let last = self.store.documents(Collection::RulePack, "")?.pop();
        let last = last.and_then(|last| last.key.parse().ok()).unwrap_or(0);
        if pack.version <= last {
            return Err(PackRefusal::NotNewer { version: pack.version, last }.into());
        }
        self.check_new_services(pack, now)?;
        Ok(format!("{:016}", pack.version))
    }

    /// The desk publishes ahead: what two people look at must not have begun while they look.
    fn check_ahead(&self, pack: &RulePack, now: UtcMillis) -> Result<(), GatewayError> {
        self.check_publishable(pack, now)?;
        if pack.effective_from <= now {
            return Err(PackRefusal::Begun.into());
        }
        Ok(())
    }

    /// A service that the last pack did not have needs a notice of its own: an old day of notice does not name it.
    fn check_new_services(&self, pack: &RulePack, now: UtcMillis) -> Result<(), GatewayError> {
        let Some(last) = self.rule_pack(now)? else { return Ok(()) };
        let services: BTreeSet<_> =
            pack.allowed_operations.difference(&last.allowed_operations).copied().collect();
        if services.is_empty() || pack.notified.0 > last.notified.0 {
            return Ok(());
        }
        Err(PackRefusal::NotNotified { services, notified: last.notified.0 }.into())
    }

    fn load_draft(&self, draft: &str) -> Result<Option<Versioned<PackDraft>>, GatewayError> {
        Ok(store::load(self.store.as_ref(), Collection::PackDraft, draft)?)
    }

    fn open_draft(&self, draft: &str) -> Result<Versioned<PackDraft>, GatewayError> {
        let found = self.load_draft(draft)?.filter(|found| found.value.decided.is_none());
        found.ok_or_else(|| PackRefusal::Gone.into())
    }

    /// Decides; what is refused goes into the trail as well.
    pub(crate) fn or_told<T>(
        &self,
        act: &str,
        subject: &str,
        by: &Actor,
        now: UtcMillis,
        mut decide: impl FnMut() -> Result<T, GatewayError>,
    ) -> Result<T, GatewayError> {
        self.deciding(|| match decide() {
            Err(GatewayError::Refused(refusal)) => {
                // Whatever was typed stays out of the trail, beyond what could be a subject.
                let subject: String =
                    subject.chars().filter(|sign| sign.is_ascii_graphic()).take(100).collect();
                self.store.commit(&[self.act_record(by, act, &subject, now)?])?;
                Err(refusal.into())
            }
            decided => decided,
        })
    }
}

fn subject(draft: &PackDraft) -> String {
    format!("{}: {}", draft.pack.version, draft.draft)
}
