"""The note in an event that asks for a room and can't have one: why, and what to do (`writeback.explain`).

| the event                                                    | its note                                  |
|--------------------------------------------------------------|-------------------------------------------|
| can't have a room                                            | says why; written again with each reason  |
| the same, and is over                                        | stays as it is                            |
| the same for a reason of `UNSAID`                            | goes, where there is one                  |
| has a room, or waits for one                                 | goes with the link that takes its place   |
| asks no more, or `explain` is off by now                     | goes                                      |
| is another installation's, a second copy, or may not be written | is left alone                          |
| shows another host's room                                    | the same                                  |
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Final

from calbridge.core import contentline
from calbridge.core.actions import About, LinkTo, Plan
from calbridge.core.case import Case, Context, Draft, about_reading
from calbridge.core.contentline import Component
from calbridge.core.event import read_object
from calbridge.core.link import NoRoom
from calbridge.core.model import EventSet, Meeting, Skipped, Unasked
from calbridge.core.observation import Found, Observation
from calbridge.core.occasion import subject_of
from calbridge.core.plan_event import link_out, say_why
from calbridge.core.problem import Problem
from calbridge.core.remembered import Memory, WriteState
from calbridge.core.vevent import NOTE, vevents

UNSAID: Final = frozenset({"event.past", "event.existing"})
"""Reasons that are no news to whoever wrote the event."""

_FOREIGN: Final = frozenset({"event.other-instance", "event.duplicate-uid"})
_TIMES: Final = ("DTSTART", "DTEND", "RDATE")
_DAY: Final = re.compile(r"[0-9]{8}")
_PART: Final = re.compile(r"(FREQ|INTERVAL|COUNT|UNTIL)=(\w{1,9})", re.IGNORECASE)
_DAYS: Final = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}
_NEVER: Final = date.max


def say_in_event(found: Found, skipped: Skipped | None, seen: Observation, context: Context) -> Plan:
    """The write that has the event's note as it should be; `skipped` is None where there is nothing to say."""
    source, writeback = found.source, context.policy.writeback
    says = skipped is not None and skipped.problem.rule not in UNSAID and writeback.explain and writeback.description
    if not (says or shows_note(source.body)) or _is_foreign(found, skipped, context):
        return Plan()
    is_over = _last_day(source.body) < context.now.date() - timedelta(days=1)
    if is_over or source.etag is None or source.calendar not in seen.writable:
        return Plan()
    shown = about_event(found, skipped, context)
    if shown is None:
        return Plan()
    state = seen.write_states.get((source.calendar, source.href), WriteState(source.calendar, source.href))
    nothing = Meeting(source.calendar, source.href, found.reading.uid, None, None, (), None, frozenset(), 0)
    draft = Draft(Case(nothing, source, Memory(), state, context))
    if skipped is not None and says:
        say_why(shown, _links(skipped, context), draft)
    else:
        link_out(shown, draft)
    return draft.plan()


def shows_note(body: bytes) -> bool:
    """Whether an event of this calendar object says why it has no room."""
    return b"calbridge" in contentline.unfold(body).content.lower() and any(each.has_note for each in vevents(body))


def _is_foreign(found: Found, skipped: Skipped | None, context: Context) -> bool:
    """Whether the event is not ours to write, or what it says is another installation's."""
    reading = found.reading
    if found.shows_of or (isinstance(reading, Unasked) and reading.why in ("hidden", "not-organizer")):
        return True
    if skipped is not None and skipped.problem.rule in _FOREIGN:
        return True
    return any(event.text(NOTE) not in (None, context.policy.instance) for event in vevents(found.source.body))


def about_event(found: Found, skipped: Skipped | None, context: Context) -> About | None:
    """What is said of a write to an event without a room; None where it shows no day at all."""
    source, zone = found.source, context.policy.owner.zone
    shown = about_reading(skipped or found.reading, zone)
    if shown is not None:
        return shown
    events = read_object(source, zone=zone)
    start = _first_day(source.body)
    if not isinstance(events, EventSet) or start is None:
        return None
    lead = events.master or events.overrides[0]
    unread = Problem("", "", "", "")
    whole = Skipped(source.calendar, source.href, events.uid, None, unread, subject_of(lead, context.policy), start)
    return about_reading(whole, zone)


def _links(skipped: Skipped, context: Context) -> tuple[LinkTo, ...]:
    problem = skipped.problem
    why = NoRoom(context.policy.instance, problem.rule, problem.reason, problem.hint)
    if skipped.recurrence_id is None:
        return (LinkTo(None, None, why),)
    return (LinkTo(skipped.recurrence_id, None, why), LinkTo(None, None))


def _last_day(body: bytes) -> date:
    """After this day it is over, about; `date.max` where it never ends, or nobody can tell."""
    last = date.min
    for event in contentline.components(body, "VEVENT"):
        begun = max((day for value in _values(body, event, *_TIMES) for day in _days_in(value)), default=_NEVER)
        last = max(last, begun, *(_last_of(rule, begun) for rule in _values(body, event, "RRULE")))
    return last


def _first_day(body: bytes) -> date | None:
    starts = (_values(body, event, "DTSTART") for event in contentline.components(body, "VEVENT"))
    return next((day for values in starts for value in values for day in _days_in(value)), None)


def _values(body: bytes, event: Component, *names: str) -> Iterator[str]:
    for line in event.properties:
        if line.name in names:
            yield contentline.parse(contentline.unfold(body[line.start : line.end]).content).value


def _days_in(value: str) -> Iterator[date]:
    for digits in _DAY.findall(value):
        with suppress(ValueError):
            yield date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))


def _last_of(rule: str, start: date) -> date:
    parts = {name.upper(): value.upper() for name, value in _PART.findall(rule)}
    if "UNTIL" in parts:
        return next(_days_in(parts["UNTIL"]), _NEVER)
    count, interval = parts.get("COUNT", ""), parts.get("INTERVAL", "1")
    if not (count.isdecimal() and interval.isdecimal()):
        return _NEVER
    days = int(count) * int(interval) * _DAYS.get(parts.get("FREQ", ""), 1)
    return start + timedelta(days=days) if days < (_NEVER - start).days else _NEVER
