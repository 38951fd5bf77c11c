//! The program `senim-simulator`: which of its parts runs, with what. Results go to stdout, words for people to stderr.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use senim_domain::Language;
use senim_journeys::{JOURNEYS, Journey};
use senim_simulator::camera::CameraSource;
use senim_simulator::journeys;
use senim_simulator::recording::Recording;
use senim_simulator::stage::StageOptions;
use senim_simulator::{bench, services};
use senim_ui::gallery;
use serde_json::json;

/// The technicians' simulator of the loan terminal; without a command it opens the desktop.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<What>,
}

/// Where the desktop keeps its things unless told otherwise.
#[cfg(feature = "x11")]
const DESKTOP: &str = "out/desktop";

/// Keys of the desktop.
#[cfg(feature = "x11")]
const KEYS: &str = "\
In the window the mouse is the finger on the terminal's screen; beside it are four tabs and these keys:
  ← →      choose a stack of notes (tab Devices)
  1 to 4   put it into that cassette; 0 puts one note of it to the acceptor
  F2       the person's phone reads the code on the screen, and signs or confirms
  F3       the next bundle jams
  F4       takes the paper out of the printer, or puts it in
  F6       stops or starts the gateway
  F7       kills or starts the firmware
  F8       begins a recording, or ends it; `journey --file` plays it again without a window
  F9       writes the last visit as a sequence diagram
  F11      dark or light panels

Stacks can be dragged onto a cassette or the acceptor. Notes that were put in so are in no book of the terminal: only an
exchange counts them.";

#[derive(Subcommand)]
enum What {
    /// Runs the emulated devices; prints one line of JSON when their ports can be opened.
    Devices {
        /// Folder for the ports.
        #[arg(long)]
        dir: PathBuf,
        /// Address of the control interface.
        #[arg(long, default_value = "127.0.0.1:0")]
        control: SocketAddr,
    },
    /// Runs the world outside: core lending, the state's services, bureau, bank, merchants, SMS, people.
    World {
        /// Address to listen on.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// JSON file with other people.
        #[arg(long)]
        people: Option<PathBuf>,
    },
    /// Plays a scripted journey through real processes.
    Journey {
        /// Name of the journey.
        #[arg(required_unless_present_any = ["list", "file"])]
        name: Option<String>,
        /// In place of a journey: a recording that the desktop has written.
        #[arg(long, conflicts_with_all = ["name", "list"])]
        file: Option<PathBuf>,
        /// Lists the journeys, each with what it shows.
        #[arg(long)]
        list: bool,
        /// The list as JSON, a document a line.
        #[arg(long, requires = "list")]
        json: bool,
        /// Language of the screens.
        #[arg(long, value_enum, default_value_t = Speech::Kk)]
        lang: Speech,
        /// Folder for pictures, receipt, export, logs and summary.json.
        #[arg(long, required_unless_present = "list")]
        out: Option<PathBuf>,
        /// Size of the screen in pixels.
        #[arg(long, default_value = "1280x800", value_parser = size)]
        size: (u32, u32),
        /// With headphones and the assistive keypad only, in place of eyes and a finger.
        #[arg(long)]
        by_ear: bool,
        /// What the camera looks at: `person`, a picture, a folder of pictures, or the USB socket of a webcam such as 1-1.2.
        #[arg(long, default_value = "person")]
        camera: CameraSource,
        /// The terminal is commissioned first by its own program, with a code of the MFO.
        #[arg(long)]
        commission: bool,
    },
    /// Opens a window with the terminal's screen, its devices, people, the journal and the last visit.
    #[cfg(feature = "x11")]
    #[command(after_help = KEYS)]
    Desktop {
        /// Folder for what the programs work on and say.
        #[arg(long, default_value = DESKTOP)]
        out: PathBuf,
        /// Size of the screen in pixels.
        #[arg(long, default_value = "1280x800", value_parser = size)]
        size: (u32, u32),
        /// The dispenser in the terminal.
        #[arg(long, value_enum, default_value_t)]
        dispenser: senim_simulator::config::DispenserKind,
        /// What the camera looks at: `person`, a picture, a folder of pictures, or the USB socket of a webcam such as 1-1.2.
        #[arg(long, default_value = "person")]
        camera: CameraSource,
    },
    /// Times the product's own code beside references taken in the same run; fails when a limit is missed.
    Bench {
        /// Which: dispense, screen, commit, drain, wire, intake, verify, dossier; all of them unless named.
        #[arg(value_parser = bench::names())]
        names: Vec<String>,
        /// Rounds of the dispense.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=1000))]
        rounds: u16,
    },
    /// The reference of `bench screen`: a window with one key.
    #[command(hide = true)]
    BareWindow {
        /// How often it is touched.
        #[arg(long)]
        touches: u32,
    },
    /// Draws every screen in every language, mode and layout, and tells where words are cut, names are missing or ink is faint.
    Gallery {
        /// Folder for the pictures.
        #[arg(long)]
        out: PathBuf,
        /// Only screens with this in their name.
        #[arg(long)]
        only: Option<String>,
        /// Only this mode or layout.
        #[arg(long, value_parser = gallery::MODES.map(|mode| mode.name))]
        mode: Option<String>,
        /// Folder for contact sheets as well, one of each mode and language.
        #[arg(long)]
        sheets: Option<PathBuf>,
        /// Fail when anything of that kind is found.
        #[arg(long)]
        strict: bool,
    },
    /// Becomes a program that is killed when its starter is gone.
    #[command(hide = true)]
    Tied {
        #[arg(long)]
        parent: u32,
        #[arg(last = true, required = true)]
        program: Vec<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Speech {
    Kk,
    Ru,
    En,
}

impl Speech {
    const fn speech(self) -> Language {
        match self {
            Self::Kk => Language::Kk,
            Self::Ru => Language::Ru,
            Self::En => Language::En,
        }
    }
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("{text} is no size such as 1280x800");
    let (width, height) = text.split_once('x').ok_or_else(wrong)?;
    let side =
        |side: &str| side.parse().ok().filter(|pixels| (320..=4096).contains(pixels)).ok_or_else(wrong);
    Ok((side(width)?, side(height)?))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let log = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(log).with_writer(std::io::stderr).init();
    match arguments.command.map_or_else(no_command, perform) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ");
            tracing::error!("{text}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(feature = "x11")]
fn no_command() -> anyhow::Result<()> {
    desktop(&PathBuf::from(DESKTOP), StageOptions::default())
}

#[cfg(not(feature = "x11"))]
fn no_command() -> anyhow::Result<()> {
    anyhow::bail!("this build has no window; see --help for the commands")
}

#[cfg(feature = "x11")]
fn desktop(out: &std::path::Path, options: StageOptions) -> anyhow::Result<()> {
    Ok(senim_simulator::desktop::run(out, options)?)
}

/// A journey with what it shows, in a line.
fn listed(journey: &Journey, as_json: bool) -> String {
    let clauses: Vec<String> = journey.clauses.iter().map(|clause| format!("{clause:?}")).collect();
    let specials: Vec<String> = journey.specials.iter().map(|special| format!("{special:?}")).collect();
    if as_json {
        let document = json!({
            "journey": journey.name,
            "about": journey.about,
            "acts": clauses,
            "states": specials,
            "rules": journey.rules,
        });
        return document.to_string();
    }
    let rules = journey.rules.iter().map(|rule| (*rule).to_owned());
    let shows: Vec<String> = clauses.into_iter().chain(specials).chain(rules).collect();
    let shows = if shows.is_empty() { String::new() } else { format!(" [{}]", shows.join(", ")) };
    format!("{:28} {}{shows}", journey.name, journey.about)
}

fn perform(command: What) -> anyhow::Result<()> {
    match command {
        What::Devices { dir, control } => services::devices(&dir, control),
        What::World { listen, people } => services::world(listen, people.as_deref()),
        What::Journey { list: true, json, .. } => {
            JOURNEYS.iter().try_for_each(|journey| services::tell(&listed(journey, json)))
        }
        What::Journey { name, file, lang, out, size, by_ear, camera, commission: commissioned, .. } => {
            let (name, out) = (name.unwrap_or_default(), out.unwrap_or_default());
            let options = StageOptions { size, by_ear, camera, commissioned, ..StageOptions::default() };
            let summary = match file {
                Some(file) => {
                    let name = file.file_stem().unwrap_or_default().to_string_lossy();
                    journeys::replay(&Recording::read(&file)?, &name, lang.speech(), &out, options)?
                }
                None => journeys::run(journeys::named(&name)?, lang.speech(), &out, options)?,
            };
            services::say(&serde_json::to_value(&summary)?)
        }
        #[cfg(feature = "x11")]
        What::Desktop { out, size, dispenser, camera } => {
            desktop(&out, StageOptions { size, dispenser, camera, ..StageOptions::default() })
        }
        What::Bench { names, rounds } => bench::print(&names, usize::from(rounds)),
        What::BareWindow { touches } => bench::show_bare_window(touches),
        What::Gallery { out, only, mode, sheets, strict } => {
            let wanted = |drawn: &gallery::Mode| mode.as_deref().is_none_or(|name| name == drawn.name);
            let modes: Vec<gallery::Mode> = gallery::MODES.into_iter().filter(wanted).collect();
            let drawn = gallery::render_all(&out, &modes, only.as_deref())?;
            if let Some(folder) = sheets {
                std::fs::create_dir_all(&folder)?;
                for (name, png) in &drawn.sheets {
                    std::fs::write(folder.join(format!("{name}.png")), png)?;
                }
            }
            services::say(&json!({ "pictures": drawn.pictures, "faults": drawn.faults }))?;
            drawn.faults.iter().for_each(|fault| tracing::warn!("{fault}"));
            anyhow::ensure!(!strict || drawn.faults.is_empty(), "{} faults were found", drawn.faults.len());
            Ok(())
        }
        What::Tied { parent, program } => services::tied(parent, &program),
    }
}
