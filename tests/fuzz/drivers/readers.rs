//! Card readers, with a card behind them whose every answer is a stranger's: ATS, ATR, blocks of T=1 and words of T=0 are
//! reached through a reader that speaks its own protocol well, or badly.
//!
//! `MediaInserted` and `MediaRemoved` alternate; an APDU that carries a PIN goes to the card once.

use senim_domain::{Mono, SecretBytes};
use senim_drivers::{GemPc, Pn532, gempc, pn532};
use senim_hal::card_reader::{CardReader, ChipPower, Command, Event};
use senim_hal::{Error, LineDriver};

use super::frames;
use super::{Heard, Subject, play};

/// VERIFY with a PIN that stands nowhere else.
const VERIFY: [u8; 13] = [0x00, 0x20, 0x00, 0x80, 0x08, b'9', b'1', b'8', b'2', b'7', b'3', 0xFF, 0xFF];
const PIN: &[u8] = b"918273";

struct Reader<D> {
    driver: D,
    command: Command,
    /// Whether a card is there by its comings and goings; nothing when none was told.
    present: Option<bool>,
    /// The first finding on a line is told by the command that made it, and a lost line takes the card along unsaid.
    /// Otherwise each coming and going has its event.
    quiet: bool,
    /// Frames with the PIN of the command under way.
    pins: usize,
    /// Whether a frame that carries the PIN may go out again: a repeated block of T=1 is known to the card by its number.
    repeats: fn(&[u8]) -> bool,
    framed: fn(&[u8], &[u8]) -> Vec<u8>,
    sensible: fn(&[u8], u8) -> Vec<u8>,
}

impl<D> Reader<D> {
    fn new(
        driver: D,
        quiet: bool,
        repeats: fn(&[u8]) -> bool,
        framed: fn(&[u8], &[u8]) -> Vec<u8>,
        sensible: fn(&[u8], u8) -> Vec<u8>,
    ) -> Self {
        let present = (!quiet).then_some(false);
        Self { driver, command: Command::Status, present, quiet, pins: 0, repeats, framed, sensible }
    }
}

fn command(which: u8) -> Command {
    let apdu = |bytes: &[u8]| Command::ChipIo(SecretBytes::new(bytes.to_vec()));
    match which & 0x0F {
        0 | 1 => Command::Status,
        2..=4 => Command::ChipPower(ChipPower::Cold),
        5 => Command::ChipPower(ChipPower::Warm),
        6 => Command::ChipPower(ChipPower::Off),
        7 | 8 => apdu(&VERIFY),
        9 | 10 => apdu(&[0x00, 0xB0, 0x00, 0x00, 0x00]),
        11 => apdu(&[0x00, 0xA4, 0x00, 0x00]),
        12 => apdu(&[&[0x10, 0xDB, 0x3F, 0xFF, 0xFF][..], &[0xA5; 255], &[0x00]].concat()),
        13 => apdu(&[&[0x00, 0xDB, 0x3F, 0xFF, 0x00, 0x02, 0x00], &[0x5A; 512][..]].concat()),
        14 => apdu(&[]),
        _ => apdu(&[0x00, 0xA4, 0x04, 0x00, which >> 4]),
    }
}

impl<D: CardReader + std::fmt::Debug> Subject for Reader<D> {
    fn line(&mut self) -> &mut dyn LineDriver {
        &mut self.driver
    }

    fn begin(&mut self, which: u8, now: Mono) -> Result<(), Error> {
        let command = command(which);
        self.driver.begin(command.clone(), now)?;
        (self.command, self.pins) = (command, 0);
        Ok(())
    }

    fn hear(&mut self, pending: bool) -> Option<Heard> {
        let event = self.driver.poll_event()?;
        let fits = match &event {
            Event::Line { open } => {
                self.present = self.present.filter(|_| !self.quiet);
                return Some(Heard::Line(*open));
            }
            Event::MediaInserted => {
                assert_ne!(self.present.replace(true), Some(true), "a card came twice");
                return Some(Heard::Other);
            }
            Event::MediaRemoved => {
                assert_ne!(self.present.replace(false), Some(false), "a card left that was not there");
                if !pending || self.command == Command::Status {
                    return Some(Heard::Other);
                }
                true
            }
            Event::Status { .. } => self.command == Command::Status,
            Event::ChipPowered { .. } => {
                matches!(self.command, Command::ChipPower(ChipPower::Cold | ChipPower::Warm))
            }
            Event::ChipReleased => self.command == Command::ChipPower(ChipPower::Off),
            Event::ChipIo(response) => {
                let length = response.expose().len();
                assert!((2..=self.driver.capabilities().max_response).contains(&length), "{length} bytes");
                matches!(self.command, Command::ChipIo(_) | Command::EnterPin(_))
            }
            Event::PinNotTyped(_) => matches!(self.command, Command::EnterPin(_)),
            Event::Failed(_) => true,
        };
        assert!(fits, "{:?} ends with {event:?}", self.command);
        Some(Heard::End)
    }

    fn sent(&mut self, bytes: &[u8], pending: bool) {
        if bytes.windows(PIN.len()).any(|window| window == PIN) {
            assert!(pending && matches!(self.command, Command::ChipIo(_)), "a PIN goes out and nobody asked");
            self.pins += 1;
            assert!(self.pins == 1 || (self.repeats)(bytes), "a PIN goes out twice");
        }
    }

    fn framed(&self, last: &[u8], payload: &[u8]) -> Vec<u8> {
        (self.framed)(last, payload)
    }

    fn sensible(&self, last: &[u8], which: u8) -> Vec<u8> {
        (self.sensible)(last, which)
    }

    fn shown(&self) -> usize {
        format!("{:?}", self.driver).len()
    }
}

/// PN532.
pub fn pn532(bytes: &[u8]) {
    let Some((choice, script)) = bytes.split_first() else { return };
    let idle_check =
        if choice & 1 == 0 { pn532::IdleCheck::AttentionRequest } else { pn532::IdleCheck::OnExchange };
    let driver = Pn532::new(pn532::Config { idle_check, ..pn532::Config::default() }).unwrap();
    play(Reader::new(driver, false, |_| false, chip_framed, chip_sensible), script);
}

/// The code that answers the last host frame; a wake-up may stand before it.
fn chip_code(last: &[u8]) -> u8 {
    let at = last.windows(2).rposition(|pair| pair == [0xD4, 0x40]);
    let at = at.or_else(|| last.iter().position(|byte| *byte == 0xD4));
    at.and_then(|at| last.get(at + 1)).map_or(0x03, |code| code.wrapping_add(1))
}

fn chip_framed(last: &[u8], payload: &[u8]) -> Vec<u8> {
    match payload {
        [choice, data @ ..] => {
            let ack: &[u8] = if choice & 1 == 0 { &[0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00] } else { &[] };
            [ack, &frames::pn532(chip_code(last), data)].concat()
        }
        [] => vec![0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00],
    }
}

fn chip_sensible(last: &[u8], which: u8) -> Vec<u8> {
    const ACK: [u8; 6] = [0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00];
    let code = chip_code(last);
    let card =
        [0x01, 0x01, 0x00, 0x44, 0x20, 0x04, 0x01, 0x02, 0x03, 0x04, 0x06, 0x75, 0x77, 0x81, 0x02, 0x80];
    let data: &[u8] = match (code, which & 0x70) {
        (0x03, _) => &[0x32, 0x01, 0x06, 0x07],
        (0x4B, 0x10) => &[0x00],
        (0x4B, _) => &card,
        (0x41, 0x10) => &[0x01],
        (0x41, 0x20) => &[0x40, 0x11, 0x22],
        (0x41, 0x30) => &[0x00, 0x61, 0x10],
        (0x41, 0x40) => &[0x00, 0x6C, 0x04],
        (0x41, _) => &[0x00, 0x90, 0x00],
        (0x01, 0x10) => &[0x01],
        (0x01, _) => &[0x00],
        (0x45 | 0x53 | 0x55, 0x10) => &[0x27],
        (0x45 | 0x53 | 0x55, _) => &[0x00],
        _ => &[],
    };
    let reply = frames::pn532(code, data);
    match which & 0x07 {
        0 => ACK.to_vec(),
        1 => reply,
        2 => vec![0x00, 0x00, 0xFF, 0x01, 0xFF, 0x7F, 0x81, 0x00],
        3 => [&ACK, &reply[..reply.len() - 2], &[0x99, 0x00]].concat(),
        _ => [&ACK, reply.as_slice()].concat(),
    }
}

/// GemPC Twin. The first byte chooses echo, notification, protocol and speed.
pub fn gempc(bytes: &[u8]) {
    let Some((choice, script)) = bytes.split_first() else { return };
    let config = gempc::Config {
        echo: choice & 1 == 0,
        notification: if choice & 2 == 0 {
            gempc::Notification::Synchronous
        } else {
            gempc::Notification::Asynchronous
        },
        protocol: [gempc::Preference::T1, gempc::Preference::T0, gempc::Preference::First]
            [usize::from(choice >> 2 & 3) % 3],
        speed: choice & 0x10 == 0,
        extended: choice & 0x20 == 0,
        ..gempc::Config::default()
    };
    // A block is recognised by its NAD, and its length behind the PCB; a TPDU begins with the command's own header.
    let is_block = |frame: &[u8]| frame.get(12) != Some(&VERIFY[0]) || frame.get(13) != Some(&VERIFY[1]);
    play(Reader::new(GemPc::new(config).unwrap(), true, is_block, slot_framed, slot_sensible), script);
}

fn answer_kind(last: &[u8]) -> u8 {
    match last.get(2) {
        Some(0x62 | 0x6F) => 0x80,
        Some(0x61) => 0x82,
        Some(0x6B) => 0x83,
        _ => 0x81,
    }
}

fn seq(last: &[u8]) -> u8 {
    last.get(8).copied().unwrap_or(0)
}

/// The first byte is status with four bits of ours in it: 04 the data get a check byte from the second on (ATR), 08 the
/// echo goes before, 10 they get one over all (a block), 20 the next byte is an error.
fn slot_framed(last: &[u8], payload: &[u8]) -> Vec<u8> {
    let Some((choice, rest)) = payload.split_first() else { return last.to_vec() };
    let (error, data) = match rest {
        [error, data @ ..] if choice & 0x20 != 0 => (*error, data),
        _ => (0, rest),
    };
    let mut data = data.to_vec();
    if choice & 0x04 != 0 {
        data.push(frames::xor(data.get(1..).unwrap_or_default()));
    } else if choice & 0x10 != 0 {
        data.push(frames::xor(&data));
    }
    let frame = frames::ccid(answer_kind(last), seq(last), [choice & 0xC3, error, 0], &data);
    if choice & 0x08 == 0 { frame } else { [last, &frame].concat() }
}

fn slot_sensible(last: &[u8], which: u8) -> Vec<u8> {
    const T1: [u8; 9] = [0x3B, 0xF0, 0x11, 0x00, 0xFF, 0x01, 0x31, 0xFE, 0x2F];
    const T0: [u8; 4] = [0x3B, 0x02, 0x14, 0x50];
    // What the card was sent: a block's PCB, or an instruction.
    let (sent, pcb) = (last.get(12..last.len().saturating_sub(1)).unwrap_or_default(), last.get(13).copied());
    let block = |pcb: u8, inf: &[u8]| {
        let mut block = vec![0x00, pcb, u8::try_from(inf.len()).unwrap()];
        block.extend_from_slice(inf);
        block.push(frames::xor(&block));
        block
    };
    let data: Vec<u8> = match (last.get(2), which & 0x70) {
        (Some(0x62), 0x10) => T0.to_vec(),
        (Some(0x62), _) => {
            let mut atr = T1[..8].to_vec();
            atr.push(frames::xor(&atr[1..]));
            atr
        }
        (Some(0x6F), _) if sent.first() == Some(&0xFF) => sent.to_vec(),
        (Some(0x6F), 0x00) => match pcb {
            Some(0xC1) => block(0xE1, sent.get(3..4).unwrap_or(&[0xFE])),
            Some(0xC0) => block(0xE0, &[]),
            Some(pcb) => block(pcb & 0x40, &[0x90, 0x00]),
            None => Vec::new(),
        },
        (Some(0x6F), 0x10) => block(0x20 | pcb.unwrap_or(0) & 0x40, &[0x11, 0x22]),
        (Some(0x6F), 0x20) => block(0x90 ^ (pcb.unwrap_or(0) & 0x40) >> 2, &[]),
        (Some(0x6F), 0x30) => block(0xC3, &[0x02]),
        (Some(0x6F), 0x40) => vec![0x90, 0x00],
        (Some(0x6F), 0x50) => vec![0x61, 0x04],
        (Some(0x6F), 0x60) => vec![0x6C, 0x02],
        (Some(0x6F), _) => block(0x80, &[]),
        (Some(0x61), _) => vec![0x13, 0x10, 0x00, 0x4D, 0x00, 0x20, 0x00],
        (Some(0x6B), _) => b"GemTwin-V2.00-GB02".to_vec(),
        _ => Vec::new(),
    };
    let status = match (last.get(2), which & 0x07) {
        (_, 6) => 0x42,
        (_, 7) => 0x02,
        (Some(0x65 | 0x63), _) => 0x01,
        _ => 0x00,
    };
    let answer = frames::ccid(
        answer_kind(last),
        seq(last),
        [status, if status & 0x40 == 0 { 0 } else { 0xFE }, 0],
        &data,
    );
    match which & 0x0F {
        0 => last.to_vec(),
        1 => answer,
        2 => vec![0x50, 0x03],
        3 => vec![0x50, 0x02],
        4 => vec![0x03, 0x15, 0x16],
        8 => [last, &[0x80]].concat(),
        _ => [last, &answer].concat(),
    }
}
