"""A real Postfix on a private machine, running on exactly the files of examples/postfix."""

from __future__ import annotations

import email
import email.policy
import json
import re
import smtplib
import socket
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from system.machine import Machine, wait_until

EXAMPLES = Path(__file__).parents[2] / "examples" / "postfix"
FOR_TESTS_MAIN = """
# Appended for the tests: quick retries, a log file without syslog, and mail to src.test kept.
maillog_file = /var/log/mail.log
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
transport_retry_time = 2s
service_throttle_time = 1s
transport_maps = inline:{ { src.test = catch: } }
"""
FOR_TESTS_MASTER = """
catch unix - n n - 4 pipe user=nobody:nogroup argv=/usr/local/bin/catch
"""
CATCH = """#!/bin/sh
file=$(mktemp /var/caught/.XXXXXX) && cat > "$file" && mv "$file" "/var/caught/${file##*.}"
"""


class Connection(smtplib.SMTP):
    """An SMTP session over a socket that is connected already."""

    def __init__(self, connected: socket.socket) -> None:
        self._connected = connected
        super().__init__("mail.example.com", 25, local_hostname="src.test", timeout=60)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._connected


class Postfix:
    """The MTA of `machine`, whose /etc/postfix the README's commands have filled."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.etc = machine.root / "etc" / "postfix"
        self.caught = machine.root / "var" / "caught"

    def unpack(self) -> None:
        """Make the folders that Debian's package makes when it is installed."""
        self.machine.run("install", "-d", "/var/spool/postfix")
        self.machine.run("install", "-d", "-o", "postfix", "-g", "postfix", "/var/lib/postfix")

    def start(self) -> None:
        """Add what the tests need to the configuration, and start."""
        for name, addition in (("main.cf", FOR_TESTS_MAIN), ("master.cf", FOR_TESTS_MASTER)):
            file = self.etc / name
            if file.read_text() != (EXAMPLES / name).read_text():
                raise AssertionError(f"{file} is not the example")
            file.write_text(file.read_text() + addition)
        catch = self.machine.root / "usr" / "local" / "bin" / "catch"
        catch.write_text(CATCH)
        catch.chmod(0o755)
        self.caught.mkdir()
        self.caught.chmod(0o777)
        self.machine.run("postfix", "start")

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

    def queue(self) -> list[dict[str, Any]]:
        """Return what waits in the queue, as postqueue(1) describes it."""
        return [json.loads(line) for line in self.machine.run("postqueue", "-j").splitlines()]

    def delay_reasons(self, sender: str) -> list[str]:
        """Return why the mail of a sender was deferred, one reason for each recipient that was."""
        return [
            recipient["delay_reason"]
            for message in self.queue()
            for recipient in message["recipients"]
            if message["sender"] == sender and "delay_reason" in recipient
        ]

    def wait_deferred(self, sender: str, seconds: float = 60) -> str:
        """Wait until a message from `sender` was deferred, and return the reason."""
        what = f"deferred mail from {sender}"
        return wait_until(lambda: self.delay_reasons(sender), what, seconds)[0]

    def wait_empty(self, seconds: float = 60) -> None:
        """Try what waits at once, until nothing waits."""
        self.machine.run("postqueue", "-f")
        wait_until(lambda: not self.queue(), "an empty queue", seconds)

    def bounces(self, sender: str) -> list[EmailMessage]:
        """Return the bounces that were sent to an address at src.test."""
        caught = [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in self.caught.glob("[!.]*")
        ]
        return [bounce for bounce in caught if sender in str(bounce["To"])]

    def wait_bounce(self, sender: str) -> str:
        """Wait for the bounce to a sender, and return its text and its report for machines."""
        (bounce,) = wait_until(lambda: self.bounces(sender), f"a bounce to {sender}")
        return re.sub(r"\s+", " ", bounce.as_string())

    def log(self) -> str:
        """Return Postfix's log."""
        return (self.machine.root / "var" / "log" / "mail.log").read_text(errors="replace")
