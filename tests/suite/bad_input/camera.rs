//! A camera without pictures, with broken ones, and one that is covered.

use std::path::Path;

use crate::stand::Stand;

#[test]
fn a_covered_lens_is_said_to_the_person_and_a_camera_without_pictures_ends_the_visit_politely() {
    let mut stand = Stand::open();
    let frames = stand.stage.folders().frames();

    // Covered: the person can uncover it and try again.
    stand.visit(0, "Camera");
    fill(&frames, &black());
    stand.go_on();
    stand.sees("Camera", "UncoverLens");
    stand.senim(&["check"]).finds("camera", &["black", "uncover the lens"]);
    assert!(stand.rows_of("FaceCaptured").is_empty(), "a black picture goes nowhere");
    stand.tap("cancel");
    stand.sees("End", "Cancelled");
    stand.go_on();

    for (left, words) in [
        (Some(b"\x89PNG\r\n\x1a\nnothing behind".as_slice()), ["no usable picture", "open the device"]),
        (None, ["it has no .png, .jpg or .jpeg file", "connect the configured device"]),
    ] {
        stand.visit(0, "Contract");
        match left {
            Some(bytes) => fill(&frames, bytes),
            None => empty(&frames),
        }
        stand.read();
        stand.go_on();
        stand.goes_through_forms_to("End");
        stand.sees("End", "CameraFailed");
        stand.go_on();
        stand.failed_row("camera", &words);
        stand.senim(&["check"]).finds("camera", &words);
    }
    assert!(stand.rows_of("PayoutRequested").is_empty());
    stand.closes();
}

fn empty(frames: &Path) {
    for entry in std::fs::read_dir(frames).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
}

/// Puts the picture in the place of every other, each whole at once: the camera may be looking.
fn fill(frames: &Path, bytes: &[u8]) {
    let new = frames.with_extension("new");
    for entry in std::fs::read_dir(frames).unwrap() {
        std::fs::write(&new, bytes).unwrap();
        std::fs::rename(&new, entry.unwrap().path()).unwrap();
    }
}

fn black() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 640, 480);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&vec![2; 640 * 480]).unwrap();
    bytes
}
