"""A made-up environment around the sh front, for the tests of how it ends."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

FRONT = Path(__file__).parents[2] / "src" / "mailgate-deliver"
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
LINE = re.compile(rb"[45]\.\d\.\d{1,2} [^\n]+\n\Z")


@dataclass(frozen=True)
class House:
    """A made-up environment whose interpreter is any sh script, with the front beside it."""

    root: Path
    shell: str

    @property
    def front(self) -> Path:
        return self.root / "bin" / "mailgate-deliver"

    @property
    def command(self) -> list[str]:
        """The front as one particular shell runs it."""
        ash = ["busybox", "sh"] if self.shell == "busybox" else [self.shell]
        return [*ash, str(self.front)]

    def worker(self, script: str, name: str = "python3") -> None:
        write_program(self.root / "bin" / name, f"#!/bin/sh\n{script}\n")

    def run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*self.command, *arguments], input=stdin, capture_output=True, timeout=60
        )


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def furnish(root: Path, front: Path = FRONT) -> None:
    """Lay out an environment as pip leaves it: the package, its console script and the front."""
    package = root / "lib" / "python3.11" / "site-packages" / "mailgate"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text("")
    write_program(root / "bin" / "mailgate", "#!/bin/sh\nexit 99\n")
    shutil.copy2(front, root / "bin" / "mailgate-deliver")


def expect(answer: subprocess.CompletedProcess[bytes], status: int) -> bytes:
    """Check an ending against the contract, and return the line on stderr."""
    assert answer.returncode == status
    if status == 0:
        assert answer.stderr == b""
    else:
        assert LINE.match(answer.stderr), answer.stderr
        assert len(answer.stderr) <= 200
        assert answer.stderr.startswith(b"4" if status == 75 else b"5")
    return answer.stderr
