//! Every way in which an exchange with the gateway can end, against a real TLS server.

use rustls::version::{TLS12, TLS13};
use senim_sync::wire::{Answer, Failure, Request};

use crate::testbed::{Authority, Identity, Reply, Server, options, server_config, uplink_to};
use crate::uplink::{READ_TIMEOUT_MS_MIN, Uplink, UplinkError};

const NONCE: &str = "q7Zp0d3nT1sYk5mVb8rXwA";
const HASH: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
/// Enough for anything that answers at all.
const PATIENT_MS: u64 = 60_000;
/// For servers that never answer.
const IMPATIENT_MS: u64 = 300;

const YEARS: (i32, i32) = (2016, 2060);

struct Bed {
    mfo: Authority,
    terminal: Identity,
    server: Server,
}

/// A gateway as it should be, that answers as the test says.
fn gateway(behave: impl Fn(usize, &crate::testbed::Seen) -> Reply + Send + Sync + 'static) -> Bed {
    let mfo = Authority::new();
    let config = server_config(&mfo.server(&["localhost", "127.0.0.1"], YEARS), &mfo, &TLS13);
    Bed { terminal: mfo.terminal("t-1", YEARS), server: Server::start(config, behave), mfo }
}

impl Bed {
    fn uplink(&self) -> Uplink {
        self.patient_for(PATIENT_MS)
    }

    fn patient_for(&self, ms: u64) -> Uplink {
        uplink_to(self.server.address.port(), &self.mfo.ca_pem, &self.terminal, ms)
    }
}

fn time() -> Request {
    Request::Time { nonce: NONCE.into() }
}

fn rows(rows: &[&str]) -> Request {
    Request::Operations { rows: rows.iter().map(|&row| row.to_owned()).collect() }
}

fn inbox() -> Request {
    Request::Inbox { after: 3, wait_seconds: 99, awaits: None }
}

fn failure(answer: Answer) -> Failure {
    match answer {
        Answer::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

fn ok(body: &str) -> Reply {
    Reply::Answer(200, body.into())
}

fn head(length: usize) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n")
}

#[test]
fn each_request_goes_to_its_place_and_its_answer_is_read() {
    let bed = gateway(|n, _| match n {
        0 => ok("aGVhZA.cGF5bG9hZA.c2ln"),
        1 => ok(
            r#"{"acked_seq":41,"acked_hash":"h","replies":["a.b.c"],"missing":["m"],"archived":["x"],"inbox":7,"cosignature":null,"later":1}"#,
        ),
        2 => ok(r#"{"stored":true,"matched":true,"archived":true,"replies":["d.e.f"]}"#),
        3 => ok(r#"{"note":"senim/t-1\n1\n","archived":[]}"#),
        _ => ok(r#"{"messages":[{"n":4,"jws":"g.h.i"}],"head":9}"#),
    });
    let uplink = bed.uplink();
    assert!(matches!(uplink.perform(&time()), Answer::Time(token) if token == "aGVhZA.cGF5bG9hZA.c2ln"));
    match uplink.perform(&rows(&["r1", "r2"])) {
        Answer::Operations(ack) => {
            assert_eq!((ack.acked_seq, ack.acked_hash.as_deref(), ack.inbox), (Some(41), Some("h"), 7));
            assert_eq!(ack.replies.iter().map(|reply| reply.expose()).collect::<Vec<_>>(), ["a.b.c"]);
            assert_eq!((ack.missing, ack.archived), (vec!["m".to_owned()], vec!["x".to_owned()]));
        }
        other => panic!("{other:?}"),
    }
    match uplink.perform(&Request::Attachment { sha256: HASH.into(), jwe: "j.w.e".into() }) {
        Answer::Attachment(stored) => assert!(stored.archived && stored.replies[0].expose() == "d.e.f"),
        other => panic!("{other:?}"),
    }
    match uplink.perform(&Request::Checkpoint { note: "note\n".into() }) {
        Answer::Checkpoint(cosigned) => assert_eq!(cosigned.note, "senim/t-1\n1\n"),
        other => panic!("{other:?}"),
    }
    match uplink.perform(&inbox()) {
        Answer::Inbox(page) => {
            assert_eq!((page.head, page.messages[0].n, page.messages[0].jws.as_str()), (9, 4, "g.h.i"));
        }
        other => panic!("{other:?}"),
    }
    let sent: Vec<(String, String, Vec<u8>)> =
        bed.server.seen().into_iter().map(|seen| (seen.line, seen.content_type, seen.body)).collect();
    let put = format!("PUT /v1/terminals/t-1/attachments/{HASH} HTTP/1.1");
    let expected = [
        (format!("GET /v1/time?nonce={NONCE} HTTP/1.1"), "", ""),
        ("POST /v1/terminals/t-1/operations HTTP/1.1".into(), "application/x-ndjson", "r1\nr2\n"),
        (put, "application/jose", "j.w.e"),
        ("POST /v1/terminals/t-1/checkpoint HTTP/1.1".into(), "text/plain; charset=utf-8", "note\n"),
        ("GET /v1/terminals/t-1/inbox?after=3&wait=25 HTTP/1.1".into(), "", ""),
    ];
    assert_eq!(sent, expected.map(|(line, kind, body)| (line, kind.to_owned(), body.as_bytes().to_vec())));
    assert_eq!(bed.server.connections(), 1, "one connection is kept");
}

#[test]
fn rows_travel_as_a_batch_and_as_lines_where_a_batch_would_not_give_them_back() {
    use senim_operation::batch;
    let bed = gateway(|_, _| ok(r#"{"acked_seq":null,"acked_hash":null}"#));
    let export = include_str!("../../docs/formats/export.sample/operations.jsonl");
    let whole: Vec<&str> = export.lines().collect();
    let mut spoilt = whole.clone();
    spoilt.push("not.a.row");
    for list in [&whole, &spoilt] {
        assert!(matches!(bed.uplink().perform(&rows(list)), Answer::Operations(_)));
    }
    let seen = bed.server.seen();
    assert_eq!(seen[0].content_type, batch::CONTENT_TYPE);
    assert_eq!(batch::decode(&seen[0].body, 1_024).unwrap(), whole);
    assert!(seen[0].body.len() * 10 < export.len() * 6, "{} of {}", seen[0].body.len(), export.len());
    assert_eq!(seen[1].content_type, "application/x-ndjson");
    assert_eq!(seen[1].body, format!("{}\n", spoilt.join("\n")).into_bytes());
}

#[test]
fn rows_ahead_pieces_and_telemetry_go_to_their_places() {
    let bed = gateway(|n, _| match n {
        0 | 1 => ok(r#"{"acked_seq":3,"acked_hash":"h","replies":["a.b.c"],"missing":["m"],"inbox":2}"#),
        2 => ok(r#"{"held":9000,"stored":false,"archived":false}"#),
        3 => ok(r#"{"stored":true,"matched":true,"archived":true,"replies":["d.e.f"]}"#),
        4 => Reply::Answer(409, r#"{"code":"offset","ref":"x","held":7}"#.into()),
        _ => ok(r#"{"taken":2}"#),
    });
    let uplink = bed.uplink();
    for key_epoch in [None, Some("k".to_owned())] {
        match uplink.perform(&Request::Ahead { key_epoch, row: "r".into() }) {
            Answer::Ahead(seen) => {
                assert_eq!((seen.replies[0].expose(), seen.missing.len(), seen.inbox), ("a.b.c", 1, 2));
            }
            other => panic!("{other:?}"),
        }
    }
    let held = uplink.perform(&Request::AttachmentHeld { sha256: HASH.into() });
    assert!(matches!(held, Answer::Attachment(stored) if !stored.stored && stored.held == 9_000));
    let piece =
        Request::AttachmentPiece { sha256: HASH.into(), offset: 9_000, size: 9_004, text: "j.we".into() };
    assert!(matches!(uplink.perform(&piece), Answer::Attachment(stored) if stored.stored && stored.archived));
    assert!(matches!(failure(uplink.perform(&piece)), Failure::Refused { status: 409, held: Some(7), .. }));
    let telemetry = Request::Telemetry { lines: vec!["{}".into(), "[]".into()] };
    assert!(matches!(uplink.perform(&telemetry), Answer::Telemetry));
    let sent: Vec<(String, String, Vec<u8>)> =
        bed.server.seen().into_iter().map(|seen| (seen.line, seen.content_type, seen.body)).collect();
    let attachment = format!("/v1/terminals/t-1/attachments/{HASH}");
    let patch = format!("PATCH {attachment}?offset=9000&size=9004 HTTP/1.1");
    let expected = [
        ("POST /v1/terminals/t-1/ahead HTTP/1.1".to_owned(), "application/x-ndjson", "r\n"),
        ("POST /v1/terminals/t-1/ahead HTTP/1.1".to_owned(), "application/x-ndjson", "k\nr\n"),
        (format!("GET {attachment} HTTP/1.1"), "", ""),
        (patch.clone(), "application/jose", "j.we"),
        (patch, "application/jose", "j.we"),
        ("POST /v1/terminals/t-1/telemetry HTTP/1.1".to_owned(), "application/x-ndjson", "{}\n[]\n"),
    ];
    assert_eq!(sent, expected.map(|(line, kind, body)| (line, kind.to_owned(), body.as_bytes().to_vec())));
}

#[test]
fn another_line_is_another_connection_with_the_same_clock() {
    let bed = gateway(|_, _| ok("t.o.k"));
    let (first, second) = (bed.uplink(), bed.uplink().another());
    for uplink in [&first, &second, &first, &second] {
        assert!(matches!(uplink.perform(&time()), Answer::Time(_)));
    }
    assert_eq!(bed.server.connections(), 2);
    // A session that is resumed shows no certificate: one that was never begun has to.
    let fresh = bed.uplink();
    let another = fresh.another();
    fresh.clock().advance("2061-01-01T00:00:00.000Z".parse().unwrap());
    assert!(matches!(failure(another.perform(&time())), Failure::Certificate(_)));
}

#[test]
fn an_empty_batch_has_an_empty_body_and_nothing_acknowledged_is_an_answer() {
    let bed = gateway(|_, _| {
        ok(r#"{"acked_seq":null,"acked_hash":null,"replies":[],"missing":[],"archived":[],"inbox":0}"#)
    });
    let answer = bed.uplink().perform(&rows(&[]));
    assert!(matches!(answer, Answer::Operations(ack) if ack.acked_seq.is_none()));
    assert!(bed.server.seen()[0].body.is_empty());
}

#[test]
fn forgetting_drops_the_connection() {
    let bed = gateway(|_, _| ok("t.o.k"));
    let mut uplink = bed.uplink();
    for _ in 0..2 {
        assert!(matches!(uplink.perform(&time()), Answer::Time(_)));
    }
    assert_eq!(bed.server.connections(), 1);
    uplink.forget();
    assert!(matches!(uplink.perform(&time()), Answer::Time(_)));
    assert_eq!(bed.server.connections(), 2);
}

#[test]
fn a_server_of_another_ca_and_one_of_another_name_are_refused() {
    let (mfo, stranger) = (Authority::new(), Authority::new());
    let terminal = mfo.terminal("t-1", YEARS);
    let identities = [
        stranger.server(&["127.0.0.1"], YEARS),
        mfo.server(&["gateway.example.kz", "127.0.0.2"], YEARS),
        // A terminal's certificate does not make a server.
        mfo.terminal("t-2", YEARS),
    ];
    for identity in identities {
        let server = Server::start(server_config(&identity, &mfo, &TLS13), |_, _| ok("t.o.k"));
        let uplink = uplink_to(server.address.port(), &mfo.ca_pem, &terminal, PATIENT_MS);
        assert!(matches!(failure(uplink.perform(&rows(&["secret"]))), Failure::Certificate(_)));
        assert!(server.seen().is_empty());
    }
}

#[test]
fn a_server_certificate_is_judged_by_what_has_passed_and_not_by_the_clock_of_the_host() {
    let mfo = Authority::new();
    let terminal = mfo.terminal("t-1", YEARS);
    let performed = |years, later: Option<&str>| {
        let server =
            Server::start(server_config(&mfo.server(&["127.0.0.1"], years), &mfo, &TLS13), |_, _| {
                ok("t.o.k")
            });
        let uplink = uplink_to(server.address.port(), &mfo.ca_pem, &terminal, PATIENT_MS);
        if let Some(later) = later {
            uplink.clock().advance(later.parse().unwrap());
        }
        uplink.perform(&time())
    };
    assert!(matches!(performed((2018, 2020), None), Answer::Failed(Failure::Certificate(_))), "has ended");
    assert!(matches!(performed((2040, 2050), None), Answer::Time(_)), "made while the terminal was in store");
    assert!(matches!(performed((2020, 2030), Some("2020-01-02T00:00:00.000Z")), Answer::Time(_)));
    let ended_since = performed((2020, 2030), Some("2031-01-01T00:00:00.000Z"));
    assert!(matches!(ended_since, Answer::Failed(Failure::Certificate(_))), "{ended_since:?}");
}

#[test]
fn a_server_without_tls_1_3_is_refused_and_not_tried_again_at_once() {
    let mfo = Authority::new();
    let config = server_config(&mfo.server(&["127.0.0.1"], YEARS), &mfo, &TLS12);
    let server = Server::start(config, |_, _| ok("t.o.k"));
    let uplink = uplink_to(server.address.port(), &mfo.ca_pem, &mfo.terminal("t-1", YEARS), PATIENT_MS);
    assert!(matches!(failure(uplink.perform(&time())), Failure::Certificate(_)));
    assert!(server.seen().is_empty());
}

#[test]
fn a_refusal_of_our_certificate_is_known_as_such_although_it_comes_after_the_handshake() {
    let (mfo, stranger) = (Authority::new(), Authority::new());
    for terminal in [stranger.terminal("t-1", YEARS), mfo.terminal("t-1", (2016, 2018))] {
        let server =
            Server::start(server_config(&mfo.server(&["127.0.0.1"], YEARS), &mfo, &TLS13), |_, _| {
                ok("t.o.k")
            });
        let uplink = uplink_to(server.address.port(), &mfo.ca_pem, &terminal, PATIENT_MS);
        assert!(matches!(failure(uplink.perform(&time())), Failure::Certificate(_)));
        assert!(server.seen().is_empty());
    }
}

#[test]
fn a_refusal_of_our_certificate_is_known_behind_a_body_that_could_not_be_written() {
    let (mfo, stranger) = (Authority::new(), Authority::new());
    let server =
        Server::start(server_config(&mfo.server(&["127.0.0.1"], YEARS), &mfo, &TLS13), |_, _| ok("t.o.k"));
    let terminal = stranger.terminal("t-1", YEARS);
    let uplink = uplink_to(server.address.port(), &mfo.ca_pem, &terminal, PATIENT_MS);
    for _ in 0..5 {
        let batch = Request::Operations { rows: vec!["r".repeat(8 << 20)] };
        let failure = failure(uplink.perform(&batch));
        assert!(matches!(failure, Failure::Certificate(_)), "{failure:?}");
    }
}

#[test]
fn half_an_answer_is_no_answer_however_it_ends() {
    let whole = r#"{"acked_seq":41,"acked_hash":"h","replies":[]}"#;
    let half = format!("{}{}", head(whole.len()), &whole[..20]).into_bytes();
    let bed = gateway(move |n, _| match n {
        0 => Reply::Close(half.clone()),
        1 => Reply::Cut(half.clone()),
        2 => Reply::Reset(half.clone()),
        3 => Reply::Cut(Vec::new()),
        4 => Reply::Reset(Vec::new()),
        _ => Reply::Cut(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
    });
    for n in 0..6 {
        let failure = failure(bed.uplink().perform(&rows(&["r"])));
        assert!(matches!(failure, Failure::Unreachable(_)), "{n}: {failure:?}");
    }
    assert_eq!(bed.server.seen().len(), 6, "nothing is sent twice of its own accord");
}

#[test]
fn an_answer_without_length_must_be_ended_in_order() {
    let bed = gateway(|n, _| {
        let bytes = b"HTTP/1.1 200 OK\r\n\r\n{\"messages\":[],\"head\":0}".to_vec();
        if n == 0 { Reply::Close(bytes) } else { Reply::Cut(bytes) }
    });
    assert!(matches!(bed.uplink().perform(&inbox()), Answer::Inbox(_)));
    assert!(matches!(failure(bed.uplink().perform(&inbox())), Failure::Unreachable(_)));
}

#[test]
fn an_answer_that_is_too_long_is_given_up_without_reading_it_all() {
    let bed = gateway(|n, _| match n {
        0 => Reply::Bytes(format!("{}{}", head(20_000), "x".repeat(20_000)).into_bytes()),
        1 => Reply::Endless(head(usize::MAX >> 1).into_bytes(), vec![b'x'; 9000]),
        2 => Reply::Endless(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec(),
            [b"1000\r\n".as_slice(), &[b'x'; 4096], b"\r\n"].concat(),
        ),
        _ => Reply::Endless(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'x'; 9000]),
    });
    for request in [time(), time(), Request::Checkpoint { note: "n".into() }] {
        assert!(matches!(failure(bed.uplink().perform(&request)), Failure::Unreadable(_)));
    }
    let endless_header = failure(bed.uplink().perform(&time()));
    assert!(matches!(endless_header, Failure::Unreadable(_) | Failure::Unreachable(_)));
}

#[test]
fn answers_that_are_none_are_unreadable() {
    let bed = gateway(|n, _| match n {
        0 => ok("<html>welcome</html>"),
        1 => ok(""),
        2 => ok("[1,2"),
        3 => ok(r#"{"acked_seq":-1,"acked_hash":"h"}"#),
        4 => ok(r#"{"acked_seq":4,"acked_hash":null}"#),
        5 => Reply::Answer(204, String::new()),
        6 => Reply::Bytes(
            b"HTTP/1.1 302 Found\r\nlocation: https://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec(),
        ),
        _ => Reply::Close(b"220 mail.example.kz ESMTP\r\n\r\n".to_vec()),
    });
    for n in 0..8 {
        let failure = failure(bed.uplink().perform(&rows(&["r"])));
        assert!(matches!(failure, Failure::Unreadable(_)), "{n}: {failure:?}");
    }
    let bed = gateway(|_, _| Reply::Answer(200, "т.о.к".into()));
    assert!(matches!(failure(bed.uplink().perform(&time())), Failure::Unreadable(_)));
}

#[test]
fn a_gap_tells_what_is_expected_and_what_is_acknowledged() {
    let bed = gateway(|_, _| {
        let document =
            r#"{"code":"gap","ref":"r","expected_seq":5,"acked_seq":4,"acked_hash":"h","rewind":"a.b.c"}"#;
        Reply::Answer(409, document.into())
    });
    let expected = Failure::Refused {
        status: 409,
        code: "gap".into(),
        expected_seq: Some(5),
        acked_seq: Some(4),
        acked_hash: Some("h".into()),
        held: None,
        rewind: Some("a.b.c".into()),
    };
    assert_eq!(failure(bed.uplink().perform(&rows(&["r"]))), expected);
}

#[test]
fn a_refusal_counts_by_its_status_whatever_comes_with_it() {
    let documents = ["", "<html>", "{}", "[]", r#"{"code":7}"#, r#"{"code":"Ерлан 900514300002"}"#];
    let bed = gateway(move |n, _| match documents.get(n) {
        Some(document) => Reply::Answer(503, (*document).into()),
        None => Reply::Cut(b"HTTP/1.1 503 x\r\ncontent-length: 100\r\n\r\n{".to_vec()),
    });
    for n in 0..=documents.len() {
        match failure(bed.uplink().perform(&rows(&["r"]))) {
            Failure::Refused { status: 503, code, .. } => assert_eq!(code, "", "{n}"),
            other => panic!("{n}: {other:?}"),
        }
    }
}

#[test]
fn a_server_that_never_answers_is_given_up_also_on_a_connection_that_is_used_again() {
    let bed = gateway(|n, _| if n == 1 { ok("t.o.k") } else { Reply::Hang(Vec::new()) });
    let given_up = Failure::Unreachable("no answer in time".into());
    let uplink = bed.patient_for(2_000);
    assert_eq!(failure(uplink.perform(&rows(&["r"]))), given_up);
    assert!(matches!(uplink.perform(&time()), Answer::Time(_)));
    assert_eq!(failure(uplink.perform(&rows(&["r"]))), given_up);
    assert_eq!(bed.server.connections(), 2, "the third request went over the second's connection");
}

#[test]
fn a_body_that_stops_in_the_middle_is_given_up() {
    let bed = gateway(|_, _| Reply::Hang(format!("{}{{", head(50)).into_bytes()));
    let failure = failure(bed.patient_for(IMPATIENT_MS).perform(&inbox()));
    assert_eq!(failure, Failure::Unreachable("no answer in time".into()));
}

#[test]
fn a_port_that_accepts_and_says_nothing_is_given_up() {
    let mfo = Authority::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let uplink = uplink_to(port, &mfo.ca_pem, &mfo.terminal("t-1", YEARS), IMPATIENT_MS);
    assert!(matches!(failure(uplink.perform(&time())), Failure::Unreachable(_)));
}

#[test]
fn a_server_that_is_gone_or_does_not_speak_tls_is_unreachable() {
    use std::io::Write as _;
    let mfo = Authority::new();
    let terminal = mfo.terminal("t-1", YEARS);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let uplink = uplink_to(port, &mfo.ca_pem, &terminal, PATIENT_MS);
    let portal = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    assert!(matches!(failure(uplink.perform(&time())), Failure::Unreachable(_)));
    portal.join().unwrap();
    assert!(matches!(failure(uplink.perform(&time())), Failure::Unreachable(_)), "the listener is gone now");
}

#[test]
fn a_gateway_that_closed_the_idle_connection_is_connected_to_again() {
    let bed = gateway(|_, _| Reply::Close(format!("{}t.o.k", head(5)).into_bytes()));
    let uplink = bed.uplink();
    for _ in 0..3 {
        assert!(matches!(uplink.perform(&time()), Answer::Time(_)));
    }
}

#[test]
fn what_would_ask_for_another_path_is_not_sent() {
    let bed = gateway(|_, _| ok("t.o.k"));
    let uplink = bed.uplink();
    for nonce in ["", "short", "AAAAAAAAAAAAAAAAAAAAAA&x=1", &"A".repeat(65)] {
        let failure = failure(uplink.perform(&Request::Time { nonce: nonce.into() }));
        assert!(matches!(failure, Failure::Refused { status: 400, code, .. } if code == "bad_nonce"));
    }
    let failure =
        failure(uplink.perform(&Request::Attachment { sha256: "../inbox".into(), jwe: "j".into() }));
    assert!(matches!(failure, Failure::Refused { status: 400, .. }));
    assert!(bed.server.seen().is_empty());
}

#[test]
fn options_that_cannot_work_are_refused_with_what_to_do() {
    let (mfo, stranger) = (Authority::new(), Authority::new());
    let terminal = mfo.terminal("t-1", YEARS);
    let good = || options(1, &mfo.ca_pem, &terminal, READ_TIMEOUT_MS_MIN);
    assert!(Uplink::new(good()).is_ok());
    for base_url in
        ["http://127.0.0.1:1", "127.0.0.1:1", "https://", "https://a@b", "https://a/b", "https://a?b", ""]
    {
        let mut options = good();
        options.base_url = base_url.into();
        assert!(matches!(Uplink::new(options), Err(UplinkError::BaseUrl(shown)) if shown == base_url));
    }
    let mut options = good();
    options.terminal = "../t-2".into();
    assert!(matches!(Uplink::new(options), Err(UplinkError::Terminal(_))));
    for (connect_timeout_ms, read_timeout_ms) in
        [(0, READ_TIMEOUT_MS_MIN), (1, READ_TIMEOUT_MS_MIN - 1), (1, 0)]
    {
        let mut options = good();
        (options.connect_timeout_ms, options.read_timeout_ms) = (connect_timeout_ms, read_timeout_ms);
        assert!(matches!(Uplink::new(options), Err(UplinkError::Timeouts)));
    }
    for ca_pem in [String::new(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".into()] {
        let mut options = good();
        options.ca_pem = ca_pem.into_bytes();
        assert!(matches!(Uplink::new(options), Err(UplinkError::Ca(_))));
    }
    let mut options = good();
    options.chain = self::options(1, &mfo.ca_pem, &stranger.terminal("t-1", YEARS), 1).chain;
    assert!(matches!(Uplink::new(options), Err(UplinkError::Identity(_))));
    let mut options = good();
    options.chain.clear();
    assert!(matches!(Uplink::new(options), Err(UplinkError::Identity(_))));
}
