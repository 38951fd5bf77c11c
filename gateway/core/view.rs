//! What is known of a terminal by its rows: one small document, changed in the transaction that takes the rows.
//!
//! Only rows that tell of service, cash or devices write it: a borrower's visit without money does not.

use std::collections::BTreeMap;

use senim_domain::acceptor_books::AcceptorBooks;
use senim_domain::cash::{BundleResult, CashBooks, UnitRequest};
use senim_domain::{TerminalId, UtcMillis};
use senim_operation::body::PowerSource;
use senim_operation::{Body, Envelope};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Gateway;
use crate::error::GatewayError;
use crate::records::TerminalRecord;
use crate::store::{self, Collection};

/// Refused messages that are remembered.
const REFUSALS: usize = 5;

/// A device as its last row told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceView {
    /// Whether it can be used.
    pub usable: bool,
    /// Cause for the technician.
    pub cause: String,
    /// Since when.
    pub at: UtcMillis,
}

/// A terminal as its rows describe it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TerminalView {
    /// Row by which this was last changed.
    pub seq: u64,
    /// Version of its program.
    pub firmware: String,
    /// Last start.
    pub started_at: Option<UtcMillis>,
    /// Stopped in order and not started again.
    pub stopped_at: Option<UtcMillis>,
    /// Whether it serves.
    pub in_service: bool,
    /// Codes of why not.
    pub reasons: Vec<String>,
    /// Why it pays nothing out.
    pub cash_stopped: Option<String>,
    /// Notes, by the rows.
    pub books: CashBooks,
    /// Notes that the acceptor took, by the rows.
    pub acceptor: AcceptorBooks,
    /// Devices that told how they are.
    pub devices: BTreeMap<String, DeviceView>,
    /// Whether it lives on its battery.
    pub on_battery: bool,
    /// Inputs of the cabinet that are open, broken, tilted or switched.
    pub cabinet: Vec<String>,
    /// Messages that it refused lately: kind and reason.
    pub refused: Vec<(String, String)>,
    /// Notes of the bundle under way.
    pub mix: Vec<UnitRequest>,
}

impl TerminalView {
    /// Takes a row in; whether anything changed.
    pub(crate) fn take_in(&mut self, envelope: &Envelope, body: &Body) -> bool {
        let changed = self.learn(envelope, body);
        if changed {
            self.seq = envelope.seq;
        }
        changed
    }

    fn learn(&mut self, envelope: &Envelope, body: &Body) -> bool {
        match body {
            Body::TerminalStarted(_) => {
                envelope.firmware.clone_into(&mut self.firmware);
                (self.started_at, self.stopped_at) = (Some(envelope.at), None);
            }
            Body::TerminalStopped(_) => (self.stopped_at, self.in_service) = (Some(envelope.at), false),
            Body::ServiceChanged(row) => {
                (self.in_service, self.reasons) = (row.in_service, row.reasons.clone());
            }
            Body::CashServiceChanged(row) => {
                self.cash_stopped = (!row.available).then(|| row.cause.clone());
            }
            Body::DeviceChanged(row) => {
                let view = DeviceView { usable: row.usable, cause: row.cause.clone(), at: envelope.at };
                self.devices.insert(row.device.clone(), view);
            }
            Body::PowerChanged(row) => self.on_battery = row.source == PowerSource::Battery,
            Body::CabinetChanged(row) => {
                let name = serde_json::to_value(row.input).ok();
                let name = name.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
                self.cabinet.retain(|open| *open != name);
                if row.active {
                    self.cabinet.push(name);
                }
            }
            Body::DirectiveRefused(row) => {
                self.refused.push((row.kind.clone(), row.reason.clone()));
                let surplus = self.refused.len().saturating_sub(REFUSALS);
                self.refused.drain(..surplus);
            }
            // Counters that are full are told by a row of its own.
            Body::NoteStacked(row) => {
                let _ = self.acceptor.stack(row.denomination);
            }
            Body::NoteInDoubt(row) => self.acceptor.doubt(row.denomination),
            Body::NoteFoundLate(row) => {
                self.acceptor.clear_doubt(row.denomination);
                if row.in_stacker {
                    let _ = self.acceptor.stack(row.denomination);
                }
            }
            Body::StackerCollected(row) => self.acceptor = row.books_after.clone(),
            Body::CashExchange(row) => self.books = row.books_after.clone(),
            Body::PayoutSettled(row) => self.books = row.books_after.clone(),
            Body::PayoutIntended(row) => {
                (self.books, self.mix) = (row.books_before.clone(), row.mix.clone());
            }
            // A movement that does not fit is told by a row of its own; the next intent brings whole books again.
            Body::PayoutArmed(row) => {
                let _ = self.books.book_moved(&row.marker);
            }
            Body::PayoutRetracted(row) => {
                let _ = self.books.book_retracted(&row.units);
            }
            Body::PayoutOutcome(row) if row.result == BundleResult::Uncertain => {
                let doubt = self.books.in_question(&self.mix, &row.units);
                let _ = self.books.book_uncertain(&doubt);
            }
            Body::PayoutOutcome(row) => {
                let _ = self.books.book_moved(&row.units);
            }
            Body::TestDispenseEnded(row) if row.result != BundleResult::Uncertain => {
                let _ = self.books.book_moved(&row.units);
            }
            _ => return false,
        }
        true
    }
}

/// A terminal as the fleet's page shows it.
#[derive(Clone, Debug)]
pub struct FleetEntry {
    /// Its name.
    pub terminal: TerminalId,
    /// What the gateway keeps of it.
    pub record: TerminalRecord,
    /// What its rows say.
    pub view: TerminalView,
}

impl Gateway {
    /// What a terminal's rows say.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn terminal_view(&self, terminal: &TerminalId) -> Result<TerminalView, GatewayError> {
        let view = store::load(self.store.as_ref(), Collection::TerminalView, terminal.as_str())?;
        Ok(view.map(|view| view.value).unwrap_or_default())
    }

    /// Terminals behind a name, in order of name, at most `limit`.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn fleet(&self, after: &str, limit: usize) -> Result<Vec<FleetEntry>, GatewayError> {
        let mut fleet = Vec::new();
        for document in self.store.documents_after(Collection::Terminal, after, limit)? {
            let Ok(terminal) = document.key.parse::<TerminalId>() else { continue };
            let record = store::parse(Collection::Terminal, &document)?.value;
            let view = self.terminal_view(&terminal)?;
            fleet.push(FleetEntry { terminal, record, view });
        }
        Ok(fleet)
    }

    /// Rows of a terminal below a number, newest first, at most `limit`: as they came.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn journal_page(
        &self,
        terminal: &TerminalId,
        below: u64,
        limit: u64,
    ) -> Result<Vec<store::StoredRow>, GatewayError> {
        let mut rows = Vec::new();
        for seq in (below.saturating_sub(limit)..below).rev() {
            rows.extend(self.store.row(terminal, seq)?);
        }
        Ok(rows)
    }

    /// The newest messages to a terminal, at most `limit`; looking at them is no sign of life of the terminal.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn last_messages(
        &self,
        terminal: &TerminalId,
        limit: u64,
    ) -> Result<Vec<store::InboxItem>, GatewayError> {
        let head = self.store.inbox_head(terminal)?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.store.inbox(terminal, head.saturating_sub(limit), most)?)
    }

    /// Reports that wait for core lending.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn outbox_waiting(&self) -> Result<usize, GatewayError> {
        Ok(self.store.documents(Collection::Outbox, "")?.len())
    }
}
