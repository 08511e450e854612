//! What a benchmark prints.

use super::burst::BurstReport;
use super::deliveries::DeliveriesReport;
use super::load::LoadReport;
use super::rereads::RereadsReport;
use crate::store::seeding::Census;
use std::time::Duration;

/// What is measured, and on what.
pub fn heading(connections: u16, seconds: u64, tickets: i64, version: &str) {
    println!(
        "baton bench actions   {connections} connections   {seconds} s   {tickets} tickets   \
         PostgreSQL {version}, fsync on, load and database on this machine\n"
    );
}

/// Rate, percentiles and outcomes.
pub fn measurement(title: &str, report: &LoadReport) {
    let millis = |permille| report.latencies.permille(permille).as_secs_f64() * 1_000.0;
    println!("{title}");
    println!(
        "  {:.0} actions/s   p50 {:.2} ms   p90 {:.2} ms   p99 {:.2} ms   p99.9 {:.2} ms   max {:.2} ms",
        report.rate(),
        millis(500),
        millis(900),
        millis(990),
        millis(999),
        report.latencies.max().as_secs_f64() * 1_000.0,
    );
    println!(
        "  {} answered, {:.1} % applied, {} wrong or missing",
        report.tally.answered(),
        report.tally.applied_share() * 100.0,
        report.tally.failed()
    );
    for count in &report.tally.outcomes {
        println!(
            "    {:<16} {:<16} {:<24} {:>9}",
            count.kind.slug(),
            count.outcome,
            count.reason_code,
            count.count
        );
    }
    for (what, count) in &report.tally.failures {
        println!("    failed: {what} ({count})");
    }
    if report.may_be_damped {
        println!(
            "  note: so many actions for each ticket that the loop guard may have damped some"
        );
    }
}

/// What is measured about webhooks, and on what.
pub fn webhooks_heading(tickets: i64, version: &str) {
    println!(
        "baton bench webhooks   {tickets} tickets   PostgreSQL {version}, fsync on, load and \
         database on this machine; times are from when a delivery was due to its 200\n"
    );
}

/// Rate and percentiles of deliveries.
pub fn deliveries(title: &str, report: &DeliveriesReport) {
    let millis = |permille| report.latencies.permille(permille).as_secs_f64() * 1_000.0;
    let seconds = report.elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
    println!("{title}");
    println!(
        "  {:.0} events/s   p50 {:.2} ms   p90 {:.2} ms   p99 {:.2} ms   max {:.2} ms   of {} \
         deliveries",
        report.events as f64 / seconds,
        millis(500),
        millis(900),
        millis(990),
        report.latencies.max().as_secs_f64() * 1_000.0,
        report.latencies.count(),
    );
    for (what, count) in &report.failures {
        println!("    failed: {what} ({count})");
    }
    println!();
}

/// What a burst is made of, and on what.
pub fn enrolments_heading(count: u32, connections: u16, version: &str) {
    println!(
        "baton bench enrolments   {count} tickets whose conversation nobody knows   {connections} \
         connections   PostgreSQL {version}, fsync on, load, database and simulated HubSpot on \
         this machine\n"
    );
}

/// How the burst was answered.
pub fn burst(report: &BurstReport, receipts: i64) {
    let millis = |permille| report.latencies.permille(permille).as_secs_f64() * 1_000.0;
    println!("the burst, all callbacks once");
    println!(
        "  {:.2} s   {} answered, {} wrong or missing, {receipts} receipts   p50 {:.2} ms   p99 \
         {:.2} ms   max {:.2} ms",
        report.elapsed.as_secs_f64(),
        report.tally.answered(),
        report.tally.failed(),
        millis(500),
        millis(990),
        report.latencies.max().as_secs_f64() * 1_000.0,
    );
    for (what, count) in &report.tally.failures {
        println!("    failed: {what} ({count})");
    }
    println!();
}

/// How long the look-ups took that the burst asked for.
pub fn looked_up(known: i64, after: Duration, calls: usize) {
    println!(
        "look-ups\n  {known} conversations known {:.1} s after the burst began; HubSpot was called \
         {calls} times in all\n",
        after.as_secs_f64()
    );
}

/// How soon HubSpot was asked again after people took conversations.
pub fn rereads(report: &RereadsReport) {
    let millis = |permille| report.delays.permille(permille).as_secs_f64() * 1_000.0;
    println!(
        "takeovers meanwhile, from the webhook sent to HubSpot asked again\n  {} asked again   p50 \
         {:.0} ms   p99 {:.0} ms   max {:.0} ms   {} never",
        report.delays.count(),
        millis(500),
        millis(990),
        report.delays.max().as_secs_f64() * 1_000.0,
        report.never,
    );
    for (what, count) in &report.failures {
        println!("    failed: {what} ({count})");
    }
    println!();
}

/// What one action wrote.
pub fn rows(before: &Census, after: &Census, actions: u64) {
    let each = |before: i64, after: i64| (after - before) as f64 / (actions.max(1)) as f64;
    println!(
        "  rows an action: {:.2} decisions, {:.2} receipts, {:.2} outbox, {:.2} ticket updates, \
         {:.2} thread updates; {:.0} bytes on disk",
        each(before.decisions, after.decisions),
        each(before.receipts, after.receipts),
        each(before.outbox, after.outbox),
        each(before.ticket_updates, after.ticket_updates),
        each(before.thread_updates, after.thread_updates),
        each(before.bytes, after.bytes),
    );
}

/// The service's memory at the end of its measurement.
pub fn memory(resident_mb: Option<u64>) {
    if let Some(megabytes) = resident_mb {
        println!("  the service's resident memory: {megabytes} MB");
    }
    println!();
}

/// How much the grouping brings.
pub fn ratio(grouped: &LoadReport, single: &LoadReport) {
    println!(
        "\nratio: {:.2} times the rate of batches of one",
        grouped.rate() / single.rate()
    );
}
