//! Where a touch panel says that it was touched, and where that is on the display.
//!
//! A panel that was glued on crooked, turned, or worn is corrected by an affine map, as libinput's calibration matrix is one. The
//! map is found from touches of known marks, by least squares.

use serde::{Deserialize, Serialize};

/// Whole width or height, in millionths.
const WHOLE: i64 = 1_000_000;

/// A place on the display, in millionths of its width from the left and of its height from the top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DisplayPoint {
    /// From the left, 0 to 1 000 000.
    pub x: u32,
    /// From the top, 0 to 1 000 000.
    pub y: u32,
}

/// Where the marks stand, in the order in which they are touched: near the corners, where an error is largest, and one in the
/// middle that a bent panel gives away.
pub const MARKS: [DisplayPoint; 5] = [
    DisplayPoint { x: 100_000, y: 100_000 },
    DisplayPoint { x: 900_000, y: 100_000 },
    DisplayPoint { x: 900_000, y: 900_000 },
    DisplayPoint { x: 100_000, y: 900_000 },
    DisplayPoint { x: 500_000, y: 500_000 },
];

/// How far a touch may lie from its mark for a panel that needs no correction, millionths: what a finger misses by.
const EXACT: i64 = 8_000;
/// How far a corrected touch may still lie from its mark, millionths: half a key of the smallest keyboard.
const MISSED: i64 = 25_000;
/// By how much a correction may stretch or shrink the area of the panel.
const STRETCH: f64 = 4.0;

/// Where a mark was touched, and where it stands, in fractions.
type Pair = ((f64, f64), (f64, f64));

/// A correction: `x' = x.0·x + x.1·y + x.2`, and `y'` alike, over fractions of the display. In millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TouchCorrection {
    /// What the corrected distance from the left is made of.
    pub x: [i32; 3],
    /// What the corrected distance from the top is made of.
    pub y: [i32; 3],
}

/// What touches of all marks tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calibration {
    /// Each lies on its mark.
    Exact,
    /// They do, behind this correction of what was corrected before.
    Corrected(TouchCorrection),
    /// No map brings them there: a mark was missed, or the panel is broken.
    Missed,
}

impl DisplayPoint {
    /// A place by fractions of width and height; what lies outside is moved to the edge.
    #[must_use]
    pub fn of_fractions(x: f32, y: f32) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and a million"
        )]
        let millionths = |part: f32| (f64::from(part).clamp(0.0, 1.0) * 1e6).round() as u32;
        Self { x: millionths(x), y: millionths(y) }
    }

    /// As fractions of width and height.
    #[must_use]
    pub fn fractions(self) -> (f32, f32) {
        let (x, y) = self.floats();
        #[expect(clippy::cast_possible_truncation, reason = "a millionth of a display is no pixel")]
        (x as f32, y as f32)
    }

    fn floats(self) -> (f64, f64) {
        (f64::from(self.x) / 1e6, f64::from(self.y) / 1e6)
    }

    fn is_within(self, most: i64, other: Self) -> bool {
        let apart = |a: u32, b: u32| (i64::from(a) - i64::from(b)).abs();
        apart(self.x, other.x) <= most && apart(self.y, other.y) <= most
    }
}

impl TouchCorrection {
    /// What changes nothing.
    pub const NONE: Self = Self { x: [1_000_000, 0, 0], y: [0, 1_000_000, 0] };

    /// Where a touch is that the panel tells here; at the edge where that lies outside.
    #[must_use]
    pub fn of(&self, told: DisplayPoint) -> DisplayPoint {
        let axis = |row: &[i32; 3]| {
            let [by_x, by_y, by] = row.map(i64::from);
            let sum = by_x * i64::from(told.x) + by_y * i64::from(told.y);
            u32::try_from((sum / WHOLE + by).clamp(0, WHOLE)).unwrap_or_default()
        };
        DisplayPoint { x: axis(&self.x), y: axis(&self.y) }
    }

    /// As libinput takes it: six fractions, row by row.
    #[must_use]
    pub fn matrix(&self) -> [f32; 6] {
        let [a, b, c] = self.x;
        let [d, e, f] = self.y;
        #[expect(clippy::cast_possible_truncation, reason = "a millionth of a display is no pixel")]
        [a, b, c, d, e, f].map(|part| (f64::from(part) / 1e6) as f32)
    }

    /// What libinput gives.
    #[must_use]
    pub fn of_matrix(matrix: [f32; 6]) -> Self {
        let [a, b, c, d, e, f] = matrix.map(|part| millionths(f64::from(part)));
        Self { x: [a, b, c], y: [d, e, f] }
    }

    /// This one, of what `before` has corrected already; `None` where it is no correction of a panel any more.
    #[must_use]
    pub fn behind(&self, before: &Self) -> Option<Self> {
        let times = |a: i32, b: i32| i64::from(a) * i64::from(b);
        let axis = |row: [i32; 3]| {
            let [by_x, by_y, by] = row;
            let part =
                |place: usize| Some(times(by_x, *before.x.get(place)?) + times(by_y, *before.y.get(place)?));
            let whole = |sum: i64| i32::try_from(sum / WHOLE).ok();
            Some([whole(part(0)?)?, whole(part(1)?)?, i32::try_from(part(2)? / WHOLE + i64::from(by)).ok()?])
        };
        Some(Self { x: axis(self.x)?, y: axis(self.y)? })
    }

    /// The map that brings what was touched to the marks with the least squares of what is left.
    fn fitted(touched: &[DisplayPoint; 5]) -> Option<Self> {
        let pairs = || touched.iter().map(|at| at.floats()).zip(MARKS.iter().map(|mark| mark.floats()));
        let mean = |of: &dyn Fn(Pair) -> f64| pairs().map(of).sum::<f64>() / 5.0;
        let (middle_x, middle_y) = (mean(&|(at, _)| at.0), mean(&|(at, _)| at.1));
        let (xx, xy, yy) = (
            mean(&|(at, _)| (at.0 - middle_x).powi(2)),
            mean(&|(at, _)| (at.0 - middle_x) * (at.1 - middle_y)),
            mean(&|(at, _)| (at.1 - middle_y).powi(2)),
        );
        let spread = xx * yy - xy * xy;
        let axis = |wanted: fn((f64, f64)) -> f64| {
            let middle = mean(&|(_, mark)| wanted(mark));
            let with_x = mean(&|(at, mark)| (at.0 - middle_x) * (wanted(mark) - middle));
            let with_y = mean(&|(at, mark)| (at.1 - middle_y) * (wanted(mark) - middle));
            let by_x = (with_x * yy - with_y * xy) / spread;
            let by_y = (with_y * xx - with_x * xy) / spread;
            [by_x, by_y, middle - by_x * middle_x - by_y * middle_y]
        };
        let (x, y) = (axis(|mark| mark.0), axis(|mark| mark.1));
        let area = (x[0] * y[1] - x[1] * y[0]).abs();
        let is_a_panel = area.is_finite() && area < STRETCH && area > STRETCH.recip();
        is_a_panel.then(|| Self { x: x.map(millionths), y: y.map(millionths) })
    }

    /// What these touches of [`MARKS`] tell, in their order, while this correction is in force.
    #[must_use]
    pub fn judged(&self, touched: &[DisplayPoint; 5]) -> Calibration {
        let lie =
            |by: &Self, most| touched.iter().zip(MARKS).all(|(at, mark)| by.of(*at).is_within(most, mark));
        if lie(&Self::NONE, EXACT) {
            return Calibration::Exact;
        }
        let fitted = Self::fitted(touched).filter(|fitted| lie(fitted, MISSED));
        fitted.and_then(|fitted| fitted.behind(self)).map_or(Calibration::Missed, Calibration::Corrected)
    }
}

/// What lies far outside a display is no correction, and saturates.
fn millionths(part: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let whole = (part * 1e6).round() as i32;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a panel says that the marks were touched, and the correction of that.
    fn told(panel: TouchCorrection) -> [DisplayPoint; 5] {
        MARKS.map(|mark| panel.of(mark))
    }

    fn corrected(by: Calibration) -> TouchCorrection {
        match by {
            Calibration::Corrected(correction) => correction,
            other => panic!("{other:?}"),
        }
    }

    fn brings_back(correction: TouchCorrection, panel: TouchCorrection) {
        for x in (50_000..=950_000).step_by(90_000) {
            for y in (50_000..=950_000).step_by(90_000) {
                let touched = DisplayPoint { x, y };
                let at = correction.of(panel.of(touched));
                assert!(at.is_within(20, touched), "{touched:?} came as {at:?}");
            }
        }
    }

    #[test]
    fn a_panel_that_is_right_is_left_alone() {
        assert_eq!(TouchCorrection::NONE.judged(&MARKS), Calibration::Exact);
        let by_a_finger = MARKS.map(|mark| DisplayPoint { x: mark.x + 7_000, y: mark.y - 7_000 });
        assert_eq!(TouchCorrection::NONE.judged(&by_a_finger), Calibration::Exact);
    }

    #[test]
    fn shifted_stretched_turned_and_mirrored_panels_are_corrected() {
        for panel in [
            TouchCorrection { x: [1_000_000, 0, 30_000], y: [0, 1_000_000, -20_000] },
            TouchCorrection { x: [950_000, 0, 25_000], y: [0, 900_000, 40_000] },
            TouchCorrection { x: [990_000, 40_000, -20_000], y: [-40_000, 990_000, 25_000] },
            TouchCorrection { x: [-1_000_000, 0, 1_000_000], y: [0, -1_000_000, 1_000_000] },
            TouchCorrection { x: [0, 1_000_000, 0], y: [-1_000_000, 0, 1_000_000] },
        ] {
            brings_back(corrected(TouchCorrection::NONE.judged(&told(panel))), panel);
        }
    }

    #[test]
    fn a_second_calibration_builds_on_the_first() {
        let panel = TouchCorrection { x: [950_000, 10_000, 25_000], y: [0, 900_000, 40_000] };
        let first = TouchCorrection { x: [0, 1_000_000, 0], y: [1_000_000, 0, 0] };
        let touched = told(panel).map(|at| first.of(at));
        brings_back(corrected(first.judged(&touched)), panel);
    }

    #[test]
    fn touches_of_one_place_or_a_missed_mark_correct_nothing() {
        let judged = |touched: [DisplayPoint; 5]| TouchCorrection::NONE.judged(&touched);
        assert_eq!(judged([MARKS[0]; 5]), Calibration::Missed);
        assert_eq!(judged([DisplayPoint::default(); 5]), Calibration::Missed);
        let mut missed = MARKS;
        missed[4] = DisplayPoint { x: 600_000, y: 500_000 };
        assert_eq!(judged(missed), Calibration::Missed);
        let on_a_line = [0, 1, 2, 3, 4].map(|no| DisplayPoint { x: 200_000 * no, y: 200_000 * no });
        assert_eq!(judged(on_a_line), Calibration::Missed);
    }

    #[test]
    fn touches_beside_the_display_lie_on_its_edge() {
        let by = TouchCorrection { x: [1_000_000, 0, 500_000], y: [0, 1_000_000, -500_000] };
        assert_eq!(by.of(DisplayPoint { x: 900_000, y: 100_000 }), DisplayPoint { x: 1_000_000, y: 0 });
        assert_eq!(DisplayPoint::of_fractions(-0.5, f32::NAN), DisplayPoint::default());
        assert_eq!(DisplayPoint::of_fractions(0.25, 7.0), DisplayPoint { x: 250_000, y: 1_000_000 });
    }

    #[test]
    fn libinput_gets_rows_of_fractions() {
        let by = TouchCorrection { x: [1_000_000, 0, 250_000], y: [0, 500_000, -125_000] };
        assert_eq!(by.matrix(), [1.0, 0.0, 0.25, 0.0, 0.5, -0.125]);
        assert_eq!(TouchCorrection::of_matrix(by.matrix()), by);
    }
}
