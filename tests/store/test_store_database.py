import os
import resource
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calbridge.core.model import CalendarObject
from calbridge.errors import StoreError
from calbridge.store import Entry, Lock, Seen, Store
from calbridge.store.database import Database

ENTRY = Entry(datetime(2026, 1, 5, 9, tzinfo=UTC), 9, "alice", "standup@example.com", "m", "create", 4711)


def rule_of(act: Callable[[], object]) -> str:
    with pytest.raises(StoreError) as failed:
        act()
    problem = failed.value.problem
    assert problem.where
    assert problem.hint
    return problem.rule


def test_what_was_written_is_there_when_it_is_opened_again(path: Path) -> None:
    with Store.open(path) as store:
        store.journal.record(ENTRY)

    with Store.open(path) as store:
        assert store.journal.entries(ENTRY.uid) == (ENTRY,)


def test_every_file_is_for_its_owner_only(path: Path) -> None:
    with Store.open(path) as store:
        store.journal.record(ENTRY)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert modes == {"calbridge.db": 0o600, "calbridge.db-wal": 0o600, "calbridge.db-shm": 0o600}


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)],
)
def test_the_connection_is_durable_and_strict(path: Path, pragma: str, value: object) -> None:
    with Store.open(path) as store:
        assert store._database.raw.execute(f"PRAGMA {pragma}").fetchone() == (value,)


def test_a_transaction_takes_the_write_lock_at_once(path: Path) -> None:
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    with Store.open(path) as store, store.transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_missing_folder_is_named_and_not_created(tmp_path: Path) -> None:
    missing = tmp_path / "missing"

    assert rule_of(lambda: Store.open(missing / "calbridge.db")) == "store.folder"
    assert not missing.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_named(path: Path) -> None:
    path.parent.chmod(0o500)

    assert rule_of(lambda: Store.open(path)) == "store.folder"
    assert rule_of(lambda: Lock(path).acquire(timedelta())) == "store.lock"


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert rule_of(lambda: Store.open(tmp_path)) == "store.open"
    assert rule_of(lambda: Store.snapshot(tmp_path)) == "store.open"


@pytest.mark.parametrize("open_store", [Store.open, Store.snapshot])
def test_a_file_that_is_no_database_is_left_alone(path: Path, open_store: Callable[[Path], Store]) -> None:
    path.write_bytes(b"BEGIN:VCALENDAR\r\n" * 100)

    assert rule_of(lambda: open_store(path)) == "store.corrupt"
    assert path.read_bytes() == b"BEGIN:VCALENDAR\r\n" * 100


@pytest.mark.parametrize("open_store", [Store.open, Store.snapshot])
def test_another_programs_database_is_left_alone(path: Path, open_store: Callable[[Path], Store]) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.close()

    assert rule_of(lambda: open_store(path)) == "store.foreign"
    other = sqlite3.connect(path)
    assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]
    other.close()


def test_damaged_pages_are_a_problem(path: Path) -> None:
    with Store.open(path) as store:
        store.journal.record(*[ENTRY] * 500)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    assert rule_of(lambda: Store.open(path).journal.entries(ENTRY.uid)) == "store.corrupt"


def test_a_full_disk_is_a_problem_and_loses_nothing(path: Path) -> None:
    with Store.open(path) as store:
        store.journal.record(ENTRY)
        (pages,) = store._database.raw.execute("PRAGMA page_count").fetchone()
        store._database.raw.execute(f"PRAGMA max_page_count = {pages}")

        assert rule_of(lambda: store.journal.record(*[ENTRY] * 500)) == "store.full"
        assert store.journal.entries(ENTRY.uid) == (ENTRY,)


def test_no_space_for_the_index_of_the_log_is_a_full_disk(path: Path) -> None:
    Store.open(path).close()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))  # the index, 32 kB beside the database, needs more
    try:
        rule = rule_of(lambda: Store.open(path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert rule == "store.full"


def test_a_full_disk_undoes_what_belongs_together(path: Path) -> None:
    def write() -> None:
        with store.transaction():
            store.journal.record(ENTRY)
            assert rule_of(lambda: store.journal.record(*[ENTRY] * 500)) == "store.full"
            store.journal.record(ENTRY)

    with Store.open(path) as store:
        (pages,) = store._database.raw.execute("PRAGMA page_count").fetchone()
        store._database.raw.execute(f"PRAGMA max_page_count = {pages}")

        assert rule_of(write) == "store.undone"
        assert store.journal.entries(ENTRY.uid) == ()


def test_a_commit_that_fails_is_undone_and_what_comes_after_it_goes_on(path: Path) -> None:
    def write() -> None:
        with store.transaction():
            store._database.raw.execute("PRAGMA defer_foreign_keys = ON")  # so that nothing fails before the commit
            store.calendars.put_object(Seen(CalendarObject("nobody's", "nobody's/a.ics", None, b""), "a", asks=True))

    with Store.open(path) as store:
        assert rule_of(write) == "store.failed"
        store.journal.record(ENTRY)
        assert (store.journal.entries(ENTRY.uid), store.calendars.count("nobody's")) == ((ENTRY,), 0)


def test_an_error_caught_before_the_end_does_not_hide_that_everything_was_undone(path: Path) -> None:
    def write() -> None:
        with store.transaction():
            store.journal.record(ENTRY)
            rule_of(lambda: store.journal.record(*[ENTRY] * 500))

    with Store.open(path) as store:
        (pages,) = store._database.raw.execute("PRAGMA page_count").fetchone()
        store._database.raw.execute(f"PRAGMA max_page_count = {pages}")

        assert rule_of(write) == "store.undone"
        store._database.raw.execute("PRAGMA max_page_count = 1000000")
        store.journal.record(ENTRY)
        assert store.journal.entries(ENTRY.uid) == (ENTRY,)


def test_a_database_that_cannot_be_written_is_a_problem(path: Path) -> None:
    Store.open(path).close()
    raw = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
    with Store(Database(raw, str(path))) as store:
        assert rule_of(lambda: store.journal.record(ENTRY)) == "store.read-only"


def test_a_database_that_somebody_keeps_locked_is_a_problem(path: Path) -> None:
    with Store.open(path) as store:
        store._database.raw.execute("PRAGMA busy_timeout = 0")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        assert rule_of(lambda: store.journal.record(ENTRY)) == "store.busy"
        other.close()
        store.journal.record(ENTRY)


def test_a_failure_of_no_known_kind_asks_for_a_report(store: Store) -> None:
    store._database.raw.execute("DROP TABLE history")

    assert rule_of(lambda: store.journal.record(ENTRY)) == "store.failed"


def test_a_thread_of_its_own_may_not_use_it(store: Store) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert rule_of(pool.submit(store.journal.hosts).result) == "store.failed"
