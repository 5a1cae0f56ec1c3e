"""Who a host is on the platform, by id or by address, and what it costs to find out."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from support.configuration import ALICE, MAIN, loaded
from support.fakes import FakePlatform

from calbridge.arrivals import FRESH, Arrival, Directory, arrive
from calbridge.core.model import HostProfile
from calbridge.core.problem import Problem
from calbridge.errors import NotSent
from calbridge.store import Store
from calbridge.sync import HostReport, Run

BY_ADDRESS = ALICE.replace("id = 9\n", "")


@dataclass
class World:
    """A platform with people of these addresses, by id, that counts its listings and fails the first `broken`."""

    people: dict[int, str]
    broken: int = 0
    listings: int = 0
    now: datetime = field(default=datetime(2026, 3, 2, tzinfo=UTC))

    def run(self, folder: Path, store: Store) -> Run:
        """A process with one host, known by her address."""
        world = self

        class Platform(FakePlatform):
            async def host(self, host_id: int) -> HostProfile:
                return HostProfile(host_id, world.people[host_id], "somebody", None, None)

            async def hosts(self, company_id: int | None) -> tuple[HostProfile, ...]:
                world.listings += 1
                await asyncio.sleep(0)
                if world.listings <= world.broken:
                    raise NotSent(Problem("the platform", "platform.unreachable", "no connection", "none"))
                return tuple([await self.host(number) for number in world.people])

        config = loaded(folder, MAIN, alice=BY_ADDRESS)
        return Run(config, Platform(lambda: self.now), store, lambda: self.now, Random(1))


async def found(run: Run, directory: Directory, address: str = "alice@example.com") -> int | str:
    """The id of the host with this address, or the rule of the problem."""
    came = await arrive(replace(run.config.hosts[0], email=address), run, directory, ())
    match came:
        case Arrival():
            return came.profile.id
        case HostReport():
            return came.problems[0].rule


def test_hosts_who_come_at_once_share_one_listing(tmp_path: Path) -> None:
    async def scenario() -> list[int | str]:
        run = world.run(tmp_path, store)
        directory = Directory(run)
        return await asyncio.gather(*(found(run, directory, f"{name}@example.com") for name in ("alice", "Bob", "eve")))

    world = World({9: "Alice@example.com", 10: "bob@example.com"})
    with Store.memory() as store:
        assert asyncio.run(scenario()) == [9, 10, "host.not-one"]
    assert world.listings == 1


@pytest.mark.parametrize(("later", "listings"), [(FRESH - timedelta(seconds=1), 1), (FRESH, 2)])
def test_a_listing_is_gone_by_for_a_while(tmp_path: Path, later: timedelta, listings: int) -> None:
    async def scenario() -> None:
        run = world.run(tmp_path, store)
        directory = Directory(run)
        assert await found(run, directory) == 9
        world.now += later
        assert await found(run, directory) == 9

    world = World({9: "alice@example.com"})
    with Store.memory() as store:
        asyncio.run(scenario())
    assert world.listings == listings


def test_a_listing_that_failed_is_tried_again_by_the_next_who_comes(tmp_path: Path) -> None:
    async def scenario() -> list[int | str]:
        run = world.run(tmp_path, store)
        directory = Directory(run)
        return [await found(run, directory), await found(run, directory)]

    world = World({9: "alice@example.com"}, broken=1)
    with Store.memory() as store:
        assert asyncio.run(scenario()) == ["platform.unreachable", 9]


def test_an_address_of_two_hosts_names_both(tmp_path: Path) -> None:
    async def scenario() -> Arrival | HostReport:
        run = world.run(tmp_path, store)
        return await arrive(run.config.hosts[0], run, Directory(run), ())

    world = World({9: "alice@example.com", 12: "alice@example.com"})
    with Store.memory() as store:
        came = asyncio.run(scenario())
    assert isinstance(came, HostReport)
    assert "ids: 9, 12" in came.problems[0].reason
