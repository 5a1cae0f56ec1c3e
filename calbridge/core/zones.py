"""TZID and VTIMEZONE -> the IANA zone that is meant (design, section 6).

A name that says a zone wins over the definition beside it, since definitions are often cut short; a definition wins
over names that say nothing ("Customized Time Zone 1") or too little ("EST" with daylight saving time).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from calbridge.core.problem import Misfit
from calbridge.core.vtimezone import RECENT, VTimezone, agrees, clean_tzid, fixed_zone, match
from calbridge.core.zone_names import DISPLAY_NAMES, LOCAL_NAMES, OLD_WINDOWS, PART_HOURS

UTC: Final = ZoneInfo("UTC")

# Not places: the machine's own zone, and a placeholder of the tz database.
_NO_ZONES: Final = frozenset({"localtime", "Factory", "posixrules"})
_SAID_OFFSET: Final = re.compile(r"\(?\s*(?:UTC|GMT|Z)?\s*(?:([+-])\s*(\d{1,2})(?:[:.]?(\d\d))?)?\s*\)?", re.IGNORECASE)
_UTC_NAME: Final = "coordinated universal time"
_NUMBERED: Final = re.compile(r"\s+\d{1,3}\s*$|\s*\(\d{1,3}\)\s*$")
_REMARK: Final = re.compile(r"\s*\([^()]{0,100}\)\s*$|-\d{1,2}\s*$")
_SEASON: Final = re.compile(r"(?:Daylight|Summer) Time$", re.IGNORECASE)
_BRACKETS: Final = re.compile(r"\([^()]{0,100}\)")


Definitions: TypeAlias = Mapping[str, tuple[VTimezone, ...]]
"""The definitions of one calendar object by TZID; several where they differ."""


def resolve(tzid: str, vtimezones: Definitions, *, year: int) -> ZoneInfo | Misfit:
    """Find the IANA zone that a TZID means; `year`, that of the event, is where a custom definition must agree.

    Misfit `zone.unknown` where neither its name nor its definition says which one it is.
    """
    name = clean_tzid(tzid)
    defined = vtimezones.get(name, ())
    keys = {_firm(name)}
    if keys == {None}:
        vague = _vague(name)
        keys = {_by_definition(each, vague, year) for each in defined} or {vague or _by_offset(name)}
    if len(keys) == 1 and (key := keys.pop()) is not None:
        return ZoneInfo(key)
    hint = "choose a time zone with a place name, such as Europe/Berlin, in the calendar app"
    return Misfit("zone.unknown", f"the time zone {name[:100]!r} {_why(defined, keys)}", hint)


def contradicted(tzid: str, vtimezones: Definitions, *, year: int) -> bool:
    """Whether a name says the zone while the definition beside it says other offsets: the name holds."""
    name = clean_tzid(tzid)
    key = _firm(name)
    return key is not None and any(not agrees(each, key, year) for each in vtimezones.get(name, ()))


def named(name: str) -> ZoneInfo | None:
    """Find the zone that a name alone says: IANA's, an alias, Windows', a prefixed one or Outlook's display text."""
    clean = clean_tzid(name)
    key = _firm(clean) or _vague(clean) or _by_offset(clean)
    return ZoneInfo(key) if key else None


def _why(defined: tuple[VTimezone, ...], keys: set[str | None]) -> str:
    if not defined:
        return "is no known time zone and is not defined"
    if len(defined) > 1 and keys:
        return f"is defined {len(defined)} times, and not the same way"
    return "has a definition that no known time zone follows"


def _by_definition(defined: VTimezone, key: str | None, year: int) -> str | None:
    """Choose between a vague name and a definition."""
    if key is not None and (agrees(defined, key, year) or ("/" in key and _shares_offset(defined, key))):
        return key
    located = _iana(defined.location) if defined.location else None
    return located or match(defined, year) or (match(defined, RECENT) if year < RECENT else None) or key


def _shares_offset(defined: VTimezone, key: str) -> bool:
    """Whether a definition may be a part of the zone's: definitions are often cut short."""
    return not _known_offsets(key).isdisjoint(each.after for each in defined.observances)


@lru_cache(maxsize=1024)
def _firm(name: str) -> str | None:
    """What says one zone and no other: a place's IANA name, or Windows', whatever is put before or after it."""
    return next((key for each in _undecorated(name) if (key := _exact(each)) is not None), None)


@lru_cache(maxsize=1024)
def _vague(name: str) -> str | None:
    """What may be meant otherwise: an abbreviation, a city, the text of a zone list."""
    return _iana(name) or _displayed(name) or _misplaced(name)


def _exact(name: str) -> str | None:
    key = _iana(name)
    if key is not None:
        return key if "/" in key else None
    return _windows().get(_letters(name)) or _prefixed(name)


def _undecorated(name: str) -> Iterator[str]:
    """The name, and the name without what programs add: `W. Europe Standard Time 1`, `Europe/Berlin (2)`."""
    yield name
    bare = _NUMBERED.sub("", name)
    if "/" in bare and not bare.startswith("Etc/"):
        bare = _REMARK.sub("", bare).rstrip("/")
    if bare != name:
        yield bare
    yield _SEASON.sub("Standard Time", bare)


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
    # some lists part their places by slashes: "(GMT+01.00) Sarajevo/Warsaw/Zagreb"
    rest = name[offset.end() :].replace("/", ",") if offset and offset.end() and name[0] in "(UuGg" else name
    for place in _places(rest):
        if place.startswith(_UTC_NAME) and said is not None:
            return fixed_zone(said)
        for key in (DISPLAY_NAMES.get(place), LOCAL_NAMES.get(place), _cities().get(place)):
            if key is not None and (said is None or said in _known_offsets(key)):
                return key
    return None


def _misplaced(name: str) -> str | None:
    """Read `Asia/Beijing`: a place that IANA files under another one of the same continent."""
    continent, _, place = name.partition("/")
    key = DISPLAY_NAMES.get(place.casefold(), "")
    return key if key.casefold().startswith(f"{continent.casefold()}/") else None


def _by_offset(name: str) -> str | None:
    """Take `UTC+11` or `(GMT-03:00)` by its word, where nothing better is known."""
    whole = _SAID_OFFSET.fullmatch(name)
    if whole is None or not any(map(str.isalnum, name)):
        return None
    said = _said(whole) or timedelta(0)
    return fixed_zone(said) or PART_HOURS.get(said // timedelta(minutes=1))


def _said(found: re.Match[str]) -> timedelta | None:
    if not found[1]:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return -offset if found[1] == "-" else offset


def _places(text: str) -> Iterator[str]:
    """Give the names in a list of places, lower case, without accents and brackets."""
    apart = unicodedata.normalize("NFKD", text[:200].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    plain = unicodedata.normalize("NFC", "".join(each for each in apart if not unicodedata.combining(each)))
    for each in _BRACKETS.sub("", plain).replace(";", ",").replace(" / ", ",").split(","):
        if place := " ".join(each.casefold().split()).removeprefix(": ").removesuffix(" - old").removesuffix(" - new"):
            yield place


@lru_cache(maxsize=1024)
def _known_offsets(key: str) -> frozenset[timedelta | None]:
    """The zone's offsets since zone lists are written: their texts outlive the rules."""
    zone = ZoneInfo(key)
    return frozenset(
        datetime(at, month, 1, tzinfo=zone).utcoffset() for at in range(2000, RECENT + 1) for month in (1, 7)
    )


def _letters(name: str) -> str:
    """A name as it compares: programs differ in dots, spaces and case."""
    return "".join(each for each in name.casefold() if each.isalnum() or each in "+-")


@cache
def _keys() -> dict[str, str]:
    return {key.casefold(): key for key in sorted(available_timezones() - _NO_ZONES)}


@cache
def _windows() -> dict[str, str]:
    return {_letters(name): key for name, key in {**OLD_WINDOWS, **WINDOWS_TO_OLSON}.items()}


@cache
def _cities() -> dict[str, str]:
    """The last part of each IANA name, as people write it."""
    places = [key for key in _keys().values() if "/" in key and not key.startswith(("Etc/", "SystemV/"))]
    return {key.rpartition("/")[2].replace("_", " ").casefold(): key for key in places}
