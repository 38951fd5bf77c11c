//! The second place where sealed attachments are kept.

use senim_domain::TerminalId;

/// A second durable place for sealed attachments.
pub trait SecondCopy: Send + Sync {
    /// Keeps it; durable on return.
    ///
    /// # Errors
    /// A text for the operator.
    fn keep(&self, terminal: &TerminalId, sha256: &str, text: &str) -> Result<(), String>;
    /// Erases it; durable on return. One that is not there is erased.
    ///
    /// # Errors
    /// A text for the operator.
    fn erase(&self, terminal: &TerminalId, sha256: &str) -> Result<(), String>;
    /// Reads it back; `None`: it is not there.
    ///
    /// # Errors
    /// A text for the operator.
    fn read(&self, terminal: &TerminalId, sha256: &str) -> Result<Option<String>, String>;
    /// Everything that is there.
    ///
    /// # Errors
    /// A text for the operator.
    fn names(&self) -> Result<Vec<(TerminalId, String)>, String>;
}
