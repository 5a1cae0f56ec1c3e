"""The hosts of a running daemon: who they are, their calendars, and what each showed last.

visit --- nothing known, an audit, a failure before ----> found anew: profile, calendars ---.
 |                                                                                          |
 `------- glance: calendars came or went ---------------> found anew -----------------------|
           |----- something changed, or is pending ---------------------------------------> a whole pass
           `----- nothing, since before a pass that had nothing to do ---------------------> quiet: no plan
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

import structlog

from calbridge import app
from calbridge.arrivals import Arrival, Directory, arrive
from calbridge.calendars import Connections, DavAccount
from calbridge.config import Config, HostConfig
from calbridge.core.actions import Plan
from calbridge.core.problem import Problem
from calbridge.errors import CalbridgeError, CalendarError, StoreError
from calbridge.ports import Glance
from calbridge.seating import Seating
from calbridge.sync import HostReport, Options, Run, Seat, internal, sync_host

_log = structlog.get_logger()

QUIET: Final = timedelta(minutes=15)
"""How long glances may stand for whole passes: what only time brings about (dates to top up, meetings to forget)
waits that long at most, and so does an edit that a server's versions don't show."""

MISSED: Final = timedelta(hours=1)
"""How long audits are spread over that came due while no process ran; how long after one that failed is the next."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One poll of one host, as the daemon sees it. `began` and `ended` are aware, in UTC.

    `report` is None where a glance showed that nothing changed and nothing is due: no plan was made. `host_id` is the
    platform's, where known; `next_audit` is when her next full look is due.
    """

    host: str
    began: datetime
    ended: datetime
    report: HostReport | None
    host_id: int | None
    next_audit: datetime | None


@dataclass(slots=True)
class _Known:
    """What is kept of a host between visits.

    `arrival` is None where she has to be found anew. `glances` are as they were before the last pass began, one for
    each of her accounts, None where its server does not tell; they may stand for a pass until `quiet_until`, None
    where something is pending.
    """

    host: HostConfig
    accounts: tuple[DavAccount, ...]
    next_audit: datetime
    host_id: int | None = None
    arrival: Arrival | None = None
    glances: tuple[Glance | None, ...] = field(default=())
    quiet_until: datetime | None = None


class Visits:
    """The hosts of a running daemon. Visits of different hosts may run at once, of one host one after the other."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._connections = Connections(run.config.daemon.concurrency)
        self._seating = Seating(run, run.config.hosts)
        self._directory = Directory(run)
        self._known: dict[str, _Known] = {}
        self._under_way: set[int] = set()
        self._audits = {each.host: each.next_audit for each in run.store.standings.all() if each.next_audit}

    async def visit(self, host: HostConfig, *, full: bool = False) -> Visit:
        """Poll a host, and bring what changed in step. Never raises for what a server, the platform or an event does.

        `full` makes it an audit, with everything found anew; so does an audit that is due.
        """
        began = self._run.clock()
        known = self._of(host, began)
        full = full or began >= known.next_audit
        report = await self._poll(known, began, full=full)
        if full:
            every = self._run.config.daemon.audit_interval
            was_good = report is not None and report.good
            known.next_audit = began + (every * self._run.random.uniform(0.9, 1.0) if was_good else min(every, MISSED))
        return Visit(host.name, began, self._run.clock(), report, known.host_id, known.next_audit)

    def changed(self, config: Config) -> None:
        """Go on with another configuration: hosts that changed or went are forgotten."""
        all_differ = config.platform != self._run.config.platform
        self._run.config = config
        now = {host.name: host for host in config.hosts}
        for name, known in list(self._known.items()):
            if all_differ or now.get(name) != known.host:
                del self._known[name]
                self._seating.left(name)
            else:
                known.host = now[name]
        if all_differ:
            self._directory = Directory(self._run)
        self._seating.expect(host for host in config.hosts if host.name not in self._known)

    def left_out(self) -> tuple[Problem, ...]:
        """Hosts that have rooms and are configured no more, or under another id."""
        return tuple(self._seating.left_out().values())

    async def close(self) -> None:
        """Close every connection; no visit may be under way."""
        await self._connections.__aexit__()

    def _of(self, host: HostConfig, now: datetime) -> _Known:
        known = self._known.get(host.name)
        if known is None or (known.host is not host and known.host != host):
            accounts = app.dav_accounts(host, self._run.config.platform.timeout, self._connections)
            known = self._known[host.name] = _Known(host, accounts, self._first_audit(host.name, now))
        return known

    def _first_audit(self, name: str, now: datetime) -> datetime:
        """When the process before would have audited a host; spread out where that is over: all hosts begin at once."""
        every, chance = self._run.config.daemon.audit_interval, self._run.random.random()
        planned = self._audits.pop(name, None)
        if planned is None:
            return now + every * chance
        return min(planned, now + every) if planned > now else now + min(every, MISSED) * chance

    async def _poll(self, known: _Known, now: datetime, *, full: bool) -> HostReport | None:
        try:
            seat = await self._prepared(known, now, full=full)
        except CalbridgeError as error:  # the store's: what servers do is in an arrival already
            known.arrival = None
            return _nothing_but(known, error.problem)
        except Exception as error:  # noqa: BLE001  the boundary of a host: one that breaks our code stops no other
            _log.exception("host failed", host=known.host.name)
            known.arrival = None
            return _nothing_but(known, internal(known.host.name, error))
        if not isinstance(seat, Seat):
            return seat
        host_id = seat.profile.id
        if host_id in self._under_way:  # by another name: there are never two passes over one host of the platform
            known.arrival = None
            return _nothing_but(known)
        self._under_way.add(host_id)
        try:
            report = await sync_host(seat, self._run, Options(full=full))
        finally:
            self._under_way.discard(host_id)
        if _is_idle(report) and not seat.unseen and not self._is_unfinished(seat):
            known.quiet_until = now + QUIET * self._run.random.uniform(0.75, 1.0)
        if _lost_a_calendar(seat, report):
            known.arrival = None
        return report

    def _is_unfinished(self, seat: Seat) -> bool:
        """Whether something is under way; where the store can't tell, the next pass will say why."""
        try:
            return self._run.store.meetings.unfinished(seat.profile.id)
        except StoreError:
            return True

    async def _prepared(self, known: _Known, now: datetime, *, full: bool) -> Seat | HostReport | None:
        """Where the host is to be synced; None where nothing is to be done, a report where she can't be found."""
        quiet_until, known.quiet_until = known.quiet_until, None
        arrival = None if full else known.arrival
        if arrival is not None:
            before = known.glances
            arrival, known.glances = await _look(arrival, before)
            if quiet_until is not None and now < quiet_until and None not in before and known.glances == before:
                known.quiet_until = quiet_until
                return None
            if _came_or_went(before, known.glances):
                arrival = None
        if arrival is not None:
            known.arrival = None if arrival.is_partial else arrival
            return self._seating.seat(arrival)
        return await self._found(known)

    async def _found(self, known: _Known) -> Seat | HostReport:
        """Find a host anew."""
        found = await arrive(known.host, self._run, self._directory, known.accounts)
        glances = await _first_look(found) if isinstance(found, Arrival) else ()
        if self._known.get(known.host.name) is not known:
            return _nothing_but(known)  # the configuration has changed meanwhile
        known.arrival = None if isinstance(found, HostReport) or found.is_partial else found
        if isinstance(found, HostReport):
            self._seating.failed(known.host.name)
            return found
        known.host_id, known.glances = found.profile.id, glances
        with self._run.store.transaction():
            refused = self._seating.arrived(found)
            if refused is None:
                return self._seating.seat(found)
        known.arrival = None
        return _nothing_but(known, refused)


_Glances: TypeAlias = tuple[Glance | None, ...]


async def _first_look(arrival: Arrival) -> _Glances:
    """What there is to compare with; None for an account whose server does not tell."""
    glances: list[Glance | None] = []
    for account, found in arrival.discovered:
        try:
            glances.append(await account.glance(found, None))
        except CalendarError:  # it was found a moment ago: the pass will say what there is to say
            glances.append(None)
    return tuple(glances)


async def _look(arrival: Arrival, before: _Glances) -> tuple[Arrival, _Glances]:
    """What the accounts show now; one that fails is none of the host's for this time."""
    glances: list[Glance | None] = []
    for (account, found), last in zip(arrival.discovered, before, strict=True):
        try:
            glances.append(None if last is None else await account.glance(found, last))
        except CalendarError as error:
            arrival = arrival.without(account, error.problem)
    return arrival, tuple(glances)


def _came_or_went(before: _Glances, now: _Glances) -> bool:
    """Whether an account has other calendars than before, or no longer those that it had."""
    pairs = zip(before, now, strict=True) if len(before) == len(now) else ()
    return any(last is not None and (seen is None or seen.others != last.others) for last, seen in pairs)


def _is_idle(report: HostReport) -> bool:
    """Whether a pass had nothing to do, to note or to complain about; events that it skips stay skipped."""
    plan = report.plan
    return not (plan.actions or plan.notes or plan.withheld or plan.problems or report.problems)


def _lost_a_calendar(seat: Seat, report: HostReport) -> bool:
    """Whether a calendar could not be read or written as it was found."""
    told = {*seat.problems, *report.plan.problems}
    return any(
        p.rule.startswith("calendar.") and p.rule != "calendar.emptied" for p in report.problems if p not in told
    )


def _nothing_but(known: _Known, *problems: Problem) -> HostReport:
    return HostReport(known.host.name, Plan(), (), problems)
