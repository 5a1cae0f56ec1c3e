"""What is kept of visits, written down, and told in the log."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from calbridge.core.actions import Plan
from calbridge.core.problem import Problem
from calbridge.daemon.ledger import Ledger
from calbridge.errors import StoreError
from calbridge.store import Store
from calbridge.sync import HostReport
from calbridge.visits import Visit

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BUSY = Problem("https://dav.example.com/", "calendar.unreachable", "busy", "wait")
LOST = Problem("the platform", "platform.unreachable", "no answer", "check it")


def enter(ledger: Ledger, *problems: Problem, quiet: bool = False, muted: bool = False, host: str = "alice") -> None:
    """A visit with these problems."""
    report = None if quiet else HostReport(host, Plan(), (), problems)
    visit = Visit(host, NOW, NOW + MINUTE, report, 9, None)
    ledger.visited(visit, interval=MINUTE, next_run=None, muted=muted)


def told(*visits: tuple[Problem, ...]) -> list[str]:
    """What is logged of visits with these problems."""
    ledger = Ledger(Store.memory(), ["alice"])
    with capture_logs() as logs:
        for problems in visits:
            enter(ledger, *problems)
            enter(ledger, quiet=True)
    return [f"{entry['event']} {entry['rule']}" for entry in logs]


def test_a_problem_is_told_when_it_appears_and_when_it_is_over() -> None:
    busy, lost = "problem calendar.unreachable", "problem platform.unreachable"
    over = "problem is over calendar.unreachable"
    assert told((BUSY,), (BUSY,), (BUSY, LOST), (LOST,), (), (BUSY,)) == [
        busy, lost, over, "problem is over platform.unreachable", busy
    ]  # fmt: skip


def test_a_problem_is_told_with_its_place_its_reason_and_a_way_out() -> None:
    with capture_logs() as logs:
        enter(Ledger(Store.memory(), ["alice"]), BUSY)
    assert logs == [{"event": "problem", "log_level": "warning", "host": "alice", **asdict(BUSY)}]


def test_what_is_told_of_the_account_is_not_told_of_every_host() -> None:
    with capture_logs() as logs:
        enter(Ledger(Store.memory(), ["alice"]), BUSY, LOST, muted=True)
    assert [entry["rule"] for entry in logs] == ["calendar.unreachable"]


def test_standings_outlive_the_process_once_they_are_flushed() -> None:
    store = Store.memory()
    first = Ledger(store, ["alice", "bob"])
    enter(first, BUSY)
    enter(first, host="bob")
    assert store.standings.all() == ()
    first.flush()
    second = Ledger(store, ["alice"])
    assert (second.all(), store.standings.all()) == ((first.get("alice"),), (first.get("alice"),))


def test_hosts_who_went_are_forgotten() -> None:
    store = Store.memory()
    ledger = Ledger(store, ["alice"])
    enter(ledger, BUSY)
    ledger.flush()
    enter(ledger, BUSY)
    ledger.forget(["alice", "nobody"])
    ledger.flush()
    assert (ledger.all(), store.standings.all()) == ((), ())


def test_what_could_not_be_saved_is_told_once_and_saved_later(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.memory()
    ledger = Ledger(store, ["alice"])
    enter(ledger)
    full = Problem("calbridge.db", "store.full", "the disk is full", "make room")

    def fail(*_standings: object) -> None:
        raise StoreError(full)

    with monkeypatch.context() as disk, capture_logs() as logs:
        disk.setattr(store.standings, "save", fail)
        ledger.flush()
        ledger.flush()
    ledger.flush()
    assert [entry["rule"] for entry in logs] == ["store.full"]
    assert [standing.host for standing in store.standings.all()] == ["alice"]
