"""What is found wrong with a database, without touching it."""

import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from calbridge.errors import StoreError
from calbridge.store import Lock, Store
from calbridge.store.health import examine
from calbridge.store.migrate import HEAD


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    path = tmp_path / "calbridge.db"
    Store.open(path).close()
    return path


def _change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()


def test_a_new_database_is_sound(path: Path) -> None:
    before = sorted(path.parent.iterdir()), path.stat().st_mtime_ns
    health = examine(path)
    assert (health.exists, health.schema, health.problems) == (True, HEAD, ())
    assert (sorted(path.parent.iterdir()), path.stat().st_mtime_ns) == before


def test_one_that_is_not_there_yet_is_no_problem(tmp_path: Path) -> None:
    health = examine(tmp_path / "calbridge.db")
    assert (health.exists, health.schema, health.problems) == (False, None, ())


def test_a_folder_that_is_not_there_is_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        examine(tmp_path / "nowhere" / "calbridge.db")


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "store.newer"),
        ("DROP TABLE alembic_version", "store.foreign"),
        ("INSERT INTO objects SELECT 'x', 'y', NULL, '', 0, x'', NULL", "store.references"),
        ("PRAGMA journal_mode = DELETE", "store.journal"),
    ],
)
def test_what_is_wrong_inside_is_named(path: Path, statement: str, rule: str) -> None:
    _change(path, statement)
    assert [problem.rule for problem in examine(path).problems] == [rule]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave files behind for somebody else")
def test_files_that_root_left_in_the_services_folder_are_named(path: Path) -> None:
    os.chown(path.parent, 54321, -1)
    assert [problem.rule for problem in examine(path).problems] == ["store.owner"]
    os.chown(path, 54321, -1)
    assert examine(path).problems == ()
    Lock(path).path.touch()
    [problem] = examine(path).problems
    assert problem.reason.endswith("calbridge.db.lock belongs to root, and its folder to 54321")


def test_a_page_that_is_gone_is_found(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4096] + bytes(4096))
    with pytest.raises(StoreError, match="damaged"):
        examine(path)


def test_a_byte_that_changed_in_an_index_is_found(path: Path) -> None:
    _change(path, "INSERT INTO history VALUES (1, '2026', 9, 'alice', 'needle', 'm', 'create', NULL, '')")
    whole = path.read_bytes()
    indexed = whole.rindex(b"needle")
    path.write_bytes(whole[:indexed] + b"beadle" + whole[indexed + 6 :])
    [problem] = examine(path).problems
    assert (problem.rule, "history" in problem.reason) == ("store.corrupt", True)


def test_a_file_that_is_no_database_can_t_be_read(tmp_path: Path) -> None:
    path = tmp_path / "calbridge.db"
    path.write_text("Dear diary" * 1000)
    with pytest.raises(StoreError, match="damaged, or no database"):
        examine(path)


def test_a_lock_is_seen_and_neither_made_nor_held(path: Path) -> None:
    assert Lock(path).taken() is None
    assert not Lock(path).path.exists()
    with Lock(path).acquire(timedelta()):
        held = Lock(path).taken()
        assert held is not None
        assert held.rule == "store.locked"
    assert Lock(path).taken() is None
    Lock(path).acquire(timedelta()).release()
