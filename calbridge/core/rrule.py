"""RRULE and EXRULE values: text -> rule (RFC 5545, section 3.3.10; RFC 7529 for RSCALE). No date is computed here.

Read leniently: case, white space, a trailing semicolon, X- parts and a part that is repeated with the same value are
forgiven. What RFC 5545 forbids and calendars read differently is refused: COUNT beside UNTIL, a part that contradicts
itself, a BY part that its frequency doesn't know.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import product
from math import prod
from typing import Literal, TypeAlias

from calbridge.core.days import WEEKDAYS, Weekday
from calbridge.core.problem import Misfit

Frequency: TypeAlias = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
Skip: TypeAlias = Literal["OMIT", "BACKWARD", "FORWARD"]

_FREQUENCIES: dict[str, Frequency] = {"DAILY": "DAILY", "WEEKLY": "WEEKLY", "MONTHLY": "MONTHLY", "YEARLY": "YEARLY"}
_SUB_DAILY = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_SKIPS: dict[str, Skip] = {"OMIT": "OMIT", "BACKWARD": "BACKWARD", "FORWARD": "FORWARD"}
_LISTS = {  # part -> smallest, greatest absolute value, and whether it may be negative
    "BYSECOND": (0, 60, False),
    "BYMINUTE": (0, 59, False),
    "BYHOUR": (0, 23, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYMONTH": (1, 12, False),
    "BYSETPOS": (1, 366, True),
}
_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST", "RSCALE", "SKIP", *_LISTS}
_FORBIDDEN = {  # RFC 5545, section 3.3.10: parts that a frequency must not have
    "DAILY": ("BYWEEKNO", "BYYEARDAY"),
    "WEEKLY": ("BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"),
    "MONTHLY": ("BYWEEKNO", "BYYEARDAY"),
    "YEARLY": (),
}
_MOST_TIMES = 6 * 24 * 60  # of a day
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}")
_ITEM = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2})(Z?))?")
_BELOW_DAYS = "Schedule FREQ must be DAILY, WEEKLY or MONTHLY"  # the platform's wording, as the next
_UNPARSED = "Failed to parse the schedule rule."
_SET_ANEW = "set the repetition anew in the calendar app, as in FREQ=WEEKLY;BYDAY=MO"
_LONGEST = 5000  # characters; every list written out in full has fewer


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with a frequency of a day or more. Lists are sorted and without repeats.

    `until` is a date, a naive datetime (local in the zone of DTSTART) or one in UTC; `wkst` 0 is Monday.
    """

    freq: Frequency
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    byday: tuple[Weekday, ...] = ()
    bymonthday: tuple[int, ...] = ()
    byyearday: tuple[int, ...] = ()
    byweekno: tuple[int, ...] = ()
    bymonth: tuple[int, ...] = ()
    bysetpos: tuple[int, ...] = ()
    byhour: tuple[int, ...] = ()
    byminute: tuple[int, ...] = ()
    bysecond: tuple[int, ...] = ()
    wkst: int = 0
    skip: Skip = "OMIT"

    def times(self, start: int) -> list[int]:
        """The times of day of its instances, in seconds; what the rule leaves open is as in DTSTART's `start`."""
        hours = self.byhour or (start // 3600,)
        minutes = self.byminute or (start // 60 % 60,)
        # RFC 5545, section 3.3.12: who knows no leap seconds reads second 60 as 59
        seconds = sorted({min(second, 59) for second in self.bysecond}) or [start % 60]
        return [hour * 3600 + minute * 60 + second for hour, minute, second in product(hours, minutes, seconds)]


def parse(text: str) -> Rule | Misfit:
    """Read the value of an RRULE or EXRULE property."""
    parts = _parts(text)
    if isinstance(parts, Misfit):
        return parts
    misfit = _frequency_misfit(parts) or _rscale_misfit(parts) or _value_misfit(parts) or _combination_misfit(parts)
    if misfit is not None:
        return misfit
    rule = _rule(parts)
    return _too_many_times(rule) or rule


def _parts(text: str) -> dict[str, str] | Misfit:
    if len(text) > _LONGEST:
        return Misfit(
            "rrule.limit", f"the rule has {len(text)} characters", "say it in fewer words, as in FREQ=WEEKLY;BYDAY=MO"
        )
    parts: dict[str, str] = {}
    for part in filter(None, "".join(text.upper().split()).split(";")):
        name, equals, value = part.partition("=")
        if name.startswith("X-"):
            continue
        if not equals or name not in _PARTS:
            return _syntax(f"{part[:40]} is no part of a rule")
        if parts.setdefault(name, value) != value:
            return _syntax(f"{name} is given twice")
    return parts


def _frequency_misfit(parts: dict[str, str]) -> Misfit | None:
    freq = parts.get("FREQ")
    if freq in _FREQUENCIES:
        return None
    if freq in _SUB_DAILY:
        hint = "repeat daily at most, as in FREQ=DAILY; make one event for each time of the day"
        return Misfit("rrule.frequency", _BELOW_DAYS, hint)
    detail = "the rule has none" if freq is None else f"FREQ={freq[:40]} does not exist"
    return Misfit("rrule.syntax", f"{_BELOW_DAYS}; {detail}", _SET_ANEW)


def _rscale_misfit(parts: dict[str, str]) -> Misfit | None:
    rscale = parts.get("RSCALE", "GREGORIAN")
    if rscale != "GREGORIAN":
        reason = f"RSCALE={rscale[:40]}: the platform knows the Gregorian calendar only"
        return Misfit(
            "rrule.rscale", reason, "use a rule of the Gregorian calendar, as in FREQ=YEARLY, or single events"
        )
    if parts.get("SKIP", "OMIT") not in _SKIPS or ("SKIP" in parts and "RSCALE" not in parts):
        return _syntax("SKIP must be OMIT, BACKWARD or FORWARD, beside an RSCALE")
    return None


def _value_misfit(parts: dict[str, str]) -> Misfit | None:
    for name, value in parts.items():
        match name:
            case "INTERVAL" | "COUNT":
                readable = _whole(value) is not None
            case "UNTIL":
                readable = _until(value) is not None
            case "BYDAY":
                readable = _byday(value) is not None
            case "WKST":
                readable = value in WEEKDAYS
            case _:
                readable = name not in _LISTS or _numbers(value, *_LISTS[name]) is not None
        if not readable:
            return _syntax(f"{name} can't have the value {value[:40]}")
    if _whole(parts.get("INTERVAL", "1")) == 0:
        reason = f"{_UNPARSED} INTERVAL=0 would repeat on the spot for ever"
        return Misfit("rrule.interval", reason, f"use INTERVAL=1, or leave it out, as in FREQ={parts['FREQ']}")
    return _syntax("COUNT=0 leaves nothing") if _whole(parts.get("COUNT", "1")) == 0 else None


def _combination_misfit(parts: dict[str, str]) -> Misfit | None:
    freq, byday = parts["FREQ"], _byday(parts.get("BYDAY", "")) or ()
    if "COUNT" in parts and "UNTIL" in parts:
        return _syntax("COUNT and UNTIL exclude each other")
    for name in _FORBIDDEN[freq]:
        if name in parts:
            return _syntax(f"{name} can't be used with FREQ={freq}")
    if any(item.ordinal for item in byday) and (freq in {"DAILY", "WEEKLY"} or "BYWEEKNO" in parts):
        return _syntax("BYDAY takes numbers with FREQ=MONTHLY and YEARLY only, and not beside BYWEEKNO")
    return None


def _rule(parts: dict[str, str]) -> Rule:
    """Build the rule of parts that have been checked."""
    lists = {name.lower(): _numbers(parts[name], *limits) or () for name, limits in _LISTS.items() if name in parts}
    return Rule(
        _FREQUENCIES[parts["FREQ"]],
        _whole(parts.get("INTERVAL", "1")) or 1,
        _whole(parts["COUNT"]) if "COUNT" in parts else None,
        _until(parts["UNTIL"]) if "UNTIL" in parts else None,
        _byday(parts.get("BYDAY", "")) or (),
        wkst=WEEKDAYS.index(parts.get("WKST", "MO")),
        skip=_SKIPS[parts.get("SKIP", "OMIT")],
        **lists,
    )


def _too_many_times(rule: Rule) -> Misfit | None:
    if prod(len(each) for each in (rule.byhour, rule.byminute, rule.bysecond) if each) <= _MOST_TIMES:
        return None
    reason = f"{_BELOW_DAYS}, and the rule repeats more often than every ten seconds"
    return Misfit("rrule.times", reason, "make one event for each time of the day, as in FREQ=DAILY")


def _whole(value: str) -> int | None:
    return int(value) if _NUMBER.fullmatch(value) and int(value) >= 0 else None


def _numbers(value: str, low: int, high: int, negative: bool) -> tuple[int, ...] | None:  # noqa: FBT001 - unpacked from _LISTS
    found: set[int] = set()
    for item in value.split(","):
        if not _NUMBER.fullmatch(item):
            return None
        number = int(item)
        if not low <= abs(number) <= high or (number < 0 and not negative):
            return None
        found.add(number)
    return tuple(sorted(found))


def _byday(value: str) -> tuple[Weekday, ...] | None:
    found: set[Weekday] = set()
    for item in value.split(","):
        matched = _ITEM.fullmatch(item)
        if not matched or not 1 <= abs(int(matched[1] or 1)) <= 53:
            return None
        found.add(Weekday(int(matched[1] or 0), WEEKDAYS.index(matched[2])))
    return tuple(sorted(found))


def _until(value: str) -> date | datetime | None:
    matched = _UNTIL.fullmatch(value)
    if not matched:
        return None
    year, month, day, hour, minute, second, utc = matched.groups()
    try:
        if hour is None:
            return date(int(year), int(month), int(day))
        at = datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59))  # noqa: DTZ001 - DTSTART's zone
    except ValueError:  # a date that does not exist
        return None
    return at.replace(tzinfo=UTC) if utc else at


def _syntax(detail: str) -> Misfit:
    return Misfit("rrule.syntax", f"{_UNPARSED} {detail}", _SET_ANEW)
