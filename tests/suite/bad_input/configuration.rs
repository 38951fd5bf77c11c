//! A configuration that cannot be used: the program does not start, exits with 4 and says in one sentence what to change.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::stand::{Said, Stand, quick, said};

#[test]
fn a_bad_configuration_ends_the_program_with_one_sentence_that_names_the_key_or_the_file() {
    let mut stand = Stand::new();
    // Writes the configuration that all others are made from.
    stand.stage.start_firmware(&quick()).unwrap();
    stand.stage.stop_firmware().unwrap();
    let before = stand.rows().len();
    let work = stand.stage.folders().work.clone();
    let good = std::fs::read_to_string(stand.config()).unwrap();
    let key = work.join("enrol/terminal.key.pem");

    let changed = |from: &str, to: &str| {
        assert!(good.contains(from), "{from} is not in\n{good}");
        write(&work, &good.replacen(from, to, 1))
    };
    let run = |config: &str| said(&stand.stage.options().programs, &["run", "--config", config]);

    one_sentence(
        &run(&changed("driver = \"escpos\"", "driver = \"escpos\"\nbuad = 9600")),
        &["bad.toml", "buad"],
    );
    one_sentence(&run(&changed("driver = \"lcdm4000\"", "driver = \"lcdm3000\"")), &["bad.toml", "lcdm3000"]);
    one_sentence(&run(&work.join("none.toml").display().to_string()), &["none.toml", "No such file"]);
    one_sentence(
        &run(&changed("[gateway]", "[rig]\nhalt_at = \"after:Lunch:1\"\n[gateway]")),
        &["rig.halt_at", "after:PayoutArmed:1"],
    );
    one_sentence(&run(&changed("https://", "http://")), &["gateway.url", "https://"]);
    one_sentence(
        &run(&changed("inbox_ms = 200", "inbox_ms = 200\nread_ms = 100")),
        &["gateway.read_ms", "at least"],
    );
    one_sentence(&run(&changed("enrol/ca.pem", "enrol/no-ca.pem")), &["no-ca.pem", "No such file"]);
    let moved = changed("create_journal = true", "create_journal = false").to_owned();
    let text =
        std::fs::read_to_string(&moved).unwrap().replacen("data_dir = \"data\"", "data_dir = \"other\"", 1);
    let display = Display::new(&work);
    let no_journal = write(&work, &text.replacen("[display]", display.configured(), 1));
    one_sentence(&run(&no_journal), &["there is no journal at", "other/journal.db", "commissioning"]);
    assert!(!work.join("other/journal.db").exists(), "no journal appears by itself");
    let shown = display.shown();
    assert!(
        shown.contains(&ACCENT) && shown.contains(&GROUND),
        "the display says that the terminal is not in service"
    );
    one_sentence(
        &run(&write(
            &work,
            &text.replacen("[display]", display.configured(), 1).replacen(
                "enrol/ca.pem",
                "enrol/no-ca.pem",
                1,
            ),
        )),
        &["no-ca.pem"],
    );
    assert_ne!(display.shown(), shown, "another step of the start has another code");

    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let readable = write(&work, &good);
    one_sentence(&run(&readable), &["terminal.key.pem", "0644", "chmod 600"]);
    let check = said(&stand.stage.options().programs, &["check", "--config", &readable]);
    check.finds("identity", &["terminal.key.pem", "0644", "chmod 600"]);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();

    assert_eq!(stand.rows().len(), before, "what did not start has written nothing");
    stand.stage.start_firmware(&quick()).unwrap();
    stand.closes();
}

/// Colours of the bare screen, as a framebuffer of 32 bits has them.
const ACCENT: [u8; 4] = [0x57, 0x4a, 0x0a, 0];
const GROUND: [u8; 4] = [0xf4, 0xf6, 0xf4, 0];

/// A framebuffer of ordinary files.
struct Display {
    device: std::path::PathBuf,
}

impl Display {
    fn new(work: &Path) -> Self {
        let about = work.join("display");
        std::fs::create_dir(&about).unwrap();
        for (name, text) in [("virtual_size", "1024,600"), ("bits_per_pixel", "32"), ("stride", "4096")] {
            std::fs::write(about.join(name), format!("{text}\n")).unwrap();
        }
        let device = about.join("device");
        std::fs::write(&device, b"").unwrap();
        Self { device }
    }

    fn configured(&self) -> &'static str {
        "[display]\nphone = \"+7 727 300 00 42\"\nframebuffer = { device = \"display/device\", about = \"display\" }"
    }

    fn shown(&self) -> Vec<[u8; 4]> {
        let bytes = std::fs::read(&self.device).unwrap();
        assert_eq!(bytes.len(), 1024 * 600 * 4);
        bytes.chunks(4).map(|pixel| pixel.try_into().unwrap()).collect()
    }
}

fn write(work: &Path, text: &str) -> String {
    let path = work.join("bad.toml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn one_sentence(said: &Said, words: &[&str]) {
    assert_eq!(said.code, Some(4), "{said:?}");
    let complaint = said.stderr.find("senim: ").map(|at| &said.stderr[at..]).unwrap_or_default();
    assert!(words.iter().all(|word| complaint.contains(word)), "{words:?} in {said:?}");
    assert!(!said.stderr.contains("panicked"), "{said:?}");
    assert!(said.lines.is_empty(), "it says nowhere that it is ready: {said:?}");
}
