//! What a journey leaves behind, and whether it holds: the last checkpoint cosigned, the journal verified by the firmware's
//! own program, its export by the gateway's and by openssl alone, the receipt, the cash and the lender's books.

use std::path::{Path, PathBuf};
use std::process::Command;

use senim_journeys::Left;
use serde::Serialize;
use serde_json::Value;

use crate::clients::Status;
use crate::error::Trouble;
use crate::process::run;
use crate::stage::{EXCHANGE, Stage};
use crate::wait::{Look, until};

/// Exports that are made for one that is complete.
const EXPORTS: usize = 5;

/// The journal's part of the summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JournalEvidence {
    /// Rows.
    pub rows: u64,
    /// Whether every verifier found it good.
    pub verified: bool,
    /// Last row that the gateway acknowledged.
    pub acked_seq: Option<u64>,
    /// Folder of the export within the output folder.
    pub export: String,
}

/// Closes the books of the terminal: everything acknowledged, a last checkpoint cosigned, the journal exported, the
/// firmware stopped in order, journal and export verified.
///
/// # Errors
/// [`Trouble::Ended`] from a verifier that is not content, [`Trouble::Deadline`], [`Trouble::Finding`].
pub fn close(stage: &mut Stage) -> Result<JournalEvidence, Trouble> {
    let config = stage.folders().firmware_config().display().to_string();
    let export = stage.folders().out.join("export");
    let directory = export.display().to_string();
    let (status, rows) = exported(stage, &config, &export)?;
    stage.stop_firmware()?;
    stage.firmware_command(&["journal", "verify", "--config", &config])?;
    let trust = stage.folders().ca();
    stage.gateway_command(&["verify", &directory, "--trust", &trust.display().to_string()])?;
    verify_with_openssl(stage, &export, &trust)?;
    Ok(JournalEvidence { rows, verified: true, acked_seq: status.acked_seq, export: "export".to_owned() })
}

/// Exports the journal when every row of it is cosigned. Beside the running firmware: its orderly stop is a row too, and no
/// checkpoint covers that one yet. A row that comes between checkpoint and export is in the next ones.
fn exported(stage: &mut Stage, config: &str, export: &Path) -> Result<(Status, u64), Trouble> {
    let directory = export.display().to_string();
    let mut told = String::new();
    for _ in 0..EXPORTS {
        let status = checkpointed(stage)?;
        if export.exists() {
            std::fs::remove_dir_all(export).map_err(Trouble::file("remove", export))?;
        }
        stage.firmware_command(&["journal", "export", "--config", config, "--out", &directory])?;
        let (rows, cosigned) = (rows_of(export)?, status.cosigned_size);
        if rows == cosigned {
            return Ok((status, rows));
        }
        told = format!("the export has {rows} rows, but {cosigned} are cosigned");
    }
    Err(Trouble::Finding(told))
}

/// Waits until nothing is on the way any more, takes a checkpoint over all rows and waits until it is cosigned.
///
/// A row may come after the checkpoint, a device that is told to be well again for one: the next checkpoint has it.
fn checkpointed(stage: &mut Stage) -> Result<Status, Trouble> {
    stage.wait_for_status("the terminal to be at rest and all rows acknowledged", EXCHANGE, |status| {
        status.at_rest && status.unacked == 0 && !status.attachments && !status.open_payout
    })?;
    let client = stage.firmware()?;
    client.checkpoint()?;
    until("the last checkpoint to be cosigned", EXCHANGE, || {
        stage.check()?;
        let status = client.status()?;
        if status.unacked > 0 || status.cosigned_size < status.checkpoint_size {
            return Ok(Look::NotYet(format!("{status:?}")));
        }
        if status.cosigned_size == status.next_seq {
            return Ok(Look::There(status));
        }
        client.checkpoint()?;
        Ok(Look::NotYet(format!("rows came after the checkpoint: {status:?}")))
    })
}

/// Rows of an export.
fn rows_of(export: &Path) -> Result<u64, Trouble> {
    let path = export.join("operations.jsonl");
    let text = std::fs::read_to_string(&path).map_err(Trouble::file("read", &path))?;
    Ok(u64::try_from(text.lines().count()).unwrap_or(u64::MAX))
}

/// Runs the independent verifier if this machine has what it needs.
fn verify_with_openssl(stage: &Stage, export: &Path, trust: &Path) -> Result<(), Trouble> {
    let Some(script) = published("verify-with-openssl.sh").filter(|_| there("bash") && there("openssl"))
    else {
        tracing::warn!("the export is not verified with openssl: the script, bash or openssl is not there");
        return Ok(());
    };
    let (script, export, trust) = (script.display(), export.display(), trust.display());
    let arguments = [script.to_string(), export.to_string(), trust.to_string()];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    run("openssl", Path::new("bash"), &arguments, &[], &stage.folders().logs).map(drop)
}

/// A file of the published formats, seen from the program or from the current folder.
fn published(name: &str) -> Option<PathBuf> {
    let exe = std::env::current_exe().ok()?;
    let here = std::env::current_dir().ok()?;
    let mut roots = exe.ancestors().chain(here.ancestors());
    roots.find_map(|root| Some(root.join("docs/formats").join(name)).filter(|path| path.is_file()))
}

fn there(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .output()
        .or_else(|_| Command::new(program).arg("version").output())
        .is_ok()
}

/// Copies the last receipt from the printer to `receipt.png`; gives the file's name in the output folder.
///
/// # Errors
/// [`Trouble::Finding`] if none was printed, [`Trouble::File`].
pub fn receipt(stage: &Stage) -> Result<String, Trouble> {
    let devices = stage.devices()?;
    let printed = until("the receipt to leave the printer", EXCHANGE, || {
        let state = devices.state("printer")?;
        let path = state.get("last_receipt").and_then(Value::as_str).map(PathBuf::from);
        Ok(match path.filter(|path| path.is_file()) {
            Some(path) => Look::There(path),
            None => Look::NotYet(state.to_string()),
        })
    })?;
    let copy = stage.folders().out.join("receipt.png");
    std::fs::copy(&printed, &copy).map_err(Trouble::file("copy", &printed))?;
    Ok("receipt.png".to_owned())
}

/// What is left of it all: notes outside the dispenser, sums in the lender's books, paper.
///
/// # Errors
/// [`Trouble::Http`], [`Trouble::Answer`].
pub fn left(stage: &Stage) -> Result<Left, Trouble> {
    let devices = stage.devices()?;
    let receipts = devices.state("printer")?.pointer("/receipts").and_then(Value::as_u64);
    Ok(Left {
        given: given(&stage.dispenser()?),
        booked: booked(stage)? / 100,
        receipts: receipts.unwrap_or_default(),
        taken: taken(&devices.state("acceptor")?),
        repaid: repaid(stage)? / 100,
        held: stage.world()?.held_tiyn()? / 100,
    })
}

/// Worth of the notes that left the dispenser in this state, tenge.
#[must_use]
pub fn given(dispenser: &Value) -> u64 {
    worth(dispenser.get("dispensed"))
}

/// Worth of the notes in the acceptor's stacker in this state, tenge.
#[must_use]
pub fn taken(acceptor: &Value) -> u64 {
    worth(acceptor.pointer("/cassette/notes"))
}

/// Worth of notes by their face value, tenge.
fn worth(notes: Option<&Value>) -> u64 {
    let notes = notes.and_then(Value::as_object).into_iter().flatten();
    let worth =
        |(denomination, count): (&String, &Value)| Some(denomination.parse::<u64>().ok()? * count.as_u64()?);
    notes.filter_map(worth).sum()
}

/// What the lender's books say was paid back, tiyn.
fn repaid(stage: &Stage) -> Result<u64, Trouble> {
    let world = stage.world()?;
    let loans = world.loans()?;
    let ids = loans.iter().filter_map(|loan| loan.get("loan_id").and_then(Value::as_str));
    ids.map(|loan| world.repaid_tiyn(loan)).sum()
}

/// What the lender's books say was paid, tiyn, once what the terminal reported has arrived there.
fn booked(stage: &Stage) -> Result<u64, Trouble> {
    let paid = |loan: &Value| loan.get("paid_out_tiyn").and_then(Value::as_u64).unwrap_or_default();
    Ok(stage.world()?.loans()?.iter().map(paid).sum())
}
