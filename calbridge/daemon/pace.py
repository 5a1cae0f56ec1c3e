"""When a host is visited, when a failing one is tried again. Pure: clock and chance are arguments.

| the last visit                          | the next                                                             |
|-----------------------------------------|----------------------------------------------------------------------|
| was good                                | her next turn: every host has a place of her own within the interval |
| failed, the n-th time in a row          | after the interval, doubled with each failure, 15 minutes at most    |
| ended because her password was refused  | after 15 minutes, then 1 hour, then every 6: servers lock out        |
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from calbridge.core.problem import Problem

SLOWEST: Final = timedelta(minutes=15)
"""The longest pause for what fails, if the host's own interval is not longer."""

AFTER_REFUSALS: Final = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6))
"""The pause after the first, the second and every further refusal in a row."""

REFUSALS: Final = frozenset({"calendar.denied", "calendar.anonymous"})
"""Rules of problems that say that a server refuses a login."""

FIRST_ROUND: Final = timedelta(minutes=1)
"""How long the first visits of all hosts are spread over, if the interval is not shorter."""

JITTER: Final = 0.05
"""How much later than meant a turn may be, as a part of the interval."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Course:
    """How a host's last visits went: failures in a row, and refusals of her password in a row."""

    failures: int = 0
    refusals: int = 0

    def after(self, *, good: bool, problems: Iterable[Problem]) -> "Course":
        """The course with one more visit."""
        if good:
            return Course()
        refused = any(problem.rule in REFUSALS for problem in problems)
        return Course(self.failures + 1, self.refusals + 1 if refused else 0)

    def pause(self, interval: timedelta, chance: float) -> timedelta | None:
        """How long the host is left alone; None where her next turn is early enough. `chance` lies in [0, 1)."""
        if self.refusals:
            pause = AFTER_REFUSALS[min(self.refusals, len(AFTER_REFUSALS)) - 1]
        elif self.failures > 1:
            pause = min(interval * 2 ** min(self.failures - 1, 20), SLOWEST)
        else:
            return None
        return max(pause, interval) * (1 + chance / 10)


def left_alone(problems: Iterable[Problem], tried: datetime, edited: datetime) -> datetime | None:
    """Until when a daemon that begins leaves a host alone whose password was refused when the last one `tried`.

    None where there is no such problem, or her files were `edited` since. Restarts in a row must not lock out.
    """
    refused = any(problem.rule in REFUSALS for problem in problems)
    return tried + AFTER_REFUSALS[0] if refused and edited < tried else None


@cache
def share(name: str) -> float:
    """The host's place within any span of time, in [0, 1): the same in every process."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6]) / 2**48


def turn(name: str, interval: timedelta, after: datetime) -> datetime:
    """Her next turn: the first after this moment that lies at her place within the interval, counted from 1970."""
    place = share(name) * interval
    return _EPOCH + place + ((after - _EPOCH - place) // interval + 1) * interval


def first_turn(name: str, interval: timedelta, now: datetime) -> datetime:
    """Her first visit by a daemon that begins now."""
    return now + share(name) * min(interval, FIRST_ROUND)
