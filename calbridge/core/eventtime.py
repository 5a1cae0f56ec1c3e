"""When an event is: DTSTART, DTEND, DURATION, RECURRENCE-ID and the recurrence properties, in IANA zones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from calbridge.core import zones
from calbridge.core.contentline import Parts
from calbridge.core.model import Recurrence
from calbridge.core.problem import Misfit
from calbridge.core.values import Stamp, read_length, read_stamp

Properties: TypeAlias = Mapping[str, list[Parts]]
"""The lines of one component by name, each in the order of the file."""

# Outside these years a conversion between zones may leave what a datetime can say.
_FIRST_YEAR: Final = 2
_LAST_YEAR: Final = 9998
_LONGEST: Final = timedelta(days=366)  # no meeting lasts longer; what does is a slip, or does not fit into a datetime


@dataclass(frozen=True, slots=True)
class Zones:
    """What TZIDs mean in one calendar object: its own definitions, and the zone of floating times."""

    floating: ZoneInfo
    defined: zones.Definitions


@dataclass(frozen=True, slots=True)
class Period:
    """An RDATE with a length of its own (section 3.8.5.2); `text` is its beginning as in the file."""

    start: datetime
    duration: timedelta
    text: str


@dataclass(frozen=True, slots=True)
class Times:
    """When one event is, as in `Event`; `periods` are the instances whose length differs from the event's."""

    start: datetime | date | None
    duration: timedelta | None
    recurrence: Recurrence | None
    periods: tuple[Period, ...] = ()


_TOO_LONG: Final = Misfit(
    "event.too-long", "the event lasts longer than a year", "give it an earlier end, and let it repeat where it should"
)


def read_times(properties: Properties, known: Zones, *, override: bool) -> Times | Misfit:
    """Read when an event is. A local time that a clock change skips stays as written (PEP 495, fold=0)."""
    if "DTSTART" not in properties:
        return Times(None, None, None)
    start = read_moment(properties["DTSTART"][0], known)
    if isinstance(start, Misfit):
        return start
    duration = _duration(start, properties, known)
    if isinstance(duration, Misfit):
        return duration
    repeats = not override and ("RRULE" in properties or "RDATE" in properties)
    if not isinstance(start, datetime) or not repeats:
        return Times(start, duration, None)
    recurrence = _recurrence(start, properties, known)
    if not isinstance(recurrence, Recurrence):
        return Times(start, duration, None) if recurrence is None else recurrence
    periods = _periods(recurrence, properties, known)
    if isinstance(periods, Misfit):
        return periods
    return Times(start, duration, recurrence, tuple(each for each in periods if each.duration != duration))


def read_moment(parts: Parts, known: Zones, *, beside: datetime | date | None = None) -> datetime | date | Misfit:
    """Read a line that holds one DATE or DATE-TIME.

    Without a zone it is in that of the time which it belongs to, `beside`, where there is one: RFC 5545 wants DTEND,
    RECURRENCE-ID and the like in the form of DTSTART.
    """
    stamp = read_stamp(parts.value)
    if stamp is None:
        return _unreadable(parts, parts.value)
    zone = beside.tzinfo if isinstance(beside, datetime) else None
    return _resolved(stamp, parts, known, zone if isinstance(zone, ZoneInfo) else known.floating)


def _resolved(stamp: Stamp, parts: Parts, known: Zones, floating: ZoneInfo) -> datetime | date | Misfit:
    """Put a stamp into its zone."""
    if not _FIRST_YEAR <= stamp.at.year <= _LAST_YEAR:
        return _unreadable(parts, parts.value)
    if stamp.moment is None:
        return stamp.at
    if stamp.utc:
        return stamp.moment.replace(tzinfo=zones.UTC)
    tzid = parts.parameter("TZID")
    if tzid is None:
        return stamp.moment.replace(tzinfo=floating)
    # A display name holds commas, which unquoted part a parameter's values.
    zone = zones.resolve(",".join(tzid.values), known.defined, year=stamp.at.year)
    return zone if isinstance(zone, Misfit) else stamp.moment.replace(tzinfo=zone)


def _duration(start: datetime | date, properties: Properties, known: Zones) -> timedelta | Misfit | None:
    """Read how long an event is, as elapsed time; None where it doesn't say."""
    if "DTEND" in properties:
        end = read_moment(properties["DTEND"][0], known, beside=start)
        if isinstance(end, Misfit):
            return end
        duration = _elapsed(start, end)
    elif "DURATION" in properties:
        parts = properties["DURATION"][0]
        lasting = _lasting(start, parts.value)
        if lasting is None:
            return _unreadable(parts, parts.value)
        duration = lasting
    else:
        return None
    if duration < timedelta(0):
        return Misfit("event.negative", "the event ends before it begins", "give it an end after its start")
    return _TOO_LONG if duration > _LONGEST else duration


def _lasting(start: datetime | date, text: str) -> timedelta | None:
    """What a DURATION is from that start on, as elapsed time; None where it can't be read."""
    length = read_length(text)
    if length is None:
        return None
    try:
        return _elapsed(start, start + timedelta(days=length.days)) + length.exact
    except OverflowError:
        return None


def _elapsed(start: datetime | date, end: datetime | date) -> timedelta:
    """Measure in UTC; where only one of both is a DATE it means that day's beginning."""
    if not isinstance(start, datetime):
        return (end.date() if isinstance(end, datetime) else end) - start
    if not isinstance(end, datetime):
        end = datetime.combine(end, time.min, start.tzinfo)
    return end.astimezone(UTC) - start.astimezone(UTC)


def _recurrence(start: datetime, properties: Properties, known: Zones) -> Recurrence | Misfit | None:
    """Read the rule and its dates; None where the properties are there and say nothing."""
    rdates = _dates(start, properties.get("RDATE", []), known)
    if isinstance(rdates, Misfit):
        return rdates
    exdates = _dates(start, properties.get("EXDATE", []), known)
    if isinstance(exdates, Misfit):
        return exdates
    rules = tuple(_values(properties, "RRULE"))
    if not rules and not rdates:
        return None
    return Recurrence(start, rules, tuple(_values(properties, "EXRULE")), rdates, exdates)


def _values(properties: Properties, name: str) -> Iterator[str]:
    values = (parts.value.encode("ascii", "replace").decode().strip() for parts in properties.get(name, []))
    return (value for value in values if value)


def _dates(start: datetime, lines: list[Parts], known: Zones) -> tuple[datetime | date, ...] | Misfit:
    """Read RDATEs or EXDATEs in the zone of the start; of a PERIOD its beginning."""
    zone = start.tzinfo
    assert isinstance(zone, ZoneInfo)
    found: list[datetime | date] = []
    for parts in lines:
        for text in filter(None, (each.strip() for each in parts.value.split(","))):
            stamp = read_stamp(text.partition("/")[0])
            moment = _unreadable(parts, text) if stamp is None else _resolved(stamp, parts, known, zone)
            if isinstance(moment, Misfit):
                return moment
            found.append(moment.astimezone(zone) if isinstance(moment, datetime) else moment)
    return tuple(found)


def _periods(recurrence: Recurrence, properties: Properties, known: Zones) -> list[Period] | Misfit:
    """Read the lengths of RDATEs that are PERIODs (section 3.3.9), but for those that an EXDATE takes out."""
    zone = recurrence.start.tzinfo
    assert isinstance(zone, ZoneInfo)
    out = {each.astimezone(UTC) if isinstance(each, datetime) else each for each in recurrence.exdates}
    found: list[Period] = []
    for parts in properties.get("RDATE", []):
        for text in filter(lambda each: "/" in each, parts.value.split(",")):
            begin, _, end = (part.strip() for part in text.partition("/"))
            period = _period(begin, end, parts, known, zone)
            if isinstance(period, Misfit):
                return period
            if out.isdisjoint({period.start.astimezone(UTC), period.start.date()}):
                found.append(period)
    return found


def _period(begin: str, end: str, parts: Parts, known: Zones, zone: ZoneInfo) -> Period | Misfit:
    stamp, until = read_stamp(begin), read_stamp(end)
    start = _unreadable(parts, begin) if stamp is None else _resolved(stamp, parts, known, zone)
    if not isinstance(start, datetime):
        return start if isinstance(start, Misfit) else _unreadable(parts, begin)
    if until is None:
        duration = _lasting(start, end)
    else:
        closing = _resolved(until, parts, known, zone)
        if isinstance(closing, Misfit):
            return closing
        duration = _elapsed(start, closing)
    if duration is None or duration <= timedelta(0):
        return _unreadable(parts, f"{begin}/{end}")
    return _TOO_LONG if duration > _LONGEST else Period(start.astimezone(zone), duration, begin)


def _unreadable(parts: Parts, text: str) -> Misfit:
    shown = text.strip()[:60]
    return Misfit("event.time", f"{parts.name} is {shown!r}, which is no time that we can read", "set the time anew")
