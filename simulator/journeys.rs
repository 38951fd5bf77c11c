//! The scripted journeys, as short as they can be told; how things are done is the player's and the stage's business.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::album::Shown;
use crate::cash::{self, Cassettes, Notes};
use crate::clients::Somebody;
use crate::config::{self, ConfigPatch};
use crate::error::Trouble;
use crate::evidence::{self, JournalEvidence};
use crate::player::{Player, stand_before_camera};
use crate::stage::{Stage, StageOptions};

/// A loan that needs two bundles of the stock that is loaded, with all four denominations in it, tenge.
pub const LOAN_TENGE: u64 = 253_000;
/// Its term in months.
const MONTHS: u32 = 6;
/// A person with a good history, and two more like that: an SMS code is sent five times a day only.
pub const BORROWER: &str = "900514300002";
const SECOND_BORROWER: &str = "911231400005";
/// People who are refused: voluntary refusal, sanctions list, too much debt, not registered, another face.
const REFUSED: &str = "040229600001";
const LISTED: &str = "900514300305";
const INDEBTED: &str = "911231400609";
const UNREGISTERED: &str = "080630500002";
const STRANGER: &str = "850317300010";
/// How long the terminal may take to notice that the gateway is gone or back.
const NOTICE: Duration = Duration::from_secs(120);

/// A journey.
#[derive(Clone, Copy)]
pub struct Journey {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is played.
    pub about: &'static str,
    play: fn(&mut Stage, &mut Player) -> Result<Played, Trouble>,
}

impl std::fmt::Debug for Journey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// All journeys.
pub const JOURNEYS: [Journey; 5] = [
    Journey {
        name: "first-loan",
        about: "a microcredit in banknotes, from the language to the receipt",
        play: first_loan,
    },
    Journey {
        name: "gateway-restart",
        about: "the same, with the gateway stopped before the decision and again after the payout",
        play: gateway_restart,
    },
    Journey { name: "refusals", about: "five people who are refused, each politely", play: refusals },
    Journey { name: "face-mismatch", about: "the face is not the client's", play: face_mismatch },
    Journey { name: "cancel", about: "the visit is ended on each screen", play: cancel },
];

/// What a journey left.
struct Played {
    /// Sum that was paid, tenge; 0: none may have been.
    paid_tenge: u64,
    /// Whether a receipt was printed.
    receipt: bool,
}

const NOTHING: Played = Played { paid_tenge: 0, receipt: false };

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
pub fn named(name: &str) -> Result<Journey, Trouble> {
    JOURNEYS.into_iter().find(|journey| journey.name == name).ok_or_else(|| {
        let names: Vec<&str> = JOURNEYS.iter().map(|journey| journey.name).collect();
        Trouble::Usage(format!("there is no journey {name}; there are: {}", names.join(", ")))
    })
}

impl Journey {
    /// Plays it on a fresh stage in `out` and writes `summary.json` there, whatever happens.
    ///
    /// # Errors
    /// What went wrong first; the summary then says it too.
    pub fn run(&self, language: &str, out: &Path, options: StageOptions) -> Result<Summary, Trouble> {
        let mut stage = Stage::new(out, options)?;
        let mut summary = Summary {
            journey: self.name.to_owned(),
            lang: language.to_owned(),
            steps: Vec::new(),
            cash: CashSummary::default(),
            receipt: None,
            journal: None,
            result: "unfinished".to_owned(),
        };
        // A process that has died is the cause of whatever failed after it.
        let played = self
            .on_stage(&mut stage, language, &mut summary)
            .map_err(|trouble| stage.check().err().unwrap_or(trouble));
        summary.result =
            played.as_ref().err().map_or_else(|| "ok".to_owned(), |trouble| crate::error::told(trouble));
        let text = serde_json::to_string_pretty(&summary).unwrap_or_default();
        config::write(&stage.folders().out.join("summary.json"), format!("{text}\n").as_bytes())?;
        played.map(|()| summary)
    }

    fn on_stage(&self, stage: &mut Stage, language: &str, summary: &mut Summary) -> Result<(), Trouble> {
        stage.start_world()?;
        stand_before_camera(&stage.world()?, BORROWER, &stage.folders().frames())?;
        stage.start_gateway()?.start_devices()?.start_firmware(&ConfigPatch::none())?;
        stage.load_cash(&Cassettes::of_journeys())?;
        summary.cash.before = cash::counted(&stage.devices()?)?;
        let mut player = stage.player(language)?;
        let played = (self.play)(stage, &mut player);
        summary.steps = player.steps().to_vec();
        let played = played?;
        if played.receipt {
            summary.receipt = Some(evidence::receipt(stage)?);
        }
        summary.journal = Some(evidence::close(stage)?);
        summary.cash.after = cash::counted(&stage.devices()?)?;
        let (before, after) = (&summary.cash.before, &summary.cash.after);
        if played.paid_tenge > 0 {
            evidence::loan_is_paid_once(stage, before, after, played.paid_tenge)?;
        } else {
            evidence::nothing_is_paid(stage, before, after)?;
        }
        stage.stop_gateway()?;
        stage.stop_devices()?;
        stage.stop_world()
    }
}

fn first_loan(stage: &mut Stage, player: &mut Player) -> Result<Played, Trouble> {
    let borrower = stage.world()?.person(BORROWER)?;
    go_to_the_money(player, &borrower)?;
    take_the_money(player)?;
    player.leave()?;
    Ok(Played { paid_tenge: LOAN_TENGE, receipt: true })
}

/// A whole visit up to the button that gives the money: a loan of [`LOAN_TENGE`] is agreed to.
///
/// # Errors
/// As the single steps of [`Player`].
pub fn go_to_the_money(player: &mut Player, borrower: &Somebody) -> Result<(), Trouble> {
    player.log_in(borrower)?;
    ask_for_loan(player)?;
    player.expect_screen("Schedules")?;
    read_and_agree(player, borrower)
}

fn gateway_restart(stage: &mut Stage, player: &mut Player) -> Result<Played, Trouble> {
    let borrower = stage.world()?.person(BORROWER)?;
    player.log_in(&borrower)?;
    player.choose_amount(LOAN_TENGE)?;
    player.tap(&format!("term-{MONTHS}"))?;
    stage.stop_gateway()?;
    player.tap("primary")?;
    player.expect_detail("Waiting", "Decision")?;
    stage.start_gateway()?;
    player.expect_screen("Schedules")?;
    read_and_agree(player, &borrower)?;
    player.expect_screen("ReadyToPay")?;
    take_the_money(player)?;
    // What the receipt says must hold without the gateway; its rows follow when it is back.
    stage.stop_gateway()?;
    player.leave()?;
    stage.wait_for_status("the terminal to notice that the gateway is gone", NOTICE, |status| {
        !status.online
    })?;
    stage.start_gateway()?;
    stage.wait_for_status("the terminal to find the gateway again", NOTICE, |status| {
        status.online && status.unacked == 0
    })?;
    Ok(Played { paid_tenge: LOAN_TENGE, receipt: true })
}

fn refusals(stage: &mut Stage, player: &mut Player) -> Result<Played, Trouble> {
    let world = stage.world()?;
    player.begin()?;
    player.give_iin(&world.person(UNREGISTERED)?.iin)?;
    player.expect_end("NotAvailable")?;
    for (iin, end) in [(REFUSED, "VoluntaryRefusal"), (LISTED, "NotApproved"), (INDEBTED, "NotApproved")] {
        player.log_in(&world.person(iin)?)?;
        player.choose_amount(LOAN_TENGE)?;
        player.tap("primary")?;
        player.expect_end(end)?;
    }
    wrong_codes(player, &world.person(BORROWER)?)?;
    Ok(NOTHING)
}

/// Types a wrong code as often as the rule pack allows.
fn wrong_codes(player: &mut Player, person: &Somebody) -> Result<(), Trouble> {
    player.begin()?;
    player.give_iin(&person.iin)?;
    player.expect_screen("EnterCode")?;
    let right = player.read_code(&person.phone)?;
    for attempt in 1..=3 {
        player.type_digits(&wrong_code(&right))?;
        player.tap("primary")?;
        if attempt < 3 {
            player.expect_detail("EnterCode", "CodeWrong")?;
        }
    }
    player.expect_end("TooManyCodes")
}

/// Another code of the same length.
fn wrong_code(right: &str) -> String {
    right.chars().map(|digit| if digit == '9' { '0' } else { '9' }).collect()
}

fn face_mismatch(stage: &mut Stage, player: &mut Player) -> Result<Played, Trouble> {
    let stranger = stage.world()?.person(STRANGER)?;
    player.log_in(&stranger)?;
    ask_for_loan(player)?;
    player.expect_screen("Schedules")?;
    choose_and_read(player)?;
    player.stand_before_camera(&stranger.iin)?;
    player.go_on_to("Camera")?;
    for _ in 1..3 {
        player.tap("primary")?;
        player.expect_detail("Camera", "NoMatch")?;
    }
    player.tap("primary")?;
    player.expect_end("FaceNotMatched")?;
    Ok(NOTHING)
}

fn cancel(stage: &mut Stage, player: &mut Player) -> Result<Played, Trouble> {
    let world = stage.world()?;
    let people = [world.person(BORROWER)?, world.person(SECOND_BORROWER)?];
    // Every visit goes one screen further than the one before.
    let last_screens = ["EnterCode", "Amount", "Schedules", "Contract", "Camera", "Agree", "ReadyToPay"];
    for (visit, last) in last_screens.into_iter().enumerate() {
        let person = if visit < 4 { &people[0] } else { &people[1] };
        go_as_far_as(player, person, last)?;
        player.cancel()?;
    }
    Ok(NOTHING)
}

/// One step of a visit, up to the button that leads to the next screen.
type Step = fn(&mut Player, &Somebody) -> Result<(), Trouble>;

/// A visit up to this screen.
fn go_as_far_as(player: &mut Player, person: &Somebody, last: &str) -> Result<(), Trouble> {
    if last == "EnterCode" {
        player.begin()?;
        player.give_iin(&person.iin)?;
        return player.expect_screen(last).map(drop);
    }
    player.log_in(person)?;
    let steps: [(&str, Step); 5] = [
        ("Schedules", |player, _| ask_for_loan(player)),
        ("Contract", |player, _| choose_method(player)),
        ("Camera", |player, person| {
            player.stand_before_camera(&person.iin)?;
            player.read_to_the_end()?;
            player.tap("primary")
        }),
        ("Agree", |player, _| player.tap("primary")),
        ("ReadyToPay", |player, _| player.tap("primary")),
    ];
    let mut at = "Amount";
    for (screen, step) in steps {
        if at == last {
            break;
        }
        step(player, person)?;
        player.expect_screen(screen)?;
        at = screen;
    }
    Ok(())
}

/// Sum and term; the application goes out.
fn ask_for_loan(player: &mut Player) -> Result<(), Trouble> {
    player.choose_amount(LOAN_TENGE)?;
    player.tap(&format!("term-{MONTHS}"))?;
    player.picture("chosen")?;
    player.tap("primary")
}

/// Both tables are looked at, the first draft is chosen, the contract opened.
fn choose_method(player: &mut Player) -> Result<(), Trouble> {
    player.look_at_table(0)?;
    player.look_at_table(1)?;
    player.tap("choose-0")?;
    player.picture("chosen")?;
    player.tap("primary")
}

/// Up to the end of the contract.
fn choose_and_read(player: &mut Player) -> Result<(), Trouble> {
    choose_method(player)?;
    player.expect_screen("Contract")?;
    player.read_to_the_end()
}

/// From the drafts to the concluded contract.
fn read_and_agree(player: &mut Player, borrower: &Somebody) -> Result<(), Trouble> {
    choose_and_read(player)?;
    player.stand_before_camera(&borrower.iin)?;
    player.go_on_to("Camera")?;
    player.go_on_to("Agree")?;
    player.go_on_to("ReadyToPay").map(drop)
}

/// The money is counted out, the receipt printed.
fn take_the_money(player: &mut Player) -> Result<(), Trouble> {
    player.go_on_to("Receipt")?;
    player.picture_when_changed("printed")
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

    #[test]
    fn a_wrong_code_has_the_same_length_and_no_digit_in_common() {
        assert_eq!(wrong_code("019299"), "990900");
    }

    #[test]
    fn the_loan_needs_more_notes_than_one_bundle_may_have() {
        // 10 × 10,000 + 20 × 5,000 are 200,000: the rest must be in notes of 2,000 and 1,000.
        let small = (LOAN_TENGE - 200_000).div_ceil(2_000);
        assert!(30 + small > 40);
    }
}
