//! Writers that wait: how often they are woken, which Linux counts.

use super::*;

/// How often this thread has waited for something.
fn waits() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
    let line = |line: &str| {
        line.strip_prefix("voluntary_ctxt_switches:")
            .map(str::to_owned)
    };
    let count = status.lines().find_map(line).unwrap();
    count.trim().parse().unwrap()
}

#[test]
fn writers_that_wait_for_a_line_do_not_wake_one_another() {
    let queue = Queue::default();
    for _ in 0..3 {
        push_for(&queue, Some(7), ask());
    }
    let _in_hand = queue.take(0, 1).unwrap();
    let wait = |writer| {
        let before = waits();
        let taken = queue.take(writer, 1);
        (taken.is_some(), waits() - before)
    };
    std::thread::scope(|scope| {
        let waiting = [1, 2].map(|writer| scope.spawn(move || wait(writer)));
        // Each wakes one of them, and would keep both busy if that woke the other.
        for _ in 0..20 {
            push_for(&queue, Some(7), ask());
            std::thread::sleep(Duration::from_millis(5));
        }
        queue.close();
        drop(queue.take(0, 99));
        assert!(queue.take(0, 1).is_none());

        for writer in waiting {
            let (has_taken, times) = writer.join().unwrap();
            assert!(!has_taken && times < 100, "woken {times} times");
        }
    });
}
