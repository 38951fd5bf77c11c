//! What a journey leaves behind, and whether it holds: the last checkpoint cosigned, the journal verified by the firmware's
//! own program, its export by the gateway's and by openssl alone, the receipt, the cash and the lender's books.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;
use serde_json::Value;

use crate::cash::{self, Notes};
use crate::error::Trouble;
use crate::process::run;
use crate::stage::{EXCHANGE, Stage};
use crate::wait::{Look, until};

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
    let status = checkpointed(stage)?;
    let config = stage.folders().firmware_config().display().to_string();
    let export = stage.folders().out.join("export");
    let directory = export.display().to_string();
    // Beside the running firmware: its orderly stop is a row too, and no checkpoint covers that one yet.
    stage.firmware_command(&["journal", "export", "--config", &config, "--out", &directory])?;
    stage.stop_firmware()?;
    stage.firmware_command(&["journal", "verify", "--config", &config])?;
    let trust = stage.folders().enrol().join("ca.pem");
    stage.gateway_command(&["verify", &directory, "--trust", &trust.display().to_string()])?;
    verify_with_openssl(stage, &export, &trust)?;
    let rows = rows_of(&export)?;
    let cosigned = status.cosigned_size;
    Trouble::unless(rows == cosigned, || format!("the export has {rows} rows, but {cosigned} are cosigned"))?;
    Ok(JournalEvidence { rows, verified: true, acked_seq: status.acked_seq, export: "export".to_owned() })
}

/// Waits until nothing is on the way any more, takes a checkpoint over all rows and waits until it is cosigned.
fn checkpointed(stage: &mut Stage) -> Result<crate::clients::Status, Trouble> {
    stage.wait_for_status("the terminal to be at rest and all rows acknowledged", EXCHANGE, |status| {
        status.at_rest && status.unacked == 0 && !status.attachments && !status.open_payout
    })?;
    stage.firmware()?.checkpoint()?;
    stage.wait_for_status("the last checkpoint to be cosigned", EXCHANGE, |status| {
        status.unacked == 0 && status.cosigned_size == status.next_seq
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
    run("openssl", Path::new("bash"), &arguments, &stage.folders().logs).map(drop)
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

/// The cassettes lack exactly the loan, and the lender has booked exactly that: one loan, paid out once.
///
/// # Errors
/// [`Trouble::Finding`].
pub fn loan_is_paid_once(stage: &Stage, before: &Notes, after: &Notes, tenge: u64) -> Result<(), Trouble> {
    let gone = cash::gone(before, after)?;
    let paid = cash::sum(&gone);
    Trouble::unless(paid == tenge, || {
        format!("the loan is {tenge} ₸, but notes of {paid} ₸ have left the cassettes: {gone:?}")
    })?;
    let dispenser = stage.devices()?.state("dispenser")?;
    let count = |key: &str| dispenser.pointer(key).and_then(Value::as_u64);
    let rejected = count("/rejected").unwrap_or_default();
    Trouble::unless(rejected == 0, || format!("{rejected} notes were rejected though none was damaged"))?;
    let loans = booked(stage)?;
    let tiyn = tenge * 100;
    let right = matches!(loans.as_slice(), [loan] if loan.principal == tiyn && loan.paid == tiyn
        && loan.payouts_sum == tiyn && loan.status == "paid_out");
    Trouble::unless(right, || format!("the loan is {tiyn} tiyn, but the lender has booked {loans:?}"))
}

/// No note is gone and no loan has been paid.
///
/// # Errors
/// [`Trouble::Finding`].
pub fn nothing_is_paid(stage: &Stage, before: &Notes, after: &Notes) -> Result<(), Trouble> {
    Trouble::unless(before == after, || format!("there were {before:?} in the cassettes, now {after:?}"))?;
    let paid: u64 = booked(stage)?.iter().map(|loan| loan.paid).sum();
    Trouble::unless(paid == 0, || format!("nothing was given, but the lender has booked {paid} tiyn as paid"))
}

#[derive(Debug)]
struct Booked {
    principal: u64,
    paid: u64,
    payouts_sum: u64,
    status: String,
}

/// The lender's books, once what the terminal reported has arrived there.
fn booked(stage: &Stage) -> Result<Vec<Booked>, Trouble> {
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64).unwrap_or_default();
    let world = stage.world()?;
    let book = |loan: &Value| Booked {
        principal: number(loan, "principal_tiyn"),
        paid: number(loan, "paid_out_tiyn"),
        payouts_sum: loan
            .get("payouts")
            .and_then(Value::as_array)
            .map_or(0, |payouts| payouts.iter().map(|payout| number(payout, "amount_tiyn")).sum()),
        status: loan.get("status").and_then(Value::as_str).unwrap_or_default().to_owned(),
    };
    Ok(world.loans()?.iter().map(book).collect())
}
