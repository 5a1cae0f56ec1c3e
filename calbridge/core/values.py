"""Property values that tell time (RFC 5545, section 3.3): read strictly, None for anything else."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
_DURATION = re.compile(
    r"([+-]?)P(?=.)(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,10})S)?)?", re.ASCII
)
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A DATE, or a DATE-TIME as it stands on the wall: `at` is never aware; `utc` where it ended with Z."""

    at: date
    utc: bool

    @property
    def moment(self) -> datetime | None:
        """The wall time; None for a DATE."""
        return self.at if isinstance(self.at, datetime) else None


@dataclass(frozen=True, slots=True)
class Length:
    """A DURATION: `days` are nominal (section 3.3.6: a day may have 23 hours), `exact` is what follows the T."""

    days: int
    exact: timedelta


def read_stamp(text: str) -> Stamp | None:
    """Read a DATE or DATE-TIME; a leap second is the second before it."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    try:
        if match[4] is None:
            return Stamp(date(year, month, day), utc=False)
        wall = datetime(year, month, day, int(match[4]), int(match[5]), min(int(match[6]), 59))  # noqa: DTZ001 - a wall time
    except ValueError:  # no such day or hour
        return None
    return Stamp(wall, utc=match[7] == "Z")


def read_length(text: str) -> Length | None:
    """Read a DURATION."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    sign = -1 if match[1] == "-" else 1
    weeks, days, hours, minutes, seconds = (int(each or 0) for each in match.groups()[1:])
    exact = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return Length(sign * (7 * weeks + days), sign * exact)


def read_offset(text: str) -> timedelta | None:
    """Read a UTC-OFFSET; None also for a day and more."""
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=int(match[4] or 0))
    if offset >= timedelta(days=1):
        return None
    return -offset if match[1] == "-" else offset
