"""Programs that others use to fetch mail, set up to do what mailgate does: take all, delete none.

mbsync (isync) and mpop are Debian packages; getmail6 comes from PyPI, into build/peers, since
Debian 12's can stall. What is not there is not measured.
"""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from pathlib import Path

from system.dovecot import Dovecot

GETMAIL = Path(__file__).parents[1] / "build" / "peers" / "bin" / "getmail"
MAILDIR = ("cur", "new", "tmp")


class Peer(ABC):
    """One program; ``folder`` is for one run, and is any user's to write."""

    name = ""

    def __init__(self, dovecot: Dovecot, password: Path) -> None:
        self.dovecot = dovecot
        self.password = password

    @abstractmethod
    def is_there(self) -> bool:
        """Return whether it is installed."""

    @abstractmethod
    def command(self, user: str, folder: Path) -> list[str]:
        """Write its configuration and return the command that takes this user's mail."""

    def mails(self, folder: Path) -> int:
        """Return how many messages it has taken."""
        return sum(1 for _ in (folder / "Maildir").glob("[cn][ue][rw]/*.*"))


class Mbsync(Peer):
    """IMAP to a Maildir, each message flushed to disk."""

    name = "mbsync, IMAP"

    def is_there(self) -> bool:
        """Look for it."""
        return shutil.which("mbsync") is not None

    def command(self, user: str, folder: Path) -> list[str]:
        """Pull everything, with a state of its own."""
        (folder / "rc").write_text(
            f"IMAPAccount a\nHost 127.0.0.1\nPort {self.dovecot.imap}\nUser {user}\n"
            f'PassCmd "cat {self.password}"\nSSLType None\nAuthMechs LOGIN\n\n'
            f"IMAPStore far\nAccount a\n\nMaildirStore near\nPath {folder}/\n"
            f"Inbox {folder}/Maildir\n\nChannel c\nFar :far:INBOX\nNear :near:INBOX\n"
            f"Sync Pull\nCreate Near\nSyncState {folder}/state\n"
        )
        return ["mbsync", "-q", "-c", str(folder / "rc"), "c"]


class Mpop(Peer):
    """POP3 to a Maildir."""

    name = "mpop, POP3"

    def is_there(self) -> bool:
        """Look for it."""
        return shutil.which("mpop") is not None

    def command(self, user: str, folder: Path) -> list[str]:
        """Take everything and keep it on the server."""
        for part in MAILDIR:
            (folder / "Maildir" / part).mkdir(parents=True)
        (folder / "rc").write_text(
            "defaults\ntls off\nauth user\nkeep on\n\n"
            f"account a\nhost 127.0.0.1\nport {self.dovecot.pop3}\nuser {user}\n"
            f"passwordeval cat {self.password}\ndelivery maildir {folder}/Maildir\n"
            f"uidls_file {folder}/uidls\n"
        )
        (folder / "rc").chmod(0o600)
        return ["mpop", "-q", "-C", str(folder / "rc"), "a"]


class Getmail(Peer):
    """IMAP to a Maildir by getmail6, which refuses to run as root."""

    name = "getmail6, IMAP"

    def is_there(self) -> bool:
        """Look for it."""
        return GETMAIL.exists()

    def command(self, user: str, folder: Path) -> list[str]:
        """Take everything, without lines of its own in the header."""
        for part in MAILDIR:
            (folder / "Maildir" / part).mkdir(parents=True)
        (folder / "rc").write_text(
            f"[retriever]\ntype = SimpleIMAPRetriever\nserver = 127.0.0.1\n"
            f"port = {self.dovecot.imap}\nusername = {user}\n"
            f'password_command = ("cat", "{self.password}")\n\n'
            f"[destination]\ntype = Maildir\npath = {folder}/Maildir/\n\n"
            "[options]\nread_all = true\ndelete = false\ndelivered_to = false\n"
            "received = false\nverbose = 0\n"
        )
        for path in (folder, *folder.rglob("*"), self.password):
            shutil.chown(path, "nobody", "nogroup")
        as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        return [*as_nobody, str(GETMAIL), "--getmaildir", str(folder), "--rcfile", "rc"]


PEERS: tuple[type[Peer], ...] = (Mbsync, Mpop, Getmail)
