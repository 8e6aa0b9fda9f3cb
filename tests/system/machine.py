"""A machine inside this machine: root's private view of the system, in which a server can run.

It has its own processes, network (loopback only), host name, /etc, /opt, /var, /run and
/usr/local/bin; all else is shared with the host. Configuration files are used there exactly as an
administrator would use them, no port is taken from anyone, and when it is switched off nothing is
left. Needs root and unshare(1), nsenter(1) and setpriv(1) of util-linux.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
REPOSITORY = Path(__file__).parents[2]
SOURCE = Path("/mnt")
"""Where the repository is seen from inside, read-only."""

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}
BOOT = """
set -e
mount --make-rprivate /
[ -z "$3" ] || mount -t overlay overlay -o "lowerdir=$3/usr:/usr" /usr
mount --bind "$2" /mnt
mount -o remount,ro,bind /mnt
for folder in etc opt run usr/local/bin var; do
    mount --bind "$1/$folder" "/$folder"
done
hostname mail.example.com
umask 022
echo up
while :; do sleep 3600 & wait $!; done
"""
LOOPBACK_UP = """
import fcntl, socket, struct
SIOCSIFFLAGS, IFF_UP_RUNNING = 0x8914, 0x41
fcntl.ioctl(socket.socket(), SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP_RUNNING))
"""
CLONE_NEWNET = 0x40000000


class Machine:
    """One such machine, with its private folders under `root`; `with` switches it on and off.

    Where `packages` is given, the machine has Debian packages that the host has not: those that
    dpkg-deb(1) has unpacked there.
    """

    def __init__(self, root: Path, packages: Path | None = None) -> None:
        self.root = root
        self._packages = packages
        self._init = 0
        self._unshare: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Machine:
        self._lay_out()
        self._unshare = subprocess.Popen(
            [
                *("setpriv", "--pdeathsig", "KILL"),
                *("unshare", "--mount", "--net", "--pid", "--uts", "--ipc"),
                *("--fork", "--mount-proc", "--kill-child"),
                *("sh", "-c", BOOT, "init", str(self.root), str(REPOSITORY)),
                str(self._packages or ""),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
            cwd="/",
        )
        if self._unshare.stdout is None or self._unshare.stdout.readline() != b"up\n":
            raise RuntimeError("the private machine did not start")
        parent = self._unshare.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        self._init = int(children.split()[0])
        self._in_network(sys.executable, "-I", "-c", LOOPBACK_UP)
        return self

    def __exit__(self, *_: object) -> None:
        if self._unshare is not None:
            self._unshare.kill()
            self._unshare.communicate()

    def _lay_out(self) -> None:
        for copied in ("etc", "usr/local/bin"):
            (self.root / copied).parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-a", f"/{copied}", self.root / copied], check=True)
        for made in ("opt", "run", "var/lib", "var/log", "var/mail", "var/spool"):
            (self.root / made).mkdir(parents=True)
        (self.root / "var" / "tmp").mkdir()
        (self.root / "var" / "tmp").chmod(0o1777)
        (self.root / "var" / "run").symlink_to("/run")
        self.root.chmod(0o755)

    def _in_network(self, *argv: str) -> None:
        command = ["nsenter", "--target", str(self._init), "--net", "--", *argv]
        subprocess.run(command, timeout=60, check=True)

    def command(self, *argv: str, user: str = "root", folder: str = "/") -> list[str]:
        """Return the command, for the host, that runs `argv` inside as `user`, in `folder`."""
        inside = f"cd '{folder}' && exec \"$@\""
        change = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        return [
            *("nsenter", "--target", str(self._init), "--all", "--wd=/", "--"),
            *("env", "-i", *(f"{name}={value}" for name, value in ENVIRONMENT.items())),
            *(change if user != "root" else []),
            *("sh", "-c", inside, "sh", *argv),
        ]

    def run(
        self,
        *argv: str,
        user: str = "root",
        folder: str = "/",
        stdin: bytes = b"",
        status: int = 0,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """Run a command inside and return its stdout; any exit status but `status` is an error."""
        variables = [f"{name}={value}" for name, value in (environment or {}).items()]
        done = subprocess.run(
            self.command("env", *variables, *argv, user=user, folder=folder),
            input=stdin,
            capture_output=True,
            timeout=300,
        )
        if done.returncode != status:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise AssertionError(f"{' '.join(argv)[:200]}: status {done.returncode}\n{said}")
        return done.stdout.decode(errors="replace")

    def connect(self, port: int) -> socket.socket:
        """Return a TCP connection to a port of the machine, usable from outside."""
        connected: list[socket.socket] = []

        def inside() -> None:  # a thread may be in another network than its process
            with Path(f"/proc/{self._init}/ns/net").open("rb") as network:
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.setns(network.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            connected.append(socket.create_connection(("127.0.0.1", port), timeout=60))

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        if not connected:
            raise ConnectionError(f"no connection to port {port}")
        return connected[0]

    def processes(self, name: str) -> dict[int, list[str]]:
        """Return the machine's processes of that name: the id, as the host knows it, and words."""
        network = os.readlink(f"/proc/{self._init}/ns/net")
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if (folder / "comm").read_text().strip() != name:
                    continue
                if os.readlink(folder / "ns" / "net") == network:
                    found[int(folder.name)] = (folder / "cmdline").read_text().split("\0")
            except OSError:
                continue
        return found


def wait_until(ready: Callable[[], T], what: str, seconds: float = 60) -> T:
    """Return the first true value of `ready`, asked again and again for at most `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := ready()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)
    return answer
