"""What is SQLite's own: the connection, its pragmas, the write lock and the checkpoint.

Every write transaction and every checkpoint of this program holds an exclusive advisory lock on
``<database>.lock``. So no checkpoint ever runs beside a commit or another checkpoint, which is
the race of SQLite's WAL-reset bug (before 3.51.3), and waiting writers are woken by the kernel
instead of polling.
"""

from __future__ import annotations

import fcntl
import posix
from time import monotonic, sleep

from mailgate.errors import DatabaseError
from mailgate.store.driver import Connection, Error, connect

SCHEMA_VERSION = 3
"""The number of the newest migration; ``PRAGMA user_version`` of a database that is current."""
LOCK_SECONDS = 30.0
"""How long a write waits for others."""
CHECKPOINT_BYTES = 4 * 1024 * 1024
"""A write-ahead log larger than this is written back after a commit."""
BASE_MODE = 0o660
DIRECTORY_MODE = 0o2770
_OURS = frozenset((3, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 17, 26))
"""SQLite's codes for what is wrong with disk, memory, locks or the database itself."""
_FILE_TYPE = 0o170000
_REGULAR = 0o100000


class Database:
    """An open database: ``connection`` in autocommit mode, ``path`` of its file.

    Use ``with database.writing():`` around everything that changes it.
    """

    __slots__ = ("_lock", "connection", "path")

    def __init__(self, path: str, connection: Connection, lock: int) -> None:
        self.path = path
        self.connection = connection
        self._lock = lock

    def writing(self, seconds: float = LOCK_SECONDS) -> Writing:
        """Return a context that is one transaction: BEGIN IMMEDIATE under the advisory lock.

        It commits at its end (durably: synchronous=FULL) and rolls back on any exception.
        """
        return Writing(self, seconds)

    def reading(self) -> Reading:
        """Return a context in which all reads see one state; errors become DatabaseError."""
        return Reading(self)

    def acquire(self, seconds: float) -> None:
        """Take the advisory lock within that many seconds, or raise DatabaseError."""
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            pass
        wait_for_lock(self._lock, seconds)

    def release(self) -> None:
        """Give the advisory lock back."""
        fcntl.flock(self._lock, fcntl.LOCK_UN)

    def wal_size(self) -> int:
        """Return the bytes of the write-ahead log, 0 where there is none."""
        try:
            return posix.stat(self.path + "-wal").st_size
        except OSError:
            return 0

    def checkpoint(self, seconds: float = LOCK_SECONDS) -> bool:
        """Write the log back and empty it; False where a reader was in the way."""
        self.acquire(seconds)
        try:
            self.connection.execute("PRAGMA busy_timeout = 200")
            busy = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            return not busy
        except Error as error:
            raise failure(self.path, error) from error
        finally:
            self.release()

    def close(self) -> None:
        """Close under the lock: the last connection to close writes the log back."""
        self.acquire(LOCK_SECONDS)
        self.connection.close()
        posix.close(self._lock)


class Writing:
    """One write transaction; see ``Database.writing``."""

    __slots__ = ("_database", "_seconds")

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._seconds = seconds

    def __enter__(self) -> Connection:
        database = self._database
        started = monotonic()
        database.acquire(self._seconds)
        try:
            left = max(0.0, self._seconds - (monotonic() - started))
            database.connection.execute(f"PRAGMA busy_timeout = {int(left * 1000)}")
            database.connection.execute("BEGIN IMMEDIATE")
        except Error as error:
            database.release()
            raise failure(database.path, error) from error
        except BaseException:
            database.release()
            raise
        return database.connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        database = self._database
        connection = database.connection
        try:
            if error is None:
                connection.execute("COMMIT")
            elif connection.in_transaction:
                connection.execute("ROLLBACK")
        except Error as problem:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise failure(database.path, problem) from problem
        finally:
            database.release()
        if isinstance(error, Error):
            raise failure(database.path, error) from error


class Reading:
    """One read transaction; see ``Database.reading``."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Connection:
        try:
            self._database.connection.execute("BEGIN")
        except Error as error:
            raise failure(self._database.path, error) from error
        return self._database.connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._database.connection.in_transaction:
            self._database.connection.execute("ROLLBACK")
        if isinstance(error, Error):
            raise failure(self._database.path, error) from error


def open_database(path: str, *, any_version: bool = False) -> Database:
    """Open an existing database of this program's schema version.

    Raises DatabaseError, with one line that says what to do, where it is missing, damaged, or of
    another version (``any_version`` lets older ones pass, for migrations).
    """
    if not _is_file(path):
        raise DatabaseError(f"no database at {path}: create it with: mailgate --db {path} init")
    connection = _connect(path)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except Error as error:
        raise failure(path, error) from error
    if version > SCHEMA_VERSION:
        raise DatabaseError(
            f"database {path} has schema {version}, this mailgate knows up to {SCHEMA_VERSION}:"
            " install the newer mailgate again"
        )
    if version < SCHEMA_VERSION and not any_version:
        raise DatabaseError(
            f"database {path} has schema {version}, this mailgate needs {SCHEMA_VERSION}:"
            f" run: mailgate --db {path} db migrate"
        )
    return Database(path, connection, open_lock(path))


def create_file(path: str) -> Database:
    """Create an empty database file in WAL mode, readable by owner and group only."""
    import os

    directory = os.path.dirname(path) or "."
    if not os.path.isdir(directory):
        os.makedirs(directory)
        os.chmod(directory, DIRECTORY_MODE)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, BASE_MODE))
    adopt(path, directory)
    connection = _connect(path)
    database = Database(path, connection, open_lock(path))
    # Of two that change the mode at once, one fails without waiting for the other.
    database.acquire(LOCK_SECONDS)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except Error as error:
        raise failure(path, error) from error
    finally:
        database.release()
    return database


def directory_of(path: str) -> str:
    """Return the directory of a file."""
    return path.rpartition("/")[0] or ("/" if path[:1] == "/" else ".")


def _is_file(path: str) -> bool:
    try:
        return posix.stat(path).st_mode & _FILE_TYPE == _REGULAR
    except OSError:
        return False


def adopt(path: str, model: str, mode: int = BASE_MODE) -> None:
    """Give a file its mode and, where we are root, the owner and group of file or directory."""
    posix.chmod(path, mode)
    if posix.geteuid() == 0:
        owner = posix.stat(model)
        posix.chown(path, owner.st_uid, owner.st_gid)


def open_lock(path: str) -> int:
    """Open the lock file beside a database, creating it with the database's owner and group."""
    name = path + ".lock"
    try:
        return posix.open(name, posix.O_RDWR | posix.O_CLOEXEC)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise DatabaseError(f"cannot lock database {path}: {error.strerror}") from error
    try:
        lock = posix.open(name, posix.O_RDWR | posix.O_CREAT | posix.O_CLOEXEC, BASE_MODE)
        adopt(name, path)
    except OSError as error:
        raise DatabaseError(f"cannot lock database {path}: {error.strerror}") from error
    return lock


def wait_for_lock(lock: int, seconds: float) -> None:
    """Wait for an advisory lock in small steps until ``seconds`` are over."""
    until = monotonic() + seconds
    pause = 0.001
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if monotonic() >= until:
                raise DatabaseError(
                    f"the database is locked for more than {seconds:.0f} s: another mailgate"
                    " command holds it"
                ) from None
        sleep(pause)
        pause = min(pause * 1.5, 0.02)


def failure(path: str, error: Exception) -> DatabaseError:
    """Return the one line for an error of SQLite's."""
    text = str(error)
    advice = {
        "database is locked": "another program holds it",
        "database or disk is full": "make room on its disk",
        "attempt to write a readonly database": "check its owner, group and mode",
        "unable to open database file": "check that its directory is accessible",
        "disk I/O error": "check its disk",
        "database disk image is malformed": "it is damaged: restore a backup",
        "file is not a database": "it is not a database of mailgate's",
    }.get(text)
    return DatabaseError(f"database {path}: {text}" + (f": {advice}" if advice else ""))


def is_message_fault(error: Error) -> bool:
    """Tell whether an error is about the values of a statement, not about disk or database."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF not in _OURS


def _connect(path: str) -> Connection:
    try:
        connection = connect(path, timeout=LOCK_SECONDS, isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    except Error as error:
        raise failure(path, error) from error
    return connection
