//! Decides whether a picture shows the enrolled person: it finds the head where it fits best (shift and scale),
//! then compares light and dark by normalised cross-correlation and the colours of the parts of a face.
//!
//! It is a stand-in for a matcher bought or hired: honest on drawn faces, of no use on photographs, blind to liveness.

use serde::Serialize;

use crate::picture::Picture;

/// Score from which a picture counts as the same person, of 100.
pub const SCORE_MIN: u8 = 80;

const VIEW_WIDTH: usize = 96;
const VIEW_HEIGHT: usize = 72;
/// Below this mean luma (0 to 255) nothing can be told from the picture.
const DARK_MEAN: f32 = 32.0;
/// Above this mean luma a picture without contrast is overexposed.
const BRIGHT_MEAN: f32 = 225.0;
/// Below this standard deviation of luma there is nothing in the picture.
const BLANK_DEVIATION: f32 = 9.0;
/// Where the head sits in an enrolled portrait, in view cells: middle x, middle y, half width, half height.
const HEAD: (f32, f32, f32, f32) = (48.0, 35.0, 22.0, 28.0);
/// The inner face (brows to chin) likewise.
const INNER: (f32, f32, f32, f32) = (48.0, 36.5, 12.5, 16.0);

/// What the matcher says of a picture, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The enrolled person.
    SamePerson,
    /// A picture, but not of the enrolled person.
    OtherPerson,
    /// No picture could be read.
    Undecodable,
    /// Too dark to tell.
    TooDark,
    /// Overexposed.
    TooBright,
    /// Nothing in it: a wall, a covered lens.
    Blank,
}

/// Verdict on a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Likeness, 0 to 100; 0 where nothing was compared.
    pub score: u8,
    /// Why.
    pub reason: Reason,
}

impl Verdict {
    /// Whether the picture shows the enrolled person.
    #[must_use]
    pub fn is_match(self) -> bool {
        self.reason == Reason::SamePerson
    }

    /// The verdict on something that could not be read as a picture.
    #[must_use]
    pub fn undecodable() -> Self {
        Self { score: 0, reason: Reason::Undecodable }
    }
}

/// Compares a picture with the enrolled portrait. Pictures of any size are cut to 4:3 about their middle.
#[must_use]
pub fn compare(enrolled: &Picture, taken: &Picture) -> Verdict {
    let (template, view) = (View::of(enrolled), View::of(taken));
    let (mean, deviation) = view.light();
    let nothing = |reason| Verdict { score: 0, reason };
    if mean < DARK_MEAN {
        return nothing(Reason::TooDark);
    }
    if deviation < BLANK_DEVIATION {
        return nothing(if mean > BRIGHT_MEAN { Reason::TooBright } else { Reason::Blank });
    }
    let fit = best_fit(&template, &view);
    let head = correlation(&template, &view, HEAD, 1, fit);
    let inner = correlation(&template, &view, INNER, 1, fit);
    let colour = colour_likeness(&template, &view, fit);
    // The weakest witness decides: two people may share a hairdo or a skin, not all three.
    let likeness = head.min(inner).min(colour).clamp(0.0, 1.0);
    let score = (likeness * 100.0 + 0.5) as u8;
    let reason = if score >= SCORE_MIN { Reason::SamePerson } else { Reason::OtherPerson };
    Verdict { score, reason }
}

/// Where a template lies in a view.
#[derive(Clone, Copy)]
struct Fit {
    dx: f32,
    dy: f32,
    scale: f32,
}

struct View {
    cells: Vec<[f32; 3]>,
    colourless: bool,
}

impl View {
    fn of(picture: &Picture) -> Self {
        let (width, height) = (picture.width, picture.height);
        let cut_width = width.min(height * 4 / 3);
        let cut_height = height.min(width * 3 / 4);
        let (left, top) = ((width - cut_width) / 2, (height - cut_height) / 2);
        let cells: Vec<[f32; 3]> = (0..VIEW_WIDTH * VIEW_HEIGHT)
            .map(|i| {
                let (column, row) = (i % VIEW_WIDTH, i / VIEW_WIDTH);
                let span = |from: usize, index: usize, cut: usize, count: usize| {
                    let start = from + index * cut / count;
                    start..(from + (index + 1) * cut / count).max(start + 1)
                };
                let columns = span(left, column, cut_width, VIEW_WIDTH);
                let rows = span(top, row, cut_height, VIEW_HEIGHT);
                let count = (columns.len() * rows.len()) as f32;
                let mut sum = [0.0; 3];
                for (y, x) in rows.flat_map(|y| columns.clone().map(move |x| (y, x))) {
                    let pixel = picture.at(x as i64, y as i64);
                    sum.iter_mut().zip(pixel).for_each(|(total, part)| *total += f32::from(part));
                }
                sum.map(|total| total / count)
            })
            .collect();
        let colourless = cells.iter().all(|[r, g, b]| (r - g).abs() < 2.0 && (g - b).abs() < 2.0);
        Self { cells, colourless }
    }

    fn light(&self) -> (f32, f32) {
        let count = self.cells.len().max(1) as f32;
        let mean = self.cells.iter().map(|&cell| luma(cell)).sum::<f32>() / count;
        let variance = self.cells.iter().map(|&cell| (luma(cell) - mean).powi(2)).sum::<f32>() / count;
        (mean, variance.sqrt())
    }

    /// Colour at a place between cells, clamped to the edge.
    fn at(&self, x: f32, y: f32) -> [f32; 3] {
        let (x, y) = (x.clamp(0.0, VIEW_WIDTH as f32 - 1.001), y.clamp(0.0, VIEW_HEIGHT as f32 - 1.001));
        let (column, row) = (x as usize, y as usize);
        let (fx, fy) = (x - column as f32, y - row as f32);
        let cell = |dx: usize, dy: usize| {
            self.cells.get((row + dy) * VIEW_WIDTH + column + dx).copied().unwrap_or_default()
        };
        let mut mixed = [0.0; 3];
        for (share, part) in [
            ((1.0 - fx) * (1.0 - fy), cell(0, 0)),
            (fx * (1.0 - fy), cell(1, 0)),
            ((1.0 - fx) * fy, cell(0, 1)),
            (fx * fy, cell(1, 1)),
        ] {
            mixed.iter_mut().zip(part).for_each(|(total, value)| *total += share * value);
        }
        mixed
    }
}

fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

fn best_fit(template: &View, view: &View) -> Fit {
    let mut best = (f32::MIN, Fit { dx: 0.0, dy: 0.0, scale: 1.0 });
    let consider = |best: &mut (f32, Fit), fit: Fit, step: usize| {
        let value = correlation(template, view, HEAD, step, fit);
        if value > best.0 {
            *best = (value, fit);
        }
    };
    for scale in [0.8, 0.9, 1.0, 1.12, 1.25] {
        for (row, column) in (-3..=3i8).flat_map(|row| (-4..=4i8).map(move |column| (row, column))) {
            let fit = Fit { dx: f32::from(column) * 2.0, dy: f32::from(row) * 2.0, scale };
            consider(&mut best, fit, 3);
        }
    }
    let coarse = best.1;
    best.0 = f32::MIN;
    for scale in [0.93, 0.96, 0.98, 1.0, 1.02, 1.04, 1.07] {
        for (row, column) in (-4..=4i8).flat_map(|row| (-4..=4i8).map(move |column| (row, column))) {
            let (dx, dy) = (coarse.dx + f32::from(column) * 0.5, coarse.dy + f32::from(row) * 0.5);
            consider(&mut best, Fit { dx, dy, scale: coarse.scale * scale }, 2);
        }
    }
    best.1
}

/// Pairs of (template, view) colours over an oval of the template.
fn pairs<'a>(
    template: &'a View,
    view: &'a View,
    oval: (f32, f32, f32, f32),
    step: usize,
    fit: Fit,
) -> impl Iterator<Item = ([f32; 3], [f32; 3])> + 'a {
    let (cx, cy, rx, ry) = oval;
    let rows = ((cy - ry) as usize..=(cy + ry) as usize).step_by(step);
    rows.flat_map(move |y| {
        ((cx - rx) as usize..=(cx + rx) as usize).step_by(step).map(move |x| (x as f32, y as f32))
    })
    .filter(move |(x, y)| ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) <= 1.0)
    .map(move |(x, y)| {
        let (vx, vy) =
            (HEAD.0 + (x - HEAD.0) * fit.scale + fit.dx, HEAD.1 + (y - HEAD.1) * fit.scale + fit.dy);
        (template.at(x, y), view.at(vx, vy))
    })
}

/// Normalised cross-correlation of luma, -1 to 1; 0 where one side is flat.
fn correlation(template: &View, view: &View, oval: (f32, f32, f32, f32), step: usize, fit: Fit) -> f32 {
    let (mut n, mut sa, mut sb, mut saa, mut sbb, mut sab) = (0.0f32, 0.0f32, 0.0f32, 0.0f32, 0.0f32, 0.0f32);
    for (a, b) in pairs(template, view, oval, step, fit) {
        let (a, b) = (luma(a) / 255.0, luma(b) / 255.0);
        n += 1.0;
        sa += a;
        sb += b;
        saa += a * a;
        sbb += b * b;
        sab += a * b;
    }
    let n = n.max(1.0);
    let (va, vb) = (saa / n - (sa / n).powi(2), sbb / n - (sb / n).powi(2));
    if va < 1e-5 || vb < 1e-5 { 0.0 } else { (sab / n - sa / n * (sb / n)) / (va * vb).sqrt() }
}

/// Likeness of the colours of crown, forehead, cheeks and mouth, 0 to 1, after evening out the light. A picture
/// without colour is compared by light alone.
fn colour_likeness(template: &View, view: &View, fit: Fit) -> f32 {
    const PARTS: [(f32, f32, f32, f32); 6] = [
        (48.0, 17.5, 8.0, 3.0),
        (48.0, 25.5, 6.0, 2.0),
        (42.0, 39.0, 2.5, 2.5),
        (54.0, 39.0, 2.5, 2.5),
        (48.0, 45.5, 4.0, 2.0),
        (48.0, 62.0, 12.0, 4.0),
    ];
    let mean = |oval| {
        let (mut n, mut a_sum, mut b_sum) = (0.0f32, [0.0f32; 3], [0.0f32; 3]);
        for (a, b) in pairs(template, view, oval, 1, fit) {
            n += 1.0;
            a_sum.iter_mut().zip(a).for_each(|(total, part)| *total += part);
            b_sum.iter_mut().zip(b).for_each(|(total, part)| *total += part);
        }
        (a_sum.map(|total| total / n.max(1.0)), b_sum.map(|total| total / n.max(1.0)))
    };
    let (head_a, head_b) = mean(HEAD);
    let gain = luma(head_a) / luma(head_b).max(1.0);
    let worst = PARTS
        .into_iter()
        .map(|oval| {
            let (a, b) = mean(oval);
            if view.colourless || template.colourless {
                return (luma(a) - luma(b) * gain).abs();
            }
            a.iter().zip(b).map(|(a, b)| (a - b * gain).powi(2)).sum::<f32>().sqrt() / 1.73
        })
        .fold(0.0, f32::max);
    1.0 - worst / 120.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::builtin;
    use crate::portrait::{HEIGHT, WIDTH, before_camera, enrolled, frame};

    #[test]
    fn every_person_matches_oneself_and_nobody_else() {
        let people: Vec<_> = builtin().unwrap().into_iter().filter(|p| !p.quirks.face_mismatch).collect();
        for one in &people {
            let still = enrolled(one);
            for seed in [1, 2, 3] {
                let frame = frame(&still, seed, seed * 77);
                for other in &people {
                    let verdict = compare(&enrolled(other), &frame);
                    let same = one.client_id == other.client_id;
                    assert_eq!(verdict.is_match(), same, "{one:?} against {other:?}: {verdict:?}");
                    // Room on both sides of the limit, so that a verdict does not hang on one grain of noise.
                    assert!(
                        if same { verdict.score >= 86 } else { verdict.score <= 74 },
                        "{one:?} {other:?} {verdict:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_stranger_before_the_camera_matches_nobody() {
        let people = builtin().unwrap();
        let odd = people.iter().find(|p| p.quirks.face_mismatch).unwrap();
        let frame = frame(&before_camera(odd), 1, 1);
        for person in &people {
            let verdict = compare(&enrolled(person), &frame);
            assert_eq!(verdict.reason, Reason::OtherPerson, "{person:?}: {verdict:?}");
        }
    }

    #[test]
    fn blank_dark_bright_and_covered_pictures_have_their_own_reasons() {
        let still = enrolled(&builtin().unwrap()[0]);
        let flat = |value: u8| Picture { width: WIDTH, height: HEIGHT, rgb: vec![value; WIDTH * HEIGHT * 3] };
        for (value, reason) in
            [(0, Reason::TooDark), (20, Reason::TooDark), (120, Reason::Blank), (250, Reason::TooBright)]
        {
            let verdict = compare(&still, &frame(&flat(value), 1, 1));
            assert_eq!(verdict, Verdict { score: 0, reason }, "{value}");
        }
        let mut covered = still.clone();
        covered.rgb[WIDTH * 160 * 3..WIDTH * 320 * 3].fill(60);
        assert_eq!(compare(&still, &covered).reason, Reason::OtherPerson);
        let mut dim = still.clone();
        dim.rgb.iter_mut().for_each(|part| *part /= 8);
        assert_eq!(compare(&still, &dim).reason, Reason::TooDark);
    }

    #[test]
    fn a_nearer_smaller_or_grey_picture_of_the_same_person_still_matches() {
        for person in builtin().unwrap() {
            let still = enrolled(&person);
            let resized = |width: usize, height: usize, zoom: f32| {
                let (w, h) = (WIDTH as f32 / zoom, HEIGHT as f32 / zoom);
                let (left, top) = ((WIDTH as f32 - w) / 2.0, (HEIGHT as f32 - h) / 2.0);
                let place = |i: usize| {
                    let (x, y) = ((i % width) as f32 / width as f32, (i / width) as f32 / height as f32);
                    still.at((left + x * w) as i64, (top + y * h) as i64)
                };
                Picture { width, height, rgb: (0..width * height).flat_map(place).collect() }
            };
            let grey = Picture {
                rgb: still
                    .rgb
                    .chunks(3)
                    .flat_map(|p| [luma([p[0].into(), p[1].into(), p[2].into()]) as u8; 3])
                    .collect(),
                ..still.clone()
            };
            for taken in [resized(640, 480, 1.15), resized(320, 240, 1.0), resized(1280, 960, 0.92), grey] {
                let verdict = compare(&still, &taken);
                assert!(verdict.is_match(), "{person:?} {taken:?}: {verdict:?}");
            }
        }
    }
}
