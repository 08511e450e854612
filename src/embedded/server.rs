//! One life of the server process: spawned, watched until ready, ended.

use super::account::Account;
use super::binaries::Binaries;
use super::child;
use super::error::{Attempt, EmbeddedError};
use super::layout::{Layout, PORT};
use super::options::Durability;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Each order to end is stronger than the one before and gets this long. The first ("fast": end the
/// transactions, write everything, go) is the ordinary one; after the second ("immediate") the next
/// start has to recover, after the third its children may linger.
const ORDERS_TO_END: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(15)),
    (Signal::SIGQUIT, Duration::from_secs(7)),
    (Signal::SIGKILL, Duration::from_secs(5)),
];
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A log longer than this is put aside (one is kept) when a server starts.
const LOG_LIMIT_BYTES: u64 = 16 * 1024 * 1024;
/// How much of the log an error shows.
const LOG_TAIL_LINES: usize = 15;
const LOG_TAIL_BYTES: u64 = 8 * 1024;

/// In `postmaster.pid` the first line is the process and the eighth its state; see
/// `LOCK_FILE_LINE_PM_STATUS` in PostgreSQL's `pidfile.h`. `pg_ctl` reads the same.
const PID_LINE: usize = 0;
const STATE_LINE: usize = 7;

/// Everything a server needs to be started again.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) layout: Layout,
    pub(super) account: Account,
    pub(super) binaries: Binaries,
    pub(super) durability: Durability,
}

/// How far a server has come.
pub(super) enum Progress {
    Starting,
    Ready,
    Ended(ExitStatus),
}

/// A server process. Whoever drops it without [`Server::end`] leaves it to the kernel's signal.
pub(super) struct Server {
    process: Child,
    log_start: u64,
}

impl Server {
    /// Starts the server; it ends with the calling thread. See [`child::tie`].
    pub(super) fn spawn(plan: &Plan) -> Result<Self, EmbeddedError> {
        let log = open_log(plan)?;
        let log_start = log.metadata().attempt("look at", &plan.layout.log())?.len();
        let program = plan.binaries.program("postgres");
        let mut command = plan.account.command(&program);
        command.arg("-D").arg(plan.layout.cluster());
        for setting in settings(plan) {
            command.arg("-c").arg(setting);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        // SIGINT is the order for a fast shutdown.
        child::tie(&mut command, Signal::SIGINT);
        let process = command.spawn().attempt("start", &program)?;
        Ok(Self { process, log_start })
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn progress(&mut self, plan: &Plan) -> Result<Progress, EmbeddedError> {
        if let Some(status) = self.ended(plan)? {
            return Ok(Progress::Ended(status));
        }
        let pid_file = plan.layout.pid_file();
        let text = match fs::read_to_string(&pid_file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Progress::Starting),
            Err(error) => return Err(error).attempt("read", &pid_file),
        };
        let line = |number| text.lines().nth(number).map(str::trim);
        let is_ours = line(PID_LINE) == Some(self.pid().to_string().as_str());
        let is_ready = is_ours && line(STATE_LINE) == Some("ready");
        Ok(if is_ready {
            Progress::Ready
        } else {
            Progress::Starting
        })
    }

    /// How the server ended, if it has.
    pub(super) fn ended(&mut self, plan: &Plan) -> Result<Option<ExitStatus>, EmbeddedError> {
        self.process
            .try_wait()
            .attempt("watch the server on", &plan.layout.root)
    }

    /// Ends the server, if it has not ended, and waits for its end.
    pub(super) fn end(mut self) {
        for (signal, patience) in ORDERS_TO_END {
            if self.ends_within(Duration::ZERO) {
                return;
            }
            // Nobody has waited for it yet, so the number is nobody else's.
            let ordered = kill(Pid::from_raw(self.pid().cast_signed()), signal);
            if self.ends_within(patience) {
                return;
            }
            log::warn!("PostgreSQL did not end after {signal} ({ordered:?})");
        }
    }

    fn ends_within(&mut self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            match self.process.try_wait() {
                Ok(Some(_)) => return true,
                Ok(None) if Instant::now() < deadline => std::thread::sleep(LOOK_AGAIN),
                Ok(None) => return false,
                Err(error) => {
                    log::error!("could not wait for PostgreSQL: {error}");
                    return false;
                }
            }
        }
    }

    /// The last lines of what this server said.
    pub(super) fn last_words(&self, plan: &Plan) -> String {
        let words = File::open(plan.layout.log()).and_then(|mut log| {
            let end = log.metadata()?.len();
            log.seek(SeekFrom::Start(
                self.log_start.max(end.saturating_sub(LOG_TAIL_BYTES)),
            ))?;
            let mut bytes = Vec::new();
            log.read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        });
        match words {
            Ok(words) => {
                let lines: Vec<&str> = words.lines().collect();
                let skipped = lines.len().saturating_sub(LOG_TAIL_LINES);
                lines
                    .into_iter()
                    .skip(skipped)
                    .collect::<Vec<_>>()
                    .join("\n")
            }
            Err(error) => format!("(the log could not be read: {error})"),
        }
    }
}

fn open_log(plan: &Plan) -> Result<File, EmbeddedError> {
    let path = plan.layout.log();
    if fs::metadata(&path).is_ok_and(|found| found.len() > LOG_LIMIT_BYTES) {
        fs::rename(&path, path.with_extension("log.old")).attempt("put aside", &path)?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        // The directory may be open to passers-by.
        .mode(0o600)
        .open(&path)
        .attempt("open the log", &path)
}

/// Given on the command line, so that a newer Baton's settings also reach an older data directory.
fn settings(plan: &Plan) -> Vec<OsString> {
    let fixed = [
        "listen_addresses=",
        "unix_socket_permissions=0700",
        "max_connections=200",
        // A hundred thousand conversations with a day's histories stay in memory; only what is
        // used is taken.
        "shared_buffers=256MB",
        // A new file of the log would be filled with 16 MB of zeros and synced while every commit
        // waits: tens of milliseconds, once for each 5,000 decisions. Without that, a commit's own
        // sync also writes down which blocks it took, so it survives a loss of power all the same.
        "wal_init_zero=off",
        // Short statements only: compiling them costs more than it saves.
        "jit=off",
        "timezone=UTC",
        "log_timezone=UTC",
        "lc_messages=C",
        "logging_collector=off",
        "log_destination=stderr",
        "log_line_prefix=%m [%p] ",
        // A failing statement and its details may hold people's words.
        "log_min_error_statement=panic",
        "log_error_verbosity=terse",
    ];
    let mut settings: Vec<OsString> = fixed.iter().map(OsString::from).collect();
    settings.push(format!("port={PORT}").into());
    let fsync = match plan.durability {
        Durability::Fsync => "fsync=on",
        Durability::NoFsync => "fsync=off",
    };
    settings.push(fsync.into());
    settings.push(socket_setting(&plan.layout));
    settings
}

/// The setting is a list, so the directory is quoted: its name may hold a comma.
fn socket_setting(layout: &Layout) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let mut setting = b"unix_socket_directories=\"".to_vec();
    for byte in layout.socket_dir.as_os_str().as_bytes() {
        if *byte == b'"' {
            setting.push(b'"');
        }
        setting.push(*byte);
    }
    setting.push(b'"');
    OsString::from_vec(setting)
}
