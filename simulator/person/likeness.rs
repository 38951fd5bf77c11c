//! Whose picture is re-posed: the portrait, cut out of its ground, with the points of its face.
//!
//! Made for the astronaut of scikit-image (Eileen Collins, by NASA, in the public domain), whose outline was drawn by hand. A
//! second identity is the same portrait with other proportions and another skin: nearer to the first than two people are.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use senim_biometrics::{Gaze, ModelError, Models, Picture, PictureError, Rten, RuntimeError, Tracker};

use crate::face::{Face, OVAL};
use crate::paint::{Canvas, Corner, Light, Texture};

/// Why there is no likeness.
#[derive(Debug, thiserror::Error)]
pub enum LikenessError {
    /// The picture cannot be read.
    #[error("the portrait {path} cannot be read; set-up (scripts/faces.sh) fetches it")]
    Unreadable {
        /// Where it should be.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is no PNG of 8-bit colours.
    #[error("the portrait {path} is no PNG with three 8-bit colours; delete it and run set-up again")]
    NoPicture {
        /// Where it is.
        path: PathBuf,
    },
    /// The models cannot be used.
    #[error(transparent)]
    Models(#[from] ModelError),
    /// Looking failed.
    #[error("the portrait cannot be looked at")]
    Runtime(#[from] RuntimeError),
    /// The picture's buffer is not that of a picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// There is no face in it.
    #[error("no face is found in the portrait; it has to show one that looks into the camera")]
    NoFace,
}

/// The astronaut's outline, pixels: hair, jaw, suit and helmet.
const OUTLINE: [(f32, f32); 57] = [
    (176.0, 128.0),
    (166.0, 118.0),
    (157.0, 100.0),
    (153.0, 82.0),
    (155.0, 62.0),
    (165.0, 46.0),
    (182.0, 32.0),
    (200.0, 21.0),
    (222.0, 15.0),
    (245.0, 17.0),
    (262.0, 26.0),
    (278.0, 38.0),
    (290.0, 52.0),
    (298.0, 70.0),
    (300.0, 90.0),
    (295.0, 108.0),
    (286.0, 121.0),
    (277.0, 128.0),
    (271.0, 132.0),
    (267.0, 147.0),
    (260.0, 163.0),
    (256.0, 176.0),
    (272.0, 186.0),
    (290.0, 202.0),
    (302.0, 220.0),
    (305.0, 237.0),
    (318.0, 244.0),
    (336.0, 257.0),
    (350.0, 275.0),
    (360.0, 310.0),
    (363.0, 346.0),
    (385.0, 344.0),
    (420.0, 347.0),
    (452.0, 362.0),
    (476.0, 386.0),
    (490.0, 415.0),
    (497.0, 450.0),
    (510.0, 475.0),
    (512.0, 512.0),
    (40.0, 512.0),
    (30.0, 480.0),
    (23.0, 440.0),
    (21.0, 400.0),
    (28.0, 350.0),
    (42.0, 285.0),
    (62.0, 247.0),
    (92.0, 224.0),
    (114.0, 208.0),
    (113.0, 192.0),
    (122.0, 170.0),
    (140.0, 155.0),
    (160.0, 149.0),
    (186.0, 150.0),
    (184.0, 142.0),
    (180.0, 134.0),
    (179.0, 130.0),
    (177.0, 129.0),
];
/// Pixels over which the outline fades.
const FADES: f32 = 1.6;
/// How much broader her smile makes her mouth, a share of its width.
const SMILES: f32 = 0.28;
/// Pixels between points of the net that the picture around the face is moved by.
const NET: usize = 8;
/// How far from the face that net follows it, in distances between the eyes.
const FOLLOWS: f32 = 0.75;

/// Points of the mesh around what a mask covers, and around a glass before the right eye and the left.
const MASK: [usize; 14] = [5, 205, 187, 147, 172, 150, 176, 152, 400, 379, 397, 376, 411, 425];
const RIGHT_GLASS: [usize; 9] = [46, 105, 107, 188, 230, 229, 228, 31, 226];
const LEFT_GLASS: [usize; 9] = [276, 334, 336, 412, 450, 449, 448, 261, 446];

/// Pixels of the portrait over which another face on her head fades into her own skin.
const SEAM: f32 = 7.0;

/// A portrait that can be re-posed.
#[derive(Clone)]
pub struct Likeness {
    /// Somebody who may take the place.
    pub(crate) stranger: Option<Arc<Self>>,
    pub(crate) texture: Texture,
    pub(crate) face: Face,
    pub(crate) net: Net,
}

/// The picture around the face: points that follow the face's edge, the less the farther they are.
#[derive(Clone)]
pub(crate) struct Net {
    pub knots: Vec<Knot>,
    /// Cells with something in them, by their corners.
    pub cells: Vec<[usize; 4]>,
}

#[derive(Clone)]
pub(crate) struct Knot {
    pub from: (f32, f32),
    /// Shares of what each point of the face's edge moves.
    pub follows: [f32; OVAL.len()],
    /// How much of the screen's light reaches it.
    pub lit: f32,
}

impl Likeness {
    /// The astronaut, from `faces/astronaut.png`, by the models in `models`; both folders are filled by set-up.
    ///
    /// # Errors
    /// [`LikenessError`] names the file.
    pub fn astronaut(models: &Path, faces: &Path) -> Result<Self, LikenessError> {
        let path = faces.join("astronaut.png");
        let file = std::fs::File::open(&path)
            .map_err(|source| LikenessError::Unreadable { path: path.clone(), source })?;
        let no_picture = || LikenessError::NoPicture { path: path.clone() };
        let mut reader =
            png::Decoder::new(std::io::BufReader::new(file)).read_info().map_err(|_| no_picture())?;
        let mut rgb = vec![0; reader.output_buffer_size().ok_or_else(no_picture)?];
        let info = reader.next_frame(&mut rgb).map_err(|_| no_picture())?;
        if info.color_type != png::ColorType::Rgb || info.bit_depth != png::BitDepth::Eight {
            return Err(no_picture());
        }
        let models = Models::load(&Rten::new(), |name| std::fs::read(models.join(name)))?;
        Self::new(&mut Tracker::new(models), (info.width, info.height), &rgb)
    }

    fn new(tracker: &mut Tracker, (width, height): (u32, u32), rgb: &[u8]) -> Result<Self, LikenessError> {
        tracker.look(&Picture::new(width, height, rgb)?, Duration::ZERO, Gaze::LeftOut)?;
        let mesh = tracker.mesh().ok_or(LikenessError::NoFace)?;
        let face = Face::new(mesh, tracker.models().canonical(), SMILES);
        let (width, height) = (width as usize, height as usize);
        let texture = Texture::of(width, height, |x, y| {
            let at = (y * width + x) * 3;
            let colour = rgb.get(at..at + 3).unwrap_or(&[0; 3]);
            let &[red, green, blue] = colour else { return [0; 4] };
            [red, green, blue, opaque(x as f32 + 0.5, y as f32 + 0.5)]
        });
        let net = Net::new(&texture, &face);
        Ok(Self { stranger: None, texture, face, net })
    }

    /// With somebody who may take the place.
    #[must_use]
    pub fn with_stranger(self, stranger: Self) -> Self {
        Self { stranger: Some(Arc::new(stranger)), ..self }
    }

    /// Another person under her hair: the face of a picture, point by point where hers is, as light and as red as her skin.
    ///
    /// # Errors
    /// [`LikenessError`], as [`Self::astronaut`]: also when there is no face in the picture.
    pub fn with_the_face_of(
        &self,
        tracker: &mut Tracker,
        (width, height): (u32, u32),
        rgb: &[u8],
    ) -> Result<Self, LikenessError> {
        tracker.forget();
        tracker.look(&Picture::new(width, height, rgb)?, Duration::ZERO, Gaze::LeftOut)?;
        let points = tracker.mesh().ok_or(LikenessError::NoFace)?.points();
        let theirs: Vec<(f32, f32)> = points.iter().map(|point| (point.x, point.y)).collect();
        let picture = Texture::of(width as usize, height as usize, |x, y| {
            let at = (y * width as usize + x) * 3;
            let &[red, green, blue] = rgb.get(at..at + 3).unwrap_or(&[0; 3]) else { return [0; 4] };
            [red, green, blue, 255]
        });
        let (across, down) = self.texture.size();
        let mut painted = Canvas::new(across, down);
        let plain = Light { room: [1.0; 3], screen: [0.0; 3] };
        let place = |points: &[(f32, f32)], number: usize| points.get(number).copied().unwrap_or_default();
        for triangle in tracker.models().canonical().triangles() {
            let corner = |number: usize| Corner {
                to: place(&self.face.from, number),
                from: place(&theirs, number),
                lit: 0.0,
            };
            painted.triangle(&picture, &plain, triangle.map(corner));
        }
        let edge: Vec<(f32, f32)> = OVAL.iter().map(|number| place(&self.face.from, *number)).collect();
        let depth = |x: usize, y: usize| {
            let at = (x as f32 + 0.5, y as f32 + 0.5);
            if inside(&edge, at) { (distance(&edge, at) / SEAM).min(1.0) } else { 0.0 }
        };
        let places = || (0..down).flat_map(|y| (0..across).map(move |x| (x, y)));
        let deep: Vec<(usize, usize)> = places().filter(|(x, y)| depth(*x, *y) >= 1.0).collect();
        let mean = |of: &dyn Fn(usize, usize) -> [u8; 3]| {
            let mut sum = [0.0_f32; 3];
            for (x, y) in &deep {
                for (sum, value) in sum.iter_mut().zip(of(*x, *y)) {
                    *sum += f32::from(value);
                }
            }
            sum
        };
        let hers = |x: usize, y: usize| {
            let [red, green, blue, _] = self.texture.at(x, y);
            [red, green, blue]
        };
        let (wanted, given) = (mean(&hers), mean(&|x, y| painted.at(x, y)));
        let mixed: Vec<u8> = places()
            .flat_map(|(x, y)| {
                let share = depth(x, y);
                let (own, other) = (hers(x, y), painted.at(x, y));
                std::array::from_fn::<u8, 3, _>(|colour| {
                    let of = |values: [f32; 3]| values.get(colour).copied().unwrap_or_default();
                    let own = of(own.map(f32::from));
                    let other = of(other.map(f32::from)) * of(wanted) / of(given).max(1.0);
                    (own + (other - own) * share) as u8
                })
            })
            .collect();
        tracker.forget();
        let size = (u32::try_from(across).unwrap_or(0), u32::try_from(down).unwrap_or(0));
        Self::new(tracker, size, &mixed)
    }

    /// The same person with a mask over mouth and nose.
    #[must_use]
    pub fn masked(&self) -> Self {
        self.painted(&[&MASK], [205, 215, 222])
    }

    /// The same person in dark glasses.
    #[must_use]
    pub fn in_dark_glasses(&self) -> Self {
        self.painted(&[&RIGHT_GLASS, &LEFT_GLASS], [24, 22, 26])
    }

    fn painted(&self, outlines: &[&[usize]], [red, green, blue]: [u8; 3]) -> Self {
        let place = |number: &usize| self.face.from.get(*number).copied().unwrap_or_default();
        let polygons: Vec<Vec<(f32, f32)>> =
            outlines.iter().map(|outline| outline.iter().map(place).collect()).collect();
        let (width, height) = self.texture.size();
        let texture = Texture::of(width, height, |x, y| {
            let at = (x as f32 + 0.5, y as f32 + 0.5);
            if polygons.iter().any(|polygon| inside(polygon, at)) {
                [red, green, blue, 255]
            } else {
                self.texture.at(x, y)
            }
        });
        let net = Net::new(&texture, &self.face);
        Self { stranger: None, texture, face: self.face.clone(), net }
    }

    /// Somebody else: other proportions of the face, another skin. `seed` says who.
    #[must_use]
    pub fn of_somebody_else(&self, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed ^ 0x0bad_face);
        let mut either = |least: f32, most: f32| {
            let size = least + (most - least) * random.f32();
            if random.bool() { size } else { -size }
        };
        let face = self.face.amended(either(0.05, 0.12), either(0.06, 0.14), either(0.05, 0.1));
        let tint = [1.0 + either(0.02, 0.06), 1.0 + either(0.0, 0.03), 1.0 + either(0.02, 0.06)];
        let (width, height) = self.texture.size();
        let texture = Texture::of(width, height, |x, y| {
            let [red, green, blue, opaque] = self.texture.at(x, y);
            let [r, g, b] = tint;
            let tinted = |value: u8, tint: f32| (f32::from(value) * tint) as u8;
            [tinted(red, r), tinted(green, g), tinted(blue, b), opaque]
        });
        let net = Net::new(&texture, &face);
        Self { stranger: None, texture, face, net }
    }
}

impl Net {
    fn new(texture: &Texture, face: &Face) -> Self {
        let (width, height) = texture.size();
        let (across, down) = (width / NET + 1, height / NET + 1);
        let edge: Vec<(f32, f32)> =
            OVAL.iter().map(|number| face.from.get(*number).copied().unwrap_or_default()).collect();
        let knots = (0..down)
            .flat_map(|row| (0..across).map(move |column| ((column * NET) as f32, (row * NET) as f32)))
            .map(|from| knot(from, &edge, face))
            .collect();
        let filled = |column: usize, row: usize| {
            (0..=NET).any(|y| (0..=NET).any(|x| texture.at(column * NET + x, row * NET + y)[3] > 0))
        };
        let cells = (0..down - 1)
            .flat_map(|row| (0..across - 1).map(move |column| (column, row)))
            .filter(|(column, row)| filled(*column, *row))
            .map(|(column, row)| {
                let at = row * across + column;
                [at, at + 1, at + across + 1, at + across]
            })
            .collect();
        Self { knots, cells }
    }
}

fn knot(from: (f32, f32), edge: &[(f32, f32)], face: &Face) -> Knot {
    let squares: Vec<f32> = edge.iter().map(|(x, y)| (x - from.0).powi(2) + (y - from.1).powi(2)).collect();
    let nearest = squares.iter().copied().fold(f32::INFINITY, f32::min).sqrt();
    let away = if inside(edge, from) { 0.0 } else { nearest / (FOLLOWS * face.unit) };
    let follows = (-away * away).exp();
    let mut weights = [0.0; OVAL.len()];
    for (weight, square) in weights.iter_mut().zip(&squares) {
        *weight = 1.0 / (square + 1.0).powi(2);
    }
    let sum: f32 = weights.iter().sum();
    for weight in &mut weights {
        *weight *= follows / sum;
    }
    Knot { from, follows: weights, lit: 0.3 + 0.25 * follows }
}

fn inside(polygon: &[(f32, f32)], (x, y): (f32, f32)) -> bool {
    let mut inside = false;
    for (one, two) in edges(polygon) {
        if (one.1 > y) != (two.1 > y) && x < (two.0 - one.0) * (y - one.1) / (two.1 - one.1) + one.0 {
            inside = !inside;
        }
    }
    inside
}

fn edges(polygon: &[(f32, f32)]) -> impl Iterator<Item = ((f32, f32), (f32, f32))> {
    polygon.iter().copied().zip(polygon.iter().copied().cycle().skip(1))
}

/// How far a place is from a polygon's edge.
fn distance(polygon: &[(f32, f32)], (x, y): (f32, f32)) -> f32 {
    edges(polygon)
        .map(|(one, two)| {
            let (dx, dy) = (two.0 - one.0, two.1 - one.1);
            let along =
                (((x - one.0) * dx + (y - one.1) * dy) / (dx * dx + dy * dy).max(1e-6)).clamp(0.0, 1.0);
            (x - one.0 - dx * along).hypot(y - one.1 - dy * along)
        })
        .fold(f32::INFINITY, f32::min)
}

/// How opaque the person is at a place of the portrait.
fn opaque(x: f32, y: f32) -> u8 {
    let distance = distance(&OUTLINE, (x, y));
    let signed = if inside(&OUTLINE, (x, y)) { distance } else { -distance };
    ((signed / FADES + 0.5).clamp(0.0, 1.0) * 255.0) as u8
}
