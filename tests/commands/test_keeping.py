"""What a one-shot sync leaves behind for the status."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.configuration import loaded
from support.standings import NOW, REFUSED, roomless, standing, visit

from calbridge.commands.keeping import keep
from calbridge.config import Config
from calbridge.core.model import HostProfile
from calbridge.store import Entry, Store
from calbridge.sync import HostReport


@pytest.fixture(name="store")
def _store() -> Iterator[Store]:
    with Store.memory() as store:
        yield store


@pytest.fixture(name="config")
def _config(tmp_path: Path) -> Config:
    """Alice alone is configured."""
    return loaded(tmp_path)


def report(host: str = "alice") -> HostReport:
    found = visit(problems=[REFUSED], waiting=[roomless()]).report
    assert found is not None
    return replace(found, host=host)


def kept(config: Config, store: Store, *reports: HostReport) -> None:
    keep(reports, config, store, began=NOW, ended=NOW + timedelta(seconds=9))


def test_how_each_configured_host_fares_is_kept_and_the_others_are_forgotten(config: Config, store: Store) -> None:
    store.journal.save_profile(HostProfile(9, "alice@example.com", "Alice", None, None), "alice")
    store.standings.save(standing("gone"))

    kept(config, store, report(), report("left out"))

    [alice] = store.standings.all()
    assert (alice.host, alice.host_id, alice.problems, alice.next_run) == ("alice", 9, (REFUSED,), None)
    assert (alice.good, alice.interval) == (NOW + timedelta(seconds=9), timedelta(seconds=60))


def test_a_host_who_was_not_synced_keeps_her_standing(config: Config, store: Store) -> None:
    store.standings.save(standing())

    kept(config, store)

    assert store.standings.all() == (standing(),)


def test_history_that_is_too_old_goes(config: Config, store: Store) -> None:
    store.journal.record(Entry(NOW - timedelta(days=91), 9, "alice", "a", "m", "update", 1))

    kept(config, store)

    assert store.journal.entries("a") == ()


def test_a_status_that_can_not_be_saved_fails_no_sync(config: Config, store: Store) -> None:
    store._database.raw.execute("DROP TABLE standings")

    with capture_logs() as logs:
        kept(config, store, report())

    assert [(line["event"], line["log_level"]) for line in logs] == [("the status was not saved", "warning")]
