"""What the tests ask of any mail server that runs on a private machine before an own mailgate."""

from __future__ import annotations

import email
import email.policy
import re
import smtplib
import socket
from abc import ABC, abstractmethod
from email.message import EmailMessage

from system.gateway import Gateway
from system.machine import Machine, wait_until

CATCH = """#!/bin/sh
file=$(mktemp /var/caught/.XXXXXX) && cat > "$file" &&
mv "$file" "/var/caught/${1:-$LOCAL_PART@$DOMAIN}.${file##*.}"
"""
"""Keeps the mail that the server sends to src.test, where the tests' senders live.

The files are named after the recipient, who is the argument or in the environment.
"""
OUTGOING = {
    "smtp": '[outgoing]\ntransport = "smtp"\nhost = "localhost"\n',
    "sendmail": '[outgoing]\ntransport = "sendmail"\nsendmail = ["/usr/sbin/sendmail", "-i"]\n',
}
"""What the configuration file says for mail to leave through the server itself."""


class Connection(smtplib.SMTP):
    """An SMTP session over a socket that is connected already."""

    def __init__(self, connected: socket.socket) -> None:
        self._connected = connected
        super().__init__("mail.example.com", 25, local_hostname="src.test", timeout=60)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._connected


class Mta(ABC):
    """A mail server on `machine` that hands mail for example.com to `gateway`."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.gateway = Gateway(machine)
        self.caught = machine.root / "var" / "caught"

    @abstractmethod
    def unpack(self) -> None:
        """Make the folders and users that the Debian package makes when it is installed."""

    @abstractmethod
    def install(self) -> None:
        """Install mailgate and configure the server by the commands of the documentation."""

    @abstractmethod
    def start(self) -> None:
        """Start the server on that configuration and what the tests add to it."""

    @abstractmethod
    def flush(self) -> None:
        """Try at once what waits in the queue."""

    @abstractmethod
    def queued(self) -> bool:
        """Return whether anything waits in the queue."""

    @abstractmethod
    def delay_reasons(self, sender: str) -> list[str]:
        """Return why the mail of a sender was deferred, one reason for each time it was."""

    @abstractmethod
    def writers(self) -> list[int]:
        """Return the processes that hand messages over, as the host numbers them."""

    @abstractmethod
    def log(self) -> str:
        """Return the server's log."""

    def lay_out_catch(self) -> None:
        """Put the program in place that keeps mail to src.test."""
        catch = self.machine.root / "usr" / "local" / "bin" / "catch"
        catch.write_text(CATCH)
        catch.chmod(0o755)
        self.caught.mkdir()
        self.caught.chmod(0o777)

    def send(
        self,
        sender: str,
        recipients: str | list[str],
        message: str | bytes,
        options: tuple[str, ...] = (),
    ) -> None:
        """Hand over a message by SMTP; `recipients` that are refused are an error."""
        content = message.encode() if isinstance(message, str) else message
        with Connection(self.machine.connect(25)) as session:
            refused = session.sendmail(sender, recipients, content, mail_options=options)
        if refused:
            raise AssertionError(f"refused at RCPT: {refused}")

    def wait_deferred(self, sender: str) -> str:
        """Wait until a message from `sender` was deferred, and return the reason."""
        return wait_until(lambda: self.delay_reasons(sender), f"deferred mail from {sender}")[0]

    def wait_empty(self, seconds: float = 60) -> None:
        """Try what waits at once, until nothing waits."""
        self.flush()
        wait_until(lambda: not self.queued(), "an empty queue", seconds)

    def send_out(self, transport: str = "smtp") -> None:
        """Have mailgate send its mail through this server."""
        folder = self.machine.root / "etc" / "mailgate"
        folder.mkdir(exist_ok=True)
        (folder / "mailgate.toml").write_text(OUTGOING[transport])

    def raw_mail(self, recipient: str) -> list[bytes]:
        """Return what an address at src.test got, as it was handed over, the oldest first."""
        files = [file for file in self.caught.glob("[!.]*") if file.name.startswith(recipient)]
        return [file.read_bytes() for file in sorted(files, key=lambda f: f.stat().st_mtime_ns)]

    def mail(self, recipient: str) -> list[EmailMessage]:
        """Return what an address at src.test got, the oldest first."""
        return [
            email.message_from_bytes(raw, policy=email.policy.default)
            for raw in self.raw_mail(recipient)
        ]

    def wait_mail(self, recipient: str) -> list[EmailMessage]:
        """Wait until an address at src.test got mail, and return it."""
        return wait_until(lambda: self.mail(recipient), f"mail to {recipient}")

    def bounces(self, sender: str) -> list[EmailMessage]:
        """Return the bounces that were sent to an address at src.test."""
        caught = [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in self.caught.glob("[!.]*")
        ]
        return [bounce for bounce in caught if sender in str(bounce["To"])]

    def wait_bounce(self, sender: str) -> str:
        """Wait for the bounce to a sender, and return it as text, with blanks for line ends."""
        (bounce,) = wait_until(lambda: self.bounces(sender), f"a bounce to {sender}")
        return re.sub(r"\s+", " ", bounce.as_string())
