"""The store: one database file, and what of it a pass, a plan and the status page use."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from calbridge.store.calendars import CalendarMemory
from calbridge.store.database import Database, connect, connect_memory
from calbridge.store.forgetting import forget_host
from calbridge.store.journal import Journal
from calbridge.store.meetings import MeetingMemory
from calbridge.store.migrate import migrate
from calbridge.store.snapshot import copy
from calbridge.store.standings import Standings


class Store:
    """What calbridge remembers. Synchronous, for one thread; every method raises `StoreError` only.

    Each write is a transaction of its own, on disk when it returns; `transaction` makes several into one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        self.calendars = CalendarMemory(database)
        self.meetings = MeetingMemory(database)
        self.journal = Journal(database)
        self.standings = Standings(database)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the database for writing, created or brought to this version's schema where needed.

        Take the `Lock` first: two writers would repeat each other's conferences.
        """
        return cls(Database(connect(path), str(path)))

    @classmethod
    def snapshot(cls, path: Path) -> Self:
        """A copy in memory, as for `plan`: nothing on disk changes, whether or not a daemon is writing meanwhile."""
        return cls(Database(copy(path), str(path)))

    @classmethod
    def memory(cls) -> Self:
        """An empty store that is gone when it closes."""
        return cls(Database(connect_memory(), "memory"))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All the writes inside, or none of them. Never await inside: another task's writes would join in."""
        with self._database.transaction():
            yield

    def rooms_since(self, at: datetime) -> int:
        """How many meetings have a room, or had one when the journal's `cancels_since` began to count."""
        return self.meetings.count() + self.journal.roomless_since(at)

    def forget_host(self, host_id: int) -> None:
        """Forget all that is known of a host; the history stays."""
        forget_host(self._database, host_id)

    def close(self) -> None:
        """Close the database; what was written is already safe."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
