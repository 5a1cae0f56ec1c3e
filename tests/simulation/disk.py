"""The disk below SQLite: what is committed stays, what is not is gone with its process; and it may be full."""

import sqlite3
from collections.abc import Callable
from typing import Any

from calbridge.store import Store
from calbridge.store.database import Database
from simulation import faults
from simulation.world import World

_AT_COMMIT = ("crash before commit", "crash after commit", *faults.DISK)
_WRITES = ("INSERT", "UPDATE", "DELETE")
KEPT = 12
"""How many earlier states of the database can be put back."""


class Disk:
    """One database over all incarnations of the process, in memory. `dead` says whether this one is; `end` ends it.

    SQLAlchemy closes a connection over a BaseException. So death reads as a failing disk here, and as `Died` with the
    next call out; nothing of the dead gets any further.

    Opening a database costs more than a pass, so one connection serves every history of a run: `reset` gives it the
    content of an empty database, `recover` what was committed.
    """

    def __init__(self) -> None:
        self.world = World(0)
        self.dead: Callable[[], bool] = lambda: False
        self.end: Callable[[], None] = lambda: None
        self.commits = 0
        self._dirty = False
        self.earlier: list[tuple[int, bytes, int]] = []
        self._raw = sqlite3.connect(":memory:", isolation_level=None, factory=_Connection)
        self._raw.disk = None
        with Store.memory() as empty:
            self._empty = empty._database.raw.serialize()
        self._load(self._empty)
        self.store = Store(Database(self._raw, "simulated.db"))
        self._raw.disk = self

    def reset(self, world: World) -> None:
        """Begin a history with an empty database."""
        self.world, self.commits, self.earlier = world, 0, []
        self.lose()

    def lose(self) -> None:
        """The database is gone; a new one begins."""
        self._load(self._empty)

    def recover(self) -> None:
        """What a new process finds: what was committed."""
        connection = self.store._database.connection
        if connection.in_transaction():
            connection.rollback()
        if self._raw.in_transaction:
            self._raw.rollback()

    def outdated(self) -> list[int]:
        """Backups that know of conferences which have been replaced since: the worst ones to put back."""
        now = self._generation()
        return [number for number, (_, _, then) in enumerate(self.earlier) if 0 < then < now]

    def _generation(self) -> int:
        """The latest generation of any conference; 0 where there is none."""
        return int(self.rows("SELECT coalesce(max(gen), 0) FROM mappings")[0][0])

    def put_back(self, number: int) -> None:
        """Put a backup in place."""
        self._load(self.earlier[number][1])

    def rows(self, statement: str) -> list[tuple[Any, ...]]:  # Any: columns
        """Look at what is committed, past the product; only ever between transactions."""
        return sqlite3.Connection.cursor(self._raw).execute(statement).fetchall()

    def writing(self) -> None:
        """Before a statement that writes."""
        self._living()
        self._dirty = True
        fault = self.world.draw(faults.DISK, self.world.rate / 40)
        if fault is not None:
            self._full(fault)

    def commit(self) -> None:
        """A commit, or not."""
        self._living()
        world = self.world
        dirty, self._dirty = self._dirty, False
        fault = world.draw(_AT_COMMIT, world.rate / 8) if dirty else None
        if fault == "crash before commit":
            world.say("  crash before commit")
            self.end()
            self._living()
        if fault in faults.DISK:
            self._full(fault)
        sqlite3.Connection.commit(self._raw)
        self.commits += dirty
        if dirty and not world.calm and world.chance(0.4):
            del self.earlier[: len(self.earlier) + 1 - KEPT]
            self.earlier.append((self.commits, self._raw.serialize(), self._generation()))
        if fault == "crash after commit":
            world.say("  crash after commit")
            self.end()
            self._living()

    def undone(self) -> None:
        """Nothing is left to commit."""
        self._dirty = False

    def _living(self) -> None:
        if self.dead():
            raise sqlite3.OperationalError("the process is dead")

    def _full(self, fault: str) -> None:
        self.world.say(f"  {fault}")
        if fault == "disk full, undone" and self._raw.in_transaction:
            self._raw.rollback()
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"
        raise error

    def _load(self, content: bytes) -> None:
        self.recover() if hasattr(self, "store") else None
        self._raw.deserialize(content)
        sqlite3.Connection.cursor(self._raw).execute("PRAGMA foreign_keys = ON")


class _Connection(sqlite3.Connection):
    """Asks the disk first."""

    disk: Disk | None

    def commit(self) -> None:
        """End a transaction."""
        if self.disk is None:
            super().commit()
        else:
            self.disk.commit()

    def rollback(self) -> None:
        """Undo a transaction."""
        if self.disk is not None:
            self.disk.undone()
        super().rollback()

    def cursor(self, *_: object) -> "_Cursor":  # type: ignore[override]  # SQLAlchemy asks for plain cursors only
        """What SQLAlchemy executes statements on."""
        return super().cursor(_Cursor)  # not _Cursor(self): only here the connection forgets those that are gone


class _Cursor(sqlite3.Cursor):
    def execute(self, statement: str, *parameters: Any) -> "_Cursor":  # Any: what SQLite binds
        """One statement."""
        self._check(statement)
        super().execute(statement, *parameters)
        return self

    def executemany(self, statement: str, *parameters: Any) -> "_Cursor":  # Any: what SQLite binds
        """One statement for many rows."""
        self._check(statement)
        super().executemany(statement, *parameters)
        return self

    def _check(self, statement: str) -> None:
        connection = self.connection
        assert isinstance(connection, _Connection)
        if connection.disk is not None and statement.startswith(_WRITES):
            connection.disk.writing()
