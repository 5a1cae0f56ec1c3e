"""Standings and visits in few words. It is nine in the morning of 5 January 2026, UTC."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from calbridge.core.actions import Plan
from calbridge.core.model import Skipped
from calbridge.core.problem import Problem
from calbridge.core.roomless import Roomless
from calbridge.store import Standing
from calbridge.sync import HostReport
from calbridge.visits import Visit

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PARIS = ZoneInfo("Europe/Paris")
WORK = "https://dav.example.com/alice/work/"
DENIED = Problem(WORK, "calendar.denied", "the server refuses the password", "check it")
DOWN = Problem(WORK, "calendar.unreachable", "no answer", "check the server")
REFUSED = Problem(f"{WORK} a", "conference.refused", "no", "change it")
PENDING = Problem(f"{WORK} a", "conference.pending", "nobody knows", "nothing to do")


def standing(
    host: str = "alice",
    *,
    good: timedelta | None = timedelta(seconds=30),
    failures: int = 0,
    problems: Iterable[Problem] = (),
    skipped: Iterable[Roomless] = (),
    waiting: Iterable[Roomless] = (),
    withheld: int = 0,
    meetings: int = 3,
) -> Standing:
    """A host whose last good visit ended that long ago."""
    return Standing(
        host=host,
        host_id=9,
        tried=NOW - timedelta(seconds=30),
        good=None if good is None else NOW - good,
        failures=failures,
        next_run=NOW + timedelta(seconds=30),
        interval=MINUTE,
        lag=timedelta(seconds=1),
        meetings=meetings,
        problems=tuple(problems),
        skipped=tuple(skipped),
        more=0,
        waiting=tuple(waiting),
        withheld=withheld,
    )


def roomless(uid: str = "a", *, start: timedelta = MINUTE, rule: str = "meeting.waiting") -> Roomless:
    """A meeting that begins that much later, in Paris."""
    begins = (NOW + start).astimezone(PARIS)
    return Roomless(WORK, uid, None, "Planning", begins, rule, "no room yet", "wait")


def skipped(uid: str, rule: str = "event.all-day") -> Skipped:
    """An event that can't have a room."""
    problem = Problem(f"{WORK} {uid}", rule, "it has no time", "give it one")
    return Skipped(WORK, f"{WORK}{uid}.ics", uid, None, problem, "Outing", NOW.date())


def visit(
    *,
    began: datetime = NOW,
    good: bool = True,
    problems: Iterable[Problem] = (),
    plan: Plan | None = None,
    meetings: int | None = 3,
    waiting: Iterable[Roomless] = (),
) -> Visit:
    """A visit that made a plan; it took two seconds."""
    report = HostReport(
        "alice", plan or Plan(), (), tuple(problems), good=good, meetings=meetings, waiting=tuple(waiting)
    )
    return Visit("alice", began, began + timedelta(seconds=2), report, 9, None)


def quiet(began: datetime = NOW) -> Visit:
    """A visit that saw that nothing changed."""
    return Visit("alice", began, began + timedelta(seconds=1), None, 9, None)
