//! What the gateway tells Prometheus: sums over all terminals, never a terminal's name, so that the number of series does
//! not grow with the fleet.
//!
//! Counters count since this process began. What has to be looked up in the store is looked up at most once a minute.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use senim_domain::UtcMillis;
use senim_gateway_core::{Gateway, GatewayError};

/// How old what was looked up in the store may be, ms.
const FRESH_MS: i64 = 60_000;
/// Terminals read from the store at once.
const CHUNK: usize = 500;
/// Silence after which a terminal counts as away, ms.
const AWAY_MS: i64 = 5 * 60_000;
/// Upper ends of the histogram, seconds.
const SECONDS: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// A word that is known when the program is built, or a code of a refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Word(String);

impl EncodeLabelValue for Word {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> Result<(), fmt::Error> {
        EncodeLabelValue::encode(&self.0.as_str(), encoder)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RowLabels {
    kind: Word,
    result: Word,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: Word,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: Word,
    status: Word,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: Word,
}

/// A refusal's code, put into a response for whoever counts.
#[derive(Clone, Debug)]
pub struct RefusalCode(pub String);

/// What was looked up in the store.
#[derive(Clone, Copy, Debug, Default)]
struct Looked {
    at: Option<UtcMillis>,
    total: i64,
    quarantined: i64,
    in_service: i64,
    cash_stopped: i64,
    notes_in_doubt: i64,
    doubts: i64,
    outbox: i64,
    notices: i64,
    notices_overdue: i64,
}

/// Everything that is measured at the edge, and what was looked up last.
pub struct Metrics {
    requests: Family<RequestLabels, Histogram>,
    refusals: Family<CodeLabel, Counter>,
    store_errors: Counter,
    certificate_seconds: Gauge,
    looked: Mutex<Looked>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            refusals: Family::default(),
            store_errors: Counter::default(),
            certificate_seconds: Gauge::default(),
            looked: Mutex::default(),
        }
    }
}

impl Metrics {
    /// The moment at which the certificate nearest to its end expires, Unix seconds.
    pub fn certificate_expires(&self, at: i64) {
        self.certificate_seconds.set(at);
    }

    /// A request was answered.
    pub fn answered(&self, route: &str, response: &Response, took: Duration) {
        let labels = RequestLabels {
            route: Word(route.to_owned()),
            status: Word(response.status().as_u16().to_string()),
        };
        self.requests.get_or_create(&labels).observe(took.as_secs_f64());
        if let Some(RefusalCode(code)) = response.extensions().get() {
            self.refusals.get_or_create(&CodeLabel { code: Word(code.clone()) }).inc();
        }
        if response.status() == StatusCode::SERVICE_UNAVAILABLE {
            self.store_errors.inc();
        }
    }

    /// Everything in the text format of OpenMetrics.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn text(&self, gateway: &Gateway, now: UtcMillis) -> Result<String, GatewayError> {
        let looked = self.look(gateway, now)?;
        let mut registry = Registry::with_prefix("senim_gateway");
        self.measured(&mut registry);
        counted(&mut registry, gateway);
        found(&mut registry, gateway, looked, now);
        let mut text = String::new();
        encode(&mut text, &registry).map_err(|error| GatewayError::Internal(error.to_string()))?;
        Ok(text)
    }

    fn measured(&self, registry: &mut Registry) {
        registry.register(
            "request_seconds",
            "Time to answer a terminal, by route and status; the route of operations is the acknowledgement",
            self.requests.clone(),
        );
        registry.register("refusals", "Requests refused, by code", self.refusals.clone());
        registry.register(
            "store_errors",
            "Requests that could not be answered because the store or a key did not",
            self.store_errors.clone(),
        );
        registry.register(
            "certificate_expiry_timestamp_seconds",
            "When the certificate of the MFO that is nearest to its end expires",
            self.certificate_seconds.clone(),
        );
    }

    fn look(&self, gateway: &Gateway, now: UtcMillis) -> Result<Looked, GatewayError> {
        let mut kept = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.at.is_some_and(|at| now.0.saturating_sub(at.0) < FRESH_MS) {
            return Ok(*kept);
        }
        let mut looked = Looked { at: Some(now), ..Looked::default() };
        let mut after = String::new();
        loop {
            let chunk = gateway.fleet(&after, CHUNK)?;
            for entry in &chunk {
                looked.total += 1;
                looked.quarantined += i64::from(entry.record.quarantined.is_some());
                looked.in_service += i64::from(entry.view.in_service);
                looked.cash_stopped += i64::from(entry.view.cash_stopped.is_some());
                looked.notes_in_doubt += i64::from(entry.view.books.in_doubt());
            }
            match chunk.last() {
                Some(last) if chunk.len() == CHUNK => last.terminal.as_str().clone_into(&mut after),
                Some(_) | None => break,
            }
        }
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        looked.doubts = count(gateway.doubts("", 10_000)?.len());
        looked.outbox = count(gateway.outbox_waiting()?);
        let notices = gateway.open_notices(now)?;
        (looked.notices, looked.notices_overdue) = (count(notices.open), count(notices.overdue));
        *kept = looked;
        Ok(looked)
    }
}

fn counted(registry: &mut Registry, gateway: &Gateway) {
    let counts = gateway.meter().read();
    let rows = Family::<RowLabels, Counter>::default();
    for ((kind, result), number) in counts.rows {
        let labels = RowLabels { kind: Word(kind.to_owned()), result: Word(result.code().to_owned()) };
        rows.get_or_create(&labels).inc_by(number);
    }
    registry.register("ops", "Rows of journals, by kind and result", rows);
    for (name, help, number) in [
        ("batches", "Batches of rows", counts.batches),
        ("row_bytes", "Bytes of rows taken in", counts.bytes),
        ("openings", "Sealed attachments opened", counts.openings),
        ("alarms", "Quarantines and frozen loans", counts.alarms),
    ] {
        let counter = Counter::<u64>::default();
        counter.inc_by(number);
        registry.register(name, help, counter);
    }
}

fn found(registry: &mut Registry, gateway: &Gateway, looked: Looked, now: UtcMillis) {
    let online = gateway.heard_since(UtcMillis(now.0.saturating_sub(AWAY_MS)));
    let terminals = Family::<StateLabel, Gauge>::default();
    for (state, number) in [
        ("enrolled", looked.total),
        ("online", i64::try_from(online).unwrap_or(i64::MAX)),
        ("in_service", looked.in_service),
        ("cash_stopped", looked.cash_stopped),
        ("quarantined", looked.quarantined),
    ] {
        terminals.get_or_create(&StateLabel { state: Word(state.to_owned()) }).set(number);
    }
    registry.register(
        "terminals",
        "Terminals by state; online: heard of by this process in 5 minutes",
        terminals,
    );
    for (name, help, number) in [
        ("uncertain_payouts", "Payouts that wait for a settlement", looked.doubts),
        ("uncertain_notes", "Notes of which nobody knows where they are", looked.notes_in_doubt),
        ("client_notices_open", "Clients who still have to be told something in writing", looked.notices),
        (
            "client_notices_overdue",
            "Those of them whose last day is over (R-081, R-082)",
            looked.notices_overdue,
        ),
        ("outbox_waiting", "Reports that core lending has not taken yet", looked.outbox),
    ] {
        let gauge = Gauge::<i64>::default();
        gauge.set(number);
        registry.register(name, help, gauge);
    }
}

/// Measures requests of terminals.
pub async fn measure(
    State(metrics): State<std::sync::Arc<Metrics>>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "none".to_owned());
    let began = tokio::time::Instant::now();
    let response = next.run(request).await;
    metrics.answered(&route, &response, began.elapsed());
    response
}
