//! Notices, choices and entries on the screen.

use qrcode::{Color, EcLevel, QrCode};
use senim_domain::Secret;
use senim_domain::liveness::{Colour, Hint, Movement};
use senim_ui_model::{Choice, Choosable, Cue, Entry, Fact, Leads, Notice, Tone};
use slint::{Image, Model, ModelRc, Rgb8Pixel, SharedPixelBuffer, SharedString};

use crate::bind::App;
use crate::generated::{Cue as Drawn, Flash, Leading, Manner, Option as Shown, Pair, Ui};
use crate::show::{model, number, seconds, text};

/// Pixels of one module of a QR code in the picture; the screen scales it.
const MODULE: usize = 8;
/// Most letters of a notice in large letters, and how many of them a fact takes the height of.
const LETTERS_ROOMY: usize = 300;
const LETTERS_OF_FACT: usize = 40;
/// Modules of white around it (ISO/IEC 18004).
const QUIET: usize = 4;

pub(crate) fn notice(ui: &Ui<'_>, notice: &Notice) {
    ui.set_title(text(&notice.title));
    ui.set_primary(text(notice.primary.as_deref().unwrap_or_default()));
    ui.set_secondary(text(notice.secondary.as_deref().unwrap_or_default()));
    ui.set_equal(notice.equal);
    // The only way on is the main one, but for giving up where something else is asked for.
    let alone = notice.primary.is_none() && !notice.busy && notice.cue.is_none();
    ui.set_leads(match notice.leads {
        _ if alone => Leading::Secondary,
        Leads::Primary => Leading::Primary,
        Leads::Secondary => Leading::Secondary,
        Leads::Neither => Leading::Neither,
    });
    ui.set_to_the_end(notice.to_the_end);
    ui.set_busy_page(notice.busy);
    ui.set_manner(match notice.tone {
        Tone::Calm => Manner::Calm,
        Tone::Good => Manner::Good,
        Tone::Warn => Manner::Warn,
        Tone::Error => Manner::Error,
    });
    ways_out(ui, notice.back, notice.cancel);
    countdown(ui, notice.seconds_left);
    set(&ui.get_paragraphs(), notice.paragraphs.iter().map(secret).collect(), |rows| ui.set_paragraphs(rows));
    set(&ui.get_key_terms(), notice.facts.iter().map(pair).collect(), |rows| ui.set_key_terms(rows));
    ui.set_roomy(roomy(notice));
    let code = notice.qr.as_ref().and_then(|content| qr(content.expose()));
    ui.set_has_qr(code.is_some());
    ui.set_qr(code.unwrap_or_default());
    ui.set_qr_opens(text(notice.qr_opens));
    ui.set_has_camera(notice.camera);
    ui.set_has_test_picture(notice.test_picture);
    movements(ui, notice.cue);
}

/// Movements before the camera, and the light of the screen.
fn movements(ui: &Ui<'_>, cue: Option<Cue>) {
    ui.set_moves(cue.map_or(0, |cue| seconds(cue.of)));
    ui.set_moves_done(cue.map_or(0, |cue| seconds(cue.done)));
    ui.set_flash(match cue.and_then(|cue| cue.flash) {
        None => Flash::None,
        Some(Colour::Red) => Flash::Red,
        Some(Colour::Green) => Flash::Green,
        Some(Colour::Blue) => Flash::Blue,
    });
    let drawn = |movement| match movement {
        Movement::TurnLeft => Drawn::Left,
        Movement::TurnRight => Drawn::Right,
        Movement::LookUp => Drawn::Up,
        Movement::LookDown => Drawn::Down,
        Movement::Blink => Drawn::Blink,
        Movement::OpenMouth => Drawn::Mouth,
        Movement::Smile => Drawn::Smile,
        Movement::ComeCloser => Drawn::Closer,
        Movement::MoveAway => Drawn::Away,
        Movement::FollowDotLeft => Drawn::DotLeft,
        Movement::FollowDotRight => Drawn::DotRight,
    };
    let hinted = |hint| match hint {
        Hint::RaiseFace => Drawn::Up,
        Hint::LowerFace => Drawn::Down,
        Hint::GoLeft => Drawn::GoLeft,
        Hint::GoRight => Drawn::GoRight,
        Hint::ComeCloser => Drawn::Closer,
        Hint::UncoverFace => Drawn::Uncover,
        Hint::TakeOffGlasses => Drawn::NoGlasses,
        Hint::LightFromFront => Drawn::Light,
        Hint::OnePerson => Drawn::Alone,
        Hint::NoFace | Hint::LookStraight | Hint::HoldStill => Drawn::Straight,
    };
    ui.set_cue(match cue {
        None => Drawn::None,
        Some(cue) => cue.movement.map(drawn).or_else(|| cue.hint.map(hinted)).unwrap_or(Drawn::Straight),
    });
}

pub(crate) fn choice(ui: &Ui<'_>, choice: &Choice) {
    ui.set_title(text(&choice.title));
    ui.set_lead(secret(&choice.lead));
    ways_out(ui, choice.back, choice.cancel);
    set(&ui.get_options(), choice.shown().map(shown).collect(), |rows| ui.set_options(rows));
}

pub(crate) fn entry(app: &App, ui: &Ui<'_>, entry: &Entry) {
    ui.set_title(text(&entry.title));
    ui.set_lead(secret(&entry.lead));
    ui.set_secondary(text(entry.secondary.as_deref().unwrap_or_default()));
    ui.set_masked(entry.masked);
    ui.set_least(number(entry.least));
    ui.set_letter_columns(number(entry.keyboard.columns()));
    ways_out(ui, entry.back, entry.cancel);
    countdown(ui, entry.seconds_left);
    board(app, ui);
    app.echo_typed();
    ui.set_entry_error(text(entry.error.as_deref().unwrap_or_default()));
}

/// Lays out the board of letters that is open.
pub(crate) fn board(app: &App, ui: &Ui<'_>) {
    let local = app.inner.local.borrow();
    let letters = local.hand.letters().iter().map(|key| SharedString::from(key.to_string())).collect();
    set(&ui.get_letters(), letters, |rows| ui.set_letters(rows));
    ui.set_other_board(text(local.hand.other_board().unwrap_or_default()));
}

/// Forgets what the forms showed; texts and numbers are cleared with those of the other screens.
pub(crate) fn clear(ui: &Ui<'_>) {
    movements(ui, None);
    ui.set_equal(false);
    ui.set_leads(Leading::Primary);
    ui.set_to_the_end(false);
    ui.set_busy_page(false);
    ui.set_roomy(false);
    ui.set_manner(Manner::Calm);
    ui.set_masked(false);
    ways_out(ui, false, false);
    countdown(ui, None);
    ui.set_has_qr(false);
    ui.set_has_camera(false);
    ui.set_has_test_picture(false);
    ui.set_qr(Image::default());
    ui.set_qr_opens(SharedString::new());
    ui.set_options(ModelRc::default());
    ui.set_letters(ModelRc::default());
    ui.set_other_board(SharedString::new());
}

/// Whether there is so little to read that larger letters fit: nobody shall have to look for their glasses.
fn roomy(notice: &Notice) -> bool {
    let letters: usize = notice.paragraphs.iter().map(Secret::chars_count).sum();
    let room = letters.saturating_add(notice.facts.len().saturating_mul(LETTERS_OF_FACT));
    room <= LETTERS_ROOMY && notice.qr.is_none() && !notice.camera && !notice.test_picture
}

fn ways_out(ui: &Ui<'_>, back: bool, cancel: bool) {
    ui.set_can_back(back);
    ui.set_can_cancel(cancel);
}

fn countdown(ui: &Ui<'_>, left: Option<u32>) {
    ui.set_counts_down(left.is_some());
    ui.set_seconds_left(seconds(left.unwrap_or(0)));
}

fn secret(secret: &Secret) -> SharedString {
    text(secret.expose())
}

fn pair(fact: &Fact) -> Pair {
    Pair { label: text(&fact.label), value: secret(&fact.value) }
}

fn shown((place, option): (usize, &Choosable)) -> Shown {
    Shown {
        place: number(place),
        id: text(&option.id),
        label: secret(&option.label),
        detail: secret(&option.detail),
        enabled: option.enabled,
    }
}

/// Sets rows only when they are others, so that a list keeps where it was scrolled to.
pub(crate) fn set<T: Clone + PartialEq + 'static>(
    shown: &ModelRc<T>,
    rows: Vec<T>,
    set: impl FnOnce(ModelRc<T>),
) {
    if !shown.iter().eq(rows.iter().cloned()) {
        set(model(rows));
    }
}

/// The picture of a QR code; `None` for more than one can hold.
fn qr(content: &str) -> Option<Image> {
    let code = QrCode::with_error_correction_level(content.as_bytes(), EcLevel::M).ok()?;
    let modules = code.width();
    let side = modules.checked_add(QUIET.checked_mul(2)?)?.checked_mul(MODULE)?;
    let pixels = u32::try_from(side).ok()?;
    let mut picture = SharedPixelBuffer::<Rgb8Pixel>::new(pixels, pixels);
    let white = Rgb8Pixel { r: 255, g: 255, b: 255 };
    for (at, pixel) in picture.make_mut_slice().iter_mut().enumerate() {
        let (row, column) = (at / side / MODULE, at % side / MODULE);
        let dark = row
            .checked_sub(QUIET)
            .zip(column.checked_sub(QUIET))
            .filter(|(row, column)| *row < modules && *column < modules)
            .is_some_and(|place| code[(place.1, place.0)] == Color::Dark);
        *pixel = if dark { Rgb8Pixel::default() } else { white };
    }
    Some(Image::from_rgb8(picture))
}
