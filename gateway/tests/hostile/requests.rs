//! Requests: too long, too slow, too many, cut, with heads that no client writes.

use std::path::PathBuf;
use std::time::Duration;

use super::refused;
use crate::site::{Server, Site, TLS13, Uplink, answer, client, first_status, raw, status, write};

/// Short times, so that tests need not wait for long ones.
const QUICK: &str = "[limits]\nbody_grace_seconds = 1\nbody_bytes_per_second = 1000\n";

struct Begun {
    server: Server,
    uplink: Uplink,
    dir: PathBuf,
    _site: Site,
}

fn begun(extra: &str) -> Begun {
    let site = Site::new(extra);
    let dir = site.enrol("t-1");
    let server = Server::start(&site);
    let mut uplink = Uplink::new(&dir, "t-1", &server);
    uplink.begin();
    Begun { server, uplink, dir, _site: site }
}

fn head(rest: &str) -> Vec<u8> {
    format!(
        "POST /v1/terminals/t-1/operations HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n{rest}"
    )
    .into_bytes()
}

#[test]
fn a_body_that_is_announced_too_long_is_refused_before_it_is_sent() {
    let begun = begun("");
    // The last one is more than the HTTP layer itself can count to.
    for (length, status) in [("16777217", 413), ("99999999999999", 413), ("18446744073709551615", 431)] {
        let mut stream = raw(&begun.server, client(&begun.dir, TLS13, true));
        write(&mut stream, &head(&format!("content-length: {length}\r\n\r\n")));
        assert_eq!(first_status(&mut stream), status, "{length}");
    }
    assert_eq!(begun.uplink.watermark(), 0);
}

#[test]
fn a_body_without_a_length_ends_at_the_limit_and_memory_stays() {
    let begun = begun("");
    let before = begun.server.memory();
    let mut stream = raw(&begun.server, client(&begun.dir, TLS13, true));
    write(&mut stream, &head("transfer-encoding: chunked\r\n\r\n"));
    let chunk = [b"10000\r\n".as_slice(), &[b'a'; 0x10000], b"\r\n"].concat();
    for _ in 0..300 {
        write(&mut stream, &chunk);
    }
    assert_eq!(first_status(&mut stream), 413);
    assert!(begun.server.memory() < before + (64 << 20));
    assert_eq!(begun.uplink.watermark(), 0);
}

#[test]
fn an_attachment_has_its_own_shorter_limit() {
    let begun = begun("");
    let hash = senim_operation::jws::sha256_b64(b"x");
    refused(&begun.uplink.put(&hash, &"a".repeat((4 << 20) + 1)), 413, "too_large");
    refused(&begun.uplink.put(&hash, "another"), 422, "hash_mismatch");
    assert_eq!(begun.uplink.watermark(), 0);
}

#[test]
fn a_body_that_drips_is_given_up_and_does_not_hold_its_terminal() {
    let begun = begun(QUICK);
    let mut stream = raw(&begun.server, client(&begun.dir, TLS13, true));
    write(&mut stream, &head("content-length: 100000\r\n\r\nabc"));
    // While this one waits, the same terminal is served on another connection.
    assert_eq!(begun.uplink.watermark(), 0);
    let text = answer(&mut stream);
    assert!(text.starts_with("HTTP/1.1 408") && text.contains("too_slow"), "{text}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the slow body is what is tried")]
fn a_slow_but_steady_body_is_waited_for() {
    let mut begun = begun(QUICK);
    let row = begun.uplink.terminal.write(
        senim_operation::Draft::new(senim_operation::body::CabinetChanged {
            input: senim_operation::body::CabinetInput::SafeDoor,
            active: true,
        }),
        senim_gateway::clock::now(),
    );
    let bytes = row.0.compact.into_bytes();
    let mut stream = raw(&begun.server, client(&begun.dir, TLS13, true));
    write(&mut stream, &head(&format!("content-length: {}\r\nconnection: close\r\n\r\n", bytes.len())));
    for part in bytes.chunks(bytes.len().div_ceil(4)) {
        std::thread::sleep(Duration::from_millis(100));
        write(&mut stream, part);
    }
    let text = answer(&mut stream);
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("\"acked_seq\":1"), "{text}");
}

#[test]
fn a_body_that_breaks_off_changes_nothing() {
    let begun = begun("");
    let mut stream = raw(&begun.server, client(&begun.dir, TLS13, true));
    write(&mut stream, &head("content-length: 1000\r\n\r\nhalf"));
    drop(stream);
    assert_eq!(begun.uplink.watermark(), 0);
}

#[test]
fn heads_that_are_too_long_or_none_are_refused() {
    let begun = begun("");
    let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    let cases: [(&str, Vec<u8>); 6] = [
        ("long header", head(&format!("x: {}\r\n\r\n", "a".repeat(100_000)))),
        ("many headers", head(&format!("{many}\r\n"))),
        ("long path", format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(100_000)).into_bytes()),
        ("no HTTP", b"\x16\x03\x01\x00\x00 SSH-2.0\r\n\r\n".to_vec()),
        ("two lengths", head("content-length: 3\r\ncontent-length: 4\r\n\r\nabcd")),
        ("no length", head("content-length: -1\r\n\r\n")),
    ];
    for (what, bytes) in cases {
        let mut stream = raw(&begun.server, client(&begun.dir, TLS13, true));
        write(&mut stream, &bytes);
        let text = answer(&mut stream);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{what}: {text}");
        assert_eq!(begun.uplink.watermark(), 0, "{what}");
    }
}

#[test]
fn pipelined_requests_are_answered_one_after_the_other() {
    let begun = begun("");
    let mut stream = raw(&begun.server, client(&begun.dir, TLS13, true));
    let one = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n".repeat(50);
    write(&mut stream, one.as_bytes());
    write(&mut stream, b"GET /nothing HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    let text = answer(&mut stream);
    assert_eq!((text.matches("HTTP/1.1 200").count(), text.matches("HTTP/1.1 404").count()), (50, 1));
}

#[test]
fn a_terminal_that_asks_too_often_is_slowed_and_its_neighbour_is_not() {
    let site = Site::new("[limits]\nrequests_per_second = 1\n");
    let (one, two) = (site.enrol("t-1"), site.enrol("t-2"));
    let server = Server::start(&site);
    let (hostile, good) = (Uplink::new(&one, "t-1", &server), Uplink::new(&two, "t-2", &server));
    let ask = |uplink: &Uplink| status(uplink.agent.get(&format!("{}/operations", uplink.base)).call());
    let refusal = (0..200).map(|_| ask(&hostile)).find(|(code, _)| *code != 200).unwrap();
    refused(&refusal, 429, "too_many_requests");
    assert_eq!(ask(&good).0, 200);
}

#[test]
fn bodies_of_all_terminals_together_have_one_budget() {
    // Room for one longest body: the first terminal announces it and sends nothing.
    let site = Site::new("[limits]\nbody_bytes = 16777216\nbody_grace_seconds = 60\n");
    let (one, two) = (site.enrol("t-1"), site.enrol("t-2"));
    let server = Server::start(&site);
    let mut good = Uplink::new(&two, "t-2", &server);
    let mut stream = raw(&server, client(&one, TLS13, true));
    let mut announced = head("content-length: 16777216\r\nexpect: 100-continue\r\n\r\n");
    write(&mut stream, &announced);
    // "100 Continue" comes once the body is read for, so after it has got its room.
    assert_eq!(first_status(&mut stream), 100);
    let row = good.terminal.begin_epoch(senim_gateway::clock::now());
    refused(&good.post(row.compact.as_bytes()), 503, "try_later");
    announced.clear();
    drop(stream);
    let served = (0..100).any(|_| good.post(row.compact.as_bytes()).0 == 200);
    assert!(served, "the next good request is served once there is room");
}

#[test]
fn methods_and_addresses_that_do_not_exist_are_refused_in_the_same_form() {
    let begun = begun("");
    let call = |method: &str, path: &str| {
        let address = format!("https://{}{path}", begun.server.address);
        status(begun.uplink.agent.request(method, &address).call())
    };
    refused(&call("GET", "/"), 404, "not_found");
    refused(&call("GET", "/v1/terminals/t-1/../../feed"), 404, "not_found");
    refused(&call("DELETE", "/v1/terminals/t-1/operations"), 405, "method_not_allowed");
    refused(&call("GET", "/v1/terminals/t-2/operations"), 403, "wrong_terminal");
    refused(&call("GET", "/v1/terminals/t-1/inbox?after=-1"), 400, "bad_request");
    refused(&call("GET", "/v1/time?nonce='"), 400, "bad_nonce");
    refused(&call("GET", "/v1/feed"), 404, "not_found");
}
