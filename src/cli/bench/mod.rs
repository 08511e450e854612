//! `baton bench`: bounded load on the loopback interface.
