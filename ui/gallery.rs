//! Pictures of every screen in every language and size (rig).

use std::path::{Path, PathBuf};

use senim_domain::Language;
use senim_pixels::Sheet;
use senim_ui_model::Screen;
use senim_ui_model::hand::Comfort;

use crate::bind::App;
use crate::elements;
use crate::error::UiError;
use crate::headless::{Frame, Headless};
use crate::inspect;
use crate::samples::{self, Sample};

/// A panel, what the person set, and the languages that it is drawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Name of its folder.
    pub name: &'static str,
    /// Pixels of the panel.
    pub size: (u32, u32),
    /// What the person set.
    pub comfort: Comfort,
    /// In which languages.
    pub languages: &'static [Language],
}

const PLAIN: Comfort = Comfort { large: false, contrast: false, low: false };
const LARGE: Comfort = Comfort { large: true, ..PLAIN };
/// The language with the longest words.
const LONGEST: &[Language] = &[Language::Kk];

/// Everything that the screens are made for: three modes and the panel with the least room in every language, the other panels
/// in the one with the longest words.
pub const MODES: [Mode; 8] = [
    Mode { name: "normal", size: (1280, 800), comfort: PLAIN, languages: &Language::ALL },
    Mode { name: "large", size: (1280, 800), comfort: LARGE, languages: &Language::ALL },
    Mode {
        name: "contrast",
        size: (1280, 800),
        comfort: Comfort { contrast: true, ..PLAIN },
        languages: &Language::ALL,
    },
    Mode { name: "1024x600", size: (1024, 600), comfort: PLAIN, languages: &Language::ALL },
    Mode { name: "1024x600-large", size: (1024, 600), comfort: LARGE, languages: &Language::ALL },
    Mode { name: "1280x1024", size: (1280, 1024), comfort: PLAIN, languages: LONGEST },
    Mode { name: "portrait", size: (1080, 1920), comfort: PLAIN, languages: LONGEST },
    Mode { name: "low", size: (1280, 800), comfort: Comfort { low: true, ..PLAIN }, languages: LONGEST },
];

/// Frames that a screen gets to come to rest.
const FRAMES: u32 = 60;

/// What was drawn, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Drawn {
    /// Files, in the order of modes, languages and screens.
    pub pictures: Vec<PathBuf>,
    /// Mode, language, name of the screen and what a person would stumble over.
    pub faults: Vec<String>,
    /// What was drawn in each mode and language, small, on one picture each: their names and the picture as PNG.
    pub sheets: Vec<(String, Vec<u8>)>,
}

/// Pictures in a row of a sheet.
const SHEET_COLUMNS: usize = 20;
/// A side of the pixels that become one on a sheet.
const SHEET_SCALE: usize = 8;

/// Draws every screen × mode × language to `out/<mode>/<language>/<name>.png`, and looks at each. With `only` just the
/// screens whose name has it in it.
/// Installs the headless window, so it is called once in a process, on the thread that is to be the screen's.
///
/// # Errors
/// [`UiError`].
pub fn render_all(out: &Path, modes: &[Mode], only: Option<&str>) -> Result<Drawn, UiError> {
    let headless = Headless::install(MODES[0].size)?;
    let app = App::new()?;
    render(&app, &headless, out, modes, only)
}

/// [`render_all`] on a window that exists.
///
/// # Errors
/// [`UiError`].
pub fn render(
    app: &App,
    headless: &Headless,
    out: &Path,
    modes: &[Mode],
    only: Option<&str>,
) -> Result<Drawn, UiError> {
    let mut drawn = Drawn::default();
    for mode in modes {
        headless.resize(mode.size);
        for language in mode.languages.iter().copied() {
            let folder = out.join(mode.name).join(language.code());
            std::fs::create_dir_all(&folder).map_err(|error| UiError::Picture(error.to_string()))?;
            let mut sheet = Sheet::new(SHEET_COLUMNS, SHEET_SCALE);
            let wanted = |sample: &Sample| only.is_none_or(|part| sample.name.contains(part));
            for sample in samples::all(language).into_iter().filter(wanted) {
                show(app, headless, &sample, mode.comfort)?;
                let path = folder.join(format!("{}.png", sample.name));
                std::fs::write(&path, headless.png()?)
                    .map_err(|error| UiError::Picture(error.to_string()))?;
                drawn.pictures.push(path);
                let frame = headless.frame();
                sheet.add((frame.width, frame.height), &frame.rgb);
                let name = format!("{} {} {}", mode.name, language.code(), sample.name);
                drawn
                    .faults
                    .extend(faults(app, &sample, &frame).into_iter().map(|fault| format!("{name}: {fault}")));
            }
            let png = sheet.png().map_err(|error| UiError::Picture(error.to_string()))?;
            drawn.sheets.push((format!("{}-{}", mode.name, language.code()), png));
        }
    }
    app.wipe();
    Ok(drawn)
}

/// What is wrong with a screen that was drawn.
fn faults(app: &App, sample: &Sample, frame: &Frame) -> Vec<inspect::Fault> {
    // While the whole screen is light for the face, nothing else is seen of it.
    if matches!(&sample.view.screen, Screen::Notice(notice) if notice.cue.is_some_and(|cue| cue.flash.is_some()))
    {
        return inspect::contrast_of_light(frame).into_iter().collect();
    }
    let mut faults = inspect::layout(app);
    faults.extend(inspect::contrast(app, frame));
    faults
}

/// Shows one sample on an empty window, drawing nothing.
///
/// # Errors
/// [`UiError`].
pub fn place(app: &App, headless: &Headless, sample: &Sample, comfort: Comfort) -> Result<(), UiError> {
    app.wipe();
    // Whoever looks makes what is gone go: nothing scrolled or opened before is still there.
    let _ = elements::all(app);
    app.show(&sample.view)?;
    app.set_comfort(comfort);
    headless.lay_out();
    Ok(())
}

/// Shows one sample and plays its taps.
///
/// # Errors
/// [`UiError`]; a tap on a disabled element at the end of a list is no error.
pub fn show(app: &App, headless: &Headless, sample: &Sample, comfort: Comfort) -> Result<(), UiError> {
    place(app, headless, sample, comfort)?;
    let seen = match &sample.view.screen {
        Screen::Camera(_) => Some(portrait()),
        Screen::Notice(notice) if notice.camera && notice.name.starts_with("showCode") => Some(receipt()),
        Screen::Notice(notice) if notice.camera => Some(portrait()),
        _ => None,
    };
    if let Some((width, height, rgb)) = seen {
        app.set_preview(width, height, &rgb)?;
    }
    headless.settle(FRAMES);
    // A text that is all in view counts as read a moment after it is laid out (`screens/notice.slint`).
    if matches!(&sample.view.screen, Screen::Notice(notice) if notice.to_the_end) {
        headless.rest(FRAMES);
    }
    for id in &sample.taps {
        loop {
            let tapped = elements::tap(app, id);
            headless.settle(FRAMES);
            match tapped {
                Ok(_) | Err(elements::TapError::Disabled(_)) => break,
                // Where all has room there is no page to turn.
                Err(elements::TapError::NotOne { count: 0, .. }) if *id == "page-down" => break,
                // In large letters it may stand on a later page.
                Err(error @ (elements::TapError::NotOne { .. } | elements::TapError::Covered(_))) => {
                    elements::tap(app, "page-down").map_err(|_| error)?;
                    headless.settle(FRAMES);
                }
            }
        }
    }
    Ok(())
}

/// A receipt with its code, held before the camera.
fn receipt() -> (u32, u32, Vec<u8>) {
    let (width, height) = (640_usize, 480_usize);
    let code = qrcode::QrCode::new("senim-pay:123456789012340").ok();
    let side = code.as_ref().map_or(0, qrcode::QrCode::width);
    let colors = code.map_or_else(Vec::new, qrcode::QrCode::into_colors);
    let mut rgb = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let module =
                |at: usize, from: usize| at.checked_sub(from).map(|at| at / 8).filter(|at| *at < side);
            let dark = module(x, 210).zip(module(y, 130)).and_then(|(x, y)| colors.get(y * side + x));
            let paper = (150..490).contains(&x) && y < 430;
            rgb.extend_from_slice(match (dark == Some(&qrcode::Color::Dark), paper) {
                (true, _) => &[40, 40, 44],
                (false, true) => &[232, 230, 224],
                (false, false) => &[150, 160, 158],
            });
        }
    }
    (640, 480, rgb)
}

/// A drawn head for the camera's preview: nobody's face.
fn portrait() -> (u32, u32, Vec<u8>) {
    let (width, height) = (640_i32, 480_i32);
    let mut rgb = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (dx, dy) = (x - 320, y - 230);
            let head = dx * dx * 100 / (118 * 118) + dy * dy * 100 / (165 * 165) < 100;
            let shoulders = y > 390 && dx.abs() < 150 + (y - 390) * 2;
            let eyes = (dx.abs() - 48).pow(2) + (dy + 30).pow(2) < 150;
            let mouth = (dx * dx / 4 + (dy - 80).pow(2)) < 160;
            rgb.extend_from_slice(match (eyes || mouth, head, shoulders) {
                (true, true, _) => &[70, 50, 45],
                (_, true, _) => &[206, 164, 138],
                (_, _, true) => &[58, 84, 112],
                (_, _, _) => &[168, 180, 178],
            });
        }
    }
    (640, 480, rgb)
}
