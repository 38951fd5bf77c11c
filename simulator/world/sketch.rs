//! Decides how the measures of a face become a drawing: back to front, wall, hair behind, neck, garment, head,
//! features, hair in front, glasses. Proportions here are taste, tuned by looking at the pictures.

use crate::canvas::{At, Canvas, Ink, arc, at, capsule, ellipse, round_rect, superellipse};
use crate::picture::Picture;
use crate::portrait::{Collar, EyeShape, Face, FacialHair, Glasses, HEIGHT, Haircut, WIDTH};

const CX: f32 = 320.0;
const CY: f32 = 228.0;
const ALL: (f32, f32, f32, f32) = (0.0, 0.0, WIDTH as f32, HEIGHT as f32);
const WHITE: Ink = Ink([0.97, 0.97, 0.96]);
const DARK: Ink = Ink([0.09, 0.07, 0.07]);

/// Draws a face, 640 by 480.
#[must_use]
pub fn draw(face: &Face) -> Picture {
    let wall = face.background.ink();
    let canvas = Canvas::new(WIDTH, HEIGHT, |p| {
        let far = ((p.x - 300.0) / 520.0).hypot((p.y - 180.0) / 460.0);
        wall.times(1.03 - 0.10 * far * far)
    });
    let mut sketch = Sketch { canvas, face, m: Measures::of(face) };
    sketch.hair_behind();
    sketch.neck_and_garment();
    sketch.head();
    sketch.nose_and_cheeks();
    sketch.mouth();
    sketch.facial_hair();
    sketch.eyes_and_brows();
    sketch.age();
    sketch.hair_in_front();
    sketch.glasses();
    sketch.canvas.finish()
}

struct Measures {
    half_width: f32,
    half_height: f32,
    jaw_exponent: f32,
    eye_y: f32,
    eye_gap: f32,
    nose_y: f32,
    mouth_y: f32,
}

impl Measures {
    fn of(face: &Face) -> Self {
        let (half_width, half_height) = (f32::from(face.face_width), f32::from(face.face_height));
        // 0.8 of the width at 0.6 of the height is an ellipse; a wider jaw asks for a squarer curve.
        let jaw_exponent = (2.0 + (f32::from(face.jaw) / half_width - 0.8) * 4.0).clamp(1.5, 3.0);
        let eye_y = CY - 4.0;
        let nose_y = eye_y + f32::from(face.nose_length);
        let mouth_y = nose_y + (CY + half_height - nose_y) * 0.42;
        Self {
            half_width,
            half_height,
            jaw_exponent,
            eye_y,
            eye_gap: f32::from(face.eye_gap),
            nose_y,
            mouth_y,
        }
    }

    fn head(&self, p: At) -> f32 {
        let exponent = if p.y < CY { 2.25 } else { self.jaw_exponent };
        superellipse(p, at(CX, CY), self.half_width, self.half_height, exponent)
    }
}

struct Sketch<'a> {
    canvas: Canvas,
    face: &'a Face,
    m: Measures,
}

impl Sketch<'_> {
    fn hair_ink(&self) -> impl Fn(At) -> Ink + use<> {
        let hair = self.face.hair.ink();
        move |p: At| {
            let strand = (p.x * 0.55 + (p.y * 0.05).sin() * 5.0).sin() * 0.06;
            let sheen = (1.0 - ((p.y - 120.0) / 60.0).abs()).max(0.0) * 0.16;
            hair.times(1.0 + strand).towards(WHITE, (sheen + strand * 0.3).clamp(0.0, 0.3))
        }
    }

    fn hair_behind(&mut self) {
        let ink = self.hair_ink();
        let (w, h) = (self.m.half_width, self.m.half_height);
        let top = CY - h;
        match self.face.haircut {
            Haircut::Long => {
                let shape = |p: At| {
                    let crown = ellipse(p, at(CX, CY - 20.0), w + 30.0, h + 8.0);
                    let fall = round_rect(p, at(CX, CY + 90.0), w + 34.0 + (p.y - CY) * 0.07, 150.0, 40.0);
                    crown.min(fall)
                };
                self.canvas.paint(ALL, 1.4, 1.0, shape, ink);
            }
            Haircut::Bob => {
                let shape = |p: At| {
                    let crown = ellipse(p, at(CX, CY - 20.0), w + 28.0, h + 10.0);
                    crown.min(round_rect(p, at(CX, CY + 40.0), w + 30.0, 82.0, 26.0))
                };
                self.canvas.paint(ALL, 1.4, 1.0, shape, ink);
            }
            Haircut::Bun => {
                let shape = |p: At| {
                    let knot = ellipse(p, at(CX + 4.0, top - 20.0), 40.0, 34.0);
                    knot.min(ellipse(p, at(CX, CY - 26.0), w + 9.0, h - 8.0))
                };
                self.canvas.paint(ALL, 1.4, 1.0, shape, ink);
            }
            Haircut::Curly => {
                let shape = |p: At| {
                    let angle = (p.y - CY).atan2(p.x - CX);
                    ellipse(p, at(CX, CY - 50.0), w + 26.0, h - 20.0) + (angle * 21.0).sin() * 5.0
                };
                self.canvas.paint(ALL, 1.6, 1.0, shape, ink);
            }
            Haircut::SidePart | Haircut::Fringe => {
                let shape = |p: At| ellipse(p, at(CX, CY - 34.0), w + 9.0, h - 18.0);
                self.canvas.paint(ALL, 1.4, 1.0, shape, ink);
            }
            Haircut::Cropped => {
                let shape = |p: At| ellipse(p, at(CX, CY - 30.0), w + 2.5, h - 26.0);
                self.canvas.paint(ALL, 1.8, 1.0, shape, ink);
            }
            Haircut::Headscarf => {}
        }
    }

    fn neck_and_garment(&mut self) {
        let skin = self.face.skin.ink();
        let cloth = self.face.clothes.ink();
        let neck = self.m.half_width * 0.5;
        let chin = CY + self.m.half_height;
        let body = |p: At| superellipse(p, at(CX, 540.0), 222.0, 150.0, 2.4);
        let cloth_ink = move |p: At| {
            let fold = ((p.x - CX).abs() * 0.045 + p.y * 0.01).sin() * 0.05;
            cloth.times(1.05 + fold - ((p.x - 280.0) / 400.0).abs() * 0.35)
        };
        self.canvas.paint(
            ALL,
            1.3,
            1.0,
            |p| round_rect(p, at(CX, 370.0), neck, 90.0, 20.0),
            move |p| {
                let shade = (1.0 - ((p.y - chin) / 46.0).max(0.0)).max(0.0) * 0.26;
                skin.times(0.93 - shade - ((p.x - CX) / 240.0).abs() * 0.3)
            },
        );
        if self.face.collar == Collar::Hood {
            let ring = |p: At| ellipse(p, at(CX, 410.0), neck + 62.0, 46.0);
            self.canvas.paint(ALL, 1.4, 1.0, ring, move |p| cloth_ink(p).times(0.78));
        }
        let neckline = |p: At| match self.face.collar {
            Collar::Shirt => (p.y - 440.0) * 0.5 + (p.x - CX).abs() - neck * 0.55,
            Collar::Vee => (p.y - 462.0) * 0.62 + (p.x - CX).abs() * 0.9,
            Collar::Round => ellipse(p, at(CX, 392.0), neck + 22.0, 40.0),
            Collar::Hood => ellipse(p, at(CX, 388.0), neck + 12.0, 32.0),
        };
        self.canvas.paint(ALL, 1.3, 1.0, |p| body(p).max(-neckline(p)), cloth_ink);
        if self.face.collar == Collar::Shirt {
            for side in [-1.0, 1.0] {
                let corners = [(neck - 8.0, 384.0), (neck + 22.0, 402.0), (30.0, 456.0), (0.0, 424.0)];
                let flap = |p: At| {
                    let x = (p.x - CX) * side;
                    let edges = corners.iter().zip(corners.iter().cycle().skip(1));
                    edges
                        .map(|(&(ax, ay), &(bx, by))| {
                            let (ex, ey) = (bx - ax, by - ay);
                            ((x - ax) * ey - (p.y - ay) * ex) / ex.hypot(ey)
                        })
                        .fold(f32::MIN, f32::max)
                };
                self.canvas.paint(ALL, 1.3, 1.0, flap, |p| WHITE.times(0.97 - (p.y - 390.0) * 0.001));
            }
            self.canvas.paint(ALL, 1.2, 0.4, |p| capsule(p, at(CX, 448.0), at(CX, 480.0), 1.2), |_| DARK);
        }
        if self.face.collar == Collar::Hood {
            for side in [-1.0, 1.0] {
                let cord = |p: At| capsule(p, at(CX + side * 30.0, 418.0), at(CX + side * 34.0, 470.0), 2.4);
                self.canvas.paint(ALL, 1.2, 1.0, cord, |_| WHITE);
            }
        }
    }

    fn head(&mut self) {
        let skin = self.face.skin.ink();
        let (w, h) = (self.m.half_width, self.m.half_height);
        if !matches!(self.face.haircut, Haircut::Headscarf | Haircut::Bob | Haircut::Long) {
            for side in [-1.0, 1.0] {
                let ear = at(CX + side * (w + 1.0), self.m.eye_y + 18.0);
                self.canvas.paint(ALL, 1.3, 1.0, |p| ellipse(p, ear, 13.0, 26.0), |_| skin.times(0.9));
                self.canvas.paint(ALL, 3.0, 0.45, |p| ellipse(p, ear, 6.0, 15.0), |_| skin.times(0.66));
            }
        }
        let m = &self.m;
        self.canvas.paint(
            ALL,
            1.3,
            1.0,
            |p| m.head(p),
            move |p| {
                let rim = (((p.x - CX) / w).powi(2) + ((p.y - CY) / h).powi(2)).min(1.0);
                let light = ((p.x - CX + 30.0) / 120.0).hypot((p.y - CY + 50.0) / 150.0);
                skin.times(1.05 - 0.17 * rim * rim - 0.05 * light)
            },
        );
    }

    fn nose_and_cheeks(&mut self) {
        let skin = self.face.skin.ink();
        let blush = skin.towards(Ink([0.86, 0.36, 0.34]), 0.35);
        let (half, y) = (f32::from(self.face.nose_width), self.m.nose_y);
        let (eye_y, gap) = (self.m.eye_y, self.m.eye_gap);
        for side in [-1.0, 1.0] {
            let cheek = at(CX + side * (gap + 12.0), y + 2.0);
            self.canvas.paint(ALL, 26.0, 0.55, |p| ellipse(p, cheek, 24.0, 18.0), |_| blush);
            let wing = at(CX + side * half * 0.78, y - 3.0);
            self.canvas.paint(ALL, 5.0, 0.55, |p| ellipse(p, wing, half * 0.42, 9.0), |_| skin.times(0.78));
            let nostril = at(CX + side * half * 0.45, y + 3.0);
            self.canvas.paint(ALL, 2.0, 0.8, |p| ellipse(p, nostril, half * 0.24, 3.0), |_| skin.times(0.36));
        }
        let bridge =
            |p: At| arc(p, at(CX + 9.0, eye_y - 4.0), at(CX + 6.0, y - 24.0), at(CX + half, y - 8.0), 3.6);
        self.canvas.paint(ALL, 6.0, 0.5, bridge, |_| skin.times(0.72));
        self.canvas.paint(
            ALL,
            9.0,
            0.6,
            |p| ellipse(p, at(CX - 2.0, y - 9.0), half * 0.5, 9.0),
            |_| skin.times(1.1),
        );
        let under = |p: At| arc(p, at(CX - half, y + 2.0), at(CX, y + 9.0), at(CX + half, y + 2.0), 2.2);
        self.canvas.paint(ALL, 4.0, 0.5, under, |_| skin.times(0.6));
    }

    fn mouth(&mut self) {
        let skin = self.face.skin.ink();
        let lips = skin.towards(Ink([0.68, 0.2, 0.24]), 0.55);
        let (half, y) = (f32::from(self.face.mouth_width), self.m.mouth_y);
        let (thick, rise) = (f32::from(self.face.lip_weight), f32::from(self.face.smile));
        // The line of the mouth is a parabola through the raised corners.
        let line = move |x: f32| y - rise * ((x - CX) / half).powi(2);
        let open = move |x: f32| (1.0 - ((x - CX) / half).powi(2)).max(0.0);
        let upper = |p: At| {
            let bow = 1.0 - 0.35 * (-((p.x - CX) / 6.0).powi(2)).exp();
            ((line(p.x) - thick * 0.62 * open(p.x) * bow) - p.y)
                .max(p.y - line(p.x))
                .max((p.x - CX).abs() - half)
        };
        let lower = |p: At| {
            (line(p.x) - p.y)
                .max(p.y - line(p.x) - thick * open(p.x).sqrt())
                .max((p.x - CX).abs() - half * 0.94)
        };
        self.canvas.paint(ALL, 1.6, 1.0, lower, |p| lips.times(1.06 - (p.y - y) * 0.004));
        self.canvas.paint(ALL, 1.6, 1.0, upper, |_| lips.times(0.85));
        let corners = (at(CX - half, y - rise), at(CX + half, y - rise));
        let seam = |p: At| arc(p, corners.0, at(CX, y + rise), corners.1, 1.8);
        self.canvas.paint(ALL, 1.8, 0.85, seam, |_| lips.times(0.38));
        let shadow = at(CX, y + thick + 9.0);
        self.canvas.paint(ALL, 9.0, 0.4, |p| ellipse(p, shadow, half * 0.6, 4.0), |_| skin.times(0.7));
    }

    fn facial_hair(&mut self) {
        let ink = self.hair_ink();
        let (y, nose, half) = (self.m.mouth_y, self.m.nose_y, f32::from(self.face.mouth_width));
        let lip = f32::from(self.face.lip_weight);
        let moustache = |p: At| {
            let middle = (nose + y) / 2.0 + 2.0;
            arc(p, at(CX - half - 6.0, y + 1.0), at(CX, middle - 12.0), at(CX + half + 6.0, y + 1.0), 7.0)
        };
        match self.face.facial_hair {
            FacialHair::None => {}
            FacialHair::Moustache => self.canvas.paint(ALL, 2.4, 0.92, moustache, ink),
            FacialHair::Beard => {
                let m = &self.m;
                let beard = |p: At| {
                    let cheek = (nose + 4.0) - p.y - ((p.x - CX).abs() - 40.0).max(0.0) * 0.8;
                    let hole = ellipse(p, at(CX, y + lip * 0.2), half + 5.0, lip + 5.0);
                    let under_nose = ellipse(p, at(CX, nose - 10.0), half + 14.0, 26.0);
                    (m.head(p) - 5.0).max(cheek).max(-hole).max(-under_nose)
                };
                self.canvas.paint(ALL, 5.0, 0.9, beard, &ink);
                self.canvas.paint(ALL, 2.4, 0.9, moustache, &ink);
            }
        }
    }

    fn eyes_and_brows(&mut self) {
        let skin = self.face.skin.ink();
        let iris = self.face.eyes.ink();
        let brow_ink = self.face.hair.ink().towards(DARK, 0.25);
        let height = match self.face.eye_shape {
            EyeShape::Narrow => 6.5,
            EyeShape::Almond => 9.0,
            EyeShape::Round => 12.0,
        };
        let y = self.m.eye_y;
        for side in [-1.0f32, 1.0] {
            let x = CX + side * self.m.eye_gap;
            let lids = move |p: At| {
                let across = 1.0 - ((p.x - x) / 21.0).powi(2);
                let slant = side * (p.x - x) * 0.07;
                let up = y - slant - height * across.max(0.0) - p.y;
                let down = p.y - (y - slant + height * 0.62 * across.max(0.0));
                up.max(down).max((p.x - x).abs() - 21.0)
            };
            let socket = at(x, y - 3.0);
            self.canvas.paint(ALL, 16.0, 0.45, |p| ellipse(p, socket, 27.0, 17.0), |_| skin.times(0.78));
            self.canvas.paint(ALL, 1.4, 1.0, lids, |p| WHITE.times(0.94 - (y - p.y).max(0.0) * 0.015));
            let disc = |p: At, radius: f32| ellipse(p, at(x, y - 1.5), radius, radius).max(lids(p));
            self.canvas.paint(ALL, 1.4, 1.0, |p| disc(p, 9.6), |_| iris.times(0.6));
            self.canvas.paint(ALL, 2.0, 1.0, |p| disc(p, 8.0), |_| iris.times(1.15));
            self.canvas.paint(ALL, 1.2, 1.0, |p| disc(p, 4.2), |_| DARK);
            self.canvas.paint(ALL, 1.2, 0.9, |p| ellipse(p, at(x - 3.0, y - 4.5), 2.0, 2.0), |_| WHITE);
            let (inner, outer) = (at(x - side * 22.0, y + 2.0), at(x + side * 23.0, y - 2.5));
            let lash = |p: At| arc(p, inner, at(x + side * 2.0, y - 2.0 * height), outer, 2.3);
            self.canvas.paint(ALL, 1.4, 0.92, lash, |_| DARK);
            let crease = |p: At| {
                arc(p, at(inner.x, y - 5.0), at(x, y - 2.0 * height - 9.0), at(outer.x, y - 8.0), 1.1)
            };
            self.canvas.paint(ALL, 2.0, 0.5, crease, |_| skin.times(0.6));
            let tilt = f32::from(self.face.brow_tilt);
            let brow_y = y - height - 19.0;
            let weight = f32::from(self.face.brow_weight) * 0.62;
            let brow = |p: At| {
                let (from, to) =
                    (at(x - side * 23.0, brow_y + 4.0), at(x + side * 27.0, brow_y - tilt + 4.0));
                arc(p, from, at(x + side * 5.0, brow_y - 9.0 - tilt * 0.6), to, weight)
            };
            self.canvas.paint(ALL, 2.0, 0.95, brow, |_| brow_ink);
        }
    }

    fn age(&mut self) {
        let skin = self.face.skin.ink();
        let depth = f32::from(self.face.age_lines) * 0.16;
        let (half, nose, y) = (f32::from(self.face.mouth_width), self.m.nose_y, self.m.mouth_y);
        let (gap, eye_y) = (self.m.eye_gap, self.m.eye_y);
        for side in [-1.0, 1.0] {
            let wing = at(CX + side * (f32::from(self.face.nose_width) + 4.0), nose - 6.0);
            let fold = |p: At| {
                arc(
                    p,
                    wing,
                    at(CX + side * (half + 6.0), nose + 8.0),
                    at(CX + side * (half + 10.0), y + 4.0),
                    2.0,
                )
            };
            self.canvas.paint(ALL, 3.0, depth, fold, |_| skin.times(0.58));
            let bag = |p: At| {
                let x = CX + side * gap;
                arc(p, at(x - 19.0, eye_y + 13.0), at(x, eye_y + 24.0), at(x + 19.0, eye_y + 13.0), 1.6)
            };
            self.canvas.paint(ALL, 3.0, depth, bag, |_| skin.times(0.62));
        }
        for row in 0..self.face.age_lines {
            let line_y = CY - self.m.half_height * 0.56 - f32::from(row) * 9.0;
            let line =
                |p: At| arc(p, at(CX - 42.0, line_y), at(CX, line_y - 5.0), at(CX + 42.0, line_y), 1.2);
            self.canvas.paint(ALL, 2.4, depth, line, |_| skin.times(0.62));
        }
    }

    fn hair_in_front(&mut self) {
        let ink = self.hair_ink();
        let (w, h) = (self.m.half_width, self.m.half_height);
        let top = CY - h;
        let m = &self.m;
        match self.face.haircut {
            Haircut::SidePart => {
                let cap = |p: At| {
                    let x = (p.x - CX) / w;
                    let hairline = top
                        + 42.0
                        + (x - 0.35).powi(2) * 26.0
                        + if x > 0.42 { (x - 0.42) * 30.0 } else { 0.0 };
                    ellipse(p, at(CX, CY - 34.0), w + 9.0, h - 8.0).max(p.y - hairline)
                };
                self.canvas.paint(ALL, 2.0, 1.0, cap, &ink);
                let parting = |p: At| {
                    arc(
                        p,
                        at(CX + 36.0, top - 2.0),
                        at(CX + 33.0, top + 18.0),
                        at(CX + 34.0, top + 42.0),
                        1.8,
                    )
                };
                self.canvas.paint(ALL, 2.0, 0.7, parting, |_| self.face.skin.ink().times(0.75));
            }
            Haircut::Long => {
                let cap = |p: At| {
                    let opening = ellipse(p, at(CX, CY + 26.0), w - 5.0, h - 4.0);
                    let sweep = ellipse(p, at(CX + 26.0, CY + 6.0), w - 22.0, h - 22.0);
                    ellipse(p, at(CX, CY - 16.0), w + 18.0, h + 6.0)
                        .max(-opening.min(sweep))
                        .max(p.y - CY - 60.0)
                };
                self.canvas.paint(ALL, 2.0, 1.0, cap, &ink);
            }
            Haircut::Bob => {
                let cap = |p: At| {
                    let fringe = p.y - (CY - 48.0) - ((p.x * 0.4).sin()) * 1.6;
                    let sides = w - 13.0 - (p.x - CX).abs();
                    let locks = sides.max(p.y - CY - 96.0);
                    ellipse(p, at(CX, CY - 14.0), w + 16.0, h + 8.0).max(fringe.min(locks))
                };
                self.canvas.paint(ALL, 2.0, 1.0, cap, &ink);
            }
            Haircut::Bun => {
                let cap = |p: At| {
                    let hairline = ellipse(p, at(CX, CY + 18.0), w - 4.0, h - 14.0);
                    ellipse(p, at(CX, CY - 24.0), w + 8.0, h - 12.0).max(-hairline).max(p.y - CY + 12.0)
                };
                self.canvas.paint(ALL, 2.0, 1.0, cap, &ink);
            }
            Haircut::Curly => {
                let cap = |p: At| {
                    let hairline = top + 50.0 + (p.x * 0.16).sin() * 7.0 + ((p.x - CX) / w).powi(2) * 24.0;
                    let angle = (p.y - CY).atan2(p.x - CX);
                    (ellipse(p, at(CX, CY - 42.0), w + 22.0, h - 22.0) + (angle * 21.0).sin() * 5.0)
                        .max(p.y - hairline)
                };
                self.canvas.paint(ALL, 2.4, 1.0, cap, move |p: At| {
                    let curl = (p.x * 0.24).sin() * (p.y * 0.24).cos();
                    ink(p).times(0.94 + curl * 0.16)
                });
            }
            Haircut::Fringe => {
                let cap = |p: At| {
                    let tooth = ((p.x * 0.21).sin() * 0.5 + 0.5) * 11.0;
                    let hairline = CY - 52.0 - tooth + ((p.x - CX) / w).powi(2) * 20.0;
                    ellipse(p, at(CX, CY - 32.0), w + 10.0, h - 10.0).max(p.y - hairline)
                };
                self.canvas.paint(ALL, 2.0, 1.0, cap, &ink);
            }
            Haircut::Cropped => {
                let cap = |p: At| {
                    let hairline = top + 34.0 + ((p.x - CX) / w).powi(4) * 54.0;
                    (m.head(p) - 2.5).max(p.y - hairline)
                };
                self.canvas.paint(ALL, 7.0, 0.9, cap, &ink);
            }
            Haircut::Headscarf => {
                let scarf = |p: At| {
                    let hood = ellipse(p, at(CX, CY - 12.0), w + 34.0, h + 22.0);
                    let drape = round_rect(p, at(CX, CY + 180.0), w + 16.0 + (p.y - CY) * 0.26, 148.0, 60.0);
                    let opening = ellipse(p, at(CX, CY + 14.0), w - 8.0, h - 18.0);
                    hood.min(drape).max(-opening)
                };
                self.canvas.paint(ALL, 1.5, 1.0, scarf, |p| {
                    let fold = ((p.x - CX).abs() * 0.09 - p.y * 0.035).sin() * 0.045;
                    let side = ((p.x - CX) / 260.0).abs() * 0.2;
                    WHITE.times(0.93 + fold - side)
                });
                let hem = |p: At| ellipse(p, at(CX, CY + 14.0), w - 3.0, h - 13.0).abs() - 2.6;
                self.canvas.paint(ALL, 1.5, 0.8, hem, |p| {
                    let stitch = ((p.y - CY).atan2(p.x - CX) * 44.0).sin() > 0.0;
                    if stitch { self.face.clothes.ink() } else { WHITE.times(0.86) }
                });
            }
        }
    }

    fn glasses(&mut self) {
        let (gap, y) = (self.m.eye_gap, self.m.eye_y + 2.0);
        let (frame, thick) = match self.face.glasses {
            Glasses::None => return,
            Glasses::Round => (Ink([0.42, 0.25, 0.12]), 1.6),
            Glasses::Square => (DARK, 3.2),
        };
        let square = self.face.glasses == Glasses::Square;
        for side in [-1.0, 1.0] {
            let centre = at(CX + side * (gap + 2.0), y);
            let lens = move |p: At| {
                if square { round_rect(p, centre, 34.0, 23.0, 8.0) } else { ellipse(p, centre, 31.0, 30.0) }
            };
            self.canvas.paint(ALL, 1.4, 0.12, lens, |_| WHITE);
            self.canvas.paint(ALL, 1.4, 1.0, move |p| lens(p).abs() - thick, |_| frame);
            let hinge = at(centre.x + side * 31.0, y - 6.0);
            let ear = at(CX + side * self.m.half_width, y - 10.0);
            self.canvas.paint(ALL, 1.4, 1.0, |p| capsule(p, hinge, ear, thick), |_| frame);
        }
        let inner = gap - 30.0;
        let bridge =
            |p: At| arc(p, at(CX - inner, y - 5.0), at(CX, y - 14.0), at(CX + inner, y - 5.0), thick);
        self.canvas.paint(ALL, 1.4, 1.0, bridge, |_| frame);
    }
}
