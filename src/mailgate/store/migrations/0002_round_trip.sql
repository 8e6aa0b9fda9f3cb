-- Limits judge a message as a whole: what it started itself, at another recipient, does not count.
ALTER TABLE opening ADD COLUMN message_id TEXT NOT NULL DEFAULT '';
ALTER TABLE opening ADD COLUMN identity BLOB NOT NULL DEFAULT x'';

-- bounces counts permanent failures since the last letter of a person; the first was at
-- bounced_since. A suppressed contact is not written to.
ALTER TABLE contact ADD COLUMN bounces INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contact ADD COLUMN bounced_since INTEGER;
ALTER TABLE contact ADD COLUMN suppressed INTEGER NOT NULL DEFAULT 0;

-- head, where there is one, takes the place of the original's header; the body follows as it is.
-- A row is sent by its holder only, until held_until. failing_since is when it was first not taken.
ALTER TABLE outbox ADD COLUMN head BLOB;
ALTER TABLE outbox ADD COLUMN holder TEXT;
ALTER TABLE outbox ADD COLUMN held_until INTEGER;
ALTER TABLE outbox ADD COLUMN failing_since INTEGER;
DROP INDEX outbox_status;
CREATE INDEX outbox_due ON outbox (coalesce(next_attempt, at), id) WHERE status = 'queued';
CREATE INDEX outbox_message ON outbox (message);

-- Who got which message of a record, and what became of it. message is the one that was written
-- or sent on, outbox the letter.
CREATE TABLE notification (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL,
    outbox INTEGER,
    status TEXT NOT NULL DEFAULT 'ready'
        CHECK (status IN ('ready', 'sent', 'delayed', 'bounced', 'failed', 'cancelled')),
    failure_type TEXT,
    failure_reason TEXT,
    status_code TEXT,
    dismissed INTEGER NOT NULL DEFAULT 0,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX notification_message ON notification (message, recipient);
CREATE INDEX notification_outbox ON notification (outbox);
CREATE INDEX notification_failed ON notification (id)
    WHERE status IN ('bounced', 'failed') AND dismissed = 0;
INSERT INTO notification (message, recipient, outbox, status, at)
    SELECT message, recipient, id, CASE status WHEN 'queued' THEN 'ready' ELSE status END, at
    FROM outbox WHERE kind = 'notification' AND message IN (SELECT id FROM message) ORDER BY id;

-- Reports that came in; what one says is carried out once (state).
CREATE TABLE report (
    journal INTEGER PRIMARY KEY REFERENCES journal (id) ON DELETE CASCADE,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('done', 'pending', 'failed'))
) STRICT;
CREATE INDEX report_state ON report (state) WHERE state <> 'done';
INSERT INTO report (journal) SELECT id FROM journal WHERE digest IS NOT NULL AND (outcome = 'report'
    OR id IN (SELECT journal FROM journal_recipient WHERE outcome = 'report'));

-- What a report says of each recipient; message and notification are null where it is about
-- nothing of ours.
CREATE TABLE report_line (
    journal INTEGER NOT NULL REFERENCES report (journal) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    action TEXT NOT NULL,
    status_code TEXT,
    reason TEXT NOT NULL,
    message INTEGER,
    notification INTEGER,
    PRIMARY KEY (journal, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_line_notification ON report_line (notification)
    WHERE notification IS NOT NULL;

-- How much an author wrote into a record lately, and which aliases feed one.
CREATE INDEX message_author ON message (record, sender, at);
CREATE INDEX alias_record ON alias (record) WHERE record IS NOT NULL;
