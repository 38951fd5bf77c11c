//! Tells the signals of a video as lines of CSV, for whoever labels motions or looks for thresholds.
//!
//! Reads raw frames on stdin:
//!
//! ```text
//! ffmpeg -i VIDEO -f rawvideo -pix_fmt rgb24 - |
//!     cargo run -p senim-biometrics --example signals -- MODELS WIDTH HEIGHT FRAMES_PER_SECOND
//! ```
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use senim_biometrics::{Gaze, Models, Picture, Rten, Seen, Tracker};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [models, width, height, rate] = arguments.as_slice() else {
        return Err("signals MODELS WIDTH HEIGHT FRAMES_PER_SECOND".into());
    };
    let (width, height, rate): (u32, u32, f64) = (width.parse()?, height.parse()?, rate.parse()?);
    let models = Models::load(&Rten::new(), |name| std::fs::read(Path::new(models).join(name)))?;
    let mut tracker = Tracker::new(models);
    let mut frame = vec![0; usize::try_from(width * height * 3)?];
    let mut input = std::io::stdin().lock();
    println!(
        "at,seen,yaw,pitch,roll,left_eye,right_eye,mouth,smile,inter_ocular,x,y,gaze_x,gaze_y,confidence,cover,skin,ground,ms"
    );
    for number in 0_u32.. {
        if input.read_exact(&mut frame).is_err() {
            break;
        }
        let at = Duration::from_secs_f64(f64::from(number) / rate);
        #[expect(clippy::disallowed_methods, reason = "how long a look takes")]
        let begun = Instant::now();
        let sight = tracker.look(&Picture::new(width, height, &frame)?, at, Gaze::Measured)?;
        let took = begun.elapsed().as_secs_f64() * 1000.0;
        match &sight.seen {
            Seen::Nobody | Seen::Several => {
                println!("{:.3},{:?},,,,,,,,,,,,,,,,,{took:.1}", at.as_secs_f64(), sight.seen)
            }
            Seen::Face(face) => {
                let (gaze_x, gaze_y) = face.gaze.unwrap_or((f32::NAN, f32::NAN));
                println!(
                    "{:.3},Face,{:.1},{:.1},{:.1},{:.3},{:.3},{:.3},{:.3},{:.1},{:.3},{:.3},{gaze_x:.2},{gaze_y:.2},{:.3},{:?},{:.1},{:.1},{took:.1}",
                    at.as_secs_f64(),
                    face.yaw,
                    face.pitch,
                    face.roll,
                    face.left_eye,
                    face.right_eye,
                    face.mouth,
                    face.smile,
                    face.inter_ocular,
                    face.centre.0,
                    face.centre.1,
                    face.confidence,
                    face.covering.cover(),
                    luma(face.skin),
                    luma(face.behind),
                );
            }
        }
    }
    Ok(())
}

fn luma([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}
