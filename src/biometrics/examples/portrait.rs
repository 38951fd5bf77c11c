//! Tells the scores of portraits in PNG files, for whoever sets thresholds: MODELS FILE…
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::path::Path;

use senim_biometrics::{Models, Picture, Rten, Tracker, assess};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (models, files) = arguments.split_first().ok_or("portrait MODELS FILE…")?;
    let models = Models::load(&Rten::new(), |name| std::fs::read(Path::new(models).join(name)))?;
    let mut tracker = Tracker::new(models);
    for file in files {
        let reader = std::io::BufReader::new(std::fs::File::open(file)?);
        let mut reader = png::Decoder::new(reader).read_info()?;
        let mut rgb = vec![0; reader.output_buffer_size().ok_or("too large")?];
        let info = reader.next_frame(&mut rgb)?;
        let assessment = assess(&mut tracker, &Picture::new(info.width, info.height, &rgb)?)?;
        println!("{file}: {}", serde_json::to_string(&assessment.scores)?);
    }
    Ok(())
}
