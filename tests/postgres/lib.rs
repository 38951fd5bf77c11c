//! Throw-away PostgreSQL clusters for tests and benches: real servers that can be killed and started again.
//!
//! A cluster lives in a temporary folder, is reached through a Unix socket there, and keeps `fsync` on, since durability
//! is what is tested. PostgreSQL refuses to run as root; for root it runs as the user of Debian's package. A guardian
//! process ends the cluster and removes its folder when this process ends, however it ends.

mod guardian;
mod processes;

use std::fmt::Write as _;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub use processes::cpu_seconds;

use guardian::Guardian;
use processes::{children, gone, kill};

/// How a notice begins; `./test` looks for it.
const NOTICE: &str = "SKIPPED PEER";
/// Where Debian keeps one folder per major version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Longest wait for a server to start (recovery included) or to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// The user of Debian's package, and the superuser of each cluster.
const USER: &str = "postgres";

/// Why there is no cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A program or a file failed.
    #[error("{what}: {source}")]
    Io {
        /// What was done.
        what: String,
        /// How it failed.
        #[source]
        source: io::Error,
    },
    /// A program of PostgreSQL ended with an error.
    #[error("{program} failed: {output}")]
    Failed {
        /// Which.
        program: &'static str,
        /// What it said.
        output: String,
    },
    /// This process is root and there is no user to become.
    #[error("there is no user {USER}; PostgreSQL does not run as root")]
    NoUser,
    /// It did not come up, or did not end, in time.
    #[error("the server is not {state} after {PATIENCE:?}; its log ends with: {log}")]
    Late {
        /// What it should have been.
        state: &'static str,
        /// End of its log.
        log: String,
    },
}

fn failed(what: impl Into<String>) -> impl FnOnce(io::Error) -> ClusterError {
    let what = what.into();
    |source| ClusterError::Io { what, source }
}

/// A running cluster.
pub struct Cluster {
    programs: PathBuf,
    user: Option<(u32, u32)>,
    databases: AtomicU32,
    server: Option<Child>,
    // Before the folder: whoever guards it ends first.
    guardian: Guardian,
    dir: tempfile::TempDir,
}

impl Cluster {
    /// A new cluster that is ready; `None`, said loudly, where PostgreSQL is not installed.
    ///
    /// # Errors
    /// [`ClusterError`]: PostgreSQL is there and does not work.
    pub fn start() -> Result<Option<Self>, ClusterError> {
        Self::start_with(&[])
    }

    /// As [`Self::start`], with settings of `postgresql.conf`.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub fn start_with(settings: &[(&str, &str)]) -> Result<Option<Self>, ClusterError> {
        let Some(programs) = programs() else {
            skipped("PostgreSQL's server is not installed");
            return Ok(None);
        };
        let dir = tempfile::Builder::new().prefix("senim-postgres-").tempdir().map_err(failed("folder"))?;
        let mut cluster = Self {
            user: user_for(dir.path())?,
            guardian: Guardian::new(dir.path()).map_err(failed("guardian"))?,
            programs,
            databases: AtomicU32::new(0),
            server: None,
            dir,
        };
        cluster.give_away(cluster.dir.path())?;
        let data = cluster.data().display().to_string();
        cluster.run(
            "initdb",
            &[
                "--pgdata",
                &data,
                "--auth=trust",
                "--username",
                USER,
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C",
            ],
        )?;
        cluster.configure(settings)?;
        cluster.restart()?;
        Ok(Some(cluster))
    }

    /// The database that every cluster has.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// A fresh database of this cluster, so that tests can share one.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub fn database(&self) -> Result<String, ClusterError> {
        let name = format!("senim_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let host = self.dir.path().display().to_string();
        self.run("createdb", &["--host", &host, "--username", USER, &name])?;
        Ok(self.url_of(&name))
    }

    /// Folder of the socket and of whatever a test puts beside it.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Makes a file or folder the server's own, as it demands of keys.
    ///
    /// # Errors
    /// [`ClusterError::Io`].
    pub fn give_away(&self, path: &Path) -> Result<(), ClusterError> {
        let Some((user, group)) = self.user else { return Ok(()) };
        std::os::unix::fs::chown(path, Some(user), Some(group)).map_err(failed("chown"))
    }

    /// A program of PostgreSQL (`psql`, `pg_dump` …) as the cluster's user; its standard output.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub fn run(&self, program: &'static str, arguments: &[&str]) -> Result<String, ClusterError> {
        let output = self.command(program).args(arguments).output().map_err(failed(program))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let output = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(ClusterError::Failed { program, output })
    }

    /// SIGKILL to the server and to each process of it: what a power cut leaves, but for the kernel's cache.
    ///
    /// # Errors
    /// [`ClusterError::Late`].
    pub fn kill(&mut self) -> Result<(), ClusterError> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        let backends = children(server.id());
        server.kill().map_err(failed("kill"))?;
        server.wait().map_err(failed("wait"))?;
        backends.iter().for_each(|backend| kill(*backend));
        // Until the last one is gone the next server refuses the shared memory.
        self.until("gone", || backends.iter().all(|backend| gone(*backend)))
    }

    /// Ends the server in order, as an operator does.
    ///
    /// # Errors
    /// [`ClusterError::Late`].
    pub fn stop(&mut self) -> Result<(), ClusterError> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        processes::interrupt(server.id());
        server.wait().map_err(failed("wait"))?;
        Ok(())
    }

    /// Starts the server again and waits until it has recovered. One that runs is ended first.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub fn restart(&mut self) -> Result<(), ClusterError> {
        self.stop()?;
        let log =
            std::fs::File::options().create(true).append(true).open(self.log()).map_err(failed("log"))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let server = command.spawn().map_err(failed("postgres"))?;
        self.guardian.watch(server.id()).map_err(failed("guardian"))?;
        // A killed server leaves its status behind, so the pid has to be the new one's.
        let pid = server.id().to_string();
        self.server = Some(server);
        let status = self.data().join("postmaster.pid");
        self.until("ready", || {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = |at| text.lines().nth(at).map(str::trim);
            line(0) == Some(pid.as_str()) && line(7) == Some("ready")
        })
    }

    /// User and system time of the server and all its processes so far, in seconds; those that have ended included.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        let Some(server) = &self.server else { return 0.0 };
        let living: f64 = children(server.id()).into_iter().map(cpu_seconds).sum();
        living + cpu_seconds(server.id())
    }

    fn url_of(&self, database: &str) -> String {
        let mut host = String::new();
        for byte in self.dir.path().display().to_string().bytes() {
            let _ = match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    write!(host, "{}", char::from(byte))
                }
                other => write!(host, "%{other:02X}"),
            };
        }
        format!("postgres://{USER}@{host}/{database}")
    }

    fn configure(&self, settings: &[(&str, &str)]) -> Result<(), ClusterError> {
        let dir = self.dir.path().display().to_string();
        let own = [("listen_addresses", ""), ("max_connections", "200"), ("unix_socket_directories", &dir)];
        let mut text = String::new();
        for (name, value) in own.iter().chain(settings) {
            let _ = writeln!(text, "{name} = '{}'", value.replace('\'', "''"));
        }
        let path = self.data().join("postgresql.conf");
        let mut file = std::fs::File::options().append(true).open(path).map_err(failed("postgresql.conf"))?;
        io::Write::write_all(&mut file, text.as_bytes()).map_err(failed("postgresql.conf"))
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command.current_dir(self.dir.path());
        command
    }

    #[expect(clippy::disallowed_methods, reason = "another process is waited for, with a deadline")]
    fn until(&self, state: &'static str, holds: impl Fn() -> bool) -> Result<(), ClusterError> {
        let deadline = Instant::now() + PATIENCE;
        while !holds() {
            if Instant::now() > deadline {
                let log = std::fs::read_to_string(self.log()).unwrap_or_default();
                let from = log.char_indices().rev().nth(2000).map_or(0, |(at, _)| at);
                return Err(ClusterError::Late {
                    state,
                    log: log.get(from..).unwrap_or_default().to_owned(),
                });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // At once, but so that the server still collects its children.
        if let Some(mut server) = self.server.take() {
            processes::quit(server.id());
            let _ = server.wait();
        }
    }
}

/// Says past the test harness that a test did without PostgreSQL.
fn skipped(why: &str) {
    use io::Write as _;
    // One write: tests run side by side. Nobody can be told when standard error is closed.
    let _ = io::stderr().write_all(format!("{NOTICE} postgresql: {why}\n").as_bytes());
}

/// The folder of the newest installed version, or of the PATH.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").is_file())
        .max();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = || std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file());
    newest.map(|(_, bin)| bin).or_else(on_path)
}

/// User and group to become; `None` for who is not root, which is told by who owns what is made.
fn user_for(made: &Path) -> Result<Option<(u32, u32)>, ClusterError> {
    use std::os::unix::fs::MetadataExt as _;
    if std::fs::metadata(made).map_err(failed("folder"))?.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").map_err(failed("/etc/passwd"))?;
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let found = fields.into_iter().find_map(|fields| match fields.as_slice() {
        [name, _, user, group, ..] if *name == USER => Some((user.parse().ok()?, group.parse().ok()?)),
        _ => None,
    });
    found.map(Some).ok_or(ClusterError::NoUser)
}
