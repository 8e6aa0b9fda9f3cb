"""What a mailbox does by itself, for tests: the local part of its address says what.

Run by Postfix's pipe(8) with the envelope's sender and the recipient; the message is on stdin.
"""

from __future__ import annotations

import email
import email.policy
import subprocess
import sys
from email.message import EmailMessage, Message
from email.utils import make_msgid, parseaddr


def sent(message: Message, sender: str, recipient: str) -> None:
    """Hand a message to sendmail(1)."""
    subprocess.run(
        ["/usr/sbin/sendmail", "-i", "-f", sender, "--", recipient],
        input=message.as_bytes(),
        check=True,
    )


def reply(message: Message, me: str) -> EmailMessage:
    """Return an answer that says nothing of being automatic."""
    made = EmailMessage()
    made["From"] = me
    made["Subject"] = f"Re: {message['Subject']}"
    made["Message-ID"] = make_msgid(domain="auto.test")
    made["In-Reply-To"] = message["Message-ID"]
    made["References"] = message["Message-ID"]
    made.set_content("I am away.\n")
    return made


def vacation(message: Message, sender: str, me: str) -> None:
    """Answer as RFC 3834 has it: the envelope's sender, never a null one, marked."""
    if not sender or message["Auto-Submitted"] not in (None, "no"):
        return
    made = reply(message, me)
    made["To"] = sender
    made["Auto-Submitted"] = "auto-replied"
    sent(made, "", sender)


def marked(message: Message, sender: str, me: str) -> None:
    """Answer whoever the header names, but marked."""
    to = parseaddr(message["Reply-To"] or message["From"])[1]
    made = reply(message, me)
    made["To"] = to
    made["Auto-Submitted"] = "auto-replied"
    sent(made, me, to)


def careless(message: Message, sender: str, me: str) -> None:
    """Answer whoever the header names, unmarked, each time."""
    to = parseaddr(message["Reply-To"] or message["From"])[1]
    made = reply(message, me)
    made["To"] = to
    sent(made, me, to)


def forward(message: Message, sender: str, me: str) -> None:
    """Forward the message as it is to where answers would go."""
    sent(message, sender, parseaddr(message["Reply-To"])[1])


def mailinglist(message: Message, sender: str, me: str) -> None:
    """Send the message to the list's member: with an id of the list's own."""
    member = parseaddr(message["Reply-To"])[1]
    message.replace_header("Message-ID", make_msgid(domain="list.test"))
    message["List-Id"] = "<list.auto.test>"
    message["Precedence"] = "list"
    sent(message, "list-owner@auto.test", member)


def strictlist(message: Message, sender: str, me: str) -> None:
    """Do the same, and take away every field it does not know but X-Loop."""
    del message["X-Mailgate-Message-ID"]
    mailinglist(message, sender, me)


if __name__ == "__main__":
    told = sys.argv[1].strip("<>")
    mine = sys.argv[2]
    read = email.message_from_binary_file(sys.stdin.buffer)
    globals()[mine.partition("@")[0].partition("-")[0]](read, told, mine)
