"""The platform's RRULE subset: parse, compare, write and expand (reference: "Recurring conferences").

What the reference leaves open (design, section 8.4) is decided here and nowhere else: UNTIL is inclusive by local date,
weeks start on Monday, a month without the day is skipped. A schedule is counted from the conference's start.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import dropwhile, islice, takewhile
from typing import Literal, TypeAlias, assert_never

from calbridge.core.days import FIRST_DAY, LAST_DAY, WEEKDAYS, Weekday, month_of, month_span, weekday, weekdays_in
from calbridge.core.problem import Misfit

Frequency: TypeAlias = Literal["DAILY", "WEEKLY", "MONTHLY"]

_FREQUENCIES: dict[str, Frequency] = {"DAILY": "DAILY", "WEEKLY": "WEEKLY", "MONTHLY": "MONTHLY"}
_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "WKST"})
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_ITEM = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[T ][0-9:]{6,8}Z?)?")
_LONGEST = 2000  # characters; the longest schedule that means something has some 80


@dataclass(frozen=True, slots=True)
class Schedule:
    """One rule of the subset. `until` is the local date of the last instance; it and `count` exclude each other.

    `byday` is set for WEEKLY (ordinals 0, Monday first) and for MONTHLY (one item with its ordinal), where it excludes
    `bymonthday`.
    """

    freq: Frequency
    interval: int = 1
    count: int | None = None
    until: date | None = None
    byday: tuple[Weekday, ...] = ()
    bymonthday: int | None = None


def parse(text: str) -> Schedule | Misfit:
    """Read a schedule as the platform would; a misfit's reason is the platform's own wording."""
    parts = _parts(text)
    if isinstance(parts, Misfit):
        return parts
    freq = _FREQUENCIES.get(parts.get("FREQ", ""))
    if freq is None:
        return _MISFITS["frequency"]
    byday, monthdays = _byday(parts.get("BYDAY")) or (), _monthdays(parts.get("BYMONTHDAY")) or ()
    return _value_misfit(parts) or _shape_misfit(freq, byday, monthdays) or _schedule(freq, parts, byday, monthdays)


def text(schedule: Schedule) -> str:
    """Write a schedule, always the same way for the same meaning."""
    parts = [f"FREQ={schedule.freq}"]
    if schedule.count is not None:
        parts.append(f"COUNT={schedule.count}")
    if schedule.until is not None:
        parts.append("UNTIL=" + schedule.until.isoformat().replace("-", ""))
    if schedule.interval != 1:
        parts.append(f"INTERVAL={schedule.interval}")
    if schedule.byday:
        parts.append("BYDAY=" + ",".join(map(str, schedule.byday)))
    if schedule.bymonthday is not None:
        parts.append(f"BYMONTHDAY={schedule.bymonthday}")
    return ";".join(parts)


def same(a: str, b: str) -> bool:
    """Whether two texts mean the same schedule, for the platform reformats it. What can't be read equals itself."""
    if a == b:
        return True
    first, second = parse(a), parse(b)
    return isinstance(first, Schedule) and first == second


def expand(
    schedule: Schedule, start: datetime, *, after: datetime | None, before: datetime | None
) -> Iterator[datetime]:
    """Yield the instances at or after `after` and before `before`, in the zone of `start`, up to the year 9999.

    The local time stays that of `start`; one that a zone's change skips moves on with the gap, one that it repeats is
    the first. Only the window asked for is walked, except with COUNT.
    """
    zone, begin = start.tzinfo, start.toordinal()
    clock = start.time()
    first = begin if after is None else max(begin, after.astimezone(zone).toordinal() - 2)
    last = LAST_DAY if before is None else min(LAST_DAY, before.astimezone(zone).toordinal() + 2)
    floor = None if after is None else after.astimezone(UTC)
    ceiling = None if before is None else before.astimezone(UTC)
    for day in days(schedule, begin, first, last):
        instant = datetime.combine(date.fromordinal(day), clock.replace(fold=0), zone).astimezone(UTC)
        if (floor is None or instant >= floor) and (ceiling is None or instant < ceiling):
            yield instant.astimezone(zone)


def days(schedule: Schedule, start: int, first: int, last: int) -> Iterator[int]:
    """Give the days of a schedule that starts on the day `start`, from `first` to `last`, both inclusive."""
    first, last = max(first, start, FIRST_DAY), min(last, LAST_DAY)
    if schedule.until is not None:
        last = min(last, schedule.until.toordinal())
    if schedule.count is None:
        return _walk(schedule, start, first, last)
    return dropwhile(first.__gt__, islice(_walk(schedule, start, start, last), schedule.count))


def _walk(schedule: Schedule, start: int, first: int, last: int) -> Iterator[int]:
    match schedule.freq:
        case "DAILY":
            return _daily(schedule.interval, start, first, last)
        case "WEEKLY":
            return _weekly(schedule, start, first, last)
        case "MONTHLY":
            return _monthly(schedule, start, first, last)
        case _:
            assert_never(schedule.freq)


def _daily(step: int, start: int, first: int, last: int) -> Iterator[int]:
    return iter(range(start + (first - start + step - 1) // step * step, last + 1, step))


def _weekly(schedule: Schedule, start: int, first: int, last: int) -> Iterator[int]:
    monday, step = start - weekday(start), 7 * schedule.interval
    offsets = tuple(item.weekday for item in schedule.byday)
    weeks = range(monday + (first - monday) // step * step, last + 1, step)
    if len(offsets) == 1:
        found = iter(range(weeks.start + offsets[0], last + 1, step))
    else:
        found = (week + offset for week in weeks for offset in offsets)
    return takewhile(last.__ge__, dropwhile(first.__gt__, found))


def _monthly(schedule: Schedule, start: int, first: int, last: int) -> Iterator[int]:
    if first > last:
        return
    begin, step = month_of(start), schedule.interval
    for month in range(begin + (month_of(first) - begin) // step * step, month_of(last) + 1, step):
        opening, length = month_span(month)
        number = schedule.bymonthday
        if number is None:
            found = weekdays_in(opening, length, schedule.byday)
        else:
            found = {opening + (number - 1 if number > 0 else length + number)} if abs(number) <= length else set()
        for day in found:
            if first <= day <= last:
                yield day


def _parts(text: str) -> dict[str, str] | Misfit:
    if len(text) > _LONGEST:
        return _unparsed("it is too long")
    line = text.upper().rsplit("RRULE:", 1)[-1]  # with or without the property's name, or a DTSTART line before it
    parts: dict[str, str] = {}
    for part in filter(None, "".join(line.split()).split(";")):
        name, equals, value = part.partition("=")
        if not equals or name not in _PARTS:
            return _unparsed(f"{name} is not supported")
        if parts.setdefault(name, value) != value:
            return _unparsed(f"{name} is given twice")
    if parts.pop("WKST", "MO") != "MO":
        return _unparsed("WKST must be MO")
    return parts


def _value_misfit(parts: dict[str, str]) -> Misfit | None:
    readable = {
        "INTERVAL": _positive(parts.get("INTERVAL", "1")),
        "COUNT": _positive(parts.get("COUNT", "1")),
        "UNTIL": _until(parts.get("UNTIL", "20000101")),
        "BYDAY": _byday(parts.get("BYDAY")),
        "BYMONTHDAY": _monthdays(parts.get("BYMONTHDAY")),
    }
    for name, value in readable.items():
        if value is None:
            return _unparsed(f"{name} can't have the value {parts[name][:40]}")
    return _unparsed("UNTIL and COUNT exclude each other") if "UNTIL" in parts and "COUNT" in parts else None


def _schedule(
    freq: Frequency, parts: dict[str, str], byday: tuple[Weekday, ...], monthdays: tuple[int, ...]
) -> Schedule:
    """Build the schedule of parts that have been checked."""
    return Schedule(
        freq,
        _positive(parts.get("INTERVAL", "1")) or 1,
        _positive(parts["COUNT"]) if "COUNT" in parts else None,
        _until(parts["UNTIL"]) if "UNTIL" in parts else None,
        byday,
        monthdays[0] if monthdays else None,
    )


def _positive(value: str) -> int | None:
    return int(value) if _NUMBER.fullmatch(value) and int(value) > 0 else None


def _until(value: str) -> date | None:
    found = _UNTIL.fullmatch(value)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:  # a day that its month does not have
        return None


def _byday(value: str | None) -> tuple[Weekday, ...] | None:
    if value is None:
        return ()
    items: set[Weekday] = set()
    for item in value.split(","):
        found = _ITEM.fullmatch(item)
        if not found or not 1 <= abs(int(found[1] or 1)) <= 5:
            return None
        items.add(Weekday(int(found[1] or 0), WEEKDAYS.index(found[2])))
    return tuple(sorted(items))


def _monthdays(value: str | None) -> tuple[int, ...] | None:
    if value is None:
        return ()
    if not all(_NUMBER.fullmatch(item) and 1 <= abs(int(item)) <= 31 for item in value.split(",")):
        return None
    return tuple(sorted({int(item) for item in value.split(",")}))


def _shape_misfit(freq: Frequency, byday: tuple[Weekday, ...], monthdays: tuple[int, ...]) -> Misfit | None:
    match freq:
        case "DAILY":
            return _unparsed("DAILY takes neither BYDAY nor BYMONTHDAY") if byday or monthdays else None
        case "WEEKLY":
            if monthdays or any(item.ordinal for item in byday):
                return _unparsed("WEEKLY takes plain days in BYDAY only")
            return None if byday else _MISFITS["weekly-byday"]
        case "MONTHLY":
            return _monthly_misfit(byday, monthdays)
        case _:
            assert_never(freq)


def _monthly_misfit(byday: tuple[Weekday, ...], monthdays: tuple[int, ...]) -> Misfit | None:
    if byday and monthdays:
        return _MISFITS["monthly-both"]
    if not byday and not monthdays:
        return _MISFITS["monthly-day"]
    if len(byday) > 1:
        return _MISFITS["monthly-byday-one"]
    if len(monthdays) > 1:
        return _MISFITS["monthly-bymonthday-one"]
    return _MISFITS["monthly-byday-number"] if byday and not byday[0].ordinal else None


def _unparsed(detail: str) -> Misfit:
    return Misfit(
        "schedule.parse",
        f"Failed to parse the schedule rule. {detail}",
        "use FREQ, INTERVAL, COUNT or UNTIL, BYDAY and BYMONTHDAY, as in FREQ=WEEKLY;COUNT=10;BYDAY=MO,WE",
    )


_MISFITS = {
    key: Misfit(f"schedule.{key}", reason, hint)
    for key, reason, hint in (
        ("frequency", "Schedule FREQ must be DAILY, WEEKLY or MONTHLY", "a yearly date is FREQ=MONTHLY;INTERVAL=12"),
        ("weekly-byday", "Schedule WEEKLY must include BYDAY", "name the days, as in FREQ=WEEKLY;BYDAY=MO,WE"),
        (
            "monthly-day",
            "Schedule MONTHLY must include BYDAY or BYMONTHDAY",
            "name the day, as in FREQ=MONTHLY;BYDAY=2WE",
        ),
        (
            "monthly-both",
            "Schedule MONTHLY supports BYDAY or BYMONTHDAY, cannot use both",
            "keep one of them, as in FREQ=MONTHLY;BYMONTHDAY=10",
        ),
        (
            "monthly-byday-one",
            "Schedule MONTHLY BYDAY only supports one item",
            "make one event per day, each as in FREQ=MONTHLY;BYDAY=2WE",
        ),
        (
            "monthly-bymonthday-one",
            "Schedule MONTHLY BYMONTHDAY only supports one item",
            "make one event per day, each as in FREQ=MONTHLY;BYMONTHDAY=10",
        ),
        (
            "monthly-byday-number",
            "Schedule MONTHLY BYDAY must include number and day",
            "say which one of the month, as in FREQ=MONTHLY;BYDAY=2WE",
        ),
    )
}
