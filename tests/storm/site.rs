//! The MFO's machine room: folder, configuration, database, and the gateway as a process that can be killed.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use senim_domain::Secret;
use senim_gateway::store::{self, PostgresOptions, StoreAddress};
use senim_gateway_core::Gateway;
use senim_gateway_core::store::Store;
use senim_test_postgres::Cluster;
use serde_json::Value;

use crate::storm::Base;

/// How long a gateway may take to say that it listens.
const START: Duration = Duration::from_secs(60);

/// Who decides, and why.
const STAFF: &[&str] = &["--by", "storm", "--reason", "proof"];

/// The machine room.
pub struct Site {
    pub dir: tempfile::TempDir,
    pub listen: std::net::SocketAddr,
    program: PathBuf,
    gateway: Option<Child>,
    pub cluster: Option<Cluster>,
    backups: u32,
}

/// Where the program is: beside this one, one folder up for tests, or where the caller says.
fn gateway_program() -> anyhow::Result<PathBuf> {
    let given = std::env::var_os("SENIM_BIN_DIR").map(PathBuf::from);
    let exe = std::env::current_exe()?;
    let folders = given.into_iter().chain(exe.ancestors().skip(1).take(2).map(Path::to_path_buf));
    let found = folders.map(|folder| folder.join("senim-gateway")).find(|path| path.is_file());
    found.context("senim-gateway is not beside this program; build it, or set SENIM_BIN_DIR")
}

impl Site {
    /// A site that serves nobody yet; `None` where PostgreSQL is wanted and not installed.
    pub fn new(base: Base, services: std::net::SocketAddr) -> anyhow::Result<Option<Self>> {
        let dir = tempfile::Builder::new().prefix("senim-storm-").tempdir()?;
        let cluster = match base {
            Base::Sqlite => None,
            Base::Postgres => match Cluster::start()? {
                Some(cluster) => Some(cluster),
                None => return Ok(None),
            },
        };
        // Taken and given back: the gateway gets the same port at each start.
        let listen = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let store = cluster.as_ref().map_or_else(|| "sqlite:gateway.db".to_owned(), Cluster::url);
        let config = format!(
            "listen = '{listen}'\nstore = '{store}'\nkeys = 'keys'\nprofile = 'rig'\nsecond_copy = 'second'\nlog = 'warn'\n\
             [limits]\nconnections_per_terminal = 64\n[connectors]\ncore_url = 'http://{services}'\nmatch_url = 'http://{services}'\nsms_url = 'http://{services}'\n"
        );
        std::fs::write(dir.path().join("gateway.toml"), config)?;
        std::fs::write(
            dir.path().join("rule-pack.json"),
            include_str!("../../docs/formats/rule-pack.sample.json"),
        )?;
        Ok(Some(Self { dir, listen, program: gateway_program()?, gateway: None, cluster, backups: 0 }))
    }

    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.dir.path().join("gateway.toml")
    }

    /// Runs a command of the gateway and gives its document.
    pub fn command(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = Command::new(&self.program)
            .args(arguments)
            .arg("--config")
            .arg(self.config())
            .stdin(Stdio::null())
            .output()
            .with_context(|| self.program.display().to_string())?;
        if !output.status.success() {
            bail!("senim-gateway {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Something that staff decide.
    pub fn decide(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        self.command(&[arguments, STAFF].concat())
    }

    /// Starts the gateway and waits until it listens.
    pub fn start(&mut self) -> anyhow::Result<()> {
        let log =
            std::fs::File::options().create(true).append(true).open(self.dir.path().join("gateway.log"))?;
        let mut child = Command::new(&self.program)
            .args(["serve", "--config"])
            .arg(self.config())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("its standard output")?).lines();
        let since = Instant::now();
        let heard = lines.next().transpose()?;
        if heard.is_none() || since.elapsed() > START {
            let _ = child.kill();
            bail!("the gateway did not start: {}", self.log());
        }
        self.gateway = Some(child);
        Ok(())
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut gateway) = self.gateway.take() {
            let _ = gateway.kill();
            let _ = gateway.wait();
        }
    }

    /// Resident memory of the gateway's process at its highest, KiB.
    #[must_use]
    pub fn peak_kib(&self) -> u64 {
        let Some(gateway) = &self.gateway else { return 0 };
        let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// User and system time of the gateway's process so far, seconds.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        self.gateway.as_ref().map_or(0.0, |gateway| senim_test_postgres::cpu_seconds(gateway.id()))
    }

    /// Takes a back-up beside the running gateway.
    pub fn back_up(&mut self) -> anyhow::Result<PathBuf> {
        self.backups += 1;
        let copy = self.dir.path().join(format!("backup-{}", self.backups));
        match &self.cluster {
            None => {
                self.command(&["backup", "--out", &copy.display().to_string()])?;
            }
            Some(cluster) => {
                let to = cluster.dir().join(format!("backup-{}", self.backups));
                cluster.run(
                    "pg_dump",
                    &["--format=custom", "--file", &to.display().to_string(), "--dbname", &cluster.url()],
                )?;
                return Ok(to);
            }
        }
        Ok(copy)
    }

    /// Puts a back-up in the place of the store, as after the loss of a disk, and says so to the gateway.
    pub fn put_back(&mut self, copy: &Path) -> anyhow::Result<()> {
        self.kill();
        match &self.cluster {
            None => {
                let db = self.dir.path().join("gateway.db");
                for suffix in ["-wal", "-shm"] {
                    let _ = std::fs::remove_file(self.dir.path().join(format!("gateway.db{suffix}")));
                }
                std::fs::copy(copy, &db)?;
            }
            Some(cluster) => {
                let wipe = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;";
                cluster.run("psql", &["--quiet", "--dbname", &cluster.url(), "--command", wipe])?;
                cluster.run("pg_restore", &["--dbname", &cluster.url(), &copy.display().to_string()])?;
            }
        }
        self.decide(&["restore"])?;
        Ok(())
    }

    /// The gateway's records, with its keys and rules around them.
    pub fn gateway(&self) -> anyhow::Result<Gateway> {
        Ok(senim_gateway::commands::open(&self.config()).map_err(|error| anyhow::anyhow!("{error}"))?.gateway)
    }

    /// The gateway's records.
    pub fn store(&self) -> anyhow::Result<Box<dyn Store>> {
        let address: StoreAddress = match &self.cluster {
            None => StoreAddress::Sqlite(self.dir.path().join("gateway.db")),
            Some(cluster) => StoreAddress::Postgres(Secret::new(cluster.url())),
        };
        Ok(store::open(&address, &PostgresOptions::default())?)
    }

    /// The end of the gateway's log.
    #[must_use]
    pub fn log(&self) -> String {
        let text = std::fs::read_to_string(self.dir.path().join("gateway.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.kill();
    }
}
