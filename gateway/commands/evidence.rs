//! Commands about evidence: exports and dossiers verified and made, and the keys that terminals seal to.

use std::path::Path;
use std::sync::Arc;

use senim_gateway_core::{Actor, Which};
use senim_operation::dossier::{self, verify_dossier};
use senim_operation::export::{ExportResult, verify_export};
use senim_operation::seal_keys::{SealKey, newest};
use senim_operation::trust::Trust;
use serde_json::{Value, json};

use super::{CommandError, Opened};
use crate::clock::now;

/// `verify`: the report on an export or a dossier, and the exit code.
///
/// # Errors
/// [`CommandError`].
pub fn verify(dir: &Path, trust: &Path, expect: Option<&str>) -> Result<(Value, u8), CommandError> {
    let pem = std::fs::read_to_string(trust)
        .map_err(|error| CommandError::environment(format!("{}: {error}", trust.display())))?;
    let trust = Trust::from_pem(&pem).map_err(CommandError::environment)?;
    let expect = expect.map(str::parse).transpose().map_err(CommandError::usage)?;
    let trust = Arc::new(trust);
    let (result, report) = if dir.join(dossier::STATEMENT_FILE).exists() {
        if expect.is_some() {
            return Err(CommandError::usage("--expect is about an export; a dossier names its trees itself"));
        }
        let report = verify_dossier(dir, trust).map_err(CommandError::environment)?;
        (report.result, serde_json::to_value(report))
    } else {
        let report = verify_export(dir, trust, expect).map_err(CommandError::environment)?;
        (report.result, serde_json::to_value(report))
    };
    let code = match result {
        ExportResult::Good => 0,
        ExportResult::Finding => 1,
        ExportResult::Incomplete => 3,
    };
    Ok((report.map_err(CommandError::environment)?, code))
}

/// `seal-key rotate`: makes a key and sends it to every terminal.
///
/// # Errors
/// [`CommandError`].
pub fn rotate_seal_key(opened: &Opened, days: (u16, u16), by: &Actor) -> Result<Value, CommandError> {
    let in_use = opened.keys.seal_jwk().map_err(CommandError::environment)?;
    let new = opened.keys.new_seal_key().map_err(CommandError::environment)?;
    seal_key_list(&opened.gateway.rotate_seal_key(in_use, new, days, by, now())?)
}

/// `seal-key revoke`.
///
/// # Errors
/// [`CommandError`].
pub fn revoke_seal_key(opened: &Opened, kid: &str, by: &Actor) -> Result<Value, CommandError> {
    seal_key_list(&opened.gateway.revoke_seal_key(kid, by, now())?)
}

/// `seal-key list`.
///
/// # Errors
/// [`CommandError`].
pub fn seal_keys(opened: &Opened) -> Result<Value, CommandError> {
    seal_key_list(&opened.gateway.seal_keys()?)
}

fn seal_key_list(keys: &[SealKey]) -> Result<Value, CommandError> {
    let in_use = newest(keys, now()).map(|key| key.kid.as_str());
    Ok(json!({"keys": keys, "in_use": in_use}))
}

/// `dossier`: everything about one operation in a directory that is new or empty.
///
/// # Errors
/// [`CommandError`].
pub fn dossier(
    opened: &Opened,
    terminal: &str,
    operation: &str,
    out: &Path,
    by: &Actor,
) -> Result<Value, CommandError> {
    let terminal = terminal.parse().map_err(CommandError::usage)?;
    let which: Which = operation.parse().map_err(CommandError::usage)?;
    if std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(CommandError::usage(format!("{} is not empty; name a new directory", out.display())));
    }
    let dossier = opened.gateway.dossier(&terminal, &which, by, now())?;
    let write = || -> std::io::Result<()> {
        for (name, bytes) in &dossier.files {
            let path = out.join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(out))?;
            std::fs::write(path, bytes)?;
        }
        Ok(())
    };
    write().map_err(|error| CommandError::environment(format!("{}: {error}", out.display())))?;
    Ok(json!({
        "subject": dossier.subject,
        "rows": dossier.rows,
        "terminals": dossier.terminals,
        "files": dossier.files.len(),
        "dir": out.display().to_string(),
    }))
}
