//! Journeys through real processes: a stage for each, its script, and what is left of it, in `summary.json`.

use std::path::Path;

use senim_domain::Language;
use senim_journeys::people::BORROWER;
use senim_journeys::{JOURNEYS, Journey, Left, Setting};
use serde::Serialize;
use serde_json::Value;

use crate::album::Shown;
use crate::cash::{self, Cassettes, Notes};
use crate::config::{self, ConfigPatch, DispenserKind};
use crate::error::Trouble;
use crate::evidence::{self, JournalEvidence};
use crate::live::Live;
use crate::player::stand_before_camera;
use crate::recording::Recording;
use crate::replay::Replay;
use crate::stage::{RULE_PACK, Stage, StageOptions};

/// `summary.json`.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Name of the journey.
    pub journey: String,
    /// Language of the screens.
    pub lang: String,
    /// Screens in order.
    pub steps: Vec<Shown>,
    /// Notes in the cassettes.
    pub cash: CashSummary,
    /// File with the picture of the receipt; absent when none was to be printed.
    pub receipt: Option<String>,
    /// The journal.
    pub journal: Option<JournalEvidence>,
    /// `ok`, or what went wrong.
    pub result: String,
}

/// Notes by denomination.
#[derive(Debug, Default, Serialize)]
pub struct CashSummary {
    /// After loading.
    pub before: Notes,
    /// At the end.
    pub after: Notes,
}

/// The journey with this name.
///
/// # Errors
/// [`Trouble::Usage`] with the names that there are.
pub fn named(name: &str) -> Result<&'static Journey, Trouble> {
    senim_journeys::named(name).ok_or_else(|| {
        let names: Vec<&str> = JOURNEYS.iter().map(|journey| journey.name).collect();
        Trouble::Usage(format!("there is no journey {name}; there are: {}", names.join(", ")))
    })
}

/// Plays a journey on a fresh stage in `out` and writes `summary.json` there, whatever happens.
///
/// # Errors
/// What went wrong first; the summary then says it too.
pub fn run(
    journey: &Journey,
    speech: Language,
    out: &Path,
    options: StageOptions,
) -> Result<Summary, Trouble> {
    let signed = options.signed || journey.setting.signed;
    let Setting { cards, keypad, days: moving_clock, certificate_days, shutter, .. } = journey.setting;
    let dispenser = if shutter { DispenserKind::Presenter } else { options.dispenser };
    let commissioned = options.commissioned || certificate_days.is_some();
    let options = StageOptions {
        signed,
        cards,
        keypad,
        moving_clock,
        commissioned,
        certificate_days,
        dispenser,
        ..options
    };
    let mut stage = Stage::new(out, options)?;
    let mut summary = Summary::of(journey.name, speech);
    let played = on_stage(journey, &mut stage, speech, &mut summary);
    summed_up(&mut stage, summary, played)
}

/// Does on a fresh stage in `out` what a recording tells, and writes `summary.json` there, whatever happens. Nothing is known of
/// what it should leave; journal and export are verified as those of a journey are.
///
/// # Errors
/// What went wrong first; the summary then says it too.
pub fn replay(
    recording: &Recording,
    name: &str,
    speech: Language,
    out: &Path,
    options: StageOptions,
) -> Result<Summary, Trouble> {
    let mut stage = Stage::new(out, options)?;
    let mut summary = Summary::of(name, speech);
    let played = again_on_stage(recording, &mut stage, speech, &mut summary);
    summed_up(&mut stage, summary, played)
}

impl Summary {
    fn of(name: &str, speech: Language) -> Self {
        Self {
            journey: name.to_owned(),
            lang: speech.code().to_owned(),
            steps: Vec::new(),
            cash: CashSummary::default(),
            receipt: None,
            journal: None,
            result: "unfinished".to_owned(),
        }
    }
}

fn summed_up(
    stage: &mut Stage,
    mut summary: Summary,
    played: Result<(), Trouble>,
) -> Result<Summary, Trouble> {
    // A process that has died is the cause of whatever failed after it.
    let played = played.map_err(|trouble| stage.check().err().unwrap_or(trouble));
    summary.result =
        played.as_ref().err().map_or_else(|| "ok".to_owned(), |trouble| crate::error::told(trouble));
    let text = serde_json::to_string_pretty(&summary).unwrap_or_default();
    config::write(&stage.folders().out.join("summary.json"), format!("{text}\n").as_bytes())?;
    played.map(|()| summary)
}

fn again_on_stage(
    recording: &Recording,
    stage: &mut Stage,
    speech: Language,
    summary: &mut Summary,
) -> Result<(), Trouble> {
    stage.start_world()?;
    stand_before_camera(&stage.world()?, &recording.person, &stage.folders().frames())?;
    stage.start_gateway()?.start_devices()?.start_firmware(&ConfigPatch::none())?;
    stage.load_cash(&Cassettes::of_journeys())?;
    summary.cash.before = cash::counted(stage)?;
    let mut player = stage.player(speech.code())?;
    let mut replay = Replay::begin(stage, &mut player, recording)?;
    let played = recording.steps.iter().try_for_each(|step| replay.step(step));
    summary.steps = player.steps().to_vec();
    played?;
    if evidence::left(stage)?.receipts > 0 {
        summary.receipt = Some(evidence::receipt(stage)?);
    }
    summary.journal = Some(evidence::close(stage)?);
    summary.cash.after = cash::counted(stage)?;
    stage.stop_gateway()?;
    stage.stop_devices()?;
    stage.stop_world()
}

fn on_stage(
    journey: &Journey,
    stage: &mut Stage,
    speech: Language,
    summary: &mut Summary,
) -> Result<(), Trouble> {
    publish_rules(journey, stage)?;
    stage.start_world()?;
    stand_before_camera(&stage.world()?, BORROWER.iin, &stage.folders().frames())?;
    let patch = match journey.setting.halt_at {
        Some(place) => ConfigPatch::none().set("rig.halt_at", place),
        None => ConfigPatch::none(),
    };
    let patch = match journey.setting.journal_rows {
        Some((capacity, reserve)) => {
            let rows = [capacity, reserve].map(|rows| i64::try_from(rows).unwrap_or(i64::MAX));
            patch.set("rig.journal_rows", rows.to_vec())
        }
        None => patch,
    };
    stage.start_gateway()?.start_devices()?.start_firmware(&patch)?;
    stage.load_cash(&Cassettes::of(&journey.setting.cassettes))?;
    summary.cash.before = cash::counted(stage)?;
    let mut player = stage.player(speech.code())?;
    let played = Live::new(stage, &mut player, speech).play(journey);
    summary.steps = player.steps().to_vec();
    let left = played?;
    if left.receipts > 0 {
        summary.receipt = Some(evidence::receipt(stage)?);
    }
    summary.journal = Some(evidence::close(stage)?);
    summary.cash.after = cash::counted(stage)?;
    judge(stage, left, summary)?;
    stage.stop_gateway()?;
    stage.stop_devices()?;
    stage.stop_world()
}

/// What was left is what the script says, and where no note left, none is missing.
fn judge(stage: &Stage, left: Left, summary: &Summary) -> Result<(), Trouble> {
    let found = evidence::left(stage)?;
    Trouble::unless(found == left, || format!("the script leaves {left:?}, found {found:?}"))?;
    let (before, after) = (&summary.cash.before, &summary.cash.after);
    let gone = cash::sum(&cash::gone(before, after)?);
    Trouble::unless(gone >= left.given && (gone == 0 || left.given > 0), || {
        format!("{} ₸ were given, {gone} ₸ are gone from the cassettes", left.given)
    })
}

/// The sample rule pack with what the journey wants otherwise.
fn publish_rules(journey: &Journey, stage: &mut Stage) -> Result<(), Trouble> {
    if journey.setting.rule_pack.is_empty() {
        return Ok(());
    }
    let wrong = |why: String| Trouble::Usage(format!("the rule pack of {}: {why}", journey.name));
    let mut rules: Value = serde_json::from_str(RULE_PACK).map_err(|error| wrong(error.to_string()))?;
    for (place, value) in journey.setting.rule_pack {
        let found = rules.pointer_mut(place).ok_or_else(|| wrong(format!("there is no {place}")))?;
        *found = serde_json::from_str(value).map_err(|error| wrong(error.to_string()))?;
    }
    let path = stage.folders().work.join("rules-of-the-journey.json");
    config::write(&path, rules.to_string().as_bytes())?;
    stage.publish(path);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_journey_is_found_by_its_name_and_an_unknown_name_lists_them() {
        for journey in JOURNEYS {
            assert_eq!(named(journey.name).unwrap().about, journey.about);
        }
        let text = named("second-loan").unwrap_err().to_string();
        assert!(text.contains("first-loan") && text.contains("cancel"), "{text}");
    }
}
