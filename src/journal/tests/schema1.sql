-- The journal's first schema as firmware 0.1.0 wrote it, frozen: what is upgraded in the tests.
PRAGMA journal_mode = WAL;
PRAGMA application_id = 0x53454E4A;
PRAGMA user_version = 1;
CREATE TABLE meta (
    only INTEGER PRIMARY KEY CHECK (only = 0),
    terminal TEXT NOT NULL CHECK (length(terminal) BETWEEN 1 AND 32),
    profile TEXT NOT NULL CHECK (length(profile) BETWEEN 1 AND 32),
    acked_seq INTEGER CHECK (acked_seq >= 0),
    acked_hash TEXT CHECK (length(acked_hash) = 43),
    pruned_size INTEGER NOT NULL DEFAULT 0 CHECK (pruned_size >= 0),
    pruned_hash TEXT NOT NULL CHECK (length(pruned_hash) = 43),
    pruned_range TEXT NOT NULL CHECK (json_valid(pruned_range)),
    clean INTEGER NOT NULL CHECK (clean IN (0, 1)),
    CHECK ((acked_seq IS NULL) = (acked_hash IS NULL)),
    CHECK (pruned_size = 0 OR (acked_seq IS NOT NULL AND acked_seq >= pruned_size - 1))
) STRICT;

CREATE TABLE operations (
    seq INTEGER PRIMARY KEY CHECK (seq >= 0),
    op_id TEXT NOT NULL UNIQUE CHECK (length(op_id) = 36),
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    session TEXT CHECK (length(session) = 36),
    at TEXT NOT NULL CHECK (length(at) >= 24),
    compact TEXT NOT NULL CHECK (length(compact) > 0),
    hash TEXT NOT NULL CHECK (length(hash) = 43)
) STRICT;

CREATE TABLE attachments (
    seq INTEGER PRIMARY KEY REFERENCES operations (seq),
    sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 43),
    kid TEXT NOT NULL,
    jwe TEXT NOT NULL CHECK (length(jwe) > 0),
    uploaded INTEGER NOT NULL DEFAULT 0 CHECK (uploaded IN (0, 1))
) STRICT;

CREATE TABLE checkpoints (
    size INTEGER PRIMARY KEY CHECK (size > 0),
    root TEXT NOT NULL,
    tree TEXT NOT NULL CHECK (json_valid(tree)),
    note TEXT,
    cosigned_note TEXT,
    CHECK (note IS NOT NULL OR cosigned_note IS NOT NULL)
) STRICT;

CREATE TABLE directives (
    kind TEXT PRIMARY KEY CHECK (length(kind) BETWEEN 1 AND 64),
    message TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 43),
    seq INTEGER NOT NULL CHECK (seq >= 0)
) STRICT;

CREATE TABLE state (
    key TEXT PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 64),
    value TEXT NOT NULL CHECK (json_valid(value)),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 43),
    seq INTEGER NOT NULL CHECK (seq >= 0)
) STRICT;

CREATE TABLE gateway_keys (
    kid TEXT PRIMARY KEY CHECK (length(kid) = 43),
    x5c TEXT NOT NULL CHECK (json_valid(x5c))
) STRICT;

CREATE TABLE telemetry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    mono_ms INTEGER NOT NULL CHECK (mono_ms >= 0),
    entry TEXT NOT NULL CHECK (json_valid(entry))
) STRICT;

-- A row here, within one transaction, is the leave to delete rows before up_to.
CREATE TABLE pruning (up_to INTEGER NOT NULL CHECK (up_to > 0)) STRICT;

CREATE TRIGGER operations_dense BEFORE INSERT ON operations
WHEN NEW.seq <> (SELECT coalesce((SELECT max(seq) + 1 FROM operations), (SELECT pruned_size FROM meta), 0))
BEGIN SELECT raise(ABORT, 'a row must follow the last one'); END;

CREATE TRIGGER operations_unchanged BEFORE UPDATE ON operations
BEGIN SELECT raise(ABORT, 'rows of the journal never change'); END;

CREATE TRIGGER operations_kept BEFORE DELETE ON operations
WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE OLD.seq < up_to)
BEGIN SELECT raise(ABORT, 'rows of the journal are not deleted'); END;
