"""TZID and VTIMEZONE -> the IANA zone that is meant (design, section 6).

A name that says a zone wins over the definition beside it, since definitions are often cut short; a definition wins
over names that say nothing ("Customized Time Zone 1") or too little ("EST" with daylight saving time).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from calbridge.core.problem import Misfit
from calbridge.core.vtimezone import VTimezone, agrees, clean_tzid, fixed_zone, match
from calbridge.core.zone_names import DISPLAY_NAMES

UTC: Final = ZoneInfo("UTC")

# Not places: the machine's own zone, and a placeholder of the tz database.
_NO_ZONES: Final = frozenset({"localtime", "Factory", "posixrules"})
_SAID_OFFSET: Final = re.compile(r"\(?\s*(?:UTC|GMT|Z)?\s*(?:([+-])\s*(\d{1,2})(?:[:.]?(\d\d))?)?\s*\)?", re.IGNORECASE)
_BRACKETS: Final = re.compile(r"\([^()]{0,100}\)")


def resolve(tzid: str, vtimezones: Mapping[str, VTimezone], *, year: int) -> ZoneInfo | Misfit:
    """Find the IANA zone that a TZID means; `year`, that of the event, is where a custom definition must agree.

    Misfit `zone.unknown` where neither its name nor its definition says which one it is.
    """
    name = clean_tzid(tzid)
    defined = vtimezones.get(name)
    key = _named(name)
    if defined is not None and (key is None or "/" not in key):
        key = _by_definition(defined, key, year)
    elif key is None:
        key = _by_offset(name)
    if key is not None:
        return ZoneInfo(key)
    why = "has a definition that no known time zone follows" if defined else "is no known time zone and is not defined"
    hint = "choose a time zone with a place name, such as Europe/Berlin, in the calendar app"
    return Misfit("zone.unknown", f"the time zone {name[:100]!r} {why}", hint)


def named(name: str) -> ZoneInfo | None:
    """Find the zone that a name alone says: IANA's, an alias, Windows', a prefixed one or Outlook's display text."""
    key = _named(clean_tzid(name)) or _by_offset(clean_tzid(name))
    return ZoneInfo(key) if key else None


def _by_definition(defined: VTimezone, key: str | None, year: int) -> str | None:
    """Choose between a vague name and a definition."""
    if key is not None and agrees(defined, key, year):
        return key
    located = _iana(defined.location) if defined.location else None
    return located or match(defined, year) or key


@lru_cache(maxsize=1024)
def _named(name: str) -> str | None:
    return _iana(name) or _windows().get(name.casefold()) or _prefixed(name) or _displayed(name)


def _iana(name: str) -> str | None:
    return _keys().get(name.strip().casefold().replace(" ", "_"))


def _prefixed(name: str) -> str | None:
    """Undo what libraries put before a name: `/mozilla.org/20050126_1/Europe/Berlin`, `posix/...`, `Europe_Berlin`."""
    segments = name.split("/")[:12]
    for first in range(1, len(segments)):
        rest = segments[first:]
        if (len(rest) > 1 or name.startswith(("/", "tzone:"))) and (key := _iana("/".join(rest))):
            return key
    return _iana(name.replace("_", "/", 1)) if "/" not in name else None


def _displayed(name: str) -> str | None:
    """Read the text of a zone list: an offset in brackets, then places or the zone's common name."""
    offset = _SAID_OFFSET.match(name)
    said = _said(offset) if offset else None
    rest = name[offset.end() :] if offset and offset.end() and name[0] in "(UuGg" else name
    for place in _places(rest):
        key = DISPLAY_NAMES.get(place) or _cities().get(place)
        if key is not None and (said is None or said in _standard_offsets(key)):
            return key
    return None


def _by_offset(name: str) -> str | None:
    """Take `UTC+11` or `(GMT-03:00)` by its word, where nothing better is known."""
    whole = _SAID_OFFSET.fullmatch(name)
    said = _said(whole) if whole else None
    return fixed_zone(said) if said is not None else None


def _said(found: re.Match[str]) -> timedelta | None:
    if not found[1]:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return -offset if found[1] == "-" else offset


def _places(text: str) -> Iterator[str]:
    """Give the names in a list of places, lower case, without accents and brackets."""
    plain = unicodedata.normalize("NFKD", text[:200]).encode("ascii", "ignore").decode()
    for each in _BRACKETS.sub("", plain).replace(";", ",").split(","):
        if place := " ".join(each.casefold().split()):
            yield place


def _standard_offsets(key: str) -> set[timedelta | None]:
    zone = ZoneInfo(key)
    return {datetime(2025, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)}


@cache
def _keys() -> dict[str, str]:
    return {key.casefold(): key for key in sorted(available_timezones() - _NO_ZONES)}


@cache
def _windows() -> dict[str, str]:
    return {name.casefold(): key for name, key in WINDOWS_TO_OLSON.items()}


@cache
def _cities() -> dict[str, str]:
    """The last part of each IANA name, as people write it."""
    places = [key for key in _keys().values() if "/" in key and not key.startswith(("Etc/", "SystemV/"))]
    return {key.rpartition("/")[2].replace("_", " ").casefold(): key for key in places}
