//! Keeps a server running: one thread that starts it, watches it, and starts it again if it dies.
//! The kernel ties the server to this thread, so the thread never ends before its server.

use super::error::{Attempt, EmbeddedError};
use super::previous;
use super::server::{Plan, Progress, Server};
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Recovery after a crash is part of a start; it is short, because checkpoints are frequent.
const PATIENCE_TO_BE_READY: Duration = Duration::from_secs(60);
const LOOK_WHILE_STARTING: Duration = Duration::from_millis(10);
const LOOK_WHILE_READY: Duration = Duration::from_millis(100);

/// Between a death and the next start; doubled each time until the server is ready again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// PostgreSQL's words when a killed server's children still hold its memory. They end by themselves.
const CHILDREN_LINGER: &str = "pre-existing shared memory block";

/// The thread, and how to reach it.
#[derive(Debug)]
pub(super) struct Supervisor {
    thread: JoinHandle<()>,
    // Dropping it is the order to end.
    order_to_end: Sender<()>,
    pid: Arc<AtomicU32>,
}

impl Supervisor {
    /// Starts the server and waits until it is ready.
    pub(super) fn start(plan: Plan) -> Result<Self, EmbeddedError> {
        let (order_to_end, orders) = channel();
        let (report, first_report) = channel();
        let pid = Arc::new(AtomicU32::new(0));
        let root = plan.layout.root.clone();
        let watch = Watch {
            plan,
            orders,
            pid: Arc::clone(&pid),
        };
        let thread = std::thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || watch.run(&report))
            .attempt("start the thread that watches", &root)?;
        match first_report.recv() {
            Ok(Ok(())) => Ok(Self {
                thread,
                order_to_end,
                pid,
            }),
            Ok(Err(error)) => Err(error),
            Err(gone) => Err(std::io::Error::other(gone)).attempt("hear from the watch on", &root),
        }
    }

    /// The server's process, while there is one.
    pub(super) fn server_pid(&self) -> Option<u32> {
        Some(self.pid.load(Ordering::Acquire)).filter(|pid| *pid != 0)
    }

    /// Ends the server and waits for its end.
    pub(super) fn end(self) {
        drop(self.order_to_end);
        if self.thread.join().is_err() {
            log::error!("the thread that watches PostgreSQL panicked");
        }
    }
}

/// What the thread knows.
struct Watch {
    plan: Plan,
    orders: Receiver<()>,
    pid: Arc<AtomicU32>,
}

/// How a server's life ended.
enum End {
    Ordered,
    Died(ExitStatus),
}

type Report = Sender<Result<(), EmbeddedError>>;

impl Watch {
    fn run(self, report: &Report) {
        let give_up_first_start = Instant::now() + previous::PATIENCE;
        let mut has_been_ready = false;
        let mut pause = FIRST_PAUSE;
        loop {
            let life = self.one_life(|| {
                pause = FIRST_PAUSE;
                if !has_been_ready {
                    has_been_ready = true;
                    // The receiver waits for exactly this.
                    let _ = report.send(Ok(()));
                }
            });
            self.pid.store(0, Ordering::Release);
            match life {
                Ok(End::Ordered) => return,
                Ok(End::Died(status)) => {
                    log::warn!("PostgreSQL died ({status}): starting it again in {pause:?}");
                }
                Err(error) if has_been_ready => {
                    log::error!("PostgreSQL does not start, trying again in {pause:?}: {error}");
                }
                Err(EmbeddedError::Ended { log, .. })
                    if log.contains(CHILDREN_LINGER) && Instant::now() < give_up_first_start =>
                {
                    log::info!("waiting for the children of an earlier PostgreSQL");
                }
                Err(error) => {
                    let _ = report.send(Err(error));
                    return;
                }
            }
            if self.ordered_to_end_within(pause) {
                return;
            }
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    /// Starts a server and stays with it until it has ended.
    fn one_life(&self, on_ready: impl FnOnce()) -> Result<End, EmbeddedError> {
        previous::settle(&self.plan.layout)?;
        let mut server = Server::spawn(&self.plan)?;
        self.pid.store(server.pid(), Ordering::Release);
        let end = match self.until_ready(&mut server) {
            Ok(None) => {
                on_ready();
                self.while_ready(&mut server)
            }
            Ok(Some(end)) => Ok(end),
            Err(error) => Err(error),
        };
        server.end();
        end
    }

    /// `None` when the server is ready.
    fn until_ready(&self, server: &mut Server) -> Result<Option<End>, EmbeddedError> {
        let deadline = Instant::now() + PATIENCE_TO_BE_READY;
        loop {
            match server.progress(&self.plan)? {
                Progress::Ready => return Ok(None),
                Progress::Ended(status) => {
                    return Err(EmbeddedError::Ended {
                        dir: self.plan.layout.root.clone(),
                        status: status.to_string(),
                        log: server.last_words(&self.plan),
                    });
                }
                Progress::Starting if Instant::now() >= deadline => {
                    return Err(EmbeddedError::NotReady {
                        dir: self.plan.layout.root.clone(),
                        waited_seconds: PATIENCE_TO_BE_READY.as_secs(),
                        log: server.last_words(&self.plan),
                    });
                }
                Progress::Starting if self.ordered_to_end_within(LOOK_WHILE_STARTING) => {
                    return Ok(Some(End::Ordered));
                }
                Progress::Starting => {}
            }
        }
    }

    fn while_ready(&self, server: &mut Server) -> Result<End, EmbeddedError> {
        loop {
            if let Some(status) = server.ended(&self.plan)? {
                return Ok(End::Died(status));
            }
            if self.ordered_to_end_within(LOOK_WHILE_READY) {
                return Ok(End::Ordered);
            }
        }
    }

    fn ordered_to_end_within(&self, pause: Duration) -> bool {
        match self.orders.recv_timeout(pause) {
            Err(RecvTimeoutError::Timeout) => false,
            Ok(()) | Err(RecvTimeoutError::Disconnected) => true,
        }
    }
}
