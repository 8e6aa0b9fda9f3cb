"""What an administrator does to records: values, state, followers, merging, deleting."""

from __future__ import annotations

from mailgate.entities import names
from mailgate.entities.field import NAME
from mailgate.entities.model import assignments
from mailgate.entities.nearest import unknown
from mailgate.entities.record import Record
from mailgate.errors import MailgateError
from mailgate.store import conversations, models, records
from mailgate.store.change import Change


def set_values(change: Change, number: int, texts: tuple[str, ...]) -> Record:
    """Set fields (FIELD=VALUE) of a record; ``name`` is its name."""
    old = records.get(change.connection, number)
    model = models.get(change.connection, old.model)
    fields = models.fields(change.connection, model.id)
    if "state" not in fields:
        _refuse_state(number, texts)
    for field, value in assignments(texts, fields, model.name).items():
        if field == NAME:
            conversations.rename(change.connection, number, value)
        else:
            conversations.put_value(change.connection, number, field, value)
    return _changed(change, "set", old)


def _refuse_state(number: int, texts: tuple[str, ...]) -> None:
    for text in texts:
        name, _, value = text.partition("=")
        if name.strip().lower() == "state":
            verb = "reopen" if value.strip().lower() == "open" else "close"
            raise MailgateError(f"state is no field: use mailgate record {verb} {number}")


def set_state(change: Change, number: int, state: str) -> Record:
    """Make a record open or closed."""
    old = records.get(change.connection, number)
    conversations.set_state(change.connection, number, state)
    return _changed(change, "close" if state == "closed" else "reopen", old)


def follow(change: Change, number: int, address: str) -> Record:
    """Let an address get a record's messages."""
    old = records.get(change.connection, number)
    conversations.follow(change.connection, number, names.address(address))
    return _changed(change, "follow", old)


def unfollow(change: Change, number: int, address: str) -> Record:
    """Let an address get a record's messages no longer."""
    old = records.get(change.connection, number)
    gone = names.address(address)
    if gone not in old.followers:
        listing = f"mailgate record show {number}"
        raise unknown(f"follower of record {number}:", gone, old.followers, listing)
    conversations.unfollow(change.connection, number, gone)
    return _changed(change, "unfollow", old)


def merge(change: Change, number: int, into: int) -> Record:
    """Move all that a record has into another, which is returned; the record is gone then."""
    if number == into:
        raise MailgateError(f"record {number} cannot be merged into itself: name another")
    old = records.get(change.connection, number)
    target = records.get(change.connection, into)
    conversations.merge(change.connection, number, into)
    conversations.touch(change.connection, into, change.at)
    merged = records.get(change.connection, into)
    change.note("merge", f"record {number}", old, None)
    change.note("merge", f"record {into}", target, merged)
    return merged


def delete(change: Change, number: int) -> Record:
    """Remove a record with its messages and return it as it was; the audit keeps no content."""
    old = records.get(change.connection, number)
    conversations.delete(change.connection, number)
    change.note("delete", f"record {number}", {"id": old.id, "model": old.model}, None)
    return old


def _changed(change: Change, action: str, old: Record) -> Record:
    if records.get(change.connection, old.id) != old:
        conversations.touch(change.connection, old.id, change.at)
    new = records.get(change.connection, old.id)
    if new != old:
        change.note(action, f"record {old.id}", old, new)
    return new
