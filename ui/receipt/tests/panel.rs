//! The status panel's picture: its geometry, and that each state, cause and language says something else.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may stop them")]

use std::collections::BTreeSet;

use senim_domain::Language;
use senim_hal::receipt_printer::Raster;
use senim_hal::status_panel::Picture;
use senim_receipt::{PANEL_HEIGHT, PANEL_WIDTH, PanelContent, PanelState, png, status_panel};

const STATES: [PanelState; 3] = [PanelState::InService, PanelState::OutOfService, PanelState::OnBattery];

fn picture(state: PanelState, cause: Option<&str>, language: Language) -> Picture {
    let content =
        PanelContent { terminal: "almaty-001".to_owned(), state, cause: cause.map(str::to_owned), language };
    status_panel(&content).unwrap()
}

/// Set `PANEL_PNG_DIR` to look at the pictures.
fn keep(name: &str, picture: &Picture) {
    if let Some(folder) = std::env::var_os("PANEL_PNG_DIR") {
        let raster = Raster { width: picture.width, rows: picture.rows.clone() };
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        std::fs::write(path, png(&raster).unwrap()).unwrap();
    }
}

#[test]
fn every_state_cause_and_language_has_a_picture_of_its_own() {
    let mut seen = BTreeSet::new();
    let causes = [None, Some("dispenser"), Some("offline"), Some("rulePackExpired"), Some("E4711")];
    for language in Language::ALL {
        for state in STATES {
            for cause in causes {
                let picture = picture(state, cause, language);
                assert_eq!((picture.width, picture.height), (PANEL_WIDTH, PANEL_HEIGHT));
                assert_eq!(picture.rows.len(), 1_024);
                keep(&format!("{}-{state:?}-{}", language.code(), cause.unwrap_or("none")), &picture);
                assert!(seen.insert(picture.rows), "{state:?} {cause:?} {language:?} looks like another");
            }
        }
    }
}

#[test]
fn the_number_stands_above_a_rule_and_nothing_crosses_it() {
    for language in Language::ALL {
        let picture = picture(PanelState::OutOfService, Some("payoutBeingSettled"), language);
        let rows: Vec<&[u8]> = picture.rows.chunks(16).collect();
        let rule = rows.iter().position(|row| row.iter().all(|byte| *byte == 0xFF)).unwrap();
        assert!((12..20).contains(&rule), "{rule}");
        let inked = |row: &[u8]| row.iter().any(|byte| *byte != 0);
        assert!(rows[..rule].iter().any(|row| inked(row)));
        assert!(!inked(rows[rule + 1]), "a letter touches the rule");
    }
}

#[test]
fn a_long_number_is_set_smaller_and_cut_at_the_edge_at_worst() {
    let content = PanelContent {
        terminal: "astana-mangilik-el-0000000000001".to_owned(),
        state: PanelState::InService,
        cause: Some("an unknown cause that is far longer than the panel is wide and high".to_owned()),
        language: Language::En,
    };
    let picture = status_panel(&content).unwrap();
    keep("long", &picture);
    assert_eq!(picture.rows.len(), 1_024);
}
