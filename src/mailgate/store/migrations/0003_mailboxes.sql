-- Mailboxes that are fetched. A password is named by its file or command, never kept. position is
-- JSON of the protocol's own: where the next run goes on; open are the messages before that which
-- are still to be read, as an IMAP set.
CREATE TABLE server (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    protocol TEXT NOT NULL CHECK (protocol IN ('imap', 'pop3')),
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    security TEXT NOT NULL CHECK (security IN ('tls', 'starttls', 'plain')),
    user TEXT NOT NULL,
    password_file TEXT,
    password_command TEXT,
    oauth TEXT,
    folder TEXT NOT NULL,
    model TEXT,
    after TEXT NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1,
    last_run INTEGER,
    last_success INTEGER,
    last_error TEXT,
    consecutive_errors INTEGER NOT NULL DEFAULT 0,
    next_run INTEGER,
    alarmed_at INTEGER,
    position TEXT,
    open TEXT
) STRICT;

-- Messages of a mailbox that need to be remembered one by one: handled and still there, or left
-- there. uid is the protocol's unique id.
CREATE TABLE server_message (
    server INTEGER NOT NULL REFERENCES server (id) ON DELETE CASCADE,
    uid TEXT NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (server, uid)
) STRICT, WITHOUT ROWID;

-- Quarantined mail whose handling failed is tried again by later runs.
ALTER TABLE quarantine ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE quarantine ADD COLUMN next_attempt INTEGER;
CREATE INDEX quarantine_due ON quarantine (next_attempt) WHERE next_attempt IS NOT NULL;

-- How far an import came that was interrupted; started in nanoseconds, position JSON.
CREATE TABLE import_mark (
    path TEXT NOT NULL,
    model TEXT NOT NULL,
    started INTEGER NOT NULL,
    position TEXT NOT NULL,
    PRIMARY KEY (path, model)
) STRICT, WITHOUT ROWID;
