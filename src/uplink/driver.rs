//! The uplink's thread: requests in, answers out, in order. It ends when the last sender of commands is dropped.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use senim_sync::wire::{Answer, Failure, Request};

use crate::uplink::Uplink;

/// Sync has one request under way; the rest is room for wipes behind it.
pub const COMMANDS_MAX: usize = 8;

/// What the thread is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Perform and answer.
    Perform(Request),
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
    mut uplink: impl Perform,
    commands: Receiver<Command>,
    answers: impl Fn(Answer) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    Builder::new().name("uplink".into()).spawn(move || {
        for command in commands {
            match command {
                Command::Perform(request) => {
                    let answer = catch_unwind(AssertUnwindSafe(|| uplink.perform(&request)));
                    answers(answer.unwrap_or_else(|_| {
                        tracing::error!("the uplink broke off a request");
                        uplink.forget();
                        Answer::Failed(Failure::Unreachable("the request was broken off".into()))
                    }));
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
                Request::Operations { .. } | Request::Attachment { .. } | Request::Checkpoint { .. } => {
                    unreachable!()
                }
            }
        }

        fn forget(&mut self) {
            self.0.send("forget").unwrap();
        }
    }

    #[test]
    fn commands_are_carried_out_in_order_and_the_thread_ends_with_its_last_sender() {
        let (asked, seen) = mpsc::channel();
        let (answered, answers) = mpsc::channel();
        let (commands, receiver) = channel();
        let thread = spawn(Double(asked), receiver, move |answer| answered.send(answer).unwrap()).unwrap();
        commands.send(Command::Perform(Request::Time { nonce: "a".into() })).unwrap();
        commands.send(Command::Wipe).unwrap();
        commands.send(Command::Perform(Request::Time { nonce: "b".into() })).unwrap();
        drop(commands);
        thread.join().unwrap();
        assert_eq!(seen.iter().collect::<Vec<_>>(), ["perform", "forget", "perform"]);
        let times: Vec<String> = answers
            .iter()
            .map(|answer| match answer {
                Answer::Time(time) => time,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(times, ["a", "b"]);
    }

    #[test]
    fn a_request_that_panics_is_answered_and_the_next_one_is_performed() {
        let (asked, seen) = mpsc::channel();
        let (answered, answers) = mpsc::channel();
        let (commands, receiver) = channel();
        let thread = spawn(Double(asked), receiver, move |answer| answered.send(answer).unwrap()).unwrap();
        commands.send(Command::Perform(Request::Inbox { after: 0, wait_seconds: 0 })).unwrap();
        commands.send(Command::Perform(Request::Time { nonce: "b".into() })).unwrap();
        drop(commands);
        thread.join().unwrap();
        assert!(matches!(answers.recv(), Ok(Answer::Failed(Failure::Unreachable(_)))));
        assert!(matches!(answers.recv(), Ok(Answer::Time(_))));
        assert_eq!(seen.iter().collect::<Vec<_>>(), ["perform", "forget", "perform"]);
    }
}
