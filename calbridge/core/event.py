"""A calendar object's bytes -> its events, as values (RFC 5545, section 3.6.1; RFC 4791, section 4.1).

What can't be read of an event is its `misfit`, so that it is neither lost nor taken for something else; what can't be
read of the whole object is a `Problem`. Nothing here raises, and everything is linear in the size of the body.

icalendar does not read here: it gives up on the whole object where one line is odd, and keeps every VTIMEZONE that it
meets for the life of the process.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from calbridge.core import contentline, zones
from calbridge.core.contentline import Component, Parts
from calbridge.core.eventtime import Properties, Times, Zones, read_moment, read_times
from calbridge.core.model import CalendarObject, Event, EventSet
from calbridge.core.problem import Misfit, Problem
from calbridge.core.soundness import unsound
from calbridge.core.vtimezone import read_vtimezones

_ITEM: Final = re.compile(r"(?:[^\\,]++|\\.?)++", re.DOTALL)
_WEB: Final = re.compile(r"https?://", re.IGNORECASE)
_SAVE_AGAIN: Final = "open it in the calendar app and save it again"
_TIMES: Final = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE"})
_OURS: Final = "X-CALBRIDGE-"
_LINK_PROPERTIES: Final = ("CONFERENCE", "ATTACH")
_NO_LINK: Final = "X-ALT-DESC"  # repeats the description
_LONGEST_LINK: Final = 4000


def read_object(source: CalendarObject, *, zone: str) -> EventSet | Problem | None:
    """Read the events of one calendar object; None where it holds none (a task, a journal).

    `zone` is the IANA zone of floating times, unless the object says one (X-WR-TIMEZONE). Where an object holds
    events of several UIDs, against RFC 4791, the first UID's are read. Problems: `event.syntax`, `event.too-large`,
    `event.no-uid`.
    """
    body = source.body.removeprefix(codecs.BOM_UTF8)
    if (misfit := unsound(body)) is not None:
        return misfit.at(source.href)
    components = contentline.components(body, "VEVENT")
    if not components:
        return None
    known = Zones(_floating(body, zone), read_vtimezones(body))
    read = [_properties(body, component) for component in components]
    if any(len({parts.value for parts in each.get("UID", ())}) > 1 for each in read):
        return Problem(source.href, "event.syntax", "two events run into each other: one has two UIDs", _SAVE_AGAIN)
    uid = next((uid for each in read if (uid := _text(each, "UID").strip())), "")
    if not uid:
        return Problem(source.href, "event.no-uid", "the event has no UID", _SAVE_AGAIN)
    own = [each for each in read if _text(each, "UID").strip() == uid]
    lead = next((each for each in own if "RECURRENCE-ID" not in each), None)
    master, periods = (None, []) if lead is None else _master(source, uid, lead, known)
    instances = (each for each in own if "RECURRENCE-ID" in each)
    changed = [*periods, *(_override(source, uid, each, lead or each, known) for each in instances)]
    # Of several versions of one instance the last is the newest.
    overrides = {(event.recurrence_text, event.this_and_future): event for event in changed}
    return EventSet(source, uid, master, tuple(overrides.values()))


def place(source: CalendarObject, uid: str, recurrence_text: str | None = None) -> str:
    """Say where an event is, for a person: its calendar, its UID, and which instance."""
    return " ".join(filter(None, (source.calendar, uid, recurrence_text)))


def _master(source: CalendarObject, uid: str, properties: Properties, known: Zones) -> tuple[Event, list[Event]]:
    """Read the master; an RDATE with a length of its own is to be like an override that changes nothing else."""
    times = read_times(properties, known, override=False)
    if isinstance(times, Misfit):
        return _event(uid, properties, Times(None, None, None), times.at(place(source, uid))), []
    master = _event(uid, properties, times, None)
    as_override = replace(master, recurrence=None, period=True)
    return master, [
        replace(
            as_override, recurrence_id=each.start, recurrence_text=each.text, start=each.start, duration=each.duration
        )
        for each in times.periods
    ]


def _override(source: CalendarObject, uid: str, properties: Properties, lead: Properties, known: Zones) -> Event:
    """Read one override; `lead` is the master, or the override itself where there is none."""
    text = _plain(properties, "RECURRENCE-ID")
    recurrence_id, this_and_future, misfit = _recurrence_id(properties, lead, known)
    times = read_times(properties, known, override=True)
    if isinstance(times, Misfit):
        misfit, times = misfit or times, Times(None, None, None)
    event = _event(uid, properties, times, misfit.at(place(source, uid, text)) if misfit else None)
    return replace(event, recurrence_id=recurrence_id, recurrence_text=text, this_and_future=this_and_future)


def _event(uid: str, properties: Properties, times: Times, misfit: Problem | None) -> Event:
    organizers = list(_addresses(properties, "ORGANIZER"))
    return Event(
        uid=uid,
        recurrence_id=None,
        recurrence_text=None,
        this_and_future=False,
        start=times.start,
        duration=times.duration,
        recurrence=times.recurrence,
        summary=_text(properties, "SUMMARY"),
        description=_text(properties, "DESCRIPTION"),
        location=_text(properties, "LOCATION"),
        url=_plain(properties, "URL"),
        status=_text(properties, "STATUS").strip().upper(),
        transparency=_text(properties, "TRANSP").strip().upper(),
        classification=_text(properties, "CLASS").strip().upper(),
        categories=tuple(_categories(properties)),
        organizer=organizers[0] if organizers else None,
        attendees=tuple(dict.fromkeys(_addresses(properties, "ATTENDEE"))),
        reference=_text(properties, "X-CALBRIDGE-REF").strip() or None,
        room_url=_plain(properties, "X-CALBRIDGE-URL") or None,
        links=tuple(dict.fromkeys(_links(properties))),
        former_location=_text(properties, "X-CALBRIDGE-WAS-LOCATION"),
        misfit=misfit,
    )


def _recurrence_id(
    properties: Properties, lead: Properties, known: Zones
) -> tuple[datetime | date | None, bool, Misfit | None]:
    """Read which instance an override replaces, and whether all later ones too (RFC 5545, section 3.8.4.4)."""
    parts = properties["RECURRENCE-ID"][0]
    ranged = parts.parameter("RANGE")
    this_and_future = ranged is not None and ranged.values[0].upper() == "THISANDFUTURE"
    start = read_moment(lead["DTSTART"][0], known) if "DTSTART" in lead else None
    moment = read_moment(parts, known, beside=None if isinstance(start, Misfit) else start)
    if isinstance(moment, Misfit):
        return None, this_and_future, moment
    return moment, this_and_future, None


def _properties(body: bytes, component: Component) -> dict[str, list[Parts]]:
    """Take a component's lines apart; what carries a file inside (ATTACH;VALUE=BINARY) is passed over."""
    found: dict[str, list[Parts]] = {}
    for line in component.properties:
        if line.name == "ATTACH" and line.end - line.start > _LONGEST_LINK:
            continue
        content = contentline.unfold(body[line.start : line.end]).content
        if line.name in _TIMES and content.count(b'"') % 2:  # a TZID whose closing quote is missing, seen of Exchange
            content = content.replace(b'"', b"")
        found.setdefault(line.name, []).append(contentline.parse(content))
    return found


def _floating(body: bytes, zone: str) -> ZoneInfo:
    """Choose the zone of floating times."""
    if b"X-WR-TIMEZONE" in body:
        for component in contentline.components(body, "VCALENDAR"):
            said = _properties(body, component).get("X-WR-TIMEZONE")
            if said and (found := zones.named(said[0].value)):
                return found
    return ZoneInfo(zone)


def _text(properties: Properties, name: str) -> str:
    """Read a TEXT property; empty where it is missing."""
    return contentline.unescape(_readable(properties[name][0].value)) if name in properties else ""


def _plain(properties: Properties, name: str) -> str:
    return _readable(properties[name][0].value).strip() if name in properties else ""


def _readable(value: str) -> str:
    """Give text that can be stored and sent: bytes that are not UTF-8 are most often Windows' Western encoding."""
    if value.isascii():
        return value
    raw = contentline.encoded(value)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _categories(properties: Properties) -> Iterator[str]:
    for parts in properties.get("CATEGORIES", []):
        for item in _ITEM.findall(_readable(parts.value)):
            if category := contentline.unescape(item).strip():
                yield category


def _addresses(properties: Properties, name: str) -> Iterator[str]:
    """Read mail addresses, lower case; a calendar user address of another kind stays as it is (RFC 5545, 3.3.3)."""
    for parts in properties.get(name, []):
        address = _readable(parts.value).strip()
        if address[:7].casefold() == "mailto:":
            address = unquote(address[7:]).strip()
        email = parts.parameter("EMAIL")
        if "@" not in address and email is not None:
            address = email.values[0]
        if address:
            yield address.casefold()


def _links(properties: Properties) -> Iterator[str]:
    """Find the web addresses in CONFERENCE, ATTACH and foreign X- properties, as other products write them."""
    for name, lines in properties.items():
        foreign = name.startswith("X-") and not name.startswith((_OURS, _NO_LINK))
        if foreign or name in _LINK_PROPERTIES:
            for parts in lines:
                link = _readable(parts.value[:_LONGEST_LINK]).strip()
                if _WEB.search(link):
                    yield link
