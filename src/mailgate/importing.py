"""A short way to compiled modules, for the program that starts once a message.

The import system asks three finders, lists directories and builds paths for each module: most of
what a small module costs. This finder opens the compiled file where Python keeps it (PEP 3147)
and checks that it is that of the source as it is now, by version, time and size, as the import
system does. Whatever is not so is left to the import system.
"""

from __future__ import annotations

import posix
import sys
from _frozen_importlib_external import MAGIC_NUMBER
from marshal import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType
else:
    Loader = object

_SUFFIX = f".{sys.implementation.cache_tag}.pyc"
_HEADER = 16
"""Octets before the code: version, flags, and the source's time and size."""
_BY_TIME = b"\0\0\0\0"
"""The flags of a file that is current where the source's time and size are (PEP 552)."""
_ModuleSpec: type[ModuleSpec] = type(sys.__spec__)


class Finder:
    """Finds modules of this package below ``root``, and the standard library's in ``library``."""

    __slots__ = ("_library", "_package", "_root")

    def __init__(self, package: str, root: str, library: str | None) -> None:
        self._package = package
        self._root = root
        self._library = library

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how a module is loaded, or None to leave it to the import system."""
        root = self._root if name.partition(".")[0] == self._package else self._library
        if root is None:
            return None
        place = f"{root}/{name.replace('.', '/')}"
        folder, _, last = place.rpartition("/")
        code = _compiled(f"{folder}/__pycache__/{last}{_SUFFIX}", source := place + ".py")
        package = code is None
        if package:
            source = place + "/__init__.py"
            code = _compiled(f"{place}/__pycache__/__init__{_SUFFIX}", source)
        if code is None:
            return None
        spec = _ModuleSpec(name, _Loader(code), origin=source, is_package=package)
        spec.has_location = True
        if package:
            spec.submodule_search_locations = [place]
        return spec


class _Loader(Loader):
    __slots__ = ("_code",)

    def __init__(self, code: CodeType) -> None:
        self._code = code

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave the making of the module to the import system."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        exec(self._code, module.__dict__)  # noqa: S102  # that is what importing is


def _compiled(path: str, source: str) -> CodeType | None:
    """Return the code of a compiled file where it is that of the source as it is now."""
    try:
        file = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return None
    try:
        data = posix.read(file, posix.fstat(file).st_size)
        status = posix.stat(source)
    except OSError:
        return None
    finally:
        posix.close(file)
    written = (int(status.st_mtime), status.st_size)
    current = b"".join((n & 0xFFFFFFFF).to_bytes(4, "little") for n in written)
    if data[:_HEADER] != MAGIC_NUMBER + _BY_TIME + current:
        return None
    code: CodeType = loads(memoryview(data)[_HEADER:])  # noqa: S302  # as safe as the source
    return code


def install(package: str) -> None:
    """Have the modules of a package, and of the standard library, found the short way.

    What is built in or frozen still goes first.
    """
    root = __file__.rpartition("/")[0].rpartition("/")[0]
    library = getattr(sys, "_stdlib_dir", None)
    sys.meta_path.insert(2, Finder(package, root, library))
