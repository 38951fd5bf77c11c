//! PyPI's `python-escpos` 3.1, somebody else's printer host, against the emulated printer on a PTY: a picture comes out bit
//! for bit. The same with a real receipt is a test of the crate that draws it.

use std::path::Path;

use senim_emulators::escpos::{EscPos, Fault, Options};
use senim_emulators::faults::FaultSpec;
use senim_emulators::peers::Host;
use senim_emulators::pty::{Pacing, PtyDevice};
use serde_json::{Value, json};

use crate::escpos::dots;
use crate::pty::awaited;

/// Beyond the 960 rows that the host sends as one image.
const ROWS: usize = 1_000;
const WIDTH: usize = 576;

struct Bench {
    host: Host,
    device: PtyDevice<EscPos>,
    dir: tempfile::TempDir,
}

impl Bench {
    /// `None` where the peer is missing.
    fn start() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let machine = EscPos::new(Options { row_us: 50, ..Options::default() });
        let device = PtyDevice::start(dir.path(), "printer", dir.path(), machine).unwrap();
        let host = Host::start("python-escpos", "python_escpos.py", device.path()).unwrap()?;
        Some(Self { host, device, dir })
    }

    fn tell(&mut self, order: Value) -> Value {
        self.host.tell(&order).unwrap()
    }

    fn fault(&self, fault: Fault) {
        self.device.with(|printer, now_ms| printer.set_fault(fault, FaultSpec::default(), now_ms));
    }

    fn mended(&self, fault: Fault) {
        self.device.with(|printer, now_ms| printer.clear_fault(fault, now_ms));
    }
}

#[test]
fn a_picture_printed_by_a_stock_host_comes_out_bit_for_bit() {
    let Some(mut bench) = Bench::start() else { return };
    let picture = speckled();
    let path = bench.dir.path().join("picture.png");
    std::fs::write(&path, &picture).unwrap();
    for (receipt, pacing) in [(1, Pacing::Coalesced), (2, Pacing::at_baud(115_200))] {
        bench.device.set_pacing(pacing);
        bench.tell(json!(["image", path]));
        bench.tell(json!(["cut"]));
        let printed = awaited(|| {
            bench.device.with(|printer, _| {
                let last = printer.last_receipt().map(Path::to_path_buf);
                last.filter(|path| path.ends_with(format!("receipt-{receipt:04}.png")))
            })
        });
        let printed = dots(&std::fs::read(printed).unwrap());
        let (image, fed) = printed.split_at(ROWS);
        assert!(image == dots(&picture), "the picture differs, {pacing:?}");
        assert!(fed.iter().all(|row| !row.contains('#')), "the host feeds before it cuts");
    }
    assert_eq!(bench.device.with(|printer, _| printer.rows_since_cut()), 0);
}

#[test]
fn a_stock_host_is_told_how_much_paper_there_is() {
    let Some(mut bench) = Bench::start() else { return };
    // As the host names it: 2 enough, 1 near its end, 0 none.
    assert_eq!(bench.tell(json!(["paper_status"])), 2);
    bench.fault(Fault::NearEnd);
    assert_eq!(bench.tell(json!(["paper_status"])), 1);
    bench.fault(Fault::PaperOut);
    assert_eq!(bench.tell(json!(["paper_status"])), 0);
    assert_eq!(bench.tell(json!(["is_online"])), false);
    bench.mended(Fault::PaperOut);
    assert_eq!(bench.tell(json!(["is_online"])), true);
    bench.fault(Fault::CoverOpen);
    assert_eq!(bench.tell(json!(["is_online"])), false);
}

/// A picture as wide as the paper in which any shifted, lost or turned bit shows, from xorshift. Its bytes hold every real-time
/// command.
fn speckled() -> Vec<u8> {
    let mut state = 0x9E37_79B9_u32;
    let mut bits = vec![0; WIDTH / 8 * ROWS];
    for byte in &mut bits {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        *byte = state.to_be_bytes()[0];
    }
    for (at, n) in (0..).step_by(WIDTH).zip(1..=4) {
        // One is white in the file.
        bits[at..at + 3].copy_from_slice(&[!0x10, !0x04, !n]);
    }
    let mut png = Vec::new();
    let mut encoder =
        png::Encoder::new(&mut png, u32::try_from(WIDTH).unwrap(), u32::try_from(ROWS).unwrap());
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.write_header().unwrap().write_image_data(&bits).unwrap();
    png
}
