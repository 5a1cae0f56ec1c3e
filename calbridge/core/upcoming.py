"""When meetings with a room take place, as the platform has them: what the status page shows as upcoming."""

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from calbridge.core import marker, schedule
from calbridge.core.case import instance_start
from calbridge.core.model import EventSet
from calbridge.core.remembered import Exceptional, Mapping, Memory
from calbridge.core.wanted import end_of


@dataclass(frozen=True, slots=True)
class Upcoming:
    """One time that a conference takes place; `start` is in the meeting's zone."""

    uid: str
    subject: str
    start: datetime
    minutes: int
    conference_id: int
    recurring: bool
    room_url: str = field(repr=False)


def upcoming(
    memories: Map[str, Memory], events: Map[str, EventSet], first: datetime, last: datetime
) -> tuple[Upcoming, ...]:
    """Every time from `first` to `last`, those that are running at `first` included, in order.

    `events` are those with changed instances, by UID: only the event knows what became of them. One that lacks there
    is shown as it was.
    """
    found = [
        each
        for uid, memory in memories.items()
        for mapping in memory.mappings
        if mapping.is_held
        for each in _times(mapping, memory.exceptional, events.get(uid), first, last)
        if each.start < last and end_of(each.start, each.minutes) > first
    ]
    return tuple(sorted(found, key=lambda each: (each.start.timestamp(), each.uid)))


def changed(memories: Map[str, Memory]) -> frozenset[str]:
    """The UIDs of which `upcoming` wants the event."""
    return frozenset(
        uid for uid, memory in memories.items() if any(each.state == "changed" for each in memory.exceptional)
    )


def _times(
    mapping: Mapping, exceptional: Iterable[Exceptional], event: EventSet | None, first: datetime, last: datetime
) -> Iterator[Upcoming]:
    usual = _at(mapping, mapping.anchor)
    rule = None if mapping.schedule is None else schedule.parse(mapping.schedule)
    if not isinstance(rule, schedule.Schedule):
        yield usual
        return
    differs = {each.instance: each for each in exceptional if (each.part, each.gen) == (mapping.part, mapping.gen)}
    begun = first - timedelta(minutes=mapping.minutes)
    for start in schedule.expand(rule, mapping.anchor, after=begun, before=last):
        if marker.part_of(start) not in differs:
            yield replace(usual, start=start)
    for each in differs.values():
        if each.state == "changed":
            yield _as_changed(usual, instance_start(each), event)


def _at(mapping: Mapping, start: datetime) -> Upcoming:
    return Upcoming(
        uid=mapping.uid,
        subject=mapping.subject,
        start=start,
        minutes=mapping.minutes,
        conference_id=mapping.conference_id,
        recurring=mapping.recurring,
        room_url=mapping.room_url,
    )


def _as_changed(usual: Upcoming, instance: datetime, event: EventSet | None) -> Upcoming:
    """An instance as its override says it; the subject stays the series', since the keyword is still in the other."""
    overrides = () if event is None else event.overrides
    own = next((each for each in overrides if each.recurrence_id == instance), None)
    if own is None or not isinstance(own.start, datetime):
        return replace(usual, start=instance.astimezone(usual.start.tzinfo))
    minutes = usual.minutes if own.duration is None else -(-own.duration // timedelta(minutes=1))
    return replace(usual, start=own.start, minutes=minutes)
