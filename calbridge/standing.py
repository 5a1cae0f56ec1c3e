"""From what the visits showed to what is said of it: how each host fares, and the verdict over all of them. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from calbridge.core.problem import printable
from calbridge.core.roomless import Roomless, of_skipped
from calbridge.store import Standing
from calbridge.sync import HostReport
from calbridge.visits import Visit

State: TypeAlias = Literal["fine", "waiting", "failing", "refused", "stale"]
"""`waiting`: her last visit was good, and a meeting has a problem or waits for its room; `failing`: it was not good;
`refused`: her login or our token is not accepted; `stale`: no good visit within three intervals, or none ever."""

STALE_AFTER: Final = 3
"""Intervals without a good visit."""

SOON: Final = timedelta(hours=24)
"""How far ahead the verdict looks for meetings without a room."""

KEPT: Final = 100
"""How many of a host's skipped events a standing keeps; the rest is a number."""

REFUSED: Final = frozenset({"calendar.denied", "calendar.anonymous", "platform.unauthorized"})
"""Rules of problems that no further try mends, and that servers may answer with a lock-out."""

TOKEN_REFUSED: Final = "platform.unauthorized"  # noqa: S105  a rule, no token

PASSING: Final = frozenset(
    {
        "conference.not-cancelled",
        "conference.pending",
        "meeting.waiting",
        "platform.creates",
        "platform.listing",
        "platform.throttled",
        "write.conflict",
        "write.contested",
    }
)
"""Rules of problems that the next passes mend by themselves."""


def after(before: Standing | None, visit: Visit, *, interval: timedelta, next_run: datetime | None) -> Standing:
    """How a host fares after a visit. A quiet one leaves what was said of her, and is as good as the one before.

    `interval` is how often she is to be visited; `next_run` is None where nobody does so by himself.
    """
    report, last = visit.report, before or _unvisited(visit)
    good = last.failures == 0 if report is None else report.good
    visited = replace(
        last,
        host_id=last.host_id if visit.host_id is None else visit.host_id,
        tried=visit.ended,
        good=visit.ended if good else last.good,
        failures=0 if good else last.failures + 1,
        next_run=next_run,
        next_audit=visit.next_audit or last.next_audit,
        interval=interval,
        lag=timedelta() if last.next_run is None else max(visit.began - last.next_run, timedelta()),
    )
    if report is None:
        return visited
    visited = replace(visited, problems=tuple(dict.fromkeys(report.problems)))
    return visited if report.meetings is None else _seen(visited, report, report.meetings)


def _unvisited(visit: Visit) -> Standing:
    return Standing(
        host=visit.host,
        host_id=None,
        tried=visit.ended,
        good=None,
        failures=0,
        next_run=None,
        interval=timedelta(),
        lag=timedelta(),
        meetings=0,
        problems=(),
        skipped=(),
        more=0,
        waiting=(),
        withheld=0,
    )


def _seen(standing: Standing, report: HostReport, meetings: int) -> Standing:
    skipped = report.plan.skipped
    kept = tuple(of_skipped(each) for each in skipped if each.problem.rule != "event.past")[:KEPT]
    return replace(
        standing,
        meetings=meetings,
        skipped=kept,
        more=len(skipped) - len(kept),
        waiting=report.waiting[:KEPT],
        withheld=report.plan.withheld,
    )


def state(standing: Standing, now: datetime) -> State:
    """How a host fares, in one word."""
    if standing.failures and any(problem.rule in REFUSED for problem in standing.problems):
        return "refused"
    if is_stale(standing, now):
        return "stale"
    if standing.failures:
        return "failing"
    return "waiting" if standing.problems or standing.waiting or standing.withheld else "fine"


def is_stale(standing: Standing, now: datetime) -> bool:
    """Whether her last good visit is too long ago, or never was."""
    return standing.good is None or now - standing.good > STALE_AFTER * standing.interval


def stands_still(standings: Iterable[Standing], now: datetime) -> bool:
    """Whether somebody is due, and nobody at all was visited for three intervals: as if no daemon and no timer ran."""
    known = tuple(standings)
    last = max((standing.tried for standing in known), default=now)
    return any(now - max(last, each.next_run or last) > STALE_AFTER * each.interval for each in known)


def needs_somebody(standing: Standing, now: datetime) -> bool:
    """Whether what is wrong stays so until a person does something."""
    match state(standing, now):
        case "refused" | "stale":
            return True
        case "waiting":
            return bool(standing.withheld) or any(problem.rule not in PASSING for problem in standing.problems)
        case "failing" | "fine":
            return False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of all hosts first.

    `unvisited` are configured hosts that no visit ever ended for; `next_roomless` is the next meeting, within `SOON`,
    that may have a room and has none, with its host. `visited` is the end of the last visit of any host.
    """

    now: datetime
    hosts: int
    needing: tuple[str, ...]
    trying: tuple[str, ...]
    unvisited: tuple[str, ...]
    next_roomless: tuple[str, Roomless] | None
    visited: datetime | None
    is_stale: bool

    @property
    def fine(self) -> int:
        """How many hosts need nobody and nothing."""
        return self.hosts - len(self.needing) - len(self.trying) - len(self.unvisited)


def verdict(hosts: Sequence[str], standings: Iterable[Standing], now: datetime) -> Verdict:
    """Judge the configured hosts; standings of others are passed over."""
    configured = frozenset(hosts)
    known = {standing.host: standing for standing in standings if standing.host in configured}
    needing = {host for host, standing in known.items() if needs_somebody(standing, now)}
    trying = {host for host, standing in known.items() if standing.failures} - needing
    unvisited = tuple(sorted(configured - known.keys()))
    return Verdict(
        now=now,
        hosts=len(configured),
        needing=tuple(sorted(needing)),
        trying=tuple(sorted(trying)),
        unvisited=unvisited,
        next_roomless=min(roomless_soon(known.values(), now), key=_start, default=None),
        visited=max((standing.tried for standing in known.values()), default=None),
        is_stale=bool(unvisited) or any(is_stale(standing, now) for standing in known.values()),
    )


def verdict_line(verdict: Verdict, *, subjects: bool) -> str:
    """The verdict in one line. A meeting is called by its subject only where `subjects` may be shown."""
    parts = [f"{verdict.fine} of {verdict.hosts} host{'' if verdict.hosts == 1 else 's'} fine"]
    if verdict.needing:
        parts.append(f"{len(verdict.needing)} {'needs' if len(verdict.needing) == 1 else 'need'} you")
    if verdict.trying:
        parts.append(f"{len(verdict.trying)} being tried again")
    if verdict.unvisited:
        parts.append(f"{len(verdict.unvisited)} not visited yet")
    return f"{', '.join(parts)}; next meeting without a room: {_next(verdict, subjects=subjects)}"


def _next(verdict: Verdict, *, subjects: bool) -> str:
    if verdict.next_roomless is None:
        return f"none in {SOON // timedelta(hours=1)} h"
    host, roomless = verdict.next_roomless
    name = f"{printable(roomless.subject)!r} of {host}" if subjects else f"one of {host}"
    return f"{name} at {roomless.start:%Y-%m-%d %H:%M} {getattr(roomless.start, 'tzinfo', '')}"


def roomless_soon(
    standings: Iterable[Standing], now: datetime, *, within: timedelta = SOON
) -> Iterator[tuple[str, Roomless]]:
    """Meetings that may have a room, have none, and begin soon or have just begun; each with its host."""
    for standing in standings:
        for each in standing.waiting:
            if isinstance(each.start, datetime) and now - _JUST <= each.start <= now + within:
                yield standing.host, each


def _start(found: tuple[str, Roomless]) -> float:
    _, roomless = found
    return roomless.start.timestamp() if isinstance(roomless.start, datetime) else 0.0


_JUST = timedelta(hours=1)
