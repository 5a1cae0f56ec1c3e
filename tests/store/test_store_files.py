"""Whose the store's files are."""

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from calbridge.store import Lock, Store

SOMEBODY = 12345


def _made(folder: Path) -> dict[str, os.stat_result]:
    """Lock and open a database there, and see what lies there meanwhile."""
    with Lock(folder / "calbridge.db").acquire(timedelta()), Store.open(folder / "calbridge.db"):
        return {path.name: path.stat() for path in folder.iterdir()}


def test_they_are_for_their_owners_eyes(tmp_path: Path) -> None:
    assert {stat.S_IMODE(status.st_mode) for status in _made(tmp_path).values()} == {0o600}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files that another user can't open")
def test_what_root_makes_in_a_users_folder_is_that_users(tmp_path: Path) -> None:
    os.chown(tmp_path, SOMEBODY, SOMEBODY)
    made = _made(tmp_path)
    assert {"calbridge.db", "calbridge.db.lock", "calbridge.db-wal"} <= made.keys()
    assert {(status.st_uid, status.st_gid) for status in made.values()} == {(SOMEBODY, SOMEBODY)}


@pytest.mark.skipif(os.geteuid() != 0, reason="likewise")
def test_what_is_there_already_stays_whose_it_is(tmp_path: Path) -> None:
    _made(tmp_path)
    os.chown(tmp_path, SOMEBODY, SOMEBODY)
    assert {status.st_uid for status in _made(tmp_path).values()} == {0}
