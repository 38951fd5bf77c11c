//! What a stored chain must prove before it is believed: when opening, and completely for `senim journal verify`.
//!
//! Opening believes the last signed note and checks what follows it; where asked to, it also rebuilds the tree under the
//! note by hashing. The complete verification checks every signature; it can go in slices. Neither changes the file.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};
use senim_domain::TerminalId;
use senim_operation::checkpoint::{CompactRange, Note};
use senim_operation::export::encode_root;
use senim_operation::jws::{self, PublicJwk};
use senim_operation::trust::Trust;
use senim_operation::{ChainVerifier, Row};

use crate::error::JournalError;
use crate::files;
use crate::options::{JournalOptions, OpenCheck};
use crate::store::{self, Meta};

/// A stored note of our own.
pub(crate) struct OwnNote {
    pub size: u64,
    pub text: String,
    tree: String,
}

/// The last note signed here.
pub(crate) fn last_note(db: &Connection) -> Result<Option<OwnNote>, JournalError> {
    let found: Option<(i64, String, String)> = db
        .query_row(
            "SELECT size, note, tree FROM checkpoints WHERE note IS NOT NULL ORDER BY size DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    found.map(|(size, text, tree)| Ok(OwnNote { size: store::unsigned(size)?, text, tree })).transpose()
}

/// Checks a file that this process is about to continue; gives the tree over all rows.
pub(crate) fn at_open(db: &Connection, options: &JournalOptions) -> Result<CompactRange, JournalError> {
    let meta = store::meta(db)?;
    let next_seq = store::next_seq(db)?;
    check_watermark(db, &meta, next_seq)?;
    if options.check == OpenCheck::Tree {
        check_counts(db, &meta, next_seq)?;
    }
    let note = last_note(db)?.filter(|note| note.size >= meta.pruned_size);
    if note.as_ref().is_some_and(|note| note.size > next_seq) {
        return Err(store::gone(next_seq));
    }
    let start = match (&note, options.check) {
        (Some(note), OpenCheck::Tail) => store::read_range(&note.tree)?,
        (None, _) | (_, OpenCheck::Tree) => store::read_range(&meta.pruned_range)?,
    };
    let (terminal, trust) = (&options.terminal, &options.trust);
    let verified_from = note.as_ref().map_or(meta.pruned_size, |note| note.size);
    let mut tree = start;
    check_tree_rows(db, &mut tree, verified_from)?;

    let key = match &note {
        Some(note) if note.size > meta.pruned_size => {
            let key = key_of(db, &meta, terminal, trust, note.size - 1)?;
            check_note(note, terminal, &tree, &key.1, trust)?;
            Some(key)
        }
        Some(_) | None => None,
    };
    let prev = store::prev_of(db, &meta, verified_from)?;
    let mut chain = ChainVerifier::resume(terminal.clone(), Arc::clone(trust), verified_from, prev, key)
        .demanding(options.profile);
    for seq in verified_from..next_seq {
        tree.append(accept(db, &mut chain, seq)?.compact.as_bytes());
    }
    check_state(db)?;
    Ok(tree)
}

/// Appends the rows up to `size` to the tree, comparing hashes and the roots stored on the way.
fn check_tree_rows(db: &Connection, tree: &mut CompactRange, size: u64) -> Result<(), JournalError> {
    let mut roots =
        db.prepare("SELECT size, tree FROM checkpoints WHERE size > ?1 AND size <= ?2 ORDER BY size")?;
    let mut roots = roots.query([store::signed(tree.size()), store::signed(size)])?;
    let mut query =
        db.prepare("SELECT seq, compact, hash FROM operations WHERE seq >= ?1 AND seq < ?2 ORDER BY seq")?;
    let mut rows = query.query([store::signed(tree.size()), store::signed(size)])?;
    let mut stored = roots
        .next()?
        .map(|row| Ok::<_, rusqlite::Error>((row.get::<_, i64>(0)?, row.get(1)?)))
        .transpose()?;
    while let Some(row) = rows.next()? {
        let seq = store::unsigned(row.get(0)?)?;
        let (compact, hash): (String, String) = (row.get(1)?, row.get(2)?);
        if seq != tree.size() {
            return Err(store::gone(tree.size()));
        }
        if jws::sha256_b64(compact.as_bytes()) != hash {
            return Err(JournalError::Chain { seq, detail: "its bytes changed".into() });
        }
        tree.append(compact.as_bytes());
        let here: Option<&(i64, String)> =
            stored.as_ref().filter(|(size, _)| *size == store::signed(tree.size()));
        if let Some((_, expected)) = here {
            if store::write_range(tree)? != *expected {
                return Err(JournalError::Chain {
                    seq,
                    detail: "the tree stored after it has other leaves".into(),
                });
            }
            stored =
                roots.next()?.map(|row| Ok::<_, rusqlite::Error>((row.get(0)?, row.get(1)?))).transpose()?;
        }
    }
    if tree.size() == size { Ok(()) } else { Err(store::gone(tree.size())) }
}

fn check_counts(db: &Connection, meta: &Meta, next_seq: u64) -> Result<(), JournalError> {
    let rows = store::unsigned(db.query_row("SELECT count(*) FROM operations", [], |row| row.get(0))?)?;
    if rows != next_seq.saturating_sub(meta.pruned_size) {
        return Err(JournalError::Chain { seq: next_seq, detail: format!("{rows} rows are left before it") });
    }
    let counted: bool = db.query_row(
        "SELECT (attachments, waiting) = (SELECT count(*), count(*) FILTER (WHERE uploaded = 0) FROM attachments)
         FROM counts",
        [],
        |row| row.get(0),
    )?;
    if counted { Ok(()) } else { Err(JournalError::Damaged { detail: "attachments are miscounted".into() }) }
}

fn check_watermark(db: &Connection, meta: &Meta, next_seq: u64) -> Result<(), JournalError> {
    let Some((acked, hash)) = &meta.acked else { return Ok(()) };
    if *acked >= next_seq {
        return Err(JournalError::OlderImage { rows: next_seq, proven: acked + 1 });
    }
    match store::compact_at(db, *acked)? {
        Some((compact, _)) if jws::sha256_b64(compact.as_bytes()) != *hash => {
            Err(JournalError::Chain { seq: *acked, detail: "the gateway acknowledged other bytes".into() })
        }
        Some(_) | None => Ok(()),
    }
}

/// The journal key under which row `seq` was signed, learnt from its verified `KeyEpoch` row.
fn key_of(
    db: &Connection,
    meta: &Meta,
    terminal: &TerminalId,
    trust: &Arc<Trust>,
    seq: u64,
) -> Result<(u64, PublicJwk), JournalError> {
    let epoch = store::row_at(db, seq)?.ok_or_else(|| store::gone(seq))?.envelope.epoch;
    let prev = store::prev_of(db, meta, epoch)?;
    let mut chain = ChainVerifier::resume(terminal.clone(), Arc::clone(trust), epoch, prev, None);
    accept(db, &mut chain, epoch)?;
    let key =
        chain.key().ok_or(JournalError::Chain { seq: epoch, detail: "it begins no key epoch".into() })?;
    Ok((key.epoch, key.jwk))
}

/// Verifies the next row and that the columns beside it say the same.
fn accept(db: &Connection, chain: &mut ChainVerifier, seq: u64) -> Result<Row, JournalError> {
    type Columns = (String, String, String, Option<String>, String, String);
    let columns: Option<Columns> = db
        .prepare_cached("SELECT compact, op_id, kind, session, at, hash FROM operations WHERE seq = ?1")?
        .query_row([store::signed(seq)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })
        .optional()?;
    let (compact, op_id, kind, session, at, hash) = columns.ok_or_else(|| store::gone(seq))?;
    let row =
        chain.accept(&compact).map_err(|error| JournalError::Chain { seq, detail: error.to_string() })?;
    let envelope = &row.envelope;
    let same = envelope.op_id.to_string() == op_id
        && envelope.kind == kind
        && envelope.session.map(|session| session.to_string()) == session
        && envelope.at.to_string() == at
        && row.hash == hash;
    if same {
        Ok(row)
    } else {
        Err(JournalError::Chain { seq, detail: "its columns differ from its content".into() })
    }
}

fn check_note(
    note: &OwnNote,
    terminal: &TerminalId,
    tree: &CompactRange,
    key: &PublicJwk,
    trust: &Trust,
) -> Result<(), JournalError> {
    let wrong = |detail: &str| JournalError::Chain {
        seq: note.size - 1,
        detail: format!("the note over it {detail}"),
    };
    let parsed = Note::parse(&note.text).map_err(|error| wrong(&error.to_string()))?;
    if parsed.terminal().ok().as_ref() != Some(terminal) || parsed.size != note.size {
        return Err(wrong("is not the one stored here"));
    }
    if parsed.root != tree.root() {
        return Err(wrong("has another root"));
    }
    parsed.verify(key, trust).map_err(|error| wrong(&error.to_string()))
}

fn check_state(db: &Connection) -> Result<(), JournalError> {
    for (table, text) in [("state", "value"), ("directives", "message")] {
        // A key that the index no longer finds would look like a state that was never written.
        let verdict: String =
            db.query_row(&format!("PRAGMA integrity_check({table})"), [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(JournalError::Damaged { detail: verdict });
        }
        let mut query = db.prepare(&format!("SELECT {text}, sha256 FROM {table}"))?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (value, sha256): (String, String) = (row.get(0)?, row.get(1)?);
            if jws::sha256_b64(value.as_bytes()) != sha256 {
                return Err(JournalError::Damaged { detail: format!("a value in {table} changed") });
            }
        }
    }
    Ok(())
}

/// Compares the file with the notes kept beside it, which survive when an older image of the database is put back.
pub(crate) fn against_hints(db: &Connection, path: &Path, terminal: &TerminalId) -> Result<(), JournalError> {
    let rows = store::next_seq(db)?;
    let meta = store::meta(db)?;
    for hint in [files::cosigned_hint(path), files::head_hint(path)] {
        let Some(text) = files::read_hint(&hint) else { continue };
        let note = match Note::parse(&text) {
            Ok(note) if note.terminal().ok().as_ref() == Some(terminal) => note,
            Ok(_) | Err(_) => {
                tracing::warn!(path = %hint.display(), "the note beside the journal is not readable and is ignored");
                continue;
            }
        };
        if note.size > rows {
            return Err(JournalError::OlderImage { rows, proven: note.size });
        }
        if note.size > meta.pruned_size && store::tree_at(db, note.size)?.root() != note.root {
            let detail = format!("the note {} proves other rows", hint.display());
            return Err(JournalError::Chain { seq: note.size - 1, detail });
        }
    }
    Ok(())
}

/// The outcome of a complete verification.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Rows verified.
    pub rows: u64,
    /// Leading rows that were pruned; the tree still covers them.
    pub pruned: u64,
    /// Root of the tree over all rows, standard base64 as in notes.
    pub root: String,
    /// Hash of the last row, base64url.
    pub head: String,
    /// Rows under the last note of our own.
    pub noted: Option<u64>,
    /// Rows under the last cosigned note.
    pub cosigned: Option<u64>,
    /// Rows that no cosigned note covers.
    pub tail: u64,
    /// Sealed attachments still here, all with the hash that their row names.
    pub attachments: u64,
}

/// Every signature, every link, every note, every attachment.
pub(crate) fn completely(db: &Connection, trust: &Arc<Trust>) -> Result<Verified, JournalError> {
    let mut walk = Walk::begin(db, trust)?;
    let next_seq = store::next_seq(db)?;
    while walk.next_seq() < next_seq {
        walk.go_on(db, next_seq, usize::MAX)?;
    }
    beside_the_rows(db, walk, trust)
}

/// The way through all rows, which may be gone in slices: each slice sees the file as it is then.
pub(crate) struct Walk {
    terminal: TerminalId,
    trust: Arc<Trust>,
    tree: CompactRange,
    chain: ChainVerifier,
    /// Keys of the gateway's cosigner, those of former years included.
    cosigners: Vec<PublicJwk>,
    attachments: u64,
}

impl Walk {
    pub(crate) fn begin(db: &Connection, trust: &Arc<Trust>) -> Result<Self, JournalError> {
        let meta = store::meta(db)?;
        let terminal: TerminalId = meta
            .terminal
            .parse()
            .map_err(|_| JournalError::Damaged { detail: "the terminal's name".into() })?;
        let trust = Arc::clone(trust);
        let (from, prev) = (meta.pruned_size, meta.pruned_hash.clone());
        let chain = ChainVerifier::resume(terminal.clone(), Arc::clone(&trust), from, prev, None);
        let tree = store::read_range(&meta.pruned_range)?;
        if tree.size() != from {
            return Err(JournalError::Damaged { detail: "the tree over the rows deleted".into() });
        }
        let cosigners = store::gateway_keys(db)?
            .iter()
            .map(|x5c| store::certified_key(x5c))
            .collect::<Result<_, _>>()
            .map_err(|error| JournalError::Damaged { detail: error.to_string() })?;
        Ok(Self { terminal, trust, tree, chain, cosigners, attachments: 0 })
    }

    pub(crate) const fn next_seq(&self) -> u64 {
        self.chain.next_seq()
    }

    /// Looks at rows up to `end`, at most so many.
    pub(crate) fn go_on(&mut self, db: &Connection, end: u64, rows: usize) -> Result<(), JournalError> {
        let meta = store::meta(db)?;
        if meta.pruned_size > self.next_seq() {
            // What was pruned meanwhile the gateway keeps; the chain goes on with a key epoch.
            *self = Self { attachments: self.attachments, ..Self::begin(db, &self.trust)? };
        }
        for seq in (self.next_seq()..end).take(rows) {
            let row = accept(db, &mut self.chain, seq)?;
            self.tree.append(row.compact.as_bytes());
            self.check_attachment(db, &row)?;
            self.check_notes(db)?;
        }
        Ok(())
    }

    fn check_attachment(&mut self, db: &Connection, row: &Row) -> Result<(), JournalError> {
        let seq = row.envelope.seq;
        let found: Option<(String, String, String)> = db
            .prepare_cached("SELECT jwe, sha256, kid FROM attachments WHERE seq = ?1")?
            .query_row([store::signed(seq)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((jwe, sha256, kid)) = found else { return Ok(()) };
        let named = row
            .envelope
            .sealed
            .as_ref()
            .is_some_and(|sealed| (&sealed.sha256, &sealed.kid) == (&sha256, &kid));
        if !named || jws::sha256_b64(jwe.as_bytes()) != sha256 {
            return Err(JournalError::Chain { seq, detail: "its attachment is another one".into() });
        }
        self.attachments += 1;
        Ok(())
    }

    /// What is stored about the tree as it stands now.
    fn check_notes(&self, db: &Connection) -> Result<(), JournalError> {
        type Stored = (String, String, Option<String>, Option<String>);
        let size = self.tree.size();
        let stored: Option<Stored> = db
            .prepare_cached("SELECT root, tree, note, cosigned_note FROM checkpoints WHERE size = ?1")?
            .query_row([store::signed(size)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        let Some((root, tree, note, cosigned)) = stored else { return Ok(()) };
        let wrong = |detail: &str| JournalError::Chain { seq: size - 1, detail: detail.into() };
        if root != encode_root(&self.tree.root()) || tree != store::write_range(&self.tree)? {
            return Err(wrong("the tree stored after it has other leaves"));
        }
        let key = self.chain.key().ok_or_else(|| wrong("no key epoch has begun"))?.jwk;
        if let Some(text) = note {
            check_note(
                &OwnNote { size, text, tree: tree.clone() },
                &self.terminal,
                &self.tree,
                &key,
                &self.trust,
            )?;
        }
        if let Some(text) = cosigned {
            // Its certificate was judged when it came; here it must still be our note of this tree, cosigned.
            check_note(
                &OwnNote { size, text: text.clone(), tree },
                &self.terminal,
                &self.tree,
                &key,
                &self.trust,
            )?;
            let note = Note::parse(&text).map_err(|error| wrong(&error.to_string()))?;
            let by = |key: &PublicJwk| note.verify_cosignature(key, &self.trust).is_ok();
            if !self.cosigners.is_empty() && !self.cosigners.iter().any(by) {
                return Err(wrong("the cosignature over it is not the gateway's"));
            }
        }
        Ok(())
    }
}

/// Everything but the rows, after they were found in order.
pub(crate) fn beside_the_rows(
    db: &Connection,
    walk: Walk,
    trust: &Arc<Trust>,
) -> Result<Verified, JournalError> {
    let verdict: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(JournalError::Damaged { detail: verdict });
    }
    let meta = store::meta(db)?;
    let next_seq = store::next_seq(db)?;
    check_counts(db, &meta, next_seq)?;
    check_watermark(db, &meta, next_seq)?;
    check_state(db)?;
    let unknown: i64 = db.query_row(
        "SELECT count(*) FROM checkpoints WHERE size > ?1 OR size < ?2",
        [store::signed(next_seq), store::signed(meta.pruned_size)],
        |row| row.get(0),
    )?;
    if unknown > 0 {
        return Err(JournalError::Chain { seq: next_seq, detail: "a note stands where no row is".into() });
    }
    let note = last_note(db)?.filter(|note| note.size > meta.pruned_size);
    if let Some(note) = &note {
        let (_, key) = key_of(db, &meta, &walk.terminal, trust, note.size - 1)?;
        check_note(note, &walk.terminal, &store::tree_at(db, note.size)?, &key, trust)?;
    }
    let status = store::status(db)?;
    Ok(Verified {
        rows: walk.next_seq().saturating_sub(meta.pruned_size),
        pruned: meta.pruned_size,
        root: encode_root(&walk.tree.root()),
        head: walk.chain.head().to_owned(),
        noted: status.last_checkpoint,
        cosigned: status.last_cosigned,
        tail: next_seq.saturating_sub(status.last_cosigned.unwrap_or(0)),
        attachments: walk.attachments,
    })
}
