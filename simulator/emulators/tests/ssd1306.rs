//! The status panel's glass, from the chip's command table.

use senim_emulators::ssd1306::{Fault, Glass, NoAcknowledge, Ssd1306};

const ADDRESS: u8 = 0x3C;
/// Pump on, module the usual way round, display on.
const AWAKE: [u8; 6] = [0x00, 0x8D, 0x14, 0xA1, 0xC8, 0xAF];

#[test]
fn power_comes_up_dark_with_noise_in_memory() {
    let mut panel = Ssd1306::new(ADDRESS, Glass::Rows64);
    assert_eq!(panel.shown(), None);
    panel.write(ADDRESS, &[0x00, 0xAF]).unwrap();
    assert_eq!(panel.shown(), None, "without the pump there is no light");
    panel.write(ADDRESS, &AWAKE).unwrap();
    assert!(panel.shown().unwrap().iter().any(|byte| *byte != 0));
}

#[test]
fn page_addressing_writes_where_it_is_told_and_wraps_in_the_page() {
    let mut panel = cleared();
    // Page 2, column 7Fh; the second byte wraps to column 0 of the same page.
    panel.write(ADDRESS, &[0x00, 0x20, 0x02, 0xB2, 0x0F, 0x17]).unwrap();
    panel.write(ADDRESS, &[0x40, 0x01, 0x80]).unwrap();
    assert_eq!(lit(&panel), [(0, 23), (127, 16)]);
}

#[test]
fn horizontal_and_vertical_addressing_fill_the_window_and_start_again() {
    let mut panel = cleared();
    panel.write(ADDRESS, &[0x00, 0x20, 0x00, 0x21, 10, 11, 0x22, 1, 2]).unwrap();
    panel.write(ADDRESS, &[0x40, 0, 0, 1, 0, 2]).unwrap();
    assert_eq!(lit(&panel), [(10, 9), (10, 16)]);
    let mut panel = cleared();
    panel.write(ADDRESS, &[0x00, 0x20, 0x01, 0x21, 10, 11, 0x22, 1, 2]).unwrap();
    panel.write(ADDRESS, &[0x40, 0, 0, 1, 0, 2]).unwrap();
    assert_eq!(lit(&panel), [(10, 9), (11, 8)]);
}

#[test]
fn a_control_byte_may_stand_before_each_byte() {
    let mut panel = cleared();
    panel.write(ADDRESS, &[0x80, 0xB0, 0x80, 0x00, 0x80, 0x10, 0xC0, 0x01, 0x40, 0x01]).unwrap();
    assert_eq!(lit(&panel), [(0, 0), (1, 0)]);
}

#[test]
fn a_command_may_be_cut_between_transactions() {
    let mut panel = cleared();
    panel.write(ADDRESS, &[0x00, 0x81]).unwrap();
    panel.write(ADDRESS, &[0x00, 0x33]).unwrap();
    assert_eq!(panel.contrast(), 0x33);
}

#[test]
fn scrolling_commands_swallow_their_parameters() {
    let mut panel = cleared();
    // Were a parameter taken for a command, AFh/A5h/A7h would be seen.
    panel.write(ADDRESS, &[0x00, 0x26, 0, 0xA5, 7, 0xA7, 0, 0xFF, 0x2F]).unwrap();
    panel.write(ADDRESS, &[0x00, 0x29, 0, 0xA5, 7, 0xA7, 1, 0xA3, 0xA5, 0xA7, 0x2E, 0xE3]).unwrap();
    assert_eq!(lit(&panel), []);
}

#[test]
fn mirrored_inverted_shifted_and_fully_lit_glass_is_seen() {
    let mut panel = cleared();
    panel.write(ADDRESS, &[0x00, 0x20, 0x02, 0xB0, 0x00, 0x10]).unwrap();
    panel.write(ADDRESS, &[0x40, 0x01]).unwrap();
    for (commands, dots) in [
        (&[0x00, 0xA0][..], [(127, 0)]),
        (&[0x00, 0xC0], [(127, 63)]),
        (&[0x00, 0xA1, 0xC8, 0x41], [(0, 63)]),
        (&[0x00, 0x40, 0xD3, 2], [(0, 62)]),
    ] {
        panel.write(ADDRESS, commands).unwrap();
        assert_eq!(lit(&panel), dots);
    }
    panel.write(ADDRESS, &[0x00, 0xA7]).unwrap();
    assert_eq!(lit(&panel).len(), 128 * 64 - 1);
    panel.write(ADDRESS, &[0x00, 0xA6, 0xA5]).unwrap();
    assert_eq!(lit(&panel).len(), 128 * 64);
}

#[test]
fn rows_wired_otherwise_than_the_host_says_come_out_of_order() {
    let mut panel = cleared();
    panel.write(ADDRESS, &[0x00, 0x20, 0x02, 0xB0, 0x00, 0x10]).unwrap();
    panel.write(ADDRESS, &[0x40, 0x03]).unwrap();
    assert_eq!(lit(&panel), [(0, 0), (0, 1)]);
    panel.write(ADDRESS, &[0x00, 0xDA, 0x02]).unwrap();
    assert_eq!(lit(&panel), [(0, 0), (0, 2)]);
}

#[test]
fn another_address_no_power_and_faults_are_not_acknowledged() {
    let mut panel = cleared();
    assert_eq!(panel.write(0x3D, &AWAKE), Err(NoAcknowledge));
    panel.set_fault(Some(Fault::NoAcknowledge));
    assert_eq!(panel.write(ADDRESS, &AWAKE), Err(NoAcknowledge));
    panel.set_fault(Some(Fault::LostAfter(2)));
    assert_eq!(panel.write(ADDRESS, &[0x00, 0xA5, 0xA4]), Err(NoAcknowledge));
    assert_eq!(lit(&panel).len(), 128 * 64, "the second byte had its effect, the third had not");
    panel.set_fault(None);
    panel.set_power(false);
    assert_eq!(panel.write(ADDRESS, &AWAKE), Err(NoAcknowledge));
    panel.set_power(true);
    assert_eq!(panel.shown(), None);
}

/// A panel that is awake with nothing lit.
fn cleared() -> Ssd1306 {
    let mut panel = Ssd1306::new(ADDRESS, Glass::Rows64);
    panel.write(ADDRESS, &AWAKE).unwrap();
    panel.write(ADDRESS, &[0x00, 0x20, 0x00, 0x21, 0, 127, 0x22, 0, 7]).unwrap();
    panel.write(ADDRESS, &[&[0x40][..], &[0; 1_024]].concat()).unwrap();
    panel.write(ADDRESS, &[0x00, 0x20, 0x02]).unwrap();
    assert_eq!(lit(&panel), []);
    panel
}

/// Lit dots `(column, row)` from the top left, row by row within columns.
fn lit(panel: &Ssd1306) -> Vec<(usize, usize)> {
    let rows = panel.shown().unwrap();
    let dot = |column: usize, row: usize| rows[row * 16 + column / 8] >> (7 - column % 8) & 1 == 1;
    let all = (0..128).flat_map(|column| (0..64).map(move |row| (column, row)));
    all.filter(|(column, row)| dot(*column, *row)).collect()
}
