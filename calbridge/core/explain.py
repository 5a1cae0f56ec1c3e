"""What a meeting becomes on the platform as of a moment, and why; event and platform next to each other.

The event's side is expanded by RFC 5545 (`instances`), the platform's from what would be sent (`schedule.expand`): the
proof before send, to look at.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from heapq import merge
from itertools import dropwhile, islice
from typing import TypeAlias

from calbridge.core import schedule as schedules
from calbridge.core.clock import instant_of
from calbridge.core.conferences import wanted
from calbridge.core.days import DAY
from calbridge.core.instances import Instances, gather
from calbridge.core.marker import part_of
from calbridge.core.model import Meeting, Occasion, Recurrence, Span
from calbridge.core.policy import ConferencePolicy
from calbridge.core.problem import Misfit
from calbridge.core.rewording import Unrewritten, unrewritten, why
from calbridge.core.schedule import Schedule
from calbridge.core.wanted import Wanted

DATES, REFUSED = 5, 6
"""The tiers of single dates, made as time goes by, and of what can't be said."""

SHOWN = 10
"""Instances that are listed."""

_AGES = 2 * 36_525
"""Days in which the next instances are looked for."""

_BUSY = 10_000
"""Instances in a year beyond which its days tell nothing."""

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
    found = wanted(meeting, policy=ConferencePolicy(), sent={}, cancelled=frozenset(), now=now)
    own = Own.of(meeting, now)
    if isinstance(found, Misfit):
        return _seen(Explanation(REFUSED, (), found.reason, found), meeting, own)
    tier = max((each.tier for each in found), default=1)
    return _seen(Explanation(tier, found, why(meeting, found), None), meeting, own)


@dataclass(frozen=True, slots=True)
class Ruled:
    """The instances of one span, as its rules say them, and those that overrides stand for."""

    event: Instances
    moved: frozenset[int]

    @classmethod
    def of(cls, span: Span, now: datetime) -> "Ruled | None":
        """Read a span; None where it can't be read."""
        cancelled = frozenset(each.recurrence_id for each in span.overrides if each.occasion is None)
        event = gather(span.recurrence, cancelled, now)
        if isinstance(event, Misfit):
            return None
        changed = (each.recurrence_id for each in span.overrides if each.occasion is not None)
        walls = (event.zone.wall_meant(each, event.times) for each in changed)
        return cls(event, frozenset(filter(None, walls)))

    def walls(self, now: datetime, days: int) -> Iterator[int]:
        """All of them from `now` on, for as many days."""
        event, floor = self.event, instant_of(now)
        low = event.zone.wall(now) - DAY
        walls = event.members(max(low, event.extra[0]), low + days * DAY)
        return dropwhile(lambda wall: event.zone.instant(wall) < floor, walls)

    def held(self, now: datetime) -> Iterator[datetime]:
        """When those take place that are neither out nor changed."""
        return (self.event.zone.at(wall) for wall in self.walls(now, _AGES) if not self.is_out(wall))

    def is_out(self, wall: int) -> bool:
        """Whether the rules alone don't hold it."""
        return self.event.removed(wall) or wall in self.moved


@dataclass(frozen=True, slots=True)
class Own:
    """A meeting as its event says it, from `now` on: its rules' instances, and what overrides make of some of them."""

    now: datetime
    ruled: tuple[Ruled, ...]  # none where it happens once, or can't be read
    singles: tuple[datetime, ...]

    @classmethod
    def of(cls, meeting: Meeting, now: datetime) -> "Own":
        """Read the meeting's recurrence and overrides."""
        singles = [each.occasion.start for each in meeting.every_override if each.occasion is not None]
        if meeting.recurrence is None and meeting.master is not None:
            singles.append(meeting.master.start)
        ruled = tuple(each for each in (Ruled.of(span, now) for span in meeting.spans) if each is not None)
        local = (each.astimezone(ruled[0].event.zone.tz) for each in singles) if ruled else iter(singles)
        return cls(now, ruled, tuple(sorted(local, key=instant_of)))

    def held(self) -> Iterator[datetime]:
        """The instances that take place at or after `now`, in order."""
        singles = (each for each in self.singles if instant_of(each) >= instant_of(self.now))
        return merge(*(each.held(self.now) for each in self.ruled), singles, key=instant_of)

    def year(self, first: date) -> Year | None:
        """The twelve months from the day `first` on; None where there is nothing to see, or far too much of it."""
        if not self.ruled or first.year >= date.max.year:
            return None
        end = first.replace(year=first.year + 1)
        days = (end - self.now.date()).days + 2
        found = list(islice(((each, wall) for each in self.ruled for wall in each.walls(self.now, days)), _BUSY + 1))
        if len(found) > _BUSY:
            return None
        kept, out = (
            {each.event.zone.at(wall).date() for each, wall in found if each.is_out(wall) is gone}
            for gone in (False, True)
        )
        kept |= {each.date() for each in self.singles if instant_of(each) >= instant_of(self.now)}
        held, gone = (frozenset(day for day in days if first <= day < end) for days in (kept, out - kept))
        return Year(first, held, gone)


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
            for each in meeting.every_override
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
    upcoming = tuple(islice(own.held(), SHOWN))
    platform = tuple(islice(on_platform(meeting, explanation.conferences, own.now), SHOWN))
    return Explanation(
        explanation.tier,
        explanation.conferences,
        explanation.reason,
        explanation.misfit,
        upcoming,
        _pairs(upcoming, platform),
        own.year(upcoming[0].date().replace(day=1)) if upcoming else None,
        unrewritten(own.ruled[0].event, meeting) if len(own.ruled) == 1 else (),
    )


def _pairs(own: tuple[datetime, ...], platform: tuple[datetime, ...]) -> tuple[Pair, ...]:
    """Put the first instances next to each other, those of one moment in one pair; two at one moment are two."""
    zone = (own or platform)[0].tzinfo if own or platform else UTC
    ours, theirs = ({key: each.astimezone(zone) for key, each in _numbered(side)} for side in (own, platform))
    return tuple((ours.get(key), theirs.get(key)) for key in sorted(ours.keys() | theirs.keys())[:SHOWN])


def _numbered(side: tuple[datetime, ...]) -> Iterator[tuple[tuple[int, int], datetime]]:
    seen = Counter[int]()
    for each in side:
        at = instant_of(each)
        yield (at, seen[at]), each
        seen[at] += 1
