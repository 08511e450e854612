//! What Baton exists for, as pure code: no I/O, no clock, no framework.
//! Everything here is decided from its arguments; `now` is always one of them.
//!
//! Facts (what HubSpot told) and holds (what somebody placed) make a record; `assess` judges a
//! thread over its record and its ticket's; `decide` folds requests and facts into records;
//! `gate` reads what else must be open before the AI may speak.

pub mod actor;
pub mod alerts;
pub mod answer;
pub mod assess;
pub mod backoff;
pub mod command;
pub mod credential;
pub mod decide;
pub mod derived;
pub mod explain;
pub mod facts;
pub mod gate;
pub mod hold;
pub mod hours;
pub mod ids;
pub mod language;
pub mod late;
pub mod latency;
pub mod left;
pub mod lifted;
pub mod links;
pub mod loop_guard;
pub mod messages;
pub mod metadata;
pub mod offer;
pub mod openings;
pub mod outcome;
pub mod owner;
pub mod ownership;
pub mod past_holds;
pub mod past_owners;
pub mod policy;
pub mod policy_patch;
pub mod policy_value;
pub mod record;
pub mod scopes;
pub mod standing;
pub mod status;
pub mod time;
pub mod union;
