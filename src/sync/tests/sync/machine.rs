//! Which request is next, what its answer means, and what a failure leads to.

use senim_domain::Secret;
use senim_domain::time::Mono;
use senim_sync::wire::{Acknowledgement, AttachmentStored, Consequence, InboxMessage, InboxPage, SeenAhead};
use senim_sync::{Ahead, Answer, Backlog, Failure, Lease, Line, News, Order, Sync, SyncOptions, Want};

const NOTHING: Backlog = Backlog {
    first: 0,
    next: 0,
    ahead: None,
    payout: false,
    attachments: false,
    checkpoint: false,
    telemetry: false,
};
const ROWS: Backlog = Backlog { next: 10, ..NOTHING };
/// A hundred thousand rows, and a person who waits for the last one.
const DEEP: Backlog =
    Backlog { next: 100_000, ahead: Some(Ahead { seq: 99_999, attachment: false }), ..NOTHING };

fn online_since(inbox_after: u64) -> Sync {
    let mut sync = Sync::new(SyncOptions::default(), 7, inbox_after);
    let order = sync.poll(Line::Prompt, &NOTHING, Mono(0)).unwrap();
    assert_eq!(order.want, Want::Time);
    sync.handle(order.lease, Answer::Time("t".into()), Mono(1));
    assert!(matches!(sync.time_is_trusted(Mono(1)), Some(News::Online { online: true, .. })));
    sync
}

fn online() -> Sync {
    online_since(0)
}

fn bulk(sync: &mut Sync, backlog: &Backlog, now: u64) -> Option<Want> {
    sync.poll(Line::Bulk, backlog, Mono(now)).map(|order| order.want)
}

fn prompt(sync: &mut Sync, backlog: &Backlog, now: u64) -> Option<Want> {
    sync.poll(Line::Prompt, backlog, Mono(now)).map(|order| order.want)
}

fn rows(sync: &mut Sync, now: u64) -> Order {
    let order = sync.poll(Line::Bulk, &ROWS, Mono(now)).unwrap();
    assert!(matches!(order.want, Want::Rows { .. }));
    sync.filled(order.lease, 10_000, 10);
    order
}

fn unreachable() -> Answer {
    Answer::Failed(Failure::Unreachable("refused".into()))
}

fn refused(status: u16, code: &str) -> Answer {
    Answer::Failed(Failure::refused(status, code))
}

fn acknowledged(seq: u64) -> Answer {
    Answer::Operations(Acknowledgement {
        acked_seq: Some(seq),
        acked_hash: Some("h".into()),
        ..Acknowledgement::default()
    })
}

#[test]
fn nothing_is_sent_before_the_time_is_trusted() {
    let mut sync = Sync::new(SyncOptions::default(), 7, 0);
    assert_eq!(bulk(&mut sync, &DEEP, 0), None);
    assert!(sync.poll(Line::Inbox, &DEEP, Mono(0)).is_none());
    let order = sync.poll(Line::Prompt, &DEEP, Mono(0)).unwrap();
    sync.handle(order.lease, Answer::Time("t".into()), Mono(1));
    assert_eq!(prompt(&mut sync, &DEEP, 1), Some(Want::Time), "not verified yet");
    assert_eq!(bulk(&mut sync, &DEEP, 1), None);
    assert!(!sync.online());
}

#[test]
fn a_time_that_does_not_verify_stops_every_line_until_it_does() {
    let mut sync = online();
    assert!(
        matches!(sync.time_is_refused(Mono(2)), Some(News::Online { online: false, cause }) if cause == "timeRefused")
    );
    assert_eq!(prompt(&mut sync, &DEEP, 3), None);
    assert_eq!(bulk(&mut sync, &DEEP, 3), None);
    assert!(sync.poll(Line::Inbox, &DEEP, Mono(3)).is_none());
    let until = sync.poll_timeout().unwrap();
    assert_eq!(prompt(&mut sync, &DEEP, until.0), Some(Want::Time));
}

#[test]
fn a_second_drain_does_not_start_while_one_is_under_way() {
    let mut sync = online();
    let order = rows(&mut sync, 2);
    for now in 3..1_000 {
        assert_eq!(bulk(&mut sync, &ROWS, now), None);
    }
    sync.handle(order.lease, acknowledged(9), Mono(1_000));
    assert!(bulk(&mut sync, &Backlog { first: 10, next: 12, ..ROWS }, 1_000).is_some());
}

#[test]
fn an_answer_counts_once_and_only_under_its_lease() {
    let mut sync = online();
    let order = rows(&mut sync, 2);
    assert!(sync.handle(Lease(order.lease.0 + 1), acknowledged(9), Mono(3)).is_empty(), "of another lease");
    assert!(!sync.handle(order.lease, acknowledged(9), Mono(3)).is_empty());
    assert!(sync.handle(order.lease, acknowledged(9), Mono(4)).is_empty(), "a second time");
}

#[test]
fn a_lease_that_ran_out_is_given_up_and_its_late_answer_is_dropped() {
    let mut sync = online();
    let first = rows(&mut sync, 2);
    let end = SyncOptions::default().lease_ms + 2;
    assert!(sync.expire(Mono(end - 1)).is_empty());
    assert_eq!(sync.poll_timeout().map(|at| at.0.min(end)), Some(sync.poll_timeout().unwrap().0.min(end)));
    sync.expire(Mono(end));
    assert_eq!(bulk(&mut sync, &ROWS, end), None, "it rests first");
    let second = rows(&mut sync, end + 60_000);
    assert!(sync.handle(first.lease, acknowledged(9), Mono(end + 60_001)).is_empty());
    assert!(!sync.handle(second.lease, acknowledged(9), Mono(end + 60_002)).is_empty());
}

#[test]
fn an_answer_to_another_question_is_no_answer() {
    let mut sync = online();
    let order = rows(&mut sync, 2);
    let page =
        InboxPage { messages: vec![InboxMessage { n: 1, jws: "j".into() }], head: 1, replies: Vec::new() };
    let news = sync.handle(order.lease, Answer::Inbox(page), Mono(3));
    assert!(!news.iter().any(|news| matches!(news, News::Directive(_))));
    assert_eq!(bulk(&mut sync, &ROWS, 4), None, "it rests as after any failure");
}

#[test]
fn a_row_behind_a_deep_backlog_travels_ahead_on_its_own_line() {
    let mut sync = online();
    assert!(matches!(bulk(&mut sync, &DEEP, 2), Some(Want::Rows { .. })));
    let order = sync.poll(Line::Prompt, &DEEP, Mono(2)).unwrap();
    assert_eq!(order.want, Want::Ahead { seq: 99_999 });
    let seen = SeenAhead { replies: vec![Secret::new("a.b.c".into())], ..SeenAhead::default() };
    let news = sync.handle(order.lease, Answer::Ahead(seen), Mono(3));
    assert!(matches!(news.as_slice(), [News::SeenAhead { seq: 99_999 }, News::Reply(_)]));
}

#[test]
fn a_row_near_the_watermark_goes_with_the_chain() {
    let mut sync = online();
    let near = Backlog { ahead: Some(Ahead { seq: 9, attachment: false }), ..ROWS };
    assert_eq!(prompt(&mut sync, &near, 2), None);
    let order = sync.poll(Line::Bulk, &near, Mono(2)).unwrap();
    sync.filled(order.lease, 9_000, 10);
    assert_eq!(prompt(&mut sync, &near, 3), None, "its batch is under way");
    let other = Backlog { next: 12, ahead: Some(Ahead { seq: 11, attachment: false }), ..NOTHING };
    assert_eq!(prompt(&mut sync, &other, 3), Some(Want::Ahead { seq: 11 }), "born behind that batch");
}

#[test]
fn a_row_goes_ahead_while_the_chain_rests() {
    let mut sync = online();
    let order = rows(&mut sync, 2);
    sync.handle(order.lease, refused(413, "too_large"), Mono(3));
    let near = Backlog { ahead: Some(Ahead { seq: 9, attachment: false }), ..ROWS };
    assert_eq!(prompt(&mut sync, &near, 4), Some(Want::Ahead { seq: 9 }));
}

#[test]
fn the_attachment_of_a_row_ahead_goes_before_it_and_other_bulk_waits_meanwhile() {
    let mut sync = online();
    let backlog = Backlog {
        ahead: Some(Ahead { seq: 99_999, attachment: true }),
        attachments: true,
        telemetry: true,
        ..DEEP
    };
    let order = sync.poll(Line::Prompt, &backlog, Mono(2)).unwrap();
    assert!(matches!(order.want, Want::Attachment { urgent: true, .. }));
    assert_eq!(bulk(&mut sync, &backlog, 2), None, "a slow line has few bytes");
    let stored = AttachmentStored { stored: true, ..AttachmentStored::default() };
    let news = sync.handle(order.lease, Answer::Attachment(stored), Mono(3));
    assert!(matches!(news.as_slice(), [News::AttachmentStored]));
    assert_eq!(prompt(&mut sync, &DEEP, 3), Some(Want::Ahead { seq: 99_999 }));
}

#[test]
fn a_gateway_that_takes_a_batch_and_does_not_move_is_not_asked_again_at_once() {
    let mut sync = online();
    let order = rows(&mut sync, 2);
    let news = sync.handle(order.lease, acknowledged(3), Mono(3));
    assert!(matches!(news.as_slice(), [News::Acknowledged { seq: 3, .. }]));
    assert_eq!(bulk(&mut sync, &Backlog { first: 4, ..ROWS }, 3), None);
    assert!(bulk(&mut sync, &Backlog { first: 4, ..ROWS }, 1_000).is_some());
    assert!(sync.online());
}

#[test]
fn one_attachment_is_under_way_at_a_time_over_all_lines() {
    let mut sync = online();
    let backlog = Backlog { attachments: true, ..NOTHING };
    assert!(matches!(bulk(&mut sync, &backlog, 2), Some(Want::Attachment { urgent: false, .. })));
    let urgent = Backlog { ahead: Some(Ahead { seq: 0, attachment: true }), ..backlog };
    assert_eq!(prompt(&mut sync, &urgent, 3), None);
}

#[test]
fn rows_and_attachments_of_a_backlog_take_turns() {
    let mut sync = online();
    let backlog = Backlog { attachments: true, ..ROWS };
    let mut kinds = Vec::new();
    for now in 2..8 {
        let order = sync.poll(Line::Bulk, &backlog, Mono(now)).unwrap();
        kinds.push(matches!(order.want, Want::Rows { .. }));
        let answer = match order.want {
            Want::Rows { .. } => acknowledged(1),
            _ => Answer::Attachment(AttachmentStored { stored: true, ..AttachmentStored::default() }),
        };
        sync.handle(order.lease, answer, Mono(now));
    }
    assert_eq!(kinds, [true, false, true, false, true, false]);
}

#[test]
fn while_leave_to_pay_waits_the_bulk_line_is_the_chains_alone() {
    let mut sync = online();
    let backlog = Backlog { payout: true, attachments: true, telemetry: true, checkpoint: true, ..DEEP };
    for now in 2..6 {
        let order = sync.poll(Line::Bulk, &backlog, Mono(now)).unwrap();
        assert!(matches!(order.want, Want::Rows { .. }));
        sync.handle(order.lease, acknowledged(1), Mono(now));
    }
}

#[test]
fn telemetry_comes_last_and_a_lost_one_matters_to_nobody() {
    let mut sync = online();
    let backlog = Backlog { telemetry: true, checkpoint: true, ..NOTHING };
    let order = sync.poll(Line::Bulk, &backlog, Mono(2)).unwrap();
    assert_eq!(order.want, Want::Checkpoint);
    sync.withdraw(order.lease);
    for now in [3, 400_000] {
        let backlog = Backlog { telemetry: true, ..NOTHING };
        let order = sync.poll(Line::Bulk, &backlog, Mono(now)).unwrap();
        assert_eq!(order.want, Want::Telemetry);
        let answer = if now == 3 { unreachable() } else { refused(404, "not_found") };
        let news = sync.handle(order.lease, answer, Mono(now));
        assert!(matches!(news.as_slice(), [News::TelemetryGone]), "{news:?}");
    }
    assert!(sync.online());
}

#[test]
fn what_is_said_of_an_attachment_tells_where_to_go_on() {
    let mut sync = online();
    let backlog = Backlog { attachments: true, ..NOTHING };
    let mut ask = |now: u64, answer: Answer| {
        let order = sync.poll(Line::Bulk, &backlog, Mono(now)).unwrap();
        sync.handle(order.lease, answer, Mono(now))
    };
    let held = AttachmentStored { held: 9_000, ..AttachmentStored::default() };
    assert!(matches!(ask(2, Answer::Attachment(held)).as_slice(), [News::AttachmentHeld { bytes: 9_000 }]));
    let offset = Failure::Refused {
        status: 409,
        code: "offset".into(),
        expected_seq: None,
        acked_seq: None,
        acked_hash: None,
        held: Some(7),
        rewind: None,
    };
    let news = ask(3, Answer::Failed(offset));
    assert!(matches!(news.as_slice(), [News::AttachmentHeld { bytes: 7 }]), "and no rest");
    assert!(matches!(ask(4, unreachable()).as_slice(), [News::AttachmentLost]));
    let news = ask(60_000, refused(422, "hash_mismatch"));
    assert!(matches!(news.as_slice(), [News::AttachmentLost, News::AttachmentRefused { .. }]));
    assert!(sync.online() && !sync.stopped());
}

#[test]
fn a_lost_answer_leads_to_the_same_want_after_a_pause_and_a_second_one_to_offline() {
    let mut sync = online();
    let order = rows(&mut sync, 2);
    assert!(sync.handle(order.lease, unreachable(), Mono(3)).is_empty());
    assert_eq!(bulk(&mut sync, &ROWS, 4), None);
    let again = rows(&mut sync, 2_000);
    let news = sync.handle(again.lease, unreachable(), Mono(2_001));
    assert!(matches!(news.as_slice(), [News::Online { online: false, .. }]));
    let third = rows(&mut sync, 70_000);
    let news = sync.handle(third.lease, Answer::Operations(Acknowledgement::default()), Mono(70_001));
    assert!(matches!(news.as_slice(), [News::Online { online: true, .. }]));
}

#[test]
fn pauses_grow_and_stay_within_their_limits() {
    let mut sync = online();
    let options = SyncOptions::default();
    let mut now = 10;
    let mut longest = 0;
    for _ in 0..60 {
        let order = rows(&mut sync, now);
        sync.handle(order.lease, unreachable(), Mono(now));
        let rested = (now..).find(|at| {
            let order = sync.poll(Line::Bulk, &ROWS, Mono(*at));
            order.inspect(|order| sync.withdraw(order.lease)).is_some()
        });
        let pause = rested.unwrap() - now;
        assert!((options.retry_ms_min..=options.retry_ms_max).contains(&pause), "{pause}");
        longest = longest.max(pause);
        now += pause;
    }
    assert!(longest > options.retry_ms_max / 4, "{longest}");
}

#[test]
fn two_terminals_do_not_pause_alike() {
    let pauses = |seed: u64| {
        let mut sync = Sync::new(SyncOptions::default(), seed, 0);
        let mut now = Mono(0);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let order = sync.poll(Line::Prompt, &NOTHING, now).unwrap();
            sync.handle(order.lease, unreachable(), now);
            let until = sync.poll_timeout().unwrap();
            pauses.push(until.since(now));
            now = until;
        }
        pauses
    };
    assert_ne!(pauses(1 << 20), pauses(3 << 33));
}

#[test]
fn a_fork_stops_every_lane_for_good() {
    for status_and_code in [(409, "fork"), (422, "bad_row"), (422, "wrong_profile")] {
        let mut sync = online();
        let order = rows(&mut sync, 2);
        let (status, code) = status_and_code;
        let news = sync.handle(order.lease, refused(status, code), Mono(3));
        assert!(matches!(news.as_slice(), [News::Online { online: false, cause }] if cause == code));
        for line in Line::ALL {
            assert!(sync.poll(line, &DEEP, Mono(u64::MAX)).is_none());
        }
        assert!(sync.stopped());
        assert_eq!(sync.poll_timeout(), None);
    }
}

#[test]
fn what_was_refused_to_an_ended_certificate_is_tried_at_once_with_the_next_one() {
    let mut sync = online();
    let order = rows(&mut sync, 2);
    let ended = Failure::Certificate("received fatal alert: CertificateExpired".into());
    let news = sync.handle(order.lease, Answer::Failed(ended), Mono(3));
    assert!(news.iter().any(|news| matches!(news, News::Online { online: false, .. })), "{news:?}");
    assert_eq!(bulk(&mut sync, &ROWS, 4), None, "a person has to act first");
    sync.certified_anew();
    let order = rows(&mut sync, 5);
    let news = sync.handle(order.lease, acknowledged(9), Mono(6));
    assert!(news.iter().any(|news| matches!(news, News::Online { online: true, .. })), "{news:?}");
}

#[test]
fn a_quarantined_terminal_says_so_and_asks_rarely() {
    let mut sync = online();
    let order = rows(&mut sync, 2);
    let news = sync.handle(order.lease, refused(403, "quarantined"), Mono(3));
    assert!(matches!(news.as_slice(), [News::Online { online: false, cause }] if cause == "quarantined"));
    assert_eq!(bulk(&mut sync, &ROWS, 200_000), None);
    let poll = sync.poll(Line::Inbox, &ROWS, Mono(200_000)).unwrap();
    sync.handle(poll.lease, Answer::Inbox(InboxPage::default()), Mono(200_001));
    assert!(!sync.online(), "another lane's success does not cure it");
    assert!(bulk(&mut sync, &ROWS, 400_000).is_some());
}

#[test]
fn a_lane_that_was_refused_and_has_nothing_more_to_send_keeps_nobody_offline() {
    let mut sync = online();
    assert!(bulk(&mut sync, &DEEP, 2).is_some());
    let order = sync.poll(Line::Prompt, &DEEP, Mono(2)).unwrap();
    sync.handle(order.lease, refused(403, "quarantined"), Mono(3));
    assert!(!sync.online());
    let poll = sync.poll(Line::Inbox, &NOTHING, Mono(400_000)).unwrap();
    sync.handle(poll.lease, Answer::Inbox(InboxPage::default()), Mono(400_001));
    assert!(sync.online());
}

#[test]
fn a_gap_moves_the_watermark_and_goes_on_and_one_that_does_not_waits_for_the_mfo() {
    let gap = |acked_seq: Option<u64>| {
        Answer::Failed(Failure::Refused {
            status: 409,
            code: "gap".into(),
            expected_seq: Some(5),
            acked_seq,
            acked_hash: acked_seq.map(|_| "h".into()),
            held: None,
            rewind: None,
        })
    };
    let mut sync = online();
    let order = rows(&mut sync, 2);
    let news = sync.handle(order.lease, gap(Some(4)), Mono(3));
    assert!(matches!(news.as_slice(), [News::Acknowledged { seq: 4, .. }, News::Expects(5)]));
    assert!(bulk(&mut sync, &ROWS, 2_000).is_some());
    let mut sync = online();
    let order = rows(&mut sync, 2);
    let news = sync.handle(order.lease, refused(409, "gap"), Mono(3));
    assert!(matches!(news.as_slice(), [News::Online { online: false, cause }] if cause == "gap"));
    assert_eq!(bulk(&mut sync, &ROWS, 200_000), None);
}

#[test]
fn a_watermark_that_was_set_back_voids_what_was_asked_before() {
    let mut sync = online();
    let before = rows(&mut sync, 2);
    sync.rewound();
    let after = rows(&mut sync, 3);
    assert!(sync.handle(before.lease, acknowledged(9), Mono(4)).is_empty());
    assert!(!sync.handle(after.lease, acknowledged(3), Mono(5)).is_empty());
}

#[test]
fn a_row_that_is_not_taken_ahead_goes_with_the_chain_and_holds_up_no_other() {
    for (status, code) in [(422, "not_ahead"), (400, "bad_request"), (415, "unsupported_media_type")] {
        let mut sync = online();
        assert!(bulk(&mut sync, &DEEP, 2).is_some());
        let order = sync.poll(Line::Prompt, &DEEP, Mono(2)).unwrap();
        let news = sync.handle(order.lease, refused(status, code), Mono(3));
        assert!(matches!(news.as_slice(), [News::AheadRefused { seq: 99_999 }]), "{news:?}");
        assert!(sync.online());
    }
    let mut sync = online();
    assert!(bulk(&mut sync, &DEEP, 2).is_some());
    let order = sync.poll(Line::Prompt, &DEEP, Mono(2)).unwrap();
    assert!(sync.handle(order.lease, refused(409, "gap"), Mono(3)).is_empty(), "tried again");
    assert!(sync.online());
}

#[test]
fn the_inbox_is_held_back_by_the_gateway_and_asked_again_at_once() {
    let mut sync = online_since(3);
    let order = sync.poll(Line::Inbox, &NOTHING, Mono(2)).unwrap();
    assert_eq!(order.want, Want::Inbox { after: 3, wait_seconds: 25 });
    sync.handle(order.lease, Answer::Inbox(InboxPage { head: 3, ..InboxPage::default() }), Mono(25_002));
    assert!(sync.poll(Line::Inbox, &NOTHING, Mono(25_002)).is_some());
}

#[test]
fn a_gateway_that_does_not_hold_back_is_not_asked_without_a_pause() {
    let mut sync = online();
    for head in [0, 9] {
        let now = if head == 0 { 2 } else { 10_000 };
        let order = sync.poll(Line::Inbox, &NOTHING, Mono(now)).unwrap();
        sync.handle(order.lease, Answer::Inbox(InboxPage { head, ..InboxPage::default() }), Mono(now + 1));
        assert!(sync.poll(Line::Inbox, &NOTHING, Mono(now + 2)).is_none());
        assert!(sync.poll_timeout().unwrap() >= Mono(now + 2_000));
    }
}

#[test]
fn a_message_numbered_like_one_held_is_not_given_out_again() {
    let mut sync = online_since(3);
    let order = sync.poll(Line::Inbox, &NOTHING, Mono(2)).unwrap();
    let message = |n| InboxMessage { n, jws: "j".into() };
    let page = InboxPage {
        messages: vec![message(3), message(4), message(4), message(2)],
        head: 4,
        replies: Vec::new(),
    };
    let news = sync.handle(order.lease, Answer::Inbox(page), Mono(3));
    assert_eq!(news.iter().filter(|news| matches!(news, News::Directive(_))).count(), 1);
}

#[test]
fn an_acknowledgement_that_tells_of_messages_has_them_fetched_at_once() {
    let mut sync = online();
    let poll = sync.poll(Line::Inbox, &ROWS, Mono(2)).unwrap();
    let order = rows(&mut sync, 2);
    let ack = Acknowledgement { inbox: 4, ..Acknowledgement::default() };
    sync.handle(order.lease, Answer::Operations(ack), Mono(3));
    sync.handle(poll.lease, unreachable(), Mono(4));
    let order = sync.poll(Line::Inbox, &ROWS, Mono(1_000)).unwrap();
    assert_eq!(order.want, Want::Inbox { after: 0, wait_seconds: 0 });
}

#[test]
fn a_poll_that_is_cut_is_no_outage_but_has_the_gateway_asked_whether_it_is_there() {
    let mut sync = online();
    let mut now = 10_000;
    let mut waits = Vec::new();
    for _ in 0..4 {
        let order = sync.poll(Line::Inbox, &NOTHING, Mono(now)).unwrap();
        let Want::Inbox { wait_seconds, .. } = order.want else { panic!("{order:?}") };
        waits.push(wait_seconds);
        assert!(sync.handle(order.lease, unreachable(), Mono(now + 1)).is_empty());
        let probe = sync.poll(Line::Prompt, &NOTHING, Mono(now + 2)).unwrap();
        assert_eq!(probe.want, Want::Time);
        sync.handle(probe.lease, Answer::Time("t".into()), Mono(now + 3));
        sync.time_is_trusted(Mono(now + 3));
        assert!(sync.online());
        now += 70_000;
    }
    assert_eq!(waits, [25, 12, 6, 5], "shorter polls pass where long ones are cut");
    let order = sync.poll(Line::Inbox, &NOTHING, Mono(now)).unwrap();
    sync.handle(order.lease, unreachable(), Mono(now));
    let mut news = Vec::new();
    for later in [1, 3_000] {
        let probe = sync.poll(Line::Prompt, &NOTHING, Mono(now + later)).unwrap();
        news = sync.handle(probe.lease, unreachable(), Mono(now + later));
    }
    assert!(matches!(news.as_slice(), [News::Online { online: false, .. }]), "{news:?}");
}

#[test]
fn a_batch_is_as_large_as_the_line_carries_in_seconds() {
    let bytes = |elapsed: fn(usize) -> u64| {
        let mut sync = online();
        let (mut now, mut last) = (10, 0);
        for _ in 0..30 {
            let order = sync.poll(Line::Bulk, &DEEP, Mono(now)).unwrap();
            let Want::Rows { bytes, .. } = order.want else { panic!("{order:?}") };
            sync.filled(order.lease, bytes, 500);
            now += elapsed(bytes);
            sync.handle(order.lease, acknowledged(499), Mono(now));
            last = bytes;
        }
        last
    };
    assert_eq!(bytes(|_| 200), SyncOptions::default().batch_bytes);
    // 64 kbit/s with 2 s each way, rows in a fifth of their bytes.
    let village = bytes(|bytes| 4_000 + u64::try_from(bytes).unwrap() / 40);
    assert!((32 << 10..=256 << 10).contains(&village), "{village}");
}

#[test]
fn each_status_has_one_consequence() {
    let table = [
        (503, "try_later", Consequence::Retry),
        (500, "", Consequence::Retry),
        (507, "too_many_ahead", Consequence::Retry),
        (409, "gap", Consequence::Realign),
        (409, "fork", Consequence::Stop),
        (422, "bad_row", Consequence::Stop),
        (422, "wrong_profile", Consequence::Stop),
        (422, "hash_mismatch", Consequence::RetrySlowly),
        (403, "quarantined", Consequence::RetrySlowly),
        (413, "too_large", Consequence::RetrySlowly),
    ];
    for (status, code, consequence) in table {
        assert_eq!(Failure::refused(status, code).consequence(), consequence, "{status} {code}");
    }
}
