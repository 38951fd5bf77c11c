//! A store in memory, for tests and for the whole-system simulation: same promises as a database, except surviving.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use senim_domain::TerminalId;

use crate::store::{
    Change, Collection, Document, Expect, InboxItem, Loose, Store, StoreError, StoredAttachment, StoredRow,
};

/// Everything that a [`MemoryStore`] held at a moment: its back-up.
#[derive(Clone)]
pub struct Snapshot(Content);

#[derive(Clone, Default)]
struct Content {
    rows: BTreeMap<TerminalId, Vec<StoredRow>>,
    attachments: BTreeMap<(TerminalId, String), StoredAttachment>,
    inboxes: BTreeMap<TerminalId, Vec<InboxItem>>,
    documents: BTreeMap<(Collection, String), (u64, String)>,
}

/// The store. Can be told to fail its next commits.
#[derive(Default)]
pub struct MemoryStore {
    content: Mutex<Content>,
    failures: Mutex<Vec<(u32, StoreError)>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A back-up of everything that is here now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.content().clone())
    }

    /// Puts a back-up back: everything since is forgotten.
    pub fn put_back(&self, snapshot: &Snapshot) {
        *self.content() = snapshot.0.clone();
    }

    /// The next commit fails like this, before changing anything.
    pub fn fail_next_commit(&self, error: StoreError) {
        self.fail_commit_after(0, error);
    }

    /// So many commits succeed, the one after them fails like this.
    pub fn fail_commit_after(&self, successes: u32, error: StoreError) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).push((successes, error));
    }

    fn planned_failure(&self) -> Option<StoreError> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let due = failures.iter().position(|(successes, _)| *successes == 0);
        if let Some(at) = due {
            return Some(failures.remove(at).1);
        }
        failures.iter_mut().for_each(|(successes, _)| *successes -= 1);
        None
    }

    /// Everything kept, as text: for searches of planted personal data.
    #[must_use]
    pub fn dump(&self) -> String {
        let content = self.content();
        let documents = content.documents.iter().map(|((_, key), (_, json))| format!("{key} {json}\n"));
        let rows = content.rows.values().flatten().map(|row| format!("{row:?}\n"));
        let attachments = content.attachments.values().map(|kept| format!("{}\n", kept.jwe));
        documents.chain(rows).chain(attachments).collect()
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn apply(&mut self, change: &Change) -> Result<(), StoreError> {
        match change {
            Change::Row { terminal, row } => {
                let rows = self.rows.entry(terminal.clone()).or_default();
                let next = u64::try_from(rows.len()).unwrap_or(u64::MAX);
                if row.seq != next || rows.iter().any(|known| known.op_id == row.op_id) {
                    return Err(StoreError::Conflict(format!("row {} of {terminal}", row.seq)));
                }
                rows.push(row.clone());
            }
            Change::Attachment { terminal, sha256, attachment } => {
                let entry = self
                    .attachments
                    .entry((terminal.clone(), sha256.clone()))
                    .or_insert_with(|| attachment.clone());
                entry.archived |= attachment.archived;
            }
            Change::EraseAttachment { terminal, sha256 } => {
                self.attachments.remove(&(terminal.clone(), sha256.clone()));
            }
            Change::Inbox { terminal, jws, least } => {
                let inbox = self.inboxes.entry(terminal.clone()).or_default();
                let n = inbox.last().map_or(1, |last| last.n.saturating_add(1)).max(*least);
                inbox.push(InboxItem { n, jws: jws.clone() });
            }
            Change::Document { collection, key, expect, json } => {
                let place = (*collection, key.clone());
                let revision = self.documents.get(&place).map(|(revision, _)| *revision);
                let as_believed = match expect {
                    Expect::Any => true,
                    Expect::Absent => revision.is_none(),
                    Expect::Revision(believed) => revision == Some(*believed),
                };
                if !as_believed {
                    return Err(StoreError::Conflict(format!("{} {key}", collection.name())));
                }
                match json {
                    Some(json) => {
                        let next = revision.unwrap_or(0).saturating_add(1);
                        self.documents.insert(place, (next, json.clone()));
                    }
                    None => {
                        self.documents.remove(&place);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Store for MemoryStore {
    fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        if let Some(error) = self.planned_failure() {
            return Err(error);
        }
        let mut content = self.content();
        let mut after = content.clone();
        changes.iter().try_for_each(|change| after.apply(change))?;
        *content = after;
        Ok(())
    }

    fn row(&self, terminal: &TerminalId, seq: u64) -> Result<Option<StoredRow>, StoreError> {
        let at = usize::try_from(seq).unwrap_or(usize::MAX);
        Ok(self.content().rows.get(terminal).and_then(|rows| rows.get(at)).cloned())
    }

    fn rows(&self, terminal: &TerminalId, from: u64, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let content = self.content();
        let rows = content.rows.get(terminal).into_iter().flatten();
        Ok(rows.skip(from).take(limit).cloned().collect())
    }

    fn row_of_operation(&self, terminal: &TerminalId, op_id: &str) -> Result<Option<StoredRow>, StoreError> {
        let content = self.content();
        let mut rows = content.rows.get(terminal).into_iter().flatten();
        Ok(rows.find(|row| row.op_id == op_id).cloned())
    }

    fn row_of_attachment(
        &self,
        terminal: &TerminalId,
        sha256: &str,
    ) -> Result<Option<StoredRow>, StoreError> {
        let content = self.content();
        let rows = content.rows.get(terminal).into_iter().flatten();
        Ok(rows.into_iter().find(|row| row.attachment.as_deref() == Some(sha256)).cloned())
    }

    fn attachment(
        &self,
        terminal: &TerminalId,
        sha256: &str,
    ) -> Result<Option<StoredAttachment>, StoreError> {
        Ok(self.content().attachments.get(&(terminal.clone(), sha256.to_owned())).cloned())
    }

    fn archived(
        &self,
        terminal: &TerminalId,
        hashes: &[String],
    ) -> Result<BTreeMap<String, bool>, StoreError> {
        let content = self.content();
        let kept = |hash: &String| {
            let kept = content.attachments.get(&(terminal.clone(), hash.clone()))?;
            Some((hash.clone(), kept.archived))
        };
        Ok(hashes.iter().filter_map(kept).collect())
    }

    fn loose(&self, terminal: &TerminalId) -> Result<Loose, StoreError> {
        let content = self.content();
        let named = |sha256: &str| {
            let rows = content.rows.get(terminal).into_iter().flatten();
            rows.into_iter().any(|row| row.attachment.as_deref() == Some(sha256))
        };
        let mut loose = Loose::default();
        for ((owner, sha256), kept) in &content.attachments {
            if owner == terminal && !kept.archived && !named(sha256) {
                loose.count += 1;
                loose.bytes += u64::try_from(kept.jwe.len()).unwrap_or(u64::MAX);
            }
        }
        Ok(loose)
    }

    fn inbox(&self, terminal: &TerminalId, after: u64, limit: usize) -> Result<Vec<InboxItem>, StoreError> {
        let content = self.content();
        let items = content.inboxes.get(terminal).into_iter().flatten();
        Ok(items.filter(|item| item.n > after).take(limit).cloned().collect())
    }

    fn inbox_head(&self, terminal: &TerminalId) -> Result<u64, StoreError> {
        Ok(self.content().inboxes.get(terminal).and_then(|inbox| inbox.last()).map_or(0, |last| last.n))
    }

    fn document(&self, collection: Collection, key: &str) -> Result<Option<Document>, StoreError> {
        let content = self.content();
        Ok(content.documents.get(&(collection, key.to_owned())).map(|(revision, json)| Document {
            key: key.to_owned(),
            revision: *revision,
            json: json.clone(),
        }))
    }

    fn documents(&self, collection: Collection, prefix: &str) -> Result<Vec<Document>, StoreError> {
        let content = self.content();
        Ok(content
            .documents
            .range((collection, prefix.to_owned())..)
            .take_while(|((of, key), _)| *of == collection && key.starts_with(prefix))
            .map(|((_, key), (revision, json))| Document {
                key: key.clone(),
                revision: *revision,
                json: json.clone(),
            })
            .collect())
    }

    fn documents_after(
        &self,
        collection: Collection,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        let all = self.documents(collection, "")?;
        Ok(all.into_iter().filter(|document| document.key.as_str() > after).take(limit).collect())
    }

    fn documents_named(&self, collection: Collection, keys: &[String]) -> Result<Vec<Document>, StoreError> {
        let keys: BTreeSet<&String> = keys.iter().collect();
        keys.into_iter().filter_map(|key| self.document(collection, key).transpose()).collect()
    }
}
