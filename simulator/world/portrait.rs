//! Decides what a person looks like: the measures of a drawn face, the enrolled portrait, and the frames that a
//! camera sees of the person. It stands for photographs, which the simulator must not carry; it recognises nobody.

use serde::{Deserialize, Serialize};

use crate::canvas::Ink;
use crate::people::Person;
use crate::picture::{Picture, PictureError};
use crate::sketch;

/// Pixels across of portraits and frames.
pub const WIDTH: usize = 640;
/// Pixels down of portraits and frames.
pub const HEIGHT: usize = 480;

/// How far a frame is shifted at most, in pixels each way.
const SHIFT_PX: u64 = 9;
/// Sensor noise at most, in steps of 255, each way.
const NOISE: u64 = 4;

/// A colour as six hexadecimal digits, `rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rgb(pub [u8; 3]);

impl Rgb {
    /// The same colour for painting.
    #[must_use]
    pub fn ink(self) -> Ink {
        Ink(self.0.map(|part| f32::from(part) / 255.0))
    }
}

impl TryFrom<String> for Rgb {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const RULE: &str = "a colour is six hexadecimal digits";
        if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(RULE);
        }
        let [_, r, g, b] = u32::from_str_radix(&text, 16).map_err(|_| RULE)?.to_be_bytes();
        Ok(Self([r, g, b]))
    }
}

impl From<Rgb> for String {
    fn from(Rgb([r, g, b]): Rgb) -> Self {
        format!("{r:02x}{g:02x}{b:02x}")
    }
}

/// Shape of the hair, or what covers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Haircut {
    /// Short, parted at one side.
    SidePart,
    /// Straight over the shoulders.
    Long,
    /// Tied up on top.
    Bun,
    /// A mass of short curls.
    Curly,
    /// To the chin, with a straight fringe.
    Bob,
    /// Short, combed into the forehead.
    Fringe,
    /// Cut to a few millimetres.
    Cropped,
    /// A white scarf around the head.
    Headscarf,
}

/// Shape of the eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EyeShape {
    /// Low and long.
    Narrow,
    /// In between.
    Almond,
    /// High.
    Round,
}

/// What is worn at the neck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collar {
    /// A shirt with a white collar.
    Shirt,
    /// A round neckline.
    Round,
    /// A pointed neckline.
    Vee,
    /// A hooded jumper.
    Hood,
}

/// Glasses worn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Glasses {
    /// None.
    None,
    /// Thin and round.
    Round,
    /// Thick and square.
    Square,
}

/// Hair in the face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacialHair {
    /// None.
    None,
    /// Over the lip.
    Moustache,
    /// A full beard.
    Beard,
}

/// The measures of a drawn face; lengths in pixels of a 640 by 480 picture. Ranges are checked by
/// [`Face::is_drawable`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Face {
    /// Skin in plain light.
    pub skin: Rgb,
    /// Hair and brows.
    pub hair: Rgb,
    /// Iris.
    pub eyes: Rgb,
    /// Garment.
    pub clothes: Rgb,
    /// Wall behind the person; light.
    pub background: Rgb,
    /// Hair shape.
    pub haircut: Haircut,
    /// Eye shape.
    pub eye_shape: EyeShape,
    /// Neckline.
    pub collar: Collar,
    /// Glasses.
    pub glasses: Glasses,
    /// Beard or moustache.
    pub facial_hair: FacialHair,
    /// Half the width of the face, 70 to 115.
    pub face_width: u8,
    /// Half the height of the face, 100 to 145.
    pub face_height: u8,
    /// Half the width at the jaw, 55 to 110.
    pub jaw: u8,
    /// From the middle of the face to an eye, 30 to 55.
    pub eye_gap: u8,
    /// Thickness of the brows, 2 to 16.
    pub brow_weight: u8,
    /// How much higher the outer end of a brow is, -10 to 10.
    pub brow_tilt: i8,
    /// Half the width of the nose, 8 to 32.
    pub nose_width: u8,
    /// Length of the nose below the eyes, 30 to 65.
    pub nose_length: u8,
    /// Half the width of the mouth, 18 to 50.
    pub mouth_width: u8,
    /// Thickness of the lips, 3 to 20.
    pub lip_weight: u8,
    /// How far the corners of the mouth rise, -10 to 14.
    pub smile: i8,
    /// Depth of the lines of age, 0 to 4.
    pub age_lines: u8,
}

impl Face {
    /// Whether every measure lies in its range, so that what is drawn is a face.
    #[must_use]
    pub fn is_drawable(&self) -> bool {
        (70..=115).contains(&self.face_width)
            && (100..=145).contains(&self.face_height)
            && (55..=110).contains(&self.jaw)
            && (30..=55).contains(&self.eye_gap)
            && (2..=16).contains(&self.brow_weight)
            && (-10..=10).contains(&self.brow_tilt)
            && (8..=32).contains(&self.nose_width)
            && (30..=65).contains(&self.nose_length)
            && (18..=50).contains(&self.mouth_width)
            && (3..=20).contains(&self.lip_weight)
            && (-10..=14).contains(&self.smile)
            && self.age_lines <= 4
    }

    /// Somebody who is none of the built-in people: stands before the camera for a person whose face mismatches.
    #[must_use]
    pub fn stranger() -> Self {
        Self {
            skin: Rgb([0xf4, 0xd6, 0xc0]),
            hair: Rgb([0x8c, 0x35, 0x1c]),
            eyes: Rgb([0x3f, 0x6b, 0x58]),
            clothes: Rgb([0x86, 0x2f, 0x2f]),
            background: Rgb([0xe6, 0xea, 0xe8]),
            haircut: Haircut::SidePart,
            eye_shape: EyeShape::Round,
            collar: Collar::Vee,
            glasses: Glasses::None,
            facial_hair: FacialHair::None,
            face_width: 80,
            face_height: 138,
            jaw: 58,
            eye_gap: 36,
            brow_weight: 5,
            brow_tilt: -4,
            nose_width: 15,
            nose_length: 58,
            mouth_width: 25,
            lip_weight: 6,
            smile: -2,
            age_lines: 2,
        }
    }
}

/// The portrait that the lender holds of a person: still, evenly lit, without noise.
#[must_use]
pub fn enrolled(person: &Person) -> Picture {
    sketch::draw(&person.face)
}

/// Whom the camera sees when this person is asked to look into it.
#[must_use]
pub fn before_camera(person: &Person) -> Picture {
    if person.quirks.face_mismatch { sketch::draw(&Face::stranger()) } else { enrolled(person) }
}

/// The first `n` frames that a camera takes of the person, as PNG. The same seed gives the same bytes.
///
/// # Errors
/// [`PictureError::Unwritable`].
pub fn frames(person: &Person, n: usize, seed: u64) -> Result<Vec<Vec<u8>>, PictureError> {
    let still = before_camera(person);
    (0..n as u64).map(|index| frame(&still, index, seed).to_png()).collect()
}

/// One frame: the still picture a little shifted, lighter or darker, with sensor noise.
#[must_use]
pub fn frame(still: &Picture, index: u64, seed: u64) -> Picture {
    let mut noise = Noise(seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let shift = |noise: &mut Noise| (noise.below(2 * SHIFT_PX + 1) as i64) - SHIFT_PX as i64;
    let (dx, dy) = (shift(&mut noise), shift(&mut noise) / 2);
    let gain_percent = 94 + noise.below(13) as i64;
    let mut rgb = Vec::with_capacity(still.rgb.len());
    for y in 0..still.height as i64 {
        for x in 0..still.width as i64 {
            for part in still.at(x + dx, y + dy) {
                let grain = (noise.below(2 * NOISE + 1) as i64) - NOISE as i64;
                let value = i64::from(part) * gain_percent / 100 + grain;
                rgb.push(u8::try_from(value.clamp(0, 255)).unwrap_or(u8::MAX));
            }
        }
    }
    Picture { width: still.width, height: still.height, rgb }
}

/// A small repeatable generator; grain in a drawn picture asks for no more.
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::builtin;

    #[test]
    fn frames_of_one_person_repeat_by_seed_and_differ_by_number() {
        let person = builtin().unwrap().remove(0);
        let first = frames(&person, 2, 7).unwrap();
        assert_eq!(first, frames(&person, 2, 7).unwrap());
        assert_ne!(first[0], first[1]);
        assert_ne!(first[0], frames(&person, 1, 8).unwrap()[0]);
        let picture = Picture::from_png(&first[0]).unwrap();
        assert_eq!((picture.width, picture.height), (WIDTH, HEIGHT));
    }

    #[test]
    fn portraits_have_a_light_background_and_differ_from_each_other() {
        let portraits: Vec<_> = builtin().unwrap().iter().map(enrolled).collect();
        for (i, one) in portraits.iter().enumerate() {
            assert!(one.at(20, 20).iter().all(|&part| part > 200), "{i}");
            for other in portraits.iter().skip(i + 1) {
                let changed = one.rgb.iter().zip(&other.rgb).filter(|(a, b)| a.abs_diff(**b) > 40).count();
                assert!(changed > one.rgb.len() / 50, "{changed}");
            }
        }
    }

    #[test]
    fn colours_are_six_hexadecimal_digits_and_nothing_else() {
        assert_eq!(Rgb::try_from("0aFf10".to_owned()), Ok(Rgb([10, 255, 16])));
        assert_eq!(String::from(Rgb([10, 255, 16])), "0aff10");
        for bad in ["", "0aff1", "0aff100", "+aff10", "xyzxyz"] {
            assert!(Rgb::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_stranger_is_drawable() {
        assert!(Face::stranger().is_drawable());
    }

    /// Writes the portraits for looking at: `cargo test -p senim-world look_at -- --ignored` with `PORTRAITS` set.
    #[test]
    #[ignore = "writes files for a person to look at"]
    fn look_at_the_portraits() {
        let dir = std::path::PathBuf::from(std::env::var_os("PORTRAITS").unwrap());
        let stills: Vec<_> = builtin().unwrap().iter().map(enrolled).collect();
        let (width, height) = (4 * WIDTH / 2, stills.len().div_ceil(4) * HEIGHT / 2);
        let mut rgb = Vec::new();
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let still = stills.get(y / (HEIGHT / 2) * 4 + x / (WIDTH / 2));
            let place = ((x % (WIDTH / 2) * 2) as i64, (y % (HEIGHT / 2) * 2) as i64);
            rgb.extend(still.map_or([255; 3], |s| s.at(place.0, place.1)));
        }
        std::fs::write(dir.join("sheet.png"), Picture { width, height, rgb }.to_png().unwrap()).unwrap();
        for (i, still) in stills.iter().enumerate() {
            std::fs::write(dir.join(format!("{i}.png")), frame(still, 0, 1).to_png().unwrap()).unwrap();
        }
    }
}
