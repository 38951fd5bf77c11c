//! The second place where sealed attachments are kept.

use senim_domain::{TerminalId, UtcMillis};

/// A second durable place for sealed attachments.
///
/// A copy is made before the transaction that says so. Until that is committed the copy is unsettled: should the gateway
/// die in between, it is found among few others, and not among everything that was ever kept.
pub trait SecondCopy: Send + Sync {
    /// Keeps it, unsettled; durable on return, in place of one of before.
    ///
    /// # Errors
    /// A text for the operator.
    fn keep(&self, terminal: &TerminalId, sha256: &str, text: &str) -> Result<(), String>;
    /// The store has it too. May be repeated; one that a cut undid is unsettled again, and not lost.
    ///
    /// # Errors
    /// A text for the operator; it is still there then.
    fn settle(&self, terminal: &TerminalId, sha256: &str) -> Result<(), String>;
    /// Those that were kept before this moment and are not settled.
    ///
    /// # Errors
    /// A text for the operator.
    fn unsettled(&self, before: UtcMillis) -> Result<Vec<(TerminalId, String)>, String>;
    /// Erases an unsettled one if it was kept before this moment; durable on return.
    ///
    /// # Errors
    /// A text for the operator.
    fn discard(&self, terminal: &TerminalId, sha256: &str, before: UtcMillis) -> Result<(), String>;
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
