//! Parts of a picture as the networks want them: any square, turned by any angle, at the size of their input.
//!
//! A pixel's value stands at its middle. What lies outside the picture is black.

use zeroize::Zeroizing;

use crate::picture::Picture;

/// A square of a picture, turned. Lengths are pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    /// Its middle.
    pub centre: (f32, f32),
    /// Length of a side.
    pub side: f32,
    /// Radians by which it is turned, clockwise as the picture is seen.
    pub angle: f32,
}

/// What a network wants to be given.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    /// Pixels across and down.
    pub pixels: u16,
    /// What black is.
    pub black: f32,
    /// What white is.
    pub white: f32,
    /// Left and right change places.
    pub mirrored: bool,
}

impl Window {
    /// The smallest upright square with the whole picture in its middle, turned by `angle`.
    pub fn around(picture: &Picture<'_>, angle: f32) -> Self {
        let (width, height) = picture.extent();
        Self { centre: (width / 2.0, height / 2.0), side: width.max(height), angle }
    }

    /// The place in the picture of a place in the window: shares of the side from its top left corner.
    pub fn to_picture(self, (across, down): (f32, f32)) -> (f32, f32) {
        let (sin, cos) = self.angle.sin_cos();
        let (x, y) = ((across - 0.5) * self.side, (down - 0.5) * self.side);
        (self.centre.0 + x * cos - y * sin, self.centre.1 + x * sin + y * cos)
    }

    /// The part of the picture that is in the window, rows from the top, three numbers a pixel.
    pub fn sample(self, picture: &Picture<'_>, wanted: Wanted) -> Zeroizing<Vec<f32>> {
        let pixels = usize::from(wanted.pixels);
        let step = 1.0 / f32::from(wanted.pixels);
        // Several looks a pixel where the window is made smaller, or fine detail would turn to noise.
        let shrunk = self.side * step;
        let looks = shrunk.round().clamp(1.0, LOOKS_MAX);
        let scale = (wanted.white - wanted.black) / 255.0 / (looks * looks);
        let (sin, cos) = self.angle.sin_cos();
        let length = self.side * step / looks;
        let (along, across) = ((length * cos, length * sin), (-length * sin, length * cos));
        let mut numbers = Zeroizing::new(Vec::with_capacity(pixels * pixels * 3));
        let looks = looks as usize;
        for row in 0..pixels {
            for column in 0..pixels {
                let column = if wanted.mirrored { pixels - 1 - column } else { column };
                let (x, y) = self.to_picture((column as f32 * step, row as f32 * step));
                let mut sum = [0.0; 3];
                for down in 0..looks {
                    for right in 0..looks {
                        let (right, down) = (right as f32 + 0.5, down as f32 + 0.5);
                        let at =
                            (x + right * along.0 + down * across.0, y + right * along.1 + down * across.1);
                        let seen = if looks > 1 { picture.nearest(at) } else { picture.between(at) };
                        for (sum, seen) in sum.iter_mut().zip(seen) {
                            *sum += seen;
                        }
                    }
                }
                numbers.extend(sum.map(|sum| wanted.black + sum * scale));
            }
        }
        numbers
    }
}

/// More looks a pixel cost more than they show.
const LOOKS_MAX: f32 = 8.0;

impl Picture<'_> {
    /// Width and height in pixels.
    pub(crate) fn extent(&self) -> (f32, f32) {
        let (width, height) = self.dimensions();
        (width as f32, height as f32)
    }

    /// Red, green and blue of the pixel at a place; black outside.
    pub(crate) fn nearest(&self, (x, y): (f32, f32)) -> [f32; 3] {
        self.pixel(x.floor() as i64, y.floor() as i64)
    }

    /// Red, green and blue at a place, by its four neighbours.
    pub(crate) fn between(&self, (x, y): (f32, f32)) -> [f32; 3] {
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (right_share, below_share) = (x - left, y - top);
        let (left, top) = (left as i64, top as i64);
        let mix = |one: [f32; 3], other: [f32; 3], share: f32| {
            let [[a, b, c], [d, e, f]] = [one, other];
            [a + (d - a) * share, b + (e - b) * share, c + (f - c) * share]
        };
        let above = mix(self.pixel(left, top), self.pixel(left + 1, top), right_share);
        let below = mix(self.pixel(left, top + 1), self.pixel(left + 1, top + 1), right_share);
        mix(above, below, below_share)
    }

    fn pixel(&self, x: i64, y: i64) -> [f32; 3] {
        let (width, height) = self.dimensions();
        if x < 0 || y < 0 || x >= i64::from(width) || y >= i64::from(height) {
            return [0.0; 3];
        }
        let at = usize::try_from((y * i64::from(width) + x) * 3).unwrap_or(usize::MAX);
        match self.rgb().get(at..at.saturating_add(3)) {
            Some(&[red, green, blue]) => [f32::from(red), f32::from(green), f32::from(blue)],
            Some(_) | None => [0.0; 3],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A slope: red says the column, green the row.
    fn slope(width: u32, height: u32) -> Vec<u8> {
        (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, 7])).collect()
    }

    const PLAIN: Wanted = Wanted { pixels: 8, black: 0.0, white: 255.0, mirrored: false };

    #[test]
    fn a_window_of_the_same_size_gives_the_very_pixels() {
        let rgb = slope(8, 8);
        let picture = Picture::new(8, 8, &rgb).unwrap();
        let numbers = Window::around(&picture, 0.0).sample(&picture, PLAIN);
        let back: Vec<u8> = numbers.iter().map(|number| number.round() as u8).collect();
        assert_eq!(back, rgb);
    }

    #[test]
    fn a_quarter_turn_brings_the_left_edge_to_the_top_and_a_mirror_changes_sides() {
        let rgb = slope(8, 8);
        let picture = Picture::new(8, 8, &rgb).unwrap();
        // Turned clockwise, the window's top edge lies on the picture's right edge.
        let turned = Window::around(&picture, std::f32::consts::FRAC_PI_2).sample(&picture, PLAIN);
        assert_eq!((turned[0].round(), turned[1].round()), (7.0, 0.0));
        let mirrored = Window::around(&picture, 0.0).sample(&picture, Wanted { mirrored: true, ..PLAIN });
        assert_eq!((mirrored[0].round(), mirrored[1].round()), (7.0, 0.0));
    }

    #[test]
    fn a_smaller_copy_is_a_mean_and_outside_is_black() {
        let rgb = [[0_u8; 3], [255; 3]].concat().repeat(16 * 8);
        let picture = Picture::new(16, 16, &rgb).unwrap();
        let half = Window::around(&picture, 0.0).sample(&picture, PLAIN);
        assert!(half.iter().all(|number| (number - 127.5).abs() < 0.1), "{half:?}");
        let away = Window { centre: (-90.0, 5.0), side: 20.0, angle: 0.3 };
        let black = away.sample(&picture, Wanted { black: -1.0, white: 1.0, ..PLAIN });
        assert!(black.iter().all(|number| *number == -1.0));
    }

    #[test]
    fn empty_and_tiny_pictures_are_sampled_as_black_around_what_there_is() {
        for (width, height) in [(0, 0), (0, 5), (1, 1), (3, 1)] {
            let rgb = slope(width, height);
            let picture = Picture::new(width, height, &rgb).unwrap();
            assert_eq!(Window::around(&picture, 1.0).sample(&picture, PLAIN).len(), 8 * 8 * 3);
        }
    }
}
