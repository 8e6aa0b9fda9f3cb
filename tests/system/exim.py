"""A real Exim on a private machine, running on exactly the file of examples/exim."""

from __future__ import annotations

import re

from system.gateway import commands
from system.machine import REPOSITORY
from system.mta import Mta

EXAMPLES = REPOSITORY / "examples" / "exim"
FOR_TESTS = (
    ("mailgate_domains = example.com", "mailgate_domains = example.com : *.example"),
    ("auto_thaw = 15m", "auto_thaw = 1s"),
    (
        "begin routers\n",
        "begin routers\ncatch:\n  driver = accept\n  domains = src.test\n  transport = catch\n",
    ),
    (
        "begin transports\n",
        "begin transports\ncatch:\n  driver = pipe\n  command = /usr/local/bin/catch\n"
        "  user = nobody\n  group = nogroup\n",
    ),
    ("begin retry\n", "begin retry\n*  *  F,1h,1s\n"),
)
"""What the tests change: quick retries, mail to src.test kept, and more domains for mailgate."""


class Exim(Mta):
    """Exim, installed by the README's guide and configured by that of examples/exim."""

    def unpack(self) -> None:
        """Make Exim's user, spool and log."""
        self.machine.run("useradd", "--system", "--user-group", "Debian-exim")
        owner = ("-o", "Debian-exim", "-g", "Debian-exim")
        for folder in ("/etc/exim4", "/var/spool/exim4", "/var/log/exim4", "/run/exim4"):
            self.machine.run("install", "-d", *owner, folder)

    def install(self) -> None:
        """Run the README's commands, with those for Postfix replaced by those for Exim."""
        guide = (EXAMPLES / "README.md").read_text()
        self.gateway.run_guide(commands(guide, "Installing it"))

    def start(self) -> None:
        """Change what the tests need in the configuration, and start."""
        file = self.machine.root / "etc" / "exim4" / "exim4.conf"
        text = file.read_text()
        if text != (EXAMPLES / "exim4.conf").read_text():
            raise AssertionError(f"{file} is not the example")
        for old, new in FOR_TESTS:
            if text.count(old) != 1:
                raise AssertionError(f"{old!r} is in {file} {text.count(old)} times")
            text = text.replace(old, new)
        file.write_text(text)
        self.lay_out_catch()
        self.machine.run("exim4", "-bd", "-q2s")

    def flush(self) -> None:
        """Run the queue, frozen messages too."""
        self.machine.run("exim4", "-qff")

    def queued(self) -> bool:
        """Return whether exim -bp lists anything."""
        return bool(self.machine.run("exim4", "-bp").strip())

    def delay_reasons(self, sender: str) -> list[str]:
        """Return what the log says about deferred mail of a sender, mailgate's line first."""
        arrival = re.search(rf"(\S+) <= {re.escape(sender)} ", self.log())
        if arrival is None:
            return []
        name = re.escape(arrival[1])
        return re.findall(rf"{name} (?:== .* defer |.* transport output: )(.*)", self.log())

    def writers(self) -> list[int]:
        """Return all of Exim but the daemon."""
        found = self.machine.processes("exim4")
        return [process for process, words in found.items() if "-bd" not in words]

    def log(self) -> str:
        """Return Exim's main log."""
        return (self.machine.root / "var" / "log" / "exim4" / "mainlog").read_text(errors="replace")
