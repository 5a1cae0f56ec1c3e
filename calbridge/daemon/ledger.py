"""How every host fares: kept in memory, written in batches, and in the log where it changes."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

import structlog

from calbridge import standing
from calbridge.core.problem import Problem
from calbridge.errors import StoreError
from calbridge.store import Standing, Store
from calbridge.visits import Visit

_log = structlog.get_logger()


class Ledger:
    """The standings of the configured hosts; those of others that the store still has are forgotten at once."""

    def __init__(self, store: Store, hosts: Iterable[str]) -> None:
        self._store = store
        stored = {found.host: found for found in store.standings.all()}
        self._standings = {host: stored[host] for host in hosts if host in stored}
        self._unsaved: set[str] = set()
        self._told: dict[str, frozenset[tuple[str, str]]] = {}
        self._failing = False
        store.standings.delete(*(stored.keys() - self._standings.keys()))

    def all(self) -> tuple[Standing, ...]:
        """Every host's standing, saved or not."""
        return tuple(self._standings.values())

    def get(self, host: str) -> Standing | None:
        """One host's; None before her first visit."""
        return self._standings.get(host)

    def visited(self, visit: Visit, *, interval: timedelta, next_run: datetime | None, muted: bool) -> Standing:
        """Enter a visit. `muted`: what keeps everybody from the platform is told already, and not for each host."""
        found = standing.after(self._standings.get(visit.host), visit, interval=interval, next_run=next_run)
        self._standings[visit.host] = found
        self._unsaved.add(visit.host)
        if visit.report is not None:
            self._tell(visit.host, [p for p in found.problems if not (muted and p.rule.startswith("platform."))])
        return found

    def forget(self, hosts: Iterable[str]) -> None:
        """These are configured no more."""
        gone = [host for host in hosts if self._standings.pop(host, None) is not None]
        self._unsaved.difference_update(gone)
        self._store.standings.delete(*gone)

    def flush(self) -> None:
        """Write what changed, in one transaction; where that fails it is tried again with the next batch."""
        batch, self._unsaved = self._unsaved, set()
        try:
            self._store.standings.save(*(self._standings[host] for host in batch))
        except StoreError as error:
            self._unsaved |= batch
            if not self._failing:
                _log.error("standings not saved", **asdict(error.problem))
            self._failing = True
        else:
            self._failing = False

    def _tell(self, host: str, problems: Iterable[Problem]) -> None:
        """Log a problem when it appears and when it is over, not at every visit in between."""
        now = {(problem.where, problem.rule): problem for problem in problems}
        before = self._told.pop(host, frozenset())
        for key, problem in now.items():
            if key not in before:
                _log.warning("problem", host=host, **asdict(problem))
        for where, rule in sorted(before - now.keys()):
            _log.info("problem is over", host=host, where=where, rule=rule)
        if now:
            self._told[host] = frozenset(now)
