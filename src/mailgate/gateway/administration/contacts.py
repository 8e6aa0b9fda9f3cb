"""What an administrator does to contacts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailgate.entities import names
from mailgate.entities.contact import Contact
from mailgate.errors import MailgateError
from mailgate.store import contacts
from mailgate.store.change import Change


@dataclass(frozen=True, slots=True)
class ContactOptions:
    """What to set; None leaves a thing as it is."""

    name: str | None = None
    internal: bool | None = None
    suppressed: bool | None = None


def add_contact(change: Change, address: str, options: ContactOptions) -> Contact:
    """Add a contact."""
    new = names.address(address)
    if contacts.find(change.connection, new) is not None:
        raise MailgateError(
            f"contact {new} already exists: change it with mailgate contact set {new}"
        )
    contacts.insert(change.connection, new, options.name or "", bool(options.internal))
    contact = contacts.get(change.connection, new)
    change.note("add", f"contact {new}", None, contact)
    return contact


def set_contact(change: Change, name: str, options: ContactOptions) -> Contact:
    """Change a contact's name, whether it is internal, or whether it is written to.

    Who is suppressed no longer starts anew, without the failures that were counted.
    """
    old = contacts.get(change.connection, name)
    contact = replace(
        old,
        name=old.name if options.name is None else options.name.strip(),
        internal=old.internal if options.internal is None else options.internal,
        suppressed=old.suppressed if options.suppressed is None else options.suppressed,
        bounces=0 if options.suppressed is False else old.bounces,
    )
    contacts.update(change.connection, contact)
    if contact != old:
        change.note("set", f"contact {contact.address}", old, contact)
    return contact


def remove_contact(change: Change, name: str) -> Contact:
    """Remove a contact; its messages stay."""
    contact = contacts.get(change.connection, name)
    contacts.delete(change.connection, contact.id)
    change.note("remove", f"contact {contact.address}", contact, None)
    return contact
