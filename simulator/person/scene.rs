//! What stands or is held before the camera, or is put in its place: somebody, and the species of attack.
//!
//! A species is a kind of attack in the words of ISO/IEC 30107-3. Those that re-pose, replay or cut frames are shown to the
//! camera's port as an injection would be, without the losses of a second camera: the harder case.

use std::sync::Arc;

use senim_domain::liveness::{Challenge, Movement, Phase};

use crate::likeness::Likeness;
use crate::motion::{Manner, Shown};
use crate::paint::{Canvas, Corner, Light, Texture};
use crate::person::{HEIGHT, Person, WIDTH};

/// Who or what is before the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Species {
    /// Somebody who does what is asked.
    Genuine,
    /// Who does nothing.
    Ignores,
    /// Who does the movements in another order.
    WrongOrder,
    /// Who leaves one out.
    LeavesOneOut,
    /// Who is late with one.
    Late,
    /// Who moves before it is asked for.
    TooEarly,
    /// A stream that obeys, with left and right changed.
    Mirrored,
    /// A stream that stops at one picture: the very frame, or with new noise on it.
    Frozen,
    /// A stream whose last seconds come again and again, with new noise on them.
    Looped,
    /// Another take of the same person for each command.
    Spliced,
    /// Another person's face in the middle of the sequence. The likeness has to know a stranger.
    AnotherPerson,
    /// The own face with other proportions and a tint in the middle of the sequence.
    FaceBent,
    /// A second person comes into the picture.
    SecondFace,
    /// The person goes away.
    Leaves,
    /// A photograph on paper, turned, tilted and brought nearer as asked.
    Print,
    /// A telephone that plays an earlier check.
    PhoneReplay,
    /// The frames of an earlier check.
    FrameReplay,
    /// Who wears a mask over mouth and nose: from the beginning, or from the middle of the sequence on.
    Mask,
    /// Who wears dark glasses, likewise.
    DarkGlasses,
    /// Who has the light behind, likewise.
    BackLight,
}

impl Species {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Genuine,
        Self::Ignores,
        Self::WrongOrder,
        Self::LeavesOneOut,
        Self::Late,
        Self::TooEarly,
        Self::Mirrored,
        Self::Frozen,
        Self::Looped,
        Self::Spliced,
        Self::AnotherPerson,
        Self::FaceBent,
        Self::SecondFace,
        Self::Leaves,
        Self::Print,
        Self::PhoneReplay,
        Self::FrameReplay,
        Self::Mask,
        Self::DarkGlasses,
        Self::BackLight,
    ];

    /// Its name in tables and files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::Ignores => "ignores",
            Self::WrongOrder => "wrong-order",
            Self::LeavesOneOut => "leaves-one-out",
            Self::Late => "late",
            Self::TooEarly => "too-early",
            Self::Mirrored => "mirrored",
            Self::Frozen => "frozen",
            Self::Looped => "looped",
            Self::Spliced => "spliced",
            Self::AnotherPerson => "another-person",
            Self::FaceBent => "face-bent",
            Self::SecondFace => "second-face",
            Self::Leaves => "leaves",
            Self::Print => "print",
            Self::PhoneReplay => "phone-replay",
            Self::FrameReplay => "frame-replay",
            Self::Mask => "mask",
            Self::DarkGlasses => "dark-glasses",
            Self::BackLight => "back-light",
        }
    }

    const fn manner(self) -> Manner {
        match self {
            Self::Ignores => Manner::Ignores,
            Self::WrongOrder => Manner::WrongOrder,
            Self::LeavesOneOut => Manner::LeavesOneOut,
            Self::Late => Manner::Late,
            Self::TooEarly => Manner::TooEarly,
            Self::Genuine
            | Self::Mirrored
            | Self::Frozen
            | Self::Looped
            | Self::Spliced
            | Self::AnotherPerson
            | Self::FaceBent
            | Self::SecondFace
            | Self::Leaves
            | Self::Print
            | Self::PhoneReplay
            | Self::FrameReplay
            | Self::Mask
            | Self::DarkGlasses
            | Self::BackLight => Manner::Obeys,
        }
    }
}

/// How long a loop is, in frames of the camera.
const LOOP_FRAMES: usize = 36;
/// How a sequence that was recorded went: ms of calm, of a pause, until a command is done, and until it is over.
const RECORDED: (f32, f32, f32, f32) = (1_700.0, 800.0, 1_500.0, 2_700.0);

/// What a camera looks at.
pub struct Scene {
    species: Species,
    person: Person,
    /// Somebody else, who comes or takes the place.
    other: Arc<Likeness>,
    second: Option<Person>,
    /// The challenge of an earlier check.
    earlier: Challenge,
    seed: u64,
    /// When what is special about the species happens, ms.
    event: f32,
    commands: usize,
    kept: Vec<Canvas>,
    looped: usize,
    print: Option<Texture>,
    swapped: bool,
}

impl Scene {
    /// A scene of a species, where `challenge` is asked. `earlier` is another challenge, for what is replayed.
    #[must_use]
    pub fn new(
        likeness: &Arc<Likeness>,
        species: Species,
        seed: u64,
        challenge: &Challenge,
        earlier: Challenge,
    ) -> Self {
        let mut random = fastrand::Rng::with_seed(seed ^ 0x5ce0_e5ce);
        let replayed = matches!(species, Species::PhoneReplay | Species::FrameReplay);
        let asked: Vec<Movement> =
            if replayed { earlier.movements().collect() } else { challenge.movements().collect() };
        let other = match &likeness.stranger {
            _ if species == Species::Mask => Arc::new(likeness.masked()),
            _ if species == Species::DarkGlasses => Arc::new(likeness.in_dark_glasses()),
            Some(stranger) if species == Species::AnotherPerson => Arc::clone(stranger),
            Some(_) | None => Arc::new(likeness.of_somebody_else(seed)),
        };
        let covered = matches!(species, Species::Mask | Species::DarkGlasses | Species::BackLight);
        let second = (species == Species::SecondFace)
            .then(|| Person::new(Arc::clone(&other), seed ^ 0xff, Manner::Ignores, &[]));
        Self {
            species,
            person: Person::new(Arc::clone(likeness), seed, species.manner(), &asked),
            other,
            second,
            earlier,
            seed,
            event: if covered && seed.is_multiple_of(2) { 0.0 } else { 3_000.0 + 3_000.0 * random.f32() },
            commands: 0,
            kept: Vec::new(),
            looped: 0,
            print: None,
            swapped: false,
        }
    }

    /// The screen shows this, from a time in ms.
    pub fn sees(&mut self, now: f32, shown: &Shown) {
        if matches!(self.species, Species::PhoneReplay | Species::FrameReplay) {
            return;
        }
        self.person.sees(now, shown);
        if let Phase::Command { index, .. } = shown.phase
            && index >= self.commands
        {
            self.commands = index + 1;
            if self.species == Species::Spliced {
                self.person.another_take();
            }
        }
    }

    /// What the camera sees at a time in ms; times may not go back.
    pub fn picture(&mut self, now: f32) -> Canvas {
        match self.species {
            Species::Genuine
            | Species::Ignores
            | Species::WrongOrder
            | Species::LeavesOneOut
            | Species::Late
            | Species::TooEarly
            | Species::Spliced => self.person.picture(now),
            Species::Mirrored => {
                let mut canvas = self.person.picture(now);
                canvas.mirror();
                canvas
            }
            Species::Frozen => self.frozen(now),
            Species::Looped => self.looped(now),
            Species::AnotherPerson | Species::FaceBent | Species::Mask | Species::DarkGlasses => {
                if now >= self.event && !std::mem::replace(&mut self.swapped, true) {
                    self.person.become_like(Arc::clone(&self.other));
                } else if now < self.event {
                    self.swapped = false;
                }
                self.person.picture(now)
            }
            Species::BackLight => {
                if now >= self.event {
                    self.person.turn_from_the_light();
                }
                self.person.picture(now)
            }
            Species::SecondFace => self.with_a_second(now),
            Species::Leaves => {
                let mut stance = self.person.stance(now);
                stance.aside.0 += ((now - self.event) * 0.5).clamp(0.0, 900.0);
                let mut canvas = self.person.room(now);
                self.person.stand(&mut canvas, now, &stance);
                self.person.expose(&mut canvas);
                canvas
            }
            Species::Print => self.print(now),
            Species::PhoneReplay => self.phone(now),
            Species::FrameReplay => {
                self.recall(now);
                self.person.picture(now)
            }
        }
    }

    fn frozen(&mut self, now: f32) -> Canvas {
        if now < self.event {
            let canvas = self.person.picture(now);
            self.kept = vec![canvas.clone()];
            return canvas;
        }
        let mut canvas = self.kept.first().cloned().unwrap_or_else(|| self.person.picture(now));
        if self.seed % 2 == 1 {
            self.person.expose(&mut canvas);
        }
        canvas
    }

    fn looped(&mut self, now: f32) -> Canvas {
        if now < self.event || self.kept.is_empty() {
            let canvas = self.person.picture(now);
            if self.kept.len() >= LOOP_FRAMES {
                self.kept.remove(0);
            }
            self.kept.push(canvas.clone());
            return canvas;
        }
        let mut canvas = self
            .kept
            .get(self.looped % self.kept.len())
            .cloned()
            .unwrap_or_else(|| Canvas::new(WIDTH, HEIGHT));
        self.looped += 1;
        self.person.expose(&mut canvas);
        canvas
    }

    fn with_a_second(&mut self, now: f32) -> Canvas {
        let mut canvas = self.person.room(now);
        if let Some(second) = self.second.as_mut().filter(|_| now >= self.event) {
            let mut stance = second.stance(now);
            let side = if self.seed.is_multiple_of(2) { 1.0 } else { -1.0 };
            let came = ((now - self.event) / 900.0).min(1.0);
            stance.nearer = 0.75;
            stance.aside = (side * (420.0 - 190.0 * came), -30.0);
            second.stand(&mut canvas, now, &stance);
        }
        let stance = self.person.stance(now);
        self.person.stand(&mut canvas, now, &stance);
        self.person.expose(&mut canvas);
        canvas
    }

    /// A photograph of the person, held by hand in the place of the face.
    fn print(&mut self, now: f32) -> Canvas {
        let stance = self.person.stance(now);
        if self.print.is_none() {
            let photograph = self.person.picture(now);
            let grain = |x: usize, y: usize| ((x * 31 + y * 57) ^ (x * y)) % 13;
            self.print = Some(Texture::of(WIDTH, HEIGHT, |x, y| {
                let [red, green, blue] = photograph.at(x, y).map(|value| {
                    // Ink on paper: less contrast, and the grain of the paper.
                    (f32::from(value) * 0.86 + 16.0 + grain(x, y) as f32 * 0.7) as u8
                });
                [red, green, blue, 255]
            }));
        }
        let light = self.person.light(now);
        let mut canvas = self.person.room(now);
        if let Some(print) = &self.print {
            let size = (WIDTH as f32 * 0.46 * stance.nearer, HEIGHT as f32 * 0.46 * stance.nearer);
            let looks = stance.looks;
            // Paper that is tilted looks as if a head turned, and hands are less steady than necks.
            let tilt = (looks.yaw * 1.3, looks.pitch * 1.3, looks.roll * 1.5);
            let middle = (320.0 + stance.aside.0 * 1.5, 240.0 + stance.aside.1 * 1.5);
            sheet(&mut canvas, print, &light, middle, size, tilt, 0.8);
        }
        self.person.expose(&mut canvas);
        canvas
    }

    /// A telephone that plays an earlier check.
    fn phone(&mut self, now: f32) -> Canvas {
        self.recall(now);
        let played = self.person.picture(now);
        let hand = |rate: f32| (now / rate + self.seed as f32).sin();
        let glass = Texture::of(WIDTH, HEIGHT, |x, y| {
            // The middle of the picture, upright; around it the bezel.
            if !(140..500).contains(&x) || !(14..466).contains(&y) {
                return [14, 14, 16, 255];
            }
            let moire = 1.0 + 0.05 * (x as f32 * 0.83 + y as f32 * 0.11).sin() * (y as f32 * 0.71).sin();
            let [red, green, blue] = played.at(x, y).map(|value| {
                ((f32::from(value) / 255.0).powf(1.12) * 240.0 * moire + 6.0).clamp(0.0, 255.0) as u8
            });
            [red, green, blue, 255]
        });
        let mut canvas = self.person.room(now);
        // A screen has its own light; glass reflects a little of what is before it.
        let reflected = self.person.light(now).screen.map(|part| part * 0.2);
        let light = Light { room: [1.0; 3], screen: reflected };
        let tilt = (1.5 * hand(900.0), 1.2 * hand(1_300.0), 0.8 * hand(1_100.0));
        let middle = (320.0 + 4.0 * hand(800.0), 236.0 + 3.0 * hand(700.0));
        sheet(&mut canvas, &glass, &light, middle, (WIDTH as f32 * 0.5, HEIGHT as f32 * 0.5), tilt, 1.0);
        self.person.expose(&mut canvas);
        canvas
    }

    /// Shows the person what the screen showed in the earlier check.
    fn recall(&mut self, now: f32) {
        let (calm, pause, done, over) = RECORDED;
        let flash = self.earlier.flashes.iter().find(|flash| {
            let since = now - calm - flash.at_ms as f32;
            (0.0..flash.lasts_ms as f32).contains(&since)
        });
        let since = now - calm;
        let place = (since / (pause + over)).floor().max(0.0);
        let index = place as usize;
        let within = since - place * (pause + over);
        let phase = match self.earlier.commands.get(index) {
            _ if since < 0.0 => Phase::Calm { hint: None, percent: 0 },
            Some(command) if within >= pause => Phase::Command {
                index,
                movement: command.movement,
                percent: 0,
                back: within - pause >= done,
                since_ms: 0,
                left_ms: 0,
            },
            Some(_) => Phase::Pause,
            None => Phase::Waiting,
        };
        self.person.sees(now, &Shown { phase, flash: flash.map(|flash| flash.colour) });
    }
}

/// A flat picture in space: `size` is half its width and height, `tilt` degrees about the upright axis, the level one, and
/// that of the view.
fn sheet(
    canvas: &mut Canvas,
    texture: &Texture,
    light: &Light,
    middle: (f32, f32),
    size: (f32, f32),
    tilt: (f32, f32, f32),
    lit: f32,
) {
    const CELLS: u16 = 12;
    let (yaw_sin, yaw_cos) = tilt.0.to_radians().sin_cos();
    let (pitch_sin, pitch_cos) = tilt.1.to_radians().sin_cos();
    let (roll_sin, roll_cos) = tilt.2.to_radians().sin_cos();
    let camera = size.0 * 4.0;
    let (width, height) = texture.size();
    let corner = |column: u16, row: u16| {
        let (across, down) = (f32::from(column) / f32::from(CELLS), f32::from(row) / f32::from(CELLS));
        let (x, y) = ((across * 2.0 - 1.0) * size.0, (down * 2.0 - 1.0) * size.1);
        let (x, z) = (x * yaw_cos, x * yaw_sin);
        let (y, z) = (y * pitch_cos + z * pitch_sin, z * pitch_cos - y * pitch_sin);
        let (x, y) = (x * roll_cos - y * roll_sin, x * roll_sin + y * roll_cos);
        let larger = camera / (camera + z);
        Corner {
            to: (middle.0 + x * larger, middle.1 + y * larger),
            from: (across * width as f32, down * height as f32),
            lit,
        }
    };
    for row in 0..CELLS {
        for column in 0..CELLS {
            let (a, b) = (corner(column, row), corner(column + 1, row));
            let (c, d) = (corner(column + 1, row + 1), corner(column, row + 1));
            canvas.triangle(texture, light, [a, b, c]);
            canvas.triangle(texture, light, [c, d, a]);
        }
    }
}
