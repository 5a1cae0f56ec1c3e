"""A collection is synced by one host, whoever comes first and whoever fails."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from support.carrying_out import settled
from support.configuration import ALICE, MAIN, loaded
from support.fakes import FakeCalendars, FakePlatform
from support.sandbox_account import MovableClock

from calbridge.arrivals import Arrival
from calbridge.core.model import HostProfile
from calbridge.core.problem import Problem
from calbridge.ports import Calendar, Discovery
from calbridge.seating import PATIENCE, Seating
from calbridge.store import Store
from calbridge.sync import Run

IDS = {"alice": 9, "bob": 10, "carol": 11, "zoe": 9}
SHARED = "https://dav.example.com/shared/"
TROUBLE = Problem("carol", "calendar.unreachable", "no connection", "none")


class Hosts:
    """Alice, Bob and Carol at one server; who sees which calendars is the test's."""

    def __init__(self, folder: Path, store: Store) -> None:
        files = {name: ALICE.replace("id = 9", f"id = {number}") for name, number in IDS.items() if name != "zoe"}
        self.config = loaded(folder, MAIN, **files)
        self.store = store
        self.refused: list[Problem | None] = []
        self.restart()

    def restart(self, *names: str) -> None:
        """A new process that waits for these hosts, for all where none is named."""
        self.clock = MovableClock()
        self.run = Run(self.config, FakePlatform(self.clock), self.store, self.clock, Random(1))
        self.seating = Seating(self.run, [host for host in self.config.hosts if not names or host.name in names])

    def arrive(self, name: str, *urls: str, problems: tuple[Problem, ...] = (), number: int | None = None) -> Arrival:
        """A host comes, and sees these calendars."""
        host = next(each for each in self.config.hosts if each.name == name)
        profile = HostProfile(number or IDS[name], f"{name}@example.com", name, None, None)
        calendars = tuple(Calendar(url, url, None, writable=True) for url in urls)
        found = Discovery(calendars, frozenset(), problems)
        arrival = Arrival(host, profile, ((FakeCalendars(), found),), problems)
        self.refused.append(self.seating.arrived(arrival))
        return arrival

    def rooms(self, name: str, url: str) -> None:
        """A meeting of this host has a room, and its event is in this calendar."""
        self.store.meetings.save_mapping(replace(settled().mapping, host_id=IDS[name], calendar=url))

    def seat(self, arrival: Arrival) -> list[str]:
        """The calendars that she gets."""
        return [calendar.url for calendar, _ in self.seating.seat(arrival).calendars]


@pytest.fixture(name="hosts")
def _hosts(tmp_path: Path) -> Iterator[Hosts]:
    with Store.memory() as store:
        yield Hosts(tmp_path, store)


@pytest.mark.parametrize("order", list(permutations(("bob", "carol", "alice"))))
def test_the_first_by_name_gets_a_new_calendar_in_whatever_order_they_come(
    hosts: Hosts, order: tuple[str, ...]
) -> None:
    arrivals = {}
    for name in order:
        arrivals[name] = hosts.arrive(name, *([SHARED] if name != "alice" else []))
        seat = hosts.seating.seat(arrivals[name])
        assert not (name == "carol" and seat.calendars)
    assert {name: hosts.seat(arrival) for name, arrival in arrivals.items()} == {
        "alice": [],
        "bob": [SHARED],
        "carol": [],
    }


def test_a_calendar_that_waits_for_others_is_unseen_and_no_problem(hosts: Hosts) -> None:
    seat = hosts.seating.seat(hosts.arrive("bob", SHARED))
    assert (seat.calendars, seat.unseen, seat.problems) == ((), frozenset({SHARED}), ())


def test_nobody_waits_for_a_host_who_failed(hosts: Hosts) -> None:
    hosts.seating.failed("alice")
    assert hosts.seat(hosts.arrive("bob", SHARED)) == [SHARED]


def test_nobody_waits_for_ever(hosts: Hosts) -> None:
    bob = hosts.arrive("bob", SHARED)
    assert hosts.seat(bob) == []
    hosts.clock.now += PATIENCE
    assert hosts.seat(bob) == [SHARED]


def test_nobody_waits_for_a_host_of_another_server(hosts: Hosts) -> None:
    elsewhere = "https://other.example.com/shared/"
    assert hosts.seat(hosts.arrive("carol", elsewhere)) == [elsewhere]


def test_the_other_one_is_told_whose_it_is(hosts: Hosts) -> None:
    hosts.seat(hosts.arrive("alice", SHARED))
    [problem] = hosts.seating.seat(hosts.arrive("bob", SHARED)).problems
    assert (problem.rule, "'alice'" in problem.reason) == ("calendar.other-host", True)


@pytest.mark.parametrize("awaited", [(), ("alice", "carol")])
def test_a_calendar_stays_with_who_syncs_it_in_another_process(hosts: Hosts, awaited: tuple[str, ...]) -> None:
    hosts.seating.failed("alice")
    hosts.seating.failed("bob")
    hosts.seat(hosts.arrive("carol", SHARED))
    hosts.restart(*awaited)
    assert hosts.seat(hosts.arrive("alice", SHARED)) == []
    assert hosts.seat(hosts.arrive("carol", SHARED)) == [SHARED]


def test_a_login_that_fails_gives_nothing_away(hosts: Hosts) -> None:
    hosts.seat(hosts.arrive("alice", SHARED))
    hosts.restart()
    partial = hosts.arrive("alice", problems=(TROUBLE,))
    assert hosts.seat(hosts.arrive("bob", SHARED)) == []
    assert hosts.seating.seat(partial).unseen == {SHARED}


def test_a_calendar_that_its_host_no_longer_sees_goes_to_another(hosts: Hosts) -> None:
    hosts.seat(hosts.arrive("alice", SHARED))
    hosts.arrive("alice")
    assert hosts.seat(hosts.arrive("bob", SHARED)) == [SHARED]


def test_a_calendar_with_rooms_waits_for_its_host_who_no_longer_sees_it(hosts: Hosts) -> None:
    hosts.seat(hosts.arrive("alice", SHARED))
    hosts.rooms("alice", SHARED)
    hosts.arrive("alice")
    bob = hosts.seating.seat(hosts.arrive("bob", SHARED))
    assert (bob.calendars, [p.rule for p in bob.problems]) == ((), ["calendar.other-host"])
    assert "--host alice --allow-cancels" in bob.problems[0].hint
    assert hosts.seat(hosts.arrive("alice", SHARED)) == [SHARED]


@pytest.mark.parametrize("number", [9, None])
def test_a_calendar_with_rooms_waits_for_its_host_who_has_another_name_now(hosts: Hosts, number: int | None) -> None:
    hosts.seat(hosts.arrive("alice", SHARED))
    hosts.rooms("alice", SHARED)
    alice, *others = hosts.config.hosts
    hosts.config = replace(hosts.config, hosts=(*others, replace(alice, name="zoe", id=number)))
    hosts.restart("bob")
    bob = hosts.seating.seat(hosts.arrive("bob", SHARED))
    assert (bob.calendars, bob.unseen, bob.problems) == ((), frozenset({SHARED}), ())
    assert hosts.seat(hosts.arrive("zoe", SHARED)) == [SHARED]


def test_nobody_waits_long_for_a_host_who_may_have_another_name_now(hosts: Hosts) -> None:
    hosts.seat(hosts.arrive("alice", SHARED))
    hosts.rooms("alice", SHARED)
    _, *others = hosts.config.hosts
    hosts.config = replace(hosts.config, hosts=(*others, replace(others[0], name="zoe", id=None)))
    hosts.restart()
    bob = hosts.arrive("bob", SHARED)
    assert hosts.seat(bob) == []
    hosts.clock.now += PATIENCE
    assert hosts.seat(bob) == [SHARED]


@pytest.mark.parametrize("order", [("alice", "zoe"), ("zoe", "alice")])
def test_of_two_files_of_one_host_the_one_with_the_id_is_used_whoever_comes_first(
    hosts: Hosts, order: tuple[str, str]
) -> None:
    alice, *others = hosts.config.hosts
    hosts.config = replace(hosts.config, hosts=(alice, *others, replace(alice, name="zoe", id=None)))
    hosts.restart()
    for name in order:
        hosts.arrive(name, SHARED)
    refused = [problem.where for problem in hosts.refused if problem is not None]
    assert refused == ["hosts.d/zoe.toml"]


def test_a_file_that_is_not_used_is_told(hosts: Hosts) -> None:
    hosts.arrive("alice")
    hosts.arrive("bob", SHARED, number=9)
    assert [problem and (problem.rule, problem.where) for problem in hosts.refused] == [
        None,
        ("host.twice", "hosts.d/bob.toml"),
    ]


def test_a_host_who_left_the_configuration_gives_her_calendars_back(hosts: Hosts) -> None:
    hosts.seat(hosts.arrive("alice", SHARED))
    hosts.run.config = replace(hosts.config, hosts=hosts.config.hosts[1:])
    hosts.seating.left("alice")
    hosts.seating.expect(())
    assert hosts.seat(hosts.arrive("bob", SHARED)) == [SHARED]
