//! A gateway that has forgotten rows which it acknowledged: it was started from a back-up (design section 5).
//!
//! Decides that nothing below our own watermark is sent on the gateway's word alone: the lane of rows stands still, the
//! newest note with the gateway's own signature is shown to it, so that it can see by itself what it has lost, and the
//! inbox is asked for the signed `Rewind`.

use senim_domain::time::Mono;

use crate::machine::{Lane, News, Sync, Want};

impl Sync {
    /// The gateway expects a row that it has acknowledged before. Rows and attachments wait for [`Sync::rewound`];
    /// meanwhile [`Want::Proof`] is wanted now and then.
    pub fn gateway_forgot(&mut self, now: Mono) -> Option<News> {
        if self.withheld.is_some() {
            return None;
        }
        self.withheld = Some(now);
        // The proof goes at once, whatever pause the refusal asked for.
        if matches!(self.lane, Lane::Resting(_)) {
            self.lane = Lane::Free;
        }
        self.goes_offline("gap")
    }

    /// The journal's watermark was set back on the MFO's signed word: rows go again.
    pub fn rewound(&mut self) -> Option<News> {
        self.withheld = None;
        if matches!(self.lane, Lane::Resting(_)) {
            self.lane = Lane::Free;
        }
        if self.time_at.is_some() { self.goes_online() } else { None }
    }

    /// Whether rows wait until the MFO calls for them.
    #[must_use]
    pub const fn withholds(&self) -> bool {
        self.withheld.is_some()
    }

    pub(crate) fn choose_withheld(&self, proof_due: Mono, now: Mono) -> Option<Want> {
        if now >= proof_due {
            Some(Want::Proof)
        } else if now >= self.inbox_due || self.inbox_head > self.inbox_after {
            Some(Want::Inbox { after: self.inbox_after })
        } else {
            None
        }
    }

    /// The proof is on its way, or there is none: again after the long pause.
    pub(crate) fn proof_shown(&mut self, now: Mono) {
        if self.withheld.is_some() {
            self.withheld = Some(now.plus_ms(self.options.slow_retry_ms));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::machine::{Backlog, News, Sync, SyncOptions, Want};
    use crate::wire::{Acknowledgement, Answer, Failure, InboxPage};
    use senim_domain::time::Mono;

    const ROWS: Backlog = Backlog { rows: true, attachments: true, checkpoint: true };

    fn online() -> Sync {
        let mut sync = Sync::new(SyncOptions::default(), 7, 5);
        sync.poll_want(Backlog::default(), Mono(0));
        sync.handle(Answer::Time("t".into()), Mono(1));
        sync.time_is_trusted(Mono(1));
        sync
    }

    fn gap(rewind: Option<&str>) -> Answer {
        Answer::Failed(Failure::Refused {
            status: 409,
            code: "gap".into(),
            expected_seq: Some(3),
            acked_seq: Some(2),
            acked_hash: Some("h".into()),
            rewind: rewind.map(str::to_owned),
        })
    }

    fn forgotten() -> Sync {
        let mut sync = online();
        sync.poll_want(Backlog { attachments: false, ..ROWS }, Mono(2));
        let news = sync.handle(gap(None), Mono(3));
        assert!(matches!(news.as_slice(), [News::Acknowledged { .. }, News::Expects(3)]), "{news:?}");
        let offline = sync.gateway_forgot(Mono(3));
        assert!(matches!(offline, Some(News::Online { online: false, cause }) if cause == "gap"));
        sync
    }

    #[test]
    fn a_gateway_that_forgot_is_shown_the_proof_at_once_and_gets_no_rows() {
        let mut sync = forgotten();
        assert_eq!(sync.poll_want(ROWS, Mono(3)), Some(Want::Proof));
        sync.handle(gap(None), Mono(4));
        assert!(sync.gateway_forgot(Mono(4)).is_none(), "told once");
        for _ in 0..5 {
            let now = sync.poll_timeout().unwrap();
            assert!(matches!(sync.poll_want(ROWS, now), Some(Want::Inbox { .. })));
            let page = InboxPage { messages: Vec::new(), head: 5 };
            assert!(sync.handle(Answer::Inbox(page), now).is_empty(), "not online by an inbox alone");
        }
        let later = Mono(4 + SyncOptions::default().slow_retry_ms);
        assert_eq!(sync.poll_want(ROWS, later), Some(Want::Proof), "shown again later");
    }

    #[test]
    fn rows_go_again_at_once_when_the_watermark_was_set_back() {
        let mut sync = forgotten();
        sync.poll_want(ROWS, Mono(3));
        let news = sync.handle(gap(Some("jws")), Mono(4));
        let [News::Acknowledged { .. }, News::Rewind(jws), News::Expects(3)] = news.as_slice() else {
            panic!("{news:?}")
        };
        assert_eq!(jws, "jws");
        assert!(matches!(sync.rewound(), Some(News::Online { online: true, .. })));
        assert_eq!(sync.poll_want(ROWS, Mono(4)), Some(Want::Attachment));
        assert!(!sync.withholds());
    }

    #[test]
    fn a_rewind_in_an_acknowledgement_is_told_before_anything_else() {
        let mut sync = online();
        sync.poll_want(Backlog { attachments: false, ..ROWS }, Mono(2));
        let ack = Acknowledgement { rewind: Some("jws".into()), inbox: 9, ..Acknowledgement::default() };
        let news = sync.handle(Answer::Operations(ack), Mono(3));
        assert!(matches!(news.first(), Some(News::Rewind(jws)) if jws == "jws"), "{news:?}");
    }

    #[test]
    fn an_inbox_that_ends_before_what_is_held_is_told() {
        let mut sync = online();
        let now = Mono(10_000);
        assert!(matches!(sync.poll_want(Backlog::default(), now), Some(Want::Inbox { after: 5 })));
        let news = sync.handle(Answer::Inbox(InboxPage { messages: Vec::new(), head: 4 }), now);
        assert!(matches!(news.as_slice(), [News::InboxForgotten]));
    }
}
