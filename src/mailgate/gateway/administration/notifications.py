"""What an administrator does with notifications: send a letter again, see that one failed."""

from __future__ import annotations

from mailgate.entities.notification import FAILED, Notification
from mailgate.errors import MailgateError
from mailgate.gateway import outbox
from mailgate.store import contacts, notifications, originals
from mailgate.store.change import Change


def resend(change: Change, number: int) -> Notification:
    """Queue the letter of a notification again, with the same Message-ID.

    What was sent goes out as a copy, what was not is due now. Raises MailgateError where the
    recipient is suppressed, or the letter is not kept, or on its way at the moment.
    """
    connection = change.connection
    old = notifications.get(connection, number)
    contact = contacts.find(connection, old.recipient)
    if contact is not None and contact.suppressed:
        raise MailgateError(
            f"{old.recipient} is suppressed: mailgate contact set {old.recipient} --no-suppressed"
            " lets mail go there again"
        )
    found = notifications.letter(connection, number)
    if found is None or not originals.exists(connection, found[2]):
        raise MailgateError(
            f"the letter of notification {number} is no longer kept: write anew with mailgate post"
        )
    letter, status, _ = found
    if status == "sent":
        letter = notifications.copy_letter(connection, letter, change.at)
    else:
        outbox.retry(change, letter)
    notifications.ready(connection, number, letter)
    new = notifications.get(connection, number)
    change.note("resend", f"notification {number}", old, new)
    return new


def dismiss(change: Change, number: int) -> Notification:
    """Take a failure off the list of failures; raises MailgateError where nothing failed."""
    found = notifications.get(change.connection, number)
    if found.status not in FAILED:
        raise MailgateError(
            f"notification {number} is {found.status}, it did not fail: mailgate notification list"
            " --failed shows what did"
        )
    if notifications.dismiss(change.connection, number):
        change.note("dismiss", f"notification {number}", found, found)
    return found
