//! What was measured.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::fleet::judge::Loss;
use crate::site::Site;
use crate::storm::Base;

/// What came of it: one JSON document.
#[derive(Clone, Debug, Serialize)]
pub struct FleetReport {
    pub store: Base,
    pub terminals: usize,
    pub operations: usize,
    pub outage_seconds: u64,
    pub lines: usize,
    /// Enrolment, keys, certificates, chains: before the clock starts.
    pub preparation_seconds: f64,
    pub rows: u64,
    /// Sealed parts that waited beside the rows.
    pub attachments: u64,
    /// From the gateway's start to the last acknowledgement of a row.
    pub seconds: f64,
    /// To the last sealed part.
    pub seconds_with_attachments: f64,
    pub rows_per_second: f64,
    /// From a batch being sent to its acknowledgement.
    pub acknowledgement_ms: Spread,
    /// From a terminal's first attempt to the acknowledgement of its last row.
    pub terminal_ms: Spread,
    pub traffic: Traffic,
    /// What failed on the way, by code; each was tried again.
    pub failures: BTreeMap<String, u64>,
    /// Until the last sealed part.
    pub spent: Meter,
    pub gateway_peak_kib: u64,
    pub idle: Option<Idle>,
    #[serde(flatten)]
    pub loss: Loss,
}

/// The whole fleet waiting for messages.
#[derive(Clone, Debug, Serialize)]
pub struct Idle {
    pub seconds: u64,
    #[serde(flatten)]
    pub spent: Meter,
}

/// What went over the line.
#[derive(Clone, Debug, Serialize)]
pub struct Traffic {
    pub handshakes_full: u64,
    pub handshakes_resumed: u64,
    pub handshakes_failed: u64,
    /// Of the busiest second.
    pub handshakes_per_second_max: u64,
    pub requests: u64,
    pub bytes_sent: u64,
    pub bytes_received: u64,
}

/// CPU-seconds of user and system.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Meter {
    pub gateway_cpu_seconds: f64,
    pub database_cpu_seconds: f64,
    /// Of the process that plays the terminals.
    pub fleet_cpu_seconds: f64,
}

impl Meter {
    pub fn read(site: &Site) -> Self {
        Self {
            gateway_cpu_seconds: site.cpu_seconds(),
            database_cpu_seconds: site
                .cluster
                .as_ref()
                .map_or(0.0, senim_test_postgres::Cluster::cpu_seconds),
            fleet_cpu_seconds: senim_test_postgres::cpu_seconds(std::process::id()),
        }
    }

    pub fn since(&self, before: &Self) -> Self {
        Self {
            gateway_cpu_seconds: self.gateway_cpu_seconds - before.gateway_cpu_seconds,
            database_cpu_seconds: self.database_cpu_seconds - before.database_cpu_seconds,
            fleet_cpu_seconds: self.fleet_cpu_seconds - before.fleet_cpu_seconds,
        }
    }
}

/// How durations spread, ms.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Spread {
    pub count: usize,
    pub p50: f64,
    pub p99: f64,
    pub max: f64,
}

impl Spread {
    pub fn of(durations: impl Iterator<Item = Duration>) -> Self {
        let mut ms: Vec<f64> = durations.map(|duration| duration.as_secs_f64() * 1000.0).collect();
        ms.sort_by(f64::total_cmp);
        let Some(max) = ms.last().copied() else { return Self::default() };
        let at = |hundredths: usize| ms[(ms.len() * hundredths / 100).min(ms.len() - 1)];
        Self { count: ms.len(), p50: at(50), p99: at(99), max }
    }
}
