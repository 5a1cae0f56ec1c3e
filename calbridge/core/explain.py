"""What a meeting becomes on the platform as of a moment, and why; event and platform next to each other.

The event's side is expanded by RFC 5545 (`instances`), the platform's from what would be sent (`schedule.expand`): the
proof before send, to look at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from heapq import merge
from itertools import islice, takewhile
from typing import TypeAlias

from calbridge.core import schedule as schedules
from calbridge.core.days import DAY
from calbridge.core.instances import Instances, gather, instant_of
from calbridge.core.marker import part_of
from calbridge.core.model import Meeting, Occasion, Recurrence
from calbridge.core.problem import Misfit
from calbridge.core.rewording import Unrewritten, unrewritten, why
from calbridge.core.schedule import Schedule
from calbridge.core.wanted import Wanted, wanted

DATES, REFUSED = 5, 6
"""The tiers of single dates, made as time goes by, and of what can't be said."""

SHOWN = 10
"""Instances that are listed."""

_AGES = 2 * 36_525
"""Days in which the next instances are looked for."""

Pair: TypeAlias = tuple[datetime | None, datetime | None]
"""An instance as the event and as the platform says it; None on the side that lacks it."""


@dataclass(frozen=True, slots=True)
class Year:
    """Twelve months from that of `first` on, by day: those with an instance, those with one that is taken out."""

    first: date
    held: frozenset[date] = frozenset()
    out: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would be sent, and why. `tier` is None where nothing is asked of the platform at all.

    `upcoming` are the event's next starts; `pairs` the next instances of both sides, the platform's in the same zone.
    """

    tier: int | None
    conferences: tuple[Wanted, ...]
    reason: str
    misfit: Misfit | None
    upcoming: tuple[datetime, ...] = ()
    pairs: tuple[Pair, ...] = ()
    year: Year | None = None
    unrewritten: tuple[Unrewritten, ...] = ()


def next_instance(rule: str, after: datetime) -> datetime:
    """The first day that a rule says, for an event that could start at `after`; `after` where the rule says none."""
    event = gather(Recurrence(after, (rule,)), frozenset(), after)
    if isinstance(event, Misfit):
        return after
    return next(
        (event.zone.at(wall) for wall in event.by_rule(event.sources[0], event.start, event.start + _AGES * DAY)), after
    )


def explain_rule(rule: str, start: datetime) -> Explanation:
    """Explain an RRULE as the recurrence of an event that starts at `start`, from there on."""
    master = Occasion(start, 60, "", "")
    return explain(Meeting("", "", "", master, Recurrence(start, (rule,)), (), None, frozenset(), 0), start)


def explain(meeting: Meeting, now: datetime) -> Explanation:
    """Explain what a sync at `now` would send for a meeting that has no conference yet."""
    found = wanted(meeting, anchor=None, cancelled=frozenset(), now=now)
    own = Own.of(meeting, now)
    if isinstance(found, Misfit):
        return _seen(Explanation(REFUSED, (), found.reason, found), meeting, own)
    tier = max((each.tier for each in found), default=1)
    return _seen(Explanation(tier, found, why(meeting, found), None), meeting, own)


@dataclass(frozen=True, slots=True)
class Own:
    """A meeting as its event says it, from `now` on: its rule's instances, and what overrides make of some of them."""

    now: datetime
    event: Instances | None  # None where it happens once, or can't be read
    singles: tuple[datetime, ...]
    moved: frozenset[int]

    @classmethod
    def of(cls, meeting: Meeting, now: datetime) -> "Own":
        """Read the meeting's recurrence and overrides."""
        changed = [each for each in meeting.overrides if each.occasion is not None]
        singles = [each.occasion.start for each in changed if each.occasion is not None]
        event = None
        if meeting.recurrence is not None:
            cancelled = frozenset(each.recurrence_id for each in meeting.overrides if each.occasion is None)
            gathered = gather(meeting.recurrence, cancelled, now)
            event = None if isinstance(gathered, Misfit) else gathered
        elif meeting.master is not None:
            singles.append(meeting.master.start)
        if event is None:
            return cls(now, None, tuple(sorted(singles, key=instant_of)), frozenset())
        walls = (event.zone.wall_meant(each.recurrence_id, event.times) for each in changed)
        local = (each.astimezone(event.zone.tz) for each in singles)
        return cls(now, event, tuple(sorted(local, key=instant_of)), frozenset(filter(None, walls)))

    def held(self, days: int) -> Iterator[datetime]:
        """The instances that take place in so many days from `now` on, in order; overrides at any time after it."""
        floor = instant_of(self.now)
        singles = (each for each in self.singles if instant_of(each) >= floor)
        if self.event is None:
            return singles
        zone = self.event.zone
        return merge((zone.at(wall) for wall in self._walls(self.event, days, out=False)), singles, key=instant_of)

    def out(self, days: int) -> Iterator[datetime]:
        """The instances of the rule that do not take place as it says: taken out, or changed."""
        if self.event is not None:
            yield from map(self.event.zone.at, self._walls(self.event, days, out=True))

    def _walls(self, event: Instances, days: int, *, out: bool) -> Iterator[int]:
        low, floor = event.zone.wall(self.now) - DAY, instant_of(self.now)
        for wall in event.members(max(low, event.start), low + days * DAY):
            is_out = event.removed(wall) or wall in self.moved
            if is_out == out and event.zone.instant(wall) >= floor:
                yield wall


def on_platform(meeting: Meeting, conferences: Iterable[Wanted], after: datetime) -> Iterator[datetime]:
    """All instances that the platform would have at or after `after`, in order."""
    streams = (_of_conference(meeting, each, after) for each in conferences)
    return merge(*streams, key=instant_of)


def _of_conference(meeting: Meeting, conference: Wanted, after: datetime) -> Iterator[datetime]:
    start = conference.occasion.start
    if conference.schedule is None:
        return iter((start,) if instant_of(start) >= instant_of(after) else ())
    said = schedules.parse(conference.schedule)
    assert isinstance(said, Schedule)
    children = sorted(
        (
            each.occasion.start
            for each in meeting.overrides
            if each.occasion is not None
            and part_of(each.recurrence_id) in conference.exceptions
            and instant_of(each.occasion.start) >= instant_of(after)
        ),
        key=instant_of,
    )
    kept = (
        each
        for each in schedules.expand(said, start, after=after, before=None)
        if part_of(each) not in conference.exceptions
    )
    return merge(kept, children, key=instant_of)


def _seen(explanation: Explanation, meeting: Meeting, own: Own) -> Explanation:
    """Add what is to see of it."""
    upcoming = tuple(islice(own.held(_AGES), SHOWN))
    platform = tuple(islice(on_platform(meeting, explanation.conferences, own.now), SHOWN))
    return Explanation(
        explanation.tier,
        explanation.conferences,
        explanation.reason,
        explanation.misfit,
        upcoming,
        _pairs(upcoming, platform),
        None if own.event is None else _year(own, upcoming),
        () if own.event is None else unrewritten(own.event, meeting),
    )


def _pairs(own: tuple[datetime, ...], platform: tuple[datetime, ...]) -> tuple[Pair, ...]:
    """Put the first instances next to each other, those of one moment in one pair."""
    zone = (own or platform)[0].tzinfo if own or platform else UTC
    ours, theirs = ({instant_of(each): each.astimezone(zone) for each in side} for side in (own, platform))
    return tuple((ours.get(at), theirs.get(at)) for at in sorted(ours.keys() | theirs.keys())[:SHOWN])


def _year(own: Own, upcoming: tuple[datetime, ...]) -> Year | None:
    if not upcoming:
        return None
    first = upcoming[0].date().replace(day=1)
    if first.year >= date.max.year:
        return None
    end = first.replace(year=first.year + 1)

    def within(found: Iterator[datetime]) -> frozenset[date]:
        days = takewhile(lambda day: day < end, (each.date() for each in found))
        return frozenset(day for day in days if day >= first)

    days = (end - own.now.date()).days + 2
    held = within(own.held(days))
    return Year(first, held, within(own.out(days)) - held)
