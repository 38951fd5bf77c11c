//! The PIV application: a script of operations and answers.

use senim_cards::exchange::Limits;
use senim_cards::piv::{Config, Event, Key, Operation, Piv, Reserve};
use senim_domain::{Secret, SecretBytes};

use super::{byte, item};

/// The PIN of the emulated card, so that its recorded answers fit.
pub const PIN: &str = "123456";
/// What is signed.
pub const MESSAGE: &[u8] = b"fuzz";

/// The operation of a byte.
pub fn operation(which: u8) -> Operation {
    let key = if which & 0x10 == 0 { Key::Authentication } else { Key::Signature };
    match which & 0x0F {
        0 | 1 => Operation::Select,
        2 | 3 => Operation::ReadCertificate(key),
        4 | 5 => Operation::AskTries,
        6..=9 => Operation::VerifyPin {
            pin: Secret::new(PIN.to_owned()),
            reserve: if which & 0x10 == 0 { Reserve::Keep } else { Reserve::Use },
        },
        _ => Operation::Sign { key, message: SecretBytes::new(MESSAGE.to_vec()) },
    }
}

/// Each operation begun ends with one event; its PIN goes to the card once.
///
/// Ops: 0 an operation (which); 1 an answer (item); 2 the card is taken away. The first byte chooses the reader.
pub fn piv(bytes: &[u8]) {
    let mut rest = bytes;
    let Some(choice) = byte(&mut rest) else { return };
    let limits = match choice & 3 {
        0 => Limits::SHORT,
        1 => Limits { max_command: 60, max_response: 20, extended: false },
        _ => Limits { max_command: 2_000, max_response: 2_000, extended: true },
    };
    let mut piv = Piv::new(Config { tries_kept: choice >> 4, ..Config::default() }, limits);
    let (mut open, mut pins, mut verifying) = (false, 0, false);
    while let Some(op) = byte(&mut rest) {
        match op % 3 {
            0 => {
                let Some(which) = byte(&mut rest) else { return };
                let operation = operation(which);
                verifying = matches!(operation, Operation::VerifyPin { .. }) || open && verifying;
                match piv.begin(operation) {
                    Ok(()) => {
                        assert!(!open, "a second operation was begun");
                        (open, pins) = (true, 0);
                    }
                    Err(_) => verifying &= open,
                }
            }
            1 => {
                let Some(answer) = item(&mut rest) else { return };
                piv.handle_response(answer);
            }
            _ => piv.handle_removed(),
        }
        assert!(piv.poll_command().is_none_or(|apdu| {
            pins += usize::from(apdu.expose().windows(PIN.len()).any(|window| window == PIN.as_bytes()));
            open && (pins == 0 || pins == 1 && verifying)
        }));
        while let Some(event) = piv.poll_event() {
            assert!(open, "{event:?} ends nothing");
            if let Event::PinWrong { left } = event {
                assert!((1..=15).contains(&left));
            }
            open = false;
        }
        assert_eq!(piv.is_busy(), open);
    }
}
