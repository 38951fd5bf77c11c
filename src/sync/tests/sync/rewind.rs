//! A gateway that has forgotten rows which it acknowledged: nothing below our watermark goes on its word alone.

use senim_domain::time::Mono;
use senim_sync::wire::{Acknowledgement, Cosigned, InboxPage};
use senim_sync::{Ahead, Answer, Backlog, Failure, Line, News, Order, Sync, SyncOptions, Want};

const ROWS: Backlog = Backlog {
    first: 5,
    next: 90,
    ahead: Some(Ahead { seq: 80, attachment: false }),
    payout: false,
    attachments: true,
    checkpoint: true,
    telemetry: false,
};

fn online() -> Sync {
    let mut sync = Sync::new(SyncOptions::default(), 7, 5);
    let order = sync.poll(Line::Prompt, &Backlog::default(), Mono(0)).unwrap();
    sync.handle(order.lease, Answer::Time("t".into()), Mono(1));
    sync.time_is_trusted(Mono(1));
    sync
}

fn bulk(sync: &mut Sync, now: u64) -> Option<Order> {
    sync.poll(Line::Bulk, &ROWS, Mono(now))
}

fn gap(rewind: Option<&str>) -> Answer {
    Answer::Failed(Failure::Refused {
        status: 409,
        code: "gap".into(),
        expected_seq: Some(3),
        acked_seq: Some(2),
        acked_hash: Some("h".into()),
        held: None,
        rewind: rewind.map(str::to_owned),
    })
}

fn forgotten() -> Sync {
    let mut sync = online();
    let order = bulk(&mut sync, 2).unwrap();
    let news = sync.handle(order.lease, gap(None), Mono(3));
    assert!(matches!(news.as_slice(), [News::Acknowledged { .. }, News::Expects(3)]), "{news:?}");
    let offline = sync.gateway_forgot(Mono(3));
    assert!(matches!(offline, Some(News::Online { online: false, cause }) if cause == "gap"));
    sync
}

#[test]
fn a_gateway_that_forgot_is_shown_the_proof_at_once_and_gets_no_rows() {
    let mut sync = forgotten();
    let proof = bulk(&mut sync, 3).unwrap();
    assert_eq!(proof.want, Want::Proof);
    sync.handle(proof.lease, gap(None), Mono(4));
    assert!(sync.gateway_forgot(Mono(4)).is_none(), "told once");
    let later = 3 + SyncOptions::default().slow_retry_ms;
    for now in [5, 10_000, 100_000, later - 1] {
        assert_eq!(bulk(&mut sync, now), None);
        assert!(sync.poll(Line::Prompt, &ROWS, Mono(now)).is_none(), "nor one ahead");
        let poll = sync.poll(Line::Inbox, &ROWS, Mono(now)).unwrap();
        let page = InboxPage { messages: Vec::new(), head: 5, replies: Vec::new() };
        assert!(
            sync.handle(poll.lease, Answer::Inbox(page), Mono(now)).is_empty(),
            "not online by an inbox alone"
        );
    }
    assert_eq!(bulk(&mut sync, later).unwrap().want, Want::Proof, "shown again later");
}

#[test]
fn rows_go_again_at_once_when_the_watermark_was_set_back() {
    let mut sync = forgotten();
    let proof = bulk(&mut sync, 3).unwrap();
    let news = sync.handle(proof.lease, gap(Some("jws")), Mono(4));
    let [News::Acknowledged { .. }, News::Rewind(jws), News::Expects(3)] = news.as_slice() else {
        panic!("{news:?}")
    };
    assert_eq!(jws, "jws");
    assert!(matches!(sync.rewound(), Some(News::Online { online: true, .. })));
    assert!(bulk(&mut sync, 4).is_some_and(|order| order.want != Want::Proof));
    assert!(!sync.withholds());
}

#[test]
fn a_rewind_in_an_acknowledgement_is_told_before_anything_else() {
    let mut sync = online();
    let order = bulk(&mut sync, 2).unwrap();
    let ack = Acknowledgement { rewind: Some("jws".into()), inbox: 9, ..Acknowledgement::default() };
    let news = sync.handle(order.lease, Answer::Operations(ack), Mono(3));
    assert!(matches!(news.first(), Some(News::Rewind(jws)) if jws == "jws"), "{news:?}");
}

#[test]
fn an_inbox_that_ends_before_what_is_held_is_told() {
    let mut sync = online();
    let poll = sync.poll(Line::Inbox, &Backlog::default(), Mono(10_000)).unwrap();
    assert!(matches!(poll.want, Want::Inbox { after: 5, .. }));
    let page = InboxPage { messages: Vec::new(), head: 4, replies: Vec::new() };
    let news = sync.handle(poll.lease, Answer::Inbox(page), Mono(10_000));
    assert!(matches!(news.as_slice(), [News::InboxForgotten]));
}

#[test]
fn a_gateway_that_cosigns_the_proof_is_asked_once_whether_it_takes_the_next_row() {
    let mut sync = forgotten();
    let proof = bulk(&mut sync, 3).unwrap();
    let cosigned = Cosigned { note: "n".into(), archived: Vec::new() };
    sync.handle(proof.lease, Answer::Checkpoint(cosigned), Mono(4));
    assert!(sync.withholds() && !sync.online());
    let trial = sync.poll(Line::Bulk, &ROWS, Mono(10_000)).unwrap();
    assert!(matches!(trial.want, Want::Rows { .. }));
    sync.handle(trial.lease, gap(None), Mono(10_001));
    assert!(sync.withholds());
    assert_eq!(bulk(&mut sync, 100_000), None, "and not again before the next proof");
    let again = 3 + SyncOptions::default().slow_retry_ms;
    let proof = bulk(&mut sync, again).unwrap();
    let cosigned = Cosigned { note: "n".into(), archived: Vec::new() };
    sync.handle(proof.lease, Answer::Checkpoint(cosigned), Mono(again));
    let trial = bulk(&mut sync, again + 70_000).unwrap();
    let news = sync.handle(trial.lease, Answer::Operations(Acknowledgement::default()), Mono(again + 70_001));
    assert!(matches!(news.as_slice(), [News::Online { online: true, .. }]), "it had not forgotten at all");
}

#[test]
fn what_is_expected_beside_a_row_ahead_is_no_sign_of_a_gateway_that_forgot() {
    let mut sync = online();
    assert!(bulk(&mut sync, 2).is_some());
    let order = sync.poll(Line::Prompt, &ROWS, Mono(2)).unwrap();
    assert_eq!(order.want, Want::Ahead { seq: 80 });
    let news = sync.handle(order.lease, gap(None), Mono(3));
    assert!(!news.iter().any(|news| matches!(news, News::Expects(_))), "{news:?}");
}
