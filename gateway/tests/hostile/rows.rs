//! Rows: repeated, replayed, out of order, cut, foreign, badly dated, full of what other programs stumble over.

use senim_domain::{Language, SessionId, UtcMillis};
use senim_gateway::clock;
use senim_operation::body::*;
use senim_operation::{Draft, Row};
use serde_json::Value;
use uuid::Uuid;

use super::refused;
use crate::site::{Server, Site, Uplink};

fn open(active: bool) -> Draft {
    Draft::new(CabinetChanged { input: CabinetInput::SafeDoor, active })
}

struct Begun {
    site: Site,
    _server: Server,
    uplink: Uplink,
}

fn begun() -> Begun {
    let site = Site::new("");
    let dir = site.enrol("t-1");
    let server = Server::start(&site);
    let mut uplink = Uplink::new(&dir, "t-1", &server);
    uplink.begin();
    Begun { site, _server: server, uplink }
}

impl Begun {
    fn rows(&mut self, count: usize) -> Vec<Row> {
        (0..count).map(|n| self.uplink.terminal.write(open(n % 2 == 0), clock::now()).0).collect()
    }
    fn send(&self, rows: &[Row]) -> (u16, Value) {
        let text: Vec<&str> = rows.iter().map(|row| row.compact.as_str()).collect();
        self.uplink.post(text.join("\n").as_bytes())
    }
}

#[test]
fn a_batch_that_comes_twice_also_within_itself_is_acknowledged_again() {
    let mut begun = begun();
    let rows = begun.rows(3);
    let first = begun.send(&rows);
    assert_eq!((first.0, first.1["acked_seq"].as_u64()), (200, Some(3)));
    assert_eq!(begun.send(&rows), first);
    let twice = [rows.clone(), rows].concat();
    assert_eq!(begun.send(&twice).1["acked_seq"], 3);
}

#[test]
fn rows_out_of_order_keep_their_prefix_and_say_what_is_expected() {
    let mut begun = begun();
    let mut rows = begun.rows(4);
    rows.swap(1, 3);
    let answer = begun.send(&rows);
    refused(&answer, 409, "gap");
    assert_eq!((answer.1["expected_seq"].as_u64(), answer.1["acked_seq"].as_u64()), (Some(2), Some(1)));
    rows.swap(1, 3);
    assert_eq!(begun.send(&rows).1["acked_seq"], 4);
}

#[test]
fn a_batch_whose_end_is_missing_breaks_nothing_that_is_whole() {
    let mut begun = begun();
    let rows = begun.rows(3);
    let text = rows.iter().map(|row| row.compact.as_str()).collect::<Vec<_>>().join("\n");
    // Cut between rows: the rest is sent later. A row cut inside is no row; who sends it cannot be trusted further.
    let cut = text.len() - rows[2].compact.len() - 1;
    assert_eq!(begun.uplink.post(&text.as_bytes()[..cut]).1["acked_seq"], 2);
    refused(&begun.uplink.post(&text.as_bytes()[..text.len() - 10]), 422, "bad_row");
    refused(&begun.send(&rows), 403, "quarantined");
}

#[test]
fn another_terminals_rows_are_refused_and_that_terminal_keeps_its_standing() {
    let begun = begun();
    let dir = begun.site.enrol("t-2");
    let mut other = Uplink::new(&dir, "t-2", &begun._server);
    other.begin();
    let (row, _) = other.terminal.write(open(true), clock::now());
    refused(&begun.uplink.post(row.compact.as_bytes()), 422, "bad_row");
    assert_eq!(other.post(row.compact.as_bytes()).1["acked_seq"], 1);
}

#[test]
fn rows_signed_by_a_key_that_no_epoch_certifies_are_refused() {
    let mut begun = begun();
    begun.uplink.terminal.key = senim_operation::signer::RamKey::generate().unwrap().0;
    let rows = begun.rows(1);
    refused(&begun.send(&rows), 422, "bad_row");
}

#[test]
fn clocks_wrong_by_ten_years_are_no_reason_to_refuse_rows() {
    let mut begun = begun();
    for years in [-10_i64, 10, 0] {
        let at = UtcMillis(clock::now().0 + years * 365 * 86_400_000);
        let row = begun.uplink.terminal.write(open(true), at).0;
        assert_eq!(begun.send(&[row]).0, 200, "{years}");
    }
}

#[test]
fn a_request_for_leave_that_is_replayed_gets_the_stored_answer_and_no_second_one() {
    let mut begun = begun();
    begun.site.publish();
    let session = SessionId(Uuid::now_v7());
    begun.uplink.terminal.session = Some(session);
    begun.uplink.say(Draft::new(SessionOpened { language: Language::Kk }).in_session(session));
    let body = PayoutRequested {
        request: senim_domain::PayoutRequestId(Uuid::now_v7()),
        loan: senim_domain::LoanId(Uuid::now_v7()),
        part: 1,
        amount_tiyn: senim_domain::Tiyn::new(5_000_000).unwrap(),
        face_check: senim_domain::MessageId(Uuid::now_v7()),
        place: None,
    };
    let (row, _) = begun.uplink.terminal.write(begun.uplink.here(body), clock::now());
    let first = begun.send(std::slice::from_ref(&row));
    assert_eq!(first.1["replies"].as_array().unwrap().len(), 1);
    assert_eq!(begun.send(std::slice::from_ref(&row)), first);
}

#[test]
fn bytes_that_are_no_rows_are_refused_each_for_itself_and_a_neighbour_is_served() {
    let site = Site::new("");
    let neighbour = site.enrol("t-0");
    let hostile: [(&[u8], u16, &str); 8] = [
        (b"'; DROP TABLE rows; --", 422, "bad_row"),
        (b"\0\0\0\0", 422, "bad_row"),
        (b"a.b\0.c", 422, "bad_row"),
        ("кириллица.и.точки".as_bytes(), 422, "bad_row"),
        (b"\n\n\n", 422, "bad_row"),
        (b"{\"alg\":\"none\"}.e30.", 422, "bad_row"),
        (b"eyJhbGciOiJub25lIn0.e30.", 422, "bad_row"),
        (b"\xff\xfe\xfd", 400, "bad_request"),
    ];
    let folders: Vec<_> = (0..hostile.len()).map(|n| site.enrol(&format!("h-{n}"))).collect();
    let server = Server::start(&site);
    let mut good = Uplink::new(&neighbour, "t-0", &server);
    good.begin();
    for (n, (bytes, status, code)) in hostile.iter().enumerate() {
        let uplink = Uplink::new(&folders[n], &format!("h-{n}"), &server);
        refused(&uplink.post(bytes), *status, code);
        assert_eq!(good.watermark(), 0);
    }
}

#[test]
fn hostile_paths_and_names_reach_neither_files_nor_statements() {
    let begun = begun();
    let jwe = "eyJhbGciOiJFQ0RILUVTIn0..a.b.c";
    for name in ["..%2f..%2fgateway.db", "%00", "'%20OR%201=1--", "%ff%fe", "x%0d%0aset-cookie:a"] {
        let answer = begun.uplink.put(name, jwe);
        assert!(matches!(answer.0, 400 | 404 | 422), "{name}: {answer:?}");
    }
    assert!(!begun.site.dir.path().join("second").exists());
    assert_eq!(begun.uplink.watermark(), 0);
}

#[test]
fn more_rows_than_a_batch_may_have_are_refused_whole() {
    let begun = begun();
    let many = vec!["x"; 1025].join("\n");
    refused(&begun.uplink.post(many.as_bytes()), 400, "bad_request");
    assert_eq!(begun.uplink.watermark(), 0);
}
