"""Databases as earlier versions left them: every table of every schema has rows."""

from __future__ import annotations

from pathlib import Path

from mailgate.store.migrate import migrations, statements
from mailgate.store.sqlite import Database, create_file

FIRST = """
INSERT INTO parameter VALUES ('mail.bounce.limit', '3');
INSERT INTO domain (name, company, contact, catchall, bounce, verify_until)
    VALUES ('example.com', 'Example', 'office@example.com', 'catchall', 'bounce', 1795366800);
INSERT INTO redirect VALUES ('old.example', 1);
INSERT INTO model (name, label) VALUES ('lead', 'Lead');
INSERT INTO model_field VALUES (1, 'team', 'text', 'none');
INSERT INTO alias (local_part, domain, model, record, policy, status, last_used)
    VALUES ('info', 1, 1, 1, 'contacts', 'valid', 1795366800);
INSERT INTO alias_default VALUES (1, 'team', 'north');
INSERT INTO alias_follower VALUES (1, 'bob@y.org');
INSERT INTO retired VALUES ('errors@example.com', 'bounce', 1, 'bounce@example.com', 1795366800);
INSERT INTO contact (address, name, internal, origin) VALUES ('ann@x.org', 'Ann', 1, '<1@x.org>');
INSERT INTO record (model, name, sender, alias, alias_address, domain, created_at, updated_at)
    VALUES (1, 'Ten chairs', 'ann@x.org', 1, 'info@example.com', 1, 1795366800, 1795366801);
INSERT INTO record_value VALUES (1, 'team', 'north');
INSERT INTO follower VALUES (1, 'ann@x.org');
INSERT INTO addressed VALUES (1, 'info@example.com');
INSERT INTO original VALUES (x'01', 0, x'78da0300000000010a');
INSERT INTO message (message_id, record, journal, digest, sender, subject, at, class, unpacked)
    VALUES ('<1@x.org>', 1, 1, x'01', 'ann@x.org', 'Ten chairs', 1795366800, 'person', 'done');
INSERT INTO message (message_id, record, parent, journal, digest, kind, direction, sender, subject,
    at, class) VALUES ('<2@example.com>', 1, 1, 1, x'02', 'notification', 'out',
    'info@example.com', 'Re: Ten chairs', 1795366800, 'auto-reply');
INSERT INTO content VALUES (1, 'Ann', '["info@example.com"]', '[]', 'Ten chairs',
    '2026-11-22T17:00:00Z', 'Please.', '', 'Please.', '[]');
INSERT INTO attachment (message, filename, original_filename, content_type, size, sha256)
    VALUES (1, 'plan.pdf', 'plan.pdf', 'application/pdf', 3, 'ab');
INSERT INTO attachment_data VALUES ('ab', 0, x'78da0300000000010a');
INSERT INTO known_id VALUES ('<1@x.org>', 'info@example.com', 1, 1, 1, 1, 1, 'in', x'03', x'01', 1);
INSERT INTO journal (at, channel, sender, message_id, subject, size, digest, outcome, rule, reason,
    duration_ms) VALUES (1795366800, 'pipe', 'ann@x.org', '<1@x.org>', 'Ten chairs', 9, x'01',
    'created', 'alias', 'why', 5);
INSERT INTO journal_recipient VALUES (1, 0, 'info@example.com', 'created', 'alias', '2.0.0', 'why');
INSERT INTO journal_record VALUES (1, 0, 1, 'lead', 'created', 'info@example.com');
INSERT INTO quarantine (journal, at, reason, detail, sender, recipients, subject, digest)
    VALUES (1, 1795366800, 'loop', 'why', 'ann@x.org', 'info@example.com', 'Ten chairs', x'01');
INSERT INTO opening (at, author, model, alias, held, journal)
    VALUES (1795366800, 'ann@x.org', 1, 1, 0, 1);
INSERT INTO allow (pattern) VALUES ('*@x.org');
INSERT INTO block (pattern) VALUES ('eve@z.org');
INSERT INTO outbox (kind, notice, about, message_id, message, sender, recipient, subject, digest,
    at) VALUES ('notification', 'acknowledgement', '<1@x.org>', '<2@example.com>', 2,
    'bounce@example.com', 'ann@x.org', 'Re: Ten chairs', x'02', 1795366800);
INSERT INTO outbox (kind, notice, about, message_id, sender, recipient, subject, digest, at)
    VALUES ('notice', 'catchall', '<3@x.org>', '<4@example.com>', '', 'ann@x.org', 'Re: x', x'02',
    1795366800);
INSERT INTO audit (at, who, action, object) VALUES (1795366800, 'root', 'add', 'domain x');
INSERT INTO search (rowid, subject, body, attachments)
    VALUES (1, 'Ten chairs', 'Please.', 'plan.pdf');
INSERT INTO journal (at, channel, message_id, subject, size, digest, outcome, rule, reason,
    duration_ms) VALUES (1795366802, 'pipe', '<5@x.org>', 'Report', 9, x'04', 'report', 'report',
    'why', 5);
INSERT INTO journal_recipient VALUES
    (2, 0, 'bounce@example.com', 'report', 'report', '2.0.0', 'why');
INSERT INTO journal (at, channel, message_id, subject, size, digest, outcome, rule, reason,
    duration_ms) VALUES (1795366803, 'pipe', '<6@x.org>', 'Both', 9, x'05', 'created', 'alias',
    'why', 5);
INSERT INTO journal_recipient VALUES (3, 0, 'info@example.com', 'created', 'alias', '2.0.0', 'why');
INSERT INTO journal_recipient VALUES
    (3, 1, 'bounce@example.com', 'report', 'report', '2.0.0', 'why');
"""
SECOND = """
UPDATE contact SET bounces = 2, bounced_since = 1795366800, suppressed = 1;
UPDATE outbox SET head = x'0a', holder = 'a host', held_until = 1795366900 WHERE id = 1;
INSERT INTO notification (message, recipient, outbox, status, failure_type, failure_reason,
    status_code, dismissed, at)
    VALUES (2, 'ann@x.org', 1, 'bounced', 'address', 'no such user', '5.1.1', 1, 1795366800);
INSERT INTO report VALUES (2, 'done');
INSERT INTO report_line VALUES (2, 0, 'failure', 'ann@x.org', 'failed', '5.1.1', 'gone', 2, 1);
"""
ADDED = {1: FIRST, 2: SECOND}
"""The rows that a schema has beyond those of the one before, by its number."""


def database_of(path: Path, number: int) -> Database:
    """Return a database of an earlier schema in which every table has rows."""
    database = create_file(str(path))
    with database.writing() as connection:
        for step, text in migrations()[:number]:
            for statement in statements(text):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {step:d}")
        for step in range(1, number + 1):
            for statement in statements(ADDED[step]):
                connection.execute(statement)
    return database
