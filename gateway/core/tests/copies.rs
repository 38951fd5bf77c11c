//! Second copies: made before the transaction that says so, and looked after when that never came.

use senim_domain::{LoanId, Secret, SecretBytes, UtcMillis};
use senim_gateway_core::store::{Collection, Store as _, StoreError};
use senim_gateway_core::{AttachmentReply, GatewayError, Piece, PieceReply};
use senim_operation::attachment::LoginRequest;
use senim_operation::body::{FaceCaptured, FaceSubject, LoginRequested};
use senim_operation::{Draft, Profile, Row};
use uuid::Uuid;

use crate::support::{self, Copies, Rig, Services, iin, staff};

/// A rig with a second copy, and the row of an attachment that nobody acts on.
struct Site {
    rig: Rig,
    copies: Copies,
    row: Row,
    jwe: String,
}

impl Site {
    fn new() -> Self {
        let copies = Copies::default();
        let services = Services { copies: Some(copies.clone()), ..Services::default() };
        let mut rig = Rig::with_services(Profile::Rig, services);
        let epoch = rig.terminal.begin_epoch(rig.now);
        assert_eq!(rig.send(&[epoch]).refusal, None);
        let sealed = LoginRequest { iin: Secret::new(iin()) }.to_plaintext().unwrap();
        let (row, jwe) = rig.terminal.write(Draft::new(LoginRequested {}).with_attachment(sealed), rig.now);
        copies.0.lock().unwrap().now = rig.now;
        Self { rig, copies, row, jwe: jwe.unwrap() }
    }

    fn sha256(&self) -> String {
        self.row.envelope.sealed.as_ref().unwrap().sha256.clone()
    }

    fn put(&self) -> Result<AttachmentReply, GatewayError> {
        self.rig.gateway.put_attachment(&self.rig.terminal.id, &self.sha256(), &self.jwe, self.rig.now)
    }

    /// Whether there is a copy, and whether it is settled.
    fn copy(&self) -> Option<bool> {
        let inner = self.copies.0.lock().unwrap();
        let name = (self.rig.terminal.id.clone(), self.sha256());
        inner.kept.get(&name).map(|(_, since)| since.is_none())
    }

    fn archived(&self) -> Option<bool> {
        let kept = self.rig.store.attachment(&self.rig.terminal.id, &self.sha256()).unwrap();
        kept.map(|kept| kept.archived)
    }

    fn look_after(&mut self, seconds: i64) -> u64 {
        self.rig.later(seconds);
        self.rig.gateway.settle_copies(self.rig.now).unwrap()
    }
}

fn away() -> StoreError {
    StoreError::Unavailable("killed".into())
}

#[test]
fn an_attachment_of_a_known_row_is_kept_with_its_copy_by_one_transaction() {
    let site = Site::new();
    site.rig.send(std::slice::from_ref(&site.row));
    site.rig.store.fail_commit_after(1, away());
    let reply = site.put().unwrap();
    assert_eq!((reply.matched, reply.archived, site.copy()), (true, true, Some(true)));
    assert_eq!(site.rig.store.commit(&[]), Err(away()), "there was exactly one");
}

#[test]
fn an_attachment_that_came_before_its_row_is_copied_by_one_transaction_when_that_comes() {
    let site = Site::new();
    assert_eq!(site.put().unwrap(), AttachmentReply { matched: false, archived: false, replies: vec![] });
    assert_eq!((site.archived(), site.copy()), (Some(false), None));
    // The row itself, then class, owner and copy together.
    site.rig.store.fail_commit_after(2, away());
    assert_eq!(site.rig.send(std::slice::from_ref(&site.row)).archived, [site.sha256()]);
    assert_eq!((site.archived(), site.copy()), (Some(true), Some(true)));
    assert_eq!(site.rig.store.commit(&[]), Err(away()), "there were exactly two");
}

#[test]
fn the_last_piece_is_kept_with_the_whole_and_all_pieces_go_by_one_transaction() {
    let mut site = Site::new();
    let captured = FaceCaptured {
        subject: FaceSubject::Loan(LoanId(Uuid::from_u128(1))),
        liveness: support::living::never_asked(),
        quality: 80,
    };
    let draft = Draft::new(captured).with_attachment(SecretBytes::new(vec![7; 9000]));
    let (row, jwe) = site.rig.terminal.write(draft, site.rig.now);
    let (jwe, sha256) = (jwe.unwrap(), row.envelope.sealed.as_ref().unwrap().sha256.clone());
    site.rig.send(&[site.row.clone(), row]);
    let put = |offset: usize, end: usize| {
        let piece = Piece { offset, size: jwe.len(), text: &jwe[offset..end] };
        site.rig.gateway.attachment_piece(&site.rig.terminal.id, &sha256, piece, site.rig.now)
    };
    put(0, 5000).unwrap();
    site.rig.store.fail_commit_after(1, away());
    let reply = put(5000, jwe.len()).unwrap();
    assert!(matches!(reply, PieceReply::Stored(AttachmentReply { archived: true, .. })), "{reply:?}");
    assert_eq!(site.rig.store.documents(Collection::Piece, "").unwrap(), []);
    assert_eq!(site.rig.store.documents(Collection::Partial, "").unwrap(), []);
    assert_eq!(site.rig.store.commit(&[]), Err(away()), "there was exactly one");
}

#[test]
fn a_copy_that_fails_keeps_the_attachment_and_is_made_when_it_comes_again() {
    let site = Site::new();
    site.rig.send(std::slice::from_ref(&site.row));
    site.copies.0.lock().unwrap().full = true;
    let reply = site.put().unwrap();
    assert_eq!(
        (reply.matched, reply.archived, site.archived(), site.copy()),
        (true, false, Some(false), None)
    );
    site.copies.0.lock().unwrap().full = false;
    assert!(site.put().unwrap().archived);
    assert_eq!((site.archived(), site.copy()), (Some(true), Some(true)));
}

#[test]
fn a_copy_whose_transaction_never_came_is_erased_after_an_hour() {
    let mut site = Site::new();
    site.rig.send(std::slice::from_ref(&site.row));
    site.rig.store.fail_next_commit(away());
    assert!(matches!(site.put(), Err(GatewayError::Store(_))));
    assert_eq!((site.archived(), site.copy()), (None, Some(false)));
    assert_eq!(site.look_after(3600), 0);
    assert_eq!(site.copy(), Some(false), "it may still be under way");
    assert_eq!(site.look_after(1), 1);
    assert_eq!(site.copy(), None);
}

#[test]
fn an_attachment_that_comes_again_after_a_cut_takes_the_place_of_the_copy_that_was_left() {
    let mut site = Site::new();
    site.rig.send(std::slice::from_ref(&site.row));
    site.rig.store.fail_next_commit(away());
    site.put().unwrap_err();
    assert!(site.put().unwrap().archived);
    assert_eq!(site.look_after(7200), 0);
    assert_eq!((site.archived(), site.copy()), (Some(true), Some(true)));
}

#[test]
fn a_gateway_killed_between_the_transaction_and_its_answer_has_its_copy_settled_later() {
    let mut site = Site::new();
    site.rig.send(std::slice::from_ref(&site.row));
    site.copies.0.lock().unwrap().settles_nothing = true;
    assert!(site.put().unwrap().archived);
    assert_eq!(site.copy(), Some(false));
    site.copies.0.lock().unwrap().settles_nothing = false;
    assert_eq!(site.look_after(3601), 0);
    assert_eq!((site.archived(), site.copy()), (Some(true), Some(true)));
}

#[test]
fn an_unsettled_copy_is_what_a_store_that_was_put_back_takes_and_nothing_is_erased_meanwhile() {
    let mut site = Site::new();
    let backup = site.rig.store.snapshot();
    site.rig.send(std::slice::from_ref(&site.row));
    site.copies.0.lock().unwrap().settles_nothing = true;
    assert!(site.put().unwrap().archived);
    site.rig.store.put_back(&backup);
    site.rig.gateway.restore(&staff(), &[], site.rig.now).unwrap();
    assert_eq!(site.look_after(7200), 0);
    site.copies.0.lock().unwrap().settles_nothing = false;
    let reply = site.rig.send(std::slice::from_ref(&site.row));
    assert_eq!((reply.refusal, reply.archived), (None, vec![site.sha256()]));
    let received = site.rig.gateway.as_received(&site.rig.terminal.id, &site.sha256()).unwrap();
    assert_eq!(received.as_deref(), Some(site.jwe.as_str()));
    assert_eq!((site.look_after(0), site.copy()), (0, Some(true)));
}

#[test]
fn erasing_takes_an_unsettled_copy_too() {
    let mut site = Site::new();
    site.rig.send(std::slice::from_ref(&site.row));
    site.copies.0.lock().unwrap().settles_nothing = true;
    assert!(site.put().unwrap().archived);
    let document = format!("{}/{}", site.rig.terminal.id, site.sha256());
    site.rig.gateway.erase_document(&staff(), &document, true, site.rig.now).unwrap();
    assert_eq!((site.archived(), site.copy()), (None, None));
    assert_eq!(site.look_after(7200), 0);
    assert!(site.put().unwrap().archived, "the terminal may delete it too");
    assert_eq!(site.copy(), None);
}

#[test]
fn another_gateways_copy_that_is_under_way_is_left_alone() {
    let mut site = Site::new();
    let other = (site.rig.terminal.id.clone(), senim_operation::jws::sha256_b64(b"other"));
    let soon = UtcMillis(site.rig.now.0 + 3_600_000);
    site.copies.0.lock().unwrap().kept.insert(other.clone(), ("text".into(), Some(soon)));
    assert_eq!(site.look_after(3601), 0);
    assert!(site.copies.0.lock().unwrap().kept.contains_key(&other));
}
