"""Import: files become records once, whatever is interrupted or repeated."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gateway.house import House, letter

from mailgate.channels.files import Source, source
from mailgate.errors import DatabaseError
from mailgate.gateway import importing
from mailgate.gateway.importing import import_mail

SEPARATOR = b"From ann@x.org Sun Nov 22 17:00:00 2026\n"


class Importing:
    """Imports into a house, in this process."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.told: list[dict[str, Any]] = []

    def __call__(self, *paths: Path, model: str | None = None, stop: int = 0) -> dict[str, Any]:
        """Import; with ``stop`` the process dies after that many commits."""
        self.told = []
        sources = [source(str(path)) for path in paths]
        try:
            importing.run(self.house.path, sources, model, self._telling(stop))
        except KeyboardInterrupt:
            return {}
        found: dict[str, Any] = {}
        for told in self.told:
            found.update(told)
        return {
            **found.get("counts", {}),
            **({"error": found["error"]} if "error" in found else {}),
        }

    def _telling(self, stop: int) -> Callable[[dict[str, Any]], None]:
        def tell(told: dict[str, Any]) -> None:
            self.told.append(told)
            if stop and sum("counts" in each for each in self.told) == stop:
                raise KeyboardInterrupt

        return tell

    def subjects(self) -> list[str]:
        """Return the subjects of what was taken, in order."""
        return [s for (s,) in self.house.rows("SELECT subject FROM message ORDER BY id")]


@pytest.fixture
def imported(house: House, monkeypatch: pytest.MonkeyPatch) -> Importing:
    """Commits of ten messages, so that few are enough."""
    monkeypatch.setattr(importing, "MOST", 10)
    return Importing(house)


def mail(number: int, **more: str) -> bytes:
    author = f"a{number}@x.org"
    return letter(f"{number}@x.org", author=author, subject=f"Mail {number}", **more)


def mbox(path: Path, *numbers: int) -> Path:
    path.write_bytes(b"".join(SEPARATOR + mail(number) + b"\n" for number in numbers))
    return path


def directory(path: Path, *numbers: int) -> Path:
    path.mkdir()
    for number in numbers:
        (path / f"{number:03d}.eml").write_bytes(mail(number))
    return path


def test_mail_in_files_becomes_records_and_is_unpacked(house: House, tmp_path: Path) -> None:
    paths = [mbox(tmp_path / "a.mbox", 1, 2, 3), directory(tmp_path / "d", 4, 5)]
    found = import_mail(house.path, [source(str(path)) for path in paths], None)
    assert found.error is None
    assert found.counts == {"read": 5, "created": 5}
    assert found.done == found.total
    assert house.rows("SELECT DISTINCT channel, enveloped FROM journal") == [("import", 0)]
    assert house.rows("SELECT DISTINCT unpacked FROM message") == [("done",)]


def test_to_import_again_changes_nothing(imported: Importing, tmp_path: Path) -> None:
    path = mbox(tmp_path / "a.mbox", *range(25))
    assert imported(path) == {"read": 25, "created": 25}
    assert imported(path) == {"read": 25, "duplicate": 25}
    assert imported(directory(tmp_path / "d", *range(5))) == {"read": 5, "duplicate": 5}


@pytest.mark.parametrize(
    "data",
    [b"no header at all", b"\0\xff" * 500, b"Received: from a\n" * 51 + b"Subject: x\n\nx\n"],
    ids=["text", "binary", "a mail loop"],
)
def test_what_is_no_acceptable_message_is_held_once(
    imported: Importing, tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(data)
    assert imported(path) == {"read": 1, "held": 1}
    assert imported(path) == {"read": 1, "duplicate": 1}
    assert imported.house.one("SELECT count(*) FROM quarantine") == 1


def test_mail_to_nobody_is_held_or_becomes_a_record_of_the_fallback_model(
    imported: Importing, tmp_path: Path
) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(mail(1, to="whoever@example.org"))
    assert imported(path) == {"read": 1, "held": 1}
    path.write_bytes(mail(2, to="whoever@example.org"))
    assert imported(path, model="ticket") == {"read": 1, "created": 1}
    assert "no model" in imported(path, model="nothing")["error"]


@pytest.mark.parametrize("kind", [mbox, directory])
def test_an_import_that_was_interrupted_goes_on_where_it_was(
    imported: Importing, tmp_path: Path, kind: Callable[..., Path]
) -> None:
    path = kind(tmp_path / "mail", *range(35))
    age(path)
    imported(path, stop=2)
    assert len(imported.subjects()) == 20
    assert imported(path) == {"read": 15, "created": 15}
    assert imported.subjects() == [f"Mail {number}" for number in range(35)]
    assert imported.house.rows("SELECT * FROM import_mark") == []
    assert imported(path) == {"read": 35, "duplicate": 35}


def test_what_was_taken_and_not_unpacked_is_unpacked_by_the_next_import(
    house: House, imported: Importing, tmp_path: Path
) -> None:
    path = mbox(tmp_path / "a.mbox", *range(12))
    imported(path, stop=1)
    assert house.rows("SELECT DISTINCT unpacked FROM message") == [("pending",)]
    import_mail(house.path, [source(str(path))], None)
    assert house.rows("SELECT unpacked, count(*) FROM message GROUP BY 1") == [("done", 12)]


@pytest.mark.parametrize(
    ("changed", "started", "is_later"),
    [
        (5_500_000_000, 5_600_000_000, False),
        (5_600_000_001, 5_600_000_000, True),
        (5_590_000_000, 5_600_000_000, True),
        (5_000_000_000, 5_600_000_000, True),
        (4_000_000_000, 5_600_000_000, False),
    ],
    ids=["before", "after", "within a tick", "within a second told as a whole", "a second before"],
)
def test_whether_a_file_changed_is_told_as_finely_as_its_file_system_knows(
    changed: int, started: int, *, is_later: bool
) -> None:
    assert importing._changed_since(changed, started) is is_later


def age(path: Path) -> None:
    """Wait until what is there is older than an import that begins now."""
    newest = max(each.stat().st_ctime for each in (path, *path.rglob("*")) if each.exists())
    time.sleep(max(0.0, newest + 0.1 - time.time()))


def test_what_comes_into_a_directory_meanwhile_is_not_passed_over(
    imported: Importing, tmp_path: Path
) -> None:
    path = directory(tmp_path / "d", *range(5, 30))
    age(path)
    imported(path, stop=1)
    (path / "000.eml").write_bytes(mail(0))
    assert imported(path) == {"read": 16, "created": 16}


def test_an_mbox_that_grew_or_changed_is_read_so_that_nothing_is_lost(
    imported: Importing, tmp_path: Path
) -> None:
    path = mbox(tmp_path / "a.mbox", *range(15))
    age(path)
    imported(path, stop=1)
    mbox(path, *range(20))
    assert imported(path) == {"read": 20, "created": 10, "duplicate": 10}


def test_with_another_model_an_import_begins_anew(imported: Importing, tmp_path: Path) -> None:
    path = mbox(tmp_path / "a.mbox", *range(15))
    age(path)
    imported(path, stop=1)
    assert imported(path, model="ticket")["read"] == 15


def test_what_is_too_large_is_journalled_and_stays_in_its_file(
    imported: Importing, tmp_path: Path
) -> None:
    imported.house.parameter("mail.message.max.bytes", "3000")
    path = tmp_path / "a.mbox"
    path.write_bytes(SEPARATOR + mail(1, text="x\n" * 5000) + b"\n" + SEPARATOR + mail(2) + b"\n")
    assert imported(path) == {"read": 2, "held": 1, "created": 1}
    ((subject, outcome, digest),) = imported.house.rows(
        "SELECT subject, outcome, digest FROM journal WHERE rule = 'oversize'"
    )
    assert (subject, outcome, digest) == ("Mail 1", "held", None)
    assert imported.house.rows("SELECT * FROM quarantine") == []
    assert imported(path) == {"read": 2, "duplicate": 2}
    assert len(imported.house.rows("SELECT id FROM journal WHERE rule = 'oversize'")) == 1


def test_where_there_is_no_database_it_is_said_and_nothing_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="init"):
        import_mail(str(tmp_path / "no.db"), [], None)
    assert list(tmp_path.iterdir()) == []


def test_nobody_is_written_to_because_of_what_is_imported(
    imported: Importing, tmp_path: Path
) -> None:
    imported.house.alias("ack", acknowledge="Thank you.", followers=("boss@example.org",))
    path = tmp_path / "a.mbox"
    letters = [mail(1, to="ack@example.com"), mail(2, to="catchall@example.com")]
    letters.append(mail(3, to="ack@example.com", extra="In-Reply-To: <1@x.org>\n"))
    path.write_bytes(b"".join(SEPARATOR + each + b"\n" for each in letters))
    assert imported(path) == {"read": 3, "created": 1, "refused": 1, "replied": 1}
    assert imported.house.rows("SELECT * FROM outbox") == []
    reason = imported.house.one("SELECT reason FROM journal WHERE outcome = 'refused'")
    assert "imported" in reason


def test_a_file_that_cannot_be_read_is_said_and_what_was_taken_stays(
    imported: Importing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = directory(tmp_path / "d", *range(15))
    sources = Source.files

    def vanishing(self: Source) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = sources.fget(self)  # type: ignore[attr-defined]
        return [*found, ("zzz.eml", str(tmp_path / "gone.eml"))]

    monkeypatch.setattr(importing, "_size", lambda source: 0)
    monkeypatch.setattr(Source, "files", property(vanishing))
    assert "gone.eml: No such file" in imported(path)["error"]
    assert len(imported.subjects()) == 10


def test_the_process_that_dies_is_said(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = mbox(tmp_path / "a.mbox", 1)
    monkeypatch.setattr(importing, "run", lambda *given: os.kill(os.getpid(), 9))
    found = import_mail(house.path, [source(str(path))], None)
    assert "ended by signal 9" in str(found.error)
    assert json.dumps(found.document())
