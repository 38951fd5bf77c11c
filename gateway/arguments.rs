//! What can be typed behind `senim-gateway`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use senim_domain::business_days::Day;
use senim_domain::location::{Point, RegisteredLocation};
use senim_gateway::commands::{self, CommandError, ConnectorCheckArguments};
use senim_gateway::quotation::QuoteArguments;
use senim_gateway::recovery::{ImportArguments, RestoreArguments, RewindArguments, SuccessionArguments};
use senim_gateway_core::directives::Activate;
use senim_gateway_core::{Actor, Role};
use uuid::Uuid;

/// The MFO's server of Senim loan terminals.
#[derive(Parser)]
#[command(version, about)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve terminals.
    Serve(Configured),
    /// Enter a terminal: a one-time code for its technician, or a rig's key and certificates in a directory.
    Enrol {
        #[command(flatten)]
        configured: Configured,
        /// Terminal's name: 1–32 of a–z 0–9 -.
        #[arg(long)]
        terminal: String,
        /// Directory to write to.
        #[arg(long, required_unless_present = "code", conflicts_with = "code")]
        out: Option<PathBuf>,
        /// Make a one-time code.
        #[arg(long)]
        code: bool,
        /// Life of the code in hours.
        #[arg(long, default_value_t = 24)]
        hours: u32,
        #[command(flatten)]
        staff: Staff,
    },
    /// Let a terminal's certificates count no more; what they signed before still does.
    Revoke {
        #[command(flatten)]
        configured: Configured,
        /// Terminal's name.
        #[arg(long)]
        terminal: String,
        /// One certificate alone, by its serial number.
        #[arg(long)]
        serial: Option<String>,
        #[command(flatten)]
        staff: Staff,
    },
    /// Declare that the store was put back from a back-up, or say how the restoring stands.
    Restore(RestoreArguments),
    /// Take unsent rows and attachments from the disk of a terminal whose board died.
    Import(ImportArguments),
    /// Copy the SQLite store, beside a running `serve`.
    Backup {
        #[command(flatten)]
        configured: Configured,
        /// File to write; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// What the MFO decides.
    #[command(subcommand)]
    Admin(Admin),
    /// Who may sign in to the desk's pages.
    #[command(subcommand)]
    Staff(Accounts),
    /// Open a sealed document; it is counted and written down.
    Open {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
        /// Terminal's name.
        #[arg(long)]
        terminal: String,
        /// SHA-256 of the sealed document, base64url.
        #[arg(long, allow_hyphen_values = true)]
        sha256: String,
        /// File to write to; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// The archive of documents.
    #[command(subcommand)]
    Archive(Archive),
    /// Events for the MFO's other systems.
    #[command(subcommand)]
    Feed(Feed),
    /// The keys that terminals seal personal data to.
    #[command(subcommand)]
    SealKey(SealKey),
    /// Write everything about one operation, with proofs, into a directory.
    Dossier {
        #[command(flatten)]
        configured: Configured,
        /// Terminal's name.
        #[arg(long)]
        terminal: String,
        /// The operation: its number in the terminal's journal, its UUID, or that of its loan or payout request.
        #[arg(long, value_name = "NUMBER|UUID")]
        operation: String,
        /// Directory to write to; new or empty.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        staff: Staff,
    },
    /// Verify an exported journal or a dossier.
    Verify {
        /// Directory with operations.jsonl, checkpoint.note, jwks.json, range.json, or with dossier.jws.
        dir: PathBuf,
        /// The MFO's CA.
        #[arg(long)]
        trust: PathBuf,
        /// Size and root that are known from elsewhere.
        #[arg(long, value_name = "SIZE:ROOT")]
        expect: Option<String>,
    },
    /// Calculate a loan.
    Quote(QuoteArguments),
    /// The services behind the MFO.
    #[command(subcommand)]
    Connectors(Connectors),
}

#[derive(Subcommand)]
pub(crate) enum Connectors {
    /// Play scenarios against somebody's service, never one in use: they enter contracts and send messages.
    Check(ConnectorCheckArguments),
}

#[derive(Args)]
pub(crate) struct Configured {
    /// Configuration file.
    #[arg(long)]
    pub(crate) config: PathBuf,
}

/// Who acts, and why: both go into the trail of acts.
#[derive(Args)]
pub(crate) struct Staff {
    /// Name of the member of staff.
    #[arg(long)]
    pub(crate) by: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
}

impl Staff {
    pub(crate) fn actor(&self) -> Result<Actor, CommandError> {
        commands::actor(&self.by, &self.reason)
    }
}

#[derive(Subcommand)]
pub(crate) enum Accounts {
    /// Let somebody sign in, or give them other roles, a new word and new codes; these are shown once.
    Add {
        #[command(flatten)]
        account: Account,
        /// What their job is: support, risk, cash, technician, security, auditor; several are allowed.
        #[arg(long = "role", required = true, num_args = 1..)]
        roles: Vec<Role>,
    },
    /// Let them no more.
    Remove(Account),
}

#[derive(Args)]
pub(crate) struct Account {
    #[command(flatten)]
    pub(crate) configured: Configured,
    /// Name to sign in with, and to act under.
    #[arg(long)]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) staff: Staff,
}

#[derive(Subcommand)]
pub(crate) enum SealKey {
    /// Make a key and have every terminal seal to it; the former ones end after the overlap.
    Rotate {
        #[command(flatten)]
        configured: Configured,
        /// Days that the new key lives.
        #[arg(long, default_value_t = 400)]
        days: u16,
        /// Days that the former keys may still be sealed to.
        #[arg(long, default_value_t = 30)]
        overlap_days: u16,
        #[command(flatten)]
        staff: Staff,
    },
    /// Have no terminal seal to a key any more.
    Revoke {
        #[command(flatten)]
        configured: Configured,
        /// The key's thumbprint.
        #[arg(long, allow_hyphen_values = true)]
        kid: String,
        #[command(flatten)]
        staff: Staff,
    },
    /// List the keys and the one in use.
    List {
        #[command(flatten)]
        configured: Configured,
    },
}

#[derive(Subcommand)]
pub(crate) enum Archive {
    /// What is due for erasure.
    Due(Configured),
    /// Erase one document, or everything that is due.
    Erase {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
        /// Name in the archive: terminal/sha256 or loan//loan.
        #[arg(long)]
        document: Option<String>,
        /// Before its time.
        #[arg(long, requires = "document")]
        early: bool,
    },
    /// Put a document under a hold: it is not erased whatever its time.
    Hold {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
        /// Name in the archive.
        #[arg(long)]
        document: String,
        /// Lift the hold instead.
        #[arg(long)]
        lift: bool,
    },
    /// The obligations of a loan have ended: the clock of keeping begins.
    CloseLoan {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
        /// Loan.
        #[arg(long)]
        loan: String,
    },
    /// Make a new wrapping key and wrap every content key under it.
    RotateKey {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
    },
    /// Destroy wrapping keys that nothing needs any more.
    RetireKeys {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
    },
}

#[derive(Subcommand)]
pub(crate) enum Feed {
    /// Events that the webhook did not take in time.
    Dead(Configured),
    /// Have one of them tried once more.
    Retry {
        #[command(flatten)]
        configured: Configured,
        #[command(flatten)]
        staff: Staff,
        /// Its number.
        #[arg(long)]
        n: u64,
    },
}

/// Where a terminal may serve, and since when the regulator knows.
#[derive(clap::Args)]
pub(crate) struct ActivationPlace {
    /// Address on record.
    #[arg(long)]
    location: String,
    /// Day of the notice to the regulator, YYYY-MM-DD; service begins ten business days later or more.
    #[arg(long, required_unless_present = "inactive")]
    notified: Option<jiff::civil::Date>,
    /// Degrees north of the place, as measured.
    #[arg(long, requires = "longitude", allow_negative_numbers = true)]
    latitude: Option<f64>,
    /// Degrees east of the place, as measured.
    #[arg(long, requires = "latitude", allow_negative_numbers = true)]
    longitude: Option<f64>,
    /// How far off the terminal may measure itself, metres.
    #[arg(long, default_value_t = senim_domain::location::DEFAULT_RADIUS_M)]
    radius: u32,
}

impl ActivationPlace {
    /// What the gateway is asked for. A place beyond the Earth is refused there.
    pub(crate) fn activate(self, active: bool, today: jiff::civil::Date) -> Activate {
        let point = self.latitude.zip(self.longitude).map(|(north, east)| Point::of_degrees(north, east));
        let location = RegisteredLocation { address: self.location, point, radius_m: self.radius };
        Activate { active, location, notified: Day(self.notified.unwrap_or(today)) }
    }
}

#[derive(Subcommand)]
pub(crate) enum Admin {
    /// Publish a rule pack to every terminal.
    RulePack {
        #[command(flatten)]
        configured: Configured,
        /// The pack, JSON.
        file: PathBuf,
        #[command(flatten)]
        staff: Staff,
    },
    /// Allow a terminal to serve at its place.
    Activate {
        #[command(flatten)]
        configured: Configured,
        /// Terminal's name.
        #[arg(long)]
        terminal: String,
        #[command(flatten)]
        place: ActivationPlace,
        /// Forbid service instead.
        #[arg(long)]
        inactive: bool,
        #[command(flatten)]
        staff: Staff,
    },
    /// Order cash to be brought or taken.
    Order {
        #[command(flatten)]
        configured: Configured,
        /// Terminal's name.
        #[arg(long)]
        terminal: String,
        /// The order, JSON.
        #[arg(long, required_unless_present_any = ["add", "collect", "stacker", "rejects"], conflicts_with_all = ["add", "collect", "stacker", "rejects", "hours"])]
        file: Option<PathBuf>,
        /// unit:denomination:notes to load.
        #[arg(long, num_args = 1..)]
        add: Vec<String>,
        /// Units to empty.
        #[arg(long, num_args = 1..)]
        collect: Vec<u8>,
        /// Empty the acceptor's stacker.
        #[arg(long)]
        stacker: bool,
        /// Empty the dispenser's reject unit and retract unit.
        #[arg(long)]
        rejects: bool,
        /// Life of the order in hours.
        #[arg(long)]
        hours: Option<u32>,
        #[command(flatten)]
        staff: Staff,
    },
    /// Show money of repayments that is held because nobody knows the contract, that waits for core lending, and notes in
    /// doubt.
    Repayments {
        #[command(flatten)]
        configured: Configured,
    },
    /// List the applications to take a consent to state data back that wait for a decision, or decide on one: it goes with
    /// --revoke, it stays with --keep and a ground, by itself the obligation that is suggested.
    Revocations {
        #[command(flatten)]
        configured: Configured,
        /// The state service's number of the application.
        #[arg(long, requires_all = ["by", "reason"])]
        application: Option<String>,
        /// The consent goes.
        #[arg(long, requires = "application", conflicts_with = "keep")]
        revoke: bool,
        /// The consent stays.
        #[arg(long, requires = "application")]
        keep: bool,
        /// normativeAct, contract or obligation.
        #[arg(long, requires_all = ["keep", "doc_number", "doc_date", "doc_name"])]
        ground_type: Option<String>,
        /// Number of the document.
        #[arg(long, requires = "ground_type")]
        doc_number: Option<String>,
        /// Its date, YYYY-MM-DD.
        #[arg(long, requires = "ground_type")]
        doc_date: Option<String>,
        /// Its name.
        #[arg(long, requires = "ground_type")]
        doc_name: Option<String>,
        /// Name of the member of staff.
        #[arg(long, requires = "application")]
        by: Option<String>,
        /// Why.
        #[arg(long, requires = "application")]
        reason: Option<String>,
    },
    /// Show a payout in doubt, propose by a count what became of it, or confirm what another person proposed.
    Settle {
        #[command(flatten)]
        configured: Configured,
        /// The loan.
        #[arg(long)]
        loan: Uuid,
        /// The payout.
        #[arg(long)]
        request: Uuid,
        /// denomination:notes that the borrower received in this payout in all.
        #[arg(long, num_args = 1..)]
        given: Vec<String>,
        /// denomination:reject|retract|UNIT:notes found in the machine.
        #[arg(long, num_args = 1.., requires = "given")]
        found: Vec<String>,
        /// Confirm this proposal.
        #[arg(long, conflicts_with_all = ["given", "found"])]
        confirm: Option<Uuid>,
        /// Name of the member of staff.
        #[arg(long, requires = "reason")]
        by: Option<String>,
        /// Why: the evidence.
        #[arg(long, requires = "by")]
        reason: Option<String>,
    },
    /// Freeze a loan or quarantine a terminal, lift that, or list what is frozen.
    Flag {
        #[command(flatten)]
        configured: Configured,
        /// The loan.
        #[arg(long, conflicts_with = "terminal", required_unless_present_any = ["terminal", "list"])]
        loan: Option<Uuid>,
        /// The terminal.
        #[arg(long)]
        terminal: Option<String>,
        /// Lift the flag.
        #[arg(long)]
        lift: bool,
        /// SHA-256 of the newest row kept as evidence: it was looked at.
        #[arg(long, requires = "terminal")]
        seen: Option<String>,
        /// List payouts in doubt, frozen loans, quarantined terminals.
        #[arg(long, conflicts_with_all = ["loan", "terminal", "lift"])]
        list: bool,
        /// Name of the member of staff.
        #[arg(long, requires = "reason", required_unless_present = "list")]
        by: Option<String>,
        /// Why.
        #[arg(long, requires = "by")]
        reason: Option<String>,
    },
    /// A client reported their card lost: it opens nothing any more, and is never bound again.
    CardLost {
        #[command(flatten)]
        configured: Configured,
        /// Whose card.
        client: Uuid,
        #[command(flatten)]
        staff: Staff,
    },
    /// Have a terminal do something, once.
    Command {
        #[command(flatten)]
        configured: Configured,
        /// Terminal's name.
        #[arg(long)]
        terminal: String,
        /// takeCheckpoint, restart, outOfService (with the reason), backInService, sendTelemetry.
        #[arg(long = "do")]
        command: String,
        /// Life of the command in minutes.
        #[arg(long, default_value_t = 60)]
        minutes: u32,
        #[command(flatten)]
        staff: Staff,
    },
    /// List what staff did, newest first; exit code 1 where the trail was tampered with.
    Trail {
        #[command(flatten)]
        configured: Configured,
        /// From this day (2026-03-02) or moment (2026-03-02T07:00:00Z) on.
        #[arg(long)]
        since: Option<String>,
        /// At most so many acts.
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// Call a terminal to send its rows again, or stop waiting for it while restoring.
    Rewind(RewindArguments),
    /// Let a newly enrolled terminal take the place of one whose board died.
    Succession(SuccessionArguments),
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]
mod tests {
    use super::*;

    /// One hash in 64 begins with the sign that else begins an option.
    #[test]
    fn a_hash_or_thumbprint_that_begins_with_a_hyphen_is_taken_as_it_is_printed() {
        let hash = "-pTmDpBqkX0bF2k4r6o8s0u2w4y6A8C0E2G4I6K8M0O";
        let by = ["--config", "gateway.toml", "--by", "Дана", "--reason", "request 17"];
        let open = ["senim-gateway", "open", "--terminal", "t-1", "--sha256", hash, "--out", "opened"];
        let read = Arguments::try_parse_from(open.iter().chain(&by)).unwrap_or_else(|why| panic!("{why}"));
        assert!(matches!(read.command, Command::Open { sha256, .. } if sha256 == hash));
        let revoke = ["senim-gateway", "seal-key", "revoke", "--kid", hash];
        Arguments::try_parse_from(revoke.iter().chain(&by)).unwrap_or_else(|why| panic!("{why}"));
    }
}
