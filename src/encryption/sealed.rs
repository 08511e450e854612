//! An encrypted text, as a column holds it.

use std::fmt;

/// An encrypted text and the key that opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which key of the keyring opens it.
    pub key_id: String,
    /// Nonce, text and tag, in this order.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing is learnt from the bytes, and lines of a log are no place for them.
        f.debug_struct("Sealed")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}
