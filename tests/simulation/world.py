"""One history's world: its chance, its clock, its faults, and the trace of all that happened in it, in order.

Everything that is drawn comes from one generator, and everything happens in one thread: a seed is a history.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""A Monday morning, four weeks before Paris changes its clocks."""


class Died(BaseException):
    """The process ends here and now, as by `kill -9`; no handler of the product's sees it but its `finally`s."""


class Violation(BaseException):
    """The product broke a promise. `invariant` is which. No handler of the product's sees it either."""

    def __init__(self, invariant: str, said: str) -> None:
        super().__init__(f"{invariant}: {said}")
        self.invariant = invariant


@dataclass
class World:
    """See the module. `calm`: no more faults, and people leave their calendars alone.

    `rate` is the share of calls that go wrong; `enabled` are the faults that this history knows (a history with few
    kinds goes deeper into each). `meanwhile` is what people and delayed messages do between two calls; `watch` checks
    the invariants after each.
    """

    seed: int
    random: Random = field(init=False)
    now: datetime = START
    calm: bool = False
    rate: float = 0.0
    enabled: frozenset[str] = frozenset()
    struck: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)
    delayed: list[tuple[datetime, str, Callable[[], object]]] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    watch: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def clock(self) -> datetime:
        """The time, aware, in UTC."""
        return self.now

    def seconds(self) -> float:
        """The time as a monotonic clock counts it."""
        return (self.now - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Let others go on, and time pass."""
        self.pass_time(seconds)
        await asyncio.sleep(0)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, a microsecond at least so that any wait ends, and what was delayed until then happen."""
        until = self.now + max(timedelta(seconds=seconds), timedelta.resolution)
        while due := [each for each in self.delayed if each[0] <= until]:
            first = min(due, key=lambda each: each[0])
            self.delayed.remove(first)
            self.now = max(self.now, first[0])
            self.say(first[1])
            first[2]()
            self.watch()
        self.now = until

    def later(self, seconds: float, said: str, effect: Callable[[], object]) -> None:
        """Let something happen in a while, whoever lives then."""
        self.delayed.append((self.now + timedelta(seconds=seconds), said, effect))

    def say(self, what: str) -> None:
        """Note what happened."""
        self.trace.append(f"{self.now - START!s:>18} {what}")

    def chance(self, share: float) -> bool:
        """Draw yes or no."""
        return self.random.random() < share

    def draw(self, kinds: Sequence[str], share: float | None = None) -> str | None:
        """Draw which of these faults strikes now, None for none of them."""
        if self.calm or not self.chance(self.rate if share is None else share):
            return None
        known = [kind for kind in kinds if kind in self.enabled]
        if not known:
            return None
        kind = self.random.choice(known)
        self.struck[kind] += 1
        return kind

    async def step(self) -> None:
        """Between two calls: other tasks, people, time."""
        for _ in range(self.random.choice((0, 0, 1, 2))):
            await asyncio.sleep(0)
        if not self.calm:
            self.meanwhile()
        self.pass_time(self.random.choice((0.0, 0.05, 0.3, 2.0)))

    @property
    def digest(self) -> str:
        """What distinguishes this history from every other."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()
