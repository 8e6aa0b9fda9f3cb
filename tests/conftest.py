"""Shared by all tests: the real servers, and the closing word on what needs root."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from system.gateway import SERIAL, Gateway, build_wheels
from system.machine import Machine
from system.postfix import Postfix

NEEDS_ROOT = pytest.StashKey[list[str]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs root where there is no root, and remember it; never in CI."""
    if os.geteuid() == 0 or os.environ.get("CI") == "true":
        return
    left_out = [item for item in items if item.get_closest_marker("root")]
    config.stash[NEEDS_ROOT] = [item.nodeid for item in left_out]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was left out, in one list."""
    left_out = terminalreporter.config.stash.get(NEEDS_ROOT, [])
    if left_out:
        terminalreporter.section("these need root (real servers on private machines)")
        for nodeid in left_out:
            terminalreporter.line(nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a CI run in which anything was skipped or left out."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return
    if any(reporter.stats.get(kind) for kind in ("skipped", "deselected", "xfailed")):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A private machine on which mailgate is installed and configured as the README says."""
    root: Path = tmp_path_factory.mktemp("machine")
    with Machine(root) as machine:
        build_wheels(root / "var" / "wheels")
        Postfix(machine).unpack()
        gateway = Gateway(machine)
        gateway.install()
        yield gateway


@pytest.fixture(scope="session")
def postfix(gateway: Gateway) -> Postfix:
    """A Postfix that runs on examples/postfix and hands its mail to that mailgate."""
    server = Postfix(gateway.machine)
    server.start()
    return server


@pytest.fixture
def sender() -> str:
    """An address that has never written before."""
    return f"sender{next(SERIAL)}@src.test"
