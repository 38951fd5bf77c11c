//! The sequence: calm, then each command in its window, flashes meanwhile; one frame at a time, or a whole stream again.

use senim_domain::liveness::{Challenge, Colour, Command, Hint, LivenessFailure, Movement, Phase};
use serde::{Deserialize, Serialize};

use super::baseline::{Baseline, Calm, MIN_CONFIDENCE, tolerated};
use super::continuity::Continuity;
use super::flashes::{FlashScore, FlashWatch};
use super::trace::{Features, Trace, Traced};
use super::uncovered::{Fault, Uncovered};

/// Nobody reacts sooner to what comes on a screen, ms.
const REACTION_MS: u32 = 130;
/// A movement has begun, is there, and is over: thousandths of its amplitude.
const BEGUN: i64 = 350;
const REACHED: i64 = 1_000;
const OVER: i64 = 450;
/// How far anything may go while stillness is asked, thousandths of its amplitude.
const STILL: i64 = 800;
/// Frames in a row that make a movement: one alone is a slip of the mesh.
const FRAMES: u32 = 2;
/// How long the neutral has to last after a movement, ms.
const BACK_MS: u32 = 250;
/// Blinks of one command, and from the first to the second, ms: people blink every few seconds without being asked.
const BLINKS: u32 = 2;
const BLINKS_WITHIN_MS: u32 = 1_300;

/// What the screen shows, and what the edge keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guidance {
    /// Where the sequence is.
    pub phase: Phase,
    /// Colour of the whole screen.
    pub flash: Option<Colour>,
    /// This very frame is to be kept as a picture.
    pub keep: Option<Moment>,
}

/// Moments whose pictures are evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Moment {
    /// The neutral.
    Neutral,
    /// The command of this place, from 0, is done.
    Command(u8),
}

/// How a command went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandScore {
    /// What was asked.
    pub movement: Movement,
    /// When it came on the screen, ms of the stream.
    pub shown_ms: u32,
    /// When the movement began.
    pub began_ms: Option<u32>,
    /// When it was there.
    pub reached_ms: Option<u32>,
    /// When the neutral was back.
    pub returned_ms: Option<u32>,
    /// Farthest it went, thousandths of the demanded amplitude.
    pub peak_permille: i32,
}

impl CommandScore {
    /// 0 to 100: 50 at the demanded amplitude, 100 at twice; 0 for a command that was not done.
    #[must_use]
    pub fn score(&self) -> u8 {
        match self.returned_ms {
            Some(_) => u8::try_from((self.peak_permille / 20).clamp(0, 100)).unwrap_or(100),
            None => 0,
        }
    }
}

/// What a whole stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Whether somebody living was shown; why not.
    pub verdict: Result<(), LivenessFailure>,
    /// Commands as far as they were shown.
    pub commands: Vec<CommandScore>,
    /// Flashes as far as they were judged.
    pub flashes: Vec<FlashScore>,
    /// Frames looked at until the verdict.
    pub frames: u32,
    /// Frames of [`Moment`]s, counted from 0.
    pub moments: Vec<(Moment, u32)>,
}

enum Stage {
    Calm,
    Pause { index: usize, since: u32, moving: u32 },
    Asked(Asked),
    Waiting,
    Done(Result<(), LivenessFailure>),
}

/// A command that is on the screen.
struct Asked {
    index: usize,
    command: Command,
    towards: i64,
    /// Frames in a row at the full amplitude.
    there: u32,
    /// Blinks so far, and whether the eyes are closed in one that counts.
    blinks: u32,
    closed: bool,
    closed_at: u32,
    /// Another movement, and for how many frames.
    other: Option<(Movement, u32)>,
    back_since: Option<u32>,
    measured: bool,
}

/// Judges one stream.
pub struct Judge {
    challenge: Challenge,
    stage: Stage,
    first: Option<u32>,
    calm: Calm,
    hint: Option<Hint>,
    uncovered: Uncovered,
    /// What was in the way of the last face.
    fault: Option<Fault>,
    neutral: Option<(Baseline, u32)>,
    continuity: Continuity,
    flashes: FlashWatch,
    commands: Vec<CommandScore>,
    frames: u32,
    moments: Vec<(Moment, u32)>,
}

impl Judge {
    /// Begins. A challenge that nobody may be put to should have been refused by [`Challenge::validate`].
    #[must_use]
    pub fn new(challenge: &Challenge) -> Self {
        Self {
            stage: Stage::Calm,
            first: None,
            calm: Calm::new(challenge.calm_ms, challenge.min_inter_ocular_px),
            hint: Some(Hint::NoFace),
            uncovered: Uncovered::default(),
            fault: None,
            neutral: None,
            continuity: Continuity::default(),
            flashes: FlashWatch::new(&challenge.flashes, challenge.flash_permille),
            commands: Vec::new(),
            frames: 0,
            moments: Vec::new(),
            challenge: challenge.clone(),
        }
    }

    /// Takes the next frame. After the verdict nothing changes any more.
    pub fn look(&mut self, trace: &Trace) -> Guidance {
        let mut keep = None;
        let mut flash = None;
        if !matches!(self.stage, Stage::Done(_)) {
            match self.step(trace) {
                Ok((moment, colour)) => (keep, flash) = (moment, colour),
                Err(failure) => self.stage = Stage::Done(Err(failure)),
            }
            if let Some(moment) = keep {
                self.moments.push((moment, self.frames));
            }
            self.frames = self.frames.saturating_add(1);
        }
        Guidance { phase: self.phase(trace.at_ms), flash, keep }
    }

    /// What is known so far; a stream that ended before its verdict is [`LivenessFailure::Unfinished`].
    #[must_use]
    pub fn judgement(&self) -> Judgement {
        let verdict = match &self.stage {
            Stage::Done(verdict) => *verdict,
            Stage::Calm | Stage::Pause { .. } | Stage::Asked(_) | Stage::Waiting => {
                Err(LivenessFailure::Unfinished)
            }
        };
        Judgement {
            verdict,
            commands: self.commands.clone(),
            flashes: self.flashes.scores().to_vec(),
            frames: self.frames,
            moments: self.moments.clone(),
        }
    }

    fn step(&mut self, trace: &Trace) -> Result<(Option<Moment>, Option<Colour>), LivenessFailure> {
        let at = trace.at_ms;
        let first = *self.first.get_or_insert(at);
        self.continuity.frame(trace, self.neutral.is_some())?;
        let elapsed = at.saturating_sub(first);
        if elapsed > self.challenge.deadline_ms {
            return Err(LivenessFailure::TimeUp);
        }
        let face = match &trace.seen {
            Traced::Face(face) if face.confidence >= MIN_CONFIDENCE => Some(&**face),
            Traced::Face(_) | Traced::Nobody | Traced::Several => None,
        };
        let Some((neutral, calibrated)) = self.neutral.clone() else {
            let moment = self.calibrate(at, &trace.seen, face)?;
            let late = elapsed > self.challenge.calm_within_ms && self.neutral.is_none();
            let why = self.fault.map_or(LivenessFailure::NotCalm, Fault::failure);
            return if late { Err(why) } else { Ok((moment, None)) };
        };
        let colour = self.flashes.colour(at, at.saturating_sub(calibrated));
        let mut moment = None;
        if let Some(face) = face {
            let lit = self.flashes.is_unsteady(at);
            // A colour of the screen changes those that tell, and so does a head that turns.
            if !lit
                && is_still(face, &neutral, &self.challenge.amplitudes, STILL)
                && let Some(fault) = self.uncovered.look(face)
            {
                return Err(fault.failure());
            }
            self.continuity.face(at, face, lit)?;
            self.continuity.is_the_first_face(face, &neutral)?;
            self.flashes.face(at, face);
            moment = self.moved(at, face, &neutral)?;
        }
        self.flashes.judge(at)?;
        self.out_of_time(at)?;
        if matches!(self.stage, Stage::Waiting) && self.flashes.is_over() {
            self.stage = Stage::Done(Ok(()));
        }
        Ok((moment, colour))
    }

    fn calibrate(
        &mut self,
        at: u32,
        seen: &Traced,
        face: Option<&Features>,
    ) -> Result<Option<Moment>, LivenessFailure> {
        let Some(face) = face else {
            self.hint = Some(if *seen == Traced::Several { Hint::OnePerson } else { Hint::NoFace });
            self.calm.restart();
            self.uncovered.restart();
            self.fault = None;
            self.continuity.begin_anew();
            return Ok(None);
        };
        match self.continuity.face(at, face, false) {
            Ok(()) => {}
            Err(failure @ (LivenessFailure::Frozen | LivenessFailure::Repeated)) => return Err(failure),
            // People come and go before they stand still.
            Err(_) => {
                self.calm.restart();
                self.continuity.begin_anew();
            }
        }
        self.fault = self.uncovered.look(face);
        if let Some(fault) = self.fault {
            self.hint = Some(fault.hint());
            self.calm.restart();
            return Ok(None);
        }
        match self.calm.look(at, face) {
            Ok(Some(neutral)) => {
                self.neutral = Some((neutral, at));
                self.stage = Stage::Pause { index: 0, since: at, moving: 0 };
                Ok(Some(Moment::Neutral))
            }
            Ok(None) => {
                self.hint = None;
                Ok(None)
            }
            Err(hint) => {
                self.hint = Some(hint);
                Ok(None)
            }
        }
    }

    fn moved(
        &mut self,
        at: u32,
        face: &Features,
        neutral: &Baseline,
    ) -> Result<Option<Moment>, LivenessFailure> {
        let demands = self.challenge.amplitudes;
        match &mut self.stage {
            Stage::Pause { index, since, moving } => {
                let still = is_still(face, neutral, &demands, STILL);
                *moving = if still { 0 } else { *moving + 1 };
                if *moving >= FRAMES {
                    return Err(LivenessFailure::TooEarly);
                }
                let Some(command) = self.challenge.commands.get(*index).copied() else {
                    self.stage = Stage::Waiting;
                    return Ok(None);
                };
                if still && at.saturating_sub(*since) >= command.pause_ms {
                    self.commands.push(CommandScore {
                        movement: command.movement,
                        shown_ms: at,
                        began_ms: None,
                        reached_ms: None,
                        returned_ms: None,
                        peak_permille: 0,
                    });
                    self.stage = Stage::Asked(Asked::new(*index, command));
                }
                Ok(None)
            }
            Stage::Asked(asked) => {
                let Some(score) = self.commands.last_mut() else { return Ok(None) };
                let moment = asked.look(at, face, neutral, &demands, score)?;
                if score.returned_ms.is_some() {
                    self.stage = Stage::Pause { index: asked.index + 1, since: at, moving: 0 };
                }
                Ok(moment)
            }
            Stage::Calm | Stage::Waiting | Stage::Done(_) => Ok(None),
        }
    }

    fn out_of_time(&self, at: u32) -> Result<(), LivenessFailure> {
        let (Stage::Asked(asked), Some(score)) = (&self.stage, self.commands.last()) else { return Ok(()) };
        if at.saturating_sub(score.shown_ms) <= asked.command.window_ms {
            return Ok(());
        }
        Err(match score.reached_ms {
            Some(_) => LivenessFailure::NotReturned,
            None if !asked.measured => LivenessFailure::NotMeasured,
            None => LivenessFailure::TooLate,
        })
    }

    fn phase(&self, at: u32) -> Phase {
        match &self.stage {
            Stage::Calm => {
                let needed = u64::from(self.challenge.calm_ms.max(1));
                let percent = (u64::from(self.calm.still_ms()) * 100 / needed).min(100);
                Phase::Calm { hint: self.hint, percent: u8::try_from(percent).unwrap_or(100) }
            }
            Stage::Pause { .. } => Phase::Pause,
            Stage::Asked(asked) => {
                let shown = self.commands.last();
                let since_ms = shown.map_or(0, |score| at.saturating_sub(score.shown_ms));
                Phase::Command {
                    index: asked.index,
                    movement: asked.command.movement,
                    percent: u8::try_from((asked.towards / 10).clamp(0, 100)).unwrap_or(100),
                    back: shown.is_some_and(|score| score.reached_ms.is_some()),
                    since_ms,
                    left_ms: asked.command.window_ms.saturating_sub(since_ms),
                }
            }
            Stage::Waiting => Phase::Waiting,
            Stage::Done(Ok(())) => Phase::Passed,
            Stage::Done(Err(failure)) => Phase::Failed(*failure),
        }
    }
}

/// Whether nothing goes farther than a share of its amplitude. Eyes blink and look about.
fn is_still(
    face: &Features,
    neutral: &Baseline,
    demands: &senim_domain::liveness::Amplitudes,
    limit: i64,
) -> bool {
    let quiet = |movement| match movement {
        Movement::Blink | Movement::FollowDotLeft | Movement::FollowDotRight => true,
        Movement::Smile => neutral.towards(movement, face, demands).is_some_and(|far| far < limit + 200),
        _ => neutral.towards(movement, face, demands).is_some_and(|far| far < limit),
    };
    Movement::ALL.into_iter().all(quiet)
}

impl Asked {
    const fn new(index: usize, command: Command) -> Self {
        Self {
            index,
            command,
            towards: 0,
            there: 0,
            blinks: 0,
            closed: false,
            closed_at: 0,
            other: None,
            back_since: None,
            measured: false,
        }
    }

    fn look(
        &mut self,
        at: u32,
        face: &Features,
        neutral: &Baseline,
        demands: &senim_domain::liveness::Amplitudes,
        score: &mut CommandScore,
    ) -> Result<Option<Moment>, LivenessFailure> {
        let movement = self.command.movement;
        let other = Movement::ALL.into_iter().find(|other| {
            let limit = tolerated(movement, *other);
            let far = neutral.towards(*other, face, demands);
            limit.zip(far).is_some_and(|(limit, far)| far >= limit)
        });
        self.other = match (other, self.other) {
            (Some(other), Some((known, frames))) if known == other => Some((other, frames + 1)),
            (Some(other), _) => Some((other, 1)),
            (None, _) => None,
        };
        if self.other.is_some_and(|(_, frames)| frames >= FRAMES) {
            return Err(LivenessFailure::Mismatch);
        }
        let Some(towards) = neutral.towards(movement, face, demands) else { return Ok(None) };
        self.measured = true;
        self.towards = towards;
        score.peak_permille = score.peak_permille.max(i32::try_from(towards).unwrap_or(i32::MAX));
        let since = at.saturating_sub(score.shown_ms);
        if movement == Movement::Blink {
            return Ok(self.blink(at, since, towards, score));
        }
        if towards >= BEGUN && score.began_ms.is_none() {
            if since < REACTION_MS {
                return Err(LivenessFailure::TooEarly);
            }
            score.began_ms = Some(at);
        }
        self.there = if towards >= REACHED { self.there + 1 } else { 0 };
        let arrived = self.there >= FRAMES && score.reached_ms.is_none();
        if arrived {
            score.reached_ms = Some(at);
        }
        // Noise at the beginning is no beginning.
        if towards < BEGUN / 2 && score.reached_ms.is_none() {
            score.began_ms = None;
        }
        self.come_back(at, is_still(face, neutral, demands, STILL) && towards.abs() < OVER, score);
        Ok(arrived.then(|| self.moment()))
    }

    /// Eyes close and open, twice; a blink that was under way when the command came does not count.
    fn blink(&mut self, at: u32, since: u32, towards: i64, score: &mut CommandScore) -> Option<Moment> {
        if towards >= REACHED && !self.closed && since >= REACTION_MS {
            let alone = at.saturating_sub(self.closed_at) > BLINKS_WITHIN_MS;
            if self.blinks > 0 && self.blinks < BLINKS && alone {
                self.blinks = 0;
                score.began_ms = None;
            }
            self.closed = true;
            self.closed_at = at;
            score.began_ms = score.began_ms.or(Some(at));
        }
        let mut arrived = None;
        if towards < OVER && self.closed {
            self.closed = false;
            self.blinks += 1;
        }
        if self.closed && self.blinks + 1 == BLINKS && score.reached_ms.is_none() {
            score.reached_ms = Some(at);
            arrived = Some(self.moment());
        }
        self.come_back(at, self.blinks >= BLINKS && towards < OVER, score);
        arrived
    }

    fn come_back(&mut self, at: u32, neutral: bool, score: &mut CommandScore) {
        if !neutral || score.reached_ms.is_none() {
            self.back_since = None;
        } else if at.saturating_sub(*self.back_since.get_or_insert(at)) >= BACK_MS {
            score.returned_ms = Some(at);
        }
    }

    fn moment(&self) -> Moment {
        Moment::Command(u8::try_from(self.index).unwrap_or(u8::MAX))
    }
}

/// Judges a whole stream: the verdict of [`Judge::look`] over its frames, bit by bit.
#[must_use]
pub fn recompute<'a>(challenge: &Challenge, frames: impl IntoIterator<Item = &'a Trace>) -> Judgement {
    let mut judge = Judge::new(challenge);
    for trace in frames {
        if matches!(judge.look(trace).phase, Phase::Passed | Phase::Failed(_)) {
            break;
        }
    }
    judge.judgement()
}
