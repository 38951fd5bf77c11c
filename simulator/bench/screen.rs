//! What a person at the screen notices, and what the terminal takes while nobody is at it (design section 9): the real program
//! without a display, beside a bare window of the same size in a process of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use senim_domain::Language;
use senim_journeys::borrower::Borrower;
use senim_journeys::people::BORROWER;
use senim_load::bench::{Figure, Limit, Line};
use senim_world::picture::Picture;
use serde_json::json;

use super::bare::{BareWindow, PAUSE};
use super::dispense::Spread;
use super::process::{cpu_seconds, rss_mb};
use crate::cash::Cassettes;
use crate::clients::FirmwareClient;
use crate::config::{self, ConfigPatch};
use crate::error::Trouble;
use crate::live::Live;
use crate::process::Running;
use crate::stage::{START, Stage, StageOptions};
use crate::wait::{Look, Moment, rest, until};

/// The panel.
pub(super) const PANEL: (u32, u32) = (1280, 800);
/// Touches that are timed; each is two pictures.
const TOUCHES: u32 = 300;
/// Starts that are timed.
const STARTS: usize = 5;
/// Until a terminal that was started has come to rest.
const REST: Duration = Duration::from_secs(10);
/// How long nobody is at it.
const IDLE: Duration = Duration::from_secs(30);
/// How long the camera is watched.
const WATCHED: Duration = Duration::from_secs(10);
/// What a sync takes on a disk that has trouble.
const STALL: Duration = Duration::from_secs(2);
/// How long syncs stall.
const STALLING: Duration = Duration::from_secs(30);
/// A device without which one can repay, and the fault of which it tells.
const TALKS: (&str, &str) = ("location", "unplug");
/// Pictures of a person in the dark, whom the camera goes on looking at.
const IN_THE_DARK: u32 = 8;

/// All of it, in a folder for what the programs leave.
///
/// # Errors
/// [`Trouble`] when a program cannot be started or does something else than it should.
pub(super) fn lines(work: &Path) -> Result<Vec<Line>, Trouble> {
    let mut stage = Stage::new(&work.join("stage"), StageOptions { size: PANEL, ..StageOptions::default() })?;
    let frames = stage.folders().frames();
    stage.start_world()?;
    for number in 0..IN_THE_DARK {
        config::write_frame(&frames, number, &darkened(&stage.world()?.frame(BORROWER.iin, number)?)?)?;
    }
    stage.start_gateway()?.start_devices()?.start_firmware(&ConfigPatch::none())?;
    stage.load_cash(&Cassettes::of_journeys())?;
    let mut lines = starts(&mut stage, work)?;
    lines.extend(idle(&mut stage)?);
    lines.extend(echoes(&mut stage, work)?);
    lines.push(preview(&mut stage)?);
    Ok(lines)
}

fn line(name: &str, figure: Figure, reference: Option<Figure>, limit: Limit) -> Line {
    Line { name: name.to_owned(), figure, reference, limit }
}

fn ms(value: f64) -> Figure {
    Figure::new(value, "ms")
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn bare_window(stage: &Stage, work: &Path, touches: u32) -> Result<Running, Trouble> {
    let program = stage.options().programs.path("senim-simulator")?;
    let touches = touches.to_string();
    Running::start(&program, "bare", &program, &["bare-window", "--touches", &touches], &[], work)
}

/// From the start of the process to its first picture, in turn with the bare window's.
fn starts(stage: &mut Stage, work: &Path) -> Result<Vec<Line>, Trouble> {
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        stage.stop_firmware()?;
        let begun = Moment::now();
        stage.start_firmware(&ConfigPatch::none())?;
        let terminal = stage.firmware()?;
        until("the terminal's first picture", START, || match terminal.screen()?.frame {
            0 => Ok(Look::NotYet("none is drawn".to_owned())),
            _ => Ok(Look::There(())),
        })?;
        ours.push(micros(begun.elapsed()));
        let begun = Moment::now();
        let mut window = bare_window(stage, work, 0)?;
        window.ready(START)?;
        bare.push(micros(begun.elapsed()));
        window.end(START)?;
    }
    let (ours, bare) = (Spread::of(ours).median_ms, Spread::of(bare).median_ms);
    Ok(vec![line(
        "start of the process to its first picture, median",
        ms(ours),
        Some(ms(bare)),
        Limit::RatioAtMost(1.5),
    )])
}

/// Processor and memory of a terminal at which nobody is, with and without the models of faces.
fn idle(stage: &mut Stage) -> Result<Vec<Line>, Trouble> {
    rest(REST);
    let pid = stage.firmware_process()?.pid();
    let (before, begun) = (cpu_seconds(pid)?, Moment::now());
    rest(IDLE);
    let share = (cpu_seconds(pid)? - before) / begun.elapsed().as_secs_f64() * 100.0;
    let with_models = rss_mb(pid)?;
    stage.stop_firmware()?;
    let nothing = stage.folders().work.join("no-models");
    stage.start_firmware(&ConfigPatch::none().set("faces.models", nothing.display().to_string()))?;
    rest(REST);
    let without = rss_mb(stage.firmware_process()?.pid())?;
    stage.stop_firmware()?;
    stage.start_firmware(&ConfigPatch::none())?;
    let memory =
        |name: &str, value, limit| line(name, Figure::new(value, "MB"), None, Limit::FigureAtMost(limit));
    Ok(vec![
        line(
            "processor of the terminal while nobody is at it",
            Figure::new(share, "%"),
            None,
            Limit::FigureAtMost(1.0),
        ),
        memory("memory (RSS) of the terminal without models of faces", without, 50.0),
        memory("memory (RSS) of the terminal with them", with_models, 90.0),
    ])
}

/// Somebody comes to the terminal and goes on until this screen is there.
fn come_to(stage: &mut Stage, borrower: &Borrower, screen: &str) -> Result<(), Trouble> {
    stage.wait_for_offer()?;
    let mut player = stage.player(Language::Kk.code())?.without_pictures();
    let mut live = Live::new(stage, &mut player, Language::Kk);
    borrower.goes_to(&mut live, screen, "").map(drop).map_err(|stop| Trouble::Finding(stop.0))
}

/// A finger on a key that shows it, and on another that takes it back; micros of every picture, for as long as is asked.
fn type_on(terminal: &FirmwareClient, go_on: impl Fn(u32) -> bool) -> Result<Vec<u64>, Trouble> {
    let mut took = Vec::new();
    for touch in 0.. {
        if !go_on(touch) {
            break;
        }
        rest(PAUSE);
        let echo = match terminal.echo(if touch % 2 == 0 { "digit-7" } else { "erase" }) {
            Err(Trouble::Http { answer, .. }) => {
                let shown = terminal.screen()?.told();
                return Err(Trouble::Finding(format!("touch {touch} on {shown}: {answer}")));
            }
            echo => echo?,
        };
        took.extend([echo.pressed_us, echo.released_us]);
    }
    Ok(took)
}

/// Echo of a touch: beside the bare window's, and while the journal waits for its disk.
fn echoes(stage: &mut Stage, work: &Path) -> Result<Vec<Line>, Trouble> {
    come_to(stage, &Borrower::pays(BORROWER, ""), "EnterIin")?;
    let terminal = stage.firmware()?;
    let ours = type_on(&terminal, |touch| touch < TOUCHES)?;
    let mut window = bare_window(stage, work, TOUCHES)?;
    window.ready(START)?;
    let bare = window.ready(START)?;
    window.end(START)?;
    let bare: BareWindow =
        serde_json::from_value(bare).map_err(|error| Trouble::Finding(error.to_string()))?;
    let (ours, bare) = (Spread::of(ours), Spread::of(bare.echoes_us));
    let mut lines = vec![
        line(
            "echo of a touch, 1280x800, p99",
            ms(ours.p99_ms),
            Some(ms(bare.p99_ms)),
            Limit::FigureAtMost(33.0),
        ),
        line("echo of a touch, median", ms(ours.median_ms), Some(ms(bare.median_ms)), Limit::None),
    ];
    let (stalled, rows) = while_syncs_stall(stage, &terminal, work)?;
    let name = format!("the same while each sync takes {} s ({rows} did), p99", STALL.as_secs());
    lines.push(line(&name, ms(Spread::of(stalled).p99_ms), None, Limit::FigureAtMost(33.0)));
    Ok(lines)
}

/// Holds every sync of the terminal's files for [`STALL`], through the kernel's interface for debuggers (`strace`), while a
/// device tells of itself, so that there is something to write. Also how many were held.
fn while_syncs_stall(
    stage: &mut Stage,
    terminal: &FirmwareClient,
    work: &Path,
) -> Result<(Vec<u64>, usize), Trouble> {
    let pid = stage.firmware_process()?.pid();
    let told = work.join("held.txt");
    let mut holder = hold_syncs(pid, &told)?;
    let devices = stage.devices()?;
    let begun = Moment::now();
    let faults = std::thread::spawn(move || {
        let mut result = Ok(());
        while begun.elapsed() < STALLING && result.is_ok() {
            result = devices.set_fault(TALKS.0, TALKS.1, &json!({}));
            rest(STALL);
            result = result.and_then(|()| devices.clear_fault(TALKS.0, TALKS.1));
            rest(STALL);
        }
        result
    });
    let took = type_on(terminal, |_| begun.elapsed() < STALLING);
    let faults =
        faults.join().unwrap_or_else(|_| Err(Trouble::Finding("the device's faults stopped".to_owned())));
    let let_go = holder.kill().and_then(|()| holder.wait());
    let took = took?;
    faults?;
    let_go.map_err(|source| Trouble::Process { name: "strace".to_owned(), what: "end", source })?;
    let held = std::fs::read_to_string(&told).map_err(Trouble::file("read", &told))?;
    let rows = held.lines().filter(|call| call.contains("DELAYED")).count();
    Trouble::unless(rows > 0, || "no sync was held: nothing is known of stalls".to_owned())?;
    Ok((took, rows))
}

fn hold_syncs(pid: u32, told: &Path) -> Result<Child, Trouble> {
    let inject = format!("inject=fsync,fdatasync:delay_enter={}", STALL.as_micros());
    Command::new("strace")
        .args(["-f", "-p", &pid.to_string(), "-e", "trace=fsync,fdatasync", "-e", &inject, "-o"])
        .arg(told)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|source| Trouble::Process { name: "strace".to_owned(), what: "cannot be started", source })
}

/// Pictures a second at the camera while a person stands there whose portrait cannot be taken.
fn preview(stage: &mut Stage) -> Result<Line, Trouble> {
    stage.stop_firmware()?;
    stage.start_firmware(&ConfigPatch::none())?;
    come_to(stage, &Borrower::new(BORROWER).wants(50_000), "Camera")?;
    let terminal = stage.firmware()?;
    rest(Duration::from_secs(1));
    let (first, begun) = (terminal.screen()?.frame, Moment::now());
    rest(WATCHED);
    let last = terminal.screen()?;
    let passed = begun.elapsed().as_secs_f64();
    Trouble::unless(last.screen == "Camera", || format!("the camera's screen went: {}", last.told()))?;
    let rate = last.frame.saturating_sub(first) as f64 / passed;
    Ok(line(
        "preview beside the face pipeline, pictures a second",
        Figure::new(rate, "1/s"),
        None,
        Limit::FigureAtLeast(15.0),
    ))
}

/// The picture by a quarter of its light.
fn darkened(png: &[u8]) -> Result<Vec<u8>, Trouble> {
    let failed = |error: senim_world::picture::PictureError| Trouble::Finding(error.to_string());
    let mut picture = Picture::from_png(png).map_err(failed)?;
    picture.rgb.iter_mut().for_each(|part| *part /= 4);
    picture.to_png().map_err(failed)
}
