//! Picture to bytes, and the emulated panel's glass.

use proptest::prelude::*;
use senim_emulators::ssd1306::{Fault, Glass, Ssd1306 as Panel};

use super::codec::pages;
use super::*;

#[test]
fn eight_rows_become_a_page_with_the_upper_dot_lowest() {
    // One byte a row: a diagonal from the upper left, and in the second page the two edges.
    let rows = [0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01, 0x81, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(pages(&rows, 8), [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 1, 0, 0, 0, 0, 0, 0, 1]);
}

#[test]
fn a_picture_is_one_setup_then_dots_then_light() {
    let transactions = driver(Config::default()).show(&corner(64)).unwrap();
    let setup = [
        0x00, 0xE3, 0xE3, 0xE3, 0xE3, 0xE3, 0xE3, 0xAE, 0xD5, 0x80, 0xA8, 0x3F, 0xD3, 0x00, 0x40, 0x8D, 0x14,
        0x20, 0x00, 0xA1, 0xC8, 0xDA, 0x12, 0x81, 0x7F, 0xD9, 0xF1, 0xDB, 0x20, 0x2E, 0xA4, 0xA6, 0x21, 0x00,
        0x7F, 0x22, 0x00, 0x07,
    ];
    assert_eq!(transactions[0], setup);
    assert_eq!(transactions.len(), 1 + 1_024 / 32 + 1);
    assert_eq!(transactions[1][..3], [0x40, 0x01, 0x00]);
    assert!(transactions[1..33].iter().all(|dots| dots.len() == 33 && dots[0] == 0x40));
    assert_eq!(transactions[33], [0x00, 0xAF]);
}

#[test]
fn the_glass_shows_the_picture_whatever_the_panel_held_before() {
    let mut panel = Panel::new(0x3C, Glass::Rows64);
    assert_eq!(panel.shown(), None);
    write(&mut panel, &driver(Config::default()), &corner(64)).unwrap();
    assert_eq!(panel.shown(), Some(corner(64).rows));
    // Inverted, scrolled away, shifted, vertical addressing, half a window.
    panel.write(0x3C, &[0x00, 0xA7, 0x2F, 0x4A, 0xD3, 9, 0x20, 1, 0x21, 5, 9, 0x22, 2, 3, 0xA5]).unwrap();
    assert_ne!(panel.shown(), Some(corner(64).rows));
    write(&mut panel, &driver(Config::default()), &corner(64)).unwrap();
    assert_eq!(panel.shown(), Some(corner(64).rows));
}

#[test]
fn a_panel_that_lost_its_supply_comes_back_with_the_next_picture() {
    let mut panel = Panel::new(0x3C, Glass::Rows64);
    let driver = driver(Config::default());
    write(&mut panel, &driver, &corner(64)).unwrap();
    panel.set_power(false);
    assert_eq!((panel.shown(), write(&mut panel, &driver, &corner(64)).is_err()), (None, true));
    panel.set_power(true);
    assert_eq!(panel.shown(), None);
    write(&mut panel, &driver, &corner(64)).unwrap();
    assert_eq!(panel.shown(), Some(corner(64).rows));
}

#[test]
fn a_panel_lost_half_way_is_dark_and_never_shows_half_a_picture() {
    let driver = driver(Config::default());
    for bytes in [0, 1, 20, 31, 32, 33, 500, 1_000, 1_094, 1_095] {
        let mut panel = Panel::new(0x3C, Glass::Rows64);
        write(&mut panel, &driver, &corner(64)).unwrap();
        panel.set_fault(Some(Fault::LostAfter(bytes)));
        assert!(write(&mut panel, &driver, &blank(64)).is_err());
        let whole = panel.shown().is_none_or(|rows| rows == corner(64).rows || rows == blank(64).rows);
        assert!(whole, "torn after {bytes} bytes");
        panel.set_fault(None);
        write(&mut panel, &driver, &blank(64)).unwrap();
        assert_eq!(panel.shown(), Some(blank(64).rows));
    }
}

#[test]
fn a_command_that_was_cut_off_does_not_spoil_the_next_picture() {
    for cut in [0x20, 0x81, 0xA8, 0x21, 0x22, 0xA3, 0x29, 0x26] {
        let mut panel = Panel::new(0x3C, Glass::Rows64);
        // Half as many rows, shifted, upside down: were these kept, it would be seen.
        panel.write(0x3C, &[0x00, 0xA8, 0x1F, 0xD3, 9, 0xA0, 0xC0, cut]).unwrap();
        write(&mut panel, &driver(Config::default()), &corner(64)).unwrap();
        assert_eq!(panel.shown(), Some(corner(64).rows), "after {cut:02X}h");
    }
}

#[test]
fn a_low_panel_a_second_address_and_an_own_supply_are_configured() {
    let config = Config {
        address: 0x3D,
        height: 32,
        external_supply: true,
        contrast: 9,
        bytes_at_once: 8,
        ..Config::default()
    };
    let mut panel = Panel::new(0x3D, Glass::Rows32);
    panel.set_external_supply(true);
    write(&mut panel, &driver(config), &corner(32)).unwrap();
    assert_eq!((panel.shown(), panel.contrast()), (Some(corner(32).rows), 9));
    assert!(
        write(&mut panel, &driver(Config::default()), &corner(64)).is_err(),
        "nobody at the other address"
    );
}

#[test]
fn pictures_of_another_size_and_odd_settings_are_refused() {
    let driver = driver(Config::default());
    assert_eq!(driver.show(&corner(32)).unwrap_err().kind, ErrorKind::UserError);
    let cut = Picture { rows: vec![0; 1_023], ..corner(64) };
    assert_eq!(driver.show(&cut).unwrap_err().kind, ErrorKind::UserError);
    for (config, key) in [
        (Config { address: 0x20, ..Config::default() }, "address"),
        (Config { height: 48, ..Config::default() }, "height"),
        (Config { bytes_at_once: 7, ..Config::default() }, "bytes_at_once"),
        (Config { bytes_at_once: 1_025, ..Config::default() }, "bytes_at_once"),
    ] {
        assert_eq!(Ssd1306::new(config).unwrap_err().key, key);
    }
}

proptest! {
    #[test]
    fn whatever_was_written_before_the_next_picture_stands_on_the_glass(
        before in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..8),
    ) {
        let mut panel = Panel::new(0x3C, Glass::Rows64);
        for bytes in before {
            panel.write(0x3C, &bytes).unwrap();
            let _whatever_it_is = panel.shown();
        }
        write(&mut panel, &driver(Config::default()), &corner(64)).unwrap();
        prop_assert_eq!(panel.shown(), Some(corner(64).rows));
    }

    #[test]
    fn any_picture_stands_on_the_glass_either_way_up(
        rows in proptest::collection::vec(any::<u8>(), 512..=512),
        tall in any::<bool>(),
        upside_down in any::<bool>(),
        bytes_at_once in 8_u16..=1_024,
    ) {
        let rows = if tall { rows.repeat(2) } else { rows };
        let height = if tall { 64 } else { 32 };
        let mut panel = Panel::new(0x3C, if tall { Glass::Rows64 } else { Glass::Rows32 });
        let driver = driver(Config { height, upside_down, bytes_at_once, ..Config::default() });
        write(&mut panel, &driver, &Picture { width: 128, height, rows: rows.clone() }).unwrap();
        let turned = rows.iter().rev().map(|byte| byte.reverse_bits()).collect();
        prop_assert_eq!(panel.shown(), Some(if upside_down { turned } else { rows }));
    }
}

fn driver(config: Config) -> Ssd1306 {
    Ssd1306::new(config).unwrap()
}

/// Dark but for the upper left dot and the lowest row's left half.
fn corner(height: u32) -> Picture {
    let mut picture = blank(height);
    picture.rows[0] = 0x80;
    let last = picture.rows.len() - 16;
    picture.rows[last..last + 8].fill(0xFF);
    picture
}

fn blank(height: u32) -> Picture {
    Picture { width: 128, height, rows: vec![0; usize::try_from(height).unwrap() * 16] }
}

fn write(
    panel: &mut Panel,
    driver: &Ssd1306,
    picture: &Picture,
) -> Result<(), impl std::error::Error + use<>> {
    driver.show(picture).unwrap().iter().try_for_each(|bytes| panel.write(driver.address(), bytes))
}
