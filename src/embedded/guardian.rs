//! Removes directories when this process ends, also when it is killed: a small process of its own
//! that waits for the end of a pipe from us. What it removes, it has made itself; so it can never
//! remove anything else.

use super::child;
use super::error::{Attempt, EmbeddedError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// `$1` is the server's pid file, or empty if the server is not the guardian's business; the rest
/// are the directories. The kernel has already told the server to end (on Linux); asking again
/// changes nothing, and helps where the kernel does not. A server ends its own children.
const SCRIPT: &str = r#"
trap '' HUP INT QUIT TERM
pid_file=$1
shift
made=
for dir; do
    mkdir -m 700 -- "$dir" || { [ -z "$made" ] || rmdir -- "$made"; exit 1; }
    made=$dir
done
echo ready
exec >/dev/null 2>&1
while read -r _; do :; done

tries=0
while [ -n "$pid_file" ] && [ -f "$pid_file" ] && [ "$tries" -lt 200 ]; do
    read -r pid <"$pid_file" || break
    signal=INT
    [ "$tries" -lt 100 ] || signal=QUIT
    [ "$tries" -lt 190 ] || signal=KILL
    kill -s "$signal" -- "$pid" || break
    sleep 0.1
    tries=$((tries + 1))
done

tries=0
for dir; do
    while [ -e "$dir" ] && [ "$tries" -lt 50 ]; do
        rm -rf -- "$dir" && break
        sleep 0.1
        tries=$((tries + 1))
    done
done
"#;

/// As long as it lives, so do the directories.
#[derive(Debug)]
pub(super) struct Guardian {
    process: Child,
    lifeline: Option<ChildStdin>,
    dirs: Vec<PathBuf>,
}

impl Guardian {
    /// Has the directories made (none may exist, their parents must). With `server`, the path of a
    /// pid file in one of them, a server that still runs at the end is ended first.
    pub(super) fn over(dirs: &[&Path], server: Option<&Path>) -> Result<Self, EmbeddedError> {
        let named: Vec<String> = dirs.iter().map(|dir| dir.display().to_string()).collect();
        let named = PathBuf::from(named.join(" and "));
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(SCRIPT).arg("baton-guardian");
        command
            .arg(server.unwrap_or(Path::new("")))
            .args(dirs)
            .current_dir("/");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        child::detach(&mut command);

        let mut process = command.spawn().attempt("start the guardian of", &named)?;
        let guardian = |process: Child, lifeline| Self {
            process,
            lifeline,
            dirs: dirs.iter().map(|dir| dir.to_path_buf()).collect(),
        };
        let mut answer = String::new();
        let read = process
            .stdout
            .take()
            .map(|mut out| out.read_to_string(&mut answer));
        if let Some(Err(error)) = read {
            return Err(error).attempt("hear from the guardian of", &named);
        }
        if answer == "ready\n" {
            let lifeline = process.stdin.take();
            return Ok(guardian(process, lifeline));
        }
        let ended = process
            .wait_with_output()
            .attempt("hear from the guardian of", &named)?;
        let reason = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
        Err(io::Error::other(reason)).attempt("make", &named)
    }
}

impl Drop for Guardian {
    /// The end of the pipe is the guardian's order; then we wait until it is carried out.
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let waited = self.process.wait();
        for dir in self.dirs.iter().filter(|dir| dir.exists()) {
            log::warn!(
                "could not remove {}: its guardian ended as {waited:?}",
                dir.display()
            );
        }
    }
}
