//! The drainer: one request at a time, strictly in the order time → attachments → rows → checkpoint → inbox.

use senim_domain::Secret;
use senim_domain::time::Mono;

use crate::wire::{Answer, Consequence, Failure, InboxMessage};

/// Pauses and sizes.
#[derive(Clone, Copy, Debug)]
pub struct SyncOptions {
    /// First pause after a failure, ms.
    pub retry_ms_min: u64,
    /// Longest pause after failures, ms.
    pub retry_ms_max: u64,
    /// Pause when a person has to act first, ms.
    pub slow_retry_ms: u64,
    /// Pause between two looks into the inbox, ms.
    pub inbox_ms: u64,
    /// Rows of one batch (the gateway takes 1,024).
    pub batch_rows: usize,
    /// Bytes of one batch (the gateway takes 16 MiB).
    pub batch_bytes: usize,
    /// Age at which the trusted time is asked for again, ms.
    pub time_life_ms: u64,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            retry_ms_min: 500,
            retry_ms_max: 60_000,
            slow_retry_ms: 300_000,
            inbox_ms: 2_000,
            batch_rows: 512,
            batch_bytes: 4 << 20,
            time_life_ms: 3_600_000,
        }
    }
}

/// What waits in the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// There are rows that the gateway has not acknowledged.
    pub rows: bool,
    /// There are attachments that the gateway does not have.
    pub attachments: bool,
    /// There is a checkpoint without the gateway's signature whose rows are all acknowledged.
    pub checkpoint: bool,
}

/// What should be sent next; the kernel fills it from the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// The signed time.
    Time,
    /// The oldest attachment that is not there yet.
    Attachment,
    /// The oldest rows not acknowledged.
    Rows {
        /// At most so many.
        rows: usize,
        /// At most so many bytes.
        bytes: usize,
    },
    /// The checkpoint.
    Checkpoint,
    /// The newest note with the gateway's signature: it shows what the gateway once had.
    Proof,
    /// The inbox.
    Inbox {
        /// Number of the last message held.
        after: u64,
    },
}

/// What an answer means for the terminal.
#[derive(Clone, Debug)]
pub enum News {
    /// A signed time, to be verified against the nonce sent.
    Time(String),
    /// The gateway holds everything up to this row.
    Acknowledged {
        /// Row.
        seq: u64,
        /// Its hash; must be ours.
        hash: String,
    },
    /// The attachment under way is stored at the gateway.
    AttachmentStored,
    /// These attachments must be sent again.
    AttachmentsMissing(Vec<String>),
    /// These may be deleted here. Empty text stands for none; the attachment under way is named by its hash.
    Archived(Vec<String>),
    /// The attachment just sent may be deleted here.
    AttachmentArchived,
    /// A message about the person.
    Reply(Secret),
    /// A durable message.
    Directive(InboxMessage),
    /// The MFO calls for rows again: compact JWS of a `Rewind`, perhaps one that was obeyed already.
    Rewind(String),
    /// The gateway expects this row next. Where it is one that it has acknowledged before, the gateway has forgotten:
    /// [`Sync::gateway_forgot`].
    Expects(u64),
    /// The gateway's inbox ends before messages that are held here: it has forgotten them, and perhaps rows too.
    InboxForgotten,
    /// The checkpoint with the gateway's signature.
    Cosigned(String),
    /// The line works, or does not, and why.
    Online {
        /// Whether it works.
        online: bool,
        /// Code of a cause that waiting does not cure; empty otherwise.
        cause: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Free to send.
    Free,
    /// A request is under way.
    Waiting(Want),
    /// Until then nothing is sent.
    Resting(Mono),
    /// A person has to act; nothing is sent any more in this process.
    Stopped,
}

/// The machine.
#[derive(Debug)]
pub struct Sync {
    pub(crate) options: SyncOptions,
    pub(crate) lane: Lane,
    pub(crate) online: bool,
    pub(crate) failures: u32,
    pub(crate) inbox_after: u64,
    pub(crate) inbox_head: u64,
    pub(crate) inbox_due: Mono,
    pub(crate) time_at: Option<Mono>,
    pub(crate) jitter: u64,
    /// While the gateway has forgotten rows and not yet called for them: when the proof is shown next.
    pub(crate) withheld: Option<Mono>,
}

impl Sync {
    /// A machine that begins with nothing known. `seed` spreads the pauses of a fleet; `inbox_after` is the number of
    /// the last durable message held.
    #[must_use]
    pub const fn new(options: SyncOptions, seed: u64, inbox_after: u64) -> Self {
        Self {
            options,
            lane: Lane::Free,
            online: false,
            failures: 0,
            inbox_after,
            inbox_head: 0,
            inbox_due: Mono(0),
            time_at: None,
            jitter: seed | 1,
            withheld: None,
        }
    }

    /// Whether the gateway answered last time and the time is trusted.
    #[must_use]
    pub const fn online(&self) -> bool {
        self.online
    }

    /// Whether nothing is sent any more in this process.
    #[must_use]
    pub const fn stopped(&self) -> bool {
        matches!(self.lane, Lane::Stopped)
    }

    /// The next request, if one should begin now. The caller sends it and calls [`Sync::handle`] with its answer.
    pub fn poll_want(&mut self, backlog: Backlog, now: Mono) -> Option<Want> {
        match &self.lane {
            Lane::Waiting(_) | Lane::Stopped => return None,
            Lane::Resting(until) if now < *until => return None,
            Lane::Free | Lane::Resting(_) => {}
        }
        let want = self.choose(backlog, now)?;
        if want == Want::Proof {
            self.proof_shown(now);
        }
        self.lane = Lane::Waiting(want);
        Some(want)
    }

    fn choose(&self, backlog: Backlog, now: Mono) -> Option<Want> {
        let time_fresh = self.time_at.is_some_and(|at| now.since(at) < self.options.time_life_ms);
        if !time_fresh {
            Some(Want::Time)
        } else if let Some(proof_due) = self.withheld {
            self.choose_withheld(proof_due, now)
        } else if backlog.attachments {
            Some(Want::Attachment)
        } else if backlog.rows {
            Some(Want::Rows { rows: self.options.batch_rows, bytes: self.options.batch_bytes })
        } else if backlog.checkpoint {
            Some(Want::Checkpoint)
        } else if now >= self.inbox_due || self.inbox_head > self.inbox_after {
            Some(Want::Inbox { after: self.inbox_after })
        } else {
            None
        }
    }

    /// When [`Sync::poll_want`] should be asked again although nothing happened.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Mono> {
        match &self.lane {
            Lane::Waiting(_) | Lane::Stopped => None,
            Lane::Resting(until) => Some(*until),
            Lane::Free => Some(self.inbox_due),
        }
    }

    /// The kernel could not fill what was wanted (nothing there after all): the lane is free again.
    pub fn withdraw(&mut self) {
        if matches!(self.lane, Lane::Waiting(_)) {
            self.lane = Lane::Free;
        }
    }

    /// Nothing is sent any more: the gateway's rows and ours contradict each other.
    pub fn stop(&mut self) {
        self.lane = Lane::Stopped;
        self.online = false;
    }

    /// The signed time was verified: the line is worth using.
    pub fn time_is_trusted(&mut self, now: Mono) -> Option<News> {
        self.time_at = Some(now);
        if self.withheld.is_some() { None } else { self.goes_online() }
    }

    /// The signed time did not verify: whoever answers is not our MFO.
    pub fn time_is_refused(&mut self, now: Mono) -> Option<News> {
        self.rest(now, self.options.slow_retry_ms);
        self.goes_offline("timeRefused")
    }

    /// What the answer to the request under way means.
    pub fn handle(&mut self, answer: Answer, now: Mono) -> Vec<News> {
        let Lane::Waiting(want) = self.lane else { return Vec::new() };
        self.lane = Lane::Free;
        let mut news = Vec::new();
        match answer {
            Answer::Failed(failure) => return self.failed(&failure, want, now),
            Answer::Time(token) => news.push(News::Time(token)),
            Answer::Operations(ack) => {
                news.extend(ack.rewind.map(News::Rewind));
                if let (Some(seq), Some(hash)) = (ack.acked_seq, ack.acked_hash) {
                    news.push(News::Acknowledged { seq, hash });
                }
                self.inbox_head = self.inbox_head.max(ack.inbox);
                news.extend(ack.replies.into_iter().map(News::Reply));
                push_unless_empty(&mut news, ack.missing, News::AttachmentsMissing);
                push_unless_empty(&mut news, ack.archived, News::Archived);
            }
            Answer::Attachment(stored) => {
                news.push(News::AttachmentStored);
                if stored.archived {
                    news.push(News::AttachmentArchived);
                }
                news.extend(stored.replies.into_iter().map(News::Reply));
            }
            Answer::Checkpoint(cosigned) => {
                news.push(News::Cosigned(cosigned.note));
                push_unless_empty(&mut news, cosigned.archived, News::Archived);
            }
            Answer::Inbox(page) => {
                self.inbox_due = now.plus_ms(self.options.inbox_ms);
                self.inbox_head = page.head;
                if page.head < self.inbox_after {
                    news.push(News::InboxForgotten);
                }
                for message in page.messages {
                    if message.n > self.inbox_after {
                        self.inbox_after = message.n;
                        news.push(News::Directive(message));
                    }
                }
            }
        }
        self.failures = 0;
        if self.time_at.is_some() && self.withheld.is_none() {
            news.extend(self.goes_online());
        }
        news
    }

    fn failed(&mut self, failure: &Failure, want: Want, now: Mono) -> Vec<News> {
        self.failures = self.failures.saturating_add(1);
        let mut news = Vec::new();
        if let Failure::Refused { acked_seq: Some(seq), acked_hash: Some(hash), .. } = failure {
            news.push(News::Acknowledged { seq: *seq, hash: hash.clone() });
        }
        // A call that is obeyed answers what the gateway expects.
        if let Failure::Refused { rewind: Some(rewind), .. } = failure {
            news.push(News::Rewind(rewind.clone()));
        }
        if let Failure::Refused { expected_seq: Some(expected), .. } = failure {
            news.push(News::Expects(*expected));
        }
        let pause = self.pause();
        match failure.consequence() {
            Consequence::Retry => {
                self.rest(now, pause);
                // One lost answer is no outage; a person should not be sent away for it.
                if self.failures > 1 {
                    news.extend(self.goes_offline(""));
                }
            }
            // A gap below our own watermark is for the MFO to resolve by `Rewind`; above it the acknowledgement in the
            // refusal moves our watermark and the next batch begins there.
            Consequence::Realign if matches!(want, Want::Checkpoint | Want::Proof) || !news.is_empty() => {
                self.rest(now, pause)
            }
            Consequence::Realign | Consequence::RetrySlowly => {
                self.rest(now, self.options.slow_retry_ms);
                news.extend(self.goes_offline(failure.code()));
            }
            Consequence::Stop => {
                self.lane = Lane::Stopped;
                news.extend(self.goes_offline(failure.code()));
            }
        }
        news
    }

    /// Full jitter: anywhere between the least pause and the doubled one.
    fn pause(&mut self) -> u64 {
        // xorshift64: spreads pauses, guards nothing.
        self.jitter ^= self.jitter << 13;
        self.jitter ^= self.jitter >> 7;
        self.jitter ^= self.jitter << 17;
        let doublings = self.failures.saturating_sub(1).min(16);
        let ceiling = self.options.retry_ms_min.saturating_mul(1 << doublings).min(self.options.retry_ms_max);
        let span = ceiling.saturating_sub(self.options.retry_ms_min).saturating_add(1);
        self.options.retry_ms_min.saturating_add(self.jitter % span)
    }

    fn rest(&mut self, now: Mono, pause_ms: u64) {
        self.lane = Lane::Resting(now.plus_ms(pause_ms));
    }

    pub(crate) fn goes_online(&mut self) -> Option<News> {
        (!std::mem::replace(&mut self.online, true))
            .then(|| News::Online { online: true, cause: String::new() })
    }

    pub(crate) fn goes_offline(&mut self, cause: &str) -> Option<News> {
        let was = std::mem::replace(&mut self.online, false);
        (was || !cause.is_empty()).then(|| News::Online { online: false, cause: cause.to_owned() })
    }
}

fn push_unless_empty(news: &mut Vec<News>, list: Vec<String>, make: fn(Vec<String>) -> News) {
    if !list.is_empty() {
        news.push(make(list));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Acknowledgement, InboxPage};

    const ROWS: Backlog = Backlog { rows: true, attachments: false, checkpoint: false };

    fn online() -> Sync {
        let mut sync = Sync::new(SyncOptions::default(), 7, 0);
        assert_eq!(sync.poll_want(Backlog::default(), Mono(0)), Some(Want::Time));
        sync.handle(Answer::Time("t".into()), Mono(1));
        assert!(matches!(sync.time_is_trusted(Mono(1)), Some(News::Online { online: true, .. })));
        sync
    }

    fn unreachable() -> Answer {
        Answer::Failed(Failure::Unreachable("refused".into()))
    }

    fn refused(status: u16, code: &str) -> Failure {
        Failure::Refused {
            status,
            code: code.into(),
            expected_seq: None,
            acked_seq: None,
            acked_hash: None,
            rewind: None,
        }
    }

    #[test]
    fn nothing_is_sent_before_the_time_is_trusted() {
        let mut sync = Sync::new(SyncOptions::default(), 7, 0);
        assert_eq!(sync.poll_want(ROWS, Mono(0)), Some(Want::Time));
        sync.handle(Answer::Time("t".into()), Mono(1));
        assert_eq!(sync.poll_want(ROWS, Mono(1)), Some(Want::Time), "not verified yet");
        assert!(!sync.online());
    }

    #[test]
    fn one_request_is_under_way_at_a_time() {
        let mut sync = online();
        assert!(matches!(sync.poll_want(ROWS, Mono(2)), Some(Want::Rows { .. })));
        assert_eq!(sync.poll_want(ROWS, Mono(3)), None);
    }

    #[test]
    fn attachments_go_before_the_rows_that_name_them() {
        let mut sync = online();
        assert_eq!(sync.poll_want(Backlog { attachments: true, ..ROWS }, Mono(2)), Some(Want::Attachment));
    }

    #[test]
    fn a_lost_answer_leads_to_the_same_want_after_a_pause_and_a_second_one_to_offline() {
        let mut sync = online();
        sync.poll_want(ROWS, Mono(2));
        assert!(sync.handle(unreachable(), Mono(3)).is_empty());
        assert_eq!(sync.poll_want(ROWS, Mono(4)), None);
        let until = sync.poll_timeout().unwrap();
        assert!(matches!(sync.poll_want(ROWS, until), Some(Want::Rows { .. })));
        let news = sync.handle(unreachable(), until);
        assert!(matches!(news.as_slice(), [News::Online { online: false, .. }]));
        let until = sync.poll_timeout().unwrap();
        sync.poll_want(ROWS, until);
        let news = sync.handle(Answer::Operations(Acknowledgement::default()), until);
        assert!(matches!(news.as_slice(), [News::Online { online: true, .. }]));
    }

    #[test]
    fn pauses_grow_and_stay_within_their_limits() {
        let mut sync = online();
        let options = SyncOptions::default();
        let mut now = Mono(10);
        for _ in 0..40 {
            sync.poll_want(ROWS, now);
            sync.handle(unreachable(), now);
            let until = sync.poll_timeout().unwrap();
            let pause = until.since(now);
            assert!((options.retry_ms_min..=options.retry_ms_max).contains(&pause), "{pause}");
            now = until;
        }
    }

    #[test]
    fn a_fork_stops_the_lane_for_good() {
        let mut sync = online();
        sync.poll_want(ROWS, Mono(2));
        let news = sync.handle(Answer::Failed(refused(409, "fork")), Mono(3));
        assert!(matches!(news.as_slice(), [News::Online { online: false, cause }] if cause == "fork"));
        assert_eq!(sync.poll_want(ROWS, Mono(u64::MAX)), None);
        assert!(sync.stopped());
    }

    #[test]
    fn a_gap_moves_the_watermark_and_goes_on() {
        let mut sync = online();
        sync.poll_want(ROWS, Mono(2));
        let gap = Failure::Refused {
            status: 409,
            code: "gap".into(),
            expected_seq: Some(5),
            acked_seq: Some(4),
            acked_hash: Some("h".into()),
            rewind: None,
        };
        let news = sync.handle(Answer::Failed(gap), Mono(3));
        assert!(matches!(news.as_slice(), [News::Acknowledged { seq: 4, .. }, News::Expects(5)]));
        assert!(!sync.stopped());
    }

    #[test]
    fn a_message_numbered_like_one_held_is_not_given_out_again() {
        let mut sync = Sync::new(SyncOptions::default(), 7, 3);
        sync.poll_want(Backlog::default(), Mono(0));
        sync.handle(Answer::Time("t".into()), Mono(1));
        sync.time_is_trusted(Mono(1));
        assert_eq!(sync.poll_want(Backlog::default(), Mono(2)), Some(Want::Inbox { after: 3 }));
        let message = |n| InboxMessage { n, jws: "j".into() };
        let page = InboxPage { messages: vec![message(3), message(4), message(4)], head: 4 };
        let news = sync.handle(Answer::Inbox(page), Mono(3));
        assert_eq!(news.iter().filter(|news| matches!(news, News::Directive(_))).count(), 1);
        assert_eq!(sync.poll_want(Backlog::default(), Mono(4)), None, "the inbox was just read");
    }

    #[test]
    fn each_status_has_one_consequence() {
        let table = [
            (503, "try_later", Consequence::Retry),
            (500, "", Consequence::Retry),
            (409, "gap", Consequence::Realign),
            (409, "fork", Consequence::Stop),
            (422, "bad_row", Consequence::Stop),
            (422, "wrong_profile", Consequence::Stop),
            (403, "quarantined", Consequence::RetrySlowly),
            (413, "too_large", Consequence::RetrySlowly),
        ];
        for (status, code, consequence) in table {
            assert_eq!(refused(status, code).consequence(), consequence, "{status} {code}");
        }
    }
}
