//! The storm itself: terminals in threads of their own, and somebody who breaks the machine room while they work.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use senim_domain::{OrderId, TerminalId};
use senim_rig::world::notes;
use serde::Serialize;

use crate::judge::{self, Judgement};
use crate::remote::{LineFaults, Remote, identity};
use crate::services::Services;
use crate::site::Site;
use crate::terminal::{Player, Progress};

/// What the gateway keeps its records in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Base {
    Sqlite,
    Postgres,
}

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub struct StormOptions {
    /// Rows that all terminals write together, at least.
    pub operations: u64,
    pub terminals: usize,
    /// How many work at once.
    pub threads: usize,
    pub seed: u64,
    pub base: Base,
    /// Kills of the gateway, each followed by a start.
    pub gateway_kills: u32,
    /// Kills of the database server; PostgreSQL only.
    pub database_kills: u32,
    /// Back-ups that are put back after their gateway had gone on for a while.
    pub restores: u32,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub seed: u64,
    pub store: Base,
    pub terminals: usize,
    pub seconds: u64,
    pub visits: u64,
    pub faults: Faults,
    #[serde(flatten)]
    pub judgement: Judgement,
    pub gateway_peak_kib: u64,
}

/// How often what was done.
#[derive(Clone, Debug, Serialize)]
pub struct Faults {
    pub requests_lost: u64,
    pub answers_lost: u64,
    pub requests_doubled: u64,
    pub requests_replayed: u64,
    pub connections_broken: u64,
    pub gateway_away: u64,
    pub power_cuts: u64,
    pub terminal_kills: u64,
    pub gateway_kills: u32,
    pub database_kills: u32,
    pub restores: u32,
}

struct Enrolled {
    terminal: TerminalId,
    index: usize,
    dir: PathBuf,
    order: OrderId,
}

/// Runs a storm; `None`: the database is not installed.
///
/// # Errors
/// The machine does not do what a storm needs.
///
/// # Panics
/// An invariant of a terminal does not hold.
pub fn run(options: &StormOptions) -> anyhow::Result<Option<Report>> {
    let began = Instant::now();
    let services = Services::start();
    let Some(mut site) = Site::new(options.base, services.address)? else { return Ok(None) };
    let enrolled = enrol(&site, options)?;
    site.start()?;
    let (progress, faults) = (Arc::new(Progress::default()), Arc::new(LineFaults::default()));
    let calm = Arc::new(AtomicBool::new(false));
    let gateway = format!("https://{}", site.listen);
    let share = options.operations.div_ceil(options.terminals as u64);
    let lanes: Vec<Vec<Enrolled>> = deal(enrolled, options.threads);
    let mut random = fastrand::Rng::with_seed(options.seed);
    let threads: Vec<_> = lanes
        .into_iter()
        .map(|lane| {
            let (services, gateway, progress) = (services.clone(), gateway.clone(), Arc::clone(&progress));
            let (faults, calm) = (Arc::clone(&faults), Arc::clone(&calm));
            let seed = random.u64(..);
            std::thread::spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed);
                lane.into_iter()
                    .map(|one| {
                        let remote = Remote::new(
                            &one.dir,
                            &one.terminal,
                            one.index,
                            &gateway,
                            services.clone(),
                            random.fork(),
                            Arc::clone(&faults),
                        );
                        let identity = identity(&one.dir);
                        let dir = tempfile::Builder::new().prefix("senim-storm-terminal-").tempdir().unwrap();
                        let player = Player::new(
                            one.index,
                            one.terminal,
                            remote,
                            identity,
                            dir,
                            random.fork(),
                            Arc::clone(&progress),
                        );
                        player.play(one.order, share, &|| calm.load(Ordering::Relaxed))
                    })
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let broken = break_things(&mut site, options, &progress, &mut random, &|| {
        threads.iter().any(std::thread::JoinHandle::is_finished)
    })?;
    calm.store(true, Ordering::Relaxed);
    let mut accounts = Vec::new();
    for thread in threads {
        let lane = thread.join().map_err(|cause| {
            let text = cause.downcast_ref::<String>().map_or("a terminal's thread ended", String::as_str);
            anyhow::anyhow!("{text}; gateway: {}", site.log())
        })?;
        accounts.extend(lane);
    }
    let gateway_peak_kib = site.peak_kib();
    site.kill();
    let judgement = judge::judge(&site, &accounts, &services)?;
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    Ok(Some(Report {
        seed: options.seed,
        store: options.base,
        terminals: options.terminals,
        seconds: began.elapsed().as_secs(),
        visits: count(&progress.visits),
        faults: Faults {
            requests_lost: count(&faults.lost),
            answers_lost: count(&faults.answers_lost),
            requests_doubled: count(&faults.doubled),
            requests_replayed: count(&faults.replayed),
            connections_broken: count(&faults.broken),
            gateway_away: count(&faults.unreachable),
            power_cuts: count(&progress.cuts),
            terminal_kills: count(&progress.kills),
            gateway_kills: broken.0,
            database_kills: broken.1,
            restores: broken.2,
        },
        judgement,
        gateway_peak_kib,
    }))
}

fn deal(enrolled: Vec<Enrolled>, threads: usize) -> Vec<Vec<Enrolled>> {
    let mut lanes: Vec<Vec<Enrolled>> = (0..threads.max(1)).map(|_| Vec::new()).collect();
    let count = lanes.len();
    for (at, one) in enrolled.into_iter().enumerate() {
        lanes[at % count].push(one);
    }
    lanes
}

fn enrol(site: &Site, options: &StormOptions) -> anyhow::Result<Vec<Enrolled>> {
    let mut enrolled = Vec::new();
    for index in 0..options.terminals {
        let terminal: TerminalId = format!("t-{index}").parse()?;
        let dir = site.dir.path().join(terminal.as_str());
        site.decide(&["enrol", "--terminal", terminal.as_str(), "--out", &dir.display().to_string()])?;
        enrolled.push((terminal, index, dir));
    }
    let pack = site.dir.path().join("rule-pack.json").display().to_string();
    site.decide(&["admin", "rule-pack", &pack])?;
    enrolled
        .into_iter()
        .map(|(terminal, index, dir)| {
            let name = terminal.as_str();
            site.decide(&[
                "admin",
                "activate",
                "--terminal",
                name,
                "--location",
                "Алматы",
                "--notified",
                "2025-12-01",
            ])?;
            let mut order = vec!["admin", "order", "--terminal", name, "--hours", "168", "--add"];
            let stock: Vec<String> = notes(crate::terminal::BROUGHT)
                .iter()
                .map(|unit| format!("{}:{}:{}", unit.unit.0, unit.denomination.0, unit.notes))
                .collect();
            order.extend(stock.iter().map(String::as_str));
            let document = site.decide(&order)?;
            let order = document["order"].as_str().context("the order's id")?.parse::<uuid::Uuid>()?;
            Ok(Enrolled { terminal, index, dir, order: OrderId(order) })
        })
        .collect()
}

/// What is done to the machine room next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Break {
    Gateway,
    Database,
    BackUp,
    PutBack,
}

/// Breaks the machine room at random moments of the terminals' progress; gives kills of gateway and database and restores.
fn break_things(
    site: &mut Site,
    options: &StormOptions,
    progress: &Progress,
    random: &mut fastrand::Rng,
    over: &dyn Fn() -> bool,
) -> anyhow::Result<(u32, u32, u32)> {
    let mut plan = Vec::new();
    let mut moment = |from: f64, to: f64| from + (to - from) * random.f64();
    for _ in 0..options.gateway_kills {
        plan.push((moment(0.02, 0.95), Break::Gateway));
    }
    for _ in 0..options.database_kills {
        plan.push((moment(0.02, 0.95), Break::Database));
    }
    for _ in 0..options.restores {
        let taken = moment(0.1, 0.6);
        plan.push((taken, Break::BackUp));
        plan.push((taken + moment(0.05, 0.3), Break::PutBack));
    }
    plan.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut done = (0, 0, 0);
    let mut copy = None;
    for (moment, what) in plan {
        let due = (options.operations as f64 * moment) as u64;
        while progress.rows.load(Ordering::Relaxed) < due {
            if over() {
                return Ok(done);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        match what {
            Break::Gateway => {
                site.kill();
                std::thread::sleep(Duration::from_millis(random.u64(0..500)));
                site.start()?;
                done.0 += 1;
            }
            Break::Database => {
                if let Some(cluster) = &mut site.cluster {
                    cluster.kill()?;
                    std::thread::sleep(Duration::from_millis(random.u64(0..500)));
                    cluster.restart()?;
                    done.1 += 1;
                }
            }
            Break::BackUp => copy = Some(site.back_up()?),
            Break::PutBack => {
                if let Some(copy) = &copy {
                    site.put_back(copy)?;
                    site.start()?;
                    done.2 += 1;
                }
            }
        }
    }
    while progress.rows.load(Ordering::Relaxed) < options.operations && !over() {
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(done)
}
