//! Frames as devices send them, put together here for the scripts.

use crc::{CRC_16_KERMIT, Crc};

/// The exclusive or of all bytes.
pub fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// CRC-16/KERMIT, low byte first.
pub fn kermit(bytes: &[u8]) -> [u8; 2] {
    Crc::<u16>::new(&CRC_16_KERMIT).checksum(bytes).to_le_bytes()
}

/// A Puloon device frame; `id` tells the models apart.
pub fn puloon(id: u8, code: u8, data: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x01, id, 0x02, code];
    frame.extend_from_slice(data);
    frame.push(0x03);
    frame.push(xor(&frame));
    frame
}

/// A presenter's device frame.
pub fn presenter(kind: u8, number: [u8; 2], data: &[u8]) -> Vec<u8> {
    let data = &data[..data.len().min(61)];
    let mut frame = vec![0x02, u8::try_from(data.len() + 3).unwrap(), kind];
    frame.extend(number);
    frame.extend_from_slice(data);
    frame.extend(kermit(&frame[1..]));
    frame
}

/// A PN532's frame from the chip.
pub fn pn532(code: u8, data: &[u8]) -> Vec<u8> {
    let mut packet = vec![0xD5, code];
    packet.extend_from_slice(data);
    let mut frame = vec![0x00, 0x00, 0xFF];
    match u8::try_from(packet.len()) {
        Ok(length) => frame.extend([length, length.wrapping_neg()]),
        Err(_) => {
            let [high, low] = u16::try_from(packet.len()).unwrap().to_be_bytes();
            frame.extend([0xFF, 0xFF, high, low, high.wrapping_add(low).wrapping_neg()]);
        }
    }
    let sum = packet.iter().fold(0u8, |sum, byte| sum.wrapping_sub(*byte));
    frame.extend(packet);
    frame.extend([sum, 0x00]);
    frame
}

/// A CCID message in a serial frame.
pub fn ccid(kind: u8, seq: u8, specific: [u8; 3], data: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x03, 0x06, kind];
    frame.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    frame.extend([0, seq]);
    frame.extend(specific);
    frame.extend_from_slice(data);
    frame.push(xor(&frame));
    frame
}

/// An NMEA sentence with its checksum.
pub fn nmea(body: &[u8]) -> Vec<u8> {
    let mut sentence = vec![b'$'];
    sentence.extend_from_slice(body);
    sentence.extend(format!("*{:02X}\r\n", xor(body)).into_bytes());
    sentence
}
