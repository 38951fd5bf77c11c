//! Colours of a face and of what is behind it, and what they tell about something that covers it.

use crate::measure::Picture;
use crate::mesh::{FOREHEAD, LEFT_EYE, LIP_SKIN, LOWER_FACE, Mesh, RIGHT_EYE};

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

/// Colours of the regions of one face.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Colours {
    /// Forehead and cheeks.
    pub skin: Colour,
    lips: Colour,
    lower: Colour,
    /// Around the person's right eye, and the left.
    eyes: [Colour; 2],
}

impl Colours {
    pub fn of(picture: &Picture<'_>, mesh: &Mesh) -> Self {
        let (left, right) = (mesh.at(RIGHT_EYE.outer), mesh.at(LEFT_EYE.outer));
        let reach = (right.x - left.x).hypot(right.y - left.y) * PATCH;
        let mean =
            |numbers: &[usize]| mean(numbers.iter().map(|number| patch(picture, mesh, *number, reach)));
        let parts = [mean(&FOREHEAD), mean(&RIGHT_EYE.cheek), mean(&LEFT_EYE.cheek)];
        Self {
            skin: self::mean(parts.into_iter()),
            lips: mean(&LIP_SKIN),
            lower: mean(&LOWER_FACE),
            eyes: [mean(&RIGHT_EYE.around), mean(&LEFT_EYE.around)],
        }
    }

    /// What covers the face, if anything does.
    ///
    /// Lips are redder than the skin of the same person; cloth is not, and is of one colour from nose to chin, which a beard
    /// with lips in it is not. Around the eyes skin is a little darker than on the cheeks; behind dark glass far darker.
    pub fn cover(&self) -> Option<Cover> {
        let skin = luma(self.skin).max(1.0);
        let darkest = self.eyes.iter().map(|eye| luma(*eye)).fold(f32::INFINITY, f32::min);
        let brightest = self.eyes.iter().map(|eye| luma(*eye)).fold(0.0, f32::max);
        let paler = redness(self.skin) - redness(self.lips);
        if paler > PALER_MIN && (redness(self.lips) - redness(self.lower)).abs() < CLOTH_SPREAD_MAX {
            Some(Cover::Mask)
        } else if darkest < skin * DARK_SHARE && brightest < skin * SHADED_SHARE {
            Some(Cover::DarkGlasses)
        } else {
            None
        }
    }
}

/// Redness by which lips are below skin when they are no lips.
const PALER_MIN: f32 = 0.035;
/// Redness by which cloth differs within itself.
const CLOTH_SPREAD_MAX: f32 = 0.06;
/// Luma around an eye as a share of the skin's: dark glass is below it.
const DARK_SHARE: f32 = 0.45;
/// And the other eye, which a reflection may lighten, is below this.
const SHADED_SHARE: f32 = 0.65;

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
