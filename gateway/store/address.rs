//! Where the store is: `sqlite:PATH` or `postgres://…`. The latter may hold a password, so nothing prints it.

use std::path::{Path, PathBuf};

use senim_domain::Secret;
use serde::Deserialize;

/// A store's address, read from the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum StoreAddress {
    /// One file.
    Sqlite(PathBuf),
    /// A URL as PostgreSQL's own tools take it.
    Postgres(Secret),
}

/// The text is no address of a store. It is not repeated, since it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("store is sqlite:PATH or postgres://USER@HOST/DATABASE")]
pub struct StoreAddressError;

impl TryFrom<String> for StoreAddress {
    type Error = StoreAddressError;
    fn try_from(text: String) -> Result<Self, StoreAddressError> {
        if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            return Ok(Self::Sqlite(path.into()));
        }
        let postgres = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        let url = Secret::new(text);
        if postgres { Ok(Self::Postgres(url)) } else { Err(StoreAddressError) }
    }
}

impl StoreAddress {
    /// A relative path counts from this folder.
    #[must_use]
    pub fn beside(self, folder: &Path) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(folder.join(path)),
            Self::Postgres(url) => Self::Postgres(url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_told_apart_and_anything_else_is_refused_without_repeating_it() {
        let read = |text: &str| StoreAddress::try_from(text.to_owned());
        assert_eq!(
            read("sqlite:g.db").unwrap().beside(Path::new("/d")),
            StoreAddress::Sqlite("/d/g.db".into())
        );
        let url = read("postgres://u:planted@h/d").unwrap();
        assert!(!format!("{url:?}").contains("planted"));
        assert!(matches!(read("postgresql://u@h/d"), Ok(StoreAddress::Postgres(_))));
        for wrong in ["", "sqlite:", "mysql://u:planted@h/d", "g.db"] {
            let error = read(wrong).unwrap_err();
            assert!(!error.to_string().contains("planted"));
        }
    }
}
