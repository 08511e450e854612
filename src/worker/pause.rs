//! The pause between two rounds of a loop, which the end of the service cuts short.

use std::time::Duration;
use tokio::sync::watch;

/// Whether to go on after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another round.
    Round,
    /// The service ends.
    End,
}

/// Pauses.
pub(super) async fn pause(stop: &mut watch::Receiver<bool>, length: Duration) -> Next {
    tokio::select! {
        // Whoever could tell is gone: that is an end, too.
        _ = stop.wait_for(|is_stopping| *is_stopping) => Next::End,
        () = tokio::time::sleep(length) => Next::Round,
    }
}
