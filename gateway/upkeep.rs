//! What the server does from time to time: reports, events and rule packs delivered, what is due erased.

use std::sync::Arc;
use std::time::Duration;

use senim_gateway_core::{Gateway, GatewayError, Webhook};
use tokio::sync::watch;

use crate::clock::now;

/// How often reports that wait for core lending are tried again.
const REPORTS_EVERY: Duration = Duration::from_secs(5);
/// How often core lending is asked what clients have to be told.
const NOTICES_EVERY: Duration = Duration::from_secs(60);
/// How often events are numbered and delivered.
const EVENTS_EVERY: Duration = Duration::from_secs(1);
/// How often is looked whether a rule pack's time has come.
const RULE_PACKS_EVERY: Duration = Duration::from_secs(1);
/// How often the state service is asked who takes a consent back.
const REVOCATIONS_EVERY: Duration = Duration::from_secs(60);
/// How often the archive is looked through.
const ARCHIVE_EVERY: Duration = Duration::from_secs(600);

/// Begins all of it; it ends when `ending` becomes true.
pub fn begin(
    gateway: &Arc<Gateway>,
    webhook: Option<Arc<dyn Webhook>>,
    ending: &watch::Receiver<bool>,
) -> Vec<tokio::task::JoinHandle<()>> {
    let node = node_name();
    vec![
        every(REPORTS_EVERY, "reports wait", gateway, ending, |gateway| {
            gateway.flush_outbox(now()).map(drop)
        }),
        every(NOTICES_EVERY, "notices wait", gateway, ending, |gateway| {
            gateway.judge_one_sided_changes(now())?;
            gateway.learn_notices(now()).map(drop)
        }),
        every(EVENTS_EVERY, "events wait", gateway, ending, move |gateway| match &webhook {
            Some(hook) => gateway.deliver_events(hook.as_ref(), &node, now()).map(drop),
            None => gateway.number_events().map(drop),
        }),
        every(RULE_PACKS_EVERY, "a rule pack was not sent", gateway, ending, |gateway| {
            gateway.send_due_rule_packs(now()).map(drop)
        }),
        every(ARCHIVE_EVERY, "the archive was not looked through", gateway, ending, |gateway| {
            gateway.settle_copies(now())?;
            gateway.erase_due(None, now()).map(drop)
        }),
        every(
            REVOCATIONS_EVERY,
            "consents that are taken back were not looked at",
            gateway,
            ending,
            |gateway| gateway.look_at_revocations(now()).map(drop),
        ),
    ]
}

/// Names this process among those on the same store.
fn node_name() -> String {
    let mut bytes = [0_u8; 8];
    let _ = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    format!("{}-{:016x}", std::process::id(), u64::from_be_bytes(bytes))
}

fn every(
    pause: Duration,
    complaint: &'static str,
    gateway: &Arc<Gateway>,
    ending: &watch::Receiver<bool>,
    work: impl Fn(&Gateway) -> Result<(), GatewayError> + Send + Sync + 'static,
) -> tokio::task::JoinHandle<()> {
    let (gateway, work, mut ending) = (Arc::clone(gateway), Arc::new(work), ending.clone());
    tokio::spawn(async move {
        loop {
            let (gateway, work) = (Arc::clone(&gateway), Arc::clone(&work));
            let done = tokio::task::spawn_blocking(move || work(&gateway)).await;
            if let Ok(Err(error)) = done {
                tracing::warn!(%error, complaint);
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = ending.changed() => return,
            }
        }
    })
}
