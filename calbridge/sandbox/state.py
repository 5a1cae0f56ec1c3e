"""The sandbox's memory: one SQLite database, in a file or in the process, and a folder for uploaded files.

The tables are those of the resources (`resources.SCHEMA`). A file that was made with other tables is refused: it is a
sandbox, whose state is seeded anew.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zlib import crc32

from calbridge.core.problem import Problem
from calbridge.errors import ConfigError
from calbridge.sandbox.refusals import Refused

APPLICATION: Final = int.from_bytes(b"cbsb")
"""SQLite's `application_id` of our files."""


class State:
    """An open database. All access is from the server's one loop, so that requests never interleave."""

    def __init__(self, path: Path | None, schema: str) -> None:
        """Open or create it. Raises `ConfigError` if the file is no database of this sandbox."""
        where = ":memory:" if path is None else str(path)
        self._path = path
        self._temporary: TemporaryDirectory[str] | None = None
        try:
            self._connection = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
            self._connection.row_factory = sqlite3.Row
            self._prepare(where, schema)
        except sqlite3.Error as error:
            hint = "name a file that can be written and that an earlier sandbox made, or none yet"
            raise ConfigError((Problem(where, "sandbox.data", f"can't be used: {error}", hint),)) from error

    @property
    def is_empty(self) -> bool:
        """Whether it has not been seeded yet."""
        return self.row("SELECT 1 FROM reseller") is None

    @property
    def folder(self) -> Path:
        """Where uploaded files are: beside the database, as `NAME.files`; of a state in memory, until it is closed."""
        if self._path is not None:
            folder = self._path.with_name(self._path.name + ".files")
            folder.mkdir(mode=0o700, exist_ok=True)
            return folder
        if self._temporary is None:
            self._temporary = TemporaryDirectory(prefix="calbridge-sandbox-")
        return Path(self._temporary.name)

    def _prepare(self, where: str, schema: str) -> None:
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA journal_mode = WAL")
        [application] = self._connection.execute("PRAGMA application_id").fetchone()
        [found] = self._connection.execute("PRAGMA user_version").fetchone()
        version = crc32(schema.encode()) >> 1  # user_version is signed
        if (application, found) == (APPLICATION, version):
            return
        if found != 0 or self._connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is not None:
            ours = application == APPLICATION
            reason = "was made by another version of this sandbox" if ours else "holds something else than its state"
            self._connection.close()
            raise ConfigError((Problem(where, "sandbox.data", reason, "give --data the name of a new file"),))
        marks = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {version};"
        self._connection.executescript(f"BEGIN; {schema} {marks} COMMIT;")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything inside, or on any exception nothing of it."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def rows(self, sql: str, *values: Any) -> Sequence[sqlite3.Row]:  # Any: whatever SQLite stores
        """Run a query."""
        return self._run(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:  # Any: whatever SQLite stores
        """Run a query for at most one row."""
        found: sqlite3.Row | None = self._run(sql, values).fetchone()
        return found

    def write(self, sql: str, *values: Any) -> int:  # Any: whatever SQLite stores
        """Run an INSERT, UPDATE or DELETE; the id of the row that an INSERT made."""
        return self._run(sql, values).lastrowid or 0

    def _run(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:  # Any: whatever SQLite stores
        try:
            return self._connection.execute(sql, values)
        except OverflowError:  # beyond SQLite's 64 bits, so that no row can have it
            raise Refused("A number is out of range") from None

    def close(self) -> None:
        """Close the database, and remove a temporary folder."""
        self._connection.close()
        if self._temporary is not None:
            self._temporary.cleanup()
