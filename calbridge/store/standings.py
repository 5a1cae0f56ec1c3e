"""How each host fares as of her last visit, for the status: one row a host, written in batches."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select

from calbridge.core.problem import Problem
from calbridge.core.roomless import Roomless
from calbridge.store.database import Database
from calbridge.store.records import record, row, upsert
from calbridge.store.tables import standings


@dataclass(frozen=True, slots=True)
class Standing:
    """How one host fares. Times are aware, in UTC; `host` is her file's name.

    `tried` is the end of her last visit, `good` that of the last good one: nothing kept it from a calendar or from the
    platform. `failures` counts the visits in a row since. `next_run` is None where nobody visits her by itself.
    `interval` is how often she is to be visited, `lag` by how much later than meant the last visit began.
    `meetings` have a room; `waiting` may have one and have none, the next first; `skipped` can't have one, `more`
    counts those that are not kept here: past ones, and what goes beyond a bound. `withheld` is what a breaker stopped.
    `next_audit` is when a daemon means to look at everything of hers, and so does the daemon after it.
    """

    host: str
    host_id: int | None
    tried: datetime
    good: datetime | None
    failures: int
    next_run: datetime | None
    interval: timedelta
    lag: timedelta
    meetings: int
    problems: tuple[Problem, ...]
    skipped: tuple[Roomless, ...]
    more: int
    waiting: tuple[Roomless, ...]
    withheld: int
    next_audit: datetime | None = None


class Standings:
    """The standings of all hosts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, *found: Standing) -> None:
        """Replace the standings of these hosts: one transaction for all of them."""
        self._database.run(upsert(standings), [row(standing) for standing in found])

    def all(self) -> tuple[Standing, ...]:
        """Every host's, by name."""
        return tuple(record(Standing, stored) for stored in self._database.rows(select(standings).order_by("host")))

    def get(self, host: str) -> Standing | None:
        """One host's; None where she was never visited."""
        rows = self._database.rows(select(standings).where(standings.c.host == host))
        return record(Standing, rows[0]) if rows else None

    def delete(self, *hosts: str) -> None:
        """Forget hosts that are configured no more."""
        self._database.run(delete(standings).where(standings.c.host == bindparam("of")), [{"of": h} for h in hosts])
