//! How somebody moves who watches a screen: reaction, stroke, return, blinks of its own, sway.
//!
//! Times and amplitudes are those of people who are told "turn your head to the left" and the like; none was chosen by what
//! is demanded of them, or by what a camera makes of it. Strokes are minimum-jerk (Flash and Hogan, 1985). The screen shows how
//! far a movement has come: whoever has done it and still sees it asked for does it again, and more of it.

use senim_domain::liveness::{Colour, Movement, Phase};

use crate::face::Looks;

/// What the screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Where the sequence is.
    pub phase: Phase,
    /// Colour of the whole screen.
    pub flash: Option<Colour>,
}

/// How somebody answers commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Does what is asked.
    Obeys,
    /// Does nothing.
    Ignores,
    /// Does the movements of the challenge in another order.
    WrongOrder,
    /// Leaves one of them out.
    LeavesOneOut,
    /// Does one of them when its time is over.
    Late,
    /// Does one before it is asked for.
    TooEarly,
}

/// One movement under way.
struct Stroke {
    movement: Movement,
    from: f32,
    rise: f32,
    fall: f32,
    /// When it goes back.
    until: f32,
    size: f32,
}

/// From rest to rest with the least jerk, 0 to 1.
fn least_jerk(share: f32) -> f32 {
    let share = share.clamp(0.0, 1.0);
    share.powi(3) * (10.0 - 15.0 * share + 6.0 * share * share)
}

impl Stroke {
    fn at(&self, now: f32) -> f32 {
        if now < self.until {
            self.size * least_jerk((now - self.from) / self.rise)
        } else {
            self.size * (1.0 - least_jerk((now - self.until) / self.fall))
        }
    }

    fn is_over(&self, now: f32) -> bool {
        now > self.until + self.fall
    }
}

/// Where and how somebody is at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stance {
    pub looks: Looks,
    /// How much nearer than usual.
    pub nearer: f32,
    /// From the usual place, pixels of a picture 640 across.
    pub aside: (f32, f32),
}

/// Somebody who watches the screen.
pub(crate) struct Mover {
    random: fastrand::Rng,
    manner: Manner,
    strokes: Vec<Stroke>,
    /// A movement that was decided on: when, which.
    due: Vec<(f32, Movement)>,
    answered: usize,
    asked: Vec<Movement>,
    /// Which command is not done as it should be.
    wrong: usize,
    blinks_next: f32,
    phases: [f32; 6],
    lively: f32,
    lets_go: Option<f32>,
    /// What was begun for the command that is on the screen.
    begun: Option<Movement>,
    /// How much more of it than at first.
    effort: f32,
}

/// How much more somebody does who was not understood, a share of the time before.
const MORE: f32 = 0.25;

/// About normal, of mean 0 and deviation 1.
pub(crate) fn normal(random: &mut fastrand::Rng) -> f32 {
    (0..12).map(|_| random.f32()).sum::<f32>() - 6.0
}

/// ms until an eye has seen what a screen shows and a muscle moves, at the least, and what differs from time to time.
const REACTION: (f32, f32) = (280.0, 450.0);

impl Mover {
    /// `asked` are the movements of the challenge: who does not obey knows them too.
    pub fn new(random: &mut fastrand::Rng, manner: Manner, asked: &[Movement]) -> Self {
        let mut random = random.fork();
        let drawn = random.usize(..asked.len().max(1));
        // People blink unasked: nobody is too early with that.
        let early_blink = manner == Manner::TooEarly && asked.get(drawn) == Some(&Movement::Blink);
        let wrong = if early_blink { (drawn + 1) % asked.len() } else { drawn };
        Self {
            manner,
            strokes: Vec::new(),
            due: Vec::new(),
            answered: 0,
            asked: asked.to_vec(),
            wrong,
            blinks_next: 1_500.0 + 3_500.0 * random.f32(),
            phases: std::array::from_fn(|_| random.f32() * std::f32::consts::TAU),
            lively: 0.6 + 0.8 * random.f32(),
            lets_go: None,
            begun: None,
            effort: 1.0,
            random,
        }
    }

    /// Sees the screen, at a time in ms.
    pub fn sees(&mut self, now: f32, shown: &Shown) {
        match shown.phase {
            Phase::Command { index, movement, back, .. } => {
                if index >= self.answered {
                    self.answered = index + 1;
                    self.lets_go = None;
                    self.begun = None;
                    self.effort = 1.0;
                    self.decide(now, index, movement);
                } else if !back {
                    self.try_again(now);
                } else if self.lets_go.is_none() {
                    self.lets_go = Some(now + self.reaction());
                }
            }
            Phase::Pause if self.manner == Manner::TooEarly && self.answered == self.wrong => {
                self.answered += 1;
                if let Some(movement) = self.asked.get(self.wrong).copied() {
                    self.due.push((now + 50.0, movement));
                }
            }
            Phase::Calm { .. } | Phase::Pause | Phase::Waiting | Phase::Passed | Phase::Failed(_) => {}
        }
    }

    fn reaction(&mut self) -> f32 {
        REACTION.0 + REACTION.1 * self.random.f32() * self.random.f32()
    }

    fn decide(&mut self, now: f32, index: usize, movement: Movement) {
        let at = now + self.reaction();
        let wrong = index == self.wrong;
        let does = match self.manner {
            Manner::Obeys | Manner::TooEarly => Some((at, movement)),
            Manner::Ignores => None,
            // The next one of the challenge, and the first in the place of the last.
            Manner::WrongOrder => {
                let other = self.asked.iter().cycle().nth(index + 1).copied();
                other.map(|other| (at, other))
            }
            Manner::LeavesOneOut => (!wrong).then_some((at, movement)),
            Manner::Late => Some((if wrong { at + 6_200.0 } else { at }, movement)),
        };
        self.due.extend(does);
    }

    /// Whatever was done has gone back to rest, and is still asked for.
    fn try_again(&mut self, now: f32) {
        let Some(movement) = self.begun else { return };
        if self.due.is_empty() && self.strokes.iter().all(|stroke| stroke.movement != movement) {
            self.effort *= 1.0 + MORE;
            let at = now + self.reaction();
            self.due.push((at, movement));
        }
    }

    fn begin(&mut self, now: f32, movement: Movement) {
        // Time up, time back, size and its deviation. A full smile is that of the portrait; a mouth opens a little wider than the
        // filmed man's, which is 0.18 to 0.21 of the distance between the eyes.
        let (rise, fall, size, spread) = match movement {
            Movement::TurnLeft | Movement::TurnRight => (620.0, 600.0, 27.0, 4.0),
            Movement::LookUp | Movement::LookDown => (560.0, 560.0, 17.0, 3.0),
            Movement::Blink => (90.0, 170.0, 0.9, 0.07),
            Movement::OpenMouth => (380.0, 360.0, 0.24, 0.03),
            Movement::Smile => (450.0, 500.0, 0.32, 0.04),
            Movement::ComeCloser => (1_000.0, 1_000.0, 0.34, 0.06),
            Movement::MoveAway => (1_000.0, 1_000.0, 0.24, 0.04),
            Movement::FollowDotLeft | Movement::FollowDotRight => (350.0, 300.0, 0.8, 0.1),
        };
        let mut vary = |middle: f32, spread: f32| middle + spread * normal(&mut self.random).clamp(-2.2, 2.2);
        let (rise, fall) = (rise * vary(1.0, 0.15), fall * vary(1.0, 0.15));
        let size = vary(size, spread) * self.effort;
        // Who does not see that it was enough holds out a second or two.
        let hold = if movement == Movement::Blink { vary(70.0, 15.0) } else { vary(1_500.0, 250.0) };
        let until = now + rise + hold;
        if movement == Movement::Blink {
            let again = until + fall + vary(240.0, 50.0);
            self.strokes.push(Stroke { movement, from: again, rise, fall, until: again + rise + hold, size });
        }
        self.strokes.push(Stroke { movement, from: now, rise, fall, until, size });
        self.begun = Some(movement);
    }

    /// Where everything is at a time in ms.
    pub fn stance(&mut self, now: f32) -> Stance {
        while let Some(at) = self.due.iter().position(|(at, _)| *at <= now) {
            let (_, movement) = self.due.swap_remove(at);
            self.begin(now, movement);
        }
        if now >= self.blinks_next {
            self.blinks_next = now + 2_200.0 + 4_500.0 * self.random.f32();
            if self.strokes.iter().all(|stroke| stroke.movement != Movement::Blink) {
                let size = 0.75 + 0.25 * self.random.f32();
                let movement = Movement::Blink;
                self.strokes.push(Stroke {
                    movement,
                    from: now,
                    rise: 80.0,
                    fall: 150.0,
                    until: now + 115.0,
                    size,
                });
            }
        }
        if self.lets_go.is_some_and(|at| now >= at) {
            for stroke in &mut self.strokes {
                if stroke.movement != Movement::Blink && stroke.from + stroke.rise <= now {
                    stroke.until = stroke.until.min(now);
                }
            }
        }
        self.strokes.retain(|stroke| !stroke.is_over(now));
        let of = |movement: Movement| -> f32 {
            let same = self.strokes.iter().filter(|stroke| stroke.movement == movement && stroke.from <= now);
            same.map(|stroke| stroke.at(now)).fold(0.0, f32::max)
        };
        let (mouth, smile) = (of(Movement::OpenMouth), of(Movement::Smile));
        let (closer, away) = (of(Movement::ComeCloser), of(Movement::MoveAway));
        let nod = of(Movement::LookUp) - of(Movement::LookDown);
        let turn = of(Movement::TurnLeft) - of(Movement::TurnRight);
        let dot = of(Movement::FollowDotLeft) - of(Movement::FollowDotRight);
        let closed = of(Movement::Blink).min(1.0);
        let seconds = now / 1_000.0;
        let [a, b, c, d, e, f] = self.phases;
        // Nobody stands like a post: slow sway of two rhythms, and the tremor of a neck.
        let sway = |phase: f32, rate: f32| {
            self.lively
                * (0.7 * (seconds * rate + phase).sin() + 0.3 * (seconds * rate * 2.7 + 2.0 * phase).sin())
        };
        let lids = closed.max(((-nod) * 0.012).clamp(0.0, 0.3)).max(smile * 0.6);
        Stance {
            looks: Looks {
                yaw: turn + 2.0 * dot + 0.9 * sway(a, 0.8) + 0.05 * (seconds * 47.0 + b).sin(),
                pitch: nod + closer * 5.0 - mouth * 4.0 + turn.abs() * 0.05 + 0.7 * sway(b, 0.6),
                roll: 0.8 * sway(c, 0.5) + turn * 0.06,
                mouth,
                smile,
                lids: [lids, (lids * 0.97).min(1.0)],
                gaze: dot,
            },
            nearer: (1.0 + closer) * (1.0 - away) * (1.0 + 0.006 * sway(d, 0.4)),
            aside: (
                3.0 * sway(e, 0.45) + turn * 0.35,
                2.0 * sway(f, 0.35) - nod * 0.3 + closer * 20.0 - away * 6.0,
            ),
        }
    }
}
