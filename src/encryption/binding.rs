//! Where an encrypted text belongs. It is authenticated together with the text, so that a text
//! moved to another row, column, portal or key does not open.

use crate::domain::credential::CredentialKind;
use crate::domain::ids::PortalId;

/// The place of one encrypted text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The row's portal.
    pub portal: PortalId,
    /// The row's kind.
    pub kind: CredentialKind,
    /// The column.
    pub column: TokenColumn,
}

/// An encrypted column of the table `credentials`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenColumn {
    /// `access_token`
    AccessToken,
    /// `refresh_token`
    RefreshToken,
}

impl TokenColumn {
    const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
        }
    }
}

impl Binding {
    /// What is authenticated beside the text. No part can hold the separator, so that no two
    /// places read the same; the version in front lets a later form be told from this one.
    pub(super) fn associated_data(&self, key_id: &str) -> Vec<u8> {
        let Self {
            portal,
            kind,
            column,
        } = self;
        let (kind, column) = (kind.name(), column.name());
        format!("baton/1\0credentials\0{portal}\0{kind}\0{column}\0{key_id}").into_bytes()
    }
}
