//! After a visit nothing of the person is left: not in the data directory, not in the log, not in the memory of the
//! firmware that still runs.

mod search;

use std::time::Duration;

use search::{Needle, files, forms, found, memory, raw, short_number};
use senim_journeys::people::BORROWER;
use senim_simulator::cash::Cassettes;
use senim_simulator::clients::Somebody;
use senim_simulator::config::ConfigPatch;
use senim_simulator::player::stand_before_camera;
use senim_simulator::stage::{Stage, StageOptions};
use senim_simulator::wait::{Look, until};

/// How long the camera's picture may take to be on the screen.
const PREVIEW: Duration = Duration::from_secs(20);

#[test]
fn after_a_loan_nothing_of_the_borrower_is_left_in_files_log_or_memory() {
    let place = tempfile::tempdir().unwrap();
    let mut stage = Stage::new(&place.path().join("stage"), StageOptions::default()).unwrap();
    stage.start_world().unwrap();
    let person = stage.world().unwrap().person(BORROWER.iin).unwrap();
    stand_before_camera(&stage.world().unwrap(), &person.iin, &stage.folders().frames()).unwrap();
    stage.start_gateway().unwrap().start_devices().unwrap().start_firmware(&ConfigPatch::none()).unwrap();
    stage.load_cash(&Cassettes::of_journeys()).unwrap();
    let mut player = stage.player("kk").unwrap();

    player.begin().unwrap();
    player.type_digits(&person.iin).unwrap();
    assert!(
        in_memory(&mut stage, &forms("IIN", &person.iin)) > 0,
        "the search must find what is being typed"
    );
    player.tap("primary").unwrap();
    player.expect_screen("EnterCode").unwrap();
    let code = player.read_code(&person.phone).unwrap();
    player.type_digits(&code).unwrap();
    player.go_on_to("Amount").unwrap();
    assert!(
        in_memory(&mut stage, &forms("given name", &person.given_name)) > 0,
        "the search must find whom the screen greets"
    );
    player.choose_amount(60_000).unwrap();
    player.tap("term-3").unwrap();
    player.go_through_forms_to("Schedules").unwrap();
    player.tap("choose-0").unwrap();
    player.go_through_forms_to("Contract").unwrap();
    player.read_to_the_end().unwrap();
    player.go_through_forms_to("Camera").unwrap();
    let pictures = pictures(&stage);
    let shown = until("the search finds whom the camera sees", PREVIEW, || {
        let count = in_memory(&mut stage, &pictures);
        Ok(if count > 0 { Look::There(()) } else { Look::NotYet("no row of a frame".to_owned()) })
    });
    shown.unwrap();
    player.go_on_to("Agree").unwrap();
    player.go_on_to("ReadyToPay").unwrap();
    player.go_on_to("Receipt").unwrap();
    player.leave().unwrap();
    player.expect_screen("Welcome").unwrap();
    stage
        .wait_for_status("everything is with the MFO", Duration::from_secs(30), |status| {
            status.unacked == 0 && status.at_rest
        })
        .unwrap();

    let mut needles = needles(&person, &code);
    needles.extend(pictures);
    let mut left = Vec::new();
    for file in files(&stage.folders().work.join("data"))
        .into_iter()
        .chain([stage.folders().logs.join("firmware.log")])
    {
        let bytes = std::fs::read(&file).unwrap();
        left.extend(
            found(&bytes, &needles)
                .into_iter()
                .map(|needle| format!("{} in {}", needle.what, file.display())),
        );
    }
    let pid = stage.firmware_process().unwrap().pid();
    memory(pid, |mapping, bytes| {
        left.extend(
            found(bytes, &needles).into_iter().map(|needle| format!("{} in memory {mapping}", needle.what)),
        );
    });
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn the_search_finds_each_form_of_a_planted_text() {
    use base64::Engine as _;
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let needles = forms("name", "Қанатұлы");
    let hays = [
        "…Қанатұлы…".as_bytes().to_vec(),
        "xҚанатұлы".encode_utf16().flat_map(u16::to_le_bytes).collect(),
        encode("Қанатұлы!").into_bytes(),
        encode("-Қанатұлы!").into_bytes(),
        encode("--Қанатұлы!").into_bytes(),
    ];
    for hay in &hays {
        assert!(!found(hay, &needles).is_empty(), "{hay:?}");
    }
    assert!(found("Канатулы".as_bytes(), &needles).is_empty());
    let code = short_number("code", "123456");
    assert!(found(b"9123456", &code).is_empty() && found(b"a123456b", &code).is_empty());
    assert!(!found(b"\"123456\"", &code).is_empty());
}

fn needles(person: &Somebody, code: &str) -> Vec<Needle> {
    let mut all = forms("IIN", &person.iin);
    all.extend(forms("phone", person.phone.trim_start_matches('+')));
    all.extend(forms("surname", &person.surname));
    all.extend(forms("given name", &person.given_name));
    all.extend(short_number("code", code));
    all
}

/// Of each frame before the camera a row as the firmware decodes and shows it, and a piece of the portrait that it would be.
fn pictures(stage: &Stage) -> Vec<Needle> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(stage.folders().frames()).unwrap() {
        let path = entry.unwrap().path();
        let mut reader = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&path).unwrap()))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.color_type, png::ColorType::Rgb);
        // From the middle of the frame: its noise makes it unique.
        let middle = info.line_size * (info.height as usize / 2) + info.line_size / 2;
        all.push(raw(&format!("a row of {}", path.display()), &pixels[middle..middle + 96]));
        let mut portrait = Vec::new();
        let mut encoder = png::Encoder::new(&mut portrait, info.width, info.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        let middle = portrait.len() / 2;
        all.push(raw(&format!("a portrait of {}", path.display()), &portrait[middle..middle + 96]));
    }
    all
}

fn in_memory(stage: &mut Stage, needles: &[Needle]) -> usize {
    let pid = stage.firmware_process().unwrap().pid();
    let mut count = 0;
    memory(pid, |_, bytes| count += found(bytes, needles).len());
    count
}
