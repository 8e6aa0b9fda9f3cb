-- Times are integers, seconds since 1970 UTC. Addresses are normalised text. Digests are BLAKE2b.

CREATE TABLE parameter (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE domain (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    company TEXT NOT NULL DEFAULT '',
    contact TEXT NOT NULL DEFAULT '',
    catchall TEXT NOT NULL,
    bounce TEXT NOT NULL,
    verify_until INTEGER
) STRICT;

CREATE TABLE redirect (
    name TEXT NOT NULL PRIMARY KEY,
    domain INTEGER NOT NULL REFERENCES domain (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX redirect_domain ON redirect (domain);

CREATE TABLE model (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL
) STRICT;

CREATE TABLE model_field (
    model INTEGER NOT NULL REFERENCES model (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    preset TEXT,
    PRIMARY KEY (model, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE alias (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    local_part TEXT NOT NULL,
    domain INTEGER NOT NULL REFERENCES domain (id) ON DELETE CASCADE,
    model INTEGER NOT NULL REFERENCES model (id),
    record INTEGER,
    parent INTEGER,
    policy TEXT NOT NULL DEFAULT 'everyone'
        CHECK (policy IN ('everyone', 'contacts', 'followers', 'internal')),
    local_part_detection INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'untested' CHECK (status IN ('untested', 'valid', 'invalid')),
    on_refusal TEXT NOT NULL DEFAULT 'notice' CHECK (on_refusal IN ('notice', 'reject')),
    refusal_text TEXT NOT NULL DEFAULT '',
    acknowledge TEXT NOT NULL DEFAULT '',
    last_used INTEGER,
    UNIQUE (local_part, domain)
) STRICT;
CREATE INDEX alias_domain ON alias (domain);
CREATE INDEX alias_model ON alias (model);
CREATE INDEX alias_detection ON alias (local_part) WHERE local_part_detection = 1;

CREATE TABLE alias_default (
    alias INTEGER NOT NULL REFERENCES alias (id) ON DELETE CASCADE,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (alias, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE alias_follower (
    alias INTEGER NOT NULL REFERENCES alias (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    PRIMARY KEY (alias, address)
) STRICT, WITHOUT ROWID;

-- Addresses that were ours: kind says what they were; successor is the address that took over.
CREATE TABLE retired (
    address TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('alias', 'catchall', 'bounce')),
    domain INTEGER NOT NULL REFERENCES domain (id) ON DELETE CASCADE,
    successor TEXT,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX retired_domain ON retired (domain);

-- origin is the id of the message by which a contact became known, null where a person added it.
CREATE TABLE contact (
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL DEFAULT '',
    internal INTEGER NOT NULL DEFAULT 0,
    origin TEXT
) STRICT;

CREATE TABLE record (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    model INTEGER NOT NULL REFERENCES model (id),
    name TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    sender TEXT NOT NULL,
    alias INTEGER,
    alias_address TEXT,
    domain INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX record_model ON record (model);

CREATE TABLE record_value (
    record INTEGER NOT NULL REFERENCES record (id) ON DELETE CASCADE,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (record, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE follower (
    record INTEGER NOT NULL REFERENCES record (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    PRIMARY KEY (record, address)
) STRICT, WITHOUT ROWID;

-- To and Cc of a record's messages: whoever was addressed is no stranger.
CREATE TABLE addressed (
    record INTEGER NOT NULL REFERENCES record (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    PRIMARY KEY (record, address)
) STRICT, WITHOUT ROWID;

-- The bytes as they came, one row a piece of at most a MiB of one zlib stream a digest.
CREATE TABLE original (
    digest BLOB NOT NULL,
    piece INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (digest, piece)
) STRICT;

CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL,
    record INTEGER NOT NULL REFERENCES record (id) ON DELETE CASCADE,
    parent INTEGER,
    journal INTEGER NOT NULL,
    digest BLOB NOT NULL,
    kind TEXT NOT NULL DEFAULT 'email' CHECK (kind IN ('email', 'note', 'notification')),
    direction TEXT NOT NULL DEFAULT 'in' CHECK (direction IN ('in', 'out')),
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    class TEXT NOT NULL,
    authentication TEXT,
    stranger INTEGER NOT NULL DEFAULT 0,
    unpacked TEXT NOT NULL DEFAULT 'pending' CHECK (unpacked IN ('done', 'pending', 'failed'))
) STRICT;
CREATE INDEX message_record ON message (record);
CREATE INDEX message_digest ON message (digest);
CREATE INDEX message_unpacked ON message (unpacked) WHERE unpacked <> 'done';

-- What unpack derived; one row a message that was unpacked. Lists are JSON.
CREATE TABLE content (
    message INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    sender_name TEXT NOT NULL,
    recipients_to TEXT NOT NULL,
    recipients_cc TEXT NOT NULL,
    subject TEXT NOT NULL,
    date TEXT,
    body_text TEXT NOT NULL,
    body_html TEXT NOT NULL,
    reply_text TEXT NOT NULL,
    defects TEXT NOT NULL
) STRICT;

CREATE TABLE attachment (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    filename TEXT NOT NULL,
    original_filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    content_id TEXT,
    sha256 TEXT NOT NULL
) STRICT;
CREATE INDEX attachment_message ON attachment (message);
CREATE INDEX attachment_sha256 ON attachment (sha256);

-- The bytes of attachments, one row a piece of one zlib stream a SHA-256.
CREATE TABLE attachment_data (
    sha256 TEXT NOT NULL,
    piece INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (sha256, piece)
) STRICT;

-- Every id that was taken or sent, for ever: threads find their record by it, repeats are known
-- by it. recipient is '' for what was sent; identity hashes author, date and subject; record and
-- what it was (model, alias) stay when the record is gone. Of a held message record is 0. journal
-- is the entry of the call that took or held it.
CREATE TABLE known_id (
    message_id TEXT NOT NULL,
    recipient TEXT NOT NULL,
    record INTEGER NOT NULL,
    model INTEGER,
    alias INTEGER,
    started INTEGER NOT NULL DEFAULT 0,
    message INTEGER,
    direction TEXT NOT NULL DEFAULT 'in' CHECK (direction IN ('in', 'out')),
    identity BLOB,
    digest BLOB,
    journal INTEGER,
    PRIMARY KEY (message_id, recipient, record)
) STRICT, WITHOUT ROWID;

-- enveloped = 1 where the channel knew the recipients; fallback is the model that came with it.
CREATE TABLE journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    channel TEXT NOT NULL,
    server TEXT,
    queue_id TEXT,
    sender TEXT,
    enveloped INTEGER NOT NULL DEFAULT 1,
    fallback TEXT,
    author TEXT,
    message_id TEXT,
    subject TEXT NOT NULL,
    size INTEGER NOT NULL,
    digest BLOB,
    outcome TEXT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    notice TEXT,
    notice_to TEXT,
    flags TEXT NOT NULL DEFAULT '',
    duration_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE journal_recipient (
    journal INTEGER NOT NULL REFERENCES journal (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    address TEXT NOT NULL,
    outcome TEXT NOT NULL,
    rule TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (journal, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal_record (
    journal INTEGER NOT NULL REFERENCES journal (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    record INTEGER NOT NULL,
    model TEXT NOT NULL,
    action TEXT NOT NULL,
    alias TEXT,
    PRIMARY KEY (journal, number)
) STRICT, WITHOUT ROWID;

-- Mail held for a person; the bytes are in original. recipients are lines.
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    journal INTEGER NOT NULL REFERENCES journal (id),
    at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    sender TEXT,
    recipients TEXT NOT NULL,
    subject TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE INDEX quarantine_digest ON quarantine (digest);

-- Who started which records when, for the limits; held = 1 where the limit held the message.
CREATE TABLE opening (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    model INTEGER NOT NULL,
    alias INTEGER,
    held INTEGER NOT NULL,
    journal INTEGER NOT NULL
) STRICT;
CREATE INDEX opening_author ON opening (author, model, held, at);
CREATE INDEX opening_alias ON opening (alias, held, at);

CREATE TABLE allow (
    id INTEGER PRIMARY KEY,
    pattern TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    pattern TEXT NOT NULL UNIQUE
) STRICT;

-- Mail that waits to be sent; its bytes are in original. sender is the envelope's, '' is null;
-- notice says which notice or acknowledgement it is, about is the id of the message it answers.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('notification', 'notice')),
    notice TEXT,
    about TEXT NOT NULL,
    message_id TEXT NOT NULL,
    message INTEGER,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    digest BLOB NOT NULL,
    at INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'queued'
        CHECK (status IN ('queued', 'sent', 'failed', 'cancelled')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt INTEGER,
    last_error TEXT
) STRICT;
CREATE INDEX outbox_notice ON outbox (recipient, notice, at);
CREATE INDEX outbox_at ON outbox (at) WHERE notice IS NOT NULL;
CREATE INDEX outbox_status ON outbox (status) WHERE status = 'queued';
CREATE INDEX outbox_digest ON outbox (digest);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    old TEXT,
    new TEXT
) STRICT;

CREATE VIRTUAL TABLE search USING fts5 (
    subject, body, attachments, content = '', tokenize = 'unicode61 remove_diacritics 2'
);
