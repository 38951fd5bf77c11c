//! The long-running programs of the simulator: the world and the rack of devices, each until SIGTERM or SIGINT. And `tied`,
//! which ties a program to the life of its starter.

use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use senim_emulators::rack::{Options, Rack};
use senim_world::{World, WorldOptions, people};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

/// Prints one line of JSON.
///
/// # Errors
/// When nobody reads any more.
pub fn say(value: &serde_json::Value) -> anyhow::Result<()> {
    tell(&value.to_string())
}

/// Prints a line.
///
/// # Errors
/// When nobody reads any more.
pub fn tell(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

/// Runs the world.
///
/// # Errors
/// Unusable people, an address that cannot be listened on.
pub fn world(listen: SocketAddr, file: Option<&Path>) -> anyhow::Result<()> {
    let options = match file {
        Some(file) => WorldOptions { people: people::from_file(file)? },
        None => WorldOptions::default_people()?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let end = asked_to_end()?;
        let world = World::start(listen, options).await?;
        say(&json!({ "listening": world.addr.to_string() }))?;
        end.await;
        world.shutdown().await;
        Ok(())
    })
}

/// Runs the devices with their ports in `dir`.
///
/// # Errors
/// A port that cannot be made, an address that cannot be listened on.
pub fn devices(dir: &Path, control: SocketAddr) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let end = asked_to_end()?;
        let rack = Rack::start(dir, Options::default())?;
        let bound = rack.serve(control)?;
        say(&json!({ "dir": dir, "control": bound.to_string() }))?;
        end.await;
        drop(rack);
        Ok(())
    })
}

/// Becomes `program`, which the kernel kills as soon as the thread that started us is gone.
///
/// # Errors
/// When the program cannot be started, or the starter is gone already.
pub fn tied(parent: u32, program: &[String]) -> anyhow::Result<()> {
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
    // Gone between fork and here: the signal was missed.
    anyhow::ensure!(std::os::unix::process::parent_id() == parent, "the starter of this program is gone");
    let (name, arguments) = program.split_first().ok_or_else(|| anyhow::anyhow!("name a program"))?;
    Err(anyhow::Error::from(Command::new(name).args(arguments).exec()).context(format!("cannot run {name}")))
}

/// Ends at the first SIGTERM or SIGINT. Listening begins at once, not when it is awaited.
fn asked_to_end() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}
