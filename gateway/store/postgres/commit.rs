//! A list of changes as one transaction: statements in one flight, their counts compared, then `COMMIT`.
//!
//! A belief is part of its statement: what it does not fit changes no row, which is seen before the commit. So nothing
//! depends on the isolation level, and no lock outlives the transaction. What a lost connection leaves unclear is said
//! as [`Failure::Lost`]; before `COMMIT` was sent it is clear that nothing happened, and the flight is flown again.

use senim_domain::TerminalId;
use senim_gateway_core::store::{Change, Expect, StoreError, StoredRow};
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use super::failure::Failure;
use super::pool::Pool;
use super::shard;
use super::wire::{Request, Session, in_one_flight};

/// Most statements in one flight.
const FLIGHT: usize = 64;
/// How often a transaction that the server undid for another's sake is tried.
const ATTEMPTS: u32 = 8;

const ROWS: &str = "INSERT INTO rows (terminal, seq, hash, op_id, kind, quarantined, attachment, compact)
     SELECT $1, t.seq, t.hash, t.op_id, t.kind, t.quarantined, t.attachment, t.compact
     FROM unnest($2::int8[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::text[], $8::text[])
     AS t (seq, hash, op_id, kind, quarantined, attachment, compact)
     WHERE $9 = (SELECT coalesce(max(seq), -1) + 1 FROM rows WHERE terminal = $1)";
const ATTACHMENT: &str =
    "INSERT INTO attachments AS a (terminal, sha256, archived, jwe) VALUES ($1, $2, $3, $4)
     ON CONFLICT (terminal, sha256) DO UPDATE SET archived = a.archived OR excluded.archived";
const ERASE_ATTACHMENT: &str = "DELETE FROM attachments WHERE terminal = $1 AND sha256 = $2";
const INBOX: &str = "WITH head AS (
       INSERT INTO inbox_heads AS h (terminal, n) VALUES ($1, $3)
       ON CONFLICT (terminal) DO UPDATE SET n = greatest(h.n + 1, excluded.n) RETURNING n)
     INSERT INTO inbox (terminal, n, jws) SELECT $1, n, $2 FROM head";
const PUT: &str =
    "INSERT INTO documents AS d (shard, collection, key, revision, json) VALUES ($1, $2, $3, 1, $4)
     ON CONFLICT (shard, collection, key) DO UPDATE SET revision = d.revision + 1, json = excluded.json";
const PUT_NEW: &str =
    "INSERT INTO documents (shard, collection, key, revision, json) VALUES ($1, $2, $3, 1, $4)
     ON CONFLICT (shard, collection, key) DO NOTHING";
const PUT_REVISION: &str = "UPDATE documents SET revision = revision + 1, json = $4
     WHERE shard = $1 AND collection = $2 AND key = $3 AND revision = $5";
const REMOVE: &str = "DELETE FROM documents WHERE shard = $1 AND collection = $2 AND key = $3";
const REMOVE_REVISION: &str =
    "DELETE FROM documents WHERE shard = $1 AND collection = $2 AND key = $3 AND revision = $4";

/// What a statement is about, should it change something else than it should.
enum About<'a> {
    Rows(&'a TerminalId, u64),
    Document(&'static str, &'a str),
    Nothing,
}

/// One statement with its values.
struct Step<'a> {
    text: &'static str,
    values: Vec<Box<dyn ToSql + Sync + Send + 'a>>,
    /// How many rows it must touch; `None`: whatever.
    touches: Option<u64>,
    about: About<'a>,
}

impl Step<'_> {
    fn check(&self, touched: u64) -> Result<(), Failure> {
        if self.touches.is_none_or(|expected| expected == touched) {
            return Ok(());
        }
        Err(Failure::Conflict(match self.about {
            About::Rows(terminal, seq) => format!("row {seq} of {terminal}"),
            About::Document(collection, key) => format!("{collection} {key}"),
            About::Nothing => "record".to_owned(),
        }))
    }
}

/// Applies all changes or none.
pub(super) fn commit(pool: &Pool, changes: &[Change]) -> Result<(), StoreError> {
    let steps = plan(changes)?;
    if steps.is_empty() {
        return Ok(());
    }
    let mut attempts = 0;
    loop {
        let mut sent = false;
        match pool.with(async |session| fly(session, &steps, &mut sent).await) {
            Err(Failure::Again(_)) if attempts < ATTEMPTS => attempts += 1,
            Err(Failure::Lost(_)) if !sent && attempts == 0 => attempts = 1,
            done => return Ok(done?),
        }
    }
}

/// `sent` becomes true once something that may stay has left.
async fn fly(session: &mut Session, steps: &[Step<'_>], sent: &mut bool) -> Result<(), Failure> {
    let mut prepared = Vec::with_capacity(steps.len());
    for step in steps {
        prepared.push(session.prepare(step.text).await?);
    }
    let client = session.client();
    let execute = async |step: &Step<'_>, statement: &Statement| {
        let values: Vec<&(dyn ToSql + Sync)> =
            step.values.iter().map(|value| value.as_ref() as &(dyn ToSql + Sync)).collect();
        client.execute(statement, &values).await
    };
    if let ([step], [statement]) = (steps, prepared.as_slice()) {
        *sent = true;
        return step.check(execute(step, statement).await?);
    }
    let mut begin: Option<Request<'_>> =
        Some(Box::pin(async { client.batch_execute("BEGIN").await.map(|()| 0) }));
    for (steps, prepared) in steps.chunks(FLIGHT).zip(prepared.chunks(FLIGHT)) {
        // The answer to BEGIN is not waited for.
        let begins = begin.take();
        let before = usize::from(begins.is_some());
        let rest = steps.iter().zip(prepared).map(|(step, statement)| {
            let request: Request<'_> = Box::pin(execute(step, statement));
            request
        });
        let mut answers = in_one_flight(begins.into_iter().chain(rest).collect()).await.into_iter();
        answers.by_ref().take(before).try_for_each(|began| began.map(drop))?;
        for (step, touched) in steps.iter().zip(answers) {
            step.check(touched?)?;
        }
    }
    *sent = true;
    Ok(client.batch_execute("COMMIT").await?)
}

/// Rows of one terminal go in together; everything else keeps its order.
fn plan(changes: &[Change]) -> Result<Vec<Step<'_>>, StoreError> {
    let mut steps = Vec::new();
    let mut rows: Vec<(&TerminalId, Vec<&StoredRow>)> = Vec::new();
    for change in changes {
        match change {
            Change::Row { terminal, row } => match rows.iter_mut().find(|(owner, _)| *owner == terminal) {
                Some((_, together)) => together.push(row),
                None => rows.push((terminal, vec![row])),
            },
            Change::Attachment { terminal, sha256, attachment } => steps.push(Step {
                text: ATTACHMENT,
                values: vec![
                    Box::new(terminal.as_str()),
                    Box::new(sha256),
                    Box::new(attachment.archived),
                    Box::new(&attachment.jwe),
                ],
                touches: Some(1),
                about: About::Nothing,
            }),
            Change::EraseAttachment { terminal, sha256 } => steps.push(Step {
                text: ERASE_ATTACHMENT,
                values: vec![Box::new(terminal.as_str()), Box::new(sha256)],
                touches: None,
                about: About::Nothing,
            }),
            Change::Inbox { terminal, jws, least } => steps.push(Step {
                text: INBOX,
                values: vec![
                    Box::new(terminal.as_str()),
                    Box::new(jws),
                    Box::new(i64::try_from(*least).unwrap_or(i64::MAX).max(1)),
                ],
                touches: Some(1),
                about: About::Nothing,
            }),
            Change::Document { collection, key, expect, json } => {
                document(&mut steps, collection.name(), key, *expect, json.as_deref());
            }
        }
    }
    for (terminal, rows) in rows {
        steps.push(append(terminal, &rows)?);
    }
    Ok(steps)
}

fn append<'a>(terminal: &'a TerminalId, rows: &[&'a StoredRow]) -> Result<Step<'a>, StoreError> {
    let first = rows.first().map_or(0, |row| row.seq);
    let dense = rows.iter().zip(0..).all(|(row, at)| row.seq.checked_sub(first) == Some(at));
    let seqs: Option<Vec<i64>> = rows.iter().map(|row| i64::try_from(row.seq).ok()).collect();
    // A number that no row can have is not the next one either.
    let Some(seqs) = seqs.filter(|_| dense) else {
        return Err(StoreError::Conflict(format!("row {first} of {terminal}")));
    };
    let first_seq = seqs.first().copied().unwrap_or(0);
    let texts = |field: fn(&StoredRow) -> &str| rows.iter().map(|row| field(row)).collect::<Vec<&str>>();
    Ok(Step {
        text: ROWS,
        values: vec![
            Box::new(terminal.as_str()),
            Box::new(seqs),
            Box::new(texts(|row| &row.hash)),
            Box::new(texts(|row| &row.op_id)),
            Box::new(texts(|row| &row.kind)),
            Box::new(rows.iter().map(|row| row.quarantined).collect::<Vec<_>>()),
            Box::new(rows.iter().map(|row| row.attachment.as_deref()).collect::<Vec<_>>()),
            Box::new(texts(|row| &row.compact)),
            Box::new(first_seq),
        ],
        touches: Some(rows.len() as u64),
        about: About::Rows(terminal, first),
    })
}

fn document<'a>(
    steps: &mut Vec<Step<'a>>,
    collection: &'static str,
    key: &'a str,
    expect: Expect,
    json: Option<&'a str>,
) {
    let mut step = |text, touches, more: Vec<Box<dyn ToSql + Sync + Send + 'a>>| {
        let mut values: Vec<Box<dyn ToSql + Sync + Send + 'a>> =
            vec![Box::new(shard(key)), Box::new(collection), Box::new(key)];
        values.extend(more);
        steps.push(Step { text, values, touches, about: About::Document(collection, key) });
    };
    // A revision that no document can have fits none.
    let number = |revision: u64| Box::new(i64::try_from(revision).unwrap_or(i64::MAX));
    match (json, expect) {
        (Some(json), Expect::Any) => step(PUT, Some(1), vec![Box::new(json)]),
        (Some(json), Expect::Absent) => step(PUT_NEW, Some(1), vec![Box::new(json)]),
        (Some(json), Expect::Revision(revision)) => {
            step(PUT_REVISION, Some(1), vec![Box::new(json), number(revision)]);
        }
        (None, Expect::Any) => step(REMOVE, None, Vec::new()),
        (None, Expect::Revision(revision)) => step(REMOVE_REVISION, Some(1), vec![number(revision)]),
        (None, Expect::Absent) => {
            // Its place is taken for the length of the transaction, so that nobody else writes it meanwhile.
            step(PUT_NEW, Some(1), vec![Box::new("null")]);
            step(REMOVE, Some(1), Vec::new());
        }
    }
}
