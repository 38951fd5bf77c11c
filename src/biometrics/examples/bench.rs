//! How long looking takes, in CPU time of the process: MODELS PICTURE.png (the astronaut). Reproduces the table of
//! `docs/biometrics.md`; `taskset -c 0` keeps it on one core.
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::path::Path;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use senim_biometrics::{Gaze, Models, Picture, Rten, Seen, Tracker, assess};

const WIDTH: usize = 640;
const HEIGHT: usize = 480;
const ROUNDS: usize = 400;

type Failure = Box<dyn std::error::Error>;

fn cpu() -> Result<Duration, Failure> {
    Ok(Duration::from(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?))
}

/// Memory of the process in KiB, now and at most.
fn memory() -> Result<String, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line =
        |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("?").trim().to_owned();
    Ok(format!("RSS {}, at most {}", line("VmRSS:"), line("VmHWM:")))
}

/// The median and the 95th percentile in milliseconds.
fn tell(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at =
        |share: usize| times.get(times.len() * share / 100).map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    println!("{what}: p50 {:.1} ms, p95 {:.1} ms", at(50), at(95));
}

/// A camera's frame: the picture at twice its size, moved a little from frame to frame.
fn frame(rgb: &[u8], width: usize, number: usize) -> Vec<u8> {
    let (left, top) = (62 + number * 7 % 9, number * 5 % 7);
    (0..HEIGHT)
        .flat_map(|y| (0..WIDTH).map(move |x| ((top + y / 2) * width + left + x / 2) * 3))
        .flat_map(|at| rgb.get(at..at + 3).unwrap_or(&[0; 3]).iter().copied())
        .collect()
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [models, picture] = arguments.as_slice() else { return Err("bench MODELS PICTURE.png".into()) };
    let mut reader = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(picture)?)).read_info()?;
    let mut rgb = vec![0; reader.output_buffer_size().ok_or("too large")?];
    let info = reader.next_frame(&mut rgb)?;
    let frames: Vec<Vec<u8>> = (0..8).map(|number| frame(&rgb, info.width as usize, number)).collect();
    println!("before: {}", memory()?);

    let begun = cpu()?;
    let models = Models::load(&Rten::new(), |name| std::fs::read(Path::new(models).join(name)))?;
    println!("models loaded: {:.0} ms", (cpu()? - begun).as_secs_f64() * 1000.0);
    let mut tracker = Tracker::new(models);
    let (width, height) = (u32::try_from(WIDTH)?, u32::try_from(HEIGHT)?);
    for (what, gaze, again) in [
        ("following, direction of the eyes left out", Gaze::LeftOut, false),
        ("following, all signals", Gaze::Measured, false),
        ("finding again", Gaze::LeftOut, true),
    ] {
        let mut times = Vec::with_capacity(ROUNDS);
        for rgb in frames.iter().cycle().take(ROUNDS) {
            if again {
                tracker.forget();
            }
            let picture = Picture::new(width, height, rgb)?;
            let begun = cpu()?;
            let sight = tracker.look(&picture, Duration::ZERO, gaze)?;
            times.push(cpu()? - begun);
            if !matches!(sight.seen, Seen::Face(_)) {
                return Err("the face was lost".into());
            }
        }
        tell(what, times);
    }
    let mut times = Vec::new();
    for rgb in frames.iter().cycle().take(ROUNDS / 8) {
        let picture = Picture::new(width, height, rgb)?;
        let begun = cpu()?;
        assess(&mut tracker, &picture)?;
        times.push(cpu()? - begun);
    }
    tell("portrait decision", times);
    println!("after: {}", memory()?);
    Ok(())
}
