"""The clock of a time zone: which moment a local time means, and what it shows at a moment.

A local time that the zone skips moves on with the gap, one that it repeats is the first: RFC 5545, section 3.3.5, which
section 3.3.10 refers to. (That section also says that such an instance is ignored; calendars in the field keep it.)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import chain

from calbridge.core.days import DAY


@dataclass(frozen=True, slots=True)
class Zone:
    """Walls of one time zone. An instant is the wall that UTC shows at that moment."""

    tz: tzinfo

    def instant(self, wall: int) -> int:
        """When a wall is: moved on in a gap, the first of two in an overlap."""
        offset = self._aware(wall).utcoffset()
        assert offset is not None
        return wall - offset // timedelta(seconds=1)

    def wall(self, when: datetime) -> int:
        """What the zone's clocks show at that moment."""
        return wall_shown(when if when.tzinfo is self.tz else when.astimezone(self.tz))

    def wall_meant(self, when: datetime, times: Iterable[int]) -> int | None:
        """The wall that stands for that moment, at one of `times` where possible; None where an overlap repeats it."""
        shown, instant = self.wall(when), instant_of(when)
        day = shown // DAY
        # in a gap a rule's 02:30 is shown as 03:30, or even on the next day
        hidden = (at * DAY + second for second in times if second != shown % DAY for at in (day, day - 1))
        return next((wall for wall in chain(hidden, (shown,)) if self.instant(wall) == instant), None)

    def at(self, wall: int) -> datetime:
        """The moment in this zone, with a local time that exists."""
        return self._aware(wall).astimezone(UTC).astimezone(self.tz)

    def as_written(self, wall: int) -> datetime:
        """The same moment with the local time that the rule says, even if the zone skips it on that day."""
        return self._aware(wall)

    def _aware(self, wall: int) -> datetime:
        day, second = divmod(wall, DAY)
        return datetime.combine(date.fromordinal(day), time(second // 3600, second // 60 % 60, second % 60), self.tz)


def instant_of(when: datetime) -> int:
    """Seconds on the clock of UTC; exact where comparing aware datetimes of one zone is not (PEP 495)."""
    offset = when.utcoffset()
    assert offset is not None
    return wall_shown(when) - offset // timedelta(seconds=1)


def wall_shown(when: datetime) -> int:
    """The wall that the time itself shows, in whatever zone it is."""
    return when.toordinal() * DAY + when.hour * 3600 + when.minute * 60 + when.second
