//! Before the clock starts: keys, certificates, enrolment, and the rows that each terminal wrote during the outage.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use senim_domain::{TerminalId, UtcMillis};
use senim_gateway::certificates::{KeyDirectory, TERMINAL_DAYS};
use senim_gateway::{clock, commands};
use senim_gateway_core::enrolment::{CertificateAuthority as _, Issued};
use senim_gateway_core::{Actor, Gateway};
use senim_load::chain::Terminal;
use senim_load::pki::Certified;
use senim_load::visits::Visit;
use senim_operation::attachment::MfoSealer;
use senim_operation::jws::{PublicJwk, sha256_b64};
use senim_operation::signer::{RamKey, RamKeyMaker, Signer as _};

use crate::fleet::FleetOptions;
use crate::site::Site;

/// Threads that write: most of the time each waits for a sync, which they share.
const WRITERS: usize = 16;
/// How long before now the rows of an outage begin, ms.
const AGO_MS: i64 = 3_600_000;

/// A terminal as the outage left it.
pub struct Prepared {
    pub id: TerminalId,
    /// An address of its own, so that the gateway's limits per address hold as in service.
    pub source: Ipv4Addr,
    pub tls: Arc<ClientConfig>,
    /// Compact JWS, not acknowledged.
    pub rows: Vec<String>,
    /// Number of the first of them; the KeyEpoch row before it was taken before the outage.
    pub first_seq: u64,
    /// Hash of the last one.
    pub head: String,
    /// `(sha256, compact JWE)`.
    pub attachments: Vec<(String, String)>,
}

/// A terminal that is enrolled.
struct Entered {
    terminal: Terminal,
    issued: Issued,
    jwk: PublicJwk,
    source: Ipv4Addr,
    tls: Arc<ClientConfig>,
    number: usize,
}

/// Enrols the fleet and lets it write.
///
/// # Errors
/// Keys, certificates or the store do not work.
pub fn prepare(site: &Site, options: &FleetOptions) -> anyhow::Result<Arc<Vec<Prepared>>> {
    let opened = commands::open(&site.config())?;
    let entered = enter(&opened, options)?;
    let gateway = &opened.gateway;
    let (next, count) = (AtomicUsize::new(0), entered.len());
    let waiting: Vec<std::sync::Mutex<Option<Entered>>> =
        entered.into_iter().map(|one| std::sync::Mutex::new(Some(one))).collect();
    let mut written: Vec<(usize, Prepared)> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                scope.spawn(|| {
                    let mut written = Vec::new();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(one) = waiting.get(at) else { return anyhow::Ok(written) };
                        let one = one.lock().unwrap().take().unwrap();
                        written.push((at, write(one, options.operations, gateway)?));
                    }
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect::<Result<Vec<_>, _>>()
    })?
    .into_iter()
    .flatten()
    .collect();
    written.sort_by_key(|(at, _)| *at);
    assert_eq!(written.len(), count);
    Ok(Arc::new(written.into_iter().map(|(_, one)| one).collect()))
}

/// One after the other: each enrolment is an entry of the trail of acts, which is a chain.
fn enter(opened: &commands::Opened, options: &FleetOptions) -> anyhow::Result<Vec<Entered>> {
    let by = Actor::new("storm", "proof")?;
    let authority = opened.keys.authority(TERMINAL_DAYS);
    let seal = opened.keys.seal_jwk()?;
    let roots = Arc::new(roots(&opened.keys)?);
    let now = clock::now();
    let mut entered = Vec::with_capacity(options.terminals);
    for number in 0..options.terminals {
        let id: TerminalId = format!("f-{number}").parse()?;
        let (key, pkcs8) = RamKey::generate()?;
        let issued = authority.certify(&id, &key.public_jwk(), now)?;
        opened.gateway.enrol(&id, &by, now)?;
        let tls = client(&roots, issued.der.clone(), pkcs8.expose().to_vec())?;
        let identity = Certified::of_der(pkcs8, std::slice::from_ref(&issued.der));
        let sealer = Box::new(MfoSealer::new(seal));
        let mut terminal = Terminal::with_keys(&id, &identity, Box::new(RamKeyMaker), sealer)?;
        terminal.set_now(UtcMillis(now.0 - AGO_MS));
        // 127.16.0.1 and on: every address of 127/8 is this machine.
        let host = u32::from(Ipv4Addr::new(127, 16, 0, 1)) + u32::try_from(number)?;
        let (source, jwk) = (Ipv4Addr::from(host), key.public_jwk());
        entered.push(Entered { terminal, issued, jwk, source, tls, number });
    }
    Ok(entered)
}

fn write(one: Entered, operations: usize, gateway: &Gateway) -> anyhow::Result<Prepared> {
    let Entered { mut terminal, issued, jwk, source, tls, number } = one;
    let now = clock::now();
    gateway.enter_certificate(terminal.id(), &issued, &jwk, now)?;
    let epoch = terminal.begin_epoch()?.row.compact;
    let reply = gateway.intake(terminal.id(), &[&epoch], now)?;
    anyhow::ensure!(reply.refusal.is_none(), "{:?}", reply.refusal);
    let (mut rows, mut attachments) = (Vec::with_capacity(operations), Vec::new());
    terminal.set_step_ms(AGO_MS.unsigned_abs() / (operations as u64 + 1));
    let first_seq = terminal.next_seq();
    let drafts = (0_u64..).flat_map(|visit| Visit::new(number as u64 * 1_000_000 + visit).drafts());
    for draft in drafts.take(operations) {
        let written = terminal.write(&draft)?;
        rows.push(written.row.compact);
        attachments.extend(written.attachment.map(|jwe| (sha256_b64(jwe.as_bytes()), jwe)));
    }
    let (id, head) = (terminal.id().clone(), terminal.head().to_owned());
    Ok(Prepared { id, source, tls, rows, first_seq, head, attachments })
}

fn roots(keys: &KeyDirectory) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(keys.ca_der()?))?;
    Ok(roots)
}

fn client(roots: &Arc<RootCertStore>, leaf: Vec<u8>, pkcs8: Vec<u8>) -> anyhow::Result<Arc<ClientConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8));
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(Arc::clone(roots))
        .with_client_auth_cert(vec![CertificateDer::from(leaf)], key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = rustls::client::Resumption::in_memory_sessions(2);
    Ok(Arc::new(config))
}
