"""A calendar file -> what each of its events becomes on the platform, as if it asked for a room.

Where an event does ask by itself, it is read as a sync with the built-in policy reads it; where it doesn't, as one
that wants every event. Nobody's configuration is needed: whoever organizes the event counts as the host.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, assert_never

from calbridge.core import contentline, marker, zones
from calbridge.core.clock import instant_of
from calbridge.core.event import read_object
from calbridge.core.explain import REFUSED, Explanation, explain
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, Event, EventSet, Meeting, Reading, Recurrence, Skipped, Unasked
from calbridge.core.policy import Owner, Policy, Select
from calbridge.core.problem import Misfit, Problem
from calbridge.core.rewording import listed, moment
from calbridge.core.vtimezone import read_vtimezones

_NO_EVENT: Final = Misfit("file.no-event", "there is no event in the file", "name an iCalendar file with a VEVENT")
_SILENT: Final = {
    "no-trigger": "no instance of it asks for a room",
    "stop-word": "it says @nomeet: it wants no room",
    "cancelled": "it is cancelled",
    "hidden": "its text is hidden from the reader: nobody can tell what it asks for",
    "not-organizer": "somebody else organizes it",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """One event of a file with its overrides. `facts` are what was read of it, one sentence each."""

    uid: str
    summary: str
    facts: tuple[str, ...]
    explanation: Explanation


def explain_file(body: bytes, *, zone: str, now: datetime) -> tuple[Explained, ...] | Misfit:
    """Explain every event of a file, in its order, as of `now`; one that is over by then, as of its own start.

    `zone` is the IANA zone of floating times. A misfit says that the file holds no event at all.
    """
    whole = CalendarObject("", "the file", None, body)
    read = read_object(whole, zone=zone)
    if read is None:
        return _NO_EVENT
    if isinstance(read, Problem) and read.rule == "event.syntax":
        return (_unread(read),)
    sets = (read_object(replace(whole, body=each), zone=zone) for each in _by_uid(body))
    return tuple(_unread(each) if isinstance(each, Problem) else _explained(each, now) for each in sets if each)


def _by_uid(body: bytes) -> Iterator[bytes]:
    """Make calendar objects of a file, one for each UID (RFC 4791, section 4.1), all with its head and its zones."""
    events = contentline.components(body, "VEVENT")
    by_uid: dict[str, list[bytes]] = {}
    for event in events:
        uid = next((_parts(body, line).value.strip() for line in event.properties if line.name == "UID"), "")
        by_uid.setdefault(uid, []).append(body[event.begin.start : event.end.after])
    head = body[: events[0].begin.start]
    defined = [zone for zone in contentline.components(body, "VTIMEZONE") if zone.begin.start > len(head)]
    later = b"".join(body[zone.begin.start : zone.end.after] for zone in defined)
    for vevents in by_uid.values():
        yield b"".join((head, later, *vevents, b"END:VCALENDAR\r\n"))


def _unread(problem: Problem) -> Explained:
    misfit = Misfit(problem.rule, problem.reason, problem.hint)
    return Explained("", "", (), Explanation(REFUSED, (), problem.reason, misfit))


def _explained(events: EventSet, now: datetime) -> Explained:
    facts = list(_facts(events))
    reading = read_meeting(events, _policy(events, Select()))
    if isinstance(reading, Unasked) and reading.why == "no-trigger":
        facts.append("nothing in it asks for a room: this is what would be sent if it did")
        everything = Select(trigger=("all",), private="full", transparent="include", other_links="include")
        reading = read_meeting(events, _policy(events, everything))
    explanation = _explanation(reading, now)
    if isinstance(reading, Meeting):
        facts += _overrides(reading)
        if explanation.misfit is None and not explanation.conferences:
            facts.append(f"it is over at {moment(now)}: this is what would have been sent before it began")
            explanation = explain(reading, _first(reading))
    lead = events.master or events.overrides[0]
    return Explained(events.uid, lead.summary, tuple(facts), explanation)


def _explanation(reading: Reading, now: datetime) -> Explanation:
    match reading:
        case Meeting():
            return explain(reading, now)
        case Skipped(problem=problem):
            return _unread(problem).explanation
        case Unasked(why=silence):
            return Explanation(None, (), _SILENT[silence], None)
        case _:
            assert_never(reading)


def _policy(events: EventSet, select: Select) -> Policy:
    """Let whoever organizes the event, in whichever installation, be the host."""
    all_events = _all(events)
    organizers = tuple(event.organizer for event in all_events if event.organizer is not None)
    references = (marker.parse(event.reference) for event in all_events if event.reference is not None)
    instance = next((each.instance for each in references if each is not None), "main")
    return Policy(instance, Owner(0, frozenset(organizers), "UTC"), select)


def _all(events: EventSet) -> tuple[Event, ...]:
    return (*filter(None, (events.master,)), *events.overrides)


def _first(meeting: Meeting) -> datetime:
    occasions = (meeting.master, *(each.occasion for each in meeting.every_override))
    return min((each.start for each in occasions if each is not None), key=instant_of)


def _facts(events: EventSet) -> Iterator[str]:
    """When the event is, as read, beside what the file says."""
    lead = events.master or events.overrides[0]
    match lead.start:
        case datetime() as start:
            said = _first_start(events.source.body)
            yield f"starts {moment(start)} {start.tzinfo} ({_zone_as_written(said)})"
            tzid = said.parameter("TZID")
            if tzid is not None and zones.contradicted(
                ",".join(tzid.values), read_vtimezones(events.source.body), year=start.year
            ):
                yield f"the VTIMEZONE in the file says other offsets than {start.tzinfo}, whose own hold"
        case date() as day:
            yield f"all day, from {day}"
        case None:
            pass  # its misfit says so
    if lead.recurrence is not None:
        yield from _recurrence(lead.recurrence)


def _first_start(body: bytes) -> contentline.Parts:
    event = contentline.components(body, "VEVENT")[0]
    return next(_parts(body, line) for line in event.properties if line.name == "DTSTART")


def _zone_as_written(start: contentline.Parts) -> str:
    """What the first event's DTSTART says of its zone."""
    tzid = start.parameter("TZID")
    if start.value.strip().upper().endswith("Z"):
        return "in UTC in the file"
    return f"TZID={','.join(tzid.values)} in the file" if tzid else "without a zone in the file"


def _parts(body: bytes, line: contentline.Line) -> contentline.Parts:
    return contentline.parse(contentline.unfold(body[line.start : line.end]).content)


def _recurrence(recurrence: Recurrence) -> Iterator[str]:
    for name, rules in (("RRULE", recurrence.rrules), ("EXRULE", recurrence.exrules)):
        yield from (f"{name}:{rule}" for rule in rules)
    for name, dates in (("RDATE", recurrence.rdates), ("EXDATE", recurrence.exdates)):
        if dates:
            yield f"{name}: {listed(dates)}"


def _as_later(shift: timedelta) -> str:
    if not shift:
        return "at its own time"
    return f"{abs(shift)} {'later' if shift > timedelta(0) else 'earlier'}"


def _overrides(meeting: Meeting) -> Iterator[str]:
    """What became of single instances, and of those with all that follow."""
    windows = {span.recurrence.window: span for span in meeting.spans if span.recurrence.window is not None}
    for window, span in windows.items():
        if window.since is not None:
            yield f"from instance {moment(window.since)} on: {_as_later(window.shift)}, as {span.occasion.subject!r}"
    ends = {window.before for window in windows} - {window.since for window in windows}
    for each in meeting.every_override:
        original = moment(each.recurrence_id)
        if each.occasion is None and each.recurrence_id in ends:
            yield f"from instance {original} on: cancelled, or without a room"
        elif each.occasion is None:
            yield f"instance {original}: cancelled, or without a room"
        elif instant_of(each.occasion.start) == instant_of(each.recurrence_id):
            yield f"instance {original}: changed"
        else:
            yield f"instance {original}: moved to {moment(each.occasion.start.astimezone(each.recurrence_id.tzinfo))}"
    for skipped in meeting.skipped:
        yield f"instance {skipped.recurrence_id}: {skipped.problem.reason}; {skipped.problem.hint}"
