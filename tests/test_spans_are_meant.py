"""Random events, some of whose instances were changed together with all later ones: what is then listed is meant.

As `test_listed_is_meant`, with RANGE=THISANDFUTURE. The judge moves what `support.judge` walks, one wall at a time.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.in_process import InProcess
from support.judge import Event, instant
from support.random_events import FIRST, LAST, NOW, POLICY, WINDOW, events, ical
from support.wants import HORIZON, sent_of, wanted_of

from calbridge.core.dates import MAX_CONFERENCES
from calbridge.core.event import read_object
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Meeting, Reading, Skipped, Unasked
from calbridge.core.problem import Misfit
from calbridge.core.wanted import Wanted

END = NOW + WINDOW
ROOM = timedelta(days=45)
SHIFTS = (timedelta(0), timedelta(hours=2), timedelta(hours=-3, minutes=30), timedelta(days=1), timedelta(days=-1))
Starts = list[tuple[datetime, int]]


@dataclass(frozen=True)
class Range:
    """From a local time on all instances are moved to where `start` is; where that is None they are cancelled."""

    since: datetime
    start: datetime | None
    minutes: int


@dataclass(frozen=True)
class Ranged:
    """An event with such overrides, in order."""

    event: Event
    ranges: tuple[Range, ...]

    def meant(self, first: date, last: date) -> Starts:
        """As of `Event`; where two spans have an instance at one moment, it is the later's."""
        event = self.event
        out = {instant(each.instance, event.zone) for each in event.changes}
        out |= {instant(each, event.zone) for each in event.exdates if isinstance(each, datetime)}
        for rule in event.exrules:
            out.update(instant(wall, event.zone) for wall in rule.said(event.zone, first, last))
        days = {each for each in event.exdates if not isinstance(each, datetime)}
        found: dict[datetime, int] = {}
        for wall in sorted({*event.walls(first, last), *(each.since for each in self.ranges if each.start)}):
            change = next((each for each in reversed(self.ranges) if each.since <= wall), None)
            if instant(wall, event.zone) in out or wall.date() in days or (change and not change.start):
                continue
            shift = change.start - change.since if change and change.start else timedelta(0)
            found[instant(wall + shift, event.zone)] = change.minutes if change else event.minutes
        changed = [(each.start, each.minutes) for each in event.changes if each.start is not None]
        return sorted([*found.items(), *changed])

    def reading(self) -> Reading:
        """The event as it is read from its text."""
        extra = "".join(self._override(each) for each in self.ranges)
        body = ical(self.event).replace(b"END:VCALENDAR", extra.encode() + b"END:VCALENDAR")
        read = read_object(CalendarObject("https://dav.example.com/", "1", None, body), zone="Europe/Berlin")
        assert isinstance(read, EventSet)
        return read_meeting(read, POLICY)

    def _override(self, change: Range) -> str:
        zone = self.event.zone.key
        tzid = "" if zone == "UTC" else f";TZID={zone}"
        suffix = "Z" if zone == "UTC" else ""
        lines = [
            f"RECURRENCE-ID;RANGE=THISANDFUTURE{tzid}:{change.since:%Y%m%dT%H%M%S}{suffix}",
            f"DTSTART{tzid}:{change.start or change.since:%Y%m%dT%H%M%S}{suffix}",
            f"DURATION:PT{change.minutes}M",
            *([] if change.start else ["STATUS:CANCELLED"]),
        ]
        return "\r\n".join(("BEGIN:VEVENT", "UID:random@x", "SUMMARY:Random @meet", *lines, "END:VEVENT", ""))


@st.composite
def ranged(draw: st.DrawFn) -> Ranged:
    event = draw(events().filter(lambda each: each.master and bool(each.rules or each.rdates)))
    known = [wall for wall in event.walls(FIRST, LAST) if FIRST <= wall.date() <= LAST][:60] or [event.start]
    walls = draw(st.lists(st.sampled_from([event.start, *known]), min_size=1, max_size=3, unique=True))
    ranges = []
    for wall in sorted(walls):
        since = wall + timedelta(days=draw(st.sampled_from((0, 0, 0, 0, 0, 0, 3))))
        days = timedelta(days=draw(st.sampled_from((0, 0, 7, -7, draw(st.integers(-30, 30))))))
        start = None if draw(st.integers(0, 9)) == 9 else since + draw(st.sampled_from(SHIFTS)) + days
        ranges.append(Range(since, start, draw(st.sampled_from((20, 50, 90)))))
    unique = {each.since: each for each in ranges}
    return Ranged(event, tuple(unique[since] for since in sorted(unique)))


def outcome(case: Ranged, sandbox: InProcess, then: datetime, *, first_child: bool) -> str:
    """Compare what was sent at first, as it is `then`; say what became of it."""
    reading = case.reading()
    if not isinstance(reading, Meeting):
        return _unread(reading, case)
    found = wanted_of(reading, NOW)
    if not isinstance(found, Misfit) and then > NOW:
        found = wanted_of(reading, then, sent_of(found))
    if isinstance(found, Misfit):
        return found.rule
    assert len({each.part for each in found}) == len(found)
    listed = sandbox.listing_after(found, then, first_child=first_child)
    starts = sorted((each.starts, each.minutes) for each in listed if then <= each.starts < END)
    due = [each for each in case.meant(FIRST - ROOM, LAST + ROOM) if then <= each[0] < END]
    return _compared(found, starts, due, then)


def _compared(found: tuple[Wanted, ...], starts: Starts, due: Starts, then: datetime) -> str:
    tier = max((each.tier for each in found), default=0)
    if tier < 5:
        assert starts == due
    else:
        near = sum(at <= max(then + HORIZON, due[0][0]) for at, _ in due) if due else 0
        assert starts == due[: len(starts)]
        assert min(near, MAX_CONFERENCES - 10) <= len(starts) <= min(near, MAX_CONFERENCES)
    return f"tier {tier}"


def _unread(reading: Skipped | Unasked, case: Ranged) -> str:
    if isinstance(reading, Skipped):
        return reading.problem.rule
    assert not [each for each in case.meant(FIRST, LAST) if each[0] >= NOW]
    return "nothing"


def test_what_the_platform_lists_is_what_the_event_with_its_changes_means() -> None:
    tally, sandbox = Counter[str](), InProcess()

    @settings(max_examples=250, suppress_health_check=list(HealthCheck), deadline=None)
    @given(ranged(), st.sampled_from((0, 0, 20, 90)), st.booleans())
    def check(case: Ranged, days: int, first_child: bool) -> None:
        if days:  # a platform that is only told then has no children before: none of them may have been moved on
            case = replace(case, event=replace(case.event, changes=()))
        tally[outcome(case, sandbox, NOW + timedelta(days=days), first_child=first_child)] += 1

    check()
    refused = tally["override.this-and-future"]
    assert refused < 0.1 * tally.total()
    assert all(tally[f"tier {tier}"] for tier in (4, 5))
