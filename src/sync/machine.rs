//! The drainer. What goes over which line, in order of urgency:
//!
//! | line | lanes |
//! | --- | --- |
//! | prompt | time · the attachment of a row that somebody waits for · that row, ahead of the chain |
//! | bulk | the chain, in turn with other attachments · checkpoint · telemetry |
//! | inbox | the long poll |
//!
//! While leave to pay waits for the chain, the bulk line carries nothing else. While something that a person waits for is
//! on the prompt line, nothing new begins on the bulk line: on a slow modem they would share its few bytes.
//!
//! Only monotonic time counts: a real-time clock that jumps changes nothing here.

use senim_domain::time::Mono;

use crate::lane::{Jitter, Lane, Lease, Line, Rest};
use crate::news::News;
use crate::pace::Pace;
use crate::want::{Backlog, Order, SyncOptions, Want};
use crate::wire::{Answer, Consequence, Failure};

/// Longest time that the gateway is asked to hold the inbox back, seconds.
const WAIT_SECONDS_MAX: u32 = 25;
/// Shortest, where something on the way cuts longer ones.
const WAIT_SECONDS_MIN: u32 = 5;
/// A row so near to the watermark is in the next batch of any line: the chain itself is as fast.
const NEAR_ROWS: u64 = 16;

#[derive(Clone, Copy, Debug)]
struct UnderWay {
    lease: Lease,
    want: Want,
    since: Mono,
    bytes: usize,
    /// Rows before this number are in it.
    end: u64,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct Sync {
    options: SyncOptions,
    stopped: bool,
    prompt: Option<UnderWay>,
    bulk: Option<UnderWay>,
    poll: Option<UnderWay>,
    leases: u64,
    rests: [Rest; 7],
    online: bool,
    /// Failures in a row that say something about the gateway being there.
    failures: u32,
    chain_pace: Pace,
    blob_pace: Pace,
    /// Attachments have the next turn.
    blobs_turn: bool,
    inbox_after: u64,
    inbox_head: u64,
    inbox_due: Mono,
    wait_seconds: u32,
    time_at: Option<Mono>,
    /// A poll broke off: whether the gateway is there is worth a question.
    probe: bool,
    jitter: Jitter,
    /// While the gateway has forgotten rows and not yet called for them: when the proof is shown next.
    withheld: Option<Mono>,
    /// The gateway has cosigned the proof: it is asked once more whether it takes the next row.
    trial: bool,
}

impl Sync {
    /// A machine that begins with nothing known. `seed` spreads the pauses of a fleet; `inbox_after` is the number of
    /// the last durable message held.
    #[must_use]
    pub fn new(options: SyncOptions, seed: u64, inbox_after: u64) -> Self {
        Self {
            options,
            stopped: false,
            prompt: None,
            bulk: None,
            poll: None,
            leases: 0,
            rests: [Rest::default(); 7],
            online: false,
            failures: 0,
            chain_pace: Pace::new(64 << 10, 16 << 10, options.batch_bytes.max(16 << 10)),
            blob_pace: Pace::new(32 << 10, 8 << 10, 1 << 20),
            blobs_turn: false,
            inbox_after,
            inbox_head: 0,
            inbox_due: Mono(0),
            wait_seconds: WAIT_SECONDS_MAX,
            time_at: None,
            probe: false,
            jitter: Jitter::new(seed),
            withheld: None,
            trial: false,
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
        self.stopped
    }

    /// The next request of a line, if one should begin now. The caller sends it, tells [`Sync::filled`], and calls
    /// [`Sync::handle`] with its answer; or [`Sync::withdraw`] when there was nothing to send.
    pub fn poll(&mut self, line: Line, backlog: &Backlog, now: Mono) -> Option<Order> {
        if self.stopped {
            return None;
        }
        for rest in &mut self.rests {
            rest.until = rest.until.filter(|until| now < *until);
        }
        if self.under_way(line).is_some() {
            return None;
        }
        let want = match line {
            Line::Prompt => self.choose_prompt(backlog, now),
            Line::Bulk => self.choose_bulk(backlog, now),
            Line::Inbox => self.choose_inbox(now),
        }?;
        self.leases = self.leases.saturating_add(1);
        let lease = Lease(self.leases);
        *self.slot(line) = Some(UnderWay { lease, want, since: now, bytes: 0, end: 0 });
        if want == Want::Proof {
            // Again after the long pause.
            self.withheld = self.withheld.map(|_| now.plus_ms(self.options.slow_retry_ms));
        }
        if matches!(want, Want::Rows { .. }) {
            self.trial = false;
        }
        if matches!(line, Line::Bulk) {
            self.blobs_turn = !matches!(want, Want::Attachment { .. });
        }
        Some(Order { lease, want })
    }

    /// What became of leases whose answer never came; to be asked before [`Sync::poll`].
    pub fn expire(&mut self, now: Mono) -> Vec<News> {
        let mut news = Vec::new();
        for line in Line::ALL {
            let lost = self.under_way(line).filter(|way| now.since(way.since) >= self.options.lease_ms);
            if let Some(lost) = lost {
                *self.slot(line) = None;
                news.extend(self.failed(&Failure::Unreachable("no answer at all".into()), lost, now));
            }
        }
        news
    }

    fn choose_prompt(&self, backlog: &Backlog, now: Mono) -> Option<Want> {
        let fresh = self.time_at.is_some_and(|at| now.since(at) < self.options.time_life_ms);
        if (!fresh || self.probe) && self.awake(Lane::Time) {
            return Some(Want::Time);
        }
        self.time_at?;
        let ahead = backlog.ahead.filter(|_| self.withheld.is_none())?;
        if ahead.attachment {
            let free = self.awake(Lane::Blob) && !self.carries(Lane::Blob);
            return free.then_some(Want::Attachment { urgent: true, bytes: self.blob_pace.bytes() });
        }
        let goes = self.awake(Lane::Ahead) && !self.chain_is_as_fast(ahead.seq, backlog);
        goes.then_some(Want::Ahead { seq: ahead.seq })
    }

    /// Whether the row arrives with the chain's request under way, or with the one that begins now.
    fn chain_is_as_fast(&self, seq: u64, backlog: &Backlog) -> bool {
        match &self.bulk {
            Some(way) => matches!(way.want, Want::Rows { .. }) && seq < way.end,
            None => self.awake(Lane::Chain) && seq.saturating_sub(backlog.first) < NEAR_ROWS,
        }
    }

    fn choose_bulk(&self, backlog: &Backlog, now: Mono) -> Option<Want> {
        self.time_at?;
        if let Some(proof_due) = self.withheld {
            // Only rows above our own watermark: whoever has those below takes them, whoever has not says so again.
            if self.trial && backlog.first < backlog.next && self.awake(Lane::Chain) {
                return Some(Want::Rows { rows: self.options.batch_rows, bytes: self.chain_pace.bytes() });
            }
            return (now >= proof_due && self.awake(Lane::Checkpoint)).then_some(Want::Proof);
        }
        let rows = (backlog.first < backlog.next && self.awake(Lane::Chain))
            .then_some(Want::Rows { rows: self.options.batch_rows, bytes: self.chain_pace.bytes() });
        if backlog.payout {
            return rows;
        }
        let person_waits =
            self.prompt.is_some_and(|way| matches!(way.want, Want::Ahead { .. } | Want::Attachment { .. }));
        if person_waits {
            return None;
        }
        let attachment = (backlog.attachments && self.awake(Lane::Blob) && !self.carries(Lane::Blob))
            .then_some(Want::Attachment { urgent: false, bytes: self.blob_pace.bytes() });
        let blobs_first = self.blobs_turn && backlog.ahead.is_none();
        let (first, second) = if blobs_first { (attachment, rows) } else { (rows, attachment) };
        first
            .or(second)
            .or((backlog.checkpoint && self.awake(Lane::Checkpoint)).then_some(Want::Checkpoint))
            .or((backlog.telemetry && self.awake(Lane::Telemetry)).then_some(Want::Telemetry))
    }

    fn choose_inbox(&self, now: Mono) -> Option<Want> {
        self.time_at?;
        let more = self.inbox_head > self.inbox_after;
        let due = self.awake(Lane::Inbox) && (now >= self.inbox_due || more);
        let wait_seconds = if more { 0 } else { self.wait_seconds };
        due.then_some(Want::Inbox { after: self.inbox_after, wait_seconds })
    }

    /// When [`Sync::poll`] should be asked again although nothing happened.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Mono> {
        if self.stopped {
            return None;
        }
        let leases = Line::ALL
            .into_iter()
            .filter_map(|line| self.under_way(line))
            .map(|way| way.since.plus_ms(self.options.lease_ms));
        let rests = self.rests.iter().filter_map(|rest| rest.until);
        let trusted = self.time_at.is_some();
        let inbox = trusted && self.poll.is_none() && self.awake(Lane::Inbox);
        let time = self.time_at.filter(|_| self.prompt.is_none() && self.awake(Lane::Time));
        leases
            .chain(rests)
            .chain(inbox.then_some(self.inbox_due))
            .chain(time.map(|at| at.plus_ms(self.options.time_life_ms)))
            .chain(self.withheld.filter(|_| trusted && self.bulk.is_none() && self.awake(Lane::Checkpoint)))
            .min()
    }

    /// How large the request became: bytes of its body and, for rows, the number behind the last one.
    pub fn filled(&mut self, lease: Lease, bytes: usize, end: u64) {
        for line in Line::ALL {
            if let Some(way) = self.slot(line).as_mut().filter(|way| way.lease == lease) {
                (way.bytes, way.end) = (bytes, end);
            }
        }
    }

    /// The kernel could not fill what was wanted (nothing there after all): the line is free again.
    pub fn withdraw(&mut self, lease: Lease) {
        self.take(lease);
    }

    /// Nothing is sent any more: the gateway's rows and ours contradict each other.
    pub fn stop(&mut self) {
        self.stopped = true;
        self.online = false;
    }

    /// The gateway expects a row that it has acknowledged before: it was started from a back-up. Nothing below our own
    /// watermark is sent on its word alone; rows and attachments wait for [`Sync::rewound`], and meanwhile
    /// [`Want::Proof`] is wanted now and then, so that it can see by itself what it has lost.
    pub fn gateway_forgot(&mut self, now: Mono) -> Option<News> {
        if self.withheld.is_some() {
            return None;
        }
        self.withheld = Some(now);
        // The proof goes at once, whatever pause a refusal asked for.
        *self.rest_of(Lane::Checkpoint) = Rest::default();
        self.goes_offline("gap")
    }

    /// The journal's watermark was set back on the MFO's signed word: rows go again. What is under way in the chain was
    /// asked before that, and its answer does not count.
    pub fn rewound(&mut self) -> Option<News> {
        self.withheld = None;
        self.bulk = self.bulk.filter(|way| !matches!(way.want.lane(), Lane::Chain | Lane::Checkpoint));
        for lane in [Lane::Ahead, Lane::Blob, Lane::Chain, Lane::Checkpoint] {
            *self.rest_of(lane) = Rest::default();
        }
        if self.time_at.is_some() { self.goes_online() } else { None }
    }

    /// The terminal shows another certificate from now on: what was refused to the one before is tried at once.
    pub fn certified_anew(&mut self) {
        for rest in self.rests.iter_mut().filter(|rest| rest.slow) {
            *rest = Rest::default();
        }
    }

    /// Whether rows wait until the MFO calls for them.
    #[must_use]
    pub const fn withholds(&self) -> bool {
        self.withheld.is_some()
    }

    /// The signed time was verified: the line is worth using.
    pub fn time_is_trusted(&mut self, now: Mono) -> Option<News> {
        self.time_at = Some(now);
        self.goes_online()
    }

    /// The signed time did not verify: whoever answers is not our MFO, and nothing more is sent there.
    pub fn time_is_refused(&mut self, now: Mono) -> Option<News> {
        self.time_at = None;
        self.rest(Lane::Time, now, self.options.slow_retry_ms, true);
        self.goes_offline("timeRefused")
    }

    /// What the answer means. One that comes under no lease, late or a second time, means nothing.
    pub fn handle(&mut self, lease: Lease, answer: Answer, now: Mono) -> Vec<News> {
        let Some(way) = self.take(lease) else { return Vec::new() };
        let lane = way.want.lane();
        let mut news = Vec::new();
        let mut stands_still = false;
        let want = way.want;
        match (answer, want) {
            (Answer::Failed(failure), _) => return self.failed(&failure, way, now),
            (Answer::Time(token), Want::Time) => {
                self.probe = false;
                news.push(News::Time(token));
            }
            (Answer::Operations(ack), Want::Rows { .. }) => {
                // Whoever takes a batch and does not move is not asked again without a pause.
                stands_still = ack.acked_seq.map_or(0, |seq| seq.saturating_add(1)) < way.end;
                news.extend(ack.rewind.map(News::Rewind));
                self.withheld = None;
                if let (Some(seq), Some(hash)) = (ack.acked_seq, ack.acked_hash) {
                    news.push(News::Acknowledged { seq, hash });
                }
                self.inbox_head = self.inbox_head.max(ack.inbox);
                news.extend(ack.replies.into_iter().map(News::Reply));
                push_unless_empty(&mut news, ack.missing, News::AttachmentsMissing);
                push_unless_empty(&mut news, ack.archived, News::Archived);
                self.chain_pace.answered(way.bytes, now.since(way.since));
            }
            (Answer::Ahead(seen), Want::Ahead { seq }) => {
                self.inbox_head = self.inbox_head.max(seen.inbox);
                news.push(News::SeenAhead { seq });
                push_unless_empty(&mut news, seen.missing, News::AttachmentsMissing);
                news.extend(seen.replies.into_iter().map(News::Reply));
            }
            (Answer::Attachment(stored), Want::Attachment { .. }) => {
                if stored.stored {
                    news.push(News::AttachmentStored);
                    if stored.archived {
                        news.push(News::AttachmentArchived);
                    }
                } else {
                    news.push(News::AttachmentHeld { bytes: stored.held });
                }
                news.extend(stored.replies.into_iter().map(News::Reply));
                self.blob_pace.answered(way.bytes, now.since(way.since));
            }
            (Answer::Checkpoint(cosigned), Want::Checkpoint | Want::Proof) => {
                self.trial = want == Want::Proof;
                news.push(News::Cosigned(cosigned.note));
                push_unless_empty(&mut news, cosigned.archived, News::Archived);
            }
            (Answer::Telemetry, Want::Telemetry) => news.push(News::TelemetryGone),
            (Answer::Inbox(page), Want::Inbox { wait_seconds, .. }) => {
                self.inbox_due = way.since.plus_ms(self.options.inbox_ms);
                self.inbox_head = page.head;
                if wait_seconds >= self.wait_seconds {
                    self.wait_seconds = self.wait_seconds.saturating_add(5).min(WAIT_SECONDS_MAX);
                }
                if page.head < self.inbox_after {
                    news.push(News::InboxForgotten);
                }
                for message in page.messages {
                    if message.n > self.inbox_after {
                        self.inbox_after = message.n;
                        news.push(News::Directive(message));
                    }
                }
                // A head above messages that do not come must not be asked for without a pause.
                self.inbox_head =
                    self.inbox_head.min(if news.is_empty() { self.inbox_after } else { u64::MAX });
                news.extend(page.replies.into_iter().map(News::Reply));
            }
            (
                Answer::Time(_)
                | Answer::Operations(_)
                | Answer::Ahead(_)
                | Answer::Attachment(_)
                | Answer::Checkpoint(_)
                | Answer::Telemetry
                | Answer::Inbox(_),
                _,
            ) => {
                let other = Failure::Unreadable("it answers another question".into());
                return self.failed(&other, way, now);
            }
        }
        if stands_still {
            self.rest_after_failure(lane, now);
        } else {
            *self.rest_of(lane) = Rest::default();
        }
        self.failures = 0;
        if self.time_at.is_some() {
            news.extend(self.goes_online());
        }
        news
    }

    fn failed(&mut self, failure: &Failure, way: UnderWay, now: Mono) -> Vec<News> {
        let (want, lane) = (way.want, way.want.lane());
        let mut news = Vec::new();
        if let Failure::Refused { acked_seq: Some(seq), acked_hash: Some(hash), .. } = failure {
            news.push(News::Acknowledged { seq: *seq, hash: hash.clone() });
        }
        // A call that is obeyed answers what the gateway expects.
        if let Failure::Refused { rewind: Some(rewind), .. } = failure {
            news.push(News::Rewind(rewind.clone()));
        }
        // Beside a row ahead the chain goes on: what was expected then may be acknowledged by now.
        if let Failure::Refused { expected_seq: Some(expected), .. } = failure
            && lane != Lane::Ahead
        {
            news.push(News::Expects(*expected));
        }
        let realigned = !news.is_empty();
        let reached = matches!(failure, Failure::Refused { .. });
        match want {
            Want::Rows { .. } if !reached => self.chain_pace.shrink(),
            Want::Attachment { .. } => {
                if let Failure::Refused { held: Some(bytes), .. } = failure {
                    // Not a failure: now it is known where to go on. Said again and again it is one.
                    if self.rest_of(lane).failures > 0 {
                        self.rest_after_failure(lane, now);
                    }
                    self.rest_of(lane).failures = self.rest_of(lane).failures.saturating_add(1);
                    let bytes = usize::try_from(*bytes).unwrap_or(0);
                    return vec![News::AttachmentHeld { bytes }];
                }
                if !reached {
                    self.blob_pace.shrink();
                }
                news.push(News::AttachmentLost);
            }
            Want::Telemetry => news.push(News::TelemetryGone),
            Want::Inbox { .. } if !reached => {
                self.probe = true;
                self.wait_seconds = (self.wait_seconds / 2).max(WAIT_SECONDS_MIN);
            }
            Want::Rows { .. }
            | Want::Time
            | Want::Ahead { .. }
            | Want::Checkpoint
            | Want::Proof
            | Want::Inbox { .. } => {}
        }
        let pause = self.rest_after_failure(lane, now);
        match (failure.consequence(), lane) {
            (Consequence::Retry, _) => {
                self.rest(lane, now, pause, false);
                if lane.tells_of_the_line() {
                    self.failures = self.failures.saturating_add(1);
                }
                // One lost answer is no outage; a person should not be sent away for it.
                if self.failures > 1 {
                    news.extend(self.goes_offline(""));
                }
            }
            (Consequence::Stop, Lane::Chain | Lane::Ahead | Lane::Checkpoint) => {
                self.stopped = true;
                news.extend(self.goes_offline(failure.code()));
            }
            // The chain brings the row, and its key, all the same.
            (Consequence::Realign, Lane::Ahead) => self.rest(lane, now, pause, false),
            // A gap below our own watermark is for the MFO to resolve by `Rewind`; above it the acknowledgement in the
            // refusal moves our watermark and the next batch begins there.
            (Consequence::Realign, Lane::Checkpoint) => self.rest(lane, now, pause, false),
            (Consequence::Realign, _) if realigned => self.rest(lane, now, pause, false),
            (Consequence::Stop | Consequence::RetrySlowly | Consequence::Realign, Lane::Telemetry) => {
                self.rest(lane, now, self.options.slow_retry_ms, false);
            }
            // One row or one attachment that is not taken holds up no other.
            (Consequence::Stop | Consequence::RetrySlowly, Lane::Ahead | Lane::Blob)
                if !failure.is_about_us() =>
            {
                self.rest(lane, now, pause, false);
                match want {
                    Want::Ahead { seq } => news.push(News::AheadRefused { seq }),
                    _ => news.push(News::AttachmentRefused { cause: failure.code().to_owned() }),
                }
            }
            (Consequence::Stop | Consequence::RetrySlowly | Consequence::Realign, _) => {
                self.rest(lane, now, self.options.slow_retry_ms, true);
                news.extend(self.goes_offline(failure.code()));
            }
        }
        news
    }

    /// One more failure of a lane; gives the pause, ms.
    fn rest_after_failure(&mut self, lane: Lane, now: Mono) -> u64 {
        let failures = self.rest_of(lane).failures.saturating_add(1);
        self.rest_of(lane).failures = failures;
        let pause = self.jitter.pause(failures, self.options.retry_ms_min, self.options.retry_ms_max);
        self.rest(lane, now, pause, false);
        pause
    }

    fn rest(&mut self, lane: Lane, now: Mono, pause_ms: u64, slow: bool) {
        let rest = self.rest_of(lane);
        rest.until = Some(now.plus_ms(pause_ms));
        rest.slow = slow;
    }

    fn goes_online(&mut self) -> Option<News> {
        if self.withheld.is_some() {
            return None;
        }
        // Where a person has to act first, another lane's success says nothing; unless that lane has nothing to send.
        let held_up = |lane: Lane| {
            let slow = self.rests.get(place(lane)).is_some_and(|rest| rest.slow);
            slow && (!self.awake(lane) || self.carries(lane))
        };
        if Lane::ALL.into_iter().any(held_up) {
            return None;
        }
        (!std::mem::replace(&mut self.online, true))
            .then(|| News::Online { online: true, cause: String::new() })
    }

    fn goes_offline(&mut self, cause: &str) -> Option<News> {
        let was = std::mem::replace(&mut self.online, false);
        (was || !cause.is_empty()).then(|| News::Online { online: false, cause: cause.to_owned() })
    }

    const fn under_way(&self, line: Line) -> Option<UnderWay> {
        match line {
            Line::Prompt => self.prompt,
            Line::Bulk => self.bulk,
            Line::Inbox => self.poll,
        }
    }

    const fn slot(&mut self, line: Line) -> &mut Option<UnderWay> {
        match line {
            Line::Prompt => &mut self.prompt,
            Line::Bulk => &mut self.bulk,
            Line::Inbox => &mut self.poll,
        }
    }

    fn take(&mut self, lease: Lease) -> Option<UnderWay> {
        Line::ALL.into_iter().find_map(|line| self.slot(line).take_if(|way| way.lease == lease))
    }

    fn carries(&self, lane: Lane) -> bool {
        Line::ALL.into_iter().filter_map(|line| self.under_way(line)).any(|way| way.want.lane() == lane)
    }

    fn awake(&self, lane: Lane) -> bool {
        self.rests.get(place(lane)).is_some_and(|rest| rest.until.is_none())
    }

    fn rest_of(&mut self, lane: Lane) -> &mut Rest {
        let [time, ahead, blob, chain, checkpoint, telemetry, inbox] = &mut self.rests;
        match lane {
            Lane::Time => time,
            Lane::Ahead => ahead,
            Lane::Blob => blob,
            Lane::Chain => chain,
            Lane::Checkpoint => checkpoint,
            Lane::Telemetry => telemetry,
            Lane::Inbox => inbox,
        }
    }
}

const fn place(lane: Lane) -> usize {
    lane as usize
}

fn push_unless_empty(news: &mut Vec<News>, list: Vec<String>, make: fn(Vec<String>) -> News) {
    if !list.is_empty() {
        news.push(make(list));
    }
}
