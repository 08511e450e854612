//! Frameworks, the environment, the clock and `unsafe` stay where the table puts them.

use crate::paths::{self, Named};
use crate::table::{CLOCK_READERS, CLOCK_READS, FENCES, Fence, UNFENCED, UNSAFE_IN};
use crate::tree::{Source, begins_with};

/// Every use in this file of what is fenced in elsewhere.
pub fn offences(source: &Source) -> Vec<String> {
    let of_paths = paths::named(&source.shipped).into_iter().flat_map(|named| {
        let whys = crossed_fences(source, &named)
            .into_iter()
            .chain(clock_read(source, &named));
        let at = format!("{}: {}", source.at(named.line), named.text());
        whys.map(|why| format!("{at}: {why}")).collect::<Vec<_>>()
    });
    let of_unsafe = if is_in_any(source, UNSAFE_IN) {
        Vec::new()
    } else {
        paths::lines_with_word(&source.shipped, "unsafe")
    };
    let of_unsafe = of_unsafe.into_iter().map(|line| {
        format!(
            "{}: unsafe: only in {}",
            source.at(line),
            UNSAFE_IN.join(", ")
        )
    });
    of_paths.chain(of_unsafe).collect()
}

fn crossed_fences(source: &Source, named: &Named) -> Vec<String> {
    let is_free = named.is_macro
        || UNFENCED
            .iter()
            .any(|free| begins_with(&named.segments, free));
    if is_free {
        return Vec::new();
    }
    let crossed = FENCES
        .iter()
        .filter(|(fenced, _)| is_of(&named.segments, fenced));
    crossed
        .filter_map(|(fenced, fence)| match fence {
            Fence::OnlyIn(places) if !is_in_any(source, places) => {
                Some(format!("`{fenced}` only in {}", places.join(", ")))
            }
            Fence::NotIn(places) if is_in_any(source, places) => {
                Some(format!("`{fenced}` not in {}", places.join(", ")))
            }
            Fence::OnlyIn(_) | Fence::NotIn(_) => None,
        })
        .collect()
}

/// Whether the path begins with what is fenced, or in a crate that comes with it.
fn is_of(segments: &[String], fenced: &str) -> bool {
    let comes_with_it = |name: &String| {
        name.strip_prefix(fenced)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    if fenced.contains("::") {
        begins_with(segments, fenced)
    } else {
        segments.first().is_some_and(comes_with_it)
    }
}

fn clock_read(source: &Source, named: &Named) -> Option<String> {
    let reads = CLOCK_READS.iter().any(|read| {
        let end: Vec<&str> = read.split("::").collect();
        let start = named.segments.len().saturating_sub(end.len());
        named.segments.iter().skip(start).eq(end)
    });
    let offends = reads && !is_in_any(source, CLOCK_READERS);
    offends.then(|| format!("the clock is read only in {}", CLOCK_READERS.join(", ")))
}

fn is_in_any(source: &Source, modules: &[&str]) -> bool {
    modules.iter().any(|module| source.is_in(module))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        offences(&Source::new(path, text))
    }

    #[test]
    fn what_is_fenced_in_is_an_offence_elsewhere_however_it_is_written() {
        for (path, text) in [
            ("src/service/a.rs", "use actix_web::HttpResponse;"),
            ("src/service/a.rs", "#[actix_web::main] async fn f() {}"),
            ("src/service/a.rs", "actix_rt::spawn(f)"),
            ("src/service/a.rs", "use diesel::prelude::*;"),
            (
                "src/service/a.rs",
                "use diesel_migrations::embed_migrations;",
            ),
            ("src/service/a.rs", "extern crate diesel;"),
            ("src/service/a.rs", "#[derive(diesel::Queryable)] struct S;"),
            ("src/service/a.rs", "::reqwest::get(url)"),
            ("src/http/a.rs", "use reqwest;"),
            ("src/cli/demo.rs", "use hyper_util::rt::TokioIo;"),
            ("src/startup/a.rs", "use std::env;"),
            ("src/startup/a.rs", "use std::{env, fs};"),
            ("src/startup/a.rs", "use std::env::{self, VarError as E};"),
            ("src/startup/a.rs", "std::env::var(name)"),
            ("src/domain/a.rs", "use std::fs::File;"),
            ("src/domain/a.rs", "log::info!(x); tokio::spawn(y)"),
            ("src/config/a.rs", "tokio::spawn(y)"),
            ("src/store/a.rs", "let now = chrono::Utc::now();"),
            ("src/store/a.rs", "let now = Instant::now();"),
            ("src/domain/a.rs", "std::time::SystemTime::now"),
            ("src/cli/a.rs", "unsafe { f() }"),
            ("src/cli/a.rs", "unsafe impl Send for A {}"),
        ] {
            assert!(!found(path, text).is_empty(), "{path}: {text}");
        }
    }

    #[test]
    fn inside_its_fence_it_is_none() {
        for (path, text) in [
            (
                "src/http/a.rs",
                "use actix_web::HttpResponse; let now = Instant::now();",
            ),
            (
                "src/simulator/a.rs",
                "use actix_web::web; use hyper::Request; use reqwest::Client;",
            ),
            ("src/store/a.rs", "use diesel::prelude::*;"),
            (
                "src/cli/bench/load.rs",
                "use hyper::Request; use hyper_util::rt::TokioIo;",
            ),
            ("src/config/source.rs", "std::env::vars_os()"),
            (
                "src/cli/a.rs",
                "env!(X); std::env!(X); option_env!(Y); std::env::current_exe()",
            ),
            ("src/embedded/a.rs", "unsafe { f() }"),
            ("src/startup/a.rs", "#![allow(unsafe_code)] // unsafe"),
            (
                "src/store/a.rs",
                "use chrono::Utc; diesel::dsl::now; Now::now()",
            ),
            (
                "src/domain/a.rs",
                "#[cfg(test)] mod tests { use std::fs; fn f() { Instant::now(); } }",
            ),
            ("src/service/a.rs", "use actixish::x; use logger::y;"),
        ] {
            assert_eq!(found(path, text), [""; 0], "{path}: {text}");
        }
    }

    #[test]
    fn an_offence_names_the_file_the_line_and_the_text() {
        let offences = found("src/service/a.rs", "//! x\nuse diesel::x;");
        assert_eq!(
            offences,
            ["src/service/a.rs:2: diesel::x: `diesel` only in store"]
        );
    }
}
