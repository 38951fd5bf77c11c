//! What is looked at beside the kernel: the journal's complete verification, its copy on a second device, and signs that
//! the board is not ours alone.
//!
//! Threads of their own, those of the journal with reading connections of their own. They tell the session only what
//! changed; none is waited for, not even at a stop: what they have not done they do after the next start.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use senim_hal::integrity::Integrity;
use senim_journal::{AUDIT_ROWS, Audit, SecondCopy};
use senim_session::event::{Device, Peripheral};

use super::NoThread;
use crate::kernel::{Input, Kernel};

/// Pause between two slices of the verification, so that it takes a fraction of one core.
const SLICE_PAUSE: Duration = Duration::from_millis(20);
/// Pause before a file that cannot be read is read again.
const READ_AGAIN: Duration = Duration::from_secs(30);
/// The second device is looked at so often although nothing was written.
const COPY_EVERY: Duration = Duration::from_secs(30);
/// How often the board is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often the progress of the verification is told to the log, rows.
const TELL_ROWS: u64 = 20_000;

/// The kernel's end of them; dropping it ends them.
pub(super) struct Evidence {
    copy: Option<SyncSender<()>>,
    _audit: SyncSender<()>,
    _board: Option<SyncSender<()>>,
    seen: (u64, Option<u64>, bool),
}

impl Evidence {
    pub(super) fn start(
        kernel: &Kernel,
        integrity: Option<Box<dyn Integrity>>,
        inputs: &SyncSender<Input>,
    ) -> Result<Self, NoThread> {
        let audit = kernel.journal().audit();
        let told = inputs.clone();
        let (running, end) = sync_channel(0);
        spawn("journal-audit", move || verify(audit, &end, &told))?;
        let copy = match kernel.journal().second_copy() {
            Some(keeper) => {
                let (wake, woken) = sync_channel(1);
                let told = inputs.clone();
                spawn("journal-copy", move || keep_copy(keeper, &woken, &told))?;
                Some(wake)
            }
            None => None,
        };
        let board = match integrity {
            Some(integrity) => {
                let (looking, end) = sync_channel(0);
                let told = inputs.clone();
                spawn("board", move || look_at_the_board(integrity, &end, &told))?;
                Some(looking)
            }
            None => None,
        };
        Ok(Self { copy, _audit: running, _board: board, seen: (0, None, false) })
    }

    /// Wakes the keeper of the copy when there is something to do.
    pub(super) fn stepped(&mut self, kernel: &Kernel) {
        let now = (kernel.next_seq(), kernel.acked_seq(), kernel.attachments_waiting());
        if std::mem::replace(&mut self.seen, now) != now
            && let Some(wake) = &self.copy
        {
            // One wake that waits already stands for all of them.
            let _ = wake.try_send(());
        }
    }
}

fn spawn(name: &'static str, run: impl FnOnce() + Send + 'static) -> Result<(), NoThread> {
    std::thread::Builder::new().name(name.into()).spawn(run).map_err(|source| NoThread { name, source })?;
    Ok(())
}

fn verify(mut audit: Audit, end: &Receiver<()>, inputs: &SyncSender<Input>) {
    let mut tell_at = TELL_ROWS;
    loop {
        let pause = match audit.step(AUDIT_ROWS) {
            Ok(progress) if progress.finished => {
                tracing::info!(rows = progress.rows, "the journal is verified");
                return;
            }
            Ok(progress) => {
                if progress.rows >= tell_at {
                    tracing::info!(rows = progress.rows, of = progress.of, "verifying the journal");
                    tell_at = progress.rows.saturating_add(TELL_ROWS);
                }
                SLICE_PAUSE
            }
            Err(error) if error.is_finding() => {
                tracing::error!(%error, "the verification of the journal has found something");
                let _gone = tell(inputs, Device::Journal, Err(error.to_string()));
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "the journal cannot be read to verify it");
                READ_AGAIN
            }
        };
        if let Err(RecvTimeoutError::Disconnected) = end.recv_timeout(pause) {
            return;
        }
    }
}

fn keep_copy(mut keeper: SecondCopy, woken: &Receiver<()>, inputs: &SyncSender<Input>) {
    let mut said: Option<Result<(), String>> = None;
    loop {
        let (device, outcome) = match keeper.catch_up() {
            Ok(_) => (Device::JournalCopy, Ok(())),
            // The copy proves rows that the journal does not have: it is the journal that is wrong.
            Err(error) if error.is_finding() => (Device::Journal, Err(error.to_string())),
            Err(error) => (Device::JournalCopy, Err(error.to_string())),
        };
        if said.as_ref() != Some(&outcome) {
            if let Err(cause) = &outcome {
                tracing::warn!(cause, "the second copy of unsent rows");
            }
            if !tell(inputs, device, outcome.clone()) {
                return;
            }
            said = Some(outcome);
        }
        if let Err(RecvTimeoutError::Disconnected) = woken.recv_timeout(COPY_EVERY) {
            return;
        }
    }
}

/// Looks until there is a sign. It stands until a person has started the firmware anew: whoever attached can detach.
fn look_at_the_board(mut integrity: Box<dyn Integrity>, end: &Receiver<()>, inputs: &SyncSender<Input>) {
    let mut failed = false;
    loop {
        match integrity.look() {
            Ok(None) => failed = false,
            Ok(Some(sign)) => {
                tracing::error!(%sign, "somebody has a hand in this board");
                let _gone = tell(inputs, Device::Board, Err(sign.to_string()));
                return;
            }
            Err(error) if !failed => {
                tracing::warn!(%error, "the board cannot be looked at");
                failed = true;
            }
            Err(_) => {}
        }
        if let Err(RecvTimeoutError::Disconnected) = end.recv_timeout(LOOK_EVERY) {
            return;
        }
    }
}

/// Whether anybody still listens.
fn tell(inputs: &SyncSender<Input>, device: Device, outcome: Result<(), String>) -> bool {
    inputs.send(Input::Peripheral(Peripheral::Storage(device, outcome))).is_ok()
}

#[cfg(test)]
mod tests {
    use senim_hal::Error;
    use senim_hal::integrity::Sign;

    use super::*;

    /// Shows nothing at first, then a sign.
    struct Later(u32);

    impl Integrity for Later {
        fn look(&mut self) -> Result<Option<Sign>, Error> {
            self.0 = self.0.saturating_sub(1);
            Ok((self.0 == 0).then_some(Sign::Traced))
        }
    }

    #[test]
    fn a_sign_is_told_once_and_nobody_looks_any_more() {
        let (inputs, inbox) = sync_channel(4);
        let (looking, end) = sync_channel(0);
        look_at_the_board(Box::new(Later(1)), &end, &inputs);
        drop((inputs, looking));
        let told: Vec<Input> = inbox.iter().collect();
        assert!(
            matches!(told.as_slice(), [Input::Peripheral(Peripheral::Storage(Device::Board, Err(_)))]),
            "{told:?}"
        );
    }

    #[test]
    fn nobody_looks_after_the_stop() {
        let (inputs, inbox) = sync_channel(4);
        let (looking, end) = sync_channel(0);
        drop(looking);
        look_at_the_board(Box::new(Later(u32::MAX)), &end, &inputs);
        drop(inputs);
        assert_eq!(inbox.iter().count(), 0);
    }
}
