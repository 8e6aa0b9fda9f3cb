"""A real Postfix on a private machine, running on exactly the files of examples/postfix."""

from __future__ import annotations

import json
from typing import Any

from system.machine import REPOSITORY
from system.mta import Mta

EXAMPLES = REPOSITORY / "examples" / "postfix"
FOR_TESTS_MAIN = (
    "maillog_file = /var/log/mail.log",
    "minimal_backoff_time = 2s",
    "maximal_backoff_time = 4s",
    "queue_run_delay = 2s",
    "transport_retry_time = 2s",
    "service_throttle_time = 1s",
    "local_recipient_maps =",
    "transport_maps = inline:{ { src.test = catch: } }",
    r"virtual_mailbox_domains = example.com, regexp:{ { /\.example$$/ ok } }",
)
"""Set for the tests: quick retries, a log file without syslog, mail to src.test kept, and every
domain below .example routed to mailgate, for tests that need domains of their own; mailboxes that
do not exist are found out by local(8), which sends a report.

In place of the lines that are there: a line twice makes every daemon warn of it, and warnings by
the dozen before postlogd(8) runs fill the socket that it is to read.
"""
FOR_TESTS_MASTER = """
catch unix - n n - 4 pipe user=nobody:nogroup argv=/usr/local/bin/catch ${recipient}
"""


class Postfix(Mta):
    """Postfix, as the README's guide sets it up."""

    def unpack(self) -> None:
        """Make the queue and data directories."""
        self.machine.run("install", "-d", "/var/spool/postfix")
        self.machine.run("install", "-d", "-o", "postfix", "-g", "postfix", "/var/lib/postfix")

    def install(self) -> None:
        """Run all the README's commands; the letter at their end waits for the start."""
        self.gateway.run_guide()

    def start(self) -> None:
        """Add what the tests need to the configuration, and start."""
        folder = self.machine.root / "etc" / "postfix"
        for name in ("main.cf", "master.cf"):
            if (folder / name).read_text() != (EXAMPLES / name).read_text():
                raise AssertionError(f"{folder / name} is not the example")
        self.machine.run("postconf", "-e", *FOR_TESTS_MAIN)
        services = folder / "master.cf"
        services.write_text(services.read_text() + FOR_TESTS_MASTER)
        self.lay_out_catch()
        self.machine.run("postfix", "start")

    def flush(self) -> None:
        """Run the queue with postqueue(1)."""
        self.machine.run("postqueue", "-f")

    def queued(self) -> bool:
        """Return whether postqueue(1) lists anything."""
        return bool(self._queue())

    def delay_reasons(self, sender: str) -> list[str]:
        """Return the reasons that postqueue(1) shows, one for each recipient."""
        return [
            recipient["delay_reason"]
            for message in self._queue()
            for recipient in message["recipients"]
            if message["sender"] == sender and "delay_reason" in recipient
        ]

    def writers(self) -> list[int]:
        """Return all pipe(8) daemons."""
        return list(self.machine.processes("pipe"))

    def log(self) -> str:
        """Return the file that stands in for syslog."""
        return (self.machine.root / "var" / "log" / "mail.log").read_text(errors="replace")

    def _queue(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.machine.run("postqueue", "-j").splitlines()]
