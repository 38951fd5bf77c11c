//! Colours of a face and of what is behind it, and what they tell about something that covers it.

use crate::mesh::{FOREHEAD, LEFT_EYE, LIP_SKIN, LOWER_FACE, Mesh, RIGHT_EYE};
use crate::picture::Picture;

/// Mean red, green and blue, 0 to 255.
pub(crate) type Colour = [f32; 3];

/// Half the side of a patch, as a share of the distance between the eyes' outer corners.
const PATCH: f32 = 0.04;
/// Looks across and down in a patch.
const LOOKS: i32 = 3;
/// Looks across and down for what is behind a person.
const RASTER: (u16, u16) = (32, 24);

/// What covers a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// Mouth and nose: a mask, a scarf.
    Mask,
    /// The eyes: dark glasses.
    DarkGlasses,
}

/// Luma (BT.601), 0 to 255.
pub(crate) fn luma([red, green, blue]: Colour) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// Luma of skin, hundredths, under which a face is dark: half of what a portrait asks for.
const DARK: i64 = 7_000;
/// Luma, hundredths, by which the ground behind a dark face is brighter when the light comes from there.
const BRIGHTER: i64 = 7_000;
/// The ground's luma over that of skin, in tenths, from which on the light comes from behind however bright the skin is.
/// Twice the most that the filmed man has before his light wall (1.34), and more than the darkest skin has before a white one.
const TENTHS_OF_SKIN: i64 = 28;

/// Whether the light comes from behind a person, by lumas of skin and ground in hundredths, 0 to 25,500.
pub(crate) const fn is_back_lit(skin: i64, ground: i64) -> bool {
    (skin < DARK && ground > skin + BRIGHTER) || ground * 10 > skin * TENTHS_OF_SKIN
}

/// Colours of the regions of one face.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Colours {
    /// Forehead and cheeks.
    pub skin: Colour,
    /// The person's right cheek, and the left.
    pub cheeks: [Colour; 2],
    lips: Colour,
    lower: Colour,
    /// Around the person's right eye, and the left.
    eyes: [Colour; 2],
}

/// Measures of what may cover a face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Covering {
    /// Redness (the share of red in the light) by which the lips are below the skin.
    pub paler: f32,
    /// Redness by which the lips are above what is around them; negative below.
    pub redder: f32,
    /// Luma around the darker and the lighter eye, as shares of the skin's.
    pub eyes: [f32; 2],
}

/// Redness, ten-thousandths, by which lips are below skin when they are no lips.
pub(crate) const PALER_MIN: i32 = 350;
/// And by which cloth differs within itself at most.
pub(crate) const CLOTH_SPREAD_MAX: i32 = 600;
/// Luma around an eye as a share of the skin's, ten-thousandths: dark glass is below it.
pub(crate) const DARK_SHARE: i32 = 4_500;
/// And the other eye, which a reflection may lighten, is below this.
pub(crate) const SHADED_SHARE: i32 = 6_500;

impl Covering {
    /// What covers the face, if anything does.
    #[must_use]
    pub fn cover(&self) -> Option<Cover> {
        // Shares: far within an i32, and what is no number is 0.
        cover(self.numbers().map(|share| (share * 10_000.0).round() as i32))
    }

    /// The measures in one order: paler, redder, darker eye, lighter eye.
    pub(crate) fn numbers(&self) -> [f32; 4] {
        let [darker, lighter] = self.eyes;
        [self.paler, self.redder, darker, lighter]
    }
}

/// What covers the face, by its measures in ten-thousandths: paler, redder, darker eye, lighter eye.
///
/// Lips are redder than the skin of the same person; cloth is not, and is of one colour from nose to chin, which a beard
/// with lips in it is not. Around the eyes skin is a little darker than on the cheeks; behind dark glass far darker.
pub(crate) const fn cover([paler, redder, darker, lighter]: [i32; 4]) -> Option<Cover> {
    if redder.abs() < CLOTH_SPREAD_MAX && paler > PALER_MIN {
        Some(Cover::Mask)
    } else if darker < DARK_SHARE && lighter < SHADED_SHARE {
        Some(Cover::DarkGlasses)
    } else {
        None
    }
}

impl Colours {
    pub fn of(picture: &Picture<'_>, mesh: &Mesh) -> Self {
        let (left, right) = (mesh.at(RIGHT_EYE.outer), mesh.at(LEFT_EYE.outer));
        let reach = (right.x - left.x).hypot(right.y - left.y) * PATCH;
        let mean =
            |numbers: &[usize]| mean(numbers.iter().map(|number| patch(picture, mesh, *number, reach)));
        let cheeks = [mean(&RIGHT_EYE.cheek), mean(&LEFT_EYE.cheek)];
        let [right, left] = cheeks;
        Self {
            skin: self::mean([mean(&FOREHEAD), right, left].into_iter()),
            cheeks,
            lips: mean(&LIP_SKIN),
            lower: mean(&LOWER_FACE),
            eyes: [mean(&RIGHT_EYE.around), mean(&LEFT_EYE.around)],
        }
    }

    /// Measures of what may cover the face.
    pub fn covering(&self) -> Covering {
        Covering {
            paler: self.paler(),
            redder: redness(self.lips) - redness(self.lower),
            eyes: self.eye_lights(),
        }
    }

    /// Redness by which the lips are below the skin.
    pub fn paler(&self) -> f32 {
        redness(self.skin) - redness(self.lips)
    }

    /// Whether lips and what is around them are of one colour.
    pub fn is_cloth(&self) -> bool {
        (redness(self.lips) - redness(self.lower)).abs() * 10_000.0 < CLOTH_SPREAD_MAX as f32
    }

    /// Luma around the darker and the lighter eye, as shares of the skin's.
    pub fn eye_lights(&self) -> [f32; 2] {
        let skin = luma(self.skin).max(1.0);
        let [right, left] = self.eyes.map(|eye| luma(eye) / skin);
        [right.min(left), right.max(left)]
    }
}

/// Share of red in the light, 1/3 for grey.
fn redness([red, green, blue]: Colour) -> f32 {
    red / (red + green + blue).max(1.0)
}

fn mean(colours: impl Iterator<Item = Colour>) -> Colour {
    let mut sum = [0.0; 3];
    let mut count: f32 = 0.0;
    for colour in colours {
        count += 1.0;
        for (sum, part) in sum.iter_mut().zip(colour) {
            *sum += part;
        }
    }
    sum.map(|sum| sum / count.max(1.0))
}

fn patch(picture: &Picture<'_>, mesh: &Mesh, number: usize, reach: f32) -> Colour {
    let point = mesh.at(number);
    let offset = |at: i32| (at - LOOKS / 2) as f32 * reach * 2.0 / LOOKS as f32;
    mean(
        (0..LOOKS * LOOKS)
            .map(|look| picture.nearest((point.x + offset(look % LOOKS), point.y + offset(look / LOOKS)))),
    )
}

/// Colours at places that show what is behind the person: above the chin, beside and above the head. Empty when the head
/// fills the picture.
pub(crate) fn background(picture: &Picture<'_>, mesh: &Mesh) -> Vec<Colour> {
    let (width, height) = picture.extent();
    let (centre, size) = mesh.bounds();
    let chin = centre.1 + size.1 / 2.0;
    // Hair reaches beyond the mesh, which ends at the forehead.
    let head = (size.0 * 0.85, size.1 * 0.95);
    let middle = centre.1 - size.1 * 0.15;
    let places = (0..RASTER.1).flat_map(|row| (0..RASTER.0).map(move |column| (column, row)));
    places
        .filter_map(|(column, row)| {
            let x = (f32::from(column) + 0.5) / f32::from(RASTER.0) * width;
            let y = (f32::from(row) + 0.5) / f32::from(RASTER.1) * height;
            let away = ((x - centre.0) / head.0).hypot((y - middle) / head.1) > 1.0;
            // Long hair falls beside the neck, and shoulders begin at the chin.
            (y < chin && away).then(|| picture.nearest((x, y)))
        })
        .collect()
}

/// The mean of what is behind the person; the corners of the picture when nothing else is seen.
pub(crate) fn behind(picture: &Picture<'_>, mesh: &Mesh) -> Colour {
    let background = background(picture, mesh);
    if background.is_empty() {
        let (width, height) = picture.extent();
        mean([(0.5, 0.5), (width - 0.5, 0.5)].into_iter().map(|at| picture.nearest(at)).chain(
            [(0.5, height / 2.0), (width - 0.5, height / 2.0)].into_iter().map(|at| picture.nearest(at)),
        ))
    } else {
        mean(background.into_iter())
    }
}

/// Standard deviation of colours from their mean: the root of the mean square distance.
pub(crate) fn spread(colours: &[Colour]) -> f32 {
    let middle = mean(colours.iter().copied());
    let distance = |colour: &Colour| -> f32 {
        colour.iter().zip(middle).map(|(part, middle)| (part - middle) * (part - middle)).sum::<f32>() / 3.0
    };
    (colours.iter().map(distance).sum::<f32>() / (colours.len().max(1) as f32)).sqrt()
}

/// Fine detail of a face.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Detail {
    /// Share of pixels that are white: reflections.
    pub white: f32,
    /// Variance of the Laplacian of luma, four neighbours.
    pub laplacian_variance: f32,
}

/// A part of a picture is white from this value of its weakest colour.
const WHITE: f32 = 245.0;
/// Steps across a face at most: a larger picture is looked at in larger steps.
const STEPS_MAX: f32 = 256.0;

/// Looks at the inner of a face: an ellipse within its mesh.
pub(crate) fn detail(picture: &Picture<'_>, mesh: &Mesh) -> Detail {
    let ((x, y), (width, height)) = mesh.bounds();
    let (across, down) = (width * 0.42, height * 0.45);
    let step = (height / STEPS_MAX).max(1.0);
    let (mut count, mut white, mut sum, mut squares) = (0.0_f32, 0.0_f32, 0.0_f64, 0.0_f64);
    let rows = (2.0 * down / step) as u16;
    let columns = (2.0 * across / step) as u16;
    for row in 0..rows {
        for column in 0..columns {
            let (right, below) = (f32::from(column) * step - across, f32::from(row) * step - down);
            if (right / across).hypot(below / down) > 1.0 {
                continue;
            }
            let at = |dx: f32, dy: f32| picture.nearest((x + right + dx, y + below + dy));
            let here = at(0.0, 0.0);
            let around: f32 =
                [at(-1.0, 0.0), at(1.0, 0.0), at(0.0, -1.0), at(0.0, 1.0)].map(luma).iter().sum();
            let laplacian = f64::from(around - 4.0 * luma(here));
            count += 1.0;
            white += f32::from(u8::from(here.into_iter().fold(f32::INFINITY, f32::min) >= WHITE));
            sum += laplacian;
            squares += laplacian * laplacian;
        }
    }
    let count = count.max(1.0);
    let mean = sum / f64::from(count);
    Detail { white: white / count, laplacian_variance: (squares / f64::from(count) - mean * mean) as f32 }
}
