//! A customer, as far as conversations need one.

/// A contact.
#[derive(Clone, Debug)]
pub struct Contact {
    /// HubSpot's id of it.
    pub id: i64,
    /// First and last name.
    pub name: String,
    /// The address the customer writes from.
    pub email: String,
}
