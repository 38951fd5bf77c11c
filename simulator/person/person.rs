//! Somebody before a camera: a likeness that moves, in a room, lit by the room and by the screen.
//!
//! A picture depends on the seed, the time and what the screen has shown until then, and on nothing else.

use std::sync::Arc;

use senim_domain::liveness::{Colour, Movement};

use crate::face::{OVAL, Way};
use crate::likeness::Likeness;
use crate::motion::{Manner, Mover, Shown, Stance, normal};
use crate::paint::{Canvas, Corner, Light};

/// Pixels of a picture.
pub const WIDTH: usize = 640;
/// Rows of a picture.
pub const HEIGHT: usize = 480;
/// From a colour on the screen to the exposure that has it, ms: the screen's frame and the camera's.
const SCREEN_MS: f32 = 65.0;
/// Numbers of noise that are drawn once.
const NOISE: usize = 1 << 16;
/// How much of the screen's light arrives at the wall behind, as a share of what a face has.
const WALL_LIT: f32 = 0.08;

/// How much of the room's light a face has that is before it.
const BACK_LIT: f32 = 0.28;

/// The place of one take: where somebody stands, and the light.
#[derive(Clone)]
struct Take {
    /// Distance of the eyes' outer corners, pixels.
    eyes: f32,
    place: (f32, f32),
    room: [f32; 3],
    /// The wall, as it is in even light.
    wall: [f32; 3],
    /// Light of the whole screen in one colour, as a share of the room's.
    screen: f32,
    slopes: (f32, f32),
}

impl Take {
    fn new(random: &mut fastrand::Rng) -> Self {
        let mut around = |middle: f32, spread: f32| middle + spread * normal(random).clamp(-2.5, 2.5);
        let room = around(0.95, 0.07);
        Self {
            eyes: around(118.0, 7.0),
            place: (around(320.0, 12.0), around(225.0, 9.0)),
            room: [room * around(1.0, 0.015), room, room * around(1.0, 0.02)],
            wall: [around(196.0, 8.0), around(196.0, 8.0), around(198.0, 8.0)],
            screen: around(0.14, 0.03).max(0.06),
            slopes: (around(0.0, 0.03), around(-0.05, 0.02)),
        }
    }

    fn wall(&self) -> Canvas {
        let mut wall = Canvas::new(WIDTH, HEIGHT);
        let [red, green, blue] = self.wall;
        wall.change(|x, y, _| {
            let (x, y) = (x as f32 / WIDTH as f32 - 0.5, y as f32 / HEIGHT as f32 - 0.5);
            let light = 1.0 + self.slopes.0 * x + self.slopes.1 * y - 0.08 * (x * x + y * y);
            [red, green, blue].map(|value| (value * light) as u8)
        });
        wall
    }
}

/// Somebody before a camera of 640 × 480 pixels.
pub struct Person {
    likeness: Arc<Likeness>,
    random: fastrand::Rng,
    mover: Mover,
    take: Take,
    wall: Canvas,
    noise: Vec<i8>,
    /// Colours of the screen, each with the time in ms from which it is there.
    shown: Vec<(f32, Option<Colour>)>,
    flicker: f32,
    /// Share of the room's light that reaches the person.
    lit: f32,
    points: Vec<Way>,
}

impl Person {
    /// Somebody with this likeness; `seed` says how and where he or she stands and moves, `asked` what the challenge asks.
    #[must_use]
    pub fn new(likeness: Arc<Likeness>, seed: u64, manner: Manner, asked: &[Movement]) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let take = Take::new(&mut random);
        let sensor = 1.2 + 0.9 * random.f32();
        let noise = (0..NOISE).map(|_| (sensor * normal(&mut random)).round() as i8).collect();
        Self {
            mover: Mover::new(&mut random, manner, asked),
            wall: take.wall(),
            take,
            noise,
            shown: Vec::new(),
            flicker: random.f32() * std::f32::consts::TAU,
            lit: 1.0,
            points: Vec::new(),
            likeness,
            random,
        }
    }

    /// Sees the screen at a time in ms.
    pub fn sees(&mut self, now: f32, shown: &Shown) {
        if self.shown.last().is_none_or(|(_, flash)| *flash != shown.flash) {
            self.shown.push((now, shown.flash));
        }
        self.mover.sees(now, shown);
    }

    /// Goes on as if filmed at another time: another place, another light, the same person.
    pub(crate) fn another_take(&mut self) {
        self.take = Take::new(&mut self.random);
        self.wall = self.take.wall();
    }

    /// Has another face from now on.
    pub(crate) fn become_like(&mut self, likeness: Arc<Likeness>) {
        self.likeness = likeness;
    }

    /// Has the light behind from now on: little of it reaches the face.
    pub(crate) const fn turn_from_the_light(&mut self) {
        self.lit = BACK_LIT;
    }

    /// Where everything is at a time in ms; times may not go back.
    pub(crate) fn stance(&mut self, now: f32) -> Stance {
        self.mover.stance(now)
    }

    /// What a camera sees at a time in ms; times may not go back.
    pub fn picture(&mut self, now: f32) -> Canvas {
        let stance = self.stance(now);
        let mut canvas = self.room(now);
        self.stand(&mut canvas, now, &stance);
        self.expose(&mut canvas);
        canvas
    }

    /// The wall alone.
    pub(crate) fn room(&self, now: f32) -> Canvas {
        let light = self.light(now);
        let mut canvas = self.wall.clone();
        let tables: [[u8; 256]; 3] = std::array::from_fn(|part| {
            let at = |of: [f32; 3]| of.get(part).copied().unwrap_or_default();
            let factor = at(light.room) + at(light.screen) * WALL_LIT;
            std::array::from_fn(|value| (value as f32 * factor + 0.5) as u8)
        });
        let [red, green, blue] = &tables;
        canvas.change(|_, _, before| {
            let [r, g, b] = before.map(usize::from);
            let of = |table: &[u8; 256], value: usize| table.get(value).copied().unwrap_or_default();
            [of(red, r), of(green, g), of(blue, b)]
        });
        canvas
    }

    /// The light of a moment.
    pub(crate) fn light(&self, now: f32) -> Light {
        let slow =
            1.0 + 0.008 * (now / 2_300.0 + self.flicker).sin() + 0.004 * (now / 610.0 + self.flicker).sin();
        let colour =
            self.shown.iter().rev().find(|(at, _)| at + SCREEN_MS <= now).and_then(|(_, colour)| *colour);
        let strength = self.take.screen;
        let screen = match colour {
            None => [strength * 0.45; 3],
            Some(Colour::Red) => [strength, 0.0, 0.0],
            Some(Colour::Green) => [0.0, strength, 0.0],
            Some(Colour::Blue) => [0.0, 0.0, strength],
        };
        Light { room: self.take.room.map(|part| part * slow), screen }
    }

    /// Paints the person before what is there.
    pub(crate) fn stand(&mut self, canvas: &mut Canvas, now: f32, stance: &Stance) {
        let mut light = self.light(now);
        light.room = light.room.map(|part| part * self.lit);
        let likeness = Arc::clone(&self.likeness);
        let face = &likeness.face;
        let mut points = std::mem::take(&mut self.points);
        face.posed(&stance.looks, stance.nearer, &mut points);
        let scale = self.take.eyes / face.unit * stance.nearer;
        let (x, y) = (self.take.place.0 + stance.aside.0, self.take.place.1 + stance.aside.1);
        let to = |(at_x, at_y): (f32, f32)| {
            (x + (at_x - face.middle.0) * scale, y + (at_y - face.middle.1) * scale)
        };
        // What is nearer to the screen has more of its light.
        let near = stance.nearer * stance.nearer;

        let edge: Vec<(f32, f32)> = OVAL
            .iter()
            .map(|number| {
                let from = face.from.get(*number).copied().unwrap_or_default();
                points.get(*number).map_or((0.0, 0.0), |[x, y, _]| (x - from.0, y - from.1))
            })
            .collect();
        let knots: Vec<Corner> = likeness
            .net
            .knots
            .iter()
            .map(|knot| {
                let (mut at_x, mut at_y) = knot.from;
                for (share, (moved_x, moved_y)) in knot.follows.iter().zip(&edge) {
                    at_x += share * moved_x;
                    at_y += share * moved_y;
                }
                Corner { to: to((at_x, at_y)), from: knot.from, lit: knot.lit * near }
            })
            .collect();
        let knot = |number: usize| knots.get(number).copied().unwrap_or_default();
        for [a, b, c, d] in &likeness.net.cells {
            let [a, b, c, d] = [*a, *b, *c, *d].map(knot);
            canvas.triangle(&likeness.texture, &light, [a, b, c]);
            canvas.triangle(&likeness.texture, &light, [c, d, a]);
        }

        let corner = |number: usize| {
            let (Some([x, y, z]), Some(from)) = (points.get(number), face.from.get(number)) else {
                return (Corner::default(), 0.0);
            };
            let depth = (z - face.pivot[2]) / face.unit;
            (Corner { to: to((*x, *y)), from: *from, lit: (0.62 - 0.45 * depth).clamp(0.3, 1.1) * near }, *z)
        };
        let mut triangles: Vec<(f32, [Corner; 3], bool)> = Vec::with_capacity(face.triangles.len());
        for (numbers, inside) in face.triangles.iter().zip(&face.inside) {
            let [(a, az), (b, bz), (c, cz)] = numbers.map(corner);
            let faces_camera = turns(a.to, b.to, c.to) * turns(a.from, b.from, c.from) > 0.0;
            if faces_camera {
                triangles.push((az + bz + cz, [a, b, c], *inside));
            }
        }
        triangles.sort_by(|one, two| two.0.total_cmp(&one.0));
        // It is dark in an open mouth.
        let dim = 1.0 - (stance.looks.mouth * 2.6).clamp(0.0, 0.85);
        let mouth =
            Light { room: light.room.map(|part| part * dim), screen: light.screen.map(|part| part * dim) };
        for (_, corners, inside) in &triangles {
            canvas.triangle(&likeness.texture, if *inside { &mouth } else { &light }, *corners);
        }
        self.points = points;
    }

    /// What a sensor adds.
    pub(crate) fn expose(&mut self, canvas: &mut Canvas) {
        for row in canvas.rgb.chunks_exact_mut(canvas.width * 3) {
            let from = self.random.usize(..NOISE - row.len().min(NOISE - 1));
            for (value, noise) in row.iter_mut().zip(self.noise.iter().skip(from)) {
                *value = value.saturating_add_signed(*noise);
            }
        }
    }
}

/// Twice the area of a triangle, negative the other way round.
fn turns(a: (f32, f32), b: (f32, f32), c: (f32, f32)) -> f32 {
    (b.0 - a.0) * (c.1 - a.1) - (c.0 - a.0) * (b.1 - a.1)
}
