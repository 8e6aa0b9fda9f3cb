"""A mailgate as pip installs it, in a private virtual environment, and altered copies of it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DRIVER = Path(__file__).with_name("driver.py")
DOMAIN = "example.com"
ALIASES = ("info", "support")
_WORKER = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from mailgate.__main__ import main
sys.exit(main())
"""
_ENTRY = """
import mailgate_faults
mailgate_faults.arm()
from mailgate.real_main import main, run
if __name__ == "__main__":
    raise SystemExit(main())
"""


class Installation:
    """A virtual environment with mailgate in it; ``folder`` is its root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.front = folder / "bin" / "mailgate-deliver"
        self.python = folder / "bin" / "python3"

    @classmethod
    def build(cls, folder: Path) -> Installation:
        """Make the environment and install the checkout with pip."""
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = str(folder / "bin" / "python3")
        pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        for step in (["install", str(REPOSITORY)], ["uninstall", "--yes", "setuptools", "pip"]):
            done = subprocess.run([*pip, *step], capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"pip {step[0]}: {done.stderr}")
        return cls(folder)

    @property
    def packages(self) -> Path:
        """The folder that holds the package mailgate."""
        (found,) = self.folder.glob("lib/python3*/site-packages")
        return found

    @property
    def worker(self) -> list[str]:
        """The command that the front runs."""
        return [str(self.python), "-I", "-S", "-c", _WORKER, str(self.packages), "deliver"]

    def copy(self, folder: Path) -> Installation:
        """Copy the environment; the copy's own front runs the copy's own package."""
        shutil.copytree(self.folder, folder, symlinks=True)
        script = folder / "bin" / "mailgate"
        script.write_text(script.read_text().replace(str(self.folder), str(folder)))
        return Installation(folder)

    def with_driver(self, folder: Path) -> Installation:
        """Copy the environment and let ``FAULT`` say where the copy's worker breaks."""
        copied = self.copy(folder)
        package = copied.packages / "mailgate"
        shutil.copy(DRIVER, copied.packages / "mailgate_faults.py")
        (package / "__main__.py").rename(package / "real_main.py")
        (package / "__main__.py").write_text(_ENTRY)
        copied.compile()
        return copied

    def replace(self, module: str, old: str, new: str) -> None:
        """Alter the source of a module in exactly one place."""
        path = self.packages / "mailgate" / module
        text = path.read_text()
        if text.count(old) != 1:
            raise AssertionError(f"{module} has {old!r} {text.count(old)} times")
        path.write_text(text.replace(old, new))
        self.compile()

    def compile(self) -> None:
        """Compile the package as pip does after an installation."""
        drivers = self.packages.glob("mailgate_*.py")
        sources = [str(path) for path in (self.packages / "mailgate", *drivers)]
        subprocess.run([str(self.python), "-m", "compileall", "-q", *sources], check=True)

    def mailgate(self, database: Path, *arguments: str) -> str:
        """Run an administrator's command and return what it printed."""
        command = [str(self.python), "-I", "-m", "mailgate", "--db", str(database)]
        done = subprocess.run([*command, *arguments], check=True, capture_output=True, text=True)
        return done.stdout

    def database(self, path: Path, aliases: int = len(ALIASES)) -> Path:
        """Create a database with a domain, that many aliases, and no wish for free space."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.mailgate(path, "init", "--domain", DOMAIN)
        names = [*ALIASES, *(f"alias{number}" for number in range(len(ALIASES), aliases))]
        models = {0: "lead", 1: "ticket"}
        with sqlite3.connect(path) as connection:
            numbers = dict(connection.execute("SELECT name, id FROM model").fetchall())
            connection.executemany(
                "INSERT INTO alias (local_part, domain, model) VALUES (?, 1, ?)",
                [(name, numbers[models.get(at, "task")]) for at, name in enumerate(names)],
            )
            connection.execute("INSERT INTO parameter VALUES ('mail.disk.floor.mb', '0')")
        connection.close()
        return path


def environment(database: Path, **more: str) -> dict[str, str]:
    """Return the few variables that a mail server hands to a command."""
    return {"PATH": os.defpath, "MAILGATE_DB": str(database), "LANG": "C", **more}
