//! Decides how shapes become anti-aliased pixels: a shape is a signed distance in pixels, negative inside.
//! It knows no faces.

use crate::picture::Picture;

/// Linear RGB colour, each part 0 to 1 (more is clipped when the picture is finished).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ink(pub [f32; 3]);

impl Ink {
    /// Every part multiplied.
    #[must_use]
    pub fn times(self, factor: f32) -> Self {
        Self(self.0.map(|part| part * factor))
    }

    /// A mixture: 0 is `self`, 1 is `other`.
    #[must_use]
    pub fn towards(self, other: Self, share: f32) -> Self {
        let [r, g, b] = self.0;
        let [r2, g2, b2] = other.0;
        Self([r + (r2 - r) * share, g + (g2 - g) * share, b + (b2 - b) * share])
    }
}

/// A point in pixels, x to the right, y down.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// Pixels from the left edge.
    pub x: f32,
    /// Pixels from the top edge.
    pub y: f32,
}

/// Shorthand for a point.
#[must_use]
pub fn at(x: f32, y: f32) -> At {
    At { x, y }
}

/// Distance to an ellipse (exact on its axes, close elsewhere).
#[must_use]
pub fn ellipse(p: At, centre: At, rx: f32, ry: f32) -> f32 {
    superellipse(p, centre, rx, ry, 2.0)
}

/// Distance to a superellipse; exponent 2 is an ellipse, more is squarer, less is more pointed.
#[must_use]
pub fn superellipse(p: At, centre: At, rx: f32, ry: f32, exponent: f32) -> f32 {
    let q = ((p.x - centre.x).abs() / rx).powf(exponent) + ((p.y - centre.y).abs() / ry).powf(exponent);
    (q.powf(1.0 / exponent) - 1.0) * rx.min(ry)
}

/// Distance to a line with round ends.
#[must_use]
pub fn capsule(p: At, a: At, b: At, radius: f32) -> f32 {
    let (abx, aby, apx, apy) = (b.x - a.x, b.y - a.y, p.x - a.x, p.y - a.y);
    let t = ((apx * abx + apy * aby) / (abx * abx + aby * aby).max(1e-6)).clamp(0.0, 1.0);
    (apx - abx * t).hypot(apy - aby * t) - radius
}

/// Distance to a quadratic curve, thick in the middle and thin at the ends.
#[must_use]
pub fn arc(p: At, from: At, through: At, to: At, radius: f32) -> f32 {
    const PIECES: u8 = 10;
    let point = |i: u8| {
        let t = f32::from(i) / f32::from(PIECES);
        let mix = |a: f32, b: f32, c: f32| (1.0 - t) * (1.0 - t) * a + 2.0 * (1.0 - t) * t * b + t * t * c;
        at(mix(from.x, through.x, to.x), mix(from.y, through.y, to.y))
    };
    (0..PIECES)
        .map(|i| {
            let t = (f32::from(i) + 0.5) / f32::from(PIECES);
            capsule(p, point(i), point(i + 1), radius * (0.45 + 2.2 * t * (1.0 - t)))
        })
        .fold(f32::MAX, f32::min)
}

/// Distance to a rectangle with round corners.
#[must_use]
pub fn round_rect(p: At, centre: At, half_width: f32, half_height: f32, corner: f32) -> f32 {
    let dx = (p.x - centre.x).abs() - half_width + corner;
    let dy = (p.y - centre.y).abs() - half_height + corner;
    dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - corner
}

/// Side of the squares that are left out as a whole when their middle lies far outside a shape, in pixels.
const TILE: usize = 8;
/// How far outside that is: more than half a diagonal, since the distances of odd shapes run ahead of the truth.
const FAR: f32 = 16.0;

/// A picture being painted.
pub struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 3]>,
}

impl Canvas {
    /// A canvas whose every pixel is given by a function.
    #[must_use]
    pub fn new(width: usize, height: usize, ground: impl Fn(At) -> Ink) -> Self {
        let pixels = (0..width * height)
            .map(|i| ground(at((i % width) as f32 + 0.5, (i / width) as f32 + 0.5)).0)
            .collect();
        Self { width, height, pixels }
    }

    /// Paints a shape inside a box (left, top, right, bottom). `soft` is the width of its edge in pixels: 1 for a
    /// crisp anti-aliased edge, more for shadows. `opacity` is 0 to 1.
    pub fn paint(
        &mut self,
        bounds: (f32, f32, f32, f32),
        soft: f32,
        opacity: f32,
        distance: impl Fn(At) -> f32,
        ink: impl Fn(At) -> Ink,
    ) {
        let (left, top, right, bottom) = bounds;
        let columns =
            (left.max(0.0) as usize / TILE)..(right.max(0.0) as usize).min(self.width).div_ceil(TILE);
        let rows = (top.max(0.0) as usize / TILE)..(bottom.max(0.0) as usize).min(self.height).div_ceil(TILE);
        for (row, column) in rows.flat_map(|row| columns.clone().map(move |column| (row, column))) {
            let middle = at((column * TILE + TILE / 2) as f32, (row * TILE + TILE / 2) as f32);
            if distance(middle) > FAR + soft {
                continue;
            }
            let lines = self.pixels.chunks_exact_mut(self.width).enumerate().skip(row * TILE).take(TILE);
            for (y, line) in lines {
                for (x, pixel) in line.iter_mut().enumerate().skip(column * TILE).take(TILE) {
                    let p = at(x as f32 + 0.5, y as f32 + 0.5);
                    let cover = (0.5 - distance(p) / soft).clamp(0.0, 1.0) * opacity;
                    if cover > 0.0 {
                        *pixel = Ink(*pixel).towards(ink(p), cover).0;
                    }
                }
            }
        }
    }

    /// The finished 8-bit picture.
    #[must_use]
    pub fn finish(self) -> Picture {
        let rgb = self
            .pixels
            .iter()
            .flat_map(|pixel| pixel.map(|part| (part.clamp(0.0, 1.0) * 255.0 + 0.5) as u8))
            .collect();
        Picture { width: self.width, height: self.height, rgb }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_is_blended_and_the_inside_is_solid() {
        let mut canvas = Canvas::new(40, 40, |_| Ink([1.0; 3]));
        let disc = |p| ellipse(p, at(20.0, 20.0), 10.0, 10.0);
        canvas.paint((0.0, 0.0, 40.0, 40.0), 1.0, 1.0, disc, |_| Ink([0.0; 3]));
        let picture = canvas.finish();
        assert_eq!(picture.at(20, 20), [0; 3]);
        assert_eq!(picture.at(2, 2), [255; 3]);
        let blended = (0..40).flat_map(|y| (0..40).map(move |x| (x, y)));
        assert!(blended.filter(|&(x, y)| (1..255).contains(&picture.at(x, y)[0])).count() > 20);
    }

    #[test]
    fn distances_are_negative_inside_and_positive_outside() {
        let shapes: [fn(At) -> f32; 4] = [
            |p| superellipse(p, at(0.0, 0.0), 10.0, 20.0, 2.6),
            |p| capsule(p, at(-8.0, 0.0), at(8.0, 0.0), 3.0),
            |p| arc(p, at(-8.0, 0.0), at(0.0, 0.0), at(8.0, 0.0), 3.0),
            |p| round_rect(p, at(0.0, 0.0), 8.0, 6.0, 2.0),
        ];
        for shape in shapes {
            assert!(shape(at(0.0, 0.0)) < 0.0 && shape(at(30.0, 30.0)) > 10.0);
        }
    }
}
