//! A process that outlives ours just long enough to end the cluster and to remove its folder.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Reads pids; at the end of its input, which is the end of our process at the latest, ends the last one.
/// A server whose children still run is told SIGQUIT, upon which it ends them.
const SCRIPT: &str = r#"
pid=
while read -r next; do pid=$next; done
if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = postgres ]; then
    kill -QUIT "$pid" 2>/dev/null
    n=0
    while kill -0 "$pid" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
fi
rm -rf "$1"
"#;

pub(crate) struct Guardian {
    process: Child,
}

impl Guardian {
    pub(crate) fn new(dir: &Path) -> io::Result<Self> {
        let process = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "guardian"])
            .arg(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { process })
    }

    /// From now on this is the server.
    pub(crate) fn watch(&mut self, pid: u32) -> io::Result<()> {
        let Some(input) = &mut self.process.stdin else { return Ok(()) };
        writeln!(input, "{pid}")
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
