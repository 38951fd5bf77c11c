//! Making effects happen: rows first, one by one, each command behind its own row.
//!
//! A row that cannot be written holds up every row behind it and is tried again, so that nothing is lost. What it would
//! have let move does not move any more: cash must not move minutes later than a person asked for it, and the session
//! says so in the rows that follow. Effects that rest on no row do not wait (design section 2).

use std::collections::VecDeque;

use senim_hal::cash_dispenser::Command as Dispense;
use senim_hal::receipt_printer::Command as Print;
use senim_journal::JournalError;
use senim_operation::jws;
use senim_session::Effect;
use senim_session::effect::{CashCommand, Record};
use senim_session::event::Event;
use senim_session::state::State;

use crate::kernel::{CameraCommand, DURABLE, INBOX, Kernel, Output};
use crate::moment::Reading;

/// Pause before the journal is tried again, ms.
const RETRY_MS: u64 = 2_000;

/// What became of a row.
enum Written {
    Durable,
    Later,
    #[cfg(feature = "rig")]
    Halted,
}

impl Kernel {
    /// Works off what is pending until it is done or the journal refuses.
    pub(crate) fn work(&mut self, reading: Reading, out: &mut Vec<Output>) {
        if self.retry_at.is_some_and(|at| reading.mono < at) {
            self.refuse_cash(reading);
            self.do_what_rests_on_no_row(reading, out);
            return;
        }
        self.retry_at = None;
        let mut was_full = self.session.facts().journal_full;
        while let Some(effect) = self.pending.pop_front() {
            match effect {
                Effect::Record(record) => match self.write(record, reading, out) {
                    Written::Durable => {
                        if std::mem::replace(&mut was_full, false) {
                            self.feed(Event::Journal { writable: true }, reading);
                        }
                    }
                    Written::Later => {
                        self.retry_at = Some(reading.mono.plus_ms(RETRY_MS));
                        self.feed(Event::Journal { writable: false }, reading);
                        self.refuse_cash(reading);
                        self.do_what_rests_on_no_row(reading, out);
                        return;
                    }
                    #[cfg(feature = "rig")]
                    Written::Halted => {
                        self.pending.clear();
                        self.stopped = true;
                        out.push(Output::Halt);
                        return;
                    }
                },
                rowless => self.act(rowless, reading, out),
            }
        }
    }

    /// Carries out an effect that is no row.
    fn act(&mut self, effect: Effect, reading: Reading, out: &mut Vec<Output>) {
        match effect {
            Effect::Record(_) => {}
            Effect::AskLastStatus { not_before } => {
                out.push(Output::Dispenser(Dispense::LastStatus { not_before }));
            }
            Effect::AskPresentStatus { not_before } => {
                out.push(Output::Dispenser(Dispense::PresentStatus { not_before }));
            }
            Effect::AskDispenser => out.push(Output::Dispenser(Dispense::Status)),
            Effect::AskPrinter => {
                if self.printing.is_none() && !self.printer_asked {
                    self.printer_asked = true;
                    out.push(Output::Printer(Print::Status));
                }
            }
            Effect::AskPeripherals => out.push(Output::AskPeripherals),
            Effect::ResetAcceptor => out.push(Output::ResetAcceptor),
            Effect::Checkpoint => self.checkpoint_wanted = true,
            Effect::Stop { reason } => self.stop(reason.to_owned(), reading),
            Effect::Print(_) => self.print(reading, out),
            Effect::OpenCamera => out.push(Output::Camera(CameraCommand::Open)),
            Effect::TakePicture => {
                let now = self.stamp(reading);
                if let Some(pack) = self.session.facts().pack(now.utc) {
                    out.push(Output::Camera(CameraCommand::Take(pack.portrait)));
                }
            }
            Effect::CloseCamera => out.push(Output::Camera(CameraCommand::Close)),
            Effect::Wipe => out.push(Output::Wipe),
        }
    }

    /// While rows wait, a camera is closed and a person forgotten all the same. A receipt tells of rows and waits.
    fn do_what_rests_on_no_row(&mut self, reading: Reading, out: &mut Vec<Output>) {
        let (waiting, free) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|effect| matches!(effect, Effect::Record(_) | Effect::Print(_)));
        self.pending = waiting;
        let free: VecDeque<Effect> = free;
        for effect in free {
            self.act(effect, reading, out);
        }
    }

    fn write(&mut self, record: Record, reading: Reading, out: &mut Vec<Output>) -> Written {
        let now = self.stamp(reading);
        #[cfg(feature = "rig")]
        if self.halts(&record, true) {
            return Written::Halted;
        }
        match self.append(&record, &now) {
            Ok(row) => {
                self.next_seq = row.envelope.seq.saturating_add(1);
                self.attachments_waiting |= record.draft.attachment.is_some();
                self.exchange.row_written(&row, &record.draft.body);
                #[cfg(feature = "rig")]
                if self.halts(&record, false) {
                    return Written::Halted;
                }
                let durable =
                    Event::Recorded { op_id: record.op_id, sha256: row.hash, epoch: row.envelope.epoch };
                self.feed(durable, reading);
                match record.then {
                    Some(CashCommand::Mark) => out.push(Output::Dispenser(Dispense::Mark)),
                    Some(CashCommand::Dispense(notes)) => {
                        out.push(Output::Dispenser(Dispense::Dispense(notes)))
                    }
                    Some(CashCommand::Present) => out.push(Output::Dispenser(Dispense::Present)),
                    Some(CashCommand::Retract) => out.push(Output::Dispenser(Dispense::Retract)),
                    Some(CashCommand::TestDispense(unit)) => {
                        out.push(Output::Dispenser(Dispense::TestDispense(unit)))
                    }
                    None => {}
                }
                Written::Durable
            }
            Err(error) => {
                tracing::error!(%error, retryable = error.is_retryable(), "the journal takes no rows");
                self.pending.push_front(Effect::Record(record));
                Written::Later
            }
        }
    }

    fn append(
        &mut self,
        record: &Record,
        now: &senim_domain::time::Stamp,
    ) -> Result<senim_operation::envelope::Row, JournalError> {
        let mut state = Vec::new();
        if let Some(durable) = &record.durable {
            state.push((DURABLE, durable.to_json()));
        }
        let inbox = self.inbox_numbers.front().filter(|(op_id, _)| *op_id == record.op_id).copied();
        if let Some((_, n)) = inbox {
            state.push((INBOX, n.to_string()));
        }
        self.parts.journal.set_rule_pack(self.session.rule_pack_version(now));
        let draft = record.draft.clone();
        let row = match &record.directive {
            Some((kind, compact)) => self.parts.journal.append_directive(
                draft,
                record.op_id,
                now,
                (kind.as_str(), compact.as_str()),
                &state,
            ),
            None => self.parts.journal.append(draft, record.op_id, now, &state),
        }?;
        if inbox.is_some() {
            self.inbox_numbers.pop_front();
        }
        Ok(row)
    }

    /// While the journal refuses, no cash waits behind a row: the rows stay, their commands do not.
    fn refuse_cash(&mut self, reading: Reading) {
        let refused: Vec<_> = self
            .pending
            .iter_mut()
            .filter_map(|effect| match effect {
                Effect::Record(record) => record.then.take().map(|_| record.op_id),
                _ => None,
            })
            .collect();
        for op_id in refused {
            tracing::error!("a payout row could not be written: nothing moves");
            self.feed(Event::RecordRefused { op_id }, reading);
        }
    }

    fn print(&mut self, reading: Reading, out: &mut Vec<Output>) {
        let State::Receipt(ended) = self.session.state() else { return };
        let mfo = self.session.facts().rule_pack.as_ref().map(|pack| &pack.mfo);
        match mfo.and_then(|mfo| (self.parts.draw_receipt)(mfo, ended)) {
            Some(raster) => {
                self.printing = Some((ended.request, jws::sha256_b64(&raster.rows)));
                // A printer has one command at a time.
                if self.printer_asked {
                    self.receipt_waits = Some(raster);
                } else {
                    out.push(Output::Printer(Print::Print(raster)));
                }
            }
            None => {
                let request = ended.request;
                tracing::error!("the receipt could not be drawn");
                self.feed(Event::ReceiptDone { request, printed: false, sha256: String::new() }, reading);
            }
        }
    }

    #[cfg(feature = "rig")]
    fn halts(&mut self, record: &Record, before: bool) -> bool {
        let Some(at) = &mut self.halts_left else { return false };
        if at.before != before || at.kind != record.draft.body.kind() {
            return false;
        }
        at.nth = at.nth.saturating_sub(1);
        at.nth == 0
    }
}
