"""A real Dovecot in a private folder, on ports of the loopback interface that were free.

Every user exists, with the password below. It runs without any of the system's configuration and
leaves nothing behind. Needs root, and dovecot-imapd and dovecot-pop3d to be installed.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import SystemRandom

from system.certificates import Certificates
from system.machine import wait_until

PASSWORD = 'se cr%et"s\\'
CONFIG = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = {strict}
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
mail_location = maildir:{root}/mail/%u
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
mail_fsync = never
mail_max_userip_connections = 100
{more}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=anyone {root}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={root}/mail/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


def free_ports(many: int) -> list[int]:
    """Return ports of the loopback interface that nobody listens on.

    They are chosen by chance, below those that the system gives to connections: tests that run at
    the same time do not meet there.
    """
    found: list[int] = []
    while len(found) < many:
        port = SystemRandom().randrange(20000, 32000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
    return found


class Dovecot:
    """The server; ``with`` starts and stops it. ``imap``, ``imaps``, ``pop3``, ``pop3s``: ports."""

    def __init__(
        self,
        root: Path,
        certificates: Certificates,
        *,
        certificate: Path | None = None,
        mechanisms: str = "plain login",
        strict: bool = False,
        more: str = "",
    ) -> None:
        """``root`` is a folder that any user can reach, so none of pytest's.

        ``strict`` demands TLS before a password; ``more`` is put into the configuration.
        """
        self.root = root
        self.imap, self.imaps, self.pop3, self.pop3s = free_ports(4)
        self._serial = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        root.chmod(0o755)
        (root / "mail").mkdir()
        shutil.chown(root / "mail", "nobody", "nogroup")
        (root / "users").write_text(f"anyone:{{PLAIN}}{PASSWORD}\n")
        (root / "dovecot.conf").write_text(
            CONFIG.format(
                root=root,
                certificate=certificate or certificates.good,
                mechanisms=mechanisms,
                strict="yes" if strict else "no",
                more=more,
                imap=self.imap,
                imaps=self.imaps,
                pop3=self.pop3,
                pop3s=self.pop3s,
            )
        )

    def __enter__(self) -> Dovecot:
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "dovecot", "-F", "-c", self.root / "dovecot.conf"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.root / "errors").open("wb"),
        )
        try:
            wait_until(self._answers, "Dovecot answers", 20)
        except AssertionError:
            self.__exit__()
            raise AssertionError(f"Dovecot does not start: {self.log()}") from None
        return self

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.imap), timeout=5) as connected:
                return connected.recv(4) == b"* OK"
        except OSError:
            return False

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=20)

    def log(self) -> str:
        """Return what the server has written about itself."""
        files = (self.root / "log", self.root / "errors")
        return "".join(f.read_text(errors="replace") for f in files if f.exists())

    def maildir(self, user: str, folder: str = "") -> Path:
        """Return the directory of a folder as Maildir++ names it (``.Work``), made if need be."""
        path = self.root / "mail" / user / folder
        if not path.exists():
            for each in (path.parent if folder else None, path):
                if each is not None and not each.exists():
                    each.mkdir()
            for part in ("cur", "new", "tmp"):
                (path / part).mkdir()
            for each in (path.parent, path, *path.iterdir()):
                if each != self.root / "mail":
                    shutil.chown(each, "nobody", "nogroup")
        return path

    def put(self, user: str, messages: Iterable[bytes], folder: str = "", at: float = 0) -> None:
        """Lay messages into a user's folder; ``at`` is when they arrived, now unless told."""
        new = self.maildir(user, folder) / "new"
        for message in messages:
            number = next(self._serial)
            path = new / f"{int(time.time())}.M{number:06}P{os.getpid()}.test"
            path.write_bytes(message)
            shutil.chown(path, "nobody", "nogroup")
            if at:
                os.utime(path, (at, at))

    def files(self, user: str, folder: str = "") -> dict[str, str]:
        """Return a folder's messages, by file name, with their flags (``S`` is seen)."""
        path = self.maildir(user, folder)
        names = [each.name for part in ("cur", "new") for each in (path / part).iterdir()]
        return {name.partition(":")[0]: name.partition(":2,")[2] for name in sorted(names)}

    def forget(self, user: str, folder: str = "") -> None:
        """Make all UIDs, and UIDVALIDITY, new."""
        path = self.maildir(user, folder)
        for each in (path / "dovecot-uidlist", *path.glob("dovecot.index*")):
            each.unlink()
