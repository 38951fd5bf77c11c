//! The command line of the MFO's server: one JSON document on stdout, text for people on stderr.
//!
//! Exit codes: 0 good, 1 finding, 2 usage, 3 incomplete evidence, 4 environment.

mod arguments;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use arguments::{
    Account, Accounts, Admin, Archive, Arguments, Command, Configured, Connectors, Feed, SealKey,
};
use clap::Parser as _;
use senim_domain::{ClientId, LoanId, PayoutRequestId, SettlementId, TerminalId};
use senim_gateway::commands::{self, CommandError, Flagged, Opened, SettleStep};
use senim_gateway::desk::listener;
use senim_gateway::quotation;
use senim_gateway::recovery;
use senim_gateway::{custody, est, feed, serve};
use senim_gateway_core::connectors::RevocationGround;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "senim-gateway: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(command: Command) -> Result<u8, CommandError> {
    let document = match command {
        Command::Serve(configured) => return serve_until_told(open(&configured)?),
        Command::Enrol { configured, terminal, out: Some(out), staff, .. } => {
            commands::enrol(&open(&configured)?, &terminal, &out, &staff.actor()?)?
        }
        Command::Enrol { configured, terminal, out: None, hours, staff, .. } => {
            commands::enrolment_code(&open(&configured)?, &terminal, hours, &staff.actor()?)?
        }
        Command::Revoke { configured, terminal, serial, staff } => {
            commands::revoke(&open(&configured)?, &terminal, serial.as_deref(), &staff.actor()?)?
        }
        Command::Backup { configured, out } => commands::backup(&configured.config, &out)?,
        Command::Admin(Admin::RulePack { configured, file, staff }) => {
            commands::rule_pack(&open(&configured)?, &file, &staff.actor()?)?
        }
        Command::Admin(Admin::Activate { configured, terminal, place, inactive, staff }) => {
            let activate = place.activate(!inactive, commands::today()?);
            commands::activate(&open(&configured)?, &terminal, &activate, &staff.actor()?)?
        }
        Command::Admin(Admin::Order {
            configured,
            terminal,
            file,
            add,
            collect,
            stacker,
            rejects,
            hours,
            staff,
        }) => {
            let order = commands::read_order(file.as_ref(), &add, &collect, (stacker, rejects), hours)?;
            commands::order(&open(&configured)?, &terminal, &order, &staff.actor()?)?
        }
        Command::Admin(Admin::Repayments { configured }) => commands::repayments(&open(&configured)?)?,
        Command::Admin(Admin::Revocations {
            configured,
            application,
            revoke,
            keep,
            ground_type,
            doc_number,
            doc_date,
            doc_name,
            by,
            reason,
        }) => {
            let opened = open(&configured)?;
            let ground = ground_type.zip(doc_number).zip(doc_date.zip(doc_name));
            let ground = ground.map(|((ground_type, doc_number), (doc_date, doc_name))| RevocationGround {
                ground_type,
                doc_number,
                doc_date,
                doc_name,
            });
            match (application, by.zip(reason)) {
                (Some(application), Some((by, reason))) if keep || revoke => {
                    let keep = keep.then_some(ground);
                    commands::decide_revocation(&opened, &application, keep, &commands::actor(&by, &reason)?)?
                }
                (None, _) => commands::revocations(&opened)?,
                (Some(_), _) => return Err(CommandError::Usage("say --revoke or --keep".to_owned())),
            }
        }
        Command::Admin(Admin::Settle { configured, loan, request, given, found, confirm, by, reason }) => {
            let step = match confirm {
                Some(proposal) => SettleStep::Confirm(SettlementId(proposal)),
                None if given.is_empty() => SettleStep::Show,
                None => SettleStep::Propose(commands::read_count(&given, &found)?),
            };
            let by = by.zip(reason).map(|(by, reason)| commands::actor(&by, &reason)).transpose()?;
            let (loan, request) = (LoanId(loan), PayoutRequestId(request));
            commands::settle(&open(&configured)?, loan, request, &step, by.as_ref())?
        }
        Command::Admin(Admin::Flag { configured, loan, terminal, lift, seen, by, reason, .. }) => {
            let opened = open(&configured)?;
            let terminal = terminal.map(|name| name.parse::<TerminalId>()).transpose();
            let terminal = terminal.map_err(|error| CommandError::Usage(error.to_string()))?;
            let of = match (loan, terminal) {
                (Some(loan), _) => Some(Flagged::Loan(LoanId(loan))),
                (None, Some(terminal)) => Some(Flagged::Terminal(terminal, seen)),
                (None, None) => None,
            };
            match (of, by.zip(reason)) {
                (Some(of), Some((by, reason))) => {
                    commands::flag(&opened, &of, !lift, &commands::actor(&by, &reason)?)?
                }
                (_, _) => commands::flags(&opened)?,
            }
        }
        Command::Admin(Admin::CardLost { configured, client, staff }) => {
            commands::card_lost(&open(&configured)?, ClientId(client), &staff.actor()?)?
        }
        Command::Admin(Admin::Command { configured, terminal, command, minutes, staff }) => {
            commands::command(&open(&configured)?, &terminal, &command, minutes, &staff.actor()?)?
        }
        Command::Staff(Accounts::Add { account: Account { configured, name, staff }, roles }) => {
            let roles = roles.into_iter().collect();
            commands::add_staff(&open(&configured)?, &name, &roles, &staff.actor()?)?
        }
        Command::Staff(Accounts::Remove(Account { configured, name, staff })) => {
            commands::remove_staff(&open(&configured)?, &name, &staff.actor()?)?
        }
        Command::Admin(Admin::Trail { configured, since, limit }) => {
            let (trail, code) = commands::trail(&open(&configured)?, since.as_deref(), limit)?;
            print(&trail)?;
            return Ok(code);
        }
        Command::SealKey(SealKey::Rotate { configured, days, overlap_days, staff }) => {
            commands::rotate_seal_key(&open(&configured)?, (days, overlap_days), &staff.actor()?)?
        }
        Command::SealKey(SealKey::Revoke { configured, kid, staff }) => {
            commands::revoke_seal_key(&open(&configured)?, &kid, &staff.actor()?)?
        }
        Command::SealKey(SealKey::List { configured }) => commands::seal_keys(&open(&configured)?)?,
        Command::Dossier { configured, terminal, operation, out, staff } => {
            let by = staff.actor()?;
            commands::dossier(&open(&configured)?, &terminal, &operation, &out, &by)?
        }
        Command::Admin(Admin::Rewind(arguments)) => {
            recovery::rewind(&open_file(&arguments.config)?, &arguments)?
        }
        Command::Admin(Admin::Succession(arguments)) => {
            recovery::succession(&open_file(&arguments.config)?, &arguments)?
        }
        Command::Connectors(Connectors::Check(arguments)) => {
            let (report, code) = commands::check_connectors(&arguments)?;
            print(&report)?;
            return Ok(code);
        }
        Command::Restore(arguments) => recovery::restore(&open_file(&arguments.config)?, &arguments)?,
        Command::Import(arguments) => {
            let (report, code) = recovery::import(&open_file(&arguments.config)?, &arguments)?;
            print(&report)?;
            return Ok(code);
        }
        Command::Open { configured, staff, terminal, sha256, out } => {
            custody::open(&open(&configured)?, &staff.actor()?, &terminal, &sha256, &out)?
        }
        Command::Archive(command) => archive(command)?,
        Command::Feed(Feed::Dead(configured)) => custody::dead(&open(&configured)?)?,
        Command::Feed(Feed::Retry { configured, staff, n }) => {
            custody::retry(&open(&configured)?, &staff.actor()?, n)?
        }
        Command::Verify { dir, trust, expect } => {
            let (report, code) = commands::verify(&dir, &trust, expect.as_deref())?;
            print(&report)?;
            return Ok(code);
        }
        Command::Quote(arguments) => {
            let quote = quotation::make(&arguments).map_err(CommandError::Usage)?;
            serde_json::to_value(quote).map_err(|error| CommandError::Environment(error.to_string()))?
        }
    };
    print(&document)?;
    Ok(0)
}

fn archive(command: Archive) -> Result<Value, CommandError> {
    match command {
        Archive::Due(configured) => custody::due(&open(&configured)?),
        Archive::Erase { configured, staff, document, early } => {
            custody::erase(&open(&configured)?, &staff.actor()?, document.as_deref(), early)
        }
        Archive::Hold { configured, staff, document, lift } => {
            custody::hold(&open(&configured)?, &staff.actor()?, &document, lift)
        }
        Archive::CloseLoan { configured, staff, loan } => {
            custody::close_loan(&open(&configured)?, &staff.actor()?, &loan)
        }
        Archive::RotateKey { configured, staff } => custody::rotate_key(&open(&configured)?, &staff.actor()?),
        Archive::RetireKeys { configured, staff } => {
            custody::retire_keys(&open(&configured)?, &staff.actor()?)
        }
    }
}

fn print(document: &Value) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{document}")
        .and_then(|()| out.flush())
        .map_err(|error| CommandError::Environment(format!("stdout: {error}")))
}

fn open(configured: &Configured) -> Result<Opened, CommandError> {
    open_file(&configured.config)
}

fn open_file(config: &Path) -> Result<Opened, CommandError> {
    let opened = commands::open(config)?;
    let filter = tracing_subscriber::EnvFilter::try_new(&opened.config.log)
        .map_err(|error| CommandError::Environment(format!("the configuration's log: {error}")))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    Ok(opened)
}

fn serve_until_told(opened: Opened) -> Result<u8, CommandError> {
    let environment = |error: &dyn std::fmt::Display| CommandError::Environment(error.to_string());
    let server = commands::prepare_server(opened)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(server.limits.threads)
        .build()
        .map_err(|error| environment(&error))?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(|error| environment(&error))?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| environment(&error))?;
        let (listener, local) = serve::listen(server.listen).await.map_err(|error| environment(&error))?;
        let (end, ending) = watch::channel(false);
        let mut told = json!({"listening": local.to_string()});
        let mut pages = None;
        if let Some(staff) = server.staff {
            let (listener, local) = serve::listen(staff.listen).await.map_err(|error| environment(&error))?;
            let scheme = if staff.tls.is_some() { "https" } else { "http" };
            if let Some(fields) = told.as_object_mut() {
                fields.insert("staff".to_owned(), json!(format!("{scheme}://{local}")));
            }
            let serving = listener::serve(listener, staff.tls, staff.pages, ending.clone());
            pages = Some(tokio::spawn(serving));
        }
        if let Some((address, token)) = server.feed {
            let served = feed::serve(address, token, Arc::clone(&server.gateway), ending.clone()).await;
            let (feed, _) = served.map_err(|error| environment(&error))?;
            if let Some(fields) = told.as_object_mut() {
                fields.insert("feed".to_owned(), json!(feed.to_string()));
            }
        }
        if let Some(enrolment) = server.est {
            let (listener, local) =
                serve::listen(enrolment.listen).await.map_err(|error| environment(&error))?;
            if let Some(fields) = told.as_object_mut() {
                fields.insert("est".to_owned(), json!(local.to_string()));
            }
            tokio::spawn(est::serve(listener, enrolment.tls, enrolment.est, ending.clone()));
        }
        print(&told)?;
        let around =
            serve::Around { limits: server.limits, webhook: server.webhook, metrics: server.metrics };
        let serving = serve::serve_within(listener, server.tls, server.gateway, around, ending);
        let serving = tokio::spawn(serving);
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("ending");
        let _ = end.send(true);
        if let Some(pages) = pages {
            pages.await.map_err(|error| environment(&error))?;
        }
        serving.await.map_err(|error| environment(&error))
    })?;
    Ok(0)
}
