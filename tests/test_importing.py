"""The short way to compiled modules ends at the same modules as the import system."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from importlib.util import cache_from_source
from pathlib import Path

import pytest

import mailgate
from mailgate.importing import Finder

SOURCE = Path(mailgate.__file__).parent
PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1])\n"
    "from mailgate.importing import install\n"
    "install('mailgate')\n"
    "import toy.inner, colorsys\n"
    "print(toy.inner.WORD, toy.inner.__file__, toy.inner.__package__, toy.__path__,"
    " type(toy.inner.__spec__.loader).__module__, colorsys.ONE_THIRD < 1)\n"
)


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A copy of the module beside a package, compiled."""
    (tmp_path / "mailgate").mkdir()
    (tmp_path / "toy").mkdir()
    for name in ("__init__.py", "importing.py"):
        shutil.copy(SOURCE / name, tmp_path / "mailgate")
    (tmp_path / "toy/__init__.py").write_text("")
    (tmp_path / "toy/inner.py").write_text("WORD = 'one'\n")
    compile_all(tmp_path)
    return tmp_path


def compile_all(folder: Path) -> None:
    """Compile what is in a folder, as pip does."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", folder], check=True)


def run(folder: Path) -> list[str]:
    """Return what the program prints, with the toy as the package that is found quickly."""
    program = PROGRAM.replace("install('mailgate')", "install('toy')")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program, folder],
        capture_output=True,
        check=True,
        text=True,
        env={"PATH": os.defpath},
    )
    return done.stdout.split()


def test_a_module_is_what_the_import_system_would_make_of_it(toy: Path) -> None:
    assert run(toy) == [
        "one",
        str(toy / "toy/inner.py"),
        "toy",
        f"['{toy / 'toy'}']",
        "mailgate.importing",
        "True",
    ]


def stale(toy: Path) -> None:
    path = toy / "toy/inner.py"
    path.write_text("WORD = 'two'\n")
    os.utime(path, (1, 1))


def missing(toy: Path) -> None:
    (toy / "toy/inner.py").write_text("WORD = 'two'\n")
    shutil.rmtree(toy / "toy/__pycache__")


def of_another_python(toy: Path) -> None:
    (toy / "toy/inner.py").write_text("WORD = 'two'\n")
    compile_all(toy)
    path = Path(cache_from_source(str(toy / "toy/inner.py")))
    path.write_bytes(b"\0\0\r\n" + path.read_bytes()[4:])


def empty(toy: Path) -> None:
    (toy / "toy/inner.py").write_text("WORD = 'two'\n")
    Path(cache_from_source(str(toy / "toy/inner.py"))).write_bytes(b"")


def by_hash(toy: Path) -> None:
    (toy / "toy/inner.py").write_text("WORD = 'two'\n")
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "-f", "--invalidation-mode=checked-hash", toy],
        check=True,
    )


@pytest.mark.parametrize("change", [stale, missing, of_another_python, empty, by_hash])
def test_what_is_not_current_is_left_to_the_import_system(
    toy: Path, change: Callable[[Path], None]
) -> None:
    change(toy)
    found = run(toy)
    assert found[0] == "two"
    assert "importlib" in found[4]


@pytest.mark.parametrize("name", ["mailgate.routing.router", "mailgate.mail", "email.message"])
def test_the_finder_and_the_import_system_agree(name: str) -> None:
    library = Path(os.__file__).parent
    root = library if name.startswith("email") else SOURCE.parent
    subprocess.run([sys.executable, "-m", "compileall", "-q", SOURCE / "mail"], check=True)
    __import__(name)
    found = Finder("mailgate", str(SOURCE.parent), str(library)).find_spec(name)
    theirs = PathFinder.find_spec(name, [str((root / name.replace(".", "/")).parent)])
    assert found is not None
    assert theirs is not None
    keys = ("name", "origin", "has_location", "submodule_search_locations", "parent")
    assert [getattr(found, key) for key in keys] == [getattr(theirs, key) for key in keys]


def test_what_does_not_exist_is_not_found() -> None:
    finder = Finder("mailgate", str(SOURCE.parent), None)
    assert finder.find_spec("mailgate.nothing") is None
    assert finder.find_spec("email") is None
    assert finder.find_spec("mailgate.mail.nothing", [str(SOURCE)]) is None
