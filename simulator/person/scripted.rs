//! A scripted person before a scripted camera: signals as a pipeline would give them, thirty times a second, for somebody
//! who follows what the screen shows, or does something else. No picture is drawn and none is looked at: this is for tests and
//! stages of which the camera is not the matter. What comes of it is judged as any evidence is.
//!
//! Amplitudes, times and noise were chosen from how people move, not from the thresholds that judge them.

use std::collections::VecDeque;
use std::time::Duration;

use senim_biometrics::liveness::{
    Evidence, Guidance, JUDGE_VERSION, Judge, Judgement, Keyframe, Trace, recompute,
};
use senim_biometrics::{Covering, FaceSignals, Seen, Sight};
use senim_domain::liveness::{Challenge, Colour, Flash, LivenessFailure, ModelHash, Movement, Phase};
use senim_domain::rule_pack::LivenessRules;

use crate::check::{asked, commands};

/// What an attacker, or somebody clumsy, does instead of what is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// Does what is asked.
    #[default]
    Obeys,
    /// Does the movements in another order.
    WrongOrder,
    /// Does nothing at all.
    Ignores,
    /// Does not do one of them.
    LeavesOneOut,
    /// Does one when its time is over.
    Late,
    /// Moves before the command.
    BeforeAsked,
    /// The stream is mirrored.
    Mirrored,
    /// The picture stands still from some moment on.
    Freezes,
    /// The same, with noise over it.
    FreezesWithNoise,
    /// Another recording for each command.
    Spliced,
    /// Another face from some moment on.
    Swapped,
    /// Another face of the same shape.
    SwappedForALookalike,
    /// The last seconds again and again.
    Looped,
    /// The screen's light is not on the face.
    NoReflection,
    /// It is on the wall as well.
    ReflectsEverywhere,
    /// It is on the face much later.
    ReflectsLate,
    /// Somebody else looks in.
    SecondFace,
    /// Goes away for a moment.
    Leaves,
    /// The camera gives five frames a second.
    FiveFramesASecond,
    /// The stream stops for a moment.
    Gap,
    /// One frame in twelve is missing.
    DropsFrames,
}

impl Behaviour {
    /// Each, and what scripts call it.
    pub const ALL: [(&str, Self); 21] = [
        ("obeys", Self::Obeys),
        ("wrongOrder", Self::WrongOrder),
        ("ignores", Self::Ignores),
        ("leavesOneOut", Self::LeavesOneOut),
        ("late", Self::Late),
        ("beforeAsked", Self::BeforeAsked),
        ("mirrored", Self::Mirrored),
        ("freezes", Self::Freezes),
        ("freezesWithNoise", Self::FreezesWithNoise),
        ("spliced", Self::Spliced),
        ("swapped", Self::Swapped),
        ("swappedForALookalike", Self::SwappedForALookalike),
        ("looped", Self::Looped),
        ("noReflection", Self::NoReflection),
        ("reflectsEverywhere", Self::ReflectsEverywhere),
        ("reflectsLate", Self::ReflectsLate),
        ("secondFace", Self::SecondFace),
        ("leaves", Self::Leaves),
        ("fiveFramesASecond", Self::FiveFramesASecond),
        ("gap", Self::Gap),
        ("dropsFrames", Self::DropsFrames),
    ];

    /// The behaviour that scripts call so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, behaviour)| behaviour)
    }
}

/// A challenge as the MFO draws one, and sometimes with a dot to be followed.
///
/// # Panics
/// Never: what is drawn may be asked.
#[must_use]
pub fn challenge(seed: u64) -> Challenge {
    let mut random = fastrand::Rng::with_seed(seed ^ 0x5eed);
    let rules = LivenessRules::default();
    let mut movements: Vec<Movement> = rules.movements.iter().copied().collect();
    if seed.is_multiple_of(4) {
        movements.push(Movement::FollowDotLeft);
    }
    let count = random.usize(3..=5);
    loop {
        random.shuffle(&mut movements);
        if movements.iter().take(count).any(|movement| movement.has_a_side()) {
            break;
        }
    }
    let commands = commands(&rules, movements.into_iter().take(count), &mut random);
    let mut colours = Colour::ALL;
    random.shuffle(&mut colours);
    let first = random.u32(600..2_500);
    let second = first + random.u32(1_500..3_500);
    let flash = |at_ms, colour| Flash { at_ms, lasts_ms: rules.flash_ms, colour };
    let flashes = vec![flash(first, colours[0]), flash(second, colours[1])];
    let challenge = asked(seed, &rules, commands, flashes);
    assert_eq!(challenge.validate(), Ok(()));
    challenge
}

/// A movement under way.
struct Motion {
    movement: Movement,
    from: f32,
    rise: f32,
    hold: f32,
    fall: f32,
    strength: f32,
}

impl Motion {
    fn at(&self, now: f32) -> f32 {
        let ease = |share: f32| 0.5 - 0.5 * (std::f32::consts::PI * share.clamp(0.0, 1.0)).cos();
        let since = now - self.from;
        if since < self.rise + self.hold {
            self.strength * ease(since / self.rise)
        } else {
            self.strength * (1.0 - ease((since - self.rise - self.hold) / self.fall))
        }
    }

    fn is_over(&self, now: f32) -> bool {
        now > self.from + self.rise + self.hold + self.fall
    }
}

/// Who and where, as a take begins.
#[derive(Clone)]
struct Take {
    pitch: f32,
    roll: f32,
    eyes: f32,
    mouth: f32,
    smile: f32,
    inter_ocular: f32,
    centre: (f32, f32),
    shape: [f32; 8],
    skin: [f32; 3],
    behind: [f32; 3],
}

fn normal(random: &mut fastrand::Rng) -> f32 {
    (0..12).map(|_| random.f32()).sum::<f32>() - 6.0
}

impl Take {
    fn new(random: &mut fastrand::Rng) -> Self {
        let mut around = |middle: f32, spread: f32| middle + spread * normal(random);
        let shape = [0.62, 0.9, 1.1, 0.45, 1.3, 0.8, 0.55, 1.0].map(|part| around(part, part * 0.1));
        let light = around(1.0, 0.12).clamp(0.7, 1.25);
        Self {
            pitch: around(-2.0, 5.0),
            roll: around(0.0, 1.5).clamp(-4.0, 4.0),
            eyes: around(0.29, 0.02).clamp(0.24, 0.35),
            mouth: around(0.03, 0.01).clamp(0.0, 0.06),
            smile: around(0.62, 0.03),
            inter_ocular: around(115.0, 8.0).clamp(98.0, 140.0),
            centre: (around(0.5, 0.03), around(0.45, 0.03)),
            skin: [150.0, 112.0, 92.0].map(|part| part * light),
            behind: [118.0, 120.0, 124.0].map(|part| part * light),
            shape,
        }
    }
}

struct Actor {
    random: fastrand::Rng,
    behaviour: Behaviour,
    take: Take,
    phase: [f32; 4],
    motions: Vec<Motion>,
    answered: usize,
    due: Option<(f32, Movement)>,
    next_blink: f32,
    left_out: usize,
    event_at: f32,
    recorded: Vec<FaceSignals>,
    swapped: Option<f32>,
    permuted: Vec<Movement>,
    shown: VecDeque<(f32, Option<Colour>)>,
}

const LATENCY_MS: f32 = 70.0;

impl Actor {
    fn new(seed: u64, challenge: &Challenge, behaviour: Behaviour) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let asked: Vec<Movement> = challenge.movements().collect();
        let mut permuted = asked.clone();
        while permuted == asked {
            random.shuffle(&mut permuted);
        }
        Self {
            take: Take::new(&mut random),
            phase: std::array::from_fn(|_| random.f32() * 6.0),
            motions: Vec::new(),
            answered: 0,
            due: None,
            next_blink: 1_000.0 + 3_000.0 * random.f32(),
            left_out: random.usize(0..asked.len()),
            event_at: 2_500.0 + 4_000.0 * random.f32(),
            recorded: Vec::new(),
            swapped: None,
            permuted,
            shown: VecDeque::new(),
            random,
            behaviour,
        }
    }

    /// Reacts to what the screen shows.
    fn sees(&mut self, now: f32, guidance: &Guidance) {
        self.shown.push_back((now, guidance.flash));
        if self.behaviour == Behaviour::BeforeAsked
            && guidance.phase == Phase::Pause
            && self.motions.is_empty()
            && self.due.is_none()
        {
            self.due = self.permuted.first().map(|first| (now, *first));
        }
        let Phase::Command { index, movement, .. } = guidance.phase else { return };
        if index < self.answered {
            return;
        }
        self.answered = index + 1;
        let reaction = LATENCY_MS + 250.0 + 450.0 * self.random.f32();
        match self.behaviour {
            Behaviour::LeavesOneOut if index == self.left_out => {}
            Behaviour::WrongOrder => {
                self.due = self.permuted.get(index).map(|other| (now + reaction, *other));
            }
            Behaviour::Late if index == self.left_out => {
                self.due = Some((now + 6_100.0 + reaction, movement));
            }
            Behaviour::BeforeAsked | Behaviour::Ignores => {}
            _ => self.due = Some((now + reaction, movement)),
        }
        if self.behaviour == Behaviour::Spliced {
            // Another recorded clip of the same person for each command.
            let shape = self.take.shape;
            let skin = self.take.skin;
            let mut other = Take::new(&mut self.random);
            other.shape = shape;
            other.skin = skin.map(|part| part * (1.0 + 0.04 * normal(&mut self.random)));
            self.take = other;
        }
    }

    fn motion(&mut self, now: f32, movement: Movement) {
        let (rise, hold, fall, strength) = match movement {
            Movement::TurnLeft | Movement::TurnRight => (500.0, 350.0, 500.0, 24.0),
            Movement::LookUp | Movement::LookDown => (450.0, 350.0, 450.0, 16.0),
            Movement::Blink => (110.0, 90.0, 130.0, 0.55),
            Movement::OpenMouth => (350.0, 400.0, 350.0, 0.38),
            Movement::Smile => (400.0, 600.0, 450.0, 0.19),
            Movement::ComeCloser => (900.0, 400.0, 900.0, 0.33),
            Movement::MoveAway => (900.0, 400.0, 900.0, 0.23),
            Movement::FollowDotLeft | Movement::FollowDotRight => (500.0, 500.0, 400.0, 0.7),
        };
        let vary = 1.0 + 0.12 * normal(&mut self.random).clamp(-2.0, 2.0);
        let pace = 1.0 + 0.15 * normal(&mut self.random).clamp(-2.0, 2.0);
        let mut motion = Motion {
            movement,
            from: now,
            rise: rise * pace,
            hold: hold * pace,
            fall: fall * pace,
            strength: strength * vary,
        };
        if movement == Movement::Blink {
            motion.strength = motion.strength.min(0.8);
            let again = Motion { from: now + 620.0 * pace, ..motion };
            self.motions.push(again);
        }
        self.motions.push(motion);
    }

    fn frame(&mut self, now: f32) -> Option<FaceSignals> {
        if let Some((at, movement)) = self.due
            && now >= at
        {
            self.due = None;
            self.motion(now, movement);
        }
        if now >= self.next_blink {
            self.next_blink = now + 2_000.0 + 4_000.0 * self.random.f32();
            if !self.motions.iter().any(|motion| motion.movement == Movement::Blink) {
                self.motions.push(Motion {
                    movement: Movement::Blink,
                    from: now,
                    rise: 90.0,
                    hold: 60.0,
                    fall: 110.0,
                    strength: 0.5,
                });
            }
        }
        self.motions.retain(|motion| !motion.is_over(now));
        let event = now >= self.event_at;
        if event && self.behaviour == Behaviour::Swapped {
            let other = Take::new(&mut self.random);
            self.take.shape = other.shape;
            self.event_at = f32::INFINITY;
        }
        if event && self.behaviour == Behaviour::SwappedForALookalike && self.swapped.is_none() {
            self.swapped = Some(now);
        }
        let of = |movement: Movement| -> f32 {
            let same = self.motions.iter().filter(|motion| motion.movement == movement);
            same.map(|motion| motion.at(now)).fold(0.0, f32::max)
        };
        let (left, right) = (of(Movement::TurnLeft), of(Movement::TurnRight));
        let (up, down) = (of(Movement::LookUp), of(Movement::LookDown));
        let (mouth, smile) = (of(Movement::OpenMouth), of(Movement::Smile));
        let (closer, away) = (of(Movement::ComeCloser), of(Movement::MoveAway));
        let dot = of(Movement::FollowDotLeft) - of(Movement::FollowDotRight);
        let closed = of(Movement::Blink).min(0.9);
        let seconds = now / 1_000.0;
        let [one, two, three, four] = self.phase;
        let wander = |rate: f32, phase: f32| (seconds * rate + phase).sin();
        let yaw = left - right + dot * 3.0 + 0.8 * wander(0.9, one);
        let pitch = up - down - mouth * 5.0 + closer * 4.0 + (left + right) * 0.06 + 0.8 * wander(0.7, two);
        let scale = (1.0 + closer) * (1.0 - away) * (1.0 + 0.008 * wander(0.5, three));
        let open = (1.0 - closed) * (1.0 - down * 0.012) * (1.0 - smile * 0.6);
        let turned = yaw.abs() / 30.0;
        let colour = self.reflected(now);
        let mut lit = |base: [f32; 3], share: f32, slow: f32| {
            let mut colours = base.map(|part| part * (1.0 + slow));
            if let Some(colour) = colour {
                let [red, green, blue] = &mut colours;
                let lit = match colour {
                    Colour::Red => red,
                    Colour::Green => green,
                    Colour::Blue => blue,
                };
                *lit += share * 9.0;
            }
            colours.map(|part| part + 0.15 * normal(&mut self.random))
        };
        let (on_skin, on_behind) = match self.behaviour {
            Behaviour::NoReflection => (0.0, 0.0),
            Behaviour::ReflectsEverywhere => (1.0, 0.9),
            _ => (1.0, 0.12),
        };
        let skin = lit(self.take.skin, on_skin, 0.01 * wander(0.3, four) + 0.02 * turned);
        let behind = lit(self.take.behind, on_behind, 0.01 * wander(0.2, four) - 0.03 * closer);
        let take = self.take.clone();
        let random = &mut self.random;
        let mut noisy = |value: f32, spread: f32| value + spread * normal(random);
        let face = FaceSignals {
            yaw: noisy(yaw, 0.25),
            pitch: noisy(take.pitch + pitch, 0.3),
            roll: noisy(take.roll + 0.5 * wander(0.4, four) + yaw * 0.05, 0.15),
            left_eye: noisy(take.eyes * open, 0.006),
            right_eye: noisy(take.eyes * open * 0.98, 0.006),
            mouth: noisy(take.mouth + mouth + smile * 0.25, 0.004),
            smile: noisy(take.smile * (1.0 + smile) * (1.0 - mouth * 0.15), 0.004),
            inter_ocular: noisy(take.inter_ocular * scale, 0.35),
            centre: (
                noisy(take.centre.0 + yaw * 0.002 + 0.004 * wander(0.6, two), 0.0006),
                noisy(take.centre.1 - pitch * 0.002 + 0.02 * closer, 0.0006),
            ),
            gaze: Some((noisy(dot, 0.04), noisy(0.0, 0.04))),
            confidence: 0.95,
            like_last: noisy(if self.swapped == Some(now) { 0.35 } else { 0.95 - 0.1 * turned }, 0.01),
            like_neutral: Some(noisy(if self.swapped.is_some() { 0.3 } else { 0.85 - 0.2 * turned }, 0.03)),
            covering: Covering { paler: -0.03, redder: 0.08, eyes: [0.8, 0.9] },
            shape: take.shape.map(|part| noisy(part * (1.0 + 0.03 * turned), part * 0.008)),
            skin,
            behind,
        };
        self.spoilt(face, event, now)
    }

    /// The colour that this frame can have: what the screen showed a moment ago.
    fn reflected(&mut self, now: f32) -> Option<Colour> {
        let latency = if self.behaviour == Behaviour::ReflectsLate { 850.0 } else { LATENCY_MS + 25.0 };
        self.shown.iter().rev().find(|(at, _)| *at + latency <= now).and_then(|(_, colour)| *colour)
    }

    fn spoilt(&mut self, mut face: FaceSignals, event: bool, now: f32) -> Option<FaceSignals> {
        match self.behaviour {
            Behaviour::Mirrored => {
                face.yaw = -face.yaw;
                face.roll = -face.roll;
                face.centre.0 = 1.0 - face.centre.0;
                face.gaze = face.gaze.map(|(right, up)| (-right, up));
                (face.left_eye, face.right_eye) = (face.right_eye, face.left_eye);
            }
            Behaviour::Freezes | Behaviour::FreezesWithNoise if event => {
                let mut frozen = self.recorded.last().cloned()?;
                if self.behaviour == Behaviour::FreezesWithNoise {
                    frozen.yaw += 0.05 * normal(&mut self.random);
                    frozen.pitch += 0.05 * normal(&mut self.random);
                    frozen.centre.0 += 0.0003 * normal(&mut self.random);
                }
                return Some(frozen);
            }
            Behaviour::Looped if event => {
                // The last 2.5 seconds again and again, written anew: other pixels, the same movements.
                let piece = 75.min(self.recorded.len());
                let start = self.recorded.len() - piece;
                let at = ((now - self.event_at) / 33.3) as usize % piece;
                let mut again = self.recorded.get(start + at)?.clone();
                again.yaw += 0.03 * normal(&mut self.random);
                again.mouth += 0.0005 * normal(&mut self.random);
                return Some(again);
            }
            Behaviour::Leaves if event && now < self.event_at + 900.0 => return None,
            _ => {}
        }
        self.recorded.push(face.clone());
        Some(face)
    }
}

/// What a person leaves at a challenge.
pub struct Played {
    /// What the judge says of it.
    pub outcome: Result<(), LivenessFailure>,
    /// How long it took, ms.
    pub lasted_ms: u32,
    /// What looked at the frames.
    pub models: Vec<ModelHash>,
    /// What is sealed for the lender.
    pub evidence: Evidence,
}

/// People who are asked one after the other until one of them passes: one in two hundred is clumsy.
const PEOPLE: u64 = 8;

/// Somebody who does what is asked before a challenge; the same challenge finds the same person.
#[must_use]
pub fn obeys(challenge: &Challenge) -> Played {
    let frames = (0..PEOPLE)
        .map(|seed| play(seed, challenge, Behaviour::Obeys))
        .find(|(_, judgement)| judgement.verdict.is_ok());
    written(challenge, frames.unwrap_or_else(|| play(PEOPLE, challenge, Behaviour::Obeys)))
}

/// Somebody who behaves like this before a challenge. Whoever is to pass is chosen as by [`obeys`].
#[must_use]
pub fn behaves(challenge: &Challenge, behaviour: Behaviour) -> Played {
    match behaviour {
        Behaviour::Obeys => obeys(challenge),
        other => written(challenge, play(0, challenge, other)),
    }
}

fn written(challenge: &Challenge, (frames, judgement): (Vec<Trace>, Judgement)) -> Played {
    // The head of a JPEG: there was no picture.
    let jpeg = [0xFF, 0xD8, 0xFF, 0xE0];
    let models = vec![ModelHash { name: "scripted".into(), sha256: "A".repeat(43) }];
    Played {
        outcome: judgement.verdict,
        lasted_ms: frames.last().map_or(0, |frame| frame.at_ms),
        models: models.clone(),
        evidence: Evidence {
            challenge: challenge.challenge,
            nonce: challenge.nonce.clone(),
            judge: JUDGE_VERSION,
            models,
            keyframes: judgement
                .moments
                .iter()
                .map(|(of, frame)| Keyframe::new(*of, *frame, &jpeg))
                .collect(),
            frames,
        },
    }
}

/// Plays a person before the judge; frames and what the judge said of them one by one.
///
/// # Panics
/// When the frames, judged again, come to another verdict.
#[must_use]
pub fn play(seed: u64, challenge: &Challenge, behaviour: Behaviour) -> (Vec<Trace>, Judgement) {
    let mut actor = Actor::new(seed, challenge, behaviour);
    let mut judge = Judge::new(challenge);
    let mut traces = Vec::new();
    let mut now: f32 = 0.0;
    let step = if behaviour == Behaviour::FiveFramesASecond { 200.0 } else { 33.4 };
    while now < 70_000.0 {
        let jitter = actor.random.f32() * 3.0 - 1.5;
        let seen = match actor.frame(now) {
            _ if behaviour == Behaviour::SecondFace
                && now >= actor.event_at
                && now < actor.event_at + 400.0 =>
            {
                Seen::Several
            }
            Some(face) => Seen::Face(Box::new(face)),
            None => Seen::Nobody,
        };
        let at = Duration::from_micros(((now + jitter).max(0.0) * 1_000.0) as u64);
        let trace = Trace::from(&Sight { at, fingerprint: actor.random.u64(..), seen });
        let guidance = judge.look(&trace);
        traces.push(trace);
        if matches!(guidance.phase, Phase::Passed | Phase::Failed(_)) {
            break;
        }
        actor.sees(now, &guidance);
        now += step;
        if behaviour == Behaviour::Gap && now >= actor.event_at {
            now += 800.0;
            actor.event_at = f32::INFINITY;
        }
        if behaviour == Behaviour::DropsFrames && actor.random.u8(..) < 20 {
            now += step;
        }
    }
    let judgement = judge.judgement();
    assert!(recompute(challenge, &traces) == judgement, "judged again, bit by bit");
    (traces, judgement)
}
