//! The printer's machine in virtual time.

use senim_emulators::escpos::{EscPos, Fault, Options};
use senim_emulators::faults::FaultSpec;
use senim_emulators::machine::Machine;

const PAPER_STATUS: &[u8] = &[0x1D, 0x72, 1];
const FENCE: &[u8] = &[0x1D, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30, b'a', b'b', b'c', b'd'];
const FENCE_REPLY: &[u8] = &[0x37, 0x22, b'a', b'b', b'c', b'd', 0x00];
const CUT: &[u8] = &[0x1D, 0x56, 0x00];

#[test]
fn a_receipt_in_bands_becomes_one_png_from_cut_to_cut() {
    let mut printer = printer(8);
    let mut bytes = vec![0x1B, 0x40];
    bytes.extend(raster(1, &[0b1000_0001, 0xFF]));
    bytes.extend(raster(1, &[0x0F]));
    bytes.extend([0x1B, 0x4A, 2]);
    bytes.extend(CUT);
    // Byte by byte: nothing may hang on how the stream is cut.
    for byte in bytes {
        printer.handle_input(&[byte], 0);
    }
    settle(&mut printer, 0);
    let artifact = printer.poll_artifact().expect("a receipt");
    assert_eq!(artifact.name, "receipt-0001.png");
    assert_eq!(dots(&artifact.bytes), ["#......#", "########", "....####", "........", "........"]);
    assert_eq!(printer.poll_artifact(), None);
    printer.handle_input(CUT, 1_000);
    assert_eq!(printer.receipts(), 1, "a cut without paper out gives no receipt");
}

#[test]
fn scaled_rows_are_doubled_and_wide_ones_cut_off() {
    let mut printer = printer(16);
    let mut bytes = vec![0x1D, 0x76, 0x30, 3, 1, 0, 1, 0, 0b1010_0001];
    bytes.extend(raster(3, &[0xF0, 0x00, 0xFF]));
    bytes.extend([0x1D, 0x56, 66, 1]);
    printer.handle_input(&bytes, 0);
    settle(&mut printer, 0);
    let artifact = printer.poll_artifact().unwrap();
    let wide = "##..##........##";
    assert_eq!(dots(&artifact.bytes), [wide, wide, "####............", "................"]);
}

#[test]
fn real_time_status_tells_ready_and_paper_out() {
    let mut printer = printer(8);
    assert_eq!(real_time(&mut printer), [0x12, 0x12, 0x12, 0x12]);
    printer.set_fault(Fault::PaperOut, FaultSpec::default(), 0);
    assert_eq!(real_time(&mut printer), [0x1a, 0x32, 0x12, 0x7e]);
    printer.clear_fault(Fault::PaperOut, 0);
    printer.set_fault(Fault::NearEnd, FaultSpec::default(), 0);
    assert_eq!(real_time(&mut printer), [0x12, 0x12, 0x12, 0x1e]);
    assert_eq!(ask(&mut printer, PAPER_STATUS), [0x03]);
    printer.set_fault(Fault::CoverOpen, FaultSpec::default(), 0);
    assert_eq!(real_time(&mut printer), [0x1a, 0x16, 0x12, 0x1e]);
}

#[test]
fn buffered_status_waits_while_off_line() {
    let mut printer = printer(8);
    printer.set_fault(Fault::PaperOut, FaultSpec::default(), 0);
    assert!(ask(&mut printer, PAPER_STATUS).is_empty());
    printer.clear_fault(Fault::PaperOut, 5);
    assert_eq!(settle(&mut printer, 5), [0x00]);
}

#[test]
fn a_fence_is_answered_only_when_everything_before_it_is_printed() {
    let mut printer = EscPos::new(Options { row_us: 1_000, width_dots: 8, ..Options::default() });
    let mut bytes = raster(1, &[1; 50]);
    bytes.extend(FENCE);
    printer.handle_input(&bytes, 0);
    printer.handle_timeout(49);
    assert_eq!(printer.poll_transmit(49), None);
    assert_eq!(printer.poll_timeout(), Some(50));
    assert_eq!(printer.poll_transmit(50).as_deref(), Some(FENCE_REPLY));
}

#[test]
fn paper_that_ends_in_mid_print_holds_the_rest_until_there_is_new_paper() {
    let mut printer = printer(8);
    printer.set_fault(Fault::PaperOutMidPrint, FaultSpec { after_rows: Some(3), ..FaultSpec::default() }, 0);
    let mut bytes = raster(1, &[0xFF; 5]);
    bytes.extend(CUT);
    bytes.extend(FENCE);
    assert!(ask(&mut printer, &bytes).is_empty());
    assert_eq!(printer.rows_since_cut(), 3);
    assert_eq!(real_time(&mut printer), [0x1a, 0x32, 0x12, 0x7e]);
    printer.clear_fault(Fault::PaperOut, 10_000);
    assert_eq!(settle(&mut printer, 10_000), FENCE_REPLY);
    assert_eq!(dots(&printer.poll_artifact().unwrap().bytes).len(), 5);
}

#[test]
fn a_host_may_give_up_what_waits_for_paper() {
    let mut printer = printer(8);
    printer.set_fault(Fault::PaperOut, FaultSpec::default(), 0);
    let mut bytes = raster(1, &[0xFF; 5]);
    bytes.extend(CUT);
    printer.handle_input(&bytes, 0);
    printer.handle_input(&[0x10, 0x05, 2], 0);
    printer.clear_fault(Fault::PaperOut, 0);
    settle(&mut printer, 0);
    assert_eq!(printer.receipts(), 0);
    assert_eq!(printer.rows_since_cut(), 0);
}

#[test]
fn a_silent_or_unpowered_printer_answers_nothing() {
    let mut printer = printer(8);
    printer.set_fault(Fault::Silent, FaultSpec::default(), 0);
    assert!(real_time(&mut printer).is_empty());
    printer.clear_fault(Fault::Silent, 0);
    printer.set_power(false, 0);
    assert!(real_time(&mut printer).is_empty());
    printer.set_power(true, 0);
    assert_eq!(real_time(&mut printer), [0x12; 4]);
}

#[test]
fn automatic_status_reports_changes() {
    let mut printer = printer(8);
    assert_eq!(ask(&mut printer, &[0x1D, 0x61, 0xFF]), [0x10, 0, 0, 0]);
    printer.set_fault(Fault::CoverOpen, FaultSpec::default(), 0);
    assert_eq!(settle(&mut printer, 0), [0x38, 0, 0, 0]);
}

#[test]
fn identity_is_told_in_text() {
    let mut printer = printer(8);
    assert_eq!(ask(&mut printer, &[0x1D, 0x49, 66]), b"_SENIM\0");
    assert_eq!(ask(&mut printer, &[0x1D, 0x49, 1]), [0x20]);
}

#[test]
fn commands_without_effect_are_passed_over_whole() {
    let mut printer = printer(8);
    let mut bytes =
        vec![0x1B, 0x61, 0x10, 0x1B, 0x45, 0x1D, 0x1D, 0x21, 0x1B, 0x1B, 0x2A, 33, 1, 0, 0x10, 0x04, 0x01];
    bytes.extend([0x1D, 0x28, 0x6B, 3, 0, 0x10, 0x04, 0x01, 0x1D, 0x6B, 4, b'A', b'1', 0]);
    bytes.extend([0x1D, 0x6B, 73, 3, 0x10, 0x04, 0x01, 0x1B, 0x70, 0, 25, 250, 0x1D, 0x4C, 0x10, 0x04]);
    bytes.extend(raster(3, &[0x10, 0x04, 0x01]));
    bytes.extend(FENCE);
    assert_eq!(ask(&mut printer, &bytes), FENCE_REPLY, "no status request was seen inside data");
}

fn printer(width_dots: u16) -> EscPos {
    EscPos::new(Options { width_dots, ..Options::default() })
}

fn raster(bytes_per_row: u8, data: &[u8]) -> Vec<u8> {
    let rows = u8::try_from(data.len()).unwrap() / bytes_per_row;
    let mut bytes = vec![0x1D, 0x76, 0x30, 0, bytes_per_row, 0, rows, 0];
    bytes.extend_from_slice(data);
    bytes
}

fn ask(printer: &mut EscPos, bytes: &[u8]) -> Vec<u8> {
    printer.handle_input(bytes, 0);
    settle(printer, 0)
}

fn real_time(printer: &mut EscPos) -> Vec<u8> {
    (1..=4).flat_map(|n| ask(printer, &[0x10, 0x04, n])).collect()
}

/// Lets the printer work until it has nothing to do and returns what it said.
fn settle(printer: &mut EscPos, mut now_ms: u64) -> Vec<u8> {
    let mut said = Vec::new();
    loop {
        said.extend(std::iter::from_fn(|| printer.poll_transmit(now_ms)).flatten());
        match printer.poll_timeout() {
            Some(at_ms) => now_ms = at_ms.max(now_ms),
            None => return said,
        }
    }
}

/// The rows of a PNG as `#` and `.`.
pub fn dots(png: &[u8]) -> Vec<String> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Grayscale, png::BitDepth::One));
    data.chunks(info.line_size)
        .map(|row| {
            let bits = row.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
            bits.map(|bit| if bit == 0 { '#' } else { '.' }).collect()
        })
        .collect()
}
