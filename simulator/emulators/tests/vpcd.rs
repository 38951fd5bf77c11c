//! Card programs elsewhere: the crate vpicc plays one.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;

use senim_emulators::card::vpcd::{Vpcd, VpcdError};
use senim_emulators::control::{ControlError, Controlled as _};
use senim_emulators::gempc::{GemPc, Options};
use senim_emulators::machine::Machine as _;
use serde_json::json;

use crate::pty::awaited;

/// A program that answers an APDU with its own bytes and 9000.
struct Program;

impl vpicc::VSmartCard for Program {
    fn execute(&mut self, command: &[u8]) -> Vec<u8> {
        let mut response = command.to_vec();
        response.extend([0x90, 0x00]);
        response
    }
}

fn start(address: SocketAddr) -> JoinHandle<()> {
    let connection = vpicc::connect_socket(address).unwrap();
    std::thread::spawn(move || {
        let _ = connection.run(&mut Program);
    })
}

fn port() -> Vpcd {
    Vpcd::listen("127.0.0.1:0".parse().unwrap()).unwrap()
}

fn connected(port: &Vpcd) {
    awaited(|| port.is_connected().then_some(()));
}

#[test]
fn a_card_program_is_a_card() {
    let port = port();
    let program = start(port.address());
    connected(&port);
    let mut card = port.card();
    card.power(true);
    assert_eq!(card.answer_to_reset(), vpicc::DEFAULT_ATR);
    card.reset();
    assert_eq!(card.transmit(&[0, 0x84, 0, 0]), Some(vec![0, 0x84, 0, 0, 0x90, 0]));
    let long: Vec<u8> = (0..2_000u16).map(|at| at.to_be_bytes()[1]).collect();
    assert_eq!(card.transmit(&long).unwrap().len(), 2_002);
    assert_eq!(card.transmit(&[0]), None, "one byte would be a control");
    assert!(port.is_connected());
    drop(port);
    program.join().unwrap();
}

#[test]
fn without_a_program_the_card_is_mute() {
    let port = port();
    let mut card = port.card();
    assert!(!port.is_connected() && card.answer_to_reset().is_empty());
    assert_eq!(card.transmit(&[0, 0x84, 0, 0]), None);
}

#[test]
fn a_program_that_speaks_unasked_or_goes_is_no_card_any_more() {
    let port = port();
    let mut program = TcpStream::connect(port.address()).unwrap();
    connected(&port);
    program.write_all(&[0, 1]).unwrap();
    awaited(|| (!port.is_connected()).then_some(()));
    let program = TcpStream::connect(port.address()).unwrap();
    connected(&port);
    drop(program);
    awaited(|| (!port.is_connected()).then_some(()));
}

#[test]
fn only_the_loopback_interface_is_served() {
    let refused = Vpcd::listen("0.0.0.0:0".parse().unwrap()).unwrap_err();
    assert!(matches!(refused, VpcdError::NotLoopback(_)));
    let taken = port();
    assert!(matches!(Vpcd::listen(taken.address()), Err(VpcdError::Listen { .. })));
}

#[test]
fn the_card_is_in_the_slot_while_its_program_is_connected() {
    let options = Options { vpcd: "127.0.0.1:0".parse().unwrap(), ..Options::default() };
    let mut reader = GemPc::new(options, |_| None);
    reader.patch(&json!({"card": "vpcd"}), 0).unwrap();
    reader.handle_timeout(0);
    let state = reader.state();
    assert_eq!((&state["card"], &state["vpcd"]["connected"]), (&json!(null), &json!(false)));
    let address = reader.vpcd().unwrap().address();
    let program = TcpStream::connect(address).unwrap();
    connected(reader.vpcd().unwrap());
    reader.handle_timeout(50);
    assert_eq!(reader.state()["card"], json!(null), "looked at every 100 ms");
    reader.handle_timeout(100);
    assert_eq!(reader.poll_transmit(100), Some(vec![0x50, 0x03]));
    assert_eq!(reader.state()["card"], "vpcd");
    drop(program);
    awaited(|| (!reader.vpcd().unwrap().is_connected()).then_some(()));
    reader.handle_timeout(200);
    assert_eq!(reader.poll_transmit(200), Some(vec![0x50, 0x02]));
}

#[test]
fn a_port_that_is_taken_is_said_to_be() {
    let taken = port();
    let mut reader = GemPc::new(Options { vpcd: taken.address(), ..Options::default() }, |_| None);
    let refused = reader.patch(&json!({"card": "vpcd"}), 0).unwrap_err();
    assert!(matches!(refused, ControlError::Failed(words) if words.contains(&taken.address().to_string())));
    assert_eq!(reader.poll_timeout(), None);
}
