"""VTIMEZONE (RFC 5545, section 3.6.5): the offsets that it defines, and the IANA zone that has the same ones.

Only this object's own definitions are looked at; nothing is registered anywhere, so that one host's custom zone can't
change another's times.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from calbridge.core import contentline
from calbridge.core.values import read_offset, read_stamp
from calbridge.core.zone_names import WELL_KNOWN

RECENT: Final = 2026
"""Writers give today's rules to old events too: these rules may match in this year only."""

YEARS: Final = 11
"""How long offsets must agree for two zones to count as the same; a shorter agreement counts for the year itself."""

_FIRST, _LAST = 1970, 2060
_MANY: Final = 2000
"""More onsets than any real zone lists one by one."""
_RIVALS: Final = 4  # definitions of one TZID that are looked at
_LARGEST: Final = 65536
"""More octets than any real zone takes; the longest seen in the field has a fifth of that."""

# Some writers (Lotus Notes) have the right night and the wrong hour.
_EXACT, _SAME_DAY = timedelta(0), timedelta(hours=12)
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY: Final = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Observance:
    """One STANDARD or DAYLIGHT: from each onset (a wall time under `before`) the offset is `after`."""

    kind: str
    start: datetime
    before: timedelta
    after: timedelta
    rule: str | None
    dates: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class VTimezone:
    """One VTIMEZONE. `location` is X-LIC-LOCATION, the IANA name that libical adds."""

    tzid: str
    location: str | None
    observances: tuple[Observance, ...]


def read_vtimezones(body: bytes) -> dict[str, tuple[VTimezone, ...]]:
    """Read every VTIMEZONE of a calendar object, by TZID; an unreadable observance empties its zone.

    RFC 5545 wants one of each TZID; several that say the same count as one. Programs write the same few definitions
    into each of their events: they are remembered by their bytes.
    """
    zones: dict[str, tuple[VTimezone, ...]] = {}
    if b"VTIMEZONE" not in body.upper():
        return zones
    for component in contentline.components(body, "VTIMEZONE"):
        text = body[component.begin.start : component.end.after]
        zone = _read(text) if len(text) <= _LARGEST else None
        if zone is not None and zone not in (known := zones.get(zone.tzid, ())):
            zones[zone.tzid] = (*known, zone)[:_RIVALS]
    return zones


def agrees(zone: VTimezone, key: str, year: int) -> bool:
    """Whether an IANA zone has this VTIMEZONE's offsets in that year."""
    offsets = _offsets(zone, year, 1, _SAME_DAY)
    return offsets is not None and _same(ZoneInfo(key), offsets)


@lru_cache(maxsize=512)
def match(zone: VTimezone, year: int) -> str | None:
    """Find the IANA zone with the same offsets from `year` on, or at least in it; None where there is none."""
    for years, slack in ((YEARS, _EXACT), (YEARS, _SAME_DAY), (1, _EXACT), (1, _SAME_DAY)):
        offsets = _offsets(zone, year, years, slack)
        if offsets is None:
            return None
        fixed = _fixed([offset for _, offset in offsets])
        if fixed is not None:
            return fixed
        for key in WELL_KNOWN:
            if _same(_zone(key), offsets):
                return key
    return None


def fixed_zone(offset: timedelta) -> str | None:
    """Name the zone of a constant offset of whole hours."""
    hours, rest = divmod(offset, timedelta(hours=1))
    if rest or not -12 <= hours <= 14:
        return None
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"  # POSIX counts westward


def _fixed(offsets: list[timedelta]) -> str | None:
    return fixed_zone(offsets[0]) if len(set(offsets)) == 1 else None


@cache
def _zone(key: str) -> ZoneInfo:
    return ZoneInfo(key)


def _same(zone: ZoneInfo, offsets: list[tuple[datetime, timedelta]]) -> bool:
    return all(at.astimezone(zone).utcoffset() == offset for at, offset in offsets)


def _offsets(zone: VTimezone, year: int, years: int, slack: timedelta) -> list[tuple[datetime, timedelta]] | None:
    """Sample the offsets over some years: each week, and both sides of each transition; None where there are none.

    `slack` is how far from a transition its sides begin.
    """
    year = min(max(year, _FIRST), _LAST)
    transitions = _transitions(zone, year, years)
    if transitions is None:
        return None
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + years, 1, 1, tzinfo=UTC)
    # On Wednesdays at noon, far from the nights in which clocks change.
    noon = begin + timedelta(days=(2 - begin.weekday()) % 7, hours=12)
    moments = {noon + timedelta(weeks=week) for week in range((end - noon).days // 7)}
    for at, _ in transitions:
        moments |= {moment for moment in (at - timedelta(seconds=1) - slack, at + slack) if begin <= moment < end}
    offsets: list[tuple[datetime, timedelta]] = []
    current = min(zone.observances, key=lambda each: each.start).before
    coming = iter(transitions)
    upcoming = next(coming, None)
    for moment in sorted(moments):
        while upcoming is not None and upcoming[0] <= moment:
            current = upcoming[1]
            upcoming = next(coming, None)
        offsets.append((moment, current))
    return offsets


def _transitions(zone: VTimezone, year: int, years: int) -> list[tuple[datetime, timedelta]] | None:
    """List transitions in UTC up to the end of the years, rules only from the year before them on."""
    found: list[tuple[datetime, timedelta]] = []
    if not zone.observances:
        return None
    for observance in zone.observances:
        onsets = [observance.start, *observance.dates]
        if observance.rule is not None:
            ruled = _rule_onsets(observance, range(year - 1, year + years))
            if ruled is None:
                return None
            # Writers leave an older rule open when a newer one of its kind begins; the newer one is meant.
            newer = min((each.start for each in zone.observances if _supersedes(each, observance)), default=None)
            onsets += [onset for onset in ruled if newer is None or onset < newer]
        inside = [onset.replace(tzinfo=UTC) for onset in onsets if 1 < onset.year < 9999]
        found += [(onset - observance.before, observance.after) for onset in inside]
    return sorted(found)


def _supersedes(newer: Observance, older: Observance) -> bool:
    same = (newer.kind, newer.before, newer.after) == (older.kind, older.before, older.after)
    return same and newer.rule is not None and newer.start > older.start


def _rule_onsets(observance: Observance, years: range) -> list[datetime] | None:
    """Expand a yearly rule, the only kind that zones are made of; None for any other."""
    assert observance.rule is not None
    rule = dict(part.partition("=")[::2] for part in observance.rule.upper().split(";") if part)
    until = read_stamp(rule.pop("UNTIL", "99991231"))
    last = until.at.year if until else 0
    start = observance.start
    try:
        if rule.pop("FREQ", "") != "YEARLY" or rule.pop("INTERVAL", "1") != "1" or until is None:
            return None
        if "COUNT" in rule:
            last = min(last, start.year + int(rule.pop("COUNT")) - 1)
        clock = start.replace(
            hour=int(rule.pop("BYHOUR", start.hour)),
            minute=int(rule.pop("BYMINUTE", start.minute)),
            second=int(rule.pop("BYSECOND", start.second)),
        )
        rule.pop("WKST", None)
        days = [day for year in years if start.year <= year <= last for day in _days(rule, year, start)]
        onsets = [clock.replace(year=day.year, month=day.month, day=day.day) for day in days]
    except (ValueError, KeyError):  # a list or a part that yearly rules of zones don't have
        return None
    onsets = [onset for onset in onsets if onset >= start]
    if until.moment is None or not until.utc:  # then the year has already decided
        return onsets
    return [onset for onset in onsets if onset - observance.before <= until.moment]


def _days(rule: dict[str, str], year: int, start: datetime) -> Iterator[date]:
    """Give the one day of a year that BYMONTH, BYMONTHDAY and BYDAY mean; raises KeyError or ValueError for more."""
    if rule.keys() - {"BYMONTH", "BYMONTHDAY", "BYDAY"}:
        raise KeyError
    month = int(rule.get("BYMONTH", start.month))
    following = date(year + month // 12, month % 12 + 1, 1)
    days = [date(year, month, number) for number in range(1, (following - timedelta(days=1)).day + 1)]
    if "BYMONTHDAY" in rule:
        numbers = {int(each) for each in rule["BYMONTHDAY"].split(",")}
        days = [day for day in days if day.day in numbers or day.day - len(days) - 1 in numbers]
    if "BYDAY" in rule:
        byday = _BYDAY.fullmatch(rule["BYDAY"])
        if byday is None:
            raise ValueError
        days = [day for day in days if day.weekday() == _WEEKDAYS.index(byday[2])]
        if byday[1]:
            ordinal = int(byday[1])
            days = days[ordinal - 1 : ordinal] if ordinal > 0 else days[len(days) + ordinal :][:1]
    elif "BYMONTHDAY" not in rule:
        days = [day for day in days if day.day == start.day]
    if len(days) > 1:
        raise ValueError
    yield from days


@lru_cache(maxsize=256)
def _read(body: bytes) -> VTimezone | None:
    """Read one VTIMEZONE; None without a TZID."""
    properties = _properties(body, "VTIMEZONE")
    if not properties or not properties[0].get("TZID"):
        return None
    observances = [
        _observance(kind, each) for kind in ("STANDARD", "DAYLIGHT") for each in _properties(body, kind)[:_MANY]
    ]
    readable = tuple(each for each in observances if each is not None)
    location = properties[0].get("X-LIC-LOCATION", [None])[0]
    complete = len(readable) == len(observances)
    return VTimezone(clean_tzid(properties[0]["TZID"][0] or ""), location, readable if complete else ())


def _observance(kind: str, properties: dict[str, list[str]]) -> Observance | None:
    start = read_stamp(properties.get("DTSTART", [""])[0])
    before = read_offset(properties.get("TZOFFSETFROM", [""])[0])
    after = read_offset(properties.get("TZOFFSETTO", [""])[0])
    if start is None or before is None or after is None:
        return None
    onset = start.moment or datetime.combine(start.at, time.min)
    stamps = [read_stamp(each) for line in properties.get("RDATE", [])[:_MANY] for each in line.split(",")[:_MANY]]
    dates = tuple(stamp.moment for stamp in stamps if stamp is not None and stamp.moment is not None)
    return Observance(kind, onset, before, after, properties.get("RRULE", [None])[0], dates)


def clean_tzid(text: str) -> str:
    """Undo what writers do to a TZID: quotes, escapes and white space around it, the parameter's name before it."""
    return contentline.unescape(text.strip().strip('"')).removeprefix("TZID=").strip()


def _properties(body: bytes, name: str) -> list[dict[str, list[str]]]:
    """Read the properties of each component of a name."""
    found = []
    for component in contentline.components(body, name):
        properties: dict[str, list[str]] = {}
        for line in component.properties:
            parts = contentline.parse(contentline.unfold(body[line.start : line.end]).content)
            properties.setdefault(line.name, []).append(parts.value.strip())
        found.append(properties)
    return found
