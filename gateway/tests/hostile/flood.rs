//! Floods: connections by the thousand, from strangers and from a terminal itself, while another terminal is served.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpSocket, TcpStream};

use crate::site::{Server, Site, TLS13, Uplink, client, from, raw, write};

/// What a server with thousands of idle connections may take beyond what it took before.
const GENEROUS: u64 = 256 << 20;

async fn connect(source: IpAddr, address: SocketAddr) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind(SocketAddr::new(source, 0)).ok()?;
    tokio::time::timeout(Duration::from_secs(5), socket.connect(address)).await.ok()?.ok()
}

#[test]
fn ten_thousand_idle_connections_of_strangers_take_little_and_stop_nobody() {
    // The rate is lifted, so that it is the connections themselves that are withstood.
    let site = Site::new("[limits]\nconnects_per_address_per_second = 100000\n");
    let dir = site.enrol("t-1");
    let server = Server::start(&site);
    let mut good = Uplink::new(&dir, "t-1", &server);
    good.begin();
    let before = server.memory();
    let address = server.address;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let held: Vec<TcpStream> = runtime.block_on(async {
        let mut held = Vec::new();
        for n in 0..10_000_u32 {
            let source = format!("127.0.{}.2", 1 + n % 4).parse().unwrap();
            held.extend(connect(source, address).await);
        }
        held
    });
    assert!(held.len() > 9_000, "the flood took place: {}", held.len());
    // A new connection and one that was there before, with the flood held open.
    assert_eq!(Uplink::new(&dir, "t-1", &server).watermark(), 0);
    assert_eq!(good.watermark(), 0);
    let after = server.memory();
    assert!(after < before + GENEROUS, "{before} → {after}");
    assert!(server.threads() < 100);
    eprintln!("{} connections: {} KiB → {} KiB", held.len(), before >> 10, after >> 10);
}

#[test]
fn an_address_that_connects_too_often_is_dropped_and_another_is_not() {
    let site = Site::new("[limits]\nconnects_per_address_per_second = 1\n");
    let dir = site.enrol("t-1");
    let server = Server::start(&site);
    let hostile = "127.0.0.2".parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let address = server.address;
    let dropped = runtime.block_on(async {
        let mut held = Vec::new();
        for _ in 0..60 {
            held.extend(connect(hostile, address).await);
        }
        let mut dropped = 0;
        for stream in &mut held {
            // One that is let in waits for its handshake; one that is not is closed at once.
            let read = tokio::time::timeout(Duration::from_millis(50), stream.read_u8());
            dropped += u32::from(matches!(read.await, Ok(Err(_))));
        }
        dropped
    });
    assert!(dropped >= 20, "{dropped}");
    assert_eq!(Uplink::new(&dir, "t-1", &server).watermark(), serde_json::Value::Null);
}

#[test]
fn a_terminal_that_opens_connection_after_connection_loses_its_oldest_and_nobody_elses() {
    let site = Site::new("");
    let (one, two) = (site.enrol("t-1"), site.enrol("t-2"));
    let server = Server::start(&site);
    let mut good = Uplink::new(&two, "t-2", &server);
    good.begin();
    let config = client(&one, TLS13, true);
    let mut held: Vec<_> = (0..30)
        .map(|_| {
            let mut stream = raw(&server, config.clone());
            // Half a head: the connection stays, waiting for the rest.
            write(&mut stream, b"GET /healthz HTTP/1.1\r\nhost: a\r\n");
            stream
        })
        .collect();
    let mut answered = 0;
    for stream in held.iter_mut().rev() {
        write(stream, b"connection: close\r\n\r\n");
        answered += u32::from(crate::site::answer(stream).starts_with("HTTP/1.1 200"));
    }
    assert!((1..=8).contains(&answered), "{answered}");
    assert_eq!(good.watermark(), 0);
}

#[test]
fn handshakes_that_never_go_on_give_way_to_newer_ones() {
    let site = Site::new("[limits]\nhandshakes = 20\nhandshakes_per_address = 10\n");
    let dir = site.enrol("t-1");
    let server = Server::start(&site);
    let held: Vec<_> = (0..100)
        .map(|n: u32| from(format!("127.0.0.{}", 2 + n % 5).parse().unwrap(), &server).unwrap())
        .collect();
    for _ in 0..5 {
        assert_eq!(Uplink::new(&dir, "t-1", &server).watermark(), serde_json::Value::Null);
    }
    drop(held);
}
