//! A voice by `espeak-ng`: a process an utterance, the text on its standard input.
//!
//! Not in its arguments, which every process of the machine may read. It is killed when something else is to be said.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use senim_domain::{Language, Secret};
use senim_hal::speech::Speech;
use senim_hal::{Error, ErrorKind};
use serde::Deserialize;

/// Loudest of espeak's scale; 100 is what it does by itself.
const LOUDEST: u16 = 160;

/// Which program, and how fast it speaks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EspeakConfig {
    /// The program.
    #[serde(default = "program")]
    pub program: PathBuf,
    /// Words in a minute, 80 to 400.
    #[serde(default = "words_a_minute")]
    pub words_a_minute: u16,
}

fn program() -> PathBuf {
    PathBuf::from("/usr/bin/espeak-ng")
}

const fn words_a_minute() -> u16 {
    140
}

/// The settings do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("speech: words_a_minute is {0}; write 80 to 400")]
pub struct BadPace(u16);

/// The voice.
pub struct Espeak {
    config: EspeakConfig,
    speaking: Option<Child>,
}

impl Espeak {
    /// A voice that says nothing yet.
    ///
    /// # Errors
    /// [`BadPace`].
    pub fn new(config: EspeakConfig) -> Result<Self, BadPace> {
        match config.words_a_minute {
            80..=400 => Ok(Self { config, speaking: None }),
            other => Err(BadPace(other)),
        }
    }
}

impl Speech for Espeak {
    fn say(&mut self, text: &Secret, language: Language, volume: u8) -> Result<(), Error> {
        self.silence();
        let loudness = u16::from(volume.min(100)) * LOUDEST / 100;
        let mut child = Command::new(&self.config.program)
            .args(["-v", language.code(), "-s", &self.config.words_a_minute.to_string()])
            .args(["-a", &loudness.to_string(), "-b", "1", "--stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| {
                Error::new(ErrorKind::NoDevice, format!("no voice: {error}; install espeak-ng"))
            })?;
        let stdin = child.stdin.take();
        self.speaking = Some(child);
        let Some(mut stdin) = stdin else { return Ok(()) };
        let text = Secret::new(text.expose().to_owned());
        // A contract is longer than a pipe, and whoever speaks reads no faster than it speaks.
        std::thread::Builder::new()
            .name("speech".to_owned())
            .spawn(move || {
                // Broken off where something else is said.
                let _cut = stdin.write_all(text.expose().as_bytes());
            })
            .map_err(|error| Error::new(ErrorKind::NoDevice, format!("no thread for a voice: {error}")))?;
        Ok(())
    }

    fn silence(&mut self) {
        if let Some(mut child) = self.speaking.take() {
            // One that has ended by itself is only buried.
            let _ended = child.kill();
            let _buried = child.wait();
        }
    }
}

impl Drop for Espeak {
    fn drop(&mut self) {
        self.silence();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::time::Duration;

    use super::*;

    /// A program that does in espeak's place what the script says.
    fn voice(folder: &Path, script: &str) -> Espeak {
        let program = folder.join("voice");
        std::fs::write(&program, format!("#!/bin/sh\ncd {}\n{script}\n", folder.display())).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        Espeak::new(EspeakConfig { program, words_a_minute: 140 }).unwrap()
    }

    /// What a file holds once it holds something.
    #[expect(clippy::disallowed_methods, reason = "another process writes it when it comes to it")]
    fn eventually(path: &Path) -> String {
        for _ in 0..500 {
            match std::fs::read_to_string(path) {
                Ok(text) if text.ends_with('\n') => return text,
                _ => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        panic!("{} never came", path.display());
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn the_text_goes_by_standard_input_and_stands_in_no_argument() {
        let folder = tempfile::tempdir().unwrap();
        let mut voice =
            voice(folder.path(), "echo \"$@\" > arguments; cat > text; echo >> text; mv text heard");
        voice.say(&secret("жүз елу мың теңге"), Language::Kk, 50).unwrap();
        assert_eq!(eventually(&folder.path().join("heard")), "жүз елу мың теңге\n");
        assert_eq!(eventually(&folder.path().join("arguments")), "-v kk -s 140 -a 80 -b 1 --stdin\n");
    }

    #[test]
    fn what_is_said_next_ends_what_is_being_said_and_leaves_no_process() {
        let folder = tempfile::tempdir().unwrap();
        let mut voice = voice(folder.path(), "echo $$ > pid; exec sleep 600");
        let long = "a long contract ".repeat(20_000);
        voice.say(&secret(&long), Language::En, 100).unwrap();
        let first = eventually(&folder.path().join("pid"));
        voice.say(&secret("stop"), Language::En, 100).unwrap();
        assert!(!Path::new("/proc").join(first.trim()).exists(), "the first voice still speaks");
        voice.silence();
        assert!(voice.speaking.is_none());
    }

    #[test]
    fn a_machine_without_a_voice_says_what_to_install_and_a_bad_pace_is_refused() {
        let config = EspeakConfig { program: "/nonexistent/espeak-ng".into(), words_a_minute: 140 };
        let error = Espeak::new(config.clone()).unwrap().say(&secret("x"), Language::Ru, 50).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NoDevice);
        assert!(error.detail.contains("install espeak-ng"));
        assert_eq!(Espeak::new(EspeakConfig { words_a_minute: 20, ..config }).err(), Some(BadPace(20)));
    }

    #[test]
    fn espeak_has_a_voice_for_each_language_and_words_for_what_the_terminal_says() {
        let config: EspeakConfig = serde_json::from_str("{}").unwrap();
        if !config.program.exists() {
            eprintln!("SKIPPED PEER espeak-ng: not installed; ./test installs it");
            return;
        }
        for (language, text) in [
            (Language::Kk, "жүз елу мың теңге"),
            (Language::Ru, "сто пятьдесят тысяч тенге"),
            (Language::En, "tenge"),
        ] {
            let output = Command::new(&config.program)
                .args(["-v", language.code(), "-q", "-x", text])
                .output()
                .unwrap();
            assert!(output.status.success() && output.stdout.len() > 5, "{language:?}");
        }
    }
}
