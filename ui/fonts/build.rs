//! Finds the fonts; they are embedded from the system's package, not committed.

use std::path::PathBuf;

const FONT_FILES: [&str; 2] = ["NotoSans-Regular.ttf", "NotoSans-Bold.ttf"];
const DEBIAN_FONTS: &str = "/usr/share/fonts/truetype/noto";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-env-changed=SENIM_FONT_DIR");
    let folder = PathBuf::from(std::env::var("SENIM_FONT_DIR").unwrap_or_else(|_| DEBIAN_FONTS.to_owned()));
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    for file in FONT_FILES {
        let path = folder.join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        std::fs::copy(&path, out.join(file)).map_err(|error| {
            format!(
                "{}: {error}; install the fonts with `apt-get install fonts-noto-core`, or name their folder in SENIM_FONT_DIR",
                path.display()
            )
        })?;
    }
    Ok(())
}
