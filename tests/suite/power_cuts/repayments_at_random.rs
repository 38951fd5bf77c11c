//! kill -9 of the real firmware at any moment while somebody pays back, and again and again while it settles what it finds.
//! Whatever it says of the notes afterwards must be true: each is credited once, or given back, or said to be in doubt.

use std::time::Duration;

use senim_simulator::stage::EXCHANGE;
use senim_simulator::wait::{Look, rest, until};
use serde_json::{Value, json};

use super::at_random::{KILLS, Moments, SETTLING_MS, number};
use super::scene::{Power, Scene, Stated};
use crate::trail;

/// What the payer puts in, tenge.
const NOTES: [u32; 3] = [1_000, 2_000, 1_000];
/// How long whoever pays waits between two looks at the mouth of the acceptor.
const LOOK: Duration = Duration::from_millis(10);
/// Three notes, their receipt and the screen after it take about so many looks.
const LOOKS: u64 = 300;
/// Longest way of a note into escrow and of one into the cassette, ms: fast, so that each kill meets something.
const PACE: [(&str, u64); 3] = [("accept_ms", 100), ("stack_ms", 100), ("return_ms", 100)];

/// What rows say of all repayments of a terminal so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Told {
    repayments: usize,
    credited: u64,
    in_doubt: u64,
    tiyn: u64,
}

/// A terminal at which somebody has a loan.
struct Payer {
    scene: Scene,
    loan: String,
    contract: String,
}

impl Payer {
    fn borrows() -> Self {
        let mut scene = Scene::set(Power::Stays, Stated::Unknown);
        let pace: serde_json::Map<String, Value> =
            PACE.into_iter().map(|(name, ms)| (name.to_owned(), json!(ms))).collect();
        scene.stage.devices().unwrap().patch("acceptor", &Value::Object(pace)).unwrap();
        scene.play_into_the_payout(1);
        let ended = until("the loan to be paid out", EXCHANGE, || {
            let rows = scene.stage.rows(0)?;
            let ended = rows.iter().any(|row| row["kind"] == "PayoutEnded");
            Ok(if ended { Look::There(()) } else { Look::NotYet(format!("{} rows", rows.len())) })
        });
        ended.unwrap();
        // Whoever borrowed is gone.
        scene.strike();
        scene.restart();
        let world = scene.stage.world().unwrap();
        let booked = until("the lender to book the loan", EXCHANGE, || {
            let loans = world.loans()?;
            let paid = loans.iter().find(|loan| loan["paid_out_tiyn"].as_u64() > Some(0)).cloned();
            Ok(paid.map_or_else(|| Look::NotYet(format!("{loans:?}")), Look::There))
        });
        let booked = booked.unwrap();
        let field = |name: &str| booked[name].as_str().unwrap().to_owned();
        Self { loan: field("loan_id"), contract: field("contract_number"), scene }
    }

    /// Pays until the firmware is killed, at most so many looks after the mouth of the acceptor has opened; gives how many
    /// notes were drawn in.
    fn pays(&mut self, looks: u64) -> usize {
        // Nobody is offered to pay before the acceptor has said how it is.
        let well = self.scene.stage.wait_for_status("the acceptor to be well", EXCHANGE, |now| {
            now.peripherals.get("acceptor").is_some_and(|state| state == "Usable")
        });
        well.unwrap();
        let mut player = self.scene.stage.player("kk").unwrap().without_pictures();
        let devices = self.scene.stage.devices().unwrap();
        player.expect_screen("Welcome").unwrap();
        player.tap("language-kk").unwrap();
        player.expect_detail("Choice", "menu").unwrap();
        player.tap("option-repay").unwrap();
        player.expect_detail("Choice", "repaymentWay").unwrap();
        player.tap("option-number").unwrap();
        player.expect_detail("Entry", "contractNumber").unwrap();
        player.type_digits(&self.contract).unwrap();
        player.tap("primary").unwrap();
        player.expect_detail("Notice", "repaymentTerms").unwrap();
        player.tap("primary").unwrap();
        player.expect_detail("Notice", "repaymentInsert").unwrap();
        let mut drawn = 0;
        for _ in 0..looks {
            match NOTES.get(drawn) {
                Some(note) => {
                    let taken = devices.patch("acceptor", &json!({ "insert": note })).is_ok();
                    drawn += usize::from(taken);
                }
                // Where nothing can be touched now, nothing is.
                None => drop(player.tap_now("primary")),
            }
            rest(LOOK);
        }
        self.scene.stage.kill_firmware().unwrap();
        drawn
    }

    /// The firmware starts and settles; everything reaches the gateway. Gives what it says and compares it with what is there.
    fn judged(&mut self) -> Told {
        self.scene.start();
        let settled = |now: &senim_simulator::clients::Status| {
            now.at_rest && now.online && now.acked_seq.is_some_and(|seq| seq + 1 == now.next_seq)
        };
        let what = "the repayment to be settled and known to the gateway";
        self.scene.stage.wait_for_status(what, EXCHANGE, settled).unwrap();
        let folders = self.scene.stage.folders();
        let rows = trail::at_terminal(&folders.work);
        let begun = trail::of_kind(&rows, "RepaymentBegun").count();
        let mut told = Told::default();
        for ended in trail::of_kind(&rows, "RepaymentEnded") {
            told.repayments += 1;
            told.credited += notes(&ended["accepted"]);
            told.in_doubt += notes(&ended["in_doubt"]);
            told.tiyn += ended["amount_tiyn"].as_u64().unwrap();
        }
        assert_eq!(begun, told.repayments, "each repayment ends once");

        let acceptor = self.scene.stage.devices().unwrap().state("acceptor").unwrap();
        assert_eq!(acceptor["note"], Value::Null, "no note is left on the way: {acceptor}");
        let kept: u64 = counted(&acceptor["cassette"]["notes"]);
        let (inserted, returned) =
            (counted(&acceptor["notes"]["inserted"]), counted(&acceptor["notes"]["returned"]));
        assert_eq!(inserted, kept + returned, "notes are in the cassette or with the payer: {acceptor}");
        assert!(
            told.credited <= kept && kept <= told.credited + told.in_doubt,
            "{kept} notes in the cassette, {told:?}"
        );

        let world = self.scene.stage.world().unwrap();
        let entered = until("the lender to enter what was paid", EXCHANGE, || {
            let entered = world.repaid_tiyn(&self.loan)?;
            Ok(if entered == told.tiyn { Look::There(()) } else { Look::NotYet(entered.to_string()) })
        });
        entered.unwrap();
        assert_eq!(
            trail::at_gateway(&folders.work),
            trail::places(&rows),
            "each row is at the gateway, once"
        );
        let config = folders.firmware_config().display().to_string();
        let verified =
            self.scene.stage.firmware_command(&["journal", "verify", "--config", &config]).unwrap();
        assert_eq!(verified["verified"], json!(true), "{verified}");
        told
    }
}

fn notes(counts: &Value) -> u64 {
    let counts = counts.as_array().map(Vec::as_slice).unwrap_or_default();
    counts.iter().map(|count| count["notes"].as_u64().unwrap()).sum()
}

/// Notes of a tally by denomination.
fn counted(tally: &Value) -> u64 {
    tally.as_object().unwrap().values().map(|notes| notes.as_u64().unwrap()).sum()
}

/// So many repayments, each killed so often; gives what rows said of them at last.
fn killed(from: u64, repayments: u64, kills: u64) -> Told {
    let mut sum = Told::default();
    let mut left = repayments;
    let mut seed = from;
    while left > 0 {
        let mut payer = Payer::borrows();
        let mut told = Told::default();
        // Where notes are in doubt, the acceptor takes no more until somebody has counted.
        while left > 0 && told.in_doubt == 0 {
            let mut moments = Moments::of(seed);
            let looks = moments.below(LOOKS);
            let drawn = payer.pays(looks);
            for _ in 1..kills {
                payer.scene.start();
                rest(moments.within(SETTLING_MS));
                payer.scene.stage.kill_firmware().unwrap();
            }
            let before = std::mem::replace(&mut told, payer.judged());
            eprintln!(
                "seed {seed}: killed after {looks} looks and {drawn} notes, {} credited, {} in doubt",
                told.credited - before.credited,
                told.in_doubt - before.in_doubt
            );
            (left, seed) = (left - 1, seed + 1);
        }
        sum.repayments += told.repayments;
        sum.credited += told.credited;
        sum.in_doubt += told.in_doubt;
        sum.tiyn += told.tiyn;
    }
    sum
}

#[test]
fn killed_at_any_moment_of_a_repayment_it_credits_each_note_once_or_says_that_it_is_in_doubt() {
    killed(1, 1, 3);
}

/// `SENIM_KILLS` says how often, `SENIM_KILLS_FROM` with which seed it begins.
#[test]
#[ignore = "as long as one likes: `./test long` kills a hundred times"]
fn killed_a_hundred_times_in_repayments_it_credits_each_note_once_or_says_that_it_is_in_doubt() {
    let (kills, from) = (number("SENIM_KILLS", 100), number("SENIM_KILLS_FROM", 2));
    let repayments = kills.div_ceil(KILLS);
    let told = killed(from, repayments, KILLS);
    eprintln!("{} kills in {repayments} repayments: {told:?}", repayments * KILLS);
}
