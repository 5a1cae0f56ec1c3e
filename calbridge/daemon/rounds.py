"""Every host's turn: wait for a place, visit her, keep how it went, and say when she is visited next."""

import asyncio
import time
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from calbridge.calendars import hrefs
from calbridge.config import Config, HostConfig
from calbridge.core.actions import Plan
from calbridge.core.problem import Problem
from calbridge.daemon.budgets import Budgets
from calbridge.daemon.fuse import Fuse
from calbridge.daemon.ledger import Ledger
from calbridge.daemon.pace import Course, first_turn
from calbridge.daemon.rota import Rota
from calbridge.metrics import Metrics
from calbridge.sync import HostReport, Run, internal
from calbridge.visits import Visit, Visits

DEADLINE: Final = 600.0
"""Seconds after which a visit is ended, whatever it waits for."""

GRACE: Final = 60.0
"""Seconds that it may take to end a visit, and that a turn may be late, before something is wrong with this process."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Books:
    """Where it is kept how visits went."""

    ledger: Ledger
    metrics: Metrics


class Rounds:
    """The hosts of a running daemon, and who of them is being visited."""

    def __init__(self, run: Run, visits: Visits, budgets: Budgets, fuse: Fuse, books: Books) -> None:
        self._run = run
        self._visits = visits
        self._budgets = budgets
        self._fuse = fuse
        self._books = books
        self._rota = Rota(self._turn, run.random)
        self._hosts: dict[str, HostConfig] = {}
        self._courses: dict[str, Course] = {}
        self._waiting: set[asyncio.Task[object]] = set()
        self._begun: dict[asyncio.Task[object], float] = {}
        self._last_end = time.monotonic()

    def begin(self, left_alone: Map[str, datetime]) -> None:
        """Visit everybody from now on, spread out; those who are `left_alone` from that time on at the earliest."""
        now = self._run.clock()
        for host in self._run.config.hosts:
            first = first_turn(host.name, host.poll_interval, now)
            until = left_alone.get(host.name, first)
            self._add(host, max(first, until))
            if until > first:
                self._courses[host.name] = Course(1, 1)
        self._rota.start()

    def changed(self, config: Config) -> None:
        """Go on with another configuration: who is new or changed is visited at once, who went never again.

        With another platform, or token, so is whoever failed because of the one before.
        """
        before, now = self._hosts, {host.name: host for host in config.hosts}
        is_other_platform = config.platform != self._run.config.platform
        gone = before.keys() - now.keys()
        for name in gone:
            self._rota.remove(name)
            del self._hosts[name]
            self._courses.pop(name, None)
        self._books.ledger.forget(gone)
        self._visits.changed(config)
        self._run.config = config
        self._budgets.resize(config.daemon.concurrency, len(servers(config)))
        for host in config.hosts:
            if before.get(host.name) != host:
                self._add(host, self._run.clock())
        if is_other_platform:
            self.retry(platform_only=True)

    def retry(self, *, platform_only: bool = False) -> None:
        """Visit soon who failed, with her patience restored; `platform_only`: who failed because of the platform."""
        now = self._run.clock()
        for name in list(self._courses):
            found = self._books.ledger.get(name)
            if platform_only and not (found and any(p.rule.startswith("platform.") for p in found.problems)):
                continue
            del self._courses[name]
            soon, planned = first_turn(name, self._hosts[name].poll_interval, now), self._rota.next_run(name)
            self._rota.put_off(name, soon if planned is None else min(soon, planned))

    def wake(self) -> None:
        """See who is due, whatever happened to the clock."""
        self._rota.wake()

    def is_moving(self) -> bool:
        """Whether visits end when they have to, and begin when they are due."""
        now = time.monotonic()
        if any(now - began > DEADLINE + GRACE for began in self._begun.values()):
            return False
        if self._waiting and now - self._last_end > DEADLINE + GRACE:
            return False
        earliest = self._rota.earliest()
        return earliest is None or self._run.clock() - earliest < timedelta(seconds=GRACE)

    async def drain(self, patience: float, hurry: asyncio.Event) -> int:
        """Begin nothing more, wait for visits under way, and cut off those that last longer: their number.

        `hurry` cuts the patience short, which is in seconds. What is cut off can be: every effect is looked up again.
        """
        self._rota.pause()
        for task in self._waiting:
            task.cancel()
        under_way = set(self._begun)
        hurried = asyncio.create_task(hurry.wait())
        deadline = time.monotonic() + patience
        while under_way and not hurry.is_set() and (left := deadline - time.monotonic()) > 0:
            ended, _ = await asyncio.wait({*under_way, hurried}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            under_way -= ended
        hurried.cancel()
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way, timeout=_CUT)
        self._rota.stop()
        return len(under_way)

    def _add(self, host: HostConfig, first: datetime) -> None:
        self._hosts[host.name] = host
        self._courses.pop(host.name, None)
        self._rota.add(host.name, host.poll_interval, first)

    async def _turn(self, name: str, due: datetime) -> None:
        host = self._hosts.get(name)
        if host is None:
            return
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        try:
            async with self._budgets.taken(_servers(host)):
                self._waiting.discard(task)
                self._begun[task] = time.monotonic()
                visit = await self._visit(host)
        finally:
            self._waiting.discard(task)
            self._begun.pop(task, None)
            self._last_end = time.monotonic()
        if self._hosts.get(name) is host:  # else she changed or went meanwhile: what was seen is not hers any more
            self._enter(host, visit, due)

    async def _visit(self, host: HostConfig) -> Visit:
        began = self._run.clock()
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._visits.visit(host)
        except TimeoutError:
            problem = _too_long(host.name)
        except Exception as error:  # noqa: BLE001  the boundary of a host: one that breaks our code stops no other
            _log.exception("host failed", host=host.name)
            problem = internal(host.name, error)
        return Visit(host.name, began, self._run.clock(), HostReport(host.name, Plan(), (), (problem,)), None, None)

    def _enter(self, host: HostConfig, visit: Visit, due: datetime) -> None:
        """Keep how it went, and let the next turn be later where it did not go well."""
        ledger, now = self._books.ledger, self._run.clock()
        before, course = ledger.get(host.name), self._courses.get(host.name, Course())
        if visit.report is None:
            course = course.after(good=before is None or not before.failures, problems=())
        elif visit.report.good or visit.report.problems:  # with neither, a calendar waits for hosts yet to come
            course = course.after(good=visit.report.good, problems=visit.report.problems)
        pause = course.pause(host.poll_interval, self._run.random.random())
        if course.failures:
            self._courses[host.name] = course
        else:
            self._courses.pop(host.name, None)
        if pause is not None:
            self._rota.put_off(host.name, now + pause)
        ledger.visited(
            visit,
            interval=host.poll_interval,
            next_run=self._rota.next_run(host.name),
            muted=self._fuse.problem is not None,
        )
        self._books.metrics.visited(visit, max(visit.began - due, timedelta()))


_CUT: Final = 2.0
"""Seconds that a visit which is cut off gets to put things in order."""


def servers(config: Config) -> frozenset[tuple[str, str, int]]:
    """All calendar servers, by scheme, host and port."""
    return frozenset(server for host in config.hosts for server in _servers(host))


def _servers(host: HostConfig) -> list[tuple[str, str, int]]:
    return [hrefs.origin(account.url) for account in host.accounts]


def _too_long(name: str) -> Problem:
    return Problem(
        f"host {name}",
        "visit.deadline",
        f"a visit of hers was not done within {DEADLINE / 60:g} minutes and ended there; what is done is done",
        "nothing to do if the next one is: it looks up what was begun; else look for a server that answers slowly",
    )
