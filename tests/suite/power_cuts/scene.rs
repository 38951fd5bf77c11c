//! One terminal with its dispenser, the visit up to the money, the blow, the restart. What must hold is in `judge`.

use std::collections::BTreeMap;

use senim_journeys::people::BORROWER;
use senim_simulator::cash::Cassettes;
use senim_simulator::clients::Status;
use senim_simulator::config::ConfigPatch;
use senim_simulator::player::{Player, stand_before_camera};
use senim_simulator::stage::{EXCHANGE, Stage, StageOptions};
use senim_simulator::wait::{Look, until};
use serde_json::{Value, json};

/// The loan: the most that the sample product lends, so that the slider's end is the sum.
pub const LOAN_TENGE: u64 = 300_000;
/// Notes of the two bundles that a limit of 20 notes of one cassette makes of it, by denomination (tenge).
pub const BUNDLES: [&[(u32, u32)]; 2] = [&[(10_000, 10), (5_000, 20)], &[(5_000, 20)]];
/// Longest work of the emulator before it answers, with a reserve; what `idle_wait_ms` must exceed.
const IDLE_WAIT_MS: i64 = 1_500;

/// The dispenser's supply at the moment of the cut.
#[derive(Clone, Copy, Debug)]
pub enum Power {
    /// It stays.
    Stays,
    /// It goes too; the dispenser keeps its last status like this.
    Cut(Record),
}

/// Where a dispenser keeps its last status.
#[derive(Clone, Copy, Debug)]
pub enum Record {
    /// Lost with power.
    Volatile,
    /// Written when a command starts, with zero counts.
    AtStart,
    /// Written when a command ends.
    AtEnd,
}

impl Record {
    const fn code(self) -> &'static str {
        match self {
            Self::Volatile => "volatile",
            Self::AtStart => "at_start",
            Self::AtEnd => "at_end",
        }
    }
}

/// What the terminal's configuration states about that.
#[derive(Clone, Copy, Debug)]
pub enum Stated {
    /// Nothing.
    Unknown,
    /// It is written at the end.
    AtEnd,
}

impl Stated {
    const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::AtEnd => "at_end",
        }
    }
}

/// Notes by denomination (tenge).
pub type Notes = BTreeMap<u32, u64>;

/// What an observer beside the dispenser sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Notes that have left.
    pub exited: Notes,
    /// Frames of commands that move something, by code: reset, purge, dispense, test dispense.
    pub moving_frames: BTreeMap<String, u64>,
}

impl Seen {
    /// How many whole bundles have left.
    pub fn bundles_left(&self) -> usize {
        let whole = |count: usize| {
            let mut sum = Notes::new();
            for (denomination, notes) in BUNDLES.iter().take(count).copied().flatten() {
                *sum.entry(*denomination).or_default() += u64::from(*notes);
            }
            sum
        };
        (0..=BUNDLES.len())
            .find(|count| whole(*count) == self.exited)
            .unwrap_or_else(|| panic!("no whole number of bundles has left: {:?}", self.exited))
    }

    /// DISPENSE frames.
    pub fn dispenses(&self) -> u64 {
        self.moving_frames.get("52").copied().unwrap_or_default()
    }
}

/// The scene.
pub struct Scene {
    pub stage: Stage,
    power: Power,
    stated: Stated,
    // Removed when the stage is gone.
    _place: tempfile::TempDir,
}

impl Scene {
    /// World, gateway and devices; no firmware yet.
    pub fn set(power: Power, stated: Stated) -> Self {
        let place = tempfile::tempdir().unwrap();
        let options = StageOptions { size: (1024, 600), ..StageOptions::default() };
        let mut stage = Stage::new(&place.path().join("stage"), options).unwrap();
        stage.start_world().unwrap();
        stand_before_camera(&stage.world().unwrap(), BORROWER.iin, &stage.folders().frames()).unwrap();
        stage.start_gateway().unwrap().start_devices().unwrap();
        let record = match power {
            Power::Stays => Record::Volatile,
            Power::Cut(record) => record,
        };
        let settings = json!({
            "last_status": record.code(),
            "start_ms": 1, "note_ms": 1, "purge_ms": 5, "boot_ms": 20,
        });
        stage.devices().unwrap().patch("dispenser", &settings).unwrap();
        Self { stage, power, stated, _place: place }
    }

    fn config(&self) -> ConfigPatch {
        ConfigPatch::none()
            .set("dispenser.last_status", self.stated.code())
            .set("dispenser.idle_wait_ms", IDLE_WAIT_MS)
            .set("gateway.inbox_ms", 100)
    }

    /// Plays up to the touch that asks for the money.
    pub fn play(&mut self, config: &ConfigPatch) {
        self.stage.start_firmware(config).unwrap();
        self.stage.load_cash(&Cassettes::of(&[(10_000, 10), (5_000, 60)])).unwrap();
        let mut player = self.stage.player("kk").unwrap().without_pictures();
        ask_for_the_money(&self.stage, &mut player);
    }

    /// Plays up to the touch that asks for the money; the payout begins, on a dispenser that takes so long over a note.
    pub fn play_into_the_payout(&mut self, note_ms: u64) {
        self.stage.devices().unwrap().patch("dispenser", &json!({ "note_ms": note_ms })).unwrap();
        self.play(&self.config());
    }

    /// Plays until the firmware has stopped dead at this point.
    pub fn play_until_halt(&mut self, halt_at: &str) {
        let config = self.config().set("rig.halt_at", halt_at);
        self.play(&config);
        self.stage.wait_for_halt().unwrap();
    }

    /// Plays until notes of the first bundle are leaving the dispenser, which takes its time over the others.
    pub fn play_until_notes_move(&mut self) {
        self.stage.devices().unwrap().patch("dispenser", &json!({ "note_ms": 40 })).unwrap();
        self.play(&self.config());
        let devices = self.stage.devices().unwrap();
        let moving = until("notes to leave the dispenser", EXCHANGE, || {
            let state = devices.state("dispenser")?;
            let moves = state["busy"] == json!(true) && seen_in(&state).exited.values().sum::<u64>() > 0;
            Ok(if moves { Look::There(()) } else { Look::NotYet(state["commands"].to_string()) })
        });
        moving.unwrap();
    }

    /// The blow: the firmware is killed, and the dispenser loses its power if it is to. Gives what has left by then.
    pub fn strike(&mut self) -> Seen {
        if let Power::Cut(_) = self.power {
            self.stage.devices().unwrap().patch("dispenser", &json!({ "power": false })).unwrap();
        }
        self.stage.kill_firmware().unwrap();
        self.seen()
    }

    /// The dispenser has power again.
    pub fn power_returns(&self) {
        self.stage.devices().unwrap().patch("dispenser", &json!({ "power": true })).unwrap();
    }

    /// The firmware starts, as an operator's system starts it after every end.
    pub fn start(&mut self) {
        self.stage.start_firmware(&self.config()).unwrap();
    }

    /// The firmware starts and settles what is open; everything reaches the gateway.
    pub fn restart(&mut self) {
        self.start();
        self.settled();
    }

    /// The terminal's status once nothing is open and all rows are acknowledged.
    pub fn settled(&mut self) -> Status {
        let wait = self.stage.wait_for_status(
            "the payout to be settled and known to the gateway",
            EXCHANGE,
            |now| {
                !now.open_payout
                    && now.online
                    && now.unacked == 0
                    && now.acked_seq.is_some_and(|seq| seq + 1 == now.next_seq)
            },
        );
        wait.unwrap()
    }

    /// What has left the dispenser and what it was told, once it rests.
    pub fn seen(&self) -> Seen {
        let devices = self.stage.devices().unwrap();
        let state = until("the dispenser to rest", EXCHANGE, || {
            let state = devices.state("dispenser")?;
            Ok(if state["busy"] == json!(true) {
                Look::NotYet(state.to_string())
            } else {
                Look::There(state)
            })
        });
        seen_in(&state.unwrap())
    }
}

fn seen_in(state: &Value) -> Seen {
    let mut exited = Notes::new();
    for cassette in state["cassettes"].as_array().unwrap() {
        let notes = cassette["exited"].as_u64().unwrap();
        let denomination = u32::try_from(cassette["denomination"].as_u64().unwrap()).unwrap();
        if notes > 0 {
            *exited.entry(denomination).or_default() += notes;
        }
    }
    let frames = |code: &str| state["frames"][code].as_u64().unwrap_or_default();
    let moving_frames = ["44", "51", "52", "53"].map(|code| (code.to_owned(), frames(code)));
    Seen { exited, moving_frames: moving_frames.into() }
}

fn ask_for_the_money(stage: &Stage, player: &mut Player) {
    let borrower = stage.world().unwrap().person(BORROWER.iin).unwrap();
    player.log_in(&borrower).unwrap();
    player.choose_amount(LOAN_TENGE).unwrap();
    // In fewer months it would be too much for this borrower's income (B5).
    player.tap("term-6").unwrap();
    player.go_through_forms_to("Schedules").unwrap();
    player.agree_to_first_draft().unwrap();
    player.tap("primary").unwrap();
}
