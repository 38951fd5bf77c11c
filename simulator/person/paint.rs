//! Triangles of a picture, painted into another: what a re-posed portrait is made of.
//!
//! A pixel belongs to a triangle when its middle does, so two triangles with a common edge neither overlap nor leave a gap.

/// Red, green, blue and how opaque.
pub(crate) type Texel = [u8; 4];

/// A picture that is painted from.
#[derive(Clone)]
pub(crate) struct Texture {
    width: usize,
    height: usize,
    texels: Vec<Texel>,
}

impl Texture {
    /// Texels in rows from the top.
    pub fn of(width: usize, height: usize, texel: impl Fn(usize, usize) -> Texel) -> Self {
        let rows = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self { width, height, texels: rows.map(|(x, y)| texel(x, y)).collect() }
    }

    pub const fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    pub fn at(&self, x: usize, y: usize) -> Texel {
        let inside = x < self.width && y < self.height;
        self.texels.get(y * self.width + x).copied().filter(|_| inside).unwrap_or_default()
    }

    /// The value at a place, by its four neighbours; places outside have the edge's value.
    pub fn between(&self, x: f32, y: f32) -> [f32; 4] {
        let x = (x - 0.5).clamp(0.0, (self.width.max(2) - 2) as f32);
        let y = (y - 0.5).clamp(0.0, (self.height.max(2) - 2) as f32);
        let (left, top) = (x as usize, y as usize);
        let (right_share, below_share) = (x - left as f32, y - top as f32);
        let at = top * self.width + left;
        let pair = |at: usize| match self.texels.get(at..at + 2) {
            Some(&[one, two]) => mix(one.map(f32::from), two.map(f32::from), right_share),
            Some(_) | None => [0.0; 4],
        };
        mix(pair(at), pair(at + self.width), below_share)
    }
}

fn mix<const N: usize>(one: [f32; N], two: [f32; N], share: f32) -> [f32; N] {
    let mut mixed = one;
    for (mixed, two) in mixed.iter_mut().zip(two) {
        *mixed += (two - *mixed) * share;
    }
    mixed
}

/// A corner of a triangle.
#[derive(Clone, Copy, Default)]
pub(crate) struct Corner {
    /// Where it comes to lie, pixels.
    pub to: (f32, f32),
    /// Where it is in the texture.
    pub from: (f32, f32),
    /// How much of the screen's light reaches it.
    pub lit: f32,
}

/// The light of a moment, as factors of red, green and blue.
#[derive(Clone, Copy)]
pub(crate) struct Light {
    /// Of the room.
    pub room: [f32; 3],
    /// Of the screen, where all of it arrives.
    pub screen: [f32; 3],
}

impl Light {
    fn on(&self, lit: f32) -> [f32; 3] {
        let mut light = self.room;
        for (light, screen) in light.iter_mut().zip(self.screen) {
            *light += screen * lit;
        }
        light
    }
}

/// A picture that is painted into: rows from the top, three bytes a pixel.
#[derive(Clone)]
pub struct Canvas {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Red, green and blue.
    pub rgb: Vec<u8>,
}

impl Canvas {
    /// All black.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, rgb: vec![0; width * height * 3] }
    }

    /// Red, green and blue of a pixel; black outside.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 3;
        match self.rgb.get(at..at + 3) {
            Some(&[red, green, blue]) if x < self.width => [red, green, blue],
            Some(_) | None => [0; 3],
        }
    }

    /// Left and right change places.
    pub(crate) fn mirror(&mut self) {
        for row in self.rgb.chunks_exact_mut(self.width.max(1) * 3) {
            let (pixels, _) = row.as_chunks_mut::<3>();
            pixels.reverse();
        }
    }

    /// Every pixel anew, from its place and colour.
    pub(crate) fn change(&mut self, change: impl Fn(usize, usize, [u8; 3]) -> [u8; 3]) {
        let width = self.width.max(1);
        let (pixels, _) = self.rgb.as_chunks_mut::<3>();
        for (at, pixel) in pixels.iter_mut().enumerate() {
            *pixel = change(at % width, at / width, *pixel);
        }
    }

    /// Paints a triangle. Corners may lie outside.
    pub(crate) fn triangle(&mut self, texture: &Texture, light: &Light, corners: [Corner; 3]) {
        let [a, b, c] = corners;
        let doubled = (b.to.0 - a.to.0) * (c.to.1 - a.to.1) - (c.to.0 - a.to.0) * (b.to.1 - a.to.1);
        if doubled.abs() < 1e-4 {
            return;
        }
        // Each value is a plane over the picture: its slope to the right and down.
        let slopes = |of: fn(&Corner) -> f32| {
            let (ab, ac) = (of(&b) - of(&a), of(&c) - of(&a));
            let right = (ab * (c.to.1 - a.to.1) - ac * (b.to.1 - a.to.1)) / doubled;
            let down = (ac * (b.to.0 - a.to.0) - ab * (c.to.0 - a.to.0)) / doubled;
            (right, down, of(&a))
        };
        let (u, v, lit) =
            (slopes(|corner| corner.from.0), slopes(|corner| corner.from.1), slopes(|corner| corner.lit));
        let top = a.to.1.min(b.to.1).min(c.to.1);
        let bottom = a.to.1.max(b.to.1).max(c.to.1);
        let first = (top - 0.5).ceil().max(0.0) as usize;
        let last = ((bottom - 0.5).ceil().max(0.0) as usize).min(self.height);
        for row in first..last {
            let y = row as f32 + 0.5;
            let (mut left, mut right) = (f32::INFINITY, f32::NEG_INFINITY);
            for (one, two) in [(a, b), (b, c), (c, a)] {
                // The same crossing for both triangles of an edge, whichever way round it is given.
                let (one, two) = if one.to.1 <= two.to.1 { (one, two) } else { (two, one) };
                if one.to.1 <= y && y < two.to.1 {
                    let share = (y - one.to.1) / (two.to.1 - one.to.1);
                    let x = one.to.0 + (two.to.0 - one.to.0) * share;
                    left = left.min(x);
                    right = right.max(x);
                }
            }
            if left > right {
                continue;
            }
            let from = (left - 0.5).ceil().max(0.0) as usize;
            let to = ((right - 0.5).ceil().max(0.0) as usize).min(self.width);
            let Some(pixels) =
                self.rgb.get_mut((row * self.width + from) * 3..(row * self.width + to.max(from)) * 3)
            else {
                continue;
            };
            let (dx, dy) = (from as f32 + 0.5 - a.to.0, y - a.to.1);
            let begin = |(right, down, value): (f32, f32, f32)| value + right * dx + down * dy;
            let (mut at_u, mut at_v, mut at_lit) = (begin(u), begin(v), begin(lit));
            let (pixels, _) = pixels.as_chunks_mut::<3>();
            for pixel in pixels {
                paint(pixel, texture.between(at_u, at_v), light.on(at_lit));
                at_u += u.0;
                at_v += v.0;
                at_lit += lit.0;
            }
        }
    }
}

fn paint(pixel: &mut [u8; 3], [red, green, blue, opaque]: [f32; 4], light: [f32; 3]) {
    if opaque < 1.0 {
        return;
    }
    let share = opaque / 255.0;
    for ((pixel, colour), light) in pixel.iter_mut().zip([red, green, blue]).zip(light) {
        let before = f32::from(*pixel);
        // Saturates: what is brighter than white is white.
        *pixel = (before + (colour * light - before) * share + 0.5) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Light = Light { room: [1.0; 3], screen: [0.0; 3] };

    fn corner(to: (f32, f32), from: (f32, f32)) -> Corner {
        Corner { to, from, lit: 1.0 }
    }

    #[test]
    fn two_triangles_of_a_square_leave_no_gap_and_paint_nothing_twice() {
        let half = Texture::of(8, 8, |_, _| [200, 100, 50, 128]);
        let mut canvas = Canvas::new(40, 40);
        let square = [(3.3, 2.1), (33.7, 5.2), (36.4, 31.9), (1.2, 35.6)].map(|to| corner(to, (4.0, 4.0)));
        let [a, b, c, d] = square;
        canvas.triangle(&half, &PLAIN, [a, b, c]);
        canvas.triangle(&half, &PLAIN, [c, a, d]);
        let inside = (8..28).flat_map(|y| (8..28).map(move |x| (x, y)));
        assert!(inside.into_iter().all(|(x, y)| canvas.at(x, y) == [100, 50, 25]));
        assert_eq!(canvas.at(0, 0), [0; 3]);
    }

    #[test]
    fn a_texture_is_shown_where_its_corners_are_put() {
        let slope = Texture::of(16, 16, |x, y| [x as u8 * 10, y as u8 * 10, 0, 255]);
        let mut canvas = Canvas::new(32, 32);
        let at = |x: f32, y: f32| corner((x * 2.0, y * 2.0), (x, y));
        canvas.triangle(&slope, &PLAIN, [at(0.0, 0.0), at(16.0, 0.0), at(0.0, 16.0)]);
        let [red, green, _] = canvas.at(8, 4);
        assert!(red.abs_diff(38) <= 3 && green.abs_diff(18) <= 3, "{red} {green}");
    }

    #[test]
    fn the_screens_light_adds_where_it_arrives_and_nowhere_else() {
        let grey = Texture::of(4, 4, |_, _| [100, 100, 100, 255]);
        let mut canvas = Canvas::new(10, 10);
        let light = Light { room: [1.0; 3], screen: [0.2, 0.0, 0.0] };
        let corners =
            [(0.0, 0.0), (30.0, 0.0), (0.0, 30.0)].map(|to| Corner { to, from: (1.0, 1.0), lit: 0.5 });
        canvas.triangle(&grey, &light, corners);
        assert_eq!(canvas.at(2, 2), [110, 100, 100]);
    }

    #[test]
    fn triangles_outside_flat_ones_and_those_with_no_numbers_change_nothing() {
        let grey = Texture::of(4, 4, |_, _| [100, 100, 100, 255]);
        let mut canvas = Canvas::new(10, 10);
        for to in [
            [(-9.0, -9.0), (-3.0, -9.0), (-9.0, -3.0)],
            [(50.0, 50.0), (60.0, 50.0), (50.0, 60.0)],
            [(1.0, 1.0), (5.0, 5.0), (9.0, 9.0)],
            [(f32::NAN, 1.0), (5.0, 5.0), (9.0, 0.0)],
        ] {
            canvas.triangle(&grey, &PLAIN, to.map(|to| corner(to, (1.0, 1.0))));
        }
        assert!(canvas.rgb.iter().all(|value| *value == 0));
    }

    #[test]
    fn a_mirror_turns_left_to_right() {
        let mut canvas = Canvas::new(3, 1);
        canvas.rgb = vec![1, 2, 3, 4, 5, 6, 7, 8, 9];
        canvas.mirror();
        assert_eq!(canvas.rgb, [7, 8, 9, 4, 5, 6, 1, 2, 3]);
    }
}
