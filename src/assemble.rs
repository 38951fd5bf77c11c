//! From configuration to parts: keys, journal, kernel, line to the MFO. Devices are in `devices`.

#[cfg(feature = "rig")]
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use rustls_pki_types::CertificateDer;
use senim_cards::icao::TrustList;
use senim_domain::OperationId;
use senim_domain::time::{ClockQuality, Stamp, UtcMillis};
use senim_journal::{Journal, JournalOptions, JournalReader};
use senim_operation::attachment::MfoSealer;
use senim_operation::checkpoint::Note;
use senim_operation::envelope::Profile;
use senim_operation::jws::PublicJwk;
use senim_operation::signer::RamKeyMaker;
use senim_operation::trust::Trust;
use senim_runtime::shell;
use senim_runtime::{Kernel, KernelOptions, KernelParts};
use senim_session::event::Device;
use senim_session::facts::{BatteryRules, CardReader, Setup};
use senim_sync::SyncOptions;
use senim_ui_model::view::Place;
use senim_uplink::{Uplink, UplinkOptions};

use crate::authorities;
#[cfg(feature = "rig")]
use crate::config::IdentitySource;
use crate::config::{Config, Loaded, SupplyConfig};
use crate::identity::{self, Held};
use crate::{devices, renewal};

/// Seconds since 1970 at which this program was built, by the build script.
const BUILT_AT: &str = env!("SENIM_BUILT_AT");
/// Age at which a journal key is replaced (design section 4).
const EPOCH_LIFE_MS: u64 = 24 * 3600 * 1000;
/// How often an idle terminal asks its devices how they are.
const DEVICE_POLL_MS: u64 = 30_000;

/// Which of the two worlds this build belongs to.
#[must_use]
pub const fn profile() -> Profile {
    if cfg!(feature = "rig") { Profile::Rig } else { Profile::Production }
}

/// When this program was built.
#[must_use]
pub fn built_at() -> UtcMillis {
    UtcMillis(BUILT_AT.parse::<i64>().unwrap_or(0).saturating_mul(1000))
}

/// Whom to believe and to whom to seal.
pub struct Keys {
    /// The MFO's CA.
    pub trust: Arc<Trust>,
    ca_pem: String,
    seal: PublicJwk,
    cosigner: Vec<String>,
}

/// Reads the MFO's public keys: what enrolment stored, or the files of a rig.
///
/// # Errors
/// Names the file that is missing or wrong.
pub fn keys(config: &Config) -> Result<Keys> {
    #[cfg(feature = "rig")]
    if let IdentitySource::File(_) = config.identity.source()? {
        return keys_of_files(config);
    }
    let enrolment = identity::enrolment(config)?;
    let seal = enrolment.mfo.seal.first().context("the enrolment holds no key to seal to")?;
    Ok(Keys {
        trust: Arc::new(enrolment.trust()?),
        ca_pem: enrolment.ca_pem(),
        seal: *seal,
        cosigner: enrolment.mfo.cosigner.clone(),
    })
}

#[cfg(feature = "rig")]
fn keys_of_files(config: &Config) -> Result<Keys> {
    let ca_pem = read(&config.identity.ca)?;
    let trust = Trust::from_pem(&ca_pem).with_context(|| config.identity.ca.display().to_string())?;
    let seal = serde_json::from_str(&read(&config.identity.seal)?)
        .with_context(|| format!("{}: not a P-256 public JWK", config.identity.seal.display()))?;
    let cosigner = chain_of(&config.identity.cosigner)?;
    Ok(Keys { trust: Arc::new(trust), ca_pem, seal, cosigner })
}

#[cfg(feature = "rig")]
fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

#[cfg(feature = "rig")]
fn chain_of(path: &Path) -> Result<Vec<String>> {
    use rustls_pki_types::pem::PemObject as _;
    let text = read(path)?;
    CertificateDer::pem_slice_iter(text.as_bytes())
        .map(|der| Ok(STANDARD.encode(der.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?)))
        .collect()
}

/// The clocks before there is a kernel: estimated, and never before the build.
#[must_use]
pub fn first_stamp(floor: UtcMillis) -> Stamp {
    let now = shell::reading();
    Stamp { mono: now.mono, utc: now.rtc.max(floor), quality: ClockQuality::Estimated }
}

/// The later of build time and the gateway's last signature under our checkpoint.
fn time_floor(config: &Config, keys: &Keys) -> UtcMillis {
    let cosigned = || {
        let leaf = STANDARD.decode(keys.cosigner.first()?).ok()?;
        let jwk = senim_operation::trust::identity_of(&leaf).ok()?.jwk;
        let note = JournalReader::open(&config.journal_path()).ok()?.last_cosigned_note().ok()??;
        Note::parse(&note).ok()?.verify_cosignature(&jwk, &keys.trust).ok()
    };
    cosigned().map_or(built_at(), |at| at.max(built_at()))
}

/// Opens the journal and everything that the kernel owns.
///
/// # Errors
/// A sentence that says what a person has to do.
pub fn kernel(loaded: &Loaded, keys: &Keys, held: &Held, uplink: &Uplink) -> Result<(Kernel, bool)> {
    let config = &loaded.config;
    std::fs::create_dir_all(&config.data_dir).with_context(|| config.data_dir.display().to_string())?;
    let boot = senim_linux::clock::boot_id()?;
    let floor = time_floor(config, keys);
    uplink.clock().advance(floor);
    let stamp = first_stamp(floor);
    let clean_stop = stopped_in_order(config);
    let mut seed = [0_u8; 32];
    SystemRandom::new()
        .fill(&mut seed)
        .map_err(|_| anyhow::anyhow!("the system's random source gave nothing"))?;
    let epoch_op_id = OperationId(uuid_of(&stamp, &seed));
    let mut options = JournalOptions::new(
        config.journal_path(),
        config.terminal.clone(),
        keys.trust.clone(),
        profile(),
        env!("CARGO_PKG_VERSION"),
        &boot,
        epoch_op_id,
    );
    options.create = config.create_journal;
    options.gateway_keys = vec![keys.cosigner.clone()];
    options.free_bytes = Box::new(senim_linux::process::free_bytes);
    options.retain_ms = u64::from(config.journal.retain_days).saturating_mul(24 * 3600 * 1000);
    options.second_copy.clone_from(&config.journal.second_copy);
    #[cfg(feature = "rig")]
    if let Some((capacity, reserve)) = config.rig.journal_rows {
        (options.capacity_rows, options.reserve_rows) = (capacity, reserve);
    }
    let sealer = Box::new(MfoSealer::new(keys.seal));
    let journal = Journal::open(options, held.for_journal(), &RamKeyMaker, sealer, &stamp)?;
    let dispenser = devices::dispenser(&config.dispenser)?;
    let options = KernelOptions {
        terminal: config.terminal.clone(),
        setup: Setup {
            boot,
            firmware: env!("CARGO_PKG_VERSION").to_owned(),
            dispenser: dispenser.capabilities(),
            acceptor: acceptor_of(config)?,
            card: card_reader_of(config)?,
            identity_document: document_reader_of(config)?,
            last_status: config.dispenser.last_status,
            idle_wait_ms: config.dispenser.idle_wait_ms,
            device_poll_ms: DEVICE_POLL_MS,
            enrols: renewal::enrols(config, held),
            exports: config.journal.stick.is_some(),
            calibrates: config.display.corrects_touches(),
            battery: config.supply.as_ref().map_or_else(BatteryRules::default, SupplyConfig::battery),
        },
        place: Place { terminal: config.terminal.to_string(), rig: cfg!(feature = "rig") },
        sync: SyncOptions {
            inbox_ms: config.gateway.inbox_ms,
            time_life_ms: config.gateway.time_life_ms,
            ..SyncOptions::default()
        },
        config_sha256: loaded.sha256.clone(),
        time_floor: floor,
        certificate_ends: held.life().ok().map(|(_, ends, _)| ends),
        seed,
        epoch_life_ms: EPOCH_LIFE_MS,
        #[cfg(feature = "rig")]
        halt_at: config.rig.halt_at.as_deref().map(str::parse).transpose()?,
    };
    let parts = KernelParts {
        journal,
        trust: keys.trust.clone(),
        authorities: config
            .identity_document
            .as_ref()
            .and_then(|documents| documents.authorities.as_deref())
            .map_or_else(|| Ok(TrustList::default()), authorities::read)?,
        power: devices::power(config),
        keys: Box::new(RamKeyMaker),
        certificate_clock: Some(uplink.clock()),
        draw_receipt: senim_runtime::receipt::drawer(config.terminal.to_string(), config.printer.paper()),
    };
    Ok((Kernel::new(options, parts)?, clean_stop))
}

/// What the acceptor of the configuration can do; `None`: there is none.
fn acceptor_of(config: &Config) -> Result<Option<senim_hal::cash_acceptor::Capabilities>> {
    let driver = config.acceptor.as_ref().map(devices::acceptor).transpose()?;
    Ok(driver.map(|driver| driver.capabilities()))
}

/// The reader of the configuration that clients put their cards into: the slot before the surface; `None`: there is none.
fn card_reader_of(config: &Config) -> Result<Option<CardReader>> {
    let slot = config.card.as_ref().map(|settings| (Device::Card, settings));
    let surface = config.nfc.as_ref().map(|settings| (Device::Nfc, settings));
    let Some((device, settings)) = slot.or(surface) else { return Ok(None) };
    Ok(Some(CardReader { device, capabilities: devices::card_reader(settings)?.capabilities() }))
}

/// The reader of the configuration that documents are laid on: the surface before the slot; `None`: data are typed.
fn document_reader_of(config: &Config) -> Result<Option<CardReader>> {
    if config.identity_document.is_none() {
        return Ok(None);
    }
    let surface = config.nfc.as_ref().map(|settings| (Device::Nfc, settings));
    let slot = config.card.as_ref().map(|settings| (Device::Card, settings));
    let Some((device, settings)) = surface.or(slot) else { return Ok(None) };
    Ok(Some(CardReader { device, capabilities: devices::card_reader(settings)?.capabilities() }))
}

fn uuid_of(stamp: &Stamp, seed: &[u8; 32]) -> uuid::Uuid {
    let mut bytes = [0; 10];
    for (to, from) in bytes.iter_mut().zip(ring::digest::digest(&ring::digest::SHA256, seed).as_ref()) {
        *to = *from;
    }
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(stamp.utc.0).unwrap_or(0), &bytes).into_uuid()
}

/// Whether the last row but the checkpoint's says that the last run stopped in order.
fn stopped_in_order(config: &Config) -> bool {
    let last = || {
        let reader = JournalReader::open(&config.journal_path()).ok()?;
        let next = reader.status().ok()?.next_seq;
        let rows = reader.rows(next.checked_sub(1)?, next).ok()?;
        Some(rows.first()?.envelope.kind == "TerminalStopped")
    };
    last().unwrap_or(false)
}

/// The line to the MFO. Certificates that ended before `floor` are refused.
///
/// # Errors
/// A key or certificate cannot be used.
pub fn uplink(config: &Config, keys: &Keys, held: &Held, floor: UtcMillis) -> Result<Uplink> {
    Ok(Uplink::new(UplinkOptions {
        base_url: config.gateway.url.clone(),
        terminal: config.terminal.to_string(),
        ca_pem: keys.ca_pem.clone().into_bytes(),
        chain: held.chain.iter().cloned().map(CertificateDer::from).collect(),
        key: senim_uplink::tls_key(Arc::clone(&held.key)),
        at_least: floor,
        connect_timeout_ms: config.gateway.connect_ms,
        read_timeout_ms: config.gateway.read_ms,
    })?)
}
