//! A line's thread: requests in, answers out, in order. It ends when the last sender of commands is dropped.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use senim_sync::Lease;
use senim_sync::wire::{Answer, Failure, Request};

use crate::uplink::Uplink;

/// Sync has one request under way on a line; the rest is room for wipes behind it.
pub const COMMANDS_MAX: usize = 8;

/// What the thread is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Perform and answer.
    Perform(Lease, Request),
    /// The session has ended: drop connections and buffers once the request under way is answered.
    Wipe,
}

/// What the thread drives; [`Uplink`], or a double.
pub trait Perform: Send + 'static {
    /// Performs a request to its end; blocks.
    fn perform(&mut self, request: &Request) -> Answer;
    /// Drops connections and buffers.
    fn forget(&mut self);
}

impl Perform for Uplink {
    fn perform(&mut self, request: &Request) -> Answer {
        Self::perform(self, request)
    }

    fn forget(&mut self) {
        Self::forget(self);
    }
}

/// The bounded channel of commands. Use `try_send`: who sends must not wait for the network.
#[must_use]
pub fn channel() -> (SyncSender<Command>, Receiver<Command>) {
    sync_channel(COMMANDS_MAX)
}

/// Starts the thread. Each [`Command::Perform`] leads to exactly one call of `answers`, also when performing panics:
/// sync waits for it without a time limit of its own.
///
/// # Errors
/// The operating system gives no thread.
pub fn spawn(
    name: &str,
    mut uplink: impl Perform,
    commands: Receiver<Command>,
    answers: impl Fn(Lease, Answer) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.into()).spawn(move || {
        for command in commands {
            match command {
                Command::Perform(lease, request) => {
                    let answer = catch_unwind(AssertUnwindSafe(|| uplink.perform(&request)));
                    let answer = answer.unwrap_or_else(|_| {
                        tracing::error!("the uplink broke off a request");
                        uplink.forget();
                        Answer::Failed(Failure::Unreachable("the request was broken off".into()))
                    });
                    answers(lease, answer);
                }
                Command::Wipe => uplink.forget(),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Tells what it was asked; panics when asked for the inbox.
    struct Double(mpsc::Sender<&'static str>);

    impl Perform for Double {
        fn perform(&mut self, request: &Request) -> Answer {
            self.0.send("perform").unwrap();
            match request {
                Request::Inbox { .. } => panic!("planted"),
                Request::Time { nonce } => Answer::Time(nonce.clone()),
                _ => unreachable!(),
            }
        }

        fn forget(&mut self) {
            self.0.send("forget").unwrap();
        }
    }

    fn start(
        asked: mpsc::Sender<&'static str>,
    ) -> (SyncSender<Command>, mpsc::Receiver<(Lease, Answer)>, JoinHandle<()>) {
        let (answered, answers) = mpsc::channel();
        let (commands, receiver) = channel();
        let tell = move |lease, answer| answered.send((lease, answer)).unwrap();
        let thread = spawn("test", Double(asked), receiver, tell).unwrap();
        (commands, answers, thread)
    }

    fn time(nonce: &str) -> Request {
        Request::Time { nonce: nonce.into() }
    }

    #[test]
    fn commands_are_carried_out_in_order_and_the_thread_ends_with_its_last_sender() {
        let (asked, seen) = mpsc::channel();
        let (commands, answers, thread) = start(asked);
        commands.send(Command::Perform(Lease(1), time("a"))).unwrap();
        commands.send(Command::Wipe).unwrap();
        commands.send(Command::Perform(Lease(2), time("b"))).unwrap();
        drop(commands);
        thread.join().unwrap();
        assert_eq!(seen.iter().collect::<Vec<_>>(), ["perform", "forget", "perform"]);
        let times: Vec<(Lease, String)> = answers
            .iter()
            .map(|answer| match answer {
                (lease, Answer::Time(time)) => (lease, time),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(times, [(Lease(1), "a".to_owned()), (Lease(2), "b".to_owned())]);
    }

    #[test]
    fn a_request_that_panics_is_answered_and_the_next_one_is_performed() {
        let (asked, seen) = mpsc::channel();
        let (commands, answers, thread) = start(asked);
        let inbox = Request::Inbox { after: 0, wait_seconds: 0, awaits: None };
        commands.send(Command::Perform(Lease(7), inbox)).unwrap();
        commands.send(Command::Perform(Lease(8), time("b"))).unwrap();
        drop(commands);
        thread.join().unwrap();
        assert!(matches!(answers.recv(), Ok((Lease(7), Answer::Failed(Failure::Unreachable(_))))));
        assert!(matches!(answers.recv(), Ok((Lease(8), Answer::Time(_)))));
        assert_eq!(seen.iter().collect::<Vec<_>>(), ["perform", "forget", "perform"]);
    }
}
