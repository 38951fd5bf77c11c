//! Commands for bad days: a store put back from a back-up, a board that died. Each gives one JSON document.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use senim_domain::TerminalId;
use senim_gateway_core::{Actor, MAX_ROWS, Refusal};
use senim_operation::export::{ATTACHMENT_EXTENSION, ATTACHMENTS_DIR, OPERATIONS_FILE};
use senim_operation::jws::{MAX_COMPACT_BYTES, is_hash};
use serde_json::{Value, json};

use crate::clock::now;
use crate::commands::{CommandError, Opened};

/// Longest attachment that is read.
const MAX_ATTACHMENT_BYTES: u64 = 4 << 20;
/// Bytes of rows given to the gateway at once.
const BATCH_BYTES: usize = 4 << 20;

/// Who acts, and why.
#[derive(Args)]
pub struct By {
    /// Name of the member of staff.
    #[arg(long)]
    by: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

impl By {
    fn actor(&self) -> Result<Actor, CommandError> {
        Actor::new(&self.by, &self.reason).map_err(|error| CommandError::Usage(error.to_string()))
    }
}

/// `restore`.
#[derive(Args)]
pub struct RestoreArguments {
    /// Configuration file.
    #[arg(long)]
    pub config: PathBuf,
    /// Only say how the restoring stands.
    #[arg(long, conflicts_with_all = ["by", "reason", "also"])]
    status: bool,
    /// Name of the member of staff.
    #[arg(long, required_unless_present = "status")]
    by: Option<String>,
    /// Why.
    #[arg(long, required_unless_present = "status")]
    reason: Option<String>,
    /// A terminal that was enrolled after the back-up; may be given several times.
    #[arg(long, value_name = "TERMINAL")]
    also: Vec<String>,
}

/// `admin rewind`.
#[derive(Args)]
pub struct RewindArguments {
    /// Configuration file.
    #[arg(long)]
    pub config: PathBuf,
    /// Terminal's name.
    #[arg(long)]
    terminal: String,
    /// Wait for it no longer; a second, different member of staff has to say the same.
    #[arg(long)]
    write_off: bool,
    #[command(flatten)]
    by: By,
}

/// `admin succession`.
#[derive(Args)]
pub struct SuccessionArguments {
    /// Configuration file.
    #[arg(long)]
    pub config: PathBuf,
    /// The new terminal, enrolled and never started.
    #[arg(long)]
    terminal: String,
    /// The terminal whose board died.
    #[arg(long)]
    predecessor: String,
    #[command(flatten)]
    by: By,
}

/// `import`.
#[derive(Args)]
pub struct ImportArguments {
    /// Configuration file.
    #[arg(long)]
    pub config: PathBuf,
    /// Terminal's name.
    #[arg(long)]
    terminal: String,
    /// Directory written by `senim journal export --attachments` over the dead board's disk.
    #[arg(long, value_name = "DIR")]
    export: PathBuf,
    #[command(flatten)]
    by: By,
}

fn name(text: &str) -> Result<TerminalId, CommandError> {
    text.parse()
        .map_err(|_| CommandError::Usage(format!("{text}: a terminal's name has 1 to 32 of a-z, 0-9 and -")))
}

fn document(value: impl serde::Serialize) -> Result<Value, CommandError> {
    serde_json::to_value(value).map_err(|error| CommandError::Environment(error.to_string()))
}

/// `restore`: declares a store that was put back, or says how that stands.
///
/// # Errors
/// [`CommandError`].
pub fn restore(opened: &Opened, arguments: &RestoreArguments) -> Result<Value, CommandError> {
    if arguments.status {
        return document(opened.gateway.restore_status()?);
    }
    let (by, reason) = (arguments.by.clone(), arguments.reason.clone());
    let actor = By { by: by.unwrap_or_default(), reason: reason.unwrap_or_default() }.actor()?;
    let also = arguments.also.iter().map(|text| name(text)).collect::<Result<Vec<_>, _>>()?;
    document(opened.gateway.restore(&actor, &also, now())?)
}

/// `admin rewind`: calls one terminal, or stops waiting for it.
///
/// # Errors
/// [`CommandError`].
pub fn rewind(opened: &Opened, arguments: &RewindArguments) -> Result<Value, CommandError> {
    let (terminal, actor) = (name(&arguments.terminal)?, arguments.by.actor()?);
    if arguments.write_off {
        document(opened.gateway.write_off(&terminal, &actor, now())?)
    } else {
        document(opened.gateway.rewind(&terminal, &actor, now())?)
    }
}

/// `admin succession`: a new board takes a dead one's place.
///
/// # Errors
/// [`CommandError`].
pub fn succession(opened: &Opened, arguments: &SuccessionArguments) -> Result<Value, CommandError> {
    let (new, old) = (name(&arguments.terminal)?, name(&arguments.predecessor)?);
    document(opened.gateway.succeed(&new, &old, &arguments.by.actor()?, now())?)
}

/// `import`: the report and the exit code, 1 when the rows were not taken to their end.
///
/// # Errors
/// [`CommandError`].
pub fn import(opened: &Opened, arguments: &ImportArguments) -> Result<(Value, u8), CommandError> {
    let (terminal, actor) = (name(&arguments.terminal)?, arguments.by.actor()?);
    let path = arguments.export.join(OPERATIONS_FILE);
    let rows = File::open(&path).map_err(|error| unreadable(&path, &error))?;
    opened.gateway.retire(&terminal, &actor, now())?;
    let mut rows = Rows { lines: BufReader::new(rows), path };
    let (mut acked, mut missing, mut refusal): (_, Vec<String>, Option<Refusal>) = (None, Vec::new(), None);
    let mut read = 0_usize;
    while refusal.is_none() {
        let batch = rows.batch()?;
        if batch.is_empty() {
            break;
        }
        read = read.saturating_add(batch.len());
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        let reply = opened.gateway.import_rows(&terminal, &batch, now())?;
        (acked, refusal) = (reply.acked, reply.refusal);
        missing.extend(reply.missing);
    }
    let attachments = import_attachments(opened, &terminal, &arguments.export, &mut missing)?;
    let code = u8::from(refusal.is_some());
    let report = json!({
        "terminal": terminal,
        "rows_read": read,
        "acked_seq": acked.as_ref().map(|head| head.seq),
        "acked_hash": acked.as_ref().map(|head| &head.hash),
        "attachments": attachments,
        "missing": missing,
        "refusal": refusal.map(|refusal| refusal.to_string()),
    });
    Ok((report, code))
}

fn unreadable(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::Environment(format!("{}: {error}", path.display()))
}

struct Rows {
    lines: BufReader<File>,
    path: PathBuf,
}

impl Rows {
    /// The next lines, as many as one batch holds.
    fn batch(&mut self) -> Result<Vec<String>, CommandError> {
        let (mut batch, mut bytes) = (Vec::new(), 0_usize);
        while batch.len() < MAX_ROWS && bytes < BATCH_BYTES {
            let mut line = String::new();
            let read = self.lines.by_ref().take(MAX_COMPACT_BYTES as u64 + 2).read_line(&mut line);
            if read.map_err(|error| unreadable(&self.path, &error))? == 0 {
                break;
            }
            bytes = bytes.saturating_add(line.len());
            batch.push(line.strip_suffix('\n').unwrap_or(&line).to_owned());
        }
        Ok(batch)
    }
}

/// Takes every attachment of the export; gives how many, and takes their names off `missing`.
fn import_attachments(
    opened: &Opened,
    terminal: &TerminalId,
    export: &Path,
    missing: &mut Vec<String>,
) -> Result<u64, CommandError> {
    let place = export.join(ATTACHMENTS_DIR);
    let entries = match std::fs::read_dir(&place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(unreadable(&place, &error)),
    };
    let mut taken = 0;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&place, &error))?.path();
        let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(sha256) = file.strip_suffix(ATTACHMENT_EXTENSION).filter(|name| is_hash(name)) else {
            continue;
        };
        let mut jwe = String::new();
        File::open(&path)
            .and_then(|file| file.take(MAX_ATTACHMENT_BYTES + 1).read_to_string(&mut jwe))
            .map_err(|error| unreadable(&path, &error))?;
        opened.gateway.import_attachment(terminal, sha256, &jwe, now())?;
        missing.retain(|known| known != sha256);
        taken += 1;
    }
    Ok(taken)
}
