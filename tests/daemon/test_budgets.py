"""Places for visits: over all, and at each server."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calbridge.daemon.budgets import Budgets

visits = st.lists(
    st.tuples(st.sets(st.sampled_from("abcd"), min_size=1, max_size=2), st.integers(0, 3), st.booleans()), max_size=30
)


async def through(budgets: Budgets, wanted: list[tuple[set[str], int, bool]], *, stop: bool) -> tuple[int, int]:
    """Do all visits at once, some lending their places; how many were under way at most, over all and at one server."""
    now: Counter[str] = Counter()
    most = [0, 0]

    async def visit(servers: set[str], turns: int, lends: bool) -> None:
        async with budgets.taken(servers):
            if lends:
                async with budgets.lent():
                    await asyncio.sleep(0)
            now.update([*servers, "all"])
            most[0], most[1] = max(most[0], now["all"]), max(most[1], *(now[server] for server in servers))
            try:
                for _ in range(turns):
                    await asyncio.sleep(0)
            finally:
                now.subtract([*servers, "all"])

    tasks = [asyncio.create_task(visit(*each)) for each in wanted]
    if stop:
        await asyncio.sleep(0)
        for task in tasks[::3]:
            task.cancel()
    await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
    return most[0], most[1]


@given(visits, st.integers(1, 6), st.booleans())
def test_no_more_are_under_way_than_may_be_and_everybody_gets_through(
    wanted: list[tuple[set[str], int, bool]], concurrency: int, stop: bool
) -> None:
    budgets = Budgets(concurrency, 4)
    overall, at_one = asyncio.run(through(budgets, wanted, stop=stop))
    assert (overall <= concurrency, at_one <= budgets.share, budgets.used) == (True, True, 0)


@pytest.mark.parametrize(
    ("concurrency", "servers", "share"), [(64, 1, 64), (64, 2, 32), (64, 8, 8), (64, 500, 8), (8, 50, 2), (1, 50, 1)]
)
def test_one_server_gets_its_fair_share(concurrency: int, servers: int, share: int) -> None:
    assert Budgets(concurrency, servers).share == share


async def held_up(budgets: Budgets, *, lending: bool) -> list[str]:
    """Who gets through while eight visits wait, at the server `slow` or for the platform."""
    came: list[str] = []
    never = asyncio.Event()

    async def stuck(number: int) -> None:
        async with budgets.taken([f"fast{number}" if lending else "slow"]):
            if lending:
                async with budgets.lent():
                    await never.wait()
            await never.wait()

    async def quick(name: str) -> None:
        async with budgets.taken([name]):
            came.append(name)

    waiting = [asyncio.create_task(stuck(number)) for number in range(8)]
    await asyncio.sleep(0)
    await asyncio.gather(*(quick(f"fast{number}") for number in range(8)))
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    return came


@pytest.mark.parametrize("lending", [False, True])
def test_a_server_or_a_platform_that_does_not_answer_keeps_nobody_else_from_going_on(lending: bool) -> None:
    budgets = Budgets(8, 8)
    assert sorted(asyncio.run(held_up(budgets, lending=lending))) == [f"fast{number}" for number in range(8)]
    assert budgets.used == 0


def test_more_may_be_under_way_as_soon_as_the_configuration_says_so() -> None:
    async def run() -> int:
        budgets = Budgets(1, 1)
        async with budgets.taken(["a"]):
            second = asyncio.create_task(_hold(budgets))
            await asyncio.sleep(0)
            budgets.resize(2, 1)
            await asyncio.sleep(0)
            used = budgets.used
        await second
        return used

    assert asyncio.run(run()) == 2


async def _hold(budgets: Budgets) -> None:
    async with budgets.taken(["a"]):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
