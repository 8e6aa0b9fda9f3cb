"""Shared by all tests: the real servers, and the closing word on what needs root."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from faults.counts import COUNTS
from system.certificates import Certificates
from system.dovecot import Dovecot
from system.exim import Exim
from system.gateway import SERIAL, build_wheels
from system.machine import REPOSITORY, Machine
from system.mta import Mta
from system.postfix import Postfix

PACKAGES = REPOSITORY / "build" / "exim"

NEEDS_ROOT = pytest.StashKey[list[str]]()


SERVERS = ("postfix", "exim", "mta")
"""Fixtures that are a mail server: one worker has each."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Say which tests one worker runs; leave out what needs root where there is none.

    That is remembered, and never done in CI.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    if os.geteuid() == 0 or os.environ.get("CI") == "true":
        return
    left_out = [item for item in items if item.get_closest_marker("root")]
    config.stash[NEEDS_ROOT] = [item.nodeid for item in left_out]
    if hasattr(config, "workeroutput"):
        config.workeroutput["needs_root"] = config.stash[NEEDS_ROOT]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _group(item: pytest.Item) -> str:
    """Return the server that a test uses, else the folder or the file that it is in."""
    wanted = getattr(item, "fixturenames", ())
    if any(name in wanted for name in SERVERS):
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        return str(parameters.get("mta", "postfix" if "postfix" in wanted else "exim"))
    return "faults" if item.path.parent.name == "faults" else str(item.path)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a worker left out and counted."""
    output = getattr(node, "workeroutput", {})
    known = node.config.stash.setdefault(NEEDS_ROOT, [])
    known += [name for name in output.get("needs_root", []) if name not in known]
    COUNTS.extend(output.get("fault_counts", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the fault runs counted, and name what was left out, in one list."""
    if COUNTS:
        terminalreporter.section("fault runs (small; make torture runs the full ones)")
        for line in COUNTS:
            terminalreporter.line(line)
    left_out = terminalreporter.config.stash.get(NEEDS_ROOT, [])
    if left_out:
        terminalreporter.section("these need root (real servers on private machines)")
        for nodeid in left_out:
            terminalreporter.line(nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a CI run in which anything was skipped or left out; tell what fault runs counted."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["fault_counts"] = COUNTS
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return
    if any(reporter.stats.get(kind) for kind in ("skipped", "deselected", "xfailed")):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with mailgate as pip builds it, and all that it needs."""
    folder: Path = tmp_path_factory.mktemp("wheels")
    build_wheels(folder)
    return folder


@contextmanager
def running(kind: type[Mta], root: Path, wheels: Path) -> Iterator[Mta]:
    """Give a mail server and its mailgate, installed as the documentation says."""
    with Machine(root, PACKAGES if kind is Exim else None) as machine:
        shutil.copytree(wheels, root / "var" / "wheels")
        server = kind(machine)
        server.unpack()
        server.install()
        server.start()
        for address, model in (("jobs", "task"), ("größe", "lead")):
            server.gateway.mailgate("alias", "add", f"{address}@example.com", "--model", model)
        yield server


@pytest.fixture(scope="session")
def postfix(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Iterator[Mta]:
    """A Postfix that runs on examples/postfix."""
    with running(Postfix, tmp_path_factory.mktemp("postfix"), wheels) as server:
        yield server


@pytest.fixture(scope="session")
def exim(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Iterator[Mta]:
    """An Exim that runs on examples/exim."""
    with running(Exim, tmp_path_factory.mktemp("exim"), wheels) as server:
        yield server


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates of an authority of the tests."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trusted(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process, and those it starts, trust that authority in place of the system's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))


@pytest.fixture(scope="session")
def dovecot(certificates: Certificates) -> Iterator[Dovecot]:
    """A Dovecot with mailboxes for any user; each test takes a user of its own."""
    with TemporaryDirectory() as folder, Dovecot(Path(folder), certificates) as server:
        yield server


@pytest.fixture(params=["postfix", "exim"])
def mta(request: pytest.FixtureRequest) -> Iterator[Mta]:
    """Each of the mail servers in turn; pytest shows the end of its log where a test fails."""
    server: Mta = request.getfixturevalue(request.param)
    yield server
    print(server.log()[-4000:])


@pytest.fixture
def sender() -> str:
    """An address that has never written before."""
    return f"sender{next(SERIAL)}@src.test"
