"""Turns of hosts whose visits are what a test says; a store in memory, real time in small pieces."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from pydantic import SecretStr
from support.configuration import ALICE, loaded
from support.fakes import FakePlatform

from calbridge.config import Config, HostConfig
from calbridge.core.actions import Plan
from calbridge.core.problem import Problem
from calbridge.daemon import rounds
from calbridge.daemon.budgets import Budgets
from calbridge.daemon.fuse import Fuse
from calbridge.daemon.ledger import Ledger
from calbridge.daemon.rounds import Books, Rounds, servers
from calbridge.metrics import Metrics
from calbridge.store import Store
from calbridge.sync import HostReport, Run
from calbridge.visits import Visit, Visits

DENIED = Problem("https://dav.example.com/", "calendar.denied", "the server refuses the password", "check it")
LOST = Problem("the platform", "platform.unreachable", "no answer", "check it")

_MAIN = """
[platform]
url = "https://acme.example.com"
api_token_env = "API_TOKEN"
[daemon]
poll_interval = "1s"
concurrency = 8
"""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Told(Visits):
    """Visits as a test tells: `visiting` is awaited in each, by host's name; `problems` are what hers then has.

    Those of `incomplete` hosts have no problem and are not good either: a calendar is left for a later one.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.count: Counter[str] = Counter()
        self.visiting: dict[str, Callable[[], Awaitable[object]]] = {}
        self.problems: dict[str, Problem] = {}
        self.incomplete: set[str] = set()

    async def visit(self, host: HostConfig, *, full: bool = False) -> Visit:
        began = utc_now()
        self.count[host.name] += 1
        if host.name in self.visiting:
            await self.visiting[host.name]()
        problems = (self.problems[host.name],) if host.name in self.problems else ()
        good = not problems and host.name not in self.incomplete
        return Visit(host.name, began, utc_now(), HostReport(host.name, Plan(), (), problems, good=good), 9, None)


class Scene:
    """Rounds over these hosts, each at the server that her name begins with."""

    def __init__(self, folder: Path, *names: str) -> None:
        self._folder = folder
        self.store = Store.memory()
        self.run = Run(self.config(*names), FakePlatform(utc_now), self.store, utc_now, Random(1))
        config = self.run.config
        self.visits = Told(self.run)
        self.left_alone: dict[str, datetime] = {}
        self.ledger = Ledger(self.store, names)
        budgets = Budgets(config.daemon.concurrency, len(servers(config)))
        fuse = Fuse(self.run.platform, lending=budgets.lent, mended=lambda: None)
        self.rounds = Rounds(
            self.run, self.visits, budgets, fuse, Books(self.ledger, Metrics(self.ledger.all, utc_now))
        )

    def config(self, *names: str) -> Config:
        """A configuration with these hosts."""
        for path in self._folder.glob("hosts.d/*"):
            path.unlink()
        hosts = {name: ALICE.replace("dav.", f"{name[:4]}.").replace("id = 9\n", "") for name in names}
        texts = {name: text.replace("alice@", f"{name}@") for name, text in hosts.items()}
        return loaded(self._folder, _MAIN, **texts)

    def play(self, steps: Callable[[], Awaitable[None]]) -> int:
        """Begin, do these steps, and stop; how many visits had to be cut off."""

        async def playing() -> int:
            self.rounds.begin(self.left_alone)
            await steps()
            return await self.rounds.drain(0.2, asyncio.Event())

        return asyncio.run(playing())

    async def visited(self, *names: str, times: int = 1) -> None:
        """Wait until each of these was visited so often."""
        async with asyncio.timeout(20):
            while any(self.visits.count[name] < times for name in names):  # noqa: ASYNC110  nothing else says so
                await asyncio.sleep(0.02)


async def never() -> None:
    await asyncio.sleep(3600)


def test_a_server_that_does_not_answer_delays_nobody_elses_host(tmp_path: Path) -> None:
    slow, fast = [f"slow{n}" for n in range(12)], [f"fast{n}" for n in range(4)]
    scene = Scene(tmp_path, *slow, *fast)
    scene.visits.visiting = dict.fromkeys(slow, never)

    async def steps() -> None:
        await scene.visited(*fast, times=3)

    assert scene.play(steps) == sum(scene.visits.count[name] for name in slow) == 4


def test_a_refused_password_is_not_asked_with_again_until_somebody_changes_something(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "alice", "bob")
    scene.visits.problems = {"alice": DENIED}

    async def steps() -> None:
        await scene.visited("bob", times=3)
        assert scene.visits.count["alice"] == 1
        found = scene.ledger.get("alice")
        assert found is not None
        assert found.next_run is not None
        assert found.next_run - found.tried > timedelta(minutes=14)
        scene.rounds.retry()
        await scene.visited("alice", times=2)

    scene.play(steps)


def test_who_was_refused_just_before_a_restart_is_left_alone_for_a_while(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "alice", "bob")
    scene.left_alone = {"alice": utc_now() + timedelta(minutes=10)}

    async def steps() -> None:
        await scene.visited("bob", times=2)
        assert scene.visits.count["alice"] == 0
        scene.rounds.retry()
        await scene.visited("alice", times=2)

    scene.play(steps)


def test_a_host_who_waits_for_others_is_visited_in_her_next_turn(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "alice", "bob")
    scene.visits.incomplete = {"alice"}

    async def steps() -> None:
        await scene.visited("bob", times=5)

    scene.play(steps)
    assert scene.visits.count["alice"] >= 4


def test_who_failed_because_of_the_platform_is_visited_when_it_answers_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "alice", "bob")
    scene.visits.problems = {"alice": LOST, "bob": DENIED}

    async def steps() -> None:
        await scene.visited("alice", times=3)
        scene.rounds.retry(platform_only=True)
        await scene.visited("alice", times=4)

    scene.play(steps)
    assert scene.visits.count["bob"] == 1


def test_who_failed_because_of_the_platform_is_visited_when_its_token_is_another(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "alice", "bob")
    scene.visits.problems = {"alice": LOST, "bob": DENIED}
    config = scene.run.config
    renewed = replace(config, platform=replace(config.platform, api_token=SecretStr("renewed")))

    async def steps() -> None:
        await scene.visited("alice", times=3)
        async with asyncio.timeout(2):  # her next turn is four seconds away
            scene.rounds.changed(renewed)
            await scene.visited("alice", times=4)

    scene.play(steps)
    assert scene.visits.count["bob"] == 1


def test_a_changed_configuration_visits_who_is_new_or_changed_and_nobody_who_went(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "alice", "bob")

    async def steps() -> None:
        await scene.visited("alice", "bob")
        scene.rounds.changed(scene.config("bob", "carol"))
        scene.visits.count.clear()
        await scene.visited("bob", "carol", times=2)

    scene.play(steps)
    assert scene.visits.count["alice"] == 0
    assert {standing.host for standing in scene.ledger.all()} == {"bob", "carol"}


def test_a_visit_has_a_deadline_and_the_next_one_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "DEADLINE", 0.1)
    scene = Scene(tmp_path, "alice")
    scene.visits.visiting = {"alice": never}

    async def steps() -> None:
        await scene.visited("alice", times=2)

    scene.play(steps)
    found = scene.ledger.get("alice")
    assert found is not None
    assert [problem.rule for problem in found.problems] == ["visit.deadline"]


async def stubborn() -> None:
    try:
        await never()
    except asyncio.CancelledError:
        await never()


def test_a_visit_that_does_not_end_when_it_has_to_is_no_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "DEADLINE", 0.2)
    monkeypatch.setattr(rounds, "GRACE", 0.5)
    scene = Scene(tmp_path, "alice")
    scene.visits.visiting = {"alice": stubborn}

    async def steps() -> None:
        await scene.visited("alice")
        assert scene.rounds.is_moving()
        await asyncio.sleep(1)
        assert not scene.rounds.is_moving()

    scene.play(steps)


def test_turns_that_do_not_come_are_no_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "GRACE", 0.5)
    scene = Scene(tmp_path, "alice")

    async def steps() -> None:
        await scene.visited("alice")
        assert scene.rounds.is_moving()
        scene.rounds._rota.pause()
        await asyncio.sleep(2.5)
        assert not scene.rounds.is_moving()

    scene.play(steps)


def test_what_breaks_our_code_is_a_problem_of_that_host(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "alice", "bob")

    async def broken() -> None:
        raise ZeroDivisionError

    scene.visits.visiting = {"alice": broken}

    async def steps() -> None:
        await scene.visited("alice", "bob", times=2)

    scene.play(steps)
    found = scene.ledger.get("alice")
    assert found is not None
    assert [problem.rule for problem in found.problems] == ["internal.error"]
