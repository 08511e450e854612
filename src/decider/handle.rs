//! The decider as its callers hold it: queues each command for the writers.

use super::command::{Command, NotDecided, Reply};
use super::queue::{Pending, Queue};
use super::wide::{self, Merge};
use super::writer::Writer;
use crate::domain::ids::PortalId;
use crate::metrics::METRICS;
use crate::store::pool::Store;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How the decider is set up.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Writer threads: one for each core is best.
    pub writers: usize,
    /// Commands in one commit, at most.
    pub most_in_batch: usize,
}

impl Options {
    /// A few hundred commands in a commit keep its latency in milliseconds.
    pub const MOST_IN_BATCH: usize = 256;
}

/// The write path.
pub struct Decider {
    queue: Arc<Queue>,
    writers: Vec<WriterThread>,
    wide: Arc<WideWriter>,
}

/// What touches several tickets goes alone, one at a time.
struct WideWriter {
    store: Arc<Store>,
    alone: Mutex<()>,
    is_draining: AtomicBool,
}

struct WriterThread {
    is_alive: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Decider {
    /// Starts the writers.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn start(store: &Arc<Store>, options: Options) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let writers = (0..options.writers.max(1)).map(|number| {
            let is_alive = Arc::new(AtomicBool::new(true));
            let writer = Writer {
                number,
                queue: Arc::clone(&queue),
                store: Arc::clone(store),
                most_in_batch: options.most_in_batch.max(1),
            };
            let alive = Arc::clone(&is_alive);
            let thread = std::thread::Builder::new()
                .name(format!("writer-{number}"))
                .spawn(move || keep_running(&writer, &alive))?;
            Ok(WriterThread {
                is_alive,
                thread: Mutex::new(Some(thread)),
            })
        });
        let writers = writers.collect::<std::io::Result<_>>()?;
        Ok(Self {
            queue,
            writers,
            wide: Arc::new(WideWriter {
                store: Arc::clone(store),
                alone: Mutex::new(()),
                is_draining: AtomicBool::new(false),
            }),
        })
    }

    /// Decides a command. The answer is committed when this returns.
    ///
    /// # Errors
    /// See [`NotDecided`].
    pub async fn decide(&self, command: Command, within: Duration) -> Result<Reply, NotDecided> {
        let (reply, answer) = oneshot::channel();
        let deadline = Instant::now() + within;
        self.queue.push(Pending {
            command,
            reply,
            deadline,
            rounds: 0,
        })?;
        match tokio::time::timeout(within, answer).await {
            Ok(Ok(decided)) => decided,
            Ok(Err(_)) => Err(NotDecided::TimedOut("its writer died".to_owned())),
            Err(_) => Err(NotDecided::TimedOut(
                "the database did not answer in time".to_owned(),
            )),
        }
    }

    /// Merges two tickets, or two conversations. It is committed when this returns.
    ///
    /// # Errors
    /// See [`NotDecided`].
    pub async fn merge(
        &self,
        portal: PortalId,
        merge: Merge,
        within: Duration,
    ) -> Result<(), NotDecided> {
        if self.wide.is_draining.load(Ordering::Relaxed) {
            return Err(NotDecided::Draining);
        }
        let wide = Arc::clone(&self.wide);
        let deadline = Instant::now() + within;
        let work = tokio::task::spawn_blocking(move || wide.merge(portal, merge, deadline));
        match tokio::time::timeout(within, work).await {
            Ok(Ok(merged)) => merged,
            Ok(Err(_)) => Err(NotDecided::Faulty(
                "merging panicked; the log says where".to_owned(),
            )),
            Err(_) => Err(NotDecided::TimedOut(
                "the database did not answer in time".to_owned(),
            )),
        }
    }

    /// True when every writer runs.
    pub fn is_alive(&self) -> bool {
        self.writers
            .iter()
            .all(|writer| writer.is_alive.load(Ordering::Relaxed))
    }

    /// Takes no more commands, decides those that wait, and ends the writers. False if some still
    /// waited after `within`.
    pub async fn drain(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        self.wide.is_draining.store(true, Ordering::Relaxed);
        self.queue.close();
        while Instant::now() < deadline {
            if self.queue.is_idle() {
                self.join();
                return true;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        false
    }

    fn join(&self) {
        for writer in &self.writers {
            let mut thread = writer.thread.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(thread) = thread.take() {
                // A panic of the writer was logged when it happened.
                let _ = thread.join();
            }
        }
    }
}

impl WideWriter {
    fn merge(&self, portal: PortalId, merge: Merge, deadline: Instant) -> Result<(), NotDecided> {
        let _alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            // A first connection may take longer than the pool waits, yet come in time.
            let merged = match self.store.writer() {
                Ok(mut conn) => wide::merge(&mut conn, portal, merge),
                Err(error) => Err(error),
            };
            match merged {
                Ok(()) => return Ok(()),
                Err(error) if !error.is_transient() => {
                    log::error!(portal_id = portal.0; "a merge fails: {error}");
                    return Err(NotDecided::alone(&error));
                }
                Err(error) if Instant::now() >= deadline => {
                    return Err(NotDecided::alone(&error));
                }
                Err(error) => log::debug!("a merge will run again: {error}"),
            }
        }
    }
}

/// A decider that is dropped without draining decides what waits and ends its writers, which
/// would otherwise keep their threads and connections for ever.
impl Drop for Decider {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// Restarts a writer that died. What it had in hand is answered with 503 and sent again.
fn keep_running(writer: &Writer, is_alive: &AtomicBool) {
    loop {
        is_alive.store(true, Ordering::Relaxed);
        match catch_unwind(AssertUnwindSafe(|| writer.run())) {
            Ok(()) => return,
            Err(_) => {
                is_alive.store(false, Ordering::Relaxed);
                METRICS.writer_restarts.inc();
                log::error!("writer {} died and starts again", writer.number);
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}
