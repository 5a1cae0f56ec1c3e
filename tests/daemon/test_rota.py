"""Appointments, kept by a real scheduler; the times are its own, and only their order is looked at."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random

import time_machine
from hypothesis import given
from hypothesis import strategies as st

from calbridge.daemon.rota import Rota, _Turns

SECOND = timedelta(seconds=1)
moments = st.timedeltas(timedelta(), timedelta(days=9000)).map(lambda since: datetime(2020, 1, 1, tzinfo=UTC) + since)


class Visits:
    """Notes who is visited, and how often at once."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seen: list[str] = []
        self.at_once: list[str] = []
        self.overlap = False
        self._seconds = seconds

    async def __call__(self, name: str, due: datetime) -> None:
        assert due <= datetime.now(UTC)
        self.overlap = self.overlap or name in self.at_once
        self.seen.append(name)
        self.at_once.append(name)
        await asyncio.sleep(self._seconds)
        self.at_once.remove(name)

    def run(self, steps: Callable[[Rota], Awaitable[None]]) -> None:
        """Do these steps with a rota that runs."""

        async def running() -> None:
            rota = Rota(self, Random(1))
            rota.start()
            await steps(rota)
            rota.stop()

        asyncio.run(running())

    async def until(self, *names: str) -> None:
        """Wait until all these were visited."""
        async with asyncio.timeout(20):
            while not set(names) <= set(self.seen):  # noqa: ASYNC110  nothing else says so
                await asyncio.sleep(0.02)


def test_everybody_is_visited_again_and_again() -> None:
    visits = Visits()

    async def steps(rota: Rota) -> None:
        for name in ("alice", "bob"):
            rota.add(name, SECOND, datetime.now(UTC))
        await visits.until("alice", "bob")
        visits.seen.clear()
        await visits.until("alice", "bob")

    visits.run(steps)


def test_nobody_is_visited_twice_at_once() -> None:
    visits = Visits(seconds=2.5)

    async def steps(rota: Rota) -> None:
        rota.add("alice", SECOND, datetime.now(UTC))
        await visits.until("alice")
        await asyncio.sleep(1.5)
        rota.pause()

    visits.run(steps)
    assert not visits.overlap


def test_who_went_is_visited_no_more_and_who_is_put_off_later() -> None:
    visits = Visits()

    async def steps(rota: Rota) -> None:
        for name in ("alice", "bob", "carol"):
            rota.add(name, SECOND, datetime.now(UTC) + timedelta(hours=1))
        rota.remove("alice")
        rota.put_off("alice", datetime.now(UTC))
        rota.put_off("bob", datetime.now(UTC))
        await visits.until("bob")
        assert (rota.next_run("alice"), rota.next_run("carol") is not None) == (None, True)

    visits.run(steps)
    assert set(visits.seen) == {"bob"}


def test_whoever_became_due_while_the_machine_slept_is_visited_when_it_wakes() -> None:
    visits = Visits()

    async def steps(rota: Rota) -> None:
        rota.add("alice", timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1))
        await asyncio.sleep(0.05)
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=3), tick=True):
            await asyncio.sleep(0.05)
            assert visits.seen == []
            rota.wake()
            await visits.until("alice")

    visits.run(steps)
    assert visits.seen == ["alice"]


def test_a_visit_that_fails_is_not_the_last() -> None:
    class Failing(Visits):
        async def __call__(self, name: str, due: datetime) -> None:
            await super().__call__(name, due)
            raise RuntimeError

    visits = Failing()

    async def steps(rota: Rota) -> None:
        rota.add("alice", SECOND, datetime.now(UTC))
        await visits.until("alice")
        visits.seen.clear()
        await visits.until("alice")

    visits.run(steps)


@given(moments, st.timedeltas(timedelta(), timedelta(hours=12)), st.integers(1, 86400))
def test_the_next_turn_is_never_over_already_however_long_the_machine_slept(
    previous: datetime, slept: timedelta, seconds: int
) -> None:
    interval = timedelta(seconds=seconds)
    following = _Turns("alice", interval, Random(1)).get_next_fire_time(previous, previous + slept)
    assert previous + slept < following <= previous + slept + interval * 1.05 + timedelta(seconds=0.1)
