//! Making effects happen: rows first, each command behind its own row.
//!
//! Rows that wait together share a transaction: all of them or none. A row with a command ends its group, so that the
//! command goes out as soon as its own row is durable and no row behind it is waited for.
//!
//! A row that cannot be written holds up every row behind it and is tried again, so that nothing is lost. What it would
//! have let move does not move any more: cash must not move minutes later than a person asked for it, and the session
//! says so in the rows that follow. Effects that rest on no row do not wait (design section 2).

use std::collections::VecDeque;

use senim_domain::UtcMillis;
use senim_hal::cash_acceptor::Command as Accept;
use senim_hal::cash_dispenser::Command as Dispense;
use senim_journal::{Entry, JournalError};
use senim_operation::attachment::MfoSealer;
use senim_operation::seal_keys::{self, NoSealKey};
use senim_session::Effect;
use senim_session::access::AccessStage;
use senim_session::dialogue::information::Reading as Leaf;
use senim_session::dialogue::repayment::Repay;
use senim_session::effect::{CashCommand, Paper, Record};
use senim_session::event::Event;
use senim_session::remainder::Remaining;
use senim_session::state::State;
use senim_session::supplement::AmendStage;
use senim_session::transfer::Transferring;

use crate::kernel::{CameraCommand, DURABLE, INBOX, Kernel, Output};
use crate::moment::Reading;
use crate::options::Printable;

/// Pause before the journal is tried again, ms.
const RETRY_MS: u64 = 2_000;

/// Rows that one transaction takes at most: what waits is then kept twice in memory for a moment.
const GROUP_MAX: usize = 64;

/// What became of a group of rows.
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
            Effect::AskPrinter => out.extend(self.papers.ask().map(Output::Printer)),
            Effect::AskPeripherals => out.push(Output::AskPeripherals { but: self.engaged_reader() }),
            Effect::Token(command) => self.ask_card(command, reading, out),
            Effect::IdentityDocument(command) => self.ask_document(command, reading, out),
            Effect::ResetAcceptor => out.push(Output::Acceptor(Accept::Reset)),
            Effect::CloseAcceptor => out.push(Output::Acceptor(Accept::Disable)),
            Effect::Checkpoint => self.checkpoint_wanted = true,
            Effect::Enrol(code) => out.push(Output::Enrol(code)),
            Effect::ReadLog => out.push(Output::ReadLog),
            Effect::ExportJournal => out.push(Output::ExportJournal),
            Effect::CorrectTouch(correction) => out.push(Output::CorrectTouch(correction)),
            Effect::SendTelemetry => self.exchange.tell_now(),
            Effect::Stop { reason } => self.stop(reason.to_owned(), reading),
            Effect::Print(paper) => self.print(paper, reading, out),
            Effect::OpenCamera => out.push(Output::Camera(CameraCommand::Open)),
            Effect::ReadCode => out.push(Output::Camera(CameraCommand::Read)),
            Effect::TakePicture => {
                let now = self.stamp(reading);
                if let Some(pack) = self.session.facts().pack(now.utc) {
                    out.push(Output::Camera(CameraCommand::Take(pack.portrait)));
                }
            }
            Effect::ProveLiving(challenge) => out.push(Output::Camera(CameraCommand::Prove(challenge))),
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

    /// Writes this row and those that wait directly behind it, up to the first with a command.
    fn write(&mut self, first: Record, reading: Reading, out: &mut Vec<Output>) -> Written {
        let now = self.stamp(reading);
        let group = self.group(first);
        #[cfg(feature = "rig")]
        if group.iter().any(|record| self.halts(record, true)) {
            return Written::Halted;
        }
        let rows = match self.append(&group, &now) {
            Ok(rows) => rows,
            Err(error) => {
                tracing::error!(%error, retryable = error.is_retryable(), "the journal takes no rows");
                for record in group.into_iter().rev() {
                    self.pending.push_front(Effect::Record(record));
                }
                return Written::Later;
            }
        };
        #[cfg(feature = "rig")]
        if group.iter().any(|record| self.halts(record, false)) {
            return Written::Halted;
        }
        for (record, row) in group.into_iter().zip(rows) {
            self.next_seq = row.envelope.seq.saturating_add(1);
            self.attachments_waiting |= record.draft.attachment.is_some();
            self.exchange.row_written(&row, &record.draft.body);
            let durable =
                Event::Recorded { op_id: record.op_id, sha256: row.hash, epoch: row.envelope.epoch };
            self.feed(durable, reading);
            out.extend(record.then.map(command));
        }
        Written::Durable
    }

    fn group(&mut self, first: Record) -> Vec<Record> {
        let mut group = vec![first];
        while group.len() < GROUP_MAX && group.last().is_some_and(|record| record.then.is_none()) {
            let next = match self.pending.pop_front() {
                Some(Effect::Record(record)) => record,
                Some(other) => {
                    self.pending.push_front(other);
                    break;
                }
                None => break,
            };
            #[cfg(feature = "rig")]
            if group.last().is_some_and(|last| self.halts_between(last, &next)) {
                self.pending.push_front(Effect::Record(next));
                break;
            }
            group.push(next);
        }
        group
    }

    /// A halting point divides a group, so that every state between two rows can be reached.
    #[cfg(feature = "rig")]
    fn halts_between(&self, last: &Record, next: &Record) -> bool {
        let decides =
            |at: &crate::options::HaltAt| if at.before { next } else { last }.draft.body.kind() == at.kind;
        self.halts_left.as_ref().is_some_and(decides)
    }

    fn append(
        &mut self,
        group: &[Record],
        now: &senim_domain::time::Stamp,
    ) -> Result<Vec<senim_operation::envelope::Row>, JournalError> {
        let mut numbers = self.inbox_numbers.iter().peekable();
        let mut taken = 0;
        let entries: Vec<Entry<'_>> = group
            .iter()
            .map(|record| {
                let mut state = Vec::new();
                if let Some(durable) = &record.durable {
                    state.push((DURABLE, durable.to_json()));
                }
                if let Some((_, n)) = numbers.next_if(|(op_id, _)| *op_id == record.op_id) {
                    state.push((INBOX, n.to_string()));
                    taken += 1;
                }
                let directive =
                    record.directive.as_ref().map(|(kind, compact)| (kind.as_str(), compact.as_str()));
                Entry { draft: &record.draft, op_id: record.op_id, state, directive }
            })
            .collect();
        self.parts.journal.set_rule_pack(self.session.rule_pack_version(now));
        self.choose_seal_key(now.utc);
        let rows = self.parts.journal.append_many(&entries, now)?;
        self.inbox_numbers.drain(..taken);
        Ok(rows)
    }

    /// Seals to the newest of the MFO's keys; until it has sent any, to the one of the enrolment.
    fn choose_seal_key(&mut self, now: UtcMillis) {
        let Some((_, keys)) = &self.session.facts().seal_keys else { return };
        let chosen = seal_keys::for_open_business(keys, now);
        let kid = chosen.map_or("", |key| key.kid.as_str());
        if self.parts.journal.seal_kid() == kid {
            return;
        }
        tracing::info!(kid, "sealing to another key");
        match chosen {
            Some(key) => self.parts.journal.set_sealer(Box::new(MfoSealer::new(key.jwk))),
            None => self.parts.journal.set_sealer(Box::new(NoSealKey)),
        }
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

    fn print(&mut self, paper: Paper, reading: Reading, out: &mut Vec<Output>) {
        let printable = match self.session.state() {
            State::Receipt(ended) => Printable::Payout(ended),
            State::Information(Leaf::Page { leaflet, language, at, .. }) => {
                let Some(pack) = self.session.facts().rule_pack.as_deref() else { return };
                Printable::Leaflet(*leaflet, pack, *language, *at)
            }
            State::Cabinet(cabinet) => match cabinet.stage.slip() {
                Some((of, shown)) => Printable::Slip(of, shown),
                None => return,
            },
            State::Access(access) => match &access.stage {
                AccessStage::Changed(changed) => Printable::Change(changed),
                _ => return,
            },
            State::Amend(amending) => match &amending.stage {
                AmendStage::Concluded(amended) => Printable::Supplement(amended),
                AmendStage::Refunded(refunded) => Printable::Refund(refunded),
                _ => return,
            },
            State::Remainder(stage) => match &**stage {
                Remaining::AtDesk(claimed) => Printable::Claim(claimed),
                _ => return,
            },
            State::Transfer(stage) => match &**stage {
                Transferring::Ended(ended) => Printable::Transfer(ended),
                _ => return,
            },
            State::Service(_) if paper == Paper::Test => {
                Printable::Test(self.session.language(), self.stamp(reading).utc)
            }
            State::Service(service) => match service.exchanged() {
                Some(done) => Printable::Act(done),
                None => return,
            },
            State::Repay(repay) => match &**repay {
                Repay::Done(paid) => Printable::Repayment(paid),
                _ => return,
            },
            _ => return,
        };
        let mfo = self.session.facts().rule_pack.as_ref().map(|pack| &pack.mfo);
        match mfo.and_then(|mfo| (self.parts.draw_receipt)(mfo, printable)) {
            Some(raster) => out.extend(self.papers.put(paper, raster).map(Output::Printer)),
            None => {
                tracing::error!("the receipt could not be drawn");
                self.feed(Event::ReceiptDone { paper, printed: false, sha256: String::new() }, reading);
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

fn command(cash: CashCommand) -> Output {
    match cash {
        CashCommand::Mark => Output::Dispenser(Dispense::Mark),
        CashCommand::Dispense(notes) => Output::Dispenser(Dispense::Dispense(notes)),
        CashCommand::Present => Output::Dispenser(Dispense::Present),
        CashCommand::Retract => Output::Dispenser(Dispense::Retract),
        CashCommand::TestDispense(unit) => Output::Dispenser(Dispense::TestDispense(unit)),
        CashCommand::AcceptNotes(notes) => Output::Acceptor(Accept::Enable(notes)),
        CashCommand::StackNote => Output::Acceptor(Accept::Stack),
        CashCommand::ReturnNote => Output::Acceptor(Accept::Return),
        CashCommand::ResetAcceptor => Output::Acceptor(Accept::Reset),
    }
}
