//! The private PostgreSQL, used when no `DATABASE_URL` is set: found or fetched, created, started
//! and ended by Baton itself, reached through a unix socket only.
//!
//! This layer knows nothing of the rest of Baton and reads no environment. It never listens on
//! TCP, never touches a PostgreSQL it did not create, and leaves no process behind.
//!
//! What is in a data directory:
//!
//! | name | is |
//! |---|---|
//! | `postgres/` | PostgreSQL's own directory (`PGDATA`) |
//! | `run/` | the socket, mode 0700 (elsewhere if the path would be too long for a socket) |
//! | `postgres.log` | what the server said |
//! | `baton.lock` | held by the one process that may run a server here |

mod account;
mod binaries;
mod child;
mod cluster;
mod error;
mod guardian;
mod layout;
mod lock;
mod options;
mod postgres;
mod previous;
mod server;
mod supervisor;
mod wheel;

pub use error::EmbeddedError;
pub use options::{Durability, EarlierData, Lifetime, Options, Source};
pub use postgres::EmbeddedPostgres;
