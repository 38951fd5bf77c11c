//! Compiles the screens: finds the fonts, hands them to Slint, bundles the translations.
//!
//! The fonts are not ours to commit; they are embedded from the system's package at build time.

use std::path::{Path, PathBuf};

const FONT_FILES: [&str; 2] = ["NotoSans-Regular.ttf", "NotoSans-Bold.ttf"];
const DEBIAN_FONTS: &str = "/usr/share/fonts/truetype/noto";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-env-changed=SENIM_FONT_DIR");
    println!("cargo::rerun-if-changed=lang");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    write_fonts(&out)?;
    let config = slint_build::CompilerConfiguration::new()
        .with_style("fluent-light".into())
        .with_include_paths(vec![out])
        .embed_resources(slint_build::EmbedResourcesKind::EmbedFiles)
        .with_bundled_translations("lang")
        .with_default_translation_context(slint_build::DefaultTranslationContext::None)
        // Rig and tests find elements by it; it names elements and says nothing about people.
        .with_debug_info(true);
    slint_build::compile_with_config("screens/app.slint", config)?;
    Ok(())
}

/// Writes `fonts.slint`, which imports both faces by absolute path.
fn write_fonts(out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::var("SENIM_FONT_DIR").unwrap_or_else(|_| DEBIAN_FONTS.to_owned()));
    let mut text = String::new();
    for file in FONT_FILES {
        let path = folder.join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        if !path.is_file() {
            return Err(format!(
                "{} is missing: install the fonts with `apt-get install fonts-noto-core`, or name their folder in SENIM_FONT_DIR",
                path.display()
            )
            .into());
        }
        text.push_str(&format!("import \"{}\";\n", path.display()));
    }
    text.push_str("export global Fonts {\n    out property <string> family: \"Noto Sans\";\n}\n");
    std::fs::write(out.join("fonts.slint"), text)?;
    Ok(())
}
