//! Child processes: found, started, listened to, stopped in order or killed. None outlives the stage: each is killed when
//! dropped, and by the kernel when the thread that started it is gone.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::error::Trouble;
use crate::wait::{Look, until};

/// Bytes of a log that are told when its process ended badly.
const LAST_WORDS: usize = 2_000;
/// Between two looks whether a silent child still lives.
const LISTEN: Duration = Duration::from_millis(50);

/// The programs of the product.
#[derive(Clone, Debug)]
pub struct Programs {
    folders: Vec<PathBuf>,
}

impl Programs {
    /// Looks in `SENIM_BIN_DIR`, or else beside the running program (and one folder up, for test programs).
    #[must_use]
    pub fn found() -> Self {
        if let Some(folder) = std::env::var_os("SENIM_BIN_DIR") {
            return Self::in_folder(PathBuf::from(folder));
        }
        let exe = std::env::current_exe().unwrap_or_default();
        let folders = exe.ancestors().skip(1).take(2).map(Path::to_path_buf).collect();
        Self { folders }
    }

    /// Looks in this folder only.
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folders: vec![folder] }
    }

    /// The folder of the models of faces: `SENIM_MODELS`, or where set-up makes them, beside the folder of the programs.
    #[must_use]
    pub fn models(&self) -> PathBuf {
        if let Some(folder) = std::env::var_os("SENIM_MODELS") {
            return PathBuf::from(folder);
        }
        let above = self.folders.iter().flat_map(|folder| folder.ancestors().skip(1).take(2));
        let mut folders = above.map(|folder| folder.join("models"));
        folders.find(|folder| folder.is_dir()).unwrap_or_else(|| PathBuf::from("models"))
    }

    /// The program's path.
    ///
    /// # Errors
    /// [`Trouble::NoProgram`].
    pub fn path(&self, name: &'static str) -> Result<PathBuf, Trouble> {
        let found = self.folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
        found.ok_or_else(|| Trouble::NoProgram {
            name,
            looked: self
                .folders
                .iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
                .join(" or "),
        })
    }
}

/// A running child.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    stdout: Receiver<String>,
    log: PathBuf,
}

impl Running {
    /// Starts `program` as `name`, with `environment` beside its own, with its stderr appended to `logs/NAME.log`, its stdout to `logs/NAME.out`. It runs
    /// through `tie` (`senim-simulator tied`), so that the kernel kills it when the starting thread ends.
    ///
    /// # Errors
    /// [`Trouble::Process`], [`Trouble::File`].
    pub fn start(
        tie: &Path,
        name: &str,
        program: &Path,
        arguments: &[&str],
        environment: &[(String, String)],
        logs: &Path,
    ) -> Result<Self, Trouble> {
        let log = logs.join(format!("{name}.log"));
        let out = logs.join(format!("{name}.out"));
        let stderr = append(&log)?;
        let mut copy = append(&out)?;
        let mut child = Command::new(tie)
            .args(["tied", "--parent", &std::process::id().to_string(), "--"])
            .arg(program)
            .args(arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(|source| failed(name, "cannot be started", source))?;
        let (sender, stdout) = channel();
        if let Some(pipe) = child.stdout.take() {
            let reader = std::thread::Builder::new().name(format!("{name} stdout"));
            let copying = move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    // A full disk must not stop the child's pipe.
                    let _ = writeln!(copy, "{line}");
                    let _ = sender.send(line);
                }
            };
            reader.spawn(copying).map_err(|source| failed(name, "cannot be listened to", source))?;
        }
        Ok(Self { name: name.to_owned(), child, stdout, log })
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line it prints that is a JSON document: how the programs say that they are ready.
    ///
    /// # Errors
    /// [`Trouble::Ended`] when it ends first, [`Trouble::Deadline`].
    pub fn ready(&mut self, patience: Duration) -> Result<Value, Trouble> {
        let what = format!("{} to say that it is ready", self.name);
        until(&what, patience, || match self.stdout.recv_timeout(LISTEN) {
            Ok(line) => Ok(match serde_json::from_str::<Value>(&line) {
                Ok(value) if value.is_object() => Look::There(value),
                Ok(_) | Err(_) => Look::NotYet(line),
            }),
            Err(RecvTimeoutError::Timeout) => Ok(Look::NotYet("nothing".to_owned())),
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.child.wait().map_err(|source| failed(&self.name, "is lost", source))?;
                Err(self.ended(status))
            }
        })
    }

    /// Fails if it has ended.
    ///
    /// # Errors
    /// [`Trouble::Ended`].
    pub fn check(&mut self) -> Result<(), Trouble> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(self.ended(status)),
            Err(source) => Err(failed(&self.name, "is lost", source)),
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// [`Trouble::Deadline`].
    pub fn wait(&mut self, patience: Duration) -> Result<ExitStatus, Trouble> {
        let what = format!("{} to end", self.name);
        until(&what, patience, || match self.child.try_wait() {
            Ok(Some(status)) => Ok(Look::There(status)),
            Ok(None) => Ok(Look::NotYet("it still runs".to_owned())),
            Err(source) => Err(failed(&self.name, "is lost", source)),
        })
    }

    /// Waits until it has ended by itself, in order.
    ///
    /// # Errors
    /// [`Trouble::Ended`] when its code is not 0, [`Trouble::Deadline`].
    pub fn end(mut self, patience: Duration) -> Result<(), Trouble> {
        let status = self.wait(patience)?;
        if status.success() { Ok(()) } else { Err(self.ended(status)) }
    }

    /// Asks it to end in order and waits for that.
    ///
    /// # Errors
    /// [`Trouble::Ended`] when its code is not 0, [`Trouble::Deadline`].
    pub fn stop(mut self, patience: Duration) -> Result<(), Trouble> {
        self.check()?;
        self.signal(Signal::SIGTERM)?;
        self.end(patience)
    }

    /// Kills it as a power cut would, and waits until it is gone.
    ///
    /// # Errors
    /// [`Trouble::Process`].
    pub fn kill9(&mut self) -> Result<(), Trouble> {
        self.child.kill().map_err(|source| failed(&self.name, "cannot be killed", source))?;
        self.child.wait().map(drop).map_err(|source| failed(&self.name, "is lost", source))
    }

    fn signal(&self, signal: Signal) -> Result<(), Trouble> {
        let pid = i32::try_from(self.child.id()).unwrap_or(i32::MAX);
        kill(Pid::from_raw(pid), signal)
            .map_err(|errno| failed(&self.name, "cannot be signalled", std::io::Error::from(errno)))
    }

    fn ended(&self, status: ExitStatus) -> Trouble {
        Trouble::Ended { name: self.name.clone(), status: status.to_string(), words: last_words(&self.log) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end and returns the last JSON document of its stdout (`null` if it printed none). Its stderr is
/// appended to `logs/NAME.log`.
///
/// # Errors
/// [`Trouble::Ended`] for any code but 0.
pub fn run(
    name: &str,
    program: &Path,
    arguments: &[&str],
    environment: &[(String, String)],
    logs: &Path,
) -> Result<Value, Trouble> {
    said(name, program, arguments, environment, logs).map(|text| document(&text))
}

/// As [`run`], for a command that prints a document a line: all of them.
///
/// # Errors
/// As [`run`].
pub fn run_lines(
    name: &str,
    program: &Path,
    arguments: &[&str],
    environment: &[(String, String)],
    logs: &Path,
) -> Result<Vec<Value>, Trouble> {
    let text = said(name, program, arguments, environment, logs)?;
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

fn said(
    name: &str,
    program: &Path,
    arguments: &[&str],
    environment: &[(String, String)],
    logs: &Path,
) -> Result<String, Trouble> {
    let log = logs.join(format!("{name}.log"));
    let output = Command::new(program)
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .map_err(|source| failed(name, "cannot be started", source))?;
    let mut file = append(&log)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let write = file
        .write_all(format!("$ {} {}\n", program.display(), arguments.join(" ")).as_bytes())
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.write_all(&output.stderr));
    write.map_err(Trouble::file("write", &log))?;
    if !output.status.success() {
        let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
        let words = tail(&said, &log);
        return Err(Trouble::Ended { name: name.to_owned(), status: output.status.to_string(), words });
    }
    Ok(text)
}

/// The JSON document of a command: the whole text, or else its last line.
fn document(text: &str) -> Value {
    let whole = serde_json::from_str(text).ok();
    let last = || text.lines().rev().find_map(|line| serde_json::from_str(line).ok());
    whole.or_else(last).unwrap_or(Value::Null)
}

fn append(path: &Path) -> Result<File, Trouble> {
    File::options().create(true).append(true).open(path).map_err(Trouble::file("write", path))
}

fn last_words(log: &Path) -> String {
    tail(&std::fs::read(log).unwrap_or_default(), log)
}

fn tail(bytes: &[u8], log: &Path) -> String {
    let tail = bytes.get(bytes.len().saturating_sub(LAST_WORDS)..).unwrap_or(bytes);
    format!("{}\n(whole log: {})", String::from_utf8_lossy(tail).trim(), log.display())
}

fn failed(name: &str, what: &'static str, source: std::io::Error) -> Trouble {
    Trouble::Process { name: name.to_owned(), what, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_missing_is_named_with_the_remedy() {
        let programs = Programs::in_folder(PathBuf::from("/nowhere"));
        let text = programs.path("senim").unwrap_err().to_string();
        assert!(
            text.contains("senim") && text.contains("/nowhere") && text.contains("SENIM_BIN_DIR"),
            "{text}"
        );
    }

    #[test]
    fn a_command_that_fails_is_told_with_its_last_words_and_one_that_works_gives_its_document() {
        let logs = tempfile::tempdir().unwrap();
        let shell = Path::new("/bin/sh");
        let failed = run("tool", shell, &["-c", "echo no paper >&2; exit 3"], &[], logs.path()).unwrap_err();
        let text = failed.to_string();
        assert!(text.contains("no paper") && text.contains('3'), "{text}");
        let pretty =
            run("tool", shell, &["-c", "printf '{\\n\"rows\": 7\\n}\\n'"], &[], logs.path()).unwrap();
        assert_eq!(pretty["rows"], 7);
        let lines = run("tool", shell, &["-c", "echo hello; echo '{\"n\":1}'"], &[], logs.path()).unwrap();
        assert_eq!(lines["n"], 1);
    }
}
