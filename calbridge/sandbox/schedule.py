"""The platform's schedules: what its document accepts, and in which words it refuses the rest.

Deliberately separate from the bridge's own reading of the same subset: this one judges what the bridge sends.
Source: the reference's "Recurring conferences" and the second of its error tables.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, assert_never

from calbridge.enterprise.messages import ScheduleMessage
from calbridge.sandbox.refusals import Refused

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")  # by date.weekday()
PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY"})


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """On some days of the week, Monday being 0, in order."""

    weekdays: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MonthlyByDay:
    """On the nth such weekday of the month; a negative `nth` counts from its end."""

    nth: int
    weekday: int


@dataclass(frozen=True, slots=True)
class MonthlyByMonthDay:
    """On a day of the month; a negative one counts from its end."""

    day: int


Pattern: TypeAlias = Daily | Weekly | MonthlyByDay | MonthlyByMonthDay


@dataclass(frozen=True, slots=True)
class Schedule:
    """A parsed schedule. `until` is the last local date that may hold an instance; it excludes a `count`."""

    pattern: Pattern
    interval: int = 1
    count: int | None = None
    until: date | None = None

    def __str__(self) -> str:
        """Write it as the platform gives it back: in its own order, INTERVAL always there, weeks from Sunday on."""
        freq, by = _written(self.pattern)
        parts = [f"FREQ={freq}"]
        if self.until is not None:
            parts.append("UNTIL=" + self.until.isoformat().replace("-", ""))
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        parts.append(f"INTERVAL={self.interval}")
        return ";".join([*parts, *by])


def parse(text: str) -> Schedule:
    """Read a schedule. Raises `Refused` with the document's message."""
    parts = _split(text)
    pattern = _pattern(parts)
    if "COUNT" in parts and "UNTIL" in parts:
        raise _unparsed("COUNT and UNTIL can't both be given")
    return Schedule(
        pattern,
        interval=_positive(parts, "INTERVAL") or 1,
        count=_positive(parts, "COUNT"),
        until=_until(parts.get("UNTIL")),
    )


def never_fires() -> Refused:
    """Say that a schedule has no instance at all."""
    return _unparsed("It has no date at or after the start")


def _unparsed(details: str) -> Refused:
    return Refused(f"{ScheduleMessage.UNPARSABLE} {details}")


def _split(text: str) -> Mapping[str, str]:
    parts: dict[str, str] = {}
    for part in text.upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise _unparsed(f"{part[:40]!r} is not NAME=VALUE")
        if name not in PARTS:
            raise _unparsed(f"{name[:40]} is not supported")
        if name in parts:
            raise _unparsed(f"{name} is given twice")
        parts[name] = value
    return parts


def _pattern(parts: Mapping[str, str]) -> Pattern:
    match parts.get("FREQ"):
        case "DAILY":
            return _daily(parts)
        case "WEEKLY":
            return _weekly(parts)
        case "MONTHLY":
            return _monthly(parts)
        case _:
            raise Refused(ScheduleMessage.FREQUENCY)


def _daily(parts: Mapping[str, str]) -> Daily:
    for name in ("BYDAY", "BYMONTHDAY"):
        if name in parts:
            raise _unparsed(f"{name} is not supported for DAILY")
    return Daily()


def _weekly(parts: Mapping[str, str]) -> Weekly:
    if "BYMONTHDAY" in parts:
        raise _unparsed("BYMONTHDAY is only supported for MONTHLY")
    if "BYDAY" not in parts:
        raise Refused(ScheduleMessage.WEEKLY_NEEDS_DAY)
    names = parts["BYDAY"].split(",")
    unknown = [name for name in names if name not in DAYS]
    if unknown:
        raise _unparsed(f"{unknown[0][:40]!r} is not a day of the week")
    return Weekly(tuple(sorted({DAYS.index(name) for name in names})))


def _monthly(parts: Mapping[str, str]) -> MonthlyByDay | MonthlyByMonthDay:
    by_day, by_month_day = parts.get("BYDAY"), parts.get("BYMONTHDAY")
    if by_day is not None and by_month_day is not None:
        raise Refused(ScheduleMessage.MONTHLY_EITHER)
    if by_day is not None:
        return _monthly_by_day(by_day)
    if by_month_day is not None:
        return _monthly_by_month_day(by_month_day)
    raise Refused(ScheduleMessage.MONTHLY_NEEDS_DAY)


def _monthly_by_day(value: str) -> MonthlyByDay:
    if "," in value:
        raise Refused(ScheduleMessage.MONTHLY_BYDAY_ONE)
    read = re.fullmatch(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", value, re.ASCII)
    if read is None:
        raise _unparsed(f"{value[:40]!r} is not a week number and a day")
    if read[1] is None:
        raise Refused(ScheduleMessage.MONTHLY_BYDAY_NUMBER)
    nth = int(read[1])
    if not 1 <= abs(nth) <= 5:
        raise _unparsed("A month has weeks 1 to 5, or -1 to -5 from its end")
    return MonthlyByDay(nth, DAYS.index(read[2]))


def _monthly_by_month_day(value: str) -> MonthlyByMonthDay:
    if "," in value:
        raise Refused(ScheduleMessage.MONTHLY_BYMONTHDAY_ONE)
    if re.fullmatch(r"[+-]?\d{1,2}", value, re.ASCII) is None or not 1 <= abs(int(value)) <= 31:
        raise _unparsed("BYMONTHDAY must be 1 to 31, or -1 to -31 from the month's end")
    return MonthlyByMonthDay(int(value))


def _positive(parts: Mapping[str, str], name: str) -> int | None:
    value = parts.get(name)
    if value is None:
        return None
    if re.fullmatch(r"\d{1,9}", value, re.ASCII) is None or int(value) == 0:
        raise _unparsed(f"{name} must be a positive number")
    return int(value)


def _until(value: str | None) -> date | None:
    if value is None:
        return None
    if re.fullmatch(r"\d{8}", value, re.ASCII) is None:
        raise _unparsed("UNTIL must be just a date, as 20211231")
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        raise _unparsed("UNTIL is not a date of the calendar") from None


def _written(pattern: Pattern) -> tuple[str, tuple[str, ...]]:
    match pattern:
        case Daily():
            return "DAILY", ()
        case Weekly(weekdays):
            from_sunday = sorted(weekdays, key=lambda weekday: (weekday + 1) % 7)
            return "WEEKLY", ("BYDAY=" + ",".join(DAYS[weekday] for weekday in from_sunday),)
        case MonthlyByDay(nth, weekday):
            return "MONTHLY", (f"BYDAY={nth}{DAYS[weekday]}",)
        case MonthlyByMonthDay(day):
            return "MONTHLY", (f"BYMONTHDAY={day}",)
        case _:
            assert_never(pattern)
