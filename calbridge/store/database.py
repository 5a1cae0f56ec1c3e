"""One SQLite connection: opened, made durable, and the boundary where every failure becomes a `StoreError`."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection, CursorResult, Executable, Row, create_engine, event
from sqlalchemy.exc import SQLAlchemyError, StatementError
from sqlalchemy.pool import StaticPool

from calbridge.core.problem import Misfit
from calbridge.errors import StoreError
from calbridge.store.files import opened
from calbridge.store.types import UnreadableValueError

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another connection's transaction; only readers (`plan`, `status`, backups) ever hold one."""

AnyRow: TypeAlias = Row[*tuple[Any, ...]]  # Any: each statement has its own columns
Parameters: TypeAlias = Sequence[dict[str, Any]]  # Any: a column takes whatever its type takes


class Database:
    """One connection, used by one thread. Every statement runs in a transaction, and raises `StoreError` only."""

    def __init__(self, raw: sqlite3.Connection, where: str) -> None:
        self.where = where
        self.raw = raw
        engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool, hide_parameters=True)
        event.listen(engine, "begin", _begin_immediate)
        self._engine = engine
        with self.boundary():
            self.connection: Connection = engine.connect()

    @contextmanager
    def boundary(self) -> Iterator[None]:
        """Turn whatever SQLite or SQLAlchemy raises into a `StoreError`."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise failure(error, self.where) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all that happens inside, or nothing of it. One inside another is a savepoint of the outer one."""
        with self.boundary(), self._savepoint() if self.connection.in_transaction() else self._outermost():
            yield

    def rows(self, statement: Executable) -> Sequence[AnyRow]:
        """Run a query and read its answer to the end."""
        with self._whole():
            return self._execute(statement, None).all()

    def run(self, statement: Executable, parameters: Parameters | None = None) -> None:
        """Run a write, once for each of the parameters. An empty list of them writes nothing."""
        if parameters is not None and not parameters:
            return
        with self._whole() if parameters is None or len(parameters) == 1 else self.transaction():
            self._execute(statement, parameters)

    def close(self) -> None:
        """Close the connection; the last one to close folds the write-ahead log into the file."""
        with self.boundary():
            self.connection.close()
            self._engine.dispose()

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """A transaction for one statement, which is whole by itself and inside another needs no savepoint."""
        if not self.connection.in_transaction():
            with self.transaction():
                yield
        else:
            with self.boundary():
                self._check_whole()
                yield

    @contextmanager
    def _outermost(self) -> Iterator[None]:
        try:
            with self.connection.begin():
                yield
                self._check_whole()
        except BaseException:
            if self.raw.in_transaction:  # SQLAlchemy takes a commit that failed for an end, SQLite does not
                self.raw.rollback()
            raise

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        self._check_whole()
        savepoint = self.connection.begin_nested()
        try:
            yield
        except BaseException:
            if self.raw.in_transaction:  # else a full or failing disk made SQLite end the whole transaction
                savepoint.rollback()
            raise
        savepoint.commit()

    def _check_whole(self) -> None:
        if not self.raw.in_transaction:
            raise StoreError(_UNDONE.at(self.where))

    def _execute(self, statement: Executable, parameters: Parameters | None) -> CursorResult[*tuple[Any, ...]]:
        try:
            return self.connection.execute(statement, parameters)
        except (UnicodeEncodeError, OverflowError) as error:  # a lone surrogate, an id beyond 64 bits
            raise StoreError(_UNSTORABLE.at(self.where)) from error


def connect(path: Path) -> sqlite3.Connection:
    """Open a database file for writing; a new one is for its owner's eyes only, since it holds calendar text."""
    _check_folder(path)
    try:
        os.close(opened(path))
        raw = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None)
    except OSError as error:
        reason = f"it can't be opened: {error.strerror}"
        hint = "let it be a file that this user may read and write, or name another one under [store] url"
        raise StoreError(Misfit("store.open", reason, hint).at(str(path))) from error
    except sqlite3.Error as error:
        raise failure(error, str(path)) from error
    try:
        _configure(raw, path)
    except sqlite3.Error as error:
        raw.close()
        raise failure(error, str(path)) from error
    except StoreError:
        raw.close()
        raise
    return raw


def connect_memory() -> sqlite3.Connection:
    """Open a database that lives as long as its connection."""
    raw = sqlite3.connect(":memory:", isolation_level=None)
    raw.execute("PRAGMA foreign_keys = ON")
    return raw


def failure(error: SQLAlchemyError | sqlite3.Error, where: str) -> StoreError:
    """Say what a failure of SQLite means to the person who runs it."""
    if isinstance(error, UnreadableValueError):
        return StoreError(_CORRUPT.at(where))
    cause = error.orig if isinstance(error, StatementError) else error
    name: str = getattr(cause, "sqlite_errorname", "")  # only errors that SQLite itself reported have one
    for prefix, misfit in _MISFITS.items():
        if name.startswith(prefix):
            return StoreError(misfit.at(where))
    reason = f"the database failed: {cause or type(error).__name__}"
    return StoreError(Misfit("store.failed", reason, "this is a bug of calbridge; please report it").at(where))


def _begin_immediate(connection: Connection) -> None:
    # sqlite3's own transactions begin late and leave DDL out: a failed migration would leave half a table.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check_folder(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        misfit = Misfit("store.folder", f"the folder {folder} does not exist", "create it, or change [store] url")
        raise StoreError(misfit.at(str(path)))
    if not os.access(folder, os.W_OK | os.X_OK):
        reason = f"the folder {folder} is not writable for this user; SQLite keeps its log beside the database"
        raise StoreError(Misfit("store.folder", reason, "make it writable, or change [store] url").at(str(path)))


def _configure(raw: sqlite3.Connection, path: Path) -> None:
    (mode,) = raw.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        reason = f"its file system can't hold a write-ahead log (journal mode {mode})"
        raise StoreError(Misfit("store.journal", reason, "put the database on a local disk").at(str(path)))
    raw.execute("PRAGMA synchronous = FULL")  # a conference id must survive a power cut
    raw.execute("PRAGMA foreign_keys = ON")


_CORRUPT = Misfit(
    "store.corrupt",
    "it is damaged, or no database of calbridge",
    "move it away: calbridge finds its conferences again by their markers; or put a backup back",
)
_READ_ONLY = Misfit("store.read-only", "it can't be written", "make the file, its folder and the disk writable")
_FULL = Misfit("store.full", "the disk is full", "free some space; nothing was lost, the next pass goes on")
_BUSY = Misfit("store.busy", "another program holds it locked", "close whatever has the database open")
_OPEN = Misfit("store.open", "it can't be opened", "check that the file and its folder are readable and writable")
_IO = Misfit("store.io", "the disk failed to read or write", "check the disk; put a backup back if it is damaged")
_UNDONE = Misfit("store.undone", "an earlier failure undid all that belonged together", "see the problem before it")
_UNSTORABLE = Misfit("store.value", "a value can't be stored", "this is a bug of calbridge; please report it")
_MISFITS = {
    "SQLITE_FULL": _FULL,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_NOTADB": _CORRUPT,
    "SQLITE_CORRUPT": _CORRUPT,
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_CANTOPEN": _OPEN,
    "SQLITE_PERM": _OPEN,
    "SQLITE_AUTH": _OPEN,
    "SQLITE_IOERR_SHMSIZE": _FULL,  # no space for the index of the log
    "SQLITE_IOERR": _IO,
}
