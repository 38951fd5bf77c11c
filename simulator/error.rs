//! Why a stage, a journey or a program of the simulator ended badly: one kind per thing a person can do about it.

use std::path::PathBuf;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A program of the product is not there.
    #[error(
        "the program {name} is not in {looked}; build it, or name the folder with the programs in SENIM_BIN_DIR"
    )]
    NoProgram {
        /// Its name.
        name: &'static str,
        /// Where it was looked for.
        looked: String,
    },
    /// A program could not be started or signalled.
    #[error("{name}: {what}")]
    Process {
        /// Name of the process.
        name: String,
        /// What was tried.
        what: &'static str,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// A program ended though it should run, or ended with another code than 0.
    #[error("{name} ended with {status}; its last words:\n{words}")]
    Ended {
        /// Name of the process or command.
        name: String,
        /// Exit status.
        status: String,
        /// The end of its log.
        words: String,
    },
    /// What was waited for did not come.
    #[error("waited {seconds} s for {what} in vain; last seen: {last}")]
    Deadline {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
        /// What was there instead.
        last: String,
    },
    /// A service answered with an error, or not at all.
    #[error("{request}: {answer}")]
    Http {
        /// Method and address.
        request: String,
        /// Status and body, or why there was no answer.
        answer: String,
        /// Status; absent when there was no answer.
        status: Option<u16>,
    },
    /// An answer is not what its document says.
    #[error("{from} answered what cannot be understood: {why}")]
    Answer {
        /// Who.
        from: String,
        /// Why.
        why: String,
    },
    /// A file or folder could not be used.
    #[error("cannot {what} {path}")]
    File {
        /// What was tried.
        what: &'static str,
        /// Path.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The output folder holds things that are not ours.
    #[error("{0} is not empty and was not made by a journey; name an empty folder")]
    NotOurs(PathBuf),
    /// Something is asked of a part of the stage that does not run.
    #[error("{0} does not run; start it first")]
    NotRunning(&'static str),
    /// A setting or name that does not exist.
    #[error("{0}")]
    Usage(String),
    /// Everything ran, and what must hold does not.
    #[error("{0}")]
    Finding(String),
}

impl Trouble {
    /// A finding, if `holds` is false.
    ///
    /// # Errors
    /// [`Trouble::Finding`] with the text.
    pub fn unless(holds: bool, finding: impl FnOnce() -> String) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self::Finding(finding())) }
    }

    /// For `map_err` on file operations.
    pub fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}

/// The error and its causes, one after the other.
#[must_use]
pub fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let words = source.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = source.source();
    }
    text
}
