//! One terminal of the fleet: the product's sync machine decides what is sent when, over which line, and when again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use senim_domain::time::Mono;
use senim_sync::wire::Failure;
use senim_sync::{Answer, Backlog, Lease, Line, News, Order, Request, Sync, SyncOptions, Want};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::fleet::line::{Connection, Counters, Route};
use crate::fleet::prepare::Prepared;

/// The machine is asked at most so often without an event.
const LEAST_PAUSE: Duration = Duration::from_millis(20);

/// What all terminals share.
pub struct Shared {
    pub address: SocketAddr,
    pub counters: Arc<Counters>,
    pub began: Instant,
    pub outage_ms: u64,
    pub lines: usize,
    pub ending: watch::Receiver<bool>,
    pub told: mpsc::UnboundedSender<Account>,
}

/// What a drained terminal tells; moments count from the gateway's start.
pub struct Account {
    pub first_contact: Duration,
    /// Of the last row.
    pub acknowledged: Duration,
    /// With its sealed parts.
    pub drained: Duration,
    /// Of each batch.
    pub acknowledgements: Vec<Duration>,
}

/// A request that was answered.
struct Landed {
    slot: usize,
    lease: Lease,
    connection: Option<Connection>,
    answer: Answer,
    rows: bool,
    took: Duration,
}

struct Player {
    fleet: Arc<Vec<Prepared>>,
    at: usize,
    shared: Arc<Shared>,
    sync: Sync,
    random: fastrand::Rng,
    flights: JoinSet<Landed>,
    /// Connections that are open and carry nothing.
    idle: [Option<Connection>; 3],
    busy: [bool; 3],
    /// Rows and sealed parts that are at the gateway.
    acknowledged: usize,
    stored: usize,
    acknowledgements: Vec<Duration>,
    first_contact: Option<Duration>,
    last_row: Duration,
    told: bool,
}

/// Plays one terminal until the fleet ends.
pub async fn play(fleet: Arc<Vec<Prepared>>, at: usize, seed: u64, shared: Arc<Shared>) {
    let mut ending = shared.ending.clone();
    let mut player = Player {
        fleet,
        at,
        sync: Sync::new(SyncOptions::default(), seed, 0),
        shared,
        random: fastrand::Rng::with_seed(seed),
        flights: JoinSet::new(),
        idle: [None, None, None],
        busy: [false; 3],
        acknowledged: 0,
        stored: 0,
        acknowledgements: Vec::new(),
        first_contact: None,
        last_row: Duration::ZERO,
        told: false,
    };
    player.wait_out();
    while !*ending.borrow() {
        player.send();
        let pause = player.pause();
        tokio::select! {
            Some(landed) = player.flights.join_next() => {
                if let Ok(landed) = landed {
                    player.land(landed);
                }
            }
            () = tokio::time::sleep(pause) => {}
            _ = ending.changed() => return,
        }
    }
}

impl Player {
    fn own(&self) -> &Prepared {
        &self.fleet[self.at]
    }

    fn now(&self) -> Mono {
        let elapsed = u64::try_from(self.shared.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Mono(elapsed).plus_ms(self.shared.outage_ms)
    }

    fn drained(&self) -> bool {
        self.acknowledged == self.own().rows.len() && self.stored == self.own().attachments.len()
    }

    fn backlog(&self) -> Backlog {
        let one = self.own();
        Backlog {
            first: one.first_seq + self.acknowledged as u64,
            next: one.first_seq + one.rows.len() as u64,
            attachments: self.stored < one.attachments.len(),
            ..Backlog::default()
        }
    }

    /// The outage as the machine lives it: every attempt fails, and pauses grow.
    fn wait_out(&mut self) {
        let (mut now, backlog) = (Mono(0), self.backlog());
        while now.0 < self.shared.outage_ms {
            for line in Line::ALL {
                if let Some(order) = self.sync.poll(line, &backlog, now) {
                    let away = Answer::Failed(Failure::Unreachable("away".into()));
                    let _ = self.sync.handle(order.lease, away, now);
                }
            }
            let next = self.sync.poll_timeout().unwrap_or(now);
            now = Mono(next.0.max(now.0 + 1));
        }
    }

    /// With one connection everything shares it, and the long poll waits until nothing else does.
    fn slot(&self, line: Line) -> Option<usize> {
        let slot = if self.shared.lines == 1 { 0 } else { line as usize };
        let held_back = self.shared.lines == 1 && line == Line::Inbox && !self.drained();
        (!self.busy[slot] && !held_back).then_some(slot)
    }

    fn send(&mut self) {
        let now = self.now();
        let _ = self.sync.expire(now);
        for line in Line::ALL {
            let Some(slot) = self.slot(line) else { continue };
            let Some(order) = self.sync.poll(line, &self.backlog(), now) else { continue };
            self.first_contact.get_or_insert(self.shared.began.elapsed());
            let request = self.fill(&order);
            self.busy[slot] = true;
            let mut connection = self.idle[slot].take();
            let (fleet, at, shared) = (Arc::clone(&self.fleet), self.at, Arc::clone(&self.shared));
            self.flights.spawn(async move {
                let sent = Instant::now();
                let route = Route {
                    terminal: &fleet[at],
                    address: shared.address,
                    counters: &shared.counters,
                    began: shared.began,
                };
                let answer = route.perform(&mut connection, &request).await;
                let rows = matches!(answer, Answer::Operations(_));
                Landed { slot, lease: order.lease, connection, answer, rows, took: sent.elapsed() }
            });
        }
    }

    fn fill(&mut self, order: &Order) -> Request {
        let lease = order.lease;
        match order.want {
            Want::Rows { rows, bytes } => {
                let mut filled = 0;
                let waiting = &self.own().rows[self.acknowledged..];
                let fits = |row: &&String| {
                    filled += row.len();
                    filled <= bytes
                };
                let rows: Vec<String> = waiting.iter().take(rows).take_while(fits).cloned().collect();
                let bytes = rows.iter().map(String::len).sum();
                let end = self.backlog().first + rows.len() as u64;
                self.sync.filled(lease, bytes, end);
                Request::Operations { rows }
            }
            Want::Attachment { .. } => {
                let (sha256, jwe) = self.own().attachments[self.stored].clone();
                self.sync.filled(lease, jwe.len(), 0);
                Request::Attachment { sha256, jwe }
            }
            Want::Inbox { after, wait_seconds } => Request::Inbox { after, wait_seconds, awaits: None },
            _ => {
                let nonce: String = (0..32).map(|_| self.random.alphanumeric()).collect();
                Request::Time { nonce }
            }
        }
    }

    fn land(&mut self, landed: Landed) {
        let Landed { slot, lease, connection, answer, rows, took } = landed;
        self.busy[slot] = false;
        self.idle[slot] = connection;
        if rows {
            self.acknowledgements.push(took);
        }
        let now = self.now();
        for news in self.sync.handle(lease, answer, now) {
            match news {
                // The signature is verified by every terminal on its own machine, so that it is left out here.
                News::Time(_) => {
                    let _ = self.sync.time_is_trusted(now);
                }
                News::Acknowledged { seq, .. } => {
                    let acknowledged = (seq + 1).saturating_sub(self.own().first_seq);
                    self.acknowledged = self.acknowledged.max(usize::try_from(acknowledged).unwrap());
                    self.last_row = self.shared.began.elapsed();
                }
                News::AttachmentStored => self.stored += 1,
                _ => {}
            }
        }
        if self.drained() && !self.told {
            self.told = true;
            let _ = self.shared.told.send(Account {
                first_contact: self.first_contact.unwrap_or_default(),
                acknowledged: self.last_row,
                drained: self.shared.began.elapsed(),
                acknowledgements: std::mem::take(&mut self.acknowledgements),
            });
        }
    }

    fn pause(&self) -> Duration {
        let now = self.now();
        let pause = self.sync.poll_timeout().map_or(1_000, |due| due.0.saturating_sub(now.0).min(60_000));
        Duration::from_millis(pause).max(LEAST_PAUSE)
    }
}
