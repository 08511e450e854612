//! Keeps a loop running: one that panics begins again a moment later. What it had claimed lapses by
//! itself, as if its replica had died.

use super::pause::{Next, pause};
use crate::metrics::METRICS;
use std::future::Future;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// So that a loop that panics at once, and always, neither fills the log nor takes the processor.
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// Runs what `begin` gives until it ends by itself, which it does once `stop` says true. Dropped,
/// it ends at once.
pub async fn supervised<F>(
    name: &'static str,
    mut stop: watch::Receiver<bool>,
    begin: impl Fn(watch::Receiver<bool>) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        // A set, since its task ends with it.
        let mut running = JoinSet::new();
        running.spawn(begin(stop.clone()));
        match running.join_next().await {
            Some(Err(error)) if error.is_panic() => {
                METRICS.worker_restarts.inc();
                log::error!("the worker '{name}' panicked and begins again: {error}");
            }
            Some(Ok(()) | Err(_)) | None => return,
        }
        if pause(&mut stop, AFTER_PANIC).await == Next::End {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;
    use tokio::time::{Instant, timeout};

    const WITHIN: Duration = Duration::from_secs(20);

    /// What a loop of these tests did.
    #[derive(Default)]
    struct Seen {
        begun: AtomicUsize,
        runs: Notify,
        has_ended: Notify,
    }

    /// Tells of the end of a loop, however it comes.
    struct End(Arc<Seen>);

    impl Drop for End {
        fn drop(&mut self) {
            self.0.has_ended.notify_one();
        }
    }

    /// Panics as often as `panics` says; then runs until it is told to stop.
    async fn run(seen: Arc<Seen>, panics: usize, mut stop: watch::Receiver<bool>) {
        let before = seen.begun.fetch_add(1, Ordering::SeqCst);
        assert!(before >= panics, "the panic of a test");
        let _end = End(Arc::clone(&seen));
        seen.runs.notify_one();
        let _ = stop.wait_for(|is_stopping| *is_stopping).await;
    }

    fn supervise(seen: &Arc<Seen>, panics: usize) -> (watch::Sender<bool>, JoinSet<()>) {
        let (stop, stopped) = watch::channel(false);
        let of_loop = Arc::clone(seen);
        let begin = move |stop| run(Arc::clone(&of_loop), panics, stop);
        let mut running = JoinSet::new();
        running.spawn(supervised("of a test", stopped, begin));
        (stop, running)
    }

    #[tokio::test]
    async fn a_loop_that_panics_begins_again_and_ends_when_it_is_told_to() {
        let (seen, began, counted) = (Arc::<Seen>::default(), Instant::now(), restarts());

        let (stop, mut running) = supervise(&seen, 2);
        timeout(WITHIN, seen.runs.notified()).await.unwrap();

        assert_eq!(seen.begun.load(Ordering::SeqCst), 3);
        assert!(began.elapsed() >= AFTER_PANIC * 2, "{:?}", began.elapsed());
        assert!(restarts() >= counted + 2);
        stop.send_replace(true);
        timeout(WITHIN, running.join_next()).await.unwrap();
        assert_eq!(seen.begun.load(Ordering::SeqCst), 3, "an end is no panic");
    }

    #[tokio::test]
    async fn a_stop_does_not_wait_for_a_loop_that_panicked() {
        let seen = Arc::<Seen>::default();
        let (stop, mut running) = supervise(&seen, usize::MAX);
        let first = async {
            while seen.begun.load(Ordering::SeqCst) == 0 {
                tokio::task::yield_now().await;
            }
        };
        timeout(WITHIN, first).await.unwrap();

        stop.send_replace(true);

        let ended = timeout(WITHIN, running.join_next()).await.unwrap();
        assert!(ended.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_loop_whose_supervisor_is_dropped_is_dropped_with_it() {
        let seen = Arc::<Seen>::default();
        let (_stop, running) = supervise(&seen, 0);
        timeout(WITHIN, seen.runs.notified()).await.unwrap();

        drop(running);

        timeout(WITHIN, seen.has_ended.notified()).await.unwrap();
    }

    fn restarts() -> u64 {
        METRICS.worker_restarts.get()
    }
}
