//! The files that describe the app to HubSpot: they are what the code says, and every mistake in
//! them is found and named.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod agreement;
mod project;
mod seeded_labels;
mod seeded_mistakes;
