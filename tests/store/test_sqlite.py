"""The database file: transactions, locks, modes, and errors that say what to do."""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from mailgate.errors import DatabaseError
from mailgate.store.driver import Error
from mailgate.store.migrate import create
from mailgate.store.sqlite import SCHEMA_VERSION, Database, failure, open_database

INSERT = "INSERT INTO parameter VALUES (?, 'x')"


def keys(database: Database) -> list[str]:
    """Return the parameters that are set."""
    rows = database.connection.execute("SELECT key FROM parameter ORDER BY 1").fetchall()
    return [key for (key,) in rows]


def pragma(database: Database, name: str) -> object:
    """Return the value of a pragma."""
    return database.connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_every_connection_is_durable_and_checks_references(database: Database) -> None:
    second = open_database(database.path)
    for opened in (database, second):
        assert pragma(opened, "journal_mode") == "wal"
        assert pragma(opened, "synchronous") == 2
        assert pragma(opened, "foreign_keys") == 1
        assert pragma(opened, "wal_autocheckpoint") == 0
    second.close()


def test_a_transaction_is_kept_whole_or_not_at_all(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(INSERT, ("a",))
        connection.execute(INSERT, ("b",))

    def broken() -> None:
        with database.writing() as connection:
            connection.execute(INSERT, ("c",))
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        broken()
    assert keys(database) == ["a", "b"]
    assert not database.connection.in_transaction


def test_an_error_of_the_database_rolls_back_and_is_temporary(database: Database) -> None:

    def broken() -> None:
        with database.writing() as connection:
            connection.execute(INSERT, ("a",))
            connection.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(DatabaseError, match="nowhere"):
        broken()
    assert keys(database) == []
    with database.writing() as connection:
        connection.execute(INSERT, ("b",))
    assert keys(database) == ["b"]


def test_readers_see_one_state(database: Database) -> None:
    other = open_database(database.path)
    with other.reading() as connection:
        assert connection.execute("SELECT count(*) FROM parameter").fetchone() == (0,)
        with database.writing() as writer:
            writer.execute(INSERT, ("a",))
        assert connection.execute("SELECT count(*) FROM parameter").fetchone() == (0,)
    assert keys(other) == ["a"]
    other.close()


def test_a_writer_waits_for_another_and_not_longer_than_told(database: Database) -> None:
    other = open_database(database.path)
    with database.writing():
        started = monotonic()
        with pytest.raises(DatabaseError, match="locked"), other.writing(0.3):
            pass
        assert 0.2 < monotonic() - started < 3
    with other.writing(0.3) as connection:
        connection.execute(INSERT, ("a",))
    other.close()


def test_a_writer_that_waits_goes_on_when_the_other_is_done(database: Database) -> None:
    def hold() -> None:
        other = open_database(database.path)
        with other.writing() as connection:
            started.set()
            sleep(0.3)
            connection.execute(INSERT, ("first",))
        other.connection.close()

    started = threading.Event()
    thread = threading.Thread(target=hold)
    thread.start()
    started.wait()
    with database.writing(10) as connection:
        assert keys(database) == ["first"]
        connection.execute(INSERT, ("second",))
    thread.join()
    assert keys(database) == ["first", "second"]


def test_a_foreign_program_that_writes_is_waited_for_and_no_longer(database: Database) -> None:
    other = open_database(database.path)
    other.connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseError, match="locked: another program"), database.writing(0.3):
        pass
    other.connection.execute("ROLLBACK")
    other.close()
    with database.writing(0.3) as connection:
        connection.execute(INSERT, ("a",))


def test_the_advisory_lock_is_held_by_every_write_and_checkpoint(database: Database) -> None:
    lock = os.open(database.path + ".lock", os.O_RDWR)
    with database.writing(), pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with pytest.raises(DatabaseError):
        database.checkpoint(0.1)
    os.close(lock)


def test_a_checkpoint_empties_the_log_unless_a_reader_is_in_the_way(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(INSERT, ("x" * 100_000,))
    other = open_database(database.path)
    with other.reading() as connection:
        connection.execute("SELECT 1 FROM parameter").fetchone()
        with database.writing() as writer:
            writer.execute(INSERT, ("y",))
        assert not database.checkpoint()
    assert database.wal_size() > 100_000
    assert database.checkpoint()
    assert database.wal_size() == 0
    other.close()


def test_a_missing_database_is_an_error_that_names_init(tmp_path: Path) -> None:
    path = str(tmp_path / "none.db")
    with pytest.raises(DatabaseError, match="init"):
        open_database(path)
    assert not os.path.exists(path)
    with pytest.raises(DatabaseError):
        open_database(str(tmp_path))


@pytest.mark.parametrize(
    ("version", "word"), [(SCHEMA_VERSION + 1, "newer"), (999, "newer"), (0, "migrate")]
)
def test_a_database_of_another_version_is_refused(
    database: Database, version: int, word: str
) -> None:
    database.connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(DatabaseError, match=word):
        open_database(database.path)


@pytest.mark.parametrize(
    "content", [b"not a database" * 500, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_file_that_is_no_database_is_an_error_of_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseError) as caught:
        open_database(str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_every_error_says_where_and_known_ones_what_to_do() -> None:
    assert "make room" in str(failure("/x.db", Error("database or disk is full")))
    assert "/x.db" in str(failure("/x.db", Error("something else")))
    assert failure("/x.db", Error("anything")).exit_code == 75


def mode(path: str | Path) -> int:
    """Return the permission bits of a file."""
    return os.stat(path).st_mode & 0o7777


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_all_files_are_for_owner_and_group_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "new" / "folder"
    saved = os.umask(umask)
    try:
        database, _ = create(str(folder / "mail.db"))
        with database.writing() as connection:
            connection.execute(INSERT, ("a",))
    finally:
        os.umask(saved)
    assert mode(folder) == 0o2770
    names = {path.name: mode(path) for path in folder.iterdir()}
    assert names == dict.fromkeys(("mail.db", "mail.db-wal", "mail.db-shm", "mail.db.lock"), 0o660)
    database.close()


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that any user can reach."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.mark.root
@pytest.mark.parametrize("lost", ["mail.db.lock", "mail.db-wal", "mail.db-shm", "mail.db"])
def test_after_root_the_owner_can_still_write(public: Path, lost: str) -> None:
    """Whatever file root had to make, it belongs to the owner of the folder or the database."""
    folder = public / "spool"
    folder.mkdir()
    user, group = 65534, 65533
    os.chown(folder, user, group)
    path = str(folder / "mail.db")
    create(path)[0].close()
    (folder / lost).unlink(missing_ok=True)
    database, _ = create(path)
    with database.writing() as connection:
        connection.execute(INSERT, ("root",))
    for file in folder.iterdir():
        owner = file.stat()
        assert (owner.st_uid, owner.st_gid) == (user, group), file.name
        assert mode(file) == 0o660
    database.close()
    child = os.fork()
    if not child:
        os._exit(write_as(user, group, path))
    assert os.waitpid(child, 0)[1] == 0


def write_as(user: int, group: int, path: str) -> int:
    """Write to a database as another user, and return 0 where that went well."""
    try:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
        with open_database(path).writing() as connection:
            connection.execute(INSERT, ("user",))
    except (DatabaseError, OSError):
        return 1
    return 0


@pytest.mark.root
def test_a_lock_that_root_makes_belongs_to_the_databases_owner(tmp_path: Path) -> None:
    """Also in a folder of root's."""
    path = str(tmp_path / "mail.db")
    create(path)[0].close()
    os.chown(path, 65534, 65533)
    os.unlink(path + ".lock")
    open_database(path).close()
    assert os.stat(path + ".lock").st_uid == 65534
    assert os.stat(path + ".lock").st_gid == 65533
