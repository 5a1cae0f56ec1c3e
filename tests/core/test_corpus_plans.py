"""Every calendar file seen in the field becomes a plan, or says why not: no exception, no hang."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from support.corpus import CALENDAR, corpus_files, objects, whole

from calbridge.core.actions import NAMES, Plan
from calbridge.core.breakers import Allowed
from calbridge.core.case import Context
from calbridge.core.event import read_object
from calbridge.core.meeting import read_meeting
from calbridge.core.model import EventSet, Meeting, Reading, Skipped, Unasked
from calbridge.core.observation import Found, Observation
from calbridge.core.plan import plan_host
from calbridge.core.policy import Owner, Policy, Select
from calbridge.core.problem import Problem

POLICY = Policy(
    "main",
    Owner(9, frozenset({"alice@example.com"}), "Europe/Berlin"),
    Select(trigger=("all",), transparent="include", other_links="include"),
)
TODAY = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
SECONDS = 1.0
"""What one file may take, in processor time: other programs of this machine don't count."""


def plan(found: Found, now: datetime) -> Plan:
    """What a first pass would do with one object, alone in its calendar."""
    calendars = frozenset({CALENDAR})
    seen = Observation(found=(found,), calendars=calendars, healthy=calendars, writable=calendars)
    context = Context(POLICY, "selected", now, look=None, looked_before=True, full=False)
    return plan_host(seen, context, Allowed())


def moments(reading: Reading) -> Iterator[datetime]:
    """Plan at two times: today, and the day before the event first happened."""
    yield TODAY
    if isinstance(reading, Meeting):
        starts = [o.occasion.start for o in reading.overrides if o.occasion is not None]
        starts += [reading.master.start] if reading.master is not None else []
        yield min(starts).astimezone(UTC) - timedelta(days=1)


def rules(body: bytes) -> Iterator[str]:
    """Name what becomes of everything in a file, once for each moment: an action, or the rule that stands against."""
    for source in (*objects(body), whole(body)):
        events = read_object(source, zone="Europe/Berlin")
        match events:
            case None:
                yield "no event"
            case Problem():
                assert all((events.where, events.reason, events.hint))
                yield events.rule
            case EventSet():
                reading = read_meeting(events, POLICY)
                for now in moments(reading):
                    yield from outcomes(reading, plan(Found(source, reading), now))


def outcomes(reading: Reading, planned: Plan) -> Iterator[str]:
    if isinstance(reading, Unasked):
        assert planned == Plan()
        yield f"unasked, {reading.why}"
        return
    assert planned.actions or planned.skipped, reading.uid
    names = [NAMES[type(action)] for action in planned.actions]
    assert names.count("write-back") == ("create" in names)
    yield from names
    for skipped in planned.skipped:
        assert all((skipped.problem.where, skipped.problem.reason, skipped.problem.hint))
        yield skipped.problem.rule
    assert planned.problems == ()
    assert isinstance(reading, Meeting | Skipped)


def test_every_file_is_planned_without_an_exception_and_in_time() -> None:
    counts: Counter[str] = Counter()
    files = corpus_files()
    for file in files:
        body = file.read_bytes()
        started = time.process_time()
        counts.update(rules(body))
        assert time.process_time() - started < SECONDS, file
    print(*(f"{count:6} {rule}" for rule, count in counts.most_common()), sep="\n")  # noqa: T201  shown by pytest -s
    assert len(files) == 469
    assert counts["create"] > 1000
