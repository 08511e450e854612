//! The built program as a process of its own. It is killed when its guard goes.

use crate::machine::{DEADLINE, eventually};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What processes are signed for.
pub const SECRET: &str = "client-secret-of-the-processes";

/// What they encrypt tokens with.
pub const ENCRYPTION_KEY: &str = "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// A command with nothing of our environment.
pub fn baton(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", "/nonexistent")
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// `baton serve` on any database, for every portal.
pub fn serve(database_url: &str, listen: &str) -> Command {
    let mut command = baton(&["serve"]);
    command
        .env("DATABASE_URL", database_url)
        .env("BATON_LISTEN", listen)
        .env("HUBSPOT_CLIENT_SECRET", SECRET)
        .env("BATON_ENCRYPTION_KEYS", ENCRYPTION_KEY)
        .env("BATON_ALLOWED_PORTALS", "*");
    command
}

/// `baton demo` on a free port.
pub fn demo(data_dir: &Path) -> Command {
    let mut command = baton(&["demo", "--listen", "127.0.0.1:0"]);
    command.env("BATON_DATA_DIR", data_dir);
    command
}

/// An address that nobody listens on.
pub fn free_address() -> String {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().to_string()
}

/// What a command that ends said: its exit code, standard output and standard error.
pub fn outcome(mut command: Command) -> (Option<i32>, String, String) {
    let child = command.spawn().unwrap();
    let mut running = Running::of(child);
    let status = running.ends_within(DEADLINE);
    let (out, err) = running.said();
    (status.code(), out, err)
}

/// A running process.
pub struct Running {
    child: Child,
    out: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
    err: Arc<Mutex<String>>,
}

impl Running {
    fn of(mut child: Child) -> Self {
        let (out, err) = (Arc::default(), Arc::default());
        let readers = vec![
            gather(child.stdout.take().unwrap(), &out),
            gather(child.stderr.take().unwrap(), &err),
        ];
        Self {
            child,
            out,
            readers,
            err,
        }
    }

    /// Starts it and waits until it has printed its address; that is the result, unless it ended.
    pub fn start(mut command: Command) -> Result<(Self, String), String> {
        let mut running = Self::of(command.spawn().unwrap());
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(url) = running.printed_url() {
                return Ok((running, url));
            }
            if running.child.try_wait().unwrap().is_some() {
                return Err(running.said().1);
            }
            assert!(Instant::now() < deadline, "it prints no address");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }

    pub fn sigkill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub fn ends_within(&mut self, limit: Duration) -> ExitStatus {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            let err = || self.err.lock().unwrap().clone();
            assert!(
                Instant::now() < deadline,
                "still runs after {limit:?}: {}",
                err()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Everything it printed; once it has ended, to the last line.
    pub fn said(&mut self) -> (String, String) {
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        (
            self.out.lock().unwrap().clone(),
            self.err.lock().unwrap().clone(),
        )
    }

    /// Waits until a text was printed.
    pub fn printed(&self, text: &str) {
        eventually(text, || self.out.lock().unwrap().contains(text));
    }

    /// Waits for a line that holds this, and answers the address in it.
    pub fn address_in_line(&self, word: &str) -> String {
        let line = || {
            let out = self.out.lock().unwrap();
            out.lines()
                .find(|line| line.contains(word))
                .map(str::to_owned)
        };
        eventually(word, || line().is_some());
        let line = line().unwrap();
        let mut words = line.split_whitespace();
        words.find(|it| it.starts_with("http")).unwrap().to_owned()
    }

    fn printed_url(&self) -> Option<String> {
        let out = self.out.lock().unwrap();
        let start = out.find("http://")?;
        let rest = &out[start..];
        // The whole address: something else follows it.
        let end = start + rest.find(|c: char| c.is_whitespace() || c == ',')?;
        let url = url::Url::parse(&out[start..end]).unwrap();
        Some(url.origin().ascii_serialization())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already, perhaps; a test that failed must leave nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process of ours.
pub fn send(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.cast_signed()), signal).unwrap();
}

fn gather(stream: impl Read + Send + 'static, into: &Arc<Mutex<String>>) -> JoinHandle<()> {
    let into = Arc::clone(into);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut into = into.lock().unwrap();
            into.push_str(&line);
            into.push('\n');
        }
    })
}
