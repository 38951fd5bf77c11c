//! The status panel: number, state and one cause on a small one-bit display, for the technician. Nothing about a person can
//! be drawn here: there is no field for it.

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Drawable, Point, Primitive, Size};
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Baseline, Text};
use senim_domain::Language;
use senim_hal::status_panel::Picture;

use crate::ReceiptError;
use crate::canvas::Canvas;
use crate::fonts::{Fonts, Weight, width};
use crate::layout::broken;

/// Dots across the panel.
pub const PANEL_WIDTH: u32 = 128;
/// Dots down the panel.
pub const PANEL_HEIGHT: u32 = 64;

/// What the panel says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelContent {
    /// Terminal's number or name.
    pub terminal: String,
    /// State.
    pub state: PanelState,
    /// Why, as the session's code (`noRulePack`, `dispenser`, …); a code without words here is shown as it is.
    pub cause: Option<String>,
    /// Language of the words.
    pub language: Language,
}

/// State of the terminal in one glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelState {
    /// It serves.
    InService,
    /// It does not.
    OutOfService,
    /// It runs on its battery.
    OnBattery,
}

/// Strokes of the regular weight are thinner than a dot at these sizes and would break up.
const WEIGHT: Weight = Weight::Bold;

/// A line of text: its sizes from the wished to the least, in dots from ascent to descent.
#[derive(Clone, Copy)]
struct Face {
    largest: u32,
    smallest: u32,
}

const NUMBER: Face = Face { largest: 17, smallest: 13 };
const STATE: Face = Face { largest: 26, smallest: 15 };
const CAUSE: Face = Face { largest: 19, smallest: 15 };
/// Dark at either side, where it can be had.
const MARGIN: u32 = 2;
/// Where the rule under the number lies, and where the cause begins.
const RULE_Y: u32 = 15;
const CAUSE_Y: u32 = 38;
/// From line to line of the cause: letters fill about two thirds of their height.
const CAUSE_PITCH: u32 = 13;

/// Draws the panel, [`PANEL_WIDTH`] by [`PANEL_HEIGHT`].
///
/// # Errors
/// [`ReceiptError::Font`].
pub fn status_panel(content: &PanelContent) -> Result<Picture, ReceiptError> {
    let fonts = Fonts::load()?;
    let mut canvas = Canvas::new(PANEL_WIDTH, PANEL_HEIGHT);
    let state = words(content.state, content.language);
    line(&mut canvas, &fonts, &content.terminal, NUMBER, (0, RULE_Y));
    let rule = Rectangle::new(Point::new(0, at(RULE_Y)), Size::new(PANEL_WIDTH, 1));
    match rule.into_styled(PrimitiveStyle::with_fill(BinaryColor::On)).draw(&mut canvas) {
        Ok(()) => {}
        Err(never) => match never {},
    }
    let Some(code) = &content.cause else {
        line(&mut canvas, &fonts, state, STATE, (RULE_Y, PANEL_HEIGHT));
        return Ok(canvas.into_picture());
    };
    line(&mut canvas, &fonts, state, STATE, (RULE_Y, CAUSE_Y));
    let cause = cause(code, content.language).unwrap_or(code);
    let small = fonts.style(WEIGHT, CAUSE.smallest);
    let lines = broken(cause, PANEL_WIDTH, |text| width(&small, text));
    if let [only] = lines.as_slice() {
        line(&mut canvas, &fonts, only, CAUSE, (CAUSE_Y, PANEL_HEIGHT));
    } else {
        let face = Face { largest: CAUSE.smallest, ..CAUSE };
        for (text, top) in lines.iter().zip([CAUSE_Y, CAUSE_Y + CAUSE_PITCH]) {
            line(&mut canvas, &fonts, text, face, (top, top + CAUSE_PITCH));
        }
    }
    Ok(canvas.into_picture())
}

/// One line in the middle between two heights, as large as fits across; the smallest is cut at the edge.
fn line(canvas: &mut Canvas, fonts: &Fonts, text: &str, face: Face, (top, bottom): (u32, u32)) {
    let fits = |size: &u32| width(&fonts.style(WEIGHT, *size), text) <= PANEL_WIDTH - 2 * MARGIN;
    let size = (face.smallest..=face.largest).rev().find(fits).unwrap_or(face.smallest);
    let style = fonts.style(WEIGHT, size);
    let x = PANEL_WIDTH.saturating_sub(width(&style, text)) / 2;
    // A font's box may be higher than the room: what sticks out is empty.
    let y = (at(top) + at(bottom) - at(size)) / 2;
    match Text::with_baseline(text, Point::new(at(x), y), style, Baseline::Top).draw(canvas) {
        Ok(_) => {}
        Err(never) => match never {},
    }
}

fn at(dots: u32) -> i32 {
    i32::try_from(dots).unwrap_or(i32::MAX / 4)
}

const fn words(state: PanelState, language: Language) -> &'static str {
    match (state, language) {
        (PanelState::InService, Language::Kk) => "Жұмыс істейді",
        (PanelState::InService, Language::Ru) => "Работает",
        (PanelState::InService, Language::En) => "In service",
        (PanelState::OutOfService, Language::Kk) => "Істемейді",
        (PanelState::OutOfService, Language::Ru) => "Не работает",
        (PanelState::OutOfService, Language::En) => "Out of service",
        (PanelState::OnBattery, Language::Kk) => "Аккумуляторда",
        (PanelState::OnBattery, Language::Ru) => "От батареи",
        (PanelState::OnBattery, Language::En) => "On battery",
    }
}

/// Codes of causes and their words, each short enough for two lines.
const CAUSES: [(&str, [&str; 3]); 24] = [
    ("noRulePack", ["Ереже жинағы жоқ", "Нет пакета правил", "No rule pack"]),
    ("rulePackExpired", ["Ережелер ескірді", "Пакет правил истёк", "Rule pack expired"]),
    ("rulePackRefused", ["Ережелер қабылданбады", "Пакет правил отвергнут", "Rule pack refused"]),
    ("relocated", ["Басқа жерде тұр", "Стоит не на месте", "Not at its place"]),
    ("integrity", ["Тақта бөтен қолда", "Плата в чужих руках", "Board not ours alone"]),
    ("firmwareTooOld", ["Бағдарлама ескі", "Прошивка устарела", "Firmware too old"]),
    ("noSealKey", ["Мөрлеу кілті жоқ", "Нет ключа МФО", "No MFO seal key"]),
    ("notActive", ["Іске қосылмаған", "Не активирован", "Not activated"]),
    ("journal", ["Журнал жазылмайды", "Журнал не пишется", "Journal not writable"]),
    ("journalFull", ["Журнал толды", "Журнал заполнен", "Journal full"]),
    ("journalDamaged", ["Журнал бұзылған", "Журнал повреждён", "Journal damaged"]),
    ("payoutBeingSettled", ["Беру анықталуда", "Выдача уточняется", "Payout being settled"]),
    ("stopping", ["Тоқтап жатыр", "Останавливается", "Stopping"]),
    ("offline", ["Байланыс жоқ", "Нет связи", "No connection"]),
    ("cashStopped", ["Ақша беру тоқтады", "Выдача остановлена", "Cash stopped"]),
    ("dispenser", ["Диспенсер ақауы", "Сбой диспенсера", "Dispenser fault"]),
    ("noCash", ["Банкнот жоқ", "Нет банкнот", "No banknotes"]),
    ("printer", ["Принтер ақауы", "Сбой принтера", "Printer fault"]),
    ("camera", ["Камера ақауы", "Сбой камеры", "Camera fault"]),
    ("cabinetDoor", ["Есік ашық", "Дверь открыта", "Door open"]),
    ("safeDoor", ["Сейф ашық", "Сейф открыт", "Safe open"]),
    ("tamper", ["Бұзу белгісі", "Признак вскрытия", "Tampering seen"]),
    ("tilt", ["Терминал қозғалды", "Терминал сдвинут", "Terminal moved"]),
    ("batteryLow", ["Заряд аз", "Заряд мал", "Battery low"]),
];

fn cause(code: &str, language: Language) -> Option<&'static str> {
    let (_, [kk, ru, en]) = CAUSES.iter().find(|(known, _)| *known == code)?;
    Some(match language {
        Language::Kk => kk,
        Language::Ru => ru,
        Language::En => en,
    })
}

#[cfg(test)]
mod tests {
    use rusttype::GlyphId;

    use super::*;

    #[test]
    fn every_word_fits_at_its_least_size_and_every_letter_has_a_glyph() {
        let fonts = Fonts::load().unwrap();
        let state = fonts.style(WEIGHT, STATE.smallest);
        let small = fonts.style(WEIGHT, CAUSE.smallest);
        for language in Language::ALL {
            for kind in [PanelState::InService, PanelState::OutOfService, PanelState::OnBattery] {
                let text = words(kind, language);
                assert!(width(&state, text) <= PANEL_WIDTH, "{text}");
                assert!(text.chars().all(|letter| fonts.font(WEIGHT).glyph(letter).id() != GlyphId(0)));
            }
            for (code, _) in CAUSES {
                let text = cause(code, language).unwrap();
                let lines = broken(text, PANEL_WIDTH, |text| width(&small, text));
                assert!(lines.len() <= 2, "{lines:?}");
                assert!(lines.iter().all(|line| width(&small, line) <= PANEL_WIDTH), "{lines:?}");
                assert!(text.chars().all(|letter| fonts.font(WEIGHT).glyph(letter).id() != GlyphId(0)));
            }
        }
    }
}
