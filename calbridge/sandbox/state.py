"""The sandbox's memory: one SQLite database, in a file or in the process, written by one thread at a time."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from calbridge.core.problem import Problem
from calbridge.errors import ConfigError

VERSION: Final = 1
SCHEMA: Final = """
CREATE TABLE reseller (id INTEGER PRIMARY KEY, domain TEXT NOT NULL);
CREATE TABLE company (
    id INTEGER PRIMARY KEY,
    reseller_id INTEGER NOT NULL REFERENCES reseller,
    name TEXT NOT NULL,
    subdomain TEXT NOT NULL
);
CREATE TABLE host (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    company_id INTEGER NOT NULL REFERENCES company,
    access_code TEXT NOT NULL UNIQUE,
    profile TEXT NOT NULL  -- people.Profile as JSON
);
CREATE TABLE contact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host_id INTEGER NOT NULL REFERENCES host,
    name TEXT NOT NULL,
    email TEXT NOT NULL COLLATE NOCASE,
    UNIQUE (host_id, email)
);
CREATE TABLE api_token (
    token TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    company_id INTEGER REFERENCES company,  -- of a company admin or a host
    reseller_id INTEGER NOT NULL REFERENCES reseller
);
CREATE TABLE session (
    auth_token TEXT PRIMARY KEY,
    api_token TEXT NOT NULL REFERENCES api_token,
    last_used INTEGER NOT NULL  -- seconds of UTC since 1970, like every time below
);
CREATE TABLE conference (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host_id INTEGER NOT NULL REFERENCES host,
    master_id INTEGER,         -- NULL: it happens once; its own id: the master of a series
    instance TEXT,             -- of a child: the local time that the schedule gave it, whatever it was moved to
    local_start TEXT NOT NULL, -- in zone, as asked for: may lie in a DST gap
    zone TEXT NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    details TEXT NOT NULL,     -- bookings.Details as JSON
    access_code TEXT,          -- NULL: the host's dedicated one
    secret TEXT,               -- of a secure_url
    moderator_token TEXT NOT NULL,
    schedule TEXT,
    series_ends INTEGER,       -- of a master: NULL while no end is in sight
    expanded_to TEXT,          -- of a master: the last local date up to which children were looked for
    changed INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX conference_listing ON conference (host_id, starts, id) WHERE NOT cancelled;
CREATE INDEX conference_children ON conference (master_id);
CREATE INDEX conference_code ON conference (access_code);
CREATE INDEX conference_secret ON conference (secret);
"""


class State:
    """An open database. All access is from the server's one loop, so that requests never interleave."""

    def __init__(self, path: Path | None) -> None:
        """Open or create it. Raises `ConfigError` if the file is no database of this sandbox."""
        where = ":memory:" if path is None else str(path)
        try:
            self._connection = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
            self._connection.row_factory = sqlite3.Row
            self._prepare(where)
        except sqlite3.Error as error:
            hint = "name a file that can be written and that an earlier sandbox made, or none yet"
            raise ConfigError((Problem(where, "sandbox.data", f"can't be used: {error}", hint),)) from error

    @property
    def is_empty(self) -> bool:
        """Whether it has not been seeded yet."""
        return self.row("SELECT 1 FROM reseller") is None

    def _prepare(self, where: str) -> None:
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA journal_mode = WAL")
        [version] = self._connection.execute("PRAGMA user_version").fetchone()
        if version == VERSION:
            return
        if version != 0 or self._connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is not None:
            hint = "give --data the name of a new file"
            problem = Problem(where, "sandbox.data", "holds something else than this sandbox's state", hint)
            self._connection.close()
            raise ConfigError((problem,))
        self._connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")

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
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:  # Any: whatever SQLite stores
        """Run a query for at most one row."""
        found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return found

    def write(self, sql: str, *values: Any) -> int:  # Any: whatever SQLite stores
        """Run an INSERT, UPDATE or DELETE; the id of the row that an INSERT made."""
        return self._connection.execute(sql, values).lastrowid or 0

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
